#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "hmm/hmm.h"
#include "math/chain_kernels.h"
#include "stream/tensor_set.h"

enum { LANES = 8, BLOCK = 1024 /* steps whose rows are kept at a time */ };

/* Variances do not fall below this share of that of the whole text. */
static const double least_variance = 1e-4;

/* ---- Where to begin ---- */

/* Divide each of n rows by its sum; a row of zeros becomes even. */
static void normalize(double *rows, size_t n, size_t width)
{
	for (size_t i = 0; i < n; i++, rows += width) {
		double sum = 0;
		for (size_t j = 0; j < width; j++)
			sum += rows[j];
		for (size_t j = 0; j < width; j++)
			rows[j] = sum > 0 ? rows[j] / sum : 1 / (double)width;
	}
}

static void whole_variance(
	const struct wp_hmm_text *text, size_t d, double *mean, double *variance)
{
	double sum = 0, squares = 0, n = (double)text->n;
	for (size_t i = 0; i < text->n; i++)
		sum += (double)text->series[i * text->dim + d];
	*mean = sum / n;
	for (size_t i = 0; i < text->n; i++) {
		double x = (double)text->series[i * text->dim + d] - *mean;
		squares += x * x;
	}
	*variance = squares / n > 1e-12 ? squares / n : 1e-12;
}

/* Means that are far from each other: each next place with a probability that grows with the
 * squared distance from the places before (Arthur & Vassilvitskii 2007). */
static void start_means(struct wp_hmm *h, const struct wp_hmm_text *text, struct wp_rng *rng)
{
	size_t dim = h->dim, states = h->states.count;
	for (size_t s = 0; s < states; s++) {
		/* One of some draws, the farthest: enough to begin with, in one look at each.
		 */
		size_t best = 0;
		double most = -1;
		for (int draw = 0; draw < 32; draw++) {
			size_t i = (size_t)(wp_rng_double(rng) * (double)text->n);
			double nearest = INFINITY;
			for (size_t k = 0; k < s; k++) {
				double distance = 0;
				for (size_t d = 0; d < dim; d++) {
					double x = (double)text->series[i * dim + d] -
						h->mean[k * dim + d];
					distance += x * x / h->variance[d];
				}
				nearest = distance < nearest ? distance : nearest;
			}
			if (s == 0)
				nearest = 0;
			if (nearest > most) {
				most = nearest;
				best = i;
			}
		}
		for (size_t d = 0; d < dim; d++) {
			h->mean[s * dim + d] = (double)text->series[best * dim + d];
			h->variance[s * dim + d] = h->variance[d];
		}
	}
}

/* Exponentially distributed: rows of these, over their sums, are as even as any others. */
static double draw(struct wp_rng *rng)
{
	return -log(1 - wp_rng_double(rng));
}

void wp_hmm_start(struct wp_hmm *h, const struct wp_hmm_text *text, uint64_t seed)
{
	size_t states = h->states.count, symbols = h->vocab.strings.count;
	struct wp_rng rng;
	wp_rng_seed(&rng, seed, 0);
	for (size_t i = 0; i < states; i++)
		h->start[i] = draw(&rng);
	for (size_t i = 0; i < states * states; i++)
		h->transition[i] = draw(&rng);
	for (size_t i = 0; i < text->n && symbols; i++)
		h->emission[text->ids[i]] += 1;
	for (size_t s = states; s-- > 0 && symbols;)
		for (size_t v = 0; v < symbols; v++)
			h->emission[s * symbols + v] = h->emission[v] * (0.1 + draw(&rng));
	for (size_t d = 0; d < h->dim; d++) {
		double mean;
		whole_variance(text, d, &mean, &h->variance[d]);
	}
	if (h->dim)
		start_means(h, text, &rng);
	normalize(h->start, 1, states);
	normalize(h->transition, states, states);
	if (symbols)
		normalize(h->emission, states, symbols);
}

/* ---- Tagged text ---- */

