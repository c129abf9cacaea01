/* Forecasts: a series, and what networks make of it. */
#include <stdio.h>
#include <string.h>

#include "plot/lines.h"

enum { COLUMNS = 4, MOST = 1 << 24 };

static bool fits(const struct wp_plot_source *s)
{
	const void *data;
	return !s->table &&
		(wp_tensor_set_get(s->set, "series", &data) ||
			wp_tensor_set_get(s->set, "prediction", &data));
}

/* Add the columns of a matrix, from row `first` on, as curves that begin at step `step`. */
static enum wp_err add(struct wp_curves *curves, const struct wp_plot_matrix *m,
	const struct wp_plot_source *s, const struct wp_strings *names, size_t first,
	size_t step, size_t number)
{
	enum wp_err err = WP_OK;
	for (size_t c = 0; !err && c < m->columns && c < COLUMNS; c++) {
		struct wp_curve *curve;
		char column[64] = "";
		size_t n = 0;
		const char *name = names && names->count == m->columns
			? wp_strings_get(names, c, &n)
			: NULL;
		if (name)
			snprintf(column, sizeof column, " %.*s", (int)(n < 50 ? n : 50), name);
		else if (m->columns > 1)
			snprintf(column, sizeof column, " %zu", c + 1);
		err = wp_curves_add(curves, m->rows - first, &curve, "%.*s%s",
			(int)s->name_length, s->name, column);
		for (size_t i = first; !err && i < m->rows; i++) {
			curve->x[i - first] = (double)(step + i);
			curve->y[i - first] = m->value[i * m->columns + c];
			curve->dashed = number > 0;
			curve->colour = (int)(m->columns > 1 ? c : number);
		}
	}
	return err;
}

/* The names of the columns, where there are some. */
static const struct wp_strings *names_of(
	const struct wp_plot_source *s, const struct wp_plot_matrix *m, const char *tensor)
{
	char columns[WP_NAME_SIZE + 16];
	if (s->table)
		return s->bare ? NULL : m->column_names;
	snprintf(columns, sizeof columns, "%s.columns", tensor);
	return wp_tensor_set_strings(s->set, columns);
}

/* The first file is the series; predictions of as many steps lie over it, others go on from its
 * end. */
static enum wp_err draw(struct wp_canvas *canvas, const struct wp_plot_config *config,
	struct wp_plot_source *source, size_t count)
{
	struct wp_curves curves = {.x_label = "step"};
	size_t length = 0, begin = 0;
	enum wp_err err = WP_OK;
	for (size_t f = 0; !err && f < count; f++) {
		struct wp_plot_matrix m = {0};
		const void *data;
		const char *name = config->tensor;
		if (!name && !source[f].table)
			name = wp_tensor_set_get(source[f].set, "prediction", &data)
				? "prediction"
				: "series";
		err = wp_plot_matrix_get(&m, &source[f], name, MOST);
		bool over = f > 0 && m.rows >= length;
		if (!err && f == 0) {
			length = m.rows;
			if (config->last > 0 && config->last < length)
				begin = length - config->last;
		}
		if (!err)
			err = add(&curves, &m, &source[f], names_of(&source[f], &m, name),
				f == 0 || over ? begin : 0, f == 0 || over ? 1 : length + 1, f);
		wp_plot_matrix_fini(&m);
	}
	if (!err)
		wp_curves_draw(canvas, config, &curves);
	wp_curves_fini(&curves);
	return err;
}

const struct wp_plot_kind wp_plot_forecast = {
	"forecast", "a series, then predictions of it", fits, draw};
