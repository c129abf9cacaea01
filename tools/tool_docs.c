/* What the table of options says for people and shells: --help, parts of the man page, and
 * completion.  One writer for each form. */
#include "tool_parts.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* The options proper; groups and hidden options left out. */
static const struct wp_opt *next_option(const struct wp_opt *o)
{
	while (o->kind == WP_KIND_GROUP || o->flags & WP_OPT_HIDDEN)
		o++;
	return o->kind == WP_KIND_END ? NULL : o;
}

/* A default below the range stands for "it depends"; the help says on what. */
static bool default_depends(const struct wp_opt *o)
{
	const void *value = wp_opt_default(o);
	return (o->kind == WP_KIND_INT && *(const int *)value < o->min) ||
		(o->kind == WP_KIND_REAL && *(const double *)value < o->min);
}

/* "default 100", "1 to 65536; default 100", or "". */
static const char *limits(const struct wp_opt *o, char *text, size_t size)
{
	char room[64];
	size_t used = 0;
	bool has_range = (o->kind == WP_KIND_INT || o->kind == WP_KIND_COUNT ||
				 o->kind == WP_KIND_REAL) &&
		o->max < 1e9;
	*text = '\0';
	if (has_range)
		used = (size_t)snprintf(text, size, "%.10g to %.10g", o->min, o->max);
	if (o->kind == WP_KIND_FLAG || o->kind == WP_KIND_SET)
		return text;
	const char *value = wp_opt_show(o, wp_opt_default(o), room, sizeof room);
	if (*value && !default_depends(o) && used < size)
		snprintf(text + used, size - used, "%sdefault %s", used ? "; " : "", value);
	return text;
}

static enum wp_err print_choices(
	struct wp_output *out, const struct wp_opt *o, const char *between)
{
	enum wp_err err = WP_OK;
	for (int i = 0; wp_opt_choice(o, i) && !err; i++)
		err = wp_output_printf(out, "%s%s", i ? between : "", wp_opt_choice(o, i));
	return err;
}

/* --help: left column the option, right column what it does, folded at 80. */
enum { HELP_INDENT = 26, HELP_WIDTH = 80 };

/* Words from `column` on, where the line already is; further lines begin at indent. */
static enum wp_err print_folded(
	struct wp_output *out, const char *text, size_t column, size_t indent)
{
	enum wp_err err = WP_OK;
	for (bool first = true; *text && !err; first = false) {
		size_t word = strcspn(text, " ");
		if (first) {
			err = wp_output_write(out, text, word);
			column += word;
		} else if (column + 1 + word <= HELP_WIDTH) {
			err = wp_output_printf(out, " %.*s", (int)word, text);
			column += 1 + word;
		} else {
			err = wp_output_printf(
				out, "\n%*s%.*s", (int)indent, "", (int)word, text);
			column = indent + word;
		}
		text += word;
		text += strspn(text, " ");
	}
	return err ? err : wp_output_printf(out, "\n");
}

static enum wp_err print_help_option(struct wp_output *out, const struct wp_opt *o)
{
	char left[128], right[1024], range[600];
	size_t n = (size_t)snprintf(left, sizeof left, "  %c%c%s--%s%s%s",
		o->letter ? '-' : ' ', o->letter ? o->letter : ' ', o->letter ? ", " : "  ",
		o->name, o->arg ? " " : "", o->arg ? o->arg : "");
	size_t used = (size_t)snprintf(right, sizeof right, "%s", o->help);
	for (int i = 0; o->choices && wp_opt_choice(o, i) && used < sizeof right; i++)
		used += (size_t)snprintf(right + used, sizeof right - used, "%s%s",
			i ? ", " : ": ", wp_opt_choice(o, i));
	if (*limits(o, range, sizeof range) && used < sizeof right)
		snprintf(right + used, sizeof right - used, " (%s)", range);
	bool fits = n + 2 <= HELP_INDENT;
	enum wp_err err = wp_output_printf(out, "%s%s%*s", left, fits ? "" : "\n",
		fits ? HELP_INDENT - (int)n : HELP_INDENT, "");
	return err ? err : print_folded(out, right, HELP_INDENT, HELP_INDENT);
}

static bool is_program(const char *name, size_t length)
{
	/* The Makefile names them, with a space between. */
	for (const char *p = WP_PROGRAMS; *p; p += *p == ' ') {
		size_t n = strcspn(p, " ");
		if (n == length && memcmp(p, name, n) == 0)
			return true;
		p += n;
	}
	return false;
}

/* The text with the prefix before each name of a program; in a command line, before those that
 * are called there.  Text without a prefix is returned as it is. */
