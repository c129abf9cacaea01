/* Drawing a class from what a network gives: a token, from its logits.
 *
 * The logits are divided by the temperature and become probabilities; then all but the most
 * probable classes may be left out, by their number (top_k) or by what they have together
 * (top_p, Holtzman et al. 2020).
 */
#ifndef WP_NN_SAMPLER_H
#define WP_NN_SAMPLER_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#ifdef __cplusplus
extern "C" {
#endif

struct wp_nn_sampling {
	double temperature; /* 0: always the most probable class, the first of equals        */
	int top_k;          /* so many of the most probable classes; 0: all                  */
	double top_p; /* those of them that together have at least this probability; 1: all */
};

/* Temperature 1, all classes. */
void wp_nn_sampling_default(struct wp_nn_sampling *sampling);
WP_MUST_CHECK enum wp_err wp_nn_sampling_check(const struct wp_nn_sampling *sampling);

struct wp_nn_chooser;

WP_MUST_CHECK enum wp_err wp_nn_chooser_create(
	struct wp_nn_chooser **chooser, const struct wp_nn_sampling *sampling, size_t classes);
void wp_nn_chooser_free(struct wp_nn_chooser *chooser); /* may be NULL */

/* Begin the draws that (seed, sequence) name; (1, 0) at first. */
void wp_nn_chooser_seed(struct wp_nn_chooser *chooser, uint64_t seed, uint64_t sequence);

/* Never draw this class; the others share its probability.  One at least must be left. */
WP_MUST_CHECK enum wp_err wp_nn_chooser_ban(struct wp_nn_chooser *chooser, int32_t class_);

/* It may be drawn again. */
void wp_nn_chooser_allow(struct wp_nn_chooser *chooser, int32_t class_);

/* A class, drawn by its logits (classes). */
int32_t wp_nn_choose(struct wp_nn_chooser *chooser, const float *logits);

/* The probabilities (classes) at the temperature of the draws, 1 if that is 0, without the
 * banned ones, and with nothing else left out; borrowed until the next call. */
const float *wp_nn_chances(struct wp_nn_chooser *chooser, const float *logits);

#ifdef __cplusplus
}
#endif
#endif
