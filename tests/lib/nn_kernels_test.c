/* The vector kernels of networks: each against sums written out in double precision, and whole
 * networks on every instruction set against the plain one. */
#include "nn/kernels/kernels.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "math/blas.h"
#include "nn/net/net.h"
#include "tap.h"

enum { MOST = 300 };

static struct wp_rng rng;

static void fill(float *x, size_t n, double scale)
{
	for (size_t i = 0; i < n; i++)
		x[i] = (float)(scale * (2 * wp_rng_double(&rng) - 1));
}

/* Error in units of the last place of the right value. */
static double ulps(float is, double should)
{
	double unit = fmax(fabs(should), 0x1p-126) * 0x1p-23;
	return fabs((double)is - should) / unit;
}

static void test_functions(const struct wp_nn_kernels *k, const char *isa)
{
	enum { POINTS = 1 << 16 };
	static float x[POINTS], y[POINTS];
	double worst[2] = {0};
	for (int f = 0; f < 2; f++) {
		for (size_t i = 0; i < POINTS; i++) {
			double z = ((double)i + 0.5) / POINTS * 2 - 1;
			x[i] = y[i] = (float)(20 * z * fabs(z));
		}
		(f ? k->logistic : k->tanh)(y, POINTS);
		for (size_t i = 0; i < POINTS; i++) {
			double z = (double)x[i];
			worst[f] = fmax(worst[f], ulps(y[i], f ? 1 / (1 + exp(-z)) : tanh(z)));
		}
	}
	ok(worst[0] < 4, "%s: tanh to %.2f units of the last place", isa, worst[0]);
	ok(worst[1] < 4, "%s: logistic to %.2f units of the last place", isa, worst[1]);
	float ends[] = {-INFINITY, -1e30f, -200, 200, 1e30f, INFINITY, NAN};
	float logistic[7];
	memcpy(logistic, ends, sizeof ends);
	k->tanh(ends, 7);
	k->logistic(logistic, 7);
	bool right = isnan(ends[6]) && isnan(logistic[6]);
	for (int i = 0; i < 6; i++)
		right = right && fabsf(ends[i] - (i < 3 ? -1.0f : 1.0f)) < 3e-7f &&
			fabsf(logistic[i] - (i < 3 ? 0.0f : 1.0f)) < 1e-7f;
	ok(right, "%s: infinite and very large arguments are right, NaN stays", isa);
}

static void test_softmax(const struct wp_nn_kernels *k, const char *isa)
{
	float x[MOST], bias[MOST], p[MOST], logs[MOST], soft[MOST];
	double worst = 0, worst_log = 0;
	bool best_right = true;
	for (size_t n = 1; n < MOST; n += n < 70 ? 1 : 37) {
		fill(x, n, 8);
		fill(bias, n, 2);
		size_t class_ = wp_rng_below(&rng, (uint32_t)n), most = 0;
		double top = -INFINITY, sum = 0;
		for (size_t i = 0; i < n; i++) {
			double z = (double)(x[i] + bias[i]);
			most = z > top ? i : most;
			top = fmax(top, z);
		}
		for (size_t i = 0; i < n; i++)
			sum += exp((double)(x[i] + bias[i]) - top);
		memcpy(p, x, sizeof x);
		memcpy(logs, x, sizeof x);
		memcpy(soft, x, sizeof x);
		int32_t best = -1;
		float loss = k->cross_entropy(p, bias, n, class_, &best);
		k->log_softmax(logs, bias, n);
		k->softmax(soft, bias, n);
		best_right = best_right && best == (int32_t)most;
		for (size_t i = 0; i < n; i++) {
			double log_p = (double)(x[i] + bias[i]) - top - log(sum);
			double d = exp(log_p) - (i == class_);
			worst = fmax(worst, fabs((double)p[i] - d));
			worst = fmax(worst, fabs((double)soft[i] - exp(log_p)));
			worst_log = fmax(worst_log, fabs((double)logs[i] - log_p));
			if (i == class_)
				worst_log = fmax(worst_log, fabs((double)loss + log_p));
		}
	}
	ok(worst < 5e-7, "%s: softmax and its derivative to %.1e", isa, worst);
	ok(worst_log < 4e-6, "%s: logarithms of probabilities to %.1e", isa, worst_log);
	ok(best_right, "%s: the most probable class", isa);
	float tie[40];
	for (int i = 0; i < 40; i++)
		tie[i] = i % 7 == 5 ? 3.0f : 1.0f;
	int32_t best;
	k->cross_entropy(tie, NULL, 40, 0, &best);
	ok(best == 5, "%s: of several, the first", isa);
}

