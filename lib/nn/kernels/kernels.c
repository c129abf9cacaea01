#include "nn/kernels/kernels.h"

#ifdef WP_NN_F64
#define WIDTH 2
#else
#define WIDTH 4
#endif
#define ACCUMULATORS 12
#include "nn/kernels/vector_template.h"

static vec load_part(const real *p, int n)
{
	vec v = {0};
	for (int i = 0; i < n; i++)
		v[i] = p[i];
	return v;
}

static void store_part(real *p, vec v, int n)
{
	for (int i = 0; i < n; i++)
		p[i] = v[i];
}

#ifndef WP_NN_F64
static vec quotient(vec a, vec b)
{
	return a / b;
}
#endif

static vec root(vec x)
{
	for (int i = 0; i < WIDTH; i++)
		x[i] = (real)sqrt((double)x[i]);
	return x;
}

#include "nn/kernels/cells_template.h"

#include "nn/kernels/small_softmax_template.h"

#include "nn/kernels/kernels_template.h"

static const struct NN(kernels) kernels_plain = KERNELS;

const struct NN(kernels) *NN(kernels)(enum wp_isa isa)
{
#if defined WP_X86_KERNELS && !defined WP_NN_F64
	if (isa == WP_ISA_AVX512)
		return &wp_nn_kernels_avx512;
	if (isa == WP_ISA_AVX2)
		return &wp_nn_kernels_avx2;
#endif
	(void)isa;
	return &kernels_plain;
}
