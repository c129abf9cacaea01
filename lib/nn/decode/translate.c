#include "nn/decode/translate.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "nn/core/pack.h"
#include "nn/net/net.h"
#include "text/vocab.h"

/* Hypotheses that are decoded together: weights are laid out once for all of them; and the
 * widest beam. */
enum { ROWS = 160, WIDEST = 80 };

/* A token of some hypotheses: they are paths to the root of a tree. */
struct node {
	int32_t token, parent;
};

struct hypothesis {
	double logprob, score;
	int32_t node; /* the last token; -1: none */
	size_t tokens;
	int row; /* of the batch before, which it continues */
};

/* A token that may follow an open hypothesis. */
struct candidate {
	double logprob;
	int32_t token;
	int from;
};

/* A source that is being decoded. */
struct sentence {
	size_t source; /* its number                    */
	int place;     /* in the batch of the sources   */
	size_t most;   /* tokens                        */
	struct hypothesis *open, *next, *ended;
	int open_count, ended_count;
	struct candidate *best;
	int best_count;
};

struct worker {
	struct wp_nn_net *net;
	struct wp_nn_pair_packed sources;
	struct wp_nn_chooser *chooser;
	struct sentence *sentence;
	size_t sentences;
	struct hypothesis *hypotheses;
	struct candidate *candidates;
	struct node *nodes;
	size_t node_count, node_room;
	float *outputs;
	size_t outputs_room;
	/* The batch of a step, of up to ROWS rows; of a network that carries no states, of all
	 * steps so far. */
	int32_t *ids;
	size_t ids_room, active_room, begin_room;
	int *active;
	size_t *begin;
	int source_of[ROWS], from[ROWS];
	int32_t node[ROWS]; /* the last token of each row's hypothesis */
};

struct wp_nn_translator {
	const struct wp_nn_model *model;
	struct wp_nn_translation how;
	struct wp_nn_context context;
	int beam, group; /* hypotheses of a source; sources that are decoded together */
	int32_t start, end, unknown;
	bool carries;
	struct worker *workers;
	int threads;

	/* Of a call. */
	const struct wp_nn_sources *sources;
	uint64_t *order;
	size_t order_room, used;
	struct wp_nn_target_found *found; /* (sources, beam) */
	size_t *found_count;
	size_t found_room, count_room,
		made; /* made: sources of which there is something to free */
	atomic_size_t next;
};

/* ---- Making one ---- */

static enum wp_err make_worker(const struct wp_nn_translator *t, struct worker *w)
{
	const size_t group = (size_t)t->group, beam = (size_t)t->beam;
	enum wp_err err = wp_nn_net_create(&w->net, t->model->graph, &t->context);
	if (!err)
		err = wp_alloc(&w->sentence, group, sizeof *w->sentence, "beam");
	if (!err)
		err = wp_alloc(&w->hypotheses, 3 * group * beam, sizeof *w->hypotheses, "beam");
	if (!err)
		err = wp_alloc(&w->candidates, 2 * group * beam, sizeof *w->candidates, "beam");
	for (size_t i = 0; i < group && !err; i++) {
		struct sentence *s = &w->sentence[i];
		s->open = w->hypotheses + 3 * i * beam;
		s->next = s->open + beam;
		s->ended = s->next + beam;
		s->best = w->candidates + 2 * i * beam;
	}
	if (!err && t->how.sample)
		err = wp_nn_chooser_create(
			&w->chooser, &t->how.sampling, t->model->config.outputs);
	if (!err && t->how.sample && t->unknown >= 0 && !t->how.unknown)
		err = wp_nn_chooser_ban(w->chooser, t->unknown);
	if (!err && t->how.sample)
		err = wp_nn_chooser_ban(w->chooser, t->start);
	return err;
}

