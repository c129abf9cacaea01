/* Lists of phrases, and text to be joined by them: the list ends at the first byte 1.  Without
 * one, all is text to learn from. */
#include <string.h>

#include "fuzz.h"
#include "text/phrases.h"

static const struct wp_phrases_config config = {.score = WP_PHRASES_NPMI,
	.min_count = 1,
	.passes = 2,
	.threshold = {-2, -2},
	.delimiter = "_",
	.memory = 1 << 20,
	.tmpdir = "/tmp"};

static void join(const uint8_t *data, size_t list_size, size_t size)
{
	struct wp_phrases *phrases;
	struct wp_input *list, *text;
	struct wp_output *out;
	uint64_t joined = 0;
	must(wp_input_memory(&list, data, list_size, "list") == WP_OK);
	enum wp_err err = wp_phrases_read_list(&phrases, &config, list);
	must(err == WP_OK || err == WP_ECORRUPT);
	wp_input_close(list);
	if (err)
		return;
	must(wp_input_memory(&text, data + list_size + 1, size - list_size - 1, "text") ==
		WP_OK);
	must(wp_output_memory(&out) == WP_OK);
	must(wp_phrases_join(phrases, text, out, true, &joined) == WP_OK);
	fuzz_accepted++;
	wp_output_discard(out);
	wp_input_close(text);
	wp_phrases_free(phrases);
}

static void learn(const uint8_t *data, size_t size)
{
	struct wp_phrases *phrases;
	struct wp_output *out;
	uint64_t joined;
	must(wp_phrases_create(&phrases, &config) == WP_OK);
	enum wp_err err = wp_phrases_feed(phrases, (const char *)data, size);
	if (!err)
		err = wp_phrases_end_text(phrases);
	if (!err)
		err = wp_phrases_learn(phrases, NULL, NULL);
	must(wp_output_memory(&out) == WP_OK);
	if (!err)
		err = wp_phrases_write_list(phrases, out);
	if (!err)
		err = wp_phrases_write_text(phrases, out, &joined);
	must(err == WP_OK || err == WP_ECORRUPT);
	fuzz_accepted += !err;
	wp_output_discard(out);
	wp_phrases_free(phrases);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = size ? memchr(data, 1, size) : NULL;
	if (end)
		join(data, (size_t)(end - data), size);
	else
		learn(data, size);
	return 0;
}
