#include "stream/row_kind.h"

#include <string.h>

/* The first entry that fits; a star stands for any bytes, at the beginning or the end. */
static const struct {
	const char *name;
	enum wp_row_kind kind;
} names[] = {
	{"history", WP_ROW_NONE},
	{"*.settings", WP_ROW_NONE},
	{"*.config", WP_ROW_NONE},
	{"*.training", WP_ROW_NONE},
	{"*.columns", WP_ROW_NONE},
	{"series.*", WP_ROW_NONE},
	{"targets.*", WP_ROW_NONE},
	{"attention.shape", WP_ROW_SEQUENCE},
	{"*.shape", WP_ROW_NONE},
	{"crf.templates", WP_ROW_NONE},
	{"df.rows", WP_ROW_NONE},
	{"singular.values", WP_ROW_NONE}, /* of the columns of vectors */
	{"explained", WP_ROW_NONE},
	{"gradients.names", WP_ROW_NAMES},
	{"target.vocab", WP_ROW_WORD},
	{"*.vocab", WP_ROW_NAMES},
	{"vocab", WP_ROW_WORD},
	{"counts", WP_ROW_WORD},
	{"embedding", WP_ROW_WORD},
	{"context", WP_ROW_WORD},
	{"cluster", WP_ROW_WORD},
	{"map", WP_ROW_WORD},
	{"text.counts", WP_ROW_WORD},
	{"text.context", WP_ROW_WORD},
	{"ids", WP_ROW_STEP},
	{"tags", WP_ROW_STEP},
	{"series", WP_ROW_STEP},
	{"column.*", WP_ROW_STEP},
	{"states.*", WP_ROW_STEP},
	{"lengths", WP_ROW_SEQUENCE},
	{"labels", WP_ROW_SEQUENCE},
	{"targets", WP_ROW_STEP_OR_SEQUENCE},
	{"prediction", WP_ROW_STEP_OR_SEQUENCE},
	{"encoding", WP_ROW_SEQUENCE},
	{"reconstruction", WP_ROW_SEQUENCE},
	{"attention", WP_ROW_OWN},
	{"onehot", WP_ROW_OWN},
	{"text.*", WP_ROW_OWN},
	{"onehot.*", WP_ROW_OWN},
	{"cooc.*", WP_ROW_OWN},
	{"df.*", WP_ROW_OWN},
	{"linear.*", WP_ROW_OWN},
	{"hmm.*", WP_ROW_OWN},
	{"crf.*", WP_ROW_OWN},
	{"ngram.*", WP_ROW_OWN},
	{"charngram.*", WP_ROW_OWN},
	{"pieces", WP_ROW_OWN},
	{"pieces.*", WP_ROW_OWN},
	{"gradients.*", WP_ROW_OWN},
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

enum wp_row_kind wp_row_kind_of(const char *name)
{
	static const char target[] = "target.", scale[] = ".scale";
	const size_t length = strlen(name), n = sizeof scale - 1;
	char base[64]; /* names of tensors are shorter */
	if (length > n && length < sizeof base && strcmp(name + length - n, scale) == 0 &&
		!matches("series.*", name) && !matches("targets.*", name)) {
		memcpy(base, name, length - n); /* it has a number for each row of that */
		base[length - n] = '\0';
		return wp_row_kind_of(base);
	}
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (matches(names[i].name, name))
			return names[i].kind;
	return strncmp(name, target, sizeof target - 1) == 0
		? wp_row_kind_of(name + sizeof target - 1)
		: WP_ROW_UNKNOWN;
}

/* The bytes before the first full stop. */
static size_t beginning(const char *name)
{
	return strcspn(name, ".");
}

bool wp_rows_are_alike(const char *one, const char *other)
{
	enum wp_row_kind a = wp_row_kind_of(one), b = wp_row_kind_of(other);
	size_t n = beginning(one);
	bool is_target = strncmp(one, "target.", 7) == 0;
	if (a == WP_ROW_UNKNOWN || b == WP_ROW_UNKNOWN)
		return true;
	if (a == WP_ROW_OWN && b == WP_ROW_OWN)
		return n == beginning(other) && memcmp(one, other, n) == 0;
	if (is_target != (strncmp(other, "target.", 7) == 0) && a != WP_ROW_SEQUENCE)
		return false;
	if (a == WP_ROW_STEP_OR_SEQUENCE || b == WP_ROW_STEP_OR_SEQUENCE) {
		enum wp_row_kind c = a == WP_ROW_STEP_OR_SEQUENCE ? b : a;
		return c == WP_ROW_STEP || c == WP_ROW_SEQUENCE || c == WP_ROW_STEP_OR_SEQUENCE;
	}
	return a == b;
}

const char *wp_row_kind_plural(enum wp_row_kind kind)
{
	switch (kind) {
	case WP_ROW_WORD:
		return "words";
	case WP_ROW_STEP:
		return "steps";
	case WP_ROW_SEQUENCE:
		return "sequences";
	case WP_ROW_STEP_OR_SEQUENCE:
		return "steps or sequences";
	case WP_ROW_NAMES:
		return "names";
	case WP_ROW_UNKNOWN:
	case WP_ROW_NONE:
	case WP_ROW_OWN:
		break;
	}
	return "rows";
}

bool wp_row_is_beside(const char *name)
{
	static const char *const others[] = {"vocab", "counts", "lengths", "*.col", "*.value",
		"*.ngram", "*.scale"}; /* a sparse matrix is known by its .row */
	enum wp_row_kind kind = wp_row_kind_of(name);
	if (kind == WP_ROW_NONE || kind == WP_ROW_NAMES)
		return true;
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		if (matches(others[i], name))
			return true;
	return false;
}
