/* rnn-train: train a recurrent network.
 *
 * Reads the stream of `vocab`, or one of real-valued sequences, and writes a model.  Memory:
 * the parameters some four times (their gradients, the optimiser's state, the best ones so
 * far), the activations of one batch, and the ids, which beyond --memory go to disk.
 */
#include "tool.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/trend.h"
#include "embed/embedding.h"
#include "math/blas.h"
#include "nn/train/gradient_log.h"
#include "nn/tasks/model_input.h"
#include "nn/model/fine_tune.h"
#include "nn/train/trainer.h"
#include "text/vocab.h"

/* Where an option's default depends on others, it stands at this, below its range. */
enum {
	UNSET = -1,
	CHARACTERS = 512 /* a vocabulary of so many tokens at most is of characters */
};

static struct {
	/* Of the enums of the library, as options have them. */
	int task, cell, activation, pooling, softmax, target, optimizer, clip_by, schedule;
	int dim, subwords, batch, bptt;
	bool stream, sentences, freeze, all_words;
	struct wp_nn_config model;
	struct wp_nn_training training;
	struct wp_nn_init init;
	double rate, momentum, decay, epsilon, table_scale, forget_bias, valid_share;
	uint64_t log_every;
	const char *net, *embedding, *start, *valid, *gradients;
	enum wp_tag_scheme scheme, written;
	bool summary, check_gradients;
} conf = {.cell = WP_NN_LSTM,
	.dim = UNSET,
	.batch = UNSET,
	.bptt = UNSET,
	.rate = UNSET,
	.momentum = UNSET,
	.decay = UNSET,
	.epsilon = UNSET,
	.table_scale = UNSET,
	.forget_bias = 1000 * UNSET, /* below its range, as for the others */
	.log_every = 10};

static const char *const clips[] = {
	[WP_NN_CLIP_NORM] = "norm", [WP_NN_CLIP_VALUE] = "value", NULL};

static const struct wp_about about = {
	.name = "rnn-train",
	.summary = "train a recurrent network",
	.operands = "[file]",
	.examples =
		(const char *const[]){
			"tokenize --chars play.txt | vocab | rnn-train --valid-share 0.05 > lm.bin",
			"rnn-train --task classify --bidirectional --embedding emb.bin ids.bin > "
			"m.bin",
			"rnn-train --cell gru --summary --log run.tsv -o model.bin ids.bin",
			NULL},
	.see_also = "vocab, rnn-predict, clip-stats",
};

