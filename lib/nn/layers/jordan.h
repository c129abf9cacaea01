/* Jordan's network: the type jordan.  (Internal.) */
#ifndef WP_NN_JORDAN_H
#define WP_NN_JORDAN_H

#include "nn/core/node.h"

struct wp_nn_jordan_settings {
	size_t units;
	int activation; /* enum wp_nn_activation */
	bool no_bias;
};

#endif
