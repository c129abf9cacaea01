#include "stream/format.h"

#include <string.h>

#include "base/memory.h"
#include "stream/crc.h"

/* A byte that is not ASCII, a CR LF and a lone LF: damage by text mode shows at once. */
static const unsigned char magic[8] = {0x89, 'T', 'S', 'T', '\r', '\n', 0x1a, '\n'};

enum { SIGNATURE_MAJOR = 8, SIGNATURE_MINOR = 10, SIGNATURE_ZERO = 12, SIGNATURE_CRC = 60 };

enum {
	KIND = 0,
	TYPE = 4,
	RANK = 5,
	CODEC = 6,
	FLAGS = 7,
	STORED = 8,
	DECODED = 16,
	FIRST = 24,
	DIMS = 32,
	NAME = 80,
	PAYLOAD_CRC = 120,
	HEADER_CRC = 124
};

enum { END_STATUS = 4, END_RECORDS = 8, END_BYTES = 16, END_REASON = 24 };

enum { FLAG_MORE = 1 };

static void put(unsigned char *to, uint64_t value, int bytes)
{
	for (int i = 0; i < bytes; i++)
		to[i] = (unsigned char)(value >> (8 * i));
}

static uint64_t get(const unsigned char *from, int bytes)
{
	uint64_t value = 0;
	for (int i = 0; i < bytes; i++)
		value |= (uint64_t)from[i] << (8 * i);
	return value;
}

uint32_t wp_get_u32(const unsigned char *from)
{
	return (uint32_t)get(from, 4);
}

void wp_put_u32(unsigned char *to, uint32_t value)
{
	put(to, value, 4);
}

/* Every header ends with the CRC of the bytes before it. */
static void seal(unsigned char *bytes, size_t size)
{
	wp_put_u32(bytes + size - 4, wp_crc32(0, bytes, size - 4));
}

static bool is_sealed(const unsigned char *bytes, size_t size)
{
	return wp_get_u32(bytes + size - 4) == wp_crc32(0, bytes, size - 4);
}

static bool all_zero(const unsigned char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (bytes[i])
			return false;
	return true;
}

void wp_signature_encode(unsigned char bytes[WP_SIGNATURE_SIZE])
{
	memset(bytes, 0, WP_SIGNATURE_SIZE);
	memcpy(bytes, magic, sizeof magic);
	put(bytes + SIGNATURE_MAJOR, WP_MAJOR, 2);
	put(bytes + SIGNATURE_MINOR, WP_MINOR, 2);
	seal(bytes, WP_SIGNATURE_SIZE);
}

bool wp_signature_matches(const void *bytes)
{
	return memcmp(bytes, magic, sizeof magic) == 0;
}

bool wp_signature_may_begin(const void *bytes, size_t size)
{
	return memcmp(bytes, magic, size < sizeof magic ? size : sizeof magic) == 0;
}

const char *wp_signature_decode(const unsigned char bytes[WP_SIGNATURE_SIZE])
{
	if (!wp_signature_matches(bytes))
		return "not a tensor stream";
	if (!is_sealed(bytes, WP_SIGNATURE_SIZE))
		return "signature is damaged";
	if (get(bytes + SIGNATURE_MAJOR, 2) != WP_MAJOR)
		return "a version of the format that this program does not know";
	return NULL;
}

void wp_header_encode(const struct wp_header *header, unsigned char bytes[WP_HEADER_SIZE])
{
	const struct wp_tensor *t = &header->tensor;
	memset(bytes, 0, WP_HEADER_SIZE);
	memcpy(bytes + KIND, "TREC", 4);
	bytes[TYPE] = (unsigned char)t->type;
	bytes[RANK] = (unsigned char)t->rank;
	bytes[CODEC] = (unsigned char)header->codec;
	bytes[FLAGS] = t->more ? FLAG_MORE : 0;
	put(bytes + STORED, header->stored, 8);
	put(bytes + DECODED, header->decoded, 8);
	put(bytes + FIRST, t->first, 8);
	for (int i = 0; i < t->rank; i++)
		put(bytes + DIMS + 8 * i, t->dim[i], 8);
	memcpy(bytes + NAME, t->name, strlen(t->name));
	wp_put_u32(bytes + PAYLOAD_CRC, header->crc);
	seal(bytes, WP_HEADER_SIZE);
}

