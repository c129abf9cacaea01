/* w2v: train word vectors by word2vec.
 *
 * Reads the stream of `vocab` and writes one with the vectors.  Memory: two tables of V x D
 * floats (one more is never made), one of G x D for character n-grams, and the ids, which
 * beyond
 * --memory go to disk.
 */
#include "tool_w2v.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "text/char_ngrams.h"
#include "embed/w2v_stream.h"
#include "text/corpus.h"
#include "text/vocab.h"

static struct {
	struct wp_w2v_config model;
	bool context, train_specials, char_ngrams;
	int shortest, longest, min_words;
	const char *init;
} conf = {.shortest = 3, .longest = 6, .min_words = 2};

static const char *const models[] = {
	[WP_W2V_SKIPGRAM] = "skipgram", [WP_W2V_CBOW] = "cbow", NULL};
static const char *const losses[] = {[WP_W2V_NEGATIVE] = "negative",
	[WP_W2V_HIERARCHICAL] = "hierarchical",
	[WP_W2V_SOFTMAX] = "softmax",
	NULL};
static const char *const schedules[] = {[WP_W2V_LINEAR] = "linear",
	[WP_W2V_COSINE] = "cosine",
	[WP_W2V_CONSTANT] = "constant",
	NULL};

static const struct wp_about about = {
	.name = "w2v",
	.summary = "train word vectors by skip-gram or continuous bag of words",
	.operands = "[file]",
	.examples =
		(const char *const[]){
			"tokenize --lower text | vocab --min-count 5 | w2v > emb.bin",
			"w2v --dim 200 --epochs 5 --threads 1 ids.bin > emb.bin",
			"w2v --checkpoint w2v.ckpt -o emb.bin ids.bin", NULL},
	.see_also = "tokenize, vocab, neighbors, analogy, emb-eval, emb-ngrams, ts-convert",
};

/* They stand in the history, and so in checkpoints, also where they are the default: that has
 * changed once. */
#define ALWAYS_INT(option, variable, most, what) \
	{ \
		.kind = WP_KIND_INT, .name = option, .arg = "N", .var = variable, .min = 1, \
		.max = most, .flags = WP_OPT_ALWAYS, .help = what \
	}

static const struct wp_opt options[] = {
	WP_OPT_GROUP("Model"),
	WP_OPT_CHOICE(0, "model", &conf.model.model, "MODEL", models,
		"predict each word from each neighbour, or from their mean"),
	WP_OPT_CHOICE(0, "loss", &conf.model.loss, "LOSS", losses,
		"negative sampling, hierarchical softmax, or softmax over all words"),
	WP_OPT_INT('d', "dim", &conf.model.dim, "N", 1, 65536, "length of each vector"),
	WP_OPT_INT('w', "window", &conf.model.window, "N", 1, 1000,
		"most words to each side that count as neighbours"),
	WP_OPT_FLAG(0, "fixed-window", &conf.model.fixed_window,
		"take always that many words, not a random number of 1 to that"),
	ALWAYS_INT("negative", &conf.model.negative, 1000,
		"noise words for each window (negative sampling)"),
	WP_OPT_REAL(0, "noise-power", &conf.model.noise_power, "P", 0, 10,
		"draw noise words in proportion to their count to the power P"),
	WP_OPT_REAL(0, "sample", &conf.model.sample, "SHARE", 0, 1,
		"thin out words that make up more than this share of the text; 0: none"),
	WP_OPT_FLAG(0, "specials", &conf.train_specials,
		"train UNKNOWN_TOKEN and the sentence markers like words"),
	WP_OPT_ALSO(WP_KIND_FLAG, "train-specials", &conf.train_specials, NULL, 0, 0),
	WP_OPT_TEXT(0, "embedding", &conf.init, "FILE",
		"begin with the vectors of this stream for the words that it has"),
	WP_OPT_ALSO(WP_KIND_TEXT, "init", &conf.init, "FILE", 0, 0),
	WP_OPT_GROUP("Character n-grams"),
	WP_OPT_FLAG(0, "char-ngrams", &conf.char_ngrams,
		"make the vector of a word of those of its n-grams of characters, too"),
	WP_OPT_INT(0, "shortest", &conf.shortest, "N", 1, WP_CHAR_NGRAMS_LONGEST,
		"characters of an n-gram"),
	WP_OPT_INT(0, "longest", &conf.longest, "N", 1, WP_CHAR_NGRAMS_LONGEST, "and at most"),
	WP_OPT_INT(0, "min-df", &conf.min_words, "N", 1, 1e9,
		"leave n-grams out that fewer words have"),
	WP_OPT_ALSO(WP_KIND_INT, "min-words", &conf.min_words, "N", 1, 1e9),
	WP_OPT_GROUP("Training"),
	ALWAYS_INT("epochs", &conf.model.epochs, 100000, "passes over the text"),
	WP_OPT_REAL('r', "rate", &conf.model.rate, "R", 0, 1e6,
		"learning rate at the start; of cbow 0.075 unless given"),
	WP_OPT_REAL(
		0, "last-rate", &conf.model.last_rate, "R", 0, 1e6, "learning rate at the end"),
	WP_OPT_CHOICE(0, "schedule", &conf.model.schedule, "HOW", schedules,
		"how the learning rate goes from one to the other"),
	WP_OPT_SEED,
	WP_OPT_GROUP("Output"),
	WP_OPT_FLAG('c', "context", &conf.context,
		"write the context (output) vectors as well, as tensor 'context'"),
	WP_OPT_HISTORY,
	WP_OPT_GROUP("Running"),
	WP_OPT_THREADS(WP_OPT_ALWAYS),
	WP_OPT_MEMORY,
	WP_OPT_TMPDIR,
	WP_OPT_CHECKPOINTS("checkpoint-every", "SECONDS"),
	WP_OPT_LOG,
	WP_OPT_PROGRESS,
	WP_OPT_COMMON,
	WP_OPT_END,
};

