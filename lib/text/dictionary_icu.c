#include "text/dictionary_icu.h"

#include <stdlib.h>

#include "base/memory.h"
#include "text/dictionary.h"

#ifdef WP_HAVE_ICU
#include <dlfcn.h>
#include <string.h>
#include <unicode/ubrk.h>
#include <unicode/utext.h>
#include <unicode/uversion.h>

/* ICU is loaded when it is needed: linked to it, every program would take twice as long to
 * start. The functions have the number of its version in their names, which the headers put
 * there. */
#define TEXT_OF(x) #x
#define NAME_OF(x) TEXT_OF(x)
#ifdef __APPLE__
#define LIBRARY "libicuuc." U_ICU_VERSION_SHORT ".dylib"
#else
#define LIBRARY "libicuuc.so." U_ICU_VERSION_SHORT
#endif

struct wp_icu {
	void *library; /* never unloaded: it keeps what it has read */
	bool complete;
	UBreakIterator *iterator;
	UText text;
	__typeof__(ubrk_open) *open;
	__typeof__(ubrk_close) *close;
	__typeof__(ubrk_setUText) *set_text;
	__typeof__(ubrk_first) *first;
	__typeof__(ubrk_next) *next;
	__typeof__(utext_openUTF8) *text_open;
	__typeof__(utext_close) *text_close;
	__typeof__(u_errorName) *error_name;
};

static enum wp_err failed(const struct wp_icu *icu, UErrorCode status)
{
	return wp_fail(WP_ENOMEM, "ICU: %s", icu->error_name(status));
}

/* Store the address of a function in the pointer at `to`. */
static void load(struct wp_icu *icu, void *to, const char *name)
{
	void *address = dlsym(icu->library, name);
	icu->complete = icu->complete && address;
	memcpy(to, &address, sizeof address);
}

static enum wp_err load_all(struct wp_icu *icu)
{
	icu->library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
	icu->complete = icu->library != NULL;
	if (icu->library) {
		load(icu, &icu->open, NAME_OF(ubrk_open));
		load(icu, &icu->close, NAME_OF(ubrk_close));
		load(icu, &icu->set_text, NAME_OF(ubrk_setUText));
		load(icu, &icu->first, NAME_OF(ubrk_first));
		load(icu, &icu->next, NAME_OF(ubrk_next));
		load(icu, &icu->text_open, NAME_OF(utext_openUTF8));
		load(icu, &icu->text_close, NAME_OF(utext_close));
		load(icu, &icu->error_name, NAME_OF(u_errorName));
	}
	return icu->complete ? WP_OK
			     : wp_fail(WP_EIO,
				       "ICU, which has the dictionaries, cannot be loaded "
				       "(%s): install it, or give a list of words with "
				       "\1dictionary FILE",
				       LIBRARY);
}

enum wp_err wp_icu_open(struct wp_icu **icu, const char *language)
{
	enum wp_err err = wp_alloc(icu, 1, sizeof **icu, "ICU");
	if (err)
		return err;
	UErrorCode status = U_ZERO_ERROR;
	err = load_all(*icu);
	if (!err) {
		(*icu)->text = (UText)UTEXT_INITIALIZER;
		(*icu)->iterator = (*icu)->open(UBRK_WORD, language, NULL, 0, &status);
		if (U_SUCCESS(status))
			return WP_OK;
		err = failed(*icu, status);
	}
	free(*icu);
	*icu = NULL;
	return err;
}

void wp_icu_close(struct wp_icu *icu)
{
	icu->close(icu->iterator);
	icu->text_close(&icu->text);
	free(icu);
}

enum wp_err wp_icu_cut(struct wp_icu *icu, const char *text, size_t n, bool *cuts)
{
	UErrorCode status = U_ZERO_ERROR;
	icu->text_open(&icu->text, text, (int64_t)n, &status);
	icu->set_text(icu->iterator, &icu->text, &status);
	if (U_FAILURE(status))
		return failed(icu, status);
	for (int32_t at = icu->first(icu->iterator); at != UBRK_DONE && (size_t)at < n;
		at = icu->next(icu->iterator))
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
