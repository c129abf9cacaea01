/* Labels of lines, and tags of tokens: accuracy, and precision, recall and F1 of each label, or
 * of the chunks that tags mark. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "stream/lines.h"
#include "text/column_text.h"
#include "text/evaluation_kind.h"
#include "text/symbols.h"
#include "text/tag_scheme.h"

/* A file: labels by number, sequence by sequence; of text in columns the hash of each first
 * column, 0 where the label is the only one. */
struct labels {
	int32_t *label, *length;
	uint64_t *line, *word; /* of each label  */
	size_t count, sequences, label_room, length_room, line_room, word_room;
};

/* Cells of the tally: labels or tokens, those that are right; with chunks, all chunks; and each
 * label, or type of chunk. */
enum { TOTAL, RIGHT, FIRST };
enum { TRUTH, FOUND, HIT, COUNTS }; /* from FIRST on, of each in turn */

struct data {
	struct wp_symbols symbols;
	struct labels known, found[2];
	struct wp_tag_set set;
	size_t groups, *order; /* labels or types, in the order of their names */
	bool chunks;
};

/* ---- Reading ---- */

static void labels_fini(struct labels *l)
{
	free(l->label);
	free(l->length);
	free(l->line);
	free(l->word);
}

static enum wp_err add_label(struct data *d, struct labels *l, const char *text, size_t n,
	uint64_t line, uint64_t word)
{
	size_t need = l->count + 1;
	enum wp_err err = wp_grow(&l->label, &l->label_room, need, sizeof *l->label, "labels");
	if (!err)
		err = wp_grow(&l->line, &l->line_room, need, sizeof *l->line, "labels");
	if (!err)
		err = wp_grow(&l->word, &l->word_room, need, sizeof *l->word, "labels");
	if (!err)
		err = wp_symbols_add(&d->symbols, text, n, &l->label[l->count]);
	if (!err) {
		l->line[l->count] = line;
		l->word[l->count++] = word;
	}
	return err;
}

static enum wp_err end_sequence(struct labels *l, size_t n)
{
	if (n > INT32_MAX)
		return wp_fail(WP_ELIMIT, "a sentence of more than 2^31 tags");
	enum wp_err err = wp_grow(
		&l->length, &l->length_room, l->sequences + 1, sizeof *l->length, "labels");
	if (!err)
		l->length[l->sequences++] = (int32_t)n;
	return err;
}

/* A label a line: up to a tab, or the whole line. */
static enum wp_err read_label_lines(struct data *d, struct labels *l, struct wp_input *input)
{
	struct wp_lines lines = {.input = input};
	const char *line;
	size_t n;
	enum wp_err err;
	while (!(err = wp_lines_next(&lines, &line, &n))) {
		const char *tab = memchr(line, '\t', n);
		n = wp_line_trim(line, tab ? (size_t)(tab - line) : n);
		if (n == 0)
			return wp_fail(WP_ECORRUPT, "%s: no label (line %" PRIu64 ")",
				wp_input_name(input), lines.number);
		err = add_label(d, l, line, n, lines.number, 0);
		if (!err)
			err = end_sequence(l, 1);
		if (err)
			return err;
	}
	return err == WP_END ? WP_OK : err;
}

static enum wp_err read_tag_lines(struct data *d, struct labels *l, struct wp_input *input)
{
	struct wp_lines lines = {.input = input};
	const char *line, *tag;
	size_t n;
	enum wp_err err;
	while (!(err = wp_lines_next(&lines, &line, &n))) {
		const char *end = line + n;
		size_t count = 0;
		for (; !err && (n = wp_line_field(&line, end, &tag)) > 0; count++)
			err = add_label(d, l, tag, n, lines.number, 0);
		if (!err)
			err = end_sequence(l, count);
		if (err)
			return err;
	}
	return err == WP_END ? WP_OK : err;
}

/* FNV-1a; never 0. */
static uint64_t hash(const struct wp_field *field)
{
	uint64_t h = 0xcbf29ce484222325u;
	for (size_t i = 0; i < field->length; i++)
		h = (h ^ (unsigned char)field->text[i]) * 0x100000001b3u;
	return h | 1;
}

