#include "stream/select.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "stream/pair_rows.h"
#include "stream/row_kind.h"
#include "stream/crc.h"
#include "stream/pattern.h"
#include "stream/range.h"
#include "stream/stored.h"

/* A tensor that is selected. */
struct item {
	struct wp_tensor
		tensor; /* the first record, under the new name; when it is held: all */
	char old[WP_NAME_SIZE];
	bool sequence;                    /* it comes in slices                   */
	uint64_t streams;                 /* the last one in which it came        */
	uint64_t first;                   /* the stream that it is taken of       */
	uint64_t rows, print;             /* of its elements there                */
	uint64_t other_rows, other_print; /* and of those in the stream at hand   */
	unsigned char *data;
	size_t size, room;
	struct wp_strings strings;
};

/* "NAME[RANGE,RANGE]". */
struct slice {
	char name[WP_NAME_SIZE];
	struct wp_range axis[WP_RANK_MAX];
	int axes;
};

struct wp_select {
	struct wp_writer *writer;
	struct wp_patterns tensor, without, rename;
	bool has_tensor, hold, by_sequence;
	struct wp_range *range; /* of rows or of sequences */
	size_t ranges;
	struct slice *slice;
	size_t slices;
	struct item *item;
	size_t count, room;
	uint64_t streams;
	char there[256]; /* names that were not selected, for a message */
};

/* ---- settings ---- */

static enum wp_err bad_range(const char *setting, const char *text)
{
	return wp_fail(WP_EINVAL,
		"\1%s %s: not ranges FIRST:END or FIRST:END:STEP, separated by commas", setting,
		text);
}

static enum wp_err parse_ranges(struct wp_select *s, const char *setting, const char *text)
{
	size_t room = 0;
	for (const char *p = text; p;) {
		enum wp_err err =
			wp_grow(&s->range, &room, s->ranges + 1, sizeof *s->range, "ranges");
		if (err)
			return err;
		if (!wp_range_parse(&p, &s->range[s->ranges++]) || (*p && *p != ','))
			return bad_range(setting, text);
		p = *p ? p + 1 : NULL;
	}
	return WP_OK;
}

static bool parse_slice(const char **p, struct slice *slice)
{
	const char *open = strchr(*p, '[');
	size_t n = open ? (size_t)(open - *p) : 0;
	if (n == 0 || n >= WP_NAME_SIZE)
		return false;
	*slice = (struct slice){.axes = 0};
	memcpy(slice->name, *p, n);
	*p = open;
	do {
		++*p;
		if (slice->axes == WP_RANK_MAX ||
			!wp_range_parse(p, &slice->axis[slice->axes++]))
			return false;
	} while (**p == ',');
	if (**p != ']')
		return false;
	++*p;
	return **p == '\0' || **p == ',';
}

static enum wp_err parse_slices(struct wp_select *s, const char *text)
{
	size_t room = 0;
	for (const char *p = text; p;) {
		enum wp_err err =
			wp_grow(&s->slice, &room, s->slices + 1, sizeof *s->slice, "slices");
		if (err)
			return err;
		if (!parse_slice(&p, &s->slice[s->slices++]))
			return wp_fail(
				WP_EINVAL, "\1slice %s: not of the form NAME[RANGE,...]", text);
		p = *p ? p + 1 : NULL;
	}
	return WP_OK;
}

enum wp_err wp_select_create(struct wp_select **select, struct wp_writer *writer,
	const struct wp_select_settings *settings)
{
	struct wp_select *s;
	enum wp_err err = wp_alloc(select, 1, sizeof **select, "selection");
	if (err)
		return err;
	s = *select;
	s->writer = writer;
	s->has_tensor = settings->tensor != NULL;
	s->hold = settings->rows || settings->sequences || settings->slice;
	s->by_sequence = settings->sequences != NULL;
	if (settings->rows && settings->sequences)
		err = wp_fail(WP_EINVAL, "\1rows and \1sequences exclude each other");
	if (!err)
		err = wp_patterns_parse(&s->tensor, settings->tensor, "tensor", false);
	if (!err)
		err = wp_patterns_parse(&s->without, settings->without, "without", false);
	if (!err)
		err = wp_patterns_parse(&s->rename, settings->rename, "rename", true);
	if (!err)
		err = settings->rows ? parse_ranges(s, "rows", settings->rows)
				     : parse_ranges(s, "sequences", settings->sequences);
	if (!err)
		err = parse_slices(s, settings->slice);
	if (err) {
		wp_select_free(s);
		*select = NULL;
	}
	return err;
}

