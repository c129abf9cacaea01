#include "nn/tasks/setup.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/names.h"
#include "embed/embedding.h"
#include "nn/core/node.h"
#include "nn/model/fine_tune.h"
#include "nn/net/graph.h"
#include "nn/net/types.h"
#include "nn/tasks/autoencode.h"
#include "nn/tasks/class_weights.h"
#include "nn/tasks/input_columns.h"
#include "stream/input.h"
#include "text/vocab.h"

enum { BEGUN_INPUTS, BEGUN_OUTPUTS }; /* of a job: what the model to begin with has */
enum { CHARACTERS = 512 /* a vocabulary of so many tokens at most is of characters */ };
enum { ROWS = 100 /* of an update, where a row is by itself */ };

void wp_nn_setup_default(struct wp_nn_setup *setup)
{
	*setup = (struct wp_nn_setup){.init = {.table_scale = WP_NN_UNSET,
					      .forget_bias = WP_NN_UNSET_BIAS,
					      .seed = 1},
		.memory = (size_t)256 << 20};
	wp_nn_config_default(&setup->model);
	setup->standardize = (enum wp_nn_standardize)WP_NN_UNSET;
	setup->model.embedding = WP_NN_UNSET;
	setup->code = 50;
	setup->model.samples = 1000;
	wp_nn_training_default(&setup->training, WP_NN_ADAM, true);
	setup->training.batching.batch = setup->training.batching.bptt = WP_NN_UNSET;
	setup->training.optimizer.momentum = setup->training.optimizer.decay =
		setup->training.optimizer.epsilon = setup->training.optimizer.weight_decay =
			setup->training.schedule.rate = WP_NN_UNSET;
	setup->training.schedule.decay = (enum wp_nn_decay)WP_NN_UNSET;
	setup->training.schedule.epochs = WP_NN_UNSET;
}

/* ---- What does not go together ---- */

typedef bool given_fn(const void *member);

static bool never(const void *member)
{
	(void)member;
	return false;
}

static enum wp_err is_for(const char *setting, const char *of, struct wp_names *names)
{
	return wp_fail(
		WP_EINVAL, "\1%s is for \1%s %s", setting, of, wp_names_end(names, "or"));
}

/* Settings that only some tasks have. */
static enum wp_err check_task(const struct wp_nn_setup *s, given_fn *given)
{
	struct wp_names open = {.last = NULL}, chunks = {.last = NULL},
			classes = {.last = NULL};
	const struct wp_nn_task_type *task = &wp_nn_tasks[s->model.task];
	for (int i = 0; i < WP_NN_TASKS; i++) {
		if (wp_nn_tasks[i].classes && !wp_nn_tasks[i].pairs)
			wp_names_add(&classes, wp_nn_tasks[i].name);
		if (wp_nn_tasks[i].either)
			wp_names_add(&open, wp_nn_tasks[i].name);
		if (wp_nn_tasks[i].measures & WP_NN_MEASURE(WP_NN_BEST_F1))
			wp_names_add(&chunks, wp_nn_tasks[i].name);
	}
	if (s->class_weights && (!task->classes || task->pairs))
		return is_for("class-weights", "task", &classes);
	if (given(&s->target) && !task->either)
		return is_for("target", "task", &open);
	if (given(&s->standardize) && s->start)
		return wp_fail(WP_EINVAL,
			"\1standardize: the model of \1init says how its numbers are "
			"standardized");
	if (given(&s->scheme) && !(task->measures & WP_NN_MEASURE(WP_NN_BEST_F1)))
		return is_for("scheme", "task", &chunks);
	return WP_OK;
}

/* A method that sees all data at once takes no steps of batches. */
static enum wp_err check_whole(const struct wp_nn_setup *s, given_fn *given)
{
	const struct wp_nn_training *t = &s->training;
	const struct {
		const void *member;
		const char *setting;
	} all[] = {{&t->schedule.rate, "rate"}, {&t->schedule.decay, "schedule"},
		{&t->schedule.factor, "rate-decay"}, {&t->schedule.after, "decay-after"},
		{&t->optimizer.clip, "clip"}, {&t->optimizer.clip_by, "clip-by"},
		{&t->schedule.warm_up, "warm-up"}, {&t->average.how, "average"},
		{&t->batching.bptt, "bptt"}, {&t->batching.vary, "vary-bptt"}};
	struct wp_names names = {.last = NULL};
	for (const struct wp_nn_method_type *m = wp_nn_methods; m->name; m++)
		if (!m->whole)
			wp_names_add(&names, m->name);
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (given(all[i].member) && wp_nn_methods[t->optimizer.method].whole)
			return is_for(all[i].setting, "optimizer", &names);
	if (given(&t->schedule.epochs) && wp_nn_methods[t->optimizer.method].epochs == 1)
		return wp_fail(WP_EINVAL, "\1optimizer %s is done at once: no \1epochs",
			wp_nn_methods[t->optimizer.method].name);
	return WP_OK;
}

