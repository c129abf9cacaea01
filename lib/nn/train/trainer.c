#include "nn/train/trainer.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "nn/net/graph.h"
#include "nn/train/chunk_measure.h"
#include "nn/train/naive.h"
#include "nn/train/trainer_state.h"
#include "nn/train/whole.h"

enum {
	VALID_BATCH = 32,  /* sequences side by side in a validation, at least             */
	VALID_ROWS = 512,  /* of blocks, likewise                                         */
	VALID_STEPS = 32,  /* after which they are cut, to bound the memory               */
	VALID_WARM = 128,  /* tokens from which a track takes its first state              */
	WHOLE_ROWS = 8192, /* of a batch, of methods that see all data at once             */
	VALID_TRACK = 1024 /* least length of a track, so that this is little more work   */
};

void wp_nn_training_default(
	struct wp_nn_training *config, enum wp_nn_method method, bool stream)
{
	*config = (struct wp_nn_training){
		.batching = {.stream = stream,
			.batch = stream ? 50 : 32,
			.bptt = stream ? 50 : 0,
			.shuffle = true},
		.threads = 1,
		.seed = 1,
	};
	config->optimizer = (struct wp_nn_optimizer_config){.method = method,
		.momentum = WP_NN_UNSET,
		.decay = WP_NN_UNSET,
		.epsilon = WP_NN_UNSET,
		.weight_decay = WP_NN_UNSET,
		.clip = 5};
	wp_nn_optimizer_complete(&config->optimizer);
	wp_nn_schedule_default(&config->schedule);
	config->schedule.rate = wp_nn_methods[method].rate;
	config->schedule.epochs = 10;
	config->average = (struct wp_nn_average_config){.after = WP_NN_UNSET, .decay = 0.999};
}

static enum wp_err check_cuts(const struct wp_nn_batching *how, const struct wp_nn_graph *graph)
{
	const struct wp_nn_node *ahead = wp_nn_graph_ahead(graph);
	const struct wp_nn_node *whole = wp_nn_graph_whole(graph);
	if ((how->bptt > 0 || how->stream) && ahead)
		return wp_fail(WP_EINVAL, "%s reads steps to come: sequences cannot be cut",
			ahead->label);
	if (graph->context && (size_t)how->bptt > graph->context)
		return wp_fail(WP_EINVAL,
			"\1bptt %d is more than the network reads at once, %zu steps",
			how->bptt, graph->context);
	if (how->bptt > 0 && whole && !graph->context)
		return wp_fail(WP_EINVAL, "%s needs whole sequences: they cannot be cut%s",
			whole->label,
			whole->type->cached
				? "; 'positions N' after the embedding makes blocks of N steps"
				: "");
	return WP_OK;
}

enum wp_err wp_nn_training_check(
	const struct wp_nn_training *config, const struct wp_nn_config *model)
{
	const struct wp_nn_batching *how = &config->batching;
	const struct wp_nn_method_type *method = &wp_nn_methods[config->optimizer.method];
	struct wp_nn_graph *graph;
	enum wp_err err;
	if ((err = wp_nn_optimizer_check(&config->optimizer)) ||
		(err = wp_nn_schedule_check(&config->schedule)) ||
		(err = wp_nn_average_check(&config->average)) ||
		(err = wp_nn_batching_check(how)))
		return err;
	if (how->task != model->task || how->each_step != model->each_step)
		return wp_fail(WP_EINVAL, "batches are made for another task than the model's");
	if (config->threads < 1)
		return wp_fail(WP_EINVAL, "%d threads", config->threads);
	if ((unsigned)model->task >= WP_NN_TASKS ||
		(unsigned)config->best_by > WP_NN_BEST_RELATIVE)
		return wp_fail(WP_EINVAL, "no such task or measure");
	if (!(wp_nn_tasks[model->task].measures & WP_NN_MEASURE(config->best_by)))
		return wp_fail(WP_EINVAL, "the best by %s: not for %s",
			wp_nn_measures[config->best_by].name, wp_nn_tasks[model->task].name);
	if (config->patience < 0)
		return wp_fail(WP_EINVAL, "patience %d: below 0", config->patience);
	if ((err = wp_nn_graph_create(&graph, model)))
		return err;
	err = check_cuts(how, graph);
	if (!err && config->class_weights && !graph->node[graph->count - 1].type->weighs)
		err = wp_fail(WP_EINVAL, "\1class-weights: not for an output of type %s",
			graph->node[graph->count - 1].type->name);
	if (!err && method->whole)
		err = method->whole->check(config, graph);
	wp_nn_graph_free(graph);
	return err;
}

