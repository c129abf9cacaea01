#include "nn/tasks/label.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "text/plain_text.h"
#include "nn/net/graph.h"
#include "nn/tasks/mode.h"
#include "nn/tasks/predictor.h"
#include "text/vocab_map.h"

/* A label and its probability. */
struct choice {
	float logprob;
	int32_t label;
};

struct labeller {
	const struct wp_nn_model_input *reading;
	const struct wp_nn_labelling *how;
	struct wp_output *output;
	struct wp_nn_labelled *result;
	size_t classes;
	bool tags;
	const int32_t *given; /* by sentence or token, codes of the stream; or NULL */
	int32_t *given_label; /* by code: among result->labels                      */
	struct wp_nn_predictor *predictor;
	struct wp_nn_window window;
	float *logprob; /* (sentences or rows of the window, classes) */
	size_t logprob_room;
	/* Where outputs decode: the best tags together (best, rows of the window), and of more
	 * than one the logarithms of their probabilities (best, sentences). */
	int32_t *path;
	double *path_logprob;
	size_t path_room, path_logprob_room;
	bool decoded;
	int32_t *best, *truth; /* of a sentence */
	size_t best_room, truth_room;
	struct choice *order; /* (classes) */
};

/* ---- What is given ---- */

/* Labels of the stream that the model lacks come after the model's. */
static enum wp_err find_given(struct labeller *l)
{
	const struct wp_corpus *corpus = &l->reading->source.corpus;
	const struct wp_strings *names = l->tags ? &corpus->tag_vocab : &corpus->label_vocab;
	struct wp_vocab_map map = {0};
	if (names->count == 0)
		return WP_OK;
	enum wp_err err = wp_vocab_map_init(&map, names, &l->result->labels);
	l->given = l->tags ? corpus->tags : corpus->labels;
	l->given_label = map.id; /* taken over */
	for (size_t i = 0; !err && i < names->count; i++) {
		size_t length;
		const char *name = wp_strings_get(names, i, &length);
		if (map.id[i] >= 0)
			continue;
		map.id[i] = (int32_t)l->result->labels.count;
		err = wp_strings_add(&l->result->labels, name, length);
	}
	return err ? err : wp_metrics_create(&l->result->metrics, &l->result->labels);
}

/* ---- Rows ---- */

static int32_t most_probable(const float *logprob, size_t classes)
{
	size_t best = 0;
	for (size_t i = 1; i < classes; i++)
		if (logprob[i] > logprob[best])
			best = i;
	return (int32_t)best;
}

static int falling(const void *a, const void *b)
{
	const struct choice *x = a, *y = b;
	if (x->logprob != y->logprob)
		return x->logprob > y->logprob ? -1 : 1;
	return (x->label > y->label) - (x->label < y->label);
}

/* The label; with probabilities, all labels, the most probable one first, or `first`, if that
 * is not negative. */
static enum wp_err put_label(
	struct labeller *l, const float *logprob, int32_t best, int32_t first)
{
	const struct wp_strings *names = &l->result->labels;
	enum wp_err err = WP_OK;
	if (!l->how->probabilities)
		return wp_put_token(l->output, names, (size_t)best);
	for (size_t i = 0; i < l->classes; i++)
		l->order[i] = (struct choice){
			(int32_t)i == first ? INFINITY : logprob[i], (int32_t)i};
	qsort(l->order, l->classes, sizeof *l->order, falling);
	for (size_t i = 0; !err && i < l->classes; i++) {
		if (i > 0)
			err = wp_output_write(l->output, "\t", 1);
		if (!err)
			err = wp_put_token(l->output, &l->reading->model->labels,
				(size_t)l->order[i].label);
		if (!err)
			err = wp_output_printf(
				l->output, "\t%.4f", exp((double)logprob[l->order[i].label]));
	}
	return err;
}

