#include "crf/crf_data.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum { PAIR_TAGS = 46340 }; /* whose pairs have numbers that an i32 can hold */

void wp_crf_data_fini(struct wp_crf_data *d)
{
	free(d->lengths);
	free(d->tags);
	free(d->attributes);
	free(d->at);
	free(d->dense);
	free(d->pairs);
	free(d->vectors);
	free(d->numbers);
	*d = (struct wp_crf_data){0};
}

/* What is needed while the text is read. */
struct reader {
	struct wp_crf_data *data;
	struct wp_crf *crf;
	const struct wp_crf_reading *reading;
	struct wp_symbols tags;
	struct wp_crf_extractor extractor;
	struct wp_field *fields; /* of a sentence, without its tags */
	size_t field_room;
	int32_t *row; /* the attributes of a token, by template */
	char *text;
	size_t text_room;
	const char *name; /* of the text */
};

static enum wp_err check_columns(
	struct reader *r, const struct wp_column_sentence *s, const char *name)
{
	int tag = r->reading->tag_column, columns = (int)s->columns;
	if (tag < 0)
		tag = columns - 1;
	if (tag >= columns)
		return wp_fail(WP_EMISMATCH,
			"%s: no column %d of tags: lines have %d (line %" PRIu64 ")", name,
			tag + 1, columns, s->line);
	if (columns < 2)
		return wp_fail(WP_EMISMATCH,
			"%s: one column, and tokens need a tag beside them (line %" PRIu64 ")",
			name, s->line);
	r->crf->columns = columns - 1;
	r->crf->tag_column = r->reading->tag_column;
	if (r->crf->templates.count == 0 && !r->crf->templates.transitions) {
		enum wp_err err = wp_crf_templates_default(
			&r->crf->templates, r->crf->columns, r->crf->dim > 0);
		if (err)
			return err;
	}
	if (r->crf->templates.columns > r->crf->columns)
		return wp_fail(WP_EMISMATCH,
			"%s: the templates read column %d, counted from 0, and lines have %d "
			"without the tags (line %" PRIu64 ")",
			name, r->crf->templates.columns - 1, r->crf->columns, s->line);
	enum wp_err err = wp_crf_attributes_init(&r->crf->attributes, &r->crf->templates);
	r->extractor.attributes = &r->crf->attributes;
	r->extractor.learn = true;
	if (!err)
		err = wp_alloc(&r->row, r->crf->templates.count, sizeof *r->row, "attributes");
	return err;
}

/* The fields without the tags, which are numbered and kept. */
static enum wp_err take_tags(struct reader *r, const struct wp_column_sentence *s)
{
	struct wp_crf_data *d = r->data;
	size_t tag =
		r->reading->tag_column < 0 ? s->columns - 1 : (size_t)r->reading->tag_column;
	size_t left = s->columns - 1;
	enum wp_err err = wp_grow(
		&d->tags, &d->tags_room, d->tokens + s->tokens, sizeof *d->tags, "tags");
	if (!err)
		err = wp_grow(&r->fields, &r->field_room, s->tokens * left + 1,
			sizeof *r->fields, "a sentence");
	for (size_t t = 0; t < s->tokens && !err; t++) {
		const struct wp_field *from = s->fields + t * s->columns;
		struct wp_field *to = r->fields + t * left;
		memcpy(to, from, tag * sizeof *to);
		memcpy(to + tag, from + tag + 1, (left - tag) * sizeof *to);
		err = wp_symbols_add(
			&r->tags, from[tag].text, from[tag].length, &d->tags[d->tokens + t]);
	}
	return err;
}

static enum wp_err take_vectors(struct reader *r, size_t t, size_t n)
{
	struct wp_crf_data *d = r->data;
	const struct wp_crf_templates *templates = &r->crf->templates;
	enum wp_err err = wp_grow(&d->vectors, &d->vectors_room,
		d->vectors_used + templates->vectors, sizeof *d->vectors, "word vectors");
	for (size_t i = 0; i < templates->count && !err; i++) {
		const struct wp_crf_template *p = &templates->templates[i];
		if (p->kind != 'V')
			continue;
		int64_t at = (int64_t)t + p->macro[0].row;
		int column = templates->sources[p->macro[0].source].column;
		d->vectors[d->vectors_used++] = at < 0 || at >= (int64_t)n
			? -1
			: wp_crf_find_vector(&r->crf->vectors,
				  r->fields[(size_t)at * (size_t)r->crf->columns +
					  (size_t)column],
				  &r->text, &r->text_room);
	}
	return err;
}

