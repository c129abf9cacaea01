#include "nn/decode/generate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "nn/decode/decoder.h"
#include "text/vocab.h"

/* A sequence that is still open, or has ended: its last token's node, and in which hypothesis
 * the network has read it. */
struct hypothesis {
	double logprob;
	int32_t node; /* -1: nothing but the prime */
	int hypothesis;
};

/* A token of some hypotheses: they are paths to the root of a tree. */
struct node {
	int32_t token, parent;
};

/* A token that may follow a hypothesis. */
struct candidate {
	double logprob;
	int32_t token;
	int from; /* which of the open ones */
};

struct beam {
	struct hypothesis *open, *next, *ended; /* each of the beam's width */
	int open_count, ended_count;
	struct candidate *best; /* twice as many, best first: each open one may end */
	int best_count;
	struct node *nodes;
	size_t node_count, node_room;
	struct wp_nn_found *found;
	int32_t *tokens; /* of what was found */
};

struct wp_nn_generator {
	const struct wp_nn_model *model;
	struct wp_nn_generation how;
	struct wp_nn_decoder *decoder;
	struct wp_nn_chooser *chooser;
	const float *encoding;         /* of the sequence; or NULL */
	int32_t start, end, line_feed; /* ids, or -1 */
	float *first;       /* logits of the first token, where nothing comes before it */
	bool fed;           /* something came before */
	bool must_continue; /* SENTENCE_END is not drawn now */
	struct beam beam;
};

static enum wp_err ban_specials(struct wp_nn_generator *g)
{
	enum wp_err err = WP_OK;
	int32_t unknown = (int32_t)wp_strings_find(&g->model->vocab, WP_UNKNOWN_TOKEN);
	size_t left = g->model->vocab.count;
	if (g->start >= 0 && left-- > 0)
		err = wp_nn_chooser_ban(g->chooser, g->start);
	if (!err && unknown >= 0 && !g->how.unknown && left-- > 0)
		err = wp_nn_chooser_ban(g->chooser, unknown);
	if (!err && g->how.min_length > 0 && left > 0)
		left--; /* SENTENCE_END, for a while */
	if (!err && left == 0)
		return wp_fail(WP_EMISMATCH, "model: no token that could be generated");
	return err;
}

static enum wp_err set_up_beam(struct wp_nn_generator *g)
{
	struct beam *b = &g->beam;
	size_t width = (size_t)g->how.beam;
	enum wp_err err;
	if ((err = wp_alloc(&b->open, width, sizeof *b->open, "beam")) ||
		(err = wp_alloc(&b->next, width, sizeof *b->next, "beam")) ||
		(err = wp_alloc(&b->ended, width, sizeof *b->ended, "beam")) ||
		(err = wp_alloc(&b->best, 2 * width, sizeof *b->best, "beam")) ||
		(err = wp_alloc(&b->found, width, sizeof *b->found, "beam")))
		return err;
	return WP_OK;
}

static enum wp_err set_up(struct wp_nn_generator *g)
{
	const struct wp_nn_model *m = g->model;
	int beam = g->how.beam;
	enum wp_err err;
	g->start = (int32_t)wp_strings_find(&m->vocab, WP_SENTENCE_START);
	g->end = (int32_t)wp_strings_find(&m->vocab, WP_SENTENCE_END);
	g->line_feed = (int32_t)wp_strings_find(&m->vocab, "\n");
	if (g->how.min_length > 0 && !(m->sentences && g->end >= 0))
		return wp_fail(WP_EMISMATCH,
			"model: what it generates has no end, and so no least length: %s",
			m->sentences ? "there is no SENTENCE_END in its vocabulary"
				     : "it was trained on a stream of text");
	/* Those of a beam and those that will take their place. */
	if ((err = wp_nn_decoder_create(&g->decoder, m, beam ? 2 * beam : 1)) ||
		(err = wp_nn_chooser_create(
			 &g->chooser, &g->how.sampling, m->config.outputs)) ||
		(err = ban_specials(g)) ||
		(err = wp_alloc(
			 &g->first, m->config.outputs, sizeof *g->first, "probabilities")))
		return err;
	for (size_t i = 0; i < m->config.outputs && m->counts; i++)
		g->first[i] = logf(m->counts[i] > 0 ? (float)m->counts[i] : 1e-3f);
	return beam ? set_up_beam(g) : WP_OK;
}

