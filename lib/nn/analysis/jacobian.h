/* How derivatives fade or grow through time: the Jacobians dh_t/dh_k of a trained network, as
 * they are along real sequences.
 *
 * For an Elman network, ||dh_t/dh_k|| <= (beta_w beta_h)^(t-k), where beta_w is the largest
 * singular value of the recurrent weights and beta_h the largest slope of the activation
 * (Bengio et al. 1994, Pascanu et al. 2013).  Gated cells have no such bound: through their
 * cell, or the update gate, a derivative can pass many steps unchanged.
 */
#ifndef WP_NN_JACOBIAN_H
#define WP_NN_JACOBIAN_H

#include "nn/tasks/model_input.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Over all segments: the spectral norm of dh_t/dh_k, t being the last step of the segment. */
struct wp_jacobian_row {
	int segments; /* that are long enough for this distance */
	double median, largest;
};

struct wp_jacobian {
	int distance;                /* the largest t-k                           */
	struct wp_jacobian_row *row; /* (distance + 1), by t-k                    */
	double factor;               /* beta_w beta_h; NAN where there is no bound */
};

/* Measure at `samples` segments of up to distance + 1 steps of what the model was given, words
 * or numbers, drawn with `seed`, each beginning with zero states, in the forward direction of
 * the uppermost layer.  A segment begins with a sequence, or anywhere in a text or series that
 * is one sequence.  WP_EMISMATCH where there is no step, for a model without a recurrent layer,
 * and for a Jordan network, whose state is its output. */
WP_MUST_CHECK enum wp_err wp_jacobian_measure(struct wp_jacobian *jacobian,
	const struct wp_nn_model_input *reading, int distance, int samples, uint64_t seed);
void wp_jacobian_fini(struct wp_jacobian *jacobian);

#ifdef __cplusplus
}
#endif
#endif
