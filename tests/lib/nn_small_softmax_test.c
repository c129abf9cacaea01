/* The output layer for few rows: every instruction set against sums written out. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "nn/kernels/kernels.h"
#include "tap.h"

/* Exactly as large as needed, so that a sanitizer sees every step beyond. */
static float *array(size_t n, struct wp_rng *rng)
{
	float *p = calloc(n ? n : 1, sizeof *p);
	if (!p)
		abort();
	for (size_t i = 0; i < n && rng; i++)
		p[i] = 2 * wp_rng_float(rng) - 1;
	return p;
}

struct expected {
	double *d_x, *d_weight, *d_bias, loss;
	uint64_t targets, correct;
};

static void work_out(struct expected *e, const struct wp_nn_small_softmax *f)
{
	double *p = calloc(f->classes, sizeof *p);
	e->d_x = calloc(f->rows * f->width, sizeof *e->d_x);
	e->d_weight = calloc(f->classes * f->width, sizeof *e->d_weight);
	e->d_bias = calloc(f->classes, sizeof *e->d_bias);
	e->loss = 0;
	e->targets = e->correct = 0;
	if (!p || !e->d_x || !e->d_weight || !e->d_bias)
		abort();
	for (size_t r = 0; r < f->rows; r++) {
		const float *x = f->x + r * f->width;
		double sum = 0;
		size_t best = 0, target = (size_t)f->target[r];
		if (f->target[r] < 0)
			continue;
		for (size_t c = 0; c < f->classes; c++) {
			p[c] = f->bias ? (double)f->bias[c] : 0;
			for (size_t i = 0; i < f->width; i++)
				p[c] += (double)x[i] * (double)f->weight[c * f->width + i];
			best = p[c] > p[best] ? c : best;
			sum += exp(p[c]);
		}
		e->loss += log(sum) - p[target];
		e->targets++;
		e->correct += best == target;
		for (size_t c = 0; c < f->classes; c++) {
			double d = exp(p[c]) / sum - (c == target);
			e->d_bias[c] += d;
			for (size_t i = 0; i < f->width; i++) {
				e->d_x[r * f->width + i] +=
					d * (double)f->weight[c * f->width + i];
				e->d_weight[c * f->width + i] += d * (double)x[i];
			}
		}
	}
	free(p);
}

static double worst_of(const float *got, const double *want, size_t n)
{
	double worst = 0;
	for (size_t i = 0; i < n; i++)
		worst = fmax(worst, fabs((double)got[i] - want[i]));
	return worst;
}

static double error_of(const struct wp_nn_small_softmax_kernels *few, size_t rows, size_t width,
	size_t classes, bool bias, struct wp_rng *rng)
{
	float *x = array(rows * width, rng), *w = array(classes * width, rng);
	float *b = array(classes, rng), *d_x = array(rows * width, NULL);
	float *d_w = array(classes * width, rng), *d_b = array(classes, NULL), *space;
	int32_t *target = calloc(rows, sizeof *target);
	struct expected e;
	if (!target ||
		wp_table_alloc(&space, few->space(width, classes) * sizeof *space, "space"))
		abort();
	for (size_t r = 0; r < rows; r++)
		target[r] = r % 7 == 3 ? -1 : (int32_t)wp_rng_below(rng, (uint32_t)classes);
	struct wp_nn_small_softmax f = {.rows = rows,
		.width = width,
		.classes = classes,
		.x = x,
		.target = target,
		.weight = w,
		.bias = bias ? b : NULL,
		.d_x = d_x,
		.d_weight = d_w,
		.d_bias = bias ? d_b : NULL};
	work_out(&e, &f);
	few->cross_entropy(&f, space);
	double worst = fmax(
		worst_of(d_x, e.d_x, rows * width), worst_of(d_w, e.d_weight, classes * width));
	worst = fmax(worst, fabs(f.loss - e.loss) / (1 + e.loss));
	if (bias)
		worst = fmax(worst, worst_of(d_b, e.d_bias, classes));
	double squares = 0;
	for (size_t i = 0; i < classes * width; i++)
		squares += e.d_weight[i] * e.d_weight[i];
	worst = fmax(worst, fabs(f.squares - squares) / (1 + squares));
	if (f.targets != e.targets || f.correct != e.correct)
		worst = INFINITY;

	/* Again, added to what is there. */
	f.keep = true;
	few->cross_entropy(&f, space);
	for (size_t i = 0; i < classes * width; i++)
		e.d_weight[i] *= 2;
	worst = fmax(worst, worst_of(d_w, e.d_weight, classes * width) / 2);
	free(x);
	free(w);
	free(b);
	free(d_x);
	free(d_w);
	free(d_b);
	free(space);
	free(target);
	free(e.d_x);
	free(e.d_weight);
	free(e.d_bias);
	return worst;
}

static void agrees(enum wp_isa isa)
{
	static const size_t widths[] = {1, 7, 16, 33, 100, 129};
	static const size_t classes[] = {1, 2, 11, 12, 25, 130};
	const struct wp_nn_small_softmax_kernels *few = &wp_nn_kernels(isa)->small;
	struct wp_rng rng;
	double worst = 0;
	wp_rng_seed(&rng, 1, 0);
	for (size_t w = 0; w < sizeof widths / sizeof *widths; w++)
		for (size_t c = 0; c < sizeof classes / sizeof *classes; c++)
			for (size_t rows = 1; rows <= few->most; rows++)
				worst = fmax(worst,
					error_of(few, rows, widths[w], classes[c], rows % 2,
						&rng));
	ok(worst < 1e-5, "%s: loss and gradients of 1 to %d rows (to %.1e)", wp_isa_name(isa),
		(int)few->most, worst);
}

/* Of equal logits the first counts as the answer; what is not a number comes out as a loss that
 * is none. */
static void special_cases(enum wp_isa isa)
{
	const struct wp_nn_small_softmax_kernels *few = &wp_nn_kernels(isa)->small;
	float x[2] = {1, 1}, w[5] = {0, 2, 1, 2, 2}, d_x[2], d_w[5], *space;
	const int32_t target[2] = {1, 3};
	struct wp_nn_small_softmax f = {.rows = 2,
		.width = 1,
		.classes = 5,
		.x = x,
		.target = target,
		.weight = w,
		.d_x = d_x,
		.d_weight = d_w};
	if (wp_table_alloc(&space, few->space(1, 5) * sizeof *space, "space"))
		abort();
	few->cross_entropy(&f, space);
	ok(f.targets == 2 && f.correct == 1, "%s: of equals, the first is the answer",
		wp_isa_name(isa));
	w[1] = 90;
	w[2] = w[3] = w[4] = -90;
	f.rows = 1;
	few->cross_entropy(&f, space);
	ok(f.loss == 0 && f.squares >= 0 && f.squares < 1e-12,
		"%s: where nothing is left to learn, the gradient is zero", wp_isa_name(isa));
	f.rows = 2;
	w[4] = NAN;
	few->cross_entropy(&f, space);
	ok(isnan(f.loss), "%s: not a number in, none out", wp_isa_name(isa));
	w[4] = 1e9f;
	few->cross_entropy(&f, space);
	ok(isfinite(f.loss) && fabs(f.loss / 2e9 - 1) < 1e-6,
		"%s: large logits do not overflow", wp_isa_name(isa));
	free(space);
}

int main(void)
{
	for (enum wp_isa isa = WP_ISA_PLAIN; isa <= wp_cpu_isa(); isa++) {
		agrees(isa);
		special_cases(isa);
	}
	return done_testing();
}
