/* Test Anything Protocol for the C tests: one "ok" or "not ok" line per claim, then the plan.
 *
 *     ok(1 + 1 == 2, "%d is two", 1 + 1);
 *     return done_testing();
 */
#ifndef TAP_H
#define TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

static int tap_claims, tap_failures;

#if defined(__GNUC__) || defined(__clang__)
__attribute__((format(printf, 4, 5)))
#endif
static inline bool
tap_claim(bool holds, const char *file, int line, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	printf("%sok %d - ", holds ? "" : "not ", ++tap_claims);
	vprintf(format, args);
	printf("\n");
	fflush(stdout); /* a crash leaves what was said before it */
	va_end(args);
	if (!holds) {
		tap_failures++;
		printf("# at %s:%d\n", file, line);
	}
	return holds;
}

/* State a claim; true if it holds.  Where it does not, the test goes on. */
#define ok(holds, ...) tap_claim((holds), __FILE__, __LINE__, __VA_ARGS__)

/* A claim that cannot be checked here, and why. */
#define skip(why, ...) \
	do { \
		printf("ok %d - ", ++tap_claims); \
		printf(__VA_ARGS__); \
		printf(" # SKIP %s\n", (why)); \
	} while (0)

/* Print the plan; the exit status of the test. */
static inline int done_testing(void)
{
	printf("1..%d\n", tap_claims);
	return tap_failures ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* Where the test data lie that are too large to be part of the source. */
static inline const char *tap_data_dir(void)
{
	const char *dir = getenv("WORDPIPE_DATA");
	return dir ? dir : "../shared/data";
}

#endif
