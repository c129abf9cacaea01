/* Pairs of sequences in streams: a source, which is a text (`ids`), a series or an encoding,
 * and its target, a text, whose tensors begin with `target.`: see tensor-stream(5). */
#ifndef WP_TEXT_PAIR_H
#define WP_TEXT_PAIR_H

#include "stream/tensor_set.h"

#ifdef __cplusplus
extern "C" {
#endif

enum wp_side { WP_SOURCE, WP_TARGET, WP_SIDES };

/* WP_EMISMATCH: the stream named `from` has pairs, where one text is wanted, and how to take
 * either side of them. */
WP_MUST_CHECK enum wp_err wp_pair_refuse(const char *from);

/* The same where the set has `target.ids`; WP_OK where not. */
WP_MUST_CHECK enum wp_err wp_pair_refuse_set(const struct wp_tensor_set *set);

#ifdef __cplusplus
}
#endif
#endif