static enum wp_err take_numbers(struct reader *r, const struct wp_column_sentence *s, size_t t)
{
	struct wp_crf_data *d = r->data;
	size_t numbers = r->crf->templates.numbers, at = (d->tokens + t) * numbers;
	enum wp_err err = wp_grow(
		&d->numbers, &d->numbers_room, at + numbers, sizeof *d->numbers, "numbers");
	if (err)
		return err;
	err = wp_crf_find_numbers(
		r->crf, r->fields, (size_t)r->crf->columns, t, s->tokens, d->numbers + at);
	if (err != WP_EMISMATCH)
		return err;
	char detail[200];
	snprintf(detail, sizeof detail, "%s", wp_error_detail());
	return wp_fail(WP_EMISMATCH, "%s: %s (sentence at line %" PRIu64 ")", r->name, detail,
		s->line);
}

static enum wp_err take_sentence(struct reader *r, const struct wp_column_sentence *s)
{
	struct wp_crf_data *d = r->data;
	size_t templates = r->crf->templates.count;
	enum wp_err err = take_tags(r, s);
	if (!err)
		err = wp_crf_extract_values(
			&r->extractor, r->fields, (size_t)r->crf->columns, s->tokens);
	if (!err)
		err = wp_grow(&d->at, &d->at_room, d->tokens + s->tokens + 1, sizeof *d->at,
			"attributes");
	if (!err)
		err = wp_grow(&d->attributes, &d->attributes_room,
			d->used + s->tokens * templates, sizeof *d->attributes, "attributes");
	for (size_t t = 0; t < s->tokens && !err; t++) {
		d->at[d->tokens + t] = d->used;
		err = wp_crf_extract(&r->extractor, t, s->tokens, r->row);
		for (size_t i = 0; i < templates && !err; i++)
			if (r->row[i] >= 0)
				d->attributes[d->used++] = r->row[i];
		if (!err && r->crf->templates.vectors)
			err = take_vectors(r, t, s->tokens);
		if (!err && r->crf->templates.numbers)
			err = take_numbers(r, s, t);
	}
	if (!err)
		err = wp_grow(&d->lengths, &d->lengths_room, d->sentences + 1,
			sizeof *d->lengths, "sentences");
	if (err)
		return err;
	d->lengths[d->sentences++] = (int32_t)s->tokens;
	d->longest = s->tokens > d->longest ? s->tokens : d->longest;
	d->tokens += s->tokens;
	d->at[d->tokens] = d->used;
	return WP_OK;
}

/* ---- The layout ---- */

/* Attributes that are too rare go: order says what is left under which number. */
static enum wp_err drop_rare(struct wp_crf_data *d, struct wp_crf *crf, int least)
{
	int32_t *count;
	enum wp_err err = wp_alloc(&count, crf->attributes.count, sizeof *count, "attributes");
	if (err)
		return err;
	for (size_t i = 0; i < d->used; i++)
		count[d->attributes[i]] += count[d->attributes[i]] < least;
	int32_t left = 0;
	for (size_t i = 0; i < crf->attributes.count; i++)
		count[i] = count[i] >= least ? left++ : -1;
	size_t to = 0;
	for (size_t t = 0; t < d->tokens; t++) {
		size_t from = d->at[t];
		d->at[t] = to;
		for (; from < d->at[t + 1]; from++)
			if (count[d->attributes[from]] >= 0)
				d->attributes[to++] = count[d->attributes[from]];
	}
	if (d->tokens)
		d->at[d->tokens] = to;
	d->used = to;
	err = wp_crf_attributes_reorder(&crf->attributes, count, (size_t)left);
	free(count);
	return err;
}

static int by_value(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;
	return (*x > *y) - (*x < *y);
}

/* The pairs of tags that attributes of pairs were seen with: the attribute in the upper half,
 * the pair in the lower one, rising, each once. */
