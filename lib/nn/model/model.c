#include "nn/model/model.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "nn/model/arrival.h"
#include "nn/net/graph.h"
#include "stream/element.h"
#include "text/setting.h"

/* name: of the model, for messages */
static enum wp_err check_sizes(const struct wp_nn_model *m, const char *name)
{
	const struct wp_nn_config *c = &m->config;
	bool tokens = c->input != WP_NN_REAL;
	if (tokens && m->vocab.count != c->inputs)
		return wp_fail(WP_EMISMATCH, "%s: %zu tokens for a network that reads %zu",
			name, m->vocab.count, c->inputs);
	if (wp_nn_tasks[c->task].classes && m->labels.count != c->outputs)
		return wp_fail(WP_EMISMATCH, "%s: %zu labels for a network of %zu outputs",
			name, m->labels.count, c->outputs);
	if (m->next &&
		(!wp_nn_tasks[c->task].numbers || !c->each_step || tokens ||
			c->inputs != c->outputs))
		return wp_fail(WP_EMISMATCH,
			"%s: a network of another kind than one that predicts its next input",
			name);
	return WP_OK;
}

static struct wp_strings take_over(struct wp_strings *list)
{
	struct wp_strings taken = {0};
	if (list) {
		taken = *list;
		*list = (struct wp_strings){0};
	}
	return taken;
}

/* The words of a network, as it prints them. */
static enum wp_err take_words(struct wp_nn_model *m)
{
	struct wp_output *text;
	size_t size;
	char *words = NULL;
	enum wp_err err = wp_output_memory(&text);
	if (err)
		return err;
	err = wp_nn_graph_print(text, m->graph);
	const char *printed = wp_output_collected(text, &size);
	if (!err)
		err = wp_alloc(&words, size + 1, 1, "network");
	if (!err)
		memcpy(words, printed, size);
	wp_output_discard(text);
	free(m->net);
	m->config.net = m->net = words;
	return err;
}

/* Settings that are saved in words alone. */
static bool has_more(const struct wp_nn_config *c)
{
	return c->encoding > 0 || c->embedding_dropout > 0 || c->weight_drop > 0 ||
		c->label_smoothing > 0 || c->columns > 0 || wp_nn_tasks[c->task].pairs;
}

/* Of a network that is saved in words: what its words say, and nothing else does. */
static void forget_short(struct wp_nn_config *c)
{
	const struct wp_nn_config old = *c;
	wp_nn_config_default(c);
	c->net = old.net;
	c->task = old.task;
	c->each_step = old.each_step;
	c->input = old.input == WP_NN_REAL ? WP_NN_REAL : WP_NN_ONEHOT;
	c->inputs = old.inputs;
	c->outputs = old.outputs;
	c->unknown = old.unknown;
	c->column = old.column;
	c->columns = old.columns;
	c->encoding = old.encoding;
}

/* The network of the config, in words only if it has no short form. */
static enum wp_err plan(struct wp_nn_model *m)
{
	bool short_ = false;
	enum wp_err err = wp_nn_graph_create(&m->graph, &m->config);
	if (!err)
		m->params = &m->graph->params;
	if (!err && !wp_nn_graph_reads(m->graph, WP_NN_READS_ENCODING))
		m->config.encoding = 0;
	if (!err && m->config.net && !m->config.encoding && !wp_nn_tasks[m->config.task].pairs)
		err = wp_nn_find_short_form(m->graph, &m->config, &short_);
	if (!err && (m->config.net || has_more(&m->config)))
		err = take_words(m);
	if (!err && (m->config.encoding || wp_nn_tasks[m->config.task].pairs))
		forget_short(&m->config);
	return err ? err : wp_nn_graph_subwords(m->graph, &m->config.subwords);
}

enum wp_err wp_nn_model_set_scheme(
	struct wp_nn_model *m, enum wp_tag_scheme scheme, enum wp_tag_scheme written)
{
	m->scheme = scheme;
	m->written = written;
	wp_tag_set_fini(&m->tag_set);
	enum wp_err err = wp_tag_set_init(&m->tag_set, &m->labels);
	if (!err && !m->tag_set.chunks)
		err = wp_fail(WP_EMISMATCH, "tags that mark no chunks have no scheme");
	return err;
}