/* Making one. */

static void split_fini(struct wp_nn_split *split)
{
	for (int i = 0; i < split->nets; i++)
		wp_nn_net_free(split->net[i]);
	wp_nn_batcher_free(split->batcher);
}

static enum wp_err split_init(struct wp_nn_split *split, const struct wp_nn_trainer *t,
	const struct wp_nn_batching *how, const struct wp_nn_data *data)
{
	enum wp_err err = wp_nn_check_memory(t->model->graph, data, how, t->config.memory);
	if (!err)
		err = wp_nn_batcher_create(&split->batcher, how, data);
	split->context = t->context;
	if (data->subwords)
		split->context.subwords = data->subwords;
	int nets = err ? 0 : wp_nn_batcher_shards(split->batcher);
	while (!err && split->nets < nets) {
		err = wp_nn_net_create(
			&split->net[split->nets], t->model->graph, &split->context);
		split->nets += !err;
	}
	return err;
}

/* How validation reads: the score depends on nothing of this but the last digits. */
static struct wp_nn_batching valid_batching(
	const struct wp_nn_trainer *t, const struct wp_nn_data *valid)
{
	struct wp_nn_batching how = t->config.batching;
	how.shuffle = how.vary = false;
	const int least = how.blocks ? VALID_ROWS / how.bptt : VALID_BATCH;
	if (how.batch < least)
		how.batch = least;
	if (how.stream && !how.blocks) {
		size_t tracks = valid->rows / VALID_TRACK + 1;
		how.batch = tracks < (size_t)how.batch ? (int)tracks : how.batch;
		how.warm = VALID_WARM;
	}
	if (how.blocks)
		return how;
	how.bptt = wp_nn_graph_whole(t->model->graph) || wp_nn_tasks[how.task].pairs ||
			t->config.best_by == WP_NN_BEST_F1
		? 0
		: VALID_STEPS;
	return how;
}

static enum wp_err create_validation(struct wp_nn_trainer *t, const struct wp_nn_data *valid)
{
	struct wp_nn_batching how = valid_batching(t, valid);
	enum wp_err err = split_init(&t->valid, t, &how, valid);
	if (err == WP_EMISMATCH)
		return wp_fail(err, "nothing to validate on: no sequence has a target");
	if (!err && t->config.best_by == WP_NN_BEST_F1)
		err = wp_nn_chunk_measure_create(&t->chunks, &t->model->labels, t->valid.nets);
	return err
		? err
		: wp_table_alloc(&t->best_theta, t->model->params->size * sizeof *t->best_theta,
			  "the best parameters");
}

static enum wp_err create_gradients(struct wp_nn_trainer *t)
{
	int shards = t->train.nets;
	int spares = t->config.threads < shards ? t->config.threads : shards - 1;
	enum wp_err err = wp_nn_gradient_create(&t->gradient, t->model->params);
	while (!err && t->spares < spares) {
		err = wp_nn_gradient_create(&t->spare[t->spares], t->model->params);
		t->spares += !err;
	}
	return err;
}

static struct wp_nn_data as_model_sees(
	const struct wp_nn_data *data, const struct wp_nn_model *model)
{
	struct wp_nn_data d = *data;
	d.scale_values = &model->inputs;
	d.scale_targets = &model->outputs;
	d.scale_encodings = &model->encodings;
	if (!model->config.encoding)
		d.encodings = NULL;
	/* What is to come is learnt from whole windows alone. */
	const size_t back = wp_nn_graph_output(model->graph)->back;
	if (model->next && d.skip < back)
		d.skip = back;
	return d;
}

