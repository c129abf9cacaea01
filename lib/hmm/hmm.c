#include "hmm/hmm.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "hmm/trigram.h"
#include "math/chain.h"
#include "stream/tensor_set.h"
#include "text/number.h"
#include "text/token_text.h"
#include "text/vocab.h"
#include "text/pair.h"

/* ---- The text ---- */

void wp_hmm_text_fini(struct wp_hmm_text *text)
{
	wp_tensor_set_free(text->set);
	free(text->one);
	*text = (struct wp_hmm_text){0};
}

static enum wp_err unfit(const struct wp_tensor_set *set, const char *name, const char *what)
{
	return wp_fail(WP_EMISMATCH, "%s: '%s' %s", wp_tensor_set_name(set), name, what);
}

/* Numbers from 0 to limit - 1, or NULL where there are none of that name. */
static enum wp_err get_ids(const struct wp_tensor_set *set, const char *name, size_t limit,
	const int32_t **ids, size_t *n)
{
	const void *data;
	const struct wp_tensor *t = wp_tensor_set_get(set, name, &data);
	*ids = NULL;
	*n = 0;
	if (!t)
		return WP_OK;
	if (t->type != WP_I32 || t->rank != 1)
		return unfit(set, name, "is not a list of type i32");
	*ids = data;
	*n = (size_t)t->dim[0];
	for (size_t i = 0; i < *n; i++)
		if ((*ids)[i] < 0 || (size_t)(*ids)[i] >= limit)
			return unfit(set, name, "has a number that is too large");
	return WP_OK;
}

static enum wp_err get_series(struct wp_hmm_text *text)
{
	const void *data;
	const struct wp_tensor *t = wp_tensor_set_get(text->set, "series", &data);
	if (!t)
		return wp_fail(WP_EMISMATCH, "%s: neither 'ids' nor 'series': see vocab",
			wp_tensor_set_name(text->set));
	if (t->type != WP_F32 || t->rank < 1 || t->rank > 2)
		return unfit(text->set, "series", "is not a matrix of type f32");
	text->series = data;
	text->n = (size_t)t->dim[0];
	text->dim = t->rank == 2 ? (size_t)t->dim[1] : 1;
	if (text->dim == 0 || text->dim > 100000)
		return unfit(text->set, "series", "has no columns, or too many");
	for (size_t i = 0; i < text->n * text->dim; i++)
		if (!isfinite(text->series[i]))
			return unfit(text->set, "series", "has a number that is not finite");
	return WP_OK;
}

static enum wp_err get_lengths(struct wp_hmm_text *text)
{
	size_t sum = 0;
	enum wp_err err = get_ids(
		text->set, "lengths", (size_t)INT32_MAX + 1, &text->lengths, &text->sequences);
	if (err)
		return err;
	if (!text->lengths && text->n <= INT32_MAX) { /* one sequence */
		err = wp_alloc(&text->one, 1, sizeof *text->one, "a length");
		if (err)
			return err;
		*text->one = (int32_t)text->n;
		text->lengths = text->one;
		text->sequences = 1;
	}
	for (size_t i = 0; i < text->sequences; i++)
		sum += (size_t)text->lengths[i];
	return sum == text->n ? WP_OK
			      : unfit(text->set, "lengths", "does not add up to the text");
}

static enum wp_err take_text(struct wp_hmm_text *text)
{
	text->vocab = wp_tensor_set_strings(text->set, "vocab");
	enum wp_err err = wp_pair_refuse_set(text->set);
	if (!err && text->vocab)
		err = get_ids(text->set, "ids", text->vocab->count, &text->ids, &text->n);
	if (!err && !text->ids)
		err = get_series(text);
	if (!text->ids)
		text->vocab = NULL;
	if (!err && text->n == 0)
		err = wp_fail(WP_EMISMATCH, "%s: no tokens", wp_tensor_set_name(text->set));
	if (!err)
		err = get_lengths(text);
	text->tag_vocab = wp_tensor_set_strings(text->set, "tags.vocab");
	size_t n = text->n;
	if (!err && text->tag_vocab)
		err = get_ids(text->set, "tags", text->tag_vocab->count, &text->tags, &n);
	if (!err && n != text->n && text->tags)
		err = unfit(text->set, "tags", "has another length than the text");
	return err;
}

