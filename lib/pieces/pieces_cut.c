#include "pieces/pieces_cut.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "pieces/pieces_map.h"
#include "pieces/pieces_mark.h"
#include "text/utf8.h"
#include "text/vocab.h"

enum {
	NONE = -1,
	GONE = -2, /* a symbol that has become part of the one before it */
	NO_RANK = INT32_MAX,
	CHANGED = -1, /* a rank that has to be looked up again             */
	SHORT = 64,   /* symbols: words up to this are merged by looking at all of them */
	FILTER_BITS = 1 << 17,
	WORD_MARK = 0x2581
};

/* A character, or what characters were merged to. */
struct part {
	int32_t id;             /* NONE: a character that is no piece */
	uint32_t begin, length; /* of the character in the word       */
};

/* Of a long word: two neighbours that can be merged. */
struct candidate {
	int32_t rank, left, right;
	uint32_t at; /* of the left one */
};

struct wp_pieces_cutter {
	const struct wp_pieces *pieces;
	int32_t unknown;
	int32_t byte[2][256];        /* ids of <0xHH>, without and with a mark */
	int32_t ascii[2][128];       /* and of characters                      */
	struct wp_pieces_map chars;  /* the others: character and mark to id    */
	struct wp_pieces_map merges; /* two ids to rank and result             */
	/* Most pairs of ids have none: hashes of those that have one have set bits here. */
	uint64_t has_merge[FILTER_BITS / 64];
	/* Ranks of pairs of ASCII characters, of which the right one is without or with a mark.
	 */
	int32_t ascii_rank[2][128][128];
	struct wp_pieces_map edges; /* of WordPiece's trie: node and byte to node */
	int32_t *end;               /* by node: the piece that ends there, or NONE */
	size_t nodes, end_room;

	struct part *part; /* of the word */
	size_t parts, part_room;
	int32_t *rank; /* of a part with the next one */
	size_t rank_room;
	uint32_t *next, *before; /* of a long word */
	size_t next_room, before_room;
	struct candidate *heap, *batch;
	size_t heap_used, heap_room, batch_room;
	struct wp_piece *cut;
	size_t cut_used, cut_room;
	char *text; /* of pieces that are not in the list */
	size_t text_used, text_room;
};

/* ---- Making one ---- */

static uint64_t char_key(uint32_t c, bool marked)
{
	return (uint64_t)c << 1 | marked | 1u << 30;
}

static uint64_t pair_key(int32_t left, int32_t right)
{
	return (uint64_t)(left + (int64_t)1) << 32 | (uint32_t)right;
}

/* A piece of one character can be what a word begins with to be cut. */
static enum wp_err add_char(struct wp_pieces_cutter *c, const struct wp_symbol *s, int32_t id)
{
	const char *end = s->text + s->length;
	struct wp_decoded d = wp_utf8_decode(s->text, end);
	if (!d.valid || d.length != s->length)
		return WP_OK;
	if (d.code_point >= 128)
		return wp_pieces_map_add(&c->chars, char_key(d.code_point, s->marked), id, 0);
	int32_t *at = &c->ascii[s->marked][d.code_point];
	*at = *at == NONE ? id : *at;
	return WP_OK;
}

static enum wp_err new_node(struct wp_pieces_cutter *c, int32_t *node)
{
	enum wp_err err =
		wp_grow(&c->end, &c->end_room, c->nodes + 1, sizeof *c->end, "pieces");
	if (!err && c->nodes >= INT32_MAX)
		err = wp_fail(WP_ELIMIT, "too many pieces");
	if (err)
		return err;
	c->end[c->nodes] = NONE;
	*node = (int32_t)c->nodes++;
	return WP_OK;
}

/* A way through the trie, from its root for pieces with or without a mark. */
static enum wp_err add_way(
	struct wp_pieces_cutter *c, const char *text, size_t length, int32_t root, int32_t id)
{
	int32_t node = root;
	enum wp_err err = WP_OK;
	for (size_t i = 0; i < length && !err; i++) {
		uint64_t key = pair_key(node, (unsigned char)text[i]);
		if ((err = wp_pieces_map_reserve(&c->edges)))
			break;
		struct wp_pieces_slot *slot = wp_pieces_map_find(&c->edges, key);
		if (!slot->key) {
			*slot = (struct wp_pieces_slot){.key = key};
			c->edges.used++;
			err = new_node(c, &slot->a);
		}
		node = slot->a;
	}
	if (!err && c->end[node] == NONE)
		c->end[node] = id;
	return err;
}