static enum wp_err check_optimizer(const struct wp_nn_optimizer_config *c, given_fn *given)
{
	for (int i = 0; i < WP_NN_METHOD_SETTINGS; i++) {
		const struct wp_nn_method_setting *setting = &wp_nn_method_settings[i];
		struct wp_names having = {.last = NULL};
		for (const struct wp_nn_method_type *m = wp_nn_methods; m->name; m++)
			if (!isnan(m->settings[i]))
				wp_names_add(&having, m->name);
		if (given((const char *)c + setting->offset) &&
			isnan(wp_nn_methods[c->method].settings[i]))
			return is_for(setting->name, "optimizer", &having);
	}
	return WP_OK;
}

static enum wp_nn_decay decay_of(const struct wp_nn_setup *s)
{
	const enum wp_nn_decay decay = s->training.schedule.decay;
	const bool planned = wp_nn_tasks[s->model.task].numbers &&
		s->training.schedule.epochs <= WP_NN_UNSET;
	return (int)decay != WP_NN_UNSET ? decay : planned ? WP_NN_LINEAR : WP_NN_CONSTANT;
}

static enum wp_err check_schedule(const struct wp_nn_setup *s, given_fn *given)
{
	const struct wp_nn_schedule *c = &s->training.schedule;
	const struct wp_nn_decay_type *its = &wp_nn_decays[decay_of(s)];
	struct wp_names factor = {.last = NULL}, after = {.last = NULL};
	for (const struct wp_nn_decay_type *d = wp_nn_decays; d->name; d++) {
		if (d->factor)
			wp_names_add(&factor, d->name);
		if (d->after)
			wp_names_add(&after, d->name);
	}
	if (given(&c->factor) && !its->factor)
		return is_for("rate-decay", "schedule", &factor);
	if (given(&c->after) && !its->after)
		return is_for("decay-after", "schedule", &after);
	return WP_OK;
}

static enum wp_err check_average(const struct wp_nn_average_config *c, given_fn *given)
{
	const struct {
		const void *member;
		const char *setting;
	} parts[] = {{&c->after, "average-after"}, {&c->patience, "average-patience"},
		{&c->decay, "average-decay"}};
	struct wp_names any = {.last = NULL}, fading = {.last = NULL};
	for (const struct wp_nn_average_type *a = wp_nn_averages; a->name; a++) {
		if (a->weight)
			wp_names_add(&any, a->name);
		if (a->decay)
			wp_names_add(&fading, a->name);
	}
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		if (given(parts[i].member) && !wp_nn_averages[c->how].weight)
			return is_for(parts[i].setting, "average", &any);
	if (given(&c->decay) && !wp_nn_averages[c->how].decay)
		return is_for("average-decay", "average", &fading);
	if (given(&c->after) && c->patience > 0)
		return wp_fail(
			WP_EINVAL, "\1average-after and \1average-patience exclude each other");
	return WP_OK;
}

/* Settings of parts that the network does not have. */
static enum wp_err check_network(const struct wp_nn_setup *s, given_fn *given)
{
	const struct wp_nn_config *m = &s->model;
	struct wp_names gated = {.last = NULL};
	bool forgets = s->net != NULL;
	for (int i = 0; wp_nn_cells[i]; i++) {
		const struct wp_nn_type *type =
			wp_nn_type_find(wp_nn_cells[i], strlen(wp_nn_cells[i]));
		if (!type || !type->cell->has_cell)
			continue;
		wp_names_add(&gated, wp_nn_cells[i]);
		forgets |= i == (int)m->cell;
	}
	if (given(&s->init.forget_bias) && !forgets)
		return is_for("forget-bias", "cell", &gated);
	if (wp_nn_initializers[s->init.weights].recurrent)
		return wp_fail(WP_EINVAL, "\1initializer %s is for \1recurrent-initializer",
			wp_nn_initializers[s->init.weights].name);
	if (s->init.orthogonal && given(&s->init.recurrent))
		return wp_fail(WP_EINVAL,
			"\1orthogonal and \1recurrent-initializer exclude each other");
	if (s->init.scale > 0 && s->init.weights != WP_NN_UNIFORM)
		return wp_fail(WP_EINVAL, "\1init-scale is for \1initializer uniform");
	if (given(&m->samples) && m->softmax != WP_NN_SAMPLED)
		return wp_fail(WP_EINVAL, "\1samples is for \1softmax sampled");
	if (given(&m->variational) && m->dropout <= 0 && m->recurrent_dropout <= 0)
		return wp_fail(
			WP_EINVAL, "\1variational is for \1dropout or \1recurrent-dropout");
	return WP_OK;
}

