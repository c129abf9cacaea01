/* ts-check: verify tensor streams.
 *
 * Reads every byte of its inputs and says what is wrong with them; silent where nothing is.
 * Memory: fixed, whatever the streams hold.
 */
#include "tool.h"

#include "stream/pair_rows.h"

static const struct wp_about about = {
	.name = "ts-check",
	.summary = "verify tensor streams",
	.operands = "[file ...]",
	.examples = (const char *const[]){"ts-check emb.bin && echo whole", "ts-check -v *.bin",
		NULL},
	.see_also = "ts-info, ts-cat, ts-diff, ts-convert",
};

static const struct wp_opt options[] = {
	WP_OPT_COMMON,
	WP_OPT_END,
};

/* All records of a stream; the reader checks, we only have to look everywhere. */
static enum wp_err check_stream(struct wp_reader *reader)
{
	struct wp_pair_rows pairs = {{false}, {0}};
	enum wp_err err;
	const struct wp_tensor *tensor;
	const void *data;
	size_t size;
	while (!(err = wp_reader_next(reader, &tensor))) {
		wp_pair_rows_note(&pairs, tensor->name, tensor->rank > 0 ? tensor->dim[0] : 0);
		while (!(err = wp_reader_piece(reader, &data, &size)) && size > 0)
			;
		if (err)
			return err;
	}
	return err == WP_END ? wp_pair_rows_check(&pairs, wp_reader_name(reader)) : err;
}

static enum wp_err check_streams(struct wp_reader *reader)
{
	enum wp_err err;
	wp_reader_allow_joined(reader);
	do
		err = check_stream(reader);
	while (!err && !(err = wp_reader_next_stream(reader)));
	return err == WP_END ? WP_OK : err;
}

static void check(const char *path)
{
	struct wp_reader *reader = NULL;
	wp_tool_refuse_terminal(path);
	enum wp_err err = wp_reader_open(&reader, path);
	if (!err)
		err = check_streams(reader);
	wp_tool_complain(err);
	if (!err)
		wp_tool_report("%s: whole", wp_reader_name(reader));
	wp_reader_close(reader);
}

int main(int argc, char **argv)
{
	wp_tool_start(&about, options, &argc, &argv);
	wp_tool_output(); /* nothing is written there, but -o and a closed pipe are as
			     everywhere */
	if (argc == 0)
		check(NULL);
	for (int i = 0; i < argc; i++)
		check(argv[i]);
	return wp_tool_finish();
}
