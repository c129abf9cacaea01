#include "text/normalize.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "base/memory.h"
#include "text/utf8.h"

void wp_normalizer_fini(struct wp_normalizer *z)
{
	free(z->repaired);
	free(z->normal);
	free(z->code_points);
	free(z->marks);
	free(z->visible);
}

/* The end of the ASCII text at p. */
static const char *skip_ascii(const char *p, const char *end)
{
	for (uint64_t x[8]; end - p >= 64; p += 64) {
		memcpy(x, p, sizeof x);
		if ((x[0] | x[1] | x[2] | x[3] | x[4] | x[5] | x[6] | x[7]) &
			UINT64_C(0x8080808080808080))
			break;
	}
	while (p < end && (unsigned char)*p < 0x80)
		p++;
	return p;
}

/* Is there a well-formed sequence of two or three bytes at p?  Its length, or 0. */
static inline size_t usual_length(const char *p, const char *end)
{
	const unsigned char *b = (const unsigned char *)p;
	if (b[0] >= 0xC2 && b[0] <= 0xDF && end - p >= 2 && b[1] >> 6 == 2)
		return 2;
	if (b[0] >= 0xE1 && b[0] <= 0xEC && end - p >= 3 && b[1] >> 6 == 2 && b[2] >> 6 == 2)
		return 3;
	return 0;
}

/* Count the malformed sequences, and note where the first is. */
static size_t count_invalid(const char *text, const char *end, const char **first)
{
	size_t invalid = 0;
	for (const char *p = skip_ascii(text, end); p < end;) {
		size_t n = usual_length(p, end);
		if (n == 0) {
			struct wp_decoded c = wp_utf8_decode(p, end);
			if (!c.valid && invalid++ == 0)
				*first = p;
			n = c.length;
		}
		p += n;
		if (p < end && (unsigned char)*p < 0x80)
			p = skip_ascii(p, end);
	}
	return invalid;
}

/* --- characters that cannot be seen ----------------------------------------------------- */

static bool is_unseen(uint32_t c)
{
	return wp_char(c).flags & (WP_CHAR_HIDDEN | WP_CHAR_JOINER);
}

/* The first of them in well-formed text, or end.  The bytes with which they begin are tried
 * before more is asked. */
static const char *find_unseen(const char *text, const char *end)
{
	while ((text = skip_ascii(text, end)) < end) {
		unsigned char lead = (unsigned char)*text;
		if (lead == 0xC2 || lead == 0xCD || lead == 0xD8 || lead == 0xE1 ||
			lead == 0xE2 || lead == 0xE3 || lead >= 0xEF) {
			const char *next = text;
			if (is_unseen(wp_utf8_next(&next)))
				return text;
			text = next;
		} else {
			text += lead < 0xE0 ? 2 : 3;
		}
	}
	return end;
}

/* May a joiner stand beside this character: a letter, mark, digit or picture? */
static bool can_be_joined(uint32_t c)
{
	struct wp_char p = wp_char(c);
	return p.sentence == WP_SB_LOWER || p.sentence == WP_SB_UPPER ||
		p.sentence == WP_SB_OLETTER || p.sentence == WP_SB_NUMERIC ||
		p.sentence == WP_SB_EXTEND || p.flags & WP_CHAR_PICTOGRAPH;
}

/* Does c, one of those characters, do something between these two (0: none)? */
static bool matters(uint32_t before, uint32_t c, uint32_t after)
{
	enum { ZERO_WIDTH_JOINER = 0x200D };
	if (wp_char(c).flags & WP_CHAR_HIDDEN || !before)
		return false;
	bool selector =
		(c >= 0x180B && c <= 0x180F) || (c >= 0xFE00 && c <= 0xFE0F) || c >= 0xE0100;
	if (selector)
		return !(wp_char(before).flags & WP_CHAR_SEPARATOR);
	if (c == ZERO_WIDTH_JOINER && wp_char(before).word == WP_WB_EXTEND)
		return true; /* the half forms of Indic letters */
	return can_be_joined(before) && after && can_be_joined(after);
}