static enum wp_err check_data(const struct wp_nn_setup *s, given_fn *given)
{
	const struct wp_nn_training *t = &s->training;
	if (s->stream && s->sentences)
		return wp_fail(WP_EINVAL, "\1stream and \1sentences exclude each other");
	if (s->stream && s->model.condition)
		return wp_fail(WP_EINVAL,
			"\1condition: a vector for each sentence, and a \1stream is one sequence");
	if (s->valid && s->valid_share > 0)
		return wp_fail(WP_EINVAL, "\1valid and \1valid-share exclude each other");
	if (!s->valid && s->valid_share <= 0 &&
		(t->patience > 0 || t->valid_every > 0 || t->average.patience > 0 ||
			given(&t->best_by) || wp_nn_decays[decay_of(s)].validation))
		return wp_fail(
			WP_EINVAL, "without \1valid or \1valid-share nothing is validated");
	if (s->model.freeze && !s->embedding && !s->start)
		return wp_fail(WP_EINVAL, "\1freeze needs \1embedding FILE or \1init FILE");
	if (s->all_words && (!s->embedding || wp_nn_tasks[s->model.task].next))
		return wp_fail(WP_EINVAL,
			"\1all-words needs \1embedding FILE, and another task than lm");
	return WP_OK;
}

/* ---- The network in words ---- */

static enum wp_err check_alone(const struct wp_nn_setup *s, given_fn *given)
{
	const struct wp_nn_config *m = &s->model;
	const struct {
		const void *member;
		const char *setting;
	} others[] = {{&m->cell, "cell"}, {&m->activation, "activation"},
		{&m->hidden, "hidden"}, {&m->layers, "layers"},
		{&m->bidirectional, "bidirectional"}, {&m->no_bias, "no-bias"},
		{&m->embedding, "dim"}, {&m->freeze, "freeze"}, {&s->subwords, "subwords"},
		{&s->columns, "columns"}, {&m->pooling, "pooling"}, {&m->softmax, "softmax"},
		{&m->samples, "samples"}, {&m->tied, "tied"}, {&m->dropout, "dropout"},
		{&m->variational, "variational"}, {&m->recurrent_dropout, "recurrent-dropout"},
		{&m->word_dropout, "word-dropout"}, {&m->weight_drop, "weight-drop"},
		{&m->embedding_dropout, "embedding-dropout"},
		{&m->label_smoothing, "label-smoothing"}, {&m->attention, "attention"},
		{&m->heads, "heads"}, {&m->condition, "condition"}};
	const char *whole = s->net ? "net" : s->autoencoder ? "autoencoder" : NULL;
	for (size_t i = 0; whole && i < sizeof others / sizeof *others; i++)
		if (given(others[i].member) && (s->net || others[i].member != &m->hidden))
			return wp_fail(WP_EINVAL, "\1%s says the whole network: no \1%s", whole,
				others[i].setting);
	return WP_OK;
}

/* ---- A window of the last rows ---- */

/* Of what else says what is between the window and the output. */
static enum wp_err check_window(const struct wp_nn_setup *s, given_fn *given)
{
	const struct wp_nn_config *m = &s->model;
	const struct wp_nn_method_type *method = &wp_nn_methods[s->training.optimizer.method];
	const struct {
		const void *member;
		const char *setting;
	} others[] = {{&s->net, "net"}, {&m->cell, "cell"},
		{&m->bidirectional, "bidirectional"}, {&m->embedding, "dim"},
		{&m->freeze, "freeze"}, {&s->subwords, "subwords"}, {&s->columns, "columns"},
		{&m->softmax, "softmax"}, {&m->samples, "samples"}, {&m->tied, "tied"},
		{&m->variational, "variational"}, {&m->recurrent_dropout, "recurrent-dropout"},
		{&m->word_dropout, "word-dropout"}, {&m->condition, "condition"}},
	  dense[] = {{&m->hidden, "hidden"}, {&m->layers, "layers"},
		  {&m->activation, "activation"}};
	for (size_t i = 0; s->window && i < sizeof others / sizeof *others; i++)
		if (given(others[i].member))
			return wp_fail(WP_EINVAL,
				"\1window says what there is instead of recurrent layers: no "
				"\1%s",
				others[i].setting);
	for (size_t i = 0; s->window && method->epochs == 1 && i < 3; i++)
		if (given(dense[i].member))
			return wp_fail(WP_EINVAL,
				"\1optimizer %s is for linear networks: no \1%s", method->name,
				dense[i].setting);
	return WP_OK;
}

