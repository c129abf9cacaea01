/* glove: train word vectors from co-occurrences by GloVe.
 *
 * Reads the stream of `cooc` and writes one with the vectors.  Memory: a table of V x 2 vectors
 * in half precision, and the cells, which beyond --memory go to disk.
 */
#include "tool.h"

#include <inttypes.h>

#include "base/trend.h"
#include "embed/glove_stream.h"

static struct {
	struct wp_glove_config model;
	enum wp_glove_write write;
	bool context;
} conf = {.write = WP_GLOVE_SUM};

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
	WP_OPT_CHECKPOINTS("checkpoint-every", "SECONDS"),
	WP_OPT_LOG,
	WP_OPT_PROGRESS,
	WP_OPT_COMMON,
	WP_OPT_END,
};

/* Where this run began, and what there is to say at its end. */
static struct {
	double started;
	uint64_t first_cell;
	struct wp_glove_progress last;
	double cost, epochs; /* of the epochs that are complete, and how many */
	struct wp_trend trend;
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
		wp_trend_add(&watch.trend, p->share, watch.cost += p->cost, ++watch.epochs);
	if (p->epoch_end) {
		wp_tool_log("%d\t%d\t%.3f\t%" PRIu64 "\t%.0f\t%.6g\t%.8f", p->epoch + 1,
			p->epoch + 1, wp_tool_seconds() - watch.started, p->cells,
			cells_per_second(), conf.model.rate, p->cost);
		wp_tool_milestone("epoch %d: cost %.6f", p->epoch + 1, p->cost);
	}
	if (wp_tool_progress_due())
		wp_tool_progress(p->share, "epoch %d  %.2f million cells/s  cost %.5f",
			p->epoch + 1, cells_per_second() * 1e-6, p->cost);
}

/* Without a checkpoint in one go; else round by round, with a look at the clock between. */
static enum wp_err run(void *model, const volatile sig_atomic_t *stop)
{
	return wp_glove_train(model, wp_common.checkpoint ? 1 : 0, stop, report, NULL);
}

static bool ended(const void *model)
{
	return wp_glove_position(model).round >= wp_glove_rounds(model);
}

static enum wp_err save(void *model, struct wp_writer *writer, const char *settings)
{
	return wp_glove_save(model, writer, settings);
}

static enum wp_err load(void *model, struct wp_reader *reader, const char *settings)
{
	return wp_glove_load(model, reader, settings);
}

static void train(struct wp_glove *model, uint64_t cells)
{
	const struct wp_tool_job job = {
		.model = model, .run = run, .ended = ended, .save = save, .load = load};
	wp_tool_resume(&job);
	uint64_t per_epoch = wp_glove_rounds(model) / (uint64_t)conf.model.epochs;
	struct wp_glove_position begin = wp_glove_position(model);
	watch.started = wp_tool_seconds();
	watch.first_cell =
		begin.round / per_epoch * cells + (begin.round % per_epoch ? begin.cells : 0);
	watch.last.cells = watch.first_cell;
	wp_tool_check(wp_tool_train(&job));
	wp_tool_milestone("%.2f million cells/s in %.2f s of training, cost %.6f",
		cells_per_second() * 1e-6, wp_tool_seconds() - watch.started, watch.last.cost);
	wp_tool_judge_loss(&watch.trend, 0, conf.model.rate);
}

int main(int argc, char **argv)
{
	struct wp_glove_cells *cells;
	struct wp_glove *model;
	wp_glove_default(&conf.model);
	wp_common.memory = (size_t)32 << 20;
	wp_common.checkpoint_every = 600;
	wp_tool_start(&about, options, &argc, &argv);
	wp_tool_operands(argc, 0, 1);
	conf.model.threads = wp_common.threads;
	conf.model.seed = wp_common.seed;
	wp_tool_check(wp_glove_check(&conf.model));
	if (conf.context && wp_tool_given(&conf.write))
		wp_tool_usage("--context and --write exclude each other");
	if (conf.context)
		conf.write = WP_GLOVE_BOTH;

	struct wp_writer *writer = wp_tool_writer(0); /* now: it may be refused */
	struct wp_reader *reader = wp_tool_reader(argc ? argv[0] : NULL);
	wp_tool_log_start("step\tepoch\tseconds\tcells\tcells_per_second\trate\tloss");
	wp_tool_check(wp_glove_cells_read(&cells, reader, conf.model.dim, wp_common.memory,
		wp_common.tmpdir, wp_tool_pass_on, NULL));
	wp_reader_close(reader);
	wp_tool_check(wp_glove_create(&model, &conf.model, cells));
	train(model, wp_glove_cells_count(cells));
	wp_glove_cells_free(cells);
	wp_tool_check(wp_glove_put(writer, model, conf.write));
	wp_glove_free(model);
	return wp_tool_finish();
}
