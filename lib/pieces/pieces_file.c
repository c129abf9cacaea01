#include "pieces/pieces_file.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "pieces/pieces_mark.h"
#include "pieces/pieces_rank.h"
#include "stream/lines.h"
#include "text/number.h"
#include "text/token_table.h"
#include "text/utf8.h"
#include "text/vocab.h"

static const char version[] = "#version:";

/* A file that is read. */
struct file {
	struct wp_pieces *pieces;
	struct wp_lines lines;
	struct wp_token_table table; /* number of a piece */
	char *text;
	size_t text_room;
	double *score; /* of .vocab, by id */
	size_t scores, score_room;
};

static enum wp_err bad_line(const struct file *f, const char *why)
{
	return wp_fail(WP_ECORRUPT, "%s: line %" PRIu64 ": %s", wp_input_name(f->lines.input),
		f->lines.number, why);
}

/* The id of a piece, which is added where it is new. */
static enum wp_err find_piece(
	struct file *f, const char *piece, size_t length, int32_t *id, bool *is_new)
{
	struct wp_token token = wp_token_make(piece, length);
	enum wp_err err = wp_token_table_add(&f->table, &token, 0, id);
	*is_new = !err && (size_t)*id == f->pieces->pieces.count;
	return *is_new ? wp_strings_add(&f->pieces->pieces, piece, length) : err;
}

/* ---- Merges ---- */

static struct wp_symbol bpe_symbol(const char *text, size_t length)
{
	bool last = length > 4 && memcmp(text + length - 4, "</w>", 4) == 0;
	return (struct wp_symbol){text, last ? length - 4 : length, !last};
}

static enum wp_err find_symbol(struct file *f, const struct wp_symbol *s, int32_t *id)
{
	bool is_new;
	enum wp_err err =
		wp_grow(&f->text, &f->text_room, s->length + WP_PIECES_MARK_ROOM, 1, "pieces");
	return err ? err
		   : find_piece(f, f->text, wp_pieces_mark(WP_PIECES_BPE, s, f->text), id,
			     &is_new);
}

/* Each character of a symbol is a piece, too. */
static enum wp_err add_characters(struct file *f, const struct wp_symbol *s)
{
	const char *at = s->text, *end = at + s->length;
	enum wp_err err = WP_OK;
	while (at < end && !err) {
		size_t n = wp_utf8_decode(at, end).length;
		struct wp_symbol c = {at, n, s->marked || at + n < end};
		int32_t id;
		err = find_symbol(f, &c, &id);
		at += n;
	}
	return err;
}

/* "t h</w>".  What makes a piece that could be taken for something else is left out. */
static enum wp_err read_merge(
	struct file *f, const char *line, size_t length, size_t *left_room, size_t *right_room)
{
	struct wp_pieces *p = f->pieces;
	const char *space = memchr(line, ' ', length), *end = line + length;
	if (!space || space == line || space + 1 == end ||
		memchr(space + 1, ' ', (size_t)(end - space) - 1) || memchr(line, '\t', length))
		return bad_line(f, "not two pieces and a space between them");
	struct wp_symbol l = bpe_symbol(line, (size_t)(space - line));
	struct wp_symbol r = bpe_symbol(space + 1, (size_t)(end - space) - 1);
	if (!l.marked)
		return bad_line(f, "the first piece ends in </w>, so that none can follow");
	struct wp_symbol made = {NULL, l.length + r.length, r.marked};
	char *text = NULL;
	enum wp_err err = wp_alloc(&text, made.length, 1, "pieces");
	if (err)
		return err;
	memcpy(text, l.text, l.length);
	memcpy(text + l.length, r.text, r.length);
	made.text = text;
	int32_t left, right, id;
	if (wp_pieces_is_ambiguous(WP_PIECES_BPE, &made) ||
		wp_pieces_is_ambiguous(WP_PIECES_BPE, &l) ||
		wp_pieces_is_ambiguous(WP_PIECES_BPE, &r)) {
		free(text);
		return WP_OK;
	}
	if (!(err = add_characters(f, &l)) && !(err = add_characters(f, &r)) &&
		!(err = find_symbol(f, &l, &left)) && !(err = find_symbol(f, &r, &right)))
		err = find_symbol(f, &made, &id);
	free(text);
	if (!err)
		err = wp_grow(&p->left, left_room, p->merges + 1, sizeof *p->left, "merges");
	if (!err)
		err = wp_grow(&p->right, right_room, p->merges + 1, sizeof *p->right, "merges");
	if (!err && p->merges == INT32_MAX)
		err = wp_fail(WP_ELIMIT, "too many merges");
	if (err)
		return err;
	p->left[p->merges] = left;
	p->right[p->merges++] = right;
	return WP_OK;
}

