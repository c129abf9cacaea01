#include "embed/char_ngrams_fit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"

void wp_char_ngrams_default(struct wp_char_ngrams_config *config)
{
	*config = (struct wp_char_ngrams_config){.shortest = 3,
		.longest = 6,
		.words = 3,
		.ridge = 1,
		.tolerance = 0.01,
		.iterations = 25,
		.threads = 1};
}

enum wp_err wp_char_ngrams_config_check(const struct wp_char_ngrams_config *c)
{
	enum wp_err err = wp_char_ngrams_check(c->shortest, c->longest);
	if (err)
		return err;
	if (!(c->ridge > 0 && isfinite(c->ridge)))
		return wp_fail(WP_EINVAL, "ridge %g is not above 0", c->ridge);
	if (c->iterations < 1 || c->threads < 1 || c->words < 1)
		return wp_fail(WP_EINVAL, "iterations, threads and words are at least 1");
	return WP_OK;
}

/* F by rows and by columns: the cells of row i are all 1 / sqrt(how many). */
struct fit {
	size_t words, ngrams, dim, cells;
	size_t *row, *column; /* (words + 1), (ngrams + 1): where they begin */
	uint32_t *in_row;     /* (cells): n-grams, by word */
	uint32_t *in_column;  /* (cells): words, by n-gram */
	float *scale;         /* (words) */
	double ridge;
	int threads;
	float *x, *r, *p,
		*ap;       /* (words, dim): solution, residual, direction, matrix times it */
	float *t;          /* (ngrams, dim): F' of something */
	const float *from; /* what F' is taken of */
	double *alpha, *beta, *rho; /* (dim) */
	double *partial;            /* (blocks, dim): sums of blocks of rows */
};

enum { BLOCK = 1024 };

static size_t blocks(size_t rows)
{
	return (rows + BLOCK - 1) / BLOCK;
}

/* t = F' from */
static enum wp_err transpose_part(int thread, void *arg)
{
	struct fit *f = arg;
	size_t d = f->dim;
	for (size_t b = (size_t)thread; b < blocks(f->ngrams); b += (size_t)f->threads)
		for (size_t g = b * BLOCK; g < f->ngrams && g < (b + 1) * BLOCK; g++) {
			float *to = f->t + g * d;
			memset(to, 0, d * sizeof *to);
			for (size_t c = f->column[g]; c < f->column[g + 1]; c++) {
				const float *from = f->from + f->in_column[c] * d;
				float scale = f->scale[f->in_column[c]];
				for (size_t j = 0; j < d; j++)
					to[j] += scale * from[j];
			}
		}
	return WP_OK;
}

/* ap = F t + ridge p, and the sums of p ap of each column in blocks. */
static enum wp_err multiply_part(int thread, void *arg)
{
	struct fit *f = arg;
	size_t d = f->dim;
	for (size_t b = (size_t)thread; b < blocks(f->words); b += (size_t)f->threads) {
		double *sum = f->partial + b * d;
		memset(sum, 0, d * sizeof *sum);
		for (size_t i = b * BLOCK; i < f->words && i < (b + 1) * BLOCK; i++) {
			float *to = f->ap + i * d;
			const float *p = f->p + i * d;
			memset(to, 0, d * sizeof *to);
			for (size_t c = f->row[i]; c < f->row[i + 1]; c++) {
				const float *from = f->t + f->in_row[c] * d;
				for (size_t j = 0; j < d; j++)
					to[j] += from[j];
			}
			for (size_t j = 0; j < d; j++) {
				to[j] = f->scale[i] * to[j] + (float)f->ridge * p[j];
				sum[j] += (double)p[j] * (double)to[j];
			}
		}
	}
	return WP_OK;
}