enum wp_err wp_nn_generator_create(struct wp_nn_generator **generator,
	const struct wp_nn_model *model, const struct wp_nn_generation *how)
{
	struct wp_nn_generator *g;
	*generator = NULL;
	if (!wp_nn_tasks[model->config.task].next)
		return wp_fail(WP_EMISMATCH,
			"model: made for the task '%s'; only language models generate",
			wp_nn_tasks[model->config.task].name);
	if (how->beam < 0)
		return wp_fail(WP_EINVAL, "beam %d: negative", how->beam);
	enum wp_err err = wp_alloc(&g, 1, sizeof *g, "generator");
	if (err)
		return err;
	g->model = model;
	g->how = *how;
	err = set_up(g);
	if (err) {
		wp_nn_generator_free(g);
		return err;
	}
	*generator = g;
	return WP_OK;
}

void wp_nn_generator_free(struct wp_nn_generator *g)
{
	if (!g)
		return;
	wp_nn_decoder_free(g->decoder);
	wp_nn_chooser_free(g->chooser);
	free(g->first);
	free(g->beam.open);
	free(g->beam.next);
	free(g->beam.ended);
	free(g->beam.best);
	free(g->beam.nodes);
	free(g->beam.found);
	free(g->beam.tokens);
	free(g);
}

void wp_nn_generator_condition(struct wp_nn_generator *g, const float *encoding)
{
	g->encoding = encoding;
}

static void feed(struct wp_nn_generator *g, int hypothesis, int32_t token)
{
	wp_nn_decoder_token(g->decoder, hypothesis, token);
	g->fed = true;
}

/* Lane 0 reads what comes before the text, and the prime. */
static void begin(struct wp_nn_generator *g, const int32_t *prime, size_t primed)
{
	bool sentences = g->model->sentences;
	g->fed = false;
	if (g->model->config.encoding)
		wp_nn_decoder_begin(g->decoder, 0, g->encoding);
	else
		wp_nn_decoder_reset(g->decoder, 0);
	if (sentences && g->start >= 0) {
		feed(g, 0, g->start);
	} else if (primed == 0 && !sentences) {
		if (g->end >= 0)
			feed(g, 0, g->end);
		if (g->end >= 0 && g->start >= 0)
			feed(g, 0, g->start);
		if (g->end < 0 && g->line_feed >= 0)
			feed(g, 0, g->line_feed);
	}
	for (size_t i = 0; i < primed; i++)
		feed(g, 0, prime[i]);
}

/* A token of the text goes to the network; the next sentence of a stream begins as it should.
 */
static void continues(struct wp_nn_generator *g, int hypothesis, int32_t token)
{
	feed(g, hypothesis, token);
	if (token == g->end && g->start >= 0)
		feed(g, hypothesis, g->start);
}

static bool ends(const struct wp_nn_generator *g, int32_t token)
{
	return g->model->sentences && token == g->end;
}

/* May a sequence of `made` tokens end? */
static enum wp_err judge_end(struct wp_nn_generator *g, size_t made)
{
	bool must_continue = made < g->how.min_length;
	enum wp_err err = WP_OK;
	if (must_continue && !g->must_continue)
		err = wp_nn_chooser_ban(g->chooser, g->end);
	else if (!must_continue && g->must_continue)
		wp_nn_chooser_allow(g->chooser, g->end);
	g->must_continue = must_continue;
	return err;
}

static const float *logits(struct wp_nn_generator *g, int hypothesis)
{
	return g->fed ? wp_nn_decoder_output(g->decoder, hypothesis) : g->first;
}

enum wp_err wp_nn_generate(struct wp_nn_generator *g, uint64_t number, const int32_t *prime,
	size_t primed, wp_nn_token_sink *sink, void *arg)
{
	wp_nn_chooser_seed(g->chooser, g->how.seed, number);
	begin(g, prime, primed);
	for (size_t made = 0; made < g->how.length; made++) {
		enum wp_err err = judge_end(g, made);
		if (err)
			return err;
		int32_t token = wp_nn_choose(g->chooser, logits(g, 0));
		if (ends(g, token))
			break;
		err = sink(arg, token);
		if (err)
			return err;
		continues(g, 0, token);
	}
	return WP_OK;
}

const float *wp_nn_expect(struct wp_nn_generator *g, const int32_t *prime, size_t primed)
{
	begin(g, prime, primed);
	return wp_nn_chances(g->chooser, logits(g, 0));
}

/* ---- Beam search ---- */

static void consider(struct wp_nn_generator *g, struct candidate candidate)
{
	struct beam *b = &g->beam;
	int most = 2 * g->how.beam;
	int place = b->best_count;
	if (place == most && !(candidate.logprob > b->best[--place].logprob))
		return;
	for (; place > 0 && candidate.logprob > b->best[place - 1].logprob; place--)
		b->best[place] = b->best[place - 1];
	b->best[place] = candidate;
	b->best_count += b->best_count < most;
}

