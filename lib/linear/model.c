#include "linear/model.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "stream/cells.h"
#include "stream/element.h"
#include "text/number.h"
#include "text/plain_text.h"

const char *const wp_linear_methods[] = {[WP_LINEAR_SVM] = "svm",
	[WP_LINEAR_REGRESSION] = "logistic",
	[WP_LINEAR_MULTINOMIAL] = "naive-bayes",
	[WP_LINEAR_BERNOULLI] = "bernoulli",
	[WP_LINEAR_RIDGE] = "ridge",
	NULL};

void wp_linear_model_fini(struct wp_linear_model *m)
{
	free(m->weight);
	free(m->bias);
	free(m->ngram);
	wp_strings_fini(&m->labels);
	wp_strings_fini(&m->vocab);
	wp_strings_fini(&m->settings);
	*m = (struct wp_linear_model){0};
}

/* ---- Writing ---- */

static enum wp_err put_settings(const struct wp_linear_model *m, struct wp_writer *writer)
{
	struct wp_strings lines = {0};
	char text[64] = "method=", cost[WP_NUMBER_ROOM];
	const char *more[] = {m->one_vs_rest ? "one-vs-rest=1" : "one-vs-rest=0",
		m->converged ? "converged=1" : "converged=0"};
	strcat(text, wp_linear_methods[m->method]);
	enum wp_err err = wp_strings_add(&lines, text, strlen(text));
	for (size_t i = 0; i < 2 && !err; i++)
		err = wp_strings_add(&lines, more[i], strlen(more[i]));
	*wp_print_f64(cost, m->cost) = 0;
	memcpy(text, "cost=", 6);
	strcat(text, cost);
	if (!err)
		err = wp_strings_add(&lines, text, strlen(text));
	if (!err)
		err = wp_writer_put_list(writer, "linear.settings", &lines);
	wp_strings_fini(&lines);
	return err;
}

static enum wp_err put_weights(const struct wp_linear_model *m, struct wp_writer *writer)
{
	struct wp_cells_writer *cells;
	enum wp_err err = wp_cells_writer_create(&cells, writer, "linear", WP_F32);
	for (size_t o = 0; o < m->outputs && !err; o++)
		for (size_t c = 0; c < m->cols && !err; c++) {
			const double w = m->weight[c * m->outputs + o];
			const int32_t col = (int32_t)c;
			if (w != 0)
				err = wp_cells_put(cells, (int32_t)o, 1, &col, &w);
		}
	if (!err)
		err = wp_cells_finish(cells, (int64_t)m->outputs, (int64_t)m->cols);
	wp_cells_writer_free(cells);
	return err;
}

enum wp_err wp_linear_model_put(const struct wp_linear_model *m, struct wp_writer *writer)
{
	struct wp_tensor bias = wp_tensor_1d("linear.bias", WP_F64, m->outputs);
	enum wp_err err = put_settings(m, writer);
	if (!err && m->labels.count > 0)
		err = wp_writer_put_list(writer, "labels.vocab", &m->labels);
	if (!err)
		err = wp_writer_put(writer, &bias, m->bias);
	return err ? err : put_weights(m, writer);
}

/* ---- Reading ---- */

/* Cells as they come: the shape, which says where they go, is last. */
struct reading {
	struct wp_linear_model *model;
	struct wp_reader *reader;
	struct wp_cells_reader *cells;
	int32_t *row, *col;
	float *value;
	size_t count, row_room, col_room, value_room, biases, ngrams;
	bool has_settings;
};

static enum wp_err wrong(const struct reading *r, const char *what)
{
	return wp_fail(WP_EMISMATCH, "%s: %s", wp_reader_name(r->reader), what);
}

static enum wp_err take_cells(struct reading *r, const struct wp_tensor *tensor)
{
	struct wp_cells batch;
	enum wp_err err = wp_cells_take(r->cells, r->reader, tensor, &batch);
	size_t n = err ? 0 : r->count + batch.count;
	if (!err)
		err = wp_grow(&r->row, &r->row_room, n + 1, sizeof *r->row, "weights");
	if (!err)
		err = wp_grow(&r->col, &r->col_room, n + 1, sizeof *r->col, "weights");
	if (!err)
		err = wp_grow(&r->value, &r->value_room, n + 1, sizeof *r->value, "weights");
	for (size_t i = 0; !err && i < batch.count; i++) {
		if (!isfinite(batch.value[i]))
			return wp_fail(WP_ECORRUPT,
				"%s: 'linear.value' has a value that is not finite",
				wp_reader_name(r->reader));
		r->row[r->count] = batch.row[i];
		r->col[r->count] = batch.col[i];
		r->value[r->count++] = (float)batch.value[i];
	}
	return err;
}