static const struct wp_opt options[] = {
	WP_OPT_GROUP("Network"),
	WP_OPT_TABLE(0, "task", &conf.task, "TASK", wp_nn_tasks,
		"predict the next token, a label for each sequence, a tag for each token, or "
		"numbers"),
	WP_OPT_TEXT(0, "net", &conf.net, "TEXT",
		"the network in words, instead of by the options below; @FILE: what FILE says"),
	WP_OPT_CHOICE(0, "cell", &conf.cell, "CELL", wp_nn_cells, "kind of recurrent unit"),
	WP_OPT_CHOICE(0, "activation", &conf.activation, "F", wp_nn_activations,
		"what elman and jordan put their sums through"),
	WP_OPT_INT(0, "hidden", &conf.model.hidden, "N", 1, 65536,
		"units of each layer and direction"),
	WP_OPT_INT(0, "layers", &conf.model.layers, "N", 1, 64, "layers on top of each other"),
	WP_OPT_FLAG(0, "bidirectional", &conf.model.bidirectional,
		"read each sequence in both directions"),
	WP_OPT_FLAG(0, "no-bias", &conf.model.no_bias, "no biases anywhere"),
	WP_OPT_INT('d', "dim", &conf.dim, "N", 0, 65536,
		"learn a vector of N numbers for each token; 0: one-hot; by default 0 for lm, "
		"100 otherwise"),
	WP_OPT_TEXT('e', "embedding", &conf.embedding, "FILE",
		"begin with the word vectors of this stream"),
	WP_OPT_FLAG(0, "all-words", &conf.all_words,
		"know all words of that stream, also those that the data lack"),
	WP_OPT_FLAG(0, "freeze", &conf.freeze, "do not train those vectors"),
	WP_OPT_INT(0, "subwords", &conf.subwords, "N", 0, 100000000,
		"add vectors for parts of words, hashed into N rows"),
	WP_OPT_CHOICE(0, "pooling", &conf.pooling, "HOW", wp_nn_poolings,
		"what stands for a whole sequence: its last state, or the mean or maximum of "
		"all"),
	WP_OPT_CHOICE(0, "target", &conf.target, "WHICH", wp_nn_target_names,
		"regress: predict 'targets' at each step or at the end, or the next row of "
		"the series"),
	WP_OPT_CHOICE(0, "softmax", &conf.softmax, "HOW", wp_nn_softmaxes,
		"lm, in training: over all tokens, over a sample, or along a tree"),
	WP_OPT_INT(0, "samples", &conf.model.samples, "N", 1, 1000000,
		"size of the sample, for each batch"),
	WP_OPT_FLAG(0, "tied", &conf.model.tied,
		"lm: the output's weights are the tokens' vectors"),
	WP_OPT_CHOICE(0, "scheme", &conf.scheme, "SCHEME", wp_tag_schemes,
		"tag, of phrases: the scheme that the network learns, whichever is read and "
		"written; none: as the tags are"),
	WP_OPT_GROUP("Regularisation"),
	WP_OPT_REAL(0, "dropout", &conf.model.dropout, "P", 0, 0.999,
		"drop this share of what goes into each layer and the output"),
	WP_OPT_FLAG(0, "variational", &conf.model.variational, "the same at all steps"),
	WP_OPT_REAL(0, "recurrent-dropout", &conf.model.recurrent_dropout, "P", 0, 0.999,
		"variational: drop this share of the recurrent connections"),
	WP_OPT_REAL(0, "word-dropout", &conf.model.word_dropout, "A", 0, 1e6,
		"read a word that occurs n times as UNKNOWN_TOKEN with probability A / (A + n)"),
	WP_OPT_REAL(0, "l1", &conf.training.optimizer.l1, "X", 0, 1e6,
		"weight decay: X sign(w) is added to the gradient"),
	WP_OPT_REAL(0, "l2", &conf.training.optimizer.l2, "X", 0, 1e6,
		"weight decay: X w is added to the gradient"),
	WP_OPT_GROUP("Batches"),
	WP_OPT_INT(0, "batch", &conf.batch, "N", 1, 1000000,
		"sequences of an update, or tracks of a stream; by default 32, or 50"),
	WP_OPT_INT(0, "bptt", &conf.bptt, "N", 0, 1000000000,
		"steps after which the gradient is cut off; 0: never; by default 50 for a "
		"stream, otherwise 0"),
	WP_OPT_FLAG(
		0, "stream", &conf.stream, "take all sequences as one, and carry the state on"),
	WP_OPT_FLAG(0, "sentences", &conf.sentences,
		"take each sequence by itself; for lm the default where there is a "
		"SENTENCE_START"),
	WP_OPT_GROUP("Training"),
	WP_OPT_INT(0, "epochs", &conf.training.schedule.epochs, "N", 0, 1000000,
		"passes over the data"),
	WP_OPT_TABLE(0, "optimizer", &conf.optimizer, "HOW", wp_nn_methods,
		"how gradients become updates"),
	WP_OPT_REAL('r', "rate", &conf.rate, "R", 0, 1e6,
		"learning rate; by default 0.5 (sgd), 0.1 (momentum), 0.05 (adagrad), 0.002 "
		"(rmsprop, adam)"),
	WP_OPT_REAL(0, "momentum", &conf.momentum, "X", 0, 1,
		"share of the last step that is kept; Adam's beta1; by default 0.9"),
	WP_OPT_REAL(0, "decay", &conf.decay, "X", 0, 1,
		"rmsprop, and Adam's beta2: share of the squares that is kept; by default 0.99 "
		"and 0.999"),
	WP_OPT_REAL(0, "epsilon", &conf.epsilon, "X", 0, 1,
		"adagrad, rmsprop, adam: added to the divisor; by default 1e-8"),
	WP_OPT_REAL(0, "clip", &conf.training.optimizer.clip, "X", 0, 1e12,
		"scale a gradient of a larger norm down to this; 0: never"),
	WP_OPT_CHOICE(0, "clip-by", &conf.clip_by, "HOW", clips,
		"the norm of the whole gradient, or the value of each number"),
	WP_OPT_TABLE(0, "schedule", &conf.schedule, "HOW", wp_nn_decays,
		"how the learning rate falls: not at all, with each epoch, with each validation "
		"that is not the best, or along a cosine"),
	WP_OPT_REAL(0, "rate-decay", &conf.training.schedule.factor, "F", 0, 1,
		"epoch, plateau: the factor"),
	WP_OPT_INT(0, "decay-after", &conf.training.schedule.after, "EPOCHS", 0, 1000000,
		"epoch, cosine: not before these are over"),
	WP_OPT_TEXT(0, "valid", &conf.valid, "FILE", "validate on this stream"),
	WP_OPT_REAL(0, "valid-share", &conf.valid_share, "P", 0, 0.999,
		"validate on the last P of the sequences, or of the stream, and do not train "
		"on them"),
	WP_OPT_COUNT(0, "valid-every", &conf.training.valid_every, "STEPS", 0, 1e15,
		"validate so often, beside the end of each epoch; 0: only there"),
	WP_OPT_INT(0, "patience", &conf.training.patience, "N", 0, 1000000,
		"stop after N validations that are not the best; 0: never"),
	WP_OPT_TABLE(0, "best-by", &conf.training.best_by, "MEASURE", wp_nn_measures,
		"which validation is the best: of the least loss, the highest accuracy, for "
		"tags of phrases F1, for lm perplexity, or for numbers the squared error"),
	WP_OPT_GROUP("Beginning"),
	WP_OPT_TEXT(0, "init", &conf.start, "FILE", "begin with the parameters of this model"),
	WP_OPT_REAL(0, "init-scale", &conf.init.scale, "X", 0, 1e6,
		"all parameters uniform in +-X; 0: by their kind"),
	WP_OPT_REAL(0, "table-scale", &conf.table_scale, "X", 0, 1e6,
		"what tokens look up uniform in +-X; 0: as other weights; by default for lm 2, or "
		"1 if there are more than 512 tokens, otherwise 0"),
	WP_OPT_FLAG(0, "orthogonal", &conf.init.orthogonal, "orthogonal recurrent weights"),
	WP_OPT_REAL(0, "forget-bias", &conf.forget_bias, "X", -100, 100,
		"lstm, peephole: bias of the forget gate; by default 0 for lm, otherwise 1"),
	WP_OPT_SEED,
	WP_OPT_GROUP("Output"),
	{.kind = WP_KIND_FLAG,
		.name = "summary",
		.var = &conf.summary,
		.flags = WP_OPT_NEUTRAL,
		.help = "print the parameters and the memory on standard error before training"},
	{.kind = WP_KIND_FLAG,
		.name = "check-gradients",
		.var = &conf.check_gradients,
		.flags = WP_OPT_NEUTRAL,
		.help = "instead of training, compare the gradient of the first batch with finite "
			"differences"},
	WP_OPT_SIDE("gradients", &conf.gradients,
		"write the norms of the gradients of each step to FILE, for clip-stats"),
	WP_OPT_HISTORY,
	WP_OPT_GROUP("Running"),
	WP_OPT_THREADS(WP_OPT_NEUTRAL),
	WP_OPT_MEMORY,
	WP_OPT_TMPDIR,
	WP_OPT_CHECKPOINTS("STEPS"),
	WP_OPT_LOG,
	{.kind = WP_KIND_COUNT,
		.name = "log-every",
		.arg = "STEPS",
		.var = &conf.log_every,
		.min = 1,
		.max = 1e15,
		.flags = WP_OPT_NEUTRAL,
		.help = "how often a line of it"},
	WP_OPT_PROGRESS,
	WP_OPT_COMMON,
	WP_OPT_END,
};

