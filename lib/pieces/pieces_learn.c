/* All words stand one after the other in an array of cells, one for each character, with a free
 * cell between.  A symbol of n characters takes n cells; the first and the last have its
 * number, so that neighbours are found on both sides.  Each pair of symbols has its count, and
 * a list of the cells where it begins; what has changed since is seen when the list is used.
 *
 * The pairs that come most often are in a heap, whose counts may be too high: they only ever
 * fall, but for those of the pair that is being made.  Pairs below a bound are not in it; when
 * the heap is empty, the bound is lowered, and the table looked through. */
#include "pieces/pieces_learn.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "pieces/pieces_mark.h"
#include "pieces/pieces_map.h"
#include "pieces/pieces_rank.h"
#include "text/token_table.h"
#include "text/utf8.h"
#include "text/vocab.h"

enum {
	NONE = -1,
	CODE_POINTS = 0x110000,
	AHEAD = 12,       /* cells that are fetched before they are needed */
	LOWER = 4,        /* the bound falls to this part                  */
	REPORT_EVERY = 64 /* merges */
};

struct cell {
	int32_t symbol; /* NONE: free, or no piece */
	uint32_t word;
};

/* Two neighbours. */
struct pair {
	uint64_t key; /* 0: the slot is free */
	int64_t count;
	uint32_t begin; /* of its list; where that has one cell, the cell */
	uint32_t n;
};

struct candidate {
	int64_t count;
	int32_t left, right;
};

/* What a merge changes: a pair's count, and the cells where it begins now. */
struct change {
	int32_t left, right;
	int64_t count;
	uint32_t n, begin;
};

struct symbol {
	uint32_t characters;
	bool marked;
	int32_t piece;  /* its number in the list, or NONE as yet */
	uint64_t order; /* its first eight bytes, as a number that orders as they do */
};

struct learner {
	struct wp_pieces_config config;
	const int64_t *count; /* by word */
	struct cell *cell;
	size_t cells;
	struct pair *pair;
	size_t mask, used;
	uint32_t *list; /* all lists */
	size_t listed, list_room;

	/* Names of symbols: as files of merges have them, with </w> or ## where these belong.
	 */
	struct wp_strings name;
	struct symbol *symbol;
	size_t symbol_room;
	struct wp_token_table number; /* of a name */

	struct candidate *heap;
	size_t heap_used, heap_room;
	int64_t bound;

	/* Of the merge that is being made, by neighbour: its change + 1. */
	uint32_t *before_left, *before_made, *behind_right, *behind_made;
	size_t neighbor_room;
	struct change *change;
	size_t changes, change_room;
	struct {
		uint32_t change, cell;
	} * found;
	size_t founds, found_room;

	int32_t *left, *right; /* the merges */
	size_t merges, left_room, right_room;
	size_t pieces;
	int64_t last_count;
	char *text;
	size_t text_room;
};

/* ---- Symbols ---- */

/* The name of a symbol, as pieces are ordered by; l->text has room. */
static size_t write_name(struct learner *l, const struct wp_symbol *s)
{
	bool bpe = l->config.method == WP_PIECES_BPE;
	size_t before = s->marked && !bpe ? 2 : 0, behind = !s->marked && bpe ? 4 : 0;
	memcpy(l->text, "##", before);
	memcpy(l->text + before, s->text, s->length);
	memcpy(l->text + before + s->length, "</w>", behind);
	return before + s->length + behind;
}

static struct wp_symbol symbol_of(const struct learner *l, int32_t id)
{
	bool bpe = l->config.method == WP_PIECES_BPE;
	struct wp_symbol s = {.marked = l->symbol[id].marked};
	s.text = wp_strings_get(&l->name, (size_t)id, &s.length);
	if (s.marked && !bpe) {
		s.text += 2;
		s.length -= 2;
	} else if (!s.marked && bpe) {
		s.length -= 4;
	}
	return s;
}

static uint64_t first_bytes(const char *text, size_t n)
{
	uint64_t order = 0;
	for (size_t i = 0; i < 8; i++)
		order = order << 8 | (i < n ? (unsigned char)text[i] : 0);
	return order;
}

