#include "plot/canvas.h"

#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "text/utf8.h"

enum { FONT = 13 };

/* On white, and on black: text, grid, frames, then the series. */
static const char *const inks[2][WP_INK_SERIES + WP_INKS] = {
	{"#222222", "#e3e3e3", "#6b6b6b", "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00",
		"#56b4e9", "#222222", "#8a6d00"},
	{"#eeeeee", "#3a3a3a", "#a5a5a5", "#56b4e9", "#e69f00", "#2fc79a", "#e39bc4", "#f0e442",
		"#f28e4b", "#eeeeee", "#b3a1ff"},
};

static void print(struct wp_canvas *c, const char *format, ...) WP_PRINTF(2, 3);

static void print(struct wp_canvas *c, const char *format, ...)
{
	char text[512];
	va_list args;
	va_start(args, format);
	int n = vsnprintf(text, sizeof text, format, args);
	va_end(args);
	if (!c->err)
		c->err = wp_output_write(c->out, text, (size_t)n);
}

static const char *colour(const struct wp_canvas *c, int ink)
{
	return inks[c->dark][ink < WP_INK_SERIES
			? ink
			: WP_INK_SERIES + (ink - WP_INK_SERIES) % WP_INKS];
}

static const char *ground(const struct wp_canvas *c)
{
	return c->dark ? "#151515" : "#ffffff";
}

/* What is shown in place of control characters, and of marks that change the direction of text.
 */
static bool is_visible(uint32_t c)
{
	return c >= 0x20 && !(c >= 0x7F && c < 0xA0) && !(c >= 0x200B && c <= 0x200F) &&
		!(c >= 0x2028 && c <= 0x202E) && !(c >= 0x2060 && c <= 0x206F) && c != 0xFEFF &&
		c < 0xFFFE;
}

/* Write text as the content of an element. */
static void print_text(struct wp_canvas *c, const char *text, size_t length)
{
	for (const char *p = text, *end = text + length; p < end && !c->err;) {
		struct wp_decoded d = wp_utf8_decode(p, end);
		char bytes[4];
		uint32_t shown =
			d.valid && is_visible(d.code_point) ? d.code_point : WP_REPLACEMENT;
		if (shown == '<')
			c->err = wp_output_write(c->out, "&lt;", 4);
		else if (shown == '>')
			c->err = wp_output_write(c->out, "&gt;", 4);
		else if (shown == '&')
			c->err = wp_output_write(c->out, "&amp;", 5);
		else
			c->err = wp_output_write(c->out, bytes, wp_utf8_encode(shown, bytes));
		p += d.length;
	}
}

/* ---- SVG ---- */

static void begin_svg(struct wp_canvas *c, const char *title)
{
	print(c,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" "
		"viewBox=\"0 0 %.0f %.0f\" role=\"img\">\n<title>",
		c->width, c->height, c->width, c->height);
	print_text(c, title, strlen(title));
	print(c, "</title>\n<rect width=\"%.0f\" height=\"%.0f\" fill=\"%s\"/>\n", c->width,
		c->height, ground(c));
	print(c,
		"<g font-family=\"DejaVu Sans, Verdana, Helvetica, Arial, sans-serif\" "
		"font-size=\"%d\" stroke-linecap=\"round\" stroke-linejoin=\"round\">\n",
		FONT);
}

/* The width of a character in an ordinary sans-serif font, in units of its size: of DejaVu
 * Sans, which is wider than most. */
static double character_width(uint32_t c)
{
	if (c < 0x80) {
		if (strchr("iljI|'.,:;! ", (int)c))
			return 0.34;
		if (strchr("frt()[]{}-/\\\"`*", (int)c))
			return 0.46;
		if (strchr("mMW%@", (int)c))
			return 1;
		if (strchr("w+<>=~^#", (int)c))
			return 0.84;
		return c >= 'A' && c <= 'Z' ? 0.77 : 0.64;
	}
	return c < 0x1100 ? 0.8 : 1.05;
}

