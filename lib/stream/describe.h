/* Say in words what is in a stream: the work of ts-info. */
#ifndef WP_STREAM_DESCRIBE_H
#define WP_STREAM_DESCRIBE_H

#include "stream/output.h"
#include "stream/reader.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Read all streams of reader to the end and write, for each, a line a tensor (name, type,
 * shape, slices, bytes; a look at the first values) or one JSON object on a line of its own. */
WP_MUST_CHECK enum wp_err wp_describe(
	struct wp_reader *reader, struct wp_output *output, bool json);

#ifdef __cplusplus
}
#endif
#endif
