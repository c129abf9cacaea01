#include "embed/cooc_runs.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "embed/cooc_row.h"
#include "embed/cooc_run.h"

enum {
	MOST_LEVELS = 16,      /* with a fan-in of 2 and more, enough for any text */
	MOST_BUFFER = 1 << 20, /* bytes read of a run at once */
	BATCH = 1 << 12        /* cells that are unpacked at once */
};

/* Runs one after the other in a file.  Those of level i + 1 are sums of those of level i. */
struct level {
	struct wp_spool *spool;
	uint64_t *ends; /* of the runs */
	size_t count;
};

struct wp_cooc_runs {
	size_t words, memory, fan_in;
	bool documents;
	const char *directory;
	struct level levels[MOST_LEVELS];
	bool in_run;                     /* of level 0 */
	struct wp_cooc_packer packer[2]; /* of level 0, and of the level that sums are put to */
	uint64_t bytes;                  /* in files that are gone */
};

enum wp_err wp_cooc_runs_create(struct wp_cooc_runs **runs, size_t words, bool documents,
	size_t memory, const char *directory, size_t fan_in)
{
	enum wp_err err = wp_alloc(runs, 1, sizeof **runs, "runs");
	if (err)
		return err;
	struct wp_cooc_runs *r = *runs;
	r->words = words;
	r->documents = documents;
	r->memory = memory;
	r->directory = directory;
	r->fan_in = fan_in;
	return WP_OK;
}

static void close_level(struct wp_cooc_runs *r, struct level *level)
{
	if (level->spool)
		r->bytes += wp_spool_size(level->spool);
	wp_spool_free(level->spool);
	free(level->ends);
	*level = (struct level){0};
}

void wp_cooc_runs_free(struct wp_cooc_runs *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < MOST_LEVELS; i++)
		close_level(r, &r->levels[i]);
	free(r);
}

uint64_t wp_cooc_runs_bytes(const struct wp_cooc_runs *r)
{
	uint64_t bytes = r->bytes;
	for (size_t i = 0; i < MOST_LEVELS; i++)
		bytes += r->levels[i].spool ? wp_spool_size(r->levels[i].spool) : 0;
	return bytes;
}

static enum wp_err begin_run(
	struct wp_cooc_runs *r, struct level *level, struct wp_cooc_packer *packer)
{
	enum wp_err err = WP_OK;
	if (!level->spool) /* a limit of 0: straight to the disk */
		err = wp_spool_create(&level->spool, 0, r->directory);
	if (!err && !level->ends)
		err = wp_alloc(&level->ends, r->fan_in, sizeof *level->ends, "runs");
	if (!err)
		wp_cooc_packer_begin(packer, level->spool);
	return err;
}

static enum wp_err end_run(struct level *level, struct wp_cooc_packer *packer)
{
	enum wp_err err = wp_cooc_packer_end(packer);
	level->ends[level->count++] = wp_spool_size(level->spool);
	return err;
}

enum wp_err wp_cooc_check_sums(int32_t row, size_t count, const uint64_t *sum)
{
	uint64_t any = 0;
	for (size_t i = 0; i < count; i++)
		any |= sum[i];
	return any >> 53
		? wp_fail(WP_ELIMIT, "row %d: a count that is too large (2^53 units or more)",
			  (int)row)
		: WP_OK;
}

enum wp_err wp_cooc_runs_put(
	void *runs, int32_t row, size_t count, const int32_t *col, const uint64_t *sum)
{
	struct wp_cooc_runs *r = runs;
	enum wp_err err = wp_cooc_check_sums(row, count, sum);
	if (!err && !r->in_run)
		err = begin_run(r, &r->levels[0], &r->packer[0]);
	r->in_run = true;
	return err ? err : wp_cooc_pack(&r->packer[0], row, count, col, sum);
}

/* ---- Adding up ---- */

/* Runs that are read together. */
struct merge {
	struct wp_cooc_unpacker *runs;
	size_t count;
	int32_t col[BATCH];
	uint64_t sum[BATCH];
};

static void merge_free(struct merge *m)
{
	for (size_t i = 0; m && i < m->count; i++)
		wp_cooc_unpacker_fini(&m->runs[i]);
	if (m)
		free(m->runs);
	free(m);
}

/* Begin to read the runs of levels first to last, the oldest first: those of higher levels. */
static enum wp_err merge_create(
	struct merge **merge, const struct wp_cooc_runs *r, size_t first, size_t last)
{
	struct merge *m;
	size_t all = 0;
	for (size_t l = first; l <= last; l++)
		all += r->levels[l].count;
	size_t room = r->memory / (all + 1);
	room = room < MOST_BUFFER ? room : MOST_BUFFER;
	room = room > WP_COOC_UNPACKER_ROOM ? room : WP_COOC_UNPACKER_ROOM;
	enum wp_err err = wp_alloc(merge, 1, sizeof **merge, "runs");
	m = *merge;
	if (!err)
		err = wp_alloc(&m->runs, all, sizeof *m->runs, "runs");
	for (size_t l = last + 1; l-- > first && !err;) {
		const struct level *level = &r->levels[l];
		for (size_t i = 0; i < level->count && !err; i++)
			err = wp_cooc_unpacker_init(&m->runs[m->count++], level->spool,
				i ? level->ends[i - 1] : 0, level->ends[i], room);
	}
	if (err) {
		merge_free(m);
		*merge = NULL;
	}
	return err;
}

