/* Accuracy, confusion, and F1 of phrases, against what one counts by hand. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "text/metrics.h"
#include "tap.h"

static struct wp_strings labels;

/* Numbers of tags given by name, separated by spaces; new ones are added. */
static size_t numbers(int32_t *to, const char *text)
{
	size_t n = 0;
	while (*text) {
		char name[32];
		size_t length = strcspn(text, " ");
		memcpy(name, text, length);
		name[length] = '\0';
		int64_t i = wp_strings_find(&labels, name);
		if (i < 0) {
			i = (int64_t)labels.count;
			if (wp_strings_add(&labels, name, length))
				exit(1);
		}
		to[n++] = (int32_t)i;
		text += length + (text[length] == ' ');
	}
	return n;
}

/* Sentences are separated by " / ". */
static void phrases_are(const char *what, const char *given, const char *predicted,
	uint64_t given_count, uint64_t predicted_count, uint64_t correct)
{
	struct wp_metrics *m;
	struct wp_chunk_counts f;
	int32_t g[32], p[32];
	memset(&labels, 0, sizeof labels);
	numbers(g, "O");
	char all_g[200], all_p[200];
	snprintf(all_g, sizeof all_g, "%s", given);
	snprintf(all_p, sizeof all_p, "%s", predicted);
	/* All labels have to be known first. */
	for (char *c = all_g; (c = strstr(c, " / ")); memmove(c, c + 2, strlen(c + 2) + 1))
		;
	for (char *c = all_p; (c = strstr(c, " / ")); memmove(c, c + 2, strlen(c + 2) + 1))
		;
	numbers(g, all_g);
	numbers(p, all_p);
	if (wp_metrics_create(&m, &labels)) {
		ok(false, "%s", wp_error_detail());
		return;
	}
	while (given) {
		const char *next_g = strstr(given, " / "), *next_p = strstr(predicted, " / ");
		char one[200];
		snprintf(one, sizeof one, "%.*s",
			(int)(next_g ? (size_t)(next_g - given) : strlen(given)), given);
		size_t n = numbers(g, one);
		snprintf(one, sizeof one, "%.*s",
			(int)(next_p ? (size_t)(next_p - predicted) : strlen(predicted)),
			predicted);
		if (numbers(p, one) != n || wp_metrics_add(m, g, p, n))
			ok(false, "%s: the test is wrong", what);
		given = next_g ? next_g + 3 : NULL;
		predicted = next_p ? next_p + 3 : NULL;
	}
	bool phrases = wp_metrics_phrases(m, &f);
	ok(phrases && f.truth == given_count && f.found == predicted_count &&
			f.right == correct,
		"%s: %d given, %d predicted, %d correct", what, (int)f.truth, (int)f.found,
		(int)f.right);
	wp_metrics_free(m);
	wp_strings_fini(&labels);
}

static void phrases(void)
{
	phrases_are("all correct", "B-PER I-PER O B-LOC", "B-PER I-PER O B-LOC", 2, 2, 2);
	phrases_are("a wrong type", "B-PER I-PER O B-LOC", "B-PER I-PER O B-PER", 2, 2, 1);
	phrases_are("too short", "B-PER I-PER O", "B-PER O O", 1, 1, 0);
	phrases_are("too long", "B-PER O O", "B-PER I-PER O", 1, 1, 0);
	phrases_are("one taken for two", "B-PER I-PER", "B-PER B-PER", 1, 2, 0);
	phrases_are("two taken for one", "B-PER B-PER", "B-PER I-PER", 2, 1, 0);
	phrases_are("IOB1", "I-PER I-PER O I-LOC B-LOC", "I-PER I-PER O I-LOC B-LOC", 3, 3, 3);
	phrases_are("IOB1 against IOB2", "I-PER I-PER O I-LOC B-LOC I-LOC",
		"B-PER I-PER O B-LOC B-LOC I-LOC", 3, 3, 3);
	phrases_are("another type begins a phrase", "I-PER I-LOC", "B-PER B-LOC", 2, 2, 2);
	phrases_are(
		"the type changes inside", "B-PER I-PER I-PER", "B-PER I-LOC I-PER", 1, 3, 0);
	phrases_are("a sentence ends a phrase", "I-PER I-PER / I-PER O",
		"I-PER I-PER / I-PER O", 2, 2, 2);
	phrases_are("to the end", "O B-ORG I-ORG", "O B-ORG I-ORG", 1, 1, 1);
	phrases_are("only the end differs", "O B-ORG I-ORG", "O B-ORG O", 1, 1, 0);
	phrases_are("only the beginning differs", "B-ORG I-ORG O", "O B-ORG O", 1, 1, 0);
	phrases_are("nothing there", "O O O", "O B-LOC O", 0, 1, 0);
	phrases_are("types with a dash", "B-A-B I-A-B", "B-A-B I-A-B", 1, 1, 1);
}

