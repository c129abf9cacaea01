/* Histograms: how often which numbers occur. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "plot/axis.h"
#include "plot/plot.h"

enum { MOST = 1 << 26, BINS = 400 };

static bool fits(const struct wp_plot_source *s)
{
	(void)s;
	return false; /* anything could be counted: it has to be asked for */
}

/* The column that --y names, alone. */
static enum wp_err choose_column(
	struct wp_plot_matrix *m, const struct wp_plot_source *s, const char *name)
{
	for (size_t c = 0; m->column_names && c < m->columns; c++) {
		size_t n;
		const char *column = wp_strings_get(m->column_names, c, &n);
		if (n != strlen(name) || memcmp(column, name, n) != 0)
			continue;
		for (size_t i = 0; i < m->rows; i++)
			m->value[i] = m->value[i * m->columns + c];
		m->columns = 1;
		return WP_OK;
	}
	return wp_fail(WP_EMISMATCH, "%s: no column '%s'", s->path, name);
}

static enum wp_err draw(struct wp_canvas *canvas, const struct wp_plot_config *config,
	struct wp_plot_source *source, size_t count)
{
	struct wp_plot_matrix m;
	struct wp_axis x, y;
	double tally[BINS + 1] = {0}, zero = 0, most = 0;
	if (count > 1)
		return wp_fail(WP_EMISMATCH, "%s: a histogram is of one file", source[1].path);
	enum wp_err err = wp_plot_matrix_get(
		&m, source, config->tensor, config->top ? config->top : MOST);
	if (!err && config->y)
		err = choose_column(&m, source, config->y);
	if (err) {
		wp_plot_matrix_fini(&m);
		return err;
	}
	size_t values = m.rows * m.columns, bins = (size_t)config->bins;
	wp_axis_empty(&x, config->log_x);
	wp_axis_cover(&x, values, m.value);
	wp_axis_round(&x, 8);
	if (bins == 0)
		bins = values < 400 ? 20 : values < 10000 ? 40 : 80;
	bins = bins > BINS ? BINS : bins;
	for (size_t i = 0; i < values; i++) {
		double v = x.log ? log10(m.value[i]) : m.value[i];
		double bin = (v - x.low) / (x.high - x.low) * (double)bins;
		if (bin >= 0 && bin <= (double)bins)
			tally[bin < (double)bins ? (size_t)bin : bins - 1]++;
	}
	wp_plot_matrix_fini(&m);
	wp_axis_empty(&y, config->log_y);
	for (size_t b = 0; b < bins; b++)
		most = fmax(most, tally[b]);
	if (config->log_y)
		zero = 0.8;
	wp_axis_cover(&y, 1, &zero);
	wp_axis_cover(&y, 1, &most);
	wp_axis_round(&y, 6);
	x.label = config->x_label ? config->x_label
		: config->y       ? config->y
		: config->tensor  ? config->tensor
				  : "value";
	y.label = config->y_label ? config->y_label : "how many";
	wp_draw_axes(canvas, &x, &y, wp_draw_title(canvas, config->title), 0.5 * canvas->line);
	double width = (x.to - x.from) / (double)bins;
	for (size_t b = 0; b < bins; b++) {
		double top = wp_axis_at(&y, tally[b]);
		if (tally[b] > 0 && top < y.from)
			wp_draw_bar(canvas, x.from + (double)b * width, top,
				fmax(width - 0.4 * canvas->dot, 0.5), y.from - top,
				WP_INK_SERIES);
	}
	return WP_OK;
}

const struct wp_plot_kind wp_plot_histogram = {
	"histogram", "how often which numbers occur in a tensor or a column", fits, draw};
