/* The kernels of tsne_kernels.h.  The file that includes this defines WIDTH, the floats in a
 * register: 4, 8 or 16.  (Internal.) */
#include "embed/tsne_kernels.h"

typedef float vec __attribute__((vector_size(WIDTH * sizeof(float)), may_alias));

typedef float vec_unaligned
	__attribute__((vector_size(WIDTH * sizeof(float)), may_alias, aligned(4)));

#include "embed/vector_template.h"

/* Fourier transforms by Stockham's method, which needs no reordering: a step of radix R takes
 * the elements k + s (q + m j) of x, j < R, and puts their transform of length R, turned by the
 * twiddle factors of q, at k + s (R q + j) of y. */

struct complex {
	vec re, im;
};

INLINE struct complex get(const float *re, const float *im, size_t at)
{
	return (struct complex){load(re + at * WIDTH), load(im + at * WIDTH)};
}

INLINE void put(float *re, float *im, size_t at, struct complex a)
{
	store(re + at * WIDTH, a.re);
	store(im + at * WIDTH, a.im);
}

INLINE struct complex plus(struct complex a, struct complex b)
{
	return (struct complex){a.re + b.re, a.im + b.im};
}

INLINE struct complex minus(struct complex a, struct complex b)
{
	return (struct complex){a.re - b.re, a.im - b.im};
}

/* -i a */
INLINE struct complex turned(struct complex a)
{
	return (struct complex){a.im, -a.re};
}

INLINE struct complex scaled(struct complex a, float by)
{
	return (struct complex){a.re * by, a.im * by};
}

INLINE struct complex times(struct complex a, float c, float s)
{
	return (struct complex){a.re * c - a.im * s, a.re * s + a.im * c};
}

INLINE void butterfly(int radix, const struct complex *a, struct complex *b)
{
	if (radix == 2) {
		b[0] = plus(a[0], a[1]);
		b[1] = minus(a[0], a[1]);
	} else if (radix == 3) {
		struct complex sum = plus(a[1], a[2]);
		struct complex half = minus(a[0], scaled(sum, 0.5f));
		struct complex side = scaled(turned(minus(a[1], a[2])), 0.8660254037844386f);
		b[0] = plus(a[0], sum);
		b[1] = plus(half, side);
		b[2] = minus(half, side);
	} else if (radix == 4) {
		struct complex p = plus(a[0], a[2]), q = minus(a[0], a[2]);
		struct complex r = plus(a[1], a[3]), t = turned(minus(a[1], a[3]));
		b[0] = plus(p, r);
		b[1] = plus(q, t);
		b[2] = minus(p, r);
		b[3] = minus(q, t);
	} else {
		const float c1 = 0.30901699437494745f, c2 = -0.8090169943749475f;
		const float s1 = 0.9510565162951535f, s2 = 0.5877852522924731f;
		struct complex p = plus(a[1], a[4]), q = plus(a[2], a[3]);
		struct complex r = turned(minus(a[1], a[4])), t = turned(minus(a[2], a[3]));
		struct complex u = plus(a[0], plus(scaled(p, c1), scaled(q, c2)));
		struct complex v = plus(a[0], plus(scaled(p, c2), scaled(q, c1)));
		struct complex x = plus(scaled(r, s1), scaled(t, s2));
		struct complex z = minus(scaled(r, s2), scaled(t, s1));
		b[0] = plus(a[0], plus(p, q));
		b[1] = plus(u, x);
		b[2] = plus(v, z);
		b[3] = minus(v, z);
		b[4] = minus(u, x);
	}
}

INLINE void fft_step(int radix, const struct wp_fft_plan *plan, size_t rest, size_t stride,
	const float *xr, const float *xi, float *yr, float *yi)
{
	size_t m = rest / (size_t)radix;
	for (size_t q = 0; q < m; q++) {
		float c[5], s[5];
		for (int j = 1; j < radix; j++) {
			c[j] = plan->cosine[q * (size_t)j * stride];
			s[j] = plan->sine[q * (size_t)j * stride];
		}
		for (size_t k = 0; k < stride; k++) {
			struct complex a[5], b[5];
			UNROLL
			for (int j = 0; j < radix; j++)
				a[j] = get(xr, xi, k + stride * (q + m * (size_t)j));
			butterfly(radix, a, b);
			size_t at = k + stride * (size_t)radix * q;
			put(yr, yi, at, b[0]);
			UNROLL
			for (int j = 1; j < radix; j++)
				put(yr, yi, at + stride * (size_t)j, times(b[j], c[j], s[j]));
		}
	}
}

static void fft(const struct wp_fft_plan *plan, float *re, float *im, float *scratch)
{
	size_t rest = plan->length, stride = 1;
	float *xr = re, *xi = im, *yr = scratch, *yi = scratch + plan->length * WIDTH;
	for (int step = 0; step < plan->steps; step++) {
		int radix = plan->radix[step];
		switch (radix) {
		case 2:
			fft_step(2, plan, rest, stride, xr, xi, yr, yi);
			break;
		case 3:
			fft_step(3, plan, rest, stride, xr, xi, yr, yi);
			break;
		case 4:
			fft_step(4, plan, rest, stride, xr, xi, yr, yi);
			break;
		default:
			fft_step(5, plan, rest, stride, xr, xi, yr, yi);
			break;
		}
		rest /= (size_t)radix;
		stride *= (size_t)radix;
		float *r = xr, *i = xi;
		xr = yr, xi = yi;
		yr = r, yi = i;
	}
	if (xr != re)
		for (size_t e = 0; e < plan->length; e++)
			put(re, im, e, get(xr, xi, e));
}

