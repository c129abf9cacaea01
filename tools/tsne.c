/* tsne: draw vectors on a map, so that neighbours stay together.
 *
 * Reads a stream with vectors (a row for each word) and writes one with their places on a map,
 * as tensor 'map' (V x 2).  Memory: the vectors twice, and 24 bytes for each of 3 * perplexity
 * neighbours of each row.
 */
#include "tool.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "embed/map_quality.h"
#include "embed/points.h"
#include "embed/tsne.h"
#include "math/blas.h"
#include "math/pca.h"

static struct {
	struct wp_tsne_config tsne;
	const char *tensor, *report;
	uint64_t top;
	int metric;
	bool pca;
	struct wp_output *report_output;
} conf = {.tensor = "embedding"};

static struct wp_points vectors;

enum { COSINE, EUCLIDEAN };
static const char *const metrics[] = {[COSINE] = "cosine", [EUCLIDEAN] = "euclidean", NULL};
static const char *const methods[] = {
	[WP_TSNE_AUTO] = "auto", [WP_TSNE_EXACT] = "exact", [WP_TSNE_FFT] = "fft", NULL};
static const char *const starts[] = {[WP_TSNE_PCA] = "pca", [WP_TSNE_RANDOM] = "random", NULL};

static const struct wp_about about = {
	.name = "tsne",
	.summary = "draw vectors on a map that keeps neighbours together",
	.operands = "[file]",
	.examples = (const char *const[]){"tsne --top 2000 emb.bin > map.bin",
		"tsne --pca emb.bin | ts-convert --to tsv --tensor map", NULL},
	.see_also = "w2v, svd-embed, neighbors, ts-plot, ts-convert",
};

static const struct wp_opt options[] = {
	WP_OPT_GROUP("Points"),
	WP_OPT_TEXT(0, "tensor", &conf.tensor, "NAME", "the tensor that holds the vectors"),
	WP_OPT_COUNT('n', "top", &conf.top, "N", 0, INT32_MAX,
		"use only the first N rows, those of the most frequent words; 0: all"),
	WP_OPT_CHOICE(0, "metric", &conf.metric, "HOW", metrics,
		"compare vectors by angle, whatever their lengths, or by distance"),
	WP_OPT_GROUP("Map"),
	WP_OPT_FLAG(0, "pca", &conf.pca, "only the first two principal components, no t-SNE"),
	WP_OPT_REAL('p', "perplexity", &conf.tsne.perplexity, "R", 1, 10000,
		"about how many neighbours of a point count; three times as many are used"),
	WP_OPT_INT('i', "iterations", &conf.tsne.iterations, "N", 0, 1e9,
		"steps of gradient descent"),
	WP_OPT_REAL(0, "exaggeration", &conf.tsne.exaggeration, "R", 1, 1000,
		"how much stronger neighbours attract each other at first"),
	WP_OPT_INT(0, "exaggerate", &conf.tsne.exaggerate, "N", 0, 1e9,
		"for so many of the iterations"),
	WP_OPT_REAL(0, "rate", &conf.tsne.rate, "R", 0, 1e9,
		"learning rate; 0: points / exaggeration"),
	WP_OPT_REAL(0, "momentum", &conf.tsne.momentum, "R", 0, 0.999,
		"how much of a step is repeated in the next"),
	WP_OPT_CHOICE(0, "start", &conf.tsne.start, "HOW", starts,
		"begin with principal components, or with a random cloud"),
	WP_OPT_CHOICE(0, "method", &conf.tsne.method, "HOW", methods,
		"sum up the repulsion of all pairs, or find it by Fourier transforms; auto is "
		"exact below 2000 points"),
	WP_OPT_SEED,
	WP_OPT_HISTORY,
	WP_OPT_GROUP("Running"),
	{.kind = WP_KIND_TEXT,
		.name = "report",
		.arg = "FILE",
		.var = &conf.report,
		.flags = WP_OPT_NEUTRAL | WP_OPT_WRITES,
		.help = "write to FILE how faithful the map is: divergence, trustworthiness, "
			"neighbours kept"},
	WP_OPT_THREADS(WP_OPT_NEUTRAL),
	WP_OPT_LOG,
	WP_OPT_CHECKPOINTS("checkpoint-every", "SECONDS"),
	WP_OPT_PROGRESS,
	WP_OPT_COMMON,
	WP_OPT_END,
};

/* The columns that all trainers' logs begin with; the epochs are two: with the attraction
 * exaggerated, and without. */
static const char log_columns[] = "step\tepoch\tseconds\tpoints\tpoints_per_second\trate\tloss";

static void watch(const struct wp_tsne_progress *p, void *arg)
{
	static double divergence = NAN, began;
	static int first;
	const struct wp_points *points = arg;
	double now = wp_tool_seconds();
	if (first == 0) {
		first = p->iteration;
		began = now;
	}
	if (!isnan(p->divergence)) {
		double done = (double)(p->iteration - first) * (double)points->count;
		divergence = p->divergence;
		wp_tool_log("%d\t%d\t%.3f\t%.0f\t%.0f\t%.6g\t%.6f", p->iteration,
			p->exaggerated ? 1 : 2, now,
			(double)p->iteration * (double)points->count,
			now > began ? done / (now - began) : 0, p->rate, divergence);
	}
	if (!wp_tool_progress_due())
		return;
	double share = (double)p->iteration / conf.tsne.iterations;
	if (isnan(divergence))
		wp_tool_progress(share, "iteration %d", p->iteration);
	else
		wp_tool_progress(
			share, "iteration %d  divergence %.4f", p->iteration, divergence);
}

