/* Evaluating what was found for a text against what is known: translations and other text by
 * BLEU, chrF and exact matches; labels and tags by accuracy and F1.  With intervals of 95 %, or
 * compared with what another program found.
 *
 * A kind of evaluation is a file and an entry in its table: evaluation_text.c,
 * evaluation_labels.c.
 */
#ifndef WP_TEXT_EVALUATION_H
#define WP_TEXT_EVALUATION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "stream/input.h"
#include "stream/output.h"
#include "text/bleu.h"

#ifdef __cplusplus
extern "C" {
#endif

enum wp_evaluation_kind {
	WP_EVALUATE_TEXT,   /* a sentence a line, beside its reference               */
	WP_EVALUATE_LABELS, /* a label a line, up to a tab or the end of the line    */
	WP_EVALUATE_TAGS    /* text in columns, the last one the tag; or lines of tags */
};

extern const char *const wp_bleu_tokenizations[]; /* "none", "13a", "intl", "char"; then NULL */

struct wp_evaluation_config {
	enum wp_evaluation_kind kind;
	/* TEXT. */
	int tokenization; /* of BLEU: a place in wp_bleu_tokenizations              */
	bool lower;       /* compare in lower case                                  */
	enum wp_bleu_smoothing smoothing;
	double smoothing_value; /* negative: the usual one, 0.1 or 1                */
	int word_order;         /* of chrF: 0; 2 for chrF++                         */
	int references;         /* that each line has, separated by tabs            */
	/* TAGS. */
	bool tag_lines; /* the known tags stand in a line for each sentence; those that were
			 * found may, in any case, where they fit only so */
	bool conlleval; /* write the report of conlleval instead of a table */
	int samples;    /* of the bootstrap */
	uint64_t seed;
};

/* What a caller may want to warn of. */
struct wp_evaluation_notes {
	uint64_t lines_with_stops; /* TEXT: that end in " .", as tokenized text does */
	uint64_t other_words; /* TAGS: whose first column is another in both files...      */
	uint64_t first_line;  /* ... and the line of the first one                         */
};

/* Evaluate what was found, compare with another program's unless `other` is NULL, and write a
 * table: see seq-eval(1).  The inputs are text, and stay the caller's.  WP_EMISMATCH, naming
 * the line, where they are of different texts. */
WP_MUST_CHECK enum wp_err wp_evaluate(const struct wp_evaluation_config *config,
	struct wp_input *known, struct wp_input *found, struct wp_input *other,
	struct wp_output *output, struct wp_evaluation_notes *notes);

#ifdef __cplusplus
}
#endif
#endif
