#include "nn/tasks/score.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "text/plain_text.h"
#include "nn/tasks/mode.h"
#include "nn/tasks/predictor.h"
#include "nn/net/graph.h"
#include "text/vocab.h"
#include "text/vocab_map.h"

/* So much is scored before its rows are written. */
enum { WINDOW_SENTENCES = 4096, WINDOW_ROWS = 1 << 16 };

/* SENTENCE_END that the stream does not have; other tokens are ids of the stream. */
enum { ADDED_END = -1 };

struct prediction {
	int32_t target; /* the model's id                 */
	int32_t token;  /* the stream's id, or ADDED_END  */
	float logprob;  /* as the network gives it        */
};

/* The rows that the network reads, and what it shall predict from each. */
struct window {
	int32_t *input;
	struct prediction *prediction;
	size_t rows, input_room, prediction_room;
	size_t begin[WINDOW_SENTENCES];
	int32_t length[WINDOW_SENTENCES];
	size_t sentences; /* or blocks of a text */
};

struct scorer {
	const struct wp_nn_model_input *reading;
	struct wp_nn_predictor *predictor;
	bool by_token;
	struct wp_output *output;
	struct wp_nn_totals *totals;
	int32_t start, end; /* the model's ids, or -1 */
	/* Of what is scored: the stream's words and ids; the model's id of UNKNOWN_TOKEN. */
	const struct wp_strings *words;
	const int32_t *ids;
	int32_t unknown;
	struct wp_nn_window sources; /* of pairs */
	const float *encodings;      /* of the sentences; or NULL: zeros              */
	size_t *vector;              /* (sentences): the row of each; NULL: its own   */
	struct window window;
	struct wp_nn_totals sentence; /* the one whose tokens are being told */
};

double wp_nn_perplexity(double logprob, uint64_t tokens)
{
	return tokens ? exp(-logprob / (double)tokens) : 0;
}

/* ---- Rows ---- */

static enum wp_err tell_token(struct scorer *s, const struct prediction *prediction)
{
	int32_t token = prediction->token;
	double logprob = (double)prediction->logprob;
	/* Also where it stands in the stream as UNKNOWN_TOKEN already. */
	bool unknown = token != ADDED_END && prediction->target == s->unknown;
	s->sentence.tokens++;
	s->sentence.unknown += unknown;
	s->sentence.logprob += logprob;
	s->sentence.known_logprob += unknown ? 0 : logprob;
	if (!s->output || !s->by_token)
		return WP_OK;
	enum wp_err err = wp_output_printf(s->output, "%.4f\t", logprob);
	if (!err && token == ADDED_END)
		err = wp_output_printf(s->output, "%s", WP_SENTENCE_END);
	else if (!err)
		err = wp_put_token(s->output, s->words, (size_t)token);
	return err ? err : wp_output_write(s->output, "\n", 1);
}

/* The end of the sentence whose tokens begin at `first` in the stream. */
static enum wp_err tell_sentence(struct scorer *s, size_t first, size_t length)
{
	const struct wp_nn_totals one = s->sentence;
	struct wp_nn_totals *all = s->totals;
	s->sentence = (struct wp_nn_totals){0};
	all->sentences++;
	all->tokens += one.tokens;
	all->unknown += one.unknown;
	all->logprob += one.logprob;
	all->known_logprob += one.known_logprob;
	if (!s->output)
		return WP_OK;
	enum wp_err err = WP_OK;
	if (!s->by_token)
		err = wp_output_printf(s->output, "%.4f\t%llu\t%llu\t", one.logprob,
			(unsigned long long)one.tokens, (unsigned long long)one.unknown);
	for (size_t i = 0; !err && !s->by_token && i < length; i++) {
		if (i > 0)
			err = wp_output_write(s->output, " ", 1);
		if (!err)
			err = wp_put_token(s->output, s->words, (size_t)s->ids[first + i]);
	}
	return err ? err : wp_output_write(s->output, "\n", 1);
}

/* ---- The network ---- */

