#include "nn/core/params.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"

enum {
	ALIGN = 16,       /* elements                                                      */
	SMALL_TABLE = 512 /* a table of fewer rows is not worth a list of those touched */
};

static enum wp_err check_name(const struct wp_nn_params *params, const char *name)
{
	size_t length = strlen(name);
	if (length >= WP_NN_PARAM_NAME_SIZE)
		return wp_fail(WP_EINVAL, "parameter '%s': a name of %zu bytes, more than %d",
			name, length, WP_NN_PARAM_NAME_SIZE - 1);
	if (wp_nn_params_find(params, name))
		return wp_fail(WP_EINVAL, "there are two parameters '%s'", name);
	return WP_OK;
}

enum wp_err wp_nn_params_add(struct wp_nn_params *params, const char *name, size_t rows,
	size_t cols, unsigned flags, const struct wp_nn_begin *begin, size_t *number)
{
	size_t size;
	enum wp_err err = check_name(params, name);
	if (!err)
		err = wp_grow(&params->param, &params->room, params->count + 1,
			sizeof *params->param, "parameters");
	if (err)
		return err;
	/* Half of what is countable, so that sums and bytes are, too. */
	if (!wp_mulsize(rows, cols, &size) || size > SIZE_MAX / 32 - params->size)
		return wp_fail(
			WP_EINVAL, "%s: %zu x %zu parameters are too many", name, rows, cols);
	if (rows < SMALL_TABLE)
		flags &= ~(unsigned)WP_NN_LOOKUP;
	struct wp_nn_param *p = &params->param[params->count];
	*p = (struct wp_nn_param){.rows = rows,
		.cols = cols,
		.offset = params->size,
		.flags = flags,
		.begin = *begin};
	snprintf(p->name, sizeof p->name, "%s", name);
	params->size += (size + ALIGN - 1) / ALIGN * ALIGN;
	params->parameters += size;
	*number = params->count++;
	return WP_OK;
}

void wp_nn_params_fini(struct wp_nn_params *params)
{
	free(params->param);
	*params = (struct wp_nn_params){0};
}

const struct wp_nn_param *wp_nn_params_find(const struct wp_nn_params *params, const char *name)
{
	for (size_t i = 0; i < params->count; i++)
		if (strcmp(params->param[i].name, name) == 0)
			return &params->param[i];
	return NULL;
}

/* ---- How the parameters begin ---- */

static void add_uniform(float *p, size_t n, double scale, struct wp_rng *rng)
{
	for (size_t i = 0; i < n; i++)
		p[i] += (float)(scale * (2 * wp_rng_double(rng) - 1));
}

/* Two independent normal numbers (Box & Muller 1958). */
static void normal_pair(double pair[2], struct wp_rng *rng)
{
	double radius = sqrt(-2 * log(1 - wp_rng_double(rng)));
	double angle = 6.283185307179586 * wp_rng_double(rng);
	pair[0] = radius * cos(angle);
	pair[1] = radius * sin(angle);
}

static double dot(const float *a, const float *b, size_t n)
{
	double sum[4] = {0};
	for (size_t i = 0; i < n; i++)
		sum[i % 4] += (double)a[i] * (double)b[i];
	return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

static void add_scaled(float *a, double scale, const float *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		a[i] += (float)(scale * (double)b[i]);
}

/* n orthonormal rows of n: a Gaussian matrix by Gram and Schmidt, which draws from all
 * orthogonal matrices evenly.  Each row is made orthogonal to those above it twice, the second
 * time against what rounding left.  Where there are more rows than n, every n of them. */
static void orthogonal(float *rows, size_t count, size_t n, size_t ld, struct wp_rng *rng)
{
	for (size_t i = 0; i < count; i++) {
		float *row = rows + i * ld;
		for (size_t j = 0; j < n; j += 2) {
			double pair[2];
			normal_pair(pair, rng);
			row[j] = (float)pair[0];
			if (j + 1 < n)
				row[j + 1] = (float)pair[1];
		}
		for (int pass = 0; pass < 2; pass++) {
			for (size_t k = i / n * n; k < i; k++) {
				const float *above = rows + k * ld;
				add_scaled(row, -dot(row, above, n), above, n);
			}
			add_scaled(row, 1 / sqrt(dot(row, row, n)) - 1, row, n);
		}
	}
}

static double scale_of(const struct wp_nn_begin *begin, const struct wp_nn_init *init)
{
	if (begin->table && init->table_scale > 0)
		return init->table_scale / begin->table;
	if (init->scale > 0)
		return init->scale;
	return begin->fan_in ? 1 / sqrt((double)begin->fan_in) : 0;
}

static void begin_one(float *p, const struct wp_nn_param *param, const struct wp_nn_init *init,
	struct wp_rng *rng)
{
	const struct wp_nn_begin *b = &param->begin;
	double scale = scale_of(b, init);
	if (init->orthogonal && b->square) {
		for (size_t gate = 0; gate < param->cols / b->square; gate++)
			orthogonal(
				p + gate * b->square, param->rows, b->square, param->cols, rng);
		return;
	}
	add_uniform(p, param->rows * param->cols, scale, rng);
	add_uniform(p, init->scale > 0 ? 0 : b->doubled, scale, rng);
	for (size_t i = b->forget; i < b->forget_end; i++)
		p[i] += (float)init->forget_bias;
	for (size_t i = b->more_begin; i < b->more_end; i++)
		p[i] += (float)b->more;
}

void wp_nn_initialize(
	float *theta, const struct wp_nn_params *params, const struct wp_nn_init *init)
{
	memset(theta, 0, params->size * sizeof *theta);
	for (size_t i = 0; i < params->count; i++) {
		const struct wp_nn_param *param = &params->param[i];
		struct wp_rng rng;
		wp_rng_seed(&rng, init->seed, i); /* each parameter a stream of its own */
		begin_one(theta + param->offset, param, init, &rng);
	}
}
