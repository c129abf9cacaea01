/* The command line: one table of options, one parser. */
#include "tool_parts.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/closest.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "base/setting.h"

struct wp_common wp_common = {.seed = 1};
struct wp_tool wp_tool;

struct wp_opt_value {
	union {
		bool flag;
		int number;
		uint64_t count;
		double real;
		size_t size;
		const char *text;
	} as;
};

static size_t value_size(enum wp_opt_kind kind)
{
	switch (kind) {
	case WP_KIND_FLAG:
		return sizeof(bool);
	case WP_KIND_SET:
	case WP_KIND_INT:
	case WP_KIND_CHOICE:
		return sizeof(int);
	case WP_KIND_COUNT:
		return sizeof(uint64_t);
	case WP_KIND_REAL:
	case WP_KIND_TIME:
		return sizeof(double);
	case WP_KIND_SIZE:
		return sizeof(size_t);
	case WP_KIND_TEXT:
		return sizeof(const char *);
	case WP_KIND_END:
	case WP_KIND_GROUP:
		break;
	}
	return 0;
}

void wp_tool_usage(const char *format, ...)
{
	char more[64];
	va_list args;
	fflush(stdout);
	snprintf(more, sizeof more, " (see '%s --help')", wp_tool.about->name);
	va_start(args, format);
	wp_tool_say(format, args, more);
	va_end(args);
	exit(WP_STATUS_USAGE);
}

/* "512M" and the like; false where it is no size. */
static bool parse_size(const char *text, size_t *size)
{
	char *end;
	errno = 0;
	unsigned long long n = strtoull(text, &end, 10);
	if (end == text || !isdigit((unsigned char)*text) || errno)
		return false;
	static const char suffixes[] = "KMGT";
	const char *suffix = *end ? strchr(suffixes, toupper((unsigned char)*end)) : NULL;
	if (*end && (!suffix || end[1]))
		return false;
	size_t unit = 1;
	for (const char *s = suffixes; suffix && s <= suffix; s++)
		unit *= 1024;
	return n <= SIZE_MAX && wp_mulsize((size_t)n, unit, size);
}

