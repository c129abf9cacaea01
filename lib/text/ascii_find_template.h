/* The body of wp_ascii_find_fn.  (Internal.)  A file that includes it has defined FIND_KERNEL,
 * the name, and included the functions of blocks. */
#include <string.h>

const char *FIND_KERNEL(const struct wp_ascii_marks *marks, const char *text, const char *end)
{
	while (text < end) {
		char padded[WP_ASCII_BLOCK + 1];
		const char *bytes = text;
		size_t left = (size_t)(end - text);
		if (left <= WP_ASCII_BLOCK) {
			memset(padded, ' ', sizeof padded);
			memcpy(padded, bytes, left);
			bytes = padded;
		}
		struct block block = block_load(bytes), next = block_load(bytes + 1);
		struct block first = block_look_up(block, marks->first);
		struct block second = block_look_up(next, marks->second);
		uint64_t found = block_any(block_and(first, second), 0xFF & ~WP_ASCII_RUN) |
			(block_any(first, WP_ASCII_RUN) & block_same(block, next)) |
			(block_any(first, 0xFF & ~WP_ASCII_RUN) & block_high(next)) |
			block_high(block);
		if (found)
			return text + __builtin_ctzll(found);
		text += left < WP_ASCII_BLOCK ? left : WP_ASCII_BLOCK;
	}
	return end;
}
