/* Sampled softmax, for training: the sum over all classes by which softmax divides is
 * estimated from a few of them (Bengio & Senecal 2003; Jean et al. 2015).
 *
 * For a batch, S noise classes are drawn from a distribution Q, with replacement.  With s_c for
 * the logit of class c, and t for the target,
 *
 *	Z = sum_c exp s_c  is estimated by  exp s_t + sum over noise c != t of exp s_c / (S Q_c)
 *
 * which is Z on average.  Loss and gradient are those of softmax over the target and the
 * noise, where the logarithm of its expected count, S Q_c, is subtracted from the logit of each
 * noise class.  One that was drawn several times counts so often.  (Internal: with real.h.)
 */
#ifndef WP_NN_SAMPLED_H
#define WP_NN_SAMPLED_H

#include "nn/outputs/output.h"

struct NN(sampler);

/* Q is proportional to counts^0.75, or, where they are NULL, log-uniform: to
 * log((c + 2) / (c + 1)), as fits classes that are sorted by how frequent they are. */
WP_MUST_CHECK enum wp_err NN(sampler_create)(struct NN(sampler) **sampler, size_t classes,
	size_t width, int samples, const int64_t *counts, uint64_t seed);
void NN(sampler_free)(struct NN(sampler) *sampler); /* takes NULL */

/* Loss and gradient, added to score and gradient: only the weights of noise and targets get
 * one.  What is drawn follows from the seed and output->number.  A class counts as correct
 * where no noise is likelier. */
WP_MUST_CHECK enum wp_err NN(sampled_train)(
	struct NN(sampler) *sampler, const struct NN(output) *output);

#endif