/* What BERT does: with UNKNOWN, a piece that begins with ## is found at the beginning of a
 * word, too. */
static enum wp_err add_wordpiece(
	struct wp_pieces_cutter *c, const char *piece, size_t length, int32_t id)
{
	struct wp_symbol s = wp_pieces_unmark(WP_PIECES_WORDPIECE, piece, length);
	bool as_bert = c->pieces->fallback == WP_PIECES_UNKNOWN;
	if (!as_bert && wp_pieces_is_ambiguous(WP_PIECES_WORDPIECE, &s))
		return WP_OK;
	enum wp_err err = add_way(c, s.text, s.length, s.marked, id);
	return err || !s.marked || !as_bert ? err : add_way(c, piece, length, 0, id);
}

static enum wp_err add_piece(
	struct wp_pieces_cutter *c, const char *piece, size_t length, int32_t id)
{
	enum wp_pieces_method method = c->pieces->method;
	struct wp_symbol s = wp_pieces_unmark(method, piece, length);
	int byte = wp_pieces_byte(s.text, s.length);
	if (byte >= 0 && c->byte[s.marked][byte] == NONE)
		c->byte[s.marked][byte] = id;
	if (c->unknown == NONE &&
		((length == strlen(WP_UNKNOWN_TOKEN) &&
			 memcmp(piece, WP_UNKNOWN_TOKEN, length) == 0) ||
			(length == 5 && memcmp(piece, "[UNK]", 5) == 0)))
		c->unknown = id;
	return method == WP_PIECES_WORDPIECE ? add_wordpiece(c, piece, length, id)
					     : add_char(c, &s, id);
}

/* The bit of a pair in the filter; the hash has 44 bits, of which the table takes the lower. */
static inline size_t filter_bit(uint64_t hash)
{
	return (size_t)(hash >> 24) % FILTER_BITS;
}

static inline int32_t find_rank(const struct wp_pieces_cutter *c, int32_t left, int32_t right)
{
	if (left < 0 || right < 0)
		return NO_RANK;
	uint64_t key = pair_key(left, right);
	size_t bit = filter_bit(wp_pieces_hash(key));
	if (!(c->has_merge[bit / 64] >> bit % 64 & 1))
		return NO_RANK;
	const struct wp_pieces_slot *slot = wp_pieces_map_find(&c->merges, key);
	return slot->key ? slot->a : NO_RANK;
}

/* Of sentencepiece, merges that make the same have the rank of the first. */
static enum wp_err add_merges(struct wp_pieces_cutter *c, const struct wp_vocab *vocab)
{
	const struct wp_pieces *p = c->pieces;
	char *text = NULL;
	size_t room = 0;
	int32_t last = NONE, rank = 0;
	enum wp_err err = WP_OK;
	for (size_t i = 0; i < p->merges && !err; i++) {
		size_t ln, rn;
		const char *left = wp_strings_get(&p->pieces, (size_t)p->left[i], &ln);
		const char *right = wp_strings_get(&p->pieces, (size_t)p->right[i], &rn);
		struct wp_symbol l = wp_pieces_unmark(p->method, left, ln);
		struct wp_symbol r = wp_pieces_unmark(p->method, right, rn);
		if ((err = wp_grow(&text, &room, ln + rn + WP_PIECES_MARK_ROOM, 1, "pieces")))
			break;
		/* The text of the left one, and the right one as it stands. */
		memcpy(text, l.text, l.length);
		memcpy(text + l.length, right, rn);
		size_t n = l.length + rn;
		struct wp_symbol made = wp_pieces_unmark(p->method, text, n);
		made.marked = r.marked;
		made.length = l.length + r.length;
		int32_t id = wp_vocab_find(vocab, text, n);
		if (id < 0)
			err = wp_fail(WP_EMISMATCH,
				"pieces: merge %zu makes what is no piece of the list", i + 1);
		if (id != last || p->method == WP_PIECES_BPE)
			rank = (int32_t)i;
		last = id;
		if (err || (!l.marked && p->method != WP_PIECES_SENTENCEPIECE) ||
			wp_pieces_is_ambiguous(p->method, &made))
			continue;
		uint64_t key = pair_key(p->left[i], p->right[i]);
		size_t bit = filter_bit(wp_pieces_hash(key));
		c->has_merge[bit / 64] |= (uint64_t)1 << bit % 64;
		err = wp_pieces_map_add(&c->merges, key, rank, id);
	}
	free(text);
	return err;
}

