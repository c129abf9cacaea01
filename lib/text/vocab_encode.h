/* Encoding: token text to the ids of a vocabulary that there is already. */
#ifndef WP_TEXT_VOCAB_ENCODE_H
#define WP_TEXT_VOCAB_ENCODE_H

#include <stdbool.h>

#include "text/id_batch.h"
#include "text/vocab.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What was found in a text. */
struct wp_text_counts {
	uint64_t tokens, sentences;
	uint64_t known;         /* tokens that the vocabulary has */
	uint64_t types;         /* different tokens; counting only */
	uint64_t given_unknown; /* tokens read as WP_UNKNOWN_TOKEN already; counting only */
	uint64_t forgotten_types, forgotten_tokens; /* see wp_count_params.max_types   */
};

struct wp_encoder;

/* Tokens that the vocabulary does not have become its WP_UNKNOWN_TOKEN, or, with
 * drop_unknown, nothing; WP_EMISMATCH where such a token comes and the vocabulary has neither.
 * Where the text is annotated, labels or tags must be among `labels`; otherwise that is NULL.
 * The vocabularies are borrowed; ids go to sink(arg, ...). */
WP_MUST_CHECK enum wp_err wp_encoder_create(struct wp_encoder **encoder,
	const struct wp_vocab *vocab, enum wp_annotation annotation,
	const struct wp_vocab *labels, bool drop_unknown, wp_id_sink *sink, void *arg);
void wp_encoder_free(struct wp_encoder *encoder);

/* The next block of the text, of any size and cut anywhere. */
WP_MUST_CHECK enum wp_err wp_encoder_feed(
	struct wp_encoder *encoder, const char *block, size_t size);

/* Hand on the sentences that are complete, for a reader who waits for them. */
WP_MUST_CHECK enum wp_err wp_encoder_flush(struct wp_encoder *encoder);

/* The text ends, and with it its last sentence; another one may follow. */
WP_MUST_CHECK enum wp_err wp_encoder_end_text(struct wp_encoder *encoder);

struct wp_text_counts wp_encoder_counts(const struct wp_encoder *encoder);

/* How often each id was handed on, by id; borrowed until wp_encoder_free. */
const int64_t *wp_encoder_id_counts(const struct wp_encoder *encoder);

#ifdef __cplusplus
}
#endif
#endif
