#include "nn/tasks/predictor.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "nn/core/pack.h"
#include "nn/net/graph.h"

enum {
	MOST_SEQUENCES = 64,   /* of a batch                                    */
	MOST_ROWS = 1024,      /* of a batch; a sequence that is longer is alone */
	MOST_OUTPUTS = 1 << 22 /* numbers in a batch's outputs; likewise        */
};

/* A thread's net and batch. */
struct worker {
	struct wp_nn_net *net;
	struct wp_nn_packed packed;
	struct wp_nn_pair_packed sources; /* of pairs */
	float *outputs, *encoding;
	int32_t *best;
	double *logprob; /* of the best sequences of classes */
	size_t outputs_room, best_room, logprob_room, encoding_room;
};

/* Sequences order[first] to order[end - 1]. */
struct group {
	size_t first, end;
};

struct wp_nn_predictor {
	const struct wp_nn_model *model;
	struct wp_nn_context context;
	size_t most_rows; /* of a batch of several sequences                */
	size_t chunk;     /* steps after which a long one is cut; 0: never  */
	bool blocks;      /* what is cut is by itself: the network reads no more at once */
	bool each_step;   /* there are outputs for each row                 */
	size_t best;      /* sequences of classes that are wanted           */
	bool probable;    /* with their probabilities                       */
	struct worker *workers;
	int threads;

	/* Of a call. */
	const struct wp_nn_sequences *sequences;
	bool want_outputs, continues;
	wp_nn_take *take;
	void *arg;
	uint64_t *order; /* keys to be sorted, with the sequence in the lower half */
	size_t order_room, used;
	struct group *groups;
	size_t group_count, group_room;
	atomic_size_t next;
};

/* Long sequences can be cut where what comes later changes nothing before, and where nothing is
 * pooled over all of it. */
static size_t chunk_steps(const struct wp_nn_model *m, size_t most_rows)
{
	return wp_nn_graph_whole(m->graph) || wp_nn_at_end(&m->config) ||
			wp_nn_tasks[m->config.task].pairs
		? 0
		: most_rows;
}

enum wp_err wp_nn_predictor_create(struct wp_nn_predictor **predictor,
	const struct wp_nn_model *model, const struct wp_subwords *subwords, int threads)
{
	const struct wp_nn_config *c = &model->config;
	struct wp_nn_predictor *p;
	*predictor = NULL;
	enum wp_err err = wp_alloc(&p, 1, sizeof *p, "predictor");
	if (err)
		return err;
	p->model = model;
	p->context = (struct wp_nn_context){.subwords = subwords,
		.input_counts = model->counts,
		.tags = &model->tag_set,
		.scheme = model->scheme,
		.class_counts = wp_nn_model_class_counts(model)};
	p->each_step = !wp_nn_at_end(c);
	p->most_rows = MOST_OUTPUTS / c->outputs;
	p->most_rows = p->most_rows > MOST_ROWS ? MOST_ROWS : p->most_rows + 1;
	p->chunk = chunk_steps(model, p->most_rows);
	p->blocks = model->graph->context && p->each_step && !wp_nn_tasks[c->task].pairs;
	if (p->blocks)
		p->chunk = model->graph->context;
	p->best = 1;
	p->threads = threads;
	err = wp_alloc(&p->workers, (size_t)threads, sizeof *p->workers, "threads");
	for (int i = 0; !err && i < threads; i++)
		err = wp_nn_net_create(&p->workers[i].net, model->graph, &p->context);
	if (err) {
		wp_nn_predictor_free(p);
		return err;
	}
	*predictor = p;
	return WP_OK;
}

void wp_nn_predictor_want(struct wp_nn_predictor *p, size_t best)
{
	p->best = best;
	p->probable = true;
}

void wp_nn_predictor_free(struct wp_nn_predictor *p)
{
	if (!p)
		return;
	for (int i = 0; p->workers && i < p->threads; i++) {
		struct worker *w = &p->workers[i];
		wp_nn_net_free(w->net);
		wp_nn_packed_fini(&w->packed);
		wp_nn_pair_packed_fini(&w->sources);
		free(w->outputs);
		free(w->encoding);
		free(w->best);
		free(w->logprob);
	}
	free(p->workers);
	free(p->order);
	free(p->groups);
	free(p);
}

