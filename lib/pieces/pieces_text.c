#include "pieces/pieces_text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "pieces/pieces_cut.h"
#include "pieces/pieces_mark.h"
#include "stream/lines.h"
#include "text/token_table.h"
#include "text/token_text.h"
#include "text/vocab.h"

enum {
	SOME = 64, /* words that are looked up together             */
	REMEMBERED =
		1 << 20, /* words, and bytes of their pieces, at most: then all are forgotten */
	REMEMBERED_BYTES = 1 << 25,
	PAD = 32,     /* bytes that may be read behind a field */
	SHORT = 16,   /* pieces of a word up to so many bytes are copied as so many */
	LONGEST = 256 /* bytes of a word that is remembered            */
};

/* A word that has been cut: its pieces as text. */
struct known {
	uint32_t begin, length;
	uint32_t pieces;
	bool other; /* see wp_pieces_text_counts */
};

struct wp_pieces_text {
	const struct wp_pieces *pieces;
	struct wp_pieces_text_options options;
	struct wp_pieces_text_counts counts;
	struct wp_pieces_cutter *cutter;
	struct wp_output *output;

	struct wp_token_table table; /* of words as they stand in the text: number of a known */
	struct known *known;
	size_t known_room;
	char *bytes;
	size_t used, bytes_room;

	char *field; /* as it is cut */
	size_t field_room;
	char *word; /* without escapes; or one that is being joined */
	size_t word_used, word_room;
	char *escaped;
	size_t escaped_room;
	uint32_t *per_word; /* pieces of each word, where there are tags */
	size_t words, word_counts_room;
};

enum wp_err wp_pieces_text_create(struct wp_pieces_text **text, const struct wp_pieces *pieces,
	const struct wp_pieces_text_options *options)
{
	enum wp_err err = wp_alloc(text, 1, sizeof **text, "pieces");
	if (err)
		return err;
	struct wp_pieces_text *t = *text;
	t->pieces = pieces;
	t->options = *options;
	err = wp_token_table_init(&t->table, SIZE_MAX, SIZE_MAX);
	if (!err && !options->join)
		err = wp_pieces_cutter_create(&t->cutter, pieces);
	if (err) {
		wp_pieces_text_free(t);
		*text = NULL;
	}
	return err;
}

void wp_pieces_text_free(struct wp_pieces_text *t)
{
	if (!t)
		return;
	wp_pieces_cutter_free(t->cutter);
	wp_token_table_fini(&t->table);
	free(t->known);
	free(t->bytes);
	free(t->field);
	free(t->word);
	free(t->escaped);
	free(t->per_word);
	free(t);
}

struct wp_pieces_text_counts wp_pieces_text_counts(const struct wp_pieces_text *t)
{
	return t->counts;
}

/* The next run of bytes between spaces (and carriage returns); its length, 0 at the end. */
static inline size_t next_token(const char **at, const char *end, const char **token)
{
	const char *p = *at;
	while (p < end && (*p == ' ' || *p == '\r'))
		p++;
	*token = p;
	while (p < end && *p != ' ' && *p != '\r')
		p++;
	*at = p;
	return (size_t)(p - *token);
}

static enum wp_err note_pieces(struct wp_pieces_text *t, uint32_t pieces)
{
	enum wp_err err = wp_grow(&t->per_word, &t->word_counts_room, t->words + 1,
		sizeof *t->per_word, "a line");
	if (!err)
		t->per_word[t->words++] = pieces;
	return err;
}

/* ---- Cutting ---- */

