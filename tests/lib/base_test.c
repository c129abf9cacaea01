/* The ground floor: errors, memory, lists of strings, random numbers, threads. */
#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "base/random.h"
#include "base/strings.h"
#include "base/trend.h"
#include "tap.h"

static void errors(void)
{
	char longer[12000];
	memset(longer, 'x', sizeof longer - 1);
	longer[sizeof longer - 1] = '\0';
	ok(wp_fail(WP_ECORRUPT, "%s: bad %d", "a\nb\x1b", 7) == WP_ECORRUPT &&
			strcmp(wp_error_detail(), "a\\x0ab\\x1b: bad 7") == 0,
		"a detail is one line");
	ok(wp_fail(WP_EINVAL, "%s", longer) == WP_EINVAL && strlen(wp_error_detail()) == 5119,
		"and not too long");
	errno = ENOENT;
	ok(wp_fail_errno("%s: cannot open", "file") == WP_EIO &&
			strcmp(wp_error_detail(),
				"file: cannot open: No such file or directory") == 0,
		"with the system's reason");
	errno = ENOMEM;
	ok(wp_fail_errno("%s", longer) == WP_ENOMEM, "no memory is told apart");
	bool all = true;
	for (enum wp_err e = WP_OK; e <= WP_ESTOPPED; e++)
		all = all && strcmp(wp_strerror(e), wp_strerror((enum wp_err)99)) != 0;
	ok(all, "every code has its words");
}

static void settings(void)
{
	wp_fail(WP_ELIMIT, "a.bin: see \1memory or %s\1top", "10 ");
	ok(strcmp(wp_error_detail(), "a.bin: see memory or 10 top") == 0 &&
			strcmp(wp_error_option_detail(), "a.bin: see --memory or 10 --top") ==
				0,
		"names of settings are options for programs");
	char text[12000];
	memset(text, 1, sizeof text - 1);
	text[sizeof text - 1] = '\0';
	wp_fail(WP_EIO, "%s", text);
	ok(strlen(wp_error_detail()) < 5120 && strlen(wp_error_option_detail()) < 5120,
		"of whatever length");
}

static void memory(void)
{
	size_t product = 7;
	ok(!wp_mulsize(SIZE_MAX / 2, 3, &product) && product == 7 &&
			wp_mulsize(SIZE_MAX, 1, &product) && product == SIZE_MAX &&
			wp_mulsize(SIZE_MAX, 0, &product) && product == 0,
		"products are checked");
	int *array = NULL;
	size_t room = 0, steps = 0, last = 0;
	for (size_t n = 1; n <= 100000; n++) {
		if (wp_grow(&array, &room, n, sizeof *array, "array"))
			abort();
		array[n - 1] = (int)n;
		steps += room != last;
		last = room;
	}
	ok(steps < 40 && array[0] == 1 && array[99999] == 100000, "arrays grow in %zu steps",
		steps);
	ok(wp_grow(&array, &room, SIZE_MAX / 2, sizeof *array, "array") == WP_ENOMEM &&
			room == last && array[99999] == 100000 &&
			strstr(wp_error_detail(), "array: cannot get memory: "),
		"and stay where they cannot: %s", wp_error_detail());
	wp_alloc_fail_at(2);
	void *p = NULL, *q = NULL;
	bool refused =
		wp_alloc(&p, 1, 1, "one") == WP_OK && wp_alloc(&q, 1, 1, "two") == WP_ENOMEM;
	ok(refused && p && !q && wp_alloc(&q, 0, 8, "none") == WP_OK && q,
		"the n-th allocation can be made to fail");
	free(p);
	free(q);
	free(array);
	static const size_t sizes[] = {0, 1, 64, 5000, (2 << 20) + 1};
	bool good = true;
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		unsigned char *table;
		if (wp_table_alloc(&table, sizes[i], "table"))
			abort();
		good = good && (uintptr_t)table % 64 == 0;
		for (size_t k = 0; k < sizes[i]; k++)
			good = good && table[k] == 0;
		free(table);
	}
	ok(good, "tables are aligned and zero");
	ok(wp_table_alloc(&p, SIZE_MAX - 5, "table") == WP_ENOMEM && !p, "but not of any size");
}

