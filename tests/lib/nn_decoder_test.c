/* A network one step at a time gives what it gives a whole sequence. */
#define _GNU_SOURCE /* setenv */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/cpu.h"
#include "math/blas.h"
#include "nn/net/net.h"
#include "nn/decode/decoder.h"
#include "nn_models.h"
#include "tap.h"

enum { STEPS = 23, MOST = 100 };

static const char *const isa_names[] = {"plain", "avx2", "avx512"};

/* What net_predict gives for one sequence. */
static bool predict(
	const struct wp_nn_model *m, const int32_t *ids, const float *values, float *outputs)
{
	const struct wp_nn_context context = {
		.subwords = m->config.subwords ? &m->subwords : NULL,
		.input_counts = m->counts,
		.class_counts = m->counts};
	int active[STEPS];
	size_t begin[STEPS + 1];
	for (int t = 0; t < STEPS; t++)
		active[t] = 1;
	for (size_t t = 0; t <= STEPS; t++)
		begin[t] = t;
	const struct wp_nn_batch batch = {.steps = STEPS,
		.sequences = 1,
		.active = active,
		.begin = begin,
		.ids = ids,
		.values = values};
	struct wp_nn_net *net;
	enum wp_err err = wp_nn_net_create(&net, m->graph, &context);
	if (!err)
		err = wp_nn_net_predict(net, m->theta, &batch, outputs, NULL);
	if (err)
		printf("# %s\n", wp_error_detail());
	wp_nn_net_free(net);
	return !err;
}

/* Log-probabilities from logits, in double. */
static void log_softmax(double *to, const float *logits, size_t n)
{
	double sum = 0, most = -INFINITY;
	for (size_t i = 0; i < n; i++)
		most = fmax(most, (double)logits[i]);
	for (size_t i = 0; i < n; i++)
		sum += exp((double)logits[i] - most);
	for (size_t i = 0; i < n; i++)
		to[i] = (double)logits[i] - most - log(sum);
}

/* The largest difference between hypothesis 1 of a decoder, of which hypothesis 0 is fed other
 * things, and the outputs; infinite where something is not finite. */
static double difference(const struct wp_nn_model *m, const int32_t *ids, const float *values,
	const float *outputs)
{
	struct wp_nn_decoder *decoder;
	size_t n = m->config.outputs;
	double worst = 0, got[MOST];
	if (wp_nn_decoder_create(&decoder, m, 2)) {
		printf("# %s\n", wp_error_detail());
		return INFINITY;
	}
	for (int t = 0; t < STEPS; t++) {
		if (ids) {
			wp_nn_decoder_token(decoder, 0, ids[STEPS - 1 - t]);
			wp_nn_decoder_token(decoder, 1, ids[t]);
		} else {
			wp_nn_decoder_values(decoder, 1, values + (size_t)t * m->config.inputs);
		}
		const float *output = wp_nn_decoder_output(decoder, 1);
		log_softmax(got, output, n);
		for (size_t i = 0; i < n; i++) {
			double x = m->config.task == WP_NN_REGRESS ? (double)output[i] : got[i];
			double d = fabs(x - (double)outputs[(size_t)t * n + i]);
			worst = d <= worst ? worst : d == d ? d : INFINITY;
		}
	}
	wp_nn_decoder_free(decoder);
	return worst;
}

static void agree(const char *what, const struct wp_nn_config *config)
{
	struct wp_nn_model m;
	struct wp_rng rng;
	int32_t ids[STEPS];
	float values[STEPS * MOST], outputs[STEPS * MOST];
	bool numbers = config->input == WP_NN_REAL;
	/* Not so large that a network is chaotic and every rounding counts. */
	if (make_model(&m, config, "", 1.5f / sqrtf((float)config->hidden))) {
		ok(false, "%s: %s", what, wp_error_detail());
		return;
	}
	wp_rng_seed(&rng, 3, 0);
	for (int t = 0; t < STEPS; t++)
		ids[t] = (int32_t)wp_rng_below(&rng, (uint32_t)config->inputs);
	for (size_t i = 0; i < STEPS * config->inputs; i++)
		values[i] = 2 * wp_rng_float(&rng) - 1;
	bool made = predict(&m, numbers ? NULL : ids, numbers ? values : NULL, outputs);
	double worst = made
		? difference(&m, numbers ? NULL : ids, numbers ? values : NULL, outputs)
		: INFINITY;
	ok(worst < 1e-5, "%s: as the whole sequence gives it (to %.1e)", what, worst);
	wp_nn_model_fini(&m);
}

static void every_cell(void)
{
	for (int cell = 0; wp_nn_cells[cell]; cell++) {
		struct wp_nn_config c;
		char what[80];
		wp_nn_config_default(&c);
		c.cell = (enum wp_nn_cell_kind)cell;
		c.inputs = c.outputs = 37; /* no length is a multiple of a vector's */
		c.hidden = 45;
		agree(wp_nn_cells[cell], &c);
		c.no_bias = true;
		snprintf(what, sizeof what, "%s without biases", wp_nn_cells[cell]);
		agree(what, &c);
		c.no_bias = false;
		c.layers = cell == WP_NN_JORDAN ? 1 : 3;
		c.input = WP_NN_EMBEDDING;
		c.embedding = 19;
		snprintf(what, sizeof what, "%s of %d layers over vectors", wp_nn_cells[cell],
			c.layers);
		agree(what, &c);
		c.subwords = 50;
		snprintf(what, sizeof what, "%s over vectors and parts of words",
			wp_nn_cells[cell]);
		agree(what, &c);
		c.subwords = 0;
		c.embedding = 0;
		c.task = WP_NN_REGRESS;
		c.each_step = true;
		c.input = WP_NN_REAL;
		c.inputs = c.outputs = 3;
		snprintf(what, sizeof what, "%s over numbers", wp_nn_cells[cell]);
		agree(what, &c);
	}
}

