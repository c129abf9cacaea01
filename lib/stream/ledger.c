#include "stream/ledger.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

struct wp_ledger_entry {
	struct wp_tensor tensor; /* of the first slice */
	uint64_t rows;
	bool closed;
};

void wp_ledger_fini(struct wp_ledger *ledger)
{
	free(ledger->entries);
	free(ledger->slots);
	*ledger = (struct wp_ledger){0};
}

void wp_ledger_clear(struct wp_ledger *ledger)
{
	ledger->count = ledger->open = 0;
	if (ledger->slots)
		memset(ledger->slots, 0, ledger->slot_count * sizeof *ledger->slots);
}

/* FNV-1a. */
static size_t hash(const char *name)
{
	uint64_t h = 0xcbf29ce484222325u;
	for (; *name; name++)
		h = (h ^ (unsigned char)*name) * 0x100000001b3u;
	return (size_t)(h ^ h >> 32);
}

/* The slot where the name is, or where it would go. */
static uint32_t *find_slot(const struct wp_ledger *ledger, const char *name)
{
	size_t i = hash(name) & (ledger->slot_count - 1);
	while (ledger->slots[i] &&
		strcmp(ledger->entries[ledger->slots[i] - 1].tensor.name, name))
		i = (i + 1) & (ledger->slot_count - 1);
	return &ledger->slots[i];
}

static enum wp_err widen(struct wp_ledger *ledger)
{
	size_t wanted = ledger->slot_count ? 2 * ledger->slot_count : 32;
	uint32_t *slots;
	enum wp_err err = wp_alloc(&slots, wanted, sizeof *slots, "list of tensors");
	if (err)
		return err;
	free(ledger->slots);
	ledger->slots = slots;
	ledger->slot_count = wanted;
	for (size_t i = 0; i < ledger->count; i++)
		*find_slot(ledger, ledger->entries[i].tensor.name) = (uint32_t)i + 1;
	return WP_OK;
}

static const struct wp_ledger_entry *find(const struct wp_ledger *ledger, const char *name)
{
	uint32_t *slot = ledger->count ? find_slot(ledger, name) : NULL;
	return slot && *slot ? &ledger->entries[*slot - 1] : NULL;
}

uint64_t wp_ledger_rows(const struct wp_ledger *ledger, const char *name)
{
	const struct wp_ledger_entry *entry = find(ledger, name);
	return entry ? entry->rows : 0;
}

bool wp_ledger_has(const struct wp_ledger *ledger, const char *name)
{
	return find(ledger, name) != NULL;
}

static const char *mismatch(const struct wp_ledger_entry *entry, const struct wp_tensor *tensor)
{
	const struct wp_tensor *before = &entry->tensor;
	if (entry->closed)
		return "a second tensor of that name";
	if (before->type != tensor->type || before->rank != tensor->rank ||
		memcmp(before->dim + 1, tensor->dim + 1,
			sizeof before->dim - sizeof *before->dim))
		return "slices differ in type or shape";
	if (tensor->first != entry->rows || entry->rows + tensor->dim[0] < entry->rows)
		return "a slice is missing or out of order";
	return NULL;
}

enum wp_err wp_ledger_enter(
	struct wp_ledger *ledger, const struct wp_tensor *tensor, const char **wrong)
{
	enum wp_err err = WP_OK;
	*wrong = NULL;
	if (2 * (ledger->count + 1) > ledger->slot_count)
		err = widen(ledger);
	if (!err)
		err = wp_grow(&ledger->entries, &ledger->room, ledger->count + 1,
			sizeof *ledger->entries, "list of tensors");
	if (err)
		return err;
	uint32_t *slot = find_slot(ledger, tensor->name);
	if (!*slot) {
		if (tensor->first != 0)
			*wrong = "its first slice is missing";
		else if (ledger->count == WP_TENSORS_MAX)
			*wrong = "more tensors than a stream may have";
		if (*wrong)
			return WP_ECORRUPT;
		ledger->entries[ledger->count++] = (struct wp_ledger_entry){.tensor = *tensor};
		*slot = (uint32_t)ledger->count;
		ledger->open++;
	} else if ((*wrong = mismatch(&ledger->entries[*slot - 1], tensor)))
		return WP_ECORRUPT;
	ledger->last = *slot - 1;
	struct wp_ledger_entry *entry = &ledger->entries[*slot - 1];
	entry->rows += tensor->rank ? tensor->dim[0] : 1;
	entry->closed = !tensor->more;
	ledger->open -= entry->closed;
	return WP_OK;
}

const char *wp_ledger_open_name(const struct wp_ledger *ledger)
{
	for (size_t i = 0; ledger->open && i < ledger->count; i++)
		if (!ledger->entries[i].closed)
			return ledger->entries[i].tensor.name;
	return NULL;
}
