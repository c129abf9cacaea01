#include "ngram/arpa.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "ngram/model.h"
#include "stream/lines.h"
#include "text/number.h"
#include "text/plain_text.h"
#include "text/token_text.h"
#include "text/vocab.h"

/* Special tokens, here and there. */
static const char *const special[][2] = {
	{WP_SENTENCE_START, "<s>"}, {WP_SENTENCE_END, "</s>"}, {WP_UNKNOWN_TOKEN, "<unk>"}};
enum { SPECIAL = sizeof special / sizeof *special };

/* ---- Writing ---- */

struct wp_arpa_writer {
	const struct wp_ngram_counts *counts;
	struct wp_output *output;
	struct wp_strings names; /* of the tokens, escaped */
	const struct wp_ngram_notes *notes;
	int n;
	int32_t words; /* so many are written */
};

static bool has_space(const char *token, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if ((unsigned char)token[i] <= ' ')
			return true;
	return false;
}

static enum wp_err add_name(struct wp_strings *names, struct wp_output *room,
	const struct wp_strings *vocab, size_t i, size_t *done)
{
	size_t length, size;
	const char *token = wp_strings_get(vocab, i, &length);
	for (size_t k = 0; k < SPECIAL; k++)
		if (length == strlen(special[k][0]) &&
			memcmp(token, special[k][0], length) == 0)
			return wp_strings_add(names, special[k][1], strlen(special[k][1]));
	/* Others know no escapes: only a token that would be taken apart has them. */
	if (length > 0 && !has_space(token, length))
		return wp_strings_add(names, token, length);
	enum wp_err err = wp_put_token(room, vocab, i);
	const char *text = wp_output_collected(room, &size);
	if (!err)
		err = wp_strings_add(names, text + *done, size - *done);
	*done = size;
	return err;
}

static enum wp_err make_names(struct wp_arpa_writer *a)
{
	const struct wp_strings *vocab = &a->counts->vocab;
	struct wp_output *room = NULL;
	size_t done = 0;
	enum wp_err err = WP_OK;
	for (size_t k = 0; k < SPECIAL; k++)
		if (wp_strings_find(vocab, special[k][0]) >= 0 &&
			wp_strings_find(vocab, special[k][1]) >= 0)
			return wp_fail(WP_EMISMATCH,
				"the text has '%s' as a word, which is what %s is called in "
				"ARPA's form%s",
				special[k][1], special[k][0],
				k == 2 ? ": see vocab --no-unknown" : "");
	err = wp_output_memory(&room);
	for (size_t i = 0; i < vocab->count && !err; i++)
		err = add_name(&a->names, room, vocab, i, &done);
	wp_output_discard(room);
	return err;
}

enum wp_err wp_arpa_writer_create(struct wp_arpa_writer **arpa,
	const struct wp_ngram_counts *counts, struct wp_output *output)
{
	enum wp_err err = wp_alloc(arpa, 1, sizeof **arpa, "ARPA");
	if (err)
		return err;
	(*arpa)->counts = counts;
	(*arpa)->output = output;
	err = make_names(*arpa);
	if (err) {
		wp_arpa_writer_free(*arpa);
		*arpa = NULL;
	}
	return err;
}

void wp_arpa_writer_free(struct wp_arpa_writer *a)
{
	if (!a)
		return;
	wp_strings_fini(&a->names);
	free(a);
}

static enum wp_err start_writing(void *arpa, const struct wp_ngram_notes *notes)
{
	struct wp_arpa_writer *a = arpa;
	a->notes = notes;
	enum wp_err err =
		wp_output_printf(a->output, "\\data\\\nngram 1=%zu\n", a->counts->vocab.count);
	for (int n = 2; n <= a->counts->order && !err; n++)
		err = wp_output_printf(
			a->output, "ngram %d=%" PRIu64 "\n", n, notes->ngrams[n]);
	return err;
}

static char *print_log(char *to, float p)
{
	return wp_print_f32(to, p > 0 ? log10f(p) : WP_NGRAM_NEVER);
}

/* The last token comes first. */
static enum wp_err put_line(
	struct wp_arpa_writer *a, const int32_t *token, float p, float backoff)
{
	char *line, *to;
	size_t length, room = 2 * WP_NUMBER_ROOM + 4;
	for (int i = 0; i < a->n; i++) {
		wp_strings_get(&a->names, (size_t)token[i], &length);
		room += length + 1;
	}
	enum wp_err err = wp_output_reserve(a->output, room, &line);
	if (err)
		return err;
	to = print_log(line, p);
	for (int i = a->n; i-- > 0;) {
		const char *name = wp_strings_get(&a->names, (size_t)token[i], &length);
		*to++ = i < a->n - 1 ? ' ' : '\t';
		memcpy(to, name, length);
		to += length;
	}
	if (a->n < a->counts->order) {
		*to++ = '\t';
		to = print_log(to, backoff);
	}
	*to++ = '\n';
	wp_output_advance(a->output, (size_t)(to - line));
	return WP_OK;
}

