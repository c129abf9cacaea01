/* The inside of a conditional random field.  (Internal.)
 *
 * All weights are one array:
 *
 *	transition   (T, stride)             from and to
 *	vectors      (V, dim, stride)        a matrix for each template of word vectors
 *	numbers      (R, stride)             a row for each template of a number
 *	dense        (dense, stride)         the rows of attributes that have many tags
 *	sparse       (entries)               those of the others: only for the tags that they
 *	                                     have
 *	pairs        (pair entries)          those of templates B: for the pairs of tags that
 *	                                     they have
 *
 * Attributes are numbered so that those with dense rows come first, and those of pairs last.
 * A pair of tags is a number of math/chain.h here, and from * T + to in a stream.
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
	struct wp_strings column_names;
	size_t dim;
	struct wp_crf_vectors vectors;
	const struct wp_crf_kernels *kernels;

	size_t tag_count, stride;
	size_t dense, sparse; /* attributes; the others are of pairs */
	size_t vectors_at, numbers_at, dense_at, sparse_at, pairs_at, size; /* in weights */
	size_t *begin;       /* (sparse + 1)         */
	uint16_t *entry_tag; /* of each sparse entry */
	size_t *pair_begin;  /* (attributes of pairs + 1) */
	uint32_t *pair;      /* of each pair entry        */
	uint64_t *mask; /* (dense, mask_words): the tags that a dense row has; NULL: all of them
			 */
	size_t mask_words;
	double *weights; /* aligned to 64 bytes */
};

/* Is this an attribute of pairs of tags? */
bool wp_crf_is_pair(const struct wp_crf *crf, size_t attribute);

/* Give each attribute weights for the tags, or pairs of tags, that it has: tag[begin[i]] to
 * tag[begin[i + 1] - 1], rising, for attribute i.  Attributes are renumbered: order[i] is the
 * new number. */
WP_MUST_CHECK enum wp_err wp_crf_lay_out(
	struct wp_crf *crf, const size_t *begin, const uint32_t *tag, int32_t *order);

/* Where the weight of an attribute for a pair of tags is, or SIZE_MAX. */
size_t wp_crf_pair_place(const struct wp_crf *crf, size_t attribute, size_t pair);

/* Where the weight of another attribute for a tag is, or SIZE_MAX. */
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

/* The attributes of a token, those with dense rows first, and behind `count` of them `pairs`
 * of pairs; and its word vectors, by template. */
struct wp_crf_token {
	const int32_t *attributes;
	size_t dense, count, pairs;
	const int32_t *vectors; /* rows of the vectors, or -1; NULL: the model reads none */
	const float *numbers;   /* by template; NULL: the model reads none                */
};

/* Ask for the memory that the weights of a token are in, which wp_crf_score or wp_crf_add will
 * want: the tokens behind the one that is worked on. */
static inline void wp_crf_prefetch(const struct wp_crf *crf, const double *weights,
	const struct wp_crf_token *next, const struct wp_crf_token *after)
{
	for (size_t i = 0; i < next->dense; i++) {
		const double *row =
			weights + crf->dense_at + (size_t)next->attributes[i] * crf->stride;
		for (size_t k = 0; k < crf->stride; k += 8)
			__builtin_prefetch(row + k);
	}
	for (size_t i = next->dense; i < next->count; i++) {
		size_t at = crf->begin[(size_t)next->attributes[i] - crf->dense];
		__builtin_prefetch(weights + crf->sparse_at + at);
		__builtin_prefetch(crf->entry_tag + at);
	}
	for (size_t i = after->dense; i < after->count; i++)
		__builtin_prefetch(crf->begin + ((size_t)after->attributes[i] - crf->dense));
}

/* tags, (stride), becomes the scores of the token's tags. */
void wp_crf_score(const struct wp_crf *crf, const double *weights,
	const struct wp_crf_token *token, double *tags);

/* Add tags, (stride), to the gradient of all weights that wp_crf_score took.  Rows of
 * attributes from `first` to `last` - 1 alone; those of vectors and numbers only with `rest`.
 */
void wp_crf_add(const struct wp_crf *crf, double *gradient, const struct wp_crf_token *token,
	const double *tags, size_t first, size_t last, bool rest);

/* Scores of the transitions into tokens one after the other, by attributes of pairs: the
 * entries of math/chain.h.  A zeroed struct is empty. */
struct wp_crf_extra {
	size_t *begin; /* (tokens + 1)                      */
	uint32_t *pair;
	double *score, *gradient; /* of each entry          */
	size_t begin_room, pair_room, score_room, gradient_room;
};
void wp_crf_extra_fini(struct wp_crf_extra *extra);

/* How many entries a token has. */
size_t wp_crf_extra_count(const struct wp_crf *crf, const struct wp_crf_token *token);

/* Make room for so many entries. */
WP_MUST_CHECK enum wp_err wp_crf_extra_need(struct wp_crf_extra *extra, size_t entries);

/* Make room for the entries of n tokens whose numbers of entries are in begin[1] to begin[n];
 * these become where they begin. */
WP_MUST_CHECK enum wp_err wp_crf_extra_place(struct wp_crf_extra *extra, size_t n);

/* Fill in the entries of token t; their gradients become 0. */
void wp_crf_extra_score(const struct wp_crf *crf, const double *weights,
	const struct wp_crf_token *token, size_t t, struct wp_crf_extra *extra);

/* Those entries' gradients are added to that of the weights, as wp_crf_add does. */
void wp_crf_extra_add(const struct wp_crf *crf, double *gradient,
	const struct wp_crf_token *token, size_t t, const struct wp_crf_extra *extra,
	size_t first, size_t last);

/* The entries from token t on, for the chain. */
static inline struct wp_chain_extra_f64 wp_crf_extra_from(
	const struct wp_crf_extra *extra, size_t t)
{
	return (struct wp_chain_extra_f64){extra->begin + t, extra->pair, extra->score};
}

/* Put the weights of transitions into a chain, through scratch, (T, T). */
void wp_crf_set_chain(const struct wp_crf *crf, const double *weights, double *scratch,
	struct wp_chain_f64 *chain);

/* Move the attributes of a token that have dense rows to the front, and those of pairs to the
 * end; how many there are. */
struct wp_crf_kinds {
	size_t dense, pairs;
};
struct wp_crf_kinds wp_crf_arrange(const struct wp_crf *crf, int32_t *attributes, size_t n);

/* The numbers that templates R read of token t of n, whose fields are (n, columns): 0 beyond
 * the sentence.  WP_EMISMATCH, without a place, for what is no finite number. */
WP_MUST_CHECK enum wp_err wp_crf_find_numbers(const struct wp_crf *crf,
	const struct wp_field *fields, size_t columns, size_t t, size_t n, float *numbers);

/* The row of the vector of a field, or -1; text is scratch. */
int32_t wp_crf_find_vector(
	const struct wp_crf_vectors *vectors, struct wp_field field, char **text, size_t *room);

#endif
