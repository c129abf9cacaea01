#include "nn/tasks/mode.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/names.h"

#define LIST(...) ((const char *const[]){__VA_ARGS__, NULL})

const struct wp_nn_mode_type wp_nn_modes[] = {
	[WP_NN_GENERATE] = {.name = "generate",
		.help = "write text of N tokens at most",
		.arg = "N",
		.task = WP_NN_LM,
		.forward = true,
		.alone = true,
		.settings = LIST("prime", "count", "min-length", "temperature", "greedy",
			"top-k", "top-p", "beam", "unknown", "seed", "tokens"),
		.run = wp_nn_use_to_generate},
	[WP_NN_TELL_NEXT] = {.name = "next",
		.help = "write the K most probable next tokens after each line of text, or "
			"after --prime",
		.arg = "K",
		.task = WP_NN_LM,
		.forward = true,
		.lines = true,
		.settings = LIST("prime", "unknown"),
		.run = wp_nn_use_for_next},
	[WP_NN_SCORE] = {.name = "score",
		.help = "write the log-probability of each sentence to a language model, or of the "
			"target of each pair",
		.task = WP_NN_LM,
		.pairs = true,
		.forward = true,
		.reports = true,
		.settings = LIST("tokens"),
		.run = wp_nn_use_to_score},
	[WP_NN_GIVE_LABELS] = {.name = "classify",
		.help = "write a label for each sentence",
		.task = WP_NN_CLASSIFY,
		.reports = true,
		.settings = LIST("probabilities"),
		.run = wp_nn_use_to_label},
	[WP_NN_GIVE_TAGS] = {.name = "tag",
		.help = "write a tag for each token",
		.task = WP_NN_TAG,
		.reports = true,
		.settings = LIST("tokens", "probabilities", "best"),
		.run = wp_nn_use_to_label},
	[WP_NN_GIVE_NUMBERS] = {.name = "regress",
		.help = "write the numbers predicted, as a stream",
		.task = WP_NN_REGRESS,
		.stream = true,
		.columns = "prediction.columns",
		.reports = true,
		.run = wp_nn_use_to_regress},
	[WP_NN_ENCODE] = {.name = "encode",
		.help = "write a vector for each sentence, or an auto-encoder's code of each row, as a "
			"stream",
		.task = -1,
		.stream = true,
		.settings = LIST("pooling"),
		.run = wp_nn_use_to_encode},
	[WP_NN_DECODE] = {.name = "decode",
		.help = "write what an auto-encoder makes of codes, as a stream",
		.task = WP_NN_AUTOENCODE,
		.stream = true,
		.run = wp_nn_use_to_decode},
	[WP_NN_RECONSTRUCT] = {.name = "reconstruct",
		.help = "write what an auto-encoder makes of rows, as a stream",
		.task = WP_NN_AUTOENCODE,
		.stream = true,
		.reports = true,
		.run = wp_nn_use_to_reconstruct},
	[WP_NN_STATES] = {.name = "states",
		.help = "write all states and gates at each token, as a stream",
		.task = -1,
		.stream = true,
		.run = wp_nn_use_for_states},
	[WP_NN_FORECAST] = {.name = "forecast",
		.help = "write the next N values of each series, as a stream",
		.arg = "N",
		.task = -1,
		.forward = true,
		.next = true,
		.stream = true,
		.columns = "series.columns",
		.reports = true,
		.run = wp_nn_use_to_forecast},
	[WP_NN_DO_TRANSLATE] = {.name = "translate",
		.help = "write the target of each source, a line each",
		.task = WP_NN_TRANSLATE,
		.reports = true,
		.settings = LIST("beam", "length-penalty", "best", "sample", "temperature",
			"top-k", "top-p", "seed", "min-length", "max-length", "unknown",
			"copy-unknown"),
		.run = wp_nn_use_to_translate},
	{.name = NULL},
};

#define AT(member) offsetof(struct wp_nn_mode_settings, member)

