/* The settings of a training, as options have them. */
#include <stdbool.h>

#include "nn/tasks/setup.h"

#define AT(member) offsetof(struct wp_nn_setup, member)
#define GROUP(h) \
	{ \
		.kind = WP_SETTING_GROUP, .help = h \
	}
#define FLAG(l, n, m, h) \
	{ \
		WP_SETTING_FLAG, l, n, NULL, AT(m), 0, 0, NULL, 0, h \
	}
#define TEXT(l, n, m, a, h) \
	{ \
		WP_SETTING_TEXT, l, n, a, AT(m), 0, 0, NULL, 0, h \
	}
#define INT(l, n, m, a, lo, hi, h) \
	{ \
		WP_SETTING_INT, l, n, a, AT(m), lo, hi, NULL, 0, h \
	}
#define COUNT(l, n, m, a, lo, hi, h) \
	{ \
		WP_SETTING_COUNT, l, n, a, AT(m), lo, hi, NULL, 0, h \
	}
#define REAL(l, n, m, a, lo, hi, h) \
	{ \
		WP_SETTING_REAL, l, n, a, AT(m), lo, hi, NULL, 0, h \
	}
#define CHOICE(l, n, m, a, c, h) \
	{ \
		WP_SETTING_CHOICE, l, n, a, AT(m), 0, 0, c, sizeof *(c), h \
	}
#define TABLE(l, n, m, a, t, h) \
	{ \
		WP_SETTING_CHOICE, l, n, a, AT(m), 0, 0, &(t)[0].name, sizeof(t)[0], h \
	}

