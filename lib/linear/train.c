#include "linear/train.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "base/random.h"
#include "linear/solve.h"

void wp_linear_default(struct wp_linear_config *c)
{
	*c = (struct wp_linear_config){.method = WP_LINEAR_SVM,
		.loss = WP_LINEAR_SQUARED_HINGE,
		.penalty = WP_LINEAR_L2,
		.cost = 1,
		.bias = 1,
		.alpha = 1,
		.tolerance = 0.01,
		.iterations = 1000,
		.threads = 1,
		.memory = (size_t)2 << 30,
		.seed = 1};
}

enum wp_err wp_linear_check(const struct wp_linear_config *c)
{
	if (c->penalty == WP_LINEAR_L1 && c->method == WP_LINEAR_SVM &&
		c->loss == WP_LINEAR_HINGE)
		return wp_fail(WP_EINVAL,
			"\1penalty l1 needs a smooth loss: \1loss squared-hinge, or \1method "
			"logistic");
	if (c->penalty == WP_LINEAR_L1 && c->method != WP_LINEAR_SVM &&
		c->method != WP_LINEAR_REGRESSION)
		return wp_fail(WP_EINVAL, "\1penalty is for \1method svm and logistic");
	return WP_OK;
}

/* What a solver is given for each class, or each number to predict. */
struct job {
	const struct wp_linear_part *part;
	const struct wp_linear_config *config;
	const int32_t *class_; /* by i in part                   */
	size_t outputs, stride;
	double *w; /* outputs x stride               */
	struct wp_linear_solved *solved;
	struct wp_linear_config used;
};

static enum wp_err solve_one(const struct job *j, size_t output)
{
	const struct wp_linear_part *part = j->part;
	int32_t positive = j->outputs == 1 ? 1 : (int32_t)output;
	int8_t *y;
	enum wp_err err = wp_alloc(&y, part->n, sizeof *y, "classes");
	for (size_t i = 0; i < part->n && !err; i++)
		y[i] = j->class_[i] == positive ? 1 : -1;
	double *w = j->w + output * j->stride;
	if (!err && j->used.penalty == WP_LINEAR_L1)
		err = wp_linear_lasso(part, y, &j->used, output, w, &j->solved[output]);
	else if (!err)
		err = wp_linear_dual(part, y, &j->used, output, w, &j->solved[output]);
	free(y);
	return err;
}

static enum wp_err solve_numbers(const struct job *j, size_t output)
{
	const struct wp_linear_part *part = j->part;
	double *y;
	enum wp_err err = wp_alloc(&y, part->n, sizeof *y, "targets");
	for (size_t i = 0; i < part->n && !err; i++)
		y[i] = part->rows->targets[part->which[i] * j->outputs + output];
	if (!err)
		err = wp_linear_ridge(
			part, y, j->config, j->w + output * j->stride, &j->solved[output]);
	free(y);
	return err;
}

/* Classes first to first + WP_LINEAR_TOGETHER - 1, of those that there are. */
static enum wp_err solve_together(const struct job *j, size_t first)
{
	size_t left = j->outputs - first;
	size_t n = left < WP_LINEAR_TOGETHER ? left : WP_LINEAR_TOGETHER;
	return wp_linear_dual_together(j->part, j->class_, (int32_t)first, n, &j->used,
		j->w + first * j->stride, j->solved + first);
}

static bool goes_together(const struct job *j)
{
	return j->config->method == WP_LINEAR_SVM && j->config->penalty == WP_LINEAR_L2 &&
		j->outputs > 2;
}

/* Thread t takes the outputs t, t + threads, ... */
static enum wp_err work(int thread, void *arg)
{
	const struct job *j = arg;
	enum wp_err err = WP_OK;
	size_t threads = (size_t)j->used.threads;
	if (goes_together(j)) {
		for (size_t o = (size_t)thread * WP_LINEAR_TOGETHER; o < j->outputs && !err;
			o += threads * WP_LINEAR_TOGETHER)
			err = solve_together(j, o);
		return err;
	}
	for (size_t o = (size_t)thread; o < j->outputs && !err; o += threads)
		err = j->config->method == WP_LINEAR_RIDGE ? solve_numbers(j, o)
							   : solve_one(j, o);
	return err;
}