/* The network in words. */
static void make_window(struct wp_nn_setup *s)
{
	const struct wp_nn_config *m = &s->model;
	const struct wp_nn_task_type *task = &wp_nn_tasks[m->task];
	const char *bias = m->no_bias ? " no-bias" : "";
	const size_t size = sizeof s->words;
	char dropout[48] = "";
	size_t n = (size_t)snprintf(s->words, size, "window %d causal", s->window);
	const bool linear = wp_nn_methods[s->training.optimizer.method].epochs == 1;
	if (m->dropout > 0)
		snprintf(dropout, sizeof dropout, ", dropout %.17g", m->dropout);
	for (int i = 0; i < m->layers && !linear; i++)
		n += (size_t)snprintf(s->words + n, size - n, "%s, dense %d %s%s", dropout,
			m->hidden, wp_nn_activations[m->activation], bias);
	if (!wp_nn_by_row(m->task, s->target != WP_NN_AT_END))
		n += (size_t)snprintf(
			s->words + n, size - n, ", pool %s", wp_nn_poolings[m->pooling]);
	snprintf(s->words + n, size - n, "%s, %s%s", dropout,
		task->numbers ? "squared-error" : "softmax", bias);
	s->model.net = s->words;
}

/* ---- Usual auto-encoders ---- */

const char *const wp_nn_autoencoders[] = {
	"none", "linear", "denoising", "sparse", "variational", NULL};

static enum wp_err check_autoencoder(const struct wp_nn_setup *s, given_fn *given)
{
	const bool itself = wp_nn_tasks[s->model.task].itself, usual = s->autoencoder;
	if ((usual || given(&s->code)) && !itself)
		return wp_fail(WP_EINVAL, "\1%s is for \1task autoencode",
			usual ? "autoencoder" : "code");
	if (!itself)
		return WP_OK;
	if (s->window)
		return wp_fail(WP_EINVAL, "\1window is for sequences");
	if (given(&s->code) && !usual)
		return wp_fail(WP_EINVAL, "\1code is for \1autoencoder");
	if (usual && s->net)
		return wp_fail(
			WP_EINVAL, "\1autoencoder and \1net both say what the network is");
	if (!usual && !s->net)
		return wp_fail(WP_EINVAL,
			"\1task autoencode: \1autoencoder or \1net says what the network is");
	if (given(&s->model.hidden) && s->autoencoder != WP_NN_VARIATIONAL_AUTOENCODER)
		return wp_fail(WP_EINVAL, "\1hidden is for \1autoencoder variational");
	return WP_OK;
}

/* The network in words; what rows are decoded to goes by what they are. */
static void make_autoencoder(const struct wp_nn_setup *s, bool bags, char *words, size_t size)
{
	const int code = s->code, hidden = s->model.hidden;
	switch (s->autoencoder) {
	case WP_NN_NO_AUTOENCODER:
		break;
	case WP_NN_LINEAR_AUTOENCODER:
		snprintf(words, size, "dense %d, code, squared-error tied", code);
		break;
	case WP_NN_DENOISING_AUTOENCODER:
		snprintf(words, size, "noise zero=0.3, dense %d tanh, code, squared-error",
			code);
		break;
	case WP_NN_SPARSE_AUTOENCODER:
		snprintf(words, size, "dense %d relu, code l1=0.1, squared-error", code);
		break;
	case WP_NN_VARIATIONAL_AUTOENCODER:
		if (bags)
			snprintf(words, size,
				"log, dense %d relu, dropout 0.1, gaussian %d anneal=3, "
				"multinomial",
				hidden, code);
		else
			snprintf(words, size,
				"dense %d relu, gaussian %d anneal=3, dense %d relu, squared-error",
				hidden, code, hidden);
	}
}

static enum wp_err read_network(struct wp_nn_setup *s)
{
	struct wp_input *input;
	size_t size = 0;
	s->model.net = s->net;
	if (s->window)
		make_window(s);
	if (s->autoencoder) {
		make_autoencoder(s, false, s->words, sizeof s->words);
		s->model.net = s->words;
	}
	if (!s->net || s->net[0] != '@')
		return WP_OK;
	s->model.net = s->words;
	enum wp_err err = wp_input_open_text(&input, s->net + 1);
	if (err)
		return err;
	memset(s->words, 0, sizeof s->words);
	err = wp_input_read(input, s->words, sizeof s->words, &size);
	wp_input_close(input);
	if (!err && (size == sizeof s->words || memchr(s->words, '\0', size)))
		err = wp_fail(WP_EINVAL, "\1net %s: not a network in words", s->net);
	return err;
}

/* ---- Settings, completed ---- */

static bool is_set(double value)
{
	return value > WP_NN_UNSET;
}

/* What the setup says, once it is known what the data are. */
struct plan {
	struct wp_nn_config model;
	struct wp_nn_training training;
	struct wp_nn_init init;
	enum wp_nn_standardize standardize;
	bool cut;                                       /* it is said where sequences are cut */
	struct wp_nn_column column[WP_NN_MOST_COLUMNS]; /* of model, with their values */
};

