/* Marks: how a piece is written, and what it must not look like.  (Internal.)
 *
 * A symbol is a piece without its mark, and whether it has one: of BPE, what a word goes on
 * behind; of WordPiece, what goes on with a word.  Symbols of sentencepiece have none: there
 * U+2581 is text, the first character of each word.
 */
#ifndef WP_PIECES_MARK_H
#define WP_PIECES_MARK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pieces/pieces.h"

#define WP_PIECES_WORD_MARK "\xE2\x96\x81" /* U+2581 */

enum {
	WP_PIECES_MARK_ROOM = 3,  /* bytes that a mark adds at most */
	WP_PIECES_BYTE_LENGTH = 6 /* of <0xE2> */
};

struct wp_symbol {
	const char *text;
	size_t length;
	bool marked;
};

/* Write it with its mark to out, which has WP_PIECES_MARK_ROOM bytes more than the text;
 * returns the length. */
size_t wp_pieces_mark(enum wp_pieces_method method, const struct wp_symbol *symbol, char *out);

/* The symbol of a piece with its mark; borrows its bytes. */
struct wp_symbol wp_pieces_unmark(
	enum wp_pieces_method method, const char *piece, size_t length);

/* Is the symbol that stands first, or not; last, or not, in a word of several marked? */
static inline bool wp_pieces_is_marked(enum wp_pieces_method method, bool first, bool last)
{
	return method == WP_PIECES_BPE ? !last : method == WP_PIECES_WORDPIECE && !first;
}

/* Can the symbol not be a piece, because it could be taken for another, or for a special token,
 * a byte or a mark? */
bool wp_pieces_is_ambiguous(enum wp_pieces_method method, const struct wp_symbol *symbol);

/* The value of the six characters <0xHH>, or -1. */
int wp_pieces_byte(const char *text, size_t length);

/* Write <0xHH>. */
void wp_pieces_put_byte(unsigned char byte, char out[WP_PIECES_BYTE_LENGTH]);

/* Can a character be part of pieces?  Not one that token text writes as an escape. */
bool wp_pieces_takes(uint32_t code_point);

#endif
