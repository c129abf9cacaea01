/* The columns of a matrix as a stream has them: what others need to make rows of the same kind.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "stream/tensor_set.h"
#include "text/ngrams.h"
#include "text/number.h"
#include "text/onehot.h"

static const char *const idfs[] = {[WP_IDF_SMOOTH] = "smooth",
	[WP_IDF_PLAIN] = "plain",
	[WP_IDF_TEXTBOOK] = "textbook",
	[WP_IDF_NONE] = "none",
	NULL};
static const char *const norms[] = {
	[WP_NORM_NONE] = "none", [WP_NORM_L1] = "l1", [WP_NORM_L2] = "l2", NULL};

static enum wp_err add_text(struct wp_strings *lines, const char *name, const char *value)
{
	char line[80];
	size_t a = strlen(name), b = strlen(value);
	memcpy(line, name, a);
	line[a] = '=';
	memcpy(line + a + 1, value, b);
	return wp_strings_add(lines, line, a + 1 + b);
}

static enum wp_err add_number(struct wp_strings *lines, const char *name, int64_t value)
{
	char text[WP_NUMBER_ROOM];
	*wp_print_i64(text, value) = 0;
	return add_text(lines, name, text);
}

enum wp_err wp_onehot_settings_put(const struct wp_onehot_config *c, struct wp_writer *writer)
{
	struct wp_strings lines = {0};
	enum wp_err err;
	if (c->from)
		return wp_writer_put_list(writer, "onehot.settings", &c->from->settings);
	if (!(err = add_number(&lines, "least", c->least)) &&
		!(err = add_number(&lines, "most", c->most)) &&
		!(err = add_number(&lines, "buckets", (int64_t)c->buckets)) &&
		!(err = add_number(&lines, "min-df", (int64_t)c->min_df)) &&
		!(err = add_number(&lines, "binary", c->binary)) &&
		!(err = add_number(&lines, "sublinear", c->sublinear)) &&
		!(err = add_text(&lines, "idf", idfs[c->idf])) &&
		!(err = add_text(&lines, "norm", norms[c->norm])))
		err = wp_writer_put_list(writer, "onehot.settings", &lines);
	wp_strings_fini(&lines);
	return err;
}

/* ---- Reading ---- */

static enum wp_err wrong(const char *name, const char *what)
{
	return wp_fail(WP_EMISMATCH, "%s: %s", name, what);
}

/* The value of the line NAME=VALUE, and its length; NULL where there is none. */
static const char *setting(const struct wp_strings *lines, const char *name, size_t *length)
{
	size_t n = strlen(name);
	for (size_t i = 0; i < lines->count; i++) {
		const char *line = wp_strings_get(lines, i, length);
		if (*length > n && memcmp(line, name, n) == 0 && line[n] == '=') {
			*length -= n + 1;
			return line + n + 1;
		}
	}
	return NULL;
}

static enum wp_err get_number(
	const struct wp_strings *lines, const char *name, int64_t most, int64_t *value)
{
	size_t length;
	const char *text = setting(lines, name, &length);
	if (!text || wp_scan_i64(text, text + length, value) != text + length || *value < 0 ||
		*value > most)
		return wp_fail(WP_EMISMATCH, "'onehot.settings' has no number '%s'", name);
	return WP_OK;
}

static enum wp_err get_choice(const struct wp_strings *lines, const char *name,
	const char *const *choices, int *value)
{
	size_t length;
	const char *text = setting(lines, name, &length);
	for (*value = 0; text && choices[*value]; ++*value)
		if (strlen(choices[*value]) == length &&
			memcmp(choices[*value], text, length) == 0)
			return WP_OK;
	return wp_fail(WP_EMISMATCH, "'onehot.settings' does not say '%s'", name);
}

enum wp_err wp_onehot_columns_use(
	const struct wp_onehot_columns *from, struct wp_onehot_config *c)
{
	const struct wp_strings *lines = &from->settings;
	int64_t least, most, buckets, min_df, binary, sublinear;
	int idf, norm;
	enum wp_err err;
	if ((err = get_number(lines, "least", WP_NGRAM_MAX, &least)) ||
		(err = get_number(lines, "most", WP_NGRAM_MAX, &most)) ||
		(err = get_number(lines, "buckets", INT32_MAX, &buckets)) ||
		(err = get_number(lines, "min-df", INT64_MAX, &min_df)) ||
		(err = get_number(lines, "binary", 1, &binary)) ||
		(err = get_number(lines, "sublinear", 1, &sublinear)) ||
		(err = get_choice(lines, "idf", idfs, &idf)) ||
		(err = get_choice(lines, "norm", norms, &norm)))
		return err;
	if (idf != WP_IDF_NONE && !from->df.count)
		return wp_fail(WP_EMISMATCH, "the columns have no document frequencies");
	c->bags = true;
	c->least = (int)least;
	c->most = (int)most;
	c->buckets = (uint64_t)buckets;
	c->min_df = 0;
	c->binary = binary != 0;
	c->sublinear = sublinear != 0;
	c->idf = (enum wp_idf)idf;
	c->norm = (enum wp_norm)norm;
	c->df = idf != WP_IDF_NONE ? (struct wp_df *)&from->df : NULL;
	c->from = from;
	return WP_OK;
}

