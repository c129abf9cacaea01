/* Settings as text: each kind is read, printed so that it reads back, and kept in its range. */
#include <stdint.h>
#include <string.h>

#include "tap.h"
#include "text/setting.h"

struct all {
	bool flag;
	int whole, choice;
	uint64_t count;
	size_t size;
	double real;
};

static const char *const colours[] = {"red", "green", "blue", NULL};
#define AT(member) offsetof(struct all, member)
static const struct wp_setting settings[] = {
	WP_SET_GROUP("All"),
	WP_SET_FLAG(0, "flag", AT(flag), NULL),
	WP_SET_INT(0, "whole", AT(whole), NULL, -5, 5, NULL),
	WP_SET_CHOICE(0, "choice", AT(choice), NULL, colours, NULL),
	WP_SET_COUNT(0, "count", AT(count), NULL, 1, 1e15, NULL),
	WP_SET_SIZE(0, "size", AT(size), NULL, 0, 100, NULL),
	WP_SET_REAL(0, "real", AT(real), NULL, 0, 0.999, NULL),
	{.kind = WP_SETTING_END},
};

int main(void)
{
	static const struct {
		const char *name, *good, *bad[4];
	} cases[] = {
		{"flag", "1", {"2", "-1", "yes", ""}},
		{"whole", "-5", {"-6", "6", "1.5", "5x"}},
		{"choice", "blue", {"blu", "bluer", "2", ""}},
		{"count", "1000000000000000", {"0", "1000000000000001", "1e3", "-1"}},
		{"size", "100", {"101", "-1", " 1", ""}},
		{"real", "0.1", {"1", "-0.1", "nan", "0.1 "}},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *name = cases[i].name, *good = cases[i].good;
		const struct wp_setting *s = wp_setting_find(settings, name, strlen(name));
		struct all a = {0}, none = {0};
		char text[WP_SETTING_ROOM + 1];
		ok(s && wp_setting_scan(s, &a, good, strlen(good)) &&
				!wp_setting_equal(s, &a, &none),
			"%s: '%s' is read", name, good);
		*wp_setting_print(s, &a, text) = '\0';
		ok(strcmp(text, good) == 0, "%s: and printed as '%s'", name, text);
		bool refused = true;
		for (int k = 0; k < 4; k++)
			refused = refused &&
				!wp_setting_scan(
					s, &none, cases[i].bad[k], strlen(cases[i].bad[k]));
		ok(refused && wp_setting_equal(s, &none, &(struct all){0}),
			"%s: what is none is refused, and sets nothing", name);
	}
	ok(!wp_setting_find(settings, "siz", 3) && !wp_setting_find(settings, "sized", 5),
		"only whole names are found");
	return done_testing();
}
