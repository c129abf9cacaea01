/* What is known and what was found, beside each other; a NUL stands between the two (and what
 * another program found).  The first byte chooses the kind and the settings. */
#include <string.h>

#include "fuzz.h"
#include "text/evaluation.h"

static struct wp_input *over(const uint8_t **data, size_t *size)
{
	struct wp_input *input;
	const uint8_t *nul = *size > 0 ? memchr(*data, 0, *size) : NULL;
	size_t n = nul ? (size_t)(nul - *data) : *size, used = nul ? n + 1 : n;
	must(wp_input_memory(&input, *data, n, "memory") == WP_OK);
	*data += used;
	*size -= used;
	return input;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2)
		return 0;
	struct wp_evaluation_config config = {
		.kind = (enum wp_evaluation_kind)(data[0] % 3),
		.tokenization = data[0] / 3 % 4,
		.lower = data[0] / 12 % 2,
		.smoothing = (enum wp_bleu_smoothing)(data[1] % 4),
		.smoothing_value = -1,
		.word_order = data[1] / 4 % 3,
		.references = 1 + data[1] / 12 % 2,
		.tag_lines = data[1] & 1,
		.conlleval = data[0] % 3 == 2 && data[1] & 2,
		.samples = 3,
	};
	struct wp_evaluation_notes notes;
	struct wp_input *known, *found, *other = NULL;
	struct wp_output *output;
	data += 2;
	size -= 2;
	known = over(&data, &size);
	found = over(&data, &size);
	if (size > 0)
		other = over(&data, &size);
	must(wp_output_memory(&output) == WP_OK);
	enum wp_err err = wp_evaluate(&config, known, found, other, output, &notes);
	must(err == WP_OK || err == WP_ECORRUPT || err == WP_EMISMATCH);
	must(!err || wp_error_detail()[0] != '\0');
	fuzz_accepted += !err;
	wp_output_discard(output);
	wp_input_close(known);
	wp_input_close(found);
	wp_input_close(other);
	return 0;
}
