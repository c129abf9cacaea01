/* The kernels of w2v_kernel.h for one instruction set.  The file that includes this defines
 *
 *	WIDTH                 floats in a vector: 4, 8 or 16
 *	vec                   a GCC vector of WIDTH floats that may alias floats
 *	UPDATE_OUTS           outputs that update keeps in registers, each twice; at most 12
 *	sum_lines(acc, n, g)  acc is vec [2][WP_W2V_BLOCK]; for k < n,
 *	                      g[k] = sum of the elements of acc[0][k] and g[8 + k] of acc[1][k];
 *	                      the others of g[0 .. 15] = 0
 *
 * Threads read and write the rows without locks, which is Hogwild's design: see row_load.
 * (Internal.)
 */
#include "embed/w2v_kernel.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "embed/vector_template.h"

enum { PAIR = 2 * WP_W2V_LINE }; /* floats of G that two inputs take in a block */

/* The rows belong to all threads.  Each of their floats is moved by a relaxed atomic access: a
 * float read is one that some thread has written, whichever, and that is all that is needed.  C
 * has no atomic vectors; but to x86-64 and arm64 a vector move is so many moves of aligned
 * words, none of which can tear.  So there it is one instruction, named as such, for C would be
 * free to do anything with a race between plain accesses.  Elsewhere, and for ThreadSanitizer,
 * which does not see into instructions, C's own atomic accesses take the floats one by one. */
#if defined(__SANITIZE_THREAD__)
#define ATOMIC_FLOATS 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define ATOMIC_FLOATS 1
#endif
#endif

#if !defined(ATOMIC_FLOATS) && defined(__AVX__)
#define ROW_LOAD  "vmovups %1, %0"
#define ROW_STORE "vmovups %1, %0"
#define ROW_VEC   "v"
#elif !defined(ATOMIC_FLOATS) && defined(__x86_64__)
#define ROW_LOAD  "movups %1, %0"
#define ROW_STORE "movups %1, %0"
#define ROW_VEC   "x"
#elif !defined(ATOMIC_FLOATS) && defined(__aarch64__)
#define ROW_LOAD  "ldr %q0, %1"
#define ROW_STORE "str %q1, %0"
#define ROW_VEC   "w"
#endif

INLINE vec row_load(const float *p)
{
	vec v;
#ifdef ROW_LOAD
	__asm__(ROW_LOAD : "=" ROW_VEC(v) : "m"(*(const vec *)p));
#else
	for (int i = 0; i < WIDTH; i++) {
		float x;
		__atomic_load(p + i, &x, __ATOMIC_RELAXED);
		v[i] = x; /* cppcheck-suppress uninitvar */
	}
#endif
	return v;
}

INLINE void row_store(float *p, vec v)
{
#ifdef ROW_STORE
	__asm__(ROW_STORE : "=m"(*(vec *)p) : ROW_VEC(v));
#else
	for (int i = 0; i < WIDTH; i++) {
		float x = v[i];
		__atomic_store(p + i, &x, __ATOMIC_RELAXED);
	}
#endif
}

INLINE vec load_any(const float *p) /* need not be aligned */
{
	vec v;
	memcpy(&v, p, sizeof v);
	return v;
}

INLINE float sum_all(vec v)
{
	_Alignas(64) float line[PAIR];
	vec acc[2][WP_W2V_BLOCK] = {{v}};
	sum_lines(acc, 1, line);
	return line[0];
}

/* log(1 + e) for e in [0, 1], to 3e-7: a minimax polynomial. */
INLINE vec log1p_unit(vec e)
{
	vec p = e * 0x1.60bb54p-7f - 0x1.c3bfe6p-5f;
	p = p * e + 0x1.13d042p-3f;
	p = p * e - 0x1.cea3a0p-3f;
	p = p * e + 0x1.501ebap-2f;
	p = p * e - 0x1.ff7588p-2f;
	p = p * e + 0x1.fffd88p-1f;
	return p * e;
}

/* G of a pair of inputs (or a last one alone, ins = 1) and one block of n outputs. */
INLINE void dots(float *const *in, int ins, float *const *out, int n, size_t stride, float *g)
{
	vec acc[2][WP_W2V_BLOCK] = {{{0}}};
	for (size_t c = 0; c < stride; c += WIDTH) {
		vec x[2];
		UNROLL
		for (int i = 0; i < ins; i++)
			x[i] = row_load(in[i] + c);
		UNROLL
		for (int j = 0; j < n; j++) {
			vec o = row_load(out[j] + c);
			UNROLL
			for (int i = 0; i < ins; i++)
				acc[i][j] += x[i] * o;
		}
	}
	sum_lines(acc, n, g);
}

