#include "ngram/score.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "stream/lines.h"
#include "text/number.h"
#include "text/plain_text.h"
#include "text/vocab.h"
#include "text/vocab_map.h"

enum { END = -1 }; /* a token of the text: SENTENCE_END, which was added */

struct scorer {
	struct wp_ngram_mixture *mixture;
	const struct wp_corpus *text;
	struct wp_vocab_map map[WP_NGRAM_MODELS_MAX];
	bool *unknown;      /* by id of the text: not in the first model */
	int32_t start, end; /* ids of the markers in the text; -1: none */
	size_t tokens;      /* that are predicted                       */
	double *p[WP_NGRAM_MODELS_MAX +
		1];     /* by token: the probability of each model, 0: never */
	uint8_t *seen;  /* by token: of the first model             */
	int32_t *token; /* of a sentence: ids of the text, or END   */
	int32_t *ids;   /* the same as ids of a model               */
	double *log10;
	size_t token_room, ids_room, log_room;
};

double wp_ngram_perplexity(double logprob, uint64_t tokens)
{
	return tokens ? exp(-logprob / (double)tokens) : 0;
}

static bool same_token(
	const struct wp_strings *a, size_t i, const struct wp_strings *b, size_t k)
{
	size_t n, m;
	const char *x = wp_strings_get(a, i, &n), *y = wp_strings_get(b, k, &m);
	return n == m && memcmp(x, y, n) == 0;
}

static enum wp_err prepare(struct scorer *s)
{
	const struct wp_strings *vocab = &s->text->vocab;
	const struct wp_ngram_mixture *m = s->mixture;
	s->start = (int32_t)wp_strings_find(vocab, WP_SENTENCE_START);
	s->end = (int32_t)wp_strings_find(vocab, WP_SENTENCE_END);
	enum wp_err err = wp_alloc(&s->unknown, vocab->count, sizeof *s->unknown, "words");
	for (size_t k = 0; k < m->models && !err; k++)
		err = wp_vocab_map_init(&s->map[k], vocab, &m->model[k]->vocab);
	for (size_t i = 0; i < vocab->count && !err; i++) {
		int32_t id = s->map[0].id[i];
		/* UNKNOWN_TOKEN of a text is unknown, whether or not the model has it. */
		s->unknown[i] = id < 0 || id == m->model[0]->unknown ||
			!same_token(vocab, i, &m->model[0]->vocab, (size_t)id);
	}
	size_t room = s->text->tokens + s->text->sentences;
	for (size_t k = 0; k < m->models + (m->other != NULL) && !err; k++)
		err = wp_alloc(&s->p[k], room, sizeof *s->p[k], "probabilities");
	return err ? err : wp_alloc(&s->seen, room, sizeof *s->seen, "probabilities");
}

/* The tokens of a sentence that are predicted, to s->token: markers added or taken away. */
static enum wp_err cut_sentence(struct scorer *s, const int32_t *ids, size_t n, size_t *count)
{
	enum wp_err err =
		wp_grow(&s->token, &s->token_room, n + 1, sizeof *s->token, "sentence");
	if (!err)
		err = wp_grow(&s->ids, &s->ids_room, n + 1, sizeof *s->ids, "sentence");
	if (!err)
		err = wp_grow(&s->log10, &s->log_room, n + 1, sizeof *s->log10, "sentence");
	size_t from = n > 0 && s->start >= 0 && ids[0] == s->start;
	*count = 0;
	for (size_t i = from; i < n && !err; i++)
		s->token[(*count)++] = ids[i];
	if (!err && (*count == 0 || s->end < 0 || ids[n - 1] != s->end))
		s->token[(*count)++] = END;
	return err;
}

/* What model k gives the tokens of a sentence, the first of which is number `at`.  Without
 * UNKNOWN_TOKEN a word that is not known cannot be predicted; what follows is predicted as if
 * it were a word that never came. */
