#include "nn/train/batches.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "nn/core/batch.h"
#include "nn/core/pack.h"

/* Sequences are sorted by length among so many batches' worth of them, drawn at random: enough
 * for batches of like length, and still other companions in every epoch. */
enum { POOL = 64 };

/* Each shard has at least so many sequences, where there is more than one; of pairs, whose
 * products are one step at a time, more. */
enum { SHARD_SEQUENCES = 24, SHARD_PAIRS = 64, SHARD_ROWS = 512 };

/* A sequence of a batch, or a track of a stream. */
struct track {
	size_t row;    /* where it begins                                               */
	size_t length; /* rows that are read: one less than it has where targets come one
			* later                                                         */
	size_t target; /* its number, for targets at the end                            */
	size_t skip;   /* targets of so many first rows do not count                    */
	struct wp_nn_piece source; /* of a pair */
};

/* What one shard's batch points at. */
struct shard {
	struct wp_nn_packed packed;
	struct wp_nn_pair_packed sources; /* of pairs              */
	struct wp_nn_piece *piece;        /* of each of its tracks */
	int32_t *classes;
	float *targets, *encoding;
	size_t piece_room, classes_room, targets_room, encoding_room;
};

struct wp_nn_batcher {
	struct wp_nn_batching how;
	const struct wp_nn_task_type *task;
	struct wp_nn_data data;
	const int32_t **column; /* (data.columns): from the first row on                 */
	bool by_row;            /* there is a target for each row                            */
	bool later;             /* a row's target is in the next row                         */
	struct track *list;     /* (sequences): all sequences, or blocks                  */
	size_t sequences, room;
	uint64_t *key;   /* (count): of usable sequences, to be sorted                */
	uint32_t *order; /* (count): usable sequences, as this epoch has them         */
	uint32_t *drawn; /* (count): the same before they are sorted                  */
	size_t count;
	size_t batches;      /* in an epoch, before they are cut by steps                 */
	uint32_t *batch;     /* (batches): in this epoch's order                          */
	uint64_t *first;     /* (batches + 1): the number of the first piece of each      */
	size_t *cut;         /* (first[1] + 1): where pieces of varying length begin; or NULL */
	int epoch;           /* which all that is of; -1: none yet                        */
	struct track *track; /* (how.batch): of one batch                                */
	size_t tracks;
	struct shard shard[WP_NN_SHARDS];
};

enum wp_err wp_nn_data_split(struct wp_nn_data *data, struct wp_nn_data *rest,
	const struct wp_nn_batching *how, double share)
{
	bool by_row = wp_nn_by_row(how->task, how->each_step);
	size_t all = how->stream ? data->rows : data->sequences;
	size_t kept = all - (size_t)llround((double)all * share), row = 0;
	if (!(share > 0 && share < 1) || kept == 0 || kept == all)
		return wp_fail(WP_EMISMATCH, "the last %g of %zu %s: leaves nothing", share,
			all, how->stream ? "rows" : "sequences");
	for (size_t s = 0; s < kept && !how->stream; s++)
		row += (size_t)data->lengths[s];
	if (how->stream)
		row = kept;
	*rest = *data;
	rest->rows = data->rows - row;
	data->rows = row;
	rest->column_row = data->column_row + row;
	if (!how->stream) {
		rest->sequences = data->sequences - kept;
		rest->lengths = data->lengths + kept;
		data->sequences = kept;
	}
	if (data->target_ids) {
		size_t before = 0;
		for (size_t s = 0; s < kept; s++)
			before += (size_t)data->target_lengths[s];
		rest->target_ids = data->target_ids + before;
		rest->target_lengths = data->target_lengths + kept;
		rest->target_rows = data->target_rows - before;
		data->target_rows = before;
	}
	if (data->encodings && !how->stream)
		rest->encodings = data->encodings + kept * data->encoding;
	if (data->ids)
		rest->ids = data->ids + row;
	if (data->values)
		rest->values = data->values + row * data->inputs;
	if (data->start)
		rest->start = data->start + row;
	if (data->classes)
		rest->classes = data->classes + (by_row ? row : kept);
	if (data->targets)
		rest->targets = data->targets + (by_row ? row : kept) * data->outputs;
	return WP_OK;
}

static size_t usable_rows(const struct wp_nn_batcher *b, size_t rows)
{
	return b->later && rows > 0 ? rows - 1 : rows;
}

