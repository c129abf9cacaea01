#include "nn/tasks/adopt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <unistd.h>

#include "base/memory.h"
#include "nn/model/stack.h"
#include "text/setting.h"

/* Of a network, and then those of its output. */
static const char *const of_networks[] = {"cell", "activation", "hidden", "layers",
	"bidirectional", "no-bias", "dim", "freeze", "subwords", "dropout", "variational",
	"recurrent-dropout", "word-dropout", NULL};
static const char *const of_outputs[] = {
	"pooling", "softmax", "samples", "tied", "target", "scheme", NULL};
static const char *const of_targets[] = {"target", "scheme", NULL}; /* which no words say */

static void *member(struct wp_nn_setup *s, const struct wp_setting *setting)
{
	return (char *)s + setting->offset;
}

static void copy(
	const struct wp_setting *setting, struct wp_nn_setup *to, struct wp_nn_setup *from)
{
	static const size_t size[] = {[WP_SETTING_FLAG] = sizeof(bool),
		[WP_SETTING_INT] = sizeof(int),
		[WP_SETTING_REAL] = sizeof(double),
		[WP_SETTING_CHOICE] = sizeof(int)};
	memcpy(member(to, setting), member(from, setting), size[setting->kind]);
}

struct telling {
	char *text;
	size_t size, used;
};

static void tell(
	struct telling *t, const struct wp_setting *setting, const struct wp_nn_setup *s)
{
	char value[WP_SETTING_ROOM] = "";
	if (setting->kind != WP_SETTING_FLAG)
		*wp_setting_print(setting, s, value) = '\0';
	if (t->used < t->size)
		t->used += (size_t)snprintf(t->text + t->used, t->size - t->used, "%s--%s%s%s",
			t->used ? " " : "", setting->name, *value ? " " : "", value);
}

/* The settings of that list that were not given. */
static void take(struct wp_nn_setup *s, struct wp_nn_setup *theirs, const char *const *names,
	bool (*given)(const void *), struct telling *t)
{
	for (; *names; names++) {
		const struct wp_setting *setting =
			wp_setting_find(wp_nn_settings, *names, strlen(*names));
		if (given(member(s, setting)) || wp_setting_equal(setting, s, theirs))
			continue;
		copy(setting, s, theirs);
		tell(t, setting, s);
	}
}

static bool any_given(struct wp_nn_setup *s, bool (*given)(const void *))
{
	for (const char *const *name = of_networks; *name; name++)
		if (given(member(s, wp_setting_find(wp_nn_settings, *name, strlen(*name)))))
			return true;
	return given(&s->window) || given(&s->autoencoder) || given(&s->columns) ||
		given(&s->model.weight_drop) || given(&s->model.embedding_dropout);
}

/* What would have made the model, in the place of what s says. */
static struct wp_nn_setup setup_of(const struct wp_nn_model *m, const struct wp_nn_setup *s)
{
	struct wp_nn_setup theirs = *s;
	const struct wp_nn_config *c = &m->config;
	const struct wp_nn_task_type *task = &wp_nn_tasks[c->task];
	int samples = theirs.model.samples;
	theirs.model = *c;
	theirs.model.net = NULL;
	if (c->softmax != WP_NN_SAMPLED)
		theirs.model.samples = samples;
	if (c->input != WP_NN_EMBEDDING)
		theirs.model.embedding = 0;
	if (s->embedding ||
		(s->model.embedding == WP_NN_UNSET && c->task == s->model.task &&
			theirs.model.embedding == task->embedding))
		theirs.model.embedding = s->model.embedding;
	theirs.subwords = (int)c->subwords;
	theirs.scheme = m->scheme;
	theirs.target = !task->either ? s->target
		: m->next             ? WP_NN_NEXT
		: c->each_step        ? WP_NN_EACH_STEP
				      : WP_NN_AT_END;
	return theirs;
}

static enum wp_err read_one(struct wp_nn_model *m, const char *path)
{
	struct wp_reader *reader;
	enum wp_err err = wp_reader_open(&reader, path);
	if (err)
		return err;
	err = wp_nn_model_read(m, reader, NULL, NULL);
	wp_reader_close(reader);
	return err;
}

/* The last failure was one of that file. */
static enum wp_err blame(const char *path, enum wp_err err)
{
	char why[256];
	snprintf(why, sizeof why, "%s", wp_error_detail());
	return err == WP_EMISMATCH ? wp_fail(err, "%s: %s", path, why) : err;
}

/* *m becomes an auto-encoder of itself and of the one in that file. */
static enum wp_err read_upon(struct wp_nn_model *m, const char *path)
{
	struct wp_nn_model inner, deep;
	enum wp_err err = read_one(&inner, path);
	if (err)
		return err;
	err = wp_nn_stack(&deep, m, &inner);
	if (err)
		err = blame(path, err);
	wp_nn_model_fini(&inner);
	if (err)
		return err;
	wp_nn_model_fini(m);
	*m = deep;
	return WP_OK;
}

/* FILE, or FILE,FILE... of auto-encoders upon each other. */
static enum wp_err read_model(struct wp_nn_setup *s)
{
	struct wp_nn_model *m;
	char *names = NULL;
	const size_t size = strlen(s->start) + 1;
	enum wp_err err = wp_alloc(&m, 1, sizeof *m, "model");
	if (!err)
		err = wp_alloc(&names, size, 1, "model");
	if (err) {
		free(m);
		return err;
	}
	memcpy(names, s->start, size);
	char *next = strchr(names, ',');
	bool list = next && access(s->start, F_OK) != 0;
	if (list)
		*next++ = '\0';
	err = read_one(m, names);
	for (char *name = next; list && name && !err; name = next) {
		next = strchr(name, ',');
		if (next)
			*next++ = '\0';
		err = read_upon(m, name);
		if (err)
			wp_nn_model_fini(m);
	}
	free(names);
	if (err)
		free(m);
	else
		s->from = m;
	return err;
}

enum wp_err wp_nn_setup_adopt(
	struct wp_nn_setup *s, bool (*given)(const void *member), char *text, size_t size)
{
	struct telling t = {text, size, 0};
	*text = '\0';
	enum wp_err err = s->start ? read_model(s) : WP_OK;
	if (err || !s->start)
		return err;
	const struct wp_nn_config *c = &s->from->config;
	if (!given(&s->model.task) && s->model.task != c->task) {
		s->model.task = c->task;
		tell(&t, wp_setting_find(wp_nn_settings, "task", strlen("task")), s);
	}
	const bool same = s->model.task == c->task;
	struct wp_nn_setup theirs = setup_of(s->from, s);
	if (!s->net && c->net && same && !any_given(s, given)) {
		take(s, &theirs, of_targets, given, &t);
		/* The model does not live as long as the setup, which the history tells. */
		if (strlen(c->net) >= sizeof s->words)
			return wp_fail(WP_ELIMIT, "%s: a network of too many words", s->start);
		s->net = strcpy(s->words, c->net);
		snprintf(text + t.used, size > t.used ? size - t.used : 0, "%s--net \"%s\"",
			t.used ? " " : "", c->net);
		return WP_OK;
	}
	if (s->net || c->net)
		return WP_OK;
	take(s, &theirs, of_networks, given, &t);
	if (same)
		take(s, &theirs, of_outputs, given, &t);
	return WP_OK;
}