/* The rest of a model whose config and vocabularies are there. */
static enum wp_err complete(struct wp_nn_model *m, const char *name)
{
	enum wp_err err = check_sizes(m, name);
	if (!err)
		err = wp_table_alloc(
			&m->theta, m->params->size * sizeof *m->theta, "parameters");
	if (!err && (m->config.subwords > 0 || wp_nn_graph_characters(m->graph)))
		err = wp_subwords_init(&m->subwords, &m->vocab, m->vocab.count,
			m->config.unknown, m->config.subwords);
	if (!err && m->scheme)
		err = wp_nn_model_set_scheme(m, m->scheme, m->written);
	return err;
}

/* ---- Columns ---- */

/* One more column, whose vectors are to have that length; *place says where it is. */
static enum wp_err add_column(
	struct wp_nn_model *m, const char *name, size_t length, int dim, size_t *place)
{
	const size_t n = m->config.columns;
	size_t room = n, sizes_room = n;
	*place = n;
	enum wp_err err = length > WP_COLUMN_NAME
		? wp_fail(WP_EINVAL, "column '%.*s': a name has at most %d bytes",
			  WP_COLUMN_NAME, name, WP_COLUMN_NAME)
		: wp_grow(&m->column, &room, n + 1, sizeof *m->column, "columns");
	if (!err)
		err = wp_grow(&m->sizes, &sizes_room, n + 1, sizeof *m->sizes, "columns");
	if (err)
		return err;
	m->column[n] = (struct wp_nn_model_column){.name = ""};
	snprintf(m->column[n].name, sizeof m->column[n].name, "%.*s", (int)length, name);
	m->config.columns++;
	m->sizes[n] = (struct wp_nn_column){.dim = dim};
	for (size_t i = 0; i <= n; i++)
		m->sizes[i].name = m->column[i].name; /* which may have moved */
	m->config.column = m->sizes;
	return WP_OK;
}

/* The columns of config, with these vocabularies. */
static enum wp_err add_columns(struct wp_nn_model *m, const struct wp_nn_config *config,
	struct wp_corpus_column *columns)
{
	enum wp_err err = WP_OK;
	m->config.columns = 0;
	m->config.column = NULL;
	for (size_t i = 0; i < config->columns && !err; i++) {
		const char *name = config->column[i].name;
		size_t place;
		err = add_column(m, name, strlen(name), config->column[i].dim, &place);
		if (err)
			break;
		m->column[place].vocab = take_over(&columns[i].vocab);
		m->sizes[place].values = m->column[place].vocab.count;
	}
	return err;
}

enum wp_err wp_nn_model_columns(const struct wp_nn_model *m, struct wp_strings *names)
{
	enum wp_err err = WP_OK;
	for (size_t i = 0; i < m->config.columns && !err; i++)
		err = wp_strings_add(names, m->column[i].name, strlen(m->column[i].name));
	return err;
}

enum wp_err wp_nn_model_create(struct wp_nn_model *m, const struct wp_nn_config *config,
	struct wp_strings *vocab, struct wp_strings *labels, struct wp_corpus_column *columns)
{
	*m = (struct wp_nn_model){
		.config = *config, .vocab = take_over(vocab), .labels = take_over(labels)};
	enum wp_err err = add_columns(m, config, columns);
	if (!err)
		err = plan(m);
	if (!err)
		err = complete(m, "model");
	if (err)
		wp_nn_model_fini(m);
	return err;
}

bool wp_nn_model_looks_ahead(const struct wp_nn_model *m)
{
	return m->graph->looks_ahead;
}

static void free_arrived(struct wp_nn_model *m)
{
	for (size_t i = 0; m->arrived && i < m->params->count; i++)
		wp_nn_arrival_fini(&m->arrived[i]);
	free(m->arrived);
	free(m->stored);
	m->arrived = NULL;
	m->stored = NULL;
}

