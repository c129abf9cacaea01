/* Rows of numbers as streams store them: f32, or small, as f16, bf16, or i8 with a scale for
 * each row (tensor-stream(5), Small numbers); so that what is read row by row, as word vectors
 * are, can stay as it is, in the mapped file. */
#ifndef WP_STREAM_STORED_H
#define WP_STREAM_STORED_H

#include "stream/tensor.h"

#ifdef __cplusplus
extern "C" {
#endif

/* All borrowed. */
struct wp_stored {
	enum wp_type type; /* WP_F32, WP_F16, WP_BF16, or WP_I8, which has scales       */
	size_t rows, cols;
	const void *data;     /* (rows, cols), or of fewer rows where there are places  */
	const float *scale;   /* of each row of data, of i8; else NULL                  */
	const int32_t *place; /* (rows): which row of data it is, negative: zeros; NULL: that
			       * of the same number                                     */
};

/* Is it one of the types above? */
bool wp_stored_holds(enum wp_type type);

/* to (cols) = row `row`, or += it. */
void wp_stored_row(const struct wp_stored *stored, size_t row, float *to);
void wp_stored_add_row(const struct wp_stored *stored, size_t row, float *to);

/* to (rows, cols) = all of them. */
void wp_stored_rows(const struct wp_stored *stored, float *to);

/* i8 (rows, cols) and scale (rows) of rows of finite numbers: each number is its row's scale
 * times -127 to 127, the scale being the largest over 127, rounded up to eight bits. */
void wp_quantize(const float *from, size_t rows, size_t cols, int8_t *to, float *scale);

/* "NAME.scale", the tensor of the scales of NAME, into scales; WP_EINVAL where it is longer
 * than names may be. */
WP_MUST_CHECK enum wp_err wp_scale_name(const char *name, char scales[WP_NAME_SIZE]);

/* Does `scales` have this name, so that it may be the scales of NAME? */
bool wp_is_scale_of(const char *scales, const char *name);

/* May this tensor be the scales of another one: f32, of one axis, called NAME.scale?  Then base
 * is NAME. */
bool wp_may_be_scale(const struct wp_tensor *tensor, char base[WP_NAME_SIZE]);

/* Are these the scales of that tensor, both whole?  WP_EMISMATCH where their types and shapes
 * do not fit, WP_ECORRUPT where a scale is below 0 or not finite.  from: the file; scale NULL:
 * the stream has none, which is WP_EMISMATCH. */
WP_MUST_CHECK enum wp_err wp_check_scale(const char *from, const struct wp_tensor *tensor,
	const struct wp_tensor *scale, const float *scales);

#ifdef __cplusplus
}
#endif
#endif
