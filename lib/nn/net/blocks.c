/* Names in a network that are short for lists of nodes: an entry of the table at the end. */
#include <stdio.h>
#include <string.h>

#include "nn/layers/activation.h"
#include "nn/net/types.h"

/* ---- transformer: self-attention, attention to a source, and two dense layers, each added to
 * what it reads ---- */

enum { BEFORE, AFTER };
static const char *const places[] = {"before", "after", NULL};

struct transformer {
	size_t width, heads, hidden;
	bool causal, no_bias;
	int norm, function;
	double dropout;
};

/* A part between norm and sum. */
static int put_part(char *text, size_t size, const struct transformer *t, const char *separator,
	const char *part, const char *dropout)
{
	return snprintf(text, size, "%sresidual (%s%s%s)%s", separator,
		t->norm == BEFORE ? "norm, " : "", part, dropout,
		t->norm == AFTER ? ", norm" : "");
}

static int expand_transformer(
	const struct wp_nn_node *node, const char *memory, char *text, size_t size)
{
	const struct transformer *t = WP_NN_SETTINGS(node, struct transformer);
	const char *no_bias = t->no_bias ? " no-bias" : "";
	char dropout[48] = "", part[160];
	int n;
	if (t->dropout > 0)
		snprintf(dropout, sizeof dropout, ", dropout %.17g", t->dropout);
	snprintf(part, sizeof part, "attention %zu%s%s", t->heads, t->causal ? " causal" : "",
		no_bias);
	n = put_part(text, size, t, "", part, dropout);
	snprintf(part, sizeof part, "cross-attention %zu%s from %s", t->heads, no_bias, memory);
	if (*memory)
		n += put_part(text + n, size - (size_t)n, t, ", ", part, dropout);
	snprintf(part, sizeof part, "dense %zu %s%s, dense %zu%s",
		t->hidden ? t->hidden : 4 * t->width, wp_nn_functions[t->function], no_bias,
		t->width, no_bias);
	return n + put_part(text + n, size - (size_t)n, t, ", ", part, dropout);
}

#define AT(member) offsetof(struct transformer, member)
static const struct wp_setting transformer_settings[] = {
	WP_SET_SIZE(0, "width", AT(width), NULL, 1, 65536, "numbers of a row"),
	WP_SET_SIZE(0, "heads", AT(heads), NULL, 1, 1024, "of the attention"),
	WP_SET_SIZE(0, "hidden", AT(hidden), NULL, 0, 1048576,
		"units of the first dense layer; 0: four times the width"),
	WP_SET_FLAG(0, "causal", AT(causal), "attention to the steps before and itself alone"),
	WP_SET_CHOICE(0, "norm", AT(norm), NULL, places, "before each part, or after each sum"),
	WP_SET_CHOICE(0, "activation", AT(function), NULL, wp_nn_functions,
		"of the first dense layer"),
	WP_SET_REAL(0, "dropout", AT(dropout), NULL, 0, 0.999, "of what each part makes"),
	WP_SET_FLAG(0, "no-bias", AT(no_bias), "no biases but those of norms"),
	{.kind = WP_SETTING_END},
};
#undef AT
static const struct transformer transformer_defaults = {
	.width = 128, .heads = 4, .norm = BEFORE, .function = WP_NN_F_GELU};

static const struct wp_nn_type transformer = {.name = "transformer",
	.help = "a block of a Transformer: attention and dense layers (Vaswani et al. 2017)",
	.settings = transformer_settings,
	.defaults = &transformer_defaults,
	.settings_size = sizeof transformer_defaults,
	.expand = expand_transformer};

const struct wp_nn_type *const wp_nn_blocks[] = {&transformer, NULL};
