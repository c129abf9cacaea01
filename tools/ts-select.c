/* ts-select: choose, drop, rename and slice tensors; join streams of different tensors.
 *
 * Reads tensor streams and writes one.  Memory: one record; with --rows, --sequences or --slice
 * the tensors selected.
 */
#include "tool.h"

#include <string.h>

#include "stream/select.h"

static struct {
	struct wp_select_settings select;
	int level;
} conf;

static const struct wp_about about = {
	.name = "ts-select",
	.summary = "choose, drop, rename and slice tensors; join different ones",
	.operands = "[file ...]",
	.examples =
		(const char *const[]){"ts-select --tensor vocab,embedding emb.bin > small.bin",
			"ts-select text.bin emb.bin > both.bin",
			"ts-select --sequences :-100 series.bin > train.bin",
			"ts-select --slice 'embedding[:,:2]' emb.bin > few.bin", NULL},
	.see_also = "ts-cat, ts-convert, ts-info, ts-diff, emb-shape",
};

static const struct wp_opt options[] = {
	WP_OPT_TEXT(0, "tensor", &conf.select.tensor, "NAMES",
		"only these tensors, separated by commas; a * stands for anything"),
	WP_OPT_TEXT(0, "without", &conf.select.without, "NAMES", "all but these tensors"),
	WP_OPT_TEXT(0, "rename", &conf.select.rename, "FROM=TO",
		"give tensors other names; several pairs are separated by commas, and a * on the "
		"right is what that on the left stands for"),
	WP_OPT_TEXT(0, "rows", &conf.select.rows, "RANGES",
		"only these rows of the tensors, which must have equally many: FIRST:END or "
		"FIRST:END:STEP, from 0, as in Python"),
	WP_OPT_TEXT(0, "sequences", &conf.select.sequences, "RANGES",
		"only these sequences of a text or series, with their labels, tags and targets"),
	WP_OPT_TEXT(0, "slice", &conf.select.slice, "NAME[RANGES]",
		"only a part of this tensor, a range for each axis; several are separated by "
		"commas"),
	WP_OPT_INT('z', "deflate", &conf.level, "LEVEL", 0, 9,
		"compress: 1 is quick, 9 is small; 0 expands"),
	WP_OPT_HISTORY,
	{.kind = WP_KIND_SIZE,
		.letter = 'm',
		.name = "memory",
		.arg = "SIZE",
		.var = &wp_common.memory,
		.flags = WP_OPT_NEUTRAL,
		.help = "refuse compressed or piped records that take more, in bytes or with a "
			"suffix K, M, G or T"},
	WP_OPT_COMMON,
	WP_OPT_END,
};

static void add(struct wp_select *select, const char *path)
{
	static bool first = true;
	const struct wp_tensor *tensor;
	struct wp_reader *reader = wp_tool_reader(path);
	enum wp_err err = WP_OK;
	wp_reader_limit(reader, wp_common.memory);
	wp_reader_allow_joined(reader);
	for (; !err; first = false) {
		wp_select_begin_stream(select);
		while (!(err = wp_reader_next(reader, &tensor))) {
			if (strcmp(tensor->name, "history") == 0) {
				if (first)
					wp_tool_take_history(reader, tensor);
				continue;
			}
			wp_tool_put_history();
			wp_tool_check(wp_select_record(select, reader, tensor));
		}
		if (err == WP_END)
			err = wp_reader_next_stream(reader);
	}
	wp_tool_check(err);
	wp_reader_close(reader);
}

int main(int argc, char **argv)
{
	struct wp_select *select;
	wp_tool_start(&about, options, &argc, &argv);
	if (conf.select.rows && conf.select.sequences)
		wp_tool_usage("--rows and --sequences exclude each other");
	wp_tool_check(wp_select_create(&select, wp_tool_writer(conf.level), &conf.select));
	if (argc == 0)
		add(select, NULL);
	for (int i = 0; i < argc; i++)
		add(select, argv[i]);
	wp_tool_put_history();
	wp_tool_check(wp_select_finish(select));
	wp_select_free(select);
	return wp_tool_finish();
}
