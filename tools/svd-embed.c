/* svd-embed: make word vectors from counts by singular value decomposition.
 *
 * Reads the stream of `cooc` or `onehot` and writes one with the vectors.  Memory: 6 bytes for
 * each cell of the matrix (12 where it is not symmetric), and a basis of V floats for each of 2
 * to 8 times D vectors; about --memory at most.
 */
#include "tool.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "embed/svd_embed.h"
#include "embed/weighting.h"
#include "math/blas.h"

enum { WEIGHT_AUTO = WP_WEIGHT_PPMI + 1 };

/* Measured on text of Wikipedia: see the page. */
#define PPMI_SHIFT 0.25
#define PPMI_POWER 0.25

static struct {
	struct wp_weighting weighting;
	struct wp_svd_config svd;
	int dim, weight; /* of svd and weighting, as options have them */
	double power;
} conf = {.dim = 100, .weight = WEIGHT_AUTO, .power = 0.5};

static const char *const weights[] = {[WP_WEIGHT_RAW] = "raw",
	[WP_WEIGHT_LOG] = "log",
	[WP_WEIGHT_PPMI] = "ppmi",
	[WEIGHT_AUTO] = "auto",
	NULL};
static const char *const methods[] = {
	[WP_SVD_AUTO] = "auto", [WP_SVD_KRYLOV] = "krylov", [WP_SVD_EXACT] = "exact", NULL};

static const struct wp_about about = {
	.name = "svd-embed",
	.summary = "make word vectors from counts by singular value decomposition",
	.operands = "[file]",
	.examples =
		(const char *const[]){
			"tokenize --lower text | vocab --top 30000 | cooc | svd-embed > emb.bin",
			"svd-embed --dim 300 --shift 5 --context counts.bin > emb.bin",
			"vocab --top 8000 tokens | onehot --bow --tfidf | svd-embed > lsa.bin",
			NULL},
	.see_also = "cooc, onehot, glove, neighbors, analogy, emb-eval",
};

static const struct wp_opt options[] = {
	WP_OPT_GROUP("Weights"),
	WP_OPT_CHOICE(0, "transform", &conf.weight, "HOW", weights,
		"what becomes of the counts in the cells; auto is ppmi for cooc, raw for onehot"),
	{.kind = WP_KIND_CHOICE,
		.name = "weight",
		.arg = "HOW",
		.var = &conf.weight,
		.choices = weights,
		.flags = WP_OPT_HIDDEN,
		.help = ""},
	WP_OPT_REAL(0, "shift", &conf.weighting.shift, "R", 1e-9, 1e9,
		"take log R from the mutual information"),
	WP_OPT_REAL(0, "smooth", &conf.weighting.smooth, "R", 0, 10,
		"raise the counts of contexts to the power R in the mutual information"),
	WP_OPT_GROUP("Vectors"),
	WP_OPT_INT('d', "dim", &conf.dim, "N", 1, 65536, "length of each vector"),
	WP_OPT_REAL(0, "power", &conf.power, "R", 0, 10,
		"scale dimensions by their singular values to the power R; for ppmi 0.25 unless "
		"given"),
	WP_OPT_FLAG('c', "context", &conf.svd.right,
		"write the vectors of the contexts as well, as tensor 'context'"),
	WP_OPT_HISTORY,
	WP_OPT_GROUP("Decomposition"),
	WP_OPT_CHOICE(0, "method", &conf.svd.method, "HOW", methods,
		"iterate in a Krylov space, or write the matrix out; auto is exact up to "
		"about 1000 words"),
	WP_OPT_REAL(0, "tolerance", &conf.svd.tolerance, "R", 1e-9, 0.5,
		"iterate until no singular value should be off by more than this share"),
	WP_OPT_INT(0, "iterations", &conf.svd.iterations, "N", 0, 1e9,
		"iterate at most so often; 0: as often as that takes"),
	WP_OPT_SEED,
	WP_OPT_GROUP("Running"),
	WP_OPT_THREADS(WP_OPT_NEUTRAL),
	WP_OPT_MEMORY,
	WP_OPT_PROGRESS,
	WP_OPT_COMMON,
	WP_OPT_END,
};

