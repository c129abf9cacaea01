/* Counting and encoding against a slow and simple reference, on texts made of all that is
 * awkward; every instruction set; every way to cut the text into blocks. */
#include "text/vocab_count.h"

#include <stdint.h>
#include <string.h>

#include "base/cpu.h"
#include "base/memory.h"
#include "base/random.h"
#include "tap.h"
#include "text/token_text.h"

/* Growing bytes and numbers; the tests may run out of memory, the library may not. */
struct bytes {
	char *data;
	size_t n, room;
};
struct numbers {
	int32_t *data;
	size_t n, room;
};

static void add_bytes(struct bytes *b, const char *data, size_t n)
{
	if (b->n + n > b->room)
		b->data = realloc(b->data, b->room = 2 * (b->n + n));
	memcpy(b->data + b->n, data, n);
	b->n += n;
}

static void add_numbers(struct numbers *list, const int32_t *data, size_t n)
{
	if (list->n + n > list->room)
		list->data = realloc(
			list->data, (list->room = 2 * (list->n + n)) * sizeof *list->data);
	if (n > 0)
		memcpy(list->data + list->n, data, n * sizeof *data);
	list->n += n;
}

/* ---- The reference ---- */

struct token {
	char *bytes;
	size_t length;
	int64_t count;
};

struct reference {
	struct token *types; /* in the order of the vocabulary, once that is made */
	size_t type_count;
	/* Indices of types as they came; labels: one for a sentence, or, as tags, for a token.
	 */
	struct numbers ids, lengths, labels;
	struct token *label_types;
	size_t label_count;
	bool bad; /* no text of this kind */
};

static int32_t intern(struct token **types, size_t *count, const char *bytes, size_t length)
{
	for (size_t i = 0; i < *count; i++)
		if ((*types)[i].length == length &&
			memcmp((*types)[i].bytes, bytes, length) == 0) {
			(*types)[i].count++;
			return (int32_t)i;
		}
	*types = realloc(*types, (*count + 1) * sizeof **types);
	struct token *new = &(*types)[*count];
	*new = (struct token){malloc(length), length, 1};
	memcpy(new->bytes, bytes, length);
	return (int32_t)(*count)++;
}

static void free_types(struct token *types, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(types[i].bytes);
	free(types);
}

static void read_token(struct token **types, size_t *count, struct numbers *ids,
	const char *bytes, size_t length)
{
	char *plain = malloc(length);
	size_t n;
	if (length == 0) {
		free(plain);
		return;
	}
	if (!memchr(bytes, '\\', length) || wp_token_unescape(bytes, length, plain, &n)) {
		memcpy(plain, bytes, length);
		n = length;
	}
	int32_t id = intern(types, count, plain, n);
	add_numbers(ids, &id, 1);
	free(plain);
}

/* What stands before the line's tab; returns where its tokens begin. */
static size_t read_annotation(
	struct reference *r, enum wp_annotation annotation, const char *line, size_t n)
{
	const char *tab = memchr(line, '\t', n);
	size_t length = tab ? (size_t)(tab - line) : n, before = r->labels.n;
	if (annotation == WP_LABELLED) {
		int32_t label = intern(&r->label_types, &r->label_count, line, length);
		add_numbers(&r->labels, &label, 1);
		r->bad |= !tab || length == 0;
		return length + 1;
	}
	for (size_t from = 0, k = 0; k <= length; k++)
		if (k == length || line[k] == ' ' || line[k] == '\r') {
			read_token(&r->label_types, &r->label_count, &r->labels, line + from,
				k - from);
			from = k + 1;
		}
	r->bad |= !tab && r->labels.n > before;
	return tab ? length + 1 : n;
}

static void read_reference(
	struct reference *r, const struct bytes *text, enum wp_annotation annotation)
{
	*r = (struct reference){0};
	for (size_t i = 0, end; i < text->n; i = end + 1) {
		for (end = i; end < text->n && text->data[end] != '\n';)
			end++;
		size_t from = i, before = r->ids.n;
		if (annotation)
			from += read_annotation(r, annotation, text->data + i, end - i);
		if (r->bad)
			return;
		for (size_t k = from; k <= end; k++)
			if (k == end || strchr(" \t\r", text->data[k] ? text->data[k] : 'x')) {
				read_token(&r->types, &r->type_count, &r->ids,
					text->data + from, k - from);
				from = k + 1;
			}
		int32_t length = (int32_t)(r->ids.n - before);
		add_numbers(&r->lengths, &length, 1);
		if (annotation == WP_TAGGED && r->labels.n != r->ids.n) {
			r->bad = true;
			return;
		}
	}
}

