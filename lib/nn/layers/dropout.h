/* Dropout (Srivastava et al. 2014): what is left out of a batch, by chance.  All of it follows
 * from the seed, the batch's number and the place in the network.  (Internal: with real.h.) */
#ifndef WP_NN_DROPOUT_H
#define WP_NN_DROPOUT_H

#include "nn/core/layer.h"

/* Where chance comes from. */
struct wp_nn_chance {
	uint64_t seed, batch;
};

struct wp_nn_dropout_settings {
	double fraction;
	bool variational; /* one mask for all steps of a sequence (Gal & Ghahramani 2016) */
};

struct wp_nn_word_dropout_settings {
	double a;
};

/* Places of a network where something is left to chance; each node has some of its own. */
enum { WP_NN_PLACES = 256, WP_NN_PLACE_OF_WORDS = WP_NN_PLACES - 1 };

/* A mask of n: 0 with probability `share`, which is rounded to a multiple of 2^-16, and else
 * what keeps the mean ("inverted" dropout). */
void NN(dropout_mask)(
	real *mask, size_t n, double share, const struct wp_nn_chance *chance, int place);

/* The same for a matrix of weights, with chances of its own. */
void NN(weight_mask)(
	real *mask, size_t n, double share, const struct wp_nn_chance *chance, int place);

/* By what the vector of a word is multiplied, wherever it stands in the batch: 0, or what keeps
 * the mean.  table: a number of the table. */
real NN(word_factor)(
	double share, const struct wp_nn_chance *chance, size_t table, int32_t word);

extern const struct wp_nn_layer_ops wp_nn_dropout_ops, wp_nn_word_dropout_ops;
extern const struct wp_nn64_layer_ops wp_nn64_dropout_ops, wp_nn64_word_dropout_ops;

#endif
