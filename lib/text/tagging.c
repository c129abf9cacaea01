#include "text/tagging.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "text/metrics.h"

void wp_tagged_fini(struct wp_tagged *t)
{
	wp_symbols_fini(&t->tags);
	free(t->pairs);
	free(t->lengths);
	*t = (struct wp_tagged){0};
}

struct tagger {
	const struct wp_tagging *tagging;
	struct wp_output *output;
	struct wp_tagged *tagged;
	size_t tag_count; /* of the model */
	struct wp_field *fields;
	int32_t *given, *best; /* (n), (best, n) */
	double *marginals;     /* (n, T)         */
	double *best_score;    /* (best)         */
	size_t n, found, field_room, marginal_room, given_room, best_room;
	size_t *order; /* (T): tags by falling probability */
};

static void tagger_fini(struct tagger *g)
{
	free(g->fields);
	free(g->given);
	free(g->best);
	free(g->marginals);
	free(g->best_score);
	free(g->order);
}

static enum wp_err tagger_init(struct tagger *g, const struct wp_strings *tags)
{
	g->tag_count = tags->count;
	enum wp_err err = wp_alloc(&g->order, tags->count, sizeof *g->order, "tags");
	if (!err)
		err = wp_alloc(
			&g->best_score, g->tagging->best + 1, sizeof *g->best_score, "tags");
	for (size_t i = 0; i < tags->count && !err; i++) {
		size_t n;
		int32_t number;
		const char *tag = wp_strings_get(tags, i, &n);
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
	size_t columns = g->tagging->columns, n = s->tokens;
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
	size_t tag =
		!given || g->tagging->tag_column < 0 ? columns : (size_t)g->tagging->tag_column;
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

/* Ask the model. */
static enum wp_err find_tags(struct tagger *g, wp_tagging_function *function, void *arg,
	struct wp_tagging_sentence *s)
{
	const struct wp_tagging *c = g->tagging;
	size_t best = c->best > 1 ? c->best : 1;
	enum wp_err err =
		wp_grow(&g->best, &g->best_room, best * g->n, sizeof *g->best, "tags");
	if (!err && c->probabilities)
		err = wp_grow(&g->marginals, &g->marginal_room, g->n * g->tag_count,
			sizeof *g->marginals, "probabilities");
	*s = (struct wp_tagging_sentence){.fields = g->fields,
		.n = g->n,
		.columns = c->columns,
		.given = g->tagged->given ? g->given : NULL,
		.want_score = best > 1 || c->form == WP_TAGGING_SCORE,
		.best = best,
		.tags = g->best,
		.found = 1,
		.logprob = g->best_score,
		.given_logprob = -INFINITY,
		.marginals = c->probabilities ? g->marginals : NULL};
	if (!err)
		err = function(arg, s);
	g->found = s->found;
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
	size_t tags = g->tag_count, n = 0;
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
				g, g->marginals + t * g->tag_count, tags[t], between);
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

static enum wp_err write_sentence(struct tagger *g, const struct wp_column_sentence *s,
	const struct wp_tagging_sentence *answer)
{
	const struct wp_tagging *c = g->tagging;
	enum wp_err err = WP_OK;
	if (!g->output)
		return WP_OK;
	if (c->form == WP_TAGGING_SCORE) {
		err = wp_output_printf(g->output, "%.6f\t%zu\t",
			answer->given ? answer->given_logprob : g->best_score[0], g->n);
		return err ? err : write_line(g, answer->given ? g->given : g->best);
	}
	if (c->form == WP_TAGGING_TAGS)
		return write_line(g, g->best);
	for (size_t i = 0; i < s->blank_before && !err; i++)
		err = write_text(g, "\n");
	for (size_t k = 0; k < g->found && !err; k++) {
		if (c->best > 1)
			err = wp_output_printf(
				g->output, "# %zu %.6f\n", k, exp(g->best_score[k]));
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
	struct wp_tagged *d = g->tagged;
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

enum wp_err wp_tag_columns(const struct wp_tagging *tagging, const struct wp_strings *tags,
	wp_tagging_function *function, void *arg, struct wp_input *input,
	struct wp_output *output, struct wp_tagged *tagged)
{
	struct tagger g = {.tagging = tagging, .output = output, .tagged = tagged};
	struct wp_column_text text = {.lines = {.input = input}};
	struct wp_column_sentence sentence;
	struct wp_tagging_sentence answer;
	enum wp_err err = tagger_init(&g, tags);
	while (!err && !(err = wp_column_text_next(&text, &sentence))) {
		err = take_fields(&g, &sentence, wp_input_name(input));
		if (!err)
			err = find_tags(&g, function, arg, &answer);
		if (!err)
			err = write_sentence(&g, &sentence, &answer);
		if (!err)
			err = keep(&g);
		/* Who waits for an answer gets it. */
		if (!err && output && !wp_lines_ready(&text.lines))
			err = wp_output_flush(output);
	}
	if (err == WP_END) {
		err = WP_OK;
		for (size_t i = 0; i < sentence.blank_before && !err && output &&
			tagging->form == WP_TAGGING_COLUMNS;
			i++)
			err = write_text(&g, "\n");
	}
	wp_column_text_fini(&text);
	tagger_fini(&g);
	return err;
}

enum wp_err wp_tagged_report(const struct wp_tagged *tagged, struct wp_output *output)
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
