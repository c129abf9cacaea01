/* Sparse matrices in a stream: what is written is read; what is not a matrix is refused. */
#include <inttypes.h>
#include <string.h>

#include "base/memory.h"
#include "stream/cells.h"
#include "tap.h"

/* ---- What a reader makes of a stream ---- */

struct seen {
	enum wp_err err;
	struct wp_cells_shape shape;
	uint64_t batches;
	double hash; /* of all cells in order */
};

static double mix(double hash, int32_t row, int32_t col, double value)
{
	return hash * 0.75 + row * 3.0 + col + value;
}

static struct seen read_matrix(
	const void *data, size_t size, const char *name, int64_t rows, int64_t columns)
{
	struct seen seen = {0};
	struct wp_input *input;
	struct wp_reader *reader = NULL;
	struct wp_cells_reader *cells = NULL;
	const struct wp_tensor *tensor;
	struct wp_cells batch;
	seen.err = wp_input_memory(&input, data, size, "memory");
	if (!seen.err)
		seen.err = wp_reader_over(&reader, input);
	if (!seen.err)
		seen.err = wp_cells_reader_create(&cells, name);
	if (!seen.err)
		wp_cells_expect(cells, rows, columns);
	while (!seen.err && !(seen.err = wp_reader_next(reader, &tensor))) {
		if (!wp_cells_own(cells, tensor))
			continue;
		seen.err = wp_cells_take(cells, reader, tensor, &batch);
		seen.batches += batch.count > 0;
		for (size_t i = 0; i < batch.count; i++)
			seen.hash = mix(seen.hash, batch.row[i], batch.col[i], batch.value[i]);
	}
	if (seen.err == WP_END)
		seen.err = wp_cells_end(cells, reader, &seen.shape);
	wp_cells_reader_free(cells);
	wp_reader_close(reader);
	return seen;
}

/* ---- Matrices of the writer ---- */

enum { COLUMNS = 1000 };

/* Rows of 0 to 999 cells, every fourth without any. */
static double put_rows(struct wp_cells_writer *w, int rows, enum wp_type type)
{
	int32_t col[COLUMNS];
	double value[COLUMNS], hash = 0;
	for (int r = 0; r < rows; r++) {
		size_t count = r % 4 ? (size_t)r * 37 % COLUMNS : 0;
		for (size_t i = 0; i < count; i++) {
			col[i] = (int32_t)(i * COLUMNS / count);
			value[i] = 1.0 / (double)(r + 1 + (int)i);
			hash = mix(hash, r, col[i],
				type == WP_F32 ? (double)(float)value[i] : value[i]);
		}
		size_t half = count / 2; /* a row may come in parts */
		if (wp_cells_put(w, r, half, col, value) ||
			wp_cells_put(w, r, count - half, col + half, value + half))
			abort();
	}
	return hash;
}

static void round_trip(int rows, enum wp_type type, int level)
{
	struct wp_output *output;
	struct wp_writer *writer;
	struct wp_cells_writer *w;
	static const double other[3];
	struct wp_tensor tensor = wp_tensor_1d("test.rows", WP_F64, 3); /* not of the matrix */
	if (wp_output_memory(&output) || wp_writer_open(&writer, output, level) ||
		wp_cells_writer_create(&w, writer, "test", type) ||
		wp_writer_put(writer, &tensor, other))
		abort();
	double hash = put_rows(w, rows, type);
	uint64_t written = wp_cells_written(w);
	if (wp_cells_finish(w, rows, COLUMNS))
		abort();
	ok(wp_cells_written(w) == written, "%" PRIu64 " cells", written);
	wp_cells_writer_free(w);

	/* The memory goes with the output, so the end record is cut off: read before it. */
	size_t size;
	const char *data = wp_output_collected(output, &size);
	char *copy = malloc(size + 128);
	memcpy(copy, data, size);
	wp_writer_abandon(writer, "");
	struct seen seen = read_matrix(copy, size, "test", rows, COLUMNS);
	ok(seen.err == WP_ETRUNC, "without the end record a matrix is not whole");
	ok(seen.hash == hash, "%d rows of %s, level %d: the same cells in the same order", rows,
		wp_type_name(type), level);
	ok(seen.batches >= written / 65536 && seen.batches <= written / 65536 + 1,
		"in %" PRIu64 " batches", seen.batches);
	free(copy);
}

