/* Streams to merge that are whole and sound but make no sense; and lists. */
#include "text/vocab_stream.h"

#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "fields.h"
#include "tap.h"
#include "text/vocab_list.h"

static char path[] = "/tmp/vocab_stream_test.XXXXXX";

static enum wp_err merge(
	const char *const *fields, bool with_ids, enum wp_annotation annotation)
{
	const struct wp_count_params params = {.with_ids = with_ids,
		.annotation = annotation,
		.memory = 1 << 20,
		.tmpdir = "/tmp"};
	struct wp_counter *counter = NULL;
	struct wp_input *input;
	enum wp_err err = fields_write(path, fields);
	if (!err)
		err = wp_counter_create(&counter, &params);
	if (!err)
		err = wp_input_open(&input, path);
	if (!err)
		err = wp_counter_merge(counter, input);
	wp_counter_free(counter);
	return err;
}

static void accepts(const char *what, const char *const *fields, bool with_ids,
	enum wp_annotation annotation)
{
	enum wp_err err = merge(fields, with_ids, annotation);
	ok(!err, "%s%s", what, err ? wp_error_detail() : "");
}

static void refuses(const char *what, const char *const *fields, bool with_ids,
	enum wp_annotation annotation)
{
	enum wp_err err = merge(fields, with_ids, annotation);
	ok((err == WP_EMISMATCH || err == WP_ECORRUPT) && strstr(wp_error_detail(), path),
		"%s: %s", what, err ? wp_error_detail() : "accepted");
}

static void test_merge(void)
{
	accepts("a vocabulary, its counts, a text",
		FIELDS("vocab=a b", "counts=2 1", "ids=0 1 0", "lengths=1 2"), true,
		WP_UNANNOTATED);
	accepts("counts that come last",
		FIELDS("vocab=a b", "ids=0 1 0", "lengths=1 2", "counts=2 1"), true,
		WP_UNANNOTATED);
	accepts("slices of everything",
		FIELDS("vocab+=a", "vocab=b", "counts+=2", "counts=1", "ids+=0", "lengths+=1",
			"ids=1 0", "lengths=2"),
		true, WP_UNANNOTATED);
	accepts("ids that nobody asked for",
		FIELDS("vocab=a b", "counts=2 1", "ids=7", "lengths=1"), false, WP_UNANNOTATED);
	accepts("labels",
		FIELDS("vocab=a", "labels.vocab=x", "counts=1", "ids=0", "lengths=1",
			"labels=0"),
		true, WP_LABELLED);
	accepts("nothing at all", FIELDS("vocab=", "counts=", "ids=", "lengths="), true,
		WP_UNANNOTATED);

	refuses("no vocabulary", FIELDS("counts=1", "ids=0", "lengths=1"), true,
		WP_UNANNOTATED);
	refuses("ids before their vocabulary",
		FIELDS("ids=0", "lengths=1", "vocab=a", "counts=1"), true, WP_UNANNOTATED);
	refuses("a vocabulary that goes on behind ids",
		FIELDS("vocab+=a", "counts=1 1", "ids+=0", "lengths+=1", "vocab=b", "ids=1",
			"lengths=1"),
		true, WP_UNANNOTATED);
	refuses("too few counts", FIELDS("vocab=a b", "counts=2", "ids=0", "lengths=1"), true,
		WP_UNANNOTATED);
	refuses("too many counts", FIELDS("vocab=a", "counts=2 1"), false, WP_UNANNOTATED);
	refuses("no counts", FIELDS("vocab=a", "ids=0", "lengths=1"), true, WP_UNANNOTATED);
	refuses("a count below 0", FIELDS("vocab=a b", "counts=2 -1"), false, WP_UNANNOTATED);
	refuses("an empty token", FIELDS("vocab=a _", "counts=2 1"), false, WP_UNANNOTATED);
	refuses("no ids", FIELDS("vocab=a", "counts=1"), true, WP_UNANNOTATED);
	refuses("an id that is too large",
		FIELDS("vocab=a", "counts=1", "ids=0 1", "lengths=2"), true, WP_UNANNOTATED);
	refuses("an id below 0", FIELDS("vocab=a", "counts=1", "ids=-1", "lengths=1"), true,
		WP_UNANNOTATED);
	refuses("a length below 0", FIELDS("vocab=a", "counts=1", "ids=0", "lengths=2 -1"),
		true, WP_UNANNOTATED);
	refuses("lengths that are too short",
		FIELDS("vocab=a", "counts=2", "ids=0 0", "lengths=1"), true, WP_UNANNOTATED);
	refuses("no labels", FIELDS("vocab=a", "counts=1", "ids=0", "lengths=1"), true,
		WP_LABELLED);
	refuses("labels that nobody asked for",
		FIELDS("vocab=a", "labels.vocab=x", "counts=1", "ids=0", "lengths=1",
			"labels=0"),
		true, WP_UNANNOTATED);
	refuses("a label that is not in the list",
		FIELDS("vocab=a", "labels.vocab=x", "counts=1", "ids=0", "lengths=1",
			"labels=1"),
		true, WP_LABELLED);
	refuses("fewer labels than sentences",
		FIELDS("vocab=a", "labels.vocab=x", "counts=2", "ids=0 0", "lengths=1 1",
			"labels=0"),
		true, WP_LABELLED);
	accepts("tags",
		FIELDS("vocab=a", "tags.vocab=x y", "counts=2", "ids=0 0", "tags=1 0",
			"lengths=2"),
		true, WP_TAGGED);
	refuses("tags that nobody asked for",
		FIELDS("vocab=a", "tags.vocab=x", "counts=1", "ids=0", "tags=0", "lengths=1"),
		true, WP_UNANNOTATED);
	refuses("labels instead of tags",
		FIELDS("vocab=a", "labels.vocab=x", "counts=1", "ids=0", "lengths=1",
			"labels=0"),
		true, WP_TAGGED);
	refuses("a tag that is not in the list",
		FIELDS("vocab=a", "tags.vocab=x", "counts=1", "ids=0", "tags=1", "lengths=1"),
		true, WP_TAGGED);
	refuses("fewer tags than tokens",
		FIELDS("vocab=a", "tags.vocab=x", "counts=2", "ids=0 0", "tags=0", "lengths=2"),
		true, WP_TAGGED);
	refuses("an empty label",
		FIELDS("vocab=a", "labels.vocab=_", "counts=1", "ids=0", "lengths=1",
			"labels=0"),
		true, WP_LABELLED);
}

