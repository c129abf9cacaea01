/* Threads: run one function on several threads and wait for all of them. */
#ifndef WP_BASE_PARALLEL_H
#define WP_BASE_PARALLEL_H

#include "base/error.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Call work(thread, arg) for thread = 0 .. threads-1, all at once, 0 on the calling thread;
 * return when all have returned.  The first failure by thread number is the result, with its
 * detail handed over to the calling thread.  Where the system gives fewer threads than asked
 * for, WP_EIO: no part of the work is left out silently. */
WP_MUST_CHECK enum wp_err wp_parallel(
	int threads, enum wp_err (*work)(int thread, void *arg), void *arg);

/* Processors that this process may run on (its affinity mask counts), at least 1. */
int wp_processors(void);

#ifdef __cplusplus
}
#endif
#endif
