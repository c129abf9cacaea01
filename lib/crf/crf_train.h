/* Learning conditional random fields from tagged text.
 *
 *	wp_crf_trainer_create(&trainer, &config, input);
 *	while (!(err = wp_crf_trainer_step(trainer, &progress)))
 *		...                                          (WP_END when it is done)
 *	wp_crf_trainer_finish(trainer, &crf);
 *	wp_crf_trainer_free(trainer);
 */
#ifndef WP_CRF_TRAIN_H
#define WP_CRF_TRAIN_H

#include "crf/crf.h"

#ifdef __cplusplus
extern "C" {
#endif

enum wp_crf_method {
	WP_CRF_LBFGS,     /* the maximum of the likelihood, less penalties; L-BFGS, or with l1
			   * OWL-QN (math/lbfgs.h)                                            */
	WP_CRF_PERCEPTRON /* the averaged perceptron (Collins 2002)                           */
};
extern const char *const wp_crf_methods[]; /* ended by NULL */

struct wp_crf_config {
	enum wp_crf_method method;
	double l1, l2;    /* the penalty is l1 sum |w| + l2 / 2 sum w^2          */
	int iterations;   /* at most; 0: as many as it takes, or 10 epochs       */
	double tolerance; /* L-BFGS: the share by which the objective has to fall
			   * in ten iterations, or they end                      */
	int memory;       /* of L-BFGS: pairs of differences                     */
	int least;        /* attributes that are rarer than this are left out    */
	int tag_column;   /* from 0; -1: the last one                            */
	const struct wp_strings
		*column_names; /* to be kept with the model, or NULL; borrowed */
	bool all_tags;         /* a weight for every attribute and tag                */
	int patience;          /* with a text to validate on: stop after so many that are not
				* the best; 0: never                                  */
	uint64_t seed;         /* of the order of sentences, for the perceptron       */
	int threads;           /* of L-BFGS; the result does not depend on it         */
};

/* L-BFGS, l2 = 0.5, tolerance 1e-4, memory 6. */
void wp_crf_config_default(struct wp_crf_config *config);

struct wp_crf_trainer;

/* Read a text in columns, to its end.  templates are taken over, and zeroed; without any the
 * default ones are taken.  vectors may be NULL, and are borrowed as long as the trainer and the
 * model are there.  WP_EMISMATCH where the text does not suit: no tokens, one tag, no
 * attribute, a column that is not there. */
WP_MUST_CHECK enum wp_err wp_crf_trainer_create(struct wp_crf_trainer **trainer,
	const struct wp_crf_config *config, struct wp_crf_templates *templates,
	const struct wp_crf_vectors *vectors, struct wp_input *input);
void wp_crf_trainer_free(struct wp_crf_trainer *trainer); /* may be NULL */

/* Read a text like that to learn from, to validate on after each iteration or epoch; the model
 * has the weights that did best.  Before the first step.  WP_EMISMATCH where it has other
 * columns. */
WP_MUST_CHECK enum wp_err wp_crf_trainer_validate(
	struct wp_crf_trainer *trainer, struct wp_input *input);

/* Sizes of the task. */
struct wp_crf_size {
	size_t sentences, tokens, tags, attributes, weights;
};
struct wp_crf_size wp_crf_trainer_size(const struct wp_crf_trainer *trainer);

struct wp_crf_progress {
	int iteration;    /* that has just ended                                            */
	double objective; /* L-BFGS: -log-likelihood with penalties, per token; perceptron: the
			   * share of tokens that got a wrong tag in this epoch             */
	double norm;      /* L-BFGS: of the gradient                                        */
	double rate;      /* L-BFGS: how far along its direction the step went              */
	size_t active;    /* weights that are not 0                                         */
	int evaluations;  /* L-BFGS: passes over the text so far                            */
	bool converged;   /* L-BFGS: this was the last iteration because nothing is to be
			   * gained any more; perceptron: no tag was wrong                  */
	bool validated;   /* and then:                                                      */
	double accuracy;  /* the share of right tags                                        */
	double f1;        /* of phrases; below 0 where tags are not those of phrases        */
	bool best;        /* f1, or else accuracy, was never higher                         */
	int since;        /* iterations since the best                                      */
};

/* Tokens that have been learnt from so far, passes over the text times its tokens. */
double wp_crf_trainer_tokens(const struct wp_crf_trainer *trainer);

/* One iteration or epoch.  WP_END where there is none left, and *progress is that of the last.
 */
WP_MUST_CHECK enum wp_err wp_crf_trainer_step(
	struct wp_crf_trainer *trainer, struct wp_crf_progress *progress);

/* Hand over the model, with the weights as they are now, or where there was a text to validate
 * on, as they did best; the trainer can only be freed then. */
WP_MUST_CHECK enum wp_err wp_crf_trainer_finish(
	struct wp_crf_trainer *trainer, struct wp_crf **crf);

/* Save what is needed to continue, beside the text and the settings, a line that says how the
 * run works; and continue (stream/checkpoint.h).  WP_EMISMATCH where it was saved for another
 * text or other settings. */
WP_MUST_CHECK enum wp_err wp_crf_trainer_save(
	const struct wp_crf_trainer *trainer, struct wp_writer *writer, const char *settings);
WP_MUST_CHECK enum wp_err wp_crf_trainer_resume(
	struct wp_crf_trainer *trainer, struct wp_reader *reader, const char *settings);

#ifdef __cplusplus
}
#endif
#endif