/* Steps of the gradient, within what batches are made of. */
static size_t bptt_of(const struct wp_nn_batcher *b)
{
	return b->how.blocks ? 0 : (size_t)b->how.bptt;
}

/* Tracks of a stream: `later` rows at the end have no target, `warm` ones are shared. */
static void cut_stream(struct wp_nn_batcher *b)
{
	size_t rows = b->data.rows - (b->later ? 1 : 0), warm = (size_t)b->how.warm;
	const size_t skip = b->data.skip;
	size_t tracks = (size_t)b->how.batch;
	warm = warm < rows ? warm : rows - 1;
	rows -= warm;
	b->tracks = tracks < rows ? tracks : rows;
	size_t base = rows / b->tracks, longer = rows % b->tracks;
	for (size_t i = 0; i < b->tracks; i++)
		b->track[i] = (struct track){.row = i * base + (i < longer ? i : longer),
			.length = base + (i < longer) + warm,
			.skip = i > 0 && warm > skip ? warm : skip};
	b->batches = 1;
}

static enum wp_err list_one(struct wp_nn_batcher *b, struct track one)
{
	enum wp_err err =
		wp_grow(&b->list, &b->room, b->sequences + 1, sizeof *b->list, "sequences");
	if (!err)
		b->list[b->sequences++] = one;
	return err;
}

/* A sequence of so many rows from `row` on, or its blocks, of which the first one has `first`
 * rows less than the others. */
static enum wp_err list_blocks(
	struct wp_nn_batcher *b, size_t row, size_t rows, size_t number, size_t first)
{
	const size_t usable = usable_rows(b, rows), skip = b->data.skip;
	const size_t block = b->how.blocks ? (size_t)b->how.bptt : usable;
	enum wp_err err = WP_OK;
	for (size_t at = 0, end = block - first; at < usable && !err; at = end, end += block) {
		end = end < usable ? end : usable;
		err = list_one(b,
			(struct track){.row = row + at,
				.length = end - at,
				.target = number,
				.skip = skip > at ? skip - at : 0});
	}
	return err;
}

/* Pairs are listed by their targets. */
static enum wp_err list_pairs(struct wp_nn_batcher *b)
{
	const struct wp_nn_data *d = &b->data;
	enum wp_err err = WP_OK;
	size_t row = 0, source = 0;
	for (size_t s = 0; s < d->sequences && !err; s++) {
		const size_t rows = (size_t)d->target_lengths[s],
			     length = (size_t)d->lengths[s];
		if (usable_rows(b, rows) > 0 && length > 0)
			err = list_one(b,
				(struct track){.row = row,
					.length = usable_rows(b, rows),
					.target = s,
					.source = {source, length}});
		row += rows;
		source += length;
	}
	return err;
}

/* List all sequences that have a target. */
static enum wp_err list_all(struct wp_nn_batcher *b, size_t first)
{
	const struct wp_nn_data *d = &b->data;
	size_t row = 0;
	b->sequences = 0;
	if (b->task->pairs)
		return list_pairs(b);
	if (b->how.stream)
		return list_blocks(b, 0, d->rows, 0, first);
	enum wp_err err = WP_OK;
	for (size_t s = 0; s < d->sequences && !err; s++) {
		err = list_blocks(b, row, (size_t)d->lengths[s], s, 0);
		row += (size_t)d->lengths[s];
	}
	return err;
}

static void count_batches(struct wp_nn_batcher *b)
{
	b->count = b->sequences;
	b->batches = (b->count + (size_t)b->how.batch - 1) / (size_t)b->how.batch;
}

static enum wp_err list_sequences(struct wp_nn_batcher *b)
{
	enum wp_err err = list_all(b, 0);
	/* A stream that begins within a block has one more. */
	const size_t most = b->sequences + 1;
	if (!err && most > UINT32_MAX)
		return wp_fail(
			WP_ELIMIT, "%zu sequences are more than %" PRIu32, most, UINT32_MAX);
	if (!err)
		err = wp_grow(&b->list, &b->room, most, sizeof *b->list, "sequences");
	if (!err)
		err = wp_alloc(&b->drawn, most, sizeof *b->drawn, "sequences");
	if (!err)
		err = wp_alloc(&b->order, most, sizeof *b->order, "sequences");
	if (!err)
		err = wp_alloc(&b->key, most, sizeof *b->key, "sequences");
	count_batches(b);
	return err;
}

enum { LEAST_CUT = 5 }; /* steps of a piece of varying length */

