#include "math/svd.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "math/krylov.h"
#include "math/lapack.h"

/* A matrix of at most so many elements, zeros included, is written out by WP_SVD_AUTO; of so
 * many more, where a Krylov space would be nearly everything. */
static const double few = 1 << 20, many = 1 << 24;

void wp_svd_default(struct wp_svd_config *config)
{
	*config = (struct wp_svd_config){
		.k = 100,
		.method = WP_SVD_AUTO,
		.tolerance = 1e-4,
		.memory = (size_t)4 << 30,
		.seed = 1,
		.threads = 1,
	};
}

enum wp_err wp_svd_check(const struct wp_svd_config *c)
{
	if (c->k < 1 || c->k > 1 << 16)
		return wp_fail(
			WP_EINVAL, "singular values: %zu out of range (1 to 65536)", c->k);
	if (c->iterations < 0)
		return wp_fail(WP_EINVAL, "iterations %d: less than 0", c->iterations);
	if (!(c->tolerance > 0 && c->tolerance < 1))
		return wp_fail(WP_EINVAL, "tolerance %g: not between 0 and 1", c->tolerance);
	if (c->threads < 1)
		return wp_fail(WP_EINVAL, "threads %d: less than 1", c->threads);
	return WP_OK;
}

static enum wp_err allocate(struct wp_svd *s, bool right)
{
	size_t u, v;
	if (!wp_mulsize(s->rows, s->k, &u) || !wp_mulsize(s->cols, s->k, &v))
		return wp_fail(WP_ENOMEM, "singular vectors: %zu of %zu rows are too many",
			s->k, s->rows);
	enum wp_err err;
	if ((err = wp_alloc(&s->sigma, s->k, sizeof *s->sigma, "singular values")) ||
		(err = wp_alloc(&s->u, u, sizeof *s->u, "singular vectors")))
		return err;
	return right ? wp_alloc(&s->v, v, sizeof *s->v, "singular vectors") : WP_OK;
}

void wp_svd_fini(struct wp_svd *s)
{
	free(s->sigma);
	free(s->u);
	free(s->v);
	*s = (struct wp_svd){0};
}

static enum wp_err too_little_memory(
	const struct wp_svd *s, double bytes, const struct wp_svd_config *config)
{
	return wp_fail(WP_ELIMIT,
		"%zu singular values of a matrix of %zu by %zu need %.0f MiB of memory, and the "
		"limit is %.0f MiB: see \1memory",
		s->k, s->rows, s->cols, ceil(bytes / (1 << 20)),
		(double)config->memory / (1 << 20));
}

/* ---- Exact ---- */

static enum wp_err write_out(const struct wp_sparse *a, double **dense)
{
	enum wp_err err = wp_alloc(dense, a->rows * a->cols, sizeof **dense, "dense matrix");
	for (size_t p = 0; p < a->panels && !err; p++) {
		const struct wp_sparse_panel *panel = &a->panel[p];
		double *to = *dense + p * WP_SPARSE_PANEL * a->rows;
		for (size_t i = 0; i < a->rows; i++)
			for (uint64_t k = panel->start[i]; k < panel->start[i + 1]; k++)
				to[panel->col[k] * a->rows + i] = (double)panel->value[k];
	}
	return err;
}

static enum wp_err exact_symmetric(struct wp_svd *s, const struct wp_sparse *a)
{
	size_t n = a->rows;
	double *dense = NULL, *w;
	enum wp_err err = wp_alloc(&w, n, sizeof *w, "eigenvalues");
	if (!err)
		err = write_out(a, &dense);
	if (!err)
		err = wp_eigen_symmetric(n, dense, w);
	/* They ascend: the largest in size are at either end. */
	for (size_t j = 0, low = 0, high = n; j < s->k && !err; j++) {
		size_t from = fabs(w[high - 1]) >= fabs(w[low]) ? --high : low++;
		s->sigma[j] = fabs(w[from]);
		for (size_t i = 0; i < n; i++) {
			double x = dense[from * n + i];
			s->u[i * s->k + j] = (float)x;
			if (s->v)
				s->v[i * s->k + j] = (float)(w[from] < 0 ? -x : x);
		}
	}
	free(dense);
	free(w);
	return err;
}

