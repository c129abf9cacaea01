#include "embed/judge.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/intervals.h"

const char *const wp_analogy_methods[] = {
	[WP_3COSADD] = "3cosadd", [WP_3COSMUL] = "3cosmul", NULL};

/* The words of an embedding, or of its top, and their vectors. */
struct side {
	struct wp_rows rows;
	struct wp_word_index index;
};

struct wp_judge {
	struct wp_judge_config config;
	struct side side[2];
	int sides;
	struct wp_output *output;
	const char *test; /* the name of the file */
	size_t used;
};

static enum wp_err side_init(struct side *side, const struct wp_embedding *embedding,
	const struct wp_judge_config *config)
{
	size_t count = embedding->count;
	if (config->top && config->top < count)
		count = config->top;
	enum wp_err err = wp_rows_init(&side->rows, embedding->vector, count, embedding->dim,
		WP_COSINE, embedding->square);
	return err ? err
		   : wp_word_index_init(&side->index, &embedding->vocab.tokens, count,
			     !config->exact_case);
}

enum wp_err wp_judge_create(struct wp_judge **judge, const struct wp_judge_config *config,
	const struct wp_embedding *embedding, const struct wp_embedding *other,
	struct wp_output *output)
{
	struct wp_judge *j;
	enum wp_err err = wp_alloc(&j, 1, sizeof *j, "scores");
	*judge = j;
	if (err)
		return err;
	j->config = *config;
	j->output = output;
	j->sides = other ? 2 : 1;
	err = side_init(&j->side[0], embedding, config);
	if (!err && other)
		err = side_init(&j->side[1], other, config);
	if (!err)
		err = wp_output_printf(output, "test\tpart\tmethod\tscore\t%s\n",
			other ? "other\tdifference\tlow\thigh\tp\tused\ttotal"
			      : "coverage\tright\tused\ttotal\tlow\thigh");
	if (err) {
		wp_judge_free(j);
		*judge = NULL;
	}
	return err;
}

void wp_judge_free(struct wp_judge *j)
{
	for (int i = 0; j && i < j->sides; i++) {
		wp_rows_fini(&j->side[i].rows);
		wp_word_index_fini(&j->side[i].index);
	}
	free(j);
}

size_t wp_judge_used(const struct wp_judge *j)
{
	return j->used;
}

/* A number of which there may be none, in per cent. */
static enum wp_err put(struct wp_judge *j, double value)
{
	return isnan(value) ? wp_output_printf(j->output, "\t-")
			    : wp_output_printf(j->output, "\t%.2f", 100 * value);
}

static enum wp_err put_name(
	struct wp_judge *j, const char *part, size_t length, const char *method)
{
	return wp_output_printf(j->output, "%s\t%.*s\t%s", j->test, (int)length, part, method);
}

static double share(size_t part, size_t whole)
{
	return whole > 0 ? (double)part / (double)whole : (double)NAN;
}

/* The columns of a score that are the same for questions and pairs; right: SIZE_MAX for pairs.
 */
static enum wp_err put_score(struct wp_judge *j, double score, struct wp_interval interval,
	size_t right, size_t used, size_t total)
{
	enum wp_err err = put(j, score);
	if (!err)
		err = put(j, share(used, total));
	if (!err)
		err = right == SIZE_MAX ? wp_output_printf(j->output, "\t-")
					: wp_output_printf(j->output, "\t%zu", right);
	if (!err)
		err = wp_output_printf(j->output, "\t%zu\t%zu", used, total);
	if (!err)
		err = put(j, interval.low);
	if (!err)
		err = put(j, interval.high);
	return err ? err : wp_output_write(j->output, "\n", 1);
}

static enum wp_err put_comparison(
	struct wp_judge *j, const struct wp_comparison *c, size_t used, size_t total)
{
	const double values[] = {c->a, c->b, c->difference, c->interval.low, c->interval.high};
	enum wp_err err = WP_OK;
	for (size_t i = 0; i < sizeof values / sizeof *values && !err; i++)
		err = put(j, values[i]);
	if (!err)
		err = isnan(c->p) ? wp_output_printf(j->output, "\t-")
				  : wp_output_printf(j->output, "\t%.4f", c->p);
	return err ? err : wp_output_printf(j->output, "\t%zu\t%zu\n", used, total);
}

/* ---- Analogies ---- */

/* A row for those questions of a file whose section `is` says belong to it. */
struct part {
	const char *name;
	size_t length;
	const bool *is; /* by section */
};

static enum wp_err put_part(struct wp_judge *j, const struct wp_analogy_set *set,
	signed char *const *answer, const struct part *part, size_t *asked)
{
	size_t questions = set->words.count / 4, total = 0, used = 0, right = 0;
	unsigned char *kept[2] = {NULL, NULL};
	enum wp_err err = wp_alloc(&kept[0], questions, 1, "answers");
	if (!err)
		err = wp_alloc(&kept[1], questions, 1, "answers");
	for (size_t s = 0, q = 0; s < set->sections.count && !err; s++)
		for (; q < set->section_end[s]; q++) {
			if (!part->is[s])
				continue;
			total++;
			if (answer[0][q] < 0 || answer[1][q] < 0)
				continue;
			kept[0][used] = answer[0][q] == 1;
			kept[1][used++] = answer[1][q] == 1;
			right += answer[0][q] == 1;
		}
	*asked = used;
	if (!err)
		err = put_name(
			j, part->name, part->length, wp_analogy_methods[j->config.method]);
	if (!err && j->sides == 1)
		err = put_score(j, share(right, used), wp_interval_of_share(right, used), right,
			used, total);
	struct wp_comparison comparison;
	if (!err && j->sides == 2)
		err = wp_compare_shares(
			&comparison, kept[0], kept[1], used, j->config.samples, j->config.seed);
	if (!err && j->sides == 2)
		err = put_comparison(j, &comparison, used, total);
	free(kept[0]);
	free(kept[1]);
	return err;
}