/* Append the pieces of a word, as text, to t->bytes. */
static enum wp_err cut_word(
	struct wp_pieces_text *t, const char *text, size_t length, struct known *known)
{
	const struct wp_piece *cut;
	size_t count, n, begin = t->used;
	enum wp_err err = wp_grow(&t->word, &t->word_room, length, 1, "a word");
	/* What is no escape was not written by tokenize, and is taken as it stands. */
	if (!err && wp_token_unescape(text, length, t->word, &n)) {
		memcpy(t->word, text, length);
		n = length;
	}
	if (!err)
		err = wp_pieces_cut(t->cutter, t->word, n, &cut, &count);
	if (err)
		return err;
	*known = (struct known){.pieces = (uint32_t)count};
	bool may_fail = t->pieces->fallback == WP_PIECES_UNKNOWN;
	if (may_fail && count == 1)
		known->other = cut[0].id == wp_pieces_cutter_unknown(t->cutter);
	for (size_t i = 0; i < count; i++) {
		err = wp_grow(&t->bytes, &t->bytes_room,
			t->used + 1 + cut[i].length * WP_ESCAPE_GROWTH + SHORT, 1, "pieces");
		if (err)
			return err;
		if (i > 0)
			t->bytes[t->used++] = ' ';
		t->used += wp_token_escape(cut[i].text, cut[i].length, t->bytes + t->used);
		known->other |= cut[i].id < 0;
	}
	if (t->used > UINT32_MAX)
		return wp_fail(WP_ELIMIT, "a word that is too long");
	known->begin = (uint32_t)begin;
	known->length = (uint32_t)(t->used - begin);
	return WP_OK;
}

static enum wp_err forget_all(struct wp_pieces_text *t)
{
	wp_token_table_fini(&t->table);
	t->used = 0;
	return wp_token_table_init(&t->table, SIZE_MAX, SIZE_MAX);
}

/* A word that was not known when it was looked for. */
static enum wp_err learn_word(
	struct wp_pieces_text *t, const struct wp_token *token, struct known *known)
{
	int32_t id;
	size_t next = (size_t)t->table.next_id;
	enum wp_err err = WP_OK;
	if (token->length > LONGEST) {
		err = cut_word(t, token->bytes, token->length, known);
		return err;
	}
	err = wp_grow(&t->known, &t->known_room, next + 1, sizeof *t->known, "pieces");
	if (!err)
		err = wp_token_table_add(&t->table, token, 0, &id);
	if (!err && (size_t)id == next)
		err = cut_word(t, token->bytes, token->length, &t->known[id]);
	if (!err)
		*known = t->known[id];
	return err;
}

/* Bytes that are spaces have their highest bit set in what this returns, others have none. */
static inline uint64_t find_spaces(uint64_t bytes)
{
	const uint64_t low = 0x7F7F7F7F7F7F7F7Fu;
	uint64_t x = bytes ^ 0x2020202020202020u;
	return ~(((x & low) + low) | x | low);
}

/* Which of the eight bytes at text is the first space; 8: none. */
static inline size_t first_space(const char *text)
{
	uint64_t bytes;
	memcpy(&bytes, text, sizeof bytes);
	uint64_t spaces = find_spaces(bytes);
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	return spaces ? (size_t)__builtin_ctzll(spaces) / 8 : 8;
#else
	size_t i = 0;
	while (spaces && text[i] != ' ')
		i++;
	return spaces ? i : 8;
#endif
}

/* A copy of the field with PAD spaces behind it, and none of carriage returns. */
static enum wp_err copy_field(struct wp_pieces_text *t, const char *text, size_t n)
{
	enum wp_err err = wp_grow(&t->field, &t->field_room, n + PAD, 1, "a line");
	if (err)
		return err;
	memcpy(t->field, text, n);
	memset(t->field + n, ' ', PAD);
	for (char *p = t->field; (p = memchr(p, '\r', n - (size_t)(p - t->field))); p++)
		*p = ' ';
	return WP_OK;
}

/* The next few words of the copy from *at on; how many. */
static size_t next_words(const char **at, const char *end, struct wp_token *words)
{
	const char *p = *at;
	size_t n = 0;
	while (n < SOME) {
		while (p < end && *p == ' ')
			p++;
		if (p >= end)
			break;
		const char *begin = p;
		size_t some;
		while ((some = first_space(p)) == 8)
			p += 8;
		p += some;
		wp_token_set(&words[n++], begin, (size_t)(p - begin));
	}
	*at = p;
	return n;
}