/* The lowest row that a run stands at; INT32_MAX at the end. */
static int32_t next_row(const struct merge *m)
{
	int32_t row = INT32_MAX;
	for (size_t i = 0; i < m->count; i++)
		row = m->runs[i].row < row ? m->runs[i].row : row;
	return row;
}

/* The next cells of this row in a run; *count is 0 when there are no more. */
static enum wp_err next_cells(
	struct merge *m, struct wp_cooc_unpacker *run, int32_t row, size_t *count)
{
	enum wp_err err = WP_OK;
	*count = 0;
	while (!err && run->row == row && *count == 0) {
		if (run->cells == 0)
			err = wp_cooc_unpacker_next(run);
		else
			err = wp_cooc_unpack(run, BATCH, m->col, m->sum, count);
	}
	return err;
}

/* Word by word: add each row up in an array. */
static enum wp_err merge_words(struct merge *m, size_t words, wp_cooc_sink *sink, void *arg)
{
	struct wp_cooc_row sums;
	int32_t row, *col = NULL;
	uint64_t *sum = NULL;
	enum wp_err err = wp_cooc_row_init(&sums, words);
	if (!err)
		err = wp_alloc(&col, words + 1, sizeof *col, "row of counts");
	if (!err)
		err = wp_alloc(&sum, words + 1, sizeof *sum, "row of counts");
	while (!err && (row = next_row(m)) != INT32_MAX) {
		for (size_t i = 0; i < m->count && !err; i++) {
			size_t count;
			while (!(err = next_cells(m, &m->runs[i], row, &count)) && count > 0)
				for (size_t k = 0; k < count; k++)
					wp_cooc_row_add(&sums, m->col[k], m->sum[k]);
		}
		if (!err) {
			size_t count = wp_cooc_row_take(&sums, col, sum);
			err = sink(arg, row, count, col, sum);
		}
	}
	wp_cooc_row_fini(&sums);
	free(col);
	free(sum);
	return err;
}

/* Sentence by sentence: the columns of a run come after those of the run before it, but for one
 * sentence that two pieces of text share. */
static enum wp_err merge_documents(struct merge *m, wp_cooc_sink *sink, void *arg)
{
	int32_t row;
	enum wp_err err = WP_OK;
	while (!err && (row = next_row(m)) != INT32_MAX) {
		int32_t col = -1; /* a cell that may not be complete */
		uint64_t sum = 0;
		for (size_t i = 0; i < m->count && !err; i++) {
			size_t count;
			while (!(err = next_cells(m, &m->runs[i], row, &count)) && count > 0) {
				bool same = m->col[0] == col;
				if (same)
					m->sum[0] += sum;
				else if (col >= 0)
					err = sink(arg, row, 1, &col, &sum);
				count--;
				if (!err && count > 0)
					err = sink(arg, row, count, m->col, m->sum);
				col = m->col[count];
				sum = m->sum[count];
				if (err)
					break;
			}
		}
		if (!err)
			err = sink(arg, row, 1, &col, &sum);
	}
	return err;
}

/* Add up the runs of levels first to last. */
static enum wp_err merge_levels(
	struct wp_cooc_runs *r, size_t first, size_t last, wp_cooc_sink *sink, void *arg)
{
	struct merge *m;
	enum wp_err err = merge_create(&m, r, first, last);
	if (err)
		return err;
	err = r->documents ? merge_documents(m, sink, arg)
			   : merge_words(m, r->words, sink, arg);
	merge_free(m);
	return err;
}

static enum wp_err put_sums(
	void *packer, int32_t row, size_t count, const int32_t *col, const uint64_t *sum)
{
	enum wp_err err = wp_cooc_check_sums(row, count, sum);
	return err ? err : wp_cooc_pack(packer, row, count, col, sum);
}

enum wp_err wp_cooc_runs_end(struct wp_cooc_runs *r)
{
	if (!r->in_run)
		return WP_OK;
	r->in_run = false;
	enum wp_err err = end_run(&r->levels[0], &r->packer[0]);
	/* A full level becomes a run of the next one. */
	for (size_t l = 0; !err && l + 1 < MOST_LEVELS && r->levels[l].count == r->fan_in;
		l++) {
		struct level *above = &r->levels[l + 1];
		err = begin_run(r, above, &r->packer[1]);
		if (!err)
			err = merge_levels(r, l, l, put_sums, &r->packer[1]);
		if (!err)
			err = end_run(above, &r->packer[1]);
		if (!err)
			close_level(r, &r->levels[l]);
	}
	return err;
}

enum wp_err wp_cooc_runs_merge(struct wp_cooc_runs *r, wp_cooc_sink *sink, void *arg)
{
	enum wp_err err = wp_cooc_runs_end(r);
	return err ? err : merge_levels(r, 0, MOST_LEVELS - 1, sink, arg);
}