enum wp_err wp_nn_translator_create(struct wp_nn_translator **translator,
	const struct wp_nn_model *m, const struct wp_subwords *subwords,
	const struct wp_nn_translation *how, int threads)
{
	struct wp_nn_translator *t = NULL;
	*translator = NULL;
	if (!wp_nn_tasks[m->config.task].pairs)
		return wp_fail(WP_EMISMATCH,
			"model: made for the task '%s'; only those for 'translate' translate",
			wp_nn_tasks[m->config.task].name);
	enum wp_err err = how->sample ? wp_nn_sampling_check(&how->sampling) : WP_OK;
	if (!err && (how->beam < 0 || how->beam > WIDEST))
		err = wp_fail(WP_EINVAL, "beam %d: out of range (0 to %d)", how->beam, WIDEST);
	if (!err)
		err = wp_alloc(&t, 1, sizeof *t, "translator");
	if (err)
		return err;
	t->model = m;
	t->how = *how;
	t->context = (struct wp_nn_context){
		.subwords = subwords, .class_counts = wp_nn_model_class_counts(m)};
	t->beam = how->beam > 1 && !how->sample ? how->beam : 1;
	t->group = ROWS / t->beam;
	t->start = (int32_t)wp_strings_find(&m->labels, WP_SENTENCE_START);
	t->end = (int32_t)wp_strings_find(&m->labels, WP_SENTENCE_END);
	t->unknown = (int32_t)wp_strings_find(&m->labels, WP_UNKNOWN_TOKEN);
	t->carries = wp_nn_graph_carries(m->graph);
	if (t->start < 0 || t->end < 0)
		err = wp_fail(WP_EMISMATCH,
			"model: its tokens of targets lack SENTENCE_START or SENTENCE_END");
	if (!err)
		err = wp_alloc(&t->workers, (size_t)threads, sizeof *t->workers, "threads");
	for (; !err && t->threads < threads; t->threads++)
		err = make_worker(t, &t->workers[t->threads]);
	if (err) {
		wp_nn_translator_free(t);
		return err;
	}
	*translator = t;
	return WP_OK;
}

static void forget(struct wp_nn_translator *t)
{
	for (size_t i = 0; i < t->made * (size_t)t->beam; i++)
		free(t->found[i].tokens);
	t->made = 0;
}

void wp_nn_translator_free(struct wp_nn_translator *t)
{
	if (!t)
		return;
	forget(t);
	for (int i = 0; i < t->threads; i++) {
		struct worker *w = &t->workers[i];
		wp_nn_net_free(w->net);
		wp_nn_pair_packed_fini(&w->sources);
		wp_nn_chooser_free(w->chooser);
		free(w->sentence);
		free(w->hypotheses);
		free(w->candidates);
		free(w->nodes);
		free(w->outputs);
		free(w->ids);
		free(w->active);
		free(w->begin);
	}
	free(t->workers);
	free(t->order);
	free(t->found);
	free(t->found_count);
	free(t);
}

/* ---- A step of the network ---- */

static enum wp_err add_node(struct worker *w, int32_t token, int32_t parent, int32_t *node)
{
	enum wp_err err = w->node_count >= INT32_MAX
		? wp_fail(WP_ELIMIT, "beam: too many tokens")
		: wp_grow(&w->nodes, &w->node_room, w->node_count + 1, sizeof *w->nodes,
			  "beam");
	if (err)
		return err;
	w->nodes[w->node_count] = (struct node){token, parent};
	*node = (int32_t)w->node_count++;
	return WP_OK;
}

/* The tokens that the network reads: of one step, or of all steps so far. */
static enum wp_err fill_ids(const struct wp_nn_translator *t, struct worker *w, size_t made,
	int rows, size_t *steps)
{
	*steps = t->carries ? 1 : made + 1;
	enum wp_err err =
		wp_grow(&w->ids, &w->ids_room, *steps * (size_t)rows, sizeof *w->ids, "tokens");
	if (!err)
		err = wp_grow(&w->active, &w->active_room, *steps, sizeof *w->active, "tokens");
	if (!err)
		err = wp_grow(
			&w->begin, &w->begin_room, *steps + 1, sizeof *w->begin, "tokens");
	if (err)
		return err;
	for (size_t s = 0; s <= *steps; s++)
		w->begin[s] = s * (size_t)rows;
	for (size_t s = 0; s < *steps; s++)
		w->active[s] = rows;
	for (int r = 0; r < rows; r++) {
		int32_t node = w->node[r];
		for (size_t s = *steps; s-- > 0; node = node >= 0 ? w->nodes[node].parent : -1)
			w->ids[s * (size_t)rows + (size_t)r] =
				node >= 0 ? w->nodes[node].token : t->start;
	}
	return WP_OK;
}

