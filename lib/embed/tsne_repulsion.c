#include "embed/tsne_repulsion.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "embed/tsne_kernels.h"

/* Nodes are this far apart, or nearer, so that the map is at least NODES wide.  The kernels
 * have a width of about 1: splines with nodes at half of that lead to the same divergence as
 * the sum over all pairs, to three digits; at 0.7 it is 2 % larger, at 1 7 %. */
static const double SPACING = 0.5;
enum {
	NODES = 48,
	SPLINE = 4, /* nodes in reach of a point, along each axis */
	LARGEST = 8192,
	POINTS = 1024 /* whose sums are added up together, whoever works them out */
};

/* A charge is complex: its transform is that of two real ones.  The kernels are real and even,
 * and so are their spectra: a convolution mixes nothing.
 *
 *	plane 0: 1           result: sum w_ij + i sum w_ij^2
 *	plane 1: x_j + i y_j         sum w_ij^2 (x_j + i y_j)
 */
struct plane {
	float *re, *im;
};

struct wp_repulsion {
	size_t count;
	int threads;
	const struct wp_tsne_kernels *kernels;
	double *sum;  /* of blocks of POINTS points */
	float *x, *y; /* exact: coordinates, each on its own */

	/* The grid: node (row, column) is at origin + spacing * (column, row). */
	struct wp_fft_plan plan; /* of the padded side */
	size_t nodes; /* along each side that points may reach, a multiple of width */
	double spacing, per_node, middle[2], origin[2]; /* per_node: 1 / spacing */
	size_t room; /* the largest side that there is memory for            */
	struct plane plane[2], mixed[2]; /* (nodes, nodes); (nodes, side) */
	float *spectrum[2];              /* (side, side): of w and of w^2 */
	float **strip;                   /* for each thread: (4, side, width)  */
	double *kernel_row;
	size_t *bucket;   /* (nodes + 1): where points of each row of nodes begin in order */
	uint32_t *order;  /* (count): the points by the first row of nodes that they reach */
	const float *map; /* (count, 2): what is worked at */
	float *force;
};

enum wp_err wp_repulsion_create(
	struct wp_repulsion **repulsion, size_t count, bool exact, int threads)
{
	struct wp_repulsion *r;
	enum wp_err err = wp_alloc(repulsion, 1, sizeof **repulsion, "repulsion");
	if (err)
		return err;
	r = *repulsion;
	r->count = count;
	r->threads = threads;
	r->kernels = wp_tsne_kernels(wp_cpu_isa());
	err = wp_alloc(&r->sum, count / POINTS + 1, sizeof *r->sum, "sums");
	if (!err && exact) {
		size_t room = (count + 15) / 16 * 16 * sizeof(float);
		err = wp_table_alloc(&r->x, room, "points");
		if (!err)
			err = wp_table_alloc(&r->y, room, "points");
	}
	if (!err && !exact)
		err = wp_alloc(&r->order, count, sizeof *r->order, "order of the points");
	if (!err)
		err = wp_alloc(&r->strip, (size_t)threads, sizeof *r->strip, "strips");
	if (err) {
		wp_repulsion_free(r);
		*repulsion = NULL;
	}
	return err;
}

static void free_grid(struct wp_repulsion *r)
{
	for (int p = 0; p < 2; p++) {
		free(r->plane[p].re);
		free(r->plane[p].im);
		free(r->mixed[p].re);
		free(r->mixed[p].im);
		free(r->spectrum[p]);
		r->plane[p] = r->mixed[p] = (struct plane){0};
		r->spectrum[p] = NULL;
	}
	for (int t = 0; t < r->threads; t++) {
		free(r->strip[t]);
		r->strip[t] = NULL;
	}
	free(r->plan.cosine);
	free(r->plan.sine);
	free(r->kernel_row);
	free(r->bucket);
	r->plan.cosine = r->plan.sine = NULL;
	r->kernel_row = NULL;
	r->bucket = NULL;
}

void wp_repulsion_free(struct wp_repulsion *r)
{
	if (!r)
		return;
	if (r->strip)
		free_grid(r);
	free(r->strip);
	free(r->order);
	free(r->sum);
	free(r->x);
	free(r->y);
	free(r);
}

/* All pairs. */

static enum wp_err repel_part(int thread, void *arg)
{
	struct wp_repulsion *r = arg;
	size_t blocks = r->count / POINTS + 1;
	for (size_t b = (size_t)thread; b < blocks; b += (size_t)r->threads) {
		size_t first = b * POINTS;
		size_t last = first + POINTS < r->count ? first + POINTS : r->count;
		r->sum[b] = r->kernels->repel(r->x, r->y, r->count, first, last, r->force);
	}
	return WP_OK;
}

