/* What the parts of word2vec share: the model, and a worker that trains one batch at a time.
 * (Internal.) */
#ifndef WP_EMBED_W2V_MODEL_H
#define WP_EMBED_W2V_MODEL_H

#include "math/huffman.h"
#include "math/alias.h"
#include "text/char_ngrams.h"
#include "embed/w2v.h"
#include "embed/w2v_kernel.h"

/* A batch: where it begins; it ends where the next one does. */
struct wp_w2v_batch {
	size_t token;
	size_t sentence; /* the sentence that token belongs to ...                  */
	int32_t rest;    /* ... and how many of its tokens are left, token included */
};

struct wp_w2v_worker;

struct wp_w2v {
	struct wp_w2v_config config;
	struct wp_w2v_text text;
	size_t words;
	size_t inputs, outputs; /* rows of the tables             */
	size_t stride;          /* floats from one row to the next */
	float *embedding, *output;
	uint32_t *keep;  /* word i survives sub-sampling with probability keep[i] / 2^32 */
	double expected; /* tokens of an epoch that survive, as counts have it */
	struct wp_alias noise;
	struct wp_huffman tree;
	int targets;                     /* full softmax: the words with a count ...    */
	float **target_row;              /* ... their output rows ...                    */
	int32_t *target_index;           /* ... and which of them word i is              */
	struct wp_char_ngrams ngrams;    /* without vectors; count 0: none ...   */
	struct wp_char_ngram_rows parts; /* ... which of them each word has ...  */
	float *ngram_table;              /* ... and their rows                   */
	const struct wp_w2v_kernels *kernels;
	struct wp_w2v_batch *batch; /* batches + 1 */
	size_t batches;             /* of one epoch */
	struct wp_w2v_position position;
	struct wp_w2v_worker **worker;
};

static inline float *wp_w2v_row(float *table, size_t stride, int32_t id)
{
	return table + (size_t)id * stride;
}

/* The rows whose mean is the vector of a word with n-grams: its own, then theirs.  Returns how
 * many; at most parts.most + 1. */
static inline int wp_w2v_word_rows(const struct wp_w2v *m, int32_t id, float **rows)
{
	const size_t *begin = m->parts.row + id;
	int count = 0;
	rows[count++] = wp_w2v_row(m->embedding, m->stride, id);
	for (size_t k = begin[0]; k < begin[1]; k++)
		rows[count++] =
			wp_w2v_row(m->ngram_table, m->stride, (int32_t)m->parts.ngram[k]);
	return count;
}

enum { WP_W2V_BATCH_TOKENS = 8192 };

WP_MUST_CHECK enum wp_err wp_w2v_worker_create(
	struct wp_w2v_worker **worker, const struct wp_w2v *model);
void wp_w2v_worker_free(struct wp_w2v_worker *worker);

/* Train batch number `number` of the whole run.  Adds up the loss and the examples. */
void wp_w2v_train_batch(struct wp_w2v_worker *worker, uint64_t number, float rate, double *loss,
	uint64_t *examples);

#endif