static enum wp_err check_lengths(const struct wp_nn_trainer *t, const struct wp_nn_data *d)
{
	const size_t back = wp_nn_graph_output(t->model->graph)->back;
	const struct wp_nn_node *ahead = wp_nn_graph_ahead(t->model->graph);
	if (t->model->next && ahead)
		return wp_fail(WP_EINVAL,
			"%s reads steps to come: it would see the value that it predicts%s",
			ahead->label, wp_nn_graph_ahead_advice(ahead));
	const size_t context = t->model->graph->context;
	const bool pooled = wp_nn_at_end(&t->model->config);
	size_t longest = t->config.batching.stream ? d->rows : 0;
	for (size_t s = 0; s < d->sequences; s++)
		if ((size_t)d->lengths[s] > longest)
			longest = (size_t)d->lengths[s];
	/* Of others, what is longer is cut into blocks. */
	if (context && longest > context && (pooled || t->config.best_by == WP_NN_BEST_F1))
		return wp_fail(WP_EMISMATCH,
			"the longest sequence has %zu steps, but the network reads %zu at once: "
			"shorten it, or give it more positions",
			longest, context);
	if (!t->model->next || longest > d->skip + 1)
		return WP_OK;
	return wp_fail(WP_EMISMATCH,
		"the network reads %zu rows to predict the next one, and the longest series has "
		"%zu",
		back + 1, longest);
}

/* Methods that see all data at once need no batches but for memory. */
static void plan_whole(struct wp_nn_trainer *t)
{
	struct wp_nn_batching *how = &t->config.batching;
	if (!wp_nn_methods[t->config.optimizer.method].whole)
		return;
	how->shuffle = false;
	how->bptt = wp_nn_whole_piece(t->model->graph);
	if (how->stream)
		how->batch = 1;
	if (wp_nn_tasks[how->task].itself && how->batch < WHOLE_ROWS)
		how->batch = WHOLE_ROWS;
}

/* A network that reads so many steps at once reads blocks of them. */
static void plan_blocks(struct wp_nn_trainer *t)
{
	struct wp_nn_batching *how = &t->config.batching;
	const size_t context = t->model->graph->context;
	how->blocks = context && !wp_nn_at_end(&t->model->config) &&
		!wp_nn_tasks[t->model->config.task].pairs;
	if (how->blocks && how->bptt == 0)
		how->bptt = (int)context;
}

/* The end, in epochs, and what is counted from it. */
static void plan_end(struct wp_nn_trainer *t)
{
	struct wp_nn_schedule *s = &t->config.schedule;
	const double updates = (double)wp_nn_batcher_count(t->train.batcher, 0);
	s->end = s->epochs;
	if (s->steps > 0 && (double)s->steps < s->end * updates)
		s->end = (double)s->steps / updates;
	if (t->config.average.after == WP_NN_UNSET)
		t->config.average.after = s->end / 2;
}

static enum wp_err measure_naive(struct wp_nn_trainer *t, bool valid)
{
	const struct wp_nn_data *d = &t->data;
	struct wp_nn_scaling fitted = {0};
	const size_t rows = wp_nn_at_end(&t->model->config) ? d->sequences : d->rows;
	enum wp_err err = d->targets
		? wp_nn_scaling_fit(&fitted, WP_NN_ZSCORE, d->targets, rows, d->outputs)
		: WP_OK;
	if (err)
		return err;
	t->naive = wp_nn_naive_loss(d, &t->config.batching, fitted.mean);
	if (valid)
		t->naive_valid =
			wp_nn_naive_loss(&t->valid_data, &t->config.batching, fitted.mean);
	wp_nn_scaling_fini(&fitted);
	return WP_OK;
}

