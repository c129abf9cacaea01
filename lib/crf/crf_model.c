#include "crf/crf_model.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "stream/element.h"
#include "stream/tensor_set.h"
#include "text/number.h"
#include "text/vocab.h"

enum { LANES = 8 }; /* doubles in 64 bytes */

void wp_crf_free(struct wp_crf *crf)
{
	if (!crf)
		return;
	wp_strings_fini(&crf->tags);
	wp_strings_fini(&crf->column_names);
	wp_crf_attributes_fini(&crf->attributes);
	wp_crf_templates_fini(&crf->templates);
	free(crf->begin);
	free(crf->entry_tag);
	free(crf->pair_begin);
	free(crf->pair);
	free(crf->mask);
	free(crf->weights);
	free(crf);
}

const struct wp_strings *wp_crf_tags(const struct wp_crf *crf)
{
	return &crf->tags;
}

const struct wp_crf_templates *wp_crf_templates(const struct wp_crf *crf)
{
	return &crf->templates;
}

int wp_crf_columns(const struct wp_crf *crf)
{
	return crf->columns;
}

int wp_crf_tag_column(const struct wp_crf *crf)
{
	return crf->tag_column;
}

const struct wp_strings *wp_crf_column_names(const struct wp_crf *crf)
{
	return &crf->column_names;
}

size_t wp_crf_dim(const struct wp_crf *crf)
{
	return crf->dim;
}

size_t wp_crf_attribute_count(const struct wp_crf *crf)
{
	return crf->attributes.count;
}

size_t wp_crf_weight_count(const struct wp_crf *crf)
{
	size_t count = 0;
	for (size_t i = 0; i < crf->size; i++)
		count += crf->weights[i] < 0 || crf->weights[i] > 0;
	return count;
}

/* ---- The layout of the weights ---- */

bool wp_crf_is_pair(const struct wp_crf *crf, size_t attribute)
{
	const struct wp_crf_attributes *a = &crf->attributes;
	size_t n;
	return crf->templates.pairs > 0 &&
		*wp_strings_get(&crf->templates.groups, (size_t)a->rows[attribute * a->width],
			&n) == 'B';
}

static enum wp_err lay_out_dense(struct wp_crf *crf, const size_t *begin, const uint32_t *tag,
	const int32_t *order, size_t all)
{
	crf->mask_words = (crf->tag_count + 63) / 64;
	enum wp_err err = wp_alloc(
		&crf->mask, crf->dense * crf->mask_words, sizeof *crf->mask, "weights");
	for (size_t i = 0; i < all && !err; i++) {
		if ((size_t)order[i] >= crf->dense)
			continue;
		uint64_t *mask = crf->mask + (size_t)order[i] * crf->mask_words;
		for (size_t k = begin[i]; k < begin[i + 1]; k++)
			mask[tag[k] / 64] |= (uint64_t)1 << tag[k] % 64;
	}
	return err;
}

/* Where the entries of `rows` attributes begin, those that have the numbers from `first` on. */
static enum wp_err lay_out_entries(size_t **to, const size_t *begin, const int32_t *order,
	size_t all, size_t first, size_t rows)
{
	enum wp_err err = wp_alloc(to, rows + 1, sizeof **to, "weights");
	for (size_t i = 0; i < all && !err; i++)
		if ((size_t)order[i] >= first && (size_t)order[i] < first + rows)
			(*to)[(size_t)order[i] - first + 1] = begin[i + 1] - begin[i];
	for (size_t i = 0; i < rows && !err; i++)
		(*to)[i + 1] += (*to)[i];
	return err;
}

static enum wp_err lay_out_sparse(struct wp_crf *crf, const size_t *begin, const uint32_t *tag,
	const int32_t *order, size_t all)
{
	size_t entries = 0;
	enum wp_err err =
		lay_out_entries(&crf->begin, begin, order, all, crf->dense, crf->sparse);
	if (!err)
		entries = crf->begin[crf->sparse];
	if (!err)
		err = wp_alloc(&crf->entry_tag, entries, sizeof *crf->entry_tag, "weights");
	for (size_t i = 0; i < all && !err; i++) {
		size_t row = (size_t)order[i] - crf->dense;
		if ((size_t)order[i] < crf->dense || row >= crf->sparse)
			continue;
		for (size_t k = begin[i]; k < begin[i + 1]; k++)
			crf->entry_tag[crf->begin[row] + k - begin[i]] = (uint16_t)tag[k];
	}
	if (!err)
		crf->pairs_at = crf->sparse_at + (entries + LANES - 1) / LANES * LANES;
	return err;
}

static enum wp_err lay_out_pairs(struct wp_crf *crf, const size_t *begin, const uint32_t *tag,
	const int32_t *order, size_t all)
{
	size_t first = crf->dense + crf->sparse, entries = 0;
	enum wp_err err =
		lay_out_entries(&crf->pair_begin, begin, order, all, first, all - first);
	if (!err)
		entries = crf->pair_begin[all - first];
	if (!err)
		err = wp_alloc(&crf->pair, entries, sizeof *crf->pair, "weights");
	for (size_t i = 0; i < all && !err; i++)
		if ((size_t)order[i] >= first)
			memcpy(crf->pair + crf->pair_begin[(size_t)order[i] - first],
				tag + begin[i], (begin[i + 1] - begin[i]) * sizeof *tag);
	if (!err)
		crf->size = crf->pairs_at + (entries + LANES - 1) / LANES * LANES;
	return err;
}

