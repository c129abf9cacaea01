/* Targets for the sources of a stream, line by line, and what they attend to. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "nn/decode/translate.h"
#include "nn/net/graph.h"
#include "nn/tasks/mode.h"
#include "nn/tasks/predictor.h"
#include "text/plain_text.h"
#include "text/vocab.h"

/* The best targets of a window, as the network reads them, and what each of their tokens, the
 * end included, attends to. */
struct maps {
	int32_t *ids; /* SENTENCE_START and the tokens */
	size_t *begin, *weight_begin;
	int32_t *length, *shape; /* (sentences), (sentences, 3) */
	float *weight;
	size_t ids_room, begin_room, weight_begin_room, length_room, shape_room, weight_room;
	size_t heads, weights;
	size_t node; /* the layer that attends */
	const struct wp_nn_window *window;
};

struct translating {
	const struct wp_nn_use *use;
	struct wp_nn_translator *translator;
	struct wp_nn_predictor *predictor; /* for maps, or NULL */
	struct wp_nn_window window;
	struct maps maps;
	int32_t start, end, unknown;
	uint64_t sentences, tokens;
	double logprob;
};

/* ---- What is attended to ---- */

/* The best target of each source; none where there is none. */
static enum wp_err list_targets(struct translating *t)
{
	struct maps *m = &t->maps;
	const size_t count = t->window.sequences.count;
	enum wp_err err =
		wp_grow(&m->begin, &m->begin_room, count, sizeof *m->begin, "targets");
	if (!err)
		err = wp_grow(&m->length, &m->length_room, count, sizeof *m->length, "targets");
	if (!err)
		err = wp_grow(
			&m->shape, &m->shape_room, 3 * count, sizeof *m->shape, "targets");
	if (!err)
		err = wp_grow(&m->weight_begin, &m->weight_begin_room, count,
			sizeof *m->weight_begin, "targets");
	size_t rows = 0;
	m->weights = 0;
	for (size_t s = 0; s < count && !err; s++) {
		size_t found;
		const struct wp_nn_target_found *best =
			wp_nn_translated(t->translator, s, &found);
		const size_t n = found ? best->count + 1 : 0;
		const size_t source = (size_t)t->window.length[s];
		err = wp_grow(&m->ids, &m->ids_room, rows + n, sizeof *m->ids, "targets");
		if (err)
			break;
		m->begin[s] = rows;
		m->length[s] = (int32_t)n;
		m->weight_begin[s] = m->weights;
		m->shape[3 * s] = (int32_t)m->heads;
		m->shape[3 * s + 1] = (int32_t)n;
		m->shape[3 * s + 2] = n ? (int32_t)source : 0;
		m->weights += n ? m->heads * n * source : 0;
		if (n)
			m->ids[rows] = t->start;
		for (size_t i = 1; i < n; i++)
			m->ids[rows + i] = best->tokens[i - 1];
		rows += n;
	}
	return err ? err
		   : wp_grow(&m->weight, &m->weight_room, m->weights + 1, sizeof *m->weight,
			     "attention");
}

static void take_weights(void *arg, const struct wp_nn_predicted *p)
{
	struct maps *m = arg;
	for (int t = 0; t < p->batch->steps; t++)
		for (int b = 0; b < p->batch->active[t]; b++) {
			const size_t s = p->sequence[b];
			const size_t source = (size_t)m->shape[3 * s + 2],
				     target = (size_t)m->shape[3 * s + 1];
			for (size_t h = 0; h < m->heads; h++)
				memcpy(m->weight + m->weight_begin[s] +
						(h * target + (size_t)t) * source,
					wp_nn_net_attention(p->net, m->node,
						p->batch->begin[t] + (size_t)b, h),
					source * sizeof(float));
		}
}

static enum wp_err find_weights(struct translating *t)
{
	struct maps *m = &t->maps;
	enum wp_err err = list_targets(t);
	const struct wp_nn_sequences targets = {.ids = m->ids,
		.begin = m->begin,
		.length = m->length,
		.count = t->window.sequences.count,
		.source = &t->window.sequences};
	return err ? err : wp_nn_predict(t->predictor, &targets, false, false, take_weights, m);
}

