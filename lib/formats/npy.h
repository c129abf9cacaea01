/* NumPy's .npy files: one array each.
 *
 * Read: versions 1 to 3 of the format; bool (as u8), int8, uint8, int32, int64, float16,
 * float32 and float64 in either byte order; up to WP_RANK_MAX axes; C order, and Fortran order
 * for up to two axes; strings of Unicode (<U5) or of bytes (|S5).  Written: version 1, C order,
 * this machine's byte order, data at a multiple of 64.
 */
#ifndef WP_FORMATS_NPY_H
#define WP_FORMATS_NPY_H

#include "base/strings.h"
#include "stream/input.h"
#include "stream/output.h"
#include "stream/tensor.h"
#include "stream/writer.h"

#ifdef __cplusplus
extern "C" {
#endif

/* An array that was read; a zeroed struct is empty. */
struct wp_npy {
	struct wp_tensor tensor;   /* type and shape; no name */
	const void *data;          /* in this machine's byte order and C order; in the input's
				    * memory where that can be, so valid until it is read on
				    * or closed; alignment is not promised                       */
	struct wp_strings strings; /* of an array of strings: data is NULL then, and these are
				    * its elements                                         */
	void *own;                 /* internal */
};

/* Read the whole input.  WP_ECORRUPT where it is no such file or has more than one array,
 * WP_ETRUNC where data are missing, WP_EMISMATCH for an array that a tensor stream cannot hold.
 */
WP_MUST_CHECK enum wp_err wp_npy_read(struct wp_npy *npy, struct wp_input *input);
void wp_npy_fini(struct wp_npy *npy);

/* Write a numeric tensor.  bf16, which NumPy does not have, becomes float32. */
WP_MUST_CHECK enum wp_err wp_npy_write(
	struct wp_output *output, const struct wp_tensor *tensor, const void *data);

/* Write the first `count` strings as a list of Unicode strings.  WP_EMISMATCH for one that is
 * not UTF-8, or ends in a NUL, which NumPy would drop.  name: for messages. */
WP_MUST_CHECK enum wp_err wp_npy_write_strings(struct wp_output *output, const char *name,
	const struct wp_strings *strings, size_t count);

/* Put the strings that were read, with npy->tensor.dim[0] rows at most, as tensor NAME. */
WP_MUST_CHECK enum wp_err wp_npy_put_strings(
	struct wp_writer *writer, const char *name, struct wp_npy *npy);

#ifdef __cplusplus
}
#endif
#endif
