/* ts-cat: join tensor streams into one; compress or expand them.
 *
 * Reads tensor streams and writes one.  Memory: one record, and the counts.
 */
#include "tool.h"

#include "stream/join.h"

static struct {
	int level;
} conf;

static const struct wp_about about = {
	.name = "ts-cat",
	.summary = "join tensor streams; compress or expand them",
	.operands = "[file ...]",
	.examples = (const char *const[]){"ts-cat monday.bin tuesday.bin > both.bin",
		"ts-cat -z 6 emb.bin > small.bin", "ts-cat small.bin > emb.bin", NULL},
	.see_also = "ts-info, ts-check, ts-diff, ts-convert",
};

static const struct wp_opt options[] = {
	WP_OPT_INT('z', "deflate", &conf.level, "LEVEL", 0, 9,
		"compress: 1 is quick, 9 is small; 0 expands"),
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

static void add(struct wp_join *join, const char *path)
{
	struct wp_reader *reader = wp_tool_reader(path);
	wp_reader_limit(reader, wp_common.memory);
	wp_tool_check(wp_join_add(join, reader));
	wp_reader_close(reader);
}

int main(int argc, char **argv)
{
	struct wp_join *join;
	wp_tool_start(&about, options, &argc, &argv);
	wp_tool_check(wp_join_create(&join, wp_tool_writer(conf.level)));
	if (argc == 0)
		add(join, NULL);
	for (int i = 0; i < argc; i++)
		add(join, argv[i]);
	wp_tool_check(wp_join_finish(join));
	wp_join_free(join);
	return wp_tool_finish();
}
