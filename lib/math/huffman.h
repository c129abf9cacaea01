/* Huffman codes: the binary tree of hierarchical softmax.
 *
 * The leaves are words, the words - 1 inner nodes are the output rows.  A word's code is its
 * path from the root: which inner nodes it passes, and which way it turns at each.
 */
#ifndef WP_MATH_HUFFMAN_H
#define WP_MATH_HUFFMAN_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#ifdef __cplusplus
extern "C" {
#endif

struct wp_huffman {
	size_t words;
	uint64_t
		*begin; /* words + 1: word i's path is nodes[begin[i]] .. nodes[begin[i+1]-1] */
	int32_t *nodes; /* inner nodes, root first; the root is words - 2                     */
	uint8_t *turns; /* 0 or 1 for each of them                                            */
	int longest;    /* length of the longest path                                         */
};

/* Build the tree for these counts; equal counts merge later words first, as word2vec does for
 * sorted counts.  One word alone has an empty path. */
WP_MUST_CHECK enum wp_err wp_huffman_init(
	struct wp_huffman *tree, const int64_t *counts, size_t words);

void wp_huffman_fini(struct wp_huffman *tree);

#ifdef __cplusplus
}
#endif
#endif
