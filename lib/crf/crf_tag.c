#include "crf/crf_tag.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "crf/crf_model.h"
#include "text/column_text.h"
#include "text/metrics.h"

void wp_crf_tagged_fini(struct wp_crf_tagged *t)
{
	wp_symbols_fini(&t->tags);
	free(t->pairs);
	free(t->lengths);
	*t = (struct wp_crf_tagged){0};
}

struct tagger {
	const struct wp_crf *crf;
	const struct wp_crf_tagging *tagging;
	struct wp_output *output;
	struct wp_crf_tagged *tagged;
	struct wp_crf_attributes attributes; /* a shallow copy, which is not changed */
	struct wp_crf_extractor extractor;
	struct wp_chain_f64 *chain;
	struct wp_chain_work *work;
	double *scratch;

	/* Of the sentence. */
	struct wp_field *fields;
	double *scores, *marginals; /* (n, stride), (n, T) */
	int32_t *given, *best;      /* (n), (best, n)      */
	double *best_score;
	size_t n, found, field_room, score_room, marginal_room, given_room, best_room;
	double log_z;
	int32_t *row; /* by template */
	int32_t *vectors;
	size_t *order; /* (T): tags by falling probability */
	char *text;
	size_t text_room;
};

static void tagger_fini(struct tagger *g)
{
	wp_crf_extractor_fini(&g->extractor);
	wp_chain_f64_free(g->chain);
	wp_chain_work_free(g->work);
	free(g->scratch);
	free(g->fields);
	free(g->scores);
	free(g->marginals);
	free(g->given);
	free(g->best);
	free(g->best_score);
	free(g->row);
	free(g->vectors);
	free(g->order);
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
		err = wp_alloc(&g->order, tags, sizeof *g->order, "tags");
	if (!err)
		err = wp_alloc(&g->best_score, g->tagging->best, sizeof *g->best_score, "tags");
	if (!err)
		wp_crf_set_chain(crf, crf->weights, g->scratch, g->chain);
	for (size_t i = 0; i < tags && !err; i++) {
		size_t n;
		int32_t number;
		const char *tag = wp_strings_get(&crf->tags, i, &n);
		err = wp_symbols_add(&g->tagged->tags, tag, n, &number);
		if (!err && (size_t)number != i)
			err = wp_fail(
				WP_ECORRUPT, "the model has the tag %.*s twice", (int)n, tag);
	}
	return err;
}

/* ---- Reading ---- */

static enum wp_err take_fields(
	struct tagger *g, const struct wp_column_sentence *s, const char *name)
{
	size_t columns = (size_t)g->crf->columns, n = s->tokens;
	bool given = s->columns == columns + 1;
	if (s->columns != columns && !given)
		return wp_fail(WP_EMISMATCH,
			"%s: %zu column%s, and the model reads %zu, or %zu with the tags (line "
			"%" PRIu64 ")",
			name, s->columns, s->columns == 1 ? "" : "s", columns, columns + 1,
			s->line);
	g->tagged->given = given;
	g->n = n;
	enum wp_err err = wp_grow(
		&g->fields, &g->field_room, n * columns + 1, sizeof *g->fields, "a sentence");
	if (!err)
		err = wp_grow(&g->given, &g->given_room, n, sizeof *g->given, "tags");
	size_t tag = !given || g->crf->tag_column < 0 ? columns : (size_t)g->crf->tag_column;
	for (size_t t = 0; t < n && !err; t++) {
		const struct wp_field *from = s->fields + t * s->columns;
		struct wp_field *to = g->fields + t * columns;
		memcpy(to, from, tag * sizeof *to);
		if (!given)
			continue;
		memcpy(to + tag, from + tag + 1, (columns - tag) * sizeof *to);
		err = wp_symbols_add(
			&g->tagged->tags, from[tag].text, from[tag].length, &g->given[t]);
	}
	return err;
}

static void find_vectors(struct tagger *g, size_t t)
{
	const struct wp_crf_templates *templates = &g->crf->templates;
	size_t v = 0;
	for (size_t i = 0; i < templates->count; i++) {
		const struct wp_crf_template *p = &templates->templates[i];
		if (p->kind != 'V')
			continue;
		int64_t at = (int64_t)t + p->macro[0].row;
		size_t column = (size_t)templates->sources[p->macro[0].source].column;
		g->vectors[v++] = at < 0 || at >= (int64_t)g->n
			? -1
			: wp_crf_find_vector(&g->crf->vectors,
				  g->fields[(size_t)at * (size_t)g->crf->columns + column],
				  &g->text, &g->text_room);
	}
}

