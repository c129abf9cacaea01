#include "stream/pair_rows.h"

#include <inttypes.h>
#include <string.h>

/* What has a row for each sequence; the first is of targets. */
static const char *const names[WP_PAIR_TENSORS] = {
	"target.lengths", "lengths", "encoding", "labels"};

void wp_pair_rows_note(struct wp_pair_rows *pairs, const char *name, uint64_t rows)
{
	for (int i = 0; i < WP_PAIR_TENSORS; i++) {
		if (strcmp(name, names[i]) != 0)
			continue;
		pairs->seen[i] = true;
		pairs->rows[i] += rows;
	}
}

enum wp_err wp_pair_rows_check(const struct wp_pair_rows *pairs, const char *from)
{
	for (int i = 1; i < WP_PAIR_TENSORS && pairs->seen[0]; i++)
		if (pairs->seen[i] && pairs->rows[i] != pairs->rows[0])
			return wp_fail(WP_EMISMATCH,
				"%s%s'%s' has %" PRIu64 " rows and '%s' %" PRIu64
				": not a target for each source",
				from ? from : "", from ? ": " : "", names[i], pairs->rows[i],
				names[0], pairs->rows[0]);
	return WP_OK;
}