/* ---- Batches of like length ---- */

/* p->order = the sequences that have rows, longest first. */
static enum wp_err sort_sequences(struct wp_nn_predictor *p)
{
	const struct wp_nn_sequences *s = p->sequences;
	enum wp_err err = s->count > UINT32_MAX
		? wp_fail(WP_ELIMIT, "%zu sequences at once", s->count)
		: wp_grow(&p->order, &p->order_room, s->count, sizeof *p->order, "sequences");
	p->used = 0;
	for (size_t i = 0; !err && i < s->count; i++)
		if (s->length[i] > 0 && (!s->source || s->source->length[i] > 0))
			p->order[p->used++] = wp_nn_length_key((size_t)s->length[i], i);
	if (!err)
		wp_nn_sort_keys(p->order, p->used);
	return err;
}

static size_t sequence_at(const struct wp_nn_predictor *p, size_t place)
{
	return (size_t)(p->order[place] & UINT32_MAX);
}

static size_t length_at(const struct wp_nn_predictor *p, size_t place)
{
	return (size_t)p->sequences->length[sequence_at(p, place)];
}

static enum wp_err group_sequences(struct wp_nn_predictor *p)
{
	p->group_count = 0;
	for (size_t first = 0, end; first < p->used; first = end) {
		size_t rows = length_at(p, first);
		for (end = first + 1; end < p->used && end - first < MOST_SEQUENCES; end++) {
			rows += length_at(p, end);
			if (rows > p->most_rows)
				break;
		}
		enum wp_err err = wp_grow(&p->groups, &p->group_room, p->group_count + 1,
			sizeof *p->groups, "batches");
		if (err)
			return err;
		p->groups[p->group_count++] = (struct group){first, end};
	}
	return WP_OK;
}

static enum wp_err make_room(
	const struct wp_nn_predictor *p, struct worker *w, size_t rows, size_t sequences)
{
	size_t numbers = (p->each_step ? rows : sequences) * p->model->config.outputs;
	enum wp_err err = WP_OK;
	if (!err && p->want_outputs)
		err = wp_grow(
			&w->outputs, &w->outputs_room, numbers, sizeof *w->outputs, "outputs");
	if (!err && p->want_outputs && wp_nn_graph_decodes(p->model->graph))
		err = wp_grow(
			&w->best, &w->best_room, rows, p->best * sizeof *w->best, "outputs");
	if (!err && p->probable)
		err = wp_grow(&w->logprob, &w->logprob_room, sequences,
			p->best * sizeof *w->logprob, "outputs");
	return err;
}

/* The sources of the batch's pairs. */
static enum wp_err pack_sources(const struct wp_nn_predictor *p, struct worker *w,
	const size_t *sequence, size_t count, struct wp_nn_batch *batch)
{
	const struct wp_nn_sequences *s = p->sequences->source;
	struct wp_nn_piece piece[MOST_SEQUENCES];
	if (!s)
		return WP_OK;
	for (size_t b = 0; b < count; b++)
		piece[b] = (struct wp_nn_piece){
			s->begin[sequence[b]], (size_t)s->length[sequence[b]]};
	enum wp_err err = wp_nn_pack_sources(
		&w->sources, piece, count, s->ids, s->values, p->model->config.inputs, batch);
	if (!err && s->values)
		wp_nn_scaling_apply(&p->model->inputs, w->sources.packed.values,
			batch->source->begin[batch->source->steps]);
	return err;
}

/* The vectors of the sequences of a batch. */
static enum wp_err pack_encodings(const struct wp_nn_predictor *p, struct worker *w,
	const size_t *sequence, size_t count, struct wp_nn_batch *batch)
{
	const struct wp_nn_sequences *s = p->sequences;
	const size_t n = p->model->config.encoding;
	if (n == 0)
		return WP_OK;
	enum wp_err err = wp_grow(
		&w->encoding, &w->encoding_room, count * n, sizeof *w->encoding, "vectors");
	if (err)
		return err;
	memset(w->encoding, 0, count * n * sizeof *w->encoding);
	for (size_t b = 0; s->encodings && b < count; b++) {
		size_t row = s->encoding ? s->encoding[sequence[b]] : sequence[b];
		memcpy(w->encoding + b * n, s->encodings + row * n, n * sizeof *w->encoding);
	}
	if (s->encodings)
		wp_nn_scaling_apply(&p->model->encodings, w->encoding, count);
	batch->encoding = w->encoding;
	return WP_OK;
}

