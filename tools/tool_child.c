/* Another program of the toolkit, whose output this one reads. */
#define _POSIX_C_SOURCE 200809L
#include "tool_parts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/memory.h"

static struct {
	const char *name;
	pid_t pid;
	int output;
	char path[32];
} child = {.pid = -1, .output = -1};

/* In the child: become the program, from the folder of this one or, where that is not known,
 * from PATH. */
static _Noreturn void become(char **argv)
{
	char path[4096 + 64];
	ssize_t n = readlink("/proc/self/exe", path, 4096);
	char *slash = NULL;
	if (n > 0 && n < 4096) {
		path[n] = '\0';
		slash = strrchr(path, '/');
	}
	char *name = slash ? slash + 1 : path;
	snprintf(name, 64, "%s%.40s", wp_tool_prefix(), argv[0]);
	if (slash)
		execv(path, argv);
	else
		execvp(path, argv);
	fprintf(stderr, "%s: %s: %s\n", wp_tool.program, path, strerror(errno));
	_exit(1);
}

/* The command: the program, its options, and the operands.  *words holds the options. */
static char **command_of(
	const char *program, const char *options, int argc, char **operands, char **words)
{
	char **command, **next;
	size_t length = strlen(options);
	wp_tool_check(wp_alloc(words, length + 1, 1, "options"));
	memcpy(*words, options, length);
	wp_tool_check(
		wp_alloc(&command, length + (size_t)argc + 4, sizeof *command, "options"));
	next = command;
	*next++ = (char *)program;
	for (char *word = strtok(*words, " "); word; word = strtok(NULL, " "))
		*next++ = word;
	if (wp_common.quiet)
		*next++ = "-q";
	*next++ = "--";
	for (int i = 0; i < argc; i++)
		*next++ = operands[i];
	return command;
}

static void add_to_history(const char *program, const char *options)
{
	char *line;
	size_t room = strlen(program) + strlen(options) + sizeof WP_VERSION + 3;
	wp_tool_check(wp_alloc(&line, room, 1, "options"));
	snprintf(line, room, "%s %s%s%s", program, WP_VERSION, *options ? " " : "", options);
	wp_tool_add_history(line);
	free(line);
}

char *wp_tool_child_start(const char *program, const char *options, int argc, char **operands)
{
	int ends[2];
	char *words, **command = command_of(program, options, argc, operands, &words);
	add_to_history(program, options);
	if (pipe(ends) != 0)
		wp_tool_die(WP_EIO, "%s: no pipe: %s", program, strerror(errno));
	child.name = program;
	child.pid = fork();
	if (child.pid < 0)
		wp_tool_die(WP_EIO, "%s: cannot be started: %s", program, strerror(errno));
	if (child.pid == 0) {
		if (ends[1] != STDOUT_FILENO && dup2(ends[1], STDOUT_FILENO) < 0)
			_exit(1);
		close(ends[0]);
		if (ends[1] != STDOUT_FILENO)
			close(ends[1]);
		become(command);
	}
	close(ends[1]);
	free(command);
	free(words);
	child.output = ends[0];
	snprintf(child.path, sizeof child.path, "/dev/fd/%d", child.output);
	return child.path;
}

void wp_tool_child_end(void)
{
	int status = 0;
	close(child.output);
	while (waitpid(child.pid, &status, 0) < 0)
		if (errno != EINTR)
			wp_tool_die(WP_EIO, "%s: %s", child.name, strerror(errno));
	if (status == 0)
		return;
	int code = WIFEXITED(status) ? WEXITSTATUS(status) : 1;
	enum wp_err err = code == 2 ? WP_EINVAL
		: code == 3         ? WP_ETRUNC
		: code == 4         ? WP_ECORRUPT
				    : WP_EIO;
	wp_tool_die(err, "%s has failed", child.name);
}
