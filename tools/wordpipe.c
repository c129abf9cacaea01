/* wordpipe: one command for all programs of the toolkit.
 *
 * `wordpipe NAME ...` becomes the program NAME from the folder in which wordpipe itself is;
 * `wordpipe help` lists them, and `wordpipe doctor` looks at the machine and tries them.
 */
#define _XOPEN_SOURCE 700 /* realpath */
#include "tool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <unistd.h>
#include <zlib.h>

#include "base/closest.h"
#include "base/cpu.h"
#include "base/parallel.h"
#include "program_table.h" /* made from the table of wordpipe(7) */

enum { PROGRAMS = sizeof program_table / sizeof *program_table, PATH_SIZE = 4096 };

static const struct wp_about about = {
	.name = "wordpipe",
	.summary = "run the programs of the toolkit, list them, and look after them",
	.operands = "[program [argument ...]]",
	.examples = (const char *const[]){"wordpipe help", "wordpipe doctor",
		"wordpipe tokenize text | wordpipe vocab --top 8000 > ids.bin",
		"wordpipe help rnn-train", NULL},
	.see_also = "tokenize, vocab, w2v, rnn-train, wordpipe(7)",
};

static const struct wp_opt options[] = {
	WP_OPT_TMPDIR,
	WP_OPT_COMMON,
	WP_OPT_END,
};

/* ---- Where the programs are ---- */

static char folder[PATH_SIZE]; /* with a slash at the end, or "" */
static char prefix[64];        /* of their names: "wp-" where this is wp-wordpipe */

static void find_folder(const char *called)
{
	ssize_t n = readlink("/proc/self/exe", folder, sizeof folder - 1);
	if (n <= 0)
		n = snprintf(folder, sizeof folder, "%s", called);
	folder[n > 0 && n < PATH_SIZE ? n : 0] = '\0';
	char *slash = strrchr(folder, '/');
	*(slash ? slash + 1 : folder) = '\0';
	const char *name = strrchr(called, '/');
	name = name ? name + 1 : called;
	size_t length = strlen(name), own = strlen(about.name);
	if (length > own && length - own < sizeof prefix &&
		strcmp(name + length - own, about.name) == 0)
		snprintf(prefix, sizeof prefix, "%.*s", (int)(length - own), name);
}

static bool is_known(const char *name)
{
	for (int i = 0; i < PROGRAMS; i++)
		if (strcmp(name, program_table[i].name) == 0)
			return true;
	return false;
}

static _Noreturn void refuse(const char *name)
{
	const char *names[PROGRAMS + 3];
	int n = 0;
	for (; n < PROGRAMS; n++)
		names[n] = program_table[n].name;
	names[n++] = "help";
	names[n++] = "doctor";
	names[n] = NULL;
	const char *meant = wp_closest(names, name, strlen(name));
	wp_tool_usage("no program '%s'%s%s%s ('wordpipe help' lists them)", name,
		meant ? "; did you mean " : "", meant ? meant : "", meant ? "?" : "");
}

/* Become the program argv[0], with its arguments.  self is what this one was called by, or NULL
 * where the tool layer has begun already, for help on a program or on itself. */
static _Noreturn void become(char **argv, char *self)
{
	static char path[PATH_SIZE + 128];
	char *none[] = {self, NULL}, **left = none;
	int count = 1;
	const char *name = argv[0];
	bool known = is_known(name) || (!self && strcmp(name, about.name) == 0);
	snprintf(path, sizeof path, "%s%s%.40s", folder, prefix, name);
	if (known) {
		argv[0] = path;
		*folder ? execv(path, argv) : execvp(path, argv);
	}
	if (self)
		wp_tool_start(&about, options, &count, &left);
	if (!known)
		refuse(name);
	wp_tool_check(wp_fail_errno("%s: cannot run", path));
	exit(WP_STATUS_FAILED);
}

/* ---- help ---- */