static void apply_model(struct scorer *s, size_t k, size_t at, size_t n)
{
	const struct wp_ngram_model *m = s->mixture->model[k];
	for (size_t i = 0; i < n; i++) {
		int32_t id = s->token[i] == END ? m->end : s->map[k].id[s->token[i]];
		s->ids[i] = id < 0 ? m->start : id;
	}
	wp_ngram_sentence(m, s->ids, n, s->log10, k == 0 ? s->seen + at : NULL);
	for (size_t i = 0; i < n; i++) {
		bool never = s->ids[i] == m->start || s->log10[i] < WP_NGRAM_NEVER / 2;
		s->p[k][at + i] = never ? 0 : pow(10, s->log10[i]);
	}
}

static enum wp_err apply_models(struct scorer *s)
{
	const struct wp_corpus *t = s->text;
	size_t position = 0;
	enum wp_err err = WP_OK;
	for (size_t i = 0; i < t->sentences && !err; i++) {
		size_t length = (size_t)t->lengths[i], n = 0;
		err = cut_sentence(s, t->ids + position, length, &n);
		for (size_t k = 0; k < s->mixture->models && !err; k++)
			apply_model(s, k, s->tokens, n);
		position += length;
		s->tokens += n;
	}
	return err;
}

static enum wp_err apply_other(struct scorer *s)
{
	const struct wp_ngram_mixture *m = s->mixture;
	if (!m->other)
		return WP_OK;
	/* A network that reads one long text has nothing to predict its first token from. */
	size_t first = m->others + 1 == s->tokens;
	if (m->others + first != s->tokens)
		return wp_fail(WP_EMISMATCH,
			"scores of %zu tokens to mix with those of %zu: are they of the same "
			"text?",
			m->others, s->tokens);
	if (first)
		s->p[m->models][0] = s->p[0][0];
	for (size_t i = first; i < s->tokens; i++)
		s->p[m->models][i] = exp(m->other[i - first]);
	return WP_OK;
}

/* Expectation maximisation: each weight becomes the mean share of its model in the mixture. */
static void find_weights(struct scorer *s, size_t parts)
{
	enum { ROUNDS = 500 };
	double *w = s->mixture->weight, before = -INFINITY;
	for (size_t k = 0; k < parts; k++)
		w[k] = 1 / (double)parts;
	for (int round = 0; round < ROUNDS; round++) {
		double share[WP_NGRAM_MODELS_MAX + 1] = {0}, logprob = 0, all = 0;
		for (size_t i = 0; i < s->tokens; i++) {
			double sum = 0;
			for (size_t k = 0; k < parts; k++)
				sum += w[k] * s->p[k][i];
			if (sum <= 0)
				continue;
			logprob += log(sum);
			all++;
			for (size_t k = 0; k < parts; k++)
				share[k] += w[k] * s->p[k][i] / sum;
		}
		for (size_t k = 0; k < parts && all > 0; k++)
			w[k] = share[k] / all;
		if (logprob - before < 1e-9 * all)
			return;
		before = logprob;
	}
}

/* ---- Results ---- */

static void add_up(struct scorer *s, struct wp_ngram_totals *sum, size_t at, size_t place,
	int32_t token, double p)
{
	bool unknown = token != END && s->unknown[token];
	int order = s->mixture->model[0]->order;
	sum->tokens++;
	sum->unknown += unknown;
	for (int n = 1; n <= order && (size_t)n <= place + 2; n++) {
		sum->places[n]++;
		sum->seen[n] += s->seen[at] >= n && !(unknown && n == 1);
	}
	if (p <= 0) {
		sum->never++;
		return;
	}
	sum->logprob += log(p);
	sum->known_logprob += unknown ? 0 : log(p);
}

static enum wp_err put_token_row(
	struct scorer *s, size_t at, int32_t token, double p, struct wp_output *output)
{
	enum wp_err err = p > 0 ? wp_output_printf(output, "%.4f\t", log(p))
				: wp_output_printf(output, "-inf\t");
	if (!err && token == END)
		err = wp_output_printf(output, "%s", WP_SENTENCE_END);
	else if (!err)
		err = wp_put_token(output, &s->text->vocab, (size_t)token);
	return err ? err : wp_output_printf(output, "\t%d\n", s->seen[at]);
}

