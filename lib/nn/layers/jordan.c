#include "nn/layers/jordan.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "nn/core/array.h"
#include "nn/layers/embedding.h"
#include "nn/kernels/kernels.h"
#include "nn/core/matrix.h"

struct NN(jordan) {
	const struct wp_nn_params *params;
	const struct NN(kernels) *kernels;
	enum wp_nn_activation activation;
	bool softmax; /* is fed back; else the outputs themselves */
	size_t units, outputs;
	const struct wp_nn_param *input, *recurrent, *bias, *weight, *output_bias;

	size_t sequences, rows;        /* of the batch */
	struct NN(array) x;            /* (rows, H): before the activation                 */
	struct NN(array) state;        /* (rows, H)                                        */
	struct NN(array) logits;       /* (rows, outputs)                                  */
	struct NN(array) y;            /* (sequences + rows, outputs): what is fed back; first
					* that before the first step                       */
	struct NN(array) d_state, d_x; /* (rows, H): of the states, and before activation */
	struct NN(array) d_y;          /* (sequences, outputs)                             */
	struct NN(array) carried;      /* (sequences, outputs)                             */
	int carried_sequences;
};

enum wp_err NN(jordan_create)(struct NN(jordan) **jordan, const struct wp_nn_config *config,
	const struct wp_nn_params *params)
{
	struct NN(jordan) *j;
	enum wp_err err = wp_alloc(&j, 1, sizeof *j, "recurrent layer");
	*jordan = NULL;
	if (err)
		return err;
	j->params = params;
	j->kernels = NN(kernels)(wp_cpu_isa());
	j->activation = config->activation;
	j->softmax = config->task != WP_NN_REGRESS;
	j->units = (size_t)config->hidden;
	j->outputs = config->outputs;
	j->input = wp_nn_params_find(params, "layer0.forward.input");
	j->recurrent = wp_nn_params_find(params, "layer0.forward.recurrent");
	j->bias = wp_nn_params_find(params, "layer0.forward.bias");
	j->weight = wp_nn_params_find(params, "output.weight");
	j->output_bias = wp_nn_params_find(params, "output.bias");
	*jordan = j;
	return WP_OK;
}

void NN(jordan_free)(struct NN(jordan) *j)
{
	if (!j)
		return;
	struct NN(array) *all[] = {&j->x, &j->state, &j->logits, &j->y, &j->d_state, &j->d_x,
		&j->d_y, &j->carried};
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		free(all[i]->at);
	free(j);
}

/* What is fed back to step t. */
static real *fed_back(const struct NN(jordan) *j, const struct NN(batch) *b, int t)
{
	return j->y.at + (t ? j->sequences + b->begin[t - 1] : 0) * j->outputs;
}

static enum wp_err begin(struct NN(jordan) *j, const struct NN(batch) *b)
{
	j->sequences = (size_t)b->sequences;
	j->rows = b->begin[b->steps];
	if (b->continues && b->sequences > j->carried_sequences)
		return wp_fail(WP_EINVAL,
			"batch: goes on, but there are outputs of %d of %d "
			"sequences",
			j->carried_sequences, b->sequences);
	const struct NN(want) want[] = {
		{&j->x, j->rows, j->units},
		{&j->state, j->rows, j->units},
		{&j->logits, j->rows, j->outputs},
		{&j->y, j->sequences + j->rows, j->outputs},
		{&j->carried, j->sequences, j->outputs},
	};
	enum wp_err err = NN(reserve_all)(want, sizeof want / sizeof *want);
	if (err)
		return err;
	size_t bytes = j->sequences * j->outputs * sizeof(real);
	if (b->continues)
		memcpy(j->y.at, j->carried.at, bytes);
	else
		memset(j->y.at, 0, bytes);
	return WP_OK;
}

static void project_input(
	struct NN(jordan) *j, const real *theta, const struct NN(layer_input) *in)
{
	const real *weights = theta + j->input->offset;
	const size_t h = j->units, width = j->input->rows;
	if (!in->tokens)
		NN(gemm_nn)(j->rows, h, width, in->x, width, weights, h, 0, j->x.at, h);
	for (size_t r = 0; in->tokens && r < j->rows; r++)
		memcpy(j->x.at + r * h, weights + (size_t)in->tokens[r] * h, h * sizeof(real));
}

static void forward_step(
	struct NN(jordan) *j, const real *theta, const struct NN(batch) *b, int t)
{
	const size_t h = j->units, n = j->outputs, row = b->begin[t];
	const size_t active = (size_t)b->active[t];
	real *x = j->x.at + row * h, *state = j->state.at + row * h;
	real *logits = j->logits.at + row * n, *y = j->y.at + (j->sequences + row) * n;
	if (t || b->continues)
		NN(gemm_nn)
	(active, h, n, fed_back(j, b, t), n, theta + j->recurrent->offset, h, 1, x, h);
	struct NN(cell_step) m = {
		.units = h,
		.rows = active,
		.activation = j->activation,
		.x = x,
		.bias = j->bias ? theta + j->bias->offset : NULL,
		.state = state,
	};
	j->kernels->cell.forward[WP_NN_JORDAN](&m);
	NN(gemm_nt)(active, n, h, state, h, theta + j->weight->offset, h, 0, logits, n);
	for (size_t r = 0; r < active && j->output_bias; r++)
		j->kernels->add(logits + r * n, theta + j->output_bias->offset, n);
	memcpy(y, logits, active * n * sizeof(real));
	for (size_t r = 0; r < active && j->softmax; r++)
		j->kernels->softmax(y + r * n, NULL, n);
}