void wp_nn_model_fini(struct wp_nn_model *m)
{
	free_arrived(m);
	wp_reader_close(m->reader);
	wp_nn_graph_free(m->graph);
	wp_tag_set_fini(&m->tag_set);
	free(m->net);
	wp_subwords_fini(&m->subwords);
	wp_strings_fini(&m->vocab);
	wp_strings_fini(&m->labels);
	wp_strings_fini(&m->learnt);
	wp_nn_scaling_fini(&m->inputs);
	wp_nn_scaling_fini(&m->outputs);
	for (size_t i = 0; i < m->config.columns; i++)
		wp_strings_fini(&m->column[i].vocab);
	free(m->column);
	free(m->sizes);
	wp_nn_scaling_fini(&m->encodings);
	free(m->counts);
	free(m->label_counts);
	free(m->theta);
	*m = (struct wp_nn_model){0};
}

enum wp_err wp_nn_model_standardize(struct wp_nn_model *m, enum wp_nn_standardize how,
	const float *values, size_t rows, const float *targets, size_t target_rows)
{
	enum wp_err err = WP_OK;
	m->standardize = how;
	if (values) {
		wp_nn_scaling_fini(&m->inputs);
		err = wp_nn_scaling_fit(&m->inputs, how, values, rows, m->config.inputs);
	}
	const bool same = wp_nn_model_predicts_input(m);
	if (err || (!same && !targets))
		return err;
	wp_nn_scaling_fini(&m->outputs);
	return same
		? wp_nn_scaling_copy(&m->outputs, &m->inputs)
		: wp_nn_scaling_fit(&m->outputs, how, targets, target_rows, m->config.outputs);
}

enum wp_err wp_nn_model_standardize_encodings(
	struct wp_nn_model *m, const float *vectors, size_t sequences)
{
	wp_nn_scaling_fini(&m->encodings);
	m->scaled_encodings = true;
	return wp_nn_scaling_fit(
		&m->encodings, WP_NN_ZSCORE, vectors, sequences, m->config.encoding);
}

/* Settings as text. */

#define AT(member)               offsetof(struct wp_nn_model, member)
#define CHOICE(n, member, names) WP_SET_CHOICE(0, n, AT(member), NULL, names, NULL)
#define INT(n, member)           WP_SET_INT(0, n, AT(member), NULL, INT_MIN, INT_MAX, NULL)
#define SIZE(n, member)          WP_SET_SIZE(0, n, AT(member), NULL, 0, 9e18, NULL)
#define REAL(n, member)          WP_SET_REAL(0, n, AT(member), NULL, -HUGE_VAL, HUGE_VAL, NULL)
#define FLAG(n, member)          WP_SET_FLAG(0, n, AT(member), NULL)

static const struct wp_setting settings[] = {
	WP_SET_TABLE(0, "task", AT(config.task), NULL, wp_nn_tasks, NULL),
	CHOICE("cell", config.cell, wp_nn_cells),
	CHOICE("activation", config.activation, wp_nn_activations),
	INT("layers", config.layers),
	INT("hidden", config.hidden),
	FLAG("bidirectional", config.bidirectional),
	FLAG("no-bias", config.no_bias),
	CHOICE("input", config.input, wp_nn_inputs),
	SIZE("inputs", config.inputs),
	INT("embedding", config.embedding),
	FLAG("freeze", config.freeze),
	SIZE("subwords", config.subwords),
	SIZE("outputs", config.outputs),
	FLAG("each-step", config.each_step),
	CHOICE("pooling", config.pooling, wp_nn_poolings),
	CHOICE("softmax", config.softmax, wp_nn_softmaxes),
	INT("samples", config.samples),
	FLAG("tied", config.tied),
	REAL("dropout", config.dropout),
	FLAG("variational", config.variational),
	REAL("recurrent-dropout", config.recurrent_dropout),
	REAL("word-dropout", config.word_dropout),
	INT("unknown", config.unknown),
	FLAG("sentences", sentences),
	FLAG("next", next),
	/* Only where there is something to say. */
	CHOICE("scheme", scheme, wp_tag_schemes),
	CHOICE("written", written, wp_tag_schemes),
	WP_SET_TABLE(0, "standardize", AT(standardize), NULL, wp_nn_standardizers, NULL),
	SIZE("encoding", config.encoding),
	FLAG("standardize-encoding", scaled_encodings),
	{.kind = WP_SETTING_END},
};