static void take(void *arg, const struct wp_nn_predicted *p)
{
	struct scorer *s = arg;
	struct window *w = &s->window;
	size_t classes = s->reading->model->config.outputs;
	for (int t = 0; t < p->batch->steps; t++)
		for (int b = 0; b < p->batch->active[t]; b++) {
			size_t at = w->begin[p->sequence[b]] + p->first_step + (size_t)t;
			size_t row = p->batch->begin[t] + (size_t)b;
			w->prediction[at].logprob =
				p->outputs[row * classes + (size_t)w->prediction[at].target];
		}
}

/* first: the sentence with which the window begins. */
static enum wp_err run(struct scorer *s, size_t first, bool continues)
{
	const struct window *w = &s->window;
	const size_t skip =
		s->vector || !s->encodings ? 0 : first * s->reading->model->config.encoding;
	const struct wp_nn_sequences sequences = {.ids = w->input,
		.begin = w->begin,
		.length = w->length,
		.count = w->sentences,
		.encodings = s->encodings ? s->encodings + skip : NULL,
		.encoding = s->vector ? s->vector + first : NULL,
		.source = s->sources.sequences.count ? &s->sources.sequences : NULL};
	return wp_nn_predict(s->predictor, &sequences, true, continues, take, s);
}

static enum wp_err make_room(struct window *w, size_t rows)
{
	enum wp_err err = wp_grow(&w->input, &w->input_room, rows, sizeof *w->input, "tokens");
	return err ? err
		   : wp_grow(&w->prediction, &w->prediction_room, rows, sizeof *w->prediction,
			     "tokens");
}

/* A row: reads the token of that id, and shall predict this one of the stream. */
static void add_row(struct scorer *s, int32_t input, int32_t token)
{
	struct window *w = &s->window;
	int32_t target =
		token == ADDED_END ? s->end : wp_nn_model_input_class(s->reading, token);
	w->input[w->rows] = input;
	w->prediction[w->rows++] = (struct prediction){.target = target, .token = token};
}

/* ---- Sentence by sentence ---- */

static enum wp_err add_sentence(struct scorer *s, const int32_t *ids, size_t n)
{
	struct window *w = &s->window;
	const int32_t *id = s->reading->id;
	enum wp_err err = make_room(w, w->rows + n + 1);
	if (err)
		return err;
	size_t first = w->rows;
	w->begin[w->sentences] = first;
	if (n == 0 || id[ids[0]] != s->start) {
		if (s->start >= 0 && n > 0)
			add_row(s, s->start, ids[0]);
		else if (s->start >= 0 && s->end >= 0)
			add_row(s, s->start, ADDED_END);
	}
	for (size_t i = 0; i + 1 < n; i++)
		add_row(s, id[ids[i]], ids[i + 1]);
	if (n > 0 && s->end >= 0 && id[ids[n - 1]] != s->end)
		add_row(s, id[ids[n - 1]], ADDED_END);
	w->length[w->sentences++] = (int32_t)(w->rows - first);
	return WP_OK;
}

static enum wp_err tell_window(struct scorer *s, size_t first, size_t *position)
{
	const struct window *w = &s->window;
	const struct wp_corpus *corpus = &s->reading->source.corpus;
	enum wp_err err = WP_OK;
	for (size_t i = 0; !err && i < w->sentences; i++) {
		size_t length = (size_t)corpus->lengths[first + i];
		for (int32_t k = 0; !err && k < w->length[i]; k++) {
			err = tell_token(s, &w->prediction[w->begin[i] + (size_t)k]);
		}
		if (!err)
			err = tell_sentence(s, *position, length);
		*position += length;
	}
	return err;
}

static enum wp_err score_sentences(struct scorer *s)
{
	const struct wp_corpus *corpus = &s->reading->source.corpus;
	struct window *w = &s->window;
	enum wp_err err = WP_OK;
	for (size_t first = 0, position = 0; !err && first < corpus->sentences;
		first += w->sentences) {
		size_t next = position;
		w->rows = w->sentences = 0;
		for (size_t i = first; !err && i < corpus->sentences &&
			w->sentences < WINDOW_SENTENCES && w->rows < WINDOW_ROWS;
			i++) {
			size_t length = (size_t)corpus->lengths[i];
			err = add_sentence(s, corpus->ids + next, length);
			next += length;
		}
		if (!err)
			err = run(s, first, false);
		if (!err)
			err = tell_window(s, first, &position);
	}
	return err;
}

