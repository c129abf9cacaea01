#include "plot/plot.h"

#include <stdio.h>

#include "plot/canvas.h"

const struct wp_plot_kind *const wp_plot_kinds[] = {&wp_plot_map, &wp_plot_curves,
	&wp_plot_forecast, &wp_plot_heat, &wp_plot_spectrum, &wp_plot_histogram, NULL};

enum wp_err wp_plot(struct wp_output *out, const struct wp_plot_config *config, int kind,
	struct wp_plot_source *source, size_t count)
{
	const struct wp_plot_kind *k = NULL;
	if (kind >= 0)
		k = wp_plot_kinds[kind];
	/* A series as a table, and a forecast of it as a stream. */
	for (size_t i = 1; !k && i < count && source[0].table; i++)
		if (wp_plot_forecast.fits(&source[i]))
			k = &wp_plot_forecast;
	for (size_t i = 0; !k && wp_plot_kinds[i]; i++)
		if (wp_plot_kinds[i]->fits(source))
			k = wp_plot_kinds[i];
	if (!k && config->tensor && !source->table) { /* any tensor can be drawn so */
		const void *data;
		const struct wp_tensor *t =
			wp_tensor_set_get(source->set, config->tensor, &data);
		k = t && t->rank < 2 ? &wp_plot_histogram : &wp_plot_heat;
	}
	if (!k)
		return wp_fail(WP_EMISMATCH,
			"%s: no picture is usual for this: choose one with \1kind, such as heat or "
			"histogram; tsne makes a map of vectors",
			source->path);
	char title[256];
	snprintf(title, sizeof title, "%s", config->title ? config->title : source->name);
	struct wp_canvas canvas;
	enum wp_err err = wp_canvas_begin(&canvas, out, &config->style, title);
	if (!err)
		err = k->draw(&canvas, config, source, count);
	enum wp_err end = wp_canvas_end(&canvas);
	return err ? err : end;
}
