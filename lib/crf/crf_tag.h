/* Tagging text in columns with a conditional random field. */
#ifndef WP_CRF_TAG_H
#define WP_CRF_TAG_H

#include "crf/crf.h"
#include "stream/output.h"
#include "text/symbols.h"

#ifdef __cplusplus
extern "C" {
#endif

enum wp_crf_form {
	WP_CRF_IN_COLUMNS, /* each line, and behind it the tag; empty lines as they were */
	WP_CRF_TAGS, /* a line for each sentence: its tags, separated by spaces           */
	WP_CRF_SCORE /* a line for each sentence: ln p(tags), tokens, tags, separated by
		      * tabs; the tags are the given ones, or else the best               */
};

struct wp_crf_tagging {
	enum wp_crf_form form;
	bool probabilities; /* in columns: the tag's probability, and the other tags with
			     * theirs, falling                                              */
	size_t best;        /* in columns, more than 1: so many sequences, each after a line
			     * "# RANK PROBABILITY"                                         */
	bool keep;          /* keep given and predicted tags for a report                   */
};

/* What was tagged.  A zeroed struct is empty. */
struct wp_crf_tagged {
	uint64_t sentences, tokens, correct;
	double logprob;         /* of all sentences that have given tags                   */
	bool given;             /* the text has tags                                       */
	struct wp_symbols tags; /* of the model, and behind them others that were given    */
	int32_t *pairs;         /* kept: (tokens, 2), given and predicted                  */
	int32_t *lengths;       /* kept: of each sentence                                  */
	size_t pairs_room, lengths_room;
};
void wp_crf_tagged_fini(struct wp_crf_tagged *tagged);

/* Tag a text to its end, and write to output, unless that is NULL.  Lines have the model's
 * columns, or one more: that of the given tags.  WP_EMISMATCH for other lines. */
WP_MUST_CHECK enum wp_err wp_crf_tag(const struct wp_crf *crf,
	const struct wp_crf_tagging *tagging, struct wp_input *input, struct wp_output *output,
	struct wp_crf_tagged *tagged);

/* The report of text/metrics.h of what was kept. */
WP_MUST_CHECK enum wp_err wp_crf_report(
	const struct wp_crf_tagged *tagged, struct wp_output *output);

#ifdef __cplusplus
}
#endif
#endif
