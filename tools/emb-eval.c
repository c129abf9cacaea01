/* emb-eval: judge word vectors by analogies and by the similarity of words.
 *
 * Reads word vectors (a tensor stream) and test files, writes a table.  Memory: the vectors,
 * which stay in the file where that is mapped, their words, and one test.
 */
#include "tool.h"

#include <string.h>

#include "embed/judge.h"
#include "math/blas.h"

static struct {
	struct wp_judge_config judge;
	const char *embedding, *compare, *tensor;
	uint64_t top;
} conf = {.judge.samples = 2000, .tensor = "embedding"};

static const struct wp_about about = {
	.name = "emb-eval",
	.summary = "judge word vectors by analogies and word similarity",
	.operands = "test ...",
	.examples = (const char *const[]){"emb-eval --top 30000 questions-words.txt < emb.bin",
		"emb-eval -e emb.bin questions-words.txt wordsim353.txt",
		"emb-eval --compare old.bin -e new.bin questions-words.txt", NULL},
	.see_also = "neighbors, analogy, w2v",
};

static const struct wp_opt options[] = {
	WP_OPT_TEXT('e', "embedding", &conf.embedding, "FILE",
		"read the vectors from FILE instead of standard input"),
	WP_OPT_COUNT('n', "top", &conf.top, "N", 0, INT32_MAX,
		"use only the first N words of the vocabulary, the most frequent; 0: all"),
	WP_OPT_CHOICE(0, "method", &conf.judge.method, "METHOD", wp_analogy_methods,
		"how the answers to analogies are scored"),
	WP_OPT_FLAG(0, "case", &conf.judge.exact_case, "tell upper from lower case"),
	WP_OPT_TEXT(0, "compare", &conf.compare, "FILE",
		"compare with the vectors of FILE, by what both know, and how likely "
		"the difference is by chance"),
	WP_OPT_INT(0, "samples", &conf.judge.samples, "N", 100, 1000000,
		"samples of questions or pairs by which they are compared"),
	WP_OPT_SEED,
	WP_OPT_TEXT(0, "tensor", &conf.tensor, "NAME", "the tensor that holds the vectors"),
	WP_OPT_THREADS(WP_OPT_NEUTRAL),
	WP_OPT_COMMON,
	WP_OPT_END,
};

static void read_embedding(struct wp_embedding *embedding, const char *path)
{
	wp_tool_check(wp_embedding_read(embedding, wp_tool_reader(path), conf.tensor));
}

int main(int argc, char **argv)
{
	struct wp_embedding embedding, other;
	struct wp_judge *judge;
	wp_tool_start(&about, options, &argc, &argv);
	wp_tool_operands(argc, 1, 1 << 20);
	if (!conf.compare &&
		(wp_tool_given(&conf.judge.samples) || wp_tool_given(&wp_common.seed)))
		wp_tool_usage("--samples and --seed go with --compare");
	if (conf.compare && strcmp(conf.compare, "-") == 0 &&
		(!conf.embedding || strcmp(conf.embedding, "-") == 0))
		wp_tool_usage("--compare -: then -e FILE says where the other vectors are");
	wp_tool_check(wp_blas_start(wp_common.threads));
	conf.judge.top = (size_t)conf.top;
	conf.judge.threads = wp_common.threads;
	conf.judge.seed = wp_common.seed;

	read_embedding(&embedding, conf.embedding);
	if (conf.compare)
		read_embedding(&other, conf.compare);
	wp_tool_check(wp_judge_create(&judge, &conf.judge, &embedding,
		conf.compare ? &other : NULL, wp_tool_output()));
	for (int i = 0; i < argc; i++)
		wp_tool_check(wp_judge_file(judge, argv[i]));
	size_t used = wp_judge_used(judge);
	wp_judge_free(judge);
	wp_embedding_fini(&embedding);
	if (conf.compare)
		wp_embedding_fini(&other);
	if (used == 0)
		wp_tool_warn("no test has words that the vocabulary knows");
	int status = wp_tool_finish();
	return used == 0 ? WP_STATUS_FAILED : status;
}