/* Settings. */

/* An option that would do nothing is a mistake. */
static void needs(const void *var, const char *option, bool used, const char *where)
{
	if (wp_tool_given(var) && !used)
		wp_tool_usage("--%s is for %s", option, where);
}

static void check_uses(void)
{
	bool adam = conf.optimizer == WP_NN_ADAM, rmsprop = conf.optimizer == WP_NN_RMSPROP;
	bool adagrad = conf.optimizer == WP_NN_ADAGRAD;
	bool by_epoch = conf.schedule == WP_NN_BY_EPOCH;
	needs(&conf.scheme, "scheme", conf.task == WP_NN_TAG, "--task tag");
	needs(&conf.target, "target", conf.task == WP_NN_REGRESS, "--task regress");
	needs(&conf.model.samples, "samples", conf.softmax == WP_NN_SAMPLED,
		"--softmax sampled");
	needs(&conf.model.variational, "variational",
		conf.model.dropout > 0 || conf.model.recurrent_dropout > 0,
		"--dropout or --recurrent-dropout");
	needs(&conf.momentum, "momentum", adam || conf.optimizer == WP_NN_MOMENTUM,
		"--optimizer momentum or adam");
	needs(&conf.decay, "decay", adam || rmsprop, "--optimizer rmsprop or adam");
	needs(&conf.epsilon, "epsilon", adam || rmsprop || adagrad,
		"--optimizer adagrad, rmsprop or adam");
	needs(&conf.training.schedule.factor, "rate-decay",
		by_epoch || conf.schedule == WP_NN_ON_PLATEAU, "--schedule epoch or plateau");
	needs(&conf.training.schedule.after, "decay-after",
		by_epoch || conf.schedule == WP_NN_COSINE, "--schedule epoch or cosine");
	needs(&conf.forget_bias, "forget-bias",
		conf.net || conf.cell == WP_NN_LSTM || conf.cell == WP_NN_PEEPHOLE,
		"--cell lstm or peephole");
}

