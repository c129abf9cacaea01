#include "text/unicode.h"

#include <utf8proc.h>

#include "unicode_tables.h"

uint32_t wp_char_lower(uint32_t code_point)
{
	return (uint32_t)utf8proc_tolower((utf8proc_int32_t)code_point);
}

uint32_t wp_char_upper(uint32_t code_point)
{
	return (uint32_t)utf8proc_toupper((utf8proc_int32_t)code_point);
}

const char *wp_unicode_version(void)
{
	return UNICODE_VERSION;
}
