/* The outputs of networks and their losses, in double precision: gradients against finite
 * differences, and values against sums written out. */
#define WP_NN_F64
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "math/blas.h"
#include "nn/core/layer.h"
#include "nn/net/net.h"
#include "nn/layers/embedding.h"
#include "tap.h"

/* ---- A head, with a batch of three sequences for it ---- */

enum { STEPS = 5, SEQUENCES = 3 };
static const int active[STEPS] = {3, 3, 2, 1, 1};
static const size_t begin[STEPS + 1] = {0, 3, 6, 8, 9, 10};
static const int lengths[SEQUENCES] = {5, 3, 2};
enum { ROWS = 10 };

struct trial {
	struct wp_nn_config config;
	struct wp_nn_graph *graph;
	void *head, *pool; /* the output; and what pools before it, or NULL */
	struct wp_nn64_gradient *gradient;
	struct wp_nn64_batch batch;
	double *theta, *top, *d_top, *targets;
	int32_t *classes;
	int64_t *counts;
	size_t rows, width;
};

static struct wp_nn_config config_of(enum wp_nn_task task, size_t outputs, int hidden)
{
	struct wp_nn_config c;
	wp_nn_config_default(&c);
	c.task = task;
	c.outputs = outputs;
	c.inputs = task == WP_NN_LM ? outputs : 7;
	c.hidden = hidden;
	return c;
}

static void fill(double *p, size_t n, struct wp_rng *rng)
{
	for (size_t i = 0; i < n; i++)
		p[i] = 2 * wp_rng_double(rng) - 1;
}

static void *need(size_t count, size_t size)
{
	void *p = calloc(count + 1, size);
	if (!p)
		abort();
	return p;
}

static enum wp_err create_nodes(struct trial *t, const struct wp_nn_context *context)
{
	const struct wp_nn_node *out = wp_nn_graph_output(t->graph), *pool = out - 1;
	enum wp_err err = wp_nn64_node_create(&t->head, out, &t->graph->params, context);
	if (!err && out->in[0].pooled)
		err = wp_nn64_node_create(&t->pool, pool, &t->graph->params, context);
	return err;
}

/* `rows` rows of one step each where that is not 0. */
static void set_up(struct trial *t, const struct wp_nn_config *config, int rows)
{
	static int one[1];
	static size_t ends[2];
	struct wp_rng rng;
	wp_rng_seed(&rng, 5, 0);
	*t = (struct trial){.config = *config,
		.width = config->cell == WP_NN_JORDAN ? config->outputs : wp_nn_width(config)};
	t->rows = rows ? (size_t)rows : ROWS;
	t->batch = (struct wp_nn64_batch){.steps = STEPS,
		.sequences = SEQUENCES,
		.active = active,
		.begin = begin,
		.number = 3};
	if (rows) {
		one[0] = rows;
		ends[1] = (size_t)rows;
		t->batch.steps = 1;
		t->batch.sequences = rows;
		t->batch.active = one;
		t->batch.begin = ends;
	}
	t->counts = need(config->outputs, sizeof *t->counts);
	for (size_t i = 0; i < config->outputs; i++)
		t->counts[i] = 1 + (int64_t)(1000 / (i + 1));
	static struct wp_nn_context context; /* which nodes borrow */
	context = (struct wp_nn_context){.class_counts = t->counts, .seed = 11};
	if (wp_nn_graph_create(&t->graph, &t->config) || create_nodes(t, &context) ||
		wp_nn64_gradient_create(&t->gradient, &t->graph->params)) {
		printf("# %s\n", wp_error_detail());
		abort();
	}
	t->theta = need(t->graph->params.size, sizeof *t->theta);
	t->top = need(t->rows * t->width, sizeof *t->top);
	t->d_top = need(t->rows * t->width, sizeof *t->d_top);
	t->targets = need(t->rows * config->outputs, sizeof *t->targets);
	t->classes = need(t->rows, sizeof *t->classes);
	for (size_t i = 0; i < t->graph->params.count; i++)
		fill(t->theta + t->graph->params.param[i].offset,
			t->graph->params.param[i].rows * t->graph->params.param[i].cols, &rng);
	fill(t->top, t->rows * t->width, &rng);
	fill(t->targets, t->rows * config->outputs, &rng);
	for (size_t r = 0; r < t->rows; r++)
		t->classes[r] = (int32_t)wp_rng_below(&rng, (uint32_t)config->outputs);
	t->batch.classes = config->task == WP_NN_REGRESS ? NULL : t->classes;
	t->batch.targets = config->task == WP_NN_REGRESS ? t->targets : NULL;
}

