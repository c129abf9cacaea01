#include "crf/crf_attributes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "base/memory.h"
#include "crf/crf_pattern.h"
#include "text/utf8.h"

enum { UNKNOWN = -1, NOT_MADE = -2 };

enum wp_err wp_crf_attributes_init(
	struct wp_crf_attributes *a, const struct wp_crf_templates *templates)
{
	*a = (struct wp_crf_attributes){.templates = templates, .width = 1};
	for (size_t i = 0; i < templates->count; i++)
		if ((size_t)templates->templates[i].count + 1 > a->width)
			a->width = (size_t)templates->templates[i].count + 1;
	enum wp_err err =
		wp_alloc(&a->boundary, 2 * WP_CRF_ROWS, sizeof *a->boundary, "attributes");
	for (size_t i = 0; i < 2 * WP_CRF_ROWS && !err; i++)
		a->boundary[i] = UNKNOWN;
	return err;
}

void wp_crf_attributes_fini(struct wp_crf_attributes *a)
{
	wp_symbols_fini(&a->values);
	free(a->rows);
	free(a->slots);
	free(a->boundary);
	*a = (struct wp_crf_attributes){0};
}

static uint64_t hash(const int32_t *row, size_t width)
{
	uint64_t h = 0x9E3779B97F4A7C15u;
	for (size_t i = 0; i < width; i++) {
		h = (h ^ (uint32_t)row[i]) * 0xD6E8FEB86659FD93u;
		h ^= h >> 32;
	}
	return h;
}

static size_t find_slot(const struct wp_crf_attributes *a, const int32_t *row, uint64_t h)
{
	size_t at = (size_t)h & a->mask;
	for (; a->slots[at]; at = (at + 1) & a->mask) {
		if ((a->slots[at] ^ h) >> 32)
			continue;
		size_t number = (uint32_t)a->slots[at] - 1;
		if (memcmp(a->rows + number * a->width, row, a->width * sizeof *row) == 0)
			break;
	}
	return at;
}

static uint64_t slot(uint64_t h, size_t number)
{
	return (h >> 32 << 32) | (uint32_t)(number + 1);
}

static enum wp_err resize(struct wp_crf_attributes *a, size_t size)
{
	uint64_t *slots;
	enum wp_err err = wp_alloc(&slots, size, sizeof *slots, "attributes");
	if (err)
		return err;
	free(a->slots);
	a->slots = slots;
	a->mask = size - 1;
	for (size_t i = 0; i < a->count; i++) {
		uint64_t h = hash(a->rows + i * a->width, a->width);
		size_t at = (size_t)h & a->mask;
		while (slots[at])
			at = (at + 1) & a->mask;
		slots[at] = slot(h, i);
	}
	return WP_OK;
}

int32_t wp_crf_attributes_find(const struct wp_crf_attributes *a, const int32_t *row)
{
	if (!a->slots)
		return UNKNOWN;
	uint64_t h = hash(row, a->width);
	return (int32_t)(uint32_t)a->slots[find_slot(a, row, h)] - 1;
}

enum wp_err wp_crf_attributes_add(
	struct wp_crf_attributes *a, const int32_t *row, int32_t *number)
{
	enum wp_err err = WP_OK;
	if (a->count >= INT32_MAX - 1)
		return wp_fail(WP_ELIMIT, "more than %d attributes", INT32_MAX - 1);
	if (!a->slots || 2 * a->count > a->mask)
		err = resize(a, a->slots ? 2 * (a->mask + 1) : 4096);
	if (err)
		return err;
	uint64_t h = hash(row, a->width);
	size_t at = find_slot(a, row, h);
	if (!a->slots[at]) {
		err = wp_grow(&a->rows, &a->room, (a->count + 1) * a->width, sizeof *a->rows,
			"attributes");
		if (err)
			return err;
		memcpy(a->rows + a->count * a->width, row, a->width * sizeof *row);
		a->slots[at] = slot(h, a->count++);
	}
	*number = (int32_t)(uint32_t)a->slots[at] - 1;
	return WP_OK;
}

