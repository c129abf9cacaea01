#include "math/basis.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "math/blas.h"

enum { PARTS = 64, SQUARE = WP_BLOCK * WP_BLOCK };

static size_t divide_up(size_t a, size_t b)
{
	return a / b + (a % b != 0);
}

/* Of one thread: sums for all columns, or some rows of a block. */
static size_t scratch_size(size_t room)
{
	return (room > WP_BASIS_ROWS ? room : WP_BASIS_ROWS) * WP_BLOCK;
}

enum wp_err wp_basis_init(struct wp_basis *b, size_t n, size_t room, int threads)
{
	size_t rows = divide_up(divide_up(n, PARTS), WP_BASIS_ROWS) * WP_BASIS_ROWS, size;
	*b = (struct wp_basis){.n = n, .part_rows = rows, .parts = divide_up(n, rows)};
	b->room = room > WP_BLOCK ? room : WP_BLOCK;
	b->kernels = wp_block_kernels(wp_cpu_isa());
	b->threads = (size_t)threads < b->parts ? threads : (int)b->parts;
	if (!wp_mulsize(n, b->room, &size))
		return wp_fail(WP_ENOMEM, "basis: %zu vectors of %zu numbers are too many",
			b->room, n);
	size_t workers = (size_t)b->threads;
	enum wp_err err;
	if ((err = wp_alloc(&b->q, size, sizeof *b->q, "basis")) ||
		(err = wp_alloc(&b->partial, b->parts * b->room * WP_BLOCK, sizeof *b->partial,
			 "basis")) ||
		(err = wp_table_alloc(&b->scratch,
			 workers * scratch_size(b->room) * sizeof *b->scratch, "basis")) ||
		(err = wp_alloc(&b->converted, workers * WP_BASIS_ROWS * WP_BLOCK,
			 sizeof *b->converted, "basis")))
		wp_basis_fini(b);
	return err;
}

void wp_basis_fini(struct wp_basis *b)
{
	free(b->q);
	free(b->partial);
	free(b->scratch);
	free(b->converted);
	*b = (struct wp_basis){0};
}

/* Something to be done for all rows: `rows` of them from `first` on, at most WP_BASIS_ROWS,
 * which belong to a part. */
struct job {
	struct wp_basis *basis;
	void (*rows)(const struct job *job, int thread, size_t part, size_t first, size_t rows);
	size_t from, count; /* columns of the basis that take part */
	const float *in;
	float *out;
	const float *matrix;
};

static enum wp_err run_parts(int thread, void *arg)
{
	const struct job *job = arg;
	const struct wp_basis *b = job->basis;
	for (size_t p = (size_t)thread; p < b->parts; p += (size_t)b->threads) {
		size_t end = (p + 1) * b->part_rows;
		end = end < b->n ? end : b->n;
		for (size_t first = p * b->part_rows; first < end; first += WP_BASIS_ROWS) {
			size_t rows = end - first;
			job->rows(job, thread, p, first,
				rows < WP_BASIS_ROWS ? rows : WP_BASIS_ROWS);
		}
	}
	return WP_OK;
}

static enum wp_err run(struct job job)
{
	return wp_parallel(job.basis->threads, run_parts, &job);
}

/* sum[i] = what all parts have in partial[i], which is then 0 again. */
static void add_parts(struct wp_basis *b, double *sum, size_t count)
{
	memset(sum, 0, count * sizeof *sum);
	for (size_t p = 0; p < b->parts; p++) {
		double *partial = b->partial + p * b->room * WP_BLOCK;
		for (size_t i = 0; i < count; i++) {
			sum[i] += partial[i];
			partial[i] = 0;
		}
	}
}

static float *scratch_of(const struct wp_basis *b, int thread)
{
	return b->scratch + (size_t)thread * scratch_size(b->room);
}

static void project_rows(
	const struct job *job, int thread, size_t part, size_t first, size_t rows)
{
	const struct wp_basis *b = job->basis;
	float *c = scratch_of(b, thread);
	double *sum = b->partial + part * b->room * WP_BLOCK;
	b->kernels->project(b->q + job->from * b->n + first, b->n, job->count,
		job->in + first * WP_BLOCK, rows, c);
	for (size_t i = 0; i < job->count * WP_BLOCK; i++)
		sum[i] += (double)c[i];
}

enum wp_err wp_basis_project(struct wp_basis *b, size_t from, const float *w, double *c)
{
	if (from == b->count)
		return WP_OK;
	enum wp_err err = run((struct job){.basis = b,
		.rows = project_rows,
		.from = from,
		.count = b->count - from,
		.in = w});
	if (!err)
		add_parts(b, c, (b->count - from) * WP_BLOCK);
	return err;
}

static void subtract_rows(
	const struct job *job, int thread, size_t part, size_t first, size_t rows)
{
	const struct wp_basis *b = job->basis;
	(void)thread;
	(void)part;
	b->kernels->subtract(b->q + job->from * b->n + first, b->n, job->count, job->matrix,
		job->out + first * WP_BLOCK, rows);
}

