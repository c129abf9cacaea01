/* Pieces learnt from words and how often they come, not from text: memory grows with the
 * different words, not with the text.
 *
 * Words begin as characters.  Of all pairs of neighbours the one that comes most often is
 * merged everywhere to one symbol, again and again (Sennrich et al. 2016, algorithm 1); of
 * pairs that come equally often the greater is first, in the order of the bytes of its left
 * symbol, then its right one.  With BPE the last symbol of a word counts as ending in </w>, so
 * that merges are those of subword-nmt.  WordPiece's pieces come about in the same way, from
 * characters of which all but the first of a word begin with ##; sentencepiece's with U+2581
 * before each word.
 */
#ifndef WP_PIECES_LEARN_H
#define WP_PIECES_LEARN_H

#include "pieces/pieces.h"

#ifdef __cplusplus
extern "C" {
#endif

struct wp_pieces_config {
	enum wp_pieces_method method;
	enum wp_pieces_fallback fallback;
	size_t top; /* pieces in all: special tokens, bytes, characters, and what is merged; 0:
		       no limit */
	size_t merges;     /* merges at most; 0: no limit                              */
	int64_t min_count; /* pairs that come less often are not merged; at least 1     */
	double coverage;   /* the most frequent characters, up to this share of all, are pieces;
			      above 0, at most 1 */
};

/* What was found. */
struct wp_pieces_learnt {
	size_t words;               /* different ones, special tokens apart         */
	size_t characters, covered; /* different ones, and those that are pieces    */
	size_t merges;
	int64_t last_count; /* how often the last pair that was merged came; 0: none */
};

/* Learn from words, with counts[i] >= 0, which add up to less than 2^63; special tokens among
 * them are not learnt from, and are pieces where they occur.  report, if it is not NULL, is
 * told now and then of the merges made and the share done.  The caller frees *pieces with
 * wp_pieces_fini.  WP_EMISMATCH where top is too small for the characters; WP_ELIMIT for words
 * of 2^32 characters or more together. */
WP_MUST_CHECK enum wp_err wp_pieces_learn(struct wp_pieces *pieces,
	const struct wp_strings *words, const int64_t *counts,
	const struct wp_pieces_config *config, struct wp_pieces_learnt *learnt,
	void (*report)(size_t merges, double share, void *arg), void *arg);

#ifdef __cplusplus
}
#endif
#endif
