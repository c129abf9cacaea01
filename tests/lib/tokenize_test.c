/* The tokenizer: what it does to small texts, that the cuts between blocks do not show, and
 * that every instruction set agrees with the rules as lib/text/segment.h has them. */
#define _DEFAULT_SOURCE /* setenv */
#include <stdint.h>
#include <string.h>

#include "base/cpu.h"
#include "base/memory.h"
#include "base/random.h"
#include "tap.h"
#include "text/segment.h"
#include "text/token_text.h"
#include "text/tokenize.h"
#include "text/utf8.h"

struct bytes {
	char *data;
	size_t length, room;
};

static void append(struct bytes *b, const char *data, size_t n)
{
	if (wp_grow(&b->data, &b->room, b->length + n + 1, 1, "test"))
		exit(EXIT_FAILURE);
	if (n > 0)
		memcpy(b->data + b->length, data, n);
	b->length += n;
	b->data[b->length] = '\0';
}

static bool same(const struct bytes *a, const struct bytes *b)
{
	return a->length == b->length && memcmp(a->data, b->data, a->length) == 0;
}

static enum wp_err take(struct wp_tokenizer *t, struct bytes *out, enum wp_err err)
{
	size_t n;
	const char *text = wp_tokenizer_output(t, &n);
	append(out, text, n);
	wp_tokenizer_drain(t);
	return err;
}

/* Tokenize a text given in blocks that end at the places in cuts. */
static enum wp_err tokenize(const struct wp_tokenizer_options *options, const char *text,
	size_t n, const size_t *cuts, size_t cut_count, struct bytes *out)
{
	struct wp_tokenizer *t;
	out->length = 0;
	append(out, "", 0);
	enum wp_err err = wp_tokenizer_create(&t, options);
	size_t from = 0;
	for (size_t i = 0; !err && i <= cut_count; i++) {
		size_t to = i < cut_count ? cuts[i] : n;
		/* A copy of just this block, so that sanitizers see a step beyond it. */
		char *block = malloc(to - from + !(to - from));
		memcpy(block, text + from, to - from);
		err = take(t, out, wp_tokenizer_feed(t, block, to - from));
		free(block);
		from = to;
	}
	if (!err)
		err = take(t, out, wp_tokenizer_end_input(t));
	wp_tokenizer_free(t);
	return err;
}

/* --- small texts ------------------------------------------------------------------------ */

enum {
	LOWER = 1,
	FOLD = 2,
	SENTENCES = 4,
	MARKERS = 8,
	LABELS = 16,
	KEEP = 32,
	NO_NEWLINES = 64,
	NFC = 128,
	NFKC = 256,
	COLUMNS = 512,
	OPTIONS = 1024
};

static struct wp_tokenizer_options make_options(enum wp_token_unit unit, unsigned set)
{
	struct wp_tokenizer_options o = wp_tokenizer_options_default();
	o.unit = unit;
	o.lower = set & LOWER;
	o.fold_digits = set & FOLD;
	o.sentences = set & SENTENCES;
	o.markers = set & MARKERS;
	o.labels = set & LABELS;
	o.keep_lines = set & KEEP;
	o.no_newlines = set & NO_NEWLINES;
	if (set & COLUMNS) {
		o.word_column = 1;
		o.tag_column = -1;
	}
	o.form = set & NFKC ? WP_FORM_NFKC : set & NFC ? WP_FORM_NFC : WP_FORM_AS_IS;
	return o;
}

#define WORDS  WP_TOKENS_WORDS
#define TREE   WP_TOKENS_TREEBANK
#define SPACE  WP_TOKENS_SPACE
#define CHARS  WP_TOKENS_CHARS
#define POINTS WP_TOKENS_CODE_POINTS
#define BYTES  WP_TOKENS_BYTES

