/* A place to draw on: an SVG image, or the characters of a terminal.  (Internal.)
 *
 * Both have the same operations and a size in units of their own, y downwards.  What is drawn
 * asks for the sizes of text and lays itself out by them, so that one layout serves both.
 */
#ifndef WP_PLOT_CANVAS_H
#define WP_PLOT_CANVAS_H

#include <stdbool.h>
#include <stddef.h>

#include "plot/plot.h"
#include "stream/output.h"

/* Colours by what they are for.  The series are those of Okabe & Ito 2008, which people with
 * any kind of colour vision can tell apart. */
enum wp_ink {
	WP_INK_TEXT,
	WP_INK_FAINT, /* grid lines                          */
	WP_INK_MUTED, /* frames, less important text         */
	WP_INK_SERIES /* and from here on, one for each series */
};
enum { WP_INKS = 8 }; /* that series take in turn */

enum wp_anchor { WP_LEFT, WP_CENTRE, WP_RIGHT };

struct wp_canvas {
	double width, height;
	double line; /* the height of a line of text              */
	double dot;  /* a length that is just visible: line width */
	bool text, dark, colour;
	/* internal */
	struct wp_output *out;
	enum wp_err err;
	int columns, rows;
	unsigned char *dots; /* text: the eight dots of each character      */
	char (*glyph)[8];    /* text: what stands there instead, with a NUL */
	unsigned char *ink;
};

/* Begin a picture with a title, for people who cannot see it, and for the image itself.  The
 * output is borrowed. */
WP_MUST_CHECK enum wp_err wp_canvas_begin(struct wp_canvas *canvas, struct wp_output *out,
	const struct wp_style *style, const char *title);

/* Write what is still to be written; the first error that there was.  Frees everything. */
WP_MUST_CHECK enum wp_err wp_canvas_end(struct wp_canvas *canvas);

/* How wide a string becomes, or a little less wide: of length bytes, UTF-8. */
double wp_text_width(const struct wp_canvas *canvas, const char *text, size_t length);

/* y is the middle of the line of text.  Characters that cannot be seen become U+FFFD. */
void wp_draw_text(struct wp_canvas *canvas, double x, double y, enum wp_anchor anchor, int ink,
	const char *text, size_t length);

/* The same, from below to above, around (x, y); on a terminal nothing. */
void wp_draw_upright(struct wp_canvas *canvas, double x, double y, enum wp_anchor anchor,
	const char *text, size_t length);

/* The same with a rim in the colour of the ground: for labels among dots and lines. */
void wp_draw_label(struct wp_canvas *canvas, double x, double y, enum wp_anchor anchor, int ink,
	const char *text, size_t length);

void wp_draw_line(struct wp_canvas *canvas, double x1, double y1, double x2, double y2, int ink,
	bool dashed);

/* A line through n points (x, y), with gaps where a coordinate is not finite. */
void wp_draw_curve(struct wp_canvas *canvas, size_t n, const double *x, const double *y,
	int ink, bool dashed);

void wp_draw_dot(struct wp_canvas *canvas, double x, double y, double radius, int ink);
void wp_draw_arrow(
	struct wp_canvas *canvas, double x1, double y1, double x2, double y2, int ink);
void wp_draw_bar(
	struct wp_canvas *canvas, double x, double y, double width, double height, int ink);
void wp_draw_frame(
	struct wp_canvas *canvas, double x, double y, double width, double height, int ink);

/* A cell of a heat map: 0 to 1 from the lightest to the darkest, or, where both ways are
 * possible, -1 to 1 around white.  NaN: hatched. */
void wp_draw_cell(struct wp_canvas *canvas, double x, double y, double width, double height,
	double value, bool both_ways);

/* Is text on such a cell to be light?  For numbers in cells. */
void wp_draw_on_cell(struct wp_canvas *canvas, double x, double y, double value, bool both_ways,
	const char *text, size_t length);

#endif