static void wrong_use(void)
{
	struct wp_output *output;
	struct wp_writer *writer;
	struct wp_cells_writer *w;
	struct wp_cells_reader *r;
	const int32_t col[] = {3, 4};
	const double value[] = {1, 2};
	if (wp_output_memory(&output) || wp_writer_open(&writer, output, 0))
		abort();
	ok(wp_cells_writer_create(&w, writer, "test", WP_I32) == WP_EINVAL, "i32 is no value");
	ok(wp_cells_writer_create(&w, writer, "", WP_F64) == WP_EINVAL, "no name");
	ok(wp_cells_reader_create(&r, "a name that is far too long for it") == WP_EINVAL,
		"a long name");
	if (wp_cells_writer_create(&w, writer, "test", WP_F64) ||
		wp_cells_put(w, 5, 2, col, value))
		abort();
	ok(wp_cells_put(w, 5, 2, col, value) == WP_EINVAL, "a cell twice");
	ok(wp_cells_put(w, 4, 2, col, value) == WP_EINVAL, "a row that is over");
	wp_cells_writer_free(w);
	wp_writer_abandon(writer, "");
	wp_cells_writer_free(NULL);
	wp_cells_reader_free(NULL);
}

/* ---- Matrices that nobody should write ---- */

/* One record, from a string of numbers. */
struct part {
	const char *name;
	enum wp_type type;
	const char *numbers;
};

static void put_part(struct wp_writer *writer, const struct part *part)
{
	union {
		int32_t i32[8];
		int64_t i64[8];
		float f32[8];
		double f64[8];
	} data;
	struct wp_tensor tensor = wp_tensor_1d(part->name, part->type, 0);
	char *end;
	const char *s = part->numbers;
	size_t n = 0;
	for (double x; x = strtod(s, &end), end != s; s = end, n++)
		switch (part->type) {
		case WP_I32:
			data.i32[n] = (int32_t)x;
			break;
		case WP_I64:
			data.i64[n] = (int64_t)x;
			break;
		case WP_F32:
			data.f32[n] = (float)x;
			break;
		default:
			data.f64[n] = x;
		}
	tensor.dim[0] = n;
	tensor.more = strchr(s, '+') != NULL; /* "1 2 +": slices follow */
	if (wp_writer_put(writer, &tensor, &data))
		abort();
}

static struct seen read_parts(const struct part *parts, size_t count, int64_t limit)
{
	struct wp_output *output;
	struct wp_writer *writer;
	char path[] = "/tmp/wordpipe-cells-XXXXXX";
	int fd = mkstemp(path);
	if (fd < 0 || wp_output_open(&output, path) || wp_writer_open(&writer, output, 0))
		abort();
	for (size_t i = 0; i < count && parts[i].name; i++)
		put_part(writer, &parts[i]);
	if (wp_writer_finish(writer))
		abort();
	FILE *f = fopen(path, "rb");
	static char data[1 << 16];
	size_t size = fread(data, 1, sizeof data, f);
	fclose(f);
	remove(path);
	return read_matrix(data, size, "m", limit, limit);
}

#define I32 WP_I32
#define I64 WP_I64
#define F64 WP_F64
enum { MOST_PARTS = 8 };

