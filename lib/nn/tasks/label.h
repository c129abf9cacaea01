/* Labels of sentences, and tags of tokens. */
#ifndef WP_NN_LABEL_H
#define WP_NN_LABEL_H

#include "text/metrics.h"
#include "nn/tasks/model_input.h"
#include "stream/output.h"

#ifdef __cplusplus
extern "C" {
#endif

struct wp_nn_labelling {
	int threads;
	bool by_token;      /* tags: a row for each token, not for each sentence            */
	bool probabilities; /* with the probabilities of all labels; tags: by token, too    */
	size_t best; /* tags: so many of the most probable sequences, by token; 0: one, as it
		      * is.  WP_EMISMATCH for a model whose output has no such sequences */
};

/* What was found; a zeroed one is nothing. */
struct wp_nn_labelled {
	struct wp_strings labels;   /* the model's, then those that only the stream has */
	struct wp_metrics *metrics; /* NULL where the stream has no labels (or tags)    */
	uint64_t sentences, tokens;
};

/* Write the most probable labels or tags, whichever the model is for, to output, if that is not
 * NULL; in which form, rnn-predict(1) says.  The caller frees *labelled, also on failure. */
WP_MUST_CHECK enum wp_err wp_nn_label(const struct wp_nn_model_input *reading,
	const struct wp_nn_labelling *how, struct wp_output *output,
	struct wp_nn_labelled *labelled);
void wp_nn_labelled_fini(struct wp_nn_labelled *labelled);

#ifdef __cplusplus
}
#endif
#endif
