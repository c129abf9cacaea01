/* tokenize: turn text into token text.
 *
 * Reads text, plain or gzipped, and writes its tokens separated by one space, a line for a
 * line. Memory: a few blocks of input, and what cannot be cut: a line with --treebank, else
 * text without white space, of an eighth of --memory at most.
 */
#include "tool.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/spool.h"
#include "stream/input.h"
#include "text/dictionary.h"
#include "text/pair_tokenize.h"
#include "text/tokenize.h"

static struct {
	bool line_buffered, pair;
	int invalid_pairs;
	const char *columns;
	struct wp_tokenizer_options tokenizer;
} conf;

static struct wp_about about = {
	.name = "tokenize",
	.summary = "turn text into token text",
	.operands = "[file ...]",
	.examples = (const char *const[]){"tokenize --lower wiki.txt.gz | vocab --top 30000",
		"tokenize --sentences --treebank --markers < novel.txt",
		"tokenize --chars < shakespeare.txt | vocab | rnn-train > model.bin",
		"tokenize --columns 1,4 ner.conll | vocab --tags > tagged.bin",
		"paste de en | tokenize --pair --language de,en | vocab --pair > pairs.bin",
		NULL},
	.see_also = "vocab, wordpipe(7)",
};

enum { REFUSE, DROP };
static const char *const ways[] = {[REFUSE] = "refuse", [DROP] = "drop", NULL};
static const char *const hyphen_choices[] = {"default", "keep", "split", NULL};

static const struct wp_opt options[] = {
	WP_OPT_GROUP("What a token is"),
	WP_OPT_SET(0, "words", &conf.tokenizer.unit, WP_TOKENS_WORDS,
		"words and punctuation marks by UAX #29; this is the default"),
	WP_OPT_SET(0, "treebank", &conf.tokenizer.unit, WP_TOKENS_TREEBANK,
		"words, punctuation marks and clitics as in the Penn Treebank"),
	WP_OPT_SET(0, "space", &conf.tokenizer.unit, WP_TOKENS_SPACE,
		"whatever stands between white space"),
	WP_OPT_SET(0, "chars", &conf.tokenizer.unit, WP_TOKENS_CHARS,
		"characters as readers see them (grapheme clusters)"),
	WP_OPT_SET(0, "code-points", &conf.tokenizer.unit, WP_TOKENS_CODE_POINTS,
		"Unicode code points"),
	WP_OPT_SET(0, "bytes", &conf.tokenizer.unit, WP_TOKENS_BYTES,
		"bytes, each of them, whatever they mean"),
	WP_OPT_GROUP("What kind of text it is"),
	WP_OPT_FLAG(0, "web", &conf.tokenizer.web,
		"of the web: addresses, #tags, @names, emoticons, runs of marks, and numbers such as "
		"10:30 or 1/2 are one token each"),
	WP_OPT_TEXT(0, "language", &conf.tokenizer.language, "CODE",
		"in this language, by its code of two letters (de, fr, it, el, tr, fi, ...); with "
		"--pair also two, as in de,en"),
	WP_OPT_CHOICE(0, "hyphens", &conf.tokenizer.hyphens, "HOW", hyphen_choices,
		"whether a word with hyphens is kept as one token or split; by default as the "
		"language has it"),
	WP_OPT_TEXT(0, "dictionary", &conf.tokenizer.dictionary, "FILE",
		"with these words and counts for scripts that put no spaces between words; or with "
		"those of ICU: icu"),
	WP_OPT_FLAG(0, "learn-abbreviations", &conf.tokenizer.learn,
		"with the abbreviations that the text itself teaches, which is read twice"),
	WP_OPT_TEXT(0, "abbreviations", &conf.tokenizer.abbreviations, "FILE",
		"with these abbreviations too, one a line"),
	WP_OPT_GROUP("What is changed in tokens"),
	WP_OPT_FLAG(0, "lower", &conf.tokenizer.lower, "to lower case"),
	WP_OPT_FLAG(0, "fold-case", &conf.tokenizer.fold_case,
		"to one form for upper and lower case, as for comparing: STRASSE and Straße are one"),
	WP_OPT_FLAG(0, "strip-accents", &conf.tokenizer.strip_accents,
		"to letters without accents: é to e"),
	WP_OPT_FLAG(0, "fold-digits", &conf.tokenizer.fold_digits, "every digit to 0"),
	WP_OPT_SET(0, "nfc", &conf.tokenizer.form, WP_FORM_NFC,
		"to Unicode's normal form C: one form for the same character"),
	WP_OPT_SET(0, "nfkc", &conf.tokenizer.form, WP_FORM_NFKC,
		"to normal form KC: ligatures, full-width letters and the like replaced too"),
	WP_OPT_FLAG(0, "strict", &conf.tokenizer.strict,
		"fail at the first sequence that is not UTF-8 instead of replacing it"),
	WP_OPT_GROUP("What a line is"),
	WP_OPT_FLAG(0, "sentences", &conf.tokenizer.sentences,
		"write one sentence a line; each line read is a paragraph"),
	WP_OPT_FLAG(0, "markers", &conf.tokenizer.markers,
		"write each line between " WP_SENTENCE_START " and " WP_SENTENCE_END),
	WP_OPT_FLAG(0, "labels", &conf.tokenizer.labels,
		"pass on what precedes the first TAB of each line, with the TAB"),
	WP_OPT_FLAG(0, "pair", &conf.pair,
		"each line is a source, a TAB and its target, and becomes such a line; with "
		"--labels the label and its TAB come first"),
	WP_OPT_CHOICE(0, "invalid-pairs", &conf.invalid_pairs, "HOW", ways,
		"refuse or drop lines with more TABs, or fewer"),
	WP_OPT_TEXT(0, "columns", &conf.columns, "WORD,TAG",
		"read a token a line, its word and its tag in these columns, and write the tags "
		"and a TAB before each sentence"),
	WP_OPT_FLAG(0, "conllu", &conf.tokenizer.conllu,
		"read CoNLL-U, with --columns 2,4 unless told otherwise"),
	WP_OPT_FLAG(0, "keep-lines", &conf.tokenizer.keep_lines,
		"keep lines without tokens, so that as many lines come out as go in"),
	WP_OPT_FLAG(0, "no-newlines", &conf.tokenizer.no_newlines,
		"with --chars, --code-points and --bytes: line ends are no tokens"),
	WP_OPT_FLAG(0, "line-buffered", &conf.line_buffered,
		"write every line at once, as is done when the input is a terminal"),
	WP_OPT_MEMORY,
	WP_OPT_TMPDIR,
	WP_OPT_COMMON,
	WP_OPT_END,
};

