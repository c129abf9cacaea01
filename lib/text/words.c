#include "text/words.h"

#include <string.h>

#include "text/segment.h"

wp_ascii_words_fn *wp_ascii_words_for(enum wp_isa isa)
{
#ifdef WP_X86_KERNELS
	if (isa == WP_ISA_AVX512)
		return wp_ascii_words_avx512;
	if (isa == WP_ISA_AVX2)
		return wp_ascii_words_avx2;
#endif
	(void)isa;
	return wp_ascii_words_plain;
}

static bool is_ascii(char c)
{
	return (unsigned char)c < 0x80;
}

static bool is_ascii_space(char c)
{
	return (unsigned char)c <= ' ';
}

/* Text that is not plain ASCII is dealt with up to white space after which ASCII goes on. */
static const char *end_of_run(const char *p, const char *end)
{
	while (p < end && !(is_ascii_space(*p) && p + 1 < end && is_ascii(p[1])))
		p++;
	return p;
}

/* The class of the next character that counts. */
static unsigned next_class(const char *p, const char *end)
{
	while (p < end) {
		unsigned word_class = wp_char(wp_utf8_next(&p)).word;
		if (!wp_word_ignored(word_class))
			return word_class;
	}
	return WP_WB_START;
}

/* Copy the n <= 4 bytes of a character. */
static inline char *copy_character(const char *from, size_t n, char *out)
{
	for (size_t i = 0; i < n; i++)
		out[i] = from[i];
	return out + n;
}

/* Write the words of clean text.  before has the state that the characters in front of the text
 * have left, inside is whether the last of them is a part of a word.  The characters can grow
 * to twice their bytes, with a space in front of each. */
static enum wp_err write_run(struct wp_words *words, struct wp_word_state state, bool inside,
	const char *text, size_t n)
{
	struct wp_token_writer *w = words->writer;
	enum wp_err err = wp_token_writer_reserve(w, 3 * n);
	if (err)
		return err;
	bool change = w->lower || w->fold_digits;
	bool after_cased = false;
	char *out = w->bytes + w->length;
	const char *end = text + n;
	while (text < end) {
		const char *from = text;
		uint32_t c = wp_utf8_next(&text);
		struct wp_char properties = wp_char(c);
		if (properties.flags & WP_CHAR_SEPARATOR) {
			if (c == '\n') {
				w->length = (size_t)(out - w->bytes);
				err = wp_token_writer_end_line(w);
				if (err)
					return err;
				out = w->bytes + w->length;
			}
			state = wp_word_start;
			inside = after_cased = false;
			continue;
		}
		bool joined = inside;
		if (!words->whole) {
			enum wp_word_link link = wp_word_step(&state, properties);
			joined = link == WP_LINK_JOIN ||
				(link > WP_LINK_JOIN &&
					wp_word_link_holds(link, next_class(text, end)));
		}
		if (!joined) {
			*out = ' ';
			out += !w->line_empty;
			w->line_empty = false;
			w->tokens++;
			after_cased = false;
		}
		if (c == '\\')
			*out++ = '\\';
		if (change)
			out += wp_utf8_encode(
				wp_token_writer_change(w, c, after_cased, text, end), out);
		else
			out = copy_character(from, (size_t)(text - from), out);
		after_cased = properties.flags & WP_CHAR_CASED;
		inside = true;
	}
	w->length = (size_t)(out - w->bytes);
	return WP_OK;
}

/* Write the words of ASCII text; where that ends. */
static enum wp_err write_ascii(struct wp_words *words, const char **text, const char *end)
{
	struct wp_token_writer *w = words->writer;
	enum wp_err err = wp_token_writer_reserve(w, 2 * (size_t)(end - *text) + WP_ASCII_ROOM);
	if (err)
		return err;
	struct wp_ascii_words ascii = {
		.whole = words->whole,
		.keep_lines = w->keep_lines,
		.lower = w->lower,
		.fold = w->fold_digits,
		.line_empty = w->line_empty,
		.text = *text,
		.end = end,
		.out = w->bytes + w->length,
	};
	words->ascii(&ascii);
	*text = ascii.text;
	w->length = (size_t)(ascii.out - w->bytes);
	w->line_empty = ascii.line_empty;
	w->tokens += ascii.tokens;
	w->lines += ascii.lines;
	return WP_OK;
}

enum wp_err wp_words_write(struct wp_words *words, const char *text, size_t n, uint64_t offset)
{
	const char *begin = text, *end = text + n;
	while (text < end) {
		enum wp_err err = write_ascii(words, &text, end);
		if (err || text == end)
			return err;

		/* The ASCII words have stopped short of a word whose end they cannot tell.  Two
		 * characters, both ASCII, are all that a rule can ask for to the left. */
		struct wp_word_state state = wp_word_start;
		bool inside = text > begin && !is_ascii_space(text[-1]) && text[-1] != 0x7F;
		if (inside && text - 1 > begin)
			wp_word_step(&state, wp_char((unsigned char)text[-2]));
		if (inside)
			wp_word_step(&state, wp_char((unsigned char)text[-1]));

		const char *run = text, *run_end = end_of_run(text, end);
		size_t length = (size_t)(run_end - run);
		err = wp_normalize(
			words->normalizer, &run, &length, offset + (uint64_t)(text - begin));
		if (!err)
			err = write_run(words, state, inside, run, length);
		if (err)
			return err;
		text = run_end;
	}
	return WP_OK;
}
