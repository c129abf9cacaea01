/* Drawing tokens, generating sequences, and searching with a beam. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "math/blas.h"
#include "nn/decode/generate.h"
#include "nn/decode/decoder.h"
#include "nn_models.h"
#include "tap.h"

/* ---- Draws ---- */

enum { CLASSES = 21, DRAWS = 40000 };

static void make_logits(float *logits)
{
	for (int i = 0; i < CLASSES; i++)
		logits[i] = (float)sin(i * 2.7) * 2;
}

/* Chi-squared of draws against probabilities, over classes that have one; a draw of a class
 * that has none makes it infinite. */
static double chi_squared(struct wp_nn_chooser *c, const float *logits, const double *p)
{
	int drawn[CLASSES] = {0};
	double chi2 = 0;
	for (int i = 0; i < DRAWS; i++)
		drawn[wp_nn_choose(c, logits)]++;
	for (int i = 0; i < CLASSES; i++) {
		if (p[i] > 0)
			chi2 += pow(drawn[i] - DRAWS * p[i], 2) / (DRAWS * p[i]);
		else if (drawn[i] > 0)
			return INFINITY;
	}
	return chi2;
}

/* p = softmax of logits / temperature over the classes marked. */
static void soft_max(double *p, const float *logits, double temperature, const bool *in)
{
	double sum = 0;
	for (int i = 0; i < CLASSES; i++)
		sum += p[i] = in[i] ? exp((double)logits[i] / temperature) : 0;
	for (int i = 0; i < CLASSES; i++)
		p[i] /= sum;
}

/* The classes that remain, found by sorting. */
static void keep(bool *in, const float *logits, double temperature, int top_k, double top_p)
{
	double p[CLASSES], sum = 0;
	bool all[CLASSES];
	for (int i = 0; i < CLASSES; i++)
		all[i] = true;
	soft_max(p, logits, temperature, all);
	memset(in, 0, CLASSES * sizeof *in);
	for (int n = 0; n < (top_k ? top_k : CLASSES) && n < CLASSES && sum < top_p; n++) {
		int best = -1;
		for (int i = 0; i < CLASSES; i++)
			if (!in[i] && (best < 0 || p[i] > p[best]))
				best = i;
		in[best] = true;
		sum += p[best];
	}
}

static void draws_follow(double temperature, int top_k, double top_p, double limit)
{
	const struct wp_nn_sampling how = {temperature, top_k, top_p};
	struct wp_nn_chooser *c;
	float logits[CLASSES];
	bool in[CLASSES];
	double p[CLASSES];
	make_logits(logits);
	keep(in, logits, temperature, top_k, top_p);
	soft_max(p, logits, temperature, in);
	if (wp_nn_chooser_create(&c, &how, CLASSES)) {
		ok(false, "%s", wp_error_detail());
		return;
	}
	double chi2 = chi_squared(c, logits, p);
	int left = 0;
	for (int i = 0; i < CLASSES; i++)
		left += in[i];
	ok(chi2 < limit,
		"temperature %g, top-k %d, top-p %g: draws follow the %d classes left "
		"(chi-squared %.1f)",
		temperature, top_k, top_p, left, chi2);
	wp_nn_chooser_free(c);
}

static void draws(void)
{
	/* Far beyond what chance does with up to 20 degrees of freedom (0.1 %: 45). */
	draws_follow(1, 0, 1, 46);
	draws_follow(0.5, 0, 1, 46);
	draws_follow(2, 0, 1, 46);
	draws_follow(1, 5, 1, 19);
	draws_follow(1, 0, 0.7, 35);
	draws_follow(0.8, 8, 0.6, 25);
	draws_follow(1, 1000, 1, 46);
}