/* A network that stands in a file. */
static char net_text[1 << 14];

/* Options that are short for a network do not go with one in words. */
static void take_net(void)
{
	const struct {
		const void *var;
		const char *option;
	} others[] = {{&conf.cell, "cell"}, {&conf.activation, "activation"},
		{&conf.model.hidden, "hidden"}, {&conf.model.layers, "layers"},
		{&conf.model.bidirectional, "bidirectional"}, {&conf.model.no_bias, "no-bias"},
		{&conf.dim, "dim"}, {&conf.freeze, "freeze"}, {&conf.subwords, "subwords"},
		{&conf.pooling, "pooling"}, {&conf.softmax, "softmax"},
		{&conf.model.samples, "samples"}, {&conf.model.tied, "tied"},
		{&conf.model.dropout, "dropout"}, {&conf.model.variational, "variational"},
		{&conf.model.recurrent_dropout, "recurrent-dropout"},
		{&conf.model.word_dropout, "word-dropout"}};
	if (!conf.net)
		return;
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		if (wp_tool_given(others[i].var))
			wp_tool_usage(
				"--net says the whole network: no --%s", others[i].option);
	conf.model.net = conf.net;
	if (conf.net[0] != '@')
		return;
	struct wp_input *input;
	size_t size;
	wp_tool_check(wp_input_open_text(&input, conf.net + 1));
	wp_tool_check(wp_input_read(input, net_text, sizeof net_text, &size));
	wp_input_close(input);
	if (size == sizeof net_text || memchr(net_text, '\0', size))
		wp_tool_usage("--net %s: not a network in words", conf.net);
	conf.model.net = net_text;
}

static void usage_errors(void)
{
	check_uses();
	take_net();
	if (conf.stream && conf.sentences)
		wp_tool_usage("--stream and --sentences exclude each other");
	if (conf.valid && conf.valid_share > 0)
		wp_tool_usage("--valid and --valid-share exclude each other");
	bool valid = conf.valid || conf.valid_share > 0;
	if (!valid &&
		(conf.training.patience > 0 || conf.training.valid_every > 0 ||
			wp_tool_given(&conf.training.best_by) ||
			conf.schedule == WP_NN_ON_PLATEAU))
		wp_tool_usage("without --valid or --valid-share nothing is validated");
	if (conf.freeze && !conf.embedding && !conf.start)
		wp_tool_usage("--freeze needs --embedding FILE or --init FILE");
	if (conf.all_words && (!conf.embedding || conf.task == WP_NN_LM))
		wp_tool_usage("--all-words needs --embedding FILE, and another task than lm");
	if (wp_tool_given(&conf.log_every) && !wp_common.log)
		wp_tool_usage("--log-every needs --log FILE");
}

static bool is_set(double value)
{
	return value > UNSET;
}