static enum wp_err find_pairs(
	const struct wp_crf_data *d, const struct wp_crf *crf, uint64_t **pair, size_t *count)
{
	size_t room = 0, n = 0, token = 0;
	*pair = NULL;
	*count = 0;
	for (size_t s = 0; s < d->sentences && crf->templates.pairs;
		token += (size_t)d->lengths[s++])
		for (size_t t = token + 1; t < token + (size_t)d->lengths[s]; t++)
			for (size_t i = d->at[t]; i < d->at[t + 1]; i++) {
				size_t attribute = (size_t)d->attributes[i];
				if (!wp_crf_is_pair(crf, attribute))
					continue;
				enum wp_err err = wp_grow(
					pair, &room, n + 1, sizeof **pair, "pairs of tags");
				if (err)
					return err;
				uint32_t code = wp_chain_pair(
					(size_t)d->tags[t - 1], (size_t)d->tags[t]);
				(*pair)[n++] = (uint64_t)attribute << 32 | code;
			}
	if (n)
		qsort(*pair, n, sizeof **pair, by_value);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || (*pair)[i] != (*pair)[i - 1])
			(*pair)[(*count)++] = (*pair)[i];
	return WP_OK;
}

/* For each attribute the tags, or pairs of tags, that it was seen with, or all of them. */
static enum wp_err find_tags(const struct wp_crf_data *d, const struct wp_crf *crf, bool all,
	size_t *begin, uint32_t **tag)
{
	size_t attributes = crf->attributes.count, tags = crf->tags.count, used = 0;
	size_t words = (tags + 63) / 64, pairs;
	uint64_t *seen, *pair;
	enum wp_err err = find_pairs(d, crf, &pair, &pairs);
	if (!err)
		err = wp_alloc(&seen, attributes * words, sizeof *seen, "attributes");
	if (err) {
		free(pair);
		return err;
	}
	for (size_t t = 0; t < d->tokens; t++)
		for (size_t i = d->at[t]; i < d->at[t + 1]; i++)
			seen[(size_t)d->attributes[i] * words + (size_t)d->tags[t] / 64] |=
				(uint64_t)1 << d->tags[t] % 64;
	for (size_t i = 0; i < attributes * words && all; i++)
		seen[i] = UINT64_MAX;
	for (int pass = 0; pass < 2 && !err; pass++) {
		size_t next = 0;
		used = 0;
		for (size_t i = 0; i < attributes; i++) {
			begin[i] = used;
			if (wp_crf_is_pair(crf, i)) {
				for (uint32_t k = 0; k < tags * tags && all; k++, used++)
					if (pass)
						(*tag)[used] =
							wp_chain_pair(k / tags, k % tags);
				for (; next < pairs && pair[next] >> 32 == i; next++) {
					if (all)
						continue;
					if (pass)
						(*tag)[used] = (uint32_t)pair[next];
					used++;
				}
				continue;
			}
			for (size_t y = 0; y < tags; y++) {
				if (!(seen[i * words + y / 64] >> y % 64 & 1))
					continue;
				if (pass)
					(*tag)[used] = (uint32_t)y;
				used++;
			}
		}
		begin[attributes] = used;
		if (!pass)
			err = wp_alloc(tag, used, sizeof **tag, "weights");
	}
	free(seen);
	free(pair);
	return err;
}

/* Sort the attributes of each token by their kinds, and count these. */
static enum wp_err arrange(struct wp_crf_data *d, const struct wp_crf *crf)
{
	enum wp_err err = wp_alloc(&d->dense, d->tokens, sizeof *d->dense, "attributes");
	if (!err && crf->templates.pairs)
		err = wp_alloc(&d->pairs, d->tokens, sizeof *d->pairs, "attributes");
	for (size_t t = 0; t < d->tokens && !err; t++) {
		struct wp_crf_kinds kinds =
			wp_crf_arrange(crf, d->attributes + d->at[t], d->at[t + 1] - d->at[t]);
		d->dense[t] = (uint16_t)kinds.dense;
		if (d->pairs)
			d->pairs[t] = (uint16_t)kinds.pairs;
	}
	return err;
}

