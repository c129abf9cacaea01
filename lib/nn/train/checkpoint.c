/* The state of a training, saved as a tensor stream. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "nn/train/trainer_state.h"
#include "stream/tensor_set.h"

/* Positions and sizes, as one list of numbers. */
enum {
	STEP,
	NUMBER,
	BEST_STEP,
	EPOCH,
	WORSE,
	DROPS,
	VALIDATED,
	ENDED,
	ROWS,
	SEQUENCES,
	OPTIMIZER_STEPS,
	BEST_TARGETS,
	NUMBERS
};

static void get_numbers(struct wp_nn_trainer *t, int64_t *n)
{
	const struct wp_nn_position *p = &t->position;
	n[STEP] = (int64_t)p->step;
	n[NUMBER] = (int64_t)p->number;
	n[BEST_STEP] = (int64_t)p->best_step;
	n[EPOCH] = p->epoch;
	n[WORSE] = p->worse;
	n[DROPS] = p->drops;
	n[VALIDATED] = p->validated;
	n[ENDED] = p->ended;
	n[ROWS] = (int64_t)t->data.rows;
	n[SEQUENCES] = (int64_t)t->data.sequences;
	n[OPTIMIZER_STEPS] = (int64_t)*wp_nn_optimizer_steps(t->optimizer);
	n[BEST_TARGETS] = (int64_t)t->best.targets;
}

static void set_numbers(struct wp_nn_trainer *t, const int64_t *n)
{
	t->position = (struct wp_nn_position){.step = (uint64_t)n[STEP],
		.number = (uint64_t)n[NUMBER],
		.best_step = (uint64_t)n[BEST_STEP],
		.epoch = (int)n[EPOCH],
		.worse = (int)n[WORSE],
		.drops = (int)n[DROPS],
		.validated = n[VALIDATED] != 0,
		.ended = n[ENDED] != 0};
	*wp_nn_optimizer_steps(t->optimizer) = (uint64_t)n[OPTIMIZER_STEPS];
	t->best.targets = (uint64_t)n[BEST_TARGETS];
}

/* Does the next batch go on with the states of the last one? */
static bool carries(const struct wp_nn_trainer *t)
{
	return t->position.number > 0 && !t->model->config.bidirectional;
}

static const char numbers_name[] = "train.position", best_name[] = "train.best_score",
		  theta_name[] = "train.parameters", best_theta_name[] = "train.best",
		  settings_name[] = "train.settings";

static struct wp_tensor numbered(const char *name, int i, size_t n)
{
	struct wp_tensor tensor = wp_tensor_1d(name, WP_F32, n);
	size_t length = strlen(tensor.name);
	tensor.name[length] = (char)('0' + i / 10);
	tensor.name[length + 1] = (char)('0' + i % 10);
	tensor.name[length + 2] = '\0';
	return tensor;
}

/* The array of the optimiser's state, and of a shard's carried states: `n` floats. */
static struct wp_tensor optimizer_tensor(const struct wp_nn_trainer *t, int i)
{
	return numbered("train.optimizer", i, t->model->params->size);
}

static struct wp_tensor carried_tensor(const struct wp_nn_trainer *t, int i)
{
	const struct wp_nn_split *split = &t->train;
	return numbered("train.state", i,
		wp_nn_net_state_size(split->net[i], split->batch[i].sequences));
}

/* Saving. */

static enum wp_err put_settings(struct wp_writer *writer, const char *settings)
{
	struct wp_strings line = {0};
	enum wp_err err = wp_strings_add(&line, settings, strlen(settings));
	if (!err)
		err = wp_writer_put_list(writer, settings_name, &line);
	wp_strings_fini(&line);
	return err;
}

static enum wp_err put_carried(struct wp_writer *writer, struct wp_nn_trainer *t, int i)
{
	struct wp_tensor tensor = carried_tensor(t, i);
	const struct wp_nn_split *split = &t->train;
	float *state;
	enum wp_err err = wp_alloc(&state, (size_t)tensor.dim[0], sizeof *state, "states");
	if (err)
		return err;
	err = wp_nn_net_get_state(split->net[i], split->batch[i].sequences, state);
	if (!err)
		err = wp_writer_put(writer, &tensor, state);
	free(state);
	return err;
}

static enum wp_err put_state(
	struct wp_writer *writer, struct wp_nn_trainer *t, const char *settings)
{
	size_t size = t->model->params->size;
	int64_t numbers[NUMBERS];
	const double best[] = {t->best.loss, t->best.accuracy};
	struct wp_tensor tensor = wp_tensor_1d(numbers_name, WP_I64, NUMBERS);
	get_numbers(t, numbers);
	enum wp_err err = put_settings(writer, settings);
	if (!err)
		err = wp_writer_put(writer, &tensor, numbers);
	tensor = wp_tensor_1d(best_name, WP_F64, 2);
	if (!err)
		err = wp_writer_put(writer, &tensor, best);
	tensor = wp_tensor_1d(theta_name, WP_F32, size);
	if (!err)
		err = wp_writer_put(writer, &tensor, t->model->theta);
	tensor = wp_tensor_1d(best_theta_name, WP_F32, size);
	if (!err && t->position.validated)
		err = wp_writer_put(writer, &tensor, t->best_theta);
	int arrays = wp_nn_optimizer_state_arrays(t->optimizer);
	for (int i = 0; i < arrays && !err; i++) {
		tensor = optimizer_tensor(t, i);
		err = wp_writer_put(writer, &tensor, wp_nn_optimizer_state(t->optimizer, i));
	}
	for (int i = 0; i < t->train.shards && carries(t) && !err; i++)
		if (t->train.batch[i].sequences > 0)
			err = put_carried(writer, t, i);
	return err;
}