static bool is_line(const struct wp_strings *lines, const char *line)
{
	return wp_strings_find(lines, line) >= 0;
}

static enum wp_err take_settings(struct reading *r)
{
	struct wp_strings lines = {0};
	struct wp_linear_model *m = r->model;
	enum wp_err err = wp_reader_strings(r->reader, &lines);
	for (int i = 0; !err && wp_linear_methods[i]; i++) {
		char line[64] = "method=";
		strcat(line, wp_linear_methods[i]);
		if (!is_line(&lines, line))
			continue;
		m->method = (enum wp_linear_method)i;
		r->has_settings = true;
	}
	m->one_vs_rest = is_line(&lines, "one-vs-rest=1");
	m->converged = is_line(&lines, "converged=1");
	wp_strings_fini(&lines);
	return err ? err : r->has_settings ? WP_OK : wrong(r, "'linear.settings': no method");
}

static enum wp_err take_bias(struct reading *r, const struct wp_tensor *tensor)
{
	const void *data;
	size_t size;
	struct wp_linear_model *m = r->model;
	if (tensor->type != WP_F64 || tensor->rank != 1 || tensor->more || m->bias)
		return wrong(r, "'linear.bias': not a list of type f64");
	enum wp_err err = wp_reader_data(r->reader, &data, &size);
	if (!err)
		err = wp_check_finite(wp_reader_name(r->reader), tensor, data);
	if (!err)
		err = wp_alloc(&m->bias, size / sizeof *m->bias, sizeof *m->bias, "weights");
	if (err)
		return err;
	memcpy(m->bias, data, size);
	r->biases = size / sizeof *m->bias;
	return wp_check_finite(wp_reader_name(r->reader), tensor, data);
}

static enum wp_err take_ngrams(struct reading *r, const struct wp_tensor *tensor)
{
	const void *data;
	size_t size;
	struct wp_linear_model *m = r->model;
	if (tensor->type != WP_I32 || tensor->rank != 2 || tensor->more || m->ngram)
		return wrong(r, "'onehot.ngram': not a matrix of type i32");
	enum wp_err err = wp_reader_data(r->reader, &data, &size);
	if (!err)
		err = wp_alloc(&m->ngram, size / sizeof *m->ngram, sizeof *m->ngram, "n-grams");
	if (err)
		return err;
	memcpy(m->ngram, data, size);
	r->ngrams = (size_t)tensor->dim[0];
	m->ngram_most = (size_t)tensor->dim[1];
	return WP_OK;
}

static enum wp_err take_list(
	struct reading *r, const struct wp_tensor *tensor, struct wp_strings *list)
{
	if (tensor->type != WP_STRING)
		return wp_fail(WP_EMISMATCH, "%s: '%s' is not a list of strings",
			wp_reader_name(r->reader), tensor->name);
	wp_strings_fini(list);
	return wp_reader_strings(r->reader, list);
}

static enum wp_err take_record(struct reading *r, const struct wp_tensor *tensor)
{
	struct wp_linear_model *m = r->model;
	if (wp_cells_own(r->cells, tensor))
		return take_cells(r, tensor);
	if (strcmp(tensor->name, "linear.settings") == 0 && tensor->type == WP_STRING)
		return take_settings(r);
	if (strcmp(tensor->name, "linear.bias") == 0)
		return take_bias(r, tensor);
	if (strcmp(tensor->name, "onehot.ngram") == 0)
		return take_ngrams(r, tensor);
	if (strcmp(tensor->name, "labels.vocab") == 0)
		return take_list(r, tensor, &m->labels);
	if (strcmp(tensor->name, "vocab") == 0)
		return take_list(r, tensor, &m->vocab);
	if (strcmp(tensor->name, "onehot.settings") == 0)
		return take_list(r, tensor, &m->settings);
	return WP_OK;
}

static bool shape_fits(const struct reading *r, const struct wp_cells_shape *shape)
{
	const struct wp_linear_model *m = r->model;
	uint64_t labels = m->labels.count, outputs = (uint64_t)shape->rows;
	bool bayes = m->method == WP_LINEAR_MULTINOMIAL || m->method == WP_LINEAR_BERNOULLI;
	if (m->bias == NULL || r->biases != outputs || outputs == 0)
		return false;
	if (m->method == WP_LINEAR_RIDGE)
		return true;
	return labels > 1 && outputs == (labels == 2 && !bayes ? 1 : labels);
}