static const struct wp_nn_node *output_of(const struct trial *t)
{
	return wp_nn_graph_output(t->graph);
}

/* The node before the output, if it pools. */
static const struct wp_nn_node *pool_of(const struct trial *t)
{
	return output_of(t)->in[0].pooled ? output_of(t) - 1 : NULL;
}

/* The rows that the output reads: top, or what it is pooled to, in *pooled. */
static struct wp_nn64_value *rows_of(struct trial *t, const struct wp_nn64_pass *pass,
	struct wp_nn64_value *top, struct wp_nn64_value *pooled)
{
	const struct wp_nn64_value *in[2] = {top, NULL};
	const struct wp_nn_node *pool = pool_of(t);
	if (!pool)
		return top;
	*pooled = (struct wp_nn64_value){.rows = (size_t)t->batch.sequences, .width = t->width};
	if (pool->type->layer64->forward(t->pool, pass, in, pooled))
		abort();
	return pooled;
}

static void head_train(struct trial *t, struct wp_nn_score *score)
{
	const struct wp_nn64_pass pass = {
		.theta = t->theta, .batch = &t->batch, .gradient = t->gradient};
	struct wp_nn64_value pooled,
		top = {.rows = t->batch.begin[t->batch.steps], .width = t->width, .x = t->top};
	struct wp_nn64_value *in = rows_of(t, &pass, &top, &pooled), *tops[2] = {&top, NULL};
	double *d = calloc(in->rows * in->width, sizeof *d);
	in->d = d;
	if (!d || output_of(t)->type->out64->train(t->head, &pass, in, score))
		abort();
	wp_nn64_gradient_settle(t->gradient);
	if (in == &pooled) {
		top.d = t->d_top;
		if (pool_of(t)->type->layer64->backward(t->pool, &pass, tops, &pooled))
			abort();
	} else {
		memcpy(t->d_top, d, in->rows * in->width * sizeof *d);
	}
	free(d);
}

static void head_predict(struct trial *t, double *outputs, struct wp_nn_score *score)
{
	const struct wp_nn64_pass pass = {.theta = t->theta, .batch = &t->batch};
	struct wp_nn64_value pooled,
		top = {.rows = t->batch.begin[t->batch.steps], .width = t->width, .x = t->top};
	if (output_of(t)->type->out64->predict(
		    t->head, &pass, rows_of(t, &pass, &top, &pooled), outputs, score))
		abort();
}

static void tear_down(struct trial *t)
{
	wp_nn64_node_free(t->head);
	if (t->pool)
		wp_nn64_node_free(t->pool);
	wp_nn64_gradient_free(t->gradient);
	wp_nn_graph_free(t->graph);
	free(t->theta);
	free(t->top);
	free(t->d_top);
	free(t->targets);
	free(t->classes);
	free(t->counts);
}

static struct wp_nn_score train(struct trial *t)
{
	struct wp_nn_score score = {0};
	wp_nn64_gradient_clear(t->gradient);
	head_train(t, &score);
	return score;
}

static double loss_at(struct trial *t, double *x, double value)
{
	double was = *x;
	*x = value;
	double loss = train(t).loss;
	*x = was;
	return loss;
}

/* The largest error of d, a derivative by x, among `checks` elements of n, against central
 * differences, relative to the largest derivative. */
static double worst_error(struct trial *t, double *x, const double *d, size_t n, size_t checks,
	struct wp_rng *rng)
{
	const double h = 1e-5;
	double worst = 0, largest = 1e-3;
	for (size_t i = 0; i < n; i++)
		largest = fmax(largest, fabs(d[i]));
	for (size_t k = 0; k < checks && k < n; k++) {
		size_t i = n <= checks ? k : wp_rng_below(rng, (uint32_t)n);
		double slope =
			(loss_at(t, &x[i], x[i] + h) - loss_at(t, &x[i], x[i] - h)) / (2 * h);
		worst = fmax(worst, fabs(slope - d[i]) / largest);
	}
	return worst;
}