/* How to train, once it is known whether the data are a stream. */
static void configure_training(bool stream)
{
	struct wp_nn_training *t = &conf.training, d;
	wp_nn_training_default(&d, (enum wp_nn_method)conf.optimizer, stream);
	t->batching = d.batching;
	t->batching.task = conf.model.task;
	t->batching.each_step = conf.model.each_step;
	if (conf.check_gradients) { /* every parameter costs passes over the batch */
		t->batching.batch = 2;
		t->batching.bptt = stream ? 5 : 0;
	}
	if (is_set(conf.batch))
		t->batching.batch = conf.batch;
	if (is_set(conf.bptt))
		t->batching.bptt = conf.bptt;
	t->optimizer.method = d.optimizer.method;
	t->optimizer.momentum = is_set(conf.momentum) ? conf.momentum : d.optimizer.momentum;
	t->optimizer.decay = is_set(conf.decay) ? conf.decay : d.optimizer.decay;
	t->optimizer.epsilon = is_set(conf.epsilon) ? conf.epsilon : d.optimizer.epsilon;
	t->optimizer.clip_by = (enum wp_nn_clip)conf.clip_by;
	t->schedule.decay = (enum wp_nn_decay)conf.schedule;
	t->schedule.rate = is_set(conf.rate) ? conf.rate : d.schedule.rate;
	t->threads = wp_common.threads;
	t->seed = conf.init.seed = wp_common.seed;
}

/* What the network is, as far as options say it. */
static void configure_model(void)
{
	struct wp_nn_config *m = &conf.model;
	m->task = (enum wp_nn_task)conf.task;
	m->cell = (enum wp_nn_cell_kind)conf.cell;
	m->activation = (enum wp_nn_activation)conf.activation;
	m->pooling = (enum wp_nn_pooling)conf.pooling;
	m->softmax = (enum wp_nn_softmax)conf.softmax;
	m->each_step = m->task == WP_NN_REGRESS && conf.target != WP_NN_AT_END;
	m->subwords = (size_t)conf.subwords;
	m->freeze = conf.freeze;
	conf.init.forget_bias = wp_tool_given(&conf.forget_bias) ? conf.forget_bias
		: m->task == WP_NN_LM                            ? 0
								 : 1;
}

/* What it reads: tokens or numbers, and of which kind; vector: length of given vectors, or 0.
 */
static void configure_input(bool tokens, size_t inputs, int vector)
{
	struct wp_nn_config *m = &conf.model;
	int dim = conf.dim;
	if (!is_set(dim) && m->net)
		dim = 0;
	else if (!is_set(dim))
		dim = vector                                      ? vector
			: m->tied                                 ? (int)wp_nn_width(m)
			: !tokens                                 ? 0
			: m->task == WP_NN_LM && m->subwords == 0 ? 0
								  : 100;
	conf.init.table_scale = is_set(conf.table_scale) ? conf.table_scale
		: m->task != WP_NN_LM                    ? 0
		: inputs <= CHARACTERS                   ? 2
							 : 1;
	m->inputs = inputs;
	m->embedding = dim;
	m->input = !tokens ? WP_NN_REAL : m->embedding ? WP_NN_EMBEDDING : WP_NN_ONEHOT;
}

/* Before anything is read: can this be trained on any data? */
static void check_settings(void)
{
	struct wp_nn_config m;
	bool lm = conf.task == WP_NN_LM, real = conf.task == WP_NN_REGRESS;
	bool tokens = !real || conf.embedding || conf.dim > 0;
	configure_model();
	configure_training(conf.stream || (lm && !conf.sentences));
	configure_input(tokens, INT32_MAX, conf.embedding && !is_set(conf.dim) ? 1 : 0);
	m = conf.model;
	if (conf.net && real)
		return; /* of tokens or of numbers: the data will say */
	if (m.tied && conf.embedding)
		m.embedding = (int)wp_nn_width(&m);
	m.outputs = lm ? m.inputs : 2;
	m.unknown = tokens ? 0 : -1;
	if (wp_nn_training_check(&conf.training, &m))
		wp_tool_usage("%s", wp_error_option_detail());
}

/* The data. */

static bool is_stream(const struct wp_nn_dataset *source)
{
	if (conf.stream || conf.sentences || conf.model.task != WP_NN_LM)
		return conf.stream;
	return wp_strings_find(&source->corpus.vocab, WP_SENTENCE_START) < 0;
}

