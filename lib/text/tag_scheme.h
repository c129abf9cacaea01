/* Tags that mark chunks of text, such as phrases and names: how they are read and written,
 * which may follow which, and how they are scored.
 *
 *	scheme   a chunk of three, one of one    next to one of its own type
 *	BIO      B-X I-X I-X, B-X                B-X (IOB2)
 *	IOB1     I-X I-X I-X, I-X                B-X, and only there
 *	IOBES    B-X I-X E-X, S-X                B-X (BIOES; L and U, as BILOU has them, are
 * read as E and S)
 *
 * X is the type of the chunk; bare B, I, O, E and S are chunks of one type, which is empty. All
 * that stands outside a chunk is O.  Any sequence of tags is read as chunks, by the rules of
 * the script conlleval (Tjong Kim Sang & Buchholz 2000); S ends its chunk, which the script
 * does not know.
 */
#ifndef WP_TEXT_TAG_SCHEME_H
#define WP_TEXT_TAG_SCHEME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strings.h"
#include "stream/output.h"

#ifdef __cplusplus
extern "C" {
#endif

enum wp_tag_scheme {
	WP_SCHEME_NONE, /* tags of tokens, such as parts of speech: no chunks */
	WP_SCHEME_BIO,
	WP_SCHEME_IOB1,
	WP_SCHEME_IOBES
};

/* "none", "bio", "iob1", "iobes"; ended by NULL. */
extern const char *const wp_tag_schemes[];

/* A set of tags, each taken apart. */
struct wp_tag_set {
	struct wp_strings types; /* of the chunks, in the order in which they came    */
	char *mark;              /* for each tag B, I, O, E or S; 0: it marks no chunk */
	int32_t *type;           /* for each tag a place in types; -1 for O           */
	size_t count;            /* of tags                                           */
	bool chunks;             /* every tag is one of a chunk, or O                 */
};

/* Take apart a list of tags. */
WP_MUST_CHECK enum wp_err wp_tag_set_init(
	struct wp_tag_set *set, const struct wp_strings *tags);
void wp_tag_set_fini(struct wp_tag_set *set);

/* Does a chunk end between the tags, or begin, by conlleval's rules?  -1 is what stands before
 * the first tag and behind the last. */
bool wp_chunk_ends(const struct wp_tag_set *set, int32_t tag, int32_t next);
bool wp_chunk_begins(const struct wp_tag_set *set, int32_t before, int32_t tag);

/* The scheme that most of these sentences keep to: IOBES where the set has an E or an S, IOB1
 * where more chunks begin with I than with a B that IOB1 would not write, BIO otherwise; NONE
 * where tags are not those of chunks. */
enum wp_tag_scheme wp_tag_scheme_of(const struct wp_tag_set *set, const int32_t *tags,
	const int32_t *lengths, size_t sentences);

/* May `next` follow `tag` in that scheme?  -1 as above.  NONE allows everything. */
bool wp_tag_may_follow(
	const struct wp_tag_set *set, enum wp_tag_scheme scheme, int32_t tag, int32_t next);

/* Append the n tags of a sentence, written in that scheme, to out.  WP_EINVAL where the set has
 * tags that are not those of chunks. */
WP_MUST_CHECK enum wp_err wp_tags_convert(const struct wp_tag_set *set, const int32_t *tags,
	size_t n, enum wp_tag_scheme to, struct wp_strings *out);

/* Chunks, or tokens: how many there are in the truth, how many were found, and how many of
 * these are right. */
struct wp_chunk_counts {
	uint64_t truth, found, right;
};

struct wp_chunk_score {
	const struct wp_tag_set *set;  /* borrowed                        */
	struct wp_chunk_counts all;    /* chunks                          */
	struct wp_chunk_counts *types; /* for each type of the set        */
	uint64_t tokens, right;        /* tokens, and those tagged right  */
};

WP_MUST_CHECK enum wp_err wp_chunk_score_init(
	struct wp_chunk_score *score, const struct wp_tag_set *set);
void wp_chunk_score_fini(struct wp_chunk_score *score);

/* Compare the tags of a sentence with the truth. */
void wp_chunk_score_add(
	struct wp_chunk_score *score, const int32_t *truth, const int32_t *found, size_t n);

/* Shares, 0 where there is nothing to share. */
double wp_chunk_precision(const struct wp_chunk_counts *counts);
double wp_chunk_recall(const struct wp_chunk_counts *counts);
double wp_chunk_f1(const struct wp_chunk_counts *counts);

/* The report of conlleval, byte by byte: totals, and a line for each type in the order of their
 * names. */
WP_MUST_CHECK enum wp_err wp_chunk_score_write(
	const struct wp_chunk_score *score, struct wp_output *output);

#ifdef __cplusplus
}
#endif
#endif
