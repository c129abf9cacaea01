/* Tokens of ASCII text as in the Penn Treebank, 64 bytes at a time.  (Internal.)
 *
 * As for words by UAX #29 (ascii_words.h), each class of characters of a block becomes a word
 * of 64 bits, and most rules become shifts and ands of such words.  A block always begins and
 * ends at white space, so that nothing has to be known of the text around it.  What the rules
 * here do not cover is left to the caller: text that is not ASCII, escapes, apostrophes that
 * are not of a common clitic, single quotation marks, contractions such as "cannot".
 */
#ifndef WP_TEXT_ASCII_TREEBANK_H
#define WP_TEXT_ASCII_TREEBANK_H

#include "text/abbreviations.h"
#include "text/ascii_words.h"

struct wp_ascii_treebank {
	struct wp_ascii_words words; /* where we are, and what is written */

	/* Of the abbreviations: a word of two letters or more that is not among them is none.
	 */
	const uint64_t *known;

	/* Does the full stop at p, which no letter or digit follows, stand apart from the word
	 * that begins at `word`? */
	bool (*stands_apart)(const void *arg, const char *word, const char *p);
	const void *arg;
};

/* Write tokens from words.text on, where a stretch of text without white space or white space
 * begins.  Stops at words.end, or where such a stretch begins that the caller has to deal with.
 * Writes at most three times the bytes that it reads, and may touch WP_ASCII_ROOM bytes more.
 */
typedef void wp_ascii_treebank_fn(struct wp_ascii_treebank *t);

wp_ascii_treebank_fn wp_ascii_treebank_plain;
wp_ascii_treebank_fn wp_ascii_treebank_avx2;
wp_ascii_treebank_fn wp_ascii_treebank_avx512;

#endif
