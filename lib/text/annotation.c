#include "text/annotation.h"

#include <stdbool.h>
#include <string.h>

static size_t count_words(const char *text, size_t length)
{
	size_t words = 0;
	for (size_t i = 0; i < length; i++)
		words += text[i] != ' ' && (i == 0 || text[i - 1] == ' ');
	return words;
}

/* Does the line have as many words before its tab as behind it?  *several: more than one. */
static bool may_be_tagged(const char *line, const char *end, bool *several)
{
	const char *tab = memchr(line, '\t', (size_t)(end - line));
	size_t before = tab ? count_words(line, (size_t)(tab - line)) : 0;
	size_t after = tab ? count_words(tab + 1, (size_t)(end - tab) - 1) : 0;
	*several = before > 1;
	return tab && before == after;
}

enum wp_err wp_annotation_recognise(struct wp_input *input, enum wp_annotation *annotation)
{
	enum { LONGEST = 1 << 20 };
	const char *data, *end;
	size_t have, want = 1, begin;
	bool several;
	for (;; want = have + 1) {
		enum wp_err err = wp_input_peek(input, want, &data, &have);
		if (err)
			return err;
		for (begin = 0; begin < have && data[begin] == '\n'; begin++)
			;
		end = memchr(data + begin, '\n', have - begin);
		if (end || have < want || have >= LONGEST)
			break;
	}
	end = end ? end : data + have;
	*annotation = WP_UNANNOTATED;
	if (!memchr(data + begin, '\t', (size_t)(end - data) - begin))
		return WP_OK;
	*annotation = WP_LABELLED;
	if (!may_be_tagged(data + begin, end, &several) || !several)
		return WP_OK;
	if (have > LONGEST)
		have = LONGEST; /* enough to tell */
	for (const char *line = end + 1; line < data + have; line = end + 1) {
		end = memchr(line, '\n', (size_t)(data + have - line));
		if (!end)
			break;
		if (end > line && !may_be_tagged(line, end, &several))
			return WP_OK;
	}
	*annotation = WP_TAGGED;
	return WP_OK;
}
