/* Tagged text as a conditional random field learns from it: the attributes of each token by
 * number.  (Internal.) */
#ifndef WP_CRF_DATA_H
#define WP_CRF_DATA_H

#include "crf/crf_model.h"
#include "text/symbols.h"

/* A zeroed struct is empty. */
struct wp_crf_data {
	int32_t *lengths; /* of each sentence  */
	size_t sentences, lengths_room;
	int32_t *tags; /* of each token     */
	size_t tokens, tags_room;
	int32_t *attributes; /* of token t: from at[t] to at[t + 1] - 1, those with dense rows
				first */
	size_t used, attributes_room;
	size_t *at; /* (tokens + 1)      */
	size_t at_room;
	uint16_t *dense;  /* of each token: how many attributes with dense rows it has */
	uint16_t *pairs;  /* of each token: how many of pairs, which come last; or NULL */
	int32_t *vectors; /* (tokens, V), or NULL */
	size_t vectors_used, vectors_room;
	float *numbers; /* (tokens, R), or NULL */
	size_t numbers_room;
	size_t longest; /* tokens of the longest sentence */
};

void wp_crf_data_fini(struct wp_crf_data *data);

/* Read a text in columns and make the layout of the model from it.  The model has templates,
 * and vectors if it is to read them; tag_column: of the tags, from 0, or -1 for the last one;
 * least: how often an attribute has to be there to count; all_tags: weights for every tag, not
 * only for those that an attribute was seen with. */
struct wp_crf_reading {
	int tag_column;
	int least;
	bool all_tags;
};
WP_MUST_CHECK enum wp_err wp_crf_data_read(struct wp_crf_data *data, struct wp_crf *crf,
	struct wp_input *input, const struct wp_crf_reading *reading);

/* Read another text for the model, to be tagged with it.  `tags` becomes those of the model and
 * behind them others that the text has.  WP_EMISMATCH where it has other columns. */
WP_MUST_CHECK enum wp_err wp_crf_data_read_more(struct wp_crf_data *data, struct wp_crf *crf,
	struct wp_input *input, struct wp_symbols *tags);

static inline struct wp_crf_token wp_crf_data_token(
	const struct wp_crf_data *data, const struct wp_crf *crf, size_t t)
{
	size_t pairs = data->pairs ? data->pairs[t] : 0;
	struct wp_crf_token token = {data->attributes + data->at[t], data->dense[t],
		data->at[t + 1] - data->at[t] - pairs, pairs,
		data->vectors ? data->vectors + t * crf->templates.vectors : NULL,
		data->numbers ? data->numbers + t * crf->templates.numbers : NULL};
	return token;
}

#endif