static enum wp_err finish(struct reading *r)
{
	struct wp_linear_model *m = r->model;
	struct wp_cells_shape shape;
	if (!r->has_settings)
		return wrong(r, "no linear model: is this the output of linear-train?");
	enum wp_err err = wp_cells_end(r->cells, r->reader, &shape);
	if (!err && !shape_fits(r, &shape))
		return wrong(r, "weights, biases and labels of a linear model do not agree");
	if (err)
		return err;
	m->cols = (size_t)shape.columns;
	m->outputs = (size_t)shape.rows;
	if (m->ngram && r->ngrams != m->cols)
		return wrong(r, "'onehot.ngram' does not fit the weights");
	for (size_t i = 0; i < r->ngrams * m->ngram_most; i++)
		if (m->ngram[i] < -1 || m->ngram[i] >= (int64_t)m->vocab.count)
			return wrong(r, "'onehot.ngram' has an id beyond the vocabulary");
	/* A header may claim columns without end; weights take memory only where there are any.
	 */
	size_t cells;
	if (!wp_mulsize(m->cols, m->outputs, &cells) || cells > (size_t)1 << 28)
		return wp_fail(WP_ELIMIT, "%s: a model of %zu columns is too large",
			wp_reader_name(r->reader), m->cols);
	err = wp_alloc(&m->weight, cells, sizeof *m->weight, "weights");
	for (size_t i = 0; i < r->count && !err; i++)
		m->weight[(size_t)r->col[i] * m->outputs + (size_t)r->row[i]] = r->value[i];
	return err;
}

enum wp_err wp_linear_model_read(struct wp_linear_model *model, struct wp_reader *reader)
{
	struct reading r = {.model = model, .reader = reader};
	const struct wp_tensor *tensor;
	*model = (struct wp_linear_model){0};
	enum wp_err err = wp_cells_reader_create(&r.cells, "linear");
	while (!err && !(err = wp_reader_next(reader, &tensor)))
		err = take_record(&r, tensor);
	if (err == WP_END)
		err = finish(&r);
	wp_cells_reader_free(r.cells);
	free(r.row);
	free(r.col);
	free(r.value);
	if (err)
		wp_linear_model_fini(model);
	return err;
}

/* ---- Use ---- */

enum wp_err wp_linear_model_accepts(
	const struct wp_linear_model *m, const struct wp_linear_rows *r, const char *name)
{
	const char *how = m->settings.count ? ": onehot --from MODEL makes rows that do" : "";
	if (r->cols != m->cols)
		return wp_fail(WP_EMISMATCH,
			"%s: rows of %zu columns do not fit a model of %zu%s", name, r->cols,
			m->cols, how);
	if (m->settings.count && r->settings.count &&
		!wp_strings_equal(&m->settings, &r->settings))
		return wp_fail(WP_EMISMATCH,
			"%s: rows were made with other settings than those of the model%s",
			name, how);
	if (m->vocab.count && r->vocab.count && !wp_strings_equal(&m->vocab, &r->vocab))
		return wp_fail(
			WP_EMISMATCH, "%s: its vocabulary is not the model's%s", name, how);
	return WP_OK;
}

void wp_linear_outputs(const struct wp_linear_model *m, const struct wp_linear_rows *r,
	size_t row, double *outputs)
{
	bool binary = m->method == WP_LINEAR_BERNOULLI;
	size_t n = m->outputs;
	memcpy(outputs, m->bias, n * sizeof *outputs);
	for (uint64_t k = r->start[row]; k < r->start[row + 1]; k++) {
		const float *w = m->weight + (size_t)r->col[k] * n;
		double x = binary ? r->value[k] > 0 : r->value[k];
		for (size_t o = 0; o < n; o++)
			outputs[o] += x * w[o];
	}
}

int32_t wp_linear_best(const struct wp_linear_model *m, const double *outputs)
{
	size_t best = 0;
	if (m->outputs == 1)
		return outputs[0] > 0;
	for (size_t o = 1; o < m->outputs; o++)
		best = outputs[o] > outputs[best] ? o : best;
	return (int32_t)best;
}

bool wp_linear_has_probabilities(const struct wp_linear_model *m)
{
	return m->method != WP_LINEAR_SVM && m->method != WP_LINEAR_RIDGE;
}

static double logistic(double x)
{
	return 1 / (1 + exp(-x));
}

void wp_linear_probabilities(const struct wp_linear_model *m, const double *outputs, double *p)
{
	double most = -INFINITY, sum = 0;
	if (m->outputs == 1) {
		p[0] = logistic(-outputs[0]);
		p[1] = logistic(outputs[0]);
		return;
	}
	for (size_t o = 0; o < m->outputs; o++)
		most = fmax(most, outputs[o]);
	for (size_t o = 0; o < m->outputs; o++) {
		p[o] = m->one_vs_rest ? logistic(outputs[o]) : exp(outputs[o] - most);
		sum += p[o];
	}
	for (size_t o = 0; o < m->outputs; o++)
		p[o] /= sum;
}

