#include "text/bleu.h"

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

const char *const wp_bleu_smoothings[] = {[WP_SMOOTH_EXP] = "exp",
	[WP_SMOOTH_FLOOR] = "floor",
	[WP_SMOOTH_ADD_K] = "add-k",
	[WP_SMOOTH_NONE] = "none",
	NULL};

/* The percentage of n-grams that are right; *misses: how often there was none before. */
static double precision(
	double right, double all, enum wp_bleu_smoothing smoothing, double value, int *misses)
{
	if (right > 0)
		return 100 * right / all;
	switch (smoothing) {
	case WP_SMOOTH_EXP:
		return ldexp(100 / all, -++*misses);
	case WP_SMOOTH_FLOOR:
		return 100 * value / all;
	default:
		return 0;
	}
}

struct wp_bleu_score wp_bleu(
	const struct wp_bleu_counts *c, enum wp_bleu_smoothing smoothing, double value)
{
	struct wp_bleu_score score = {.brevity_penalty = 1};
	bool any = false;
	int misses = 0;
	double logs = 0;
	if (c->length < c->reference_length)
		score.brevity_penalty =
			c->length > 0 ? exp(1 - c->reference_length / c->length) : 0;
	for (int n = 0; n < WP_BLEU_ORDERS; n++)
		any = any || c->right[n] > 0;
	for (int n = 0; n < WP_BLEU_ORDERS && any; n++) {
		double more = smoothing == WP_SMOOTH_ADD_K && n > 0 ? value : 0;
		double right = c->right[n] + more, all = c->all[n] + more;
		if (all == 0)
			break;
		score.precision[n] = precision(right, all, smoothing, value, &misses);
	}
	for (int n = 0; n < WP_BLEU_ORDERS; n++)
		logs += log(score.precision[n]);
	score.bleu = score.brevity_penalty * exp(logs / WP_BLEU_ORDERS);
	return score;
}

double wp_chrf(const struct wp_chrf_counts *c, int orders, double beta)
{
	double precision = 0, recall = 0, square = beta * beta;
	int used = 0;
	for (int n = 0; n < orders; n++) {
		if (c->found[n] == 0 || c->reference[n] == 0)
			continue;
		precision += c->right[n] / c->found[n];
		recall += c->right[n] / c->reference[n];
		used++;
	}
	if (precision + recall == 0)
		return 0;
	precision /= used;
	recall /= used;
	return 100 * (1 + square) * precision * recall / (square * precision + recall);
}
