/* ts-info: say what is in a tensor stream.
 *
 * Reads tensor streams, one or several joined, and writes text or JSON.  Memory: fixed,
 * whatever the streams hold.
 */
#include "tool.h"

#include "stream/describe.h"

static struct {
	bool json;
} conf;

static const struct wp_about about = {
	.name = "ts-info",
	.summary = "say what is in a tensor stream",
	.operands = "[file ...]",
	.examples = (const char *const[]){"ts-info emb.bin",
		"tokenize < text | vocab | ts-info --json | jq .tensors", NULL},
	.see_also = "ts-check, ts-cat, ts-diff, ts-convert",
};

static const struct wp_opt options[] = {
	WP_OPT_FLAG('j', "json", &conf.json, "one JSON object for each stream"),
	WP_OPT_COMMON,
	WP_OPT_END,
};

static void describe(const char *path)
{
	struct wp_reader *reader = wp_tool_reader(path);
	wp_tool_check(wp_describe(reader, wp_tool_output(), conf.json));
	wp_reader_close(reader);
}

int main(int argc, char **argv)
{
	wp_tool_start(&about, options, &argc, &argv);
	if (argc == 0)
		describe(NULL);
	for (int i = 0; i < argc; i++)
		describe(argv[i]);
	return wp_tool_finish();
}
