/* Dropout (Srivastava et al. 2014): what is left out of a batch, by chance.  All of it follows
 * from the seed, the batch's number and the place in the network.  (Internal: with real.h.) */
#ifndef WP_NN_DROPOUT_H
#define WP_NN_DROPOUT_H

#include <stddef.h>
#include <stdint.h>

#include "nn/core/real.h"

/* Where chance comes from. */
struct wp_nn_chance {
	uint64_t seed, batch;
};

/* Places: links (what goes into a layer, or into the head), and the recurrent connections of a
 * layer's directions. */
enum { WP_NN_PLACES = 256 };

/* A mask of n: 0 with probability `share`, which is rounded to a multiple of 2^-16, and else
 * what keeps the mean ("inverted" dropout). */
void NN(dropout_mask)(
	real *mask, size_t n, double share, const struct wp_nn_chance *chance, int place);

/* Replace words by `unknown`, with probability a / (a + how often the word occurs): see
 * wp_nn_config.word_dropout.  Words that are not below `known` have no count and stay. */
void NN(drop_words)(int32_t *words, size_t rows, const int64_t *counts, size_t known, double a,
	int32_t unknown, const struct wp_nn_chance *chance);

#endif
