/* Every format that ts-convert reads: the first line names it, the rest is the file.  What is
 * read makes a stream that is whole; what can be written of it is. */
#include <string.h>

#include "formats/format.h"
#include "fuzz.h"

static const struct wp_format *find_format(const char *name, size_t length)
{
	for (const struct wp_format *const *f = wp_formats; *f; f++)
		if (strlen((*f)->name) == length && memcmp((*f)->name, name, length) == 0)
			return *f;
	return NULL;
}

/* The tensors of a stream, written in the same format; it may be unable to. */
static void write_back(const struct wp_format *format, const char *stream, size_t size,
	struct wp_format_job job)
{
	struct wp_input *in;
	struct wp_reader *reader;
	struct wp_output *out;
	must(wp_input_memory(&in, stream, size, "stream") == WP_OK);
	must(wp_reader_over(&reader, in) == WP_OK);
	must(wp_output_memory(&out) == WP_OK);
	job.words = NULL;
	if (format->write(out, reader, &job) == WP_OK)
		fuzz_accepted++;
	wp_output_discard(out);
}

static void try_format(
	const struct wp_format *format, const uint8_t *data, size_t size, int turn)
{
	struct wp_input *in;
	struct wp_output *out;
	struct wp_writer *writer;
	struct wp_format_job job = {.type = turn & 1 ? WP_I32 : WP_F32,
		.no_words = turn & 1 && format->reading & WP_FORMAT_NO_WORDS,
		.no_heading = turn & 1 && format->reading & WP_FORMAT_NO_HEADING,
		.memory = 1 << 20,
		.directory = "/tmp"};
	must(wp_input_memory(&in, data, size, "memory") == WP_OK);
	must(wp_output_memory(&out) == WP_OK);
	struct wp_output *kept = out;
	must(wp_writer_open(&writer, out, 0) == WP_OK);
	enum wp_err err = format->read(writer, in, &job);
	if (err) {
		wp_writer_abandon(writer, "not of this format");
	} else {
		struct wp_output *stream = wp_writer_output(writer);
		size_t length;
		const char *bytes = wp_output_collected(stream, &length);
		char *copy = malloc(length + FUZZ_END);
		must(copy && kept == stream);
		memcpy(copy, bytes, length);
		length += fuzz_end((uint8_t *)copy, length);
		if (format->write)
			write_back(format, copy, length, job);
		free(copy);
		wp_writer_abandon(writer, NULL);
	}
	wp_input_close(in);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = size ? memchr(data, '\n', size) : NULL;
	const struct wp_format *format =
		end ? find_format((const char *)data, (size_t)(end - data)) : NULL;
	if (!format || !format->read)
		return 0;
	end++;
	for (int turn = 0; turn < 2; turn++)
		try_format(format, end, size - (size_t)(end - data), turn);
	return 0;
}
