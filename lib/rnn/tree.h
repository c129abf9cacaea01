/* Hierarchical soft-max (Morin & Bengio 2005) over a Huffman tree, as word2vec's: each inner
 * node is a logistic regression, which decides where the path to the class turns, and a class's
 * probability is the product along its path.  So a class costs as many rows as its path is
 * long.  (Internal: with real.h.)
 */
#ifndef WP_RNN_TREE_H
#define WP_RNN_TREE_H

#include "rnn/output.h"

struct RNN(tree);

/* counts: (classes), two classes or more. */
WP_MUST_CHECK enum wp_err RNN(tree_create)(
	struct RNN(tree) **tree, const int64_t *counts, size_t classes);
void RNN(tree_free)(struct RNN(tree) *tree); /* takes NULL */

/* Loss and gradient, added to score and gradient.  A class counts as correct here where every
 * turn to it is the likelier one. */
void RNN(tree_train)(const struct RNN(tree) *tree, const struct RNN(output) *output);

/* Loss and correctness alone, of the exact distribution: follows a few paths of the tree. */
void RNN(tree_score)(const struct RNN(tree) *tree, const struct RNN(output) *output);

/* logits (rows, classes - 1), those of all nodes without output->bias, to log_p (rows,
 * classes). */
void RNN(tree_log_softmax)(const struct RNN(tree) *tree, const struct RNN(output) *output,
	size_t rows, const real *logits, real *log_p);

#endif
