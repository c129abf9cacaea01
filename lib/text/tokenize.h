/* The tokenizer: text in, token text out.
 *
 *	struct wp_tokenizer_options options = wp_tokenizer_options_default();
 *	wp_tokenizer_create(&tokenizer, &options);
 *	while (... a block of input ...) {
 *		wp_tokenizer_feed(tokenizer, block, size);
 *		... write wp_tokenizer_output(tokenizer, &length) ...
 *		wp_tokenizer_drain(tokenizer);
 *	}
 *	wp_tokenizer_end_input(tokenizer);  // and write the rest
 *	wp_tokenizer_free(tokenizer);
 *
 * What comes out does not depend on how the input is cut into blocks.  A tokenizer holds back
 * no more than the input's last line, and with words or white space as tokens no more than what
 * follows the last white space.  It belongs to one thread at a time.
 *
 * Lines end with LF only; CR before LF and a byte order mark at the beginning are dropped.
 * Malformed UTF-8 becomes U+FFFD.  wordpipe(7) and token_text.h describe the form of the
 * output.
 */
#ifndef WP_TEXT_TOKENIZE_H
#define WP_TEXT_TOKENIZE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "text/languages.h"
#include "text/normalize.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The tokens that stand for the bounds of a line. */
#define WP_SENTENCE_START "SENTENCE_START"
#define WP_SENTENCE_END   "SENTENCE_END"

enum wp_token_unit {
	WP_TOKENS_WORDS,    /* segments between the word boundaries of UAX #29, without space */
	WP_TOKENS_TREEBANK, /* words, marks and clitics as in the Penn Treebank               */
	WP_TOKENS_SPACE,    /* what stands between white space                                */
	WP_TOKENS_CHARS,    /* grapheme clusters: what a reader takes for one character       */
	WP_TOKENS_CODE_POINTS, /* code points */
	WP_TOKENS_BYTES, /* bytes, whatever they are; nothing is dropped or repaired       */
};

struct wp_tokenizer_options {
	size_t longest; /* bytes of a line that has to be held whole, or of text without white
			   space; more is WP_ELIMIT; 0: 256 MiB */
	enum wp_token_unit unit;
	enum wp_normal_form form; /* applied first */
	bool lower;       /* tokens in lower case                                      */
	bool fold_digits; /* each decimal digit becomes 0                              */
	bool fold_case; /* full case folding: upper and lower case are the same, also of ss   */
	bool strip_accents; /* letters without their accents */
	bool sentences;     /* one sentence a line; otherwise lines stay as they are     */
	bool markers;       /* each line between SENTENCE_START and SENTENCE_END         */
	bool labels;        /* what precedes a line's first TAB is passed on, with it    */
	/* The text is tagged and in columns, a token a line: the fields of words and tags, from
	 * 1, or from the last field by -1, -2 ...; 0: it is not.  Then a sentence is written a
	 * line, its tags and a TAB before its tokens.  tag_column 0: words alone. */
	int word_column, tag_column;
	bool conllu;       /* ... and by the rules of CoNLL-U */
	bool even_columns; /* each line has to have as many fields as the first, in CoNLL-U 10
			    */
	bool learn; /* abbreviations are learnt before the text is tokenized: wp_tokenizer_learn
		     */
	bool keep_lines;  /* lines without tokens too: n lines in, n lines out         */
	bool no_newlines; /* see wp_tokenizer_newlines                                 */
	bool strict;      /* malformed UTF-8 is an error                               */
	bool web; /* addresses, tags, names, emoticons, runs of marks are one token each; with
		   * sentences, these may begin in lower case */
	const char *language; /* ISO 639-1 code of the text's language, or NULL      */
	enum wp_hyphens hyphens;
	const char *dictionary;    /* file of words and counts, or "icu", or NULL            */
	const char *abbreviations; /* file of more abbreviations, or NULL                 */
};

/* Words, nothing changed. */
struct wp_tokenizer_options wp_tokenizer_options_default(void);

/* WP_EINVAL where options contradict each other; the detail names them as the options of
 * tokenize(1). */
WP_MUST_CHECK enum wp_err wp_tokenizer_options_check(
	const struct wp_tokenizer_options *options);

/* Where characters or bytes are the tokens and lines are nothing but lines, LF is the last
 * token of its line: the tokens, joined, are the text.  Not with markers, labels or sentences,
 * which say by themselves where a line ends, and not with no_newlines. */
bool wp_tokenizer_newlines(const struct wp_tokenizer_options *options);

struct wp_tokenizer_counts {
	uint64_t bytes_read;
	uint64_t tokens, lines; /* written; markers and labels are no tokens */
	uint64_t no_spaces;     /* characters of scripts without spaces that became tokens  */
	uint64_t invalid;       /* malformed sequences replaced by U+FFFD    */
};

struct wp_tokenizer;

/* Set *tokenizer up; options are checked and copied. */
WP_MUST_CHECK enum wp_err wp_tokenizer_create(
	struct wp_tokenizer **tokenizer, const struct wp_tokenizer_options *options);
void wp_tokenizer_free(struct wp_tokenizer *tokenizer); /* may be NULL */

/* With options.learn: look at n bytes of the text, all of which is given to this function
 * before any of it is tokenized. */
WP_MUST_CHECK enum wp_err wp_tokenizer_learn(
	struct wp_tokenizer *tokenizer, const char *bytes, size_t n);

/* That was all; *learnt is the number of abbreviations. */
WP_MUST_CHECK enum wp_err wp_tokenizer_learnt(struct wp_tokenizer *tokenizer, size_t *learnt);

/* Name the input for messages; borrowed until another name is given.  "text" at first. */
void wp_tokenizer_name(struct wp_tokenizer *tokenizer, const char *name);

/* Read n bytes.  WP_ECORRUPT for malformed UTF-8 where that is refused, and for lines without
 * their label, word or tag. */
WP_MUST_CHECK enum wp_err wp_tokenizer_feed(
	struct wp_tokenizer *tokenizer, const char *bytes, size_t n);

/* The input ends: so does its last line.  Further input may follow as another text. */
WP_MUST_CHECK enum wp_err wp_tokenizer_end_input(struct wp_tokenizer *tokenizer);

/* The token text since the last drain; borrowed until the next call but this. */
const char *wp_tokenizer_output(const struct wp_tokenizer *tokenizer, size_t *length);
void wp_tokenizer_drain(struct wp_tokenizer *tokenizer);

/* Since the tokenizer was created. */
struct wp_tokenizer_counts wp_tokenizer_counts(const struct wp_tokenizer *tokenizer);

#ifdef __cplusplus
}
#endif
#endif
