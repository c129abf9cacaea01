/* The tool layer: what every program of the toolkit shares.
 *
 *	static struct { int dim; } conf = {100};
 *	static const struct wp_opt options[] = {
 *		WP_OPT_INT('d', "dim", &conf.dim, "N", 1, 65536, "length of each vector"),
 *		WP_OPT_COMMON, WP_OPT_END
 *	};
 *	int main(int argc, char **argv)
 *	{
 *		wp_tool_start(&about, options, &argc, &argv); // leaves the operands
 *		...                                           // open, check, one library call
 *		return wp_tool_finish();
 *	}
 *
 * The table of options feeds parsing, --help, the man page's SYNOPSIS and OPTIONS, shell
 * completion, and the line in the stream's history.  Nothing here computes.
 */
#ifndef WP_TOOL_H
#define WP_TOOL_H

#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "stream/output.h"
#include "stream/reader.h"
#include "stream/writer.h"

/* Exit statuses of the whole toolkit, as wordpipe(7) has them. */
enum wp_status {
	WP_STATUS_OK = 0,
	WP_STATUS_FAILED = 1,     /* the work failed                                      */
	WP_STATUS_USAGE = 2,      /* the command line is wrong                            */
	WP_STATUS_INCOMPLETE = 3, /* input is cut short, or its writer failed             */
	WP_STATUS_CORRUPT = 4,    /* input is damaged, or not of the expected format      */
	WP_STATUS_DIVERGED = 5    /* training left the finite numbers                     */
};

/* What a program says of itself. */
struct wp_about {
	const char *name;
	const char *summary;         /* "turn text into token text": as in the page's NAME  */
	const char *operands;        /* "[file ...]", or "" where there are none            */
	const char *const *examples; /* real command lines, ended by NULL                   */
	const char *features;        /* what --version adds: libraries, or NULL             */
	const char *see_also;        /* "vocab, w2v": sibling programs                      */
};

enum wp_opt_kind {
	WP_KIND_END,
	WP_KIND_GROUP, /* a heading in --help and in the page  */
	WP_KIND_FLAG,  /* bool: becomes true                   */
	WP_KIND_SET,   /* int: becomes min                     */
	WP_KIND_INT,   /* int                                  */
	WP_KIND_COUNT, /* uint64_t                             */
	WP_KIND_REAL,  /* double                               */
	WP_KIND_SIZE,  /* size_t, bytes with suffix K, M, G, T */
	WP_KIND_TIME,  /* double, seconds with suffix s, m, h, d */
	WP_KIND_TEXT,  /* const char *                         */
	WP_KIND_CHOICE /* int or enum: index into choices      */
};
_Static_assert(sizeof(enum wp_opt_kind) == sizeof(int), "an enum is read and set as an int");

enum {
	WP_OPT_NEUTRAL = 1, /* does not change the output: left out of the history     */
	WP_OPT_ALWAYS = 2,  /* stands in the history even where it is the default      */
	WP_OPT_HIDDEN = 4,  /* another name of the option with the same variable: taken,
			     * and named nowhere, not even in the history              */
	WP_OPT_WRITES = 8   /* a FILE that the program writes, and that must be no other one */
};

struct wp_opt {
	enum wp_opt_kind kind;
	char letter; /* 0: only the long name */
	const char *name;
	const char *arg; /* what the argument is called: "N", "FILE" */
	void *var;       /* its value at the start is the default; below min: it depends */
	double min, max;
	const char *const *choices; /* the first of their names, ended by NULL */
	size_t stride;              /* bytes between them, where they stand in a table */
	unsigned flags;
	const char *help; /* one phrase, no full stop */
};

#define WP_OPT_GROUP(title) \
	{ \
		.kind = WP_KIND_GROUP, .help = title \
	}
#define WP_OPT_FLAG(l, n, v, h) \
	{ \
		.kind = WP_KIND_FLAG, .letter = l, .name = n, .var = v, .help = h \
	}
#define WP_OPT_SET(l, n, v, value, h) \
	{ \
		.kind = WP_KIND_SET, .letter = l, .name = n, .var = v, .min = value, .help = h \
	}
#define WP_OPT_INT(l, n, v, a, lo, hi, h) \
	{ \
		.kind = WP_KIND_INT, .letter = l, .name = n, .arg = a, .var = v, .min = lo, \
		.max = hi, .help = h \
	}
