/* read-stream: a program of your own that reads what wordpipe's programs write.
 *
 *	cc read-stream.c $(pkg-config --cflags --libs wordpipe)
 *	w2v ids.bin | ./a.out king
 *
 * Prints the vector of a word, or the length of every word's vector, one a line.  Whatever is
 * wrong with the stream is said by the library, in one line with the place; a stream that is
 *cut short anywhere never looks whole.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/strings.h"
#include "stream/reader.h"
#include "stream/tensor_set.h"

static void print_row(const float *row, size_t dim)
{
	for (size_t d = 0; d < dim; d++)
		printf("%s%g", d ? " " : "", row[d]);
	printf("\n");
}

static void print_length(const char *word, size_t length, const float *row, size_t dim)
{
	double squares = 0;
	for (size_t d = 0; d < dim; d++)
		squares += (double)row[d] * row[d];
	printf("%.*s\t%.4f\n", (int)length, word, sqrt(squares));
}

int main(int argc, char **argv)
{
	static const char *const wanted[] = {"vocab", "embedding", NULL};
	const char *query = argc > 1 ? argv[1] : NULL;
	struct wp_reader *reader;
	struct wp_tensor_set *set;

	/* Standard input: a pipe, or a file, which is then mapped and used in place. */
	enum wp_err err = wp_reader_open(&reader, NULL);
	if (!err) /* other tensors are checked and passed over */
		err = wp_tensor_set_read(&set, reader, wanted);
	if (err) {
		fprintf(stderr, "read-stream: %s\n", wp_error_detail());
		return 1;
	}

	const void *data;
	const struct wp_strings *vocab = wp_tensor_set_strings(set, "vocab");
	const struct wp_tensor *shape = wp_tensor_set_get(set, "embedding", &data);
	if (!vocab || !shape || shape->type != WP_F32 || shape->rank != 2 ||
		shape->dim[0] != vocab->count) {
		fprintf(stderr, "read-stream: no word vectors in this stream\n");
		wp_tensor_set_free(set);
		return 1;
	}
	const float *rows = data; /* row-major: a word's vector lies in one piece */
	size_t dim = (size_t)shape->dim[1];
	for (size_t w = 0; w < vocab->count; w++) {
		size_t length;
		const char *word = wp_strings_get(vocab, w, &length);
		if (!query)
			print_length(word, length, rows + w * dim, dim);
		else if (length == strlen(query) && memcmp(word, query, length) == 0)
			print_row(rows + w * dim, dim);
	}
	wp_tensor_set_free(set);
	return 0;
}