/* The counts, but 0 for what takes no part in training.  The caller frees them. */
static int64_t *counts_to_train(const struct wp_corpus *corpus, const char *name)
{
	size_t words = corpus->vocab.count;
	int64_t *counts, all = 0;
	wp_tool_check(wp_alloc(&counts, words, sizeof *counts, "counts"));
	memcpy(counts, corpus->counts, words * sizeof *counts);
	static const char *const specials[] = {
		WP_UNKNOWN_TOKEN, WP_SENTENCE_START, WP_SENTENCE_END};
	for (size_t i = 0; i < words && !conf.train_specials; i++) {
		size_t length;
		const char *word = wp_strings_get(&corpus->vocab, i, &length);
		for (int k = 0; k < 3; k++)
			if (length == strlen(specials[k]) &&
				memcmp(word, specials[k], length) == 0)
				counts[i] = 0;
	}
	for (size_t i = 0; i < words; i++)
		all += counts[i];
	if (all == 0)
		wp_tool_die(WP_EMISMATCH, "%s: no words to train on", name);
	return counts;
}

/* Vectors to begin with that are for other words are likely those of another text. */
static void judge_found(size_t found, size_t words)
{
	if (found == 0)
		wp_tool_die(WP_EMISMATCH, "%s: none of the %zu words has a vector there",
			conf.init, words);
	if (found * 10 < words)
		wp_tool_warn(
			"%s: has vectors for only %zu of %zu words", conf.init, found, words);
}

static void start_from(struct wp_w2v *model, const struct wp_corpus *corpus)
{
	struct wp_embedding from;
	size_t found;
	wp_tool_check(wp_embedding_read(&from, wp_tool_reader(conf.init), "embedding"));
	wp_tool_check(wp_w2v_start_from(model, &corpus->vocab, &from, &found));
	wp_tool_report(
		"%s has vectors for %zu of %zu words", conf.init, found, corpus->vocab.count);
	judge_found(found, corpus->vocab.count);
	wp_embedding_fini(&from);
}

/* The full softmax takes time in proportion to the vocabulary: say how much before it is spent.
 */
static void judge_cost(const struct wp_w2v *model)
{
	const double rate = 60e9, enough = 60; /* operations a second, roughly; seconds */
	double seconds = wp_w2v_operations(model) / rate / conf.model.threads;
	if (conf.model.loss == WP_W2V_SOFTMAX && seconds > enough)
		wp_tool_warn("the full softmax will take about %.0f %s; --loss negative takes "
			     "less than a hundredth of it",
			seconds < 7200 ? seconds / 60 : seconds / 3600,
			seconds < 7200 ? "minutes" : "hours");
}