static void list(void)
{
	struct wp_output *out = wp_tool_output();
	wp_tool_check(wp_output_printf(out,
		"usage: %s%s program [argument ...]\n\n%-15s%-16s%-14s%s\n", prefix, about.name,
		"program", "reads", "writes", "what it does"));
	for (int i = 0; i < PROGRAMS; i++)
		wp_tool_check(wp_output_printf(out, "%-15s%-16s%-14s%s\n",
			program_table[i].name, program_table[i].reads, program_table[i].writes,
			program_table[i].does));
	wp_tool_check(wp_output_printf(out,
		"\n'%s%s help PROGRAM' shows its options, 'man %sPROGRAM' its page,\n"
		"'man wordpipe' what all have in common; '%s%s doctor' tries them.\n",
		prefix, about.name, prefix, prefix, about.name));
}

/* ---- doctor ---- */

static bool healthy = true;

static void say(const char *what, const char *format, ...) WP_PRINTF(2, 3);
static void say(const char *what, const char *format, ...)
{
	char text[512];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	wp_tool_check(wp_output_printf(wp_tool_output(), "%-12s %s\n", what, text));
}

static void report(bool good, const char *what, const char *text)
{
	healthy = healthy && good;
	wp_tool_check(wp_output_printf(
		wp_tool_output(), "%-12s %s%s\n", what, good ? "" : "PROBLEM: ", text));
}

/* The first line of a file that begins with the key, behind its colon. */
static void look_up(const char *path, const char *key, char *to, size_t size)
{
	char line[512];
	FILE *file = fopen(path, "r");
	*to = '\0';
	while (file && !*to && fgets(line, sizeof line, file))
		if (strncmp(line, key, strlen(key)) == 0) {
			const char *value = strchr(line, ':');
			value = value ? value + 1 + strspn(value + 1, " \t") : "";
			snprintf(to, size, "%.*s", (int)strcspn(value, "\n"), value);
		}
	if (file)
		fclose(file);
}

static void describe_machine(void)
{
	char model[256], memory[64];
	struct utsname system;
	struct statvfs disk;
	look_up("/proc/cpuinfo", "model name", model, sizeof model);
	look_up("/proc/meminfo", "MemAvailable", memory, sizeof memory);
	if (uname(&system) == 0)
		say("system", "%s %s, %s", system.sysname, system.release, system.machine);
	say("machine", "%s, %d processor%s", *model ? model : "of unknown make",
		wp_processors(), wp_processors() == 1 ? "" : "s");
	if (*memory)
		say("memory", "%lld MiB available", atoll(memory) / 1024);
	if (statvfs(wp_common.tmpdir, &disk) == 0)
		say("disk", "%llu MiB free in %s, for temporary files",
			(unsigned long long)disk.f_bavail * disk.f_frsize >> 20,
			wp_common.tmpdir);
	const char *lowered = getenv("WORDPIPE_ISA");
	say("kernels", "%s%s%s", wp_isa_name(wp_cpu_isa()), lowered ? ", by WORDPIPE_ISA=" : "",
		lowered ? lowered : "");
#ifdef __clang__
	say("compiler", "%s", __VERSION__);
#elif defined __GNUC__
	say("compiler", "GCC %s", __VERSION__);
#endif
	say("zlib", "%s", zlibVersion());
}

/* Run a command, with the folder first in PATH and the prefix in PROGPREFIX; its first line. */
static int ask(const char *command, char *line, size_t size)
{
	FILE *pipe = popen(command, "r");
	*line = '\0';
	if (!pipe)
		return -1;
	if (fgets(line, (int)size, pipe))
		line[strcspn(line, "\n")] = '\0';
	for (char rest[512]; fgets(rest, sizeof rest, pipe);)
		;
	return pclose(pipe);
}

