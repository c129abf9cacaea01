#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/visible.h"

static _Thread_local char detail[512];

/* Names and reasons come from files: whatever they hold, a detail is one line of text, and can
 * be shown as it is. */
static void keep(const char *text)
{
	size_t length = strlen(text);
	if (length + 1 == sizeof detail) /* cut, perhaps within a character */
		length -= wp_visible_unfinished(text, length);
	wp_visible(detail, sizeof detail, text, length);
}

enum wp_err wp_fail(enum wp_err code, const char *format, ...)
{
	char text[sizeof detail];
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
	char text[sizeof detail], reason[128];
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
