/* What `cooc` reads - ids, and counts of parts - and sparse matrices as text.  The first byte
 * chooses.  Whatever is counted comes out sorted, and to both sides twice as much as to one. */
#include <string.h>

#include "base/memory.h"
#include "embed/cooc_stream.h"
#include "fuzz.h"
#include "stream/cells.h"
#include "formats/cells_text.h"
#include "text/id_stream.h"

struct totals {
	int32_t row, col;
	uint64_t sum, cells;
};

static enum wp_err add_up(
	void *arg, int32_t row, size_t count, const int32_t *col, const uint64_t *sum)
{
	struct totals *t = arg;
	for (size_t i = 0; i < count; i++) {
		must(row > t->row || (row == t->row && col[i] > t->col));
		must(sum[i] > 0 && sum[i] < 1ull << 53);
		t->row = row;
		t->col = col[i];
		t->sum += sum[i];
		t->cells++;
	}
	return WP_OK;
}

/* ---- Ids: counted to both sides, to the right, and by sentence ---- */

enum { WAYS = 3 };

static enum wp_err take_vocab(void *arg, const struct wp_strings *vocab)
{
	struct wp_cooc **cooc = arg;
	for (int way = 0; way < WAYS; way++) {
		struct wp_cooc_config config;
		wp_cooc_default(&config);
		config.window = 3;
		config.side = way == 1 ? WP_COOC_RIGHT : WP_COOC_BOTH;
		config.documents = way == 2;
		enum wp_err err = wp_cooc_create(&cooc[way], &config, vocab->count);
		if (err)
			return err;
	}
	return WP_OK;
}

static enum wp_err take_ids(void *arg, const int32_t *ids, size_t n, bool ends)
{
	struct wp_cooc **cooc = arg;
	enum wp_err err = WP_OK;
	for (int way = 0; way < WAYS && !err; way++)
		err = wp_cooc_add(cooc[way], ids, n, ends);
	return err;
}

static void fuzz_ids(struct wp_reader *reader)
{
	struct wp_cooc *cooc[WAYS] = {NULL};
	struct totals totals[WAYS];
	struct wp_id_stream text;
	const struct wp_id_stream_handler handler = {
		.arg = cooc, .vocab = take_vocab, .ids = take_ids};
	enum wp_err err = wp_id_stream_read(&text, reader, &handler);
	for (int way = 0; way < WAYS && !err; way++) {
		totals[way] = (struct totals){.row = -1};
		must(wp_cooc_finish(cooc[way], add_up, &totals[way]) == WP_OK);
	}
	if (!err) {
		fuzz_accepted++;
		must(totals[0].sum == 2 * totals[1].sum);
		must(totals[2].sum == text.tokens);
		wp_id_stream_fini(&text);
	}
	for (int way = 0; way < WAYS; way++)
		wp_cooc_free(cooc[way]);
}

/* ---- Counts of parts ---- */

static void fuzz_parts(struct wp_reader *reader)
{
	struct wp_cooc_parts parts = {0};
	struct wp_cooc_config config;
	struct totals totals = {.row = -1};
	wp_cooc_default(&config);
	if (!wp_cooc_parts_add(&parts, reader, &config, NULL, NULL)) {
		enum wp_err err = wp_cooc_finish(parts.cooc, add_up, &totals);
		must(err == WP_OK || err == WP_ELIMIT);
		must(totals.row < (int64_t)parts.vocab.count);
	}
	wp_cooc_parts_fini(&parts);
}

/* ---- Text ---- */

/* The cells of what was read from text, as text of the same form again. */
static enum wp_err rewrite(
	const struct wp_output *stream, struct wp_output *out, const struct wp_cells_text *text)
{
	size_t size;
	const char *data = wp_output_collected(stream, &size);
	struct wp_input *in;
	struct wp_reader *reader;
	must(wp_input_memory(&in, data, size, "fuzz") == WP_OK);
	must(wp_reader_over(&reader, in) == WP_OK);
	/* The memory goes when the stream ends, so it has no end yet. */
	enum wp_err err = wp_cells_text_write(out, reader, text);
	wp_reader_close(reader);
	return err;
}

static void fuzz_text(const uint8_t *data, size_t size, int choice)
{
	const struct wp_cells_text text = {
		.name = choice & 4 ? "onehot" : "cooc",
		.form = choice & 1 ? WP_CELLS_MATRIX_MARKET : WP_CELLS_LINES,
		.words = choice & 8,
		.top = choice & 16 ? 2 : 0,
		.memory = 1 << 16,
		.directory = "/tmp",
	};
	struct wp_strings words = {0};
	struct wp_input *in;
	struct wp_output *stream = NULL, *out = NULL;
	struct wp_writer *writer;
	must(wp_strings_add(&words, "a", 1) == WP_OK &&
		wp_strings_add(&words, "b c", 3) == WP_OK);
	must(wp_input_memory(&in, data, size, "fuzz") == WP_OK);
	must(wp_output_memory(&stream) == WP_OK && wp_output_memory(&out) == WP_OK);
	must(wp_writer_open(&writer, stream, 0) == WP_OK);
	if (wp_cells_text_read(writer, in, &text, text.words ? &words : NULL) == WP_OK)
		must(rewrite(stream, out, &text) == WP_ETRUNC);
	wp_writer_abandon(writer, "");
	wp_output_discard(out);
	wp_input_close(in);
	wp_strings_fini(&words);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int choice = size ? data[0] : 0;
	struct wp_input *in;
	struct wp_reader *reader;
	data += size > 0;
	size -= size > 0;
	if (choice & 2) {
		fuzz_text(data, size, choice);
		return 0;
	}
	if (wp_input_memory(&in, data, size, "fuzz") || wp_reader_over(&reader, in))
		return 0;
	if (choice & 1)
		fuzz_parts(reader);
	else
		fuzz_ids(reader);
	wp_reader_close(reader);
	return 0;
}
