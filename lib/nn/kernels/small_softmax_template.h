/* The kernels of few.h for one instruction set; see vector_template.h.  (Internal: with
 * real.h.)
 *
 * A line is what a class has for all rows: one vector or two.  Of the sums that a product keeps
 * in registers, ACCUMULATORS in number, forward makes two vectors for each of some classes;
 * backward, FEW_VECTORS vectors of columns for each of some classes or rows.
 */
#include "nn/kernels/small_softmax.h"

/* What these loops are unrolled to is long; with a check of every index in it, which is a
 * constant by then, compilers take minutes.  The address sanitizer still watches them. */
#define FEW_UNCHECKED __attribute__((no_sanitize("undefined")))

enum {
	FEW_LINE = 2,                              /* most vectors in a line       */
	FEW_MOST = FEW_LINE * WIDTH,               /* rows                         */
	FEW_FORWARD = ACCUMULATORS / FEW_LINE,     /* classes at a time            */
	FEW_VECTORS = 4,                           /* of columns, at a time        */
	FEW_BACKWARD = ACCUMULATORS / FEW_VECTORS, /* classes or rows, at a time  */
	FEW_TILE = 8 * FEW_BACKWARD                /* classes whose weights stay in the cache */
};

/* Where things are in the space that the caller gives. */
struct few_space {
	size_t line;   /* reals in a line */
	size_t padded; /* width, up to whole vectors */
	real *columns; /* (width, line): x the other way */
	real *scaled;  /* (rows, padded): x, times the row's share */
	real *d_x;     /* (rows up to FEW_BACKWARD of them, padded) */
	real *lines;   /* (classes, line): logits, and then e to their power */
};

static size_t few_padded(size_t n)
{
	return (n + WIDTH - 1) / WIDTH * WIDTH;
}

static size_t few_space(size_t width, size_t classes)
{
	/* Rows are read up to FEW_BACKWARD at a time, beyond the end of a line. */
	size_t rows = FEW_MOST + FEW_BACKWARD;
	return width * FEW_MOST + 2 * rows * few_padded(width) + classes * FEW_MOST + 2 * rows;
}

static struct few_space few_lay_out(const struct NN(small_softmax) *f, real *space)
{
	struct few_space s;
	size_t rows = FEW_MOST + FEW_BACKWARD;
	s.line = f->rows > WIDTH ? 2 * WIDTH : WIDTH;
	s.padded = few_padded(f->width);
	s.columns = space;
	s.scaled = s.columns + f->width * FEW_MOST;
	s.d_x = s.scaled + rows * s.padded;
	s.lines = s.d_x + rows * s.padded;
	return s;
}

/* ---- Forward ---- */

/* The lines of `count` classes from the first on; *most takes the greatest of them. */
FEW_UNCHECKED INLINE void few_logits(const struct NN(small_softmax) *f,
	const struct few_space *s, size_t first, int count, int vectors, vec *most)
{
	enum { TOGETHER = 3 }; /* pointers are dear: classes that share one */
	size_t width = f->width;
	const real *w[FEW_FORWARD / TOGETHER + 1], *column = s->columns;
	vec sum[FEW_FORWARD * FEW_LINE];
	UNROLL
	for (int c = 0; c < count; c += TOGETHER)
		w[c / TOGETHER] = f->weight + (first + (size_t)c) * width;
	UNROLL
	for (int c = 0; c < count; c++) {
		UNROLL
		for (int v = 0; v < vectors; v++)
			sum[c * vectors + v] =
				f->bias ? splat(f->bias[first + (size_t)c]) : (vec){0};
	}
	for (size_t k = 0; k < width; k++, column += vectors * WIDTH) {
		vec x[FEW_LINE];
		UNROLL
		for (int v = 0; v < vectors; v++)
			x[v] = load(column + v * WIDTH);
		UNROLL
		for (int c = 0; c < count; c++) {
			real weight = w[c / TOGETHER][(size_t)(c % TOGETHER) * width + k];
			UNROLL
			for (int v = 0; v < vectors; v++)
				sum[c * vectors + v] += weight * x[v];
		}
	}
	real *line = s->lines + first * s->line;
	UNROLL
	for (int c = 0; c < count; c++) {
		UNROLL
		for (int v = 0; v < vectors; v++) {
			vec l = sum[c * vectors + v];
			store(line + (c * vectors + v) * WIDTH, l);
			most[v] = choose(l > most[v], l, most[v]);
		}
	}
}

