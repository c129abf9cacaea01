/* A text as ids, held ready for training: what a stream from `vocab` says, read to its end.
 *
 * The ids go to a spool (base/spool.h), so that a pipe can be passed over as often as wanted.
 * Streams that were joined by cat(1) are one text if their vocabularies agree.
 */
#ifndef WP_TEXT_CORPUS_H
#define WP_TEXT_CORPUS_H

#include <stddef.h>
#include <stdint.h>

#include "base/strings.h"
#include "stream/reader.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ids[] and lengths[] are borrowed from the spools: valid until wp_corpus_fini. */
struct wp_corpus {
	struct wp_strings vocab; /* V tokens                                             */
	int64_t *counts;         /* V: how often each stands in ids                      */
	const int32_t *ids;      /* each in 0 .. V-1, sentence after sentence            */
	size_t tokens;
	const int32_t *lengths; /* tokens of each sentence; their sum is tokens         */
	size_t sentences;
	struct wp_spool *id_spool, *length_spool; /* internal                              */
};

/* What to do with a record that the corpus has no use for: pass it on, say. */
typedef enum wp_err wp_corpus_other(
	void *arg, struct wp_reader *reader, const struct wp_tensor *tensor);

/* Read all of reader, whose streams may be joined.  Keeps up to `memory` bytes of ids in
 * memory, and what is more in a file under directory.  Takes `vocab`, `counts`, `ids` and
 * `lengths`; every other record goes to other(arg, ...), if that is not NULL.
 *
 * WP_EMISMATCH where there is no vocabulary or no text, where joined vocabularies differ, and
 * where ids do not fit the vocabulary or the lengths.  On failure *corpus needs no fini. */
WP_MUST_CHECK enum wp_err wp_corpus_read(struct wp_corpus *corpus, struct wp_reader *reader,
	size_t memory, const char *directory, wp_corpus_other *other, void *arg);

/* A zeroed struct is an empty corpus. */
void wp_corpus_fini(struct wp_corpus *corpus);

#ifdef __cplusplus
}
#endif
#endif
