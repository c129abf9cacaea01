#include "text/dictionary_icu.h"

#include <stdlib.h>

#include "base/memory.h"
#include "text/dictionary.h"

#ifdef WP_HAVE_ICU
#include <unicode/ubrk.h>
#include <unicode/utext.h>
#include <unicode/uversion.h>

struct wp_icu {
	UBreakIterator *iterator;
	UText text;
};

static enum wp_err failed(UErrorCode status)
{
	return wp_fail(WP_ENOMEM, "ICU: %s", u_errorName(status));
}

enum wp_err wp_icu_open(struct wp_icu **icu, const char *language)
{
	enum wp_err err = wp_alloc(icu, 1, sizeof **icu, "ICU");
	if (err)
		return err;
	UErrorCode status = U_ZERO_ERROR;
	(*icu)->text = (UText)UTEXT_INITIALIZER;
	(*icu)->iterator = ubrk_open(UBRK_WORD, language, NULL, 0, &status);
	if (U_SUCCESS(status))
		return WP_OK;
	free(*icu);
	*icu = NULL;
	return failed(status);
}

void wp_icu_close(struct wp_icu *icu)
{
	ubrk_close(icu->iterator);
	utext_close(&icu->text);
	free(icu);
}

enum wp_err wp_icu_cut(struct wp_icu *icu, const char *text, size_t n, bool *cuts)
{
	UErrorCode status = U_ZERO_ERROR;
	utext_openUTF8(&icu->text, text, (int64_t)n, &status);
	ubrk_setUText(icu->iterator, &icu->text, &status);
	if (U_FAILURE(status))
		return failed(status);
	for (int32_t at = ubrk_first(icu->iterator); at != UBRK_DONE && (size_t)at < n;
		at = ubrk_next(icu->iterator))
		cuts[at] = true;
	return WP_OK;
}

const char *wp_icu_version(void)
{
	return U_ICU_VERSION;
}

#else

enum wp_err wp_icu_open(struct wp_icu **icu, const char *language)
{
	(void)language;
	*icu = NULL;
	return wp_fail(WP_EINVAL,
		"built without ICU, which has the dictionaries: give a list of words with "
		"\1dictionary FILE");
}

void wp_icu_close(struct wp_icu *icu)
{
	(void)icu;
}

enum wp_err wp_icu_cut(struct wp_icu *icu, const char *text, size_t n, bool *cuts)
{
	(void)icu, (void)text, (void)n, (void)cuts;
	return WP_OK;
}

const char *wp_icu_version(void)
{
	return NULL;
}
#endif
