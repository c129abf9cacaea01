/* Streams of small lists for the C tests, written as fields: "ids=0 1 0", "vocab=a b".  A name
 * with "vocab" in it has strings, where "_" is an empty one; `counts`, shapes and numbers of
 * rows are i64, all others i32; "ids+=0 1" is a slice that others follow. */
#ifndef FIELDS_H
#define FIELDS_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "stream/writer.h"

#define FIELDS(...) ((const char *const[]){__VA_ARGS__, NULL})

static inline enum wp_err fields_put_words(
	struct wp_writer *writer, struct wp_tensor *tensor, const char *words)
{
	struct wp_strings list = {0};
	enum wp_err err = WP_OK;
	while (*words && !err) {
		size_t n = strcspn(words, " ");
		err = wp_strings_add(&list, words, *words == '_' ? 0 : n);
		words += n + (words[n] == ' ');
	}
	tensor->type = WP_STRING;
	tensor->dim[0] = list.count;
	if (!err)
		err = wp_writer_put_strings(writer, tensor, &list);
	wp_strings_fini(&list);
	return err;
}

static inline enum wp_err fields_put_numbers(
	struct wp_writer *writer, struct wp_tensor *tensor, const char *numbers)
{
	int64_t wide[16];
	int32_t narrow[16];
	size_t n = 0;
	for (char *end; *numbers; numbers = end, n++) {
		wide[n] = strtoll(numbers, &end, 10);
		narrow[n] = (int32_t)wide[n];
	}
	bool is_wide = strcmp(tensor->name, "counts") == 0 || strstr(tensor->name, ".shape") ||
		strstr(tensor->name, ".rows");
	tensor->type = is_wide ? WP_I64 : WP_I32;
	tensor->dim[0] = n;
	return wp_writer_put(
		writer, tensor, is_wide ? (const void *)wide : (const void *)narrow);
}

static inline enum wp_err fields_put(struct wp_writer *writer, const char *const *fields)
{
	enum wp_err err = WP_OK;
	for (; *fields && !err; fields++) {
		struct wp_tensor tensor = {.rank = 1};
		size_t n = strcspn(*fields, "+=");
		memcpy(tensor.name, *fields, n);
		tensor.more = (*fields)[n] == '+';
		const char *values = *fields + n + 1 + tensor.more;
		err = strstr(tensor.name, "vocab")
			? fields_put_words(writer, &tensor, values)
			: fields_put_numbers(writer, &tensor, values);
	}
	return err;
}

/* Write the fields as a stream to the file of that path. */
static inline enum wp_err fields_write(const char *path, const char *const *fields)
{
	struct wp_output *output;
	struct wp_writer *writer;
	enum wp_err err = wp_output_open(&output, path);
	if (!err)
		err = wp_writer_open(&writer, output, 0);
	if (!err)
		err = fields_put(writer, fields);
	return err ? err : wp_writer_finish(writer);
}

#endif
