/* ts-convert: convert tensors from and to the formats of other programs.
 *
 * With --from reads a file of another format and writes a tensor stream; with --to reads a
 * tensor stream and writes another format.  The formats are those of formats/format.h.  With
 * neither, but --type, writes the stream again in numbers of that type.  Memory:
 * the tensor and its words, but for a tensor in a file that can be mapped, and for sparse
 * matrices that are written, which beyond --memory go to disk.
 */
#include "tool.h"

#include <math.h>
#include <string.h>

#include "formats/format.h"
#include "formats/tsv.h"
#include "stream/retype.h"
#include "stream/stored.h"

/* In the order of enum wp_type, from WP_I8. */
static const char *const types[] = {
	"i8", "u8", "i32", "i64", "f16", "bf16", "f32", "f64", "string", NULL};

static struct wp_format_list readable, writable;

static struct {
	int from, to; /* of readable and writable; -1: not given */
	const char *tensor;
	const char *words;
	const char *columns, *targets, *label, *tags, *sequence;
	const char *rename, *vocab;
	int type, dim;
	bool no_words, no_heading;
	uint64_t top;
} conf = {.from = -1, .to = -1, .tensor = "embedding", .type = WP_F32 - WP_I8};

static const struct wp_about about = {
	.name = "ts-convert",
	.summary = "convert tensors from and to the formats of other programs",
	.operands = "[file]",
	.examples = (const char *const[]){"ts-convert --from word2vec glove.txt > emb.bin",
		"ts-convert --to npy emb.bin > emb.npy",
		"ts-convert --to tsv --tensor counts vocab.bin | head",
		"cooc -w 1 toy.bin | ts-convert --to table",
		"ts-convert --type f16 model.bin > small.bin", NULL},
	.see_also = "ts-info, ts-cat, ts-diff, neighbors",
};

static const struct wp_opt options[] = {
	WP_OPT_CHOICE(0, "from", &conf.from, "FORMAT", readable.name,
		"read this format and write a tensor stream"),
	WP_OPT_CHOICE(0, "to", &conf.to, "FORMAT", writable.name,
		"read a tensor stream and write this format"),
	WP_OPT_TEXT(0, "tensor", &conf.tensor, "NAME",
		"the tensor to write, or to make; sparse: the matrix, by itself the one there is, "
		"or cooc; else, to write, the only one there is, where 'embedding' is not"),
	WP_OPT_COUNT('n', "top", &conf.top, "N", 0, 9007199254740992.0,
		"only the first N rows; 0: all"),
	{.kind = WP_KIND_COUNT,
		.name = "limit",
		.arg = "N",
		.var = &conf.top,
		.max = 9007199254740992.0,
		.flags = WP_OPT_HIDDEN,
		.help = "--top"},
	WP_OPT_TEXT(0, "vocab", &conf.vocab, "FILE",
		"only the rows of the words of FILE, a word a line, where rows have words"),
	WP_OPT_TEXT(0, "rename", &conf.rename, "FROM=TO",
		"npz, safetensors: give tensors other names; several pairs are separated by "
		"commas, and a * on the right is what that on the left stands for"),
	WP_OPT_FLAG(0, "no-words", &conf.no_words,
		"tsv: the first column holds numbers too, not words; cells: so do all"),
	WP_OPT_TEXT(0, "words", &conf.words, "FILE",
		"with --from npy, cells, matrix-market, or tsv without words: make the "
		"vocabulary of FILE, a token a line"),
	WP_OPT_CHOICE(0, "type", &conf.type, "TYPE", types,
		"type of the elements, by itself f32 with --from tsv, else as they are; without "
		"--from and --to: make the stream again with large matrices of numbers in f16, "
		"bf16, or i8 with a scale for each row; f32 makes them large again"),
	WP_OPT_INT('d', "dim", &conf.dim, "N", 0, 16777216,
		"with --from glove, or word2vec without a header: length of the vectors; 0: that "
		"of the first line"),
	WP_OPT_TEXT(0, "columns", &conf.columns, "NAMES",
		"csv: the columns to read, separated by commas, by default all others; or the "
		"heading to write; with --from conll, conllu: the numbers of the columns of words "
		"and tags, by default 1,-1 and 2,4, or of words alone; behind them NAME=N: column "
		"N becomes tensor 'column.NAME'"),
	WP_OPT_TEXT(0, "targets", &conf.targets, "NAMES",
		"with --from csv: the columns that become tensor 'targets'"),
	WP_OPT_TEXT(0, "label", &conf.label, "NAME",
		"with --from csv: the column of labels, one for each sequence; without "
		"--sequence each row is one"),
	WP_OPT_TEXT(0, "tags", &conf.tags, "NAME",
		"with --from csv: the column of tags, one for each row"),
	WP_OPT_TEXT(0, "sequence", &conf.sequence, "NAME",
		"with --from csv: the column in which rows of one sequence are equal"),
	WP_OPT_FLAG(0, "no-heading", &conf.no_heading,
		"with --from csv: the first row holds numbers; columns are called x1, x2, ..."),
	WP_OPT_HISTORY,
	WP_OPT_MEMORY,
	WP_OPT_TMPDIR,
	WP_OPT_COMMON,
	WP_OPT_END,
};

