#include "nn/tasks/regression.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "stream/element.h"
#include "nn/tasks/mode.h"
#include "nn/tasks/predictor.h"
#include "nn/decode/decoder.h"
#include "nn/net/graph.h"

struct regression {
	const struct wp_nn_model_input *reading;
	const struct wp_nn_config *config;
	struct wp_nn_predictor *predictor;
	struct wp_nn_window window;
	float *prediction; /* (rows or sequences of the window, outputs) */
	size_t room;
	float *naive; /* (outputs): of targets that are not the next value */
	size_t back;  /* rows of a series before those whose predictions are of whole windows */
};

static void take(void *arg, const struct wp_nn_predicted *p)
{
	struct regression *r = arg;
	wp_nn_window_take(
		&r->window, p, r->config->each_step, r->config->outputs, r->prediction);
}

/* Compare the predictions of a window with what there is to compare them with.  The naive
 * forecast of the next value is the last one. */
static void compare_window(const struct regression *r, struct wp_nn_errors *errors)
{
	const struct wp_nn_window *w = &r->window;
	const struct wp_nn_data *d = &r->reading->source.data;
	const size_t n = r->config->outputs,
		     rows = r->config->each_step ? w->rows : w->sequences.count;
	if (!r->reading->model->next) {
		const size_t first = r->config->each_step ? w->row : w->sentence;
		for (size_t i = 0; d->targets && i < rows; i++)
			wp_nn_errors_add(errors, r->prediction + i * n,
				d->targets + (first + i) * n, r->naive);
		return;
	}
	for (size_t s = 0; s < w->sequences.count; s++) {
		const float *value = d->values + w->begin[s] * n;
		const float *predicted = r->prediction + wp_nn_window_row(w, s, 0) * n;
		for (size_t i = r->back; i + 1 < (size_t)w->length[s]; i++)
			wp_nn_errors_add(
				errors, predicted + i * n, value + (i + 1) * n, value + i * n);
	}
}

/* Other targets' is their mean where the model was trained, or if it does not say, here. */
static enum wp_err make_naive(struct regression *r, struct wp_nn_errors *errors)
{
	const struct wp_nn_model *m = r->reading->model;
	const struct wp_nn_data *d = &r->reading->source.data;
	const size_t n = m->config.outputs;
	struct wp_nn_scaling here = {0};
	enum wp_err err = wp_nn_errors_init(errors, n,
		m->next                    ? "last value"
			: m->outputs.count ? "mean of training"
					   : "mean");
	if (!err)
		err = wp_alloc(&r->naive, n, sizeof *r->naive, "means");
	if (!err && !m->next && !m->outputs.count && d->targets)
		err = wp_nn_scaling_fit(&here, WP_NN_ZSCORE, d->targets,
			m->config.each_step ? d->rows : d->sequences, n);
	const double *mean = m->outputs.count ? m->outputs.mean : here.mean;
	for (size_t i = 0; !err && mean && i < n; i++)
		r->naive[i] = (float)mean[i];
	wp_nn_scaling_fini(&here);
	return err;
}

static enum wp_err check_targets(const struct wp_nn_model_input *r)
{
	const struct wp_nn_config *c = &r->model->config;
	const struct wp_nn_data *d = &r->source.data;
	enum wp_err err = wp_nn_check_model(WP_NN_GIVE_NUMBERS, r->model, "model");
	if (err)
		return err;
	if (r->model->next || !d->targets)
		return WP_OK;
	if (d->outputs != c->outputs ||
		r->source.target_rows != (c->each_step ? d->rows : d->sequences))
		return wp_fail(WP_EMISMATCH,
			"targets: %zu rows of %zu numbers where %zu of %zu would be predicted",
			r->source.target_rows, d->outputs,
			c->each_step ? d->rows : d->sequences, c->outputs);
	return WP_OK;
}

/* Numbers that the series led beyond what float can hold are no predictions. */
static enum wp_err check_predictions(const struct regression *r, size_t rows)
{
	size_t outputs = r->config->outputs;
	size_t at = wp_find_not_finite(r->prediction, WP_F32, rows * outputs);
	if (at == rows * outputs)
		return WP_OK;
	at /= outputs;
	return r->config->each_step
		? wp_fail(WP_EDIVERGED, "the prediction of step %zu is not a finite number",
			  r->window.row + at + 1)
		: wp_fail(WP_EDIVERGED, "the prediction of sequence %zu is not a finite number",
			  r->window.sentence + at + 1);
}