static void every_activation(void)
{
	for (int f = 0; wp_nn_activations[f]; f++) {
		struct wp_nn_config c;
		wp_nn_config_default(&c);
		c.cell = WP_NN_ELMAN;
		c.activation = (enum wp_nn_activation)f;
		c.inputs = c.outputs = 20;
		c.hidden = 9;
		agree(wp_nn_activations[f], &c);
	}
}

static void every_output(void)
{
	struct wp_nn_config c;
	wp_nn_config_default(&c);
	c.inputs = c.outputs = 64;
	c.hidden = 32;
	c.softmax = WP_NN_HIERARCHICAL;
	agree("a tree of classes", &c);
	c.softmax = WP_NN_FULL;
	c.input = WP_NN_EMBEDDING;
	c.embedding = 32;
	c.tied = true;
	agree("tied weights", &c);
	c.tied = false;
	c.task = WP_NN_TAG;
	c.outputs = 5;
	agree("tags", &c);
}

/* Nodes that read two others, layers of different widths, and what is for training alone. */
static void in_words(void)
{
	static const char *const nets[] = {
		"e=embedding 8, l=lstm 12, d=dropout 0.5, g=gru 7 from e, concat from d+g, softmax",
		"w=word-dropout 0.25, e=embedding 6 from w, elman 6, add from layer0+e, dropout, "
		"2 x (peephole 9), softmax no-bias",
		"a=elman 5 from input, b=gru-reset-before 5 from input, add from b+a, hierarchical",
	};
	for (size_t i = 0; i < sizeof nets / sizeof *nets; i++) {
		struct wp_nn_config c;
		wp_nn_config_default(&c);
		c.inputs = c.outputs = 21;
		c.unknown = 0;
		c.net = nets[i];
		agree(nets[i], &c);
	}
	struct wp_nn_config c;
	wp_nn_config_default(&c);
	c.task = WP_NN_REGRESS;
	c.each_step = true;
	c.input = WP_NN_REAL;
	c.inputs = c.outputs = 3;
	c.net = "l=lstm 4, concat from l+input, squared-error";
	agree(c.net, &c);
	c.net = "squared-error";
	agree(c.net, &c);
}

/* Every number of panels and of vectors in the last one. */
static void every_size(void)
{
	struct wp_nn_config c;
	wp_nn_config_default(&c);
	for (int hidden = 1; hidden < 300; hidden += 23) {
		char what[40];
		c.hidden = hidden;
		c.inputs = c.outputs = 2 + (size_t)hidden % 97;
		snprintf(what, sizeof what, "%d units, %zu classes", hidden, c.outputs);
		agree(what, &c);
	}
}

static void lanes_are_apart(void)
{
	struct wp_nn_config c;
	struct wp_nn_model m;
	struct wp_nn_decoder *s;
	wp_nn_config_default(&c);
	c.inputs = c.outputs = 10;
	c.hidden = 8;
	c.layers = 2;
	if (make_model(&m, &c, "", 0.5f) || wp_nn_decoder_create(&s, &m, 3)) {
		ok(false, "%s", wp_error_detail());
		return;
	}
	float first[10];
	size_t size = sizeof first;
	wp_nn_decoder_token(s, 0, 4);
	memcpy(first, wp_nn_decoder_output(s, 0), size);
	wp_nn_decoder_copy(s, 2, 0);
	wp_nn_decoder_token(s, 0, 5);
	ok(memcmp(first, wp_nn_decoder_output(s, 2), size) == 0, "a copy stays behind");
	ok(memcmp(first, wp_nn_decoder_output(s, 0), size) != 0, "what was copied goes on");
	wp_nn_decoder_token(s, 2, 5);
	ok(memcmp(wp_nn_decoder_output(s, 0), wp_nn_decoder_output(s, 2), size) == 0,
		"the same step from a copy: the same outputs");
	wp_nn_decoder_reset(s, 0);
	wp_nn_decoder_token(s, 0, 4);
	ok(memcmp(first, wp_nn_decoder_output(s, 0), size) == 0,
		"after a reset it begins anew");
	wp_nn_decoder_free(s);
	wp_nn_model_fini(&m);

	c.bidirectional = true;
	c.task = WP_NN_TAG;
	if (make_model(&m, &c, "", 0.5f)) {
		ok(false, "%s", wp_error_detail());
		return;
	}
	ok(wp_nn_decoder_create(&s, &m, 1) == WP_EINVAL && !s,
		"a bidirectional network is refused");
	wp_nn_model_fini(&m);
}

int main(void)
{
	if (wp_blas_start(4))
		return 1;
	for (enum wp_isa isa = WP_ISA_PLAIN; isa <= WP_ISA_AVX512; isa++) {
		setenv("WORDPIPE_ISA", isa_names[isa], 1);
		if (wp_cpu_isa() != isa) {
			skip("not on this machine", "%s", isa_names[isa]);
			continue;
		}
		printf("# %s\n", isa_names[isa]);
		every_cell();
		every_activation();
		every_output();
		in_words();
		every_size();
	}
	lanes_are_apart();
	return done_testing();
}
