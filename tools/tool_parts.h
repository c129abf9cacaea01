/* Between the parts of the tool layer; programs include tool.h. */
#ifndef WP_TOOL_PARTS_H
#define WP_TOOL_PARTS_H

#include <stdarg.h>

#include "tool.h"

struct wp_tool {
	const struct wp_about *about; /* its name has the prefix that it was installed with */
	const char *program;          /* the name without, as the history has it            */
	const struct wp_opt *options;
	const struct wp_opt_value *defaults; /* as the variables were at the start, by option */
	bool *given;
};
extern struct wp_tool wp_tool;

/* "NAME: message" and more on standard error, made visible (base/visible.h). */
void wp_tool_say(const char *format, va_list args, const char *more) WP_PRINTF(1, 0);

/* The value of an option as text, from its variable or from its default; borrowed from text, or
 * from the option. */
/* Choice number i; NULL after the last. */
static inline const char *wp_opt_choice(const struct wp_opt *option, int i)
{
	size_t stride = option->stride ? option->stride : sizeof *option->choices;
	const char *at = (const char *)option->choices + (size_t)i * stride;
	return *(const char *const *)(const void *)at;
}

const char *wp_opt_show(const struct wp_opt *option, const void *var, char *text, size_t size);
const void *wp_opt_default(const struct wp_opt *option);

/* The long option that was likely meant by a name that is none, perhaps with a value, or NULL;
 * borrowed until the next call. */
const char *wp_opt_meant(const char *name, size_t length);

/* The program that has an option of that name, or of what is called so elsewhere, which goes to
 * *option; NULL where none is known. */
const char *wp_opt_elsewhere(const char *name, size_t length, const char **option);

/* The prefix of the programs' names ("wp-"), or "". */
const char *wp_tool_prefix(void);

/* --help, and the parts of the documentation that are made from the table. */
enum wp_err wp_print_help(struct wp_output *out);
enum wp_err wp_print_options(struct wp_output *out, const char *form);

/* Signals from now on remove what is not whole, and end the program. */
void wp_tool_guard(void);

/* Refuse outputs that are one file with another one, or with an input, before anything is
 * opened; then see that each can be written. */
void wp_tool_check_outputs(int argc, char **argv);

/* Drop all outputs; who reads a stream of them is told why.  With keep_partial those that are
 * of use all the same appear, as failed. */
void wp_tool_abandon(const char *reason, bool keep_partial);

/* Drop the outputs that are files or streams: not all of the input could be read. */
void wp_tool_discard_files(void);

/* Complete all outputs, and then give them their names. */
void wp_tool_commit(void);

/* Write a stream of its own to a file, which appears when it is complete. */
enum wp_err wp_tool_write_file(const char *path, wp_tool_put_fn *put, void *what);

/* A failure that costs nothing of the result: status 1 at the end, and the outputs stand. */
void wp_tool_note_failure(const char *format, ...) WP_PRINTF(1, 2);

#endif
