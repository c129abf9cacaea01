/* What a network is trained on and tried on: sequences with their targets, and how they become
 * batches. */
#ifndef WP_RNN_DATA_H
#define WP_RNN_DATA_H

#include "rnn/config.h"
#include "text/corpus.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Sequences, borrowed arrays.  Sequence s has length[s] rows; they follow each other. */
struct wp_rnn_data {
	const int32_t *ids;     /* (rows), or NULL                                    */
	const float *values;    /* (rows, inputs), or NULL                            */
	size_t inputs;
	const int32_t *lengths; /* (sequences)                                        */
	size_t sequences, rows;
	const int32_t *classes; /* classify: (sequences); tag: (rows); lm: NULL       */
	const float *targets;   /* regress: (rows, outputs) or (sequences, outputs)   */
	size_t outputs;
};

struct wp_rnn_batch;

/* How batches are made. */
struct wp_rnn_batching {
	enum wp_rnn_task task;
	bool each_step;
	bool stream;   /* lm: one long sequence, cut into `batch` tracks that run side by side
	                * with their states carried on; else sequences by themselves      */
	int batch;     /* sequences, or tracks                                            */
	int bptt;      /* steps after which the gradient is cut off; 0: never             */
	bool shuffle;  /* sequences in random order each epoch, those of a batch being of
	                * like length                                                     */
	uint64_t seed;
};

struct wp_rnn_batcher;

WP_MUST_CHECK enum wp_err wp_rnn_batcher_create(struct wp_rnn_batcher **batcher,
	const struct wp_rnn_batching *how, const struct wp_rnn_data *data);
void wp_rnn_batcher_free(struct wp_rnn_batcher *batcher);

/* Updates in an epoch. */
uint64_t wp_rnn_batcher_count(const struct wp_rnn_batcher *batcher);

/* Batch number `number` of epoch `epoch`: a function of these and the seed alone, so that
 * training can go on from anywhere.  Given as `shards` parts, at most most_shards, whose number
 * depends on the sequences only, never on threads; batch[i] is borrowed until the next call. */
WP_MUST_CHECK enum wp_err wp_rnn_batcher_get(struct wp_rnn_batcher *batcher, int epoch,
	uint64_t number, struct wp_rnn_batch *batch, int most_shards, int *shards);

#ifdef __cplusplus
}
#endif
#endif