static double sum_of_blocks(const struct wp_repulsion *r)
{
	double sum = 0;
	for (size_t b = 0; b < r->count / POINTS + 1; b++)
		sum += r->sum[b];
	return sum;
}

/* The grid. */

/* The radices of a length, fours first; false where it has other factors than 2, 3 and 5. */
static bool factor(struct wp_fft_plan *plan, size_t length)
{
	static const unsigned char radices[] = {4, 2, 3, 5};
	plan->length = length;
	plan->steps = 0;
	for (size_t i = 0; i < sizeof radices; i++)
		for (; length % radices[i] == 0; length /= radices[i])
			plan->radix[plan->steps++] = radices[i];
	return length == 1;
}

/* The least length that has few factors, and room for `nodes` twice; a multiple of 32, so that
 * the strips come out even. */
static size_t padded(struct wp_fft_plan *plan, size_t nodes)
{
	size_t length = (2 * nodes + 31) / 32 * 32;
	while (!factor(plan, length))
		length += 32;
	return length;
}

static enum wp_err make_grid(struct wp_repulsion *r, size_t side)
{
	size_t width = r->kernels->width, half = side / 2 * (side / 2), mixed = side / 2 * side;
	free_grid(r);
	enum wp_err err = WP_OK;
	for (int p = 0; p < 2 && !err; p++) {
		err = wp_table_alloc(&r->plane[p].re, half * sizeof(float), "a grid");
		if (!err)
			err = wp_table_alloc(&r->plane[p].im, half * sizeof(float), "a grid");
		if (!err)
			err = wp_table_alloc(&r->mixed[p].re, mixed * sizeof(float), "a grid");
		if (!err)
			err = wp_table_alloc(&r->mixed[p].im, mixed * sizeof(float), "a grid");
		if (!err)
			err = wp_table_alloc(
				&r->spectrum[p], side * side * sizeof(float), "a spectrum");
	}
	for (int t = 0; t < r->threads && !err; t++)
		err = wp_table_alloc(&r->strip[t], 4 * side * width * sizeof(float), "a strip");
	if (!err)
		err = wp_alloc(&r->plan.cosine, side, sizeof(float), "factors");
	if (!err)
		err = wp_alloc(&r->plan.sine, side, sizeof(float), "factors");
	if (!err)
		err = wp_alloc(&r->kernel_row, side, sizeof *r->kernel_row, "a kernel");
	if (!err)
		err = wp_alloc(&r->bucket, side + 1, sizeof *r->bucket, "rows of points");
	r->room = err ? 0 : side;
	return err;
}

static void set_factors(struct wp_fft_plan *plan)
{
	for (size_t i = 0; i < plan->length; i++) {
		double angle = -2 * 3.14159265358979323846 * (double)i / (double)plan->length;
		plan->cosine[i] = (float)cos(angle);
		plan->sine[i] = (float)sin(angle);
	}
}

/* The transforms of the columns of a square matrix, which lie as rows afterwards.  It is even,
 * and so are they: they have no imaginary parts. */
static void transform_columns(struct wp_repulsion *r, float *matrix)
{
	size_t side = r->plan.length, width = r->kernels->width;
	float *re = r->strip[0], *im = re + side * width;
	for (size_t c = 0; c < side; c += width) {
		for (size_t e = 0; e < side; e++)
			for (size_t v = 0; v < width; v++)
				re[e * width + v] = matrix[e * side + c + v];
		memset(im, 0, side * width * sizeof *im);
		r->kernels->fft(&r->plan, re, im, im + side * width);
		for (size_t e = 0; e < side; e++)
			memcpy(matrix + e * side + c, re + e * width, width * sizeof *re);
	}
	for (size_t a = 0; a < side; a++)
		for (size_t b = 0; b < a; b++) {
			float swapped = matrix[a * side + b];
			matrix[a * side + b] = matrix[b * side + a];
			matrix[b * side + a] = swapped;
		}
}

/* The spectra of w and w^2, divided by those of the splines and by side^2, which is what a
 * transform forth and back multiplies by. */
static void make_spectra(struct wp_repulsion *r)
{
	size_t side = r->plan.length;
	float *first = r->spectrum[0], *second = r->spectrum[1];
	double *row = r->kernel_row;
	for (size_t i = 0; i < side; i++) {
		double d = r->spacing * (double)(i < side - i ? i : side - i);
		row[i] = d * d;
	}
	for (size_t a = 0; a < side; a++)
		for (size_t b = 0; b < side; b++) {
			double w = 1 / (1 + row[a] + row[b]);
			first[a * side + b] = (float)w;
			second[a * side + b] = (float)(w * w);
		}
	/* The transform of the splines at the nodes: 4/6 at the node, 1/6 on each side. */
	for (size_t i = 0; i < side; i++) {
		double b = (4 + 2 * (double)r->plan.cosine[i]) / 6;
		row[i] = 1 / (b * b * (double)side);
	}
	for (int k = 0; k < 2; k++) {
		transform_columns(r, r->spectrum[k]);
		transform_columns(r, r->spectrum[k]);
		for (size_t a = 0; a < side; a++)
			for (size_t b = 0; b < side; b++)
				r->spectrum[k][a * side + b] *= (float)(row[a] * row[b]);
	}
}

