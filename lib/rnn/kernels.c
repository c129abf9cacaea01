#include "rnn/kernels.h"

#ifdef WP_RNN_F64
#define WIDTH 2
#else
#define WIDTH 4
#endif
#define ACCUMULATORS 12
#include "rnn/vector_template.h"

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

#ifndef WP_RNN_F64
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

#include "rnn/cell_template.h"

#include "rnn/few_template.h"

#include "rnn/kernels_template.h"

static const struct RNN(kernels) kernels_plain = KERNELS;

const struct RNN(kernels) *RNN(kernels)(enum wp_isa isa)
{
#if defined WP_X86_KERNELS && !defined WP_RNN_F64
	if (isa == WP_ISA_AVX512)
		return &wp_rnn_kernels_avx512;
	if (isa == WP_ISA_AVX2)
		return &wp_rnn_kernels_avx2;
#endif
	(void)isa;
	return &kernels_plain;
}
