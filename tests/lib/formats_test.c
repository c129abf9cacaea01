/* The formats of other programs: what files in use have in them, and what must be refused. */
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "formats/npy.h"
#include "tap.h"
#include "formats/tsv.h"
#include "formats/word_vectors.h"

static struct wp_input *input_of(const void *data, size_t size)
{
	struct wp_input *input;
	if (wp_input_memory(&input, data, size, "test"))
		exit(EXIT_FAILURE);
	return input;
}

static bool is_word(const struct wp_strings *words, size_t i, const char *expected)
{
	size_t length;
	const char *word = wp_strings_get(words, i, &length);
	return length == strlen(expected) && memcmp(word, expected, length) == 0;
}

/* ---- word2vec ---- */

static enum wp_err read_text(struct wp_word_vectors *v, const char *text, size_t size,
	const struct wp_vectors_form *form)
{
	struct wp_input *input = input_of(text, size);
	enum wp_err err = wp_word_vectors_read_text(v, input, form);
	wp_input_close(input);
	return err;
}

static enum wp_err read_binary(
	struct wp_word_vectors *v, const void *data, size_t size, size_t top)
{
	struct wp_input *input = input_of(data, size);
	enum wp_err err = wp_word_vectors_read_binary(v, input, top);
	wp_input_close(input);
	return err;
}

static void accepts_text(const char *what, const char *text, const struct wp_vectors_form *form,
	size_t count, size_t dim, const char *last_word, float last_number)
{
	struct wp_word_vectors v;
	enum wp_err err = read_text(&v, text, strlen(text), form);
	ok(!err && v.count == count && v.dim == dim && v.words.count == count &&
			(count == 0 ||
				(is_word(&v.words, count - 1, last_word) &&
					v.vector[count * dim - 1] == last_number)),
		"%s%s%s", what, err ? ": " : "", err ? wp_error_detail() : "");
	wp_word_vectors_fini(&v);
}

static void refuses_text(
	const char *text, const struct wp_vectors_form *form, enum wp_err code, const char *why)
{
	struct wp_word_vectors v;
	enum wp_err err = read_text(&v, text, strlen(text), form);
	ok(err == code && strcmp(wp_error_detail(), why) == 0, "refused: %s",
		wp_error_detail());
	wp_word_vectors_fini(&v);
}

