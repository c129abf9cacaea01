/* What a recurrent network looks like: the settings from which everything else follows.
 *
 * A network is an input (tokens looked up, or real numbers), a stack of recurrent layers, and a
 * head, which makes the outputs of a task and the loss.  With a config alone, rnn/layout.h says
 * which parameters there are, and rnn/net.h runs it.
 */
#ifndef WP_RNN_CONFIG_H
#define WP_RNN_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The equations are in rnn/cell.h. */
enum wp_rnn_cell {
	WP_RNN_ELMAN,           /* Elman 1990                                            */
	WP_RNN_JORDAN,          /* Jordan 1986: the output is fed back, not the state    */
	WP_RNN_LSTM,            /* Hochreiter & Schmidhuber 1997, Gers et al. 2000       */
	WP_RNN_PEEPHOLE,        /* LSTM with peepholes: Gers & Schmidhuber 2000          */
	WP_RNN_GRU,             /* Cho et al. 2014, reset after the product (as cuDNN)   */
	WP_RNN_GRU_RESET_BEFORE /* Cho et al. 2014 as published: reset before the product */
};

enum wp_rnn_activation { WP_RNN_TANH, WP_RNN_RELU, WP_RNN_SIGMOID }; /* Elman and Jordan */

enum wp_rnn_input {
	WP_RNN_ONEHOT,    /* tokens; the first layer's weights are gathered, never multiplied */
	WP_RNN_EMBEDDING, /* tokens; a learnt or given table of vectors comes first           */
	WP_RNN_REAL       /* vectors of real numbers                                          */
};

enum wp_rnn_task {
	WP_RNN_LM,       /* the next token, at each step            */
	WP_RNN_CLASSIFY, /* a label for each sequence               */
	WP_RNN_TAG,      /* a label for each token                  */
	WP_RNN_REGRESS   /* real numbers: for each step or sequence */
};

/* How a sequence becomes one vector: classify, and regress at the end. */
enum wp_rnn_pooling {
	WP_RNN_LAST, /* last state forward; for the backward direction, its last: that of step 0
		      */
	WP_RNN_MEAN,
	WP_RNN_MAX
};

enum wp_rnn_softmax { WP_RNN_FULL, WP_RNN_SAMPLED, WP_RNN_HIERARCHICAL };

struct wp_rnn_config {
	enum wp_rnn_task task;
	enum wp_rnn_cell cell;
	enum wp_rnn_activation activation;
	int layers;
	int hidden;         /* H: units of each layer and direction                        */
	bool bidirectional; /* each layer reads what both directions of the one below made */
	bool no_bias;       /* no biases anywhere                                          */

	enum wp_rnn_input input;
	size_t inputs;   /* V: tokens of the vocabulary, or numbers in an input vector       */
	int embedding;   /* D: length of an embedding vector                                 */
	bool freeze;     /* the embedding is not trained                                     */
	size_t subwords; /* rows of the table for parts of words (rnn/subword.h); 0: none  */

	size_t outputs; /* tokens, labels, tags, or numbers in a target vector             */
	bool each_step; /* regress: a target for each step, not one at the end             */
	enum wp_rnn_pooling pooling;
	enum wp_rnn_softmax softmax; /* for training; evaluation is always by the full one */
	int samples;                 /* sampled soft-max: noise classes for a batch        */
	bool tied; /* lm: the output's weights are the embedding's: D is the state's width */

	double dropout;   /* of what goes into each layer and into the head                  */
	bool variational; /* one mask for all time steps, and one for the recurrent
			   * connections (Gal & Ghahramani 2016)                           */
	double recurrent_dropout; /* share for those connections; only if variational      */
	double word_dropout; /* a, for words: in training a word that occurs n times has the
			      * vector of UNKNOWN_TOKEN instead of its own with probability
			      * a / (a + n) (Kiperwasser & Goldberg 2016), so that this one is
			      * trained; its subwords stay                               */
	int32_t unknown;     /* that token's id, or -1                                    */
};

/* A network of one LSTM layer of 128 units that reads one-hot tokens; inputs and outputs are 0.
 */
void wp_rnn_config_default(struct wp_rnn_config *config);

/* WP_EINVAL, saying which, where settings are out of range or do not go together. */
WP_MUST_CHECK enum wp_err wp_rnn_config_check(const struct wp_rnn_config *config);

/* The width of what the stack hands to the head: H, or 2 H if bidirectional.  A Jordan
 * network's stack gives the outputs themselves. */
size_t wp_rnn_width(const struct wp_rnn_config *config);

/* The words for the values of the enums, ended by NULL: for options and saved settings. */
extern const char *const wp_rnn_cells[];
extern const char *const wp_rnn_activations[];
extern const char *const wp_rnn_inputs[];
extern const char *const wp_rnn_tasks[];
extern const char *const wp_rnn_poolings[];
extern const char *const wp_rnn_softmaxes[];

#ifdef __cplusplus
}
#endif
#endif
