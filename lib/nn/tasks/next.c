/* The most probable next tokens, after a text or after each line of one. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "nn/tasks/mode.h"
#include "stream/lines.h"
#include "text/plain_text.h"

struct choice {
	float p;
	int32_t token;
};

struct telling {
	struct wp_nn_generator *generator;
	struct wp_plain_text text;
	struct choice *choices; /* (outputs) */
	size_t outputs, wanted;
	struct wp_output *rows;
	uint64_t tokens, unknown; /* read */
};

static int most_probable_first(const void *a, const void *b)
{
	const struct choice *x = a, *y = b;
	if (x->p != y->p)
		return x->p > y->p ? -1 : 1;
	return (x->token > y->token) - (x->token < y->token);
}

/* A row for each of the most probable tokens after a text. */
static enum wp_err tell(struct telling *t, const char *text, size_t length)
{
	int32_t *ids;
	size_t count, unknown, n = 0;
	enum wp_err err = wp_plain_text_cut(&t->text, text, length, &ids, &count, &unknown);
	if (err)
		return err;
	t->tokens += count;
	t->unknown += unknown;
	const float *p = wp_nn_expect(t->generator, ids, count);
	for (size_t i = 0; i < t->outputs; i++)
		if (p[i] > 0)
			t->choices[n++] = (struct choice){p[i], (int32_t)i};
	qsort(t->choices, n, sizeof *t->choices, most_probable_first);
	for (size_t i = 0; i < n && i < t->wanted && !err; i++) {
		err = wp_put_token(t->rows, &t->text.vocab.tokens, (size_t)t->choices[i].token);
		if (!err)
			err = wp_output_printf(t->rows, "\t%.6g\n", (double)t->choices[i].p);
	}
	free(ids);
	return err;
}

/* Answers are on their way before the program waits for another line. */
static enum wp_err tell_lines(struct telling *t, struct wp_input *input)
{
	struct wp_lines lines = {.input = input};
	const char *line;
	size_t length;
	enum wp_err err;
	while (!(err = wp_lines_next(&lines, &line, &length))) {
		if (length > 0 && line[length - 1] == '\r')
			length--;
		err = tell(t, line, length);
		if (!err)
			err = wp_output_write(t->rows, "\n", 1);
		if (!err && !wp_lines_ready(&lines))
			err = wp_output_flush(t->rows);
		if (err)
			return err;
	}
	return err == WP_END ? WP_OK : err;
}

enum wp_err wp_nn_use_for_next(const struct wp_nn_use *use)
{
	const struct wp_nn_mode_settings *how = use->how;
	struct telling t = {.outputs = use->model->config.outputs,
		.wanted = (size_t)how->number,
		.rows = use->rows};
	const struct wp_nn_generation one = {
		.sampling = how->generation.sampling, .unknown = how->generation.unknown};
	enum wp_err err = wp_nn_generator_create(&t.generator, use->model, &one);
	if (!err)
		err = wp_plain_text_init(&t.text, &use->model->vocab);
	if (!err)
		err = wp_alloc(&t.choices, t.outputs, sizeof *t.choices, "probabilities");
	if (!err)
		err = use->lines ? tell_lines(&t, use->lines)
				 : tell(&t, how->prime, strlen(how->prime));
	if (!err && t.unknown > 0)
		wp_nn_tell(use->warn,
			"%llu of %llu tokens of the text are unknown to the model",
			(unsigned long long)t.unknown, (unsigned long long)t.tokens);
	free(t.choices);
	wp_plain_text_fini(&t.text);
	wp_nn_generator_free(t.generator);
	return err;
}
