/* emb-ngrams: vectors of character n-grams, and of words that have none.
 *
 * Reads a stream with word vectors and writes one with the vectors of n-grams beside them; or
 * reads such a stream, and words, and writes their vectors as text.  Memory: six times the
 * vectors, and those of the n-grams.
 */
#include "tool.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "embed/char_ngrams_fit.h"
#include "embed/compose.h"
#include "embed/shape.h"

static struct {
	struct wp_char_ngrams_config fit;
	const char *embedding, *tensor;
	double share;
	bool compose;
} conf = {.tensor = "embedding", .share = 0.3};

static const struct wp_about about = {
	.name = "emb-ngrams",
	.summary = "fit character n-grams to word vectors; vectors of unknown words",
	.operands = "[file] or [word ...]",
	.examples = (const char *const[]){"emb-ngrams emb.bin > better.bin",
		"emb-ngrams --share 0.6 emb.bin | emb-eval questions-words.txt",
		"emb-ngrams --compose -e better.bin unseenword", NULL},
	.see_also = "w2v, emb-shape, emb-eval, neighbors",
};

static const struct wp_opt options[] = {
	WP_OPT_GROUP("Fitting"),
	WP_OPT_REAL(0, "share", &conf.share, "R", 0, 100,
		"add R times what the n-grams of a word say to its vector"),
	WP_OPT_INT(0, "shortest", &conf.fit.shortest, "N", 1, 30, "characters of an n-gram"),
	WP_OPT_INT(0, "longest", &conf.fit.longest, "N", 1, 30, "and at most"),
	WP_OPT_INT(0, "min-df", &conf.fit.words, "N", 1, 1e9,
		"leave n-grams out that fewer words have"),
	WP_OPT_ALSO(WP_KIND_INT, "min-words", &conf.fit.words, "N", 1, 1e9),
	WP_OPT_REAL(0, "ridge", &conf.fit.ridge, "R", 1e-6, 1e6,
		"how strongly vectors of n-grams are held small"),
	WP_OPT_REAL(0, "tolerance", &conf.fit.tolerance, "R", 0, 1,
		"iterate until the residual is below R of the vectors"),
	WP_OPT_INT('i', "iterations", &conf.fit.iterations, "N", 1, 100000,
		"but at most so often"),
	WP_OPT_TEXT(0, "tensor", &conf.tensor, "NAME", "the tensor that holds the vectors"),
	WP_OPT_HISTORY,
	WP_OPT_GROUP("Using"),
	WP_OPT_FLAG(0, "compose", &conf.compose,
		"write the vectors of words, known or not: a word, then its numbers, tab-separated"),
	WP_OPT_TEXT('e', "embedding", &conf.embedding, "FILE",
		"compose: read the vectors from FILE; needed where words come from standard input"),
	WP_OPT_GROUP("Running"),
	WP_OPT_THREADS(WP_OPT_NEUTRAL),
	WP_OPT_PROGRESS,
	WP_OPT_COMMON,
	WP_OPT_END,
};

static void watch(int iteration, double residual, void *arg)
{
	(void)arg;
	if (wp_tool_progress_due())
		wp_tool_progress((double)iteration / conf.fit.iterations,
			"iteration %d  residual %.4f", iteration, residual);
}

static void fit(const char *path)
{
	struct wp_points points;
	struct wp_char_ngrams ngrams;
	struct wp_writer *writer = wp_tool_writer(0); /* now: it may be refused */
	struct wp_reader *reader = wp_tool_reader(path);
	wp_tool_check(wp_points_read(
		&points, reader, conf.tensor, NULL, 0, wp_tool_keep_history, NULL));
	wp_reader_close(reader);
	wp_points_normalize(&points);
	wp_points_centre(&points);
	wp_tool_check(wp_char_ngrams_fit(&ngrams, &points, &conf.fit, watch, NULL));
	wp_tool_report("%zu n-grams of %zu words", ngrams.count, points.count);
	wp_tool_check(wp_char_ngrams_add(&ngrams, &points, conf.share));
	wp_tool_put_history();
	wp_tool_check(wp_points_put_words(&points, writer));
	struct wp_tensor t = wp_tensor_2d("embedding", WP_F32, points.count, points.dim);
	wp_tool_check(wp_writer_put(writer, &t, points.vector));
	wp_tool_check(wp_char_ngrams_put(&ngrams, writer));
	wp_char_ngrams_fini(&ngrams);
	wp_points_fini(&points);
}

static int compose(int argc, char **argv)
{
	struct wp_composer composer;
	struct wp_output *out = wp_tool_output();
	size_t unknown = 0, all = 0;
	wp_tool_check(wp_composer_read(&composer, wp_tool_reader(conf.embedding)));
	for (int i = 0; i < argc; i++)
		wp_tool_check(
			wp_composer_put(&composer, out, argv[i], strlen(argv[i]), &unknown));
	all = (size_t)argc;
	if (argc == 0) {
		struct wp_input *input;
		wp_tool_check(wp_input_open_text(&input, NULL));
		wp_tool_check(wp_composer_run(&composer, input, out, &all, &unknown));
		wp_input_close(input);
	}
	if (unknown)
		wp_tool_warn("%zu of %zu words have no n-gram that is known: no numbers",
			unknown, all);
	wp_composer_fini(&composer);
	int status = wp_tool_finish();
	return unknown > 0 && unknown == all ? WP_STATUS_FAILED : status;
}

int main(int argc, char **argv)
{
	wp_char_ngrams_default(&conf.fit);
	wp_tool_start(&about, options, &argc, &argv);
	conf.fit.threads = wp_common.threads;
	wp_tool_check(wp_char_ngrams_config_check(&conf.fit));
	bool from_stdin = !conf.embedding || strcmp(conf.embedding, "-") == 0;
	if (conf.compose && argc == 0 && from_stdin)
		wp_tool_usage("no word, and words from standard input need -e FILE");
	if (!conf.compose && conf.embedding)
		wp_tool_usage("-e is for --compose; the vectors are an operand");
	if (conf.compose)
		return compose(argc, argv);
	wp_tool_operands(argc, 0, 1);
	fit(argc ? argv[0] : NULL);
	return wp_tool_finish();
}
