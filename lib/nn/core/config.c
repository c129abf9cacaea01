#include "nn/core/config.h"

const char *const wp_nn_cells[] = {
	"elman", "jordan", "lstm", "peephole", "gru", "gru-reset-before", NULL};
const char *const wp_nn_activations[] = {"tanh", "relu", "sigmoid", NULL};
const char *const wp_nn_inputs[] = {"onehot", "embedding", "real", NULL};
const char *const wp_nn_poolings[] = {"last", "mean", "max", NULL};
const char *const wp_nn_softmaxes[] = {"full", "sampled", "hierarchical", NULL};
const char *const wp_nn_conditions[] = {"none", "step", "start", NULL};
const char *const wp_nn_attentions[] = {"none", "additive", "dot", "general", NULL};

enum { MOST_LAYERS = 64, MOST_UNITS = 1 << 16 };

void wp_nn_config_default(struct wp_nn_config *config)
{
	*config = (struct wp_nn_config){
		.task = WP_NN_LM,
		.cell = WP_NN_LSTM,
		.activation = WP_NN_TANH,
		.layers = 1,
		.hidden = 128,
		.input = WP_NN_ONEHOT,
		.pooling = WP_NN_LAST,
		.softmax = WP_NN_FULL,
		.unknown = -1,
		.heads = 1,
	};
}

size_t wp_nn_width(const struct wp_nn_config *config)
{
	return (size_t)config->hidden * (config->bidirectional ? 2 : 1);
}

bool wp_nn_by_row(enum wp_nn_task task, bool each_step)
{
	return wp_nn_tasks[task].by_row || (wp_nn_tasks[task].either && each_step);
}

bool wp_nn_at_end(const struct wp_nn_config *c)
{
	return !wp_nn_by_row(c->task, c->each_step);
}

static enum wp_err check_range(const char *what, size_t x, size_t low, size_t high)
{
	return x >= low && x <= high
		? WP_OK
		: wp_fail(WP_EINVAL, "%s %zu: out of range (%zu to %zu)", what, x, low, high);
}

static enum wp_err check_count(const char *what, int x, int low, int high)
{
	return x >= low && x <= high
		? WP_OK
		: wp_fail(WP_EINVAL, "%s %d: out of range (%d to %d)", what, x, low, high);
}

/* [0, 1): a share that is dropped; NaN is none. */
static enum wp_err check_share(const char *what, double x)
{
	return x >= 0 && x < 1
		? WP_OK
		: wp_fail(WP_EINVAL, "%s %g: out of range (0 to below 1)", what, x);
}

static enum wp_err check_ranges(const struct wp_nn_config *c)
{
	enum wp_err err;
	if ((err = check_range("task", c->task, 0, WP_NN_TASKS - 1)) ||
		(err = check_range("cell", c->cell, 0, WP_NN_GRU_RESET_BEFORE)) ||
		(err = check_range("activation", c->activation, 0, WP_NN_SIGMOID)) ||
		(err = check_range("input", c->input, 0, WP_NN_REAL)) ||
		(err = check_range("pooling", c->pooling, 0, WP_NN_MAX)) ||
		(err = check_range("softmax", c->softmax, 0, WP_NN_HIERARCHICAL)) ||
		(err = check_count("layers", c->layers, 1, MOST_LAYERS)) ||
		(err = check_count("hidden", c->hidden, 1, MOST_UNITS)) ||
		(err = check_range("inputs", c->inputs, 1, INT32_MAX)) ||
		(err = check_range("outputs", c->outputs, 1, INT32_MAX)) ||
		(err = check_range("subwords", c->subwords, 0, INT32_MAX)) ||
		(err = check_count("embedding", c->embedding,
			 c->input == WP_NN_EMBEDDING ? 1 : 0, MOST_UNITS)) ||
		(err = check_share("dropout", c->dropout)) ||
		(err = check_share("embedding dropout", c->embedding_dropout)) ||
		(err = check_share("weight drop", c->weight_drop)) ||
		(err = check_share("label smoothing", c->label_smoothing)) ||
		(err = check_share("recurrent dropout", c->recurrent_dropout)))
		return err;
	if (!(c->word_dropout >= 0 && c->word_dropout <= 1e6))
		return wp_fail(
			WP_EINVAL, "word dropout %g: out of range (0 to 1e6)", c->word_dropout);
	return WP_OK;
}

static enum wp_err check_input(const struct wp_nn_config *c)
{
	if (c->input != WP_NN_EMBEDDING && !wp_nn_tasks[c->task].pairs) {
		if (c->embedding)
			return wp_fail(WP_EINVAL, "embedding: only where tokens have vectors");
		if (c->freeze)
			return wp_fail(WP_EINVAL, "freeze: there is no embedding to freeze");
		if (c->subwords)
			return wp_fail(WP_EINVAL, "subwords: only where tokens have vectors");
		if (c->embedding_dropout > 0)
			return wp_fail(
				WP_EINVAL, "embedding dropout: only where tokens have vectors");
	}
	if (c->unknown < -1 || (c->unknown >= 0 && (size_t)c->unknown >= c->inputs))
		return wp_fail(WP_EINVAL, "unknown token %d: not in the vocabulary of %zu",
			(int)c->unknown, c->inputs);
	return WP_OK;
}

