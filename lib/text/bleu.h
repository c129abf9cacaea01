/* BLEU (Papineni et al. 2002) and chrF (Popovic 2015; chrF++, 2017) of a whole text, computed
 * as sacrebleu does (Post 2018): from counts that are summed over the sentences.
 */
#ifndef WP_TEXT_BLEU_H
#define WP_TEXT_BLEU_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { WP_BLEU_ORDERS = 4, WP_CHRF_CHARS = 6, WP_CHRF_WORDS = 2 };

/* What the precision is where no n-gram of a length is right (Chen & Cherry 2014): */
enum wp_bleu_smoothing {
	WP_SMOOTH_EXP,   /* 1 / 2^k of one n-gram, the k-th time                          */
	WP_SMOOTH_FLOOR, /* that of `value` n-grams                                       */
	WP_SMOOTH_ADD_K, /* `value` more of two words and longer, right and in all, always */
	WP_SMOOTH_NONE   /* 0                                                             */
};
extern const char
	*const wp_bleu_smoothings[]; /* "exp", "floor", "add-k", "none"; ended by NULL */

/* Sums over the sentences: n-grams of n words at n - 1. */
struct wp_bleu_counts {
	double length, reference_length; /* words that were found, and of the references */
	double right[WP_BLEU_ORDERS]; /* n-grams found that a reference has, as often as it  */
	double all[WP_BLEU_ORDERS];   /* n-grams found                                       */
};

struct wp_bleu_score {
	double bleu;                      /* 0 to 100 */
	double precision[WP_BLEU_ORDERS]; /* 0 to 100 */
	double brevity_penalty;           /* 0 to 1   */
};

/* value: of FLOOR (0.1 is usual) and ADD_K (1 is). */
struct wp_bleu_score wp_bleu(
	const struct wp_bleu_counts *counts, enum wp_bleu_smoothing smoothing, double value);

/* Sums over the sentences, for each length of n-grams: of characters first, then of words. */
struct wp_chrf_counts {
	double found[WP_CHRF_CHARS + WP_CHRF_WORDS]; /* where the reference has any */
	double reference[WP_CHRF_CHARS + WP_CHRF_WORDS];
	double right[WP_CHRF_CHARS + WP_CHRF_WORDS];
};

/* 0 to 100: F-beta of the mean precision and recall over the lengths, up to `orders` of them,
 * that both sides have. */
double wp_chrf(const struct wp_chrf_counts *counts, int orders, double beta);

#ifdef __cplusplus
}
#endif
#endif