/* ---- The characters of a terminal: each has 2 x 4 dots, as braille has ---- */

static bool is_wide(uint32_t c)
{
	return (c >= 0x1100 && c < 0x1160) || (c >= 0x2E80 && c < 0xA4D0) ||
		(c >= 0xAC00 && c < 0xD7A4) || (c >= 0xF900 && c < 0xFB00) ||
		(c >= 0xFE30 && c < 0xFE70) || (c >= 0xFF00 && c < 0xFF61) ||
		(c >= 0x1F300 && c < 0x1FB00) || c >= 0x20000;
}

static void put_glyph(
	struct wp_canvas *c, int column, int row, int ink, const char *bytes, size_t n)
{
	if (column < 0 || column >= c->columns || row < 0 || row >= c->rows || n > 7)
		return;
	size_t at = (size_t)row * (size_t)c->columns + (size_t)column;
	memcpy(c->glyph[at], bytes, n);
	c->glyph[at][n] = 0;
	c->ink[at] = (unsigned char)ink;
}

static void put_dot(struct wp_canvas *c, double x, double y, int ink)
{
	static const unsigned char bit[4][2] = {{1, 8}, {2, 16}, {4, 32}, {64, 128}};
	if (!(x >= 0 && y >= 0 && x < 2 * c->columns && y < 4 * c->rows))
		return;
	int dx = (int)x, dy = (int)y;
	size_t at = (size_t)(dy / 4) * (size_t)c->columns + (size_t)(dx / 2);
	c->dots[at] |= bit[dy % 4][dx % 2];
	c->ink[at] = (unsigned char)ink;
}

static void put_dots(
	struct wp_canvas *c, double x1, double y1, double x2, double y2, int ink, bool dashed)
{
	double steps = ceil(fmax(fabs(x2 - x1), fabs(y2 - y1)));
	if (!(steps < 1e5))
		return;
	for (int s = 0; s <= (int)steps; s++)
		if (!dashed || s % 6 < 3) {
			double share = steps > 0 ? s / steps : 0;
			put_dot(c, x1 + share * (x2 - x1), y1 + share * (y2 - y1), ink);
		}
}

static bool is_empty(const struct wp_canvas *c, int row, int column)
{
	size_t at = (size_t)row * (size_t)c->columns + (size_t)column;
	return !c->glyph[at][0] && !c->dots[at];
}

/* The series have the colours of a terminal in turn; all else has its ordinary one. */
static void end_row(struct wp_canvas *c, int row)
{
	static const char ansi[] = "42613572";
	int end = c->columns, ink = 0;
	while (end > 0 && is_empty(c, row, end - 1))
		end--;
	for (int column = 0; column < end; column++) {
		size_t at = (size_t)row * (size_t)c->columns + (size_t)column;
		char bytes[8];
		if (c->glyph[at][0] == '\n')
			continue; /* the second half of a wide character */
		int wanted =
			is_empty(c, row, column) || c->ink[at] < WP_INK_SERIES ? 0 : c->ink[at];
		if (c->colour && wanted != ink)
			print(c, "\033[%s%cm", wanted ? "3" : "",
				wanted ? ansi[(wanted - WP_INK_SERIES) % WP_INKS] : '0');
		ink = wanted;
		if (c->glyph[at][0])
			print(c, "%s", c->glyph[at]);
		else if (c->dots[at])
			print(c, "%.*s", (int)wp_utf8_encode(0x2800u + c->dots[at], bytes),
				bytes);
		else
			print(c, " ");
	}
	print(c, c->colour && ink ? "\033[0m\n" : "\n");
}

static enum wp_err end_text(struct wp_canvas *c)
{
	int end = c->rows;
	for (int column = 0; end > 0;) {
		if (column == c->columns) {
			end--; /* an empty row at the end */
			column = 0;
		} else if (is_empty(c, end - 1, column)) {
			column++;
		} else {
			break;
		}
	}
	for (int row = 0; row < end; row++)
		end_row(c, row);
	return c->err;
}