/* x += alpha p, r -= alpha ap, and the sums of r r. */
static enum wp_err advance_part(int thread, void *arg)
{
	struct fit *f = arg;
	size_t d = f->dim;
	for (size_t b = (size_t)thread; b < blocks(f->words); b += (size_t)f->threads) {
		double *sum = f->partial + b * d;
		memset(sum, 0, d * sizeof *sum);
		for (size_t i = b * BLOCK * d; i < f->words * d && i < (b + 1) * BLOCK * d;
			i++) {
			size_t j = i % d;
			f->x[i] += (float)f->alpha[j] * f->p[i];
			f->r[i] -= (float)f->alpha[j] * f->ap[i];
			sum[j] += (double)f->r[i] * (double)f->r[i];
		}
	}
	return WP_OK;
}

/* p = r + beta p */
static enum wp_err turn_part(int thread, void *arg)
{
	struct fit *f = arg;
	size_t d = f->dim;
	for (size_t b = (size_t)thread; b < blocks(f->words); b += (size_t)f->threads)
		for (size_t i = b * BLOCK * d; i < f->words * d && i < (b + 1) * BLOCK * d; i++)
			f->p[i] = f->r[i] + (float)f->beta[i % d] * f->p[i];
	return WP_OK;
}

static double column_sum(const struct fit *f, size_t j)
{
	double sum = 0;
	for (size_t b = 0; b < blocks(f->words); b++)
		sum += f->partial[b * f->dim + j];
	return sum;
}

static enum wp_err solve(struct fit *f, const struct wp_char_ngrams_config *config,
	void (*report)(int, double, void *), void *arg)
{
	size_t d = f->dim;
	double all = 0;
	for (size_t i = 0; i < f->words * d; i++)
		f->rho[i % d] += (double)f->r[i] * (double)f->r[i];
	for (size_t j = 0; j < d; j++)
		all += f->rho[j];
	enum wp_err err = WP_OK;
	for (int k = 1; k <= config->iterations && !err; k++) {
		double left = 0;
		f->from = f->p;
		err = wp_parallel(f->threads, transpose_part, f);
		if (!err)
			err = wp_parallel(f->threads, multiply_part, f);
		for (size_t j = 0; j < d && !err; j++) {
			double curvature = column_sum(f, j);
			f->alpha[j] = curvature > 0 ? f->rho[j] / curvature : 0;
		}
		if (!err)
			err = wp_parallel(f->threads, advance_part, f);
		for (size_t j = 0; j < d && !err; j++) {
			double rho = column_sum(f, j);
			f->beta[j] = f->rho[j] > 0 ? rho / f->rho[j] : 0;
			f->rho[j] = rho;
			left += rho;
		}
		if (!err)
			err = wp_parallel(f->threads, turn_part, f);
		double residual = all > 0 ? sqrt(left / all) : 0;
		if (!err && report)
			report(k, residual, arg);
		if (residual <= config->tolerance)
			break;
	}
	f->from = f->x;
	return err ? err : wp_parallel(f->threads, transpose_part, f);
}

/* Take over the cells. */
static void fill_rows(struct fit *f, struct wp_char_ngram_rows *rows)
{
	f->row = rows->row;
	f->in_row = rows->ngram;
	f->cells = rows->row[rows->words];
	*rows = (struct wp_char_ngram_rows){0};
	for (size_t i = 0; i < f->words; i++) {
		size_t have = f->row[i + 1] - f->row[i];
		f->scale[i] = have ? 1 / sqrtf((float)have) : 0;
	}
}

static enum wp_err fill_columns(struct fit *f)
{
	enum wp_err err = wp_alloc(&f->in_column, f->cells, sizeof *f->in_column, "n-grams");
	if (err)
		return err;
	for (size_t c = 0; c < f->cells; c++)
		f->column[f->in_row[c] + 1]++;
	for (size_t g = 0; g < f->ngrams; g++)
		f->column[g + 1] += f->column[g];
	for (size_t i = 0; i < f->words; i++)
		for (size_t c = f->row[i]; c < f->row[i + 1]; c++)
			f->in_column[f->column[f->in_row[c]]++] = (uint32_t)i;
	memmove(f->column + 1, f->column, f->ngrams * sizeof *f->column);
	f->column[0] = 0;
	return WP_OK;
}