static const struct {
	enum wp_token_unit unit;
	unsigned set;
	const char *text, *tokens;
} examples[] = {
	{WORDS, 0, "He left!\n", "He left !\n"},
	{WORDS, 0, "He can't pay $3.50, a.b_c 1,000.5;2 x:y 3:4 'so'\n",
		"He can't pay $ 3.50 , a.b_c 1,000.5;2 x:y 3 : 4 ' so '\n"},
	{WORDS, 0, "no newline", "no newline\n"},
	{WORDS, 0, "", ""},
	{WORDS, 0, "\n\n  \n a \n\n", "a\n"},
	{WORDS, KEEP, "\n\n  \n a \n\n", "\n\n\na\n\n"},
	{WORDS, KEEP, "a\n ", "a\n\n"},
	{WORDS, 0, "\xEF\xBB\xBFone\r\ntwo\r\n", "one\ntwo\n"},
	{WORDS, 0,
		"a\x01"
		"b\x7F"
		"c\td\ve\ff\rg",
		"a b c d e f g\n"},
	{WORDS, 0,
		"a\xC2\x85"
		"b\xC2\xA0"
		"c\xE2\x80\x89"
		"d\xE2\x80\xA8"
		"e\xE2\x80\xA9"
		"f\xE3\x80\x80g\xE2\x80\x8Bh\xE2\x80\xAFi",
		"a b c d e f g h i\n"},
	{WORDS, 0, "a\\b \\", "a \\\\ b \\\\\n"},
	{WORDS, 0, "na\xC3\xAFve caf\xC3\xA9\xE2\x80\x99s",
		"na\xC3\xAFve caf\xC3\xA9\xE2\x80\x99s\n"},
	{WORDS, 0,
		"a\xFF"
		"b \xE2\x82",
		"a \xEF\xBF\xBD b \xEF\xBF\xBD\n"},
	{WORDS, 0, "\xE6\xBC\xA2\xE5\xAD\x97\xE3\x82\xAB\xE3\x83\x8A",
		"\xE6\xBC\xA2 \xE5\xAD\x97 \xE3\x82\xAB\xE3\x83\x8A\n"},
	{WORDS, LOWER, "\xC3\x89T\xC3\x89 A.B \xCE\x9F\xCE\xA3 \xCE\xA3\xCE\xA3.",
		"\xC3\xA9t\xC3\xA9 a.b \xCE\xBF\xCF\x82 \xCF\x83\xCF\x82 .\n"},
	{WORDS, FOLD, "in 1984, \xD9\xA1\xD9\xA2", "in 0000 , 00\n"},
	{WORDS, NFC, "e\xCC\x81 x\n", "\xC3\xA9 x\n"},
	{WORDS, NFKC, "\xEF\xAC\x81x\xC2\xA0y \xEF\xBC\xBC\n", "fix y \\\\\n"},
	{WORDS, MARKERS, "a b\n\nc",
		"SENTENCE_START a b SENTENCE_END\n"
		"SENTENCE_START c SENTENCE_END\n"},
	{WORDS, MARKERS | KEEP, "\na\n", "\nSENTENCE_START a SENTENCE_END\n"},
	{WORDS, LABELS | LOWER, "POS\tGood film.\nNEG\t\n\nx y\tZ\tW\n",
		"POS\tgood film .\nNEG\t\nx y\tz w\n"},
	{WORDS, LABELS | MARKERS, "POS\tGood.\r\nNEG\t\n",
		"POS\tSENTENCE_START Good . SENTENCE_END\nNEG\t\n"},
	{WORDS, SENTENCES, "One. Two? three!  Four.\n\nFive\n",
		"One .\nTwo ?\nthree !\nFour .\nFive\n"},
	{WORDS, SENTENCES,
		"Mr. J. Smith of the U.S. Army (e.g. Dr. No) left at 5 p.m. He ran.\n",
		"Mr . J . Smith of the U.S . Army ( e.g . Dr . No ) left at 5 p.m .\nHe ran .\n"},
	{WORDS, SENTENCES, "It cost 3.5 million. \"Why?\" The end.",
		"It cost 3.5 million .\n\" Why ? \"\nThe end .\n"},
	{WORDS, SENTENCES | MARKERS, "A b. C d.",
		"SENTENCE_START A b . SENTENCE_END\nSENTENCE_START C d . SENTENCE_END\n"},

	{SPACE, 0, " He  left! \xE3\x80\x80x\xC2\xA0y\\\n", "He left! x y\\\\\n"},
	{SPACE, LOWER | FOLD, "A1 \xC3\x89\x32",
		"a0 \xC3\xA9"
		"0\n"},

	{CHARS, 0, "ab c\n\nd", "a b \\s c \\n\n\\n\nd\n"},
	{CHARS, 0, "a\r\n\tb\xC2\xA0\\\n", "a \\n\n\\t b \\u00A0 \\\\ \\n\n"},
	{CHARS, NO_NEWLINES, "ab\n\nc\n", "a b\nc\n"},
	{CHARS, NO_NEWLINES | KEEP, "ab\n\nc\n", "a b\n\nc\n"},
	{CHARS, MARKERS, "ab\n", "SENTENCE_START a b SENTENCE_END\n"},
	{CHARS, LABELS, "x\tab\n", "x\ta b\n"},
	{WORDS, COLUMNS, "The DT B-NP\ncat NN I-NP\n\nsat VB O",
		"B-NP I-NP\tThe cat\nO\tsat\n"},
	{WORDS, COLUMNS | LOWER, "\n \n-DOCSTART- O\r\n\r\nA B\r\n", "B\ta\n"},
	{WORDS, COLUMNS | FOLD, "1 000\t\t1 1\n", "1\\s1\t0\\s000\n"},
	{WORDS, COLUMNS | NFKC, "\xEF\xAC\x81 \xEF\xAC\x81 \n", "fi\tfi\n"},
	{WORDS, COLUMNS, "  one  \n", "one\tone\n"},
	{CHARS, SENTENCES, "Go. On.\n", "G o .\nO n .\n"},
	{CHARS, 0, "e\xCC\x81x\n", "e\xCC\x81 x \\n\n"},
	{CHARS, LOWER, "AB\n", "a b \\n\n"},
	{POINTS, 0, "e\xCC\x81x\n", "e \xCC\x81 x \\n\n"},
	{BYTES, 0,
		"\xEF\xBB\xBF"
		"a\xC3\xA9 \\\r\n\xFF",
		"\\xEF \\xBB \\xBF a \\xC3 \\xA9 \\s "
		"\\\\ \\r \\n\n\\xFF\n"},

	{TREE, 0, "He left!", "He left !\n"},
	{TREE, 0, "They can't've said \"no,\" isn't it?",
		"They ca n't 've said `` no , '' is n't it ?\n"},
	{TREE, 0, "I cannot pay $3.88 or 50% in St. Louis, U.S.",
		"I can not pay $ 3.88 or 50 % in St. Louis , U.S.\n"},
	{TREE, 0, "The dogs' bowl's 'red'; we'd go ('twas 10:30)...",
		"The dogs ' bowl 's ` red ' ; we 'd go ( 't was 10:30 ) ...\n"},
	{TREE, 0, "It was 1,000, not 2: see [1] -- wow---\"x\"",
		"It was 1,000 , not 2 : see [ 1 ] -- wow --- `` x ''\n"},
	{TREE, 0,
		"\xE2\x80\x9CIt\xE2\x80\x99s\xE2\x80\x9D \xE2\x80\x94 1939\xE2\x80\x93"
		"45 "
		"\xE2\x82\xAC"
		"5\xE2\x80\xA6",
		"`` It 's '' \xE2\x80\x94 1939\xE2\x80\x93"
		"45 "
		"\xE2\x82\xAC 5 \xE2\x80\xA6\n"},
	{TREE, 0, "He said \"stop.\" ", "He said `` stop . ''\n"},
	{TREE, 0, "a.b end. of", "a.b end . of\n"},
	{TREE, LOWER, "Gonna GIMME 'Em N'T 'n' '90s", "gon na gim me 'em n't 'n ' '90s\n"},
	{TREE, 0, "well-known and/or a@b #1 & {x} <y>",
		"well-known and/or a @ b # 1 & { x } < y >\n"},
	{TREE, SENTENCES, "One went. Two didn't.", "One went .\nTwo did n't .\n"},
};

