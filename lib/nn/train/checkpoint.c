/* The state of a training, saved as a tensor stream. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "nn/net/graph.h"
#include "nn/train/trainer_state.h"
#include "nn/train/whole.h"
#include "stream/checkpoint.h"

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
	return t->position.number > 0 && !t->model->graph->looks_ahead;
}

static const char prefix[] = "train", numbers_name[] = "train.position",
		  best_name[] = "train.best_score", theta_name[] = "train.parameters",
		  best_theta_name[] = "train.best", average_name[] = "train.average",
		  averaged_name[] = "train.averaged", epoch_name[] = "train.epoch";

/* Of everything that is read: sequences, what they aim at, and the words. */
static uint32_t add_data(uint32_t sum, const struct wp_nn_trainer *t,
	const struct wp_nn_data *d, const struct wp_nn_batching *how)
{
	size_t aims = wp_nn_by_row(how->task, how->each_step) ? d->rows : d->sequences;
	sum = wp_checkpoint_sum(sum, d->lengths, d->sequences, sizeof *d->lengths);
	sum = wp_checkpoint_sum(sum, d->ids, d->rows, sizeof *d->ids);
	for (size_t i = 0; i < d->columns; i++)
		sum = wp_checkpoint_sum(
			sum, d->column[i] + d->column_row, d->rows, sizeof **d->column);
	sum = wp_checkpoint_sum(sum, d->values, d->rows, d->inputs * sizeof *d->values);
	if (d->start) {
		const size_t first = d->start[0], cells = d->start[d->rows] - first;
		sum = wp_checkpoint_sum(sum, d->start, d->rows, sizeof *d->start);
		sum = wp_checkpoint_sum(sum, d->col + first, cells, sizeof *d->col);
		sum = wp_checkpoint_sum(sum, d->cell + first, cells, sizeof *d->cell);
	}
	sum = wp_checkpoint_sum(
		sum, d->target_lengths, d->sequences, sizeof *d->target_lengths);
	sum = wp_checkpoint_sum(sum, d->target_ids, d->target_rows, sizeof *d->target_ids);
	sum = wp_checkpoint_sum(sum, d->classes, aims, sizeof *d->classes);
	return wp_checkpoint_sum(
		sum, d->targets, aims, t->model->config.outputs * sizeof *d->targets);
}

static uint32_t add_words(uint32_t sum, const struct wp_strings *words)
{
	return wp_checkpoint_sum(sum, words->bytes, (size_t)wp_strings_bytes(words), 1);
}

/* What the network sees of numbers. */
static uint32_t add_scaling(uint32_t sum, const struct wp_nn_scaling *s)
{
	return wp_checkpoint_sum(sum, s->mean, 2 * s->count, sizeof *s->mean);
}

static uint32_t checksum(const struct wp_nn_trainer *t)
{
	const struct wp_nn_model *m = t->model;
	uint32_t sum = add_data(0, t, &t->data, &t->config.batching);
	sum = add_scaling(add_scaling(sum, &m->inputs), &m->outputs);
	if (t->valid.nets > 0)
		sum = add_data(sum, t, &t->valid_data, &t->config.batching);
	sum = wp_checkpoint_sum(sum, t->config.class_weights,
		t->config.class_weights ? m->labels.count : 0, sizeof(float));
	for (size_t i = 0; i < m->config.columns; i++)
		sum = add_words(sum, &m->column[i].vocab);
	return add_words(add_words(sum, &m->vocab), &m->labels);
}

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

