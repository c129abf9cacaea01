/* The conditional random field, in double precision: loss, marginals and best tags against sums
 * over all sequences of tags, and the gradient against finite differences. */
#define WP_NN_F64
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "math/blas.h"
#include "nn/net/net.h"
#include "nn/train/gradient_check.h"
#include "tap.h"

enum { WIDTH = 3, TAGS = 4, SEQUENCES = 3, STEPS = 5, ROWS = 10, BEST = 70 };
static const int active[STEPS] = {3, 3, 2, 1, 1}, lengths[SEQUENCES] = {5, 3, 2};
static const size_t begin[STEPS + 1] = {0, 3, 6, 8, 9, 10};

static struct wp_nn_graph *graph;
static double *theta, values[ROWS * WIDTH];
static int32_t classes[ROWS];
static struct wp_tag_set set;
static enum wp_tag_scheme scheme; /* what it does not allow has no probability */

static void check_ok(enum wp_err err)
{
	if (err) {
		printf("Bail out! %s\n", wp_error_detail());
		exit(EXIT_FAILURE);
	}
}

static const double *param(const char *name)
{
	const struct wp_nn_param *p = wp_nn_params_find(&graph->params, name);
	if (!p)
		abort();
	return theta + p->offset;
}

/* The score of tag y of sequence s at step t by itself. */
static double unary(int s, int t, int y)
{
	const double *w = param("output.weight") + y * WIDTH;
	const double *x = values + (begin[t] + (size_t)s) * WIDTH;
	double sum = param("output.bias")[y];
	for (int i = 0; i < WIDTH; i++)
		sum += w[i] * x[i];
	return sum;
}

static double score_of(int s, const int *y)
{
	const double *a = param("output.transition");
	double sum = a[TAGS * TAGS + y[0]] + a[(TAGS + 1) * TAGS + y[lengths[s] - 1]];
	for (int t = 0; t <= lengths[s] && scheme; t++)
		if (!wp_tag_may_follow(
			    &set, scheme, t ? y[t - 1] : -1, t < lengths[s] ? y[t] : -1))
			return -INFINITY;
	for (int t = 0; t < lengths[s]; t++) {
		sum += unary(s, t, y[t]);
		sum += t ? a[y[t - 1] * TAGS + y[t]] : 0;
	}
	return sum;
}

/* Of sequence s: log Z, marginals (rows, TAGS) and the best tags (rows), one sequence of tags
 * after the other. */
static double enumerate(int s, double *marginal, int32_t *best)
{
	int count = 1, y[STEPS];
	double z = 0, most = -INFINITY;
	for (int t = 0; t < lengths[s]; t++)
		count *= TAGS;
	for (int code = 0; code < count; code++) {
		for (int t = 0, rest = code; t < lengths[s]; t++, rest /= TAGS)
			y[t] = rest % TAGS;
		double score = score_of(s, y);
		z += exp(score);
		for (int t = 0; t < lengths[s]; t++) {
			size_t row = begin[t] + (size_t)s;
			marginal[row * TAGS + (size_t)y[t]] += exp(score);
			best[row] = score > most ? y[t] : best[row];
		}
		most = fmax(most, score);
	}
	for (int t = 0; t < lengths[s]; t++)
		for (int i = 0; i < TAGS; i++)
			marginal[(begin[t] + (size_t)s) * TAGS + (size_t)i] /= z;
	return log(z);
}

static int falling(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x < y) - (x > y);
}

/* The best sequences of sequence s: those of all that have the highest scores, in order. */
static bool are_best(
	int s, size_t count, const int32_t *best, const double *logprob, double log_z)
{
	static double score[1 << 12];
	size_t all = 0, codes = 1;
	int y[STEPS];
	for (int t = 0; t < lengths[s]; t++)
		codes *= TAGS;
	for (size_t code = 0; code < codes; code++) {
		size_t rest = code;
		for (int t = 0; t < lengths[s]; t++, rest /= TAGS)
			y[t] = (int)(rest % TAGS);
		score[all] = score_of(s, y);
		all += score[all] > -INFINITY;
	}
	qsort(score, all, sizeof *score, falling);
	for (size_t k = 0; k < count; k++) {
		double got = logprob[k * SEQUENCES + (size_t)s];
		for (int t = 0; t < lengths[s]; t++)
			y[t] = best[k * ROWS + begin[t] + (size_t)s];
		if (k >= all ? got > -INFINITY
			     : fabs(got + log_z - score[k]) > 1e-10 ||
					fabs(score_of(s, y) - score[k]) > 1e-10)
			return false;
	}
	return true;
}

