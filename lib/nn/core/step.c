#include "nn/core/step.h"

#include <stdlib.h>

#include "base/memory.h"

enum wp_err wp_nn_stepper_init(struct wp_nn_stepper *s, const struct wp_nn_node *node,
	const struct wp_nn_params *params, const struct wp_nn_context *context,
	const struct wp_nn_kernels *kernels, const float *theta)
{
	*s = (struct wp_nn_stepper){.node = node,
		.params = params,
		.context = context,
		.kernels = kernels,
		.theta = theta};
	return node->type->step->prepare ? node->type->step->prepare(s) : WP_OK;
}

void wp_nn_stepper_fini(struct wp_nn_stepper *s)
{
	if (s->node && s->node->type->step->finish)
		s->node->type->step->finish(s);
	for (int i = 0; i < WP_NN_NODE_PARAMS; i++)
		wp_panels_fini(&s->panels[i]);
	free(s->room);
	*s = (struct wp_nn_stepper){0};
}

enum wp_err wp_nn_lay_out(struct wp_nn_stepper *s, int slot, bool transposed)
{
	const struct wp_nn_param *p = &s->params->param[s->node->param[slot]];
	const float *w = s->theta + p->offset;
	return transposed ? wp_panels_init(&s->panels[slot], w, p->cols, p->rows, 1, p->cols)
			  : wp_panels_init(&s->panels[slot], w, p->rows, p->cols, p->cols, 1);
}

enum wp_err wp_nn_step_room(struct wp_nn_stepper *s, size_t n)
{
	size_t bytes;
	if (!wp_mulsize(n, sizeof *s->room, &bytes))
		return wp_fail(WP_ENOMEM, "%s: too large", s->node->label);
	return wp_table_alloc(&s->room, bytes, "states");
}

static void step_through(struct wp_nn_stepper *s, const struct wp_nn_row *const in[],
	const float *const before[], float *const after[], struct wp_nn_row *out)
{
	(void)s, (void)before, (void)after;
	out->x = in[0]->x;
	out->id = in[0]->id;
	out->word = in[0]->word;
}

const struct wp_nn_step_ops wp_nn_step_through = {.step = step_through};
