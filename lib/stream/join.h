/* Joining tensor streams into one: the work of ts-cat. */
#ifndef WP_STREAM_JOIN_H
#define WP_STREAM_JOIN_H

#include "stream/reader.h"
#include "stream/writer.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A tensor whose rows are those of a text or series (stream/row_kind.h), or that comes in
 * slices, is a sequence; any other belongs to all streams alike.  A stream has either the same
 * tensors as one of those before, or no sequence that they have.  In the first case its
 * sequences follow those of one name, what is whole must be the same, and `counts`, as well as
 * `target.counts`, are added up, and written last.  In the second case it is another part of
 * the same thing: its tensors are added to the others, and those that both have, `counts` too,
 * must be the same.  Counts that come with vectors and no text are never added.  `history` is
 * the first stream's. */
struct wp_join;

/* What is joined goes to writer, which stays the caller's. */
WP_MUST_CHECK enum wp_err wp_join_create(struct wp_join **join, struct wp_writer *writer);

/* May be given NULL. */
void wp_join_free(struct wp_join *join);

/* Add all streams of reader.  WP_EMISMATCH where they do not fit those before. */
WP_MUST_CHECK enum wp_err wp_join_add(struct wp_join *join, struct wp_reader *reader);

/* For who joins only some of the records: a stream of that name begins, and that before ends;
 * and the record at which its reader stands is one of them. */
WP_MUST_CHECK enum wp_err wp_join_begin_stream(struct wp_join *join, const char *name);
WP_MUST_CHECK enum wp_err wp_join_record(
	struct wp_join *join, struct wp_reader *reader, const struct wp_tensor *tensor);

/* Complete the tensors; the writer can then be finished. */
WP_MUST_CHECK enum wp_err wp_join_finish(struct wp_join *join);

#ifdef __cplusplus
}
#endif
#endif
