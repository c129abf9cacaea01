#include "text/ngrams.h"

#include <inttypes.h>
#include <string.h>

enum wp_err wp_ngrams_init(
	struct wp_ngrams *g, int least, int most, uint64_t buckets, size_t words)
{
	*g = (struct wp_ngrams){.least = least, .most = most, .buckets = buckets};
	if (least < 1 || most < least || most > WP_NGRAM_MAX)
		return wp_fail(WP_EINVAL, "n-grams of %d to %d tokens: not within 1 to %d",
			least, most, WP_NGRAM_MAX);
	if (buckets > INT32_MAX)
		return wp_fail(
			WP_EINVAL, "%" PRIu64 " buckets: at most %d", buckets, INT32_MAX);
	g->columns = (int64_t)buckets;
	uint64_t power = 1;
	for (int n = 1; n <= most && !buckets; n++) {
		g->power[n - 1] = power;
		power *= words; /* less than 2^62: both are below 2^31 */
		if (n >= least) {
			g->block[n - 1] = (uint64_t)g->columns;
			g->columns += (int64_t)power;
		}
		if (words > INT32_MAX || power > INT32_MAX || g->columns > INT32_MAX)
			return wp_fail(WP_ELIMIT,
				"n-grams of %d to %d tokens over a vocabulary of %zu: more "
				"than %d columns; \1buckets N hashes them to N",
				least, most, words, INT32_MAX);
	}
	return WP_OK;
}

/* The output function of SplitMix64 (Steele, Lea & Flood 2014). */
static uint64_t mix(uint64_t z)
{
	z += 0x9e3779b97f4a7c15;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

size_t wp_ngrams_columns(const struct wp_ngrams *g, const int32_t *ids, size_t n, size_t before,
	int32_t *columns)
{
	size_t count = 0, most = (size_t)g->most, least = (size_t)g->least;
	if (most == 1 && !g->buckets) {
		if (n > 0)
			memcpy(columns, ids, n * sizeof *ids);
		return n;
	}
	for (size_t i = 0; i < n; i++) {
		size_t longest = before + i + 1 < most ? before + i + 1 : most;
		uint64_t number = 0, hash = 0;
		for (size_t k = 0; k < longest; k++) {
			uint64_t id = (uint64_t) * (ids + i - k);
			number += id * g->power[k];
			if (g->buckets)
				hash = mix(hash + id + 1);
			if (k + 1 >= least)
				columns[count++] = (int32_t)(g->buckets ? hash % g->buckets
									: g->block[k] + number);
		}
	}
	return count;
}
