#include "nn/tasks/errors.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"

enum wp_err wp_nn_errors_init(struct wp_nn_errors *e, size_t columns, const char *naive)
{
	*e = (struct wp_nn_errors){.columns = columns, .naive = naive};
	return wp_alloc(&e->column, columns, sizeof *e->column, "errors");
}

void wp_nn_errors_fini(struct wp_nn_errors *e)
{
	free(e->column);
	*e = (struct wp_nn_errors){0};
}

/* The mean and what deviates from it are kept as Welford (1962) does. */
static void add(struct wp_nn_column_errors *c, double predicted, double target, double naive)
{
	double error = predicted - target, other = naive - target, before = target - c->mean;
	c->targets++;
	c->squares += error * error;
	c->absolute += fabs(error);
	c->naive_squares += other * other;
	c->naive_absolute += fabs(other);
	c->mean += before / (double)c->targets;
	c->deviations += before * (target - c->mean);
}

void wp_nn_errors_add(
	struct wp_nn_errors *e, const float *predicted, const float *target, const float *naive)
{
	for (size_t i = 0; i < e->columns; i++)
		if (!isnan(target[i]))
			add(&e->column[i], (double)predicted[i], (double)target[i],
				(double)naive[i]);
}

uint64_t wp_nn_errors_targets(const struct wp_nn_errors *e)
{
	uint64_t targets = 0;
	for (size_t i = 0; i < e->columns; i++)
		targets += e->column[i].targets;
	return targets;
}

/* a / b where b may be 0: then nothing is relative to it, but what is 0 itself is as good. */
static double ratio(double a, double b)
{
	return b > 0 ? a / b : a > 0 ? INFINITY : 1;
}

/* All columns as one, each divided by its scale. */
static struct wp_nn_column_errors pooled(
	const struct wp_nn_errors *e, const struct wp_nn_scaling *scaling)
{
	struct wp_nn_column_errors all = {0};
	for (size_t i = 0; i < e->columns; i++) {
		const struct wp_nn_column_errors *c = &e->column[i];
		double scale = scaling && scaling->count ? scaling->scale[i] : 1;
		all.targets += c->targets;
		all.squares += c->squares / (scale * scale);
		all.absolute += c->absolute / scale;
		all.naive_squares += c->naive_squares / (scale * scale);
		all.naive_absolute += c->naive_absolute / scale;
		all.deviations += c->deviations / (scale * scale);
	}
	return all;
}

double wp_nn_errors_relative(const struct wp_nn_errors *e, const struct wp_nn_scaling *scaling)
{
	const struct wp_nn_column_errors all = pooled(e, scaling);
	return sqrt(ratio(all.squares, all.naive_squares));
}

static enum wp_err print_column(const struct wp_nn_errors *e, size_t i,
	const struct wp_strings *names, struct wp_output *out)
{
	const struct wp_nn_column_errors *c = &e->column[i];
	const double n = (double)(c->targets ? c->targets : 1);
	size_t length = 0;
	const char *name = names && i < names->count ? wp_strings_get(names, i, &length) : NULL;
	enum wp_err err = name ? wp_output_printf(out, "column\t%.*s", (int)length, name)
			       : wp_output_printf(out, "column\t%zu", i + 1);
	return err
		? err
		: wp_output_printf(out, "\t%" PRIu64 "\t%.6g\t%.6g\t%.6g\t%.4f\t%.4f\n",
			  c->targets, sqrt(c->squares / n), c->absolute / n,
			  sqrt(c->naive_squares / n), sqrt(ratio(c->squares, c->naive_squares)),
			  1 - ratio(c->squares, c->deviations));
}

enum wp_err wp_nn_errors_print(const struct wp_nn_errors *e,
	const struct wp_nn_scaling *scaling, const struct wp_strings *names,
	struct wp_output *out)
{
	const struct wp_nn_column_errors own = pooled(e, NULL), all = pooled(e, scaling);
	const double n = (double)own.targets;
	enum wp_err err = wp_output_printf(out,
		"targets\t%" PRIu64 "\nmse\t%.6g\nrmse\t%.6g\nmae\t%.6g\n"
		"naive\t%s\nnaive_rmse\t%.6g\nnaive_mae\t%.6g\n"
		"relative_rmse\t%.4f\nrelative_mae\t%.4f\nr2\t%.4f\n",
		own.targets, own.squares / n, sqrt(own.squares / n), own.absolute / n, e->naive,
		sqrt(own.naive_squares / n), own.naive_absolute / n,
		sqrt(ratio(all.squares, all.naive_squares)),
		ratio(all.absolute, all.naive_absolute),
		1 - ratio(all.squares, all.deviations));
	if (!err && e->columns > 1)
		err = wp_output_printf(out,
			"column\tname\ttargets\trmse\tmae\tnaive_rmse\trelative_rmse\tr2\n");
	for (size_t i = 0; i < e->columns && e->columns > 1 && !err; i++)
		err = print_column(e, i, names, out);
	return err;
}
