#include "stream/pattern.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "stream/tensor.h"

enum { SIDE = 2 * WP_NAME_SIZE };

struct wp_pattern {
	char from[SIDE], to[SIDE]; /* of the list: without to */
	bool used;
};

/* The star, if there is one; false where there are two. */
static bool find_star(const char *text, const char **star)
{
	*star = strchr(text, '*');
	return !*star || !strchr(*star + 1, '*');
}

static bool parse_item(struct wp_pattern *item, const char *text, size_t length, bool pairs)
{
	const char *equals = pairs ? memchr(text, '=', length) : NULL, *star, *to_star;
	size_t left = equals ? (size_t)(equals - text) : length;
	size_t right = equals ? length - left - 1 : 0;
	if (left == 0 || left >= SIDE || right >= SIDE || (pairs && right == 0))
		return false;
	memcpy(item->from, text, left);
	if (right > 0)
		memcpy(item->to, equals + 1, right);
	return find_star(item->from, &star) && find_star(item->to, &to_star) &&
		(!to_star || star);
}

enum wp_err wp_patterns_parse(
	struct wp_patterns *list, const char *text, const char *setting, bool pairs)
{
	*list = (struct wp_patterns){0};
	size_t room = 0;
	enum wp_err err = WP_OK;
	for (const char *p = text; p && !err;) {
		const char *comma = strchr(p, ',');
		size_t length = comma ? (size_t)(comma - p) : strlen(p);
		err = wp_grow(&list->item, &room, list->count + 1, sizeof *list->item, "names");
		if (err)
			break;
		struct wp_pattern *item = &list->item[list->count++];
		*item = (struct wp_pattern){.from = ""};
		if (!parse_item(item, p, length, pairs))
			err = wp_fail(WP_EINVAL, "\1%s %s: '%.*s' is not %s", setting, text,
				(int)(length < 80 ? length : 80), p,
				pairs ? "FROM=TO" : "the name of a tensor");
		p = comma ? comma + 1 : NULL;
	}
	if (err)
		wp_patterns_fini(list);
	return err;
}

void wp_patterns_fini(struct wp_patterns *list)
{
	free(list->item);
	*list = (struct wp_patterns){0};
}

/* Does it match?  *part: what the star stands for, or the end of the name. */
static bool matches(const char *pattern, const char *name, const char **part, size_t *length)
{
	const char *star = strchr(pattern, '*');
	*part = name + strlen(name);
	*length = 0;
	if (!star)
		return strcmp(pattern, name) == 0;
	size_t before = (size_t)(star - pattern), after = strlen(star + 1), n = strlen(name);
	if (n < before + after || memcmp(pattern, name, before) != 0 ||
		memcmp(star + 1, name + n - after, after) != 0)
		return false;
	*part = name + before;
	*length = n - before - after;
	return true;
}

bool wp_patterns_match(struct wp_patterns *list, const char *name)
{
	const char *part;
	size_t length;
	bool any = false;
	for (size_t i = 0; i < list->count; i++)
		if (matches(list->item[i].from, name, &part, &length))
			any = list->item[i].used = true;
	return any;
}

enum wp_err wp_patterns_rename(struct wp_patterns *list, const char *name, char *to)
{
	const char *part;
	size_t length, i = 0;
	while (i < list->count && !matches(list->item[i].from, name, &part, &length))
		i++;
	if (i == list->count) {
		if (strlen(name) >= WP_NAME_SIZE)
			return wp_fail(WP_EMISMATCH,
				"the name '%.200s' is longer than the %d bytes that a stream has "
				"for it: '\1rename' gives it another",
				name, WP_NAME_SIZE - 1);
		snprintf(to, WP_NAME_SIZE, "%s", name);
		return WP_OK;
	}
	struct wp_pattern *item = &list->item[i];
	const char *star = strchr(item->to, '*');
	int before = star ? (int)(star - item->to) : (int)strlen(item->to);
	item->used = true;
	int n = snprintf(to, WP_NAME_SIZE, "%.*s%.*s%s", before, item->to,
		star ? (int)length : 0, part, star ? star + 1 : "");
	if (n >= WP_NAME_SIZE)
		return wp_fail(WP_EMISMATCH,
			"'%s' would be renamed to '%.*s%.*s%s', longer than %d bytes", name,
			before, item->to, star ? (int)length : 0, part, star ? star + 1 : "",
			WP_NAME_SIZE - 1);
	return WP_OK;
}

const char *wp_patterns_unused(const struct wp_patterns *list)
{
	for (size_t i = 0; i < list->count; i++)
		if (!list->item[i].used)
			return list->item[i].from;
	return NULL;
}
