/* Pieces of words: what words are cut into, so that a small vocabulary writes any text.
 *
 * Three methods, each with the marks that show in token text which pieces make one word, and
 *with a text file of its own (pieces/pieces_file.h):
 *
 *	BPE            byte-pair encoding (Sennrich et al. 2016): merges are applied in the
 *order in which they were learnt; "low@@ er": @@ behind all pieces but the last WordPiece the
 *longest piece that fits, from left to right, as in BERT (Devlin et al. 2019); "low ##er": ##
 *before all pieces but the first sentencepiece  merges by the rank of what they make, as
 *sentencepiece applies BPE models; U+2581 before the first piece
 *
 * A model is learnt from counted words (pieces/pieces_learn.h), or read; pieces/pieces_cut.h
 *cuts a word, pieces/pieces_text.h a text.
 *
 * No piece can be taken for something else, so that what was cut can be joined again: there is
 *no merge whose result is the last piece of a word and ends in @@, say.  Characters that token
 *text writes as escapes, but for the backslash, are part of no piece.
 */
#ifndef WP_PIECES_PIECES_H
#define WP_PIECES_PIECES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strings.h"
#include "stream/input.h"
#include "stream/reader.h"
#include "stream/writer.h"

#ifdef __cplusplus
extern "C" {
#endif

enum wp_pieces_method { WP_PIECES_BPE, WP_PIECES_WORDPIECE, WP_PIECES_SENTENCEPIECE };
extern const char *const wp_pieces_methods[]; /* their names, ended by NULL */

/* What becomes of a character that is no piece. */
enum wp_pieces_fallback {
	WP_PIECES_BYTES,   /* its bytes, each a piece: <0xE2>                          */
	WP_PIECES_UNKNOWN, /* the whole word becomes the piece that stands for unknown ones */
	WP_PIECES_KEEP     /* it stays as it is, a piece that is not in the list       */
};
extern const char *const wp_pieces_fallbacks[];

/* A model.  Does not change once it is made: any number of threads may use it. */
struct wp_pieces {
	enum wp_pieces_method method;
	enum wp_pieces_fallback fallback;
	/* By id: the pieces as they stand in token text, with their marks, but without escapes;
	 * among them special tokens (WP_UNKNOWN_TOKEN or [UNK], and others), which come first.
	 */
	struct wp_strings pieces;
	/* Merges in their order, by the ids of their two pieces; what they make is a piece,
	 * too.  Of sentencepiece, all ways to make a piece, one after the other, which have one
	 * rank; none of WordPiece. */
	int32_t *left, *right; /* (merges) */
	size_t merges;
};

/* A zeroed struct is an empty model, and may be given here. */
void wp_pieces_fini(struct wp_pieces *pieces);

/* Write `pieces`, `pieces.left`, `pieces.right` and `pieces.settings`. */
WP_MUST_CHECK enum wp_err wp_pieces_put(
	const struct wp_pieces *pieces, struct wp_writer *writer);

/* Read a stream that has them to its end, or one of the text files.  The input is closed.
 * Records that are not part of the pieces go to other(arg, ...), unless that is NULL.
 * WP_EMISMATCH where a stream has none, WP_ECORRUPT where they make no sense.  The caller frees
 * *pieces with wp_pieces_fini. */
WP_MUST_CHECK enum wp_err wp_pieces_read(
	struct wp_pieces *pieces, struct wp_input *input, wp_record_fn *other, void *arg);

#ifdef __cplusplus
}
#endif
#endif
