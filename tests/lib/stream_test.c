/* The tensor stream: what is written is read, and whatever is not whole or sound is noticed. */
#include <inttypes.h>
#include <math.h>
#include <zlib.h>

#include "base/memory.h"
#include "files.h"
#include "stream/compare.h"
#include "stream/describe.h"
#include "stream/format.h"
#include "stream/join.h"
#include "stream/reader.h"
#include "stream/tensor_set.h"
#include "stream/writer.h"
#include "tap.h"

/* ---- A stream with something of everything ---- */

enum { MOST_ELEMENTS = 64 };

static const struct wp_tensor samples[] = {
	{.name = "scalar", .type = WP_F64, .rank = 0},
	{.name = "i8", .type = WP_I8, .rank = 1, .dim = {7}},
	{.name = "u8", .type = WP_U8, .rank = 2, .dim = {3, 3}},
	{.name = "i32", .type = WP_I32, .rank = 3, .dim = {2, 1, 4}},
	{.name = "i64", .type = WP_I64, .rank = 4, .dim = {1, 2, 2, 1}},
	{.name = "f16", .type = WP_F16, .rank = 5, .dim = {1, 2, 1, 2, 2}},
	{.name = "bf16", .type = WP_BF16, .rank = 6, .dim = {2, 1, 2, 1, 2, 1}},
	{.name = "f32", .type = WP_F32, .rank = 1, .dim = {64}},
	{.name = "f64", .type = WP_F64, .rank = 2, .dim = {5, 2}},
	{.name = "no rows", .type = WP_F32, .rank = 2, .dim = {0, 100}},
	{.name = "no columns", .type = WP_I8, .rank = 2, .dim = {1000000, 0}},
	{.name = "a name of thirty-nine bytes, \xc3\xa4\xc3\xb6\xc3\xbc \xe2\x82\xac",
		.type = WP_U8,
		.rank = 1,
		.dim = {1}},
};
enum { SAMPLES = sizeof samples / sizeof *samples };

/* Bytes that differ from sample to sample. */
static const unsigned char *sample_data(int i)
{
	static _Alignas(16) unsigned char data[MOST_ELEMENTS * 8];
	for (size_t k = 0; k < sizeof data; k++)
		data[k] = (unsigned char)(k * 37 + (size_t)i * 101);
	return data;
}

static const struct {
	const char *bytes;
	size_t length;
} strings[] = {
	{"", 0}, {"the", 3}, {"a\0b", 3}, {"\xff\xfe", 2}, {"two words\n", 10}, {"\0", 1}};
enum { STRINGS = sizeof strings / sizeof *strings };

static enum wp_err fill_strings(struct wp_strings *list)
{
	enum wp_err err = WP_OK;
	for (int i = 0; i < STRINGS && !err; i++)
		err = wp_strings_add(list, strings[i].bytes, strings[i].length);
	return err;
}

