/* ts-diff: compare two tensor streams, within a tolerance.
 *
 * Reads two streams and writes a line for each tensor that differs.  Memory: both streams.
 */
#include "tool.h"

#include "stream/compare.h"

static struct wp_compare conf;

static const struct wp_about about = {
	.name = "ts-diff",
	.summary = "compare two tensor streams",
	.operands = "file file",
	.examples = (const char *const[]){"ts-diff --tolerance 1e-5 one.bin other.bin",
		"w2v --threads 1 < ids.bin | ts-diff --quiet - emb.bin", NULL},
	.see_also = "ts-info, ts-check, ts-cat, ts-convert",
};

static const struct wp_opt options[] = {
	WP_OPT_REAL(0, "tolerance", &conf.relative, "R", 0, 1e300,
		"let elements differ by R times the second one's size"),
	WP_OPT_REAL(0, "absolute", &conf.absolute, "A", 0, 1e300,
		"let elements differ by A; added to what --tolerance allows"),
	WP_OPT_FLAG(0, "history", &conf.history,
		"compare the histories as well, and what models say of their training"),
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

static struct wp_tensor_set *read_all(const char *path)
{
	struct wp_tensor_set *set;
	struct wp_reader *reader = wp_tool_reader(path);
	wp_reader_limit(reader, wp_common.memory);
	wp_tool_check(wp_tensor_set_read(&set, reader, NULL));
	return set;
}

int main(int argc, char **argv)
{
	bool same;
	wp_tool_start(&about, options, &argc, &argv);
	wp_tool_operands(argc, 2, 2);
	conf.brief = wp_common.quiet;
	struct wp_tensor_set *a = read_all(argv[0]), *b = read_all(argv[1]);
	wp_tool_check(wp_compare(&conf, a, b, wp_tool_output(), &same));
	wp_tensor_set_free(a);
	wp_tensor_set_free(b);
	int status = wp_tool_finish();
	return same ? status : WP_STATUS_FAILED;
}
