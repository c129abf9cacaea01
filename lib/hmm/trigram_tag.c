#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "hmm/trigram.h"
#include "hmm/trigram_model.h"

/* Constants that were chosen on a part of the training text of UD English EWT. */
static const double guess_weight = 0.5;   /* of the guess by ending, in tokens of the word  */
static const double context_weight = 0.6; /* of the tag before in the emission             */
static const double follow_weight = 20;   /* of what follows the tag, beside what follows
					   * this word with the tag, in tokens             */
static const double negligible = 1e-3; /* tags that are so much less probable than the best */

/* A tag that a token may have. */
struct candidate {
	int32_t tag;
	float score; /* log p(t | w) / p(t) */
};

/* The candidates of words that came before: where they are in the list, and how many; 0 for
 * words that did not.  Those of the first word of a sentence differ. */
struct known {
	struct {
		uint32_t begin, count;
	} * of; /* (words, 2) */
	struct candidate *list;
	size_t used, room;
};

/* The tokens of a sentence with their candidates, and the paths through them: a state is a pair
 * of candidates, of the token before and of the token. */
struct lattice {
	const struct wp_trigram *t;
	struct candidate *candidates; /* of token i: from begin[i] to begin[i + 1] - 1        */
	size_t *begin;                /* (n + 1)                                              */
	int32_t *word;                /* (n): or -1                                           */
	float *emission;    /* of each pair: the score of the later one after the other */
	float *best;        /* of each pair                                         */
	int32_t *back;      /* of each pair: the candidate two before               */
	size_t *pair_begin; /* (n + 1)                                              */
	double *forward, *backward; /* of each pair, where probabilities are wanted         */
	size_t candidate_room, begin_room, word_room, emission_room, best_room, back_room,
		pair_room, forward_room, backward_room;
	size_t n;
	struct known known;
};

static void lattice_fini(struct lattice *l)
{
	free(l->candidates);
	free(l->begin);
	free(l->word);
	free(l->emission);
	free(l->best);
	free(l->back);
	free(l->pair_begin);
	free(l->forward);
	free(l->backward);
	free(l->known.of);
	free(l->known.list);
}

/* p(t | word), of a word that may be known. */
static void distribution(const struct wp_trigram *t, const char *text, size_t n, bool first,
	int32_t word, double *tags)
{
	double guess[WP_TRIGRAM_TAGS];
	wp_trigram_guess(t, text, n, first, guess);
	if (word < 0) {
		memcpy(tags, guess, t->tag_count * sizeof *tags);
		return;
	}
	double total = t->word_count[word] + guess_weight;
	for (size_t i = 0; i < t->tag_count; i++)
		tags[i] = guess_weight * guess[i] / total;
	for (size_t i = t->pair_begin[word]; i < t->pair_begin[word + 1]; i++)
		tags[t->pairs.list[i].key[1]] += t->pairs.list[i].count / total;
}

/* Keep the candidates of a word for when it comes again. */
static enum wp_err keep(
	struct known *known, size_t place, const struct candidate *list, size_t n)
{
	enum wp_err err = wp_grow(
		&known->list, &known->room, known->used + n, sizeof *known->list, "tags");
	if (err || known->used + n > UINT32_MAX)
		return err;
	memcpy(known->list + known->used, list, n * sizeof *list);
	known->of[place].begin = (uint32_t)known->used;
	known->of[place].count = (uint32_t)n;
	known->used += n;
	return WP_OK;
}

static enum wp_err find_candidates(struct lattice *l, struct wp_field field, size_t i)
{
	const struct wp_trigram *t = l->t;
	double tags[WP_TRIGRAM_TAGS], most = 0;
	int32_t word = l->word[i] = wp_symbols_find(&t->words, field.text, field.length);
	size_t place = 2 * (size_t)(word < 0 ? 0 : word) + (i == 0);
	if (word >= 0 && l->known.of[place].count) {
		size_t known = l->known.of[place].count, to = l->begin[i];
		enum wp_err err = wp_grow(&l->candidates, &l->candidate_room, to + known,
			sizeof *l->candidates, "tags");
		if (!err)
			memcpy(l->candidates + to, l->known.list + l->known.of[place].begin,
				known * sizeof *l->candidates);
		l->begin[i + 1] = to + known;
		return err;
	}
	distribution(t, field.text, field.length, i == 0, word, tags);
	for (size_t k = 0; k < t->tag_count; k++)
		most = tags[k] > most ? tags[k] : most;
	size_t n = l->begin[i];
	enum wp_err err = wp_grow(&l->candidates, &l->candidate_room, n + t->tag_count,
		sizeof *l->candidates, "tags");
	for (size_t k = 0; k < t->tag_count && !err; k++)
		if (tags[k] >= negligible * most && tags[k] > 0)
			l->candidates[n++] = (struct candidate){
				(int32_t)k, (float)log(tags[k] / t->share[k])};
	l->begin[i + 1] = n;
	if (!err && word >= 0)
		err = keep(&l->known, place, l->candidates + l->begin[i], n - l->begin[i]);
	return err;
}

