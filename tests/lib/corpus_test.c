/* A text held ready for training: what it must agree in, and its labels and tags. */
#include "text/corpus.h"

#include <string.h>

#include "base/memory.h"
#include "fields.h"
#include "files.h"
#include "tap.h"

/* The streams of the given files, joined. */
static struct bytes joined(const char *const *one, const char *const *other)
{
	struct bytes all = {0};
	for (int i = 0; i < 2; i++) {
		const char *const *fields = i ? other : one;
		if (!fields)
			continue;
		const char *path = files_path("stream");
		if (fields_write(path, fields))
			abort();
		struct bytes stream = files_get(path);
		all.data = realloc(all.data, all.size + stream.size);
		memcpy(all.data + all.size, stream.data, stream.size);
		all.size += stream.size;
		free(stream.data);
	}
	return all;
}

static enum wp_err note_name(
	void *names, struct wp_reader *reader, const struct wp_tensor *tensor)
{
	(void)reader;
	strcat(strcat(names, tensor->name), " ");
	return WP_OK;
}

static enum wp_err read_corpus(struct wp_corpus *corpus, const struct bytes *stream,
	unsigned wanted, size_t memory, char *names)
{
	struct wp_input *input;
	struct wp_reader *reader;
	*names = '\0';
	enum wp_err err =
		wp_input_memory(&input, (const char *)stream->data, stream->size, "memory");
	if (!err)
		err = wp_reader_over(&reader, input);
	if (err)
		return err;
	err = wp_corpus_read(corpus, reader, wanted, NULL, memory, "/tmp", note_name, names);
	wp_reader_close(reader);
	return err;
}

enum { NONE = 0, LABELS = WP_CORPUS_LABELS, TAGS = WP_CORPUS_TAGS, PAIRS = WP_CORPUS_PAIRS };

static void refuses(const char *what, const char *const *one, const char *const *other,
	unsigned wanted, const char *why)
{
	struct bytes stream = joined(one, other);
	struct wp_corpus corpus;
	char names[200];
	enum wp_err err = read_corpus(&corpus, &stream, wanted, 1 << 20, names);
	ok(err == WP_EMISMATCH && strstr(wp_error_detail(), why), "%s: %s", what,
		err ? wp_error_detail() : "accepted");
	free(stream.data);
}

static bool is(const int32_t *numbers, size_t n, const char *want)
{
	char text[200] = "";
	for (size_t i = 0; numbers && i < n; i++)
		snprintf(text + strlen(text), sizeof text - strlen(text), i ? " %d" : "%d",
			numbers[i]);
	return strcmp(text, want) == 0;
}

static bool has_words(const struct wp_strings *list, size_t count, const char *bytes)
{
	return list->count == count && wp_strings_bytes(list) == strlen(bytes) &&
		(count == 0 || memcmp(list->bytes, bytes, strlen(bytes)) == 0);
}

static const char *const everything[] = {"vocab=a b", "labels.vocab=x y", "tags.vocab=N V D",
	"counts=9 9", "ids+=0 1", "tags+=2 0", "lengths+=1", "labels+=1", "ids=0", "tags=1",
	"lengths=0 2", "labels=0 1", "more=1", NULL};