static enum wp_err exact_general(struct wp_svd *s, const struct wp_sparse *a)
{
	size_t least = a->rows < a->cols ? a->rows : a->cols;
	double *dense = NULL, *sigma = NULL, *u = NULL, *vt = NULL;
	enum wp_err err;
	if ((err = write_out(a, &dense)) ||
		(err = wp_alloc(&sigma, least, sizeof *sigma, "singular values")) ||
		(err = wp_alloc(&u, a->rows * least, sizeof *u, "singular vectors")) ||
		(err = wp_alloc(&vt, least * a->cols, sizeof *vt, "singular vectors")))
		goto out;
	err = wp_svd_dense(a->rows, a->cols, dense, sigma, u, vt);
	for (size_t j = 0; j < s->k && !err; j++) {
		s->sigma[j] = sigma[j];
		for (size_t i = 0; i < a->rows; i++)
			s->u[i * s->k + j] = (float)u[j * a->rows + i];
		for (size_t i = 0; i < a->cols && s->v; i++)
			s->v[i * s->k + j] = (float)vt[i * least + j];
	}
out:
	free(dense);
	free(sigma);
	free(u);
	free(vt);
	return err;
}

static enum wp_err exact(
	struct wp_svd *s, const struct wp_sparse *a, const struct wp_svd_config *config)
{
	double bytes = (double)a->rows * (double)a->cols * 8 * (s->symmetric ? 3 : 5);
	if (bytes > (double)config->memory)
		return too_little_memory(s, bytes, config);
	s->exact = s->converged = true;
	return s->symmetric ? exact_symmetric(s, a) : exact_general(s, a);
}

/* ---- Krylov ---- */

/* A Ritz value grows towards the singular value that it approximates by residual^2 / gap, where
 * the gap is to what the space does not hold yet, and by the residual at most.  The gap is
 * taken to be a tenth of the value. */
static double growth(double theta, double residual)
{
	return fmin(residual, 10 * residual * residual / theta);
}

/* How much the k largest singular values may differ from the k largest Ritz values, relative to
 * them: these may grow, and others may grow into their ranks. */
static double expected_error(const struct wp_krylov *space, size_t k)
{
	if (space->count < k)
		return INFINITY;
	double least = fmax(1e-6 * fabs(space->theta[0]), DBL_MIN); /* less is rounding */
	double last = fmax(fabs(space->theta[k - 1]), least), error = 0;
	for (size_t i = 0; i < space->count; i++) {
		double theta = fmax(fabs(space->theta[i]), least);
		double grown = theta + growth(theta, space->residual[i]);
		error = fmax(error, grown / fmax(theta, last) - 1);
	}
	return error;
}

/* The work of one computation by a Krylov space. */
struct search {
	struct wp_krylov space;
	const struct wp_svd_config *config;
	size_t k, basis_limit;
	int iteration, next_check, last_check;
	double error, last_error;
	double exhausted_sum; /* of the singular values when the space was exhausted last */
	double best_error;
	int vain; /* looks since the error has fallen to less than that, clearly */
};

/* In a basis that is too small for a flat spectrum the error stays where it is. */
enum { VAIN_LOOKS = 40 };

/* When to look again: solving the small matrix costs as much as some steps.  The error falls
 * about geometrically, so that two of them foretell the third. */
static void plan_check(struct search *s)
{
	int steps = s->iteration / 4 + 1;
	if (isfinite(s->last_error) && s->error < s->last_error) {
		double fall = log(s->last_error / s->error) / (s->iteration - s->last_check);
		double rest = log(s->error / s->config->tolerance) / fall;
		steps = rest < steps ? (int)ceil(rest * 0.8) : steps;
	}
	s->last_check = s->iteration;
	s->last_error = s->error;
	s->next_check = s->iteration + (steps > 1 ? steps : 1);
}

/* A space that was exhausted before it had everything continues from random vectors.  They may
 * find more of a singular value that comes more often than a block has columns: only when they
 * have changed nothing that is the end. */
static bool accept_exhausted(struct search *s)
{
	double sum = 0;
	for (size_t i = 0; i < s->k; i++)
		sum += fabs(s->space.theta[i]);
	bool same = sum <= s->exhausted_sum * (1 + s->config->tolerance * 1e-2);
	s->exhausted_sum = fmax(sum, s->exhausted_sum);
	return same;
}

static enum wp_err look(struct search *s, bool *done)
{
	enum wp_err err = wp_krylov_solve(&s->space);
	if (err)
		return err;
	s->error = expected_error(&s->space, s->k);
	s->vain++;
	if (s->error < 0.95 * s->best_error) {
		s->best_error = s->error;
		s->vain = 0;
	}
	*done = s->error <= s->config->tolerance &&
		(!s->space.broken || s->space.width == 0 || accept_exhausted(s));
	plan_check(s);
	return WP_OK;
}