enum wp_err wp_hmm_text_read(struct wp_hmm_text *text, struct wp_reader *reader)
{
	*text = (struct wp_hmm_text){0};
	enum wp_err err = wp_tensor_set_read(&text->set, reader, NULL);
	if (!err)
		err = take_text(text);
	if (err)
		wp_hmm_text_fini(text);
	return err;
}

/* ---- The model ---- */

void wp_hmm_fini(struct wp_hmm *h)
{
	wp_strings_fini(&h->states);
	wp_symbols_fini(&h->vocab);
	free(h->start);
	free(h->transition);
	free(h->emission);
	free(h->mean);
	free(h->variance);
	*h = (struct wp_hmm){0};
}

static enum wp_err allocate(struct wp_hmm *h)
{
	size_t t = h->states.count, v = h->vocab.strings.count;
	enum wp_err err = wp_alloc(&h->start, t, sizeof *h->start, "a model");
	if (!err)
		err = wp_alloc(&h->transition, t, t * sizeof *h->transition, "a model");
	if (!err)
		err = wp_alloc(&h->emission, v, t * sizeof *h->emission, "a model");
	if (!err)
		err = wp_alloc(&h->mean, h->dim, t * sizeof *h->mean, "a model");
	if (!err)
		err = wp_alloc(&h->variance, h->dim, t * sizeof *h->variance, "a model");
	return err;
}

enum wp_err wp_hmm_init(struct wp_hmm *h, size_t states, struct wp_strings *names,
	const struct wp_hmm_text *text)
{
	*h = (struct wp_hmm){.dim = text->ids ? 0 : text->dim};
	enum wp_err err = WP_OK;
	if (names) {
		h->states = *names;
		*names = (struct wp_strings){0};
		states = h->states.count;
	}
	for (size_t i = 0; i < states && !names && !err; i++) {
		char name[24];
		int n = snprintf(name, sizeof name, "%zu", i);
		err = wp_strings_add(&h->states, name, (size_t)n);
	}
	if (!err && (states < 1 || states > WP_HMM_STATES))
		err = wp_fail(WP_EINVAL, "a model of %zu states: 1 to %d are possible", states,
			WP_HMM_STATES);
	struct wp_strings vocab = {0};
	if (!err && text->ids)
		err = wp_strings_add_all(&vocab, text->vocab);
	if (!err && text->ids)
		err = wp_symbols_from(&h->vocab, &vocab);
	else
		wp_strings_fini(&vocab);
	return err ? err : allocate(h);
}

enum wp_err wp_hmm_write(const struct wp_hmm *h, struct wp_writer *writer)
{
	struct wp_strings settings = {0};
	size_t t = h->states.count, v = h->vocab.strings.count;
	char line[80];
	enum wp_err err = wp_strings_add(&settings, "kind=hmm", 8);
	int n = snprintf(line, sizeof line, "iterations=%d", h->iterations);
	if (!err)
		err = wp_strings_add(&settings, line, (size_t)n);
	n = snprintf(line, sizeof line, "logprob=%.17g", h->logprob);
	if (!err)
		err = wp_strings_add(&settings, line, (size_t)n);
	if (!err)
		err = wp_writer_put_list(writer, "hmm.settings", &settings);
	wp_strings_fini(&settings);
	if (!err)
		err = wp_writer_put_list(writer, "tags.vocab", &h->states);
	if (!err && v)
		err = wp_writer_put_list(writer, "vocab", &h->vocab.strings);
	struct wp_tensor tensor = wp_tensor_1d("hmm.start", WP_F64, t);
	if (!err)
		err = wp_writer_put(writer, &tensor, h->start);
	tensor = wp_tensor_2d("hmm.transition", WP_F64, t, t);
	if (!err)
		err = wp_writer_put(writer, &tensor, h->transition);
	tensor = wp_tensor_2d("hmm.emission", WP_F64, t, v);
	if (!err && v)
		err = wp_writer_put(writer, &tensor, h->emission);
	tensor = wp_tensor_2d("hmm.mean", WP_F64, t, h->dim);
	if (!err && h->dim)
		err = wp_writer_put(writer, &tensor, h->mean);
	tensor = wp_tensor_2d("hmm.variance", WP_F64, t, h->dim);
	if (!err && h->dim)
		err = wp_writer_put(writer, &tensor, h->variance);
	return err;
}