static void what_is_wanted(void)
{
	struct bytes stream = joined(everything, NULL);
	for (unsigned wanted = 0; wanted <= (LABELS | TAGS); wanted++) {
		struct wp_corpus c;
		char names[200];
		enum wp_err err = read_corpus(&c, &stream, wanted, 1 << 20, names);
		if (!ok(!err, "read%s", err ? wp_error_detail() : ""))
			continue;
		ok(c.tokens == 3 && c.sentences == 3 && has_words(&c.vocab, 2, "ab") &&
				is(c.ids, 3, "0 1 0") && is(c.lengths, 3, "1 0 2") &&
				c.counts[0] == 2 && c.counts[1] == 1,
			"ids, lengths, and counts of them");
		ok(wanted & LABELS
				? has_words(&c.label_vocab, 2, "xy") && is(c.labels, 3, "1 0 1")
				: !c.labels && c.label_vocab.count == 0,
			"labels%s", wanted & LABELS ? "" : " that nobody wants");
		ok(wanted & TAGS ? has_words(&c.tag_vocab, 3, "NVD") && is(c.tags, 3, "2 0 1")
				 : !c.tags && c.tag_vocab.count == 0,
			"tags%s", wanted & TAGS ? "" : " that nobody wants");
		ok(!strstr(names, "labels") == !!(wanted & LABELS) &&
				!strstr(names, "tags") == !!(wanted & TAGS) &&
				strstr(names, "more ") && !strstr(names, "ids") &&
				!strstr(names, "counts"),
			"the others: %s", names);
		wp_corpus_fini(&c);
	}
	free(stream.data);
}

static void joined_streams(void)
{
	struct bytes stream = joined(everything, everything);
	struct wp_corpus c;
	char names[200];
	ok(!read_corpus(&c, &stream, LABELS | TAGS, 0, names) && c.tokens == 6 &&
			is(c.labels, c.sentences, "1 0 1 1 0 1") &&
			is(c.tags, c.tokens, "2 0 1 2 0 1") && c.counts[0] == 4,
		"joined streams are one text, on disk too");
	wp_corpus_fini(&c);
	free(stream.data);

	const char *const *text = FIELDS("vocab=a", "ids=0", "lengths=1");
	const char *const *labelled =
		FIELDS("vocab=a", "labels.vocab=x", "ids=0", "lengths=1", "labels=0");
	const char *const *tagged =
		FIELDS("vocab=a", "tags.vocab=N", "ids=0", "tags=0", "lengths=1");
	stream = joined(text, NULL);
	ok(!read_corpus(&c, &stream, LABELS | TAGS, 1 << 20, names) && !c.labels && !c.tags,
		"a text may have neither");
	wp_corpus_fini(&c);
	free(stream.data);
	refuses("labels in the first of two", labelled, text, LABELS, "different labels");
	refuses("labels in the second of two", text, labelled, LABELS, "different labels");
	refuses("tags in one of two", tagged, text, TAGS, "different tags");
	refuses("other labels", labelled,
		FIELDS("vocab=a", "labels.vocab=y", "ids=0", "lengths=1", "labels=0"), LABELS,
		"different labels");
	refuses("other words", text, FIELDS("vocab=b", "ids=0", "lengths=1"), NONE,
		"different vocabularies");
}

static void what_does_not_fit(void)
{
	refuses("no vocabulary", FIELDS("lengths=1"), NULL, NONE, "no 'vocab'");
	refuses("no ids", FIELDS("vocab=a", "lengths=1"), NULL, NONE, "no 'ids'");
	refuses("no lengths", FIELDS("vocab=a", "ids=0"), NULL, NONE, "no 'lengths'");
	refuses("ids first", FIELDS("ids=0", "vocab=a", "lengths=1"), NULL, NONE, "before");
	refuses("a vocabulary that goes on",
		FIELDS("vocab+=a", "ids=0", "vocab=b", "lengths=1"), NULL, NONE, "goes on");
	refuses("a large id", FIELDS("vocab=a", "ids=1", "lengths=1"), NULL, NONE, "id 1");
	refuses("an id below 0", FIELDS("vocab=a", "ids=-1", "lengths=1"), NULL, NONE, "id -1");
	refuses("a length below 0", FIELDS("vocab=a", "ids=0", "lengths=2 -1"), NULL, NONE,
		"length -1");
	refuses("few lengths", FIELDS("vocab=a", "ids=0 0", "lengths=1"), NULL, NONE,
		"lengths and ids");
	refuses("ids that are none", FIELDS("vocab=a", "ids.vocab=0", "counts=1"), NULL, NONE,
		"no 'ids'");
	refuses("few labels",
		FIELDS("vocab=a", "labels.vocab=x", "ids=0", "lengths=1 0", "labels=0"), NULL,
		LABELS, "not a label for each sentence");
	refuses("no labels, but their list",
		FIELDS("vocab=a", "labels.vocab=x", "ids=0", "lengths=1"), NULL, LABELS,
		"not a label for each sentence");
	refuses("labels without their list",
		FIELDS("vocab=a", "ids=0", "lengths=1", "labels=0"), NULL, LABELS, "before");
	refuses("a large label",
		FIELDS("vocab=a", "labels.vocab=x", "ids=0", "lengths=1", "labels=1"), NULL,
		LABELS, "labels 1");
	refuses("few tags", FIELDS("vocab=a", "tags.vocab=N", "ids=0 0", "tags=0", "lengths=2"),
		NULL, TAGS, "not a tag for each token");
	refuses("a tag below 0",
		FIELDS("vocab=a", "tags.vocab=N", "ids=0", "tags=-1", "lengths=1"), NULL, TAGS,
		"tags -1");
}