enum wp_err wp_nn_trainer_create(struct wp_nn_trainer **trainer,
	const struct wp_nn_training *config, struct wp_nn_model *model,
	const struct wp_nn_data *data, const struct wp_nn_data *valid)
{
	struct wp_nn_trainer *t = NULL;
	enum wp_err err = wp_nn_training_check(config, &model->config);
	if (!err)
		err = wp_alloc(&t, 1, sizeof *t, "training");
	if (err)
		return err;
	t->config = *config;
	t->config.batching.seed = config->seed;
	t->model = model;
	t->data = as_model_sees(data, model);
	if (valid)
		t->valid_data = as_model_sees(valid, model);
	t->context = (struct wp_nn_context){.class_weights = config->class_weights,
		.input_counts = model->counts,
		.class_counts = wp_nn_model_class_counts(model),
		.subwords = wp_nn_model_parts(model),
		.tags = &model->tag_set,
		.scheme = model->scheme,
		.target_scale = model->outputs.count ? model->outputs.scale : NULL,
		.seed = config->seed};
	t->position.ended = config->schedule.epochs == 0;
	plan_whole(t);
	plan_blocks(t);
	err = check_lengths(t, &t->data);
	if (!err)
		err = split_init(&t->train, t, &t->config.batching, &t->data);
	if (!err)
		plan_end(t);
	if (!err && valid)
		err = create_validation(t, &t->valid_data);
	if (!err && wp_nn_tasks[model->config.task].numbers &&
		!wp_nn_tasks[model->config.task].itself)
		err = measure_naive(t, valid);
	if (!err)
		err = create_gradients(t);
	if (!err)
		err = wp_nn_optimizer_create(&t->optimizer, &config->optimizer, model->params);
	if (!err && config->average.how)
		err = wp_table_alloc(&t->average, model->params->size * sizeof *t->average,
			"the average of the parameters");
	if (!err)
		err = wp_nn_whole_create(&t->whole, t);
	if (!err)
		err = wp_alloc(&t->update.norms, model->params->count, sizeof *t->update.norms,
			"norms");
	if (err) {
		wp_nn_trainer_free(t);
		t = NULL;
	}
	*trainer = t;
	return err;
}

void wp_nn_trainer_free(struct wp_nn_trainer *t)
{
	if (!t)
		return;
	split_fini(&t->train);
	split_fini(&t->valid);
	wp_nn_gradient_free(t->gradient);
	for (int i = 0; i < t->spares; i++)
		wp_nn_gradient_free(t->spare[i]);
	wp_nn_optimizer_free(t->optimizer);
	wp_nn_whole_free(t->whole);
	wp_nn_chunk_measure_free(t->chunks);
	free(t->update.norms);
	free(t->best_theta);
	free(t->average);
	free(t);
}

/* Updates. */

/* Some shards of a batch, worked on at the same time. */
struct wave {
	struct wp_nn_trainer *t;
	struct wp_nn_split *split;
	int first; /* shard of thread 0 */
	struct wp_nn_score score[WP_NN_SHARDS];
};

/* Where the gradient of a shard goes.  The first one's is the batch's, to which the others are
 * added. */
static struct wp_nn_gradient *gradient_of(const struct wave *w, int thread)
{
	if (w->first + thread == 0)
		return w->t->gradient;
	return w->t->spare[w->first == 0 ? thread - 1 : thread];
}

static enum wp_err train_shard(int thread, void *arg)
{
	struct wave *w = arg;
	int i = w->first + thread;
	const struct wp_nn_batch *batch = &w->split->batch[i];
	struct wp_nn_gradient *gradient = gradient_of(w, thread);
	wp_nn_gradient_clear(gradient);
	w->score[i] = (struct wp_nn_score){0};
	if (batch->sequences == 0)
		return WP_OK;
	return wp_nn_net_train(
		w->split->net[i], w->t->model->theta, batch, gradient, &w->score[i]);
}

static enum wp_err valid_shard(int thread, void *arg)
{
	struct wave *w = arg;
	int i = w->first + thread;
	const struct wp_nn_batch *batch = &w->split->batch[i];
	w->score[i] = (struct wp_nn_score){0};
	if (batch->sequences == 0)
		return WP_OK;
	if (w->t->chunks)
		return wp_nn_chunk_measure_add(w->t->chunks, i, w->split->net[i],
			w->t->model->graph, wp_nn_trained(w->t), batch, &w->score[i]);
	return wp_nn_net_predict(
		w->split->net[i], wp_nn_trained(w->t), batch, NULL, &w->score[i]);
}

