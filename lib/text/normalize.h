/* Making text clean: well-formed UTF-8, in Unicode's normal form C or KC where asked for.
 *
 * Most text is clean already; then nothing is copied.
 */
#ifndef WP_TEXT_NORMALIZE_H
#define WP_TEXT_NORMALIZE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#ifdef __cplusplus
extern "C" {
#endif

enum wp_normal_form {
	WP_FORM_AS_IS, /* only repaired                                                */
	WP_FORM_NFC,   /* canonical composition: one form for characters that look alike */
	WP_FORM_NFKC,  /* ... compatibility variants (ligatures, full width) replaced too */
};

/* Zeroed, and then set up by setting the first four members. */
struct wp_normalizer {
	enum wp_normal_form form;
	bool strict;       /* refuse what is not UTF-8 instead of repairing it */
	bool visible_only; /* leave out characters that cannot be seen: marks of direction and
			    * the like everywhere; joiners, selectors and soft hyphens where
			    * they have no neighbour to join */
	const char *name;  /* of the input, for messages; borrowed             */

	uint64_t invalid; /* sequences replaced by U+FFFD so far */

	/* Scratch. */
	char *repaired, *visible, *normal;
	int32_t *code_points, *marks;
	size_t repaired_room, visible_room, normal_room, code_points_room, marks_room;
};

void wp_normalizer_fini(struct wp_normalizer *normalizer);

/* Make *text of *n bytes clean.  Where it is not, *text and *n become a clean copy, owned by
 * the normalizer and valid until its next use.  offset is where the text stands in its input,
 * for the message of WP_ECORRUPT, which strict gives for malformed UTF-8. */
WP_MUST_CHECK enum wp_err wp_normalize(
	struct wp_normalizer *normalizer, const char **text, size_t *n, uint64_t offset);

#ifdef __cplusplus
}
#endif
#endif
