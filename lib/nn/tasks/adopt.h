/* A setup that begins with a model takes the settings of its network from it. */
#ifndef WP_NN_ADOPT_H
#define WP_NN_ADOPT_H

#include "nn/tasks/setup.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Read the model setup->start, if there is one, and set what was not given: the task; then all
 * settings of the network, those of the output only where the task is the same.  A network in
 * words is taken as a whole, where no setting of a network was given.  `text`, of `size` bytes,
 * says what was taken that is not the default, as options: "--hidden 4"; or is "".  The model
 * is kept for wp_nn_job_open. */
WP_MUST_CHECK enum wp_err wp_nn_setup_adopt(
	struct wp_nn_setup *setup, bool (*given)(const void *member), char *text, size_t size);

#ifdef __cplusplus
}
#endif
#endif
