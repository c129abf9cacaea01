/* What rows stand for: every name that tensor-stream(5) lists is known, with the axis that its
 * shape there says. */
#include <string.h>

#include "stream/axis.h"
#include "tap.h"

/* The axis that a shape of the page means: "V, D", "N|S, K", "lines". */
static bool agrees(const char *name, const char *shape)
{
	enum wp_axis axis = wp_axis_of(name);
	size_t n = strcspn(shape, ", ");
	const char *end = strrchr(name, '.');
	if (n == 3 && memcmp(shape, "N|S", 3) == 0)
		return axis == WP_AXIS_STEP_OR_SEQUENCE;
	if (strncmp(shape, "lines", 5) == 0)
		return axis == WP_AXIS_NONE;
	if (end && strcmp(end, ".vocab") == 0)
		return axis == WP_AXIS_NAMES;
	if (n == 1)
		switch (*shape) {
		case 'V':
			return axis == WP_AXIS_WORD;
		case 'N':
			return axis == WP_AXIS_STEP;
		case 'S':
			return axis == WP_AXIS_SEQUENCE;
		}
	return axis == WP_AXIS_OWN || axis == WP_AXIS_NONE;
}

static void test_page(void)
{
	char line[256], name[64], type[16], rest[160];
	FILE *page = fopen("man/tensor-stream.5", "r");
	int names = 0;
	bool in_names = false;
	if (!page) {
		skip("no page here", "the names of tensor-stream(5)");
		return;
	}
	while (fgets(line, sizeof line, page)) {
		in_names |= strncmp(line, ".Sh NAMES IN USE", 16) == 0;
		if (strncmp(line, ".Sh EXAMPLES", 12) == 0)
			break;
		if (!in_names ||
			sscanf(line, ".It %63s Ta %15s Ta %159[^\n]", name, type, rest) != 3)
			continue;
		if (strcmp(type, "u8,") == 0 || strcmp(type, "f32,") == 0)
			continue; /* onehot, of two types */
		ok(agrees(name, rest), "%s: %s", name, rest);
		names++;
	}
	ok(names > 50, "the page lists names");
	fclose(page);
}

int main(void)
{
	test_page();
	ok(wp_axis_of("series.columns") == WP_AXIS_NONE, "names of columns have no rows");
	ok(wp_axis_of("column.pos") == WP_AXIS_STEP, "a column has a row for each token");
	ok(wp_axis_of("column.pos.vocab") == WP_AXIS_NAMES, "its names have not");
	ok(wp_axis_of("target.lengths") == WP_AXIS_SEQUENCE, "of pairs, too");
	ok(wp_axis_of("mine") == WP_AXIS_UNKNOWN, "others are not known");
	ok(wp_axis_same("embedding", "vocab") && wp_axis_same("cooc.row", "cooc.value") &&
			wp_axis_same("series", "targets") && wp_axis_same("mine", "vocab") &&
			wp_axis_same("lengths", "target.lengths"),
		"rows of the same");
	ok(!wp_axis_same("ids", "vocab") && !wp_axis_same("cooc.row", "onehot.row") &&
			!wp_axis_same("ids", "lengths") && !wp_axis_same("ids", "target.ids"),
		"rows of different things, though there be as many");
	ok(wp_axis_is_beside("labels.vocab") && wp_axis_is_beside("cooc.value") &&
			!wp_axis_is_beside("cooc.row") && !wp_axis_is_beside("mine"),
		"what says something of others");
	return done_testing();
}