/* The step of the source that token i of the target of sentence s attends to most. */
static size_t most_attended(const struct maps *m, size_t s, size_t i)
{
	const size_t source = (size_t)m->shape[3 * s + 2], target = (size_t)m->shape[3 * s + 1];
	size_t best = 0;
	float most = -1;
	for (size_t k = 0; k < source; k++) {
		float sum = 0;
		for (size_t h = 0; h < m->heads; h++)
			sum += m->weight[m->weight_begin[s] + (h * target + i) * source + k];
		if (sum > most) {
			most = sum;
			best = k;
		}
	}
	return best;
}

/* ---- Writing ---- */

static enum wp_err put_token(
	struct translating *t, size_t s, size_t i, int32_t token, bool best)
{
	const struct wp_nn_use *use = t->use;
	const struct wp_nn_data *d = &use->reading->source.data;
	if (token != t->unknown || !use->how->copy_unknown || !best || !d->ids)
		return wp_put_token(use->rows, &use->model->labels, (size_t)token);
	const size_t at = t->window.row + (t->window.begin[s] - t->window.begin[0]);
	return wp_put_token(use->rows, &use->reading->source.corpus.vocab,
		(size_t)d->ids[at + most_attended(&t->maps, s, i)]);
}

static enum wp_err put_target(
	struct translating *t, size_t s, const struct wp_nn_target_found *found, bool best)
{
	struct wp_output *out = t->use->rows;
	enum wp_err err = WP_OK;
	for (size_t i = 0; i < found->count && !err; i++) {
		if (i > 0)
			err = wp_output_write(out, " ", 1);
		if (!err)
			err = put_token(t, s, i, found->tokens[i], best);
	}
	return err ? err : wp_output_write(out, "\n", 1);
}

static enum wp_err put_sentence(struct translating *t, size_t s)
{
	const struct wp_nn_use *use = t->use;
	const size_t most = use->how->best ? (size_t)use->how->best : 1;
	size_t found;
	const struct wp_nn_target_found *best = wp_nn_translated(t->translator, s, &found);
	enum wp_err err = WP_OK;
	if (found > 0) {
		t->tokens += best->count;
		t->logprob += best->logprob;
	}
	if (!use->rows)
		return WP_OK;
	if (found == 0 && !use->how->best)
		return wp_output_write(use->rows, "\n", 1);
	for (size_t k = 0; k < found && k < most && !err; k++) {
		if (use->how->best)
			err = wp_output_printf(use->rows, "%zu\t%.4f\t",
				t->window.sentence + s + 1, best[k].logprob);
		if (!err)
			err = put_target(t, s, &best[k], k == 0);
	}
	return err;
}

static enum wp_err put_maps(struct translating *t)
{
	const struct maps *m = &t->maps;
	const struct wp_nn_data *d = &t->use->reading->source.data;
	const size_t count = t->window.sequences.count;
	const bool more = t->window.sentence + count < d->sequences;
	struct wp_writer *w = t->use->maps;
	enum wp_err err = WP_OK;
	if (!w)
		return WP_OK;
	int32_t *ids, *lengths;
	size_t n = 0;
	err = wp_alloc(&lengths, count + 1, sizeof *lengths, "targets");
	if (err)
		return err;
	for (size_t s = 0; s < count; s++)
		n += (size_t)(lengths[s] = m->length[s] ? m->length[s] + 1 : 0);
	err = wp_alloc(&ids, n + 1, sizeof *ids, "targets");
	n = 0;
	for (size_t s = 0; s < count && !err; s++) {
		for (int32_t i = 0; i < m->length[s]; i++)
			ids[n++] = m->ids[m->begin[s] + (size_t)i];
		if (m->length[s])
			ids[n++] = t->end;
	}
	if (!err && d->ids)
		err = wp_writer_put_slice(
			w, "ids", WP_I32, d->ids + t->window.row, t->window.data_rows, more);
	if (!err)
		err = wp_writer_put_slice(
			w, "lengths", WP_I32, d->lengths + t->window.sentence, count, more);
	if (!err)
		err = wp_writer_put_slice(w, "target.ids", WP_I32, ids, n, more);
	if (!err)
		err = wp_writer_put_slice(w, "target.lengths", WP_I32, lengths, count, more);
	if (!err)
		err = wp_writer_put_slice(w, "attention", WP_F32, m->weight, m->weights, more);
	if (!err)
		err = wp_writer_put_rows(
			w, "attention.shape", WP_I32, m->shape, count, 3, more);
	free(ids);
	free(lengths);
	return err;
}

