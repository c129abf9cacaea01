/* stream-pipe: the stream library at its barest, for bench/run to time.
 *
 *	stream-pipe write < numbers | stream-pipe read
 *
 * makes a stream of raw f32 numbers, in slices of a million bytes, and reads a stream to its
 * end.  That is what `cat numbers | cat` does, plus headers and checksums.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "stream/output.h"
#include "stream/reader.h"
#include "stream/writer.h"

enum { ROWS = 1000, DIM = 250 };

/* From a file, read(2) gives all that is asked for or the rest. */
static size_t read_rows(float *rows)
{
	ssize_t got = read(STDIN_FILENO, rows, ROWS * DIM * sizeof *rows);
	return got > 0 ? (size_t)got / (DIM * sizeof *rows) : 0;
}

static enum wp_err write_stream(void)
{
	static float rows[ROWS * DIM];
	struct wp_tensor slice = wp_tensor_2d("numbers", WP_F32, ROWS, DIM);
	struct wp_output *output;
	struct wp_writer *writer;
	enum wp_err err = wp_output_open(&output, NULL);
	if (!err)
		err = wp_writer_open(&writer, output, 0);
	if (err)
		return err;
	do {
		slice.dim[0] = read_rows(rows);
		slice.more = slice.dim[0] > 0;
		err = wp_writer_put(writer, &slice, rows);
	} while (!err && slice.more);
	if (!err)
		return wp_writer_finish(writer);
	wp_writer_abandon(writer, NULL);
	return err;
}

static enum wp_err read_stream(void)
{
	struct wp_reader *reader;
	const struct wp_tensor *tensor;
	enum wp_err err = wp_reader_open(&reader, NULL);
	if (err)
		return err;
	while (!err && !(err = wp_reader_next(reader, &tensor))) {
		const void *data;
		size_t size;
		err = wp_reader_data(reader, &data, &size);
	}
	wp_reader_close(reader);
	return err == WP_END ? WP_OK : err;
}

int main(int argc, char **argv)
{
	enum wp_err err;
	if (argc == 2 && strcmp(argv[1], "write") == 0)
		err = write_stream();
	else if (argc == 2 && strcmp(argv[1], "read") == 0)
		err = read_stream();
	else {
		fputs("usage: stream-pipe write < numbers | stream-pipe read\n", stderr);
		return 2;
	}
	if (err) {
		fprintf(stderr, "stream-pipe: %s\n", wp_error_detail());
		return 1;
	}
	return 0;
}
