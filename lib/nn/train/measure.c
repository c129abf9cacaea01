#include "nn/train/measure.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

static double loss(const struct wp_nn_validation *v)
{
	return v->loss;
}

static double accuracy(const struct wp_nn_validation *v)
{
	return v->accuracy;
}

static double f1(const struct wp_nn_validation *v)
{
	return v->f1;
}

static double perplexity(const struct wp_nn_validation *v)
{
	return exp(v->loss);
}

static double squared_error(const struct wp_nn_validation *v)
{
	return v->squares;
}

/* RelRMSE (Hyndman & Koehler 2006); beside the last value, Theil's U. */
static double relative(const struct wp_nn_validation *v)
{
	return v->naive > 0 ? sqrt(v->loss / v->naive) : v->loss > 0 ? INFINITY : 1;
}

const struct wp_nn_measure wp_nn_measures[] = {
	[WP_NN_BEST_LOSS] = {"loss", "loss", false, loss, 4, false, false},
	[WP_NN_BEST_ACCURACY] = {"accuracy", "accuracy", true, accuracy, 2, true, false},
	[WP_NN_BEST_F1] = {"f1", "F1", true, f1, 4, false, true},
	[WP_NN_BEST_PERPLEXITY] = {"perplexity", "perplexity", false, perplexity, 2, false,
		false},
	[WP_NN_BEST_ERROR] = {"error", "squared error", false, squared_error, -6, false, false},
	[WP_NN_BEST_RELATIVE] = {"relative", "relative RMSE", false, relative, 4, false, false},
	{NULL, NULL, false, NULL, 0, false, false},
};

bool wp_nn_is_better(enum wp_nn_best_by best_by, const struct wp_nn_validation *a,
	const struct wp_nn_validation *b)
{
	const struct wp_nn_measure *m = &wp_nn_measures[best_by];
	return m->higher ? m->value(a) > m->value(b) : m->value(a) < m->value(b);
}

bool wp_nn_is_measured(
	enum wp_nn_task task, enum wp_nn_best_by best_by, enum wp_nn_best_by measure)
{
	return (wp_nn_tasks[task].measures & WP_NN_MEASURE(measure)) &&
		(!wp_nn_measures[measure].chosen || measure == best_by);
}

void wp_nn_show_validation(char *text, int size, enum wp_nn_task task,
	enum wp_nn_best_by best_by, const struct wp_nn_validation *validation)
{
	unsigned shown = wp_nn_tasks[task].shown | WP_NN_MEASURE(WP_NN_BEST_LOSS) |
		WP_NN_MEASURE(best_by);
	int used = 0;
	for (int i = 0; wp_nn_measures[i].name && used < size; i++) {
		const struct wp_nn_measure *m = &wp_nn_measures[i];
		if (!(shown & WP_NN_MEASURE(i)))
			continue;
		used += snprintf(text + used, (size_t)(size - used),
			m->decimals < 0 ? "%s%s %.*g%s" : "%s%s %.*f%s", used ? ", " : "",
			m->shown, abs(m->decimals),
			m->percent ? 100 * m->value(validation) : m->value(validation),
			m->percent ? " %" : "");
	}
}
