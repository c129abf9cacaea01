/* Settings of a struct, declared: what each is called, its range, and what it does.  Programs
 * make their options of such a table; one who calls the library sets the members. */
#ifndef WP_BASE_SETTING_H
#define WP_BASE_SETTING_H

#include <stddef.h>

enum wp_setting_kind {
	WP_SETTING_END,
	WP_SETTING_GROUP, /* a heading: `help` */
	WP_SETTING_FLAG,  /* bool              */
	WP_SETTING_INT,   /* int               */
	WP_SETTING_COUNT, /* uint64_t          */
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

#endif
