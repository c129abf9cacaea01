#include "embed/select.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "stream/lines.h"
#include "text/vocab.h"

enum wp_err wp_points_skip(
	void *unused, struct wp_reader *reader, const struct wp_tensor *tensor)
{
	(void)unused;
	(void)reader;
	(void)tensor;
	return WP_OK;
}

static enum wp_err mark_list(
	const struct wp_vocab *vocab, struct wp_input *list, bool *listed, size_t *unknown)
{
	struct wp_lines lines = {.input = list};
	const char *line;
	size_t length;
	enum wp_err err;
	*unknown = 0;
	while (!(err = wp_lines_next(&lines, &line, &length))) {
		length = wp_line_trim(line, length);
		int32_t row = length ? wp_vocab_find(vocab, line, length) : -1;
		if (row >= 0)
			listed[row] = true;
		else
			*unknown += length > 0;
	}
	return err == WP_END ? WP_OK : err;
}

enum wp_err wp_points_select(
	struct wp_points *points, struct wp_input *list, bool keep, size_t *unknown)
{
	struct wp_vocab vocab = {0};
	bool *flag = NULL;
	enum wp_err err = wp_points_index(points, &vocab);
	if (!err)
		err = wp_alloc(&flag, points->count, sizeof *flag, "words");
	if (!err)
		err = mark_list(&vocab, list, flag, unknown);
	if (!err) {
		for (size_t i = 0; i < points->count && !keep; i++)
			flag[i] = !flag[i];
		wp_points_keep(points, flag);
	}
	free(flag);
	wp_vocab_fini(&vocab);
	return err;
}

enum wp_err wp_points_choose(struct wp_points *points, size_t top, bool no_special)
{
	bool *flag;
	enum wp_err err = wp_alloc(&flag, points->count, sizeof *flag, "words");
	if (err)
		return err;
	for (size_t i = 0, kept = 0; i < points->count; i++) {
		size_t length = 0;
		const char *word =
			points->vocab.count ? wp_strings_get(&points->vocab, i, &length) : NULL;
		flag[i] = (top == 0 || kept < top) &&
			!(no_special && word && wp_is_special(word, length));
		kept += flag[i];
	}
	wp_points_keep(points, flag);
	free(flag);
	return WP_OK;
}

struct pairs {
	struct wp_pair_of_rows *pair;
	size_t count, room;
};

static enum wp_err add_pair(struct pairs *p, int32_t here, int32_t there)
{
	if (here < 0 || there < 0)
		return WP_OK;
	enum wp_err err = wp_grow(&p->pair, &p->room, p->count + 1, sizeof *p->pair, "pairs");
	if (!err)
		p->pair[p->count++] = (struct wp_pair_of_rows){(size_t)here, (size_t)there};
	return err;
}

static enum wp_err read_pairs(struct pairs *p, struct wp_input *dictionary,
	const struct wp_vocab *here, const struct wp_vocab *there)
{
	struct wp_lines lines = {.input = dictionary};
	const char *line;
	size_t length;
	enum wp_err err;
	while (!(err = wp_lines_next(&lines, &line, &length))) {
		const char *at = line, *end = line + length, *word[3];
		size_t n[3] = {0};
		for (int i = 0; i < 3; i++)
			n[i] = wp_line_field(&at, end, &word[i]);
		if (n[0] == 0)
			continue;
		if (n[1] == 0 || n[2] > 0)
			return wp_fail(WP_ECORRUPT, "%s: not a pair of words (line %llu)",
				wp_input_name(dictionary), (unsigned long long)lines.number);
		err = add_pair(p, wp_vocab_find(here, word[0], n[0]),
			wp_vocab_find(there, word[1], n[1]));
		if (err)
			return err;
	}
	return err == WP_END ? WP_OK : err;
}

enum wp_err wp_points_pair(const struct wp_points *points, const struct wp_points *target,
	struct wp_input *dictionary, struct wp_pair_of_rows **pair, size_t *count)
{
	struct wp_vocab here = {0}, there = {0};
	struct pairs p = {0};
	enum wp_err err = wp_points_index(points, &here);
	if (!err)
		err = wp_points_index(target, &there);
	if (!err && dictionary)
		err = read_pairs(&p, dictionary, &here, &there);
	for (size_t i = 0; !err && !dictionary && i < points->count; i++) {
		size_t length;
		const char *word = wp_strings_get(&points->vocab, i, &length);
		err = add_pair(&p, (int32_t)i, wp_vocab_find(&there, word, length));
	}
	wp_vocab_fini(&here);
	wp_vocab_fini(&there);
	if (err) {
		free(p.pair);
		p.pair = NULL;
	}
	*pair = p.pair;
	*count = p.count;
	return err;
}
