/* Reading a tensor stream.
 *
 *	wp_reader_open(&r, path);
 *	while (!(err = wp_reader_next(r, &t)))
 *		if (strcmp(t->name, "embedding") == 0)
 *			err = wp_reader_data(r, &data, &size);
 *	wp_reader_close(r);             (err is WP_END where the stream was whole)
 *
 * Everything is checked while it is read: checksums, shapes, the order of slices, and the end
 * record.  A stream that is cut short anywhere, or whose writer failed, is WP_ETRUNC; a damaged
 * one is WP_ECORRUPT; the detail names the file, the record and the byte.  Memory grows with
 * the data that has arrived, never with what a header claims.  A regular file is mapped and its
 * payloads are used in place.
 */
#ifndef WP_STREAM_READER_H
#define WP_STREAM_READER_H

#include "base/strings.h"
#include "stream/input.h"
#include "stream/tensor.h"

#ifdef __cplusplus
extern "C" {
#endif

struct wp_reader;
struct wp_header;

/* What a function that reads a stream does with a record that it has no use for itself: pass it
 * on, say (wp_writer_pass).  A failure ends the reading. */
typedef enum wp_err wp_record_fn(
	void *arg, struct wp_reader *reader, const struct wp_tensor *tensor);

/* Open path (NULL, "-": standard input) and read the signature. */
WP_MUST_CHECK enum wp_err wp_reader_open(struct wp_reader **reader, const char *path);

/* The same over an input, which belongs to the reader from here on, also when this fails. */
WP_MUST_CHECK enum wp_err wp_reader_over(struct wp_reader **reader, struct wp_input *input);

/* Could the input be a stream, by its first bytes?  Nothing of it is consumed. */
WP_MUST_CHECK enum wp_err wp_reader_may_read(struct wp_input *input, bool *may);

/* May be given NULL. */
void wp_reader_close(struct wp_reader *reader);

/* For messages: the path, or "<stdin>". */
const char *wp_reader_name(const struct wp_reader *reader);

/* Go to the next record; what the last one had is checked even if nobody looked at it.
 * *tensor is borrowed until the next call.  WP_END after a good end record. */
WP_MUST_CHECK enum wp_err wp_reader_next(
	struct wp_reader *reader, const struct wp_tensor **tensor);

/* The elements of the record at which the reader stands, in this machine's byte order, aligned
 * to 16 bytes or better, borrowed until wp_reader_next.  For strings: the payload as it is. */
WP_MUST_CHECK enum wp_err wp_reader_data(
	struct wp_reader *reader, const void **data, size_t *size);

/* The same in pieces, for who looks at data of any size in little memory: *size bytes more of
 * the payload, decoded, in the byte order of the stream (little endian), borrowed until the
 * next call.  All pieces but the last are a multiple of 64 bytes.  *size is 0 at the end, by
 * when everything was checked, the lengths of strings included; not before, so do not trust
 * what was given until then.  Of a record, take either the whole or pieces. */
WP_MUST_CHECK enum wp_err wp_reader_piece(
	struct wp_reader *reader, const void **data, size_t *size);

/* Append the strings of the record at which the reader stands to list. */
WP_MUST_CHECK enum wp_err wp_reader_strings(struct wp_reader *reader, struct wp_strings *list);

/* Streams that follow each other, as `cat a b` makes them: by default more data after an end
 * record is an error.  Once allowed, wp_reader_next gives WP_END at the end of each stream, and
 * wp_reader_next_stream goes on to the next one: WP_OK, or WP_END where that was the last. */
void wp_reader_allow_joined(struct wp_reader *reader);
WP_MUST_CHECK enum wp_err wp_reader_next_stream(struct wp_reader *reader);

/* Does another stream precede the one that is read? */
bool wp_reader_is_joined(const struct wp_reader *reader);

/* Which of the stream's tensors the current record belongs to, counted from 0 in the order of
 * their first records. */
size_t wp_reader_index(const struct wp_reader *reader);

/* From now on, refuse with WP_ELIMIT to hold a record of more than `limit` bytes as a whole,
 * but for those that are used in place; 0: any is held. */
void wp_reader_limit(struct wp_reader *reader, size_t limit);

/* Records read so far, and the byte of the input where the current one begins: for messages. */
uint64_t wp_reader_records(const struct wp_reader *reader);
uint64_t wp_reader_offset(const struct wp_reader *reader);

/* The record as it is stored, for wp_writer_pass; stored may be NULL: only the header. */
WP_MUST_CHECK enum wp_err wp_reader_stored(
	struct wp_reader *reader, const struct wp_header **header, const void **stored);

/* While the checksum of the current record's payload is computed, see(arg, data, size) is told
 * again and again that of the elements at data the first `size` bytes have been seen: a pass
 * over large data that costs little, as they are in the cache.  They may still turn out to be
 * corrupt. False, and see is not called, where elements are not used in place. */
struct wp_watch {
	void (*see)(void *arg, const void *data, size_t size);
	void *arg;
};
bool wp_reader_watch(struct wp_reader *reader, const struct wp_watch *watch);

/* The records before the current one will not be looked at again: of a mapped file, their
 * memory goes back to the system.  For who reads large files once, and wants to stay small. */
void wp_reader_forget(struct wp_reader *reader);

/* True where payloads are used in place: they then stay valid until wp_reader_close, unless
 * they are compressed. */
bool wp_reader_is_mapped(const struct wp_reader *reader);

#ifdef __cplusplus
}
#endif
#endif
