/* rnn-predict: use a recurrent network that rnn-train has made.
 *
 * Reads a model and, but for generating, a stream of sentences or series, or text; writes text,
 * or a stream of numbers.  Memory: the model twice (once laid out for one step at a time) to
 * generate; else the model, the ids, which beyond --memory go to disk, and some MB of results.
 */
#include "tool.h"

#include <stdlib.h>
#include <string.h>

#include "base/names.h"
#include "math/blas.h"
#include "nn/tasks/mode.h"

static struct wp_nn_mode_settings how;
static int chosen[WP_NN_MODES]; /* those that are wanted: above 0 */
static const char *report, *maps;

static const struct wp_about about = {
	.name = "rnn-predict",
	.summary = "use a recurrent network: generate, score, classify, tag, encode, forecast",
	.operands = "model [file]",
	.examples = (const char *const[]){"rnn-predict --generate 500 --prime ROMEO: model.bin",
		"rnn-predict --next 5 --prime 'the dog' model.bin",
		"tokenize --markers < text | vocab | rnn-predict --score lm.bin",
		"rnn-predict --tag --report - model.bin test.bin",
		"vocab --from nmt.bin sources | rnn-predict --translate --beam 5 nmt.bin",
		NULL},
	.see_also = "rnn-train, tokenize, vocab, ts-convert, clip-stats",
};

static const struct wp_opt others[] = {
	WP_OPT_SIDE("report", &report,
		"write perplexity, accuracy, F1 or errors in total to FILE; -: in place of "
		"the rows"),
	WP_OPT_SIDE("maps", &maps, "translate: write what each token attends to to FILE"),
	WP_OPT_HISTORY,
	WP_OPT_GROUP("Running"),
	WP_OPT_THREADS(WP_OPT_NEUTRAL),
	WP_OPT_MEMORY,
	WP_OPT_TMPDIR,
	WP_OPT_COMMON,
	WP_OPT_END,
};

/* The modes, their settings, and the others. */
static struct wp_opt options[64];

static void make_options(void)
{
	size_t n = 0;
	options[n++] = (struct wp_opt)WP_OPT_GROUP("What to do: exactly one of these");
	for (int i = 0; i < WP_NN_MODES; i++)
		options[n++] =
			(struct wp_opt){.kind = wp_nn_modes[i].arg ? WP_KIND_INT : WP_KIND_SET,
				.name = wp_nn_modes[i].name,
				.arg = wp_nn_modes[i].arg,
				.var = &chosen[i],
				.min = 1,
				.max = INT32_MAX,
				.help = wp_nn_modes[i].help};
	wp_tool_join_options(options + n, sizeof options / sizeof *options - n,
		wp_nn_mode_settings, &how, others);
}

static bool is_stdin(const char *path)
{
	return !path || strcmp(path, "-") == 0;
}

/* Is there nothing to read but the model? */
static bool reads_model_alone(enum wp_nn_mode mode)
{
	const struct wp_nn_mode_type *m = &wp_nn_modes[mode];
	return m->alone || (m->lines && wp_tool_given(&how.prime));
}

/* The one mode that is wanted. */
static enum wp_nn_mode choose_mode(int operands, char **operand)
{
	struct wp_names names = {.before = "--"};
	int modes = 0, mode = 0;
	for (int i = 0; i < WP_NN_MODES; i++) {
		wp_names_add(&names, wp_nn_modes[i].name);
		modes += chosen[i] > 0;
		mode = chosen[i] > 0 ? i : mode;
	}
	if (modes != 1)
		wp_tool_usage("%s of %s", modes ? "only one" : "which one",
			wp_names_end(&names, "and"));
	bool alone = reads_model_alone((enum wp_nn_mode)mode);
	const bool may_read = !alone || wp_nn_modes[mode].alone;
	wp_tool_operands(operands, 1, may_read ? 2 : 1);
	if (!alone && is_stdin(operand[0]) && is_stdin(operand[1]))
		wp_tool_usage("model and %s cannot both be standard input",
			wp_nn_modes[mode].lines ? "text" : "stream");
	if (maps && mode != WP_NN_DO_TRANSLATE)
		wp_tool_usage("--maps is for --translate");
	how.number = chosen[mode];
	how.threads = wp_common.threads;
	if (wp_nn_check_mode((enum wp_nn_mode)mode, &how, report, wp_tool_given))
		wp_tool_usage("%s", wp_error_option_detail());
	return (enum wp_nn_mode)mode;
}

static void say(const char *line)
{
	wp_tool_report("%s", line);
}

