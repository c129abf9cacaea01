#include "embed/cooc_text.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

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
	if (!err) /* a window reaches the beginning of the text, too */
		err = wp_cooc_text_end_sentence(t);
	if (err)
		wp_cooc_text_fini(t);
	t->first = t->count;
	return err;
}

void wp_cooc_text_fini(struct wp_cooc_text *t)
{
	free(t->ids);
	free(t->left_out);
	free(t->starts);
	free(t->places);
	*t = (struct wp_cooc_text){0};
}

static enum wp_err reserve(struct wp_cooc_text *t, size_t n)
{
	return wp_grow(&t->ids, &t->room, t->count + n, sizeof *t->ids, "text");
}

enum wp_err wp_cooc_text_add(
	struct wp_cooc_text *t, const int32_t *ids, size_t n, size_t *taken)
{
	size_t left = t->limit - t->count, before = t->count;
	*taken = n < left ? n : left;
	enum wp_err err = reserve(t, *taken);
	if (err)
		return err;
	for (size_t i = 0; i < *taken; i++) {
		t->ids[t->count] = ids[i];
		t->count += !t->left_out[ids[i]];
	}
	t->tokens += t->count - before;
	return WP_OK;
}

enum wp_err wp_cooc_text_end_sentence(struct wp_cooc_text *t)
{
	enum wp_err err = reserve(t, 1);
	if (!err)
		t->ids[t->count++] = WP_COOC_BREAK;
	return err;
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

enum wp_err wp_cooc_text_index(struct wp_cooc_text *t, bool last)
{
	/* At the end of the text the last windows end, too. */
	for (size_t i = 0; last && i < t->window; i++) {
		enum wp_err err = reserve(t, 1);
		if (err)
			return err;
		t->ids[t->count++] = WP_COOC_BREAK;
	}
	size_t end = end_of_places(t);
	free(t->places);
	enum wp_err err = wp_alloc(&t->places, end - t->first + WP_COOC_AHEAD + 1,
		sizeof *t->places, "index of the text");
	if (!err)
		sort_places(t, end);
	return err;
}

void wp_cooc_text_advance(struct wp_cooc_text *t)
{
	size_t end = end_of_places(t);
	size_t from = end > t->window ? end - t->window : 0;
	memmove(t->ids, t->ids + from, (t->count - from) * sizeof *t->ids);
	t->count -= from;
	t->first = end - from;
}
