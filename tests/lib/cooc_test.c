/* Co-occurrence counts: pieces of text, packed runs and their sums, against a plain table. */
#include <inttypes.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "embed/cooc_count.h"
#include "embed/cooc_estimate.h"
#include "embed/cooc_runs.h"
#include "embed/cooc_stream.h"
#include "tap.h"

enum { WORDS = 40, TOKENS = 3000, DOCUMENTS = 300 };

/* ---- A text, and its table counted in the plainest way ---- */

static int32_t text[TOKENS]; /* -1: a sentence is over */
static uint64_t table[WORDS][DOCUMENTS];

static void make_text(uint64_t seed)
{
	struct wp_rng rng;
	wp_rng_seed(&rng, seed, 0);
	uint32_t shortest = wp_rng_below(&rng, 200) + 2; /* one in so many is an end */
	for (int i = 0; i < TOKENS; i++) {
		uint32_t a = wp_rng_below(&rng, WORDS), b = wp_rng_below(&rng, a + 1);
		text[i] = wp_rng_below(&rng, shortest) ? (int32_t)b : -1;
	}
	text[TOKENS - 1] = -1;
}

static void count_plainly(const struct wp_cooc_config *config)
{
	int document = 0;
	memset(table, 0, sizeof table);
	for (int i = 0; i < TOKENS; i++) {
		if (config->documents && text[i] >= 0 && document < DOCUMENTS)
			table[text[i]][document]++;
		document += text[i] < 0;
		for (int d = 1; !config->documents && d <= config->window; d++) {
			if (i + d >= TOKENS || text[i] < 0 || text[i + d] < 0)
				break;
			uint64_t weight = wp_cooc_weight_at(config, d);
			if (config->side != WP_COOC_LEFT)
				table[text[i]][text[i + d]] += weight;
			if (config->side != WP_COOC_RIGHT)
				table[text[i + d]][text[i]] += weight;
		}
	}
}

/* A sink that takes from the table what it gets, and notices disorder. */
struct check {
	int32_t row, col;
	bool sorted;
};

static enum wp_err subtract(
	void *arg, int32_t row, size_t count, const int32_t *col, const uint64_t *sum)
{
	struct check *check = arg;
	for (size_t i = 0; i < count; i++) {
		check->sorted &= row > check->row || (row == check->row && col[i] > check->col);
		check->sorted &= sum[i] > 0;
		check->row = row;
		check->col = col[i];
		if (col[i] < DOCUMENTS)
			table[row][col[i]] -= sum[i];
	}
	return WP_OK;
}

static bool is_empty(void)
{
	bool empty = true;
	for (int r = 0; r < WORDS; r++)
		for (int c = 0; c < DOCUMENTS; c++)
			empty &= table[r][c] == 0;
	return empty;
}

/* ---- Pieces of any size ---- */

/* Count the text in pieces of so many tokens, add them up in runs. */
static enum wp_err count_in_pieces(
	const struct wp_cooc_config *config, size_t room, size_t fan_in, struct check *check)
{
	struct wp_cooc_text piece;
	struct wp_cooc_runs *runs;
	enum wp_err err =
		wp_cooc_runs_create(&runs, WORDS, config->documents, 1 << 20, "/tmp", fan_in);
	if (err)
		return err;
	err = wp_cooc_text_init(&piece, config, WORDS, room);
	if (err) {
		wp_cooc_runs_free(runs);
		return err;
	}
	for (int i = 0; i <= TOKENS && !err; i++) {
		bool last = i == TOKENS;
		if (last || wp_cooc_text_is_full(&piece)) {
			wp_cooc_text_index(&piece, last);
			err = wp_cooc_count(&piece, config, wp_cooc_runs_put, runs);
			if (!err)
				err = wp_cooc_runs_end(runs);
			if (!err && !last)
				wp_cooc_text_advance(&piece);
		}
		if (!last && text[i] < 0)
			wp_cooc_text_end_sentence(&piece);
		else if (!last)
			wp_cooc_text_add(&piece, &text[i], 1);
	}
	wp_cooc_text_fini(&piece);
	if (!err)
		err = wp_cooc_runs_merge(runs, subtract, check);
	wp_cooc_runs_free(runs);
	return err;
}

