#include "text/symbols.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"

void wp_symbols_fini(struct wp_symbols *s)
{
	wp_strings_fini(&s->strings);
	free(s->slots);
	free(s->tags);
	*s = (struct wp_symbols){0};
}

static uint64_t read_word(const char *p, size_t n)
{
	uint64_t word = 0;
	memcpy(&word, p, n);
	return word;
}

/* Keyed, so that nobody can prepare strings that all collide. */
static uint64_t hash(const struct wp_symbols *s, const char *p, size_t n)
{
	uint64_t h = s->secret ^ (n * 0x9E3779B97F4A7C15u);
	for (; n >= 8; p += 8, n -= 8) {
		h = (h ^ read_word(p, 8)) * 0xD6E8FEB86659FD93u;
		h ^= h >> 32;
	}
	h = (h ^ read_word(p, n)) * 0xD6E8FEB86659FD93u;
	h ^= h >> 32;
	h *= 0xD6E8FEB86659FD93u;
	return h ^ h >> 29;
}

/* The slot of the string, or the free one where it belongs. */
static size_t find_slot(const struct wp_symbols *s, const char *string, size_t n, uint64_t h)
{
	size_t at = (size_t)h & s->mask;
	for (; s->slots[at]; at = (at + 1) & s->mask) {
		if (s->tags[at] != (uint32_t)(h >> 32))
			continue;
		size_t length;
		const char *other = wp_strings_get(&s->strings, s->slots[at] - 1, &length);
		if (length == n && memcmp(other, string, n) == 0)
			break;
	}
	return at;
}

static enum wp_err resize(struct wp_symbols *s, size_t size)
{
	struct wp_symbols next = *s;
	next.mask = size - 1;
	if (!s->slots)
		next.secret = (size_t)wp_random_seed();
	enum wp_err err = wp_alloc(&next.slots, size, sizeof *next.slots, "a table of strings");
	if (!err)
		err = wp_alloc(&next.tags, size, sizeof *next.tags, "a table of strings");
	if (err) {
		free(next.slots);
		return err;
	}
	for (size_t i = 0; i < s->strings.count; i++) {
		size_t n;
		const char *string = wp_strings_get(&s->strings, i, &n);
		uint64_t h = hash(&next, string, n);
		size_t at = find_slot(&next, string, n, h);
		if (next.slots[at])
			continue;
		next.slots[at] = (uint32_t)i + 1;
		next.tags[at] = (uint32_t)(h >> 32);
	}
	free(s->slots);
	free(s->tags);
	*s = next;
	return WP_OK;
}

enum wp_err wp_symbols_add(struct wp_symbols *s, const char *string, size_t n, int32_t *number)
{
	size_t count = s->strings.count;
	if (count >= INT32_MAX)
		return wp_fail(WP_ELIMIT, "more than %d different strings", INT32_MAX);
	enum wp_err err = WP_OK;
	if (!s->slots || 2 * count > s->mask)
		err = resize(s, s->slots ? 2 * (s->mask + 1) : 1024);
	if (err)
		return err;
	uint64_t h = hash(s, string, n);
	size_t at = find_slot(s, string, n, h);
	if (!s->slots[at]) {
		err = wp_strings_add(&s->strings, string, n);
		if (err)
			return err;
		s->slots[at] = (uint32_t)count + 1;
		s->tags[at] = (uint32_t)(h >> 32);
	}
	*number = (int32_t)s->slots[at] - 1;
	return WP_OK;
}

int32_t wp_symbols_find(const struct wp_symbols *s, const char *string, size_t n)
{
	if (!s->slots)
		return -1;
	return (int32_t)s->slots[find_slot(s, string, n, hash(s, string, n))] - 1;
}

enum wp_err wp_symbols_from(struct wp_symbols *symbols, struct wp_strings *list)
{
	*symbols = (struct wp_symbols){.strings = *list};
	*list = (struct wp_strings){0};
	size_t size = 1024;
	while (size < 2 * symbols->strings.count)
		size *= 2;
	enum wp_err err = symbols->strings.count < INT32_MAX
		? resize(symbols, size)
		: wp_fail(WP_ELIMIT, "more than %d different strings", INT32_MAX);
	if (err)
		wp_symbols_fini(symbols);
	return err;
}
