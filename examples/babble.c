/* babble: let a character model write, with nothing but the library.
 *
 *	babble MODEL [CHARACTERS [SEED]]
 *
 * rnn-predict(1) does this and more; here is how a program of one's own does it: read a model,
 * feed the network a token at a time, and draw the next one from what it gives.
 */
#include <stdio.h>
#include <stdlib.h>

#include "nn/decode/sampler.h"
#include "nn/decode/decoder.h"

static void check(enum wp_err err)
{
	if (!err)
		return;
	fprintf(stderr, "babble: %s\n", wp_error_detail());
	exit(1);
}

int main(int argc, char **argv)
{
	struct wp_nn_model model;
	struct wp_nn_decoder *stepper;
	struct wp_nn_chooser *chooser;
	struct wp_nn_sampling sampling;
	struct wp_reader *reader;
	if (argc < 2) {
		fprintf(stderr, "usage: babble MODEL [CHARACTERS [SEED]]\n");
		return 2;
	}
	long characters = argc > 2 ? strtol(argv[2], NULL, 10) : 500;
	uint64_t seed = argc > 3 ? strtoull(argv[3], NULL, 10) : 1;

	check(wp_reader_open(&reader, argv[1]));
	check(wp_nn_model_read(&model, reader, NULL, NULL));
	wp_reader_close(reader);
	if (model.config.task != WP_NN_LM) {
		fprintf(stderr, "babble: %s: no language model\n", argv[1]);
		wp_nn_model_fini(&model);
		return 1;
	}

	wp_nn_sampling_default(&sampling);
	sampling.temperature = 0.8;
	check(wp_nn_chooser_create(&chooser, &sampling, model.config.outputs));
	wp_nn_chooser_seed(chooser, seed, 0);
	check(wp_nn_decoder_create(&stepper, &model, 1));

	int32_t token = (int32_t)wp_strings_find(&model.vocab, "\n"); /* as a line begins */
	for (long i = 0; i < characters; i++) {
		size_t length;
		wp_nn_decoder_token(stepper, 0, token < 0 ? 0 : token);
		token = wp_nn_choose(chooser, wp_nn_decoder_output(stepper, 0));
		const char *character = wp_strings_get(&model.vocab, (size_t)token, &length);
		fwrite(character, 1, length, stdout);
	}
	putchar('\n');

	wp_nn_decoder_free(stepper);
	wp_nn_chooser_free(chooser);
	wp_nn_model_fini(&model);
	return fflush(stdout) == EOF;
}
