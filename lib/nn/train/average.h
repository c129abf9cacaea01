/* Averages of the parameters over a training: often a better model than the last parameters, as
 * the noise of the updates cancels out.  A way is an entry of the table in average.c, which
 * options and checks read.
 *
 *	steps	the mean of those after each update (Polyak & Juditsky 1992)
 *	epochs	the mean of those at the end of each epoch (stochastic weight averaging;
 *		Izmailov et al. 2018)
 *	decay	after each update mean = d mean + (1 - d) theta; in the beginning, as steps
 *
 * It begins when `after` epochs have passed, or with the first update after `patience`
 * validations that were not the best (much as NT-ASGD; Merity et al. 2018).
 */
#ifndef WP_NN_AVERAGE_H
#define WP_NN_AVERAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#ifdef __cplusplus
extern "C" {
#endif

enum wp_nn_averaging {
	WP_NN_NO_AVERAGE,
	WP_NN_AVERAGE_STEPS,
	WP_NN_AVERAGE_EPOCHS,
	WP_NN_AVERAGE_DECAY
};

struct wp_nn_average_config {
	enum wp_nn_averaging how;
	double after; /* epochs; WP_NN_UNSET: half of them                               */
	int patience; /* validations; 0: `after` decides                                 */
	double decay; /* d                                                               */
};

struct wp_nn_average_type {
	const char *name, *help;
	bool decay;  /* it uses `decay`                                                 */
	bool epochs; /* it looks at the ends of epochs only                             */
	/* The weight of what comes as number `count`, from 0; NULL: no average is made. */
	double (*weight)(const struct wp_nn_average_config *c, uint64_t count);
};

/* In the order of the enum, ended by one without a name. */
extern const struct wp_nn_average_type wp_nn_averages[];

WP_MUST_CHECK enum wp_err wp_nn_average_check(const struct wp_nn_average_config *config);

/* mean (n) moves towards theta (n), which comes as number `count`, from 0. */
void wp_nn_average_add(const struct wp_nn_average_config *config, float *mean,
	const float *theta, size_t n, uint64_t count);

#ifdef __cplusplus
}
#endif
#endif
