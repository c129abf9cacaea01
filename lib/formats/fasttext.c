/* Models of fastText (Bojanowski et al. 2017), version 11 and 12, little-endian:
 *
 *	i32 magic, version; 12 settings (i32, those that are looked at are named below), f64;
 *	i32 entries, words, labels; i64 tokens, pruned;
 *	for each entry its bytes and a 0, i64 count, i8: 0 for a word, 1 for a label;
 *	u8: is the input quantized?  i64 rows, columns, and the f32 of the input matrix;
 *	u8, and the output matrix.
 *
 * The input matrix has a row for each word, then one for each bucket of n-grams.  The vector of
 * a word is the mean of its own row and those of its n-grams.  The rows of the buckets are
 * passed on as they come, and added to the words that have them.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "formats/format.h"
#include "stream/bytes.h"
#include "stream/element.h"
#include "text/char_ngrams.h"

enum {
	MAGIC = 793712314,
	OLDEST = 11,
	NEWEST = 12,
	LONGEST_WORD = 1 << 20,
	MAX_DIM = 1 << 24,
	SLICE = 1 << 20 /* floats that are passed on at once, or a row */
};

/* Of the settings. */
enum { DIM, BUCKETS = 8, SHORTEST, LONGEST, SETTINGS = 12 };

/* Word `word` has the n-gram of a bucket. */
struct cell {
	uint32_t bucket, word;
};

struct model {
	struct wp_input *input;
	struct wp_strings words;
	int64_t *counts;
	size_t counts_room, dim, buckets;
	struct wp_char_ngrams ngrams;
	float *vector; /* (words, dim): sums, then means */
	size_t vector_room;
	uint32_t *parts;   /* (words): of each sum, own row included */
	struct cell *cell; /* by bucket */
	size_t cells;
	size_t slice_rows;
	float *slice;  /* (slice_rows, dim) */
	int64_t *hash; /* (slice_rows)      */
};

static enum wp_err bad(const struct model *m, enum wp_err code, const char *what)
{
	return wp_fail(code, "%s: %s (byte %" PRIu64 ")", wp_input_name(m->input), what,
		wp_input_offset(m->input));
}

static enum wp_err get(struct model *m, void *to, size_t count, size_t size)
{
	size_t got;
	enum wp_err err = wp_input_read(m->input, to, count * size, &got);
	if (!err && got < count * size)
		return bad(m, WP_ETRUNC, "the model ends here");
	if (!err && !wp_is_little_endian())
		wp_swap_bytes(to, count, size);
	return err;
}

static enum wp_err read_settings(struct model *m)
{
	int32_t head[2], setting[SETTINGS];
	double sample;
	enum wp_err err = get(m, head, 1, sizeof head[0]);
	if (err || head[0] != MAGIC)
		return err == WP_OK || err == WP_ETRUNC
			? wp_fail(WP_ECORRUPT, "%s: not a model of fastText",
				  wp_input_name(m->input))
			: err;
	err = get(m, head + 1, 1, sizeof head[0]);
	if (!err && (head[1] < OLDEST || head[1] > NEWEST))
		return wp_fail(WP_ECORRUPT,
			"%s: a model of fastText of version %d, where %d and %d can be read",
			wp_input_name(m->input), head[1], OLDEST, NEWEST);
	if (!err)
		err = get(m, setting, SETTINGS, sizeof setting[0]);
	if (!err)
		err = get(m, &sample, 1, sizeof sample);
	if (err)
		return err;
	if (setting[DIM] < 1 || setting[DIM] > MAX_DIM || setting[BUCKETS] < 0)
		return bad(m, WP_ECORRUPT, "settings that no model has");
	m->dim = (size_t)setting[DIM];
	m->buckets = setting[LONGEST] > 0 ? (size_t)setting[BUCKETS] : 0;
	m->ngrams = (struct wp_char_ngrams){.sum = WP_CHAR_NGRAMS_MEAN,
		.by = WP_CHAR_NGRAMS_FASTTEXT,
		.shortest = setting[SHORTEST] > 0 ? setting[SHORTEST] : 1,
		.longest = setting[LONGEST],
		.buckets = m->buckets,
		.count = m->buckets,
		.dim = m->dim};
	if (m->buckets > 0 && wp_char_ngrams_check(m->ngrams.shortest, m->ngrams.longest))
		return bad(m, WP_ECORRUPT, "n-grams of lengths that no model has");
	return WP_OK;
}