/* Slices of two tensors that take turns; 0, 1, ... in all. */
static enum wp_err put_slices(struct wp_writer *w)
{
	static const int32_t numbers[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
	struct wp_tensor pairs = wp_tensor_2d("pairs", WP_I32, 0, 2);
	struct wp_tensor singles = wp_tensor_1d("singles", WP_I32, 0);
	enum wp_err err = WP_OK;
	for (uint64_t rows = 0, i = 0, j = 0; rows < 3 && !err; rows++) {
		pairs.dim[0] = rows; /* the first slice is empty */
		singles.dim[0] = 2;
		pairs.more = singles.more = true;
		err = wp_writer_put(w, &pairs, numbers + i);
		if (!err)
			err = wp_writer_put(w, &singles, numbers + j);
		i += 2 * rows;
		j += 2;
	}
	pairs.more = singles.more = false;
	pairs.dim[0] = 0; /* and one ends with an empty slice, the other with a full one */
	singles.dim[0] = 4;
	if (!err)
		err = wp_writer_put(w, &pairs, NULL);
	return err ? err : wp_writer_put(w, &singles, numbers + 6);
}

static enum wp_err put_samples(struct wp_writer *w)
{
	enum wp_err err = WP_OK;
	for (int i = 0; i < SAMPLES && !err; i++)
		err = wp_writer_put(w, &samples[i], sample_data(i));
	struct wp_strings list = {0}, none = {0};
	if (!err)
		err = fill_strings(&list);
	if (!err)
		err = wp_writer_put_list(w, "strings", &list);
	struct wp_tensor grid = wp_tensor_2d("string grid", WP_STRING, 3, 2);
	if (!err)
		err = wp_writer_put_strings(w, &grid, &list);
	if (!err)
		err = wp_writer_put_list(w, "no strings", &none);
	wp_strings_fini(&list);
	return err ? err : put_slices(w);
}

static enum wp_err write_samples(const char *path, int level)
{
	struct wp_output *output;
	struct wp_writer *writer;
	enum wp_err err = wp_output_open(&output, path);
	if (!err)
		err = wp_writer_open(&writer, output, level);
	if (err)
		return err;
	err = put_samples(writer);
	/* Zeros that deflate well. */
	static const float zeros[256];
	struct wp_tensor flat = wp_tensor_1d("zeros", WP_F32, 256);
	if (!err)
		err = wp_writer_put(writer, &flat, zeros);
	if (!err)
		return wp_writer_finish(writer);
	wp_writer_abandon(writer, "test");
	return err;
}

static struct bytes sample_stream(int level)
{
	const char *path = files_path("sample");
	enum wp_err err = write_samples(path, level);
	ok(!err, "a stream is written (deflate level %d) %s", level,
		err ? wp_error_detail() : "");
	struct bytes b = files_get(path);
	unlink(path);
	return b;
}

/* ---- Reading back ---- */

static const struct wp_tensor *sample_of(const char *name, int *index)
{
	for (*index = 0; *index < SAMPLES; ++*index)
		if (strcmp(samples[*index].name, name) == 0)
			return &samples[*index];
	return NULL;
}

static bool strings_are_back(const struct wp_strings *list)
{
	bool good = list->count == STRINGS;
	for (size_t i = 0; good && i < list->count; i++) {
		size_t length;
		const char *s = wp_strings_get(list, i, &length);
		good = length == strings[i].length && memcmp(s, strings[i].bytes, length) == 0;
	}
	return good;
}

/* Is the record at which the reader stands what was written? */
static bool record_is_back(struct wp_reader *r, const struct wp_tensor *t, int32_t next[2])
{
	int index;
	const void *data;
	size_t size;
	if (t->type == WP_STRING) {
		struct wp_strings list = {0};
		bool good = wp_reader_strings(r, &list) == WP_OK &&
			(strcmp(t->name, "no strings") == 0 ? list.count == 0
							    : strings_are_back(&list));
		wp_strings_fini(&list);
		return good;
	}
	if (wp_reader_data(r, &data, &size) || (uintptr_t)data % 16)
		return false;
	const struct wp_tensor *sample = sample_of(t->name, &index);
	if (sample)
		return sample->type == t->type && sample->rank == t->rank &&
			memcmp(sample->dim, t->dim, sizeof t->dim) == 0 && !t->more &&
			(size == 0 || memcmp(data, sample_data(index), size) == 0);
	const int32_t *numbers = data;
	if (strcmp(t->name, "zeros") == 0)
		return size == 1024;
	int32_t *expected = &next[strcmp(t->name, "singles") == 0];
	for (size_t i = 0; i < size / sizeof *numbers; i++)
		if (numbers[i] != (*expected)++)
			return false;
	return true;
}

static void check_back(struct wp_reader *r, const char *from)
{
	const struct wp_tensor *t;
	enum wp_err err;
	int32_t next[2] = {0};
	int records = 0, wrong = 0;
	while (!(err = wp_reader_next(r, &t))) {
		records++;
		if (!record_is_back(r, t, next)) {
			wrong++;
			printf("# '%s' differs\n", t->name);
		}
	}
	ok(err == WP_END && wrong == 0 && records == SAMPLES + 3 + 8 + 1 && next[0] == 6 &&
			next[1] == 10,
		"%s: %d records come back as they were", from, records);
	ok(wp_reader_next(r, &t) == WP_END, "%s: the end stays the end", from);
	wp_reader_close(r);
}

static void round_trip(int level)
{
	struct bytes b = sample_stream(level);
	struct wp_input *input;
	struct wp_reader *r;
	int fd;
	if (!wp_input_memory(&input, b.data, b.size, "memory") && !wp_reader_over(&r, input))
		check_back(r, "memory");
	/* Payloads that lie at odd addresses are copied to even ones. */
	unsigned char *odd = malloc(b.size + 1);
	memcpy(odd + 1, b.data, b.size);
	if (!wp_input_memory(&input, odd + 1, b.size, "memory") && !wp_reader_over(&r, input))
		check_back(r, "odd memory");
	free(odd);
	if (!wp_reader_open(&r, files_put("stream", b.data, b.size))) {
		ok(wp_reader_is_mapped(r), "a file is mapped");
		check_back(r, "file");
	}
	if (!wp_reader_open(&r, files_pipe(b.data, b.size, &fd))) {
		ok(!wp_reader_is_mapped(r), "a pipe is not mapped");
		check_back(r, "pipe");
	}
	close(fd);
	free(b.data);
}

/* ---- Damage ---- */

/* Read everything there is to read of a stream. */
static enum wp_err read_all(struct wp_input *input)
{
	struct wp_reader *r;
	const struct wp_tensor *t;
	const void *data;
	size_t size;
	enum wp_err err = wp_reader_over(&r, input);
	if (err)
		return err;
	while (!err && !(err = wp_reader_next(r, &t))) {
		struct wp_strings list = {0};
		err = t->type == WP_STRING ? wp_reader_strings(r, &list)
					   : wp_reader_data(r, &data, &size);
		wp_strings_fini(&list);
	}
	wp_reader_close(r);
	return err;
}

/* The same without looking at the payloads. */
static enum wp_err skip_all(struct wp_input *input)
{
	struct wp_reader *r;
	const struct wp_tensor *t;
	enum wp_err err = wp_reader_over(&r, input);
	if (err)
		return err;
	while (!(err = wp_reader_next(r, &t)))
		;
	wp_reader_close(r);
	return err;
}

static enum wp_err read_memory(
	const void *data, size_t size, enum wp_err (*read)(struct wp_input *))
{
	struct wp_input *input;
	enum wp_err err = wp_input_memory(&input, data, size, "memory");
	return err ? err : read(input);
}

static enum wp_err read_pipe(const void *data, size_t size)
{
	int fd;
	struct wp_input *input;
	enum wp_err err = wp_input_open(&input, files_pipe(data, size, &fd));
	if (!err)
		err = read_all(input);
	close(fd);
	return err;
}

static void cut_everywhere(const struct bytes *b)
{
	size_t good = 0, unsaid = 0;
	for (size_t size = 0; size < b->size; size++) {
		/* A copy of just that size: reading beyond it shows with AddressSanitizer. */
		unsigned char *cut = malloc(size ? size : 1);
		memcpy(cut, b->data, size);
		bool noticed = read_memory(cut, size, read_all) == WP_ETRUNC;
		unsaid += !strstr(wp_error_detail(), "memory: ");
		noticed = noticed && read_memory(cut, size, skip_all) == WP_ETRUNC;
		noticed = noticed && read_pipe(cut, size) == WP_ETRUNC;
		if (!noticed)
			printf("# not noticed: cut at byte %zu\n", size);
		good += noticed;
		free(cut);
	}
	ok(good == b->size, "cut short at each of %zu bytes: incomplete", b->size);
	ok(unsaid == 0, "and each time the message names the input");
}

static void flip_everywhere(const struct bytes *b)
{
	size_t noticed = 0;
	for (size_t bit = 0; bit < 8 * b->size; bit++) {
		b->data[bit / 8] ^= (unsigned char)(1 << bit % 8);
		enum wp_err read = read_memory(b->data, b->size, read_all);
		enum wp_err skipped = read_memory(b->data, b->size, skip_all);
		bool seen = (read == WP_ECORRUPT || read == WP_ETRUNC) &&
			(skipped == WP_ECORRUPT || skipped == WP_ETRUNC);
		if (!seen)
			printf("# not noticed: bit %zu\n", bit);
		noticed += seen;
		b->data[bit / 8] ^= (unsigned char)(1 << bit % 8);
	}
	ok(noticed == 8 * b->size, "each of %zu bits flipped: damaged", 8 * b->size);
	ok(read_memory(b->data, b->size, read_all) == WP_END, "and whole again without that");
}

/* ---- Streams that nobody should write ---- */

/* A stream of our own making: headers and payloads as given, all sums right. */
static struct bytes forged;

static void forge(const void *data, size_t size)
{
	forged.data = realloc(forged.data, forged.size + size + 1);
	if (size)
		memcpy(forged.data + forged.size, data, size);
	forged.size += size;
}

static void forge_start(void)
{
	unsigned char bytes[WP_SIGNATURE_SIZE];
	forged.size = 0;
	wp_signature_encode(bytes);
	forge(bytes, sizeof bytes);
}

static void forge_raw_header(unsigned char *bytes)
{
	wp_put_u32(bytes + WP_HEADER_SIZE - 4,
		(uint32_t)crc32(0, bytes, (uInt)WP_HEADER_SIZE - 4));
	forge(bytes, WP_HEADER_SIZE);
}

static void forge_record(struct wp_header header, const void *payload, size_t size)
{
	static const unsigned char zeros[WP_ALIGN];
	unsigned char bytes[WP_HEADER_SIZE];
	header.crc = (uint32_t)crc32(0, payload ? payload : (const void *)"", (uInt)size);
	wp_header_encode(&header, bytes);
	forge(bytes, sizeof bytes);
	forge(payload, size);
	forge(zeros, wp_padding(size));
}

static void forge_end(bool failed, uint64_t records, uint64_t bytes, const char *reason)
{
	unsigned char end[WP_HEADER_SIZE];
	struct wp_end e = {.failed = failed, .records = records, .bytes = bytes};
	snprintf(e.reason, sizeof e.reason, "%s", reason);
	wp_end_encode(&e, end);
	forge(end, sizeof end);
}

static void refused(enum wp_err expected, const char *why)
{
	size_t before = wp_peak_memory();
	enum wp_err read = read_memory(forged.data, forged.size, read_all);
	bool right = read == expected && strstr(wp_error_detail(), why);
	if (!right)
		printf("# memory: %d, %s\n", read, wp_error_detail());
	if (forged.size < 60000) {
		read = read_pipe(forged.data, forged.size);
		right = right && read == expected && strstr(wp_error_detail(), why);
		if (!right)
			printf("# pipe: %d, %s\n", read, wp_error_detail());
	}
	size_t grown = wp_peak_memory() - before;
	ok(right && grown < 32 << 20, "refused: %s (%zu KiB of memory)", why, grown >> 10);
}

static void refuse_headers(void)
{
	const struct wp_header good = {
		.tensor = wp_tensor_1d("x", WP_U8, 4), .stored = 4, .decoded = 4};
	struct wp_header h = good;

	forge_start();
	forge_end(false, 0, 64, "");
	ok(read_memory(forged.data, forged.size, read_all) == WP_END,
		"a stream of no tensors is one");

	static const struct {
		size_t at;
		unsigned char value;
		const char *why;
	} odd[] = {
		{4, 0, "unknown element type"},
		{4, 10, "unknown element type"},
		{5, 7, "rank is too high"},
		{5, 255, "rank is too high"},
		{5, 0, "a dimension beyond the rank"},
		{6, 2, "unknown compression"},
		{7, 2, "unknown flags"},
		{79, 1, "a dimension beyond the rank"},
		{80, 0, "bad tensor name"},
		{100, 'y', "bad tensor name"},
		{8, 5, "shape and payload size do not agree"},
		{16, 5, "shape and payload size do not agree"},
		{39, 1, "shape and payload size do not agree"},
		{24, 1, "its first slice is missing"},
	};
	for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
		unsigned char bytes[WP_HEADER_SIZE];
		h = good;
		h.crc = (uint32_t)crc32(0, (const Bytef *)"abcd", 4);
		wp_header_encode(&h, bytes);
		bytes[odd[i].at] = odd[i].value;
		forge_start();
		forge_raw_header(bytes);
		forge("abcd", 4);
		refused(WP_ECORRUPT, odd[i].why);
	}

