/* Choosing, renaming and slicing the tensors of streams, and joining streams that have none in
 * common: the work of ts-select. */
#ifndef WP_STREAM_SELECT_H
#define WP_STREAM_SELECT_H

#include "stream/reader.h"
#include "stream/writer.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What to select; each may be NULL.  Names may hold one star, which stands for any bytes;
 * ranges are those of Python: FIRST:END:STEP. */
struct wp_select_settings {
	const char *tensor;    /* "vocab,embedding": only these                              */
	const char *without;   /* "counts,train.*": not these                                */
	const char *rename;    /* "a=b,old.*=new.*"                                          */
	const char *rows;      /* "0:100,-1": of every tensor; all must have as many         */
	const char *sequences; /* "0:100": of a text or series, by `lengths`                 */
	const char *slice;     /* "embedding[:100,0:2],map[::2]": of one, by its name before
				* renaming, axis by axis, after the other two                */
};

/* A tensor that several streams have must be the same in all of them, and is written once. */
struct wp_select;

/* The writer stays the caller's.  Without rows, sequences and slice, records are written as
 * they come, and one at a time is in memory; with any of these the tensors selected are.
 * WP_EINVAL for settings that cannot be read. */
WP_MUST_CHECK enum wp_err wp_select_create(struct wp_select **select, struct wp_writer *writer,
	const struct wp_select_settings *settings);

/* May be NULL. */
void wp_select_free(struct wp_select *select);

/* Another stream begins. */
void wp_select_begin_stream(struct wp_select *select);

/* Take the record at which the reader stands, any but one of `history`, which is the caller's.
 * WP_EMISMATCH where it does not go with streams before. */
WP_MUST_CHECK enum wp_err wp_select_record(
	struct wp_select *select, struct wp_reader *reader, const struct wp_tensor *tensor);

/* After the last stream: slice and write what is held.  WP_EMISMATCH where a name was selected
 * that is not there, or rows do not fit. */
WP_MUST_CHECK enum wp_err wp_select_finish(struct wp_select *select);

#ifdef __cplusplus
}
#endif
#endif