static void small_texts(void)
{
	struct bytes out = {0};
	for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++) {
		struct wp_tokenizer_options o = make_options(examples[i].unit, examples[i].set);
		size_t n = strlen(examples[i].text);
		enum wp_err err = tokenize(&o, examples[i].text, n, NULL, 0, &out);
		if (!ok(!err && strcmp(out.data, examples[i].tokens) == 0,
			    "example %zu: unit %d, options %u", i, (int)examples[i].unit,
			    examples[i].set))
			printf("# %s# got %s", examples[i].tokens, out.data);
	}
	free(out.data);
}

/* Every text, with all options and units, cut in two at every place. */
static void cuts_do_not_show(void)
{
	static const char text[] =
		"\xEF\xBB\xBF"
		"a\tDr. No can't.  caf\xC3\xA9\\e\xCC\x81\xFF 1.5\r\n\n \t\n"
		"b\t\xE6\xBC\xA2\xE3\x80\x80x \xF0\x9F\x91\xA8\xE2\x80\x8D\xF0\x9F\x91\xA9 B.\r";
	size_t n = sizeof text - 1;
	struct bytes whole = {0}, cut_out = {0};
	unsigned combinations = 0, wrong = 0;
	for (int unit = WORDS; unit <= BYTES; unit++) {
		for (unsigned set = 0; set < OPTIONS; set++) {
			struct wp_tokenizer_options o =
				make_options((enum wp_token_unit)unit, set);
			if (wp_tokenizer_options_check(&o))
				continue;
			enum wp_err err = tokenize(&o, text, n, NULL, 0, &whole);
			combinations++;
			for (size_t cut = 0; cut <= n; cut++) {
				enum wp_err cut_err = tokenize(&o, text, n, &cut, 1, &cut_out);
				wrong += cut_err != err || !same(&whole, &cut_out);
			}
		}
	}
	static const char german[] =
		"am 3. Mai z. B. bei S. 5. Juni.\nx. \xE4\xB8\xAD\xE5\x9B\xBD. a@b.de!!";
	for (int unit = WORDS; unit <= TREE; unit++) {
		for (unsigned set = 0; set < 4; set++) {
			struct wp_tokenizer_options o =
				make_options((enum wp_token_unit)unit, set & 1 ? SENTENCES : 0);
			o.language = "de";
			o.web = set & 2;
			enum wp_err err =
				tokenize(&o, german, sizeof german - 1, NULL, 0, &whole);
			combinations++;
			for (size_t cut = 0; cut < sizeof german; cut++) {
				enum wp_err cut_err = tokenize(
					&o, german, sizeof german - 1, &cut, 1, &cut_out);
				wrong += cut_err != err || !same(&whole, &cut_out);
			}
		}
	}
	ok(wrong == 0, "%u combinations of options: a cut at any place does not show",
		combinations);
	free(whole.data);
	free(cut_out.data);
}

