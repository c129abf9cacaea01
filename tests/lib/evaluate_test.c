/* Test files for word vectors: what is accepted, what is refused, and how it is scored. */
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "embed/evaluate.h"
#include "math/blas.h"
#include "tap.h"

static struct wp_input *input_of(const char *text)
{
	struct wp_input *input;
	if (wp_input_memory(&input, text, strlen(text), "test"))
		exit(EXIT_FAILURE);
	return input;
}

static struct wp_strings words_of(const char *text)
{
	struct wp_strings list = {0};
	while (*text) {
		size_t n = strcspn(text, " ");
		if (wp_strings_add(&list, text, n))
			exit(EXIT_FAILURE);
		text += n + (text[n] == ' ');
	}
	return list;
}

static void refused_analogies(const char *text, const char *why)
{
	struct wp_analogy_set set;
	struct wp_input *input = input_of(text);
	enum wp_err err = wp_analogy_set_read(&set, input);
	ok(err == WP_ECORRUPT && strcmp(wp_error_detail(), why) == 0, "refused: %s",
		wp_error_detail());
	if (!err)
		wp_analogy_set_fini(&set);
	wp_input_close(input);
}

static void refused_pairs(const char *text, const char *why)
{
	struct wp_pair_set set;
	struct wp_input *input = input_of(text);
	enum wp_err err = wp_pair_set_read(&set, input);
	ok(err == WP_ECORRUPT && strcmp(wp_error_detail(), why) == 0, "refused: %s",
		wp_error_detail());
	if (!err)
		wp_pair_set_fini(&set);
	wp_input_close(input);
}

static void test_files(void)
{
	struct wp_analogy_set set;
	struct wp_input *input = input_of(
		": capitals \r\na b\tc d\r\n\n: gram1-plural\n: empty\nA B C D\nE F G H");
	bool is_one = false;
	ok(!wp_is_analogy_set(input, &is_one) && is_one, "analogies begin with a colon");
	ok(!wp_analogy_set_read(&set, input) && set.sections.count == 3 &&
			set.words.count == 12,
		"three sections, three questions");
	ok(set.section_end[0] == 1 && set.section_end[1] == 1 && set.section_end[2] == 3,
		"in their sections");
	size_t length;
	ok(memcmp(wp_strings_get(&set.sections, 0, &length), "capitals", 8) == 0 && length == 8,
		"names without what surrounds them");
	ok(!wp_analogy_is_syntactic(&set, 0) && wp_analogy_is_syntactic(&set, 1),
		"gram is for grammar");
	wp_analogy_set_fini(&set);
	wp_input_close(input);

	refused_analogies(
		"a b c d\n", "test: a question before the first section (': name') (line 1)");
	refused_analogies(": s\na b c d\na b c\n",
		"test: fewer than the four words of an analogy (line 3)");
	refused_analogies(
		": s\na b c d e\n", "test: more than the four words of an analogy (line 2)");

	struct wp_pair_set pairs;
	input = input_of("# a comment\nking queen 8.5\nking\tcabbage\t0.23\tmore 1 2\r\n\n");
	ok(!wp_is_analogy_set(input, &is_one) && !is_one, "pairs do not");
	ok(!wp_pair_set_read(&pairs, input) && pairs.count == 2 && pairs.words.count == 4 &&
			pairs.score[0] == 8.5 && pairs.score[1] == 0.23,
		"two pairs");
	wp_pair_set_fini(&pairs);
	wp_input_close(input);

	refused_pairs(
		"a b 1\nword1 word2 POS 7\n", "test: the third field is not a number (line 2)");
	refused_pairs("a b nan\n", "test: the third field is not a number (line 1)");
	refused_pairs("a b\n", "test: the third field is not a number (line 1)");
	refused_pairs("\na\n", "test: not two words and a number (line 2)");
}

static int32_t row_of(const struct wp_word_index *index, const char *word)
{
	int32_t row;
	if (wp_word_index_find(index, word, strlen(word), &row))
		exit(EXIT_FAILURE);
	return row;
}

static void letter_case(void)
{
	struct wp_strings words = words_of("the king The KING \xc3\x84rger \xff\xc3\x84 x");
	struct wp_word_index index;
	ok(!wp_word_index_init(&index, &words, 6, true), "index");
	ok(row_of(&index, "THE") == 0 && row_of(&index, "King") == 1,
		"the first of the words that differ in case stands for them");
	ok(index.word[2] == 0 && index.word[3] == 1, "and the others know it");
	ok(row_of(&index, "\xc3\xa4RGER") == 4, "beyond ASCII too");
	ok(row_of(&index, "\xff\xc3\xa4") == 5 && row_of(&index, "\xfe\xc3\xa4") < 0,
		"bytes that are not UTF-8 stay as they are");
	ok(row_of(&index, "x") == WP_NO_ROW, "words beyond those indexed are unknown");
	char long_word[2000];
	memset(long_word, 'A', sizeof long_word);
	long_word[sizeof long_word - 1] = '\0';
	ok(row_of(&index, long_word) == WP_NO_ROW, "long words do no harm");
	wp_word_index_fini(&index);
	ok(!wp_word_index_init(&index, &words, words.count, false), "index where case counts");
	ok(row_of(&index, "The") == 2 && row_of(&index, "THE") == WP_NO_ROW &&
			row_of(&index, "x") == 6,
		"case counts");
	wp_word_index_fini(&index);
	wp_strings_fini(&words);
}