static enum wp_err regress(
	struct regression *r, struct wp_writer *writer, struct wp_nn_errors *errors)
{
	const struct wp_nn_data *d = &r->reading->source.data;
	struct wp_nn_window *w = &r->window;
	size_t outputs = r->config->outputs, most = wp_nn_window_rows(outputs);
	enum wp_err err;
	while (!(err = wp_nn_window_next(w, r->reading, most, false))) {
		size_t n = r->config->each_step ? w->rows : w->sequences.count;
		err = wp_grow(&r->prediction, &r->room, n * outputs, sizeof *r->prediction,
			"predictions");
		if (err)
			return err;
		memset(r->prediction, 0, n * outputs * sizeof *r->prediction);
		err = wp_nn_predict(r->predictor, &w->sequences, true, false, take, r);
		if (!err)
			err = check_predictions(r, n);
		if (!err && writer)
			err = wp_writer_put_rows(
				writer, "prediction", WP_F32, r->prediction, n, outputs, true);
		if (err)
			return err;
		compare_window(r, errors);
	}
	if (err != WP_END || !writer)
		return err == WP_END ? WP_OK : err;
	err = wp_writer_put_rows(writer, "prediction", WP_F32, NULL, 0, outputs, false);
	if (!err && r->config->each_step)
		err = wp_writer_put_slice(
			writer, "lengths", WP_I32, d->lengths, d->sequences, false);
	return err;
}

enum wp_err wp_nn_regress(const struct wp_nn_model_input *reading, int threads,
	struct wp_writer *writer, struct wp_nn_errors *errors)
{
	struct regression r = {.reading = reading,
		.config = &reading->model->config,
		.back = wp_nn_graph_output(reading->model->graph)->back};
	*errors = (struct wp_nn_errors){0};
	enum wp_err err = check_targets(reading);
	if (!err)
		err = make_naive(&r, errors);
	if (!err)
		err = wp_nn_predictor_create(
			&r.predictor, reading->model, reading->subwords, threads);
	if (!err)
		err = regress(&r, writer, errors);
	wp_nn_predictor_free(r.predictor);
	wp_nn_window_fini(&r.window);
	free(r.prediction);
	free(r.naive);
	return err;
}

/* ---- Forecasts ---- */

/* What forecasts are made with: for one series at a time. */
struct forecaster {
	const struct wp_nn_model_input *reading;
	struct wp_nn_decoder *decoder;
	size_t steps, width;
	float *forecast; /* (steps, width) */
};

static enum wp_err forecaster_init(
	struct forecaster *f, const struct wp_nn_model_input *reading, size_t steps)
{
	const struct wp_nn_model *m = reading->model;
	size_t numbers;
	*f = (struct forecaster){
		.reading = reading, .steps = steps, .width = m->config.outputs};
	enum wp_err err = wp_nn_check_model(WP_NN_FORECAST, m, "model");
	if (!err && (steps > INT32_MAX || !wp_mulsize(steps, f->width, &numbers)))
		err = wp_fail(WP_EINVAL, "a forecast of %zu steps is too long", steps);
	if (!err)
		err = wp_nn_decoder_create(&f->decoder, m, 1);
	return err ? err : wp_alloc(&f->forecast, numbers, sizeof *f->forecast, "forecast");
}

static void forecaster_fini(struct forecaster *f)
{
	wp_nn_decoder_free(f->decoder);
	free(f->forecast);
}

/* A series goes in, `rows` rows of it, and its next values come out. */
static enum wp_err continues(
	struct forecaster *f, const float *values, size_t rows, size_t series)
{
	const size_t width = f->width;
	float *to = f->forecast;
	const struct wp_nn_data *d = &f->reading->source.data;
	if (f->reading->model->config.encoding)
		wp_nn_decoder_begin(f->decoder, 0, d->encodings + series * d->encoding);
	else
		wp_nn_decoder_reset(f->decoder, 0);
	for (size_t i = 0; i < rows; i++)
		wp_nn_decoder_values(f->decoder, 0, values + i * width);
	for (size_t i = 0; i < f->steps; i++, to += width) {
		memcpy(to, wp_nn_decoder_output(f->decoder, 0), width * sizeof *to);
		wp_nn_decoder_values(f->decoder, 0, to);
	}
	size_t at = wp_find_not_finite(f->forecast, WP_F32, f->steps * width);
	if (at == f->steps * width)
		return WP_OK;
	return wp_fail(WP_EDIVERGED,
		"the forecast of series %zu leaves the finite numbers at step %zu of %zu: fewer "
		"steps, or a model of a bounded activation, stay among them",
		series + 1, at / width + 1, f->steps);
}

