/* Linear chains: exact inference over sequences of tags.
 *
 * A sequence of n steps has a tag at each, out of T.  The score of a sequence of tags y is
 *
 *	start[y_1] + sum over t of unary[t, y_t] + sum over t of transition[y_(t-1), y_t] +
 *	end[y_n]
 *
 * and its probability is exp(score) / Z.  So do conditional random fields (Lafferty, McCallum &
 * Pereira 2001), the output of a network with transitions, and hidden Markov models, whose
 * scores are logarithms of probabilities.  A score of -INFINITY forbids a tag or a transition.
 * Transitions may have further scores at single steps ("extra").
 *
 * Forward-backward works on exponentials and scales each step (Rabiner 1989, V.A), all tags at
 * a time; where a step would lose too much of its precision, the sequence is done again in
 * logarithms.  The same bytes come out on every run, but not for every instruction set.
 *
 * Each function exists for float (wp_chain_f32_...) and double (wp_chain_f64_...).  A chain
 * that does not change may be used by any number of threads, each with a workspace of its own.
 */
#ifndef WP_MATH_CHAIN_H
#define WP_MATH_CHAIN_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Tags at most. */
enum { WP_CHAIN_TAGS_MAX = 65535 };

/* Scratch memory of one thread; it grows with the longest sequence. */
struct wp_chain_work;
WP_MUST_CHECK enum wp_err wp_chain_work_create(struct wp_chain_work **work);
void wp_chain_work_free(struct wp_chain_work *work); /* may be NULL */

struct wp_chain_f32;
struct wp_chain_f64;

/* A pair of tags as one number, by which pairs are sorted by `from` and then by `to`. */
static inline uint32_t wp_chain_pair(size_t from, size_t to)
{
	return (uint32_t)from << 16 | (uint32_t)to;
}
static inline size_t wp_chain_pair_from(uint32_t pair)
{
	return pair >> 16;
}
static inline size_t wp_chain_pair_to(uint32_t pair)
{
	return pair & 0xFFFF;
}

/* Scores of transitions at single steps, beside those of the chain: entry k, from begin[t] to
 * begin[t + 1] - 1, is added to the transition into step t of the tags pair[k].  Entries of one
 * step and pair add up.  Step 0 has none: begin[1] is begin[0].  Where a function takes such
 * scores, NULL stands for none. */
struct wp_chain_extra_f32 {
	const size_t *begin; /* (n + 1); the first need not be 0 */
	const uint32_t *pair;
	const float *score;
};
struct wp_chain_extra_f64 {
	const size_t *begin;
	const uint32_t *pair;
	const double *score;
};

/* Where expected counts, or a gradient, are added: transition is (T, T), from and to; start and
 * end are (T); extra has a place for each entry of the extra scores.  Each may be NULL. */
struct wp_chain_sums_f32 {
	float *transition, *start, *end, *extra;
};
struct wp_chain_sums_f64 {
	double *transition, *start, *end, *extra;
};

/* A chain of so many tags, whose scores are all 0; _free may be given NULL. */
WP_MUST_CHECK enum wp_err wp_chain_f32_create(struct wp_chain_f32 **chain, int tags);
WP_MUST_CHECK enum wp_err wp_chain_f64_create(struct wp_chain_f64 **chain, int tags);
void wp_chain_f32_free(struct wp_chain_f32 *chain);
void wp_chain_f64_free(struct wp_chain_f64 *chain);

/* Copy the scores of transitions, (T, T), from and to, and those of the first and the last tag,
 * (T).  Each may be NULL, for zeros. */
void wp_chain_f32_set(struct wp_chain_f32 *chain, const float *transition, const float *start,
	const float *end);
void wp_chain_f64_set(struct wp_chain_f64 *chain, const double *transition, const double *start,
	const double *end);

/* The score of these n tags.  unary is (n, T), its rows `stride` apart, as everywhere here. */
double wp_chain_f32_score(const struct wp_chain_f32 *chain, const float *unary, size_t stride,
	size_t n, const struct wp_chain_extra_f32 *extra, const int32_t *tags);
double wp_chain_f64_score(const struct wp_chain_f64 *chain, const double *unary, size_t stride,
	size_t n, const struct wp_chain_extra_f64 *extra, const int32_t *tags);

