/* onehot: a text as a sparse matrix of ones, counts or TF-IDF weights.
 *
 * Reads the stream of `vocab` and writes a matrix with a row for each token, or for each
 * sentence.  Memory: what the widest row needs; with TF-IDF or a dense tensor the rows, too,
 * which beyond half of --memory go to disk.
 */
#include "tool.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/memory.h"
#include "text/id_stream.h"
#include "text/ngrams.h"
#include "text/onehot.h"
#include "text/vocab_map.h"
#include "text/vocab_stream.h"

enum { NORM_AUTO = WP_NORM_L2 + 1 };
enum { DENSE_NONE, DENSE_F32, DENSE_U8 };

static struct {
	struct wp_onehot_config matrix;
	bool bow, tfidf;
	int idf, norm, dense; /* of the enums of matrix, and those above */
	const char *ngrams, *idf_from, *from;
} conf = {.norm = NORM_AUTO};

/* What rows are made by: the options, or what --from says. */
static struct wp_onehot_config rows;

static const char *const idfs[] = {[WP_IDF_SMOOTH] = "smooth",
	[WP_IDF_PLAIN] = "plain",
	[WP_IDF_TEXTBOOK] = "textbook",
	[WP_IDF_NONE] = "none",
	NULL};
static const char *const norms[] = {[WP_NORM_NONE] = "none",
	[WP_NORM_L1] = "l1",
	[WP_NORM_L2] = "l2",
	[NORM_AUTO] = "auto",
	NULL};
static const char *const dense_types[] = {
	[DENSE_NONE] = "none", [DENSE_F32] = "f32", [DENSE_U8] = "u8", NULL};

static const struct wp_about about = {
	.name = "onehot",
	.summary = "write a text as one-hot rows, bags of words, or TF-IDF weights",
	.operands = "[file]",
	.examples =
		(const char *const[]){
			"tokenize text | vocab --top 8000 | onehot --tfidf | svd-embed > lsa.bin",
			"tokenize --chars langs | vocab | onehot --ngrams 1-2 > bags.bin",
			"onehot --dense u8 ids.bin > rows.bin", NULL},
	.see_also = "tokenize, vocab, svd-embed, cooc, ts-convert, tensor-stream(5)",
};

static const struct wp_opt options[] = {
	WP_OPT_GROUP("Rows and columns"),
	WP_OPT_FLAG(0, "bow", &conf.bow,
		"a row for each sentence, its bag of words, instead of one for each token"),
	WP_OPT_TEXT(0, "ngrams", &conf.ngrams, "N",
		"bags of N tokens in a row, or of N to M where N is N-M; 1 is the default"),
	WP_OPT_COUNT(0, "buckets", &conf.matrix.buckets, "N", 0, INT32_MAX,
		"hash n-grams to N columns; 0: each has its own"),
	WP_OPT_COUNT(0, "min-df", &conf.matrix.min_df, "N", 0, INT32_MAX,
		"columns only for n-grams that N sentences have, numbered as they occur; 0: "
		"for all that could be"),
	WP_OPT_TEXT(0, "from", &conf.from, "FILE",
		"the columns, settings and document frequencies of FILE: the output for other "
		"sentences, or a model"),
	WP_OPT_GROUP("Values"),
	WP_OPT_FLAG(0, "binary", &conf.matrix.binary,
		"1 for what a sentence has, however often, instead of the number of times"),
	WP_OPT_FLAG(0, "tfidf", &conf.tfidf,
		"weigh by inverse document frequency, each row to length 1"),
	WP_OPT_FLAG(0, "sublinear", &conf.matrix.sublinear,
		"with --tfidf: 1 + ln(n) instead of the number n of times"),
	WP_OPT_CHOICE(0, "idf", &conf.idf, "FORM", idfs,
		"with --tfidf: what a token weighs that df of S sentences have"),
	WP_OPT_TEXT(0, "idf-from", &conf.idf_from, "FILE",
		"with --tfidf: take df and S from FILE, the output for other sentences"),
	WP_OPT_CHOICE(0, "norm", &conf.norm, "NORM", norms,
		"make each row of length 1 by this norm; auto is l2 with --tfidf, none without"),
	WP_OPT_GROUP("Output"),
	WP_OPT_CHOICE(0, "dense", &conf.dense, "TYPE", dense_types,
		"write all cells, those of 0 too, as a tensor of this type"),
	WP_OPT_HISTORY,
	WP_OPT_GROUP("Running"),
	WP_OPT_MEMORY,
	WP_OPT_TMPDIR,
	WP_OPT_PROGRESS,
	WP_OPT_COMMON,
	WP_OPT_END,
};

/* "2", "1-3": the lengths of n-grams. */
static void parse_ngrams(void)
{
	char *end;
	long least = strtol(conf.ngrams, &end, 10), most = least;
	if (end > conf.ngrams && *end == '-')
		most = strtol(end + 1, &end, 10);
	if (end == conf.ngrams || *end || least < 1 || most < least || most > WP_NGRAM_MAX)
		wp_tool_usage("--ngrams %s: not a number N, or N-M, of 1 to %d", conf.ngrams,
			WP_NGRAM_MAX);
	conf.matrix.least = (int)least;
	conf.matrix.most = (int)most;
}