/* Log-probabilities after `made` tokens, a row for each of the open hypotheses. */
static enum wp_err run(
	const struct wp_nn_translator *t, struct worker *w, size_t made, int rows)
{
	size_t steps;
	enum wp_err err = fill_ids(t, w, made, rows, &steps);
	if (!err)
		err = wp_grow(&w->outputs, &w->outputs_room,
			(size_t)rows * t->model->config.outputs, sizeof *w->outputs, "outputs");
	if (!err && t->carries && made > 0)
		err = wp_nn_net_choose(w->net, w->from, rows);
	if (err)
		return err;
	const struct wp_nn_batch batch = {.steps = (int)steps,
		.sequences = rows,
		.active = w->active,
		.begin = w->begin,
		.ids = w->ids,
		.source = w->sources.batch,
		.source_of = w->source_of,
		.same_source = made > 0,
		.continues = t->carries && made > 0};
	return wp_nn_net_predict_last(w->net, t->model->theta, &batch, w->outputs);
}

/* The rows of the next batch: the open hypotheses of all sentences. */
static int list_rows(struct worker *w)
{
	int rows = 0;
	for (size_t i = 0; i < w->sentences; i++)
		for (int k = 0; k < w->sentence[i].open_count; k++, rows++) {
			struct hypothesis *h = &w->sentence[i].open[k];
			w->from[rows] = h->row;
			w->node[rows] = h->node;
			w->source_of[rows] = w->sentence[i].place;
			h->row = rows;
		}
	return rows;
}

/* ---- The search ---- */

static double score_of(const struct wp_nn_translator *t, double logprob, size_t tokens)
{
	return logprob / pow((double)(tokens ? tokens : 1), t->how.length_penalty);
}

static bool may_come(const struct wp_nn_translator *t, int32_t token, size_t made)
{
	return token != t->start && (token != t->unknown || t->how.unknown) &&
		(token != t->end || made >= t->how.least);
}

static void consider(struct sentence *s, int most, struct candidate c)
{
	int place = s->best_count;
	if (place == most && !(c.logprob > s->best[--place].logprob))
		return;
	for (; place > 0 && c.logprob > s->best[place - 1].logprob; place--)
		s->best[place] = s->best[place - 1];
	s->best[place] = c;
	s->best_count += s->best_count < most;
}

/* The best ways to continue open hypothesis k: twice as many as the beam is wide, as each may
 * end. */
static void consider_all(const struct wp_nn_translator *t, struct sentence *s, int k,
	const float *logprob, size_t made)
{
	const struct hypothesis *h = &s->open[k];
	const int most = t->beam > 1 ? 2 * t->beam : 1;
	float least = -INFINITY;
	for (size_t i = 0; i < t->model->config.outputs; i++) {
		if (!(logprob[i] > least))
			continue;
		if (may_come(t, (int32_t)i, made))
			consider(s, most,
				(struct candidate){
					h->logprob + (double)logprob[i], (int32_t)i, k});
		if (s->best_count == most)
			least = (float)(s->best[most - 1].logprob - h->logprob);
	}
}

/* What a draw gives. */
static enum wp_err draw(const struct wp_nn_translator *t, struct worker *w, struct sentence *s,
	const float *logprob, size_t made)
{
	enum { MOST = 32 }; /* bits of a draw's number */
	enum wp_err err = made < t->how.least ? wp_nn_chooser_ban(w->chooser, t->end) : WP_OK;
	if (err)
		return err;
	if (made >= t->how.least)
		wp_nn_chooser_allow(w->chooser, t->end);
	wp_nn_chooser_seed(
		w->chooser, t->how.seed, ((t->sources->number + s->source) << MOST) + made);
	int32_t token = wp_nn_choose(w->chooser, logprob);
	s->best[0] = (struct candidate){s->open[0].logprob + (double)logprob[token], token, 0};
	s->best_count = 1;
	return WP_OK;
}

