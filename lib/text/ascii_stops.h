/* Where sentences may end in ASCII text, 64 bytes at a time.  (Internal.) */
#ifndef WP_TEXT_ASCII_STOPS_H
#define WP_TEXT_ASCII_STOPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of 64 bytes of text, bit i about byte i. */
struct wp_ascii_stops {
	/* Full stops behind two letters or more, a bracket or a quotation mark, and before a
	 * space and a capital: sentences end there unless the word is an abbreviation. */
	uint64_t usual;
	/* Other marks with which sentences may end, line ends, and all that is not ASCII; no
	 * full stops between letters and digits, and no marks before line ends. */
	uint64_t other;
	uint64_t letters;
};

/* Find the stops of text[0, n), n > 0: (n + 63) / 64 of them.  A semicolon is a mark if so
 * said. */
typedef void wp_ascii_stops_fn(
	const char *text, size_t n, bool semicolon, struct wp_ascii_stops *stops);

wp_ascii_stops_fn wp_ascii_stops_plain;
wp_ascii_stops_fn wp_ascii_stops_avx2;
wp_ascii_stops_fn wp_ascii_stops_avx512;

#endif
