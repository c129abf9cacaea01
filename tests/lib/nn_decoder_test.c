/* A network one step at a time: all sizes, and sequences side by side.  Every type steps in
 * nn_types_test.c. */
#define _GNU_SOURCE /* setenv */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/cpu.h"
#include "math/blas.h"
#include "nn_steps.h"

static const char *const isa_names[] = {"plain", "avx2", "avx512"};

/* Every number of panels and of vectors in the last one. */
static void every_size(void)
{
	struct wp_nn_config c;
	wp_nn_config_default(&c);
	for (int hidden = 1; hidden < 300; hidden += 23) {
		char what[40];
		c.hidden = hidden;
		c.inputs = c.outputs = 2 + (size_t)hidden % 97;
		snprintf(what, sizeof what, "%d units, %zu classes", hidden, c.outputs);
		agree(what, &c);
	}
}

/* Past its context, a network knows the later half of it, and what came since. */
static void past_the_context(void)
{
	enum { CONTEXT = 7, KEPT = 3, TOKENS = 40 };
	struct wp_nn_config c;
	struct wp_nn_model m;
	struct wp_nn_decoder *s;
	wp_nn_config_default(&c);
	c.net = "embedding 8, positions 7, transformer 8 heads=2 causal, elman 5, softmax";
	c.inputs = c.outputs = 10;
	if (make_model(&m, &c, "", 0.5f) || wp_nn_decoder_create(&s, &m, 2)) {
		ok(false, "%s", wp_error_detail());
		return;
	}
	bool right = true;
	for (int t = 0, begin = 0; t < TOKENS; t++) {
		if (t - begin == CONTEXT)
			begin = t - KEPT;
		wp_nn_decoder_token(s, 0, t * t % 10);
		wp_nn_decoder_reset(s, 1);
		for (int i = begin; i <= t; i++)
			wp_nn_decoder_token(s, 1, i * i % 10);
		right &= memcmp(wp_nn_decoder_output(s, 0), wp_nn_decoder_output(s, 1),
				 10 * sizeof(float)) == 0;
		if (t % 5 == 0) /* a copy takes all along */
			wp_nn_decoder_copy(s, 0, 1);
	}
	ok(right, "past its context it begins anew with the later half");
	wp_nn_decoder_free(s);
	wp_nn_model_fini(&m);
}

static void lanes_are_apart(void)
{
	struct wp_nn_config c;
	struct wp_nn_model m;
	struct wp_nn_decoder *s;
	wp_nn_config_default(&c);
	c.inputs = c.outputs = 10;
	c.hidden = 8;
	c.layers = 2;
	if (make_model(&m, &c, "", 0.5f) || wp_nn_decoder_create(&s, &m, 3)) {
		ok(false, "%s", wp_error_detail());
		return;
	}
	float first[10];
	size_t size = sizeof first;
	wp_nn_decoder_token(s, 0, 4);
	memcpy(first, wp_nn_decoder_output(s, 0), size);
	wp_nn_decoder_copy(s, 2, 0);
	wp_nn_decoder_token(s, 0, 5);
	ok(memcmp(first, wp_nn_decoder_output(s, 2), size) == 0, "a copy stays behind");
	ok(memcmp(first, wp_nn_decoder_output(s, 0), size) != 0, "what was copied goes on");
	wp_nn_decoder_token(s, 2, 5);
	ok(memcmp(wp_nn_decoder_output(s, 0), wp_nn_decoder_output(s, 2), size) == 0,
		"the same step from a copy: the same outputs");
	wp_nn_decoder_reset(s, 0);
	wp_nn_decoder_token(s, 0, 4);
	ok(memcmp(first, wp_nn_decoder_output(s, 0), size) == 0,
		"after a reset it begins anew");
	wp_nn_decoder_free(s);
	wp_nn_model_fini(&m);

	c.bidirectional = true;
	c.task = WP_NN_TAG;
	if (make_model(&m, &c, "", 0.5f)) {
		ok(false, "%s", wp_error_detail());
		return;
	}
	ok(wp_nn_decoder_create(&s, &m, 1) == WP_EINVAL && !s,
		"a bidirectional network is refused");
	wp_nn_model_fini(&m);
}

int main(void)
{
	if (wp_blas_start(4))
		return 1;
	for (enum wp_isa isa = WP_ISA_PLAIN; isa <= WP_ISA_AVX512; isa++) {
		setenv("WORDPIPE_ISA", isa_names[isa], 1);
		if (wp_cpu_isa() != isa) {
			skip("not on this machine", "%s", isa_names[isa]);
			continue;
		}
		printf("# %s\n", isa_names[isa]);
		every_size();
	}
	lanes_are_apart();
	past_the_context();
	return done_testing();
}