/* Forward-backward.  *log_z becomes log Z, -INFINITY where every sequence is forbidden; then
 * the rest is 0.  marginal, (n, T) with rows marginal_stride apart, becomes the probability of
 * each tag at each step; it may be unary itself, or NULL.  The expected numbers of transitions,
 * first and last tags are added to *expected, unless that is NULL. */
WP_MUST_CHECK enum wp_err wp_chain_f32_marginals(const struct wp_chain_f32 *chain,
	struct wp_chain_work *work, const float *unary, size_t stride, size_t n,
	const struct wp_chain_extra_f32 *extra, float *marginal, size_t marginal_stride,
	const struct wp_chain_sums_f32 *expected, double *log_z);
WP_MUST_CHECK enum wp_err wp_chain_f64_marginals(const struct wp_chain_f64 *chain,
	struct wp_chain_work *work, const double *unary, size_t stride, size_t n,
	const struct wp_chain_extra_f64 *extra, double *marginal, size_t marginal_stride,
	const struct wp_chain_sums_f64 *expected, double *log_z);

/* The same, but each row of `potential` has the exponentials of the scores, as a hidden Markov
 * model has its probabilities. */
WP_MUST_CHECK enum wp_err wp_chain_f32_posteriors(const struct wp_chain_f32 *chain,
	struct wp_chain_work *work, const float *potential, size_t stride, size_t n,
	float *marginal, size_t marginal_stride, const struct wp_chain_sums_f32 *expected,
	double *log_z);
WP_MUST_CHECK enum wp_err wp_chain_f64_posteriors(const struct wp_chain_f64 *chain,
	struct wp_chain_work *work, const double *potential, size_t stride, size_t n,
	double *marginal, size_t marginal_stride, const struct wp_chain_sums_f64 *expected,
	double *log_z);

/* *log_likelihood becomes log p(tags), and unary_gradient, (n, T), which may be unary itself,
 * its gradient in the unary scores: 1 for the tag that is there, less the marginals.  The
 * gradient in the other scores is added to *gradient, unless that is NULL.  Where the tags are
 * forbidden the likelihood is -INFINITY. */
WP_MUST_CHECK enum wp_err wp_chain_f32_gradient(const struct wp_chain_f32 *chain,
	struct wp_chain_work *work, const float *unary, size_t stride, size_t n,
	const struct wp_chain_extra_f32 *extra, const int32_t *tags, float *unary_gradient,
	size_t gradient_stride, const struct wp_chain_sums_f32 *gradient,
	double *log_likelihood);
WP_MUST_CHECK enum wp_err wp_chain_f64_gradient(const struct wp_chain_f64 *chain,
	struct wp_chain_work *work, const double *unary, size_t stride, size_t n,
	const struct wp_chain_extra_f64 *extra, const int32_t *tags, double *unary_gradient,
	size_t gradient_stride, const struct wp_chain_sums_f64 *gradient,
	double *log_likelihood);

/* The sequence of tags with the highest score (Viterbi 1967), and that score, unless it is
 * NULL; of equal ones that with the lower tags at the end.  A score of -INFINITY: all are
 * forbidden, and the tags mean nothing. */
WP_MUST_CHECK enum wp_err wp_chain_f32_viterbi(const struct wp_chain_f32 *chain,
	struct wp_chain_work *work, const float *unary, size_t stride, size_t n,
	const struct wp_chain_extra_f32 *extra, int32_t *tags, double *score);
WP_MUST_CHECK enum wp_err wp_chain_f64_viterbi(const struct wp_chain_f64 *chain,
	struct wp_chain_work *work, const double *unary, size_t stride, size_t n,
	const struct wp_chain_extra_f64 *extra, int32_t *tags, double *score);

/* The `best` sequences with the highest scores, in falling order: tags is (best, n), score is
 * (best).  *found is how many there are; fewer where fewer are allowed. */
WP_MUST_CHECK enum wp_err wp_chain_f32_best(const struct wp_chain_f32 *chain,
	struct wp_chain_work *work, const float *unary, size_t stride, size_t n,
	const struct wp_chain_extra_f32 *extra, size_t best, int32_t *tags, double *score,
	size_t *found);
WP_MUST_CHECK enum wp_err wp_chain_f64_best(const struct wp_chain_f64 *chain,
	struct wp_chain_work *work, const double *unary, size_t stride, size_t n,
	const struct wp_chain_extra_f64 *extra, size_t best, int32_t *tags, double *score,
	size_t *found);

#ifdef __cplusplus
}
#endif
#endif
