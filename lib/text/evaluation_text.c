/* Text beside its references: BLEU, chrF, and lines that are the same. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "stream/lines.h"
#include "text/bleu_tokens.h"
#include "text/evaluation_kind.h"
#include "text/ngram_match.h"
#include "text/symbols.h"

const char *const wp_bleu_tokenizations[] = {[WP_BLEU_NONE] = "none",
	[WP_BLEU_13A] = "13a",
	[WP_BLEU_INTL] = "intl",
	[WP_BLEU_CHAR] = "char",
	NULL};

enum { CHRF_ORDERS = WP_CHRF_CHARS + WP_CHRF_WORDS };

/* Cells of the tally. */
enum {
	LENGTH,
	REFERENCE_LENGTH,
	RIGHT,
	ALL = RIGHT + WP_BLEU_ORDERS,
	CHRF_FOUND = ALL + WP_BLEU_ORDERS,
	CHRF_REFERENCE = CHRF_FOUND + CHRF_ORDERS,
	CHRF_RIGHT = CHRF_REFERENCE + CHRF_ORDERS,
	LINES = CHRF_RIGHT + CHRF_ORDERS,
	SAME,
	CELLS
};

static const double beta = 2; /* of chrF */

/* A line, as BLEU and as chrF see it. */
struct sentence {
	struct wp_code_points line, characters; /* the latter without white space */
	uint32_t *words, *parts;                /* numbers of BLEU's words, and of chrF's */
	size_t word_count, part_count, word_room, part_room;
};

struct data {
	struct sentence found, *references; /* (config->references) */
	struct wp_symbol_sequence *sequences;
	struct wp_symbols symbols;
	struct wp_code_points scratch;
	struct wp_ngram_matcher matcher;
	char bleu[100], chrf[100]; /* settings */
};

/* ---- A line taken apart ---- */

static void sentence_fini(struct sentence *s)
{
	wp_code_points_fini(&s->line);
	wp_code_points_fini(&s->characters);
	free(s->words);
	free(s->parts);
}

static enum wp_err add_word(struct data *d, uint32_t **words, size_t *count, size_t *room,
	const uint32_t *word, size_t n)
{
	int32_t number;
	enum wp_err err = wp_grow(words, room, *count + 1, sizeof **words, "words");
	if (!err)
		err = wp_symbols_add(
			&d->symbols, (const char *)word, n * sizeof *word, &number);
	if (!err)
		(*words)[(*count)++] = (uint32_t)number;
	return err;
}

static bool is_ascii_punctuation(uint32_t c)
{
	return c > ' ' && c < 0x7F && !(c >= '0' && c <= '9') &&
		!((c | 32) >= 'a' && (c | 32) <= 'z');
}

/* A word of chrF++: one mark of ASCII, at its end or else at its beginning, stands apart. */
static enum wp_err add_parts(struct data *d, struct sentence *s, const uint32_t *word, size_t n)
{
	size_t cut = n > 1 && is_ascii_punctuation(word[n - 1]) ? n - 1
		: n > 1 && is_ascii_punctuation(word[0])        ? 1
								: n;
	enum wp_err err = add_word(d, &s->parts, &s->part_count, &s->part_room, word, cut);
	return err || cut == n
		? err
		: add_word(d, &s->parts, &s->part_count, &s->part_room, word + cut, n - cut);
}

static enum wp_err read_sentence(struct data *d, const struct wp_evaluation_config *c,
	struct sentence *s, const char *text, size_t length)
{
	const uint32_t *word;
	size_t at = 0, n;
	enum wp_err err = wp_code_points_set(&s->line, text, length, c->lower);
	if (!err)
		err = wp_grow(&s->characters.at, &s->characters.room, s->line.n + 1,
			sizeof *s->characters.at, "a line");
	s->characters.n = s->part_count = s->word_count = 0;
	while (!err && (n = wp_next_word(&s->line, &at, &word)) > 0) {
		memcpy(s->characters.at + s->characters.n, word, n * sizeof *word);
		s->characters.n += n;
		err = add_parts(d, s, word, n);
	}
	if (!err)
		err = wp_bleu_tokenize(
			(enum wp_bleu_tokens)c->tokenization, &s->line, &d->scratch);
	at = 0;
	while (!err && (n = wp_next_word(&s->line, &at, &word)) > 0)
		err = add_word(d, &s->words, &s->word_count, &s->word_room, word, n);
	return err;
}

