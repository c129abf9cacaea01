/* The tokenizer: however the input is cut into blocks, and whatever instructions the machine
 * has, the output is the same; it is lines of tokens separated by one space, and every token
 * can be unescaped.  The first two bytes choose the options. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "text/token_text.h"
#include "text/tokenize.h"
#include "text/vocab_count.h"

struct text {
	char *bytes;
	size_t size;
};

static void append(struct text *text, struct wp_tokenizer *t)
{
	size_t n;
	const char *more = wp_tokenizer_output(t, &n);
	text->bytes = realloc(text->bytes, text->size + n + 1);
	must(text->bytes != NULL);
	if (n)
		memcpy(text->bytes + text->size, more, n);
	text->size += n;
	wp_tokenizer_drain(t);
}

static enum wp_err tokenize(const struct wp_tokenizer_options *options, const char *data,
	size_t size, size_t step, struct text *text)
{
	struct wp_tokenizer *t;
	enum wp_err err = wp_tokenizer_create(&t, options);
	if (err)
		return err;
	for (size_t at = 0; at < size && !err; at += step) {
		err = wp_tokenizer_feed(t, data + at, size - at < step ? size - at : step);
		append(text, t);
	}
	if (!err)
		err = wp_tokenizer_end_input(t);
	append(text, t);
	wp_tokenizer_free(t);
	return err;
}

static void check_lines(const struct text *text)
{
	must(text->size == 0 || text->bytes[text->size - 1] == '\n');
	for (const char *p = text->bytes, *end = p + text->size; p < end;) {
		const char *stop = p;
		while (*stop != ' ' && *stop != '\n')
			stop++;
		size_t n = (size_t)(stop - p), length = 0;
		char *token = malloc(n + 1);
		must(token && wp_token_unescape(p, n, token, &length) == WP_OK);
		must(length > 0 || n == 0);
		/* No token is empty, but a line may be. */
		must(n > 0 || (*stop == '\n' && (p == text->bytes || p[-1] == '\n')));
		free(token);
		p = stop + 1;
	}
}

/* vocab --tags understands what comes of columns. */
static void check_tagged(const struct text *text)
{
	const struct wp_count_params params = {
		.annotation = WP_TAGGED, .memory = 1 << 20, .tmpdir = "/tmp"};
	struct wp_counter *counter;
	if (wp_counter_create(&counter, &params))
		return;
	must(wp_counter_feed(counter, text->bytes, text->size) == WP_OK);
	must(wp_counter_end_text(counter) == WP_OK);
	wp_counter_free(counter);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2)
		return 0;
	struct wp_tokenizer_options o = wp_tokenizer_options_default();
	struct text whole = {0}, pieces = {0};
	o.unit = (enum wp_token_unit)(data[0] % 6);
	o.form = (enum wp_normal_form)(data[0] / 6 % 3);
	o.lower = data[0] & 0x40;
	o.fold_digits = data[0] & 0x80;
	o.sentences = data[1] & 1;
	o.markers = data[1] & 2;
	o.labels = data[1] & 4;
	o.keep_lines = data[1] & 8;
	o.no_newlines = data[1] & 16;
	o.strict = data[1] & 32;
	if (data[1] & 64) {
		o.word_column = 1;
		o.tag_column = data[1] & 128 ? 2 : -1;
		o.conllu = data[1] & 128;
	}
	if (data[1] & 128 && !(data[1] & 64)) { /* tailored */
		o.web = data[0] & 8;
		o.language = wp_language_at(data[0] % 24)->code;
		o.hyphens = (enum wp_hyphens)(data[0] % 3);
		o.fold_case = data[0] & 16;
		o.strip_accents = data[0] & 32;
	}
	if (wp_tokenizer_options_check(&o))
		return 0;
	const char *text = (const char *)data + 2;
	unsetenv("WORDPIPE_ISA");
	enum wp_err err = tokenize(&o, text, size - 2, size, &whole);
	setenv("WORDPIPE_ISA", "plain", 1);
	must(tokenize(&o, text, size - 2, 1 + data[0] % 7, &pieces) == err);
	if (!err) {
		fuzz_accepted++;
		must(whole.size == pieces.size);
		must(whole.size == 0 || memcmp(whole.bytes, pieces.bytes, whole.size) == 0);
		if (o.word_column)
			check_tagged(&whole);
		else if (!o.labels)
			check_lines(&whole);
	}
	free(whole.bytes);
	free(pieces.bytes);
	return 0;
}