static void choices(void)
{
	struct wp_nn_sampling how = {0, 0, 1};
	struct wp_nn_chooser *greedy, *first, *other;
	float logits[CLASSES];
	make_logits(logits);
	int best = 0, second = -1;
	for (int i = 1; i < CLASSES; i++)
		if (logits[i] > logits[best])
			best = i;
	for (int i = 0; i < CLASSES; i++)
		if (i != best && (second < 0 || logits[i] > logits[second]))
			second = i;
	if (wp_nn_chooser_create(&greedy, &how, CLASSES))
		return;
	ok(wp_nn_choose(greedy, logits) == best, "temperature 0: the most probable class");
	ok(!wp_nn_chooser_ban(greedy, best) && wp_nn_choose(greedy, logits) == second,
		"a banned class is not chosen, but the next one");
	const float *p = wp_nn_chances(greedy, logits);
	double sum = 0;
	for (int i = 0; i < CLASSES; i++)
		sum += (double)p[i];
	ok(p[best] == 0 && fabs(sum - 1) < 1e-6, "the others share its probability");
	wp_nn_chooser_free(greedy);

	how = (struct wp_nn_sampling){1, 1, 1};
	if (wp_nn_chooser_create(&first, &how, CLASSES))
		return;
	bool same = true;
	for (int i = 0; i < 1000; i++)
		same = same && wp_nn_choose(first, logits) == best;
	ok(same, "top-k 1: the most probable class, a thousand times");
	wp_nn_chooser_free(first);

	wp_nn_sampling_default(&how);
	if (wp_nn_chooser_create(&first, &how, CLASSES) ||
		wp_nn_chooser_create(&other, &how, CLASSES))
		return;
	wp_nn_chooser_seed(first, 9, 4);
	wp_nn_chooser_seed(other, 9, 4);
	for (int i = 0; i < 1000; i++)
		same = same && wp_nn_choose(first, logits) == wp_nn_choose(other, logits);
	ok(same, "the same seed: the same draws");
	int equal = 0;
	wp_nn_chooser_seed(other, 9, 5);
	for (int i = 0; i < 1000; i++)
		equal += wp_nn_choose(first, logits) == wp_nn_choose(other, logits);
	ok(equal < 400, "another sequence: others (%d of 1000 equal)", equal);
	wp_nn_chooser_free(first);
	wp_nn_chooser_free(other);
}

static void wrong_settings(void)
{
	static const struct wp_nn_sampling wrong[] = {
		{-1, 0, 1}, {NAN, 0, 1}, {1, -1, 1}, {1, 0, 0}, {1, 0, 1.1}, {1, 0, NAN}};
	bool refused = true;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		refused = refused && wp_nn_sampling_check(&wrong[i]) == WP_EINVAL;
	ok(refused, "settings out of range are refused");
}

/* ---- Sequences ---- */

enum { MOST = 64 };

struct text {
	int32_t token[MOST];
	size_t count;
};

static enum wp_err add(void *arg, int32_t token)
{
	struct text *t = arg;
	if (t->count < MOST)
		t->token[t->count++] = token;
	return WP_OK;
}

static bool make_lm(struct wp_nn_model *m, const char *specials, size_t words, bool sentences)
{
	struct wp_nn_config c;
	wp_nn_config_default(&c);
	c.inputs = c.outputs = words;
	c.hidden = 12;
	if (make_model(m, &c, specials, 1.0f)) {
		ok(false, "%s", wp_error_detail());
		return false;
	}
	m->sentences = sentences;
	return true;
}

static bool generate(const struct wp_nn_model *m, const struct wp_nn_generation *how,
	uint64_t number, struct text *text)
{
	struct wp_nn_generator *g;
	const int32_t prime[] = {4, 3};
	text->count = 0;
	if (wp_nn_generator_create(&g, m, how)) {
		printf("# %s\n", wp_error_detail());
		return false;
	}
	enum wp_err err = wp_nn_generate(g, number, prime, 2, add, text);
	wp_nn_generator_free(g);
	return !err;
}

static bool same_text(const struct text *a, const struct text *b)
{
	return a->count == b->count &&
		memcmp(a->token, b->token, a->count * sizeof *a->token) == 0;
}

static void sequences(void)
{
	struct wp_nn_model m;
	struct text a, b;
	struct wp_nn_generation how = {.seed = 5, .length = 40};
	wp_nn_sampling_default(&how.sampling);
	if (!make_lm(&m, "UNKNOWN_TOKEN", 15, false))
		return;
	generate(&m, &how, 0, &a);
	generate(&m, &how, 0, &b);
	ok(a.count == 40 && same_text(&a, &b), "the same seed: the same sequence");
	generate(&m, &how, 1, &b);
	ok(!same_text(&a, &b), "another number: another sequence");
	how.seed = 6;
	generate(&m, &how, 0, &b);
	ok(!same_text(&a, &b), "another seed: another sequence");
	how.sampling.temperature = 0;
	generate(&m, &how, 0, &a);
	how.sampling = (struct wp_nn_sampling){1, 1, 1};
	generate(&m, &how, 0, &b);
	ok(same_text(&a, &b), "top-k 1 is greedy");
	wp_nn_model_fini(&m);
}

