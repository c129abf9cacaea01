#include "formats/format.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "formats/dense.h"
#include "stream/row_kind.h"
#include "stream/element.h"
#include "text/vocab.h"

/* The table: a line for each format, in the order in which ts-convert lists them. */
/* clang-format off */
#define FORMATS(format) \
	format(auto) \
	format(npy) \
	format(npz) \
	format(safetensors) \
	format(tsv) \
	format(csv) \
	format(table) \
	format(jsonl) \
	format(word2vec) \
	format(word2vec_binary) \
	format(glove) \
	format(fasttext) \
	format(cells) \
	format(matrix_market) \
	format(svmlight) \
	format(glove_cooc) \
	format(conll) \
	format(conllu) \
	format(tokens)
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
		"tmpdir", "words", "columns", "targets", "label", "sequence", "rename", "vocab",
		"tags", "no-heading"}; /* by bit */
	for (int i = 0; i < (int)(sizeof names / sizeof *names); i++)
		if (given & ~heeded & 1U << i)
			return names[i];
	return NULL;
}

void wp_format_doubt_end(struct wp_format_job *job, struct wp_input *input)
{
	const char *data;
	size_t have;
	if (*job->warning || wp_input_offset(input) == 0 || wp_input_last(input) == '\n' ||
		wp_input_peek(input, 1, &data, &have) || have > 0)
		return;
	snprintf(job->warning, sizeof job->warning,
		"%.160s: ends without a line feed: is it cut?", wp_input_name(input));
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

/* Keep only the rows of the words of job->vocab: *data and *words are the caller's to free. */
static enum wp_err keep_words(const struct wp_format_job *job, const struct wp_strings *from,
	struct wp_tensor *tensor, const void *all, void **data, struct wp_strings *words)
{
	struct wp_vocab vocab = {.tokens = {0}};
	struct wp_strings list = {0};
	size_t width, kept = 0;
	*data = NULL;
	*words = (struct wp_strings){0};
	if (!wp_tensor_row_count(tensor, &width))
		return wp_fail(WP_EINVAL, "tensor '%s' is too large", tensor->name);
	size_t bytes = width * wp_type_size(tensor->type);
	enum wp_err err = wp_strings_add_all(&list, job->vocab);
	if (!err)
		err = wp_vocab_from_strings(&vocab, &list, NULL);
	if (!err)
		err = wp_alloc(data, (size_t)tensor->dim[0] * bytes + 1, 1, "rows of words");
	for (size_t i = 0; i < (size_t)tensor->dim[0] && !err; i++) {
		size_t length;
		const char *word = wp_strings_get(from, i, &length);
		if (wp_vocab_find(&vocab, word, length) < 0)
			continue;
		memcpy((char *)*data + kept++ * bytes, (const char *)all + i * bytes, bytes);
		err = wp_strings_add(words, word, length);
	}
	if (!err && kept == 0)
		err = wp_fail(WP_EMISMATCH, "tensor '%s': none of its %llu words is in \1vocab",
			tensor->name, (unsigned long long)tensor->dim[0]);
	tensor->dim[0] = kept;
	wp_vocab_fini(&vocab);
	return err;
}

enum wp_err wp_format_put(struct wp_writer *writer, struct wp_format_job *job,
	struct wp_tensor *tensor, const void *data, const char *from)
{
	const struct wp_strings *words = job->words;
	struct wp_strings kept = {0};
	void *own = NULL, *converted = NULL;
	if (words && (tensor->rank == 0 || words->count != tensor->dim[0]))
		return wp_fail(WP_EMISMATCH, "%zu words for %llu rows", words->count,
			(unsigned long long)(tensor->rank ? tensor->dim[0] : 1));
	snprintf(tensor->name, sizeof tensor->name, "%s", tensor_name(job));
	enum wp_err err = WP_OK;
	if (job->vocab && !words)
		err = wp_fail(WP_EMISMATCH, "tensor '%s' has no words for \1vocab to choose",
			tensor->name);
	else if (job->vocab) {
		err = keep_words(job, words, tensor, data, &own, &kept);
		words = &kept;
		data = own;
	}
	if (!err && job->convert && tensor->type != job->type) {
		err = wp_dense_retype(tensor, data, job->type, &converted);
		tensor->type = job->type;
		data = converted;
	}
	if (!err)
		err = check_numbers(job, tensor, data, from);
	if (!err && words)
		err = wp_writer_put_list(writer, "vocab", words);
	if (!err)
		err = wp_writer_put(writer, tensor, data);
	wp_strings_fini(&kept);
	free(own);
	free(converted);
	return err;
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

/* ---- The tensor to write ---- */

const char *const wp_format_embedding[] = {"embedding", NULL};

static bool ends_in(const char *name, const char *end)
{
	size_t n = strlen(name), m = strlen(end);
	return n > m && strcmp(name + n - m, end) == 0;
}

/* May its rows be words of `vocab`, and not those of a text or a series? */
static bool may_have_words(const char *name)
{
	enum wp_row_kind kind = wp_row_kind_of(name);
	return (kind == WP_ROW_WORD && strncmp(name, "target.", 7) != 0) ||
		kind == WP_ROW_UNKNOWN || (kind == WP_ROW_OWN && strcmp(name, "onehot") != 0);
}

static bool is_there(const struct wp_tensor_set *set, const char *name)
{
	const void *data;
	return wp_tensor_set_get(set, name, &data) || wp_tensor_set_strings(set, name) ||
		wp_dense_is_sparse(set, name);
}

/* The name of the tensor that is meant where none is said. */
static enum wp_err find_tensor(
	const struct wp_tensor_set *set, const char *const *usual, char name[WP_NAME_SIZE])
{
	for (const char *const *u = usual; *u; u++)
		if (is_there(set, *u)) {
			snprintf(name, WP_NAME_SIZE, "%s", *u);
			return WP_OK;
		}
	/* The only one that there is, of those that say something of others the only one alone.
	 */
	size_t found = 0;
	for (int beside = 0; beside < 2 && found == 0; beside++)
		for (size_t i = 0; i < wp_tensor_set_count(set); i++) {
			const char *candidate = wp_tensor_set_at(set, i)->name;
			size_t n = strlen(candidate);
			if (strcmp(candidate, "history") == 0 ||
				wp_row_is_beside(candidate) != beside)
				continue;
			snprintf(name, WP_NAME_SIZE, "%.*s",
				(int)(n - (ends_in(candidate, ".row") ? 4 : 0)), candidate);
			found++;
		}
	return found == 1 ? WP_OK : wp_tensor_set_lacks(set, *usual);
}

/* Names of its columns: those that stand beside it, or what they stand for. */
static enum wp_err name_columns(struct wp_format_table *table)
{
	const struct wp_tensor *t = &table->tensor;
	char columns[WP_NAME_SIZE + 16];
	snprintf(columns, sizeof columns, "%s.columns", t->name);
	table->columns = wp_tensor_set_strings(table->set, columns);
	if (table->columns || t->rank != 2)
		return WP_OK;
	enum wp_err err = wp_dense_columns(table->set, t->name, t->dim[1], &table->own_columns);
	table->columns = table->own_columns.count ? &table->own_columns : NULL;
	return err;
}

static enum wp_err take_rows(struct wp_format_table *table, const struct wp_format_job *job)
{
	struct wp_tensor *t = &table->tensor;
	void *kept, *converted;
	enum wp_err err = WP_OK;
	if (job->vocab && (!table->words || !table->data))
		return wp_fail(WP_EMISMATCH,
			"%s: tensor '%s' has no words for \1vocab to choose",
			wp_tensor_set_name(table->set), t->name);
	if (job->vocab) {
		err = keep_words(job, table->words, t, table->data, &kept, &table->own_words);
		free(table->own);
		table->data = table->own = kept;
		table->words = &table->own_words;
	}
	if (t->rank > 0)
		t->dim[0] = wp_format_rows(job, t->dim[0]);
	if (err || !job->convert || t->type == job->type)
		return err;
	err = wp_dense_retype(t, table->data, job->type, &converted);
	free(table->own);
	table->data = table->own = converted;
	t->type = job->type;
	return err;
}

enum wp_err wp_format_take(struct wp_format_table *table, struct wp_reader *reader,
	struct wp_format_job *job, const char *const *usual)
{
	char name[WP_NAME_SIZE];
	*table = (struct wp_format_table){0};
	enum wp_err err = wp_tensor_set_read(&table->set, reader, NULL);
	if (err)
		return err;
	if (job->tensor)
		snprintf(name, sizeof name, "%s", job->tensor);
	else if ((err = find_tensor(table->set, usual, name)))
		return err;
	const struct wp_strings *words = wp_tensor_set_strings(table->set, "vocab");
	const struct wp_tensor *found = wp_tensor_set_get(table->set, name, &table->data);
	table->strings = wp_tensor_set_strings(table->set, name);
	struct wp_tensor *t = &table->tensor;
	if (found)
		*t = *found;
	else if (table->strings)
		*t = (struct wp_tensor){
			.type = WP_STRING, .rank = 1, .dim = {table->strings->count}};
	else if (wp_dense_is_sparse(table->set, name)) {
		err = wp_dense_fill(table->set, name, 0,
			job->memory ? job->memory : (size_t)256 << 20, t, &table->own);
		table->data = table->own;
	} else
		return wp_tensor_set_lacks(table->set, name);
	if (err)
		return err;
	snprintf(t->name, sizeof t->name, "%s", name);
	snprintf(job->report, sizeof job->report, "%.100s: tensor '%s'",
		wp_tensor_set_name(table->set), name);
	if (words && t->rank > 0 && words->count == t->dim[0] && !job->no_words &&
		may_have_words(name))
		table->words = words;
	err = name_columns(table);
	return err ? err : take_rows(table, job);
}

void wp_format_table_fini(struct wp_format_table *table)
{
	wp_tensor_set_free(table->set);
	free(table->own);
	wp_strings_fini(&table->own_words);
	wp_strings_fini(&table->own_columns);
	*table = (struct wp_format_table){0};
}