/* ---- Pair by pair: the target, given the source ---- */

/* The target that begins at `first`; of an empty source nothing is scored. */
static enum wp_err add_target(
	struct scorer *s, const struct wp_vocab_map *map, size_t first, size_t n, bool some)
{
	struct window *w = &s->window;
	const size_t rows = some ? n - 1 : 0;
	enum wp_err err = make_room(w, w->rows + rows + 1);
	if (err)
		return err;
	w->begin[w->sentences] = w->rows;
	w->length[w->sentences++] = (int32_t)rows;
	for (size_t i = 0; i < rows; i++) {
		const int32_t token = s->ids[first + i + 1];
		w->input[w->rows] = map->id[s->ids[first + i]];
		w->prediction[w->rows++] =
			(struct prediction){.target = map->id[token], .token = token};
	}
	return WP_OK;
}

static enum wp_err check_words(const struct scorer *s, const struct wp_vocab_map *map)
{
	const int64_t *counts = s->reading->source.corpus.target.counts;
	for (size_t i = 0; i < s->words->count; i++) {
		size_t length;
		const char *word = wp_strings_get(s->words, i, &length);
		if (map->id[i] < 0 && counts[i] > 0)
			return wp_fail(WP_EMISMATCH,
				"'%.*s': not among the model's tokens of targets, which have no "
				"UNKNOWN_TOKEN",
				(int)(length < 60 ? length : 60), word);
	}
	return WP_OK;
}

static enum wp_err score_window_of_pairs(
	struct scorer *s, const struct wp_vocab_map *map, size_t *position)
{
	const int32_t *lengths = s->reading->source.corpus.target.lengths;
	struct window *w = &s->window;
	const size_t count = s->sources.sequences.count;
	size_t first = *position;
	enum wp_err err = WP_OK;
	w->rows = w->sentences = 0;
	for (size_t i = 0; i < count && !err; i++) {
		const size_t n = (size_t)lengths[s->sources.sentence + i];
		err = add_target(s, map, first, n, s->sources.length[i] > 0);
		first += n;
	}
	if (!err)
		err = run(s, s->sources.sentence, false);
	for (size_t i = 0; i < count && !err; i++) {
		const size_t n = (size_t)lengths[s->sources.sentence + i];
		for (int32_t k = 0; !err && k < w->length[i]; k++)
			err = tell_token(s, &w->prediction[w->begin[i] + (size_t)k]);
		if (!err)
			err = tell_sentence(s, *position + 1, n - 2);
		*position += n;
	}
	return err;
}

static enum wp_err score_pairs(struct scorer *s)
{
	const struct wp_corpus *corpus = &s->reading->source.corpus;
	struct wp_vocab_map map;
	size_t position = 0;
	if (!corpus->target.given)
		return wp_fail(WP_EMISMATCH,
			"no 'target.ids': a model for 'translate' scores pairs, which 'vocab "
			"--pair --from MODEL' encodes");
	s->words = wp_corpus_target_vocab(corpus);
	s->ids = corpus->target.ids;
	s->unknown = (int32_t)wp_strings_find(&s->reading->model->labels, WP_UNKNOWN_TOKEN);
	enum wp_err err = wp_vocab_map_init(&map, s->words, &s->reading->model->labels);
	if (err)
		return err;
	err = check_words(s, &map);
	while (!err &&
		!(err = wp_nn_window_next(
			  &s->sources, s->reading, wp_nn_window_rows(0), false)))
		err = score_window_of_pairs(s, &map, &position);
	wp_vocab_map_fini(&map);
	wp_nn_window_fini(&s->sources);
	return err == WP_END ? WP_OK : err;
}

/* ---- One text ---- */

