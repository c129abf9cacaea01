#include "embed/evaluate.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "stream/lines.h"
#include "text/number.h"
#include "text/utf8.h"

/* ---- words ---- */

enum {
	SHORT_WORD = 256, /* bytes; longer ones are folded in memory of their own   */
	FOLD_GROWTH = 3   /* a byte's lower-case form takes at most so many of them */
};

/* Lower-case; bytes that are not UTF-8 stay as they are. */
static size_t fold(const char *word, size_t length, char *to)
{
	char *p = to;
	const char *end = word + length;
	while (word < end) {
		struct wp_decoded d = wp_utf8_decode(word, end);
		if (d.valid)
			p += wp_utf8_encode(wp_char_lower(d.code_point), p);
		else
			for (int i = 0; i < d.length; i++)
				*p++ = word[i];
		word += d.length;
	}
	return (size_t)(p - to);
}

/* Fold a word into buffer, or into memory that the caller frees by way of *own. */
static enum wp_err folded(const char **word, size_t *length, char *buffer, char **own)
{
	char *to = buffer;
	*own = NULL;
	if (*length > SHORT_WORD) {
		enum wp_err err = wp_alloc(own, *length, FOLD_GROWTH, "long word");
		if (err)
			return err;
		to = *own;
	}
	*length = fold(*word, *length, to);
	*word = to;
	return WP_OK;
}

static enum wp_err add_folded(struct wp_strings *list, const char *word, size_t length)
{
	char buffer[SHORT_WORD * FOLD_GROWTH];
	char *own;
	enum wp_err err = folded(&word, &length, buffer, &own);
	if (!err)
		err = wp_strings_add(list, word, length);
	free(own);
	return err;
}

enum wp_err wp_word_index_init(struct wp_word_index *index, const struct wp_strings *words,
	size_t count, bool fold_case)
{
	*index = (struct wp_word_index){.fold_case = fold_case};
	struct wp_strings list = {0};
	enum wp_err err = WP_OK;
	for (size_t i = 0; i < count && !err; i++) {
		size_t length;
		const char *word = wp_strings_get(words, i, &length);
		err = fold_case ? add_folded(&list, word, length)
				: wp_strings_add(&list, word, length);
	}
	if (err)
		wp_strings_fini(&list);
	else
		err = wp_vocab_from_strings(&index->vocab, &list, NULL);
	if (!err)
		err = wp_alloc(&index->word, count, sizeof *index->word, "words");
	for (size_t i = 0; i < count && !err; i++) {
		size_t length;
		const char *word = wp_strings_get(&index->vocab.tokens, i, &length);
		int32_t first = wp_vocab_find(&index->vocab, word, length);
		index->word[i] = first >= 0 ? first : (int32_t)i; /* the empty word: itself */
	}
	if (err)
		wp_word_index_fini(index);
	return err;
}

void wp_word_index_fini(struct wp_word_index *index)
{
	wp_vocab_fini(&index->vocab);
	free(index->word);
	index->word = NULL;
}

enum wp_err wp_word_index_find(
	const struct wp_word_index *index, const char *word, size_t length, int32_t *row)
{
	char buffer[SHORT_WORD * FOLD_GROWTH];
	char *own = NULL;
	*row = WP_NO_ROW;
	enum wp_err err = index->fold_case ? folded(&word, &length, buffer, &own) : WP_OK;
	if (!err)
		*row = wp_vocab_find(&index->vocab, word, length);
	free(own);
	return err;
}

/* The rows of n words of a list from `first` on; *known says whether all have one. */
static enum wp_err find_words(const struct wp_word_index *index, const struct wp_strings *list,
	size_t first, size_t n, int32_t *row, bool *known)
{
	*known = true;
	for (size_t i = 0; i < n; i++) {
		size_t length;
		const char *word = wp_strings_get(list, first + i, &length);
		enum wp_err err = wp_word_index_find(index, word, length, &row[i]);
		if (err)
			return err;
		*known = *known && row[i] != WP_NO_ROW;
	}
	return WP_OK;
}

/* ---- analogies ---- */

static enum wp_err bad_line(const struct wp_lines *lines, const char *what)
{
	return wp_fail(WP_ECORRUPT, "%s: %s (line %" PRIu64 ")", wp_input_name(lines->input),
		what, lines->number);
}

static enum wp_err begin_section(struct wp_analogy_set *set, const char *name, size_t length)
{
	while (length > 0 && (*name == ' ' || *name == '\t')) {
		name++;
		length--;
	}
	enum wp_err err = wp_grow(&set->section_end, &set->section_room,
		set->sections.count + 1, sizeof *set->section_end, "sections");
	if (!err) {
		set->section_end[set->sections.count] = set->words.count / 4;
		err = wp_strings_add(&set->sections, name, length);
	}
	return err;
}

