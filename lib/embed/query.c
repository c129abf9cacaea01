#include "embed/query.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "stream/lines.h"
#include "text/number.h"
#include "text/token_text.h"
#include "text/utf8.h"

enum {
	MAX_BATCH = 1024,      /* queries answered together                  */
	MAX_MATCHES = 1 << 20, /* and matches, of which one query may have more */
	MANY = 24,             /* questions, for which it pays to make codes of the rows */
	NOT_ASKED = -1
};

struct wp_queries {
	const struct wp_embedding *embedding;
	struct wp_query_params params;
	struct wp_rows rows;
	size_t known;
	size_t batch;             /* queries answered together                                */
	size_t words;             /* of a query's row: 1 or 3                                 */
	struct wp_strings fields; /* of the batch's rows, `words` of each                     */
	int32_t *asked;           /* (batch): which question a row is, or NOT_ASKED       */
	size_t count;             /* rows in the batch                                        */
	size_t questions;
	size_t answered;            /* questions so far */
	float *vector;              /* (batch, dim), for words and vectors */
	int32_t *exclude;           /* (batch) */
	struct wp_analogy *analogy; /* (batch) */
	struct wp_match *match;     /* (batch, k) */
	const char **split;         /* fields of a line */
	size_t *split_length;
	char *text; /* unescaped word, or escaped ones */
	size_t text_room;
};

enum wp_err wp_queries_create(struct wp_queries **queries, const struct wp_embedding *embedding,
	const struct wp_query_params *params)
{
	struct wp_queries *q;
	enum wp_err err = wp_alloc(&q, 1, sizeof *q, "queries");
	*queries = q;
	if (err)
		return err;
	size_t count = embedding->count;
	if (params->top && params->top < count)
		count = params->top;
	q->embedding = embedding;
	q->params = *params;
	if (q->params.k > count)
		q->params.k = count;
	q->batch = MAX_BATCH;
	while (q->batch > 1 && q->batch * q->params.k > MAX_MATCHES)
		q->batch /= 2;
	q->words = params->kind == WP_QUERY_ANALOGY ? 3 : 1;
	err = wp_rows_init(&q->rows, embedding->vector, count, embedding->dim,
		params->similarity, embedding->square);
	if (!err)
		err = wp_alloc(&q->asked, q->batch, sizeof *q->asked, "queries");
	if (!err && params->kind == WP_QUERY_ANALOGY)
		err = wp_alloc(&q->analogy, q->batch, sizeof *q->analogy, "queries");
	else if (!err)
		err = wp_alloc(&q->vector, q->batch * embedding->dim, sizeof(float), "queries");
	if (!err)
		err = wp_alloc(&q->exclude, q->batch, sizeof *q->exclude, "queries");
	if (!err)
		err = wp_alloc(&q->match, q->batch * q->params.k, sizeof *q->match, "matches");
	if (!err)
		err = wp_alloc(&q->split, embedding->dim + 3, sizeof *q->split, "fields");
	if (!err)
		err = wp_alloc(&q->split_length, embedding->dim + 3, sizeof *q->split_length,
			"fields");
	if (err) {
		wp_queries_free(q);
		*queries = NULL;
	}
	return err;
}

void wp_queries_free(struct wp_queries *q)
{
	if (!q)
		return;
	wp_rows_fini(&q->rows);
	wp_strings_fini(&q->fields);
	free(q->asked);
	free(q->vector);
	free(q->exclude);
	free(q->analogy);
	free(q->match);
	free(q->split);
	free(q->split_length);
	free(q->text);
	free(q);
}

size_t wp_queries_known(const struct wp_queries *q)
{
	return q->known;
}

/* The row of a word in escaped form, or WP_NO_ROW.  *composed, where that is asked for: whether
 * q->vector has for the next question a vector made of n-grams. */
static enum wp_err find_word(struct wp_queries *q, const char *word, size_t length,
	const char *where, int32_t *row, bool *composed)
{
	const struct wp_embedding *e = q->embedding;
	size_t n;
	enum wp_err err = wp_grow(&q->text, &q->text_room, length + 1, 1, "word");
	if (!err && wp_token_unescape(word, length, q->text, &n))
		err = wp_fail(WP_ECORRUPT,
			"'%.*s': a backslash that begins no escape (%s); a backslash itself is "
			"written \\\\",
			length < 100 ? (int)length : 100, word, where);
	if (err)
		return err;
	*row = wp_vocab_find(&e->vocab, q->text, n);
	if ((size_t)*row >= q->rows.count) /* also where it is negative */
		*row = WP_NO_ROW;
	if (q->vector && *row == WP_NO_ROW && e->ngrams.count > 0)
		*composed = wp_char_ngrams_compose(
			&e->ngrams, q->text, n, q->vector + q->questions * e->dim);
	if (*row == WP_NO_ROW && !*composed && q->params.unknown)
		q->params.unknown(q->params.arg, word, length);
	return WP_OK;
}

