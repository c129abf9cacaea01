/* The reader of tensor streams, and what stands on it: sets, joining, comparing, describing.
 *
 * An input is read as it is, and once more with all checksums put right, because hardly a
 * mutation would come past them otherwise. */
#include <string.h>

#include "base/memory.h"
#include "fuzz.h"
#include "stream/compare.h"
#include "stream/describe.h"
#include "stream/format.h"
#include "stream/join.h"
#include "stream/select.h"

static struct wp_reader *open_reader(const uint8_t *data, size_t size)
{
	struct wp_input *input;
	struct wp_reader *reader;
	must(wp_input_memory(&input, data, size, "memory") == WP_OK);
	return wp_reader_over(&reader, input) ? NULL : reader;
}

static struct wp_writer *open_writer(int level)
{
	struct wp_output *output;
	struct wp_writer *writer;
	must(wp_output_memory(&output) == WP_OK);
	must(wp_writer_open(&writer, output, level) == WP_OK);
	return writer;
}

static enum wp_err read_all(const uint8_t *data, size_t size)
{
	struct wp_reader *r = open_reader(data, size);
	const struct wp_tensor *t;
	const void *elements;
	size_t bytes, count;
	enum wp_err err = WP_OK;
	if (!r)
		return WP_ECORRUPT;
	while (!err && !(err = wp_reader_next(r, &t))) {
		struct wp_strings list = {0};
		must(wp_tensor_count(t, &count));
		if (t->type == WP_STRING) {
			err = wp_reader_strings(r, &list);
			must(err || list.count == count);
		} else {
			err = wp_reader_data(r, &elements, &bytes);
			must(err || bytes == count * wp_type_size(t->type));
		}
		wp_strings_fini(&list);
	}
	wp_reader_close(r);
	return err;
}

/* What is passed on is the same, byte by byte. */
static void pass_on(const uint8_t *data, size_t size)
{
	struct wp_reader *r = open_reader(data, size);
	struct wp_writer *w = open_writer(0);
	const struct wp_tensor *t;
	size_t passed;
	while (!wp_reader_next(r, &t))
		must(wp_writer_pass(w, r) == WP_OK);
	const char *bytes = wp_output_collected(wp_writer_output(w), &passed);
	must(passed + WP_HEADER_SIZE == size);
	must(memcmp(bytes + WP_SIGNATURE_SIZE, data + WP_SIGNATURE_SIZE,
		     passed - WP_SIGNATURE_SIZE) == 0);
	must(wp_writer_finish(w) == WP_OK);
	wp_reader_close(r);
}

/* A stream equals itself. */
static void compare(const uint8_t *data, size_t size)
{
	static const struct wp_compare how = {.history = true};
	struct wp_tensor_set *a, *b;
	struct wp_output *out;
	bool same;
	if (wp_tensor_set_read(&a, open_reader(data, size), NULL))
		return;
	must(wp_tensor_set_read(&b, open_reader(data, size), NULL) == WP_OK);
	must(wp_output_memory(&out) == WP_OK);
	must(wp_compare(&how, a, b, out, &same) == WP_OK && same);
	wp_output_discard(out);
	wp_tensor_set_free(a);
	wp_tensor_set_free(b);
}

static void describe(const uint8_t *data, size_t size, bool json)
{
	struct wp_reader *r = open_reader(data, size);
	struct wp_output *out;
	must(wp_output_memory(&out) == WP_OK);
	if (r && wp_describe(r, out, json) == WP_OK) {
		size_t length;
		const char *text = wp_output_collected(out, &length);
		must(length > 0 && text[length - 1] == '\n');
	}
	wp_output_discard(out);
	wp_reader_close(r);
}

static void join(const uint8_t *data, size_t size)
{
	struct wp_writer *w = open_writer(1);
	struct wp_join *j;
	must(wp_join_create(&j, w) == WP_OK);
	enum wp_err err = WP_OK;
	for (int i = 0; i < 2 && !err; i++) {
		struct wp_reader *r = open_reader(data, size);
		err = r ? wp_join_add(j, r) : WP_ECORRUPT;
		wp_reader_close(r);
	}
	if (!err)
		err = wp_join_finish(j);
	wp_join_free(j);
	if (err)
		wp_writer_abandon(w, "fuzz");
	else
		must(wp_writer_finish(w) == WP_OK);
}

/* Any settings: rows of what has equally many, sequences, and a name that a star renames. */
static void choose(const uint8_t *data, size_t size, const struct wp_select_settings *settings)
{
	struct wp_reader *r = open_reader(data, size);
	struct wp_writer *w = open_writer(0);
	struct wp_select *s;
	const struct wp_tensor *t;
	must(wp_select_create(&s, w, settings) == WP_OK);
	enum wp_err err = r ? WP_OK : WP_ECORRUPT;
	wp_select_begin_stream(s);
	while (!err && !(err = wp_reader_next(r, &t)))
		err = wp_select_record(s, r, t);
	if (err == WP_END)
		err = wp_select_finish(s);
	wp_select_free(s);
	if (err)
		wp_writer_abandon(w, "fuzz");
	else
		must(wp_writer_finish(w) == WP_OK);
	wp_reader_close(r);
}

static void use(const uint8_t *data, size_t size)
{
	if (read_all(data, size) == WP_END) {
		fuzz_accepted++;
		pass_on(data, size);
		compare(data, size);
	}
	describe(data, size, false);
	describe(data, size, true);
	join(data, size);
	choose(data, size, &(struct wp_select_settings){.rename = "*=x*"});
	choose(data, size, &(struct wp_select_settings){.rows = "::2,-1"});
	choose(data, size, &(struct wp_select_settings){.sequences = ":-1,0"});
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	use(data, size);
	uint8_t *copy = malloc(size ? size : 1);
	must(copy != NULL);
	if (size)
		memcpy(copy, data, size);
	fuzz_repair(copy, size);
	use(copy, size);
	free(copy);
	return 0;
}
