#include "embed/char_ngrams.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "stream/tensor_set.h"
#include "text/utf8.h"
#include "text/vocab.h"

enum { LONGEST = 30, MOST = 4096 /* n-grams of a word that are looked at */ };

static const char hash_name[] = "charngram.hash", vector_name[] = "charngram.vector",
		  settings_name[] = "charngram.settings";

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

enum wp_err wp_char_ngrams_check(const struct wp_char_ngrams_config *c)
{
	if (c->shortest < 1 || c->longest < c->shortest || c->longest > LONGEST)
		return wp_fail(WP_EINVAL,
			"the shortest n-grams have %d characters and the longest %d",
			c->shortest, c->longest);
	if (!(c->ridge > 0 && isfinite(c->ridge)))
		return wp_fail(WP_EINVAL, "ridge %g is not above 0", c->ridge);
	if (c->iterations < 1 || c->threads < 1 || c->words < 1)
		return wp_fail(WP_EINVAL, "iterations, threads and words are at least 1");
	return WP_OK;
}

/* ---- The n-grams of a word ---- */

/* FNV-1a (Fowler, Noll, Vo), with a final mix that spreads it over all bits. */
static uint64_t hash_of(const char *text, size_t length)
{
	uint64_t h = 0xcbf29ce484222325u;
	for (size_t i = 0; i < length; i++)
		h = (h ^ (unsigned char)text[i]) * 0x100000001b3u;
	h = (h ^ h >> 32) * 0xd6e8feb86659fd93u;
	return h ^ h >> 32;
}

static int ascending(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;
	return *x < *y ? -1 : *x > *y;
}

/* The hashes of the n-grams of <word>, ascending, each once; how many.  The special tokens have
 * none, nor have words so long that they are none. */
static size_t ngrams_of(
	int shortest, int longest, const char *word, size_t length, uint64_t hash[MOST])
{
	char text[1024];
	size_t begin[1024], characters = 0, n = 0;
	if (length + 2 > sizeof text || wp_is_special(word, length))
		return 0;
	text[0] = '<';
	memcpy(text + 1, word, length);
	text[length + 1] = '>';
	const char *end = text + length + 2;
	for (const char *p = text; p < end; p += wp_utf8_decode(p, end).length)
		begin[characters++] = (size_t)(p - text);
	begin[characters] = length + 2;
	for (int size = shortest; size <= longest; size++)
		for (size_t i = 0; i + (size_t)size <= characters && n < MOST; i++)
			hash[n++] =
				hash_of(text + begin[i], begin[i + (size_t)size] - begin[i]);
	qsort(hash, n, sizeof *hash, ascending);
	size_t unique = 0;
	for (size_t i = 0; i < n; i++)
		if (i == 0 || hash[i] != hash[i - 1])
			hash[unique++] = hash[i];
	return unique;
}

static long find(const struct wp_char_ngrams *g, uint64_t hash)
{
	size_t low = 0, high = g->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (g->hash[middle] < hash)
			low = middle + 1;
		else
			high = middle;
	}
	return low < g->count && g->hash[low] == hash ? (long)low : -1;
}

