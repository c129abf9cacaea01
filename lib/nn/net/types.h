/* The types of nodes that there are.  (Internal.) */
#ifndef WP_NN_TYPES_H
#define WP_NN_TYPES_H

#include "nn/core/node.h"

extern const struct wp_nn_type *const wp_nn_types[];

/* Names that are short for lists of nodes, which have `expand` alone; ended by NULL. */
extern const struct wp_nn_type *const wp_nn_blocks[]; /* ended by NULL */

/* The type of that name, of `length` bytes, or NULL. */
const struct wp_nn_type *wp_nn_type_find(const char *name, size_t length);

#endif
