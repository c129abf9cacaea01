/* The body of wp_ascii_stops_fn.  (Internal.)  A file that includes it has defined
 * STOPS_KERNEL, the name, and included the functions of blocks. */
#include <string.h>

enum {
	S_UPPER = 1,
	S_LOWER = 2,
	S_DIGIT = 4,
	S_SPACE = 8,
	S_STOP = 16,
	S_MARK = 32,
	S_NEWLINE = 64,
	S_CLOSER = 128,
};

static const unsigned char stop_classes[128] = {
	['\n'] = S_NEWLINE,
	['\r'] = S_MARK,
	[' '] = S_SPACE,
	['!'] = S_MARK,
	['"'] = S_CLOSER,
	[')'] = S_CLOSER,
	['.'] = S_STOP,
	['0' ... '9'] = S_DIGIT,
	['?'] = S_MARK,
	['A' ... 'Z'] = S_UPPER,
	['a' ... 'z'] = S_LOWER,
};

/* Masks of a block. */
struct stop_masks {
	uint64_t letter, letter_or_digit, upper, closer, space, newline, stop, mark, high;
};

static inline struct stop_masks find_masks(const char *bytes, const unsigned char classes[128])
{
	struct block block = block_load(bytes), class = block_look_up(block, classes);
	return (struct stop_masks){
		.letter = block_any(class, S_UPPER | S_LOWER),
		.letter_or_digit = block_any(class, S_UPPER | S_LOWER | S_DIGIT),
		.upper = block_any(class, S_UPPER),
		.closer = block_any(class, S_CLOSER),
		.space = block_any(class, S_SPACE),
		.newline = block_any(class, S_NEWLINE),
		.stop = block_any(class, S_STOP),
		.mark = block_any(class, S_MARK),
		.high = block_high(block),
	};
}

void STOPS_KERNEL(const char *text, size_t n, bool semicolon, struct wp_ascii_stops *stops)
{
	unsigned char classes[128];
	memcpy(classes, stop_classes, sizeof classes);
	classes[';'] = semicolon ? S_MARK : 0;
	struct stop_masks before = {0}, now = {0}, next = {0};
	/* What is said of a block depends on both its neighbours. */
	for (size_t at = 0; at < n + WP_ASCII_BLOCK; at += WP_ASCII_BLOCK) {
		before = now;
		now = next;
		if (at >= n) {
			next = (struct stop_masks){0};
		} else if (n - at < WP_ASCII_BLOCK) {
			char padded[WP_ASCII_BLOCK] = {0};
			memcpy(padded, text + at, n - at);
			next = find_masks(padded, classes);
		} else {
			next = find_masks(text + at, classes);
		}
		if (at == 0)
			continue;
		uint64_t after_letter = now.letter << 1 | before.letter >> 63;
		uint64_t after_letters = after_letter & (now.letter << 2 | before.letter >> 62);
		uint64_t after_closer = now.closer << 1 | before.closer >> 63;
		uint64_t within = now.stop &
			(now.letter_or_digit << 1 | before.letter_or_digit >> 63) &
			(now.letter_or_digit >> 1 | next.letter_or_digit << 63);
		uint64_t usual = now.stop & (after_letters | after_closer) &
			(now.space >> 1 | next.space << 63) &
			(now.upper >> 2 | next.upper << 62);
		uint64_t at_end = now.newline >> 1 | next.newline << 63;
		*stops++ = (struct wp_ascii_stops){.usual = usual,
			.other = (((now.stop & ~within) | now.mark) & ~usual & ~at_end) |
				now.newline | now.high,
			.letters = now.letter};
	}
}