static void free_elements(struct item *item)
{
	free(item->data);
	item->data = NULL;
	item->size = item->room = 0;
	wp_strings_fini(&item->strings);
}

void wp_select_free(struct wp_select *s)
{
	if (!s)
		return;
	wp_patterns_fini(&s->tensor);
	wp_patterns_fini(&s->without);
	wp_patterns_fini(&s->rename);
	for (size_t i = 0; i < s->count; i++)
		free_elements(&s->item[i]);
	free(s->item);
	free(s->range);
	free(s->slice);
	free(s);
}

/* ---- records ---- */

void wp_select_begin_stream(struct wp_select *s)
{
	s->streams++;
}

/* Add the name of a record's tensor to the list for messages, once. */
static void note_name(struct wp_select *s, const struct wp_tensor *tensor)
{
	size_t used = strlen(s->there), n = strlen(tensor->name);
	for (const char *p = s->there; (p = strstr(p, tensor->name)); p += n)
		if ((p == s->there || p[-1] == ' ') && (p[n] == ',' || p[n] == '\0'))
			return;
	if (tensor->first == 0 && n > 0 && used + n + 3 <= sizeof s->there)
		snprintf(s->there + used, sizeof s->there - used, "%s%s", used ? ", " : "",
			tensor->name);
}

static enum wp_err no_fit(
	struct wp_reader *reader, const struct wp_tensor *tensor, const char *why)
{
	return wp_fail(WP_EMISMATCH, "%s: '%s' %s", wp_reader_name(reader), tensor->name, why);
}

/* The new name of a tensor; scales have that of their tensor. */
static enum wp_err rename_tensor(
	struct wp_select *s, const struct wp_tensor *tensor, char name[WP_NAME_SIZE])
{
	char base[WP_NAME_SIZE], changed[WP_NAME_SIZE];
	enum wp_err err = wp_patterns_rename(&s->rename, tensor->name, name);
	if (err || strcmp(name, tensor->name) != 0 || !wp_may_be_scale(tensor, base))
		return err;
	err = wp_patterns_rename(&s->rename, base, changed);
	if (err || strcmp(changed, base) == 0)
		return err;
	return wp_scale_name(changed, name);
}

/* Is it selected?  Where a tensor is, so are its scales. */
static bool is_chosen(struct wp_select *s, const struct wp_tensor *tensor)
{
	char base[WP_NAME_SIZE] = "";
	const bool scale = wp_may_be_scale(tensor, base);
	bool chosen = !s->has_tensor || wp_patterns_match(&s->tensor, tensor->name) ||
		(scale && wp_patterns_match(&s->tensor, base));
	bool dropped = wp_patterns_match(&s->without, tensor->name) ||
		(scale && wp_patterns_match(&s->without, base));
	return chosen && !dropped;
}

/* The item of a record; *is_new: it is its first. */
static enum wp_err find_item(struct wp_select *s, struct wp_reader *reader,
	const struct wp_tensor *tensor, struct item **item, bool *is_new)
{
	char name[WP_NAME_SIZE];
	enum wp_err err = rename_tensor(s, tensor, name);
	if (err)
		return err;
	size_t i = 0;
	while (i < s->count && strcmp(s->item[i].tensor.name, name) != 0)
		i++;
	*is_new = i == s->count;
	if (*is_new)
		err = wp_grow(
			&s->item, &s->room, s->count + 1, sizeof *s->item, "list of tensors");
	if (err)
		return err;
	*item = &s->item[i];
	if (*is_new) {
		s->item[s->count++] = (struct item){.tensor = *tensor,
			.sequence = tensor->more,
			.streams = s->streams,
			.first = s->streams};
		memcpy((*item)->tensor.name, name, sizeof name);
		memcpy((*item)->old, tensor->name, sizeof(*item)->old);
		return WP_OK;
	}
	if ((*item)->streams == s->streams && strcmp((*item)->old, tensor->name) != 0)
		return no_fit(reader, tensor, "would have the name of another tensor");
	if ((*item)->streams != s->streams)
		(*item)->other_rows = (*item)->other_print = 0;
	(*item)->streams = s->streams;
	memcpy((*item)->old, tensor->name, sizeof(*item)->old);
	return WP_OK;
}