static void test_sums(const struct wp_nn_kernels *k, const char *isa)
{
	enum { ROWS = 5, LD = MOST + 3 };
	static float a[ROWS * LD], b[MOST], to[MOST], rows[MOST];
	double worst = 0;
	for (size_t n = 1; n < MOST; n += n < 70 ? 1 : 37) {
		double dot = 0, squares = 0;
		fill(a, ROWS * LD, 1);
		fill(b, n, 1);
		memcpy(to, b, n * sizeof *b);
		memcpy(rows, b, n * sizeof *b);
		k->add_rows(rows, a, LD, ROWS, n);
		for (size_t i = 0; i < n; i++) {
			double sum = (double)b[i];
			for (size_t r = 0; r < ROWS; r++)
				sum += (double)a[r * LD + i];
			worst = fmax(worst, fabs((double)rows[i] - sum));
			dot += (double)a[i] * (double)b[i];
			squares += (double)a[i] * (double)a[i];
		}
		worst = fmax(worst, fabs((double)k->dot(a, b, n) - dot));
		worst = fmax(worst, fabs(k->sum_squares(a, n) - squares) / 100);
		k->add(to, a, n);
		k->add_scaled(to, 0.5f, a + LD, n);
		for (size_t i = 0; i < n; i++)
			worst = fmax(
				worst, fabs((double)(to[i] - (b[i] + a[i] + a[LD + i] / 2))));
		k->multiply(to, a, b, n);
		for (size_t i = 0; i < n; i++)
			worst = fmax(worst, fabs((double)(to[i] - a[i] * b[i])));
	}
	ok(worst < 1e-5, "%s: sums and products to %.1e", isa, worst);
}

/* One update of each method, against its formula. */
static double update(int method, const struct wp_nn_update *u, double theta, double g,
	double first, double second)
{
	g = fmin(fmax(g * (double)u->scale, -(double)u->limit), (double)u->limit);
	g += (double)u->l1 * ((theta > 0) - (theta < 0)) + (double)u->l2 * theta;
	double mu = (double)u->momentum, rho = (double)u->decay, step = g;
	if (method == 1)
		step = mu * first + g;
	if (method == 2)
		step = g / (sqrt(first + g * g) + (double)u->epsilon);
	if (method == 3)
		step = g / (sqrt(rho * first + (1 - rho) * g * g) + (double)u->epsilon);
	if (method == 4)
		step = (mu * first + (1 - mu) * g) /
			(sqrt(rho * second + (1 - rho) * g * g) + (double)u->epsilon);
	return theta - (double)u->rate * step;
}

/* Rows of a table, some of them twice: sums, what is added, squares; and an optimiser's step,
 * which is that of each row by itself. */
static void test_rows(const struct wp_nn_kernels *k, const char *isa)
{
	enum { TABLE = 40, WIDEST = 150, COUNT = 33 };
	static const size_t widths[] = {
		1, 2, 3, 7, 8, 10, 15, 16, 17, 32, 63, 64, 65, 100, 150};
	static float table[TABLE * WIDEST], once[TABLE * WIDEST], g[TABLE * WIDEST];
	float sum[WIDEST], from[WIDEST];
	int32_t row[COUNT];
	double worst = 0;
	int wrong = 0;
	for (size_t w = 0; w < sizeof widths / sizeof *widths; w++) {
		const size_t n = widths[w];
		const struct wp_nn_runs rows = {row, COUNT, n}, none = {row, 0, n};
		const struct wp_nn_update u = {
			.scale = 1, .limit = INFINITY, .rate = 0.1f, .l2 = 0.01f};
		double squares = 0;
		fill(table, TABLE * n, 1);
		fill(g, TABLE * n, 1);
		fill(from, n, 1);
		memset(sum, 0, sizeof sum);
		for (int i = 0; i < COUNT; i++)
			row[i] = i % 7 == 6 ? row[i - 1] : (int32_t)wp_rng_below(&rng, TABLE);
		k->sum_rows(sum, table, &none);
		k->sum_rows(sum, table, &rows);
		for (size_t c = 0; c < n; c++) {
			double right = 0;
			for (int i = 0; i < COUNT; i++)
				right += (double)table[(size_t)row[i] * n + c];
			worst = fmax(worst, fabs(right - (double)sum[c]));
		}
		for (int i = 0; i < COUNT; i++)
			squares += k->sum_squares(table + (size_t)row[i] * n, n);
		wrong += fabs(squares - k->sum_squares_of_rows(table, &rows)) > 0;
		memcpy(once, table, TABLE * n * sizeof *once);
		k->add_to_rows(table, &rows, from);
		for (int i = 0; i < COUNT; i++)
			k->add(once + (size_t)row[i] * n, from, n);
		wrong += memcmp(table, once, TABLE * n * sizeof *once) != 0;
		k->sgd(table, g, &rows, &u);
		for (int i = 0; i < COUNT; i++) {
			const struct wp_nn_runs alone = {NULL, 1, n};
			k->sgd(once + (size_t)row[i] * n, g + (size_t)row[i] * n, &alone, &u);
		}
		wrong += memcmp(table, once, TABLE * n * sizeof *once) != 0;
	}
	ok(worst < 1e-5, "%s: sums of rows to %.1e", isa, worst);
	ok(wrong == 0, "%s: rows together as one by one", isa);
}

