/* Applying a network to many sequences: in batches of like length, on several threads, with
 * memory for the sequences of one call only.  (Internal.)
 */
#ifndef WP_NN_PREDICTOR_H
#define WP_NN_PREDICTOR_H

#include "nn/model/model.h"
#include "nn/net/net.h"
#include "nn/tasks/model_input.h"

/* Borrowed arrays.  Sequence s has length[s] rows, from row begin[s] of ids or values. */
struct wp_nn_sequences {
	const int32_t *ids;
	const float *values;             /* (rows, inputs) */
	const struct wp_nn_cells *cells; /* or rows as cells; or NULL */
	const int32_t *const *column;    /* (columns of the model): (rows) each, from row 0 */
	const size_t *begin;             /* (count) */
	const int32_t *length;
	size_t count;
	/* Of pairs: the sequences above are targets, and these, as many, their sources. */
	const struct wp_nn_sequences *source;
	/* Of a network that reads a vector for each: rows of config.encoding numbers, in their
	 * own units; NULL: zeros, as the network sees them.  The row of each sequence (count);
	 * NULL: their own numbers. */
	const float *encodings;
	const size_t *encoding;
};

/* What a network made of a batch, borrowed for the call: a whole sequence each, or, of a long
 * sequence alone, the steps from first_step on.  Row batch->begin[t] + b is step t of sequence
 * sequence[b]. */
struct wp_nn_predicted {
	const struct wp_nn_batch *batch;
	const size_t *sequence; /* (batch->sequences) */
	size_t first_step;
	const float *outputs; /* of net_predict, numbers in their own units; NULL: not wanted */
	const int32_t *best;  /* of net_decode (count, rows); NULL: not wanted, or not made */
	const double *logprob; /* (count, sequences): theirs; NULL: not wanted              */
	const struct wp_nn_net *net;
};

/* May be called from several threads at a time, never for the same sequence. */
typedef void wp_nn_take(void *arg, const struct wp_nn_predicted *predicted);

struct wp_nn_predictor;

/* All is borrowed; subwords as for the ids that will be given, or NULL. */
WP_MUST_CHECK enum wp_err wp_nn_predictor_create(struct wp_nn_predictor **predictor,
	const struct wp_nn_model *model, const struct wp_subwords *subwords, int threads);
void wp_nn_predictor_free(struct wp_nn_predictor *predictor); /* may be NULL */

/* From now on, of an output that has best sequences of classes, so many, with their
 * probabilities; at first, one without. */
void wp_nn_predictor_want(struct wp_nn_predictor *predictor, size_t best);

/* Run the network over the sequences, those of no rows left out.  continues: there is one
 * sequence, and it continues that of the last call. */
WP_MUST_CHECK enum wp_err wp_nn_predict(struct wp_nn_predictor *predictor,
	const struct wp_nn_sequences *sequences, bool outputs, bool continues, wp_nn_take *take,
	void *arg);

/* Some sentences (or series) of a reading at a time; a zeroed one stands before the first. */
struct wp_nn_window {
	struct wp_nn_sequences sequences;
	size_t sentence;        /* the first of them                                         */
	size_t row;             /* of the reading's data: where that begins                  */
	size_t base;            /* sequences.begin[0]: rows here are counted from there      */
	size_t rows, data_rows; /* of the sequences; and of the reading's data they are */
	/* Internal. */
	struct wp_nn_cells cells;
	int32_t *ids, *length;
	int32_t **column;
	size_t *begin;
	size_t ids_room, length_room, begin_room, columns;
	size_t *column_room;
};

/* Take the next sentences, up to some thousand, and up to most_rows rows unless one has more.
 * as_trained: of a language model of single sentences the network reads SENTENCE_START first,
 * and not SENTENCE_END; otherwise it reads what is there.  WP_END where there are no more. */
WP_MUST_CHECK enum wp_err wp_nn_window_next(struct wp_nn_window *window,
	const struct wp_nn_model_input *reading, size_t most_rows, bool as_trained);

/* Where step `step` of sequence s of the window is among the rows of it. */
static inline size_t wp_nn_window_row(const struct wp_nn_window *window, size_t s, size_t step)
{
	return window->begin[s] - window->base + step;
}

/* Copy the outputs of a batch, `columns` numbers each, to where they belong in `to`: to the
 * rows of the window, or, if there is not one at each step, to its sequences. */
void wp_nn_window_take(const struct wp_nn_window *window,
	const struct wp_nn_predicted *predicted, bool each_step, size_t columns, float *to);
void wp_nn_window_fini(struct wp_nn_window *window);

/* So many rows that their outputs are some MB. */
size_t wp_nn_window_rows(size_t numbers_of_row);

#endif