#define MARKERS "SENTENCE_START SENTENCE_END"

static const char *const pairs[] = {"vocab=a b", "target.vocab=" MARKERS " x", "labels.vocab=L",
	"ids+=0 1", "lengths+=1", "target.ids+=0 2 1 0", "target.lengths+=3", "labels=0 0",
	"ids=1", "lengths=2", "target.ids=1", "target.lengths=2", "target.counts=2 2 1", NULL};

static void pairs_of_texts(void)
{
	struct bytes stream = joined(pairs, NULL);
	struct wp_corpus c;
	char names[200];
	enum wp_err err = read_corpus(&c, &stream, PAIRS | LABELS, 1 << 20, names);
	ok(!err && c.sentences == 2 && is(c.ids, c.tokens, "0 1 1") && c.target.given &&
			!c.target.shared && is(c.target.ids, c.target.tokens, "0 2 1 0 1") &&
			is(c.target.lengths, c.target.sentences, "3 2") &&
			is(c.labels, 2, "0 0") &&
			wp_corpus_target_vocab(&c) == &c.target.vocab &&
			c.target.vocab.count == 3 && c.target.counts[0] == 2 &&
			c.target.counts[2] == 1 && c.target.start == 0 && c.target.end == 1,
		"both sides of pairs%s", err ? wp_error_detail() : "");
	ok(!*names, "and nothing is left: %s", names);
	wp_corpus_fini(&c);
	free(stream.data);

	stream = joined(pairs, pairs);
	err = read_corpus(&c, &stream, PAIRS, 0, names);
	ok(!err && c.sentences == 4 && is(c.target.lengths, c.target.sentences, "3 2 3 2") &&
			c.target.counts[0] == 4,
		"joined pairs");
	wp_corpus_fini(&c);
	free(stream.data);

	const char *const *shared = FIELDS("vocab=" MARKERS " a", "ids=2", "lengths=1",
		"target.ids=0 2 1", "target.lengths=3");
	stream = joined(shared, NULL);
	err = read_corpus(&c, &stream, PAIRS, 1 << 20, names);
	ok(!err && c.target.shared && wp_corpus_target_vocab(&c) == &c.vocab &&
			c.counts[2] == 1 && c.target.counts[2] == 1 &&
			c.target.counts[0] == 1 && c.counts[0] == 0,
		"a vocabulary that both sides share");
	wp_corpus_fini(&c);
	free(stream.data);

	stream = joined(FIELDS("target.vocab=" MARKERS " x", "target.ids=0 1 0 2 1",
				"target.lengths=2 3", "series=1"),
		NULL);
	err = read_corpus(&c, &stream, PAIRS | WP_CORPUS_NO_IDS, 1 << 20, names);
	ok(!err && c.target.sentences == 2 && c.sentences == 0 && strcmp(names, "series ") == 0,
		"targets of what is no text");
	wp_corpus_fini(&c);
	free(stream.data);

	stream = joined(FIELDS("vocab=a", "ids=0", "lengths=1"), NULL);
	ok(!read_corpus(&c, &stream, PAIRS, 1 << 20, names) && !c.target.given &&
			!c.target.ids && c.target.sentences == 0,
		"a text may have no targets");
	wp_corpus_fini(&c);
	free(stream.data);
}