/* Words before this one that did not come. */
static enum wp_err put_words_until(struct wp_arpa_writer *a, int32_t word)
{
	enum wp_err err = WP_OK;
	for (; a->words < word && !err; a->words++)
		err = put_line(a, &a->words,
			a->words == a->counts->start ? 0 : (float)a->notes->zero, 1);
	return err;
}

static enum wp_err begin_writing(void *arpa, int n)
{
	struct wp_arpa_writer *a = arpa;
	a->n = n;
	return wp_output_printf(a->output, "\n\\%d-grams:\n", n);
}

static enum wp_err write_ngram(void *arpa, const int32_t *token, float p, float backoff)
{
	struct wp_arpa_writer *a = arpa;
	if (a->n > 1)
		return put_line(a, token, p, backoff);
	enum wp_err err = put_words_until(a, token[0]);
	a->words = token[0] + 1;
	return err ? err : put_line(a, token, token[0] == a->counts->start ? 0 : p, backoff);
}

static enum wp_err end_writing(void *arpa)
{
	struct wp_arpa_writer *a = arpa;
	enum wp_err err = WP_OK;
	if (a->n == 1)
		err = put_words_until(a, (int32_t)a->counts->vocab.count);
	if (!err && a->n == a->counts->order)
		err = wp_output_printf(a->output, "\n\\end\\\n");
	return err;
}

struct wp_ngram_sink wp_arpa_writer_sink(struct wp_arpa_writer *arpa)
{
	return (struct wp_ngram_sink){
		arpa, start_writing, begin_writing, write_ngram, end_writing};
}

/* ---- Reading ---- */

/* N-grams of one length, by hash: has each a back-off weight? */
struct known {
	uint64_t *hash; /* 0: free */
	bool *weight;
	size_t slots, count;
};

struct arpa {
	struct wp_lines lines;
	const char *name, *line, *end;
	struct wp_writer *writer;
	int order;
	uint64_t announced[WP_NGRAM_ORDER_MAX + 1];
	struct wp_strings tokens;
	struct wp_vocab vocab;
	struct known before, now;
	uint64_t *hash;
	float *prob, *backoff;
	char *token; /* without escapes */
	size_t count, hash_room, prob_room, backoff_room, token_room;
};

static enum wp_err bad(const struct arpa *a, const char *what)
{
	return wp_fail(
		WP_ECORRUPT, "%s: %s (line %" PRIu64 ")", a->name, what, a->lines.number);
}

static bool is_line(const struct arpa *a, const char *text)
{
	size_t n = strlen(text);
	return (size_t)(a->end - a->line) == n && memcmp(a->line, text, n) == 0;
}

/* The next line; WP_ETRUNC at the end of the file. */
static enum wp_err next_line(struct arpa *a)
{
	size_t length;
	enum wp_err err = wp_lines_next(&a->lines, &a->line, &length);
	if (err == WP_END)
		return wp_fail(WP_ETRUNC, "%s: cut short: no line '\\end\\'", a->name);
	if (err)
		return err;
	a->end = a->line + length;
	if (length > 0 && a->end[-1] == '\r')
		return bad(a, "the line ends with CR LF: remove them with tr -d '\\r'");
	return WP_OK;
}

static enum wp_err next_filled(struct arpa *a)
{
	enum wp_err err;
	while (!(err = next_line(a)) && a->line == a->end)
		;
	return err;
}

static void known_fini(struct known *k)
{
	free(k->hash);
	free(k->weight);
	*k = (struct known){0};
}

static size_t known_slot(const struct known *k, uint64_t hash)
{
	size_t i = (size_t)hash & (k->slots - 1);
	while (k->hash[i] != 0 && k->hash[i] != hash)
		i = (i + 1) & (k->slots - 1);
	return i;
}

static enum wp_err known_add(struct known *k, uint64_t hash, bool weight)
{
	hash |= hash == 0;
	if (k->slots == 0 || 3 * (k->count + 1) > 2 * k->slots) {
		struct known more = {
			.slots = k->slots ? 2 * k->slots : 1024, .count = k->count};
		enum wp_err err =
			wp_alloc(&more.hash, more.slots, sizeof *more.hash, "n-grams");
		if (!err)
			err = wp_alloc(
				&more.weight, more.slots, sizeof *more.weight, "n-grams");
		for (size_t i = 0; i < k->slots && !err; i++)
			if (k->hash[i] != 0) {
				size_t at = known_slot(&more, k->hash[i]);
				more.hash[at] = k->hash[i];
				more.weight[at] = k->weight[i];
			}
		if (err) {
			known_fini(&more);
			return err;
		}
		known_fini(k);
		*k = more;
	}
	size_t at = known_slot(k, hash);
	k->count += k->hash[at] == 0;
	k->hash[at] = hash;
	k->weight[at] = weight;
	return WP_OK;
}

