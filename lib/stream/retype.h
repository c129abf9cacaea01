/* A stream again with its large matrices in another type, to make models and vectors small:
 * f32, f16, bf16, or i8 with a scale for each row (tensor-stream(5), Small numbers). */
#ifndef WP_STREAM_RETYPE_H
#define WP_STREAM_RETYPE_H

#include "stream/reader.h"
#include "stream/writer.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What became of the numbers that changed their type. */
struct wp_retyped {
	size_t tensors;
	uint64_t before, after;   /* bytes, scales included                                  */
	double squares, errors;   /* the sums of the squares of numbers and of their errors   */
	double largest;           /* error, in parts of the largest number of its row        */
	char worst[WP_NAME_SIZE]; /* the tensor that has it                                  */
};

struct wp_retype;

/* type: WP_F32, WP_F16, WP_BF16 or WP_I8.  tensor: only the one of this name, whatever its
 * size; NULL: to make numbers small all matrices that wp_retype_is_worth, to make them f32 all
 * that are small.  The writer stays the caller's; tensor is borrowed. */
WP_MUST_CHECK enum wp_err wp_retype_create(struct wp_retype **retype, struct wp_writer *writer,
	enum wp_type type, const char *tensor);
void wp_retype_free(struct wp_retype *retype); /* may be NULL */

/* Write the record at which the reader stands, or keep it until the next one shows what it is.
 * One is in memory.  WP_EMISMATCH where the tensor asked for holds no such numbers, or one that
 * does not fit the type. */
WP_MUST_CHECK enum wp_err wp_retype_record(
	struct wp_retype *retype, struct wp_reader *reader, const struct wp_tensor *tensor);

/* After the last record.  WP_EMISMATCH where the tensor asked for never came. */
WP_MUST_CHECK enum wp_err wp_retype_finish(
	struct wp_retype *retype, const char *from, struct wp_retyped *retyped);

/* The rule of what becomes small: matrices of f32 of eight columns and 4,096 numbers at least,
 * or in slices, of vectors and of weights of networks.  Biases, gains and small matrices take
 * little and matter much; what belongs to a text or to other models stays. */
bool wp_retype_is_worth(const struct wp_tensor *tensor);

#ifdef __cplusplus
}
#endif
#endif
