/* Pieces, as a stream or a file, and text to be cut: the pieces end at the first 0xFF byte of a
 * file, and the text behind a stream is made up.  What begins with a byte 1 to 3 is text to
 * learn from, by that method.  What was cut is joined again: it is the text, unless words are
 * unknown. */
#include <string.h>

#include "fuzz.h"
#include "pieces/pieces_file.h"
#include "pieces/pieces_learn.h"
#include "pieces/pieces_text.h"
#include "text/vocab_count.h"

static struct wp_output *run(const struct wp_pieces *pieces, bool join, const char *data,
	size_t size, enum wp_err *err)
{
	const struct wp_pieces_text_options how = {.join = join, .at_once = true};
	struct wp_pieces_text *text;
	struct wp_input *input;
	struct wp_output *output;
	must(wp_output_memory(&output) == WP_OK);
	*err = wp_pieces_text_create(&text, pieces, &how);
	if (*err)
		return output;
	must(wp_input_memory(&input, data, size, "text") == WP_OK);
	*err = wp_pieces_text_run(text, input, output);
	wp_input_close(input);
	wp_pieces_text_free(text);
	return output;
}

/* Joining what was cut, and cutting and joining that again, gives the same. */
static void cut_and_join(const struct wp_pieces *pieces, const char *data, size_t size)
{
	enum wp_err err;
	size_t n, m;
	struct wp_output *cut = run(pieces, false, data, size, &err);
	must(err == WP_OK || err == WP_ECORRUPT || err == WP_EMISMATCH);
	fuzz_accepted += !err;
	if (!err && pieces->fallback != WP_PIECES_UNKNOWN) {
		const char *text = wp_output_collected(cut, &n);
		struct wp_output *joined = run(pieces, true, text, n, &err);
		must(err == WP_OK);
		text = wp_output_collected(joined, &n);
		struct wp_output *again = run(pieces, false, text, n, &err);
		must(err == WP_OK);
		const char *there = wp_output_collected(cut, &n);
		const char *here = wp_output_collected(again, &m);
		must(n == m && memcmp(there, here, n) == 0);
		wp_output_discard(again);
		wp_output_discard(joined);
	}
	wp_output_discard(cut);
}

static void learn(int method, const char *data, size_t size)
{
	const struct wp_count_params params = {.memory = 1 << 22, .tmpdir = "/tmp"};
	const struct wp_vocab_cut all = {.min_count = 1};
	const struct wp_pieces_config config = {.method = (enum wp_pieces_method)(method - 1),
		.fallback = size & 1 ? WP_PIECES_BYTES : WP_PIECES_KEEP,
		.merges = 50,
		.min_count = 1,
		.coverage = 0.9};
	struct wp_counter *counter;
	struct wp_counted counted = {0};
	struct wp_pieces_learnt learnt;
	struct wp_pieces pieces = {0};
	must(wp_counter_create(&counter, &params) == WP_OK);
	enum wp_err err = wp_counter_feed(counter, data, size);
	if (!err)
		err = wp_counter_end_text(counter);
	if (!err)
		err = wp_counter_select(counter, &all, &counted);
	wp_counter_free(counter);
	must(err == WP_OK || err == WP_ECORRUPT || err == WP_ELIMIT);
	if (!err) {
		must(wp_pieces_learn(&pieces, &counted.tokens, counted.counts, &config, &learnt,
			     NULL, NULL) == WP_OK);
		cut_and_join(&pieces, data, size);
	}
	wp_pieces_fini(&pieces);
	wp_counted_fini(&counted);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char some[] = "a ab abc b\\sc \xC3\xA9t\xC3\xA9 @@ ##a UNKNOWN_TOKEN\n";
	struct wp_input *input;
	struct wp_pieces pieces;
	if (size > 0 && data[0] >= 1 && data[0] <= 3) {
		learn(data[0], (const char *)data + 1, size - 1);
		return 0;
	}
	const uint8_t *end = size && data[0] != 0x89 ? memchr(data, 0xFF, size) : NULL;
	size_t file = end ? (size_t)(end - data) : size;
	must(wp_input_memory(&input, data, file, "pieces") == WP_OK);
	enum wp_err err = wp_pieces_read(&pieces, input, NULL, NULL);
	must(err == WP_OK || err == WP_ECORRUPT || err == WP_EMISMATCH || err == WP_ETRUNC);
	if (err)
		return 0;
	struct wp_output *output;
	must(wp_output_memory(&output) == WP_OK);
	err = wp_pieces_file_write(&pieces, output);
	must(err == WP_OK || err == WP_EMISMATCH);
	wp_output_discard(output);
	if (end)
		cut_and_join(&pieces, (const char *)end + 1, size - file - 1);
	else
		cut_and_join(&pieces, some, sizeof some - 1);
	wp_pieces_fini(&pieces);
	return 0;
}
