/* What clipping does in a training run: the gradient norms of its steps, summed up.
 *
 * Clipping by norm (Pascanu, Mikolov & Bengio 2013) scales a gradient whose norm is above a
 * threshold down to it.  Too low, and every step is cut; too high, and it never acts when a
 * gradient explodes.  The norms of a run tell which.
 */
#ifndef WP_NN_CLIP_STATS_H
#define WP_NN_CLIP_STATS_H

#include "base/strings.h"
#include "stream/tensor_set.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The record of a run, as `rnn-train --gradients` writes it; borrowed from its tensor set. */
struct wp_clip_record {
	size_t steps, groups;
	const int64_t *step;  /* (steps): their numbers                                      */
	const float *norm;    /* (steps): of the whole gradient, before clipping             */
	const float *clipped; /* (steps): after it                                           */
	const float *loss;    /* (steps): mean over the targets of the step                  */
	const float *group;   /* (steps, groups): norm of each parameter's part, before      */
	const struct wp_strings *names; /* (groups)                                           */
	double threshold; /* 0: no clipping                                              */
};

/* WP_EMISMATCH where set is no such record. */
WP_MUST_CHECK enum wp_err wp_clip_record_get(
	struct wp_clip_record *record, const struct wp_tensor_set *set);

enum {
	WP_CLIP_QUANTILES = 9,
	WP_CLIP_PARTS = 10,   /* of the run, for the drift                       */
	WP_CLIP_SPIKES = 10,  /* the highest that are listed                     */
	WP_CLIP_BEHIND = 100, /* a spike is held against so many steps before it */
	WP_CLIP_BINS = 24     /* of the histogram, at most                       */
};

extern const double wp_clip_quantiles[WP_CLIP_QUANTILES]; /* 0, 0.01 ... 1 */

/* A step whose norm stands out from those before it. */
struct wp_clip_spike {
	size_t at;    /* index of the step                                       */
	double usual; /* median norm of the WP_CLIP_BEHIND steps before          */
};

struct wp_clip_part {
	size_t first, steps, clipped;
	double median, largest, loss; /* of the norms; mean loss */
};

struct wp_clip_bin {
	double from, to; /* norms in [from, to) */
	size_t steps;
};

struct wp_clip_group {
	double median, p99, largest; /* of the norms of this group                       */
	double share;                /* of the squared norm of the whole, mean over steps */
};

struct wp_clip_stats {
	size_t finite;  /* steps whose norm is a finite number; all below is of these */
	size_t clipped; /* steps that clipping changed                                */
	double kept;    /* mean of clipped norm / norm over those; 1 without any      */
	double mean, quantile[WP_CLIP_QUANTILES];
	struct wp_clip_part part[WP_CLIP_PARTS];
	size_t parts;
	size_t spikes; /* steps above spike_ratio times the usual: all there are ...  */
	struct wp_clip_spike spike[WP_CLIP_SPIKES]; /* ... and the most outstanding   */
	size_t listed;
	struct wp_clip_bin bin[WP_CLIP_BINS];
	size_t bins;
	double suggestion; /* the quantile 1 - share of the norms after the first part */
	struct wp_clip_group *group; /* (record->groups)                              */
};

/* share: of the steps that the suggested threshold would clip; spike_ratio: see spikes.  The
 * stats own memory: wp_clip_stats_fini.  WP_EMISMATCH for a record without a finite step. */
WP_MUST_CHECK enum wp_err wp_clip_stats_init(struct wp_clip_stats *stats,
	const struct wp_clip_record *record, double share, double spike_ratio);
void wp_clip_stats_fini(struct wp_clip_stats *stats);

#ifdef __cplusplus
}
#endif
#endif
