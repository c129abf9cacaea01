#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/visible.h"

/* The longest path there is, and what is to be said of it. */
enum { DETAIL = 4096 + 1024 };
static _Thread_local char detail[DETAIL], option_detail[DETAIL];

/* Names and reasons come from files: whatever they hold, a detail is one line of text, and can
 * be shown as it is.  `dashes` go before the names of settings. */
static void keep_as(char to[DETAIL], const char *text, const char *dashes)
{
	char marked[DETAIL];
	size_t used = 0, n = strlen(dashes);
	for (; *text && used + n + 1 < sizeof marked; text++)
		if (*text == '\1') {
			memcpy(marked + used, dashes, n);
			used += n;
		} else
			marked[used++] = *text;
	if (used + n + 1 >= sizeof marked) /* cut, perhaps within a character */
		used -= wp_visible_unfinished(marked, used);
	wp_visible(to, DETAIL, marked, used);
}

static void keep(const char *text)
{
	keep_as(detail, text, "");
	keep_as(option_detail, text, "--");
}

enum wp_err wp_fail(enum wp_err code, const char *format, ...)
{
	char text[DETAIL];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	keep(text);
	return code;
}

enum wp_err wp_fail_errno(const char *format, ...)
{
	int saved = errno;
	char text[DETAIL], reason[128];
	va_list args;
	va_start(args, format);
	int length = vsnprintf(text, sizeof text, format, args);
	va_end(args);
	if (strerror_r(saved, reason, sizeof reason) != 0)
		snprintf(reason, sizeof reason, "error %d", saved);
	if (length >= 0 && (size_t)length < sizeof text)
		snprintf(text + length, sizeof text - (size_t)length, ": %s", reason);
	keep(text);
	return saved == ENOMEM ? WP_ENOMEM : WP_EIO;
}

const char *wp_error_detail(void)
{
	return detail;
}

const char *wp_error_option_detail(void)
{
	return option_detail;
}

const char *wp_strerror(enum wp_err code)
{
	switch (code) {
	case WP_OK:
		return "success";
	case WP_END:
		return "end of input";
	case WP_ENOMEM:
		return "out of memory";
	case WP_ELIMIT:
		return "memory limit exceeded";
	case WP_EIO:
		return "input or output failed";
	case WP_EINVAL:
		return "invalid parameter";
	case WP_EMISMATCH:
		return "inputs do not fit together";
	case WP_ETRUNC:
		return "input is incomplete";
	case WP_ECORRUPT:
		return "input is damaged or of another format";
	case WP_EDIVERGED:
		return "training diverged";
	case WP_ESTOPPED:
		return "stopped on request";
	}
	return "unknown error";
}
