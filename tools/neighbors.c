/* neighbors: the words whose vectors are nearest to a word's, or to a vector.
 *
 * Reads word vectors (a tensor stream) and queries, writes a row of text for each query.
 * Memory: the vectors, which stay in the file where that is mapped.
 */
#include "tool.h"

#include <string.h>

#include "embed/query.h"
#include "math/blas.h"

static struct {
	const char *embedding;
	const char *tensor;
	int k;
	uint64_t top;
	bool vector, dot;
} conf = {.tensor = "embedding", .k = 10};

static const struct wp_about about = {
	.name = "neighbors",
	.summary = "find the words nearest to a word",
	.operands = "[word ...]",
	.examples = (const char *const[]){"neighbors king queen < emb.bin",
		"neighbors -k 5 -e emb.bin < words", NULL},
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
	const struct wp_query_params params = {
		.kind = conf.vector ? WP_QUERY_VECTOR : WP_QUERY_WORD,
		.similarity = conf.dot ? WP_DOT : WP_COSINE,
		.k = (size_t)conf.k,
		.top = (size_t)conf.top,
		.threads = wp_common.threads,
		.unknown = wp_tool_unknown_word,
		.arg = &embedding.vocab,
	};
	size_t known;
	wp_tool_check(wp_queries_ask(&embedding, &params, (const char *const *)argv,
		(size_t)argc, 1, wp_tool_output(), &known));
	wp_embedding_fini(&embedding);
	int status = wp_tool_finish();
	return wp_tool_unknown_words() > 0 && known == 0 ? WP_STATUS_FAILED : status;
}
