/* Linear-chain conditional random fields over feature templates (Lafferty, McCallum & Pereira
 * 2001): the model, and how it is saved.
 *
 * The score of a tag at a token is the sum of the weights that the token's attributes have for
 * that tag, and of those that the numbers of word vectors have; between two tags stands the
 * weight of the transition.  math/chain.h says what probabilities that makes.
 */
#ifndef WP_CRF_CRF_H
#define WP_CRF_CRF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strings.h"
#include "crf/crf_template.h"
#include "stream/reader.h"
#include "stream/writer.h"

#ifdef __cplusplus
extern "C" {
#endif

struct wp_crf;

/* May be given NULL. */
void wp_crf_free(struct wp_crf *crf);

/* Read a model, up to the end of the stream; the reader is closed, also on failure.
 * WP_EMISMATCH where the stream has none; WP_ECORRUPT where its parts do not fit together. */
WP_MUST_CHECK enum wp_err wp_crf_read(struct wp_crf **crf, struct wp_reader *reader);

/* Write it: the tensors tags.vocab and crf.*, but no history.  Only weights whose absolute
 * value is above `least`, and the attributes that still have one. */
WP_MUST_CHECK enum wp_err wp_crf_write(
	const struct wp_crf *crf, struct wp_writer *writer, double least);

/* Borrowed. */
const struct wp_strings *wp_crf_tags(const struct wp_crf *crf);
const struct wp_crf_templates *wp_crf_templates(const struct wp_crf *crf);

/* Columns of the text that the model reads, without that of the tags; and which one that was,
 * from 0, or -1 for the last one. */
int wp_crf_columns(const struct wp_crf *crf);
int wp_crf_tag_column(const struct wp_crf *crf);

/* Their names, behind the first, where the model was learnt from a stream that has them; none
 * otherwise.  Borrowed. */
const struct wp_strings *wp_crf_column_names(const struct wp_crf *crf);

/* Numbers of each word vector that the model reads; 0: it reads none. */
size_t wp_crf_dim(const struct wp_crf *crf);

/* Attributes, and weights that are not 0. */
size_t wp_crf_attribute_count(const struct wp_crf *crf);
size_t wp_crf_weight_count(const struct wp_crf *crf);

/* Word vectors that tokens are looked up in, as they stand, or else in lower case. */
struct wp_crf_vectors {
	const struct wp_vocab *vocab; /* borrowed             */
	const float *vector;          /* (V, dim), borrowed   */
	size_t dim;
};

/* What makes the numbers of vectors, (count, dim), vary by 0.1 (standard deviation), which
 * suits them beside attributes (Turian, Ratinov & Bengio 2010): a factor for all of them. */
float wp_crf_vector_scale(const float *vector, size_t count, size_t dim);

/* Set the vectors that the model shall read.  WP_EMISMATCH where their length is not the
 * model's.
 */
WP_MUST_CHECK enum wp_err wp_crf_set_vectors(
	struct wp_crf *crf, const struct wp_crf_vectors *vectors);

/* Weights by name, largest absolute value first: the `most` largest for each tag, as rows of
 * text: tag, TAB, weight, TAB, attribute; and transitions as "tag, TAB, weight, TAB, after
 * tag".
 */
WP_MUST_CHECK enum wp_err wp_crf_write_features(
	const struct wp_crf *crf, size_t most, struct wp_output *output);

#ifdef __cplusplus
}
#endif
#endif