static enum wp_err prepare(struct fit *f, const struct wp_points *points)
{
	size_t n = f->words * f->dim;
	float **const matrices[] = {&f->x, &f->r, &f->p, &f->ap};
	double **const numbers[] = {&f->alpha, &f->beta, &f->rho};
	enum wp_err err = wp_alloc(&f->column, f->ngrams + 1, sizeof *f->column, "n-grams");
	if (!err)
		err = wp_alloc(&f->scale, f->words, sizeof *f->scale, "n-grams");
	for (size_t m = 0; m < 4 && !err; m++)
		err = wp_alloc(matrices[m], n, sizeof **matrices[m], "conjugate gradients");
	for (size_t m = 0; m < 3 && !err; m++)
		err = wp_alloc(numbers[m], f->dim, sizeof **numbers[m], "conjugate gradients");
	if (!err)
		err = wp_alloc(
			&f->partial, blocks(f->words) * f->dim, sizeof *f->partial, "sums");
	if (!err)
		err = wp_alloc(&f->t, f->ngrams * f->dim, sizeof *f->t, "vectors of n-grams");
	if (!err) {
		memcpy(f->r, points->vector, n * sizeof *f->r);
		memcpy(f->p, points->vector, n * sizeof *f->p);
	}
	return err;
}

static void fit_fini(struct fit *f)
{
	free(f->row);
	free(f->column);
	free(f->in_row);
	free(f->in_column);
	free(f->scale);
	free(f->x);
	free(f->r);
	free(f->p);
	free(f->ap);
	free(f->t);
	free(f->alpha);
	free(f->beta);
	free(f->rho);
	free(f->partial);
}

enum wp_err wp_char_ngrams_fit(struct wp_char_ngrams *g, const struct wp_points *points,
	const struct wp_char_ngrams_config *config, void (*report)(int, double, void *),
	void *arg)
{
	struct wp_char_ngram_rows rows = {0};
	*g = (struct wp_char_ngrams){
		.shortest = config->shortest, .longest = config->longest, .dim = points->dim};
	struct fit f = {.words = points->count,
		.dim = points->dim,
		.ridge = config->ridge,
		.threads = config->threads};
	enum wp_err err = wp_char_ngrams_config_check(config);
	if (!err && (points->vocab.count != points->count || points->count == 0))
		err = wp_fail(WP_EMISMATCH, "vectors without words have no n-grams");
	if (!err)
		err = wp_char_ngrams_choose(g, &points->vocab, config->words);
	f.ngrams = g->count;
	if (!err)
		err = prepare(&f, points);
	if (!err)
		err = wp_char_ngram_rows_init(&rows, g, &points->vocab);
	if (!err)
		fill_rows(&f, &rows);
	if (!err)
		err = fill_columns(&f);
	if (!err)
		err = solve(&f, config, report, arg);
	if (!err) {
		g->vector = g->own_vector = f.t;
		f.t = NULL;
	}
	fit_fini(&f);
	wp_char_ngram_rows_fini(&rows);
	if (err)
		wp_char_ngrams_fini(g);
	return err;
}

enum wp_err wp_char_ngrams_add(
	const struct wp_char_ngrams *g, struct wp_points *p, double share)
{
	float *vector;
	enum wp_err err = wp_alloc(&vector, g->dim, sizeof *vector, "a vector");
	for (size_t i = 0; i < p->count && !err; i++) {
		size_t length;
		const char *word = wp_strings_get(&p->vocab, i, &length);
		wp_char_ngrams_compose(g, word, length, vector);
		for (size_t j = 0; j < p->dim; j++)
			p->vector[i * p->dim + j] += (float)share * vector[j];
	}
	free(vector);
	return err;
}