/* The symbol of that text, which may be there already: *is_new. */
static enum wp_err find_symbol(struct learner *l, const struct wp_symbol *s,
	uint32_t characters, int32_t *id, bool *is_new)
{
	enum wp_err err = wp_grow(&l->text, &l->text_room, s->length + 4, 1, "pieces");
	if (err)
		return err;
	size_t n = write_name(l, s);
	struct wp_token token = wp_token_make(l->text, n);
	err = wp_token_table_add(&l->number, &token, 0, id);
	*is_new = !err && (size_t)*id == l->name.count;
	if (err || !*is_new)
		return err;
	err = wp_grow(
		&l->symbol, &l->symbol_room, l->name.count + 1, sizeof *l->symbol, "pieces");
	if (!err)
		l->symbol[l->name.count] = (struct symbol){.characters = characters,
			.marked = s->marked,
			.piece = NONE,
			.order = first_bytes(l->text, n)};
	return err ? err : wp_strings_add(&l->name, l->text, n);
}

static int compare(const struct learner *l, int32_t a, int32_t b)
{
	if (a == b)
		return 0;
	uint64_t x = l->symbol[a].order, y = l->symbol[b].order;
	if (x != y)
		return x < y ? -1 : 1;
	size_t an, bn;
	const char *at = wp_strings_get(&l->name, (size_t)a, &an);
	const char *bt = wp_strings_get(&l->name, (size_t)b, &bn);
	int order = memcmp(at, bt, an < bn ? an : bn);
	return order ? order : (an > bn) - (an < bn);
}

/* ---- Pairs ---- */

static uint64_t pair_key(int32_t left, int32_t right)
{
	return (uint64_t)(left + (int64_t)1) << 32 | (uint32_t)right;
}

static int32_t left_of(const struct pair *p)
{
	return (int32_t)((int64_t)(p->key >> 32) - 1);
}

static int32_t right_of(const struct pair *p)
{
	return (int32_t)(p->key & UINT32_MAX);
}

/* The slot that the pair has, or would have. */
static inline struct pair *find_pair(const struct learner *l, uint64_t key)
{
	size_t i = (size_t)wp_pieces_hash(key) & l->mask;
	while (l->pair[i].key && l->pair[i].key != key)
		i = (i + 1) & l->mask;
	return &l->pair[i];
}

/* Twice the slots, or as many, if enough pairs have come apart meanwhile: these go. */
static enum wp_err renew_pairs(struct learner *l)
{
	struct pair *old = l->pair;
	size_t slots = old ? l->mask + 1 : 0, alive = 0;
	for (size_t i = 0; i < slots; i++)
		alive += old[i].key && old[i].count > 0;
	size_t want = 1 << 12;
	while (want < 2 * alive + 1)
		want *= 2;
	if (slots > 0 && want < slots)
		want = slots;
	struct pair *pair;
	enum wp_err err = wp_table_alloc(&pair, want * sizeof *pair, "pairs");
	if (err)
		return err;
	l->pair = pair;
	l->mask = want - 1;
	l->used = alive;
	for (size_t i = 0; i < slots; i++)
		if (old[i].key && old[i].count > 0)
			*find_pair(l, old[i].key) = old[i];
	free(old);
	return WP_OK;
}

/* The pair's slot; it is borrowed until another one is added. */
static inline enum wp_err add_pair(struct learner *l, uint64_t key, struct pair **pair)
{
	*pair = find_pair(l, key);
	if ((*pair)->key)
		return WP_OK;
	if (l->used >= (l->mask + 1) / 8 * 6) {
		enum wp_err err = renew_pairs(l);
		if (err)
			return err;
		*pair = find_pair(l, key);
	}
	(*pair)->key = key;
	l->used++;
	return WP_OK;
}

/* ---- The heap ---- */

static inline bool is_before(
	const struct learner *l, const struct candidate *x, const struct candidate *y)
{
	if (x->count != y->count)
		return x->count > y->count;
	int order = compare(l, x->left, y->left);
	return (order ? order : compare(l, x->right, y->right)) > 0;
}