/* Choose a grid for the map: its nodes, spacing and place. */
static enum wp_err fit_grid(struct wp_repulsion *r)
{
	double low[2] = {INFINITY, INFINITY}, high[2] = {-INFINITY, -INFINITY};
	for (size_t i = 0; i < 2 * r->count; i++) {
		double v = (double)r->map[i];
		if (!isfinite(v))
			return wp_fail(WP_EDIVERGED, "the map has left the finite numbers");
		low[i % 2] = v < low[i % 2] ? v : low[i % 2];
		high[i % 2] = v > high[i % 2] ? v : high[i % 2];
	}
	double wide = fmax(high[0] - low[0], high[1] - low[1]);
	double spacing = fmax(fmin(wide / NODES, SPACING), 1e-6);
	if (wide / spacing > LARGEST / 2 - SPLINE - 1)
		return wp_fail(WP_ELIMIT, "the map is %.0f wide, too wide for a grid", wide);
	size_t before = r->plan.length;
	size_t side = padded(&r->plan, (size_t)(wide / spacing) + SPLINE + 1);
	if (side > r->room) {
		enum wp_err err = make_grid(r, side);
		if (err)
			return err;
	}
	if (side != before)
		set_factors(&r->plan);
	if (side != before || fabs(spacing - r->spacing) > 1e-12 * spacing) {
		r->nodes = side / 2;
		r->spacing = spacing;
		r->per_node = 1 / spacing;
		make_spectra(r);
	}
	for (int a = 0; a < 2; a++) {
		r->middle[a] = (low[a] + high[a]) / 2;
		r->origin[a] = r->middle[a] - spacing * (double)(r->nodes - 1) / 2;
	}
	return WP_OK;
}

/* The first node that a point reaches along an axis, and the weights of the four. */
static size_t spline(const struct wp_repulsion *r, size_t point, int axis, float weight[SPLINE])
{
	double at = ((double)r->map[2 * point + (size_t)axis] - r->origin[axis]) * r->per_node;
	size_t node = (size_t)at;
	float t = (float)(at - (double)node), u = 1 - t;
	weight[0] = u * u * u / 6;
	weight[1] = (3 * t * t * t - 6 * t * t + 4) / 6;
	weight[2] = (3 * u * u * u - 6 * u * u + 4) / 6;
	weight[3] = t * t * t / 6;
	return node - 1;
}

/* Put the points in the order of the first row of nodes that they reach. */
static void sort_points(struct wp_repulsion *r)
{
	float weight[SPLINE];
	memset(r->bucket, 0, (r->nodes + 1) * sizeof *r->bucket);
	for (size_t i = 0; i < r->count; i++)
		r->bucket[spline(r, i, 1, weight) + 1]++;
	for (size_t row = 0; row < r->nodes; row++)
		r->bucket[row + 1] += r->bucket[row];
	for (size_t i = 0; i < r->count; i++)
		r->order[r->bucket[spline(r, i, 1, weight)]++] = (uint32_t)i;
	memmove(r->bucket + 1, r->bucket, r->nodes * sizeof *r->bucket);
	r->bucket[0] = 0;
}

/* Each thread has rows of its own, and adds the points that reach them in one order: the sums
 * do not depend on how the rows are divided. */
static enum wp_err spread_part(int thread, void *arg)
{
	struct wp_repulsion *r = arg;
	size_t t = (size_t)thread, all = (size_t)r->threads, n = r->nodes;
	size_t from = n * t / all, to = n * (t + 1) / all;
	float *one = r->plane[0].re, *re = r->plane[1].re, *im = r->plane[1].im;
	memset(one + from * n, 0, (to - from) * n * sizeof *one);
	memset(re + from * n, 0, (to - from) * n * sizeof *re);
	memset(im + from * n, 0, (to - from) * n * sizeof *im);
	size_t first = from >= SPLINE ? from - SPLINE + 1 : 0;
	for (size_t row = first; row < to; row++)
		for (size_t o = r->bucket[row]; o < r->bucket[row + 1]; o++) {
			size_t i = r->order[o];
			float across[SPLINE], down[SPLINE];
			size_t column = spline(r, i, 0, across);
			spline(r, i, 1, down);
			float x = (float)((double)r->map[2 * i] - r->middle[0]);
			float y = (float)((double)r->map[2 * i + 1] - r->middle[1]);
			for (size_t a = 0; a < SPLINE; a++) {
				if (row + a < from || row + a >= to)
					continue;
				size_t at = (row + a) * n + column;
				for (size_t b = 0; b < SPLINE; b++) {
					float w = down[a] * across[b];
					one[at + b] += w;
					re[at + b] += w * x;
					im[at + b] += w * y;
				}
			}
		}
	return WP_OK;
}

