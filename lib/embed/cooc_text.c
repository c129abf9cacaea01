#include "embed/cooc_text.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* Beyond the limit: the end of the sentence before the text, and breaks at its end. */
static size_t ids_bytes(const struct wp_cooc_text *t)
{
	return (t->limit + t->window + 2) * sizeof *t->ids;
}

static size_t places_bytes(const struct wp_cooc_text *t)
{
	return (t->limit + t->window + WP_COOC_AHEAD + 2) * sizeof *t->places;
}

/* Where address space is limited, a text in smaller pieces does too. */
static enum wp_err reserve(struct wp_cooc_text *t)
{
	enum { LEAST = 1 << 16 };
	while (true) {
		t->ids = wp_reserve(ids_bytes(t));
		t->places = wp_reserve(places_bytes(t));
		if (t->ids && t->places)
			return WP_OK;
		wp_release(t->ids, ids_bytes(t));
		wp_release(t->places, places_bytes(t));
		t->ids = NULL;
		t->places = NULL;
		if (t->limit / 2 < LEAST + 16 * t->window)
			return wp_fail(WP_ENOMEM, "text: cannot get %zu bytes of memory",
				ids_bytes(t) + places_bytes(t));
		t->limit /= 2;
	}
}

enum wp_err wp_cooc_text_init(
	struct wp_cooc_text *t, const struct wp_cooc_config *config, size_t words, size_t room)
{
	*t = (struct wp_cooc_text){
		.words = words,
		.window = config->documents ? 0 : (size_t)config->window,
		.documents = config->documents,
		.limit = room,
	};
	enum wp_err err = wp_alloc(&t->left_out, words, 1, "vocabulary");
	if (!err)
		err = wp_alloc(&t->starts, words + 2, sizeof *t->starts, "index of the text");
	if (!err)
		err = reserve(t);
	if (err) {
		wp_cooc_text_fini(t);
		return err;
	}
	wp_cooc_text_end_sentence(t); /* a window reaches the beginning of the text, too */
	t->first = t->count;
	return WP_OK;
}

void wp_cooc_text_fini(struct wp_cooc_text *t)
{
	wp_release(t->ids, ids_bytes(t));
	wp_release(t->places, places_bytes(t));
	free(t->left_out);
	free(t->starts);
	*t = (struct wp_cooc_text){0};
}

size_t wp_cooc_text_add(struct wp_cooc_text *t, const int32_t *ids, size_t n)
{
	size_t left = t->limit - t->count, taken = n < left ? n : left, count = t->count;
	for (size_t i = 0; i < taken; i++) {
		t->ids[count] = ids[i];
		count += !t->left_out[ids[i]];
	}
	t->tokens += count - t->count;
	t->count = count;
	return taken;
}

void wp_cooc_text_end_sentence(struct wp_cooc_text *t)
{
	t->ids[t->count++] = WP_COOC_BREAK;
}

/* Where the places end that can be counted. */
static size_t end_of_places(const struct wp_cooc_text *t)
{
	size_t end = t->count > t->window ? t->count - t->window : 0;
	return end > t->first ? end : t->first;
}

/* Sort the places by word, by counting: places[] keeps their order within a word. */
static void sort_places(struct wp_cooc_text *t, size_t end)
{
	uint32_t *starts = t->starts;
	const int32_t *ids = t->ids;
	memset(starts, 0, (t->words + 2) * sizeof *starts);
	for (size_t i = t->first; i < end; i++)
		if (ids[i] >= 0)
			starts[ids[i] + 2]++;
	for (size_t w = 2; w < t->words + 2; w++)
		starts[w] += starts[w - 1];
	/* starts[w + 1] is where w begins, and moves to where it ends. */
	uint32_t sentence = (uint32_t)t->sentences;
	for (size_t i = t->first; i < end; i++)
		if (ids[i] >= 0)
			t->places[starts[ids[i] + 1]++] = t->documents ? sentence : (uint32_t)i;
		else
			sentence++;
	t->sentences += sentence - (uint32_t)t->sentences;
}

void wp_cooc_text_index(struct wp_cooc_text *t, bool last)
{
	/* At the end of the text the last windows end, too. */
	for (size_t i = 0; last && i < t->window; i++)
		t->ids[t->count++] = WP_COOC_BREAK;
	size_t end = end_of_places(t);
	sort_places(t, end);
	memset(t->places + (end - t->first), 0, (WP_COOC_AHEAD + 1) * sizeof *t->places);
}

void wp_cooc_text_advance(struct wp_cooc_text *t)
{
	size_t end = end_of_places(t);
	size_t from = end > t->window ? end - t->window : 0;
	memmove(t->ids, t->ids + from, (t->count - from) * sizeof *t->ids);
	t->count -= from;
	t->first = end - from;
}