static enum wp_err put_sentence_row(struct scorer *s, const struct wp_ngram_totals *one,
	size_t position, size_t length, struct wp_output *output)
{
	enum wp_err err = wp_output_printf(output, "%.4f\t%" PRIu64 "\t%" PRIu64 "\t",
		one->logprob, one->tokens, one->unknown);
	for (size_t i = 0; !err && i < length; i++) {
		if (i > 0)
			err = wp_output_write(output, " ", 1);
		if (!err)
			err = wp_put_token(
				output, &s->text->vocab, (size_t)s->text->ids[position + i]);
	}
	return err;
}

static double mixed(const struct scorer *s, size_t parts, size_t at)
{
	double p = 0;
	for (size_t k = 0; k < parts; k++)
		p += s->mixture->weight[k] * s->p[k][at];
	return p;
}

static enum wp_err tell(struct scorer *s, size_t parts, bool by_token, struct wp_output *output,
	struct wp_ngram_totals *totals)
{
	const struct wp_corpus *t = s->text;
	size_t position = 0, at = 0;
	enum wp_err err = WP_OK;
	for (size_t i = 0; i < t->sentences && !err; i++) {
		size_t length = (size_t)t->lengths[i], n = 0;
		struct wp_ngram_totals one = {0};
		err = cut_sentence(s, t->ids + position, length, &n);
		for (size_t k = 0; k < n && !err; k++, at++) {
			double p = mixed(s, parts, at);
			add_up(s, &one, at, k, s->token[k], p);
			if (output && by_token)
				err = put_token_row(s, at, s->token[k], p, output);
		}
		if (!err && output && !by_token)
			err = put_sentence_row(s, &one, position, length, output);
		if (!err && output)
			err = wp_output_write(output, "\n", 1);
		totals->sentences++;
		totals->tokens += one.tokens;
		totals->unknown += one.unknown;
		totals->never += one.never;
		totals->logprob += one.logprob;
		totals->known_logprob += one.known_logprob;
		for (int o = 1; o <= WP_NGRAM_ORDER_MAX; o++) {
			totals->seen[o] += one.seen[o];
			totals->places[o] += one.places[o];
		}
		position += length;
	}
	return err;
}

enum wp_err wp_ngram_score(struct wp_ngram_mixture *mixture, const struct wp_corpus *text,
	bool by_token, struct wp_output *output, struct wp_ngram_totals *totals)
{
	struct scorer s = {.mixture = mixture, .text = text};
	size_t parts = mixture->models + (mixture->other != NULL);
	*totals = (struct wp_ngram_totals){0};
	enum wp_err err = prepare(&s);
	if (!err)
		err = apply_models(&s);
	if (!err)
		err = apply_other(&s);
	if (!err && mixture->find_weights)
		find_weights(&s, parts);
	if (!err)
		err = tell(&s, parts, by_token, output, totals);
	for (size_t k = 0; k < mixture->models; k++)
		wp_vocab_map_fini(&s.map[k]);
	for (size_t k = 0; k < parts; k++)
		free(s.p[k]);
	free(s.unknown);
	free(s.seen);
	free(s.token);
	free(s.ids);
	free(s.log10);
	return err;
}

enum wp_err wp_ngram_scores_read(struct wp_input *input, double **logprob, size_t *count)
{
	struct wp_lines lines = {.input = input};
	const char *line, *field;
	size_t length, room = 0;
	enum wp_err err;
	*logprob = NULL;
	*count = 0;
	while (!(err = wp_lines_next(&lines, &line, &length))) {
		const char *at = line;
		size_t n = wp_line_field(&at, line + length, &field);
		if (n == 0)
			continue;
		err = wp_grow(logprob, &room, *count + 1, sizeof **logprob, "scores");
		if (err)
			break;
		double *value = &(*logprob)[*count];
		if (wp_scan_f64(field, field + n, value) != field + n || !(*value <= 1e-4)) {
			err = wp_fail(WP_ECORRUPT,
				"%s: not the logarithm of a probability (line %" PRIu64 ")",
				wp_input_name(input), lines.number);
			break;
		}
		++*count;
	}
	wp_input_close(input);
	if (err != WP_END) {
		free(*logprob);
		*logprob = NULL;
	}
	return err == WP_END ? WP_OK : err;
}
