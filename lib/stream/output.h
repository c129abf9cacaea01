/* Byte output: the one way in which every program of the toolkit writes its result.
 *
 * To standard output, or to a file that gets its name only when everything went well: the bytes
 * go to a temporary file beside the target, which wp_output_commit renames.  Until then, and
 * after wp_output_discard, nothing stands under the final name that was not there before.  File
 * and name are on the disk (fsync) when wp_output_commit returns, so a power failure leaves the
 * new file or the old one, whole.
 */
#ifndef WP_STREAM_OUTPUT_H
#define WP_STREAM_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#ifdef __cplusplus
extern "C" {
#endif

struct wp_output;

/* Open path for writing; NULL and "-" mean standard output.  A path that exists and is no
 * regular file (a device, a fifo, /dev/stdout on a removed file) is written to directly.  On a
 * terminal, what could command it is shown as base/visible.h has it, but for line feeds and
 * tabs; elsewhere bytes are bytes. */
WP_MUST_CHECK enum wp_err wp_output_open(struct wp_output **output, const char *path);

/* Do two paths name the same regular file, or would they, where there is none yet? */
bool wp_output_same(const char *a, const char *b);

/* Does path name the regular file that fd is open on? */
bool wp_output_is_open_as(const char *path, int fd);

/* Collect the output in memory; see wp_output_collected. */
WP_MUST_CHECK enum wp_err wp_output_memory(struct wp_output **output);
const char *wp_output_collected(const struct wp_output *output, size_t *size);

/* For messages: the path, or "<stdout>". */
const char *wp_output_name(const struct wp_output *output);

bool wp_output_is_terminal(const struct wp_output *output);

/* The temporary file that commit will rename, or NULL: for a signal handler to unlink. */
const char *wp_output_temporary(const struct wp_output *output);

/* Bytes written so far, those still buffered included. */
uint64_t wp_output_offset(const struct wp_output *output);

WP_MUST_CHECK enum wp_err wp_output_write(struct wp_output *output, const void *data, size_t n);

/* Room for at least n bytes in the buffer, to be filled by the caller and made part of the
 * output by wp_output_advance; the room is borrowed until the next call. */
WP_MUST_CHECK enum wp_err wp_output_reserve(struct wp_output *output, size_t n, char **room);
void wp_output_advance(struct wp_output *output, size_t n);

/* Text by printf's rules; nothing in the toolkit sets a locale, so numbers have points. */
WP_MUST_CHECK enum wp_err wp_output_printf(struct wp_output *output, const char *format, ...)
	WP_PRINTF(2, 3);

/* Hand everything buffered to the system (of a terminal: but for the beginning of a character
 * of which the rest is still to come). */
WP_MUST_CHECK enum wp_err wp_output_flush(struct wp_output *output);

/* Hand everything over, for a file down to the disk, and close it with every error noticed.
 * After this the output can only be committed or discarded; with several files, closing all
 * before the first is committed leaves none of them where one cannot be written. */
WP_MUST_CHECK enum wp_err wp_output_close(struct wp_output *output);

/* Close, give the file its name, and free the output, also where this fails (then nothing new
 * stands under the name). */
WP_MUST_CHECK enum wp_err wp_output_commit(struct wp_output *output);

/* Drop what is buffered, remove the temporary file, free the output.  May be given NULL. */
void wp_output_discard(struct wp_output *output);

#ifdef __cplusplus
}
#endif
#endif
