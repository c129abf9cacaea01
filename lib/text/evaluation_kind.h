/* A kind of evaluation.  (Internal.) */
#ifndef WP_TEXT_EVALUATION_KIND_H
#define WP_TEXT_EVALUATION_KIND_H

#include "base/strings.h"
#include "base/tally.h"
#include "text/evaluation.h"

/* A score, as it is shown. */
struct wp_score_form {
	int decimals;
	const char *settings; /* or NULL; borrowed */
};

/* What an evaluation has come to: tallies of one or two files, and the scores of their sums. */
struct wp_evaluation {
	const struct wp_evaluation_config *config;
	struct wp_evaluation_notes *notes;
	struct wp_tally tally[2];
	struct wp_strings names; /* of the scores */
	struct wp_score_form *forms;
	size_t form_room;
	struct wp_tally_scoring scoring;
	void *data; /* of the kind */
};

WP_MUST_CHECK enum wp_err wp_evaluation_add_score(
	struct wp_evaluation *evaluation, const char *name, int decimals, const char *settings);

struct wp_evaluation_type {
	/* Read `files` inputs, what was found and what another program found; fill tallies,
	 * names and scoring. */
	enum wp_err (*read)(struct wp_evaluation *evaluation, struct wp_input *known,
		struct wp_input *const *found, int files);
	/* Write the report of config->conlleval; NULL: there is none. */
	enum wp_err (*report)(const struct wp_evaluation *evaluation, struct wp_output *output);
	void (*fini)(struct wp_evaluation *evaluation);
};

extern const struct wp_evaluation_type wp_evaluation_of_text, wp_evaluation_of_labels,
	wp_evaluation_of_tags;

#endif