static void vectors_as_text(void)
{
	const struct wp_vectors_form any = {0}, glove = {.no_header = true};
	const struct wp_vectors_form two = {.top = 2}, three_long = {.dim = 3};
	accepts_text("word2vec: a header, spaces at the ends of lines",
		"2 3\nthe 1 2 3 \ncat -1e-3 .5 4 \n", &any, 2, 3, "cat", 4);
	accepts_text("GloVe: no header, no space", "the 1 2 3\ncat 1 2 0.25\n", &any, 2, 3,
		"cat", 0.25f);
	accepts_text("no line feed at the end", "1 2\nthe 1 2", &any, 1, 2, "the", 2);
	accepts_text("CR before LF", "1 2\r\nthe 1 2 \r\n", &any, 1, 2, "the", 2);
	accepts_text("words with spaces", "2 2\n. . . 1 2\nat name@x.com 3 4\n", &any, 2, 2,
		"at name@x.com", 4);
	accepts_text("words that are numbers", "a 1 2\n1 2 3\n2 3 4 5\n", &any, 3, 2, "2 3", 5);
	accepts_text("words with NBSP, tab, bytes that are not UTF-8",
		"3 2\na\xc2\xa0"
		"b 1 2\na\tb 1 2\n\xff\xfe 1 2\n",
		&any, 3, 2, "\xff\xfe", 2);
	accepts_text("an empty word", "2 2\n 1 2\n  3 4\n", &any, 2, 2, " ", 4);
	accepts_text("a first line of two whole numbers is a header", "1 1\nword 7\n", &any, 1,
		1, "word", 7);
	accepts_text("unless it is said that there is none", "1 1\nword 7\n", &glove, 2, 1,
		"word", 7);
	accepts_text("two fields that are not whole numbers are a row", "1 1.5\nword 7\n", &any,
		2, 1, "word", 7);
	accepts_text("three whole numbers are a row", "1 2 3\n4 5 6\n", &any, 2, 2, "4", 6);
	accepts_text("no vectors at all", "0 5\n", &any, 0, 5, "", 0);
	accepts_text("the first rows only", "4 1\na 1\nb 2\nc 3\nd", &two, 2, 1, "b", 2);
	accepts_text(
		"a first word with a space", "a b 1 2 3\nc 4 5 6\n", &three_long, 2, 3, "c", 6);
	accepts_text("infinity and the smallest numbers", "a inf 1e-45\n", &any, 1, 2, "a",
		0x1p-149f);
	accepts_text("an empty line after all rows", "1 1\na 1\n\n", &any, 1, 1, "a", 1);

	refuses_text("", &any, WP_ECORRUPT, "test: empty where word vectors were expected");
	refuses_text("\n", &any, WP_ECORRUPT, "test: not a word and its numbers (line 1)");
	refuses_text("the\n", &any, WP_ECORRUPT, "test: not a word and its numbers (line 1)");
	refuses_text("2 2\na 1 2\n", &any, WP_ETRUNC,
		"test: ends after 1 rows of the 2 that its header promises");
	refuses_text("1 2\na 1 2\nb 1 2\n", &any, WP_ECORRUPT,
		"test: more rows than the 1 of the header (line 3)");
	refuses_text("2 2\na 1 2\nb 1\n", &any, WP_ECORRUPT,
		"test: fewer than a word and 2 numbers (line 3)");
	refuses_text("2 2\na 1 2\nb 1 x2\n", &any, WP_ECORRUPT,
		"test: 'x2' is not a number (line 3)");
	refuses_text("2 2\na 1 2\nb 1 2x\n", &any, WP_ECORRUPT,
		"test: '2x' is not a number (line 3)");
	refuses_text(
		"a 1 2\nb 1 2,5\n", &any, WP_ECORRUPT, "test: '2,5' is not a number (line 2)");
	refuses_text("a 1 2\nb  2\n", &any, WP_ECORRUPT, "test: '' is not a number (line 2)");
	refuses_text("a b 1\nc 2\n", &any, WP_ECORRUPT,
		"test: 'b' is not a number (line 1; a first word with a space needs the dimension said)");
	refuses_text("a 1 2\n\nb 1 2\n", &any, WP_ECORRUPT,
		"test: fewer than a word and 2 numbers (line 2)");
	refuses_text("3 0\na\n", &any, WP_ECORRUPT,
		"test: the header claims 3 vectors of length 0 (line 1)");
	refuses_text("3 -5\na\n", &any, WP_ECORRUPT,
		"test: the header claims 3 vectors of length -5 (line 1)");
	refuses_text("9223372036854775807 9223372036854775807\na 1\n", &any, WP_ECORRUPT,
		"test: the header claims 9223372036854775807 vectors of length "
		"9223372036854775807 (line 1)");
	refuses_text("9223372036854775807 16777216\na 1\n", &any, WP_ECORRUPT,
		"test: fewer than a word and 16777216 numbers (line 2)");
}

static struct wp_strings words_of(const char *const *words)
{
	struct wp_strings list = {0};
	for (; *words; words++)
		if (wp_strings_add(&list, *words, strlen(*words)))
			exit(EXIT_FAILURE);
	return list;
}

static void vectors_come_back(void)
{
	struct wp_strings words =
		words_of((const char *const[]){"the", "a b", "\xff", "", "7", NULL});
	const float vector[] = {
		1, -0.0f, 0.1f, 3.4e38f, 1e-45f, -1e-7f, 0.3333333f, 16777216, INFINITY, 2};
	const struct wp_vectors_form any = {0};
	for (int header = 0; header <= 1; header++) {
		struct wp_output *output;
		struct wp_word_vectors back;
		size_t size;
		if (wp_output_memory(&output))
			exit(EXIT_FAILURE);
		ok(!wp_word_vectors_write_text(output, &words, vector, 5, 2, header),
			"write text");
		const char *text = wp_output_collected(output, &size);
		ok(!read_text(&back, text, size, &any) && back.count == 5 &&
				back.had_header == header &&
				memcmp(back.vector, vector, sizeof vector) == 0 &&
				is_word(&back.words, 1, "a b") && is_word(&back.words, 3, ""),
			"text %s header comes back bit by bit", header ? "with" : "without");
		wp_word_vectors_fini(&back);
		wp_output_discard(output);
	}
	wp_strings_fini(&words);
}

