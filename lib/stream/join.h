/* Joining tensor streams into one: the work of ts-cat. */
#ifndef WP_STREAM_JOIN_H
#define WP_STREAM_JOIN_H

#include "stream/reader.h"
#include "stream/writer.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A tensor that comes in slices is a sequence: the streams' sequences of one name follow each
 * other.  A tensor that comes whole belongs to all streams alike: it must be the same in each,
 * but for `counts`, which are added up (and written last), and `history`, which is the first
 * stream's. */
struct wp_join;

/* What is joined goes to writer, which stays the caller's. */
WP_MUST_CHECK enum wp_err wp_join_create(struct wp_join **join, struct wp_writer *writer);

/* May be given NULL. */
void wp_join_free(struct wp_join *join);

/* Add all streams of reader.  WP_EMISMATCH where they do not fit those before. */
WP_MUST_CHECK enum wp_err wp_join_add(struct wp_join *join, struct wp_reader *reader);

/* For who joins only some of the records: a stream begins; and the record at which its reader
 * stands is one of them.  A tensor that is missing in a stream is not noticed. */
void wp_join_begin_stream(struct wp_join *join);
WP_MUST_CHECK enum wp_err wp_join_record(
	struct wp_join *join, struct wp_reader *reader, const struct wp_tensor *tensor);

/* Complete the tensors; the writer can then be finished. */
WP_MUST_CHECK enum wp_err wp_join_finish(struct wp_join *join);

#ifdef __cplusplus
}
#endif
#endif
