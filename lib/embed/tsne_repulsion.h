/* The repulsion between all points of a t-SNE map.  (Internal.)
 *
 * On a grid, as particle-mesh methods for electric charges have it (Hockney & Eastwood 1988;
 * Essmann et al. 1995), and as Linderman et al. 2019 introduced for t-SNE: charges are spread
 * to the nodes around each point by cubic B-splines, the grid is convolved with the kernel by
 * Fourier transforms on a grid of twice its size, so that nothing wraps around, and the result
 * is read off at the points by the same splines.  The kernel's spectrum is divided by that of
 * the splines, twice: so a charge on a node acts on another exactly as the kernel says.
 */
#ifndef WP_EMBED_TSNE_REPULSION_H
#define WP_EMBED_TSNE_REPULSION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct wp_repulsion;

WP_MUST_CHECK enum wp_err wp_repulsion_create(
	struct wp_repulsion **repulsion, size_t count, bool exact, int threads);
void wp_repulsion_free(struct wp_repulsion *repulsion);

/* force (count, 2) = sum_j w_ij^2 (y_i - y_j) for y (count, 2), and z, the sum of all w_ij, i
 * not j.  WP_EDIVERGED where y is not finite; WP_ELIMIT where the map is too wide for a grid.
 */
WP_MUST_CHECK enum wp_err wp_repulsion_find(
	struct wp_repulsion *repulsion, const float *y, float *force, double *z);

#endif
