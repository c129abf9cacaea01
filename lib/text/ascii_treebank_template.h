/* The body of wp_ascii_treebank_fn.  (Internal.)
 *
 * A file that includes it has defined TREEBANK_KERNEL, the name, and included the functions of
 * blocks and, for `spread`, ascii_words_template.h.
 */
#include <string.h>

/* Classes of characters; those of the second table are separate from those of the first. */
enum {
	T_LETTER = 1,
	T_DIGIT = 2,
	T_SPACE = 4, /* and all controls but LF */
	T_NEWLINE = 8,
	T_APART = 16, /* stands apart always, with the same mark behind it if there is one */
	T_COMMA = 32,
	T_COLON = 64,
	T_STOP = 128,
	T_ALONE = T_APART | T_COMMA, /* no run of it is one token */
	T_LOUD = T_APART | T_STOP,   /* ! and ?, whose runs may be mixed */

	T_APOSTROPHE = 1,
	T_HYPHEN = 2,
	T_QUOTE = 4,
	T_OTHER = 8,   /* left to the caller */
	T_OPENER = 16, /* a quotation mark behind it opens */
	T_AMPERSAND = T_OTHER | T_OPENER,
	T_N = 32,
	T_M = 64,
	T_T = 128,
};

static const unsigned char treebank_classes[128] = {
	[0 ... '\n' - 1] = T_SPACE,
	['\n'] = T_NEWLINE,
	['\n' + 1 ... ' '] = T_SPACE,
	[0x7F] = T_SPACE,
	['A' ... 'Z'] = T_LETTER,
	['a' ... 'z'] = T_LETTER,
	['0' ... '9'] = T_DIGIT,
	['!'] = T_LOUD,
	['"'] = T_ALONE,
	['#' ... '&'] = T_APART,
	['('] = T_ALONE,
	[')'] = T_ALONE,
	[','] = T_COMMA,
	['.'] = T_STOP,
	[':'] = T_COLON,
	[';'] = T_APART,
	['<'] = T_APART,
	['>'] = T_APART,
	['?'] = T_LOUD,
	['@'] = T_APART,
	['['] = T_ALONE,
	[']'] = T_ALONE,
	['{'] = T_ALONE,
	['}'] = T_ALONE,
};

static const unsigned char treebank_marks[128] = {
	['"'] = T_QUOTE,
	['&'] = T_AMPERSAND,
	['\''] = T_APOSTROPHE,
	['('] = T_OPENER,
	['-'] = T_HYPHEN | T_OPENER,
	['<'] = T_OPENER,
	['M'] = T_M,
	['N'] = T_N,
	['T'] = T_T,
	['['] = T_OPENER,
	['\\'] = T_OTHER,
	['`'] = T_OTHER,
	['m'] = T_M,
	['n'] = T_N,
	['t'] = T_T,
	['{'] = T_OPENER,
};

/* The bits below bit i; all, for i = 64. */
static inline uint64_t bits_below(unsigned i)
{
	return i < 64 ? (UINT64_C(1) << i) - 1 : ~UINT64_C(0);
}

/* How many bits there are up to the highest of the mask. */
static inline unsigned bits_to_highest(uint64_t mask)
{
	return mask ? 64 - (unsigned)__builtin_clzll(mask) : 0;
}

/* In a run of two or more? */
static inline uint64_t in_run(uint64_t mask)
{
	return mask & (mask << 1 | mask >> 1);
}

/* The first of each run. */
static inline uint64_t first_of(uint64_t run)
{
	return run & ~(run << 1);
}

static inline bool is_cased(char c, char small)
{
	return (c | 0x20) == small;
}

/* Is text[0, n) one of cannot, gimme, gonna, gotta, lemme, wanna, without regard to case?  The
 * third and fourth letter are known to be nn, mm or tt. */