/* Keep an ended hypothesis, if it is among the best so many. */
static void put_ended(const struct wp_nn_translator *t, struct sentence *s, struct hypothesis h)
{
	int place = s->ended_count;
	if (place == t->beam && !(h.score > s->ended[--place].score))
		return;
	for (; place > 0 && h.score > s->ended[place - 1].score; place--)
		s->ended[place] = s->ended[place - 1];
	s->ended[place] = h;
	s->ended_count += s->ended_count < t->beam;
}

/* Make the best candidates the open hypotheses. */
static enum wp_err advance(
	const struct wp_nn_translator *t, struct worker *w, struct sentence *s, size_t made)
{
	int count = 0;
	for (int i = 0; i < s->best_count; i++) {
		const struct candidate *c = &s->best[i];
		const struct hypothesis *from = &s->open[c->from];
		struct hypothesis h = {.logprob = c->logprob,
			.score = score_of(t, c->logprob, made + 1),
			.node = from->node,
			.tokens = made,
			.row = from->row};
		if (c->token == t->end) {
			put_ended(t, s, h);
			continue;
		}
		if (count == t->beam)
			continue;
		enum wp_err err = add_node(w, c->token, from->node, &h.node);
		if (err)
			return err;
		h.tokens = made + 1;
		s->next[count++] = h;
	}
	struct hypothesis *old = s->open;
	s->open = s->next;
	s->next = old;
	s->open_count = count;
	return WP_OK;
}

/* Is the search over?  Without a length penalty no open hypothesis can overtake ended ones that
 * are more probable; with one they seldom do. */
static void judge(const struct wp_nn_translator *t, struct sentence *s, size_t made)
{
	bool over = made >= s->most;
	if (t->beam == 1 && s->ended_count > 0)
		over = true;
	if (s->ended_count == t->beam && s->open_count > 0 &&
		s->open[0].score <= s->ended[t->beam - 1].score)
		over = true;
	if (!over)
		return;
	for (int k = 0; k < s->open_count; k++)
		if (s->ended_count < t->beam)
			put_ended(t, s, s->open[k]);
	s->open_count = 0;
}

static enum wp_err step(const struct wp_nn_translator *t, struct worker *w, size_t made)
{
	const size_t classes = t->model->config.outputs;
	enum wp_err err = WP_OK;
	for (size_t i = 0; i < w->sentences && !err; i++) {
		struct sentence *s = &w->sentence[i];
		if (s->open_count == 0)
			continue;
		s->best_count = 0;
		if (t->how.sample)
			err = draw(
				t, w, s, w->outputs + (size_t)s->open[0].row * classes, made);
		for (int k = 0; k < s->open_count && !t->how.sample; k++)
			consider_all(
				t, s, k, w->outputs + (size_t)s->open[k].row * classes, made);
		if (!err)
			err = advance(t, w, s, made);
		judge(t, s, made + 1);
	}
	return err;
}

static enum wp_err collect(
	struct wp_nn_translator *t, const struct worker *w, const struct sentence *s)
{
	struct wp_nn_target_found *found = t->found + s->source * (size_t)t->beam;
	enum wp_err err = WP_OK;
	for (int k = 0; k < s->ended_count && !err; k++) {
		const struct hypothesis *h = &s->ended[k];
		err = wp_alloc(&found[k].tokens, h->tokens, sizeof *found->tokens, "targets");
		int32_t node = h->node;
		for (size_t i = err ? 0 : h->tokens; i-- > 0; node = w->nodes[node].parent)
			found[k].tokens[i] = w->nodes[node].token;
		found[k].count = h->tokens;
		found[k].logprob = h->logprob;
		found[k].score = h->score;
	}
	t->found_count[s->source] = (size_t)s->ended_count;
	return err;
}

/* ---- Groups of sources ---- */