static struct wp_fft_grid grid_of(const struct wp_repulsion *r, int p)
{
	return (struct wp_fft_grid){.plan = &r->plan,
		.nodes = r->nodes,
		.real = p == 0,
		.re = r->plane[p].re,
		.im = r->plane[p].im,
		.column_re = r->mixed[p].re,
		.column_im = r->mixed[p].im};
}

static enum wp_err columns_part(int thread, void *arg)
{
	struct wp_repulsion *r = arg;
	size_t width = r->kernels->width;
	for (int p = 0; p < 2; p++) {
		struct wp_fft_grid grid = grid_of(r, p);
		for (size_t s = (size_t)thread; s < r->nodes / width; s += (size_t)r->threads)
			r->kernels->columns(&grid, s * width, r->strip[thread]);
	}
	return WP_OK;
}

static enum wp_err convolve_part(int thread, void *arg)
{
	struct wp_repulsion *r = arg;
	size_t width = r->kernels->width;
	for (int p = 0; p < 2; p++) {
		struct wp_fft_grid grid = grid_of(r, p);
		const float *first = r->spectrum[p], *second = p == 0 ? r->spectrum[1] : NULL;
		for (size_t s = (size_t)thread; s < r->plan.length / width;
			s += (size_t)r->threads)
			r->kernels->convolve(&grid, first, second, s * width, r->strip[thread]);
	}
	return WP_OK;
}

static enum wp_err columns_back_part(int thread, void *arg)
{
	struct wp_repulsion *r = arg;
	size_t width = r->kernels->width;
	for (int p = 0; p < 2; p++) {
		struct wp_fft_grid grid = grid_of(r, p);
		for (size_t s = (size_t)thread; s < r->nodes / width; s += (size_t)r->threads)
			r->kernels->columns_back(&grid, s * width, r->strip[thread]);
	}
	return WP_OK;
}

/* Read the result off at the points. */
static enum wp_err gather_part(int thread, void *arg)
{
	struct wp_repulsion *r = arg;
	size_t n = r->nodes, blocks = r->count / POINTS + 1;
	for (size_t block = (size_t)thread; block < blocks; block += (size_t)r->threads) {
		size_t first = block * POINTS;
		size_t last = first + POINTS < r->count ? first + POINTS : r->count;
		double z = 0;
		for (size_t i = first; i < last; i++) {
			float across[SPLINE], down[SPLINE], w = 0, w2 = 0, x = 0, y = 0;
			size_t column = spline(r, i, 0, across), row = spline(r, i, 1, down);
			for (size_t a = 0; a < SPLINE; a++)
				for (size_t b = 0; b < SPLINE; b++) {
					size_t at = (row + a) * n + column + b;
					float weight = down[a] * across[b];
					w += weight * r->plane[0].re[at];
					w2 += weight * r->plane[0].im[at];
					x += weight * r->plane[1].re[at];
					y += weight * r->plane[1].im[at];
				}
			double px = (double)r->map[2 * i] - r->middle[0];
			double py = (double)r->map[2 * i + 1] - r->middle[1];
			r->force[2 * i] = (float)(px * (double)w2 - (double)x);
			r->force[2 * i + 1] = (float)(py * (double)w2 - (double)y);
			z += (double)w - 1; /* its own weight */
		}
		r->sum[block] = z;
	}
	return WP_OK;
}

static enum wp_err (*const grid_steps[])(int, void *) = {
	spread_part, columns_part, convolve_part, columns_back_part, gather_part};

enum wp_err wp_repulsion_find(struct wp_repulsion *r, const float *y, float *force, double *z)
{
	enum wp_err err = WP_OK;
	r->map = y;
	r->force = force;
	if (r->x) {
		for (size_t i = 0; i < r->count; i++) {
			r->x[i] = y[2 * i];
			r->y[i] = y[2 * i + 1];
		}
		err = wp_parallel(r->threads, repel_part, r);
	} else {
		err = fit_grid(r);
		if (!err)
			sort_points(r);
		for (size_t s = 0; s < sizeof grid_steps / sizeof *grid_steps && !err; s++)
			err = wp_parallel(r->threads, grid_steps[s], r);
	}
	*z = err ? 0 : sum_of_blocks(r);
	return err;
}
