/* Tagged text in columns, as the shared tasks of CoNLL have it, and CoNLL-U, which Universal
 * Dependencies have: a token a line, an empty line behind each sentence.
 *
 * A further column goes through a tokenizer and a counter of its own, as words do, and becomes
 * `column.NAME` and `column.NAME.vocab`.
 *
 * Read, it becomes `vocab`, `ids`, `lengths` and `tags`, just as `vocab --tags` makes them of
 * what `tokenize --columns` writes: the lines go through the same tokenizer and counter.
 * https://universaldependencies.org/format.html */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "formats/format.h"
#include "formats/text.h"
#include "text/corpus.h"
#include "text/number.h"
#include "text/tokenize.h"
#include "text/vocab_stream.h"

/* ---- reading ---- */

enum { MOST_COLUMNS = 16 };

/* The words, and their tags; or a further column of that name. */
struct column {
	int words, tags; /* fields, tags 0: none     */
	char ids[WP_NAME_SIZE], vocab[WP_NAME_SIZE];
	struct wp_tokenizer *tokenizer;
	struct wp_counter *counter;
	uint64_t left; /* sentences to read */
	bool unknown;  /* UNKNOWN_TOKEN may be one of its tokens */
	struct wp_writer *writer;
};

/* A column's number, from 1 or from -1; what stands behind it, or NULL. */
static const char *scan_column(const char *text, const char *end, int *column)
{
	enum { MOST = 1000000 };
	int64_t number;
	const char *behind = wp_scan_i64(text, end, &number);
	if (!behind || behind == text || number == 0 || number < -MOST || number > MOST)
		return NULL;
	*column = (int)number;
	return behind;
}

/* NAME=N, to `end`; false where it is not. */
static bool parse_named(const char *text, const char *end, struct column *c)
{
	const char *equals = memchr(text, '=', (size_t)(end - text));
	const size_t length = equals ? (size_t)(equals - text) : 0;
	for (size_t i = 0; i < length; i++)
		if (!isalnum((unsigned char)text[i]) && text[i] != '_' && text[i] != '-')
			return false;
	if (length == 0 || length > WP_COLUMN_NAME ||
		scan_column(equals + 1, end, &c->words) != end)
		return false;
	snprintf(c->ids, sizeof c->ids, "column.%.*s", (int)length, text);
	snprintf(c->vocab, sizeof c->vocab, "column.%.*s.vocab", (int)length, text);
	return true;
}

static bool is_repeated(const struct column *column, size_t count)
{
	for (size_t i = 1; i < count; i++)
		if (strcmp(column[i].ids, column[count].ids) == 0)
			return true;
	return false;
}

/* "WORD[,TAG][,NAME=N...]": without TAG no tags are wanted. */
static enum wp_err parse_columns(const char *columns, struct column *column, size_t *count)
{
	const char *end = columns + strlen(columns);
	const char *p = scan_column(columns, end, &column[0].words);
	column[0].tags = 0;
	*count = 1;
	if (p && *p == ',' && !isalpha((unsigned char)p[1]))
		p = scan_column(p + 1, end, &column[0].tags);
	bool good = p != NULL;
	while (good && *p) {
		const char *item = p + 1;
		good = *p == ',' && *count < MOST_COLUMNS;
		p = item + strcspn(item, ",");
		good = good && parse_named(item, p, &column[*count]) &&
			!is_repeated(column, *count);
		++*count;
	}
	return good
		? WP_OK
		: wp_fail(WP_EINVAL,
			  "\1columns %s: not the numbers of one or two columns, as in 1,4 or "
			  "1,-1, and of up to %d more with different names, as in 1,4,pos=2",
			  columns, MOST_COLUMNS - 1);
}

/* CoNLL-U would be read as numbers and underscores: does its first word stand there? */
static enum wp_err refuse_conllu(struct wp_input *input)
{
	enum { LOOKED_AT = 65536, TABS = 9 };
	const char *data, *end;
	size_t have;
	uint64_t number = 1;
	enum wp_err err = wp_input_peek(input, LOOKED_AT, &data, &have);
	if (err)
		return err;
	for (end = data + have; data < end && (*data == '#' || *data == '\n'); number++) {
		const char *feed = memchr(data, '\n', (size_t)(end - data));
		data = feed ? feed + 1 : end;
	}
	int tabs = 0;
	bool begins = data < end && *data == '1';
	for (; data < end && *data != '\n'; data++)
		tabs += *data == '\t';
	if (begins && tabs == TABS)
		return wp_fail(WP_ECORRUPT,
			"%s: CoNLL-U (line %" PRIu64
			"): read it with \1from conllu, or say with \1columns which are meant",
			wp_input_name(input), number);
	return WP_OK;
}

