/* Curves: the columns of tables (logs of training) and the norms of gradients. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "plot/lines.h"
#include "stream/element.h"

static bool has(const struct wp_plot_source *s, const char *column)
{
	return wp_plot_column(s, column, strlen(column)) >= 0;
}

static bool fits(const struct wp_plot_source *s)
{
	const void *data;
	if (s->table)
		return !s->confusion && (s->row_names.count == 0 || s->dated);
	return wp_tensor_set_get(s->set, "gradients.norm", &data);
}

/* Which of a table's columns are drawn: those asked for, else the losses, else all but the x.
 */
static bool is_wanted(const struct wp_plot_source *s, const struct wp_plot_config *config,
	const char *name, size_t length)
{
	static const char *const losses[] = {
		"loss", "valid_loss", "cost", "divergence", "median"};
	for (const char *at = config->y; at;) {
		const char *comma = strchr(at, ',');
		size_t n = comma ? (size_t)(comma - at) : strlen(at);
		if (n == length && memcmp(at, name, n) == 0)
			return true;
		at = comma ? comma + 1 : NULL;
	}
	if (config->y)
		return false;
	bool trained = false;
	for (size_t i = 0; i < sizeof losses / sizeof *losses; i++) {
		trained = trained || has(s, losses[i]);
		if (strlen(losses[i]) == length && memcmp(losses[i], name, length) == 0)
			return true;
	}
	return !trained;
}

static enum wp_err missing(const struct wp_plot_source *s, const char *name, size_t length)
{
	char there[400];
	size_t used = 0;
	there[0] = 0;
	for (size_t i = 0; i < s->columns.count && used + 60 < sizeof there; i++) {
		size_t n;
		const char *column = wp_strings_get(&s->columns, i, &n);
		used += (size_t)snprintf(there + used, sizeof there - used, "%s%.*s",
			i ? ", " : "", (int)(n < 50 ? n : 50), column);
	}
	return wp_fail(WP_EMISMATCH, "%s: no column '%.*s'; there are %s", s->path, (int)length,
		name, there);
}

/* Every column that --y names must be there. */
static enum wp_err check_columns(
	const struct wp_plot_source *s, const struct wp_plot_config *config, long *x)
{
	*x = config->x ? wp_plot_column(s, config->x, strlen(config->x)) : 0;
	if (*x < 0)
		return missing(s, config->x, strlen(config->x));
	for (const char *at = config->y; at;) {
		const char *comma = strchr(at, ',');
		size_t n = comma ? (size_t)(comma - at) : strlen(at);
		if (wp_plot_column(s, at, n) < 0)
			return missing(s, at, n);
		at = comma ? comma + 1 : NULL;
	}
	return WP_OK;
}

static enum wp_err add_table(struct wp_curves *curves, const struct wp_plot_config *config,
	const struct wp_plot_source *s, int number, size_t files)
{
	long x;
	enum wp_err err = check_columns(s, config, &x);
	int drawn = 0;
	for (size_t column = 0; !err && column < s->columns.count; column++) {
		size_t n, points = 0;
		const char *name = wp_strings_get(&s->columns, column, &n);
		/* Against the number of the row. */
		bool alone = s->columns.count == 1 || (s->dated && x == 0);
		if (!is_wanted(s, config, name, n) || ((long)column == x && !alone))
			continue;
		for (size_t i = 0; i < s->rows; i++)
			points += isfinite(s->value[i * s->columns.count + column]) != 0;
		struct wp_curve *curve;
		if (points == 0)
			continue;
		if (files == 1)
			err = wp_curves_add(curves, points, &curve, "%.*s", (int)n, name);
		else if (drawn == 0)
			err = wp_curves_add(
				curves, points, &curve, "%.*s", (int)s->name_length, s->name);
		else
			err = wp_curves_add(curves, points, &curve, "%.*s %.*s",
				(int)s->name_length, s->name, (int)n, name);
		if (err)
			return err;
		if (files > 1)
			curve->colour = number;
		curve->dashed = files > 1 && drawn > 0;
		drawn++;
		points = 0;
		for (size_t i = 0; i < s->rows; i++) {
			const double *row = s->value + i * s->columns.count;
			if (!isfinite(row[column]))
				continue;
			curve->x[points] = alone ? (double)i + 1 : row[x];
			curve->y[points++] = row[column];
		}
	}
	if (!err && drawn == 0)
		return wp_fail(WP_EMISMATCH, "%s: no column of numbers to draw", s->path);
	return err;
}

