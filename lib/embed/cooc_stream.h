/* Co-occurrence counts in tensor streams: the matrix `cooc`, and `cooc.settings`, which say how
 * it was counted.  The reader and writer of its cells is stream/cells.h. */
#ifndef WP_EMBED_COOC_STREAM_H
#define WP_EMBED_COOC_STREAM_H

#include "base/strings.h"
#include "embed/cooc.h"
#include "stream/reader.h"
#include "stream/writer.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The settings as strings: "window=10", "weight=harmonic", "side=both", "unit=2520"; or
 * "documents=sentences", "unit=1". */
WP_MUST_CHECK enum wp_err wp_cooc_settings(
	struct wp_strings *settings, const struct wp_cooc_config *config);

/* The value of one of the settings, as "2520" of "unit"; NULL where it is not among them.
 * Borrowed, with *length bytes. */
const char *wp_cooc_setting(
	const struct wp_strings *settings, const char *name, size_t *length);

/* The number that a setting is; 0 where it is not there or is none. */
uint32_t wp_cooc_setting_number(const struct wp_strings *settings, const char *name);

/* Finish the counter and write cooc.settings, the cells, and the shape: as many rows as words,
 * and as many columns.  *cells says how many cells were written.  report, which may be NULL, is
 * called with each row that is written, by one thread at a time. */
WP_MUST_CHECK enum wp_err wp_cooc_put(struct wp_writer *writer, struct wp_cooc *cooc,
	const struct wp_strings *settings, int64_t columns, void (*report)(int32_t row),
	uint64_t *cells);

/* Parts of a text, counted apart with the same vocabulary and settings, to be added up. */
struct wp_cooc_parts {
	struct wp_strings vocab;
	int64_t *counts; /* sums; of words that no part counts: 0 */
	struct wp_strings settings;
	struct wp_cooc *cooc; /* to be given to wp_cooc_put, with `columns` */
	int64_t columns;
	uint64_t parts; /* added; the one that is being read is number parts + 1 */
};

/* Add all streams of reader, each a part.  Memory and temporary files as in config, of which
 * the rest means nothing.  Records of no use go to other(arg, ...), unless that is NULL.
 * WP_EMISMATCH where the part does not fit those before.  A zeroed struct has no parts yet. */
WP_MUST_CHECK enum wp_err wp_cooc_parts_add(struct wp_cooc_parts *parts,
	struct wp_reader *reader, const struct wp_cooc_config *config, wp_record_fn *other,
	void *arg);

void wp_cooc_parts_fini(struct wp_cooc_parts *parts);

#ifdef __cplusplus
}
#endif
#endif
