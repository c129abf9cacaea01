#include "nn/model/model.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "nn/net/graph.h"
#include "stream/element.h"
#include "text/number.h"

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

/* The network of the config, in words only if it has no short form. */
static enum wp_err plan(struct wp_nn_model *m)
{
	bool short_ = false;
	enum wp_err err = wp_nn_graph_create(&m->graph, &m->config);
	if (!err)
		m->params = &m->graph->params;
	if (!err && m->config.net)
		err = wp_nn_find_short_form(m->graph, &m->config, &short_);
	if (!err && m->config.net)
		err = take_words(m);
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
	if (!err && m->config.subwords > 0)
		err = wp_subwords_init(&m->subwords, &m->vocab, m->vocab.count,
			m->config.unknown, m->config.subwords);
	if (!err && m->scheme)
		err = wp_nn_model_set_scheme(m, m->scheme, m->written);
	return err;
}

enum wp_err wp_nn_model_create(struct wp_nn_model *m, const struct wp_nn_config *config,
	struct wp_strings *vocab, struct wp_strings *labels)
{
	*m = (struct wp_nn_model){
		.config = *config, .vocab = take_over(vocab), .labels = take_over(labels)};
	enum wp_err err = plan(m);
	if (!err)
		err = complete(m, "model");
	if (err)
		wp_nn_model_fini(m);
	return err;
}

bool wp_nn_model_is_bidirectional(const struct wp_nn_model *m)
{
	return m->graph->bidirectional;
}

void wp_nn_model_fini(struct wp_nn_model *m)
{
	wp_nn_graph_free(m->graph);
	wp_tag_set_fini(&m->tag_set);
	free(m->net);
	wp_subwords_fini(&m->subwords);
	wp_strings_fini(&m->vocab);
	wp_strings_fini(&m->labels);
	free(m->counts);
	free(m->theta);
	*m = (struct wp_nn_model){0};
}

/* Settings as text. */

enum kind { CHOICE, INT, SIZE, REAL, FLAG };

/* Choices are enums, which are read and written as the ints that they are. */
_Static_assert(sizeof(enum wp_nn_cell_kind) == sizeof(int), "an enum is not an int");

#define AT(member) offsetof(struct wp_nn_model, member)

static const struct setting {
	const char *name;
	size_t offset;
	enum kind kind;
	const char *const *words; /* of a choice                               */
	size_t stride;            /* between them, if they stand in a table    */
} settings[] = {
	{"task", AT(config.task), CHOICE, &wp_nn_tasks[0].name, sizeof wp_nn_tasks[0]},
	{"cell", AT(config.cell), CHOICE, wp_nn_cells, 0},
	{"activation", AT(config.activation), CHOICE, wp_nn_activations, 0},
	{"layers", AT(config.layers), INT, NULL, 0},
	{"hidden", AT(config.hidden), INT, NULL, 0},
	{"bidirectional", AT(config.bidirectional), FLAG, NULL, 0},
	{"no-bias", AT(config.no_bias), FLAG, NULL, 0},
	{"input", AT(config.input), CHOICE, wp_nn_inputs, 0},
	{"inputs", AT(config.inputs), SIZE, NULL, 0},
	{"embedding", AT(config.embedding), INT, NULL, 0},
	{"freeze", AT(config.freeze), FLAG, NULL, 0},
	{"subwords", AT(config.subwords), SIZE, NULL, 0},
	{"outputs", AT(config.outputs), SIZE, NULL, 0},
	{"each-step", AT(config.each_step), FLAG, NULL, 0},
	{"pooling", AT(config.pooling), CHOICE, wp_nn_poolings, 0},
	{"softmax", AT(config.softmax), CHOICE, wp_nn_softmaxes, 0},
	{"samples", AT(config.samples), INT, NULL, 0},
	{"tied", AT(config.tied), FLAG, NULL, 0},
	{"dropout", AT(config.dropout), REAL, NULL, 0},
	{"variational", AT(config.variational), FLAG, NULL, 0},
	{"recurrent-dropout", AT(config.recurrent_dropout), REAL, NULL, 0},
	{"word-dropout", AT(config.word_dropout), REAL, NULL, 0},
	{"unknown", AT(config.unknown), INT, NULL, 0},
	{"sentences", AT(sentences), FLAG, NULL, 0},
	{"next", AT(next), FLAG, NULL, 0},
	/* Only of tags of chunks. */
	{"scheme", AT(scheme), CHOICE, wp_tag_schemes, 0},
	{"written", AT(written), CHOICE, wp_tag_schemes, 0},
};

static const char *word_of(const struct setting *setting, int i)
{
	size_t stride = setting->stride ? setting->stride : sizeof *setting->words;
	const char *at = (const char *)setting->words + (size_t)i * stride;
	return *(const char *const *)(const void *)at;
}

enum {
	SETTINGS = sizeof settings / sizeof settings[0],
	OF_CHUNKS = SETTINGS - 2,
	SETTING_ROOM = 64
};