enum wp_err wp_crf_lay_out(
	struct wp_crf *crf, const size_t *begin, const uint32_t *tag, int32_t *order)
{
	size_t all = crf->attributes.count, tags = crf->tags.count;
	/* Adding a whole row costs as much as some four single weights. */
	size_t many = tags / 6 > 4 ? tags / 6 : 4;
	crf->kernels = wp_crf_kernels(wp_cpu_isa());
	crf->tag_count = tags;
	crf->stride = (tags + LANES - 1) / LANES * LANES;
	enum { DENSE, SPARSE, PAIR };
	size_t count[3] = {0};
	for (size_t i = 0; i < all; i++) {
		order[i] = wp_crf_is_pair(crf, i)         ? PAIR
			: begin[i + 1] - begin[i] >= many ? DENSE
							  : SPARSE;
		count[order[i]]++;
	}
	crf->dense = count[DENSE];
	crf->sparse = count[SPARSE];
	int32_t next[3] = {0, (int32_t)crf->dense, (int32_t)(crf->dense + crf->sparse)};
	for (size_t i = 0; i < all; i++)
		order[i] = next[order[i]]++;
	crf->vectors_at = tags * crf->stride;
	crf->numbers_at = crf->vectors_at + crf->templates.vectors * crf->dim * crf->stride;
	crf->dense_at = crf->numbers_at + crf->templates.numbers * crf->stride;
	crf->sparse_at = crf->dense_at + crf->dense * crf->stride;
	enum wp_err err = lay_out_dense(crf, begin, tag, order, all);
	if (!err)
		err = lay_out_sparse(crf, begin, tag, order, all);
	if (!err)
		err = lay_out_pairs(crf, begin, tag, order, all);
	if (!err)
		err = wp_crf_attributes_reorder(&crf->attributes, order, all);
	return err;
}

size_t wp_crf_pair_place(const struct wp_crf *crf, size_t attribute, size_t pair)
{
	size_t row = attribute - crf->dense - crf->sparse;
	size_t low = crf->pair_begin[row], high = crf->pair_begin[row + 1], end = high;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (crf->pair[middle] < pair)
			low = middle + 1;
		else
			high = middle;
	}
	return low < end && crf->pair[low] == pair ? crf->pairs_at + low : SIZE_MAX;
}

/* How many places an attribute has for weights, some of them perhaps of tags that it has not.
 */
static size_t count_places(const struct wp_crf *crf, size_t attribute)
{
	size_t sparse = attribute - crf->dense, pair = sparse - crf->sparse;
	if (attribute < crf->dense)
		return crf->tag_count;
	if (sparse < crf->sparse)
		return crf->begin[sparse + 1] - crf->begin[sparse];
	return crf->pair_begin[pair + 1] - crf->pair_begin[pair];
}

/* The i-th of them: its tag, or pair, and where its weight is, or SIZE_MAX. */
static size_t place_at(const struct wp_crf *crf, size_t attribute, size_t i, uint32_t *tag)
{
	size_t sparse = attribute - crf->dense, pair = sparse - crf->sparse;
	*tag = (uint32_t)i;
	if (attribute < crf->dense)
		return wp_crf_place(crf, attribute, i);
	if (sparse < crf->sparse) {
		*tag = crf->entry_tag[crf->begin[sparse] + i];
		return crf->sparse_at + crf->begin[sparse] + i;
	}
	*tag = crf->pair[crf->pair_begin[pair] + i];
	return crf->pairs_at + crf->pair_begin[pair] + i;
}

void wp_crf_score(const struct wp_crf *crf, const double *weights,
	const struct wp_crf_token *token, double *tags)
{
	memset(tags, 0, crf->stride * sizeof *tags);
	crf->kernels->gather(
		tags, weights + crf->dense_at, token->attributes, token->dense, crf->stride);
	const double *sparse = weights + crf->sparse_at;
	const size_t *begin = crf->begin;
	const uint16_t *entry_tag = crf->entry_tag;
	for (size_t i = token->dense; i < token->count; i++) {
		size_t row = (size_t)token->attributes[i] - crf->dense;
		for (size_t k = begin[row], end = begin[row + 1]; k < end; k++)
			tags[entry_tag[k]] += sparse[k];
	}
	for (size_t v = 0; token->vectors && v < crf->templates.vectors; v++)
		if (token->vectors[v] >= 0)
			crf->kernels->combine(tags,
				weights + crf->vectors_at + v * crf->dim * crf->stride,
				crf->vectors.vector + (size_t)token->vectors[v] * crf->dim,
				crf->dim, crf->stride);
	if (token->numbers)
		crf->kernels->combine(tags, weights + crf->numbers_at, token->numbers,
			crf->templates.numbers, crf->stride);
}

