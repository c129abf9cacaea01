/* Tagging text in columns with a conditional random field. */
#ifndef WP_CRF_TAG_H
#define WP_CRF_TAG_H

#include "crf/crf.h"
#include "text/tagging.h"

#ifdef __cplusplus
extern "C" {
#endif

/* As wp_tag_columns; the columns of *tagging become those of the model. */
WP_MUST_CHECK enum wp_err wp_crf_tag(const struct wp_crf *crf, struct wp_tagging *tagging,
	struct wp_input *input, struct wp_output *output, struct wp_tagged *tagged);

#ifdef __cplusplus
}
#endif
#endif