static inline bool is_contraction(const char *word, unsigned n)
{
	char a = word[0] | 0x20, b = word[1] | 0x20, c = word[2] | 0x20, d = word[4] | 0x20;
	if (n == 6)
		return a == 'c' && b == 'a' && c == 'n' && d == 'o' && is_cased(word[5], 't');
	return n == 5 &&
		((d == 'e' && c == 'm' && ((a == 'g' && b == 'i') || (a == 'l' && b == 'e'))) ||
			(d == 'a' &&
				((a == 'g' && b == 'o' && c != 'm') ||
					(a == 'w' && b == 'a' && c == 'n'))));
}

/* Where the clitic begins that the apostrophe at bit i of the block is of: 'm, 's, 'd, 'll,
 * 're, 've, n't; 0 if it is of none, or of one that is not clear. */
static inline uint64_t clitic_at(
	const char *bytes, unsigned i, uint64_t letter, uint64_t boundary)
{
	if (i < 1 || i > 60 || !(letter >> (i - 1) & 1))
		return 0;
	const char *p = bytes + i + 1;
	unsigned n = (unsigned)__builtin_ctzll(~(letter >> (i + 1)));
	if (n == 0 || n > 2 || !(boundary >> (i + 1 + n) & 1))
		return 0;
	if (n == 2)
		return (is_cased(p[0], 'l') && is_cased(p[1], 'l')) ||
				(is_cased(p[1], 'e') &&
					(is_cased(p[0], 'r') || is_cased(p[0], 'v')))
			? UINT64_C(1) << i
			: 0;
	if (is_cased(*p, 's') || is_cased(*p, 'm') || is_cased(*p, 'd'))
		return UINT64_C(1) << i;
	return is_cased(*p, 't') && i >= 2 && is_cased(p[-2], 'n') && letter >> (i - 2) & 1
		? UINT64_C(1) << (i - 1)
		: 0;
}

/* As spread, with `` or '' in the place of each of the quotation marks. */
static inline char *spread_quotes(const struct wp_ascii_words *w, const char *bytes,
	uint64_t insert, uint64_t keep, uint64_t quotes, uint64_t opening, char *out)
{
	uint64_t done = 0;
	for (; quotes; quotes &= quotes - 1) {
		uint64_t bit = quotes & -quotes, now = (bit - 1) & ~done;
		out = spread(w, bytes, insert & now, keep & now, out);
		*out = ' ';
		out += (insert & bit) != 0;
		memcpy(out, opening & bit ? "``" : "''", 2);
		out += 2;
		done = bit | (bit - 1);
	}
	return spread(w, bytes, insert & ~done, keep & ~done, out);
}

