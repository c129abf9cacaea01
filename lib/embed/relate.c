#include "embed/relate.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "stream/lines.h"
#include "text/token_text.h"

/* A word of a question. */
struct member {
	const char *word;     /* as it was given */
	size_t length, place; /* in the question */
	bool known;
	double score;
};

struct relating {
	const struct wp_embedding *embedding;
	const struct wp_relate_params *params;
	struct wp_output *output;
	struct member *member;
	float *vector; /* (members, dim) */
	size_t member_room, vector_room, count;
	char *text; /* a word without escapes */
	size_t text_room;
	double *mean; /* (dim) */
	size_t known;
};

/* The vector of a word at *to, zeros where it has none. */
static enum wp_err find(struct relating *r, struct member *m, float *to, const char *where)
{
	const struct wp_embedding *e = r->embedding;
	size_t n;
	enum wp_err err = wp_grow(&r->text, &r->text_room, m->length + 1, 1, "word");
	if (!err && wp_token_unescape(m->word, m->length, r->text, &n))
		err = wp_fail(WP_ECORRUPT,
			"'%.*s': a backslash that begins no escape (%s); a backslash itself is "
			"written \\\\",
			m->length < 100 ? (int)m->length : 100, m->word, where);
	if (err)
		return err;
	int32_t id = wp_vocab_find(&e->vocab, r->text, n);
	memset(to, 0, e->dim * sizeof *to);
	if (id >= 0 && (r->params->top == 0 || (size_t)id < r->params->top)) {
		m->known = true;
		memcpy(to, e->vector + (size_t)id * e->dim, e->dim * sizeof *to);
	} else {
		m->known = e->ngrams.count > 0 &&
			wp_char_ngrams_compose(&e->ngrams, r->text, n, to);
	}
	if (!m->known && r->params->unknown)
		r->params->unknown(r->params->arg, m->word, m->length);
	return WP_OK;
}

static double dot(const float *a, const float *b, size_t dim)
{
	double sum = 0;
	for (size_t k = 0; k < dim; k++)
		sum += (double)a[k] * b[k];
	return sum;
}

static enum wp_err put_word(struct relating *r, const struct member *m, bool first)
{
	enum wp_err err = first ? WP_OK : wp_output_write(r->output, "\t", 1);
	bool breaks = false; /* the table, as only operands can */
	for (size_t i = 0; i < m->length; i++)
		breaks = breaks || (unsigned char)m->word[i] < ' ';
	if (err || !breaks)
		return err ? err : wp_output_write(r->output, m->word, m->length);
	err = wp_grow(&r->text, &r->text_room, m->length * WP_ESCAPE_GROWTH, 1, "word");
	return err ? err
		   : wp_output_write(
			     r->output, r->text, wp_token_escape(m->word, m->length, r->text));
}

static enum wp_err answer_pair(struct relating *r)
{
	size_t dim = r->embedding->dim;
	const float *a = r->vector, *b = r->vector + dim;
	double score = dot(a, b, dim);
	enum wp_err err = put_word(r, &r->member[0], true);
	if (!err)
		err = put_word(r, &r->member[1], false);
	if (r->params->similarity == WP_COSINE) {
		double lengths = sqrt(dot(a, a, dim)) * sqrt(dot(b, b, dim));
		score = lengths > 0 ? score / lengths : 0;
	}
	if (!err && r->member[0].known && r->member[1].known) {
		r->known++;
		err = wp_output_printf(r->output, "\t%.4f", score);
	}
	return err;
}

/* Known ones first, and of these the farthest off; otherwise in the order of the question. */
static int compare(const void *a, const void *b)
{
	const struct member *x = a, *y = b;
	if (x->known != y->known)
		return x->known ? -1 : 1;
	if (x->known && x->score != y->score)
		return x->score < y->score ? -1 : 1;
	return x->place < y->place ? -1 : x->place > y->place;
}

