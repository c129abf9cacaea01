/* Text that a language model generates. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "nn/tasks/mode.h"
#include "text/plain_text.h"

struct writing {
	struct wp_output *output;
	struct wp_plain_text text;
	double flushed; /* when */
	uint64_t tokens;
};

static double seconds(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Text is on its way as it is made; fast networks do not ask the system for each token. */
static enum wp_err write_token(void *arg, int32_t token)
{
	struct writing *w = arg;
	enum wp_err err = wp_plain_text_put(&w->text, w->output, token);
	w->tokens++;
	double now = seconds();
	if (err || now - w->flushed <= 0.02)
		return err;
	w->flushed = now;
	return wp_output_flush(w->output);
}

static enum wp_err write_tokens(struct writing *w, const int32_t *tokens, size_t n)
{
	enum wp_err err = WP_OK;
	for (size_t i = 0; i < n && !err; i++)
		err = write_token(w, tokens[i]);
	return err;
}

static enum wp_err end_text(struct writing *w)
{
	enum wp_err err = wp_plain_text_end(&w->text, w->output);
	return err ? err : wp_output_flush(w->output);
}

/* The texts for a vector; its number, or 0 where there is none. */
static enum wp_err write_texts(struct writing *w, struct wp_nn_generator *generator,
	const struct wp_nn_mode_settings *how, size_t vector, const int32_t *prime,
	size_t primed)
{
	const struct wp_nn_found *found = NULL;
	size_t count = (size_t)how->count;
	enum wp_err err = how->generation.beam
		? wp_nn_beam_search(generator, prime, primed, &found, &count)
		: WP_OK;
	for (size_t i = 0; i < count && i < (size_t)how->count && !err; i++) {
		err = write_tokens(w, prime, primed);
		if (!err && found)
			err = write_tokens(w, found[i].tokens, found[i].count);
		else if (!err)
			err = wp_nn_generate(generator, vector * (size_t)how->count + i, prime,
				primed, write_token, w);
		if (!err)
			err = end_text(w);
	}
	return err;
}

/* Texts for each vector that was read; or for none. */
static enum wp_err write_all(const struct wp_nn_use *use, struct writing *w,
	struct wp_nn_generator *generator, const int32_t *prime, size_t primed)
{
	const struct wp_nn_dataset *source = use->reading ? &use->reading->source : NULL;
	if (!source)
		return write_texts(w, generator, use->how, 0, prime, primed);
	enum wp_err err = WP_OK;
	for (size_t i = 0; i < source->encoding_rows && !err; i++) {
		wp_nn_generator_condition(
			generator, source->data.encodings + i * source->data.encoding);
		err = write_texts(w, generator, use->how, i, prime, primed);
	}
	return err;
}

enum wp_err wp_nn_use_to_generate(const struct wp_nn_use *use)
{
	const struct wp_nn_mode_settings *how = use->how;
	struct wp_nn_generation generation = how->generation;
	struct wp_nn_generator *generator = NULL;
	struct writing w = {.output = use->rows};
	int32_t *prime = NULL;
	size_t primed = 0, unknown = 0;
	generation.length = (size_t)how->number;
	generation.min_length = (size_t)how->min_length;
	if (how->greedy)
		generation.sampling.temperature = 0;
	enum wp_err err = wp_nn_generator_create(&generator, use->model, &generation);
	if (!err)
		err = wp_plain_text_init(&w.text, &use->model->vocab);
	if (!err)
		err = wp_plain_text_cut(
			&w.text, how->prime, strlen(how->prime), &prime, &primed, &unknown);
	if (!err && unknown > 0)
		wp_nn_tell(use->warn, "%zu of %zu tokens of the prime are unknown to the model",
			unknown, primed);
	if (how->by_token)
		w.text.characters = false;
	double started = seconds();
	if (!err)
		err = write_all(use, &w, generator, prime, primed);
	if (!err)
		wp_nn_tell(use->say, "%.0f tokens/s",
			(double)w.tokens / (seconds() - started + 1e-9));
	free(prime);
	wp_plain_text_fini(&w.text);
	wp_nn_generator_free(generator);
	return err;
}

enum wp_err wp_nn_sample_text(
	const struct wp_nn_model *model, int tokens, uint64_t seed, struct wp_output *output)
{
	struct wp_nn_mode_settings how;
	const struct wp_nn_use use = {.model = model, .how = &how, .rows = output};
	enum wp_err err = wp_nn_check_model(WP_NN_GENERATE, model, "a sample");
	wp_nn_mode_settings_default(&how);
	how.number = tokens;
	how.generation.seed = seed;
	return err ? err : wp_nn_use_to_generate(&use);
}
