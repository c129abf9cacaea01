/* A model: what rnn-train writes and rnn-predict reads. */
#ifndef WP_NN_MODEL_H
#define WP_NN_MODEL_H

#include "base/strings.h"
#include "nn/core/config.h"
#include "nn/core/params.h"
#include "nn/core/scaling.h"
#include "text/corpus.h"
#include "text/subword.h"
#include "text/tag_scheme.h"
#include "stream/reader.h"
#include "stream/writer.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What a model knows of a column that it reads. */
struct wp_nn_model_column {
	char name[WP_COLUMN_NAME + 1];
	struct wp_strings vocab;
};

struct wp_nn_model {
	struct wp_nn_config config;
	char *net; /* the network in words, which config.net is, if no settings are short for it
		    */
	struct wp_nn_graph *graph;         /* the network (internal: nn/net/graph.h)  */
	const struct wp_nn_params *params; /* its parameters                      */
	float *theta;                      /* (params->size), aligned to 64 bytes */
	struct wp_strings vocab;           /* of the input; empty for real ones   */
	int64_t *counts;                   /* of the vocabulary, or NULL          */
	struct wp_strings labels; /* labels or tags, or the targets' tokens; empty in lm and
				   * regress */
	int64_t *label_counts;    /* of the targets' tokens, or NULL */
	struct wp_nn_model_column *column; /* (config.columns)                         */
	struct wp_nn_column *sizes;        /* (config.columns): config.column           */
	struct wp_subwords subwords;       /* of vocab, if the network reads some */
	/* tag: the scheme of the tags of chunks that the network gives, and the one in which
	 * they are read and written; NONE: as they are. */
	enum wp_tag_scheme scheme, written;
	struct wp_tag_set tag_set; /* of labels, if there is a scheme */
	bool sentences; /* lm: every sentence began with zero states, at its first token    */
	bool next;      /* regress: the targets were the next values of the series itself   */
	/* What the network sees of numbers that it reads, and of those that it predicts, which
	 * whoever uses the model meets in their own units. */
	enum wp_nn_standardize standardize;
	struct wp_nn_scaling inputs, outputs, encodings;
	bool scaled_encodings;    /* there is one of encodings                          */
	struct wp_strings learnt; /* NAME=VALUE: what training came to; may be empty */
	/* Internal: of parameters that stay as they are stored. */
	struct wp_reader *reader;
	struct wp_nn_arrival *arrived;
	struct wp_stored *stored;
};

/* Are its targets numbers that it reads, so that they are standardized as these are? */
static inline bool wp_nn_model_predicts_input(const struct wp_nn_model *model)
{
	return model->next || wp_nn_tasks[model->config.task].itself;
}

/* A model of zeros for config, with its params; the vocabularies are taken over (and emptied
 * there, also on failure); NULL is an empty one.  So are those of config's columns, of
 * (config->columns) corpus columns, which may be NULL where there are none.  Nets borrow parts
 * of *model, which must stay where it is. */
WP_MUST_CHECK enum wp_err wp_nn_model_create(struct wp_nn_model *model,
	const struct wp_nn_config *config, struct wp_strings *vocab, struct wp_strings *labels,
	struct wp_corpus_column *columns);

/* Add the names of the columns that it reads to a list. */
WP_MUST_CHECK enum wp_err wp_nn_model_columns(
	const struct wp_nn_model *model, struct wp_strings *names);

/* Say in which scheme the tags of a model are; before nets are made of it. */
WP_MUST_CHECK enum wp_err wp_nn_model_set_scheme(
	struct wp_nn_model *model, enum wp_tag_scheme scheme, enum wp_tag_scheme written);

/* Standardize from now on as such data are: `values` (rows, inputs), and, unless the model
 * predicts its next input, targets (target_rows, outputs).  NULL: these stay as they are. */
WP_MUST_CHECK enum wp_err wp_nn_model_standardize(struct wp_nn_model *model,
	enum wp_nn_standardize how, const float *values, size_t rows, const float *targets,
	size_t target_rows);
/* The same of the vectors of sequences, (sequences, config.encoding). */
WP_MUST_CHECK enum wp_err wp_nn_model_standardize_encodings(
	struct wp_nn_model *model, const float *vectors, size_t sequences);

/* The parts of its words, if its network reads them, or NULL. */
static inline const struct wp_subwords *wp_nn_model_parts(const struct wp_nn_model *model)
{
	return model->subwords.words > 0 ? &model->subwords : NULL;
}

/* How often each class stands in what it was trained on, where that is known, or NULL. */
static inline const int64_t *wp_nn_model_class_counts(const struct wp_nn_model *model)
{
	return wp_nn_tasks[model->config.task].next ? model->counts : model->label_counts;
}

/* Does it read steps to come? */
bool wp_nn_model_looks_ahead(const struct wp_nn_model *model);
void wp_nn_model_fini(struct wp_nn_model *model); /* a zeroed one may be given, too */

/* As tensors: `vocab`, `counts`, `labels.vocab` or `tags.vocab`, `column.NAME.vocab` of each
 * column, `rnn.config` (strings NAME=VALUE), of pairs `target.vocab` and `target.counts`,
 * `series.mean`, `series.scale`, `targets.mean`, `targets.scale`, `encoding.mean` and
 * `encoding.scale` (f64) of what is
 * standardized, `rnn.training` (strings NAME=VALUE), and each parameter under its name, in its
 * shape.  The writer's history and end are the caller's. */
WP_MUST_CHECK enum wp_err wp_nn_model_put(
	struct wp_writer *writer, const struct wp_nn_model *model);

/* Read a model to the end of its stream; records that are no part of it go to other(arg, ...),
 * if that is not NULL.  WP_EMISMATCH where something is missing or does not fit; settings of a
 * newer version that it does not know are an error, not ignored.  Memory grows with what has
 * arrived.  On failure *model needs no fini. */
WP_MUST_CHECK enum wp_err wp_nn_model_read(
	struct wp_nn_model *model, struct wp_reader *reader, wp_record_fn *other, void *arg);

/* The same to predict with: tables of which single rows are read, such as embeddings, stay as
 * the file has them, mapped where it can be, in whatever type, and are not among theta.  The
 * reader belongs to the model from here on, also on failure. */
WP_MUST_CHECK enum wp_err wp_nn_model_map(
	struct wp_nn_model *model, struct wp_reader *reader, wp_record_fn *other, void *arg);

#ifdef __cplusplus
}
#endif
#endif
