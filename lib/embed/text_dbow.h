/* PV-DBOW (Le & Mikolov 2014: Distributed representations of sentences and documents): a vector
 * for each text, trained so that it tells the words of the text from noise words.
 *
 * Training is that of embed/w2v.h, with WP_W2V_DBOW.  Texts that are new get vectors by the
 * same descent with the words' vectors fixed; what is drawn at random follows from the seed and
 * the text, so that a text gets the same vector whatever stands beside it.
 */
#ifndef WP_EMBED_TEXT_DBOW_H
#define WP_EMBED_TEXT_DBOW_H

#include "embed/text_model.h"
#include "embed/w2v.h"
#include "text/corpus.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A trainer of a vector for each sentence of the corpus, by the settings of model->config, to
 * be trained by wp_w2v_train.  Takes vocabulary and counts from the corpus into the model,
 * special tokens with count 0; WP_EMISMATCH where no words are left. */
WP_MUST_CHECK enum wp_err wp_text_dbow_create(struct wp_w2v **trainer,
	struct wp_text_model *model, struct wp_corpus *corpus, uint64_t seed, int threads);

/* Write the vectors of a trained one, and keep the words' in the model. */
WP_MUST_CHECK enum wp_err wp_text_dbow_put(struct wp_w2v *trainer, struct wp_text_model *model,
	const struct wp_corpus *corpus, const struct wp_text_output *out,
	struct wp_text_tally *tally);

/* Write vectors of the sentences of a corpus by a model.  The same for any number of threads.
 */
WP_MUST_CHECK enum wp_err wp_text_dbow_infer(const struct wp_text_model *model,
	const struct wp_corpus *corpus, uint64_t seed, int threads,
	const struct wp_text_output *out, struct wp_text_tally *tally);

#ifdef __cplusplus
}
#endif
#endif
