/* Sentences as ids, in batches: what `vocab` writes and what others train on. */
#ifndef WP_TEXT_ID_BATCH_H
#define WP_TEXT_ID_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What a text says of itself beside its tokens: nothing, a label for each sentence, or a tag
 * for each token. */
enum wp_annotation { WP_UNANNOTATED, WP_LABELLED, WP_TAGGED };

/* Ids, and the lengths of the sentences that end among them.  Nearly always whole sentences;
 * one that does not fit a batch begins in batches without lengths, and its length comes with
 * the batch in which it ends.  So over all batches the lengths add up to the number of ids. */
struct wp_id_batch {
	const int32_t *ids;
	const int32_t *tags; /* one for each id, where the text has tags; else NULL */
	size_t id_count;
	const int32_t *lengths;
	const int32_t *labels; /* one for each length, where the text has labels; else NULL */
	size_t sentence_count;
};

typedef enum wp_err wp_id_sink(void *arg, const struct wp_id_batch *batch);

struct wp_id_batcher;

/* Batches go to sink(arg, ...), borrowed until it returns. */
WP_MUST_CHECK enum wp_err wp_id_batcher_create(struct wp_id_batcher **batcher,
	enum wp_annotation annotation, wp_id_sink *sink, void *arg);
void wp_id_batcher_free(struct wp_id_batcher *batcher);

/* The next ids of the current sentence, and, where the text has them, their n tags; with
 * `sparse` there may be negative ids, which are left out with their tags. */
WP_MUST_CHECK enum wp_err wp_id_batcher_add(struct wp_id_batcher *batcher, const int32_t *ids,
	const int32_t *tags, size_t n, bool sparse);

/* The sentence ends here; label counts only where the text has labels.  WP_ELIMIT for one of
 * 2^31 ids or more. */
WP_MUST_CHECK enum wp_err wp_id_batcher_end_sentence(
	struct wp_id_batcher *batcher, int32_t label);

/* Hand on the sentences that have ended. */
WP_MUST_CHECK enum wp_err wp_id_batcher_flush(struct wp_id_batcher *batcher);

#ifdef __cplusplus
}
#endif
#endif
