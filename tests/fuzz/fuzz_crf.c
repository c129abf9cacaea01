/* Templates; models of conditional random fields, with which a text is then tagged; and streams
 * of tagged tokens in columns, which are learnt from. */
#include <string.h>

#include "crf/crf.h"
#include "crf/crf_tag.h"
#include "crf/crf_train.h"
#include "fuzz.h"
#include "text/column_stream.h"

static const char text[] = "the DT\ndog NN\n\nA1-b \xC3\x9C\n";

static struct wp_input *over(const void *data, size_t size)
{
	struct wp_input *input;
	must(wp_input_memory(&input, data, size, "memory") == WP_OK);
	return input;
}

/* Templates that are sound find attributes in any text that has their columns. */
static void try_templates(const uint8_t *data, size_t size)
{
	struct wp_crf_templates templates = {0};
	struct wp_crf_trainer *trainer;
	struct wp_crf_config config;
	struct wp_crf_progress progress;
	struct wp_input *input = over(data, size);
	enum wp_err err = wp_crf_templates_read(&templates, input);
	wp_input_close(input);
	must(!err || wp_error_detail()[0] != '\0');
	if (!err && templates.vectors == 0) {
		wp_crf_config_default(&config);
		config.method = WP_CRF_PERCEPTRON;
		config.iterations = 1;
		input = over(text, sizeof text - 1);
		err = wp_crf_trainer_create(&trainer, &config, &templates, NULL, input);
		wp_input_close(input);
		if (!err)
			must(wp_crf_trainer_step(trainer, &progress) == WP_OK);
		wp_crf_trainer_free(trainer);
	}
	wp_crf_templates_fini(&templates);
}

static void try_model(struct wp_reader *reader)
{
	struct wp_crf *crf;
	struct wp_tagging tagging = {.probabilities = true, .best = 3};
	struct wp_tagged tagged = {0};
	struct wp_output *output;
	if (wp_crf_read(&crf, reader)) {
		must(wp_error_detail()[0] != '\0');
		return;
	}
	fuzz_accepted++;
	must(wp_output_memory(&output) == WP_OK);
	must(wp_crf_write_features(crf, 3, output) == WP_OK);
	if (wp_crf_dim(crf) == 0) {
		struct wp_input *input = over(text, sizeof text - 1);
		enum wp_err err = wp_crf_tag(crf, &tagging, input, output, &tagged);
		must(!err || wp_error_detail()[0] != '\0');
		wp_input_close(input);
	}
	wp_tagged_fini(&tagged);
	wp_output_discard(output);
	wp_crf_free(crf);
}

/* What is made of a stream of columns is text in columns. */
static void try_columns(const uint8_t *data, size_t size)
{
	struct wp_columns columns;
	struct wp_crf_templates templates = {0};
	struct wp_crf_trainer *trainer;
	struct wp_crf_config config;
	struct wp_crf_progress progress;
	if (wp_columns_over(&columns, over(data, size), NULL, -1)) {
		must(wp_error_detail()[0] != '\0');
		return;
	}
	fuzz_accepted++;
	wp_crf_config_default(&config);
	config.method = WP_CRF_PERCEPTRON;
	config.iterations = 1;
	enum wp_err err =
		wp_crf_trainer_create(&trainer, &config, &templates, NULL, columns.input);
	must(!err || wp_error_detail()[0] != '\0');
	if (!err)
		must(wp_crf_trainer_step(trainer, &progress) == WP_OK);
	wp_crf_trainer_free(trainer);
	wp_crf_templates_fini(&templates);
	wp_columns_close(&columns);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wp_reader *reader;
	if (wp_reader_over(&reader, over(data, size)) == WP_OK) {
		try_model(reader);
		try_columns(data, size);
	} else {
		try_templates(data, size);
	}
	return 0;
}
