#include "formats/dense.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "stream/element.h"
#include "text/ngrams.h"
#include "text/number.h"

/* Rows of `cooc` are words; `documents=...` says that its columns are none. */
static const char *const part[] = {"row", "col", "value", "shape"};
enum { ROW, COL, VALUE, SHAPE, PARTS };

static const struct wp_tensor *get(
	const struct wp_tensor_set *set, const char *name, const char *what, const void **data)
{
	char full[2 * WP_NAME_SIZE];
	snprintf(full, sizeof full, "%s.%s", name, what);
	return wp_tensor_set_get(set, full, data);
}

bool wp_dense_is_sparse(const struct wp_tensor_set *set, const char *name)
{
	const void *data;
	for (int i = 0; i < PARTS; i++)
		if (!get(set, name, part[i], &data))
			return false;
	return true;
}

bool wp_dense_take_cells(
	const struct wp_tensor_set *set, const char *name, struct wp_dense_cells *c)
{
	const struct wp_tensor *t[PARTS];
	const void *data[PARTS];
	for (int i = 0; i < PARTS; i++)
		if (!(t[i] = get(set, name, part[i], &data[i])) || t[i]->rank != 1 ||
			(i != SHAPE && t[i]->dim[0] != t[ROW]->dim[0]))
			return false;
	*c = (struct wp_dense_cells){data[ROW], data[COL], data[VALUE], data[SHAPE],
		t[VALUE]->type, (size_t)t[ROW]->dim[0]};
	return t[ROW]->type == WP_I32 && t[COL]->type == WP_I32 &&
		(c->type == WP_F32 || c->type == WP_F64) && t[SHAPE]->type == WP_I64 &&
		t[SHAPE]->dim[0] == 2 && c->shape[0] >= 0 && c->shape[1] >= 0;
}

enum wp_err wp_dense_fill(const struct wp_tensor_set *set, const char *name, uint64_t top,
	size_t memory, struct wp_tensor *tensor, void **data)
{
	struct wp_dense_cells s;
	const char *from = wp_tensor_set_name(set);
	size_t count, bytes;
	*data = NULL;
	if (!wp_dense_take_cells(set, name, &s))
		return wp_fail(WP_EMISMATCH, "%s: '%s' is no sparse matrix", from, name);
	uint64_t rows = (uint64_t)s.shape[0], columns = (uint64_t)s.shape[1];
	rows = top && top < rows ? top : rows;
	*tensor = wp_tensor_2d("", s.type, rows, columns);
	snprintf(tensor->name, sizeof tensor->name, "%s", name);
	if (!wp_tensor_count(tensor, &count) ||
		!wp_mulsize(count, wp_type_size(s.type), &bytes) || bytes > memory)
		return wp_fail(WP_ELIMIT,
			"%s: '%s' as a table has %" PRIu64 " rows of %" PRIu64
			" columns, more than \1memory allows; '\1to cells' writes what is not 0, "
			"'\1top' fewer rows",
			from, name, rows, columns);
	enum wp_err err = wp_alloc(data, bytes + 1, 1, "table");
	for (size_t i = 0; i < s.cells && !err; i++) {
		if (s.row[i] < 0 || s.row[i] >= s.shape[0] || s.col[i] < 0 ||
			s.col[i] >= s.shape[1])
			return wp_fail(WP_EMISMATCH,
				"%s: '%s' has a cell outside its shape (cell %zu)", from, name,
				i);
		if ((uint64_t)s.row[i] >= rows)
			continue;
		size_t at = (size_t)s.row[i] * (size_t)columns + (size_t)s.col[i];
		if (s.type == WP_F32)
			((float *)*data)[at] = ((const float *)s.value)[i];
		else
			((double *)*data)[at] = ((const double *)s.value)[i];
	}
	return err;
}

/* The number of a setting "KEY=NUMBER" of the matrix; `otherwise` where it has none. */
static int64_t setting(
	const struct wp_tensor_set *set, const char *name, const char *key, int64_t otherwise)
{
	char full[2 * WP_NAME_SIZE];
	snprintf(full, sizeof full, "%s.settings", name);
	const struct wp_strings *settings = wp_tensor_set_strings(set, full);
	size_t n = strlen(key);
	for (size_t i = 0; settings && i < settings->count; i++) {
		size_t length;
		int64_t number = 1;
		const char *text = wp_strings_get(settings, i, &length);
		if (length <= n || memcmp(text, key, n) != 0 || text[n] != '=')
			continue;
		wp_scan_i64(text + n + 1, text + length, &number);
		return number;
	}
	return otherwise;
}

/* The tokens of an n-gram, with spaces between. */
static enum wp_err add_ngram(struct wp_strings *names, const struct wp_strings *vocab,
	const int32_t *id, size_t most)
{
	char text[1024];
	size_t used = 0;
	for (size_t i = 0; i < most && id[i] >= 0; i++) {
		size_t length;
		if ((size_t)id[i] >= vocab->count)
			return wp_fail(WP_EMISMATCH, "an n-gram with an id beyond 'vocab'");
		const char *token = wp_strings_get(vocab, (size_t)id[i], &length);
		if (used + length + 1 > sizeof text)
			break;
		if (i > 0)
			text[used++] = ' ';
		if (length > 0)
			memcpy(text + used, token, length);
		used += length;
	}
	return wp_strings_add(names, text, used);
}