/* The counts of a word with two tags, in rising order. */
struct cursor {
	const struct wp_trigram_count *at, *end;
};

static struct cursor counts_of(
	const struct wp_trigram_counts *c, const size_t *begin, int32_t word)
{
	return word < 0 ? (struct cursor){NULL, NULL}
			: (struct cursor){c->list + begin[word], c->list + begin[word + 1]};
}

/* How often the word was seen with these two tags, which never fall from call to call. */
static double seen(struct cursor *c, int32_t first, int32_t second)
{
	while (c->at < c->end && c->at->key[1] < first)
		c->at++;
	while (c->at < c->end && c->at->key[1] == first && c->at->key[2] < second)
		c->at++;
	bool there = c->at < c->end && c->at->key[1] == first && c->at->key[2] == second;
	return there ? c->at->count : 0;
}

static double with_tag(const struct wp_trigram *t, int32_t word, int32_t tag)
{
	for (size_t i = t->pair_begin[word]; i < t->pair_begin[word + 1]; i++)
		if (t->pairs.list[i].key[1] == tag)
			return t->pairs.list[i].count;
	return 0;
}

/* log of p(w | before, t) / p(w | t), smoothed with 1; here: how often the word has the tag;
 * unseen: the result where it never had it behind the other. */
static double correction(const struct wp_trigram *t, struct cursor *context, int32_t before,
	int32_t tag, double here, double unseen)
{
	double all = t->share[tag] * (double)t->tokens;
	double pair = t->before[(size_t)before * (t->tag_count + 1) + (size_t)tag];
	if (!(here > 0) || !(pair > 0))
		return 0;
	double together = seen(context, before, tag);
	if (!(together > 0))
		return unseen;
	return log(1 - context_weight + context_weight * (together / pair / (here / all)));
}

/* log of p(t | word before, tag before) / p(t | tag before), the former smoothed with the
 * latter: what follows a word is not what follows its tag.  all: how often the word has its
 * tag, above 0; unseen: the result where this tag never followed. */
static double following(const struct wp_trigram *t, struct cursor *follow, int32_t before,
	int32_t tag, double all, double unseen)
{
	double here = seen(follow, before, tag);
	if (!(here > 0))
		return unseen;
	double pair = t->before[(size_t)before * (t->tag_count + 1) + (size_t)tag];
	double p = (pair + 0.1) / (t->share[before] * (double)t->tokens);
	return log((here / p + follow_weight) / (all + follow_weight));
}

/* Candidates of token i; before the first token there is the boundary. */
static size_t count_at(const struct lattice *l, int64_t i)
{
	return i < 0 ? 1 : l->begin[i + 1] - l->begin[i];
}

static size_t tag_at(const struct lattice *l, int64_t i, size_t k)
{
	return i < 0 ? l->t->boundary : (size_t)l->candidates[l->begin[i] + k].tag;
}

/* What token i says after each candidate of the one before. */
static void emit(struct lattice *l, size_t i)
{
	const struct wp_trigram *t = l->t;
	const struct candidate *c = l->candidates + l->begin[i];
	const double unseen = log(1 - context_weight);
	double count[WP_TRIGRAM_TAGS]; /* of the word with each candidate */
	size_t before = count_at(l, (int64_t)i - 1), here = l->begin[i + 1] - l->begin[i];
	float *to = l->emission + l->pair_begin[i];
	bool corrected = l->word[i] >= 0 && here > 1;
	struct cursor context = counts_of(&t->context, t->context_begin, l->word[i]);
	struct cursor follow = counts_of(&t->follow, t->follow_begin, i ? l->word[i - 1] : -1);
	for (size_t k = 0; k < here && corrected; k++)
		count[k] = with_tag(t, l->word[i], c[k].tag);
	for (size_t p = 0; p < before; p++) {
		int32_t tag = (int32_t)tag_at(l, (int64_t)i - 1, p);
		double all = 0, nothing = 0;
		if (i && l->word[i - 1] >= 0)
			all = with_tag(t, l->word[i - 1], tag);
		if (all > 0)
			nothing = log(follow_weight / (all + follow_weight));
		for (size_t k = 0; k < here; k++) {
			double score = (double)c[k].score;
			if (corrected)
				score += correction(
					t, &context, tag, c[k].tag, count[k], unseen);
			if (all > 0)
				score += following(t, &follow, tag, c[k].tag, all, nothing);
			*to++ = (float)score;
		}
	}
}