/* All shards of the split's batch, `threads` at a time; their scores are added to *score, and
 * their gradients where they have some, in order. */
static enum wp_err run_shards(struct wp_nn_trainer *t, struct wp_nn_split *split,
	enum wp_err (*work)(int, void *), struct wp_nn_score *score)
{
	struct wave w = {.t = t, .split = split};
	enum wp_err err = WP_OK;
	while (w.first < split->shards && !err) {
		int left = split->shards - w.first;
		int size = left < t->config.threads ? left : t->config.threads;
		err = wp_parallel(size, work, &w);
		for (int k = 0; k < size && !err; k++) {
			const struct wp_nn_score *part = &w.score[w.first + k];
			score->loss += part->loss;
			score->targets += part->targets;
			score->correct += part->correct;
			score->squares += part->squares;
			score->penalty += part->penalty;
			if (split == &t->train && w.first + k > 0)
				wp_nn_gradient_add(t->gradient, gradient_of(&w, k));
		}
		w.first += size;
	}
	return err;
}

static size_t rows_of(const struct wp_nn_split *split)
{
	size_t rows = 0;
	for (int i = 0; i < split->shards; i++)
		rows += split->batch[i].begin[split->batch[i].steps];
	return rows;
}

static double epochs_passed(struct wp_nn_trainer *t)
{
	const struct wp_nn_position *p = &t->position;
	return p->epoch +
		(double)p->number / (double)wp_nn_batcher_count(t->train.batcher, p->epoch);
}

static enum wp_err diverged(const struct wp_nn_trainer *t, const char *what)
{
	return wp_fail(WP_EDIVERGED,
		"training diverged at step %" PRIu64 " (epoch %d): %s; a smaller learning rate "
		"or clipping may help",
		t->position.step + 1, t->position.epoch + 1, what);
}

static enum wp_err update(struct wp_nn_trainer *t, struct wp_nn_progress *progress)
{
	struct wp_nn_position *p = &t->position;
	struct wp_nn_split *split = &t->train;
	struct wp_nn_score score = {0};
	double rate =
		wp_nn_schedule_rate(&t->config.schedule, p->step, epochs_passed(t), p->drops);
	enum wp_err err = wp_nn_batcher_get(
		split->batcher, p->epoch, p->number, split->batch, &split->shards);
	if (!err && t->config.batching.vary)
		rate *= (double)split->batch[0].steps / t->config.batching.bptt;
	if (!err)
		err = run_shards(t, split, train_shard, &score);
	/* A piece of long sequences in which none of them ends may have no target. */
	bool optimized = !err && score.targets > 0;
	if (optimized)
		err = wp_nn_optimize(t->optimizer, t->model->theta, t->gradient,
			1 / (double)score.targets, rate, t->config.threads, &t->update);
	if (err && err != WP_EDIVERGED)
		return err;
	*progress = (struct wp_nn_progress){.step = p->step + 1,
		.epoch = p->epoch,
		.loss = score.loss,
		.targets = score.targets,
		.rows = rows_of(split),
		.rate = rate,
		.update = optimized ? &t->update : NULL};
	if (err || !isfinite(score.loss))
		err = diverged(
			t, err ? "the gradient is not finite" : "the loss is not finite");
	if (p->number == 0)
		p->epoch_loss = p->epoch_targets = 0;
	p->epoch_loss += err ? 0 : score.loss;
	p->epoch_targets += err ? 0 : (double)score.targets;
	p->step += !err;
	p->number += !err;
	progress->share = epochs_passed(t) / t->config.schedule.end;
	return err;
}

/* After an update, which may be the last one of its epoch. */
static void average(struct wp_nn_trainer *t, bool last)
{
	const struct wp_nn_average_config *c = &t->config.average;
	struct wp_nn_position *p = &t->position;
	if (!c->how)
		return;
	p->averaging |= c->patience == 0 && epochs_passed(t) > c->after;
	if (p->averaging && (last || !wp_nn_averages[c->how].epochs))
		wp_nn_average_add(
			c, t->average, t->model->theta, t->model->params->size, p->averaged++);
}

