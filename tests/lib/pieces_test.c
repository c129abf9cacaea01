/* Pieces by the library: ids of what was cut, long words as short ones, streams, and memory
 * that runs out anywhere. */
#include "pieces/pieces.h"

#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "pieces/pieces_cut.h"
#include "pieces/pieces_file.h"
#include "pieces/pieces_learn.h"
#include "tap.h"

static const struct wp_pieces_config config = {
	.fallback = WP_PIECES_BYTES, .merges = 60, .min_count = 1, .coverage = 1};

/* Words of few letters at random, with counts. */
static void make_words(struct wp_strings *words, int64_t count[200])
{
	struct wp_rng rng;
	wp_rng_seed(&rng, 3, 0);
	for (size_t i = 0; i < 200; i++) {
		char word[12];
		size_t n = 1 + wp_rng_next(&rng) % sizeof word;
		for (size_t k = 0; k < n; k++)
			word[k] = "aabcde"[wp_rng_next(&rng) % 6];
		if (wp_strings_add(words, word, n))
			abort();
		count[i] = 1 + (int64_t)(wp_rng_next(&rng) % 9);
	}
}

static struct wp_input *input_of(const char *text, size_t n)
{
	struct wp_input *input;
	if (wp_input_memory(&input, text, n, "file"))
		abort();
	return input;
}

static void vocabulary_of_bert(void)
{
	static const char file[] = "[PAD]\n[UNK]\nun\n##aff\n##able\n##a\na\n##\n";
	static const struct {
		const char *word;
		int32_t id[4];
		size_t count;
	} cases[] = {{"unaffable", {2, 3, 4}, 3}, {"unaa", {2, 5, 5}, 3}, {"unx", {1}, 1},
		{"##a", {5}, 1}, {"[PAD]", {0}, 1}, {"xun", {1}, 1}};
	struct wp_pieces pieces;
	struct wp_pieces_cutter *cutter;
	bool good = !wp_pieces_read(&pieces, input_of(file, sizeof file - 1), NULL, NULL) &&
		!wp_pieces_cutter_create(&cutter, &pieces);
	ok(good && wp_pieces_cutter_unknown(cutter) == 1, "vocab.txt: ids are lines");
	for (size_t i = 0; good && i < sizeof cases / sizeof *cases; i++) {
		const struct wp_piece *cut;
		size_t n;
		bool same = !wp_pieces_cut(
				    cutter, cases[i].word, strlen(cases[i].word), &cut, &n) &&
			n == cases[i].count;
		for (size_t k = 0; same && k < n; k++)
			same = cut[k].id == cases[i].id[k];
		ok(same, "BERT's pieces of %s", cases[i].word);
	}
	wp_pieces_cutter_free(cutter);
	wp_pieces_fini(&pieces);
}

/* A long word takes another way.  Between two characters that are no pieces, its parts are
 * words that are not last. */
static void long_words(const struct wp_pieces *pieces)
{
	struct wp_pieces_cutter *cutter;
	if (wp_pieces_cutter_create(&cutter, pieces))
		abort();
	struct wp_rng rng;
	wp_rng_seed(&rng, 9, 0);
	bool same = true;
	for (int round = 0; round < 50 && same; round++) {
		char word[400], part[12];
		int32_t id[400];
		const struct wp_piece *cut;
		size_t length = 0, ids = 0, n;
		while (length + sizeof part + 1 < sizeof word) {
			size_t some = 1 + wp_rng_next(&rng) % (sizeof part - 1);
			for (size_t k = 0; k < some; k++)
				part[k] = "aabcde"[wp_rng_next(&rng) % 6];
			part[some] = '!';
			memcpy(word + length, part, some + 1);
			length += some + 1;
			same &= !wp_pieces_cut(cutter, part, some + 1, &cut, &n);
			for (size_t k = 0; k < n; k++)
				id[ids++] = cut[k].id;
		}
		/* The byte that ends a part has a mark within the word. */
		same &= !wp_pieces_cut(cutter, word, length, &cut, &n) && n == ids;
		for (size_t k = 0; k < n && same; k++)
			same = cut[k].id == id[k] || cut[k].text[1] == '0';
	}
	ok(same, "a long word is cut as its parts are");
	wp_pieces_cutter_free(cutter);
}

static bool equal(const struct wp_pieces *a, const struct wp_pieces *b)
{
	return a->method == b->method && a->fallback == b->fallback && a->merges == b->merges &&
		wp_strings_equal(&a->pieces, &b->pieces) &&
		memcmp(a->left, b->left, a->merges * sizeof *a->left) == 0 &&
		memcmp(a->right, b->right, a->merges * sizeof *a->right) == 0;
}

static void streams(const struct wp_pieces *pieces)
{
	struct wp_output *output;
	struct wp_writer *writer;
	struct wp_pieces back;
	size_t n;
	if (wp_output_memory(&output) || wp_writer_open(&writer, output, 0) ||
		wp_pieces_put(pieces, writer) || wp_writer_close(writer))
		abort();
	const char *bytes = wp_output_collected(output, &n);
	ok(!wp_pieces_read(&back, input_of(bytes, n), NULL, NULL) && equal(pieces, &back),
		"a stream says all of the pieces");
	wp_pieces_fini(&back);
	ok(wp_pieces_read(&back, input_of(bytes, n - 1), NULL, NULL) == WP_ETRUNC,
		"a stream that is cut short");
	wp_writer_abandon(writer, NULL);
}

/* Learn and cut with the n-th allocation failing, until there is none. */
static void little_memory(
	const struct wp_strings *words, const int64_t *count, enum wp_pieces_method method)
{
	long n = 0;
	enum wp_err err;
	struct wp_pieces_config c = config;
	c.method = method;
	do {
		struct wp_pieces pieces;
		struct wp_pieces_learnt learnt;
		struct wp_pieces_cutter *cutter = NULL;
		const struct wp_piece *cut;
		size_t pieces_cut;
		wp_alloc_fail_at(++n);
		err = wp_pieces_learn(&pieces, words, count, &c, &learnt, NULL, NULL);
		if (!err)
			err = wp_pieces_cutter_create(&cutter, &pieces);
		if (!err)
			err = wp_pieces_cut(cutter, "abca\xC3\xA9", 6, &cut, &pieces_cut);
		wp_alloc_fail_at(0);
		wp_pieces_cutter_free(cutter);
		wp_pieces_fini(&pieces);
	} while (err == WP_ENOMEM && n < 100000);
	ok(!err && n > 20, "%s: each of %ld allocations may fail", wp_pieces_methods[method],
		n - 1);
}

int main(void)
{
	struct wp_strings words = {0};
	int64_t count[200];
	struct wp_pieces pieces;
	struct wp_pieces_learnt learnt;
	make_words(&words, count);
	vocabulary_of_bert();
	ok(!wp_pieces_learn(&pieces, &words, count, &config, &learnt, NULL, NULL) &&
			learnt.merges == 60 && learnt.words == 200 && learnt.covered == 5,
		"pieces are learnt from words and counts");
	long_words(&pieces);
	streams(&pieces);
	wp_pieces_fini(&pieces);
	for (int method = 0; wp_pieces_methods[method]; method++)
		little_memory(&words, count, (enum wp_pieces_method)method);
	struct wp_pieces_config wrong = config;
	wrong.coverage = 0;
	ok(wp_pieces_learn(&pieces, &words, count, &wrong, &learnt, NULL, NULL) == WP_EINVAL,
		"coverage 0 is refused");
	wp_strings_fini(&words);
	return done_testing();
}
