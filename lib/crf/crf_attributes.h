/* Attributes: what the templates make of the tokens of a sentence, numbered.  (Internal.)
 *
 * An attribute is the group of its template and the values of the macros in it.  Values are
 * strings, numbered once for all columns and all that is made of them.
 */
#ifndef WP_CRF_ATTRIBUTES_H
#define WP_CRF_ATTRIBUTES_H

#include "crf/crf_template.h"
#include "text/column_text.h"
#include "text/symbols.h"

/* Begin with .templates set and .width by wp_crf_attributes_init. */
struct wp_crf_attributes {
	const struct wp_crf_templates *templates; /* borrowed */
	struct wp_symbols values;
	size_t width;  /* of a row of `rows`: 1 + the most macros of a template              */
	int32_t *rows; /* (count, width): the group, the values, and -1 where there are none */
	size_t count, room;
	uint64_t *slots; /* number plus 1, and the upper half of the hash; 0 is free */
	size_t mask;
	int32_t *boundary; /* values of _B-64 ... _B-1, and of _B+1 ... _B+64; -1: unknown */
};

WP_MUST_CHECK enum wp_err wp_crf_attributes_init(
	struct wp_crf_attributes *a, const struct wp_crf_templates *templates);
void wp_crf_attributes_fini(struct wp_crf_attributes *a);

/* The number of an attribute, a row of `width`, or -1; or add it where it is new. */
int32_t wp_crf_attributes_find(const struct wp_crf_attributes *a, const int32_t *row);
WP_MUST_CHECK enum wp_err wp_crf_attributes_add(
	struct wp_crf_attributes *a, const int32_t *row, int32_t *number);

/* Put the rows into another order: row i becomes row order[i]; those with order[i] < 0 go.
 * `left` is how many stay. */
WP_MUST_CHECK enum wp_err wp_crf_attributes_reorder(
	struct wp_crf_attributes *a, const int32_t *order, size_t left);

/* Append the name of an attribute, such as "U02:the", to names. */
WP_MUST_CHECK enum wp_err wp_crf_attributes_name(
	const struct wp_crf_attributes *a, size_t number, struct wp_strings *names);

/* Finds the attributes of sentences; one for each thread. */
struct wp_crf_extractor {
	struct wp_crf_attributes *attributes; /* borrowed */
	bool learn;    /* add what is new; the attributes are this extractor's alone then     */
	int32_t *made; /* (sources, made_room): what a source makes of a value; -2: not known */
	size_t made_room;
	int32_t *value; /* (sources, tokens) of the sentence */
	size_t value_room;
	char *text; /* scratch */
	size_t text_room;
};

void wp_crf_extractor_fini(struct wp_crf_extractor *x);

/* Read the values of a sentence of n tokens whose fields are (n, columns). */
WP_MUST_CHECK enum wp_err wp_crf_extract_values(
	struct wp_crf_extractor *x, const struct wp_field *fields, size_t columns, size_t n);

/* The attributes of token t of that sentence, by template: the number of a U's or B's, or -1;
 * V's -1.  The first token has none of a B, as no transition leads to it. */
WP_MUST_CHECK enum wp_err wp_crf_extract(
	struct wp_crf_extractor *x, size_t t, size_t n, int32_t *attributes);

#endif
