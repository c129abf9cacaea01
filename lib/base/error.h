/* Errors: what every fallible function of the library returns.
 *
 * A function that can fail returns an enum wp_err, WP_OK (0) on success.  On failure it has
 * also left one line of text, "object: reason (where)", that wp_error_detail() gives back:
 * the last failure of the calling thread, as errno is.  The library never prints and never
 * exits; the caller decides what to do with the line.
 */
#ifndef WP_BASE_ERROR_H
#define WP_BASE_ERROR_H

#ifdef __cplusplus
extern "C" {
#endif

enum wp_err {
	WP_OK = 0,    /* success                                                          */
	WP_END,       /* nothing more to read: an answer, not a failure; sets no detail   */
	WP_ENOMEM,    /* the system refuses memory                                        */
	WP_ELIMIT,    /* the work does not fit the memory limit that the caller set       */
	WP_EIO,       /* a system call failed; the detail ends with its reason            */
	WP_EINVAL,    /* a parameter is out of its range, or parameters contradict        */
	WP_EMISMATCH, /* inputs are sound but do not fit together (shape, vocabulary)     */
	WP_ETRUNC,    /* input ended before its end mark, or its writer says that it failed */
	WP_ECORRUPT,  /* input is damaged, or is not of the expected format               */
	WP_EDIVERGED, /* training left the finite numbers                                 */
	WP_ESTOPPED   /* the caller asked for a stop; what was asked for then is done     */
};

#if defined(__GNUC__) || defined(__clang__)
#define WP_MUST_CHECK        __attribute__((warn_unused_result))
#define WP_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#else
#define WP_MUST_CHECK
#define WP_PRINTF(fmt, args)
#endif

/* Leave a detail line for this thread and return code, so that a function can say
 * `return wp_fail(WP_ECORRUPT, "%s: bad rank %d (byte %" PRIu64 ")", ...)`.
 * The line is cut beyond some 5,000 bytes; what could command a terminal is shown as
 * base/visible.h has it.  '\1' stands before the name of a setting, "see \1memory": see
 * wp_error_option_detail.
 */
enum wp_err wp_fail(enum wp_err code, const char *format, ...) WP_PRINTF(2, 3);

/* The same for a failed system call: appends ": " and the text of errno; returns WP_EIO, or
 * WP_ENOMEM where errno says so. */
enum wp_err wp_fail_errno(const char *format, ...) WP_PRINTF(1, 2);

/* The detail of this thread's last failure; "" before the first.  Borrowed: valid until the
 * thread's next call into the library. */
const char *wp_error_detail(void);

/* The same for a program, whose options are named like the settings: "see --memory" where
 * wp_error_detail says "see memory". */
const char *wp_error_option_detail(void);

/* What a code means, in a few words.  Never NULL. */
const char *wp_strerror(enum wp_err code);

#ifdef __cplusplus
}
#endif
#endif
