#include "nn/decode/sampler.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "nn/kernels/kernels.h"

struct choice {
	float p;
	int32_t class_;
};

struct wp_nn_chooser {
	struct wp_nn_sampling sampling;
	const struct wp_nn_kernels *kernels;
	size_t classes;
	float *p;              /* (classes) */
	struct choice *choice; /* a heap of the classes, where some are left out */
	int32_t *banned;
	size_t banned_count, banned_room;
	struct wp_rng rng;
};

void wp_nn_sampling_default(struct wp_nn_sampling *sampling)
{
	*sampling = (struct wp_nn_sampling){.temperature = 1, .top_p = 1};
}

enum wp_err wp_nn_sampling_check(const struct wp_nn_sampling *s)
{
	if (!(s->temperature >= 0 && s->temperature <= 1e6))
		return wp_fail(
			WP_EINVAL, "temperature %g: out of range (0 to 1e6)", s->temperature);
	if (s->top_k < 0)
		return wp_fail(WP_EINVAL, "top-k %d: negative", s->top_k);
	if (!(s->top_p > 0 && s->top_p <= 1))
		return wp_fail(
			WP_EINVAL, "top-p %g: out of range (above 0, up to 1)", s->top_p);
	return WP_OK;
}

static bool leaves_out(const struct wp_nn_sampling *s)
{
	return s->top_k > 0 || s->top_p < 1;
}

enum wp_err wp_nn_chooser_create(
	struct wp_nn_chooser **chooser, const struct wp_nn_sampling *sampling, size_t classes)
{
	struct wp_nn_chooser *s;
	*chooser = NULL;
	enum wp_err err = wp_nn_sampling_check(sampling);
	if (err || (err = wp_alloc(&s, 1, sizeof *s, "chooser")))
		return err;
	s->sampling = *sampling;
	s->kernels = wp_nn_kernels(wp_cpu_isa());
	s->classes = classes;
	wp_nn_chooser_seed(s, 1, 0);
	err = wp_alloc(&s->p, classes, sizeof *s->p, "probabilities");
	if (!err && leaves_out(sampling))
		err = wp_alloc(&s->choice, classes, sizeof *s->choice, "probabilities");
	if (err) {
		wp_nn_chooser_free(s);
		return err;
	}
	*chooser = s;
	return WP_OK;
}

void wp_nn_chooser_free(struct wp_nn_chooser *s)
{
	if (!s)
		return;
	free(s->p);
	free(s->choice);
	free(s->banned);
	free(s);
}

void wp_nn_chooser_seed(struct wp_nn_chooser *s, uint64_t seed, uint64_t sequence)
{
	wp_rng_seed(&s->rng, seed, sequence);
}

enum wp_err wp_nn_chooser_ban(struct wp_nn_chooser *s, int32_t class_)
{
	enum wp_err err = wp_grow(&s->banned, &s->banned_room, s->banned_count + 1,
		sizeof *s->banned, "banned classes");
	if (!err)
		s->banned[s->banned_count++] = class_;
	return err;
}

void wp_nn_chooser_allow(struct wp_nn_chooser *s, int32_t class_)
{
	size_t left = 0;
	for (size_t i = 0; i < s->banned_count; i++)
		if (s->banned[i] != class_)
			s->banned[left++] = s->banned[i];
	s->banned_count = left;
}

/* s->p = the logits, those of banned classes -infinite. */
static void take_logits(struct wp_nn_chooser *s, const float *logits)
{
	memcpy(s->p, logits, s->classes * sizeof *s->p);
	for (size_t i = 0; i < s->banned_count; i++)
		s->p[s->banned[i]] = -INFINITY;
}

const float *wp_nn_chances(struct wp_nn_chooser *s, const float *logits)
{
	double t = s->sampling.temperature;
	take_logits(s, logits);
	if (t > 0 && t != 1) {
		float most = s->p[0];
		for (size_t i = 1; i < s->classes; i++)
			most = s->p[i] > most ? s->p[i] : most;
		for (size_t i = 0; i < s->classes; i++) /* however small t is */
			s->p[i] = s->p[i] < most ? (float)((s->p[i] - most) / t) : 0;
	}
	s->kernels->softmax(s->p, NULL, s->classes);
	return s->p;
}

static int32_t most_probable(struct wp_nn_chooser *s, const float *logits)
{
	size_t best = 0;
	take_logits(s, logits);
	for (size_t i = 1; i < s->classes; i++)
		if (s->p[i] > s->p[best])
			best = i;
	return (int32_t)best;
}

/* More probable, or as probable and earlier. */
static bool comes_first(struct choice a, struct choice b)
{
	return a.p > b.p || (a.p == b.p && a.class_ < b.class_);
}

static void sift_down(struct choice *heap, size_t n, size_t i)
{
	struct choice moved = heap[i];
	for (size_t child; (child = 2 * i + 1) < n; i = child) {
		if (child + 1 < n && comes_first(heap[child + 1], heap[child]))
			child++;
		if (!comes_first(heap[child], moved))
			break;
		heap[i] = heap[child];
	}
	heap[i] = moved;
}

/* Take the most probable classes out of a heap, until there are enough; they come to stand at
 * the end of s->choice, the first one last.  Returns their number, and their sum in *sum. */
static size_t select_choices(struct wp_nn_chooser *s, float *sum)
{
	size_t n = s->classes, taken = 0;
	size_t most = s->sampling.top_k ? (size_t)s->sampling.top_k : n;
	float enough = s->sampling.top_p < 1 ? (float)s->sampling.top_p : INFINITY;
	for (size_t i = 0; i < n; i++)
		s->choice[i] = (struct choice){s->p[i], (int32_t)i};
	for (size_t i = n / 2; i-- > 0;)
		sift_down(s->choice, n, i);
	*sum = 0;
	/* One at least, even of probabilities that are no numbers. */
	while (taken == 0 || (n > 0 && taken < most && *sum < enough && s->choice[0].p > 0)) {
		struct choice first = s->choice[0];
		s->choice[0] = s->choice[--n];
		if (n > 0)
			sift_down(s->choice, n, 0);
		s->choice[n] = first;
		*sum += first.p;
		taken++;
	}
	return taken;
}

static int32_t draw_among(struct wp_nn_chooser *s)
{
	float sum;
	size_t taken = select_choices(s, &sum);
	const struct choice *last = s->choice + s->classes - taken;
	float left = (float)wp_rng_double(&s->rng) * sum;
	for (const struct choice *c = s->choice + s->classes - 1; c > last; c--) {
		left -= c->p;
		if (left < 0)
			return c->class_;
	}
	return last->class_;
}

static int32_t draw(struct wp_nn_chooser *s)
{
	float left = wp_rng_float(&s->rng);
	size_t possible = 0; /* rounding must not end at a class that is not */
	for (size_t i = 0; i < s->classes; i++) {
		if (!(s->p[i] > 0))
			continue;
		possible = i;
		left -= s->p[i];
		if (left < 0)
			break;
	}
	return (int32_t)possible;
}

int32_t wp_nn_choose(struct wp_nn_chooser *s, const float *logits)
{
	if (s->sampling.temperature == 0)
		return most_probable(s, logits);
	wp_nn_chances(s, logits);
	return leaves_out(&s->sampling) ? draw_among(s) : draw(s);
}