	forge_start();
	h = good;
	memset(h.tensor.name, 'n', WP_NAME_SIZE - 1);
	forge_record(h, "abcd", 4);
	forged.data[64 + 80 + WP_NAME_SIZE - 1] = 'n';
	wp_put_u32(forged.data + 64 + 124, (uint32_t)crc32(0, forged.data + 64, 124));
	refused(WP_ECORRUPT, "bad tensor name");
}

static void refuse_sizes(void)
{
	struct wp_header h = {.tensor = wp_tensor_2d("huge", WP_F32, 1, 1)};

	forge_start();
	h.tensor.dim[0] = 1ull << 40;
	h.stored = h.decoded = 1ull << 42;
	forge_record(h, "data", 4);
	refused(WP_ETRUNC, "cut short in this record's data");

	forge_start();
	h.tensor.dim[0] = h.tensor.dim[1] = 1ull << 60;
	h.stored = h.decoded = 0;
	forge_record(h, NULL, 0);
	refused(WP_ECORRUPT, "shape and payload size do not agree");

	forge_start();
	h.tensor.dim[0] = 1ull << 61;
	h.tensor.dim[1] = 1;
	h.stored = h.decoded = 1ull << 63;
	forge_record(h, NULL, 0);
	refused(WP_ECORRUPT, "impossible size");

	/* A header of terabytes over a few deflated bytes, and many over a header of few. */
	static unsigned char zeros[1 << 20], packed[4096];
	uLongf size = sizeof packed;
	compress2(packed, &size, zeros, 1000, 9);
	forge_start();
	h.codec = WP_DEFLATED;
	h.tensor.dim[0] = 1ull << 40;
	h.decoded = 1ull << 42;
	h.stored = size;
	forge_record(h, packed, size);
	refused(WP_ECORRUPT, "compressed data do not give what the header says");

	size = sizeof packed;
	compress2(packed, &size, zeros, sizeof zeros, 9);
	forge_start();
	h.tensor.dim[0] = 4;
	h.decoded = 16;
	h.stored = size;
	forge_record(h, packed, size);
	refused(WP_ECORRUPT, "compressed data do not give what the header says");

	forge_start();
	h.stored = 16;
	forge_record(h, "this is not zlib", 16);
	refused(WP_ECORRUPT, "compressed data do not give what the header says");
}

