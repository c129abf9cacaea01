/* Auto-encoders at work: rows to codes, codes to rows, rows to what the code keeps of them, and
 * how much that is. */
#ifndef WP_NN_AUTOENCODE_H
#define WP_NN_AUTOENCODE_H

#include "nn/tasks/model_input.h"
#include "stream/output.h"
#include "stream/writer.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What reports tell: sums over rows. */
struct wp_nn_reconstruction {
	uint64_t rows;
	size_t inputs, units; /* numbers of a row, and of its code */
	double squares;    /* |x - x'|^2, in the units of the rows; not of distributions     */
	double deviations; /* |x - mean of the rows|^2                                       */
	double nonzero;    /* numbers of the codes that are not 0                            */
	size_t active;     /* units of the code whose variance over the rows is above 0.01
			    * (Burda, Grosse & Salakhutdinov 2016)                           */
	double loss;       /* of the network; of one that is variational the negative ELBO,
			    * the mean over some draws                                       */
	double penalty;    /* the part of it that is not of the reconstruction: KL, L1       */
	uint64_t bags;     /* rows that are not empty                                        */
	double log_perplexity; /* of distributions: loss over counts of each bag; the unigram
				* of the rows themselves in the same way                   */
	double log_unigram;
};

/* Write, in slices: `reconstruction` (f32; rows, inputs), or `encoding` (f32; rows, units);
 * then `labels.vocab` and `labels`, if the stream has them.  writer may be NULL in the first
 * one; result may be NULL.  WP_EMISMATCH for rows that the model does not read. */
WP_MUST_CHECK enum wp_err wp_nn_reconstruct(const struct wp_nn_model_input *reading,
	struct wp_writer *writer, struct wp_nn_reconstruction *result);
WP_MUST_CHECK enum wp_err wp_nn_encode_rows(
	const struct wp_nn_model_input *reading, struct wp_writer *writer);

/* The rows are codes: write the `reconstruction` of each. */
WP_MUST_CHECK enum wp_err wp_nn_decode_codes(
	const struct wp_nn_model_input *reading, struct wp_writer *writer);

struct wp_nn_graph;
/* WP_EMISMATCH, naming the data, where the output of the graph is one of counts and some number
 * is negative. */
WP_MUST_CHECK enum wp_err wp_nn_check_counts(
	const struct wp_nn_graph *graph, const struct wp_nn_data *data, const char *name);

#ifdef __cplusplus
}
#endif
#endif
