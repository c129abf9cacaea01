/* Pieces as text, in the file that each method has:
 *
 *	BPE            a file of merges, as subword-nmt has it: "#version: 0.2", then a merge a
 *line, "t h", with </w> behind the last piece of a word WordPiece      vocab.txt, as BERT has
 *it: a piece a line sentencepiece  .vocab, as sentencepiece has it: a piece, a tab and its
 *score a line
 *
 * Files have no escapes.  The special tokens have the names there that these files give them:
 * [UNK] and <unk> for UNKNOWN_TOKEN, [CLS] and <s>, [SEP] and </s> for the markers.
 */
#ifndef WP_PIECES_FILE_H
#define WP_PIECES_FILE_H

#include "pieces/pieces.h"
#include "stream/output.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Read such a file; which of them it is shows.  Merges and .vocab are KEEP, or BYTES where
 * .vocab has all bytes; vocab.txt is UNKNOWN, or BYTES where it has all.  The pieces of
 * vocab.txt and .vocab have the ids that their lines give them, and keep the names of their
 * special tokens.  WP_ECORRUPT, naming the line, for what is none of the three. */
WP_MUST_CHECK enum wp_err wp_pieces_file_read(struct wp_pieces *pieces, struct wp_input *input);

/* Write the file of the pieces' method.  Merges do not say which characters are pieces, nor
 * that others become bytes: read again, they are KEEP.  vocab.txt begins with BERT's special
 * tokens, all five of them. */
WP_MUST_CHECK enum wp_err wp_pieces_file_write(
	const struct wp_pieces *pieces, struct wp_output *output);

#ifdef __cplusplus
}
#endif
#endif