/* The same tensor in another stream: nothing is written. */
static enum wp_err compare(struct item *item, struct wp_reader *reader,
	const struct wp_tensor *tensor, const void *data, size_t size)
{
	const struct wp_tensor *first = &item->tensor;
	item->other_rows += tensor->rank > 0 ? tensor->dim[0] : 0;
	item->other_print = wp_fingerprint(item->other_print, data, size);
	bool same = tensor->type == first->type && tensor->rank == first->rank &&
		memcmp(tensor->dim + 1, first->dim + 1,
			(WP_RANK_MAX - 1) * sizeof *first->dim) == 0;
	if (same && tensor->more)
		return WP_OK;
	if (same && item->other_rows == item->rows && item->other_print == item->print)
		return WP_OK;
	enum wp_row_kind kind = wp_row_kind_of(tensor->name);
	if (item->sequence || tensor->first > 0 || kind == WP_ROW_STEP ||
		kind == WP_ROW_SEQUENCE || kind == WP_ROW_STEP_OR_SEQUENCE)
		return no_fit(reader, tensor,
			"is another sequence in the streams before: 'ts-cat' appends sequences");
	if (strcmp(tensor->name, "counts") == 0)
		return no_fit(reader, tensor,
			"is another one in the streams before: 'ts-cat' adds counts up");
	return no_fit(reader, tensor,
		strcmp(tensor->name, "vocab") == 0
			? "is another one in the streams before: 'vocab --from' encodes a text "
			  "with a vocabulary that there is, 'vocab --merge' makes one of several"
			: "is another one in the streams before: '\1without' or '\1rename' "
			  "makes room for it");
}

static enum wp_err hold(struct item *item, struct wp_reader *reader,
	const struct wp_tensor *tensor, bool is_new, const void *data, size_t size)
{
	if (!is_new)
		item->tensor.dim[0] += tensor->dim[0];
	if (tensor->type == WP_STRING)
		return wp_reader_strings(reader, &item->strings);
	enum wp_err err =
		wp_grow(&item->data, &item->room, item->size + size + 1, 1, tensor->name);
	if (!err && size)
		memcpy(item->data + item->size, data, size);
	item->size += err ? 0 : size;
	return err;
}

enum wp_err wp_select_record(
	struct wp_select *s, struct wp_reader *reader, const struct wp_tensor *tensor)
{
	struct item *item;
	const void *data;
	size_t size;
	bool is_new;
	const bool chosen = is_chosen(s, tensor);
	note_name(s, tensor);
	if (!chosen)
		return WP_OK;
	enum wp_err err = find_item(s, reader, tensor, &item, &is_new);
	if (!err)
		err = wp_reader_data(reader, &data, &size);
	if (err)
		return err;
	if (item->first != s->streams)
		return compare(item, reader, tensor, data, size);
	item->rows += tensor->rank > 0 ? tensor->dim[0] : 0;
	item->print = wp_fingerprint(item->print, data, size);
	if (s->hold)
		return hold(item, reader, tensor, is_new, data, size);
	struct wp_tensor copy = *tensor;
	memcpy(copy.name, item->tensor.name, sizeof copy.name);
	return wp_writer_copy(s->writer, reader, &copy);
}

/* ---- slicing ---- */

/* The elements that the rows of each axis choose, of an array at data or, for strings, of the
 * element at which data would stand. */
struct gather {
	struct item *item;
	const struct wp_rows *rows;   /* of each axis */
	uint64_t stride[WP_RANK_MAX]; /* elements of a step */
	size_t bytes;                 /* of an element; 0: strings */
	unsigned char *to;
	struct wp_strings strings;
};