/* Where the telling of a text is. */
struct place {
	size_t sentence, begin; /* the sentence, and its first token */
	size_t next;            /* the next token                    */
};

/* Sentences that are over when token `next` comes. */
static enum wp_err end_sentences(struct scorer *s, struct place *place, bool all)
{
	const struct wp_corpus *corpus = &s->reading->source.corpus;
	enum wp_err err = WP_OK;
	while (!err && place->sentence < corpus->sentences) {
		size_t length = (size_t)corpus->lengths[place->sentence];
		if (place->next < place->begin + length || (place->next == 0 && !all))
			break;
		err = tell_sentence(s, place->begin, length);
		place->begin += length;
		place->sentence++;
	}
	return err;
}

/* The rows of a window are one sequence, or, for a network that knows so many steps and no
 * more, blocks of as many. */
static void cut_window(struct window *w, size_t block)
{
	w->sentences = 0;
	for (size_t row = 0; row < w->rows; row += block) {
		const size_t left = w->rows - row;
		w->begin[w->sentences] = row;
		w->length[w->sentences++] = (int32_t)(left < block ? left : block);
	}
}

static enum wp_err score_text(struct scorer *s)
{
	const size_t context = s->reading->model->graph->context;
	const size_t block = context && context < WINDOW_ROWS ? context : WINDOW_ROWS;
	size_t most = WINDOW_ROWS / block;
	most = block * (most < WINDOW_SENTENCES ? most : WINDOW_SENTENCES);
	const struct wp_corpus *corpus = &s->reading->source.corpus;
	struct window *w = &s->window;
	struct place place = {0};
	enum wp_err err = make_room(w, WINDOW_ROWS);
	if (corpus->tokens > 0)
		place.next = 1; /* nothing predicts the first one */
	while (!err && place.next < corpus->tokens) {
		size_t left = corpus->tokens - place.next;
		w->rows = 0;
		while (w->rows < left && w->rows < most) {
			const int32_t *ids = corpus->ids + place.next - 1 + w->rows;
			add_row(s, s->reading->id[ids[0]], ids[1]);
		}
		cut_window(w, block);
		err = run(s, 0, place.next > 1);
		for (size_t row = 0; !err && row < w->rows; row++) {
			err = end_sentences(s, &place, false);
			if (!err)
				err = tell_token(s, &w->prediction[row]);
			place.next++;
		}
	}
	return err ? err : end_sentences(s, &place, true);
}

/* What is predicted must be a class. */
static enum wp_err check_targets(const struct wp_nn_model_input *r)
{
	const struct wp_corpus *corpus = &r->source.corpus;
	for (size_t i = 0; i < corpus->vocab.count; i++) {
		size_t length;
		const char *word = wp_strings_get(&corpus->vocab, i, &length);
		if (wp_nn_model_input_class(r, (int32_t)i) < 0 && corpus->counts[i] > 0)
			return wp_fail(WP_EMISMATCH,
				"'%.*s': not in the vocabulary of the model, which has no "
				"UNKNOWN_TOKEN",
				(int)(length < 60 ? length : 60), word);
	}
	return WP_OK;
}

/* One cycle through all (Sattolo 1986): each has the vector of another one. */
static enum wp_err shuffle(struct scorer *s)
{
	const size_t n = s->reading->source.corpus.sentences;
	struct wp_rng rng;
	enum wp_err err = wp_alloc(&s->vector, n, sizeof *s->vector, "vectors");
	wp_rng_seed(&rng, 1, 0);
	for (size_t i = 0; i < n && !err; i++)
		s->vector[i] = i;
	for (size_t i = n; i > 1 && !err; i--) {
		const size_t k = wp_rng_below(&rng, (uint32_t)(i - 1)), swap = s->vector[i - 1];
		s->vector[i - 1] = s->vector[k];
		s->vector[k] = swap;
	}
	return err;
}

