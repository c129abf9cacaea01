/* What a model is applied to: a stream, with its words brought to the model's. */
#ifndef WP_NN_MODEL_INPUT_H
#define WP_NN_MODEL_INPUT_H

#include "nn/model/model.h"
#include "nn/tasks/dataset.h"
#include "text/vocab_map.h"

#ifdef __cplusplus
extern "C" {
#endif

struct wp_nn_model_input {
	const struct wp_nn_model *model;
	struct wp_nn_dataset source; /* as the stream has it */
	/* By id in the stream: the model's id; for a word that it does not know the id of
	 * UNKNOWN_TOKEN, or, where the model knows parts of words, an id beyond the model's
	 * vocabulary under which `subwords` has those of the word. */
	int32_t *id;
	bool *unknown; /* by id in the stream: the model lacks it       */
	/* Of each column that the model reads, by its number in the stream: its number in the
	 * model, or where that lacks the value the one of UNKNOWN_TOKEN, or -1. */
	struct wp_vocab_map *column;
	uint64_t unknown_values; /* read in columns, that the model lacks                     */
	size_t unknown_column;   /* the first of these is in this column                      */
	int32_t unknown_class;   /* the model's id of UNKNOWN_TOKEN, or -1         */
	const struct wp_subwords *subwords; /* for these ids; NULL: none */
	uint64_t tokens, unknown_tokens; /* read, and of these without a vector of their own */
	struct wp_subwords extended;     /* internal, from here on    */
	int32_t *ids, *classes, *target_ids, **column_ids;
};

/* Read all of reader.  For memory, directory, other and arg, see wp_nn_dataset_read_any.  model
 * is borrowed.  WP_EMISMATCH where the stream is of numbers and the model of words, or the
 * other way round, naming it for a column that the model reads and the stream lacks, and for a
 * word for which the model has nothing. */
WP_MUST_CHECK enum wp_err wp_nn_model_input_init(struct wp_nn_model_input *reading,
	const struct wp_nn_model *model, struct wp_reader *reader, size_t memory,
	const char *directory, wp_record_fn *other, void *arg);
void wp_nn_model_input_fini(
	struct wp_nn_model_input *reading); /* a zeroed one may be given, too */

/* The sequences with the targets of the model's task, all by the ids of the model: what to
 * validate it on.  Once; arrays are borrowed from reading.  WP_EMISMATCH where targets are
 * missing, or are labels that the model lacks; name says of what, for messages. */
WP_MUST_CHECK enum wp_err wp_nn_model_input_data(struct wp_nn_model_input *reading,
	const char *name, enum wp_nn_target target, struct wp_nn_data *data);

/* Of pairs: the targets of *data by the ids of the model.  Once. */
WP_MUST_CHECK enum wp_err wp_nn_model_input_targets(
	struct wp_nn_model_input *reading, const char *name, struct wp_nn_data *data);

/* The id of a token in the model's vocabulary itself: that of UNKNOWN_TOKEN for unknown words,
 * or -1.  For what the model predicts. */
static inline int32_t wp_nn_model_input_class(
	const struct wp_nn_model_input *reading, int32_t id)
{
	return reading->unknown[id] ? reading->unknown_class : reading->id[id];
}

#ifdef __cplusplus
}
#endif
#endif