/* A row for each token of the sentence; path: the model's tags, or NULL. */
static enum wp_err put_tokens(struct labeller *l, size_t row, const float *logprob,
	const int32_t *best, const int32_t *path, size_t n)
{
	const struct wp_corpus *corpus = &l->reading->source.corpus;
	enum wp_err err = WP_OK;
	for (size_t i = 0; !err && i < n; i++) {
		if (corpus->ids &&
			!(err = wp_put_token(
				  l->output, &corpus->vocab, (size_t)corpus->ids[row + i])))
			err = wp_output_write(l->output, "\t", 1);
		if (!err && l->given &&
			!(err = wp_put_token(l->output, &l->result->labels,
				  (size_t)l->given_label[l->given[row + i]])))
			err = wp_output_write(l->output, "\t", 1);
		if (!err)
			err = put_label(
				l, logprob + i * l->classes, best[i], path ? path[i] : -1);
		if (!err)
			err = wp_output_write(l->output, "\n", 1);
	}
	return err ? err : wp_output_write(l->output, "\n", 1);
}

/* The labels of a sentence: one, or, for tags, n of them. */
static enum wp_err put_labels(struct labeller *l, const float *logprob, size_t n)
{
	enum wp_err err = WP_OK;
	for (size_t i = 0; !err && i < n; i++) {
		if (i > 0)
			err = wp_output_write(l->output, " ", 1);
		if (!err)
			err = put_label(l, logprob + i * l->classes, l->best[i], -1);
	}
	return err ? err : wp_output_write(l->output, "\n", 1);
}

static enum wp_err compare(struct labeller *l, size_t first, size_t n)
{
	for (size_t i = 0; i < n; i++)
		l->truth[i] = l->given_label[l->given[first + i]];
	return wp_metrics_add(l->result->metrics, l->truth, l->best, n);
}

static int32_t find(const struct wp_strings *list, const char *word, size_t length)
{
	for (size_t i = 0; i < list->count; i++) {
		size_t n;
		const char *other = wp_strings_get(list, i, &n);
		if (n == length && memcmp(other, word, n) == 0)
			return (int32_t)i;
	}
	return -1;
}

/* The best tags, which are the model's, in the scheme in which tags are written. */
static enum wp_err rewrite(struct labeller *l, size_t n)
{
	const struct wp_nn_model *m = l->reading->model;
	struct wp_strings words = {0};
	enum wp_err err = wp_tags_convert(&m->tag_set, l->best, n, m->written, &words);
	for (size_t i = 0; i < n && !err; i++) {
		size_t length;
		const char *word = wp_strings_get(&words, i, &length);
		l->best[i] = find(&l->result->labels, word, length);
	}
	wp_strings_fini(&words);
	return err;
}

/* The most probable sequences of tags of sentence s of the window, with theirs. */
static enum wp_err put_best(
	struct labeller *l, size_t s, size_t row, const float *logprob, size_t n)
{
	const struct wp_nn_window *w = &l->window;
	enum wp_err err = WP_OK;
	for (size_t k = 0; k < l->how->best && !err; k++) {
		const int32_t *path = l->path + k * w->rows + wp_nn_window_row(w, s, 0);
		double log_p = n ? l->path_logprob[k * w->sequences.count + s] : 0;
		if (log_p == -INFINITY || (n == 0 && k > 0))
			break;
		for (size_t i = 0; i < n; i++)
			l->best[i] = path[i];
		if (n && l->reading->model->scheme)
			err = rewrite(l, n);
		if (!err)
			err = wp_output_printf(l->output, "# %zu %.6f\n", k, exp(log_p));
		if (!err)
			err = put_tokens(l, row, logprob, l->best, path, n);
	}
	return err;
}

/* Sentence s of the window, whose first token is at `row` of the data.  One without a token has
 * no label. */