static enum wp_err gather(struct gather *g, int axis, uint64_t at)
{
	enum wp_err err = WP_OK;
	const struct wp_rows *rows = &g->rows[axis];
	bool last = axis + 1 == g->item->tensor.rank;
	for (size_t i = 0; i < rows->count && !err; i++) {
		const struct wp_span *span = &rows->span[i];
		uint64_t begin = at + span->first * g->stride[axis];
		for (uint64_t k = 0; k < span->count && !err && (!last || !g->bytes); k++) {
			size_t length;
			if (!last) {
				err = gather(g, axis + 1, begin + k * g->stride[axis]);
				continue;
			}
			const char *string =
				wp_strings_get(&g->item->strings, (size_t)(begin + k), &length);
			err = wp_strings_add(&g->strings, string, length);
		}
		if (last && g->bytes) {
			size_t size = (size_t)span->count * g->bytes;
			memcpy(g->to, g->item->data + begin * g->bytes, size);
			g->to += size;
		}
	}
	return err;
}

/* Keep only these rows of each axis. */
static enum wp_err cut(struct item *item, const struct wp_rows *rows)
{
	struct wp_tensor *t = &item->tensor;
	struct gather g = {.item = item, .rows = rows, .bytes = wp_type_size(t->type)};
	unsigned char *data = NULL;
	size_t count = 1;
	uint64_t stride = 1;
	for (int a = t->rank - 1; a >= 0; a--) {
		g.stride[a] = stride;
		stride *= t->dim[a];
		if (!wp_mulsize(count, (size_t)rows[a].rows, &count))
			return wp_fail(WP_ENOMEM, "'%s': too large", t->name);
	}
	if (!wp_mulsize(count, g.bytes, &item->size))
		return wp_fail(WP_ENOMEM, "'%s': too large", t->name);
	enum wp_err err = g.bytes ? wp_alloc(&data, item->size + 1, 1, t->name) : WP_OK;
	g.to = data;
	if (!err)
		err = gather(&g, 0, 0);
	for (int a = 0; a < t->rank; a++)
		t->dim[a] = rows[a].rows;
	free(item->data);
	wp_strings_fini(&item->strings);
	item->data = data;
	item->strings = g.strings;
	return err;
}

/* The same with all rows of the axes after the first. */
static enum wp_err cut_rows(struct item *item, const struct wp_rows *first)
{
	struct wp_rows rows[WP_RANK_MAX] = {*first};
	struct wp_span all[WP_RANK_MAX];
	for (int a = 1; a < item->tensor.rank; a++) {
		all[a] = (struct wp_span){0, item->tensor.dim[a]};
		rows[a] = (struct wp_rows){&all[a], 1, 1, item->tensor.dim[a]};
	}
	return cut(item, rows);
}

static enum wp_err outside(const char *name, const char *what, uint64_t n, bool none)
{
	return wp_fail(WP_EMISMATCH, "'%s': %s %" PRIu64 " %s", name,
		none ? "nothing selected of its" : "a row selected beyond its", n, what);
}

/* The rows of an axis of n that the ranges choose, at least one. */
static enum wp_err choose(struct wp_rows *rows, const struct wp_range *range, size_t ranges,
	const char *name, const char *what, uint64_t n)
{
	bool beyond = false;
	enum wp_err err = WP_OK;
	for (size_t i = 0; i < ranges && !err && !beyond; i++)
		err = wp_rows_add_range(rows, &range[i], n, &beyond);
	if (!err && (beyond || rows->rows == 0))
		err = outside(name, what, n, !beyond);
	return err;
}

static struct item *find(struct wp_select *s, const char *name)
{
	for (size_t i = 0; i < s->count; i++)
		if (strcmp(s->item[i].tensor.name, name) == 0)
			return &s->item[i];
	return NULL;
}

/* Has it rows of its own, or does it only name what others have? */
static bool has_rows(const struct item *item)
{
	enum wp_row_kind kind = wp_row_kind_of(item->tensor.name);
	return item->tensor.rank > 0 && kind != WP_ROW_NONE && kind != WP_ROW_NAMES;
}

/* Is each step a sequence by itself? */
static bool all_of_one(const struct item *lengths)
{
	for (uint64_t i = 0; lengths->data && i < lengths->tensor.dim[0]; i++) {
		int32_t length;
		memcpy(&length, lengths->data + i * sizeof length, sizeof length);
		if (length != 1)
			return false;
	}
	return true;
}

