#include "base/tally.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"

void wp_tally_fini(struct wp_tally *t)
{
	free(t->entries);
	free(t->end);
	*t = (struct wp_tally){0};
}

enum wp_err wp_tally_add(struct wp_tally *t, uint32_t cell, uint64_t number)
{
	if (number == 0)
		return WP_OK;
	if (number > UINT32_MAX)
		return wp_fail(WP_ELIMIT, "an item counts %llu of a kind, more than 2^32",
			(unsigned long long)number);
	enum wp_err err = wp_grow(
		&t->entries, &t->entry_room, t->count + 1, sizeof *t->entries, "counts");
	if (!err)
		t->entries[t->count++] = (struct wp_tally_entry){cell, (uint32_t)number};
	return err;
}

enum wp_err wp_tally_end_item(struct wp_tally *t)
{
	enum wp_err err =
		wp_grow(&t->end, &t->item_room, t->items + 1, sizeof *t->end, "items");
	if (!err)
		t->end[t->items++] = t->count;
	return err;
}

static void add_item(const struct wp_tally *t, size_t item, double *sums)
{
	for (size_t i = item ? t->end[item - 1] : 0; i < t->end[item]; i++)
		sums[t->entries[i].cell] += t->entries[i].number;
}

/* The scores of all items, or of a sample of them, which `rng` draws. */
static void score(const struct wp_tally *t, const struct wp_tally_scoring *scoring,
	struct wp_rng *rng, double *sums, double *scores)
{
	memset(sums, 0, scoring->cells * sizeof *sums);
	for (size_t i = 0; i < t->items; i++)
		add_item(t, rng ? wp_rng_below(rng, (uint32_t)t->items) : i, sums);
	scoring->score(scoring->arg, sums, scores);
}

/* The scores from `begin` to `end`, of as many samples; room for as many. */
struct room {
	double *sums, *first, *second, *sampled;
	size_t begin, end;
};

static void judge_some(const struct wp_tally *a, const struct wp_tally *b,
	const struct wp_tally_scoring *scoring, int samples, uint64_t seed,
	const struct room *room, struct wp_comparison *results)
{
	struct wp_rng rng;
	wp_rng_seed(&rng, seed, 0);
	/* First the items themselves, then the samples, the same ones of both. */
	for (int s = -1; s < samples; s++) {
		struct wp_rng same = rng;
		score(a, scoring, s < 0 ? NULL : &rng, room->sums, room->first);
		if (b)
			score(b, scoring, s < 0 ? NULL : &same, room->sums, room->second);
		for (size_t k = room->begin; k < room->end; k++) {
			double x = room->first[k], y = b ? room->second[k] : 0;
			if (s < 0)
				results[k] = (struct wp_comparison){.a = x, .b = y};
			else
				room->sampled[(k - room->begin) * (size_t)samples + (size_t)s] =
					x - y;
		}
	}
	for (size_t k = room->begin; k < room->end; k++) {
		double *of = room->sampled + (k - room->begin) * (size_t)samples;
		if (b)
			wp_comparison_conclude(&results[k], of, samples);
		else
			results[k].interval = wp_interval_of_samples(of, samples);
	}
}

enum wp_err wp_tally_judge(const struct wp_tally *a, const struct wp_tally *b,
	const struct wp_tally_scoring *scoring, int samples, uint64_t seed,
	struct wp_comparison *results)
{
	enum { MOST = 1 << 24 }; /* sampled scores at once */
	size_t n = scoring->scores, chunk = MOST / (size_t)samples + 1;
	struct room room = {NULL};
	chunk = chunk < n ? chunk : n;
	if (b && a->items != b->items)
		return wp_fail(
			WP_EMISMATCH, "%zu items, and the other has %zu", a->items, b->items);
	if (a->items > UINT32_MAX)
		return wp_fail(WP_ELIMIT, "%zu items, more than 2^32", a->items);
	enum wp_err err = wp_alloc(&room.sums, scoring->cells, sizeof *room.sums, "sums");
	if (!err)
		err = wp_alloc(&room.first, n, sizeof *room.first, "scores");
	if (!err)
		err = wp_alloc(&room.second, n, sizeof *room.second, "scores");
	if (!err)
		err = wp_alloc(&room.sampled, chunk * (size_t)samples, sizeof *room.sampled,
			"samples");
	for (; !err && room.begin < n; room.begin = room.end) {
		room.end = n - room.begin < chunk ? n : room.begin + chunk;
		judge_some(a, b, scoring, samples, seed, &room, results);
	}
	free(room.sums);
	free(room.first);
	free(room.second);
	free(room.sampled);
	return err;
}
