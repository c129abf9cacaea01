/* The tokenizer for pairs of texts (text/pair_text.h): each side by a tokenizer of its own, as
 * both may be in different languages.  Used as text/tokenize.h says; a line of output for each
 * line of input, also where a side has no tokens. */
#ifndef WP_TEXT_PAIR_TOKENIZE_H
#define WP_TEXT_PAIR_TOKENIZE_H

#include "text/pair_text.h"
#include "text/tokenize.h"

#ifdef __cplusplus
extern "C" {
#endif

struct wp_pair_tokenizer;

/* The options are those of both sides; options.language may name two languages, `de,en`, of the
 * source and of the target.  Lines are pairs: WP_EINVAL for options.sentences, columns and
 * learn, the detail as of wp_tokenizer_options_check.  Lines that are no pairs are left out
 * with `drop`. */
WP_MUST_CHECK enum wp_err wp_pair_tokenizer_create(struct wp_pair_tokenizer **tokenizer,
	const struct wp_tokenizer_options *options, bool drop);
void wp_pair_tokenizer_free(struct wp_pair_tokenizer *tokenizer); /* may be NULL */

/* Name the input for messages; copied, and cut to 200 bytes. */
void wp_pair_tokenizer_name(struct wp_pair_tokenizer *tokenizer, const char *name);

/* Read n bytes.  WP_ECORRUPT for a line that is no pair, which is named, unless those are left
 * out, and for malformed
 * UTF-8 where that is refused. */
WP_MUST_CHECK enum wp_err wp_pair_tokenizer_feed(
	struct wp_pair_tokenizer *tokenizer, const char *bytes, size_t n);

/* The input ends: so does its last line.  Further input may follow as another text. */
WP_MUST_CHECK enum wp_err wp_pair_tokenizer_end_input(struct wp_pair_tokenizer *tokenizer);

/* The token text since the last drain; borrowed until the next call but this. */
const char *wp_pair_tokenizer_output(const struct wp_pair_tokenizer *tokenizer, size_t *length);
void wp_pair_tokenizer_drain(struct wp_pair_tokenizer *tokenizer);

/* Of both sides; bytes_read and lines are those of the pairs. */
struct wp_tokenizer_counts wp_pair_tokenizer_counts(const struct wp_pair_tokenizer *tokenizer);

/* And what was left out. */
struct wp_pair_counts wp_pair_tokenizer_pairs(const struct wp_pair_tokenizer *tokenizer);

/* Options as the history of a stream has them, `--pair --lower --language=de,en`, as another
 * text of pairs needs them, or, without `pair`, one of the side alone: `--lower --language=de`.
 * Written to `to`, which has room for length + WP_PAIR_OPTION bytes, without a zero; returns
 * how many. */
enum { WP_PAIR_OPTION = 8 };
size_t wp_pair_tokenizer_adapt(
	const char *options, size_t length, bool pair, enum wp_side side, char *to);

#ifdef __cplusplus
}
#endif
#endif
