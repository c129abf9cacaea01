/* Training a recurrent network.
 *
 *	wp_nn_training_default(&config, WP_NN_ADAM, true);
 *	wp_nn_trainer_create(&trainer, &config, &model, &data, &valid);
 *	wp_nn_trainer_run(trainer, 0, NULL, NULL, NULL);
 *	wp_nn_trainer_finish(trainer);          model.theta are the best parameters
 *	wp_nn_trainer_free(trainer);
 *
 * An update is: the gradient of a batch, shard by shard (nn/train/batches.h); their sum, in the
 * shards' order; one step of the optimiser.  What an update does follows from its number, the
 * seed and the state alone, and not from the number of threads, so training that continues from
 * a saved state is the training that was never interrupted.
 *
 * With data to validate on, the parameters of the best validation are kept, and training stops
 * when it has not become better for `patience` validations.  Where parameters are averaged
 * (nn/train/average.h), the average is what is validated and kept.
 */
#ifndef WP_NN_TRAINER_H
#define WP_NN_TRAINER_H

#include <signal.h>

#include "nn/train/average.h"
#include "nn/train/batches.h"
#include "nn/model/model.h"
#include "nn/train/measure.h"
#include "nn/train/optimizer.h"
#include "nn/train/schedule.h"
#include "stream/reader.h"
#include "stream/writer.h"

#ifdef __cplusplus
extern "C" {
#endif

struct wp_nn_training {
	enum wp_nn_best_by best_by;     /* which validation is the best                  */
	struct wp_nn_batching batching; /* task and each_step are the model's              */
	struct wp_nn_optimizer_config optimizer;
	struct wp_nn_schedule schedule; /* with the number of epochs                       */
	struct wp_nn_average_config average;
	const float *class_weights; /* (classes): of the targets' losses, in training (not in
				     * validation); borrowed; or NULL                    */
	int patience;               /* validations; 0: never stop early                */
	uint64_t valid_every;       /* updates; beside each epoch's end; 0: only then  */
	int threads;
	uint64_t seed;
	size_t memory; /* for the steps of a sequence, of which all are held; 0: no bound */
};

/* After each update, also one that diverged, and again after each validation. */
struct wp_nn_progress {
	uint64_t step; /* updates so far                                              */
	int epoch;     /* in which that was, from 0                                   */
	double share;  /* of all epochs, 0 to 1                                       */
	double loss;   /* sum over the targets of this batch                          */
	uint64_t targets, rows; /* of this batch                                        */
	double rate;
	const struct wp_nn_step *update; /* NULL after a validation, and without targets */
	const struct wp_nn_validation *validation; /* NULL after an update            */
	bool best;                                 /* so far, of the validations      */
};

struct wp_nn_trainer;

/* Settings to start from: 10 epochs by that method, of 50 tracks and 50 steps for a stream, 32
 * whole sequences otherwise; gradients clipped at norm 5. */
void wp_nn_training_default(
	struct wp_nn_training *config, enum wp_nn_method method, bool stream);

/* WP_EINVAL, saying which, where settings are out of range or do not fit the model. */
WP_MUST_CHECK enum wp_err wp_nn_training_check(
	const struct wp_nn_training *config, const struct wp_nn_config *model);

/* A training that has not begun.  The model, whose parameters it begins with, and the arrays
 * of the data are borrowed as long as it lives; valid may be NULL. */
WP_MUST_CHECK enum wp_err wp_nn_trainer_create(struct wp_nn_trainer **trainer,
	const struct wp_nn_training *config, struct wp_nn_model *model,
	const struct wp_nn_data *data, const struct wp_nn_data *valid);
void wp_nn_trainer_free(struct wp_nn_trainer *trainer); /* may be NULL */

/* Run up to `updates` more (0: all there are).  Returns WP_OK when they are done or training is
 * at its end, WP_ESTOPPED soon after *stop became true (stop may be NULL), WP_EDIVERGED, naming
 * the step, when gradient or loss are no longer finite.  report may be NULL. */
WP_MUST_CHECK enum wp_err wp_nn_trainer_run(struct wp_nn_trainer *trainer, uint64_t updates,
	const volatile sig_atomic_t *stop,
	void (*report)(const struct wp_nn_progress *progress, void *arg), void *arg);

/* Of use in report: return from wp_nn_trainer_run after this update, and its validation. */
void wp_nn_trainer_pause(struct wp_nn_trainer *trainer);

/* End it before all epochs are over: what has been trained since the last validation is
 * validated, and reported, so that it may be the best. */
WP_MUST_CHECK enum wp_err wp_nn_trainer_end(struct wp_nn_trainer *trainer,
	void (*report)(const struct wp_nn_progress *progress, void *arg), void *arg);

/* Is it at its end? */
bool wp_nn_trainer_ended(const struct wp_nn_trainer *trainer);

/* The best validation so far, and after how many updates it was; false where there was none. */
bool wp_nn_trainer_best(const struct wp_nn_trainer *trainer,
	struct wp_nn_validation *validation, uint64_t *step);

/* The loss of the naive forecast (nn/train/naive.h) on what it is validated on, or else on what
 * it is trained on; 0 where there is none. */
double wp_nn_trainer_naive(const struct wp_nn_trainer *trainer);

/* Say in text what was asked for and never came about, since training was too short; false
 * where nothing was. */
bool wp_nn_trainer_lacks(const struct wp_nn_trainer *trainer, char *text, size_t size);

/* Give the model the best parameters, or the last ones or their average where nothing was
 * validated.
 * WP_EDIVERGED where they are not finite.  Afterwards the trainer can only be freed. */
WP_MUST_CHECK enum wp_err wp_nn_trainer_finish(struct wp_nn_trainer *trainer);

/* Print what is trained, as a table for people: the layers, their parameters with their shapes,
 * how many numbers that makes, and the memory that they take. */
WP_MUST_CHECK enum wp_err wp_nn_trainer_summary(
	struct wp_nn_trainer *trainer, struct wp_output *output);

/* Compare the gradient of the first batch (of its first shard) with finite differences in
 * double precision: prints the largest relative error, and where
 * it is.  WP_EMISMATCH where that error is not below tolerance.  Takes the time of four passes
 * over that batch for each single parameter; compared, if not NULL, is called now and then with
 * the share that is done. */
WP_MUST_CHECK enum wp_err wp_nn_trainer_check_gradients(struct wp_nn_trainer *trainer,
	struct wp_output *output, double tolerance, void (*compared)(double share));

/* Write all its state as a checkpoint (stream/checkpoint.h); the caller finishes the writer.
 * `settings` is a line that says how the model is trained. */
WP_MUST_CHECK enum wp_err wp_nn_trainer_save(
	struct wp_nn_trainer *trainer, struct wp_writer *writer, const char *settings);

/* Continue from what wp_nn_trainer_save wrote; the reader is closed.  WP_EMISMATCH where
 * settings or data are not the same: then the training would not be the one that was
 * interrupted.  WP_ECORRUPT for values that no training can have.  Either leaves the trainer as
 * it was. */
WP_MUST_CHECK enum wp_err wp_nn_trainer_load(
	struct wp_nn_trainer *trainer, struct wp_reader *reader, const char *settings);

#ifdef __cplusplus
}
#endif
#endif