static void fill_ascii_ranks(struct wp_pieces_cutter *c)
{
	const int32_t *left = c->ascii[c->pieces->method == WP_PIECES_BPE];
	for (int marked = 0; marked < 2; marked++)
		for (int a = 0; a < 128; a++)
			for (int b = 0; b < 128; b++)
				c->ascii_rank[marked][a][b] =
					find_rank(c, left[a], c->ascii[marked][b]);
}

static enum wp_err prepare(struct wp_pieces_cutter *c)
{
	const struct wp_pieces *p = c->pieces;
	struct wp_strings copy = {0};
	struct wp_vocab vocab = {0};
	int32_t root;
	enum wp_err err = WP_OK;
	c->unknown = NONE;
	memset(c->byte, 0xFF, sizeof c->byte);
	memset(c->ascii, 0xFF, sizeof c->ascii);
	for (int i = 0; i < 2 && !err; i++)
		err = new_node(c, &root);
	if (!err)
		err = wp_pieces_map_reserve(&c->chars);
	if (!err)
		err = wp_pieces_map_reserve(&c->merges);
	if (!err)
		err = wp_pieces_map_reserve(&c->edges);
	for (size_t i = 0; i < p->pieces.count && !err; i++) {
		size_t length;
		const char *piece = wp_strings_get(&p->pieces, i, &length);
		err = add_piece(c, piece, length, (int32_t)i);
	}
	if (!err && p->fallback == WP_PIECES_UNKNOWN && c->unknown == NONE)
		err = wp_fail(WP_EMISMATCH, "pieces: none of them is for unknown words (%s)",
			WP_UNKNOWN_TOKEN);
	if (err || p->merges == 0) {
		fill_ascii_ranks(c);
		return err;
	}
	err = wp_strings_add_all(&copy, &p->pieces);
	if (err) {
		wp_strings_fini(&copy);
		return err;
	}
	err = wp_vocab_from_strings(&vocab, &copy, NULL);
	if (!err)
		err = add_merges(c, &vocab);
	if (!err)
		fill_ascii_ranks(c);
	wp_vocab_fini(&vocab);
	return err;
}

enum wp_err wp_pieces_cutter_create(
	struct wp_pieces_cutter **cutter, const struct wp_pieces *pieces)
{
	enum wp_err err = wp_alloc(cutter, 1, sizeof **cutter, "pieces");
	if (err)
		return err;
	(*cutter)->pieces = pieces;
	err = prepare(*cutter);
	if (err) {
		wp_pieces_cutter_free(*cutter);
		*cutter = NULL;
	}
	return err;
}

void wp_pieces_cutter_free(struct wp_pieces_cutter *c)
{
	if (!c)
		return;
	free(c->chars.slot);
	free(c->merges.slot);
	free(c->edges.slot);
	free(c->end);
	free(c->part);
	free(c->rank);
	free(c->next);
	free(c->before);
	free(c->heap);
	free(c->batch);
	free(c->cut);
	free(c->text);
	free(c);
}

int32_t wp_pieces_cutter_unknown(const struct wp_pieces_cutter *c)
{
	return c->unknown;
}

/* ---- What comes out ---- */

static enum wp_err put(struct wp_pieces_cutter *c, struct wp_piece piece)
{
	enum wp_err err =
		wp_grow(&c->cut, &c->cut_room, c->cut_used + 1, sizeof *c->cut, "pieces");
	if (!err)
		c->cut[c->cut_used++] = piece;
	return err;
}

static enum wp_err put_id(struct wp_pieces_cutter *c, int32_t id)
{
	struct wp_piece piece = {.id = id};
	piece.text = wp_strings_get(&c->pieces->pieces, (size_t)id, &piece.length);
	return put(c, piece);
}

