/* What is told of a training while it runs: the rows of a log, and a line for people. */
#ifndef WP_NN_PROGRESS_H
#define WP_NN_PROGRESS_H

#include "base/trend.h"
#include "nn/train/trainer.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What is remembered between reports. */
struct wp_nn_watch {
	double seconds, rows;             /* of training, and what was trained in them     */
	double row_loss, row_targets;     /* since the last row of the log                 */
	double loss;                      /* of that row; NaN: none yet                    */
	double all_loss, all_targets;     /* of all of training                            */
	struct wp_trend trend;            /* of the loss                                   */
	double norm, clipped;             /* of the last gradient                          */
	double valid;                     /* the last validation's loss; NaN: none yet     */
	int epoch;                        /* of the last report of training                */
	uint64_t step;                    /* and its step                                  */
	double epoch_loss, epoch_targets; /* in it so far                              */
	double ended_loss; /* of the epoch that ended with that report; NaN: none did  */
};

void wp_nn_watch_begin(struct wp_nn_watch *watch);

/* A report of the trainer, so many seconds after the one before. */
void wp_nn_watch_add(
	struct wp_nn_watch *watch, const struct wp_nn_progress *progress, double seconds);

/* Of training, without validation; 0 before there is any. */
double wp_nn_watch_tokens_per_second(const struct wp_nn_watch *watch);

/* The columns of the log, and a row: what was seen since the last one; "-" for what the task
 * does not measure.  Both without the end of the line, in `text`, of `size` bytes. */
extern const char wp_nn_log_columns[];
void wp_nn_watch_row(struct wp_nn_watch *watch, const struct wp_nn_progress *progress,
	enum wp_nn_task task, enum wp_nn_best_by best_by, char *text, size_t size);

/* What stays to be read: of a validation, "step 20, epoch 1: validation loss 5.1234"; where
 * nothing is validated, once an epoch has ended, "epoch 1: loss 5.1234"; after
 * 50 epochs of every tenth, after 500 of every hundredth, and so on.  False at other times.
 */
bool wp_nn_watch_milestone(const struct wp_nn_watch *watch,
	const struct wp_nn_progress *progress, enum wp_nn_task task, enum wp_nn_best_by best_by,
	char *text, size_t size);

/* "2000 tokens/s in 12.00 s of training, loss 5.1234": at the end; the loss of the last epoch.
 */
void wp_nn_watch_result(const struct wp_nn_watch *watch, char *text, size_t size);

/* "epoch 1  2000 tokens/s  rate 0.002  loss 5.1234", for a line that is written again and
 * again. */
void wp_nn_watch_line(const struct wp_nn_watch *watch, const struct wp_nn_progress *progress,
	char *text, size_t size);

#ifdef __cplusplus
}
#endif
#endif
