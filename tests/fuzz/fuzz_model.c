/* Models of recurrent networks, which are then run: a model that was read may hold any numbers,
 * but fits itself. */
#include <math.h>
#include <string.h>

#include "fuzz.h"
#include "nn/decode/generate.h"
#include "nn/decode/translate.h"
#include "text/plain_text.h"
#include "nn/decode/decoder.h"
#include "nn/model/arrival.h"
#include "nn/net/graph.h"

enum { STEPS = 4, MOST = 1 << 16 };

static enum wp_err take(void *arg, int32_t token)
{
	const struct wp_nn_model *model = arg;
	must(token >= 0 && (size_t)token < model->vocab.count);
	return WP_OK;
}

/* Sequences by chance and by a beam, and a prime that is the vocabulary itself. */
static void write_text(struct wp_nn_model *model)
{
	struct wp_nn_generation how = {.length = STEPS, .sampling = {1, 3, 0.9}};
	struct wp_nn_generator *generator;
	struct wp_plain_text text;
	const struct wp_nn_found *found;
	size_t count, unknown, primed = 0;
	int32_t *prime = NULL;
	must(wp_plain_text_init(&text, &model->vocab) == WP_OK);
	if (wp_plain_text_cut(&text, model->vocab.bytes,
		    (size_t)wp_strings_bytes(&model->vocab), &prime, &primed, &unknown))
		primed = 0;
	for (how.beam = 0; how.beam <= 2; how.beam += 2) {
		if (wp_nn_generator_create(&generator, model, &how))
			break;
		if (how.beam)
			must(wp_nn_beam_search(generator, prime, primed, &found, &count) ==
				WP_OK);
		else
			must(wp_nn_generate(generator, 0, prime, primed, take, model) == WP_OK);
		wp_nn_generator_free(generator);
	}
	free(prime);
	wp_plain_text_fini(&text);
}

static void step(const struct wp_nn_model *model)
{
	struct wp_nn_decoder *stepper;
	const struct wp_nn_config *c = &model->config;
	float *values = calloc(c->inputs, sizeof *values);
	must(values != NULL);
	if (wp_nn_decoder_create(&stepper, model, 1) == WP_OK) {
		for (int32_t i = 0; i < STEPS; i++) {
			if (c->input == WP_NN_REAL)
				wp_nn_decoder_values(stepper, 0, values);
			else
				wp_nn_decoder_token(stepper, 0, i % (int32_t)c->inputs);
			(void)wp_nn_decoder_output(stepper, 0)[c->outputs - 1];
		}
		wp_nn_decoder_free(stepper);
	} else {
		must(c->task != WP_NN_LM || !model->counts || wp_nn_graph_whole(model->graph));
	}
	free(values);
}

/* A source and its target, by a beam; drawn. */
static void translate(const struct wp_nn_model *model)
{
	static const int32_t ids[] = {0, 0, 0};
	const size_t begin[] = {0, 1};
	const int32_t length[] = {1, 2};
	float *values = calloc(3 * model->config.inputs, sizeof *values);
	const bool real = model->config.input == WP_NN_REAL;
	const struct wp_nn_sources sources = {.ids = real ? NULL : ids,
		.values = real ? values : NULL,
		.begin = begin,
		.length = length,
		.count = 2};
	struct wp_nn_translator *translator;
	must(values != NULL);
	for (int sample = 0; sample < 2; sample++) {
		const struct wp_nn_translation how = {.beam = 2,
			.length_penalty = 1,
			.sample = sample,
			.sampling = {1, 0, 1},
			.unknown = true,
			.most = STEPS};
		size_t count;
		if (wp_nn_translator_create(
			    &translator, model, wp_nn_model_parts(model), &how, 1))
			break;
		if (wp_nn_translate(translator, &sources) == WP_OK)
			(void)wp_nn_translated(translator, 1, &count);
		wp_nn_translator_free(translator);
	}
	free(values);
}

/* Read it to train with, or as it is stored, to predict with. */
static void use(const uint8_t *data, size_t size, bool map)
{
	struct wp_input *in;
	struct wp_reader *reader;
	struct wp_nn_model model;
	must(wp_input_memory(&in, data, size, "memory") == WP_OK);
	if (wp_reader_over(&reader, in))
		return;
	if ((map ? wp_nn_model_map : wp_nn_model_read)(&model, reader, NULL, NULL) == WP_OK) {
		fuzz_accepted++;
		/* Its parameters have arrived, or the list of their rows. */
		must(model.params->parameters / WP_NN_LIST_SHARE <= size);
		if (model.config.task == WP_NN_LM)
			write_text(&model);
		if (wp_nn_tasks[model.config.task].pairs && model.config.inputs <= MOST &&
			model.config.outputs <= MOST)
			translate(&model);
		if (model.config.inputs <= MOST)
			step(&model);
		wp_nn_model_fini(&model);
	} else {
		must(wp_error_detail()[0] != '\0');
	}
	if (!map)
		wp_reader_close(reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	use(data, size, false);
	use(data, size, true);
	return 0;
}
