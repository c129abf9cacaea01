#include "embed/cooc_run.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum { MOST_BYTES = 20 }; /* of two numbers */

/* ---- Packing ---- */

void wp_cooc_packer_begin(struct wp_cooc_packer *p, struct wp_spool *spool)
{
	p->spool = spool;
	p->row = p->col = 0;
	p->used = 0;
}

static inline uint8_t *put_number(uint8_t *to, uint64_t x)
{
	for (; x >= 0x80; x >>= 7)
		*to++ = (uint8_t)(x | 0x80);
	*to++ = (uint8_t)x;
	return to;
}

static enum wp_err flush(struct wp_cooc_packer *p)
{
	size_t used = p->used;
	p->used = 0;
	return wp_spool_append(p->spool, p->buffer, used);
}

/* Two numbers, which always belong together. */
static inline enum wp_err put_pair(struct wp_cooc_packer *p, uint64_t a, uint64_t b)
{
	enum wp_err err = p->used > sizeof p->buffer - MOST_BYTES ? flush(p) : WP_OK;
	uint8_t *end = put_number(put_number(p->buffer + p->used, a), b);
	p->used = (size_t)(end - p->buffer);
	return err;
}

enum wp_err wp_cooc_pack(struct wp_cooc_packer *p, int32_t row, size_t count,
	const int32_t *col, const uint64_t *sum)
{
	enum wp_err err = put_pair(p, (uint64_t)(row - p->row), count);
	int32_t last = row == p->row ? p->col : 0;
	for (size_t i = 0; i < count && !err; i++) {
		err = put_pair(p, (uint64_t)(col[i] - last), sum[i]);
		last = col[i];
	}
	p->row = row;
	p->col = last;
	return err;
}

enum wp_err wp_cooc_packer_end(struct wp_cooc_packer *p)
{
	return flush(p);
}

/* ---- Unpacking ---- */

enum wp_err wp_cooc_unpacker_init(struct wp_cooc_unpacker *run, const struct wp_spool *spool,
	uint64_t begin, uint64_t end, size_t room)
{
	*run = (struct wp_cooc_unpacker){
		.spool = spool, .next = begin, .end = end, .room = room};
	enum wp_err err = wp_alloc(&run->buffer, room, 1, "buffer of a run");
	return err ? err : wp_cooc_unpacker_next(run);
}

void wp_cooc_unpacker_fini(struct wp_cooc_unpacker *run)
{
	free(run->buffer);
	run->buffer = NULL;
}

/* Have the next two numbers in the buffer, or whatever the run still has. */
static enum wp_err fill(struct wp_cooc_unpacker *run)
{
	run->have -= run->at;
	memmove(run->buffer, run->buffer + run->at, run->have);
	run->at = 0;
	size_t want = run->room - run->have;
	if (want > run->end - run->next)
		want = (size_t)(run->end - run->next);
	enum wp_err err =
		wp_spool_read_at(run->spool, run->next, run->buffer + run->have, want);
	if (err)
		return err;
	run->next += want;
	run->have += want;
	return WP_OK;
}

static inline bool get_number(struct wp_cooc_unpacker *run, uint64_t *x)
{
	*x = 0;
	for (int shift = 0; run->at < run->have && shift < 64; shift += 7) {
		uint8_t byte = run->buffer[run->at++];
		*x |= (uint64_t)(byte & 0x7f) << shift;
		if (byte < 0x80)
			return true;
	}
	return false;
}

static inline enum wp_err get_pair(struct wp_cooc_unpacker *run, uint64_t *a, uint64_t *b)
{
	if (run->have - run->at < MOST_BYTES && run->next < run->end) {
		enum wp_err err = fill(run);
		if (err)
			return err;
	}
	/* Only somebody else who writes to our file makes this fail. */
	return get_number(run, a) && get_number(run, b)
		? WP_OK
		: wp_fail(WP_EIO, "temporary file: damaged");
}

enum wp_err wp_cooc_unpack(
	struct wp_cooc_unpacker *run, size_t n, int32_t *col, uint64_t *sum, size_t *count)
{
	*count = 0;
	n = n < run->cells ? n : run->cells;
	for (size_t i = 0; i < n; i++) {
		uint64_t step;
		enum wp_err err = get_pair(run, &step, &sum[i]);
		if (err)
			return err;
		col[i] = run->col += (int32_t)step;
	}
	run->cells -= n;
	*count = n;
	return WP_OK;
}

enum wp_err wp_cooc_unpacker_next(struct wp_cooc_unpacker *run)
{
	uint64_t step, cells = 0;
	if (run->at == run->have && run->next == run->end) {
		run->row = INT32_MAX;
		return WP_OK;
	}
	enum wp_err err = get_pair(run, &step, &cells);
	if (err)
		return err;
	run->row += (int32_t)step;
	run->cells = (size_t)cells;
	if (step > 0)
		run->col = 0;
	return WP_OK;
}
