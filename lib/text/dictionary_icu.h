/* Word boundaries from ICU's dictionaries.  (Internal.) */
#ifndef WP_TEXT_DICTIONARY_ICU_H
#define WP_TEXT_DICTIONARY_ICU_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct wp_icu;

/* As wp_dictionary_icu and wp_dictionary_cut have it. */
WP_MUST_CHECK enum wp_err wp_icu_open(struct wp_icu **icu, const char *language);
void wp_icu_close(struct wp_icu *icu);
WP_MUST_CHECK enum wp_err wp_icu_cut(
	struct wp_icu *icu, const char *text, size_t n, bool *cuts);

#endif
