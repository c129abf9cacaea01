/* The formats of other programs that become tensor streams, and that streams are written in.
 *
 * One table, wp_formats[].  A format is a file here that defines its wp_format, one line in the
 * table (formats.c), its paragraph in ts-convert(1), and a test.
 */
#ifndef WP_FORMATS_FORMAT_H
#define WP_FORMATS_FORMAT_H

#include <stdbool.h>

#include "base/strings.h"
#include "stream/input.h"
#include "stream/output.h"
#include "stream/reader.h"
#include "stream/tensor_set.h"
#include "stream/writer.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The settings that a format heeds; those that it does not are mistakes of the caller's. */
enum {
	WP_FORMAT_TYPE = 1,     /* the type of elements to read                              */
	WP_FORMAT_DIM = 2,      /* the length of vectors, where the file does not say it     */
	WP_FORMAT_WORDS = 4,    /* a vocabulary to go with the rows                          */
	WP_FORMAT_NO_WORDS = 8, /* rows do not begin with a word                             */
	WP_FORMAT_MEMORY =
		16, /* writing: beyond so much, what is put aside goes to disk, ... */
	WP_FORMAT_TMPDIR = 32, /* ... to a file in this directory                           */
	WP_FORMAT_ONE_WORDS = 64,  /* reading: needs exactly one of WORDS and NO_WORDS        */
	WP_FORMAT_COLUMNS = 128,   /* names of columns: those to read, or to write           */
	WP_FORMAT_TARGETS = 256,   /* reading: columns that become targets,                  */
	WP_FORMAT_LABEL = 512,     /* the one of labels,                                     */
	WP_FORMAT_SEQUENCE = 1024, /* the one that says which sequence a row belongs to     */
	WP_FORMAT_RENAME = 2048,   /* names of tensors that become others                     */
	WP_FORMAT_VOCAB = 4096,    /* a list of words: only their rows                        */
	WP_FORMAT_TAGS = 8192,     /* reading: the column of tags                             */
	WP_FORMAT_NO_HEADING = 16384 /* reading: the first row holds numbers, not names       */
};

struct wp_format_job {
	/* In: the settings.  Zeroed but for type is a valid beginning. */
	const char *tensor;       /* to make or to write; NULL: the format's own choice */
	enum wp_type type;        /* WP_F32 unless the caller says otherwise            */
	bool convert;             /* that is asked for: elements of other types change  */
	size_t dim;               /* 0: as the file has it                              */
	uint64_t top;             /* only so many rows; 0: all                          */
	struct wp_strings *words; /* reading: the vocabulary; may be taken over; or NULL */
	const struct wp_strings *vocab; /* only rows of these words, in their order of the
					 * tensor; NULL: all                              */
	const char *rename;             /* "FROM=TO,...", as ts-select has it; or NULL    */
	bool no_words;
	const char *columns, *targets; /* "price,volume"; NULL: the format's own choice, none */
	const char *label, *tags, *sequence; /* names of columns, or NULL                     */
	bool no_heading;
	size_t memory;
	const char *directory; /* for temporary files */
	/* Out: one line each, or "". */
	char report[256];  /* what was found        */
	char warning[256]; /* what is likely wrong  */
};

struct wp_format {
	const char *name;          /* "word2vec-binary": what --from and --to call it       */
	bool is_binary;            /* not for a terminal                                    */
	unsigned reading, writing; /* WP_FORMAT_...: settings that it heeds                 */
	/* Read the whole input and put its tensors to the writer; NULL: cannot be read.
	 * WP_ECORRUPT for what is not of this format, WP_ETRUNC where something is missing; the
	 * detail names the line or the byte. */
	enum wp_err (*read)(
		struct wp_writer *writer, struct wp_input *input, struct wp_format_job *job);
	/* Read the whole stream and write what the format can hold; NULL: cannot be written.
	 * The reader belongs to the format from here on, also on failure.  WP_EMISMATCH where
	 * the stream lacks the tensor or the format cannot hold it. */
	enum wp_err (*write)(
		struct wp_output *output, struct wp_reader *reader, struct wp_format_job *job);
};

/* All of them, ended by NULL. */
extern const struct wp_format *const wp_formats[];

/* Some of the formats, and their names, each ended by NULL. */
enum { WP_FORMATS_MAX = 64 };
struct wp_format_list {
	const struct wp_format *format[WP_FORMATS_MAX];
	const char *name[WP_FORMATS_MAX];
};

/* List those that can be read and those that can be written. */
void wp_format_list(struct wp_format_list *readable, struct wp_format_list *writable);

/* job->warning, unless there is one, of a text that was read to its end, where its last line
 * has no line feed: it may have been cut, a number in it, too. */
void wp_format_doubt_end(struct wp_format_job *job, struct wp_input *input);

/* The name of a setting that is given and not heeded; NULL where there is none. */
const char *wp_format_useless(unsigned heeded, unsigned given);

/* ---- What formats share ---- */

/* The fewer of these rows and job->top. */
size_t wp_format_rows(const struct wp_format_job *job, uint64_t rows);

/* Put job->words, if there are any, and the tensor, under job->tensor or else the name
 * "embedding".  from: the file, for messages.  WP_EMISMATCH where words and rows are not of one
 * number, WP_ECORRUPT for vectors that are not finite; of other numbers job->warning says so.
 */
WP_MUST_CHECK enum wp_err wp_format_put(struct wp_writer *writer, struct wp_format_job *job,
	struct wp_tensor *tensor, const void *data, const char *from);

/* Of rows with equal words keep the first: the others could never be found.  words and the rows
 * of tensor, at data, become fewer, and job->warning says so. */
WP_MUST_CHECK enum wp_err wp_format_keep_first(struct wp_format_job *job,
	struct wp_strings *words, struct wp_tensor *tensor, void *data, const char *from);

/* WP_ECORRUPT where a word comes twice. */
WP_MUST_CHECK enum wp_err wp_format_check_words(struct wp_strings *words, const char *from);

/* The tensor to write, read with `vocab` from a stream that it takes over: job->tensor, or else
 * the first of the names in `usual` (ended by NULL) that is there, or else the only one that
 * there is.  A sparse matrix becomes dense, within job->memory. */
struct wp_format_table {
	struct wp_tensor_set *set;
	struct wp_tensor tensor; /* with job->top rows at most; of strings: rank 1      */
	const void *data;        /* NULL for strings                                    */
	const struct wp_strings *strings;
	const struct wp_strings *words;   /* of the rows, where `vocab` has as many; or NULL */
	const struct wp_strings *columns; /* their names: TENSOR.columns, or what the columns of
					   * counts and bags stand for; or NULL               */
	void *own;                        /* internal */
	struct wp_strings own_words, own_columns;
};
WP_MUST_CHECK enum wp_err wp_format_take(struct wp_format_table *table,
	struct wp_reader *reader, struct wp_format_job *job, const char *const *usual);
extern const char *const wp_format_embedding[]; /* what is usual but for series */
/* A zeroed struct may be given here. */
void wp_format_table_fini(struct wp_format_table *table);

#ifdef __cplusplus
}
#endif
#endif