static void look_at_programs(void)
{
	char command[128], line[256], expected[128], text[PATH_SIZE + 64];
	int there = 0;
	for (int i = 0; i < PROGRAMS; i++) {
		const char *name = program_table[i].name;
		snprintf(command, sizeof command, "exec \"${PROGPREFIX}%s\" --version 2>&1",
			name);
		snprintf(expected, sizeof expected, "%s (wordpipe) %s", name, WP_VERSION);
		if (ask(command, line, sizeof line) == 0 && strcmp(line, expected) == 0)
			there++;
		else
			report(false, name, *line ? line : "does not run");
	}
	snprintf(text, sizeof text, "%d of %d in %s", there, PROGRAMS, folder);
	report(there == PROGRAMS, "programs", text);
	ask("\"${PROGPREFIX}rnn-train\" --version | sed -n 2p", line, sizeof line);
	if (*line)
		say("matrices", "%s", line);
}

/* The first file of that name in PATH; NULL where there is none, or it is of our folder. */
static char *other_in_path(const char *path, const char *name)
{
	char place[PATH_SIZE + 128];
	for (const char *p = path, *end; *p; p = *end ? end + 1 : end) {
		end = p + strcspn(p, ":");
		snprintf(place, sizeof place, "%.*s/%s%s", (int)(end - p), p, prefix, name);
		if (end == p || end - p >= PATH_SIZE || access(place, X_OK) != 0)
			continue;
		char *resolved = realpath(place, NULL);
		if (resolved && strncmp(resolved, folder, strlen(folder)) != 0)
			return resolved;
		free(resolved);
		return NULL;
	}
	return NULL;
}

static void look_at_path(const char *path)
{
	char *first = NULL;
	int others = 0;
	for (int i = 0; i < PROGRAMS; i++) {
		char *other = other_in_path(path, program_table[i].name);
		others += other != NULL;
		if (first)
			free(other);
		else
			first = other;
	}
	if (others > 0)
		say("note", "%d program%s of these names, such as %s, come%s first in PATH",
			others, others == 1 ? "" : "s", first, others == 1 ? "s" : "");
	free(first);
}

/* Prints "ok NAME" or "FAILED NAME: first message", a line for each trial. */
static const char trials[] =
	"work=$(mktemp -d \"${TMPDIR:-/tmp}/wordpipe.XXXXXX\") && cd \"$work\" && work=$PWD || exit\n"
	"trap 'rm -rf \"$work\"' EXIT\n"
	"trap 'exit 1' HUP INT TERM\n"
	"p=$PROGPREFIX\n"
	"try() {\n"
	"  name=$1\n"
	"  (set -e; \"$2\") 2> err &\n" /* -e would mean nothing behind 'if' */
	"  if wait $!; then echo \"ok $name\"\n"
	"  else echo \"FAILED $name: $(head -n 1 err)\"; fi\n"
	"}\n"
	"text() {\n"
	"  i=0\n"
	"  while [ $i -lt 50 ]; do\n"
	"    echo 'The cat sat on the mat. The dog sat on the log!'\n"
	"    echo \"Don't the bird and the cat see no. $i?\"\n"
	"    i=$((i + 1))\n"
	"  done > text\n"
	"  ${p}tokenize --sentences --lower text > tokens\n"
	"  [ \"$(head -n 2 tokens | tr '\\n' '|')\" = 'the cat sat on the mat .|the dog sat on "
	"the log !|' ]\n"
	"}\n"
	"counts() {\n"
	"  ${p}vocab tokens > ids.bin\n"
	"  [ \"$(${p}vocab --list tokens | sed -n 2p)\" = \"the	300\" ]\n"
	"  ${p}cooc ids.bin > cooc.bin\n"
	"  ${p}ts-check cooc.bin\n"
	"  ${p}ngram-train -q ids.bin > lm.bin\n"
	"}\n"
	"vectors() {\n"
	"  ${p}w2v -q --dim 8 --threads 1 ids.bin > w2v.bin\n"
	"  WORDPIPE_ISA=plain ${p}w2v -q --dim 8 --threads 1 ids.bin > plain.bin\n"
	"  ${p}ts-diff --tolerance 1e-3 plain.bin w2v.bin\n"
	"  ${p}svd-embed --dim 4 cooc.bin > svd.bin\n"
	"  ${p}neighbors -k 1 -e svd.bin cat > near\n"
	"  [ -s near ]\n"
	"}\n"
	"networks() {\n"
	"  ${p}rnn-train -q --hidden 8 --epochs 1 ids.bin > rnn.bin\n"
	"  WORDPIPE_ISA=plain ${p}rnn-train -q --hidden 8 --epochs 1 ids.bin > plain.bin\n"
	"  ${p}ts-diff --tolerance 1e-3 plain.bin rnn.bin\n"
	"}\n"
	"taggers() {\n"
	"  printf 'the DT\\ncat NN\\nsat VB\\n\\nthe DT\\ndog NN\\nsat VB\\n' > tags\n"
	"  ${p}crf-train -q tags > crf.bin\n"
	"  ${p}crf-predict crf.bin tags > out\n"
	"  [ \"$(head -n 1 out | tr '\\t' ' ')\" = 'the DT DT' ]\n"
	"}\n"
	"streams() {\n"
	"  ${p}ts-convert --to npy svd.bin > svd.npy\n"
	"  ${p}ts-convert --to tsv --tensor vocab svd.bin > words\n"
	"  ${p}ts-convert --from npy --words words svd.npy > back.bin\n"
	"  ${p}ts-select --tensor embedding back.bin > one.bin\n"
	"  ${p}ts-select --tensor embedding svd.bin | ${p}ts-diff - one.bin\n"
	"  head -c 300 svd.bin > cut.bin\n"
	"  ! ${p}ts-check cut.bin 2> err || return 1\n"
	"}\n"
	"pictures() {\n"
	"  printf 'step\\tloss\\n1\\t3\\n2\\t2\\n' | ${p}ts-plot > plot.svg\n"
	"  grep -q '</svg>' plot.svg\n"
	"}\n"
	"for trial in text counts vectors networks taggers streams pictures; do\n"
	"  try $trial $trial\n"
	"done\n";