/* ---- Both ---- */

/* Numbers near the largest that there are have no places: nothing is drawn for them. */
static bool nowhere(double x1, double y1, double x2, double y2)
{
	return !(fabs(x1) < 1e6 && fabs(y1) < 1e6 && fabs(x2) < 1e6 && fabs(y2) < 1e6);
}

enum wp_err wp_canvas_begin(struct wp_canvas *c, struct wp_output *out,
	const struct wp_style *style, const char *title)
{
	*c = (struct wp_canvas){
		.out = out, .text = style->text, .dark = style->dark, .colour = style->colour};
	if (!style->text) {
		c->width = style->width;
		c->height = style->height;
		c->line = 1.4 * FONT;
		c->dot = 1.8;
		begin_svg(c, title);
		return c->err;
	}
	c->columns = style->columns;
	c->rows = style->rows;
	c->width = 2 * c->columns;
	c->height = 4 * c->rows;
	c->line = 4;
	c->dot = 1;
	size_t cells = (size_t)c->columns * (size_t)c->rows;
	enum wp_err err = wp_alloc(&c->dots, cells, 1, "a picture");
	if (!err)
		err = wp_alloc(&c->glyph, cells, sizeof *c->glyph, "a picture");
	if (!err)
		err = wp_alloc(&c->ink, cells, 1, "a picture");
	return err;
}

enum wp_err wp_canvas_end(struct wp_canvas *c)
{
	if (c->text && !c->err && c->ink)
		c->err = end_text(c);
	else if (!c->text)
		print(c, "</g>\n</svg>\n");
	free(c->dots);
	free(c->glyph);
	free(c->ink);
	return c->err;
}

double wp_text_width(const struct wp_canvas *c, const char *text, size_t length)
{
	double width = 0;
	for (const char *p = text, *end = text + length; p < end;) {
		struct wp_decoded d = wp_utf8_decode(p, end);
		if (c->text)
			width += is_wide(d.code_point) ? 4 : 2;
		else
			width += FONT * character_width(d.code_point);
		p += d.length;
	}
	return width;
}

void wp_draw_text(struct wp_canvas *c, double x, double y, enum wp_anchor anchor, int ink,
	const char *text, size_t length)
{
	if (nowhere(x, y, 0, 0))
		return;
	static const char *const anchors[] = {"start", "middle", "end"};
	if (!c->text) {
		print(c, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" fill=\"%s\">", x,
			y + 0.36 * FONT, anchors[anchor], colour(c, ink));
		print_text(c, text, length);
		print(c, "</text>\n");
		return;
	}
	double width = wp_text_width(c, text, length);
	x -= anchor == WP_CENTRE ? width / 2 : anchor == WP_RIGHT ? width : 0;
	int column = (int)floor(x / 2 + 0.25), row = (int)floor(y / 4);
	for (const char *p = text, *end = text + length; p < end;) {
		struct wp_decoded d = wp_utf8_decode(p, end);
		char bytes[4];
		bool shown = d.valid && is_visible(d.code_point);
		size_t n = wp_utf8_encode(shown ? d.code_point : WP_REPLACEMENT, bytes);
		put_glyph(c, column++, row, ink, bytes, n);
		if (is_wide(d.code_point))
			put_glyph(c, column++, row, ink, "\n", 1);
		p += d.length;
	}
}

void wp_draw_label(struct wp_canvas *c, double x, double y, enum wp_anchor anchor, int ink,
	const char *text, size_t length)
{
	if (nowhere(x, y, 0, 0))
		return;
	if (!c->text)
		print(c,
			"<g paint-order=\"stroke\" stroke=\"%s\" stroke-width=\"3\" "
			"stroke-opacity=\"0.8\">",
			ground(c));
	wp_draw_text(c, x, y, anchor, ink, text, length);
	if (!c->text)
		print(c, "</g>\n");
}

