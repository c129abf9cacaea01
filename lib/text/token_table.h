/* A hash table of tokens with their ids and counts.  (Internal.)
 *
 * Open addressing with linear probing.  A slot is half a cache line and holds a short token
 * itself, so that for nearly every token of a text one look at one line decides.  The hash is
 * keyed with random numbers: nobody can prepare a text whose tokens all collide.  No result
 * depends on the key.
 */
#ifndef WP_TEXT_TOKEN_TABLE_H
#define WP_TEXT_TOKEN_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "text/token_split.h"

struct wp_slot {
	uint64_t key[2]; /* a short token; of a long one its hash and its place in `text` */
	int64_t count;
	uint32_t length; /* of the token; 0: the slot is free */
	int32_t id;
};

struct wp_token_table {
	struct wp_slot *slots;
	size_t mask; /* number of slots, a power of two, less one */
	size_t used;
	int32_t next_id;
	char *text; /* the tokens longer than WP_KEY_BYTES */
	size_t text_used, text_room;
	size_t limit;  /* of the memory taken, in bytes                   */
	size_t most;   /* tokens to hold at most; then the rarest must go */
	int32_t fixed; /* tokens with an id below this one never go       */
	uint64_t forgotten_tokens, forgotten_count;
	uint64_t secret[2];
};

/* An empty table that takes at most `limit` bytes, and holds at most `most` tokens: then those
 * with the lowest counts are forgotten, at least an eighth of them. */
WP_MUST_CHECK enum wp_err wp_token_table_init(
	struct wp_token_table *table, size_t limit, size_t most);
void wp_token_table_fini(struct wp_token_table *table);

/* Count each token once, and write its id to ids.  A token that is new gets the next id.
 * WP_ELIMIT where the table would outgrow its limit. */
WP_MUST_CHECK enum wp_err wp_token_table_count(
	struct wp_token_table *table, const struct wp_token *tokens, size_t n, int32_t *ids);

/* Add count, which may be 0, to the count of one token; the sum must stay below 2^63. */
WP_MUST_CHECK enum wp_err wp_token_table_add(
	struct wp_token_table *table, const struct wp_token *token, int64_t count, int32_t *id);

/* Token i gets the id first + i, unless the table has it already; nothing is counted. */
WP_MUST_CHECK enum wp_err wp_token_table_number(
	struct wp_token_table *table, const struct wp_token *tokens, size_t n, int32_t first);

/* Make room for n tokens in all, so that the table need not grow again and again. */
WP_MUST_CHECK enum wp_err wp_token_table_reserve(struct wp_token_table *table, size_t n);

/* Write each token's id to ids, or -1 for a token that the table does not have. */
void wp_token_table_find(const struct wp_token_table *table, const struct wp_token *tokens,
	size_t n, int32_t *ids);

/* The token's slot, borrowed until the table changes, or NULL. */
const struct wp_slot *wp_token_table_slot(
	const struct wp_token_table *table, const struct wp_token *token);

/* The bytes of the token in a slot that is not free; slot->length tells how many.  At least
 * eight can be read. */
const char *wp_token_table_bytes(
	const struct wp_token_table *table, const struct wp_slot *slot);

enum wp_order {
	WP_BY_COUNT, /* falling counts; rising bytes where those are equal */
	WP_BY_BYTES
};

/* A token of the table in an order. */
struct wp_ranked {
	uint64_t key; /* what is compared first */
	const char *bytes;
	const struct wp_slot *slot;
};

/* The tokens whose count is at least `least` and whose id is at least table->fixed, in that
 * order, the first `most` of them.  The caller frees *ranking; its pointers are borrowed until
 * the table changes. */
WP_MUST_CHECK enum wp_err wp_token_table_rank(const struct wp_token_table *table,
	enum wp_order order, int64_t least, size_t most, struct wp_ranked **ranking, size_t *n);

#endif