bool wp_char_ngrams_compose(
	const struct wp_char_ngrams *g, const char *word, size_t length, float *vector)
{
	uint64_t hash[MOST];
	size_t known = 0, n = ngrams_of(g->shortest, g->longest, word, length, hash);
	memset(vector, 0, g->dim * sizeof *vector);
	for (size_t i = 0; i < n; i++) {
		long at = find(g, hash[i]);
		known += at >= 0;
		for (size_t j = 0; at >= 0 && j < g->dim; j++)
			vector[j] += g->vector[(size_t)at * g->dim + j];
	}
	for (size_t j = 0; j < g->dim && known > 0; j++)
		vector[j] /= sqrtf((float)known);
	return known > 0;
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

/* ---- The fit ---- */

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

/* Which n-grams there are: the hashes that enough words have. */
static enum wp_err choose_ngrams(struct wp_char_ngrams *g, const struct wp_points *points,
	const struct wp_char_ngrams_config *config)
{
	uint64_t one[MOST], *all = NULL;
	size_t count = 0, room = 0;
	enum wp_err err = WP_OK;
	for (size_t i = 0; i < points->count && !err; i++) {
		size_t length;
		const char *word = wp_strings_get(&points->vocab, i, &length);
		size_t n = ngrams_of(g->shortest, g->longest, word, length, one);
		err = wp_grow(&all, &room, count + n, sizeof *all, "n-grams");
		if (!err)
			memcpy(all + count, one, n * sizeof *one);
		count += err ? 0 : n;
	}
	if (!err)
		qsort(all, count, sizeof *all, ascending);
	for (size_t i = 0, next; i < count && !err; i = next) {
		for (next = i + 1; next < count && all[next] == all[i];)
			next++;
		if (next - i >= (size_t)config->words)
			all[g->count++] = all[i];
	}
	g->hash = all;
	if (!err && g->count == 0)
		err = wp_fail(WP_EMISMATCH, "no n-gram of %d to %d characters is in %d words",
			g->shortest, g->longest, config->words);
	return err;
}

static enum wp_err fill_rows(
	struct fit *f, const struct wp_char_ngrams *g, const struct wp_points *points)
{
	uint64_t one[MOST];
	size_t room = 0;
	enum wp_err err = WP_OK;
	for (size_t i = 0; i < f->words && !err; i++) {
		size_t length;
		const char *word = wp_strings_get(&points->vocab, i, &length);
		size_t n = ngrams_of(g->shortest, g->longest, word, length, one);
		err = wp_grow(
			&f->in_row, &room, f->cells + n + 1, sizeof *f->in_row, "n-grams");
		for (size_t k = 0; k < n && !err; k++) {
			long at = find(g, one[k]);
			if (at >= 0)
				f->in_row[f->cells++] = (uint32_t)at;
		}
		f->row[i + 1] = f->cells;
		size_t have = f->row[i + 1] - f->row[i];
		f->scale[i] = have ? 1 / sqrtf((float)have) : 0;
	}
	return err;
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
	enum wp_err err = wp_alloc(&f->row, f->words + 1, sizeof *f->row, "n-grams");
	if (!err)
		err = wp_alloc(&f->column, f->ngrams + 1, sizeof *f->column, "n-grams");
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
	*g = (struct wp_char_ngrams){
		.shortest = config->shortest, .longest = config->longest, .dim = points->dim};
	struct fit f = {.words = points->count,
		.dim = points->dim,
		.ridge = config->ridge,
		.threads = config->threads};
	enum wp_err err = wp_char_ngrams_check(config);
	if (!err && (points->vocab.count != points->count || points->count == 0))
		err = wp_fail(WP_EMISMATCH, "vectors without words have no n-grams");
	if (!err)
		err = choose_ngrams(g, points, config);
	f.ngrams = g->count;
	if (!err)
		err = prepare(&f, points);
	if (!err)
		err = fill_rows(&f, g, points);
	if (!err)
		err = fill_columns(&f);
	if (!err)
		err = solve(&f, config, report, arg);
	if (!err) {
		g->vector = f.t;
		f.t = NULL;
	}
	fit_fini(&f);
	if (err)
		wp_char_ngrams_fini(g);
	return err;
}

void wp_char_ngrams_fini(struct wp_char_ngrams *g)
{
	free(g->hash);
	free(g->vector);
	*g = (struct wp_char_ngrams){0};
}

/* ---- Streams ---- */

enum wp_err wp_char_ngrams_put(const struct wp_char_ngrams *g, struct wp_writer *writer)
{
	struct wp_strings settings = {0};
	const int value[] = {g->shortest, g->longest};
	static const char *const name[] = {"shortest", "longest"};
	enum wp_err err = WP_OK;
	for (int i = 0; i < 2 && !err; i++) {
		char line[40];
		int n = snprintf(line, sizeof line, "%s=%d", name[i], value[i]);
		err = wp_strings_add(&settings, line, (size_t)n);
	}
	if (!err)
		err = wp_writer_put_list(writer, settings_name, &settings);
	wp_strings_fini(&settings);
	struct wp_tensor t = wp_tensor_1d(hash_name, WP_I64, g->count);
	if (!err)
		err = wp_writer_put(writer, &t, g->hash);
	t = wp_tensor_2d(vector_name, WP_F32, g->count, g->dim);
	return err ? err : wp_writer_put(writer, &t, g->vector);
}

static int setting(const struct wp_strings *settings, const char *name)
{
	for (size_t i = 0; i < settings->count; i++) {
		size_t n, length = strlen(name);
		const char *line = wp_strings_get(settings, i, &n);
		if (n > length + 1 && n < length + 5 && memcmp(line, name, length) == 0 &&
			line[length] == '=') {
			int value = 0;
			for (size_t k = length + 1; k < n; k++)
				value = line[k] >= '0' && line[k] <= '9'
					? 10 * value + (line[k] - '0')
					: -100000;
			return value;
		}
	}
	return -1;
}

enum wp_err wp_char_ngrams_get(struct wp_char_ngrams *g, struct wp_tensor_set *set, size_t dim)
{
	const void *hash, *vector;
	const char *from = wp_tensor_set_name(set);
	const struct wp_tensor *h = wp_tensor_set_get(set, hash_name, &hash);
	const struct wp_tensor *v = wp_tensor_set_get(set, vector_name, &vector);
	const struct wp_strings *settings = wp_tensor_set_strings(set, settings_name);
	*g = (struct wp_char_ngrams){0};
	if (!h || !v || !settings)
		return wp_fail(WP_EMISMATCH,
			"%s: no vectors of character n-grams; emb-ngrams makes them", from);
	g->shortest = setting(settings, "shortest");
	g->longest = setting(settings, "longest");
	if (h->type != WP_I64 || v->type != WP_F32 || h->rank != 1 || v->rank != 2 ||
		h->dim[0] != v->dim[0] || v->dim[1] == 0 || g->shortest < 1 ||
		g->longest < g->shortest || g->longest > LONGEST ||
		(dim != 0 && v->dim[1] != dim))
		return wp_fail(WP_EMISMATCH,
			"%s: the vectors of character n-grams do not fit together", from);
	g->count = (size_t)h->dim[0];
	g->dim = (size_t)v->dim[1];
	enum wp_err err = wp_alloc(&g->hash, g->count, sizeof *g->hash, "n-grams");
	if (!err)
		err = wp_alloc(&g->vector, g->count * g->dim, sizeof *g->vector, "n-grams");
	if (!err) {
		memcpy(g->hash, hash, g->count * sizeof *g->hash);
		memcpy(g->vector, vector, g->count * g->dim * sizeof *g->vector);
	}
	for (size_t i = 1; i < g->count && !err; i++)
		if (g->hash[i] <= g->hash[i - 1])
			err = wp_fail(WP_ECORRUPT, "%s: '%s' is not in order", from, hash_name);
	for (size_t i = 0; i < g->count * g->dim && !err; i++)
		if (!isfinite(g->vector[i]))
			err = wp_fail(WP_ECORRUPT,
				"%s: tensor '%s' holds a number that is not finite (row %zu)",
				from, vector_name, i / g->dim + 1);
	if (err)
		wp_char_ngrams_fini(g);
	return err;
}
