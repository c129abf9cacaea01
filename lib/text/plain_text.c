#include "text/plain_text.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "text/segment.h"
#include "text/token_text.h"
#include "text/utf8.h"

static bool is(const char *token, size_t length, const char *name)
{
	return strlen(name) == length && memcmp(token, name, length) == 0;
}

static bool is_character(const char *token, size_t length)
{
	enum { MOST = 32 }; /* code points of a cluster that is taken for one */
	uint32_t code_points[MOST];
	bool breaks[MOST];
	size_t n = 0;
	for (const char *end = token + length; token < end;) {
		struct wp_decoded d = wp_utf8_decode(token, end);
		if (n == MOST)
			return false;
		code_points[n++] = d.code_point;
		token += d.length;
	}
	wp_grapheme_breaks(code_points, n, breaks);
	for (size_t i = 1; i < n; i++)
		if (breaks[i])
			return false;
	return true;
}

static void look_at(struct wp_plain_text *text)
{
	const struct wp_strings *tokens = &text->vocab.tokens;
	text->characters = true;
	for (size_t i = 0; i < tokens->count; i++) {
		size_t length;
		const char *token = wp_strings_get(tokens, i, &length);
		if (is(token, length, WP_SENTENCE_END))
			text->end = (int32_t)i;
		if (wp_is_special(token, length))
			continue;
		text->longest = length > text->longest ? length : text->longest;
		text->characters = text->characters && is_character(token, length);
	}
	text->by_character = text->characters;
}

enum wp_err wp_plain_text_init(struct wp_plain_text *text, const struct wp_strings *vocab)
{
	struct wp_strings copy = {0};
	*text = (struct wp_plain_text){.end = -1, .line_empty = true, .empty = true};
	enum wp_err err = wp_strings_add_all(&copy, vocab);
	if (err)
		wp_strings_fini(&copy);
	else
		err = wp_vocab_from_strings(&text->vocab, &copy, NULL);
	if (!err)
		look_at(text);
	return err;
}

void wp_plain_text_fini(struct wp_plain_text *text)
{
	wp_vocab_fini(&text->vocab);
}

/* Tokens found so far. */
struct cut {
	int32_t *ids;
	size_t count, room, unknown;
};

/* A token whose id is known, or -1: then `length` bytes are for the message. */
static enum wp_err add(const struct wp_plain_text *text, struct cut *cut, int32_t id,
	const char *token, size_t length)
{
	enum { SHOWN = 60 };
	if (id < 0) {
		id = text->vocab.unknown;
		cut->unknown++;
	}
	if (id < 0)
		return wp_fail(WP_EMISMATCH,
			"'%.*s': not in the vocabulary of the model, which has no "
			"UNKNOWN_TOKEN",
			(int)(length < SHOWN ? length : SHOWN), token);
	enum wp_err err =
		wp_grow(&cut->ids, &cut->room, cut->count + 1, sizeof *cut->ids, "prime");
	if (!err)
		cut->ids[cut->count++] = id;
	return err;
}

static enum wp_err cut_characters(
	const struct wp_plain_text *text, const char *from, const char *end, struct cut *cut)
{
	enum wp_err err = WP_OK;
	while (!err && from < end) {
		size_t left = (size_t)(end - from);
		size_t length = left < text->longest ? left : text->longest;
		int32_t id = -1;
		for (; length > 0; length--)
			if ((id = wp_vocab_find(&text->vocab, from, length)) >= 0)
				break;
		if (id < 0)
			length = wp_utf8_decode(from, end).length;
		err = add(text, cut, id, from, length);
		from += length;
	}
	return err;
}

static enum wp_err cut_words(
	const struct wp_plain_text *text, const char *from, size_t length, struct cut *cut)
{
	static const char space[] = " \t\r\n";
	char *word;
	enum wp_err err = wp_alloc(&word, length + 1, 1, "prime");
	const char *end = from + length;
	while (!err) {
		size_t n = 0;
		while (from < end && memchr(space, *from, sizeof space - 1))
			from++;
		while (from + n < end && !memchr(space, from[n], sizeof space - 1))
			n++;
		if (n == 0)
			break;
		size_t plain;
		err = wp_token_unescape(from, n, word, &plain);
		if (!err)
			err = add(text, cut, wp_vocab_find(&text->vocab, word, plain), from, n);
		from += n;
	}
	free(word);
	return err;
}

enum wp_err wp_plain_text_cut(const struct wp_plain_text *text, const char *from, size_t length,
	int32_t **ids, size_t *count, size_t *unknown)
{
	struct cut cut = {0};
	enum wp_err err = text->by_character ? cut_characters(text, from, from + length, &cut)
					     : cut_words(text, from, length, &cut);
	if (err) {
		free(cut.ids);
		return err;
	}
	*ids = cut.ids;
	*count = cut.count;
	*unknown = cut.unknown;
	return WP_OK;
}

enum wp_err wp_plain_text_put(
	struct wp_plain_text *text, struct wp_output *output, int32_t token)
{
	size_t length;
	const char *bytes = wp_strings_get(&text->vocab.tokens, (size_t)token, &length);
	text->empty = false;
	if (token == text->end) {
		text->line_empty = true;
		return wp_output_write(output, "\n", 1);
	}
	if (text->characters) {
		static const char replacement[] = "\xEF\xBF\xBD";
		if (token == text->vocab.unknown) {
			bytes = replacement;
			length = sizeof replacement - 1;
		}
		if (length > 0)
			text->line_empty = bytes[length - 1] == '\n';
		return wp_output_write(output, bytes, length);
	}
	enum wp_err err = text->line_empty ? WP_OK : wp_output_write(output, " ", 1);
	text->line_empty = false;
	return err ? err : wp_put_token(output, &text->vocab.tokens, (size_t)token);
}

enum wp_err wp_plain_text_end(struct wp_plain_text *text, struct wp_output *output)
{
	bool ended = text->line_empty && !text->empty;
	text->line_empty = text->empty = true;
	return ended ? WP_OK : wp_output_write(output, "\n", 1);
}

enum wp_err wp_put_token(struct wp_output *output, const struct wp_strings *list, size_t i)
{
	size_t length;
	char *room;
	const char *token = wp_strings_get(list, i, &length);
	enum wp_err err = wp_output_reserve(output, length * WP_ESCAPE_GROWTH, &room);
	if (!err)
		wp_output_advance(output, wp_token_escape(token, length, room));
	return err;
}
