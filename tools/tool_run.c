/* Running: messages, outputs, signals, progress, and the one way out. */
#define _POSIX_C_SOURCE 200809L
#include "tool.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/visible.h"

static struct {
	struct wp_output *output; /* text output, or NULL */
	struct wp_writer *writer; /* stream output, or NULL */
	struct wp_strings history;
	FILE *log;
	enum wp_status status; /* of the first failure that did not end the program */
	bool progress_shown;
	double progress_next;
} run;

/* What a signal handler may look at. */
static char *volatile temporary_file; /* a copy that lasts as long as the program */
static volatile sig_atomic_t caught_signal;
static bool catches_signals;

double wp_tool_seconds(void)
{
	static struct timespec start;
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	if (start.tv_sec == 0 && start.tv_nsec == 0)
		start = now;
	return (double)(now.tv_sec - start.tv_sec) +
		(double)(now.tv_nsec - start.tv_nsec) * 1e-9;
}

static void clear_progress(void)
{
	if (run.progress_shown)
		fprintf(stderr, "\r\033[K");
	run.progress_shown = false;
}

/* Format text to be shown; what is too long is cut. */
enum { MESSAGE = 1024, SHOWN = WP_VISIBLE_GROWTH * MESSAGE };

static WP_PRINTF(2, 0) void format_visible(char shown[SHOWN], const char *format, va_list args)
{
	char text[MESSAGE];
	int n = vsnprintf(text, sizeof text, format, args);
	size_t length = n < 0 ? 0 : strlen(text);
	if (length < (size_t)n)
		length -= wp_visible_unfinished(text, length);
	wp_visible(shown, SHOWN, text, length);
}

void wp_tool_say(const char *format, va_list args, const char *more)
{
	char shown[SHOWN];
	clear_progress();
	format_visible(shown, format, args);
	fprintf(stderr, "%s: %s%s\n", wp_tool.about->name, shown, more);
}

void wp_tool_warn(const char *format, ...)
{
	va_list args;
	if (wp_common.quiet)
		return;
	va_start(args, format);
	wp_tool_say(format, args, "");
	va_end(args);
}

void wp_tool_report(const char *format, ...)
{
	va_list args;
	if (!wp_common.verbose)
		return;
	va_start(args, format);
	wp_tool_say(format, args, "");
	va_end(args);
}

static enum wp_status status_of(enum wp_err err)
{
	switch (err) {
	case WP_OK:
	case WP_END:
		return WP_STATUS_OK;
	case WP_EINVAL:
		return WP_STATUS_USAGE;
	case WP_ETRUNC:
		return WP_STATUS_INCOMPLETE;
	case WP_ECORRUPT:
		return WP_STATUS_CORRUPT;
	case WP_EDIVERGED:
		return WP_STATUS_DIVERGED;
	case WP_ENOMEM:
	case WP_ELIMIT:
	case WP_EIO:
	case WP_EMISMATCH:
	case WP_ESTOPPED:
		break;
	}
	return WP_STATUS_FAILED;
}

/* Drop the output; whoever reads our stream is told that it failed, and why. */
static void abandon_output(const char *reason)
{
	if (run.writer)
		wp_writer_abandon(run.writer, reason);
	wp_output_discard(run.output);
	run.writer = NULL;
	run.output = NULL;
}

static _Noreturn void die(enum wp_err err, const char *message)
{
	clear_progress();
	fprintf(stderr, "%s: %s\n", wp_tool.about->name, message);
	char reason[100];
	snprintf(reason, sizeof reason, "%s: %s", wp_tool.about->name, wp_strerror(err));
	abandon_output(reason);
	exit((int)status_of(err));
}

void wp_tool_check(enum wp_err err)
{
	char message[512];
	if (err == WP_OK || err == WP_END)
		return;
	snprintf(message, sizeof message, "%s", wp_error_detail());
	die(err, message);
}

void wp_tool_complain(enum wp_err err)
{
	if (err == WP_OK || err == WP_END)
		return;
	clear_progress();
	fprintf(stderr, "%s: %s\n", wp_tool.about->name, wp_error_detail());
	if (!run.status)
		run.status = status_of(err);
}

void wp_tool_die(enum wp_err err, const char *format, ...)
{
	char message[SHOWN];
	va_list args;
	va_start(args, format);
	format_visible(message, format, args);
	va_end(args);
	die(err, message);
}

/* Signals.  By default: remove the partial file, then die of the signal as if nothing had
 * caught it. */
static void on_deadly_signal(int number)
{
	if (temporary_file)
		unlink(temporary_file);
	signal(number, SIG_DFL);
	raise(number);
}

static void on_stop_signal(int number)
{
	caught_signal = number;
}

static void install(void (*handler)(int), const int *numbers)
{
	for (; *numbers; numbers++) {
		struct sigaction action = {.sa_handler = SIG_IGN}, old;
		if (sigaction(*numbers, NULL, &old) == 0 && old.sa_handler == SIG_IGN)
			continue; /* as nohup(1) wants it */
		sigemptyset(&action.sa_mask);
		action.sa_handler = handler;
		action.sa_flags = SA_RESTART;
		sigaction(*numbers, &action, NULL);
	}
}

static const int deadly[] = {SIGHUP, SIGPIPE, SIGXFSZ, 0};
static const int stopping[] = {SIGINT, SIGTERM, 0};

static void guard_temporary(const struct wp_output *output)
{
	const char *name = wp_output_temporary(output);
	if (!name)
		return;
	temporary_file = strdup(name);
	install(on_deadly_signal, deadly);
	if (!catches_signals)
		install(on_deadly_signal, stopping);
}

