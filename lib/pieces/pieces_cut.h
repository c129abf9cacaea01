/* A word cut into pieces.
 *
 *	wp_pieces_cutter_create(&cutter, &pieces);
 *	wp_pieces_cut(cutter, word, length, &cut, &count);
 *	wp_pieces_cutter_free(cutter);
 */
#ifndef WP_PIECES_CUT_H
#define WP_PIECES_CUT_H

#include "pieces/pieces.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { WP_PIECES_LONGEST = 100 /* characters: BERT takes longer words for unknown */ };

/* A piece of a word. */
struct wp_piece {
	int32_t id;       /* -1: it is not in the list, see WP_PIECES_KEEP            */
	const char *text; /* as it stands in token text, with its mark, without escapes */
	size_t length;
};

struct wp_pieces_cutter;

/* The pieces are borrowed.  WP_EMISMATCH where a merge makes what is no piece, or where there
 * is no piece for unknown words and they need one. */
WP_MUST_CHECK enum wp_err wp_pieces_cutter_create(
	struct wp_pieces_cutter **cutter, const struct wp_pieces *pieces);
void wp_pieces_cutter_free(struct wp_pieces_cutter *cutter); /* may be NULL */

/* The piece that stands for unknown words; -1: there is none. */
int32_t wp_pieces_cutter_unknown(const struct wp_pieces_cutter *cutter);

/* Cut a word of length > 0 bytes, which may be any: *cut has *count pieces, borrowed until the
 * next call.  Special tokens (UNKNOWN_TOKEN and the markers) are one piece.  Not the same
 * cutter in two threads at a time. */
WP_MUST_CHECK enum wp_err wp_pieces_cut(struct wp_pieces_cutter *cutter, const char *word,
	size_t length, const struct wp_piece **cut, size_t *count);

#ifdef __cplusplus
}
#endif
#endif