static struct plan plan_of(const struct wp_nn_setup *s)
{
	struct plan p = {.model = s->model, .training = s->training, .init = s->init};
	const struct wp_nn_task_type *task = &wp_nn_tasks[s->model.task];
	p.model.subwords = (size_t)s->subwords;
	p.cut = is_set(s->training.batching.bptt);
	p.model.each_step = task->either && s->target != WP_NN_AT_END;
	p.init.seed = s->training.seed;
	p.training.schedule.decay = decay_of(s);
	p.standardize = s->standardize;
	if ((int)s->standardize == WP_NN_UNSET && (!task->numbers || task->itself))
		p.standardize = WP_NN_AS_IT_IS;
	else if ((int)s->standardize == WP_NN_UNSET &&
		(s->window || wp_nn_methods[s->training.optimizer.method].whole))
		p.standardize = WP_NN_ZSCORE;
	if (s->init.forget_bias <= WP_NN_UNSET_BIAS)
		p.init.forget_bias = task->forget_bias;
	return p;
}

/* Updates of an epoch, roughly. */
static double updates_of(const struct wp_nn_data *d, const struct wp_nn_batching *how)
{
	double batches = how->stream ? 1 : ceil((double)d->sequences / how->batch);
	double steps =
		(double)d->rows / (how->stream ? (double)how->batch : (double)d->sequences);
	return batches * (how->bptt > 0 ? ceil(steps / how->bptt) : 1);
}

/* A short series takes many epochs to make enough updates, a long one is learnt in pieces.
 * data: NULL, if that is not known yet. */
static void plan_numbers(struct wp_nn_training *t, const struct wp_nn_data *data, bool next)
{
	enum { UPDATES = 2000, MOST_EPOCHS = 1000, LONG = 100, PIECE = 20 };
	if (!data)
		return;
	bool has_long = false;
	for (size_t i = 0; i < data->sequences; i++)
		has_long |= data->lengths[i] > LONG;
	if (!is_set(t->batching.bptt) && next && has_long && !t->batching.stream)
		t->batching.bptt = PIECE;
	if (is_set(t->schedule.epochs))
		return;
	struct wp_nn_batching how = t->batching;
	how.bptt = is_set(how.bptt) ? how.bptt : how.stream ? 50 : 0;
	how.batch = is_set(how.batch)          ? how.batch
		: how.stream                   ? 50
		: wp_nn_tasks[how.task].itself ? ROWS
					       : 32;
	double epochs = ceil(UPDATES / updates_of(data, &how));
	t->schedule.epochs = (int)fmin(fmax(epochs, 10), MOST_EPOCHS);
}

/* data: or NULL, if it is not known yet. */
static void plan_training(
	struct plan *p, const struct wp_nn_setup *s, bool stream, const struct wp_nn_data *data)
{
	struct wp_nn_training *t = &p->training, usual;
	wp_nn_training_default(&usual, t->optimizer.method, stream);
	if (wp_nn_tasks[p->model.task].itself)
		usual.batching.batch = ROWS;
	if (s->few) { /* every parameter costs passes over the batch */
		usual.batching.batch = 2;
		usual.batching.bptt = stream ? 5 : 0;
	}
	t->batching.task = p->model.task;
	t->batching.each_step = p->model.each_step;
	t->batching.stream = stream;
	if (!is_set(t->schedule.epochs) && wp_nn_methods[t->optimizer.method].epochs > 0)
		t->schedule.epochs = wp_nn_methods[t->optimizer.method].epochs;
	if (wp_nn_tasks[p->model.task].numbers)
		plan_numbers(t, data, s->target == WP_NN_NEXT);
	if (!is_set(t->schedule.epochs))
		t->schedule.epochs = usual.schedule.epochs;
	if (!is_set(t->batching.batch))
		t->batching.batch = usual.batching.batch;
	if (!is_set(t->batching.bptt))
		t->batching.bptt = usual.batching.bptt;
	if (!is_set(t->schedule.rate))
		t->schedule.rate = usual.schedule.rate;
	wp_nn_optimizer_complete(&t->optimizer);
	t->memory = s->memory;
}

/* tokens: what it reads, not numbers; inputs: how many there are; vector: the length of given
 * vectors, or 0. */
static void plan_input(struct plan *p, bool tokens, size_t inputs, int vector)
{
	struct wp_nn_config *m = &p->model;
	const struct wp_nn_task_type *task = &wp_nn_tasks[m->task];
	if (!is_set(m->embedding) && m->net)
		m->embedding = 0;
	else if (!is_set(m->embedding))
		m->embedding = vector             ? vector
			: m->tied && !task->pairs ? (int)wp_nn_width(m)
			: !tokens && !task->pairs ? 0
			: m->subwords == 0        ? task->embedding
						  : 100;
	if (!is_set(p->init.table_scale))
		p->init.table_scale = task->table_scale[inputs > CHARACTERS];
	m->inputs = inputs;
	m->input = !tokens ? WP_NN_REAL : m->embedding ? WP_NN_EMBEDDING : WP_NN_ONEHOT;
}

