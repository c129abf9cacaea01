/* Tagging text in columns, whatever the model: lines are read, a function finds the tags of
 * each sentence, and what was asked for is written.  Reports compare with the tags that were
 * given. */
#ifndef WP_TEXT_TAGGING_H
#define WP_TEXT_TAGGING_H

#include <stdbool.h>

#include "stream/output.h"
#include "text/column_text.h"
#include "text/symbols.h"

#ifdef __cplusplus
extern "C" {
#endif

enum wp_tagging_form {
	WP_TAGGING_COLUMNS, /* each line, and behind it the tag; empty lines as they were */
	WP_TAGGING_TAGS,    /* a line for each sentence: its tags, separated by spaces    */
	WP_TAGGING_SCORE    /* a line for each sentence: ln p(tags), tokens, tags, separated by
			     * tabs; the tags are the given ones, or else the best    */
};

struct wp_tagging {
	enum wp_tagging_form form;
	bool probabilities; /* in columns: the tag's probability, and the other tags with
			     * theirs, falling                                              */
	size_t best;        /* in columns, more than 1: so many sequences, each after a line
			     * "# RANK PROBABILITY"                                         */
	bool keep;          /* keep given and predicted tags for a report                   */
	int tag_column;     /* of the given tags, from 0, or -1: the last one               */
	size_t columns;     /* that the model reads                                         */
};

/* A sentence, and what is to be found out about it. */
struct wp_tagging_sentence {
	const struct wp_field *fields; /* (n, columns)                                       */
	size_t n, columns;
	const int32_t *given; /* (n), or NULL: the given tags; those that are not the model's
			       * are T or above                                             */
	bool want_score;      /* log-probabilities                                          */
	size_t best;          /* sequences to find                                          */
	/* The answers. */
	int32_t *tags;        /* (best, n)                                                  */
	size_t found;         /* sequences, of `best`; 1 unless set                         */
	double *logprob;      /* (best): of each sequence, if want_score                    */
	double given_logprob; /* of the given tags, if want_score                           */
	double *marginals;    /* (n, T): of each tag at each token, unless it is NULL       */
};
typedef enum wp_err wp_tagging_function(void *arg, struct wp_tagging_sentence *sentence);

/* What was tagged.  A zeroed struct is empty. */
struct wp_tagged {
	uint64_t sentences, tokens, correct;
	bool given;             /* the text has tags                                       */
	struct wp_symbols tags; /* of the model, and behind them others that were given    */
	int32_t *pairs;         /* kept: (tokens, 2), given and predicted                  */
	int32_t *lengths;       /* kept: of each sentence                                  */
	size_t pairs_room, lengths_room;
};
void wp_tagged_fini(struct wp_tagged *tagged);

/* Tag a text to its end, with tags of that list, and write to output, unless that is NULL.
 * Lines have the model's columns, or one more: that of the given tags.  WP_EMISMATCH for
 * others. */
WP_MUST_CHECK enum wp_err wp_tag_columns(const struct wp_tagging *tagging,
	const struct wp_strings *tags, wp_tagging_function *function, void *arg,
	struct wp_input *input, struct wp_output *output, struct wp_tagged *tagged);

/* The report of text/metrics.h of what was kept. */
WP_MUST_CHECK enum wp_err wp_tagged_report(
	const struct wp_tagged *tagged, struct wp_output *output);

#ifdef __cplusplus
}
#endif
#endif
