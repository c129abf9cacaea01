#include "formats/format.h"

#include <stdio.h>
#include <string.h>

#include "stream/element.h"
#include "text/vocab.h"

/* The table: a line for each format, in the order in which ts-convert lists them. */
/* clang-format off */
#define FORMATS(format) \
	format(auto) \
	format(npy) \
	format(safetensors) \
	format(tsv) \
	format(csv) \
	format(word2vec) \
	format(word2vec_binary) \
	format(glove) \
	format(cells) \
	format(matrix_market)
/* clang-format on */

#define DECLARE(name) extern const struct wp_format wp_format_##name;
FORMATS(DECLARE)

#define LINE(name) &wp_format_##name,
const struct wp_format *const wp_formats[] = {FORMATS(LINE) NULL};

void wp_format_list(struct wp_format_list *readable, struct wp_format_list *writable)
{
	int reads = 0, writes = 0;
	*readable = *writable = (struct wp_format_list){{0}, {0}};
	for (const struct wp_format *const *f = wp_formats; *f; f++) {
		if ((*f)->read && reads < WP_FORMATS_MAX - 1) {
			readable->format[reads] = *f;
			readable->name[reads++] = (*f)->name;
		}
		if ((*f)->write && writes < WP_FORMATS_MAX - 1) {
			writable->format[writes] = *f;
			writable->name[writes++] = (*f)->name;
		}
	}
}

const char *wp_format_useless(unsigned heeded, unsigned given)
{
	static const char *const names[] = {"type", "dim", "words", "no-words", "memory",
		"tmpdir", "words", "columns", "targets", "label", "sequence"}; /* by bit */
	for (int i = 0; i < (int)(sizeof names / sizeof *names); i++)
		if (given & ~heeded & 1U << i)
			return names[i];
	return NULL;
}

size_t wp_format_rows(const struct wp_format_job *job, uint64_t rows)
{
	return (size_t)(job->top && job->top < rows ? job->top : rows);
}

static const char *tensor_name(const struct wp_format_job *job)
{
	return job->tensor ? job->tensor : "embedding";
}

/* Vectors have to be finite; of other numbers it is worth a warning, but for targets, among
 * which a NaN says that there is none. */
static enum wp_err check_numbers(struct wp_format_job *job, const struct wp_tensor *tensor,
	const void *data, const char *from)
{
	bool vectors =
		strcmp(tensor->name, "embedding") == 0 || strcmp(tensor->name, "context") == 0;
	enum wp_err err = wp_check_finite(from, tensor, data);
	if (!err || vectors)
		return err;
	if (strcmp(tensor->name, "targets") != 0)
		snprintf(job->warning, sizeof job->warning, "%s", wp_error_detail());
	return WP_OK;
}

enum wp_err wp_format_put(struct wp_writer *writer, struct wp_format_job *job,
	struct wp_tensor *tensor, const void *data, const char *from)
{
	const struct wp_strings *words = job->words;
	if (words && (tensor->rank == 0 || words->count != tensor->dim[0]))
		return wp_fail(WP_EMISMATCH, "%zu words for %llu rows", words->count,
			(unsigned long long)(tensor->rank ? tensor->dim[0] : 1));
	snprintf(tensor->name, sizeof tensor->name, "%s", tensor_name(job));
	enum wp_err err = check_numbers(job, tensor, data, from);
	if (!err && words)
		err = wp_writer_put_list(writer, "vocab", words);
	return err ? err : wp_writer_put(writer, tensor, data);
}

/* The first row of the words that has the word of row i: i itself, if it is new. */
static size_t first_with(const struct wp_vocab *vocab, size_t i)
{
	size_t length;
	const char *word = wp_strings_get(&vocab->tokens, i, &length);
	int32_t first = wp_vocab_find(vocab, word, length);
	return first >= 0 && (size_t)first < i ? (size_t)first : i;
}

/* "'word' comes twice (rows 3 and 7)". */
static void name_repeated(const struct wp_vocab *vocab, size_t i, char *text, size_t size)
{
	size_t length;
	const char *word = wp_strings_get(&vocab->tokens, i, &length);
	snprintf(text, size, "'%.*s' comes twice (rows %zu and %zu)",
		(int)(length < 40 ? length : 40), word, first_with(vocab, i) + 1, i + 1);
}