static enum wp_err begin_maps(struct translating *t)
{
	const struct wp_nn_use *use = t->use;
	const struct wp_nn_node *node = wp_nn_graph_attends(use->model->graph);
	if (!use->maps && !use->how->copy_unknown)
		return WP_OK;
	if (!node)
		return wp_fail(WP_EMISMATCH,
			"no layer of the model attends to the source: see \1attention of rnn-train");
	t->maps.node = (size_t)(node - use->model->graph->node);
	t->maps.heads = node->type->heads(node);
	enum wp_err err = wp_nn_predictor_create(
		&t->predictor, use->model, use->reading->subwords, use->how->threads);
	if (!err && use->maps && use->reading->source.data.ids)
		err = wp_writer_put_list(
			use->maps, "vocab", &use->reading->source.corpus.vocab);
	if (!err && use->maps)
		err = wp_writer_put_list(use->maps, "target.vocab", &use->model->labels);
	return err;
}

/* ---- All of it ---- */

static enum wp_err translate_window(struct translating *t)
{
	const struct wp_nn_sequences *w = &t->window.sequences;
	const struct wp_nn_sources sources = {.ids = w->ids,
		.values = w->values,
		.begin = w->begin,
		.length = w->length,
		.count = w->count,
		.number = t->window.sentence};
	enum wp_err err = wp_nn_translate(t->translator, &sources);
	if (!err && t->predictor)
		err = find_weights(t);
	for (size_t s = 0; s < w->count && !err; s++)
		err = put_sentence(t, s);
	t->sentences += w->count;
	return err || !t->predictor ? err : put_maps(t);
}

static struct wp_nn_translation translation_of(const struct wp_nn_mode_settings *how)
{
	return (struct wp_nn_translation){.beam = how->generation.beam,
		.length_penalty = how->length_penalty,
		.sample = how->sample,
		.sampling = how->generation.sampling,
		.seed = how->generation.seed,
		.unknown = how->generation.unknown || how->copy_unknown,
		.most = (size_t)how->max_length,
		.least = (size_t)how->min_length};
}

enum wp_err wp_nn_use_to_translate(const struct wp_nn_use *use)
{
	const struct wp_strings *labels = &use->model->labels;
	const struct wp_nn_translation how = translation_of(use->how);
	struct translating t = {.use = use,
		.start = (int32_t)wp_strings_find(labels, WP_SENTENCE_START),
		.end = (int32_t)wp_strings_find(labels, WP_SENTENCE_END),
		.unknown = (int32_t)wp_strings_find(labels, WP_UNKNOWN_TOKEN)};
	enum wp_err err = wp_nn_translator_create(
		&t.translator, use->model, use->reading->subwords, &how, use->how->threads);
	if (!err)
		err = begin_maps(&t);
	while (!err &&
		!(err = wp_nn_window_next(
			  &t.window, use->reading, wp_nn_window_rows(0), false)))
		err = translate_window(&t);
	err = err == WP_END ? WP_OK : err;
	if (!err && use->report)
		err = wp_output_printf(use->report,
			"sentences\t%llu\ntokens\t%llu\nlogprob\t%.4f\n",
			(unsigned long long)t.sentences, (unsigned long long)t.tokens,
			t.logprob);
	wp_nn_translator_free(t.translator);
	wp_nn_predictor_free(t.predictor);
	wp_nn_window_fini(&t.window);
	struct maps *m = &t.maps;
	free(m->ids);
	free(m->begin);
	free(m->weight_begin);
	free(m->length);
	free(m->shape);
	free(m->weight);
	return err;
}
