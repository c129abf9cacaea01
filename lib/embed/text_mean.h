/* Vectors of texts as means of the vectors of their words: plain, or SIF, smooth inverse
 *frequency (Arora, Liang & Ma 2017: A simple but tough-to-beat baseline for sentence
 *embeddings).
 *
 *	v(s) = 1/|s| sum over the words w of s of a / (a + p(w)) v(w),   then   v(s) - u u' v(s)
 *
 * p(w) is the share of w among all tokens, by counts that need not be those of these texts; u
 *the first left singular vectors of the matrix whose columns are the v(s) of the texts that are
 * learnt from.  |s| counts the words that have a vector.  A word without a count weighs 1.
 */
#ifndef WP_EMBED_TEXT_MEAN_H
#define WP_EMBED_TEXT_MEAN_H

#include "embed/embedding.h"
#include "embed/text_model.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Read a text as vocab writes it, from reader, to its end, and write its vectors.  The words
 * are found in `embedding` by what they are, not by their ids; those that it lacks have the
 * vectors that their character n-grams make, where it has some.  Special tokens are passed
 * over.
 *
 * With model->component NULL and config.components above 0, the components are learnt from
 * these texts, which are put aside until then, and kept in the model.  WP_EMISMATCH where the
 * model's have another length than the vectors. */
WP_MUST_CHECK enum wp_err wp_text_means_put(struct wp_text_model *model,
	const struct wp_embedding *embedding, struct wp_reader *reader,
	const struct wp_text_output *out, struct wp_text_tally *tally);

#ifdef __cplusplus
}
#endif
#endif
