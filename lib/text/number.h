/* Numbers as decimal text, fast, exact, and the same in every locale. */
#ifndef WP_TEXT_NUMBER_H
#define WP_TEXT_NUMBER_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Room that the print functions below may use, beyond the end of the number as well. */
enum { WP_NUMBER_ROOM = 32 };

/* Read one number that begins at text and ends before end; returns where it ends, or NULL where
 * there is none.  What follows the number is the caller's to judge: "1.5x" scans as 1.5.
 *
 * The form is C's: sign, digits with or without a point, exponent; also inf, infinity and nan
 * in any letter case.  No white space is skipped.  The value is the nearest one, ties to even,
 * as strtod's is in the C locale.  A number too large for its type, or written with more than
 * 1000 characters that only exact arithmetic could judge, counts as none. */
const char *wp_scan_f32(const char *text, const char *end, float *value);
const char *wp_scan_f64(const char *text, const char *end, double *value);
const char *wp_scan_i64(const char *text, const char *end, int64_t *value);

/* Print a number at `to` and return where it ends; no NUL is added.  A floating-point number
 * gets the fewest digits that read back as the same value, or one more where a shorter number
 * lies exactly in the middle between two values: at most 9 for f32, 17 for f64.  The layout is
 * that of printf's %g. */
char *wp_print_f32(char *to, float value);
char *wp_print_f64(char *to, double value);
char *wp_print_i64(char *to, int64_t value);

#ifdef __cplusplus
}
#endif
#endif
