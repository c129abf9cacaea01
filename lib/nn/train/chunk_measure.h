/* F1 of the chunks that a tagger finds in the batches of a validation, as conlleval counts them
 * (text/tag_scheme.h).  Batches hold whole sentences.  (Internal.) */
#ifndef WP_NN_CHUNK_MEASURE_H
#define WP_NN_CHUNK_MEASURE_H

#include "nn/net/net.h"

struct wp_nn_chunk_measure;

/* tags is borrowed; shards that may be worked on at the same time.  WP_EINVAL where the tags
 * are not those of chunks. */
WP_MUST_CHECK enum wp_err wp_nn_chunk_measure_create(
	struct wp_nn_chunk_measure **measure, const struct wp_strings *tags, int shards);
void wp_nn_chunk_measure_free(struct wp_nn_chunk_measure *measure); /* may be NULL */

/* Begin again with nothing. */
void wp_nn_chunk_measure_clear(struct wp_nn_chunk_measure *measure);

/* Run the net over a batch with the tags that are given, and count; *score as net_predict. */
WP_MUST_CHECK enum wp_err wp_nn_chunk_measure_add(struct wp_nn_chunk_measure *measure,
	int shard, struct wp_nn_net *net, const struct wp_nn_graph *graph, const float *theta,
	const struct wp_nn_batch *batch, struct wp_nn_score *score);

double wp_nn_chunk_measure_f1(const struct wp_nn_chunk_measure *measure);

#endif