static enum wp_err heap_push(struct learner *l, struct candidate new)
{
	enum wp_err err =
		wp_grow(&l->heap, &l->heap_room, l->heap_used + 1, sizeof *l->heap, "pairs");
	if (err)
		return err;
	size_t i = l->heap_used++;
	for (; i > 0 && is_before(l, &new, &l->heap[(i - 1) / 2]); i = (i - 1) / 2)
		l->heap[i] = l->heap[(i - 1) / 2];
	l->heap[i] = new;
	return WP_OK;
}

/* Put a candidate at the top instead of the one there. */
static void heap_replace(struct learner *l, struct candidate new)
{
	size_t i = 0, child;
	while ((child = 2 * i + 1) < l->heap_used) {
		child += child + 1 < l->heap_used &&
			is_before(l, &l->heap[child + 1], &l->heap[child]);
		if (!is_before(l, &l->heap[child], &new))
			break;
		l->heap[i] = l->heap[child];
		i = child;
	}
	l->heap[i] = new;
}

static void heap_pop(struct learner *l)
{
	struct candidate last = l->heap[--l->heap_used];
	if (l->heap_used > 0)
		heap_replace(l, last);
}

/* Lower the bound, and take in the pairs that are above it now. */
static enum wp_err fill_heap(struct learner *l)
{
	enum wp_err err = WP_OK;
	int64_t least = l->config.min_count, bound = l->bound;
	while (l->heap_used == 0 && bound > least && !err) {
		bound = bound / LOWER > least ? bound / LOWER : least;
		for (size_t i = 0; i <= l->mask && !err; i++) {
			const struct pair *p = &l->pair[i];
			if (p->key && p->count >= bound)
				err = heap_push(l,
					(struct candidate){p->count, left_of(p), right_of(p)});
		}
	}
	l->bound = bound;
	return err;
}

/* Can what two symbols make be a piece?  l->text gets it. */
static enum wp_err make_symbol(
	struct learner *l, int32_t left, int32_t right, struct wp_symbol *made)
{
	struct wp_symbol a = symbol_of(l, left), b = symbol_of(l, right);
	size_t n = a.length + b.length;
	/* Twice: the name is written from the text. */
	enum wp_err err = wp_grow(&l->text, &l->text_room, 2 * n + 8, 1, "pieces");
	if (err)
		return err;
	char *text = l->text + n + 8;
	memcpy(text, a.text, a.length);
	memcpy(text + a.length, b.text, b.length);
	*made = (struct wp_symbol){
		text, n, l->config.method == WP_PIECES_BPE ? b.marked : a.marked};
	return WP_OK;
}

/* The pair that comes most often, and what it makes; *found is false where there is none left.
 */
static enum wp_err choose(
	struct learner *l, struct candidate *best, struct wp_symbol *made, bool *found)
{
	*found = false;
	for (;;) {
		enum wp_err err = l->heap_used == 0 ? fill_heap(l) : WP_OK;
		if (err || l->heap_used == 0)
			return err;
		*best = l->heap[0];
		struct pair *p = find_pair(l, pair_key(best->left, best->right));
		int64_t count = p->key ? p->count : 0;
		if (count != best->count) {
			/* It has fallen; or risen, and is in the heap once more. */
			if (count < best->count && count >= l->bound)
				heap_replace(
					l, (struct candidate){count, best->left, best->right});
			else
				heap_pop(l);
			continue;
		}
		heap_pop(l);
		if ((err = make_symbol(l, best->left, best->right, made)))
			return err;
		if (!wp_pieces_is_ambiguous(l->config.method, made)) {
			*found = true;
			return WP_OK;
		}
		p->count = 0;
	}
}

/* ---- A merge ---- */

/* The change of a pair, whose place is kept in *at. */
static inline enum wp_err note(
	struct learner *l, uint32_t *at, int32_t left, int32_t right, int64_t count)
{
	if (*at == 0) {
		enum wp_err err = wp_grow(&l->change, &l->change_room, l->changes + 1,
			sizeof *l->change, "pairs");
		if (err)
			return err;
		l->change[l->changes++] = (struct change){.left = left, .right = right};
		*at = (uint32_t)l->changes;
	}
	l->change[*at - 1].count += count;
	return WP_OK;
}