static enum wp_err begin(
	struct wp_nn_translator *t, struct worker *w, size_t first, size_t count)
{
	const struct wp_nn_sources *from = t->sources;
	const struct wp_nn_config *c = &t->model->config;
	const size_t context = t->model->graph->context; /* the network reads no more */
	struct wp_nn_piece piece[ROWS];
	struct wp_nn_batch batch = {.steps = 0};
	for (size_t i = 0; i < count; i++) {
		struct sentence *s = &w->sentence[i];
		s->source = (size_t)(t->order[first + i] & UINT32_MAX);
		const size_t length = (size_t)from->length[s->source];
		piece[i] = (struct wp_nn_piece){from->begin[s->source], length};
		s->most = t->how.most ? t->how.most : 2 * length + 10;
		if (context && s->most > context)
			s->most = context;
		s->open[0] = (struct hypothesis){.node = -1};
		s->open_count = 1;
		s->ended_count = 0;
	}
	w->sentences = count;
	w->node_count = 0;
	enum wp_err err = wp_nn_pack_sources(
		&w->sources, piece, count, from->ids, from->values, c->inputs, &batch);
	if (!err && from->values)
		wp_nn_scaling_apply(&t->model->inputs, w->sources.packed.values,
			batch.source->begin[batch.source->steps]);
	for (size_t i = 0; i < count && !err; i++)
		w->sentence[i].place = batch.source_of[i];
	return err;
}

static enum wp_err run_group(
	struct wp_nn_translator *t, struct worker *w, size_t first, size_t count)
{
	enum wp_err err = begin(t, w, first, count);
	int rows;
	for (size_t made = 0; !err && (rows = list_rows(w)) > 0; made++) {
		err = run(t, w, made, rows);
		if (!err)
			err = step(t, w, made);
	}
	for (size_t i = 0; i < count && !err; i++)
		err = collect(t, w, &w->sentence[i]);
	return err;
}

static enum wp_err work(int thread, void *arg)
{
	struct wp_nn_translator *t = arg;
	const size_t group = (size_t)t->group;
	enum wp_err err = WP_OK;
	size_t i;
	while (!err && (i = atomic_fetch_add(&t->next, group)) < t->used)
		err = run_group(
			t, &t->workers[thread], i, t->used - i < group ? t->used - i : group);
	return err;
}

static enum wp_err make_room(struct wp_nn_translator *t, size_t count)
{
	enum wp_err err = count > UINT32_MAX
		? wp_fail(WP_ELIMIT, "%zu sources at once", count)
		: wp_grow(&t->order, &t->order_room, count, sizeof *t->order, "sources");
	if (!err)
		err = wp_grow(&t->found, &t->found_room, count * (size_t)t->beam,
			sizeof *t->found, "targets");
	if (!err)
		err = wp_grow(&t->found_count, &t->count_room, count, sizeof *t->found_count,
			"targets");
	if (err || count == 0)
		return err;
	memset(t->found, 0, count * (size_t)t->beam * sizeof *t->found);
	memset(t->found_count, 0, count * sizeof *t->found_count);
	t->made = count;
	return WP_OK;
}

enum wp_err wp_nn_translate(struct wp_nn_translator *t, const struct wp_nn_sources *sources)
{
	forget(t);
	enum wp_err err = make_room(t, sources->count);
	if (err)
		return err;
	t->sources = sources;
	t->used = 0;
	for (size_t i = 0; i < sources->count; i++)
		if (sources->length[i] > 0)
			t->order[t->used++] = wp_nn_length_key((size_t)sources->length[i], i);
	wp_nn_sort_keys(t->order, t->used);
	const size_t groups = (t->used + (size_t)t->group - 1) / (size_t)t->group;
	const size_t threads = (size_t)t->threads < groups ? (size_t)t->threads : groups;
	atomic_init(&t->next, 0);
	return threads > 1 ? wp_parallel((int)threads, work, t) : work(0, t);
}

const struct wp_nn_target_found *wp_nn_translated(
	const struct wp_nn_translator *t, size_t s, size_t *count)
{
	*count = t->found_count[s];
	return t->found + s * (size_t)t->beam;
}
