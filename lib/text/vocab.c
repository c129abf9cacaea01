#include "text/vocab.h"

#include <stdlib.h>
#include <string.h>

#include "base/closest.h"
#include "base/memory.h"
#include "text/token_table.h"

enum { SOME = 256 }; /* tokens that are looked up together */

static enum wp_err refuse_many(size_t tokens)
{
	return tokens <= INT32_MAX
		? WP_OK
		: wp_fail(WP_ELIMIT, "vocabulary: %zu tokens are too many (%d)", tokens,
			  INT32_MAX);
}

static enum wp_err index_tokens(struct wp_vocab *v)
{
	enum wp_err err = refuse_many(v->tokens.count);
	if (!err)
		err = wp_alloc(&v->table, 1, sizeof *v->table, "vocabulary");
	if (!err)
		err = wp_token_table_init(v->table, SIZE_MAX, SIZE_MAX);
	if (!err)
		err = wp_token_table_reserve(v->table, v->tokens.count);
	struct wp_token some[SOME];
	for (size_t i = 0, n = 0; i < v->tokens.count && !err; i++) {
		size_t length;
		const char *bytes = wp_strings_get(&v->tokens, i, &length);
		/* Files of other programs may have an empty token, which gets no place; no text
		 * has. */
		if (length > 0)
			some[n++] = wp_token_make(bytes, length);
		if (n < SOME && length > 0 && i + 1 < v->tokens.count)
			continue;
		err = wp_token_table_number(v->table, some, n, (int32_t)(i + (length > 0) - n));
		n = 0;
	}
	if (!err)
		v->unknown = wp_vocab_find(v, WP_UNKNOWN_TOKEN, strlen(WP_UNKNOWN_TOKEN));
	return err;
}

bool wp_is_special(const char *token, size_t length)
{
	static const char *const special[] = {
		WP_UNKNOWN_TOKEN, WP_SENTENCE_START, WP_SENTENCE_END};
	for (size_t i = 0; i < sizeof special / sizeof *special; i++)
		if (strlen(special[i]) == length && memcmp(special[i], token, length) == 0)
			return true;
	return false;
}

enum wp_err wp_vocab_from_strings(
	struct wp_vocab *vocab, struct wp_strings *tokens, int64_t *counts)
{
	*vocab = (struct wp_vocab){.tokens = *tokens, .counts = counts, .unknown = -1};
	*tokens = (struct wp_strings){0};
	enum wp_err err = index_tokens(vocab);
	if (err)
		wp_vocab_fini(vocab);
	return err;
}

enum wp_err wp_vocab_unindexed(struct wp_vocab *vocab, struct wp_strings *tokens)
{
	*vocab = (struct wp_vocab){.tokens = *tokens, .unknown = -1};
	*tokens = (struct wp_strings){0};
	enum wp_err err = refuse_many(vocab->tokens.count);
	if (err)
		wp_vocab_fini(vocab);
	return err;
}

void wp_vocab_fini(struct wp_vocab *v)
{
	wp_strings_fini(&v->tokens);
	free(v->counts);
	if (v->table)
		wp_token_table_fini(v->table);
	free(v->table);
	*v = (struct wp_vocab){.unknown = -1};
}

static int32_t find_without(const struct wp_strings *tokens, const char *token, size_t length)
{
	for (size_t i = 0; i < tokens->count; i++) {
		size_t n;
		const char *other = wp_strings_get(tokens, i, &n);
		if (n == length && memcmp(other, token, n) == 0)
			return (int32_t)i;
	}
	return -1;
}

int32_t wp_vocab_find(const struct wp_vocab *v, const char *token, size_t length)
{
	if (length == 0)
		return -1;
	if (!v->table)
		return find_without(&v->tokens, token, length);
	struct wp_token key = wp_token_make(token, length);
	int32_t id;
	wp_token_table_find(v->table, &key, 1, &id);
	return id;
}

int32_t wp_vocab_repeated(const struct wp_vocab *v)
{
	for (size_t i = 0; i < v->tokens.count; i++) {
		size_t length;
		const char *token = wp_strings_get(&v->tokens, i, &length);
		int32_t first = wp_vocab_find(v, token, length);
		if (first >= 0 && (size_t)first < i)
			return (int32_t)i;
	}
	return -1;
}

size_t wp_vocab_closest(
	const struct wp_vocab *v, const char *token, size_t length, int32_t *id, size_t most)
{
	enum { LOOKED_AT = 200000, FEW = 8 };
	size_t tolerance = wp_edit_tolerance(length), found = 0, away[FEW] = {0};
	most = most < FEW ? most : FEW;
	for (size_t i = 0; i < v->tokens.count && i < LOOKED_AT && most > 0; i++) {
		size_t n, limit = found < most ? tolerance : away[found - 1];
		const char *other = wp_strings_get(&v->tokens, i, &n);
		if (n + tolerance < length || length + tolerance < n)
			continue;
		size_t distance = wp_edit_distance(token, length, other, n, limit);
		if (distance > limit || (found == most && distance == limit))
			continue;
		size_t at = found < most ? found++ : most - 1;
		for (; at > 0 && away[at - 1] > distance; at--) {
			away[at] = away[at - 1];
			id[at] = id[at - 1];
		}
		away[at] = distance;
		id[at] = (int32_t)i;
	}
	while (found > 1 && away[found - 1] > away[0] + 1)
		found--;
	return found;
}
