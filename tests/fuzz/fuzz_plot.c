/* Tables and streams that are to be drawn: whatever they hold, a picture or an error. */
#include <string.h>

#include "fuzz.h"
#include "plot/plot.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wp_input *in;
	struct wp_output *out;
	struct wp_plot_source source;
	if (size < 2)
		return 0;
	struct wp_plot_config config = {
		.style = {.width = 400, .height = 300, .columns = 40, .rows = 12}};
	config.style.text = data[1] & 4;
	config.style.dark = data[1] & 8;
	config.log_x = config.log_y = data[1] & 16;
	config.transpose = data[1] & 2;
	config.words = data[1] & 1 ? "a b" : NULL;
	config.arrows = data[1] & 2 ? "a b" : NULL;
	must(wp_input_memory(&in, data + 2, size - 2, "memory") == WP_OK);
	must(wp_output_memory(&out) == WP_OK);
	if (wp_plot_source_over(&source, in, "memory") == WP_OK) {
		enum wp_err err = wp_plot(out, &config, data[0] % 7 - 1, &source, 1);
		fuzz_accepted += err == WP_OK;
		must(err == WP_OK || *wp_error_detail());
		wp_plot_source_fini(&source);
	}
	wp_output_discard(out);
	return 0;
}
