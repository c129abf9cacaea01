/* Optimisers: from a gradient to the next parameters.
 *
 * g is the gradient after clipping and weight decay, r the learning rate, t the number of the
 * step, from 1.
 *
 *	SGD        theta -= r g
 *	momentum   v = mu v + g;  theta -= r v                          (as PyTorch's SGD)
 *	AdaGrad    s += g^2;  theta -= r g / (sqrt(s) + eps)            (Duchi et al. 2011)
 *	RMSProp    s = rho s + (1 - rho) g^2;  theta -= r g / (sqrt(s) + eps)  (Tieleman 2012)
 *	Adam       Kingma & Ba 2015, with both bias corrections
 *
 * Tables of which a batch touches few rows (WP_RNN_LOOKUP) are updated in those rows only: in
 * the others momentum and Adam stand still (as PyTorch's SparseAdam).
 */
#ifndef WP_RNN_OPTIMIZER_H
#define WP_RNN_OPTIMIZER_H

#include "rnn/layout.h"

#ifdef __cplusplus
extern "C" {
#endif

enum wp_rnn_method { WP_RNN_SGD, WP_RNN_MOMENTUM, WP_RNN_ADAGRAD, WP_RNN_RMSPROP, WP_RNN_ADAM };
extern const char *const wp_rnn_methods[]; /* their names, ended by NULL */

enum wp_rnn_clip {
	WP_RNN_CLIP_NORM, /* scale the whole gradient down to this norm (Pascanu et al. 2013) */
	WP_RNN_CLIP_VALUE /* each element to +- this */
};

struct wp_rnn_optimizer_config {
	enum wp_rnn_method method;
	double momentum; /* momentum: mu; Adam: beta1 */
	double decay;    /* RMSProp: rho; Adam: beta2 */
	double epsilon;
	double l1, l2; /* weight decay: l1 sign(theta) + l2 theta is added to the gradient,
			* not for biases; of a table: to the rows touched          */
	double clip;   /* 0: none */
	enum wp_rnn_clip clip_by;
};

struct wp_rnn_optimizer;
struct wp_rnn_gradient;

/* What a step did: for the log, and for clip-stats. */
struct wp_rnn_step {
	double norm;    /* of the gradient, before clipping */
	double clipped; /* after it */
	double *norms; /* of each parameter's part, before clipping: (layout->count), or NULL */
};

void wp_rnn_optimizer_default(struct wp_rnn_optimizer_config *config);
WP_MUST_CHECK enum wp_err wp_rnn_optimizer_check(const struct wp_rnn_optimizer_config *config);
WP_MUST_CHECK enum wp_err wp_rnn_optimizer_create(struct wp_rnn_optimizer **optimizer,
	const struct wp_rnn_optimizer_config *config, const struct wp_rnn_layout *layout);
void wp_rnn_optimizer_free(struct wp_rnn_optimizer *optimizer);

/* Scale the gradient (by 1 / targets, say), clip it, and update theta.  step may be NULL.
 * WP_EDIVERGED, and theta as it was, where the gradient is not finite; *step has its norms.
 * Uses up to `threads` threads; the result does not depend on how many. */
WP_MUST_CHECK enum wp_err wp_rnn_optimize(struct wp_rnn_optimizer *optimizer, float *theta,
	struct wp_rnn_gradient *gradient, double scale, double rate, int threads,
	struct wp_rnn_step *step);

/* Its state, to save and to set: as many arrays of layout->size floats as state_arrays says (0
 * to 2), and the number of steps. */
int wp_rnn_optimizer_state_arrays(const struct wp_rnn_optimizer *optimizer);
float *wp_rnn_optimizer_state(struct wp_rnn_optimizer *optimizer, int array);
uint64_t *wp_rnn_optimizer_steps(struct wp_rnn_optimizer *optimizer);

#ifdef __cplusplus
}
#endif
#endif
