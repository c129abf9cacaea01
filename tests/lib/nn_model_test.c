/* Models: what is written is read back; what is no whole model is refused, with a reason. */
#include "nn/model/model.h"

#include <string.h>

#include "files.h"
#include "tap.h"

static struct wp_strings words(const char *text)
{
	struct wp_strings list = {0};
	while (*text) {
		size_t n = strcspn(text, " ");
		if (wp_strings_add(&list, text, n))
			abort();
		text += n + (text[n] == ' ');
	}
	return list;
}

static bool same_strings(const struct wp_strings *a, const struct wp_strings *b)
{
	return a->count == b->count && wp_strings_bytes(a) == wp_strings_bytes(b) &&
		(a->count == 0 || memcmp(a->bytes, b->bytes, (size_t)wp_strings_bytes(a)) == 0);
}

static struct wp_nn_config tagger(void)
{
	struct wp_nn_config c;
	wp_nn_config_default(&c);
	c.task = WP_NN_TAG;
	c.cell = WP_NN_GRU_RESET_BEFORE;
	c.layers = 2;
	c.hidden = 3;
	c.bidirectional = true;
	c.input = WP_NN_EMBEDDING;
	c.inputs = 4;
	c.embedding = 5;
	c.subwords = 7;
	c.outputs = 2;
	c.dropout = 0.1;
	c.variational = true;
	c.recurrent_dropout = 1 / 3.0;
	c.word_dropout = 0.25;
	c.unknown = 0;
	return c;
}

static struct wp_nn_config forecaster(void)
{
	struct wp_nn_config c;
	wp_nn_config_default(&c);
	c.task = WP_NN_REGRESS;
	c.cell = WP_NN_ELMAN;
	c.activation = WP_NN_RELU;
	c.hidden = 3;
	c.no_bias = true;
	c.input = WP_NN_REAL;
	c.inputs = 2;
	c.outputs = 2;
	c.each_step = true;
	return c;
}

static struct wp_nn_model make(const struct wp_nn_config *config)
{
	struct wp_nn_model m;
	struct wp_strings vocab = {0}, labels = {0};
	if (config->input != WP_NN_REAL)
		vocab = words("UNKNOWN_TOKEN the cat sat");
	if (config->task == WP_NN_TAG)
		labels = words("NOUN VERB");
	if (wp_nn_model_create(&m, config, &vocab, &labels, NULL)) {
		printf("# %s\n", wp_error_detail());
		abort();
	}
	if (config->input != WP_NN_REAL) {
		m.counts = calloc(m.vocab.count, sizeof *m.counts);
		for (size_t i = 0; i < m.vocab.count; i++)
			m.counts[i] = (int64_t)(10 + i);
	}
	m.next = config->task == WP_NN_REGRESS;
	for (size_t i = 0, k = 0; i < m.params->count; i++)
		for (size_t j = 0; j < m.params->param[i].rows * m.params->param[i].cols; j++)
			m.theta[m.params->param[i].offset + j] = 0.5f - 0.001f * (float)k++;
	return m;
}

static struct wp_writer *open_writer(const char *path)
{
	struct wp_output *output;
	struct wp_writer *writer;
	if (wp_output_open(&output, path) || wp_writer_open(&writer, output, 0))
		abort();
	return writer;
}

static enum wp_err read_model(struct wp_nn_model *m, const char *path)
{
	struct wp_reader *reader;
	enum wp_err err = wp_reader_open(&reader, path);
	if (err)
		return err;
	err = wp_nn_model_read(m, reader, NULL, NULL);
	wp_reader_close(reader);
	return err;
}

static void test_round_trip(const char *what, struct wp_nn_config config)
{
	struct wp_nn_model a = make(&config), b;
	const char *path = files_path("model");
	struct wp_writer *writer = open_writer(path);
	ok(!wp_nn_model_put(writer, &a) && !wp_writer_finish(writer), "%s: written", what);
	enum wp_err err = read_model(&b, path);
	if (!ok(!err, "%s: read %s", what, err ? wp_error_detail() : ""))
		return;
	const struct wp_nn_config *c = &b.config;
	ok(c->task == config.task && c->cell == config.cell &&
			c->activation == config.activation && c->layers == config.layers &&
			c->hidden == config.hidden && c->no_bias == config.no_bias &&
			c->bidirectional == config.bidirectional && c->input == config.input &&
			c->inputs == config.inputs && c->embedding == config.embedding &&
			c->subwords == config.subwords && c->outputs == config.outputs &&
			c->each_step == config.each_step && c->unknown == config.unknown,
		"%s: the settings are the same", what);
	ok(c->recurrent_dropout == config.recurrent_dropout && c->dropout == config.dropout &&
			c->variational == config.variational &&
			c->word_dropout == config.word_dropout,
		"%s: so are those of real numbers, to the last digit", what);
	ok(same_strings(&a.vocab, &b.vocab) && same_strings(&a.labels, &b.labels) &&
			b.next == a.next && b.sentences == a.sentences,
		"%s: the vocabularies are the same", what);
	ok(!a.counts == !b.counts &&
			(!a.counts ||
				memcmp(a.counts, b.counts, a.vocab.count * sizeof *a.counts) ==
					0),
		"%s: the counts are the same", what);
	ok(a.params->size == b.params->size &&
			memcmp(a.theta, b.theta, a.params->size * sizeof *a.theta) == 0,
		"%s: the parameters are the same, and zero is between them", what);
	ok(a.subwords.words == b.subwords.words, "%s: the parts of words are there", what);
	wp_nn_model_fini(&a);
	wp_nn_model_fini(&b);
}

