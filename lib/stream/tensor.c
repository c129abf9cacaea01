#include "stream/tensor.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"

static const struct {
	const char *name;
	size_t size;
} types[] = {
	{"?", 0},
	[WP_I8] = {"i8", 1},
	[WP_U8] = {"u8", 1},
	[WP_I32] = {"i32", 4},
	[WP_I64] = {"i64", 8},
	[WP_F16] = {"f16", 2},
	[WP_BF16] = {"bf16", 2},
	[WP_F32] = {"f32", 4},
	[WP_F64] = {"f64", 8},
	[WP_STRING] = {"string", 0},
};

enum { TYPES = sizeof types / sizeof *types };

size_t wp_type_size(enum wp_type type)
{
	return (unsigned)type < TYPES ? types[type].size : 0;
}

bool wp_type_is_float(enum wp_type type)
{
	return type == WP_F16 || type == WP_BF16 || type == WP_F32 || type == WP_F64;
}

const char *wp_type_name(enum wp_type type)
{
	return types[(unsigned)type < TYPES ? type : 0].name;
}

bool wp_type_parse(const char *name, enum wp_type *type)
{
	for (int i = 1; i < TYPES; i++)
		if (strcmp(name, types[i].name) == 0) {
			*type = (enum wp_type)i;
			return true;
		}
	return false;
}

static struct wp_tensor whole(
	const char *name, enum wp_type type, int rank, const uint64_t *dim)
{
	struct wp_tensor t = {.type = type, .rank = rank};
	size_t length = strlen(name);
	memcpy(t.name, name, length < sizeof t.name ? length : sizeof t.name);
	for (int i = 0; i < rank; i++)
		t.dim[i] = dim[i];
	return t;
}

struct wp_tensor wp_tensor_scalar(const char *name, enum wp_type type)
{
	return whole(name, type, 0, NULL);
}

struct wp_tensor wp_tensor_1d(const char *name, enum wp_type type, uint64_t n)
{
	return whole(name, type, 1, (uint64_t[]){n});
}

struct wp_tensor wp_tensor_2d(const char *name, enum wp_type type, uint64_t n, uint64_t m)
{
	return whole(name, type, 2, (uint64_t[]){n, m});
}

struct wp_tensor wp_tensor_3d(
	const char *name, enum wp_type type, uint64_t n, uint64_t m, uint64_t k)
{
	return whole(name, type, 3, (uint64_t[]){n, m, k});
}

static bool product(const uint64_t *dim, int n, size_t *count)
{
	size_t total = 1;
	for (int i = 0; i < n; i++)
		if (dim[i] > SIZE_MAX || !wp_mulsize(total, (size_t)dim[i], &total))
			return false;
	*count = total;
	return true;
}

bool wp_tensor_count(const struct wp_tensor *tensor, size_t *count)
{
	return product(tensor->dim, tensor->rank, count);
}

bool wp_tensor_row_count(const struct wp_tensor *tensor, size_t *count)
{
	return product(tensor->dim + 1, tensor->rank ? tensor->rank - 1 : 0, count);
}

const char *wp_tensor_shape(const struct wp_tensor *tensor, char *text, size_t size)
{
	size_t used = (size_t)snprintf(text, size, "(");
	for (int i = 0; i < tensor->rank && used < size; i++)
		used += (size_t)snprintf(
			text + used, size - used, "%s%" PRIu64, i ? ", " : "", tensor->dim[i]);
	if (used < size)
		snprintf(text + used, size - used, ")");
	return text;
}
