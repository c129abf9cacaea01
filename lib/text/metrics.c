#include "text/metrics.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "text/plain_text.h"

/* A tag, taken apart. */
struct tag {
	char prefix;  /* B, I, or O: outside of any phrase */
	int32_t type; /* number among types; -1 outside    */
};

/* Pairs of labels that came, in an open hash table: of many labels few pairs come. */
struct pair {
	int32_t given, predicted;
	uint64_t count; /* 0: free */
};

struct wp_metrics {
	const struct wp_strings *labels;
	struct wp_counts_f1 total, *label;
	struct pair *pairs;
	size_t pair_count, pair_slots; /* a power of two */

	struct tag *tag; /* by label; NULL: no phrases */
	struct wp_strings types;
	struct wp_counts_f1 phrases, *type;
};

static double share(uint64_t part, uint64_t whole)
{
	return whole ? (double)part / (double)whole : 0;
}

double wp_precision(const struct wp_counts_f1 *c)
{
	return share(c->correct, c->predicted);
}

double wp_recall(const struct wp_counts_f1 *c)
{
	return share(c->correct, c->given);
}

double wp_f1(const struct wp_counts_f1 *c)
{
	return share(2 * c->correct, c->given + c->predicted);
}

/* ---- Tags ---- */

static bool is_outside(const char *tag, size_t length)
{
	return length == 1 && tag[0] == 'O';
}

/* B or I, with the type of the phrase or, where there is but one, without. */
static bool is_inside(const char *tag, size_t length)
{
	if (length == 0)
		return false;
	return (tag[0] == 'B' || tag[0] == 'I') &&
		(length == 1 || (length > 2 && tag[1] == '-'));
}

static bool are_phrase_tags(const struct wp_strings *labels)
{
	bool some = false;
	for (size_t i = 0; i < labels->count; i++) {
		size_t length;
		const char *tag = wp_strings_get(labels, i, &length);
		if (is_inside(tag, length))
			some = true;
		else if (!is_outside(tag, length))
			return false;
	}
	return some;
}

static int32_t type_number(const struct wp_strings *types, const char *type, size_t length)
{
	for (size_t i = 0; i < types->count; i++) {
		size_t other_length;
		const char *other = wp_strings_get(types, i, &other_length);
		if (other_length == length && memcmp(other, type, length) == 0)
			return (int32_t)i;
	}
	return -1;
}

static enum wp_err take_tags_apart(struct wp_metrics *m)
{
	enum wp_err err = wp_alloc(&m->tag, m->labels->count, sizeof *m->tag, "tags");
	for (size_t i = 0; !err && i < m->labels->count; i++) {
		size_t length;
		const char *tag = wp_strings_get(m->labels, i, &length);
		struct tag *to = &m->tag[i];
		*to = (struct tag){'O', -1};
		if (is_outside(tag, length))
			continue;
		const char *type = tag + (length > 2 ? 2 : length);
		length -= (size_t)(type - tag);
		*to = (struct tag){tag[0], type_number(&m->types, type, length)};
		if (to->type < 0) {
			to->type = (int32_t)m->types.count;
			err = wp_strings_add(&m->types, type, length);
		}
	}
	return err ? err : wp_alloc(&m->type, m->types.count, sizeof *m->type, "types");
}

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
	if (!err && are_phrase_tags(labels))
		err = take_tags_apart(m);
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
	free(m->tag);
	wp_strings_fini(&m->types);
	free(m->type);
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

/* Does a phrase begin at `tag`, after `before`?  Both of IOB1, where B only parts a phrase from
 * one of the same type just before it, and of IOB2, where each phrase begins with B. */
static bool begins(struct tag before, struct tag tag)
{
	return tag.type >= 0 && (tag.prefix == 'B' || tag.type != before.type);
}

/* Does a phrase that `before` is in end there, `tag` being next? */
static bool is_over(struct tag before, struct tag tag)
{
	return before.type >= 0 && (tag.prefix == 'B' || tag.type != before.type);
}

static void count_phrases(
	struct wp_metrics *m, const int32_t *given, const int32_t *predicted, size_t n)
{
	const struct tag outside = {'O', -1};
	struct tag before_g = outside, before_p = outside;
	bool agree = false; /* a phrase has begun in both at once, and is the same so far */
	for (size_t i = 0; i <= n; i++) {
		struct tag g = i < n ? m->tag[given[i]] : outside;
		struct tag p = i < n && predicted[i] >= 0 ? m->tag[predicted[i]] : outside;
		bool over_g = is_over(before_g, g), over_p = is_over(before_p, p);
		if (agree && over_g && over_p) {
			m->phrases.correct++;
			m->type[before_g.type].correct++;
		}
		if (over_g || over_p)
			agree = false;
		bool begins_g = begins(before_g, g), begins_p = begins(before_p, p);
		if (begins_g) {
			m->phrases.given++;
			m->type[g.type].given++;
		}
		if (begins_p) {
			m->phrases.predicted++;
			m->type[p.type].predicted++;
		}
		if (begins_g && begins_p)
			agree = g.type == p.type;
		before_g = g;
		before_p = p;
	}
}

enum wp_err wp_metrics_add(
	struct wp_metrics *m, const int32_t *given, const int32_t *predicted, size_t n)
{
	enum wp_err err = WP_OK;
	for (size_t i = 0; !err && i < n; i++) {
		bool correct = given[i] == predicted[i];
		m->total.given++;
		m->total.predicted += predicted[i] >= 0;
		m->total.correct += correct;
		m->label[given[i]].given++;
		m->label[given[i]].correct += correct;
		if (predicted[i] >= 0)
			m->label[predicted[i]].predicted++;
		err = count_pair(m, given[i], predicted[i]);
	}
	if (!err && m->tag)
		count_phrases(m, given, predicted, n);
	return err;
}

struct wp_counts_f1 wp_metrics_total(const struct wp_metrics *m)
{
	return m->total;
}

bool wp_metrics_phrases(const struct wp_metrics *m, struct wp_counts_f1 *phrases)
{
	*phrases = m->phrases;
	return m->tag != NULL;
}

/* ---- Reporting ---- */

static enum wp_err put_f1(struct wp_output *out, const struct wp_counts_f1 *c)
{
	return wp_output_printf(out, "\t%.4f\t%.4f\t%.4f\t%" PRIu64 "\n", wp_precision(c),
		wp_recall(c), wp_f1(c), c->given);
}

/* A row for each name that was given or predicted. */
static enum wp_err put_rows(struct wp_output *out, const char *kind,
	const struct wp_strings *names, const struct wp_counts_f1 *counts)
{
	enum wp_err err = WP_OK;
	for (size_t i = 0; !err && i < names->count; i++) {
		if (counts[i].given + counts[i].predicted == 0)
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
	const struct wp_counts_f1 *all = &m->total, *phrases = &m->phrases;
	enum wp_err err =
		wp_output_printf(out, "%s\t%" PRIu64 "\ncorrect\t%" PRIu64 "\naccuracy\t%.4f\n",
			unit, all->given, all->correct, wp_recall(all));
	if (!err)
		err = put_rows(out, "label", m->labels, m->label);
	if (!err && m->tag) {
		err = wp_output_printf(out, "phrases\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\n",
			phrases->given, phrases->predicted, phrases->correct);
		if (!err)
			err = put_rows(out, "phrase", &m->types, m->type);
		if (!err && !(err = wp_output_printf(out, "micro")))
			err = put_f1(out, phrases);
	}
	return err ? err : put_confusion(m, out);
}
