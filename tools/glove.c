/* glove: train word vectors from co-occurrences by GloVe.
 *
 * Reads the stream of `cooc` and writes one with the vectors.  Memory: a table of V x 2 vectors
 * in half precision, and the cells, which beyond --memory go to disk.
 */
#include "tool.h"

#include <inttypes.h>

#include "embed/glove_stream.h"

static struct {
	struct wp_glove_config model;
	int write; /* enum wp_glove_write */
	bool context;
	const char *checkpoint, *resume;
	int checkpoint_every;
} conf = {.write = WP_GLOVE_SUM, .checkpoint_every = 600};

static const char *const writes[] = {[WP_GLOVE_MAIN] = "main",
	[WP_GLOVE_CONTEXT] = "context",
	[WP_GLOVE_SUM] = "sum",
	[WP_GLOVE_BOTH] = "both",
	NULL};

static const struct wp_about about = {
	.name = "glove",
	.summary = "train word vectors from co-occurrences",
	.operands = "[file]",
	.examples =
		(const char *const[]){
			"vocab --min-count 5 tokens | cooc --window 10 | glove > emb.bin",
			"glove --dim 200 --x-max 100 --epochs 25 cooc.bin > emb.bin",
			"glove --checkpoint glove.ckpt -o emb.bin cooc.bin", NULL},
	.see_also = "cooc, svd-embed, w2v, neighbors, analogy, emb-eval, ts-convert",
};

static const struct wp_opt options[] = {
	WP_OPT_GROUP("Model"),
	WP_OPT_INT('d', "dim", &conf.model.dim, "N", 1, 65536, "length of each vector"),
	WP_OPT_REAL(0, "x-max", &conf.model.x_max, "X", 1e-9, 1e18,
		"co-occurrences from X on have the full weight 1"),
	WP_OPT_REAL(0, "alpha", &conf.model.alpha, "R", 0, 10,
		"smaller ones have the weight (x / X) to the power R"),
	WP_OPT_GROUP("Training"),
	WP_OPT_INT(0, "epochs", &conf.model.epochs, "N", 1, 100000, "passes over the cells"),
	WP_OPT_REAL(
		'r', "rate", &conf.model.rate, "R", 1e-9, 1e6, "learning rate at the start"),
	{.kind = WP_KIND_REAL,
		.name = "eta",
		.arg = "R",
		.var = &conf.model.rate,
		.min = 1e-9,
		.max = 1e6,
		.flags = WP_OPT_HIDDEN},
	WP_OPT_SEED,
	WP_OPT_GROUP("Output"),
	WP_OPT_CHOICE(0, "write", &conf.write, "WHAT", writes,
		"the main vectors, the context vectors, or their sum, as tensor 'embedding'; or "
		"both, the context vectors as tensor 'context'"),
	WP_OPT_FLAG('c', "context", &conf.context, "the same as --write both"),
	WP_OPT_HISTORY,
	WP_OPT_GROUP("Running"),
	WP_OPT_THREADS(WP_OPT_NEUTRAL),
	WP_OPT_MEMORY,
	WP_OPT_TMPDIR,
	WP_OPT_CHECKPOINT(&conf.checkpoint),
	{.kind = WP_KIND_INT,
		.name = "checkpoint-every",
		.arg = "SECONDS",
		.var = &conf.checkpoint_every,
		.min = 1,
		.max = 1e8,
		.flags = WP_OPT_NEUTRAL,
		.help = "how often"},
	WP_OPT_RESUME(&conf.resume),
	WP_OPT_LOG,
	WP_OPT_PROGRESS,
	WP_OPT_COMMON,
	WP_OPT_END,
};

static bool history_written;

/* Everything outside the matrix goes on to the output, as it comes. */
static enum wp_err pass_on(void *arg, struct wp_reader *reader, const struct wp_tensor *tensor)
{
	if (wp_tool_take_history(reader, tensor))
		return WP_OK;
	if (!history_written)
		wp_tool_put_history();
	history_written = true;
	return wp_writer_pass(arg, reader);
}

/* Where this run began, and what there is to say at its end. */
static struct {
	double started;
	uint64_t first_cell;
	struct wp_glove_progress last;
} watch;

