/* Byte input: the one way in which every program of the toolkit opens what it reads.
 *
 * A file, standard input, or memory; gzip is recognised by its magic bytes and undone, several
 * members in a row and zeros behind the last one included.  A regular file that is not
 * compressed can be used in place. An input belongs to one thread at a time.
 */
#ifndef WP_STREAM_INPUT_H
#define WP_STREAM_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#ifdef __cplusplus
extern "C" {
#endif

struct wp_input;

/* Open path for reading; NULL and "-" mean standard input. */
WP_MUST_CHECK enum wp_err wp_input_open(struct wp_input **input, const char *path);

/* The same for text: a byte order mark of UTF-8 at the beginning is skipped.  WP_ECORRUPT, with
 * the command that makes it right, for what is not text: UTF-16, other compressions, archives,
 * tensor streams, arrays. */
WP_MUST_CHECK enum wp_err wp_input_open_text(struct wp_input **input, const char *path);

/* The second half of wp_input_open_text, for an input of which nothing has been consumed. */
WP_MUST_CHECK enum wp_err wp_input_expect_text(struct wp_input *input);

/* Read from memory that the caller keeps alive.  name is for messages. */
WP_MUST_CHECK enum wp_err wp_input_memory(
	struct wp_input **input, const void *data, size_t size, const char *name);

/* May be given NULL.  Standard input stays open. */
void wp_input_close(struct wp_input *input);

/* For messages: the path, or "<stdin>". */
const char *wp_input_name(const struct wp_input *input);

/* True where a person types the input, so that answers should come line by line. */
bool wp_input_is_terminal(const struct wp_input *input);

/* Bytes handed on so far, after decompression: where *data of the next peek stands. */
uint64_t wp_input_offset(const struct wp_input *input);

/* Show what comes next without consuming it.  *data is borrowed until the next call; *have is
 * at least `want` unless the input ends before that.  With want = 1 it is whatever can be had
 * without waiting for more.  *have = 0 is the end. */
WP_MUST_CHECK enum wp_err wp_input_peek(
	struct wp_input *input, size_t want, const char **data, size_t *have);

/* Consume n bytes of what the last peek showed. */
void wp_input_skip(struct wp_input *input, size_t n);

/* The last byte that was skipped: whether a text ends with its last line, say; 0 before. */
char wp_input_last(const struct wp_input *input);

/* Copy up to n bytes to buffer; *got < n only at the end of the input. */
WP_MUST_CHECK enum wp_err wp_input_read(
	struct wp_input *input, void *buffer, size_t n, size_t *got);

/* The whole input, where it is an uncompressed regular file or memory of which nothing has been
 * consumed: its first byte, and its size in *size; valid until close.  NULL where that cannot
 * be done: then read. */
const char *wp_input_map(struct wp_input *input, size_t *size);

/* Where another program cuts a mapped file short, looking at what is gone raises SIGBUS.  The
 * name of the mapped input at that address, for the handler of the signal; NULL where there is
 * none.  What others write to the file may be seen, too: has it changed since it was mapped?
 * (False where it was not mapped.) */
const char *wp_input_mapped_at(const void *address);
bool wp_input_has_changed(const struct wp_input *input);

/* What has been consumed will not be looked at again: of a mapped file, give the memory back to
 * the system.  (It would still be right to look: the system would read it anew.) */
void wp_input_forget(struct wp_input *input);

#ifdef __cplusplus
}
#endif
#endif
