/* The inside of a conditional random field.  (Internal.)
 *
 * All weights are one array:
 *
 *	transition   (T, stride)             from and to
 *	vectors      (V, dim, stride)        a matrix for each template of word vectors
 *	numbers      (R, stride)             a row for each template of a number
 *	dense        (dense, stride)         the rows of attributes that have many tags
 *	sparse       (entries)               those of the others: only for the tags that they
 * have
 *
 * Attributes are numbered so that those with dense rows come first.
 */
#ifndef WP_CRF_MODEL_H
#define WP_CRF_MODEL_H

#include "crf/crf.h"
#include "crf/crf_attributes.h"
#include "crf/crf_kernels.h"
#include "math/chain.h"

struct wp_crf {
	struct wp_strings tags;
	struct wp_crf_templates templates;
	struct wp_crf_attributes attributes;
	int columns, tag_column;
	size_t dim;
	struct wp_crf_vectors vectors;
	const struct wp_crf_kernels *kernels;

	size_t tag_count, stride, dense;
	size_t vectors_at, numbers_at, dense_at, sparse_at, size; /* in weights   */
	size_t *begin;                                            /* (attributes - dense + 1) */
	uint16_t *entry_tag;                                      /* of each sparse entry     */
	uint64_t *mask; /* (dense, mask_words): the tags that a dense row has; NULL: all of them
			 */
	size_t mask_words;
	double *weights; /* aligned to 64 bytes */
};

/* Give each attribute weights for the tags that it has: tag[begin[i]] to tag[begin[i + 1] - 1],
 * rising, for attribute i.  Attributes are renumbered: order[i] is the new number. */
WP_MUST_CHECK enum wp_err wp_crf_lay_out(
	struct wp_crf *crf, const size_t *begin, const uint16_t *tag, int32_t *order);

/* Where the weight of an attribute for a tag is, or SIZE_MAX. */
static inline size_t wp_crf_place(const struct wp_crf *crf, size_t attribute, size_t tag)
{
	if (attribute < crf->dense) {
		const uint64_t *mask = crf->mask + attribute * crf->mask_words;
		bool has = !crf->mask || mask[tag / 64] >> tag % 64 & 1;
		return has ? crf->dense_at + attribute * crf->stride + tag : SIZE_MAX;
	}
	for (size_t i = crf->begin[attribute - crf->dense];
		i < crf->begin[attribute - crf->dense + 1]; i++)
		if (crf->entry_tag[i] == tag)
			return crf->sparse_at + i;
	return SIZE_MAX;
}

/* The attributes of a token, those with dense rows first; and its word vectors, by template. */
struct wp_crf_token {
	const int32_t *attributes;
	size_t dense, count;
	const int32_t *vectors; /* rows of the vectors, or -1; NULL: the model reads none */
	const float *numbers;   /* by template; NULL: the model reads none                */
};

/* tags, (stride), becomes the scores of the token's tags. */
void wp_crf_score(const struct wp_crf *crf, const double *weights,
	const struct wp_crf_token *token, double *tags);

/* Add tags, (stride), to the gradient of all weights that wp_crf_score took.  Rows of
 * attributes from `first` to `last` - 1 alone; those of vectors and numbers only with `rest`.
 */
void wp_crf_add(const struct wp_crf *crf, double *gradient, const struct wp_crf_token *token,
	const double *tags, size_t first, size_t last, bool rest);

/* Put the weights of transitions into a chain, through scratch, (T, T). */
void wp_crf_set_chain(const struct wp_crf *crf, const double *weights, double *scratch,
	struct wp_chain_f64 *chain);

/* Move the attributes of a token that have dense rows to the front; how many there are. */
size_t wp_crf_dense_first(const struct wp_crf *crf, int32_t *attributes, size_t n);

/* The numbers that templates R read of token t of n, whose fields are (n, columns): 0 beyond
 * the sentence.  WP_EMISMATCH, without a place, for what is no finite number. */
WP_MUST_CHECK enum wp_err wp_crf_find_numbers(const struct wp_crf *crf,
	const struct wp_field *fields, size_t columns, size_t t, size_t n, float *numbers);

/* The row of the vector of a field, or -1; text is scratch. */
int32_t wp_crf_find_vector(
	const struct wp_crf_vectors *vectors, struct wp_field field, char **text, size_t *room);

#endif