static void inference(const struct wp_nn64_batch *batch)
{
	struct wp_nn64_net *net;
	struct wp_nn64_gradient *gradient;
	struct wp_nn_score trained = {0}, score = {0};
	const struct wp_nn_context context = {.tags = &set, .scheme = scheme};
	double outputs[ROWS * TAGS], marginal[ROWS * TAGS] = {0}, loss = 0, worst = 0;
	int32_t best[ROWS], want[ROWS];
	static int32_t paths[BEST * ROWS];
	static double logprob[BEST * SEQUENCES];
	uint64_t correct = 0;
	bool right = true;
	check_ok(wp_nn64_net_create(&net, graph, &context));
	check_ok(wp_nn64_gradient_create(&gradient, &graph->params));
	check_ok(wp_nn64_net_train(net, theta, batch, gradient, &trained));
	check_ok(wp_nn64_net_predict(net, theta, batch, outputs, &score));
	check_ok(wp_nn64_net_decode(net, theta, batch, 1, best, NULL));
	check_ok(wp_nn64_net_decode(net, theta, batch, BEST, paths, logprob));
	for (int s = 0; s < SEQUENCES; s++) {
		int y[STEPS];
		for (int t = 0; t < lengths[s]; t++)
			y[t] = classes[begin[t] + (size_t)s];
		double log_z = enumerate(s, marginal, want);
		loss += log_z - score_of(s, y);
		right = right && are_best(s, BEST, paths, logprob, log_z);
	}
	for (int i = 0; i < ROWS * TAGS; i++)
		worst = fmax(worst, fabs(exp(outputs[i]) - marginal[i]));
	for (int r = 0; r < ROWS; r++)
		correct += want[r] == classes[r];
	ok(fabs(trained.loss - loss) < 1e-10 && fabs(score.loss - loss) < 1e-10,
		"the loss is -log p of the tags, by a sum over all sequences of tags");
	ok(worst < 1e-12, "the outputs are the marginals (to %.1e)", worst);
	ok(memcmp(best, want, sizeof best) == 0, "the best tags are the likeliest sequence");
	ok(right && memcmp(best, paths, sizeof best) == 0,
		"the %d best are the likeliest of all, with their probabilities", BEST);
	ok(score.correct == correct && score.targets == ROWS && trained.targets == ROWS,
		"and by them is counted what is right (%d of %d)", (int)correct, ROWS);
	wp_nn64_net_free(net);
	wp_nn64_gradient_free(gradient);
}

static void gradients(void)
{
	const struct wp_nn_context context = {.tags = &set, .scheme = scheme};
	struct wp_nn_check check;
	float narrow[sizeof values / sizeof *values];
	for (size_t i = 0; i < sizeof values / sizeof *values; i++)
		narrow[i] = (float)values[i];
	const struct wp_nn_double_batch batch = {.steps = STEPS,
		.sequences = SEQUENCES,
		.active = active,
		.begin = begin,
		.values = narrow,
		.classes = classes};
	struct wp_nn_check_case which = {
		.graph = graph, .context = &context, .theta = theta, .batch = &batch};
	check_ok(wp_nn_check_case(&check, &which));
	ok(check.error < 1e-6 && check.compared == graph->params.parameters,
		"every gradient agrees with finite differences (to %.1e)", check.error);
}

static void trial(const char *net)
{
	struct wp_nn_config c;
	struct wp_rng rng;
	wp_rng_seed(&rng, 3, 0);
	wp_nn_config_default(&c);
	c.task = WP_NN_TAG;
	c.input = WP_NN_REAL;
	c.inputs = WIDTH;
	c.outputs = TAGS;
	c.net = net;
	check_ok(wp_nn_graph_create(&graph, &c));
	theta = calloc(graph->params.size, sizeof *theta);
	if (!theta)
		abort();
	for (size_t i = 0; i < graph->params.size; i++)
		theta[i] = 3 * wp_rng_double(&rng) - 1.5;
	for (int i = 0; i < ROWS * WIDTH; i++)
		values[i] = 2 * wp_rng_double(&rng) - 1;
	for (int r = 0; r < ROWS; r++)
		classes[r] = scheme ? 0 : (int32_t)wp_rng_below(&rng, TAGS);
	const struct wp_nn64_batch batch = {.steps = STEPS,
		.sequences = SEQUENCES,
		.active = active,
		.begin = begin,
		.values = values,
		.classes = classes};
	if (graph->count == 1)
		inference(&batch);
	gradients();
	free(theta);
	wp_nn_graph_free(graph);
}

int main(void)
{
	check_ok(wp_blas_start(1));
	trial("crf");
	trial("gru 3 bidirectional, crf no-bias");

	static const char *const tags[TAGS] = {"O", "B-X", "I-X", "B-Y"};
	struct wp_strings list = {0};
	for (int i = 0; i < TAGS; i++)
		check_ok(wp_strings_add(&list, tags[i], strlen(tags[i])));
	check_ok(wp_tag_set_init(&set, &list));
	scheme = WP_SCHEME_BIO;
	trial("crf");
	wp_tag_set_fini(&set);
	wp_strings_fini(&list);
	return done_testing();
}