/* ---- Counting ---- */

/* The length of the reference that is nearest to that of what was found; the shorter of two. */
static size_t nearest_length(const struct data *d, size_t references)
{
	size_t found = d->found.word_count, best = d->references[0].word_count;
	for (size_t k = 1; k < references; k++) {
		size_t n = d->references[k].word_count;
		size_t distance = n > found ? n - found : found - n;
		size_t least = best > found ? best - found : found - best;
		if (distance < least || (distance == least && n < best))
			best = n;
	}
	return best;
}

static enum wp_err count_bleu(struct data *d, size_t references, struct wp_tally *t)
{
	uint64_t right[WP_BLEU_ORDERS];
	size_t n = d->found.word_count;
	d->sequences[0] = (struct wp_symbol_sequence){d->found.words, n};
	for (size_t k = 0; k < references; k++)
		d->sequences[k + 1] = (struct wp_symbol_sequence){
			d->references[k].words, d->references[k].word_count};
	enum wp_err err = wp_ngram_match(
		&d->matcher, d->sequences, references + 1, WP_BLEU_ORDERS, right);
	if (!err)
		err = wp_tally_add(t, LENGTH, n);
	if (!err)
		err = wp_tally_add(t, REFERENCE_LENGTH, nearest_length(d, references));
	for (size_t k = 0; k < WP_BLEU_ORDERS && !err; k++) {
		err = wp_tally_add(t, RIGHT + (uint32_t)k, right[k]);
		if (!err)
			err = wp_tally_add(t, ALL + (uint32_t)k, wp_ngrams_of(n, k + 1));
	}
	return err;
}

/* What was found beside one reference, from order `first` on. */
static enum wp_err count_chrf(struct data *d, struct wp_symbol_sequence found,
	struct wp_symbol_sequence reference, size_t first, size_t orders,
	struct wp_chrf_counts *counts)
{
	uint64_t right[WP_MATCH_ORDERS];
	const struct wp_symbol_sequence both[] = {found, reference};
	if (orders == 0)
		return WP_OK;
	enum wp_err err = wp_ngram_match(&d->matcher, both, 2, orders, right);
	for (size_t k = 0; k < orders && !err; k++) {
		uint64_t has = wp_ngrams_of(reference.n, k + 1);
		counts->found[first + k] = has > 0 ? (double)wp_ngrams_of(found.n, k + 1) : 0;
		counts->reference[first + k] = (double)has;
		counts->right[first + k] = (double)right[k];
	}
	return err;
}

/* The counts beside the reference that gives the best score, the first of equal ones. */
static enum wp_err best_chrf(
	struct data *d, const struct wp_evaluation_config *c, struct wp_chrf_counts *best)
{
	double best_score = -1;
	const struct sentence *f = &d->found;
	enum wp_err err = WP_OK;
	for (int k = 0; k < c->references && !err; k++) {
		const struct sentence *r = &d->references[k];
		struct wp_chrf_counts counts = {.found = {0}};
		err = count_chrf(d,
			(struct wp_symbol_sequence){f->characters.at, f->characters.n},
			(struct wp_symbol_sequence){r->characters.at, r->characters.n}, 0,
			WP_CHRF_CHARS, &counts);
		if (!err)
			err = count_chrf(d,
				(struct wp_symbol_sequence){f->parts, f->part_count},
				(struct wp_symbol_sequence){r->parts, r->part_count},
				WP_CHRF_CHARS, (size_t)c->word_order, &counts);
		double score = wp_chrf(&counts, WP_CHRF_CHARS + c->word_order, beta);
		if (!err && score > best_score) {
			best_score = score;
			*best = counts;
		}
	}
	return err;
}

static bool is_same(const struct data *d, size_t references)
{
	for (size_t k = 0; k < references; k++) {
		const struct sentence *r = &d->references[k], *f = &d->found;
		if (f->word_count == r->word_count &&
			(f->word_count == 0 ||
				memcmp(f->words, r->words, f->word_count * sizeof *f->words) ==
					0))
			return true;
	}
	return false;
}

