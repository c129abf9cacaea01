/* Hidden Markov models: a state at each step, which depends on the one before, and what is seen
 * there, which depends on the state (Rabiner 1989): symbols, each with its probability, or
 * vectors of numbers, each normally distributed by itself.
 */
#ifndef WP_HMM_HMM_H
#define WP_HMM_HMM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strings.h"
#include "stream/reader.h"
#include "stream/writer.h"
#include "text/symbols.h"
#include "text/tagging.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { WP_HMM_STATES = 4096 /* at most */ };

/* A model.  Rows of start, transition and emission sum to 1. */
struct wp_hmm {
	struct wp_strings states; /* their names: tags, or numbers            */
	struct wp_symbols vocab;  /* symbols; none: the model is of vectors   */
	size_t dim;               /* of vectors                               */
	double *start;            /* (T)                                      */
	double *transition;       /* (T, T): from, to                         */
	double *emission;         /* (T, V)                                   */
	double *mean, *variance;  /* (T, dim)                                 */
	int iterations;           /* of Baum-Welch that made it               */
	double logprob;           /* of the text in the last of them, or 0    */
};

/* What a model is learnt from, read to its end; everything is borrowed from the set. */
struct wp_hmm_text {
	struct wp_tensor_set *set;
	struct wp_strings *vocab; /* NULL: vectors */
	const int32_t *ids;       /* (n)           */
	const float *series;      /* (n, dim)      */
	size_t n, dim;
	const int32_t *lengths; /* (sequences); their sum is n */
	size_t sequences;
	int32_t *one;                 /* internal: the length of what has no `lengths` */
	struct wp_strings *tag_vocab; /* NULL: no tags */
	const int32_t *tags;          /* (n)           */
};

/* Read `vocab`, `ids`, `lengths`, and `tags` and `tags.vocab` if they are there; or `series`
 * and `lengths`.  The reader is closed, also on failure.  WP_EMISMATCH where there is nothing,
 * or it does not fit together. */
WP_MUST_CHECK enum wp_err wp_hmm_text_read(struct wp_hmm_text *text, struct wp_reader *reader);
void wp_hmm_text_fini(struct wp_hmm_text *text);

/* A model of so many states for a text, with no probabilities yet; names are taken over, and
 * zeroed, or NULL for numbers from 0.  On failure, and to end with: wp_hmm_fini. */
WP_MUST_CHECK enum wp_err wp_hmm_init(struct wp_hmm *hmm, size_t states,
	struct wp_strings *names, const struct wp_hmm_text *text);
void wp_hmm_fini(struct wp_hmm *hmm);

/* The states are the tags of the text: count, and add `add` to each count.  WP_EMISMATCH where
 * it has none. */
WP_MUST_CHECK enum wp_err wp_hmm_count(
	struct wp_hmm *hmm, const struct wp_hmm_text *text, double add);

/* Where Baum-Welch begins: all probabilities differ from what is common to all states by
 * chance; means are places in the text. */
void wp_hmm_start(struct wp_hmm *hmm, const struct wp_hmm_text *text, uint64_t seed);

/* One iteration of Baum-Welch (Baum et al. 1970): expected counts under the model as it is,
 * plus `add` each, become its probabilities.  *log_likelihood is that of the text before.
 * Memory: T numbers for every 1,024 symbols.  WP_EMISMATCH where the text is impossible under
 * the model. */
WP_MUST_CHECK enum wp_err wp_hmm_learn(
	struct wp_hmm *hmm, const struct wp_hmm_text *text, double add);

/* Read a model, up to the end of the stream; the reader is closed, also on failure.  Any: or a
 * trigram tagger, which goes to *tagger; otherwise that becomes NULL. */
struct wp_trigram;
WP_MUST_CHECK enum wp_err wp_hmm_read(struct wp_hmm *hmm, struct wp_reader *reader);
WP_MUST_CHECK enum wp_err wp_hmm_read_any(
	struct wp_hmm *hmm, struct wp_trigram **tagger, struct wp_reader *reader);

/* WP_EMISMATCH where the model is of other symbols, or of other vectors, than the text. */
WP_MUST_CHECK enum wp_err wp_hmm_fits(const struct wp_hmm *hmm, const struct wp_hmm_text *text);

/* Write it: tags.vocab, vocab, hmm.*; but no history. */
WP_MUST_CHECK enum wp_err wp_hmm_write(const struct wp_hmm *hmm, struct wp_writer *writer);

/* Tag text in columns: words, or as many numbers as the vectors have; as wp_tag_columns, whose
 * tags are the states.  posterior: the most probable state of each token instead of the most
 * probable sequence.  The scores are ln p(text), whatever the states. */
struct wp_hmm_tagging {
	bool posterior;
	double logprob; /* becomes the sum of ln p(text) */
};
WP_MUST_CHECK enum wp_err wp_hmm_tag(const struct wp_hmm *hmm, struct wp_hmm_tagging *how,
	struct wp_tagging *tagging, struct wp_input *input, struct wp_output *output,
	struct wp_tagged *tagged);

/* The text of a stream in columns, as wp_hmm_tag reads it, in memory that the caller frees. */
WP_MUST_CHECK enum wp_err wp_hmm_columns(
	const struct wp_hmm_text *text, char **columns, size_t *size);

/* Draw a sequence of n steps: token text, a line; of vectors, a line for each, its numbers
 * separated by tabs.  with_states: a line for each step, its state behind it.  *rng draws. */
struct wp_rng;
WP_MUST_CHECK enum wp_err wp_hmm_sample(const struct wp_hmm *hmm, size_t n, bool with_states,
	struct wp_rng *rng, struct wp_output *output);

#ifdef __cplusplus
}
#endif
#endif