enum {
	SETTINGS = sizeof settings / sizeof settings[0] - 1,
	OF_SOME = SETTINGS - 5, /* they and the words of the network come last */
	NAME_ROOM = 32
};

/* "NAME=VALUE" into text, of NAME_ROOM and WP_SETTING_ROOM bytes; its length. */
static size_t print_setting(
	char *text, const struct wp_setting *setting, const struct wp_nn_model *m)
{
	char *value = text + snprintf(text, NAME_ROOM, "%s=", setting->name);
	return (size_t)(wp_setting_print(setting, m, value) - text);
}

static enum wp_err put_words(struct wp_strings *lines, const char *name, const char *net)
{
	size_t before = strlen(name), n = strlen(net);
	char *line;
	enum wp_err err = wp_alloc(&line, before + n + 1, 1, "network");
	if (err)
		return err;
	memcpy(line, name, before);
	memcpy(line + before, net, n);
	err = wp_strings_add(lines, line, before + n);
	free(line);
	return err;
}

/* Of the settings that only some models have: is this one of them? */
static bool is_told(const struct wp_setting *setting, const struct wp_nn_model *m)
{
	static const struct wp_nn_model none = {.scheme = WP_SCHEME_NONE};
	return strcmp(setting->name, "written") == 0 ? m->scheme != WP_SCHEME_NONE
						     : !wp_setting_equal(setting, m, &none);
}

static enum wp_err put_settings(struct wp_writer *writer, const struct wp_nn_model *m)
{
	struct wp_strings lines = {0};
	char text[NAME_ROOM + WP_SETTING_ROOM];
	enum wp_err err = WP_OK;
	for (int i = 0; i < SETTINGS && !err; i++) {
		if (i == OF_SOME && m->net)
			err = put_words(&lines, "net=", m->net);
		if (!err && (i < OF_SOME || is_told(&settings[i], m)))
			err = wp_strings_add(
				&lines, text, print_setting(text, &settings[i], m));
	}
	if (!err)
		err = wp_writer_put_list(writer, "rnn.config", &lines);
	wp_strings_fini(&lines);
	return err;
}

/* One "NAME=VALUE". */
static enum wp_err scan_setting(
	struct wp_nn_model *m, const char *from, const char *text, size_t n)
{
	const char *equals = memchr(text, '=', n);
	const size_t before = 4;
	if (n >= before && memcmp(text, "net=", before) == 0 && !m->net) {
		enum wp_err err = wp_alloc(&m->net, n - before + 1, 1, "network");
		if (!err)
			memcpy(m->net, text + before, n - before);
		m->config.net = m->net;
		return err;
	}
	const struct wp_setting *setting =
		equals ? wp_setting_find(settings, text, (size_t)(equals - text)) : NULL;
	if (setting && wp_setting_scan(setting, m, equals + 1, (size_t)(text + n - equals - 1)))
		return WP_OK;
	if (setting)
		return wp_fail(WP_EMISMATCH, "%s: setting '%.*s' has no such value", from,
			(int)(n < 100 ? n : 100), text);
	return wp_fail(WP_EMISMATCH,
		"%s: unknown setting '%.*s': is the model of a newer version?", from,
		(int)(n < 100 ? n : 100), text);
}

/* Writing. */

/* PREFIX.mean and PREFIX.scale, if there are some. */
static enum wp_err put_scaling(
	struct wp_writer *writer, const char *prefix, const struct wp_nn_scaling *s)
{
	struct wp_tensor mean = wp_tensor_1d("", WP_F64, s->count), scale = mean;
	snprintf(mean.name, sizeof mean.name, "%s.mean", prefix);
	snprintf(scale.name, sizeof scale.name, "%s.scale", prefix);
	enum wp_err err = s->count ? wp_writer_put(writer, &mean, s->mean) : WP_OK;
	return err || !s->count ? err : wp_writer_put(writer, &scale, s->scale);
}

