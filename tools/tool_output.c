/* What a program writes: every output it has, what is removed when it fails or is stopped, and
 * the history at the head of a stream. */
#define _POSIX_C_SOURCE 200809L
#include "tool_parts.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	OUTPUTS = 8,     /* of a program, the main one included */
	TEMPORARIES = 16 /* that stand at the same time         */
};

/* An output, or a stream over one. */
struct item {
	struct wp_output *output;
	struct wp_writer *writer;
	int temporary; /* its place in the list below */
	bool partial;  /* is of use where the program is stopped */
};

static struct {
	struct item item[OUTPUTS]; /* the first is the main one */
	int items;
	struct wp_strings history;
	bool history_put;
} outputs;

/* ---- What is to be removed, for a signal handler to see ---- */

static char *volatile temporaries[TEMPORARIES];
static volatile sig_atomic_t caught_signal;
static pthread_t main_thread;

/* No signal comes between the making of a file and its entry in the list. */
static sigset_t hold_signals(void)
{
	sigset_t all, old;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	return old;
}

static void release_signals(sigset_t old)
{
	pthread_sigmask(SIG_SETMASK, &old, NULL);
}

static int enter(const struct wp_output *output)
{
	const char *name = wp_output_temporary(output);
	for (int i = 0; name && i < TEMPORARIES; i++)
		if (!temporaries[i]) {
			temporaries[i] = strdup(name);
			return i;
		}
	return -1;
}

static void strike_out(int place)
{
	if (place < 0)
		return;
	char *name = temporaries[place];
	temporaries[place] = NULL;
	free(name);
}

static void remove_temporaries(void)
{
	for (int i = 0; i < TEMPORARIES; i++)
		if (temporaries[i])
			unlink(temporaries[i]);
}

/* By default: remove the files that are not whole, then die of the signal as if nothing had
 * caught it.  The thread that makes the files does it, which may be holding signals. */
static void on_deadly_signal(int number)
{
	if (!pthread_equal(pthread_self(), main_thread)) {
		pthread_kill(main_thread, number);
		return;
	}
	remove_temporaries();
	signal(number, SIG_DFL);
	raise(number);
}

/* A file that we read in place was cut short by another program.  The thread that looked at it
 * cannot go on, nor come back from here; the others compute, and hold no lock that matters. */
