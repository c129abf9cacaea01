/* Where the white space of token text is; text/token_split.c chooses.  (Internal.)
 *
 * Each stores the offset of every space, tab, line feed and carriage return of text[0, size) in
 * `at`, in order, returns how many those are, and sets *backslash where the text has one.  size
 * is a multiple of 64 and at most 65536; `at` has room for size + 64 offsets, of which those
 * behind the last are undefined afterwards.
 */
#ifndef WP_X86_SEPARATORS_H
#define WP_X86_SEPARATORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

size_t wp_separators_avx2(const char *text, size_t size, uint16_t *at, bool *backslash);
size_t wp_separators_avx512(const char *text, size_t size, uint16_t *at, bool *backslash);

#endif