#define WP_OPT_COUNT(l, n, v, a, lo, hi, h) \
	{ \
		.kind = WP_KIND_COUNT, .letter = l, .name = n, .arg = a, .var = v, .min = lo, \
		.max = hi, .help = h \
	}
#define WP_OPT_REAL(l, n, v, a, lo, hi, h) \
	{ \
		.kind = WP_KIND_REAL, .letter = l, .name = n, .arg = a, .var = v, .min = lo, \
		.max = hi, .help = h \
	}
#define WP_OPT_SIZE(l, n, v, h) \
	{ \
		.kind = WP_KIND_SIZE, .letter = l, .name = n, .arg = "SIZE", .var = v, \
		.help = h \
	}
#define WP_OPT_TEXT(l, n, v, a, h) \
	{ \
		.kind = WP_KIND_TEXT, .letter = l, .name = n, .arg = a, .var = v, .help = h \
	}
/* A file that the program writes beside its output. */
#define WP_OPT_SIDE(n, v, h) \
	{ \
		.kind = WP_KIND_TEXT, .name = n, .arg = "FILE", .var = v, \
		.flags = WP_OPT_NEUTRAL | WP_OPT_WRITES, .help = h \
	}
#define WP_OPT_CHOICE(l, n, v, a, c, h) \
	{ \
		.kind = WP_KIND_CHOICE, .letter = l, .name = n, .arg = a, .var = v, \
		.choices = c, .help = h \
	}
/* The choices are the entries of a table, whose first member is their name. */
#define WP_OPT_TABLE(l, n, v, a, t, h) \
	{ \
		.kind = WP_KIND_CHOICE, .letter = l, .name = n, .arg = a, .var = v, \
		.choices = &(t)[0].name, .stride = sizeof(t)[0], .help = h \
	}
/* An older name, or another program's, of the option with the same variable. */
#define WP_OPT_ALSO(k, n, v, a, lo, hi) \
	{ \
		.kind = k, .name = n, .arg = a, .var = v, .min = lo, .max = hi, \
		.flags = WP_OPT_HIDDEN, .help = "" \
	}
#define WP_OPT_END \
	{ \
		.kind = WP_KIND_END \
	}

/* Options of a struct's settings, which a library declares, and then those of a program, ended
 * by WP_OPT_END, all of them into `options`, with room for `most`. */
struct wp_setting;
void wp_tool_join_options(struct wp_opt *options, size_t most,
	const struct wp_setting *settings, void *of, const struct wp_opt *others);

/* The values of the options that programs share. */
struct wp_common {
	bool help, version, quiet, verbose, no_progress, no_history;
	const char *print_options; /* for the build: see CONTRIBUTING.md */
	const char *output, *tmpdir, *log, *checkpoint, *resume;
	uint64_t checkpoint_every; /* seconds, or steps; set the default first */
	double checkpoint_seconds; /* beside steps; 0: not */
	double max_time;           /* seconds; 0: no end   */
	uint64_t seed;
	int threads; /* as given; the default is the number of processors */
	size_t memory;
};
extern struct wp_common wp_common;

/* Every program: -h -V -o -q -v. */
#define WP_OPT_COMMON \
	WP_OPT_GROUP("Common"), \
		{.kind = WP_KIND_TEXT, \
			.letter = 'o', \
			.name = "output", \
			.arg = "FILE", \
			.var = &wp_common.output, \
			.flags = WP_OPT_NEUTRAL | WP_OPT_WRITES, \
			.help = "write to FILE, which appears when it is complete, instead of " \
				"standard output"}, \
		{.kind = WP_KIND_FLAG, \
			.letter = 'q', \
			.name = "quiet", \
			.var = &wp_common.quiet, \
			.flags = WP_OPT_NEUTRAL, \
			.help = "no warnings, no progress"}, \
		{.kind = WP_KIND_FLAG, \
			.letter = 'v', \
			.name = "verbose", \
			.var = &wp_common.verbose, \
			.flags = WP_OPT_NEUTRAL, \
			.help = "report what was done, the time and the memory on standard " \
				"error"}, \
		{.kind = WP_KIND_FLAG, \
			.letter = 'h', \
			.name = "help", \
			.var = &wp_common.help, \
			.flags = WP_OPT_NEUTRAL, \
			.help = "print this help"}, \
	{ \
		.kind = WP_KIND_FLAG, .letter = 'V', .name = "version", \
		.var = &wp_common.version, .flags = WP_OPT_NEUTRAL, \
		.help = "print the version" \
	}

