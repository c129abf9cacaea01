/* Labels of sentences, and tags of tokens. */
#ifndef WP_RNN_LABEL_H
#define WP_RNN_LABEL_H

#include "text/metrics.h"
#include "rnn/reading.h"
#include "stream/output.h"

#ifdef __cplusplus
extern "C" {
#endif

struct wp_rnn_labelling {
	int threads;
	bool by_token;      /* tags: a row for each token, not for each sentence            */
	bool probabilities; /* with the probabilities of all labels; tags: by token, too    */
};

/* What was found; a zeroed one is nothing. */
struct wp_rnn_labelled {
	struct wp_strings labels;   /* the model's, then those that only the stream has */
	struct wp_metrics *metrics; /* NULL where the stream has no labels (or tags)    */
	uint64_t sentences, tokens;
};

/* Write the most probable labels or tags, whichever the model is for, to output, if that is not
 * NULL; in which form, rnn-predict(1) says.  The caller frees *labelled, also on failure. */
WP_MUST_CHECK enum wp_err wp_rnn_label(const struct wp_rnn_reading *reading,
	const struct wp_rnn_labelling *how, struct wp_output *output,
	struct wp_rnn_labelled *labelled);
void wp_rnn_labelled_fini(struct wp_rnn_labelled *labelled);

#ifdef __cplusplus
}
#endif
#endif