static enum wp_err add_words(
	struct wp_queries *q, const char *const *field, const size_t *length, const char *where)
{
	int32_t row[3];
	bool known = true, composed = false;
	for (size_t i = 0; i < q->words; i++) {
		enum wp_err err = find_word(q, field[i], length[i], where, &row[i], &composed);
		if (!err)
			err = wp_strings_add(&q->fields, field[i], length[i]);
		if (err)
			return err;
		known = known && (row[i] != WP_NO_ROW || composed);
	}
	q->asked[q->count++] = known ? (int32_t)q->questions : NOT_ASKED;
	if (!known)
		return WP_OK;
	size_t n = q->questions++;
	if (q->analogy) {
		q->analogy[n] = (struct wp_analogy){row[0], row[1], row[2]};
	} else {
		size_t dim = q->embedding->dim;
		if (!composed)
			memcpy(q->vector + n * dim, q->embedding->vector + (size_t)row[0] * dim,
				dim * sizeof(float));
		q->exclude[n] = row[0];
	}
	return WP_OK;
}

static enum wp_err add_vector(struct wp_queries *q, const char *const *field,
	const size_t *length, size_t fields, const char *where)
{
	size_t dim = q->embedding->dim;
	bool labelled = fields == dim + 1;
	if (!labelled && fields != dim)
		return wp_fail(WP_ECORRUPT, "%zu%s numbers where %zu were expected (%s)",
			fields, fields > dim + 1 ? " or more" : "", dim, where);
	float *vector = q->vector + q->questions * dim;
	for (size_t i = 0; i < dim; i++) {
		const char *text = field[i + labelled];
		const char *end = text + length[i + labelled];
		if (wp_scan_f32(text, end, &vector[i]) != end || !isfinite(vector[i]))
			return wp_fail(WP_ECORRUPT, "'%.*s' is not a number (%s)",
				end - text < 100 ? (int)(end - text) : 100, text, where);
	}
	q->exclude[q->questions] = WP_NO_ROW;
	q->asked[q->count++] = (int32_t)q->questions++;
	return labelled ? wp_strings_add(&q->fields, field[0], length[0])
			: wp_strings_add(&q->fields, where, strlen(where));
}

enum wp_err wp_queries_add(struct wp_queries *q, const char *const *field, const size_t *length,
	size_t fields, const char *where)
{
	if (q->count == q->batch)
		return wp_fail(
			WP_EINVAL, "more than %zu queries at once (%s)", q->batch, where);
	if (q->params.kind == WP_QUERY_VECTOR)
		return add_vector(q, field, length, fields, where);
	if (fields != q->words)
		return wp_fail(WP_ECORRUPT, "%zu words where %zu were expected (%s)", fields,
			q->words, where);
	return add_words(q, field, length, where);
}

static enum wp_err write_match(
	struct wp_queries *q, struct wp_output *output, const struct wp_match *match)
{
	size_t length;
	const char *word =
		wp_strings_get(&q->embedding->vocab.tokens, (size_t)match->row, &length);
	enum wp_err err =
		wp_grow(&q->text, &q->text_room, length * WP_ESCAPE_GROWTH + 1, 1, "word");
	if (err)
		return err;
	int n = (int)wp_token_escape(word, length, q->text);
	return wp_output_printf(output, "\t%.*s\t%.4f", n, q->text, (double)match->score);
}

/* A word or label as it was given; a control character, which would break the table, is escaped
 * as in token text. */
static enum wp_err write_field(struct wp_output *output, const char *field, size_t length)
{
	const char *end = field + length;
	enum wp_err err = WP_OK;
	for (const char *from = field; field < end && !err; from = field) {
		char escaped[4 * WP_ESCAPE_GROWTH];
		struct wp_decoded c = {0};
		while (field < end) {
			c = wp_utf8_decode(field, end);
			if (c.code_point < ' ' || (c.code_point >= 0x7f && c.code_point < 0xa0))
				break;
			field += c.length;
		}
		err = wp_output_write(output, from, (size_t)(field - from));
		if (err || field == end)
			break;
		err = wp_output_write(
			output, escaped, wp_token_escape(field, c.length, escaped));
		field += c.length;
	}
	return err;
}

static bool same_word(const struct wp_queries *q, int32_t a, int32_t b)
{
	size_t n, m;
	if (a < 0 || b < 0)
		return false;
	const char *x = wp_strings_get(&q->embedding->vocab.tokens, (size_t)a, &n);
	const char *y = wp_strings_get(&q->embedding->vocab.tokens, (size_t)b, &m);
	return n == m && memcmp(x, y, n) == 0;
}