/* 1: it is there, with a weight; 0: without; -1: it is not there. */
static int known_find(const struct known *k, uint64_t hash)
{
	hash |= hash == 0;
	if (k->slots == 0)
		return -1;
	size_t at = known_slot(k, hash);
	return k->hash[at] == 0 ? -1 : k->weight[at];
}

/* "ngram 3=12345" */
static enum wp_err read_head(struct arpa *a)
{
	enum wp_err err = next_filled(a);
	if (!err && !is_line(a, "\\data\\"))
		return bad(a, "no ARPA file: it does not begin with '\\data\\'");
	while (!err && !(err = next_filled(a)) && a->end - a->line > 6 &&
		memcmp(a->line, "ngram ", 6) == 0) {
		int64_t n, count;
		const char *at = wp_scan_i64(a->line + 6, a->end, &n);
		if (!at || at == a->end || *at != '=' || n != a->order + 1 ||
			n > WP_NGRAM_ORDER_MAX ||
			wp_scan_i64(at + 1, a->end, &count) != a->end || count < 0)
			return bad(a, "not a number of n-grams, in order");
		a->order = (int)n;
		a->announced[n] = (uint64_t)count;
	}
	return err ? err : a->order ? WP_OK : bad(a, "no numbers of n-grams");
}

static enum wp_err unescape(struct arpa *a, const char *field, size_t n, size_t *length)
{
	for (size_t k = 0; k < SPECIAL; k++)
		if (n == strlen(special[k][1]) && memcmp(field, special[k][1], n) == 0) {
			field = special[k][0];
			n = strlen(field);
			break;
		}
	enum wp_err err = wp_grow(&a->token, &a->token_room, n + 1, 1, "token");
	if (err)
		return err;
	if (wp_token_unescape(field, n, a->token, length)) {
		memcpy(a->token, field, n); /* others have no escapes */
		*length = n;
	}
	return WP_OK;
}

static enum wp_err add_entry(struct arpa *a, uint64_t hash, float prob, float backoff)
{
	enum wp_err err =
		wp_grow(&a->hash, &a->hash_room, a->count + 1, sizeof *a->hash, "n-grams");
	if (!err)
		err = wp_grow(
			&a->prob, &a->prob_room, a->count + 1, sizeof *a->prob, "n-grams");
	if (!err)
		err = wp_grow(&a->backoff, &a->backoff_room, a->count + 1, sizeof *a->backoff,
			"n-grams");
	if (err)
		return err;
	a->hash[a->count] = hash;
	a->prob[a->count] = prob;
	a->backoff[a->count++] = backoff;
	return WP_OK;
}

/* A probability at the beginning of the line, or a back-off weight at its end. */
static enum wp_err take_number(
	struct arpa *a, const char *field, size_t n, float most, float *value)
{
	if (n == 0 || wp_scan_f32(field, field + n, value) != field + n || isnan(*value))
		return bad(a, "not a number");
	if (*value > most)
		return bad(a, "a probability above 1: its logarithm is positive");
	if (*value < WP_NGRAM_NEVER)
		*value = WP_NGRAM_NEVER; /* -inf is one */
	return WP_OK;
}

static enum wp_err take_token(
	struct arpa *a, int n, const char *field, size_t size, int32_t *id)
{
	size_t length;
	enum wp_err err = unescape(a, field, size, &length);
	if (err)
		return err;
	if (n == 1) {
		*id = (int32_t)a->tokens.count;
		return wp_strings_add(&a->tokens, a->token, length);
	}
	*id = wp_vocab_find(&a->vocab, a->token, length);
	return *id >= 0 ? WP_OK : bad(a, "a word that is not among the 1-grams");
}

