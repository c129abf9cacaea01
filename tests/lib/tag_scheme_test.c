/* Tags of chunks: read, converted, and scored as conlleval does. */
#include "text/tag_scheme.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "tap.h"

/* A list from "B-NP I-NP O". */
static struct wp_strings list(const char *text)
{
	struct wp_strings l = {0};
	while (*text) {
		size_t n = strcspn(text, " ");
		if (wp_strings_add(&l, text, n))
			abort();
		text += n + (text[n] == ' ');
	}
	return l;
}

/* The set of the tags of a text, and the text as tags of it. */
static size_t read_tags(const struct wp_strings *tags, const char *text, int32_t *ids)
{
	struct wp_strings l = list(text);
	size_t n = l.count;
	for (size_t i = 0; i < n; i++) {
		char tag[40] = {0};
		size_t length;
		const char *s = wp_strings_get(&l, i, &length);
		memcpy(tag, s, length);
		ids[i] = (int32_t)wp_strings_find(tags, tag);
		if (ids[i] < 0)
			abort();
	}
	wp_strings_fini(&l);
	return n;
}

static const char *const all_tags = "O B-NP I-NP E-NP S-NP B-VP I-VP E-VP S-VP";

static void convert(const char *from, enum wp_tag_scheme to, const char *expected)
{
	struct wp_strings tags = list(all_tags), out = {0}, wanted = list(expected);
	struct wp_tag_set set;
	int32_t ids[40];
	size_t n = read_tags(&tags, from, ids);
	if (wp_tag_set_init(&set, &tags))
		abort();
	ok(!wp_tags_convert(&set, ids, n, to, &out) && wp_strings_equal(&out, &wanted),
		"%s as %s: %s", from, wp_tag_schemes[to], expected);
	wp_tag_set_fini(&set);
	wp_strings_fini(&tags);
	wp_strings_fini(&out);
	wp_strings_fini(&wanted);
}

static enum wp_tag_scheme scheme_of(const char *tag_list, const char *text)
{
	struct wp_strings tags = list(tag_list);
	struct wp_tag_set set;
	int32_t ids[40], length;
	length = (int32_t)read_tags(&tags, text, ids);
	if (wp_tag_set_init(&set, &tags))
		abort();
	enum wp_tag_scheme scheme = wp_tag_scheme_of(&set, ids, &length, 1);
	wp_tag_set_fini(&set);
	wp_strings_fini(&tags);
	return scheme;
}

static void schemes(void)
{
	convert("I-NP I-NP B-NP O I-VP", WP_SCHEME_BIO, "B-NP I-NP B-NP O B-VP");
	convert("I-NP I-NP B-NP O I-VP", WP_SCHEME_IOBES, "B-NP E-NP S-NP O S-VP");
	convert("B-NP E-NP S-NP O S-VP", WP_SCHEME_IOB1, "I-NP I-NP B-NP O I-VP");
	convert("B-NP I-VP I-VP O B-VP", WP_SCHEME_IOBES, "S-NP B-VP E-VP O S-VP");
	convert("B-NP E-NP E-NP", WP_SCHEME_BIO, "B-NP I-NP B-NP");
	ok(scheme_of("B-X I-X O", "O B-X I-X O") == WP_SCHEME_BIO &&
			scheme_of("B-X I-X O", "O I-X I-X O") == WP_SCHEME_IOB1 &&
			scheme_of("B I O", "B I O B B I") == WP_SCHEME_BIO &&
			/* One slip of an annotator makes no other scheme. */
			scheme_of("B-X I-X O", "B-X I-X O I-X I-X O B-X O B-X") ==
				WP_SCHEME_BIO &&
			scheme_of("B-X I-X O", "I-X I-X B-X O I-X O B-X O") == WP_SCHEME_IOB1 &&
			scheme_of("B-X I-X L-X U-X O", "U-X O") == WP_SCHEME_IOBES &&
			scheme_of("NOUN VERB O", "NOUN VERB") == WP_SCHEME_NONE &&
			scheme_of("O", "O O") == WP_SCHEME_NONE &&
			scheme_of("B-X I-X O Bad", "B-X I-X") == WP_SCHEME_NONE,
		"schemes are told apart");
}

/* What a scheme allows is what wp_tags_convert writes, and nothing else: all pairs seen in all
 * texts of up to four tokens. */
static void transitions(enum wp_tag_scheme scheme)
{
	struct wp_strings tags = list(all_tags);
	struct wp_tag_set set;
	if (wp_tag_set_init(&set, &tags))
		abort();
	bool seen[10][10] = {{false}}, good = true;
	for (int code = 0; code < 9 * 9 * 9 * 9; code++) {
		int32_t ids[4] = {code % 9, code / 9 % 9, code / 81 % 9, code / 729};
		struct wp_strings out = {0};
		if (wp_tags_convert(&set, ids, 4, scheme, &out))
			abort();
		int32_t last = -1;
		for (size_t t = 0; t <= 4; t++) {
			int32_t tag = -1;
			if (t < 4) {
				char name[8] = {0};
				size_t n;
				const char *s = wp_strings_get(&out, t, &n);
				memcpy(name, s, n);
				tag = (int32_t)wp_strings_find(&tags, name);
			}
			seen[last + 1][tag + 1] = true;
			last = tag;
		}
		wp_strings_fini(&out);
	}
	bool used[10];
	for (int i = 0; i < 10; i++)
		used[i] = scheme == WP_SCHEME_IOBES || i == 0 ||
			(set.mark[i - 1] != 'E' && set.mark[i - 1] != 'S');
	for (int32_t i = -1; i < 9; i++)
		for (int32_t j = -1; j < 9; j++)
			if (used[i + 1] && used[j + 1] && (i >= 0 || j >= 0) &&
				seen[i + 1][j + 1] != wp_tag_may_follow(&set, scheme, i, j)) {
				good = false;
				printf("# %d %d: %d\n", i, j, seen[i + 1][j + 1]);
			}
	ok(good, "%s allows what it can write, and no more", wp_tag_schemes[scheme]);
	wp_tag_set_fini(&set);
	wp_strings_fini(&tags);
}