static double cells_per_second(void)
{
	double spent = wp_tool_seconds() - watch.started;
	return spent > 0 ? (double)(watch.last.cells - watch.first_cell) / spent : 0;
}

static void report(const struct wp_glove_progress *p, void *arg)
{
	(void)arg;
	watch.last = *p;
	if (p->epoch_end)
		wp_tool_log("%d\t%.8f\t%.3f\t%.0f", p->epoch + 1, p->cost,
			wp_tool_seconds() - watch.started, cells_per_second());
	if (wp_tool_progress_due())
		wp_tool_progress(p->share, "epoch %d  %.2f million cells/s  cost %.5f",
			p->epoch + 1, cells_per_second() * 1e-6, p->cost);
}

static void save(const struct wp_glove *model)
{
	wp_tool_check(wp_glove_save(model, conf.checkpoint, wp_tool_history_line()));
}

/* Without a checkpoint in one go; else round by round, with a look at the clock between. */
static void train(struct wp_glove *model, uint64_t cells)
{
	const volatile sig_atomic_t *stop = conf.checkpoint ? wp_tool_catch_signals() : NULL;
	uint64_t all = wp_glove_rounds(model), per_epoch = all / (uint64_t)conf.model.epochs;
	struct wp_glove_position begin = wp_glove_position(model);
	double saved = watch.started = wp_tool_seconds();
	watch.first_cell =
		begin.round / per_epoch * cells + (begin.round % per_epoch ? begin.cells : 0);
	watch.last.cells = watch.first_cell;
	enum wp_err err = WP_OK;
	while (!err && wp_glove_position(model).round < all) {
		err = wp_glove_train(model, conf.checkpoint ? 1 : 0, stop, report, NULL);
		double now = wp_tool_seconds();
		if (conf.checkpoint && !err && now - saved >= conf.checkpoint_every) {
			save(model);
			saved = now;
		}
	}
	if (err == WP_ESTOPPED) {
		save(model);
		wp_tool_warn("stopped; --resume %s goes on", conf.checkpoint);
		wp_tool_die_of_signal();
	}
	wp_tool_check(err);
	wp_tool_report("%.2f million cells/s in %.2f s of training, cost %.6f",
		cells_per_second() * 1e-6, wp_tool_seconds() - watch.started, watch.last.cost);
}

int main(int argc, char **argv)
{
	struct wp_glove_cells *cells;
	struct wp_glove *model;
	wp_glove_default(&conf.model);
	wp_common.memory = (size_t)32 << 20;
	wp_tool_start(&about, options, &argc, &argv);
	wp_tool_operands(argc, 0, 1);
	conf.model.threads = wp_common.threads;
	conf.model.seed = wp_common.seed;
	wp_tool_check(wp_glove_check(&conf.model));
	if (wp_tool_given(&conf.checkpoint_every) && !conf.checkpoint)
		wp_tool_usage("--checkpoint-every needs --checkpoint FILE");
	if (conf.context && wp_tool_given(&conf.write))
		wp_tool_usage("--context and --write exclude each other");
	enum wp_glove_write what =
		conf.context ? WP_GLOVE_BOTH : (enum wp_glove_write)conf.write;

	struct wp_writer *writer = wp_tool_writer(0); /* now: it may be refused */
	struct wp_reader *reader = wp_tool_reader(argc ? argv[0] : NULL);
	wp_tool_log_start("epoch\tcost\tseconds\tcells_per_second");
	wp_tool_check(wp_glove_cells_read(&cells, reader, conf.model.dim, wp_common.memory,
		wp_common.tmpdir, pass_on, writer));
	wp_reader_close(reader);
	wp_tool_check(wp_glove_create(&model, &conf.model, cells));
	if (conf.resume)
		wp_tool_check(wp_glove_load(model, conf.resume, wp_tool_history_line()));
	train(model, wp_glove_cells_count(cells));
	wp_glove_cells_free(cells);
	wp_tool_check(wp_glove_put(writer, model, what));
	wp_glove_free(model);
	return wp_tool_finish();
}
