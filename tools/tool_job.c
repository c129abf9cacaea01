/* Training: progress is saved now and then, and when a signal says stop. */
#include "tool_parts.h"

void wp_tool_resume(const struct wp_tool_job *job)
{
	if (!wp_common.resume)
		return;
	struct wp_reader *reader = wp_tool_reader(wp_common.resume);
	wp_tool_check(job->load(job->model, reader, wp_tool_history_line()));
}

/* The last good checkpoint stays where the new one cannot be written. */
static bool save(const struct wp_tool_job *job)
{
	static bool failing;
	enum wp_err err = wp_tool_write_file(wp_common.checkpoint, job->save, job->model);
	if (err && !failing)
		wp_tool_note_failure("%s: no new checkpoint", wp_error_option_detail());
	failing = err != WP_OK;
	return !err;
}

static _Noreturn void stop_here(const struct wp_tool_job *job)
{
	if (wp_common.checkpoint && save(job))
		wp_tool_warn("stopped; --resume %s continues", wp_common.checkpoint);
	if (job->stopped)
		job->stopped(job->model);
	wp_tool_die_of_signal();
}

static double saved_at; /* when the last checkpoint was */

static bool time_is_over(void)
{
	return wp_common.max_time > 0 && wp_tool_seconds() >= wp_common.max_time;
}

static bool is_due(void)
{
	return wp_common.checkpoint && wp_common.checkpoint_seconds > 0 &&
		wp_tool_seconds() - saved_at >= wp_common.checkpoint_seconds;
}

bool wp_tool_pauses(void)
{
	return time_is_over() || is_due();
}

enum wp_err wp_tool_train(const struct wp_tool_job *job)
{
	bool catches = wp_common.checkpoint || job->stopped;
	bool saves = wp_common.checkpoint &&
		(wp_common.checkpoint_every > 0 || wp_common.checkpoint_seconds > 0);
	const volatile sig_atomic_t *stop = catches ? wp_tool_catch_signals() : NULL;
	double every = job->by_steps ? 0 : (double)wp_common.checkpoint_every;
	enum wp_err err = WP_OK;
	saved_at = wp_tool_seconds();
	while (!err && !job->ended(job->model) && !time_is_over()) {
		err = job->run(job->model, stop);
		if (err || !saves || job->ended(job->model) ||
			wp_tool_seconds() - saved_at < every)
			continue;
		save(job);
		saved_at = wp_tool_seconds();
	}
	if (err == WP_ESTOPPED)
		stop_here(job);
	if (!err && wp_common.checkpoint && !job->ended(job->model))
		save(job); /* time is over */
	return err;
}