static enum wp_err add_question(
	struct wp_analogy_set *set, struct wp_lines *lines, const char *line, size_t length)
{
	const char *end = line + length;
	const char *word;
	size_t n;
	if (set->sections.count == 0)
		return bad_line(lines, "a question before the first section (': name')");
	for (int i = 0; i < 4; i++) {
		n = wp_line_field(&line, end, &word);
		if (n == 0)
			return bad_line(lines, "fewer than the four words of an analogy");
		enum wp_err err = wp_strings_add(&set->words, word, n);
		if (err)
			return err;
	}
	if (wp_line_field(&line, end, &word) > 0)
		return bad_line(lines, "more than the four words of an analogy");
	set->section_end[set->sections.count - 1]++;
	return WP_OK;
}

enum wp_err wp_analogy_set_read(struct wp_analogy_set *set, struct wp_input *input)
{
	struct wp_lines lines = {.input = input};
	const char *line;
	size_t length;
	enum wp_err err;
	*set = (struct wp_analogy_set){0};
	while (!(err = wp_lines_next(&lines, &line, &length))) {
		length = wp_line_trim(line, length);
		if (length > 0 && *line == ':')
			err = begin_section(set, line + 1, length - 1);
		else if (length > 0)
			err = add_question(set, &lines, line, length);
		if (err)
			break;
	}
	if (err == WP_END)
		return WP_OK;
	wp_analogy_set_fini(set);
	return err;
}

void wp_analogy_set_fini(struct wp_analogy_set *set)
{
	wp_strings_fini(&set->sections);
	wp_strings_fini(&set->words);
	free(set->section_end);
	*set = (struct wp_analogy_set){0};
}

bool wp_analogy_is_syntactic(const struct wp_analogy_set *set, size_t section)
{
	size_t length;
	const char *name = wp_strings_get(&set->sections, section, &length);
	return length >= 4 && memcmp(name, "gram", 4) == 0;
}

enum wp_err wp_analogy_set_answer(const struct wp_analogy_set *set, const struct wp_rows *rows,
	const struct wp_word_index *index, enum wp_analogy_method method, int threads,
	signed char *answer)
{
	size_t questions = set->words.count / 4;
	struct wp_analogy *asked = NULL;
	struct wp_match *found = NULL;
	int32_t *wanted = NULL;
	size_t n = 0;
	enum wp_err err = wp_alloc(&asked, questions, sizeof *asked, "questions");
	if (!err)
		err = wp_alloc(&wanted, questions, sizeof *wanted, "questions");
	if (!err)
		err = wp_alloc(&found, questions, sizeof *found, "questions");
	for (size_t q = 0; q < questions && !err; q++) {
		int32_t row[4];
		bool known;
		err = find_words(index, &set->words, 4 * q, 4, row, &known);
		answer[q] = !err && known ? 0 : -1;
		if (answer[q] < 0)
			continue;
		asked[n] = (struct wp_analogy){row[0], row[1], row[2]};
		wanted[n++] = row[3];
	}
	if (!err)
		err = wp_analogies(rows, asked, n, method, index->word, 1, threads, found);
	for (size_t q = 0, i = 0; q < questions && !err; q++)
		if (answer[q] == 0) {
			answer[q] = found[i].row != WP_NO_ROW &&
				index->word[found[i].row] == wanted[i];
			i++;
		}
	free(asked);
	free(wanted);
	free(found);
	return err;
}

void wp_analogy_set_count(const struct wp_analogy_set *set, const signed char *answer,
	struct wp_analogy_score *score)
{
	for (size_t s = 0, q = 0; s < set->sections.count; s++) {
		score[s] = (struct wp_analogy_score){0};
		for (; q < set->section_end[s]; q++) {
			score[s].questions++;
			score[s].asked += answer[q] >= 0;
			score[s].right += answer[q] == 1;
		}
	}
}

enum wp_err wp_analogy_set_score(const struct wp_analogy_set *set, const struct wp_rows *rows,
	const struct wp_word_index *index, enum wp_analogy_method method, int threads,
	struct wp_analogy_score *score)
{
	signed char *answer;
	enum wp_err err = wp_alloc(&answer, set->words.count / 4, 1, "answers");
	if (!err)
		err = wp_analogy_set_answer(set, rows, index, method, threads, answer);
	if (!err)
		wp_analogy_set_count(set, answer, score);
	free(answer);
	return err;
}

/* ---- similarity ---- */

static enum wp_err add_pair(
	struct wp_pair_set *set, struct wp_lines *lines, const char *line, size_t length)
{
	const char *end = line + length;
	const char *field;
	size_t n;
	double score;
	enum wp_err err = WP_OK;
	for (int i = 0; i < 2 && !err; i++) {
		n = wp_line_field(&line, end, &field);
		if (n == 0)
			return bad_line(lines, "not two words and a number");
		err = wp_strings_add(&set->words, field, n);
	}
	n = wp_line_field(&line, end, &field);
	if (!err && (wp_scan_f64(field, field + n, &score) != field + n || !isfinite(score)))
		return bad_line(lines, "the third field is not a number");
	if (!err)
		err = wp_grow(&set->score, &set->room, set->count + 1, sizeof *set->score,
			"pairs of words");
	if (!err)
		set->score[set->count++] = score;
	return err;
}