static void gradients_are_right(struct trial *t, const char *what)
{
	enum { CHECKS = 200 };
	struct wp_rng rng;
	wp_rng_seed(&rng, 6, 0);
	size_t size = t->rows * t->width;
	train(t);
	double *d_top = need(size, sizeof *d_top);
	double *d_theta = need(t->graph->params.size, sizeof *d_theta);
	memcpy(d_top, t->d_top, size * sizeof *d_top);
	memcpy(d_theta, t->gradient->value, t->graph->params.size * sizeof *d_theta);
	double worst = worst_error(t, t->top, d_top, size, CHECKS, &rng);
	for (size_t i = 0; i < t->graph->params.count; i++) {
		const struct wp_nn_param *p = &t->graph->params.param[i];
		if (strncmp(p->name, "output", 6) == 0 || strcmp(p->name, "embedding") == 0)
			worst = fmax(worst,
				worst_error(t, t->theta + p->offset, d_theta + p->offset,
					p->rows * p->cols, CHECKS, &rng));
	}
	ok(worst < 1e-6, "%s: gradients agree with finite differences (to %.1e)", what, worst);

	/* Another batch adds to what is there; clearing forgets it. */
	train(t);
	struct wp_nn_score score = {0};
	head_train(t, &score);
	double off = 0;
	for (size_t i = 0; i < t->graph->params.size; i++)
		off = fmax(off, fabs(t->gradient->value[i] - 2 * d_theta[i]));
	train(t);
	for (size_t i = 0; i < t->graph->params.size; i++)
		off = fmax(off, fabs(t->gradient->value[i] - d_theta[i]));
	ok(off < 1e-12, "%s: gradients add up, and are cleared (to %.1e)", what, off);
	free(d_top);
	free(d_theta);
}

static double *values(const struct trial *t, const char *name)
{
	const struct wp_nn_param *p = wp_nn_params_find(&t->graph->params, name);
	return p ? t->theta + p->offset : NULL;
}

/* log softmax of a row of states, by the definition. */
static void plain_log_softmax(const struct trial *t, const double *x, double *log_p)
{
	const double *w = values(t, t->config.tied ? "embedding" : "output.weight");
	const double *b = values(t, "output.bias");
	double sum = 0;
	for (size_t c = 0; c < t->config.outputs; c++) {
		log_p[c] = b ? b[c] : 0;
		for (size_t i = 0; i < t->width; i++)
			log_p[c] += x[i] * w[c * t->width + i];
		sum += exp(log_p[c]);
	}
	for (size_t c = 0; c < t->config.outputs; c++)
		log_p[c] -= log(sum);
}

/* What head_predict says, against log-probabilities worked out otherwise; and the score. */
static void predictions_agree(
	struct trial *t, const double *want, size_t rows, const char *what)
{
	size_t n = t->config.outputs;
	double *outputs = need(rows * n, sizeof *outputs), worst = 0, loss = 0;
	struct wp_nn_score score = {0}, alone = {0};
	uint64_t correct = 0, targets = 0;
	head_predict(t, outputs, &score);
	head_predict(t, NULL, &alone);
	for (size_t r = 0; r < rows; r++) {
		size_t best = 0;
		for (size_t c = 0; c < n; c++) {
			worst = fmax(worst, fabs(outputs[r * n + c] - want[r * n + c]));
			best = want[r * n + c] > want[r * n + best] ? c : best;
		}
		if (t->classes[r] < 0)
			continue;
		loss -= want[r * n + (size_t)t->classes[r]];
		correct += best == (size_t)t->classes[r];
		targets++;
	}
	ok(worst < 1e-12, "%s: probabilities are right (to %.1e)", what, worst);
	ok(fabs(score.loss - loss) < 1e-9 && score.correct == correct &&
			score.targets == targets,
		"%s: so is the score: %d of %d", what, (int)score.correct, (int)score.targets);
	ok(fabs(alone.loss - loss) < 1e-9 && alone.correct == correct &&
			alone.targets == targets,
		"%s: also where only the score is asked for", what);
	free(outputs);
}

/* ---- Each kind of head ---- */

