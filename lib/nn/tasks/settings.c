/* The settings of a training, as options have them. */
#include <stdbool.h>

#include "nn/tasks/setup.h"

#define AT(member) offsetof(struct wp_nn_setup, member)

const struct wp_setting wp_nn_settings[] = {
	WP_SET_GROUP("Network"),
	WP_SET_TABLE(0, "task", AT(model.task), "TASK", wp_nn_tasks,
		"predict the next token, a label for each sequence, a tag for each token, "
		"numbers, or the target of each pair; or rows of numbers themselves, out of a "
		"code"),
	WP_SET_TEXT(0, "net", AT(net), "TEXT",
		"the network in words, instead of by the options below; @FILE: what FILE says"),
	WP_SET_INT(0, "window", AT(window), "N", 0, 10000,
		"instead of recurrent layers, dense ones, which read the last N rows; with "
		"--optimizer least-squares none: autoregression"),
	WP_SET_CHOICE(0, "autoencoder", AT(autoencoder), "KIND", wp_nn_autoencoders,
		"autoencode: a usual network, instead of --net"),
	WP_SET_INT(0, "code", AT(code), "N", 1, 65536, "--autoencoder: numbers of the code"),
	WP_SET_CHOICE(0, "cell", AT(model.cell), "CELL", wp_nn_cells, "kind of recurrent unit"),
	WP_SET_CHOICE(0, "activation", AT(model.activation), "F", wp_nn_activations,
		"what elman and jordan put their sums through"),
	WP_SET_INT(0, "hidden", AT(model.hidden), "N", 1, 65536,
		"units of each layer and direction"),
	WP_SET_INT(0, "layers", AT(model.layers), "N", 1, 64, "layers on top of each other"),
	WP_SET_FLAG(0, "bidirectional", AT(model.bidirectional),
		"read each sequence in both directions"),
	WP_SET_CHOICE(0, "attention", AT(model.attention), "HOW", wp_nn_attentions,
		"translate: attend to the source inside the recurrence (additive), or after it"),
	WP_SET_INT(0, "heads", AT(model.heads), "N", 1, 1024,
		"translate: attend N times, each time with a part of the states"),
	WP_SET_CHOICE(0, "condition", AT(model.condition), "HOW", wp_nn_conditions,
		"read a vector for each sequence, 'encoding': beside the token at each step, or "
		"as what the layers start with"),
	WP_SET_FLAG(0, "no-bias", AT(model.no_bias), "no biases anywhere"),
	WP_SET_INT('d', "dim", AT(model.embedding), "N", 0, 65536,
		"learn a vector of N numbers for each token; 0: one-hot; by default 0 for lm, "
		"100 otherwise"),
	WP_SET_TEXT('e', "embedding", AT(embedding), "FILE",
		"begin with the word vectors of this stream"),
	WP_SET_FLAG(0, "all-words", AT(all_words),
		"know all words of that stream, also those that the data lack"),
	WP_SET_FLAG(0, "freeze", AT(model.freeze), "do not train those vectors"),
	WP_SET_INT(0, "subwords", AT(subwords), "N", 0, 100000000,
		"add vectors for parts of words, hashed into N rows"),
	WP_SET_TEXT(0, "columns", AT(columns), "NAMES",
		"beside the words, read these columns of the text, separated by commas: NAME, or "
		"NAME=N for vectors of N numbers instead of 20; caps: how words are capitalised"),
	WP_SET_CHOICE(0, "pooling", AT(model.pooling), "HOW", wp_nn_poolings,
		"what stands for a whole sequence: its last state, or the mean or maximum of "
		"all"),
	WP_SET_CHOICE(0, "target", AT(target), "WHICH", wp_nn_target_names,
		"regress: predict 'targets' at each step or at the end, or the next row of "
		"the series"),
	WP_SET_TABLE(0, "standardize", AT(standardize), "HOW", wp_nn_standardizers,
		"numbers, as the network sees them: each column with mean 0 and standard "
		"deviation 1, or none: as they are; by default where regress needs it"),
	WP_SET_CHOICE(0, "softmax", AT(model.softmax), "HOW", wp_nn_softmaxes,
		"lm, in training: over all tokens, over a sample, or along a tree"),
	WP_SET_INT(0, "samples", AT(model.samples), "N", 1, 1000000,
		"size of the sample, for each batch"),
	WP_SET_FLAG(
		0, "tied", AT(model.tied), "lm: the output's weights are the tokens' vectors"),
	WP_SET_CHOICE(0, "scheme", AT(scheme), "SCHEME", wp_tag_schemes,
		"tag, of phrases: the scheme that the network learns, whichever is read and "
		"written; none: as the tags are"),
	WP_SET_GROUP("Regularisation"),
	WP_SET_REAL(0, "dropout", AT(model.dropout), "P", 0, 0.999,
		"drop this share of what goes into each layer and the output"),
	WP_SET_FLAG(0, "variational", AT(model.variational), "the same at all steps"),
	WP_SET_REAL(0, "recurrent-dropout", AT(model.recurrent_dropout), "P", 0, 0.999,
		"variational: drop this share of the recurrent connections"),
	WP_SET_REAL(0, "word-dropout", AT(model.word_dropout), "A", 0, 1e6,
		"read a word that occurs n times as UNKNOWN_TOKEN with probability A / (A + n)"),
	WP_SET_REAL(0, "weight-drop", AT(model.weight_drop), "P", 0, 0.999,
		"drop this share of the recurrent weights, the same for a whole batch"),
	WP_SET_REAL(0, "embedding-dropout", AT(model.embedding_dropout), "P", 0, 0.999,
		"drop this share of the words, whole vectors wherever they stand in a batch"),
	WP_SET_REAL(0, "label-smoothing", AT(model.label_smoothing), "P", 0, 0.999,
		"learn targets of which this share is spread over all classes"),
	WP_SET_TEXT(0, "class-weights", AT(class_weights), "WHAT",
		"classify, tag: multiply the loss of each class by its weight: balanced, or what "
		"the lines of a file say, LABEL TAB WEIGHT"),
	WP_SET_REAL(0, "l1", AT(training.optimizer.l1), "X", 0, 1e6,
		"penalty: X sign(w) is added to the gradient"),
	WP_SET_REAL(0, "l2", AT(training.optimizer.l2), "X", 0, 1e6,
		"penalty: X w is added to the gradient; apart from it: --optimizer adamw"),
	WP_SET_GROUP("Batches"),
	WP_SET_INT(0, "batch", AT(training.batching.batch), "N", 1, 1000000,
		"sequences of an update, or tracks of a stream; by default 32, or 50"),
	WP_SET_INT(0, "bptt", AT(training.batching.bptt), "N", 0, 1000000000,
		"steps after which the gradient is cut off; 0: never; by default 50 for a "
		"stream, 20 for the next values of a long series, otherwise 0"),
	WP_SET_FLAG(0, "vary-bptt", AT(training.batching.vary),
		"of a stream: cut after random numbers of steps about that, and scale the learning "
		"rate by them"),
	WP_SET_FLAG(
		0, "stream", AT(stream), "take all sequences as one, and carry the state on"),
	WP_SET_FLAG(0, "sentences", AT(sentences),
		"take each sequence by itself; for lm the default where there is a "
		"SENTENCE_START"),
	WP_SET_GROUP("Training"),
	WP_SET_INT(0, "epochs", AT(training.schedule.epochs), "N", 0, 1000000,
		"passes over the data; by default 10, for regress more where the data are few"),
	WP_SET_COUNT(0, "max-steps", AT(training.schedule.steps), "STEPS", 0, 1e15,
		"end after so many updates, where the epochs have more, and the schedule with them"),
	WP_SET_TABLE(0, "optimizer", AT(training.optimizer.method), "HOW", wp_nn_methods,
		"how gradients become updates"),
	WP_SET_REAL('r', "rate", AT(training.schedule.rate), "R", 0, 1e6,
		"learning rate; by default 0.5 (sgd), 0.1 (momentum), 0.05 (adagrad), 0.002 "
		"(rmsprop, adam, adamw)"),
	WP_SET_REAL(0, "momentum", AT(training.optimizer.momentum), "X", 0, 1,
		"share of the last step that is kept; Adam's beta1; by default 0.9"),
	WP_SET_REAL(0, "decay", AT(training.optimizer.decay), "X", 0, 1,
		"rmsprop, and Adam's beta2: share of the squares that is kept; by default 0.99 "
		"and 0.999"),
	WP_SET_REAL(0, "epsilon", AT(training.optimizer.epsilon), "X", 0, 1,
		"adagrad, rmsprop, adam, adamw: added to the divisor; by default 1e-8"),
	WP_SET_REAL(0, "weight-decay", AT(training.optimizer.weight_decay), "X", 0, 1e6,
		"adamw: with each step weights lose the learning rate times X of what they are; "
		"by default 0.01"),
	WP_SET_REAL(0, "clip", AT(training.optimizer.clip), "X", 0, 1e12,
		"scale a gradient of a larger norm down to this; 0: never"),
	WP_SET_CHOICE(0, "clip-by", AT(training.optimizer.clip_by), "HOW", wp_nn_clips,
		"the norm of the whole gradient, or the value of each number"),
	WP_SET_TABLE(0, "schedule", AT(training.schedule.decay), "HOW", wp_nn_decays,
		"how the learning rate falls: not at all, with each epoch, with each validation "
		"that is not the best, along a cosine or a line; by default linear for regress, "
		"otherwise constant"),
	WP_SET_REAL(0, "rate-decay", AT(training.schedule.factor), "F", 0, 1,
		"epoch, plateau: the factor"),
	WP_SET_INT(0, "decay-after", AT(training.schedule.after), "EPOCHS", 0, 1000000,
		"epoch, cosine, linear: not before these are over"),
	WP_SET_COUNT(0, "warm-up", AT(training.schedule.warm_up), "STEPS", 0, 1e15,
		"let the learning rate rise along a line for so many steps"),
	WP_SET_TABLE(0, "average", AT(training.average.how), "HOW", wp_nn_averages,
		"of what the model is made: the last parameters, or their mean after each step, "
		"at the end of each epoch, or one in which earlier ones fade"),
	WP_SET_REAL(0, "average-after", AT(training.average.after), "EPOCHS", 0, 1e6,
		"begin with that when these are over; by default half of them"),
	WP_SET_INT(0, "average-patience", AT(training.average.patience), "N", 0, 1000000,
		"begin with that after N validations that are not the best"),
	WP_SET_REAL(0, "average-decay", AT(training.average.decay), "X", 0, 0.999999999,
		"decay: the share of the mean that is kept"),
	WP_SET_TEXT(0, "valid", AT(valid), "FILE", "validate on this stream"),
	WP_SET_REAL(0, "valid-share", AT(valid_share), "P", 0, 0.999,
		"validate on the last P of the sequences, or of the stream, and do not train "
		"on them"),
	WP_SET_COUNT(0, "valid-every", AT(training.valid_every), "STEPS", 0, 1e15,
		"validate so often, beside the end of each epoch; 0: only there"),
	WP_SET_INT(0, "patience", AT(training.patience), "N", 0, 1000000,
		"stop after N validations that are not the best; 0: never"),
	WP_SET_TABLE(0, "best-by", AT(training.best_by), "MEASURE", wp_nn_measures,
		"which validation is the best: of the least loss, the highest accuracy, for "
		"tags of phrases F1, for lm perplexity, or for numbers the squared "
		"error, or that relative to the naive forecast"),
	WP_SET_GROUP("Beginning"),
	WP_SET_TEXT(0, "init", AT(start), "FILE",
		"begin with the parameters of this model, and with its network, where options say no "
		"other; FILE,FILE...: auto-encoders, each of the codes of the one before"),
	WP_SET_REAL(0, "init-scale", AT(init.scale), "X", 0, 1e6,
		"all parameters uniform in +-X; 0: by their kind"),
	WP_SET_REAL(0, "table-scale", AT(init.table_scale), "X", 0, 1e6,
		"what tokens look up uniform in +-X; 0: as other weights; by default for lm 2, or "
		"1 if there are more than 512 tokens, otherwise 0"),
	WP_SET_TABLE(0, "initializer", AT(init.weights), "HOW", wp_nn_initializers,
		"how weights begin; if not uniform, biases begin with 0"),
	WP_SET_TABLE(0, "recurrent-initializer", AT(init.recurrent), "HOW", wp_nn_initializers,
		"how recurrent weights begin; uniform: as the others"),
	WP_SET_FLAG(0, "orthogonal", AT(init.orthogonal),
		"short for --recurrent-initializer orthogonal"),
	WP_SET_REAL(0, "forget-bias", AT(init.forget_bias), "X", -100, 100,
		"lstm, peephole: bias of the forget gate; by default 0 for lm, otherwise 1"),
	{.kind = WP_SETTING_END},
};