static enum wp_err answer_odd(struct relating *r)
{
	size_t dim = r->embedding->dim, known = 0;
	double length = 0;
	enum wp_err err = WP_OK;
	memset(r->mean, 0, dim * sizeof *r->mean);
	for (size_t i = 0; i < r->count; i++) {
		float *v = r->vector + i * dim;
		double own = sqrt(dot(v, v, dim));
		known += r->member[i].known;
		for (size_t k = 0; k < dim && own > 0; k++) {
			v[k] = (float)(v[k] / own);
			r->mean[k] += (double)v[k];
		}
	}
	for (size_t k = 0; k < dim; k++)
		length += r->mean[k] * r->mean[k];
	for (size_t i = 0; i < r->count; i++) {
		double sum = 0;
		for (size_t k = 0; k < dim; k++)
			sum += r->mean[k] * (double)r->vector[i * dim + k];
		r->member[i].score = length > 0 && known >= 3 ? sum / sqrt(length) : 0;
	}
	qsort(r->member, r->count, sizeof *r->member, compare);
	bool asked = known >= 3;
	r->known += asked;
	for (size_t i = 0; i < r->count && !err; i++) {
		err = put_word(r, &r->member[i], i == 0);
		if (!err && asked && r->member[i].known)
			err = wp_output_printf(r->output, "\t%.4f", r->member[i].score);
	}
	return err;
}

static enum wp_err add(struct relating *r, const char *word, size_t length)
{
	size_t n = r->count + 1;
	enum wp_err err = wp_grow(&r->member, &r->member_room, n, sizeof *r->member, "words");
	if (!err)
		r->member[r->count] =
			(struct member){.word = word, .length = length, .place = r->count};
	r->count += !err;
	return err;
}

/* Answer the words that were added. */
static enum wp_err answer(struct relating *r, const char *where)
{
	size_t dim = r->embedding->dim;
	bool pair = r->params->relation == WP_RELATE_PAIR;
	if (r->count == 0) /* an empty line has an empty row */
		return wp_output_write(r->output, "\n", 1);
	if (pair ? r->count != 2 : r->count < 3)
		return wp_fail(WP_ECORRUPT, "%zu words where %s were expected (%s)", r->count,
			pair ? "2" : "3 or more", where);
	enum wp_err err = wp_grow(
		&r->vector, &r->vector_room, r->count * dim, sizeof *r->vector, "vectors");
	for (size_t i = 0; i < r->count && !err; i++)
		err = find(r, &r->member[i], r->vector + i * dim, where);
	if (!err)
		err = pair ? answer_pair(r) : answer_odd(r);
	r->count = 0;
	return err ? err : wp_output_write(r->output, "\n", 1);
}

static enum wp_err answer_lines(struct relating *r, struct wp_input *input)
{
	struct wp_lines lines = {.input = input};
	const char *line, *word;
	size_t length, n;
	enum wp_err err;
	while (!(err = wp_lines_next(&lines, &line, &length))) {
		char where[32];
		const char *end = line + wp_line_trim(line, length);
		snprintf(where, sizeof where, "line %" PRIu64, lines.number);
		while (!err && (n = wp_line_field(&line, end, &word)) > 0)
			err = add(r, word, n);
		if (!err)
			err = answer(r, where);
		if (!err && !wp_lines_ready(&lines))
			err = wp_output_flush(r->output);
		if (err)
			return err;
	}
	return err == WP_END ? WP_OK : err;
}

enum wp_err wp_relate_ask(const struct wp_embedding *embedding,
	const struct wp_relate_params *params, const char *const *word, size_t words,
	struct wp_output *output, size_t *known)
{
	struct relating r = {.embedding = embedding, .params = params, .output = output};
	struct wp_input *input = NULL;
	enum wp_err err = wp_alloc(&r.mean, embedding->dim, sizeof *r.mean, "a vector");
	for (size_t i = 0; i < words && !err; i++) {
		err = add(&r, word[i], strlen(word[i]));
		if (!err && (params->relation == WP_RELATE_PAIR ? i % 2 == 1 : i + 1 == words))
			err = answer(&r, "operands");
	}
	if (!err && words == 0)
		err = wp_input_open_text(&input, NULL);
	if (!err && words == 0)
		err = answer_lines(&r, input);
	wp_input_close(input);
	*known = r.known;
	free(r.member);
	free(r.vector);
	free(r.text);
	free(r.mean);
	return err;
}
