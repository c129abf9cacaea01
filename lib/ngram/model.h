/* n-gram models as they are used: a table of hashed n-grams for each length.
 *
 * In a stream: `vocab`, `ngram.settings`, and for each n the logarithms to the base 10
 * `ngram.N.prob` (f32) and, but for the longest, `ngram.N.backoff` (f32).  Those of single
 * words are in the order of the vocabulary.  Longer n-grams are in buckets, by the upper bits
 * of a hash of 64 bits; `ngram.N.start` (i32, buckets + 1) says where each begins, and
 * `ngram.N.key` (i32) has the lower 32 bits of the hashes, ascending within a bucket.  With
 * four n-grams to a bucket at most, on average, one that is not there is taken for another with
 * a probability below 10^-9.  A file is used in place.
 */
#ifndef WP_NGRAM_MODEL_H
#define WP_NGRAM_MODEL_H

#include "ngram/estimate.h"
#include "stream/tensor_set.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What has no probability: SENTENCE_START, and in closed vocabularies what never came. */
#define WP_NGRAM_NEVER (-99.0f)

struct wp_ngram_table_of {
	size_t count;
	unsigned shift; /* a hash >> shift is its bucket */
	const uint32_t *start, *key;
	const float *prob, *backoff;
};

struct wp_ngram_model {
	int order;
	bool whole_context; /* back-off weights are probabilities themselves (add-k) */
	bool closed;        /* with an n-gram the model has that without its first token, too */
	struct wp_strings vocab, settings;
	int32_t start, end, unknown;                            /* ids; -1: none */
	struct wp_ngram_table_of table[WP_NGRAM_ORDER_MAX + 1]; /* by n; [1] by id: no keys */
	struct wp_tensor_set *set;                              /* internal: owns the tables */
};

/* A zeroed model may be given. */
void wp_ngram_model_fini(struct wp_ngram_model *model);

/* Read a stream; the reader belongs to the model from here on, also when this fails. */
WP_MUST_CHECK enum wp_err wp_ngram_model_read(
	struct wp_ngram_model *model, struct wp_reader *reader);

/* The hash of an n-gram: from its last token to the first, beginning with 0. */
static inline uint64_t wp_ngram_hash(uint64_t hash, int32_t token)
{
	hash = (hash ^ ((uint64_t)(uint32_t)token + 1)) * 0x9e3779b97f4a7c15;
	hash = (hash ^ hash >> 32) * 0xd6e8feb86659fd93;
	return hash ^ hash >> 29;
}

/* ---- Writing ---- */

struct wp_ngram_packer;

/* For wp_ngram_estimate: writes a model as its n-grams come; the sink's functions get the
 * packer.  All are borrowed.  A table that does not fit into half the memory of the counts is
 * sorted in temporary files. */
WP_MUST_CHECK enum wp_err wp_ngram_packer_create(struct wp_ngram_packer **packer,
	const struct wp_ngram_counts *counts, const struct wp_ngram_config *config,
	struct wp_writer *writer);
void wp_ngram_packer_free(struct wp_ngram_packer *packer); /* may be NULL */
struct wp_ngram_sink wp_ngram_packer_sink(struct wp_ngram_packer *packer);

/* One table, of n-grams with these hashes; backoff may be NULL.  The arrays are put in order.
 */
WP_MUST_CHECK enum wp_err wp_ngram_table_put(struct wp_writer *writer, int n, size_t count,
	const uint64_t *hash, const float *prob, const float *backoff);

/* ---- Use ---- */

/* What a context brings to the next word: the hashes and back-off weights of its last 1, 2, ...
 * tokens.  At most order - 1 of them. */
struct wp_ngram_context {
	int length;
	int32_t tokens[WP_NGRAM_ORDER_MAX]; /* the last one first                */
	float backoff[WP_NGRAM_ORDER_MAX];  /* [n - 1]: of the last n; 0: not seen */
};

/* The context at the beginning of a sentence. */
void wp_ngram_begin(const struct wp_ngram_model *model, struct wp_ngram_context *context);

/* The logarithm, to the base 10, of the probability of a token; the context moves on unless
 * `next` is NULL, which may be `context`.  *seen, if not NULL, is the length of the longest
 * n-gram that the model has. */
double wp_ngram_next(const struct wp_ngram_model *model, const struct wp_ngram_context *context,
	int32_t token, struct wp_ngram_context *next, int *seen);

/* The same for n tokens of a sentence, faster: logprob and seen (may be NULL) have room for n.
 */
void wp_ngram_sentence(const struct wp_ngram_model *model, const int32_t *tokens, size_t n,
	double *logprob, uint8_t *seen);

#ifdef __cplusplus
}
#endif
#endif