static void refuse_strings(void)
{
	struct wp_header h = {
		.tensor = wp_tensor_1d("s", WP_STRING, 2), .stored = 10, .decoded = 10};
	forge_start();
	forge_record(h, "\1\0\0\0\1\0\0\0ab", 10);
	forge_end(false, 1, forged.size, "");
	ok(read_memory(forged.data, forged.size, read_all) == WP_END, "two strings are read");

	forge_start();
	forge_record(h, "\1\0\0\0\2\0\0\0ab", 10);
	refused(WP_ECORRUPT, "a string reaches beyond its record");
	forge_start();
	forge_record(h, "\xff\xff\xff\xff\2\0\0\0ab", 10);
	refused(WP_ECORRUPT, "a string reaches beyond its record");
	forge_start();
	forge_record(h, "\1\0\0\0\0\0\0\0ab", 10);
	refused(WP_ECORRUPT, "data after the last string");
	forge_start();
	h.tensor.dim[0] = 1ull << 30;
	forge_record(h, "\1\0\0\0\0\0\0\0ab", 10);
	refused(WP_ECORRUPT, "shape and payload size do not agree");
}

static void refuse_sequences(void)
{
	struct wp_header one = {
		.tensor = wp_tensor_1d("x", WP_U8, 1), .stored = 1, .decoded = 1};
	struct wp_header slice = one;

	forge_start();
	forge_record(one, "a", 1);
	forge_record(one, "a", 1);
	refused(WP_ECORRUPT, "a second tensor of that name");

	slice.tensor.more = true;
	forge_start();
	forge_record(slice, "a", 1);
	slice.tensor.first = 2;
	forge_record(slice, "b", 1);
	refused(WP_ECORRUPT, "a slice is missing or out of order");

	slice.tensor.first = 0;
	forge_start();
	forge_record(slice, "a", 1);
	slice.tensor.first = 1;
	slice.tensor.type = WP_I8;
	forge_record(slice, "b", 1);
	refused(WP_ECORRUPT, "slices differ in type or shape");

	slice = one;
	slice.tensor.more = true;
	forge_start();
	forge_record(slice, "a", 1);
	forge_end(false, 1, forged.size, "");
	refused(WP_ECORRUPT, "a tensor was not completed");

	forge_start();
	forge_record(one, "a", 1);
	forge_end(false, 2, forged.size, "");
	refused(WP_ECORRUPT, "records are missing");

	forge_start();
	forge_record(one, "a", 1);
	forge_end(false, 1, forged.size + 1, "");
	refused(WP_ECORRUPT, "the stream has another length");

	forge_start();
	forge_record(one, "a", 1);
	forge_end(true, 1, forged.size, "w2v: \x1b[31mdisk\nfull");
	refused(WP_ETRUNC, "the program that wrote this failed: w2v: \\x1b[31mdisk\\x0afull");

	forge_start();
	forge_end(false, 0, forged.size, "");
	forge("\n", 1);
	refused(WP_ECORRUPT, "data after the end");

	forge_start();
	forged.data[8] = 2; /* a newer major version */
	wp_put_u32(forged.data + 60, (uint32_t)crc32(0, forged.data, 60));
	refused(WP_ECORRUPT, "a version of the format");

	forge_start();
	forged.data[10] = 200; /* a newer minor version */
	wp_put_u32(forged.data + 60, (uint32_t)crc32(0, forged.data, 60));
	forge_end(false, 0, forged.size, "");
	ok(read_memory(forged.data, forged.size, read_all) == WP_END,
		"a newer minor version is read");

	forged.size = 0;
	forge("hi\n", 3);
	refused(WP_ECORRUPT, "not a tensor stream");
	forged.size = 0;
	refused(WP_ETRUNC, "empty where a tensor stream was expected");
}

