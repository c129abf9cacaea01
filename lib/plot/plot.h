/* Pictures of what the programs make: curves, histograms, heat maps, maps of words, forecasts.
 *
 * Drawn as SVG images, or with the characters of a terminal.  Labels never overlap; where there
 * is no room for one it is left out.  The same input gives the same bytes.
 */
#ifndef WP_PLOT_PLOT_H
#define WP_PLOT_PLOT_H

#include "plot/source.h"
#include "stream/output.h"

#ifdef __cplusplus
extern "C" {
#endif

struct wp_canvas;

struct wp_style {
	double width, height; /* of an SVG image, in pixels                             */
	int columns, rows;    /* of a terminal                                          */
	bool text, dark;      /* with the characters of a terminal; on a dark ground    */
	bool colour;          /* text: with the escape sequences that terminals have    */
};

/* What to draw, and how.  NULL and 0: the kind chooses. */
struct wp_plot_config {
	struct wp_style style;
	const char *title, *x_label, *y_label;
	const char *x;      /* column of a table                                     */
	const char *y;      /* columns, separated by commas                          */
	const char *tensor; /* of a stream                                           */
	const char *words;  /* heat: of these; map: labels for these; by commas      */
	const char *arrows; /* map: from word to word, "man king, woman queen"       */
	bool log_x, log_y, transpose;
	int bins;
	size_t top;  /* rows used at most          */
	size_t last; /* forecast: steps of the series that are shown before it */
};

/* A kind of picture: how it is called, what it is for, which files it is the natural picture
 * of, and how it is drawn from `count` files. */
struct wp_plot_kind {
	const char *name, *help;
	bool (*fits)(const struct wp_plot_source *source);
	enum wp_err (*draw)(struct wp_canvas *canvas, const struct wp_plot_config *config,
		struct wp_plot_source *source, size_t count);
};

/* All kinds, ended by NULL; of the kinds that fit a file, the first is its own. */
extern const struct wp_plot_kind *const wp_plot_kinds[];

/* Draw files as the kind of that number, or as the one that fits the first file where it is -1.
 * WP_EMISMATCH, saying what there is, where that cannot be. */
WP_MUST_CHECK enum wp_err wp_plot(struct wp_output *out, const struct wp_plot_config *config,
	int kind, struct wp_plot_source *source, size_t count);

extern const struct wp_plot_kind wp_plot_curves, wp_plot_histogram, wp_plot_heat, wp_plot_map,
	wp_plot_forecast, wp_plot_spectrum;

#ifdef __cplusplus
}
#endif
#endif
