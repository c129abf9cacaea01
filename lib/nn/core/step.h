/* A node one step at a time, of one sequence: for generating, beams and forecasts.  The weights
 * are laid out once for products of a vector by a matrix, which is what a step costs; what goes
 * from step to step are the states that the type names (nn/core/node.h), which whoever runs the
 * steps keeps: for each sequence a set of them.  In single precision only.  (Internal.)
 */
#ifndef WP_NN_STEP_H
#define WP_NN_STEP_H

#include "nn/core/node.h"
#include "nn/core/panels.h"

struct wp_nn_kernels;

/* What a node reads or makes in a step: numbers, or a token. */
struct wp_nn_row {
	const float *x;
	int32_t id, word; /* its row in a table of tokens; negative: none             */
	float *to;        /* of what it makes: room for x, (width), padded and aligned as
			   * wp_panels_multiply wants it */
};

/* A node that steps; `own` is its type's. */
struct wp_nn_stepper {
	const struct wp_nn_node *node;
	const struct wp_nn_params *params;
	const struct wp_nn_context *context;
	const struct wp_nn_kernels *kernels;
	const float *theta;
	struct wp_panels panels[WP_NN_NODE_PARAMS]; /* of the parameters that were laid out */
	float *room;                                /* zeros at first; aligned              */
	size_t past;  /* steps of the sequence before this one                              */
	float *cache; /* (past + 1, cached numbers): of these, and, to be written, of this one
		       */
	void *own;
};

struct wp_nn_step_ops {
	/* Lays weights out and takes room. */
	enum wp_err (*prepare)(struct wp_nn_stepper *s); /* NULL: nothing to do */
	void (*finish)(struct wp_nn_stepper *s);         /* frees `own`; or NULL */
	/* Sets the states before the first step, which are zeros, by those of in[] that are a
	 * row for the whole sequence; the others are NULL.  NULL: zeros they are. */
	void (*begin)(struct wp_nn_stepper *s, const struct wp_nn_row *const in[],
		float *const state[]);
	/* Sets out->x, and id and word where it makes tokens.  An output makes logits, whose
	 * softmax are the probabilities, or numbers.  before[k], after[k]: the k-th state. */
	void (*step)(struct wp_nn_stepper *s, const struct wp_nn_row *const in[],
		const float *const before[], float *const after[], struct wp_nn_row *out);
};

static inline size_t wp_nn_padded(size_t n)
{
	return (n + WP_PANELS_PAD - 1) / WP_PANELS_PAD * WP_PANELS_PAD;
}

/* All is borrowed.  On failure, too, fini frees what there is. */
WP_MUST_CHECK enum wp_err wp_nn_stepper_init(struct wp_nn_stepper *stepper,
	const struct wp_nn_node *node, const struct wp_nn_params *params,
	const struct wp_nn_context *context, const struct wp_nn_kernels *kernels,
	const float *theta);
void wp_nn_stepper_fini(struct wp_nn_stepper *stepper); /* a zeroed one may be given, too */

/* Lay out parameter `slot`, (in, out), or (out, in) if transposed. */
WP_MUST_CHECK enum wp_err wp_nn_lay_out(
	struct wp_nn_stepper *stepper, int slot, bool transposed);
/* Room for n floats, in stepper->room. */
WP_MUST_CHECK enum wp_err wp_nn_step_room(struct wp_nn_stepper *stepper, size_t n);

/* Parameter `slot`; NULL where the node has none. */
static inline const float *wp_nn_step_param(const struct wp_nn_stepper *s, int slot)
{
	size_t number = s->node->param[slot];
	return number == WP_NN_NONE ? NULL : s->theta + s->params->param[number].offset;
}

/* What gives back what it gets. */
extern const struct wp_nn_step_ops wp_nn_step_through;

#endif