static enum wp_err bad(const struct wp_tensor_set *set, const char *name)
{
	return wp_fail(WP_ECORRUPT,
		"%s: '%s' is missing, or does not fit the rest of the model",
		wp_tensor_set_name(set), name);
}

/* A matrix of numbers that are finite and at least 0, or, where any is set, of any finite ones.
 */
static enum wp_err get_matrix(const struct wp_tensor_set *set, const char *name, size_t rows,
	size_t columns, bool any, double *to)
{
	const void *data;
	const struct wp_tensor *t = wp_tensor_set_get(set, name, &data);
	bool list = rows == 1 && t && t->rank == 1 && t->dim[0] == columns;
	if (!t || t->type != WP_F64 ||
		(!list && (t->rank != 2 || t->dim[0] != rows || t->dim[1] != columns)))
		return bad(set, name);
	const double *from = data;
	for (size_t i = 0; i < rows * columns; i++) {
		if (!isfinite(from[i]) || (!any && from[i] < 0))
			return bad(set, name);
		to[i] = from[i];
	}
	return WP_OK;
}

/* The value of a setting, 0 where it is missing or no number. */
static double setting(const struct wp_strings *settings, const char *name)
{
	char text[80];
	double value;
	if (!wp_strings_setting(settings, name, text, sizeof text))
		return 0;
	const char *end = text + strlen(text);
	return wp_scan_f64(text, end, &value) == end && isfinite(value) ? value : 0;
}

static enum wp_err unpack(struct wp_hmm *h, const struct wp_tensor_set *set)
{
	struct wp_strings *settings = wp_tensor_set_strings(set, "hmm.settings");
	struct wp_strings *states = wp_tensor_set_strings(set, "tags.vocab");
	struct wp_strings *vocab = wp_tensor_set_strings(set, "vocab");
	const void *data;
	const struct wp_tensor *mean = wp_tensor_set_get(set, "hmm.mean", &data);
	const struct wp_tensor *emission = wp_tensor_set_get(set, "hmm.emission", &data);
	const struct wp_tensor *transition = wp_tensor_set_get(set, "hmm.transition", &data);
	if (!settings || wp_strings_find(settings, "kind=hmm") < 0)
		return wp_fail(WP_EMISMATCH, "%s: no hidden Markov model of hmm-train",
			wp_tensor_set_name(set));
	if (!states || states->count < 1 || states->count > WP_HMM_STATES)
		return bad(set, "tags.vocab");
	double iterations = setting(settings, "iterations");
	h->iterations = iterations >= 0 && iterations < 1e9 ? (int)iterations : 0;
	h->logprob = setting(settings, "logprob");
	size_t t = states->count;
	/* What is allocated below has arrived. */
	if (!transition || transition->rank != 2 || transition->dim[0] != t ||
		transition->dim[1] != t)
		return bad(set, "hmm.transition");
	if (vocab &&
		(!emission || emission->rank != 2 || emission->dim[0] != t ||
			emission->dim[1] != vocab->count))
		return bad(set, "hmm.emission");
	if (!vocab && (!mean || mean->rank != 2 || mean->dim[0] != t || mean->dim[1] < 1))
		return bad(set, "hmm.mean");
	h->dim = vocab ? 0 : (size_t)mean->dim[1];
	h->states = *states;
	*states = (struct wp_strings){0};
	enum wp_err err = vocab ? wp_symbols_from(&h->vocab, vocab) : WP_OK;
	size_t v = h->vocab.strings.count;
	if (!err)
		err = allocate(h);
	if (!err)
		err = get_matrix(set, "hmm.start", 1, t, false, h->start);
	if (!err)
		err = get_matrix(set, "hmm.transition", t, t, false, h->transition);
	if (!err && v)
		err = get_matrix(set, "hmm.emission", t, v, false, h->emission);
	if (!err && h->dim)
		err = get_matrix(set, "hmm.mean", t, h->dim, true, h->mean);
	if (!err && h->dim)
		err = get_matrix(set, "hmm.variance", t, h->dim, false, h->variance);
	for (size_t i = 0; i < t * h->dim && !err; i++)
		if (!(h->variance[i] > 0))
			err = bad(set, "hmm.variance");
	return err;
}