void wp_draw_upright(struct wp_canvas *c, double x, double y, enum wp_anchor anchor,
	const char *text, size_t length)
{
	if (nowhere(x, y, 0, 0))
		return;
	static const char *const anchors[] = {"start", "middle", "end"};
	if (c->text)
		return;
	print(c,
		"<text transform=\"translate(%.1f %.1f) rotate(-90)\" text-anchor=\"%s\" "
		"fill=\"%s\">",
		x + 0.36 * FONT, y, anchors[anchor], colour(c, WP_INK_TEXT));
	print_text(c, text, length);
	print(c, "</text>\n");
}

void wp_draw_line(
	struct wp_canvas *c, double x1, double y1, double x2, double y2, int ink, bool dashed)
{
	if (nowhere(x1, y1, x2, y2))
		return;
	if (c->text && ink == WP_INK_FAINT)
		return;
	if (c->text)
		put_dots(c, x1, y1, x2, y2, ink, dashed);
	else
		print(c,
			"<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"%s\" "
			"stroke-width=\"%s\"%s/>\n",
			x1, y1, x2, y2, colour(c, ink), ink < WP_INK_SERIES ? "1" : "1.5",
			dashed ? " stroke-dasharray=\"6 4\"" : "");
}

void wp_draw_curve(
	struct wp_canvas *c, size_t n, const double *x, const double *y, int ink, bool dashed)
{
	bool open = false;
	for (size_t i = 0; i < n; i++) {
		bool finite = !nowhere(x[i], y[i], 0, 0);
		bool before = i > 0 && !nowhere(x[i - 1], y[i - 1], 0, 0);
		if (c->text && finite) {
			if (before)
				put_dots(c, x[i - 1], y[i - 1], x[i], y[i], ink, false);
			else
				put_dot(c, x[i], y[i], ink);
		} else if (!c->text && finite && !before &&
			(i + 1 == n || nowhere(x[i + 1], y[i + 1], 0, 0))) {
			wp_draw_dot(c, x[i], y[i], 3, ink); /* a line of one point */
		} else if (!c->text && finite) {
			if (!open)
				print(c,
					"<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"1.8\""
					"%s points=\"",
					colour(c, ink),
					dashed ? " stroke-dasharray=\"7 5\"" : "");
			print(c, "%s%.1f,%.1f", open ? " " : "", x[i], y[i]);
			open = true;
		}
		if (open && (!finite || i + 1 == n)) {
			print(c, "\"/>\n");
			open = false;
		}
	}
}

void wp_draw_dot(struct wp_canvas *c, double x, double y, double radius, int ink)
{
	if (nowhere(x, y, radius, 0))
		return;
	if (c->text)
		put_dot(c, x, y, ink);
	else
		print(c, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\" fill=\"%s\"/>\n", x, y,
			radius, colour(c, ink));
}

void wp_draw_arrow(struct wp_canvas *c, double x1, double y1, double x2, double y2, int ink)
{
	if (nowhere(x1, y1, x2, y2))
		return;
	double length = hypot(x2 - x1, y2 - y1), head = 5 * c->dot;
	if (!(length > 0))
		return;
	wp_draw_line(c, x1, y1, x2, y2, ink, false);
	double ux = (x2 - x1) / length, uy = (y2 - y1) / length;
	for (int side = -1; side <= 1; side += 2)
		wp_draw_line(c, x2, y2, x2 - head * (ux - side * 0.5 * uy),
			y2 - head * (uy + side * 0.5 * ux), ink, false);
}

void wp_draw_bar(struct wp_canvas *c, double x, double y, double width, double height, int ink)
{
	if (nowhere(x, y, width, height))
		return;
	if (!c->text) {
		print(c,
			"<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" "
			"fill=\"%s\"/>\n",
			x, y, width, height, colour(c, ink));
		return;
	}
	for (double column = x; column < x + width; column++)
		put_dots(c, column, y, column, y + height, ink, false);
}

