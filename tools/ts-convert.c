/* ts-convert: convert tensors from and to the formats of other programs.
 *
 * With --from reads a file of another format and writes a tensor stream; with --to reads a
 * tensor stream and writes another format.  Memory: the tensor and its words, but for a tensor
 * in a file that can be mapped, and for sparse matrices that are written, which beyond --memory
 * go to disk.
 */
#include "tool.h"

#include <stdio.h>
#include <string.h>

#include "embed/embedding.h"
#include "stream/npy.h"
#include "stream/tensor_set.h"
#include "text/cells_text.h"
#include "text/tsv.h"
#include "text/word_vectors.h"

enum format { NONE = -1, NPY, TSV, WORD2VEC, WORD2VEC_BINARY, GLOVE, CELLS, MATRIX_MARKET };
static const char *const formats[] = {
	"npy", "tsv", "word2vec", "word2vec-binary", "glove", "cells", "matrix-market", NULL};

/* In the order of enum wp_type, from WP_I8. */
static const char *const types[] = {
	"i8", "u8", "i32", "i64", "f16", "bf16", "f32", "f64", "string", NULL};

static struct {
	int from, to; /* enum format */
	const char *tensor;
	const char *words;
	int type, dim;
	bool no_words;
	uint64_t top;
} conf = {.from = NONE, .to = NONE, .tensor = "embedding", .type = WP_F32 - WP_I8};

static const struct wp_about about = {
	.name = "ts-convert",
	.summary = "convert tensors from and to the formats of other programs",
	.operands = "[file]",
	.examples = (const char *const[]){"ts-convert --from word2vec glove.txt > emb.bin",
		"ts-convert --to npy emb.bin > emb.npy",
		"ts-convert --to tsv --tensor counts vocab.bin | head",
		"ts-convert --to matrix-market counts.bin > counts.mtx", NULL},
	.see_also = "ts-info, ts-cat, ts-diff, neighbors",
};

static const struct wp_opt options[] = {
	WP_OPT_CHOICE(0, "from", &conf.from, "FORMAT", formats,
		"read this format and write a tensor stream"),
	WP_OPT_CHOICE(0, "to", &conf.to, "FORMAT", formats,
		"read a tensor stream and write this format"),
	WP_OPT_TEXT(0, "tensor", &conf.tensor, "NAME",
		"the tensor to write, or to make; sparse: the matrix, by itself the one there is, "
		"or cooc"),
	WP_OPT_COUNT('n', "top", &conf.top, "N", 0, 9007199254740992.0,
		"only the first N rows; 0: all"),
	WP_OPT_FLAG(0, "no-words", &conf.no_words,
		"tsv: the first column holds numbers too, not words; cells: so do all"),
	WP_OPT_TEXT(0, "words", &conf.words, "FILE",
		"with --from npy, cells, matrix-market, or tsv without words: make the "
		"vocabulary of FILE, a token a line"),
	WP_OPT_CHOICE(
		0, "type", &conf.type, "TYPE", types, "with --from tsv: type of the elements"),
	WP_OPT_INT('d', "dim", &conf.dim, "N", 0, 16777216,
		"with --from glove, or word2vec without a header: length of the vectors; 0: that "
		"of the first line"),
	WP_OPT_HISTORY,
	WP_OPT_MEMORY,
	WP_OPT_TMPDIR,
	WP_OPT_COMMON,
	WP_OPT_END,
};

static bool is_sparse(enum format format)
{
	return format == CELLS || format == MATRIX_MARKET;
}

/* Options that would have no effect are mistakes. */
static void check_options(void)
{
	enum format from = (enum format)conf.from, to = (enum format)conf.to;
	if ((from == NONE) == (to == NONE))
		wp_tool_usage("give one of --from and --to");
	if (conf.no_words && from != TSV && to != TSV && from != CELLS && to != CELLS)
		wp_tool_usage("--no-words is for tsv and cells");
	if (conf.words && from != NPY && !(from == TSV && conf.no_words) && !is_sparse(from))
		wp_tool_usage("--words is for --from npy, cells, matrix-market, and for "
			      "--from tsv --no-words");
	if (from == CELLS && !conf.words == !conf.no_words)
		wp_tool_usage("--from cells needs one of --words FILE and --no-words");
	if ((wp_tool_given(&wp_common.memory) || wp_tool_given(&wp_common.tmpdir)) &&
		!is_sparse(to))
		wp_tool_usage("--memory and --tmpdir are for --to cells and matrix-market");
	if (wp_tool_given(&conf.type) && from != TSV)
		wp_tool_usage("--type is for --from tsv");
	if (conf.dim && from != WORD2VEC && from != GLOVE)
		wp_tool_usage("--dim is for --from word2vec and --from glove");
	if (strlen(conf.tensor) >= WP_NAME_SIZE)
		wp_tool_usage(
			"--tensor %s: longer than %d bytes", conf.tensor, WP_NAME_SIZE - 1);
}