enum wp_err wp_nn_model_put(struct wp_writer *writer, const struct wp_nn_model *m)
{
	enum wp_err err = WP_OK;
	if (m->vocab.count > 0)
		err = wp_writer_put_list(writer, "vocab", &m->vocab);
	if (!err && m->counts) {
		struct wp_tensor counts = wp_tensor_1d("counts", WP_I64, m->vocab.count);
		err = wp_writer_put(writer, &counts, m->counts);
	}
	const char *classes = wp_nn_tasks[m->config.task].classes;
	if (!err && classes)
		err = wp_writer_put_list(writer, classes, &m->labels);
	if (!err && m->label_counts) {
		struct wp_tensor counts =
			wp_tensor_1d("target.counts", WP_I64, m->labels.count);
		err = wp_writer_put(writer, &counts, m->label_counts);
	}
	for (size_t i = 0; i < m->config.columns && !err; i++) {
		char name[WP_NAME_SIZE];
		snprintf(name, sizeof name, "column.%s.vocab", m->column[i].name);
		err = wp_writer_put_list(writer, name, &m->column[i].vocab);
	}
	if (!err)
		err = put_settings(writer, m);
	if (!err && m->learnt.count > 0)
		err = wp_writer_put_list(writer, "rnn.training", &m->learnt);
	if (!err)
		err = put_scaling(writer, "series", &m->inputs);
	if (!err && !wp_nn_model_predicts_input(m))
		err = put_scaling(writer, "targets", &m->outputs);
	if (!err)
		err = put_scaling(writer, "encoding", &m->encodings);
	for (size_t i = 0; i < m->params->count && !err; i++) {
		const struct wp_nn_param *p = &m->params->param[i];
		err = wp_nn_param_put(writer, p, m->theta + p->offset);
	}
	return err;
}

/* Reading. */

enum { SCALINGS = 6 };
struct reading {
	struct wp_nn_model *model;
	struct wp_reader *reader;
	const char *from;
	bool checkpoint; /* it is one of rnn-train */
	bool map;        /* tables may stay as they are stored */
	struct counts {
		size_t count, room;
	} counts, label_counts;
	struct wp_strings classes[WP_NN_TASKS]; /* of the names that tasks give their classes */
	double *scaling[SCALINGS];              /* in the order of scaling_names */
	size_t scaled[SCALINGS];                /* so many numbers, each */
};

static const char *const scaling_names[SCALINGS] = {"series.mean", "series.scale",
	"targets.mean", "targets.scale", "encoding.mean", "encoding.scale"};

static enum wp_err expect(
	const struct reading *r, const struct wp_tensor *t, enum wp_type type, int rank)
{
	if (t->type == type && t->rank == rank)
		return WP_OK;
	return wp_fail(WP_EMISMATCH, "%s: '%s' is not of type %s and rank %d", r->from, t->name,
		wp_type_name(type), rank);
}

/* The last failure was one of the file. */
static enum wp_err blame(const char *from)
{
	char why[256];
	snprintf(why, sizeof why, "%s", wp_error_detail());
	return wp_fail(WP_EMISMATCH, "%s: %s", from, why);
}

/* The last failure was one of that tensor. */
static enum wp_err corrupt(const char *from, const char *tensor)
{
	char why[256];
	snprintf(why, sizeof why, "%s", wp_error_detail());
	return wp_fail(WP_ECORRUPT, "%s: '%s': %s", from, tensor, why);
}

/* Those columns that the network reads, in its order: a model may have been passed on others.
 */