static enum wp_err iterate(struct search *s,
	void (*report)(const struct wp_svd_progress *progress, void *arg), void *arg)
{
	struct wp_krylov *space = &s->space;
	bool done = false;
	int cap = s->config->iterations;
	enum wp_err err = WP_OK;
	s->error = s->last_error = s->best_error = INFINITY;
	s->exhausted_sum = -1;
	s->next_check = (int)((s->k + s->k / 2) / WP_BLOCK) + 2;
	while (!err && !done) {
		err = wp_krylov_step(space);
		if (err)
			break;
		s->iteration++;
		bool complete = space->width == 0;
		bool last = cap > 0 && s->iteration >= cap && space->done >= s->k;
		bool full = space->right.count + WP_BLOCK > s->basis_limit;
		if (complete || last || full || space->broken || s->iteration >= s->next_check)
			err = look(s, &done);
		if (report && !err)
			report(&(struct wp_svd_progress){s->iteration, space->done, s->error},
				arg);
		done |= complete || last || s->vain >= VAIN_LOOKS;
		if (full && !done && !err)
			err = wp_krylov_restart(space, (s->k + space->count) / 2);
	}
	return err;
}

/* Bytes that the process takes with a basis of so many vectors.  The transpose, where there is
 * one, takes as much as the matrix; blocks are worked on in three buffers; of the small matrix
 * there are copies, and LAPACK needs room to work. */
static double krylov_bytes(const struct wp_sparse *a, bool symmetric,
	const struct wp_svd_config *config, size_t vectors)
{
	const double program = 28 << 20; /* the code, OpenBLAS, sums of threads */
	double rows = (double)a->rows, cols = (double)a->cols, n = (double)vectors;
	double matrix = (symmetric ? 6 : 12) * (double)wp_sparse_cells(a);
	double result = 4 * (double)config->k * (rows + (config->right ? cols : 0));
	double small = (symmetric ? 6 : 10) * 8 * n * n;
	double basis = 4 * (symmetric ? rows : rows + cols) * (n + 3 * WP_BLOCK);
	return program + matrix + result + small + basis;
}

