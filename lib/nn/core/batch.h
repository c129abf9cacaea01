/* A batch of sequences, packed: no row is padding.  (Internal: with real.h.)
 *
 * Sequences are in order of length, longest first, so that those which still run at step t are
 * the first active[t] ones.  The rows of step t follow those of step t-1: row
 * begin[t] + b is step t of sequence b.  "rows" below is begin[steps], all of them.
 *
 * A batch of pairs is that of the targets, packed in their order, and has that of the sources,
 * packed in theirs.
 */
#ifndef WP_NN_BATCH_H
#define WP_NN_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "nn/core/real.h"

/* Rows in which most numbers are zeros, as their others: row r has cells start[r] to
 * start[r + 1] - 1, columns ascending.  Bags of words. */
struct NN(cells) {
	const size_t *start; /* (rows + 1); NULL: rows are not given in this way */
	const int32_t *col;
	const real *value;
};

struct NN(batch) {
	int steps;           /* of the longest sequence                                     */
	int sequences;       /* active[0]                                                   */
	const int *active;   /* (steps): never growing                                      */
	const size_t *begin; /* (steps + 1)                                                 */
	const int32_t *ids;  /* (rows): tokens; NULL where the input is real                */
	const real *values;  /* (rows, inputs): real inputs; NULL where they are cells      */
	struct NN(cells) cells;
	const int32_t *classes; /* (rows), or (sequences) for classify: the targets; a negative
				 * one counts for nothing.  NULL: no targets                 */
	const real *targets;    /* regress: (rows, outputs) or (sequences, outputs); autoencode:
				 * the values, or NULL where the rows are cells                */
	/* What else the network may read (nn/net/graph.h); NULL: there is none. */
	const struct NN(batch) *source; /* of pairs: the sources                            */
	const int *source_of;           /* (sequences): which of those is each one's        */
	bool same_source;               /* the sources are those of the last batch: what was
					 * made of them stays                                  */
	const real *encoding;           /* (sequences, width)                               */
	const int32_t *const *columns;  /* by column: (rows), tokens                        */
	bool continues;  /* the sequences continue those of the last batch: begin with the
			  * states in which it ended, instead of zeros                  */
	uint64_t number; /* of this batch (and shard) in the whole training: with the seed,
			  * it decides dropout and sampling                             */
	double epochs;   /* of training that are over: for what grows with them         */
};

/* Steps of a sequence. */
static inline int NN(batch_length)(const struct NN(batch) *batch, int sequence)
{
	int steps = batch->steps;
	while (steps > 0 && batch->active[steps - 1] <= sequence)
		steps--;
	return steps;
}

/* Sequences that are there in step t + 1, too: the first ones.  The others end at t. */
static inline int NN(going_on)(const struct NN(batch) *batch, int t)
{
	return t + 1 < batch->steps ? batch->active[t + 1] : 0;
}

/* to (sequences, width) = the rows of x (rows, width) in which the sequences end. */
static inline void NN(last_rows)(
	const struct NN(batch) *batch, const real *x, size_t width, real *to)
{
	for (int t = 0; t < batch->steps; t++) {
		size_t first = (size_t)NN(going_on)(batch, t);
		size_t count = (size_t)batch->active[t] - first;
		memcpy(to + first * width, x + (batch->begin[t] + first) * width,
			count * width * sizeof *to);
	}
}

#endif
