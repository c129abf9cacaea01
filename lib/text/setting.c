#include "text/setting.h"

#include <stdint.h>
#include <string.h>

#include "text/number.h"

/* Choices are enums, which are read and written as the ints that they are. */
_Static_assert(sizeof(enum wp_setting_kind) == sizeof(int), "an enum is not an int");

static const size_t sizes[] = {
	[WP_SETTING_FLAG] = sizeof(bool),
	[WP_SETTING_INT] = sizeof(int),
	[WP_SETTING_COUNT] = sizeof(uint64_t),
	[WP_SETTING_SIZE] = sizeof(size_t),
	[WP_SETTING_REAL] = sizeof(double),
	[WP_SETTING_TEXT] = 0,
	[WP_SETTING_CHOICE] = sizeof(int),
};

static bool is_name(const char *name, const char *text, size_t length)
{
	return strlen(name) == length && memcmp(name, text, length) == 0;
}

const char *wp_setting_choice(const struct wp_setting *s, int i)
{
	const char *at = (const char *)s->choices + (size_t)i * s->stride;
	return *(const char *const *)(const void *)at;
}

const struct wp_setting *wp_setting_find(
	const struct wp_setting *settings, const char *name, size_t length)
{
	for (const struct wp_setting *s = settings; s->kind != WP_SETTING_END; s++)
		if (s->name && is_name(s->name, name, length))
			return s;
	return NULL;
}

static bool scan_choice(const struct wp_setting *s, int *to, const char *text, size_t length)
{
	const char *name;
	for (int i = 0; (name = wp_setting_choice(s, i)); i++)
		if (is_name(name, text, length)) {
			*to = i;
			return true;
		}
	return false;
}

bool wp_setting_scan(const struct wp_setting *s, void *of, const char *text, size_t length)
{
	void *to = (char *)of + s->offset;
	const char *end = text + length;
	int64_t whole;
	double real;
	if (s->kind == WP_SETTING_CHOICE)
		return scan_choice(s, to, text, length);
	if (s->kind == WP_SETTING_REAL) {
		if (wp_scan_f64(text, end, &real) != end || !(real >= s->min && real <= s->max))
			return false;
		*(double *)to = real;
		return true;
	}
	if (wp_scan_i64(text, end, &whole) != end)
		return false;
	if (s->kind == WP_SETTING_FLAG ? whole != 0 && whole != 1
				       : (double)whole < s->min || (double)whole > s->max)
		return false;
	if (s->kind == WP_SETTING_FLAG)
		*(bool *)to = whole;
	else if (s->kind == WP_SETTING_INT)
		*(int *)to = (int)whole;
	else if (s->kind == WP_SETTING_COUNT)
		*(uint64_t *)to = (uint64_t)whole;
	else if (s->kind == WP_SETTING_SIZE)
		*(size_t *)to = (size_t)whole;
	else
		return false;
	return true;
}

char *wp_setting_print(const struct wp_setting *s, const void *of, char *to)
{
	const void *from = (const char *)of + s->offset;
	const char *name;
	switch (s->kind) {
	case WP_SETTING_FLAG:
		return wp_print_i64(to, *(const bool *)from);
	case WP_SETTING_INT:
		return wp_print_i64(to, *(const int *)from);
	case WP_SETTING_COUNT:
		return wp_print_i64(to, (int64_t) * (const uint64_t *)from);
	case WP_SETTING_SIZE:
		return wp_print_i64(to, (int64_t) * (const size_t *)from);
	case WP_SETTING_REAL:
		return wp_print_f64(to, *(const double *)from);
	case WP_SETTING_CHOICE:
		name = wp_setting_choice(s, *(const int *)from);
		memcpy(to, name, strlen(name));
		return to + strlen(name);
	default:
		return to;
	}
}

bool wp_setting_equal(const struct wp_setting *s, const void *a, const void *b)
{
	return memcmp((const char *)a + s->offset, (const char *)b + s->offset,
		       sizes[s->kind]) == 0;
}