const volatile sig_atomic_t *wp_tool_catch_signals(void)
{
	catches_signals = true;
	install(on_stop_signal, stopping);
	return &caught_signal;
}

void wp_tool_die_of_signal(void)
{
	clear_progress();
	abandon_output("stopped by a signal");
	on_deadly_signal(caught_signal ? caught_signal : SIGTERM);
	exit(WP_STATUS_FAILED);
}

struct wp_output *wp_tool_output(void)
{
	if (!run.output) {
		wp_tool_check(wp_output_open(&run.output, wp_common.output));
		guard_temporary(run.output);
	}
	return run.output;
}

struct wp_writer *wp_tool_writer(int level)
{
	if (!run.writer) {
		struct wp_output *output;
		wp_tool_check(wp_output_open(&output, wp_common.output));
		guard_temporary(output);
		wp_tool_check(wp_writer_open(&run.writer, output, level));
	}
	return run.writer;
}

void wp_tool_refuse_terminal(const char *path)
{
	if ((!path || strcmp(path, "-") == 0) && isatty(STDIN_FILENO) == 1)
		wp_tool_usage("standard input is a terminal, not a tensor stream");
}

struct wp_reader *wp_tool_reader(const char *path)
{
	struct wp_reader *reader;
	wp_tool_refuse_terminal(path);
	wp_tool_check(wp_reader_open(&reader, path));
	return reader;
}

bool wp_tool_take_history(struct wp_reader *reader, const struct wp_tensor *tensor)
{
	if (strcmp(tensor->name, "history") != 0 || tensor->type != WP_STRING)
		return false;
	struct wp_strings lines = {0};
	wp_tool_check(wp_reader_strings(reader, &lines));
	for (size_t i = 0; i < lines.count; i++) {
		size_t length, known_length, k = 0;
		const char *line = wp_strings_get(&lines, i, &length);
		for (; k < run.history.count; k++) {
			const char *known = wp_strings_get(&run.history, k, &known_length);
			if (known_length == length && memcmp(known, line, length) == 0)
				break;
		}
		if (k == run.history.count)
			wp_tool_check(wp_strings_add(&run.history, line, length));
	}
	wp_strings_fini(&lines);
	return true;
}

void wp_tool_put_history(void)
{
	if (wp_common.no_history)
		return;
	const char *line = wp_tool_history_line();
	wp_tool_check(wp_strings_add(&run.history, line, strlen(line)));
	wp_tool_check(wp_writer_put_list(run.writer, "history", &run.history));
}

/* Progress. */
enum { PROGRESS_MILLISECONDS = 250 };

bool wp_tool_progress_due(void)
{
	static int wanted = -1;
	if (wanted < 0) {
		const char *term = getenv("TERM");
		wanted = !wp_common.quiet && !wp_common.no_progress &&
			isatty(STDERR_FILENO) == 1 && term && strcmp(term, "dumb") != 0;
	}
	return wanted && wp_tool_seconds() >= run.progress_next;
}

void wp_tool_progress(double share, const char *format, ...)
{
	if (!wp_tool_progress_due())
		return;
	double now = wp_tool_seconds();
	run.progress_next = now + PROGRESS_MILLISECONDS * 1e-3;
	run.progress_shown = true;
	fprintf(stderr, "\r\033[K%s: ", wp_tool.about->name);
	if (share > 0) {
		double left = now / share - now;
		int hours = (int)(left / 3600), minutes = (int)(left / 60) % 60;
		fprintf(stderr, "%5.1f %%  ", 100 * share);
		if (hours > 0)
			fprintf(stderr, "%d h %02d min left  ", hours, minutes);
		else
			fprintf(stderr, "%d:%02d left  ", minutes, (int)left % 60);
	}
	char shown[SHOWN];
	va_list args;
	va_start(args, format);
	format_visible(shown, format, args);
	va_end(args);
	fputs(shown, stderr);
	fflush(stderr);
}

/* The log is written in place, line by line: it is there to be watched, and to be read when a
 * run did not end well. */
void wp_tool_log_start(const char *columns)
{
	if (!wp_common.log)
		return;
	run.log = fopen(wp_common.log, "w");
	if (!run.log)
		wp_tool_check(wp_fail_errno("%s: cannot open", wp_common.log));
	setvbuf(run.log, NULL, _IOLBF, 0);
	fprintf(run.log, "%s\n", columns);
}

void wp_tool_log(const char *format, ...)
{
	va_list args;
	if (!run.log)
		return;
	va_start(args, format);
	vfprintf(run.log, format, args);
	va_end(args);
	fputc('\n', run.log);
}

static void close_log(void)
{
	bool failed = run.log && ferror(run.log);
	if (run.log && (fclose(run.log) != 0 || failed))
		wp_tool_check(wp_fail_errno("%s: cannot write", wp_common.log));
	run.log = NULL;
}

int wp_tool_finish(void)
{
	enum wp_err err = WP_OK;
	clear_progress();
	/* A file appears when all went well; what went to standard output stays there. */
	if (run.status && run.output && wp_output_temporary(run.output))
		wp_output_discard(run.output);
	else if (run.status && run.writer)
		wp_writer_abandon(run.writer, "not all of the input could be read");
	else if (run.writer)
		err = wp_writer_finish(run.writer);
	else if (run.output)
		err = wp_output_commit(run.output);
	run.writer = NULL;
	run.output = NULL;
	wp_tool_check(err);
	close_log();
	wp_tool_report("%.2f s, %.1f MiB of memory at most", wp_tool_seconds(),
		(double)wp_peak_memory() / (1 << 20));
	wp_strings_fini(&run.history);
	return (int)run.status;
}
