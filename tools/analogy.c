/* analogy: the words that are to c as b is to a.
 *
 * Reads word vectors (a tensor stream) and questions, writes a row of text for each question.
 * Memory: the vectors, which stay in the file where that is mapped.
 */
#include "tool.h"

#include <string.h>

#include "embed/query.h"
#include "math/blas.h"

static const char *const methods[] = {"3cosadd", "3cosmul", NULL};

static struct {
	const char *embedding;
	const char *tensor;
	enum wp_analogy_method method;
	int k;
	uint64_t top;
} conf = {.tensor = "embedding", .method = WP_3COSADD, .k = 10};

static const struct wp_about about = {
	.name = "analogy",
	.summary = "find the words that complete an analogy",
	.operands = "[a b c]",
	.examples = (const char *const[]){"analogy man woman king < emb.bin",
		"analogy -k 1 -e emb.bin < questions", NULL},
	.see_also = "neighbors, emb-eval, w2v",
};

static const struct wp_opt options[] = {
	WP_OPT_TEXT('e', "embedding", &conf.embedding, "FILE",
		"read the vectors from FILE; needed where questions come from standard input"),
	WP_OPT_INT('k', "count", &conf.k, "N", 1, 10000, "answers in a row"),
	WP_OPT_COUNT('n', "top", &conf.top, "N", 0, INT32_MAX,
		"use only the first N words of the vocabulary, the most frequent; 0: all"),
	WP_OPT_CHOICE(0, "method", &conf.method, "METHOD", methods, "how answers are scored"),
	WP_OPT_TEXT(0, "tensor", &conf.tensor, "NAME", "the tensor that holds the vectors"),
	WP_OPT_THREADS(WP_OPT_NEUTRAL),
	WP_OPT_COMMON,
	WP_OPT_END,
};

/* The question is the operands, or else questions are lines of standard input. */
static void check_operands(int words)
{
	bool vectors_from_stdin = !conf.embedding || strcmp(conf.embedding, "-") == 0;
	if (words != 0 && words != 3)
		wp_tool_usage("an analogy has three words, as in 'man woman king'");
	if (words == 0 && vectors_from_stdin)
		wp_tool_usage("no words, and questions from standard input need -e FILE");
}

int main(int argc, char **argv)
{
	wp_tool_start(&about, options, &argc, &argv);
	check_operands(argc);
	wp_tool_check(wp_blas_start(wp_common.threads));

	struct wp_embedding embedding;
	wp_tool_check(wp_embedding_read_for(
		&embedding, wp_tool_reader(conf.embedding), conf.tensor, (size_t)argc));
	const struct wp_query_params params = {
		.kind = WP_QUERY_ANALOGY,
		.similarity = WP_COSINE,
		.method = conf.method,
		.k = (size_t)conf.k,
		.top = (size_t)conf.top,
		.threads = wp_common.threads,
		.unknown = wp_tool_unknown_word,
		.arg = &embedding.vocab,
	};
	size_t known;
	wp_tool_check(wp_queries_ask(&embedding, &params, (const char *const *)argv,
		(size_t)argc, 3, wp_tool_output(), &known));
	wp_embedding_fini(&embedding);
	int status = wp_tool_finish();
	return wp_tool_unknown_words() > 0 && known == 0 ? WP_STATUS_FAILED : status;
}
