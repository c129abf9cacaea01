/* A text as a sparse matrix: one-hot rows for its tokens, or bags of words, or of n-grams, for
 * its sentences; counts, or weighed by TF-IDF.
 *
 *	wp_onehot_default(&config);  ...  wp_onehot_check(&config);
 *	wp_onehot_create(&onehot, &config, words, writer);
 *	while (...) wp_onehot_add(onehot, ids, n, ends);
 *	wp_onehot_finish(onehot);
 *	wp_onehot_free(onehot);
 *
 * Writes cells (stream/cells.h) or a dense tensor, both named `onehot`.  The value of a cell is
 * norm(tf * idf), in the notation of Manning, Raghavan & Schuetze (Introduction to Information
 * Retrieval, 2008, ch. 6): tf from how often the column occurs in the row, idf from the number
 * df of rows in which it occurs.  With the defaults it is what TfidfVectorizer of scikit-learn
 * computes.
 * With idf the document frequencies are written as well, and where columns are learnt the
 * n-grams that they stand for, as `onehot.ngram` (i32, columns x most).
 *
 * Memory does not grow with the number of rows.  With idf of these rows, or a dense tensor, all
 * are counted first and put aside meanwhile, in memory and beyond that on disk.
 */
#ifndef WP_TEXT_ONEHOT_H
#define WP_TEXT_ONEHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "stream/writer.h"
#include "text/document_frequency.h"
#include "text/ngram_table.h"

#ifdef __cplusplus
extern "C" {
#endif

enum wp_norm {
	WP_NORM_NONE,
	WP_NORM_L1, /* the values of a row, made positive, add up to 1 */
	WP_NORM_L2  /* their squares do                               */
};

struct wp_onehot_columns;

struct wp_onehot_config {
	bool bags;        /* a row for each sentence, not for each token          */
	int least, most;  /* n-grams of so many tokens; only in bags              */
	uint64_t buckets; /* columns for hashed n-grams; 0: exact columns         */
	uint64_t min_df;  /* columns only for n-grams that so many rows have, numbered as they
			   * first occur; 0: for all that could be             */
	const struct wp_onehot_columns *from; /* those of other rows, with their settings and
					       * frequencies; borrowed, or NULL         */
	bool binary;    /* tf is 1, not the number of times                     */
	bool sublinear; /* tf is 1 + ln(number of times)                        */
	enum wp_idf idf;
	struct wp_df *df; /* of other rows, to be used instead of these; borrowed, or NULL  */
	enum wp_norm norm;
	bool dense;         /* a tensor instead of cells ...                    */
	enum wp_type type;  /* ... of this type: WP_F32 or WP_U8                 */
	size_t memory;      /* bytes, for what is put aside; and the largest dense tensor */
	const char *tmpdir; /* borrowed                                          */
};

/* The columns of a matrix, and how its rows were made: what onehot or linear-train wrote. */
struct wp_onehot_columns {
	struct wp_strings vocab, settings;
	struct wp_ngram_table table; /* most = 0: columns are numbered without one */
	struct wp_df df;             /* of idf; count NULL: none                    */
	int64_t columns;
};

/* Read them from a stream.  WP_EMISMATCH where it has none, or they do not fit together. */
WP_MUST_CHECK enum wp_err wp_onehot_columns_read(
	struct wp_onehot_columns *from, struct wp_reader *reader, size_t memory);
void wp_onehot_columns_fini(struct wp_onehot_columns *from);

/* What its settings say goes to *config, all but memory and directory; and config->from. */
WP_MUST_CHECK enum wp_err wp_onehot_columns_use(
	const struct wp_onehot_columns *from, struct wp_onehot_config *config);

/* The settings of bags as lines NAME=VALUE. */
WP_MUST_CHECK enum wp_err wp_onehot_settings_put(
	const struct wp_onehot_config *config, struct wp_writer *writer);

/* A row for each token. */
void wp_onehot_default(struct wp_onehot_config *config);

/* WP_EINVAL where settings contradict each other; the detail names them as the options of
 * onehot(1). */
WP_MUST_CHECK enum wp_err wp_onehot_check(const struct wp_onehot_config *config);

struct wp_onehot;

/* Over a vocabulary of so many words.  Rows go to writer, which is borrowed.  WP_ELIMIT where
 * the columns are too many to number, or their document frequencies do not fit the memory;
 * WP_EMISMATCH where config->df has other columns. */
WP_MUST_CHECK enum wp_err wp_onehot_create(struct wp_onehot **onehot,
	const struct wp_onehot_config *config, size_t words, struct wp_writer *writer);
void wp_onehot_free(struct wp_onehot *onehot); /* may be NULL */

/* The next n ids of the current sentence, all below `words`; with `ends` it is over. */
WP_MUST_CHECK enum wp_err wp_onehot_add(
	struct wp_onehot *onehot, const int32_t *ids, size_t n, bool ends);

struct wp_onehot_size {
	int64_t rows, columns;
	uint64_t cells; /* that are not 0 and have left for the writer */
	double bytes;   /* of a dense tensor                           */
};
struct wp_onehot_size wp_onehot_size(const struct wp_onehot *onehot);

/* The text is over: write what has not been written yet.  WP_ELIMIT where a dense tensor is
 * larger than the memory: then nothing of it is written. */
WP_MUST_CHECK enum wp_err wp_onehot_finish(struct wp_onehot *onehot);

#ifdef __cplusplus
}
#endif
#endif
