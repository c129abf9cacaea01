/* What a recurrent network looks like: the settings from which everything else follows.
 *
 * A network is an input (tokens looked up, or real numbers), a stack of recurrent layers, and a
 * head, which makes the outputs of a task and the loss.  With a config alone, nn/core/params.h
 * says which parameters there are, and nn/net/net.h runs it.
 */
#ifndef WP_NN_CONFIG_H
#define WP_NN_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "nn/core/task.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A number that is left to what it depends on. */
enum { WP_NN_UNSET = -1 };

/* The equations are in nn/kernels/cells.h. */
enum wp_nn_cell_kind {
	WP_NN_ELMAN,           /* Elman 1990                                            */
	WP_NN_JORDAN,          /* Jordan 1986: the output is fed back, not the state    */
	WP_NN_LSTM,            /* Hochreiter & Schmidhuber 1997, Gers et al. 2000       */
	WP_NN_PEEPHOLE,        /* LSTM with peepholes: Gers & Schmidhuber 2000          */
	WP_NN_GRU,             /* Cho et al. 2014, reset after the product (as cuDNN)   */
	WP_NN_GRU_RESET_BEFORE /* Cho et al. 2014 as published: reset before the product */
};

enum wp_nn_activation { WP_NN_TANH, WP_NN_RELU, WP_NN_SIGMOID }; /* Elman and Jordan */

enum wp_nn_input {
	WP_NN_ONEHOT,    /* tokens; the first layer's weights are gathered, never multiplied */
	WP_NN_EMBEDDING, /* tokens; a learnt or given table of vectors comes first           */
	WP_NN_REAL       /* vectors of real numbers                                          */
};

/* How a sequence becomes one vector: classify, and regress at the end. */
enum wp_nn_pooling {
	WP_NN_LAST, /* last state forward; for the backward direction, its last: that of step 0
		     */
	WP_NN_MEAN,
	WP_NN_MAX
};

/* translate: how the decoder attends to the source (nn/layers/alignment.h): additive inside the
 * recurrence, dot and general after it. */
enum wp_nn_attention_kind {
	WP_NN_NO_ATTENTION,
	WP_NN_ATTENTION_ADDITIVE,
	WP_NN_ATTENTION_DOT,
	WP_NN_ATTENTION_GENERAL
};

/* What the vector of a sequence is for: it goes into the first layer at each step, beside the
 * token, or is what the layers begin with, tanh(W v + b). */
enum wp_nn_condition { WP_NN_NO_CONDITION, WP_NN_CONDITION_STEP, WP_NN_CONDITION_START };

enum wp_nn_softmax { WP_NN_FULL, WP_NN_SAMPLED, WP_NN_HIERARCHICAL };

/* A further column of a text: a token at each step. */
struct wp_nn_column {
	const char *name; /* borrowed                                                   */
	size_t values;    /* how many there are: tokens of its vocabulary               */
	int dim;          /* of the vector for each that settings are short for         */
};
enum { WP_NN_MOST_COLUMNS = 14 };

struct wp_nn_config {
	/* The network in words (nn/net/graph.h), borrowed; NULL: what the settings below are
	 * short for. */
	const char *net;

	enum wp_nn_task task;
	enum wp_nn_cell_kind cell;
	enum wp_nn_activation activation;
	int layers;
	int hidden;         /* H: units of each layer and direction                        */
	bool bidirectional; /* each layer reads what both directions of the one below made */
	bool no_bias;       /* no biases anywhere                                          */

	enum wp_nn_input input;
	bool cells; /* not saved: rows of numbers come as cells (nn/core/batch.h), so that few
		     * weights of the first layer take part in a batch             */
	size_t inputs; /* V: tokens of the vocabulary, or numbers in an input vector; of pairs,
			* those of the sources                                          */
	int embedding; /* D: length of an embedding vector                                 */
	bool freeze;   /* the embedding is not trained                                     */
	size_t subwords; /* rows of the table for parts of words (text/subword.h); 0: none  */
	size_t encoding; /* numbers in a vector for each sequence that it reads; 0: none    */
	enum wp_nn_condition condition;

	size_t outputs; /* tokens (of pairs, those of the targets), labels, tags, or numbers in
			 * a target vector                                              */
	bool each_step; /* where the task leaves it open: a target for each row             */
	enum wp_nn_pooling pooling;
	enum wp_nn_softmax softmax; /* for training; evaluation is always by the full one */
	int samples;                /* sampled softmax: noise classes for a batch        */
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

	/* What there is beside the input; borrowed.  The network in words says what it reads.
	 */
	const struct wp_nn_column *column;
	size_t columns;

	/* The following are saved in the words of a network alone. */
	double embedding_dropout; /* share of the words whose vectors are zero in a batch  */
	double weight_drop;       /* share of the recurrent weights (Merity et al. 2018)   */
	double label_smoothing;   /* of a softmax over all classes                         */
	enum wp_nn_attention_kind attention; /* translate */
	int heads; /* ... with so many heads                            */
};

/* A network of one LSTM layer of 128 units that reads one-hot tokens; inputs and outputs are 0.
 */
void wp_nn_config_default(struct wp_nn_config *config);

/* WP_EINVAL, saying which, where settings are out of range or do not go together; what types
 * of layers and outputs have to say of them comes when the network is made (nn/net/graph.h). */
WP_MUST_CHECK enum wp_err wp_nn_config_check(const struct wp_nn_config *config);

/* Is there one target for each row, not one for each sequence? */
bool wp_nn_by_row(enum wp_nn_task task, bool each_step);

/* Is there one output for each sequence, not one for each step? */
bool wp_nn_at_end(const struct wp_nn_config *config);

/* The width of the layers: H, or 2 H if bidirectional. */
size_t wp_nn_width(const struct wp_nn_config *config);

/* The words for the values of the enums, ended by NULL: for options and saved settings. */
extern const char *const wp_nn_cells[];
extern const char *const wp_nn_activations[];
extern const char *const wp_nn_inputs[];
extern const char *const wp_nn_poolings[];
extern const char *const wp_nn_softmaxes[];
extern const char *const wp_nn_conditions[];
extern const char *const wp_nn_attentions[];

#ifdef __cplusplus
}
#endif
#endif
