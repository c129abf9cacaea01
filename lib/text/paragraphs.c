#include "text/paragraphs.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "text/ascii_words.h"

void wp_paragraphs_fini(struct wp_paragraphs *p)
{
	free(p->lines);
	free(p->open);
	free(p->stops);
}

static enum wp_err reserve(struct wp_paragraphs *p, size_t n)
{
	return wp_grow(&p->lines, &p->room, p->length + n, 1, "sentences");
}

/* The bytes of a sentence without the white space behind it, which would show where every
 * character is a token. */
static size_t trimmed(const char *text, size_t n)
{
	while (n > 0 && (unsigned char)text[n - 1] <= ' ')
		n--;
	return n;
}

/* There is room for two bytes for each of the text. */
static void put_line(struct wp_paragraphs *p, const char *text, size_t n)
{
	n = trimmed(text, n);
	memcpy(p->lines + p->length, text, n);
	p->lines[p->length + n] = '\n';
	p->length += n + 1;
}

/* Where to cut what is too long for a sentence: behind white space, where there is some. */
static size_t forced_cut(const char *text, size_t n)
{
	size_t cut = n;
	while (cut > n / 2 && (unsigned char)text[cut - 1] > ' ')
		cut--;
	return cut > n / 2 ? cut : n;
}

/* Put the sentences of the text into lines; *done is how many bytes they are. */
static enum wp_err put_sentences(
	struct wp_paragraphs *p, const char *text, size_t n, bool last, size_t *done)
{
	size_t from = 0, end;
	enum wp_err err = reserve(p, 2 * n + 2);
	if (!err)
		err = wp_grow(&p->stops, &p->stops_room, n / WP_ASCII_BLOCK + 1,
			sizeof *p->stops, "sentences");
	if (err)
		return err;
	bool semicolon = p->rules.language && p->rules.language->traits & WP_LANGUAGE_SEMICOLON;
	struct wp_stops stops = {text, p->stops};
	if (n > 0)
		p->find_stops(text, n, semicolon, p->stops);
	/* As long as there is white space behind each sentence, its place is that of the line
	 * end, and all of the text is copied at once. */
	bool spaced = n > 0;
	char *copy = p->lines + p->length;
	if (spaced)
		memcpy(copy, text, n);
	while (from < n &&
		(end = wp_sentence_end_by_stops(
			 &p->rules, &stops, text + from, n - from, last)) > 0) {
		size_t line = spaced ? trimmed(text + from, end) : 0;
		if (spaced && line < end) {
			for (size_t i = line; i < end; i++)
				copy[from + i] = '\n';
			p->length += end;
		} else {
			put_line(p, text + from, end);
			spaced = false;
		}
		from += end;
	}
	if (n - from >= WP_LONGEST_SENTENCE) {
		size_t cut = forced_cut(text + from, n - from);
		put_line(p, text + from, cut);
		from += cut;
	}
	*done = from;
	return WP_OK;
}

static enum wp_err keep_open(struct wp_paragraphs *p, const char *text, size_t n)
{
	enum wp_err err = wp_grow(&p->open, &p->open_room, p->open_length + n, 1, "sentences");
	if (!err && n > 0) { /* text may be NULL */
		memcpy(p->open + p->open_length, text, n);
		p->open_length += n;
	}
	return err;
}

/* Add text to the open sentence, and look for its end. */
static enum wp_err add_to_open(struct wp_paragraphs *p, const char *text, size_t n, bool last)
{
	size_t done;
	enum wp_err err = keep_open(p, text, n);
	/* A long sentence is not looked through again for every piece of it. */
	if (err ||
		(!last && p->open_length < WP_LONGEST_SENTENCE &&
			p->open_length < p->tried + p->tried / 4 && !memchr(text, '\n', n)))
		return err;
	err = put_sentences(p, p->open, p->open_length, last, &done);
	if (err)
		return err;
	p->open_length -= done;
	memmove(p->open, p->open + done, p->open_length);
	p->tried = p->open_length;
	return WP_OK;
}

enum wp_err wp_paragraphs_add(struct wp_paragraphs *p, const char *text, size_t n, bool last)
{
	enum wp_err err;
	if (p->open_length > 0 && n > 0) {
		const char *newline = memchr(text, '\n', n);
		size_t more = newline ? (size_t)(newline + 1 - text) : n;
		err = add_to_open(p, text, more, last && more == n);
		if (err || more == n)
			return err;
		text += more;
		n -= more;
	}
	if (p->open_length > 0)
		return add_to_open(p, text, n, last);
	size_t done;
	err = put_sentences(p, text, n, last, &done);
	if (err)
		return err;
	p->tried = n - done;
	return done < n ? keep_open(p, text + done, n - done) : WP_OK; /* NULL + 0 */
}
