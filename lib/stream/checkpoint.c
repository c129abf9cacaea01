#include "stream/checkpoint.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "stream/crc.h"
#include "stream/tensor_set.h"

struct wp_checkpoint {
	struct wp_tensor_set *set;
};

/* "w2v", "settings": a scalar of that name, to begin with. */
static struct wp_tensor tensor_of(const char *prefix, const char *what, enum wp_type type)
{
	struct wp_tensor tensor = wp_tensor_scalar("", type);
	snprintf(tensor.name, sizeof tensor.name, "%s.%s", prefix, what);
	return tensor;
}

uint32_t wp_checkpoint_sum(uint32_t checksum, const void *data, size_t count, size_t size)
{
	return data ? wp_crc32(checksum, data, count * size) : checksum;
}

/* Saving. */

enum wp_err wp_checkpoint_put_run(
	struct wp_writer *writer, const char *prefix, const char *settings, uint32_t checksum)
{
	struct wp_strings line = {0};
	const int64_t sum = checksum;
	struct wp_tensor tensor = tensor_of(prefix, "settings", WP_STRING);
	enum wp_err err = wp_strings_add(&line, settings, strlen(settings));
	if (!err)
		err = wp_writer_put_list(writer, tensor.name, &line);
	wp_strings_fini(&line);
	tensor = tensor_of(prefix, "checksum", WP_I64);
	return err ? err : wp_writer_put(writer, &tensor, &sum);
}

/* Loading. */

enum wp_err wp_checkpoint_mismatch(const struct wp_checkpoint *c, const char *why)
{
	return wp_fail(WP_EMISMATCH, "%s: not a checkpoint of this run: %s",
		wp_tensor_set_name(c->set), why);
}

enum wp_err wp_checkpoint_corrupt(const struct wp_checkpoint *c, const char *why)
{
	return wp_fail(
		WP_ECORRUPT, "%s: a damaged checkpoint: %s", wp_tensor_set_name(c->set), why);
}

/* Say where two lines part: long ones from the first word that differs. */
static enum wp_err other_settings(
	const struct wp_checkpoint *c, const char *saved, size_t length, const char *settings)
{
	enum { SHOWN = 160 };
	size_t from = 0, own = strlen(settings);
	for (size_t i = 0; i < length && i < own && saved[i] == settings[i]; i++)
		if (settings[i] == ' ')
			from = i + 1;
	if (length <= SHOWN && own <= SHOWN)
		from = 0;
	const char *dots = from > 0 ? "... " : "";
	int shown = length - from < SHOWN ? (int)(length - from) : SHOWN;
	return wp_fail(WP_EMISMATCH,
		"%s: not a checkpoint of this run: made by '%s%.*s', not by '%s%.*s'",
		wp_tensor_set_name(c->set), dots, shown, saved + from, dots, SHOWN,
		settings + from);
}

static enum wp_err check_run(const struct wp_checkpoint *c, const char *prefix,
	const char *settings, uint32_t checksum)
{
	struct wp_tensor tensor = tensor_of(prefix, "settings", WP_STRING);
	const struct wp_strings *line = wp_tensor_set_strings(c->set, tensor.name);
	if (!line || line->count != 1)
		return wp_checkpoint_mismatch(c, "no settings");
	size_t length;
	const char *saved = wp_strings_get(line, 0, &length);
	if (length != strlen(settings) || memcmp(saved, settings, length) != 0)
		return other_settings(c, saved, length, settings);

	const void *data;
	int64_t sum;
	tensor = tensor_of(prefix, "checksum", WP_I64);
	if (!wp_tensor_set_get(c->set, tensor.name, &data))
		return WP_OK;
	enum wp_err err = wp_checkpoint_get(c, &tensor, &data);
	if (err)
		return err;
	memcpy(&sum, data, sizeof sum);
	return sum == (int64_t)checksum
		? WP_OK
		: wp_checkpoint_mismatch(c, "the input is not the same");
}

enum wp_err wp_checkpoint_read(struct wp_checkpoint **checkpoint, struct wp_reader *reader,
	const char *prefix, const char *settings, uint32_t checksum)
{
	struct wp_checkpoint *c;
	enum wp_err err = wp_alloc(&c, 1, sizeof *c, "checkpoint");
	*checkpoint = NULL;
	if (err) {
		wp_reader_close(reader);
		return err;
	}
	err = wp_tensor_set_read(&c->set, reader, NULL);
	if (!err)
		err = check_run(c, prefix, settings, checksum);
	if (err)
		wp_checkpoint_free(c);
	else
		*checkpoint = c;
	return err;
}

void wp_checkpoint_free(struct wp_checkpoint *c)
{
	if (!c)
		return;
	wp_tensor_set_free(c->set);
	free(c);
}

/* The first number that is not finite, or count. */
static size_t not_finite(enum wp_type type, const void *data, size_t count)
{
	size_t i = 0;
	if (type == WP_F32)
		while (i < count && isfinite(((const float *)data)[i]))
			i++;
	else if (type == WP_F64)
		while (i < count && isfinite(((const double *)data)[i]))
			i++;
	else if (type == WP_F16)
		while (i < count && (((const uint16_t *)data)[i] & 0x7c00) != 0x7c00)
			i++;
	else
		return count;
	return i;
}

enum wp_err wp_checkpoint_get(
	const struct wp_checkpoint *c, const struct wp_tensor *want, const void **data)
{
	const struct wp_tensor *have = wp_tensor_set_get(c->set, want->name, data);
	char why[96];
	size_t count, bad;
	if (!have || have->type != want->type || have->rank != want->rank ||
		memcmp(have->dim, want->dim, sizeof have->dim) != 0 ||
		!wp_tensor_count(have, &count)) {
		snprintf(why, sizeof why, "no '%s' that fits", want->name);
		return wp_checkpoint_mismatch(c, why);
	}
	bad = not_finite(have->type, *data, count);
	if (bad < count) {
		snprintf(why, sizeof why, "number %zu of '%s' is not finite", bad, want->name);
		return wp_checkpoint_corrupt(c, why);
	}
	return WP_OK;
}
