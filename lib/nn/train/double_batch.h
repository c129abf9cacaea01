/* A batch (nn/core/batch.h) of single precision, on its way to networks in double precision.
 * (Internal.) */
#ifndef WP_NN_DOUBLE_BATCH_H
#define WP_NN_DOUBLE_BATCH_H

#include "nn/net/graph.h"

struct wp_nn_batch;

struct wp_nn_double_batch {
	int steps, sequences;
	const int *active;
	const size_t *begin;
	const int32_t *ids, *classes;
	const float *values, *targets, *encoding;
	size_t target_rows;  /* of targets                               */
	const size_t *start; /* of rows that are cells, whose values are */
	const int32_t *col;  /* `values`; or NULL                        */
	double epochs;
	const int32_t *const *columns;
	const struct wp_nn_double_batch *source;
	const int *source_of;
	bool continues;
	uint64_t number;
};

/* target_rows: of batch->targets.  *source is room for the sources of pairs. */
struct wp_nn_double_batch wp_nn_double_batch_of(
	const struct wp_nn_batch *batch, size_t target_rows, struct wp_nn_double_batch *source);

/* The numbers of a batch, made wider; a zeroed one is empty. */
struct wp_nn_widened;
struct wp_nn64_batch;
void wp_nn_widened_free(struct wp_nn_widened *widened); /* may be NULL */

/* *widened is made at the first use; *batch borrows from it until the next. */
WP_MUST_CHECK enum wp_err wp_nn_widen(struct wp_nn_widened **widened,
	const struct wp_nn_graph *graph, const struct wp_nn_double_batch *from,
	struct wp_nn64_batch *batch);

#endif
