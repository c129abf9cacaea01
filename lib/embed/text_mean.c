#include "embed/text_mean.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/spool.h"
#include "embed/text_rows.h"
#include "math/blas.h"
#include "math/lapack.h"
#include "math/pca.h"
#include "text/id_stream.h"

/* What a word of the text is: where its vector is, and what it weighs. */
struct word {
	const float *vector; /* NULL: it has none */
	double weight;
	bool special;
};

struct means {
	struct wp_text_model *model;
	const struct wp_embedding *embedding;
	struct wp_text_rows rows;
	struct word *word; /* by id */
	float *composed;   /* vectors of words that the embedding lacks */
	double *sum;       /* of the text that is being read ...      */
	uint64_t known;    /* ... of so many words                    */
	/* While components are learnt: the rows so far, and their matrix of products. */
	struct wp_spool *aside;
	double *products; /* (dim, dim) */
	double *wide;     /* a block of rows */
};

/* ---- Words ---- */

static double weight(const struct means *m, double tokens, const char *word, size_t length)
{
	int32_t id = tokens > 0 ? wp_vocab_find(&m->model->words, word, length) : -1;
	double a = m->model->config.half_weight;
	double p = id >= 0 ? (double)m->model->words.counts[id] / tokens : 0;
	return a / (a + p);
}

static enum wp_err take_vocab(void *arg, const struct wp_strings *vocab)
{
	struct means *m = arg;
	const struct wp_embedding *e = m->embedding;
	bool sif = m->model->config.method == WP_TEXT_SIF;
	double tokens = 0;
	size_t composed = 0;
	for (size_t i = 0; sif && i < m->model->words.tokens.count; i++)
		tokens += (double)m->model->words.counts[i];
	enum wp_err err = wp_alloc(&m->word, vocab->count, sizeof *m->word, "words");
	for (size_t i = 0; i < vocab->count && !err && e->ngrams.count > 0; i++) {
		size_t length;
		const char *word = wp_strings_get(vocab, i, &length);
		composed += wp_vocab_find(&e->vocab, word, length) < 0;
	}
	if (!err)
		err = wp_alloc(&m->composed, composed * e->dim, sizeof(float), "unknown words");
	float *room = m->composed;
	for (size_t i = 0; i < vocab->count && !err; i++) {
		size_t length;
		const char *word = wp_strings_get(vocab, i, &length);
		struct word *w = &m->word[i];
		w->special = wp_is_special(word, length);
		if (w->special)
			continue;
		w->vector = wp_embedding_of(e, word, length, room);
		room += w->vector == room && composed > 0 ? e->dim : 0;
		w->weight = sif ? weight(m, tokens, word, length) : 1;
	}
	return err;
}

static enum wp_err end_text(struct means *m)
{
	float *vector;
	enum wp_err err = wp_text_rows_next(&m->rows, &vector);
	for (size_t k = 0; k < m->rows.dim && m->known > 0 && !err; k++)
		vector[k] = (float)(m->sum[k] / (double)m->known);
	m->rows.tally.empty += m->known == 0;
	m->known = 0;
	memset(m->sum, 0, m->rows.dim * sizeof *m->sum);
	return err;
}

static enum wp_err take_ids(void *arg, const int32_t *ids, size_t n, bool ends)
{
	struct means *m = arg;
	for (size_t i = 0; i < n; i++) {
		const struct word *w = &m->word[ids[i]];
		m->rows.tally.tokens += !w->special;
		m->rows.tally.unknown += !w->special && !w->vector;
		if (!w->vector)
			continue;
		m->known++;
		for (size_t k = 0; k < m->rows.dim; k++)
			m->sum[k] += w->weight * (double)w->vector[k];
	}
	return ends ? end_text(m) : WP_OK;
}

static enum wp_err pass_on(void *arg, struct wp_reader *reader, const struct wp_tensor *tensor)
{
	const struct wp_text_output *out = ((struct means *)arg)->rows.out;
	return out->other ? out->other(out->arg, reader, tensor) : WP_OK;
}

/* ---- Components ---- */

/* Take the components from each row of a block. */
static void remove_components(const struct wp_text_model *model, float *block, size_t rows)
{
	size_t dim = model->dim;
	for (size_t i = 0; i < rows; i++)
		for (int r = 0; r < model->config.components; r++) {
			const float *u = model->component + (size_t)r * dim;
			float *v = block + i * dim;
			double dot = 0;
			for (size_t k = 0; k < dim; k++)
				dot += (double)u[k] * v[k];
			for (size_t k = 0; k < dim; k++)
				v[k] = (float)(v[k] - dot * u[k]);
		}
}

