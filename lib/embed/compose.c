#include "embed/compose.h"

#include <stdlib.h>

#include "base/memory.h"
#include "stream/lines.h"
#include "text/number.h"
#include "text/token_text.h"

enum wp_err wp_composer_read(struct wp_composer *c, struct wp_reader *reader)
{
	*c = (struct wp_composer){0};
	enum wp_err err = wp_embedding_read(&c->embedding, reader, "embedding");
	if (!err)
		err = wp_char_ngrams_get(
			&c->embedding.ngrams, c->embedding.set, c->embedding.dim);
	if (!err)
		err = wp_alloc(&c->vector, c->embedding.dim, sizeof *c->vector, "a vector");
	if (err)
		wp_composer_fini(c);
	return err;
}

void wp_composer_fini(struct wp_composer *c)
{
	free(c->vector);
	wp_embedding_fini(&c->embedding);
	*c = (struct wp_composer){0};
}

enum wp_err wp_composer_put(struct wp_composer *c, struct wp_output *out, const char *word,
	size_t length, size_t *unknown)
{
	char *text;
	size_t n;
	enum wp_err err = wp_alloc(&text, length * WP_ESCAPE_GROWTH + 1, 1, "a word");
	if (err)
		return err;
	/* The word comes as token text, and goes out as such. */
	err = wp_token_unescape(word, length, text, &n);
	const float *vector = err ? NULL : wp_embedding_of(&c->embedding, text, n, c->vector);
	*unknown += !err && !vector;
	if (!err)
		err = wp_output_write(out, word, length);
	for (size_t j = 0; vector && j < c->embedding.dim && !err; j++) {
		char number[WP_NUMBER_ROOM + 1] = "\t";
		err = wp_output_write(
			out, number, (size_t)(wp_print_f32(number + 1, vector[j]) - number));
	}
	free(text);
	return err ? err : wp_output_write(out, "\n", 1);
}

enum wp_err wp_composer_run(struct wp_composer *c, struct wp_input *input,
	struct wp_output *out, size_t *all, size_t *unknown)
{
	struct wp_lines lines = {.input = input};
	const char *line;
	size_t length;
	enum wp_err err;
	while (!(err = wp_lines_next(&lines, &line, &length))) {
		length = wp_line_trim(line, length);
		*all += length > 0;
		err = length ? wp_composer_put(c, out, line, length, unknown)
			     : wp_output_write(out, "\n", 1);
		if (!err && !wp_lines_ready(&lines))
			err = wp_output_flush(out);
		if (err)
			return err;
	}
	return err == WP_END ? WP_OK : err;
}