static void strings(void)
{
	struct wp_strings list = {0};
	char text[32];
	size_t length, total = 0;
	for (int i = 0; i < 5000; i++) {
		int n = snprintf(text, sizeof text, "%d%c%d", i, i % 7 ? 'x' : 0, i);
		total += (size_t)n;
		if (wp_strings_add(&list, text, (size_t)n))
			abort();
	}
	bool good = list.count == 5000 && wp_strings_bytes(&list) == total;
	for (int i = 0; i < 5000; i++) {
		size_t n = (size_t)snprintf(text, sizeof text, "%d%c%d", i, i % 7 ? 'x' : 0, i);
		const char *s = wp_strings_get(&list, (size_t)i, &length);
		good = good && length == n && memcmp(s, text, n) == 0;
	}
	ok(good, "strings of any bytes are kept");
	wp_strings_fini(&list);
	ok(list.count == 0 && wp_strings_bytes(&list) == 0 && !wp_strings_add(&list, NULL, 0) &&
			list.count == 1,
		"an empty string is one");
	wp_strings_fini(&list);
}

static void random_numbers(void)
{
	struct wp_rng a, b, c;
	wp_rng_seed(&a, 1, 0);
	wp_rng_seed(&b, 1, 0);
	wp_rng_seed(&c, 1, 1);
	int same = 0, other = 0, outside = 0;
	int count[10] = {0};
	double sum = 0;
	for (int i = 0; i < 100000; i++) {
		uint64_t x = wp_rng_next(&a);
		same += x == wp_rng_next(&b);
		other += x == wp_rng_next(&c);
		count[wp_rng_below(&c, 10)]++;
		float f = wp_rng_float(&c);
		double d = wp_rng_double(&c);
		outside += !(f >= 0 && f < 1) || !(d >= 0 && d < 1);
		sum += d;
	}
	ok(same == 100000 && other == 0, "a seed and a lane name a sequence");
	bool even = true;
	for (int i = 0; i < 10; i++)
		even = even && count[i] > 9500 && count[i] < 10500;
	ok(even && outside == 0 && sum > 49500 && sum < 50500, "numbers are spread evenly");
	struct wp_rng known = {{1, 2, 3, 4}};
	ok(wp_rng_next(&known) == 11520 && wp_rng_next(&known) == 0 &&
			wp_rng_next(&known) == 1509978240,
		"and are those of xoshiro256**");
}

static enum wp_err count_in(int thread, void *arg)
{
	atomic_fetch_add((atomic_int *)arg, 1 << (4 * thread));
	return thread >= 2 ? wp_fail(WP_EIO, "thread %d", thread) : WP_OK;
}

static void threads(void)
{
	atomic_int seen = 0;
	ok(!wp_parallel(1, count_in, &seen) && seen == 1, "one thread is a call");
	seen = 0;
	ok(!wp_parallel(2, count_in, &seen) && seen == 0x11, "two threads");
	seen = 0;
	ok(wp_parallel(4, count_in, &seen) == WP_EIO && seen == 0x1111 &&
			strcmp(wp_error_detail(), "thread 2") == 0,
		"the first failure is the result, with its detail");
	ok(wp_processors() >= 1, "there is a processor");
}

/* Has a training with these mean losses of its ten parts a loss that rises? */
static bool rises(const double part[10])
{
	struct wp_trend trend = {0};
	double loss = 0;
	for (int i = 0; i < 10; i++)
		wp_trend_add(&trend, (i + 1) / 10.0, loss += part[i], i + 1);
	return wp_trend_rises(&trend);
}

static void trends(void)
{
	ok(!rises((double[]){9, 8, 7, 6, 5, 4, 3, 2, 1, 1}), "a loss that falls does not rise");
	ok(rises((double[]){9, 8, 7, 6, 5, 4, 3, 4, 5, 6}),
		"it does where it rises in the end");
	ok(rises((double[]){4, 4, 30, 9, 3, 2.5, 2.4, 2.3, 2.2, 2.1}),
		"and where it has burst on the way");
	ok(!rises((double[]){9, 1, .1, .01, 1e-3, 1e-4, 1e-5, 1e-5, 2e-5, 4e-5}),
		"next to nothing it may go up and down");
}

int main(void)
{
	errors();
	settings();
	memory();
	strings();
	random_numbers();
	threads();
	trends();
	return done_testing();
}
