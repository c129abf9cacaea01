#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static _Thread_local char detail[512];

/* Names and reasons come from files: whatever they hold, a detail is one line of text. */
static void keep_on_one_line(void)
{
	for (char *c = detail; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			*c = '?';
}

enum wp_err wp_fail(enum wp_err code, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	vsnprintf(detail, sizeof detail, format, args);
	va_end(args);
	keep_on_one_line();
	return code;
}

enum wp_err wp_fail_errno(const char *format, ...)
{
	int saved = errno;
	va_list args;
	va_start(args, format);
	int length = vsnprintf(detail, sizeof detail, format, args);
	va_end(args);
	if (length >= 0 && (size_t)length < sizeof detail)
		snprintf(detail + length, sizeof detail - (size_t)length, ": %s",
			strerror(saved));
	keep_on_one_line();
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
