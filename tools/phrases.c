/* phrases: join words that belong together, as "new york", to one token.
 *
 * Reads token text, and writes it joined, or the list of phrases.  Memory: the different words,
 * the text as ids, which beyond --memory goes to disk, and a table of candidates within
 * --memory; with --from the list alone.
 */
#include "tool.h"

#include <inttypes.h>
#include <string.h>

#include "base/memory.h"
#include "text/number.h"
#include "text/phrases.h"

static struct {
	struct wp_phrases_config learn;
	const char *threshold, *connectors, *from;
	uint64_t min_count;
	bool list, line_buffered;
} conf = {.learn = {.passes = 1, .delimiter = "_"}, .min_count = 5};

static const char *const scores[] = {[WP_PHRASES_WORD2VEC] = "word2vec",
	[WP_PHRASES_GENSIM] = "gensim",
	[WP_PHRASES_NPMI] = "npmi",
	NULL};

static const struct wp_about about = {
	.name = "phrases",
	.summary = "find words that belong together, and join them",
	.operands = "[file ...]",
	.examples =
		(const char *const[]){"tokenize --lower text | phrases | vocab | w2v > emb.bin",
			"phrases --list --score npmi --connectors english text.tok | head",
			"phrases --passes 2 --threshold 200,100 --list text.tok > list",
			"phrases --from list other.tok > joined", NULL},
	.see_also = "tokenize, vocab, w2v, cooc",
};

static const struct wp_opt options[] = {
	WP_OPT_GROUP("Learning"),
	WP_OPT_CHOICE(0, "score", &conf.learn.score, "SCORE", scores,
		"how candidates are scored: as word2phrase or gensim does, or by normalised "
		"pointwise mutual information"),
	WP_OPT_TEXT(0, "threshold", &conf.threshold, "T[,T...]",
		"phrases have a higher score, in each pass (default 100; gensim 10, npmi 0.5)"),
	WP_OPT_COUNT(
		0, "min-count", &conf.min_count, "N", 1, 1e15, "and come at least so often"),
	WP_OPT_REAL(0, "discount", &conf.learn.discount, "R", 0, 1e15,
		"taken off each count in the score, by default --min-count; not for npmi"),
	WP_OPT_TEXT(0, "connectors", &conf.connectors, "WORDS",
		"words that may stand within a phrase and count for nothing, separated by "
		"commas; english: a, an, the, of, and the like"),
	WP_OPT_INT(0, "passes", &conf.learn.passes, "N", 1, WP_PHRASES_PASSES,
		"join so often, so that phrases become longer"),
	WP_OPT_GROUP("Text and output"),
	WP_OPT_FLAG('l', "list", &conf.list,
		"write the phrases instead of the text: words, score, count, pass, tab-separated"),
	WP_OPT_TEXT(0, "from", &conf.from, "FILE",
		"take the phrases from such a list, and join the text line by line"),
	WP_OPT_TEXT(0, "delimiter", &conf.learn.delimiter, "TEXT", "between joined words"),
	WP_OPT_FLAG(0, "labels", &conf.learn.labelled,
		"each line begins with a label and a tab, which stay as they are"),
	WP_OPT_FLAG(0, "line-buffered", &conf.line_buffered,
		"--from: write each line at once, for other programs to ask line by line"),
	WP_OPT_GROUP("Running"),
	WP_OPT_MEMORY,
	WP_OPT_TMPDIR,
	WP_OPT_PROGRESS,
	WP_OPT_COMMON,
	WP_OPT_END,
};

/* "200,100": one for each pass; the last counts for those that follow. */
static void set_thresholds(void)
{
	static const double usual[] = {
		[WP_PHRASES_WORD2VEC] = 100, [WP_PHRASES_GENSIM] = 10, [WP_PHRASES_NPMI] = 0.5};
	double *to = conf.learn.threshold;
	const char *at = conf.threshold, *end = at ? at + strlen(at) : NULL;
	int n = 0;
	to[n++] = usual[conf.learn.score];
	for (n = at ? 0 : n; at; at++) {
		if (n == WP_PHRASES_PASSES || !(at = wp_scan_f64(at, end, &to[n])) ||
			(at < end && *at != ','))
			wp_tool_usage(
				"--threshold %s: not numbers separated by commas, %d at most",
				conf.threshold, WP_PHRASES_PASSES);
		n++;
		if (at == end)
			break;
	}
	if (!wp_tool_given(&conf.learn.passes))
		conf.learn.passes = n;
	else if (n > conf.learn.passes)
		wp_tool_usage("--threshold: %d numbers for --passes %d", n, conf.learn.passes);
	for (; n < WP_PHRASES_PASSES; n++)
		to[n] = to[n - 1];
}

