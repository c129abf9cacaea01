#define _GNU_SOURCE /* sched_getaffinity */
#include "base/parallel.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <stdio.h>
#include <unistd.h>

#include "base/memory.h"

struct worker {
	pthread_t id;
	int number;
	enum wp_err (*work)(int, void *);
	void *arg;
	enum wp_err result;
	char detail[512];
};

static void *run_worker(void *arg)
{
	struct worker *w = arg;
	w->result = w->work(w->number, w->arg);
	if (w->result)
		snprintf(w->detail, sizeof w->detail, "%s", wp_error_detail());
	return NULL;
}

enum wp_err wp_parallel(int threads, enum wp_err (*work)(int, void *), void *arg)
{
	if (threads <= 1)
		return work(0, arg);
	struct worker *workers;
	enum wp_err err = wp_alloc(&workers, (size_t)threads, sizeof *workers, "threads");
	if (err)
		return err;
	int started = 1;
	int reason = 0;
	for (int t = 0; t < threads; t++)
		workers[t] = (struct worker){.number = t, .work = work, .arg = arg};
	while (started < threads && !reason) {
		struct worker *w = &workers[started];
		reason = pthread_create(&w->id, NULL, run_worker, w);
		started += !reason;
	}
	run_worker(&workers[0]);
	for (int t = 1; t < started; t++)
		pthread_join(workers[t].id, NULL);
	for (int t = 0; t < started && !err; t++)
		if ((err = workers[t].result))
			wp_fail(err, "%s", workers[t].detail);
	if (!err && reason) {
		errno = reason;
		err = wp_fail_errno(
			"threads: cannot start thread %d of %d", started + 1, threads);
	}
	free(workers);
	return err;
}

int wp_processors(void)
{
#ifdef __linux__
	cpu_set_t set;
	if (sched_getaffinity(0, sizeof set, &set) == 0)
		return CPU_COUNT(&set);
#endif
	long n = sysconf(_SC_NPROCESSORS_ONLN);
	return n > 0 ? (int)n : 1;
}