static enum wp_err add_gradients(
	struct wp_curves *curves, const struct wp_plot_source *s, int number, size_t files)
{
	const void *norms, *steps, *threshold;
	const struct wp_tensor *norm = wp_tensor_set_get(s->set, "gradients.norm", &norms);
	const struct wp_tensor *step = wp_tensor_set_get(s->set, "gradients.step", &steps);
	const struct wp_tensor *limit =
		wp_tensor_set_get(s->set, "gradients.threshold", &threshold);
	if (!norm || norm->rank != 1)
		return wp_fail(WP_EMISMATCH, "%s: no 'gradients.norm' to draw", s->path);
	size_t n = (size_t)norm->dim[0];
	struct wp_curve *curve;
	enum wp_err err = files == 1
		? wp_curves_add(curves, n, &curve, "norm of the gradient")
		: wp_curves_add(curves, n, &curve, "%.*s", (int)s->name_length, s->name);
	if (err)
		return err;
	curve->colour = number;
	bool numbered = step && step->rank == 1 && step->dim[0] == n;
	for (size_t i = 0; i < n; i++) {
		curve->x[i] = numbered ? wp_element(steps, step->type, i) : (double)i + 1;
		curve->y[i] = wp_element(norms, norm->type, i);
	}
	/* Clipping bounds what explodes: that is seen on a logarithmic scale. */
	double low = INFINITY, high = 0;
	for (size_t i = 0; i < n; i++) {
		low = fmin(low, curve->y[i]);
		high = fmax(high, curve->y[i]);
	}
	double at = limit ? wp_element(threshold, limit->type, 0) : 0;
	bool clipped = n > 0 && at > 0 && isfinite(at);
	curves->log_y = curves->log_y || (low > 0 && fmax(high, clipped ? at : 0) > 10 * low);
	if (!clipped)
		return WP_OK;
	double ends[2] = {curve->x[0], curve->x[n - 1]};
	err = wp_curves_add(curves, 2, &curve, "clipped at %g", at);
	if (err)
		return err;
	curve->colour = files == 1 ? 1 : number;
	curve->dashed = true;
	for (int i = 0; i < 2; i++) {
		curve->x[i] = ends[i];
		curve->y[i] = at;
	}
	return WP_OK;
}

static enum wp_err draw(struct wp_canvas *canvas, const struct wp_plot_config *config,
	struct wp_plot_source *source, size_t count)
{
	struct wp_curves curves = {0};
	enum wp_err err = WP_OK;
	for (size_t i = 0; !err && i < count; i++)
		err = source[i].table ? add_table(&curves, config, &source[i], (int)i, count)
				      : add_gradients(&curves, &source[i], (int)i, count);
	char x[128] = "step", y[128] = "";
	if (!err && source[0].table) {
		size_t n;
		const char *name =
			config->x ? config->x : wp_strings_get(&source[0].columns, 0, &n);
		snprintf(x, sizeof x, "%.*s", config->x ? (int)strlen(name) : (int)n, name);
		if (source[0].columns.count == 1 || (source[0].dated && !config->x))
			snprintf(x, sizeof x, "row");
		else if (source[0].bare && !config->x)
			snprintf(x, sizeof x, "column 1");
		if (config->y && !strchr(config->y, ','))
			snprintf(y, sizeof y, "%s", config->y);
		else if (curves.count == 1 && source[0].bare && count == 1 &&
			*source[0].path == '<')
			snprintf(y, sizeof y, "value");
		else if (curves.count == 1 && source[0].bare)
			snprintf(y, sizeof y, "%.*s", (int)source[0].name_length,
				source[0].name);
		else if (curves.count == 1)
			snprintf(y, sizeof y, "%s", curves.curve[0].name);
		else if (!config->y && has(&source[0], "loss"))
			snprintf(y, sizeof y, "loss");
		/* Derivatives through time fade by a factor for each step. */
		curves.log_y = !config->y && strcmp(x, "distance") == 0;
	} else if (!err) {
		snprintf(y, sizeof y, "norm of the gradient");
	}
	curves.x_label = x;
	curves.y_label = *y ? y : NULL;
	if (!err)
		wp_curves_draw(canvas, config, &curves);
	wp_curves_fini(&curves);
	return err;
}

const struct wp_plot_kind wp_plot_curves = {
	"curves", "columns of tables, such as logs; norms of gradients", fits, draw};
