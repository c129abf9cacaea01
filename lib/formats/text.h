/* The text of a stream: sentences of ids, with their labels or tags, or targets.  (Internal.)
 */
#ifndef WP_FORMATS_TEXT_H
#define WP_FORMATS_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stream/tensor_set.h"

/* All of it belongs to the set. */
struct wp_format_text {
	const struct wp_strings *vocab, *labels, *tags; /* labels, tags: NULL: it has none */
	const int32_t *id;                              /* (tokens), of vocab     */
	const int32_t *length;                          /* (sentences)            */
	const int32_t *label;                           /* (sentences), of labels */
	const int32_t *tag;                             /* (tokens), of tags      */
	size_t tokens, sentences;
	/* Of pairs, the targets of the sentences; target_vocab NULL: it has none.  */
	const struct wp_strings *target_vocab; /* or `vocab`, if both share it */
	const int32_t *target_id;              /* (target_tokens), of target_vocab */
	const int32_t *target_length;          /* (sentences)                      */
	size_t target_tokens;
};

/* Find it; false where there are no `ids` with `vocab` and `lengths`.  Neither ids nor lengths
 * are checked. */
bool wp_format_text_take(struct wp_format_text *text, const struct wp_tensor_set *set);

/* Read all of reader into *set, which the caller frees, and find the text there.  WP_EMISMATCH
 * where there is none, or where a tensor other than `ids` is asked for (tensor, or NULL); what
 * says what is written: "tokens".  On failure *set is NULL. */
WP_MUST_CHECK enum wp_err wp_format_text_read(struct wp_format_text *text,
	struct wp_tensor_set **set, struct wp_reader *reader, const char *tensor,
	const char *what);

#endif