static void try_programs(void)
{
	char line[512], text[600];
	int good = 0, bad = 0;
	setenv("TRIALS", trials, 1);
	setenv("TMPDIR", wp_common.tmpdir, 1);
	FILE *pipe = popen("eval \"$TRIALS\"", "r");
	while (pipe && fgets(line, sizeof line, pipe)) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "ok ", 3) == 0)
			good++;
		else
			report(false, "self-test", line), bad++;
	}
	bool ran = pipe && pclose(pipe) == 0 && good + bad > 0;
	snprintf(text, sizeof text, "%d of %d trials right", good, good + bad);
	report(ran && bad == 0, "self-test", ran ? text : "could not be run");
}

static void doctor(void)
{
	static char before[PATH_SIZE], path[2 * PATH_SIZE + 2];
	const char *old = getenv("PATH");
	snprintf(before, sizeof before, "%s", old ? old : "");
	say("version", "%s", WP_VERSION);
	describe_machine();
	snprintf(path, sizeof path, "%.*s:%s", (int)strlen(folder) - (*folder != '\0'), folder,
		before);
	if (*folder)
		setenv("PATH", path, 1);
	setenv("PROGPREFIX", prefix, 1);
	look_at_programs();
	look_at_path(before);
	try_programs();
}

int main(int argc, char **argv)
{
	find_folder(argc > 0 ? argv[0] : "");
	bool own = argc < 2 || *argv[1] == '-' || strcmp(argv[1], "help") == 0 ||
		strcmp(argv[1], "doctor") == 0;
	if (!own)
		become(argv + 1, argv[0]);
	wp_tool_start(&about, options, &argc, &argv);
	bool help = argc == 0 || strcmp(argv[0], "help") == 0;
	if (!help && strcmp(argv[0], "doctor") != 0)
		wp_tool_usage("options of a program come after its name");
	wp_tool_operands(argc, 0, help ? 2 : 1);
	if (argc == 2) {
		bool own_word = strcmp(argv[1], "help") == 0 || strcmp(argv[1], "doctor") == 0;
		char *args[] = {own_word ? "wordpipe" : argv[1], "--help", NULL};
		become(args, NULL);
	}
	help ? list() : doctor();
	int status = wp_tool_finish();
	return healthy ? status : WP_STATUS_FAILED;
}
