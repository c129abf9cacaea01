/* Hidden Markov models: Baum-Welch against enumeration, and against forward-backward in one
 * piece.
 */
#include "hmm/hmm.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "math/chain.h"
#include "tap.h"

enum { T = 3, V = 4 };

/* A text of ids, as if it had been read. */
static struct wp_hmm_text text_of(
	const int32_t *ids, size_t n, const int32_t *lengths, size_t sequences)
{
	static struct wp_strings vocab;
	if (vocab.count == 0)
		for (char c = 'a'; c < 'a' + V; c++)
			if (wp_strings_add(&vocab, &c, 1))
				abort();
	return (struct wp_hmm_text){.vocab = &vocab,
		.ids = ids,
		.n = n,
		.lengths = lengths,
		.sequences = sequences};
}

static void make(struct wp_hmm *h, const struct wp_hmm_text *text, uint64_t seed)
{
	struct wp_rng rng;
	if (wp_hmm_init(h, T, NULL, text))
		abort();
	wp_hmm_start(h, text, seed);
	wp_rng_seed(&rng, seed, 1);
	double *rows[] = {h->start, h->transition, h->emission};
	size_t count[] = {1, T, T}, width[] = {T, T, V};
	for (int k = 0; k < 3; k++)
		for (size_t i = 0; i < count[k]; i++) {
			double sum = 0;
			for (size_t j = 0; j < width[k]; j++)
				sum += rows[k][i * width[k] + j] = 0.05 + wp_rng_double(&rng);
			for (size_t j = 0; j < width[k]; j++)
				rows[k][i * width[k] + j] /= sum;
		}
}

/* Baum-Welch by looking at every sequence of states. */
static double enumerate(const struct wp_hmm *h, const struct wp_hmm_text *text, double *start,
	double *transition, double *emission)
{
	double logprob = 0;
	size_t t = 0;
	for (size_t s = 0; s < text->sequences; s++) {
		size_t n = (size_t)text->lengths[s], all = (size_t)(pow(T, (double)n) + 0.5);
		const int32_t *x = text->ids + t;
		double total = 0;
		for (int pass = 0; pass < 2; pass++)
			for (size_t code = 0; code < all; code++) {
				size_t y[8] = {0}, rest = code;
				for (size_t i = 0; i < n; i++, rest /= T)
					y[i] = rest % T;
				double p = h->start[y[0]];
				for (size_t i = 0; i < n; i++) {
					p *= h->emission[y[i] * V + (size_t)x[i]];
					if (i)
						p *= h->transition[y[i - 1] * T + y[i]];
				}
				if (pass == 0) {
					total += p;
					continue;
				}
				start[y[0]] += p / total;
				for (size_t i = 0; i < n; i++) {
					emission[y[i] * V + (size_t)x[i]] += p / total;
					if (i)
						transition[y[i - 1] * T + y[i]] += p / total;
				}
			}
		logprob += log(total);
		t += n;
	}
	return logprob;
}

static double worst_row(const double *rows, const double *counts, size_t n, size_t width)
{
	double worst = 0;
	for (size_t i = 0; i < n; i++) {
		double sum = 0;
		for (size_t j = 0; j < width; j++)
			sum += counts[i * width + j];
		for (size_t j = 0; j < width; j++)
			worst = fmax(
				worst, fabs(rows[i * width + j] - counts[i * width + j] / sum));
	}
	return worst;
}

static void against_enumeration(void)
{
	static const int32_t ids[] = {0, 1, 2, 3, 0, 2, 2, 1, 3, 3, 0, 1};
	static const int32_t lengths[] = {5, 1, 6};
	struct wp_hmm_text text = text_of(ids, 12, lengths, 3);
	double worst = 0, log_error = 0;
	for (uint64_t seed = 1; seed <= 20; seed++) {
		struct wp_hmm h;
		double start[T] = {0}, transition[T * T] = {0}, emission[T * V] = {0};
		make(&h, &text, seed);
		double truth = enumerate(&h, &text, start, transition, emission);
		if (wp_hmm_learn(&h, &text, 0))
			abort();
		log_error = fmax(log_error, fabs(h.logprob - truth));
		worst = fmax(worst, worst_row(h.start, start, 1, T));
		worst = fmax(worst, worst_row(h.transition, transition, T, T));
		worst = fmax(worst, worst_row(h.emission, emission, T, V));
		wp_hmm_fini(&h);
	}
	ok(log_error < 1e-12 && worst < 1e-12,
		"an iteration is that of enumeration: off by %.1e, %.1e", log_error, worst);
}

/* Sequences beyond the length of a block: expected counts as forward-backward in one piece has
 * them. */