void TREEBANK_KERNEL(struct wp_ascii_treebank *t)
{
	struct wp_ascii_words *w = &t->words;
	uint64_t line_empty = w->line_empty;
	uint64_t newline_kept = w->keep_lines ? ~UINT64_C(0) : 0;
	bool stopped = false;
	while (!stopped && w->text < w->end) {
		char padded[WP_ASCII_BLOCK + 1];
		const char *bytes = w->text;
		size_t left = (size_t)(w->end - w->text);
		if (left <= WP_ASCII_BLOCK) {
			memset(padded, ' ', sizeof padded);
			memcpy(padded, bytes, left);
			bytes = padded;
		}
		struct block block = block_load(bytes);
		struct block class = block_look_up(block, treebank_classes);
		struct block mark = block_look_up(block, treebank_marks);
		uint64_t newlines = block_any(class, T_NEWLINE);
		uint64_t space = block_any(class, T_SPACE), white = space | newlines;

		/* Up to the last white space, or to the end of the text. */
		unsigned count =
			left > WP_ASCII_BLOCK ? bits_to_highest(white) : (unsigned)left;
		if (count == 0)
			break;
		uint64_t valid = bits_below(count);
		uint64_t letter = block_any(class, T_LETTER), digit = block_any(class, T_DIGIT);
		uint64_t digits = digit << 1 & digit >> 1, letters = letter << 1 & letter >> 1;
		uint64_t apart = block_any(class, T_APART), comma = block_any(class, T_COMMA);
		uint64_t stop = block_any(class, T_STOP), hyphen = block_any(mark, T_HYPHEN);
		uint64_t loud = stop & apart, alone = comma & apart;
		uint64_t twice =
			block_same(block, block_load(bytes + 1)) & apart & ~alone & ~loud;
		stop &= ~apart;
		uint64_t stop_run = in_run(stop), hyphen_run = in_run(hyphen);
		uint64_t loud_run = in_run(loud);
		uint64_t run = stop_run | hyphen_run | loud_run | twice | twice << 1;
		uint64_t run_start = first_of(stop_run) | first_of(hyphen_run) |
			first_of(loud_run) | first_of(twice);
		apart |= (comma & ~digits) | (block_any(class, T_COLON) & ~digits & ~letters);
		apart &= ~run;

		uint64_t single = stop & ~run & ~((letter | digit) >> 1) & valid;
		for (; single; single &= single - 1) {
			unsigned i = (unsigned)__builtin_ctzll(single);
			unsigned word = bits_to_highest((white | apart | run) & bits_below(i));
			uint64_t in_word = bits_below(i) & ~bits_below(word);
			bool plain = i > word + 1 && !(in_word & ~letter) &&
				(white | ~valid) >> i >> 1 & 1 &&
				!wp_may_know(t->known, bytes + word, i - word);
			if (plain || t->stands_apart(t->arg, w->text + word, w->text + i))
				apart |= single & -single;
		}
		uint64_t boundary = white | apart | run;

		/* What is left to the caller: the first stretch of text with any of this. */
		uint64_t other = block_any(mark, T_OTHER), opener = block_any(mark, T_OPENER);
		uint64_t ampersand = other & opener;
		opener &= ~ampersand;
		other = (other & ~ampersand) | (ampersand & ~(white >> 1)) | block_high(block);
		uint64_t clitics = 0;
		for (uint64_t a = block_any(mark, T_APOSTROPHE) & valid; a; a &= a - 1) {
			uint64_t clitic = clitic_at(
				bytes, (unsigned)__builtin_ctzll(a), letter, boundary);
			clitics |= clitic;
			other |= clitic ? 0 : a & -a;
		}
		uint64_t m = block_any(mark, T_M), n = block_any(mark, T_N),
			 tt = block_any(mark, T_T);
		uint64_t doubled = (m & m >> 1) | (n & n >> 1) | (tt & tt >> 1);
		uint64_t begins = letter & (boundary << 1 | 1), rest = letter & ~clitics;
		for (uint64_t d = doubled >> 2 & begins & valid; d; d &= d - 1) {
			unsigned i = (unsigned)__builtin_ctzll(d);
			uint64_t end = ~(rest >> i) | UINT64_C(1) << 63;
			if (is_contraction(bytes + i, (unsigned)__builtin_ctzll(end)))
				other |= d & -d;
		}
		if (other & valid) {
			unsigned first = (unsigned)__builtin_ctzll(other & valid);
			count = bits_to_highest(white & bits_below(first));
			valid = bits_below(count);
			stopped = true;
		}

		uint64_t text = ~white;
		uint64_t after_run = (run << 1) & ~(run & ~run_start);
		uint64_t start = text & valid &
			(white << 1 | 1 | apart | apart << 1 | run_start | after_run | clitics);

		/* As in the template of words. */
		uint64_t line_start = newlines << 1 | line_empty;
		uint64_t carried = space + (space & line_start);
		uint64_t first = (carried | line_start) & ~space;
		uint64_t newline = newlines & valid & (newline_kept | ~first);
		uint64_t quotes = block_any(mark, T_QUOTE) & valid;
		uint64_t insert = start & ~first, keep = (text & valid) | newline;
		w->out = quotes ? spread_quotes(w, bytes, insert, keep, quotes,
					  (white | opener) << 1 | 1, w->out)
				: spread(w, bytes, insert, keep, w->out);
		w->tokens += (uint64_t)__builtin_popcountll(start);
		w->lines += (uint64_t)__builtin_popcountll(newline);

		newlines &= valid;
		if ((text & valid) | newlines)
			line_empty = newlines > (text & valid);
		w->text += count < left ? count : left;
	}
	w->line_empty = line_empty != 0;
}