/* Points of the plane: b - a + c can be seen. */
static void scores(void)
{
	struct wp_strings words = words_of("man woman king queen cabbage Queen");
	const float vector[] = {1, 0, 0, 1, 1, 0.2f, 0.2f, 1, -1, 0.1f, 0.21f, 1};
	const char *text = ": family\nMan Woman King Queen\nman woman king cabbage\n"
			   "man woman king emperor\n: gram\nking man queen woman\n";
	struct wp_analogy_score score[2];
	struct wp_analogy_set set;
	struct wp_word_index index;
	struct wp_rows rows;
	struct wp_input *input = input_of(text);
	ok(!wp_analogy_set_read(&set, input) &&
			!wp_rows_init(&rows, vector, 6, 2, WP_COSINE, NULL) &&
			!wp_word_index_init(&index, &words, 6, true),
		"six words in the plane");
	ok(!wp_analogy_set_score(&set, &rows, &index, WP_3COSADD, 1, score), "scored");
	ok(score[0].questions == 3 && score[0].asked == 2 && score[0].right == 1,
		"1 of 2 asked of 3: %zu of %zu of %zu", score[0].right, score[0].asked,
		score[0].questions);
	ok(score[1].questions == 1 && score[1].asked == 1 && score[1].right == 1,
		"Queen, though nearer, is no answer where queen is asked: %zu right",
		score[1].right);
	wp_input_close(input);
	wp_analogy_set_fini(&set);

	struct wp_pair_set pairs;
	double rho = 0;
	size_t known = 0;
	input = input_of("king man 9\nking queen 5\nking CABBAGE 1\nking emperor 8\n");
	enum wp_err err = wp_pair_set_read(&pairs, input);
	if (!err)
		err = wp_pair_set_score(&pairs, &rows, &index, &rho, &known);
	ok(!err && known == 3 && fabs(rho - 1) < 1e-12,
		"pairs in the order of their cosines: %zu known, %.3f", known, rho);
	wp_input_close(input);
	wp_pair_set_fini(&pairs);
	wp_rows_fini(&rows);
	wp_word_index_fini(&index);
	wp_strings_fini(&words);
}

static void spearman(void)
{
	/* The expected values are those of scipy.stats.spearmanr. */
	static const double x[] = {1, 2, 3, 4, 5, 5, 5, 8, -1, 2};
	static const double y[] = {2, 1, 4, 3, 7, 7, 6, 6, -3, 0};
	static const double same[] = {4, 4, 4, 4};
	double rho = 0;
	enum wp_err err = wp_spearman(x, y, 10, &rho);
	ok(!err && fabs(rho - 0.8792948931970741) < 1e-15,
		"ties share the mean of their ranks: %.16f", rho);
	ok(!wp_spearman(x, x, 10, &rho) && fabs(rho - 1) < 1e-15, "x with itself");
	ok(!wp_spearman(x, same, 4, &rho) && isnan(rho), "all the same: not defined");
	ok(!wp_spearman(x, y, 1, &rho) && isnan(rho), "one pair: not defined");
	ok(!wp_spearman(x, y, 0, &rho) && isnan(rho), "no pair: not defined");
}

/* Each allocation fails once; nothing leaks and nothing breaks. */
static void out_of_memory(void)
{
	struct wp_strings words = words_of("a b c d");
	const float vector[] = {1, 0, 0, 1, 1, 1, 1, 2};
	enum wp_err err = WP_ENOMEM;
	int failures = 0;
	for (long n = 1; err == WP_ENOMEM; n++, failures++) {
		struct wp_analogy_set set = {0};
		struct wp_pair_set pairs = {0};
		struct wp_word_index index = {0};
		struct wp_analogy_score score[2];
		struct wp_rows rows = {0};
		struct wp_input *input = input_of(": s\na b c d\n");
		struct wp_input *other = input_of("a b 1\nb c 2\n");
		double rho;
		size_t known;
		wp_alloc_fail_at(n);
		err = wp_analogy_set_read(&set, input);
		if (!err)
			err = wp_pair_set_read(&pairs, other);
		if (!err)
			err = wp_word_index_init(&index, &words, 4, true);
		if (!err)
			err = wp_rows_init(&rows, vector, 4, 2, WP_COSINE, NULL);
		if (!err)
			err = wp_analogy_set_score(&set, &rows, &index, WP_3COSMUL, 1, score);
		if (!err)
			err = wp_pair_set_score(&pairs, &rows, &index, &rho, &known);
		wp_alloc_fail_at(0);
		wp_analogy_set_fini(&set);
		wp_pair_set_fini(&pairs);
		wp_word_index_fini(&index);
		wp_rows_fini(&rows);
		wp_input_close(input);
		wp_input_close(other);
	}
	ok(err == WP_OK && failures > 20, "%d allocations failed one by one", failures - 1);
	wp_strings_fini(&words);
}

int main(void)
{
	if (wp_blas_start(4))
		return 1;
	test_files();
	letter_case();
	scores();
	spearman();
	out_of_memory();
	return done_testing();
}
