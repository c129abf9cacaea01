/* Rows given as cells: what networks make of them, their losses and gradients, are those of the
 * same rows as numbers; also where there are few columns in a row, so that the squared error is
 * computed without the numbers that are 0. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "math/blas.h"
#include "nn/net/net.h"
#include "nn/train/gradient_check.h"
#include "nn_models.h"
#include "tap.h"

enum { ROWS = 40, COLUMNS = 30, IN_ROW = 2 };

struct data {
	float dense[ROWS * COLUMNS], value[ROWS * IN_ROW];
	int32_t col[ROWS * IN_ROW];
	size_t start[ROWS + 1];
};

/* One row in eight has no cell at all. */
static void make_data(struct data *d)
{
	struct wp_rng rng;
	size_t n = 0;
	wp_rng_seed(&rng, 4, 0);
	memset(d, 0, sizeof *d);
	for (int r = 0; r < ROWS; r++) {
		for (int i = 0; i < IN_ROW && r % 8 != 3; i++, n++) {
			d->col[n] = (int32_t)(15 * i + (int)wp_rng_below(&rng, 15));
			d->value[n] = (float)(1 + wp_rng_below(&rng, 4));
			d->dense[r * COLUMNS + d->col[n]] = d->value[n];
		}
		d->start[r + 1] = n;
	}
}

struct result {
	float outputs[ROWS * COLUMNS];
	double rows[ROWS];
	struct wp_nn_score train, score;
	struct wp_nn_gradient *gradient;
};

static void run(const struct wp_nn_model *m, const struct wp_nn_batch *b, struct result *r)
{
	const struct wp_nn_context context = {.seed = 3};
	struct wp_nn_net *net;
	memset(r, 0, sizeof *r);
	r->score.row_loss = r->rows;
	if (wp_nn_net_create(&net, m->graph, &context) ||
		wp_nn_gradient_create(&r->gradient, m->params) ||
		wp_nn_net_predict(net, m->theta, b, r->outputs, &r->score))
		abort();
	wp_nn_gradient_clear(r->gradient);
	if (wp_nn_net_train(net, m->theta, b, r->gradient, &r->train))
		abort();
	wp_nn_net_free(net);
}

static double largest(const float *a, const float *b, size_t n)
{
	double most = 0, scale = 1e-3;
	for (size_t i = 0; i < n; i++) {
		most = fmax(most, fabs((double)a[i] - (double)b[i]));
		scale = fmax(scale, fabs((double)a[i]));
	}
	return most / scale;
}

static bool near(double a, double b)
{
	return fabs(a - b) < 1e-5 * (1 + fabs(a));
}

static void test(const char *net)
{
	static const int active[] = {ROWS};
	static const size_t begin[] = {0, ROWS};
	static struct data d;
	static struct result dense, cells;
	struct wp_nn_config c;
	struct wp_nn_model m;
	make_data(&d);
	wp_nn_config_default(&c);
	c.net = net;
	c.task = WP_NN_AUTOENCODE;
	c.input = WP_NN_REAL;
	c.inputs = c.outputs = COLUMNS;
	c.unknown = -1;
	if (make_model(&m, &c, "", 0.4f)) {
		ok(false, "%s: %s", net, wp_error_detail());
		return;
	}
	const struct wp_nn_batch as_cells = {.steps = 1,
		.sequences = ROWS,
		.active = active,
		.begin = begin,
		.cells = {d.start, d.col, d.value},
		.epochs = 1,
		.number = 5};
	struct wp_nn_batch as_numbers = as_cells;
	as_numbers.cells.start = NULL;
	as_numbers.values = as_numbers.targets = d.dense;
	run(&m, &as_numbers, &dense);
	run(&m, &as_cells, &cells);
	ok(largest(dense.outputs, cells.outputs, ROWS * COLUMNS) < 1e-5, "%s: outputs", net);
	ok(near(dense.score.loss, cells.score.loss) &&
			near(dense.score.squares, cells.score.squares) &&
			near(dense.score.penalty, cells.score.penalty) &&
			cells.score.targets == ROWS && dense.score.targets == ROWS,
		"%s: the score", net);
	double sum = 0;
	for (int i = 0; i < ROWS; i++)
		sum += cells.rows[i];
	ok(near(sum, cells.score.loss), "%s: rows add up to it", net);
	/* Noise falls elsewhere. */
	if (!strstr(net, "noise")) {
		ok(near(dense.train.loss, cells.train.loss) && cells.train.targets == ROWS,
			"%s: the loss in training", net);
		ok(largest(dense.gradient->value, cells.gradient->value, m.params->size) < 1e-5,
			"%s: the gradient", net);
	}
	const struct wp_nn_context context = {.seed = 3};
	struct wp_nn_check check;
	enum wp_err err =
		wp_nn_check_gradients(&check, m.graph, &context, m.theta, &as_cells, NULL);
	ok(!err && check.error < 1e-6, "%s: %zu gradients to %.1e", net, check.compared,
		check.error);
	wp_nn_gradient_free(dense.gradient);
	wp_nn_gradient_free(cells.gradient);
	wp_nn_model_fini(&m);
}

/* What is read later, as cells, is decoded from a code as from the rows. */
static void test_code(void)
{
	static struct data d;
	static float outputs[ROWS * COLUMNS], decoded[ROWS * COLUMNS];
	static const int active[] = {ROWS};
	static const size_t begin[] = {0, ROWS};
	const struct wp_nn_context context = {.seed = 3};
	struct wp_nn_config c;
	struct wp_nn_model m;
	struct wp_nn_net *net;
	float code[ROWS * 3];
	make_data(&d);
	wp_nn_config_default(&c);
	c.net = "dense 5 tanh, dense 3, code top=2, dense 4 relu, squared-error";
	c.task = WP_NN_AUTOENCODE;
	c.input = WP_NN_REAL;
	c.inputs = c.outputs = COLUMNS;
	c.unknown = -1;
	const struct wp_nn_batch batch = {.steps = 1,
		.sequences = ROWS,
		.active = active,
		.begin = begin,
		.cells = {d.start, d.col, d.value}};
	if (make_model(&m, &c, "", 0.4f) || wp_nn_net_create(&net, m.graph, &context) ||
		wp_nn_net_predict(net, m.theta, &batch, outputs, NULL))
		abort();
	memcpy(code, wp_nn_net_value(net, 2)->x, sizeof code);
	enum wp_err err = wp_nn_net_predict_from(net, m.theta, 2, code, ROWS, decoded);
	ok(!err && memcmp(outputs, decoded, sizeof outputs) == 0, "decoded as reconstructed");
	size_t zeros = 0;
	for (int i = 0; i < ROWS * 3; i++)
		zeros += code[i] == 0;
	ok(zeros == ROWS, "two of three numbers of each code stay");
	wp_nn_net_free(net);
	wp_nn_model_fini(&m);
}

int main(void)
{
	if (wp_blas_start(1))
		return 1;
	test("dense 3, code, squared-error");
	test("dense 3, code, squared-error tied");
	test("dense 3 tanh no-bias, code l1=0.1, squared-error tied no-bias");
	test("log, dense 4 relu, code, dense 3, squared-error");
	test("noise zero=0.4, dense 3 tanh, code, squared-error");
	test("noise zero=0.4 gaussian=0.2, dense 3 tanh, code, squared-error");
	test("norm, dense 3, code, multinomial");
	test("log, dense 4 relu, gaussian 3 anneal=0.5, multinomial");
	test("dense 3, code top=2, multinomial tied no-bias");
	test_code();
	return done_testing();
}