static void free_reference(struct reference *r)
{
	free_types(r->types, r->type_count);
	free_types(r->label_types, r->label_count);
	free(r->ids.data);
	free(r->lengths.data);
	free(r->labels.data);
}

static bool is(const struct token *t, const char *name)
{
	return t->length == strlen(name) && memcmp(t->bytes, name, t->length) == 0;
}

static int compare_bytes(const struct token *x, const struct token *y)
{
	int order = memcmp(x->bytes, y->bytes, x->length < y->length ? x->length : y->length);
	return order ? order : (x->length > y->length) - (x->length < y->length);
}

/* The place of a token in the vocabulary before it is cut. */
static int rank_of(const struct token *t)
{
	return is(t, WP_UNKNOWN_TOKEN)     ? 0
		: is(t, WP_SENTENCE_START) ? 1
		: is(t, WP_SENTENCE_END)   ? 2
					   : 3;
}

static bool comes_before(const struct token *x, const struct token *y)
{
	int a = rank_of(x), b = rank_of(y);
	if (a != b || a < 3)
		return a < b;
	if (x->count != y->count)
		return x->count > y->count;
	return compare_bytes(x, y) < 0;
}

/* What wp_counter_select should give, and by type as it came, its id. */
struct expected {
	struct token *tokens; /* borrowed bytes */
	size_t n;
	int32_t *new_id, *new_label;
};

static struct expected select_reference(
	const struct reference *r, const struct wp_vocab_cut *cut)
{
	size_t n = r->type_count;
	struct expected e = {.tokens = calloc(n + 1, sizeof *e.tokens),
		.new_id = malloc((n + 1) * sizeof *e.new_id),
		.new_label = malloc((r->label_count + 1) * sizeof *e.new_label)};
	size_t *order = malloc((n + 1) * sizeof *order);
	for (size_t i = 0; i < n; i++) {
		size_t at = i;
		for (; at > 0 && comes_before(&r->types[i], &r->types[order[at - 1]]); at--)
			order[at] = order[at - 1];
		order[at] = i;
		e.new_id[i] = cut->without_unknown ? -1 : 0;
	}
	if (!cut->without_unknown)
		e.tokens[e.n++] = (struct token){.bytes = (char *)(uintptr_t)WP_UNKNOWN_TOKEN,
			.length = strlen(WP_UNKNOWN_TOKEN)};
	for (size_t i = 0; i < n; i++) {
		const struct token *t = &r->types[order[i]];
		bool special = rank_of(t) < 3;
		bool in = rank_of(t) != 0 && (special || t->count >= cut->min_count) &&
			(special || !cut->top || e.n < cut->top);
		if (in) {
			e.new_id[order[i]] = (int32_t)e.n;
			e.tokens[e.n++] = *t;
		} else if (!cut->without_unknown)
			e.tokens[0].count += t->count;
	}
	for (size_t i = 0; i < r->label_count; i++) {
		e.new_label[i] = 0;
		for (size_t k = 0; k < r->label_count; k++)
			e.new_label[i] +=
				compare_bytes(&r->label_types[k], &r->label_types[i]) < 0;
	}
	free(order);
	return e;
}

static void free_expected(struct expected *e)
{
	free(e->tokens);
	free(e->new_id);
	free(e->new_label);
}

/* ---- What the library gives ---- */

struct collected {
	struct numbers ids, lengths, labels; /* labels: or tags */
	bool lengths_agree;
	size_t length_sum;
};

