/* The tensors of one stream so far, kept by its reader and its writer alike: slices of a name
 * must agree in type and shape, follow each other without a gap, and be closed at the end.
 * (Internal.) */
#ifndef WP_STREAM_LEDGER_H
#define WP_STREAM_LEDGER_H

#include "stream/tensor.h"

struct wp_ledger {
	struct wp_ledger_entry *entries;
	size_t count, room;
	uint32_t *slots; /* hash table: 1 + index into entries, 0 where free */
	size_t slot_count;
	size_t open; /* tensors that still expect slices */
	size_t last; /* entry of the last record         */
};

/* So many tensors a stream has at most: who only looks at it need not take memory for more. */
enum { WP_TENSORS_MAX = 1 << 16 };

void wp_ledger_fini(struct wp_ledger *ledger);

/* Forget all tensors: another stream begins. */
void wp_ledger_clear(struct wp_ledger *ledger);

/* Rows of that name so far; 0 for a new one. */
uint64_t wp_ledger_rows(const struct wp_ledger *ledger, const char *name);

/* Is there a tensor of that name? */
bool wp_ledger_has(const struct wp_ledger *ledger, const char *name);

/* Enter a record.  On failure *wrong says why it does not fit, or is NULL (no memory). */
WP_MUST_CHECK enum wp_err wp_ledger_enter(
	struct wp_ledger *ledger, const struct wp_tensor *tensor, const char **wrong);

/* The name of a tensor that still expects slices, or NULL. */
const char *wp_ledger_open_name(const struct wp_ledger *ledger);

#endif
