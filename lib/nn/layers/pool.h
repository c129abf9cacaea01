/* Pooling: the type pool.  (Internal.) */
#ifndef WP_NN_POOL_H
#define WP_NN_POOL_H

#include "nn/core/node.h"

struct wp_nn_pool_settings {
	int how; /* enum wp_nn_pooling */
};

#endif
