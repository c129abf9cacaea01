#include "stream/axis.h"

#include <string.h>

/* The first entry that fits; a star stands for any bytes, at the beginning or the end. */
static const struct {
	const char *name;
	enum wp_axis axis;
} names[] = {
	{"history", WP_AXIS_NONE},
	{"*.settings", WP_AXIS_NONE},
	{"*.config", WP_AXIS_NONE},
	{"*.columns", WP_AXIS_NONE},
	{"series.*", WP_AXIS_NONE},
	{"targets.*", WP_AXIS_NONE},
	{"attention.shape", WP_AXIS_SEQUENCE},
	{"*.shape", WP_AXIS_NONE},
	{"crf.templates", WP_AXIS_NONE},
	{"df.rows", WP_AXIS_NONE},
	{"singular.values", WP_AXIS_NONE}, /* of the columns of vectors */
	{"explained", WP_AXIS_NONE},
	{"gradients.names", WP_AXIS_NAMES},
	{"target.vocab", WP_AXIS_WORD},
	{"*.vocab", WP_AXIS_NAMES},
	{"vocab", WP_AXIS_WORD},
	{"counts", WP_AXIS_WORD},
	{"embedding", WP_AXIS_WORD},
	{"context", WP_AXIS_WORD},
	{"cluster", WP_AXIS_WORD},
	{"map", WP_AXIS_WORD},
	{"text.counts", WP_AXIS_WORD},
	{"text.context", WP_AXIS_WORD},
	{"ids", WP_AXIS_STEP},
	{"tags", WP_AXIS_STEP},
	{"series", WP_AXIS_STEP},
	{"column.*", WP_AXIS_STEP},
	{"states.*", WP_AXIS_STEP},
	{"lengths", WP_AXIS_SEQUENCE},
	{"labels", WP_AXIS_SEQUENCE},
	{"targets", WP_AXIS_STEP_OR_SEQUENCE},
	{"prediction", WP_AXIS_STEP_OR_SEQUENCE},
	{"encoding", WP_AXIS_SEQUENCE},
	{"onehot", WP_AXIS_OWN},
	{"text.*", WP_AXIS_OWN},
	{"onehot.*", WP_AXIS_OWN},
	{"cooc.*", WP_AXIS_OWN},
	{"df.*", WP_AXIS_OWN},
	{"linear.*", WP_AXIS_OWN},
	{"hmm.*", WP_AXIS_OWN},
	{"crf.*", WP_AXIS_OWN},
	{"ngram.*", WP_AXIS_OWN},
	{"charngram.*", WP_AXIS_OWN},
	{"gradients.*", WP_AXIS_OWN},
};

static bool matches(const char *pattern, const char *name)
{
	size_t n = strlen(pattern), length = strlen(name);
	if (*pattern == '*')
		return length >= n && strcmp(name + length - (n - 1), pattern + 1) == 0;
	if (n > 0 && pattern[n - 1] == '*')
		return length >= n && strncmp(name, pattern, n - 1) == 0;
	return strcmp(name, pattern) == 0;
}

enum wp_axis wp_axis_of(const char *name)
{
	static const char target[] = "target.";
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (matches(names[i].name, name))
			return names[i].axis;
	return strncmp(name, target, sizeof target - 1) == 0
		? wp_axis_of(name + sizeof target - 1)
		: WP_AXIS_UNKNOWN;
}

/* The bytes before the first full stop. */
static size_t beginning(const char *name)
{
	return strcspn(name, ".");
}

bool wp_axis_same(const char *one, const char *other)
{
	enum wp_axis a = wp_axis_of(one), b = wp_axis_of(other);
	size_t n = beginning(one);
	bool is_target = strncmp(one, "target.", 7) == 0;
	if (a == WP_AXIS_UNKNOWN || b == WP_AXIS_UNKNOWN)
		return true;
	if (a == WP_AXIS_OWN && b == WP_AXIS_OWN)
		return n == beginning(other) && memcmp(one, other, n) == 0;
	if (is_target != (strncmp(other, "target.", 7) == 0) && a != WP_AXIS_SEQUENCE)
		return false;
	if (a == WP_AXIS_STEP_OR_SEQUENCE || b == WP_AXIS_STEP_OR_SEQUENCE) {
		enum wp_axis c = a == WP_AXIS_STEP_OR_SEQUENCE ? b : a;
		return c == WP_AXIS_STEP || c == WP_AXIS_SEQUENCE ||
			c == WP_AXIS_STEP_OR_SEQUENCE;
	}
	return a == b;
}

const char *wp_axis_rows(enum wp_axis axis)
{
	switch (axis) {
	case WP_AXIS_WORD:
		return "words";
	case WP_AXIS_STEP:
		return "steps";
	case WP_AXIS_SEQUENCE:
		return "sequences";
	case WP_AXIS_STEP_OR_SEQUENCE:
		return "steps or sequences";
	case WP_AXIS_NAMES:
		return "names";
	case WP_AXIS_UNKNOWN:
	case WP_AXIS_NONE:
	case WP_AXIS_OWN:
		break;
	}
	return "rows";
}

bool wp_axis_is_beside(const char *name)
{
	static const char *const others[] = {"vocab", "counts", "lengths", "*.col", "*.value",
		"*.ngram"}; /* a sparse matrix is known by its .row */
	enum wp_axis axis = wp_axis_of(name);
	if (axis == WP_AXIS_NONE || axis == WP_AXIS_NAMES)
		return true;
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		if (matches(others[i], name))
			return true;
	return false;
}