static void refuses_words(const char *word, bool binary, const char *why)
{
	struct wp_strings words = words_of((const char *const[]){"good", word, NULL});
	const float vector[] = {1, 2};
	struct wp_output *output;
	if (wp_output_memory(&output))
		exit(EXIT_FAILURE);
	enum wp_err err = binary
		? wp_word_vectors_write_binary(output, &words, vector, 2, 1)
		: wp_word_vectors_write_text(output, &words, vector, 2, 1, true);
	ok(err == WP_EMISMATCH && strcmp(wp_error_detail(), why) == 0, "refused: %s",
		wp_error_detail());
	wp_output_discard(output);
	wp_strings_fini(&words);
}

/* Two words, 1 2 and 3 4, with or without the line feeds. */
static const char with_feeds[] =
	"2 2\nthe \0\0\x80\x3f\0\0\0\x40\na\xff \0\0\x40\x40\0\0\x80\x40\n";
static const char without[] = "2 2\nthe \0\0\x80\x3f\0\0\0\x40"
			      "a\xff \0\0\x40\x40\0\0\x80\x40";

static void accepts_binary(const char *what, const char *data, size_t size, size_t top)
{
	static const float expected[] = {1, 2, 3, 4};
	struct wp_word_vectors v;
	size_t count = top ? top : 2;
	enum wp_err err = read_binary(&v, data, size, top);
	ok(!err && v.count == count && v.dim == 2 &&
			memcmp(v.vector, expected, count * 8) == 0 &&
			is_word(&v.words, 0, "the") &&
			(count < 2 || is_word(&v.words, 1, "a\xff")),
		"%s%s%s", what, err ? ": " : "", err ? wp_error_detail() : "");
	wp_word_vectors_fini(&v);
}

static void refuses_binary(const char *data, size_t size, enum wp_err code, const char *why)
{
	struct wp_word_vectors v;
	enum wp_err err = read_binary(&v, data, size, 0);
	ok(err == code && strcmp(wp_error_detail(), why) == 0, "refused: %s",
		wp_error_detail());
	wp_word_vectors_fini(&v);
}

static void vectors_as_binary(void)
{
	accepts_binary("line feeds after vectors", with_feeds, sizeof with_feeds - 1, 0);
	accepts_binary("no line feeds", without, sizeof without - 1, 0);
	accepts_binary("the first row only", with_feeds, 20, 1);

	struct wp_word_vectors v;
	struct wp_output *output;
	size_t size;
	if (read_binary(&v, without, sizeof without - 1, 0) || wp_output_memory(&output))
		exit(EXIT_FAILURE);
	ok(!wp_word_vectors_write_binary(output, &v.words, v.vector, 2, 2), "write binary");
	const char *data = wp_output_collected(output, &size);
	ok(size == sizeof with_feeds - 1 && memcmp(data, with_feeds, size) == 0,
		"binary comes back, with line feeds");
	wp_output_discard(output);
	wp_word_vectors_fini(&v);

	int wrong = 0;
	for (size_t cut = 0; cut < sizeof without - 1; cut++)
		wrong +=
			read_binary(&v, without, cut, 0) != (cut < 4 ? WP_ECORRUPT : WP_ETRUNC);
	ok(wrong == 0, "a file that is cut anywhere is refused (%d were not)", wrong);

	refuses_binary("", 0, WP_ECORRUPT, "test: empty where word vectors were expected");
	refuses_binary("hello\n", 6, WP_ECORRUPT, "test: text, not word2vec's binary form");
	refuses_binary("1 2\nthe \0\0\x80\x3f\0\0\0\x40\n\nmore", 22, WP_ECORRUPT,
		"test: data after the last vector (byte 18)");
	static const char text[] = "1 4\nthe 0.25 -0.5 1e-3 0.125\n";
	refuses_binary(text, sizeof text - 1, WP_ECORRUPT,
		"test: numbers as text: not the binary form (byte 4)");
	refuses_binary("1 99999999999\nthe ", 18, WP_ECORRUPT,
		"test: the header claims 1 vectors of length 99999999999 (line 1)");
	refuses_binary("9999999999999 16777216\nthe ", 27, WP_ETRUNC,
		"test: ends in a vector (byte 23)");
	char *endless = malloc(3 << 20);
	if (!endless)
		exit(EXIT_FAILURE);
	memset(endless, 'x', 3 << 20);
	memcpy(endless, "1 1\n", 4);
	refuses_binary(endless, 3 << 20, WP_ECORRUPT, "test: no word ends here (byte 4)");
	free(endless);
}