/* A network that reads so many steps at once reads a stream in blocks of as many. */
static enum wp_err plan_blocks(struct plan *p)
{
	struct wp_nn_graph *graph;
	enum wp_err err = wp_nn_graph_create(&graph, &p->model);
	if (err)
		return err;
	struct wp_nn_batching *how = &p->training.batching;
	if (!p->cut && graph->context && (how->stream || (size_t)how->bptt > graph->context))
		how->bptt = (int)graph->context;
	wp_nn_graph_free(graph);
	return WP_OK;
}

/* May the network read the vectors of sequences?  Only a network that is made will tell. */
static bool may_read_encoding(const struct wp_nn_config *m)
{
	return m->condition || (m->net && strstr(m->net, "encoding"));
}

/* Can this be trained on any data? */
static enum wp_err check_plan(const struct wp_nn_setup *s)
{
	const struct wp_nn_task_type *task = &wp_nn_tasks[s->model.task];
	bool tokens = !s->window && !task->itself &&
		(!task->numbers || s->embedding || s->model.embedding > 0);
	struct plan p = plan_of(s);
	if (s->model.net && task->numbers && !task->itself && !s->window)
		return WP_OK; /* of tokens or of numbers: the data will say */
	if (s->model.net && may_read_encoding(&s->model))
		return WP_OK; /* so will how long the vectors are */
	/* Vectors are of sentences. */
	const bool sentences = s->sentences || s->model.condition;
	plan_training(&p, s, s->stream || (task->is_stream && !sentences), NULL);
	plan_input(&p, tokens, INT32_MAX, s->embedding && !is_set(s->model.embedding) ? 1 : 0);
	if (p.model.tied && s->embedding && !task->pairs)
		p.model.embedding = (int)wp_nn_width(&p.model);
	p.model.outputs = task->next || task->itself ? p.model.inputs
		: task->pairs                        ? INT32_MAX
						     : 2;
	p.model.unknown = tokens ? 0 : -1;
	p.model.encoding = p.model.condition ? 1 : 0;
	enum wp_err err = plan_blocks(&p);
	return err ? err : wp_nn_training_check(&p.training, &p.model);
}

enum wp_err wp_nn_setup_check(struct wp_nn_setup *s, given_fn *given)
{
	given = given ? given : never;
	enum wp_err err;
	if ((err = check_task(s, given)) || (err = check_network(s, given)) ||
		(err = check_optimizer(&s->training.optimizer, given)) ||
		(err = check_whole(s, given)) || (err = check_schedule(s, given)) ||
		(err = check_average(&s->training.average, given)) ||
		(err = check_autoencoder(s, given)) || (err = check_alone(s, given)) ||
		(err = check_window(s, given)) || (err = read_network(s)) ||
		(err = wp_nn_setup_columns(s)) || (err = check_data(s, given)))
		return err;
	return check_plan(s);
}

/* ---- The training ---- */

static bool is_stream(const struct wp_nn_setup *s, const struct wp_nn_dataset *source)
{
	if (s->stream || s->sentences || !wp_nn_tasks[s->model.task].is_stream)
		return s->stream;
	return wp_strings_find(&source->corpus.vocab, WP_SENTENCE_START) < 0;
}

static enum wp_err read_vectors(const struct wp_nn_setup *s, struct wp_embedding *vectors)
{
	struct wp_reader *reader;
	enum wp_err err = wp_reader_open(&reader, s->embedding);
	if (!err)
		err = wp_embedding_read(vectors, reader, "embedding"); /* which closes it */
	return err ? err : wp_embedding_read_ngrams(vectors);
}

/* The model to begin with. */
static enum wp_err read_start(struct wp_nn_model *from, const struct wp_nn_setup *s)
{
	struct wp_reader *reader;
	if (s->from) { /* which was read before */
		*from = *s->from;
		*s->from = (struct wp_nn_model){0};
		return WP_OK;
	}
	enum wp_err err = wp_reader_open(&reader, s->start);
	if (err)
		return err;
	err = wp_nn_model_read(from, reader, NULL, NULL);
	wp_reader_close(reader);
	return err;
}

static enum wp_err start_from(struct wp_nn_job *job, const struct wp_nn_model *from)
{
	job->begun[BEGUN_INPUTS] = true;
	job->begun[BEGUN_OUTPUTS] = from->config.task == job->model.config.task;
	return wp_nn_start_from(&job->model, from, &job->taken);
}

/* How many values there are in each column. */
static void plan_columns(struct plan *p, const struct wp_corpus *corpus)
{
	struct wp_nn_config *m = &p->model;
	for (size_t i = 0; i < m->columns; i++) {
		p->column[i] = m->column[i];
		p->column[i].values = corpus->column[i].vocab.count;
	}
	m->column = p->column;
}

/* The network reads a vector for each sequence. */
static enum wp_err check_encodings(
	const struct wp_nn_job *job, const struct plan *p, const char *name)
{
	if (p->training.batching.stream)
		return wp_fail(WP_EMISMATCH,
			"%s: a vector for each sequence, but one stream of text: 'tokenize "
			"--markers' marks its sentences, or see \1sentences",
			name);
	return wp_nn_dataset_check_encodings(&job->source, name, 0);
}