static enum wp_err collect(void *arg, const struct wp_id_batch *batch)
{
	struct collected *c = arg;
	add_numbers(&c->ids, batch->ids, batch->id_count);
	add_numbers(&c->lengths, batch->lengths, batch->sentence_count);
	if (batch->labels)
		add_numbers(&c->labels, batch->labels, batch->sentence_count);
	if (batch->tags)
		add_numbers(&c->labels, batch->tags, batch->id_count);
	for (size_t i = 0; i < batch->sentence_count; i++)
		c->length_sum += (size_t)batch->lengths[i];
	c->lengths_agree &= batch->sentence_count == 0 || c->length_sum == c->ids.n;
	return WP_OK;
}

static void free_collected(struct collected *c)
{
	free(c->ids.data);
	free(c->lengths.data);
	free(c->labels.data);
}

static bool same(const struct numbers *a, const struct numbers *b)
{
	return a->n == b->n &&
		(a->n == 0 || memcmp(a->data, b->data, a->n * sizeof *a->data) == 0);
}

/* The reference's text in the expected numbers. */
static struct collected translate(
	const struct reference *r, const struct expected *e, enum wp_annotation annotation)
{
	struct collected c = {{0}, {0}, {0}, true, 0};
	size_t at = 0;
	for (size_t s = 0; s < r->lengths.n; s++) {
		size_t before = c.ids.n;
		for (int32_t k = 0; k < r->lengths.data[s]; k++, at++) {
			int32_t id = e->new_id[r->ids.data[at]];
			if (id < 0)
				continue;
			add_numbers(&c.ids, &id, 1);
			if (annotation == WP_TAGGED)
				add_numbers(&c.labels, &e->new_label[r->labels.data[at]], 1);
		}
		int32_t length = (int32_t)(c.ids.n - before);
		add_numbers(&c.lengths, &length, 1);
		if (annotation == WP_LABELLED)
			add_numbers(&c.labels, &e->new_label[r->labels.data[s]], 1);
	}
	return c;
}

static bool as_expected(const struct collected *c, const struct collected *expected)
{
	return same(&c->ids, &expected->ids) && same(&c->lengths, &expected->lengths) &&
		same(&c->labels, &expected->labels) && c->lengths_agree &&
		c->length_sum == c->ids.n;
}

static bool same_vocab(const struct wp_counted *counted, const struct expected *e)
{
	if (counted->tokens.count != e->n)
		return false;
	for (size_t i = 0; i < e->n; i++) {
		struct token t = {.count = counted->counts[i]};
		const char *bytes = wp_strings_get(&counted->tokens, i, &t.length);
		t.bytes = (char *)(uintptr_t)bytes;
		if (t.count != e->tokens[i].count || compare_bytes(&t, &e->tokens[i]) != 0)
			return false;
	}
	return true;
}

/* Hand the text to feed(it, ...) in blocks of their own, so that tools see a byte too many. */
static enum wp_err feed_blocks(const struct bytes *text, size_t largest, struct wp_rng *rng,
	enum wp_err (*feed)(void *it, const char *block, size_t size), void *it)
{
	enum wp_err err = WP_OK;
	for (size_t done = 0, n; done < text->n && !err; done += n) {
		n = 1 + wp_rng_below(rng, (uint32_t)largest);
		if (n > text->n - done)
			n = text->n - done;
		char *block = malloc(n);
		memcpy(block, text->data + done, n);
		err = feed(it, block, n);
		free(block);
	}
	return err;
}

static enum wp_err feed_counter(void *it, const char *block, size_t size)
{
	return wp_counter_feed(it, block, size);
}

static enum wp_err feed_encoder(void *it, const char *block, size_t size)
{
	return wp_encoder_feed(it, block, size);
}

static bool count_is_right(const struct bytes *text, const struct reference *r,
	const struct wp_vocab_cut *cut, enum wp_annotation annotation, size_t largest,
	struct wp_rng *rng, struct wp_counted *counted)
{
	struct wp_counter *counter;
	const struct wp_count_params params = {.with_ids = true,
		.annotation = annotation,
		.memory = 64 << 20,
		.tmpdir = "/tmp"};
	if (wp_counter_create(&counter, &params))
		return false;
	enum wp_err err = feed_blocks(text, largest, rng, feed_counter, counter);
	if (!err)
		err = wp_counter_end_text(counter);
	bool good = (err == WP_ECORRUPT) == r->bad;
	*counted = (struct wp_counted){0};
	if (!err) {
		struct expected e = select_reference(r, cut);
		struct collected got = {.lengths_agree = true},
				 want = translate(r, &e, annotation);
		good = good && !wp_counter_select(counter, cut, counted) &&
			same_vocab(counted, &e) &&
			counted->labels.count + counted->tags.count == r->label_count &&
			!wp_counter_encode(counter, collect, &got) && as_expected(&got, &want);
		struct wp_text_counts n = wp_counter_counts(counter);
		good = good && n.tokens == r->ids.n && n.sentences == r->lengths.n &&
			n.types == r->type_count;
		free_collected(&got);
		free_collected(&want);
		free_expected(&e);
	}
	wp_counter_free(counter);
	return good;
}