/* The pair begins at a cell now. */
static inline void note_cell(struct learner *l, uint32_t at, size_t cell)
{
	l->change[at - 1].n++;
	l->found[l->founds].change = at - 1;
	l->found[l->founds++].cell = (uint32_t)cell;
}

static int by_place(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return x < y ? -1 : x > y;
}

/* Where left and right follow each other at a cell, make them one, and note what changes. */
static enum wp_err merge_at(
	struct learner *l, size_t at, int32_t left, int32_t right, int32_t made)
{
	struct cell *cell = l->cell + at;
	size_t ln = l->symbol[left].characters, rn = l->symbol[right].characters;
	if (cell->symbol != left || cell[ln].symbol != right)
		return WP_OK;
	int64_t count = l->count[cell->word];
	int32_t before = cell[-1].symbol, behind = cell[ln + rn].symbol;
	enum wp_err err = WP_OK;
	cell[ln].symbol = NONE;
	cell[0].symbol = cell[ln + rn - 1].symbol = made;
	if (before >= 0) {
		err = note(l, &l->before_left[before], before, left, -count);
		if (!err)
			err = note(l, &l->before_made[before], before, made, count);
		if (!err)
			note_cell(l, l->before_made[before], at - l->symbol[before].characters);
	}
	if (behind >= 0 && !err) {
		err = note(l, &l->behind_right[behind], right, behind, -count);
		/* The pair of two new ones has one place. */
		uint32_t *place =
			behind == made ? &l->before_made[made] : &l->behind_made[behind];
		if (!err)
			err = note(l, place, made, behind, count);
		if (!err)
			note_cell(l, *place, at);
	}
	return err;
}

/* Put what has changed into the table, and the pairs that come often enough into the heap. */
static enum wp_err apply(struct learner *l)
{
	enum wp_err err = WP_OK;
	for (size_t i = 0; i < l->changes && !err; i++) {
		struct change *c = &l->change[i];
		struct pair *p;
		if (i + AHEAD < l->changes) {
			const struct change *later = &l->change[i + AHEAD];
			__builtin_prefetch(&l->pair[(size_t)wp_pieces_hash(pair_key(
							    later->left, later->right)) &
				l->mask]);
		}
		if ((err = add_pair(l, pair_key(c->left, c->right), &p)))
			break;
		p->count += c->count;
		if (c->n > 0) {
			/* Behind those that it had before. */
			size_t had = p->n, n = had + c->n;
			uint32_t only = p->begin;
			c->begin = p->begin;
			if (n > 1) {
				err = wp_grow(&l->list, &l->list_room, l->listed + n,
					sizeof *l->list, "pairs");
				if (!err && l->listed + n > UINT32_MAX)
					err = wp_fail(
						WP_ELIMIT, "words of too many characters");
				if (err)
					break;
				if (had == 1)
					l->list[l->listed] = only;
				else if (had > 1)
					memcpy(l->list + l->listed, l->list + only,
						had * sizeof *l->list);
				p->begin = (uint32_t)l->listed;
				c->begin = (uint32_t)(l->listed + had);
				l->listed += n;
			}
			p->n = (uint32_t)n;
		}
		if (c->count > 0 && p->count >= l->bound)
			err = heap_push(l, (struct candidate){p->count, c->left, c->right});
	}
	for (size_t i = 0; i < l->founds && !err; i++) {
		struct change *c = &l->change[l->found[i].change];
		if (c->n == 1) {
			struct pair *p = find_pair(l, pair_key(c->left, c->right));
			if (p->n == 1)
				p->begin = l->found[i].cell;
			else
				l->list[c->begin] = l->found[i].cell;
		} else {
			l->list[c->begin++] = l->found[i].cell;
		}
	}
	return err;
}

