/* The recurrent layers of a network, one upon the other, and what lies between them: the
 * embedding below, joined directions, dropout.  (Internal: with real.h.) */
#ifndef WP_RNN_STACK_H
#define WP_RNN_STACK_H

#include "rnn/dropout.h"
#include "rnn/layer.h"
#include "rnn/subword.h"

struct RNN(stack);

/* All borrowed. */
WP_MUST_CHECK enum wp_err RNN(stack_create)(struct RNN(stack) **stack,
	const struct wp_rnn_config *config, const struct wp_rnn_layout *layout,
	const struct wp_rnn_subwords *subwords);
void RNN(stack_free)(struct RNN(stack) *stack); /* takes NULL */

/* words: for tokens, the row of the embedding or of one-hot weights for each of batch->ids.
 * chance: of dropout; NULL: there is none. */
WP_MUST_CHECK enum wp_err RNN(stack_forward)(struct RNN(stack) *stack, const real *theta,
	const struct RNN(batch) *batch, const int32_t *words,
	const struct wp_rnn_chance *chance);

/* What the head reads, (rows, width); and where its derivative goes. */
const real *RNN(stack_top)(const struct RNN(stack) *stack);
WP_MUST_CHECK enum wp_err RNN(stack_d_top)(struct RNN(stack) *stack, real **d_top);

/* From d_top down to the parameters' gradient (NULL: not wanted). */
WP_MUST_CHECK enum wp_err RNN(stack_backward)(struct RNN(stack) *stack, const real *theta,
	const struct RNN(batch) *batch, const int32_t *words, struct RNN(gradient) *gradient);

/* As in rnn/net.h. */
struct RNN(activity)
	RNN(stack_activity)(const struct RNN(stack) *stack, int layer, int direction);
size_t RNN(stack_state_size)(const struct RNN(stack) *stack, int sequences);
WP_MUST_CHECK enum wp_err RNN(stack_get_state)(
	const struct RNN(stack) *stack, int sequences, real *state);
WP_MUST_CHECK enum wp_err RNN(stack_set_state)(
	struct RNN(stack) *stack, int sequences, const real *state);

#endif