void wp_crf_add(const struct wp_crf *crf, double *gradient, const struct wp_crf_token *token,
	const double *tags, size_t first, size_t last, bool rest)
{
	bool all = first == 0 && last >= crf->attributes.count;
	double *dense = gradient + crf->dense_at;
	if (all)
		crf->kernels->scatter(
			dense, tags, token->attributes, token->dense, crf->stride);
	for (size_t i = 0; i < token->dense && !all; i++)
		if ((size_t)token->attributes[i] >= first &&
			(size_t)token->attributes[i] < last)
			crf->kernels->scatter(
				dense, tags, token->attributes + i, 1, crf->stride);
	const size_t *begin = crf->begin;
	const uint16_t *entry_tag = crf->entry_tag;
	double *sparse = gradient + crf->sparse_at;
	for (size_t i = token->dense; i < token->count; i++) {
		size_t attribute = (size_t)token->attributes[i], row = attribute - crf->dense;
		if (!all && (attribute < first || attribute >= last))
			continue;
		for (size_t k = begin[row], end = begin[row + 1]; k < end; k++)
			sparse[k] += tags[entry_tag[k]];
	}
	for (size_t v = 0; token->vectors && rest && v < crf->templates.vectors; v++)
		if (token->vectors[v] >= 0)
			crf->kernels->spread(
				gradient + crf->vectors_at + v * crf->dim * crf->stride, tags,
				crf->vectors.vector + (size_t)token->vectors[v] * crf->dim,
				crf->dim, crf->stride);
	if (token->numbers && rest)
		crf->kernels->spread(gradient + crf->numbers_at, tags, token->numbers,
			crf->templates.numbers, crf->stride);
}

void wp_crf_set_chain(const struct wp_crf *crf, const double *weights, double *scratch,
	struct wp_chain_f64 *chain)
{
	size_t tags = crf->tag_count;
	for (size_t i = 0; i < tags; i++)
		memcpy(scratch + i * tags, weights + i * crf->stride, tags * sizeof *scratch);
	wp_chain_f64_set(chain, scratch, NULL, NULL);
}

static void swap(int32_t *a, int32_t *b)
{
	int32_t c = *a;
	*a = *b;
	*b = c;
}

struct wp_crf_kinds wp_crf_arrange(const struct wp_crf *crf, int32_t *attributes, size_t n)
{
	struct wp_crf_kinds kinds = {0};
	for (size_t i = 0; i < n; i++)
		if ((size_t)attributes[i] < crf->dense)
			swap(&attributes[kinds.dense++], &attributes[i]);
	for (size_t i = n; i-- > 0 && crf->templates.pairs;)
		if ((size_t)attributes[i] >= crf->dense + crf->sparse)
			swap(&attributes[n - ++kinds.pairs], &attributes[i]);
	return kinds;
}

/* ---- Attributes of pairs ---- */

void wp_crf_extra_fini(struct wp_crf_extra *extra)
{
	free(extra->begin);
	free(extra->pair);
	free(extra->score);
	free(extra->gradient);
	*extra = (struct wp_crf_extra){0};
}

/* The entries of the i-th attribute of pairs of a token: *n of them. */
static size_t entries(
	const struct wp_crf *crf, const struct wp_crf_token *token, size_t i, size_t *n)
{
	const size_t *begin = crf->pair_begin + (size_t)token->attributes[token->count + i] -
		crf->dense - crf->sparse;
	*n = begin[1] - begin[0];
	return begin[0];
}

size_t wp_crf_extra_count(const struct wp_crf *crf, const struct wp_crf_token *token)
{
	size_t count = 0, n;
	for (size_t i = 0; i < token->pairs; i++) {
		(void)entries(crf, token, i, &n);
		count += n;
	}
	return count;
}

enum wp_err wp_crf_extra_place(struct wp_crf_extra *extra, size_t n)
{
	extra->begin[0] = 0;
	for (size_t t = 0; t < n; t++)
		extra->begin[t + 1] += extra->begin[t];
	return wp_crf_extra_need(extra, extra->begin[n]);
}

enum wp_err wp_crf_extra_need(struct wp_crf_extra *extra, size_t entries)
{
	size_t need = entries + 1; /* so that there is room, even for none */
	enum wp_err err = wp_grow(
		&extra->pair, &extra->pair_room, need, sizeof *extra->pair, "pairs of tags");
	if (!err)
		err = wp_grow(&extra->score, &extra->score_room, need, sizeof *extra->score,
			"pairs of tags");
	if (!err)
		err = wp_grow(&extra->gradient, &extra->gradient_room, need,
			sizeof *extra->gradient, "pairs of tags");
	return err;
}

void wp_crf_extra_score(const struct wp_crf *crf, const double *weights,
	const struct wp_crf_token *token, size_t t, struct wp_crf_extra *extra)
{
	size_t to = extra->begin[t], n;
	for (size_t i = 0; i < token->pairs; i++, to += n) {
		size_t from = entries(crf, token, i, &n);
		memcpy(extra->pair + to, crf->pair + from, n * sizeof *extra->pair);
		memcpy(extra->score + to, weights + crf->pairs_at + from,
			n * sizeof *extra->score);
		memset(extra->gradient + to, 0, n * sizeof *extra->gradient);
	}
}

void wp_crf_extra_add(const struct wp_crf *crf, double *gradient,
	const struct wp_crf_token *token, size_t t, const struct wp_crf_extra *extra,
	size_t first, size_t last)
{
	size_t from = extra->begin[t], n;
	for (size_t i = 0; i < token->pairs; i++, from += n) {
		size_t attribute = (size_t)token->attributes[token->count + i];
		double *to = gradient + crf->pairs_at + entries(crf, token, i, &n);
		for (size_t k = 0; k < n && attribute >= first && attribute < last; k++)
			to[k] += extra->gradient[from + k];
	}
}

