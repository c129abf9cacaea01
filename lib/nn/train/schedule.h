/* The learning rate over a training.  A schedule is an entry of the table in schedule.c, which
 * options and checks read. */
#ifndef WP_NN_SCHEDULE_H
#define WP_NN_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

#ifdef __cplusplus
extern "C" {
#endif

/* rate0 is what it begins with; epochs are counted from 1. */
enum wp_nn_decay {
	WP_NN_CONSTANT,
	WP_NN_BY_EPOCH,   /* after epoch `after`: times `factor` with each epoch            */
	WP_NN_ON_PLATEAU, /* times `factor` with each validation that is not the best       */
	WP_NN_COSINE,     /* from `after` on half a cosine, down to 0 at the end (Loshchilov &
			   * Hutter 2017)                                                  */
	WP_NN_LINEAR      /* from `after` on a line, down to 0 at the end                  */
};

struct wp_nn_schedule {
	enum wp_nn_decay decay;
	double rate, factor;
	int after, epochs;
	uint64_t steps;   /* updates at most; 0: as many as the epochs have              */
	double end;       /* epochs after which training ends by that; 0: those above    */
	uint64_t warm_up; /* updates in which the rate rises along a line, 1 / warm_up of it
			   * in the first: whatever the schedule (Goyal et al. 2017)   */
};

struct wp_nn_decay_type {
	const char *name, *help;
	bool factor, after, validation; /* it uses `factor`, `after`, and a validation  */
	bool to_end;                    /* it needs to know how many epochs there will be */
	double (*rate)(const struct wp_nn_schedule *s, double passed, int drops);
};

/* In the order of the enum, ended by one without a name. */
extern const struct wp_nn_decay_type wp_nn_decays[];

/* rate 2e-3, constant. */
void wp_nn_schedule_default(struct wp_nn_schedule *schedule);
WP_MUST_CHECK enum wp_err wp_nn_schedule_check(const struct wp_nn_schedule *schedule);

/* The rate of the update after `updates` others, when `passed` epochs are over, 0 to epochs,
 * and `drops` validations were no better. */
double wp_nn_schedule_rate(
	const struct wp_nn_schedule *schedule, uint64_t updates, double passed, int drops);

#ifdef __cplusplus
}
#endif
#endif