static void check_options(void)
{
	struct wp_onehot_config *m = &conf.matrix;
	if (conf.ngrams)
		parse_ngrams();
	bool settings = conf.bow || conf.ngrams || conf.tfidf || conf.idf_from || m->binary ||
		m->sublinear || wp_tool_given(&m->buckets) || wp_tool_given(&m->min_df) ||
		wp_tool_given(&conf.idf) || wp_tool_given(&conf.norm);
	if (conf.from && settings)
		wp_tool_usage("--from FILE says what rows and columns are: no other options "
			      "for them, nor for values");
	if ((wp_tool_given(&conf.idf) || m->sublinear || conf.idf_from) && !conf.tfidf)
		wp_tool_usage("--idf, --idf-from and --sublinear go with --tfidf");
	if (conf.idf_from && conf.idf == WP_IDF_NONE)
		wp_tool_usage("--idf-from: there is nothing to take with --idf none");
	m->bags = conf.bow || conf.tfidf || m->binary || conf.ngrams || m->buckets || m->min_df;
	m->idf = conf.tfidf ? (enum wp_idf)conf.idf : WP_IDF_NONE;
	m->norm = conf.norm != NORM_AUTO ? (enum wp_norm)conf.norm
		: conf.tfidf             ? WP_NORM_L2
					 : WP_NORM_NONE;
	m->dense = conf.dense != DENSE_NONE;
	m->type = conf.dense == DENSE_U8 ? WP_U8 : WP_F32;
	m->memory = wp_common.memory;
	m->tmpdir = wp_common.tmpdir;
	if (wp_onehot_check(m))
		wp_tool_usage("%s", wp_error_option_detail());
}

/* What is done with the stream of vocab. */
struct work {
	struct wp_writer *writer;
	struct wp_onehot *onehot;
	struct wp_df df; /* of --idf-from, and its vocabulary */
	struct wp_strings df_vocab;
	struct wp_onehot_columns from; /* of --from */
	struct wp_vocab_map map;       /* from the text's vocabulary to that of --from */
	int32_t *mapped;
	size_t mapped_room;
};

static void read_df(struct work *work)
{
	struct wp_reader *reader = wp_tool_reader(conf.idf_from);
	wp_tool_check(wp_df_read(&work->df, &work->df_vocab, reader, rows.memory / 2));
	wp_reader_close(reader);
	rows.df = &work->df;
}

static void read_columns(struct work *work)
{
	struct wp_reader *reader = wp_tool_reader(conf.from);
	wp_tool_check(wp_onehot_columns_read(&work->from, reader, rows.memory));
	wp_tool_check(wp_onehot_columns_use(&work->from, &rows));
}

static enum wp_err take_vocab(void *arg, const struct wp_strings *vocab)
{
	struct work *work = arg;
	enum wp_err err = WP_OK;
	if (conf.idf_from && !wp_strings_equal(vocab, &work->df_vocab))
		return wp_fail(WP_EMISMATCH,
			"%s: its vocabulary is not that of the text: see vocab --from",
			conf.idf_from);
	if (conf.from) {
		err = wp_vocab_map_init(&work->map, vocab, &work->from.vocab);
		vocab = &work->from.vocab;
	}
	wp_tool_put_history();
	if (!err)
		err = wp_writer_put_list(work->writer, "vocab", vocab);
	if (!err && rows.bags)
		err = wp_onehot_settings_put(&rows, work->writer);
	return err ? err : wp_onehot_create(&work->onehot, &rows, vocab->count, work->writer);
}

static enum wp_err take_ids(void *arg, const int32_t *ids, size_t n, bool ends)
{
	struct work *work = arg;
	if (wp_tool_progress_due())
		wp_tool_progress(-1, "%" PRId64 " rows", wp_onehot_size(work->onehot).rows);
	if (!conf.from)
		return wp_onehot_add(work->onehot, ids, n, ends);
	enum wp_err err =
		wp_grow(&work->mapped, &work->mapped_room, n + 1, sizeof *work->mapped, "ids");
	size_t kept = 0;
	bool learnt = work->from.table.most > 0; /* which can do with unknown words */
	for (size_t i = 0; i < n && !err; i++) {
		work->mapped[kept] = work->map.id[ids[i]];
		kept += work->mapped[kept] >= 0 || learnt;
	}
	return err ? err : wp_onehot_add(work->onehot, work->mapped, kept, ends);
}

int main(int argc, char **argv)
{
	wp_onehot_default(&conf.matrix);
	wp_common.memory = conf.matrix.memory;
	wp_tool_start(&about, options, &argc, &argv);
	wp_tool_operands(argc, 0, 1);
	check_options();
	rows = conf.matrix;

	struct work work = {.writer = wp_tool_writer(0)};
	if (conf.idf_from)
		read_df(&work);
	if (conf.from)
		read_columns(&work);
	struct wp_reader *reader = wp_tool_reader(argc ? argv[0] : NULL);
	const struct wp_id_stream_handler handler = {
		.arg = &work, .vocab = take_vocab, .ids = take_ids, .other = wp_tool_pass_on};
	struct wp_id_stream text;
	wp_tool_check(wp_id_stream_read(&text, reader, &handler));
	if (!conf.from)
		wp_tool_check(
			wp_counts_put(work.writer, WP_SOURCE, text.counts, text.vocab.count));

	struct wp_onehot_size size = wp_onehot_size(work.onehot);
	if (rows.dense)
		wp_tool_report("%" PRId64 " rows and %" PRId64
			       " columns of type %s: %.1f MiB to write",
			size.rows, size.columns, wp_type_name(rows.type), size.bytes / 0x1p20);
	wp_tool_check(wp_onehot_finish(work.onehot));
	size = wp_onehot_size(work.onehot);
	wp_tool_report("%" PRId64 " rows, %" PRId64 " columns, %" PRIu64 " cells", size.rows,
		size.columns, size.cells);
	wp_onehot_free(work.onehot);
	wp_df_fini(&work.df);
	wp_strings_fini(&work.df_vocab);
	wp_onehot_columns_fini(&work.from);
	wp_vocab_map_fini(&work.map);
	free(work.mapped);
	wp_id_stream_fini(&text);
	wp_reader_close(reader);
	return wp_tool_finish();
}
