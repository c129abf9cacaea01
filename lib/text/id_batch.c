#include "text/id_batch.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum {
	BATCH_IDS = 1 << 16,      /* 256 KiB: the sink's work on a batch stays in the cache */
	BATCH_SENTENCES = 1 << 14 /* the same for text of very short lines                  */
};

struct wp_id_batcher {
	wp_id_sink *sink;
	void *arg;
	enum wp_annotation annotation;
	size_t ids_used, ids_ended; /* of these the first belong to sentences that have ended */
	size_t sentences;
	uint64_t handed_on; /* ids of the current sentence that have left already */
	int32_t ids[BATCH_IDS];
	int32_t tags[BATCH_IDS];
	int32_t lengths[BATCH_SENTENCES];
	int32_t labels[BATCH_SENTENCES];
};

enum wp_err wp_id_batcher_create(struct wp_id_batcher **batcher, enum wp_annotation annotation,
	wp_id_sink *sink, void *arg)
{
	enum wp_err err = wp_alloc(batcher, 1, sizeof **batcher, "batch of ids");
	if (err)
		return err;
	(*batcher)->annotation = annotation;
	(*batcher)->sink = sink;
	(*batcher)->arg = arg;
	return WP_OK;
}

void wp_id_batcher_free(struct wp_id_batcher *b)
{
	free(b);
}

static enum wp_err hand_on(struct wp_id_batcher *b, size_t ids)
{
	bool tagged = b->annotation == WP_TAGGED;
	struct wp_id_batch batch = {.ids = b->ids,
		.tags = tagged ? b->tags : NULL,
		.id_count = ids,
		.lengths = b->lengths,
		.labels = b->annotation == WP_LABELLED ? b->labels : NULL,
		.sentence_count = b->sentences};
	enum wp_err err = b->sink(b->arg, &batch);
	if (err)
		return err;
	b->ids_used -= ids;
	memmove(b->ids, b->ids + ids, b->ids_used * sizeof *b->ids);
	if (tagged)
		memmove(b->tags, b->tags + ids, b->ids_used * sizeof *b->tags);
	b->ids_ended = b->sentences = 0;
	return WP_OK;
}

enum wp_err wp_id_batcher_flush(struct wp_id_batcher *b)
{
	return b->sentences > 0 ? hand_on(b, b->ids_ended) : WP_OK;
}

/* The ids are full: make room by handing on what has ended, or, where one sentence fills the
 * batch, its beginning. */
static enum wp_err make_room(struct wp_id_batcher *b)
{
	if (b->sentences > 0)
		return hand_on(b, b->ids_ended);
	b->handed_on += b->ids_used;
	return hand_on(b, b->ids_used);
}

/* Copy the values whose ids are not negative; returns how many. */
static size_t copy_known(int32_t *to, const int32_t *values, const int32_t *ids, size_t n)
{
	size_t kept = 0;
	for (size_t i = 0; i < n; i++) {
		to[kept] = values[i];
		kept += ids[i] >= 0;
	}
	return kept;
}

enum wp_err wp_id_batcher_add(
	struct wp_id_batcher *b, const int32_t *ids, const int32_t *tags, size_t n, bool sparse)
{
	bool tagged = b->annotation == WP_TAGGED;
	while (n > 0) {
		enum wp_err err = b->ids_used == BATCH_IDS ? make_room(b) : WP_OK;
		if (err)
			return err;
		size_t room = BATCH_IDS - b->ids_used;
		size_t some = n < room ? n : room;
		size_t at = b->ids_used;
		if (sparse) {
			b->ids_used += copy_known(b->ids + at, ids, ids, some);
			if (tagged)
				copy_known(b->tags + at, tags, ids, some);
		} else {
			b->ids_used += some;
			memcpy(b->ids + at, ids, some * sizeof *ids);
			if (tagged)
				memcpy(b->tags + at, tags, some * sizeof *tags);
		}
		ids += some;
		if (tagged)
			tags += some;
		n -= some;
	}
	return WP_OK;
}

enum wp_err wp_id_batcher_end_sentence(struct wp_id_batcher *b, int32_t label)
{
	uint64_t length = b->handed_on + (b->ids_used - b->ids_ended);
	if (length > INT32_MAX)
		return wp_fail(WP_ELIMIT, "a sentence of %llu tokens, more than %d",
			(unsigned long long)length, INT32_MAX);
	b->handed_on = 0;
	b->ids_ended = b->ids_used;
	b->lengths[b->sentences] = (int32_t)length;
	b->labels[b->sentences] = label;
	b->sentences++;
	return b->sentences == BATCH_SENTENCES ? wp_id_batcher_flush(b) : WP_OK;
}