static enum wp_err grow_places(struct learner *l)
{
	size_t room = l->neighbor_room, need = l->name.count + 1;
	enum wp_err err = WP_OK;
	if (need <= room)
		return WP_OK;
	uint32_t **at[] = {&l->before_left, &l->before_made, &l->behind_right, &l->behind_made};
	for (int i = 0; i < 4 && !err; i++) {
		uint32_t *more; /* they are all zeros between two merges */
		err = wp_alloc(&more, 2 * need, sizeof *more, "pieces");
		if (!err) {
			free(*at[i]);
			*at[i] = more;
		}
	}
	if (!err)
		l->neighbor_room = 2 * need;
	return err;
}

static enum wp_err merge(struct learner *l, int32_t left, int32_t right, int32_t made)
{
	struct pair *p = find_pair(l, pair_key(left, right));
	size_t n = p->n;
	uint32_t only = p->begin;
	enum wp_err err = grow_places(l);
	l->changes = l->founds = 0;
	if (!err)
		err = wp_grow(&l->found, &l->found_room, 2 * n, sizeof *l->found, "pairs");
	if (err)
		return err;
	const uint32_t *list = n == 1 ? &only : l->list + p->begin;
	/* "aaa" is merged from the left. */
	if (left == right && n > 1)
		qsort(l->list + p->begin, n, sizeof *l->list, by_place);
	for (size_t i = 0; i < n && !err; i++) {
		if (i + AHEAD < n)
			__builtin_prefetch(&l->cell[list[i + AHEAD]], 1);
		err = merge_at(l, list[i], left, right, made);
	}
	for (size_t i = 0; i < l->changes; i++) {
		const struct change *c = &l->change[i];
		l->before_left[c->left] = l->before_made[c->left] = 0;
		l->behind_right[c->right] = l->behind_made[c->right] = 0;
	}
	if (!err)
		err = apply(l);
	p = find_pair(l, pair_key(left, right));
	p->count = 0;
	p->n = 0;
	return err;
}

/* ---- Characters ---- */

struct character {
	uint32_t code_point;
	int64_t count;
};

static int by_count(const void *a, const void *b)
{
	const struct character *x = a, *y = b;
	if (x->count != y->count)
		return x->count > y->count ? -1 : 1;
	return x->code_point < y->code_point ? -1 : x->code_point > y->code_point;
}

/* The characters of the words, the most frequent first, as far as they are to be pieces; *all:
 * how many there are. */
static enum wp_err count_characters(const struct wp_strings *words, const int64_t *counts,
	const struct wp_pieces_config *config, struct character **list, size_t *covered,
	size_t *all)
{
	int64_t *of, total = 0, sum = 0;
	size_t n = 0;
	uint32_t last = 0; /* the greatest code point */
	*list = NULL;
	enum wp_err err = wp_alloc(&of, CODE_POINTS, sizeof *of, "characters");
	if (err)
		return err;
	for (size_t i = 0; i < words->count; i++) {
		size_t length;
		const char *word = wp_strings_get(words, i, &length), *end = word + length;
		if (wp_is_special(word, length))
			continue;
		while (word < end) {
			struct wp_decoded d = wp_utf8_decode(word, end);
			word += d.length;
			if (d.valid) {
				of[d.code_point] += counts[i];
				last = d.code_point > last ? d.code_point : last;
			}
		}
	}
	for (uint32_t c = 0; c <= last; c++)
		n += of[c] > 0 && wp_pieces_takes(c) &&
			!(c == 0x2581 && config->method == WP_PIECES_SENTENCEPIECE);
	err = wp_alloc(list, n + 1, sizeof **list, "characters");
	if (err) {
		free(of);
		return err;
	}
	n = 0;
	for (uint32_t c = 0; c <= last; c++)
		if (of[c] > 0 && wp_pieces_takes(c) &&
			!(c == 0x2581 && config->method == WP_PIECES_SENTENCEPIECE)) {
			(*list)[n++] = (struct character){c, of[c]};
			total += of[c];
		}
	free(of);
	qsort(*list, n, sizeof **list, by_count);
	*all = n;
	for (*covered = 0; *covered < n; ++*covered) {
		if ((double)sum >= config->coverage * (double)total)
			break;
		sum += (*list)[*covered].count;
	}
	return WP_OK;
}