enum wp_err wp_hmm_read_any(
	struct wp_hmm *h, struct wp_trigram **tagger, struct wp_reader *reader)
{
	struct wp_tensor_set *set;
	*h = (struct wp_hmm){0};
	if (tagger)
		*tagger = NULL;
	enum wp_err err = wp_tensor_set_read(&set, reader, NULL);
	if (err)
		return err;
	struct wp_strings *settings = wp_tensor_set_strings(set, "hmm.settings");
	if (tagger && settings && wp_strings_find(settings, "kind=trigram") >= 0)
		err = wp_trigram_unpack(tagger, set);
	else
		err = unpack(h, set);
	wp_tensor_set_free(set);
	if (err)
		wp_hmm_fini(h);
	return err;
}

enum wp_err wp_hmm_read(struct wp_hmm *h, struct wp_reader *reader)
{
	return wp_hmm_read_any(h, NULL, reader);
}

enum wp_err wp_hmm_fits(const struct wp_hmm *h, const struct wp_hmm_text *text)
{
	if (text->ids && !wp_strings_equal(&h->vocab.strings, text->vocab))
		return wp_fail(WP_EMISMATCH,
			"%s: its vocabulary is not that of the model: see vocab --from",
			wp_tensor_set_name(text->set));
	if (!text->ids && text->dim != h->dim)
		return wp_fail(WP_EMISMATCH,
			"%s: vectors of %zu numbers, and the model has %zu",
			wp_tensor_set_name(text->set), text->dim, h->dim);
	return WP_OK;
}

/* ---- Tagging ---- */

struct tagger {
	const struct wp_hmm *h;
	struct wp_hmm_tagging *how;
	const char *name;
	struct wp_chain_f64 *chain;
	struct wp_chain_work *work;
	double *rows, *marginals; /* (n, T) */
	size_t row_room, marginal_room;
};

/* A number from 0 to 1 as a score; 0 is -INFINITY. */
static enum wp_err set_chain(struct tagger *g)
{
	size_t t = g->h->states.count;
	double *logs;
	enum wp_err err = wp_chain_f64_create(&g->chain, (int)t);
	if (!err)
		err = wp_chain_work_create(&g->work);
	if (!err)
		err = wp_alloc(&logs, t + 1, t * sizeof *logs, "a model");
	if (err)
		return err;
	for (size_t i = 0; i < t; i++)
		logs[t * t + i] = log(g->h->start[i]);
	for (size_t i = 0; i < t * t; i++)
		logs[i] = log(g->h->transition[i]);
	wp_chain_f64_set(g->chain, logs, logs + t * t, NULL);
	free(logs);
	return WP_OK;
}

/* The number of a word, which may be escaped as in token text; or that of UNKNOWN_TOKEN, or -1.
 */
