/* Sorting in bounded memory: the same as in memory, whatever the memory and the fan-in; sums.
 */
#define _DEFAULT_SOURCE /* setrlimit(RLIMIT_FSIZE) */
#include "base/sorter.h"

#include <signal.h>
#include <string.h>
#include <sys/resource.h>

#include "base/memory.h"
#include "base/random.h"
#include "tap.h"

enum { WORDS = 4, N = 400000 };

static int by_keys(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;
	for (int i = 0; i < 3; i++)
		if (x[i] != y[i])
			return x[i] < y[i] ? -1 : 1;
	return 0;
}

/* Records over few and many keys, some of them above 2^31. */
static uint32_t *make_records(uint32_t most)
{
	uint32_t *records = malloc(N * WORDS * sizeof *records);
	struct wp_rng rng;
	wp_rng_seed(&rng, 7, most);
	for (size_t i = 0; i < N; i++) {
		for (size_t k = 0; k < 3; k++)
			records[i * WORDS + k] = (uint32_t)(wp_rng_next(&rng) % most) *
				(k == 1 ? 0x01010101u : 1u);
		records[i * WORDS + 3] = (uint32_t)(wp_rng_next(&rng) % 100);
	}
	return records;
}

static enum wp_err sort(const struct wp_sorter_config *config, const uint32_t *records,
	size_t n, uint32_t *out, size_t *count, uint64_t *bytes)
{
	struct wp_sorter *s;
	const uint32_t *record;
	enum wp_err err = wp_sorter_create(&s, config);
	*count = 0;
	if (err)
		return err;
	for (size_t i = 0; i < n && !err; i++)
		err = wp_sorter_put(s, records + i * WORDS);
	while (!err && !(err = wp_sorter_next(s, &record)))
		memcpy(out + (*count)++ * WORDS, record, WORDS * sizeof *record);
	*bytes = wp_sorter_bytes(s);
	wp_sorter_free(s);
	return err == WP_END ? WP_OK : err;
}

static void compare_with_qsort(uint32_t most)
{
	uint32_t *records = make_records(most), *want = malloc(N * WORDS * sizeof *want),
		 *got = malloc(N * WORDS * sizeof *got);
	size_t count, sums = 0;
	uint64_t bytes;
	memcpy(want, records, N * WORDS * sizeof *want);
	qsort(want, N, WORDS * sizeof *want, by_keys);
	for (size_t i = 0; i < N; i++) {
		uint32_t *last = sums > 0 ? want + (sums - 1) * WORDS : NULL;
		uint32_t *now = want + i * WORDS;
		if (last && by_keys(last, now) == 0)
			last[3] += now[3];
		else
			memmove(want + sums++ * WORDS, now, WORDS * sizeof *now);
	}
	const struct {
		size_t memory, fan_in;
	} settings[] = {{64 << 20, 0}, {1 << 20, 0}, {1 << 20, 2}, {2 << 20, 3}};
	for (size_t k = 0; k < sizeof settings / sizeof *settings; k++) {
		const struct wp_sorter_config config = {.words = WORDS,
			.keys = 3,
			.sum = true,
			.memory = settings[k].memory,
			.fan_in = settings[k].fan_in,
			.directory = "/tmp"};
		enum wp_err err = sort(&config, records, N, got, &count, &bytes);
		ok(!err && count == sums && memcmp(got, want, sums * WORDS * sizeof *got) == 0,
			"keys below %u, %zu MiB, fan-in %zu: sorted and added up", most,
			settings[k].memory >> 20, settings[k].fan_in);
		ok(most < 100 || (bytes > 0) == (settings[k].memory < N * WORDS * 4),
			"... %llu bytes on disk", (unsigned long long)bytes);
	}
	const struct wp_sorter_config whole = {
		.words = WORDS, .keys = 4, .memory = 1 << 20, .directory = "/tmp"};
	bool rising = !sort(&whole, records, N, got, &count, &bytes) && count == N;
	for (size_t i = 1; i < count; i++)
		rising = rising && by_keys(got + (i - 1) * WORDS, got + i * WORDS) <= 0;
	ok(rising, "keys below %u: without sums all records come back, in order", most);
	free(records);
	free(want);
	free(got);
}

static void refuse(void)
{
	const struct wp_sorter_config sum = {
		.words = WORDS, .keys = 3, .sum = true, .memory = 1 << 20, .directory = "/tmp"};
	const uint32_t most[2 * WORDS] = {1, 2, 3, UINT32_MAX, 1, 2, 3, 1};
	uint32_t out[2 * WORDS], *records = make_records(1000);
	size_t count;
	uint64_t bytes;
	ok(sort(&sum, most, 2, out, &count, &bytes) == WP_ELIMIT, "a sum of 2^32 is refused");
	ok(!sort(&sum, most, 0, out, &count, &bytes) && count == 0, "no record, none back");
	const struct wp_sorter_config nowhere = {
		.words = WORDS, .keys = 3, .memory = 1 << 20, .directory = "/nonexistent"};
	uint32_t *room = malloc(N * WORDS * sizeof *room);
	ok(sort(&nowhere, records, N, room, &count, &bytes) == WP_EIO,
		"a directory that is not there: %s", wp_error_detail());
	const struct rlimit small = {1 << 20, RLIM_INFINITY};
	struct rlimit before;
	getrlimit(RLIMIT_FSIZE, &before);
	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &small);
	enum wp_err err = sort(&sum, records, N, room, &count, &bytes);
	setrlimit(RLIMIT_FSIZE, &before);
	ok(err == WP_EIO && strstr(wp_error_detail(), "/tmp: temporary file: cannot write"),
		"a file that may not grow: %s", wp_error_detail());
	for (long n = 1; n < 40; n++) {
		wp_alloc_fail_at(n);
		err = sort(&sum, records, N, room, &count, &bytes);
		if (err && err != WP_ENOMEM)
			break;
	}
	wp_alloc_fail_at(0);
	ok(!err || err == WP_ENOMEM, "no memory: an error and no crash");
	free(room);
	free(records);
}

int main(void)
{
	compare_with_qsort(3);
	compare_with_qsort(40);
	compare_with_qsort(100000);
	refuse();
	return done_testing();
}