static void on_bus_error(int number, siginfo_t *info, void *context)
{
	const char *name = wp_input_mapped_at(info->si_addr);
	(void)context;
	remove_temporaries();
	if (name) {
		wp_tool_complain(wp_fail(
			WP_ETRUNC, "%s: cut short by another program while it was read", name));
		_exit(WP_STATUS_INCOMPLETE);
	}
	signal(number, SIG_DFL); /* and what raised it will do so again */
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

static const int stopping[] = {SIGINT, SIGTERM, SIGHUP, 0};
static const int deadly[] = {
	SIGQUIT, SIGPIPE, SIGXCPU, SIGALRM, SIGUSR1, SIGUSR2, SIGVTALRM, SIGPROF, 0};

void wp_tool_guard(void)
{
	main_thread = pthread_self();
	install(on_deadly_signal, stopping);
	install(on_deadly_signal, deadly);
	struct sigaction bus = {.sa_sigaction = on_bus_error, .sa_flags = SA_SIGINFO};
	sigemptyset(&bus.sa_mask);
	sigaction(SIGBUS, &bus, NULL);
	signal(SIGXFSZ, SIG_IGN); /* write(2) then says that the file is too large */
}

const volatile sig_atomic_t *wp_tool_catch_signals(void)
{
	install(on_stop_signal, stopping);
	return &caught_signal;
}

void wp_tool_die_of_signal(void)
{
	wp_tool_abandon("stopped by a signal", true);
	on_deadly_signal(caught_signal ? caught_signal : SIGTERM);
	exit(WP_STATUS_FAILED);
}

/* ---- Opening ---- */

static bool is_special(const char *path)
{
	struct stat st;
	return !path || strcmp(path, "-") == 0 ||
		(stat(path, &st) == 0 && (!S_ISREG(st.st_mode) || st.st_nlink == 0));
}

/* An output of any path, whose temporary file is in the list.  (To open a fifo can take long:
 * then signals must come through.) */
static enum wp_err open_item(struct item *item, const char *path)
{
	*item = (struct item){.temporary = -1};
	if (is_special(path))
		return wp_output_open(&item->output, path);
	sigset_t old = hold_signals();
	enum wp_err err = wp_output_open(&item->output, path);
	if (!err)
		item->temporary = enter(item->output);
	release_signals(old);
	return err;
}

static enum wp_err open_writer(struct item *item, const char *path, int level)
{
	enum wp_err err = open_item(item, path);
	if (err)
		return err;
	err = wp_writer_open(&item->writer, item->output, level);
	item->output = NULL; /* the writer's */
	return err;
}

static void discard_item(struct item *item, const char *reason)
{
	if (item->writer)
		wp_writer_abandon(item->writer, reason);
	wp_output_discard(item->output);
	strike_out(item->temporary);
	*item = (struct item){.temporary = -1};
}

static enum wp_err close_item(struct item *item)
{
	return item->writer    ? wp_writer_close(item->writer)
		: item->output ? wp_output_close(item->output)
			       : WP_OK;
}

static enum wp_err commit_item(struct item *item)
{
	enum wp_err err = close_item(item);
	if (err) {
		discard_item(item, "not completed");
		return err;
	}
	sigset_t old = hold_signals();
	if (item->writer)
		err = wp_writer_finish(item->writer);
	else if (item->output)
		err = wp_output_commit(item->output);
	strike_out(item->temporary);
	*item = (struct item){.temporary = -1};
	release_signals(old);
	return err;
}

/* End it as failed, and let it appear all the same. */
static enum wp_err fail_item(struct item *item, const char *reason)
{
	sigset_t old = hold_signals();
	enum wp_err err = wp_writer_fail(item->writer, reason);
	strike_out(item->temporary);
	*item = (struct item){.temporary = -1};
	release_signals(old);
	return err;
}

/* The main output is item 0, whenever it is opened. */
static struct item *main_item(void)
{
	if (outputs.items == 0) {
		outputs.item[0].temporary = -1;
		outputs.items = 1;
	}
	return &outputs.item[0];
}

struct wp_output *wp_tool_output(void)
{
	struct item *item = main_item();
	if (!item->output)
		wp_tool_check(open_item(item, wp_common.output));
	return item->output;
}

struct wp_writer *wp_tool_writer(int level)
{
	struct item *item = main_item();
	if (!item->writer)
		wp_tool_check(open_writer(item, wp_common.output, level));
	return item->writer;
}

static struct item *side_item(void)
{
	main_item();
	if (outputs.items == OUTPUTS)
		wp_tool_die(WP_ELIMIT, "more than %d outputs", OUTPUTS);
	struct item *item = &outputs.item[outputs.items++];
	*item = (struct item){.temporary = -1};
	return item;
}

struct wp_output *wp_tool_side_output(const char *path)
{
	struct item *item = side_item();
	wp_tool_check(open_item(item, path));
	return item->output;
}

struct wp_writer *wp_tool_side_writer(const char *path, bool partial)
{
	struct item *item = side_item();
	wp_tool_check(open_writer(item, path, 0));
	item->partial = partial;
	return item->writer;
}

enum wp_err wp_tool_write_file(const char *path, wp_tool_put_fn *put, void *what)
{
	struct item item = {.temporary = -1};
	const char *line = wp_tool_history_line(); /* first: it may be the end of the program */
	enum wp_err err = open_writer(&item, path, 0);
	if (!err)
		err = put(what, item.writer, line);
	if (err)
		discard_item(&item, "not completed");
	return err ? err : commit_item(&item);
}

/* ---- The end ---- */

void wp_tool_abandon(const char *reason, bool keep_partial)
{
	for (int i = 0; i < outputs.items; i++) {
		struct item *item = &outputs.item[i];
		if (keep_partial && item->partial && item->writer)
			wp_tool_complain(fail_item(item, reason));
		else
			discard_item(item, reason);
	}
}

void wp_tool_commit_partial(void)
{
	for (int i = 0; i < outputs.items; i++)
		if (outputs.item[i].partial)
			wp_tool_complain(commit_item(&outputs.item[i]));
}

void wp_tool_discard_files(void)
{
	static const char reason[] = "not all of the input could be read";
	for (int i = 0; i < outputs.items; i++) {
		struct item *item = &outputs.item[i];
		if (item->writer || (item->output && wp_output_temporary(item->output)))
			discard_item(item, reason);
	}
}

/* Before a file gets its name all of them are complete, the main one last: so a stream on
 * standard output ends as failed where a file beside it cannot be written. */
void wp_tool_commit(void)
{
	char stand[256] = "";
	for (int i = outputs.items - 1; i >= 0; i--)
		wp_tool_check(close_item(&outputs.item[i]));
	for (int i = outputs.items - 1; i >= 0; i--) {
		struct item *item = &outputs.item[i];
		struct wp_output *output =
			item->writer ? wp_writer_output(item->writer) : item->output;
		char name[128];
		snprintf(name, sizeof name, "%s", output ? wp_output_name(output) : "");
		bool file = output && wp_output_temporary(output);
		enum wp_err err = commit_item(item);
		if (err && *stand)
			wp_tool_die(err, "%s; complete:%s", wp_error_option_detail(), stand);
		wp_tool_check(err);
		size_t used = strlen(stand);
		if (file)
			snprintf(stand + used, sizeof stand - used, " %s", name);
	}
	wp_strings_fini(&outputs.history);
}

/* ---- Before anything is opened ---- */

static const char *path_of(const struct wp_opt *o)
{
	return o->var ? *(const char *const *)o->var : NULL;
}

static bool names_file(const struct wp_opt *o)
{
	return o->kind == WP_KIND_TEXT && o->arg && path_of(o) &&
		(strcmp(o->arg, "FILE") == 0 || strcmp(o->arg, "STREAM") == 0);
}

/* Does the option write a file that another one must not be? */
static bool is_side(const struct wp_opt *o)
{
	return names_file(o) && o->flags & WP_OPT_WRITES && o->var != &wp_common.output &&
		strcmp(path_of(o), "-") != 0;
}

/* A run saves its state where it came from. */
static bool go_together(const struct wp_opt *a, const struct wp_opt *b)
{
	const void *save = &wp_common.checkpoint, *resume = &wp_common.resume;
	return (a->var == save && b->var == resume) || (a->var == resume && b->var == save);
}

static void check_side(const struct wp_opt *side, int argc, char **argv)
{
	const char *path = path_of(side);
	for (const struct wp_opt *o = wp_tool.options; o->kind != WP_KIND_END; o++)
		if (o != side && o->var != side->var && names_file(o) &&
			!go_together(side, o) && wp_output_same(path, path_of(o)))
			wp_tool_usage("--%s and --%s are the same file: %s", o->name,
				side->name, path);
	const char *kind = wp_tool.about->operands;
	bool files = strstr(kind, "file") || strstr(kind, "stream") || strstr(kind, "model") ||
		strstr(kind, "test");
	for (int i = 0; i < argc && files; i++)
		if (wp_output_same(path, argv[i]))
			wp_tool_usage("--%s %s: is a file to read", side->name, path);
	if (wp_output_is_open_as(path, STDIN_FILENO))
		wp_tool_usage("--%s %s: is what standard input reads", side->name, path);
	if (wp_output_is_open_as(path, STDOUT_FILENO))
		wp_tool_usage("--%s %s: is where standard output goes", side->name, path);
}

/* Can it be written at all?  Better to know now than in hours.  in_place: not by replacing it.
 */
static void try_output(const char *path, bool in_place)
{
	struct stat st;
	if (stat(path, &st) == 0 && (in_place || !S_ISREG(st.st_mode))) {
		if (S_ISDIR(st.st_mode))
			wp_tool_die(WP_EIO, "%s: cannot write: it is a folder", path);
		if (access(path, W_OK) != 0)
			wp_tool_check(wp_fail_errno("%s: cannot write", path));
		return;
	}
	struct item item;
	wp_tool_check(open_item(&item, path));
	discard_item(&item, "");
}

void wp_tool_check_outputs(int argc, char **argv)
{
	const struct wp_opt *o;
	for (o = wp_tool.options; o->kind != WP_KIND_END; o++)
		if (is_side(o))
			check_side(o, argc, argv);
	for (o = wp_tool.options; o->kind != WP_KIND_END; o++)
		if (names_file(o) && o->flags & WP_OPT_WRITES && strcmp(path_of(o), "-") != 0)
			try_output(path_of(o), o->var == &wp_common.log);
}

/* ---- The history ---- */

static bool is_known(const char *line, size_t length)
{
	for (size_t i = 0; i < outputs.history.count; i++) {
		size_t known_length;
		const char *known = wp_strings_get(&outputs.history, i, &known_length);
		if (known_length == length && memcmp(known, line, length) == 0)
			return true;
	}
	return false;
}

bool wp_tool_take_history(struct wp_reader *reader, const struct wp_tensor *tensor)
{
	if (strcmp(tensor->name, "history") != 0 || tensor->type != WP_STRING)
		return false;
	struct wp_strings lines = {0};
	wp_tool_check(wp_reader_strings(reader, &lines));
	for (size_t i = 0; i < lines.count; i++) {
		size_t length;
		const char *line = wp_strings_get(&lines, i, &length);
		if (!is_known(line, length))
			wp_tool_check(wp_strings_add(&outputs.history, line, length));
	}
	wp_strings_fini(&lines);
	return true;
}

void wp_tool_add_history(const char *line)
{
	if (!is_known(line, strlen(line)))
		wp_tool_check(wp_strings_add(&outputs.history, line, strlen(line)));
}

const char *wp_tool_find_history(const char *program, size_t *length)
{
	size_t name = strlen(program);
	for (size_t i = outputs.history.count; i-- > 0;) {
		size_t n;
		const char *line = wp_strings_get(&outputs.history, i, &n), *end = line + n;
		if (n <= name || memcmp(line, program, name) != 0 || line[name] != ' ')
			continue;
		const char *space = memchr(line + name + 1, ' ', n - name - 1);
		const char *rest = space ? space + 1 : end;
		*length = (size_t)(end - rest);
		return rest;
	}
	return NULL;
}

void wp_tool_put_history(void)
{
	if (wp_common.no_history || outputs.history_put)
		return;
	outputs.history_put = true;
	const char *line = wp_tool_history_line();
	wp_tool_check(wp_strings_add(&outputs.history, line, strlen(line)));
	wp_tool_check(wp_writer_put_list(wp_tool_writer(0), "history", &outputs.history));
}

enum wp_err wp_tool_pass_on(
	void *unused, struct wp_reader *reader, const struct wp_tensor *tensor)
{
	(void)unused;
	if (wp_tool_take_history(reader, tensor))
		return WP_OK;
	if (wp_reader_is_joined(reader))
		return wp_fail(WP_EMISMATCH,
			"%s: another stream follows, which has '%s' besides its text: 'ts-cat' "
			"makes one of both",
			wp_reader_name(reader), tensor->name);
	wp_tool_put_history();
	return wp_writer_pass(wp_tool_writer(0), reader);
}

enum wp_err wp_tool_keep_history(
	void *unused, struct wp_reader *reader, const struct wp_tensor *tensor)
{
	(void)unused;
	wp_tool_take_history(reader, tensor);
	return WP_OK;
}