enum wp_err wp_crf_attributes_reorder(
	struct wp_crf_attributes *a, const int32_t *order, size_t left)
{
	int32_t *rows;
	enum wp_err err = wp_alloc(&rows, left * a->width, sizeof *rows, "attributes");
	if (err)
		return err;
	for (size_t i = 0; i < a->count; i++)
		if (order[i] >= 0)
			memcpy(rows + (size_t)order[i] * a->width, a->rows + i * a->width,
				a->width * sizeof *rows);
	free(a->rows);
	a->rows = rows;
	a->count = left;
	a->room = left * a->width;
	size_t size = 4096;
	while (size < 2 * left + 2)
		size *= 2;
	return resize(a, size);
}

enum wp_err wp_crf_attributes_name(
	const struct wp_crf_attributes *a, size_t number, struct wp_strings *names)
{
	const int32_t *row = a->rows + number * a->width;
	size_t n, need = 0, used = 0, value = 1;
	const char *shape = wp_strings_get(&a->templates->groups, (size_t)row[0], &n);
	for (size_t i = 1; i < a->width && row[i] >= 0; i++) {
		size_t length;
		(void)wp_strings_get(&a->values.strings, (size_t)row[i], &length);
		need += length;
	}
	char *name;
	enum wp_err err = wp_alloc(&name, need + n, 1, "the name of an attribute");
	for (size_t i = 0; i < n && !err; i++) {
		if (shape[i]) {
			name[used++] = shape[i];
			continue;
		}
		size_t length;
		const char *text =
			wp_strings_get(&a->values.strings, (size_t)row[value++], &length);
		memcpy(name + used, text, length);
		used += length;
	}
	if (!err)
		err = wp_strings_add(names, name, used);
	free(name);
	return err;
}

void wp_crf_extractor_fini(struct wp_crf_extractor *x)
{
	free(x->made);
	free(x->value);
	free(x->text);
	*x = (struct wp_crf_extractor){0};
}

static enum wp_err number_of(
	struct wp_crf_extractor *x, const char *text, size_t n, int32_t *number)
{
	if (x->learn)
		return wp_symbols_add(&x->attributes->values, text, n, number);
	*number = wp_symbols_find(&x->attributes->values, text, n);
	return WP_OK;
}

/* Room for what sources make of all values that there are. */
static enum wp_err make_room(struct wp_crf_extractor *x)
{
	size_t sources = x->attributes->templates->source_count;
	size_t room = x->made_room, values = x->attributes->values.strings.count;
	if (values < room)
		return WP_OK;
	room = 2 * values + 1024;
	int32_t *made;
	enum wp_err err = wp_alloc(&made, sources * room, sizeof *made, "values of columns");
	if (err)
		return err;
	for (size_t i = 0; i < sources * room; i++)
		made[i] = NOT_MADE;
	for (size_t s = 0; s < sources && x->made; s++)
		memcpy(made + s * room, x->made + s * x->made_room,
			x->made_room * sizeof *made);
	free(x->made);
	x->made = made;
	x->made_room = room;
	return WP_OK;
}

/* The text in lower case, in x->text. */
static enum wp_err lower(struct wp_crf_extractor *x, struct wp_field *field)
{
	enum wp_err err = wp_grow(
		&x->text, &x->text_room, field->length * 4 + 4, 1, "text in lower case");
	if (err)
		return err;
	size_t used = 0;
	const char *end = field->text + field->length;
	for (const char *p = field->text; p < end;) {
		struct wp_decoded d = wp_utf8_decode(p, end);
		if (!d.valid) {
			memcpy(x->text + used, p, d.length);
			used += d.length;
		} else if (d.code_point < 0x80) {
			char c = *p;
			x->text[used++] = c >= 'A' && c <= 'Z' ? (char)(c | 32) : c;
		} else {
			utf8proc_int32_t c = utf8proc_tolower((utf8proc_int32_t)d.code_point);
			used += (size_t)utf8proc_encode_char(
				c, (utf8proc_uint8_t *)x->text + used);
		}
		p += d.length;
	}
	*field = (struct wp_field){x->text, used};
	return WP_OK;
}