/* The names of columns that are numbered: see text/ngrams.h. */
static enum wp_err add_numbered(struct wp_strings *names, const struct wp_strings *vocab,
	const struct wp_ngrams *ngrams)
{
	enum wp_err err = WP_OK;
	int n = ngrams->least;
	for (uint64_t c = 0; c < (uint64_t)ngrams->columns && !err; c++) {
		int32_t id[WP_NGRAM_MAX];
		while (n < ngrams->most && c >= ngrams->block[n])
			n++;
		uint64_t rest = c - ngrams->block[n - 1];
		for (int i = n - 1; i >= 0; i--, rest /= vocab->count)
			id[i] = (int32_t)(rest % vocab->count);
		err = add_ngram(names, vocab, id, (size_t)n);
	}
	return err;
}

enum wp_err wp_dense_columns(const struct wp_tensor_set *set, const char *name,
	uint64_t columns, struct wp_strings *names)
{
	const struct wp_strings *vocab = wp_tensor_set_strings(set, "vocab");
	const void *id;
	const struct wp_tensor *ngram = get(set, name, "ngram", &id);
	enum wp_err err = WP_OK;
	struct wp_ngrams numbered;
	bool matrix = strcmp(name, "cooc") == 0 || strcmp(name, "onehot") == 0;
	if (!vocab || !matrix || setting(set, name, "documents", 0))
		return WP_OK;
	if (ngram) {
		if (ngram->type != WP_I32 || ngram->rank != 2 || ngram->dim[0] != columns)
			return WP_OK;
		for (uint64_t i = 0; i < columns && !err; i++)
			err = add_ngram(names, vocab, (const int32_t *)id + i * ngram->dim[1],
				(size_t)ngram->dim[1]);
		return err;
	}
	int64_t least = setting(set, name, "least", 1), most = setting(set, name, "most", 1);
	if (setting(set, name, "buckets", 0) || least < 1 || most < least ||
		most > WP_NGRAM_MAX || vocab->count == 0)
		return WP_OK;
	if (wp_ngrams_init(&numbered, (int)least, (int)most, 0, vocab->count) ||
		(uint64_t)numbered.columns != columns)
		return WP_OK;
	return add_numbered(names, vocab, &numbered);
}

/* Store a number as an element; false where it does not fit. */
static bool put(
	void *to, enum wp_type type, size_t i, double number, int64_t whole, bool is_whole)
{
	if (!is_whole && !wp_type_is_float(type)) {
		const double limit = ldexp(1, 63);
		if (!(number >= -limit && number < limit) || number != floor(number))
			return false;
		whole = (int64_t)number;
	}
	switch (type) {
	case WP_I8:
		((int8_t *)to)[i] = (int8_t)whole;
		return whole >= INT8_MIN && whole <= INT8_MAX;
	case WP_U8:
		((uint8_t *)to)[i] = (uint8_t)whole;
		return whole >= 0 && whole <= UINT8_MAX;
	case WP_I32:
		((int32_t *)to)[i] = (int32_t)whole;
		return whole >= INT32_MIN && whole <= INT32_MAX;
	case WP_I64:
		((int64_t *)to)[i] = whole;
		return true;
	case WP_F64:
		((double *)to)[i] = number;
		return !is_whole || (int64_t)number == whole;
	case WP_F32:
		((float *)to)[i] = (float)number;
		return isfinite(((float *)to)[i]) || !isfinite(number);
	case WP_F16:
		((uint16_t *)to)[i] = wp_to_f16((float)number);
		return isfinite(wp_from_f16(((uint16_t *)to)[i])) || !isfinite(number);
	case WP_BF16:
		((uint16_t *)to)[i] = wp_to_bf16((float)number);
		return isfinite(wp_from_bf16(((uint16_t *)to)[i])) || !isfinite(number);
	case WP_STRING:
		break;
	}
	return false;
}

enum wp_err wp_dense_retype(
	const struct wp_tensor *tensor, const void *from, enum wp_type type, void **data)
{
	size_t count, row, bytes;
	*data = NULL;
	if (type == WP_STRING || tensor->type == WP_STRING)
		return wp_fail(
			WP_EMISMATCH, "tensor '%s': strings are not numbers", tensor->name);
	if (!wp_tensor_count(tensor, &count) || !wp_tensor_row_count(tensor, &row) ||
		!wp_mulsize(count, wp_type_size(type), &bytes))
		return wp_fail(WP_ENOMEM, "tensor '%s' is too large", tensor->name);
	enum wp_err err = wp_alloc(data, bytes + 1, 1, "tensor");
	bool is_whole = tensor->type == WP_I8 || tensor->type == WP_U8 ||
		tensor->type == WP_I32 || tensor->type == WP_I64;
	size_t step = wp_type_size(tensor->type);
	for (size_t i = 0; i < count && !err; i++) {
		uint64_t element = 0; /* the file may not have aligned it */
		memcpy(&element, (const char *)from + i * step, step);
		double number = wp_element(&element, tensor->type, 0);
		int64_t whole = is_whole && tensor->type != WP_I64 ? (int64_t)number : 0;
		if (tensor->type == WP_I64)
			memcpy(&whole, &element, sizeof whole);
		if (!put(*data, type, i, number, whole, is_whole))
			err = wp_fail(WP_EMISMATCH,
				"tensor '%s': %.9g does not fit %s (row %zu)", tensor->name,
				number, wp_type_name(type), row ? i / row : i);
	}
	if (err) {
		free(*data);
		*data = NULL;
	}
	return err;
}
