#include "stream/kind.h"

#include <inttypes.h>
#include <string.h>

enum {
	LOOKED_AT = 4096, /* bytes of text, to tell what it holds */
	TAR_AT = 257      /* where a tar archive says that it is one */
};

static const char expands[] = "expands it";
static const char converts[] = "converts it";
static const char makes[] = "makes a tensor stream of it";
static const char stream[] = "a tensor stream";
static const char shows[] = "says what is in it";

/* Longer signatures stand before those that they begin with. */
static const struct {
	const char *bytes;
	size_t length;
	struct wp_kind kind;
} signatures[] = {
#define BYTES(text) text, sizeof text - 1
	{BYTES("\x89TST\r\n\x1a\n"), {"a tensor stream", "ts-info", shows, NULL}},
	{BYTES("\x1f\x8b"), {"compressed by gzip twice", "gzip -dc", expands, NULL}},
	{BYTES("\x1f\x9d"), {"compressed by compress", "gzip -dc", expands, NULL}},
	{BYTES("\x1f\x1e"), {"compressed by pack", "gzip -dc", expands, NULL}},
	{BYTES("BZh11AY&SY"), {"compressed by bzip2", "bzip2 -dc", expands, NULL}},
	{BYTES("\xfd"
	       "7zXZ\0"),
		{"compressed by xz", "xz -dc", expands, NULL}},
	{BYTES("]\0\0\x80\0\xff\xff\xff\xff\xff\xff\xff\xff"),
		{"compressed by lzma", "xz -dc", expands, NULL}},
	{BYTES("\x28\xb5\x2f\xfd"), {"compressed by zstd", "zstd -dc", expands, NULL}},
	{BYTES("\x50\x2a\x4d\x18"), {"compressed by zstd", "zstd -dc", expands, NULL}},
	{BYTES("\x04\x22\x4d\x18"), {"compressed by lz4", "lz4 -dc", expands, NULL}},
	{BYTES("\x02\x21\x4c\x18"), {"compressed by lz4", "lz4 -dc", expands, NULL}},
	{BYTES("LZIP\x01"), {"compressed by lzip", "lzip -dc", expands, NULL}},
	{BYTES("\x89LZO\0\r\n\x1a\n"), {"compressed by lzop", "lzop -dc", expands, NULL}},
	{BYTES("PK\x03\x04"), {"a zip archive", "unzip -p", expands, NULL}},
	{BYTES("PK\x05\x06"), {"a zip archive without files", NULL, NULL, NULL}},
	{BYTES("7z\xbc\xaf\x27\x1c"), {"a 7z archive", "7z x -so", expands, NULL}},
	{BYTES("Rar!\x1a\x07"), {"a rar archive", "unrar p -inul", expands, NULL}},
	{BYTES("\xff\xfe\0\0"), {"UTF-32 text", "iconv -f UTF-32 -t UTF-8", converts, NULL}},
	{BYTES("\0\0\xfe\xff"), {"UTF-32 text", "iconv -f UTF-32 -t UTF-8", converts, NULL}},
	{BYTES("\xff\xfe"), {"UTF-16 text", "iconv -f UTF-16 -t UTF-8", converts, NULL}},
	{BYTES("\xfe\xff"), {"UTF-16 text", "iconv -f UTF-16 -t UTF-8", converts, NULL}},
	{BYTES("\x93NUMPY"), {"a NumPy array", "ts-convert --from npy", makes, "npy"}},
	{BYTES("\x89HDF\r\n\x1a\n"), {"an HDF5 file", NULL, NULL, NULL}},
	{BYTES("\xba\x16\x4f\x2f"),
		{"a model of fastText", "ts-convert --from fasttext", makes, "fasttext"}},
	{BYTES("\x80\x02"
	       "c"),
		{"a Python pickle", NULL, NULL, NULL}},
	{BYTES("\x80\x03"
	       "c"),
		{"a Python pickle", NULL, NULL, NULL}},
	{BYTES("\x80\x04\x95"), {"a Python pickle", NULL, NULL, NULL}},
	{BYTES("\x80\x05\x95"), {"a Python pickle", NULL, NULL, NULL}},
	{BYTES("SQLite format 3\0"), {"an SQLite database", NULL, NULL, NULL}},
	{BYTES("ARROW1\0\0"), {"an Arrow file", NULL, NULL, NULL}},
	{BYTES("PAR1\x15"), {"a Parquet file", NULL, NULL, NULL}},
	{BYTES("%PDF-"), {"a PDF document", "pdftotext", "extracts its text", NULL}},
	{BYTES("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), {"an Office document", NULL, NULL, NULL}},
	{BYTES("\x89PNG\r\n\x1a\n"), {"a PNG picture", NULL, NULL, NULL}},
	{BYTES("\xff\xd8\xff"), {"a JPEG picture", NULL, NULL, NULL}},
	{BYTES("\x7f"
	       "ELF"),
		{"a program", NULL, NULL, NULL}},
#undef BYTES
};

static const struct wp_kind tar = {"a tar archive", "tar -xOf", "extracts its files", NULL};
static const struct wp_kind utf_16_le = {
	"UTF-16 text", "iconv -f UTF-16LE -t UTF-8", converts, NULL};
static const struct wp_kind utf_16_be = {
	"UTF-16 text", "iconv -f UTF-16BE -t UTF-8", converts, NULL};
static const struct wp_kind safetensors = {
	"a safetensors file", "ts-convert --from safetensors", makes, "safetensors"};
static const struct wp_kind npz = {
	"an archive of NumPy arrays", "ts-convert --from npz", makes, "npz"};
static const struct wp_kind svmlight = {
	"rows in svmlight's form", "ts-convert --from svmlight", makes, "svmlight"};
static const struct wp_kind word2vec_binary = {"word vectors in word2vec's binary form",
	"ts-convert --from word2vec-binary", makes, "word2vec-binary"};
static const struct wp_kind word2vec = {
	"word vectors as text", "ts-convert --from word2vec", makes, "word2vec"};
static const struct wp_kind glove = {
	"word vectors as text", "ts-convert --from glove", makes, "glove"};
static const struct wp_kind matrix_market = {
	"a MatrixMarket file", "ts-convert --from matrix-market", makes, "matrix-market"};
static const struct wp_kind arpa = {
	"an ARPA file", "ngram-train --from-arpa", "makes a model of it", NULL};
static const struct wp_kind table = {"a table as text", "ts-convert --from tsv", makes, "tsv"};
static const struct wp_kind csv = {"a table as text", "ts-convert --from csv", makes, "csv"};
static const struct wp_kind numbers = {
	"numbers as text", "ts-convert --from csv --no-heading", makes, "csv"};
static const struct wp_kind conllu = {
	"a treebank in CoNLL-U", "ts-convert --from conllu", makes, "conllu"};
static const struct wp_kind conll = {
	"tagged text in CoNLL's columns", "ts-convert --from conll", makes, "conll"};
static const struct wp_kind json = {"JSON text", NULL, NULL, NULL};
static const struct wp_kind text = {"text", "tokenize", "and 'vocab' make ids of it", NULL};

enum { SIGNATURES = sizeof signatures / sizeof *signatures };

/* bzip2: "BZh", the size of blocks, and the first block or the end. */
static bool is_bzip2(const char *data, size_t have)
{
	static const char block[] = "1AY&SY", end[] = "\x17\x72\x45\x38\x50\x90";
	return have >= 10 && memcmp(data, "BZh", 3) == 0 && data[3] >= '1' && data[3] <= '9' &&
		(memcmp(data + 4, block, 6) == 0 || memcmp(data + 4, end, 6) == 0);
}

/* Letters of ASCII, every second byte 0: UTF-16 without a mark. */
static const struct wp_kind *unmarked_utf_16(const char *data, size_t have)
{
	size_t n = have < 64 ? have / 2 * 2 : 64, zeros[2] = {0, 0}, letters = 0;
	for (size_t i = 0; i < n; i++) {
		zeros[i % 2] += data[i] == 0;
		letters += data[i] >= 0x20 && data[i] < 0x7f;
	}
	if (n < 8 || letters * 2 < n - n / 4)
		return NULL;
	if (zeros[0] == 0 && zeros[1] == n / 2)
		return &utf_16_le;
	return zeros[1] == 0 && zeros[0] == n / 2 ? &utf_16_be : NULL;
}

/* The length of a header of JSON, as a little-endian number, and that header. */
static bool is_safetensors(const char *data, size_t have)
{
	if (have < 10 || data[8] != '{' || (data[9] != '"' && data[9] != '}'))
		return false;
	uint64_t length = 0;
	for (int i = 7; i >= 0; i--)
		length = length << 8 | (unsigned char)data[i];
	return length >= 2 && length < (uint64_t)1 << 32;
}

/* A zip archive whose first file is an array of NumPy. */
static bool is_npz(const char *data, size_t have)
{
	if (have < 30 || memcmp(data, "PK\x03\x04", 4) != 0)
		return false;
	size_t name = (unsigned char)data[26] | (size_t)(unsigned char)data[27] << 8;
	return name > 4 && have >= 30 + name && memcmp(data + 26 + name, ".npy", 4) == 0;
}

/* ---- text ---- */

/* Has it no bytes that text has not?  Well-formed UTF-8, but for a character cut at the end. */
static bool is_text(const char *data, size_t have)
{
	for (size_t i = 0; i < have; i++) {
		unsigned char c = (unsigned char)data[i];
		if ((c < 0x20 && !strchr("\t\n\v\f\r", c)) || c == 0 || c == 0x7f)
			return false;
		int more = c < 0x80 ? 0 : c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : 1;
		if (c >= 0x80 && (c < 0xc2 || c > 0xf4))
			return false;
		for (; more > 0 && i + 1 < have; more--)
			if (((unsigned char)data[++i] & 0xc0) != 0x80)
				return false;
	}
	return true;
}

struct fields {
	size_t count;   /* separated by single spaces, or by tabs */
	size_t numbers; /* at the end of the line              */
	size_t whole;   /* of these, whole numbers             */
	bool tabs, cut; /* the line does not end in the bytes  */
};

static bool is_number(const char *p, const char *end, bool *whole)
{
	static const char others[] = ".eE+-";
	bool digits = false;
	*whole = true;
	for (; p < end; p++) {
		if (*p >= '0' && *p <= '9')
			digits = true;
		else if (!memchr(others, *p, sizeof others - 1))
			return false;
		else
			*whole = false;
	}
	return digits;
}

/* What a line consists of; returns where the next one begins. */
static const char *look_at_line(const char *line, const char *end, struct fields *f)
{
	const char *stop = memchr(line, '\n', (size_t)(end - line));
	*f = (struct fields){.cut = !stop};
	const char *next = stop ? stop + 1 : end;
	stop = stop ? stop : end;
	while (stop > line && (stop[-1] == '\r' || stop[-1] == ' '))
		stop--;
	f->tabs = stop > line && memchr(line, '\t', (size_t)(stop - line));
	for (const char *p = line; p < stop;) {
		const char *q = memchr(p, f->tabs ? '\t' : ' ', (size_t)(stop - p));
		bool whole, last = !q;
		q = q ? q : stop;
		f->count++;
		if (is_number(p, q, &whole)) {
			f->numbers++;
			f->whole += whole;
		} else if (!(last && f->cut && f->numbers > 0)) {
			f->numbers = f->whole = 0; /* the numbers at the end count */
		}
		p = q + 1;
	}
	return next;
}

/* Is the line, cut or not, numbers and what separates them, at least one? */
static bool is_numbers(const char *line, const char *end, const char *separators)
{
	size_t n = 0;
	while (end > line && strchr("\n\r", end[-1]))
		end--;
	for (const char *p = line; p <= end; n++) {
		bool whole;
		const char *q = p;
		while (q < end && !strchr(separators, *q))
			q++;
		if (!is_number(p, q, &whole))
			return false;
		p = q + 1;
	}
	return n > 0;
}

static const char *line_end(const char *line, const char *end)
{
	const char *feed = line < end ? memchr(line, '\n', (size_t)(end - line)) : NULL;
	return feed ? feed + 1 : end;
}

/* A table of numbers: one in each of the first three lines, or several between separators.  The
 * first line, where it is a name or names, is a heading. */
static const struct wp_kind *table_of_numbers(const char *data, const char *end)
{
	static const char separators[] = ",;\t";
	const char *second = line_end(data, end), *third = line_end(second, end);
	if (second == end || third == end)
		third = NULL; /* a line that may be cut says nothing */
	if (!third || !is_numbers(second, third, separators))
		return NULL;
	if (is_numbers(data, second, separators))
		return &numbers;
	const char *fourth = line_end(third, end);
	bool more = fourth == end || is_numbers(third, fourth, separators);
	size_t length = (size_t)(second - data);
	return more && !memchr(data, ' ', length) ? &csv : NULL;
}

/* Ten columns, separated by tabs, behind comments; the first is a number. */
static bool is_conllu(const char *data, const char *end)
{
	while (data < end && (*data == '#' || *data == '\n'))
		data = line_end(data, end);
	const char *stop = line_end(data, end);
	int tabs = 0;
	for (const char *p = data; p < stop; p++)
		tabs += *p == '\t';
	return data < end && *data == '1' && tabs == 9;
}

static size_t commas(const char *p, const char *end)
{
	size_t n = 0;
	for (; p < end; p++)
		n += *p == ',';
	return n;
}

static bool is_header(const struct fields *f)
{
	return !f->tabs && !f->cut && f->count == 2 && f->whole == 2;
}

/* "+1 3:0.5 7:1": a number, then INDEX:VALUE to the end of the line. */
static bool is_svmlight(const char *line, const char *end)
{
	bool whole;
	const char *p = memchr(line, ' ', (size_t)(end - line));
	int pairs = 0;
	if (!p || !is_number(line, p, &whole))
		return false;
	while (p < end && *p == ' ') {
		const char *colon = ++p;
		while (colon < end && *colon >= '0' && *colon <= '9')
			colon++;
		const char *stop = colon;
		while (stop < end && *stop != ' ' && *stop != '\n')
			stop++;
		if (stop == end && pairs > 0)
			return true; /* the line is cut */
		if (colon == p || colon == end || *colon != ':' ||
			!is_number(colon + 1, stop, &whole))
			return false;
		pairs++;
		p = stop;
	}
	return pairs > 0;
}

static const struct wp_kind *kind_of_text(const char *data, size_t have)
{
	struct fields first, second;
	const char *end = data + have;
	if (have >= 14 && memcmp(data, "%%MatrixMarket", 14) == 0)
		return &matrix_market;
	if (have > 1 && (*data == '{' || *data == '[') &&
		strchr("\"\n\r\t {[]}0123456789", data[1]))
		return &json;
	if (have >= 6 && memcmp(data, "\\data\\", 6) == 0)
		return &arpa;
	if (is_conllu(data, end))
		return &conllu;
	if (have >= 10 && memcmp(data, "-DOCSTART-", 10) == 0)
		return &conll;
	const char *next = look_at_line(data, end, &first);
	if (is_svmlight(data, next))
		return &svmlight;
	const char *after = look_at_line(next, end, &second);
	if (is_header(&first) && second.numbers > 0)
		return &word2vec;
	const struct wp_kind *of_numbers = table_of_numbers(data, end);
	if (of_numbers)
		return of_numbers;
	if (first.tabs && first.numbers == 0 && second.tabs && second.numbers > 0)
		return &csv; /* a heading */
	if (first.tabs && first.numbers > 0 && first.numbers + 1 >= first.count)
		return &table;
	if (next < end && commas(data, next) > 0 && commas(data, next) == commas(next, after))
		return &csv;
	/* A word and at least two numbers, not all of them whole: sentences have few such. */
	if (first.numbers >= 2 && first.numbers + 1 == first.count &&
		first.whole < first.numbers)
		return &glove;
	return &text;
}

static bool has_control(const char *p, const char *end)
{
	for (; p < end; p++)
		if ((unsigned char)*p < 0x08 ||
			((unsigned char)*p > 0x0e && (unsigned char)*p < 0x20))
			return true;
	return false;
}

/* "V D", then a word, a space, and what is no text. */
static bool is_word2vec_binary(const char *data, size_t have)
{
	struct fields first;
	const char *next = look_at_line(data, data + have, &first);
	size_t rest = have - (size_t)(next - data);
	const char *space = rest ? memchr(next, ' ', rest) : NULL;
	return is_header(&first) && space && has_control(space, data + have);
}

/* ---- all ---- */

const struct wp_kind *wp_kind_of_binary(const char *data, size_t have)
{
	if (is_npz(data, have))
		return &npz;
	for (int i = 0; i < SIGNATURES; i++)
		if (have >= signatures[i].length &&
			memcmp(data, signatures[i].bytes, signatures[i].length) == 0)
			return &signatures[i].kind;
	for (int i = 0; i < SIGNATURES; i++)
		if (is_bzip2(data, have) && signatures[i].bytes[0] == 'B')
			return &signatures[i].kind;
	if (have >= TAR_AT + 5 && memcmp(data + TAR_AT, "ustar", 5) == 0)
		return &tar;
	if (is_safetensors(data, have))
		return &safetensors;
	have = have < LOOKED_AT ? have : LOOKED_AT;
	if (is_word2vec_binary(data, have))
		return &word2vec_binary;
	return unmarked_utf_16(data, have);
}

const struct wp_kind *wp_kind_of(const char *data, size_t have)
{
	const struct wp_kind *kind = wp_kind_of_binary(data, have);
	if (kind || have == 0)
		return kind;
	have = have < LOOKED_AT ? have : LOOKED_AT;
	return is_text(data, have) ? kind_of_text(data, have) : NULL;
}

bool wp_kind_is_bare(const struct wp_kind *kind)
{
	return kind == &numbers;
}

bool wp_kind_is_open(const char *data, size_t have)
{
	for (int i = 0; i < SIGNATURES; i++)
		if (have < signatures[i].length && memcmp(data, signatures[i].bytes, have) == 0)
			return true;
	return have < 10 && memcmp(data, "BZh", have < 3 ? have : 3) == 0;
}

enum wp_err wp_kind_refuse(
	const struct wp_input *input, const struct wp_kind *kind, const char *expected)
{
	const char *name = wp_input_name(input);
	bool is_file = *name != '<';
	if (!kind)
		return wp_fail(WP_ECORRUPT, "%s: not %s (byte %" PRIu64 ")", name, expected,
			wp_input_offset(input));
	/* Text becomes a stream; nothing makes an array of it. */
	bool helps = kind->command && (kind != &text || strcmp(expected, stream) == 0);
	if (!helps)
		return wp_fail(WP_ECORRUPT, "%s: %s, not %s", name, kind->what, expected);
	return wp_fail(WP_ECORRUPT, "%s: %s, not %s: '%s%s%s' %s", name, kind->what, expected,
		kind->command, is_file ? " " : "", is_file ? name : "", kind->effect);
}
