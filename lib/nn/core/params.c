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

static size_t gates(enum wp_nn_cell cell)
{
	switch (cell) {
	case WP_NN_LSTM:
	case WP_NN_PEEPHOLE:
		return 4;
	case WP_NN_GRU:
	case WP_NN_GRU_RESET_BEFORE:
		return 3;
	case WP_NN_ELMAN:
	case WP_NN_JORDAN:
		break;
	}
	return 1;
}

static enum wp_err add(struct wp_nn_params *params, const char *prefix, const char *name,
	size_t rows, size_t cols, unsigned flags)
{
	struct wp_nn_param *p = &params->param[params->count];
	size_t size;
	snprintf(p->name, sizeof p->name, "%s%s", prefix, name);
	/* Half of what is countable, so that sums and bytes are, too. */
	if (!wp_mulsize(rows, cols, &size) || size > SIZE_MAX / 32 - params->size)
		return wp_fail(WP_EINVAL, "%s: %zu x %zu parameters are too many", p->name,
			rows, cols);
	if (rows < SMALL_TABLE)
		flags &= ~(unsigned)WP_NN_LOOKUP;
	p->rows = rows;
	p->cols = cols;
	p->flags = flags;
	p->offset = params->size;
	params->size += (size + ALIGN - 1) / ALIGN * ALIGN;
	params->parameters += size;
	params->count++;
	return WP_OK;
}

static enum wp_err add_layer(struct wp_nn_params *params, const struct wp_nn_config *c,
	const char *prefix, size_t in, unsigned flags)
{
	size_t hidden = (size_t)c->hidden, width = gates(c->cell) * hidden;
	bool jordan = c->cell == WP_NN_JORDAN;
	enum wp_err err;
	if ((err = add(params, prefix, "input", in, width, flags)) ||
		(err = add(params, prefix, "recurrent", jordan ? c->outputs : hidden, width,
			 0)) ||
		(!c->no_bias && (err = add(params, prefix, "bias", 1, width, WP_NN_BIAS))))
		return err;
	if (c->cell == WP_NN_GRU && !c->no_bias)
		return add(params, prefix, "state_bias", 1, hidden, WP_NN_BIAS);
	if (c->cell == WP_NN_PEEPHOLE)
		return add(params, prefix, "peephole", 3, hidden, 0);
	return WP_OK;
}

static enum wp_err add_layers(struct wp_nn_params *params, const struct wp_nn_config *c)
{
	static const char *const direction[] = {"forward", "backward"};
	size_t in = c->input == WP_NN_EMBEDDING ? (size_t)c->embedding : c->inputs;
	unsigned flags = c->input == WP_NN_ONEHOT ? WP_NN_LOOKUP : 0;
	for (int layer = 0; layer < c->layers; layer++) {
		for (int d = 0; d < (c->bidirectional ? 2 : 1); d++) {
			char prefix[32];
			snprintf(prefix, sizeof prefix, "layer%d.%s.", layer, direction[d]);
			enum wp_err err = add_layer(params, c, prefix, in, flags);
			if (err)
				return err;
		}
		in = (size_t)c->hidden * (c->bidirectional ? 2 : 1);
		flags = 0;
	}
	return WP_OK;
}

static enum wp_err add_tables(struct wp_nn_params *params, const struct wp_nn_config *c)
{
	size_t dim = (size_t)c->embedding;
	unsigned flags = WP_NN_LOOKUP | (c->freeze ? WP_NN_FROZEN : 0);
	if (c->tied && c->softmax == WP_NN_FULL)
		flags = WP_NN_DENSE_OUTPUT;
	enum wp_err err = add(params, "", "embedding", c->inputs, dim, flags);
	if (!err && c->subwords)
		err = add(params, "", "subword", c->subwords, dim, WP_NN_LOOKUP);
	return err;
}

static enum wp_err add_output(struct wp_nn_params *params, const struct wp_nn_config *c)
{
	bool jordan = c->cell == WP_NN_JORDAN;
	size_t rows = c->softmax == WP_NN_HIERARCHICAL ? c->outputs - 1 : c->outputs;
	unsigned flags = c->softmax != WP_NN_FULL ? WP_NN_LOOKUP
		: jordan                          ? 0
						  : WP_NN_DENSE_OUTPUT;
	enum wp_err err = WP_OK;
	if (!c->tied)
		err = add(params, "", "output.weight", rows,
			jordan ? (size_t)c->hidden : wp_nn_width(c), flags);
	if (!err && !c->no_bias)
		err = add(params, "", "output.bias", 1, rows, WP_NN_BIAS);
	return err;
}