static void judge(const struct wp_points *points, const float *map, double divergence)
{
	struct wp_map_quality quality;
	struct wp_output *out = conf.report_output;
	wp_tool_check(wp_map_judge(&quality, points->vector, points->count, points->dim, map, 5,
		wp_common.threads));
	if (!isnan(divergence))
		wp_tool_check(wp_output_printf(out, "divergence\t%.4f\n", divergence));
	wp_tool_check(
		wp_output_printf(out, "trustworthiness\t%.4f\nkept_10\t%.4f\nkept_30\t%.4f\n",
			quality.trustworthiness, quality.kept_10, quality.kept_30));
}

static void put_map(struct wp_writer *writer, const struct wp_points *points, const float *map)
{
	struct wp_tensor t = wp_tensor_2d("map", WP_F32, points->count, 2);
	wp_tool_put_history();
	wp_tool_check(wp_points_put_words(points, writer));
	wp_tool_check(wp_writer_put(writer, &t, map));
}

static void map_by_pca(struct wp_writer *writer, const struct wp_points *points)
{
	struct wp_pca pca;
	float *map;
	wp_tool_check(wp_pca_compute(&pca, points->vector, points->count, points->dim, 2));
	wp_tool_check(wp_alloc(&map, 2 * points->count, sizeof *map, "a map"));
	wp_pca_project(&pca, points->vector, points->count, map);
	wp_tool_report("two components hold %.2f %% of the variance",
		100 * (pca.variance[0] + pca.variance[1]) / pca.total);
	if (conf.report)
		judge(points, map, NAN);
	put_map(writer, points, map);
	free(map);
	wp_pca_fini(&pca);
}

/* A stretch of the descent: to its end, or where it is saved now and then, for a while. */
static enum wp_err run(void *tsne, const volatile sig_atomic_t *stop)
{
	int until = wp_common.checkpoint ? wp_tsne_iteration(tsne) + 10 : conf.tsne.iterations;
	return wp_tsne_run(tsne, until, stop, watch, &vectors);
}

static bool ended(const void *tsne)
{
	return wp_tsne_iteration(tsne) >= conf.tsne.iterations;
}

static enum wp_err save(void *tsne, struct wp_writer *writer, const char *settings)
{
	return wp_tsne_save(tsne, writer, settings);
}

static enum wp_err load(void *tsne, struct wp_reader *reader, const char *settings)
{
	return wp_tsne_load(tsne, reader, settings);
}

static void map_by_tsne(struct wp_writer *writer)
{
	struct wp_tsne *tsne;
	double divergence, most = conf.tsne.perplexity;
	if (!wp_tool_given(&conf.tsne.perplexity))
		conf.tsne.perplexity = wp_tsne_fitting_perplexity(vectors.count, most);
	if (conf.tsne.perplexity < most)
		wp_tool_warn("%zu points: perplexity %g instead of %g", vectors.count,
			conf.tsne.perplexity, most);
	wp_tool_check(
		wp_tsne_create(&tsne, &conf.tsne, vectors.vector, vectors.count, vectors.dim));
	const struct wp_tool_job job = {
		.model = tsne, .run = run, .ended = ended, .save = save, .load = load};
	wp_tool_resume(&job);
	wp_tool_check(wp_tool_train(&job));
	if (conf.report || wp_common.verbose) {
		wp_tool_check(wp_tsne_divergence(tsne, &divergence));
		wp_tool_report("%zu points, %d iterations, divergence %.4f", vectors.count,
			wp_tsne_iteration(tsne), divergence);
	}
	if (conf.report)
		judge(&vectors, wp_tsne_map(tsne), divergence);
	put_map(writer, &vectors, wp_tsne_map(tsne));
	wp_tsne_free(tsne);
}

int main(int argc, char **argv)
{
	wp_tsne_default(&conf.tsne);
	wp_common.checkpoint_every = 600;
	wp_tool_start(&about, options, &argc, &argv);
	wp_tool_operands(argc, 0, 1);
	conf.tsne.seed = wp_common.seed;
	conf.tsne.threads = wp_common.threads;
	wp_tool_check(wp_tsne_check(&conf.tsne));
	if (conf.pca && (wp_common.checkpoint || wp_common.resume || wp_common.log))
		wp_tool_usage("--pca is done at once: no --log, --checkpoint or --resume");
	wp_tool_check(wp_blas_start(wp_common.threads));

	struct wp_writer *writer = wp_tool_writer(0); /* now: it may be refused */
	if (conf.report)
		conf.report_output = wp_tool_side_output(conf.report);
	struct wp_reader *reader = wp_tool_reader(argc ? argv[0] : NULL);
	wp_tool_log_start(log_columns);
	wp_tool_check(wp_points_read(
		&vectors, reader, conf.tensor, NULL, (size_t)conf.top, wp_tool_pass_on, NULL));
	wp_reader_close(reader);
	if (conf.metric == COSINE)
		wp_points_normalize(&vectors);
	if (conf.pca)
		map_by_pca(writer, &vectors);
	else
		map_by_tsne(writer);
	wp_points_fini(&vectors);
	return wp_tool_finish();
}
