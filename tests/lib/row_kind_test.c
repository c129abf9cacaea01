/* What rows stand for: every name that tensor-stream(5) lists is known, with the kind that its
 * shape there says. */
#include <string.h>

#include "stream/row_kind.h"
#include "tap.h"

/* The kind that a shape of the page means: "V, D", "N|S, K", "lines". */
static bool agrees(const char *name, const char *shape)
{
	enum wp_row_kind kind = wp_row_kind_of(name);
	size_t n = strcspn(shape, ", ");
	const char *end = strrchr(name, '.');
	if (n == 3 && memcmp(shape, "N|S", 3) == 0)
		return kind == WP_ROW_STEP_OR_SEQUENCE;
	if (strncmp(shape, "lines", 5) == 0)
		return kind == WP_ROW_NONE;
	if (n == 1 && *shape == 'U') /* tokens of targets */
		return kind == WP_ROW_WORD;
	if (end && strcmp(end, ".vocab") == 0)
		return kind == WP_ROW_NAMES;
	if (n == 1 && strncmp(name, "target.", 7) == 0 && *shape == 'M')
		return kind == WP_ROW_STEP;
	if (n == 1)
		switch (*shape) {
		case 'V':
			return kind == WP_ROW_WORD;
		case 'N':
			return kind == WP_ROW_STEP;
		case 'S':
			return kind == WP_ROW_SEQUENCE;
		}
	return kind == WP_ROW_OWN || kind == WP_ROW_NONE;
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
	ok(wp_row_kind_of("series.columns") == WP_ROW_NONE, "names of columns have no rows");
	ok(wp_row_kind_of("column.pos") == WP_ROW_STEP, "a column has a row for each token");
	ok(wp_row_kind_of("column.pos.vocab") == WP_ROW_NAMES, "its names have not");
	ok(wp_row_kind_of("target.lengths") == WP_ROW_SEQUENCE, "of pairs, too");
	ok(wp_row_kind_of("mine") == WP_ROW_UNKNOWN, "others are not known");
	ok(wp_rows_are_alike("embedding", "vocab") &&
			wp_rows_are_alike("cooc.row", "cooc.value") &&
			wp_rows_are_alike("series", "targets") &&
			wp_rows_are_alike("mine", "vocab") &&
			wp_rows_are_alike("lengths", "target.lengths"),
		"rows of the same");
	ok(!wp_rows_are_alike("ids", "vocab") && !wp_rows_are_alike("cooc.row", "onehot.row") &&
			!wp_rows_are_alike("ids", "lengths") &&
			!wp_rows_are_alike("ids", "target.ids"),
		"rows of different things, though there be as many");
	ok(wp_row_is_beside("labels.vocab") && wp_row_is_beside("cooc.value") &&
			!wp_row_is_beside("cooc.row") && !wp_row_is_beside("mine"),
		"what says something of others");
	return done_testing();
}
