/* Models in ARPA's form: the text file that programs for n-gram models have in common.
 *
 * SENTENCE_START, SENTENCE_END and UNKNOWN_TOKEN are <s>, </s> and <unk> there.
 */
#ifndef WP_NGRAM_ARPA_H
#define WP_NGRAM_ARPA_H

#include "ngram/estimate.h"
#include "stream/input.h"
#include "stream/output.h"

#ifdef __cplusplus
extern "C" {
#endif

struct wp_arpa_writer;

/* For wp_ngram_estimate: writes its n-grams as they come; the sink's functions get the writer.
 * Both are borrowed.  WP_EMISMATCH where the vocabulary has <s>, </s> or <unk> as a word beside
 * the special token. */
WP_MUST_CHECK enum wp_err wp_arpa_writer_create(struct wp_arpa_writer **arpa,
	const struct wp_ngram_counts *counts, struct wp_output *output);
void wp_arpa_writer_free(struct wp_arpa_writer *arpa); /* may be NULL */
struct wp_ngram_sink wp_arpa_writer_sink(struct wp_arpa_writer *arpa);

/* Read a file of this form from input, which it closes, and write it as a model.  WP_ECORRUPT,
 * naming the line, for what is none: lines that end with CR LF, probabilities above 1, n-grams
 * whose context is missing or has no back-off weight, words that are not among the 1-grams,
 * fewer or more n-grams than announced; WP_ETRUNC where the end is missing. */
WP_MUST_CHECK enum wp_err wp_arpa_read(struct wp_input *input, struct wp_writer *writer);

#ifdef __cplusplus
}
#endif
#endif
