/* emb-text: vectors of texts from vectors of words.
 *
 * Reads the stream of `vocab`, a text a sentence, or rows of `onehot`, and writes a vector for
 * each. Memory: the vectors of the words, and of the texts what --memory allows, or with dbow
 * all of them.
 */
#include "tool_w2v.h"

#include <inttypes.h>
#include <string.h>

#include "embed/text_dbow.h"
#include "embed/text_fold.h"
#include "embed/text_mean.h"
#include "math/blas.h"

static struct {
	struct wp_text_config text;
	const char *embedding, *from, *counts, *tensor;
	bool normalize, numbers;
} conf = {.tensor = "embedding"};

static const struct wp_about about = {
	.name = "emb-text",
	.summary = "make vectors of texts from vectors of words",
	.operands = "[file]",
	.examples =
		(const char *const[]){
			"tokenize --lower texts | vocab | emb-text -e emb.bin > texts.bin",
			"emb-text --method sif -e emb.bin train.bin > train.vec",
			"emb-text --from train.vec -e emb.bin test.bin > test.vec",
			"emb-text --method dbow ids.bin > texts.bin", NULL},
	.see_also = "vocab, onehot, w2v, svd-embed, linear-train, neighbors, tsne",
};

static const struct wp_opt options[] = {
	WP_OPT_CHOICE(0, "method", &conf.text.method, "HOW", wp_text_methods,
		"a mean of the words' vectors, a weighted mean, a place in a latent semantic "
		"analysis, vectors that are trained"),
	WP_OPT_TEXT('e', "embedding", &conf.embedding, "FILE",
		"the vectors of words; with lsa the output of svd-embed"),
	WP_OPT_TEXT(0, "tensor", &conf.tensor, "NAME", "the tensor that holds the vectors"),
	WP_OPT_TEXT(0, "from", &conf.from, "FILE",
		"treat the texts as those of FILE, an output of emb-text, were treated"),
	WP_OPT_GROUP("Weighted mean: sif"),
	WP_OPT_REAL(0, "half-weight", &conf.text.half_weight, "R", 1e-12, 1e12,
		"a word of this share of all tokens weighs half: a of a / (a + p)"),
	WP_OPT_INT(0, "components", &conf.text.components, "N", 0, 1000,
		"remove the first N directions that the texts share"),
	WP_OPT_TEXT(0, "counts", &conf.counts, "FILE",
		"how often words occur, an output of vocab; by default that of the vectors"),
	WP_OPT_GROUP("Training: dbow"),
	WP_OPT_INT('d', "dim", &conf.text.dim, "N", 1, 65536, "length of each vector"),
	WP_OPT_INT(
		0, "negative", &conf.text.negative, "N", 1, 1000, "noise words for each word"),
	WP_OPT_REAL(0, "noise-power", &conf.text.noise_power, "P", 0, 10,
		"draw noise words in proportion to their count to the power P"),
	WP_OPT_REAL(0, "sample", &conf.text.sample, "SHARE", 0, 1,
		"thin out words that make up more than this share of the text; 0: none"),
	WP_OPT_INT(0, "epochs", &conf.text.epochs, "N", 1, 100000, "passes over the texts"),
	WP_OPT_REAL('r', "rate", &conf.text.rate, "R", 0, 1e6,
		"learning rate at the start; it falls to 0"),
	WP_OPT_SEED,
	WP_OPT_GROUP("Output"),
	WP_OPT_FLAG(0, "normalize", &conf.normalize, "make the vectors of texts 1 long"),
	WP_OPT_FLAG(0, "numbers", &conf.numbers,
		"write 'vocab', in which texts have their numbers as names, from 1"),
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

static bool is(enum wp_text_method method)
{
	return conf.text.method == method;
}

/* Options that would change nothing are refused: likely something else was meant. */
static void check_options(void)
{
	const bool mean = is(WP_TEXT_MEAN) || is(WP_TEXT_SIF), sif = is(WP_TEXT_SIF),
		   dbow = is(WP_TEXT_DBOW), trains = dbow && !conf.from;
	const struct {
		const void *var;
		const char *name, *with;
		bool used;
	} some[] = {
		{&conf.text.half_weight, "half-weight", "--method sif", sif && !conf.from},
		{&conf.text.components, "components", "--method sif", sif && !conf.from},
		{&conf.counts, "counts", "--method sif", sif && !conf.from},
		{&conf.tensor, "tensor", "--method mean and sif", mean},
		{&conf.text.dim, "dim", "--method dbow", trains},
		{&conf.text.negative, "negative", "--method dbow", trains},
		{&conf.text.noise_power, "noise-power", "--method dbow", trains},
		{&conf.text.sample, "sample", "--method dbow", trains},
		{&conf.text.epochs, "epochs", "--method dbow", trains},
		{&conf.text.rate, "rate", "--method dbow", trains},
		{&wp_common.checkpoint, "checkpoint", "--method dbow", trains},
		{&wp_common.resume, "resume", "--method dbow", trains},
		{&wp_common.log, "log", "--method dbow", trains},
	};
	for (size_t i = 0; i < sizeof some / sizeof some[0]; i++)
		if (!some[i].used && wp_tool_given(some[i].var))
			wp_tool_usage("--%s goes with %s%s", some[i].name, some[i].with,
				conf.from ? ", and not with --from, which says how" : "");
	if (!dbow && !conf.embedding)
		wp_tool_usage("-e FILE says where the vectors of words are; see --method");
	if (dbow && conf.embedding)
		wp_tool_usage("--method dbow makes vectors of its own: no -e");
}

static void report(uint64_t texts)
{
	if (wp_tool_progress_due())
		wp_tool_progress(-1, "%" PRIu64 " texts", texts);
}

static enum wp_err pass_on(void *arg, struct wp_reader *reader, const struct wp_tensor *tensor)
{
	return wp_text_concerns(tensor) ? wp_tool_pass_on(arg, reader, tensor) : WP_OK;
}

static void judge(const struct wp_text_tally *tally, const char *name)
{
	wp_tool_report("%" PRIu64 " texts", tally->texts);
	wp_tool_judge_unknown(name,
		is(WP_TEXT_DBOW) ? conf.from ? conf.from : "the training" : conf.embedding,
		tally->unknown, tally->tokens);
	if (tally->empty > 0)
		wp_tool_warn("%" PRIu64 " of %" PRIu64
			     " texts have no word that has a vector: theirs are zeros",
			tally->empty, tally->texts);
}

/* Means, plain or weighted. */
static struct wp_text_tally average(
	struct wp_text_model *model, struct wp_reader *reader, const struct wp_text_output *out)
{
	struct wp_embedding embedding;
	struct wp_text_tally tally;
	bool learns = is(WP_TEXT_SIF) && !conf.from;
	if (learns)
		wp_tool_check(wp_text_model_count(
			model, wp_tool_reader(conf.counts ? conf.counts : conf.embedding)));
	wp_tool_check(
		wp_embedding_read(&embedding, wp_tool_reader(conf.embedding), conf.tensor));
	wp_tool_check(wp_embedding_read_ngrams(&embedding));
	wp_tool_check(wp_text_means_put(model, &embedding, reader, out, &tally));
	wp_embedding_fini(&embedding);
	if (learns && tally.texts - tally.empty <= (uint64_t)conf.text.components)
		wp_tool_warn("what %" PRIu64 " texts share was learnt from them alone: with "
			     "--components 0 nothing is taken from them, with --from FILE what "
			     "others share",
			tally.texts);
	return tally;
}

static struct wp_text_tally train(
	struct wp_text_model *model, struct wp_reader *reader, const struct wp_text_output *out)
{
	struct wp_corpus corpus;
	struct wp_text_tally tally;
	wp_tool_check(wp_corpus_read(
		&corpus, reader, 0, NULL, wp_common.memory, wp_common.tmpdir, pass_on, NULL));
	if (conf.from) {
		wp_tool_check(wp_text_dbow_infer(
			model, &corpus, wp_common.seed, wp_common.threads, out, &tally));
	} else {
		struct wp_w2v *trainer;
		wp_tool_w2v_log_start();
		wp_tool_check(wp_text_dbow_create(
			&trainer, model, &corpus, wp_common.seed, wp_common.threads));
		wp_tool_w2v_train(trainer);
		wp_tool_check(wp_text_dbow_put(trainer, model, &corpus, out, &tally));
		wp_w2v_free(trainer);
	}
	wp_corpus_fini(&corpus);
	return tally;
}

int main(int argc, char **argv)
{
	struct wp_text_model model = {0};
	struct wp_text_tally tally;
	wp_text_config_default(&conf.text);
	wp_common.memory = (size_t)256 << 20;
	wp_common.checkpoint_every = 600;
	wp_tool_start(&about, options, &argc, &argv);
	wp_tool_operands(argc, 0, 1);
	enum wp_text_method method = conf.text.method;
	if (conf.from) {
		wp_tool_check(wp_text_model_read(&model, wp_tool_reader(conf.from)));
		conf.text.method = model.config.method;
	}
	if (conf.from && wp_tool_given(&conf.text.method) && !is(method))
		wp_tool_usage("--from %s: made by --method %s", conf.from,
			wp_text_methods[model.config.method]);
	check_options();
	wp_tool_check(wp_text_config_check(&conf.text));
	if (!conf.from)
		model.config = conf.text;
	wp_tool_check(wp_blas_start(1));

	const struct wp_text_output out = {.writer = wp_tool_writer(0),
		.normalize = conf.normalize,
		.memory = wp_common.memory,
		.tmpdir = wp_common.tmpdir,
		.other = pass_on,
		.begin = wp_tool_put_history,
		.report = report};
	struct wp_reader *reader = wp_tool_reader(argc ? argv[0] : NULL);
	if (is(WP_TEXT_LSA))
		wp_tool_check(
			wp_text_fold_in(wp_tool_reader(conf.embedding), reader, &out, &tally));
	else if (is(WP_TEXT_DBOW))
		tally = train(&model, reader, &out);
	else
		tally = average(&model, reader, &out);
	judge(&tally, wp_reader_name(reader));
	wp_tool_check(wp_text_model_put(&model, out.writer));
	if (conf.numbers)
		wp_tool_check(wp_text_put_numbers(out.writer, tally.texts));
	wp_text_model_fini(&model);
	wp_reader_close(reader);
	return wp_tool_finish();
}
