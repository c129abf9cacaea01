/* NumPy's files: what is read can be written, and reads back the same. */
#include <string.h>

#include "fuzz.h"
#include "formats/npy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wp_input *in;
	struct wp_output *out;
	struct wp_npy npy = {0}, again = {0};
	size_t count, length;
	must(wp_input_memory(&in, data, size, "memory") == WP_OK);
	if (wp_npy_read(&npy, in) == WP_OK) {
		fuzz_accepted++;
		must(wp_tensor_count(&npy.tensor, &count));
		must(wp_output_memory(&out) == WP_OK);
		enum wp_err err = npy.tensor.type == WP_STRING
			? wp_npy_write_strings(out, "x", &npy.strings, npy.strings.count)
			: wp_npy_write(out, &npy.tensor, npy.data);
		if (err) { /* bytes that are not UTF-8 */
			must(npy.tensor.type == WP_STRING);
			wp_output_discard(out);
			wp_npy_fini(&npy);
			wp_input_close(in);
			return 0;
		}
		const char *bytes = wp_output_collected(out, &length);
		struct wp_input *second;
		must(wp_input_memory(&second, bytes, length, "memory") == WP_OK);
		must(wp_npy_read(&again, second) == WP_OK);
		must(again.tensor.type == npy.tensor.type);
		if (npy.tensor.type == WP_STRING) /* written as a list */
			must(wp_strings_equal(&again.strings, &npy.strings));
		must(npy.tensor.type == WP_STRING ||
			(again.tensor.rank == npy.tensor.rank &&
				memcmp(again.tensor.dim, npy.tensor.dim,
					sizeof npy.tensor.dim) == 0));
		must(count == 0 || npy.tensor.type == WP_STRING ||
			memcmp(again.data, npy.data, count * wp_type_size(npy.tensor.type)) ==
				0);
		wp_npy_fini(&again);
		wp_input_close(second);
		wp_output_discard(out);
	}
	wp_npy_fini(&npy);
	wp_input_close(in);
	return 0;
}
