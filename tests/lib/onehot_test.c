/* Bags and n-grams against brute force; matrices do not depend on the pieces in which the text
 * comes, nor on the memory. */
#include "text/onehot.h"

#include <stdint.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "fields.h"
#include "files.h"
#include "tap.h"
#include "text/bag.h"
#include "text/ngrams.h"

static int by_value(const void *a, const void *b)
{
	int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
	return (x > y) - (x < y);
}

/* Is the bag what sorting and counting gives? */
static bool is_bag_of(const struct wp_bag *bag, int32_t *columns, size_t n)
{
	size_t kept = 0;
	qsort(columns, n, sizeof *columns, by_value);
	for (size_t i = 0, end; i < n; i = end, kept++) {
		for (end = i + 1; end < n && columns[end] == columns[i];)
			end++;
		if (kept >= bag->count || bag->column[kept] != columns[i] ||
			bag->times[kept] != (int32_t)(end - i))
			return false;
	}
	return kept == bag->count;
}

static void bags(void)
{
	static const size_t sizes[] = {0, 1, 2, 47, 48, 49, 300, 70000, 400000};
	static const uint32_t limits[] = {1, 2, 255, 256, 300, 70000, 1u << 24, INT32_MAX};
	struct wp_bag bag = {0};
	struct wp_rng rng;
	int wrong = 0;
	wp_rng_seed(&rng, 1, 0);
	for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
		size_t n = sizes[s];
		int32_t *columns = malloc((n + 1) * sizeof *columns);
		for (size_t l = 0; l < sizeof limits / sizeof *limits; l++) {
			for (size_t i = 0; i < n; i++)
				columns[i] = (int32_t)wp_rng_below(&rng, limits[l]);
			enum wp_err err = WP_OK;
			for (size_t at = 0, some; at < n && !err; at += some) {
				some = 1 + wp_rng_below(&rng, 90000);
				some = some < n - at ? some : n - at;
				err = wp_bag_add(&bag, columns + at, some);
			}
			wrong += err || wp_bag_close(&bag) || !is_bag_of(&bag, columns, n);
			wp_bag_clear(&bag);
		}
		free(columns);
	}
	ok(wrong == 0, "bags of 0 to 400000 columns");
	wp_bag_fini(&bag);
}

static void ngrams(void)
{
	enum { N = 40, WORDS = 7 };
	struct wp_ngrams g;
	struct wp_rng rng;
	int32_t ids[N], whole[4 * N], parts[4 * N];
	int wrong = 0, cuts = 0;
	wp_rng_seed(&rng, 2, 0);
	for (int i = 0; i < N; i++)
		ids[i] = (int32_t)wp_rng_below(&rng, WORDS);
	for (int buckets = 0; buckets < 200; buckets += 99)
		for (int least = 1; least <= 4; least++)
			for (int most = least; most <= 4; most++) {
				wrong += wp_ngrams_init(&g, least, most, (uint64_t)buckets,
						 WORDS) != WP_OK;
				size_t n = wp_ngrams_columns(&g, ids, N, 0, whole),
				       expected = 0;
				for (int k = least; k <= most; k++)
					expected += (size_t)(N - k + 1);
				wrong += n != expected;
				for (size_t i = 0; i < n; i++)
					wrong += whole[i] < 0 || whole[i] >= g.columns;
				for (size_t cut = 0; cut <= N; cut++, cuts++) {
					size_t m = wp_ngrams_columns(&g, ids, cut, 0, parts);
					m += wp_ngrams_columns(
						&g, ids + cut, N - cut, cut, parts + m);
					wrong += m != n ||
						memcmp(parts, whole, n * sizeof *whole);
				}
			}
	ok(wrong == 0, "n-grams over %d cuts", cuts);
	/* Bigrams of "0 1 2" over three words: 0*3+1 and 1*3+2, behind three words. */
	const int32_t abc[] = {0, 1, 2}, want[] = {0, 1, 4, 2, 8};
	ok(!wp_ngrams_init(&g, 1, 2, 0, 3) && g.columns == 12 &&
			wp_ngrams_columns(&g, abc, 3, 0, whole) == 5 &&
			memcmp(whole, want, sizeof want) == 0,
		"as the page says");
	ok(!wp_ngrams_init(&g, 2, 2, 0, 46340) && g.columns == 46340 * 46340, "46340 words");
	ok(wp_ngrams_init(&g, 2, 2, 0, 46341) == WP_ELIMIT, "46341 are too many");
	ok(wp_ngrams_init(&g, 32, 32, 0, INT32_MAX) == WP_ELIMIT, "far too many");
	ok(!wp_ngrams_init(&g, 1, 32, 9, INT32_MAX) && g.columns == 9, "with buckets");
	ok(!wp_ngrams_init(&g, 1, 3, 0, 0) && g.columns == 0, "no words, no columns");
	ok(wp_ngrams_init(&g, 0, 1, 0, 3) == WP_EINVAL, "no n-grams of no tokens");
	ok(wp_ngrams_init(&g, 1, 33, 0, 3) == WP_EINVAL, "no n-grams of 33 tokens");
}

