/* Text in columns (text/column_text.h) out of a file of it, or out of a tensor stream: the
 *tokens of `vocab`, `ids` and `lengths`, further columns `column.NAME`, which are ids of
 * `column.NAME.vocab` or numbers, and `tags`.
 *
 *	wp_columns_open(&columns, path, NULL, -1);
 *	... columns.input, which is text either way ...
 *	wp_columns_close(&columns);
 */
#ifndef WP_TEXT_COLUMN_STREAM_H
#define WP_TEXT_COLUMN_STREAM_H

#include <stdbool.h>

#include "base/strings.h"
#include "stream/input.h"

#ifdef __cplusplus
extern "C" {
#endif

struct wp_columns {
	struct wp_input *input;
	bool stream;             /* it was one: and then                                  */
	bool tags;               /* it has tags                                           */
	struct wp_strings names; /* of the columns behind that of tokens: NAME            */
	char *text;              /* internal: what was made of it                         */
};

/* Open a file, or with NULL standard input.  Of a stream: the columns of these names in this
 * order, or with NULL all, as they stand there; and the tags, if it has some, as column
 * tag_column from 0, or with -1 the last one.  Memory: a stream and its text.  WP_EMISMATCH
 * where a column is not there, or parts of a stream do not fit together. */
WP_MUST_CHECK enum wp_err wp_columns_open(struct wp_columns *columns, const char *path,
	const struct wp_strings *names, int tag_column);

/* The same of an input, which belongs to the columns from here on, also when this fails. */
WP_MUST_CHECK enum wp_err wp_columns_over(struct wp_columns *columns, struct wp_input *input,
	const struct wp_strings *names, int tag_column);

void wp_columns_close(struct wp_columns *columns); /* a zeroed struct is closed */

#ifdef __cplusplus
}
#endif
#endif