/* prob TAB words [TAB backoff]; any white space serves. */
static enum wp_err take_ngram(struct arpa *a, int n)
{
	const char *at = a->line, *field;
	int32_t ids[WP_NGRAM_ORDER_MAX];
	float prob, backoff = 0;
	size_t size = wp_line_field(&at, a->end, &field);
	enum wp_err err = take_number(a, field, size, 0, &prob);
	for (int i = 0; i < n && !err; i++) {
		size = wp_line_field(&at, a->end, &field);
		err = size ? take_token(a, n, field, size, &ids[i])
			   : bad(a, "fewer words than the n-gram has");
	}
	if (err)
		return err;
	size = wp_line_field(&at, a->end, &field);
	bool weight = size > 0;
	if (weight && n == a->order)
		return bad(a,
			"more words than the n-gram has, or a back-off weight of the "
			"longest");
	if (weight)
		err = take_number(a, field, size, 99, &backoff);
	if (!err && wp_line_field(&at, a->end, &field) > 0)
		return bad(a, "more words than the n-gram has");
	uint64_t hash = 0, context = 0;
	for (int i = n; i-- > 0;)
		hash = wp_ngram_hash(hash, ids[i]);
	for (int i = n - 1; i-- > 0;)
		context = wp_ngram_hash(context, ids[i]);
	int there = n > 1 ? known_find(&a->before, context) : 1;
	if (!err && there < 0)
		return bad(a, "an n-gram whose context is not there");
	if (!err && there == 0)
		return bad(a, "an n-gram whose context has no back-off weight");
	if (!err && n > 1 && n < a->order && known_find(&a->now, hash) >= 0)
		return bad(a, "an n-gram that was there before");
	if (!err && n < a->order)
		err = known_add(&a->now, hash, weight);
	return err ? err : add_entry(a, hash, prob, backoff);
}

static enum wp_err put_1_grams(struct arpa *a)
{
	struct wp_strings settings = {0}, copy = {0};
	struct wp_tensor prob = wp_tensor_1d("ngram.1.prob", WP_F32, a->count),
			 backoff = wp_tensor_1d("ngram.1.backoff", WP_F32, a->count);
	char order[] = "order=00";
	for (size_t k = 0; k < 2; k++)
		if (wp_strings_find(&a->tokens, special[k][0]) < 0)
			return wp_fail(WP_ECORRUPT, "%s: no '%s' among the 1-grams", a->name,
				special[k][1]);
	order[6] = (char)(a->order < 10 ? '0' + a->order : '1');
	order[7] = (char)(a->order < 10 ? 0 : '0' + a->order - 10);
	enum wp_err err = wp_strings_add_all(&copy, &a->tokens);
	if (!err)
		err = wp_vocab_from_strings(&a->vocab, &copy, NULL);
	for (size_t i = 0; i < a->count && !err; i++) {
		size_t length;
		const char *token = wp_strings_get(&a->tokens, i, &length);
		if (wp_vocab_find(&a->vocab, token, length) != (int32_t)i)
			return wp_fail(WP_ECORRUPT, "%s: the 1-gram '%.*s' is there twice",
				a->name, (int)length, token);
	}
	if (!err)
		err = wp_strings_add(&settings, order, strlen(order));
	if (!err)
		err = wp_strings_add(&settings, "smoothing=arpa", 14);
	if (!err)
		err = wp_writer_put_list(a->writer, "vocab", &a->tokens);
	if (!err)
		err = wp_writer_put_list(a->writer, "ngram.settings", &settings);
	if (!err)
		err = wp_writer_put(a->writer, &prob, a->prob);
	if (!err && a->order > 1)
		err = wp_writer_put(a->writer, &backoff, a->backoff);
	wp_strings_fini(&settings);
	return err;
}

static enum wp_err read_section(struct arpa *a, int n)
{
	char head[24] = "\\0-grams:";
	enum wp_err err = WP_OK;
	if (n < 10)
		head[1] = (char)('0' + n);
	else
		memcpy(head,
			(const char[]){'\\', '1', (char)('0' + n - 10), '-', 'g', 'r', 'a', 'm',
				's', ':', 0},
			11);
	if (!is_line(a, head))
		return bad(a, "not the line that begins the n-grams of the next length");
	a->count = 0;
	while (!err && !(err = next_filled(a)) && *a->line != '\\')
		err = take_ngram(a, n);
	if (!err && a->count != a->announced[n])
		return bad(a,
			a->count < a->announced[n] ? "fewer n-grams than announced"
						   : "more n-grams than announced");
	if (!err)
		err = n == 1 ? put_1_grams(a)
			     : wp_ngram_table_put(a->writer, n, a->count, a->hash, a->prob,
				       n < a->order ? a->backoff : NULL);
	known_fini(&a->before);
	a->before = a->now;
	a->now = (struct known){0};
	return err;
}

enum wp_err wp_arpa_read(struct wp_input *input, struct wp_writer *writer)
{
	struct arpa a = {
		.lines = {.input = input}, .name = wp_input_name(input), .writer = writer};
	enum wp_err err = read_head(&a);
	for (int n = 1; n <= a.order && !err; n++)
		err = read_section(&a, n);
	if (!err && !is_line(&a, "\\end\\"))
		err = bad(&a, "not the line '\\end\\'");
	known_fini(&a.before);
	known_fini(&a.now);
	wp_vocab_fini(&a.vocab);
	wp_strings_fini(&a.tokens);
	free(a.hash);
	free(a.prob);
	free(a.backoff);
	free(a.token);
	wp_input_close(input);
	return err;
}