/* Each character is a symbol without and one with a mark, two numbers that follow each other;
 * of sentencepiece one without, and number 0 is the beginning of a word. */
static enum wp_err add_characters(
	struct learner *l, const struct character *list, size_t n, int32_t *id_of)
{
	bool marks = l->config.method != WP_PIECES_SENTENCEPIECE, is_new;
	int32_t id;
	const struct wp_symbol start = {WP_PIECES_WORD_MARK, 3, false};
	enum wp_err err = marks ? WP_OK : find_symbol(l, &start, 1, &id, &is_new);
	for (size_t i = 0; i < n && !err; i++) {
		char text[4];
		struct wp_symbol s = {text, wp_utf8_encode(list[i].code_point, text), false};
		err = find_symbol(l, &s, 1, &id, &is_new);
		id_of[list[i].code_point] = id + 1;
		s.marked = true;
		if (!err && marks)
			err = find_symbol(l, &s, 1, &id, &is_new);
	}
	return err;
}

/* ---- Words ---- */

static enum wp_err fill_cells(
	struct learner *l, const struct wp_strings *words, const int32_t *id_of, size_t *learnt)
{
	bool sentencepiece = l->config.method == WP_PIECES_SENTENCEPIECE;
	/* Of all that there may be; what is not used is never touched. */
	size_t most = (size_t)wp_strings_bytes(words) + 2 * words->count + 2, at = 1;
	*learnt = 0;
	if (words->count > UINT32_MAX || most > UINT32_MAX)
		return wp_fail(WP_ELIMIT, "words of too many characters");
	enum wp_err err = wp_alloc(&l->cell, most, sizeof *l->cell, "words");
	if (err)
		return err;
	l->cell[0].symbol = NONE;
	for (size_t i = 0; i < words->count; i++) {
		size_t length;
		const char *word = wp_strings_get(words, i, &length), *end = word + length;
		bool first = true;
		if (l->count[i] <= 0 || wp_is_special(word, length))
			continue;
		++*learnt;
		if (sentencepiece)
			l->cell[at++] = (struct cell){0, (uint32_t)i};
		for (; word < end; first = false) {
			struct wp_decoded d = wp_utf8_decode(word, end);
			word += d.length;
			int32_t id = d.valid ? id_of[d.code_point] - 1 : NONE;
			if (id >= 0)
				id += wp_pieces_is_marked(l->config.method, first, word == end);
			l->cell[at++] = (struct cell){id, (uint32_t)i};
		}
		l->cell[at++] = (struct cell){NONE, (uint32_t)i};
	}
	l->cells = at;
	return WP_OK;
}

/* Count the pairs that there are at first, and list where they are. */
static enum wp_err count_pairs(struct learner *l)
{
	struct pair *p;
	size_t lists = 0;
	int64_t most = 0;
	enum wp_err err = renew_pairs(l);
	for (size_t at = 0; at + 1 < l->cells && !err; at++) {
		const struct cell *cell = &l->cell[at];
		if (cell[0].symbol < 0 || cell[1].symbol < 0)
			continue;
		err = add_pair(l, pair_key(cell[0].symbol, cell[1].symbol), &p);
		if (err)
			return err;
		p->count += l->count[cell->word];
		p->n++;
	}
	for (size_t i = 0; !err && i <= l->mask; i++) {
		l->pair[i].begin = (uint32_t)lists;
		lists += l->pair[i].n;
		most = l->pair[i].count > most ? l->pair[i].count : most;
	}
	l->bound = most + 1;
	if (!err)
		err = wp_grow(&l->list, &l->list_room, lists + 1, sizeof *l->list, "pairs");
	if (err)
		return err;
	l->listed = lists;
	for (size_t at = 0; at + 1 < l->cells; at++) {
		const struct cell *cell = &l->cell[at];
		if (cell[0].symbol < 0 || cell[1].symbol < 0)
			continue;
		p = find_pair(l, pair_key(cell[0].symbol, cell[1].symbol));
		l->list[p->begin++] = (uint32_t)at;
	}
	for (size_t i = 0; i <= l->mask; i++) {
		p = &l->pair[i];
		p->begin -= p->n;
		if (p->n == 1)
			p->begin = l->list[p->begin];
	}
	return WP_OK;
}

