/* Settings of a struct, declared: what each is called, its range, and what it does.  Programs
 * make their options of such a table; one who calls the library sets the members.  As text in
 * files and descriptions: text/setting.h. */
#ifndef WP_BASE_SETTING_H
#define WP_BASE_SETTING_H

#include <stddef.h>

enum wp_setting_kind {
	WP_SETTING_END,
	WP_SETTING_GROUP, /* a heading: `help` */
	WP_SETTING_FLAG,  /* bool              */
	WP_SETTING_INT,   /* int               */
	WP_SETTING_COUNT, /* uint64_t          */
	WP_SETTING_SIZE,  /* size_t            */
	WP_SETTING_REAL,  /* double            */
	WP_SETTING_TEXT,  /* const char *      */
	WP_SETTING_CHOICE /* an enum: the place of one of the choices */
};

struct wp_setting {
	enum wp_setting_kind kind;
	char letter;      /* the short option, or 0                                      */
	const char *name; /* as options have it: "valid-share"                           */
	const char *arg;  /* what its value is called: "N"                               */
	size_t offset;    /* of the member                                               */
	double min, max;  /* of a number                                                 */
	/* The first of the choices' names, ended by NULL, and how far they are apart. */
	const char *const *choices;
	size_t stride;
	const char *help; /* a phrase */
};

/* Lines of a table, ended by one of WP_SETTING_END: letter, name, offset and so on. */
#define WP_SET_GROUP(h) \
	{ \
		.kind = WP_SETTING_GROUP, .help = h \
	}
#define WP_SET_FLAG(l, n, at, h) \
	{ \
		WP_SETTING_FLAG, l, n, NULL, at, 0, 0, NULL, 0, h \
	}
#define WP_SET_TEXT(l, n, at, a, h) \
	{ \
		WP_SETTING_TEXT, l, n, a, at, 0, 0, NULL, 0, h \
	}
#define WP_SET_INT(l, n, at, a, lo, hi, h) \
	{ \
		WP_SETTING_INT, l, n, a, at, lo, hi, NULL, 0, h \
	}
#define WP_SET_COUNT(l, n, at, a, lo, hi, h) \
	{ \
		WP_SETTING_COUNT, l, n, a, at, lo, hi, NULL, 0, h \
	}
#define WP_SET_SIZE(l, n, at, a, lo, hi, h) \
	{ \
		WP_SETTING_SIZE, l, n, a, at, lo, hi, NULL, 0, h \
	}
#define WP_SET_REAL(l, n, at, a, lo, hi, h) \
	{ \
		WP_SETTING_REAL, l, n, a, at, lo, hi, NULL, 0, h \
	}
/* Of an array of names; of a table, whose first member is the name. */
#define WP_SET_CHOICE(l, n, at, a, c, h) \
	{ \
		WP_SETTING_CHOICE, l, n, a, at, 0, 0, c, sizeof *(c), h \
	}
#define WP_SET_TABLE(l, n, at, a, t, h) \
	{ \
		WP_SETTING_CHOICE, l, n, a, at, 0, 0, &(t)[0].name, sizeof(t)[0], h \
	}

#endif
