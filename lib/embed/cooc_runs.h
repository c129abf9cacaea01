/* Matrices of counts put aside in temporary files, to be added up.  (Internal.)
 *
 * A run is one matrix, its rows in order and its numbers packed, at about three bytes a cell.
 * Runs lie one after the other in a file without a name; where they become too many to be
 * read at once they are added up to one run of another file.  So a few open files are enough
 * for any number of runs.
 */
#ifndef WP_EMBED_COOC_RUNS_H
#define WP_EMBED_COOC_RUNS_H

#include "embed/cooc.h"

struct wp_cooc_runs;

enum { WP_COOC_FAN_IN = 256 }; /* a good number of runs to be read at once */

/* words: rows, and columns unless the columns are documents; then those of a run come after
 * those of the runs before it.  memory: for reading, spread over the runs.  fan_in: runs of a
 * file at most. */
WP_MUST_CHECK enum wp_err wp_cooc_runs_create(struct wp_cooc_runs **runs, size_t words,
	bool documents, size_t memory, const char *directory, size_t fan_in);
void wp_cooc_runs_free(struct wp_cooc_runs *runs);

/* Add cells to the current run; a wp_cooc_sink whose arg is the runs.  WP_ELIMIT for a sum of
 * 2^53 or more. */
WP_MUST_CHECK enum wp_err wp_cooc_runs_put(
	void *runs, int32_t row, size_t count, const int32_t *col, const uint64_t *sum);

/* The run is complete; the next one begins. */
WP_MUST_CHECK enum wp_err wp_cooc_runs_end(struct wp_cooc_runs *runs);

/* Add up all runs and give the rows to sink. */
WP_MUST_CHECK enum wp_err wp_cooc_runs_merge(
	struct wp_cooc_runs *runs, wp_cooc_sink *sink, void *arg);

/* WP_ELIMIT where one of the sums is 2^53 or more, which a double would round. */
WP_MUST_CHECK enum wp_err wp_cooc_check_sums(int32_t row, size_t count, const uint64_t *sum);

/* Bytes written to files so far. */
uint64_t wp_cooc_runs_bytes(const struct wp_cooc_runs *runs);

#endif