/* Is it one of the words of the question, in a stream that has a word twice? */
static bool is_asked_for(const struct wp_queries *q, int32_t question, int32_t row)
{
	const struct wp_analogy *a = q->analogy ? &q->analogy[question] : NULL;
	return a ? same_word(q, row, a->a) || same_word(q, row, a->b) || same_word(q, row, a->c)
		 : same_word(q, row, q->exclude[question]);
}

static enum wp_err write_row(struct wp_queries *q, struct wp_output *output, size_t row)
{
	enum wp_err err = WP_OK;
	for (size_t i = 0; i < q->words && !err; i++) {
		size_t length;
		const char *field = wp_strings_get(&q->fields, row * q->words + i, &length);
		if (i > 0)
			err = wp_output_write(output, "\t", 1);
		if (!err)
			err = write_field(output, field, length);
	}
	const struct wp_match *match = NULL;
	if (q->asked[row] != NOT_ASKED)
		match = q->match + (size_t)q->asked[row] * q->params.k;
	for (size_t i = 0; match && i < q->params.k && !err; i++)
		if (match[i].row != WP_NO_ROW && !is_asked_for(q, q->asked[row], match[i].row))
			err = write_match(q, output, &match[i]);
	return err ? err : wp_output_write(output, "\n", 1);
}

enum wp_err wp_queries_answer(struct wp_queries *q, struct wp_output *output)
{
	enum wp_err err = WP_OK;
	q->answered += q->questions;
	if (!q->analogy && q->answered >= MANY)
		err = wp_rows_screen(&q->rows, q->params.threads);
	if (!err && q->analogy)
		err = wp_analogies(&q->rows, q->analogy, q->questions, q->params.method, NULL,
			q->params.k, q->params.threads, q->match);
	else if (!err)
		err = wp_nearest(&q->rows, q->vector, q->questions, q->exclude, q->params.k,
			q->params.threads, q->match);
	for (size_t i = 0; i < q->count && !err; i++)
		err = write_row(q, output, i);
	q->known += q->questions;
	q->count = q->questions = 0;
	q->fields.count = 0;
	return err;
}

/* Cut a line into at most dim + 2 fields; for a single word the line is the field, so that a
 * word with a space in it can also be written as it is. */
static size_t split_line(struct wp_queries *q, const char *line, size_t length)
{
	const char *end = line + length;
	size_t n = 0;
	if (q->params.kind == WP_QUERY_WORD) {
		q->split[0] = line;
		q->split_length[0] = length;
		return 1;
	}
	size_t most = q->embedding->dim + 2;
	while (n < most && (q->split_length[n] = wp_line_field(&line, end, &q->split[n])) > 0)
		n++;
	return n;
}

enum wp_err wp_queries_run(
	struct wp_queries *q, struct wp_input *input, struct wp_output *output)
{
	struct wp_lines lines = {.input = input};
	const char *line;
	size_t length;
	enum wp_err err;
	while (!(err = wp_lines_next(&lines, &line, &length))) {
		char where[32];
		snprintf(where, sizeof where, "line %" PRIu64, lines.number);
		size_t n = split_line(q, line, wp_line_trim(line, length));
		err = wp_queries_add(q, q->split, q->split_length, n, where);
		bool ready = wp_lines_ready(&lines);
		if (!err && (q->count == q->batch || !ready))
			err = wp_queries_answer(q, output);
		if (!err && !ready)
			err = wp_output_flush(output);
		if (err)
			return err;
	}
	return err == WP_END ? wp_queries_answer(q, output) : err;
}

static enum wp_err answer_words(struct wp_queries *q, const char *const *word, size_t words,
	size_t fields, struct wp_output *output)
{
	enum { MOST = 3 };
	size_t length[MOST];
	enum wp_err err = WP_OK;
	for (size_t i = 0; i + fields <= words && !err; i += fields) {
		for (size_t k = 0; k < fields && k < MOST; k++)
			length[k] = strlen(word[i + k]);
		err = wp_queries_add(
			q, word + i, length, fields, fields > 1 ? "operands" : "operand");
		if (!err)
			err = wp_queries_answer(q, output);
	}
	return err;
}

static enum wp_err answer_lines(struct wp_queries *q, struct wp_output *output)
{
	struct wp_input *input;
	enum wp_err err = wp_input_open_text(&input, NULL);
	if (err)
		return err;
	err = wp_queries_run(q, input, output);
	wp_input_close(input);
	return err;
}

enum wp_err wp_queries_ask(const struct wp_embedding *embedding,
	const struct wp_query_params *params, const char *const *word, size_t words,
	size_t fields, struct wp_output *output, size_t *known)
{
	struct wp_queries *q;
	enum wp_err err = wp_queries_create(&q, embedding, params);
	if (err)
		return err;
	err = words > 0 ? answer_words(q, word, words, fields, output)
			: answer_lines(q, output);
	*known = wp_queries_known(q);
	wp_queries_free(q);
	return err;
}