/* A model for the data, whose vocabularies it takes over, with the parameters to begin with. */
static enum wp_err make_model(struct wp_nn_job *job, const struct wp_nn_setup *s,
	struct plan *p, const char *name, enum wp_tag_scheme written)
{
	const struct wp_nn_task_type *task = &wp_nn_tasks[s->model.task];
	struct wp_nn_config *m = &p->model;
	struct wp_nn_dataset *source = &job->source;
	struct wp_corpus *corpus = &source->corpus;
	struct wp_strings *classes =
		task->classes ? wp_nn_dataset_labels(source, s->model.task) : NULL;
	struct wp_embedding vectors = {0};
	struct wp_nn_model from = {0};
	bool tokens = source->data.ids;
	m->cells = source->data.start;
	if (m->cells && s->autoencoder) {
		make_autoencoder(s, true, job->words, sizeof job->words);
		m->net = job->words;
	}
	enum wp_err err = s->embedding ? read_vectors(s, &vectors) : WP_OK;
	if (!err && s->start)
		err = read_start(&from, s);
	if (!err)
		err = wp_nn_take_column_values(source, m, &from);
	plan_columns(p, corpus);
	if (!err && s->all_words && tokens)
		err = wp_nn_add_words(corpus, &vectors);
	plan_input(p, tokens, tokens ? corpus->vocab.count : source->data.inputs,
		(int)vectors.dim);
	m->unknown = tokens ? (int32_t)wp_strings_find(&corpus->vocab, WP_UNKNOWN_TOKEN) : -1;
	m->outputs = classes ? classes->count : task->next ? m->inputs : source->data.outputs;
	m->encoding = source->data.encodings ? source->data.encoding : 0;
	if (!err && may_read_encoding(m) && (m->condition || !m->encoding))
		err = wp_nn_dataset_check_encodings(source, name, 0);
	if (!err)
		err = plan_blocks(p);
	job->training.batching.bptt = p->training.batching.bptt;
	if (!err)
		err = wp_nn_training_check(&p->training, m);
	if (!err)
		err = wp_nn_model_create(&job->model, m,
			tokens || task->itself ? &corpus->vocab : NULL, classes,
			corpus->column);
	if (!err && job->model.config.encoding)
		err = check_encodings(job, p, name);
	if (!err && s->scheme)
		err = wp_nn_model_set_scheme(&job->model, s->scheme, written);
	if (err)
		goto out;
	job->model.sentences = task->next && !p->training.batching.stream;
	job->model.next = task->either && s->target == WP_NN_NEXT;
	if (tokens) {
		job->model.counts = corpus->counts;
		corpus->counts = NULL;
	}
	job->model.label_counts = corpus->target.counts; /* of pairs */
	corpus->target.counts = NULL;
	wp_nn_initialize(job->model.theta, job->model.params, &p->init);
	if (s->start)
		err = start_from(job, &from);
	if (!err && s->embedding)
		err = wp_nn_start_embedding(&job->model, &vectors, &job->found);
out:
	wp_embedding_fini(&vectors);
	wp_nn_model_fini(&from);
	return err;
}

/* The last part of a single series; the rows before it come along, for the network to begin
 * with. */
static enum wp_err split_series(struct wp_nn_job *job, double share)
{
	enum { BEFORE = 128 };
	struct wp_nn_data *d = &job->source.data, *v = &job->valid;
	struct wp_nn_batching how = job->training.batching;
	how.stream = true;
	enum wp_err err = wp_nn_data_split(d, v, &how, share);
	if (err)
		return err;
	v->skip = d->rows < BEFORE ? d->rows : BEFORE;
	v->rows += v->skip;
	v->values -= v->skip * v->inputs;
	if (v->targets)
		v->targets -= v->skip * v->outputs;
	if (!v->targets) /* the first value after the rest is the first target */
		v->skip--;
	job->split[0] = (int32_t)d->rows;
	job->split[1] = (int32_t)v->rows;
	d->lengths = &job->split[0];
	v->lengths = &job->split[1];
	return WP_OK;
}

/* The part to validate on, if there is one. */
static enum wp_err get_valid(struct wp_nn_job *job, const struct wp_nn_setup *s)
{
	const struct wp_nn_data *d = &job->source.data;
	struct wp_reader *reader;
	if (s->valid_share > 0 && d->sequences == 1 && d->values && !d->start &&
		wp_nn_tasks[s->model.task].numbers && !wp_nn_at_end(&job->model.config) &&
		!job->training.batching.stream)
		return split_series(job, s->valid_share);
	if (s->valid_share > 0)
		return wp_nn_data_split(&job->source.data, &job->valid, &job->training.batching,
			s->valid_share);
	if (!s->valid)
		return WP_OK;
	enum wp_err err = wp_reader_open(&reader, s->valid);
	if (err)
		return err;
	err = wp_nn_model_input_init(
		&job->reading, &job->model, reader, s->memory, s->directory, NULL, NULL);
	if (!err)
		err = wp_nn_model_input_data(&job->reading, s->valid, s->target, &job->valid);
	wp_reader_close(reader);
	return err;
}

