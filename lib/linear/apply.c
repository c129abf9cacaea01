#include "linear/apply.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "text/plain_text.h"
#include "text/vocab_map.h"

struct labeller {
	const struct wp_linear_model *model;
	enum wp_linear_detail detail;
	struct wp_output *output;
	double *scores, *p; /* of a row: outputs, and by label */
	size_t *order;
};

/* The numbers of all labels: of two, the output stands for the second one. */
static void by_label(struct labeller *l)
{
	const struct wp_linear_model *m = l->model;
	if (l->detail == WP_LINEAR_PROBABILITIES)
		wp_linear_probabilities(m, l->scores, l->p);
	else if (m->outputs == 1)
		l->p[1] = -(l->p[0] = -l->scores[0]);
	else
		memcpy(l->p, l->scores, m->outputs * sizeof *l->p);
}

/* The best label first, then the others by falling numbers; equal ones in their order. */
static enum wp_err put_detail(struct labeller *l, int32_t best)
{
	size_t n = l->model->labels.count;
	enum wp_err err = WP_OK;
	by_label(l);
	for (size_t i = 0; i < n; i++) {
		size_t at = i;
		bool first = (int32_t)i == best;
		for (; at > 0 && (int32_t)l->order[at - 1] != best &&
			(first || l->p[l->order[at - 1]] < l->p[i]);
			at--)
			l->order[at] = l->order[at - 1];
		if (first)
			for (; at > 0; at--)
				l->order[at] = l->order[at - 1];
		l->order[at] = i;
	}
	for (size_t i = 0; i < n && !err; i++) {
		err = i > 0 ? wp_output_write(l->output, "\t", 1) : WP_OK;
		if (!err)
			err = wp_put_token(l->output, &l->model->labels, l->order[i]);
		if (!err)
			err = wp_output_printf(l->output, "\t%.6f", l->p[l->order[i]]);
	}
	return err;
}

static enum wp_err put_row(struct labeller *l, int32_t best)
{
	enum wp_err err = l->detail == WP_LINEAR_LABELS
		? wp_put_token(l->output, &l->model->labels, (size_t)best)
		: put_detail(l, best);
	return err ? err : wp_output_write(l->output, "\n", 1);
}

/* Labels of the rows that the model lacks come after its own. */
static enum wp_err join_labels(struct wp_linear_labelled *labelled,
	const struct wp_linear_model *model, const struct wp_linear_rows *rows, int32_t **given)
{
	struct wp_vocab_map map;
	enum wp_err err = wp_strings_add_all(&labelled->labels, &model->labels);
	if (err || !rows->labels)
		return err;
	err = wp_vocab_map_init(&map, &rows->label_vocab, &model->labels);
	for (size_t k = 0; k < rows->label_vocab.count && !err; k++) {
		size_t length;
		const char *label = wp_strings_get(&rows->label_vocab, k, &length);
		if (map.id[k] >= 0)
			continue;
		map.id[k] = (int32_t)labelled->labels.count;
		err = wp_strings_add(&labelled->labels, label, length);
	}
	if (!err)
		err = wp_metrics_create(&labelled->metrics, &labelled->labels);
	*given = map.id; /* taken over */
	return err;
}

enum wp_err wp_linear_label(const struct wp_linear_model *model,
	const struct wp_linear_rows *rows, enum wp_linear_detail detail,
	struct wp_output *output, struct wp_linear_labelled *labelled)
{
	struct labeller l = {.model = model, .detail = detail, .output = output};
	int32_t *given = NULL;
	*labelled = (struct wp_linear_labelled){0};
	enum wp_err err = join_labels(labelled, model, rows, &given);
	if (!err)
		err = wp_alloc(&l.scores, model->outputs, sizeof *l.scores, "labels");
	if (!err)
		err = wp_alloc(&l.p, model->labels.count, sizeof *l.p, "labels");
	if (!err)
		err = wp_alloc(&l.order, model->labels.count, sizeof *l.order, "labels");
	for (size_t i = 0; i < rows->rows && !err; i++) {
		wp_linear_outputs(model, rows, i, l.scores);
		int32_t best = wp_linear_best(model, l.scores);
		if (output)
			err = put_row(&l, best);
		if (!err && rows->labels)
			err = wp_metrics_add(
				labelled->metrics, &given[rows->labels[i]], &best, 1);
	}
	free(given);
	free(l.scores);
	free(l.p);
	free(l.order);
	return err;
}

void wp_linear_labelled_fini(struct wp_linear_labelled *labelled)
{
	wp_strings_fini(&labelled->labels);
	wp_metrics_free(labelled->metrics);
	*labelled = (struct wp_linear_labelled){0};
}

enum wp_err wp_linear_regress(const struct wp_linear_model *model,
	const struct wp_linear_rows *rows, struct wp_writer *writer, double *mse)
{
	size_t n = model->outputs;
	double *sums = NULL, squares = 0;
	float *out = NULL;
	*mse = 0;
	if (rows->targets && rows->outputs != n)
		return wp_fail(WP_EMISMATCH,
			"targets of %zu numbers, and the model predicts %zu", rows->outputs, n);
	enum wp_err err = wp_alloc(&sums, n, sizeof *sums, "predictions");
	if (!err)
		err = wp_alloc(&out, rows->rows * n, sizeof *out, "predictions");
	for (size_t i = 0; i < rows->rows && !err; i++) {
		wp_linear_outputs(model, rows, i, sums);
		for (size_t o = 0; o < n; o++) {
			out[i * n + o] = (float)sums[o];
			double e = rows->targets ? sums[o] - rows->targets[i * n + o] : 0;
			squares += e * e;
		}
	}
	if (rows->rows > 0)
		*mse = squares / (double)(rows->rows * n);
	struct wp_tensor t = wp_tensor_2d("prediction", WP_F32, rows->rows, n);
	if (!err && writer)
		err = wp_writer_put(writer, &t, out);
	free(sums);
	free(out);
	return err;
}

enum wp_err wp_linear_report_errors(
	const struct wp_linear_rows *rows, double mse, struct wp_output *output)
{
	return wp_output_printf(output, "targets\t%zu\nmse\t%.6g\nrmse\t%.6g\n",
		rows->rows * rows->outputs, mse, sqrt(mse));
}