/* clang-format off */
static const struct {
	const char *why; /* NULL: it is a matrix */
	int64_t limit;
	struct part parts[MOST_PARTS];
} odd[] = {
	{NULL, 0,
		{{"m.row", I32, "0 0 1"}, {"m.col", I32, "1 2 0"}, {"m.value", F64, "1 2 3"},
			{"m.shape", I64, "2 3"}}},
	{NULL, 5,
		{{"m.row", I32, ""}, {"m.col", I32, ""}, {"m.value", F64, ""},
			{"m.shape", I64, "5 5"}}},
	{NULL, 0,
		{{"m.row", I32, "0 +"}, {"m.col", I32, "1 +"}, {"m.value", F64, "1 +"},
			{"m.row", I32, "0"}, {"m.col", I32, "2"}, {"m.value", F64, "1"},
			{"m.shape", I64, "1 3"}}},
	{"matrix 'm' is not there", 0, {{"n.row", I32, "0"}}},
	{"has no shape", 0, {{"m.row", I32, "0"}, {"m.col", I32, "1"}, {"m.value", F64, "1"}}},
	{"no value", 0, {{"m.row", I32, "0"}, {"m.col", I32, "1"}}},
	{"outside its shape", 0,
		{{"m.row", I32, "2"}, {"m.col", I32, "1"}, {"m.value", F64, "1"},
			{"m.shape", I64, "2 2"}}},
	{"outside its shape", 0,
		{{"m.row", I32, "0 1"}, {"m.col", I32, "2 0"}, {"m.value", F64, "1 1"},
			{"m.shape", I64, "2 2"}}},
	{"another shape", 5,
		{{"m.row", I32, "0"}, {"m.col", I32, "1"}, {"m.value", F64, "1"},
			{"m.shape", I64, "5 4"}}},
	{"beyond the matrix (record 2 'm.col'", 5,
		{{"m.row", I32, "0"}, {"m.col", I32, "5"}, {"m.value", F64, "1"}}},
	{"negative row or column (record 1 'm.row'", 0,
		{{"m.row", I32, "-1"}, {"m.col", I32, "5"}}},
	{"negative shape", 0,
		{{"m.row", I32, ""}, {"m.col", I32, ""}, {"m.value", F64, ""},
			{"m.shape", I64, "-1 5"}}},
	{"two numbers of type i64", 0, {{"m.shape", I64, "1 2 3"}}},
	{"two numbers of type i64", 0, {{"m.shape", I32, "1 2"}}},
	{"take turns", 0, {{"m.col", I32, "0"}}},
	{"take turns", 0, {{"m.row", I32, "0 +"}, {"m.row", I32, "0"}}},
	{"take turns", 0, {{"m.row", I32, "0"}, {"m.shape", I64, "1 1"}}},
	{"differ in length", 0, {{"m.row", I32, "0 1"}, {"m.col", I32, "0"}}},
	{"differ in length", 0,
		{{"m.row", I32, "0"}, {"m.col", I32, "0"}, {"m.value", F64, "0 1"}}},
	{"element type", 0, {{"m.row", I64, "0"}}},
	{"element type", 0, {{"m.row", I32, "0"}, {"m.col", I32, "0"}, {"m.value", I64, "0"}}},
	{"not sorted", 0,
		{{"m.row", I32, "1 0"}, {"m.col", I32, "0 1"}, {"m.value", F64, "1 2"}}},
	{"not sorted", 0,
		{{"m.row", I32, "0 0"}, {"m.col", I32, "1 1"}, {"m.value", F64, "1 2"}}},
	{"not sorted", 0,
		{{"m.row", I32, "0 +"}, {"m.col", I32, "1 +"}, {"m.value", F64, "1 +"},
			{"m.row", I32, "0"}, {"m.col", I32, "1"}, {"m.value", F64, "1"}}},
};
/* clang-format on */

static void refuse_others(void)
{
	for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
		struct seen seen = read_parts(odd[i].parts, MOST_PARTS, odd[i].limit);
		const char *why = odd[i].why;
		bool right = why ? seen.err == WP_EMISMATCH && strstr(wp_error_detail(), why) &&
				strstr(wp_error_detail(), "memory: ")
				 : seen.err == WP_OK;
		ok(right, "%zu: %s", i, why ? why : "a matrix");
		if (!right)
			printf("# %d, %s\n", seen.err, wp_error_detail());
	}
}

int main(void)
{
	round_trip(0, WP_F64, 0);
	round_trip(7, WP_F64, 0);
	round_trip(1000, WP_F64, 0);
	round_trip(1000, WP_F32, 0);
	round_trip(500, WP_F32, 6);
	wrong_use();
	refuse_others();
	return done_testing();
}