enum wp_err wp_nn_batching_check(const struct wp_nn_batching *how)
{
	bool streams =
		wp_nn_tasks[how->task].streams && wp_nn_by_row(how->task, how->each_step);
	if (how->batch < 1 || how->bptt < (how->blocks ? 1 : 0) || how->warm < 0)
		return wp_fail(WP_EINVAL, "batches of %d sequences, cut after %d steps",
			how->batch, how->bptt);
	if (how->bptt > 0 && wp_nn_tasks[how->task].pairs)
		return wp_fail(WP_EINVAL, "pairs cannot be cut: no \1bptt");
	if (how->vary && (!how->stream || how->bptt < LEAST_CUT))
		return wp_fail(WP_EINVAL,
			"\1vary-bptt is for a stream, cut after %d steps or more", LEAST_CUT);
	if (how->blocks && (how->vary || !wp_nn_by_row(how->task, how->each_step)))
		return wp_fail(
			WP_EINVAL, "blocks are of one length, and for an output at each step");
	if (how->stream && !streams)
		return wp_fail(
			WP_EINVAL, "only lm, and regress at each step, train on a stream");
	return WP_OK;
}

enum wp_err wp_nn_batcher_create(struct wp_nn_batcher **batcher,
	const struct wp_nn_batching *how, const struct wp_nn_data *data)
{
	struct wp_nn_batcher *b = NULL;
	enum wp_err err = wp_nn_batching_check(how);
	if (!err && !data->ids + !data->values + !data->start != 2)
		err = wp_fail(WP_EINVAL, "sequences are of tokens or of numbers");
	if (!err && wp_nn_tasks[how->task].pairs && !data->target_ids)
		err = wp_fail(WP_EINVAL, "pairs have targets");
	if (!err && data->encodings && how->stream)
		err = wp_fail(WP_EINVAL,
			"a vector for each sequence, and the sequences are one stream");
	if (!err)
		err = wp_alloc(&b, 1, sizeof *b, "batches");
	if (err)
		return err;
	b->how = *how;
	b->data = *data;
	b->epoch = -1;
	b->task = &wp_nn_tasks[how->task];
	b->by_row = wp_nn_by_row(how->task, how->each_step);
	b->later = b->task->next || b->task->pairs ||
		(b->task->numbers && !b->task->itself && !data->targets);
	err = wp_alloc(&b->track, (size_t)how->batch, sizeof *b->track, "tracks");
	if (!err && data->columns)
		err = wp_alloc(&b->column, data->columns, sizeof *b->column, "columns");
	for (size_t i = 0; i < data->columns && !err; i++)
		b->column[i] = data->column[i] + data->column_row;
	if (!err && (!how->stream || how->blocks))
		err = list_sequences(b);
	if (!err && how->stream && !how->blocks && data->rows > (b->later ? 1 : 0))
		cut_stream(b);
	if (!err && how->vary && b->tracks > 0)
		err = wp_alloc(
			&b->cut, b->track[0].length / LEAST_CUT + 2, sizeof *b->cut, "batches");
	if (!err && b->batches == 0)
		err = wp_fail(WP_EMISMATCH, "no sequence has a target to train on");
	if (!err)
		err = wp_alloc(&b->batch, b->batches + 1, sizeof *b->batch, "batches");
	if (!err)
		err = wp_alloc(&b->first, b->batches + 2, sizeof *b->first, "batches");
	if (err) {
		wp_nn_batcher_free(b);
		b = NULL;
	}
	*batcher = b;
	return err;
}

void wp_nn_batcher_free(struct wp_nn_batcher *b)
{
	if (!b)
		return;
	for (int i = 0; i < WP_NN_SHARDS; i++) {
		struct shard *s = &b->shard[i];
		wp_nn_packed_fini(&s->packed);
		wp_nn_pair_packed_fini(&s->sources);
		free(s->classes);
		free(s->targets);
		free(s->encoding);
		free(s->piece);
	}
	free(b->column);
	free(b->list);
	free(b->key);
	free(b->order);
	free(b->drawn);
	free(b->batch);
	free(b->first);
	free(b->cut);
	free(b->track);
	free(b);
}

/* An epoch's order. */

static void shuffle(struct wp_rng *rng, uint32_t *list, size_t n)
{
	for (size_t i = n; i > 1; i--) {
		size_t k = wp_rng_below(rng, (uint32_t)i);
		uint32_t swap = list[k];
		list[k] = list[i - 1];
		list[i - 1] = swap;
	}
}