/* Candidates, pairs, and what the later token of each pair says. */
static enum wp_err build(struct lattice *l, const struct wp_tagging_sentence *s, size_t column)
{
	size_t n = l->n = s->n;
	enum wp_err err = wp_grow(&l->begin, &l->begin_room, n + 1, sizeof *l->begin, "tags");
	if (!err)
		err = wp_grow(&l->word, &l->word_room, n, sizeof *l->word, "tags");
	if (!err)
		err = wp_grow(
			&l->pair_begin, &l->pair_room, n + 1, sizeof *l->pair_begin, "tags");
	if (err)
		return err;
	l->begin[0] = l->pair_begin[0] = 0;
	for (size_t i = 0; i < n && !err; i++) {
		size_t before, here;
		err = find_candidates(l, s->fields[i * s->columns + column], i);
		before = count_at(l, (int64_t)i - 1);
		here = l->begin[i + 1] - l->begin[i];
		l->pair_begin[i + 1] = l->pair_begin[i] + before * here;
		if (!err)
			err = wp_grow(&l->emission, &l->emission_room, l->pair_begin[i + 1],
				sizeof *l->emission, "tags");
		if (!err)
			emit(l, i);
	}
	return err;
}

static const float *transitions(const struct lattice *l, size_t a, size_t b)
{
	size_t n = l->t->tag_count + 1;
	return l->t->transition + (a * n + b) * n;
}

static enum wp_err viterbi(struct lattice *l, int32_t *tags, double *score)
{
	size_t pairs = l->pair_begin[l->n];
	enum wp_err err = wp_grow(&l->best, &l->best_room, pairs, sizeof *l->best, "tags");
	if (!err)
		err = wp_grow(&l->back, &l->back_room, pairs, sizeof *l->back, "tags");
	if (err)
		return err;
	for (size_t i = 0; i < l->n; i++) {
		size_t two, one, here;
		two = count_at(l, (int64_t)i - 2);
		one = count_at(l, (int64_t)i - 1);
		here = count_at(l, (int64_t)i);
		float *to = l->best + l->pair_begin[i];
		int32_t *back = l->back + l->pair_begin[i];
		const struct candidate *c = l->candidates + l->begin[i];
		const float *emission = l->emission + l->pair_begin[i];
		const float *last = i ? l->best + l->pair_begin[i - 1] : NULL;
		for (size_t p = 0; p < one; p++, to += here, back += here, emission += here) {
			size_t before = tag_at(l, (int64_t)i - 1, p);
			for (size_t k = 0; k < here; k++) {
				to[k] = -INFINITY;
				back[k] = 0;
			}
			for (size_t q = 0; q < two; q++) {
				const float *row =
					transitions(l, tag_at(l, (int64_t)i - 2, q), before);
				float so_far = last ? last[q * one + p] : 0;
				for (size_t k = 0; k < here; k++) {
					float x = row[c[k].tag] + so_far;
					if (x > to[k]) {
						to[k] = x;
						back[k] = (int32_t)q;
					}
				}
			}
			for (size_t k = 0; k < here; k++)
				to[k] += emission[k];
		}
	}
	size_t last = l->n - 1, one, here, best_p = 0, best_k = 0;
	one = count_at(l, (int64_t)last - 1);
	here = count_at(l, (int64_t)last);
	float top = -INFINITY;
	for (size_t p = 0; p < one; p++)
		for (size_t k = 0; k < here; k++) {
			float x = l->best[l->pair_begin[last] + p * here + k] +
				transitions(l, tag_at(l, (int64_t)last - 1, p),
					tag_at(l, (int64_t)last, k))[l->t->boundary];
			if (x > top) {
				top = x;
				best_p = p;
				best_k = k;
			}
		}
	*score = (double)top;
	for (size_t i = l->n; i-- > 0;) {
		here = count_at(l, (int64_t)i);
		tags[i] = (int32_t)tag_at(l, (int64_t)i, best_k);
		size_t before = (size_t)l->back[l->pair_begin[i] + best_p * here + best_k];
		best_k = best_p;
		best_p = before;
	}
	return WP_OK;
}

static double log_add(double a, double b)
{
	double high = a > b ? a : b, low = a > b ? b : a;
	return low > -INFINITY ? high + log1p(exp(low - high)) : high;
}

