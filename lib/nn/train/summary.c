/* What is trained, and whether its gradient is right: for people. */
#include <string.h>

#include "nn/train/gradient_check.h"
#include "nn/net/graph.h"
#include "nn/train/trainer_state.h"

/* The network in words, as --net takes it. */
static enum wp_err print_network(struct wp_output *out, const struct wp_nn_model *m)
{
	const struct wp_nn_config *c = &m->config;
	enum wp_err err = wp_output_printf(out, "%s: %zu %s in, %zu out\n--net \"",
		wp_nn_tasks[c->task].name, c->inputs,
		c->input == WP_NN_REAL ? "numbers" : "tokens", c->outputs);
	if (!err)
		err = wp_nn_graph_print(out, m->graph);
	return err ? err : wp_output_printf(out, "\"\n\n");
}

static enum wp_err print_params(struct wp_output *out, const struct wp_nn_params *params)
{
	enum wp_err err =
		wp_output_printf(out, "%-28s %20s %14s\n", "parameter", "shape", "numbers");
	for (size_t i = 0; i < params->count && !err; i++) {
		const struct wp_nn_param *p = &params->param[i];
		struct wp_tensor tensor = wp_tensor_2d("", WP_F32, p->rows, p->cols);
		char shape[64];
		err = wp_output_printf(out, "%-28s %20s %14zu%s\n", p->name,
			wp_tensor_shape(&tensor, shape, sizeof shape), p->rows * p->cols,
			p->flags & WP_NN_FROZEN ? "  not trained" : "");
	}
	return err
		? err
		: wp_output_printf(out, "%-28s %20s %14zu\n\n", "all", "", params->parameters);
}

static double mebibytes(double bytes)
{
	return bytes / (1 << 20);
}

/* What lies in memory of the size of all parameters, and of a batch. */
static enum wp_err print_memory(struct wp_output *out, const struct wp_nn_trainer *t)
{
	double size = (double)t->model->params->size * sizeof(float);
	size_t rows;
	int arrays = wp_nn_optimizer_state_arrays(t->optimizer);
	enum wp_err err = wp_nn_largest_batch(&t->data, &t->config.batching, &rows);
	if (err)
		return err;
	const struct {
		const char *what;
		double bytes;
	} parts[] = {{"parameters", size}, {"gradients", size * (1 + t->spares)},
		{"optimiser", size * arrays}, {"best parameters", t->best_theta ? size : 0},
		{"largest batch, at most",
			(double)rows * (double)wp_nn_row_bytes(t->model->graph)}};
	double all = 0;
	err = wp_output_printf(out, "%-28s %20s %14s\n", "memory", "", "MiB");
	for (int i = 0; i < 5 && !err; i++) {
		err = wp_output_printf(out, "%-28s %20s %14.1f\n", parts[i].what, "",
			mebibytes(parts[i].bytes));
		all += parts[i].bytes;
	}
	return err ? err
		   : wp_output_printf(out, "%-28s %20s %14.1f\n\n", "all", "", mebibytes(all));
}

enum wp_err wp_nn_trainer_summary(struct wp_nn_trainer *t, struct wp_output *out)
{
	enum wp_err err = print_network(out, t->model);
	if (!err)
		err = print_params(out, t->model->params);
	if (!err)
		err = print_memory(out, t);
	if (err)
		return err;
	return wp_output_printf(out,
		"%zu sequences, %zu tokens; %llu updates in the first epoch\n",
		t->config.batching.stream ? (size_t)1 : t->data.sequences, t->data.rows,
		(unsigned long long)wp_nn_batcher_count(t->train.batcher, 0));
}

enum wp_err wp_nn_trainer_check_gradients(struct wp_nn_trainer *t, struct wp_output *out,
	double tolerance, void (*compared)(double share))
{
	const struct wp_nn_params *params = t->model->params;
	struct wp_nn_split *split = &t->train;
	struct wp_nn_check check;
	if (t->model->graph->penalized)
		return wp_fail(WP_EINVAL,
			"omega adds to the gradient what is that of no loss: the network without it "
			"can be checked");
	enum wp_err err = wp_nn_batcher_get(split->batcher, 0, 0, split->batch, &split->shards);
	if (!err)
		err = wp_nn_check_gradients(&check, t->model->graph, &t->context,
			t->model->theta, &split->batch[0], compared);
	if (err)
		return err;
	const struct wp_nn_param *p = &params->param[check.param];
	err = wp_output_printf(out,
		"compared\t%zu numbers\nlargest relative error\t%.3g\nat\t%s row %zu column %zu\n"
		"gradient\t%.12g\ndifference\t%.12g\n",
		check.compared, check.error, p->name, check.element / p->cols,
		check.element % p->cols, check.gradient, check.difference);
	if (err || check.error < tolerance)
		return err;
	return wp_fail(
		WP_EMISMATCH, "the gradient and finite differences differ by %g", check.error);
}