static enum wp_err check_head(const struct wp_nn_config *c)
{
	const struct wp_nn_task_type *task = &wp_nn_tasks[c->task];
	if (c->each_step && !task->either)
		return wp_fail(WP_EINVAL, "target at each step: only for regress");
	if (c->pooling != WP_NN_LAST && !wp_nn_at_end(c))
		return wp_fail(WP_EINVAL, "pooling %s: there is an output at each step",
			wp_nn_poolings[c->pooling]);
	if (c->softmax != WP_NN_FULL && !task->next && !task->pairs)
		return wp_fail(WP_EINVAL,
			"softmax %s: only for lm and translate, which have many classes",
			wp_nn_softmaxes[c->softmax]);
	if (c->label_smoothing > 0 && (c->softmax != WP_NN_FULL || task->numbers))
		return wp_fail(
			WP_EINVAL, "label smoothing: only of a softmax over all classes");
	return WP_OK;
}

/* Pairs: what encoder and decoder have together. */
static enum wp_err check_pairs(const struct wp_nn_config *c)
{
	const bool pairs = wp_nn_tasks[c->task].pairs;
	if (!pairs && (c->attention != WP_NN_NO_ATTENTION || c->heads != 1))
		return wp_fail(
			WP_EINVAL, "\1attention and \1heads are for \1task translate only");
	if (c->heads != 1 && c->attention == WP_NN_NO_ATTENTION)
		return wp_fail(WP_EINVAL, "\1heads needs \1attention");
	if (!pairs)
		return WP_OK;
	if (c->cell == WP_NN_JORDAN)
		return wp_fail(WP_EINVAL, "translate: not with the cell jordan");
	if (c->embedding < 1)
		return wp_fail(
			WP_EINVAL, "translate: the target's tokens have vectors: see \1dim");
	return c->bidirectional && c->hidden % 2
		? wp_fail(WP_EINVAL,
			  "translate: half of %d units for each direction of the encoder",
			  c->hidden)
		: WP_OK;
}

/* What reads the vectors of sequences. */
static enum wp_err check_condition(const struct wp_nn_config *c)
{
	if (c->condition == WP_NN_NO_CONDITION)
		return WP_OK;
	if (wp_nn_tasks[c->task].pairs || c->cell == WP_NN_JORDAN)
		return wp_fail(WP_EINVAL, "\1condition: not with %s",
			c->cell == WP_NN_JORDAN ? "the cell jordan" : "pairs");
	if (c->columns > 0)
		return wp_fail(WP_EINVAL,
			"\1condition: not with \1columns; the words of \1net can have both");
	if (c->condition == WP_NN_CONDITION_STEP && c->input == WP_NN_ONEHOT)
		return wp_fail(WP_EINVAL,
			"\1condition step: the vector stands beside those of tokens: see \1dim");
	return c->condition == WP_NN_CONDITION_START && c->bidirectional
		? wp_fail(WP_EINVAL, "\1condition start: only in one direction")
		: WP_OK;
}

/* What is to predict its own input. */
static enum wp_err check_task(const struct wp_nn_config *c)
{
	const struct wp_nn_task_type *task = &wp_nn_tasks[c->task];
	if (task->itself && (c->input != WP_NN_REAL || c->inputs != c->outputs))
		return wp_fail(
			WP_EINVAL, "%s: reads rows of numbers, and makes as many", task->name);
	if (!task->next)
		return WP_OK;
	if (c->input == WP_NN_REAL)
		return wp_fail(WP_EINVAL, "lm: reads tokens, not real numbers");
	if (c->inputs != c->outputs)
		return wp_fail(
			WP_EINVAL, "lm: %zu tokens in, but %zu out", c->inputs, c->outputs);
	if (c->bidirectional)
		return wp_fail(WP_EINVAL,
			"lm: cannot be bidirectional, it would see the token it predicts");
	return WP_OK;
}

enum wp_err wp_nn_config_check(const struct wp_nn_config *config)
{
	enum wp_err err;
	if ((err = check_ranges(config)) || (err = check_task(config)) || config->net)
		return err; /* the rest is said in words, and checked there */
	if (config->recurrent_dropout > 0 && !config->variational)
		return wp_fail(WP_EINVAL, "\1recurrent-dropout needs \1variational");
	err = check_input(config);
	if (!err)
		err = check_pairs(config);
	if (!err)
		err = check_condition(config);
	return err ? err : check_head(config);
}
