#include "nn/train/chunk_measure.h"

#include <stdlib.h>

#include "base/memory.h"
#include "text/tag_scheme.h"

/* What a shard needs, and what it has counted. */
struct part {
	struct wp_chunk_score score;
	float *outputs;
	int32_t *best, *truth, *found; /* of all rows; of a sentence */
	size_t outputs_room, best_room, truth_room, found_room;
};

struct wp_nn_chunk_measure {
	struct wp_tag_set set;
	struct part *parts;
	int shards;
};

enum wp_err wp_nn_chunk_measure_create(
	struct wp_nn_chunk_measure **measure, const struct wp_strings *tags, int shards)
{
	struct wp_nn_chunk_measure *m;
	enum wp_err err = wp_alloc(&m, 1, sizeof *m, "F1 of chunks");
	*measure = NULL;
	if (err)
		return err;
	err = wp_tag_set_init(&m->set, tags);
	if (!err && !m->set.chunks)
		err = wp_fail(WP_EMISMATCH,
			"F1: the tags are not those of chunks (B-X, I-X, O): take accuracy");
	if (!err)
		err = wp_alloc(&m->parts, (size_t)shards, sizeof *m->parts, "F1 of chunks");
	while (!err && m->shards < shards) {
		err = wp_chunk_score_init(&m->parts[m->shards].score, &m->set);
		m->shards += !err;
	}
	if (err)
		wp_nn_chunk_measure_free(m);
	else
		*measure = m;
	return err;
}

void wp_nn_chunk_measure_free(struct wp_nn_chunk_measure *m)
{
	if (!m)
		return;
	for (int i = 0; i < m->shards; i++) {
		wp_chunk_score_fini(&m->parts[i].score);
		free(m->parts[i].outputs);
		free(m->parts[i].best);
		free(m->parts[i].truth);
		free(m->parts[i].found);
	}
	free(m->parts);
	wp_tag_set_fini(&m->set);
	free(m);
}

void wp_nn_chunk_measure_clear(struct wp_nn_chunk_measure *m)
{
	for (int i = 0; i < m->shards; i++)
		m->parts[i].score.all = (struct wp_chunk_counts){0};
}

static enum wp_err make_room(struct part *p, size_t rows, size_t steps, size_t classes)
{
	enum wp_err err;
	if ((err = wp_grow(&p->outputs, &p->outputs_room, rows * classes, sizeof *p->outputs,
		     "tags")) ||
		(err = wp_grow(&p->best, &p->best_room, rows, sizeof *p->best, "tags")) ||
		(err = wp_grow(&p->truth, &p->truth_room, steps, sizeof *p->truth, "tags")) ||
		(err = wp_grow(&p->found, &p->found_room, steps, sizeof *p->found, "tags")))
		return err;
	return WP_OK;
}

static void choose(struct part *p, size_t rows, size_t classes)
{
	for (size_t r = 0; r < rows; r++) {
		const float *row = p->outputs + r * classes;
		size_t best = 0;
		for (size_t c = 1; c < classes; c++)
			best = row[c] > row[best] ? c : best;
		p->best[r] = (int32_t)best;
	}
}

static void count(struct part *p, const struct wp_nn_batch *b)
{
	for (int s = 0; s < b->sequences; s++) {
		size_t n = 0;
		for (; n < (size_t)b->steps && b->active[n] > s; n++) {
			p->truth[n] = b->classes[b->begin[n] + (size_t)s];
			p->found[n] = p->best[b->begin[n] + (size_t)s];
		}
		wp_chunk_score_add(&p->score, p->truth, p->found, n);
	}
}

enum wp_err wp_nn_chunk_measure_add(struct wp_nn_chunk_measure *m, int shard,
	struct wp_nn_net *net, const struct wp_nn_graph *graph, const float *theta,
	const struct wp_nn_batch *batch, struct wp_nn_score *score)
{
	struct part *p = &m->parts[shard];
	const size_t rows = batch->begin[batch->steps];
	const size_t classes = wp_nn_graph_output(graph)->outputs;
	enum wp_err err = make_room(p, rows, (size_t)batch->steps, classes);
	if (!err)
		err = wp_nn_net_predict(net, theta, batch, p->outputs, score);
	if (!err && wp_nn_graph_decodes(graph))
		err = wp_nn_net_decode(net, theta, batch, 1, p->best, NULL);
	else if (!err)
		choose(p, rows, classes);
	if (!err)
		count(p, batch);
	return err;
}

double wp_nn_chunk_measure_f1(const struct wp_nn_chunk_measure *m)
{
	struct wp_chunk_counts all = {0};
	for (int i = 0; i < m->shards; i++) {
		all.truth += m->parts[i].score.all.truth;
		all.found += m->parts[i].score.all.found;
		all.right += m->parts[i].score.all.right;
	}
	return wp_chunk_f1(&all);
}