static enum wp_err solve(struct job *j)
{
	const struct wp_linear_config *c = j->config;
	bool binary = j->outputs == 1;
	j->used = *c;
	if (c->method == WP_LINEAR_REGRESSION)
		j->used.loss = WP_LINEAR_LOGISTIC;
	if ((size_t)j->used.threads > j->outputs)
		j->used.threads = (int)j->outputs;
	if (c->method == WP_LINEAR_MULTINOMIAL || c->method == WP_LINEAR_BERNOULLI) {
		j->solved->converged = true;
		return wp_linear_bayes(j->part, j->class_, j->outputs, c, j->w);
	}
	if (c->method == WP_LINEAR_REGRESSION && !binary && !c->one_vs_rest &&
		c->penalty == WP_LINEAR_L2)
		return wp_linear_softmax(j->part, j->class_, j->outputs, c, j->w, j->solved);
	return wp_parallel(j->used.threads, work, j);
}

/* ---- From weights to a model ---- */

/* What all classes have in common decides nothing: weights of naive Bayes are taken relative to
 * the mean of the classes, so that small ones can be dropped. */
static void centre(double *w, size_t outputs, size_t stride)
{
	for (size_t j = 0; j < stride; j++) {
		double mean = 0;
		for (size_t o = 0; o < outputs; o++)
			mean += w[o * stride + j] / (double)outputs;
		for (size_t o = 0; o < outputs; o++)
			w[o * stride + j] -= mean;
	}
}

static enum wp_err make_model(struct wp_linear_model *m, const struct job *j)
{
	size_t cols = j->part->rows->cols, outputs = j->outputs, n = 1;
	bool bayes = j->config->method == WP_LINEAR_MULTINOMIAL ||
		j->config->method == WP_LINEAR_BERNOULLI;
	if (bayes)
		centre(j->w, outputs, j->stride);
	if (j->config->method == WP_LINEAR_RIDGE ||
		(!bayes &&
			(j->config->one_vs_rest || j->config->penalty == WP_LINEAR_L1 ||
				j->config->method == WP_LINEAR_SVM)))
		n = outputs; /* solved apart */
	m->method = j->config->method;
	m->one_vs_rest = n > 1;
	m->cols = cols;
	m->outputs = outputs;
	m->cost = j->config->cost;
	m->converged = true;
	for (size_t o = 0; o < n; o++)
		m->converged = m->converged && j->solved[o].converged;
	enum wp_err err = wp_alloc(&m->weight, cols * outputs, sizeof *m->weight, "weights");
	if (!err)
		err = wp_alloc(&m->bias, outputs, sizeof *m->bias, "weights");
	for (size_t o = 0; o < outputs && !err; o++) {
		const double *w = j->w + o * j->stride;
		m->bias[o] = w[cols];
		for (size_t c = 0; c < cols; c++)
			m->weight[c * outputs + o] =
				fabs(w[c]) >= j->config->drop ? (float)w[c] : 0;
	}
	return err;
}

/* How many outputs there are; WP_EMISMATCH where the rows do not serve the method. */
static enum wp_err check_rows(
	const struct wp_linear_rows *r, const struct wp_linear_config *c, size_t *outputs)
{
	if (r->rows == 0)
		return wp_fail(WP_EMISMATCH, "%s: no rows to learn from", r->name);
	if (r->cols == 0 || r->start[r->rows] == 0)
		return wp_fail(WP_EMISMATCH, "%s: no usable feature: all rows are empty%s",
			r->name, r->settings.count ? " (see onehot --min-df)" : "");
	if (r->rows > INT32_MAX)
		return wp_fail(WP_ELIMIT, "%s: more than %d rows", r->name, INT32_MAX);
	if (c->method == WP_LINEAR_RIDGE) {
		*outputs = r->outputs;
		return r->targets ? WP_OK
				  : wp_fail(WP_EMISMATCH,
					    "%s: no 'targets': \1method ridge learns "
					    "numbers",
					    r->name);
	}
	if (!r->labels)
		return wp_fail(WP_EMISMATCH, "%s: no labels to learn: see vocab --labels%s",
			r->name, r->targets ? "; for 'targets' there is \1method ridge" : "");
	size_t classes = r->label_vocab.count;
	bool bayes = c->method == WP_LINEAR_MULTINOMIAL || c->method == WP_LINEAR_BERNOULLI;
	*outputs = classes == 2 && !bayes ? 1 : classes;
	return WP_OK;
}

