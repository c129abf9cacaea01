/* Mutants of tensor streams that come past the checksums: headers, shapes, names, numbers and
 * strings are changed, records left out, repeated and exchanged, and all checksums put right.
 */
#include <string.h>
#include <zlib.h>

#include "fuzz.h"
#include "stream/format.h"

unsigned long fuzz_accepted;

static void put_crc(uint8_t *at, const uint8_t *data, size_t size)
{
	wp_put_u32(at, (uint32_t)crc32(crc32(0, NULL, 0), data, (uInt)size));
}

void fuzz_repair(uint8_t *data, size_t size)
{
	if (size < WP_SIGNATURE_SIZE)
		return;
	put_crc(data + 60, data, 60);
	for (size_t at = WP_SIGNATURE_SIZE; size - at >= WP_HEADER_SIZE;) {
		uint8_t *head = data + at, *payload = head + WP_HEADER_SIZE;
		uint64_t stored = wp_get_u32(head + 8) | (uint64_t)wp_get_u32(head + 12) << 32;
		size_t left = size - at - WP_HEADER_SIZE;
		bool is_end = wp_is_end_record(head);
		bool whole = !is_end && stored <= left && wp_padding(stored) <= left - stored;
		if (whole)
			put_crc(head + 120, payload, (size_t)stored);
		put_crc(head + 124, head, 124);
		if (!is_end && !whole)
			return;
		at += WP_HEADER_SIZE + (is_end ? 0 : (size_t)stored + wp_padding(stored));
		if (is_end && size - at >= WP_SIGNATURE_SIZE) {
			put_crc(data + at + 60, data + at, 60);
			at += WP_SIGNATURE_SIZE;
		}
	}
}

static uint32_t state;

static uint32_t below(uint32_t n)
{
	state = state * 1664525 + 1013904223;
	return n ? (state >> 8) % n : 0;
}

/* Numbers at which code goes wrong. */
static uint64_t odd_number(void)
{
	static const uint64_t numbers[] = {0, 1, 2, 3, 7, 255, 65536, 0x7FFFFFFF, 0x80000000,
		0xFFFFFFFF, 0x100000000, 0x7FFFFFFFFFFFFFFF, 0x8000000000000000,
		0xFFFFFFFFFFFFFFFF, 0x3FF0000000000000, 0x7FF0000000000000, 0x7FF8000000000000,
		0x7F8000007F800000, 0x7FC000007FC00000, 0x3F800000BF800000};
	uint64_t n = numbers[below(sizeof numbers / sizeof *numbers)];
	return below(4) ? n : n + below(5) - 2;
}

static void put_number(uint8_t *at, uint64_t n, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++, n >>= 8)
		at[i] = (uint8_t)n;
}

struct place {
	size_t at, size; /* of a record with its payload */
};
enum { MOST_RECORDS = 256 };

static size_t find_records(const uint8_t *data, size_t size, struct place *place)
{
	size_t n = 0;
	for (size_t at = WP_SIGNATURE_SIZE;
		n < MOST_RECORDS && at <= size && size - at >= WP_HEADER_SIZE;) {
		const uint8_t *head = data + at;
		uint64_t stored = wp_get_u32(head + 8) | (uint64_t)wp_get_u32(head + 12) << 32;
		size_t left = size - at - WP_HEADER_SIZE;
		if (wp_is_end_record(head) || stored > left ||
			wp_padding(stored) > left - stored)
			break;
		size_t whole = WP_HEADER_SIZE + (size_t)stored + wp_padding(stored);
		place[n++] = (struct place){at, whole};
		at += whole;
	}
	return n;
}

size_t fuzz_end(uint8_t *data, size_t size)
{
	struct place place[MOST_RECORDS];
	memset(data + size, 0, FUZZ_END);
	memcpy(data + size, "TEND", 4);
	put_number(data + size + 8, find_records(data, size, place), 8);
	put_number(data + size + 16, size, 8);
	fuzz_repair(data, size + FUZZ_END);
	return FUZZ_END;
}

static void change_header(uint8_t *head)
{
	switch (below(6)) {
	case 0: /* type, rank, encoding, more */
		head[4 + below(4)] = (uint8_t)below(12);
		break;
	case 1: /* stored, decoded, first */
		put_number(head + 8 + 8 * below(3), odd_number(), 8);
		break;
	case 2: /* a dimension */
		put_number(head + 32 + 8 * below(6), odd_number(), 8);
		break;
	case 3: /* one more or less of it */
		head[32 + 8 * below(6)] ^= (uint8_t)(1 << below(3));
		break;
	case 4: /* the name */
		head[80 + below(40)] = (uint8_t)below(256);
		break;
	default:
		head[below(124)] ^= (uint8_t)(1 << below(8));
	}
}

static void change_payload(uint8_t *payload, size_t size)
{
	size_t bytes = (size_t)1 << below(4);
	if (size < bytes)
		return;
	size_t at = below((uint32_t)(size / bytes)) * bytes;
	if (below(3))
		put_number(payload + at, odd_number(), bytes);
	else
		LLVMFuzzerMutate(payload + at, bytes, bytes);
}

/* A record left out, repeated, or moved before another; the new size. */
static size_t move_records(
	uint8_t *data, size_t size, size_t room, const struct place *place, size_t n)
{
	struct place a = place[below((uint32_t)n)], b = place[below((uint32_t)n)];
	size_t rest = size - a.at - a.size;
	uint8_t *copy;
	switch (below(3)) {
	case 0:
		memmove(data + a.at, data + a.at + a.size, rest);
		return size - a.size;
	case 1:
		if (room - size < a.size)
			return size;
		memmove(data + a.at + a.size, data + a.at, rest + a.size);
		return size + a.size;
	default:
		copy = malloc(a.size);
		must(copy != NULL);
		memcpy(copy, data + a.at, a.size);
		if (b.at < a.at) {
			memmove(data + b.at + a.size, data + b.at, a.at - b.at);
			memcpy(data + b.at, copy, a.size);
		}
		free(copy);
		return size;
	}
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t room, unsigned seed)
{
	/* Some targets take a byte of their own before the stream. */
	size_t skip = size > 64 && memcmp(data + 1, "\x89TST", 4) == 0;
	struct place place[MOST_RECORDS];
	state = seed * 2654435761U + 1;
	if (size < 64 || memcmp(data + skip, "\x89TST", 4) != 0 || below(16) == 0)
		return LLVMFuzzerMutate(data, size, room);
	if (skip && below(8) == 0)
		data[0] ^= (uint8_t)(1 << below(8));
	uint8_t *stream = data + skip;
	for (uint32_t i = 1 + below(3); i > 0; i--) {
		size_t n = find_records(stream, size - skip, place);
		if (n == 0)
			break;
		struct place p = place[below((uint32_t)n)];
		uint32_t what = below(8);
		if (what < 2)
			change_header(stream + p.at);
		else if (what < 7)
			change_payload(stream + p.at + WP_HEADER_SIZE, p.size - WP_HEADER_SIZE);
		else
			size = skip + move_records(stream, size - skip, room - skip, place, n);
	}
	/* The end record counts records and bytes: most mutants should come past it. */
	size_t n = find_records(stream, size - skip, place);
	size_t end = n ? place[n - 1].at + place[n - 1].size : WP_SIGNATURE_SIZE;
	if (size - skip - end >= WP_HEADER_SIZE && wp_is_end_record(stream + end) &&
		below(8) != 0) {
		put_number(stream + end + 8, n, 8);
		put_number(stream + end + 16, end, 8);
	}
	fuzz_repair(stream, size - skip);
	return size;
}