/* The tagger's model with something changed. */
struct change {
	const char *skip;              /* leave out this tensor                         */
	const char *setting, *instead; /* change this line of the settings; NULL: add   */
	bool cut;                      /* the last parameter loses its last row         */
	bool doubled;                  /* the settings come twice                       */
};

static void put_settings(
	struct wp_writer *writer, const struct change *change, const struct wp_strings *lines)
{
	struct wp_strings changed = {0};
	for (size_t i = 0; i < lines->count; i++) {
		size_t n;
		const char *line = wp_strings_get(lines, i, &n);
		bool this = change->setting && strlen(change->setting) == n &&
			memcmp(change->setting, line, n) == 0;
		if (this && !change->instead)
			continue;
		if (wp_strings_add(&changed, this ? change->instead : line,
			    this ? strlen(change->instead) : n))
			abort();
	}
	if (!change->setting && change->instead &&
		wp_strings_add(&changed, change->instead, strlen(change->instead)))
		abort();
	if (wp_writer_put_list(writer, "rnn.config", &changed))
		abort();
	wp_strings_fini(&changed);
}

static void refuses(const char *what, const char *reason, const struct change *change)
{
	struct wp_nn_config config = tagger();
	struct wp_nn_model a = make(&config), b;
	const char *path = files_path("whole"), *changed = files_path("changed");
	struct wp_writer *writer = open_writer(path);
	if (wp_nn_model_put(writer, &a) || wp_writer_finish(writer))
		abort();
	const struct wp_tensor *t;
	struct wp_reader *reader;
	if (wp_reader_open(&reader, path))
		abort();
	writer = open_writer(changed);
	while (!wp_reader_next(reader, &t)) {
		struct wp_strings lines = {0};
		struct wp_tensor part = *t;
		const void *data;
		size_t size;
		if (change->skip && strcmp(t->name, change->skip) == 0)
			continue;
		if (strcmp(t->name, "rnn.config") == 0) {
			if (wp_reader_strings(reader, &lines))
				abort();
			put_settings(writer, change, &lines);
			wp_strings_fini(&lines);
		} else if (change->cut && strcmp(t->name, "output.weight") == 0) {
			part.dim[0]--;
			if (wp_reader_data(reader, &data, &size) ||
				wp_writer_put(writer, &part, data))
				abort();
		} else if (wp_writer_pass(writer, reader))
			abort();
	}
	wp_reader_close(reader);
	if (wp_writer_finish(writer))
		abort();
	enum wp_err err = read_model(&b, changed);
	ok(err == WP_EMISMATCH && strstr(wp_error_detail(), reason) &&
			strstr(wp_error_detail(), changed),
		"refuses %s: %s", what, err ? wp_error_detail() : "accepted");
	wp_nn_model_fini(&a);
}

static void test_refusals(void)
{
	refuses("a model without a parameter", "layer1.backward.recurrent",
		&(struct change){.skip = "layer1.backward.recurrent"});
	refuses("a parameter that is too short", "output.weight",
		&(struct change){.cut = true});
	refuses("a stream that is no model", "rnn.config",
		&(struct change){.skip = "rnn.config"});
	refuses("a model without its vocabulary", "0 tokens",
		&(struct change){.skip = "vocab"});
	refuses("a model without its tags", "0 labels", &(struct change){.skip = "tags.vocab"});
	refuses("a setting that it does not know", "attention=1",
		&(struct change){.instead = "attention=1"});
	refuses("a line that is no setting", "what", &(struct change){.instead = "what"});
	refuses("a cell that it does not know", "cell=sru",
		&(struct change){.setting = "cell=gru-reset-before", .instead = "cell=sru"});
	refuses("a number that is none", "hidden=3x",
		&(struct change){.setting = "hidden=3", .instead = "hidden=3x"});
	refuses("a number out of range", "hidden",
		&(struct change){.setting = "hidden=3", .instead = "hidden=-3"});
	refuses("settings that ask for more than there is", "",
		&(struct change){.setting = "hidden=3", .instead = "hidden=60000"});
	refuses("another size", "layer0.forward.input",
		&(struct change){.setting = "hidden=3", .instead = "hidden=4"});
}

static enum wp_err count_other(
	void *arg, struct wp_reader *reader, const struct wp_tensor *tensor)
{
	(void)reader;
	if (strcmp(tensor->name, "history") == 0)
		++*(int *)arg;
	return WP_OK;
}

static void test_other(void)
{
	struct wp_nn_config config = forecaster();
	struct wp_nn_model a = make(&config), b;
	struct wp_strings history = words("made by hand");
	const char *path = files_path("model");
	struct wp_writer *writer = open_writer(path);
	struct wp_reader *reader;
	int others = 0;
	if (wp_writer_put_list(writer, "history", &history) || wp_nn_model_put(writer, &a) ||
		wp_writer_finish(writer) || wp_reader_open(&reader, path))
		abort();
	ok(!wp_nn_model_read(&b, reader, count_other, &others) && others == 1,
		"what is no part of the model goes to the caller");
	wp_reader_close(reader);
	wp_strings_fini(&history);
	wp_nn_model_fini(&a);
	wp_nn_model_fini(&b);
}

int main(void)
{
	test_round_trip("a tagger", tagger());
	test_round_trip("a forecaster", forecaster());
	test_refusals();
	test_other();
	return done_testing();
}