static size_t limit(uint64_t rows)
{
	return (size_t)(conf.top && conf.top < rows ? conf.top : rows);
}

/* ---- from another format ---- */

/* Write the words, if there are any, and the tensor as a stream. */
static void put(const struct wp_strings *words, struct wp_tensor *tensor, const void *data)
{
	struct wp_writer *writer = wp_tool_writer(0);
	if (words && words->count != tensor->dim[0])
		wp_tool_die(WP_EMISMATCH, "%zu words for %llu rows", words->count,
			(unsigned long long)tensor->dim[0]);
	snprintf(tensor->name, sizeof tensor->name, "%s", conf.tensor);
	if (words)
		wp_tool_check(wp_writer_put_list(writer, "vocab", words));
	wp_tool_check(wp_writer_put(writer, tensor, data));
}

/* The words of --words; NULL without it. */
static const struct wp_strings *read_words(struct wp_strings *words)
{
	struct wp_input *input;
	if (!conf.words)
		return NULL;
	wp_tool_check(wp_input_open(&input, conf.words));
	wp_tool_check(wp_tsv_read_words(words, input, (size_t)conf.top));
	wp_input_close(input);
	return words;
}

static void from_npy(struct wp_input *input)
{
	struct wp_strings words = {0};
	struct wp_npy npy;
	wp_tool_check(wp_npy_read(&npy, input));
	if (npy.tensor.rank > 0)
		npy.tensor.dim[0] = limit(npy.tensor.dim[0]);
	put(read_words(&words), &npy.tensor, npy.data);
	wp_npy_fini(&npy);
	wp_strings_fini(&words);
}

static void from_tsv(struct wp_input *input)
{
	struct wp_strings words = {0};
	struct wp_tsv tsv;
	enum wp_type type = (enum wp_type)(conf.type + WP_I8);
	if (type == WP_STRING) {
		wp_tool_check(wp_tsv_read_words(&words, input, (size_t)conf.top));
		wp_tool_check(wp_writer_put_list(wp_tool_writer(0), conf.tensor, &words));
		wp_strings_fini(&words);
		return;
	}
	wp_tool_check(wp_tsv_read(&tsv, input, type, !conf.no_words, (size_t)conf.top));
	put(conf.no_words ? read_words(&words) : &tsv.words, &tsv.tensor, tsv.data);
	wp_tsv_fini(&tsv);
	wp_strings_fini(&words);
}

static void from_word_vectors(struct wp_input *input)
{
	struct wp_word_vectors vectors;
	if (conf.from == WORD2VEC_BINARY) {
		wp_tool_check(wp_word_vectors_read_binary(&vectors, input, (size_t)conf.top));
	} else {
		const struct wp_vectors_form form = {
			.no_header = conf.from == GLOVE,
			.dim = (size_t)conf.dim,
			.top = (size_t)conf.top,
		};
		wp_tool_check(wp_word_vectors_read_text(&vectors, input, &form));
	}
	wp_tool_report("%s: %zu vectors of length %zu, %s header", wp_input_name(input),
		vectors.count, vectors.dim, vectors.had_header ? "with a" : "without");
	struct wp_tensor tensor = wp_tensor_2d(conf.tensor, WP_F32, vectors.count, vectors.dim);
	put(&vectors.words, &tensor, vectors.vector);
	wp_word_vectors_fini(&vectors);
}

static struct wp_cells_text sparse_text(enum format format)
{
	return (struct wp_cells_text){
		.name = wp_tool_given(&conf.tensor) ? conf.tensor : NULL,
		.form = format == CELLS ? WP_CELLS_LINES : WP_CELLS_MATRIX_MARKET,
		.words = !conf.no_words,
		.top = conf.top,
		.memory = wp_common.memory,
		.directory = wp_common.tmpdir,
	};
}