static void full_is_right(const struct wp_nn_config *config, int rows, const char *what)
{
	struct trial t;
	set_up(&t, config, rows);
	t.classes[1] = -1;
	gradients_are_right(&t, what);

	double *log_p = need(t.rows * t.config.outputs, sizeof *log_p), loss = 0;
	for (size_t r = 0; r < t.rows; r++) {
		double *row = log_p + r * t.config.outputs;
		plain_log_softmax(&t, t.top + r * t.width, row);
		loss -= t.classes[r] >= 0 ? row[t.classes[r]] : 0;
	}
	struct wp_nn_score score = train(&t);
	ok(fabs(score.loss - loss) < 1e-9 * loss && score.targets == t.rows - 1,
		"%s: the loss is the cross-entropy", what);
	predictions_agree(&t, log_p, t.rows, what);
	free(log_p);
	tear_down(&t);
}

static void full(void)
{
	struct wp_nn_config c = config_of(WP_NN_LM, 9, 4);
	full_is_right(&c, 0, "lm");
	c.no_bias = true;
	full_is_right(&c, 0, "lm without biases");
	c = config_of(WP_NN_LM, 9, 4);
	c.input = WP_NN_EMBEDDING;
	c.embedding = 4;
	c.tied = true;
	full_is_right(&c, 0, "tied");
	c = config_of(WP_NN_TAG, 5, 3);
	c.bidirectional = true;
	full_is_right(&c, 0, "tag, bidirectional");
	c = config_of(WP_NN_LM, 5000, 3); /* more rows than go into a block */
	full_is_right(&c, 120, "lm in blocks");
}

/* The row of top that step `step` of a sequence has. */
static const double *row_at(const struct trial *t, int step, int sequence)
{
	return t->top + (begin[step] + (size_t)sequence) * t->width;
}

static void pooled_by_hand(const struct trial *t, double *pooled)
{
	size_t width = t->width, half = t->config.bidirectional ? width / 2 : width;
	for (int s = 0; s < SEQUENCES; s++)
		for (size_t i = 0; i < width; i++) {
			double sum = 0, most = -INFINITY;
			for (int step = 0; step < lengths[s]; step++) {
				sum += row_at(t, step, s)[i];
				most = fmax(most, row_at(t, step, s)[i]);
			}
			int last = i < half ? lengths[s] - 1 : 0;
			pooled[(size_t)s * width + i] = t->config.pooling == WP_NN_MEAN
				? sum / lengths[s]
				: t->config.pooling == WP_NN_MAX ? most
								 : row_at(t, last, s)[i];
		}
}

static void classify(void)
{
	for (enum wp_nn_pooling p = WP_NN_LAST; p <= WP_NN_MAX; p++)
		for (int both = 0; both < 2; both++) {
			char what[64];
			struct trial t;
			struct wp_nn_config c = config_of(WP_NN_CLASSIFY, 4, 3);
			c.pooling = p;
			c.bidirectional = both;
			snprintf(what, sizeof what, "classify by %s%s", wp_nn_poolings[p],
				both ? ", bidirectional" : "");
			set_up(&t, &c, 0);
			gradients_are_right(&t, what);
			double *pooled = need(SEQUENCES * t.width, sizeof *pooled);
			double *log_p = need(SEQUENCES * c.outputs, sizeof *log_p);
			pooled_by_hand(&t, pooled);
			for (size_t s = 0; s < SEQUENCES; s++)
				plain_log_softmax(
					&t, pooled + s * t.width, log_p + s * c.outputs);
			predictions_agree(&t, log_p, SEQUENCES, what);
			free(pooled);
			free(log_p);
			tear_down(&t);
		}
}

static void regress(void)
{
	for (int each = 0; each < 2; each++) {
		struct trial t;
		const char *what = each ? "regress at each step" : "regress at the end";
		struct wp_nn_config c = config_of(WP_NN_REGRESS, 3, 4);
		c.input = WP_NN_REAL;
		c.each_step = each;
		set_up(&t, &c, 0);
		t.targets[4] = NAN;
		gradients_are_right(&t, what);

		size_t rows = each ? ROWS : SEQUENCES;
		double outputs[ROWS * 3], loss = 0;
		struct wp_nn_score trained = train(&t), score = {0};
		head_predict(&t, outputs, &score);
		for (size_t i = 0; i < rows * 3; i++)
			if (!isnan(t.targets[i]))
				loss += 0.5 * pow(outputs[i] - t.targets[i], 2);
		ok(fabs(loss - trained.loss) < 1e-12 && fabs(loss - score.loss) < 1e-12,
			"%s: half the squared error", what);
		ok(score.targets == rows * 3 - 1 && trained.targets == score.targets,
			"%s: a target that is not a number does not count", what);
		tear_down(&t);
	}
}

