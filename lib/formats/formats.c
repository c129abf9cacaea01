#include "formats/format.h"

#include <stdio.h>
#include <string.h>

/* The table: a line for each format, in the order in which ts-convert lists them. */
#define FORMATS(format) \
	format(npy) format(tsv) format(word2vec) format(word2vec_binary) format(glove) \
		format(cells) format(matrix_market)

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
	static const char *const names[] = {
		"type", "dim", "words", "no-words", "memory", "tmpdir"}; /* by bit */
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

enum wp_err wp_format_put(struct wp_writer *writer, struct wp_format_job *job,
	struct wp_tensor *tensor, const void *data)
{
	const struct wp_strings *words = job->words;
	if (words && words->count != tensor->dim[0])
		return wp_fail(WP_EMISMATCH, "%zu words for %llu rows", words->count,
			(unsigned long long)tensor->dim[0]);
	snprintf(tensor->name, sizeof tensor->name, "%s", tensor_name(job));
	enum wp_err err = words ? wp_writer_put_list(writer, "vocab", words) : WP_OK;
	return err ? err : wp_writer_put(writer, tensor, data);
}

enum wp_err wp_format_take(struct wp_format_table *table, struct wp_reader *reader,
	const struct wp_format_job *job)
{
	const char *name = tensor_name(job);
	const char *const names[] = {"vocab", name, NULL};
	*table = (struct wp_format_table){0};
	enum wp_err err = wp_tensor_set_read(&table->set, reader, names);
	if (err)
		return err;
	const struct wp_strings *words = wp_tensor_set_strings(table->set, "vocab");
	const struct wp_tensor *found = wp_tensor_set_get(table->set, name, &table->data);
	table->strings = wp_tensor_set_strings(table->set, name);
	if (found)
		table->tensor = *found;
	else if (table->strings)
		table->tensor = (struct wp_tensor){
			.type = WP_STRING, .rank = 1, .dim = {table->strings->count}};
	else
		return wp_fail(WP_EMISMATCH, "%s: no tensor '%s'%s",
			wp_tensor_set_name(table->set), name,
			job->tensor ? "" : "; --tensor names another");
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
