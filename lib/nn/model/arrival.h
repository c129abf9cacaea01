/* The parameters of a model while they arrive: each by itself, so that what a header promises
 * takes no memory; in any of the types of stream/stored.h, all of their rows or those that are
 * not zero (tensor-stream(5), Small numbers).  (Internal.) */
#ifndef WP_NN_ARRIVAL_H
#define WP_NN_ARRIVAL_H

#include "nn/core/params.h"
#include "stream/reader.h"
#include "stream/stored.h"
#include "stream/writer.h"

/* Of a table whose rows are listed, one of so many is there at least: what a file claims stays
 * in proportion to what it holds. */
enum { WP_NN_LIST_SHARE = 1024 };

/* Zeroed at first. */
struct wp_nn_arrival {
	enum wp_type type;
	const void *data; /* what came: in the mapped file, or own */
	unsigned char *own;
	size_t size, room; /* bytes */
	uint64_t rows;     /* that came: of data, */
	float *scale;
	size_t scales, scale_room;
	int32_t *row; /* the numbers of those that are not zero, if they are listed, */
	size_t listed, row_room;
	bool has_list;
	int32_t *place; /* and where each is */
};

/* Take the record, one of parameter p: its rows, scales, or the list of its rows; *taken says
 * whether it was.  WP_EMISMATCH for a type or shape that cannot be, WP_ECORRUPT for numbers
 * that are not finite. */
WP_MUST_CHECK enum wp_err wp_nn_arrival_take(struct wp_nn_arrival *a,
	const struct wp_nn_param *p, struct wp_reader *reader, const struct wp_tensor *t,
	bool *taken);

/* All came: *stored, which borrows of a, and of the reader where that is mapped, says what.
 * WP_EMISMATCH where something lacks or does not fit. */
WP_MUST_CHECK enum wp_err wp_nn_arrival_end(struct wp_nn_arrival *a,
	const struct wp_nn_param *p, const char *from, struct wp_stored *stored);

void wp_nn_arrival_fini(struct wp_nn_arrival *a);

/* Write a parameter: of a table that is read row by row and has many rows of zeros, the others
 * and their list. */
WP_MUST_CHECK enum wp_err wp_nn_param_put(
	struct wp_writer *writer, const struct wp_nn_param *p, const float *value);

#endif