/* The example of the task's page, with a report as conlleval prints it. */
static void report(void)
{
	struct wp_strings tags = list("B-NP I-NP O B-VP I-VP B-PP");
	struct wp_tag_set set;
	struct wp_chunk_score score;
	if (wp_tag_set_init(&set, &tags) || wp_chunk_score_init(&score, &set))
		abort();
	int32_t truth[20], found[20];
	size_t n = read_tags(&tags, "B-NP I-NP B-VP B-PP B-NP I-NP O", truth);
	read_tags(&tags, "B-NP I-NP B-VP I-VP I-NP I-NP O", found);
	wp_chunk_score_add(&score, truth, found, n);
	struct wp_output *output;
	size_t size;
	if (wp_output_memory(&output) || wp_chunk_score_write(&score, output))
		abort();
	static const char expected[] =
		"processed 7 tokens with 4 phrases; found: 3 phrases; correct: 2.\n"
		"accuracy:  71.43%; precision:  66.67%; recall:  50.00%; FB1:  57.14\n"
		"               NP: precision: 100.00%; recall: 100.00%; FB1: 100.00  2\n"
		"               PP: precision:   0.00%; recall:   0.00%; FB1:   0.00  0\n"
		"               VP: precision:   0.00%; recall:   0.00%; FB1:   0.00  1\n";
	const char *written = wp_output_collected(output, &size);
	ok(size == sizeof expected - 1 && memcmp(written, expected, size) == 0,
		"the report of conlleval");
	printf("# %.*s", (int)size, written);
	wp_output_discard(output);
	wp_chunk_score_fini(&score);
	wp_tag_set_fini(&set);
	wp_strings_fini(&tags);
}

/* Scores against sets of (begin, end, type), found another way. */
struct span {
	size_t begin, end;
	int32_t type;
};

static size_t spans(
	const struct wp_tag_set *set, const int32_t *tags, size_t n, struct span *out)
{
	size_t count = 0;
	bool open = false;
	for (size_t t = 0; t < n; t++) {
		char m = set->mark[tags[t]];
		bool joins = open && m != 'O' && m != 'B' && m != 'S' &&
			out[count - 1].type == set->type[tags[t]];
		if (joins)
			out[count - 1].end = t;
		else if (m != 'O')
			out[count++] = (struct span){t, t, set->type[tags[t]]};
		open = m != 'O' && m != 'E' && m != 'S';
	}
	return count;
}

static void random_scores(void)
{
	struct wp_strings tags = list(all_tags);
	struct wp_tag_set set;
	struct wp_chunk_score score;
	struct wp_rng rng;
	wp_rng_seed(&rng, 4, 0);
	if (wp_tag_set_init(&set, &tags) || wp_chunk_score_init(&score, &set))
		abort();
	struct wp_chunk_counts all = {0};
	for (int trial = 0; trial < 5000; trial++) {
		int32_t truth[8], found[8];
		size_t n = wp_rng_below(&rng, 9);
		for (size_t t = 0; t < n; t++) {
			truth[t] = (int32_t)wp_rng_below(&rng, 9);
			found[t] = wp_rng_below(&rng, 3) ? truth[t]
							 : (int32_t)wp_rng_below(&rng, 9);
		}
		wp_chunk_score_add(&score, truth, found, n);
		struct span a[8], b[8];
		size_t m = spans(&set, truth, n, a), k = spans(&set, found, n, b);
		all.truth += m;
		all.found += k;
		for (size_t i = 0; i < m; i++)
			for (size_t j = 0; j < k; j++)
				all.right += a[i].begin == b[j].begin && a[i].end == b[j].end &&
					a[i].type == b[j].type;
	}
	ok(memcmp(&all, &score.all, sizeof all) == 0,
		"chunks are right where beginning, end and type are: %d of %d", (int)all.right,
		(int)all.truth);
	ok(score.types[0].truth + score.types[1].truth == all.truth &&
			score.types[0].right + score.types[1].right == all.right,
		"the types sum up");
	wp_chunk_score_fini(&score);
	wp_tag_set_fini(&set);
	wp_strings_fini(&tags);
}

int main(void)
{
	schemes();
	transitions(WP_SCHEME_BIO);
	transitions(WP_SCHEME_IOB1);
	transitions(WP_SCHEME_IOBES);
	report();
	random_scores();
	return done_testing();
}
