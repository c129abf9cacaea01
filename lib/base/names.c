#include "base/names.h"

#include <stdio.h>
#include <string.h>

static void append(struct wp_names *n, const char *between, const char *name)
{
	size_t used = strlen(n->text);
	snprintf(n->text + used, sizeof n->text - used, "%s%s%s", used ? between : "",
		n->before ? n->before : "", name);
}

void wp_names_add(struct wp_names *names, const char *name)
{
	if (names->last)
		append(names, ", ", names->last);
	names->last = name;
}

const char *wp_names_end(struct wp_names *names, const char *word)
{
	char between[16];
	snprintf(between, sizeof between, " %s ", word);
	if (names->last)
		append(names, between, names->last);
	names->last = NULL;
	return names->text;
}