static enum wp_err read_columns(struct data *d, struct labels *l, struct wp_input *input)
{
	struct wp_column_text text = {.lines = {.input = input}};
	struct wp_column_sentence s;
	enum wp_err err;
	while (!(err = wp_column_text_next(&text, &s))) {
		for (size_t t = 0; t < s.tokens && !err; t++) {
			const struct wp_field *row = s.fields + t * s.columns;
			const struct wp_field *tag = row + s.columns - 1;
			err = add_label(d, l, tag->text, tag->length, s.line + t,
				s.columns > 1 ? hash(row) : 0);
		}
		if (!err)
			err = end_sequence(l, s.tokens);
		if (err)
			break;
	}
	wp_column_text_fini(&text);
	return err == WP_END ? WP_OK : err;
}

/* The whole of an input, to be read in two ways. */
static enum wp_err slurp(struct wp_input *input, char **bytes, size_t *size)
{
	enum { STEP = 1 << 16 };
	size_t room = 0, got = STEP;
	enum wp_err err = WP_OK;
	*size = 0;
	while (!err && got == STEP) {
		err = wp_grow(bytes, &room, *size + STEP, 1, "labels");
		if (!err)
			err = wp_input_read(input, *bytes + *size, STEP, &got);
		*size += err ? 0 : got;
	}
	return err;
}

/* Are there as many lines as sentences, so that tags stand in a line for each? */
static bool are_lines(const char *bytes, size_t size, const struct labels *known)
{
	size_t lines = size > 0 && bytes[size - 1] != '\n';
	for (size_t i = 0; i < size; i++)
		lines += bytes[i] == '\n';
	return lines == known->sequences && known->count > 1;
}

static enum wp_err read_found_tags(struct data *d, struct labels *l, struct wp_input *input)
{
	char *bytes = NULL;
	size_t size;
	struct wp_input *again = NULL;
	enum wp_err err = slurp(input, &bytes, &size);
	if (!err)
		err = wp_input_memory(&again, bytes, size, wp_input_name(input));
	if (!err)
		err = are_lines(bytes, size, &d->known) ? read_tag_lines(d, l, again)
							: read_columns(d, l, again);
	wp_input_close(again);
	free(bytes);
	return err;
}

typedef enum wp_err reader(struct data *d, struct labels *l, struct wp_input *input);

static enum wp_err read_input(
	struct data *d, struct labels *l, struct wp_input *input, reader *read)
{
	enum wp_err err = read(d, l, input);
	return err || l->count > 0
		? err
		: wp_fail(WP_EMISMATCH, "%s: no labels", wp_input_name(input));
}

/* Are the files of the same text?  Say where not. */
static enum wp_err compare(struct wp_evaluation *e, const struct labels *known,
	const struct labels *found, const char *known_name, const char *name)
{
	bool tags = e->config->kind == WP_EVALUATE_TAGS;
	const char *what = tags ? "sentences" : "labels";
	size_t at = 0;
	for (size_t s = 0; s < known->sequences && s < found->sequences; s++) {
		if (known->length[s] != found->length[s])
			return wp_fail(WP_EMISMATCH,
				"%s: %d tags, and %s has %d in sentence %zu (line %" PRIu64 ")",
				name, found->length[s], known_name, known->length[s], s + 1,
				at < found->count ? found->line[at] : 0);
		for (int32_t t = 0; t < known->length[s]; t++, at++)
			if (known->word[at] && found->word[at] &&
				known->word[at] != found->word[at] &&
				e->notes->other_words++ == 0)
				e->notes->first_line = found->line[at];
	}
	if (known->sequences != found->sequences)
		return wp_fail(WP_EMISMATCH, "%s: %zu %s, and %s has %zu", name,
			found->sequences, what, known_name, known->sequences);
	return WP_OK;
}

/* ---- Counting ---- */

static enum wp_err add_counts(struct wp_tally *t, size_t place, const struct wp_chunk_counts *c)
{
	uint32_t cell = (uint32_t)(FIRST + place * COUNTS);
	enum wp_err err = wp_tally_add(t, cell + TRUTH, c->truth);
	if (!err)
		err = wp_tally_add(t, cell + FOUND, c->found);
	return err ? err : wp_tally_add(t, cell + HIT, c->right);
}

