/* Vectors of character n-grams, fitted to finished word vectors.
 *
 * Row i of a sparse matrix F has a cell for each n-gram of word i that enough words have, and
 * length 1.  Given word vectors W, of length 1 and centred, the vectors G of the n-grams are
 * those of a ridge regression,
 *
 *	min |F G - W|^2 + ridge |G|^2,   G = F' (F F' + ridge I)^-1 W,
 *
 * by conjugate gradients for all columns at once (Hestenes & Stiefel 1952).  F G is what the
 * spelling of words says about them: a share of it added back brings words that share parts
 * closer together (after Bojanowski et al. 2017, who train both at once), and it gives vectors
 * to words that have none.
 */
#ifndef WP_EMBED_CHAR_NGRAMS_FIT_H
#define WP_EMBED_CHAR_NGRAMS_FIT_H

#include "text/char_ngrams.h"
#include "embed/points.h"

#ifdef __cplusplus
extern "C" {
#endif

struct wp_char_ngrams_config {
	int shortest, longest; /* characters of an n-gram                   */
	int words;             /* that must have it, or it is left out      */
	double ridge;
	double tolerance; /* of the residual, relative to W            */
	int iterations;   /* at most                                   */
	int threads;
};

/* 3 to 6 characters, 3 words, ridge 1, tolerance 0.01, 25 iterations, one thread. */
void wp_char_ngrams_default(struct wp_char_ngrams_config *config);
WP_MUST_CHECK enum wp_err wp_char_ngrams_config_check(
	const struct wp_char_ngrams_config *config);

/* Fit n-grams to the vectors of points, which have words.  report, which may be NULL, is called
 * after each iteration with its number and the residual.  WP_EMISMATCH where no n-gram has
 * enough words.  The same bytes for any number of threads. */
WP_MUST_CHECK enum wp_err wp_char_ngrams_fit(struct wp_char_ngrams *ngrams,
	const struct wp_points *points, const struct wp_char_ngrams_config *config,
	void (*report)(int iteration, double residual, void *arg), void *arg);

/* vector += share * composed, for all words of points. */
WP_MUST_CHECK enum wp_err wp_char_ngrams_add(
	const struct wp_char_ngrams *ngrams, struct wp_points *points, double share);

#ifdef __cplusplus
}
#endif
#endif
