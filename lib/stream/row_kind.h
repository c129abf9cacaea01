/* What the rows of a tensor stand for, by its name, as tensor-stream(5) has it: so that what
 * takes rows of a stream knows which of its tensors have them, and need not guess by numbers of
 * rows that happen to be equal. */
#ifndef WP_STREAM_ROW_KIND_H
#define WP_STREAM_ROW_KIND_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

enum wp_row_kind {
	WP_ROW_UNKNOWN,          /* no name that the format has: a tensor of the user's own   */
	WP_ROW_NONE,             /* it is about a stream or tensor as a whole: `history`,
				  * settings, shapes, the names of columns                    */
	WP_ROW_NAMES,            /* names of the numbers in another tensor: `labels.vocab`    */
	WP_ROW_WORD,             /* words of `vocab`                                          */
	WP_ROW_STEP,             /* tokens of a text, steps of a series                       */
	WP_ROW_SEQUENCE,         /* its sentences or sequences, one length each               */
	WP_ROW_STEP_OR_SEQUENCE, /* either, by their number: `targets` */
	WP_ROW_OWN               /* what only tensors with this beginning have: `cooc.row`    */
};

/* The kind; of "target.NAME", the other text of a pair, that of NAME. */
enum wp_row_kind wp_row_kind_of(const char *name);

/* May rows of both be taken together?  UNKNOWN goes with all. */
bool wp_rows_are_alike(const char *one, const char *other);

/* "words", "steps", ...: of what there are so many, for messages. */
const char *wp_row_kind_plural(enum wp_row_kind kind);

/* Does the tensor only say something of others: names, settings, counts? */
bool wp_row_is_beside(const char *name);

#ifdef __cplusplus
}
#endif
#endif