/* A pair of one source, with these targets. */
static void refuses_pair(const char *what, const char *vocab, const char *ids,
	const char *lengths, const char *why)
{
	refuses(what, FIELDS("vocab=a", "ids=0", "lengths=1", vocab, ids, lengths), NULL, PAIRS,
		why);
}

static void pairs_that_do_not_fit(void)
{
	const char *vocab = "target.vocab=" MARKERS, *lengths = "target.lengths=2";
	const char *const *text = FIELDS("vocab=" MARKERS, "ids=0", "lengths=1");
	const char *const *own = FIELDS("vocab=" MARKERS, "target.vocab=" MARKERS, "ids=0",
		"lengths=1", "target.ids=0 1", "target.lengths=2");
	const char *const *shared = FIELDS(
		"vocab=" MARKERS, "ids=0", "lengths=1", "target.ids=0 1", "target.lengths=2");
	refuses("pairs that nobody wants", pairs, NULL, LABELS, "ts-select --without");
	refuses_pair("two targets of one source", vocab, "target.ids=0 1 0 1",
		"target.lengths=2 2", "1 sources and 2 targets");
	refuses_pair("no target", vocab,
		"target.ids=", "target.lengths=", "1 sources and 0 targets");
	refuses_pair("few lengths of targets", vocab, "target.ids=0 1 0", lengths,
		"target.lengths and target.ids");
	refuses_pair("a large target id", vocab, "target.ids=0 2", lengths, "target id 2");
	refuses_pair("a length of a target below 0", vocab, "target.ids=0 1",
		"target.lengths=3 -1", "length -1");
	refuses_pair("no target ids", vocab, "more=1", lengths, "no 'target.ids'");
	refuses_pair("no lengths of targets", vocab, "target.ids=0 1", "more=1",
		"no 'target.lengths'");
	refuses_pair("a target without its beginning", vocab, "target.ids=1 1", lengths,
		"target 1 is not between");
	refuses_pair(
		"a target without its end", vocab, "target.ids=0 0", lengths, "not between");
	refuses_pair("one marker", vocab, "target.ids=0", "target.lengths=1", "not between");
	refuses_pair("words without markers", "target.vocab=x y", "target.ids=0 1", lengths,
		"not between");
	refuses_pair("targets before their vocabulary", "target.ids=0 0", vocab, lengths,
		"goes on behind");
	refuses("targets in the first of two", own, text, PAIRS, "vocabularies of targets");
	refuses("targets in the second of two", text, own, PAIRS, "vocabularies of targets");
	refuses("a shared vocabulary in one of two", own, shared, PAIRS,
		"vocabularies of targets");
}

static void no_memory(void)
{
	struct bytes stream = joined(pairs, pairs);
	enum wp_err err;
	long n = 0;
	do {
		struct wp_corpus c;
		char names[200];
		wp_alloc_fail_at(++n);
		err = read_corpus(&c, &stream, LABELS | PAIRS, 1 << 20, names);
		wp_alloc_fail_at(0);
		if (!err)
			wp_corpus_fini(&c);
	} while (err == WP_ENOMEM && n < 1000);
	ok(!err && n > 5, "each of %ld allocations may fail", n - 1);
	free(stream.data);
}

int main(void)
{
	what_is_wanted();
	joined_streams();
	what_does_not_fit();
	pairs_of_texts();
	pairs_that_do_not_fit();
	no_memory();
	return done_testing();
}