enum wp_err wp_nn_trainer_save(struct wp_nn_trainer *t, const char *path, const char *settings)
{
	struct wp_output *output;
	struct wp_writer *writer;
	enum wp_err err = wp_output_open(&output, path);
	if (!err)
		err = wp_writer_open(&writer, output, 0);
	if (err)
		return err;
	err = put_state(writer, t, settings);
	if (!err)
		return wp_writer_finish(writer);
	wp_writer_abandon(writer, "checkpoint");
	return err;
}

/* Loading. */

static enum wp_err no_fit(const struct wp_tensor_set *set, const char *why)
{
	return wp_fail(WP_EMISMATCH, "%s: not a checkpoint of this run: %s",
		wp_tensor_set_name(set), why);
}

/* A tensor of the type and shape that it must have: a copy of it. */
static enum wp_err get(const struct wp_tensor_set *set, const struct wp_tensor *want, void *to)
{
	const void *data;
	const struct wp_tensor *have = wp_tensor_set_get(set, want->name, &data);
	if (!have || have->type != want->type || have->rank != want->rank ||
		have->dim[0] != want->dim[0])
		return wp_fail(WP_EMISMATCH,
			"%s: not a checkpoint of this run: no '%s' that fits",
			wp_tensor_set_name(set), want->name);
	memcpy(to, data, (size_t)want->dim[0] * wp_type_size(want->type));
	return WP_OK;
}

static enum wp_err check_settings(const struct wp_tensor_set *set, const char *settings)
{
	const struct wp_strings *line = wp_tensor_set_strings(set, settings_name);
	if (!line || line->count != 1)
		return no_fit(set, "no settings");
	size_t length;
	const char *saved = wp_strings_get(line, 0, &length);
	if (length != strlen(settings) || memcmp(saved, settings, length) != 0)
		return wp_fail(WP_EMISMATCH, "%s: made by '%.*s', not by '%s'",
			wp_tensor_set_name(set), (int)length, saved, settings);
	return WP_OK;
}

static enum wp_err check_numbers(
	const struct wp_tensor_set *set, struct wp_nn_trainer *t, const int64_t *n)
{
	if (n[ROWS] != (int64_t)t->data.rows || n[SEQUENCES] != (int64_t)t->data.sequences)
		return no_fit(set, "the input is not the same");
	bool sound = n[STEP] >= 0 && n[EPOCH] >= 0 && n[EPOCH] <= t->config.schedule.epochs &&
		n[NUMBER] >= 0 && n[WORSE] >= 0 && n[DROPS] >= 0 && n[DROPS] < INT32_MAX &&
		n[WORSE] < INT32_MAX;
	if (sound && n[EPOCH] < t->config.schedule.epochs)
		sound = (uint64_t)n[NUMBER] <
			wp_nn_batcher_count(t->train.batcher, (int)n[EPOCH]);
	if (sound && n[VALIDATED] && t->valid.nets == 0)
		sound = false;
	return sound ? WP_OK : no_fit(set, "a position beyond the end");
}

/* The states of the last batch; the batch itself is made again, for how many sequences it had.
 */
static enum wp_err get_carried(const struct wp_tensor_set *set, struct wp_nn_trainer *t)
{
	struct wp_nn_split *split = &t->train;
	const struct wp_nn_position *p = &t->position;
	if (p->ended || !carries(t))
		return WP_OK;
	enum wp_err err = wp_nn_batcher_get(
		split->batcher, p->epoch, p->number - 1, split->batch, &split->shards);
	for (int i = 0; i < split->shards && !err; i++) {
		struct wp_tensor want = carried_tensor(t, i);
		float *state;
		if (split->batch[i].sequences == 0)
			continue;
		err = wp_alloc(&state, (size_t)want.dim[0], sizeof *state, "states");
		if (!err)
			err = get(set, &want, state);
		if (!err)
			err = wp_nn_net_set_state(
				split->net[i], split->batch[i].sequences, state);
		free(state);
	}
	return err;
}

static enum wp_err get_state(
	const struct wp_tensor_set *set, struct wp_nn_trainer *t, const char *settings)
{
	size_t size = t->model->params->size;
	int64_t numbers[NUMBERS] = {0};
	double best[2];
	struct wp_tensor want = wp_tensor_1d(numbers_name, WP_I64, NUMBERS);
	enum wp_err err = check_settings(set, settings);
	if (!err)
		err = get(set, &want, numbers);
	if (!err)
		err = check_numbers(set, t, numbers);
	want = wp_tensor_1d(best_name, WP_F64, 2);
	if (!err)
		err = get(set, &want, best);
	want = wp_tensor_1d(theta_name, WP_F32, size);
	if (!err)
		err = get(set, &want, t->model->theta);
	want = wp_tensor_1d(best_theta_name, WP_F32, size);
	if (!err && numbers[VALIDATED])
		err = get(set, &want, t->best_theta);
	int arrays = wp_nn_optimizer_state_arrays(t->optimizer);
	for (int i = 0; i < arrays && !err; i++) {
		want = optimizer_tensor(t, i);
		err = get(set, &want, wp_nn_optimizer_state(t->optimizer, i));
	}
	if (err)
		return err;
	set_numbers(t, numbers);
	t->best.loss = best[0];
	t->best.accuracy = best[1];
	return get_carried(set, t);
}

enum wp_err wp_nn_trainer_load(struct wp_nn_trainer *t, const char *path, const char *settings)
{
	struct wp_reader *reader;
	struct wp_tensor_set *set;
	enum wp_err err = wp_reader_open(&reader, path);
	if (!err)
		err = wp_tensor_set_read(&set, reader, NULL);
	if (err)
		return err;
	err = get_state(set, t, settings);
	wp_tensor_set_free(set);
	return err;
}
