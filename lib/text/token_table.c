#include "text/token_table.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"

enum {
	MOST_FIRST_SLOTS = 1 << 16, /* 2 MiB: one huge page */
	LEAST_FIRST_SLOTS = 1 << 8,
	AHEAD = 64, /* tokens hashed, and their slots fetched, before the first is looked up */
	RADIX_BITS = 11
};

__extension__ typedef unsigned __int128 uint128;

/* Multiply to 128 bits and fold, as in Wang Yi's wyhash. */
static inline uint64_t hash_key(const uint64_t secret[2], const uint64_t key[2])
{
	uint128 product = (uint128)(key[0] ^ secret[0]) * (key[1] ^ secret[1]);
	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t hash_long(const uint64_t secret[2], const char *bytes, size_t length)
{
	uint64_t hash = length;
	for (size_t i = 0; i < length; i += WP_KEY_BYTES) {
		/* The last 16 bytes may overlap those before. */
		size_t from = i + WP_KEY_BYTES <= length ? i : length - WP_KEY_BYTES;
		uint64_t key[2];
		memcpy(key, bytes + from, sizeof key);
		key[0] ^= hash;
		hash = hash_key(secret, key);
	}
	return hash;
}

static inline uint64_t hash_token(const uint64_t secret[2], const struct wp_token *token)
{
	return token->length <= WP_KEY_BYTES ? hash_key(secret, token->key)
					     : hash_long(secret, token->bytes, token->length);
}

static uint64_t hash_slot(const struct wp_token_table *t, const struct wp_slot *slot)
{
	return slot->length <= WP_KEY_BYTES ? hash_key(t->secret, slot->key) : slot->key[0];
}

/* Begin to fetch the slots that the tokens will be looked for in. */
static inline void hash_ahead(const struct wp_token_table *t, const struct wp_token *tokens,
	size_t n, uint64_t hash[AHEAD])
{
	const uint64_t secret[2] = {t->secret[0], t->secret[1]};
	for (size_t i = 0; i < n; i++) {
		hash[i] = hash_token(secret, &tokens[i]);
		__builtin_prefetch(&t->slots[(size_t)hash[i] & t->mask], 1);
	}
}

static inline bool has_short(const struct wp_slot *slot, const struct wp_token *token)
{
	return token->length <= WP_KEY_BYTES &&
		((slot->key[0] ^ token->key[0]) | (slot->key[1] ^ token->key[1]) |
			(slot->length ^ token->length)) == 0;
}

static inline bool has(const struct wp_token_table *t, const struct wp_slot *slot,
	const struct wp_token *token, uint64_t hash)
{
	return has_short(slot, token) ||
		(token->length > WP_KEY_BYTES && slot->length == token->length &&
			slot->key[0] == hash &&
			memcmp(t->text + slot->key[1], token->bytes, token->length) == 0);
}

/* The slot of the token, or the free one where it belongs. */
static inline struct wp_slot *probe(
	const struct wp_token_table *t, const struct wp_token *token, uint64_t hash)
{
	size_t i = (size_t)hash & t->mask;
	while (t->slots[i].length != 0 && !has(t, &t->slots[i], token, hash))
		i = (i + 1) & t->mask;
	return &t->slots[i];
}

/* Long tokens count twice: the list that is made of them in the end has them, too. */
static enum wp_err check_limit(const struct wp_token_table *t, size_t slots, size_t text)
{
	size_t bytes;
	if (wp_mulsize(slots, sizeof *t->slots, &bytes) && bytes <= t->limit &&
		text <= (t->limit - bytes) / 2)
		return WP_OK;
	return wp_fail(WP_ELIMIT,
		"vocabulary: no room for more than %zu different tokens within %zu MiB (see \1memory, \1max-size)",
		t->used, t->limit >> 20);
}

static void place(struct wp_token_table *t, const struct wp_slot *slot)
{
	size_t i = (size_t)hash_slot(t, slot) & t->mask;
	while (t->slots[i].length != 0)
		i = (i + 1) & t->mask;
	t->slots[i] = *slot;
	t->used++;
}

static enum wp_err resize(struct wp_token_table *t, size_t slots)
{
	size_t old = t->slots ? t->mask + 1 : 0;
	struct wp_token_table new = *t;
	enum wp_err err = check_limit(t, old + slots, t->text_room);
	if (!err)
		err = wp_table_alloc(&new.slots, slots * sizeof *new.slots, "vocabulary");
	if (err)
		return err;
	new.mask = slots - 1;
	new.used = 0;
	for (size_t i = 0; i < old; i++)
		if (t->slots[i].length != 0)
			place(&new, &t->slots[i]);
	free(t->slots);
	*t = new;
	return WP_OK;
}

/* Forget the tokens counted `count` times or less. */
static enum wp_err forget(struct wp_token_table *t, int64_t count)
{
	struct wp_token_table new = *t;
	enum wp_err err = check_limit(t, 2 * (t->mask + 1), t->text_room);
	if (!err)
		err = wp_table_alloc(
			&new.slots, (t->mask + 1) * sizeof *new.slots, "vocabulary");
	if (!err)
		err = wp_alloc(&new.text, t->text_room, 1, "vocabulary");
	if (err) {
		if (new.slots != t->slots)
			free(new.slots);
		return err;
	}
	new.used = new.text_used = 0;
	for (size_t i = 0; i <= t->mask; i++) {
		struct wp_slot slot = t->slots[i];
		if (slot.length == 0)
			continue;
		if (slot.count <= count && slot.id >= t->fixed) {
			new.forgotten_tokens++;
			new.forgotten_count += (uint64_t)slot.count;
			continue;
		}
		if (slot.length > WP_KEY_BYTES) {
			memcpy(new.text + new.text_used, t->text + slot.key[1], slot.length);
			slot.key[1] = new.text_used;
			new.text_used += slot.length;
		}
		place(&new, &slot);
	}
	free(t->slots);
	free(t->text);
	*t = new;
	return WP_OK;
}

enum wp_err wp_token_table_init(struct wp_token_table *t, size_t limit, size_t most)
{
	*t = (struct wp_token_table){.limit = limit, .most = most};
	struct wp_rng rng;
	wp_rng_seed(&rng, wp_random_seed(), 0);
	t->secret[0] = wp_rng_next(&rng);
	t->secret[1] = wp_rng_next(&rng);
	size_t slots = MOST_FIRST_SLOTS;
	while (slots > LEAST_FIRST_SLOTS && slots * sizeof *t->slots > limit / 8)
		slots /= 2;
	return resize(t, slots);
}

void wp_token_table_fini(struct wp_token_table *t)
{
	free(t->slots);
	free(t->text);
	*t = (struct wp_token_table){0};
}

const char *wp_token_table_bytes(const struct wp_token_table *t, const struct wp_slot *slot)
{
	return slot->length <= WP_KEY_BYTES ? (const char *)slot->key : t->text + slot->key[1];
}

/* Make sure that `more` tokens can be inserted: at most 5/8 of the slots are used. */
static inline enum wp_err make_room(struct wp_token_table *t, size_t more)
{
	size_t slots = t->mask + 1;
	return t->used + more <= slots / 8 * 5 ? WP_OK : resize(t, 2 * slots);
}

/* The table has as many tokens as it may hold: forget the rarest, an eighth of them and those
 * that are counted as often. */
static enum wp_err make_rarest_go(struct wp_token_table *t)
{
	struct wp_ranked *ranking;
	size_t n;
	enum wp_err err = wp_token_table_rank(t, WP_BY_COUNT, 0, SIZE_MAX, &ranking, &n);
	if (err)
		return err;
	int64_t count = n > 0 ? ranking[n - n / 8 - (n < 8)].slot->count : 0;
	free(ranking);
	return forget(t, count);
}

/* Insert a token that the table does not have: its slot is *slot. */
static enum wp_err insert(struct wp_token_table *t, const struct wp_token *token, uint64_t hash,
	struct wp_slot **slot)
{
	if (t->next_id == INT32_MAX)
		return wp_fail(
			WP_ELIMIT, "vocabulary: more than %d different tokens", INT32_MAX);
	enum wp_err err = WP_OK;
	if (t->used >= t->most) {
		err = make_rarest_go(t);
		*slot = probe(t, token, hash);
	}
	struct wp_slot new = {.key = {token->key[0], token->key[1]},
		.length = (uint32_t)token->length,
		.id = t->next_id};
	if (token->length > WP_KEY_BYTES && !err) {
		size_t need = t->text_used + token->length;
		new.key[0] = hash;
		new.key[1] = t->text_used;
		err = check_limit(t, t->mask + 1, need);
		if (!err)
			err = wp_grow(&t->text, &t->text_room, need, 1, "vocabulary");
		if (!err)
			memcpy(t->text + t->text_used, token->bytes, token->length);
		t->text_used = need;
	}
	if (err)
		return err;
	**slot = new;
	t->next_id++;
	t->used++;
	return WP_OK;
}

enum wp_err wp_token_table_count(
	struct wp_token_table *t, const struct wp_token *tokens, size_t n, int32_t *ids)
{
	uint64_t hash[AHEAD];
	while (n > 0) {
		size_t some = n < AHEAD ? n : AHEAD;
		enum wp_err err = make_room(t, some);
		if (err)
			return err;
		hash_ahead(t, tokens, some, hash);
		for (size_t i = 0; i < some; i++) {
			struct wp_slot *slot = &t->slots[(size_t)hash[i] & t->mask];
			if (!has_short(slot, &tokens[i])) {
				slot = probe(t, &tokens[i], hash[i]);
				if (slot->length == 0)
					err = insert(t, &tokens[i], hash[i], &slot);
				if (err)
					return err;
			}
			slot->count++;
			ids[i] = slot->id;
		}
		tokens += some;
		ids += some;
		n -= some;
	}
	return WP_OK;
}

enum wp_err wp_token_table_number(
	struct wp_token_table *t, const struct wp_token *tokens, size_t n, int32_t first)
{
	uint64_t hash[AHEAD];
	enum wp_err err = WP_OK;
	for (size_t begin = 0; begin < n && !err; begin += AHEAD) {
		size_t some = n - begin < AHEAD ? n - begin : AHEAD;
		if ((err = make_room(t, some)))
			break;
		hash_ahead(t, tokens + begin, some, hash);
		for (size_t i = 0; i < some && !err; i++) {
			struct wp_slot *slot = probe(t, &tokens[begin + i], hash[i]);
			t->next_id = first + (int32_t)(begin + i);
			if (slot->length == 0)
				err = insert(t, &tokens[begin + i], hash[i], &slot);
		}
	}
	return err;
}

enum wp_err wp_token_table_reserve(struct wp_token_table *t, size_t n)
{
	size_t slots = t->mask + 1;
	while (n > slots / 8 * 5)
		slots *= 2;
	return slots > t->mask + 1 ? resize(t, slots) : WP_OK;
}

enum wp_err wp_token_table_add(
	struct wp_token_table *t, const struct wp_token *token, int64_t count, int32_t *id)
{
	uint64_t hash = hash_token(t->secret, token);
	enum wp_err err = make_room(t, 1);
	struct wp_slot *slot = probe(t, token, hash);
	if (!err && slot->length == 0)
		err = insert(t, token, hash, &slot);
	if (err)
		return err;
	slot->count += count;
	*id = slot->id;
	return WP_OK;
}

const struct wp_slot *wp_token_table_slot(
	const struct wp_token_table *t, const struct wp_token *token)
{
	const struct wp_slot *slot = probe(t, token, hash_token(t->secret, token));
	return slot->length ? slot : NULL;
}

void wp_token_table_find(
	const struct wp_token_table *t, const struct wp_token *tokens, size_t n, int32_t *ids)
{
	uint64_t hash[AHEAD];
	while (n > 0) {
		size_t some = n < AHEAD ? n : AHEAD;
		hash_ahead(t, tokens, some, hash);
		for (size_t i = 0; i < some; i++) {
			const struct wp_slot *slot = probe(t, &tokens[i], hash[i]);
			ids[i] = slot->length != 0 ? slot->id : -1;
		}
		tokens += some;
		ids += some;
		n -= some;
	}
}

/* Sort by key, stable, a digit at a time from the lowest; digits in which all agree cost one
 * look. */
static enum wp_err radix_sort(struct wp_ranked *a, size_t n)
{
	struct wp_ranked *from = a, *to, *scratch;
	enum wp_err err = wp_alloc(&scratch, n, sizeof *scratch, "vocabulary");
	if (err)
		return err;
	uint64_t differ = 0;
	for (size_t i = 1; i < n; i++)
		differ |= a[i].key ^ a[0].key;
	to = scratch;
	for (int shift = 0; shift < 64; shift += RADIX_BITS) {
		const uint64_t digit = (1u << RADIX_BITS) - 1;
		if ((differ >> shift & digit) == 0)
			continue;
		size_t place[1 << RADIX_BITS] = {0}, sum = 0;
		for (size_t i = 0; i < n; i++)
			place[from[i].key >> shift & digit]++;
		for (size_t d = 0; d <= digit; d++) {
			size_t count = place[d];
			place[d] = sum;
			sum += count;
		}
		for (size_t i = 0; i < n; i++)
			to[place[from[i].key >> shift & digit]++] = from[i];
		struct wp_ranked *swap = from;
		from = to;
		to = swap;
	}
	if (from != a)
		memcpy(a, from, n * sizeof *a);
	free(scratch);
	return WP_OK;
}

/* The first eight bytes as a number that orders as they do.  (Those behind a short token's end
 * are zeros; of a long token all eight are its own.) */
static uint64_t prefix(const char *bytes)
{
	uint64_t number = 0;
	for (int i = 0; i < 8; i++)
		number = number << 8 | (unsigned char)bytes[i];
	return number;
}

static int compare_bytes(const void *a, const void *b)
{
	const struct wp_ranked *x = a, *y = b;
	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	uint32_t xn = x->slot->length, yn = y->slot->length;
	int order = memcmp(x->bytes, y->bytes, xn < yn ? xn : yn);
	return order ? order : (xn > yn) - (xn < yn);
}

/* Sort tokens that are counted equally often by their bytes. */
static enum wp_err sort_bytes(struct wp_ranked *a, size_t n)
{
	enum { WORTH_RADIX = 1 << 12 };
	for (size_t i = 0; i < n; i++)
		a[i].key = prefix(a[i].bytes);
	if (n >= WORTH_RADIX) {
		enum wp_err err = radix_sort(a, n);
		if (err)
			return err;
	} else {
		qsort(a, n, sizeof *a, compare_bytes);
		return WP_OK;
	}
	for (size_t i = 0, end; i < n; i = end) {
		for (end = i + 1; end < n && a[end].key == a[i].key;)
			end++;
		if (end - i > 1)
			qsort(a + i, end - i, sizeof *a, compare_bytes);
	}
	return WP_OK;
}

enum wp_err wp_token_table_rank(const struct wp_token_table *t, enum wp_order order,
	int64_t least, size_t most, struct wp_ranked **ranking, size_t *n)
{
	struct wp_ranked *a;
	size_t count = 0;
	*ranking = NULL;
	enum wp_err err = wp_alloc(&a, t->used, sizeof *a, "vocabulary");
	if (err)
		return err;
	for (size_t i = 0; i <= t->mask; i++) {
		const struct wp_slot *slot = &t->slots[i];
		if (slot->length == 0 || slot->count < least || slot->id < t->fixed)
			continue;
		a[count++] = (struct wp_ranked){
			.key = order == WP_BY_COUNT ? ~(uint64_t)slot->count : 0,
			.bytes = wp_token_table_bytes(t, slot),
			.slot = slot};
	}
	err = radix_sort(a, count);
	if (most > count)
		most = count;
	for (size_t i = 0, end; i < most && !err; i = end) {
		for (end = i + 1; end < count && a[end].key == a[i].key;)
			end++;
		err = sort_bytes(a + i, end - i);
	}
	if (err) {
		free(a);
		a = NULL;
	}
	*ranking = a;
	*n = most;
	return err;
}