INLINE void scores_block(
	float *const *in, int ins, float *const *out, int n, size_t stride, float *g)
{
	for (; ins >= 2; ins -= 2, in += 2, g += PAIR)
		dots(in, 2, out, n, stride, g);
	if (ins)
		dots(in, 1, out, n, stride, g);
}

/* Scores f become steps: rate * y * sigmoid(-z), z = sign(y) f being the margin.  Returns the
 * losses, |y| log(1 + e^-z); both come from e^-|z|, which cannot overflow. */
INLINE vec logistic_step(float *g, vec y, float rate)
{
	const ivec sign = (ivec){0} + INT32_MIN;
	vec z = (vec)((ivec)load(g) ^ ((ivec)y & sign));
	vec e = exp_negative((vec)((ivec)z | sign));
	ivec wrong = z < 0.0f;
	store(g, rate * y * choose(wrong, splat(1.0f), e) / (1.0f + e));
	vec loss = log1p_unit(e) - (vec)((ivec)z & wrong);
	return loss * (vec)((ivec)y & ~sign);
}

INLINE vec logistic_block(float *const *in, int ins, float *const *out, int n, size_t stride,
	const float *y, float rate, float *g)
{
	scores_block(in, ins, out, n, stride, g);
	vec loss = {0};
	for (; ins > 0; ins -= 2, g += PAIR) {
		if (ins == 1) /* no partner: the zeros of y take its place */
			y += WP_W2V_LINE;
		UNROLL
		for (int k = 0; k < PAIR; k += WIDTH)
			loss += logistic_step(g + k, load_any(y + k), rate);
	}
	return loss;
}

/* Do what(n) with n as a constant, 1 <= n <= 6 = WP_W2V_BLOCK, or <= 12. */
#define CASES_TO_6(what) \
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
		break;
#define CASES_TO_12(what) \
	CASES_TO_6(what) \
	case 7: \
		what(7); \
		break; \
	case 8: \
		what(8); \
		break; \
	case 9: \
		what(9); \
		break; \
	case 10: \
		what(10); \
		break; \
	case 11: \
		what(11); \
		break; \
	case 12: \
		what(12); \
		break;

INLINE int block_outs(int outs)
{
	return outs < WP_W2V_BLOCK ? outs : WP_W2V_BLOCK;
}

static float logistic(float *const *in, int ins, float *const *out, int outs, size_t stride,
	const float *y, float rate, float *g)
{
	vec loss = {0};
	for (int j = 0; j < outs; j += WP_W2V_BLOCK) {
#define BLOCK(n) loss += logistic_block(in, ins, out + j, n, stride, y, rate, g)
		switch (block_outs(outs - j)) {
			CASES_TO_6(BLOCK)
		}
#undef BLOCK
		y += WP_W2V_Y_BLOCK;
		g += wp_w2v_g_block(ins);
	}
	return sum_all(loss);
}

/* Softmax of two neighbouring inputs, whose scores are in g, side by side. */
INLINE double softmax_pair(
	int ins, size_t blocks, size_t block_size, int target, float rate, float *g)
{
	float *label = g + (size_t)(target / WP_W2V_BLOCK) * block_size + target % WP_W2V_BLOCK;
	_Alignas(64) float top[PAIR], sum[PAIR], scale[PAIR];
	double loss = 0;
	UNROLL
	for (int k = 0; k < PAIR; k += WIDTH) {
		vec most = load(g + k);
		for (size_t b = 1; b < blocks; b++) {
			vec v = load(g + b * block_size + k);
			most = choose(v > most, v, most);
		}
		store(top + k, most);
	}
	for (int i = 0; i < PAIR; i += WP_W2V_LINE) {
		for (int k = 1; k < WP_W2V_BLOCK; k++)
			top[i] = top[i + k] > top[i] ? top[i + k] : top[i];
		for (int k = 1; k < WP_W2V_LINE; k++)
			top[i + k] = top[i];
		if (i < ins * WP_W2V_LINE)
			loss += top[i] - label[i];
	}
	UNROLL
	for (int k = 0; k < PAIR; k += WIDTH) {
		vec total = {0};
		for (size_t b = 0; b < blocks; b++) {
			float *line = g + b * block_size + k;
			vec e = exp_negative(load(line) - load(top + k));
			total += e;
			store(line, e);
		}
		store(sum + k, total);
	}
	for (int i = 0; i < PAIR; i += WP_W2V_LINE) {
		for (int k = 1; k < WP_W2V_LINE; k++)
			sum[i] += sum[i + k];
		for (int k = 0; k < WP_W2V_LINE; k++)
			scale[i + k] = -rate / sum[i];
		if (i < ins * WP_W2V_LINE)
			loss += logf(sum[i]);
	}
	UNROLL
	for (int k = 0; k < PAIR; k += WIDTH)
		for (size_t b = 0; b < blocks; b++) {
			float *line = g + b * block_size + k;
			store(line, load(line) * load(scale + k));
		}
	label[0] += rate;
	label[WP_W2V_LINE] += rate;
	return loss;
}