/* What a model to begin with does not say is as the data are, without those to validate on.
 * Where nobody has said how, numbers of a usual size stay as they are. */
static enum wp_err standardize(struct wp_nn_job *job, const struct plan *p)
{
	const struct wp_nn_data *d = &job->source.data;
	const size_t targets = wp_nn_at_end(&job->model.config) ? d->sequences : d->rows;
	const float *x = job->begun[BEGUN_INPUTS] ? NULL : d->values;
	const float *y = wp_nn_tasks[p->model.task].numbers ? d->targets : NULL;
	enum wp_nn_standardize how = p->standardize;
	bool usual_x = true, usual_y = true;
	enum wp_err err = WP_OK;
	if (job->begun[BEGUN_OUTPUTS])
		return WP_OK;
	if (d->start && how != WP_NN_AS_IT_IS)
		return wp_fail(WP_EMISMATCH,
			"\1standardize %s would make of each zero of the bags another number: "
			"'onehot --tfidf' scales them",
			wp_nn_standardizers[how].name);
	if ((int)how == WP_NN_UNSET) {
		if (x)
			err = wp_nn_scaling_is_usual(x, d->rows, d->inputs, &usual_x);
		if (!err && y)
			err = wp_nn_scaling_is_usual(y, targets, d->outputs, &usual_y);
		how = usual_x && usual_y ? WP_NN_AS_IT_IS : WP_NN_ZSCORE;
	}
	return err ? err : wp_nn_model_standardize(&job->model, how, x, d->rows, y, targets);
}

/* The same of vectors of sequences, of any task. */
static enum wp_err standardize_encodings(struct wp_nn_job *job, const struct wp_nn_setup *s)
{
	const struct wp_nn_data *d = &job->source.data;
	bool usual = s->standardize == WP_NN_AS_IT_IS;
	enum wp_err err = WP_OK;
	if (!job->model.config.encoding || job->model.scaled_encodings)
		return WP_OK;
	if ((int)s->standardize == WP_NN_UNSET)
		err = wp_nn_scaling_is_usual(d->encodings, d->sequences, d->encoding, &usual);
	return err || usual
		? err
		: wp_nn_model_standardize_encodings(&job->model, d->encodings, d->sequences);
}

enum wp_err wp_nn_job_open(struct wp_nn_job *job, const struct wp_nn_setup *s,
	struct wp_reader *reader, wp_record_fn *other, void *arg)
{
	struct plan p = plan_of(s);
	enum wp_tag_scheme written = WP_SCHEME_NONE;
	bool validated = s->valid || s->valid_share > 0;
	*job = (struct wp_nn_job){.trainer = NULL};
	struct wp_strings columns = {0};
	enum wp_err err = wp_nn_column_names(&s->model, &columns);
	if (!err)
		err = wp_nn_dataset_read(&job->source, reader, s->model.task, s->target,
			&columns, s->memory, s->directory, other, arg);
	wp_strings_fini(&columns);
	if (!err && s->scheme)
		err = wp_nn_dataset_convert_tags(
			&job->source, wp_reader_name(reader), s->scheme, &written);
	if (!err)
		plan_training(&p, s, is_stream(s, &job->source), &job->source.data);
	job->training = p.training;
	if (!err)
		err = make_model(job, s, &p, wp_reader_name(reader), written);
	if (!err)
		err = get_valid(job, s);
	if (!err && s->class_weights)
		err = wp_nn_class_weights(&job->class_weights, s->class_weights,
			&job->model.labels, &job->source.data,
			wp_nn_tasks[s->model.task].by_row);
	job->training.class_weights = job->class_weights;
	if (!err)
		err = standardize(job, &p);
	if (!err)
		err = standardize_encodings(job, s);
	if (!err)
		err = wp_nn_check_counts(
			job->model.graph, &job->source.data, wp_reader_name(reader));
	if (!err)
		err = wp_nn_trainer_create(&job->trainer, &job->training, &job->model,
			&job->source.data, validated ? &job->valid : NULL);
	if (err)
		wp_nn_job_fini(job);
	return err;
}

void wp_nn_job_fini(struct wp_nn_job *job)
{
	wp_nn_trainer_free(job->trainer);
	wp_nn_model_input_fini(&job->reading);
	wp_nn_model_fini(&job->model);
	wp_nn_dataset_fini(&job->source);
	free(job->class_weights);
	*job = (struct wp_nn_job){.trainer = NULL};
}

double wp_nn_chance(const struct wp_nn_model *model)
{
	return wp_nn_tasks[model->config.task].numbers ? 0 : log((double)model->config.outputs);
}