/* Of a text in lines, as much as has `lines` of them at most; *lines becomes how many. */
static size_t some_lines(const char *text, size_t length, uint64_t *lines)
{
	uint64_t most = *lines;
	size_t at = 0;
	for (*lines = 0; *lines < most && at < length; ++*lines) {
		const char *feed = memchr(text + at, '\n', length - at);
		at = feed ? (size_t)(feed - text) + 1 : length;
	}
	return at;
}

/* Does the text have UNKNOWN_TOKEN somewhere? */
static bool has_unknown(const char *text, size_t n)
{
	const size_t length = sizeof WP_UNKNOWN_TOKEN - 1;
	if (n == 0)
		return false; /* text may be NULL */
	for (const char *at = text;
		(at = memchr(at, *WP_UNKNOWN_TOKEN, n - (size_t)(at - text))); at++) {
		if (n - (size_t)(at - text) < length)
			return false;
		if (memcmp(at, WP_UNKNOWN_TOKEN, length) == 0)
			return true;
	}
	return false;
}

/* A piece of the text, or with 0 its end, through the tokenizer to the counter. */
static enum wp_err feed(struct column *c, const char *data, size_t n)
{
	enum wp_err err = n ? wp_tokenizer_feed(c->tokenizer, data, n)
			    : wp_tokenizer_end_input(c->tokenizer);
	if (err)
		return err;
	size_t length;
	const char *text = wp_tokenizer_output(c->tokenizer, &length);
	uint64_t lines = c->left;
	length = some_lines(text, length, &lines);
	c->left -= lines;
	c->unknown = c->unknown || has_unknown(text, length);
	err = wp_counter_feed(c->counter, text, length);
	wp_tokenizer_drain(c->tokenizer);
	return err;
}

/* All sentences, or the first job->top: the words are ahead of none of the others. */
static enum wp_err count_text(struct column *column, size_t count, struct wp_input *input)
{
	enum wp_err err;
	size_t have;
	do {
		const char *data;
		err = wp_input_peek(input, 1, &data, &have);
		for (size_t i = 0; i < count && !err; i++)
			err = feed(&column[i], data, have);
		if (!err)
			wp_input_skip(input, have);
	} while (!err && have > 0 && column[0].left > 0);
	for (size_t i = 0; i < count && !err; i++)
		err = wp_counter_end_text(column[i].counter);
	return err;
}

static enum wp_err put_ids(void *arg, const struct wp_id_batch *batch)
{
	const struct column *c = arg;
	return batch->id_count > 0 ? wp_writer_put_slice(c->writer, c->ids, WP_I32, batch->ids,
					     batch->id_count, true)
				   : WP_OK;
}

/* The words and tags, or a further column. */
static enum wp_err put_column(struct wp_writer *writer, struct column *c)
{
	static const int32_t none[1];
	const bool further = c->ids[0] != '\0';
	const enum wp_annotation annotation = c->tags ? WP_TAGGED : WP_UNANNOTATED;
	const struct wp_vocab_cut all = {
		.min_count = 1, .without_unknown = further && !c->unknown};
	struct wp_counted counted;
	enum wp_err err = wp_counter_select(c->counter, &all, &counted);
	if (err)
		return err;
	struct wp_id_put put = {.writer = writer, .side = WP_SOURCE};
	c->writer = writer;
	if (further) {
		err = wp_writer_put_list(writer, c->vocab, &counted.tokens);
		if (!err)
			err = wp_counter_encode(c->counter, put_ids, c);
		if (!err)
			err = wp_writer_put_slice(writer, c->ids, WP_I32, none, 0, false);
	} else {
		err = wp_vocab_put(writer, WP_SOURCE, &counted, annotation);
		if (!err)
			err = wp_counts_put(
				writer, WP_SOURCE, counted.counts, counted.tokens.count);
		if (!err)
			err = wp_counter_encode(c->counter, wp_id_batch_put, &put);
		if (!err)
			err = wp_id_batch_put_end(&put, annotation);
	}
	wp_counted_fini(&counted);
	return err;
}

