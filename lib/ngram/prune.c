/* A. Stolcke, Entropy-based Pruning of Backoff Language Models (1998). */
#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "ngram/levels.h"

struct pruner {
	const struct wp_ngram_counts *c;
	struct wp_ngram_level *level;
	double threshold;
	float *joint[WP_NGRAM_ORDER_MAX + 1]; /* by n-gram: the logarithm of the probability of
					       * all its tokens */
	bool *needed;        /* by n-gram of a length: a longer one begins so */
	double *own, *lower; /* by context: what its n-grams leave to others, under it and
			      * under the shorter one                                      */
};

/* SENTENCE_START is as probable as its end. */
static void find_words(struct pruner *p)
{
	const struct wp_ngram_level *l = &p->level[1];
	float end = 0;
	for (size_t i = 0; i < l->count; i++)
		if (p->c->text[p->c->last[l->record[i]]] == p->c->end)
			end = logf(l->p[i]);
	for (size_t i = 0; i < l->count; i++)
		p->joint[1][i] = p->c->text[p->c->last[l->record[i]]] == p->c->start
			? end
			: logf(l->p[i]);
}

static enum wp_err find_joint(struct pruner *p)
{
	enum wp_err err = WP_OK;
	for (int n = 1; n < p->c->order && !err; n++) {
		const struct wp_ngram_level *l = &p->level[n];
		err = wp_alloc(&p->joint[n], l->count, sizeof **p->joint, "probabilities");
		if (err)
			break;
		if (n == 1)
			find_words(p);
		for (size_t i = 0; i < l->count && n > 1; i++)
			p->joint[n][i] = p->joint[n - 1][l->context[i]] + logf(l->p[i]);
	}
	return err;
}

/* The probability of the last token of an n-gram, which may be left out. */
static double probability(const struct pruner *p, int n, size_t i)
{
	double factor = 1;
	for (; isnan(p->level[n].p[i]) && n > 1; n--) {
		factor *= (double)p->level[n - 1].backoff[p->level[n].context[i]];
		i = p->level[n].suffix[i];
	}
	return factor * (double)p->level[n].p[i];
}

static enum wp_err sum_contexts(struct pruner *p, int n)
{
	const struct wp_ngram_level *l = &p->level[n];
	size_t contexts = p->level[n - 1].count;
	free(p->own);
	free(p->lower);
	p->own = p->lower = NULL;
	enum wp_err err = wp_alloc(&p->own, contexts, sizeof *p->own, "contexts");
	if (!err)
		err = wp_alloc(&p->lower, contexts, sizeof *p->lower, "contexts");
	for (size_t j = 0; j < contexts && !err; j++)
		p->own[j] = p->lower[j] = 1;
	for (size_t i = 0; i < l->count && !err; i++) {
		if (isnan(l->p[i]))
			continue;
		p->own[l->context[i]] -= (double)l->p[i];
		p->lower[l->context[i]] -= probability(p, n - 1, l->suffix[i]);
	}
	return err;
}

/* By which share perplexity rises without an n-gram: equations 3 to 5 of the paper, from the
 * sums of its context, which that leaves as they are for the others. */
static double loss(const struct pruner *p, int n, size_t i)
{
	const struct wp_ngram_level *l = &p->level[n];
	size_t j = l->context[i];
	double own = p->own[j], lower = p->lower[j], is = (double)l->p[i],
	       then = probability(p, n - 1, l->suffix[i]);
	if (lower + then <= 0 || own + is <= 0 || then <= 0)
		return INFINITY;
	double after = log(own + is) - log(lower + then);
	double change = is * (log(then) + after - log(is));
	if (own > 0 && lower > 0)
		change += own * (after - (log(own) - log(lower)));
	return exp(-exp((double)p->joint[n - 1][j]) * change) - 1;
}

static enum wp_err prune_length(struct pruner *p, int n)
{
	struct wp_ngram_level *l = &p->level[n];
	bool *needed;
	enum wp_err err = wp_alloc(&needed, p->level[n - 1].count, sizeof *needed, "contexts");
	if (!err)
		err = sum_contexts(p, n);
	for (size_t i = 0; i < l->count && !err; i++) {
		if (isnan(l->p[i]))
			continue;
		if ((p->needed && p->needed[i]) || loss(p, n, i) >= p->threshold)
			needed[l->context[i]] = true;
		else
			l->p[i] = NAN;
	}
	free(p->needed);
	p->needed = needed;
	return err;
}

/* What is left out is part of what the shorter context gives. */
static enum wp_err find_backoff(struct pruner *p, int n)
{
	struct wp_ngram_level *before = &p->level[n - 1];
	enum wp_err err = sum_contexts(p, n);
	for (size_t j = 0; j < before->count && !err; j++) {
		double own = p->own[j], lower = p->lower[j];
		if (own == 1 && lower == 1)
			before->backoff[j] = 1;
		else
			before->backoff[j] = own > 0 && lower > 0 ? (float)(own / lower) : 0;
	}
	return err;
}

enum wp_err wp_ngram_prune(
	const struct wp_ngram_counts *counts, struct wp_ngram_level *level, double threshold)
{
	struct pruner p = {.c = counts, .level = level, .threshold = threshold};
	enum wp_err err = find_joint(&p);
	for (int n = counts->order; n > 1 && !err; n--)
		err = prune_length(&p, n);
	for (int n = 2; n <= counts->order && !err; n++)
		err = find_backoff(&p, n);
	for (int n = 1; n <= counts->order; n++)
		free(p.joint[n]);
	free(p.needed);
	free(p.own);
	free(p.lower);
	return err;
}
