/* Cut token text into tokens, sentences, and labels or tags, a block at a time.  (Internal.)
 *
 * Token text is lines of tokens separated by white space (space, tab, carriage return, any run
 * of them); a line feed ends a sentence, and what stands after the last one is a sentence too.
 * Tokens are any other bytes; escapes (\s \n \t \\) are undone.
 */
#ifndef WP_TEXT_TOKEN_SPLIT_H
#define WP_TEXT_TOKEN_SPLIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/error.h"
#include "text/id_batch.h"

enum {
	WP_KEY_BYTES =
		16, /* tokens up to this length are compared and hashed as two integers */
	WP_SPLIT_TOKENS = 2049, /* at most in a window */
};

struct wp_token {
	uint64_t key[2]; /* the first 16 bytes, zeros behind the token's end */
	const char *bytes;
	size_t length; /* at least 1 */
};

/* What one window of the text held.  Borrowed until wp_split_sink returns. */
struct wp_split {
	uint64_t line; /* of the text, from 1, in which the window begins */
	const struct wp_token *tokens;
	size_t token_count;
	/* Sentence s ends before token sentence_ends[s] of this window. */
	const uint32_t *sentence_ends;
	size_t sentence_count;
	/* Of the lines whose first tab is in this window; or the tags before it that are. */
	const struct wp_token *labels;
	size_t label_count;
};

typedef enum wp_err wp_split_sink(void *arg, const struct wp_split *split);

struct wp_splitter;

/* What is found goes to sink(arg, ...).  Where the text is annotated, each line has a tab
 * behind its label, which is taken as it stands, or behind its tags, which are separated and
 * escaped as tokens are; WP_ECORRUPT where the tab is missing, the label, or a tag, except that
 * a line of a tagged text may be empty.  No token goes to the sink before its tag has. */
WP_MUST_CHECK enum wp_err wp_splitter_create(struct wp_splitter **splitter,
	enum wp_annotation annotation, wp_split_sink *sink, void *arg);
void wp_splitter_free(struct wp_splitter *splitter);

/* The next block of the text, of any size and cut anywhere.  All tokens whose end it shows have
 * gone to the sink when this returns.  Fails where the sink does. */
WP_MUST_CHECK enum wp_err wp_splitter_feed(
	struct wp_splitter *splitter, const char *block, size_t size);

/* The text is at its end: the last token and sentence go to the sink. */
WP_MUST_CHECK enum wp_err wp_splitter_finish(struct wp_splitter *splitter);

/* The key of a token, from any bytes.  The token borrows them. */
struct wp_token wp_token_make(const char *bytes, size_t length);

/* The same for bytes that have 16 readable ones behind their begin: without a branch. */
static inline void wp_token_set(struct wp_token *token, const char *bytes, size_t length)
{
	/* The 16 bytes that end `length` before the border of ones and zeros. */
	static const unsigned char border[2 * WP_KEY_BYTES] = {0xff, 0xff, 0xff, 0xff, 0xff,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	uint64_t mask[2];
	memcpy(mask, border + WP_KEY_BYTES - (length < WP_KEY_BYTES ? length : WP_KEY_BYTES),
		sizeof mask);
	memcpy(token->key, bytes, sizeof token->key);
	token->key[0] &= mask[0];
	token->key[1] &= mask[1];
	token->bytes = bytes;
	token->length = length;
}

#endif