enum wp_err wp_hmm_count(struct wp_hmm *h, const struct wp_hmm_text *text, double add)
{
	size_t states = h->states.count, symbols = h->vocab.strings.count, dim = h->dim;
	if (!text->tags)
		return wp_fail(WP_EMISMATCH, "%s: no tags to count: see vocab --tags",
			wp_tensor_set_name(text->set));
	double *count;
	enum wp_err err = wp_alloc(&count, states, sizeof *count, "counts");
	for (size_t s = 0, t = 0; s < text->sequences && !err; s++)
		for (int32_t i = 0; i < text->lengths[s]; i++, t++) {
			size_t tag = (size_t)text->tags[t];
			if (i)
				h->transition[(size_t)text->tags[t - 1] * states + tag] += 1;
			else
				h->start[tag] += 1;
			count[tag] += 1;
			if (symbols)
				h->emission[tag * symbols + (size_t)text->ids[t]] += 1;
			for (size_t d = 0; d < dim; d++)
				h->mean[tag * dim + d] += (double)text->series[t * dim + d];
		}
	for (size_t i = 0; i < states * dim && !err; i++)
		h->mean[i] /= count[i / dim] > 0 ? count[i / dim] : 1;
	for (size_t t = 0; t < text->n && !err; t++)
		for (size_t d = 0; d < dim; d++) {
			size_t at = (size_t)text->tags[t] * dim + d;
			double x = (double)text->series[t * dim + d] - h->mean[at];
			h->variance[at] += x * x / count[text->tags[t]];
		}
	for (size_t d = 0; d < dim && !err; d++) {
		double mean, variance;
		whole_variance(text, d, &mean, &variance);
		for (size_t s = 0; s < states; s++)
			if (h->variance[s * dim + d] < least_variance * variance)
				h->variance[s * dim + d] = least_variance * variance;
	}
	free(count);
	if (err)
		return err;
	for (size_t i = 0; i < states; i++)
		h->start[i] += add;
	for (size_t i = 0; i < states * states; i++)
		h->transition[i] += add;
	for (size_t i = 0; i < states * symbols; i++)
		h->emission[i] += add;
	normalize(h->start, 1, states);
	normalize(h->transition, states, states);
	if (symbols)
		normalize(h->emission, states, symbols);
	return WP_OK;
}

/* ---- Baum-Welch ---- */

/* Rows of T numbers, padded to `stride`. */
struct pass {
	const struct wp_hmm *h;
	const struct wp_hmm_text *text;
	const struct wp_chain_kernels_f64 *kernels;
	size_t states, stride, symbols, dim;
	double *transition, *transposed; /* (T, stride)                                       */
	double *start;                   /* (stride)                                          */
	double *emission;                /* (V, stride): by symbol                            */
	double *psi, *alpha, *before;    /* (BLOCK + 1, stride)                               */
	double *scale;                   /* (BLOCK)                                           */
	double *entry;                   /* (blocks, stride): alpha before each block         */
	double *enter;       /* (stride): an entry, aligned                           */
	double *beta, *next; /* (stride); next: psi at the first step of the block
			      * behind, as backward leaves it                     */
	double *constant, *precision; /* vectors: (T), (T, dim)                            */
	/* Expected counts. */
	double *sum_start;      /* (stride)           */
	double *sum_transition; /* (T, stride)        */
	double *sum_emission;   /* (V, stride)        */
	double *sum_state;      /* (T)                */
	double *sum_x, *sum_xx; /* (T, dim)           */
	double *memory;
	size_t entry_room;
	double log_likelihood;
};

