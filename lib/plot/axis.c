#include "plot/axis.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

void wp_axis_empty(struct wp_axis *a, bool log)
{
	*a = (struct wp_axis){.low = INFINITY, .high = -INFINITY, .log = log, .whole = !log};
}

static double scaled(const struct wp_axis *a, double value)
{
	if (!a->log)
		return value;
	return value > 0 ? log10(value) : NAN;
}

void wp_axis_cover(struct wp_axis *a, size_t n, const double *value)
{
	for (size_t i = 0; i < n; i++) {
		double v = scaled(a, value[i]);
		if (!isfinite(v))
			continue;
		a->low = fmin(a->low, v);
		a->high = fmax(a->high, v);
		a->whole = a->whole && v == floor(v);
	}
}

/* 1, 2 or 5 times a power of ten, so that about so many fit. */
static double tick_step(double range, int wanted)
{
	double step = pow(10, floor(log10(range / wanted)));
	if (range / step > 5 * wanted)
		return 10 * step;
	if (range / step > 2 * wanted)
		return 5 * step;
	return range / step > wanted ? 2 * step : step;
}

/* The logarithm of 1, 2 or 5 times a power of ten next to that of a number. */
static double round_log(double at, bool up)
{
	static const double parts[] = {0, 0.30103, 0.69897, 1};
	double decade = floor(at);
	int i = 0;
	while (i < 3 && decade + parts[i + 1] <= at + 1e-6)
		i++;
	return decade + (up && decade + parts[i] < at - 1e-6 ? parts[i + 1] : parts[i]);
}

void wp_axis_round(struct wp_axis *a, int ticks)
{
	if (!(a->low <= a->high)) {
		a->low = 0;
		a->high = 1;
	}
	if (a->high - a->low < 1e-9 * fmax(fabs(a->low), fabs(a->high)) || a->high == a->low) {
		double half = a->log ? 0.5 : a->low == 0 ? 1 : 0.1 * fabs(a->low);
		a->low -= half;
		a->high += half;
	}
	double step = tick_step(a->high - a->low, ticks);
	if (a->whole)
		step = fmax(step, 1);
	if (a->log && a->high - a->low > 1 && a->high - a->low < 3) {
		a->low = round_log(a->low, false);
		a->high = round_log(a->high + 0.02, true); /* not on the frame */
		return;
	}
	if (a->log && a->high - a->low > 1)
		step = 1;
	else if (a->log)
		step = 0.1;
	a->low = step * floor(a->low / step + 1e-9);
	a->high = step * ceil(a->high / step - 1e-9);
}

double wp_axis_at(const struct wp_axis *a, double value)
{
	double v = scaled(a, value);
	return a->from + (v - a->low) / (a->high - a->low) * (a->to - a->from);
}

size_t wp_axis_ticks(const struct wp_axis *a, int wanted, double tick[WP_TICKS])
{
	size_t n = 0;
	double range = a->high - a->low, step = tick_step(range, wanted < 1 ? 1 : wanted);
	if (a->whole)
		step = fmax(step, 1); /* half a training step there is not */
	if (a->log) {
		/* Powers of ten, and where there are few, 2 and 5 times these. */
		static const double parts[] = {1, 2, 5};
		int every = (int)ceil(range / fmax(wanted, 1) - 1e-9);
		every = every < 1 ? 1 : every;
		for (int decade = (int)floor(a->low); decade <= (int)ceil(a->high); decade++)
			for (size_t p = 0; p < (range * 3 <= wanted ? 3u : 1u); p++) {
				double at = decade + log10(parts[p]);
				if (decade % every == 0 && at >= a->low - 1e-9 &&
					at <= a->high + 1e-9 && n < WP_TICKS)
					tick[n++] = pow(10, decade) * parts[p];
			}
		return n;
	}
	for (double k = ceil(a->low / step - 1e-9);
		n < WP_TICKS && k * step <= a->high + 1e-9 * range; k++)
		tick[n++] = k * step;
	return n;
}