/* Merges of bytes, as GPT-2 has them, have a space as U+0120 before words, and no </w>. */
static enum wp_err refuse_bytes(const struct file *f, bool has_end, bool has_space)
{
	return has_end || !has_space
		? WP_OK
		: wp_fail(WP_ECORRUPT,
			  "%s: merges of bytes, as GPT-2 has them, not those of subword-nmt",
			  wp_input_name(f->lines.input));
}

static enum wp_err read_merges(struct file *f)
{
	const char *line;
	size_t length, left_room = 0, right_room = 0;
	bool has_end = false, has_space = false;
	struct wp_pieces *p = f->pieces;
	p->method = WP_PIECES_BPE;
	p->fallback = WP_PIECES_KEEP;
	int32_t id;
	bool is_new;
	enum wp_err err =
		find_piece(f, WP_UNKNOWN_TOKEN, strlen(WP_UNKNOWN_TOKEN), &id, &is_new);
	if (!err)
		err = wp_lines_next(&f->lines, &line, &length);
	if (!err &&
		(wp_line_trim(line, length) < 4 ||
			memcmp(line + wp_line_trim(line, length) - 4, " 0.2", 4) != 0))
		return bad_line(f, "not version 0.2, the one that is read");
	while (!err && !(err = wp_lines_next(&f->lines, &line, &length))) {
		if ((length = wp_line_trim(line, length)) == 0)
			continue;
		has_end |= length > 4 && memcmp(line + length - 4, "</w>", 4) == 0;
		has_space |= length > 2 && memcmp(line, "\xC4\xA0", 2) == 0;
		err = read_merge(f, line, length, &left_room, &right_room);
	}
	if (err == WP_END)
		err = refuse_bytes(f, has_end, has_space);
	if (!err && !p->left)
		err = wp_alloc(&p->left, 0, sizeof *p->left, "merges");
	if (!err && !p->right)
		err = wp_alloc(&p->right, 0, sizeof *p->right, "merges");
	return err;
}

/* ---- Lists ---- */

static bool has_all_bytes(const struct wp_pieces *p)
{
	bool has[2][256] = {{false}};
	size_t found = 0;
	for (size_t i = 0; i < p->pieces.count; i++) {
		size_t n;
		const char *piece = wp_strings_get(&p->pieces, i, &n);
		struct wp_symbol s = wp_pieces_unmark(p->method, piece, n);
		int byte = wp_pieces_byte(s.text, s.length);
		if (byte < 0 || has[s.marked][byte])
			continue;
		has[s.marked][byte] = true;
		found++;
	}
	return found == (p->method == WP_PIECES_SENTENCEPIECE ? 256 : 512);
}

/* Ids are the lines' numbers: of a piece that comes twice, the second one is never used. */
static enum wp_err add_line(struct file *f, const char *piece, size_t length)
{
	if (length == 0)
		return bad_line(f, "no piece");
	if (f->pieces->pieces.count == INT32_MAX)
		return wp_fail(WP_ELIMIT, "too many pieces");
	return wp_strings_add(&f->pieces->pieces, piece, length);
}

/* Not only white space ends lines: U+0085 and others are characters of BERT's. */
static size_t without_return(const char *line, size_t length)
{
	return length > 0 && line[length - 1] == '\r' ? length - 1 : length;
}

static enum wp_err read_wordpieces(struct file *f)
{
	const char *line;
	size_t length;
	enum wp_err err;
	bool has_unknown = false;
	struct wp_pieces *p = f->pieces;
	p->method = WP_PIECES_WORDPIECE;
	while (!(err = wp_lines_next(&f->lines, &line, &length))) {
		length = without_return(line, length);
		has_unknown |= length == 5 && memcmp(line, "[UNK]", 5) == 0;
		if ((err = add_line(f, line, length)))
			return err;
	}
	if (err != WP_END)
		return err;
	p->fallback = has_all_bytes(p) ? WP_PIECES_BYTES : WP_PIECES_UNKNOWN;
	return has_unknown
		? WP_OK
		: wp_fail(WP_ECORRUPT,
			  "%s: neither a stream of pieces, nor merges (which begin with "
			  "'#version: 0.2'), nor .vocab (piece, tab, score), nor vocab.txt "
			  "(which has a line [UNK])",
			  wp_input_name(f->lines.input));
}

