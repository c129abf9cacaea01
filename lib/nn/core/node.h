/* A network is a list of nodes, each of a type that is declared once: what can be said of it,
 * which shapes and parameters that makes, and how it runs.  (Internal.)
 *
 * A type is one file in nn/layers or nn/outputs and one line in nn/net/types.c.  What it says
 * here is compiled once; the arithmetic (nn/core/layer.h), twice.
 *
 * A node reads what one earlier node made, or several, or what the network reads
 * (nn/net/graph.h).  It declares its parameters when the list is planned, and keeps their
 * numbers; nothing is found by name later.
 */
#ifndef WP_NN_NODE_H
#define WP_NN_NODE_H

#include "base/setting.h"
#include "nn/core/context.h"
#include "nn/core/params.h"

/* What passes from node to node: a row for each step of each sequence, or for each sequence. */
struct wp_nn_shape {
	size_t width;    /* numbers in a row; of tokens, how many there are               */
	bool tokens;     /* ids of tokens, not numbers                                    */
	bool cells;      /* numbers of which most are zeros, given as their others        */
	bool column;     /* ... of a further column, and no words: they have no parts and no
			  * characters, and may be unknown, below 0                       */
	bool pooled;     /* a row for each sequence                                       */
	size_t backward; /* columns, the last ones, of a direction that reads from the end:
			  * their last state is the one of step 0 */
	bool mixed;      /* such columns are anywhere                                     */
	bool source;     /* of pairs: rows of the sources, not of the targets             */
};

/* What goes from step to step of a sequence: so many numbers, zeros before the first one. */
struct wp_nn_state {
	const char *name;
	size_t width;
};

enum {
	WP_NN_LABEL_SIZE = 24,   /* of a node's label, with its end                */
	WP_NN_SETTINGS_SIZE = 64 /* the largest struct of settings                 */
};

enum { WP_NN_NODE_PARAMS = 10, WP_NN_NODE_STATES = 2, WP_NN_NODE_INPUTS = 16 };

/* What a node reads, by its number: that of a node, or of what the network reads: input 0,
 * which is the one that all networks have, is -1, the next one -2, and so on. */
#define WP_NN_INPUT(i)  (-1 - (i))
#define WP_NN_THE_INPUT WP_NN_INPUT(0)
#define WP_NN_NONE      ((size_t)-1) /* the number of a parameter that there is not */

struct wp_nn_node {
	const struct wp_nn_type *type;
	char label[WP_NN_LABEL_SIZE];
	union {
		double align;
		unsigned char bytes[WP_NN_SETTINGS_SIZE];
	} settings;
	int input[WP_NN_NODE_INPUTS], inputs; /* numbers of nodes, or WP_NN_INPUT(i) */
	/* Planned. */
	struct wp_nn_shape in[WP_NN_NODE_INPUTS], out;
	size_t back; /* steps before one that it reads, by itself and by what it reads */
	size_t param[WP_NN_NODE_PARAMS]; /* numbers, or WP_NN_NONE                       */
	int place;     /* the first of its places of chance (nn/layers/dropout.h) */
	size_t fan_in; /* what tables of tokens are scaled by: units of the first layer above */
	size_t outputs;  /* of the whole network                                         */
	bool numbers;    /* its outputs are numbers, not classes                         */
	bool by_row;     /* a target is a whole row of numbers, not each of them         */
	int32_t unknown; /* the id of UNKNOWN_TOKEN, or -1                               */
	const struct wp_nn_node *tied; /* an output: the embedding whose table its weights are,
					* or of numbers the layer; these: the output        */
};

/* What a GRU's candidate sees of the state before. */
enum wp_nn_reset {
	WP_NN_NO_RESET,
	WP_NN_RESET_AFTER, /* r . (h U_n + b): the product is kept apart, and has a bias */
	WP_NN_RESET_BEFORE /* (r . h) U_n: what the product reads is kept apart          */
};

/* The parts of a recurrent layer that can be looked at. */
struct wp_nn_cell {
	int kernel; /* enum wp_nn_cell_kind */
	size_t gates;
	const char *const *gate_names; /* NULL ends; none where there is one "gate" only     */
	bool has_cell;                 /* a cell state beside the state                      */
	enum wp_nn_reset reset;
	bool peephole;
	bool has_activation; /* can be chosen: the state is an activation of sums */
};

