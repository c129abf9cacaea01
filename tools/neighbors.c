/* neighbors: the words whose vectors are nearest to a word's, or to a vector; how near two
 * words are, and which of several is not.
 *
 * Reads word vectors (a tensor stream) and queries, writes a row of text for each query.
 * Memory: the vectors, which stay in the file where that is mapped.
 */
#include "tool.h"

#include <string.h>

#include "embed/query.h"
#include "embed/relate.h"
#include "math/blas.h"

static struct {
	const char *embedding;
	const char *tensor;
	int k;
	uint64_t top;
	bool vector, dot, similarity, odd;
} conf = {.tensor = "embedding", .k = 10};

static const struct wp_about about = {
	.name = "neighbors",
	.summary = "find the words nearest to a word",
	.operands = "[word ...]",
	.examples = (const char *const[]){"neighbors king queen < emb.bin",
		"neighbors -k 5 -e emb.bin < words", "neighbors --similarity cat dog < emb.bin",
		"neighbors --odd breakfast cereal dinner lunch < emb.bin", NULL},
	.see_also = "analogy, emb-eval, w2v",
};

static const struct wp_opt options[] = {
	WP_OPT_TEXT('e', "embedding", &conf.embedding, "FILE",
		"read the vectors from FILE; needed where words come from standard input"),
	WP_OPT_INT('k', "count", &conf.k, "N", 1, 10000, "neighbours in a row"),
	WP_OPT_COUNT('n', "top", &conf.top, "N", 0, INT32_MAX,
		"use only the first N words of the vocabulary, the most frequent; 0: all"),
	WP_OPT_FLAG(0, "vector", &conf.vector,
		"a query is a vector: a line of numbers, with or without a label before them"),
	WP_OPT_FLAG(0, "similarity", &conf.similarity,
		"a query is two words: write their similarity"),
	WP_OPT_FLAG(0, "odd", &conf.odd,
		"a query is several words: sort them, the one that does not belong first"),
	WP_OPT_FLAG(0, "dot", &conf.dot, "compare by dot product instead of cosine"),
	WP_OPT_TEXT(0, "tensor", &conf.tensor, "NAME", "the tensor that holds the vectors"),
	WP_OPT_THREADS(WP_OPT_NEUTRAL),
	WP_OPT_COMMON,
	WP_OPT_END,
};

/* The queries are operands, or else lines of standard input. */
static void check_operands(int words)
{
	bool vectors_from_stdin = !conf.embedding || strcmp(conf.embedding, "-") == 0;
	if (words == 0 && vectors_from_stdin)
		wp_tool_usage("no word, and queries from standard input need -e FILE");
	if (words > 0 && conf.vector)
		wp_tool_usage("--vector reads its queries from standard input, not operands");
	bool relate = conf.similarity || conf.odd;
	if (conf.similarity + conf.odd + conf.vector > 1)
		wp_tool_usage("one of --similarity, --odd and --vector");
	if (relate && wp_tool_given(&conf.k))
		wp_tool_usage("--count is for neighbours, not for --similarity and --odd");
	if (conf.odd && conf.dot)
		wp_tool_usage("--odd compares by cosine: no --dot");
	if (conf.similarity && words % 2 != 0)
		wp_tool_usage("--similarity takes pairs of words");
	if (conf.odd && words > 0 && words < 3)
		wp_tool_usage("--odd takes three words or more");
}

static size_t search(const struct wp_embedding *embedding, int argc, char **argv)
{
	const struct wp_query_params params = {
		.kind = conf.vector ? WP_QUERY_VECTOR : WP_QUERY_WORD,
		.similarity = conf.dot ? WP_DOT : WP_COSINE,
		.k = (size_t)conf.k,
		.top = (size_t)conf.top,
		.threads = wp_common.threads,
		.unknown = wp_tool_unknown_word,
		.arg = (void *)&embedding->vocab,
	};
	size_t known;
	wp_tool_check(wp_queries_ask(embedding, &params, (const char *const *)argv,
		(size_t)argc, 1, wp_tool_output(), &known));
	return known;
}

/* How words are to each other. */
static size_t relate(const struct wp_embedding *embedding, int argc, char **argv)
{
	size_t known;
	const struct wp_relate_params params = {
		.relation = conf.odd ? WP_RELATE_ODD : WP_RELATE_PAIR,
		.similarity = conf.dot ? WP_DOT : WP_COSINE,
		.top = (size_t)conf.top,
		.unknown = wp_tool_unknown_word,
		.arg = (void *)&embedding->vocab,
	};
	wp_tool_check(wp_relate_ask(embedding, &params, (const char *const *)argv, (size_t)argc,
		wp_tool_output(), &known));
	return known;
}

int main(int argc, char **argv)
{
	wp_tool_start(&about, options, &argc, &argv);
	check_operands(argc);
	wp_tool_check(wp_blas_start(wp_common.threads));

	struct wp_embedding embedding;
	wp_tool_check(wp_embedding_read_for(
		&embedding, wp_tool_reader(conf.embedding), conf.tensor, (size_t)argc));
	wp_tool_check(wp_embedding_read_ngrams(&embedding));
	size_t known = conf.similarity || conf.odd ? relate(&embedding, argc, argv)
						   : search(&embedding, argc, argv);
	wp_embedding_fini(&embedding);
	int status = wp_tool_finish();
	return wp_tool_unknown_words() > 0 && known == 0 ? WP_STATUS_FAILED : status;
}