static void choose_weight(enum wp_count_source source)
{
	if (conf.weight == WEIGHT_AUTO)
		conf.weight = source == WP_COUNTS_COOC ? WP_WEIGHT_PPMI : WP_WEIGHT_RAW;
	conf.weighting.kind = (enum wp_weighting_kind)conf.weight;
	bool needless =
		wp_tool_given(&conf.weighting.shift) || wp_tool_given(&conf.weighting.smooth);
	if (needless && conf.weight != WP_WEIGHT_PPMI)
		wp_tool_usage("--shift and --smooth are for --weight ppmi, not %s",
			weights[conf.weight]);
	if (conf.weight == WP_WEIGHT_PPMI && !wp_tool_given(&conf.power))
		conf.power = PPMI_POWER;
}

static void report(const struct wp_svd_progress *p, void *arg)
{
	(void)arg;
	if (!wp_tool_progress_due())
		return;
	if (isfinite(p->error))
		wp_tool_progress(-1, "step %d  %zu vectors  error %.1e", p->iteration,
			p->vectors, p->error);
	else
		wp_tool_progress(-1, "step %d  %zu vectors", p->iteration, p->vectors);
}

static void tell(const struct wp_svd *svd)
{
	double *explained;
	wp_tool_check(wp_alloc(&explained, svd->k, sizeof *explained, "explained shares"));
	wp_svd_explained(svd, explained);
	if (svd->exact)
		wp_tool_report(
			"exact, of the dense %smatrix", svd->symmetric ? "symmetric " : "");
	else
		wp_tool_report("%d steps with the %smatrix, singular values right to %.1e",
			svd->iterations, svd->symmetric ? "symmetric " : "", svd->error);
	for (size_t k = 1, next; k <= svd->k; k = next) {
		wp_tool_report("singular value %zu is %.6g; up to it %.2f %% are explained", k,
			svd->sigma[k - 1], 100 * explained[k - 1]);
		next = k < svd->k && 10 * k > svd->k ? svd->k : 10 * k;
	}
	free(explained);
	if (!svd->converged)
		wp_tool_warn(
			"stopped after %d iterations; singular values may be off by %.1g%s",
			svd->iterations, svd->error,
			svd->iterations == conf.svd.iterations ? "" : ": --memory is short");
}

int main(int argc, char **argv)
{
	struct wp_sparse matrix;
	struct wp_svd svd;
	enum wp_count_source source;
	wp_weighting_default(&conf.weighting);
	conf.weighting.shift = PPMI_SHIFT;
	wp_svd_default(&conf.svd);
	wp_common.memory = conf.svd.memory;
	wp_tool_start(&about, options, &argc, &argv);
	wp_tool_operands(argc, 0, 1);
	conf.svd.k = (size_t)conf.dim;
	conf.svd.memory = wp_common.memory;
	conf.svd.seed = wp_common.seed;
	conf.svd.threads = wp_common.threads;
	wp_tool_check(wp_weighting_check(&conf.weighting));
	wp_tool_check(wp_svd_check(&conf.svd));
	wp_tool_check(wp_blas_start(wp_common.threads));

	struct wp_writer *writer = wp_tool_writer(0); /* now: it may be refused */
	struct wp_reader *reader = wp_tool_reader(argc ? argv[0] : NULL);
	wp_tool_check(wp_counts_read(
		&matrix, &source, reader, wp_common.memory, wp_tool_pass_on, NULL));
	choose_weight(source);
	uint64_t cells = wp_sparse_cells(&matrix);
	wp_tool_check(wp_weigh(&matrix, &conf.weighting));
	wp_tool_report("%zu words by %zu contexts: %" PRIu64 " cells, %" PRIu64
		       " when weighed by %s",
		matrix.rows, matrix.cols, cells, wp_sparse_cells(&matrix),
		weights[conf.weight]);
	if (wp_sparse_cells(&matrix) == 0)
		wp_tool_die(WP_EMISMATCH, "%s: the matrix has no cells%s",
			wp_reader_name(reader), cells ? " when it is weighed" : "");
	wp_tool_check(wp_svd_compute(&svd, &matrix, &conf.svd, report, NULL));
	tell(&svd);
	wp_tool_put_history();
	wp_tool_check(wp_svd_put(writer, &svd, &conf.weighting, conf.power));
	wp_svd_fini(&svd);
	wp_sparse_fini(&matrix);
	wp_reader_close(reader);
	return wp_tool_finish();
}