/* ---- What a writer refuses ---- */

static struct wp_writer *writer_to(const char *name)
{
	struct wp_output *output;
	struct wp_writer *w;
	if (wp_output_open(&output, files_path(name)) || wp_writer_open(&w, output, 0))
		abort();
	return w;
}

static void refuse_to_write(void)
{
	struct wp_writer *w = writer_to("refused");
	struct wp_strings list = {0};
	if (fill_strings(&list))
		abort();
	const float x[8] = {0};
	struct wp_tensor t = wp_tensor_scalar("s", WP_F32);
	t.more = true;
	ok(wp_writer_put(w, &t, x) == WP_EINVAL, "no scalar in slices");
	t = wp_tensor_1d("", WP_F32, 1);
	ok(wp_writer_put(w, &t, x) == WP_EINVAL, "no tensor without a name");
	t = wp_tensor_1d("", WP_STRING, STRINGS);
	ok(wp_writer_put_strings(w, &t, &list) == WP_EINVAL, "no strings without a name");
	t = wp_tensor_1d("s", WP_STRING, 1);
	ok(wp_writer_put(w, &t, x) == WP_EINVAL, "no strings where numbers go");
	ok(wp_writer_put_strings(w, &t, &list) == WP_EINVAL, "no other number of strings");
	t.type = WP_F32;
	ok(wp_writer_put_strings(w, &t, &list) == WP_EINVAL, "no numbers where strings go");
	t.rank = 7;
	ok(wp_writer_put(w, &t, x) == WP_EINVAL, "no rank 7");
	t = wp_tensor_2d("s", WP_F32, 1ull << 40, 1ull << 40);
	ok(wp_writer_put(w, &t, x) == WP_EINVAL, "no size beyond size_t");
	memset(t.name, 'n', sizeof t.name);
	t.dim[0] = t.dim[1] = 1;
	ok(wp_writer_put(w, &t, x) == WP_EINVAL, "no name without an end");

	t = wp_tensor_2d("m", WP_F32, 2, 2);
	t.more = true;
	ok(wp_writer_put(w, &t, x) == WP_OK, "a slice");
	t.dim[1] = 3;
	ok(wp_writer_put(w, &t, x) == WP_EINVAL, "no slice of another shape");
	ok(wp_writer_finish(w) == WP_EINVAL &&
			strstr(wp_error_detail(), "'m' was not completed"),
		"no end before the last slice");

	w = writer_to("refused");
	t = wp_tensor_1d("v", WP_F32, 2);
	ok(wp_writer_put(w, &t, x) == WP_OK && wp_writer_put(w, &t, x) == WP_EINVAL,
		"no second tensor of a name");
	wp_writer_abandon(w, "test");
	ok(files_count() == 0, "no file is left of what was refused");
	wp_strings_fini(&list);
}