/* Programs that write a tensor stream. */
#define WP_OPT_HISTORY \
	{ \
		.kind = WP_KIND_FLAG, .name = "no-history", .var = &wp_common.no_history, \
		.flags = WP_OPT_NEUTRAL, \
		.help = "leave out the record of the commands that made the stream" \
	}

/* Programs that use random numbers. */
#define WP_OPT_SEED \
	{ \
		.kind = WP_KIND_COUNT, .name = "seed", .arg = "N", .var = &wp_common.seed, \
		.min = 0, .max = 9007199254740992.0, .flags = WP_OPT_ALWAYS, \
		.help = "seed of the random numbers" \
	}

/* Programs that run threads; flags: WP_OPT_NEUTRAL where the number changes no byte. */
#define WP_OPT_THREADS(neutral) \
	{ \
		.kind = WP_KIND_INT, .letter = 't', .name = "threads", .arg = "N", \
		.var = &wp_common.threads, .min = 1, .max = 1024, .flags = neutral, \
		.help = "threads to run; by default one for each processor" \
	}

/* Programs that can trade memory for disk; set wp_common.memory to the default first. */
#define WP_OPT_MEMORY \
	{ \
		.kind = WP_KIND_SIZE, .letter = 'm', .name = "memory", .arg = "SIZE", \
		.var = &wp_common.memory, .flags = WP_OPT_NEUTRAL, \
		.help = "memory to use, in bytes or with a suffix K, M, G or T" \
	}
#define WP_OPT_TMPDIR \
	{ \
		.kind = WP_KIND_TEXT, .letter = 'T', .name = "tmpdir", .arg = "DIR", \
		.var = &wp_common.tmpdir, .flags = WP_OPT_NEUTRAL, \
		.help = "where temporary files go, instead of $TMPDIR or /tmp" \
	}

/* Programs that run long. */
#define WP_OPT_LOG \
	{ \
		.kind = WP_KIND_TEXT, .name = "log", .arg = "FILE", .var = &wp_common.log, \
		.flags = WP_OPT_NEUTRAL | WP_OPT_WRITES, \
		.help = "write a tab-separated table of the progress to FILE" \
	}
/* name and unit: "checkpoint-every", "SECONDS", or "checkpoint-steps", "STEPS"; see struct
 * wp_tool_job. */
#define WP_OPT_CHECKPOINTS(named, unit) \
	{.kind = WP_KIND_TEXT, \
		.name = "checkpoint", \
		.arg = "FILE", \
		.var = &wp_common.checkpoint, \
		.flags = WP_OPT_NEUTRAL | WP_OPT_WRITES, \
		.help = "save the state of training to FILE, on SIGINT, SIGTERM and SIGHUP and " \
			"at intervals"}, \
		{.kind = WP_KIND_COUNT, \
			.name = named, \
			.arg = unit, \
			.var = &wp_common.checkpoint_every, \
			.min = 0, \
			.max = 1e15, \
			.flags = WP_OPT_NEUTRAL, \
			.help = "how often; 0: only on signals"}, \
	{ \
		.kind = WP_KIND_TEXT, .name = "resume", .arg = "FILE", \
		.var = &wp_common.resume, .flags = WP_OPT_NEUTRAL, \
		.help = "continue from such a FILE, with the same input and options" \
	}
/* Beside WP_OPT_CHECKPOINTS of steps; and when to end, which says how far a training goes, not
 * which way. */
#define WP_OPT_CHECKPOINT_SECONDS \
	{ \
		.kind = WP_KIND_TIME, .name = "checkpoint-seconds", .arg = "TIME", \
		.var = &wp_common.checkpoint_seconds, .max = 1e9, .flags = WP_OPT_NEUTRAL, \
		.help = "save so often, in seconds or with a suffix m, h or d, instead of " \
			"after steps" \
	}
#define WP_OPT_MAX_TIME \
	{ \
		.kind = WP_KIND_TIME, .name = "max-time", .arg = "TIME", \
		.var = &wp_common.max_time, .max = 1e9, .flags = WP_OPT_NEUTRAL, \
		.help = "end training after so many seconds, or with a suffix m, h or d; 0: " \
			"never" \
	}
#define WP_OPT_PROGRESS \
	{ \
		.kind = WP_KIND_FLAG, .name = "no-progress", .var = &wp_common.no_progress, \
		.flags = WP_OPT_NEUTRAL, .help = "no progress line, even on a terminal" \
	}