/* Of a pair: of the target, and then of the source. */
static size_t length_of(const struct track *t)
{
	enum { SOURCE = 1 << 12, TARGET = INT32_MAX / SOURCE };
	const size_t length = t->length, source = t->source.length;
	return source == 0 ? length
			   : (length < TARGET ? length : TARGET - 1) * SOURCE +
			(source < SOURCE ? source : SOURCE - 1);
}

/* Longest first; those of equal length stay in the order in which they were drawn. */
static void sort_pool(struct wp_nn_batcher *b, size_t begin, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t length = length_of(&b->list[b->drawn[begin + i]]);
		b->key[begin + i] = wp_nn_length_key(length, i);
	}
	wp_nn_sort_keys(b->key + begin, n);
	for (size_t i = 0; i < n; i++)
		b->order[begin + i] = b->drawn[begin + (uint32_t)b->key[begin + i]];
}

static uint64_t pieces(const struct wp_nn_batcher *b, size_t rows)
{
	size_t bptt = bptt_of(b);
	return bptt == 0 || rows == 0 ? 1 : (rows + bptt - 1) / bptt;
}

/* Nothing here can fail: there is room for all. */
static void order_sequences(struct wp_nn_batcher *b, int epoch)
{
	size_t size = (size_t)b->how.batch, pool = b->count;
	struct wp_rng rng;
	wp_rng_seed(&rng, b->how.seed, ((uint64_t)1 << 32) + (uint64_t)epoch);
	if (b->how.shuffle && b->how.blocks && b->how.stream) {
		enum wp_err err = list_all(b, wp_rng_below(&rng, (uint32_t)b->how.bptt));
		(void)err;
		count_batches(b);
	}
	for (size_t i = 0; i < b->batches; i++)
		b->batch[i] = (uint32_t)i;
	/* From the same beginning, whatever epoch was before. */
	for (size_t s = 0; s < b->count; s++)
		b->drawn[s] = (uint32_t)s;
	if (b->how.shuffle) {
		pool = size * POOL;
		shuffle(&rng, b->drawn, b->count);
		shuffle(&rng, b->batch, b->batches);
	}
	for (size_t i = 0; i < b->count; i += pool)
		sort_pool(b, i, pool < b->count - i ? pool : b->count - i);
	for (size_t i = 0; i < b->batches; i++) {
		size_t longest = b->order[(size_t)b->batch[i] * size];
		b->first[i + 1] = b->first[i] + pieces(b, b->list[longest].length);
	}
}

/* Where the pieces of this epoch begin; how many there are. */
static uint64_t vary_cuts(struct wp_nn_batcher *b, int epoch, size_t rows)
{
	const double deviation = 5, rare = 0.05;
	const size_t bptt = (size_t)b->how.bptt;
	uint64_t count = 0;
	struct wp_rng rng;
	wp_rng_seed(&rng, b->how.seed, ((uint64_t)2 << 32) + (uint64_t)epoch);
	for (size_t at = 0; at < rows; count++) {
		double mean = wp_rng_double(&rng) < rare ? (double)bptt / 2 : (double)bptt;
		double steps = mean + deviation * wp_rng_normal(&rng);
		b->cut[count] = at;
		at += steps < LEAST_CUT                            ? LEAST_CUT
			: steps > (double)(bptt + WP_NN_BPTT_MORE) ? bptt + WP_NN_BPTT_MORE
								   : (size_t)steps;
	}
	b->cut[count] = rows;
	return count;
}

static void prepare(struct wp_nn_batcher *b, int epoch)
{
	bool same = b->epoch == epoch || (b->epoch >= 0 && !b->how.shuffle && !b->cut);
	if (same)
		return;
	b->epoch = epoch;
	if (!b->how.stream || b->how.blocks)
		order_sequences(b, epoch);
	else if (b->cut)
		b->first[1] = vary_cuts(b, epoch, b->track[b->tracks - 1].length);
	else /* the last piece takes what the longer tracks have more */
		b->first[1] = pieces(b, b->track[b->tracks - 1].length);
}

uint64_t wp_nn_batcher_count(struct wp_nn_batcher *b, int epoch)
{
	prepare(b, epoch);
	return b->first[b->batches];
}

/* A batch. */