/* A symbol that is not in the list: c->text has room for it. */
static enum wp_err put_text(
	struct wp_pieces_cutter *c, const struct wp_symbol *symbol, int32_t id)
{
	struct wp_piece piece = {.id = id, .text = c->text + c->text_used};
	piece.length = wp_pieces_mark(c->pieces->method, symbol, c->text + c->text_used);
	c->text_used += piece.length;
	return put(c, piece);
}

/* A character that is no piece; first, last: of the word. */
static enum wp_err put_other(
	struct wp_pieces_cutter *c, const char *text, size_t length, bool first, bool last)
{
	enum wp_pieces_method method = c->pieces->method;
	/* What sentencepiece begins words with must not stand within one. */
	bool mark = method == WP_PIECES_SENTENCEPIECE && length == 3 &&
		memcmp(text, WP_PIECES_WORD_MARK, 3) == 0;
	struct wp_symbol whole = {text, length, wp_pieces_is_marked(method, first, last)};
	if (c->pieces->fallback != WP_PIECES_BYTES && !mark)
		return put_text(c, &whole, NONE);
	enum wp_err err = WP_OK;
	for (size_t i = 0; i < length && !err; i++) {
		char hex[WP_PIECES_BYTE_LENGTH];
		bool marked =
			wp_pieces_is_marked(method, first && i == 0, last && i + 1 == length);
		unsigned char byte = (unsigned char)text[i];
		struct wp_symbol symbol = {hex, sizeof hex, marked};
		wp_pieces_put_byte(byte, hex);
		err = put_text(c, &symbol, c->byte[marked][byte]);
	}
	return err;
}

/* ---- Merges ---- */

static int32_t find_result(const struct wp_pieces_cutter *c, int32_t left, int32_t right)
{
	return wp_pieces_map_find(&c->merges, pair_key(left, right))->b;
}

static int32_t find_char(const struct wp_pieces_cutter *c, uint32_t code_point, bool marked)
{
	if (code_point < 128)
		return c->ascii[marked][code_point];
	const struct wp_pieces_slot *slot =
		wp_pieces_map_find(&c->chars, char_key(code_point, marked));
	return slot->key ? slot->a : NONE;
}

/* The word as characters, with the ranks of their pairs; *whole: each of them is a piece. */
static enum wp_err split(
	struct wp_pieces_cutter *c, const char *word, size_t length, bool *whole)
{
	enum wp_pieces_method method = c->pieces->method;
	bool sentencepiece = method == WP_PIECES_SENTENCEPIECE;
	enum wp_err err =
		wp_grow(&c->part, &c->part_room, length + 1, sizeof *c->part, "a word");
	if (!err)
		err = wp_grow(&c->rank, &c->rank_room, length + 1, sizeof *c->rank, "a word");
	if (err)
		return err;
	size_t n = 0;
	uint32_t last = WORD_MARK; /* the character before */
	*whole = true;
	if (sentencepiece)
		c->part[n++] = (struct part){.id = find_char(c, WORD_MARK, false)};
	for (size_t at = 0; at < length;) {
		struct wp_decoded d = wp_utf8_decode(word + at, word + length);
		bool marked = wp_pieces_is_marked(method, at == 0, at + d.length == length);
		int32_t id = NONE;
		if (d.valid && !(sentencepiece && d.code_point == WORD_MARK))
			id = find_char(c, d.code_point, marked);
		*whole &= id >= 0;
		if (n > 0 && (last | d.code_point) < 128)
			c->rank[n - 1] = c->ascii_rank[marked][last][d.code_point];
		else if (n > 0)
			c->rank[n - 1] = find_rank(c, c->part[n - 1].id, id);
		c->part[n++] = (struct part){id, (uint32_t)at, d.length};
		at += d.length;
		last = d.code_point;
	}
	c->parts = n;
	return WP_OK;
}

/* Merge all that have the lowest rank, or of sentencepiece the first of them; again and again.
 */
