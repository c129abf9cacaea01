/* ARPA files, made into models. */
#include "fuzz.h"
#include "ngram/arpa.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wp_input *in;
	struct wp_output *out;
	struct wp_writer *writer;
	must(wp_input_memory(&in, data, size, "memory") == WP_OK);
	must(wp_output_memory(&out) == WP_OK);
	must(wp_writer_open(&writer, out, 0) == WP_OK);
	enum wp_err err = wp_arpa_read(in, writer);
	if (err)
		must(wp_error_detail()[0] != '\0');
	fuzz_accepted += !err;
	wp_writer_abandon(writer, "fuzz");
	return 0;
}