static enum wp_err choose_columns(struct wp_nn_model *m)
{
	struct wp_nn_column_name name[WP_NN_MOST_COLUMNS];
	size_t wanted = 0, found = 0;
	enum wp_err err =
		m->config.net ? wp_nn_graph_columns(m->config.net, name, &wanted) : WP_OK;
	for (size_t i = 0; i < wanted && !err; i++)
		for (size_t k = found; k < m->config.columns; k++)
			if (strcmp(m->column[k].name, name[i].text) == 0) {
				const struct wp_nn_model_column other = m->column[found];
				m->column[found++] = m->column[k];
				m->column[k] = other;
				break;
			}
	for (size_t k = found; k < m->config.columns; k++)
		wp_strings_fini(&m->column[k].vocab);
	m->config.columns = found;
	for (size_t k = 0; k < found; k++)
		m->sizes[k] = (struct wp_nn_column){
			.name = m->column[k].name, .values = m->column[k].vocab.count};
	return err;
}

static enum wp_err take_settings(struct reading *r, const struct wp_tensor *t)
{
	struct wp_nn_model *m = r->model;
	struct wp_strings lines = {0};
	if (m->arrived)
		return wp_fail(WP_EMISMATCH, "%s: a second 'rnn.config'", r->from);
	enum wp_err err = expect(r, t, WP_STRING, 1);
	if (!err)
		err = wp_reader_strings(r->reader, &lines);
	for (size_t i = 0; i < lines.count && !err; i++) {
		size_t length;
		const char *line = wp_strings_get(&lines, i, &length);
		err = scan_setting(m, r->from, line, length);
	}
	wp_strings_fini(&lines);
	if (!err)
		err = choose_columns(m);
	if (!err && wp_nn_config_check(&m->config))
		err = blame(r->from);
	if (!err && (err = plan(m)) == WP_EINVAL)
		err = blame(r->from);
	if (!err)
		err = wp_alloc(&m->arrived, m->params->count, sizeof *m->arrived, "parameters");
	if (!err)
		err = wp_alloc(&m->stored, m->params->count, sizeof *m->stored, "parameters");
	return err;
}

static enum wp_err take_list(
	struct reading *r, const struct wp_tensor *t, struct wp_strings *list)
{
	enum wp_err err = expect(r, t, WP_STRING, 1);
	return err ? err : wp_reader_strings(r->reader, list);
}

static enum wp_err take_counts(
	struct reading *r, const struct wp_tensor *t, int64_t **counts, struct counts *c)
{
	const void *data;
	size_t size = 0;
	enum wp_err err = expect(r, t, WP_I64, 1);
	if (!err)
		err = wp_reader_data(r->reader, &data, &size);
	if (!err)
		err = wp_check_counts(r->from, t, data);
	size_t n = err ? 0 : size / sizeof(int64_t);
	if (!err)
		err = wp_grow(counts, &c->room, c->count + n + 1, sizeof **counts, "counts");
	if (err)
		return err;
	if (n > 0)
		memcpy(*counts + c->count, data, size);
	c->count += n;
	return WP_OK;
}

/* column.NAME.vocab: the NAME, and its length; NULL where the tensor is none. */
static const char *column_of(const struct wp_tensor *t, size_t *length)
{
	static const char before[] = "column.", behind[] = ".vocab";
	const size_t b = sizeof before - 1, e = sizeof behind - 1, n = strlen(t->name);
	if (n <= b + e || memcmp(t->name, before, b) != 0 ||
		memcmp(t->name + n - e, behind, e) != 0)
		return NULL;
	*length = n - b - e;
	return t->name + b;
}

/* The vocabulary of a column, which may come in slices. */
static enum wp_err take_column(
	struct reading *r, const struct wp_tensor *t, const char *name, size_t length)
{
	struct wp_nn_model *m = r->model;
	size_t i = 0;
	while (i < m->config.columns &&
		(strlen(m->column[i].name) != length ||
			memcmp(m->column[i].name, name, length) != 0))
		i++;
	enum wp_err err = expect(r, t, WP_STRING, 1);
	if (!err && i == m->config.columns)
		err = add_column(m, name, length, 0, &i);
	return err ? err : wp_reader_strings(r->reader, &m->column[i].vocab);
}