/* Steps from first_step on, `steps` of them at most, of the sequences of a group. */
static enum wp_err run_batch(struct wp_nn_predictor *p, struct worker *w,
	const struct group *group, size_t first_step, size_t steps, bool continues)
{
	const struct wp_nn_sequences *s = p->sequences;
	size_t sequence[MOST_SEQUENCES], count = group->end - group->first;
	struct wp_nn_piece piece[MOST_SEQUENCES];
	struct wp_nn_batch batch;
	while (length_at(p, group->first + count - 1) <= first_step)
		count--;
	for (size_t b = 0; b < count; b++) {
		size_t length = length_at(p, group->first + b) - first_step;
		sequence[b] = sequence_at(p, group->first + b);
		piece[b] = (struct wp_nn_piece){
			s->begin[sequence[b]] + first_step, length < steps ? length : steps};
	}
	const struct wp_nn_pack_rows data = {.ids = s->ids,
		.values = s->values,
		.inputs = p->model->config.inputs,
		.column = s->column,
		.columns = p->model->config.columns};
	enum wp_err err = s->cells
		? wp_nn_pack_cells(&w->packed, piece, count, s->cells, &batch)
		: wp_nn_pack(&w->packed, piece, count, &data, &batch);
	if (!err)
		err = pack_sources(p, w, sequence, count, &batch);
	if (!err)
		err = pack_encodings(p, w, sequence, count, &batch);
	if (!err)
		err = make_room(p, w, batch.begin[batch.steps], count);
	if (err)
		return err;
	batch.continues = continues;
	const size_t rows = batch.begin[batch.steps];
	if (!s->ids && !s->cells)
		wp_nn_scaling_apply(&p->model->inputs, w->packed.values, rows);
	float *outputs = p->want_outputs ? w->outputs : NULL;
	err = wp_nn_net_predict(w->net, p->model->theta, &batch, outputs, NULL);
	if (!err && outputs)
		wp_nn_scaling_undo(&p->model->outputs, outputs, p->each_step ? rows : count);
	int32_t *best = outputs && wp_nn_graph_decodes(p->model->graph) ? w->best : NULL;
	if (!err && best)
		err = wp_nn_net_decode(w->net, p->model->theta, &batch, p->best, best,
			p->probable ? w->logprob : NULL);
	if (!err)
		p->take(p->arg,
			&(struct wp_nn_predicted){.batch = &batch,
				.sequence = sequence,
				.first_step = first_step,
				.outputs = outputs,
				.best = best,
				.logprob = w->logprob,
				.net = w->net});
	return err;
}

static enum wp_err run_group(
	struct wp_nn_predictor *p, struct worker *w, const struct group *group)
{
	size_t length = length_at(p, group->first);
	size_t chunk = p->chunk && length > p->chunk ? p->chunk : length;
	enum wp_err err = WP_OK;
	for (size_t step = 0; !err && step < length; step += chunk)
		err = run_batch(p, w, group, step,
			length - step < chunk ? length - step : chunk,
			!p->blocks && (p->continues || step > 0));
	return err;
}

static enum wp_err work(int thread, void *arg)
{
	struct wp_nn_predictor *p = arg;
	enum wp_err err = WP_OK;
	size_t i;
	while (!err && (i = atomic_fetch_add(&p->next, 1)) < p->group_count)
		err = run_group(p, &p->workers[thread], &p->groups[i]);
	return err;
}

enum wp_err wp_nn_predict(struct wp_nn_predictor *p, const struct wp_nn_sequences *sequences,
	bool outputs, bool continues, wp_nn_take *take, void *arg)
{
	p->sequences = sequences;
	p->want_outputs = outputs;
	p->continues = continues;
	p->take = take;
	p->arg = arg;
	enum wp_err err = sort_sequences(p);
	if (!err)
		err = group_sequences(p);
	if (err)
		return err;
	/* The states of a sequence that goes on are in the first thread's net. */
	size_t threads =
		(size_t)p->threads < p->group_count ? (size_t)p->threads : p->group_count;
	atomic_init(&p->next, 0);
	return threads > 1 ? wp_parallel((int)threads, work, p) : work(0, p);
}