/* The bytes of a matrix but for the end record; the text comes in pieces of at most so many
 * ids. */
struct matrix {
	char *bytes;
	size_t size;
};

enum { WORDS = 50, TOKENS = 3000 };

static enum wp_err add_text(struct wp_onehot *onehot, uint32_t largest)
{
	struct wp_rng text, cuts;
	int32_t ids[TOKENS];
	enum wp_err err = WP_OK;
	wp_rng_seed(&text, 3, 0);
	wp_rng_seed(&cuts, 4, 0);
	for (uint32_t left = TOKENS; left > 0 && !err;) {
		uint32_t n = wp_rng_below(&text, wp_rng_below(&text, 30) ? 60 : 600);
		n = n < left ? n : left;
		for (uint32_t i = 0; i < n; i++)
			ids[i] = (int32_t)wp_rng_below(&text, WORDS);
		for (uint32_t at = 0, some; at < n && !err; at += some) {
			some = 1 + wp_rng_below(&cuts, largest);
			some = some < n - at ? some : n - at;
			err = wp_onehot_add(onehot, ids + at, some, false);
		}
		if (!err)
			err = wp_onehot_add(onehot, ids, 0, true);
		left -= n ? n : 1;
	}
	return err;
}

static enum wp_err make_matrix(
	struct matrix *matrix, const struct wp_onehot_config *config, uint32_t largest)
{
	struct wp_output *output = NULL;
	struct wp_writer *writer = NULL;
	struct wp_onehot *onehot = NULL;
	*matrix = (struct matrix){0};
	enum wp_err err = wp_output_memory(&output);
	if (!err)
		err = wp_writer_open(&writer, output, 0);
	if (!err)
		err = wp_onehot_create(&onehot, config, WORDS, writer);
	if (!err)
		err = add_text(onehot, largest);
	if (!err)
		err = wp_onehot_finish(onehot);
	if (!err) {
		const char *bytes = wp_output_collected(output, &matrix->size);
		matrix->bytes = malloc(matrix->size);
		memcpy(matrix->bytes, bytes, matrix->size);
	}
	wp_onehot_free(onehot);
	wp_writer_abandon(writer, "");
	return err;
}

static struct wp_onehot_config configs[6];

static void make_configs(void)
{
	for (int i = 0; i < 6; i++)
		wp_onehot_default(&configs[i]);
	configs[1].bags = true;
	configs[2].bags = true;
	configs[2].most = 3;
	configs[2].norm = WP_NORM_L2;
	configs[3].bags = true;
	configs[3].idf = WP_IDF_SMOOTH;
	configs[4].bags = true;
	configs[4].dense = true;
	configs[5] = configs[4];
	configs[5].idf = WP_IDF_TEXTBOOK;
	configs[5].least = configs[5].most = 2;
	configs[5].buckets = 77;
}

static void pieces_and_memory(void)
{
	for (int i = 0; i < 6; i++) {
		struct wp_onehot_config config = configs[i];
		struct matrix whole, other;
		if (make_matrix(&whole, &config, TOKENS))
			abort();
		bool good = true;
		for (int k = 0; k < 4; k++) {
			static const uint32_t largest[] = {1, 5, 70, TOKENS};
			config.memory = k % 2 || config.dense ? 1 << 30 : 2000;
			good = good && !make_matrix(&other, &config, largest[k]) &&
				other.size == whole.size &&
				memcmp(other.bytes, whole.bytes, whole.size) == 0;
			free(other.bytes);
		}
		ok(good, "matrix %d: the same in pieces, and with little memory", i);
		free(whole.bytes);
	}
}