static void contradictions(void)
{
	static const struct {
		enum wp_token_unit unit;
		unsigned set;
	} cases[] = {{BYTES, LOWER}, {BYTES, FOLD}, {BYTES, NFC}, {BYTES, SENTENCES},
		{WORDS, SENTENCES | KEEP}, {WORDS, SENTENCES | LABELS},
		{WORDS, COLUMNS | LABELS}, {WORDS, COLUMNS | MARKERS}, {CHARS, COLUMNS},
		{WORDS, COLUMNS | KEEP}};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct wp_tokenizer_options o = make_options(cases[i].unit, cases[i].set);
		struct wp_tokenizer *t;
		ok(wp_tokenizer_create(&t, &o) == WP_EINVAL && t == NULL, "refused: %s",
			wp_error_detail());
	}
}

static void bad_input(void)
{
	struct bytes out = {0};
	struct wp_tokenizer_options o = make_options(WORDS, LABELS);
	ok(tokenize(&o, "a\tb\nno label\n", 13, NULL, 0, &out) == WP_ECORRUPT &&
			strcmp(wp_error_detail(),
				"text: no TAB between a label and its text (line 2)") == 0,
		"a line without label: %s", wp_error_detail());
	for (int unit = WORDS; unit <= POINTS; unit++) {
		o = make_options((enum wp_token_unit)unit, 0);
		o.strict = true;
		ok(tokenize(&o, "good\nso b\xC3 ad\n", 14, NULL, 0, &out) == WP_ECORRUPT &&
				strcmp(wp_error_detail(), "text: not UTF-8 (byte 9)") == 0,
			"strict, unit %d: %s", unit, wp_error_detail());
	}
	free(out.data);
}

