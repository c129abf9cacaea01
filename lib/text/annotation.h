/* What stands before the tabs of a token text: nothing, a label of the sentence, or a tag for
 * each token. */
#ifndef WP_TEXT_ANNOTATION_H
#define WP_TEXT_ANNOTATION_H

#include "stream/input.h"
#include "text/id_batch.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What the first lines say: tokens hold no tab, so what stands before one is a label, or tags,
 * if they are several and in each line as many as the tokens.  Looks at all lines that are
 * there, up to a megabyte, and waits for the first one only; the input stays where it is. */
WP_MUST_CHECK enum wp_err wp_annotation_recognise(
	struct wp_input *input, enum wp_annotation *annotation);

#ifdef __cplusplus
}
#endif
#endif
