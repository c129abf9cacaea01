/* The statistics of clipping as text: a report to read, or a table to compute with. */
#ifndef WP_NN_CLIP_REPORT_H
#define WP_NN_CLIP_REPORT_H

#include "nn/analysis/clip_stats.h"
#include "stream/output.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A report of some 40 lines; with histogram, the distribution of the norms as well. */
WP_MUST_CHECK enum wp_err wp_clip_report(struct wp_output *output,
	const struct wp_clip_record *record, const struct wp_clip_stats *stats, double share,
	bool histogram);

/* The same figures, separated by tabs, with a heading line: part, item, quantity, value. */
WP_MUST_CHECK enum wp_err wp_clip_table(struct wp_output *output,
	const struct wp_clip_record *record, const struct wp_clip_stats *stats);

#ifdef __cplusplus
}
#endif
#endif