static struct wp_w2v *make_model(const struct wp_corpus *corpus, const char *name)
{
	struct wp_w2v *model;
	int64_t *counts = counts_to_train(corpus, name);
	const struct wp_w2v_text text = {.ids = corpus->ids,
		.tokens = corpus->tokens,
		.lengths = corpus->lengths,
		.sentences = corpus->sentences};
	wp_tool_check(wp_w2v_create(&model, &conf.model, &text, counts, corpus->vocab.count));
	free(counts);
	judge_cost(model);
	if (conf.char_ngrams) {
		wp_tool_check(wp_w2v_use_char_ngrams(
			model, &corpus->vocab, conf.shortest, conf.longest, conf.min_words));
		wp_tool_report("%zu character n-grams", wp_w2v_char_ngrams(model));
	}
	if (conf.init)
		start_from(model, corpus);
	return model;
}

static void write_result(
	struct wp_writer *writer, struct wp_w2v *model, const struct wp_corpus *corpus)
{
	struct wp_tensor tensor = wp_tensor_1d("counts", WP_I64, corpus->vocab.count);
	wp_tool_put_history();
	wp_tool_check(wp_writer_put_list(writer, "vocab", &corpus->vocab));
	wp_tool_check(wp_writer_put(writer, &tensor, corpus->counts));
	wp_tool_check(wp_w2v_put(writer, model, conf.context));
}

/* Options that would change nothing are refused: likely something else was meant. */
static void check_options(void)
{
	const struct {
		const void *var;
		const char *name, *with;
		bool used;
	} some[] = {
		{&conf.model.negative, "negative", "--loss negative",
			conf.model.loss == WP_W2V_NEGATIVE},
		{&conf.model.noise_power, "noise-power", "--loss negative",
			conf.model.loss == WP_W2V_NEGATIVE},
		{&conf.model.last_rate, "last-rate", "--schedule linear and cosine",
			conf.model.schedule != WP_W2V_CONSTANT},
		{&conf.shortest, "shortest", "--char-ngrams", conf.char_ngrams},
		{&conf.longest, "longest", "--char-ngrams", conf.char_ngrams},
		{&conf.min_words, "min-df", "--char-ngrams", conf.char_ngrams},
	};
	for (size_t i = 0; i < sizeof some / sizeof some[0]; i++)
		if (!some[i].used && wp_tool_given(some[i].var))
			wp_tool_usage("--%s goes with %s", some[i].name, some[i].with);
	if (conf.char_ngrams)
		wp_tool_check(wp_char_ngrams_check(conf.shortest, conf.longest));
	if (conf.context && conf.model.loss == WP_W2V_HIERARCHICAL)
		wp_tool_usage("--context: hierarchical softmax has no context vectors");
}

int main(int argc, char **argv)
{
	struct wp_corpus corpus;
	wp_w2v_default(&conf.model);
	wp_common.memory = (size_t)256 << 20;
	wp_common.checkpoint_every = 600;
	wp_tool_start(&about, options, &argc, &argv);
	wp_tool_operands(argc, 0, 1);
	conf.model.threads = wp_common.threads;
	conf.model.seed = wp_common.seed;
	wp_tool_check(wp_w2v_check(&conf.model));
	check_options();
	if (conf.model.model == WP_W2V_CBOW && !wp_tool_given(&conf.model.rate))
		conf.model.rate = WP_W2V_CBOW_RATE;
	if (conf.model.model == WP_W2V_CBOW && conf.model.rate > WP_W2V_CBOW_MOST_RATE)
		wp_tool_warn(
			"--rate %g: with rates above %g, vectors of cbow are poor and soon of "
			"no use; %g is the default",
			conf.model.rate, WP_W2V_CBOW_MOST_RATE, WP_W2V_CBOW_RATE);

	struct wp_writer *writer = wp_tool_writer(0); /* now: it may be refused */
	struct wp_reader *reader = wp_tool_reader(argc ? argv[0] : NULL);
	wp_tool_w2v_log_start();
	wp_tool_check(wp_corpus_read(&corpus, reader, 0, NULL, wp_common.memory,
		wp_common.tmpdir, wp_tool_pass_on, NULL));
	struct wp_w2v *model = make_model(&corpus, wp_reader_name(reader));
	wp_tool_w2v_train(model);
	write_result(writer, model, &corpus);
	wp_w2v_free(model);
	wp_corpus_fini(&corpus);
	wp_reader_close(reader);
	return wp_tool_finish();
}
