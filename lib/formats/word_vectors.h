/* Word vectors as other programs write them: word2vec's text and binary forms, and GloVe's
 * text.
 *
 * Text: "word v1 ... vD" a line, separated by single spaces.  word2vec and fastText begin with
 * a line "V D" (words, dimensions), GloVe does not.  Files in use have words with spaces and
 * other white space in them, words that are not UTF-8, a space or a CR at the end of lines: so
 * the last D fields of a line are the numbers, and whatever bytes stand before them are the
 * word.
 *
 * Binary: the line "V D", then for each word its bytes, a space, D little-endian floats, and a
 * line feed, which some writers leave out.
 *
 * Memory grows with the data that has arrived, not with what a header claims.
 */
#ifndef WP_FORMATS_WORD_VECTORS_H
#define WP_FORMATS_WORD_VECTORS_H

#include <stdbool.h>

#include "base/strings.h"
#include "stream/input.h"
#include "stream/output.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A zeroed struct is empty. */
struct wp_word_vectors {
	struct wp_strings words;
	float *vector; /* (count, dim): row i belongs to word i */
	size_t count, dim;
	size_t room;       /* floats allocated */
	bool had_header;   /* of text: it began with a line "V D" */
	bool maybe_header; /* internal: line 1 may be one after all */
};

void wp_word_vectors_fini(struct wp_word_vectors *vectors);

struct wp_vectors_form {
	bool no_header; /* text: even a first line of two whole numbers is a row; otherwise such
			 * a line, and no other, is the header */
	size_t dim; /* length of the vectors where no header tells; 0: the fields of the first
		     * line, less one */
	size_t top; /* read so many rows at most; 0: all */
};

/* WP_ECORRUPT for what is not of this form, WP_ETRUNC where rows are missing that the header
 * promised; the detail names the line or the byte. */
WP_MUST_CHECK enum wp_err wp_word_vectors_read_text(struct wp_word_vectors *vectors,
	struct wp_input *input, const struct wp_vectors_form *form);
WP_MUST_CHECK enum wp_err wp_word_vectors_read_binary(
	struct wp_word_vectors *vectors, struct wp_input *input, size_t top);

/* Write count rows of dim numbers.  Numbers in text read back as the same floats.  WP_EMISMATCH
 * for a word that the form cannot hold: one with a line feed, and in binary one with a space.
 */
WP_MUST_CHECK enum wp_err wp_word_vectors_write_text(struct wp_output *output,
	const struct wp_strings *words, const float *vector, size_t count, size_t dim,
	bool header);
WP_MUST_CHECK enum wp_err wp_word_vectors_write_binary(struct wp_output *output,
	const struct wp_strings *words, const float *vector, size_t count, size_t dim);

#ifdef __cplusplus
}
#endif
#endif
