/* Maps: points in the plane with their words. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "plot/axis.h"
#include "plot/plot.h"

enum { MOST = 1 << 22, LABELS = 400 };

static bool fits(const struct wp_plot_source *s)
{
	const void *data;
	if (s->table) /* word TAB x TAB y, as ts-convert writes a map */
		return !s->confusion && !s->dated && s->row_names.count > 0 &&
			s->columns.count == 3;
	return wp_tensor_set_get(s->set, "map", &data);
}

struct box {
	double left, right, top, bottom;
};

struct labels {
	struct box box[LABELS];
	size_t count;
};

static bool apart(const struct box *a, const struct box *b)
{
	return a->right <= b->left || b->right <= a->left || a->bottom <= b->top ||
		b->bottom <= a->top;
}

/* Put a label beside its point where it hides no other: right, left, above, below, then askew.
 */
static bool place(struct wp_canvas *c, struct labels *labels, const struct box *frame, double x,
	double y, const char *text, size_t length, int ink)
{
	static const double sides[][2] = {
		{1, 0}, {-1, 0}, {0, -1}, {0, 1}, {1, -0.7}, {1, 0.7}, {-1, -0.7}, {-1, 0.7}};
	double width = wp_text_width(c, text, length), gap = 3 * c->dot;
	if (labels->count >= LABELS)
		return false;
	for (size_t s = 0; s < sizeof sides / sizeof *sides; s++) {
		double middle_x = x + sides[s][0] * (width / 2 + gap);
		double middle_y = y + sides[s][1] * (0.5 * c->line + gap);
		struct box b = {middle_x - width / 2 - 1, middle_x + width / 2 + 1,
			middle_y - 0.5 * c->line, middle_y + 0.5 * c->line};
		bool free_place = b.left >= frame->left && b.right <= frame->right &&
			b.top >= frame->top && b.bottom <= frame->bottom;
		for (size_t i = 0; free_place && i < labels->count; i++)
			free_place = apart(&b, &labels->box[i]);
		if (!free_place)
			continue;
		labels->box[labels->count++] = b;
		wp_draw_label(c, middle_x, middle_y, WP_CENTRE, ink, text, length);
		return true;
	}
	return false;
}

/* The next word of a list, of which words are separated by any of the characters in `by`. */
static bool next_word(const char **at, const char *by, const char **word, size_t *length)
{
	*at += strspn(*at, by);
	*word = *at;
	*length = strcspn(*at, by);
	*at += *length;
	return *length > 0;
}

static long find(const struct wp_plot_matrix *m, const char *word, size_t length)
{
	for (size_t i = 0; m->row_names && i < m->rows; i++) {
		size_t n;
		const char *name = wp_strings_get(m->row_names, i, &n);
		if (n == length && memcmp(name, word, n) == 0)
			return (long)i;
	}
	return -1;
}

/* The same scale for both directions: distances on a map are to be compared. */
static void fit(struct wp_axis *x, struct wp_axis *y)
{
	double scale = fmax((x->high - x->low) / fabs(x->to - x->from),
		(y->high - y->low) / fabs(y->to - y->from));
	struct wp_axis *axes[] = {x, y};
	for (int i = 0; i < 2; i++) {
		struct wp_axis *a = axes[i];
		double middle = (a->low + a->high) / 2,
		       half = scale * fabs(a->to - a->from) / 2;
		a->low = middle - half;
		a->high = middle + half;
	}
}

/* Label a point, once. */
static void label(struct wp_canvas *c, struct labels *labels, const struct box *frame,
	const struct wp_plot_matrix *m, size_t i, const double *px, const double *py,
	bool *done)
{
	size_t n;
	const char *name = wp_strings_get(m->row_names, i, &n);
	if (!done[i] && isfinite(px[i]) && isfinite(py[i]))
		place(c, labels, frame, px[i], py[i], name, n, WP_INK_TEXT);
	done[i] = true;
}

static enum wp_err draw_arrows(struct wp_canvas *c, const struct wp_plot_config *config,
	const struct wp_plot_source *s, const struct wp_plot_matrix *m, struct labels *labels,
	const struct box *frame, const double *px, const double *py, bool *done)
{
	const char *at = config->arrows, *word;
	size_t length;
	long end[2];
	for (int number = 0; next_word(&at, " ,", &word, &length); number++) {
		end[number % 2] = find(m, word, length);
		if (end[number % 2] < 0)
			return wp_plot_no_word(s, m, word, length, " for an arrow");
		if (number % 2 == 0)
			continue;
		wp_draw_arrow(
			c, px[end[0]], py[end[0]], px[end[1]], py[end[1]], WP_INK_SERIES + 1);
		for (int i = 0; i < 2; i++)
			label(c, labels, frame, m, (size_t)end[i], px, py, done);
	}
	return WP_OK;
}