static void merge_short(struct wp_pieces_cutter *c)
{
	bool one = c->pieces->method == WP_PIECES_SENTENCEPIECE;
	struct part *part = c->part;
	size_t n = c->parts;
	int32_t *rank = c->rank;
	for (;;) {
		int32_t best = NO_RANK;
		for (size_t i = 0; i + 1 < n; i++)
			best = rank[i] < best ? rank[i] : best;
		if (best == NO_RANK)
			break;
		size_t to = 0;
		bool done = false;
		for (size_t i = 0; i < n; i++, to++) {
			part[to] = part[i];
			if (i + 1 == n)
				continue;
			if (rank[i] != best || done) {
				rank[to] = rank[i];
				continue;
			}
			part[to].id = find_result(c, part[i].id, part[i + 1].id);
			rank[to] = CHANGED;
			if (to > 0)
				rank[to - 1] = CHANGED;
			i++;
			done = one;
		}
		n = to;
		for (size_t i = 0; i + 1 < n; i++)
			if (rank[i] == CHANGED)
				rank[i] = find_rank(c, part[i].id, part[i + 1].id);
	}
	c->parts = n;
}

static bool before(const struct candidate *x, const struct candidate *y)
{
	return x->rank != y->rank ? x->rank < y->rank : x->at < y->at;
}

static enum wp_err heap_push(struct wp_pieces_cutter *c, uint32_t at)
{
	int32_t left = c->part[at].id, right = c->part[c->next[at]].id;
	struct candidate new = {find_rank(c, left, right), left, right, at};
	if (new.rank == NO_RANK)
		return WP_OK;
	enum wp_err err =
		wp_grow(&c->heap, &c->heap_room, c->heap_used + 1, sizeof *c->heap, "a word");
	if (err)
		return err;
	size_t i = c->heap_used++;
	for (; i > 0 && before(&new, &c->heap[(i - 1) / 2]); i = (i - 1) / 2)
		c->heap[i] = c->heap[(i - 1) / 2];
	c->heap[i] = new;
	return WP_OK;
}

static struct candidate heap_pop(struct wp_pieces_cutter *c)
{
	struct candidate top = c->heap[0], last = c->heap[--c->heap_used];
	size_t i = 0, child;
	while ((child = 2 * i + 1) < c->heap_used) {
		child += child + 1 < c->heap_used &&
			before(&c->heap[child + 1], &c->heap[child]);
		if (!before(&c->heap[child], &last))
			break;
		c->heap[i] = c->heap[child];
		i = child;
	}
	c->heap[i] = last;
	return top;
}

/* The same for a long word, in n log n steps: the parts are a list, whose last one has itself
 * for the next. */
static enum wp_err merge_long(struct wp_pieces_cutter *c)
{
	bool one = c->pieces->method == WP_PIECES_SENTENCEPIECE;
	size_t n = c->parts, to = 0;
	enum wp_err err = wp_grow(&c->next, &c->next_room, n, sizeof *c->next, "a word");
	if (!err)
		err = wp_grow(&c->before, &c->before_room, n, sizeof *c->before, "a word");
	if (!err)
		err = wp_grow(&c->batch, &c->batch_room, n, sizeof *c->batch, "a word");
	if (err)
		return err;
	c->heap_used = 0;
	for (size_t i = 0; i < n; i++) {
		c->next[i] = (uint32_t)(i + (i + 1 < n));
		c->before[i] = (uint32_t)(i - (i > 0));
	}
	for (size_t i = 0; i + 1 < n && !err; i++)
		err = heap_push(c, (uint32_t)i);
	while (c->heap_used > 0 && !err) {
		size_t batch = 0, merged = 0;
		do {
			c->batch[batch++] = heap_pop(c);
		} while (!one && batch < n && c->heap_used > 0 &&
			c->heap[0].rank == c->batch[0].rank);
		for (size_t k = 0; k < batch; k++) {
			struct candidate m = c->batch[k];
			uint32_t right = c->next[m.at];
			if (right == m.at || c->part[m.at].id != m.left ||
				c->part[right].id != m.right)
				continue;
			c->part[m.at].id = find_result(c, m.left, m.right);
			c->part[right].id = GONE;
			c->next[m.at] = c->next[right] == right ? m.at : c->next[right];
			c->before[c->next[right]] = m.at;
			c->batch[merged++].at = m.at;
		}
		for (size_t k = 0; k < merged && !err; k++) {
			uint32_t at = c->batch[k].at;
			if (c->before[at] != at)
				err = heap_push(c, c->before[at]);
			if (!err && c->next[at] != at)
				err = heap_push(c, at);
		}
	}
	for (size_t i = 0; i < n; i++)
		if (c->part[i].id != GONE)
			c->part[to++] = c->part[i];
	c->parts = to;
	return err;
}

