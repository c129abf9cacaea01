/* What counting co-occurrences will take, judged by the beginning of the text. */
#ifndef WP_EMBED_COOC_ESTIMATE_H
#define WP_EMBED_COOC_ESTIMATE_H

#include "embed/cooc.h"

#ifdef __cplusplus
extern "C" {
#endif

struct wp_cooc_estimate {
	uint64_t tokens; /* exactly, and of these the cells of so many were counted: */
	uint64_t sample;
	double cells;  /* of the whole matrix                                      */
	double output; /* bytes of these cells in a stream                         */
	double memory; /* bytes with which no temporary files are needed           */
	double pieces; /* in which the text will be counted with the given memory  */
	double disk;   /* bytes of temporary files then                            */
};

struct wp_cooc_estimator;

/* The sample is the first two million tokens.  Cells grow with the text like a power of its
 * length (as types do by Heaps' law); the power is that between half of the sample and all of
 * it. */
WP_MUST_CHECK enum wp_err wp_cooc_estimator_create(struct wp_cooc_estimator **estimator,
	const struct wp_cooc_config *config, size_t words);

/* May be given NULL. */
void wp_cooc_estimator_free(struct wp_cooc_estimator *estimator);

/* As wp_cooc_leave_out and wp_cooc_add. */
void wp_cooc_estimator_leave_out(struct wp_cooc_estimator *estimator, int32_t id);
WP_MUST_CHECK enum wp_err wp_cooc_estimator_add(
	struct wp_cooc_estimator *estimator, const int32_t *ids, size_t n, bool ends);

WP_MUST_CHECK enum wp_err wp_cooc_estimator_finish(
	struct wp_cooc_estimator *estimator, struct wp_cooc_estimate *estimate);

#ifdef __cplusplus
}
#endif
#endif