static void columns(const struct wp_fft_grid *g, size_t c, float *scratch)
{
	size_t length = g->plan->length, n = g->nodes;
	float *re = scratch, *im = re + length * WIDTH;
	for (size_t e = 0; e < n; e++) {
		store(re + e * WIDTH, load(g->re + e * n + c));
		store(im + e * WIDTH, g->real ? splat(0) : load(g->im + e * n + c));
	}
	for (size_t e = n * WIDTH; e < length * WIDTH; e += WIDTH) {
		store(re + e, splat(0));
		store(im + e, splat(0));
	}
	fft(g->plan, re, im, im + length * WIDTH);
	for (size_t v = 0; v < WIDTH; v++)
		for (size_t e = 0; e < length; e++) {
			g->column_re[(c + v) * length + e] = re[e * WIDTH + v];
			g->column_im[(c + v) * length + e] = im[e * WIDTH + v];
		}
}

static void convolve(const struct wp_fft_grid *g, const float *first, const float *second,
	size_t f, float *scratch)
{
	size_t length = g->plan->length, n = g->nodes;
	float *re = scratch, *im = re + length * WIDTH;
	for (size_t e = 0; e < n; e++) {
		store(re + e * WIDTH, load(g->column_re + e * length + f));
		store(im + e * WIDTH, load(g->column_im + e * length + f));
	}
	for (size_t e = n * WIDTH; e < length * WIDTH; e += WIDTH) {
		store(re + e, splat(0));
		store(im + e, splat(0));
	}
	fft(g->plan, re, im, im + length * WIDTH);
	for (size_t e = 0; e < length; e++) {
		vec a = load(re + e * WIDTH), b = load(im + e * WIDTH);
		vec w = load(first + e * length + f);
		vec x = w * a, y = w * b;
		if (second) {
			vec u = load(second + e * length + f);
			x -= u * b;
			y += u * a;
		}
		store(re + e * WIDTH, x);
		store(im + e * WIDTH, y);
	}
	fft(g->plan, im, re, im + length * WIDTH);
	for (size_t e = 0; e < n; e++) {
		store(g->column_re + e * length + f, load(re + e * WIDTH));
		store(g->column_im + e * length + f, load(im + e * WIDTH));
	}
}

static void columns_back(const struct wp_fft_grid *g, size_t c, float *scratch)
{
	size_t length = g->plan->length, n = g->nodes;
	float *re = scratch, *im = re + length * WIDTH;
	for (size_t v = 0; v < WIDTH; v++)
		for (size_t e = 0; e < length; e++) {
			re[e * WIDTH + v] = g->column_re[(c + v) * length + e];
			im[e * WIDTH + v] = g->column_im[(c + v) * length + e];
		}
	fft(g->plan, im, re, im + length * WIDTH);
	for (size_t e = 0; e < n; e++) {
		store(g->re + e * n + c, load(re + e * WIDTH));
		store(g->im + e * n + c, load(im + e * WIDTH));
	}
}

static void attract(const size_t *start, const int32_t *col, const float *p, const float *y,
	size_t first, size_t last, float *force)
{
	for (size_t i = first; i < last; i++) {
		float xi = y[2 * i], yi = y[2 * i + 1];
		vec fx = {0}, fy = {0};
		size_t c = start[i], end = start[i + 1];
		for (; c + WIDTH <= end; c += WIDTH) {
			vec dx = {0}, dy = {0};
			UNROLL
			for (int l = 0; l < WIDTH; l++) {
				size_t j = 2 * (size_t)col[c + (size_t)l];
				dx[l] = y[j];
				dy[l] = y[j + 1];
			}
			dx = xi - dx;
			dy = yi - dy;
			vec pw = *(const vec_unaligned *)(p + c) / (1 + dx * dx + dy * dy);
			fx += pw * dx;
			fy += pw * dy;
		}
		float sx = 0, sy = 0;
		for (int l = 0; l < WIDTH; l++) {
			sx += fx[l];
			sy += fy[l];
		}
		for (; c < end; c++) {
			size_t j = 2 * (size_t)col[c];
			float dx = xi - y[j], dy = yi - y[j + 1];
			float pw = p[c] / (1 + dx * dx + dy * dy);
			sx += pw * dx;
			sy += pw * dy;
		}
		force[2 * i] = sx;
		force[2 * i + 1] = sy;
	}
}

static double repel(
	const float *x, const float *y, size_t n, size_t first, size_t last, float *force)
{
	double sum = 0;
	for (size_t i = first; i < last; i++) {
		vec xi = splat(x[i]), yi = splat(y[i]);
		vec fx = {0}, fy = {0}, z = {0};
		size_t j = 0;
		for (; j + WIDTH <= n; j += WIDTH) {
			vec dx = xi - load(x + j), dy = yi - load(y + j);
			vec w = 1 / (1 + dx * dx + dy * dy);
			z += w;
			w *= w;
			fx += w * dx;
			fy += w * dy;
		}
		float sx = 0, sy = 0, sz = -1; /* its own weight */
		for (int l = 0; l < WIDTH; l++) {
			sx += fx[l];
			sy += fy[l];
			sz += z[l];
		}
		for (; j < n; j++) {
			float dx = x[i] - x[j], dy = y[i] - y[j];
			float w = 1 / (1 + dx * dx + dy * dy);
			sz += w;
			sx += w * w * dx;
			sy += w * w * dy;
		}
		force[2 * i] = sx;
		force[2 * i + 1] = sy;
		sum += (double)sz;
	}
	return sum;
}

#define KERNELS \
	{ \
		WIDTH, fft, columns, convolve, columns_back, attract, repel \
	}