const struct wp_setting wp_nn_settings[] = {
	GROUP("Network"),
	TABLE(0, "task", model.task, "TASK", wp_nn_tasks,
		"predict the next token, a label for each sequence, a tag for each token, or "
		"numbers"),
	TEXT(0, "net", net, "TEXT",
		"the network in words, instead of by the options below; @FILE: what FILE says"),
	CHOICE(0, "cell", model.cell, "CELL", wp_nn_cells, "kind of recurrent unit"),
	CHOICE(0, "activation", model.activation, "F", wp_nn_activations,
		"what elman and jordan put their sums through"),
	INT(0, "hidden", model.hidden, "N", 1, 65536, "units of each layer and direction"),
	INT(0, "layers", model.layers, "N", 1, 64, "layers on top of each other"),
	FLAG(0, "bidirectional", model.bidirectional, "read each sequence in both directions"),
	FLAG(0, "no-bias", model.no_bias, "no biases anywhere"),
	INT('d', "dim", model.embedding, "N", 0, 65536,
		"learn a vector of N numbers for each token; 0: one-hot; by default 0 for lm, "
		"100 otherwise"),
	TEXT('e', "embedding", embedding, "FILE", "begin with the word vectors of this stream"),
	FLAG(0, "all-words", all_words,
		"know all words of that stream, also those that the data lack"),
	FLAG(0, "freeze", model.freeze, "do not train those vectors"),
	INT(0, "subwords", subwords, "N", 0, 100000000,
		"add vectors for parts of words, hashed into N rows"),
	CHOICE(0, "pooling", model.pooling, "HOW", wp_nn_poolings,
		"what stands for a whole sequence: its last state, or the mean or maximum of "
		"all"),
	CHOICE(0, "target", target, "WHICH", wp_nn_target_names,
		"regress: predict 'targets' at each step or at the end, or the next row of "
		"the series"),
	CHOICE(0, "softmax", model.softmax, "HOW", wp_nn_softmaxes,
		"lm, in training: over all tokens, over a sample, or along a tree"),
	INT(0, "samples", model.samples, "N", 1, 1000000, "size of the sample, for each batch"),
	FLAG(0, "tied", model.tied, "lm: the output's weights are the tokens' vectors"),
	CHOICE(0, "scheme", scheme, "SCHEME", wp_tag_schemes,
		"tag, of phrases: the scheme that the network learns, whichever is read and "
		"written; none: as the tags are"),
	GROUP("Regularisation"),
	REAL(0, "dropout", model.dropout, "P", 0, 0.999,
		"drop this share of what goes into each layer and the output"),
	FLAG(0, "variational", model.variational, "the same at all steps"),
	REAL(0, "recurrent-dropout", model.recurrent_dropout, "P", 0, 0.999,
		"variational: drop this share of the recurrent connections"),
	REAL(0, "word-dropout", model.word_dropout, "A", 0, 1e6,
		"read a word that occurs n times as UNKNOWN_TOKEN with probability A / (A + n)"),
	REAL(0, "l1", training.optimizer.l1, "X", 0, 1e6,
		"weight decay: X sign(w) is added to the gradient"),
	REAL(0, "l2", training.optimizer.l2, "X", 0, 1e6,
		"weight decay: X w is added to the gradient"),
	GROUP("Batches"),
	INT(0, "batch", training.batching.batch, "N", 1, 1000000,
		"sequences of an update, or tracks of a stream; by default 32, or 50"),
	INT(0, "bptt", training.batching.bptt, "N", 0, 1000000000,
		"steps after which the gradient is cut off; 0: never; by default 50 for a "
		"stream, otherwise 0"),
	FLAG(0, "stream", stream, "take all sequences as one, and carry the state on"),
	FLAG(0, "sentences", sentences,
		"take each sequence by itself; for lm the default where there is a "
		"SENTENCE_START"),
	GROUP("Training"),
	INT(0, "epochs", training.schedule.epochs, "N", 0, 1000000, "passes over the data"),
	TABLE(0, "optimizer", training.optimizer.method, "HOW", wp_nn_methods,
		"how gradients become updates"),
	REAL('r', "rate", training.schedule.rate, "R", 0, 1e6,
		"learning rate; by default 0.5 (sgd), 0.1 (momentum), 0.05 (adagrad), 0.002 "
		"(rmsprop, adam)"),
	REAL(0, "momentum", training.optimizer.momentum, "X", 0, 1,
		"share of the last step that is kept; Adam's beta1; by default 0.9"),
	REAL(0, "decay", training.optimizer.decay, "X", 0, 1,
		"rmsprop, and Adam's beta2: share of the squares that is kept; by default 0.99 "
		"and 0.999"),
	REAL(0, "epsilon", training.optimizer.epsilon, "X", 0, 1,
		"adagrad, rmsprop, adam: added to the divisor; by default 1e-8"),
	REAL(0, "clip", training.optimizer.clip, "X", 0, 1e12,
		"scale a gradient of a larger norm down to this; 0: never"),
	CHOICE(0, "clip-by", training.optimizer.clip_by, "HOW", wp_nn_clips,
		"the norm of the whole gradient, or the value of each number"),
	TABLE(0, "schedule", training.schedule.decay, "HOW", wp_nn_decays,
		"how the learning rate falls: not at all, with each epoch, with each validation "
		"that is not the best, or along a cosine"),
	REAL(0, "rate-decay", training.schedule.factor, "F", 0, 1,
		"epoch, plateau: the factor"),
	INT(0, "decay-after", training.schedule.after, "EPOCHS", 0, 1000000,
		"epoch, cosine: not before these are over"),
	TEXT(0, "valid", valid, "FILE", "validate on this stream"),
	REAL(0, "valid-share", valid_share, "P", 0, 0.999,
		"validate on the last P of the sequences, or of the stream, and do not train "
		"on them"),
	COUNT(0, "valid-every", training.valid_every, "STEPS", 0, 1e15,
		"validate so often, beside the end of each epoch; 0: only there"),
	INT(0, "patience", training.patience, "N", 0, 1000000,
		"stop after N validations that are not the best; 0: never"),
	TABLE(0, "best-by", training.best_by, "MEASURE", wp_nn_measures,
		"which validation is the best: of the least loss, the highest accuracy, for "
		"tags of phrases F1, for lm perplexity, or for numbers the squared error"),
	GROUP("Beginning"),
	TEXT(0, "init", start, "FILE", "begin with the parameters of this model"),
	REAL(0, "init-scale", init.scale, "X", 0, 1e6,
		"all parameters uniform in +-X; 0: by their kind"),
	REAL(0, "table-scale", init.table_scale, "X", 0, 1e6,
		"what tokens look up uniform in +-X; 0: as other weights; by default for lm 2, or "
		"1 if there are more than 512 tokens, otherwise 0"),
	FLAG(0, "orthogonal", init.orthogonal, "orthogonal recurrent weights"),
	REAL(0, "forget-bias", init.forget_bias, "X", -100, 100,
		"lstm, peephole: bias of the forget gate; by default 0 for lm, otherwise 1"),
	{.kind = WP_SETTING_END},
};
