/* ts-plot: draw what the other programs make.
 *
 * Reads logs and other tables, or tensor streams, and writes an SVG image, or text for a
 * terminal. Memory: what is drawn.
 */
#include "tool.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/memory.h"
#include "plot/plot.h"

static struct {
	struct wp_plot_config plot;
	int kind, width, height, last;
	uint64_t top;
	bool text, dark;
} conf = {.width = 1280, .height = 720};

static const char *const kinds[] = {
	"auto", "map", "curves", "forecast", "heat", "spectrum", "histogram", NULL};

static const struct wp_about about = {
	.name = "ts-plot",
	.summary = "draw curves, maps of words, heat maps, histograms and forecasts",
	.operands = "[file ...]",
	.examples = (const char *const[]){"ts-plot lstm.log gru.log > loss.svg",
		"tsne --top 500 emb.bin | ts-plot > words.svg",
		"ts-plot --words 'man woman king queen' --kind heat emb.bin > cosines.svg",
		NULL},
	.see_also = "tsne, rnn-train, clip-stats, ts-convert",
};

static const struct wp_opt options[] = {
	WP_OPT_GROUP("What"),
	WP_OPT_CHOICE(0, "kind", &conf.kind, "KIND", kinds,
		"kind of picture; auto is the one that fits the first file"),
	WP_OPT_TEXT('x', "x", &conf.plot.x, "COLUMN", "curves: the column along the x axis"),
	WP_OPT_TEXT('y', "y", &conf.plot.y, "COLUMNS",
		"curves, histogram: the columns to draw, separated by commas"),
	WP_OPT_TEXT(0, "tensor", &conf.plot.tensor, "NAME", "the tensor to draw"),
	WP_OPT_TEXT(0, "words", &conf.plot.words, "WORDS",
		"map: label only these words; heat: cosines, or cells, of these words"),
	WP_OPT_TEXT(0, "arrows", &conf.plot.arrows, "PAIRS",
		"map: arrows from word to word, as in 'man king, woman queen'"),
	WP_OPT_COUNT('n', "top", &conf.top, "N", 0, INT32_MAX,
		"use only the first N rows; 0: all, of heat maps 40"),
	WP_OPT_INT(0, "last", &conf.last, "N", 0, INT32_MAX,
		"forecast: show only the last N steps of the series; 0: all"),
	WP_OPT_GROUP("How"),
	WP_OPT_TEXT(0, "title", &conf.plot.title, "TEXT", "a title above the picture"),
	WP_OPT_TEXT(0, "x-label", &conf.plot.x_label, "TEXT", "what the x axis shows"),
	WP_OPT_TEXT(0, "y-label", &conf.plot.y_label, "TEXT", "what the y axis shows"),
	WP_OPT_FLAG(0, "log-x", &conf.plot.log_x, "a logarithmic x axis"),
	WP_OPT_FLAG(0, "log-y", &conf.plot.log_y, "a logarithmic y axis"),
	WP_OPT_FLAG(0, "transpose", &conf.plot.transpose, "heat: exchange rows and columns"),
	WP_OPT_INT(0, "bins", &conf.plot.bins, "N", 0, 400,
		"histogram: number of bars; 0: by the number of values"),
	WP_OPT_INT(0, "width", &conf.width, "N", 200, 10000, "width of the image in pixels"),
	WP_OPT_INT(0, "height", &conf.height, "N", 150, 10000, "height of the image in pixels"),
	WP_OPT_FLAG(0, "dark", &conf.dark, "light lines on a dark ground"),
	WP_OPT_FLAG(0, "text", &conf.text,
		"draw with characters, as on a terminal, also where the output is none"),
	WP_OPT_COMMON,
	WP_OPT_END,
};

/* The size of the terminal, or 80 x 24; a line stays free for the prompt. */
static void find_terminal(struct wp_style *style)
{
	struct winsize size;
	style->columns = 80;
	style->rows = 23;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 20 &&
		size.ws_row >= 8) {
		style->columns = size.ws_col;
		style->rows = size.ws_row - 1;
	}
}

/* A file called .png that holds an SVG image opens nowhere. */
static void check_name(void)
{
	static const char *const other[] = {".png", ".pdf", ".jpg", ".jpeg", ".gif", ".eps"};
	const char *dot = wp_common.output ? strrchr(wp_common.output, '.') : NULL;
	for (size_t i = 0; dot && i < sizeof other / sizeof *other; i++)
		if (strcmp(dot, other[i]) == 0)
			wp_tool_usage(
				"%s: images are SVG; rsvg-convert, for one, makes others of "
				"them",
				wp_common.output);
}

int main(int argc, char **argv)
{
	wp_tool_start(&about, options, &argc, &argv);
	check_name();
	char *const standard_input[] = {NULL};
	char *const *path = argc ? argv : standard_input;
	size_t count = argc ? (size_t)argc : 1;
	struct wp_output *out = wp_tool_output();
	conf.plot.style = (struct wp_style){.width = conf.width,
		.height = conf.height,
		.text = conf.text || wp_output_is_terminal(out),
		.dark = conf.dark,
		.colour = wp_output_is_terminal(out) && !getenv("NO_COLOR")};
	find_terminal(&conf.plot.style);
	conf.plot.top = (size_t)conf.top;
	conf.plot.last = (size_t)conf.last;

	struct wp_plot_source *source;
	wp_tool_check(wp_alloc(&source, count, sizeof *source, "files"));
	for (size_t i = 0; i < count; i++) {
		wp_tool_refuse_terminal(path[i]);
		wp_tool_check(wp_plot_source_read(&source[i], path[i]));
	}
	wp_tool_check(wp_plot(out, &conf.plot, conf.kind - 1, source, count));
	for (size_t i = 0; i < count; i++)
		wp_plot_source_fini(&source[i]);
	free(source);
	return wp_tool_finish();
}
