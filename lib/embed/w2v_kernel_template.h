/* The kernels of w2v_kernel.h for one instruction set.  The file that includes this defines
 *
 *	WIDTH                     floats in a vector, at most WP_W2V_PAD
 *	vec                       a GCC vector of WIDTH floats that may alias floats
 *	a * b + c              a * b + c
 *	sum_each(acc, n, to)      to[k] = sum of the elements of acc[k] for k < n <=
 *WP_W2V_OUTS, and may write to[0 .. 7]
 *
 * The loops over a constant number of rows unroll wholly, so that their arrays are registers.
 */
#include "embed/w2v_kernel.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

typedef int32_t ivec __attribute__((vector_size(WIDTH * 4), may_alias));

#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("GCC unroll 16")

INLINE vec load(const float *p)
{
	return *(const vec *)p;
}

INLINE void store(float *p, vec v)
{
	*(vec *)p = v;
}

INLINE vec load_any(const float *p) /* unaligned */
{
	vec v;
	memcpy(&v, p, sizeof v);
	return v;
}

INLINE void store_any(float *p, vec v)
{
	memcpy(p, &v, sizeof v);
}

INLINE vec splat(float x)
{
	return x - (vec){0}; /* not 0 + x, which is no copy where x is -0 */
}

/* a where the mask is set, b elsewhere. */
INLINE vec choose(ivec mask, vec a, vec b)
{
	return (vec)(((ivec)a & mask) | ((ivec)b & ~mask));
}

/* G of `ins` (1 or 2) inputs by n (constant) outputs. */
INLINE void dots_block(
	float *const *in, int ins, float *const *out, int n, size_t stride, float *g, size_t ld)
{
	vec acc[2][WP_W2V_OUTS] = {{{0}}};
	for (size_t c = 0; c < stride; c += WIDTH) {
		vec x[2];
		UNROLL for (int i = 0; i < ins; i++) x[i] = load(in[i] + c);
		UNROLL for (int j = 0; j < n; j++)
		{
			vec o = load(out[j] + c);
			UNROLL for (int i = 0; i < ins; i++) acc[i][j] += x[i] * o;
		}
	}
	UNROLL for (int i = 0; i < ins; i++) sum_each(acc[i], n, g + (size_t)i * ld);
}

INLINE void dots_column(
	float *const *in, int ins, float *const *out, int n, size_t stride, float *g, size_t ld)
{
	int i = 0;
	for (; i + 2 <= ins; i += 2)
		dots_block(in + i, 2, out, n, stride, g + (size_t)i * ld, ld);
	if (i < ins)
		dots_block(in + i, 1, out, n, stride, g + (size_t)i * ld, ld);
}

/* Call what for n outputs, n made a constant. */
#define WITH_CONSTANT(n, what) \
	switch (n) { \
	case 1: \
		what(1); \
		break; \
	case 2: \
		what(2); \
		break; \
	case 3: \
		what(3); \
		break; \
	case 4: \
		what(4); \
		break; \
	case 5: \
		what(5); \
		break; \
	case 6: \
		what(6); \
		break; \
	}

static void dots(float *const *in, int ins, float *const *out, int outs, size_t stride,
	float *g, size_t ld)
{
	int j = 0;
	for (; j + WP_W2V_OUTS < outs; j += WP_W2V_OUTS)
		dots_column(in, ins, out + j, WP_W2V_OUTS, stride, g + j, ld);
#define COLUMN(n) dots_column(in, ins, out + j, n, stride, g + j, ld)
	WITH_CONSTANT(outs - j, COLUMN)
#undef COLUMN
}

INLINE void update_single(float *const *in, int ins, float *const *out, int n, size_t stride,
	const float *g, size_t ld)
{
	for (size_t c = 0; c < stride; c += WIDTH) {
		vec o[WP_W2V_OUTS], acc[WP_W2V_OUTS];
		UNROLL for (int j = 0; j < n; j++) acc[j] = o[j] = load(out[j] + c);
		for (int i = 0; i < ins; i++) {
			vec x = load(in[i] + c), dx = x;
			UNROLL for (int j = 0; j < n; j++)
			{
				vec w = splat(g[(size_t)i * ld + (size_t)j]);
				dx += w * o[j];
				acc[j] += w * x;
			}
			store(in[i] + c, dx);
		}
		UNROLL for (int j = 0; j < n; j++) store(out[j] + c, acc[j]);
	}
}

/* One vector's width of the rows, for n (constant) outputs: out is updated, the inputs' sums
 * are left in dx, because further outputs need their old values. */
INLINE void update_block(float *const *in, int ins, float *const *out, int n, size_t c,
	const float *g, size_t ld, vec *dx)
{
	vec o[WP_W2V_OUTS], acc[WP_W2V_OUTS];
	UNROLL for (int j = 0; j < n; j++) acc[j] = o[j] = load(out[j] + c);
	for (int i = 0; i < ins; i++) {
		vec x = load(in[i] + c), d = dx[i];
		UNROLL for (int j = 0; j < n; j++)
		{
			vec w = splat(g[(size_t)i * ld + (size_t)j]);
			d += w * o[j];
			acc[j] += w * x;
		}
		dx[i] = d;
	}
	UNROLL for (int j = 0; j < n; j++) store(out[j] + c, acc[j]);
}

