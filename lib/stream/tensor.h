/* Tensor records: what the headers of a tensor stream say.  The format is in tensor-stream(5).
 */
#ifndef WP_STREAM_TENSOR_H
#define WP_STREAM_TENSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#ifdef __cplusplus
extern "C" {
#endif

enum wp_type {
	WP_I8 = 1,
	WP_U8,
	WP_I32,
	WP_I64,
	WP_F16,  /* IEEE 754 binary16                   */
	WP_BF16, /* the upper half of an F32            */
	WP_F32,
	WP_F64,
	WP_STRING /* UTF-8 by convention; any byte may occur */
};

enum {
	WP_RANK_MAX = 6,
	WP_NAME_SIZE = 40 /* of a tensor's name, with the NUL that ends it */
};

/* One record: a whole tensor, or one slice of it along the first axis. */
struct wp_tensor {
	char name[WP_NAME_SIZE];
	enum wp_type type;
	int rank;                  /* 0 (a scalar) to WP_RANK_MAX; at least 1 for slices     */
	uint64_t dim[WP_RANK_MAX]; /* of this slice; row-major, the last axis varies fastest */
	uint64_t first;            /* where on the first axis this slice begins              */
	bool more;                 /* further slices of this tensor follow                   */
};

/* A whole tensor of rank 0 to 3 in one record, for wp_writer_put, which
 * refuses a name of WP_NAME_SIZE bytes or more: then name has no NUL. */
struct wp_tensor wp_tensor_scalar(const char *name, enum wp_type type);
struct wp_tensor wp_tensor_1d(const char *name, enum wp_type type, uint64_t n);
struct wp_tensor wp_tensor_2d(const char *name, enum wp_type type, uint64_t n, uint64_t m);
struct wp_tensor wp_tensor_3d(
	const char *name, enum wp_type type, uint64_t n, uint64_t m, uint64_t k);

/* Elements of this record; false where the product does not fit size_t. */
WP_MUST_CHECK bool wp_tensor_count(const struct wp_tensor *tensor, size_t *count);

/* Elements of one step along the first axis; 1 for rank 0 and 1. */
WP_MUST_CHECK bool wp_tensor_row_count(const struct wp_tensor *tensor, size_t *count);

/* Bytes of one element; 0 for strings, which have no fixed size, and for no valid type. */
size_t wp_type_size(enum wp_type type);

/* f16, bf16, f32 or f64? */
bool wp_type_is_float(enum wp_type type);

/* "i8" ... "f64", "string"; "?" for no valid type. */
const char *wp_type_name(enum wp_type type);

/* The type of that name; false where there is none. */
WP_MUST_CHECK bool wp_type_parse(const char *name, enum wp_type *type);

/* "(30000, 100)" into text of size bytes; returns text. */
const char *wp_tensor_shape(const struct wp_tensor *tensor, char *text, size_t size);

#ifdef __cplusplus
}
#endif
#endif