static void warn(const char *line)
{
	wp_tool_warn("%s", line);
}

/* The names of the columns of series and targets, those that the model was trained on before
 * those of the stream. */
static struct wp_strings series_names, target_names;

static enum wp_err keep_names(
	void *arg, struct wp_reader *reader, const struct wp_tensor *tensor)
{
	struct wp_strings *names = strcmp(tensor->name, "series.columns") == 0 ? &series_names
		: strcmp(tensor->name, "targets.columns") == 0                 ? &target_names
									       : NULL;
	if (names && tensor->type == WP_STRING && names->count == 0)
		return wp_reader_strings(reader, names);
	return wp_tool_keep_history(arg, reader, tensor);
}

/* Outputs are opened before the stream is read: they may be refused.  With --report - the
 * report stands in place of the rows. */
static void open_outputs(struct wp_nn_use *use, const struct wp_nn_mode_type *mode)
{
	bool instead = report && strcmp(report, "-") == 0;
	if (instead)
		use->report = wp_tool_output();
	else if (mode->stream)
		use->writer = wp_tool_writer(0);
	else
		use->rows = wp_tool_output();
	if (maps)
		use->maps = wp_tool_side_writer(maps, false);
	if (report && !instead)
		use->report = wp_tool_side_output(report);
}

static void read_stream(
	struct wp_nn_use *use, const struct wp_nn_mode_type *mode, const char *path)
{
	static struct wp_nn_model_input reading; /* use points at it */
	struct wp_reader *reader = wp_tool_reader(path);
	use->columns = use->model->next ? &series_names : &target_names;
	use->name = wp_reader_name(reader);
	use->reading = &reading;
	wp_tool_check(wp_nn_model_input_init(&reading, use->model, reader, wp_common.memory,
		wp_common.tmpdir, keep_names, NULL));
	wp_tool_judge_unknown(use->name, "the model", reading.unknown_tokens, reading.tokens);
	if (reading.unknown_values > 0)
		wp_tool_warn("%s: the model lacks %llu values of columns, as in 'column.%s'",
			use->name, (unsigned long long)reading.unknown_values,
			use->model->column[reading.unknown_column].name);
	if (use->writer)
		wp_tool_put_history();
	if (use->columns->count > 0 && mode->columns && use->writer)
		wp_tool_check(wp_writer_put_list(use->writer, mode->columns, use->columns));
	wp_tool_check(mode->run(use));
	wp_strings_fini(&series_names);
	wp_strings_fini(&target_names);
	wp_nn_model_input_fini(&reading);
	wp_reader_close(reader);
}

static void read_lines(
	struct wp_nn_use *use, const struct wp_nn_mode_type *mode, const char *path)
{
	wp_tool_check(wp_input_open_text(&use->lines, path));
	wp_tool_check(mode->run(use));
	wp_input_close(use->lines);
}

int main(int argc, char **argv)
{
	struct wp_nn_model model;
	struct wp_nn_use use = {.model = &model, .how = &how, .say = say, .warn = warn};
	wp_nn_mode_settings_default(&how);
	make_options();
	wp_common.memory = (size_t)256 << 20;
	wp_tool_start(&about, options, &argc, &argv);
	enum wp_nn_mode mode = choose_mode(argc, argv);
	wp_tool_check(wp_blas_start(wp_common.threads));

	struct wp_reader *reader = wp_tool_model(argv[0], "rnn-train");
	wp_tool_check(wp_nn_model_map(&model, reader, keep_names, NULL));
	wp_tool_check(wp_nn_check_model(mode, &model, wp_reader_name(reader)));
	const bool vectors = wp_nn_modes[mode].alone && model.config.encoding > 0;
	if (wp_nn_modes[mode].alone && !vectors && argc > 1)
		wp_tool_usage("%s: the model reads no vectors: --%s reads nothing else",
			argv[1], wp_nn_modes[mode].name);
	if (vectors && is_stdin(argv[0]) && (argc < 2 || is_stdin(argv[1])))
		wp_tool_usage("model and vectors cannot both be standard input");
	open_outputs(&use, &wp_nn_modes[mode]);
	if (reads_model_alone(mode) && !vectors)
		wp_tool_check(wp_nn_modes[mode].run(&use));
	else if (wp_nn_modes[mode].lines)
		read_lines(&use, &wp_nn_modes[mode], argc > 1 ? argv[1] : NULL);
	else
		read_stream(&use, &wp_nn_modes[mode], argc > 1 ? argv[1] : NULL);
	wp_nn_model_fini(&model);
	return wp_tool_finish();
}