/* Each of `count` vectors of x, step apart, to e to the power of it minus the greatest; returns
 * their sum. */
static __attribute__((noinline)) vec few_exponentials_of(
	real *x, size_t count, size_t step, vec most)
{
	vec sum = {0};
	for (size_t i = 0; i < count; i++, x += step) {
		vec e = exponential(load(x) - most);
		store(x, e);
		sum += e;
	}
	return sum;
}

/* All lines; some at a time, so that many small numbers are not lost in one large sum. */
static void few_exponentials(
	size_t classes, real *lines, size_t line, const vec *most, vec *total)
{
	size_t some = classes / 64 + 1;
	for (size_t first = 0; first < classes; first += some) {
		size_t count = classes - first < some ? classes - first : some;
		for (size_t v = 0; v < line / WIDTH; v++)
			total[v] += few_exponentials_of(
				lines + first * line + v * WIDTH, count, line, most[v]);
	}
}

/* The loss of a row from its greatest logit, and whether it is its target's; before the logits
 * are gone.  Equal ones that stand before it win. */
static void few_judge(
	struct NN(small_softmax) *f, const struct few_space *s, size_t row, real most)
{
	size_t target = (size_t)f->target[row], c = 0;
	const real *logit = s->lines + row;
	f->loss += (double)(most - logit[target * s->line]);
	f->targets++;
	if (!(logit[target * s->line] >= most))
		return;
	while (c < target && logit[c * s->line] < most)
		c++;
	f->correct += c == target;
}

/* Each loop is a function of its own: it has the registers to itself, and compiles quickly. */
#define FEW_FUNCTION FEW_UNCHECKED static __attribute__((noinline))

/* What depends on the length of a line. */
struct few_line {
	void (*logits)(const struct NN(small_softmax) *f, const struct few_space *s,
		size_t first, vec *most);
	void (*logit)(const struct NN(small_softmax) *f, const struct few_space *s,
		size_t first, vec *most);
};

#define FEW_LINE_OF(n) \
	FEW_FUNCTION void few_logits_##n(const struct NN(small_softmax) *f, \
		const struct few_space *s, size_t first, vec *most) \
	{ \
		few_logits(f, s, first, FEW_FORWARD, n, most); \
	} \
	FEW_FUNCTION void few_logit_##n(const struct NN(small_softmax) *f, \
		const struct few_space *s, size_t first, vec *most) \
	{ \
		few_logits(f, s, first, 1, n, most); \
	}
FEW_LINE_OF(1)
FEW_LINE_OF(2)
#undef FEW_LINE_OF

static const struct few_line few_lines[FEW_LINE] = {
	{few_logits_1, few_logit_1},
	{few_logits_2, few_logit_2},
};

static void few_forward(struct NN(small_softmax) *f, const struct few_space *s, real *share)
{
	size_t vectors = s->line / WIDTH, c = 0;
	const struct few_line *line = &few_lines[vectors - 1];
	vec most[FEW_LINE], total[FEW_LINE] = {{0}};
	real most_of[FEW_MOST], total_of[FEW_MOST] = {0};
	for (size_t v = 0; v < FEW_LINE; v++)
		most[v] = splat(-(real)INFINITY);
	for (; c + FEW_FORWARD <= f->classes; c += FEW_FORWARD)
		line->logits(f, s, c, most);
	for (; c < f->classes; c++)
		line->logit(f, s, c, most);
	for (size_t v = 0; v < FEW_LINE; v++)
		store(most_of + v * WIDTH, most[v]);
	for (size_t r = 0; r < f->rows; r++)
		if (f->target[r] >= 0)
			few_judge(f, s, r, most_of[r]);

	few_exponentials(f->classes, s->lines, s->line, most, total);
	for (size_t v = 0; v < FEW_LINE; v++)
		store(total_of + v * WIDTH, total[v]);
	for (size_t r = 0; r < f->rows; r++) {
		bool counts = f->target[r] >= 0;
		share[r] = counts ? 1 / total_of[r] : 0;
		if (!counts)
			continue;
		f->loss += log((double)total_of[r]);
		/* Times its share, this is softmax minus 1. */
		s->lines[(size_t)f->target[r] * s->line + r] -= total_of[r];
	}
}