struct ranked {
	double score;
	int32_t id;
};

static int by_score(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;
	if (x->score != y->score)
		return x->score > y->score ? -1 : 1;
	return x->id < y->id ? -1 : x->id > y->id;
}

/* Pieces of several characters, the highest score first. */
static enum wp_err rank_by_score(struct file *f)
{
	struct ranked *ranked = NULL;
	int32_t *order = NULL;
	size_t n = 0, count = f->pieces->pieces.count;
	enum wp_err err = wp_alloc(&ranked, count, sizeof *ranked, "pieces");
	if (!err)
		err = wp_alloc(&order, count, sizeof *order, "pieces");
	for (size_t i = 0; i < count && !err; i++) {
		size_t length;
		const char *text = wp_strings_get(&f->pieces->pieces, i, &length);
		if (!wp_is_special(text, length) && wp_pieces_byte(text, length) < 0 &&
			wp_utf8_decode(text, text + length).length < length)
			ranked[n++] = (struct ranked){f->score[i], (int32_t)i};
	}
	if (!err)
		qsort(ranked, n, sizeof *ranked, by_score);
	for (size_t i = 0; i < n && !err; i++)
		order[i] = ranked[i].id;
	if (!err)
		err = wp_pieces_rank(f->pieces, order, 0, n);
	free(ranked);
	free(order);
	return err;
}

static const struct {
	const char *ours, *sentencepiece, *bert;
} specials[] = {{WP_UNKNOWN_TOKEN, "<unk>", "[UNK]"}, {WP_SENTENCE_START, "<s>", "[CLS]"},
	{WP_SENTENCE_END, "</s>", "[SEP]"}};
enum { SPECIALS = sizeof specials / sizeof *specials };

static bool equal(const char *text, size_t length, const char *other)
{
	return length == strlen(other) && memcmp(text, other, length) == 0;
}

static enum wp_err read_scores(struct file *f)
{
	const char *line;
	size_t length;
	enum wp_err err;
	struct wp_pieces *p = f->pieces;
	p->method = WP_PIECES_SENTENCEPIECE;
	while (!(err = wp_lines_next(&f->lines, &line, &length))) {
		length = without_return(line, length);
		const char *tab = memchr(line, '\t', length), *end = line + length;
		size_t n = tab ? (size_t)(tab - line) : 0;
		double score;
		if (!tab || wp_scan_f64(tab + 1, end, &score) != end)
			return bad_line(f, "not a piece, a tab and a score");
		if (score != floor(score))
			return bad_line(f,
				"a score that is no rank: pieces of a unigram model, not of BPE");
		if ((err = wp_grow(&f->score, &f->score_room, f->scores + 1, sizeof *f->score,
			     "pieces")))
			return err;
		f->score[f->scores++] = score;
		const char *piece = line;
		for (int i = 0; i < SPECIALS; i++)
			if (equal(line, n, specials[i].sentencepiece)) {
				piece = specials[i].ours;
				n = strlen(piece);
				break;
			}
		if ((err = add_line(f, piece, n)))
			return err;
	}
	if (err != WP_END)
		return err;
	p->fallback = has_all_bytes(p) ? WP_PIECES_BYTES : WP_PIECES_KEEP;
	return rank_by_score(f);
}

enum wp_err wp_pieces_file_read(struct wp_pieces *p, struct wp_input *input)
{
	enum { FIRST = 4096 };
	struct file f = {.pieces = p, .lines = {.input = input}};
	const char *data;
	size_t have;
	*p = (struct wp_pieces){0};
	enum wp_err err = wp_input_peek(input, FIRST, &data, &have);
	if (!err && have == 0)
		err = wp_fail(WP_ETRUNC, "%s: empty", wp_input_name(input));
	if (!err)
		err = wp_token_table_init(&f.table, SIZE_MAX, SIZE_MAX);
	if (!err) {
		const char *end = memchr(data, '\n', have);
		size_t n = strlen(version);
		if (have >= n && memcmp(data, version, n) == 0)
			err = read_merges(&f);
		else if (memchr(data, '\t', end ? (size_t)(end - data) : have))
			err = read_scores(&f);
		else
			err = read_wordpieces(&f);
	}
	wp_token_table_fini(&f.table);
	free(f.text);
	free(f.score);
	if (err)
		wp_pieces_fini(p);
	return err;
}

/* ---- Writing ---- */

