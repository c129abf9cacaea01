/* A piece of text with an index of its words.  (Internal.)
 *
 * Where a text is too large to be held, it is counted piece by piece.  A place is counted when
 * its whole window has arrived; what the windows of later places reach stays for the next
 * piece.
 */
#ifndef WP_EMBED_COOC_TEXT_H
#define WP_EMBED_COOC_TEXT_H

#include "embed/cooc.h"

enum {
	WP_COOC_BREAK = -1, /* among the ids: a sentence is over                   */
	WP_COOC_AHEAD = 16  /* places beyond the last one that may be looked up    */
};

struct wp_cooc_text {
	size_t words;
	size_t window; /* 0 with documents */
	bool documents;
	int32_t *ids; /* and breaks; before the first and after the last a window ends, too */
	size_t count, limit;
	size_t first;       /* places before that are context only */
	uint8_t *left_out;  /* by word */
	uint64_t sentences; /* over before ids[first] */
	uint64_t tokens;    /* added so far, in all pieces */
	/* The index: word w stands at places[starts[w]] .. places[starts[w + 1] - 1], as
	 * offsets into ids; with documents, the sentences in which it does. */
	uint32_t *starts, *places;
};

/* room: tokens and sentence ends of a piece at most; fewer where there is no address space for
 * so many. */
WP_MUST_CHECK enum wp_err wp_cooc_text_init(struct wp_cooc_text *text,
	const struct wp_cooc_config *config, size_t words, size_t room);
void wp_cooc_text_fini(struct wp_cooc_text *text);

/* Bytes that a text takes for each word, and for each token or sentence end. */
enum { WP_COOC_WORD_BYTES = 5, WP_COOC_TOKEN_BYTES = 8 };

static inline bool wp_cooc_text_is_full(const struct wp_cooc_text *text)
{
	return text->count == text->limit;
}

/* Add what there is room for of n ids; returns how many. */
size_t wp_cooc_text_add(struct wp_cooc_text *text, const int32_t *ids, size_t n);

/* The sentence is over; not where the text is full. */
void wp_cooc_text_end_sentence(struct wp_cooc_text *text);

/* Make the index of the places to be counted: all, if this is the last piece. */
void wp_cooc_text_index(struct wp_cooc_text *text, bool last);

/* They are counted: keep what later windows reach, and have room again. */
void wp_cooc_text_advance(struct wp_cooc_text *text);

#endif
