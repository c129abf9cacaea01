#include "embed/cooc_estimate.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "embed/cooc_count.h"
#include "embed/cooc_plan.h"

enum {
	SAMPLE = 1 << 21,
	CELL_BYTES = 16,      /* in a stream: row, column and value     */
	PACKED_CELL_BYTES = 3 /* in a temporary file, as experience has it */
};

struct wp_cooc_estimator {
	struct wp_cooc_config config;
	struct wp_cooc_plan plan;
	struct wp_cooc_text text;   /* the sample */
	uint64_t tokens, sentences; /* of the whole text */
	uint64_t half, half_cells; /* tokens, and their cells, when half the sample was there */
};

enum wp_err wp_cooc_estimator_create(
	struct wp_cooc_estimator **estimator, const struct wp_cooc_config *config, size_t words)
{
	struct wp_cooc_estimator *e = NULL;
	*estimator = NULL;
	enum wp_err err = wp_cooc_check(config);
	if (!err)
		err = wp_alloc(&e, 1, sizeof *e, "estimate");
	if (err)
		return err;
	e->config = *config;
	err = wp_cooc_plan_make(&e->plan, config, words);
	e->config.threads = e->plan.threads;
	if (!err)
		err = wp_cooc_text_init(&e->text, &e->config, words, SAMPLE);
	if (err) {
		free(e);
		return err;
	}
	*estimator = e;
	return WP_OK;
}

void wp_cooc_estimator_free(struct wp_cooc_estimator *e)
{
	if (e)
		wp_cooc_text_fini(&e->text);
	free(e);
}

void wp_cooc_estimator_leave_out(struct wp_cooc_estimator *e, int32_t id)
{
	e->text.left_out[id] = 1;
}

static enum wp_err add_count(
	void *arg, int32_t row, size_t count, const int32_t *col, const uint64_t *sum)
{
	(void)row, (void)col, (void)sum;
	*(uint64_t *)arg += count;
	return WP_OK;
}

/* Cells of what is in the sample so far. */
static enum wp_err count_sample(struct wp_cooc_estimator *e, bool last, uint64_t *cells)
{
	*cells = 0;
	wp_cooc_text_index(&e->text, last);
	return wp_cooc_count(&e->text, &e->config, add_count, cells);
}

enum wp_err wp_cooc_estimator_add(
	struct wp_cooc_estimator *e, const int32_t *ids, size_t n, bool ends)
{
	for (size_t i = 0; i < n; i++)
		e->tokens += !e->text.left_out[ids[i]];
	e->sentences += ends;
	if (wp_cooc_text_is_full(&e->text))
		return WP_OK;
	wp_cooc_text_add(&e->text, ids, n);
	if (ends && !wp_cooc_text_is_full(&e->text))
		wp_cooc_text_end_sentence(&e->text);
	if (e->half || e->text.count < SAMPLE / 2)
		return WP_OK;
	e->half = e->text.tokens;
	return count_sample(e, false, &e->half_cells);
}

enum wp_err wp_cooc_estimator_finish(
	struct wp_cooc_estimator *e, struct wp_cooc_estimate *estimate)
{
	uint64_t counted;
	enum wp_err err = count_sample(e, true, &counted);
	if (err)
		return err;
	double sample = (double)e->text.tokens, cells = (double)counted;
	double power = 0.75; /* where the text is too short to tell */
	if (e->half_cells > 0 && sample > (double)e->half)
		power = log(cells / (double)e->half_cells) / log(sample / (double)e->half);
	if (e->tokens > e->text.tokens)
		cells *= pow((double)e->tokens / sample, power);
	double slots = (double)e->tokens + (double)e->sentences;
	double pieces = ceil(slots / (double)e->plan.room);
	pieces = pieces < 1 ? 1 : pieces;
	*estimate = (struct wp_cooc_estimate){
		.tokens = e->tokens,
		.sample = e->text.tokens,
		.cells = cells,
		.output = cells * CELL_BYTES,
		.memory = wp_cooc_plan_bytes(&e->plan, slots),
		.pieces = pieces,
		/* The cells of a piece are those of a text that much shorter. */
		.disk = pieces > 1 ? cells * pow(pieces, 1 - power) * PACKED_CELL_BYTES : 0,
	};
	return WP_OK;
}