static void pieces_equal_the_whole(void)
{
	static const int windows[] = {1, 2, 5, 10, 18, 19, 100};
	static const size_t fan_ins[] = {2, 3, 256};
	struct wp_rng rng;
	wp_rng_seed(&rng, 1, 0);
	int wrong = 0, done = 0;
	for (uint64_t seed = 0; seed < 300; seed++) {
		struct wp_cooc_config config;
		struct check check = {-1, -1, true};
		wp_cooc_default(&config);
		config.window = windows[wp_rng_below(&rng, 7)];
		config.side = (enum wp_cooc_side)wp_rng_below(&rng, 3);
		config.weight = (enum wp_cooc_weight)wp_rng_below(&rng, 2);
		config.documents = wp_rng_below(&rng, 4) == 0;
		config.threads = (int)wp_rng_below(&rng, 3) + 1;
		size_t room = 2 * (size_t)config.window + 2 + wp_rng_below(&rng, 500);
		make_text(seed);
		count_plainly(&config);
		enum wp_err err =
			count_in_pieces(&config, room, fan_ins[wp_rng_below(&rng, 3)], &check);
		done++;
		if (err || !check.sorted || !is_empty()) {
			wrong++;
			printf("# seed %" PRIu64 ": window %d side %d documents %d room %zu: "
			       "%s\n",
				seed, config.window, (int)config.side, config.documents, room,
				err ? wp_error_detail() : "other counts");
		}
	}
	ok(wrong == 0, "%d texts counted in small pieces, added up in many runs", done);
}

static void whole_by_the_front_door(void)
{
	struct wp_cooc_config config;
	struct wp_cooc *cooc;
	struct check check = {-1, -1, true};
	make_text(7);
	wp_cooc_default(&config);
	config.threads = 2;
	count_plainly(&config);
	if (wp_cooc_create(&cooc, &config, WORDS))
		abort();
	for (int i = 0, n; i < TOKENS; i += n + 1) {
		for (n = 0; text[i + n] >= 0;)
			n++;
		if (wp_cooc_add(cooc, text + i, (size_t)n / 2, false) ||
			wp_cooc_add(cooc, text + i + n / 2, (size_t)(n - n / 2), true))
			abort();
	}
	ok(wp_cooc_finish(cooc, subtract, &check) == WP_OK && check.sorted && is_empty(),
		"sentences in parts");
	struct wp_cooc_stats stats = wp_cooc_stats(cooc);
	ok(stats.pieces == 1 && stats.spilled == 0 && stats.tokens + stats.sentences == TOKENS,
		"%" PRIu64 " tokens, one piece, nothing on disk", stats.tokens);
	wp_cooc_free(cooc);
	wp_cooc_free(NULL);
}

/* ---- Numbers at their limits ---- */

static enum wp_err keep_last(
	void *arg, int32_t row, size_t count, const int32_t *col, const uint64_t *sum)
{
	uint64_t *kept = arg;
	kept[0] = (uint64_t)row;
	kept[1] = (uint64_t)col[count - 1];
	kept[2] = sum[count - 1];
	return WP_OK;
}

static void large_numbers(void)
{
	struct wp_cooc_runs *runs;
	const int32_t col[] = {0, INT32_MAX - 1};
	const uint64_t most[] = {1, (1ull << 53) - 1}, half[] = {1, 1ull << 52};
	uint64_t kept[3] = {0};
	if (wp_cooc_runs_create(&runs, 1, true, 1 << 20, "/tmp", 4) ||
		wp_cooc_runs_put(runs, 0, 2, col, most) ||
		wp_cooc_runs_put(runs, INT32_MAX - 1, 2, col, most))
		abort();
	ok(wp_cooc_runs_merge(runs, keep_last, kept) == WP_OK && kept[0] == INT32_MAX - 1 &&
			kept[1] == INT32_MAX - 1 && kept[2] == most[1],
		"the largest row, column and sum come back");
	const uint64_t above[] = {1ull << 53};
	ok(wp_cooc_runs_put(runs, INT32_MAX - 1, 1, col, above) == WP_ELIMIT &&
			strstr(wp_error_detail(), "2^53"),
		"a sum beyond what a double holds is refused");
	wp_cooc_runs_free(runs);

	struct wp_cooc_config config;
	struct wp_cooc *cooc;
	wp_cooc_default(&config);
	if (wp_cooc_create(&cooc, &config, 2))
		abort();
	const int32_t one[] = {1};
	bool added = true;
	for (int part = 0; part < 2; part++)
		added &= !wp_cooc_add_cells(cooc, 1, 1, one, half + 1) &&
			!wp_cooc_end_part(cooc);
	ok(added && wp_cooc_finish(cooc, keep_last, kept) == WP_ELIMIT,
		"also one that two parts make together");
	wp_cooc_free(cooc);
}

