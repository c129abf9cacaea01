/* Hidden Markov models, with which a text is then tagged; and texts that a tagger learns from.
 */
#include <string.h>

#include "base/random.h"
#include "fuzz.h"
#include "hmm/hmm.h"
#include "hmm/trigram.h"

static const char text[] = "the\nDog\n\nA1-b\n\xC3\x9C\n", numbers[] = "1 2\n-3 4e5\n";

static struct wp_input *over(const void *data, size_t size)
{
	struct wp_input *input;
	must(wp_input_memory(&input, data, size, "memory") == WP_OK);
	return input;
}

static void tag(
	struct wp_trigram *tagger, const struct wp_hmm *hmm, const char *words, size_t n)
{
	struct wp_tagging tagging = {.probabilities = true, .best = 1};
	struct wp_hmm_tagging how = {.posterior = true};
	struct wp_tagged tagged = {0};
	struct wp_output *output;
	struct wp_input *input = over(words, n);
	must(wp_output_memory(&output) == WP_OK);
	enum wp_err err = tagger ? wp_trigram_tag(tagger, &tagging, input, output, &tagged)
				 : wp_hmm_tag(hmm, &how, &tagging, input, output, &tagged);
	must(!err || wp_error_detail()[0] != '\0');
	wp_tagged_fini(&tagged);
	wp_output_discard(output);
	wp_input_close(input);
}

static void try_model(struct wp_reader *reader)
{
	struct wp_hmm hmm;
	struct wp_trigram *tagger;
	if (wp_hmm_read_any(&hmm, &tagger, reader)) {
		must(wp_error_detail()[0] != '\0');
		return;
	}
	fuzz_accepted++;
	tag(tagger, &hmm, text, sizeof text - 1);
	tag(tagger, &hmm, numbers, sizeof numbers - 1);
	if (!tagger) {
		struct wp_rng rng;
		struct wp_output *output;
		wp_rng_seed(&rng, 1, 0);
		must(wp_output_memory(&output) == WP_OK);
		must(wp_hmm_sample(&hmm, 5, true, &rng, output) == WP_OK);
		wp_output_discard(output);
	}
	wp_trigram_free(tagger);
	wp_hmm_fini(&hmm);
}

static void try_text(const uint8_t *data, size_t size)
{
	struct wp_trigram_config config;
	struct wp_trigram *tagger;
	struct wp_input *input = over(data, size);
	wp_trigram_config_default(&config);
	enum wp_err err = wp_trigram_train(&tagger, &config, input);
	must(!err || wp_error_detail()[0] != '\0');
	wp_input_close(input);
	wp_trigram_free(tagger);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wp_reader *reader;
	if (wp_reader_over(&reader, over(data, size)) == WP_OK)
		try_model(reader);
	else
		try_text(data, size);
	return 0;
}