/* ---- Word vectors ---- */

float wp_crf_vector_scale(const float *vector, size_t count, size_t dim)
{
	double sum = 0, squares = 0, n = (double)count * (double)dim;
	for (size_t i = 0; i < count * dim; i++) {
		sum += (double)vector[i];
		squares += (double)vector[i] * (double)vector[i];
	}
	double variance = n > 0 ? squares / n - sum / n * (sum / n) : 0;
	return variance > 0 ? (float)(0.1 / sqrt(variance)) : 1;
}

enum wp_err wp_crf_set_vectors(struct wp_crf *crf, const struct wp_crf_vectors *vectors)
{
	if (vectors->dim != crf->dim)
		return wp_fail(WP_EMISMATCH,
			"word vectors of %zu numbers, and the model reads such of %zu",
			vectors->dim, crf->dim);
	crf->vectors = *vectors;
	return WP_OK;
}

enum wp_err wp_crf_find_numbers(const struct wp_crf *crf, const struct wp_field *fields,
	size_t columns, size_t t, size_t n, float *numbers)
{
	const struct wp_crf_templates *templates = &crf->templates;
	for (size_t i = 0; i < templates->count; i++) {
		const struct wp_crf_template *p = &templates->templates[i];
		if (p->kind != 'R')
			continue;
		int64_t at = (int64_t)t + p->macro[0].row;
		size_t column = (size_t)templates->sources[p->macro[0].source].column;
		*numbers = 0;
		if (at >= 0 && at < (int64_t)n) {
			const struct wp_field *f = &fields[(size_t)at * columns + column];
			const char *end = f->text + f->length;
			if (f->length == 0 || wp_scan_f32(f->text, end, numbers) != end ||
				!isfinite(*numbers))
				return wp_fail(WP_EMISMATCH,
					"'%.*s' in column %zu is not a number, which a "
					"template R reads there",
					(int)(f->length < 40 ? f->length : 40), f->text,
					column);
		}
		numbers++;
	}
	return WP_OK;
}

int32_t wp_crf_find_vector(
	const struct wp_crf_vectors *vectors, struct wp_field field, char **text, size_t *room)
{
	int32_t row = wp_vocab_find(vectors->vocab, field.text, field.length);
	if (row >= 0 || wp_grow(text, room, field.length + 1, 1, "a word"))
		return row;
	for (size_t i = 0; i < field.length; i++) {
		char c = field.text[i];
		(*text)[i] = c >= 'A' && c <= 'Z' ? (char)(c | 32) : c;
	}
	return wp_vocab_find(vectors->vocab, *text, field.length);
}

/* ---- Streams ---- */

/* The model as it is written: attributes that have weights, sorted, and the values they need.
 */
struct packed {
	size_t attributes, weights;
	int32_t *feature; /* (attributes, width) */
	int32_t *count;   /* (attributes)        */
	int32_t *tag;     /* (weights)           */
	float *weight;    /* (weights)           */
	struct wp_strings values;
	size_t width;
};

static void packed_fini(struct packed *p)
{
	free(p->feature);
	free(p->count);
	free(p->tag);
	free(p->weight);
	wp_strings_fini(&p->values);
}

/* An attribute with its place in the model, to be sorted by what it is. */
struct sorted {
	const int32_t *row;
	size_t width, number;
};

static int by_row(const void *a, const void *b)
{
	const struct sorted *x = a, *y = b;
	for (size_t i = 0; i < x->width; i++)
		if (x->row[i] != y->row[i])
			return x->row[i] < y->row[i] ? -1 : 1;
	return 0;
}

/* A tag of an attribute, or its pair of tags, as a stream has it. */
static size_t code_of(const struct wp_crf *crf, size_t attribute, uint32_t tag)
{
	return attribute < crf->dense + crf->sparse
		? tag
		: wp_chain_pair_from(tag) * crf->tag_count + wp_chain_pair_to(tag);
}

static size_t count_weights(const struct wp_crf *crf, size_t attribute, double least)
{
	size_t count = 0, places = count_places(crf, attribute);
	for (size_t i = 0; i < places; i++) {
		uint32_t tag;
		size_t place = place_at(crf, attribute, i, &tag);
		count += place != SIZE_MAX && fabs(crf->weights[place]) > least;
	}
	return count;
}

/* Values get new numbers, in the order in which the sorted attributes have them. */
static enum wp_err renumber(const struct wp_crf *crf, struct packed *p)
{
	size_t values = crf->attributes.values.strings.count;
	int32_t *number, next = 0;
	enum wp_err err = wp_alloc(&number, values, sizeof *number, "values");
	for (size_t i = 0; i < values && !err; i++)
		number[i] = -1;
	for (size_t i = 0; i < p->attributes && !err; i++)
		for (size_t k = 1; k < p->width && !err; k++) {
			int32_t *value = p->feature + i * p->width + k;
			if (*value < 0)
				continue;
			if (number[*value] < 0) {
				size_t n;
				const char *text = wp_strings_get(
					&crf->attributes.values.strings, (size_t)*value, &n);
				number[*value] = next++;
				err = wp_strings_add(&p->values, text, n);
			}
			*value = number[*value];
		}
	free(number);
	return err;
}

