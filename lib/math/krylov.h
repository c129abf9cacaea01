/* Block Krylov spaces of a sparse matrix, and what they tell about its singular values.
 *
 * A symmetric A: one basis Q with A Q = Q T + (next block) R, where T = Q'AQ.  Any other: two
 * bases with A V = U B and A'U = V B' + (next block) R, where B = U'AV.  The singular values of
 * the small matrix, T or B, are approximations of the largest ones of A (Ritz values), and R
 * tells how far they may be off.
 * (Internal.)
 */
#ifndef WP_MATH_KRYLOV_H
#define WP_MATH_KRYLOV_H

#include "base/random.h"
#include "math/basis.h"

struct wp_krylov {
	const struct wp_sparse *a, *at; /* at: A', or NULL where A is symmetric */
	int threads;
	struct wp_rng rng;
	/* right: V or Q, and behind it the next block, which is also in x.  left: U. */
	struct wp_basis right, left;
	size_t done;       /* vectors of V or Q, without the next block              */
	size_t width;      /* of the next block; 0 where the space is complete       */
	size_t last_width; /* of the last block of U or Q                            */
	float *x, *y, *z;  /* blocks: the next one; two to work with                 */
	double r[WP_BLOCK * WP_BLOCK]; /* R: (width, last_width), in rows of 16              */
	double norm;    /* of the longest product A x so far: what its rounding is judged by  */
	bool broken;    /* the space was exhausted: the next block is random in part  */
	bool restarted; /* the next block meets all of the basis, not its end alone   */
	double *small;  /* T or B, column after column of small_room elements         */
	size_t small_room;
	double *c, *all; /* what a block has in common with a basis */
	/* What wp_krylov_solve found, largest first. */
	size_t count;
	double *theta;         /* signed where A is symmetric; its size counts      */
	double *residual;      /* the true singular value is not further off        */
	double *s, *t;         /* T = s diag s', or B = s diag t                     */
	size_t *order, s_rows; /* Ritz value i belongs to column order[i] of s       */
};

/* Begin with a random block.  a and at are borrowed.  The space must not grow beyond `room`
 * vectors, the next block included. */
WP_MUST_CHECK enum wp_err wp_krylov_init(struct wp_krylov *krylov, const struct wp_sparse *a,
	const struct wp_sparse *at, size_t room, uint64_t seed, int threads);

void wp_krylov_fini(struct wp_krylov *krylov);

/* Extend the space by the products of the next block, which must not be empty. */
WP_MUST_CHECK enum wp_err wp_krylov_step(struct wp_krylov *krylov);

/* Find the Ritz values and their residuals. */
WP_MUST_CHECK enum wp_err wp_krylov_solve(struct wp_krylov *krylov);

/* Cut the space down to the best `keep` Ritz vectors of the last wp_krylov_solve, and the next
 * block. */
WP_MUST_CHECK enum wp_err wp_krylov_restart(struct wp_krylov *krylov, size_t keep);

/* The first `count` Ritz vectors into u (rows, count) and v (cols, count); either may be NULL.
 */
WP_MUST_CHECK enum wp_err wp_krylov_vectors(
	struct wp_krylov *krylov, size_t count, float *u, float *v);

#endif