/* ---- .npy ---- */

/* A file with this header, padded, and data. */
static size_t make_npy(char *to, int version, const char *header, const void *data, size_t size)
{
	size_t prefix = version == 1 ? 10 : 12;
	size_t length = strlen(header) + 1;
	memset(to, 0, prefix);
	memcpy(to, "\x93NUMPY", 6);
	to[6] = (char)version;
	to[8] = (char)length;
	memcpy(to + prefix, header, length - 1);
	to[prefix + length - 1] = '\n';
	memcpy(to + prefix + length, data, size);
	return prefix + length + size;
}

static enum wp_err read_npy(struct wp_npy *npy, const char *data, size_t size)
{
	struct wp_input *input = input_of(data, size);
	enum wp_err err = wp_npy_read(npy, input);
	wp_input_close(input); /* memory stays where it is */
	return err;
}

static void refuses_npy(const char *header, enum wp_err code, const char *why)
{
	char file[512], data[8] = {0};
	struct wp_npy npy;
	size_t size = make_npy(file, 1, header, data, sizeof data);
	ok(read_npy(&npy, file, size) == code && strstr(wp_error_detail(), why), "refused: %s",
		wp_error_detail());
	wp_npy_fini(&npy);
}

static void arrays(void)
{
	char file[512];
	struct wp_npy npy;
	const float numbers[] = {1, 2, 3, 4, 5, 6};
	for (int version = 1; version <= 3; version++) {
		size_t size = make_npy(file, version,
			"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", numbers,
			24);
		ok(!read_npy(&npy, file, size) && npy.tensor.type == WP_F32 &&
				npy.tensor.rank == 2 && npy.tensor.dim[0] == 2 &&
				npy.tensor.dim[1] == 3 && memcmp(npy.data, numbers, 24) == 0,
			"version %d", version);
		wp_npy_fini(&npy);
		int wrong = 0;
		for (size_t cut = 0; cut < size; cut++)
			wrong += read_npy(&npy, file, cut) !=
				(cut < 6 ? WP_ECORRUPT : WP_ETRUNC);
		ok(wrong == 0, "a file that is cut anywhere is refused (%d were not)", wrong);
		ok(read_npy(&npy, file, size + 1) == WP_ECORRUPT, "and one with more: %s",
			wp_error_detail());
	}

	const float transposed[] = {1, 4, 2, 5, 3, 6};
	size_t size = make_npy(file, 1,
		"{\"shape\":(2,3),\"fortran_order\":True,\"descr\":\"<f4\"}", transposed, 24);
	ok(!read_npy(&npy, file, size) && memcmp(npy.data, numbers, 24) == 0,
		"Fortran order is put in C order; keys in any order and quotes");
	wp_npy_fini(&npy);

	const int64_t expected = 258;
	size = make_npy(file, 1, "{'descr': '>i8', 'fortran_order': False, 'shape': ()}",
		"\0\0\0\0\0\0\1\2", 8);
	ok(!read_npy(&npy, file, size) && npy.tensor.type == WP_I64 && npy.tensor.rank == 0 &&
			memcmp(npy.data, &expected, 8) == 0,
		"a scalar, big-endian");
	wp_npy_fini(&npy);

	size = make_npy(file, 1, "{'descr': '|b1', 'fortran_order': False, 'shape': (3L,)}",
		"\1\0\1", 3);
	ok(!read_npy(&npy, file, size) && npy.tensor.type == WP_U8 && npy.tensor.rank == 1 &&
			npy.tensor.dim[0] == 3,
		"truth values, and Python 2");
	wp_npy_fini(&npy);

	refuses_npy("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999, 99999999)}",
		WP_ETRUNC, "ends after 8 of the array's");
	refuses_npy(
		"{'descr': '<f4', 'fortran_order': False, 'shape': (9999999999, 9999999999)}",
		WP_ECORRUPT, "an impossible shape");
	refuses_npy(
		"{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}",
		WP_ECORRUPT, "its shape is not one");
	refuses_npy("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}", WP_ECORRUPT,
		"its shape is not one");
	refuses_npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2 1)}", WP_ECORRUPT,
		"its shape is not one");
	refuses_npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1,1,1,1,1,1,2)}",
		WP_ECORRUPT, "too many axes");
	refuses_npy("{'descr': '<f4', 'fortran_order': True, 'shape': (1,2,1)}", WP_EMISMATCH,
		"Fortran order");
	refuses_npy("{'descr': '<M8', 'fortran_order': False, 'shape': (1,)}", WP_ECORRUPT,
		"element type");
	refuses_npy("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}",
		WP_ECORRUPT, "records");
	refuses_npy("{'descr': '<f4', 'shape': (2,)}", WP_ECORRUPT, "not a dictionary");
	refuses_npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'x': 1}",
		WP_ECORRUPT, "not a dictionary");
	refuses_npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2,)} x", WP_ECORRUPT,
		"not a dictionary");
	refuses_npy("", WP_ECORRUPT, "not a dictionary");
}