/* "90", "1.5h" and the like in seconds; false where it is no time. */
static bool parse_time(const char *text, double *seconds)
{
	static const struct {
		char suffix;
		double seconds;
	} units[] = {{'\0', 1}, {'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}};
	char *end;
	double value = strtod(text, &end);
	if (end == text || !(isdigit((unsigned char)*text) || *text == '.') || !isfinite(value))
		return false;
	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (*end == units[i].suffix && (!*end || !end[1])) {
			*seconds = value * units[i].seconds;
			return true;
		}
	return false;
}

static const char *option_name(const struct wp_opt *o, char text[64])
{
	snprintf(text, 64, "--%s", o->name);
	return text;
}

static void refuse_value(const struct wp_opt *o, const char *value, const char *why)
{
	char name[64];
	wp_tool_usage("%s %s: %s", option_name(o, name), value, why);
}

static void check_range(const struct wp_opt *o, const char *text, double value)
{
	if (value >= o->min && value <= o->max)
		return;
	char why[96];
	snprintf(why, sizeof why, "too %s (%.10g to %.10g)", value < o->min ? "small" : "large",
		o->min, o->max);
	refuse_value(o, text, why);
}

void wp_tool_join_options(struct wp_opt *options, size_t most,
	const struct wp_setting *settings, void *of, const struct wp_opt *others)
{
	static const enum wp_opt_kind kinds[] = {[WP_SETTING_GROUP] = WP_KIND_GROUP,
		[WP_SETTING_FLAG] = WP_KIND_FLAG,
		[WP_SETTING_INT] = WP_KIND_INT,
		[WP_SETTING_COUNT] = WP_KIND_COUNT,
		[WP_SETTING_REAL] = WP_KIND_REAL,
		[WP_SETTING_TEXT] = WP_KIND_TEXT,
		[WP_SETTING_CHOICE] = WP_KIND_CHOICE};
	size_t n = 0;
	for (const struct wp_setting *s = settings; s->kind != WP_SETTING_END && n < most; s++)
		options[n++] = (struct wp_opt){.kind = kinds[s->kind],
			.letter = s->letter,
			.name = s->name,
			.arg = s->arg,
			.var = s->name ? (char *)of + s->offset : NULL,
			.min = s->min,
			.max = s->max,
			.choices = s->choices,
			.stride = s->stride,
			.help = s->help};
	do
		options[n++] = *others;
	while (n < most && others++->kind != WP_KIND_END);
	assert(options[n - 1].kind == WP_KIND_END);
}

static int parse_choice(const struct wp_opt *o, const char *text)
{
	enum { MOST = 64 };
	const char *names[MOST] = {NULL}, *name;
	char all[512] = "";
	for (int i = 0; i + 1 < MOST && (name = wp_opt_choice(o, i)); i++) {
		if (strcmp(name, text) == 0)
			return i;
		names[i] = name;
		size_t used = strlen(all);
		snprintf(all + used, sizeof all - used, "%s%s", i ? ", " : "not one of ", name);
	}
	size_t used = strlen(all);
	const char *meant = wp_closest(names, text, strlen(text));
	if (meant)
		snprintf(all + used, sizeof all - used, "; did you mean %s?", meant);
	refuse_value(o, text, all);
	return -1;
}

/* Numbers are read in full, or refused. */
static void set_value(const struct wp_opt *o, const char *text)
{
	char *end = NULL;
	errno = 0;
	switch (o->kind) {
	case WP_KIND_FLAG:
		*(bool *)o->var = true;
		return;
	case WP_KIND_SET:
		*(int *)o->var = (int)o->min;
		return;
	case WP_KIND_INT:
	case WP_KIND_COUNT: {
		long long value = strtoll(text, &end, 10);
		if (end == text || *end || isspace((unsigned char)*text))
			refuse_value(o, text, "not a whole number");
		check_range(
			o, text, errno ? (value < 0 ? -INFINITY : INFINITY) : (double)value);
		if (o->kind == WP_KIND_INT)
			*(int *)o->var = (int)value;
		else
			*(uint64_t *)o->var = (uint64_t)value;
		return;
	}
	case WP_KIND_REAL: {
		double value = strtod(text, &end);
		if (end == text || *end || isspace((unsigned char)*text) || isnan(value))
			refuse_value(o, text, "not a number");
		check_range(o, text, value);
		*(double *)o->var = value;
		return;
	}
	case WP_KIND_SIZE:
		if (!parse_size(text, o->var) || *(size_t *)o->var == 0)
			refuse_value(
				o, text, "not a size (a number of bytes, or 64K, 512M, 2G)");
		return;
	case WP_KIND_TIME:
		if (!parse_time(text, o->var))
			refuse_value(o, text,
				"not a time (a number of seconds, or 90s, 5m, 2h, 1d)");
		check_range(o, text, *(double *)o->var);
		return;
	case WP_KIND_TEXT:
		if (!*text)
			refuse_value(o, "''", "empty");
		*(const char **)o->var = text;
		return;
	case WP_KIND_CHOICE:
		*(int *)o->var = parse_choice(o, text);
		return;
	case WP_KIND_END:
	case WP_KIND_GROUP:
		return;
	}
}

static bool takes_argument(const struct wp_opt *o)
{
	return o->kind != WP_KIND_FLAG && o->kind != WP_KIND_SET;
}

static const struct wp_opt print_options = {.kind = WP_KIND_TEXT,
	.name = "print-options",
	.arg = "FORM",
	.var = &wp_common.print_options,
	.flags = WP_OPT_NEUTRAL};

/* The option of exactly that long name, or NULL. */
static const struct wp_opt *find_exact(const char *name, size_t length)
{
	const struct wp_opt *o = wp_tool.options;
	for (; o->kind != WP_KIND_END; o++)
		if (o->name && strlen(o->name) == length && memcmp(o->name, name, length) == 0)
			return o;
	return NULL;
}

/* Do they mean the same, so that it does not matter which of them is taken? */
static bool are_synonyms(const struct wp_opt *a, const struct wp_opt *b)
{
	return a->var == b->var && a->kind == b->kind &&
		(a->kind != WP_KIND_SET || (int)a->min == (int)b->min);
}

/* The option that the name abbreviates, one that is not hidden if that can be; NULL where none
 * begins so. */
static const struct wp_opt *find_beginning(const char *name, size_t length)
{
	const struct wp_opt *found = NULL;
	bool ambiguous = false;
	char all[512] = "";
	size_t used = 0;
	for (const struct wp_opt *o = wp_tool.options; o->kind != WP_KIND_END; o++) {
		if (!o->name || strncmp(o->name, name, length) != 0)
			continue;
		if (!(o->flags & WP_OPT_HIDDEN) && used < sizeof all)
			used += (size_t)snprintf(all + used, sizeof all - used, "%s--%s",
				used ? ", " : "", o->name);
		ambiguous |= found && !are_synonyms(found, o);
		if (!found || (found->flags & WP_OPT_HIDDEN && !(o->flags & WP_OPT_HIDDEN)))
			found = o;
	}
	if (ambiguous)
		wp_tool_usage("--%.*s may be any of %s", (int)length, name, all);
	return found;
}

static const struct wp_opt *find_long(const char *name, size_t length)
{
	const struct wp_opt *o = find_exact(name, length);
	if (!o && strlen(print_options.name) == length &&
		memcmp(print_options.name, name, length) == 0)
		return &print_options;
	if (!o && length > 0)
		o = find_beginning(name, length);
	if (o)
		return o;
	const char *program, *option, *meant = wp_opt_meant(name, length);
	if (!meant && (program = wp_opt_elsewhere(name, length, &option)))
		wp_tool_usage("unknown option --%.*s: '%s%s --%s' does that", (int)length, name,
			wp_tool_prefix(), program, option);
	wp_tool_usage("unknown option --%.*s%s%s%s", (int)length, name,
		meant ? "; did you mean --" : "", meant ? meant : "", meant ? "?" : "");
}

/* The option of a letter in an argument; a long name behind a single dash is what other
 * programs have. */
static const struct wp_opt *find_letter(const char *letter, const char *arg)
{
	const struct wp_opt *o = wp_tool.options;
	size_t length = strcspn(arg + 1, "=");
	for (; o->kind != WP_KIND_END; o++)
		if (o->letter && o->letter == *letter)
			return o;
	const char *meant = length > 1 ? wp_opt_meant(arg + 1, length) : NULL;
	if (meant)
		wp_tool_usage("unknown option %s; did you mean --%s?", arg, meant);
	wp_tool_usage("unknown option -%c", *letter);
}

static void accept_option(const struct wp_opt *o, const char *value)
{
	set_value(o, value);
	if (o != &print_options)
		wp_tool.given[o - wp_tool.options] = true;
}

/* One argument that begins with "--"; *next is where its value may stand. */
static void parse_long(const char *arg, char ***next)
{
	const char *name = arg + 2;
	const char *equals = strchr(name, '=');
	const struct wp_opt *o =
		find_long(name, equals ? (size_t)(equals - name) : strlen(name));
	const char *value = equals ? equals + 1 : NULL;
	if (!takes_argument(o) && value)
		wp_tool_usage("--%s takes no argument", o->name);
	if (takes_argument(o) && !value) {
		value = **next;
		if (!value)
			wp_tool_usage("--%s needs an argument: %s", o->name, o->arg);
		++*next;
	}
	accept_option(o, value);
}

/* One argument of letters: "-qv", "-d50", "-d 50". */
static void parse_letters(const char *arg, char ***next)
{
	size_t length = strcspn(arg + 1, "=");
	if (length > 1 && find_exact(arg + 1, length))
		wp_tool_usage("%s: a long option begins with two dashes: -%s", arg, arg);
	for (const char *l = arg + 1; *l; l++) {
		const struct wp_opt *o = find_letter(l, arg);
		if (!takes_argument(o)) {
			accept_option(o, NULL);
			continue;
		}
		const char *value = l[1] ? l + 1 : **next;
		if (!value)
			wp_tool_usage("-%c needs an argument: %s", *l, o->arg);
		*next += !l[1];
		accept_option(o, value);
		return;
	}
}

/* Parse everything; operands move to the front of argv.  "-5" is an operand only after "--". */
static int parse(char **argv)
{
	int operands = 0;
	char **next = argv;
	while (*next) {
		char *arg = *next++;
		if (strcmp(arg, "--") == 0) {
			while (*next)
				argv[operands++] = *next++;
		} else if (strncmp(arg, "--", 2) == 0)
			parse_long(arg, &next);
		else if (arg[0] == '-' && arg[1])
			parse_letters(arg, &next);
		else
			argv[operands++] = arg;
	}
	argv[operands] = NULL;
	return operands;
}

static void keep_defaults(void)
{
	size_t n = 0;
	while (wp_tool.options[n].kind != WP_KIND_END)
		n++;
	/* These live as long as the process. */
	struct wp_opt_value *defaults;
	wp_tool_check(wp_alloc(&defaults, n + 1, sizeof *defaults, "options"));
	wp_tool_check(wp_alloc(&wp_tool.given, n + 1, sizeof *wp_tool.given, "options"));
	for (size_t i = 0; i < n; i++)
		if (wp_tool.options[i].var)
			memcpy(&defaults[i].as, wp_tool.options[i].var,
				value_size(wp_tool.options[i].kind));
	wp_tool.defaults = defaults;
}

const void *wp_opt_default(const struct wp_opt *option)
{
	return &wp_tool.defaults[option - wp_tool.options].as;
}

const char *wp_opt_show(const struct wp_opt *o, const void *var, char *text, size_t size)
{
	*text = '\0';
	switch (o->kind) {
	case WP_KIND_INT:
	case WP_KIND_SET:
		snprintf(text, size, "%d", *(const int *)var);
		break;
	case WP_KIND_COUNT:
		snprintf(text, size, "%llu", (unsigned long long)*(const uint64_t *)var);
		break;
	case WP_KIND_TIME:
		if (*(const double *)var == 0) /* there is no limit by default */
			break;
		snprintf(text, size, "%.10g", *(const double *)var);
		break;
	case WP_KIND_REAL:
		snprintf(text, size, "%.10g", *(const double *)var);
		break;
	case WP_KIND_SIZE: {
		static const char *const units[] = {"", "K", "M", "G", "T"};
		size_t bytes = *(const size_t *)var;
		int unit = 0;
		if (bytes == 0) /* there is no limit by default */
			break;
		for (; bytes && bytes % 1024 == 0 && unit < 4; unit++)
			bytes /= 1024;
		snprintf(text, size, "%zu%s", bytes, units[unit]);
		break;
	}
	case WP_KIND_TEXT:
		return *(const char *const *)var ? *(const char *const *)var : text;
	case WP_KIND_CHOICE:
		return *(const int *)var >= 0 ? wp_opt_choice(o, *(const int *)var) : text;
	case WP_KIND_FLAG:
	case WP_KIND_GROUP:
	case WP_KIND_END:
		break;
	}
	return text;
}

/* Print to standard output, and end there. */
static _Noreturn void print_and_exit(enum wp_err (*print)(struct wp_output *))
{
	wp_common.verbose = false;
	wp_tool_check(print(wp_tool_output()));
	exit(wp_tool_finish());
}

/* In programs that multiply matrices (math/blas.h). */
extern const char *wp_blas_describe(char *text, size_t size) __attribute__((weak));

static enum wp_err print_version(struct wp_output *out)
{
	const char *features = wp_tool.about->features;
	char blas[128] = "";
	if (wp_blas_describe)
		wp_blas_describe(blas, sizeof blas);
	return wp_output_printf(out, "%s (wordpipe) %s\n%s%s%s%s", wp_tool.program, WP_VERSION,
		features ? features : "", features ? "\n" : "", blas, *blas ? "\n" : "");
}

static enum wp_err print_asked(struct wp_output *out)
{
	return wp_print_options(out, wp_common.print_options);
}

static char prefix[33];

const char *wp_tool_prefix(void)
{
	return prefix;
}

/* What the program says of itself, with the name that it was installed with: `make install
 * PROGPREFIX=wp-` makes vocab wp-vocab, and so do a link or a copy of that name. */
static const struct wp_about *as_called(const struct wp_about *about, const char *path)
{
	static struct wp_about shown;
	static char name[sizeof prefix + 32];
	const char *base = path ? path : "";
	for (const char *slash; (slash = strchr(base, '/'));)
		base = slash + 1;
	size_t length = strlen(base), own = strlen(about->name);
	if (length <= own || length - own >= sizeof prefix || own >= 32 ||
		strcmp(base + length - own, about->name) != 0)
		return about;
	for (size_t i = 0; i < length - own; i++)
		if (!isalnum((unsigned char)base[i]) && !strchr("-_.+", base[i]))
			return about;
	memcpy(prefix, base, length - own);
	memcpy(name, base, length + 1);
	shown = *about;
	shown.name = name;
	return &shown;
}

/* Where the caller closed a standard descriptor, the next file that we open would take its
 * place: messages would go into a result, or a result be read as input.  A device takes the
 * place first, opened the wrong way around, so that reading standard input and writing standard
 * output fail; messages vanish, as who closes standard error wants it. */
static void fill_standard_descriptors(void)
{
	static const int how[] = {O_WRONLY, O_RDONLY, O_WRONLY};
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", how[fd]) != fd)
			exit(WP_STATUS_FAILED);
}

/* OpenBLAS starts threads when it is loaded, before main, and each wants 128 MiB of address
 * space. The programs have threads of their own and need none of those; where address space is
 * limited, such a thread asks for it in a loop that never ends, and holds up the end of the
 * program. Only its environment keeps it from that: so begin again with one. */
extern void openblas_set_num_threads(int) __attribute__((weak));

static void keep_openblas_from_threads(char **argv)
{
	static const char variable[] = "OPENBLAS_NUM_THREADS";
	struct rlimit limit;
	if (!openblas_set_num_threads || getenv(variable) ||
		getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
		return;
	if (setenv(variable, "1", 1) == 0)
		execv("/proc/self/exe", argv); /* returns where that cannot be done */
}

void wp_tool_start(
	const struct wp_about *about, const struct wp_opt *options, int *argc, char ***argv)
{
	fill_standard_descriptors();
	keep_openblas_from_threads(*argv);
	wp_tool = (struct wp_tool){
		.about = as_called(about, **argv), .program = about->name, .options = options};
	wp_tool_seconds(); /* starts the clock */
	setvbuf(stderr, NULL, _IOLBF, 0);
	wp_tool_guard();
	keep_defaults();
	*argv += *argc > 0;
	*argc = parse(*argv);
	if (wp_common.help)
		print_and_exit(wp_print_help);
	if (wp_common.version)
		print_and_exit(print_version);
	if (wp_common.print_options)
		print_and_exit(print_asked);
	if (wp_common.threads == 0)
		wp_common.threads = wp_processors();
	if (!wp_common.tmpdir)
		wp_common.tmpdir = getenv("TMPDIR");
	if (!wp_common.tmpdir || !*wp_common.tmpdir)
		wp_common.tmpdir = "/tmp";
	if ((wp_tool_given(&wp_common.checkpoint_every) || wp_common.checkpoint_seconds > 0) &&
		!wp_common.checkpoint)
		wp_tool_usage("an interval of checkpoints needs --checkpoint FILE");
	wp_tool_check_outputs(*argc, *argv);
}

bool wp_tool_given(const void *var)
{
	for (size_t i = 0; wp_tool.options[i].kind != WP_KIND_END; i++)
		if (wp_tool.options[i].var == var && wp_tool.given[i])
			return true;
	return false;
}

void wp_tool_operands(int argc, int least, int most)
{
	if (argc < least)
		wp_tool_usage("too few operands: %s", wp_tool.about->operands);
	if (argc > most)
		wp_tool_usage("too many operands: %s",
			*wp_tool.about->operands ? wp_tool.about->operands : "none are taken");
}

/* Does the option stand in the history?  Those that change the result and are not as always. */
static bool in_history(const struct wp_opt *o)
{
	if (o->flags & (WP_OPT_NEUTRAL | WP_OPT_HIDDEN) || !o->var)
		return false;
	if (o->flags & WP_OPT_ALWAYS)
		return true;
	if (o->kind == WP_KIND_SET)
		return *(const int *)o->var == (int)o->min && wp_tool_given(o->var);
	if (o->kind == WP_KIND_TEXT) {
		const char *now = *(const char *const *)o->var;
		const char *before = *(const char *const *)wp_opt_default(o);
		return now && (!before || strcmp(now, before) != 0);
	}
	return memcmp(o->var, wp_opt_default(o), value_size(o->kind)) != 0;
}

const char *wp_tool_history_line(void)
{
	static char *line;
	size_t size;
	free(line);
	FILE *f = open_memstream(&line, &size);
	if (!f)
		wp_tool_die(WP_ENOMEM, "the command line: out of memory");
	/* cppcheck-suppress nullPointerRedundantCheck */
	fprintf(f, "%s %s", wp_tool.program, WP_VERSION);
	for (const struct wp_opt *o = wp_tool.options; o->kind != WP_KIND_END; o++) {
		char value[64];
		if (in_history(o))
			fprintf(f, " --%s%s%s", o->name, takes_argument(o) ? "=" : "",
				takes_argument(o) ? wp_opt_show(o, o->var, value, sizeof value)
						  : "");
	}
	/* Where the last growth fails, fclose succeeds, and there is no line. */
	bool cut = ferror(f);
	if (fclose(f) != 0 || cut || !line)
		wp_tool_die(WP_ENOMEM, "the command line: out of memory");
	return line;
}