static void counts(void)
{
	struct wp_tokenizer_options o = make_options(WORDS, MARKERS);
	struct wp_tokenizer *t;
	struct bytes out = {0};
	enum wp_err err = wp_tokenizer_create(&t, &o);
	for (int i = 0; i < 2 && !err; i++) {
		err = wp_tokenizer_feed(t,
			"\xEF\xBB\xBF"
			"A b.\n\n\xFF",
			10);
		if (!err)
			err = take(t, &out, wp_tokenizer_end_input(t));
	}
	struct wp_tokenizer_counts c = wp_tokenizer_counts(t);
	ok(!err && c.bytes_read == 20 && c.tokens == 8 && c.lines == 4 && c.invalid == 2,
		"two inputs are two texts, and counted together");
	wp_tokenizer_free(t);
	free(out.data);
}

static void no_memory(void)
{
	static const char text[] = "a\tOne caf\xC3\xA9\xFF. e\xCC\x81 Two.\nb\tlast";
	struct bytes out = {0};
	append(&out, text, 400 < sizeof text ? 400 : sizeof text); /* room beforehand */
	bool clean = true;
	for (unsigned set = 0; set < OPTIONS; set += NFC) {
		for (int unit = WORDS; unit <= (set & COLUMNS ? WORDS : POINTS); unit++) {
			struct wp_tokenizer_options o = make_options((enum wp_token_unit)unit,
				set & COLUMNS           ? set
					: unit == WORDS ? set | LABELS
							: set | SENTENCES);
			enum wp_err err = WP_ENOMEM;
			for (long n = 1; err == WP_ENOMEM && n < 100; n++) {
				struct wp_tokenizer *t;
				wp_alloc_fail_at(n);
				err = wp_tokenizer_create(&t, &o);
				for (size_t i = 0; !err && i < sizeof text; i += 7)
					err = wp_tokenizer_feed(t, text + i,
						sizeof text - i < 7 ? sizeof text - i : 7);
				if (!err)
					err = wp_tokenizer_end_input(t);
				wp_tokenizer_free(t);
			}
			clean = clean && err == WP_OK;
		}
	}
	wp_alloc_fail_at(0);
	ok(clean, "failing allocations are reported, whichever they are");
	free(out.data);
}

/* --- random texts against the rules ---------------------------------------------------------
 */

/* Write one code point as a part of a token. */
static void put_code_point(const struct wp_tokenizer_options *o, uint32_t c, struct bytes *out)
{
	char token[4], text[4 * WP_ESCAPE_GROWTH];
	if (o->fold_digits && wp_char(c).flags & WP_CHAR_DIGIT)
		c = '0';
	if (o->lower)
		c = wp_char_lower(c);
	size_t n = wp_utf8_encode(c, token);
	if (wp_char(c).flags & WP_CHAR_JOINER) /* no escape where it joins two others */
		append(out, token, n);
	else
		append(out, text, wp_token_escape(token, n, text));
}

static bool is_unseen(uint32_t c)
{
	return wp_char(c).flags & (WP_CHAR_HIDDEN | WP_CHAR_JOINER);
}

