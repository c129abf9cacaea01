#include "formats/text.h"

#include <string.h>

/* A list of i32 and the names that its elements stand for; false where there is none. */
static bool take_list(const struct wp_tensor_set *set, const char *name, const char *names,
	const int32_t **data, const struct wp_strings **list, size_t *count)
{
	const void *elements;
	const struct wp_tensor *t = wp_tensor_set_get(set, name, &elements);
	*list = wp_tensor_set_strings(set, names);
	if (!t || t->type != WP_I32 || t->rank != 1)
		return false;
	*data = elements;
	*count = (size_t)t->dim[0];
	return true;
}

static void take_targets(struct wp_format_text *x, const struct wp_tensor_set *set)
{
	const struct wp_strings *own, *none;
	size_t targets;
	if (take_list(set, "target.ids", "target.vocab", &x->target_id, &own,
		    &x->target_tokens) &&
		take_list(set, "target.lengths", "target.lengths", &x->target_length, &none,
			&targets) &&
		targets == x->sentences)
		x->target_vocab = own ? own : x->vocab;
}

bool wp_format_text_take(struct wp_format_text *x, const struct wp_tensor_set *set)
{
	const struct wp_strings *none;
	size_t labels, tags;
	*x = (struct wp_format_text){0};
	if (!take_list(set, "ids", "vocab", &x->id, &x->vocab, &x->tokens) || !x->vocab ||
		!take_list(set, "lengths", "lengths", &x->length, &none, &x->sentences))
		return false;
	if (!take_list(set, "labels", "labels.vocab", &x->label, &x->labels, &labels) ||
		!x->labels || labels != x->sentences)
		x->labels = NULL;
	if (!take_list(set, "tags", "tags.vocab", &x->tag, &x->tags, &tags) || !x->tags ||
		tags != x->tokens)
		x->tags = NULL;
	take_targets(x, set);
	return true;
}

enum wp_err wp_format_text_read(struct wp_format_text *x, struct wp_tensor_set **set,
	struct wp_reader *reader, const char *tensor, const char *what)
{
	enum wp_err err = wp_tensor_set_read(set, reader, NULL);
	if (err) {
		*set = NULL;
		return err;
	}
	if (tensor && strcmp(tensor, "ids") != 0)
		err = wp_fail(WP_EMISMATCH, "%s: %s are of a text, 'ids', and not '%s'",
			wp_tensor_set_name(*set), what, tensor);
	else if (!wp_format_text_take(x, *set))
		err = wp_fail(WP_EMISMATCH,
			"%s: no text: %s need 'ids', 'lengths' and 'vocab', as vocab writes them",
			wp_tensor_set_name(*set), what);
	if (err) {
		wp_tensor_set_free(*set);
		*set = NULL;
	}
	return err;
}
