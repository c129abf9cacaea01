#include "math/lapack.h"

#include <limits.h>
#include <stdlib.h>

#include "base/memory.h"

/* The Fortran names.  Behind the arguments go the lengths of the strings. */
extern void dsyevd_(const char *jobz, const char *uplo, const int *n, double *a, const int *lda,
	double *w, double *work, const int *lwork, int *iwork, const int *liwork, int *info,
	size_t, size_t);
extern void dgesdd_(const char *jobz, const int *m, const int *n, double *a, const int *lda,
	double *s, double *u, const int *ldu, double *vt, const int *ldvt, double *work,
	const int *lwork, int *iwork, int *info, size_t);

extern void dgeqrf_(const int *m, const int *n, double *a, const int *lda, double *tau,
	double *work, const int *lwork, int *info);

static enum wp_err too_large(size_t m, size_t n)
{
	return wp_fail(WP_EINVAL, "dense matrix: %zu by %zu is too large", m, n);
}

static enum wp_err failed(const char *what, int info)
{
	return wp_fail(WP_EDIVERGED, "%s: LAPACK failed (%d)", what, info);
}

enum wp_err wp_eigen_symmetric(size_t size, double *a, double *w)
{
	int n = (int)size, lwork = -1, liwork = -1, least = 0, info = 0;
	double best = 0, *work = NULL;
	int *iwork = NULL;
	if (size == 0)
		return WP_OK;
	if (size > 30000) /* the work space counts in int */
		return too_large(size, size);
	dsyevd_("V", "L", &n, a, &n, w, &best, &lwork, &least, &liwork, &info, 1, 1);
	if (info != 0)
		return failed("eigenvalues", info);
	lwork = (int)best;
	liwork = least;
	enum wp_err err = wp_alloc(&work, (size_t)lwork, sizeof *work, "eigenvalues");
	if (!err)
		err = wp_alloc(&iwork, (size_t)liwork, sizeof *iwork, "eigenvalues");
	if (!err) {
		dsyevd_("V", "L", &n, a, &n, w, work, &lwork, iwork, &liwork, &info, 1, 1);
		if (info != 0)
			err = failed("eigenvalues", info);
	}
	free(work);
	free(iwork);
	return err;
}

enum wp_err wp_svd_dense(size_t rows, size_t cols, double *a, double *s, double *u, double *vt)
{
	size_t least = rows < cols ? rows : cols;
	int m = (int)rows, n = (int)cols, r = (int)least, lwork = -1, info = 0, *iwork = NULL;
	double best = 0, *work = NULL;
	if (least == 0)
		return WP_OK;
	if (rows > INT_MAX || cols > INT_MAX || least > 20000)
		return too_large(rows, cols);
	enum wp_err err = wp_alloc(&iwork, 8 * least, sizeof *iwork, "singular values");
	if (err)
		return err;
	dgesdd_("S", &m, &n, a, &m, s, u, &m, vt, &r, &best, &lwork, iwork, &info, 1);
	if (info != 0)
		err = failed("singular values", info);
	lwork = (int)best;
	if (!err)
		err = wp_alloc(&work, (size_t)lwork, sizeof *work, "singular values");
	if (!err) {
		dgesdd_("S", &m, &n, a, &m, s, u, &m, vt, &r, work, &lwork, iwork, &info, 1);
		if (info != 0)
			err = failed("singular values", info);
	}
	free(work);
	free(iwork);
	return err;
}

enum wp_err wp_qr_dense(size_t rows, size_t cols, double *a, size_t ld, double *tau)
{
	int m = (int)rows, n = (int)cols, lda = (int)ld, lwork = -1, info = 0;
	double best = 0, *work = NULL;
	if (rows == 0 || cols == 0)
		return WP_OK;
	if (rows > INT_MAX || ld > INT_MAX || cols > 20000)
		return too_large(rows, cols);
	dgeqrf_(&m, &n, a, &lda, tau, &best, &lwork, &info);
	if (info != 0)
		return failed("QR decomposition", info);
	lwork = (int)best;
	enum wp_err err = wp_alloc(&work, (size_t)lwork, sizeof *work, "QR decomposition");
	if (!err) {
		dgeqrf_(&m, &n, a, &lda, tau, work, &lwork, &info);
		if (info != 0)
			err = failed("QR decomposition", info);
	}
	free(work);
	return err;
}
