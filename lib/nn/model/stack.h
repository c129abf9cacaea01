/* Auto-encoders upon each other (Hinton & Salakhutdinov 2006, Reducing the dimensionality of
 * data with neural networks): one learns rows, the next one the codes of that.  Together they
 * are one that encodes by the first and then by the second, and decodes in the reverse order.
 */
#ifndef WP_NN_STACK_H
#define WP_NN_STACK_H

#include "nn/model/model.h"

#ifdef __cplusplus
extern "C" {
#endif

/* *deep makes of each row what decoding by `inner`, and then by `outer`, makes of its code. The
 * vocabulary of outer is taken over.  WP_EMISMATCH where these do not fit: the codes of outer
 * are no rows of inner, are drawn or thinned out, or inner does not give them back as numbers;
 * or where a node reads others than the one before it.  On failure *deep needs no fini. */
WP_MUST_CHECK enum wp_err wp_nn_stack(
	struct wp_nn_model *deep, struct wp_nn_model *outer, const struct wp_nn_model *inner);

#ifdef __cplusplus
}
#endif
#endif
