/* Tasks: what a network is to predict, and what from.  Each is declared once, in the table,
 * which options, checks, batches, saved settings and reports read.
 *
 * A task's targets are classes or numbers, one for each sequence or one for each row, and stand
 * in the stream as a tensor; or they are the input itself, one row later.
 */
#ifndef WP_NN_TASK_H
#define WP_NN_TASK_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Places in the table. */
enum wp_nn_task {
	WP_NN_LM,
	WP_NN_CLASSIFY,
	WP_NN_TAG,
	WP_NN_REGRESS,
	WP_NN_AUTOENCODE,
	WP_NN_TRANSLATE,
	WP_NN_TASKS
};

/* How good a model is to be told by: places in the table of nn/train/measure.h. */
enum wp_nn_best_by {
	WP_NN_BEST_LOSS,
	WP_NN_BEST_ACCURACY,
	WP_NN_BEST_F1,
	WP_NN_BEST_PERPLEXITY,
	WP_NN_BEST_ERROR,
	WP_NN_BEST_RELATIVE
};
#define WP_NN_MEASURE(best_by) (1U << (best_by))

struct wp_nn_task_type {
	const char *name, *help;

	/* The targets. */
	const char *target;  /* what one of them is called: "tag"                          */
	const char *tensor;  /* where they stand: "tags"                                   */
	const char *classes; /* where the names of their classes stand; NULL: nowhere      */
	bool numbers;        /* they are numbers, not classes                              */
	bool by_row;         /* one for each row, not for each sequence                    */
	bool either;         /* ... as the config's each_step says                         */
	bool next;           /* they are the tokens themselves, one row later              */
	bool pairs;          /* ... of the other side of pairs, whose sources it reads, too */
	bool itself;         /* they are the numbers that are read; a row is a sequence, and a
			      * target as a whole                                          */
	unsigned corpus;     /* which of these a corpus is asked for (text/corpus.h)       */

	/* The sequences. */
	bool streams;   /* may be one, cut into tracks, where there is a target at each row */
	bool is_stream; /* ... and are, unless the text has marks of sentences             */

	/* Measures of a validation that are shown; and those by which the best may be found. */
	unsigned shown, measures;

	/* Where nothing else is said. */
	int embedding;         /* numbers in a token's vector; 0: one-hot                 */
	double forget_bias;    /* of gates                                                */
	double table_scale[2]; /* of few, and of many tokens; 0: as other weights         */
};

/* In the order of the enum, ended by one without a name. */
extern const struct wp_nn_task_type wp_nn_tasks[];

#ifdef __cplusplus
}
#endif
#endif