static enum wp_err open_column(struct column *c, const char *name,
	const struct wp_format_job *job, struct wp_tokenizer_options options, size_t columns)
{
	const struct wp_count_params params = {.with_ids = true,
		.annotation = c->tags ? WP_TAGGED : WP_UNANNOTATED,
		.memory = job->memory / columns,
		.tmpdir = job->directory};
	options.word_column = c->words;
	options.tag_column = c->tags;
	options.longest = job->memory / 8 / columns;
	c->left = job->top ? job->top : UINT64_MAX;
	enum wp_err err = wp_tokenizer_create(&c->tokenizer, &options);
	if (err)
		return err;
	wp_tokenizer_name(c->tokenizer, name);
	return wp_counter_create(&c->counter, &params);
}

static void report(struct wp_format_job *job, const struct column *c, const char *name)
{
	struct wp_text_counts n = wp_counter_counts(c->counter);
	uint64_t invalid = wp_tokenizer_counts(c->tokenizer).invalid;
	snprintf(job->report, sizeof job->report,
		"%.100s: %" PRIu64 " tokens in %" PRIu64 " sentences", name, n.tokens,
		n.sentences);
	if (invalid > 0)
		snprintf(job->warning, sizeof job->warning,
			"%.100s: %" PRIu64
			" sequences that are not UTF-8 were replaced by U+FFFD",
			name, invalid);
}

static enum wp_err read_format(struct wp_writer *writer, struct wp_input *input,
	struct wp_format_job *job, const char *columns, bool conllu)
{
	const char *name = wp_input_name(input);
	struct column column[MOST_COLUMNS] = {{.words = 0}};
	size_t count = 0, open = 0;
	struct wp_tokenizer_options options = wp_tokenizer_options_default();
	options.conllu = conllu;
	options.even_columns = true;
	enum wp_err err = parse_columns(job->columns ? job->columns : columns, column, &count);
	if (!err && !conllu && !job->columns)
		err = refuse_conllu(input);
	while (open < count && !err)
		err = open_column(&column[open++], name, job, options, count);
	if (!err)
		err = count_text(column, count, input);
	if (!err && wp_counter_counts(column[0].counter).tokens == 0)
		err = wp_fail(WP_ECORRUPT, "%s: empty where tokens were expected", name);
	for (size_t i = 0; i < count && !err; i++)
		err = put_column(writer, &column[i]);
	if (!err)
		report(job, &column[0], name);
	for (size_t i = 0; i < open; i++) {
		wp_counter_free(column[i].counter);
		wp_tokenizer_free(column[i].tokenizer);
	}
	return err;
}

static enum wp_err read_conll(
	struct wp_writer *writer, struct wp_input *input, struct wp_format_job *job)
{
	return read_format(writer, input, job, "1,-1", false);
}

static enum wp_err read_conllu(
	struct wp_writer *writer, struct wp_input *input, struct wp_format_job *job)
{
	return read_format(writer, input, job, "2,4", true);
}

/* ---- writing ---- */

struct name {
	const char *text;
	size_t length;
};

/* The name of an id.  It has to fit a field: others would be read as something else. */
static enum wp_err take_name(struct name *name, const struct wp_strings *names, int32_t id,
	bool spaces, size_t sentence)
{
	if (id < 0 || (size_t)id >= names->count)
		return wp_fail(
			WP_EMISMATCH, "an id beyond its vocabulary (sentence %zu)", sentence);
	name->text = wp_strings_get(names, (size_t)id, &name->length);
	bool fits = name->length > 0;
	for (size_t i = 0; i < name->length; i++) {
		char c = name->text[i];
		fits &= c != '\t' && c != '\n' && c != '\r' && c != '\0' &&
			(spaces || c != ' ');
	}
	return fits
		? WP_OK
		: wp_fail(WP_EMISMATCH,
			  "a token or tag that is empty or has a %stab or an end of line in "
			  "it has no place in columns (sentence %zu)",
			  spaces ? "" : "space, a ", sentence);
}

