#include "text/evaluation.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "text/evaluation_kind.h"
#include "text/plain_text.h"

static const struct wp_evaluation_type *const types[] = {
	[WP_EVALUATE_TEXT] = &wp_evaluation_of_text,
	[WP_EVALUATE_LABELS] = &wp_evaluation_of_labels,
	[WP_EVALUATE_TAGS] = &wp_evaluation_of_tags,
};

enum wp_err wp_evaluation_add_score(
	struct wp_evaluation *e, const char *name, int decimals, const char *settings)
{
	enum wp_err err = wp_grow(
		&e->forms, &e->form_room, e->names.count + 1, sizeof *e->forms, "scores");
	if (err)
		return err;
	e->forms[e->names.count] = (struct wp_score_form){decimals, settings};
	return wp_strings_add(&e->names, name, strlen(name));
}

static enum wp_err put_number(struct wp_output *out, double value, int decimals)
{
	return isnan(value) ? wp_output_printf(out, "\t-")
			    : wp_output_printf(out, "\t%.*f", decimals, value);
}

static enum wp_err put_row(struct wp_output *out, const struct wp_evaluation *e, size_t i,
	const struct wp_comparison *r, bool compared)
{
	const struct wp_score_form *form = &e->forms[i];
	const double one[] = {r->a, r->interval.low, r->interval.high};
	const double two[] = {r->a, r->b, r->difference, r->interval.low, r->interval.high};
	enum wp_err err = wp_put_token(out, &e->names, i);
	for (size_t k = 0; k < (compared ? 5 : 3) && !err; k++)
		err = put_number(out, compared ? two[k] : one[k], form->decimals);
	if (!err && compared)
		err = put_number(out, r->p, 4);
	if (!err && e->forms[0].settings)
		err = wp_output_printf(out, "\t%s", form->settings ? form->settings : "-");
	return err ? err : wp_output_write(out, "\n", 1);
}

static enum wp_err put_table(
	struct wp_output *out, const struct wp_evaluation *e, bool compared)
{
	const struct wp_evaluation_config *c = e->config;
	struct wp_comparison *results;
	enum wp_err err = wp_alloc(&results, e->scoring.scores, sizeof *results, "scores");
	if (!err)
		err = wp_tally_judge(&e->tally[0], compared ? &e->tally[1] : NULL, &e->scoring,
			c->samples, c->seed, results);
	if (!err)
		err = wp_output_printf(out, "measure\tscore\t%s%s\n",
			compared ? "other\tdifference\tlow\thigh\tp" : "low\thigh",
			e->forms[0].settings ? "\tsettings" : "");
	for (size_t i = 0; i < e->scoring.scores && !err; i++)
		err = put_row(out, e, i, &results[i], compared);
	free(results);
	return err;
}

enum wp_err wp_evaluate(const struct wp_evaluation_config *config, struct wp_input *known,
	struct wp_input *found, struct wp_input *other, struct wp_output *output,
	struct wp_evaluation_notes *notes)
{
	const struct wp_evaluation_type *type = types[config->kind];
	struct wp_input *const files[] = {found, other};
	struct wp_evaluation e = {.config = config, .notes = notes};
	*notes = (struct wp_evaluation_notes){0};
	enum wp_err err = type->read(&e, known, files, other ? 2 : 1);
	if (!err)
		err = config->conlleval ? type->report(&e, output)
					: put_table(output, &e, other != NULL);
	wp_tally_fini(&e.tally[0]);
	wp_tally_fini(&e.tally[1]);
	wp_strings_fini(&e.names);
	free(e.forms);
	type->fini(&e);
	return err;
}