static enum wp_err pass_init(
	struct pass *p, const struct wp_hmm *h, const struct wp_hmm_text *text)
{
	size_t t = h->states.count, s = (t + LANES - 1) / LANES * LANES;
	size_t v = h->vocab.strings.count, rows = BLOCK + 1;
	*p = (struct pass){.h = h,
		.text = text,
		.kernels = wp_chain_kernels_f64(wp_cpu_isa()),
		.states = t,
		.stride = s,
		.symbols = v,
		.dim = h->dim};
	double **part[] = {&p->transition, &p->transposed, &p->start, &p->emission, &p->psi,
		&p->alpha, &p->before, &p->scale, &p->enter, &p->beta, &p->next, &p->constant,
		&p->precision, &p->sum_start, &p->sum_transition, &p->sum_emission,
		&p->sum_state, &p->sum_x, &p->sum_xx};
	size_t size[] = {t * s, t * s, s, v * s, rows * s, rows * s, rows * s, rows, s, s, s, s,
		t * h->dim, s, t * s, v * s, s, t * h->dim, t * h->dim};
	size_t all = 0;
	for (size_t i = 0; i < sizeof size / sizeof *size; i++)
		all += size[i] = (size[i] + LANES - 1) / LANES * LANES;
	enum wp_err err = wp_table_alloc(&p->memory, all * sizeof(double), "Baum-Welch");
	if (err)
		return err;
	all = 0;
	for (size_t i = 0; i < sizeof size / sizeof *size; all += size[i++])
		*part[i] = p->memory + all;
	for (size_t i = 0; i < t; i++) {
		p->start[i] = h->start[i];
		for (size_t j = 0; j < t; j++)
			p->transition[i * s + j] = p->transposed[j * s + i] =
				h->transition[i * t + j];
		for (size_t k = 0; k < v; k++)
			p->emission[k * s + i] = h->emission[i * v + k];
		for (size_t d = 0; d < h->dim; d++) {
			double variance = h->variance[i * h->dim + d];
			p->precision[i * h->dim + d] = 1 / variance;
			p->constant[i] -= log(6.283185307179586 * variance) / 2;
		}
	}
	return WP_OK;
}

static void pass_fini(struct pass *p)
{
	free(p->memory);
	free(p->entry);
}

/* What the states make of steps t to t + n - 1: probabilities, or densities over their largest,
 * whose logarithm goes to the likelihood where that is wanted. */
static void emit(struct pass *p, size_t t, size_t n, bool add)
{
	size_t s = p->stride, dim = p->dim;
	if (p->symbols) {
		for (size_t i = 0; i < n; i++)
			memcpy(p->psi + i * s, p->emission + (size_t)p->text->ids[t + i] * s,
				s * sizeof *p->psi);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		const float *x = p->text->series + (t + i) * dim;
		double *row = p->psi + i * s;
		for (size_t k = p->states; k < s; k++)
			row[k] = -INFINITY;
		for (size_t k = 0; k < p->states; k++) {
			double sum = p->constant[k];
			for (size_t d = 0; d < dim; d++) {
				double y = (double)x[d] - p->h->mean[k * dim + d];
				sum -= y * y * p->precision[k * dim + d] / 2;
			}
			row[k] = sum;
		}
	}
	double most = p->kernels->exponentials(p->psi, n, s);
	if (add)
		p->log_likelihood += most;
}

/* y = x m, once for each block. */
static void step(const struct pass *p, double *y, const double *x, const double *m)
{
	size_t s = p->stride;
	memset(y, 0, s * sizeof *y);
	for (size_t i = 0; i < p->states; i++)
		for (size_t j = 0; j < s; j++)
			y[j] += x[i] * m[i * s + j];
}

static enum wp_err forward(struct pass *p, size_t t, size_t n, const double *start, bool add)
{
	memcpy(p->enter, start, p->stride * sizeof *p->enter);
	emit(p, t, n, add);
	/* The smallest number of full precision. */
	bool good = p->kernels->forward(p->alpha, p->scale, p->psi, p->transition, p->enter, n,
		p->states, p->stride, 2.3e-308);
	if (!good)
		return wp_fail(WP_EMISMATCH,
			"%s: the text is impossible under the model: a probability is 0 (before token "
			"%zu); --add smooths",
			wp_tensor_set_name(p->text->set), t + n);
	for (size_t i = 0; i < n && add; i++)
		p->log_likelihood += log(p->scale[i]);
	return WP_OK;
}

/* The states of the block's steps are in alpha: count what goes with them. */
static void count(struct pass *p, size_t t, size_t n)
{
	size_t s = p->stride, dim = p->dim;
	for (size_t i = 0; i < n; i++) {
		const double *row = p->alpha + i * s;
		double *to = p->symbols ? p->sum_emission + (size_t)p->text->ids[t + i] * s
					: p->sum_state;
		for (size_t k = 0; k < s; k++)
			to[k] += row[k];
		for (size_t k = 0; k < p->states && dim; k++)
			for (size_t d = 0; d < dim; d++) {
				/* From the mean so far, which loses less than from 0. */
				double x = (double)p->text->series[(t + i) * dim + d] -
					p->h->mean[k * dim + d];
				p->sum_x[k * dim + d] += row[k] * x;
				p->sum_xx[k * dim + d] += row[k] * x * x;
			}
	}
}

