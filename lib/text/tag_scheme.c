#include "text/tag_scheme.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

const char *const wp_tag_schemes[] = {"none", "bio", "iob1", "iobes", NULL};

/* A tag as its mark and its type, which follows the first hyphen; 0: it is no chunk's. */
static char take_apart(const char *tag, size_t n, const char **type, size_t *type_length)
{
	static const char marks[] = "BIOESLU", as[] = "BIOESES";
	const char *found = n > 0 ? memchr(marks, tag[0], sizeof marks - 1) : NULL;
	if (!found || (n > 1 && tag[1] != '-') || (tag[0] == 'O' && n > 1))
		return 0;
	*type = tag + (n > 1 ? 2 : 1);
	*type_length = n > 1 ? n - 2 : 0;
	return as[found - marks];
}

static enum wp_err find_type(
	struct wp_strings *types, const char *type, size_t n, int32_t *place)
{
	for (size_t i = 0; i < types->count; i++) {
		size_t length;
		const char *other = wp_strings_get(types, i, &length);
		if (length == n && memcmp(other, type, n) == 0) {
			*place = (int32_t)i;
			return WP_OK;
		}
	}
	*place = (int32_t)types->count;
	return wp_strings_add(types, type, n);
}

enum wp_err wp_tag_set_init(struct wp_tag_set *set, const struct wp_strings *tags)
{
	*set = (struct wp_tag_set){.count = tags->count, .chunks = tags->count > 0};
	enum wp_err err = wp_alloc(&set->mark, tags->count, sizeof *set->mark, "tags");
	if (!err)
		err = wp_alloc(&set->type, tags->count, sizeof *set->type, "tags");
	bool any = false;
	for (size_t i = 0; i < tags->count && !err; i++) {
		size_t n, type_length = 0;
		const char *tag = wp_strings_get(tags, i, &n), *type = NULL;
		set->mark[i] = take_apart(tag, n, &type, &type_length);
		set->type[i] = -1;
		if (!set->mark[i])
			set->chunks = false;
		else if (set->mark[i] != 'O')
			err = find_type(&set->types, type, type_length, &set->type[i]);
		any = any || set->mark[i] == 'B' || set->mark[i] == 'I' || set->mark[i] == 'S';
	}
	set->chunks = set->chunks && any;
	if (err)
		wp_tag_set_fini(set);
	return err;
}

void wp_tag_set_fini(struct wp_tag_set *set)
{
	wp_strings_fini(&set->types);
	free(set->mark);
	free(set->type);
	*set = (struct wp_tag_set){0};
}

/* -1, and what marks no chunk, is taken for O. */
static char mark_of(const struct wp_tag_set *set, int32_t tag)
{
	return tag < 0 || !set->mark[tag] ? 'O' : set->mark[tag];
}

static int32_t type_of(const struct wp_tag_set *set, int32_t tag)
{
	return tag < 0 ? -1 : set->type[tag];
}

bool wp_chunk_ends(const struct wp_tag_set *set, int32_t tag, int32_t next)
{
	char a = mark_of(set, tag), b = mark_of(set, next);
	if (a == 'O')
		return false;
	return a == 'E' || a == 'S' || b == 'B' || b == 'O' || b == 'S' ||
		type_of(set, tag) != type_of(set, next);
}

bool wp_chunk_begins(const struct wp_tag_set *set, int32_t before, int32_t tag)
{
	char a = mark_of(set, before), b = mark_of(set, tag);
	if (b == 'O')
		return false;
	return b == 'B' || b == 'S' || a == 'O' || a == 'E' || a == 'S' ||
		type_of(set, before) != type_of(set, tag);
}