const struct wp_setting wp_nn_mode_settings[] = {
	WP_SET_GROUP("Generating"),
	WP_SET_TEXT(0, "prime", AT(prime), "TEXT", "begin with TEXT"),
	WP_SET_INT('k', "count", AT(count), "N", 1, 1000000,
		"sequences to generate; of a beam: how many of the best to write"),
	WP_SET_INT(0, "min-length", AT(min_length), "N", 0, INT32_MAX,
		"no end of a sentence before N tokens"),
	WP_SET_REAL(0, "temperature", AT(generation.sampling.temperature), "R", 0, 1e6,
		"divide the logarithms of probabilities by R; 0: as --greedy"),
	WP_SET_FLAG(0, "greedy", AT(greedy), "take the most probable token always"),
	WP_SET_INT(0, "top-k", AT(generation.sampling.top_k), "N", 0, INT32_MAX,
		"draw from the N most probable tokens; 0: from all"),
	WP_SET_REAL(0, "top-p", AT(generation.sampling.top_p), "R", 1e-9, 1,
		"draw from the most probable tokens that together have this probability"),
	WP_SET_INT(0, "max-length", AT(max_length), "N", 0, INT32_MAX,
		"translate: N tokens at most; 0: twice those of the source and 10 more"),
	WP_SET_FLAG(0, "sample", AT(sample), "translate: draw each token, as generate does"),
	WP_SET_REAL(0, "length-penalty", AT(length_penalty), "A", 0, 10,
		"translate, with a beam: compare log p / tokens^A; 0: probabilities"),
	WP_SET_INT(0, "beam", AT(generation.beam), "N", 0, 1024,
		"look for the most probable sequence, keeping the N best; 0: draw"),
	WP_SET_FLAG(0, "unknown", AT(generation.unknown), "let UNKNOWN_TOKEN come, too"),
	WP_SET_FLAG(0, "copy-unknown", AT(copy_unknown),
		"translate: in its place, write the token of the source that it attends to most"),
	WP_SET_COUNT(0, "seed", AT(generation.seed), "N", 0, 9007199254740992.0,
		"seed of the random numbers"),
	WP_SET_GROUP("Results"),
	WP_SET_FLAG(0, "tokens", AT(by_token),
		"generate: write token text, a sequence a line; score, tag: a row for each "
		"token"),
	WP_SET_FLAG(0, "probabilities", AT(probabilities),
		"classify, tag: the probabilities of all labels, too"),
	WP_SET_INT(0, "best", AT(best), "N", 1, 10000,
		"tag, of an output crf: the N best sequences of tags for each sentence; translate: "
		"the N best targets that a beam finds"),
	WP_SET_CHOICE(0, "pooling", AT(pooling), "HOW", wp_nn_poolings,
		"encode: the state after the last token, or the mean or maximum of all"),
	{.kind = WP_SETTING_END},
};

void wp_nn_mode_settings_default(struct wp_nn_mode_settings *settings)
{
	*settings = (struct wp_nn_mode_settings){.threads = 1,
		.prime = "",
		.count = 1,
		.length_penalty = 1,
		.generation = {.seed = 1}};
	wp_nn_sampling_default(&settings->generation.sampling);
}

/* ---- Checks ---- */

static bool has_setting(const struct wp_nn_mode_type *mode, const char *name)
{
	for (const char *const *s = mode->settings; s && *s; s++)
		if (strcmp(*s, name) == 0)
			return true;
	return false;
}

/* "\1tokens is for \1generate, \1score or \1tag": the modes that have it; report: totals. */
static enum wp_err is_for(const char *setting, bool report)
{
	struct wp_names names = {.before = "\1"};
	for (const struct wp_nn_mode_type *m = wp_nn_modes; m->name; m++)
		if (report ? m->reports : has_setting(m, setting))
			wp_names_add(&names, m->name);
	return wp_fail(WP_EINVAL, "\1%s is for %s", setting, wp_names_end(&names, "or"));
}