static int shards_of(const struct wp_nn_batcher *b, size_t sequences)
{
	const size_t least = b->task->itself ? SHARD_ROWS
		: b->task->pairs             ? SHARD_PAIRS
					     : SHARD_SEQUENCES;
	size_t shards = 1;
	while (shards < WP_NN_SHARDS && sequences / (2 * shards) >= least)
		shards *= 2;
	return (int)shards;
}

int wp_nn_batcher_shards(const struct wp_nn_batcher *b)
{
	size_t most = (size_t)b->how.batch;
	if (b->how.stream && !b->how.blocks)
		most = b->tracks;
	else if (b->count < most)
		most = b->count;
	return shards_of(b, most);
}

/* Room for the targets of so many rows. */
static enum wp_err reserve_targets(const struct wp_nn_batcher *b, struct shard *s, size_t rows)
{
	return b->task->numbers
		? wp_grow(&s->targets, &s->targets_room, rows * b->data.outputs,
			  sizeof *s->targets, "a batch")
		: wp_grow(&s->classes, &s->classes_room, rows, sizeof *s->classes, "a batch");
}

/* The target of step t of a track, to row `to` of the shard. */
static void fill_row(const struct wp_nn_batcher *b, struct shard *s, size_t to,
	const struct track *track, size_t t)
{
	const struct wp_nn_data *d = &b->data;
	size_t from = track->row + t, k = d->inputs, m = d->outputs;
	bool counts = t >= track->skip;
	if (!b->task->numbers) {
		const int32_t *ids = b->task->pairs ? d->target_ids : d->ids;
		const int32_t *target = b->later ? ids + from + 1 : d->classes + from;
		s->classes[to] = counts ? *target : -1;
		return;
	}
	const float *target = b->later ? d->values + (from + 1) * k : d->targets + from * m;
	for (size_t i = 0; i < m; i++)
		s->targets[to * m + i] = counts ? target[i] : NAN;
	wp_nn_scaling_apply(d->scale_targets, s->targets + to * m, 1);
}

/* Targets of whole sequences: of those that end here; they count for nothing in the others. */
static void fill_end(const struct wp_nn_batcher *b, struct shard *s, size_t to,
	const struct track *track, bool ends)
{
	const struct wp_nn_data *d = &b->data;
	if (!b->task->numbers)
		s->classes[to] = ends ? d->classes[track->target] : -1;
	for (size_t i = 0; b->task->numbers && i < d->outputs; i++)
		s->targets[to * d->outputs + i] =
			ends ? d->targets[track->target * d->outputs + i] : NAN;
	if (b->task->numbers)
		wp_nn_scaling_apply(d->scale_targets, s->targets + to * d->outputs, 1);
}

/* The targets of the shard's pieces, and their sources. */
static enum wp_err fill_pairs(struct wp_nn_batcher *b, struct shard *s,
	const struct track *first, int shards, size_t sequences, struct wp_nn_batch *batch)
{
	const struct wp_nn_data *d = &b->data;
	const struct wp_nn_pack_rows rows = {.ids = d->target_ids, .inputs = d->outputs};
	enum wp_err err = wp_nn_pack(&s->packed, s->piece, sequences, &rows, batch);
	for (size_t k = 0; k < sequences; k++)
		s->piece[k] = first[k * (size_t)shards].source;
	if (!err)
		err = wp_nn_pack_sources(
			&s->sources, s->piece, sequences, d->ids, d->values, d->inputs, batch);
	if (!err && d->values)
		wp_nn_scaling_apply(d->scale_values, s->sources.packed.values,
			batch->source->begin[batch->source->steps]);
	return err;
}

/* The vectors of the batch's sequences. */
static enum wp_err fill_encodings(const struct wp_nn_batcher *b, struct shard *s,
	const struct track *first, int shards, struct wp_nn_batch *batch)
{
	const struct wp_nn_data *d = &b->data;
	const size_t count = (size_t)batch->sequences, n = d->encoding;
	if (!d->encodings)
		return WP_OK;
	enum wp_err err = wp_grow(
		&s->encoding, &s->encoding_room, count * n + 1, sizeof *s->encoding, "a batch");
	if (err)
		return err;
	for (size_t k = 0; k < count; k++)
		memcpy(s->encoding + k * n, d->encodings + first[k * (size_t)shards].target * n,
			n * sizeof *s->encoding);
	wp_nn_scaling_apply(d->scale_encodings, s->encoding, count);
	batch->encoding = s->encoding;
	return WP_OK;
}

/* Shard i of `shards`: steps begin to end of the tracks.  *batch has no sequences where all of
 * its tracks have ended. */
