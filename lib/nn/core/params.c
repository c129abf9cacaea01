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

static size_t padded(size_t elements)
{
	return (elements + ALIGN - 1) / ALIGN * ALIGN;
}

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
	params->size += padded(size);
	params->parameters += size;
	*number = params->count++;
	return WP_OK;
}

void wp_nn_params_leave_out(struct wp_nn_params *params, unsigned flags)
{
	params->size = 0;
	for (size_t i = 0; i < params->count; i++) {
		struct wp_nn_param *p = &params->param[i];
		p->offset = params->size;
		if (!(p->flags & flags))
			params->size += padded(p->rows * p->cols);
	}
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

static double scale_of(const struct wp_nn_begin *begin, const struct wp_nn_init *init)
{
	if (begin->table && init->table_scale > 0)
		return init->table_scale / begin->table;
	if (init->scale > 0)
		return init->scale;
	return begin->fan_in ? 1 / sqrt((double)begin->fan_in) : 0;
}

static enum wp_nn_initializer initializer_of(
	const struct wp_nn_param *param, const struct wp_nn_init *init)
{
	const struct wp_nn_begin *b = &param->begin;
	if (param->flags & WP_NN_BIAS)
		return WP_NN_UNIFORM;
	if (b->square)
		return init->recurrent     ? init->recurrent
			: init->orthogonal ? WP_NN_ORTHOGONAL
					   : init->weights;
	return b->table || !(b->gate || b->by_rows) ? WP_NN_UNIFORM : init->weights;
}

static void begin_one(float *p, const struct wp_nn_param *param, const struct wp_nn_init *init,
	struct wp_rng *rng)
{
	const struct wp_nn_begin *b = &param->begin;
	double scale = scale_of(b, init);
	const struct wp_nn_initializer_type *how =
		&wp_nn_initializers[initializer_of(param, init)];
	if (how->fill) {
		const size_t gate = b->gate ? b->gate : param->cols;
		const size_t in = b->by_rows ? param->cols : param->rows;
		const size_t out = b->by_rows ? param->rows : gate;
		for (size_t at = 0; at < param->cols; at += gate)
			how->fill(p + at, param->rows, gate, param->cols, in, out, rng);
		return;
	}
	/* Where weights begin by a name, biases are zeros. */
	if (init->weights != WP_NN_UNIFORM && (param->flags & WP_NN_BIAS))
		scale = 0;
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
