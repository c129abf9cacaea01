/* What a network knows of its data, and what it says of a batch.  (Internal.) */
#ifndef WP_NN_CONTEXT_H
#define WP_NN_CONTEXT_H

#include <stdint.h>

#include "text/subword.h"
#include "text/tag_scheme.h"

/* Sums over the targets of a batch. */
struct wp_nn_score {
	double loss;      /* cross-entropy in nats, or half the squared error          */
	uint64_t targets; /* that counted                                              */
	uint64_t correct; /* of those: most probable class is the target; 0 in regress */
	double squares;   /* regress: of the errors, in the units of the targets       */
	double penalty;   /* the part of the loss that layers add: KL divergence, L1   */
	double *row_loss; /* (rows): the loss of each row is added; NULL: not wanted   */
};

/* What a network knows of its data; all borrowed as long as the net lives. */
struct wp_nn_context {
	const struct wp_subwords *subwords; /* or NULL                                    */
	const float *class_weights;  /* (outputs): of the loss, in training; or NULL          */
	const int64_t *input_counts; /* (inputs): for word dropout; or NULL                  */
	const int64_t *class_counts; /* (outputs): for sampled and hierarchical softmax;
				      * for the latter needed in evaluation too; or NULL     */
	const struct wp_tag_set *tags; /* of a crf: transitions that */
	enum wp_tag_scheme scheme;     /* the scheme does not allow are forbidden; NONE: none */
	const double
		*target_scale; /* (outputs): units of numbers that a target counts; NULL: 1 */
	uint64_t seed;         /* for dropout and sampling                             */
};

#endif