/* Does the shape say as many bytes as the payload has?  Strings have at least their lengths. */
static bool sizes_agree(const struct wp_header *header)
{
	const struct wp_tensor *t = &header->tensor;
	size_t count, bytes;
	if (!wp_tensor_count(t, &count))
		return false;
	bool is_string = t->type == WP_STRING;
	size_t size = is_string ? WP_STRING_LENGTH_SIZE : wp_type_size(t->type);
	if (!wp_mulsize(count, size, &bytes))
		return false;
	return is_string ? bytes <= header->decoded : bytes == header->decoded;
}

const char *wp_header_decode(
	struct wp_header *header, const unsigned char bytes[WP_HEADER_SIZE])
{
	if (memcmp(bytes + KIND, "TREC", 4) != 0)
		return "no record begins here";
	if (!is_sealed(bytes, WP_HEADER_SIZE))
		return "record header is damaged";
	/* The CRC is right, so from here on the writer is to blame. */
	struct wp_tensor *t = &header->tensor;
	*header = (struct wp_header){.codec = (enum wp_codec)bytes[CODEC]};
	t->type = (enum wp_type)bytes[TYPE];
	t->rank = bytes[RANK];
	t->more = bytes[FLAGS] & FLAG_MORE;
	t->first = get(bytes + FIRST, 8);
	header->stored = get(bytes + STORED, 8);
	header->decoded = get(bytes + DECODED, 8);
	header->crc = wp_get_u32(bytes + PAYLOAD_CRC);
	if (t->type < WP_I8 || t->type > WP_STRING)
		return "unknown element type";
	if (t->rank > WP_RANK_MAX)
		return "rank is too high";
	if (header->codec > WP_DEFLATED)
		return "unknown compression";
	if (bytes[FLAGS] & ~FLAG_MORE)
		return "unknown flags";
	if (t->rank == 0 && (t->more || t->first))
		return "a scalar cannot come in slices";
	for (int i = 0; i < WP_RANK_MAX; i++)
		if (i < t->rank)
			t->dim[i] = get(bytes + DIMS + 8 * i, 8);
		else if (!all_zero(bytes + DIMS + 8 * i, 8))
			return "a dimension beyond the rank";
	memcpy(t->name, bytes + NAME, WP_NAME_SIZE);
	size_t length = strnlen(t->name, WP_NAME_SIZE);
	if (length == 0 || !all_zero(bytes + NAME + length, WP_NAME_SIZE - length) ||
		length == WP_NAME_SIZE)
		return "bad tensor name";
	if (!sizes_agree(header) ||
		(header->codec == WP_STORED && header->stored != header->decoded))
		return "shape and payload size do not agree";
	return NULL;
}

bool wp_is_end_record(const unsigned char bytes[WP_HEADER_SIZE])
{
	return memcmp(bytes + KIND, "TEND", 4) == 0;
}

void wp_end_encode(const struct wp_end *end, unsigned char bytes[WP_HEADER_SIZE])
{
	memset(bytes, 0, WP_HEADER_SIZE);
	memcpy(bytes + KIND, "TEND", 4);
	bytes[END_STATUS] = end->failed;
	put(bytes + END_RECORDS, end->records, 8);
	put(bytes + END_BYTES, end->bytes, 8);
	memcpy(bytes + END_REASON, end->reason, strnlen(end->reason, WP_REASON_SIZE - 1));
	seal(bytes, WP_HEADER_SIZE);
}

const char *wp_end_decode(struct wp_end *end, const unsigned char bytes[WP_HEADER_SIZE])
{
	if (!is_sealed(bytes, WP_HEADER_SIZE))
		return "end record is damaged";
	if (bytes[END_STATUS] > 1 || !all_zero(bytes + END_STATUS + 1, 3) ||
		bytes[END_REASON + WP_REASON_SIZE - 1])
		return "bad end record";
	*end = (struct wp_end){
		.failed = bytes[END_STATUS],
		.records = get(bytes + END_RECORDS, 8),
		.bytes = get(bytes + END_BYTES, 8),
	};
	memcpy(end->reason, bytes + END_REASON, WP_REASON_SIZE);
	return NULL;
}
