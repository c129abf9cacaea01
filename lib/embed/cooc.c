#include "embed/cooc.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "embed/cooc_count.h"
#include "embed/cooc_plan.h"
#include "embed/cooc_runs.h"

enum {
	EXACT_UNIT = 1 << 24,  /* common denominators below this are used */
	ROUNDED_UNIT = 1 << 26 /* else 1/d is rounded to 1/this           */
};

struct wp_cooc {
	struct wp_cooc_config config;
	struct wp_cooc_text text;
	struct wp_cooc_runs *runs; /* NULL as long as all fits in memory */
	size_t words;
	struct wp_cooc_stats stats;
};

/* ---- Settings ---- */

void wp_cooc_default(struct wp_cooc_config *config)
{
	*config = (struct wp_cooc_config){
		.window = 10,
		.threads = 1,
		.memory = (size_t)1 << 30,
		.tmpdir = "/tmp",
	};
}

enum wp_err wp_cooc_check(const struct wp_cooc_config *config)
{
	if (config->window < 1 || config->window > WP_COOC_WINDOW_MAX)
		return wp_fail(WP_EINVAL, "window %d: not in 1 to %d", config->window,
			WP_COOC_WINDOW_MAX);
	if (config->threads < 1)
		return wp_fail(WP_EINVAL, "%d threads: at least 1", config->threads);
	return WP_OK;
}

static uint32_t greatest_common_divisor(uint32_t a, uint32_t b)
{
	while (b) {
		uint32_t rest = a % b;
		a = b;
		b = rest;
	}
	return a;
}

uint32_t wp_cooc_unit(const struct wp_cooc_config *config)
{
	uint32_t unit = 1;
	if (config->documents || config->weight == WP_COOC_FLAT)
		return unit;
	for (uint32_t d = 2; d <= (uint32_t)config->window; d++) {
		uint32_t factor = d / greatest_common_divisor(unit, d);
		if (unit > EXACT_UNIT / factor)
			return ROUNDED_UNIT;
		unit *= factor;
	}
	return unit;
}

/* ---- Counting ---- */

enum wp_err wp_cooc_create(
	struct wp_cooc **cooc, const struct wp_cooc_config *config, size_t words)
{
	struct wp_cooc *c = NULL;
	struct wp_cooc_plan plan = {0};
	enum wp_err err = wp_cooc_check(config);
	*cooc = NULL;
	if (!err)
		err = wp_alloc(&c, 1, sizeof *c, "co-occurrence counts");
	if (err)
		return err;
	c->config = *config;
	c->words = words;
	err = wp_cooc_plan_make(&plan, config, words);
	c->config.threads = plan.threads;
	if (!err)
		err = wp_cooc_text_init(&c->text, &c->config, words, plan.room);
	if (err) {
		free(c);
		return err;
	}
	*cooc = c;
	return WP_OK;
}

void wp_cooc_free(struct wp_cooc *c)
{
	if (!c)
		return;
	wp_cooc_text_fini(&c->text);
	wp_cooc_runs_free(c->runs);
	free(c);
}

size_t wp_cooc_words(const struct wp_cooc *c)
{
	return c->words;
}

void wp_cooc_leave_out(struct wp_cooc *c, int32_t id)
{
	c->text.left_out[id] = 1;
}

static enum wp_err need_runs(struct wp_cooc *c)
{
	return c->runs ? WP_OK
		       : wp_cooc_runs_create(&c->runs, c->words, c->config.documents,
				 c->config.memory / 2, c->config.tmpdir, WP_COOC_FAN_IN);
}

/* Count the text that is there, and give it to sink. */
static enum wp_err count_piece(struct wp_cooc *c, bool last, wp_cooc_sink *sink, void *arg)
{
	wp_cooc_text_index(&c->text, last);
	c->stats.pieces++;
	return wp_cooc_count(&c->text, &c->config, sink, arg);
}

/* The memory is full: put the counts of what it holds aside. */
static enum wp_err make_room(struct wp_cooc *c)
{
	enum wp_err err = need_runs(c);
	if (!err)
		err = count_piece(c, false, wp_cooc_runs_put, c->runs);
	if (!err)
		err = wp_cooc_runs_end(c->runs);
	if (!err)
		wp_cooc_text_advance(&c->text);
	return err;
}

enum wp_err wp_cooc_add(struct wp_cooc *c, const int32_t *ids, size_t n, bool ends)
{
	enum wp_err err = WP_OK;
	for (size_t taken; n > 0 && !err; ids += taken, n -= taken) {
		taken = wp_cooc_text_add(&c->text, ids, n);
		if (wp_cooc_text_is_full(&c->text))
			err = make_room(c);
	}
	if (err || !ends)
		return err;
	if (c->config.documents && c->stats.sentences == INT32_MAX)
		return wp_fail(WP_ELIMIT, "more than %" PRId32 " sentences", INT32_MAX);
	c->stats.sentences++;
	wp_cooc_text_end_sentence(&c->text);
	return wp_cooc_text_is_full(&c->text) ? make_room(c) : WP_OK;
}

enum wp_err wp_cooc_add_cells(
	struct wp_cooc *c, int32_t row, size_t count, const int32_t *col, const uint64_t *sum)
{
	enum wp_err err = need_runs(c);
	return err ? err : wp_cooc_runs_put(c->runs, row, count, col, sum);
}

enum wp_err wp_cooc_end_part(struct wp_cooc *c)
{
	return c->runs ? wp_cooc_runs_end(c->runs) : WP_OK;
}

/* Rows on their way out. */
struct way_out {
	wp_cooc_sink *sink;
	void *arg;
};

static enum wp_err check_and_give(
	void *arg, int32_t row, size_t count, const int32_t *col, const uint64_t *sum)
{
	const struct way_out *out = arg;
	enum wp_err err = wp_cooc_check_sums(row, count, sum);
	return err ? err : out->sink(out->arg, row, count, col, sum);
}

enum wp_err wp_cooc_finish(struct wp_cooc *c, wp_cooc_sink *sink, void *arg)
{
	struct way_out out = {sink, arg};
	if (!c->runs)
		return count_piece(c, true, check_and_give, &out);
	enum wp_err err = count_piece(c, true, wp_cooc_runs_put, c->runs);
	c->stats.tokens = c->text.tokens;
	wp_cooc_text_fini(&c->text); /* the runs need its memory */
	return err ? err : wp_cooc_runs_merge(c->runs, check_and_give, &out);
}

struct wp_cooc_stats wp_cooc_stats(const struct wp_cooc *c)
{
	struct wp_cooc_stats stats = c->stats;
	if (c->text.tokens)
		stats.tokens = c->text.tokens;
	if (c->runs)
		stats.spilled = wp_cooc_runs_bytes(c->runs);
	return stats;
}