/* Encode the text with the vocabulary that was counted, which it takes. */
static bool encoding_is_right(const struct bytes *text, const struct reference *r,
	const struct wp_vocab_cut *cut, enum wp_annotation annotation, size_t largest,
	struct wp_rng *rng, struct wp_counted *counted)
{
	struct expected e = select_reference(r, cut);
	struct collected got = {.lengths_agree = true}, want = translate(r, &e, annotation);
	struct wp_vocab vocab, labels;
	struct wp_encoder *encoder;
	enum wp_err err = wp_vocab_from_strings(&vocab, &counted->tokens, counted->counts);
	counted->counts = NULL;
	if (!err)
		err = wp_vocab_from_strings(&labels,
			annotation == WP_TAGGED ? &counted->tags : &counted->labels, NULL);
	if (!err)
		err = wp_encoder_create(&encoder, &vocab, annotation,
			annotation ? &labels : NULL, cut->without_unknown, collect, &got);
	if (!err)
		err = feed_blocks(text, largest, rng, feed_encoder, encoder);
	if (!err)
		err = wp_encoder_end_text(encoder);
	if (!err)
		err = wp_encoder_flush(encoder);
	bool good = !err && as_expected(&got, &want);
	for (size_t i = 0; i < e.n && good; i++)
		good = wp_encoder_id_counts(encoder)[i] == e.tokens[i].count &&
			wp_vocab_find(&vocab, e.tokens[i].bytes, e.tokens[i].length) ==
				(int32_t)i;
	wp_encoder_free(encoder);
	wp_vocab_fini(&vocab);
	wp_vocab_fini(&labels);
	free_collected(&got);
	free_collected(&want);
	free_expected(&e);
	return good;
}

/* ---- Texts ---- */

static void add_awkward_token(struct bytes *text, struct wp_rng *rng)
{
	static const char *const pieces[] = {"a", "b", "the", "of", "\\s", "\\n", "\\t", "\\\\",
		"\\", "\\q", "\\x41", "\\u00e9", "\xc3\xa9", "\xff", "SENTENCE_START",
		"SENTENCE_END", "UNKNOWN_TOKEN", "sixteen_bytes_xx", "sixteen_bytes_xxy",
		"fifteen_bytes_x", "quite_a_long_token_of_32_bytes__",
		"quite_a_long_token_of_32_bytes_?", "x\\sy"};
	enum { PIECES = sizeof pieces / sizeof *pieces };
	const char *piece = pieces[wp_rng_below(rng, PIECES)];
	add_bytes(text, piece, strlen(piece));
	if (wp_rng_below(rng, 20) == 0)
		add_bytes(text, "\0", 1);
	if (wp_rng_below(rng, 4) == 0)
		add_awkward_token(text, rng);
	if (wp_rng_below(rng, 300) == 0)
		for (uint32_t n = wp_rng_below(rng, 6000); n > 0; n--)
			add_bytes(text, &"abcdefgh\\"[wp_rng_below(rng, n % 100 ? 8 : 9)], 1);
}

static void add_tags(struct bytes *text, struct wp_rng *rng, uint32_t n)
{
	static const char *const tags[] = {
		"NOUN", "VERB", "B-a tag of more than sixteen bytes", "\\s", "\\", "\\x41"};
	n += wp_rng_below(rng, 4000) == 0;
	n -= n > 0 && wp_rng_below(rng, 4000) == 0;
	while (n-- > 0) {
		char tag[64];
		strcpy(tag, tags[wp_rng_below(rng, 6)]);
		for (char *space = tag; (space = strchr(space, ' '));)
			*space = '_';
		add_bytes(text, tag, strlen(tag));
		add_bytes(text, &"  \r"[wp_rng_below(rng, 3)],
			n > 0 || wp_rng_below(rng, 9) == 0);
	}
	add_bytes(text, "\t", wp_rng_below(rng, 2000) > 0);
}

