/* Tables of tokens.  (Internal: with real.h.) */
#ifndef WP_NN_EMBEDDING_H
#define WP_NN_EMBEDDING_H

#include "nn/core/gradient.h"
#include "nn/core/node.h"
#include "nn/kernels/kernels.h"

enum { WP_NN_MOST_NGRAMS = 16 };

struct wp_nn_embedding_settings {
	size_t dim;
	bool frozen;
	size_t subwords; /* rows of the table for parts of words (text/subword.h); 0: none */
	double dropout;  /* in training, the share of words whose vectors are zero, wherever
			  * they stand in the batch (Gal & Ghahramani 2016)             */
	size_t ngrams;   /* longest n-gram of tokens that has a vector; 1: none            */
	size_t buckets;  /* rows of the table for n-grams                                  */
};

/* The parameters of a node of type embedding. */
enum { WP_NN_EMBEDDING_TABLE, WP_NN_EMBEDDING_SUBWORDS, WP_NN_EMBEDDING_NGRAMS };

/* The gradient of parameter number `param`, of which rows were looked up: row ids[r] += row r
 * of d_out, rows being ld apart. */
void NN(scatter)(const struct NN(kernels) *kernels, struct NN(gradient) *gradient, size_t param,
	const int32_t *ids, size_t rows, const real *d_out, size_t ld);

extern const struct wp_nn_layer_ops wp_nn_embedding_ops, wp_nn_embedding_mean_ops;
extern const struct wp_nn64_layer_ops wp_nn64_embedding_ops, wp_nn64_embedding_mean_ops;

#endif