static void long_sequences(void)
{
	enum { LONG = 3001 };
	static int32_t ids[LONG + 1024 + 1025];
	static const int32_t lengths[] = {LONG, 1024, 1025};
	size_t n = LONG + 1024 + 1025;
	struct wp_rng rng;
	wp_rng_seed(&rng, 5, 0);
	for (size_t i = 0; i < n; i++)
		ids[i] = (int32_t)wp_rng_below(&rng, V);
	struct wp_hmm_text text = text_of(ids, n, lengths, 3);
	struct wp_hmm h;
	make(&h, &text, 3);
	double start[T] = {0}, transition[T * T] = {0}, emission[T * V] = {0}, logs[T * T + T];
	double *rows = calloc(n * T, sizeof *rows), truth = 0;
	struct wp_chain_f64 *chain;
	struct wp_chain_work *work;
	if (!rows || wp_chain_f64_create(&chain, T) || wp_chain_work_create(&work))
		abort();
	for (size_t i = 0; i < T * T; i++)
		logs[i] = log(h.transition[i]);
	for (size_t i = 0; i < T; i++)
		logs[T * T + i] = log(h.start[i]);
	wp_chain_f64_set(chain, logs, logs + T * T, NULL);
	for (size_t s = 0, t = 0; s < 3; t += (size_t)lengths[s++]) {
		double log_z;
		struct wp_chain_sums_f64 sums = {.transition = transition, .start = start};
		for (size_t i = 0; i < (size_t)lengths[s]; i++)
			for (size_t k = 0; k < T; k++)
				rows[(t + i) * T + k] = h.emission[k * V + (size_t)ids[t + i]];
		if (wp_chain_f64_posteriors(chain, work, rows + t * T, T, (size_t)lengths[s],
			    rows + t * T, T, &sums, &log_z))
			abort();
		truth += log_z;
		for (size_t i = 0; i < (size_t)lengths[s]; i++)
			for (size_t k = 0; k < T; k++)
				emission[k * V + (size_t)ids[t + i]] += rows[(t + i) * T + k];
	}
	enum wp_err err = wp_hmm_learn(&h, &text, 0);
	double worst = fmax(worst_row(h.start, start, 1, T),
		fmax(worst_row(h.transition, transition, T, T),
			worst_row(h.emission, emission, T, V)));
	ok(!err && fabs(h.logprob - truth) < 1e-8 && worst < 1e-11,
		"block by block as in one piece: off by %.1e, %.1e", fabs(h.logprob - truth),
		worst);
	wp_chain_f64_free(chain);
	wp_chain_work_free(work);
	wp_hmm_fini(&h);
	free(rows);
}

static void likelihood_rises(void)
{
	static int32_t ids[2000];
	static float series[2000 * 2];
	static const int32_t lengths[] = {500, 700, 800};
	struct wp_rng rng;
	wp_rng_seed(&rng, 9, 0);
	for (size_t i = 0; i < 2000; i++) {
		bool odd = i / 10 % 2;
		ids[i] = (int32_t)(odd ? wp_rng_below(&rng, 2) : 2 + wp_rng_below(&rng, 2));
		series[2 * i] = (odd ? 2.0f : -1.0f) + wp_rng_float(&rng);
		series[2 * i + 1] = (odd ? 0.0f : 5.0f) + 3 * wp_rng_float(&rng);
	}
	for (int vectors = 0; vectors < 2; vectors++) {
		struct wp_hmm_text text = text_of(ids, 2000, lengths, 3);
		if (vectors) {
			text.vocab = NULL;
			text.ids = NULL;
			text.series = series;
			text.dim = 2;
		}
		bool rises = true;
		struct wp_hmm h = {0};
		double best = -INFINITY, first = 0;
		for (uint64_t seed = 1; seed <= 5; seed++) { /* maxima are local */
			struct wp_hmm next;
			double last = -INFINITY, now = 0;
			if (wp_hmm_init(&next, 2, NULL, &text))
				abort();
			wp_hmm_start(&next, &text, seed);
			for (int i = 0; i < 60; i++) {
				if (wp_hmm_learn(&next, &text, 0))
					abort();
				now = next.logprob;
				rises = rises && now >= last - 1e-9 * fabs(now);
				last = now;
				first = i ? first : now;
			}
			if (now > best) {
				best = now;
				wp_hmm_fini(&h);
				h = next;
			} else {
				wp_hmm_fini(&next);
			}
		}
		ok(rises && best > first + 100, "%s: the likelihood never falls: %.1f to %.1f",
			vectors ? "vectors" : "symbols", first, best);
		/* Two states that last ten steps. */
		ok(fabs(h.transition[0] - 0.9) < 0.02 && fabs(h.transition[3] - 0.9) < 0.02,
			"and finds the states: %.3f %.3f", h.transition[0], h.transition[3]);
		if (vectors) {
			double low = fmin(h.mean[0], h.mean[2]),
			       high = fmax(h.mean[0], h.mean[2]);
			ok(fabs(low + 0.5) < 0.05 && fabs(high - 2.5) < 0.05 &&
					fabs(h.variance[0] - 1. / 12) < 0.02,
				"with their means and variances: %.3f %.3f, %.4f", low, high,
				h.variance[0]);
		}
		wp_hmm_fini(&h);
	}
}

int main(void)
{
	static const char *const isas[] = {"plain", "avx2", "avx512"};
	for (int i = 0; i < 3; i++) {
		setenv("WORDPIPE_ISA", isas[i], 1);
		against_enumeration();
		long_sequences();
		likelihood_rises();
	}
	return done_testing();
}