static void from_sparse(struct wp_input *input)
{
	struct wp_strings words = {0};
	struct wp_cells_text text = sparse_text((enum format)conf.from);
	if (!text.name)
		text.name = "cooc";
	if (conf.words)
		read_words(&words);
	wp_tool_check(wp_cells_text_read(
		wp_tool_writer(0), input, &text, conf.words ? &words : NULL));
	wp_strings_fini(&words);
}

static void import(const char *path)
{
	struct wp_input *input;
	wp_tool_check(wp_input_open(&input, path));
	wp_tool_writer(0);
	wp_tool_put_history();
	if (conf.from == NPY)
		from_npy(input);
	else if (conf.from == TSV)
		from_tsv(input);
	else if (is_sparse((enum format)conf.from))
		from_sparse(input);
	else
		from_word_vectors(input);
	wp_input_close(input);
}

/* ---- to another format ---- */

static void to_word_vectors(struct wp_reader *reader)
{
	struct wp_embedding e;
	struct wp_output *output = wp_tool_output();
	wp_tool_check(wp_embedding_read(&e, reader, conf.tensor));
	const struct wp_strings *words = &e.vocab.tokens;
	size_t count = limit(e.count);
	wp_tool_check(conf.to == WORD2VEC_BINARY
			? wp_word_vectors_write_binary(output, words, e.vector, count, e.dim)
			: wp_word_vectors_write_text(
				  output, words, e.vector, count, e.dim, conf.to == WORD2VEC));
	wp_embedding_fini(&e);
}

/* The words of a tensor's rows: the vocabulary, if it has as many. */
static const struct wp_strings *row_words(
	const struct wp_tensor_set *set, const struct wp_tensor *tensor)
{
	const struct wp_strings *words = wp_tensor_set_strings(set, "vocab");
	bool fit = words && tensor->rank > 0 && words->count == tensor->dim[0];
	return fit && !conf.no_words ? words : NULL;
}

static void to_array(struct wp_reader *reader)
{
	const char *const names[] = {"vocab", conf.tensor, NULL};
	struct wp_tensor_set *set;
	struct wp_output *output = wp_tool_output();
	wp_tool_check(wp_tensor_set_read(&set, reader, names));
	const struct wp_strings *strings = wp_tensor_set_strings(set, conf.tensor);
	const void *data = NULL;
	const struct wp_tensor *found = wp_tensor_set_get(set, conf.tensor, &data);
	if (strings && conf.to == TSV) {
		wp_tool_check(wp_tsv_write_words(output, strings, limit(strings->count)));
	} else if (found) {
		struct wp_tensor tensor = *found;
		if (tensor.rank > 0)
			tensor.dim[0] = limit(tensor.dim[0]);
		wp_tool_check(conf.to == NPY
				? wp_npy_write(output, &tensor, data)
				: wp_tsv_write(output, &tensor, data, row_words(set, found)));
	} else {
		wp_tool_die(WP_EMISMATCH, "%s: %s '%s'%s", wp_tensor_set_name(set),
			strings ? "strings where .npy needs numbers:" : "no tensor",
			conf.tensor,
			wp_tool_given(&conf.tensor) ? "" : "; --tensor names another");
	}
	wp_tensor_set_free(set);
}

static void to_sparse(struct wp_reader *reader)
{
	struct wp_cells_text text = sparse_text((enum format)conf.to);
	wp_tool_check(wp_cells_text_write(wp_tool_output(), reader, &text));
	wp_reader_close(reader);
}

static void export(const char *path)
{
	struct wp_reader *reader = wp_tool_reader(path);
	bool is_binary = conf.to == NPY || conf.to == WORD2VEC_BINARY;
	if (is_binary && wp_output_is_terminal(wp_tool_output()))
		wp_tool_usage("%s is binary and not for a terminal: use a pipe or -o",
			formats[conf.to]);
	if (conf.to == NPY || conf.to == TSV)
		to_array(reader);
	else if (is_sparse((enum format)conf.to))
		to_sparse(reader);
	else
		to_word_vectors(reader);
}

int main(int argc, char **argv)
{
	wp_common.memory = (size_t)256 << 20;
	wp_tool_start(&about, options, &argc, &argv);
	wp_tool_operands(argc, 0, 1);
	check_options();
	if (conf.from != NONE)
		import(argv[0]);
	else
		export(argv[0]);
	return wp_tool_finish();
}