static void is_list(const char *text, enum wp_err want, const char *tokens, int64_t sum)
{
	struct wp_input *input;
	struct wp_strings list;
	int64_t *counts, total = 0;
	enum wp_err err = wp_input_memory(&input, text, strlen(text), "list");
	if (!err)
		err = wp_vocab_list_read(input, &list, &counts);
	for (size_t i = 0; i < list.count; i++)
		total += counts[i];
	ok(err == want && wp_strings_bytes(&list) == strlen(tokens) && total == sum &&
			(list.count == 0 || memcmp(list.bytes, tokens, strlen(tokens)) == 0),
		"list of %zu bytes%s%s", strlen(text), err ? ": " : "",
		err ? wp_error_detail() : "");
	wp_input_close(input);
	wp_strings_fini(&list);
	free(counts);
}

static void test_lists(void)
{
	is_list("a\t3\nb\t2\n", WP_OK, "ab", 5);
	is_list("a 3\r\nb 2 \nc\t0", WP_OK, "abc", 5);
	is_list("", WP_OK, "", 0);
	is_list("a b c 12\n", WP_OK, "a b c", 12);
	is_list("\\s\\n 1\nC:\\home 2\n", WP_OK, " \nC:\\home", 3);
	is_list("a 9223372036854775807\n", WP_OK, "a", INT64_MAX);
	is_list("a 9223372036854775808\n", WP_ECORRUPT, "", 0);
	is_list("a 1\nb -1\n", WP_ECORRUPT, "", 0);
	is_list("a 1\n\n", WP_ECORRUPT, "", 0);
	is_list("a\n\nb\r\n", WP_OK, "ab", 0);
	is_list("a\nb 1\n", WP_ECORRUPT, "", 0);
	is_list("a 1\nb\n", WP_ECORRUPT, "", 0);
	is_list(" 5\n", WP_ECORRUPT, "", 0);
	is_list("a 5x\n", WP_ECORRUPT, "", 0);
}

int main(void)
{
	int fd = mkstemp(path);
	if (fd < 0)
		return EXIT_FAILURE;
	close(fd);
	test_merge();
	test_lists();
	unlink(path);
	return done_testing();
}
