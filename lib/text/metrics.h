/* How well predicted labels agree with given ones: accuracy, a confusion matrix, precision,
 * recall and F1 of each label; and of phrases that are marked by tags such as B-PER, I-PER and
 * O, as the shared tasks of CoNLL measure them (Tjong Kim Sang & De Meulder 2003).
 */
#ifndef WP_TEXT_METRICS_H
#define WP_TEXT_METRICS_H

#include <stdbool.h>

#include "base/strings.h"
#include "stream/output.h"
#include "text/tag_scheme.h"

#ifdef __cplusplus
extern "C" {
#endif

struct wp_metrics;

/* labels is borrowed.  Labels are tags of phrases if they are of chunks (text/tag_scheme.h). */
WP_MUST_CHECK enum wp_err wp_metrics_create(
	struct wp_metrics **metrics, const struct wp_strings *labels);
void wp_metrics_free(struct wp_metrics *metrics); /* may be NULL */

/* The labels of a sequence, numbers below labels->count; where they are of sentences, one call
 * for each.  A negative `predicted` is none, and wrong. */
WP_MUST_CHECK enum wp_err wp_metrics_add(
	struct wp_metrics *metrics, const int32_t *given, const int32_t *predicted, size_t n);

/* All labels so far; and all phrases, or false where labels are no phrase tags. */
struct wp_chunk_counts wp_metrics_total(const struct wp_metrics *metrics);
bool wp_metrics_phrases(const struct wp_metrics *metrics, struct wp_chunk_counts *phrases);

/* Tables, separated by tabs: see rnn-predict(1).  unit is what one label is of: "sentences". */
WP_MUST_CHECK enum wp_err wp_metrics_report(
	const struct wp_metrics *metrics, const char *unit, struct wp_output *output);

#ifdef __cplusplus
}
#endif
#endif
