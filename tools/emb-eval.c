/* emb-eval: judge word vectors by analogies and by the similarity of words.
 *
 * Reads word vectors (a tensor stream) and test files, writes a table.  Memory: the vectors,
 * which stay in the file where that is mapped, their words, and one test.
 */
#include "tool.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "embed/embedding.h"
#include "embed/evaluate.h"
#include "math/blas.h"

static const char *const methods[] = {"3cosadd", "3cosmul", NULL};

static struct {
	const char *embedding;
	const char *tensor;
	enum wp_analogy_method method;
	uint64_t top;
	bool exact_case;
} conf = {.tensor = "embedding", .method = WP_3COSADD};

static const struct wp_about about = {
	.name = "emb-eval",
	.summary = "judge word vectors by analogies and word similarity",
	.operands = "test ...",
	.examples = (const char *const[]){"emb-eval --top 30000 questions-words.txt < emb.bin",
		"emb-eval -e emb.bin questions-words.txt wordsim353.txt", NULL},
	.see_also = "neighbors, analogy, w2v",
};

static const struct wp_opt options[] = {
	WP_OPT_TEXT('e', "embedding", &conf.embedding, "FILE",
		"read the vectors from FILE instead of standard input"),
	WP_OPT_COUNT('n', "top", &conf.top, "N", 0, INT32_MAX,
		"use only the first N words of the vocabulary, the most frequent; 0: all"),
	WP_OPT_CHOICE(0, "method", &conf.method, "METHOD", methods,
		"how the answers to analogies are scored"),
	WP_OPT_FLAG(0, "case", &conf.exact_case, "tell upper from lower case"),
	WP_OPT_TEXT(0, "tensor", &conf.tensor, "NAME", "the tensor that holds the vectors"),
	WP_OPT_THREADS(WP_OPT_NEUTRAL),
	WP_OPT_COMMON,
	WP_OPT_END,
};

/* The words of the embedding, or of its top, and their vectors. */
struct judge {
	struct wp_rows rows;
	struct wp_word_index index;
	struct wp_output *output;
	size_t used; /* questions and pairs whose words are known, in all tests */
};

/* A number of which there may be none. */
static void put_share(struct wp_output *output, double part, double whole)
{
	wp_tool_check(whole > 0 ? wp_output_printf(output, "\t%.2f", 100 * part / whole)
				: wp_output_printf(output, "\t-"));
}

static void put_analogies(struct judge *j, const char *test, const char *part, size_t length,
	const struct wp_analogy_score *s)
{
	wp_tool_check(wp_output_printf(
		j->output, "%s\t%.*s\t%s", test, (int)length, part, methods[conf.method]));
	put_share(j->output, (double)s->right, (double)s->asked);
	put_share(j->output, (double)s->asked, (double)s->questions);
	wp_tool_check(wp_output_printf(
		j->output, "\t%zu\t%zu\t%zu\n", s->right, s->asked, s->questions));
}

static void add_score(struct wp_analogy_score *sum, const struct wp_analogy_score *s)
{
	sum->right += s->right;
	sum->asked += s->asked;
	sum->questions += s->questions;
}

static void judge_analogies(struct judge *j, struct wp_input *input, const char *test)
{
	struct wp_analogy_set set;
	struct wp_analogy_score *score, sum[2] = {{0}}, total = {0};
	wp_tool_check(wp_analogy_set_read(&set, input));
	wp_tool_check(wp_alloc(&score, set.sections.count, sizeof *score, "scores"));
	wp_tool_check(wp_analogy_set_score(
		&set, &j->rows, &j->index, conf.method, wp_common.threads, score));
	for (size_t s = 0; s < set.sections.count; s++) {
		size_t length;
		const char *name = wp_strings_get(&set.sections, s, &length);
		put_analogies(j, test, name, length, &score[s]);
		add_score(&sum[wp_analogy_is_syntactic(&set, s)], &score[s]);
		add_score(&total, &score[s]);
	}
	if (sum[true].questions > 0 && sum[false].questions > 0) {
		put_analogies(j, test, "semantic", strlen("semantic"), &sum[false]);
		put_analogies(j, test, "syntactic", strlen("syntactic"), &sum[true]);
	}
	put_analogies(j, test, "total", strlen("total"), &total);
	j->used += total.asked;
	free(score);
	wp_analogy_set_fini(&set);
}

static void judge_pairs(struct judge *j, struct wp_input *input, const char *test)
{
	struct wp_pair_set set;
	double rho;
	size_t known;
	wp_tool_check(wp_pair_set_read(&set, input));
	wp_tool_check(wp_pair_set_score(&set, &j->rows, &j->index, &rho, &known));
	wp_tool_check(wp_output_printf(j->output, "%s\ttotal\tspearman", test));
	put_share(j->output, rho, isnan(rho) ? 0 : 1);
	put_share(j->output, (double)known, (double)set.count);
	wp_tool_check(wp_output_printf(j->output, "\t-\t%zu\t%zu\n", known, set.count));
	j->used += known;
	wp_pair_set_fini(&set);
}

static void judge_file(struct judge *j, const char *path)
{
	struct wp_input *input;
	bool is_analogies;
	const char *slash = strrchr(path, '/');
	const char *test = slash ? slash + 1 : path;
	wp_tool_check(wp_input_open_text(&input, path));
	wp_tool_check(wp_is_analogy_set(input, &is_analogies));
	if (is_analogies)
		judge_analogies(j, input, test);
	else
		judge_pairs(j, input, test);
	wp_input_close(input);
}

int main(int argc, char **argv)
{
	wp_tool_start(&about, options, &argc, &argv);
	wp_tool_operands(argc, 1, 1 << 20);
	wp_tool_check(wp_blas_start(wp_common.threads));

	struct wp_embedding embedding;
	wp_tool_check(
		wp_embedding_read(&embedding, wp_tool_reader(conf.embedding), conf.tensor));
	size_t count = embedding.count;
	if (conf.top && conf.top < count)
		count = (size_t)conf.top;
	struct judge judge = {.output = wp_tool_output()};
	wp_tool_check(wp_rows_init(&judge.rows, embedding.vector, count, embedding.dim,
		WP_COSINE, embedding.square));
	wp_tool_check(wp_word_index_init(
		&judge.index, &embedding.vocab.tokens, count, !conf.exact_case));

	wp_tool_check(wp_output_printf(
		judge.output, "test\tpart\tmethod\tscore\tcoverage\tright\tused\ttotal\n"));
	for (int i = 0; i < argc; i++)
		judge_file(&judge, argv[i]);
	wp_rows_fini(&judge.rows);
	wp_word_index_fini(&judge.index);
	wp_embedding_fini(&embedding);
	if (judge.used == 0)
		wp_tool_warn("no test has words that the vocabulary knows");
	int status = wp_tool_finish();
	return judge.used == 0 ? WP_STATUS_FAILED : status;
}