/* ---- Backward ---- */

INLINE vec few_get(const real *p, bool part, int n)
{
	return part ? load_part(p, n) : load(p);
}

/* A block of the weights' gradient: `count` classes, some vectors of columns from `column` on,
 * of which the last may be a part.  Returns its squares. */
FEW_UNCHECKED INLINE vec few_weights(const struct NN(small_softmax) *f,
	const struct few_space *s, size_t first, int count, size_t column, int vectors,
	bool part)
{
	size_t width = f->width;
	const real *line = s->lines + first * s->line, *x = s->scaled + column;
	real *d = f->d_weight + first * width + column;
	int left = (int)(width - column) - (vectors - 1) * WIDTH;
	vec sum[FEW_BACKWARD * FEW_VECTORS];
	UNROLL
	for (int c = 0; c < count; c++) {
		UNROLL
		for (int v = 0; v < vectors; v++)
			sum[c * vectors + v] = f->keep
				? few_get(d + (size_t)c * width + v * WIDTH,
					  part && v == vectors - 1, left)
				: (vec){0};
	}
	for (size_t r = 0; r < f->rows; r++, x += s->padded) {
		UNROLL
		for (int c = 0; c < count; c++) {
			real e = line[(size_t)c * s->line + r];
			UNROLL
			for (int v = 0; v < vectors; v++)
				sum[c * vectors + v] += e * load(x + v * WIDTH);
		}
	}
	vec squares = {0};
	UNROLL
	for (int c = 0; c < count; c++) {
		UNROLL
		for (int v = 0; v < vectors; v++) {
			real *p = d + (size_t)c * width + v * WIDTH;
			vec g = sum[c * vectors + v];
			squares += g * g;
			if (part && v == vectors - 1)
				store_part(p, g, left);
			else
				store(p, g);
		}
	}
	return squares;
}

/* What FEW_BACKWARD rows get from the weights of the classes first to end - 1, of those
 * columns. */
FEW_UNCHECKED INLINE void few_rows(const struct NN(small_softmax) *f, const struct few_space *s,
	size_t row, size_t first, size_t end, size_t column, int vectors, bool part)
{
	const real *line = s->lines + first * s->line + row;
	const real *w = f->weight + first * f->width + column;
	real *d = s->d_x + row * s->padded + column;
	int left = (int)(f->width - column) - (vectors - 1) * WIDTH;
	vec sum[FEW_BACKWARD * FEW_VECTORS];
	UNROLL
	for (int r = 0; r < FEW_BACKWARD; r++) {
		UNROLL
		for (int v = 0; v < vectors; v++)
			sum[r * vectors + v] = load(d + (size_t)r * s->padded + v * WIDTH);
	}
	for (size_t c = first; c < end; c++, line += s->line, w += f->width) {
		vec weight[FEW_VECTORS];
		UNROLL
		for (int v = 0; v < vectors; v++)
			weight[v] = few_get(w + v * WIDTH, part && v == vectors - 1, left);
		UNROLL
		for (int r = 0; r < FEW_BACKWARD; r++) {
			UNROLL
			for (int v = 0; v < vectors; v++)
				sum[r * vectors + v] += line[r] * weight[v];
		}
	}
	UNROLL
	for (int r = 0; r < FEW_BACKWARD; r++) {
		UNROLL
		for (int v = 0; v < vectors; v++)
			store(d + (size_t)r * s->padded + v * WIDTH, sum[r * vectors + v]);
	}
}

struct few_block {
	void (*rows)(const struct NN(small_softmax) *f, const struct few_space *s, size_t row,
		size_t first, size_t end, size_t column);
	vec (*weights)(const struct NN(small_softmax) *f, const struct few_space *s,
		size_t first, size_t column);
	vec (*weight)(const struct NN(small_softmax) *f, const struct few_space *s,
		size_t first, size_t column);
};

#define FEW_BLOCK(name, n, part) \
	FEW_FUNCTION void few_rows_##name(const struct NN(small_softmax) *f, \
		const struct few_space *s, size_t row, size_t first, size_t end, \
		size_t column) \
	{ \
		few_rows(f, s, row, first, end, column, n, part); \
	} \
	FEW_FUNCTION vec few_weights_##name(const struct NN(small_softmax) *f, \
		const struct few_space *s, size_t first, size_t column) \
	{ \
		return few_weights(f, s, first, FEW_BACKWARD, column, n, part); \
	} \
	FEW_FUNCTION vec few_weight_##name(const struct NN(small_softmax) *f, \
		const struct few_space *s, size_t first, size_t column) \
	{ \
		return few_weights(f, s, first, 1, column, n, part); \
	}
