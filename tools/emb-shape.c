/* emb-shape: join word vectors and change their shape.
 *
 * Reads streams with word vectors and writes one.  Memory: all vectors, and those that come of
 * them.
 */
#include "tool.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "embed/select.h"
#include "embed/shape.h"
#include "math/blas.h"
#include "text/number.h"

static struct {
	const char *tensor, *weights, *align, *dictionary, *keep, *drop;
	double beside, power;
	enum wp_joining join;
	bool all, normalize, center, unit, no_special;
	int remove, pca, clusters;
	uint64_t top;
} conf = {.tensor = "embedding"};

static const char *const joins[] = {
	[WP_JOIN_CONCAT] = "concat", [WP_JOIN_AVERAGE] = "average", NULL};

static const struct wp_about about = {
	.name = "emb-shape",
	.summary = "join word vectors and change their shape",
	.operands = "[file ...]",
	.examples = (const char
			*const[]){"emb-shape --normalize --pca 100 w2v.bin svd.bin > both.bin",
		"emb-shape --center --remove 2 --no-special emb.bin > better.bin",
		"emb-shape --clusters 200 emb.bin | ts-convert --to tsv --tensor cluster",
		NULL},
	.see_also = "w2v, svd-embed, glove, emb-ngrams, emb-eval, tsne",
};

static const struct wp_opt options[] = {
	WP_OPT_GROUP("Joining"),
	WP_OPT_TEXT(0, "tensor", &conf.tensor, "NAME", "the tensor that holds the vectors"),
	WP_OPT_REAL('c', "context", &conf.beside, "R", -100, 100,
		"add R times the vectors of the tensor 'context'"),
	WP_OPT_FLAG(0, "normalize", &conf.normalize,
		"make the vectors of each file 1 long before anything else"),
	WP_OPT_TEXT(0, "weights", &conf.weights, "LIST",
		"multiply the vectors of each file by its number, as in 1,0.5"),
	WP_OPT_CHOICE(0, "join", &conf.join, "HOW", joins,
		"the vectors of a word one behind the other, or their mean"),
	WP_OPT_FLAG(0, "all-words", &conf.all,
		"take the words that any file has, not only those that all have"),
	WP_OPT_GROUP("Shape, in this order"),
	WP_OPT_TEXT(0, "align", &conf.align, "FILE",
		"turn the vectors so that they come close to those of FILE"),
	WP_OPT_TEXT(0, "dictionary", &conf.dictionary, "FILE",
		"align by the pairs of words in FILE instead of by equal words"),
	WP_OPT_FLAG(0, "center", &conf.center, "take the mean of all vectors from each"),
	WP_OPT_INT(0, "remove", &conf.remove, "N", 0, 1000,
		"remove the first N principal components"),
	WP_OPT_INT(0, "pca", &conf.pca, "N", 0, 65536,
		"keep only the first N principal components; 0: do not"),
	WP_OPT_REAL(0, "power", &conf.power, "R", -10, 10,
		"multiply each of them by its deviation to the power R"),
	WP_OPT_FLAG(0, "unit", &conf.unit, "make the resulting vectors 1 long"),
	WP_OPT_GROUP("Words"),
	WP_OPT_COUNT('n', "top", &conf.top, "N", 0, INT32_MAX,
		"keep only the first N words; 0: all"),
	WP_OPT_TEXT(0, "keep", &conf.keep, "FILE", "keep only the words of FILE, one a line"),
	WP_OPT_TEXT(0, "drop", &conf.drop, "FILE", "drop the words of FILE, one a line"),
	WP_OPT_FLAG(0, "no-special", &conf.no_special,
		"drop UNKNOWN_TOKEN, SENTENCE_START and SENTENCE_END"),
	WP_OPT_INT(0, "clusters", &conf.clusters, "N", 0, 1000000,
		"write to which of N clusters each word belongs, as tensor 'cluster'"),
	WP_OPT_SEED,
	WP_OPT_HISTORY,
	WP_OPT_GROUP("Running"),
	WP_OPT_THREADS(WP_OPT_NEUTRAL),
	WP_OPT_COMMON,
	WP_OPT_END,
};

static void read_file(struct wp_points *points, const char *path)
{
	struct wp_reader *reader = wp_tool_reader(path);
	const char *beside = conf.beside != 0 ? "context" : NULL;
	wp_tool_check(wp_points_read(
		points, reader, conf.tensor, beside, 0, wp_tool_keep_history, NULL));
	wp_reader_close(reader);
	if (beside)
		wp_points_add_beside(points, conf.beside, conf.normalize);
	if (conf.normalize)
		wp_points_normalize(points);
}

