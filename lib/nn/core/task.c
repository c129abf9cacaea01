#include "nn/core/task.h"

#include <stddef.h>

#include "text/corpus.h"

const struct wp_nn_task_type wp_nn_tasks[] = {
	[WP_NN_LM] = {.name = "lm",
		.help = "the next token, at each step",
		.target = "token",
		.tensor = "ids",
		.by_row = true,
		.next = true,
		.streams = true,
		.is_stream = true,
		.shown = WP_NN_MEASURE(WP_NN_BEST_PERPLEXITY),
		.measures = WP_NN_MEASURE(WP_NN_BEST_LOSS) |
			WP_NN_MEASURE(WP_NN_BEST_ACCURACY) |
			WP_NN_MEASURE(WP_NN_BEST_PERPLEXITY),
		.table_scale = {2, 1}},
	[WP_NN_CLASSIFY] = {.name = "classify",
		.help = "a label for each sequence",
		.target = "label",
		.tensor = "labels",
		.classes = "labels.vocab",
		.corpus = WP_CORPUS_LABELS | WP_CORPUS_NO_IDS,
		.shown = WP_NN_MEASURE(WP_NN_BEST_ACCURACY),
		.measures = WP_NN_MEASURE(WP_NN_BEST_LOSS) | WP_NN_MEASURE(WP_NN_BEST_ACCURACY),
		.embedding = 100,
		.forget_bias = 1},
	[WP_NN_TAG] = {.name = "tag",
		.help = "a tag for each token",
		.target = "tag",
		.tensor = "tags",
		.classes = "tags.vocab",
		.by_row = true,
		.corpus = WP_CORPUS_TAGS | WP_CORPUS_NO_IDS,
		.shown = WP_NN_MEASURE(WP_NN_BEST_ACCURACY),
		.measures = WP_NN_MEASURE(WP_NN_BEST_LOSS) |
			WP_NN_MEASURE(WP_NN_BEST_ACCURACY) | WP_NN_MEASURE(WP_NN_BEST_F1),
		.embedding = 100,
		.forget_bias = 1},
	[WP_NN_REGRESS] = {.name = "regress",
		.help = "numbers, for each step or sequence",
		.target = "number",
		.tensor = "targets",
		.numbers = true,
		.either = true,
		.corpus = WP_CORPUS_NO_IDS,
		.streams = true,
		.shown = WP_NN_MEASURE(WP_NN_BEST_ERROR) | WP_NN_MEASURE(WP_NN_BEST_RELATIVE),
		.measures = WP_NN_MEASURE(WP_NN_BEST_LOSS) | WP_NN_MEASURE(WP_NN_BEST_ERROR) |
			WP_NN_MEASURE(WP_NN_BEST_RELATIVE),
		.embedding = 100,
		.forget_bias = 1},
	[WP_NN_TASKS] = {.name = NULL},
};
