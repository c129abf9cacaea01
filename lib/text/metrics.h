/* How well predicted labels agree with given ones: accuracy, a confusion matrix, precision,
 * recall and F1 of each label; and of phrases that are marked by tags such as B-PER, I-PER and
 * O, as the shared tasks of CoNLL measure them (Tjong Kim Sang & De Meulder 2003).
 */
#ifndef WP_TEXT_METRICS_H
#define WP_TEXT_METRICS_H

#include <stdbool.h>

#include "base/strings.h"
#include "stream/output.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Of one label or type, or of all together. */
struct wp_counts_f1 {
	uint64_t given, predicted, correct;
};

/* Shares; what is divided by nothing is 0. */
double wp_precision(const struct wp_counts_f1 *counts);
double wp_recall(const struct wp_counts_f1 *counts);
double wp_f1(const struct wp_counts_f1 *counts);

struct wp_metrics;

/* labels is borrowed.  Labels are phrase tags if each of them is O or begins with B- or I-, and
 * there is one of these. */
WP_MUST_CHECK enum wp_err wp_metrics_create(
	struct wp_metrics **metrics, const struct wp_strings *labels);
void wp_metrics_free(struct wp_metrics *metrics); /* may be NULL */

/* The labels of a sequence, numbers below labels->count; where they are of sentences, one call
 * for each.  A negative `predicted` is none, and wrong. */
WP_MUST_CHECK enum wp_err wp_metrics_add(
	struct wp_metrics *metrics, const int32_t *given, const int32_t *predicted, size_t n);

/* All labels so far; and all phrases, or false where labels are no phrase tags. */
struct wp_counts_f1 wp_metrics_total(const struct wp_metrics *metrics);
bool wp_metrics_phrases(const struct wp_metrics *metrics, struct wp_counts_f1 *phrases);

/* Tables, separated by tabs: see rnn-predict(1).  unit is what one label is of: "sentences". */
WP_MUST_CHECK enum wp_err wp_metrics_report(
	const struct wp_metrics *metrics, const char *unit, struct wp_output *output);

#ifdef __cplusplus
}
#endif
#endif