static enum wp_err put_line(struct wp_output *out, struct name token, struct name tag)
{
	enum wp_err err = wp_output_write(out, token.text, token.length);
	if (!err && tag.length > 0)
		err = wp_output_write(out, "\t", 1);
	if (!err && tag.length > 0)
		err = wp_output_write(out, tag.text, tag.length);
	return err ? err : wp_output_write(out, "\n", 1);
}

/* ID FORM LEMMA UPOS XPOS FEATS HEAD DEPREL DEPS MISC */
static enum wp_err put_conllu_line(
	struct wp_output *out, size_t number, struct name token, struct name tag)
{
	static const char unknown[] = "\t_\t_\t_\t_\t_\t_\n";
	enum wp_err err = wp_output_printf(out, "%zu\t", number);
	if (!err)
		err = wp_output_write(out, token.text, token.length);
	if (!err)
		err = wp_output_write(out, "\t_\t", 3);
	if (!err)
		err = tag.length ? wp_output_write(out, tag.text, tag.length)
				 : wp_output_write(out, "_", 1);
	return err ? err : wp_output_write(out, unknown, sizeof unknown - 1);
}

static enum wp_err put_sentence(struct wp_output *out, const struct wp_format_text *x,
	size_t sentence, size_t at, size_t n, bool conllu)
{
	enum wp_err err = WP_OK;
	for (size_t i = 0; i < n && !err; i++) {
		struct name token, tag = {0};
		err = take_name(
			&token, x->vocab, x->id[at + i], conllu || x->tags, sentence + 1);
		if (!err && x->tags)
			err = take_name(&tag, x->tags, x->tag[at + i], true, sentence + 1);
		if (!err)
			err = conllu ? put_conllu_line(out, i + 1, token, tag)
				     : put_line(out, token, tag);
	}
	return err ? err : wp_output_write(out, "\n", 1);
}

static enum wp_err put_sentences(struct wp_output *out, const struct wp_format_text *x,
	struct wp_format_job *job, bool conllu)
{
	size_t at = 0, empty = 0, sentences = wp_format_rows(job, x->sentences);
	enum wp_err err = WP_OK;
	for (size_t i = 0; i < sentences && !err; i++) {
		if (x->length[i] < 0 || (size_t)x->length[i] > x->tokens - at)
			return wp_fail(WP_EMISMATCH, "'lengths' add up to more than 'ids' has");
		size_t n = (size_t)x->length[i];
		empty += n == 0;
		if (n > 0)
			err = put_sentence(out, x, i, at, n, conllu);
		at += n;
	}
	if (!err && sentences == x->sentences && at != x->tokens)
		err = wp_fail(WP_EMISMATCH, "'lengths' add up to less than 'ids' has");
	if (empty > 0)
		snprintf(job->warning, sizeof job->warning,
			"%zu sentences without a token have no place in columns", empty);
	if (x->labels)
		snprintf(job->warning, sizeof job->warning,
			"labels of sentences have no place in columns: they are left out");
	if (x->target_vocab)
		snprintf(job->warning, sizeof job->warning,
			"targets of pairs have no place in columns: they are left out");
	return err;
}

static enum wp_err write_format(
	struct wp_output *out, struct wp_reader *reader, struct wp_format_job *job, bool conllu)
{
	struct wp_tensor_set *set;
	struct wp_format_text x;
	enum wp_err err = wp_format_text_read(&x, &set, reader, job->tensor, "columns");
	if (err)
		return err;
	err = put_sentences(out, &x, job, conllu);
	wp_tensor_set_free(set);
	return err;
}

static enum wp_err write_conll(
	struct wp_output *output, struct wp_reader *reader, struct wp_format_job *job)
{
	return write_format(output, reader, job, false);
}

static enum wp_err write_conllu(
	struct wp_output *output, struct wp_reader *reader, struct wp_format_job *job)
{
	return write_format(output, reader, job, true);
}

enum { HEEDED = WP_FORMAT_COLUMNS | WP_FORMAT_MEMORY | WP_FORMAT_TMPDIR };

const struct wp_format wp_format_conll = {
	.name = "conll",
	.reading = HEEDED,
	.read = read_conll,
	.write = write_conll,
};

const struct wp_format wp_format_conllu = {
	.name = "conllu",
	.reading = HEEDED,
	.read = read_conllu,
	.write = write_conllu,
};
