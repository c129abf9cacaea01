/* Curves in one frame, with a legend: what several kinds of pictures have in common.
 * (Internal.) */
#ifndef WP_PLOT_LINES_H
#define WP_PLOT_LINES_H

#include "plot/axis.h"
#include "plot/plot.h"

struct wp_curve {
	char name[128];
	size_t count;
	double *x, *y; /* owned */
	int colour;    /* the number of the series that it has the colour of */
	bool dashed, dots;
};

struct wp_curves {
	struct wp_curve *curve;
	size_t count, room;
	const char *x_label, *y_label;
	bool log_x, log_y;
};

/* Add a curve of n points, all 0; *curve is borrowed until the next one is added. */
WP_MUST_CHECK enum wp_err wp_curves_add(struct wp_curves *curves, size_t n,
	struct wp_curve **curve, const char *format, ...) WP_PRINTF(4, 5);

void wp_curves_draw(struct wp_canvas *canvas, const struct wp_plot_config *config,
	const struct wp_curves *curves);
void wp_curves_fini(struct wp_curves *curves);

#endif