enum wp_err wp_basis_subtract(struct wp_basis *b, size_t from, const double *c, float *w)
{
	size_t count = b->count - from;
	if (count == 0)
		return WP_OK;
	for (size_t i = 0; i < count * WP_BLOCK; i++)
		b->scratch[i] = (float)c[i];
	return run((struct job){.basis = b,
		.rows = subtract_rows,
		.from = from,
		.count = count,
		.matrix = b->scratch,
		.out = w});
}

static void gram_rows(const struct job *job, int thread, size_t part, size_t first, size_t rows)
{
	const struct wp_basis *b = job->basis;
	double *w = b->converted + (size_t)thread * WP_BASIS_ROWS * WP_BLOCK;
	double *sum = b->partial + part * b->room * WP_BLOCK;
	for (size_t i = 0; i < rows * WP_BLOCK; i++)
		w[i] = (double)job->in[first * WP_BLOCK + i];
	wp_dgemm_tn(WP_BLOCK, WP_BLOCK, rows, 1, w, WP_BLOCK, w, WP_BLOCK, 1, sum, WP_BLOCK);
}

enum wp_err wp_basis_gram(struct wp_basis *b, const float *w, double g[SQUARE])
{
	enum wp_err err = run((struct job){.basis = b, .rows = gram_rows, .in = w});
	if (!err)
		add_parts(b, g, SQUARE);
	return err;
}

static void transform_rows(
	const struct job *job, int thread, size_t part, size_t first, size_t rows)
{
	float *copy = scratch_of(job->basis, thread), *w = job->out + first * WP_BLOCK;
	(void)part;
	memcpy(copy, w, rows * WP_BLOCK * sizeof *w);
	wp_sgemm_nn(rows, WP_BLOCK, WP_BLOCK, 1, copy, WP_BLOCK, job->matrix, WP_BLOCK, 0, w,
		WP_BLOCK);
}

enum wp_err wp_basis_transform(struct wp_basis *b, float *w, const double m[SQUARE])
{
	float matrix[SQUARE];
	for (int i = 0; i < SQUARE; i++)
		matrix[i] = (float)m[i];
	return run(
		(struct job){.basis = b, .rows = transform_rows, .matrix = matrix, .out = w});
}

void wp_basis_append(struct wp_basis *b, const float *w, size_t width)
{
	assert(width <= b->room - b->count);
	for (size_t first = 0; first < b->n; first += WP_BLOCK) {
		size_t end = first + WP_BLOCK < b->n ? first + WP_BLOCK : b->n;
		for (size_t j = 0; j < width; j++)
			for (size_t i = first; i < end; i++)
				b->q[(b->count + j) * b->n + i] = w[i * WP_BLOCK + j];
	}
	b->count += width;
}

/* The basis times a small matrix: (rows, from) by (from, count).  The columns of the basis are
 * the rows of what BLAS is told to be a row-major matrix. */
static void rotate_rows(
	const struct job *job, int thread, size_t part, size_t first, size_t rows)
{
	const struct wp_basis *b = job->basis;
	float *turned = job->out + (size_t)thread * job->count * WP_BASIS_ROWS;
	(void)part;
	wp_sgemm_tn(job->count, rows, job->from, 1, job->matrix, job->count, b->q + first, b->n,
		0, turned, rows);
	for (size_t j = 0; j < job->count; j++)
		memcpy(b->q + j * b->n + first, turned + j * rows, rows * sizeof *turned);
}

enum wp_err wp_basis_rotate(struct wp_basis *b, size_t old, size_t count, const float *s)
{
	float *turned;
	size_t rest = b->count - old;
	enum wp_err err = wp_alloc(
		&turned, (size_t)b->threads * count * WP_BASIS_ROWS, sizeof *turned, "basis");
	if (err)
		return err;
	err = run((struct job){.basis = b,
		.rows = rotate_rows,
		.from = old,
		.count = count,
		.matrix = s,
		.out = turned});
	free(turned);
	memmove(b->q + count * b->n, b->q + old * b->n, rest * b->n * sizeof *b->q);
	b->count = count + rest;
	return err;
}

static void combine_rows(
	const struct job *job, int thread, size_t part, size_t first, size_t rows)
{
	const struct wp_basis *b = job->basis;
	(void)thread;
	(void)part;
	wp_sgemm_tn(rows, job->count, job->from, 1, b->q + first, b->n, job->matrix, job->count,
		0, job->out + first * job->count, job->count);
}

enum wp_err wp_basis_combine(
	struct wp_basis *b, size_t old, size_t count, const float *s, float *out)
{
	return run((struct job){.basis = b,
		.rows = combine_rows,
		.from = old,
		.count = count,
		.matrix = s,
		.out = out});
}
