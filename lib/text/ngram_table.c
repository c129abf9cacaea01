#include "text/ngram_table.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "text/ngrams.h"

enum { FIRST_SLOTS = 1 << 12, AHEAD = 12 };

struct wp_ngram_slot {
	uint64_t hash; /* 0: free */
	int32_t column;
};

/* An n-gram of a text: its last token is ids[at]. */
struct wp_ngram_found {
	uint64_t hash;
	uint32_t at, length;
};

enum wp_err wp_ngram_table_init(struct wp_ngram_table *t, int least, int most, size_t limit)
{
	*t = (struct wp_ngram_table){
		.least = least, .most = most, .slots = FIRST_SLOTS, .limit = limit};
	if (least < 1 || most < least || most > WP_NGRAM_MAX)
		return wp_fail(WP_EINVAL, "n-grams of %d to %d tokens: not within 1 to %d",
			least, most, WP_NGRAM_MAX);
	return wp_table_alloc(&t->slot, t->slots * sizeof *t->slot, "n-grams");
}

void wp_ngram_table_fini(struct wp_ngram_table *t)
{
	free(t->ids);
	free(t->slot);
	free(t->found);
	*t = (struct wp_ngram_table){0};
}

/* From the last token of an n-gram to the first. */
static uint64_t extend(uint64_t hash, int32_t id)
{
	uint64_t z = (hash + (uint32_t)id + 1) * 0x9e3779b97f4a7c15;
	z = (z ^ z >> 32) * 0xd6e8feb86659fd93;
	return z ^ z >> 29;
}

static uint64_t nonzero(uint64_t hash)
{
	return hash | (hash == 0);
}

static size_t first_slot(const struct wp_ngram_table *t, uint64_t hash)
{
	return (size_t)hash & (t->slots - 1);
}

static struct wp_ngram_slot *find(const struct wp_ngram_table *t, uint64_t hash)
{
	size_t i = first_slot(t, hash);
	while (t->slot[i].hash != 0 && t->slot[i].hash != hash)
		i = (i + 1) & (t->slots - 1);
	return &t->slot[i];
}

static enum wp_err grow_slots(struct wp_ngram_table *t)
{
	struct wp_ngram_slot *old = t->slot;
	size_t old_slots = t->slots;
	size_t bytes = 2 * old_slots * sizeof *old;
	if (bytes > t->limit)
		return wp_fail(WP_ELIMIT,
			"%zu n-grams take more than the memory allowed: see \1memory, \1buckets",
			t->count);
	enum wp_err err = wp_table_alloc(&t->slot, bytes, "n-grams");
	if (err) {
		t->slot = old;
		return err;
	}
	t->slots = 2 * old_slots;
	for (size_t i = 0; i < old_slots; i++)
		if (old[i].hash != 0)
			*find(t, old[i].hash) = old[i];
	free(old);
	return WP_OK;
}

/* The n-gram of `length` tokens that ends at *last gets the next column. */
static enum wp_err add(struct wp_ngram_table *t, const int32_t *last, size_t length)
{
	size_t most = (size_t)t->most;
	if (t->count == INT32_MAX)
		return wp_fail(WP_ELIMIT, "more than %d n-grams: see \1buckets", INT32_MAX);
	enum wp_err err = wp_grow(
		&t->ids, &t->ids_room, (t->count + 1) * most, sizeof *t->ids, "n-grams");
	if (err)
		return err;
	int32_t *to = t->ids + t->count++ * most;
	for (size_t i = 0; i < most; i++)
		to[i] = i < length ? *(last - length + 1 + i) : -1;
	return WP_OK;
}

static enum wp_err learn_one(struct wp_ngram_table *t, struct wp_ngram_slot **slot,
	uint64_t hash, const int32_t *last, size_t length)
{
	enum wp_err err = WP_OK;
	if (3 * (t->count + 1) > 2 * t->slots) {
		err = grow_slots(t);
		*slot = find(t, hash);
	}
	if (!err)
		err = add(t, last, length);
	if (!err)
		**slot = (struct wp_ngram_slot){hash, (int32_t)(t->count - 1)};
	return err;
}

enum wp_err wp_ngram_table_load(struct wp_ngram_table *t, const int32_t *ids, size_t count)
{
	size_t most = (size_t)t->most;
	enum wp_err err = WP_OK;
	for (size_t g = 0; g < count && !err; g++) {
		const int32_t *gram = ids + g * most;
		size_t length = 0;
		uint64_t hash = 0;
		while (length < most && gram[length] >= 0)
			length++;
		for (size_t i = length; i < most; i++)
			if (gram[i] != -1)
				length = 0;
		if (length < (size_t)t->least)
			return wp_fail(WP_EINVAL, "an n-gram of %zu tokens, not %d to %d",
				length, t->least, t->most);
		for (size_t i = length; i-- > 0;)
			hash = extend(hash, gram[i]);
		hash = nonzero(hash);
		struct wp_ngram_slot *slot = find(t, hash);
		if (slot->hash != 0)
			return wp_fail(WP_EINVAL, "an n-gram that comes twice");
		err = learn_one(t, &slot, hash, gram + length - 1, length);
	}
	return err;
}

/* All hashes first, so that memory can be asked for the slots before they are needed. */
static size_t hash_all(struct wp_ngram_table *t, const int32_t *ids, size_t n, size_t before)
{
	size_t most = (size_t)t->most, least = (size_t)t->least, count = 0;
	for (size_t i = 0; i < n; i++) {
		size_t longest = before + i + 1 < most ? before + i + 1 : most;
		uint64_t hash = 0;
		for (size_t k = 0; k < longest && *(ids + i - k) >= 0; k++) {
			hash = extend(hash, *(ids + i - k));
			t->found[count] = (struct wp_ngram_found){
				nonzero(hash), (uint32_t)i, (uint32_t)k + 1};
			count += k + 1 >= least;
		}
	}
	return count;
}

enum wp_err wp_ngram_table_columns(struct wp_ngram_table *t, const int32_t *ids, size_t n,
	size_t before, bool learn, int32_t *columns, size_t *count)
{
	size_t each = (size_t)(t->most - t->least) + 1, kept = 0;
	enum wp_err err = wp_grow(
		&t->found, &t->found_room, n * each + AHEAD, sizeof *t->found, "n-grams");
	*count = 0;
	if (err)
		return err;
	size_t all = hash_all(t, ids, n, before);
	for (size_t k = 0; k < AHEAD; k++)
		t->found[all + k].hash = 0;
	for (size_t k = 0; k < all && !err; k++) {
		const struct wp_ngram_found *f = &t->found[k];
		__builtin_prefetch(&t->slot[first_slot(t, f[AHEAD].hash)]);
		struct wp_ngram_slot *slot = find(t, f->hash);
		if (slot->hash == 0 && !learn)
			continue;
		if (slot->hash == 0)
			err = learn_one(t, &slot, f->hash, ids + f->at, f->length);
		columns[kept++] = slot->column;
	}
	*count = kept;
	return err;
}

void wp_ngram_table_keep(struct wp_ngram_table *t, const int32_t *number)
{
	size_t most = (size_t)t->most, kept = 0;
	for (size_t g = 0; g < t->count; g++) {
		if (number[g] < 0)
			continue;
		memmove(t->ids + kept * most, t->ids + g * most, most * sizeof *t->ids);
		kept++;
	}
	t->count = kept;
	free(t->slot);
	t->slot = NULL;
	t->slots = 0;
}