/* A column's number, 1 or more, or back from the last one by -1 or less; moves behind it. */
static int parse_column(const char **text)
{
	enum { MOST = 10000 };
	char *end;
	long column = strtol(*text, &end, 10);
	if (end == *text || column == 0 || column < -MOST || column > MOST)
		wp_tool_usage("--columns %s: not two numbers of columns, as in 1,4 or 1,-1",
			conf.columns);
	*text = end;
	return (int)column;
}

static void parse_columns(void)
{
	conf.columns = conf.columns ? conf.columns : "2,4";
	const char *text = conf.columns;
	conf.tokenizer.word_column = parse_column(&text);
	text += *text == ',';
	conf.tokenizer.tag_column = parse_column(&text);
	if (*text)
		wp_tool_usage("--columns %s: more than two columns", conf.columns);
	/* Counted from the end, a line that was cut would show another column. */
	conf.tokenizer.even_columns =
		conf.tokenizer.word_column < 0 || conf.tokenizer.tag_column < 0;
}

/* One of them. */
static struct wp_tokenizer *tokenizer;
static struct wp_pair_tokenizer *pairs;

/* --learn-abbreviations reads the text twice; what cannot be opened twice is put aside. */
static struct wp_spool *aside;

static struct wp_input *open_text(const char *path)
{
	struct wp_input *input;
	wp_tool_check(conf.tokenizer.unit == WP_TOKENS_BYTES
			? wp_input_open(&input, path)
			: wp_input_open_text(&input, path));
	return input;
}

static void learn(const char *path)
{
	enum { IN_MEMORY = 1 << 24 };
	struct wp_input *input = open_text(path);
	bool again = path && strcmp(path, "-") != 0;
	const char *data;
	size_t have;
	if (!again && !aside)
		wp_tool_check(wp_spool_create(&aside, IN_MEMORY, wp_common.tmpdir));
	while (true) {
		wp_tool_check(wp_input_peek(input, 1, &data, &have));
		if (have == 0)
			break;
		wp_tool_check(wp_tokenizer_learn(tokenizer, data, have));
		if (!again)
			wp_tool_check(wp_spool_append(aside, data, have));
		wp_input_skip(input, have);
	}
	wp_input_close(input);
}