static void special_tokens(void)
{
	struct wp_nn_model m;
	struct text t;
	struct wp_nn_generation how = {.length = MOST, .seed = 1};
	int seen[3] = {0}, shortest = MOST;
	wp_nn_sampling_default(&how.sampling);
	how.sampling.temperature = 100; /* nearly all are equally probable */
	if (!make_lm(&m, "UNKNOWN_TOKEN SENTENCE_START SENTENCE_END", 8, true))
		return;
	for (uint64_t n = 0; n < 100; n++) {
		generate(&m, &how, n, &t);
		shortest = (int)t.count < shortest ? (int)t.count : shortest;
		for (size_t i = 0; i < t.count; i++)
			if (t.token[i] < 3)
				seen[t.token[i]]++;
	}
	ok(seen[0] + seen[1] + seen[2] == 0, "sentences have no special tokens");
	ok(shortest < 10, "SENTENCE_END ends them (the shortest: %d tokens)", shortest);
	how.unknown = true;
	for (uint64_t n = 0; n < 20; n++) {
		generate(&m, &how, n, &t);
		for (size_t i = 0; i < t.count; i++)
			seen[0] += t.token[i] == 0;
	}
	ok(seen[0] > 0, "UNKNOWN_TOKEN comes where it is asked for");
	how.unknown = false;
	m.sentences = false;
	for (uint64_t n = 0; n < 20; n++) {
		generate(&m, &how, n, &t);
		for (size_t i = 0; i < t.count; i++)
			seen[2] += t.token[i] == 2;
	}
	ok(t.count == MOST && seen[2] > 0, "in a stream SENTENCE_END ends nothing");
	wp_nn_model_fini(&m);
}

static void refusals(void)
{
	struct wp_nn_generator *g;
	struct wp_nn_generation how = {.length = 3};
	struct wp_nn_config c;
	struct wp_nn_model m;
	wp_nn_sampling_default(&how.sampling);
	wp_nn_config_default(&c);
	c.task = WP_NN_TAG;
	c.inputs = 5;
	c.outputs = 3;
	if (make_model(&m, &c, "", 1))
		return;
	ok(wp_nn_generator_create(&g, &m, &how) == WP_EMISMATCH && !g,
		"a tagger writes no text");
	wp_nn_model_fini(&m);
	if (!make_lm(&m, "UNKNOWN_TOKEN SENTENCE_START", 2, false))
		return;
	ok(wp_nn_generator_create(&g, &m, &how) == WP_EMISMATCH && !g,
		"nor does a model that knows special tokens only");
	wp_nn_model_fini(&m);
}

/* ---- Beams ---- */

/* The best sequence of exactly `length` tokens (of a stream), by trying them all; no token
 * below `least`. */
static double best_of_all(struct wp_nn_decoder *s, size_t classes, int32_t least, int lane,
	int length, int32_t *best)
{
	double most = -INFINITY, sum = 0;
	float logits[MOST];
	if (length == 0)
		return 0;
	memcpy(logits, wp_nn_decoder_output(s, lane), classes * sizeof *logits);
	for (size_t i = (size_t)least; i < classes; i++)
		sum += exp((double)logits[i]);
	for (int32_t i = least; i < (int32_t)classes; i++) {
		int32_t rest[MOST] = {0};
		wp_nn_decoder_copy(s, lane + 1, lane);
		wp_nn_decoder_token(s, lane + 1, i);
		double p = (double)logits[i] - log(sum) +
			best_of_all(s, classes, least, lane + 1, length - 1, rest);
		if (!(p > most))
			continue;
		most = p;
		best[0] = i;
		memcpy(best + 1, rest, (size_t)(length - 1) * sizeof *rest);
	}
	return most;
}

static double search(const struct wp_nn_model *m, int beam, size_t length, struct text *text,
	size_t *found_count)
{
	const int32_t prime[] = {2};
	struct wp_nn_generation how = {.beam = beam, .length = length};
	struct wp_nn_generator *g;
	const struct wp_nn_found *found;
	wp_nn_sampling_default(&how.sampling);
	if (wp_nn_generator_create(&g, m, &how) ||
		wp_nn_beam_search(g, prime, 1, &found, found_count) || *found_count == 0) {
		printf("# %s\n", wp_error_detail());
		return NAN;
	}
	bool sorted = true;
	for (size_t i = 1; i < *found_count; i++)
		sorted = sorted && found[i].logprob <= found[i - 1].logprob;
	ok(sorted, "a beam of %d: %zu sequences, best first", beam, *found_count);
	double best = found[0].logprob;
	text->count = found[0].count;
	memcpy(text->token, found[0].tokens, text->count * sizeof *text->token);
	wp_nn_generator_free(g);
	return best;
}

