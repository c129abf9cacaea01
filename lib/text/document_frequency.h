/* Document frequencies: in how many rows of a matrix each column occurs, and what a column
 * weighs because of that.
 *
 * In a stream, behind the matrix: `df.rows` (i64, 1), and in slices that take turns the columns
 * that occur, `df.col` (i32), and the numbers of their rows, `df.count` (i32).
 */
#ifndef WP_TEXT_DOCUMENT_FREQUENCY_H
#define WP_TEXT_DOCUMENT_FREQUENCY_H

#include <stddef.h>
#include <stdint.h>

#include "base/strings.h"
#include "stream/reader.h"
#include "stream/writer.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Inverse document frequency, of a column that df of S rows have. */
enum wp_idf {
	WP_IDF_SMOOTH,   /* ln((1 + S) / (1 + df)) + 1: as if one more row had all columns */
	WP_IDF_PLAIN,    /* ln(S / df) + 1                                                 */
	WP_IDF_TEXTBOOK, /* ln(S / df)                                                     */
	WP_IDF_NONE      /* 1                                                              */
};

/* A zeroed struct has no columns. */
struct wp_df {
	int64_t rows, columns;
	uint32_t *count; /* by column           */
	enum wp_idf form;
	double *known; /* internal: idf by count */
	size_t room;   /* internal: of count, once it was widened; and the bytes it may take */
	size_t memory;
};

/* Of so many columns and no rows.  WP_ELIMIT where they take more than `memory` bytes, at four
 * each. */
WP_MUST_CHECK enum wp_err wp_df_init(struct wp_df *df, int64_t columns, size_t memory);
void wp_df_fini(struct wp_df *df);

/* From now on there are so many columns, those that are new without rows.  WP_ELIMIT as above.
 */
WP_MUST_CHECK enum wp_err wp_df_widen(struct wp_df *df, int64_t columns);

/* Count a row with these columns, none of them twice. */
void wp_df_add(struct wp_df *df, const int32_t *columns, size_t n);

/* All rows are counted: weigh by this form from now on. */
WP_MUST_CHECK enum wp_err wp_df_weigh(struct wp_df *df, enum wp_idf form);

/* What a column weighs; 0 for one that no row has. */
double wp_df_idf(const struct wp_df *df, int32_t column);

WP_MUST_CHECK enum wp_err wp_df_put(const struct wp_df *df, struct wp_writer *writer);

/* Read a stream with the document frequencies of a matrix `onehot`, and its vocabulary, which
 * the caller frees.  WP_EMISMATCH where it has none; WP_ELIMIT as above. */
WP_MUST_CHECK enum wp_err wp_df_read(
	struct wp_df *df, struct wp_strings *vocab, struct wp_reader *reader, size_t memory);

#ifdef __cplusplus
}
#endif
#endif
