#include "text/pair.h"

enum wp_err wp_pair_refuse(const char *from)
{
	return wp_fail(WP_EMISMATCH,
		"%s: pairs of a source and a target, where one text is read: 'ts-select --without "
		"\"target.*\"' takes the source, 'ts-select --tensor \"target.*\" --rename "
		"\"target.*=*\"' the target",
		from);
}

enum wp_err wp_pair_refuse_set(const struct wp_tensor_set *set)
{
	const void *data;
	return wp_tensor_set_get(set, "target.ids", &data)
		? wp_pair_refuse(wp_tensor_set_name(set))
		: WP_OK;
}
