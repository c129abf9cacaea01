/* Token text cut into pieces, and joined again, line by line.
 *
 * Words that have been cut are remembered, so that most words of a text cost one look-up.
 */
#ifndef WP_PIECES_TEXT_H
#define WP_PIECES_TEXT_H

#include "pieces/pieces.h"
#include "stream/output.h"
#include "text/id_batch.h"

#ifdef __cplusplus
extern "C" {
#endif

struct wp_pieces_text_options {
	/* What stands before the first tab of each line: a label, which stays, or tags.  A tag
	 * is repeated for each piece of its word: B-X becomes B-X I-X, and likewise what begins
	 * with E-, S-, L- and U-, so that phrases stay what they are.  All other fields, which
	 * tabs separate, are cut. */
	enum wp_annotation annotation;
	bool pairs;   /* each line is two such fields, behind its label where it has one */
	bool join;    /* put pieces together, instead of cutting */
	bool at_once; /* hand on each line as soon as no other has arrived */
};

/* Of all texts so far. */
struct wp_pieces_text_counts {
	uint64_t lines, words, pieces;
	uint64_t others; /* words that are unknown, or have a piece that is not in the list */
	uint64_t spaced; /* labels with a space: likely sources of pairs */
};

struct wp_pieces_text;

/* The pieces are borrowed. */
WP_MUST_CHECK enum wp_err wp_pieces_text_create(struct wp_pieces_text **text,
	const struct wp_pieces *pieces, const struct wp_pieces_text_options *options);
void wp_pieces_text_free(struct wp_pieces_text *text); /* may be NULL */

/* Read input to its end and write a line for each.  What was cut and is joined has the bytes
 * that it had before, where its tokens are separated by one space and escaped as token text has
 * it. WP_ECORRUPT, naming the line, for a missing label, tag or field.
 */
WP_MUST_CHECK enum wp_err wp_pieces_text_run(
	struct wp_pieces_text *text, struct wp_input *input, struct wp_output *output);

struct wp_pieces_text_counts wp_pieces_text_counts(const struct wp_pieces_text *text);

#ifdef __cplusplus
}
#endif
#endif
