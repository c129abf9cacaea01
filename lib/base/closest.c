#include "base/closest.h"

#include <string.h>
#include <strings.h>

enum { LONGEST = 64 }; /* names beyond that are never close */

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

size_t wp_edit_distance(
	const char *a, size_t a_length, const char *b, size_t b_length, size_t most)
{
	/* Rows i - 2, i - 1 and i of the table. */
	size_t table[3][LONGEST + 1];
	if (a_length > LONGEST || b_length > LONGEST)
		return most + 1;
	for (size_t j = 0; j <= b_length; j++)
		table[0][j] = j;
	for (size_t i = 1; i <= a_length; i++) {
		size_t *row = table[i % 3];
		const size_t *above = table[(i - 1) % 3];
		row[0] = i;
		for (size_t j = 1; j <= b_length; j++) {
			char x = lower(a[i - 1]), y = lower(b[j - 1]);
			row[j] =
				least(least(above[j], row[j - 1]) + 1, above[j - 1] + (x != y));
			if (i > 1 && j > 1 && x == lower(b[j - 2]) && y == lower(a[i - 2]))
				row[j] = least(row[j], table[(i - 2) % 3][j - 2] + 1);
		}
	}
	size_t distance = table[a_length % 3][b_length];
	return distance <= most ? distance : most + 1;
}

size_t wp_edit_tolerance(size_t length)
{
	return length < 8 ? (length + 1) / 3 : 3;
}

const char *wp_closest(const char *const *names, const char *word, size_t length)
{
	const char *best = NULL;
	size_t tolerance = wp_edit_tolerance(length), nearest = tolerance + 1;
	for (const char *const *name = names; *name; name++) {
		size_t n = strlen(*name);
		size_t distance = wp_edit_distance(word, length, *name, n, tolerance);
		size_t common = least(n, length);
		if (common > 1 && strncasecmp(*name, word, common) == 0 && distance > 1)
			distance = 1;
		if (distance < nearest) {
			nearest = distance;
			best = *name;
		}
	}
	return best;
}