enum wp_tag_scheme wp_tag_scheme_of(const struct wp_tag_set *set, const int32_t *tags,
	const int32_t *lengths, size_t sentences)
{
	if (!set->chunks)
		return WP_SCHEME_NONE;
	for (size_t i = 0; i < set->count; i++)
		if (set->mark[i] == 'E' || set->mark[i] == 'S')
			return WP_SCHEME_IOBES;
	size_t bio = 0, iob1 = 0; /* chunks that begin as only one of them has it */
	for (size_t s = 0; s < sentences; tags += lengths[s++])
		for (int32_t t = 0; t < lengths[s]; t++) {
			int32_t before = t ? tags[t - 1] : -1;
			if (!wp_chunk_begins(set, before, tags[t]))
				continue;
			iob1 += set->mark[tags[t]] == 'I';
			bio += set->mark[tags[t]] == 'B' &&
				type_of(set, before) != set->type[tags[t]];
		}
	return iob1 > bio ? WP_SCHEME_IOB1 : WP_SCHEME_BIO;
}

bool wp_tag_may_follow(
	const struct wp_tag_set *set, enum wp_tag_scheme scheme, int32_t tag, int32_t next)
{
	char a = mark_of(set, tag), b = mark_of(set, next);
	bool same = a != 'O' && type_of(set, tag) == type_of(set, next);
	if (scheme == WP_SCHEME_BIO)
		return b != 'I' || same;
	if (scheme == WP_SCHEME_IOB1)
		return b != 'B' || same;
	if (scheme != WP_SCHEME_IOBES)
		return true;
	bool inside = a == 'B' || a == 'I';
	return inside ? same && (b == 'I' || b == 'E') : b != 'I' && b != 'E';
}

/* Add the mark and the type of a token of a chunk: its first or not, its last or not. */
static enum wp_err add_tag(struct wp_strings *out, enum wp_tag_scheme to, bool first, bool last,
	bool after_same, const char *type, size_t n)
{
	char mark = 'I';
	if (to == WP_SCHEME_IOBES)
		mark = first ? (last ? 'S' : 'B') : last ? 'E' : 'I';
	else if (to == WP_SCHEME_BIO)
		mark = first ? 'B' : 'I';
	else
		mark = first && after_same ? 'B' : 'I';
	char *tag;
	enum wp_err err = wp_alloc(&tag, n + 2, 1, "a tag");
	if (err)
		return err;
	tag[0] = mark;
	tag[1] = '-';
	memcpy(tag + 2, type, n);
	err = wp_strings_add(out, tag, n ? n + 2 : 1);
	free(tag);
	return err;
}

enum wp_err wp_tags_convert(const struct wp_tag_set *set, const int32_t *tags, size_t n,
	enum wp_tag_scheme to, struct wp_strings *out)
{
	if (!set->chunks || to == WP_SCHEME_NONE)
		return wp_fail(WP_EINVAL, "tags that mark no chunks have no scheme");
	enum wp_err err = WP_OK;
	for (size_t t = 0; t < n && !err; t++) {
		int32_t before = t ? tags[t - 1] : -1, next = t + 1 < n ? tags[t + 1] : -1;
		if (mark_of(set, tags[t]) == 'O') {
			err = wp_strings_add(out, "O", 1);
			continue;
		}
		size_t length;
		const char *type =
			wp_strings_get(&set->types, (size_t)set->type[tags[t]], &length);
		err = add_tag(out, to, wp_chunk_begins(set, before, tags[t]),
			wp_chunk_ends(set, tags[t], next),
			mark_of(set, before) != 'O' &&
				type_of(set, before) == set->type[tags[t]],
			type, length);
	}
	return err;
}

/* ---- Scores ---- */

enum wp_err wp_chunk_score_init(struct wp_chunk_score *score, const struct wp_tag_set *set)
{
	*score = (struct wp_chunk_score){.set = set};
	return wp_alloc(
		&score->types, set->types.count, sizeof *score->types, "scores of chunks");
}

void wp_chunk_score_fini(struct wp_chunk_score *score)
{
	free(score->types);
	*score = (struct wp_chunk_score){0};
}