/* A Jordan network's stack hands over logits. */
static void jordan(void)
{
	struct trial t;
	struct wp_nn_config c = config_of(WP_NN_TAG, 6, 4);
	c.cell = WP_NN_JORDAN;
	set_up(&t, &c, 0);
	double loss = 0, worst = 0;
	struct wp_nn_score score = train(&t);
	for (size_t r = 0; r < ROWS; r++) {
		double sum = 0;
		const double *x = t.top + r * 6;
		for (size_t i = 0; i < 6; i++)
			sum += exp(x[i]);
		loss += log(sum) - x[t.classes[r]];
		for (size_t i = 0; i < 6; i++)
			worst = fmax(worst,
				fabs(t.d_top[r * 6 + i] - exp(x[i]) / sum +
					((int32_t)i == t.classes[r])));
	}
	ok(fabs(score.loss - loss) < 1e-12 && worst < 1e-14,
		"jordan: loss and derivatives of given logits");
	double sum = 0;
	for (size_t i = 0; i < t.graph->params.size; i++)
		sum += fabs(t.gradient->value[i]);
	ok(sum == 0, "jordan: the head leaves the weights' gradient to the stack");
	tear_down(&t);
}

static void sampled(void)
{
	struct trial t;
	struct wp_nn_config c = config_of(WP_NN_LM, 600, 5);
	c.softmax = WP_NN_SAMPLED;
	c.samples = 40;
	set_up(&t, &c, 0);
	t.classes[1] = -1;
	t.classes[2] = t.classes[3] = 0; /* sure to be among the noise */
	gradients_are_right(&t, "sampled");

	/* Only rows that are listed have a gradient, and they are the targets and the noise. */
	const struct wp_nn_param *p = wp_nn_params_find(&t.graph->params, "output.weight");
	const struct wp_nn_rows *rows = &t.gradient->rows[p - t.graph->params.param];
	train(&t);
	bool exact = rows->count > 10 && rows->count <= 40 + ROWS;
	for (size_t row = 0; row < p->rows; row++) {
		double sum = 0;
		for (size_t i = 0; i < p->cols; i++)
			sum += fabs(t.gradient->value[p->offset + row * p->cols + i]);
		exact = exact && (sum > 0) == rows->seen[row];
	}
	for (size_t r = 0; r < ROWS; r++)
		exact = exact && (t.classes[r] < 0 || rows->seen[t.classes[r]]);
	ok(exact, "sampled: the rows touched are noise and targets (%d)", (int)rows->count);

	/* One row: exp(loss + its logit) estimates the sum over all classes. */
	double *log_p = need(c.outputs, sizeof *log_p), sum = 0, squares = 0;
	const double *w = values(&t, "output.weight"), *b = values(&t, "output.bias");
	enum { DRAWS = 4000 };
	t.batch.steps = 1;
	t.batch.sequences = 1;
	const int one = 1;
	const size_t ends[2] = {0, 1};
	t.batch.active = &one;
	t.batch.begin = ends;
	t.classes[0] = 3;
	double logit = b[3];
	for (size_t i = 0; i < t.width; i++)
		logit += t.top[i] * w[3 * t.width + i];
	plain_log_softmax(&t, t.top, log_p);
	double z = exp(logit - log_p[3]);
	for (int i = 0; i < DRAWS; i++) {
		t.batch.number = (uint64_t)i;
		double estimate = exp(train(&t).loss + logit);
		sum += estimate;
		squares += estimate * estimate;
	}
	double mean = sum / DRAWS;
	double error = sqrt((squares / DRAWS - mean * mean) / DRAWS);
	ok(fabs(mean - z) < 4 * error,
		"sampled: the sum over all classes is right on average (%.1f +- %.1f of %.1f)",
		mean, error, z);
	free(log_p);
	tear_down(&t);
}

