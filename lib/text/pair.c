#include "text/pair.h"

enum wp_err wp_pair_refuse(const struct wp_reader *reader)
{
	return wp_fail(WP_EMISMATCH,
		"%s: pairs of a source and a target, where one text is read: 'ts-select --without "
		"\"target.*\"' takes the source, 'ts-select --tensor \"target.*\" --rename "
		"\"target.*=*\"' the target",
		wp_reader_name(reader));
}
