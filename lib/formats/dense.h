/* Sparse matrices as dense tables, names for their columns, and elements of other types.
 * (Internal.) */
#ifndef WP_FORMATS_DENSE_H
#define WP_FORMATS_DENSE_H

#include "base/strings.h"
#include "stream/tensor_set.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Is there a sparse matrix NAME (NAME.row and so on; stream/cells.h) in the set? */
bool wp_dense_is_sparse(const struct wp_tensor_set *set, const char *name);

/* Its cells, borrowed from the set; false where it is not well formed. */
struct wp_dense_cells {
	const int32_t *row, *col;
	const void *value;    /* of type */
	const int64_t *shape; /* rows, columns: not negative */
	enum wp_type type;    /* WP_F32 or WP_F64 */
	size_t cells;
};
bool wp_dense_take_cells(
	const struct wp_tensor_set *set, const char *name, struct wp_dense_cells *cells);

/* The matrix NAME with its zeros, in rows of tensor->dim[1], the first `top` rows (0: all).
 * *data is the caller's to free.  WP_ELIMIT where it would take more than `memory` bytes. */
WP_MUST_CHECK enum wp_err wp_dense_fill(const struct wp_tensor_set *set, const char *name,
	uint64_t top, size_t memory, struct wp_tensor *tensor, void **data);

/* What the columns of the matrix NAME, so many, are called: tokens of `vocab`, or the n-grams
 * of NAME.ngram; none, with a count of 0, where the stream does not tell. */
WP_MUST_CHECK enum wp_err wp_dense_columns(const struct wp_tensor_set *set, const char *name,
	uint64_t columns, struct wp_strings *names);

/* Elements of another numeric type, *data the caller's to free.  WP_EMISMATCH, naming the row,
 * for one that is out of its range or, for whole numbers, has a fraction. */
WP_MUST_CHECK enum wp_err wp_dense_retype(
	const struct wp_tensor *tensor, const void *from, enum wp_type type, void **data);

#ifdef __cplusplus
}
#endif
#endif