static enum wp_err draw_labels(struct wp_canvas *c, const struct wp_plot_config *config,
	const struct wp_plot_source *s, const struct wp_plot_matrix *m, struct labels *labels,
	const struct box *frame, const double *px, const double *py, bool *done)
{
	const char *at = config->words, *word;
	size_t length;
	while (at && next_word(&at, " ,", &word, &length)) {
		long i = find(m, word, length);
		if (i < 0)
			return wp_plot_no_word(s, m, word, length, " to label");
		wp_draw_dot(c, px[i], py[i], 2.2 * c->dot, WP_INK_SERIES + 1);
		label(c, labels, frame, m, (size_t)i, px, py, done);
	}
	for (size_t i = 0; !config->words && m->row_names && i < m->rows; i++)
		label(c, labels, frame, m, i, px, py, done);
	return WP_OK;
}

static enum wp_err draw_map(struct wp_canvas *c, const struct wp_plot_config *config,
	const struct wp_plot_source *s, const struct wp_plot_matrix *m, double *px, double *py)
{
	struct wp_axis x, y;
	struct labels *labels;
	bool *done;
	wp_axis_empty(&x, false);
	wp_axis_empty(&y, false);
	for (size_t i = 0; i < m->rows; i++) {
		wp_axis_cover(&x, 1, &m->value[2 * i]);
		wp_axis_cover(&y, 1, &m->value[2 * i + 1]);
	}
	if (!(x.low < x.high) || !(y.low < y.high)) {
		wp_axis_round(&x, 4);
		wp_axis_round(&y, 4);
	}
	double top = wp_draw_title(c, config->title), edge = c->line;
	struct box frame = {0.3 * edge, c->width - 0.3 * edge, top, c->height - 0.3 * edge};
	x.from = 3 * edge;
	x.to = c->width - 3 * edge;
	y.from = c->height - 1.2 * edge;
	y.to = top + edge;
	fit(&x, &y);
	wp_draw_frame(c, frame.left, frame.top, frame.right - frame.left,
		frame.bottom - frame.top, WP_INK_FAINT);
	enum wp_err err = wp_alloc(&labels, 1, sizeof *labels, "labels");
	if (err)
		return err;
	if ((err = wp_alloc(&done, m->rows, sizeof *done, "labels"))) {
		free(labels);
		return err;
	}
	double radius = m->rows < 300 ? 2 : m->rows < 3000 ? 1.3 : 0.8;
	for (size_t i = 0; i < m->rows; i++) {
		px[i] = wp_axis_at(&x, m->value[2 * i]);
		py[i] = wp_axis_at(&y, m->value[2 * i + 1]);
		if (isfinite(px[i]) && isfinite(py[i]))
			wp_draw_dot(c, px[i], py[i], radius * c->dot,
				config->words ? WP_INK_FAINT : WP_INK_SERIES);
	}
	if (config->arrows)
		err = draw_arrows(c, config, s, m, labels, &frame, px, py, done);
	if (!err)
		err = draw_labels(c, config, s, m, labels, &frame, px, py, done);
	free(labels);
	free(done);
	return err;
}

static enum wp_err draw(struct wp_canvas *canvas, const struct wp_plot_config *config,
	struct wp_plot_source *source, size_t count)
{
	struct wp_plot_matrix m;
	double *px = NULL, *py = NULL;
	if (count > 1)
		return wp_fail(WP_EMISMATCH, "%s: a map is of one file", source[1].path);
	const void *data;
	const char *name = config->tensor;
	if (!name && !source->table && wp_tensor_set_get(source->set, "map", &data))
		name = "map";
	enum wp_err err =
		wp_plot_matrix_get(&m, source, name, config->top ? config->top : MOST);
	if (!err && m.columns != 2)
		err = wp_fail(WP_EMISMATCH,
			"%s: a map has 2 numbers a row, not %zu; tsne makes one of vectors",
			source->path, m.columns);
	if (!err)
		err = wp_alloc(&px, m.rows, sizeof *px, "a map");
	if (!err)
		err = wp_alloc(&py, m.rows, sizeof *py, "a map");
	if (!err)
		err = draw_map(canvas, config, source, &m, px, py);
	free(px);
	free(py);
	wp_plot_matrix_fini(&m);
	return err;
}

const struct wp_plot_kind wp_plot_map = {
	"map", "points in the plane with their words, as tsne makes them", fits, draw};
