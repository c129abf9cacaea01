/* GloVe: word embeddings from how often words occur together.
 *
 * Weighted least squares on the logarithms of co-occurrences (Pennington, Socher & Manning
 * 2014): a main and a context vector w, c and a bias b for each word, so that over all cells x
 * of the matrix
 *
 *	J = sum f(x) (w_i . c_j + b_i + b_j - log x)^2,   f(x) = min(1, (x / x_max)^alpha)
 *
 * is small; by AdaGrad (Duchi et al. 2011), with one sum of squared gradients for each vector
 * and each bias.  glove_kernel.h has the equations.
 *
 *	wp_glove_cells_create(&cells, words, wp_glove_blocks(words, config.dim), memory, dir);
 *	... wp_glove_cells_add(cells, row, col, value) ...
 *	wp_glove_cells_end(cells);
 *	wp_glove_create(&model, &config, cells);
 *	wp_glove_train(model, 0, NULL, NULL, NULL);
 *
 * Cells are visited in random order, but tile by tile (glove_cells.h), so that the vectors at
 * work stay in the cache and nothing is shuffled on disk.  An epoch has as many rounds as there
 * are blocks: in a round every row block meets one column block, another one in every round
 * (the strata of Gemulla et al. 2011).  No two tiles of a round have a word in common on
 * either side, so threads take tiles of a round without a lock, and the result is the same, to
 * the bit, for any number of threads.
 *
 * Random numbers follow from the seed and the number of the round alone, so that the tables and
 * that number are all there is to save.
 */
#ifndef WP_EMBED_GLOVE_H
#define WP_EMBED_GLOVE_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "embed/glove_cells.h"

#ifdef __cplusplus
extern "C" {
#endif

struct wp_glove_config {
	int dim;    /* length of each vector                                                */
	int epochs; /* passes over the cells                                                */
	int threads;
	double x_max; /* co-occurrences from here on weigh 1 ...                              */
	double alpha; /* ... and smaller ones (x / x_max)^alpha                               */
	double rate;  /* learning rate of a vector whose gradients have been small so far; the
		       * sum of squares begins with rate^-2.  Biases begin with 1, as in the
		       * program of the authors.                                               */
	uint64_t seed;
};

/* How far training has come: all the state there is besides the tables. */
struct wp_glove_position {
	uint64_t round; /* rounds done, of all epochs together                    */
	uint64_t cells; /* cells visited since the epoch began that is the current one or, at
			 * its end, the last one ...                              */
	double cost;    /* ... and the sum of their costs, f(x) (...)^2 / 2, when visited     */
};

struct wp_glove_progress {
	double share;   /* done, 0 to 1                                                       */
	int epoch;      /* the current one, from 0                                            */
	bool epoch_end; /* it is complete                                                     */
	uint64_t cells; /* visited over all epochs, also in earlier runs                      */
	double cost;    /* mean over the cells of this epoch so far                           */
};

struct wp_glove;

/* Good settings for general text. */
void wp_glove_default(struct wp_glove_config *config);

/* WP_EINVAL, saying which, where a setting is out of range. */
WP_MUST_CHECK enum wp_err wp_glove_check(const struct wp_glove_config *config);

/* Into how many blocks to sort the words, so that the vectors of a tile fit a cache and threads
 * have work.  It decides the order of the cells, and so the result: it depends on nothing but
 * these two. */
size_t wp_glove_blocks(size_t words, int dim);

/* A model ready to train, at round 0, with small random vectors.  cells is borrowed as long as
 * the model trains. */
WP_MUST_CHECK enum wp_err wp_glove_create(struct wp_glove **model,
	const struct wp_glove_config *config, const struct wp_glove_cells *cells);

/* May be given NULL. */
void wp_glove_free(struct wp_glove *model);

/* Run up to `rounds` more rounds (0: all there are).  Returns WP_OK when they are done,
 * WP_ESTOPPED after the round during which *stop became true (stop may be NULL), WP_EDIVERGED
 * when the cost is no longer finite, in which case the tables are of no use.  report, which may
 * be NULL, is called on the calling thread after every round. */
WP_MUST_CHECK enum wp_err wp_glove_train(struct wp_glove *model, uint64_t rounds,
	const volatile sig_atomic_t *stop,
	void (*report)(const struct wp_glove_progress *progress, void *arg), void *arg);

/* Rounds of the whole training; and where it stands. */
uint64_t wp_glove_rounds(const struct wp_glove *model);
struct wp_glove_position wp_glove_position(const struct wp_glove *model);

/* What the model has of a word: its main or its context vector (dim floats) and that one's
 * bias; and to set them, for who knows better than the random numbers.  Elements are rounded to
 * binary16. */
float wp_glove_get(const struct wp_glove *model, size_t word, bool context, float *vector);
void wp_glove_set(
	struct wp_glove *model, size_t word, bool context, const float *vector, float bias);

#ifdef __cplusplus
}
#endif
#endif