/* Neither --from nor --to, but --type. */
static bool retypes(void)
{
	return conf.from < 0 && conf.to < 0 && wp_tool_given(&conf.type);
}

static enum wp_type type(void)
{
	return (enum wp_type)(conf.type + WP_I8);
}

/* An option that would do nothing is a mistake. */
static void check_options(void)
{
	if ((conf.from < 0) == (conf.to < 0) && !retypes())
		wp_tool_usage(
			"give one of --from and --to: --from auto reads what it knows by its first "
			"bytes; or --type alone");
	if (retypes() && !wp_stored_holds(type()))
		wp_tool_usage("--type %s: a stream is made again in f32, f16, bf16 or i8",
			types[conf.type]);
	const struct wp_format *from = conf.from < 0 ? NULL : readable.format[conf.from];
	const struct wp_format *to = conf.to < 0 ? NULL : writable.format[conf.to];
	unsigned heeded = from ? from->reading : to ? to->writing : WP_FORMAT_TYPE;
	const char *useless = wp_format_useless(heeded,
		(conf.no_words ? WP_FORMAT_NO_WORDS : 0) | (conf.words ? WP_FORMAT_WORDS : 0) |
			(wp_tool_given(&conf.type) ? WP_FORMAT_TYPE : 0) |
			(conf.dim ? WP_FORMAT_DIM : 0) |
			(conf.columns ? WP_FORMAT_COLUMNS : 0) |
			(conf.targets ? WP_FORMAT_TARGETS : 0) |
			(conf.label ? WP_FORMAT_LABEL : 0) | (conf.tags ? WP_FORMAT_TAGS : 0) |
			(conf.no_heading ? WP_FORMAT_NO_HEADING : 0) |
			(conf.sequence ? WP_FORMAT_SEQUENCE : 0) |
			(conf.rename ? WP_FORMAT_RENAME : 0) |
			(conf.vocab ? WP_FORMAT_VOCAB : 0) |
			(wp_tool_given(&wp_common.memory) ? WP_FORMAT_MEMORY : 0) |
			(wp_tool_given(&wp_common.tmpdir) ? WP_FORMAT_TMPDIR : 0));
	if (retypes() && (useless || conf.top))
		wp_tool_usage("--%s does nothing with --type alone", useless ? useless : "top");
	if (useless)
		wp_tool_usage("--%s does nothing with --%s %s", useless, from ? "from" : "to",
			from ? from->name : to->name);
	unsigned reading = from ? from->reading : 0;
	bool words_in_rows = reading & WP_FORMAT_NO_WORDS && !conf.no_words;
	if (reading & WP_FORMAT_ONE_WORDS && !conf.words == !conf.no_words)
		wp_tool_usage("--from %s needs one of --words FILE and --no-words",
			readable.name[conf.from]);
	if (conf.words && words_in_rows && !(reading & WP_FORMAT_ONE_WORDS))
		wp_tool_usage("--from %s takes --words only with --no-words",
			readable.name[conf.from]);
	if (strlen(conf.tensor) >= WP_NAME_SIZE)
		wp_tool_usage(
			"--tensor %s: longer than %d bytes", conf.tensor, WP_NAME_SIZE - 1);
}

static void read_words(struct wp_strings *words, const char *path, size_t top)
{
	struct wp_input *file;
	wp_tool_check(wp_input_open_text(&file, path));
	wp_tool_check(wp_tsv_read_words(words, file, top));
	wp_tool_check(wp_format_check_words(words, wp_input_name(file)));
	wp_input_close(file);
}

