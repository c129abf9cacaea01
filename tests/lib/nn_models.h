/* Small networks with random parameters, for the tests of what uses models. */
#ifndef RNN_MODELS_H
#define RNN_MODELS_H

#include <stdio.h>
#include <string.h>

#include "base/random.h"
#include "nn/model/model.h"

/* Tokens w0, w1 and so on, after the special ones named, which are separated by spaces. */
static inline struct wp_strings make_vocab(const char *specials, size_t count)
{
	struct wp_strings list = {0};
	while (*specials && list.count < count) {
		size_t n = strcspn(specials, " ");
		if (wp_strings_add(&list, specials, n))
			return list;
		specials += n + (specials[n] == ' ');
	}
	for (size_t i = 0; list.count < count; i++) {
		char word[24];
		int n = snprintf(word, sizeof word, "w%zu", i);
		if (wp_strings_add(&list, word, (size_t)n))
			break;
	}
	return list;
}

/* Every parameter is random in +-scale.  specials: see make_vocab; labels for those that
 * have some: w0, w1 ... */
static inline enum wp_err make_model(struct wp_nn_model *model,
	const struct wp_nn_config *config, const char *specials, float scale)
{
	struct wp_strings vocab = {0}, labels = {0};
	struct wp_rng rng;
	if (config->input != WP_NN_REAL)
		vocab = make_vocab(specials, config->inputs);
	if (wp_nn_tasks[config->task].classes)
		labels = make_vocab("", config->outputs);
	struct wp_corpus_column columns[WP_NN_MOST_COLUMNS] = {{.ids = NULL}};
	for (size_t i = 0; i < config->columns; i++)
		columns[i].vocab = make_vocab("", config->column[i].values);
	enum wp_err err = wp_nn_model_create(model, config, &vocab, &labels, columns);
	if (err)
		return err;
	wp_rng_seed(&rng, 7, 0);
	for (size_t i = 0; i < model->params->count; i++) {
		const struct wp_nn_param *p = &model->params->param[i];
		for (size_t k = 0; k < p->rows * p->cols; k++)
			model->theta[p->offset + k] = scale * (2 * wp_rng_float(&rng) - 1);
	}
	model->counts = calloc(config->inputs ? config->inputs : 1, sizeof *model->counts);
	for (size_t i = 0; model->counts && i < config->inputs; i++)
		model->counts[i] = (int64_t)(1 + (i * 7) % 11);
	return WP_OK;
}

#endif