/* Leave out what cannot be seen, from `first` on, where the first such character is. */
static enum wp_err leave_out(
	struct wp_normalizer *z, const char **text, size_t *n, const char *first)
{
	/* The text may be what this has left before: then it stays in its place. */
	enum wp_err err = wp_grow(&z->visible, &z->visible_room, *n, 1, "text");
	if (err)
		return err;
	const char *p = first, *end = *text + *n;
	while (p > *text && ((unsigned char)*--p & 0xC0) == 0x80)
		continue; /* to the character before it */
	size_t as_it_is = (size_t)(p - *text);
	memmove(z->visible, *text, as_it_is);
	char *out = z->visible + as_it_is;
	uint32_t before = 0;
	while (p < end) {
		const char *from = p;
		uint32_t c = wp_utf8_next(&p);
		if (!is_unseen(c)) {
			memmove(out, from, (size_t)(p - from));
			out += p - from;
			before = c;
			continue;
		}
		const char *run_end = p;
		uint32_t after = 0;
		for (const char *next = p; next < end && !after;) {
			run_end = next;
			after = wp_utf8_next(&next);
			if (is_unseen(after)) {
				after = 0;
				run_end = next;
			}
		}
		for (p = from; p < run_end;) {
			from = p;
			c = wp_utf8_next(&p);
			if (matters(before, c, after)) {
				memmove(out, from, (size_t)(p - from));
				out += p - from;
			}
		}
	}
	*text = z->visible;
	*n = (size_t)(out - z->visible);
	return WP_OK;
}

/* --- normal forms ----------------------------------------------------------------------- */

/* Is well-formed text in the normal form that this flag is about? */
static bool is_normal(const char *text, const char *end, unsigned inert)
{
	while ((text = skip_ascii(text, end)) < end)
		if (!(wp_char(wp_utf8_next(&text)).flags & inert))
			return false;
	return true;
}

/* Write text to z->repaired with U+FFFD (three bytes) for what is malformed. */
static enum wp_err repair(struct wp_normalizer *z, const char **text, size_t *n, size_t invalid)
{
	enum wp_err err = wp_grow(
		&z->repaired, &z->repaired_room, *n + 2 * invalid, 1, "text to be repaired");
	if (err)
		return err;
	char *out = z->repaired;
	for (const char *p = *text, *end = p + *n; p < end;) {
		struct wp_decoded c = wp_utf8_decode(p, end);
		if (c.valid)
			memcpy(out, p, c.length);
		out += c.valid ? c.length : wp_utf8_encode(WP_REPLACEMENT, out);
		p += c.length;
	}
	*text = z->repaired;
	*n = (size_t)(out - z->repaired);
	return WP_OK;
}

static unsigned combining_class(int32_t code_point)
{
	return (unsigned)utf8proc_get_property(code_point)->combining_class;
}

/* Sort a run of marks by combining class, stably: counting the marks of each class, since
 * there is no limit to how many follow a letter. */
static enum wp_err sort_marks(struct wp_normalizer *z, int32_t *marks, size_t n)
{
	enum { CLASSES = 256 };
	size_t at[CLASSES] = {0};
	enum wp_err err = wp_grow(
		&z->marks, &z->marks_room, n, sizeof *z->marks, "text to be normalised");
	if (err)
		return err;
	for (size_t i = 0; i < n; i++)
		at[combining_class(marks[i])]++;
	for (size_t class = 0, begin = 0; class < CLASSES; class ++) {
		size_t count = at[class];
		at[class] = begin;
		begin += count;
	}
	memcpy(z->marks, marks, n * sizeof *marks);
	for (size_t i = 0; i < n; i++)
		marks[at[combining_class(z->marks[i])]++] = z->marks[i];
	return WP_OK;
}

/* The canonical order of marks (the Unicode Standard, section 3.11), in time proportional to
 * the text; utf8proc's own decomposition sorts by insertion. */