/* Are they steps or sequences? */
static bool of_text(const struct item *item)
{
	return wp_rows_are_alike(item->tensor.name, "targets");
}

static enum wp_err uneven_rows(
	struct wp_select *s, const struct item *first, const struct item *item)
{
	const char *a = first->tensor.name, *b = item->tensor.name;
	return wp_fail(WP_EMISMATCH,
		"'%s' has %" PRIu64 " %s and '%s' %" PRIu64
		" %s: '\1tensor' and '\1without' say which to take the rows of%s",
		a, first->tensor.dim[0], wp_row_kind_plural(wp_row_kind_of(a)), b,
		item->tensor.dim[0], wp_row_kind_plural(wp_row_kind_of(b)),
		find(s, "lengths") ? ", or \1sequences takes sequences" : "");
}

/* The rows of all tensors that have rows, which must be rows of the same; where none has, of
 * those that name or describe others. */
static enum wp_err cut_all_rows(struct wp_select *s)
{
	struct wp_rows rows = {0};
	const struct item *first = NULL;
	const struct item *lengths = find(s, "lengths");
	bool all = true,
	     alike = !lengths || (lengths->tensor.type == WP_I32 && all_of_one(lengths));
	for (size_t i = 0; i < s->count; i++)
		all = all && !has_rows(&s->item[i]);
	for (size_t i = 0; i < s->count; i++) {
		const struct item *item = &s->item[i];
		if (item->tensor.rank == 0 || !(all || has_rows(item)))
			continue;
		first = first ? first : item;
		if (item->tensor.dim[0] != first->tensor.dim[0] ||
			!(all || wp_rows_are_alike(item->tensor.name, first->tensor.name) ||
				(alike && of_text(item) && of_text(first))))
			return uneven_rows(s, first, item);
	}
	if (!first)
		return wp_fail(WP_EMISMATCH, "no tensor with rows to take");
	enum wp_err err = choose(
		&rows, s->range, s->ranges, first->tensor.name, "rows", first->tensor.dim[0]);
	for (size_t i = 0; i < s->count && !err; i++)
		if (s->item[i].tensor.rank > 0 && (all || has_rows(&s->item[i])))
			err = cut_rows(&s->item[i], &rows);
	wp_rows_fini(&rows);
	return err;
}

/* The rows of tokens that belong to the sequences. */
static enum wp_err rows_of_tokens(struct wp_rows *tokens, const struct wp_rows *sequences,
	const struct item *lengths, uint64_t *in_all)
{
	uint64_t n = lengths->tensor.dim[0], *begin;
	enum wp_err err = wp_alloc(&begin, (size_t)n + 1, sizeof *begin, "lengths");
	for (uint64_t i = 0; i < n && !err; i++) {
		int32_t length;
		memcpy(&length, lengths->data + i * sizeof length, sizeof length);
		if (length < 0)
			err = wp_fail(WP_EMISMATCH,
				"'lengths': a length below 0 (row %" PRIu64 ")", i);
		begin[i + 1] = begin[i] + (uint64_t)(length > 0 ? length : 0);
	}
	for (size_t i = 0; i < sequences->count && !err; i++) {
		const struct wp_span *span = &sequences->span[i];
		err = wp_rows_add(tokens, begin[span->first],
			begin[span->first + span->count] - begin[span->first]);
	}
	*in_all = err ? 0 : begin[n];
	free(begin);
	return err;
}

/* Do its rows go with steps (2), with sequences (1), or with neither (0)?  -1: its number of
 * rows says neither. */
static int goes_with(const struct item *item, uint64_t sequences, uint64_t steps, bool same)
{
	uint64_t rows = item->tensor.rank > 0 ? item->tensor.dim[0] : 0;
	switch (item->tensor.rank > 0 ? wp_row_kind_of(item->tensor.name) : WP_ROW_NONE) {
	case WP_ROW_STEP:
		return rows == steps ? 2 : -1;
	case WP_ROW_SEQUENCE:
		return rows == sequences ? 1 : -1;
	case WP_ROW_STEP_OR_SEQUENCE:
		if (steps == sequences && !same)
			return -1;
		return rows == sequences ? 1 : rows == steps ? 2 : -1;
	case WP_ROW_UNKNOWN:
	case WP_ROW_NONE:
	case WP_ROW_NAMES:
	case WP_ROW_WORD:
	case WP_ROW_OWN:
		break;
	}
	return 0;
}