/* The norm of the gradient, and of the part of each parameter. */
static void set_norms(struct wp_nn_trainer *t, double norm)
{
	const struct wp_nn_params *params = t->model->params;
	t->update.norm = t->update.clipped = norm;
	for (size_t p = 0; p < params->count; p++) {
		const double *g = t->whole->lbfgs.gradient + params->param[p].offset;
		double sum = 0;
		for (size_t i = 0; i < params->param[p].rows * params->param[p].cols; i++)
			sum += g[i] * g[i];
		t->update.norms[p] = sqrt(sum);
	}
}

/* A step of a method that sees all data at once is an epoch. */
static enum wp_err update_whole(
	struct wp_nn_trainer *t, struct wp_nn_progress *progress, bool *ended)
{
	struct wp_nn_position *p = &t->position;
	const struct wp_nn_method_type *method = &wp_nn_methods[t->config.optimizer.method];
	struct wp_nn_score score = {0};
	double norm = NAN;
	enum wp_err err = method->whole->step(t->whole, &score, &norm, ended);
	if (err && err != WP_EDIVERGED)
		return err;
	if (!isnan(norm))
		set_norms(t, norm);
	*progress = (struct wp_nn_progress){.step = p->step + 1,
		.epoch = p->epoch,
		.loss = score.loss,
		.targets = score.targets,
		.rows = t->data.rows,
		.update = isnan(norm) ? NULL : &t->update};
	if (err || !isfinite(score.loss))
		err = diverged(t, "the loss is not finite");
	p->epoch_loss = score.loss;
	p->epoch_targets = (double)score.targets;
	p->step += !err;
	progress->share = (p->epoch + 1.) / t->config.schedule.epochs;
	return err;
}

static enum wp_err evaluate(struct wp_nn_trainer *t, struct wp_nn_validation *v)
{
	struct wp_nn_split *split = &t->valid;
	struct wp_nn_score score = {0};
	uint64_t batches = wp_nn_batcher_count(split->batcher, 0);
	if (t->chunks)
		wp_nn_chunk_measure_clear(t->chunks);
	enum wp_err err = WP_OK;
	for (uint64_t i = 0; i < batches && !err; i++) {
		err = wp_nn_batcher_get(split->batcher, 0, i, split->batch, &split->shards);
		if (!err)
			err = run_shards(t, split, valid_shard, &score);
	}
	if (!err && score.targets == 0)
		err = wp_fail(WP_EMISMATCH, "nothing to validate on: no sequence has a target");
	if (err)
		return err;
	v->targets = score.targets;
	v->loss = score.loss / (double)score.targets;
	v->accuracy = (double)score.correct / (double)score.targets;
	v->f1 = t->chunks ? wp_nn_chunk_measure_f1(t->chunks) : 0;
	v->squares = score.squares / (double)score.targets;
	v->naive = t->naive_valid;
	return isfinite(v->loss) ? WP_OK : diverged(t, "the validation loss is not finite");
}

static enum wp_err validate(
	struct wp_nn_trainer *t, struct wp_nn_progress *progress, struct wp_nn_validation *now)
{
	struct wp_nn_position *p = &t->position;
	enum wp_err err = evaluate(t, now);
	if (err)
		return err;
	progress->update = NULL;
	progress->best = !p->validated || wp_nn_is_better(t->config.best_by, now, &t->best);
	p->validated = true;
	if (progress->best) {
		t->best = *now;
		p->best_step = p->step;
		p->worse = 0;
		memcpy(t->best_theta, wp_nn_trained(t),
			t->model->params->size * sizeof *t->best_theta);
	} else {
		p->worse++;
		p->drops++;
	}
	int patience = t->config.average.patience;
	if (t->average && patience > 0 && p->worse >= patience && !p->averaging) {
		p->averaging = true;
		p->worse = 0;
	}
	t->fresh = true;
	p->ended = t->config.patience > 0 && p->worse >= t->config.patience;
	progress->validation = now;
	return WP_OK;
}