static bool is_joinable(uint32_t c)
{
	unsigned s = wp_char(c).sentence;
	return s == WP_SB_UPPER || s == WP_SB_LOWER || s == WP_SB_OLETTER ||
		s == WP_SB_NUMERIC || s == WP_SB_EXTEND ||
		wp_char(c).flags & WP_CHAR_PICTOGRAPH;
}

/* Leave out the characters that cannot be seen, but joiners between two that can be joined;
 * how many remain.  (The texts have soft hyphens and zero width joiners.) */
static size_t leave_out_unseen(uint32_t *line, size_t n)
{
	size_t kept = 0;
	uint32_t before = 0;
	for (size_t i = 0; i < n; i++) {
		size_t next = i;
		while (next < n && is_unseen(line[next]))
			next++;
		bool half_form =
			line[i] == 0x200D && before && wp_char(before).word == WP_WB_EXTEND;
		bool joins =
			before && is_joinable(before) && next < n && is_joinable(line[next]);
		if (!is_unseen(line[i]))
			before = line[i];
		if (!is_unseen(line[i]) || joins || half_form)
			line[kept++] = line[i];
	}
	return kept;
}

/* Words of a line: it is cut at separators, and each part at its word boundaries. */
static void words_by_rule(
	const struct wp_tokenizer_options *o, uint32_t *line, size_t n, struct bytes *out)
{
	n = leave_out_unseen(line, n);
	bool *breaks = malloc(n + 1);
	bool empty = true;
	for (size_t i = 0, part; i < n; i += part + 1) {
		for (part = 0; i + part < n; part++)
			if (wp_char(line[i + part]).flags & WP_CHAR_SEPARATOR)
				break;
		wp_word_breaks(line + i, part, breaks);
		for (size_t k = 0; k < part; k++) {
			bool begins = o->unit == WP_TOKENS_SPACE ? k == 0 : breaks[k];
			if (begins && !empty)
				append(out, " ", 1);
			empty = false;
			put_code_point(o, line[i + k], out);
		}
	}
	free(breaks);
	if (!empty || o->keep_lines)
		append(out, "\n", 1);
}

static void text_by_rule(
	const struct wp_tokenizer_options *o, const char *text, size_t n, struct bytes *out)
{
	uint32_t *line = malloc((n + 1) * sizeof *line);
	size_t length = 0;
	const char *end = text + n;
	bool open = false;
	out->length = 0;
	append(out, "", 0);
	while (text < end) {
		struct wp_decoded c = wp_utf8_decode(text, end);
		text += c.length;
		open = c.code_point != '\n';
		if (open) {
			line[length++] = c.code_point;
		} else {
			words_by_rule(o, line, length, out);
			length = 0;
		}
	}
	if (open)
		words_by_rule(o, line, length, out);
	free(line);
}

/* Text that the rules have much to say about; the more `wild` (0 to 8), the less is ASCII. */
static size_t random_text(struct wp_rng *rng, char *text, size_t most, unsigned wild)
{
	static const char plain[] = "aaabZz019..''::,,;;__  \n\t!\"-";
	static const char *const rare[] = {"\r\n", "\\", "\xC3\xA9", "\xCC\x81", "\xD7\x90",
		"\"", "'", "\xE2\x80\x8D", "\xF0\x9F\x91\xA9", "\xF0\x9F\x87\xA9", "\xC2\xAD",
		"\xE3\x82\xAB", "\xE6\xBC\xA2", "\xC2\xA0", "\xE2\x80\xA8", "\xFF", "\xE2\x82",
		"\xD9\xA1", "\xC2\xB7", "\xE2\x80\x99", "\xE3\x80\x80", "\xC3\x89",
		"\xE2\x80\xAF"};
	size_t n = 0, want = wp_rng_below(rng, (uint32_t)most - 4);
	while (n < want) {
		uint32_t dice = wp_rng_below(rng, 64);
		if (dice < wild * wild) {
			const char *c = rare[wp_rng_below(rng, sizeof rare / sizeof rare[0])];
			size_t length = strlen(c);
			memcpy(text + n, c, length);
			n += length;
		} else if (dice == 63 && wild & 1) {
			text[n++] = (char)wp_rng_below(rng, 128);
		} else {
			text[n++] = plain[wp_rng_below(rng, sizeof plain - 1)];
		}
	}
	return n;
}

