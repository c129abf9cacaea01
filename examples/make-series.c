/* make-series: synthetic sequences for experiments with recurrent networks.
 *
 *	make-series [-n SEQUENCES] [-l LENGTH] [-s SEED] KIND > stream
 *
 * KIND is one of
 *
 * - sum: numbers in -1 .. 1; the target of each step is their sum so far
 * - adding: pairs of a number in 0 .. 1 and a mark; the target at the end is the sum of the two
 *   numbers that are marked (Hochreiter & Schmidhuber 1997)
 * - compare: pairs of numbers in -1 .. 1; the label says which of the two has the larger sum
 * - copy: ten symbols, then blanks; after a sign at the end the ten have to be said again, as
 *   tags (Arjovsky et al. 2016); LENGTH is the number of blanks
 * - sine: a sine wave of random phase, 16 to 32 steps long, with noise: what comes next?
 * - caption: pairs of a vector of LENGTH numbers and what can be seen there: `a small red
 *circle above a large blue square`; the vector is a random projection, always the same, of what
 *   there is, with noise
 *
 * Also shows how a program writes a tensor stream: slices of some sequences at a time.
 */
#define _POSIX_C_SOURCE 200809L /* getopt */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/random.h"
#include "stream/writer.h"

enum { SLICE = 256, SYMBOLS = 8, COPIED = 10, BLANK = SYMBOLS, SIGN };

static int sequences = 1000, length = 50;
static struct wp_rng rng;
static struct wp_writer *writer;

static void check(enum wp_err err)
{
	if (!err)
		return;
	fprintf(stderr, "make-series: %s\n", wp_error_detail());
	exit(1);
}

static void *zeros(size_t count, size_t size)
{
	void *memory = calloc(count, size);
	if (memory)
		return memory;
	fprintf(stderr, "make-series: no memory\n");
	exit(1);
}

static double between(double low, double high)
{
	return low + (high - low) * wp_rng_double(&rng);
}

/* A slice of `rows` rows of a tensor of rank 1 (columns 0) or 2. */
static void put(const char *name, enum wp_type type, size_t rows, size_t columns, bool more,
	const void *data)
{
	struct wp_tensor t = columns ? wp_tensor_2d(name, type, rows, columns)
				     : wp_tensor_1d(name, type, rows);
	t.more = more;
	check(wp_writer_put(writer, &t, data));
}

static void put_words(const char *name, const char *const *words, size_t count)
{
	struct wp_strings list = {0};
	for (size_t i = 0; i < count; i++)
		check(wp_strings_add(&list, words[i], strlen(words[i])));
	check(wp_writer_put_list(writer, name, &list));
	wp_strings_fini(&list);
}

static void put_lengths(int count, int steps, bool more)
{
	int32_t lengths[SLICE];
	for (int i = 0; i < count; i++)
		lengths[i] = steps;
	put("lengths", WP_I32, (size_t)count, 0, more, lengths);
}

/* ---- sequences of numbers: x is (length, inputs), answer what the kind says ---- */

struct kind {
	const char *name;
	size_t inputs;
	enum { NOTHING, EACH_STEP, AT_END, LABEL } answers;
	void (*make)(float *x, float *answer);
};

static void running_sum(float *x, float *answer)
{
	double sum = 0;
	for (int t = 0; t < length; t++) {
		sum += x[t] = (float)between(-1, 1);
		answer[t] = (float)sum;
	}
}

static void adding(float *x, float *answer)
{
	int half = length / 2, first = (int)between(0, half);
	int second = half + (int)between(0, length - half);
	for (int t = 0; t < length; t++) {
		x[2 * t] = (float)between(0, 1);
		x[2 * t + 1] = t == first || t == second;
	}
	*answer = x[2 * first] + x[2 * second];
}

