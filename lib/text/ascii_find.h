/* Search of ASCII text for marks, 64 bytes at a time.  (Internal.) */
#ifndef WP_TEXT_ASCII_FIND_H
#define WP_TEXT_ASCII_FIND_H

/* What is looked for: a byte whose entry in `first` has a bit in common with that of the byte
 * behind it in `second`, where any byte that is not ASCII has all bits but WP_ASCII_RUN; or one
 * whose entry in `first` has that bit, and which is followed by the same byte. */
struct wp_ascii_marks {
	unsigned char first[128], second[128];
};
enum { WP_ASCII_RUN = 0x80 };

/* The first such byte, or the first that is not ASCII, from text on; or end, behind which a
 * space is supposed. */
typedef const char *wp_ascii_find_fn(
	const struct wp_ascii_marks *marks, const char *text, const char *end);

wp_ascii_find_fn wp_ascii_find_plain;
wp_ascii_find_fn wp_ascii_find_avx2;
wp_ascii_find_fn wp_ascii_find_avx512;

#endif
