/* Tagged text in columns, as CoNLL's and Universal Dependencies' files have it: a token a line,
 * its fields separated by tabs or spaces, and an empty line behind each sentence.  (Internal.)
 *
 * Written is a line for each sentence: its tags, a tab, its tokens; without tags, its tokens.
 */
#ifndef WP_TEXT_COLUMNS_H
#define WP_TEXT_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "text/normalize.h"
#include "text/token_writer.h"

/* Zeroed, and then set up by setting the members above the line. */
struct wp_columns {
	int word, tag; /* fields, counted from 1, or from the last one by -1, -2 ...; tag 0:
			* there are no tags                                              */
	bool conllu;   /* CoNLL-U: comments, and lines that are no word, are left out    */
	bool even;     /* lines with fewer or more fields than the first, in CoNLL-U than
			* 10, are malformed                                              */
	struct wp_normalizer *normalizer;
	struct wp_token_writer words; /* how words are changed; tags are not             */
	struct wp_token_writer *writer;

	/* The sentence so far has its words in `words`, and its tags here. */
	struct wp_token_writer tags;
	size_t fields; /* of each line, where they are even; 0: none yet */
};

void wp_columns_fini(struct wp_columns *columns);

/* Read the line of that number, which stands at offset in the input. */
WP_MUST_CHECK enum wp_err wp_columns_read(struct wp_columns *columns, const char *line,
	size_t n, uint64_t number, uint64_t offset);

/* Write the sentence, if there is one: the input is at its end. */
WP_MUST_CHECK enum wp_err wp_columns_end_sentence(struct wp_columns *columns);

#endif
