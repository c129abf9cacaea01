#include "embed/text_model.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "stream/element.h"
#include "stream/tensor_set.h"
#include "text/number.h"
#include "text/setting.h"

const char *const wp_text_methods[] = {[WP_TEXT_MEAN] = "mean",
	[WP_TEXT_SIF] = "sif",
	[WP_TEXT_LSA] = "lsa",
	[WP_TEXT_DBOW] = "dbow",
	NULL};

#define AT(member) offsetof(struct wp_text_config, member)

/* What a stream says; a method has those that are its own. */
static const struct {
	struct wp_setting setting;
	enum wp_text_method method;
} kept[] = {
	{WP_SET_REAL(0, "half-weight", AT(half_weight), "R", 1e-12, 1e12, ""), WP_TEXT_SIF},
	{WP_SET_INT(0, "components", AT(components), "N", 0, 1000, ""), WP_TEXT_SIF},
	{WP_SET_INT(0, "dim", AT(dim), "N", 1, 65536, ""), WP_TEXT_DBOW},
	{WP_SET_INT(0, "negative", AT(negative), "N", 1, 1000, ""), WP_TEXT_DBOW},
	{WP_SET_REAL(0, "noise-power", AT(noise_power), "P", 0, 10, ""), WP_TEXT_DBOW},
	{WP_SET_REAL(0, "sample", AT(sample), "SHARE", 0, 1, ""), WP_TEXT_DBOW},
	{WP_SET_INT(0, "epochs", AT(epochs), "N", 1, 100000, ""), WP_TEXT_DBOW},
	{WP_SET_REAL(0, "rate", AT(rate), "R", 0, 1e6, ""), WP_TEXT_DBOW},
};
static const struct wp_setting method_setting =
	WP_SET_CHOICE(0, "method", AT(method), "HOW", wp_text_methods, "");

enum { KEPT = sizeof kept / sizeof *kept };

static const char settings_name[] = "text.settings", vocab_name[] = "text.vocab",
		  counts_name[] = "text.counts", component_name[] = "text.component",
		  context_name[] = "text.context";

void wp_text_config_default(struct wp_text_config *config)
{
	*config = (struct wp_text_config){
		.method = WP_TEXT_MEAN,
		.half_weight = 1e-3,
		.components = 1,
		.dim = 100,
		.negative = 5,
		.noise_power = 0.75,
		.sample = 1e-3,
		.epochs = 10,
		.rate = 0.1,
	};
}

enum wp_err wp_text_config_check(const struct wp_text_config *config)
{
	for (int i = 0; i < KEPT; i++) {
		const struct wp_setting *s = &kept[i].setting;
		const char *member = (const char *)config + s->offset;
		int number;
		double value = 0;
		memcpy(&number, member, sizeof number);
		memcpy(&value, member, s->kind == WP_SETTING_REAL ? sizeof value : 0);
		if (s->kind == WP_SETTING_INT)
			value = number;
		if (!(value >= s->min && value <= s->max))
			return wp_fail(WP_EINVAL, "%s %g: out of range (%g to %g)", s->name,
				value, s->min, s->max);
	}
	return WP_OK;
}

void wp_text_model_fini(struct wp_text_model *m)
{
	wp_vocab_fini(&m->words);
	free(m->component);
	free(m->context);
	*m = (struct wp_text_model){0};
}

/* ---- Writing ---- */

static enum wp_err add_setting(struct wp_strings *lines, const struct wp_setting *s,
	const struct wp_text_config *config)
{
	char line[32 + WP_SETTING_ROOM];
	size_t n = strlen(s->name);
	memcpy(line, s->name, n);
	line[n++] = '=';
	return wp_strings_add(
		lines, line, (size_t)(wp_setting_print(s, config, line + n) - line));
}

static enum wp_err put_settings(const struct wp_text_config *config, struct wp_writer *writer)
{
	struct wp_strings lines = {0};
	enum wp_err err = add_setting(&lines, &method_setting, config);
	for (int i = 0; i < KEPT && !err; i++)
		if (kept[i].method == config->method)
			err = add_setting(&lines, &kept[i].setting, config);
	if (!err)
		err = wp_writer_put_list(writer, settings_name, &lines);
	wp_strings_fini(&lines);
	return err;
}

enum wp_err wp_text_model_put(const struct wp_text_model *m, struct wp_writer *writer)
{
	size_t words = m->words.tokens.count;
	enum wp_err err = put_settings(&m->config, writer);
	struct wp_tensor t = wp_tensor_1d(counts_name, WP_I64, words);
	if (!err && m->words.counts)
		err = wp_writer_put_list(writer, vocab_name, &m->words.tokens);
	if (!err && m->words.counts)
		err = wp_writer_put(writer, &t, m->words.counts);
	t = wp_tensor_2d(component_name, WP_F32, (size_t)m->config.components, m->dim);
	if (!err && m->component)
		err = wp_writer_put(writer, &t, m->component);
	t = wp_tensor_2d(context_name, WP_F32, words, m->dim);
	if (!err && m->context)
		err = wp_writer_put(writer, &t, m->context);
	return err;
}

bool wp_text_concerns(const struct wp_tensor *tensor)
{
	return strcmp(tensor->name, "tags") != 0 && strcmp(tensor->name, "tags.vocab") != 0 &&
		strncmp(tensor->name, "column.", strlen("column.")) != 0;
}

