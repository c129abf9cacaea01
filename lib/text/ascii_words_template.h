/* The body of wp_ascii_words_fn.  (Internal.)
 *
 * A file that includes it has defined KERNEL, the name, and
 *
 *     struct wp_ascii_classes classify(const char *block)
 *     char *spread(const struct wp_ascii_words *w, const char *block, uint64_t insert,
 *                  uint64_t keep, char *out)
 *
 * where spread writes the bytes of the block that are in `keep`, each with a space before it
 * that is in `insert`, changed as w->lower and w->fold say; it returns the end of what it
 * wrote.
 */
#include <string.h>

/* Bits of the block that follows a block whose highest bit is known. */
#define AFTER(mask, carry) ((mask) << 1 | (carry))
#define CARRY(mask)        ((mask) >> 63)

static inline bool is_letter(unsigned char c)
{
	return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static inline bool is_digit(unsigned char c)
{
	return c >= '0' && c <= '9';
}

void KERNEL(struct wp_ascii_words *w)
{
	uint64_t letter_before = 0, digit_before = 0, word_before = 0;
	uint64_t line_empty = w->line_empty;
	uint64_t newline_kept = w->keep_lines ? ~UINT64_C(0) : 0;
	bool stopped = false;
	while (!stopped && w->text < w->end) {
		char padded[WP_ASCII_BLOCK + 1];
		const char *block = w->text;
		size_t left = (size_t)(w->end - w->text);
		if (left <= WP_ASCII_BLOCK) {
			memset(padded, ' ', sizeof padded);
			memcpy(padded, block, left);
			block = padded;
		}
		struct wp_ascii_classes c = classify(block);
		unsigned char next = (unsigned char)block[WP_ASCII_BLOCK];

		/* How much of the block can be decided here? */
		unsigned count = WP_ASCII_BLOCK;
		if (c.special || next >= 0x80 || next == '\\') {
			stopped = c.special != 0;
			if (stopped)
				count = (unsigned)__builtin_ctzll(c.special);
			if (count > 0 && !((c.separator | c.newline) >> (count - 1) & 1)) {
				count--;
				stopped = true;
			}
		}
		uint64_t valid =
			count == WP_ASCII_BLOCK ? ~UINT64_C(0) : (UINT64_C(1) << count) - 1;

		/* WB5 to WB13b.  A Mid... is a part of the word if both its neighbours are. */
		uint64_t letter_next = c.letter >> 1 | (uint64_t)is_letter(next) << 63;
		uint64_t digit_next = c.digit >> 1 | (uint64_t)is_digit(next) << 63;
		uint64_t word = c.letter | c.digit | c.underscore;
		word |= c.mid_letter & AFTER(c.letter, letter_before) & letter_next;
		word |= c.mid_digit & AFTER(c.digit, digit_before) & digit_next;
		uint64_t text = ~(c.separator | c.newline);
		if (w->whole)
			word = text;
		uint64_t start = text & ~(word & AFTER(word, word_before)) & valid;

		/* The first character of a line that is no separator: adding a bit to a run of
		 * ones carries it to the bit behind the run. */
		uint64_t line_start = AFTER(c.newline, line_empty);
		uint64_t run = c.separator + (c.separator & line_start);
		uint64_t first = (run | line_start) & ~c.separator;

		uint64_t newline = c.newline & valid & (newline_kept | ~first);
		w->out = spread(w, block, start & ~first, (text & valid) | newline, w->out);
		w->tokens += (uint64_t)__builtin_popcountll(start);
		w->lines += (uint64_t)__builtin_popcountll(newline);

		text &= valid;
		uint64_t newlines = c.newline & valid;
		if (text | newlines)
			line_empty = newlines > text; /* which of them came last? */
		letter_before = CARRY(c.letter);
		digit_before = CARRY(c.digit);
		word_before = CARRY(word);
		w->text += count < left ? count : left;
	}
	w->line_empty = line_empty != 0;
}