/* Is it of the other text of pairs? */
static bool is_target(const char *name)
{
	return strncmp(name, "target.", 7) == 0;
}

/* Take the sequences of a text, or of the other text of pairs. */
static enum wp_err cut_text(struct wp_select *s, struct item *lengths, bool target)
{
	struct wp_rows sequences = {0}, tokens = {0};
	uint64_t n = lengths->tensor.dim[0], all = 0;
	bool same = all_of_one(lengths);
	enum wp_err err =
		choose(&sequences, s->range, s->ranges, lengths->tensor.name, "sequences", n);
	if (!err)
		err = rows_of_tokens(&tokens, &sequences, lengths, &all);
	for (size_t i = 0; i < s->count && !err; i++) {
		struct item *item = &s->item[i];
		if (is_target(item->tensor.name) != target || item == lengths)
			continue;
		int with = goes_with(item, n, all, same);
		if (with < 0)
			err = wp_fail(WP_EMISMATCH,
				"'%s' has %" PRIu64 " rows: do they go with the %" PRIu64
				" sequences, or with their %" PRIu64 " steps?",
				item->tensor.name, item->tensor.dim[0], n, all);
		else if (with > 0)
			err = cut_rows(item, with == 1 ? &sequences : &tokens);
	}
	if (!err)
		err = cut_rows(lengths, &sequences);
	wp_rows_fini(&sequences);
	wp_rows_fini(&tokens);
	return err;
}

/* The weights of the sequences in `attention`: as many as their numbers in attention.shape,
 * multiplied, say. */
static enum wp_err cut_attention(struct wp_select *s)
{
	struct item *attention = find(s, "attention"), *shape = find(s, "attention.shape");
	struct wp_rows sequences = {0}, weights = {0};
	if (!attention)
		return WP_OK;
	if (!shape)
		return wp_fail(WP_EMISMATCH,
			"'attention' without 'attention.shape', which says "
			"where sequences end");
	if (shape->tensor.type != WP_I32 || shape->tensor.rank != 2 ||
		shape->tensor.dim[1] != 3)
		return wp_fail(WP_EMISMATCH, "'attention.shape': not three numbers a row");
	if (attention->tensor.rank != 1)
		return wp_fail(WP_EMISMATCH, "'attention': not a list");
	uint64_t n = shape->tensor.dim[0], all = attention->tensor.dim[0], *begin;
	enum wp_err err = wp_alloc(&begin, (size_t)n + 1, sizeof *begin, "attention");
	for (uint64_t i = 0; i < n && !err; i++) {
		int32_t at[3];
		size_t size = 0;
		memcpy(at, shape->data + i * sizeof at, sizeof at);
		if (at[0] < 0 || at[1] < 0 || at[2] < 0 ||
			!wp_mulsize((size_t)at[0], (size_t)at[1], &size) ||
			!wp_mulsize(size, (size_t)at[2], &size) || size > all - begin[i])
			err = wp_fail(WP_EMISMATCH,
				"'attention.shape': more weights than 'attention' has (row "
				"%" PRIu64 ")",
				i);
		begin[i + 1] = begin[i] + size;
	}
	if (!err && begin[n] != all)
		err = wp_fail(WP_EMISMATCH,
			"'attention' has %" PRIu64
			" weights, and 'attention.shape' says %" PRIu64,
			all, begin[n]);
	if (!err)
		err = choose(
			&sequences, s->range, s->ranges, "attention.shape", "sequences", n);
	for (size_t i = 0; i < sequences.count && !err; i++) {
		const struct wp_span *span = &sequences.span[i];
		err = wp_rows_add(&weights, begin[span->first],
			begin[span->first + span->count] - begin[span->first]);
	}
	if (!err)
		err = cut_rows(attention, &weights);
	free(begin);
	wp_rows_fini(&sequences);
	wp_rows_fini(&weights);
	return err;
}

