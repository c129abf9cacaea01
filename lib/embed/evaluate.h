/* Judging word vectors: analogy questions, and the similarity of words as people see it.
 *
 * A test file is read once into a set; a set can be scored against any embedding.  The words of
 * the test are looked up through a word index, which settles what letter case means.
 */
#ifndef WP_EMBED_EVALUATE_H
#define WP_EMBED_EVALUATE_H

#include <stdbool.h>

#include "embed/analogies.h"
#include "stream/input.h"
#include "text/vocab.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Which row of an embedding a word of a test means. */
struct wp_word_index {
	struct wp_vocab vocab; /* the words of the rows, folded unless case counts */
	int32_t *word;         /* by row: the first row that has the same word     */
	bool fold_case;
};

/* Index the first count words of a vocabulary.  With fold_case, words that differ only in
 * letter case are one word (by Unicode's simple lower-case mapping), for which its first row
 * stands: the most frequent form, as vocabularies are ordered.  word2vec's compute-accuracy and
 * gensim look words up like that. */
WP_MUST_CHECK enum wp_err wp_word_index_init(struct wp_word_index *index,
	const struct wp_strings *words, size_t count, bool fold_case);
void wp_word_index_fini(struct wp_word_index *index);

/* The row, or WP_NO_ROW; *row is set also on failure. */
WP_MUST_CHECK enum wp_err wp_word_index_find(
	const struct wp_word_index *index, const char *word, size_t length, int32_t *row);

/* ---- analogies ---- */

/* Questions in sections, as Google's set (Mikolov et al. 2013) has them: ": name" begins a
 * section; each other line has four words, "a b c d", where d is the answer. */
struct wp_analogy_set {
	struct wp_strings sections;
	size_t *section_end; /* (sections.count): the first question after the section */
	size_t section_room;
	struct wp_strings words; /* four for each question */
};

/* WP_ECORRUPT, naming the line, where the input has another form. */
WP_MUST_CHECK enum wp_err wp_analogy_set_read(
	struct wp_analogy_set *set, struct wp_input *input);
void wp_analogy_set_fini(struct wp_analogy_set *set);

/* Sections named gram... are about grammar: syntactic, the others semantic. */
bool wp_analogy_is_syntactic(const struct wp_analogy_set *set, size_t section);

struct wp_analogy_score {
	size_t questions; /* in the file                                         */
	size_t asked;     /* those with four words that the vocabulary has       */
	size_t right;     /* those where the best of all other words is the answer */
};

/* Answer every question: answer (words.count / 4) is 1 where it is right, 0 where it is wrong,
 * and -1 where it has a word that the vocabulary lacks. */
WP_MUST_CHECK enum wp_err wp_analogy_set_answer(const struct wp_analogy_set *set,
	const struct wp_rows *rows, const struct wp_word_index *index,
	enum wp_analogy_method method, int threads, signed char *answer);

/* Count the answers of each section: score is (sections.count). */
void wp_analogy_set_count(const struct wp_analogy_set *set, const signed char *answer,
	struct wp_analogy_score *score);

/* Both together: score is (sections.count).  The index is of the rows' words. */
WP_MUST_CHECK enum wp_err wp_analogy_set_score(const struct wp_analogy_set *set,
	const struct wp_rows *rows, const struct wp_word_index *index,
	enum wp_analogy_method method, int threads, struct wp_analogy_score *score);

/* ---- similarity ---- */

/* Pairs of words with the score that people gave them: two words and a number a line, separated
 * by white space; what stands behind them is ignored, and lines that begin with '#' are. */
struct wp_pair_set {
	struct wp_strings words; /* two for each pair */
	double *score;
	size_t count, room;
};

WP_MUST_CHECK enum wp_err wp_pair_set_read(struct wp_pair_set *set, struct wp_input *input);
void wp_pair_set_fini(struct wp_pair_set *set);

/* The similarity of each pair (count), NaN where the vocabulary lacks one of its words. */
WP_MUST_CHECK enum wp_err wp_pair_set_compare(const struct wp_pair_set *set,
	const struct wp_rows *rows, const struct wp_word_index *index, double *similarity);

/* Spearman's rank correlation of the pairs' scores with the similarities of their vectors, over
 * the *known pairs whose words the vocabulary has. */
WP_MUST_CHECK enum wp_err wp_pair_set_score(const struct wp_pair_set *set,
	const struct wp_rows *rows, const struct wp_word_index *index, double *rho,
	size_t *known);

/* Spearman's rank correlation of x[0 .. n-1] with y; equal values share the mean of their
 * ranks. NaN where it is not defined: fewer than two values, or all the same. */
WP_MUST_CHECK enum wp_err wp_spearman(const double *x, const double *y, size_t n, double *rho);

/* Does the input begin as a file of analogies does, with ":"?  Consumes nothing. */
WP_MUST_CHECK enum wp_err wp_is_analogy_set(struct wp_input *input, bool *is_one);

#ifdef __cplusplus
}
#endif
#endif
