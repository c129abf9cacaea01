/* Weights of classes: by what the loss of a target is multiplied in training. */
#ifndef WP_NN_CLASS_WEIGHTS_H
#define WP_NN_CLASS_WEIGHTS_H

#include "nn/train/batches.h"
#include "text/vocab.h"

#ifdef __cplusplus
extern "C" {
#endif

/* weight (labels->count), which the caller frees.  what: "balanced", each class having N / (K
 * count) of its own, N being all targets of data and K the classes that occur (as scikit-learn
 * has it); or the name of a file of lines LABEL TAB WEIGHT, other labels having 1.  by_row:
 * there is a target for each row.  WP_EMISMATCH, naming it, for a label that there is not or no
 * weight of 0 or more. */
WP_MUST_CHECK enum wp_err wp_nn_class_weights(float **weight, const char *what,
	const struct wp_strings *labels, const struct wp_nn_data *data, bool by_row);

#ifdef __cplusplus
}
#endif
#endif
