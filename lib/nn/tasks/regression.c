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

struct regression {
	const struct wp_nn_model_input *reading;
	const struct wp_nn_config *config;
	struct wp_nn_predictor *predictor;
	struct wp_nn_window window;
	float *prediction; /* (rows or sequences of the window, outputs) */
	size_t room;
};

static void take(void *arg, const struct wp_nn_predicted *p)
{
	struct regression *r = arg;
	wp_nn_window_take(
		&r->window, p, r->config->each_step, r->config->outputs, r->prediction);
}

static void compare(
	struct wp_nn_errors *errors, const float *predicted, const float *target, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		double difference = (double)predicted[i] - (double)target[i];
		if (isnan(target[i]))
			continue;
		errors->targets++;
		errors->squares += difference * difference;
	}
}

/* Compare the predictions of a window with what there is to compare them with. */
static void compare_window(const struct regression *r, struct wp_nn_errors *errors)
{
	const struct wp_nn_window *w = &r->window;
	const struct wp_nn_data *d = &r->reading->source.data;
	size_t n = r->config->outputs;
	if (r->reading->model->next) {
		for (size_t s = 0; s < w->sequences.count; s++)
			if (w->length[s] > 1)
				compare(errors, r->prediction + wp_nn_window_row(w, s, 0) * n,
					d->values + (w->begin[s] + 1) * n,
					((size_t)w->length[s] - 1) * n);
	} else if (d->targets && r->config->each_step) {
		compare(errors, r->prediction, d->targets + w->row * n, w->rows * n);
	} else if (d->targets) {
		compare(errors, r->prediction, d->targets + w->sentence * n,
			w->sequences.count * n);
	}
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
	struct regression r = {.reading = reading, .config = &reading->model->config};
	*errors = (struct wp_nn_errors){0};
	enum wp_err err = check_targets(reading);
	if (!err)
		err = wp_nn_predictor_create(
			&r.predictor, reading->model, reading->subwords, threads);
	if (!err)
		err = regress(&r, writer, errors);
	wp_nn_predictor_free(r.predictor);
	wp_nn_window_fini(&r.window);
	free(r.prediction);
	return err;
}

/* ---- Forecasts ---- */

/* A series goes in, and its next `steps` values come out. */
static void continues(struct wp_nn_decoder *decoder, const float *values, size_t rows,
	size_t width, size_t steps, float *forecast)
{
	wp_nn_decoder_reset(decoder, 0);
	for (size_t i = 0; i < rows; i++)
		wp_nn_decoder_values(decoder, 0, values + i * width);
	for (size_t i = 0; i < steps; i++, forecast += width) {
		memcpy(forecast, wp_nn_decoder_output(decoder, 0), width * sizeof *forecast);
		wp_nn_decoder_values(decoder, 0, forecast);
	}
}

static enum wp_err forecast_all(const struct wp_nn_model_input *r,
	struct wp_nn_decoder *decoder, size_t steps, float *forecast, struct wp_writer *writer)
{
	const struct wp_nn_data *d = &r->source.data;
	const float *values = d->values;
	enum wp_err err = WP_OK;
	for (size_t s = 0; !err && s < d->sequences; s++) {
		size_t rows = (size_t)d->lengths[s];
		if (rows == 0)
			return wp_fail(
				WP_EMISMATCH, "series %zu is empty: nothing to go on from", s);
		continues(decoder, values, rows, d->inputs, steps, forecast);
		values += rows * d->inputs;
		size_t at = wp_find_not_finite(forecast, WP_F32, steps * d->inputs);
		if (at < steps * d->inputs)
			return wp_fail(WP_EDIVERGED,
				"the forecast of series %zu leaves the finite numbers at step "
				"%zu of %zu: fewer steps, or a model of a bounded activation, "
				"stay among them",
				s + 1, at / d->inputs + 1, steps);
		err = wp_writer_put_rows(
			writer, "series", WP_F32, forecast, steps, d->inputs, true);
	}
	return err ? err
		   : wp_writer_put_rows(
			     writer, "series", WP_F32, NULL, 0, r->model->config.inputs, false);
}

enum wp_err wp_nn_forecast(
	const struct wp_nn_model_input *reading, size_t steps, struct wp_writer *writer)
{
	const struct wp_nn_model *m = reading->model;
	size_t sequences = reading->source.data.sequences, numbers;
	struct wp_nn_decoder *decoder = NULL;
	float *forecast = NULL;
	int32_t *lengths = NULL;
	enum wp_err err = wp_nn_check_model(WP_NN_FORECAST, m, "model");
	if (err)
		return err;
	if (steps > INT32_MAX || !wp_mulsize(steps, m->config.outputs, &numbers))
		return wp_fail(WP_EINVAL, "a forecast of %zu steps is too long", steps);
	err = wp_nn_decoder_create(&decoder, m, 1);
	if (!err)
		err = wp_alloc(&forecast, numbers, sizeof *forecast, "forecast");
	if (!err)
		err = wp_alloc(&lengths, sequences, sizeof *lengths, "lengths");
	if (!err)
		err = forecast_all(reading, decoder, steps, forecast, writer);
	for (size_t s = 0; !err && s < sequences; s++)
		lengths[s] = (int32_t)steps;
	if (!err)
		err = wp_writer_put_slice(writer, "lengths", WP_I32, lengths, sequences, false);
	wp_nn_decoder_free(decoder);
	free(forecast);
	free(lengths);
	return err;
}

enum wp_err wp_nn_use_to_regress(const struct wp_nn_use *use)
{
	struct wp_nn_errors errors;
	enum wp_err err = wp_nn_regress(use->reading, use->how->threads, use->writer, &errors);
	if (err || !use->report)
		return err;
	if (errors.targets == 0)
		return wp_fail(WP_EMISMATCH, "%s: no targets to compare with", use->name);
	double mse = errors.squares / (double)errors.targets;
	return wp_output_printf(use->report, "targets\t%" PRIu64 "\nmse\t%.6g\nrmse\t%.6g\n",
		errors.targets, mse, sqrt(mse));
}

enum wp_err wp_nn_use_to_forecast(const struct wp_nn_use *use)
{
	return wp_nn_forecast(use->reading, (size_t)use->how->number, use->writer);
}