/* Parse the command line and do what --help and --version ask for.  Long options may be cut to
 * a beginning that only one of them has.  On return the operands are
 * (*argv)[0] to (*argv)[*argc - 1].  Options and operands may be mixed; "--" ends the options.
 * A wrong command line is one line on standard error and exit status 2. */
void wp_tool_start(
	const struct wp_about *about, const struct wp_opt *options, int *argc, char ***argv);

/* Was this option given (by its variable)? */
bool wp_tool_given(const void *var);

/* Exit with status 2 and "NAME: message" for a command line that parses but makes no sense. */
_Noreturn void wp_tool_usage(const char *format, ...) WP_PRINTF(1, 2);

/* At most / exactly so many operands, or exit with status 2. */
void wp_tool_operands(int argc, int least, int most);

/* If err is a failure: say "NAME: detail", tell the readers of our stream, remove what was
 * half written, and exit with the status that fits.  WP_OK and WP_END do nothing. */
void wp_tool_check(enum wp_err err);

/* The same without the end: for a program that goes on with its next operand.  wp_tool_finish
 * returns the status of the first failure. */
void wp_tool_complain(enum wp_err err);

/* The same as wp_tool_check for a failure of the program's own. */
_Noreturn void wp_tool_die(enum wp_err err, const char *format, ...) WP_PRINTF(2, 3);

/* "NAME: message" on standard error: a warning (not with -q), a report (only with -v). */
void wp_tool_warn(const char *format, ...) WP_PRINTF(1, 2);
void wp_tool_report(const char *format, ...) WP_PRINTF(1, 2);

/* Open the program's output (-o or standard output) as text, or as a tensor stream (level: see
 * wp_writer_open).  One or the other, once; owned by the tool layer, which finishes it. */
struct wp_output *wp_tool_output(void);
struct wp_writer *wp_tool_writer(int level);

/* Open a tensor stream to read; exits with usage where that would be a terminal, which is all
 * that wp_tool_refuse_terminal does. */
void wp_tool_refuse_terminal(const char *path);
struct wp_reader *wp_tool_reader(const char *path);

/* The same for a model; text in its place is not what that makes ids of, but not what `maker`,
 * a program, has written. */
struct wp_reader *wp_tool_model(const char *path, const char *maker);

/* A file that the program writes beside its output: text, or a tensor stream.  It is opened at
 * once, owned by the tool layer, and gets its name together with the output when all of them
 * are complete.  partial: it is of use also where the program is stopped by a signal; then it
 * appears, ended as failed. */
struct wp_output *wp_tool_side_output(const char *path);
struct wp_writer *wp_tool_side_writer(const char *path, bool partial);

/* Complete the partial ones now, as whole: before a failure that they tell about. */
void wp_tool_commit_partial(void);

/* Take over the `history` record at which reader stands; true if it is one.  Lines of joined
 * streams that are known already are not repeated. */
bool wp_tool_take_history(struct wp_reader *reader, const struct wp_tensor *tensor);

/* Write the history taken and this program's line to the tool's writer, unless --no-history.
 * Only the first call writes. */
void wp_tool_put_history(void);

/* What to do with records that the program has no use for: take over the history and pass the
 * others on to the tool's writer, behind the history; or take over the history alone.  NULL
 * goes with both. */
enum wp_err wp_tool_pass_on(
	void *unused, struct wp_reader *reader, const struct wp_tensor *tensor);
enum wp_err wp_tool_keep_history(
	void *unused, struct wp_reader *reader, const struct wp_tensor *tensor);

/* Put the line of another program that made what this one reads behind the history taken. */
void wp_tool_add_history(const char *line);

/* The last line of the history taken that is of this program, without its name and version;
 * NULL if there is none.  Its length goes to *length. */
const char *wp_tool_find_history(const char *program, size_t *length);

/* Run another program of the toolkit, from the folder of this one, with options separated by
 * spaces and with operands, and add its line to the history.  The path from which its output
 * can be read; one program at a time. */
char *wp_tool_child_start(const char *program, const char *options, int argc, char **operands);

/* It has been read: wait for the program's end, and end as it did if it failed. */
void wp_tool_child_end(void);

/* The command line as the history has it: "w2v 0.1.0 --dim=50 --seed=1".  Borrowed until the
 * next call. */
const char *wp_tool_history_line(void);

