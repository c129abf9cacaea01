/* n-gram models, which are then used: a model that was read may hold any numbers, but fits
 * itself. */
#include "fuzz.h"
#include "ngram/model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wp_input *in;
	struct wp_reader *reader;
	struct wp_ngram_model model;
	must(wp_input_memory(&in, data, size, "memory") == WP_OK);
	if (wp_reader_over(&reader, in))
		return 0;
	if (wp_ngram_model_read(&model, reader)) {
		must(wp_error_detail()[0] != '\0');
		return 0;
	}
	enum { TOKENS = 40 };
	int32_t tokens[TOKENS];
	double logprob[TOKENS];
	uint8_t seen[TOKENS];
	struct wp_ngram_context context;
	int longest;
	wp_ngram_begin(&model, &context);
	for (size_t i = 0; i < TOKENS; i++)
		tokens[i] = (int32_t)(i % model.vocab.count);
	wp_ngram_sentence(&model, tokens, TOKENS, logprob, seen);
	for (size_t i = 0; i < TOKENS; i++) {
		double one = wp_ngram_next(&model, &context, tokens[i], &context, &longest);
		must(longest == seen[i]);
		must(one == logprob[i] || one != one || logprob[i] != logprob[i]);
	}
	fuzz_accepted++;
	wp_ngram_model_fini(&model);
	return 0;
}
