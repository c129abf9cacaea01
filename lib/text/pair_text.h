/* Pairs of texts, a line each: `SOURCE TAB TARGET`, or `LABEL TAB SOURCE TAB TARGET`.  Cuts
 * them into the lines of either side. */
#ifndef WP_TEXT_PAIR_TEXT_H
#define WP_TEXT_PAIR_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stream/input.h"
#include "text/pair.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What can be wrong with a pair; see wp_pair_rules. */
enum wp_pair_fault {
	WP_PAIR_TABS,      /* not as many tabs as sides, and the label, need        */
	WP_PAIR_NO_LABEL,  /* nothing before the first tab                          */
	WP_PAIR_NO_SOURCE, /* no token on this side                                 */
	WP_PAIR_NO_TARGET,
	WP_PAIR_LONG,   /* a side of more than max_length tokens                    */
	WP_PAIR_UNEVEN, /* one has more than max_ratio times the tokens of the other */
	WP_PAIR_FAULTS
};

struct wp_pair_rules {
	bool labelled;    /* a label and a TAB come first; they stay before the source    */
	bool target_only; /* lines are targets alone                                      */
	bool markers;     /* write WP_SENTENCE_START and WP_SENTENCE_END around targets that
			   * are not between them */
	/* Token text is checked: both sides have tokens, markers not counted, not more than
	 * max_length, and neither more than max_ratio times those of the other; 0: no limit. */
	bool check;
	size_t max_length;
	double max_ratio;
	bool drop; /* leave out what is invalid; otherwise it is WP_ECORRUPT            */
};

struct wp_pair_counts {
	uint64_t pairs; /* handed on */
	struct {
		uint64_t count, first_line;
	} dropped[WP_PAIR_FAULTS];
};

/* "without a target": what is wrong, behind a number of pairs. */
const char *wp_pair_fault_name(enum wp_pair_fault fault);

/* Lines of one side, each with its LF; borrowed until the sink returns.  The lines of the other
 * side follow in the next call: each source is handed on before its target. */
typedef enum wp_err wp_pair_sink(
	void *arg, enum wp_side side, const char *lines, size_t size, size_t count);

struct wp_pair_splitter;

/* What is found goes to sink(arg, ...). */
WP_MUST_CHECK enum wp_err wp_pair_splitter_create(struct wp_pair_splitter **splitter,
	const struct wp_pair_rules *rules, wp_pair_sink *sink, void *arg);
void wp_pair_splitter_free(struct wp_pair_splitter *splitter); /* may be NULL */

/* Name the input, to be put before messages; borrowed until another name is given.  NULL, as at
 * first: none. */
void wp_pair_splitter_name(struct wp_pair_splitter *splitter, const char *name);

/* The next block of the text, of any size and cut anywhere; all pairs whose end it shows have
 * gone to the sink when this returns.  WP_ECORRUPT names the line of an invalid pair; WP_ELIMIT
 * where a line has more than 256 MiB; and what the sink fails with. */
WP_MUST_CHECK enum wp_err wp_pair_splitter_feed(
	struct wp_pair_splitter *splitter, const char *block, size_t size);

/* The text ends, and with it its last line; another one may follow. */
WP_MUST_CHECK enum wp_err wp_pair_splitter_end_text(struct wp_pair_splitter *splitter);

struct wp_pair_counts wp_pair_splitter_counts(const struct wp_pair_splitter *splitter);

/* Has the first line of input, which stays where it is, two tabs, the first of them behind a
 * label? */
WP_MUST_CHECK enum wp_err wp_pair_recognise_label(struct wp_input *input, bool *labelled);

#ifdef __cplusplus
}
#endif
#endif