static enum wp_err pack(const struct wp_crf *crf, double least, struct packed *p)
{
	const struct wp_crf_attributes *a = &crf->attributes;
	struct sorted *sorted;
	enum wp_err err = wp_alloc(&sorted, a->count, sizeof *sorted, "attributes");
	if (err)
		return err;
	p->width = a->width;
	for (size_t i = 0; i < a->count; i++) {
		size_t count = count_weights(crf, i, least);
		p->weights += count;
		if (count)
			sorted[p->attributes++] =
				(struct sorted){a->rows + i * a->width, a->width, i};
	}
	qsort(sorted, p->attributes, sizeof *sorted, by_row);
	err = wp_alloc(&p->feature, p->attributes * p->width, sizeof *p->feature, "attributes");
	if (!err)
		err = wp_alloc(&p->count, p->attributes, sizeof *p->count, "attributes");
	if (!err)
		err = wp_alloc(&p->tag, p->weights, sizeof *p->tag, "weights");
	if (!err)
		err = wp_alloc(&p->weight, p->weights, sizeof *p->weight, "weights");
	size_t used = 0;
	for (size_t i = 0; i < p->attributes && !err; i++) {
		memcpy(p->feature + i * p->width, sorted[i].row, p->width * sizeof *p->feature);
		size_t places = count_places(crf, sorted[i].number);
		for (size_t k = 0; k < places; k++) {
			uint32_t tag;
			size_t place = place_at(crf, sorted[i].number, k, &tag);
			if (place == SIZE_MAX || !(fabs(crf->weights[place]) > least))
				continue;
			p->tag[used] = (int32_t)code_of(crf, sorted[i].number, tag);
			p->weight[used++] = (float)crf->weights[place];
			p->count[i]++;
		}
	}
	free(sorted);
	return err ? err : renumber(crf, p);
}

static enum wp_err put_settings(const struct wp_crf *crf, struct wp_writer *writer)
{
	struct wp_strings settings = {0};
	char line[80];
	int n = snprintf(line, sizeof line, "columns=%d", crf->columns);
	enum wp_err err = wp_strings_add(&settings, line, (size_t)n);
	n = snprintf(line, sizeof line, "tag_column=%d", crf->tag_column);
	if (!err)
		err = wp_strings_add(&settings, line, (size_t)n);
	n = snprintf(line, sizeof line, "dim=%zu", crf->dim);
	if (!err)
		err = wp_strings_add(&settings, line, (size_t)n);
	if (!err)
		err = wp_writer_put_list(writer, "crf.settings", &settings);
	if (!err && crf->column_names.count)
		err = wp_writer_put_list(writer, "crf.columns", &crf->column_names);
	wp_strings_fini(&settings);
	return err;
}

/* Rows of tags without their padding. */
static enum wp_err put_rows(const struct wp_crf *crf, struct wp_writer *writer,
	const struct wp_tensor *tensor, const double *rows, size_t count)
{
	float *out;
	enum wp_err err = wp_alloc(&out, count * crf->tag_count, sizeof *out, "weights");
	for (size_t i = 0; i < count && !err; i++)
		for (size_t y = 0; y < crf->tag_count; y++)
			out[i * crf->tag_count + y] = (float)rows[i * crf->stride + y];
	if (!err)
		err = wp_writer_put(writer, tensor, out);
	free(out);
	return err;
}

enum wp_err wp_crf_write(const struct wp_crf *crf, struct wp_writer *writer, double least)
{
	struct packed p = {0};
	enum wp_err err = pack(crf, least, &p);
	if (!err)
		err = put_settings(crf, writer);
	if (!err)
		err = wp_writer_put_list(writer, "crf.templates", &crf->templates.lines);
	if (!err)
		err = wp_writer_put_list(writer, "tags.vocab", &crf->tags);
	struct wp_tensor tensor =
		wp_tensor_2d("crf.transition", WP_F32, crf->tag_count, crf->tag_count);
	if (!err)
		err = put_rows(crf, writer, &tensor, crf->weights, crf->tag_count);
	size_t vectors = crf->templates.vectors;
	if (!err && vectors) {
		tensor = wp_tensor_3d("crf.vector", WP_F32, vectors, crf->dim, crf->tag_count);
		err = put_rows(crf, writer, &tensor, crf->weights + crf->vectors_at,
			vectors * crf->dim);
	}
	if (!err && crf->templates.numbers) {
		tensor = wp_tensor_2d(
			"crf.number", WP_F32, crf->templates.numbers, crf->tag_count);
		err = put_rows(crf, writer, &tensor, crf->weights + crf->numbers_at,
			crf->templates.numbers);
	}
	if (!err)
		err = wp_writer_put_list(writer, "crf.value", &p.values);
	tensor = wp_tensor_2d("crf.feature", WP_I32, p.attributes, p.width);
	if (!err)
		err = wp_writer_put(writer, &tensor, p.feature);
	tensor = wp_tensor_1d("crf.count", WP_I32, p.attributes);
	if (!err)
		err = wp_writer_put(writer, &tensor, p.count);
	tensor = wp_tensor_1d("crf.tag", WP_I32, p.weights);
	if (!err)
		err = wp_writer_put(writer, &tensor, p.tag);
	tensor = wp_tensor_1d("crf.weight", WP_F32, p.weights);
	if (!err)
		err = wp_writer_put(writer, &tensor, p.weight);
	packed_fini(&p);
	return err;
}

