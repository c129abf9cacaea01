#include "nn/train/gradient_log.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum { SLICE = 512 };

struct wp_nn_gradient_log {
	struct wp_writer *writer;
	size_t groups, steps; /* steps: of the slice that is being filled */
	int64_t step[SLICE];
	float norm[SLICE], clipped[SLICE], loss[SLICE];
	float *group; /* (SLICE, groups) */
};

static void release(struct wp_nn_gradient_log *log)
{
	free(log->group);
	free(log);
}

static enum wp_err put_names(
	struct wp_nn_gradient_log *log, const struct wp_nn_params *params, const char *history)
{
	struct wp_strings names = {0}, line = {0};
	enum wp_err err = WP_OK;
	if (history) {
		err = wp_strings_add(&line, history, strlen(history));
		if (!err)
			err = wp_writer_put_list(log->writer, "history", &line);
	}
	for (size_t i = 0; i < params->count && !err; i++)
		err = wp_strings_add(
			&names, params->param[i].name, strlen(params->param[i].name));
	if (!err)
		err = wp_writer_put_list(log->writer, "gradients.names", &names);
	wp_strings_fini(&names);
	wp_strings_fini(&line);
	return err;
}

enum wp_err wp_nn_gradient_log_open(struct wp_nn_gradient_log **result,
	struct wp_writer *writer, const struct wp_nn_params *params, double threshold,
	const char *history)
{
	struct wp_nn_gradient_log *log;
	const struct wp_tensor tensor = wp_tensor_scalar("gradients.threshold", WP_F64);
	*result = NULL;
	enum wp_err err = wp_alloc(&log, 1, sizeof *log, "gradients");
	if (err)
		return err;
	log->writer = writer;
	log->groups = params->count;
	err = wp_alloc(&log->group, SLICE * log->groups, sizeof *log->group, "gradients");
	if (!err)
		err = put_names(log, params, history);
	if (!err)
		err = wp_writer_put(log->writer, &tensor, &threshold);
	if (err)
		release(log);
	else
		*result = log;
	return err;
}

static enum wp_err put_slice(struct wp_nn_gradient_log *log, bool more)
{
	const struct {
		const char *name;
		enum wp_type type;
		const void *data;
	} parts[] = {{"gradients.step", WP_I64, log->step},
		{"gradients.norm", WP_F32, log->norm},
		{"gradients.clipped", WP_F32, log->clipped},
		{"gradients.loss", WP_F32, log->loss},
		{"gradients.groups", WP_F32, log->group}};
	enum { PARTS = sizeof parts / sizeof parts[0] };
	enum wp_err err = WP_OK;
	for (int i = 0; i < PARTS && !err; i++) {
		if (parts[i].data == log->group)
			err = wp_writer_put_rows(log->writer, parts[i].name, parts[i].type,
				parts[i].data, log->steps, log->groups, more);
		else
			err = wp_writer_put_slice(log->writer, parts[i].name, parts[i].type,
				parts[i].data, log->steps, more);
	}
	log->steps = 0;
	return err;
}

enum wp_err wp_nn_gradient_log_add(
	struct wp_nn_gradient_log *log, const struct wp_nn_progress *p)
{
	if (!p->update || p->targets == 0)
		return WP_OK;
	size_t i = log->steps++;
	log->step[i] = (int64_t)p->step;
	log->norm[i] = (float)p->update->norm;
	log->clipped[i] = (float)p->update->clipped;
	log->loss[i] = (float)(p->loss / (double)p->targets);
	for (size_t k = 0; k < log->groups; k++)
		log->group[i * log->groups + k] = (float)p->update->norms[k];
	return log->steps == SLICE ? put_slice(log, true) : WP_OK;
}

enum wp_err wp_nn_gradient_log_finish(struct wp_nn_gradient_log *log)
{
	enum wp_err err = put_slice(log, false);
	release(log);
	return err;
}