/* The bytes of an entry, up to its 0. */
static enum wp_err read_word(struct model *m, const char **word, size_t *length)
{
	size_t have = 0, seen;
	do {
		seen = have;
		enum wp_err err = wp_input_peek(m->input, seen + 1, word, &have);
		if (err)
			return err;
		const char *end = have > seen ? memchr(*word + seen, 0, have - seen) : NULL;
		if (end && end - *word <= LONGEST_WORD) {
			*length = (size_t)(end - *word);
			return WP_OK;
		}
	} while (have > seen && have <= LONGEST_WORD);
	return have > seen ? bad(m, WP_ECORRUPT, "no word ends here")
			   : bad(m, WP_ETRUNC, "the model ends in a word");
}

static enum wp_err read_entry(struct model *m, int32_t i, int32_t words, size_t top)
{
	const char *word;
	size_t length = 0;
	int64_t count;
	int8_t type;
	enum wp_err err = read_word(m, &word, &length);
	bool kept = i < words && (size_t)i < top;
	if (!err && kept)
		err = wp_strings_add(&m->words, word, length);
	if (err)
		return err;
	wp_input_skip(m->input, length + 1);
	if ((err = get(m, &count, 1, sizeof count)) || (err = get(m, &type, 1, 1)))
		return err;
	if (count < 0 || type != (i >= words))
		return bad(m, WP_ECORRUPT, "an entry that no dictionary has");
	if (!kept)
		return WP_OK;
	err = wp_grow(&m->counts, &m->counts_room, (size_t)i + 1, sizeof count, "counts");
	if (!err)
		m->counts[i] = count;
	return err;
}

static enum wp_err read_dictionary(
	struct model *m, const struct wp_format_job *job, int32_t *words)
{
	int32_t size[3];
	int64_t tokens[2];
	enum wp_err err = get(m, size, 3, sizeof size[0]);
	if (!err)
		err = get(m, tokens, 2, sizeof tokens[0]);
	if (err)
		return err;
	*words = size[1];
	if (size[0] < 0 || size[1] < 0 || size[2] < 0 || (int64_t)size[1] + size[2] != size[0])
		return bad(m, WP_ECORRUPT, "a dictionary of sizes that do not add up");
	if (size[1] == 0)
		return wp_fail(
			WP_EMISMATCH, "%s: a model without words", wp_input_name(m->input));
	size_t top = wp_format_rows(job, (uint64_t)size[1]);
	for (int32_t i = 0; i < size[0] && !err; i++)
		err = read_entry(m, i, size[1], top);
	uint8_t quantized = 0;
	if (!err && tokens[1] <= 0)
		err = get(m, &quantized, 1, 1);
	if (!err && (tokens[1] > 0 || quantized))
		err = wp_fail(WP_EMISMATCH,
			"%s: a quantized model has no whole vectors; read the .bin that it was made "
			"from",
			wp_input_name(m->input));
	return err;
}

static enum wp_err read_matrix_head(struct model *m, uint64_t rows)
{
	int64_t shape[2];
	enum wp_err err = get(m, shape, 2, sizeof shape[0]);
	if (!err && (shape[0] < 0 || (uint64_t)shape[0] != rows || shape[1] != (int64_t)m->dim))
		err = bad(m, WP_ECORRUPT, "a matrix that does not fit words and buckets");
	return err;
}

/* The words' own rows; those beyond the words that are kept are passed over. */
static enum wp_err read_own_rows(struct model *m, size_t words)
{
	enum wp_err err = WP_OK;
	for (size_t i = 0; i < words && !err; i++) {
		float *row = m->slice;
		if (i < m->words.count) {
			size_t end;
			if (!wp_mulsize(i + 1, m->dim, &end))
				return wp_fail(WP_ENOMEM, "more than can be addressed");
			err = wp_grow(&m->vector, &m->vector_room, end, sizeof *m->vector,
				"word vectors");
			row = err ? NULL : m->vector + i * m->dim;
		}
		if (!err)
			err = get(m, row, m->dim, sizeof *row);
	}
	return err;
}

static int by_bucket(const void *a, const void *b)
{
	const struct cell *x = a, *y = b;
	if (x->bucket != y->bucket)
		return x->bucket < y->bucket ? -1 : 1;
	return x->word < y->word ? -1 : x->word > y->word;
}

static enum wp_err find_parts(struct model *m)
{
	struct wp_char_ngram_rows rows = {0};
	size_t words = m->words.count;
	enum wp_err err = wp_alloc(&m->parts, words, sizeof *m->parts, "n-grams");
	if (!err && m->buckets > 0)
		err = wp_char_ngram_rows_init(&rows, &m->ngrams, &m->words);
	if (!err && m->buckets > 0) {
		m->cells = rows.row[words];
		err = wp_alloc(&m->cell, m->cells + 1, sizeof *m->cell, "n-grams");
	}
	for (size_t i = 0; i < words && !err; i++) {
		m->parts[i] = 1;
		for (size_t k = rows.row ? rows.row[i] : 0; rows.row && k < rows.row[i + 1];
			k++) {
			m->cell[k] = (struct cell){rows.ngram[k], (uint32_t)i};
			m->parts[i]++;
		}
	}
	if (!err && m->cells > 0)
		qsort(m->cell, m->cells, sizeof *m->cell, by_bucket);
	wp_char_ngram_rows_fini(&rows);
	return err;
}

