#include "stream/compare.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/visible.h"
#include "stream/element.h"

struct difference {
	size_t count;   /* elements that differ by more than is allowed */
	size_t where;   /* the first of them */
	double largest; /* difference */
	double rms;     /* of the differences, over that of b */
};

/* 64-bit integers are compared as such: as doubles they would be rounded first. */
static double distance(const int64_t *a, const int64_t *b, size_t i)
{
	uint64_t x = (uint64_t)a[i], y = (uint64_t)b[i];
	return (double)(a[i] > b[i] ? x - y : y - x);
}

static struct difference compare_numbers(const struct wp_compare *how, enum wp_type type,
	enum wp_type other, size_t n, const void *a, const void *b)
{
	struct difference d = {0};
	double squares = 0, reference = 0;
	for (size_t i = 0; i < n; i++) {
		double x = wp_element(a, type, i), y = wp_element(b, other, i);
		double difference = 0; /* of equal infinities too */
		if (type == WP_I64)
			difference = distance(a, b, i);
		else if (x != y)
			difference = fabs(x - y);
		if (difference == 0 || (isnan(x) && isnan(y))) {
			reference += isfinite(y) ? y * y : 0;
			continue;
		}
		/* Written so that a NaN on one side only counts as different. */
		if (!(difference <= how->absolute + how->relative * fabs(y)) && d.count++ == 0)
			d.where = i;
		if (difference > d.largest || isnan(difference))
			d.largest = difference; /* and a NaN stays */
		squares += difference * difference;
		reference += y * y;
	}
	d.rms = squares == 0 ? 0 : sqrt(squares / reference);
	return d;
}

static bool same_bytes(
	const struct wp_tensor *t, enum wp_type other, size_t n, const void *a, const void *b)
{
	return n == 0 || (t->type == other && memcmp(a, b, n * wp_type_size(t->type)) == 0);
}

static bool same_strings(const struct wp_strings *a, const struct wp_strings *b, size_t *where)
{
	for (*where = 0; *where < a->count && *where < b->count; ++*where) {
		size_t la, lb;
		const char *sa = wp_strings_get(a, *where, &la);
		const char *sb = wp_strings_get(b, *where, &lb);
		if (la != lb || memcmp(sa, sb, la) != 0)
			return false;
	}
	return a->count == b->count;
}

/* Where numbers may differ, those of another type may be as near. */
static bool same_type(const struct wp_compare *how, enum wp_type a, enum wp_type b)
{
	bool numbers = wp_type_is_float(a) && wp_type_is_float(b);
	return a == b || (numbers && (how->relative > 0 || how->absolute > 0));
}

static bool same_shape(
	const struct wp_compare *how, const struct wp_tensor *a, const struct wp_tensor *b)
{
	return same_type(how, a->type, b->type) && a->rank == b->rank &&
		memcmp(a->dim, b->dim, sizeof a->dim) == 0;
}

static const struct wp_tensor *find(const struct wp_tensor_set *set, const char *name)
{
	for (size_t i = 0; i < wp_tensor_set_count(set); i++)
		if (strcmp(wp_tensor_set_at(set, i)->name, name) == 0)
			return wp_tensor_set_at(set, i);
	return NULL;
}

/* A line for one tensor of a, or nothing where it is the same in b. */
static enum wp_err compare_tensor(const struct wp_compare *how, const struct wp_tensor *ta,
	const struct wp_tensor_set *a, const struct wp_tensor_set *b, struct wp_output *out,
	bool *same)
{
	const struct wp_tensor *tb = find(b, ta->name);
	char shape_a[160], shape_b[160], line[512];
	size_t n, where;
	const void *data_a, *data_b;
	if (!tb) {
		const char *file = wp_tensor_set_name(a);
		int used = snprintf(line, sizeof line, "only in ");
		wp_visible(line + used, sizeof line - (size_t)used, file, strlen(file));
	} else if (!same_shape(how, ta, tb))
		snprintf(line, sizeof line, "%s %s\t%s %s", wp_type_name(ta->type),
			wp_tensor_shape(ta, shape_a, sizeof shape_a), wp_type_name(tb->type),
			wp_tensor_shape(tb, shape_b, sizeof shape_b));
	else if (ta->type == WP_STRING) {
		if (same_strings(wp_tensor_set_strings(a, ta->name),
			    wp_tensor_set_strings(b, ta->name), &where))
			return WP_OK;
		snprintf(line, sizeof line, "strings differ from %zu on", where);
	} else {
		if (!wp_tensor_count(ta, &n) || !wp_tensor_set_get(a, ta->name, &data_a) ||
			!wp_tensor_set_get(b, ta->name, &data_b) ||
			same_bytes(ta, tb->type, n, data_a, data_b))
			return WP_OK;
		struct difference d =
			compare_numbers(how, ta->type, tb->type, n, data_a, data_b);
		if (d.count == 0)
			return WP_OK;
		snprintf(line, sizeof line,
			"%zu of %zu differ\tfirst %zu\tlargest %.4g\trelative rms %.4g",
			d.count, n, d.where, d.largest, d.rms);
	}
	*same = false;
	char name[WP_VISIBLE_GROWTH * WP_NAME_SIZE];
	wp_visible(name, sizeof name, ta->name, strlen(ta->name));
	return how->brief ? WP_OK : wp_output_printf(out, "%s\t%s\n", name, line);
}

/* Does the tensor tell how the stream came about?  Then it is no part of the result. */
static bool is_record(const char *name)
{
	return strcmp(name, "history") == 0 || strcmp(name, "rnn.training") == 0;
}

enum wp_err wp_compare(const struct wp_compare *how, const struct wp_tensor_set *a,
	const struct wp_tensor_set *b, struct wp_output *output, bool *same)
{
	enum wp_err err = WP_OK;
	*same = true;
	for (size_t i = 0; i < wp_tensor_set_count(a) && !err; i++) {
		const struct wp_tensor *t = wp_tensor_set_at(a, i);
		if (how->history || !is_record(t->name))
			err = compare_tensor(how, t, a, b, output, same);
	}
	for (size_t i = 0; i < wp_tensor_set_count(b) && !err; i++) {
		const struct wp_tensor *t = wp_tensor_set_at(b, i);
		if (!find(a, t->name) && (how->history || !is_record(t->name)))
			err = compare_tensor(how, t, b, a, output, same);
	}
	return err;
}