/* "NAME=VALUE" into text, of SETTING_ROOM bytes; its length. */
static size_t print_setting(
	char *text, const struct setting *setting, const struct wp_nn_model *m)
{
	const char *from = (const char *)m + setting->offset;
	size_t n = strlen(setting->name);
	memcpy(text, setting->name, n);
	text[n++] = '=';
	char *end = text + n;
	int number;
	size_t size;
	double real;
	bool flag;
	switch (setting->kind) {
	case CHOICE:
		memcpy(&number, from, sizeof number);
		size = strlen(word_of(setting, number));
		memcpy(end, word_of(setting, number), size);
		end += size;
		break;
	case INT:
		memcpy(&number, from, sizeof number);
		end = wp_print_i64(end, number);
		break;
	case SIZE:
		memcpy(&size, from, sizeof size);
		end = wp_print_i64(end, (int64_t)size);
		break;
	case REAL:
		memcpy(&real, from, sizeof real);
		end = wp_print_f64(end, real);
		break;
	case FLAG:
		memcpy(&flag, from, sizeof flag);
		*end++ = flag ? '1' : '0';
		break;
	}
	return (size_t)(end - text);
}

static bool scan_choice(const struct setting *setting, const char *text, size_t n, int *choice)
{
	const char *word;
	for (*choice = 0; (word = word_of(setting, *choice)); ++*choice)
		if (strlen(word) == n && memcmp(word, text, n) == 0)
			return true;
	return false;
}

/* false where text is no value of that setting. */
static bool scan_value(
	struct wp_nn_model *m, const struct setting *setting, const char *text, size_t n)
{
	char *to = (char *)m + setting->offset;
	const char *end = text + n;
	int64_t whole;
	double real;
	int number;
	size_t size;
	if (setting->kind == CHOICE) {
		if (!scan_choice(setting, text, n, &number))
			return false;
		memcpy(to, &number, sizeof number);
		return true;
	}
	if (setting->kind == REAL) {
		if (wp_scan_f64(text, end, &real) != end)
			return false;
		memcpy(to, &real, sizeof real);
		return true;
	}
	if (wp_scan_i64(text, end, &whole) != end)
		return false;
	switch (setting->kind) {
	case INT:
		number = (int)whole;
		memcpy(to, &number, sizeof number);
		return whole >= INT_MIN && whole <= INT_MAX;
	case SIZE:
		size = (size_t)whole;
		memcpy(to, &size, sizeof size);
		return whole >= 0;
	default:
		*(bool *)to = whole != 0;
		return whole == 0 || whole == 1;
	}
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

static enum wp_err put_settings(struct wp_writer *writer, const struct wp_nn_model *m)
{
	struct wp_strings lines = {0};
	char text[SETTING_ROOM + WP_NUMBER_ROOM];
	enum wp_err err = WP_OK;
	for (int i = 0; i < SETTINGS && !err; i++) {
		if (i == OF_CHUNKS && m->net)
			err = put_words(&lines, "net=", m->net);
		if (!err && (i < OF_CHUNKS || m->scheme))
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
	size_t name = equals ? (size_t)(equals - text) : n;
	for (int i = 0; i < SETTINGS && equals; i++) {
		if (strlen(settings[i].name) != name ||
			memcmp(settings[i].name, text, name) != 0)
			continue;
		if (scan_value(m, &settings[i], equals + 1, n - name - 1))
			return WP_OK;
		return wp_fail(WP_EMISMATCH, "%s: setting '%.*s' has no such value", from,
			(int)(n < 100 ? n : 100), text);
	}
	return wp_fail(WP_EMISMATCH,
		"%s: unknown setting '%.*s': is the model of a newer version?", from,
		(int)(n < 100 ? n : 100), text);
}

/* Writing. */

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
	if (!err)
		err = put_settings(writer, m);
	for (size_t i = 0; i < m->params->count && !err; i++) {
		const struct wp_nn_param *p = &m->params->param[i];
		struct wp_tensor tensor = wp_tensor_2d(p->name, WP_F32, p->rows, p->cols);
		err = wp_writer_put(writer, &tensor, m->theta + p->offset);
	}
	return err;
}

/* Reading. */

/* A parameter while it arrives: kept by itself, so that what a header promises takes no memory.
 */
struct arrival {
	float *value;
	size_t count, room;
};

struct reading {
	struct wp_nn_model *model;
	struct wp_reader *reader;
	const char *from;
	struct arrival *arrived; /* (params->count) once the settings are known */
	size_t counts, counts_room;
	struct wp_strings classes[WP_NN_TASKS]; /* of the names that tasks give their classes */
};

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

static enum wp_err take_settings(struct reading *r, const struct wp_tensor *t)
{
	struct wp_nn_model *m = r->model;
	struct wp_strings lines = {0};
	if (r->arrived)
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
	if (!err && wp_nn_config_check(&m->config))
		err = blame(r->from);
	if (!err && (err = plan(m)) == WP_EINVAL)
		err = blame(r->from);
	if (!err)
		err = wp_alloc(&r->arrived, m->params->count, sizeof *r->arrived, "parameters");
	return err;
}

static enum wp_err take_list(
	struct reading *r, const struct wp_tensor *t, struct wp_strings *list)
{
	enum wp_err err = expect(r, t, WP_STRING, 1);
	return err ? err : wp_reader_strings(r->reader, list);
}

static enum wp_err take_counts(struct reading *r, const struct wp_tensor *t)
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
		err = wp_grow(&r->model->counts, &r->counts_room, r->counts + n + 1,
			sizeof *r->model->counts, "counts");
	if (err)
		return err;
	if (n > 0)
		memcpy(r->model->counts + r->counts, data, size);
	r->counts += n;
	return WP_OK;
}