static enum wp_err check_memory(
	const struct wp_linear_rows *r, const struct wp_linear_config *c, size_t outputs)
{
	double bytes = (double)r->cols * (double)outputs * (sizeof(double) + sizeof(float));
	if (bytes > (double)c->memory)
		return wp_fail(WP_ELIMIT,
			"weights of %zu columns and %zu classes take %.0f MiB: see onehot \1min-df, or \1memory",
			r->cols, outputs, bytes / 0x1p20);
	return WP_OK;
}

/* Each label has to have rows, or its class cannot be learnt. */
static enum wp_err check_classes(const struct wp_linear_rows *r)
{
	size_t classes = r->label_vocab.count, used = 0, length = 0;
	uint64_t *count;
	enum wp_err err = wp_alloc(&count, classes, sizeof *count, "labels");
	for (size_t i = 0; i < r->rows && !err; i++)
		used += count[r->labels[i]]++ == 0;
	for (size_t k = 0; k < classes && !err; k++) {
		const char *label = wp_strings_get(&r->label_vocab, k, &length);
		if (used == 1 && count[k] > 0)
			err = wp_fail(WP_EMISMATCH,
				"%s: all %zu rows have the label '%.*s': two classes are needed",
				r->name, r->rows, (int)(length < 60 ? length : 60), label);
		else if (used > 1 && count[k] == 0)
			err = wp_fail(WP_EMISMATCH, "%s: no row has the label '%.*s'", r->name,
				(int)(length < 60 ? length : 60), label);
	}
	free(count);
	return err;
}

/* Train on some rows. */
static enum wp_err train_part(struct wp_linear_model *model, const struct wp_linear_part *part,
	const struct wp_linear_config *config, size_t outputs)
{
	const struct wp_linear_rows *r = part->rows;
	struct job j = {
		.part = part, .config = config, .outputs = outputs, .stride = r->cols + 1};
	int32_t *class_ = NULL;
	*model = (struct wp_linear_model){0};
	enum wp_err err = wp_alloc(&j.w, outputs * j.stride, sizeof *j.w, "weights");
	if (!err)
		err = wp_alloc(&j.solved, outputs, sizeof *j.solved, "training");
	if (!err)
		err = wp_alloc(&class_, part->n, sizeof *class_, "classes");
	for (size_t i = 0; i < part->n && !err && r->labels; i++)
		class_[i] = r->labels[part->which[i]];
	j.class_ = class_;
	if (!err)
		err = solve(&j);
	if (!err)
		err = make_model(model, &j);
	if (!err && config->method != WP_LINEAR_RIDGE)
		err = wp_strings_add_all(&model->labels, &r->label_vocab);
	for (size_t k = 0; k < outputs && !err; k++)
		if (!isfinite(model->bias[k]))
			err = wp_fail(WP_EDIVERGED, "the weights left the finite numbers");
	if (err)
		wp_linear_model_fini(model);
	free(j.w);
	free(j.solved);
	free(class_);
	return err;
}

