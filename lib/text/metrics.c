#include "text/metrics.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "text/plain_text.h"

/* Pairs of labels that came, in an open hash table: of many labels few pairs come. */
struct pair {
	int32_t given, predicted;
	uint64_t count; /* 0: free */
};

struct wp_metrics {
	const struct wp_strings *labels;
	struct wp_chunk_counts total, *label;
	struct pair *pairs;
	size_t pair_count, pair_slots; /* a power of two */

	struct wp_tag_set tags; /* of phrases, if tags.chunks */
	struct wp_chunk_score phrases;
};

enum wp_err wp_metrics_create(struct wp_metrics **metrics, const struct wp_strings *labels)
{
	enum { FIRST_SLOTS = 64 };
	struct wp_metrics *m;
	*metrics = NULL;
	enum wp_err err = wp_alloc(&m, 1, sizeof *m, "metrics");
	if (err)
		return err;
	m->labels = labels;
	m->pair_slots = FIRST_SLOTS;
	err = wp_alloc(&m->label, labels->count, sizeof *m->label, "metrics");
	if (!err)
		err = wp_alloc(&m->pairs, m->pair_slots, sizeof *m->pairs, "metrics");
	if (!err)
		err = wp_tag_set_init(&m->tags, labels);
	if (!err && m->tags.chunks)
		err = wp_chunk_score_init(&m->phrases, &m->tags);
	if (err) {
		wp_metrics_free(m);
		return err;
	}
	*metrics = m;
	return WP_OK;
}

void wp_metrics_free(struct wp_metrics *m)
{
	if (!m)
		return;
	free(m->label);
	free(m->pairs);
	wp_chunk_score_fini(&m->phrases);
	wp_tag_set_fini(&m->tags);
	free(m);
}

/* ---- Counting ---- */

static struct pair *find_pair(
	struct pair *pairs, size_t slots, int32_t given, int32_t predicted)
{
	uint64_t hash =
		((uint64_t)(uint32_t)given << 32 | (uint32_t)predicted) * 0x9e3779b97f4a7c15u;
	size_t i = (size_t)(hash >> 32) & (slots - 1);
	while (pairs[i].count > 0 &&
		(pairs[i].given != given || pairs[i].predicted != predicted))
		i = (i + 1) & (slots - 1);
	return &pairs[i];
}

static enum wp_err grow_pairs(struct wp_metrics *m)
{
	size_t slots = 2 * m->pair_slots;
	struct pair *pairs;
	enum wp_err err = wp_alloc(&pairs, slots, sizeof *pairs, "metrics");
	if (err)
		return err;
	for (size_t i = 0; i < m->pair_slots; i++)
		if (m->pairs[i].count > 0)
			*find_pair(pairs, slots, m->pairs[i].given, m->pairs[i].predicted) =
				m->pairs[i];
	free(m->pairs);
	m->pairs = pairs;
	m->pair_slots = slots;
	return WP_OK;
}

static enum wp_err count_pair(struct wp_metrics *m, int32_t given, int32_t predicted)
{
	if (2 * m->pair_count >= m->pair_slots) {
		enum wp_err err = grow_pairs(m);
		if (err)
			return err;
	}
	struct pair *pair = find_pair(m->pairs, m->pair_slots, given, predicted);
	m->pair_count += pair->count == 0;
	*pair = (struct pair){given, predicted, pair->count + 1};
	return WP_OK;
}

enum wp_err wp_metrics_add(
	struct wp_metrics *m, const int32_t *given, const int32_t *predicted, size_t n)
{
	enum wp_err err = WP_OK;
	for (size_t i = 0; !err && i < n; i++) {
		bool correct = given[i] == predicted[i];
		m->total.truth++;
		m->total.found += predicted[i] >= 0;
		m->total.right += correct;
		m->label[given[i]].truth++;
		m->label[given[i]].right += correct;
		if (predicted[i] >= 0)
			m->label[predicted[i]].found++;
		err = count_pair(m, given[i], predicted[i]);
	}
	if (!err && m->tags.chunks)
		wp_chunk_score_add(&m->phrases, given, predicted, n);
	return err;
}

struct wp_chunk_counts wp_metrics_total(const struct wp_metrics *m)
{
	return m->total;
}

bool wp_metrics_phrases(const struct wp_metrics *m, struct wp_chunk_counts *phrases)
{
	*phrases = m->phrases.all;
	return m->tags.chunks;
}

/* ---- Reporting ---- */

static enum wp_err put_f1(struct wp_output *out, const struct wp_chunk_counts *c)
{
	return wp_output_printf(out, "\t%.4f\t%.4f\t%.4f\t%" PRIu64 "\n", wp_chunk_precision(c),
		wp_chunk_recall(c), wp_chunk_f1(c), c->truth);
}

/* A row for each name that was given or predicted. */
static enum wp_err put_rows(struct wp_output *out, const char *kind,
	const struct wp_strings *names, const struct wp_chunk_counts *counts)
{
	enum wp_err err = WP_OK;
	for (size_t i = 0; !err && i < names->count; i++) {
		if (counts[i].truth + counts[i].found == 0)
			continue;
		if (!(err = wp_output_printf(out, "%s\t", kind)) &&
			!(err = wp_put_token(out, names, i)))
			err = put_f1(out, &counts[i]);
	}
	return err;
}

static int by_labels(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;
	if (x->given != y->given)
		return x->given < y->given ? -1 : 1;
	return (x->predicted > y->predicted) - (x->predicted < y->predicted);
}

static enum wp_err put_label(struct wp_output *out, const struct wp_strings *labels, int32_t i)
{
	return i < 0 ? WP_OK : wp_put_token(out, labels, (size_t)i);
}

static enum wp_err put_confusion(const struct wp_metrics *m, struct wp_output *out)
{
	struct pair *sorted;
	size_t n = 0;
	enum wp_err err = wp_alloc(&sorted, m->pair_count, sizeof *sorted, "metrics");
	if (err)
		return err;
	for (size_t i = 0; i < m->pair_slots; i++)
		if (m->pairs[i].count > 0)
			sorted[n++] = m->pairs[i];
	qsort(sorted, n, sizeof *sorted, by_labels);
	for (size_t i = 0; !err && i < n; i++)
		if (!(err = wp_output_printf(out, "confusion\t")) &&
			!(err = put_label(out, m->labels, sorted[i].given)) &&
			!(err = wp_output_write(out, "\t", 1)) &&
			!(err = put_label(out, m->labels, sorted[i].predicted)))
			err = wp_output_printf(out, "\t%" PRIu64 "\n", sorted[i].count);
	free(sorted);
	return err;
}

enum wp_err wp_metrics_report(
	const struct wp_metrics *m, const char *unit, struct wp_output *out)
{
	const struct wp_chunk_counts *all = &m->total, *phrases = &m->phrases.all;
	enum wp_err err =
		wp_output_printf(out, "%s\t%" PRIu64 "\ncorrect\t%" PRIu64 "\naccuracy\t%.4f\n",
			unit, all->truth, all->right, wp_chunk_recall(all));
	if (!err)
		err = put_rows(out, "label", m->labels, m->label);
	if (!err && m->tags.chunks) {
		err = wp_output_printf(out, "phrases\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\n",
			phrases->truth, phrases->found, phrases->right);
		if (!err)
			err = put_rows(out, "phrase", &m->tags.types, m->phrases.types);
		if (!err && !(err = wp_output_printf(out, "micro")))
			err = put_f1(out, phrases);
	}
	return err ? err : put_confusion(m, out);
}