static struct bytes make_text(struct wp_rng *rng, size_t size, enum wp_annotation annotation)
{
	struct bytes text = {0};
	bool clean = wp_rng_below(rng, 2);
	do {
		uint32_t n = wp_rng_below(rng, 30);
		if (annotation == WP_TAGGED)
			add_tags(&text, rng, n);
		if (annotation == WP_LABELLED) {
			static const char *const labels[] = {"pos", "neg", "neutral or none",
				"a label of more than sixteen bytes", " ", "\\s"};
			const char *label = labels[wp_rng_below(rng, 6)];
			add_bytes(&text, label, strlen(label));
			add_bytes(&text, "\t", wp_rng_below(rng, 2000) > 0);
		}
		for (; n > 0; n--) {
			add_awkward_token(&text, rng);
			if (clean)
				add_bytes(&text, " ", n > 1);
			else
				add_bytes(&text, &"   \t\r "[wp_rng_below(rng, 5)],
					1 + wp_rng_below(rng, 2));
		}
		add_bytes(&text, "\n", 1);
	} while (text.n < size);
	if (wp_rng_below(rng, 2))
		text.n--;
	return text;
}

static void test_random(const char *isa, struct wp_rng *rng)
{
	int bad = 0, refused = 0, rounds = 180;
	setenv("WORDPIPE_ISA", isa, 1);
	for (int i = 0; i < rounds; i++) {
		static const size_t sizes[] = {1, 60, 64, 70, 200, 4000, 4100, 30000};
		static const size_t blocks[] = {1, 3, 70, 130, 5000, 100000};
		enum wp_annotation annotation = (enum wp_annotation)wp_rng_below(rng, 3);
		struct bytes text = make_text(rng, sizes[i % 8], annotation);
		struct reference r;
		struct wp_counted counted;
		read_reference(&r, &text, annotation);
		struct wp_vocab_cut cut = {.top = wp_rng_below(rng, 2) ? 0 : 3 + (size_t)i,
			.min_count = wp_rng_below(rng, 4),
			.without_unknown = wp_rng_below(rng, 3) == 0};
		size_t largest = blocks[wp_rng_below(rng, 6)];
		bool good = count_is_right(&text, &r, &cut, annotation, largest, rng, &counted);
		if (good && !r.bad)
			good = encoding_is_right(
				&text, &r, &cut, annotation, largest, rng, &counted);
		bad += !good;
		refused += r.bad;
		wp_counted_fini(&counted);
		free_reference(&r);
		free(text.data);
	}
	ok(bad == 0,
		"%s: %d of %d awkward texts counted and encoded as by the reference "
		"(%d refused)",
		isa, rounds - bad, rounds, refused);
	unsetenv("WORDPIPE_ISA");
}

static const struct wp_count_params plain_params = {
	.with_ids = true, .memory = 8 << 20, .tmpdir = "/tmp"};