static enum wp_err take_df(
	struct wp_onehot_columns *from, const struct wp_tensor_set *set, size_t memory)
{
	const void *rows, *col, *count;
	const struct wp_tensor *r = wp_tensor_set_get(set, "df.rows", &rows);
	const struct wp_tensor *a = wp_tensor_set_get(set, "df.col", &col);
	const struct wp_tensor *b = wp_tensor_set_get(set, "df.count", &count);
	if (!r)
		return WP_OK;
	if (!a || !b || a->type != WP_I32 || b->type != WP_I32 || a->rank != 1 ||
		b->rank != 1 || a->dim[0] != b->dim[0] || r->type != WP_I64 || r->rank != 1 ||
		r->dim[0] != 1 || *(const int64_t *)rows < 0 ||
		*(const int64_t *)rows > INT32_MAX)
		return wrong(wp_tensor_set_name(set), "'df.col' and 'df.count' do not agree");
	enum wp_err err = wp_df_init(&from->df, from->columns, memory);
	from->df.rows = *(const int64_t *)rows;
	const int32_t *c = col, *n = count;
	for (size_t i = 0; i < a->dim[0] && !err; i++) {
		if (c[i] < 0 || c[i] >= from->columns || n[i] < 1 || n[i] > from->df.rows)
			return wrong(wp_tensor_set_name(set),
				"document frequencies that do not fit the matrix");
		from->df.count[c[i]] = (uint32_t)n[i];
	}
	return err;
}

static enum wp_err take_ngrams(
	struct wp_onehot_columns *from, const struct wp_tensor_set *set, size_t memory)
{
	const void *ids;
	const struct wp_tensor *t = wp_tensor_set_get(set, "onehot.ngram", &ids);
	int64_t least, most;
	enum wp_err err;
	if (!t)
		return WP_OK;
	if ((err = get_number(&from->settings, "least", WP_NGRAM_MAX, &least)) ||
		(err = get_number(&from->settings, "most", WP_NGRAM_MAX, &most)))
		return err;
	if (t->type != WP_I32 || t->rank != 2 || (int64_t)t->dim[1] != most ||
		(int64_t)t->dim[0] != from->columns)
		return wrong(wp_tensor_set_name(set), "'onehot.ngram' does not fit the matrix");
	const int32_t *id = ids;
	for (size_t i = 0; i < t->dim[0] * t->dim[1]; i++)
		if (id[i] < -1 || (id[i] >= 0 && (size_t)id[i] >= from->vocab.count))
			return wrong(wp_tensor_set_name(set),
				"'onehot.ngram' has an id beyond the vocabulary");
	err = wp_ngram_table_init(&from->table, (int)least, (int)most, memory);
	return err ? err : wp_ngram_table_load(&from->table, id, t->dim[0]);
}

static enum wp_err take_lists(
	struct wp_onehot_columns *from, const struct wp_tensor_set *set, const char *name)
{
	const void *data;
	const struct wp_tensor *shape = wp_tensor_set_get(set, "onehot.shape", &data);
	struct wp_strings *vocab = wp_tensor_set_strings(set, "vocab"),
			  *settings = wp_tensor_set_strings(set, "onehot.settings");
	if (!vocab || !settings || !shape)
		return wrong(name,
			"no columns to take: is this the output of onehot for bags, or a "
			"model of linear-train made of that?");
	if (shape->type != WP_I64 || shape->rank != 1 || shape->dim[0] != 2 ||
		((const int64_t *)data)[1] < 0 || ((const int64_t *)data)[1] > INT32_MAX)
		return wrong(name, "'onehot.shape' is no shape of a matrix");
	from->columns = ((const int64_t *)data)[1];
	from->vocab = *vocab;
	*vocab = (struct wp_strings){0};
	from->settings = *settings;
	*settings = (struct wp_strings){0};
	return WP_OK;
}

enum wp_err wp_onehot_columns_read(
	struct wp_onehot_columns *from, struct wp_reader *reader, size_t memory)
{
	static const char *const names[] = {"vocab", "onehot.settings", "onehot.ngram",
		"onehot.shape", "df.rows", "df.col", "df.count", NULL};
	struct wp_tensor_set *set = NULL;
	*from = (struct wp_onehot_columns){0};
	enum wp_err err = wp_tensor_set_read(&set, reader, names);
	if (!err)
		err = take_lists(from, set, wp_tensor_set_name(set));
	if (!err)
		err = take_ngrams(from, set, memory);
	if (!err)
		err = take_df(from, set, memory);
	wp_tensor_set_free(set);
	if (err)
		wp_onehot_columns_fini(from);
	return err;
}

void wp_onehot_columns_fini(struct wp_onehot_columns *from)
{
	wp_strings_fini(&from->vocab);
	wp_strings_fini(&from->settings);
	wp_ngram_table_fini(&from->table);
	wp_df_fini(&from->df);
	*from = (struct wp_onehot_columns){0};
}
