/* Word, sentence and grapheme cluster boundaries against Unicode's own conformance tests. */
#include <stdint.h>
#include <string.h>
#include <utf8proc.h>

#include "tap.h"
#include "text/segment.h"

enum { MOST = 64 };

typedef void breaks_fn(const uint32_t *text, size_t n, bool *breaks);

/* A case is a line such as "÷ 0061 × 0308 ÷ 0062 ÷ # comment": ÷ is a boundary, × is none. */
static size_t parse_case(const char *line, uint32_t *text, bool *breaks)
{
	size_t n = 0;
	bool boundary = false;
	for (const char *p = line; *p && *p != '#' && n < MOST;) {
		if (strncmp(p, "÷", 2) == 0 || strncmp(p, "×", 2) == 0) {
			boundary = strncmp(p, "÷", 2) == 0;
			p += 2;
		} else if (strchr(" \t\r\n", *p)) {
			p++;
		} else {
			char *end;
			text[n] = (uint32_t)strtoul(p, &end, 16);
			breaks[n++] = boundary;
			if (end == p)
				return 0;
			p = end;
		}
	}
	return n;
}

static void conformance(
	const char *what, const char *file, breaks_fn *breaks_of, const char *version)
{
	char path[4096], line[4096];
	snprintf(path, sizeof path, "%s/unicode/%s", tap_data_dir(), file);
	FILE *cases = fopen(path, "r");
	if (!cases) {
		skip("no test data", "%s (%s)", what, path);
		return;
	}
	int count = 0, wrong = 0;
	while (fgets(line, sizeof line, cases)) {
		uint32_t text[MOST];
		bool expected[MOST], got[MOST];
		size_t n = parse_case(line, text, expected);
		if (n == 0)
			continue;
		count++;
		breaks_of(text, n, got);
		if (memcmp(got, expected, n) != 0) {
			wrong++;
			printf("# differs: %s", line);
		}
	}
	fclose(cases);
	ok(count > 400 && wrong == 0, "%s: %d of %d cases of %s pass (tables of Unicode %s)",
		what, count - wrong, count, file, version);
}

int main(void)
{
	const char *ours = wp_unicode_version(), *theirs = utf8proc_unicode_version();
	conformance("words", "WordBreakTest-14.0.0.txt", wp_word_breaks, ours);
	conformance("sentences", "SentenceBreakTest-14.0.0.txt", wp_sentence_breaks, ours);
	conformance("grapheme clusters", "GraphemeBreakTest-14.0.0.txt", wp_grapheme_breaks,
		theirs);

	uint32_t spaces[] = {'a', '.', ' ', 'B'};
	bool breaks[4];
	wp_sentence_breaks(spaces, 4, breaks);
	ok(breaks[0] && !breaks[1] && !breaks[2] && breaks[3], "a sentence keeps its space");
	wp_word_breaks(spaces, 0, breaks);
	ok(true, "an empty text has no boundaries");
	return done_testing();
}
