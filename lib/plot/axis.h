/* Axes: from numbers to places on a canvas, with round numbers beside them.  (Internal.) */
#ifndef WP_PLOT_AXIS_H
#define WP_PLOT_AXIS_H

#include <stdbool.h>
#include <stddef.h>

#include "plot/canvas.h"

struct wp_axis {
	double low, high; /* of the numbers; of their logarithms where log is set */
	bool log;
	bool whole;      /* all numbers are whole: so are those beside the axis */
	double from, to; /* on the canvas */
	const char *label;
};

/* An axis over the finite ones of n numbers (with log: those above 0); extended to round
 * numbers where `round` is set.  More numbers can be added by another call before it is used;
 * begin with a zeroed axis whose low is above high (wp_axis_empty). */
void wp_axis_empty(struct wp_axis *axis, bool log);
void wp_axis_cover(struct wp_axis *axis, size_t n, const double *value);
void wp_axis_round(struct wp_axis *axis, int ticks);

/* Where a number is; NaN where it cannot be. */
double wp_axis_at(const struct wp_axis *axis, double value);

enum { WP_TICKS = 40 };

/* The round numbers of an axis, at most about `wanted`; returns how many. */
size_t wp_axis_ticks(const struct wp_axis *axis, int wanted, double tick[WP_TICKS]);

/* A number as a tick has it: returns its length. */
size_t wp_tick_text(double value, char text[32]);

/* A frame with grid lines and numbers for both axes.  The box is what is left for the data;
 * room for the numbers and labels is taken from the canvas's edges, and from `right` and `top`,
 * which are kept free for others.  Sets from and to of both axes. */
void wp_draw_axes(struct wp_canvas *canvas, struct wp_axis *x, struct wp_axis *y, double top,
	double right);

/* A title on the first line: the room that it takes. */
double wp_draw_title(struct wp_canvas *canvas, const char *title);

#endif