/* Write words that have been cut. */
static enum wp_err write_known(
	struct wp_pieces_text *t, const struct known *known, size_t n, bool first)
{
	size_t room = SHORT;
	char *begin, *to;
	for (size_t i = 0; i < n; i++)
		room += (size_t)known[i].length + 1;
	enum wp_err err = wp_output_reserve(t->output, room, &begin);
	if (err)
		return err;
	to = begin;
	for (size_t i = 0; i < n; i++) {
		const char *from = t->bytes + known[i].begin;
		*to = ' ';
		to += !first || i > 0;
		if (known[i].length <= SHORT)
			memcpy(to, from, SHORT);
		else
			memcpy(to, from, known[i].length);
		to += known[i].length;
		t->counts.pieces += known[i].pieces;
		t->counts.others += known[i].other;
	}
	t->counts.words += n;
	wp_output_advance(t->output, (size_t)(to - begin));
	for (size_t i = 0; i < n && !err && t->options.annotation == WP_TAGGED; i++)
		err = note_pieces(t, known[i].pieces);
	return err;
}

static enum wp_err cut_field(struct wp_pieces_text *t, const char *text, const char *text_end)
{
	struct wp_token words[SOME];
	struct known known[SOME];
	int32_t ids[SOME];
	size_t length = (size_t)(text_end - text), n;
	bool first = true;
	enum wp_err err = copy_field(t, text, length);
	const char *at = t->field, *end = at + length;
	while (!err && (n = next_words(&at, end, words)) > 0) {
		wp_token_table_find(&t->table, words, n, ids);
		for (size_t i = 0; i < n && !err; i++)
			if (ids[i] >= 0)
				known[i] = t->known[ids[i]];
			else
				err = learn_word(t, &words[i], &known[i]);
		if (!err)
			err = write_known(t, known, n, first);
		first = false;
		if (!err && (t->table.used >= REMEMBERED || t->used >= REMEMBERED_BYTES))
			err = forget_all(t);
	}
	return err;
}

/* ---- Joining ---- */

/* Write the word that has been put together. */
static enum wp_err end_word(struct wp_pieces_text *t, bool escape, bool *first)
{
	char *room;
	size_t n = t->word_used;
	if (n == 0)
		return WP_OK;
	enum wp_err err =
		wp_output_reserve(t->output, (escape ? n * WP_ESCAPE_GROWTH : n) + 1, &room);
	if (err)
		return err;
	*room = ' ';
	if (escape)
		n = wp_token_escape(t->word, n, room + !*first);
	else
		memcpy(room + !*first, t->word, n);
	wp_output_advance(t->output, n + !*first);
	*first = false;
	t->word_used = 0;
	t->counts.words++;
	return WP_OK;
}

/* What a piece adds to a word. */
struct joint {
	const char *text;
	size_t length;
	bool begins, ends; /* the word, whatever stands beside it */
	int byte;          /* that it stands for, or -1 */
};

static struct joint joint_of(enum wp_pieces_method method, const char *piece, size_t length)
{
	struct wp_symbol s = wp_pieces_unmark(method, piece, length);
	struct joint j = {s.text, s.length, false, false, wp_pieces_byte(s.text, s.length)};
	size_t n = strlen(WP_PIECES_WORD_MARK);
	if (wp_is_special(piece, length))
		return (struct joint){piece, length, true, true, -1};
	switch (method) {
	case WP_PIECES_BPE:
		j.ends = !s.marked;
		break;
	case WP_PIECES_WORDPIECE:
		j.begins = !s.marked;
		break;
	case WP_PIECES_SENTENCEPIECE:
		j.begins = length >= n && memcmp(piece, WP_PIECES_WORD_MARK, n) == 0;
		if (j.begins) {
			j.text += n;
			j.length -= n;
		}
		break;
	}
	return j;
}