/* The chunks of a sentence: all, and those of each type. */
static enum wp_err count_chunks(struct data *d, struct wp_tally *t,
	struct wp_chunk_score *score, const int32_t *known, const int32_t *found, size_t n)
{
	size_t types = d->set.types.count;
	score->all = (struct wp_chunk_counts){0};
	memset(score->types, 0, types * sizeof *score->types);
	wp_chunk_score_add(score, known, found, n);
	enum wp_err err = add_counts(t, 0, &score->all);
	for (size_t k = 0; k < types && !err; k++)
		err = add_counts(t, k + 1, &score->types[k]);
	return err;
}

static enum wp_err count_labels(
	struct wp_tally *t, const int32_t *known, const int32_t *found, size_t n)
{
	enum wp_err err = WP_OK;
	for (size_t i = 0; i < n && !err; i++) {
		const struct wp_chunk_counts truth = {1, 0, known[i] == found[i]};
		const struct wp_chunk_counts other = {0, 1, 0};
		err = add_counts(t, (size_t)known[i], &truth);
		if (!err)
			err = add_counts(t, (size_t)found[i], &other);
	}
	return err;
}

static enum wp_err count(struct data *d, const struct labels *known, const struct labels *found,
	struct wp_tally *t)
{
	struct wp_chunk_score score = {NULL};
	enum wp_err err = d->chunks ? wp_chunk_score_init(&score, &d->set) : WP_OK;
	size_t at = 0;
	for (size_t s = 0; s < known->sequences && !err; s++) {
		size_t n = (size_t)known->length[s], right = 0;
		const int32_t *a = known->label + at, *b = found->label + at;
		for (size_t i = 0; i < n; i++)
			right += a[i] == b[i];
		err = wp_tally_add(t, TOTAL, n);
		if (!err)
			err = wp_tally_add(t, RIGHT, right);
		if (!err)
			err = d->chunks ? count_chunks(d, t, &score, a, b, n)
					: count_labels(t, a, b, n);
		if (!err)
			err = wp_tally_end_item(t);
		at += n;
	}
	if (d->chunks)
		wp_chunk_score_fini(&score);
	return err;
}

/* ---- Scores ---- */

static double percent(double part, double whole)
{
	return whole > 0 ? 100 * part / whole : 0;
}

/* Precision, recall and F1; NaN where it neither is nor was found. */
static void put_three(const double *counts, double *scores)
{
	bool any = counts[TRUTH] + counts[FOUND] > 0;
	scores[0] = any ? percent(counts[HIT], counts[FOUND]) : (double)NAN;
	scores[1] = any ? percent(counts[HIT], counts[TRUTH]) : (double)NAN;
	scores[2] = any ? percent(2 * counts[HIT], counts[TRUTH] + counts[FOUND]) : (double)NAN;
}

static void score(const void *arg, const double *sums, double *scores)
{
	const struct data *d = arg;
	const double *counts = sums + FIRST;
	double *mean = scores + 1, *each = scores + 4, used = 0;
	scores[0] = percent(sums[RIGHT], sums[TOTAL]);
	if (d->chunks) {
		put_three(counts, mean);
		counts += COUNTS;
	} else {
		mean[0] = mean[1] = mean[2] = 0;
	}
	for (size_t k = 0; k < d->groups; k++, each += 3) {
		put_three(counts + d->order[k] * COUNTS, each);
		for (int i = 0; i < 3 && !d->chunks && !isnan(each[0]); i++)
			mean[i] += each[i];
		used += !isnan(each[0]);
	}
	for (int i = 0; i < 3 && !d->chunks; i++)
		mean[i] = used > 0 ? mean[i] / used : (double)NAN;
}

/* The order of names, by insertion: there are few types and labels. */
static enum wp_err sort_names(struct data *d, const struct wp_strings *names)
{
	d->groups = names->count;
	enum wp_err err = wp_alloc(&d->order, d->groups, sizeof *d->order, "labels");
	for (size_t i = 0; i < d->groups && !err; i++) {
		size_t k = i, n, m;
		const char *name = wp_strings_get(names, i, &n);
		for (; k > 0; k--) {
			const char *before = wp_strings_get(names, d->order[k - 1], &m);
			int way = memcmp(before, name, n < m ? n : m);
			if (way < 0 || (way == 0 && m <= n))
				break;
			d->order[k] = d->order[k - 1];
		}
		d->order[k] = i;
	}
	return err;
}