static enum wp_err write_symbol(
	const struct wp_pieces *p, struct wp_output *output, int32_t id, char end)
{
	size_t n;
	const char *piece = wp_strings_get(&p->pieces, (size_t)id, &n);
	struct wp_symbol s = wp_pieces_unmark(WP_PIECES_BPE, piece, n);
	enum wp_err err = wp_output_write(output, s.text, s.length);
	if (!err && !s.marked)
		err = wp_output_write(output, "</w>", 4);
	return err ? err : wp_output_write(output, &end, 1);
}

static enum wp_err write_merges(const struct wp_pieces *p, struct wp_output *output)
{
	enum wp_err err = wp_output_printf(output, "%s 0.2\n", version);
	for (size_t i = 0; i < p->merges && !err; i++) {
		err = write_symbol(p, output, p->left[i], ' ');
		if (!err)
			err = write_symbol(p, output, p->right[i], '\n');
	}
	return err;
}

/* BERT's special tokens first; those of a vocabulary of BERT stay where they are. */
static enum wp_err write_wordpieces(const struct wp_pieces *p, struct wp_output *output)
{
	bool own = wp_strings_find(&p->pieces, "[UNK]") >= 0;
	enum wp_err err =
		own ? WP_OK : wp_output_printf(output, "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n");
	for (size_t i = 0; i < p->pieces.count && !err; i++) {
		size_t n;
		const char *piece = wp_strings_get(&p->pieces, i, &n);
		if (wp_is_special(piece, n) && !own)
			continue;
		err = wp_output_write(output, piece, n);
		if (!err)
			err = wp_output_write(output, "\n", 1);
	}
	return err;
}

/* The rank of each piece that merges make, + 1. */
static enum wp_err find_ranks(const struct wp_pieces *p, int32_t *rank, int32_t *ranks)
{
	char *text = NULL;
	size_t room = 0;
	struct wp_strings copy = {0};
	struct wp_vocab vocab = {0};
	*ranks = 0;
	enum wp_err err = wp_strings_add_all(&copy, &p->pieces);
	if (err) {
		wp_strings_fini(&copy);
		return err;
	}
	err = wp_vocab_from_strings(&vocab, &copy, NULL);
	for (size_t i = 0; i < p->merges && !err; i++) {
		size_t ln, rn;
		const char *left = wp_strings_get(&p->pieces, (size_t)p->left[i], &ln);
		const char *right = wp_strings_get(&p->pieces, (size_t)p->right[i], &rn);
		if ((err = wp_grow(&text, &room, ln + rn, 1, "pieces")))
			break;
		memcpy(text, left, ln);
		memcpy(text + ln, right, rn);
		int32_t id = wp_vocab_find(&vocab, text, ln + rn);
		if (id < 0)
			err = wp_fail(WP_EMISMATCH,
				"pieces: merge %zu makes what is no piece of the list", i + 1);
		else if (rank[id] == 0)
			rank[id] = ++*ranks;
	}
	free(text);
	wp_vocab_fini(&vocab);
	return err;
}

static enum wp_err write_scores(const struct wp_pieces *p, struct wp_output *output)
{
	int32_t *rank, ranks;
	enum wp_err err = wp_alloc(&rank, p->pieces.count, sizeof *rank, "pieces");
	if (!err)
		err = find_ranks(p, rank, &ranks);
	for (size_t i = 0; i < p->pieces.count && !err; i++) {
		size_t n;
		const char *piece = wp_strings_get(&p->pieces, i, &n);
		const char *name = NULL;
		for (int k = 0; k < SPECIALS; k++)
			if (equal(piece, n, specials[k].ours))
				name = specials[k].sentencepiece;
		if (name || wp_pieces_byte(piece, n) >= 0)
			err = name ? wp_output_write(output, name, strlen(name))
				   : wp_output_write(output, piece, n);
		else
			err = wp_output_write(output, piece, n);
		if (!err && (name || wp_pieces_byte(piece, n) >= 0))
			err = wp_output_printf(output, "\t0\n");
		else if (!err) /* characters are behind all that are merged */
			err = wp_output_printf(
				output, "\t-%" PRId32 "\n", rank[i] ? rank[i] - 1 : ranks++);
	}
	free(rank);
	return err;
}

enum wp_err wp_pieces_file_write(const struct wp_pieces *p, struct wp_output *output)
{
	switch (p->method) {
	case WP_PIECES_BPE:
		return write_merges(p, output);
	case WP_PIECES_WORDPIECE:
		return write_wordpieces(p, output);
	case WP_PIECES_SENTENCEPIECE:
		return write_scores(p, output);
	}
	return wp_fail(WP_EINVAL, "pieces: no such method");
}
