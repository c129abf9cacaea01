#include "plot/lines.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum wp_err wp_curves_add(
	struct wp_curves *curves, size_t n, struct wp_curve **curve, const char *format, ...)
{
	enum wp_err err = wp_grow(&curves->curve, &curves->room, curves->count + 1,
		sizeof *curves->curve, "curves");
	if (err)
		return err;
	struct wp_curve *c = &curves->curve[curves->count];
	*c = (struct wp_curve){.count = n, .colour = (int)curves->count};
	err = wp_alloc(&c->x, n, sizeof *c->x, "a curve");
	if (!err)
		err = wp_alloc(&c->y, n, sizeof *c->y, "a curve");
	if (err) {
		free(c->x);
		return err;
	}
	va_list args;
	va_start(args, format);
	vsnprintf(c->name, sizeof c->name, format, args);
	va_end(args);
	curves->count++;
	*curve = c;
	return WP_OK;
}

void wp_curves_fini(struct wp_curves *curves)
{
	for (size_t i = 0; i < curves->count; i++) {
		free(curves->curve[i].x);
		free(curves->curve[i].y);
	}
	free(curves->curve);
	*curves = (struct wp_curves){0};
}

static double legend_width(const struct wp_canvas *c, const struct wp_curves *curves)
{
	double widest = 0;
	if (curves->count < 2)
		return 0;
	for (size_t i = 0; i < curves->count; i++)
		widest = fmax(widest,
			wp_text_width(c, curves->curve[i].name, strlen(curves->curve[i].name)));
	return fmin(widest + 2.8 * c->line, 0.4 * c->width);
}

static void draw_legend(struct wp_canvas *c, const struct wp_curves *curves, double x, double y)
{
	for (size_t i = 0; i < curves->count && y < c->height - c->line;
		i++, y += 1.25 * c->line) {
		const struct wp_curve *curve = &curves->curve[i];
		double middle = y + 0.5 * c->line;
		int ink = WP_INK_SERIES + curve->colour;
		if (curve->dots)
			wp_draw_dot(c, x + 0.9 * c->line, middle, 2 * c->dot, ink);
		else
			wp_draw_line(
				c, x, middle, x + 1.6 * c->line, middle, ink, curve->dashed);
		wp_draw_text(c, x + 2.2 * c->line, middle, WP_LEFT, WP_INK_TEXT, curve->name,
			strlen(curve->name));
	}
}

void wp_curves_draw(struct wp_canvas *c, const struct wp_plot_config *config,
	const struct wp_curves *curves)
{
	struct wp_axis x, y;
	wp_axis_empty(&x, curves->log_x || config->log_x);
	wp_axis_empty(&y, curves->log_y || config->log_y);
	size_t longest = 0;
	for (size_t i = 0; i < curves->count; i++) {
		const struct wp_curve *curve = &curves->curve[i];
		wp_axis_cover(&x, curve->count, curve->x);
		wp_axis_cover(&y, curve->count, curve->y);
		longest = curve->count > longest ? curve->count : longest;
	}
	if (!(x.low < x.high))
		wp_axis_round(&x, 8); /* else curves begin and end at the frame */
	wp_axis_round(&y, 6);
	x.label = config->x_label ? config->x_label : curves->x_label;
	y.label = config->y_label ? config->y_label : curves->y_label;
	double top = wp_draw_title(c, config->title), legend = legend_width(c, curves);
	wp_draw_axes(c, &x, &y, top, legend > 0 ? legend + 0.5 * c->line : 0.5 * c->line);
	double *px = NULL, *py = NULL;
	if (wp_alloc(&px, longest, sizeof *px, "a curve") ||
		wp_alloc(&py, longest, sizeof *py, "a curve")) {
		c->err = WP_ENOMEM;
		longest = 0;
	}
	for (size_t i = 0; i < curves->count && longest > 0; i++) {
		const struct wp_curve *curve = &curves->curve[i];
		int ink = WP_INK_SERIES + curve->colour;
		for (size_t k = 0; k < curve->count; k++) {
			px[k] = wp_axis_at(&x, curve->x[k]);
			py[k] = wp_axis_at(&y, curve->y[k]);
			if (curve->dots && isfinite(px[k]) && isfinite(py[k]))
				wp_draw_dot(c, px[k], py[k], 1.6 * c->dot, ink);
		}
		if (!curve->dots)
			wp_draw_curve(c, curve->count, px, py, ink, curve->dashed);
	}
	free(px);
	free(py);
	if (legend > 0)
		draw_legend(c, curves, c->width - legend, top);
}
