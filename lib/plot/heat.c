/* Heat maps: matrices as colours. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "plot/axis.h"
#include "plot/plot.h"

enum { MOST = 40, WIDEST = 2000 };

/* The states of the uppermost layer of a network over a text, or NULL. */
static const char *find_states(const struct wp_plot_source *s)
{
	const char *found = NULL;
	for (size_t i = 0; i < wp_tensor_set_count(s->set); i++) {
		const char *name = wp_tensor_set_at(s->set, i)->name;
		size_t n = strlen(name);
		if (strncmp(name, "states.", 7) == 0 && strcmp(name + n - 6, ".state") == 0)
			found = name;
	}
	return found;
}

static bool fits(const struct wp_plot_source *s)
{
	const void *data;
	if (!s->table && find_states(s))
		return true;
	if (s->table)
		return s->confusion || (s->row_names.count > 0 && !s->dated);
	return wp_tensor_set_get(s->set, "cooc.row", &data) ||
		wp_tensor_set_get(s->set, "onehot.row", &data) ||
		wp_tensor_set_get(s->set, "onehot", &data) ||
		wp_tensor_set_get(s->set, "attention", &data);
}

/* What is drawn: a matrix with names that are its own. */
struct heat {
	size_t rows, columns;
	double *value;
	struct wp_strings row, column; /* empty: numbers */
};

static void heat_fini(struct heat *h)
{
	free(h->value);
	wp_strings_fini(&h->row);
	wp_strings_fini(&h->column);
}

/* Copy the first `count` names. */
static enum wp_err copy_names(
	struct wp_strings *to, const struct wp_strings *from, size_t count)
{
	enum wp_err err = WP_OK;
	for (size_t i = 0; from && i < count && i < from->count && !err; i++) {
		size_t n;
		const char *name = wp_strings_get(from, i, &n);
		err = wp_strings_add(to, name, n);
	}
	return err;
}

static long find(const struct wp_strings *names, size_t count, const char *word, size_t length)
{
	for (size_t i = 0; names && i < count && i < names->count; i++) {
		size_t n;
		const char *name = wp_strings_get(names, i, &n);
		if (n == length && memcmp(name, word, n) == 0)
			return (long)i;
	}
	return -1;
}

static double cosine(const double *a, const double *b, size_t n)
{
	double ab = 0, aa = 0, bb = 0;
	for (size_t i = 0; i < n; i++) {
		ab += a[i] * b[i];
		aa += a[i] * a[i];
		bb += b[i] * b[i];
	}
	return aa > 0 && bb > 0 ? ab / sqrt(aa * bb) : 0;
}

/* The rows of the words asked for: where the matrix is square and has words at both sides, its
 * cells; else the cosines of their rows, which are vectors. */
static enum wp_err choose_words(struct heat *h, const struct wp_plot_matrix *m,
	const struct wp_plot_source *s, const char *words)
{
	size_t chosen[MOST], n = 0, length;
	enum wp_err err = WP_OK;
	for (const char *at = words + strspn(words, " ,"); *at && !err;
		at += strspn(at, " ,")) {
		length = strcspn(at, " ,");
		long row = find(m->row_names, m->rows, at, length);
		if (row < 0)
			err = wp_plot_no_word(s, m, at, length, "");
		else if (n == MOST)
			err = wp_fail(WP_EMISMATCH, "at most %d words can be drawn", MOST);
		else if (!(err = wp_strings_add(&h->row, at, length)))
			chosen[n++] = (size_t)row;
		at += length;
	}
	if (!err)
		err = wp_strings_add_all(&h->column, &h->row);
	if (!err)
		err = wp_alloc(&h->value, n * n, sizeof *h->value, "a matrix");
	if (err)
		return err;
	h->rows = h->columns = n;
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < n; j++)
			h->value[i * n + j] = m->column_names
				? m->value[chosen[i] * m->columns + chosen[j]]
				: cosine(m->value + chosen[i] * m->columns,
					  m->value + chosen[j] * m->columns, m->columns);
	return WP_OK;
}

