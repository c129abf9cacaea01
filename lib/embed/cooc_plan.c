#include "embed/cooc_plan.h"

#include "embed/cooc_count.h"
#include "embed/cooc_text.h"

enum { LEAST_ROOM = 1 << 16 };

static double fixed_bytes(const struct wp_cooc_config *config, size_t words, int threads)
{
	return (double)words * WP_COOC_WORD_BYTES +
		(double)threads * (double)wp_cooc_count_bytes(config, words);
}

enum wp_err wp_cooc_plan_make(
	struct wp_cooc_plan *plan, const struct wp_cooc_config *config, size_t words)
{
	double memory = (double)config->memory;
	/* What stays of a piece for the windows of the next one is small beside it. */
	double least = fixed_bytes(config, words, 1) +
		(LEAST_ROOM + 16.0 * config->window) * WP_COOC_TOKEN_BYTES;
	if (memory < least)
		return wp_fail(WP_ELIMIT,
			"a vocabulary of %zu words needs %.0fM of \1memory at least, not %.1fM",
			words, least / 0x1p20 + 1, memory / 0x1p20);
	*plan = (struct wp_cooc_plan){.threads = config->threads};
	while (plan->threads > 1 && fixed_bytes(config, words, plan->threads) > memory / 2)
		plan->threads--;
	plan->fixed = fixed_bytes(config, words, plan->threads);
	double room = (memory - plan->fixed) / WP_COOC_TOKEN_BYTES;
	double most = UINT32_MAX / 2; /* places are numbers of 32 bits */
	plan->room = (size_t)(room < most ? room : most);
	return WP_OK;
}

double wp_cooc_plan_bytes(const struct wp_cooc_plan *plan, double slots)
{
	return plan->fixed + slots * WP_COOC_TOKEN_BYTES;
}