static enum wp_err put_parts(
	struct wp_judge *j, const struct wp_analogy_set *set, signed char *const *answer)
{
	size_t sections = set->sections.count, asked, kinds[2] = {0};
	bool *is;
	enum wp_err err = wp_alloc(&is, sections, sizeof *is, "sections");
	for (size_t s = 0; s < sections && !err; s++) {
		struct part part = {.is = is};
		part.name = wp_strings_get(&set->sections, s, &part.length);
		is[s] = true;
		err = put_part(j, set, answer, &part, &asked);
		is[s] = false;
		bool empty = set->section_end[s] == (s > 0 ? set->section_end[s - 1] : 0);
		kinds[wp_analogy_is_syntactic(set, s)] += !empty;
	}
	static const char *const names[] = {"semantic", "syntactic", "total"};
	for (int kind = 0; kind < 3 && !err; kind++) {
		const struct part part = {names[kind], strlen(names[kind]), is};
		if (kind < 2 && (kinds[0] == 0 || kinds[1] == 0))
			continue;
		for (size_t s = 0; s < sections; s++)
			is[s] = kind == 2 || wp_analogy_is_syntactic(set, s) == (kind == 1);
		err = put_part(j, set, answer, &part, &asked);
		j->used += kind == 2 ? asked : 0;
	}
	free(is);
	return err;
}

static enum wp_err judge_analogies(struct wp_judge *j, struct wp_input *input)
{
	struct wp_analogy_set set;
	signed char *answer[2] = {NULL, NULL};
	enum wp_err err = wp_analogy_set_read(&set, input);
	if (err)
		return err;
	for (int i = 0; i < j->sides && !err; i++) {
		err = wp_alloc(&answer[i], set.words.count / 4, 1, "answers");
		if (!err)
			err = wp_analogy_set_answer(&set, &j->side[i].rows, &j->side[i].index,
				j->config.method, j->config.threads, answer[i]);
	}
	signed char *const both[] = {answer[0], answer[j->sides - 1]};
	if (!err)
		err = put_parts(j, &set, both);
	free(answer[0]);
	free(answer[1]);
	wp_analogy_set_fini(&set);
	return err;
}

/* ---- Pairs ---- */

static enum wp_err put_pairs(
	struct wp_judge *j, const struct wp_pair_set *set, double *const *similarity)
{
	double *truth;
	size_t n = 0;
	enum wp_err err = wp_alloc(&truth, set->count, sizeof *truth, "pairs of words");
	for (size_t i = 0; i < set->count && !err; i++) {
		double a = similarity[0][i], b = similarity[1][i];
		if (isnan(a) || isnan(b))
			continue;
		truth[n] = set->score[i];
		similarity[0][n] = a;
		similarity[1][n++] = b;
	}
	j->used += n;
	if (!err)
		err = put_name(j, "total", strlen("total"), "spearman");
	if (!err && j->sides == 1) {
		double rho;
		err = wp_spearman(truth, similarity[0], n, &rho);
		if (!err)
			err = put_score(j, rho, wp_interval_of_spearman(rho, n), SIZE_MAX, n,
				set->count);
	} else if (!err) {
		struct wp_comparison comparison;
		err = wp_compare_spearman(&comparison, truth, similarity[0], similarity[1], n,
			j->config.samples, j->config.seed);
		if (!err)
			err = put_comparison(j, &comparison, n, set->count);
	}
	free(truth);
	return err;
}

static enum wp_err judge_pairs(struct wp_judge *j, struct wp_input *input)
{
	struct wp_pair_set set;
	double *similarity[2] = {NULL, NULL};
	enum wp_err err = wp_pair_set_read(&set, input);
	if (err)
		return err;
	for (int i = 0; i < j->sides && !err; i++) {
		err = wp_alloc(
			&similarity[i], set.count, sizeof *similarity[i], "pairs of words");
		if (!err)
			err = wp_pair_set_compare(
				&set, &j->side[i].rows, &j->side[i].index, similarity[i]);
	}
	double *const both[] = {similarity[0], similarity[j->sides - 1]};
	if (!err)
		err = put_pairs(j, &set, both);
	free(similarity[0]);
	free(similarity[1]);
	wp_pair_set_fini(&set);
	return err;
}

enum wp_err wp_judge_file(struct wp_judge *j, const char *path)
{
	struct wp_input *input;
	bool is_analogies;
	const char *slash = strrchr(path, '/');
	j->test = slash ? slash + 1 : path;
	enum wp_err err = wp_input_open_text(&input, path);
	if (err)
		return err;
	err = wp_is_analogy_set(input, &is_analogies);
	if (!err)
		err = is_analogies ? judge_analogies(j, input) : judge_pairs(j, input);
	wp_input_close(input);
	return err;
}
