/* Attention of rows of the targets to the rows of their sources.  (Internal: with real.h.)
 *
 * A query q, the rows k_j that a source has as keys, and those that it has as values, s_j:
 *
 *	additive   e_j = v . tanh(k_j + q)   (Bahdanau, Cho & Bengio 2015)
 *	general    e_j = k_j . q             (Luong, Pham & Manning 2015)
 *	dot        e_j = s_j . q             (the same)
 *
 *	a = softmax(e), context = sum of a_j s_j
 *
 * Keys are s_j W_k; the query of additive is what the target has, times W_q, plus a bias.
 *Several heads have equal parts of all of these vectors, each with weights a of its own.
 */
#ifndef WP_NN_LAYERS_ALIGNMENT_H
#define WP_NN_LAYERS_ALIGNMENT_H

#include "nn/core/layer.h"

enum wp_nn_score_kind { WP_NN_ADDITIVE, WP_NN_DOT, WP_NN_GENERAL };
extern const char *const wp_nn_score_kinds[]; /* ended by NULL */

/* Parameters, from a slot of the node on: W_q (of the target's row, A), its bias, W_k (C, A),
 * v. */
enum {
	WP_NN_ALIGN_QUERY,
	WP_NN_ALIGN_QUERY_BIAS,
	WP_NN_ALIGN_KEY,
	WP_NN_ALIGN_SCORE,
	WP_NN_ALIGN_PARAMS
};

struct NN(alignment) {
	/* Set by who has it. */
	const struct wp_nn_node *node;
	const struct wp_nn_params *params;
	const struct NN(kernels) *kernels;
	enum wp_nn_score_kind kind;
	int first_param;
	size_t target, units, values; /* numbers of a target's row; A; of a source's row: C */
	size_t heads;

	/* Of the batch.  The rows of a source follow each other: those of source i begin at
	 * first[i]. */
	const struct NN(batch) *source;
	const int *source_of;
	size_t *first;
	size_t first_room;
	size_t longest;
	struct NN(array) value, key, d_value, d_key; /* (rows of the sources, C or A) */
	struct NN(array) query, d_query;             /* (rows, A) */
	struct NN(array) weight;                     /* (rows, heads, longest): a */
	struct NN(array) d_score, d_v;               /* (longest), (A) */
};

void NN(alignment_fini)(struct NN(alignment) *alignment);

/* Begin a pass: the sources' rows become keys and values. */
WP_MUST_CHECK enum wp_err NN(alignment_begin)(struct NN(alignment) *alignment,
	const struct NN(pass) *pass, const struct NN(value) *states);

/* context (count, C), context_ld apart, of rows `row` to row + count - 1 of the targets, which
 * are those of sequences 0 to count - 1; target (count, target), target_ld apart. */
void NN(alignment_attend)(struct NN(alignment) *alignment, const struct NN(pass) *pass,
	size_t row, size_t count, const real *target, size_t target_ld, real *context,
	size_t context_ld);

/* Begin the way back. */
WP_MUST_CHECK enum wp_err NN(alignment_begin_back)(
	struct NN(alignment) *alignment, const struct NN(pass) *pass);

/* Of the same rows: d_context is given; d_target, unless it is NULL, is added to. */
void NN(alignment_back)(struct NN(alignment) *alignment, const struct NN(pass) *pass,
	size_t row, size_t count, const real *d_context, size_t context_ld, real *d_target,
	size_t target_ld);

/* End it: the gradient of the parameters, given the targets' rows (rows, target), target_ld
 * apart, and the derivative of the sources' rows. */
void NN(alignment_end_back)(struct NN(alignment) *alignment, const struct NN(pass) *pass,
	const real *target, size_t target_ld, struct NN(value) *states);

/* The weights of a head for a row: (steps of the source). */
const real *NN(alignment_weights)(
	const struct NN(alignment) *alignment, size_t row, size_t head);

#ifndef WP_NN_F64
/* The parameters; units 0: as many as `target` has.  WP_EINVAL where sizes do not fit. */
WP_MUST_CHECK enum wp_err wp_nn_alignment_plan(struct wp_nn_node *node,
	struct wp_nn_params *params, enum wp_nn_score_kind kind, size_t target, size_t units,
	size_t heads, const struct wp_nn_shape *states, int first_param);
#endif

#endif
