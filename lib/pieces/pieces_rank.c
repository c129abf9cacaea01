#include "pieces/pieces_rank.h"

#include "base/memory.h"
#include "text/utf8.h"
#include "text/vocab.h"

static enum wp_err add_ways(struct wp_pieces *p, const struct wp_vocab *vocab, size_t piece,
	size_t *left_room, size_t *right_room)
{
	size_t length;
	const char *text = wp_strings_get(&p->pieces, piece, &length);
	enum wp_err err = WP_OK;
	for (size_t at = 0; at < length && !err;) {
		at += wp_utf8_decode(text + at, text + length).length;
		if (at == length)
			break;
		int32_t left = wp_vocab_find(vocab, text, at);
		int32_t right = left < 0 ? -1 : wp_vocab_find(vocab, text + at, length - at);
		if (right < 0)
			continue;
		if (p->merges == INT32_MAX)
			return wp_fail(WP_ELIMIT, "too many pieces");
		err = wp_grow(&p->left, left_room, p->merges + 1, sizeof *p->left, "merges");
		if (!err)
			err = wp_grow(&p->right, right_room, p->merges + 1, sizeof *p->right,
				"merges");
		if (err)
			break;
		p->left[p->merges] = left;
		p->right[p->merges++] = right;
	}
	return err;
}

enum wp_err wp_pieces_rank(struct wp_pieces *p, const int32_t *order, size_t first, size_t n)
{
	struct wp_strings copy = {0};
	struct wp_vocab vocab = {0};
	size_t left_room = 0, right_room = 0;
	enum wp_err err = wp_strings_add_all(&copy, &p->pieces);
	if (err) {
		wp_strings_fini(&copy);
		return err;
	}
	err = wp_vocab_from_strings(&vocab, &copy, NULL);
	if (!err) /* so that there are arrays, also where there is no merge */
		err = wp_grow(&p->left, &left_room, 1, sizeof *p->left, "merges");
	if (!err)
		err = wp_grow(&p->right, &right_room, 1, sizeof *p->right, "merges");
	for (size_t k = 0; k < n && !err; k++)
		err = add_ways(p, &vocab, order ? (size_t)order[k] : first + k, &left_room,
			&right_room);
	wp_vocab_fini(&vocab);
	return err;
}
