/* Checkpoints of all that is trained: loading one leaves the run as it was, or lets it
 * continue. The first byte says what is trained.  Where hardly anything follows, the checkpoint
 * is the one that such a run has just saved, and what follows says how it is changed. */
#include <stdio.h>
#include <string.h>

#include "embed/glove_stream.h"
#include "embed/w2v_stream.h"
#include "fuzz.h"
#include "nn/model/model.h"
#include "nn/train/trainer.h"

enum { WORDS = 6, TOKENS = 60, SENTENCES = 6, KINDS = 3 };

static const char settings[] = "fuzz";
static int32_t ids[TOKENS], lengths[SENTENCES];
static int64_t counts[WORDS];

static void make_text(void)
{
	memset(counts, 0, sizeof counts);
	for (int i = 0; i < TOKENS; i++) {
		ids[i] = (i * i + i / 7) % WORDS;
		counts[ids[i]]++;
	}
	for (int i = 0; i < SENTENCES; i++)
		lengths[i] = TOKENS / SENTENCES;
}

/* A reader over a copy of the bytes, which belongs to the caller; NULL where they are none. */
static struct wp_reader *reader_over(const uint8_t *data, size_t size)
{
	struct wp_input *in;
	struct wp_reader *reader;
	must(wp_input_memory(&in, data, size, "memory") == WP_OK);
	return wp_reader_over(&reader, in) ? NULL : reader;
}

static struct wp_writer *writer_into(struct wp_output **out)
{
	struct wp_writer *writer;
	must(wp_output_memory(out) == WP_OK);
	must(wp_writer_open(&writer, *out, 0) == WP_OK);
	return writer;
}

/* ---- What is trained ---- */

static struct wp_w2v *make_w2v(void)
{
	const struct wp_w2v_text text = {ids, TOKENS, lengths, SENTENCES};
	struct wp_w2v_config config;
	struct wp_w2v *model;
	wp_w2v_default(&config);
	config.dim = 3;
	config.epochs = 2;
	config.threads = 1;
	must(wp_w2v_create(&model, &config, &text, counts, WORDS) == WP_OK);
	return model;
}

static struct wp_glove *make_glove(struct wp_glove_cells **cells)
{
	struct wp_glove_config config;
	struct wp_glove *model;
	must(wp_glove_cells_create(cells, WORDS, 1, 1 << 16, "/tmp") == WP_OK);
	for (int32_t i = 0; i < WORDS; i++) {
		must(wp_glove_cells_add(*cells, i, i, 1 + i) == WP_OK);
		must(wp_glove_cells_add(*cells, i, (i + 1) % WORDS, 2.5) == WP_OK);
	}
	must(wp_glove_cells_end(*cells) == WP_OK);
	wp_glove_default(&config);
	config.dim = 3;
	config.epochs = 2;
	config.threads = 1;
	must(wp_glove_create(&model, &config, *cells) == WP_OK);
	return model;
}

static struct wp_nn_trainer *make_network(struct wp_nn_model *model)
{
	const struct wp_nn_data data = {
		.ids = ids, .lengths = lengths, .sequences = SENTENCES, .rows = TOKENS};
	struct wp_strings vocab = {0};
	struct wp_nn_config config;
	struct wp_nn_training training;
	struct wp_nn_trainer *trainer;
	for (int i = 0; i < WORDS; i++)
		must(wp_strings_add(&vocab, &"abcdefgh"[i], 1) == WP_OK);
	wp_nn_config_default(&config);
	config.hidden = 2;
	config.inputs = config.outputs = WORDS;
	must(wp_nn_model_create(model, &config, &vocab, NULL, NULL) == WP_OK);
	wp_nn_training_default(&training, WP_NN_ADAM, false);
	training.schedule.epochs = 2;
	must(wp_nn_trainer_create(&trainer, &training, model, &data, &data) == WP_OK);
	return trainer;
}

/* ---- Saving ---- */

static uint8_t *save(int kind, size_t *size)
{
	struct wp_output *out;
	struct wp_writer *writer = writer_into(&out);
	struct wp_glove_cells *cells = NULL;
	struct wp_nn_model net = {0};
	if (kind == 0) {
		struct wp_w2v *model = make_w2v();
		must(wp_w2v_save(model, writer, settings) == WP_OK);
		wp_w2v_free(model);
	} else if (kind == 1) {
		struct wp_glove *model = make_glove(&cells);
		must(wp_glove_save(model, writer, settings) == WP_OK);
		wp_glove_free(model);
		wp_glove_cells_free(cells);
	} else {
		struct wp_nn_trainer *trainer = make_network(&net);
		must(wp_nn_trainer_save(trainer, writer, settings) == WP_OK);
		wp_nn_trainer_free(trainer);
		wp_nn_model_fini(&net);
	}
	const char *bytes = wp_output_collected(out, size);
	uint8_t *data = malloc(*size + FUZZ_END);
	must(data != NULL);
	memcpy(data, bytes, *size);
	*size += fuzz_end(data, *size);
	wp_writer_abandon(writer, "");
	return data;
}

/* ---- Loading ---- */

static void load(int kind, struct wp_reader *reader)
{
	struct wp_glove_cells *cells = NULL;
	struct wp_nn_model net = {0};
	enum wp_err err;
	if (kind == 0) {
		struct wp_w2v *model = make_w2v();
		struct wp_w2v_position before = wp_w2v_position(model);
		err = wp_w2v_load(model, reader, settings);
		must(!err || wp_w2v_position(model).batch == before.batch);
		err = err ? err : wp_w2v_train(model, 0, NULL, NULL, NULL);
		wp_w2v_free(model);
	} else if (kind == 1) {
		struct wp_glove *model = make_glove(&cells);
		err = wp_glove_load(model, reader, settings);
		err = err ? err : wp_glove_train(model, 0, NULL, NULL, NULL);
		wp_glove_free(model);
		wp_glove_cells_free(cells);
	} else {
		struct wp_nn_trainer *trainer = make_network(&net);
		err = wp_nn_trainer_load(trainer, reader, settings);
		err = err ? err : wp_nn_trainer_run(trainer, 0, NULL, NULL, NULL);
		wp_nn_trainer_free(trainer);
		wp_nn_model_fini(&net);
	}
	fuzz_accepted += !err;
	must(!err || wp_error_detail()[0] != '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int kind = size ? data[0] % KINDS : 0;
	make_text();
	if (size <= 2) {
		size_t length;
		uint8_t *saved = save(kind, &length);
		if (size == 2)
			length = LLVMFuzzerCustomMutator(saved, length, length, data[1]);
		if (getenv("FUZZ_SAVE")) {
			FILE *file = fopen(getenv("FUZZ_SAVE"), "wb");
			must(file && fputc(kind, file) == kind);
			must(fwrite(saved, 1, length, file) == length && fclose(file) == 0);
		}
		struct wp_reader *reader = reader_over(saved, length);
		if (reader)
			load(kind, reader);
		free(saved);
		return 0;
	}
	struct wp_reader *reader = reader_over(data + (size > 0), size - (size > 0));
	if (reader)
		load(kind, reader);
	return 0;
}