/* One of scaling_names. */
static enum wp_err take_scaling(struct reading *r, const struct wp_tensor *t, int which)
{
	const void *data;
	size_t size, room = 0;
	enum wp_err err = expect(r, t, WP_F64, 1);
	if (!err && r->scaling[which])
		return wp_fail(WP_EMISMATCH, "%s: a second '%s'", r->from, t->name);
	if (!err)
		err = wp_reader_data(r->reader, &data, &size);
	if (!err)
		err = wp_grow(&r->scaling[which], &room, size / sizeof(double) + 1,
			sizeof(double), t->name);
	if (err)
		return err;
	memcpy(r->scaling[which], data, size);
	r->scaled[which] = size / sizeof(double);
	return WP_OK;
}

/* A record of one of the parameters, which come after the settings. */
static enum wp_err take_param(struct reading *r, const struct wp_tensor *t, bool *taken)
{
	struct wp_nn_model *m = r->model;
	enum wp_err err = WP_OK;
	*taken = false;
	for (size_t i = 0; m->arrived && i < m->params->count && !err && !*taken; i++)
		err = wp_nn_arrival_take(
			&m->arrived[i], &m->params->param[i], r->reader, t, taken);
	if (*taken && r->map)
		wp_reader_forget(r->reader); /* of tables, what is needed comes back */
	return err;
}

static enum wp_err take(struct reading *r, const struct wp_tensor *t, bool *taken)
{
	*taken = true;
	r->checkpoint = r->checkpoint || strcmp(t->name, "train.settings") == 0;
	if (strcmp(t->name, "rnn.config") == 0)
		return take_settings(r, t);
	if (strcmp(t->name, "rnn.training") == 0)
		return take_list(r, t, &r->model->learnt);
	if (strcmp(t->name, "vocab") == 0)
		return take_list(r, t, &r->model->vocab);
	for (int i = 0; i < WP_NN_TASKS; i++)
		if (wp_nn_tasks[i].classes && strcmp(t->name, wp_nn_tasks[i].classes) == 0)
			return take_list(r, t, &r->classes[i]);
	if (strcmp(t->name, "counts") == 0)
		return take_counts(r, t, &r->model->counts, &r->counts);
	if (strcmp(t->name, "target.counts") == 0)
		return take_counts(r, t, &r->model->label_counts, &r->label_counts);
	size_t length = 0;
	const char *column = r->model->arrived ? NULL : column_of(t, &length);
	if (column)
		return take_column(r, t, column, length);
	for (int i = 0; i < SCALINGS; i++)
		if (strcmp(t->name, scaling_names[i]) == 0)
			return take_scaling(r, t, i);
	return take_param(r, t, taken);
}

/* Means and scales of inputs, or of targets: of what is standardized there are both, for each
 * column. */
static enum wp_err set_scaling(
	struct reading *r, int first, size_t columns, struct wp_nn_scaling *scaling)
{
	const size_t n = r->scaled[first];
	if (!r->scaling[first] && !r->scaling[first + 1])
		return WP_OK;
	if (!r->scaling[first] || !r->scaling[first + 1] || n != columns ||
		r->scaled[first + 1] != n)
		return wp_fail(WP_EMISMATCH, "%s: '%s' and '%s' are not of %zu numbers each",
			r->from, scaling_names[first], scaling_names[first + 1], columns);
	enum wp_err err =
		wp_nn_scaling_set(scaling, r->scaling[first], r->scaling[first + 1], n);
	return err == WP_ECORRUPT ? corrupt(r->from, scaling_names[first]) : err;
}

static enum wp_err assemble_scaling(struct reading *r)
{
	struct wp_nn_model *m = r->model;
	bool real = m->config.input == WP_NN_REAL,
	     numbers = wp_nn_tasks[m->config.task].numbers,
	     same = wp_nn_model_predicts_input(m);
	enum wp_err err = set_scaling(r, 0, real ? m->config.inputs : 0, &m->inputs);
	if (!err)
		err = set_scaling(r, 2, numbers && !same ? m->config.outputs : 0, &m->outputs);
	if (!err)
		err = set_scaling(r, 4, m->config.encoding, &m->encodings);
	bool lacks = m->standardize != WP_NN_AS_IT_IS &&
		((real && !m->inputs.count) || (numbers && !same && !m->outputs.count));
	lacks |= m->scaled_encodings && !m->encodings.count;
	if (!err && lacks)
		return wp_fail(WP_EMISMATCH,
			"%s: the model lacks the means and scales of its numbers", r->from);
	return !err && same ? wp_nn_scaling_copy(&m->outputs, &m->inputs) : err;
}