static double softmax(float *const *in, int ins, float *const *out, int outs, size_t stride,
	int target, float rate, float *g)
{
	size_t blocks = wp_w2v_blocks(outs), block_size = wp_w2v_g_block(ins);
	for (size_t b = 0; b < blocks; b++) {
		int j = (int)b * WP_W2V_BLOCK, n = block_outs(outs - j);
		float *block = g + b * block_size;
#define BLOCK(n) scores_block(in, ins, out + j, n, stride, block)
		switch (n) {
			CASES_TO_6(BLOCK)
		}
#undef BLOCK
		for (int i = 0; i < ins; i++) /* not to count in maximum and sum */
			for (int k = n; k < WP_W2V_LINE; k++)
				block[i * WP_W2V_LINE + k] = -INFINITY;
	}
	double loss = 0;
	for (int i = 0; i < ins; i += 2)
		loss += softmax_pair(
			ins - i, blocks, block_size, target, rate, g + (size_t)i * WP_W2V_LINE);
	return loss;
}

/* One vector's width, from column c, of the rows of n outputs and of the inputs.  Where these
 * are all the outputs (dx NULL), the inputs are updated at once; otherwise their changes are
 * added up in dx, because the other outputs need the old values. */
INLINE void update_block(float *const *in, int ins, float *const *out, int n, size_t c,
	const float *g, size_t block_size, vec *dx)
{
	vec o[UPDATE_OUTS], sum[UPDATE_OUTS];
	UNROLL
	for (int j = 0; j < n; j++)
		sum[j] = o[j] = row_load(out[j] + c);
	for (int i = 0; i < ins; i++, g += WP_W2V_LINE) {
		vec x = row_load(in[i] + c), change = dx ? dx[i] : x;
		UNROLL
		for (int j = 0; j < n; j++) {
			vec w = splat(g[(size_t)(j / WP_W2V_BLOCK) * block_size +
				(size_t)(j % WP_W2V_BLOCK)]);
			change += w * o[j];
			sum[j] += w * x;
		}
		if (dx)
			dx[i] = change;
		else
			row_store(in[i] + c, change);
	}
	UNROLL
	for (int j = 0; j < n; j++)
		row_store(out[j] + c, sum[j]);
}

#if UPDATE_OUTS == 6
#define CASES CASES_TO_6
#else
#define CASES CASES_TO_12
#endif

static void update_many(float *const *in, int ins, float *const *out, int outs, size_t stride,
	const float *g, size_t block_size)
{
	for (size_t c = 0; c < stride; c += WIDTH) {
		vec dx[WP_W2V_MAX_INS];
		for (int i = 0; i < ins; i++)
			dx[i] = (vec){0};
		const float *lines = g;
		for (int j = 0; j < outs; j += UPDATE_OUTS) {
			int left = outs - j;
#define BLOCK(n) update_block(in, ins, out + j, n, c, lines, block_size, dx)
			switch (left < UPDATE_OUTS ? left : UPDATE_OUTS) {
				CASES(BLOCK)
			}
#undef BLOCK
			lines += block_size * (UPDATE_OUTS / WP_W2V_BLOCK);
		}
		for (int i = 0; i < ins; i++)
			row_store(in[i] + c, row_load(in[i] + c) + dx[i]);
	}
}

static void update(
	float *const *in, int ins, float *const *out, int outs, size_t stride, const float *g)
{
	size_t block_size = wp_w2v_g_block(ins);
#define ALL(n) \
	for (size_t c = 0; c < stride; c += WIDTH) \
	update_block(in, ins, out, n, c, g, block_size, NULL)
	switch (outs) {
		CASES(ALL)
	default:
		update_many(in, ins, out, outs, stride, g, block_size);
	}
#undef ALL
}

static void mean(float *to, float *const *rows, int count, size_t stride)
{
	float scale = 1.0f / (float)count;
	for (size_t c = 0; c < stride; c += WIDTH) {
		vec sum = row_load(rows[0] + c);
		for (int i = 1; i < count; i++)
			sum += row_load(rows[i] + c);
		store(to + c, sum * scale);
	}
}

static void spread(float *const *rows, int count, size_t stride, const float *after,
	const float *before, float scale)
{
	for (size_t c = 0; c < stride; c += WIDTH) {
		vec step = (load(after + c) - load(before + c)) * scale;
		for (int i = 0; i < count; i++)
			row_store(rows[i] + c, row_load(rows[i] + c) + step);
	}
}

#define KERNELS \
	{ \
		logistic, softmax, update, mean, spread \
	}