/* ---- Reading ---- */

static enum wp_err bad(const struct wp_tensor_set *set, const char *name)
{
	return wp_fail(WP_ECORRUPT,
		"%s: '%s' is missing, or does not fit the rest of the model",
		wp_tensor_set_name(set), name);
}

/* The elements of a tensor that has none. */
static const double nothing = 0;

/* The tensor, if it has that type and that rank. */
static const void *get(const struct wp_tensor_set *set, const char *name, enum wp_type type,
	int rank, const struct wp_tensor **tensor)
{
	const void *data = NULL;
	*tensor = wp_tensor_set_get(set, name, &data);
	if (!*tensor || (*tensor)->type != type || (*tensor)->rank != rank)
		return NULL;
	return data ? data : &nothing;
}

static long setting(const struct wp_strings *settings, const char *name)
{
	char value[80];
	return wp_strings_setting(settings, name, value, sizeof value) ? strtol(value, NULL, 10)
								       : -1;
}

static enum wp_err read_templates(struct wp_crf *crf, const struct wp_tensor_set *set)
{
	struct wp_strings *lines = wp_tensor_set_strings(set, "crf.templates");
	struct wp_strings *settings = wp_tensor_set_strings(set, "crf.settings");
	struct wp_strings *tags = wp_tensor_set_strings(set, "tags.vocab");
	if (!lines || !settings)
		return wp_fail(WP_EMISMATCH, "%s: no model of crf-train: it has no 'crf.%s'",
			wp_tensor_set_name(set), lines ? "settings" : "templates");
	if (!tags || tags->count < 2 || tags->count > WP_CHAIN_TAGS_MAX)
		return bad(set, "tags.vocab");
	enum wp_err err = WP_OK;
	for (size_t i = 0; i < lines->count && !err; i++) {
		size_t n;
		const char *line = wp_strings_get(lines, i, &n);
		err = wp_crf_templates_add(&crf->templates, line, n);
	}
	if (err == WP_EINVAL)
		return bad(set, "crf.templates");
	long columns = setting(settings, "columns"), dim = setting(settings, "dim");
	long tag_column = setting(settings, "tag_column");
	if (!err &&
		(columns < 1 || columns < crf->templates.columns || columns > WP_CRF_COLUMNS ||
			tag_column < -1 || tag_column > columns || dim < 0 || dim > 1 << 20 ||
			(crf->templates.vectors > 0) != (dim > 0)))
		return bad(set, "crf.settings");
	crf->columns = (int)columns;
	crf->tag_column = (int)tag_column;
	crf->dim = (size_t)dim;
	struct wp_strings *names = wp_tensor_set_strings(set, "crf.columns");
	if (!err && names) {
		if (names->count + 1 != (size_t)columns)
			return bad(set, "crf.columns");
		crf->column_names = *names;
		*names = (struct wp_strings){0};
	}
	crf->tags = *tags;
	*tags = (struct wp_strings){0};
	return err ? err : wp_crf_attributes_init(&crf->attributes, &crf->templates);
}

/* Every row is an attribute that a template can make, and no two are the same. */
static enum wp_err read_attributes(
	struct wp_crf *crf, const struct wp_tensor_set *set, const int32_t *rows, size_t count)
{
	struct wp_crf_attributes *a = &crf->attributes;
	int64_t values = (int64_t)a->values.strings.count;
	for (size_t i = 0; i < count; i++) {
		const int32_t *row = rows + i * a->width;
		const struct wp_crf_template *t = NULL;
		for (size_t k = 0; k < crf->templates.count && !t; k++)
			if (crf->templates.templates[k].group == row[0])
				t = &crf->templates.templates[k];
		bool good = t != NULL;
		for (size_t k = 1; k < a->width && good; k++)
			good = k <= (size_t)t->count ? row[k] >= 0 && row[k] < values
						     : row[k] == -1;
		if (!good)
			return bad(set, "crf.feature");
		int32_t number;
		enum wp_err err = wp_crf_attributes_add(a, row, &number);
		if (err)
			return err;
		if ((size_t)number != i)
			return bad(set, "crf.feature");
	}
	return WP_OK;
}

/* The rows of weights that have one for each tag. */
static void take_rows(const struct wp_crf *crf, const float *from, double *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		for (size_t y = 0; y < crf->tag_count; y++)
			rows[i * crf->stride + y] = (double)from[i * crf->tag_count + y];
}

static bool all_finite(const float *x, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!isfinite(x[i]))
			return false;
	return true;
}

