/* Any format that the first bytes of a file tell. */
#include <stdio.h>
#include <string.h>

#include "formats/format.h"
#include "stream/kind.h"

static const struct wp_format *find_format(const char *name)
{
	for (const struct wp_format *const *f = wp_formats; *f && name; f++)
		if (strcmp((*f)->name, name) == 0)
			return *f;
	return NULL;
}

static enum wp_err read_format(
	struct wp_writer *writer, struct wp_input *input, struct wp_format_job *job)
{
	enum { LOOKED_AT = 4096 };
	const char *data;
	size_t have;
	enum wp_err err = wp_input_peek(input, LOOKED_AT, &data, &have);
	if (err)
		return err;
	const struct wp_kind *kind = wp_kind_of(data, have);
	const struct wp_format *format = kind ? find_format(kind->format) : NULL;
	if (!format)
		return wp_kind_refuse(input, kind, "a file whose format its first bytes tell");
	if (!format->is_binary && (err = wp_input_expect_text(input)))
		return err;
	job->no_heading |= wp_kind_is_bare(kind);
	err = format->read(writer, input, job);
	if (!format->is_binary)
		wp_format_doubt_end(job, input);
	char warning[sizeof job->warning];
	memcpy(warning, job->warning, sizeof warning);
	snprintf(job->warning, sizeof job->warning, "%.80s: taken for %s%s%s%.120s",
		wp_input_name(input), format->name,
		wp_kind_is_bare(kind) ? " without a heading" : "", *warning ? "; " : "",
		warning);
	return err;
}

const struct wp_format wp_format_auto = {
	.name = "auto",
	.is_binary = true,
	.read = read_format,
};