/* "1,0.5": a number for each file. */
static void read_weights(double *weight, size_t count)
{
	const char *at = conf.weights, *end = at ? at + strlen(at) : NULL;
	for (size_t i = 0; i < count; i++) {
		weight[i] = 1;
		at = at ? wp_scan_f64(at, end, &weight[i]) : NULL;
		bool last = i + 1 == count;
		if (conf.weights && (!at || !isfinite(weight[i]) || *at != (last ? 0 : ',')))
			wp_tool_usage("--weights takes %zu numbers, one for each file, "
				      "separated by commas",
				count);
		at = at ? at + 1 : NULL;
	}
}

/* One file as it is; several joined by word. */
static void read_files(struct wp_points *points, char *const *path, size_t count)
{
	struct wp_points *set;
	double *weight;
	wp_tool_check(wp_alloc(&set, count, sizeof *set, "files"));
	wp_tool_check(wp_alloc(&weight, count, sizeof *weight, "weights"));
	read_weights(weight, count);
	for (size_t i = 0; i < count; i++)
		read_file(&set[i], path[i]);
	if (count == 1 && !conf.weights)
		*points = set[0];
	else
		wp_tool_check(wp_points_join(points, set, count, weight, conf.join, conf.all));
	for (size_t i = 0; i < count && (count > 1 || conf.weights); i++)
		wp_points_fini(&set[i]);
	free(set);
	free(weight);
}

static void align(struct wp_points *points)
{
	struct wp_points target;
	struct wp_pair_of_rows *pair;
	size_t n;
	struct wp_reader *reader = wp_tool_reader(conf.align);
	struct wp_input *dictionary = NULL;
	wp_tool_check(
		wp_points_read(&target, reader, "embedding", NULL, 0, wp_points_skip, NULL));
	wp_reader_close(reader);
	if (conf.dictionary)
		wp_tool_check(wp_input_open_text(&dictionary, conf.dictionary));
	wp_tool_check(wp_points_pair(points, &target, dictionary, &pair, &n));
	wp_input_close(dictionary);
	wp_tool_check(wp_points_align(points, &target, pair, n));
	wp_tool_report("aligned by %zu pairs of words", n);
	free(pair);
	wp_points_fini(&target);
}

static void select_words(struct wp_points *points)
{
	const struct {
		const char *path;
		bool keep;
	} lists[] = {{conf.keep, true}, {conf.drop, false}};
	for (size_t i = 0; i < 2; i++) {
		struct wp_input *input;
		size_t unknown;
		if (!lists[i].path)
			continue;
		wp_tool_check(wp_input_open_text(&input, lists[i].path));
		wp_tool_check(wp_points_select(points, input, lists[i].keep, &unknown));
		wp_input_close(input);
		if (unknown)
			wp_tool_warn("%s: %zu words have no vector", lists[i].path, unknown);
	}
	wp_tool_check(wp_points_choose(points, (size_t)conf.top, conf.no_special));
	if (points->count == 0)
		wp_tool_die(WP_EMISMATCH, "no word is left");
}

static void shape(struct wp_points *points)
{
	if (conf.align)
		align(points);
	if (conf.center)
		wp_points_centre(points);
	if (conf.remove)
		wp_tool_check(wp_points_remove_top(points, (size_t)conf.remove));
	if (conf.pca)
		wp_tool_check(wp_points_project(points, (size_t)conf.pca, conf.power));
	if (conf.unit)
		wp_points_normalize(points);
}

static void put(struct wp_writer *writer, const struct wp_points *points)
{
	struct wp_tensor t = wp_tensor_2d("embedding", WP_F32, points->count, points->dim);
	wp_tool_put_history();
	wp_tool_check(wp_points_put_words(points, writer));
	wp_tool_check(wp_writer_put(writer, &t, points->vector));
	if (!conf.clusters)
		return;
	int32_t *cluster;
	wp_tool_check(wp_alloc(&cluster, points->count, sizeof *cluster, "clusters"));
	wp_tool_check(wp_points_cluster(points, (size_t)conf.clusters, 100, wp_common.seed,
		wp_common.threads, cluster));
	t = wp_tensor_1d("cluster", WP_I32, points->count);
	wp_tool_check(wp_writer_put(writer, &t, cluster));
	free(cluster);
}

int main(int argc, char **argv)
{
	static char *standard_input[] = {NULL};
	struct wp_points points;
	wp_tool_start(&about, options, &argc, &argv);
	size_t count = argc ? (size_t)argc : 1;
	if (conf.dictionary && !conf.align)
		wp_tool_usage("--dictionary needs --align FILE");
	if (conf.power != 0 && !conf.pca)
		wp_tool_usage("--power needs --pca N");
	if (count == 1 && (conf.all || wp_tool_given(&conf.join)))
		wp_tool_usage("--join and --all-words are for several files");
	wp_tool_check(wp_blas_start(1)); /* the library runs threads of its own */

	struct wp_writer *writer = wp_tool_writer(0); /* now: it may be refused */
	read_files(&points, argc ? argv : standard_input, count);
	/* Words first: what is dropped is not to weigh in means and components. */
	select_words(&points);
	shape(&points);
	put(writer, &points);
	wp_points_fini(&points);
	return wp_tool_finish();
}
