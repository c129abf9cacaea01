/* The recurrent layers of a network, one upon the other, and what lies between them: the
 * embedding below, joined directions, dropout.  (Internal: with real.h.) */
#ifndef WP_NN_STACK_H
#define WP_NN_STACK_H

#include "nn/layers/dropout.h"
#include "nn/layers/recurrent.h"
#include "text/subword.h"

struct NN(stack);

/* All borrowed. */
WP_MUST_CHECK enum wp_err NN(stack_create)(struct NN(stack) **stack,
	const struct wp_nn_config *config, const struct wp_nn_params *params,
	const struct wp_subwords *subwords);
void NN(stack_free)(struct NN(stack) *stack); /* takes NULL */

/* words: for tokens, the row of the embedding or of one-hot weights for each of batch->ids.
 * chance: of dropout; NULL: there is none. */
WP_MUST_CHECK enum wp_err NN(stack_forward)(struct NN(stack) *stack, const real *theta,
	const struct NN(batch) *batch, const int32_t *words, const struct wp_nn_chance *chance);

/* What the head reads, (rows, width); and where its derivative goes. */
const real *NN(stack_top)(const struct NN(stack) *stack);
WP_MUST_CHECK enum wp_err NN(stack_d_top)(struct NN(stack) *stack, real **d_top);

/* From d_top down to the parameters' gradient (NULL: not wanted). */
WP_MUST_CHECK enum wp_err NN(stack_backward)(struct NN(stack) *stack, const real *theta,
	const struct NN(batch) *batch, const int32_t *words, struct NN(gradient) *gradient);

/* As in nn/net/net.h. */
struct NN(activity) NN(stack_activity)(const struct NN(stack) *stack, int layer, int direction);
size_t NN(stack_state_size)(const struct NN(stack) *stack, int sequences);
WP_MUST_CHECK enum wp_err NN(stack_get_state)(
	const struct NN(stack) *stack, int sequences, real *state);
WP_MUST_CHECK enum wp_err NN(stack_set_state)(
	struct NN(stack) *stack, int sequences, const real *state);

#endif
