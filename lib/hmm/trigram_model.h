/* The inside of a trigram tagger.  (Internal.) */
#ifndef WP_HMM_TRIGRAM_MODEL_H
#define WP_HMM_TRIGRAM_MODEL_H

#include "hmm/trigram.h"
#include "text/symbols.h"

/* How often what was seen: keys are sorted once counting is over. */
struct wp_trigram_count {
	int32_t key[3];
	int32_t count;
};

struct wp_trigram_counts {
	struct wp_trigram_count *list;
	size_t count, room;
};

/* Endings of words with a shape, in an open hash table; each has counts of tags. */
struct wp_endings {
	uint64_t *key; /* 0: free */
	float *tags;   /* (slots, T) */
	float *total;
	size_t mask, used;
};

struct wp_trigram {
	struct wp_trigram_config config;
	int columns; /* without the tags */
	uint64_t sentences, tokens;
	struct wp_symbols words;
	struct wp_strings tags;
	/* What was counted.  Tag T is the boundary of sentences. */
	struct wp_trigram_counts triples; /* (tag, tag, tag)            */
	struct wp_trigram_counts pairs;   /* (word, tag, 0)             */
	struct wp_trigram_counts context; /* (word, tag before, tag)    */
	struct wp_trigram_counts follow;  /* (word, its tag, next tag)  */

	/* What follows. */
	size_t tag_count, boundary;
	double *share;         /* (T): of each tag                                       */
	float *transition;     /* (T + 1, T + 1, T + 1): logarithms                      */
	double *before;        /* (T + 1, T): how often a tag follows another            */
	size_t *pair_begin;    /* (words + 1): in pairs                                  */
	size_t *context_begin; /* (words + 1): in context                                */
	size_t *follow_begin;  /* (words + 1): in follow */
	double *word_count;    /* (words)                                                */
	struct wp_endings endings;
	double theta; /* how much a shorter ending counts beside a longer one   */
};

/* Compute what follows from the counts. */
WP_MUST_CHECK enum wp_err wp_trigram_prepare(struct wp_trigram *t);

/* p(t | word), (T), of an unknown word by its ending and shape. */
void wp_trigram_guess(
	const struct wp_trigram *t, const char *word, size_t n, bool first, double *tags);

#endif
