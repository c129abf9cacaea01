/* A text as ids, held ready for training: what a stream from `vocab` says, read to its end.
 *
 * The ids go to a spool (base/spool.h), so that a pipe can be passed over as often as wanted.
 * Streams that were joined by cat(1) are one text if their vocabularies agree.
 */
#ifndef WP_TEXT_CORPUS_H
#define WP_TEXT_CORPUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strings.h"
#include "stream/reader.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The other side of a text of pairs: target s belongs to sentence s, or to whatever sequence s
 * is (a series, an encoding).  Each target begins with WP_SENTENCE_START and ends with
 * WP_SENTENCE_END, so that it has two ids or more. */
struct wp_corpus_target {
	bool given;              /* the text is one of pairs                              */
	bool shared;             /* there is no `target.vocab`: the ids are those of `vocab` */
	struct wp_strings vocab; /* U tokens; none where it is shared                     */
	int64_t *counts;         /* U: how often each stands in these ids                 */
	const int32_t *ids;      /* each in 0 .. U-1, target after target                 */
	size_t tokens;
	const int32_t *lengths; /* tokens of each, both markers among them               */
	size_t sentences;       /* as many as there are sources                          */
	int32_t start, end;     /* the ids of the markers                                */
};

/* A further column of the tokens, such as their parts of speech. */
struct wp_corpus_column {
	struct wp_strings vocab; /* W values; empty: the text lacks the column */
	const int32_t *ids;      /* one for each token, in 0 .. W-1            */
	struct wp_spool *spool;  /* internal                                   */
};
enum { WP_COLUMN_NAME = 26 }; /* the longest name of one, in bytes */

/* ids[], lengths[], labels[], tags[] and those of columns are borrowed from the spools: valid
 * until wp_corpus_fini. */
struct wp_corpus {
	struct wp_strings vocab; /* V tokens                                            */
	int64_t *counts;         /* V: how often each stands in ids                     */
	const int32_t *ids;      /* each in 0 .. V-1, sentence after sentence           */
	size_t tokens;
	const int32_t *lengths; /* tokens of each sentence; their sum is tokens        */
	size_t sentences;
	/* Where they are wanted and the text has them; otherwise empty, and NULL. */
	struct wp_strings label_vocab;   /* L labels                                      */
	const int32_t *labels;           /* one for each sentence, in 0 .. L-1            */
	struct wp_strings tag_vocab;     /* G tags                                        */
	const int32_t *tags;             /* one for each token, in 0 .. G-1               */
	struct wp_corpus_target target;  /* of pairs                                     */
	struct wp_corpus_column *column; /* those that are wanted, in that order         */
	size_t columns;
	struct wp_spool *spools[6]; /* internal                                          */
};

/* The vocabulary of the targets, in which theirs may be that of the sources; borrowed. */
const struct wp_strings *wp_corpus_target_vocab(const struct wp_corpus *corpus);

/* What a caller may want beside the ids; may be or-ed. */
enum {
	WP_CORPUS_LABELS = 1, /* `labels` and `labels.vocab` */
	WP_CORPUS_TAGS = 2,   /* `tags` and `tags.vocab`     */
	WP_CORPUS_PAIRS = 8, /* `target.ids` and what belongs to them; without this, a text that
			      * has some is refused, as half of it would be lost */
	WP_CORPUS_NO_IDS =
		4,          /* no words, if there are none: sequences of something else, which
			     * other() takes; then tokens is 0, and `lengths` may be missing */
	WP_CORPUS_ROWS = 16 /* not a text, but rows of something, which other() takes: `vocab`
			     * and more may come along, and labels are not compared with
			     * sentences, of which there are as many                       */
};

/* Read all of reader, whose streams may be joined.  Keeps up to `memory` bytes of ids in
 * memory, and what is more in a file under directory.  Takes `vocab`, `counts`, `ids` and
 * `lengths`, what is `wanted`, and of the columns of these names, unless columns is NULL,
 * `column.NAME` and `column.NAME.vocab`; every other record goes to other(arg, ...), if that is
 * not NULL.  A text without what is wanted is no failure: label_vocab.count is 0 then.
 *
 * WP_EMISMATCH where there is no vocabulary or no text, where joined streams differ in their
 * vocabularies, labels, tags or columns, and where ids do not fit the vocabulary or the
 * lengths, labels or targets not the sentences, or tags or columns not the tokens; WP_EINVAL
 * for a name of a column that is none.  Where the sources are no words and
 * have no `lengths`, the caller compares their number with target.sentences.  On failure
 * *corpus needs no fini. */
WP_MUST_CHECK enum wp_err wp_corpus_read(struct wp_corpus *corpus, struct wp_reader *reader,
	unsigned wanted, const struct wp_strings *columns, size_t memory, const char *directory,
	wp_record_fn *other, void *arg);

/* A zeroed struct is an empty corpus. */
void wp_corpus_fini(struct wp_corpus *corpus);

#ifdef __cplusplus
}
#endif
#endif