/* What a program downstream sees of one that fails. */
static void abandoned(const char *reason, const char *message)
{
	int ends[2];
	char path[32];
	struct wp_output *output;
	struct wp_writer *w;
	struct wp_input *input;
	if (pipe(ends) != 0)
		abort();
	snprintf(path, sizeof path, "/dev/fd/%d", ends[1]);
	if (wp_output_open(&output, path) || wp_writer_open(&w, output, 0) || put_slices(w))
		abort();
	wp_writer_abandon(w, reason);
	close(ends[1]);
	snprintf(path, sizeof path, "/dev/fd/%d", ends[0]);
	enum wp_err err = wp_input_open(&input, path);
	if (!err)
		err = read_all(input);
	close(ends[0]);
	ok(err == WP_ETRUNC && strstr(wp_error_detail(), message),
		"an abandoned stream is incomplete: %s", wp_error_detail());
}

/* ---- Passing on, joining, sets, comparing ---- */

static void pass_through(int level)
{
	struct bytes b = sample_stream(level);
	struct wp_reader *r;
	const struct wp_tensor *t;
	struct wp_writer *w = writer_to("passed");
	enum wp_err err = wp_reader_open(&r, files_put("source", b.data, b.size));
	while (!err && !(err = wp_reader_next(r, &t)))
		err = wp_writer_pass(w, r);
	wp_reader_close(r);
	ok(err == WP_END && !wp_writer_finish(w), "records are passed on");
	struct bytes passed = files_get(files_path("passed"));
	ok(passed.size == b.size && memcmp(passed.data, b.data, b.size) == 0,
		"and stay the same, byte by byte (deflate level %d)", level);
	free(passed.data);
	free(b.data);
	unlink(files_path("source"));
	unlink(files_path("passed"));
}

/* A stream such as vocab writes. */
static enum wp_err write_corpus(const char *path, const char *history, int64_t count,
	int32_t id, const char *word, int width)
{
	struct wp_output *output;
	struct wp_writer *w;
	struct wp_strings lines = {0}, words = {0};
	struct wp_tensor counts = wp_tensor_1d("counts", WP_I64, 2);
	struct wp_tensor ids = wp_tensor_2d("ids", WP_I32, 1, (uint64_t)width);
	enum wp_err err = wp_output_open(&output, path);
	if (!err)
		err = wp_writer_open(&w, output, 0);
	if (err)
		return err;
	err = history ? wp_strings_add(&lines, history, strlen(history)) : WP_OK;
	if (!err)
		err = wp_strings_add(&words, word, strlen(word));
	if (!err && history)
		err = wp_writer_put_list(w, "history", &lines);
	if (!err)
		err = wp_writer_put_list(w, "vocab", &words);
	if (!err)
		err = wp_writer_put(w, &counts, (int64_t[]){count, 1});
	ids.more = true;
	if (!err)
		err = wp_writer_put(w, &ids, (int32_t[]){id, id});
	ids.more = false;
	ids.dim[0] = 0;
	if (!err)
		err = wp_writer_put(w, &ids, NULL);
	wp_strings_fini(&lines);
	wp_strings_fini(&words);
	if (!err)
		return wp_writer_finish(w);
	wp_writer_abandon(w, "test");
	return err;
}

