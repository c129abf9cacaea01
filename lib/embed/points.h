/* The rows of one matrix of a stream, with their words where it has some: what is to be mapped.
 */
#ifndef WP_EMBED_POINTS_H
#define WP_EMBED_POINTS_H

#include <stdbool.h>

#include "base/strings.h"
#include "stream/reader.h"
#include "stream/writer.h"
#include "text/vocab.h"

#ifdef __cplusplus
extern "C" {
#endif

struct wp_points {
	float *vector; /* (count, dim) */
	float *beside; /* (count, dim): those of a second tensor, where one was asked for     */
	size_t count, dim;
	struct wp_strings vocab; /* empty where the stream has no `vocab` of so many tokens */
	int64_t *counts;         /* (count), or NULL likewise                               */
};

/* Read all of reader, to its end: the tensor of that name (any type of floating-point numbers;
 * one axis is one number a row), of which only the first `top` rows are kept (0: all), `vocab`
 * and `counts`.  other is called for each record of another name, as it comes.  WP_EMISMATCH
 * where there is no such matrix; WP_ECORRUPT where a number is not finite, naming its row. */
WP_MUST_CHECK enum wp_err wp_points_read(struct wp_points *points, struct wp_reader *reader,
	const char *name, const char *beside, size_t top,
	enum wp_err (*other)(
		void *arg, struct wp_reader *reader, const struct wp_tensor *tensor),
	void *arg);

/* Make each row a vector of length 1; rows of zeros stay. */
void wp_points_normalize(struct wp_points *points);

/* Write `vocab` and `counts`, as far as there are any. */
WP_MUST_CHECK enum wp_err wp_points_put_words(
	const struct wp_points *points, struct wp_writer *writer);

/* A vocabulary of the words, to find their rows by.  WP_EMISMATCH where the rows have none. */
WP_MUST_CHECK enum wp_err wp_points_index(
	const struct wp_points *points, struct wp_vocab *vocab);

/* points may be zeroed. */
void wp_points_fini(struct wp_points *points);

#ifdef __cplusplus
}
#endif
#endif
