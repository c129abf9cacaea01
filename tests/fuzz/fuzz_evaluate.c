/* Test files for word vectors, and queries to them.  The first byte chooses. */
#include <math.h>
#include <string.h>

#include "embed/evaluate.h"
#include "embed/query.h"
#include "fuzz.h"

static const float vector[] = {1, 0, 0, 1, 1, 0.2f, 0.2f, 1, -1, 0.1f, 0, 0};

static struct wp_strings make_words(void)
{
	static const char *const words[] = {"man", "woman", "king", "Queen", "a b", "\xff"};
	struct wp_strings list = {0};
	for (int i = 0; i < 6; i++)
		must(wp_strings_add(&list, words[i], strlen(words[i])) == WP_OK);
	return list;
}

static void judge(struct wp_input *in, bool fold_case)
{
	struct wp_strings words = make_words();
	struct wp_word_index index;
	struct wp_rows rows;
	bool is_analogies = false;
	must(wp_word_index_init(&index, &words, 6, fold_case) == WP_OK);
	must(wp_rows_init(&rows, vector, 6, 2, WP_COSINE, NULL) == WP_OK);
	must(wp_is_analogy_set(in, &is_analogies) == WP_OK);
	if (is_analogies) {
		struct wp_analogy_set set;
		if (wp_analogy_set_read(&set, in) == WP_OK && set.sections.count <= 100) {
			struct wp_analogy_score score[100];
			must(wp_analogy_set_score(&set, &rows, &index, WP_3COSMUL, 1, score) ==
				WP_OK);
			for (size_t s = 0; s < set.sections.count; s++)
				must(score[s].right <= score[s].asked &&
					score[s].asked <= score[s].questions);
		}
		wp_analogy_set_fini(&set);
	} else {
		struct wp_pair_set set;
		if (wp_pair_set_read(&set, in) == WP_OK) {
			double rho;
			size_t known;
			must(wp_pair_set_score(&set, &rows, &index, &rho, &known) == WP_OK);
			must(known <= set.count && (isnan(rho) || fabs(rho) <= 1 + 1e-9));
		}
		wp_pair_set_fini(&set);
	}
	wp_rows_fini(&rows);
	wp_word_index_fini(&index);
	wp_strings_fini(&words);
}

static void ask(struct wp_input *in, enum wp_query_kind kind)
{
	struct wp_strings words = make_words();
	struct wp_embedding embedding = {.vector = vector, .count = 6, .dim = 2};
	const struct wp_query_params params = {.kind = kind, .k = 3, .threads = 1};
	struct wp_queries *queries;
	struct wp_output *out;
	must(wp_vocab_from_strings(&embedding.vocab, &words, NULL) == WP_OK);
	must(wp_queries_create(&queries, &embedding, &params) == WP_OK);
	must(wp_output_memory(&out) == WP_OK);
	enum wp_err err = wp_queries_run(queries, in, out);
	must(err == WP_OK || err == WP_ECORRUPT);
	fuzz_accepted += !err;
	wp_output_discard(out);
	wp_queries_free(queries);
	wp_vocab_fini(&embedding.vocab);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int choice = size ? data[0] & 7 : 0;
	struct wp_input *in;
	must(wp_input_memory(&in, data + (size > 0), size - (size > 0), "memory") == WP_OK);
	if (choice < 4)
		judge(in, choice & 1);
	else
		ask(in, (enum wp_query_kind)(choice % 3));
	wp_input_close(in);
	return 0;
}
