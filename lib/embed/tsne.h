/* t-SNE: a map in two dimensions that keeps neighbours together.
 *
 * Van der Maaten & Hinton 2008.  The similarity of points i and j among the vectors is p_ij =
 * (p_j|i + p_i|j) / 2n, where p_j|i = exp(-b_i |x_i - x_j|^2) / sum, over the 3 * perplexity
 * nearest neighbours of i, and b_i is such that the entropy of p_.|i is log(perplexity).  On
 * the map it is q_ij = w_ij / Z, with w_ij = 1 / (1 + |y_i - y_j|^2) and Z their sum.  Gradient
 * descent with momentum and a gain for each coordinate (Jacobs 1988) makes the divergence
 * KL(P || Q) small; its gradient,
 *
 *	4 sum_j (p_ij - q_ij) w_ij (y_i - y_j),
 *
 * is an attraction between neighbours, and a repulsion between all pairs.  The repulsion is
 * either summed up over all pairs, or found on a grid by fast Fourier transforms (Linderman et
 * al. 2019; here with cubic splines on one grid).  The first iterations exaggerate the
 * attraction.  The map begins as the first two principal components (Kobak & Berens 2019), at
 * the learning rate of Belkina et al. 2019: points / exaggeration.
 *
 * The neighbours are exact.  The same vectors and settings give the same bytes for any number
 * of threads, on one instruction set.
 */
#ifndef WP_EMBED_TSNE_H
#define WP_EMBED_TSNE_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "stream/reader.h"
#include "stream/writer.h"

#ifdef __cplusplus
extern "C" {
#endif

enum wp_tsne_method {
	WP_TSNE_AUTO,  /* exact below 2000 points */
	WP_TSNE_EXACT, /* all pairs: time grows with the square of the points */
	WP_TSNE_FFT    /* on a grid: time grows with the points, and the area of the map */
};

enum wp_tsne_start {
	WP_TSNE_PCA,
	WP_TSNE_RANDOM /* a small Gaussian cloud */
};

struct wp_tsne_config {
	double perplexity;   /* about the number of neighbours that count; 3 times so many are
				used */
	double exaggeration; /* of the attraction, at first */
	int exaggerate;  /* for so many iterations                                          */
	int iterations;  /* in all                                                          */
	double rate;     /* learning rate; 0: points / exaggeration, 50 at least            */
	double momentum; /* after the exaggeration; 0.5 before                              */
	enum wp_tsne_method method;
	enum wp_tsne_start start;
	uint64_t seed;
	int threads;
};

/* Perplexity 30, exaggeration 12 for 250 of 750 iterations, momentum 0.8, seed 1, one thread.
 */
void wp_tsne_default(struct wp_tsne_config *config);

/* WP_EINVAL, saying which, where a setting is out of range. */
WP_MUST_CHECK enum wp_err wp_tsne_check(const struct wp_tsne_config *config);

struct wp_tsne;

/* Find the neighbours of the rows of vector (count, dim), by Euclidean distance, and begin the
 * map.  vector is not used afterwards.  WP_EMISMATCH where there are fewer points than
 * neighbours (3 * perplexity + 1); WP_ECORRUPT where a number is not finite. */
WP_MUST_CHECK enum wp_err wp_tsne_create(struct wp_tsne **tsne,
	const struct wp_tsne_config *config, const float *vector, size_t count, size_t dim);

/* Free everything; tsne may be NULL. */
void wp_tsne_free(struct wp_tsne *tsne);

/* How far it is.  The divergence is worked out now and then; NaN where it was not. */
struct wp_tsne_progress {
	int iteration; /* done */
	double divergence;
	double rate; /* the learning rate */
	bool exaggerated;
};

/* The perplexity that so many points allow, `wanted` at most. */
double wp_tsne_fitting_perplexity(size_t points, double wanted);

/* Continue until `until` iterations are done (at most config.iterations).  report, which may be
 * NULL, is called after each iteration on the calling thread.  stop, which may be NULL, is
 * looked at before each: WP_ESTOPPED where it is set.  WP_EDIVERGED where the map leaves the
 * finite numbers. */
WP_MUST_CHECK enum wp_err wp_tsne_run(struct wp_tsne *tsne, int until,
	const volatile sig_atomic_t *stop,
	void (*report)(const struct wp_tsne_progress *progress, void *arg), void *arg);

int wp_tsne_iteration(const struct wp_tsne *tsne);

/* The map (count, 2), centred; borrowed until the next call of wp_tsne_run. */
const float *wp_tsne_map(const struct wp_tsne *tsne);

/* The state of the descent: (3, count, 2) floats, which are the map, the last step and the
 * gains. wp_tsne_set_state continues from there; WP_ECORRUPT, and nothing set, for an iteration
 * that there is not or a number that is not finite. */
const float *wp_tsne_state(const struct wp_tsne *tsne);
WP_MUST_CHECK enum wp_err wp_tsne_set_state(
	struct wp_tsne *tsne, int64_t iteration, const float *state);

/* Save what a run needs to continue (stream/checkpoint.h), and continue from there; settings is
 * the command line.  The reader belongs to the function from here on.  WP_EMISMATCH for a
 * checkpoint of another run, WP_ECORRUPT for one that no run can have saved; the map is then as
 * it was. */
WP_MUST_CHECK enum wp_err wp_tsne_save(
	const struct wp_tsne *tsne, struct wp_writer *writer, const char *settings);
WP_MUST_CHECK enum wp_err wp_tsne_load(
	struct wp_tsne *tsne, struct wp_reader *reader, const char *settings);

/* The divergence KL(P || Q) of the map as it is, with Z summed up over all pairs. */
WP_MUST_CHECK enum wp_err wp_tsne_divergence(const struct wp_tsne *tsne, double *divergence);

#ifdef __cplusplus
}
#endif
#endif