void wp_draw_frame(
	struct wp_canvas *c, double x, double y, double width, double height, int ink)
{
	if (nowhere(x, y, width, height))
		return;
	if (!c->text) {
		print(c,
			"<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"none\" "
			"stroke=\"%s\"/>\n",
			x, y, width, height, colour(c, ink));
		return;
	}
	wp_draw_line(c, x, y, x, y + height, ink, false);
	wp_draw_line(c, x, y + height, x + width, y + height, ink, false);
}

/* The colour of a cell, in red, green and blue: a scale of one hue that gets darker (on black:
 * lighter) all the way, so that it can be read in grey, too; or blue and orange around white.
 */
static void cell_colour(const struct wp_canvas *c, double value, bool both_ways, int rgb[3])
{
	static const double light[][3] = {{247, 251, 255}, {198, 219, 239}, {107, 174, 214},
		{33, 113, 181}, {8, 48, 107}};
	static const double dark[][3] = {
		{21, 21, 21}, {20, 60, 95}, {25, 115, 165}, {90, 175, 205}, {215, 240, 250}};
	static const double orange[][3] = {
		{250, 250, 250}, {253, 208, 162}, {253, 141, 60}, {217, 72, 1}, {127, 39, 4}};
	const double(*scale)[3] = c->dark && !both_ways ? dark : value < 0 ? orange : light;
	double at = fmin(fabs(value), 1) * 4;
	int step = at >= 4 ? 3 : (int)at;
	for (int k = 0; k < 3; k++)
		rgb[k] = (int)(scale[step][k] +
			(at - step) * (scale[step + 1][k] - scale[step][k]) + 0.5);
}

void wp_draw_cell(struct wp_canvas *c, double x, double y, double width, double height,
	double value, bool both_ways)
{
	if (nowhere(x, y, width, height))
		return;
	static const char *const shades[] = {" ", "░", "▒", "▓", "█"};
	int rgb[3] = {0};
	if (!isfinite(value))
		value = NAN;
	if (c->text) {
		int shade = isnan(value) ? 0 : (int)fmin(4, floor(fabs(value) * 5));
		int from = (int)floor(x / 2 + 0.5), to = (int)floor((x + width) / 2 + 0.5);
		int top = (int)floor(y / 4 + 0.5), bottom = (int)floor((y + height) / 4 + 0.5);
		for (int row = top; row < bottom; row++)
			for (int column = from; column < to; column++) {
				const char *glyph = isnan(value) ? "?"
					: value < 0 && shade > 0 ? (shade > 2 ? "=" : "-")
								 : shades[shade];
				put_glyph(c, column, row, 0, glyph, strlen(glyph));
			}
		return;
	}
	if (isnan(value)) {
		print(c,
			"<path d=\"M%.1f %.1fl%.1f %.1f\" stroke=\"%s\" stroke-width=\"0.7\"/>\n",
			x, y + height, width, -height, colour(c, WP_INK_MUTED));
		return;
	}
	cell_colour(c, value, both_ways, rgb);
	print(c,
		"<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" "
		"fill=\"#%02x%02x%02x\" shape-rendering=\"crispEdges\"/>\n",
		x, y, width + 0.3, height + 0.3, (unsigned)rgb[0], (unsigned)rgb[1],
		(unsigned)rgb[2]);
}

void wp_draw_on_cell(struct wp_canvas *c, double x, double y, double value, bool both_ways,
	const char *text, size_t length)
{
	if (nowhere(x, y, 0, 0))
		return;
	int rgb[3] = {0};
	if (c->text || !isfinite(value))
		return;
	cell_colour(c, value, both_ways, rgb);
	bool light = 0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2] < 140;
	print(c, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\" fill=\"%s\">", x,
		y + 0.36 * FONT, light ? "#ffffff" : "#222222");
	print_text(c, text, length);
	print(c, "</text>\n");
}