/* The parameters among theta, or where they are. */
static void place_params(struct wp_nn_model *m, bool map)
{
	for (size_t i = 0; i < m->params->count; i++) {
		struct wp_nn_param *p = &m->graph->params.param[i];
		if (map && p->flags & WP_NN_BY_ROWS)
			p->stored = &m->stored[i];
		else
			wp_stored_rows(&m->stored[i], m->theta + p->offset);
		if (!p->stored)
			wp_nn_arrival_fini(&m->arrived[i]);
	}
	if (!map)
		free_arrived(m);
}

/* Everything has come: put it together. */
static enum wp_err assemble(struct reading *r)
{
	struct wp_nn_model *m = r->model;
	if (!m->arrived && r->checkpoint)
		return wp_fail(WP_EMISMATCH,
			"%s: a checkpoint, not a model: to make one, give rnn-train the input "
			"and options of the run, --resume %s and -o MODEL",
			r->from, r->from);
	if (!m->arrived)
		return wp_fail(WP_EMISMATCH,
			"%s: no 'rnn.config': is this a model of rnn-train?", r->from);
	enum wp_err err = WP_OK;
	for (size_t i = 0; i < m->params->count && !err; i++)
		err = wp_nn_arrival_end(
			&m->arrived[i], &m->params->param[i], r->from, &m->stored[i]);
	if (err)
		return err;
	if (m->counts && r->counts.count != m->vocab.count)
		return wp_fail(WP_EMISMATCH, "%s: %zu counts for %zu tokens", r->from,
			r->counts.count, m->vocab.count);
	m->labels = take_over(&r->classes[m->config.task]);
	if (m->label_counts && r->label_counts.count != m->labels.count)
		return wp_fail(WP_EMISMATCH, "%s: %zu counts for %zu tokens of targets",
			r->from, r->label_counts.count, m->labels.count);
	if (r->map)
		wp_nn_params_leave_out(&m->graph->params, WP_NN_BY_ROWS);
	err = complete(m, r->from);
	if (!err)
		err = assemble_scaling(r);
	if (!err)
		place_params(m, r->map);
	return err;
}

static enum wp_err read_model(struct wp_nn_model *m, struct wp_reader *reader, bool map,
	wp_record_fn *other, void *arg)
{
	struct reading r = {
		.model = m, .reader = reader, .from = wp_reader_name(reader), .map = map};
	const struct wp_tensor *tensor;
	enum wp_err err;
	*m = (struct wp_nn_model){.reader = map ? reader : NULL};
	wp_nn_config_default(&m->config);
	while (!(err = wp_reader_next(reader, &tensor))) {
		bool taken;
		err = take(&r, tensor, &taken);
		if (!err && !taken && other)
			err = other(arg, reader, tensor);
		if (err)
			break;
	}
	if (err == WP_END)
		err = assemble(&r);
	for (int i = 0; i < SCALINGS; i++)
		free(r.scaling[i]);
	for (int i = 0; i < WP_NN_TASKS; i++)
		wp_strings_fini(&r.classes[i]);
	if (err)
		wp_nn_model_fini(m);
	return err;
}

enum wp_err wp_nn_model_read(
	struct wp_nn_model *m, struct wp_reader *reader, wp_record_fn *other, void *arg)
{
	return read_model(m, reader, false, other, arg);
}

enum wp_err wp_nn_model_map(
	struct wp_nn_model *m, struct wp_reader *reader, wp_record_fn *other, void *arg)
{
	return read_model(m, reader, true, other, arg);
}
