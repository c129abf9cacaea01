/* Words chosen from vectors by lists, and pairs of words of two sets of vectors. */
#ifndef WP_EMBED_SELECT_H
#define WP_EMBED_SELECT_H

#include "embed/shape.h"
#include "stream/input.h"

#ifdef __cplusplus
extern "C" {
#endif

/* For wp_points_read: look at no other record. */
enum wp_err wp_points_skip(
	void *unused, struct wp_reader *reader, const struct wp_tensor *tensor);

/* Keep, or drop, the words of a list, one a line; *unknown is how many of them have no vector.
 * WP_EMISMATCH where the vectors have no words. */
WP_MUST_CHECK enum wp_err wp_points_select(
	struct wp_points *points, struct wp_input *list, bool keep, size_t *unknown);

/* Keep the first `top` rows (0: all), without the special tokens where no_special is set. */
WP_MUST_CHECK enum wp_err wp_points_choose(
	struct wp_points *points, size_t top, bool no_special);

/* The rows of word pairs: of a dictionary, a word and its partner a line, separated by white
 * space; or, where that is NULL, of the words that both have.  *pair is the caller's to free.
 * WP_ECORRUPT for a line that is no pair; pairs of which a word has no vector are left out. */
WP_MUST_CHECK enum wp_err wp_points_pair(const struct wp_points *points,
	const struct wp_points *target, struct wp_input *dictionary,
	struct wp_pair_of_rows **pair, size_t *count);

#ifdef __cplusplus
}
#endif
#endif