/* Every type and rank is written as it is read. */
static void arrays_come_back(void)
{
	static const enum wp_type types[] = {
		WP_I8, WP_U8, WP_I32, WP_I64, WP_F16, WP_F32, WP_F64};
	unsigned char data[6 * 8];
	for (size_t i = 0; i < sizeof data; i++)
		data[i] = (unsigned char)i;
	for (size_t t = 0; t < sizeof types / sizeof *types; t++)
		for (int rank = 0; rank <= 4; rank++) {
			struct wp_tensor tensor = {"x", types[t], rank, {1, 1, 1, 1}, 0, false};
			struct wp_output *output;
			struct wp_npy npy;
			size_t size, bytes = wp_type_size(types[t]);
			if (rank > 0)
				tensor.dim[rank - 1] = 6;
			bytes *= rank > 0 ? 6 : 1;
			if (wp_output_memory(&output) || wp_npy_write(output, &tensor, data))
				exit(EXIT_FAILURE);
			const char *file = wp_output_collected(output, &size);
			ok((size - bytes) % 64 == 0 && !read_npy(&npy, file, size) &&
					npy.tensor.type == types[t] &&
					npy.tensor.rank == rank &&
					memcmp(npy.tensor.dim, tensor.dim, (size_t)rank * 8) ==
						0 &&
					memcmp(npy.data, data, bytes) == 0,
				"%s of %d axes", wp_type_name(types[t]), rank);
			wp_npy_fini(&npy);
			wp_output_discard(output);
		}
}

/* ---- TSV ---- */

static void accepts_tsv(const char *text, enum wp_type type, bool words, int rank,
	uint64_t rows, uint64_t columns, double last)
{
	struct wp_tsv tsv;
	struct wp_input *input = input_of(text, strlen(text));
	enum wp_err err = wp_tsv_read(&tsv, input, type, words, 0);
	double value = NAN;
	if (!err && type == WP_F32)
		value = (double)((float *)tsv.data)[rows * columns - 1];
	else if (!err && type == WP_I64)
		value = (double)((int64_t *)tsv.data)[rows * columns - 1];
	ok(!err && tsv.tensor.rank == rank && tsv.tensor.dim[0] == rows &&
			(rank == 1 || tsv.tensor.dim[1] == columns) && value == last &&
			tsv.words.count == (words ? rows : 0),
		"a table of %d axes%s%s", rank, err ? ": " : "", err ? wp_error_detail() : "");
	wp_tsv_fini(&tsv);
	wp_input_close(input);
}

static void refuses_tsv(const char *text, enum wp_type type, bool words, const char *why)
{
	struct wp_tsv tsv;
	struct wp_input *input = input_of(text, strlen(text));
	enum wp_err err = wp_tsv_read(&tsv, input, type, words, 0);
	ok(err == WP_ECORRUPT && strcmp(wp_error_detail(), why) == 0, "refused: %s",
		wp_error_detail());
	wp_tsv_fini(&tsv);
	wp_input_close(input);
}