static void beams(void)
{
	enum { WORDS = 5, LENGTH = 5 };
	struct wp_nn_model m;
	struct wp_nn_decoder *s;
	struct text found, best = {.count = LENGTH}, greedy;
	size_t count;
	if (!make_lm(&m, "UNKNOWN_TOKEN", WORDS, false) ||
		wp_nn_decoder_create(&s, &m, LENGTH + 1))
		return;
	wp_nn_decoder_token(s, 0, 2);
	double truth = best_of_all(s, WORDS, 1, 0, LENGTH, best.token);
	double wide = search(&m, 256, LENGTH, &found, &count);
	ok(fabs(wide - truth) < 1e-5 && same_text(&found, &best),
		"a wide beam finds the best of all sequences (%.6f, %.6f)", wide, truth);
	double narrow = search(&m, 1, LENGTH, &greedy, &count);
	double three = search(&m, 3, LENGTH, &found, &count);
	ok(narrow <= three + 1e-6 && three <= wide + 1e-6,
		"wider beams find better ones (%.4f, %.4f, %.4f)", narrow, three, wide);

	struct wp_nn_generation how = {.length = LENGTH, .sampling = {0, 0, 1}};
	struct wp_nn_generator *g;
	const int32_t prime[] = {2};
	struct text text = {.count = 0};
	if (wp_nn_generator_create(&g, &m, &how) || wp_nn_generate(g, 0, prime, 1, add, &text))
		return;
	ok(same_text(&text, &greedy), "a beam of one is greedy");
	wp_nn_generator_free(g);
	wp_nn_decoder_free(s);
	wp_nn_model_fini(&m);
}

/* The best sentence of at most `length` tokens that has an end, or is as long as that. */
static double best_sentence(struct wp_nn_decoder *s, size_t classes, int lane, int length)
{
	double most = -INFINITY, sum = 0;
	float logits[MOST];
	if (length == 0)
		return 0;
	memcpy(logits, wp_nn_decoder_output(s, lane), classes * sizeof *logits);
	for (size_t i = 2; i < classes; i++)
		sum += exp((double)logits[i]);
	for (int32_t i = 2; i < (int32_t)classes; i++) {
		double p = (double)logits[i] - log(sum);
		if (i > 2) {
			wp_nn_decoder_copy(s, lane + 1, lane);
			wp_nn_decoder_token(s, lane + 1, i);
			p += best_sentence(s, classes, lane + 1, length - 1);
		}
		most = fmax(most, p);
	}
	return most;
}

static void beams_that_end(void)
{
	enum { WORDS = 6, LENGTH = 5 };
	struct wp_nn_model m;
	struct wp_nn_decoder *s;
	struct text found;
	size_t count;
	if (!make_lm(&m, "UNKNOWN_TOKEN SENTENCE_START SENTENCE_END", WORDS, true) ||
		wp_nn_decoder_create(&s, &m, LENGTH + 1))
		return;
	/* search() primes with token 2, SENTENCE_END: a token like others there. */
	wp_nn_decoder_token(s, 0, 1);
	wp_nn_decoder_token(s, 0, 2);
	double truth = best_sentence(s, WORDS, 0, LENGTH);
	double wide = search(&m, 200, LENGTH, &found, &count);
	ok(fabs(wide - truth) < 1e-5,
		"a wide beam finds the best of all sentences (%.6f, %.6f)", wide, truth);
	wp_nn_decoder_free(s);
	wp_nn_model_fini(&m);
}

/* ---- No memory ---- */

/* Generate and search while allocation number n fails; true if nothing did. */
static bool survives(const struct wp_nn_model *m, int beam, long n)
{
	struct wp_nn_generation how = {.beam = beam, .length = 8, .sampling = {1, 3, 0.9}};
	struct wp_nn_generator *g;
	const struct wp_nn_found *found;
	struct text text = {.count = 0};
	size_t count;
	wp_alloc_fail_at(n);
	enum wp_err err = wp_nn_generator_create(&g, m, &how);
	if (!err)
		err = beam ? wp_nn_beam_search(g, NULL, 0, &found, &count)
			   : wp_nn_generate(g, 0, NULL, 0, add, &text);
	wp_alloc_fail_at(0);
	if (err && err != WP_ENOMEM)
		ok(false, "allocation %ld: %s", n, wp_error_detail());
	wp_nn_generator_free(g);
	return !err;
}

static void no_memory(void)
{
	struct wp_nn_model m;
	if (!make_lm(&m, "UNKNOWN_TOKEN", 9, false))
		return;
	for (int beam = 0; beam <= 2; beam += 2) {
		long n = 1;
		while (n < 1000 && !survives(&m, beam, n))
			n++;
		ok(n > 5 && n < 1000, "beam %d: any of %ld allocations may fail", beam, n - 1);
	}
	wp_nn_model_fini(&m);
}

int main(void)
{
	if (wp_blas_start(4))
		return 1;
	draws();
	choices();
	wrong_settings();
	sequences();
	special_tokens();
	refusals();
	beams();
	beams_that_end();
	no_memory();
	return done_testing();
}
