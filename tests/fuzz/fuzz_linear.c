/* Linear models, which then classify; and rows, from which models are learnt. */
#include "fuzz.h"
#include "linear/apply.h"
#include "linear/train.h"

static struct wp_reader *reader_of(const uint8_t *data, size_t size)
{
	struct wp_input *in;
	struct wp_reader *reader;
	must(wp_input_memory(&in, data, size, "memory") == WP_OK);
	return wp_reader_over(&reader, in) ? NULL : reader;
}

static void use_model(const uint8_t *data, size_t size)
{
	struct wp_linear_model model;
	struct wp_reader *reader = reader_of(data, size);
	if (!reader)
		return;
	if (wp_linear_model_read(&model, reader) == WP_OK) {
		struct wp_output *out;
		must(wp_output_memory(&out) == WP_OK);
		must(wp_linear_features(&model, 3, out) == WP_OK);
		wp_output_discard(out);
		fuzz_accepted++;
		wp_linear_model_fini(&model);
	}
	wp_reader_close(reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wp_linear_rows rows;
	struct wp_linear_model model;
	struct wp_linear_config config;
	struct wp_reader *reader = reader_of(data, size);
	use_model(data, size);
	if (!reader)
		return 0;
	if (wp_linear_rows_read(&rows, reader, NULL, 1 << 20, NULL, NULL) == WP_OK) {
		wp_linear_default(&config);
		config.iterations = 3;
		config.memory = 1 << 20;
		for (int m = 0; m < 2; m++) {
			config.method = m ? WP_LINEAR_MULTINOMIAL : WP_LINEAR_SVM;
			if (wp_linear_train(&model, &rows, &config) == WP_OK)
				wp_linear_model_fini(&model);
		}
		wp_linear_rows_fini(&rows);
	}
	wp_reader_close(reader);
	return 0;
}
