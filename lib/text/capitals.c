#include "text/capitals.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "text/unicode.h"
#include "text/utf8.h"
#include "text/vocab.h"

const char *const wp_capitals_names[] = {"none", "lower", "initial", "all", "mixed", NULL};

enum wp_capitals wp_capitals_of(const char *token, size_t length)
{
	const char *at = token, *end = token + length;
	size_t capitals = 0, small = 0;
	bool first = false;
	while (at < end && !wp_is_special(token, length)) {
		struct wp_decoded d = wp_utf8_decode(at, end);
		const bool capital = wp_char_lower(d.code_point) != d.code_point;
		first |= capital && at == token;
		capitals += capital;
		small += !capital && (wp_char(d.code_point).flags & WP_CHAR_CASED);
		at += d.length;
	}
	if (capitals == 0)
		return small ? WP_CAPITALS_LOWER : WP_CAPITALS_NONE;
	if (capitals == 1 && first)
		return WP_CAPITALS_INITIAL;
	return small || capitals == 1 ? WP_CAPITALS_MIXED : WP_CAPITALS_ALL;
}

enum wp_err wp_capitals_list(
	const struct wp_strings *vocab, struct wp_strings *names, int32_t **of)
{
	enum wp_err err = WP_OK;
	*names = (struct wp_strings){0};
	*of = NULL;
	for (const char *const *name = wp_capitals_names; *name && !err; name++)
		err = wp_strings_add(names, *name, strlen(*name));
	if (!err)
		err = wp_alloc(of, vocab->count ? vocab->count : 1, sizeof **of, "capitals");
	for (size_t i = 0; i < vocab->count && !err; i++) {
		size_t length;
		const char *token = wp_strings_get(vocab, i, &length);
		(*of)[i] = (int32_t)wp_capitals_of(token, length);
	}
	if (err)
		wp_strings_fini(names);
	return err;
}