/* The part to validate on; false where there is none. */
static bool get_valid(struct wp_nn_data *data, struct wp_nn_data *valid,
	struct wp_nn_model_input *reading, const struct wp_nn_model *model)
{
	if (conf.valid_share > 0)
		wp_tool_check(wp_nn_data_split(
			data, valid, &conf.training.batching, conf.valid_share));
	if (!conf.valid)
		return conf.valid_share > 0;
	struct wp_reader *reader = wp_tool_reader(conf.valid);
	wp_tool_check(wp_nn_model_input_init(
		reading, model, reader, wp_common.memory, wp_common.tmpdir, NULL, NULL));
	wp_tool_check(wp_nn_model_input_data(
		reading, conf.valid, (enum wp_nn_target)conf.target, valid));
	wp_tool_judge_unknown(
		conf.valid, "the model", reading->unknown_tokens, reading->tokens);
	wp_reader_close(reader);
	return true;
}

/* The model. */

static void start_from(struct wp_nn_model *model)
{
	struct wp_nn_model from;
	struct wp_reader *reader = wp_tool_reader(conf.start);
	size_t taken;
	wp_tool_check(wp_nn_model_read(&from, reader, NULL, NULL));
	wp_tool_check(wp_nn_start_from(model, &from, &taken));
	wp_tool_report(
		"%s gives %zu of %zu parameters", conf.start, taken, model->params->parameters);
	wp_reader_close(reader);
	wp_nn_model_fini(&from);
}

/* A model for the data, whose vocabularies it takes over, with the parameters to begin with. */
static void make_model(struct wp_nn_model *model, struct wp_nn_dataset *source)
{
	struct wp_nn_config *m = &conf.model;
	struct wp_corpus *corpus = &source->corpus;
	struct wp_embedding vectors = {0};
	bool tokens = source->data.ids;
	bool labelled = m->task == WP_NN_CLASSIFY || m->task == WP_NN_TAG;
	struct wp_strings *labels = wp_nn_dataset_labels(source, m->task);
	size_t found;
	if (conf.embedding) {
		wp_tool_check(wp_embedding_read(
			&vectors, wp_tool_reader(conf.embedding), "embedding"));
		wp_tool_check(wp_embedding_read_ngrams(&vectors));
	}
	if (conf.all_words && tokens)
		wp_tool_check(wp_nn_add_words(corpus, &vectors));
	configure_input(
		tokens, tokens ? corpus->vocab.count : source->data.inputs, (int)vectors.dim);
	m->unknown = (int32_t)wp_strings_find(&corpus->vocab, WP_UNKNOWN_TOKEN);
	m->outputs = labelled         ? labels->count
		: m->task == WP_NN_LM ? m->inputs
				      : source->data.outputs;
	wp_tool_check(wp_nn_training_check(&conf.training, m));
	wp_tool_check(wp_nn_model_create(
		model, m, tokens ? &corpus->vocab : NULL, labelled ? labels : NULL));
	if (conf.scheme)
		wp_tool_check(wp_nn_model_set_scheme(model, conf.scheme, conf.written));
	model->sentences = m->task == WP_NN_LM && !conf.training.batching.stream;
	model->next = m->task == WP_NN_REGRESS && conf.target == WP_NN_NEXT;
	if (tokens) {
		model->counts = corpus->counts;
		corpus->counts = NULL;
	}
	wp_nn_initialize(model->theta, model->params, &conf.init);
	if (conf.start)
		start_from(model);
	if (conf.embedding) {
		wp_tool_check(wp_nn_start_embedding(model, &vectors, &found));
		wp_tool_report("%s has vectors for %zu of %zu words", conf.embedding, found,
			model->vocab.count);
		if (found * 10 < model->vocab.count)
			wp_tool_warn("%s: has vectors for only %zu of %zu words",
				conf.embedding, found, model->vocab.count);
	}
	wp_embedding_fini(&vectors);
}

/* Watching it. */

/* What the log and the progress line remember between reports. */
static struct {
	double before;                /* the last report                             */
	double seconds, rows;         /* of training, and what was trained in them   */
	double row_loss, row_targets; /* since the last line of the log */
	double loss;                  /* of that line                                */
	double all_loss, all_targets; /* of all of training */
	struct wp_trend trend;
	double norm, clipped;
	double valid; /* the last validation; NaN: none yet          */
	struct wp_nn_gradient_log *gradients;
} watch = {.valid = NAN, .loss = NAN};

static double per_second(double rows, double seconds)
{
	return seconds > 0 ? rows / seconds : 0;
}