/* All ways to continue open hypothesis `from`. */
static void consider_all(struct wp_nn_generator *g, int from)
{
	const struct hypothesis *h = &g->beam.open[from];
	const float *p = wp_nn_chances(g->chooser, logits(g, h->hypothesis));
	for (size_t i = 0; i < g->model->config.outputs; i++)
		if (p[i] > 0)
			consider(g,
				(struct candidate){
					h->logprob + log((double)p[i]), (int32_t)i, from});
}

/* Keep an ended hypothesis, if it is among the best so many. */
static void put_ended(struct wp_nn_generator *g, struct hypothesis ended)
{
	struct beam *b = &g->beam;
	int place = b->ended_count;
	if (place == g->how.beam && !(ended.logprob > b->ended[--place].logprob))
		return;
	for (; place > 0 && ended.logprob > b->ended[place - 1].logprob; place--)
		b->ended[place] = b->ended[place - 1];
	b->ended[place] = ended;
	b->ended_count += b->ended_count < g->how.beam;
}

static enum wp_err add_node(struct beam *b, int32_t token, int32_t parent, int32_t *node)
{
	enum wp_err err = b->node_count >= INT32_MAX
		? wp_fail(WP_ELIMIT, "beam: too many tokens")
		: wp_grow(&b->nodes, &b->node_room, b->node_count + 1, sizeof *b->nodes,
			  "beam");
	if (err)
		return err;
	b->nodes[b->node_count] = (struct node){token, parent};
	*node = (int32_t)b->node_count++;
	return WP_OK;
}

/* Make the best candidates the open ones.  These and their successors take turns at the two
 * halves of the hypotheses. */
static enum wp_err advance(struct wp_nn_generator *g)
{
	struct beam *b = &g->beam;
	int width = g->how.beam, count = 0;
	int first_lane = b->open[0].hypothesis < width ? width : 0;
	for (int i = 0; i < b->best_count; i++) {
		const struct candidate *c = &b->best[i];
		const struct hypothesis *from = &b->open[c->from];
		struct hypothesis *to = &b->next[count];
		if (ends(g, c->token)) {
			put_ended(g, (struct hypothesis){c->logprob, from->node, -1});
			continue;
		}
		if (count == width)
			continue;
		*to = (struct hypothesis){
			.logprob = c->logprob, .hypothesis = first_lane + count};
		enum wp_err err = add_node(b, c->token, from->node, &to->node);
		if (err)
			return err;
		wp_nn_decoder_copy(g->decoder, to->hypothesis, from->hypothesis);
		continues(g, to->hypothesis, c->token);
		count++;
	}
	struct hypothesis *old = b->open;
	b->open = b->next;
	b->next = old;
	b->open_count = count;
	return WP_OK;
}

static size_t depth(const struct beam *b, int32_t node)
{
	size_t n = 0;
	for (; node >= 0; node = b->nodes[node].parent)
		n++;
	return n;
}

static enum wp_err collect(struct beam *b)
{
	size_t all = 0;
	for (int i = 0; i < b->ended_count; i++)
		all += b->found[i].count = depth(b, b->ended[i].node);
	free(b->tokens);
	enum wp_err err = wp_alloc(&b->tokens, all, sizeof *b->tokens, "beam");
	if (err)
		return err;
	int32_t *tokens = b->tokens;
	for (int i = 0; i < b->ended_count; i++) {
		struct wp_nn_found *found = &b->found[i];
		int32_t node = b->ended[i].node;
		found->logprob = b->ended[i].logprob;
		found->tokens = tokens;
		tokens += found->count;
		for (size_t k = found->count; k-- > 0; node = b->nodes[node].parent)
			found->tokens[k] = b->nodes[node].token;
	}
	return WP_OK;
}

enum wp_err wp_nn_beam_search(struct wp_nn_generator *g, const int32_t *prime, size_t primed,
	const struct wp_nn_found **found, size_t *count)
{
	struct beam *b = &g->beam;
	begin(g, prime, primed);
	b->open[0] = (struct hypothesis){.logprob = 0, .node = -1, .hypothesis = 0};
	b->open_count = 1;
	b->ended_count = 0;
	b->node_count = 0;
	enum wp_err err = WP_OK;
	for (size_t made = 0; !err && made < g->how.length && b->open_count > 0; made++) {
		/* Probabilities only fall: no open one can overtake those that have ended. */
		if (b->ended_count == g->how.beam &&
			b->open[0].logprob <= b->ended[b->ended_count - 1].logprob)
			break;
		b->best_count = 0;
		err = judge_end(g, made);
		for (int i = 0; i < b->open_count && !err; i++)
			consider_all(g, i);
		if (!err)
			err = advance(g);
	}
	for (int i = 0; i < b->open_count; i++)
		put_ended(g, b->open[i]);
	if (!err)
		err = collect(b);
	*found = b->found;
	*count = err ? 0 : (size_t)b->ended_count;
	return err;
}
