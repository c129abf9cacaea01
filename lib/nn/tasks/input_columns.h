/* Which columns of a text a network reads, from --columns or from the network in words.
 * (Internal.) */
#ifndef WP_NN_INPUT_COLUMNS_H
#define WP_NN_INPUT_COLUMNS_H

#include "nn/tasks/setup.h"

/* Set the columns of setup->model: of as many values as there can be, until the data say how
 * many there are.  WP_EINVAL, naming the setting, where they cannot be. */
WP_MUST_CHECK enum wp_err wp_nn_setup_columns(struct wp_nn_setup *setup);

/* Add their names to a list. */
WP_MUST_CHECK enum wp_err wp_nn_column_names(
	const struct wp_nn_config *config, struct wp_strings *names);

/* Let data have the numbers of the model that training begins with, in the columns that it
 * reads, too; values that it does not know become those of UNKNOWN_TOKEN, or -1. */
WP_MUST_CHECK enum wp_err wp_nn_take_column_values(struct wp_nn_dataset *source,
	const struct wp_nn_config *config, const struct wp_nn_model *from);

#endif
