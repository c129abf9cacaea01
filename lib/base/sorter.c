#include "base/sorter.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/spool.h"

enum {
	FAN_IN = 128,
	LEVELS = 16, /* with a fan-in of 2 and more, enough for any disk */
	LEAST_MEMORY = 1 << 16,
	LEAST_READ = 1 << 12, /* bytes read of a run at once, */
	MOST_READ = 1 << 20,
	FEW = 24 /* records that are sorted by insertion */
};

/* Runs one after the other in a file.  Those of level i + 1 are merged from those of level i.
 */
struct level {
	struct wp_spool *spool;
	uint64_t *ends;
	size_t count, room;
};

/* A run while it is read. */
struct run {
	const struct wp_spool *spool;
	uint64_t next, end; /* bytes of the spool that are not in the buffer */
	uint32_t *buffer;
	size_t room, at, have; /* numbers */
};

struct wp_sorter {
	struct wp_sorter_config config;
	uint32_t *records; /* put, and not yet in a run */
	size_t count, room;
	struct level level[LEVELS];
	bool reading;
	size_t next;      /* of records, where all are in memory */
	struct run *heap; /* the one with the least record first */
	size_t runs;
	uint32_t sum[WP_SORTER_WORDS];
	uint64_t bytes;
};

enum wp_err wp_sorter_create(struct wp_sorter **sorter, const struct wp_sorter_config *config)
{
	if (config->words == 0 || config->words > WP_SORTER_WORDS || config->keys == 0 ||
		config->keys + config->sum > config->words)
		return wp_fail(WP_EINVAL, "records of %u numbers, %u of them keys",
			config->words, config->keys);
	enum wp_err err = wp_alloc(sorter, 1, sizeof **sorter, "sorting");
	if (err)
		return err;
	struct wp_sorter *s = *sorter;
	s->config = *config;
	if (s->config.fan_in < 2)
		s->config.fan_in = FAN_IN;
	if (s->config.memory < LEAST_MEMORY)
		s->config.memory = LEAST_MEMORY;
	s->room = s->config.memory / (config->words * sizeof *s->records);
	err = wp_table_alloc(
		&s->records, s->room * config->words * sizeof *s->records, "sorting");
	if (err) {
		wp_sorter_free(s);
		*sorter = NULL;
	}
	return err;
}

static void close_runs(struct wp_sorter *s)
{
	for (size_t i = 0; i < s->runs; i++)
		free(s->heap[i].buffer);
	free(s->heap);
	s->heap = NULL;
	s->runs = 0;
}

static void close_level(struct wp_sorter *s, struct level *level)
{
	if (level->spool)
		s->bytes += wp_spool_size(level->spool);
	wp_spool_free(level->spool);
	free(level->ends);
	*level = (struct level){0};
}

void wp_sorter_free(struct wp_sorter *s)
{
	if (!s)
		return;
	close_runs(s);
	for (size_t i = 0; i < LEVELS; i++)
		close_level(s, &s->level[i]);
	free(s->records);
	free(s);
}

uint64_t wp_sorter_bytes(const struct wp_sorter *s)
{
	uint64_t bytes = s->bytes;
	for (size_t i = 0; i < LEVELS; i++)
		bytes += s->level[i].spool ? wp_spool_size(s->level[i].spool) : 0;
	return bytes;
}

/* ---- In memory ---- */

static inline int compare(const uint32_t *a, const uint32_t *b, unsigned from, unsigned keys)
{
	for (unsigned i = from; i < keys; i++)
		if (a[i] != b[i])
			return a[i] < b[i] ? -1 : 1;
	return 0;
}

static inline void copy(uint32_t *to, const uint32_t *from, unsigned words)
{
	for (unsigned i = 0; i < words; i++)
		to[i] = from[i];
}

static void sort_few(uint32_t *a, size_t n, unsigned words, unsigned from, unsigned keys)
{
	uint32_t x[WP_SORTER_WORDS];
	for (size_t i = 1; i < n; i++) {
		size_t at = i;
		copy(x, a + i * words, words);
		for (; at > 0 && compare(a + (at - 1) * words, x, from, keys) > 0; at--)
			copy(a + at * words, a + (at - 1) * words, words);
		copy(a + at * words, x, words);
	}
}

/* The American flag sort (McIlroy, Bostic & McIlroy 1993): records to the place of their byte
 * `digit`, counted from the highest of the first key, each round by exchange; then each part by
 * the next byte. */