static enum wp_err score(const struct wp_nn_model_input *reading, int threads, bool by_token,
	enum wp_nn_vectors vectors, struct wp_output *output, struct wp_nn_totals *totals)
{
	const struct wp_nn_model *m = reading->model;
	struct scorer *s;
	*totals = (struct wp_nn_totals){0};
	enum wp_err err = wp_nn_check_model(WP_NN_SCORE, m, "model");
	const bool pairs = wp_nn_tasks[m->config.task].pairs;
	if (!err && !pairs)
		err = check_targets(reading);
	if (err || (err = wp_alloc(&s, 1, sizeof *s, "scores")))
		return err;
	s->reading = reading;
	s->by_token = by_token;
	s->output = output;
	s->totals = totals;
	s->words = &reading->source.corpus.vocab;
	s->ids = reading->source.corpus.ids;
	s->unknown = reading->unknown_class;
	s->start = (int32_t)wp_strings_find(&m->vocab, WP_SENTENCE_START);
	s->end = (int32_t)wp_strings_find(&m->vocab, WP_SENTENCE_END);
	s->encodings = vectors == WP_NN_NO_VECTORS ? NULL : reading->source.data.encodings;
	if (vectors == WP_NN_OTHER_VECTORS)
		err = shuffle(s);
	if (!err)
		err = wp_nn_predictor_create(&s->predictor, m, reading->subwords, threads);
	if (!err)
		err = pairs            ? score_pairs(s)
			: m->sentences ? score_sentences(s)
				       : score_text(s);
	wp_nn_predictor_free(s->predictor);
	free(s->window.input);
	free(s->window.prediction);
	free(s->vector);
	free(s);
	return err;
}

enum wp_err wp_nn_score(const struct wp_nn_model_input *reading, int threads, bool by_token,
	struct wp_output *output, struct wp_nn_totals *totals)
{
	return score(reading, threads, by_token, WP_NN_OWN_VECTORS, output, totals);
}

enum wp_err wp_nn_score_vectors(const struct wp_nn_model_input *reading, int threads,
	enum wp_nn_vectors vectors, struct wp_nn_totals *totals)
{
	return score(reading, threads, false, vectors, NULL, totals);
}

/* What the vectors are worth. */
static enum wp_err report_vectors(const struct wp_nn_use *use)
{
	static const char *const names[] = {
		[WP_NN_OTHER_VECTORS] = "shuffled", [WP_NN_NO_VECTORS] = "none"};
	enum wp_err err = WP_OK;
	for (int i = WP_NN_OTHER_VECTORS; i <= WP_NN_NO_VECTORS && !err; i++) {
		struct wp_nn_totals t;
		err = wp_nn_score_vectors(
			use->reading, use->how->threads, (enum wp_nn_vectors)i, &t);
		if (!err)
			err = wp_output_printf(use->report, "perplexity_%s\t%.4f\n", names[i],
				wp_nn_perplexity(t.logprob, t.tokens));
	}
	return err;
}

enum wp_err wp_nn_use_to_score(const struct wp_nn_use *use)
{
	struct wp_nn_totals t;
	enum wp_err err =
		wp_nn_score(use->reading, use->how->threads, use->how->by_token, use->rows, &t);
	double perplexity = wp_nn_perplexity(t.logprob, t.tokens);
	if (!err && use->report)
		err = wp_output_printf(use->report,
			"sentences\t%" PRIu64 "\ntokens\t%" PRIu64 "\nunknown\t%" PRIu64
			"\nlogprob\t%.4f\nperplexity\t%.4f\nperplexity_known\t%.4f\n",
			t.sentences, t.tokens, t.unknown, t.logprob, perplexity,
			wp_nn_perplexity(t.known_logprob, t.tokens - t.unknown));
	const size_t context = use->reading->model->graph->context;
	if (!err && use->report && context)
		err = wp_output_printf(use->report, "context\t%zu\n", context);
	if (!err && use->report && use->model->config.encoding)
		err = report_vectors(use);
	if (!err)
		wp_nn_tell(use->say,
			"perplexity %.4f of %" PRIu64 " tokens, %" PRIu64 " of them unknown",
			perplexity, t.tokens, t.unknown);
	return err;
}