static enum wp_err make(struct wp_crf_extractor *x, const struct wp_crf_source *source,
	struct wp_field field, int32_t *number)
{
	enum wp_err err = source->lower ? lower(x, &field) : WP_OK;
	if (err)
		return err;
	if (source->function != 'x') {
		size_t begin = 0, length = 0;
		bool matches = wp_crf_pattern_match(
			source->pattern, field.text, field.length, &begin, &length);
		if (source->function == 't')
			field = matches ? (struct wp_field){"true", 4}
					: (struct wp_field){"false", 5};
		else
			field = (struct wp_field){field.text + begin, length};
	}
	return number_of(x, field.text, field.length, number);
}

static enum wp_err value_of(struct wp_crf_extractor *x, size_t s, struct wp_field field,
	int32_t raw, int32_t *number)
{
	const struct wp_crf_source *source = &x->attributes->templates->sources[s];
	*number = raw;
	if (source->function == 'x' && !source->lower)
		return WP_OK;
	if (raw < 0)
		return make(x, source, field, number);
	int32_t known =
		(size_t)raw < x->made_room ? x->made[s * x->made_room + (size_t)raw] : NOT_MADE;
	if (known != NOT_MADE) {
		*number = known;
		return WP_OK;
	}
	enum wp_err err = make(x, source, field, number);
	if (!err)
		err = make_room(x);
	if (!err)
		x->made[s * x->made_room + (size_t)raw] = *number;
	return err;
}

enum wp_err wp_crf_extract_values(
	struct wp_crf_extractor *x, const struct wp_field *fields, size_t columns, size_t n)
{
	const struct wp_crf_templates *t = x->attributes->templates;
	enum wp_err err = wp_grow(&x->value, &x->value_room, t->source_count * n + 1,
		sizeof *x->value, "values of columns");
	for (size_t i = 0; i < n && !err; i++) {
		int last = -1;
		int32_t raw = UNKNOWN;
		for (size_t s = 0; s < t->source_count && !err; s++) {
			int column = t->sources[s].column;
			struct wp_field field = fields[i * columns + (size_t)column];
			if (column != last)
				err = number_of(x, field.text, field.length, &raw);
			last = column;
			if (!err)
				err = value_of(x, s, field, raw, &x->value[s * n + i]);
		}
	}
	return err;
}

/* The value that stands `distance` beyond the sentence, before it if that is negative. */
static enum wp_err boundary(struct wp_crf_extractor *x, int distance, int32_t *number)
{
	struct wp_crf_attributes *a = x->attributes;
	int32_t *known = &a->boundary[distance < 0 ? WP_CRF_ROWS + distance
						   : WP_CRF_ROWS - 1 + distance];
	enum wp_err err = WP_OK;
	if (*known == UNKNOWN && x->learn) {
		char text[16];
		int n = snprintf(text, sizeof text, "_B%+d", distance);
		err = wp_symbols_add(&a->values, text, (size_t)n, known);
	}
	*number = *known;
	return err;
}

enum wp_err wp_crf_extract(struct wp_crf_extractor *x, size_t t, size_t n, int32_t *attributes)
{
	const struct wp_crf_attributes *a = x->attributes;
	int32_t row[WP_CRF_MACROS + 1];
	for (size_t i = 0; i < a->templates->count; i++) {
		const struct wp_crf_template *template = &a->templates->templates[i];
		attributes[i] = UNKNOWN;
		if (template->kind != 'U' && (template->kind != 'B' || t == 0))
			continue;
		bool known = true;
		enum wp_err err = WP_OK;
		row[0] = template->group;
		for (int m = 0; m < template->count && known && !err; m++) {
			int64_t at = (int64_t)t + template->macro[m].row;
			int32_t *value = &row[m + 1];
			if (at < 0)
				err = boundary(x, (int)at, value);
			else if (at >= (int64_t)n)
				err = boundary(x, (int)(at - (int64_t)n) + 1, value);
			else
				*value = x->value[(size_t) template->macro[m].source * n +
					(size_t)at];
			known = *value >= 0;
		}
		if (err)
			return err;
		for (size_t m = (size_t) template->count + 1; m < a->width; m++)
			row[m] = -1;
		if (known && x->learn)
			err = wp_crf_attributes_add(x->attributes, row, &attributes[i]);
		else if (known)
			attributes[i] = wp_crf_attributes_find(a, row);
		if (err)
			return err;
	}
	return WP_OK;
}