static enum wp_err fill_shard(struct wp_nn_batcher *b, int i, int shards, size_t begin,
	size_t end, struct wp_nn_batch *batch)
{
	struct shard *s = &b->shard[i];
	const struct track *first = b->track + i;
	size_t most = (b->tracks + (size_t)shards - 1) / (size_t)shards, sequences = 0;
	enum wp_err err = wp_grow(&s->piece, &s->piece_room, most, sizeof *s->piece, "a batch");
	if (err)
		return err;
	for (const struct track *t = first; t < b->track + b->tracks && t->length > begin;
		t += shards)
		s->piece[sequences++] = (struct wp_nn_piece){
			t->row + begin, (t->length < end ? t->length : end) - begin};
	const struct wp_nn_cells cells = {b->data.start, b->data.col, b->data.cell};
	const struct wp_nn_pack_rows rows = {.ids = b->data.ids,
		.values = b->data.values,
		.inputs = b->data.inputs,
		.column = b->column,
		.columns = b->data.columns};
	err = b->task->pairs  ? fill_pairs(b, s, first, shards, sequences, batch)
		: cells.start ? wp_nn_pack_cells(&s->packed, s->piece, sequences, &cells, batch)
			      : wp_nn_pack(&s->packed, s->piece, sequences, &rows, batch);
	if (!err && b->task->itself) {
		if (!cells.start)
			wp_nn_scaling_apply(b->data.scale_values, s->packed.values,
				batch->begin[batch->steps]);
		batch->targets = batch->values;
		return WP_OK;
	}
	if (!err)
		err = fill_encodings(b, s, first, shards, batch);
	if (!err)
		err = reserve_targets(b, s, batch->begin[batch->steps]);
	if (err)
		return err;
	if (!b->task->pairs)
		wp_nn_scaling_apply(
			b->data.scale_values, s->packed.values, batch->begin[batch->steps]);
	for (int t = 0; b->by_row && t < batch->steps; t++)
		for (int k = 0; k < batch->active[t]; k++)
			fill_row(b, s, batch->begin[t] + (size_t)k, &first[k * shards],
				begin + (size_t)t);
	for (int k = 0; !b->by_row && k < batch->sequences; k++)
		fill_end(b, s, (size_t)k, &first[k * shards], first[k * shards].length <= end);
	batch->classes = b->task->numbers ? NULL : s->classes;
	batch->targets = b->task->numbers ? s->targets : NULL;
	batch->continues = begin > 0;
	return WP_OK;
}

/* Which batch the piece `number` is of. */
static size_t find_batch(const struct wp_nn_batcher *b, uint64_t number)
{
	size_t low = 0, high = b->batches;
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;
		if (b->first[middle] <= number)
			low = middle;
		else
			high = middle;
	}
	return low;
}

static void take_sequences(struct wp_nn_batcher *b, size_t batch)
{
	size_t size = (size_t)b->how.batch, begin = (size_t)b->batch[batch] * size;
	b->tracks = size < b->count - begin ? size : b->count - begin;
	for (size_t i = 0; i < b->tracks; i++)
		b->track[i] = b->list[b->order[begin + i]];
}

enum wp_err wp_nn_batcher_get(struct wp_nn_batcher *b, int epoch, uint64_t number,
	struct wp_nn_batch *shard, int *shards)
{
	if (number >= wp_nn_batcher_count(b, epoch))
		return wp_fail(WP_EINVAL, "batch %" PRIu64 " of an epoch of %" PRIu64, number,
			wp_nn_batcher_count(b, epoch));
	size_t batch = find_batch(b, number);
	if (!b->how.stream || b->how.blocks)
		take_sequences(b, batch);
	size_t begin = (size_t)(number - b->first[batch]) * bptt_of(b);
	bool last = number + 1 == b->first[batch + 1];
	size_t end = begin + bptt_of(b);
	if (b->cut) {
		begin = b->cut[number];
		end = b->cut[number + 1];
	}
	if (last)
		end = b->track[0].length;
	*shards = shards_of(b, b->tracks);
	for (int i = 0; i < *shards; i++) {
		enum wp_err err = fill_shard(b, i, *shards, begin, end, &shard[i]);
		if (err)
			return err;
		shard[i].number = ((uint64_t)epoch << 44) + number * WP_NN_SHARDS + (unsigned)i;
		shard[i].epochs = epoch + (double)number / (double)b->first[b->batches];
	}
	return WP_OK;
}