static enum wp_err copy(struct heat *h, const struct wp_plot_matrix *m, bool transpose)
{
	size_t columns = m->columns < WIDEST ? m->columns : WIDEST;
	h->rows = transpose ? columns : m->rows;
	h->columns = transpose ? m->rows : columns;
	enum wp_err err =
		wp_alloc(&h->value, h->rows * h->columns, sizeof *h->value, "a matrix");
	for (size_t i = 0; !err && i < h->rows; i++)
		for (size_t j = 0; j < h->columns; j++)
			h->value[i * h->columns + j] = transpose ? m->value[j * m->columns + i]
								 : m->value[i * m->columns + j];
	if (!err)
		err = copy_names(transpose ? &h->column : &h->row, m->row_names, m->rows);
	if (!err)
		err = copy_names(transpose ? &h->row : &h->column, m->column_names, columns);
	return err;
}

/* The name of a row or column, cut to fit; its number where it has none. */
static size_t name_of(const struct wp_canvas *c, const struct wp_strings *names, size_t i,
	double room, const char **name, char number[24])
{
	size_t n;
	if (i < names->count) {
		*name = wp_strings_get(names, i, &n);
	} else {
		n = (size_t)snprintf(number, 24, "%zu", i + 1);
		*name = number;
	}
	while (n > 1 && wp_text_width(c, *name, n) > room) {
		n--; /* never in the middle of a character */
		while (n > 1 && ((unsigned char)(*name)[n] & 0xC0) == 0x80)
			n--;
	}
	return n;
}

static double widest(const struct wp_canvas *c, const struct wp_strings *names, size_t count)
{
	double most = 0;
	char number[24];
	for (size_t i = 0; i < count; i++) {
		const char *name;
		size_t n = name_of(c, names, i, 0.25 * c->width, &name, number);
		most = fmax(most, wp_text_width(c, name, n));
	}
	return most;
}

/* What the colours mean, on the right. */
static void draw_scale(struct wp_canvas *c, double x, double top, double bottom, double low,
	double high, bool both_ways)
{
	struct wp_axis axis = {.low = low, .high = high, .from = bottom, .to = top};
	double tick[WP_TICKS], width = 1.2 * c->line, parts = c->text ? (bottom - top) / 4 : 64;
	char text[32];
	for (int p = 0; p < (int)parts; p++) {
		double share = (p + 0.5) / parts, value = low + share * (high - low);
		double at = bottom - (p + 1) * (bottom - top) / parts;
		wp_draw_cell(c, x, at, width, (bottom - top) / parts,
			both_ways ? value / high : share, both_ways);
	}
	for (size_t i = 0, n = wp_axis_ticks(&axis, c->text ? 3 : 6, tick); i < n; i++)
		wp_draw_text(c, x + width + 0.4 * c->line,
			fmin(wp_axis_at(&axis, tick[i]), bottom - 0.1), WP_LEFT, WP_INK_MUTED,
			text, wp_tick_text(tick[i], text));
}

