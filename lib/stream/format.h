/* The bytes of tensor-stream(5), encoded and decoded one field at a time.  (Internal.) */
#ifndef WP_STREAM_FORMAT_H
#define WP_STREAM_FORMAT_H

#include "stream/tensor.h"

enum {
	WP_SIGNATURE_SIZE = 64,
	WP_HEADER_SIZE = 128, /* of a record, and of the end record */
	WP_ALIGN = 64,        /* payloads begin at multiples of it  */
	WP_REASON_SIZE = 100, /* of the end record's reason, with its NUL */
	WP_MAJOR = 1,         /* a reader refuses a newer major version */
	WP_MINOR = 0          /* and ignores a newer minor one          */
};

enum wp_codec {
	WP_STORED,
	WP_DEFLATED /* one zlib stream (RFC 1950) */
};

/* A record header as the file has it. */
struct wp_header {
	struct wp_tensor tensor;
	enum wp_codec codec;
	uint64_t stored;  /* payload bytes in the stream, padding not counted */
	uint64_t decoded; /* payload bytes after decompression                */
	uint32_t crc;     /* of the stored bytes                              */
};

struct wp_end {
	bool failed; /* the writer says that the stream is not whole */
	uint64_t records;
	uint64_t bytes; /* from the signature up to the end record */
	char reason[WP_REASON_SIZE];
};

void wp_signature_encode(unsigned char bytes[WP_SIGNATURE_SIZE]);
void wp_header_encode(const struct wp_header *header, unsigned char bytes[WP_HEADER_SIZE]);
void wp_end_encode(const struct wp_end *end, unsigned char bytes[WP_HEADER_SIZE]);

/* These return NULL, or what is wrong. */
const char *wp_signature_decode(const unsigned char bytes[WP_SIGNATURE_SIZE]);
const char *wp_header_decode(
	struct wp_header *header, const unsigned char bytes[WP_HEADER_SIZE]);
const char *wp_end_decode(struct wp_end *end, const unsigned char bytes[WP_HEADER_SIZE]);

/* Do the first bytes of a file (at least 8) look like a stream? */
bool wp_signature_matches(const void *bytes);

/* Could these be the first bytes of a stream, however few there are? */
bool wp_signature_may_begin(const void *bytes, size_t size);

bool wp_is_end_record(const unsigned char bytes[WP_HEADER_SIZE]);

/* Bytes of padding after a payload of `stored` bytes. */
static inline size_t wp_padding(uint64_t stored)
{
	return (size_t)(-stored & (WP_ALIGN - 1));
}

/* Strings on the wire: for each its length (u32), then all their bytes. */
enum { WP_STRING_LENGTH_SIZE = 4 };

uint32_t wp_get_u32(const unsigned char *from);
void wp_put_u32(unsigned char *to, uint32_t value);

#endif