static void log_row(const struct wp_nn_progress *p)
{
	char valid[32] = "-";
	if (p->validation)
		snprintf(valid, sizeof valid, "%.6f", p->validation->loss);
	if (watch.row_targets > 0)
		watch.loss = watch.row_loss / watch.row_targets;
	wp_tool_log("%" PRIu64 "\t%d\t%.6f\t%s\t%.6g\t%.6g\t%.6g\t%.0f", p->step, p->epoch + 1,
		watch.loss, valid, p->rate, watch.norm, watch.clipped,
		per_second(watch.rows, watch.seconds));
	watch.row_loss = watch.row_targets = 0;
}

static void saw_validation(const struct wp_nn_progress *p)
{
	const struct wp_nn_validation *v = p->validation;
	char text[128];
	watch.valid = v->loss;
	wp_nn_show_validation(text, sizeof text, conf.model.task, conf.training.best_by, v);
	wp_tool_report("step %" PRIu64 ", epoch %d: validation %s%s", p->step, p->epoch + 1,
		text, p->best ? "" : " (not the best)");
}

static void saw_update(const struct wp_nn_progress *p, double seconds)
{
	watch.seconds += seconds;
	watch.rows += (double)p->rows;
	watch.row_loss += p->loss;
	watch.row_targets += (double)p->targets;
	watch.all_loss += p->loss;
	watch.all_targets += (double)p->targets;
	wp_trend_add(&watch.trend, p->share, watch.all_loss, watch.all_targets);
	if (p->update) {
		watch.norm = p->update->norm;
		watch.clipped = p->update->clipped;
	}
	if (watch.gradients)
		wp_tool_check(wp_nn_gradient_log_add(watch.gradients, p));
}

static void report(const struct wp_nn_progress *p, void *arg)
{
	(void)arg;
	double now = wp_tool_seconds();
	if (p->validation)
		saw_validation(p);
	else
		saw_update(p, now - watch.before);
	if (p->validation || p->step % conf.log_every == 0)
		log_row(p);
	if (wp_tool_progress_due()) {
		char valid[32] = "";
		if (!isnan(watch.valid))
			snprintf(valid, sizeof valid, "  valid %.4f", watch.valid);
		wp_tool_progress(p->share, "epoch %d  %.0f tokens/s  rate %.2g  loss %.4f%s",
			p->epoch + 1, per_second(watch.rows, watch.seconds), p->rate,
			p->targets ? p->loss / (double)p->targets : 0, valid);
	}
	watch.before = wp_tool_seconds();
}

/* The run. */

static enum wp_err run(void *trainer, const volatile sig_atomic_t *stop)
{
	uint64_t steps = wp_common.checkpoint ? wp_common.checkpoint_every : 0;
	return wp_nn_trainer_run(trainer, steps, stop, report, NULL);
}

static bool ended(const void *trainer)
{
	return wp_nn_trainer_ended(trainer);
}

static enum wp_err save(void *trainer, struct wp_writer *writer, const char *settings)
{
	return wp_nn_trainer_save(trainer, writer, settings);
}

static enum wp_err load(void *trainer, struct wp_reader *reader, const char *settings)
{
	return wp_nn_trainer_load(trainer, reader, settings);
}

/* All steps that a gradient reaches are in memory at a time. */
static void warn_of_long_sequences(const struct wp_nn_data *data)
{
	enum { LONG = 20000 };
	const struct wp_nn_batching *how = &conf.training.batching;
	int32_t longest = 0;
	for (size_t i = 0; i < data->sequences && !how->stream; i++)
		longest = data->lengths[i] > longest ? data->lengths[i] : longest;
	if (longest > LONG && (how->bptt == 0 || how->bptt > LONG))
		wp_tool_warn("the longest sequence has %" PRId32
			     " steps, which are all in memory at a time: --bptt 100, say, "
			     "would cut it, and so would shorter lines",
			longest);
}

static void finish_gradients(void *unused)
{
	(void)unused;
	if (watch.gradients)
		wp_tool_complain(wp_nn_gradient_log_finish(watch.gradients));
	watch.gradients = NULL;
}

static void train(const struct wp_tool_job *job)
{
	watch.before = wp_tool_seconds();
	enum wp_err err = wp_tool_train(job);
	finish_gradients(NULL);
	if (err == WP_EDIVERGED) /* gradients tell how it came to that */
		wp_tool_commit_partial();
	wp_tool_check(err);
	wp_tool_check(wp_nn_trainer_finish(job->model));
	wp_tool_judge_loss(&watch.trend,
		conf.model.task == WP_NN_REGRESS ? 0 : log((double)conf.model.outputs),
		conf.training.schedule.rate);
}