/* ---- Features by name ---- */

static enum wp_err put_tokens(
	const struct wp_linear_model *m, const int32_t *ids, size_t n, struct wp_output *output)
{
	enum wp_err err = WP_OK;
	for (size_t i = 0; i < n && ids[i] >= 0 && !err; i++) {
		err = i > 0 ? wp_output_write(output, " ", 1) : WP_OK;
		if (!err)
			err = wp_put_token(output, &m->vocab, (size_t)ids[i]);
	}
	return err;
}

/* The n-gram of an exact column: digits to the base of the vocabulary's size, after the columns
 * of the shorter ones (text/ngrams.h).  Returns its length; 0: none. */
static size_t decode(const struct wp_linear_model *m, size_t column, int32_t *ids, size_t room)
{
	int64_t least = 0;
	for (size_t i = 0; i < m->settings.count; i++) {
		size_t length;
		const char *line = wp_strings_get(&m->settings, i, &length);
		if (length > 6 && memcmp(line, "least=", 6) == 0 &&
			!wp_scan_i64(line + 6, line + length, &least))
			return 0;
	}
	if (!is_line(&m->settings, "buckets=0") || least < 1 || m->vocab.count == 0)
		return 0;
	uint64_t v = m->vocab.count, block = 1, at = column;
	size_t n = (size_t)least;
	for (size_t i = 0; i < n; i++)
		block *= v;
	for (; at >= block && n < room; n++) {
		at -= block;
		block *= v;
	}
	if (n > room || at >= block)
		return 0;
	for (size_t i = n; i-- > 0; at /= v)
		ids[i] = (int32_t)(at % v);
	return n;
}

enum wp_err wp_linear_column_put(
	const struct wp_linear_model *m, size_t column, struct wp_output *output)
{
	int32_t ids[32];
	if (m->ngram)
		return put_tokens(m, m->ngram + column * m->ngram_most, m->ngram_most, output);
	size_t n = decode(m, column, ids, 32);
	if (n > 0)
		return put_tokens(m, ids, n, output);
	return wp_output_printf(output, "column %zu", column);
}

struct feature {
	float weight;
	size_t column;
};

static int strongest_first(const void *a, const void *b)
{
	const struct feature *x = a, *y = b;
	if (x->weight != y->weight)
		return x->weight > y->weight ? -1 : 1;
	return (x->column > y->column) - (x->column < y->column);
}

/* The rows of one output; sign -1: of the class against which it stands. */
static enum wp_err put_features(const struct wp_linear_model *m, size_t output_number,
	size_t label, float sign, size_t most, struct feature *features,
	struct wp_output *output)
{
	size_t n = 0;
	enum wp_err err = WP_OK;
	for (size_t c = 0; c < m->cols; c++) {
		float w = sign * m->weight[c * m->outputs + output_number];
		if (w > 0 || (m->labels.count == 0 && w != 0))
			features[n++] = (struct feature){m->labels.count ? w : fabsf(w), c};
	}
	qsort(features, n, sizeof *features, strongest_first);
	for (size_t i = 0; i < n && i < most && !err; i++) {
		float w = m->weight[features[i].column * m->outputs + output_number];
		if (m->labels.count > 0)
			err = wp_put_token(output, &m->labels, label);
		else
			err = wp_output_printf(output, "%zu", output_number + 1);
		if (!err)
			err = wp_output_printf(
				output, "\t%.4f\t", m->labels.count ? sign * w : w);
		if (!err)
			err = wp_linear_column_put(m, features[i].column, output);
		if (!err)
			err = wp_output_write(output, "\n", 1);
	}
	return err;
}

enum wp_err wp_linear_features(
	const struct wp_linear_model *m, size_t most, struct wp_output *output)
{
	struct feature *features;
	size_t n = 0;
	for (size_t i = 0; i < m->cols * m->outputs; i++)
		n += m->weight[i] != 0;
	enum wp_err err = wp_alloc(&features, n, sizeof *features, "features");
	if (!err && m->labels.count == 2 && m->outputs == 1) {
		err = put_features(m, 0, 0, -1, most, features, output);
		if (!err)
			err = put_features(m, 0, 1, 1, most, features, output);
	} else {
		for (size_t o = 0; o < m->outputs && !err; o++)
			err = put_features(m, o, o, 1, most, features, output);
	}
	free(features);
	return err;
}