static void update(float *const *in, int ins, float *const *out, int outs, size_t stride,
	const float *g, size_t ld)
{
	if (outs == 6) {
		update_single(in, ins, out, 6, stride, g, ld);
		return;
	}
	for (size_t c = 0; c < stride; c += WIDTH) {
		vec dx[WP_W2V_MAX_INS];
		for (int i = 0; i < ins; i++)
			dx[i] = (vec){0};
		int j = 0;
		for (; j + WP_W2V_OUTS < outs; j += WP_W2V_OUTS)
			update_block(in, ins, out + j, WP_W2V_OUTS, c, g + j, ld, dx);
#define BLOCK(n) update_block(in, ins, out + j, n, c, g + j, ld, dx)
		WITH_CONSTANT(outs - j, BLOCK)
#undef BLOCK
		for (int i = 0; i < ins; i++)
			store(in[i] + c, load(in[i] + c) + dx[i]);
	}
}

/* e^x for x <= 0; 0 below -87. */
INLINE vec exp_negative(vec x)
{
	const vec magic = splat(0x1.8p23f);
	x = choose(x < splat(-87.0f), splat(-87.0f), x);
	vec shifted = x * splat(0x1.715476p0f) + magic;
	vec k = shifted - magic;
	vec r = k * splat(-0x1.62e4p-1f) + x;
	r = k * splat(-0x1.7f7d1cp-20f) + r;
	vec p = splat(0x1.0fe5c6p-7f);
	p = p * r + splat(0x1.575eeep-5f);
	p = p * r + splat(0x1.555a18p-3f);
	p = p * r + splat(0x1.fffd1ap-2f);
	p = p * r + splat(0x1.fffff6p-1f);
	p = p * r + splat(0x1.000002p+0f);
	return (vec)((ivec)p + (((ivec)shifted) << 23));
}

/* log(1 + e) for e in [0, 1]. */
INLINE vec log1p_unit(vec e)
{
	vec p = splat(0x1.60bb54p-7f);
	p = p * e + splat(-0x1.c3bfe6p-5f);
	p = p * e + splat(0x1.13d042p-3f);
	p = p * e + splat(-0x1.cea3a0p-3f);
	p = p * e + splat(0x1.501ebap-2f);
	p = p * e + splat(-0x1.ff7588p-2f);
	p = p * e + splat(0x1.fffd88p-1f);
	return p * e;
}

INLINE float sum_one(vec v)
{
	float sum = 0;
	for (int k = 0; k < WIDTH; k++)
		sum += v[k];
	return sum;
}

INLINE vec logistic_step(vec *g, vec y, vec rate)
{
	const ivec sign = (ivec){0} + INT32_MIN;
	vec z = (vec)((ivec)*g ^ ((ivec)y & sign)); /* the margin, sign(y) g */
	vec minus_abs = (vec)((ivec)z | sign);
	vec e = exp_negative(minus_abs);
	ivec negative = z < splat(0.0f);
	vec p = choose(negative, splat(1.0f), e) / (splat(1.0f) + e); /* sigmoid(-z) */
	*g = rate * y * p;
	vec loss = log1p_unit(e) - (vec)((ivec)z & negative);
	return loss * (vec)((ivec)y & ~sign);
}

static float logistic(float *g, const float *y, size_t count, float rate)
{
	vec loss = {0}, step = splat(rate);
	for (size_t k = 0; k + WIDTH <= count; k += WIDTH) {
		vec v = load_any(g + k);
		loss += logistic_step(&v, load_any(y + k), step);
		store_any(g + k, v);
	}
	if (count % WIDTH) {
		size_t k = count / WIDTH * WIDTH;
		vec v = {0}, labels = {0};
		memcpy(&v, g + k, (count - k) * sizeof *g);
		memcpy(&labels, y + k, (count - k) * sizeof *y);
		loss += logistic_step(&v, labels, step);
		memcpy(g + k, &v, (count - k) * sizeof *g);
	}
	return sum_one(loss);
}

/* The largest of count scores, count > 0. */
INLINE float largest(const float *g, size_t count)
{
	float top = g[0];
	for (size_t k = 1; k < count; k++)
		top = g[k] > top ? g[k] : top;
	return top;
}

static float softmax(float *g, size_t count, size_t target, float rate)
{
	float top = largest(g, count), margin = top - g[target];
	vec sums = {0};
	size_t whole = count / WIDTH * WIDTH;
	for (size_t k = 0; k < whole; k += WIDTH) {
		vec e = exp_negative(load_any(g + k) - splat(top));
		sums += e;
		store_any(g + k, e);
	}
	if (whole < count) {
		vec v = splat(-INFINITY);
		memcpy(&v, g + whole, (count - whole) * sizeof *g);
		vec e = exp_negative(v - splat(top));
		sums += e;
		memcpy(g + whole, &e, (count - whole) * sizeof *g);
	}
	float sum = sum_one(sums), scale = -rate / sum;
	for (size_t k = 0; k < count; k++)
		g[k] *= scale;
	g[target] += rate;
	return logf(sum) + margin;
}

static void mean(float *to, float *const *rows, int count, size_t stride)
{
	float scale = 1.0f / (float)count;
	for (size_t c = 0; c < stride; c += WIDTH) {
		vec sum = load(rows[0] + c);
		for (int i = 1; i < count; i++)
			sum += load(rows[i] + c);
		store(to + c, sum * splat(scale));
	}
}

static void spread(float *const *rows, int count, size_t stride, const float *after,
	const float *before, float scale)
{
	for (size_t c = 0; c < stride; c += WIDTH) {
		vec step = (load(after + c) - load(before + c)) * splat(scale);
		for (int i = 0; i < count; i++)
			store(rows[i] + c, load(rows[i] + c) + step);
	}
}

#define KERNELS \
	{ \
		dots, logistic, softmax, update, mean, spread \
	}