/* Give a block of text, or with have = 0 its end, to the tokenizer, and write what comes out.
 */
static void feed(const char *data, size_t have)
{
	size_t length;
	if (pairs)
		wp_tool_check(have ? wp_pair_tokenizer_feed(pairs, data, have)
				   : wp_pair_tokenizer_end_input(pairs));
	else
		wp_tool_check(have ? wp_tokenizer_feed(tokenizer, data, have)
				   : wp_tokenizer_end_input(tokenizer));
	const char *text = pairs ? wp_pair_tokenizer_output(pairs, &length)
				 : wp_tokenizer_output(tokenizer, &length);
	wp_tool_check(wp_output_write(wp_tool_output(), text, length));
	if (pairs)
		wp_pair_tokenizer_drain(pairs);
	else
		wp_tokenizer_drain(tokenizer);
}

static void name(const char *input)
{
	if (pairs)
		wp_pair_tokenizer_name(pairs, input);
	else
		wp_tokenizer_name(tokenizer, input);
}

/* Tokenize one input, as text of its own. */
static void tokenize(const char *path)
{
	struct wp_input *input = open_text(path);
	name(wp_input_name(input));
	bool at_once = conf.line_buffered || wp_input_is_terminal(input);
	bool from_aside = aside && (!path || strcmp(path, "-") == 0);
	const char *data;
	char block[1 << 16];
	size_t have;
	do {
		if (from_aside) {
			wp_tool_check(wp_spool_read(aside, block, sizeof block, &have));
			data = block;
		} else {
			wp_tool_check(wp_input_peek(input, 1, &data, &have));
		}
		feed(data, have);
		if (!from_aside)
			wp_input_skip(input, have);
		if (at_once)
			wp_tool_check(wp_output_flush(wp_tool_output()));
	} while (have > 0);
	name("text");
	wp_input_close(input);
}

int main(int argc, char **argv)
{
	wp_common.memory = (size_t)2 << 30;
	about.features = wp_icu_version() ? "with the dictionaries of ICU" : "without ICU";
	wp_tool_start(&about, options, &argc, &argv);
	/* Of text that has to be held whole: it grows, and there are clean and token forms. */
	conf.tokenizer.longest = wp_common.memory / 8;
	if (conf.columns || conf.tokenizer.conllu)
		parse_columns();
	if (conf.invalid_pairs == DROP && !conf.pair)
		wp_tool_usage("--invalid-pairs needs --pair");
	enum wp_err err = conf.pair
		? wp_pair_tokenizer_create(&pairs, &conf.tokenizer, conf.invalid_pairs == DROP)
		: wp_tokenizer_create(&tokenizer, &conf.tokenizer);
	if (err == WP_EINVAL)
		wp_tool_usage("%s", wp_error_option_detail());
	wp_tool_check(err);

	if (conf.tokenizer.learn) {
		size_t learnt;
		for (int i = 0; i < argc || i == 0; i++)
			learn(argc ? argv[i] : NULL);
		wp_tool_check(wp_tokenizer_learnt(tokenizer, &learnt));
		wp_tool_report("%zu abbreviations learnt", learnt);
	}
	if (argc == 0)
		tokenize(NULL);
	for (int i = 0; i < argc; i++)
		tokenize(argv[i]);

	struct wp_tokenizer_counts counts =
		pairs ? wp_pair_tokenizer_counts(pairs) : wp_tokenizer_counts(tokenizer);
	if (pairs) {
		const struct wp_pair_counts n = wp_pair_tokenizer_pairs(pairs);
		wp_tool_warn_of_dropped(&n);
	}
	if (counts.invalid > 0)
		wp_tool_warn("%" PRIu64 " sequences that are not UTF-8 were replaced by U+FFFD",
			counts.invalid);
	if (counts.no_spaces > counts.tokens / 20)
		wp_tool_warn(
			"%" PRIu64 " characters of scripts that put no spaces between words "
			"are tokens by themselves; for words, use --language zh, ja, th, ... "
			"or --dictionary FILE",
			counts.no_spaces);
	wp_tool_report("%" PRIu64 " bytes read, %" PRIu64 " tokens and %" PRIu64
		       " lines written",
		counts.bytes_read, counts.tokens, counts.lines);
	wp_tokenizer_free(tokenizer);
	wp_pair_tokenizer_free(pairs);
	wp_spool_free(aside);
	return wp_tool_finish();
}