struct wp_nn_config;

/* A network in words in which a type is tested: its gradients, its steps, its words. */
struct wp_nn_case {
	const char *net;
	int task;     /* enum wp_nn_task                     */
	bool numbers; /* it reads numbers                    */
	bool at_end;  /* regress: one target for each series; autoencode: of counts */
};
#define WP_NN_LM_CASE(net) \
	{ \
		net, WP_NN_LM, false, false \
	}
#define WP_NN_TAG_CASE(net) \
	{ \
		net, WP_NN_TAG, false, false \
	}
#define WP_NN_CLASSIFY_CASE(net) \
	{ \
		net, WP_NN_CLASSIFY, false, false \
	}
#define WP_NN_NUMBERS_CASE(net) \
	{ \
		net, WP_NN_REGRESS, true, false \
	}
#define WP_NN_AT_END_CASE(net) \
	{ \
		net, WP_NN_REGRESS, true, true \
	}
/* Auto-encoders: of numbers, of counts; read as they are, and as cells. */
#define WP_NN_ROWS_CASE(net) \
	{ \
		net, WP_NN_AUTOENCODE, true, false \
	}
#define WP_NN_COUNTS_CASE(net) \
	{ \
		net, WP_NN_AUTOENCODE, true, true \
	}
#define WP_NN_TRANSLATE_CASE(net) \
	{ \
		net, WP_NN_TRANSLATE, false, false \
	}
#define WP_NN_CASES_END \
	{ \
		NULL, 0, false, false \
	}

struct wp_nn_type {
	const char *name, *help;
	/* In the words of a network KEY=VALUE after the type's name, a flag KEY alone; the
	 * first one, if it is no flag, may be given by its value alone. */
	const struct wp_setting *settings;
	const void *defaults; /* a struct of settings              */
	size_t settings_size;
	const char *label;   /* of its nodes, numbered; NULL: the name            */
	bool joins;          /* reads two nodes or more; else one                 */
	int may_read;        /* ... and so many more, that it does without        */
	bool crosses;        /* may read both sides of pairs: plan says whose rows it makes; of
			      * others all that they read is of one side                  */
	bool output;         /* stands at the end                                 */
	bool tables_last;    /* its parameters come after those of other layers   */
	bool in_place;       /* what it gives back can overwrite what it got: the derivative  */
	bool numbers;        /* an output of numbers, not of classes              */
	bool decodes;        /* an output whose best classes are those of all rows together */
	bool writes_weights; /* an output that writes the gradient of its weights first and
				wholly */
	bool table;  /* its first parameter is a table of vectors, which outputs may share */
	bool weighs; /* an output that knows weights of classes */
	bool characters; /* it reads those of the words */
	bool cells;      /* it reads rows as cells, too (nn/core/batch.h) */
	bool lends; /* its first parameter (in, out) may be an output's (classes, in), too */
	bool variational;   /* ... drawn from a distribution, whose divergence is in the loss */
	bool counts;        /* an output of distributions over counts */
	bool code;          /* what it makes is the code of an auto-encoder */
	bool makes_outputs; /* a layer that makes the outputs: what follows is `direct` */
	const struct wp_nn_case *cases; /* ended by one without a network */