static enum wp_err find_scores(struct tagger *g)
{
	const struct wp_crf *crf = g->crf;
	if (g->n * crf->stride > g->score_room) {
		free(g->scores);
		g->score_room = 0;
		enum wp_err err = wp_table_alloc(
			&g->scores, 2 * g->n * crf->stride * sizeof *g->scores, "scores");
		if (err)
			return err;
		g->score_room = 2 * g->n * crf->stride;
	}
	enum wp_err err =
		wp_crf_extract_values(&g->extractor, g->fields, (size_t)crf->columns, g->n);
	for (size_t t = 0; t < g->n && !err; t++) {
		err = wp_crf_extract(&g->extractor, t, g->n, g->row);
		if (err)
			break;
		size_t known = 0;
		for (size_t i = 0; i < crf->templates.count; i++)
			if (g->row[i] >= 0)
				g->row[known++] = g->row[i];
		size_t dense = wp_crf_dense_first(crf, g->row, known);
		if (crf->templates.vectors)
			find_vectors(g, t);
		struct wp_crf_token token = {
			g->row, dense, known, crf->templates.vectors ? g->vectors : NULL};
		wp_crf_score(crf, crf->weights, &token, g->scores + t * crf->stride);
	}
	return err;
}

static enum wp_err find_tags(struct tagger *g)
{
	const struct wp_crf_tagging *c = g->tagging;
	size_t stride = g->crf->stride, tags = g->crf->tag_count,
	       best = c->best > 1 ? c->best : 1;
	enum wp_err err =
		wp_grow(&g->best, &g->best_room, best * g->n, sizeof *g->best, "tags");
	if (err)
		return err;
	if (best > 1)
		err = wp_chain_f64_best(g->chain, g->work, g->scores, stride, g->n, best,
			g->best, g->best_score, &g->found);
	else
		err = wp_chain_f64_viterbi(
			g->chain, g->work, g->scores, stride, g->n, g->best, g->best_score);
	g->found = best > 1 ? g->found : 1;
	if (!err && c->probabilities)
		err = wp_grow(&g->marginals, &g->marginal_room, g->n * tags,
			sizeof *g->marginals, "probabilities");
	if (!err && (c->probabilities || best > 1 || c->form == WP_CRF_SCORE))
		err = wp_chain_f64_marginals(g->chain, g->work, g->scores, stride, g->n,
			c->probabilities ? g->marginals : NULL, tags, NULL, &g->log_z);
	return err;
}

/* ---- Writing ---- */

static enum wp_err write_tag(struct tagger *g, int32_t tag)
{
	size_t n;
	const char *text = wp_strings_get(&g->tagged->tags.strings, (size_t)tag, &n);
	return wp_output_write(g->output, text, n);
}

static enum wp_err write_text(struct tagger *g, const char *text)
{
	return wp_output_write(g->output, text, strlen(text));
}

/* The tag's probability, and the others with theirs, falling. */
static enum wp_err write_probabilities(
	struct tagger *g, const double *p, int32_t tag, char between)
{
	size_t tags = g->crf->tag_count, n = 0;
	enum wp_err err = wp_output_printf(g->output, "%c%.6f", between, p[tag]);
	for (size_t y = 0; y < tags; y++) {
		if ((int32_t)y == tag)
			continue;
		size_t i = n++;
		for (; i > 0 && p[y] > p[g->order[i - 1]]; i--)
			g->order[i] = g->order[i - 1];
		g->order[i] = y;
	}
	for (size_t i = 0; i < n && !err; i++) {
		err = wp_output_write(g->output, &between, 1);
		if (!err)
			err = write_tag(g, (int32_t)g->order[i]);
		if (!err)
			err = wp_output_printf(g->output, "%c%.6f", between, p[g->order[i]]);
	}
	return err;
}

static enum wp_err write_columns(
	struct tagger *g, const struct wp_column_sentence *s, const int32_t *tags)
{
	enum wp_err err = WP_OK;
	for (size_t t = 0; t < g->n && !err; t++) {
		const struct wp_field *line = &s->lines[t];
		char between =
			s->columns == 1 || memchr(line->text, '\t', line->length) ? '\t' : ' ';
		err = wp_output_write(g->output, line->text, line->length);
		if (!err)
			err = wp_output_write(g->output, &between, 1);
		if (!err)
			err = write_tag(g, tags[t]);
		if (!err && g->tagging->probabilities)
			err = write_probabilities(
				g, g->marginals + t * g->crf->tag_count, tags[t], between);
		if (!err)
			err = write_text(g, "\n");
	}
	return err;
}

static enum wp_err write_line(struct tagger *g, const int32_t *tags)
{
	enum wp_err err = WP_OK;
	for (size_t t = 0; t < g->n && !err; t++) {
		if (t)
			err = write_text(g, " ");
		if (!err)
			err = write_tag(g, tags[t]);
	}
	return err ? err : write_text(g, "\n");
}

/* The score of the given tags, or -INFINITY where one of them is not the model's. */
static double score_given(const struct tagger *g)
{
	for (size_t t = 0; t < g->n; t++)
		if ((size_t)g->given[t] >= g->crf->tag_count)
			return -INFINITY;
	return wp_chain_f64_score(g->chain, g->scores, g->crf->stride, g->n, g->given);
}

