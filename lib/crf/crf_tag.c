#include "crf/crf_tag.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "crf/crf_model.h"

struct tagger {
	const struct wp_crf *crf;
	struct wp_crf_attributes attributes; /* a shallow copy, which is not changed */
	struct wp_crf_extractor extractor;
	struct wp_chain_f64 *chain;
	struct wp_chain_work *work;
	double *scratch;
	double *scores; /* (n, stride) */
	size_t score_room;
	struct wp_crf_extra extra;
	struct wp_chain_extra_f64 entries; /* of it, as the chain reads them */
	int32_t *row;                      /* the attributes of a token, by template */
	int32_t *vectors;
	float *numbers;
	char *text;
	size_t text_room;
};

static void tagger_fini(struct tagger *g)
{
	wp_crf_extractor_fini(&g->extractor);
	wp_crf_extra_fini(&g->extra);
	wp_chain_f64_free(g->chain);
	wp_chain_work_free(g->work);
	free(g->scratch);
	free(g->scores);
	free(g->row);
	free(g->vectors);
	free(g->numbers);
	free(g->text);
}

static enum wp_err tagger_init(struct tagger *g, const struct wp_crf *crf)
{
	size_t tags = crf->tag_count;
	g->attributes = crf->attributes;
	g->extractor.attributes = &g->attributes;
	enum wp_err err = wp_chain_f64_create(&g->chain, (int)tags);
	if (!err)
		err = wp_chain_work_create(&g->work);
	if (!err)
		err = wp_alloc(&g->scratch, tags * tags, sizeof *g->scratch, "tags");
	if (!err)
		err = wp_alloc(&g->row, crf->templates.count, sizeof *g->row, "attributes");
	if (!err)
		err = wp_alloc(
			&g->vectors, crf->templates.vectors, sizeof *g->vectors, "vectors");
	if (!err)
		err = wp_alloc(
			&g->numbers, crf->templates.numbers, sizeof *g->numbers, "numbers");
	if (!err)
		wp_crf_set_chain(crf, crf->weights, g->scratch, g->chain);
	return err;
}

static void find_vectors(struct tagger *g, const struct wp_tagging_sentence *s, size_t t)
{
	const struct wp_crf_templates *templates = &g->crf->templates;
	size_t v = 0;
	for (size_t i = 0; i < templates->count; i++) {
		const struct wp_crf_template *p = &templates->templates[i];
		if (p->kind != 'V')
			continue;
		int64_t at = (int64_t)t + p->macro[0].row;
		size_t column = (size_t)templates->sources[p->macro[0].source].column;
		g->vectors[v++] = at < 0 || at >= (int64_t)s->n
			? -1
			: wp_crf_find_vector(&g->crf->vectors,
				  s->fields[(size_t)at * s->columns + column], &g->text,
				  &g->text_room);
	}
}

/* What the chain reads, or NULL. */
static const struct wp_chain_extra_f64 *extra_of(const struct tagger *g)
{
	return g->crf->templates.pairs ? &g->entries : NULL;
}

/* The scores of transitions into token t, whose attributes of pairs are known. */
static enum wp_err find_extra(struct tagger *g, const struct wp_crf_token *token, size_t t)
{
	struct wp_crf_extra *x = &g->extra;
	enum wp_err err =
		wp_grow(&x->begin, &x->begin_room, t + 2, sizeof *x->begin, "pairs of tags");
	if (err)
		return err;
	x->begin[t] = t ? x->begin[t] : 0;
	size_t need = x->begin[t + 1] = x->begin[t] + wp_crf_extra_count(g->crf, token);
	err = wp_crf_extra_need(x, need);
	if (!err)
		wp_crf_extra_score(g->crf, g->crf->weights, token, t, x);
	return err;
}

static enum wp_err find_scores(struct tagger *g, const struct wp_tagging_sentence *s)
{
	const struct wp_crf *crf = g->crf;
	if (s->n * crf->stride > g->score_room) {
		free(g->scores);
		g->score_room = 0;
		enum wp_err err = wp_table_alloc(
			&g->scores, 2 * s->n * crf->stride * sizeof *g->scores, "scores");
		if (err)
			return err;
		g->score_room = 2 * s->n * crf->stride;
	}
	enum wp_err err = wp_crf_extract_values(&g->extractor, s->fields, s->columns, s->n);
	for (size_t t = 0; t < s->n && !err; t++) {
		err = wp_crf_extract(&g->extractor, t, s->n, g->row);
		if (err)
			break;
		size_t known = 0;
		for (size_t i = 0; i < crf->templates.count; i++)
			if (g->row[i] >= 0)
				g->row[known++] = g->row[i];
		struct wp_crf_kinds kinds = wp_crf_arrange(crf, g->row, known);
		if (crf->templates.vectors)
			find_vectors(g, s, t);
		if (crf->templates.numbers)
			err = wp_crf_find_numbers(
				crf, s->fields, s->columns, t, s->n, g->numbers);
		if (err)
			break;
		struct wp_crf_token token = {g->row, kinds.dense, known - kinds.pairs,
			kinds.pairs, crf->templates.vectors ? g->vectors : NULL,
			crf->templates.numbers ? g->numbers : NULL};
		wp_crf_score(crf, crf->weights, &token, g->scores + t * crf->stride);
		if (crf->templates.pairs)
			err = find_extra(g, &token, t);
	}
	if (crf->templates.pairs)
		g->entries = wp_crf_extra_from(&g->extra, 0);
	return err;
}

/* The score of the given tags, or -INFINITY where one of them is not the model's. */
static double score_given(const struct tagger *g, const struct wp_tagging_sentence *s)
{
	for (size_t t = 0; t < s->n; t++)
		if ((size_t)s->given[t] >= g->crf->tag_count)
			return -INFINITY;
	return wp_chain_f64_score(
		g->chain, g->scores, g->crf->stride, s->n, extra_of(g), s->given);
}

/* A wp_tagging_function. */
static enum wp_err find_tags(void *arg, struct wp_tagging_sentence *s)
{
	struct tagger *g = arg;
	size_t stride = g->crf->stride;
	double log_z = 0;
	enum wp_err err = find_scores(g, s);
	const struct wp_chain_extra_f64 *extra = extra_of(g);
	if (!err && s->best > 1)
		err = wp_chain_f64_best(g->chain, g->work, g->scores, stride, s->n, extra,
			s->best, s->tags, s->logprob, &s->found);
	else if (!err)
		err = wp_chain_f64_viterbi(
			g->chain, g->work, g->scores, stride, s->n, extra, s->tags, s->logprob);
	if (err || (!s->marginals && !s->want_score))
		return err;
	err = wp_chain_f64_marginals(g->chain, g->work, g->scores, stride, s->n, extra,
		s->marginals, g->crf->tag_count, NULL, &log_z);
	for (size_t k = 0; k < s->found; k++)
		s->logprob[k] -= log_z;
	if (s->given && s->want_score)
		s->given_logprob = score_given(g, s) - log_z;
	return err;
}

enum wp_err wp_crf_tag(const struct wp_crf *crf, struct wp_tagging *tagging,
	struct wp_input *input, struct wp_output *output, struct wp_tagged *tagged)
{
	struct tagger g = {.crf = crf};
	tagging->columns = (size_t)crf->columns;
	tagging->tag_column = crf->tag_column;
	enum wp_err err = tagger_init(&g, crf);
	if (!err)
		err = wp_tag_columns(tagging, &crf->tags, find_tags, &g, input, output, tagged);
	tagger_fini(&g);
	return err;
}
