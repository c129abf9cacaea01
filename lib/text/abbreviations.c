#include "text/abbreviations.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "stream/lines.h"
#include "text/token_table.h"
#include "text/unicode.h"
#include "text/utf8.h"

enum { LONGEST = 256 }; /* bytes of a word */

struct wp_abbreviations {
	struct wp_token_table words;
	uint8_t *kinds; /* by the word's id */
	size_t room;
	uint64_t known[WP_KNOWN_BITS / 64];
};

const uint64_t *wp_abbreviations_known(const struct wp_abbreviations *a)
{
	return a->known;
}

enum wp_err wp_abbreviations_add(
	struct wp_abbreviations *a, const char *word, size_t n, enum wp_word_kind kind)
{
	struct wp_token token = wp_token_make(word, n);
	int32_t id;
	if (n == 0 || n > LONGEST)
		return WP_OK;
	enum wp_err err = wp_token_table_add(&a->words, &token, 1, &id);
	size_t had = a->room;
	if (!err)
		err = wp_grow(&a->kinds, &a->room, (size_t)id + 1, 1, "abbreviations");
	if (err)
		return err;
	memset(a->kinds + had, 0, a->room - had);
	a->kinds[id] |= (uint8_t)kind;
	unsigned bit = wp_word_bit(word, n);
	a->known[bit / 64] |= UINT64_C(1) << bit % 64;
	return WP_OK;
}

static enum wp_err add_list(
	struct wp_abbreviations *a, const char *words, enum wp_word_kind kind)
{
	enum wp_err err = WP_OK;
	while (!err && words && *words) {
		size_t n = strcspn(words, " ");
		err = wp_abbreviations_add(a, words, n, kind);
		words += n + strspn(words + n, " ");
	}
	return err;
}

enum wp_err wp_abbreviations_create(
	struct wp_abbreviations **abbreviations, const struct wp_language *l)
{
	struct wp_abbreviations *a = NULL;
	enum wp_err err = wp_alloc(&a, 1, sizeof *a, "abbreviations");
	if (!err)
		err = wp_token_table_init(&a->words, SIZE_MAX, SIZE_MAX);
	if (!err)
		err = add_list(a, l->never_last, WP_NEVER_LAST);
	if (!err)
		err = add_list(a, l->may_be_last, WP_MAY_BE_LAST);
	if (!err)
		err = add_list(a, l->last_before_capital, WP_LAST_BEFORE_CAPITAL);
	if (!err)
		err = add_list(a, l->before_number, WP_BEFORE_NUMBER);
	if (!err)
		err = add_list(a, l->openers, WP_OPENER);
	if (!err)
		err = add_list(a, l->sayings, WP_SAYING);
	if (err) {
		wp_abbreviations_free(a);
		a = NULL;
	}
	*abbreviations = a;
	return err;
}

void wp_abbreviations_free(struct wp_abbreviations *a)
{
	if (!a)
		return;
	wp_token_table_fini(&a->words);
	free(a->kinds);
	free(a);
}

/* One line of a file, without what surrounds its word. */
static enum wp_err read_line(struct wp_abbreviations *a, const char *line, size_t n)
{
	static const char numeric[] = "#NUMERIC_ONLY#";
	const char *end = line + n, *comment = memchr(line, '#', n);
	enum wp_word_kind kind = WP_MAY_BE_LAST | WP_NEVER_LAST;
	if (comment && (size_t)(end - comment) >= sizeof numeric - 1 &&
		memcmp(comment, numeric, sizeof numeric - 1) == 0)
		kind = WP_BEFORE_NUMBER;
	const char *word;
	size_t length = wp_line_field(&line, comment ? comment : end, &word);
	if (length > 0 && word[length - 1] == '.')
		length--;
	return wp_abbreviations_add(a, word, length, kind);
}

enum wp_err wp_abbreviations_read(struct wp_abbreviations *a, const char *path)
{
	struct wp_input *input;
	enum wp_err err = wp_input_open_text(&input, path);
	if (err)
		return err;
	struct wp_lines lines = {.input = input};
	const char *line;
	size_t n;
	while (!(err = wp_lines_next(&lines, &line, &n)))
		if ((err = read_line(a, line, n)))
			break;
	wp_input_close(input);
	return err == WP_END ? WP_OK : err;
}

static unsigned find(const struct wp_abbreviations *a, const char *word, size_t n)
{
	if (!wp_may_know(a->known, word, n))
		return 0;
	struct wp_token token = wp_token_make(word, n);
	const struct wp_slot *slot = wp_token_table_slot(&a->words, &token);
	return slot ? a->kinds[slot->id] : 0;
}

unsigned wp_abbreviations_find(const struct wp_abbreviations *a, const char *word, size_t n)
{
	char lower[LONGEST + 4];
	if (n == 0 || n > LONGEST ||
		((unsigned char)*word < 0x80 && !wp_may_know(a->known, word, n)))
		return 0;
	unsigned kind = find(a, word, n);
	const char *rest = word;
	uint32_t first = wp_utf8_next(&rest);
	uint32_t small = first - 'A' < 26 ? first | 0x20
		: first < 0x80            ? first
					  : wp_char_lower(first);
	if (kind || small == first)
		return kind;
	size_t length = wp_utf8_encode(small, lower);
	memcpy(lower + length, rest, n - (size_t)(rest - word));
	return find(a, lower, n - (size_t)(rest - word) + length) & ~(unsigned)WP_OPENER;
}

/* Where the part with a full stop that ends at p begins, or p if there is none. */
static const char *part_before(const char *begin, const char *p)
{
	enum { LONGEST_PART = 8 };
	if (p == begin || p[-1] != '.')
		return p;
	const char *from = p - 1;
	while (from > begin && p - from < LONGEST_PART &&
		!(from - begin >= 2 && memcmp(from - 2, "\xC2\xA0", 2) == 0) &&
		((from[-1] | 0x20) >= 'a' ? (from[-1] | 0x20) <= 'z'
					  : (unsigned char)from[-1] >= 0x80))
		from--;
	return from < p - 1 ? from : p;
}

unsigned wp_abbreviations_find_spaced(
	const struct wp_abbreviations *a, const char *begin, const char *word, const char *end)
{
	enum { ROOM = 32, PARTS = 3 };
	char joined[ROOM];
	size_t n = (size_t)(end - word);
	if (n == 0 || n > 4)
		return 0;
	memcpy(joined + ROOM - n, word, n);
	for (int parts = 1; parts < PARTS; parts++) {
		if (word - begin >= 2 && memcmp(word - 2, "\xC2\xA0", 2) == 0)
			word -= 2;
		else if (word > begin && word[-1] == ' ')
			word--;
		else
			return 0;
		const char *part = part_before(begin, word);
		if (part == word)
			return 0;
		n += (size_t)(word - part);
		memcpy(joined + ROOM - n, part, (size_t)(word - part));
		unsigned kind = wp_abbreviations_find(a, joined + ROOM - n, n);
		if (kind & WP_ABBREVIATION)
			return kind;
		word = part;
	}
	return 0;
}
