/* The product of panels.h for one instruction set.  The file that includes this defines WIDTH,
 * the floats in a vector: 4, 8 or 16.
 *
 * Loops over a constant number of vectors unroll wholly, so that their arrays are registers.
 * (Internal.)
 */
#include "nn/core/panels.h"

typedef float vec __attribute__((vector_size(WIDTH * 4), may_alias));

#define INLINE static inline __attribute__((always_inline))
#ifdef __clang__
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 8")
#endif

enum {
	PANEL = 8,      /* vectors of a panel: as many sums hide the latency of multiply-add */
	AHEAD = 64 * 16 /* floats from what is read to what is asked for                     */
};

INLINE vec load(const float *p)
{
	return *(const vec *)p;
}

/* A panel of n vectors.  With few of them, two rows at a time have sums of their own, so that
 * no sum waits for the one before. */
INLINE void multiply_panel(float *y, const float *x, const float *w, size_t rows, int n)
{
	const int sets = n <= PANEL / 2 ? 2 : 1;
	vec sum[2][PANEL];
	UNROLL
	for (int j = 0; j < n; j++) {
		sum[0][j] = load(y + j * WIDTH);
		sum[1][j] = (vec){0};
	}
	for (size_t k = 0; k < rows; k += (size_t)sets) {
		UNROLL
		for (int s = 0; s < sets; s++, w += n * WIDTH) {
			if (k + (size_t)s >= rows)
				break;
			float xk = x[k + (size_t)s];
			UNROLL
			for (int j = 0; j < n; j++) {
				if (j * WIDTH % 16 == 0)
					__builtin_prefetch(w + j * WIDTH + AHEAD);
				sum[s][j] += xk * load(w + j * WIDTH);
			}
		}
	}
	UNROLL
	for (int j = 0; j < n; j++)
		*(vec *)(y + j * WIDTH) = sum[0][j] + sum[1][j];
}

static void multiply(float *y, const float *x, const float *w, size_t rows, size_t cols)
{
	for (; cols >= PANEL * WIDTH; cols -= PANEL * WIDTH) {
		multiply_panel(y, x, w, rows, PANEL);
		y += PANEL * WIDTH;
		w += rows * PANEL * WIDTH;
	}
	switch (cols / WIDTH) {
#define CASE(n) \
	case n: \
		multiply_panel(y, x, w, rows, n); \
		break
		CASE(1);
		CASE(2);
		CASE(3);
		CASE(4);
		CASE(5);
		CASE(6);
		CASE(7);
#undef CASE
	default:
		break;
	}
}

#define KERNEL \
	{ \
		.panel = PANEL * WIDTH, .multiply = multiply \
	}