static enum wp_err full(void *arg, float *block, size_t *used)
{
	struct means *m = arg;
	size_t dim = m->rows.dim;
	if (!m->aside) {
		if (m->model->component)
			remove_components(m->model, block, *used);
		return WP_OK;
	}
	for (size_t i = 0; i < *used * dim; i++)
		m->wide[i] = (double)block[i];
	wp_dgemm_tn(dim, dim, *used, 1, m->wide, dim, m->wide, dim, 1, m->products, dim);
	enum wp_err err = wp_spool_append(m->aside, block, *used * dim * sizeof *block);
	*used = 0;
	return err;
}

static enum wp_err begin_learning(struct means *m)
{
	size_t dim = m->rows.dim;
	enum wp_err err = wp_spool_create(&m->aside, m->rows.out->memory, m->rows.out->tmpdir);
	if (!err)
		err = wp_alloc(&m->products, dim * dim, sizeof *m->products, "products");
	if (!err)
		err = wp_alloc(
			&m->wide, m->rows.room * dim, sizeof *m->wide, "vectors of texts");
	return err;
}

/* The eigenvectors of X' X of the largest eigenvalues.  The element of largest size in each is
 * positive. */
static enum wp_err find_components(struct means *m)
{
	size_t dim = m->rows.dim, wanted = (size_t)m->model->config.components;
	double *value;
	enum wp_err err = wp_alloc(&value, dim, sizeof *value, "components");
	if (!err)
		err = wp_eigen_symmetric(dim, m->products, value);
	free(value);
	if (!err)
		err = wp_alloc(&m->model->component, wanted * dim, sizeof(float), "components");
	for (size_t r = 0; r < wanted && !err; r++) {
		const double *u = m->products + (dim - 1 - r) * dim;
		size_t most = 0;
		for (size_t k = 1; k < dim; k++)
			most = fabs(u[k]) > fabs(u[most]) ? k : most;
		for (size_t k = 0; k < dim; k++)
			m->model->component[r * dim + k] = (float)(u[most] < 0 ? -u[k] : u[k]);
	}
	m->model->dim = dim;
	return err;
}

/* All texts have been put aside: learn, and write them. */
static enum wp_err learn(struct means *m)
{
	struct wp_spool *aside = m->aside;
	enum wp_err err = wp_text_rows_flush(&m->rows);
	if (!err)
		err = find_components(m);
	m->aside = NULL;
	uint64_t texts = m->rows.tally.texts;
	for (uint64_t i = 0; i < texts && !err; i++) {
		float *vector;
		size_t got;
		err = wp_text_rows_next(&m->rows, &vector);
		if (!err)
			err = wp_spool_read(aside, vector, m->rows.dim * sizeof *vector, &got);
	}
	m->rows.tally.texts = texts;
	wp_spool_free(aside);
	return err;
}

static enum wp_err check(const struct wp_text_model *model, const struct wp_embedding *e)
{
	if (model->component && model->dim != e->dim)
		return wp_fail(WP_EMISMATCH,
			"components of %zu numbers were learnt, but the vectors have %zu: they are "
			"others than those of then",
			model->dim, e->dim);
	if (model->config.method == WP_TEXT_SIF && model->config.components > 0 &&
		e->dim > WP_PCA_MAX_DIM)
		return wp_fail(WP_EMISMATCH,
			"components of vectors of %zu numbers: at most %d are possible", e->dim,
			WP_PCA_MAX_DIM);
	if (model->config.method == WP_TEXT_SIF && (size_t)model->config.components > e->dim)
		return wp_fail(WP_EMISMATCH, "%d components of vectors of %zu numbers",
			model->config.components, e->dim);
	return WP_OK;
}

enum wp_err wp_text_means_put(struct wp_text_model *model, const struct wp_embedding *embedding,
	struct wp_reader *reader, const struct wp_text_output *out, struct wp_text_tally *tally)
{
	struct means m = {.model = model, .embedding = embedding};
	const struct wp_id_stream_handler handler = {
		.arg = &m, .vocab = take_vocab, .ids = take_ids, .other = pass_on};
	struct wp_id_stream text = {0};
	enum wp_err err = check(model, embedding);
	if (!err)
		err = wp_text_rows_init(&m.rows, out, embedding->dim);
	m.rows.full = full;
	m.rows.arg = &m;
	if (!err)
		err = wp_alloc(&m.sum, embedding->dim, sizeof *m.sum, "a vector");
	if (!err && model->config.method == WP_TEXT_SIF && model->config.components > 0 &&
		!model->component)
		err = begin_learning(&m);
	if (!err)
		err = wp_id_stream_read(&text, reader, &handler);
	if (!err && m.aside)
		err = learn(&m);
	if (!err)
		err = wp_text_rows_end(&m.rows);
	*tally = m.rows.tally;
	wp_id_stream_fini(&text);
	wp_text_rows_fini(&m.rows);
	wp_spool_free(m.aside);
	free(m.word);
	free(m.composed);
	free(m.sum);
	free(m.products);
	free(m.wide);
	return err;
}