enum wp_err NN(jordan_forward)(struct NN(jordan) *j, const real *theta,
	const struct NN(batch) *b, struct NN(layer_input) in)
{
	enum wp_err err = begin(j, b);
	if (err)
		return err;
	project_input(j, theta, &in);
	for (int t = 0; t < b->steps; t++) {
		forward_step(j, theta, b, t);
		/* Those that end here leave their outputs behind. */
		size_t first = t + 1 < b->steps ? (size_t)b->active[t + 1] : 0;
		size_t count = (size_t)b->active[t] - first;
		memcpy(j->carried.at + first * j->outputs,
			j->y.at + (j->sequences + b->begin[t] + first) * j->outputs,
			count * j->outputs * sizeof(real));
	}
	j->carried_sequences = b->sequences;
	return WP_OK;
}

const real *NN(jordan_logits)(const struct NN(jordan) *j)
{
	return j->logits.at;
}

/* d_logits += what the steps after t say of the outputs of step t. */
static void complete_d_logits(struct NN(jordan) *j, const real *theta,
	const struct NN(batch) *b, int t, real *d_logits)
{
	if (t + 1 == b->steps)
		return;
	const size_t h = j->units, n = j->outputs, rows = (size_t)b->active[t + 1];
	NN(gemm_nt)
	(rows, n, h, j->d_x.at + b->begin[t + 1] * h, h, theta + j->recurrent->offset, h, 0,
		j->d_y.at, n);
	const real *y = fed_back(j, b, t + 1);
	for (size_t r = 0; r < rows; r++, y += n, d_logits += n) {
		const real *d_y = j->d_y.at + r * n;
		real mean = j->softmax ? j->kernels->dot(y, d_y, n) : 0;
		for (size_t i = 0; i < n; i++)
			d_logits[i] += j->softmax ? y[i] * (d_y[i] - mean) : d_y[i];
	}
}

static void add_gradient(struct NN(jordan) *j, const struct NN(batch) *b,
	const struct NN(layer_input) *in, const real *d_logits, struct NN(gradient) *gradient)
{
	const size_t h = j->units, n = j->outputs, width = j->input->rows;
	real *to = gradient->value;
	if (in->tokens)
		NN(scatter)
	(j->kernels, gradient, (size_t)(j->input - j->params->param), in->tokens, j->rows,
		j->d_x.at, h);
	else NN(gemm_tn)(
		width, h, j->rows, in->x, width, j->d_x.at, h, 1, to + j->input->offset, h);
	for (int t = 0; t < b->steps; t++)
		NN(gemm_tn)
	(n, h, (size_t)b->active[t], fed_back(j, b, t), n, j->d_x.at + b->begin[t] * h, h, 1,
		to + j->recurrent->offset, h);
	NN(gemm_tn)(n, h, j->rows, d_logits, n, j->state.at, h, 1, to + j->weight->offset, h);
	if (j->bias)
		j->kernels->add_rows(to + j->bias->offset, j->d_x.at, h, j->rows, h);
	if (j->output_bias)
		j->kernels->add_rows(to + j->output_bias->offset, d_logits, n, j->rows, n);
}

enum wp_err NN(jordan_backward)(struct NN(jordan) *j, const real *theta,
	const struct NN(batch) *b, struct NN(layer_input) in, real *d_logits, real *d_x,
	struct NN(gradient) *gradient)
{
	const size_t h = j->units, n = j->outputs, width = j->input->rows;
	const struct NN(want) want[] = {
		{&j->d_state, j->rows, h},
		{&j->d_x, j->rows, h},
		{&j->d_y, j->sequences, n},
	};
	enum wp_err err = NN(reserve_all)(want, sizeof want / sizeof *want);
	if (err)
		return err;
	for (int t = b->steps - 1; t >= 0; t--) {
		const size_t row = b->begin[t], active = (size_t)b->active[t];
		complete_d_logits(j, theta, b, t, d_logits + row * n);
		NN(gemm_nn)
		(active, h, n, d_logits + row * n, n, theta + j->weight->offset, h, 0,
			j->d_state.at + row * h, h);
		struct NN(cell_step) m = {
			.units = h,
			.rows = active,
			.activation = j->activation,
			.state = j->state.at + row * h,
			.d_state = j->d_state.at + row * h,
			.d_gates = j->d_x.at + row * h,
		};
		j->kernels->cell.backward[WP_NN_JORDAN](&m);
	}
	if (d_x)
		NN(gemm_nt)
	(j->rows, width, h, j->d_x.at, h, theta + j->input->offset, h, 0, d_x, width);
	if (gradient)
		add_gradient(j, b, &in, d_logits, gradient);
	return WP_OK;
}

struct NN(activity) NN(jordan_activity)(const struct NN(jordan) *j)
{
	return (struct NN(activity)){
		.state = j->state.at, .gates = j->state.at, .d_state = j->d_state.at};
}

size_t NN(jordan_carry_size)(const struct NN(jordan) *j, int sequences)
{
	return (size_t)sequences * j->outputs;
}

enum wp_err NN(jordan_get_carry)(const struct NN(jordan) *j, int sequences, real *to)
{
	if (sequences > j->carried_sequences)
		return wp_fail(WP_EINVAL, "outputs: of %d sequences wanted, but there are %d",
			sequences, j->carried_sequences);
	memcpy(to, j->carried.at, NN(jordan_carry_size)(j, sequences) * sizeof *to);
	return WP_OK;
}

enum wp_err NN(jordan_set_carry)(struct NN(jordan) *j, int sequences, const real *from)
{
	const struct NN(want) want = {&j->carried, (size_t)sequences, j->outputs};
	enum wp_err err = NN(reserve_all)(&want, 1);
	if (err)
		return err;
	memcpy(j->carried.at, from, NN(jordan_carry_size)(j, sequences) * sizeof *from);
	j->carried_sequences = sequences;
	return WP_OK;
}
