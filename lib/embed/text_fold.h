/* Folding documents into a latent semantic analysis (Deerwester et al. 1990): what place a
 * document has among those of which the analysis was made.
 *
 * Of a matrix of words by documents, X = U S W', a document d has the place d' U S^-1 among the
 * rows of W; scaled like the document vectors of svd-embed, W S^p beside the word vectors U
 * S^p, it is d' (U S^p) S^-1.  So documents of the analysis get the very rows of its `context`.
 */
#ifndef WP_EMBED_TEXT_FOLD_H
#define WP_EMBED_TEXT_FOLD_H

#include "embed/text_model.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Read rows of `onehot` from reader, to its end, and write their vectors, by the analysis that
 * `lsa` reads, which is closed.  Dimensions whose singular value is below 1e-6 of the first are
 * 0.
 *
 * WP_EMISMATCH where lsa has no `embedding` and `singular.values` of one length, where its
 * cells were weighed by more than themselves (svd-embed --transform ppmi), and where the rows
 * have other columns or were weighed otherwise (`onehot.settings`, `df.rows`). */
WP_MUST_CHECK enum wp_err wp_text_fold_in(struct wp_reader *lsa, struct wp_reader *reader,
	const struct wp_text_output *out, struct wp_text_tally *tally);

#ifdef __cplusplus
}
#endif
#endif