static void draw_heat(
	struct wp_canvas *c, const struct wp_plot_config *config, const struct heat *h)
{
	double low = INFINITY, high = -INFINITY;
	for (size_t i = 0; i < h->rows * h->columns; i++)
		if (isfinite(h->value[i])) {
			low = fmin(low, h->value[i]);
			high = fmax(high, h->value[i]);
		}
	bool both_ways = low < 0;
	if (!(low <= high))
		low = high = 0;
	if (both_ways) {
		high = fmax(-low, high);
		low = -high;
	} else {
		low = 0;
	}
	if (!(high > low))
		high = low + 1;
	double top = wp_draw_title(c, config->title), gap = 0.5 * c->line;
	double left = widest(c, &h->row, h->rows) + 2 * gap +
		(config->y_label && !c->text ? 1.4 * c->line : 0);
	double right = 5.5 * c->line, below = config->x_label ? 1.5 * c->line : gap;
	double names = widest(c, &h->column, h->columns);
	double width = (c->width - left - right) / (double)h->columns;
	/* Names of columns stand level where they fit, else upright; on a terminal, cut. */
	bool upright = !c->text && names + 4 > width;
	double heading = upright ? fmin(names, 0.3 * c->height) + gap : 1.2 * c->line;
	double height = (c->height - top - heading - below) / (double)h->rows;
	if (c->text) { /* whole characters */
		width = 2 * fmax(1, floor(width / 2));
		height = 4 * fmax(1, floor(height / 4));
		left = 2 * ceil(left / 2);
		top = 4 * floor(top / 4);
		heading = 4;
		height = fmin(height, 4);
	} else {
		width = fmin(width, 3 * fmax(height, c->line));
		height = fmin(height, 3 * fmax(width, c->line));
	}
	double y0 = top + heading;
	size_t every_column = upright ? (size_t)ceil(c->line / width) : 1;
	size_t every_row = (size_t)ceil(0.95 * c->line / height);
	char number[24];
	const char *name;
	for (size_t j = 0; j < h->columns; j += every_column) {
		double room = upright ? heading : width - (c->text ? 2 : 0);
		double middle = left + ((double)j + 0.5) * width;
		size_t n = name_of(c, &h->column, j, fmax(room, 2), &name, number);
		if (upright)
			wp_draw_upright(c, middle, y0 - gap, WP_LEFT, name, n);
		else if (c->text)
			wp_draw_text(c, left + (double)j * width, y0 - 2, WP_LEFT, WP_INK_TEXT,
				name, n);
		else
			wp_draw_text(
				c, middle, y0 - 0.6 * c->line, WP_CENTRE, WP_INK_TEXT, name, n);
	}
	bool numbers = !c->text && width > 3.2 * c->line && height > 1.1 * c->line;
	for (size_t i = 0; i < h->rows; i++) {
		double y = y0 + (double)i * height;
		if (c->text && y >= c->height)
			break;
		size_t n = name_of(c, &h->row, i, 0.25 * c->width, &name, number);
		if (i % every_row == 0)
			wp_draw_text(
				c, left - gap, y + height / 2, WP_RIGHT, WP_INK_TEXT, name, n);
		for (size_t j = 0; j < h->columns; j++) {
			double value = h->value[i * h->columns + j],
			       x = left + (double)j * width;
			double shade = both_ways ? value / high : (value - low) / (high - low);
			wp_draw_cell(c, x, y, width, height, shade, both_ways);
			if (!numbers || !isfinite(shade))
				continue;
			char text[32];
			int length = snprintf(text, sizeof text,
				both_ways && high <= 1 ? "%.2f" : "%.3g", value);
			wp_draw_on_cell(c, x + width / 2, y + height / 2, shade, both_ways,
				text, (size_t)length);
		}
	}
	double bottom = y0 + height * (double)h->rows, end = left + width * (double)h->columns;
	draw_scale(c, end + c->line, y0,
		fmin(fmax(bottom, y0 + 5 * c->line), c->height - 0.5 * c->line), low, high,
		both_ways);
	if (config->x_label)
		wp_draw_text(c, (left + end) / 2,
			fmin(bottom + 0.9 * c->line, c->height - 0.6 * c->line), WP_CENTRE,
			WP_INK_TEXT, config->x_label, strlen(config->x_label));
	if (config->y_label)
		wp_draw_upright(c, 0.8 * c->line, (y0 + bottom) / 2, WP_CENTRE, config->y_label,
			strlen(config->y_label));
}

static enum wp_err draw(struct wp_canvas *canvas, const struct wp_plot_config *config,
	struct wp_plot_source *source, size_t count)
{
	struct wp_plot_matrix m;
	struct heat h = {0};
	if (count > 1)
		return wp_fail(WP_EMISMATCH, "%s: a heat map is of one file", source[1].path);
	/* Words are looked for among all rows. */
	size_t most = config->top                 ? config->top
		: config->words && !source->table ? SIZE_MAX
						  : MOST;
	const void *data;
	const char *name = config->tensor;
	static const char *const usual[] = {"attention", "onehot", "embedding"};
	for (size_t i = 0; !name && !source->table && i < 3; i++)
		if ((i < 2 || config->words) && wp_tensor_set_get(source->set, usual[i], &data))
			name = usual[i];
	if (!name && !source->table && !config->words)
		name = find_states(source);
	if (config->words && !name && !source->table)
		most = 4000; /* of a sparse matrix: cells of the most frequent words */
	enum wp_err err = wp_plot_matrix_get(&m, source, name, most);
	if (!err)
		err = config->words ? choose_words(&h, &m, source, config->words)
				    : copy(&h, &m, config->transpose);
	wp_plot_matrix_fini(&m);
	if (!err)
		draw_heat(canvas, config, &h);
	heat_fini(&h);
	return err;
}

const struct wp_plot_kind wp_plot_heat = {
	"heat", "a matrix as colours; with --words, the cosines of their vectors", fits, draw};