/* Is there enough to forecast from?  `known` of a series' rows are given. */
static enum wp_err check_rows(
	const struct forecaster *f, size_t series, size_t rows, size_t known)
{
	const size_t needed = wp_nn_graph_output(f->reading->model->graph)->back + 1;
	if (rows == 0)
		return wp_fail(WP_EMISMATCH, "series %zu is empty: nothing to forecast from",
			series + 1);
	if (known < needed && known < rows)
		return wp_fail(WP_EMISMATCH,
			"series %zu has %zu rows: to judge a forecast of the last %zu takes "
			"%zu or more",
			series + 1, rows, f->steps, f->steps + needed);
	if (known < needed)
		return wp_fail(WP_EMISMATCH,
			"series %zu has %zu rows, and the network reads %zu to forecast the "
			"next",
			series + 1, rows, needed);
	return WP_OK;
}

enum wp_err wp_nn_forecast(
	const struct wp_nn_model_input *reading, size_t steps, struct wp_writer *writer)
{
	const struct wp_nn_data *d = &reading->source.data;
	const float *values = d->values;
	struct forecaster f;
	int32_t *lengths = NULL;
	enum wp_err err = forecaster_init(&f, reading, steps);
	if (!err)
		err = wp_alloc(&lengths, d->sequences, sizeof *lengths, "lengths");
	for (size_t s = 0; !err && s < d->sequences; s++) {
		size_t rows = (size_t)d->lengths[s];
		lengths[s] = (int32_t)steps;
		err = check_rows(&f, s, rows, rows);
		if (!err)
			err = continues(&f, values, rows, s);
		values += rows * f.width;
		if (!err)
			err = wp_writer_put_rows(
				writer, "series", WP_F32, f.forecast, steps, f.width, true);
	}
	if (!err)
		err = wp_writer_put_rows(writer, "series", WP_F32, NULL, 0, f.width, false);
	if (!err)
		err = wp_writer_put_slice(
			writer, "lengths", WP_I32, lengths, d->sequences, false);
	forecaster_fini(&f);
	free(lengths);
	return err;
}

enum wp_err wp_nn_backtest(
	const struct wp_nn_model_input *reading, size_t steps, struct wp_nn_errors *errors)
{
	const struct wp_nn_data *d = &reading->source.data;
	const float *values = d->values;
	struct forecaster f;
	*errors = (struct wp_nn_errors){0};
	enum wp_err err = forecaster_init(&f, reading, steps);
	if (!err)
		err = wp_nn_errors_init(errors, f.width, "last value");
	for (size_t s = 0; !err && s < d->sequences; s++) {
		const size_t rows = (size_t)d->lengths[s],
			     known = rows > steps ? rows - steps : 0;
		const float *last = known ? values + (known - 1) * f.width : values;
		err = check_rows(&f, s, rows, known);
		if (!err)
			err = continues(&f, values, known, s);
		for (size_t i = 0; !err && i < steps; i++)
			wp_nn_errors_add(errors, f.forecast + i * f.width,
				last + (i + 1) * f.width, last);
		values += rows * f.width;
	}
	forecaster_fini(&f);
	return err;
}

/* ---- Reports ---- */

static enum wp_err report(const struct wp_nn_use *use, const struct wp_nn_errors *errors)
{
	const struct wp_nn_scaling *scaling = &use->model->outputs;
	double relative = wp_nn_errors_relative(errors, scaling);
	if (relative >= 1)
		wp_nn_tell(use->warn,
			"%s: the model is no better than the naive forecast, the %s: relative "
			"RMSE %.4f",
			use->name, errors->naive, relative);
	return wp_nn_errors_print(errors, scaling, use->columns, use->report);
}

enum wp_err wp_nn_use_to_regress(const struct wp_nn_use *use)
{
	struct wp_nn_errors errors;
	enum wp_err err = wp_nn_regress(use->reading, use->how->threads, use->writer, &errors);
	if (!err && use->report && wp_nn_errors_targets(&errors) == 0)
		err = wp_fail(WP_EMISMATCH, "%s: no targets to compare with", use->name);
	if (!err && use->report)
		err = report(use, &errors);
	wp_nn_errors_fini(&errors);
	return err;
}

enum wp_err wp_nn_use_to_forecast(const struct wp_nn_use *use)
{
	const size_t steps = (size_t)use->how->number;
	struct wp_nn_errors errors = {0};
	enum wp_err err = use->report ? wp_nn_backtest(use->reading, steps, &errors) : WP_OK;
	if (!err && use->report)
		err = report(use, &errors);
	wp_nn_errors_fini(&errors);
	return err || !use->writer ? err : wp_nn_forecast(use->reading, steps, use->writer);
}