static enum wp_err count_line(
	struct data *d, const struct wp_evaluation_config *c, struct wp_tally *t)
{
	struct wp_chrf_counts chrf = {.found = {0}};
	enum wp_err err = count_bleu(d, (size_t)c->references, t);
	if (!err)
		err = best_chrf(d, c, &chrf);
	for (uint32_t k = 0; k < CHRF_ORDERS && !err; k++) {
		err = wp_tally_add(t, CHRF_FOUND + k, (uint64_t)chrf.found[k]);
		if (!err)
			err = wp_tally_add(t, CHRF_REFERENCE + k, (uint64_t)chrf.reference[k]);
		if (!err)
			err = wp_tally_add(t, CHRF_RIGHT + k, (uint64_t)chrf.right[k]);
	}
	if (!err)
		err = wp_tally_add(t, LINES, 1);
	if (!err)
		err = wp_tally_add(t, SAME, is_same(d, (size_t)c->references));
	return err ? err : wp_tally_end_item(t);
}

/* ---- Scores ---- */

static double percent(double part, double whole)
{
	return whole > 0 ? 100 * part / whole : (double)NAN;
}

static void score(const void *arg, const double *sums, double *scores)
{
	const struct wp_evaluation_config *c = arg;
	struct wp_bleu_counts b = {
		.length = sums[LENGTH], .reference_length = sums[REFERENCE_LENGTH]};
	struct wp_chrf_counts chrf;
	double value = c->smoothing_value >= 0    ? c->smoothing_value
		: c->smoothing == WP_SMOOTH_FLOOR ? 0.1
						  : 1;
	memcpy(b.right, sums + RIGHT, sizeof b.right);
	memcpy(b.all, sums + ALL, sizeof b.all);
	memcpy(chrf.found, sums + CHRF_FOUND, sizeof chrf.found);
	memcpy(chrf.reference, sums + CHRF_REFERENCE, sizeof chrf.reference);
	memcpy(chrf.right, sums + CHRF_RIGHT, sizeof chrf.right);
	struct wp_bleu_score bleu = wp_bleu(&b, c->smoothing, value);
	*scores++ = bleu.bleu;
	for (int n = 0; n < WP_BLEU_ORDERS; n++)
		*scores++ = bleu.precision[n];
	*scores++ = bleu.brevity_penalty;
	*scores++ = b.reference_length > 0 ? b.length / b.reference_length : (double)NAN;
	*scores++ = b.length;
	*scores++ = b.reference_length;
	*scores++ = wp_chrf(&chrf, WP_CHRF_CHARS + c->word_order, beta);
	*scores++ = percent(sums[SAME], sums[LINES]);
}

/* The settings as sacrebleu writes them. */
static void describe(struct data *d, const struct wp_evaluation_config *c)
{
	char smoothing[40], value[20] = "";
	if (c->smoothing == WP_SMOOTH_FLOOR || c->smoothing == WP_SMOOTH_ADD_K)
		snprintf(value, sizeof value, "[%.2f]",
			c->smoothing_value >= 0                   ? c->smoothing_value
				: c->smoothing == WP_SMOOTH_FLOOR ? 0.1
								  : 1.0);
	snprintf(smoothing, sizeof smoothing, "%s%s", wp_bleu_smoothings[c->smoothing], value);
	const char *letters = c->lower ? "lc" : "mixed";
	snprintf(d->bleu, sizeof d->bleu, "nrefs:%d|case:%s|eff:no|tok:%s|smooth:%s",
		c->references, letters, wp_bleu_tokenizations[c->tokenization], smoothing);
	snprintf(d->chrf, sizeof d->chrf, "nrefs:%d|case:%s|eff:yes|nc:6|nw:%d|space:no",
		c->references, letters, c->word_order);
}

static enum wp_err name_scores(struct wp_evaluation *e, struct data *d)
{
	static const char *const chrf[] = {"chrF2", "chrF2+", "chrF2++"};
	const struct {
		const char *name;
		int decimals;
		const char *settings;
	} all[] = {{"BLEU", 2, d->bleu}, {"precision.1", 2, NULL}, {"precision.2", 2, NULL},
		{"precision.3", 2, NULL}, {"precision.4", 2, NULL},
		{"brevity-penalty", 4, NULL}, {"length-ratio", 4, NULL}, {"length", 0, NULL},
		{"reference-length", 0, NULL}, {chrf[e->config->word_order], 2, d->chrf},
		{"exact", 2, NULL}};
	enum { SCORES = sizeof all / sizeof *all };
	enum wp_err err = WP_OK;
	describe(d, e->config);
	for (size_t i = 0; i < SCORES && !err; i++)
		err = wp_evaluation_add_score(e, all[i].name, all[i].decimals, all[i].settings);
	e->scoring = (struct wp_tally_scoring){CELLS, SCORES, score, e->config};
	return err;
}