static enum wp_err cut_sequences(struct wp_select *s)
{
	enum wp_err err = cut_attention(s);
	for (int target = 0; target < 2 && !err; target++) {
		struct item *lengths = find(s, target ? "target.lengths" : "lengths");
		if (lengths && lengths->tensor.type == WP_I32 && lengths->tensor.rank == 1)
			err = cut_text(s, lengths, target);
		else if (!target)
			err = wp_fail(WP_EMISMATCH,
				"no list 'lengths' of i32 that says where sequences end: "
				"\1rows takes rows");
	}
	return err;
}

static enum wp_err cut_slice(struct wp_select *s, const struct slice *slice)
{
	struct item *item = NULL;
	for (size_t i = 0; i < s->count && !item; i++)
		if (strcmp(s->item[i].old, slice->name) == 0)
			item = &s->item[i];
	struct wp_rows rows[WP_RANK_MAX] = {{0}};
	static const struct wp_range all = {.step = 1};
	if (!item)
		return wp_fail(WP_EMISMATCH, "\1slice %s: no such tensor%s%s", slice->name,
			*s->there ? "; there are " : "", s->there);
	int rank = item->tensor.rank;
	if (slice->axes > rank)
		return wp_fail(WP_EMISMATCH, "\1slice: '%s' has %d axes, not %d", slice->name,
			rank, slice->axes);
	enum wp_err err = WP_OK;
	for (int a = 0; a < rank && !err; a++)
		err = a < slice->axes ? choose(&rows[a], &slice->axis[a], 1, slice->name,
						a ? "columns" : "rows", item->tensor.dim[a])
				      : wp_rows_add_range(&rows[a], &all, item->tensor.dim[a],
						&(bool){false});
	if (!err)
		err = cut(item, rows);
	for (size_t i = 0; i < s->count && !err && item->tensor.type == WP_I8; i++)
		if (wp_is_scale_of(s->item[i].old, slice->name) && s->item[i].tensor.rank == 1)
			err = cut(&s->item[i], rows);
	for (int a = 0; a < rank; a++)
		wp_rows_fini(&rows[a]);
	return err;
}

/* ---- the end ---- */

static enum wp_err put(struct wp_select *s, struct item *item)
{
	struct wp_tensor t = item->tensor;
	enum wp_err err;
	t.first = 0;
	t.more = item->sequence;
	err = t.type == WP_STRING ? wp_writer_put_strings(s->writer, &t, &item->strings)
				  : wp_writer_put(s->writer, &t, item->data);
	free_elements(item);
	if (err || !item->sequence)
		return err;
	t.dim[0] = 0; /* it stays one that comes in slices, which ts-cat joins */
	t.more = false;
	struct wp_strings none = {0};
	static const uint64_t nothing;
	return t.type == WP_STRING ? wp_writer_put_strings(s->writer, &t, &none)
				   : wp_writer_put(s->writer, &t, &nothing);
}

static enum wp_err check_names(const struct wp_select *s)
{
	const char *setting = "tensor", *name = wp_patterns_unused(&s->tensor);
	if (!name) {
		setting = "without";
		name = wp_patterns_unused(&s->without);
	}
	if (!name) {
		setting = "rename";
		name = wp_patterns_unused(&s->rename);
	}
	return name ? wp_fail(WP_EMISMATCH, "\1%s %s: no such tensor; there %s %s", setting,
			      name, *s->there ? "are" : "is none", s->there)
		    : WP_OK;
}

/* Where sources and targets come from several streams: are there as many? */
static enum wp_err check_pairs(const struct wp_select *s)
{
	struct wp_pair_rows pairs = {{false}, {0}};
	for (size_t i = 0; i < s->count && s->streams > 1 && !s->hold; i++)
		wp_pair_rows_note(&pairs, s->item[i].tensor.name, s->item[i].rows);
	return wp_pair_rows_check(&pairs, NULL);
}

enum wp_err wp_select_finish(struct wp_select *s)
{
	enum wp_err err = check_names(s);
	if (!err)
		err = check_pairs(s);
	if (!err && s->ranges)
		err = s->by_sequence ? cut_sequences(s) : cut_all_rows(s);
	for (size_t i = 0; i < s->slices && !err; i++)
		err = cut_slice(s, &s->slice[i]);
	for (size_t i = 0; i < s->count && s->hold && !err; i++)
		err = put(s, &s->item[i]);
	return err;
}