enum wp_err wp_nn_trainer_run(struct wp_nn_trainer *t, uint64_t updates,
	const volatile sig_atomic_t *stop,
	void (*report)(const struct wp_nn_progress *progress, void *arg), void *arg)
{
	struct wp_nn_position *p = &t->position;
	uint64_t until = updates > 0 ? p->step + updates : UINT64_MAX;
	t->paused = false;
	while (!p->ended && !t->paused && p->step < until) {
		struct wp_nn_progress progress = {0};
		struct wp_nn_validation validation;
		bool ended = false;
		enum wp_err err =
			t->whole ? update_whole(t, &progress, &ended) : update(t, &progress);
		bool last = t->whole ||
			p->number == wp_nn_batcher_count(t->train.batcher, p->epoch);
		t->fresh = false;
		if (!err)
			average(t, last);
		if (report && (!err || err == WP_EDIVERGED))
			report(&progress, arg);
		if (err)
			return err;
		uint64_t every = t->config.valid_every;
		const uint64_t most = t->config.schedule.steps;
		const bool enough = most > 0 && p->step >= most;
		if (t->valid.nets > 0 &&
			(last || enough || (every > 0 && p->step % every == 0))) {
			err = validate(t, &progress, &validation);
			if (err)
				return err;
			if (report)
				report(&progress, arg);
		}
		if (last) {
			p->epoch++;
			p->number = 0;
			p->ended |= ended || p->epoch >= t->config.schedule.epochs;
		}
		p->ended |= enough;
		if (stop && *stop && !p->ended)
			return WP_ESTOPPED;
	}
	return WP_OK;
}

void wp_nn_trainer_pause(struct wp_nn_trainer *t)
{
	t->paused = true;
}

enum wp_err wp_nn_trainer_end(struct wp_nn_trainer *t,
	void (*report)(const struct wp_nn_progress *progress, void *arg), void *arg)
{
	struct wp_nn_position *p = &t->position;
	struct wp_nn_progress progress = {.step = p->step,
		.epoch = p->epoch,
		.share = epochs_passed(t) / t->config.schedule.end};
	struct wp_nn_validation validation;
	enum wp_err err = WP_OK;
	if (!p->ended && !t->fresh && p->step > 0 && t->valid.nets > 0) {
		err = validate(t, &progress, &validation);
		if (!err && report)
			report(&progress, arg);
	}
	p->ended = true;
	return err;
}

/* The result. */

bool wp_nn_trainer_ended(const struct wp_nn_trainer *t)
{
	return t->position.ended;
}

bool wp_nn_trainer_best(
	const struct wp_nn_trainer *t, struct wp_nn_validation *validation, uint64_t *step)
{
	if (!t->position.validated)
		return false;
	*validation = t->best;
	*step = t->position.best_step;
	return true;
}

double wp_nn_trainer_naive(const struct wp_nn_trainer *t)
{
	return t->position.validated ? t->naive_valid : t->naive;
}

bool wp_nn_trainer_lacks(const struct wp_nn_trainer *t, char *text, size_t size)
{
	const struct wp_nn_position *p = &t->position;
	const uint64_t warm_up = t->config.schedule.warm_up;
	if (p->step > 0 && p->step < warm_up) {
		snprintf(text, size,
			"the rate rises for %" PRIu64 " updates, of which there were %" PRIu64
			" (see --warm-up)",
			warm_up, p->step);
		return true;
	}
	if (p->step > 0 && t->average && p->averaged == 0) {
		snprintf(text, size,
			"no average of the parameters had begun when training ended (see "
			"--average-after and --average-patience)");
		return true;
	}
	return false;
}

enum wp_err wp_nn_trainer_finish(struct wp_nn_trainer *t)
{
	const struct wp_nn_params *params = t->model->params;
	const float *kept = t->position.validated ? t->best_theta : wp_nn_trained(t);
	if (kept != t->model->theta)
		memcpy(t->model->theta, kept, params->size * sizeof *kept);
	for (size_t i = 0; i < params->size; i++)
		if (!isfinite(t->model->theta[i]))
			return wp_fail(WP_EDIVERGED,
				"training diverged at step %" PRIu64
				": parameters are not finite; a smaller learning rate or clipping "
				"may help",
				t->position.step);
	return wp_nn_keep_learnt(t, epochs_passed(t));
}
