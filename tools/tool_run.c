/* Running: messages, progress, the log, and the one way out. */
#define _DEFAULT_SOURCE /* TIOCGWINSZ */
#define _POSIX_C_SOURCE 200809L
#include "tool_parts.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/trend.h"
#include "base/visible.h"
#include "text/pair_text.h"
#include "text/vocab.h"

static struct {
	FILE *log;
	enum wp_status status; /* of the first failure that did not end the program */
	bool incomplete;       /* something failed that the outputs do not need     */
	bool progress_shown;
	double progress_next;
} run;

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
enum { MESSAGE = 4096 + 1024, SHOWN = WP_VISIBLE_GROWTH * MESSAGE };

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

static _Noreturn void die(enum wp_err err, const char *message)
{
	clear_progress();
	fprintf(stderr, "%s: %s\n", wp_tool.about->name, message);
	char reason[100];
	snprintf(reason, sizeof reason, "%s: %s", wp_tool.about->name, wp_strerror(err));
	wp_tool_abandon(reason, false);
	exit((int)status_of(err));
}

void wp_tool_check(enum wp_err err)
{
	if (err == WP_OK || err == WP_END)
		return;
	die(err, wp_error_option_detail());
}

void wp_tool_complain(enum wp_err err)
{
	if (err == WP_OK || err == WP_END)
		return;
	clear_progress();
	fprintf(stderr, "%s: %s\n", wp_tool.about->name, wp_error_option_detail());
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

void wp_tool_note_failure(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	wp_tool_say(format, args, "");
	va_end(args);
	run.incomplete = true;
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

/* ARPA files are text, too, but there is a way to make a model of them. */
static bool is_text(const char *data, size_t have)
{
	for (size_t i = 0; i < have; i++)
		if (((unsigned char)data[i] < 0x20 && !strchr("\t\n\r", data[i])) || !data[i])
			return false;
	return have > 0 && data[0] != '\\';
}

struct wp_reader *wp_tool_model(const char *path, const char *maker)
{
	struct wp_reader *reader;
	struct wp_input *input;
	const char *data;
	size_t have;
	bool first = strncmp(wp_tool.about->operands, "model", 5) == 0;
	wp_tool_refuse_terminal(path);
	wp_tool_check(wp_input_open(&input, path));
	wp_tool_check(wp_input_peek(input, 32, &data, &have));
	if (is_text(data, have < 32 ? have : 32))
		wp_tool_die(WP_ECORRUPT, "%s: text, not a model as %s writes it%s%s%s",
			wp_input_name(input), maker, first ? ": '" : "",
			first ? wp_tool.about->name : "",
			first ? " MODEL FILE' takes the model first" : "");
	wp_tool_check(wp_reader_over(&reader, input));
	return reader;
}

/* Progress: one line that is written again and again.  It must not reach the last column, for a
 * line that wraps stays when the next one is written over it. */
enum { PROGRESS_MILLISECONDS = 250, FIELDS = 16, NARROWEST = 12 };

/* Is there somebody to watch? */
static bool is_watched(void)
{
	static int watched = -1;
	if (watched < 0) {
		const char *term = getenv("TERM");
		watched = !wp_common.quiet && !wp_common.no_progress &&
			isatty(STDERR_FILENO) == 1 && term && strcmp(term, "dumb") != 0;
	}
	return watched;
}

/* Columns of the terminal, asked anew each time, for it may have changed (SIGWINCH). */
static size_t terminal_width(void)
{
	struct winsize size;
	const char *columns = getenv("COLUMNS");
	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		return size.ws_col;
	return columns && atoi(columns) > 0 ? (size_t)atoi(columns) : 80;
}

/* Columns that a text takes: its characters, none of which is wide in what we write. */
static size_t width_of(const char *text)
{
	size_t n = 0;
	for (; *text; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

/* Put the fields of the text, which two spaces separate, into `line`, as many as go into
 * `width` columns behind what stands there.  The first field, where the work is, and the last
 * ones, how well it goes, stay the longest; what cannot stay whole is cut. */
static void add_fields(char *line, size_t size, const char *text, size_t width)
{
	char copy[SHOWN], *field[FIELDS] = {copy};
	size_t n = 0, used = width_of(line), need = used;
	snprintf(copy, sizeof copy, "%s", text);
	for (char *p = copy; p && n < FIELDS; n++) {
		field[n] = p;
		char *gap = n + 1 < FIELDS ? strstr(p, "  ") : NULL;
		if (gap)
			*gap = '\0';
		p = gap ? gap + 2 + strspn(gap + 2, " ") : NULL;
		need += width_of(field[n]) + (n > 0 ? 2 : 0);
	}
	while (n > 1 && need > width) {
		size_t drop = n > 2 ? 1 : 0;
		need -= width_of(field[drop]) + 2;
		memmove(field + drop, field + drop + 1, (n - drop - 1) * sizeof *field);
		n--;
	}
	for (size_t i = 0; i < n; i++) {
		size_t end = strlen(line);
		snprintf(line + end, size - end, "%s%s", i ? "  " : "", field[i]);
	}
	char *p = line;
	for (size_t columns = 0; *p; p++) {
		columns += ((unsigned char)*p & 0xc0) != 0x80;
		if (columns > width)
			break;
	}
	*p = '\0';
}

bool wp_tool_progress_due(void)
{
	return is_watched() && wp_tool_seconds() >= run.progress_next;
}

void wp_tool_progress(double share, const char *format, ...)
{
	if (!wp_tool_progress_due())
		return;
	double now = wp_tool_seconds();
	run.progress_next = now + PROGRESS_MILLISECONDS * 1e-3;
	size_t width = terminal_width();
	width = width > NARROWEST ? width - 1 : NARROWEST - 1;
	char line[2 * SHOWN] = "", shown[SHOWN];
	if (width >= 60)
		snprintf(line, sizeof line, "%s: ", wp_tool.about->name);
	size_t used = strlen(line);
	if (share > 0) {
		double left = now / share - now;
		int hours = (int)(left / 3600), minutes = (int)(left / 60) % 60;
		used += (size_t)snprintf(
			line + used, sizeof line - used, "%5.1f %%  ", 100 * share);
		if (hours > 0)
			snprintf(line + used, sizeof line - used, "%d h %02d min left  ", hours,
				minutes);
		else
			snprintf(line + used, sizeof line - used, "%d:%02d left  ", minutes,
				(int)left % 60);
	}
	va_list args;
	va_start(args, format);
	format_visible(shown, format, args);
	va_end(args);
	add_fields(line, sizeof line, shown, width);
	run.progress_shown = true;
	fprintf(stderr, "\r\033[K%s", line);
	fflush(stderr);
}

/* How many bytes of a text go into `width` columns, if possible up to a space. */
static size_t fitting(const char *text, size_t width)
{
	size_t columns = 0, at = 0, space = 0;
	for (; text[at]; at++) {
		columns += ((unsigned char)text[at] & 0xc0) != 0x80;
		if (columns > width)
			return space ? space : at;
		if (text[at] == ' ')
			space = at;
	}
	return at;
}

/* Write a line, and where the terminal is narrower its rest on further ones, set in. */
static void put_folded(const char *text, size_t width)
{
	enum { SET_IN = 2 };
	size_t n = fitting(text, width);
	fprintf(stderr, "%.*s\n", (int)n, text);
	while (*(text += n)) {
		text += strspn(text, " ");
		n = fitting(text, width - SET_IN);
		fprintf(stderr, "%*s%.*s\n", SET_IN, "", (int)n, text);
	}
}

void wp_tool_milestone(const char *format, ...)
{
	char line[2 * SHOWN];
	va_list args;
	if (!wp_common.verbose && !is_watched())
		return;
	va_start(args, format);
	if (isatty(STDERR_FILENO) != 1) {
		wp_tool_say(format, args, "");
		va_end(args);
		return;
	}
	size_t width = terminal_width();
	width = width > NARROWEST ? width : NARROWEST;
	int name = width >= 60 ? snprintf(line, sizeof line, "%s: ", wp_tool.about->name) : 0;
	format_visible(line + name, format, args);
	va_end(args);
	clear_progress();
	put_folded(line, width);
}

/* Seconds of processors that this process has used. */
static double processor_seconds(void)
{
	struct timespec used;
	if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used) != 0)
		return 0;
	return (double)used.tv_sec + (double)used.tv_nsec * 1e-9;
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
	if (fprintf(run.log, "%s\n", columns) < 0)
		wp_tool_check(wp_fail_errno("%s: cannot write", wp_common.log));
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

static struct {
	double since, tokens;
} steps;

void wp_tool_log_start_steps(const char *more, double first)
{
	char columns[512];
	snprintf(columns, sizeof columns,
		"step\tepoch\tseconds\ttokens\ttokens_per_second\trate\tloss\t%s", more);
	wp_tool_log_start(columns);
	steps.since = wp_tool_seconds();
	steps.tokens = first;
}

void wp_tool_log_step(const struct wp_tool_step *s, const char *format, ...)
{
	va_list args;
	char rate[32] = "-", loss[32] = "-";
	if (!run.log)
		return;
	double seconds = wp_tool_seconds() - steps.since;
	double speed = seconds > 0 ? (s->tokens - steps.tokens) / seconds : 0;
	if (!isnan(s->rate))
		snprintf(rate, sizeof rate, "%.6g", s->rate);
	if (!isnan(s->loss))
		snprintf(loss, sizeof loss, "%.9g", s->loss);
	fprintf(run.log, "%" PRId64 "\t%d\t%.3f\t%.0f\t%.0f\t%s\t%s\t", s->step, s->epoch,
		seconds, s->tokens, speed, rate, loss);
	va_start(args, format);
	vfprintf(run.log, format, args);
	va_end(args);
	fputc('\n', run.log);
}

void wp_tool_judge_loss(const struct wp_trend *trend, double chance, double rate)
{
	static const char advice[] =
		"the result is likely of no use; a smaller --rate may help";
	bool burst = trend->most > 2 * trend->first; /* on the way */
	if (wp_trend_rises(trend))
		wp_tool_warn("the loss rose from %.4f to %.4f at the rate %g: %s",
			burst ? trend->first : trend->least, burst ? trend->most : trend->last,
			rate, advice);
	else if (chance > 0 && trend->last > 1.1 * chance)
		wp_tool_warn("the loss at the end, %.4f, is above that of chance, %.4f, at the "
			     "rate %g: %s",
			trend->last, chance, rate, advice);
}

static size_t unknown_words;

size_t wp_tool_unknown_words(void)
{
	return unknown_words;
}

void wp_tool_unknown_word(void *arg, const char *word, size_t length)
{
	enum { SUGGESTED = 20, FEW = 3 }; /* beyond 20 words it is no matter of a letter */
	const struct wp_vocab *vocab = arg;
	char meant[256] = "";
	int32_t id[FEW];
	size_t used = 0, few = 0;
	if (unknown_words++ < SUGGESTED)
		few = wp_vocab_closest(vocab, word, length, id, FEW);
	for (size_t i = 0; i < few; i++) {
		size_t n;
		const char *other = wp_strings_get(&vocab->tokens, (size_t)id[i], &n);
		used += (size_t)snprintf(meant + used, sizeof meant - used, "%s'%.*s'",
			i == 0                 ? "; did you mean "
				: i + 1 == few ? " or "
					       : ", ",
			(int)n, other);
	}
	wp_tool_warn("unknown word '%.*s'%s%s", (int)length, word, meant, few ? "?" : "");
}

void wp_tool_judge_unknown(const char *name, const char *to, uint64_t unknown, uint64_t tokens)
{
	if (unknown > tokens / 2)
		wp_tool_warn(
			"%s: %llu of %llu tokens are unknown to %s: is the text tokenized in "
			"the same way (tokenize --lower)?",
			name, (unsigned long long)unknown, (unsigned long long)tokens, to);
}

void wp_tool_feed(struct wp_input *input, wp_tool_feed_fn *feed, void *arg)
{
	const char *data;
	size_t have;
	do {
		wp_tool_check(wp_input_peek(input, 1, &data, &have));
		enum wp_err err = feed(arg, data, have);
		if (err)
			wp_tool_die(
				err, "%s: %s", wp_input_name(input), wp_error_option_detail());
		wp_input_skip(input, have);
		if (wp_tool_progress_due())
			wp_tool_progress(
				-1, "%.0f MB read", (double)wp_input_offset(input) * 1e-6);
	} while (have > 0);
	wp_input_close(input);
}

void wp_tool_warn_of_dropped(const struct wp_pair_counts *pairs)
{
	for (int fault = 0; fault < WP_PAIR_FAULTS; fault++)
		if (pairs->dropped[fault].count > 0)
			wp_tool_warn("dropped %" PRIu64 " pair%s %s, the first of them in line "
				     "%" PRIu64,
				pairs->dropped[fault].count,
				pairs->dropped[fault].count == 1 ? "" : "s",
				wp_pair_fault_name((enum wp_pair_fault)fault),
				pairs->dropped[fault].first_line);
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
	clear_progress();
	close_log();
	/* A file appears when all went well; what went to standard output stays there. */
	if (run.status)
		wp_tool_discard_files();
	wp_tool_commit();
	wp_tool_report("%.2f s, %.2f s of CPU, %.1f MiB of memory at most", wp_tool_seconds(),
		processor_seconds(), (double)wp_peak_memory() / (1 << 20));
	return (int)(run.status          ? run.status
			: run.incomplete ? WP_STATUS_FAILED
					 : WP_STATUS_OK);
}
