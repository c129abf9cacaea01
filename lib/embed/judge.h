/* Test files and what vectors make of them, as rows of a table: the work of emb-eval.
 *
 *	test part method score coverage right used total low high
 *
 * or, where two embeddings are compared, by what both of them know,
 *
 *	test part method score other difference low high p used total
 *
 * Scores are in per cent, correlations times 100; "-" where there is none.
 */
#ifndef WP_EMBED_JUDGE_H
#define WP_EMBED_JUDGE_H

#include "embed/embedding.h"
#include "embed/evaluate.h"
#include "stream/output.h"

#ifdef __cplusplus
extern "C" {
#endif

extern const char *const wp_analogy_methods[]; /* their names, ended by NULL */

struct wp_judge_config {
	enum wp_analogy_method method;
	size_t top; /* use the first words of each vocabulary only; 0: all */
	bool exact_case;
	int threads;
	int samples; /* of the bootstrap, and their seed */
	uint64_t seed;
};

struct wp_judge;

/* Write the heading.  `other` is what is compared with, or NULL; both embeddings must live as
 * long. */
WP_MUST_CHECK enum wp_err wp_judge_create(struct wp_judge **judge,
	const struct wp_judge_config *config, const struct wp_embedding *embedding,
	const struct wp_embedding *other, struct wp_output *output);
void wp_judge_free(struct wp_judge *judge); /* may be NULL */

/* Write the rows of a test file. */
WP_MUST_CHECK enum wp_err wp_judge_file(struct wp_judge *judge, const char *path);

/* Questions and pairs used so far. */
size_t wp_judge_used(const struct wp_judge *judge);

#ifdef __cplusplus
}
#endif
#endif