static enum wp_err join_files(const char *a, const char *b)
{
	struct wp_join *join;
	struct wp_reader *r;
	struct wp_output *output;
	struct wp_writer *w;
	enum wp_err err = wp_output_open(&output, files_path("joined"));
	if (!err)
		err = wp_writer_open(&w, output, 0);
	if (err)
		return err;
	err = wp_join_create(&join, w);
	for (int i = 0; i < 2 && !err; i++) {
		err = wp_reader_open(&r, files_path(i ? b : a));
		if (!err) {
			err = wp_join_add(join, r);
			wp_reader_close(r);
		}
	}
	if (!err)
		err = wp_join_finish(join);
	wp_join_free(join);
	if (!err)
		return wp_writer_finish(w);
	wp_writer_abandon(w, "test");
	return err;
}

static struct wp_tensor_set *set_of(const char *name)
{
	struct wp_reader *r;
	struct wp_tensor_set *set;
	if (wp_reader_open(&r, files_path(name)) || wp_tensor_set_read(&set, r, NULL))
		abort();
	return set;
}

static void joining(void)
{
	const void *data;
	size_t length;
	const int64_t most = INT64_MAX;
	if (write_corpus(files_path("a"), "one", 3, 10, "the", 2) ||
		write_corpus(files_path("b"), "two", 4, 20, "the", 2) ||
		write_corpus(files_path("none"), NULL, 4, 20, "the", 2) ||
		write_corpus(files_path("word"), "two", 4, 20, "a", 2) ||
		write_corpus(files_path("width"), "two", 4, 20, "the", 1) ||
		write_corpus(files_path("most"), "two", most, 20, "the", 2))
		abort();
	ok(join_files("a", "b") == WP_OK, "two streams are joined");
	struct wp_tensor_set *set = set_of("joined");
	const struct wp_tensor *t = wp_tensor_set_get(set, "ids", &data);
	ok(t && t->dim[0] == 2 && ((const int32_t *)data)[0] == 10 &&
			((const int32_t *)data)[2] == 20,
		"sequences follow each other");
	t = wp_tensor_set_get(set, "counts", &data);
	ok(t && ((const int64_t *)data)[0] == 7 && ((const int64_t *)data)[1] == 2,
		"counts are added up");
	struct wp_strings *lines = wp_tensor_set_strings(set, "history");
	ok(lines && lines->count == 1 &&
			memcmp(wp_strings_get(lines, 0, &length), "one", 3) == 0,
		"the first history is kept");
	ok(!wp_tensor_set_get(set, "vocab", &data) && !wp_tensor_set_strings(set, "ids") &&
			!wp_tensor_set_get(set, "nothing", &data),
		"a set tells strings, numbers and nothing apart");
	wp_tensor_set_free(set);
	ok(join_files("a", "none") == WP_OK && join_files("none", "a") == WP_OK,
		"a history on one side only is no obstacle");
	ok(join_files("a", "word") == WP_EMISMATCH, "other vocabularies do not fit");
	ok(join_files("a", "width") == WP_EMISMATCH, "sequences of other shapes do not fit");
	ok(join_files("a", "most") == WP_EMISMATCH, "counts beyond 64 bits are refused");

	/* `cat a b` */
	struct bytes a = files_get(files_path("a")), b = files_get(files_path("b"));
	a.data = realloc(a.data, a.size + b.size);
	memcpy(a.data + a.size, b.data, b.size);
	struct wp_input *input;
	struct wp_reader *r;
	ok(read_memory(a.data, a.size + b.size, read_all) == WP_ECORRUPT,
		"streams in a row are refused by a reader of one");
	if (wp_input_memory(&input, a.data, a.size + b.size, "both") ||
		wp_reader_over(&r, input))
		abort();
	wp_reader_allow_joined(r);
	int streams = 0, records = 0;
	enum wp_err err;
	do {
		streams++;
		while (!(err = wp_reader_next(r, &t)))
			records++;
	} while (err == WP_END && !(err = wp_reader_next_stream(r)));
	ok(err == WP_END && streams == 2 && records == 10, "and taken where they are allowed");
	wp_reader_close(r);
	free(a.data);
	free(b.data);
}

static bool differ(const struct wp_compare *how, const void *a, const void *b,
	enum wp_type type, uint64_t n, char *text, size_t room)
{
	const void *data[] = {a, b};
	struct wp_tensor_set *set[2];
	bool same = false;
	for (int i = 0; i < 2; i++) {
		struct wp_writer *w = writer_to(i ? "right" : "left");
		struct wp_tensor t = wp_tensor_1d("x", type, n);
		if (wp_writer_put(w, &t, data[i]) || wp_writer_finish(w))
			abort();
		set[i] = set_of(i ? "right" : "left");
	}
	struct wp_output *output;
	size_t size;
	if (wp_output_memory(&output) || wp_compare(how, set[0], set[1], output, &same))
		abort();
	const char *said = wp_output_collected(output, &size);
	snprintf(text, room, "%.*s", (int)size, said);
	wp_output_discard(output);
	wp_tensor_set_free(set[0]);
	wp_tensor_set_free(set[1]);
	return !same;
}