static enum wp_err check_translation(
	const struct wp_nn_mode_settings *s, bool (*given)(const void *member))
{
	enum { WIDEST = 80 };
	const struct wp_nn_sampling *sampling = &s->generation.sampling;
	if (s->generation.beam > WIDEST)
		return wp_fail(WP_EINVAL, "\1beam of \1translate: %d at most", WIDEST);
	if (s->sample && s->generation.beam > 1)
		return wp_fail(WP_EINVAL, "\1beam draws nothing: no \1sample");
	if (!s->sample &&
		(given(&sampling->temperature) || given(&sampling->top_k) ||
			given(&sampling->top_p)))
		return wp_fail(
			WP_EINVAL, "\1temperature, \1top-k and \1top-p are for \1sample");
	if (s->best > (s->generation.beam ? s->generation.beam : 1))
		return wp_fail(
			WP_EINVAL, "\1best %d needs \1beam %d or more", s->best, s->best);
	if (given(&s->length_penalty) && s->generation.beam < 2)
		return wp_fail(WP_EINVAL, "\1length-penalty is for \1beam");
	if (s->max_length && s->min_length > s->max_length)
		return wp_fail(
			WP_EINVAL, "\1min-length %d: more than \1max-length", s->min_length);
	return WP_OK;
}

static enum wp_err check_generation(enum wp_nn_mode mode, const struct wp_nn_mode_settings *s,
	bool (*given)(const void *member))
{
	const struct wp_nn_sampling *sampling = &s->generation.sampling;
	bool shapes = given(&sampling->temperature) || given(&sampling->top_k) ||
		given(&sampling->top_p);
	if (mode == WP_NN_DO_TRANSLATE)
		return check_translation(s, given);
	if (s->generation.beam && (shapes || s->greedy))
		return wp_fail(WP_EINVAL,
			"\1beam draws nothing: no \1temperature, \1greedy, \1top-k, \1top-p");
	if (s->generation.beam && s->count > s->generation.beam)
		return wp_fail(WP_EINVAL, "\1count: a beam of %d finds no more sequences",
			s->generation.beam);
	if (s->min_length > s->number)
		return wp_fail(WP_EINVAL,
			"\1min-length %d: more than the %d tokens to generate", s->min_length,
			s->number);
	if (s->greedy && shapes)
		return wp_fail(WP_EINVAL,
			"\1greedy takes the most probable token: no \1temperature, \1top-k, "
			"\1top-p");
	return WP_OK;
}

static bool never(const void *member)
{
	(void)member;
	return false;
}

enum wp_err wp_nn_check_mode(enum wp_nn_mode mode, const struct wp_nn_mode_settings *settings,
	bool report, bool (*given)(const void *member))
{
	given = given ? given : never;
	for (const struct wp_setting *s = wp_nn_mode_settings; s->kind != WP_SETTING_END; s++)
		if (s->name && given((const char *)settings + s->offset) &&
			!has_setting(&wp_nn_modes[mode], s->name))
			return is_for(s->name, false);
	if (report && !wp_nn_modes[mode].reports)
		return is_for("report", true);
	return check_generation(mode, settings, given);
}

enum wp_err wp_nn_check_model(
	enum wp_nn_mode mode, const struct wp_nn_model *model, const char *name)
{
	const struct wp_nn_mode_type *m = &wp_nn_modes[mode];
	const bool pairs = wp_nn_tasks[model->config.task].pairs;
	if (pairs && m->task < 0)
		return wp_fail(WP_EMISMATCH,
			"%s: a model for the task '%s': it reads pairs, and this reads none",
			name, wp_nn_tasks[model->config.task].name);
	if (m->task >= 0 && (int)model->config.task != m->task && !(m->pairs && pairs))
		return wp_fail(WP_EMISMATCH,
			"%s: a model for the task '%s', and this needs one for '%s'", name,
			wp_nn_tasks[model->config.task].name, wp_nn_tasks[m->task].name);
	if (m->next && !model->next)
		return wp_fail(WP_EMISMATCH,
			"%s: a %s needs a model that predicts the next value of a series", name,
			m->name);
	if (m->lines && model->config.encoding)
		return wp_fail(WP_EMISMATCH,
			"%s: the network reads a vector for each sequence, and lines of text have "
			"none",
			name);
	if (m->forward && wp_nn_model_looks_ahead(model))
		return wp_fail(WP_EMISMATCH, "%s: the network reads steps to come", name);
	return WP_OK;
}

void wp_nn_tell(void (*to)(const char *line), const char *format, ...)
{
	char line[256];
	va_list args;
	if (!to)
		return;
	va_start(args, format);
	vsnprintf(line, sizeof line, format, args);
	va_end(args);
	to(line);
}