enum wp_err wp_linear_train(struct wp_linear_model *model, const struct wp_linear_rows *rows,
	const struct wp_linear_config *config)
{
	struct wp_linear_part part = {.rows = rows, .n = rows->rows};
	uint32_t *which;
	size_t outputs;
	*model = (struct wp_linear_model){0};
	enum wp_err err = wp_linear_check(config);
	if (!err)
		err = check_rows(rows, config, &outputs);
	if (!err)
		err = check_memory(rows, config, outputs);
	if (!err && config->method != WP_LINEAR_RIDGE)
		err = check_classes(rows);
	if (!err)
		err = wp_alloc(&which, part.n, sizeof *which, "rows");
	if (err)
		return err;
	for (size_t i = 0; i < part.n; i++)
		which[i] = (uint32_t)i;
	part.which = which;
	err = train_part(model, &part, config, outputs);
	free(which);
	return err;
}

/* ---- Cross-validation ---- */

/* The fold of each row: rows of a class are shuffled and dealt out in turn. */
static enum wp_err deal(const struct wp_linear_rows *r, bool classes, size_t folds,
	uint64_t seed, uint32_t **fold)
{
	struct wp_rng rng;
	uint32_t *order, turn = 0;
	size_t kinds = classes ? r->label_vocab.count : 1;
	enum wp_err err = wp_alloc(fold, r->rows, sizeof **fold, "folds");
	if (!err)
		err = wp_alloc(&order, r->rows, sizeof *order, "folds");
	if (err)
		return err;
	wp_rng_seed(&rng, seed, 1u << 20);
	for (size_t i = 0; i < r->rows; i++) {
		size_t j = wp_rng_below(&rng, (uint32_t)i + 1);
		order[i] = order[j];
		order[j] = (uint32_t)i;
	}
	for (size_t k = 0; k < kinds; k++)
		for (size_t i = 0; i < r->rows; i++)
			if (!classes || r->labels[order[i]] == (int32_t)k)
				(*fold)[order[i]] = turn++ % (uint32_t)folds;
	free(order);
	return WP_OK;
}

/* The sum over a row's outputs of squared errors, or whether its label is the right one. */
static double judge(const struct wp_linear_model *m, const struct wp_linear_rows *r, size_t row,
	double *outputs)
{
	double sum = 0;
	wp_linear_outputs(m, r, row, outputs);
	if (m->method != WP_LINEAR_RIDGE)
		return wp_linear_best(m, outputs) == r->labels[row];
	for (size_t o = 0; o < m->outputs; o++) {
		double e = outputs[o] - r->targets[row * m->outputs + o];
		sum += e * e;
	}
	return sum;
}

enum wp_err wp_linear_validate(const struct wp_linear_rows *rows,
	const struct wp_linear_config *config, size_t folds, double *score)
{
	bool numbers = config->method == WP_LINEAR_RIDGE;
	struct wp_linear_part part = {.rows = rows};
	uint32_t *fold = NULL, *which = NULL;
	double *sums = NULL, total = 0;
	size_t outputs;
	enum wp_err err = check_rows(rows, config, &outputs);
	if (!err && !numbers)
		err = check_classes(rows);
	if (!err && rows->rows < folds)
		err = wp_fail(WP_EMISMATCH, "%s: %zu rows for %zu folds", rows->name,
			rows->rows, folds);
	if (!err)
		err = deal(rows, !numbers, folds, config->seed, &fold);
	if (!err)
		err = wp_alloc(&which, rows->rows, sizeof *which, "folds");
	if (!err)
		err = wp_alloc(&sums, outputs, sizeof *sums, "folds");
	for (size_t f = 0; f < folds && !err; f++) {
		struct wp_linear_model model;
		part.n = 0;
		for (size_t i = 0; i < rows->rows; i++)
			if (fold[i] != f)
				which[part.n++] = (uint32_t)i;
		part.which = which;
		err = train_part(&model, &part, config, outputs);
		for (size_t i = 0; i < rows->rows && !err; i++)
			total += fold[i] == f ? judge(&model, rows, i, sums) : 0;
		if (!err)
			wp_linear_model_fini(&model);
	}
	*score = numbers
		? sqrt(total / (double)(rows->rows * (rows->outputs ? rows->outputs : 1)))
		: total / (double)rows->rows;
	free(fold);
	free(which);
	free(sums);
	return err;
}