static void tell(const struct wp_nn_trainer *trainer)
{
	struct wp_nn_validation best;
	uint64_t step;
	wp_tool_report("%.0f tokens/s in %.2f s of training",
		per_second(watch.rows, watch.seconds), watch.seconds);
	if (wp_nn_trainer_best(trainer, &best, &step))
		wp_tool_report(
			"best validation loss %.4f, after step %" PRIu64, best.loss, step);
}

static void print_summary(struct wp_nn_trainer *trainer)
{
	struct wp_output *output;
	size_t size;
	wp_tool_check(wp_output_memory(&output));
	wp_tool_check(wp_nn_trainer_summary(trainer, output));
	const char *text = wp_output_collected(output, &size);
	fwrite(text, 1, size, stderr);
	wp_output_discard(output);
}

static void check_gradients(struct wp_nn_trainer *trainer, struct wp_output *output)
{
	const double tolerance = 1e-6;
	double error;
	wp_tool_check(wp_nn_trainer_check_gradients(trainer, output, &error));
	if (!(error < tolerance))
		wp_tool_complain(wp_fail(WP_EMISMATCH,
			"the gradient and finite differences differ by %g", error));
}

static void train_and_write(const struct wp_tool_job *job, const struct wp_nn_model *model,
	struct wp_writer *writer)
{
	if (conf.gradients)
		wp_tool_check(wp_nn_gradient_log_open(&watch.gradients,
			wp_tool_side_writer(conf.gradients, true), model->params,
			conf.training.optimizer.clip,
			wp_common.no_history ? NULL : wp_tool_history_line()));
	train(job);
	tell(job->model);
	wp_tool_put_history();
	wp_tool_check(wp_nn_model_put(writer, model));
}

int main(int argc, char **argv)
{
	struct wp_nn_dataset source;
	struct wp_nn_model_input reading = {0};
	struct wp_nn_model model;
	struct wp_nn_trainer *trainer;
	struct wp_nn_data valid;
	wp_nn_config_default(&conf.model);
	wp_nn_training_default(&conf.training, WP_NN_ADAM, true);
	conf.optimizer = WP_NN_ADAM;
	conf.model.samples = 1000;
	wp_common.memory = (size_t)256 << 20;
	wp_common.checkpoint_every = 1000;
	wp_tool_start(&about, options, &argc, &argv);
	wp_tool_operands(argc, 0, 1);
	usage_errors();
	check_settings();

	struct wp_writer *writer = NULL;
	struct wp_output *output = NULL;
	if (conf.check_gradients)
		output = wp_tool_output();
	else
		writer = wp_tool_writer(0); /* now: it may be refused */
	wp_tool_check(wp_blas_start(wp_common.threads));
	struct wp_reader *reader = wp_tool_reader(argc ? argv[0] : NULL);
	wp_tool_log_start("step\tepoch\tloss\tvalid_loss\trate\tnorm\tclipped_norm"
			  "\ttokens_per_second");
	wp_tool_check(wp_nn_dataset_read(&source, reader, conf.model.task,
		(enum wp_nn_target)conf.target, wp_common.memory, wp_common.tmpdir,
		writer ? wp_tool_pass_on : NULL, NULL));
	if (conf.scheme)
		wp_tool_check(wp_nn_dataset_convert_tags(
			&source, wp_reader_name(reader), conf.scheme, &conf.written));
	configure_training(is_stream(&source));
	warn_of_long_sequences(&source.data);
	make_model(&model, &source);
	bool validated = get_valid(&source.data, &valid, &reading, &model);
	wp_tool_check(wp_nn_trainer_create(
		&trainer, &conf.training, &model, &source.data, validated ? &valid : NULL));
	const struct wp_tool_job job = {.model = trainer,
		.run = run,
		.ended = ended,
		.save = save,
		.load = load,
		.stopped = conf.gradients ? finish_gradients : NULL,
		.by_steps = true};
	wp_tool_resume(&job);
	if (conf.summary)
		print_summary(trainer);
	if (output)
		check_gradients(trainer, output);
	else
		train_and_write(&job, &model, writer);
	wp_nn_trainer_free(trainer);
	wp_nn_model_fini(&model);
	wp_nn_model_input_fini(&reading);
	wp_nn_dataset_fini(&source);
	wp_reader_close(reader);
	return wp_tool_finish();
}