static enum wp_err read_weights(struct wp_crf *crf, const struct wp_tensor_set *set,
	const int32_t *count, size_t attributes, const size_t *begin, const uint32_t *tag,
	int32_t *order)
{
	const struct wp_tensor *t, *v;
	size_t tags = crf->tags.count, vectors = crf->templates.vectors;
	const float *weight = get(set, "crf.weight", WP_F32, 1, &t);
	if (!weight || t->dim[0] != begin[attributes] || !all_finite(weight, begin[attributes]))
		return bad(set, "crf.weight");
	const float *transition = get(set, "crf.transition", WP_F32, 2, &t);
	if (!transition || t->dim[0] != tags || t->dim[1] != tags ||
		!all_finite(transition, tags * tags))
		return bad(set, "crf.transition");
	const float *vector = get(set, "crf.vector", WP_F32, 3, &v);
	if (vectors &&
		(!vector || v->dim[0] != vectors || v->dim[1] != crf->dim ||
			v->dim[2] != tags || !all_finite(vector, vectors * crf->dim * tags)))
		return bad(set, "crf.vector");
	size_t numbers = crf->templates.numbers;
	const float *number = get(set, "crf.number", WP_F32, 2, &v);
	if (numbers &&
		(!number || v->dim[0] != numbers || v->dim[1] != tags ||
			!all_finite(number, numbers * tags)))
		return bad(set, "crf.number");
	enum wp_err err = wp_crf_lay_out(crf, begin, tag, order);
	if (!err)
		err = wp_table_alloc(&crf->weights, crf->size * sizeof(double), "weights");
	if (err)
		return err;
	take_rows(crf, transition, crf->weights, tags);
	if (vectors)
		take_rows(crf, vector, crf->weights + crf->vectors_at, vectors * crf->dim);
	if (numbers)
		take_rows(crf, number, crf->weights + crf->numbers_at, numbers);
	for (size_t i = 0; i < attributes; i++)
		for (size_t k = begin[i]; k < begin[i] + (size_t)count[i]; k++) {
			size_t to = (size_t)order[i];
			size_t place = to < crf->dense + crf->sparse
				? wp_crf_place(crf, to, tag[k])
				: wp_crf_pair_place(crf, to, tag[k]);
			crf->weights[place] = (double)weight[k];
		}
	return WP_OK;
}

/* Where the tags of each attribute begin, and that they are tags, or pairs of tags, rising. */
static enum wp_err check_tags(const struct wp_crf *crf, const struct wp_tensor_set *set,
	const int32_t *count, const int32_t *tag, size_t weights, size_t *begin,
	uint32_t *checked)
{
	size_t used = 0, attributes = crf->attributes.count;
	for (size_t i = 0; i < attributes; i++) {
		bool pair = wp_crf_is_pair(crf, i);
		size_t tags = crf->tags.count * (pair ? crf->tags.count : 1);
		begin[i] = used;
		if (count[i] < 0 || (size_t)count[i] > weights - used)
			return bad(set, "crf.count");
		for (int32_t k = 0; k < count[i]; k++, used++) {
			if (tag[used] < 0 || (size_t)tag[used] >= tags ||
				(k && tag[used] <= tag[used - 1]))
				return bad(set, "crf.tag");
			checked[used] = pair
				? wp_chain_pair((size_t)tag[used] / crf->tags.count,
					  (size_t)tag[used] % crf->tags.count)
				: (uint32_t)tag[used];
		}
	}
	begin[attributes] = used;
	return used == weights ? WP_OK : bad(set, "crf.count");
}

static enum wp_err unpack(struct wp_crf *crf, const struct wp_tensor_set *set)
{
	enum wp_err err = read_templates(crf, set);
	if (err)
		return err;
	const struct wp_tensor *f, *c, *t;
	const int32_t *feature = get(set, "crf.feature", WP_I32, 2, &f);
	const int32_t *count = get(set, "crf.count", WP_I32, 1, &c);
	const int32_t *tag = get(set, "crf.tag", WP_I32, 1, &t);
	struct wp_strings *values = wp_tensor_set_strings(set, "crf.value");
	if (!values)
		return bad(set, "crf.value");
	if (!feature || f->dim[1] != crf->attributes.width)
		return bad(set, "crf.feature");
	if (!count || c->dim[0] != f->dim[0])
		return bad(set, "crf.count");
	if (!tag)
		return bad(set, "crf.tag");
	err = wp_symbols_from(&crf->attributes.values, values);
	size_t attributes = (size_t)f->dim[0], weights = (size_t)t->dim[0], *begin = NULL;
	uint32_t *checked = NULL;
	int32_t *order = NULL;
	if (!err)
		err = read_attributes(crf, set, feature, attributes);
	if (!err)
		err = wp_alloc(&begin, attributes + 1, sizeof *begin, "a model");
	if (!err)
		err = wp_alloc(&checked, weights, sizeof *checked, "a model");
	if (!err)
		err = wp_alloc(&order, attributes, sizeof *order, "a model");
	if (!err)
		err = check_tags(crf, set, count, tag, weights, begin, checked);
	if (!err)
		err = read_weights(crf, set, count, attributes, begin, checked, order);
	free(begin);
	free(checked);
	free(order);
	for (size_t i = 0; i < 2 * WP_CRF_ROWS && !err; i++) {
		char text[16];
		int distance =
			i < WP_CRF_ROWS ? (int)i - WP_CRF_ROWS : (int)i - WP_CRF_ROWS + 1;
		int n = snprintf(text, sizeof text, "_B%+d", distance);
		crf->attributes.boundary[i] =
			wp_symbols_find(&crf->attributes.values, text, (size_t)n);
	}
	return err;
}

