/* A text as ids, taken as it streams by: what `vocab` writes, also several streams that cat(1)
 * has joined.  For programs that need a text once; text/corpus.h keeps it. */
#ifndef WP_TEXT_ID_STREAM_H
#define WP_TEXT_ID_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strings.h"
#include "stream/reader.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What is done with the parts; the first failure ends the reading. */
struct wp_id_stream_handler {
	void *arg;
	/* The vocabulary, once, before any id; borrowed until wp_id_stream_fini. */
	enum wp_err (*vocab)(void *arg, const struct wp_strings *vocab);
	/* The next ids of the current sentence, perhaps none; it is over with `ends`. */
	enum wp_err (*ids)(void *arg, const int32_t *ids, size_t n, bool ends);
	/* A record that is not part of the text: pass it on, say.  NULL: passed over. */
	wp_record_fn *other;
};

struct wp_id_stream {
	struct wp_strings vocab;
	int64_t *counts; /* by id: how often each stood in the text */
	uint64_t tokens, sentences;
	uint64_t streams; /* begun so far */
};

/* Read all of reader.  Memory: the vocabulary and one batch of ids.  WP_EMISMATCH where there
 * is no vocabulary or no text, where joined vocabularies differ, where ids do not fit the
 * vocabulary, or lengths not the ids, and where the text is one of pairs (text/pair.h).  On
 * failure *text needs no fini. */
WP_MUST_CHECK enum wp_err wp_id_stream_read(struct wp_id_stream *text, struct wp_reader *reader,
	const struct wp_id_stream_handler *handler);

/* A zeroed struct is an empty text. */
void wp_id_stream_fini(struct wp_id_stream *text);

#ifdef __cplusplus
}
#endif
#endif
