/* A list of names for a message, "a, b or c", as they are found. */
#ifndef WP_BASE_NAMES_H
#define WP_BASE_NAMES_H

#ifdef __cplusplus
extern "C" {
#endif

/* Zeroed, it is empty. */
struct wp_names {
	const char *before; /* each name; or NULL */
	const char *last;   /* not in text yet    */
	char text[240];     /* cut where they are too many */
};

void wp_names_add(struct wp_names *names, const char *name);

/* Put the last one behind `word`; returns the text.  Once. */
const char *wp_names_end(struct wp_names *names, const char *word);

#ifdef __cplusplus
}
#endif
#endif