static enum wp_err order_marks(struct wp_normalizer *z, size_t count)
{
	int32_t *text = z->code_points;
	for (size_t i = 0; i < count;) {
		size_t begin = i;
		unsigned last = 0;
		bool sorted = true;
		for (unsigned class; i < count && (class = combining_class(text[i])) > 0; i++) {
			sorted &= class >= last;
			last = class;
		}
		enum wp_err err = sorted ? WP_OK : sort_marks(z, text + begin, i - begin);
		if (err)
			return err;
		i += i == begin;
	}
	return WP_OK;
}

/* z->code_points becomes the text, decomposed but not yet in order; *count how many. */
static enum wp_err decompose(struct wp_normalizer *z, const char *text, size_t n,
	utf8proc_option_t options, size_t *count)
{
	enum { LONGEST = 32 }; /* code points that one decomposes to: 18 in fact */
	*count = 0;
	for (const char *end = text + n; text < end;) {
		enum wp_err err = wp_grow(&z->code_points, &z->code_points_room,
			*count + LONGEST, sizeof *z->code_points, "text to be normalised");
		if (err)
			return err;
		int boundary = 0;
		utf8proc_ssize_t more =
			utf8proc_decompose_char((utf8proc_int32_t)wp_utf8_next(&text),
				z->code_points + *count, LONGEST, options, &boundary);
		if (more < 0 || more > LONGEST)
			return wp_fail(WP_ENOMEM, "%s: cannot normalise the text: %s", z->name,
				utf8proc_errmsg(more));
		*count += (size_t)more;
	}
	return WP_OK;
}

static enum wp_err compose(struct wp_normalizer *z, const char **text, size_t *n)
{
	utf8proc_option_t options = UTF8PROC_STABLE | UTF8PROC_COMPOSE;
	if (z->form == WP_FORM_NFKC)
		options |= UTF8PROC_COMPAT;
	size_t decomposed;
	enum wp_err err = decompose(z, *text, *n, options, &decomposed);
	if (!err)
		err = order_marks(z, decomposed);
	if (err)
		return err;
	utf8proc_ssize_t count =
		utf8proc_normalize_utf32(z->code_points, (utf8proc_ssize_t)decomposed, options);
	if (count < 0)
		return wp_fail(WP_ENOMEM, "%s: cannot normalise the text: %s", z->name,
			utf8proc_errmsg(count));
	err = wp_grow(
		&z->normal, &z->normal_room, (size_t)count * 4, 1, "text to be normalised");
	if (err)
		return err;
	char *out = z->normal;
	for (utf8proc_ssize_t i = 0; i < count; i++)
		out += wp_utf8_encode((uint32_t)z->code_points[i], out);
	*text = z->normal;
	*n = (size_t)(out - z->normal);
	return WP_OK;
}

enum wp_err wp_normalize(struct wp_normalizer *z, const char **text, size_t *n, uint64_t offset)
{
	const char *bad = NULL;
	/* An empty text may be NULL; ASCII is in all forms. */
	if (*n == 0 || skip_ascii(*text, *text + *n) == *text + *n)
		return WP_OK;
	size_t invalid = count_invalid(*text, *text + *n, &bad);
	if (invalid > 0) {
		if (z->strict)
			return wp_fail(WP_ECORRUPT, "%s: not UTF-8 (byte %" PRIu64 ")", z->name,
				offset + (uint64_t)(bad - *text));
		z->invalid += invalid;
		enum wp_err err = repair(z, text, n, invalid);
		if (err)
			return err;
	}
	const char *unseen = z->visible_only ? find_unseen(*text, *text + *n) : *text + *n;
	if (unseen < *text + *n) {
		enum wp_err err = leave_out(z, text, n, unseen);
		if (err)
			return err;
	}
	unsigned inert = z->form == WP_FORM_NFKC ? WP_CHAR_NFKC_INERT : WP_CHAR_NFC_INERT;
	if (z->form == WP_FORM_AS_IS || is_normal(*text, *text + *n, inert))
		return WP_OK;
	return compose(z, text, n);
}
