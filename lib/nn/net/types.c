#include "nn/net/types.h"

#include <string.h>

/* A type is a file in nn/layers or nn/outputs, which says all about it, and a line here. */
#define WP_NN_EACH_TYPE(X) \
	X(word_dropout) \
	X(embedding) \
	X(char_conv) \
	X(dropout) \
	X(elman) \
	X(jordan) \
	X(lstm) \
	X(peephole) \
	X(gru) \
	X(gru_reset_before) \
	X(window) \
	X(dense) \
	X(conv) \
	X(norm) \
	X(positions) \
	X(attention) \
	X(cross_attention) \
	X(highway) \
	X(noise) \
	X(log) \
	X(code) \
	X(gaussian) \
	X(add) \
	X(concat) \
	X(bridge) \
	X(decoder) \
	X(attend) \
	X(repeat) \
	X(pool) \
	X(attention_pool) \
	X(softmax) \
	X(sampled) \
	X(hierarchical) \
	X(crf) \
	X(squared_error) \
	X(multinomial)

#define DECLARE(id) extern const struct wp_nn_type wp_nn_##id##_type;
WP_NN_EACH_TYPE(DECLARE)
#define LIST(id) &wp_nn_##id##_type,
const struct wp_nn_type *const wp_nn_types[] = {WP_NN_EACH_TYPE(LIST) NULL};

const struct wp_nn_type *wp_nn_type_find(const char *name, size_t length)
{
	const struct wp_nn_type *const *const tables[] = {wp_nn_types, wp_nn_blocks};
	for (size_t k = 0; k < sizeof tables / sizeof *tables; k++)
		for (const struct wp_nn_type *const *t = tables[k]; *t; t++)
			if (strlen((*t)->name) == length &&
				memcmp((*t)->name, name, length) == 0)
				return *t;
	return NULL;
}