static void test_updates(const struct wp_nn_kernels *k, const char *isa)
{
	enum { N = 77 };
	float theta[N], old[N], g[N], first[N], second[N], m[N], v[N];
	const struct wp_nn_runs whole = {NULL, 1, N};
	double worst = 0;
	for (int decays = 0; decays < 2; decays++)
		for (int method = 0; method < 5; method++) {
			const struct wp_nn_update u = {.scale = 0.5f,
				.limit = 0.4f,
				.l1 = decays ? 0.01f : 0,
				.l2 = decays ? 0.02f : 0,
				.rate = 0.1f,
				.momentum = 0.9f,
				.decay = 0.99f,
				.epsilon = 1e-3f};
			fill(old, N, 1);
			fill(g, N, 1);
			for (int i = 0; i < N; i++) {
				m[i] = first[i] = wp_rng_float(&rng);
				v[i] = second[i] = wp_rng_float(&rng);
			}
			memcpy(theta, old, sizeof old);
			if (method == 0)
				k->sgd(theta, g, &whole, &u);
			else if (method == 1)
				k->momentum(theta, g, m, &whole, &u);
			else if (method == 2)
				k->adagrad(theta, g, m, &whole, &u);
			else if (method == 3)
				k->rmsprop(theta, g, m, &whole, &u);
			else
				k->adam(theta, g, m, v, &whole, &u);
			for (int i = 0; i < N; i++)
				worst = fmax(worst,
					fabs((double)theta[i] -
						update(method, &u, (double)old[i], (double)g[i],
							(double)first[i], (double)second[i])));
		}
	ok(worst < 1e-6, "%s: steps of the optimisers to %.1e", isa, worst);
}

/* ---- Whole networks ---- */

struct run {
	struct wp_nn_graph *graph;
	struct wp_nn_gradient *gradient;
	struct wp_nn_score score;
	double norm;
};

static void check_ok(enum wp_err err)
{
	if (err) {
		printf("Bail out! %s\n", wp_error_detail());
		exit(EXIT_FAILURE);
	}
}

/* Two batches, the second going on where that can be; sequences of several lengths if not. */
static void train(struct run *run, const struct wp_nn_config *c, int steps, int sequences)
{
	int *active = calloc((size_t)steps, sizeof *active);
	size_t *begin = calloc((size_t)steps + 1, sizeof *begin);
	int32_t *ids = calloc((size_t)(steps * sequences), 2 * sizeof *ids);
	float *theta;
	struct wp_nn_net *net;
	struct wp_nn_context context = {.seed = 1};
	struct wp_nn_init init = {.seed = 2, .table_scale = 1};
	*run = (struct run){.norm = 0};
	check_ok(wp_nn_graph_create(&run->graph, c));
	theta = calloc(run->graph->params.size, sizeof *theta);
	if (!active || !begin || !ids || !theta)
		abort();
	wp_nn_initialize(theta, &run->graph->params, &init);
	check_ok(wp_nn_net_create(&net, run->graph, &context));
	check_ok(wp_nn_gradient_create(&run->gradient, &run->graph->params));
	for (int t = 0; t < steps; t++) {
		active[t] = c->task == WP_NN_LM ? sequences
						: sequences - (sequences - 1) * t / steps;
		begin[t + 1] = begin[t] + (size_t)active[t];
	}
	size_t rows = begin[steps];
	struct wp_rng draw;
	wp_rng_seed(&draw, 9, 9);
	for (size_t i = 0; i < rows; i++) {
		ids[i] = (int32_t)wp_rng_below(&draw, (uint32_t)c->inputs);
		ids[rows + i] = (int32_t)wp_rng_below(&draw, (uint32_t)c->outputs);
	}
	struct wp_nn_batch batch = {.steps = steps,
		.sequences = sequences,
		.active = active,
		.begin = begin,
		.ids = ids,
		.classes = ids + rows};
	check_ok(wp_nn_net_train(net, theta, &batch, run->gradient, &run->score));
	batch.continues = c->task == WP_NN_LM;
	check_ok(wp_nn_net_train(net, theta, &batch, run->gradient, &run->score));
	for (size_t i = 0; i < run->graph->params.size; i++)
		run->norm += pow((double)run->gradient->value[i], 2);
	run->norm = sqrt(run->norm);
	wp_nn_net_free(net);
	free(active);
	free(begin);
	free(ids);
	free(theta);
}