static enum wp_err tell(struct labeller *l, size_t s, size_t row)
{
	const struct wp_nn_window *w = &l->window;
	size_t tokens = (size_t)w->length[s];
	size_t n = l->tags ? tokens : 1; /* labels */
	const float *logprob =
		l->logprob + (l->tags ? wp_nn_window_row(w, s, 0) : s) * l->classes;
	enum wp_err err = wp_grow(&l->best, &l->best_room, n, sizeof *l->best, "labels");
	if (!err)
		err = wp_grow(&l->truth, &l->truth_room, n, sizeof *l->truth, "labels");
	if (err)
		return err;
	for (size_t i = 0; i < n; i++)
		l->best[i] = !tokens ? -1
			: l->decoded ? l->path[wp_nn_window_row(w, s, i)]
				     : most_probable(logprob + i * l->classes, l->classes);
	if (tokens && l->reading->model->scheme)
		err = rewrite(l, n);
	if (err)
		return err;
	l->result->sentences++;
	l->result->tokens += tokens;
	if (l->given)
		err = compare(l, l->tags ? row : w->sentence + s, n);
	if (err || !l->output)
		return err;
	if (l->how->best)
		return put_best(l, s, row, logprob, n);
	if (l->tags && (l->how->by_token || l->how->probabilities))
		return put_tokens(l, row, logprob, l->best, NULL, n);
	return put_labels(l, logprob, tokens ? n : 0);
}

/* ---- The network ---- */

static size_t paths(const struct labeller *l)
{
	return l->how->best ? l->how->best : 1;
}

static void take(void *arg, const struct wp_nn_predicted *p)
{
	struct labeller *l = arg;
	wp_nn_window_take(&l->window, p, l->tags, l->classes, l->logprob);
	const struct wp_nn_batch *batch = p->batch;
	const size_t rows = batch->begin[batch->steps], sequences = (size_t)batch->sequences;
	const struct wp_nn_window *w = &l->window;
	for (size_t k = 0; p->best && k < paths(l); k++) {
		for (int t = 0; t < batch->steps; t++)
			for (int b = 0; b < batch->active[t]; b++)
				l->path[k * w->rows +
					wp_nn_window_row(
						w, p->sequence[b], p->first_step + (size_t)t)] =
					p->best[k * rows + batch->begin[t] + (size_t)b];
		for (size_t b = 0; b < sequences && l->how->best; b++)
			l->path_logprob[k * w->sequences.count + p->sequence[b]] =
				p->logprob[k * sequences + b];
	}
}

static enum wp_err run(struct labeller *l)
{
	struct wp_nn_window *w = &l->window;
	enum wp_err err;
	const size_t most_rows = wp_nn_window_rows(l->classes + l->how->best);
	while (!(err = wp_nn_window_next(w, l->reading, most_rows, false))) {
		size_t n = l->tags ? w->rows : w->sequences.count;
		err = wp_grow(&l->logprob, &l->logprob_room, n * l->classes, sizeof *l->logprob,
			"labels");
		if (!err && l->decoded)
			err = wp_grow(
				&l->path, &l->path_room, n, paths(l) * sizeof *l->path, "tags");
		if (!err && l->how->best)
			err = wp_grow(&l->path_logprob, &l->path_logprob_room,
				w->sequences.count, paths(l) * sizeof *l->path_logprob, "tags");
		if (!err)
			err = wp_nn_predict(l->predictor, &w->sequences, true, false, take, l);
		size_t row = w->row;
		for (size_t s = 0; !err && s < w->sequences.count; s++) {
			err = tell(l, s, row);
			row += (size_t)w->length[s];
		}
		if (err)
			return err;
	}
	return err == WP_END ? WP_OK : err;
}

/* All tags that can be written: of each type, at each place of a chunk. */
static enum wp_err list_written(struct wp_strings *labels, const struct wp_nn_model *m)
{
	const struct wp_strings *types = &m->tag_set.types;
	const char *marks = m->written == WP_SCHEME_IOBES ? "BIES" : "BI";
	enum wp_err err = wp_strings_add(labels, "O", 1);
	for (size_t i = 0; i < types->count && !err; i++)
		for (const char *mark = marks; *mark && !err; mark++) {
			size_t length;
			const char *type = wp_strings_get(types, i, &length);
			char *tag;
			if ((err = wp_alloc(&tag, length + 2, 1, "tags")))
				break;
			tag[0] = *mark;
			tag[1] = '-';
			memcpy(tag + 2, type, length);
			err = wp_strings_add(labels, tag, length ? length + 2 : 1);
			free(tag);
		}
	return err;
}

