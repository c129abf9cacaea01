#include "nn/core/node.h"

#include <stdio.h>

enum wp_err wp_nn_add_param(struct wp_nn_node *node, struct wp_nn_params *params, int slot,
	const char *name, size_t rows, size_t cols, unsigned flags,
	const struct wp_nn_begin *begin)
{
	char full[2 * WP_NN_PARAM_NAME_SIZE];
	snprintf(full, sizeof full, "%s%s%s", node->label, *name ? "." : "", name);
	return params
		? wp_nn_params_add(params, full, rows, cols, flags, begin, &node->param[slot])
		: WP_OK;
}

int wp_nn_states(const struct wp_nn_node *node, struct wp_nn_state *states)
{
	return node->type->states ? node->type->states(node, states) : 0;
}

size_t wp_nn_states_size(const struct wp_nn_node *node)
{
	struct wp_nn_state state[WP_NN_NODE_STATES];
	size_t size = 0;
	for (int k = wp_nn_states(node, state); k-- > 0;)
		size += state[k].width;
	return size;
}