/* ---- Reading ---- */

static enum wp_err read_references(struct data *d, const struct wp_evaluation_config *c,
	const char *line, size_t length, const struct wp_lines *lines)
{
	const char *end = line + length;
	enum wp_err err = WP_OK;
	for (int k = 0; k < c->references && !err; k++) {
		const char *tab =
			c->references > 1 ? memchr(line, '\t', (size_t)(end - line)) : NULL;
		if (c->references > 1 && !tab != (k == c->references - 1))
			return wp_fail(WP_ECORRUPT,
				"%s: not %d references, separated by tabs (line %" PRIu64 ")",
				wp_input_name(lines->input), c->references, lines->number);
		const char *stop = tab ? tab : end;
		err = read_sentence(d, c, &d->references[k], line, (size_t)(stop - line));
		line = stop + 1;
	}
	return err;
}

/* The line of a file beside that of the references, which `left` says whether there is. */
static enum wp_err read_found(struct wp_evaluation *e, enum wp_err left,
	const struct wp_lines *known, struct wp_lines *found, struct wp_tally *t, bool first)
{
	const char *line;
	size_t n;
	enum wp_err right = wp_lines_next(found, &line, &n);
	if (right && right != WP_END)
		return right;
	if (left != right)
		return wp_fail(WP_EMISMATCH, "%s: %s lines than %s has (line %" PRIu64 ")",
			wp_input_name(found->input), left ? "more" : "fewer",
			wp_input_name(known->input), left ? found->number : known->number);
	if (left)
		return WP_OK;
	struct data *d = e->data;
	enum wp_err err = read_sentence(d, e->config, &d->found, line, n);
	n = wp_line_trim(line, n);
	e->notes->lines_with_stops += first && n >= 2 && memcmp(line + n - 2, " .", 2) == 0;
	return err ? err : count_line(d, e->config, t);
}

static enum wp_err read_lines(
	struct wp_evaluation *e, struct wp_lines *known, struct wp_lines *found, int files)
{
	for (;;) {
		const char *line;
		size_t n;
		enum wp_err left = wp_lines_next(known, &line, &n), err = WP_OK;
		if (left && left != WP_END)
			return left;
		if (!left)
			err = read_references(e->data, e->config, line, n, known);
		for (int i = 0; i < files && !err; i++)
			err = read_found(e, left, known, &found[i], &e->tally[i], i == 0);
		if (err || left)
			return err;
	}
}

static enum wp_err read_all(struct wp_evaluation *e, struct wp_input *known,
	struct wp_input *const *found, int files)
{
	struct data *d;
	struct wp_lines references = {.input = known},
			lines[2] = {{.input = found[0]}, {.input = found[1]}};
	size_t count = (size_t)e->config->references;
	enum wp_err err = wp_alloc(&d, 1, sizeof *d, "sentences");
	if (err)
		return err;
	e->data = d;
	err = wp_alloc(&d->references, count, sizeof *d->references, "references");
	if (!err)
		err = wp_alloc(&d->sequences, count + 1, sizeof *d->sequences, "references");
	if (!err)
		err = name_scores(e, d);
	if (!err)
		err = read_lines(e, &references, lines, files);
	return err || e->tally[0].items > 0
		? err
		: wp_fail(WP_EMISMATCH, "%s: no lines", wp_input_name(known));
}

static void fini(struct wp_evaluation *e)
{
	struct data *d = e->data;
	if (!d)
		return;
	sentence_fini(&d->found);
	for (int k = 0; d->references && k < e->config->references; k++)
		sentence_fini(&d->references[k]);
	free(d->references);
	free(d->sequences);
	wp_symbols_fini(&d->symbols);
	wp_code_points_fini(&d->scratch);
	wp_ngram_matcher_fini(&d->matcher);
	free(d);
}

const struct wp_evaluation_type wp_evaluation_of_text = {
	.read = read_all,
	.fini = fini,
};