enum wp_err wp_pair_set_read(struct wp_pair_set *set, struct wp_input *input)
{
	struct wp_lines lines = {.input = input};
	const char *line;
	size_t length;
	enum wp_err err;
	*set = (struct wp_pair_set){0};
	while (!(err = wp_lines_next(&lines, &line, &length))) {
		length = wp_line_trim(line, length);
		if (length > 0 && *line != '#')
			err = add_pair(set, &lines, line, length);
		if (err)
			break;
	}
	if (err == WP_END)
		return WP_OK;
	wp_pair_set_fini(set);
	return err;
}

void wp_pair_set_fini(struct wp_pair_set *set)
{
	wp_strings_fini(&set->words);
	free(set->score);
	*set = (struct wp_pair_set){0};
}

enum wp_err wp_pair_set_compare(const struct wp_pair_set *set, const struct wp_rows *rows,
	const struct wp_word_index *index, double *similarity)
{
	enum wp_err err = WP_OK;
	for (size_t i = 0; i < set->count && !err; i++) {
		int32_t row[2];
		bool both;
		err = find_words(index, &set->words, 2 * i, 2, row, &both);
		similarity[i] = !err && both
			? (double)wp_rows_compare(rows, (size_t)row[0], (size_t)row[1])
			: (double)NAN;
	}
	return err;
}

enum wp_err wp_pair_set_score(const struct wp_pair_set *set, const struct wp_rows *rows,
	const struct wp_word_index *index, double *rho, size_t *known)
{
	double *human = NULL;
	double *ours = NULL;
	size_t n = 0;
	enum wp_err err = wp_alloc(&human, set->count, sizeof *human, "pairs of words");
	if (!err)
		err = wp_alloc(&ours, set->count, sizeof *ours, "pairs of words");
	if (!err)
		err = wp_pair_set_compare(set, rows, index, ours);
	for (size_t i = 0; i < set->count && !err; i++) {
		if (isnan(ours[i]))
			continue;
		human[n] = set->score[i];
		ours[n++] = ours[i];
	}
	if (!err)
		err = wp_spearman(human, ours, n, rho);
	*known = n;
	free(human);
	free(ours);
	return err;
}

struct ranked {
	double value;
	size_t place;
};

static int compare_ranked(const void *a, const void *b)
{
	double x = ((const struct ranked *)a)->value;
	double y = ((const struct ranked *)b)->value;
	return (x > y) - (x < y);
}

/* rank[i]: the rank of value[i], from 1; equal values share the mean of their ranks. */
static void rank_values(const double *value, size_t n, struct ranked *sorted, double *rank)
{
	for (size_t i = 0; i < n; i++)
		sorted[i] = (struct ranked){value[i], i};
	qsort(sorted, n, sizeof *sorted, compare_ranked);
	for (size_t i = 0, end; i < n; i = end) {
		for (end = i + 1; end < n && sorted[end].value == sorted[i].value; end++)
			;
		for (size_t j = i; j < end; j++)
			rank[sorted[j].place] = (double)(i + 1 + end) / 2;
	}
}

/* Pearson's correlation of ranks, whose mean is known. */
static double correlate_ranks(const double *x, const double *y, size_t n)
{
	double mean = ((double)n + 1) / 2;
	double xx = 0, yy = 0, xy = 0;
	for (size_t i = 0; i < n; i++) {
		xx += (x[i] - mean) * (x[i] - mean);
		yy += (y[i] - mean) * (y[i] - mean);
		xy += (x[i] - mean) * (y[i] - mean);
	}
	return xx > 0 && yy > 0 ? xy / sqrt(xx * yy) : (double)NAN;
}

enum wp_err wp_spearman(const double *x, const double *y, size_t n, double *rho)
{
	struct ranked *sorted = NULL;
	double *rank = NULL;
	*rho = (double)NAN;
	enum wp_err err = wp_alloc(&sorted, n, sizeof *sorted, "ranks");
	if (!err)
		err = wp_alloc(&rank, n, 2 * sizeof *rank, "ranks");
	if (!err) {
		rank_values(x, n, sorted, rank);
		rank_values(y, n, sorted, rank + n);
		*rho = correlate_ranks(rank, rank + n, n);
	}
	free(sorted);
	free(rank);
	return err;
}

enum wp_err wp_is_analogy_set(struct wp_input *input, bool *is_one)
{
	const char *data;
	size_t have;
	size_t i = 0;
	enum wp_err err = wp_input_peek(input, 1, &data, &have);
	if (err)
		return err;
	while (i < have && (data[i] == '\n' || data[i] == '\r'))
		i++;
	*is_one = i < have && data[i] == ':';
	return WP_OK;
}
