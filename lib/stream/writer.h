/* Writing a tensor stream.
 *
 *	wp_writer_open(&w, output, 0);
 *	t = wp_tensor_2d("embedding", WP_F32, v, d);
 *	wp_writer_put(w, &t, data);
 *	wp_writer_finish(w);
 *
 * A tensor whose length is not known beforehand is put as slices: the same name again and again
 * with dim[0] rows each and more = true; the last slice, which may have no rows, has more =
 * false.  Slices of several tensors may take turns.  The writer numbers the rows itself.
 */
#ifndef WP_STREAM_WRITER_H
#define WP_STREAM_WRITER_H

#include "base/strings.h"
#include "stream/output.h"
#include "stream/tensor.h"

#ifdef __cplusplus
extern "C" {
#endif

struct wp_writer;
struct wp_reader;

/* Begin a stream on output, which belongs to the writer from here on, also when this fails.
 * level: 0 stores payloads as they are, 1 (quick) to 9 (small) deflates those that shrink.
 * WP_EINVAL where the output is a terminal. */
WP_MUST_CHECK enum wp_err wp_writer_open(
	struct wp_writer **writer, struct wp_output *output, int level);

/* Write one record, which is then on its way to the next program.  data holds the elements in
 * row-major order and in this machine's byte order; strings go by wp_writer_put_strings.
 * tensor->first is ignored.  WP_EINVAL for a shape or name that does not fit the stream so
 * far. */
WP_MUST_CHECK enum wp_err wp_writer_put(
	struct wp_writer *writer, const struct wp_tensor *tensor, const void *data);

/* The same for strings: list->count must be the product of tensor's dimensions. */
WP_MUST_CHECK enum wp_err wp_writer_put_strings(struct wp_writer *writer,
	const struct wp_tensor *tensor, const struct wp_strings *list);

/* A slice of a tensor of rank 1, of n elements, or of rank 2, of so many rows; more: others
 * follow. */
WP_MUST_CHECK enum wp_err wp_writer_put_slice(struct wp_writer *writer, const char *name,
	enum wp_type type, const void *data, size_t n, bool more);
WP_MUST_CHECK enum wp_err wp_writer_put_rows(struct wp_writer *writer, const char *name,
	enum wp_type type, const void *data, size_t rows, size_t columns, bool more);

/* A whole list of strings as one tensor of rank 1. */
WP_MUST_CHECK enum wp_err wp_writer_put_list(
	struct wp_writer *writer, const char *name, const struct wp_strings *list);

/* Pass on the record at which the reader stands: same name, shape and bytes. */
WP_MUST_CHECK enum wp_err wp_writer_pass(struct wp_writer *writer, struct wp_reader *reader);

/* Write the elements of the record at which the reader stands under the name, shape and flag of
 * tensor. */
WP_MUST_CHECK enum wp_err wp_writer_copy(
	struct wp_writer *writer, struct wp_reader *reader, const struct wp_tensor *tensor);

/* For messages and for progress. */
struct wp_output *wp_writer_output(struct wp_writer *writer);

/* End the stream as whole and close the output (wp_output_close); then the writer can only be
 * finished or abandoned.  WP_EINVAL where a tensor still expects slices. */
WP_MUST_CHECK enum wp_err wp_writer_close(struct wp_writer *writer);

/* End the stream as whole, commit the output and free the writer, also on failure.  WP_EINVAL
 * where a tensor still expects slices: then the stream is ended as failed. */
WP_MUST_CHECK enum wp_err wp_writer_finish(struct wp_writer *writer);

/* End the stream as failed, for whoever is reading it already, with the reason (a few words, or
 * NULL); drop the output's file; free the writer.  May be given NULL.  Never makes a whole
 * stream. */
void wp_writer_abandon(struct wp_writer *writer, const char *reason);

/* The same, but the file appears: for what is of use also where it is not whole, and must not
 * be taken for that.  Tensors that expect slices are left open. */
WP_MUST_CHECK enum wp_err wp_writer_fail(struct wp_writer *writer, const char *reason);

#ifdef __cplusplus
}
#endif
#endif
