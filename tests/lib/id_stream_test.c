/* A text of ids as it streams by: whatever its records, the same sentences; and no others. */
#include <inttypes.h>
#include <string.h>

#include "files.h"
#include "stream/writer.h"
#include "tap.h"
#include "text/id_stream.h"

/* One record from a string of numbers, "1 2 +" where slices follow; or the vocabulary "a b c",
 * a record of another program, or the end of a stream. */
struct part {
	enum { END, VOCAB, IDS, LENGTHS, OTHER, NEXT } kind;
	const char *text;
};

static void put_vocab(struct wp_writer *writer, const char *text)
{
	struct wp_strings list = {0};
	for (; *text; text++)
		if (*text != ' ' && wp_strings_add(&list, text, 1))
			abort();
	if (wp_writer_put_list(writer, "vocab", &list))
		abort();
	wp_strings_fini(&list);
}

static void put_numbers(struct wp_writer *writer, const char *name, const char *text)
{
	int32_t numbers[16];
	char *end;
	struct wp_tensor tensor = wp_tensor_1d(name, WP_I32, 0);
	tensor.more = strchr(text, '+') != NULL;
	for (long x; x = strtol(text, &end, 10), end != text; text = end)
		numbers[tensor.dim[0]++] = (int32_t)x;
	if (wp_writer_put(writer, &tensor, numbers))
		abort();
}

static struct wp_writer *begin(const char *path)
{
	struct wp_output *output;
	struct wp_writer *writer;
	if (wp_output_open(&output, path) || wp_writer_open(&writer, output, 0))
		abort();
	return writer;
}

/* Append the stream at path to data. */
static void take(struct wp_writer *writer, const char *path, char *data, size_t *size)
{
	if (wp_writer_finish(writer))
		abort();
	struct bytes b = files_get(path);
	memcpy(data + *size, b.data, b.size);
	*size += b.size;
	free(b.data);
}

static size_t make_streams(char *data, const struct part *part)
{
	const char *path = files_path("one");
	struct wp_writer *writer = begin(path);
	size_t size = 0;
	for (; part->kind != END; part++)
		switch (part->kind) {
		case VOCAB:
			put_vocab(writer, part->text);
			break;
		case IDS:
			put_numbers(writer, "ids", part->text);
			break;
		case LENGTHS:
			put_numbers(writer, "lengths", part->text);
			break;
		case OTHER:
			put_numbers(writer, "other", part->text);
			break;
		default:
			take(writer, path, data, &size);
			writer = begin(path);
		}
	take(writer, path, data, &size);
	return size;
}

/* "0 1.2.": the ids, with points where sentences end. */
struct seen {
	char text[256];
	int others;
};

static enum wp_err see_vocab(void *arg, const struct wp_strings *vocab)
{
	struct seen *seen = arg;
	sprintf(seen->text + strlen(seen->text), "%zu:", vocab->count);
	return WP_OK;
}

static enum wp_err see_ids(void *arg, const int32_t *ids, size_t n, bool ends)
{
	struct seen *seen = arg;
	for (size_t i = 0; i < n; i++)
		sprintf(seen->text + strlen(seen->text), " %d", (int)ids[i]);
	strcat(seen->text, ends ? "." : "");
	return WP_OK;
}

static enum wp_err see_other(
	void *arg, struct wp_reader *reader, const struct wp_tensor *tensor)
{
	struct seen *seen = arg;
	(void)reader;
	seen->others += strcmp(tensor->name, "other") == 0;
	return WP_OK;
}

/* clang-format off */
static const struct {
	const char *sentences; /* NULL: refused, because: */
	const char *why;
	struct part parts[12];
} texts[] = {
	{"2: 0 1. 1.", NULL, {{VOCAB, "a b"}, {IDS, "0 1 1"}, {LENGTHS, "2 1"}}},
	{"2: 0 1. 1.", NULL, {{VOCAB, "a b"}, {LENGTHS, "2 1"}, {IDS, "0 1 1"}}},
	{"2: 0 1. 1.", NULL, {{VOCAB, "a b"}, {IDS, "0 +"}, {LENGTHS, "2 +"}, {IDS, "1 1"}, {LENGTHS, "1"}}},
	{"2: 0 1 0 1. 1..", NULL, {{VOCAB, "a b"}, {IDS, "0 1 +"}, {IDS, "0 +"}, {IDS, "1 +"}, {LENGTHS, "4 +"}, {IDS, "1"}, {LENGTHS, "1 0"}}},
	{"2:...", NULL, {{VOCAB, "a b"}, {IDS, ""}, {LENGTHS, "0 0 0"}}},
	{"0:", NULL, {{VOCAB, ""}, {IDS, ""}, {LENGTHS, ""}}},
	{"2: 0. 1.", NULL, {{OTHER, "1"}, {VOCAB, "a b"}, {IDS, "0"}, {LENGTHS, "1"}, {NEXT, ""}, {VOCAB, "a b"}, {IDS, "1"}, {LENGTHS, "1"}, {OTHER, "2"}}},
	{NULL, "no 'vocab'", {{OTHER, "1"}}},
	{NULL, "no 'ids'", {{VOCAB, "a"}}},
	{NULL, "no 'lengths'", {{VOCAB, "a"}, {IDS, "0"}}},
	{NULL, "ids come before their vocabulary", {{IDS, "0"}}},
	{NULL, "the vocabulary does not have (record 2,", {{VOCAB, "a"}, {IDS, "1"}}},
	{NULL, "the vocabulary does not have", {{VOCAB, "a"}, {IDS, "-1"}}},
	{NULL, "negative length", {{VOCAB, "a"}, {IDS, "0"}, {LENGTHS, "-1"}}},
	{NULL, "lengths and ids do not agree", {{VOCAB, "a"}, {IDS, "0 0"}, {LENGTHS, "1"}}},
	{NULL, "lengths and ids do not agree", {{VOCAB, "a"}, {IDS, "0"}, {LENGTHS, "2"}}},
	{NULL, "came long before", {{VOCAB, "a"}, {IDS, "0 0 +"}, {IDS, "0"}, {LENGTHS, "1 2"}}},
	{NULL, "different vocabularies", {{VOCAB, "a"}, {IDS, "0"}, {LENGTHS, "1"}, {NEXT, ""}, {VOCAB, "b"}}},
};
/* clang-format on */

int main(void)
{
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		static char data[1 << 16];
		struct seen seen = {.others = 0};
		const struct wp_id_stream_handler handler = {
			.arg = &seen, .vocab = see_vocab, .ids = see_ids, .other = see_other};
		struct wp_input *input;
		struct wp_reader *reader;
		struct wp_id_stream text;
		size_t size = make_streams(data, texts[i].parts);
		if (wp_input_memory(&input, data, size, "memory") ||
			wp_reader_over(&reader, input))
			abort();
		enum wp_err err = wp_id_stream_read(&text, reader, &handler);
		if (texts[i].sentences) {
			int64_t counted = 0;
			for (size_t w = 0; !err && w < text.vocab.count; w++)
				counted += text.counts[w];
			ok(!err && strcmp(seen.text, texts[i].sentences) == 0 &&
					counted == (int64_t)text.tokens,
				"%zu: %s", i, seen.text);
		} else {
			ok(err == WP_EMISMATCH && strstr(wp_error_detail(), texts[i].why),
				"%zu: %s", i, wp_error_detail());
		}
		if (i == 6)
			ok(seen.others == 2 && text.streams == 2 && text.sentences == 2,
				"other records are handed on, of joined streams, too");
		if (!err)
			wp_id_stream_fini(&text);
		wp_reader_close(reader);
	}
	return done_testing();
}
