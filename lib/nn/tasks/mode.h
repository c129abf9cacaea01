/* What can be done with a model.  A mode is a function and an entry of the table in modes.c,
 * which options, --help and checks read.
 */
#ifndef WP_NN_MODE_H
#define WP_NN_MODE_H

#include "base/setting.h"
#include "nn/decode/generate.h"
#include "nn/tasks/model_input.h"
#include "stream/output.h"
#include "stream/writer.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Places in the table. */
enum wp_nn_mode {
	WP_NN_GENERATE,
	WP_NN_TELL_NEXT,
	WP_NN_SCORE,
	WP_NN_GIVE_LABELS,
	WP_NN_GIVE_TAGS,
	WP_NN_GIVE_NUMBERS,
	WP_NN_ENCODE,
	WP_NN_DECODE,
	WP_NN_RECONSTRUCT,
	WP_NN_STATES,
	WP_NN_FORECAST,
	WP_NN_DO_TRANSLATE,
	WP_NN_MODES
};

/* How: each mode reads some of these. */
struct wp_nn_mode_settings {
	int number; /* generate, next: tokens; forecast: steps; at most    */
	int threads;
	bool by_token; /* generate: token text; else a row for each token     */
	bool probabilities;
	int best; /* tag: so many sequences of tags; 0: one, as it is      */
	enum wp_nn_pooling pooling;
	const char *prime; /* text to continue from                               */
	int count;         /* texts to generate                                   */
	int min_length;    /* generate: tokens at least, where sentences end              */
	bool greedy;       /* the most probable token always                      */
	/* translate, whose beam, seed and sampling are those of generation */
	double length_penalty;
	int max_length; /* 0: by the length of the source                         */
	bool sample, copy_unknown;
	struct wp_nn_generation generation;
};

/* The settings that users decide, but for number and threads. */
extern const struct wp_setting wp_nn_mode_settings[];

void wp_nn_mode_settings_default(struct wp_nn_mode_settings *settings);

/* A model at work.  All is borrowed. */
struct wp_nn_use {
	const struct wp_nn_model *model;
	const struct wp_nn_model_input *reading; /* NULL of a mode that reads no stream     */
	const char *name;                        /* of what is read                          */
	const struct wp_nn_mode_settings *how;
	struct wp_input *lines;   /* of a mode that reads text; NULL: it reads the prime     */
	struct wp_output *rows;   /* of a mode that writes text; NULL: not wanted            */
	struct wp_writer *writer; /* of one that writes a stream; NULL: not wanted           */
	struct wp_writer *maps;   /* translate: what is attended to; NULL: not wanted         */
	struct wp_output *report; /* totals; NULL: not wanted                                */
	const struct wp_strings *columns; /* the names of those of the series; or NULL       */
	/* What there is to say to people, and to warn them of; without an end of line. */
	void (*say)(const char *line);
	void (*warn)(const char *line);
};

struct wp_nn_mode_type {
	const char *name, *help;
	const char *arg;     /* what `number` is called; NULL: it has none            */
	int task;            /* the one that models have to be made for; -1: any      */
	bool pairs;          /* also those for pairs, whatever the task                 */
	bool forward;        /* not by a network that reads what is to come           */
	bool next;           /* by one that predicts the next value of a series       */
	bool alone;          /* reads no stream, unless it is one of vectors, which the model
			      * reads                                                 */
	bool lines;          /* reads lines of text, or the prime if that is given     */
	bool stream;         /* writes a stream, not text                             */
	const char *columns; /* the tensor of their names, where numbers have names   */
	bool reports;        /* has totals                                            */
	const char *const *settings; /* the names of those it reads, ended by NULL; or NULL */
	enum wp_err (*run)(const struct wp_nn_use *use);
};

/* In the order of the enum, ended by one without a name. */
extern const struct wp_nn_mode_type wp_nn_modes[];

/* WP_EINVAL where settings do not go together, or, given telling which were set (NULL: none),
 * with the mode.  report: totals are wanted. */
WP_MUST_CHECK enum wp_err wp_nn_check_mode(enum wp_nn_mode mode,
	const struct wp_nn_mode_settings *settings, bool report,
	bool (*given)(const void *member));

/* WP_EMISMATCH, naming it, where a model cannot do it. */
WP_MUST_CHECK enum wp_err wp_nn_check_model(
	enum wp_nn_mode mode, const struct wp_nn_model *model, const char *name);

/* Internal: to say or to warn, if that is wanted. */
void wp_nn_tell(void (*to)(const char *line), const char *format, ...) WP_PRINTF(2, 3);

/* Text of so many tokens at most that a language model, whose training need not be over, draws
 * with this seed. */
WP_MUST_CHECK enum wp_err wp_nn_sample_text(
	const struct wp_nn_model *model, int tokens, uint64_t seed, struct wp_output *output);

/* The functions of the table. */
enum wp_err wp_nn_use_to_generate(const struct wp_nn_use *use);
enum wp_err wp_nn_use_for_next(const struct wp_nn_use *use);
enum wp_err wp_nn_use_to_score(const struct wp_nn_use *use);
enum wp_err wp_nn_use_to_label(const struct wp_nn_use *use);
enum wp_err wp_nn_use_to_regress(const struct wp_nn_use *use);
enum wp_err wp_nn_use_to_encode(const struct wp_nn_use *use);
enum wp_err wp_nn_use_to_decode(const struct wp_nn_use *use);
enum wp_err wp_nn_use_to_reconstruct(const struct wp_nn_use *use);
enum wp_err wp_nn_use_for_states(const struct wp_nn_use *use);
enum wp_err wp_nn_use_to_forecast(const struct wp_nn_use *use);
enum wp_err wp_nn_use_to_translate(const struct wp_nn_use *use);

#ifdef __cplusplus
}
#endif
#endif