/* A table that has to grow: tokens of several lengths, some of them much more often. */
static void test_growth(void)
{
	enum { TYPES = 200000 };
	struct wp_counter *counter;
	struct wp_count_params params = plain_params;
	params.memory = 256 << 20;
	struct bytes text = {0};
	for (int i = 0; i < TYPES; i++) {
		char token[64];
		int n = snprintf(
			token, sizeof token, i % 3 ? "w%d " : "long_token_number_%d ", i);
		for (int k = 0; k <= (i % 1000 == 0); k++)
			add_bytes(&text, token, (size_t)n);
	}
	struct wp_counted counted = {0};
	const struct wp_vocab_cut cut = {0};
	bool good = !wp_counter_create(&counter, &params) &&
		!wp_counter_feed(counter, text.data, text.n) && !wp_counter_end_text(counter) &&
		!wp_counter_select(counter, &cut, &counted);
	good = good && counted.tokens.count == TYPES + 1;
	size_t twice = 0;
	for (size_t i = 1; good && i < counted.tokens.count; i++) {
		size_t n, m;
		const char *one = wp_strings_get(&counted.tokens, i, &n);
		twice += counted.counts[i] == 2;
		if (i == 1 || counted.counts[i] != counted.counts[i - 1])
			continue;
		const char *before = wp_strings_get(&counted.tokens, i - 1, &m);
		int order = memcmp(before, one, m < n ? m : n);
		good = order < 0 || (order == 0 && m < n);
	}
	ok(good && twice == TYPES / 1000, "%d different tokens, those of equal counts by bytes",
		TYPES);
	struct wp_text_counts n = wp_counter_counts(counter);
	ok(n.known == n.tokens && n.types == TYPES, "... all of them known");
	wp_counted_fini(&counted);
	wp_counter_free(counter);

	params.memory = 8 << 20;
	enum wp_err err = wp_counter_create(&counter, &params);
	if (!err)
		err = wp_counter_feed(counter, text.data, text.n);
	ok(err == WP_ELIMIT && strstr(wp_error_detail(), "4 MiB"),
		"too many for the memory: %s", wp_error_detail());
	wp_counter_free(counter);
	free(text.data);
}

/* One sentence of more ids than a batch has, and ids that go to disk. */
static void test_long_sentence(void)
{
	enum { TOKENS = 1500000 };
	struct wp_counter *counter;
	struct bytes text = {0};
	for (int i = 0; i < TOKENS; i++)
		add_bytes(&text, i % 5 ? "a " : "b ", 2);
	add_bytes(&text, "\na\n\nb", 5);
	struct collected got = {.lengths_agree = true};
	struct wp_counted counted = {0};
	const struct wp_vocab_cut cut = {.top = 1, .without_unknown = true};
	bool good = !wp_counter_create(&counter, &plain_params) &&
		!wp_counter_feed(counter, text.data, text.n) && !wp_counter_end_text(counter) &&
		!wp_counter_select(counter, &cut, &counted) &&
		!wp_counter_encode(counter, collect, &got);
	const int32_t lengths[] = {TOKENS / 5 * 4, 1, 0, 0};
	const struct numbers want = {(int32_t *)(uintptr_t)lengths, 4, 4};
	ok(good && same(&got.lengths, &want) && got.lengths_agree &&
			got.ids.n == TOKENS / 5 * 4 + 1,
		"a sentence of more tokens than a batch, without those that are dropped");
	free_collected(&got);
	wp_counted_fini(&counted);
	wp_counter_free(counter);
	free(text.data);
}

static void test_forgetting(void)
{
	struct wp_counter *counter;
	struct wp_count_params params = plain_params;
	params.max_types = 16;
	struct bytes text = {0};
	for (int i = 0; i < 1000; i++) {
		char token[80];
		int n = snprintf(token, sizeof token,
			"often seldom_but_long_enough%d also_very_often_indeed\n", i);
		add_bytes(&text, token, (size_t)n);
	}
	struct collected got = {.lengths_agree = true};
	struct wp_counted counted = {0};
	const struct wp_vocab_cut cut = {.min_count = 2};
	bool good = !wp_counter_create(&counter, &params) &&
		!wp_counter_feed(counter, text.data, text.n) && !wp_counter_end_text(counter) &&
		!wp_counter_select(counter, &cut, &counted) &&
		!wp_counter_encode(counter, collect, &got);
	struct wp_text_counts n = wp_counter_counts(counter);
	ok(good && counted.tokens.count == 3 && counted.counts[0] == 1000 &&
			counted.counts[1] == 1000 && counted.counts[2] == 1000,
		"with max_types the rare tokens go and the frequent ones stay");
	ok(n.forgotten_types > 900 && n.forgotten_tokens == n.forgotten_types && n.types <= 16,
		"... and it is told how many went (%llu)",
		(unsigned long long)n.forgotten_types);
	good = got.ids.n == 3000;
	for (size_t i = 0; i < got.ids.n && good; i++)
		good = got.ids.data[i] == (i % 3 == 1 ? 0 : i % 3 == 0 ? 2 : 1);
	ok(good, "... their ids are unknown");
	free_collected(&got);
	wp_counted_fini(&counted);
	wp_counter_free(counter);
	free(text.data);
}