static void sort_records(uint32_t *a, size_t n, unsigned words, unsigned digit, unsigned keys)
{
	size_t begin[257] = {0}, at[256];
	uint32_t x[WP_SORTER_WORDS], y[WP_SORTER_WORDS];
	for (; digit < 4 * keys; digit++) {
		unsigned key = digit / 4, shift = 24 - digit % 4 * 8;
		if (n <= FEW) {
			sort_few(a, n, words, key, keys);
			return;
		}
		memset(begin, 0, sizeof begin);
		for (size_t i = 0; i < n; i++)
			begin[(a[i * words + key] >> shift & 255) + 1]++;
		if (begin[(a[key] >> shift & 255) + 1] == n)
			continue; /* all the same */
		for (unsigned d = 0; d < 256; d++) {
			begin[d + 1] += begin[d];
			at[d] = begin[d];
		}
		for (unsigned d = 0; d < 256; d++)
			while (at[d] < begin[d + 1]) {
				uint32_t *here = a + at[d] * words;
				unsigned e = here[key] >> shift & 255;
				if (e == d) {
					at[d]++;
					continue;
				}
				copy(x, here, words);
				for (; e != d; e = x[key] >> shift & 255) {
					uint32_t *there = a + at[e]++ * words;
					copy(y, there, words);
					copy(there, x, words);
					copy(x, y, words);
				}
				copy(here, x, words);
				at[d]++;
			}
		for (unsigned d = 0; d < 256; d++)
			if (begin[d + 1] - begin[d] > 1)
				sort_records(a + begin[d] * words, begin[d + 1] - begin[d],
					words, digit + 1, keys);
		return;
	}
}

static enum wp_err add_to(uint32_t *sum, uint32_t more)
{
	if (more > UINT32_MAX - *sum)
		return wp_fail(WP_ELIMIT, "a count of 2^32 or more");
	*sum += more;
	return WP_OK;
}

/* Sort what is in memory, and add up what has the same keys. */
static enum wp_err sort_memory(struct wp_sorter *s)
{
	const unsigned words = s->config.words, keys = s->config.keys;
	size_t kept = 0;
	enum wp_err err = WP_OK;
	sort_records(s->records, s->count, words, 0, keys);
	for (size_t i = 1; i < s->count && s->config.sum && !err; i++) {
		uint32_t *last = s->records + kept * words, *now = s->records + i * words;
		if (compare(last, now, 0, keys) == 0)
			err = add_to(&last[words - 1], now[words - 1]);
		else
			copy(s->records + ++kept * words, now, words);
	}
	if (s->config.sum && s->count > 0)
		s->count = kept + 1;
	return err;
}

/* ---- Runs ---- */

static enum wp_err begin_run(struct wp_sorter *s, struct level *level)
{
	enum wp_err err = WP_OK;
	if (!level->spool) /* a limit of 0: straight to the disk */
		err = wp_spool_create(&level->spool, 0, s->config.directory);
	return err ? err
		   : wp_grow(&level->ends, &level->room, level->count + 1, sizeof *level->ends,
			     "runs");
}

static void end_run(struct level *level)
{
	level->ends[level->count++] = wp_spool_size(level->spool);
}

static enum wp_err fill(struct run *run)
{
	uint64_t left = run->end - run->next;
	size_t bytes = run->room * sizeof *run->buffer;
	if (bytes > left)
		bytes = (size_t)left;
	enum wp_err err = wp_spool_read_at(run->spool, run->next, run->buffer, bytes);
	run->next += bytes;
	run->have = bytes / sizeof *run->buffer;
	run->at = 0;
	return err;
}

static bool before(const struct wp_sorter *s, const struct run *a, const struct run *b)
{
	return compare(a->buffer + a->at, b->buffer + b->at, 0, s->config.keys) < 0;
}

/* Run i has a later record than before: down to its place. */
static void sift(struct wp_sorter *s, size_t i)
{
	for (;;) {
		size_t least = i;
		for (size_t k = 2 * i + 1; k <= 2 * i + 2 && k < s->runs; k++)
			if (before(s, &s->heap[k], &s->heap[least]))
				least = k;
		if (least == i)
			return;
		struct run x = s->heap[i];
		s->heap[i] = s->heap[least];
		s->heap[least] = x;
		i = least;
	}
}

