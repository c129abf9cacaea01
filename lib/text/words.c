#include "text/words.h"

#include <string.h>

#include "text/segment.h"
#include "text/web.h"

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

/* The next ASCII white space or control character from p on.  Eight bytes at a time: if any is
 * below n, and only then, (x - n) & ~x has a top bit set. */
static const char *next_ascii_space(const char *p, const char *end)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);
	for (; end - p >= 8; p += 8) {
		uint64_t x;
		memcpy(&x, p, sizeof x);
		if ((x - ones * (' ' + 1)) & ~x & ones * 0x80)
			break;
	}
	while (p < end && !is_ascii_space(*p))
		p++;
	return p;
}

/* Text that is not plain ASCII is dealt with up to white space after which ASCII goes on. */
static const char *end_of_run(const char *p, const char *end)
{
	while ((p = next_ascii_space(p, end)) < end && !(p + 1 < end && is_ascii(p[1])))
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

/* Write the part of a word that is not written yet; `begins` says that this is its beginning,
 * and after_cased is about what of it is written. */
static char *write_part(struct wp_token_writer *w, bool begins, bool after_cased,
	const char *part, const char *end, char *out)
{
	if (begins) {
		after_cased = false;
		*out = ' ';
		out += !w->line_empty;
		w->line_empty = false;
		w->tokens++;
	}
	if (wp_token_writer_is_special(w)) { /* then this is a whole word */
		char *from = out;
		out += wp_token_writer_change_all(w, part, end, out);
		for (char *p = from; p < out; p++) {
			if (*p != '\\')
				continue;
			memmove(p + 1, p, (size_t)(out - p));
			out++;
			p++;
		}
		return out;
	}
	if (!w->lower && !w->fold_digits) {
		while (part < end) {
			if (*part == '\\')
				*out++ = '\\';
			*out++ = *part++;
		}
		return out;
	}
	while (part < end) {
		uint32_t c = wp_utf8_next(&part);
		if (c == '\\')
			*out++ = '\\';
		out += wp_utf8_encode(
			wp_token_writer_change(w, c, after_cased, part, end), out);
		after_cased = wp_after_cased(c, after_cased);
	}
	return out;
}

/* Is the character that ends at text a part of the word before it? */
static inline bool is_joined(
	struct wp_word_state *state, struct wp_char c, const char *text, const char *end)
{
	if (c.word == WP_WB_ALETTER && state->touching == WP_WB_ALETTER) {
		state->before = WP_WB_ALETTER; /* WB5, the usual case */
		return true;
	}
	enum wp_word_link link = wp_word_step(state, c);
	if (link <= WP_LINK_JOIN)
		return link == WP_LINK_JOIN;
	return wp_word_link_holds(link, next_class(text, end));
}

/* What stands in front of a run of text: nothing that matters, or ASCII whose last character
 * belongs to a word that may continue. */
struct before {
	struct wp_word_state state;
	bool inside, after_cased;
};

/* begin <= text; two characters, both ASCII, are all that a rule of UAX #29 can ask for. */
static struct before look_back(const char *begin, const char *text)
{
	struct before b = {.state = wp_word_start};
	b.inside = text > begin && !is_ascii_space(text[-1]) && text[-1] != 0x7F;
	if (b.inside && text - 1 > begin)
		wp_word_step(&b.state, wp_char((unsigned char)text[-2]));
	if (b.inside)
		wp_word_step(&b.state, wp_char((unsigned char)text[-1]));
	const char *p = text;
	while (b.inside && p > begin && wp_char((unsigned char)p[-1]).flags & WP_CHAR_IGNORABLE)
		p--;
	b.after_cased = p > begin && wp_char((unsigned char)p[-1]).flags & WP_CHAR_CASED;
	return b;
}

/* Of each byte at most a space and an escape come, or a space and what it is changed to. */
static size_t special_room(const struct wp_token_writer *w, size_t n)
{
	return wp_token_writer_is_special(w) ? 5 * n : 0;
}

/* Write the words of clean text. */
static enum wp_err write_run(
	struct wp_words *words, struct before before, const char *text, size_t n)
{
	struct wp_word_state state = before.state;
	struct wp_token_writer *w = words->writer;
	enum wp_err err = wp_token_writer_reserve(w, 3 * n + special_room(w, n));
	char *out = w->bytes + w->length;
	const char *end = text + n;
	const char *word =
		before.inside ? text : NULL; /* where what is not written yet begins */
	bool begins = false;
	while (!err && text < end) {
		const char *from = text;
		uint32_t c = wp_utf8_next(&text);
		struct wp_char properties = wp_char(c);
		words->no_spaces += (properties.flags & WP_CHAR_NO_SPACES) != 0;
		bool separator = properties.flags & WP_CHAR_SEPARATOR;
		if (!separator &&
			(words->whole ? word != NULL
				      : is_joined(&state, properties, text, end)))
			continue;
		if (word && (begins || word < from))
			out = write_part(w, begins, before.after_cased, word, from, out);
		word = separator ? NULL : from;
		begins = true;
		if (separator)
			state = wp_word_start;
		if (c == '\n') {
			w->length = (size_t)(out - w->bytes);
			err = wp_token_writer_end_line(w);
			out = w->bytes + w->length;
		}
	}
	if (err)
		return err;
	if (word)
		out = write_part(w, begins, before.after_cased, word, end, out);
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

/* --- tailored words --------------------------------------------------------------------- */

static bool is_separator(const char *p)
{
	if (is_ascii(*p))
		return is_ascii_space(*p) || *p == 0x7F;
	return wp_char(wp_utf8_next(&p)).flags & WP_CHAR_SEPARATOR;
}

static const char *skip_to_separator(const char *p, const char *end)
{
	while (p < end && !is_separator(p))
		wp_utf8_next(&p);
	return p;
}

/* Write the words of clean text, which does not begin or end within one. */
static enum wp_err write_tailored(struct wp_words *words, const char *text, size_t n)
{
	struct wp_token_writer *w = words->writer;
	enum wp_err err = wp_token_writer_reserve(w, 3 * n + special_room(w, n));
	if (err || n == 0)
		return err; /* text and w->bytes may be NULL */
	char *out = w->bytes + w->length;
	const char *begin = text, *end = text + n, *line_end = text;
	while (!err && text < end) {
		if (is_separator(text)) {
			if (wp_utf8_next(&text) == '\n') {
				w->length = (size_t)(out - w->bytes);
				err = wp_token_writer_end_line(w);
				out = w->bytes + w->length;
			}
			continue;
		}
		if (line_end <= text) {
			line_end = memchr(text, '\n', (size_t)(end - text));
			line_end = line_end ? line_end : end;
		}
		struct wp_chunk chunk = {text, skip_to_separator(text, end), line_end, begin};
		while (text < chunk.end) {
			size_t length = wp_tailored_token(&words->tailoring, &chunk, text);
			out = write_part(w, true, false, text, text + length, out);
			text += length;
		}
	}
	w->length = (size_t)(out - w->bytes);
	if (!err && words->tailoring.run)
		err = words->tailoring.run->err;
	return err;
}

static enum wp_err write_clean_tailored(
	struct wp_words *words, const char *text, size_t n, uint64_t offset)
{
	enum wp_err err = wp_normalize(words->normalizer, &text, &n, offset);
	return err ? err : write_tailored(words, text, n);
}

/* Most words of the web are those of UAX #29; the others are found by their marks. */
static enum wp_err write_web(
	struct wp_words *words, const char *text, size_t n, uint64_t offset)
{
	const char *begin = text, *end = text + n;
	enum wp_err err = WP_OK;
	while (!err && text < end) {
		const char *trigger = wp_web_trigger(words->find, text, text, end),
			   *chunk = trigger;
		while (trigger < end && chunk > text && !is_ascii_space(chunk[-1]))
			chunk--;
		if (chunk > text)
			err = write_ascii(words, &text, chunk);
		if (err || trigger == end)
			return err;
		const char *chunk_end = is_ascii(*trigger) ? next_ascii_space(trigger, end)
							   : end_of_run(trigger, end);
		if (is_ascii(*trigger)) /* not in the text behind the white space */
			for (const char *p = trigger; p < chunk_end; p++)
				if (!is_ascii(*p)) {
					chunk_end = end_of_run(p, end);
					break;
				}
		err = write_clean_tailored(words, chunk, (size_t)(chunk_end - chunk),
			offset + (uint64_t)(chunk - begin));
		text = chunk_end;
	}
	return err;
}

enum wp_err wp_words_write(struct wp_words *words, const char *text, size_t n, uint64_t offset)
{
	const char *begin = text, *end = text + n;
	if (words->tailoring.language || words->tailoring.dictionary ||
		(words->tailoring.web && wp_token_writer_is_special(words->writer)) ||
		words->tailoring.hyphens == WP_HYPHENS_KEEP)
		return write_clean_tailored(words, text, n, offset);
	if (wp_token_writer_is_special(words->writer)) {
		struct before nothing = {.state = wp_word_start};
		enum wp_err err = wp_normalize(words->normalizer, &text, &n, offset);
		return err ? err : write_run(words, nothing, text, n);
	}
	if (words->tailoring.web)
		return write_web(words, text, n, offset);
	while (text < end) {
		enum wp_err err = write_ascii(words, &text, end);
		if (err || text == end)
			return err;

		/* The ASCII words have stopped short of a word whose end they cannot tell. */
		struct before before = look_back(begin, text);
		const char *run = text, *run_end = end_of_run(text, end);
		size_t length = (size_t)(run_end - run);
		err = wp_normalize(
			words->normalizer, &run, &length, offset + (uint64_t)(text - begin));
		if (!err)
			err = write_run(words, before, run, length);
		if (err)
			return err;
		text = run_end;
	}
	return WP_OK;
}