/* ---- Settings ---- */

static void settings(void)
{
	struct wp_cooc_config config;
	struct wp_strings list = {0};
	wp_cooc_default(&config);
	ok(wp_cooc_unit(&config) == 2520, "1/1 to 1/10 are multiples of 1/2520");
	config.window = 18;
	ok(wp_cooc_unit(&config) == 12252240, "1/1 to 1/18 are multiples of 1/12252240");
	config.window = 19;
	ok(wp_cooc_unit(&config) == 1 << 26, "beyond that, of 2^-26");
	double worst = 0;
	config.window = WP_COOC_WINDOW_MAX;
	for (int d = 1; d <= config.window; d++) {
		double value = (double)wp_cooc_weight_at(&config, d) / (1 << 26) * d;
		worst = value - 1 > worst ? value - 1 : 1 - value > worst ? 1 - value : worst;
	}
	ok(worst < 1e-5, "which is 1/d but for %.1e of it", worst);
	config.weight = WP_COOC_FLAT;
	ok(wp_cooc_unit(&config) == 1, "flat counts are whole");
	ok(wp_cooc_settings(&list, &config) == WP_OK && list.count == 4, "four settings");
	ok(wp_cooc_setting_number(&list, "window") == WP_COOC_WINDOW_MAX, "the window");
	size_t length;
	const char *side = wp_cooc_setting(&list, "side", &length);
	ok(side && length == 4 && memcmp(side, "both", 4) == 0, "the side");
	ok(wp_cooc_setting_number(&list, "side") == 0 && !wp_cooc_setting(&list, "no", &length),
		"what is no number, and what is not there");
	wp_strings_fini(&list);
	config.window = 0;
	ok(wp_cooc_check(&config) == WP_EINVAL, "a window of 0 is refused");
	config.window = WP_COOC_WINDOW_MAX + 1;
	ok(wp_cooc_check(&config) == WP_EINVAL, "a window that is too large is, too");
	wp_cooc_default(&config);
	config.memory = 1000;
	struct wp_cooc *cooc;
	ok(wp_cooc_create(&cooc, &config, 1000) == WP_ELIMIT && !cooc, "too little memory: %s",
		wp_error_detail());
	config.memory = (size_t)100 << 20;
	config.threads = 1000;
	ok(wp_cooc_create(&cooc, &config, 1000) == WP_OK, "too many threads: fewer will do");
	wp_cooc_free(cooc);
}

static void estimates(void)
{
	struct wp_cooc_config config;
	struct wp_cooc_estimator *e;
	struct wp_cooc_estimate got;
	struct wp_rng rng;
	wp_cooc_default(&config);
	if (wp_cooc_estimator_create(&e, &config, 1000))
		abort();
	wp_rng_seed(&rng, 3, 0);
	for (int i = 0; i < 40000; i++) { /* four million words, all alike */
		int32_t ids[100];
		for (int k = 0; k < 100; k++)
			ids[k] = (int32_t)wp_rng_below(&rng, 1000);
		if (wp_cooc_estimator_add(e, ids, 100, true))
			abort();
	}
	ok(wp_cooc_estimator_finish(e, &got) == WP_OK && got.tokens == 4000000 &&
			got.cells > 0.99e6 && got.cells < 1.05e6,
		"a million cells: %.0f estimated from %" PRIu64 " tokens", got.cells,
		got.sample);
	wp_cooc_estimator_free(e);
	wp_cooc_estimator_free(NULL);
}

static void memory_that_is_refused(void)
{
	struct wp_cooc_config config;
	struct check check = {-1, -1, true};
	wp_cooc_default(&config);
	make_text(9);
	long n = 0;
	enum wp_err err;
	do {
		wp_alloc_fail_at(++n);
		err = count_in_pieces(&config, 300, 2, &check);
	} while (err == WP_ENOMEM && n < 1000);
	wp_alloc_fail_at(0);
	ok(err == WP_OK && n > 20, "each of %ld allocations may fail", n - 1);
}

int main(void)
{
	settings();
	pieces_equal_the_whole();
	whole_by_the_front_door();
	large_numbers();
	estimates();
	memory_that_is_refused();
	return done_testing();
}