static size_t min(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Fewer vectors than that lead nowhere. */
static size_t least_basis(const struct wp_sparse *a, size_t k)
{
	return min(2 * k + 4 * WP_BLOCK, min(a->rows, a->cols));
}

double wp_svd_least_memory(
	const struct wp_sparse *a, bool symmetric, const struct wp_svd_config *config)
{
	return krylov_bytes(a, symmetric, config, least_basis(a, config->k));
}

/* How large the basis may become: eight vectors for each one that is wanted save restarts. */
static enum wp_err limit_basis(
	struct search *s, const struct wp_svd *svd, const struct wp_sparse *a)
{
	size_t all = min(a->rows, a->cols), least = least_basis(a, s->k);
	size_t most = min(8 * s->k + 8 * WP_BLOCK, all);
	double memory = (double)s->config->memory;
	double need = wp_svd_least_memory(a, svd->symmetric, s->config);
	if (need > memory)
		return too_little_memory(svd, need, s->config);
	while (most > least && krylov_bytes(a, svd->symmetric, s->config, most) > memory)
		most -= min(most - least, WP_BLOCK);
	s->basis_limit = most;
	/* A space that may hold everything needs no restart, but room for blocks in part
	 * random. */
	s->basis_limit += most == all ? 3 * WP_BLOCK : 0;
	return WP_OK;
}

static enum wp_err krylov(struct wp_svd *svd, const struct wp_sparse *a,
	const struct wp_svd_config *config,
	void (*report)(const struct wp_svd_progress *progress, void *arg), void *arg)
{
	struct wp_sparse transposed = {0};
	struct search s = {.config = config, .k = svd->k};
	enum wp_err err = limit_basis(&s, svd, a);
	if (!err && !svd->symmetric)
		err = wp_sparse_transpose(&transposed, a);
	if (err)
		return err;
	err = wp_krylov_init(&s.space, a, svd->symmetric ? NULL : &transposed,
		s.basis_limit + WP_BLOCK, config->seed, config->threads);
	if (err)
		goto out;
	if (!(err = iterate(&s, report, arg)))
		err = wp_krylov_vectors(&s.space, svd->k, svd->u, svd->v);
	for (size_t i = 0; i < svd->k && !err; i++)
		svd->sigma[i] = fabs(s.space.theta[i]);
	svd->error = s.error;
	svd->converged = s.error <= config->tolerance;
	svd->iterations = s.iteration;
	wp_krylov_fini(&s.space);
out:
	wp_sparse_fini(&transposed);
	return err;
}

/* ---- Both ---- */

static void turn(float *vectors, size_t rows, size_t k, const float *sign)
{
	for (size_t i = 0; i < rows; i++)
		for (size_t j = 0; j < k; j++)
			vectors[i * k + j] *= sign[j];
}

/* The sign of a pair of vectors is anybody's: let the largest element of u be positive. */
static enum wp_err fix_signs(struct wp_svd *s)
{
	float *most;
	enum wp_err err = wp_alloc(&most, s->k, sizeof *most, "signs");
	if (err)
		return err;
	for (size_t i = 0; i < s->rows; i++)
		for (size_t j = 0; j < s->k; j++) {
			float x = s->u[i * s->k + j];
			most[j] = fabsf(x) > fabsf(most[j]) ? x : most[j];
		}
	for (size_t j = 0; j < s->k; j++)
		most[j] = most[j] < 0 ? -1.0f : 1.0f;
	turn(s->u, s->rows, s->k, most);
	if (s->v)
		turn(s->v, s->cols, s->k, most);
	free(most);
	return WP_OK;
}

/* A row or column without cells: its singular vectors are 0 there.  Rounding must not give it a
 * direction, not even a short one.  Vectors whose singular value is 0 may have what they like.
 */
static void clear_rows(const struct wp_svd *s, float *vectors, size_t rows, const bool *used)
{
	for (size_t i = 0; i < rows; i++)
		for (size_t j = 0; j < s->k && !used[i]; j++)
			if (s->sigma[j] > 1e-6 * s->sigma[0])
				vectors[i * s->k + j] = 0;
}

static enum wp_err clear_unused(struct wp_svd *s, const struct wp_sparse *a)
{
	bool *row = NULL, *col = NULL;
	enum wp_err err = wp_alloc(&row, a->rows, sizeof *row, "rows");
	if (!err)
		err = wp_alloc(&col, a->cols, sizeof *col, "columns");
	for (size_t p = 0; p < a->panels && !err; p++) {
		const struct wp_sparse_panel *panel = &a->panel[p];
		for (size_t i = 0; i < a->rows; i++) {
			row[i] |= panel->start[i] < panel->start[i + 1];
			for (uint64_t k = panel->start[i]; k < panel->start[i + 1]; k++)
				col[p * WP_SPARSE_PANEL + panel->col[k]] = true;
		}
	}
	if (!err)
		clear_rows(s, s->u, s->rows, row);
	if (!err && s->v)
		clear_rows(s, s->v, s->cols, col);
	free(row);
	free(col);
	return err;
}

static bool exact_is_cheap(const struct wp_svd *s)
{
	double size = (double)s->rows * (double)s->cols;
	size_t least = s->rows < s->cols ? s->rows : s->cols;
	return size <= few || (size <= many && 4 * s->k >= least);
}

enum wp_err wp_svd_compute(struct wp_svd *s, const struct wp_sparse *a,
	const struct wp_svd_config *config,
	void (*report)(const struct wp_svd_progress *progress, void *arg), void *arg)
{
	*s = (struct wp_svd){.k = config->k, .rows = a->rows, .cols = a->cols};
	size_t least = a->rows < a->cols ? a->rows : a->cols;
	enum wp_err err = wp_svd_check(config);
	if (!err && config->k > least)
		err = wp_fail(WP_EINVAL,
			"a matrix of %zu by %zu has %zu singular values, and %zu are wanted",
			a->rows, a->cols, least, config->k);
	s->square_sum = wp_sparse_square_sum(a);
	if (!err && !isfinite(s->square_sum))
		err = wp_fail(WP_EDIVERGED, "singular values: the matrix is not finite");
	if (!err)
		err = wp_sparse_is_symmetric(a, &s->symmetric);
	if (!err)
		err = allocate(s, config->right);
	if (!err) {
		bool dense = config->method == WP_SVD_EXACT ||
			(config->method == WP_SVD_AUTO && exact_is_cheap(s));
		err = dense ? exact(s, a, config) : krylov(s, a, config, report, arg);
	}
	if (!err)
		err = fix_signs(s);
	if (!err)
		err = clear_unused(s, a);
	if (err)
		wp_svd_fini(s);
	return err;
}
