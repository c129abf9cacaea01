/* Hierarchical softmax (Morin & Bengio 2005) over a Huffman tree, as word2vec's: each inner
 * node is a logistic regression, which decides where the path to the class turns, and a class's
 * probability is the product along its path.  So a class costs as many rows as its path is
 * long.  (Internal: with real.h.)
 */
#ifndef WP_NN_HIERARCHICAL_H
#define WP_NN_HIERARCHICAL_H

#include "nn/outputs/output.h"

struct NN(hierarchical);

/* counts: (classes), two classes or more. */
WP_MUST_CHECK enum wp_err NN(hierarchical_create)(
	struct NN(hierarchical) **tree, const int64_t *counts, size_t classes);
void NN(hierarchical_free)(struct NN(hierarchical) *tree); /* may be NULL */

/* Loss and gradient, added to score and gradient.  A class counts as correct here where every
 * turn to it is the likelier one. */
void NN(hierarchical_train)(
	const struct NN(hierarchical) *tree, const struct NN(output_rows) *rows);

/* Loss and correctness alone, of the exact distribution: follows a few paths of the tree. */
void NN(hierarchical_score)(
	const struct NN(hierarchical) *tree, const struct NN(output_rows) *rows);

/* logits (rows, classes - 1), those of all nodes without rows->bias, to log_p (rows,
 * classes). */
void NN(hierarchical_log_softmax)(const struct NN(hierarchical) *tree,
	const struct NN(output_rows) *batch, size_t rows, const real *logits, real *log_p);

#endif