static size_t best_size(const struct wp_nn_trainer *t)
{
	return t->config.best_by == WP_NN_BEST_ERROR ? 4
		: t->config.best_by == WP_NN_BEST_F1 ? 3
						     : 2;
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

/* Whether it has begun, and of how many parameters it is; then these. */
static enum wp_err put_average(struct wp_writer *writer, const struct wp_nn_trainer *t)
{
	const int64_t numbers[] = {t->position.averaging, (int64_t)t->position.averaged};
	struct wp_tensor tensor = wp_tensor_1d(averaged_name, WP_I64, 2);
	enum wp_err err = wp_writer_put(writer, &tensor, numbers);
	tensor = wp_tensor_1d(average_name, WP_F32, t->model->params->size);
	return err ? err : wp_writer_put(writer, &tensor, t->average);
}

static struct wp_tensor whole_tensor(const struct wp_nn_trainer *t)
{
	return wp_tensor_1d("train.whole", WP_F64, wp_nn_whole_saved(t->whole));
}

static enum wp_err put_whole(struct wp_writer *writer, const struct wp_nn_trainer *t)
{
	const struct wp_tensor tensor = whole_tensor(t);
	double *numbers;
	enum wp_err err =
		wp_alloc(&numbers, (size_t)tensor.dim[0], sizeof *numbers, "training");
	if (err)
		return err;
	wp_nn_whole_get(t->whole, numbers);
	err = wp_writer_put(writer, &tensor, numbers);
	free(numbers);
	return err;
}

enum wp_err wp_nn_trainer_save(
	struct wp_nn_trainer *t, struct wp_writer *writer, const char *settings)
{
	size_t size = t->model->params->size;
	int64_t numbers[NUMBERS];
	const double best[] = {t->best.loss, t->best.accuracy, t->best.f1, t->best.squares};
	struct wp_tensor tensor = wp_tensor_1d(numbers_name, WP_I64, NUMBERS);
	get_numbers(t, numbers);
	enum wp_err err = wp_checkpoint_put_run(writer, prefix, settings, checksum(t));
	if (!err)
		err = wp_writer_put(writer, &tensor, numbers);
	tensor = wp_tensor_1d(best_name, WP_F64, best_size(t));
	if (!err)
		err = wp_writer_put(writer, &tensor, best);
	const double epoch[] = {t->position.epoch_loss, t->position.epoch_targets};
	tensor = wp_tensor_1d(epoch_name, WP_F64, 2);
	if (!err)
		err = wp_writer_put(writer, &tensor, epoch);
	tensor = wp_tensor_1d(theta_name, WP_F32, size);
	if (!err)
		err = wp_writer_put(writer, &tensor, t->model->theta);
	tensor = wp_tensor_1d(best_theta_name, WP_F32, size);
	if (!err && t->position.validated)
		err = wp_writer_put(writer, &tensor, t->best_theta);
	if (!err && t->average)
		err = put_average(writer, t);
	int arrays = wp_nn_optimizer_state_arrays(t->optimizer);
	for (int i = 0; i < arrays && !err; i++) {
		tensor = optimizer_tensor(t, i);
		err = wp_writer_put(writer, &tensor, wp_nn_optimizer_state(t->optimizer, i));
	}
	if (!err && t->whole)
		err = put_whole(writer, t);
	for (int i = 0; i < t->train.shards && carries(t) && !err; i++)
		if (t->train.batch[i].sequences > 0)
			err = put_carried(writer, t, i);
	return err;
}

/* Loading: everything is found and judged before anything is set. */
struct found {
	int64_t numbers[NUMBERS];
	double best[4];  /* loss, accuracy, F1, squares: as many as tell which is the best */
	double epoch[2]; /* loss, and targets, of what was trained in it */
	const void *theta, *best_theta, *average;
	int64_t averaged[2];
	const void *whole; /* of a method that sees all data at once */
	const void *optimizer[WP_NN_STATE_ARRAYS], *carried[WP_NN_SHARDS];
};

/* Can a run of so many epochs have come to this? */
static bool is_sound(const struct wp_nn_trainer *t, const int64_t *n)
{
	int64_t epochs = t->config.schedule.epochs;
	for (int i = 0; i < NUMBERS; i++)
		if (n[i] < 0)
			return false;
	bool ended = n[EPOCH] == epochs;
	if (n[EPOCH] > epochs || n[VALIDATED] > 1 || n[ENDED] > 1 || (ended && !n[ENDED]))
		return false;
	if (n[NUMBER] > (ended ? 0 : INT64_MAX) || n[NUMBER] > n[STEP] || n[EPOCH] > n[STEP])
		return false;
	if (!ended &&
		(uint64_t)n[NUMBER] >= wp_nn_batcher_count(t->train.batcher, (int)n[EPOCH]))
		return false;
	if (n[VALIDATED] ? t->valid.nets == 0 : n[WORSE] + n[DROPS] + n[BEST_STEP] > 0)
		return false;
	return n[WORSE] <= n[DROPS] && n[DROPS] < INT32_MAX && n[BEST_STEP] <= n[STEP] &&
		n[OPTIMIZER_STEPS] <= n[STEP];
}

static enum wp_err find_position(
	const struct wp_checkpoint *c, const struct wp_nn_trainer *t, struct found *found)
{
	const void *data;
	struct wp_tensor want = wp_tensor_1d(numbers_name, WP_I64, NUMBERS);
	int64_t *n = found->numbers;
	enum wp_err err = wp_checkpoint_get(c, &want, &data);
	if (err)
		return err;
	memcpy(n, data, sizeof found->numbers);
	if (n[ROWS] != (int64_t)t->data.rows || n[SEQUENCES] != (int64_t)t->data.sequences)
		return wp_checkpoint_mismatch(c, "the input is not the same");
	if (!is_sound(t, n))
		return wp_checkpoint_corrupt(c, "a position at which no run can be");
	want = wp_tensor_1d(best_name, WP_F64, best_size(t));
	if ((err = wp_checkpoint_get(c, &want, &data)))
		return err;
	memcpy(found->best, data, best_size(t) * sizeof *found->best);
	want = wp_tensor_1d(epoch_name, WP_F64, 2);
	if ((err = wp_checkpoint_get(c, &want, &data)))
		return err;
	memcpy(found->epoch, data, sizeof found->epoch);
	return isfinite(found->epoch[0]) && found->epoch[1] >= 0 && isfinite(found->epoch[1])
		? WP_OK
		: wp_checkpoint_corrupt(c, "a loss that is no number");
}

static enum wp_err find_average(
	const struct wp_checkpoint *c, const struct wp_nn_trainer *t, struct found *found)
{
	struct wp_tensor want = wp_tensor_1d(averaged_name, WP_I64, 2);
	const void *data;
	int64_t *n = found->averaged;
	enum wp_err err = wp_checkpoint_get(c, &want, &data);
	if (err)
		return err;
	memcpy(n, data, sizeof found->averaged);
	if (n[0] < 0 || n[0] > 1 || n[1] < 0 || n[1] > (n[0] ? found->numbers[STEP] : 0))
		return wp_checkpoint_corrupt(c, "an average of more than there was");
	want = wp_tensor_1d(average_name, WP_F32, t->model->params->size);
	return wp_checkpoint_get(c, &want, &found->average);
}

static enum wp_err find_arrays(
	const struct wp_checkpoint *c, const struct wp_nn_trainer *t, struct found *found)
{
	size_t size = t->model->params->size;
	struct wp_tensor want = wp_tensor_1d(theta_name, WP_F32, size);
	enum wp_err err = wp_checkpoint_get(c, &want, &found->theta);
	want = wp_tensor_1d(best_theta_name, WP_F32, size);
	if (!err && found->numbers[VALIDATED])
		err = wp_checkpoint_get(c, &want, &found->best_theta);
	if (!err && t->average)
		err = find_average(c, t, found);
	int arrays = wp_nn_optimizer_state_arrays(t->optimizer);
	for (int i = 0; i < arrays && !err; i++) {
		want = optimizer_tensor(t, i);
		err = wp_checkpoint_get(c, &want, &found->optimizer[i]);
		if (!err &&
			!wp_nn_optimizer_state_is_sound(t->optimizer, i, found->optimizer[i]))
			err = wp_checkpoint_corrupt(c, "a sum of squares below 0");
	}
	want = t->whole ? whole_tensor(t) : want;
	if (!err && t->whole)
		err = wp_checkpoint_get(c, &want, &found->whole);
	if (!err && t->whole && !wp_nn_whole_is_sound(t->whole, found->whole))
		err = wp_checkpoint_corrupt(c, "a state in which no run can be");
	return err;
}

/* The states of the last batch, which is made again for how many sequences it had. */
static enum wp_err find_carried(
	const struct wp_checkpoint *c, struct wp_nn_trainer *t, struct found *found)
{
	const int64_t *n = found->numbers;
	struct wp_nn_split *split = &t->train;
	if (n[ENDED] || n[NUMBER] == 0 || t->model->graph->looks_ahead)
		return WP_OK;
	enum wp_err err = wp_nn_batcher_get(split->batcher, (int)n[EPOCH],
		(uint64_t)n[NUMBER] - 1, split->batch, &split->shards);
	for (int i = 0; i < split->shards && !err; i++) {
		struct wp_tensor want = carried_tensor(t, i);
		if (split->batch[i].sequences > 0)
			err = wp_checkpoint_get(c, &want, &found->carried[i]);
	}
	return err;
}

static enum wp_err set(struct wp_nn_trainer *t, const struct found *found)
{
	size_t bytes = t->model->params->size * sizeof *t->model->theta;
	int arrays = wp_nn_optimizer_state_arrays(t->optimizer);
	enum wp_err err = WP_OK;
	for (int i = 0; i < t->train.shards && !err; i++) /* the only part that can fail */
		if (found->carried[i])
			err = wp_nn_net_set_state(t->train.net[i], t->train.batch[i].sequences,
				found->carried[i]);
	if (err)
		return err;
	memcpy(t->model->theta, found->theta, bytes);
	if (found->best_theta)
		memcpy(t->best_theta, found->best_theta, bytes);
	for (int i = 0; i < arrays; i++)
		memcpy(wp_nn_optimizer_state(t->optimizer, i), found->optimizer[i], bytes);
	if (t->whole)
		wp_nn_whole_set(t->whole, found->whole);
	set_numbers(t, found->numbers);
	t->position.epoch_loss = found->epoch[0];
	t->position.epoch_targets = found->epoch[1];
	if (found->average) {
		memcpy(t->average, found->average, bytes);
		t->position.averaging = found->averaged[0] != 0;
		t->position.averaged = (uint64_t)found->averaged[1];
	}
	t->fresh = false;
	t->best.loss = found->best[0];
	t->best.accuracy = found->best[1];
	t->best.f1 = found->best[2];
	t->best.squares = found->best[3];
	t->best.naive = t->naive_valid;
	return WP_OK;
}

enum wp_err wp_nn_trainer_load(
	struct wp_nn_trainer *t, struct wp_reader *reader, const char *settings)
{
	struct wp_checkpoint *c;
	struct found found = {.theta = NULL};
	enum wp_err err = wp_checkpoint_read(&c, reader, prefix, settings, checksum(t));
	if (err)
		return err;
	err = find_position(c, t, &found);
	if (!err)
		err = find_arrays(c, t, &found);
	if (!err)
		err = find_carried(c, t, &found);
	if (!err)
		err = set(t, &found);
	wp_checkpoint_free(c);
	return err;
}
