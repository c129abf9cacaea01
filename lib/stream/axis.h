/* What the rows of a tensor stand for, by its name, as tensor-stream(5) has it: so that what
 * takes rows of a stream knows which of its tensors have them, and need not guess by numbers of
 * rows that happen to be equal. */
#ifndef WP_STREAM_AXIS_H
#define WP_STREAM_AXIS_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

enum wp_axis {
	WP_AXIS_UNKNOWN,  /* no name that the format has: a tensor of the user's own   */
	WP_AXIS_NONE,     /* it is about a stream or tensor as a whole: `history`,
			   * settings, shapes, the names of columns                    */
	WP_AXIS_NAMES,    /* names of the numbers in another tensor: `labels.vocab`    */
	WP_AXIS_WORD,     /* words of `vocab`                                          */
	WP_AXIS_STEP,     /* tokens of a text, steps of a series                       */
	WP_AXIS_SEQUENCE, /* its sentences or sequences, one length each               */
	WP_AXIS_STEP_OR_SEQUENCE, /* either, by their number: `targets` */
	WP_AXIS_OWN /* what only tensors with this beginning have: `cooc.row`    */
};

/* The axis; of "target.NAME", the other text of a pair, that of NAME. */
enum wp_axis wp_axis_of(const char *name);

/* May rows of both be taken together?  UNKNOWN goes with all. */
bool wp_axis_same(const char *one, const char *other);

/* "words", "steps", ...: of what there are so many, for messages. */
const char *wp_axis_rows(enum wp_axis axis);

/* Does the tensor only say something of others: names, settings, counts? */
bool wp_axis_is_beside(const char *name);

#ifdef __cplusplus
}
#endif
#endif
