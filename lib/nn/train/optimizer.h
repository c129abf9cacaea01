/* Optimisers: from a gradient to the next parameters.  A method is an entry of the table in
 * optimizer.c, which options and checks read.
 *
 * g is the gradient after clipping and weight decay, r the learning rate, t the number of the
 * step, from 1.
 *
 *	SGD        theta -= r g
 *	momentum   v = mu v + g;  theta -= r v                          (as PyTorch's SGD)
 *	AdaGrad    s += g^2;  theta -= r g / (sqrt(s) + eps)            (Duchi et al. 2011)
 *	RMSProp    s = rho s + (1 - rho) g^2;  theta -= r g / (sqrt(s) + eps)  (Tieleman 2012)
 *	Adam       Kingma & Ba 2015, with both bias corrections
 *	AdamW      theta -= r w theta, and then as Adam (Loshchilov & Hutter 2019)
 *
 *	L-BFGS     Liu & Nocedal 1989 (math/lbfgs.h), over all data at once
 *	least squares  of a linear network, at once (nn/train/least_squares.c)
 *
 * Tables of which a batch touches few rows (WP_NN_LOOKUP) are updated in those rows only: in
 * the others momentum and Adam stand still (as PyTorch's SparseAdam).
 */
#ifndef WP_NN_OPTIMIZER_H
#define WP_NN_OPTIMIZER_H

#include "nn/core/config.h"
#include "nn/core/params.h"

#ifdef __cplusplus
extern "C" {
#endif

enum wp_nn_method {
	WP_NN_SGD,
	WP_NN_MOMENTUM,
	WP_NN_ADAGRAD,
	WP_NN_RMSPROP,
	WP_NN_ADAM,
	WP_NN_ADAMW,
	WP_NN_LBFGS,
	WP_NN_LEAST_SQUARES
};
enum wp_nn_clip {
	WP_NN_CLIP_NORM, /* scale the whole gradient down to this norm (Pascanu et al. 2013) */
	WP_NN_CLIP_VALUE /* each element to +- this */
};
extern const char *const wp_nn_clips[]; /* norm, value; ended by NULL */

struct wp_nn_optimizer_config {
	enum wp_nn_method method;
	/* Those that the method has; WP_NN_UNSET: as it is by default. */
	double momentum; /* momentum: mu; Adam: beta1 */
	double decay;    /* RMSProp: rho; Adam: beta2 */
	double epsilon;
	double weight_decay; /* AdamW: w, not for biases; of a table: in the rows touched */
	double l1, l2;       /* penalties: l1 sign(theta) + l2 theta is added to the gradient,
			      * not for biases; of a table: to the rows touched          */
	double clip;         /* 0: none */
	enum wp_nn_clip clip_by;
};

/* A setting of methods: a number of the config, least to most, or to below most. */
struct wp_nn_method_setting {
	const char *name;
	size_t offset;
	double most;
	bool below;
};
enum { WP_NN_METHOD_SETTINGS = 4, WP_NN_STATE_ARRAYS = 2 };
extern const struct wp_nn_method_setting wp_nn_method_settings[WP_NN_METHOD_SETTINGS];

struct wp_nn_kernels;
struct wp_nn_whole_method; /* nn/train/whole.h */
struct wp_nn_update;       /* nn/kernels/kernels.h */
struct wp_nn_runs;         /* likewise */

struct wp_nn_method_type {
	const char *name, *help;
	double rate;                            /* a learning rate to begin with   */
	double settings[WP_NN_METHOD_SETTINGS]; /* defaults; NaN: has no such one  */
	int arrays;                             /* of state, params->size each     */
	bool squares[WP_NN_STATE_ARRAYS];       /* they are sums of squares        */
	/* Rate and epsilon of step `steps`, from 1; NULL: as they are. */
	void (*correct)(const struct wp_nn_optimizer_config *c, double steps, double *rate,
		double *epsilon);
	const struct wp_nn_whole_method *whole; /* it sees all data at once; NULL: batch by
						 * batch, by `update`                    */
	int epochs; /* where nothing else is said; 0: as for others */
	void (*update)(const struct wp_nn_kernels *kernels, float *theta, const float *g,
		float *const state[], const struct wp_nn_runs *rows,
		const struct wp_nn_update *u);
};

/* In the order of the enum, ended by one without a name. */
extern const struct wp_nn_method_type wp_nn_methods[];

struct wp_nn_optimizer;
struct wp_nn_gradient;

/* What a step did: for the log, and for clip-stats. */
struct wp_nn_step {
	double norm;    /* of the gradient, before clipping */
	double clipped; /* after it */
	double *norms; /* of each parameter's part, before clipping: (params->count), or NULL */
};

/* Adam, with no clipping and no weight decay. */
void wp_nn_optimizer_default(struct wp_nn_optimizer_config *config);

/* Give settings that are WP_NN_UNSET the method's defaults. */
void wp_nn_optimizer_complete(struct wp_nn_optimizer_config *config);
WP_MUST_CHECK enum wp_err wp_nn_optimizer_check(const struct wp_nn_optimizer_config *config);
WP_MUST_CHECK enum wp_err wp_nn_optimizer_create(struct wp_nn_optimizer **optimizer,
	const struct wp_nn_optimizer_config *config, const struct wp_nn_params *params);
void wp_nn_optimizer_free(struct wp_nn_optimizer *optimizer);

/* Scale the gradient (by 1 / targets, say), clip it, and update theta.  step may be NULL.
 * WP_EDIVERGED, and theta as it was, where the gradient is not finite; *step has its norms.
 * Uses up to `threads` threads; the result does not depend on how many. */
WP_MUST_CHECK enum wp_err wp_nn_optimize(struct wp_nn_optimizer *optimizer, float *theta,
	struct wp_nn_gradient *gradient, double scale, double rate, int threads,
	struct wp_nn_step *step);

/* Its state, to save and to set: as many arrays of params->size floats as state_arrays says (0
 * to WP_NN_STATE_ARRAYS), and the number of steps.  is_sound tells whether such an array can be
 * one of a training: sums of squares are not below 0. */
int wp_nn_optimizer_state_arrays(const struct wp_nn_optimizer *optimizer);
float *wp_nn_optimizer_state(struct wp_nn_optimizer *optimizer, int array);
bool wp_nn_optimizer_state_is_sound(
	const struct wp_nn_optimizer *optimizer, int array, const float *values);
uint64_t *wp_nn_optimizer_steps(struct wp_nn_optimizer *optimizer);

#ifdef __cplusplus
}
#endif
#endif