enum wp_err wp_crf_read(struct wp_crf **crf, struct wp_reader *reader)
{
	struct wp_tensor_set *set;
	*crf = NULL;
	enum wp_err err = wp_tensor_set_read(&set, reader, NULL);
	if (err)
		return err;
	struct wp_crf *c;
	err = wp_alloc(&c, 1, sizeof *c, "a model");
	if (!err)
		err = unpack(c, set);
	wp_tensor_set_free(set);
	if (err) {
		wp_crf_free(err == WP_ENOMEM && !c ? NULL : c);
		return err;
	}
	*crf = c;
	return WP_OK;
}

/* ---- Features by name ---- */

struct weight {
	double value;
	size_t tag, after; /* after: the tag before, of an attribute of pairs */
	int64_t attribute; /* below 0: a transition, from tag -1 - attribute; from `attributes`
			    * on, the weight of a number */
};

static int by_weight(const void *a, const void *b)
{
	const struct weight *x = a, *y = b;
	if (x->tag != y->tag)
		return x->tag < y->tag ? -1 : 1;
	double p = fabs(x->value), q = fabs(y->value);
	if (p > q || p < q)
		return p > q ? -1 : 1;
	if (x->attribute != y->attribute)
		return x->attribute < y->attribute ? -1 : 1;
	return (x->after > y->after) - (x->after < y->after);
}

/* The line of the template of a number. */
static enum wp_err number_name(const struct wp_crf *crf, size_t number, struct wp_strings *name)
{
	for (size_t i = 0; i < crf->templates.lines.count; i++) {
		size_t n;
		const char *line = wp_strings_get(&crf->templates.lines, i, &n);
		if (*line == 'R' && number-- == 0)
			return wp_strings_add(name, line, n);
	}
	return wp_strings_add(name, "R", 1);
}

static enum wp_err write_weight(
	const struct wp_crf *crf, const struct weight *w, struct wp_output *output)
{
	size_t n;
	const char *tag = wp_strings_get(&crf->tags, w->tag, &n);
	enum wp_err err = wp_output_write(output, tag, n);
	if (!err)
		err = wp_output_printf(output, "\t%.4f\t", w->value);
	struct wp_strings name = {0};
	if (!err && w->attribute >= (int64_t)crf->attributes.count)
		err = number_name(crf, (size_t)w->attribute - crf->attributes.count, &name);
	else if (!err && w->attribute >= 0)
		err = wp_crf_attributes_name(&crf->attributes, (size_t)w->attribute, &name);
	else if (!err)
		err = wp_output_write(output, "after ", 6);
	const char *text = "";
	n = 0;
	if (!err)
		text = w->attribute >= 0
			? wp_strings_get(&name, 0, &n)
			: wp_strings_get(&crf->tags, (size_t)(-1 - w->attribute), &n);
	if (!err)
		err = wp_output_write(output, text, n);
	if (!err && w->attribute >= (int64_t)(crf->dense + crf->sparse) &&
		w->attribute < (int64_t)crf->attributes.count) {
		text = wp_strings_get(&crf->tags, w->after, &n);
		err = wp_output_write(output, " after ", 7);
		if (!err)
			err = wp_output_write(output, text, n);
	}
	if (!err)
		err = wp_output_write(output, "\n", 1);
	wp_strings_fini(&name);
	return err;
}

enum wp_err wp_crf_write_features(
	const struct wp_crf *crf, size_t most, struct wp_output *output)
{
	size_t tags = crf->tag_count, room = wp_crf_weight_count(crf), n = 0;
	struct weight *list;
	enum wp_err err = wp_alloc(&list, room, sizeof *list, "weights");
	if (err)
		return err;
	for (size_t y = 0; y < tags; y++) {
		for (size_t i = 0; i < tags; i++) {
			double w = crf->weights[i * crf->stride + y];
			if (w < 0 || w > 0)
				list[n++] = (struct weight){
					.value = w, .tag = y, .attribute = -1 - (int64_t)i};
		}
		for (size_t i = 0; i < crf->templates.numbers; i++) {
			double w = crf->weights[crf->numbers_at + i * crf->stride + y];
			if (w < 0 || w > 0)
				list[n++] = (struct weight){.value = w,
					.tag = y,
					.attribute = (int64_t)(crf->attributes.count + i)};
		}
	}
	for (size_t i = 0; i < crf->attributes.count; i++) {
		bool pair = i >= crf->dense + crf->sparse;
		size_t places = count_places(crf, i);
		for (size_t k = 0; k < places; k++) {
			uint32_t tag;
			size_t place = place_at(crf, i, k, &tag);
			double w = place == SIZE_MAX ? 0 : crf->weights[place];
			if (w < 0 || w > 0)
				list[n++] = (struct weight){.value = w,
					.tag = pair ? wp_chain_pair_to(tag) : tag,
					.after = pair ? wp_chain_pair_from(tag) : 0,
					.attribute = (int64_t)i};
		}
	}
	qsort(list, n, sizeof *list, by_weight);
	size_t rank = 0;
	for (size_t i = 0; i < n && !err; i++) {
		rank = i && list[i].tag == list[i - 1].tag ? rank + 1 : 0;
		if (rank < most)
			err = write_weight(crf, &list[i], output);
	}
	free(list);
	return err;
}
