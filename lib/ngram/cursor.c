#include "ngram/cursor.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/spool.h"

enum { RECORDS = 1 << 14 }; /* that are read at once */

enum wp_err wp_ngram_cursor_init(
	struct wp_ngram_cursor *cursor, const struct wp_ngram_counts *counts)
{
	*cursor = (struct wp_ngram_cursor){.counts = counts};
	return counts->spool ? wp_alloc(&cursor->buffer, RECORDS * ((size_t)counts->order + 1),
				       sizeof *cursor->buffer, "n-grams")
			     : WP_OK;
}

void wp_ngram_cursor_fini(struct wp_ngram_cursor *cursor)
{
	free(cursor->buffer);
	*cursor = (struct wp_ngram_cursor){0};
}

static enum wp_err fill(struct wp_ngram_cursor *c)
{
	size_t words = (size_t)c->counts->order + 1, left = c->counts->count - c->next;
	c->have = (left < RECORDS ? left : RECORDS) * words;
	c->at = 0;
	return wp_spool_read_at(c->counts->spool, (uint64_t)c->next * words * sizeof *c->buffer,
		c->buffer, c->have * sizeof *c->buffer);
}

static enum wp_err next_on_disk(struct wp_ngram_cursor *c)
{
	const int order = c->counts->order;
	enum wp_err err = c->at == c->have ? fill(c) : WP_OK;
	const uint32_t *record = c->buffer + c->at;
	if (err)
		return err;
	int shared = 0, length = 0;
	while (shared < c->length && (int64_t)record[shared] - 1 == c->token[shared])
		shared++;
	for (; length < order && record[length] > 0; length++)
		c->token[length] = (int32_t)(record[length] - 1);
	c->shared = shared;
	c->length = length;
	c->times = record[order];
	c->at += (size_t)order + 1;
	c->next++;
	return WP_OK;
}

enum wp_err wp_ngram_cursor_next(struct wp_ngram_cursor *c)
{
	const struct wp_ngram_counts *counts = c->counts;
	if (c->next == counts->count)
		return WP_END;
	if (counts->spool)
		return next_on_disk(c);
	size_t r = c->next++;
	c->length = counts->length[r];
	c->shared = counts->shared[r];
	c->times = counts->times[r];
	for (int i = 0; i < c->length; i++)
		c->token[i] = counts->text[counts->last[r] - (uint32_t)i];
	return WP_OK;
}

enum wp_err wp_ngram_walk_init(
	struct wp_ngram_walk *walk, const struct wp_ngram_counts *counts, int n)
{
	*walk = (struct wp_ngram_walk){.n = n};
	return wp_ngram_cursor_init(&walk->cursor, counts);
}

void wp_ngram_walk_fini(struct wp_ngram_walk *walk)
{
	wp_ngram_cursor_fini(&walk->cursor);
}

/* To a record with n tokens; on the way, (n - 1)-grams that no longer one ends with. */
static enum wp_err go_on(struct wp_ngram_walk *w)
{
	enum wp_err err;
	while (!(err = wp_ngram_cursor_next(&w->cursor))) {
		if (w->n > 1 && w->cursor.length >= w->n - 1 && w->cursor.shared < w->n - 1)
			w->shorters++;
		if (w->cursor.length >= w->n)
			return WP_OK;
	}
	w->ended = err == WP_END;
	return err;
}

enum wp_err wp_ngram_walk_next(struct wp_ngram_walk *w)
{
	const struct wp_ngram_cursor *c = &w->cursor;
	enum wp_err err = WP_OK;
	if (!w->ahead)
		err = w->ended ? WP_END : go_on(w);
	if (err)
		return err;
	memcpy(w->token, c->token, (size_t)w->n * sizeof *w->token);
	w->index++;
	w->shorter = w->shorters;
	w->raw = w->before = 0;
	do {
		w->raw += c->times;
		if (c->length == w->n && c->token[w->n - 1] == c->counts->start)
			w->before += c->times;
		else
			w->before += c->length == w->n || c->shared < w->n + 1;
		err = go_on(w);
	} while (!err && c->shared >= w->n);
	w->ahead = !err;
	return err == WP_END ? WP_OK : err;
}