static void tables(void)
{
	accepts_tsv("a\t1\t2\nb\\sc\t3\t4.5\r\n", WP_F32, true, 2, 2, 2, 4.5);
	accepts_tsv("1\t2\n3\t-7", WP_I64, false, 2, 2, 2, -7);
	accepts_tsv("1\n2\n3\n", WP_I64, false, 1, 3, 1, 3);
	accepts_tsv("the\t12\n", WP_I64, true, 1, 1, 1, 12);

	refuses_tsv("", WP_F32, false, "test: empty where rows were expected");
	refuses_tsv("1\t2\n1\n", WP_F32, false,
		"test: 1 numbers where rows before have 2 (line 2)");
	refuses_tsv(
		"1\t2\n\n", WP_F32, false, "test: 1 numbers where rows before have 2 (line 2)");
	refuses_tsv("word\n", WP_F32, true,
		"test: 'word': a word without numbers; 'from csv' reads a table with a heading, "
		"'type string' words (line 1)");
	refuses_tsv(
		"a\\qb\t1\n", WP_F32, true, "test: a backslash that begins no escape (line 1)");
	refuses_tsv("1\t\n", WP_F32, false, "test: '' is not a number of type f32 (line 1)");
	refuses_tsv("1 2\n", WP_F32, false, "test: '1 2' is not a number of type f32 (line 1)");
	refuses_tsv("1.5\n", WP_I32, false, "test: '1.5' is not a number of type i32 (line 1)");
	refuses_tsv(
		"128\n", WP_I8, false, "test: '128' is out of the range of type i8 (line 1)");
	refuses_tsv("-1\n", WP_U8, false, "test: '-1' is out of the range of type u8 (line 1)");
	refuses_tsv("2147483648\n", WP_I32, false,
		"test: '2147483648' is out of the range of type i32 (line 1)");
}

/* Each allocation fails once; nothing leaks and nothing breaks. */
static void out_of_memory(void)
{
	const struct wp_vectors_form any = {0};
	static const char fortran[] =
		"{'descr': '<f4', 'fortran_order': True, 'shape': (1, 1)}";
	char file[512];
	size_t size = make_npy(file, 1, fortran, "\0\0\0\0", 4);
	enum wp_err err = WP_ENOMEM;
	int failures = 0;
	for (long n = 1; err == WP_ENOMEM; n++, failures++) {
		struct wp_word_vectors text = {0}, binary = {0};
		struct wp_npy npy = {0};
		struct wp_tsv tsv = {0};
		struct wp_input *input = input_of(file, size), *table = input_of("a\t1\n", 4);
		struct wp_input *lines = input_of("a 1\nb 2\n", 8);
		struct wp_input *bytes = input_of(with_feeds, sizeof with_feeds - 1);
		wp_alloc_fail_at(n);
		err = wp_word_vectors_read_text(&text, lines, &any);
		if (!err)
			err = wp_word_vectors_read_binary(&binary, bytes, 0);
		if (!err)
			err = wp_npy_read(&npy, input);
		if (!err)
			err = wp_tsv_read(&tsv, table, WP_F32, true, 0);
		wp_alloc_fail_at(0);
		wp_word_vectors_fini(&text);
		wp_word_vectors_fini(&binary);
		wp_npy_fini(&npy);
		wp_tsv_fini(&tsv);
		wp_input_close(input);
		wp_input_close(table);
		wp_input_close(lines);
		wp_input_close(bytes);
	}
	ok(err == WP_OK && failures > 8, "%d allocations failed one by one", failures - 1);
}

int main(void)
{
	vectors_as_text();
	vectors_as_binary();
	vectors_come_back();
	refuses_words("a\nb", false, "word 1 holds a line feed, which text cannot hold");
	refuses_words("a\nb", true,
		"word 1 holds a line feed, which word2vec's binary form cannot hold");
	refuses_words(
		"a b", true, "word 1 holds a space, which word2vec's binary form cannot hold");
	arrays();
	arrays_come_back();
	tables();
	out_of_memory();
	return done_testing();
}