static void run_free(struct run *run)
{
	wp_nn_gradient_free(run->gradient);
	wp_nn_graph_free(run->graph);
}

static void compare(const struct wp_nn_config *c, int steps, int sequences, const char *isa)
{
	struct run plain, fast;
	double worst = 0;
	setenv("WORDPIPE_ISA", "plain", 1);
	train(&plain, c, steps, sequences);
	setenv("WORDPIPE_ISA", isa, 1);
	train(&fast, c, steps, sequences);
	for (size_t i = 0; i < plain.graph->params.size; i++)
		worst = fmax(worst,
			fabs((double)(plain.gradient->value[i] - fast.gradient->value[i])));
	double loss = fabs(plain.score.loss - fast.score.loss) / plain.score.loss;
	ok(loss < 1e-5 && worst < 1e-5 * plain.norm && plain.norm > 0,
		"%s: %s of %d, %d sequences: loss %.1e, gradient %.1e", isa,
		wp_nn_cells[c->cell], c->hidden, sequences, loss, worst / plain.norm);
	run_free(&plain);
	run_free(&fast);
}

static void test_networks(const char *isa)
{
	static const int hidden[] = {1, 4, 8, 16, 37, 100}, sequences[] = {1, 2, 3, 5, 13, 25};
	struct wp_nn_config c;
	wp_nn_config_default(&c);
	c.inputs = c.outputs = 11;
	for (int cell = WP_NN_ELMAN; cell <= WP_NN_GRU_RESET_BEFORE; cell++)
		for (int i = 0; i < 6; i++) {
			c.cell = (enum wp_nn_cell_kind)cell;
			c.hidden = hidden[i];
			c.task = WP_NN_LM;
			c.bidirectional = false;
			compare(&c, 40, sequences[i], isa); /* several chunks of the largest */
			if (cell == WP_NN_JORDAN)
				continue;
			c.task = WP_NN_TAG;
			c.bidirectional = true;
			compare(&c, 60, sequences[i], isa);
		}
}

static void test_denormals(void)
{
	volatile float small = 0x1p-140f, one = 1;
	unsigned mode = wp_flush_denormals();
	float flushed = small * one;
	wp_restore_denormals(mode);
	float kept = small * one;
#ifdef WP_X86_KERNELS
	ok(flushed == 0, "denormal numbers are taken for zero");
#else
	(void)flushed;
	skip("not on this machine", "denormal numbers are taken for zero");
#endif
	ok(kept > 0, "... until the mode is as it was");
}

int main(void)
{
	if (wp_blas_start(4))
		return 1;
	wp_rng_seed(&rng, 1, 1);
	test_denormals();
	enum wp_isa best = wp_cpu_isa();
	for (enum wp_isa isa = WP_ISA_PLAIN; isa <= WP_ISA_AVX512; isa++) {
		const char *name = wp_isa_name(isa);
		if (isa > best) {
			skip("not on this machine", "%s", name);
			continue;
		}
		const struct wp_nn_kernels *k = wp_nn_kernels(isa);
		test_functions(k, name);
		test_softmax(k, name);
		test_sums(k, name);
		test_rows(k, name);
		test_updates(k, name);
		if (isa > WP_ISA_PLAIN)
			test_networks(name);
	}
	return done_testing();
}