static enum wp_err take_param(struct reading *r, const struct wp_tensor *t, size_t i)
{
	const struct wp_nn_param *p = &r->model->params->param[i];
	struct arrival *a = &r->arrived[i];
	const void *data;
	size_t size;
	char shape[128];
	if (t->type != WP_F32 || t->rank != 2 || t->dim[1] != p->cols || t->dim[0] > p->rows ||
		t->first > p->rows - t->dim[0])
		return wp_fail(WP_EMISMATCH, "%s: '%s' is %s %s, not f32 (%zu, %zu)", r->from,
			t->name, wp_type_name(t->type), wp_tensor_shape(t, shape, sizeof shape),
			p->rows, p->cols);
	enum wp_err err = wp_reader_data(r->reader, &data, &size);
	if (!err)
		err = wp_check_finite(r->from, t, data);
	size_t n = err ? 0 : size / sizeof(float);
	if (!err)
		err = wp_grow(&a->value, &a->room, a->count + n, sizeof *a->value, p->name);
	if (!err && n > 0)
		memcpy(a->value + a->count, data, size);
	a->count += n;
	return err;
}

static enum wp_err take(struct reading *r, const struct wp_tensor *t, bool *taken)
{
	*taken = true;
	if (strcmp(t->name, "rnn.config") == 0)
		return take_settings(r, t);
	if (strcmp(t->name, "vocab") == 0)
		return take_list(r, t, &r->model->vocab);
	for (int i = 0; i < WP_NN_TASKS; i++)
		if (wp_nn_tasks[i].classes && strcmp(t->name, wp_nn_tasks[i].classes) == 0)
			return take_list(r, t, &r->classes[i]);
	if (strcmp(t->name, "counts") == 0)
		return take_counts(r, t);
	const struct wp_nn_param *p =
		r->arrived ? wp_nn_params_find(r->model->params, t->name) : NULL;
	if (p)
		return take_param(r, t, (size_t)(p - r->model->params->param));
	*taken = false;
	return WP_OK;
}

/* Everything has come: put it together. */
static enum wp_err assemble(struct reading *r)
{
	struct wp_nn_model *m = r->model;
	if (!r->arrived)
		return wp_fail(WP_EMISMATCH,
			"%s: no 'rnn.config': is this a model of rnn-train?", r->from);
	for (size_t i = 0; i < m->params->count; i++) {
		const struct wp_nn_param *p = &m->params->param[i];
		if (r->arrived[i].count != p->rows * p->cols)
			return wp_fail(WP_EMISMATCH,
				"%s: the model lacks parameter '%s' (%zu, %zu)", r->from,
				p->name, p->rows, p->cols);
	}
	if (m->counts && r->counts != m->vocab.count)
		return wp_fail(WP_EMISMATCH, "%s: %zu counts for %zu tokens", r->from,
			r->counts, m->vocab.count);
	m->labels = take_over(&r->classes[m->config.task]);
	enum wp_err err = complete(m, r->from);
	for (size_t i = 0; i < m->params->count && !err; i++) {
		struct arrival *a = &r->arrived[i];
		if (a->count > 0)
			memcpy(m->theta + m->params->param[i].offset, a->value,
				a->count * sizeof *a->value);
		free(a->value);
		a->value = NULL;
	}
	return err;
}

enum wp_err wp_nn_model_read(
	struct wp_nn_model *m, struct wp_reader *reader, wp_record_fn *other, void *arg)
{
	struct reading r = {.model = m, .reader = reader, .from = wp_reader_name(reader)};
	const struct wp_tensor *tensor;
	enum wp_err err;
	*m = (struct wp_nn_model){0};
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
	for (size_t i = 0; r.arrived && i < m->params->count; i++)
		free(r.arrived[i].value);
	free(r.arrived);
	for (int i = 0; i < WP_NN_TASKS; i++)
		wp_strings_fini(&r.classes[i]);
	if (err)
		wp_nn_model_fini(m);
	return err;
}