/* From now on SIGINT, SIGTERM and SIGHUP only set the flag that this returns; a program that
 * saves its work calls wp_tool_die_of_signal afterwards, which drops the outputs and ends it by
 * that signal.  Without this call they end the program at once and leave no partial file. */
const volatile sig_atomic_t *wp_tool_catch_signals(void);
_Noreturn void wp_tool_die_of_signal(void);

/* Training.  The functions get the model; save and load are those of the library, with the
 * program's history line. */
typedef enum wp_err wp_tool_put_fn(void *model, struct wp_writer *writer, const char *settings);
struct wp_tool_job {
	void *model;
	/* Train a stretch, soon to be stopped by *stop (which may be NULL): WP_ESTOPPED. */
	enum wp_err (*run)(void *model, const volatile sig_atomic_t *stop);
	bool (*ended)(const void *model);
	wp_tool_put_fn *save;
	enum wp_err (*load)(void *model, struct wp_reader *reader, const char *settings);
	void (*stopped)(void *model); /* after the last save of a stopped run; may be NULL */
	bool by_steps; /* save after each stretch, instead of every so many seconds   */
};

/* Continue from --resume, if that is given. */
void wp_tool_resume(const struct wp_tool_job *job);

/* Is there something to do between two steps: has --max-time passed, or is a checkpoint due by
 * --checkpoint-seconds? */
bool wp_tool_pauses(void);

/* Train to the end, or until --max-time has passed, saving --checkpoint at intervals; one that
 * cannot be written is reported, and makes the exit status 1 in the end.  A signal to stop
 * saves and ends the program. Returns how the training ended. */
WP_MUST_CHECK enum wp_err wp_tool_train(const struct wp_tool_job *job);

/* Give a text to feed(arg, data, n) as it arrives, with progress, and at its end n = 0; close
 * it. An error of feed ends the program, naming the text. */
typedef enum wp_err wp_tool_feed_fn(void *arg, const char *data, size_t n);
void wp_tool_feed(struct wp_input *input, wp_tool_feed_fn *feed, void *arg);

/* The progress line, on a terminal only, a few times a second at most: the share done (0 to 1,
 * or negative where it is not known), the time left, and text, whose fields two spaces
 * separate: where the terminal is narrow, those in the middle are left out first.
 * wp_tool_progress_due tells whether it is worth making the text. */
bool wp_tool_progress_due(void);
void wp_tool_progress(double share, const char *format, ...) WP_PRINTF(2, 3);

/* A line that stays: an epoch has ended, or training, and what it came to.  On a terminal where
 * progress is shown, and with -v. */
void wp_tool_milestone(const char *format, ...) WP_PRINTF(1, 2);

/* --log: columns is the heading line, tab-separated; then rows.  Nothing without --log. */
void wp_tool_log_start(const char *columns);
void wp_tool_log(const char *format, ...) WP_PRINTF(1, 2);

/* The log of a training begins with these columns, whatever is trained.  tokens: that have been
 * read so far, also before the run was resumed, when `first` had been; rate and loss: NAN where
 * there is none, shown as -.  What the format prints follows behind a tab, with the columns of
 * `more`. */
void wp_tool_log_start_steps(const char *more, double first);
struct wp_tool_step {
	int64_t step;
	int epoch;
	double tokens, rate, loss;
};
void wp_tool_log_step(const struct wp_tool_step *step, const char *format, ...) WP_PRINTF(2, 3);

/* After training: warn of a loss that rose, or is above that of chance (0: not known), which a
 * rate that is too large explains. */
struct wp_trend;
void wp_tool_judge_loss(const struct wp_trend *trend, double chance, double rate);

/* Say that a struct wp_vocab does not have the word, and which ones may have been meant, of the
 * first few such words; and how many there were. */
void wp_tool_unknown_word(void *vocab, const char *word, size_t length);
size_t wp_tool_unknown_words(void);

/* Warn of the pairs that were left out, and why. */
struct wp_pair_counts;
void wp_tool_warn_of_dropped(const struct wp_pair_counts *pairs);

/* Warn where most of the tokens of a text are unknown to a model or vocabulary. */
void wp_tool_judge_unknown(const char *name, const char *to, uint64_t unknown, uint64_t tokens);

/* Seconds since wp_tool_start. */
double wp_tool_seconds(void);

/* End all outputs as complete and say with -v what it took.  Returns the exit status. */
int wp_tool_finish(void);

#endif
