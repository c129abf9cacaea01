/* Measures of a validation: what is shown, and by which the best model is found.  A measure is
 * an entry of the table; which ones a task has, its own table says (nn/core/task.h). */
#ifndef WP_NN_MEASURE_H
#define WP_NN_MEASURE_H

#include <stdint.h>

#include "nn/core/task.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Sums over a whole validation. */
struct wp_nn_validation {
	double loss; /* mean over the targets: cross-entropy in nats, by the full softmax, or
		      * half the squared error                                          */
	double accuracy; /* share of the targets that are the most probable class       */
	double f1;       /* if it tells the best: of the chunks that the tags mark      */
	double squares;  /* of numbers: the mean squared error, in the targets' units   */
	double naive;    /* the loss of the naive forecast (nn/train/naive.h)           */
	uint64_t targets;
};

struct wp_nn_measure {
	const char *name, *shown; /* as an option has it, and as people read it */
	bool higher;              /* is better                                  */
	double (*value)(const struct wp_nn_validation *validation);
	int decimals; /* below 0: so many digits in all, of numbers of any size */
	bool percent;
	bool chosen; /* is measured only where it tells the best model */
};

/* In the order of enum wp_nn_best_by, ended by one without a name. */
extern const struct wp_nn_measure wp_nn_measures[];

bool wp_nn_is_better(enum wp_nn_best_by best_by, const struct wp_nn_validation *a,
	const struct wp_nn_validation *b);

/* Is it measured in validations of the task?  The others are 0. */
bool wp_nn_is_measured(
	enum wp_nn_task task, enum wp_nn_best_by best_by, enum wp_nn_best_by measure);

/* "loss 1.2345, accuracy 67.89 %": what a task shows, and the measure best_by; in `text`, of
 * `size` bytes. */
void wp_nn_show_validation(char *text, int size, enum wp_nn_task task,
	enum wp_nn_best_by best_by, const struct wp_nn_validation *validation);

#ifdef __cplusplus
}
#endif
#endif