enum wp_err wp_nn_params_init(struct wp_nn_params *params, const struct wp_nn_config *config)
{
	*params = (struct wp_nn_params){0};
	enum wp_err err = wp_nn_config_check(config);
	if (err)
		return err;
	size_t most = (size_t)config->layers * 2 * 4 + 4;
	if ((err = wp_alloc(&params->param, most, sizeof *params->param, "params")) ||
		(err = add_layers(params, config)) ||
		(config->input == WP_NN_EMBEDDING && (err = add_tables(params, config))) ||
		(err = add_output(params, config)))
		wp_nn_params_fini(params);
	return err;
}

void wp_nn_params_fini(struct wp_nn_params *params)
{
	free(params->param);
	*params = (struct wp_nn_params){0};
}

size_t wp_nn_params_number(const struct wp_nn_params *params, const char *name)
{
	size_t i = 0;
	while (i < params->count && strcmp(params->param[i].name, name) != 0)
		i++;
	return i;
}

const struct wp_nn_param *wp_nn_params_find(const struct wp_nn_params *params, const char *name)
{
	size_t i = wp_nn_params_number(params, name);
	return i < params->count ? &params->param[i] : NULL;
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

static bool begins_with(const char *name, const char *begin)
{
	return strncmp(name, begin, strlen(begin)) == 0;
}

static bool ends_in(const char *name, const char *end)
{
	size_t n = strlen(name), m = strlen(end);
	return n >= m && strcmp(name + n - m, end) == 0;
}

/* A layer's bias is what PyTorch has as two that are added up, one for the input and one for
 * the state; a GRU's that acts before the reset gate is still apart (state_bias). */
static void initialize_bias(float *p, const struct wp_nn_param *param,
	const struct wp_nn_config *config, const struct wp_nn_init *init, double scale,
	struct wp_rng *rng)
{
	size_t hidden = (size_t)config->hidden, twice = 0;
	bool layer = begins_with(param->name, "layer") && ends_in(param->name, ".bias");
	if (layer && init->scale <= 0)
		twice = param->cols - (config->cell == WP_NN_GRU ? hidden : 0);
	add_uniform(p, param->cols, scale, rng);
	add_uniform(p, twice, scale, rng);
	if (layer && gates(config->cell) == 4)
		for (size_t j = hidden; j < 2 * hidden; j++)
			p[j] += (float)init->forget_bias;
}

static double scale_of(const struct wp_nn_param *param, const struct wp_nn_config *config,
	const struct wp_nn_init *init)
{
	const char *name = param->name;
	bool table = (strcmp(name, "embedding") == 0 && !config->tied) ||
		(config->input == WP_NN_ONEHOT && begins_with(name, "layer0.") &&
			ends_in(name, ".input"));
	size_t in = (size_t)config->hidden;
	if (table && init->table_scale > 0)
		return init->table_scale;
	if (strcmp(name, "subword") == 0 && init->table_scale > 0)
		return init->table_scale / 3; /* about ten of them are added up */
	if (init->scale > 0)
		return init->scale;
	if (begins_with(name, "output.") && config->cell != WP_NN_JORDAN)
		in = wp_nn_width(config);
	return 1 / sqrt((double)in);
}

static void initialize_one(float *p, const struct wp_nn_param *param,
	const struct wp_nn_config *config, const struct wp_nn_init *init, struct wp_rng *rng)
{
	size_t hidden = (size_t)config->hidden;
	double scale = scale_of(param, config, init);
	if (param->flags & WP_NN_BIAS) {
		initialize_bias(p, param, config, init, scale, rng);
	} else if (init->orthogonal && ends_in(param->name, ".recurrent")) {
		for (size_t gate = 0; gate < param->cols / hidden; gate++)
			orthogonal(p + gate * hidden, param->rows, hidden, param->cols, rng);
	} else {
		add_uniform(p, param->rows * param->cols, scale, rng);
	}
}

void wp_nn_initialize(float *theta, const struct wp_nn_params *params,
	const struct wp_nn_config *config, const struct wp_nn_init *init)
{
	memset(theta, 0, params->size * sizeof *theta);
	for (size_t i = 0; i < params->count; i++) {
		const struct wp_nn_param *param = &params->param[i];
		struct wp_rng rng;
		wp_rng_seed(&rng, init->seed, i); /* each parameter a lane of its own */
		initialize_one(theta + param->offset, param, config, init, &rng);
	}
}