FEW_BLOCK(1, 1, false)
FEW_BLOCK(2, 2, false)
FEW_BLOCK(3, 3, false)
FEW_BLOCK(4, 4, false)
FEW_BLOCK(1_part, 1, true)
FEW_BLOCK(2_part, 2, true)
FEW_BLOCK(3_part, 3, true)
FEW_BLOCK(4_part, 4, true)
#undef FEW_BLOCK
#undef FEW_FUNCTION

/* By whether the last vector is a part, and by their number. */
#define FEW_BLOCK(name) \
	{ \
		few_rows_##name, few_weights_##name, few_weight_##name \
	}
static const struct few_block few_blocks[2][FEW_VECTORS] = {
	{FEW_BLOCK(1), FEW_BLOCK(2), FEW_BLOCK(3), FEW_BLOCK(4)},
	{FEW_BLOCK(1_part), FEW_BLOCK(2_part), FEW_BLOCK(3_part), FEW_BLOCK(4_part)},
};
#undef FEW_BLOCK

/* One tile, some vectors of columns; the sum of squares of the weights' gradient. */
static real few_block(const struct NN(small_softmax) *f, const struct few_space *s,
	size_t first, size_t end, size_t column, size_t vectors)
{
	const struct few_block *block =
		&few_blocks[column + vectors * WIDTH > f->width][vectors - 1];
	size_t c = first;
	vec squares = {0};
	for (size_t row = 0; row < f->rows; row += FEW_BACKWARD)
		block->rows(f, s, row, first, end, column);
	for (; c + FEW_BACKWARD <= end; c += FEW_BACKWARD)
		squares += block->weights(f, s, c, column);
	for (; c < end; c++)
		squares += block->weight(f, s, c, column);
	return sum_all(squares);
}

static void few_backward(
	struct NN(small_softmax) *f, const struct few_space *s, const real *share)
{
	size_t vectors = s->padded / WIDTH;
	size_t blocks = (vectors + FEW_VECTORS - 1) / FEW_VECTORS;
	memset(s->d_x, 0, (FEW_MOST + FEW_BACKWARD) * s->padded * sizeof *s->d_x);
	memset(s->scaled, 0, f->rows * s->padded * sizeof *s->scaled);
	for (size_t r = 0; r < f->rows; r++)
		for (size_t i = 0; i < f->width; i++)
			s->scaled[r * s->padded + i] = f->x[r * f->width + i] * share[r];

	/* From the end, where the weights are still in the cache from going forward. */
	for (size_t first, end = f->classes; end > 0; end = first) {
		first = (end - 1) / FEW_TILE * FEW_TILE;
		for (size_t b = 0; b < blocks; b++) {
			size_t from = vectors * b / blocks, to = vectors * (b + 1) / blocks;
			f->squares +=
				(double)few_block(f, s, first, end, from * WIDTH, to - from);
		}
		for (size_t c = first; c < end && f->d_bias; c++) {
			real sum = 0;
			for (size_t r = 0; r < f->rows; r++)
				sum += s->lines[c * s->line + r] * share[r];
			f->d_bias[c] += sum;
		}
	}
}

static void few_cross_entropy(struct NN(small_softmax) *f, real *space)
{
	struct few_space s = few_lay_out(f, space);
	real share[FEW_MOST];
	f->loss = f->squares = 0;
	f->targets = f->correct = 0;
	for (size_t i = 0; i < f->width; i++)
		for (size_t r = 0; r < s.line; r++)
			s.columns[i * s.line + r] = r < f->rows ? f->x[r * f->width + i] : 0;
	few_forward(f, &s, share);
	few_backward(f, &s, share);
	for (size_t r = 0; r < f->rows; r++)
		for (size_t i = 0; i < f->width; i++)
			f->d_x[r * f->width + i] = s.d_x[r * s.padded + i] * share[r];
}

#define FEW_KERNELS \
	{ \
		FEW_MOST, few_cross_entropy, few_space \
	}
