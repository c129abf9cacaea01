/* Word vectors and tables of other programs, text and binary.  The first byte chooses. */
#include <string.h>

#include "fuzz.h"
#include "formats/tsv.h"
#include "formats/word_vectors.h"

static struct wp_input *memory(const void *data, size_t size)
{
	struct wp_input *in;
	must(wp_input_memory(&in, data, size, "memory") == WP_OK);
	return in;
}

static enum wp_err read_vectors(struct wp_word_vectors *v, struct wp_input *in, int choice)
{
	struct wp_vectors_form form = {.no_header = choice & 2, .top = choice & 4 ? 2 : 0};
	return choice & 1 ? wp_word_vectors_read_binary(v, in, form.top)
			  : wp_word_vectors_read_text(v, in, &form);
}

/* What can be written in the same form reads back the same. */
static void write_back(const struct wp_word_vectors *v, bool binary)
{
	struct wp_output *out;
	struct wp_word_vectors again = {0};
	size_t length;
	must(wp_output_memory(&out) == WP_OK);
	enum wp_err err = binary
		? wp_word_vectors_write_binary(out, &v->words, v->vector, v->count, v->dim)
		: wp_word_vectors_write_text(out, &v->words, v->vector, v->count, v->dim, true);
	if (!err && binary) {
		const char *bytes = wp_output_collected(out, &length);
		struct wp_input *in = memory(bytes, length);
		must(read_vectors(&again, in, 1) == WP_OK);
		must(again.count == v->count && again.dim == v->dim);
		must(v->count * v->dim == 0 ||
			memcmp(again.vector, v->vector,
				v->count * v->dim * sizeof *v->vector) == 0);
		wp_word_vectors_fini(&again);
		wp_input_close(in);
	}
	wp_output_discard(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int choice = size ? data[0] : 0;
	struct wp_input *in = memory(data + (size > 0), size - (size > 0));
	if (choice & 8) {
		struct wp_tsv tsv = {0};
		enum wp_type type = (enum wp_type)(WP_I8 + (choice >> 4) % 8);
		if (wp_tsv_read(&tsv, in, type, choice & 1, choice & 4 ? 2 : 0) == WP_OK) {
			struct wp_output *out;
			must(wp_output_memory(&out) == WP_OK);
			must(wp_tsv_write(out, &tsv.tensor, tsv.data,
				     choice & 1 ? &tsv.words : NULL) == WP_OK);
			wp_output_discard(out);
		}
		wp_tsv_fini(&tsv);
	} else {
		struct wp_word_vectors v = {0};
		if (read_vectors(&v, in, choice) == WP_OK) {
			fuzz_accepted++;
			must(v.words.count == v.count);
			write_back(&v, choice & 1);
		}
		wp_word_vectors_fini(&v);
	}
	wp_input_close(in);
	return 0;
}