static void add_to_words(struct model *m, size_t bucket, const float *row, size_t *next)
{
	for (; *next < m->cells && m->cell[*next].bucket == bucket; ++*next) {
		float *to = m->vector + m->cell[*next].word * m->dim;
		for (size_t k = 0; k < m->dim; k++)
			to[k] += row[k];
	}
}

static enum wp_err pass_buckets(struct model *m, struct wp_writer *writer)
{
	size_t next = 0;
	enum wp_err err = wp_char_ngrams_put_settings(&m->ngrams, writer);
	for (size_t begin = 0; begin < m->buckets && !err; begin += m->slice_rows) {
		size_t left = m->buckets - begin,
		       rows = left < m->slice_rows ? left : m->slice_rows;
		bool more = begin + rows < m->buckets;
		err = get(m, m->slice, rows * m->dim, sizeof *m->slice);
		for (size_t r = 0; r < rows && !err; r++) {
			m->hash[r] = (int64_t)(begin + r);
			add_to_words(m, begin + r, m->slice + r * m->dim, &next);
		}
		struct wp_tensor hash = wp_tensor_1d("charngram.hash", WP_I64, rows);
		struct wp_tensor vector =
			wp_tensor_2d("charngram.vector", WP_F32, rows, m->dim);
		hash.more = vector.more = more;
		if (!err)
			err = wp_check_finite(wp_input_name(m->input), &vector, m->slice);
		if (!err)
			err = wp_writer_put(writer, &hash, m->hash);
		if (!err)
			err = wp_writer_put(writer, &vector, m->slice);
	}
	return err;
}

static enum wp_err put_words(
	struct model *m, struct wp_writer *writer, struct wp_format_job *job)
{
	struct wp_tensor vectors = wp_tensor_2d("embedding", WP_F32, m->words.count, m->dim);
	struct wp_tensor counts = wp_tensor_1d("counts", WP_I64, m->words.count);
	for (size_t i = 0; i < m->words.count; i++)
		for (size_t k = 0; k < m->dim; k++)
			m->vector[i * m->dim + k] /= (float)m->parts[i];
	struct wp_strings *given = job->words;
	job->words = &m->words;
	enum wp_err err =
		wp_format_put(writer, job, &vectors, m->vector, wp_input_name(m->input));
	job->words = given;
	return err ? err : wp_writer_put(writer, &counts, m->counts);
}

static enum wp_err read_model(
	struct model *m, struct wp_writer *writer, struct wp_format_job *job)
{
	int32_t words = 0;
	enum wp_err err = read_settings(m);
	if (!err)
		err = read_dictionary(m, job, &words);
	if (!err)
		err = read_matrix_head(m, (uint64_t)words + m->buckets);
	if (!err)
		err = wp_format_check_words(&m->words, wp_input_name(m->input));
	if (err)
		return err;
	m->slice_rows = m->dim < SLICE ? SLICE / m->dim : 1;
	if (!err)
		err = wp_alloc(&m->slice, m->slice_rows * m->dim, sizeof *m->slice, "vectors");
	if (!err)
		err = wp_alloc(&m->hash, m->slice_rows, sizeof *m->hash, "n-grams");
	if (!err)
		err = read_own_rows(m, (size_t)words);
	if (!err)
		err = find_parts(m);
	if (!err && m->buckets > 0)
		err = pass_buckets(m, writer);
	if (!err)
		err = put_words(m, writer, job);
	snprintf(job->report, sizeof job->report,
		"%zu words, %zu buckets of n-grams, %zu columns", m->words.count, m->buckets,
		m->dim);
	return err;
}

static enum wp_err read_format(
	struct wp_writer *writer, struct wp_input *input, struct wp_format_job *job)
{
	struct model m = {.input = input};
	enum wp_err err = read_model(&m, writer, job);
	wp_strings_fini(&m.words);
	free(m.counts);
	free(m.vector);
	free(m.parts);
	free(m.cell);
	free(m.slice);
	free(m.hash);
	return err;
}

const struct wp_format wp_format_fasttext = {
	.name = "fasttext",
	.is_binary = true,
	.read = read_format,
};