static void hierarchical(void)
{
	struct trial t;
	struct wp_nn_config c = config_of(WP_NN_LM, 700, 5);
	c.softmax = WP_NN_HIERARCHICAL;
	set_up(&t, &c, 0);
	t.classes[1] = -1;
	t.classes[4] = 0; /* the likeliest, as it may be */
	gradients_are_right(&t, "hierarchical");

	size_t n = c.outputs;
	double *log_p = need(ROWS * n, sizeof *log_p), worst = 0, loss = 0;
	struct wp_nn_score trained = train(&t);
	head_predict(&t, log_p, NULL);
	for (size_t r = 0; r < ROWS; r++) {
		double sum = 0;
		for (size_t i = 0; i < n; i++)
			sum += exp(log_p[r * n + i]);
		worst = fmax(worst, fabs(sum - 1));
		loss -= t.classes[r] >= 0 ? log_p[r * n + (size_t)t.classes[r]] : 0;
	}
	ok(worst < 1e-12, "hierarchical: probabilities add up to one (to %.1e)", worst);
	ok(fabs(loss - trained.loss) < 1e-10, "hierarchical: the loss in training is theirs");
	/* Make a target or two the likeliest class. */
	for (size_t r = 5; r < 8; r++)
		for (size_t i = 0; i < n; i++)
			if (log_p[r * n + i] > log_p[r * n + (size_t)t.classes[r]])
				t.classes[r] = (int32_t)i;
	predictions_agree(&t, log_p, ROWS, "hierarchical");
	free(log_p);
	tear_down(&t);

	set_up(&t, &c, 0);
	const struct wp_nn_node *out = output_of(&t);
	void *none_head = NULL;
	struct wp_nn_context none = {0};
	ok(wp_nn64_node_create(&none_head, out, &t.graph->params, &none) == WP_EINVAL,
		"hierarchical: needs counts");
	wp_nn64_node_free(none_head);
	tear_down(&t);
}

/* ---- Inputs ---- */

