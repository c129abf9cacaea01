/* The name that was meant. */
#include <string.h>

#include "base/closest.h"
#include "tap.h"

static size_t distance(const char *a, const char *b)
{
	return wp_edit_distance(a, strlen(a), b, strlen(b), 9);
}

static const char *closest(const char *word)
{
	static const char *const names[] = {
		"dim", "epochs", "window", "window-weight", "word2vec", "npy", NULL};
	const char *found = wp_closest(names, word, strlen(word));
	return found ? found : "";
}

int main(void)
{
	ok(distance("", "") == 0 && distance("abc", "") == 3 && distance("", "abc") == 3,
		"distance: of the empty string");
	ok(distance("kitten", "sitting") == 3, "distance: kitten, sitting");
	ok(distance("epohcs", "epochs") == 1, "distance: neighbours exchanged count once");
	ok(distance("DIM", "dim") == 0, "distance: without case");
	ok(wp_edit_distance("kitten", 6, "sitting", 7, 2) == 3, "distance: more than asked");
	ok(strcmp(closest("epoch"), "epochs") == 0, "closest: a letter too few");
	ok(strcmp(closest("dims"), "dim") == 0, "closest: a letter too many");
	ok(strcmp(closest("numpy"), "npy") == 0, "closest: two letters too many");
	ok(strcmp(closest("wndow"), "window") == 0, "closest: the nearer of two");
	ok(strcmp(closest("word2vec-text"), "word2vec") == 0, "closest: a name and more");
	ok(*closest("checkpoint") == '\0', "closest: nothing like it");
	return done_testing();
}
