#include "embed/embedding.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "embed/row.h"
#include "stream/element.h"
#include "stream/stored.h"

/* The lengths of rows, while these are read: another pass over them later costs as much as the
 * search for a word's neighbours. */
struct lengths {
	float *square; /* NULL: not seen */
	size_t count, dim, done;
	float largest; /* an infinity where a number is infinite or none */
};

static void measure_rows(struct lengths *l, const float *row, size_t end)
{
	for (; l->done < end; l->done++) {
		float square =
			wp_row_dot(row + l->done * l->dim, row + l->done * l->dim, l->dim);
		l->square[l->done] = square;
		l->largest = square <= l->largest ? l->largest
			: square <= FLT_MAX       ? square
						  : INFINITY;
	}
}

static void begin_to_watch(void *arg, const struct wp_tensor *t)
{
	struct lengths *l = arg;
	if (t->rank != 2 || t->type != WP_F32 || t->dim[1] == 0)
		return;
	l->count = (size_t)t->dim[0];
	l->dim = (size_t)t->dim[1];
	if (wp_alloc(&l->square, l->count, sizeof *l->square, "lengths of vectors"))
		l->square =
			NULL; /* it is tried again, and reported, when they have been read */
}

static void watch_rows(void *arg, const void *data, size_t size)
{
	struct lengths *l = arg;
	if (l->square)
		measure_rows(l, data, size / (l->dim * sizeof(float)));
}

/* Of those that could not be watched; and are all numbers finite? */
static enum wp_err finish_lengths(struct wp_embedding *e, struct lengths *l, const char *name)
{
	enum wp_err err = WP_OK;
	if (!l->square)
		err = wp_alloc(&l->square, e->count, sizeof *l->square, "lengths of vectors");
	if (err)
		return err;
	e->square = l->square;
	l->count = e->count;
	l->dim = e->dim;
	measure_rows(l, e->vector, e->count);
	if (l->largest <= FLT_MAX)
		return WP_OK;
	const void *data;
	const struct wp_tensor *t = wp_tensor_set_get(e->set, name, &data);
	return wp_check_finite(wp_tensor_set_name(e->set), t, data);
}

static enum wp_err take_vectors(struct wp_embedding *e, const char *name)
{
	const char *from = wp_tensor_set_name(e->set);
	const void *data;
	const struct wp_tensor *t = wp_tensor_set_get(e->set, name, &data);
	if (!t)
		return wp_tensor_set_lacks(e->set, name);
	char shape[128];
	wp_tensor_shape(t, shape, sizeof shape);
	if (t->rank != 2 || t->dim[0] != e->vocab.tokens.count || t->dim[1] == 0)
		return wp_fail(WP_EMISMATCH,
			"%s: tensor '%s' is %s, where a vector for each of %zu tokens was "
			"expected",
			from, name, shape, e->vocab.tokens.count);
	e->count = (size_t)t->dim[0];
	e->dim = (size_t)t->dim[1];
	if (t->type == WP_F32) {
		e->vector = data;
		return WP_OK;
	}
	enum wp_err err = wp_check_finite(from, t, data);
	if (err)
		return err;
	if (t->type != WP_F16 && t->type != WP_BF16 && t->type != WP_F64)
		return wp_fail(WP_EMISMATCH, "%s: tensor '%s' is of type %s, not vectors", from,
			name, wp_type_name(t->type));
	size_t count = e->count * e->dim; /* fits: the elements are in memory */
	err = wp_alloc(&e->converted, count, sizeof(float), "word vectors");
	if (err)
		return err;
	const struct wp_stored stored = {
		.type = t->type, .rows = e->count, .cols = e->dim, .data = data};
	if (wp_stored_holds(t->type))
		wp_stored_rows(&stored, e->converted);
	for (size_t i = 0; i < count && !wp_stored_holds(t->type); i++)
		e->converted[i] = (float)wp_element(data, t->type, i);
	size_t at = wp_find_not_finite(e->converted, WP_F32, count);
	if (at < count)
		return wp_fail(WP_ECORRUPT,
			"%s: '%s' has a number that is too large for f32 (row %zu, column %zu)",
			from, name, at / e->dim + 1, at % e->dim + 1);
	e->vector = e->converted;
	return WP_OK;
}

enum wp_err wp_embedding_read_for(
	struct wp_embedding *e, struct wp_reader *reader, const char *name, size_t words)
{
	enum { FEW = 10 }; /* the index costs about as much as so many words without one */
	const char *const names[] = {"vocab", name, "charngram.hash", "charngram.vector",
		"charngram.settings", NULL};
	*e = (struct wp_embedding){0};
	struct lengths lengths = {0};
	const struct wp_tensor_watch watch = {name, begin_to_watch, {watch_rows, &lengths}};
	enum wp_err err = wp_tensor_set_watch(&e->set, reader, names, &watch);
	if (err)
		return err;
	struct wp_strings *tokens = wp_tensor_set_strings(e->set, "vocab");
	if (!tokens)
		err = wp_tensor_set_lacks(e->set, "vocab");
	if (!err) {
		struct wp_strings taken = *tokens;
		*tokens = (struct wp_strings){0};
		err = words > 0 && words <= FEW
			? wp_vocab_unindexed(&e->vocab, &taken)
			: wp_vocab_from_strings(&e->vocab, &taken, NULL);
	}
	if (!err)
		err = take_vectors(e, name);
	if (!err)
		err = finish_lengths(e, &lengths, name);
	else
		free(lengths.square);
	if (err)
		wp_embedding_fini(e);
	return err;
}

enum wp_err wp_embedding_read(
	struct wp_embedding *e, struct wp_reader *reader, const char *name)
{
	return wp_embedding_read_for(e, reader, name, 0);
}

enum wp_err wp_embedding_read_ngrams(struct wp_embedding *e)
{
	return wp_char_ngrams_are_in(e->set) ? wp_char_ngrams_get(&e->ngrams, e->set, e->dim)
					     : WP_OK;
}

const float *wp_embedding_of(
	const struct wp_embedding *e, const char *word, size_t length, float *room)
{
	int32_t id = wp_vocab_find(&e->vocab, word, length);
	if (id >= 0)
		return e->vector + (size_t)id * e->dim;
	return e->ngrams.count > 0 && wp_char_ngrams_compose(&e->ngrams, word, length, room)
		? room
		: NULL;
}

void wp_embedding_fini(struct wp_embedding *e)
{
	wp_vocab_fini(&e->vocab);
	wp_char_ngrams_fini(&e->ngrams);
	free(e->converted);
	free(e->square);
	wp_tensor_set_free(e->set);
	*e = (struct wp_embedding){0};
}
