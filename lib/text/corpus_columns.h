/* The further columns of a corpus (text/corpus.h), while they are read.  (Internal.) */
#ifndef WP_TEXT_CORPUS_COLUMNS_H
#define WP_TEXT_CORPUS_COLUMNS_H

#include "text/corpus.h"

struct wp_corpus_columns_part;
struct wp_corpus_columns {
	struct wp_corpus *corpus;
	struct wp_corpus_columns_part *part; /* (corpus->columns) */
};

/* Those of these names, which may be NULL; each keeps up to `memory` bytes in memory.  On
 * failure, too, fini is due. */
WP_MUST_CHECK enum wp_err wp_corpus_columns_init(struct wp_corpus_columns *columns,
	struct wp_corpus *corpus, const struct wp_strings *names, size_t memory,
	const char *directory);

/* Take a record of one of them; *taken tells whether it is one.  first: it is in the first of
 * joined streams. */
WP_MUST_CHECK enum wp_err wp_corpus_columns_take(struct wp_corpus_columns *columns,
	struct wp_reader *reader, const struct wp_tensor *tensor, bool first, bool *taken);

/* The stream is at its end, and has so many tokens. */
WP_MUST_CHECK enum wp_err wp_corpus_columns_end_stream(struct wp_corpus_columns *columns,
	struct wp_reader *reader, uint64_t tokens, bool first);

/* All streams are read: the corpus has the columns. */
WP_MUST_CHECK enum wp_err wp_corpus_columns_map(struct wp_corpus_columns *columns);
void wp_corpus_columns_fini(
	struct wp_corpus_columns *columns); /* of what is not the corpus's */

#endif