static void embedding(void)
{
	struct wp_nn_config c = config_of(WP_NN_TAG, 3, 4);
	struct wp_nn_graph *graph;
	struct wp_nn64_gradient *gradient;
	struct wp_rng rng;
	size_t parts_begin[] = {0, 2, 2, 5};
	int32_t parts[] = {1, 1, 599, 0, 7}, row[] = {0, 1, -1};
	struct wp_subwords subwords = {
		.buckets = 600, .words = 3, .begin = parts_begin, .part = parts, .row = row};
	const int32_t words[] = {1, -1, 0, 1}, ids[] = {1, 2, 0, 1};
	double x[4 * 6], dx[4 * 6];
	c.input = WP_NN_EMBEDDING;
	c.embedding = 6;
	c.inputs = 800;
	c.subwords = 600;
	if (wp_nn_graph_create(&graph, &c) ||
		wp_nn64_gradient_create(&gradient, &graph->params))
		abort();
	double *theta = need(graph->params.size, sizeof *theta);
	wp_rng_seed(&rng, 1, 0);
	fill(theta, graph->params.size, &rng);
	fill(dx, 4 * 6, &rng);
	const struct wp_nn_node *node = wp_nn_graph_embedding(graph);
	const struct wp_nn64_layer_ops *ops = node->type->layer64;
	const struct wp_nn_context context = {.subwords = &subwords};
	struct wp_nn64_value in = {.rows = 4, .words = words, .ids = ids};
	struct wp_nn64_value out = {.rows = 4, .width = 6, .d = dx}, *ins[2] = {&in, NULL};
	const struct wp_nn64_value *const_ins[2] = {&in, NULL};
	struct wp_nn64_pass pass = {.theta = theta, .gradient = gradient};
	void *self;
	if (wp_nn64_node_create(&self, node, &graph->params, &context) ||
		ops->forward(self, &pass, const_ins, &out))
		abort();
	memcpy(x, out.x, sizeof x);
	const struct wp_nn_param *table = wp_nn_params_find(&graph->params, "embedding");
	const struct wp_nn_param *part = wp_nn_params_find(&graph->params, "subword");
	double worst = 0;
	for (size_t r = 0; r < 4; r++)
		for (size_t i = 0; i < 6; i++) {
			double want = 0;
			if (words[r] >= 0)
				want += theta[table->offset + (size_t)words[r] * 6 + i];
			for (size_t k = parts_begin[ids[r]]; k < parts_begin[ids[r] + 1]; k++)
				want += theta[part->offset + (size_t)parts[k] * 6 + i];
			worst = fmax(worst, fabs(x[r * 6 + i] - want));
		}
	ok(worst < 1e-15, "a token's vector is its word's and its parts'");

	/* The gradient is the transposed map: <dx, embed(theta)> = <backward(dx), theta>. */
	if (ops->backward(self, &pass, ins, &out))
		abort();
	double forward = 0, back = 0;
	for (size_t i = 0; i < 4 * 6; i++)
		forward += x[i] * dx[i];
	for (size_t i = 0; i < graph->params.size; i++)
		back += gradient->value[i] * theta[i];
	ok(fabs(forward - back) < 1e-13, "its gradient goes to each of them");
	const struct wp_nn_rows *rows = &gradient->rows[table - graph->params.param];
	const struct wp_nn_rows *part_rows = &gradient->rows[part - graph->params.param];
	ok(rows->count == 2 && rows->row[0] == 1 && rows->row[1] == 0 &&
			part_rows->count == 4 && part_rows->row[0] == 599,
		"the rows touched are listed once, in order");

	struct wp_nn64_gradient *sum;
	if (wp_nn64_gradient_create(&sum, &graph->params))
		abort();
	wp_nn64_gradient_add(sum, gradient);
	wp_nn64_gradient_add(sum, gradient);
	worst = 0;
	for (size_t i = 0; i < graph->params.size; i++)
		worst = fmax(worst, fabs(sum->value[i] - 2 * gradient->value[i]));
	ok(worst == 0 && sum->rows[table - graph->params.param].count == 2,
		"gradients of shards add up, with their lists");
	wp_nn64_gradient_clear(sum);
	back = 0;
	for (size_t i = 0; i < graph->params.size; i++)
		back += fabs(sum->value[i]);
	ok(back == 0 && sum->rows[table - graph->params.param].count == 0,
		"and clear to zero by these lists");
	wp_nn64_gradient_free(sum);
	wp_nn64_gradient_free(gradient);
	wp_nn64_node_free(self);
	wp_nn_graph_free(graph);

	c.freeze = true;
	c.subwords = 0;
	if (wp_nn_graph_create(&graph, &c) ||
		wp_nn64_gradient_create(&gradient, &graph->params))
		abort();
	node = wp_nn_graph_embedding(graph);
	pass.gradient = gradient;
	if (wp_nn64_node_create(&self, node, &graph->params, &context) ||
		ops->backward(self, &pass, ins, &out))
		abort();
	wp_nn64_node_free(self);
	back = 0;
	for (size_t i = 0; i < graph->params.size; i++)
		back += fabs(gradient->value[i]);
	ok(back == 0, "a frozen embedding gets no gradient");
	wp_nn64_gradient_free(gradient);
	wp_nn_graph_free(graph);
	free(theta);
}

static void onehot(void)
{
	struct wp_nn_config c = config_of(WP_NN_LM, 900, 5);
	struct wp_nn_graph *graph;
	struct wp_nn64_gradient *gradient;
	const int32_t ids[] = {7, 899, 7};
	double d[3 * 24];
	struct wp_rng rng;
	if (wp_nn_graph_create(&graph, &c) ||
		wp_nn64_gradient_create(&gradient, &graph->params))
		abort();
	wp_rng_seed(&rng, 2, 0);
	fill(d, 3 * 24, &rng);
	wp_nn64_scatter(wp_nn64_kernels(WP_ISA_PLAIN), gradient, 0, ids, 3, d, 24);
	const double *seven = gradient->value + 7 * 20, *last = gradient->value + 899 * 20;
	bool right = gradient->rows[0].count == 2;
	for (size_t i = 0; i < 20; i++)
		right = right && seven[i] == d[i] + d[48 + i] && last[i] == d[24 + i];
	ok(right, "one-hot: rows of the gradient are scattered, repeated ones added up");
	wp_nn64_gradient_free(gradient);
	wp_nn_graph_free(graph);
}

int main(void)
{
	if (wp_blas_start(4))
		return 1;
	full();
	classify();
	regress();
	jordan();
	sampled();
	hierarchical();
	embedding();
	onehot();
	return done_testing();
}