static const char *with_prefix(const char *text, bool command, char *out, size_t size)
{
	static const char of_names[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
	const char *prefix = wp_tool_prefix();
	size_t used = 0;
	if (!*prefix)
		return text;
	*out = '\0';
	for (bool starts = true; *text && used < size;) {
		size_t n = strspn(text, of_names);
		bool named = n && (starts || !command) && text[n] != '(' && is_program(text, n);
		if (!n)
			n = 1;
		used += (size_t)snprintf(
			out + used, size - used, "%s%.*s", named ? prefix : "", (int)n, text);
		if (*text != ' ')
			starts = strchr("|(;&", *text) != NULL;
		text += n;
	}
	return out;
}

enum wp_err wp_print_help(struct wp_output *out)
{
	const struct wp_about *about = wp_tool.about;
	enum wp_err err = wp_output_printf(out, "usage: %s [option ...]%s%s\n\n%c%s.\n",
		about->name, *about->operands ? " " : "", about->operands,
		toupper((unsigned char)about->summary[0]), about->summary + 1);
	for (const struct wp_opt *o = wp_tool.options; o->kind != WP_KIND_END && !err; o++)
		err = o->flags & WP_OPT_HIDDEN     ? WP_OK
			: o->kind == WP_KIND_GROUP ? wp_output_printf(out, "\n%s:\n", o->help)
						   : print_help_option(out, o);
	if (!err)
		err = wp_output_printf(out, "\nExamples:\n");
	for (const char *const *e = about->examples; *e && !err; e++) {
		char line[512];
		err = wp_output_printf(out, "  %s\n", with_prefix(*e, true, line, sizeof line));
	}
	char siblings[256], also[512];
	snprintf(also, sizeof also, "See also: %s, and the page %s(1).",
		with_prefix(about->see_also, false, siblings, sizeof siblings), about->name);
	if (!err)
		err = wp_output_printf(out, "\n");
	return err ? err : print_folded(out, also, 0, 2);
}

/* mdoc(7): the body of SYNOPSIS. */
static enum wp_err print_synopsis(struct wp_output *out)
{
	enum wp_err err = wp_output_printf(out, ".Nm\n");
	char letters[64] = "";
	const struct wp_opt *o = wp_tool.options;
	for (; (o = next_option(o)); o++)
		if (o->letter && !o->arg)
			strncat(letters, &o->letter, 1);
	if (*letters)
		err = wp_output_printf(out, ".Op Fl %s\n", letters);
	for (o = wp_tool.options; (o = next_option(o)) && !err; o++) {
		if (o->letter && !o->arg)
			continue;
		if (o->letter)
			err = wp_output_printf(out, ".Op Fl %c Ar %s\n", o->letter, o->arg);
		else
			err = wp_output_printf(out, ".Op Fl -%s%s%s\n", o->name,
				o->arg ? " Ns = Ns Ar " : "", o->arg ? o->arg : "");
	}
	const char *operands = wp_tool.about->operands;
	if (!err && *operands) {
		bool optional = *operands == '[';
		int length = (int)strlen(operands) - 2 * optional;
		err = wp_output_printf(out, ".%sAr %.*s\n", optional ? "Op " : "", length,
			operands + optional);
	}
	return err;
}

/* Text into mdoc: backslashes, and hyphens that must stay hyphens. */
static enum wp_err print_mdoc_text(struct wp_output *out, const char *text)
{
	enum wp_err err = WP_OK;
	for (; *text && !err; text++)
		err = *text == '\\' ? wp_output_printf(out, "\\e")
				    : wp_output_write(out, text, 1);
	return err;
}

static enum wp_err print_mdoc_option(struct wp_output *out, const struct wp_opt *o)
{
	char range[600];
	enum wp_err err = WP_OK;
	if (o->letter)
		err = wp_output_printf(out, ".It Fl %c , Fl -%s%s%s\n", o->letter, o->name,
			o->arg ? " Ar " : "", o->arg ? o->arg : "");
	else
		err = wp_output_printf(out, ".It Fl -%s%s%s\n", o->name, o->arg ? " Ar " : "",
			o->arg ? o->arg : "");
	if (!err)
		err = wp_output_printf(out, "%c", toupper((unsigned char)o->help[0]));
	if (!err)
		err = print_mdoc_text(out, o->help + 1);
	if (!err && o->choices)
		err = wp_output_printf(out, ":\n");
	for (int i = 0; o->choices && wp_opt_choice(o, i) && !err; i++)
		err = wp_output_printf(out, ".Cm %s%s\n", wp_opt_choice(o, i),
			wp_opt_choice(o, i + 1) ? " ," : "");
	if (!err && *limits(o, range, sizeof range))
		err = wp_output_printf(out, o->choices ? "(%s).\n" : "\n(%s).\n", range);
	else if (!err)
		err = wp_output_printf(out, ".\n");
	return err;
}

static enum wp_err print_mdoc(struct wp_output *out)
{
	enum wp_err err = WP_OK;
	bool in_list = false;
	for (const struct wp_opt *o = wp_tool.options; o->kind != WP_KIND_END && !err; o++) {
		if (o->flags & WP_OPT_HIDDEN)
			continue;
		if (o->kind == WP_KIND_GROUP || !in_list) {
			err = wp_output_printf(out, "%s", in_list ? ".El\n" : "");
			if (!err && o->kind == WP_KIND_GROUP)
				err = wp_output_printf(out, ".Ss %s\n", o->help);
			if (!err)
				err = wp_output_printf(out, ".Bl -tag -width Ds\n");
			in_list = true;
		}
		if (!err && o->kind != WP_KIND_GROUP)
			err = print_mdoc_option(out, o);
	}
	return err ? err : wp_output_printf(out, ".El\n");
}

static bool takes_file(const struct wp_opt *o)
{
	return o->arg && (strcmp(o->arg, "FILE") == 0 || strcmp(o->arg, "STREAM") == 0);
}

/* A function for bash: the words that options begin with, and the words that follow them. */
static enum wp_err print_bash(struct wp_output *out)
{
	const char *name = wp_tool.program;
	enum wp_err err = wp_output_printf(out,
		"_wordpipe_%s() {\n\tlocal word=${COMP_WORDS[COMP_CWORD]}\n"
		"\tcase ${COMP_WORDS[COMP_CWORD - 1]} in\n",
		name);
	const struct wp_opt *o = wp_tool.options;
	for (; (o = next_option(o)) && !err; o++) {
		if (!o->arg)
			continue;
		if (o->letter)
			err = wp_output_printf(out, "\t-%c | ", o->letter);
		else
			err = wp_output_printf(out, "\t");
		if (!err)
			err = wp_output_printf(out, "--%s) ", o->name);
		if (!err && o->choices) {
			err = wp_output_printf(out, "COMPREPLY=($(compgen -W '");
			if (!err)
				err = print_choices(out, o, " ");
			if (!err)
				err = wp_output_printf(out, "' -- \"$word\"))");
		} else if (!err)
			err = wp_output_printf(out, "%s",
				takes_file(o) ? "COMPREPLY=($(compgen -f -- \"$word\"))"
					: strcmp(o->arg, "DIR") == 0
					? "COMPREPLY=($(compgen -d -- \"$word\"))"
					: "COMPREPLY=()");
		if (!err)
			err = wp_output_printf(out, " && return ;;\n");
	}
	if (!err)
		err = wp_output_printf(out,
			"\tesac\n\tif [[ $word == -* ]]; then\n\t\tCOMPREPLY=($(compgen -W '");
	bool first = true;
	for (o = wp_tool.options; (o = next_option(o)) && !err; o++, first = false)
		err = wp_output_printf(out, "%s--%s", first ? "" : " ", o->name);
	return err
		? err
		: wp_output_printf(out,
			  "' -- \"$word\"))\n\telse\n\t\tCOMPREPLY=($(compgen -f -- \"$word\"))\n"
			  "\tfi\n}\ncomplete -o filenames -F _wordpipe_%s %s\n",
			  name, name);
}

/* Text inside '...[...]' of _arguments: brackets, colons and quotes are special there. */
static enum wp_err print_zsh_text(struct wp_output *out, const char *text)
{
	enum wp_err err = WP_OK;
	for (; *text && !err; text++)
		if (*text == '\'')
			err = wp_output_printf(out, "'\\''");
		else if (strchr("[]:\\", *text))
			err = wp_output_printf(out, "\\%c", *text);
		else
			err = wp_output_write(out, text, 1);
	return err;
}

static enum wp_err print_zsh_option(struct wp_output *out, const struct wp_opt *o,
	const char *dashes, const char *name, int length)
{
	enum wp_err err = wp_output_printf(out, " \\\n\t'%s%.*s%s[", dashes, length, name,
		o->arg ? (length > 1 ? "=" : "+") : "");
	if (!err)
		err = print_zsh_text(out, o->help);
	if (!err)
		err = wp_output_printf(out, "]");
	if (!err && o->arg) {
		err = wp_output_printf(out, ":%s:", o->arg);
		if (!err && o->choices) {
			err = wp_output_printf(out, "(");
			if (!err)
				err = print_choices(out, o, " ");
			if (!err)
				err = wp_output_printf(out, ")");
		} else if (!err)
			err = wp_output_printf(out, "%s",
				takes_file(o)                        ? "_files"
					: strcmp(o->arg, "DIR") == 0 ? "_files -/"
								     : " ");
	}
	return err ? err : wp_output_printf(out, "'");
}

static enum wp_err print_zsh(struct wp_output *out)
{
	enum wp_err err =
		wp_output_printf(out, "#compdef %s\n_arguments -s -S", wp_tool.program);
	for (const struct wp_opt *o = wp_tool.options; (o = next_option(o)) && !err; o++) {
		if (o->letter)
			err = print_zsh_option(out, o, "-", &o->letter, 1);
		if (!err)
			err = print_zsh_option(out, o, "--", o->name, (int)strlen(o->name));
	}
	return err ? err : wp_output_printf(out, " \\\n\t'*:file:_files'\n");
}

enum wp_err wp_print_options(struct wp_output *out, const char *form)
{
	static const struct {
		const char *form;
		enum wp_err (*print)(struct wp_output *);
	} forms[] = {
		{"synopsis", print_synopsis},
		{"mdoc", print_mdoc},
		{"bash", print_bash},
		{"zsh", print_zsh},
	};
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
		if (strcmp(form, forms[i].form) == 0)
			return forms[i].print(out);
	wp_tool_usage("--print-options %s: not one of synopsis, mdoc, bash, zsh", form);
}