static enum wp_err join_field(struct wp_pieces_text *t, const char *at, const char *end)
{
	const char *token;
	size_t n;
	bool first = true, open = false, escape = false;
	uint32_t pieces = 0;
	enum wp_err err = WP_OK;
	while (!err && (n = next_token(&at, end, &token)) > 0) {
		/* Of sentencepiece, what stood behind the mark stands first now. */
		bool escaped = t->pieces->method == WP_PIECES_SENTENCEPIECE;
		if (memchr(token, '\\', n)) {
			escaped = true;
			size_t length;
			err = wp_grow(&t->escaped, &t->escaped_room, n, 1, "a word");
			if (!err && !wp_token_unescape(token, n, t->escaped, &length)) {
				token = t->escaped;
				n = length;
			}
		}
		if (err)
			break;
		struct joint j = joint_of(t->pieces->method, token, n);
		if (j.begins && open) {
			if (t->options.annotation == WP_TAGGED)
				err = note_pieces(t, pieces);
			if (!err)
				err = end_word(t, escape, &first);
			escape = false;
			pieces = 0;
		}
		char byte = (char)j.byte;
		if (j.byte >= 0) {
			j.text = &byte;
			j.length = 1;
			escaped = true;
		}
		if (!err)
			err = wp_grow(&t->word, &t->word_room, t->word_used + j.length + 1, 1,
				"a word");
		if (err)
			break;
		memcpy(t->word + t->word_used, j.text, j.length);
		t->word_used += j.length;
		t->counts.pieces++;
		pieces++;
		escape |= escaped;
		open = true;
		if (j.ends) {
			if (t->options.annotation == WP_TAGGED)
				err = note_pieces(t, pieces);
			if (!err)
				err = end_word(t, escape, &first);
			open = escape = false;
			pieces = 0;
		}
	}
	if (!err && open && t->options.annotation == WP_TAGGED)
		err = note_pieces(t, pieces);
	return err ? err : end_word(t, escape, &first);
}

/* ---- Tags ---- */

static enum wp_err write_tag(
	struct wp_pieces_text *t, char letter, const char *tag, size_t n, bool first)
{
	char *room;
	enum wp_err err = wp_output_reserve(t->output, n + 1, &room);
	if (err)
		return err;
	*room = ' ';
	memcpy(room + !first, tag, n);
	if (letter)
		room[!first] = letter;
	wp_output_advance(t->output, n + !first);
	return WP_OK;
}

/* Of a phrase's tag, which begins with one of these letters and a hyphen, the letters of the
 * first, the middle and the last piece of a word. */
static const char schemes[][5] = {"BBII", "IIII", "EIIE", "SBIE", "LIIL", "UBIL"};

static const char *scheme_of(const char *tag, size_t n)
{
	for (size_t i = 0; n > 1 && tag[1] == '-' && i < sizeof schemes / sizeof *schemes; i++)
		if (schemes[i][0] == tag[0])
			return schemes[i];
	return NULL;
}

/* The letter of the word whose pieces begin and end with these. */
static char joined_letter(char first, char last)
{
	for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
		if (schemes[i][1] == first && schemes[i][3] == last)
			return schemes[i][0];
	return first;
}

static enum wp_err bad_tags(void)
{
	return wp_fail(WP_ECORRUPT, "not as many tags as tokens");
}

/* The tags of the line whose words have been cut or joined. */
static enum wp_err write_tags(struct wp_pieces_text *t, const char *at, const char *end)
{
	const char *tag;
	size_t n, word = 0;
	bool first = true;
	enum wp_err err = WP_OK;
	for (; word < t->words && !err; word++) {
		if ((n = next_token(&at, end, &tag)) == 0)
			return bad_tags();
		uint32_t pieces = t->per_word[word];
		const char *scheme = pieces > 1 ? scheme_of(tag, n) : NULL;
		if (t->options.join) {
			const char *last = tag;
			size_t last_n = n;
			for (uint32_t i = 1; i < pieces; i++)
				if ((last_n = next_token(&at, end, &last)) == 0)
					return bad_tags();
			bool phrases = scheme && scheme_of(last, last_n);
			err = write_tag(t, phrases ? joined_letter(tag[0], last[0]) : '\0', tag,
				n, first);
			first = false;
		}
		for (uint32_t i = 0; i < pieces && !err && !t->options.join; i++) {
			int place = i == 0 ? 1 : i + 1 == pieces ? 3 : 2;
			err = write_tag(t, scheme ? scheme[place] : '\0', tag, n, first);
			first = false;
		}
	}
	return err || next_token(&at, end, &tag) == 0 ? err : bad_tags();
}