size_t wp_tick_text(double value, char text[32])
{
	if (value == 0)
		value = 0; /* not -0 */
	int n = fabs(value) >= 1e7 || (value != 0 && fabs(value) < 1e-4)
		? snprintf(text, 32, "%.3g", value)
		: snprintf(text, 32, "%.7g", value);
	return (size_t)n;
}

static double widest_tick(const struct wp_canvas *c, const struct wp_axis *a, int wanted)
{
	double tick[WP_TICKS], widest = 0;
	char text[32];
	for (size_t i = 0, n = wp_axis_ticks(a, wanted, tick); i < n; i++)
		widest = fmax(widest, wp_text_width(c, text, wp_tick_text(tick[i], text)));
	return widest;
}

double wp_draw_title(struct wp_canvas *c, const char *title)
{
	if (!title || !*title)
		return 0.5 * c->line;
	wp_draw_text(
		c, c->width / 2, 0.9 * c->line, WP_CENTRE, WP_INK_TEXT, title, strlen(title));
	return 1.6 * c->line;
}

void wp_draw_axes(
	struct wp_canvas *c, struct wp_axis *x, struct wp_axis *y, double top, double right)
{
	int rows = (int)((c->height - top) / (2.6 * c->line));
	rows = rows < 2 ? 2 : rows > 10 ? 10 : rows;
	double numbers = widest_tick(c, y, rows), gap = 0.5 * c->line;
	double left = numbers + 2 * gap + (y->label && !c->text ? 1.3 * c->line : 0);
	double below = 1.5 * c->line + (x->label ? 1.1 * c->line : 0);
	double tick[WP_TICKS], above = c->text && y->label ? c->line : 0;
	char text[32];
	x->from = left;
	x->to = c->width - right - gap;
	y->from = c->height - below;
	y->to = top + above;
	for (size_t i = 0, n = wp_axis_ticks(y, rows, tick); i < n; i++) {
		double at = wp_axis_at(y, tick[i]);
		wp_draw_line(c, x->from, at, x->to, at, WP_INK_FAINT, false);
		wp_draw_text(c, x->from - gap, fmin(at, c->height - below - 0.1), WP_RIGHT,
			WP_INK_MUTED, text, wp_tick_text(tick[i], text));
	}
	double each = widest_tick(c, x, 8) + 2 * c->line;
	int columns = (int)((x->to - x->from) / each);
	double end = -INFINITY;
	for (size_t i = 0,
		    n = wp_axis_ticks(x,
			    columns < 2            ? 2
				    : columns > 12 ? 12
						   : columns,
			    tick);
		i < n; i++) {
		double at = wp_axis_at(x, tick[i]);
		size_t length = wp_tick_text(tick[i], text);
		double half = wp_text_width(c, text, length) / 2;
		wp_draw_line(c, at, y->from, at, y->to, WP_INK_FAINT, false);
		if (at - half < end || at + half > c->width)
			continue;
		wp_draw_text(
			c, at, y->from + 0.9 * c->line, WP_CENTRE, WP_INK_MUTED, text, length);
		end = at + half + 0.3 * c->line;
	}
	wp_draw_frame(c, x->from, y->to, x->to - x->from, y->from - y->to, WP_INK_MUTED);
	if (x->label)
		wp_draw_text(c, (x->from + x->to) / 2, c->height - 0.6 * c->line, WP_CENTRE,
			WP_INK_TEXT, x->label, strlen(x->label));
	if (y->label && c->text)
		wp_draw_text(c, 0, top + 0.5 * c->line, WP_LEFT, WP_INK_TEXT, y->label,
			strlen(y->label));
	else if (y->label)
		wp_draw_upright(c, 0.7 * c->line, (y->from + y->to) / 2, WP_CENTRE, y->label,
			strlen(y->label));
}
