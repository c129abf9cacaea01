/* Vectors of texts: how they are made, and what has to be kept so that other texts are treated
 * the same.
 *
 * A stream keeps a model beside the vectors: `text.settings`, lines NAME=VALUE; where words
 * have counts, `text.vocab` (strings, V) and `text.counts` (i64, V); `text.component` (f32, R x
 * D) of SIF; `text.context` (f32, V x D) of PV-DBOW.
 */
#ifndef WP_EMBED_TEXT_MODEL_H
#define WP_EMBED_TEXT_MODEL_H

#include "base/setting.h"
#include "stream/reader.h"
#include "stream/writer.h"
#include "text/vocab.h"

#ifdef __cplusplus
extern "C" {
#endif

enum wp_text_method {
	WP_TEXT_MEAN, /* the mean of the vectors of the words                              */
	WP_TEXT_SIF,  /* a mean in which frequent words weigh less, without the direction that
		       * all  texts share (Arora, Liang & Ma 2017)  */
	WP_TEXT_LSA,  /* the place of a document in a latent semantic analysis             */
	WP_TEXT_DBOW  /* vectors trained to predict the words (Le & Mikolov 2014, PV-DBOW) */
};

struct wp_text_config {
	enum wp_text_method method;
	double half_weight; /* SIF: a word of this share of the tokens weighs half: the a of
			     * a / (a + p)                                                 */
	int components;     /* SIF: directions to remove                                   */
	int dim; /* PV-DBOW: these and what follows, as struct wp_w2v_config has them */
	int negative;
	double noise_power, sample;
	int epochs; /* passes over the texts, in training and for texts that are new */
	double rate;
};

/* The names of the methods, ended by NULL. */
extern const char *const wp_text_methods[];

void wp_text_config_default(struct wp_text_config *config);

/* WP_EINVAL, saying which, where a setting is out of range. */
WP_MUST_CHECK enum wp_err wp_text_config_check(const struct wp_text_config *config);

struct wp_text_model {
	struct wp_text_config config;
	struct wp_vocab words; /* with counts; SIF and PV-DBOW                     */
	size_t dim;            /* of component and context                         */
	float *component;      /* (config.components, dim), orthonormal; NULL: not known yet */
	float *context;        /* (words, dim), of PV-DBOW                         */
};

/* Read one; the reader is closed, also on failure.  WP_EMISMATCH where a stream has none, or
 * what does not fit together; WP_ECORRUPT for numbers that are not finite.  On failure *model
 * needs no fini. */
WP_MUST_CHECK enum wp_err wp_text_model_read(
	struct wp_text_model *model, struct wp_reader *reader);
WP_MUST_CHECK enum wp_err wp_text_model_put(
	const struct wp_text_model *model, struct wp_writer *writer);
void wp_text_model_fini(struct wp_text_model *model); /* may be zeroed */

/* Take words and counts from a stream that has `vocab` and `counts`; the reader is closed.
 * WP_EMISMATCH where it has not. */
WP_MUST_CHECK enum wp_err wp_text_model_count(
	struct wp_text_model *model, struct wp_reader *reader);

/* Where the vectors go, and what else the input holds. */
struct wp_text_output {
	struct wp_writer *writer; /* gets `encoding` (f32, texts x dim)             */
	bool normalize;           /* make each vector 1 long                        */
	size_t memory;            /* bytes to hold; more is put aside on disk       */
	const char *tmpdir;
	/* Called for records that are no part of the text; may be NULL. */
	wp_record_fn *other;
	void *arg;
	void (*begin)(void);            /* before the first vector is written; may be NULL */
	void (*report)(uint64_t texts); /* now and then; may be NULL */
};

/* What became of a text. */
struct wp_text_tally {
	uint64_t texts, empty;    /* empty: no word has a vector, so zeros        */
	uint64_t tokens, unknown; /* without special tokens                       */
};

/* Is a tensor that stands beside a text about its sentences, such as labels, not its tokens? */
bool wp_text_concerns(const struct wp_tensor *tensor);

/* Write `vocab`, in which texts have their numbers, from 1, as names. */
WP_MUST_CHECK enum wp_err wp_text_put_numbers(struct wp_writer *writer, uint64_t texts);

#ifdef __cplusplus
}
#endif
#endif