static void test_refusals(void)
{
	struct wp_counter *counter;
	struct wp_counted counted;
	struct wp_vocab_cut cut = {.top = 2};
	enum wp_err err = wp_counter_create(&counter, &plain_params);
	const char text[] = "SENTENCE_START a SENTENCE_END\n";
	if (!err)
		err = wp_counter_feed(counter, text, sizeof text - 1);
	if (!err)
		err = wp_counter_select(counter, &cut, &counted);
	ok(err == WP_EINVAL, "no room for the special tokens: %s", wp_error_detail());
	wp_counter_free(counter);

	struct wp_strings tokens = {0};
	struct wp_vocab vocab;
	struct wp_encoder *encoder;
	err = wp_strings_add(&tokens, "a", 1);
	for (int i = 0; i < 2 && !err; i++)
		err = wp_strings_add(&tokens, "twice", 5);
	if (!err)
		err = wp_strings_add(&tokens, "", 0);
	if (!err)
		err = wp_vocab_from_strings(&vocab, &tokens, NULL);
	ok(!err && wp_vocab_find(&vocab, "twice", 5) == 1 &&
			wp_vocab_find(&vocab, "", 0) == -1 &&
			wp_vocab_find(&vocab, "b", 1) == -1 && vocab.unknown == -1,
		"tokens that are twice there, and an empty one, in a vocabulary of others");
	err = wp_encoder_create(&encoder, &vocab, WP_UNANNOTATED, NULL, false, collect, NULL);
	ok(!err && wp_encoder_feed(encoder, "b twice\n", 8) == WP_EMISMATCH &&
			strstr(wp_error_detail(), "'b'"),
		"unknown tokens need UNKNOWN_TOKEN: %s", wp_error_detail());
	wp_encoder_free(encoder);
	wp_vocab_fini(&vocab);

	char *block = malloc(1 << 20);
	memset(block, 'x', 1 << 20);
	err = wp_counter_create(&counter, &plain_params);
	for (int i = 0; i < 64 && !err; i++)
		err = wp_counter_feed(counter, block, 1 << 20);
	ok(err == WP_ECORRUPT, "a token without end: %s", wp_error_detail());
	wp_counter_free(counter);
	free(block);
}

/* Let the n-th allocation fail, for every n, until nothing fails any more. */
static void test_no_memory(enum wp_annotation annotation)
{
	struct wp_rng rng;
	wp_rng_seed(&rng, 11, 0);
	struct bytes text = make_text(&rng, 6000, annotation);
	long n = 0;
	enum wp_err err;
	do {
		struct wp_counter *counter = NULL;
		struct wp_count_params params = plain_params;
		params.annotation = annotation;
		struct wp_counted counted = {0};
		struct collected got = {0};
		const struct wp_vocab_cut cut = {0};
		wp_alloc_fail_at(++n);
		err = wp_counter_create(&counter, &params);
		if (!err)
			err = wp_counter_feed(counter, text.data, text.n);
		if (!err)
			err = wp_counter_end_text(counter);
		if (!err)
			err = wp_counter_select(counter, &cut, &counted);
		if (!err)
			err = wp_counter_encode(counter, collect, &got);
		wp_alloc_fail_at(0);
		free_collected(&got);
		wp_counted_fini(&counted);
		wp_counter_free(counter);
	} while (err == WP_ENOMEM && n < 1000);
	ok(!err && n > 20, "each of %ld allocations may fail", n - 1);
	free(text.data);
}

int main(void)
{
	struct wp_rng rng;
	wp_rng_seed(&rng, 1, 0);
	test_random("plain", &rng);
	if (wp_cpu_isa() >= WP_ISA_AVX2)
		test_random("avx2", &rng);
	else
		skip("no AVX2", "avx2");
	if (wp_cpu_isa() >= WP_ISA_AVX512)
		test_random("avx512", &rng);
	else
		skip("no AVX-512", "avx512");
	test_growth();
	test_long_sentence();
	test_forgetting();
	test_refusals();
	test_no_memory(WP_LABELLED);
	test_no_memory(WP_TAGGED);
	return done_testing();
}