static enum wp_err write_sentence(struct tagger *g, const struct wp_column_sentence *s)
{
	const struct wp_crf_tagging *c = g->tagging;
	enum wp_err err = WP_OK;
	if (c->form == WP_CRF_SCORE) {
		const int32_t *tags = g->tagged->given ? g->given : g->best;
		double score = g->tagged->given ? score_given(g) : g->best_score[0];
		g->tagged->logprob += score - g->log_z;
		if (!g->output)
			return WP_OK;
		err = wp_output_printf(g->output, "%.6f\t%zu\t",
			score < INFINITY ? score - g->log_z : score, g->n);
		return err ? err : write_line(g, tags);
	}
	if (!g->output)
		return WP_OK;
	for (size_t i = 0; i < s->blank_before && !err && c->form == WP_CRF_IN_COLUMNS; i++)
		err = write_text(g, "\n");
	if (c->form == WP_CRF_TAGS)
		return write_line(g, g->best);
	for (size_t k = 0; k < g->found && !err; k++) {
		if (c->best > 1)
			err = wp_output_printf(
				g->output, "# %zu %.6f\n", k, exp(g->best_score[k] - g->log_z));
		if (!err)
			err = write_columns(g, s, g->best + k * g->n);
		/* Between sequences stands an empty line, and as many as were there at the end.
		 */
		if (!err && (s->blank_after || k + 1 < g->found))
			err = write_text(g, "\n");
	}
	return err;
}

static enum wp_err keep(struct tagger *g)
{
	struct wp_crf_tagged *d = g->tagged;
	enum wp_err err = WP_OK;
	if (g->tagging->keep && d->given) {
		err = wp_grow(&d->pairs, &d->pairs_room, 2 * (d->tokens + g->n),
			sizeof *d->pairs, "tags");
		if (!err)
			err = wp_grow(&d->lengths, &d->lengths_room, d->sentences + 1,
				sizeof *d->lengths, "tags");
		if (err)
			return err;
		d->lengths[d->sentences] = (int32_t)g->n;
	}
	for (size_t t = 0; t < g->n && d->given; t++) {
		d->correct += g->given[t] == g->best[t];
		if (!g->tagging->keep)
			continue;
		d->pairs[2 * (d->tokens + t)] = g->given[t];
		d->pairs[2 * (d->tokens + t) + 1] = g->best[t];
	}
	d->sentences++;
	d->tokens += g->n;
	return WP_OK;
}

enum wp_err wp_crf_tag(const struct wp_crf *crf, const struct wp_crf_tagging *tagging,
	struct wp_input *input, struct wp_output *output, struct wp_crf_tagged *tagged)
{
	struct tagger g = {.crf = crf, .tagging = tagging, .output = output, .tagged = tagged};
	struct wp_column_text text = {.lines = {.input = input}};
	struct wp_column_sentence sentence;
	enum wp_err err = tagger_init(&g, crf);
	while (!err && !(err = wp_column_text_next(&text, &sentence))) {
		err = take_fields(&g, &sentence, wp_input_name(input));
		if (!err)
			err = find_scores(&g);
		if (!err)
			err = find_tags(&g);
		if (!err)
			err = write_sentence(&g, &sentence);
		if (!err)
			err = keep(&g);
		/* Who waits for an answer gets it. */
		if (!err && output && !wp_lines_ready(&text.lines))
			err = wp_output_flush(output);
	}
	if (err == WP_END) {
		err = WP_OK;
		for (size_t i = 0; i < sentence.blank_before && !err && output &&
			tagging->form == WP_CRF_IN_COLUMNS;
			i++)
			err = write_text(&g, "\n");
	}
	wp_column_text_fini(&text);
	tagger_fini(&g);
	return err;
}

enum wp_err wp_crf_report(const struct wp_crf_tagged *tagged, struct wp_output *output)
{
	struct wp_metrics *metrics;
	int32_t *given = NULL, *predicted;
	enum wp_err err = wp_metrics_create(&metrics, &tagged->tags.strings);
	if (err)
		return err;
	err = wp_alloc(&given, 2 * tagged->tokens, sizeof *given, "tags");
	predicted = given + tagged->tokens;
	for (size_t t = 0; t < tagged->tokens && !err; t++) {
		given[t] = tagged->pairs[2 * t];
		predicted[t] = tagged->pairs[2 * t + 1];
	}
	size_t at = 0;
	for (size_t s = 0; s < tagged->sentences && !err; at += (size_t)tagged->lengths[s++])
		err = wp_metrics_add(
			metrics, given + at, predicted + at, (size_t)tagged->lengths[s]);
	if (!err)
		err = wp_metrics_report(metrics, "tokens", output);
	wp_metrics_free(metrics);
	free(given);
	return err;
}