/* ---- Learning ---- */

static enum wp_err learn_merges(
	struct learner *l, void (*report)(size_t merges, double share, void *arg), void *arg)
{
	const struct wp_pieces_config *c = &l->config;
	size_t first = l->pieces;
	for (;;) {
		if ((c->top && l->pieces >= c->top) || (c->merges && l->merges >= c->merges))
			return WP_OK;
		struct candidate best;
		struct wp_symbol symbol;
		bool found, is_new;
		int32_t made;
		enum wp_err err = choose(l, &best, &symbol, &found);
		if (err || !found)
			return err;
		err = find_symbol(l, &symbol,
			l->symbol[best.left].characters + l->symbol[best.right].characters,
			&made, &is_new);
		if (!err)
			err = wp_grow(&l->left, &l->left_room, l->merges + 1, sizeof *l->left,
				"merges");
		if (!err)
			err = wp_grow(&l->right, &l->right_room, l->merges + 1,
				sizeof *l->right, "merges");
		if (!err)
			err = merge(l, best.left, best.right, made);
		if (err)
			return err;
		l->left[l->merges] = best.left;
		l->right[l->merges++] = best.right;
		l->pieces += is_new;
		l->last_count = best.count;
		if (report && l->merges % REPORT_EVERY == 0)
			report(l->merges,
				c->top ? (double)(l->pieces - first) / (double)(c->top - first)
					: c->merges ? (double)l->merges / (double)c->merges
						    : -1,
				arg);
	}
}

/* Special tokens, and bytes: what a list begins with. */
static enum wp_err begin_list(struct wp_pieces *p, const struct wp_strings *words,
	const int64_t *counts, const struct wp_pieces_config *config)
{
	static const char *const special[] = {
		WP_UNKNOWN_TOKEN, WP_SENTENCE_START, WP_SENTENCE_END};
	bool all = config->method == WP_PIECES_SENTENCEPIECE;
	bool needed[3] = {true, all, all};
	for (size_t i = 0; i < words->count; i++) {
		size_t n;
		const char *word = wp_strings_get(words, i, &n);
		for (int k = 1; k < 3 && counts[i] > 0; k++)
			needed[k] |=
				n == strlen(special[k]) && memcmp(word, special[k], n) == 0;
	}
	enum wp_err err = WP_OK;
	for (int k = 0; k < 3 && !err; k++)
		if (needed[k])
			err = wp_strings_add(&p->pieces, special[k], strlen(special[k]));
	if (config->fallback != WP_PIECES_BYTES)
		return err;
	for (int i = 0; i < (all ? 256 : 512) && !err; i++) {
		char hex[WP_PIECES_BYTE_LENGTH], text[sizeof hex + WP_PIECES_MARK_ROOM];
		struct wp_symbol s = {hex, sizeof hex, i >= 256};
		wp_pieces_put_byte((unsigned char)i, hex);
		err = wp_strings_add(
			&p->pieces, text, wp_pieces_mark(config->method, &s, text));
	}
	return err;
}

static enum wp_err add_symbols(struct learner *l, struct wp_pieces *p, size_t begin, size_t end)
{
	char *text = NULL;
	size_t room = 0;
	enum wp_err err = WP_OK;
	for (size_t i = begin; i < end && !err; i++) {
		struct wp_symbol s = symbol_of(l, (int32_t)i);
		err = wp_grow(&text, &room, s.length + WP_PIECES_MARK_ROOM, 1, "pieces");
		l->symbol[i].piece = (int32_t)p->pieces.count;
		if (!err)
			err = wp_strings_add(
				&p->pieces, text, wp_pieces_mark(p->method, &s, text));
	}
	free(text);
	return err;
}

