/* All that decides a training, and the training that comes of it.
 *
 *	wp_nn_setup_default(&setup);
 *	setup.model.task = WP_NN_TAG;
 *	wp_nn_setup_check(&setup, NULL);
 *	wp_nn_job_open(&job, &setup, reader, NULL, NULL);
 *	wp_nn_trainer_run(job.trainer, 0, NULL, NULL, NULL);
 *	wp_nn_trainer_finish(job.trainer);
 *	wp_nn_model_put(writer, &job.model);
 *	wp_nn_job_fini(&job);
 *
 * A setting that is WP_NN_UNSET depends on others: on the task, the optimiser, or the data.
 */
#ifndef WP_NN_SETUP_H
#define WP_NN_SETUP_H

#include "base/setting.h"
#include "nn/tasks/model_input.h"
#include "nn/train/trainer.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Usual auto-encoders: places in wp_nn_autoencoders. */
enum wp_nn_autoencoder {
	WP_NN_NO_AUTOENCODER, /* the network is said in words */
	WP_NN_LINEAR_AUTOENCODER,
	WP_NN_DENOISING_AUTOENCODER,
	WP_NN_SPARSE_AUTOENCODER,
	WP_NN_VARIATIONAL_AUTOENCODER
};
extern const char *const wp_nn_autoencoders[]; /* their names, ended by NULL */

struct wp_nn_setup {
	/* The network: its words, or "@" and a file that has them; or the settings that are
	 * short for it.  Of model and training, what the data say stays 0. */
	const char *net;
	struct wp_nn_config model;
	int subwords;        /* rows of model.subwords */
	const char *columns; /* beside the words, of these names, NAME[=DIM],...; or NULL     */
	enum wp_nn_autoencoder autoencoder; /* autoencode: a usual network                    */
	int code;                           /* ... and the numbers of its code                */
	int window; /* 0, or: instead of recurrent layers, dense ones read the last rows */
	struct wp_nn_training training;
	struct wp_nn_init init;

	enum wp_nn_target target; /* of tasks that leave it open                           */
	enum wp_nn_standardize standardize; /* of numbers: regress; others, if it is given  */
	enum wp_tag_scheme scheme; /* of tags of chunks, as the network learns them        */
	bool stream,
		sentences; /* the data are one sequence, or many; neither: by what they are */
	bool few; /* the smallest batches: each number of the gradient is to be checked     */

	/* Files, or NULL. */
	const char *embedding; /* vectors to begin with                                     */
	bool all_words;        /* the words of these belong to the vocabulary               */
	const char *start;     /* a model to begin with                                     */
	const char *class_weights; /* "balanced", or a file (nn/tasks/class_weights.h)    */
	const char *valid;  /* data to validate on                                       */
	double valid_share; /* or the last part of the data                              */

	size_t memory;         /* for data, and for the steps of the longest sequence       */
	const char *directory; /* of temporary files; NULL: the system's                    */

	/* Internal. */
	char words[1 << 14];      /* of a network from a file, or from a model       */
	struct wp_nn_model *from; /* the model `start`, if it was read (nn/tasks/adopt.h) */
	/* The columns that the network reads: of model. */
	struct wp_nn_column column[WP_NN_MOST_COLUMNS];
	char column_name[WP_NN_MOST_COLUMNS][WP_COLUMN_NAME + 1];
};

/* All of that which users decide, but for what is internal, memory, directory, threads and
 * seed. */
extern const struct wp_setting wp_nn_settings[];

enum { WP_NN_UNSET_BIAS = -1000 }; /* of init.forget_bias */

/* An LSTM of 128 units, a language model, trained by Adam; 256 MiB. */
void wp_nn_setup_default(struct wp_nn_setup *setup);

/* Before any data are read: can this be trained on any?  Reads the file of the network.  given,
 * if not NULL, says whether a member was set by the user: one that would do nothing is then a
 * mistake.  WP_EINVAL, naming the setting. */
WP_MUST_CHECK enum wp_err wp_nn_setup_check(
	struct wp_nn_setup *setup, bool (*given)(const void *member));

/* A training that has not begun.  Parts of it point at each other: it stays where it is. */
struct wp_nn_job {
	struct wp_nn_model model;
	struct wp_nn_trainer *trainer;
	struct wp_nn_training training; /* complete */
	size_t taken;                   /* parameters that the model to begin with gave    */
	size_t found;                   /* words that the given vectors had                */
	/* Internal. */
	char words[128]; /* of a network that goes by what the data are */
	float *class_weights;
	struct wp_nn_dataset source;
	struct wp_nn_model_input
		reading; /* of what it is validated on: tokens and unknown_tokens */
	struct wp_nn_data valid;
	int32_t split[2]; /* the lengths of the two parts of a single series */
	bool begun[2];    /* a model to begin with has inputs, outputs       */
};

/* Read the data and all files, and make model and trainer.  Records that are no data go to
 * other(arg, ...), if that is not NULL.  On failure *job needs no fini. */
WP_MUST_CHECK enum wp_err wp_nn_job_open(struct wp_nn_job *job, const struct wp_nn_setup *setup,
	struct wp_reader *reader, wp_record_fn *other, void *arg);
void wp_nn_job_fini(struct wp_nn_job *job);

/* The loss of a model that only guesses, all classes alike; 0 where there are none. */
double wp_nn_chance(const struct wp_nn_model *model);

#ifdef __cplusplus
}
#endif
#endif