enum wp_err wp_format_check_words(struct wp_strings *words, const char *from)
{
	struct wp_vocab vocab;
	char text[128];
	enum wp_err err = wp_vocab_from_strings(&vocab, words, NULL);
	for (size_t i = 0; i < vocab.tokens.count && !err; i++)
		if (first_with(&vocab, i) != i) {
			name_repeated(&vocab, i, text, sizeof text);
			err = wp_fail(WP_ECORRUPT, "%s: %s", from, text);
		}
	*words = vocab.tokens; /* taken back */
	vocab.tokens = (struct wp_strings){0};
	wp_vocab_fini(&vocab);
	return err;
}

/* Say what was dropped. */
static void warn_of_repeated(struct wp_format_job *job, const struct wp_vocab *vocab,
	size_t first, size_t dropped, const char *from)
{
	char text[128], more[80] = "";
	name_repeated(vocab, first, text, sizeof text);
	if (dropped > 1)
		snprintf(more, sizeof more, ", as do %zu other words", dropped - 1);
	snprintf(job->warning, sizeof job->warning, "%.60s: %s%s: the first of them is kept",
		from, text, more);
}

enum wp_err wp_format_keep_first(struct wp_format_job *job, struct wp_strings *words,
	struct wp_tensor *tensor, void *data, const char *from)
{
	struct wp_vocab vocab;
	struct wp_strings kept = {0};
	size_t width, dropped = 0, first = 0;
	if (!wp_tensor_row_count(tensor, &width) || words->count != tensor->dim[0])
		return wp_fail(WP_EINVAL, "%s: %zu words for other rows", from, words->count);
	size_t bytes = width * wp_type_size(tensor->type);
	enum wp_err err = wp_vocab_from_strings(&vocab, words, NULL);
	for (size_t i = 0; i < vocab.tokens.count && !err; i++)
		if (first_with(&vocab, i) != i && dropped++ == 0)
			first = i;
	for (size_t i = 0; i < vocab.tokens.count && !err && dropped > 0; i++) {
		size_t length;
		const char *word = wp_strings_get(&vocab.tokens, i, &length);
		if (first_with(&vocab, i) != i)
			continue;
		memmove((char *)data + kept.count * bytes, (char *)data + i * bytes, bytes);
		err = wp_strings_add(&kept, word, length);
	}
	if (dropped > 0) {
		warn_of_repeated(job, &vocab, first, dropped, from);
		tensor->dim[0] = kept.count;
		*words = kept;
	} else {
		*words = vocab.tokens; /* taken back */
		vocab.tokens = (struct wp_strings){0};
	}
	wp_vocab_fini(&vocab);
	return err;
}

enum wp_err wp_format_take(struct wp_format_table *table, struct wp_reader *reader,
	const struct wp_format_job *job)
{
	const char *name = tensor_name(job);
	char columns[WP_NAME_SIZE + 16];
	snprintf(columns, sizeof columns, "%s.columns", name);
	const char *const names[] = {"vocab", name, columns, NULL};
	*table = (struct wp_format_table){0};
	enum wp_err err = wp_tensor_set_read(&table->set, reader, names);
	if (err)
		return err;
	const struct wp_strings *words = wp_tensor_set_strings(table->set, "vocab");
	const struct wp_tensor *found = wp_tensor_set_get(table->set, name, &table->data);
	table->strings = wp_tensor_set_strings(table->set, name);
	table->columns = wp_tensor_set_strings(table->set, columns);
	if (found)
		table->tensor = *found;
	else if (table->strings)
		table->tensor = (struct wp_tensor){
			.type = WP_STRING, .rank = 1, .dim = {table->strings->count}};
	else
		return wp_tensor_set_lacks(table->set, name);
	struct wp_tensor *t = &table->tensor;
	snprintf(t->name, sizeof t->name, "%s", name);
	if (words && t->rank > 0 && words->count == t->dim[0] && !job->no_words)
		table->words = words;
	if (t->rank > 0)
		t->dim[0] = wp_format_rows(job, t->dim[0]);
	return WP_OK;
}

void wp_format_table_fini(struct wp_format_table *table)
{
	wp_tensor_set_free(table->set);
	*table = (struct wp_format_table){0};
}