/* Forward-backward over pairs, in logarithms. */
static enum wp_err marginals(struct lattice *l, double *marginal, double *log_z)
{
	size_t pairs = l->pair_begin[l->n], n = l->n, tags = l->t->tag_count;
	enum wp_err err =
		wp_grow(&l->forward, &l->forward_room, pairs, sizeof *l->forward, "tags");
	if (!err)
		err = wp_grow(
			&l->backward, &l->backward_room, pairs, sizeof *l->backward, "tags");
	if (err)
		return err;
	for (size_t i = 0; i < pairs; i++)
		l->forward[i] = l->backward[i] = -INFINITY;
	*log_z = -INFINITY;
	for (int pass = 0; pass < 2; pass++)
		for (size_t step = 0; step < n; step++) {
			size_t i = pass ? n - 1 - step : step, two, one, here;
			two = count_at(l, (int64_t)i - 2);
			one = count_at(l, (int64_t)i - 1);
			here = count_at(l, (int64_t)i);
			for (size_t p = 0; p < one; p++)
				for (size_t k = 0; k < here; k++) {
					size_t pair = l->pair_begin[i] + p * here + k;
					double emission = (double)l->emission[pair];
					size_t tag = tag_at(l, (int64_t)i, k);
					size_t before = tag_at(l, (int64_t)i - 1, p);
					if (pass && i == n - 1)
						l->backward[pair] = (double)transitions(
							l, before, tag)[l->t->boundary];
					for (size_t q = 0; q < two; q++) {
						double x = emission +
							(double)transitions(l,
								tag_at(l, (int64_t)i - 2, q),
								before)[tag];
						size_t from = i
							? l->pair_begin[i - 1] + q * one + p
							: 0;
						if (pass && i)
							l->backward[from] =
								log_add(l->backward[from],
									x + l->backward[pair]);
						else if (!pass)
							l->forward[pair] = log_add(
								l->forward[pair],
								x + (i ? l->forward[from] : 0));
					}
					if (!pass && i == n - 1)
						*log_z = log_add(*log_z,
							l->forward[pair] +
								(double)transitions(l, before,
									tag)[l->t->boundary]);
				}
		}
	if (!marginal)
		return WP_OK;
	memset(marginal, 0, n * tags * sizeof *marginal);
	for (size_t i = 0; i < n; i++) {
		size_t here = l->begin[i + 1] - l->begin[i];
		for (size_t pair = l->pair_begin[i]; pair < l->pair_begin[i + 1]; pair++) {
			size_t k = (pair - l->pair_begin[i]) % here;
			marginal[i * tags + tag_at(l, (int64_t)i, k)] +=
				exp(l->forward[pair] + l->backward[pair] - *log_z);
		}
	}
	return WP_OK;
}

/* The score of the given tags, -INFINITY where one of them is no candidate. */
static double score_given(const struct lattice *l, const int32_t *given)
{
	double score = 0;
	size_t p = 0, a = l->t->boundary, b = l->t->boundary;
	for (size_t i = 0; i < l->n; i++) {
		size_t here = l->begin[i + 1] - l->begin[i], k = 0;
		while (k < here && l->candidates[l->begin[i] + k].tag != given[i])
			k++;
		if (k == here)
			return -INFINITY;
		size_t tag = (size_t)given[i];
		score += (double)l->emission[l->pair_begin[i] + p * here + k] +
			(double)transitions(l, a, b)[tag];
		a = b;
		b = tag;
		p = k;
	}
	return score + (double)transitions(l, a, b)[l->t->boundary];
}

struct tagger {
	struct wp_trigram *t;
	struct lattice lattice;
	size_t column;
};

/* A wp_tagging_function. */
static enum wp_err find_tags(void *arg, struct wp_tagging_sentence *s)
{
	struct tagger *g = arg;
	struct lattice *l = &g->lattice;
	double score, log_z = 0;
	enum wp_err err = build(l, s, g->column);
	if (!err)
		err = viterbi(l, s->tags, &score);
	if (err || (!s->marginals && !s->want_score))
		return err;
	err = marginals(l, s->marginals, &log_z);
	s->logprob[0] = score - log_z;
	if (s->given)
		s->given_logprob = score_given(l, s->given) - log_z;
	return err;
}

enum wp_err wp_trigram_tag(struct wp_trigram *t, struct wp_tagging *tagging,
	struct wp_input *input, struct wp_output *output, struct wp_tagged *tagged)
{
	struct tagger g = {.t = t, .lattice = {.t = t}};
	struct known *known = &g.lattice.known;
	enum wp_err err =
		wp_alloc(&known->of, 2 * t->words.strings.count + 2, sizeof *known->of, "tags");
	if (err)
		return err;
	tagging->columns = (size_t)t->columns;
	tagging->tag_column = t->config.tag_column;
	err = wp_tag_columns(tagging, &t->tags, find_tags, &g, input, output, tagged);
	lattice_fini(&g.lattice);
	return err;
}
