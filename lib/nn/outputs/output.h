/* What outputs have in common: logits (or numbers) by a product with the weights, in blocks of
 * rows that stay in the cache.  Product, loss and the two products of the gradient follow each
 * other on one block, which is then forgotten.  (Internal: with real.h.) */
#ifndef WP_NN_OUTPUT_H
#define WP_NN_OUTPUT_H

#include "nn/core/config.h"
#include "nn/core/layer.h"
#include "nn/core/step.h"
#include "nn/kernels/kernels.h"

struct wp_nn_output_settings {
	bool tied; /* the weights are the table of the first embedding */
	bool no_bias;
	bool direct; /* what comes in are the logits, or numbers: there are no weights */
	size_t samples;
	double smoothing; /* softmax: of labels */
};

/* The parameters of an output. */
enum { WP_NN_OUTPUT_WEIGHT, WP_NN_OUTPUT_BIAS };

/* The first member of every output. */
struct NN(output) {
	WP_NN_NODE_AT_WORK;
	size_t width, classes; /* of the rows that come in; outputs of the network */
	size_t nodes;          /* rows of the weights */
	bool direct;
	struct NN(array) block; /* of logits */
};

/* The rows of a batch. */
struct NN(output_rows) {
	size_t rows, width, classes;
	const real *x;         /* (rows, width): states, or what they were pooled to      */
	const int32_t *target; /* (rows): the class; negative: none, it counts for nothing */
	const real *numbers;   /* (rows, classes): targets that are numbers, or NULL      */
	const struct NN(cells) *cells; /* the same as cells, or NULL                      */
	const real *weight;            /* (nodes, width) */
	const real *bias;              /* or NULL */
	uint64_t number; /* of the batch, for sampling                              */

	/* Of training. */
	real *d_x; /* (rows, width): all of it is written */
	struct NN(gradient) *gradient;
	size_t weight_param;       /* number of the weights' parameter */
	real *d_bias;              /* or NULL */
	struct wp_nn_score *score; /* or NULL */
	double smoothing;          /* of labels, in training (softmax)  */
	const float *class_weight; /* (classes): in training, or NULL   */
};

/* What an output does with a block of logits, of `count` rows from `row` on. */
struct NN(output_block) {
	/* The loss, added to rows->score; the logits become its derivative by them. */
	void (*loss)(struct NN(output) *o, const struct NN(output_rows) *rows, size_t row,
		size_t count);
	/* The outputs: log-probabilities, or numbers. */
	void (*outputs)(struct NN(output) *o, const struct NN(output_rows) *rows, size_t row,
		size_t count, real *to);
};

/* What outputs have in common, as their life. */
WP_MUST_CHECK enum wp_err NN(output_init)(void *self);
void NN(output_fini)(void *self);

/* The rows of a pass; with in->d, which is begun, and the gradient, if `train`. */
struct NN(output_rows)
	NN(output_rows_of)(const struct NN(output) *o, const struct NN(pass) *pass,
		const struct NN(value) *in, struct wp_nn_score *score, bool train);

/* Block by block: predictions, unless outputs is NULL; the loss, and what stands in the block
 * after it as the gradient of the logits, if rows has score and gradient. */
WP_MUST_CHECK enum wp_err NN(output_run)(struct NN(output) *o,
	const struct NN(output_rows) *rows, const struct NN(output_block) *block,
	real *outputs);

/* The parts of a softmax that others use. */
extern const struct NN(output_block) NN(softmax_block);
WP_MUST_CHECK enum wp_err NN(softmax_predict)(void *self, const struct NN(pass) *pass,
	const struct NN(value) *in, real *outputs, struct wp_nn_score *score);

/* Plan an output whose weights have `nodes` rows. */
WP_MUST_CHECK enum wp_err wp_nn_output_plan(
	struct wp_nn_node *node, struct wp_nn_params *params, size_t nodes, unsigned flags);
bool wp_nn_output_is_tied(const struct wp_nn_node *node);
void wp_nn_output_shorten(const struct wp_nn_node *node, struct wp_nn_config *config);

/* One step at a time: logits (nodes) into `to`, padded; and what that is all of. */
WP_MUST_CHECK enum wp_err wp_nn_output_prepare(struct wp_nn_stepper *stepper);
void wp_nn_output_logits(const struct wp_nn_stepper *stepper, const float *x, float *to);
extern const struct wp_nn_step_ops wp_nn_output_step_ops;

#define WP_NN_OUTPUT_SETTINGS(node) WP_NN_SETTINGS(node, struct wp_nn_output_settings)

/* Their settings. */
#define WP_NN_OUTPUT_AT(member) offsetof(struct wp_nn_output_settings, member)
#define WP_NN_OUTPUT_TIED \
	WP_SET_FLAG(0, "tied", WP_NN_OUTPUT_AT(tied), "the weights are the tokens' vectors")
#define WP_NN_OUTPUT_NO_BIAS WP_SET_FLAG(0, "no-bias", WP_NN_OUTPUT_AT(no_bias), "no biases")
#define WP_NN_OUTPUT_DIRECT \
	WP_SET_FLAG(0, "direct", WP_NN_OUTPUT_AT(direct), \
		"the layer before makes the outputs itself (jordan): no weights")

/* A type of output: its operations, twice, and what else there is to say. */
#define WP_NN_OUTPUT_TYPE(id, name_, help_, ...) \
	const struct wp_nn_type wp_nn_##id##_type = {.name = name_, \
		.help = help_, \
		.settings = settings, \
		.defaults = &defaults, \
		.settings_size = sizeof defaults, \
		.label = "output", \
		.output = true, \
		.cases = cases, \
		.plan = plan, \
		.out = &wp_nn_##id##_ops, \
		.out64 = &wp_nn64_##id##_ops, \
		__VA_ARGS__}

#endif