static void random_texts(enum wp_isa isa)
{
	enum { MOST = 400, TEXTS = 12000 };
	struct wp_rng rng;
	struct bytes got = {0}, right = {0};
	unsigned wrong = 0;
	setenv("WORDPIPE_ISA", wp_isa_name(isa), 1);
	wp_rng_seed(&rng, 1, 0);
	for (int i = 0; i < TEXTS; i++) {
		char text[MOST];
		size_t n = random_text(&rng, text, MOST, wp_rng_below(&rng, 9));
		struct wp_tokenizer_options o =
			make_options(wp_rng_below(&rng, 4) ? WP_TOKENS_WORDS : WP_TOKENS_SPACE,
				wp_rng_below(&rng, 2) * KEEP + wp_rng_below(&rng, 4));
		size_t cuts[3] = {0}, cut_count = wp_rng_below(&rng, 4);
		for (size_t c = 0; c < cut_count; c++) {
			size_t last = c > 0 ? cuts[c - 1] : 0;
			cuts[c] = last + wp_rng_below(&rng, (uint32_t)(n - last) + 1);
		}
		text_by_rule(&o, text, n, &right);
		if (tokenize(&o, text, n, cuts, cut_count, &got) || !same(&got, &right)) {
			if (wrong++ == 0)
				printf("# text: %.*s\n# right: %s\n# got: %s\n", (int)n, text,
					right.data, got.data);
		}
	}
	unsetenv("WORDPIPE_ISA");
	ok(wrong == 0, "%s: %d random texts are tokenized by the rules", wp_isa_name(isa),
		TEXTS);
	free(got.data);
	free(right.data);
}

/* Characters of random lines, against the boundaries of grapheme clusters. */
static void random_characters(void)
{
	enum { MOST = 200, TEXTS = 4000 };
	struct wp_rng rng;
	struct bytes got = {0}, right = {0};
	struct wp_tokenizer_options o = make_options(WP_TOKENS_CHARS, NO_NEWLINES);
	unsigned wrong = 0;
	wp_rng_seed(&rng, 2, 0);
	for (int i = 0; i < TEXTS; i++) {
		char text[MOST];
		uint32_t line[MOST];
		bool breaks[MOST];
		size_t n = random_text(&rng, text, MOST, wp_rng_below(&rng, 9)), length = 0;
		for (char *lf; (lf = memchr(text, '\n', n));)
			*lf = '\r';
		for (size_t at = 0; at < n; length++) {
			struct wp_decoded c = wp_utf8_decode(text + at, text + n);
			line[length] = c.code_point;
			at += c.length;
		}
		wp_grapheme_breaks(line, length, breaks);
		right.length = 0;
		for (size_t k = 0; k < length; k++) {
			char cluster[4 * MOST], written[4 * MOST * WP_ESCAPE_GROWTH];
			size_t bytes = wp_utf8_encode(line[k], cluster);
			while (k + 1 < length && !breaks[k + 1])
				bytes += wp_utf8_encode(line[++k], cluster + bytes);
			if (right.length > 0)
				append(&right, " ", 1);
			append(&right, written, wp_token_escape(cluster, bytes, written));
		}
		append(&right, "\n", length > 0);
		wrong += tokenize(&o, text, n, NULL, 0, &got) != WP_OK || !same(&got, &right);
	}
	ok(wrong == 0, "%d random lines are parted into grapheme clusters", TEXTS);
	free(got.data);
	free(right.data);
}

int main(void)
{
	small_texts();
	cuts_do_not_show();
	contradictions();
	bad_input();
	counts();
	no_memory();
	for (enum wp_isa isa = WP_ISA_PLAIN; isa <= wp_cpu_isa(); isa++)
		random_texts(isa);
	random_characters();
	return done_testing();
}
