#include "nn/tasks/input_columns.h"

#include <stdio.h>
#include <string.h>

#include "nn/net/graph.h"
#include "text/number.h"

enum { USUAL_DIM = 20, MOST_DIM = 65536, SHOWN = 60 };

static enum wp_err add(struct wp_nn_setup *s, const char *name, size_t length, int dim)
{
	if (length == 0 || length > WP_COLUMN_NAME)
		return wp_fail(WP_EINVAL, "\1columns: a name has 1 to %d bytes, not '%.*s'",
			WP_COLUMN_NAME, (int)(length < SHOWN ? length : SHOWN), name);
	if (s->model.columns == WP_NN_MOST_COLUMNS)
		return wp_fail(WP_EINVAL, "\1columns: more than %d", WP_NN_MOST_COLUMNS);
	const size_t n = s->model.columns;
	memcpy(s->column_name[n], name, length);
	s->column_name[n][length] = '\0';
	for (size_t i = 0; i < n; i++)
		if (strcmp(s->column_name[i], s->column_name[n]) == 0)
			return wp_fail(WP_EINVAL, "\1columns: '%s' twice", s->column_name[n]);
	s->column[n] = (struct wp_nn_column){s->column_name[n], INT32_MAX, dim};
	s->model.column = s->column;
	s->model.columns++;
	return WP_OK;
}

/* NAME or NAME=DIM. */
static enum wp_err add_item(struct wp_nn_setup *s, const char *item, const char *end)
{
	const char *equals = memchr(item, '=', (size_t)(end - item));
	int64_t dim = USUAL_DIM;
	if (equals && (wp_scan_i64(equals + 1, end, &dim) != end || dim < 1 || dim > MOST_DIM))
		return wp_fail(WP_EINVAL, "\1columns %.*s: not NAME=N, N from 1 to %d",
			(int)(end - item < SHOWN ? end - item : SHOWN), item, MOST_DIM);
	return add(s, item, (size_t)((equals ? equals : end) - item), (int)dim);
}

static enum wp_err read_list(struct wp_nn_setup *s)
{
	enum wp_err err = WP_OK;
	for (const char *at = s->columns, *end; at && !err; at = *end ? end + 1 : NULL) {
		end = at + strcspn(at, ",");
		err = add_item(s, at, end);
	}
	return err;
}

static enum wp_err read_network(struct wp_nn_setup *s)
{
	struct wp_nn_column_name name[WP_NN_MOST_COLUMNS];
	size_t count;
	enum wp_err err = wp_nn_graph_columns(s->model.net, name, &count);
	for (size_t i = 0; i < count && !err; i++)
		err = add(s, name[i].text, strlen(name[i].text), 0);
	return err;
}

enum wp_err wp_nn_setup_columns(struct wp_nn_setup *s)
{
	const struct wp_nn_task_type *task = &wp_nn_tasks[s->model.task];
	s->model.column = NULL;
	s->model.columns = 0;
	enum wp_err err = s->columns ? read_list(s) : s->model.net ? read_network(s) : WP_OK;
	if (!err && s->model.columns > 0 && task->next)
		return wp_fail(WP_EINVAL,
			"\1task %s: columns of tokens that are still to come are not known",
			task->name);
	if (!err && s->columns && task->itself)
		return wp_fail(
			WP_EINVAL, "\1columns are of a text: not for \1task %s", task->name);
	if (!err && s->columns && s->model.embedding == 0)
		return wp_fail(
			WP_EINVAL, "\1columns stand beside vectors of words: not \1dim 0");
	return err;
}

enum wp_err wp_nn_column_names(const struct wp_nn_config *c, struct wp_strings *names)
{
	enum wp_err err = WP_OK;
	for (size_t i = 0; i < c->columns && !err; i++)
		err = wp_strings_add(names, c->column[i].name, strlen(c->column[i].name));
	return err;
}

enum wp_err wp_nn_take_column_values(struct wp_nn_dataset *source, const struct wp_nn_config *c,
	const struct wp_nn_model *from)
{
	enum wp_err err = WP_OK;
	for (size_t i = 0; i < c->columns; i++)
		for (size_t k = 0; k < from->config.columns && !err; k++)
			if (strcmp(c->column[i].name, from->column[k].name) == 0)
				err = wp_nn_dataset_map_column(
					source, i, &from->column[k].vocab);
	return err;
}