static enum wp_err add_three(struct wp_evaluation *e, const char *of, size_t n)
{
	static const char *const names[] = {"precision", "recall", "f1"};
	char *name;
	size_t room = n + 20;
	enum wp_err err = wp_alloc(&name, room, 1, "labels");
	for (int i = 0; i < 3 && !err; i++) {
		if (n > 0) {
			memcpy(name, of, n);
			name[n] = '.';
		}
		memcpy(name + n + (n > 0), names[i], strlen(names[i]) + 1);
		err = wp_evaluation_add_score(e, name, 2, NULL);
	}
	free(name);
	return err;
}

static enum wp_err name_scores(struct wp_evaluation *e, struct data *d)
{
	bool tags = e->config->kind == WP_EVALUATE_TAGS;
	enum wp_err err = tags ? wp_tag_set_init(&d->set, &d->symbols.strings) : WP_OK;
	d->chunks = tags && d->set.chunks;
	const struct wp_strings *names = d->chunks ? &d->set.types : &d->symbols.strings;
	if (!err)
		err = sort_names(d, names);
	/* Chunks of one type that has no name are all chunks. */
	if (!err && d->chunks && d->groups == 1 && wp_strings_bytes(names) == 0)
		d->groups = 0;
	if (!err)
		err = wp_evaluation_add_score(e, "accuracy", 2, NULL);
	if (!err)
		err = d->chunks ? add_three(e, "", 0) : add_three(e, "macro", 5);
	for (size_t k = 0; k < d->groups && !err; k++) {
		size_t n;
		const char *name = wp_strings_get(names, d->order[k], &n);
		err = n > 0 ? add_three(e, name, n) : add_three(e, "-", 1);
	}
	e->scoring = (struct wp_tally_scoring){
		FIRST + (names->count + d->chunks) * COUNTS, 4 + 3 * d->groups, score, d};
	return err;
}

/* ---- The kinds ---- */

static enum wp_err read_all(struct wp_evaluation *e, struct wp_input *known,
	struct wp_input *const *found, int files, reader *read_known, reader *read_each)
{
	struct data *d;
	enum wp_err err = wp_alloc(&d, 1, sizeof *d, "labels");
	if (err)
		return err;
	e->data = d;
	err = read_input(d, &d->known, known, read_known);
	for (int i = 0; i < files && !err; i++) {
		err = read_input(d, &d->found[i], found[i], read_each);
		if (!err)
			err = compare(e, &d->known, &d->found[i], wp_input_name(known),
				wp_input_name(found[i]));
	}
	if (!err)
		err = name_scores(e, d);
	for (int i = 0; i < files && !err; i++)
		err = count(d, &d->known, &d->found[i], &e->tally[i]);
	return err;
}

static enum wp_err read_labels(struct wp_evaluation *e, struct wp_input *known,
	struct wp_input *const *found, int files)
{
	return read_all(e, known, found, files, read_label_lines, read_label_lines);
}

static enum wp_err read_tags(struct wp_evaluation *e, struct wp_input *known,
	struct wp_input *const *found, int files)
{
	return read_all(e, known, found, files,
		e->config->tag_lines ? read_tag_lines : read_columns, read_found_tags);
}

static enum wp_err report(const struct wp_evaluation *e, struct wp_output *output)
{
	struct data *d = e->data;
	struct wp_chunk_score score;
	if (!d->chunks)
		return wp_fail(WP_EMISMATCH,
			"the tags mark no chunks, as B-PER, I-PER and O do: there is no report of "
			"conlleval");
	enum wp_err err = wp_chunk_score_init(&score, &d->set);
	if (err)
		return err;
	for (size_t s = 0, at = 0; s < d->known.sequences; at += (size_t)d->known.length[s++])
		wp_chunk_score_add(&score, d->known.label + at, d->found[0].label + at,
			(size_t)d->known.length[s]);
	err = wp_chunk_score_write(&score, output);
	wp_chunk_score_fini(&score);
	return err;
}

static void fini(struct wp_evaluation *e)
{
	struct data *d = e->data;
	if (!d)
		return;
	wp_symbols_fini(&d->symbols);
	labels_fini(&d->known);
	labels_fini(&d->found[0]);
	labels_fini(&d->found[1]);
	wp_tag_set_fini(&d->set);
	free(d->order);
	free(d);
}

const struct wp_evaluation_type wp_evaluation_of_labels = {
	.read = read_labels,
	.fini = fini,
};

const struct wp_evaluation_type wp_evaluation_of_tags = {
	.read = read_tags,
	.report = report,
	.fini = fini,
};