static void plain_labels(void)
{
	struct wp_metrics *m;
	struct wp_chunk_counts f;
	struct wp_output *out;
	int32_t given[] = {0, 0, 0, 1, 1, 2}, predicted[] = {0, 0, 1, 1, 0, -1};
	size_t size;
	memset(&labels, 0, sizeof labels);
	int32_t unused[4];
	numbers(unused, "good bad so\\so none");
	if (wp_metrics_create(&m, &labels) || wp_metrics_add(m, given, predicted, 6) ||
		wp_output_memory(&out) || wp_metrics_report(m, "sentences", out)) {
		ok(false, "%s", wp_error_detail());
		return;
	}
	f = wp_metrics_total(m);
	ok(f.truth == 6 && f.right == 3 && f.found == 5, "labels are counted");
	ok(!wp_metrics_phrases(m, &f), "they are no phrase tags");
	const char *got = wp_output_collected(out, &size);
	static const char want[] = "sentences\t6\ncorrect\t3\naccuracy\t0.5000\n"
				   "label\tgood\t0.6667\t0.6667\t0.6667\t3\n"
				   "label\tbad\t0.5000\t0.5000\t0.5000\t2\n"
				   "label\tso\\\\so\t0.0000\t0.0000\t0.0000\t1\n"
				   "confusion\tgood\tgood\t2\n"
				   "confusion\tgood\tbad\t1\n"
				   "confusion\tbad\tgood\t1\n"
				   "confusion\tbad\tbad\t1\n"
				   "confusion\tso\\\\so\t\t1\n";
	ok(size == sizeof want - 1 && memcmp(got, want, size) == 0, "and reported");
	if (size != sizeof want - 1 || memcmp(got, want, size))
		printf("# %.*s", (int)size, got);
	wp_output_discard(out);
	wp_metrics_free(m);
	wp_strings_fini(&labels);
}

/* More pairs than the table begins with. */
static void many_pairs(void)
{
	enum { LABELS = 40 };
	struct wp_metrics *m;
	struct wp_output *out;
	memset(&labels, 0, sizeof labels);
	for (int i = 0; i < LABELS; i++) {
		char name[8];
		int n = snprintf(name, sizeof name, "L%d", i);
		if (wp_strings_add(&labels, name, (size_t)n))
			return;
	}
	if (wp_metrics_create(&m, &labels) || wp_output_memory(&out))
		return;
	for (int32_t g = 0; g < LABELS; g++)
		for (int32_t p = 0; p < LABELS; p++)
			for (int times = 0; times <= (g + p) % 3; times++)
				if (wp_metrics_add(m, &g, &p, 1))
					ok(false, "%s", wp_error_detail());
	size_t size, lines = 0;
	bool right = !wp_metrics_report(m, "tokens", out);
	const char *text = wp_output_collected(out, &size), *end = text + size;
	for (const char *line = text; line < end; line = strchr(line, '\n') + 1) {
		int g, p, n;
		if (sscanf(line, "confusion\tL%d\tL%d\t%d", &g, &p, &n) != 3)
			continue;
		lines++;
		right = right && n == (g + p) % 3 + 1;
	}
	ok(right && lines == LABELS * LABELS, "%zu pairs of labels are counted", lines);
	wp_output_discard(out);
	wp_metrics_free(m);
	wp_strings_fini(&labels);
}

int main(void)
{
	phrases();
	plain_labels();
	many_pairs();
	return done_testing();
}