static int32_t find_word(const struct wp_hmm *h, const struct wp_field *f)
{
	char plain[256];
	size_t n = f->length;
	int32_t id = wp_symbols_find(&h->vocab, f->text, n);
	if (id < 0 && n <= sizeof plain && memchr(f->text, '\\', n) &&
		wp_token_unescape(f->text, n, plain, &n) == WP_OK)
		id = wp_symbols_find(&h->vocab, plain, n);
	return id < 0 ? wp_symbols_find(&h->vocab, WP_UNKNOWN_TOKEN, strlen(WP_UNKNOWN_TOKEN))
		      : id;
}

/* The score of a token in each state.  A word that the model does not know says nothing. */
static enum wp_err emit(
	const struct tagger *g, const struct wp_tagging_sentence *s, size_t i, double *row)
{
	const struct wp_hmm *h = g->h;
	size_t t = h->states.count, v = h->vocab.strings.count;
	const struct wp_field *f = s->fields + i * s->columns;
	if (v) {
		int32_t id = find_word(h, f);
		for (size_t k = 0; k < t; k++)
			row[k] = id < 0 ? 0 : log(h->emission[k * v + (size_t)id]);
		return WP_OK;
	}
	memset(row, 0, t * sizeof *row);
	for (size_t d = 0; d < h->dim; d++) {
		double x;
		const char *end = f[d].text + f[d].length;
		if (wp_scan_f64(f[d].text, end, &x) != end || !isfinite(x))
			return wp_fail(WP_ECORRUPT, "%s: %.*s is no number", g->name,
				f[d].length < 40 ? (int)f[d].length : 40, f[d].text);
		for (size_t k = 0; k < t; k++) {
			double variance = h->variance[k * h->dim + d];
			double y = x - h->mean[k * h->dim + d];
			row[k] -= (log(6.283185307179586 * variance) + y * y / variance) / 2;
		}
	}
	return WP_OK;
}

/* A wp_tagging_function. */
static enum wp_err find_states(void *arg, struct wp_tagging_sentence *s)
{
	struct tagger *g = arg;
	size_t t = g->h->states.count;
	double score, log_z;
	enum wp_err err =
		wp_grow(&g->rows, &g->row_room, s->n * t, sizeof *g->rows, "a sentence");
	for (size_t i = 0; i < s->n && !err; i++)
		err = emit(g, s, i, g->rows + i * t);
	if (!err)
		err = wp_chain_f64_viterbi(
			g->chain, g->work, g->rows, t, s->n, NULL, s->tags, &score);
	double *marginals = s->marginals;
	if (!err && !marginals && g->how->posterior) {
		err = wp_grow(&g->marginals, &g->marginal_room, s->n * t, sizeof *g->marginals,
			"a sentence");
		marginals = g->marginals;
	}
	if (!err)
		err = wp_chain_f64_marginals(
			g->chain, g->work, g->rows, t, s->n, NULL, marginals, t, NULL, &log_z);
	if (err)
		return err;
	for (size_t i = 0; i < s->n && g->how->posterior; i++) {
		const double *row = marginals + i * t;
		s->tags[i] = 0;
		for (size_t k = 1; k < t; k++)
			if (row[k] > row[s->tags[i]])
				s->tags[i] = (int32_t)k;
	}
	s->logprob[0] = s->given_logprob = log_z;
	g->how->logprob += log_z;
	return WP_OK;
}

enum wp_err wp_hmm_tag(const struct wp_hmm *h, struct wp_hmm_tagging *how,
	struct wp_tagging *tagging, struct wp_input *input, struct wp_output *output,
	struct wp_tagged *tagged)
{
	struct tagger g = {.h = h, .how = how, .name = wp_input_name(input)};
	tagging->columns = h->dim ? h->dim : 1;
	tagging->tag_column = -1;
	how->logprob = 0;
	enum wp_err err = set_chain(&g);
	if (!err)
		err = wp_tag_columns(
			tagging, &h->states, find_states, &g, input, output, tagged);
	wp_chain_f64_free(g.chain);
	wp_chain_work_free(g.work);
	free(g.rows);
	free(g.marginals);
	return err;
}