static void import(const char *path, struct wp_format_job *job)
{
	const struct wp_format *format = readable.format[conf.from];
	struct wp_input *input;
	struct wp_strings words = {0};
	wp_tool_check(format->is_binary ? wp_input_open(&input, path)
					: wp_input_open_text(&input, path));
	wp_tool_writer(0);
	wp_tool_put_history();
	if (conf.words) {
		read_words(&words, conf.words, (size_t)conf.top);
		job->words = &words;
	}
	wp_tool_check(format->read(wp_tool_writer(0), input, job));
	if (!format->is_binary)
		wp_format_doubt_end(job, input);
	job->words = NULL;
	wp_strings_fini(&words);
	wp_input_close(input);
}

static void export(const char *path, struct wp_format_job *job)
{
	const struct wp_format *format = writable.format[conf.to];
	struct wp_reader *reader = wp_tool_reader(path);
	if (format->is_binary && wp_output_is_terminal(wp_tool_output()))
		wp_tool_usage(
			"%s is binary and not for a terminal: use a pipe or -o", format->name);
	wp_tool_check(format->write(wp_tool_output(), reader, job));
}

static void retype(const char *path)
{
	const struct wp_tensor *tensor;
	struct wp_retype *work;
	struct wp_retyped done;
	struct wp_reader *reader = wp_tool_reader(path);
	enum wp_err err;
	wp_tool_check(wp_retype_create(&work, wp_tool_writer(0), type(),
		wp_tool_given(&conf.tensor) ? conf.tensor : NULL));
	while (!(err = wp_reader_next(reader, &tensor))) {
		if (strcmp(tensor->name, "history") == 0) {
			wp_tool_take_history(reader, tensor);
			continue;
		}
		wp_tool_put_history();
		wp_tool_check(wp_retype_record(work, reader, tensor));
	}
	wp_tool_check(err == WP_END ? WP_OK : err);
	wp_tool_put_history();
	wp_tool_check(wp_retype_finish(work, wp_reader_name(reader), &done));
	if (done.tensors == 0)
		wp_tool_warn("%s: nothing in it to make %s", wp_reader_name(reader),
			types[conf.type]);
	else
		wp_tool_warn(
			"%zu tensors of %s, %.4g MB instead of %.4g; error: rms %.2g %% of "
			"the numbers', largest %.2g %% of the largest in its row%s%s%s",
			done.tensors, types[conf.type], (double)done.after / 1e6,
			(double)done.before / 1e6,
			done.squares > 0 ? 100 * sqrt(done.errors / done.squares) : 0,
			100 * done.largest, *done.worst ? " ('" : "", done.worst,
			*done.worst ? "')" : "");
	wp_retype_free(work);
	wp_reader_close(reader);
}

int main(int argc, char **argv)
{
	wp_common.memory = (size_t)256 << 20;
	wp_format_list(&readable, &writable);
	wp_tool_start(&about, options, &argc, &argv);
	wp_tool_operands(argc, 0, 1);
	check_options();
	if (retypes()) {
		retype(argv[0]);
		return wp_tool_finish();
	}
	struct wp_format_job job = {
		.tensor = wp_tool_given(&conf.tensor) ? conf.tensor : NULL,
		.type = type(),
		.convert = wp_tool_given(&conf.type),
		.dim = (size_t)conf.dim,
		.rename = conf.rename,
		.top = conf.top,
		.columns = conf.columns,
		.targets = conf.targets,
		.label = conf.label,
		.tags = conf.tags,
		.no_heading = conf.no_heading,
		.sequence = conf.sequence,
		.no_words = conf.no_words,
		.memory = wp_common.memory,
		.directory = wp_common.tmpdir,
	};
	struct wp_strings vocab = {0};
	if (conf.vocab) {
		read_words(&vocab, conf.vocab, 0);
		job.vocab = &vocab;
	}
	if (conf.from >= 0)
		import(argv[0], &job);
	else
		export(argv[0], &job);
	if (*job.report)
		wp_tool_report("%s", job.report);
	if (*job.warning)
		wp_tool_warn("%s", job.warning);
	wp_strings_fini(&vocab);
	return wp_tool_finish();
}
