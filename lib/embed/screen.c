#include "embed/screen.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/parallel.h"

/* The errors of rows and of queries are told apart by one factor each, a row's
 * |x| (a + SHARE) and a query's h, so that |x| (a + (1 + a) b + ROUNDING) <= |x| (a + SHARE) h:
 * h = max(1 + b, (b + ROUNDING) / SHARE), about 1 where b is about SHARE. */
static const double SHARE = 0.0075;

/* What the arithmetic in single precision adds, of which there are some ten operations at
 * relative errors of 6e-8 each, and what the kernel's error of rows leaves out. */
static const double ROUNDING = 3e-5;

struct encoding {
	struct wp_screen *screen;
	const float *vector, *scale;
	size_t count, dim;
	atomic_size_t next;
};

enum { SOME = 64 }; /* tiles that a thread takes at a time */

static void encode_row(const struct encoding *e, size_t r)
{
	struct wp_screen *s = e->screen;
	size_t tile = r / WP_SCREEN_TILE, place = r % WP_SCREEN_TILE;
	uint8_t *to = s->code + (tile * s->groups * WP_SCREEN_TILE + place) * WP_SCREEN_GROUP;
	const float *row = e->vector + r * e->dim;
	float rest, step = s->kernels->encode(row, e->dim, to, &rest);
	double length = 0;
	if (e->scale) {
		length = e->scale[r] > 0 ? 1 : 0;
		step *= e->scale[r];
		rest *= e->scale[r];
	} else {
		for (size_t d = 0; d < e->dim; d++)
			length += (double)row[d] * (double)row[d];
		length = sqrt(length);
	}
	s->scale[r] = step;
	s->error[r] = (float)((double)rest * 1.0001 + length * SHARE);
	if (e->scale && (double)e->scale[r] > WP_MOST_SCALE * 0.99)
		s->error[r] = INFINITY;
}

static enum wp_err encode_rows(int thread, void *arg)
{
	struct encoding *e = arg;
	const size_t rows = (size_t)SOME * WP_SCREEN_TILE;
	size_t first;
	(void)thread;
	while ((first = rows * atomic_fetch_add(&e->next, 1)) < e->count)
		for (size_t r = first; r < first + rows && r < e->count; r++)
			encode_row(e, r);
	return WP_OK;
}

enum wp_err wp_screen_create(struct wp_screen **screen, const float *vector, size_t count,
	size_t dim, const float *scale, int threads)
{
	const struct wp_screen_kernels *kernels = wp_screen_kernels(wp_cpu_isa());
	*screen = NULL;
	if (!kernels || dim > WP_SCREEN_WIDEST)
		return WP_OK;
	struct wp_screen *s;
	enum wp_err err = wp_alloc(&s, 1, sizeof *s, "search");
	if (err)
		return err;
	s->kernels = kernels;
	s->tiles = (count + WP_SCREEN_TILE - 1) / WP_SCREEN_TILE;
	s->groups = (dim + WP_SCREEN_GROUP - 1) / WP_SCREEN_GROUP;
	/* Less than the rows themselves take. */
	size_t rows = s->tiles * WP_SCREEN_TILE;
	err = wp_table_alloc(&s->code, rows * s->groups * WP_SCREEN_GROUP, "search");
	if (!err)
		err = wp_table_alloc(&s->scale, rows * sizeof *s->scale, "search");
	if (!err)
		err = wp_table_alloc(&s->error, rows * sizeof *s->error, "search");
	for (size_t r = count; r < rows && !err; r++)
		s->error[r] = NAN; /* which reaches nothing */
	if (!err) {
		struct encoding e = {s, vector, scale, count, dim, 0};
		err = wp_parallel(threads, encode_rows, &e);
	}
	if (err) {
		wp_screen_free(s);
		return err;
	}
	*screen = s;
	return WP_OK;
}

void wp_screen_free(struct wp_screen *s)
{
	if (!s)
		return;
	free(s->code);
	free(s->scale);
	free(s->error);
	free(s);
}

void wp_screen_encode(const struct wp_screen *s, const float *query, size_t dim, double length,
	int8_t *code, struct wp_screen_query *to)
{
	float largest = 0;
	int32_t sum = 0;
	double rest = 0;
	for (size_t d = 0; d < dim; d++)
		largest = fabsf(query[d]) > largest ? fabsf(query[d]) : largest;
	double step = (double)largest / WP_SCREEN_LEVELS;
	for (size_t d = 0; d < s->groups * WP_SCREEN_GROUP; d++) {
		double x = d < dim ? (double)query[d] : 0;
		code[d] = (int8_t)(step > 0 ? rint(x / step) : 0);
		sum += code[d];
		x -= code[d] * step;
		rest += x * x;
	}
	double error = length > 0 ? sqrt(rest) / length : 0;
	double spread = fmax(1 + error, (error + ROUNDING) / SHARE);
	*to = (struct wp_screen_query){.code = code,
		.start = -s->kernels->offset * sum,
		.step = length > 0 ? step / length : 1,
		.least = -INFINITY};
	to->spread = (float)(spread / to->step * 1.00001);
}

void wp_screen_expect(struct wp_screen_query *query, double length, double least)
{
	if (length > 0)
		least /= length;
	least -= fabs(least) * 1e-6 + 1e-7;
	query->least = (float)(least / query->step);
}