/* Read the runs of so many levels, from `first` on. */
static enum wp_err open_runs(struct wp_sorter *s, size_t first, size_t levels)
{
	size_t count = 0, share, record = s->config.words * sizeof(uint32_t);
	for (size_t l = first; l < first + levels; l++)
		count += s->level[l].count;
	enum wp_err err = wp_alloc(&s->heap, count, sizeof *s->heap, "runs");
	share = s->config.memory / (count + 1);
	share = share < LEAST_READ ? LEAST_READ : share > MOST_READ ? MOST_READ : share;
	for (size_t l = first; l < first + levels && !err; l++)
		for (size_t i = 0; i < s->level[l].count && !err; i++) {
			struct run *run = &s->heap[s->runs];
			*run = (struct run){.spool = s->level[l].spool,
				.next = i > 0 ? s->level[l].ends[i - 1] : 0,
				.end = s->level[l].ends[i],
				.room = share / record * s->config.words};
			if (run->next == run->end)
				continue;
			err = wp_alloc(&run->buffer, run->room, sizeof *run->buffer, "runs");
			s->runs += !err;
			if (!err)
				err = fill(run);
		}
	for (size_t i = s->runs / 2; i-- > 0 && !err;)
		sift(s, i);
	return err;
}

/* Past the least record. */
static enum wp_err advance(struct wp_sorter *s)
{
	struct run *run = &s->heap[0];
	enum wp_err err = WP_OK;
	run->at += s->config.words;
	if (run->at == run->have) {
		err = fill(run);
		if (run->have == 0) {
			free(run->buffer);
			*run = s->heap[--s->runs];
		}
	}
	if (!err && s->runs > 1)
		sift(s, 0);
	return err;
}

/* The least of all runs, its equals added. */
static enum wp_err merge_next(struct wp_sorter *s, const uint32_t **record)
{
	const unsigned words = s->config.words;
	if (s->runs == 0)
		return WP_END;
	copy(s->sum, s->heap[0].buffer + s->heap[0].at, words);
	*record = s->sum;
	enum wp_err err = advance(s);
	while (!err && s->config.sum && s->runs > 0) {
		const uint32_t *other = s->heap[0].buffer + s->heap[0].at;
		if (compare(s->sum, other, 0, s->config.keys) != 0)
			break;
		err = add_to(&s->sum[words - 1], other[words - 1]);
		if (!err)
			err = advance(s);
	}
	return err;
}

/* A level that has as many runs as are merged at once becomes one run of the next. */
static enum wp_err merge_level(struct wp_sorter *s, size_t l)
{
	const uint32_t *record;
	if (l + 1 == LEVELS || s->level[l].count < s->config.fan_in)
		return WP_OK;
	enum wp_err err = open_runs(s, l, 1);
	if (!err)
		err = begin_run(s, &s->level[l + 1]);
	while (!err && !(err = merge_next(s, &record)))
		err = wp_spool_append(
			s->level[l + 1].spool, record, s->config.words * sizeof *record);
	if (err != WP_END)
		return err;
	end_run(&s->level[l + 1]);
	close_runs(s);
	close_level(s, &s->level[l]);
	return merge_level(s, l + 1);
}

static enum wp_err put_aside(struct wp_sorter *s)
{
	enum wp_err err = sort_memory(s);
	/* Where many were the same, there is room for more. */
	if (err || (!s->reading && s->count < s->room / 2))
		return err;
	err = begin_run(s, &s->level[0]);
	if (!err)
		err = wp_spool_append(s->level[0].spool, s->records,
			s->count * s->config.words * sizeof *s->records);
	if (err)
		return err;
	end_run(&s->level[0]);
	s->count = 0;
	return WP_OK;
}

enum wp_err wp_sorter_put(struct wp_sorter *s, const uint32_t *record)
{
	if (s->count == s->room) {
		enum wp_err err = put_aside(s);
		/* Merging has buffers of its own, beside the records: they are empty now. */
		if (!err && s->count == 0)
			err = merge_level(s, 0);
		if (err)
			return err;
	}
	copy(s->records + s->count++ * s->config.words, record, s->config.words);
	return WP_OK;
}

static enum wp_err begin_reading(struct wp_sorter *s)
{
	s->reading = true;
	if (s->level[0].count == 0 && s->level[1].count == 0)
		return sort_memory(s);
	enum wp_err err = s->count > 0 ? put_aside(s) : WP_OK;
	free(s->records);
	s->records = NULL;
	return err ? err : open_runs(s, 0, LEVELS);
}

enum wp_err wp_sorter_next(struct wp_sorter *s, const uint32_t **record)
{
	enum wp_err err = s->reading ? WP_OK : begin_reading(s);
	if (err)
		return err;
	if (!s->records)
		return merge_next(s, record);
	if (s->next == s->count)
		return WP_END;
	*record = s->records + s->next++ * s->config.words;
	return WP_OK;
}
