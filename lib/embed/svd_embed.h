/* Word vectors from a matrix of counts: reading it from a stream, and writing what the singular
 * value decomposition makes of it. */
#ifndef WP_EMBED_SVD_EMBED_H
#define WP_EMBED_SVD_EMBED_H

#include "embed/weighting.h"
#include "math/sparse.h"
#include "math/svd.h"
#include "stream/reader.h"
#include "stream/writer.h"

#ifdef __cplusplus
extern "C" {
#endif

enum wp_count_source {
	WP_COUNTS_COOC,  /* `cooc`: words by words, or words by documents */
	WP_COUNTS_ONEHOT /* `onehot`: documents by words                   */
};

/* Read all of reader, in which there is a sparse matrix `cooc` or `onehot`, and hold it with a
 * row for each word: onehot is transposed.  Every other record goes to other(arg, ...), and so
 * do `onehot.settings` and `onehot.shape`, by which rows of other documents are made; but not
 * `cooc.settings`, which belongs to the matrix.
 *
 * WP_EMISMATCH where there is no such matrix, where it does not fit `vocab`, and for numbers
 * that single precision does not hold; WP_ELIMIT where it takes more than `memory` bytes.  On
 * failure *matrix needs no fini. */
WP_MUST_CHECK enum wp_err wp_counts_read(struct wp_sparse *matrix, enum wp_count_source *source,
	struct wp_reader *reader, size_t memory, wp_record_fn *other, void *arg);

/* Write `svd.settings`, how cells were weighed and the power, and `singular.values` and
 * `explained` (f64, D), `embedding` (f32, V x D), which is U times
 * the singular values to that power, and, if svd has V, `context`, the same of V.  U and V are
 * scaled where they lie. */
WP_MUST_CHECK enum wp_err wp_svd_put(struct wp_writer *writer, struct wp_svd *svd,
	const struct wp_weighting *weighting, double power);

/* Write explained[j] = the sum of the first j + 1 singular values squared, over that of all:
 * what share of the matrix so many dimensions hold, by the Frobenius norm. */
void wp_svd_explained(const struct wp_svd *svd, double *explained);

#ifdef __cplusplus
}
#endif
#endif