/* One step of a text, as a line. */
static enum wp_err put_line(const struct wp_hmm_text *text, size_t t, struct wp_output *out)
{
	enum wp_err err = WP_OK;
	size_t n;
	if (text->ids) {
		const char *token = wp_strings_get(text->vocab, (size_t)text->ids[t], &n);
		char *room;
		err = wp_output_reserve(out, n * WP_ESCAPE_GROWTH, &room);
		if (!err)
			wp_output_advance(out, wp_token_escape(token, n, room));
	}
	for (size_t d = 0; d < text->dim && !text->ids && !err; d++)
		err = wp_output_printf(
			out, d ? "\t%.9g" : "%.9g", (double)text->series[t * text->dim + d]);
	if (!err && text->tags) {
		const char *tag = wp_strings_get(text->tag_vocab, (size_t)text->tags[t], &n);
		err = wp_output_printf(out, "\t%.*s", (int)n, tag);
	}
	return err ? err : wp_output_write(out, "\n", 1);
}

enum wp_err wp_hmm_columns(const struct wp_hmm_text *text, char **columns, size_t *size)
{
	struct wp_output *out;
	enum wp_err err = wp_output_memory(&out);
	if (err)
		return err;
	for (size_t s = 0, t = 0; s < text->sequences && !err; s++) {
		for (int32_t i = 0; i < text->lengths[s] && !err; i++)
			err = put_line(text, t++, out);
		if (!err)
			err = wp_output_write(out, "\n", 1);
	}
	const char *bytes = wp_output_collected(out, size);
	if (!err)
		err = wp_alloc(columns, *size, 1, "text in columns");
	if (!err)
		memcpy(*columns, bytes, *size);
	wp_output_discard(out);
	return err;
}

/* ---- Sampling ---- */

static size_t draw(struct wp_rng *rng, const double *p, size_t n)
{
	double at = wp_rng_double(rng), sum = 0;
	for (size_t i = 0; i < n; i++)
		sum += p[i];
	at *= sum;
	for (size_t i = 0; i < n; i++) {
		if (at < p[i])
			return i;
		at -= p[i];
	}
	return n - 1;
}

/* Standard normal (Box & Muller 1958). */
static double draw_normal(struct wp_rng *rng)
{
	double u = 1 - wp_rng_double(rng), v = wp_rng_double(rng);
	return sqrt(-2 * log(u)) * cos(6.283185307179586 * v);
}

enum wp_err wp_hmm_sample(const struct wp_hmm *h, size_t n, bool with_states,
	struct wp_rng *rng, struct wp_output *output)
{
	size_t t = h->states.count, v = h->vocab.strings.count, state = 0, length;
	bool lines = with_states || v == 0;
	enum wp_err err = WP_OK;
	for (size_t i = 0; i < n && !err; i++) {
		state = draw(rng, i ? h->transition + state * t : h->start, t);
		if (i && !lines)
			err = wp_output_write(output, " ", 1);
		if (v && !err) {
			const char *word = wp_strings_get(&h->vocab.strings,
				draw(rng, h->emission + state * v, v), &length);
			char *room;
			err = wp_output_reserve(output, length * WP_ESCAPE_GROWTH, &room);
			if (!err)
				wp_output_advance(output, wp_token_escape(word, length, room));
		}
		for (size_t d = 0; d < h->dim && !err; d++)
			err = wp_output_printf(output, d ? "\t%.6g" : "%.6g",
				h->mean[state * h->dim + d] +
					sqrt(h->variance[state * h->dim + d]) *
						draw_normal(rng));
		const char *name = wp_strings_get(&h->states, state, &length);
		if (with_states && !err)
			err = wp_output_printf(output, "\t%.*s", (int)length, name);
		if (lines && !err)
			err = wp_output_write(output, "\n", 1);
	}
	return err ? err : wp_output_write(output, "\n", 1);
}