enum wp_err wp_nn_label(const struct wp_nn_model_input *reading,
	const struct wp_nn_labelling *how, struct wp_output *output,
	struct wp_nn_labelled *labelled)
{
	const struct wp_nn_model *m = reading->model;
	struct labeller l = {.reading = reading,
		.how = how,
		.output = output,
		.result = labelled,
		.classes = m->config.outputs,
		.tags = !wp_nn_at_end(&m->config),
		.decoded = wp_nn_graph_decodes(m->graph)};
	*labelled = (struct wp_nn_labelled){0};
	if (!wp_nn_tasks[m->config.task].classes)
		return wp_fail(WP_EMISMATCH, "model: made for the task '%s', not for labels",
			wp_nn_tasks[m->config.task].name);
	if (how->best && !l.decoded)
		return wp_fail(WP_EMISMATCH,
			"model: its output, '%s', has no most probable sequences of tags; crf has",
			wp_nn_graph_output(m->graph)->type->name);
	enum wp_err err = m->scheme ? list_written(&labelled->labels, m)
				    : wp_strings_add_all(&labelled->labels, &m->labels);
	if (!err)
		err = find_given(&l);
	if (!err)
		err = wp_alloc(&l.order, l.classes, sizeof *l.order, "labels");
	if (!err)
		err = wp_nn_predictor_create(&l.predictor, m, reading->subwords, how->threads);
	if (!err && how->best)
		wp_nn_predictor_want(l.predictor, how->best);
	if (!err)
		err = run(&l);
	wp_nn_predictor_free(l.predictor);
	wp_nn_window_fini(&l.window);
	free(l.given_label);
	free(l.logprob);
	free(l.path);
	free(l.path_logprob);
	free(l.best);
	free(l.truth);
	free(l.order);
	return err;
}

void wp_nn_labelled_fini(struct wp_nn_labelled *labelled)
{
	wp_strings_fini(&labelled->labels);
	wp_metrics_free(labelled->metrics);
	*labelled = (struct wp_nn_labelled){0};
}

static enum wp_err report(
	const struct wp_nn_use *use, const struct wp_metrics *metrics, const char *target)
{
	struct wp_chunk_counts total = wp_metrics_total(metrics), phrases;
	bool at_end = wp_nn_at_end(&use->model->config);
	enum wp_err err = use->report
		? wp_metrics_report(metrics, at_end ? "sentences" : "tokens", use->report)
		: WP_OK;
	if (err)
		return err;
	if (wp_metrics_phrases(metrics, &phrases))
		wp_nn_tell(use->say, "F1 of phrases %.4f", wp_chunk_f1(&phrases));
	wp_nn_tell(use->say, "accuracy %.4f of %" PRIu64 " %ss", wp_chunk_recall(&total),
		total.truth, target);
	return WP_OK;
}

enum wp_err wp_nn_use_to_label(const struct wp_nn_use *use)
{
	const struct wp_nn_labelling how = {.threads = use->how->threads,
		.by_token = use->how->by_token,
		.probabilities = use->how->probabilities,
		.best = (size_t)use->how->best};
	const char *target = wp_nn_tasks[use->model->config.task].target;
	struct wp_nn_labelled labelled;
	enum wp_err err = wp_nn_label(use->reading, &how, use->rows, &labelled);
	if (!err && use->report && !labelled.metrics)
		err = wp_fail(WP_EMISMATCH, "%s: no %ss to compare with", use->name, target);
	if (!err && labelled.metrics)
		err = report(use, labelled.metrics, target);
	wp_nn_labelled_fini(&labelled);
	return err;
}
