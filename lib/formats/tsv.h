/* Tables as text: one row a line, fields separated by tabs.
 *
 * The first field of each row may be a word, escaped as in token text, so that no word breaks a
 * line; the others are numbers.  A table has no heading line.
 */
#ifndef WP_FORMATS_TSV_H
#define WP_FORMATS_TSV_H

#include <stdbool.h>

#include "base/strings.h"
#include "stream/input.h"
#include "stream/output.h"
#include "stream/tensor.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A table that was read; a zeroed struct is empty. */
struct wp_tsv {
	struct wp_strings words; /* one for each row, or none                              */
	struct wp_tensor tensor; /* its shape: (rows, columns), or (rows) where there is but
				  * one column; no name                                    */
	void *data;
	size_t room; /* internal */
};

/* Read numbers of a type; with has_words the first field of each row is a word.  At most top
 * rows, if that is not 0.  WP_ECORRUPT for an empty input, and, naming the line, for rows of
 * different lengths and for what is not a number of that type. */
WP_MUST_CHECK enum wp_err wp_tsv_read(struct wp_tsv *tsv, struct wp_input *input,
	enum wp_type type, bool has_words, size_t top);
void wp_tsv_fini(struct wp_tsv *tsv);

/* Write a numeric tensor of rank 0 to 2, each row after its word if words is not NULL.  Floats
 * read back as the same values.  WP_EMISMATCH for more axes. */
WP_MUST_CHECK enum wp_err wp_tsv_write(struct wp_output *output, const struct wp_tensor *tensor,
	const void *data, const struct wp_strings *words);

/* A list of words, one a line in escaped form. */
WP_MUST_CHECK enum wp_err wp_tsv_read_words(
	struct wp_strings *words, struct wp_input *input, size_t top);
WP_MUST_CHECK enum wp_err wp_tsv_write_words(
	struct wp_output *output, const struct wp_strings *words, size_t count);

/* Read all of [p, end) as one number of the type; false where it is none that the type holds.
 */
bool wp_tsv_scan(const char *p, const char *end, enum wp_type type, void *to);

/* Print element i of data, of a numeric type; returns where it ends.  WP_NUMBER_ROOM bytes may
 * be used. */
char *wp_tsv_print(char *to, const void *data, enum wp_type type, size_t i);

#ifdef __cplusplus
}
#endif
#endif