static void set_connectors(struct wp_strings *words)
{
	const char *list = conf.connectors;
	if (list && strcmp(list, "english") == 0)
		list = "a,an,the,and,or,at,by,for,from,in,of,on,to,with,without";
	while (list && *list) {
		size_t n = strcspn(list, ",");
		if (n > 0)
			wp_tool_check(wp_strings_add(words, list, n));
		list += n + (list[n] == ',');
	}
	conf.learn.connectors = words;
}

static void check_options(void)
{
	const void *const learning[] = {&conf.learn.score, &conf.threshold, &conf.min_count,
		&conf.learn.discount, &conf.connectors, &conf.learn.passes, &conf.list};
	for (size_t i = 0; conf.from && i < sizeof learning / sizeof learning[0]; i++)
		if (wp_tool_given(learning[i]))
			wp_tool_usage(
				"--from has the phrases already: it goes with --delimiter, "
				"--labels and --line-buffered");
	if (conf.line_buffered && !conf.from)
		wp_tool_usage(
			"--line-buffered goes with --from: what is learnt from is read first");
	if (conf.learn.score == WP_PHRASES_NPMI && wp_tool_given(&conf.learn.discount))
		wp_tool_usage("--discount is not for --score npmi");
}

static enum wp_err feed(void *phrases, const char *data, size_t n)
{
	return n > 0 ? wp_phrases_feed(phrases, data, n) : wp_phrases_end_text(phrases);
}

static void learn_from(struct wp_phrases *phrases, const char *path)
{
	struct wp_input *input;
	wp_tool_check(wp_input_open_text(&input, path));
	wp_tool_feed(input, feed, phrases);
}

static void report(int pass, double share, void *arg)
{
	(void)arg;
	if (wp_tool_progress_due())
		wp_tool_progress(share, "pass %d", pass + 1);
}

static void learn(int argc, char **argv)
{
	struct wp_phrases *phrases;
	struct wp_output *output = wp_tool_output();
	uint64_t joined = 0;
	wp_tool_check(wp_phrases_create(&phrases, &conf.learn));
	for (int i = 0; i < argc || i == 0; i++)
		learn_from(phrases, argc ? argv[i] : NULL);
	wp_tool_check(wp_phrases_learn(phrases, report, NULL));
	for (int i = 0; i < conf.learn.passes; i++)
		wp_tool_report("pass %d: %zu phrases", i + 1, wp_phrases_count(phrases, i));
	if (wp_phrases_count(phrases, 0) == 0)
		wp_tool_warn(
			"no phrase comes %" PRIu64
			" times and scores above %g: a lower --threshold or --min-count finds some",
			conf.min_count, conf.learn.threshold[0]);
	if (conf.list)
		wp_tool_check(wp_phrases_write_list(phrases, output));
	else
		wp_tool_check(wp_phrases_write_text(phrases, output, &joined));
	wp_tool_report("%" PRIu64 " joined", joined);
	wp_phrases_free(phrases);
}

static void join(int argc, char **argv)
{
	struct wp_phrases *phrases;
	struct wp_input *input;
	uint64_t joined = 0;
	wp_tool_check(wp_input_open_text(&input, conf.from));
	wp_tool_check(wp_phrases_read_list(&phrases, &conf.learn, input));
	wp_input_close(input);
	for (int i = 0; i < argc || i == 0; i++) {
		wp_tool_check(wp_input_open_text(&input, argc ? argv[i] : NULL));
		bool at_once = conf.line_buffered || wp_input_is_terminal(input);
		wp_tool_check(
			wp_phrases_join(phrases, input, wp_tool_output(), at_once, &joined));
		wp_input_close(input);
	}
	wp_tool_report("%" PRIu64 " joined", joined);
	wp_phrases_free(phrases);
}

int main(int argc, char **argv)
{
	struct wp_strings connectors = {0};
	wp_common.memory = (size_t)256 << 20;
	wp_tool_start(&about, options, &argc, &argv);
	wp_tool_operands(argc, 0, 1 << 20);
	check_options();
	set_thresholds();
	set_connectors(&connectors);
	conf.learn.min_count = (int64_t)conf.min_count;
	if (!wp_tool_given(&conf.learn.discount))
		conf.learn.discount = (double)conf.min_count;
	conf.learn.memory = wp_common.memory;
	conf.learn.tmpdir = wp_common.tmpdir;
	if (conf.from)
		join(argc, argv);
	else
		learn(argc, argv);
	wp_strings_fini(&connectors);
	return wp_tool_finish();
}