/* Sentencepiece's lists have the characters last. */
static enum wp_err end_list(struct learner *l, struct wp_pieces *p, size_t characters)
{
	bool sentencepiece = p->method == WP_PIECES_SENTENCEPIECE;
	size_t all = l->name.count, base = p->pieces.count;
	enum wp_err err =
		sentencepiece ? add_symbols(l, p, characters, all) : add_symbols(l, p, 0, all);
	if (!err && sentencepiece)
		err = add_symbols(l, p, 0, characters);
	if (!err && sentencepiece)
		return wp_pieces_rank(p, NULL, base, all - characters);
	if (err || p->method == WP_PIECES_WORDPIECE)
		return err;
	p->merges = l->merges;
	err = wp_alloc(&p->left, l->merges, sizeof *p->left, "merges");
	if (!err)
		err = wp_alloc(&p->right, l->merges, sizeof *p->right, "merges");
	for (size_t i = 0; i < l->merges && !err; i++) {
		p->left[i] = l->symbol[l->left[i]].piece;
		p->right[i] = l->symbol[l->right[i]].piece;
	}
	return err;
}

static enum wp_err check(const struct wp_pieces_config *c)
{
	if (c->min_count < 1)
		return wp_fail(WP_EINVAL, "\1min-count is less than 1");
	if (!(c->coverage > 0 && c->coverage <= 1))
		return wp_fail(WP_EINVAL, "\1coverage is not above 0 and at most 1");
	if (c->top > INT32_MAX || c->merges > INT32_MAX)
		return wp_fail(WP_EINVAL, "too many pieces");
	return WP_OK;
}

static enum wp_err prepare(struct learner *l, struct wp_pieces *p,
	const struct wp_strings *words, struct wp_pieces_learnt *learnt)
{
	struct character *list = NULL;
	int32_t *id_of = NULL; /* by code point, the number of its symbol + 1 */
	enum wp_err err = count_characters(
		words, l->count, &l->config, &list, &learnt->covered, &learnt->characters);
	if (!err)
		err = wp_token_table_init(&l->number, SIZE_MAX, SIZE_MAX);
	if (!err)
		err = wp_alloc(&id_of, CODE_POINTS, sizeof *id_of, "characters");
	if (!err)
		err = add_characters(l, list, learnt->covered, id_of);
	if (!err)
		err = begin_list(p, words, l->count, &l->config);
	l->pieces = p->pieces.count + l->name.count;
	if (!err && l->config.top && l->pieces > l->config.top)
		err = wp_fail(WP_EMISMATCH,
			"\1top %zu is too few: special tokens, bytes and the %zu characters are "
			"%zu pieces already (see \1coverage, \1fallback)",
			l->config.top, learnt->covered, l->pieces);
	if (!err)
		err = fill_cells(l, words, id_of, &learnt->words);
	free(list);
	free(id_of);
	return err ? err : count_pairs(l);
}

static void learner_fini(struct learner *l)
{
	free(l->cell);
	free(l->pair);
	free(l->list);
	wp_strings_fini(&l->name);
	free(l->symbol);
	wp_token_table_fini(&l->number);
	free(l->heap);
	free(l->before_left);
	free(l->before_made);
	free(l->behind_right);
	free(l->behind_made);
	free(l->change);
	free(l->found);
	free(l->left);
	free(l->right);
	free(l->text);
}

enum wp_err wp_pieces_learn(struct wp_pieces *p, const struct wp_strings *words,
	const int64_t *counts, const struct wp_pieces_config *config,
	struct wp_pieces_learnt *learnt, void (*report)(size_t merges, double share, void *arg),
	void *arg)
{
	struct learner l = {.config = *config, .count = counts};
	*p = (struct wp_pieces){.method = config->method, .fallback = config->fallback};
	*learnt = (struct wp_pieces_learnt){0};
	enum wp_err err = check(config);
	if (!err)
		err = prepare(&l, p, words, learnt);
	size_t characters = l.name.count;
	if (!err)
		err = learn_merges(&l, report, arg);
	if (!err)
		err = end_list(&l, p, characters);
	learnt->merges = l.merges;
	learnt->last_count = l.last_count;
	learner_fini(&l);
	if (err)
		wp_pieces_fini(p);
	return err;
}