static enum wp_err learn_sequence(struct pass *p, size_t t, size_t n)
{
	size_t s = p->stride, blocks = (n + BLOCK - 1) / BLOCK;
	enum wp_err err =
		wp_grow(&p->entry, &p->entry_room, blocks * s, sizeof *p->entry, "Baum-Welch");
	memcpy(p->entry, p->start, s * sizeof *p->entry);
	size_t last = n - (blocks - 1) * BLOCK;
	/* Forward: all that is kept is what enters each block. */
	for (size_t b = 0; b < blocks && !err; b++) {
		size_t length = b + 1 < blocks ? BLOCK : last;
		err = forward(p, t + b * BLOCK, length, p->entry + b * s, true);
		if (!err && b + 1 < blocks)
			step(p, p->entry + (b + 1) * s, p->alpha + (BLOCK - 1) * s,
				p->transition);
	}
	/* Backward: the last block is still there, the others are made again. */
	for (size_t k = 0; k < s; k++)
		p->beta[k] = k < p->states;
	for (size_t b = blocks; b-- > 0 && !err;) {
		size_t length = b + 1 < blocks ? BLOCK : last;
		if (b + 1 < blocks)
			err = forward(p, t + b * BLOCK, length, p->entry + b * s, false);
		if (err)
			break;
		p->kernels->backward(p->alpha, p->psi, p->scale, p->transposed, p->beta,
			p->before, length, p->states, s);
		p->kernels->outer(
			p->sum_transition, p->before, p->psi + s, length - 1, p->states, s);
		if (b + 1 < blocks)
			p->kernels->outer(p->sum_transition, p->before + (length - 1) * s,
				p->next, 1, p->states, s);
		count(p, t + b * BLOCK, length);
		if (b == 0)
			break;
		memcpy(p->next, p->psi, s * sizeof *p->next);
		step(p, p->beta, p->next, p->transposed);
	}
	for (size_t k = 0; k < s && !err; k++)
		p->sum_start[k] += p->alpha[k];
	return err;
}

/* Expected counts become probabilities. */
static void update(const struct pass *p, struct wp_hmm *h, double add)
{
	size_t t = p->states, s = p->stride, v = p->symbols, dim = p->dim;
	for (size_t i = 0; i < t; i++) {
		h->start[i] = p->sum_start[i] + add;
		for (size_t j = 0; j < t; j++)
			h->transition[i * t + j] =
				p->sum_transition[i * s + j] * p->transition[i * s + j] + add;
		for (size_t k = 0; k < v; k++)
			h->emission[i * v + k] = p->sum_emission[k * s + i] + add;
	}
	normalize(h->start, 1, t);
	normalize(h->transition, t, t);
	if (v)
		normalize(h->emission, t, v);
	for (size_t d = 0; d < dim; d++) {
		double mean, whole;
		whole_variance(p->text, d, &mean, &whole);
		for (size_t i = 0; i < t; i++) {
			size_t at = i * dim + d;
			double n = p->sum_state[i];
			if (!(n > 1e-10)) /* nobody is in this state: it stays as it is */
				continue;
			double shift = p->sum_x[at] / n;
			double variance = p->sum_xx[at] / n - shift * shift;
			h->mean[at] += shift;
			h->variance[at] = variance > least_variance * whole
				? variance
				: least_variance * whole;
		}
	}
}

enum wp_err wp_hmm_learn(struct wp_hmm *h, const struct wp_hmm_text *text, double add)
{
	struct pass p;
	enum wp_err err = pass_init(&p, h, text);
	if (err)
		return err;
	for (size_t i = 0, t = 0; i < text->sequences && !err; t += (size_t)text->lengths[i++])
		if (text->lengths[i] > 0)
			err = learn_sequence(&p, t, (size_t)text->lengths[i]);
	if (!err) {
		update(&p, h, add);
		h->logprob = p.log_likelihood;
		h->iterations++;
	}
	pass_fini(&p);
	return err;
}