static void compare(float *x, float *answer)
{
	double sum[2] = {0, 0};
	for (int t = 0; t < 2 * length; t++)
		sum[t % 2] += x[t] = (float)between(-1, 1);
	*answer = sum[1] > sum[0];
}

static void sine(float *x, float *answer)
{
	double period = between(16, 32), phase = between(0, 1);
	(void)answer;
	for (int t = 0; t < length; t++)
		x[t] = (float)(sin(2 * acos(-1) * (t / period + phase)) + between(-0.1, 0.1));
}

static const struct kind kinds[] = {{"sum", 1, EACH_STEP, running_sum},
	{"adding", 2, AT_END, adding}, {"compare", 2, LABEL, compare},
	{"sine", 1, NOTHING, sine}};

static void write_series(const struct kind *kind)
{
	static const char *const labels[] = {"first", "second"};
	size_t steps = (size_t)length, answers = kind->answers == EACH_STEP ? steps : 1;
	float *x = zeros(steps * SLICE, kind->inputs * sizeof *x);
	float *answer = zeros(answers * SLICE, sizeof *answer);
	int32_t label[SLICE];
	if (kind->answers == LABEL)
		put_words("labels.vocab", labels, 2);
	for (int done = 0, count; done < sequences; done += count) {
		count = sequences - done < SLICE ? sequences - done : SLICE;
		bool more = done + count < sequences;
		size_t n = (size_t)count;
		for (size_t i = 0; i < n; i++) {
			kind->make(x + i * steps * kind->inputs, answer + i * answers);
			label[i] = (int32_t)answer[i * answers];
		}
		put("series", WP_F32, n * steps, kind->inputs, more, x);
		if (kind->answers == LABEL)
			put("labels", WP_I32, n, 0, more, label);
		else if (kind->answers != NOTHING)
			put("targets", WP_F32, n * answers, 1, more, answer);
		put_lengths(count, length, more);
	}
	free(x);
	free(answer);
}

/* ---- sequences of symbols ---- */

/* Symbols, blanks, the sign and blanks again; tags: blanks, then the symbols. */
static void write_copies(void)
{
	static const char *const words[] = {"a", "b", "c", "d", "e", "f", "g", "h", "-", "?"};
	size_t steps = (size_t)length + 2 * COPIED;
	int32_t *ids = zeros(steps * SLICE, sizeof *ids),
		*tags = zeros(steps * SLICE, sizeof *tags);
	put_words("vocab", words, SIGN + 1);
	put_words("tags.vocab", words, BLANK + 1);
	for (int done = 0, count; done < sequences; done += count) {
		count = sequences - done < SLICE ? sequences - done : SLICE;
		bool more = done + count < sequences;
		for (size_t i = 0; i < (size_t)count; i++) {
			int32_t *id = ids + i * steps, *tag = tags + i * steps;
			for (size_t t = 0; t < steps; t++)
				id[t] = tag[t] = BLANK;
			id[steps - COPIED - 1] = SIGN;
			for (size_t t = 0; t < COPIED; t++)
				id[t] = tag[steps - COPIED + t] =
					(int32_t)wp_rng_below(&rng, SYMBOLS);
		}
		put("ids", WP_I32, (size_t)count * steps, 0, more, ids);
		put("tags", WP_I32, (size_t)count * steps, 0, more, tags);
		put_lengths(count, (int)steps, more);
	}
	free(ids);
	free(tags);
}

/* ---- vectors, and what they show ---- */

/* Special tokens, then what is drawn: a word of each group, twice but for those between. */
static const char *const caption_words[] = {"UNKNOWN_TOKEN", "SENTENCE_START", "SENTENCE_END",
	"a", "small", "large", "red", "blue", "green", "yellow", "black", "white", "circle",
	"square", "star", "triangle", "cross", "above", "below", "beside"};
enum { START = 1, END, ARTICLE, SIZES = 4, COLOURS = 6, SHAPES = 12, PLACES = 17, WORDS = 20 };
enum { CAPTION = 11 /* ids, markers among them */ };