/* ---- Lines ---- */

static enum wp_err field(struct wp_pieces_text *t, const char *at, const char *end)
{
	return t->options.join ? join_field(t, at, end) : cut_field(t, at, end);
}

/* Fields that tabs separate. */
static enum wp_err fields(struct wp_pieces_text *t, const char *at, const char *end)
{
	enum wp_err err = WP_OK;
	for (const char *tab; (tab = memchr(at, '\t', (size_t)(end - at))) && !err;
		at = tab + 1) {
		err = field(t, at, tab);
		if (!err)
			err = wp_output_write(t->output, "\t", 1);
	}
	return err ? err : field(t, at, end);
}

/* Tags come before the pieces that say how many they are. */
static enum wp_err tagged(
	struct wp_pieces_text *t, const char *line, const char *tab, const char *end)
{
	struct wp_output *output = t->output, *collected;
	t->words = 0;
	enum wp_err err = wp_output_memory(&collected);
	if (err)
		return err;
	t->output = collected;
	err = fields(t, tab + 1, end);
	t->output = output;
	if (!err)
		err = write_tags(t, line, tab);
	if (!err)
		err = wp_output_write(output, "\t", 1);
	size_t n;
	const char *text = wp_output_collected(collected, &n);
	if (!err)
		err = wp_output_write(output, text, n);
	wp_output_discard(collected);
	return err;
}

static enum wp_err run_line(struct wp_pieces_text *t, const char *line, size_t length)
{
	const char *end = line + length, *at = line;
	const char *tab = memchr(line, '\t', length);
	bool labelled = t->options.annotation == WP_LABELLED;
	enum wp_err err = WP_OK;
	if (t->options.pairs) {
		int tabs = 0;
		for (const char *p = line; (p = memchr(p, '\t', (size_t)(end - p))); p++)
			tabs++;
		if (tabs != 1 + labelled)
			return wp_fail(WP_ECORRUPT, "not %ssource, TAB, target",
				labelled ? "label, TAB, " : "");
	}
	if (t->options.annotation == WP_TAGGED) {
		if (length == 0)
			return WP_OK;
		return tab ? tagged(t, line, tab, end)
			   : wp_fail(WP_ECORRUPT, "no tab behind tags");
	}
	if (labelled && !tab)
		return wp_fail(WP_ECORRUPT, "no tab behind a label");
	if (labelled) {
		t->counts.spaced += memchr(line, ' ', (size_t)(tab - line)) != NULL;
		err = wp_output_write(t->output, line, (size_t)(tab + 1 - line));
		at = tab + 1;
	}
	return err ? err : fields(t, at, end);
}

enum wp_err wp_pieces_text_run(
	struct wp_pieces_text *t, struct wp_input *input, struct wp_output *output)
{
	struct wp_lines lines = {.input = input};
	const char *line;
	size_t length;
	enum wp_err err;
	t->output = output;
	while (!(err = wp_lines_next(&lines, &line, &length))) {
		err = run_line(t, line, length);
		if (err == WP_ECORRUPT) {
			char why[256];
			size_t n = strlen(wp_error_detail());
			n = n < sizeof why ? n : sizeof why - 1;
			memcpy(why, wp_error_detail(), n);
			why[n] = '\0';
			return wp_fail(err, "%s: %s (line %" PRIu64 ")", wp_input_name(input),
				why, lines.number);
		}
		if (!err)
			err = wp_output_write(output, "\n", 1);
		t->counts.lines++;
		if (!err && t->options.at_once && !wp_lines_ready(&lines))
			err = wp_output_flush(output);
		if (err)
			return err;
	}
	return err == WP_END ? WP_OK : err;
}