void wp_chunk_score_add(
	struct wp_chunk_score *score, const int32_t *truth, const int32_t *found, size_t n)
{
	const struct wp_tag_set *set = score->set;
	bool right = false; /* in a chunk that has been right so far */
	for (size_t t = 0; t <= n; t++) {
		int32_t a = t ? truth[t - 1] : -1, b = t < n ? truth[t] : -1;
		int32_t x = t ? found[t - 1] : -1, y = t < n ? found[t] : -1;
		bool ends = wp_chunk_ends(set, a, b), found_ends = wp_chunk_ends(set, x, y);
		if (right && ends && found_ends) {
			score->all.right++;
			score->types[set->type[a]].right++;
		}
		if (ends || found_ends)
			right = false;
		bool begins = wp_chunk_begins(set, a, b),
		     found_begins = wp_chunk_begins(set, x, y);
		if (begins && found_begins && set->type[b] == set->type[y])
			right = true;
		if (begins) {
			score->all.truth++;
			score->types[set->type[b]].truth++;
		}
		if (found_begins) {
			score->all.found++;
			score->types[set->type[y]].found++;
		}
		score->right += t < n && b == y;
	}
	score->tokens += n;
}

static double share(uint64_t part, uint64_t whole)
{
	return whole ? (double)part / (double)whole : 0;
}

double wp_chunk_precision(const struct wp_chunk_counts *counts)
{
	return share(counts->right, counts->found);
}

double wp_chunk_recall(const struct wp_chunk_counts *counts)
{
	return share(counts->right, counts->truth);
}

double wp_chunk_f1(const struct wp_chunk_counts *counts)
{
	return share(2 * counts->right, counts->found + counts->truth);
}

static enum wp_err write_counts(const struct wp_chunk_counts *c, struct wp_output *output)
{
	return wp_output_printf(output, "precision: %6.2f%%; recall: %6.2f%%; FB1: %6.2f",
		100 * wp_chunk_precision(c), 100 * wp_chunk_recall(c), 100 * wp_chunk_f1(c));
}

static int64_t next_type(const struct wp_strings *types, int64_t last)
{
	int64_t best = -1;
	for (size_t i = 0; i < types->count; i++) {
		size_t n, m;
		const char *name = wp_strings_get(types, i, &n);
		int past = 1, before = -1;
		if (last >= 0) {
			const char *other = wp_strings_get(types, (size_t)last, &m);
			past = memcmp(name, other, n < m ? n : m);
			past = past ? past : (n > m) - (n < m);
		}
		if (best >= 0) {
			const char *other = wp_strings_get(types, (size_t)best, &m);
			before = memcmp(name, other, n < m ? n : m);
			before = before ? before : (n > m) - (n < m);
		}
		if (past > 0 && before < 0)
			best = (int64_t)i;
	}
	return best;
}

enum wp_err wp_chunk_score_write(const struct wp_chunk_score *score, struct wp_output *output)
{
	const struct wp_strings *types = &score->set->types;
	const struct wp_chunk_counts *all = &score->all;
	enum wp_err err = wp_output_printf(output,
		"processed %llu tokens with %llu phrases; found: %llu phrases; correct: %llu.\n"
		"accuracy: %6.2f%%; ",
		(unsigned long long)score->tokens, (unsigned long long)all->truth,
		(unsigned long long)all->found, (unsigned long long)all->right,
		100 * share(score->right, score->tokens));
	if (!err)
		err = write_counts(all, output);
	if (!err)
		err = wp_output_write(output, "\n", 1);
	for (int64_t i = -1; !err && (i = next_type(types, i)) >= 0;) {
		size_t n;
		const char *name = wp_strings_get(types, (size_t)i, &n);
		const struct wp_chunk_counts *c = &score->types[i];
		if (c->truth + c->found == 0)
			continue;
		err = wp_output_printf(output, "%17.*s: ", (int)n, name);
		if (!err)
			err = write_counts(c, output);
		if (!err)
			err = wp_output_printf(
				output, "  %llu\n", (unsigned long long)c->found);
	}
	return err;
}
