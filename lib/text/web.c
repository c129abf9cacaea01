#include "text/web.h"

#include <stdint.h>
#include <string.h>

#include "text/utf8.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_alpha(char c)
{
	return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static bool is_one_of(char c, const char *set)
{
	return c && strchr(set, c);
}

/* A letter, digit, mark or underscore: what words, tags and names are made of. */
static bool is_word(uint32_t c)
{
	unsigned class = wp_char(c).sentence;
	return class == WP_SB_LOWER || class == WP_SB_UPPER || class == WP_SB_OLETTER ||
		class == WP_SB_NUMERIC || class == WP_SB_EXTEND || c == '_';
}

static bool is_letter(uint32_t c)
{
	return is_word(c) && c != '_' && wp_char(c).sentence != WP_SB_NUMERIC;
}

static uint32_t char_at(const char *p, const char *end)
{
	return p < end ? wp_utf8_next(&p) : 0;
}

static uint32_t char_before(const char *begin, const char *p)
{
	if (p == begin)
		return 0;
	do
		p--;
	while (p > begin && ((unsigned char)*p & 0xC0) == 0x80);
	return wp_utf8_next(&p);
}

/* Behind the letters, digits and marks at p. */
static const char *skip_word(const char *p, const char *end)
{
	while (p < end) {
		const char *next = p;
		if (!is_word(wp_utf8_next(&next)))
			break;
		p = next;
	}
	return p;
}

/* --- addresses -------------------------------------------------------------------------- */

/* Behind a host name at p, labels with a full stop between them; p if there are not two.  The
 * last one is of letters, or the name of an IP address. */
static const char *skip_host(const char *p, const char *end)
{
	const char *begin = p, *label = p;
	unsigned labels = 0;
	while (p < end) {
		label = p;
		while (p < end && (*p == '-' || is_word(char_at(p, end))))
			p += *p == '-' ? 1 : skip_word(p, end) - p;
		if (p == label)
			break;
		labels++;
		if (p + 1 >= end || *p != '.' || !is_word(char_at(p + 1, end)))
			break;
		p++;
	}
	bool letters = p > label + 1 && is_letter(char_at(label, end));
	return labels > 1 && (letters || labels == 4) ? p : begin;
}

/* The end of the address that begins at p without the marks of the text around it. */
static const char *trim(const char *p, const char *end)
{
	size_t open[2] = {0}, closed[2] = {0}; /* round and square brackets */
	for (const char *q = p; q < end; q++) {
		open[0] += *q == '(';
		open[1] += *q == '[';
		closed[0] += *q == ')';
		closed[1] += *q == ']';
	}
	while (end > p) {
		const char *last = end - 1;
		while (last > p && ((unsigned char)*last & 0xC0) == 0x80)
			last--;
		const char *next = last;
		uint32_t c = wp_utf8_next(&next);
		bool square = *last == ']';
		if ((square || *last == ')') && closed[square]-- <= open[square])
			return end;
		if (!is_one_of(*last, ".,;:!?'\")]}>*") && c != 0x2019 && c != 0x201D &&
			c != 0xBB && c != 0x2026)
			return end;
		end = last;
	}
	return end;
}

static size_t address(const char *p, const char *end)
{
	const char *q = p;
	while (q < end && is_alpha(*q))
		q++;
	bool scheme = q > p + 1 && end - q > 3 && memcmp(q, "://", 3) == 0;
	bool www = end - p > 4 && (*p | 0x20) == 'w' && (p[1] | 0x20) == 'w' &&
		(p[2] | 0x20) == 'w' && p[3] == '.' && p[4] != '.';
	bool mail = end - p > 7 && memcmp(p, "mailto:", 7) == 0;
	if (!scheme && !www && !mail) {
		q = skip_host(p, end);
		if (q == p || q == end || *q != '/' || is_digit(*p))
			return 0;
	}
	const char *stop = p;
	while (stop < end && !is_one_of(*stop, "<>\"") && !(*stop == ']' && stop + 1 == end))
		stop++;
	return (size_t)(trim(p, stop) - p);
}

/* An e-mail address; what stands before the @ of those has no apostrophe or slash. */
static size_t mail(const char *p, const char *end)
{
	const char *q = p;
	while (q < end && (is_word(char_at(q, end)) || is_one_of(*q, ".+-%&=")))
		q += is_one_of(*q, ".+-%&=") ? 1 : skip_word(q, end) - q;
	if (q == p || q == end || *q != '@' || !is_word(char_at(p, end)))
		return 0;
	const char *host = skip_host(q + 1, end);
	return host > q + 1 ? (size_t)(host - p) : 0;
}

/* #tag or @name: a letter behind the mark, and none before. */
static size_t tag(const char *begin, const char *p, const char *end)
{
	if ((*p != '#' && *p != '@') || is_word(char_before(begin, p)))
		return 0;
	const char *q = skip_word(p + 1, end);
	bool letters = *p == '@' && q > p + 1 && p[1] == '_';
	for (const char *c = p + 1; c < q && !letters;)
		letters = is_letter(wp_utf8_next(&c));
	return letters ? (size_t)(q - p) : 0;
}

/* --- emoticons and runs of marks -------------------------------------------------------- */

/* Behind the c at p and those that follow it. */
static const char *skip_same(const char *p, const char *end)
{
	char c = *p;
	while (p < end && *p == c)
		p++;
	return p;
}

/* Does an emoticon that ends at p in a letter or digit end there for readers, too? */
static bool stands_alone(const char *p, const char *end)
{
	return !is_word(char_before(p - 1, p)) || !is_word(char_at(p, end));
}

static size_t emoticon(const char *begin, const char *p, const char *end)
{
	static const char *const others[] = {"</3", "<3", "^_^", "^^", "^.^", "-_-", "-.-",
		"o_O", "O_o", "o_o", "O_O", "o.O", "O.o", ">_<", ">.<", "T_T", "\\o/", "*_*",
		"*-*", "._.", "u.u", "xD", "XD"};
	bool after_word = is_word(char_before(begin, p));
	size_t left = (size_t)(end - p);
	for (size_t i = 0; i < sizeof others / sizeof others[0] && !after_word; i++) {
		size_t n = strlen(others[i]);
		if (*p == *others[i] && left >= n && memcmp(p, others[i], n) == 0 &&
			stands_alone(p + n, end))
			return (size_t)(skip_same(p + n - 1, end) - p);
	}
	const char *q = p;
	if (*q == '>' && left > 2)
		q++;
	bool word_eyes = *q == 'x' || *q == 'X' || *q == '8';
	if (q < end && is_one_of(*q, ":;=") && !(after_word && *q == '=')) {
		q++;
		if (q < end && (*q == '\'' || *q == '"'))
			q++;
		if (q < end && is_one_of(*q, "-o^~c") && q + 1 < end &&
			is_one_of(q[1], ")(][DdpP/\\|}{@*OoSs3$"))
			q++;
		if (q < end && is_one_of(*q, ")(][DdPp/\\|}{@*OoSs3$")) {
			const char *mouth = skip_same(q, end);
			bool slash = *q == '/' || *q == '\\' || *q == '@' || *q == '[' ||
				*q == '{' || *q == '*' || *q == '|' || *q == '$';
			if (stands_alone(mouth, end) && !(slash && after_word) &&
				!(slash && mouth < end && is_word(char_at(mouth, end))) &&
				!(*q == '/' && mouth > q + 1) &&
				!(after_word && is_word((unsigned char)*q)) &&
				!((*q == '(' || *q == '[') && mouth < end &&
					is_word(char_at(mouth, end))))
				return (size_t)(mouth - p);
		}
	}
	if (word_eyes && !after_word && left > 2 && p[1] == '-' && is_one_of(p[2], ")(DPp"))
		return 3;
	/* From right to left: (-: and (: */
	if ((*p == '(' || *p == ')') && !after_word && left >= 2) {
		q = p + 1;
		q += *q == '-' && left > 2;
		if ((*q == ':' || *q == ';' || *q == '=') && q + 1 == end)
			return left;
	}
	return 0;
}

static size_t run(const char *p, const char *end)
{
	const char *q = p;
	if (*p == '!' || *p == '?')
		while (q < end && (*q == '!' || *q == '?'))
			q++;
	else if (is_one_of(*p, ".-*=~#<>+/\\,;:$%&|^@'`"))
		q = skip_same(p, end);
	uint32_t c = char_at(p, end);
	if (c == 0x2026 || c == 0x2014 || c == 0x2013 || c == 0x2022)
		while (end - q >= 3 && memcmp(q, p, 3) == 0)
			q += 3;
	return q > p + 1 ? (size_t)(q - p) : 0;
}

size_t wp_web_reference(const char *p, const char *end)
{
	enum { LONGEST_NAME = 32 };
	const char *q = p + 1, *name;
	if (*p != '&' || q == end)
		return 0;
	if (*q == '#') {
		bool hex = end - q > 1 && (q[1] | 0x20) == 'x';
		for (name = q += 1 + hex; q < end && q - name < LONGEST_NAME; q++)
			if (!is_digit(*q) && !(hex && is_one_of(*q, "ABCDEFabcdef")))
				break;
	} else {
		/* No name has but one letter: R&D; */
		for (name = q + 1; q < end && q - name < LONGEST_NAME; q++)
			if (!is_alpha(*q) && !(q > name && is_digit(*q)))
				break;
	}
	if (q <= name || q == end || *q != ';')
		return 0;
	size_t n = (size_t)(q + 1 - p);
	const char *behind = p + n;
	while ((size_t)(end - behind) >= n && memcmp(behind, p, n) == 0)
		behind += n;
	return (size_t)(behind - p);
}

size_t wp_web_token(const char *begin, const char *p, const char *end)
{
	/* How far to look for what makes an address one, so that time is linear. */
	enum { HOST = 256, MAILBOX = 128 };
	unsigned char c = (unsigned char)*p;
	size_t n = 0, left = (size_t)(end - p);
	if (c >= 0x80 || is_alpha(*p) || is_digit(*p) || c == '_') {
		if (memchr(p, '/', left < HOST ? left : HOST) || (c | 0x20) == 'w' ||
			(c | 0x20) == 'm')
			n = address(p, end);
		if (!n && memchr(p, '@', left < MAILBOX ? left : MAILBOX))
			n = mail(p, end);
		if (n)
			return n;
	}
	if ((n = wp_web_reference(p, end)) || (n = tag(begin, p, end)) ||
		(n = emoticon(begin, p, end)))
		return n;
	return run(p, end);
}

bool wp_web_joins_digits(const char *begin, const char *p, const char *end)
{
	return is_one_of(*p, "-/:") && p > begin && p + 1 < end && is_digit(p[-1]) &&
		is_digit(p[1]);
}

/* --- where to look ---------------------------------------------------------------------- */

/* Does the mark at p, together with its neighbours, matter? */
static bool matters(const char *begin, const char *p, const char *end)
{
	char c = *p, next = p + 1 < end ? p[1] : ' ';
	switch (c) {
	case '@':
	case '#':
	case '/':
	case '\\':
		return true;
	case '&':
		return next == c || is_alpha(next);
	case ':':
		return is_one_of(next, ")(-'|[]{}@*\\=:DdPpOoSs3$") ||
			wp_web_joins_digits(begin, p, end);
	case ';':
	case '=':
		return is_one_of(next, ")(-'];=:DPp|");
	case '-':
		return next == c || is_one_of(next, "_.") || wp_web_joins_digits(begin, p, end);
	case '!':
	case '?':
		return next == '!' || next == '?';
	case '<':
		return next == c || next == '3' || next == '/';
	case '^':
		return is_one_of(next, "^_.");
	case '(':
	case ')':
		return next == ':' || next == ';' || next == '-' || next == '=';
	case '>':
		return is_one_of(next, ">:._");
	case '.':
		return next == c || next == '_';
	case 'W': /* www. */
	case 'w':
		return next == '.' && p > begin && (p[-1] | 0x20) == 'w';
	case '*':
		return is_one_of(next, "*_-");
	case '_':
		return true;
	case ',':
	case '+':
	case '~':
	case '|':
	case '$':
	case '%':
	case '`':
	case '\'':
		return next == c;
	case '8':
		return next == '-';
	default:
		return false;
	}
}

/* The pairs of bytes that may matter, a bit for each rule of `matters`; what more it asks for
 * is left to it. */
enum {
	ALONE = 1,
	COLON = 2,
	WINK = 4,
	HYPHEN = 8,
	LOUD = 16,
	BRACKET = 32,
	OTHERS = 64,
	RUN = WP_ASCII_RUN,
	ANY = 127 & ~(COLON | WINK | HYPHEN | LOUD | BRACKET | OTHERS),
};

static const struct wp_ascii_marks marks = {
	.first = {['!'] = LOUD,
		['#'] = ALONE,
		['$' ... '%'] = RUN,
		['&'] = ALONE | RUN,
		['\''] = RUN,
		['(' ... ')'] = BRACKET,
		['*'] = OTHERS,
		['+' ... ','] = RUN,
		['-'] = HYPHEN,
		['.'] = OTHERS,
		['/'] = ALONE,
		['8'] = OTHERS,
		[':'] = COLON,
		[';'] = WINK,
		['<'] = OTHERS,
		['='] = WINK,
		['>'] = OTHERS,
		['?'] = LOUD,
		['@'] = ALONE,
		['W'] = OTHERS,
		['\\'] = ALONE,
		['^'] = OTHERS,
		['_'] = ALONE,
		['`'] = RUN,
		['w'] = OTHERS,
		['|'] = RUN,
		['~'] = RUN},
	.second = {[0 ... ' '] = ANY,
		['!'] = ANY | LOUD,
		['"' ... '#'] = ANY,
		['$'] = ANY | COLON,
		['%' ... '&'] = ANY,
		['\'' ... ')'] = ANY | COLON | WINK,
		['*'] = ANY | COLON | OTHERS,
		['+' ... ','] = ANY,
		['-'] = ANY | COLON | WINK | HYPHEN | BRACKET | OTHERS,
		['.'] = ANY | HYPHEN | OTHERS,
		['/'] = ANY | OTHERS,
		['0' ... '2'] = ANY | COLON | HYPHEN,
		['3'] = ANY | COLON | HYPHEN | OTHERS,
		['4' ... '9'] = ANY | COLON | HYPHEN,
		[':'] = ANY | COLON | WINK | BRACKET | OTHERS,
		[';'] = ANY | WINK | BRACKET,
		['<'] = ANY | OTHERS,
		['='] = ANY | COLON | WINK | BRACKET,
		['>'] = ANY | OTHERS,
		['?'] = ANY | LOUD,
		['@'] = ANY | COLON,
		['A' ... 'C'] = ANY,
		['D'] = ANY | COLON | WINK,
		['E' ... 'N'] = ANY,
		['O'] = ANY | COLON,
		['P'] = ANY | COLON | WINK,
		['Q' ... 'R'] = ANY,
		['S'] = ANY | COLON,
		['T' ... 'Z'] = ANY,
		['['] = ANY | COLON,
		['\\'] = ANY | COLON,
		[']'] = ANY | COLON | WINK,
		['^'] = ANY | OTHERS,
		['_'] = ANY | HYPHEN | OTHERS,
		['`' ... 'c'] = ANY,
		['d'] = ANY | COLON,
		['e' ... 'n'] = ANY,
		['o'] = ANY | COLON,
		['p'] = ANY | COLON | WINK,
		['q' ... 'r'] = ANY,
		['s'] = ANY | COLON,
		['t' ... 'z'] = ANY,
		['{'] = ANY | COLON,
		['|'] = ANY | COLON | WINK,
		['}'] = ANY | COLON,
		['~' ... 127] = ANY},
};

wp_ascii_find_fn *wp_ascii_find_for(enum wp_isa isa)
{
#ifdef WP_X86_KERNELS
	if (isa == WP_ISA_AVX512)
		return wp_ascii_find_avx512;
	if (isa == WP_ISA_AVX2)
		return wp_ascii_find_avx2;
#endif
	(void)isa;
	return wp_ascii_find_plain;
}

const char *wp_web_trigger(
	wp_ascii_find_fn *find, const char *begin, const char *p, const char *end)
{
	while ((p = find(&marks, p, end)) < end) {
		if ((unsigned char)*p >= 0x80 || matters(begin, p, end))
			break;
		p++;
	}
	return p;
}