static enum wp_err lay_out(struct wp_crf_data *d, struct wp_crf *crf, bool all_tags)
{
	size_t attributes = crf->attributes.count, *begin = NULL;
	uint32_t *tag = NULL;
	int32_t *order = NULL;
	enum wp_err err = wp_alloc(&begin, attributes + 1, sizeof *begin, "attributes");
	if (!err)
		err = find_tags(d, crf, all_tags, begin, &tag);
	if (!err)
		err = wp_alloc(&order, attributes, sizeof *order, "attributes");
	if (!err)
		err = wp_crf_lay_out(crf, begin, tag, order);
	for (size_t i = 0; i < d->used && !err; i++)
		d->attributes[i] = order[d->attributes[i]];
	if (!err)
		err = arrange(d, crf);
	free(begin);
	free(tag);
	free(order);
	return err;
}

/* The text to its end; check() is called with the first sentence. */
static enum wp_err read_text(struct reader *r, struct wp_input *input,
	enum wp_err (*check)(struct reader *, const struct wp_column_sentence *, const char *))
{
	struct wp_column_text text = {.lines = {.input = input}};
	struct wp_column_sentence sentence;
	enum wp_err err;
	r->name = wp_input_name(input);
	while (!(err = wp_column_text_next(&text, &sentence))) {
		if (r->data->sentences == 0)
			err = check(r, &sentence, wp_input_name(input));
		if (!err)
			err = take_sentence(r, &sentence);
		if (err)
			break;
	}
	if (err == WP_END)
		err = r->data->sentences
			? WP_OK
			: wp_fail(WP_EMISMATCH, "%s: no tokens", wp_input_name(input));
	wp_column_text_fini(&text);
	wp_crf_extractor_fini(&r->extractor);
	free(r->fields);
	free(r->row);
	free(r->text);
	return err;
}

static enum wp_err check_same_columns(
	struct reader *r, const struct wp_column_sentence *s, const char *name)
{
	if ((int)s->columns != r->crf->columns + 1)
		return wp_fail(WP_EMISMATCH,
			"%s: lines have %zu columns, and those of the text to learn from %d "
			"(line %" PRIu64 ")",
			name, s->columns, r->crf->columns + 1, s->line);
	r->extractor.attributes = &r->crf->attributes;
	return wp_alloc(&r->row, r->crf->templates.count, sizeof *r->row, "attributes");
}

enum wp_err wp_crf_data_read_more(struct wp_crf_data *data, struct wp_crf *crf,
	struct wp_input *input, struct wp_symbols *tags)
{
	const struct wp_crf_reading reading = {.tag_column = crf->tag_column};
	struct reader r = {.data = data, .crf = crf, .reading = &reading};
	struct wp_strings copy = {0};
	enum wp_err err = wp_strings_add_all(&copy, &crf->tags);
	if (!err)
		err = wp_symbols_from(&r.tags, &copy);
	wp_strings_fini(&copy);
	if (!err)
		err = read_text(&r, input, check_same_columns);
	if (!err)
		err = arrange(data, crf);
	*tags = r.tags;
	return err;
}

enum wp_err wp_crf_data_read(struct wp_crf_data *data, struct wp_crf *crf,
	struct wp_input *input, const struct wp_crf_reading *reading)
{
	struct reader r = {.data = data, .crf = crf, .reading = reading};
	enum wp_err err = read_text(&r, input, check_columns);
	crf->tags = r.tags.strings;
	r.tags.strings = (struct wp_strings){0};
	wp_symbols_fini(&r.tags);
	if (!err && crf->tags.count < 2)
		err = wp_fail(WP_EMISMATCH,
			"%s: all tokens have the same tag: there is nothing to learn",
			wp_input_name(input));
	if (!err && crf->tags.count > WP_CHAIN_TAGS_MAX)
		err = wp_fail(WP_ELIMIT, "%s: %zu different tags, and at most %d are possible",
			wp_input_name(input), crf->tags.count, WP_CHAIN_TAGS_MAX);
	if (!err && crf->templates.pairs && crf->tags.count > PAIR_TAGS)
		err = wp_fail(WP_ELIMIT,
			"%s: %zu different tags, and at most %d are possible with a template B "
			"that has macros",
			wp_input_name(input), crf->tags.count, PAIR_TAGS);
	if (!err && reading->least > 1)
		err = drop_rare(data, crf, reading->least);
	if (!err && crf->attributes.count == 0 && crf->templates.vectors == 0 &&
		crf->templates.numbers == 0)
		err = wp_fail(WP_EMISMATCH,
			"%s: no attribute is left: every one is rarer than %d",
			wp_input_name(input), reading->least);
	return err ? err : lay_out(data, crf, reading->all_tags);
}
