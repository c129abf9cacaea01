/* Vectors of texts on their way into a stream, block by block.  (Internal.) */
#ifndef WP_EMBED_TEXT_ROWS_H
#define WP_EMBED_TEXT_ROWS_H

#include "embed/text_model.h"

struct wp_text_rows {
	const struct wp_text_output *out;
	size_t dim, room, used; /* of block, in rows */
	float *block;
	bool begun; /* something has been written */
	struct wp_text_tally tally;
	/* Called for a block that is full, before it is written: it may change the rows, or
	 * take them (then *used becomes 0).  May be NULL. */
	enum wp_err (*full)(void *arg, float *block, size_t *used);
	void *arg;
};

WP_MUST_CHECK enum wp_err wp_text_rows_init(
	struct wp_text_rows *rows, const struct wp_text_output *out, size_t dim);
void wp_text_rows_fini(struct wp_text_rows *rows);

/* The place of the next vector (dim), all zeros; *vector is valid until the next call. */
WP_MUST_CHECK enum wp_err wp_text_rows_next(struct wp_text_rows *rows, float **vector);

/* Hand on what is there; wp_text_rows_end completes the tensor as well. */
WP_MUST_CHECK enum wp_err wp_text_rows_flush(struct wp_text_rows *rows);
WP_MUST_CHECK enum wp_err wp_text_rows_end(struct wp_text_rows *rows);

#endif
