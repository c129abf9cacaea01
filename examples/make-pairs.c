/* make-pairs: sequences and what is to become of them, for experiments with networks that read
 * one sequence and write another.
 *
 *	make-pairs [-n PAIRS] [-l LENGTH] [-w WORDS] [-s SEED] KIND > text
 *
 * Each line is a source, a TAB and its target, as vocab --pair reads it.  The source is 1 to
 * LENGTH of WORDS different words, a b ... z a1 b1 ..., drawn at random.  The target is
 *
 * - copy: the same
 * - reverse: the same, from the last to the first
 * - sort: the same, sorted: a before b, and z before a1
 *
 * What a network attends to while it writes each word is known, and its maps can be looked at.
 * Sentences and their trees are made by make-corpus -t.
 */
#define _POSIX_C_SOURCE 200809L /* getopt */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/random.h"

enum { LONGEST = 10000, MOST_WORDS = 1000000 };

static void put_word(int word, char end)
{
	putchar('a' + word % 26);
	if (word >= 26)
		printf("%d", word / 26);
	putchar(end);
}

static int compare(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

static void put_words(const int *words, int n, char end)
{
	for (int i = 0; i < n; i++)
		put_word(words[i], i + 1 < n ? ' ' : end);
}

static void put_pair(const char *kind, int *words, int n)
{
	put_words(words, n, '\t');
	if (*kind == 's')
		qsort(words, (size_t)n, sizeof *words, compare);
	for (int i = 0; *kind == 'r' && i < n / 2; i++) {
		int word = words[i];
		words[i] = words[n - 1 - i];
		words[n - 1 - i] = word;
	}
	put_words(words, n, '\n');
}

static int usage(void)
{
	fprintf(stderr,
		"usage: make-pairs [-n PAIRS] [-l LENGTH] [-w WORDS] [-s SEED] "
		"copy|reverse|sort > text\n");
	return 2;
}

int main(int argc, char **argv)
{
	int pairs = 10000, length = 10, words = 26;
	unsigned long seed = 1;
	static int source[LONGEST];
	struct wp_rng rng;
	for (int option; (option = getopt(argc, argv, "n:l:w:s:")) != -1;) {
		switch (option) {
		case 'n':
			pairs = atoi(optarg);
			break;
		case 'l':
			length = atoi(optarg);
			break;
		case 'w':
			words = atoi(optarg);
			break;
		case 's':
			seed = strtoul(optarg, NULL, 10);
			break;
		default:
			return usage();
		}
	}
	const char *kind = argc - optind == 1 ? argv[optind] : "";
	bool known = strcmp(kind, "copy") == 0 || strcmp(kind, "reverse") == 0 ||
		strcmp(kind, "sort") == 0;
	if (!known || pairs < 1 || length < 1 || length > LONGEST || words < 1 ||
		words > MOST_WORDS)
		return usage();
	wp_rng_seed(&rng, seed, 0);
	for (int i = 0; i < pairs; i++) {
		int n = 1 + (int)wp_rng_below(&rng, (uint32_t)length);
		for (int k = 0; k < n; k++)
			source[k] = (int)wp_rng_below(&rng, (uint32_t)words);
		put_pair(kind, source, n);
	}
	if (fflush(stdout) == EOF) {
		perror("make-pairs: <stdout>");
		return 1;
	}
	return 0;
}