enum wp_err wp_text_put_numbers(struct wp_writer *writer, uint64_t texts)
{
	struct wp_strings list = {0};
	enum wp_err err = WP_OK;
	for (uint64_t i = 1; i <= texts && !err; i++) {
		char number[WP_NUMBER_ROOM];
		err = wp_strings_add(
			&list, number, (size_t)(wp_print_i64(number, (int64_t)i) - number));
	}
	if (!err)
		err = wp_writer_put_list(writer, "vocab", &list);
	wp_strings_fini(&list);
	return err;
}

/* ---- Reading ---- */

static enum wp_err get_settings(
	struct wp_text_config *config, const struct wp_strings *lines, const char *from)
{
	char text[WP_SETTING_ROOM];
	wp_text_config_default(config);
	if (!lines)
		return wp_fail(WP_EMISMATCH, "%s: no '%s': is this the output of emb-text?",
			from, settings_name);
	if (!wp_strings_setting(lines, method_setting.name, text, sizeof text) ||
		!wp_setting_scan(&method_setting, config, text, strlen(text)))
		return wp_fail(WP_EMISMATCH, "%s: '%s' has no method that is known", from,
			settings_name);
	for (int i = 0; i < KEPT; i++) {
		const struct wp_setting *s = &kept[i].setting;
		if (kept[i].method == config->method &&
			(!wp_strings_setting(lines, s->name, text, sizeof text) ||
				!wp_setting_scan(s, config, text, strlen(text))))
			return wp_fail(WP_EMISMATCH, "%s: '%s' has no number '%s' in its range",
				from, settings_name, s->name);
	}
	return WP_OK;
}

/* Words and their counts, under these names. */
static enum wp_err get_words(struct wp_text_model *m, struct wp_tensor_set *set,
	const char *vocab, const char *counts)
{
	const void *data;
	const char *from = wp_tensor_set_name(set);
	struct wp_strings *list = wp_tensor_set_strings(set, vocab);
	const struct wp_tensor *t = wp_tensor_set_get(set, counts, &data);
	int64_t *copy;
	if (!list || !t)
		return wp_tensor_set_lacks(set, list ? counts : vocab);
	if (t->type != WP_I64 || t->rank != 1 || t->dim[0] != list->count)
		return wp_fail(WP_EMISMATCH, "%s: '%s' and '%s' do not fit together", from,
			vocab, counts);
	enum wp_err err = wp_check_counts(from, t, data);
	if (!err)
		err = wp_alloc(&copy, list->count, sizeof *copy, "counts");
	if (err)
		return err;
	memcpy(copy, data, list->count * sizeof *copy);
	struct wp_strings taken = *list;
	*list = (struct wp_strings){0};
	return wp_vocab_from_strings(&m->words, &taken, copy);
}

/* Copy a matrix of that name and so many rows. */
static enum wp_err get_matrix(struct wp_text_model *m, struct wp_tensor_set *set,
	const char *name, size_t rows, float **to)
{
	const void *data;
	const char *from = wp_tensor_set_name(set);
	enum wp_err err = wp_tensor_set_widen(set, name);
	if (err)
		return err;
	const struct wp_tensor *t = wp_tensor_set_get(set, name, &data);
	if (!t)
		return wp_tensor_set_lacks(set, name);
	if (t->type != WP_F32 || t->rank != 2 || t->dim[0] != rows || t->dim[1] == 0 ||
		t->dim[1] > 1 << 16)
		return wp_fail(
			WP_EMISMATCH, "%s: '%s' does not fit '%s'", from, name, settings_name);
	err = wp_check_finite(from, t, data);
	m->dim = (size_t)t->dim[1];
	if (!err)
		err = wp_alloc(to, rows * m->dim, sizeof **to, name);
	if (!err)
		memcpy(*to, data, rows * m->dim * sizeof **to);
	return err;
}

static enum wp_err get_model(struct wp_text_model *m, struct wp_tensor_set *set)
{
	enum wp_err err = get_settings(
		&m->config, wp_tensor_set_strings(set, settings_name), wp_tensor_set_name(set));
	if (err || m->config.method == WP_TEXT_MEAN || m->config.method == WP_TEXT_LSA)
		return err;
	err = get_words(m, set, vocab_name, counts_name);
	if (!err && m->config.method == WP_TEXT_SIF && m->config.components > 0)
		err = get_matrix(
			m, set, component_name, (size_t)m->config.components, &m->component);
	if (!err && m->config.method == WP_TEXT_DBOW)
		err = get_matrix(m, set, context_name, m->words.tokens.count, &m->context);
	if (!err && m->context && m->dim != (size_t)m->config.dim)
		err = wp_fail(WP_EMISMATCH, "%s: '%s' does not fit '%s'",
			wp_tensor_set_name(set), context_name, settings_name);
	return err;
}

enum wp_err wp_text_model_read(struct wp_text_model *m, struct wp_reader *reader)
{
	const char *const names[] = {
		settings_name, vocab_name, counts_name, component_name, context_name, NULL};
	struct wp_tensor_set *set;
	*m = (struct wp_text_model){0};
	enum wp_err err = wp_tensor_set_read(&set, reader, names);
	if (err)
		return err;
	err = get_model(m, set);
	wp_tensor_set_free(set);
	if (err)
		wp_text_model_fini(m);
	return err;
}

enum wp_err wp_text_model_count(struct wp_text_model *m, struct wp_reader *reader)
{
	static const char *const names[] = {"vocab", "counts", NULL};
	struct wp_tensor_set *set;
	enum wp_err err = wp_tensor_set_read(&set, reader, names);
	if (err)
		return err;
	wp_vocab_fini(&m->words);
	err = get_words(m, set, names[0], names[1]);
	wp_tensor_set_free(set);
	return err;
}
