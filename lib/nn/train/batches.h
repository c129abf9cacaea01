/* What a network is trained on and tried on: sequences with their targets, and how they become
 * batches.
 *
 * Pairs are sorted by the lengths of their targets, then of their sources, and packed both.
 *
 * By themselves, sequences are sorted by length within a batch and packed (nn/core/batch.h), so
 * that none is padded; a shuffled epoch draws batches of like length, so that the products stay
 * large.  As a stream, all rows are one sequence, cut into tracks that run side by side.
 *
 * As blocks, for networks that know so many steps and no more, each of these is cut into
 * sequences of as many.
 *
 * Where the gradient is cut off after some steps, a batch of sequences comes as several, each
 * of which goes on where the one before it ended.  Those that have ended drop out: they are the
 * last ones, being the shortest.
 *
 * A batch comes in shards, which may be worked on at the same time: shard i of S has sequences
 * i, i + S, i + 2 S and so on.  S is the largest power of two with 24 sequences, or 64 pairs,
 * for each shard, but at most 16.
 */
#ifndef WP_NN_BATCHES_H
#define WP_NN_BATCHES_H

#include "nn/core/config.h"
#include "nn/core/scaling.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { WP_NN_SHARDS = 16 };
enum { WP_NN_BPTT_MORE = 15 }; /* steps more than bptt, at most, where it varies */

/* Sequences, borrowed arrays.  Sequence s has lengths[s] rows; they follow each other. */
struct wp_nn_data {
	const int32_t *ids;  /* (rows), or NULL                                          */
	const float *values; /* (rows, inputs), or NULL                                  */
	const size_t *start; /* (rows + 1): or rows of which most numbers are zeros, as the
			      * others (struct wp_nn_cells); each is a sequence          */
	const int32_t *col;  /* (start[rows]) */
	const float *cell;   /* (start[rows]) */
	size_t inputs;
	const int32_t *lengths; /* (sequences)                                           */
	size_t sequences, rows;
	const int32_t *classes; /* classify: (sequences); tag: (rows); lm: NULL          */
	/* Of pairs: sequence s above is a source; its target is the s-th of these, with a token
	 * before the first and one behind the last. */
	const int32_t *target_ids, *target_lengths;
	size_t target_rows;
	const float *targets; /* regress: (rows, outputs) or (sequences, outputs); NULL: the
			       * values themselves, one row later                        */
	size_t outputs;
	const int32_t *const *column; /* by column: (rows), further tokens; negative: unknown */
	size_t columns, column_row;   /* and the row of these that is the first of the others */
	const float *encodings; /* (sequences, encoding): a vector for each; or NULL        */
	size_t encoding;
	const struct wp_subwords *subwords; /* of the ids, if these are not only those of
					     * the model's vocabulary; NULL: the model's */
	const struct wp_nn_scaling *scale_values, *scale_targets,
		*scale_encodings; /* what the network is to see of numbers;
				   * NULL: as they are                */
	size_t skip; /* targets in so many first rows of each sequence, or track, do not count:
		      * what comes before the others                                      */
};

/* How batches are made. */
struct wp_nn_batching {
	enum wp_nn_task task;
	bool each_step; /* as the config has it                                           */
	bool stream;    /* lm, and regress at each step: one sequence, cut into `batch` tracks
			 * whose states are carried on; else sequences by themselves      */
	int batch;      /* sequences, or tracks                                           */
	int bptt;       /* steps after which the gradient is cut off; 0: never            */
	bool blocks;    /* what bptt cuts are sequences by themselves, which begin with no
			 * state, among which batches choose.  Shuffled, those of a stream
			 * begin elsewhere in each epoch                                   */
	bool vary;    /* stream: cut after random numbers of steps about bptt, in 1 of 20 cases
		       * about half of it, with a deviation of 5, others in each epoch (Merity et
		       * al. 2018)                                                        */
	int warm;     /* stream: each track but the first begins so many rows earlier, in
		       * the one before it; targets do not count twice.  For evaluation: a
		       * track then begins with a state that is as good as if there were
		       * only one                                                       */
	bool shuffle; /* sequences in random order each epoch                           */
	uint64_t seed;
};

/* WP_EINVAL, saying which, where they do not go together. */
WP_MUST_CHECK enum wp_err wp_nn_batching_check(const struct wp_nn_batching *how);

/* Keep the first part of data, and put the last `share` of its sequences, or of the rows of a
 * stream, into *rest.  WP_EMISMATCH where that leaves one of them empty. */
WP_MUST_CHECK enum wp_err wp_nn_data_split(struct wp_nn_data *data, struct wp_nn_data *rest,
	const struct wp_nn_batching *how, double share);

struct wp_nn_batcher;
struct wp_nn_batch;

/* data's arrays are borrowed as long as the batcher lives.  WP_EMISMATCH where there is nothing
 * to train on. */
WP_MUST_CHECK enum wp_err wp_nn_batcher_create(struct wp_nn_batcher **batcher,
	const struct wp_nn_batching *how, const struct wp_nn_data *data);
void wp_nn_batcher_free(struct wp_nn_batcher *batcher); /* may be NULL */

/* Batches of that epoch, from 0: those of one epoch may be a few more than those of another. */
uint64_t wp_nn_batcher_count(struct wp_nn_batcher *batcher, int epoch);

/* Most shards that a batch can have. */
int wp_nn_batcher_shards(const struct wp_nn_batcher *batcher);

/* Batch number `number` of epoch `epoch`: a function of these and the seed alone, so that
 * training can continue from anywhere.  Its shards go to shard[0] to shard[*shards - 1], with
 * room for WP_NN_SHARDS; borrowed until the next call. */
WP_MUST_CHECK enum wp_err wp_nn_batcher_get(struct wp_nn_batcher *batcher, int epoch,
	uint64_t number, struct wp_nn_batch *shard, int *shards);

#ifdef __cplusplus
}
#endif
#endif
