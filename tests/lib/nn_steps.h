/* Does a network one step at a time give what it gives a whole sequence? */
#ifndef NN_STEPS_H
#define NN_STEPS_H

#include <math.h>

#include "nn/decode/decoder.h"
#include "nn/net/graph.h"
#include "nn/net/net.h"
#include "nn_models.h"
#include "tap.h"

enum { STEPS = 23, MOST = 100 };

/* The vector of the sequence, for networks that read one of three numbers. */
static const float sample_encoding[] = {0.3f, -0.9f, 0.5f};

/* What net_predict gives for one sequence, in pieces of so many steps at most. */
static inline bool predict_in_pieces(const struct wp_nn_model *m, const int32_t *ids,
	const float *values, int piece, float *outputs)
{
	const struct wp_nn_context context = {.subwords = wp_nn_model_parts(m),
		.input_counts = m->counts,
		.class_counts = m->counts};
	int active[STEPS];
	size_t begin[STEPS + 1];
	for (int t = 0; t < STEPS; t++)
		active[t] = 1;
	for (size_t t = 0; t <= STEPS; t++)
		begin[t] = t;
	struct wp_nn_net *net;
	enum wp_err err = wp_nn_net_create(&net, m->graph, &context);
	for (int t = 0; t < STEPS && !err; t += piece) {
		const struct wp_nn_batch batch = {
			.steps = STEPS - t < piece ? STEPS - t : piece,
			.sequences = 1,
			.active = active,
			.begin = begin,
			.ids = ids ? ids + t : NULL,
			.values = values ? values + (size_t)t * m->config.inputs : NULL,
			.encoding = sample_encoding,
			.continues = t > 0};
		err = wp_nn_net_predict(
			net, m->theta, &batch, outputs + (size_t)t * m->config.outputs, NULL);
	}
	if (err)
		printf("# %s\n", wp_error_detail());
	wp_nn_net_free(net);
	return !err;
}

/* What net_predict gives for one sequence. */
static inline bool predict(
	const struct wp_nn_model *m, const int32_t *ids, const float *values, float *outputs)
{
	return predict_in_pieces(m, ids, values, STEPS, outputs);
}

/* Log-probabilities from logits, in double. */
static inline void log_softmax(double *to, const float *logits, size_t n)
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
static inline double difference(const struct wp_nn_model *m, const int32_t *ids,
	const float *values, const float *outputs)
{
	struct wp_nn_decoder *decoder;
	size_t n = m->config.outputs;
	double worst = 0, got[MOST];
	if (wp_nn_decoder_create(&decoder, m, 2)) {
		printf("# %s\n", wp_error_detail());
		return INFINITY;
	}
	if (m->config.encoding)
		wp_nn_decoder_begin(decoder, 1, sample_encoding);
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

static inline void agree(const char *what, const struct wp_nn_config *config)
{
	struct wp_nn_model m;
	struct wp_rng rng;
	int32_t ids[STEPS];
	float values[STEPS * MOST], outputs[STEPS * MOST], again[STEPS * MOST];
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
	worst = 0;
	if (wp_nn_graph_whole(m.graph)) {
		wp_nn_model_fini(&m);
		return;
	}
	for (int piece = 1; piece < STEPS && made; piece += 3) {
		made = predict_in_pieces(
			&m, numbers ? NULL : ids, numbers ? values : NULL, piece, again);
		for (size_t i = 0; i < STEPS * config->outputs; i++)
			worst = fmax(worst, fabs((double)again[i] - (double)outputs[i]));
	}
	ok(made && worst < 1e-5, "%s: in pieces as the whole (to %.1e)", what, worst);
	wp_nn_model_fini(&m);
}

#endif
