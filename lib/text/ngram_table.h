/* The n-grams that occur in a text, numbered in the order in which they first occur: the
 * columns of a matrix that has none but those, and the way to find them again in another text.
 *
 * N-grams are told apart by hashes of 64 bits: that two of a million share one has a
 * probability of 3e-8.
 */
#ifndef WP_TEXT_NGRAM_TABLE_H
#define WP_TEXT_NGRAM_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A zeroed struct has no n-grams. */
struct wp_ngram_table {
	int least, most; /* tokens of an n-gram: 1 <= least <= most <= WP_NGRAM_MAX           */
	size_t count;    /* n-grams, at most 2^31 - 1                                         */
	int32_t *ids; /* count x most: the tokens of each; -1 behind those of a shorter one */

	/* Internal. */
	size_t limit, ids_room, slots; /* slots: a power of two */
	struct wp_ngram_slot *slot;
	struct wp_ngram_found *found; /* the n-grams of one call */
	size_t found_room;
};

/* limit: bytes that the table may take. */
WP_MUST_CHECK enum wp_err wp_ngram_table_init(
	struct wp_ngram_table *table, int least, int most, size_t limit);
void wp_ngram_table_fini(struct wp_ngram_table *table);

/* Add n-grams that are known to differ, as another table had them: ids is count x most.
 * WP_EINVAL where one has no token, or fewer or more than it may. */
WP_MUST_CHECK enum wp_err wp_ngram_table_load(
	struct wp_ngram_table *table, const int32_t *ids, size_t count);

/* The columns of the n-grams that end with each of ids[0 .. n), with `before` ids of the same
 * sentence standing before ids[0].  With `learn`, n-grams that are new are added; without, they
 * have no column and are left out, as are in both cases those with a negative id.  columns has
 * room for n * (most - least + 1); *count says how many there are.  WP_ELIMIT beyond the limit.
 */
WP_MUST_CHECK enum wp_err wp_ngram_table_columns(struct wp_ngram_table *table,
	const int32_t *ids, size_t n, size_t before, bool learn, int32_t *columns,
	size_t *count);

/* Keep only the n-grams for which number[i] is not negative, and call them so: the numbers
 * ascend, from 0, without gaps.  Nothing can be looked up afterwards. */
void wp_ngram_table_keep(struct wp_ngram_table *table, const int32_t *number);

#ifdef __cplusplus
}
#endif
#endif
