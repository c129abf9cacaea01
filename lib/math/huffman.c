#include "math/huffman.h"

#include <limits.h>
#include <stdlib.h>

#include "base/memory.h"

/* Leaves are 0 .. words-1, inner node k is words + k. */
struct link {
	uint32_t parent;
	uint8_t turn;
};

struct leaf {
	int64_t count;
	uint32_t word;
};

static int rarer_first(const void *a, const void *b)
{
	const struct leaf *x = a, *y = b;
	if (x->count != y->count)
		return x->count < y->count ? -1 : 1;
	return x->word > y->word ? -1 : x->word < y->word;
}

/* The two-queue method (van Leeuwen 1976): sorted leaves wait in one queue, inner nodes in the
 * other, where they arrive in order of weight; the lightest is always at one of the heads. */
static void join(const struct leaf *leaves, size_t words, int64_t *weight, struct link *links)
{
	size_t leaf = 0, inner = 0;
	for (size_t made = 0; made + 1 < words; made++) {
		weight[made] = 0;
		for (uint8_t turn = 0; turn < 2; turn++) {
			size_t node;
			if (leaf < words &&
				(inner >= made || leaves[leaf].count < weight[inner])) {
				weight[made] += leaves[leaf].count;
				node = leaves[leaf++].word;
			} else {
				weight[made] += weight[inner];
				node = words + inner++;
			}
			links[node] = (struct link){(uint32_t)(words + made), turn};
		}
	}
}

static int path_length(const struct link *links, size_t words, size_t node)
{
	size_t root = 2 * words - 2;
	int length = 0;
	for (; node != root; node = links[node].parent)
		length++;
	return length;
}

static enum wp_err write_paths(struct wp_huffman *tree, const struct link *links)
{
	size_t words = tree->words;
	for (size_t i = 0; i < words; i++) {
		int length = path_length(links, words, i);
		tree->begin[i + 1] = tree->begin[i] + (uint64_t)length;
		tree->longest = length > tree->longest ? length : tree->longest;
	}
	size_t total = (size_t)tree->begin[words];
	enum wp_err err = wp_alloc(&tree->nodes, total, sizeof *tree->nodes, "Huffman tree");
	if (!err)
		err = wp_alloc(&tree->turns, total, sizeof *tree->turns, "Huffman tree");
	if (err)
		return err;
	for (size_t i = 0; i < words; i++) {
		size_t node = i;
		for (uint64_t k = tree->begin[i + 1]; k-- > tree->begin[i];
			node = links[node].parent) {
			tree->nodes[k] = (int32_t)(links[node].parent - words);
			tree->turns[k] = links[node].turn;
		}
	}
	return WP_OK;
}

enum wp_err wp_huffman_init(struct wp_huffman *tree, const int64_t *counts, size_t words)
{
	*tree = (struct wp_huffman){.words = words};
	struct leaf *leaves = NULL;
	int64_t *weight = NULL;
	struct link *links = NULL;
	enum wp_err err = WP_OK;
	if (words == 0 || words > INT32_MAX)
		return wp_fail(WP_EINVAL, "Huffman tree: %zu words", words);
	if ((err = wp_alloc(&leaves, words, sizeof *leaves, "Huffman tree")) ||
		(err = wp_alloc(&weight, words, sizeof *weight, "Huffman tree")) ||
		(err = wp_alloc(&links, 2 * words, sizeof *links, "Huffman tree")) ||
		(err = wp_alloc(&tree->begin, words + 1, sizeof *tree->begin, "Huffman tree")))
		goto out;
	for (size_t i = 0; i < words; i++)
		leaves[i] = (struct leaf){counts[i], (uint32_t)i};
	qsort(leaves, words, sizeof *leaves, rarer_first);
	join(leaves, words, weight, links);
	err = write_paths(tree, links);
out:
	if (err)
		wp_huffman_fini(tree);
	free(leaves);
	free(weight);
	free(links);
	return err;
}

void wp_huffman_fini(struct wp_huffman *tree)
{
	free(tree->begin);
	free(tree->nodes);
	free(tree->turns);
	*tree = (struct wp_huffman){0};
}
