#include "text/paragraphs.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

void wp_paragraphs_fini(struct wp_paragraphs *p)
{
	free(p->lines);
	free(p->open);
}

static enum wp_err reserve(struct wp_paragraphs *p, size_t n)
{
	return wp_grow(&p->lines, &p->room, p->length + n, 1, "sentences");
}

/* A sentence without the white space behind it, which would show where every character is a
 * token.  There is room for two bytes for each of it. */
static void put_line(struct wp_paragraphs *p, const char *text, size_t n)
{
	while (n > 0 && (unsigned char)text[n - 1] <= ' ')
		n--;
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

/* Put the sentences of the text into lines; how many bytes they are. */
static size_t put_sentences(struct wp_paragraphs *p, const char *text, size_t n, bool last)
{
	size_t from = 0, end;
	while (from < n &&
		(end = wp_sentence_end(&p->rules, text + from, n - from, last)) > 0) {
		put_line(p, text + from, end);
		from += end;
	}
	if (n - from >= WP_LONGEST_SENTENCE) {
		size_t cut = forced_cut(text + from, n - from);
		put_line(p, text + from, cut);
		from += cut;
	}
	return from;
}

static enum wp_err keep_open(struct wp_paragraphs *p, const char *text, size_t n)
{
	enum wp_err err = wp_grow(&p->open, &p->open_room, p->open_length + n, 1, "sentences");
	if (!err && n > 0) {
		memcpy(p->open + p->open_length, text, n);
		p->open_length += n;
	}
	return err;
}

enum wp_err wp_paragraphs_add(struct wp_paragraphs *p, const char *text, size_t n, bool last)
{
	enum wp_err err;
	if (p->open_length == 0) {
		err = reserve(p, 2 * n + 2);
		if (err)
			return err;
		size_t done = put_sentences(p, text, n, last);
		p->tried = n - done;
		return done < n ? keep_open(p, text + done, n - done) : WP_OK; /* NULL + 0 */
	}
	err = keep_open(p, text, n);
	/* A long sentence is not looked through again for every piece of it. */
	if (err ||
		(!last && p->open_length < WP_LONGEST_SENTENCE &&
			p->open_length < p->tried + p->tried / 4 && !memchr(text, '\n', n)))
		return err;
	err = reserve(p, 2 * p->open_length + 2);
	if (err)
		return err;
	size_t done = put_sentences(p, p->open, p->open_length, last);
	p->open_length -= done;
	memmove(p->open, p->open + done, p->open_length);
	p->tried = p->open_length;
	return WP_OK;
}