static int32_t draw_word(int first, int end)
{
	return first + (int32_t)wp_rng_below(&rng, (uint32_t)(end - first));
}

/* The ids of a caption; `seen` marks what is there, of the first thing and of the second. */
static void draw_caption(int32_t *id, float *seen)
{
	memset(seen, 0, 2 * WORDS * sizeof *seen);
	*id++ = START;
	for (int thing = 0; thing < 2; thing++) {
		const int32_t words[] = {ARTICLE, draw_word(SIZES, COLOURS),
			draw_word(COLOURS, SHAPES), draw_word(SHAPES, PLACES),
			draw_word(PLACES, WORDS)};
		for (int i = 0; i < 5 - thing; i++) {
			seen[thing * WORDS + words[i]] = words[i] != ARTICLE;
			*id++ = words[i];
		}
	}
	*id = END;
}

static void write_captions(void)
{
	size_t width = (size_t)length;
	float *map = zeros(2 * WORDS * width, sizeof *map),
	      *x = zeros(width * SLICE, sizeof *x), seen[2 * WORDS];
	int32_t *ids = zeros((size_t)CAPTION * SLICE, sizeof *ids), lengths[SLICE];
	struct wp_rng projection;
	wp_rng_seed(
		&projection, 1, 1); /* not the user's: sequences of other seeds belong to it */
	for (size_t i = 0; i < 2 * WORDS * width; i++)
		map[i] = (float)(2 * wp_rng_double(&projection) - 1);
	put_words("target.vocab", caption_words, WORDS);
	for (int done = 0, count; done < sequences; done += count) {
		count = sequences - done < SLICE ? sequences - done : SLICE;
		bool more = done + count < sequences;
		size_t n = (size_t)count;
		for (size_t i = 0; i < n; i++) {
			draw_caption(ids + i * CAPTION, seen);
			lengths[i] = CAPTION;
			for (size_t k = 0; k < width; k++) {
				double sum = between(-0.5, 0.5);
				for (size_t w = 0; w < 2 * WORDS; w++)
					sum += (double)(seen[w] * map[w * width + k]);
				x[i * width + k] = (float)sum;
			}
		}
		put("encoding", WP_F32, n, width, more, x);
		put("target.ids", WP_I32, n * CAPTION, 0, more, ids);
		put("target.lengths", WP_I32, n, 0, more, lengths);
	}
	free(map);
	free(x);
	free(ids);
}

static int usage(void)
{
	fprintf(stderr,
		"usage: make-series [-n SEQUENCES] [-l LENGTH] [-s SEED] "
		"sum|adding|compare|copy|sine|caption > stream\n");
	return 2;
}

int main(int argc, char **argv)
{
	struct wp_output *output;
	unsigned long seed = 1;
	for (int option; (option = getopt(argc, argv, "n:l:s:")) != -1;) {
		switch (option) {
		case 'n':
			sequences = atoi(optarg);
			break;
		case 'l':
			length = atoi(optarg);
			break;
		case 's':
			seed = strtoul(optarg, NULL, 10);
			break;
		default:
			return usage();
		}
	}
	if (argc - optind != 1 || sequences < 1 || length < 2 || length > 1000000)
		return usage();
	const char *kind = argv[optind];
	wp_rng_seed(&rng, seed, 0);
	check(wp_output_open(&output, NULL));
	check(wp_writer_open(&writer, output, 0));
	size_t k = 0, count = sizeof kinds / sizeof *kinds;
	while (k < count && strcmp(kind, kinds[k].name) != 0)
		k++;
	if (k < count)
		write_series(&kinds[k]);
	else if (strcmp(kind, "copy") == 0)
		write_copies();
	else if (strcmp(kind, "caption") == 0)
		write_captions();
	else
		return usage();
	check(wp_writer_finish(writer));
	return 0;
}