static enum wp_err cut_by_merges(struct wp_pieces_cutter *c, const char *word, size_t length)
{
	bool whole;
	enum wp_err err = split(c, word, length, &whole);
	if (!err && !whole && c->pieces->fallback == WP_PIECES_UNKNOWN)
		return put_id(c, c->unknown);
	if (!err && c->parts <= SHORT)
		merge_short(c);
	else if (!err)
		err = merge_long(c);
	for (size_t i = 0; i < c->parts && !err; i++) {
		const struct part *part = &c->part[i];
		struct wp_symbol start = {WP_PIECES_WORD_MARK, 3, false};
		if (part->id >= 0)
			err = put_id(c, part->id);
		else if (part->length == 0)
			err = put_text(c, &start, NONE);
		else
			err = put_other(c, word + part->begin, part->length, part->begin == 0,
				part->begin + part->length == length);
	}
	return err;
}

/* ---- The longest piece that fits ---- */

/* The piece that the longest beginning of text is, or NONE; *length: of it. */
static int32_t longest(const struct wp_pieces_cutter *c, const char *text, const char *end,
	bool first, size_t *length)
{
	int32_t node = !first, best = NONE;
	for (const char *at = text; at < end; at++) {
		const struct wp_pieces_slot *slot =
			wp_pieces_map_find(&c->edges, pair_key(node, (unsigned char)*at));
		if (!slot->key)
			break;
		node = slot->a;
		if (c->end[node] != NONE) {
			best = c->end[node];
			*length = (size_t)(at - text) + 1;
		}
	}
	return best;
}

static bool is_too_long(const char *word, const char *end)
{
	int characters = 0;
	while (word < end && characters <= WP_PIECES_LONGEST) {
		word += wp_utf8_decode(word, end).length;
		characters++;
	}
	return characters > WP_PIECES_LONGEST;
}

static enum wp_err cut_by_length(struct wp_pieces_cutter *c, const char *word, size_t length)
{
	const char *end = word + length;
	bool may_fail = c->pieces->fallback == WP_PIECES_UNKNOWN;
	enum wp_err err = WP_OK;
	if (may_fail && is_too_long(word, end))
		return put_id(c, c->unknown);
	for (const char *at = word; at < end && !err;) {
		size_t n = 0;
		int32_t id = longest(c, at, end, at == word, &n);
		if (id != NONE) {
			err = put_id(c, id);
		} else if (may_fail) {
			c->cut_used = 0;
			return put_id(c, c->unknown);
		} else {
			n = wp_utf8_decode(at, end).length;
			err = put_other(c, at, n, at == word, at + n == end);
		}
		at += n;
	}
	return err;
}

/* Special tokens come first. */
static int32_t special_id(const struct wp_pieces *p, const char *word, size_t length)
{
	enum { FIRST = 8 };
	for (size_t i = 0; i < p->pieces.count && i < FIRST; i++) {
		size_t n;
		const char *piece = wp_strings_get(&p->pieces, i, &n);
		if (n == length && memcmp(piece, word, n) == 0)
			return (int32_t)i;
	}
	return NONE;
}

enum wp_err wp_pieces_cut(struct wp_pieces_cutter *c, const char *word, size_t length,
	const struct wp_piece **cut, size_t *count)
{
	enum wp_err err = WP_OK;
	size_t room;
	c->cut_used = c->text_used = 0;
	if (length > UINT32_MAX / 2)
		return wp_fail(WP_ELIMIT, "a word of 2 GiB or more");
	if (!wp_mulsize(length + 1, WP_PIECES_BYTE_LENGTH + WP_PIECES_MARK_ROOM, &room))
		return wp_fail(WP_ELIMIT, "a word that is too long");
	if (wp_is_special(word, length))
		err = put(c,
			(struct wp_piece){.id = special_id(c->pieces, word, length),
				.text = word,
				.length = length});
	else if (!(err = wp_grow(&c->text, &c->text_room, room, 1, "a word")))
		err = c->pieces->method == WP_PIECES_WORDPIECE ? cut_by_length(c, word, length)
							       : cut_by_merges(c, word, length);
	*cut = c->cut;
	*count = c->cut_used;
	return err;
}
