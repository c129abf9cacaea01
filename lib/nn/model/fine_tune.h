/* Where the parameters of a model come from, other than chance. */
#ifndef WP_NN_FINE_TUNE_H
#define WP_NN_FINE_TUNE_H

#include "embed/embedding.h"
#include "nn/model/model.h"
#include "text/corpus.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Append the words of `vectors` that the vocabulary of a corpus lacks, with count 0: a model
 * with that vocabulary knows them when they come in another text. */
WP_MUST_CHECK enum wp_err wp_nn_add_words(
	struct wp_corpus *corpus, const struct wp_embedding *vectors);

/* Give the words of the model's vocabulary the vectors that `vectors` has for them; the others
 * keep theirs.  Those that it has not get what its character n-grams make of them, where it has
 * some (wp_embedding_read_ngrams).  *found says for how many there was one.  WP_EMISMATCH for
 * vectors of another length than the model's, and where none of the words has one. */
WP_MUST_CHECK enum wp_err wp_nn_start_embedding(
	struct wp_nn_model *model, const struct wp_embedding *vectors, size_t *found);

/* Take over the parameters of `from`, the outputs only where the task is the same; others, as
 * of further layers, stay.  *taken says how many numbers that were.  WP_EMISMATCH where the
 * vocabularies or the labels differ, and where a parameter of `from` has no place or another
 * shape here: the detail names the setting. */
WP_MUST_CHECK enum wp_err wp_nn_start_from(
	struct wp_nn_model *model, const struct wp_nn_model *from, size_t *taken);

#ifdef __cplusplus
}
#endif
#endif