static void comparing(void)
{
	char text[512];
	struct wp_compare exact = {0}, rough = {.relative = 0.1, .absolute = 0.5};
	const int64_t large = 1ll << 60;
	ok(differ(&exact, (int64_t[]){1, large}, (int64_t[]){1, large + 1}, WP_I64, 2, text,
		   sizeof text) &&
			strstr(text, "x\t1 of 2 differ\tfirst 1\tlargest 1\t"),
		"large integers are not rounded: %.40s", text);
	ok(!differ(&rough, (int64_t[]){INT64_MIN}, (int64_t[]){INT64_MIN + 5}, WP_I64, 1, text,
		   sizeof text),
		"but compared within the tolerance");
	ok(differ(&rough, (int64_t[]){INT64_MIN}, (int64_t[]){INT64_MAX}, WP_I64, 1, text,
		   sizeof text) &&
			strstr(text, "largest 1.845e+19"),
		"however far they are apart");
	const float inf = INFINITY, nan = NAN;
	ok(!differ(&exact, (float[]){inf, nan, 0.0f, -inf}, (float[]){inf, nan, -0.0f, -inf},
		   WP_F32, 4, text, sizeof text),
		"infinities, NaN and zeros of both signs equal themselves");
	ok(differ(&rough, (float[]){nan, 2, 1}, (float[]){1, 1, 1.5f}, WP_F32, 3, text,
		   sizeof text) &&
			strstr(text, "2 of 3 differ\tfirst 0\tlargest nan"),
		"NaN on one side differs, and stays the largest: %.40s", text);
	ok(differ(&rough, (float[]){inf}, (float[]){1}, WP_F32, 1, text, sizeof text),
		"so does an infinity");
	ok(!differ(&exact, NULL, NULL, WP_F32, 0, text, sizeof text), "nothing equals nothing");
}

/* ---- Memory that is refused ---- */

static struct bytes refusal_stream;

static enum wp_err refused_write(void)
{
	return write_samples(files_path("nomem"), 6);
}

static enum wp_err refused_read(void)
{
	return read_pipe(refusal_stream.data, refusal_stream.size);
}

static enum wp_err refused_set(void)
{
	struct wp_reader *r;
	struct wp_tensor_set *set;
	int fd;
	enum wp_err err =
		wp_reader_open(&r, files_pipe(refusal_stream.data, refusal_stream.size, &fd));
	if (!err)
		err = wp_tensor_set_read(&set, r, NULL);
	if (!err)
		wp_tensor_set_free(set);
	close(fd);
	return err;
}

static enum wp_err refused_description(void)
{
	struct wp_reader *r;
	struct wp_output *output;
	enum wp_err err = wp_output_memory(&output);
	if (err)
		return err;
	err = wp_reader_open(&r, files_path("kept"));
	if (!err) {
		err = wp_describe(r, output, true);
		wp_reader_close(r);
	}
	wp_output_discard(output);
	return err;
}

static enum wp_err refused_join(void)
{
	return join_files("a", "b");
}

static void memory_refused(const char *what, enum wp_err (*action)(void))
{
	long n = 0;
	enum wp_err err;
	bool clean = true;
	int files = files_count();
	do {
		wp_alloc_fail_at(++n);
		err = action();
		wp_alloc_fail_at(0);
		if (err == WP_OK || err == WP_END)
			break;
		clean = clean && err == WP_ENOMEM && strstr(wp_error_detail(), "memory") &&
			files_count() == files;
		if (!clean)
			printf("# allocation %ld: %d %s\n", n, err, wp_error_detail());
	} while (clean && n < 10000);
	ok(clean && n > 3, "%s: each of %ld allocations refused, each time reported", what,
		n - 1);
}

static void memory_refusals(void)
{
	refusal_stream = sample_stream(6);
	files_put("kept", refusal_stream.data, refusal_stream.size);
	memory_refused("writing", refused_write);
	unlink(files_path("nomem"));
	memory_refused("reading", refused_read);
	memory_refused("reading a set", refused_set);
	memory_refused("describing", refused_description);
	memory_refused("joining", refused_join);
	free(refusal_stream.data);
}

int main(void)
{
	round_trip(0);
	round_trip(6);
	unlink(files_path("stream"));
	for (int level = 0; level <= 9; level += 9) {
		struct bytes b = sample_stream(level);
		cut_everywhere(&b);
		flip_everywhere(&b);
		free(b.data);
	}
	refuse_headers();
	refuse_sizes();
	refuse_strings();
	refuse_sequences();
	free(forged.data);
	refuse_to_write();
	abandoned("w2v: input or output failed", "failed: w2v: input or output failed");
	abandoned("", "the program that wrote this failed");
	abandoned(NULL, "the program that wrote this failed");
	pass_through(0);
	pass_through(6);
	joining();
	comparing();
	memory_refusals();
	return done_testing();
}
