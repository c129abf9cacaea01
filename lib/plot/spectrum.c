/* Spectra: singular values in order. */
#include "plot/lines.h"
#include "stream/element.h"

static bool fits(const struct wp_plot_source *s)
{
	const void *data;
	return !s->table && wp_tensor_set_get(s->set, "singular.values", &data);
}

static enum wp_err draw(struct wp_canvas *canvas, const struct wp_plot_config *config,
	struct wp_plot_source *source, size_t count)
{
	struct wp_curves curves = {
		.x_label = "component", .y_label = "singular value", .log_y = true};
	enum wp_err err = WP_OK;
	for (size_t f = 0; !err && f < count; f++) {
		const struct wp_plot_source *s = &source[f];
		const char *name = config->tensor ? config->tensor : "singular.values";
		const void *data;
		const struct wp_tensor *t =
			s->table ? NULL : wp_tensor_set_get(s->set, name, &data);
		struct wp_curve *curve;
		if (!t || t->rank != 1)
			err = wp_fail(
				WP_EMISMATCH, "%s: no '%s' of one axis to draw", s->path, name);
		if (!err)
			err = wp_curves_add(&curves, (size_t)t->dim[0], &curve, "%.*s",
				(int)s->name_length, s->name);
		for (size_t i = 0; !err && i < t->dim[0]; i++) {
			curve->x[i] = (double)i + 1;
			curve->y[i] = wp_element(data, t->type, i);
			curve->dots = true;
		}
	}
	if (!err)
		wp_curves_draw(canvas, config, &curves);
	wp_curves_fini(&curves);
	return err;
}

const struct wp_plot_kind wp_plot_spectrum = {
	"spectrum", "singular values in order, on a logarithmic scale", fits, draw};