static void refuses(const struct wp_onehot_config *config, enum wp_err want)
{
	struct matrix matrix;
	enum wp_err err = make_matrix(&matrix, config, TOKENS);
	ok(err == want, "%s", err ? wp_error_detail() : "accepted");
	free(matrix.bytes);
}

static void refusals(void)
{
	struct wp_onehot_config config = configs[4];
	config.memory = 1000;
	refuses(&config, WP_ELIMIT);
	config = configs[3];
	config.memory = 200;
	refuses(&config, WP_ELIMIT);
	config = configs[2];
	config.most = 7;
	refuses(&config, WP_ELIMIT);
	config = configs[0];
	config.idf = WP_IDF_PLAIN;
	refuses(&config, WP_EINVAL);
	config = configs[5];
	config.type = WP_U8;
	refuses(&config, WP_EINVAL);
}

static void no_memory(void)
{
	for (int i = 0; i < 6; i++) {
		enum wp_err err;
		long n = 0;
		do {
			struct matrix matrix;
			wp_alloc_fail_at(++n);
			err = make_matrix(&matrix, &configs[i], 100);
			wp_alloc_fail_at(0);
			free(matrix.bytes);
		} while (err == WP_ENOMEM && n < 1000);
		ok(!err && n > 3, "matrix %d: each of %ld allocations may fail", i, n - 1);
	}
}

static void reads_df(const char *what, const char *const *fields, enum wp_err want)
{
	const char *path = files_path("df");
	struct wp_reader *reader;
	struct wp_df df;
	struct wp_strings vocab;
	if (fields_write(path, fields) || wp_reader_open(&reader, path))
		abort();
	enum wp_err err = wp_df_read(&df, &vocab, reader, 1000);
	ok(err == want, "%s%s%s", what, err ? ": " : "", err ? wp_error_detail() : "");
	if (!err) {
		ok(df.rows == 3 && df.columns == 4 && df.count[1] == 2 && df.count[3] == 3 &&
				df.count[0] == 0 && vocab.count == 4,
			"as it stands there");
		ok(!wp_df_weigh(&df, WP_IDF_PLAIN) && wp_df_idf(&df, 0) == 0 &&
				wp_df_idf(&df, 3) == 1,
			"weights");
		wp_df_fini(&df);
		wp_strings_fini(&vocab);
	}
	wp_reader_close(reader);
}

static void document_frequencies(void)
{
	reads_df("document frequencies",
		FIELDS("vocab=a b c d", "onehot.shape=3 4", "df.rows=3", "df.col+=1",
			"df.count+=2", "df.col=3", "df.count=3"),
		WP_OK);
	reads_df("no vocabulary",
		FIELDS("onehot.shape=3 4", "df.rows=3", "df.col=1", "df.count=2"),
		WP_EMISMATCH);
	reads_df("no matrix", FIELDS("vocab=a", "df.rows=3", "df.col=0", "df.count=2"),
		WP_EMISMATCH);
	reads_df("no rows", FIELDS("vocab=a", "onehot.shape=3 4", "df.col=0", "df.count=2"),
		WP_EMISMATCH);
	reads_df("no shape", FIELDS("vocab=a", "onehot.shape=3"), WP_EMISMATCH);
	reads_df("too many columns", FIELDS("vocab=a", "onehot.shape=3 251"), WP_ELIMIT);
	reads_df("rows below 0", FIELDS("vocab=a", "onehot.shape=3 4", "df.rows=-1"),
		WP_EMISMATCH);
	reads_df("a column too large",
		FIELDS("vocab=a", "onehot.shape=3 4", "df.rows=3", "df.col=4", "df.count=2"),
		WP_EMISMATCH);
	reads_df("a count too large",
		FIELDS("vocab=a", "onehot.shape=3 4", "df.rows=3", "df.col=0", "df.count=4"),
		WP_EMISMATCH);
	reads_df("a count of 0",
		FIELDS("vocab=a", "onehot.shape=3 4", "df.rows=3", "df.col=0", "df.count=0"),
		WP_EMISMATCH);
	reads_df("more columns than counts",
		FIELDS("vocab=a", "onehot.shape=3 4", "df.rows=3", "df.col=0 1", "df.count=1"),
		WP_EMISMATCH);
	reads_df("nothing of that", FIELDS("vocab=a"), WP_EMISMATCH);
}

int main(void)
{
	bags();
	document_frequencies();
	ngrams();
	make_configs();
	pieces_and_memory();
	refusals();
	no_memory();
	return done_testing();
}