	/* WP_EINVAL where settings and node->in do not go together.  Sets node->out, and adds
	 * the parameters; it is called twice, first with params NULL, for the shape alone. */
	enum wp_err (*plan)(struct wp_nn_node *node, struct wp_nn_params *params);
	/* Of a layer that makes the outputs: adds the parameters that are named for the output;
	 * or NULL. */
	enum wp_err (*plan_last)(struct wp_nn_node *node, const struct wp_nn_node *output,
		struct wp_nn_params *params);
	/* What others ask of its settings; NULL: the answer is 0. */
	size_t (*units)(const struct wp_nn_node *node); /* of a recurrent layer          */
	size_t (*row_numbers)(const struct wp_nn_node *node); /* kept for a row, beside what it
							       * makes and its derivative */
	int (*directions)(const struct wp_nn_node *node);     /* of a recurrent layer        */
	size_t (*heads)(const struct wp_nn_node *node); /* with which it attends to a source */
	bool (*is_tied)(const struct wp_nn_node *node); /* an output: shares a table     */
	bool (*is_random)(
		const struct wp_nn_node *node); /* training is by chance (dropout, samples),
						 * or has another loss (smoothing)     */
	bool (*thins)(const struct wp_nn_node *node); /* of a code: some numbers become zeros */
	bool (*penalized)(const struct wp_nn_node *node); /* training adds to the gradient what
							   * is not that of the loss         */
	bool (*needs_whole)(const struct wp_nn_node *node); /* sequences, which cannot be cut */
	bool (*looks_ahead)(const struct wp_nn_node *node); /* reads steps to come           */
	size_t (*looks_back)(const struct wp_nn_node *node); /* reads so many steps before one:
							      * with fewer it is not whole  */
	size_t (*context)(const struct wp_nn_node *node); /* steps of the longest sequence that
							   * it reads; 0: of any          */
	bool (*is_linear)(const struct wp_nn_node *node); /* what it makes is linear in what it
							   * reads; it has no parameters  */
	/* Of an output of numbers: these are x W' + b, with parameters of its own, whose
	 * numbers these become; *bias may be WP_NN_NONE.  False where they are not. */
	bool (*affine)(const struct wp_nn_node *node, size_t *weight, size_t *bias);
	int (*places)(const struct wp_nn_node *node); /* of chance                     */
	/* Its states, if it does not look ahead: WP_NN_NODE_STATES at most; returns how many.
	 */
	int (*states)(const struct wp_nn_node *node, struct wp_nn_state *states);
	/* Numbers of each step that it keeps for all steps to come, where it goes one step at a
	 * time (nn/core/step.h); NULL: none. */
	size_t (*cached)(const struct wp_nn_node *node);
	const struct wp_nn_cell *cell; /* of a recurrent layer, or NULL */

	/* Sets what is short for the node (nn/net/short_form.c); NULL: nothing is. */
	void (*shorten)(const struct wp_nn_node *node, struct wp_nn_config *config);

	/* Of a name that is short for a list (nn/net/blocks.c), and has nothing of the below:
	 * that list in words, into text of size bytes; as snprintf.  memory: what it reads
	 * beside the item before it, "+LABEL", or "". */
	int (*expand)(
		const struct wp_nn_node *node, const char *memory, char *text, size_t size);

	/* The arithmetic: of a layer, or of an output. */
	const struct wp_nn_layer_ops *layer;
	const struct wp_nn64_layer_ops *layer64;
	const struct wp_nn_output_ops *out;
	const struct wp_nn64_output_ops *out64;
	/* The same, and over it the mean of each sequence, which is what a node makes then:
	 * where a mean alone reads it, and has_mean says that it can.  Of the layer's life; or
	 * NULL. */
	const struct wp_nn_layer_ops *mean;
	const struct wp_nn64_layer_ops *mean64;
	bool (*has_mean)(const struct wp_nn_node *node);
	bool (*is_mean)(const struct wp_nn_node *node); /* it makes the mean of each sequence */
	/* The same one step at a time (nn/core/step.h); NULL: it cannot. */
	const struct wp_nn_step_ops *step;
};

/* The node's states: how many, WP_NN_NODE_STATES at most, and which; and their numbers, of one
 * sequence. */
int wp_nn_states(const struct wp_nn_node *node, struct wp_nn_state *states);
size_t wp_nn_states_size(const struct wp_nn_node *node);

/* Add a parameter LABEL.NAME, or LABEL if name is "", as number `slot` of the node's; nothing
 * if params is NULL. */
WP_MUST_CHECK enum wp_err wp_nn_add_param(struct wp_nn_node *node, struct wp_nn_params *params,
	int slot, const char *name, size_t rows, size_t cols, unsigned flags,
	const struct wp_nn_begin *begin);

/* node->settings as what they are. */
#define WP_NN_SETTINGS(node, type) ((const type *)(const void *)(node)->settings.bytes)

#endif
