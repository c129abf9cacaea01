/* word2vec: word embeddings from the words that stand around a word.
 *
 * Skip-gram and continuous bag of words (Mikolov et al. 2013a), with negative sampling,
 * hierarchical softmax (2013b) or the full softmax, by stochastic gradient descent:
 *
 *	wp_w2v_default(&config);
 *	wp_w2v_create(&model, &config, &text, counts, words);
 *	wp_w2v_train(model, 0, NULL, NULL, NULL);
 *	... wp_w2v_embedding(model) + i * wp_w2v_stride(model) is the vector of word i ...
 *	wp_w2v_free(model);
 *
 * The text is worked through in batches of some thousand tokens.  What a batch does - its
 * random numbers, its learning rate - follows from its number and the seed alone, so that the
 * number of the next batch and the tables are all there is to save, and training that continues
 * from a saved state is the training that was never interrupted.
 *
 * Threads share the tables without locks (Hogwild, Recht et al. 2011): with more than one the
 * result differs a little from run to run.  With one it is exact and repeatable on machines
 * of the same instruction set.
 */
#ifndef WP_EMBED_W2V_H
#define WP_EMBED_W2V_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/strings.h"

#ifdef __cplusplus
extern "C" {
#endif

enum wp_w2v_model {
	WP_W2V_SKIPGRAM, /* every word of the window predicts the word in the middle */
	WP_W2V_CBOW,     /* their mean does                                          */
	WP_W2V_DBOW /* the sentence does, by a vector of its own (Le & Mikolov 2014: PV-DBOW);
		     * the embedding has a row for each sentence then           */
};

enum wp_w2v_loss {
	WP_W2V_NEGATIVE,     /* negative sampling: tell the word from random ones       */
	WP_W2V_HIERARCHICAL, /* softmax along the word's path in a Huffman tree        */
	WP_W2V_SOFTMAX       /* softmax over all words: exact, for small vocabularies  */
};

enum wp_w2v_schedule { WP_W2V_LINEAR, WP_W2V_COSINE, WP_W2V_CONSTANT };

#define WP_W2V_CBOW_RATE      0.075 /* a good learning rate of CBOW for general text       */
#define WP_W2V_CBOW_MOST_RATE 0.15  /* the largest with which it was as good, see w2v(1)   */

enum { WP_W2V_SOFTMAX_WORDS = 1 << 16 }; /* most words for the full softmax */

struct wp_w2v_config {
	enum wp_w2v_model model;
	enum wp_w2v_loss loss;
	enum wp_w2v_schedule schedule; /* of the learning rate, from rate down to last_rate */
	int dim;                       /* length of each vector                             */
	int window;                    /* most words to each side                           */
	bool fixed_window;             /* always that many; else 1 to window, at random     */
	int negative;                  /* noise words for each window                       */
	int epochs;                    /* passes over the text                              */
	int threads;
	double noise_power; /* noise words come with probability ~ count ^ this             */
	double sample;      /* words above this share of the text are thinned out; 0: none  */
	double rate;        /* learning rate at the start                                   */
	double last_rate;   /* and at the end                                               */
	uint64_t seed;
};

/* The text: tokens as ids, sentence after sentence.  Borrowed as long as the model lives;
 * may be a mapped file.  Windows end with the sentence; a sentence of more than some thousand
 * tokens is treated as several. */
struct wp_w2v_text {
	const int32_t *ids;
	size_t tokens;
	const int32_t *lengths; /* tokens of each sentence; their sum is tokens */
	size_t sentences;
};

/* How far training has come: all the state there is besides the tables. */
struct wp_w2v_position {
	uint64_t batch; /* batches done, of all epochs together                             */
	double loss;    /* sum over all examples so far                                     */
	uint64_t examples; /* pairs of a word and its context (CBOW: words) trained so far */
};

struct wp_w2v_progress {
	double share;    /* done, 0 to 1            */
	int epoch;       /* the current one, from 0 */
	uint64_t tokens; /* of the text, over all epochs, passed so far, also in earlier runs */
	double rate;     /* current learning rate                                          */
	struct wp_w2v_position position;
};

struct wp_w2v;

/* Good settings for general text, of skip-gram; CBOW wants WP_W2V_CBOW_RATE instead. */
void wp_w2v_default(struct wp_w2v_config *config);

/* WP_EINVAL, saying which, where a setting is out of range. */
WP_MUST_CHECK enum wp_err wp_w2v_check(const struct wp_w2v_config *config);

/* A model ready to train, at batch 0, with random vectors.  counts[i] is how often word i
 * occurs.  A word of count 0 takes no part: its tokens are passed over as if they were not
 * there, so that its neighbours close up, it is no noise word, and its vector stays as it
 * began. Ids outside 0 .. words-1 are passed over likewise.  counts need not be those of this
 * very text. */
WP_MUST_CHECK enum wp_err wp_w2v_create(struct wp_w2v **model,
	const struct wp_w2v_config *config, const struct wp_w2v_text *text,
	const int64_t *counts, size_t words);

/* Give words character n-grams (Bojanowski et al. 2017): from here on, the vector of a word is
 * the mean of one of its own and of those of its n-grams, and all of them are trained.  vocab
 * has the words of the ids; ngrams->shortest and longest say which n-grams, and those that at
 * least `words` words have are chosen.  To be called before anything is trained, begun from or
 * resumed.  WP_EMISMATCH where there is no such n-gram; after that, and short of memory, the
 * model can only be freed. */
WP_MUST_CHECK enum wp_err wp_w2v_use_char_ngrams(struct wp_w2v *model,
	const struct wp_strings *vocab, int shortest, int longest, int words);

/* Floating-point operations of the whole training, about: products of rows and their updates.
 */
double wp_w2v_operations(const struct wp_w2v *model);

/* How many n-grams there are. */
size_t wp_w2v_char_ngrams(const struct wp_w2v *model);

/* May be given NULL. */
void wp_w2v_free(struct wp_w2v *model);

/* Run up to `batches` more batches (0: all there are).  Returns WP_OK when they are done,
 * WP_ESTOPPED soon after *stop became true (stop may be NULL), WP_EDIVERGED when the loss is
 * no longer finite, in which case the tables are of no use.  report, which may be NULL, is
 * called on the calling thread every few milliseconds. */
WP_MUST_CHECK enum wp_err wp_w2v_train(struct wp_w2v *model, uint64_t batches,
	const volatile sig_atomic_t *stop,
	void (*report)(const struct wp_w2v_progress *progress, void *arg), void *arg);

/* The settings with which it was made. */
const struct wp_w2v_config *wp_w2v_config(const struct wp_w2v *model);

/* Batches of the whole training, and tokens passed so far, over all epochs. */
uint64_t wp_w2v_batches(const struct wp_w2v *model);
uint64_t wp_w2v_tokens(const struct wp_w2v *model);

/* Where it stands; and continue from there, the tables being set as they were.  WP_EINVAL for a
 * position beyond the end. */
struct wp_w2v_position wp_w2v_position(const struct wp_w2v *model);
WP_MUST_CHECK enum wp_err wp_w2v_resume(
	struct wp_w2v *model, const struct wp_w2v_position *position);

/* The tables, borrowed, to read or to set: wp_w2v_stride floats from one row to the next, of
 * which the first dim count and the others must stay zero.  The embedding has a row for each
 * word, or, of WP_W2V_DBOW, for each sentence.  The output table has a row for
 * each word (its context vector), or, for hierarchical softmax, for each inner node. */
size_t wp_w2v_stride(const struct wp_w2v *model);
float *wp_w2v_embedding(struct wp_w2v *model);
size_t wp_w2v_embedding_rows(const struct wp_w2v *model);
float *wp_w2v_output(struct wp_w2v *model);
size_t wp_w2v_output_rows(const struct wp_w2v *model);

#ifdef __cplusplus
}
#endif
#endif
