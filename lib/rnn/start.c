#include "rnn/start.h"

#include <string.h>

enum wp_err wp_rnn_start_embedding(
	struct wp_rnn_model *m, const struct wp_embedding *vectors, size_t *found)
{
	const struct wp_rnn_param *table = wp_rnn_layout_find(&m->layout, "embedding");
	size_t dim = vectors->dim;
	*found = 0;
	if (!table || table->cols != dim)
		return wp_fail(WP_EMISMATCH,
			"the vectors given have %zu numbers, those of the model %zu", dim,
			table ? table->cols : 0);
	for (size_t i = 0; i < m->vocab.count; i++) {
		size_t length;
		const char *word = wp_strings_get(&m->vocab, i, &length);
		int32_t id = wp_vocab_find(&vectors->vocab, word, length);
		if (id < 0)
			continue;
		memcpy(m->theta + table->offset + i * dim, vectors->vector + (size_t)id * dim,
			dim * sizeof(float));
		++*found;
	}
	return *found > 0 ? WP_OK
			  : wp_fail(WP_EMISMATCH, "no word has one of the vectors given");
}

static bool same(const struct wp_strings *a, const struct wp_strings *b)
{
	if (a->count != b->count || wp_strings_bytes(a) != wp_strings_bytes(b))
		return false;
	return a->count == 0 ||
		(memcmp(a->end, b->end, a->count * sizeof *a->end) == 0 &&
			memcmp(a->bytes, b->bytes, (size_t)wp_strings_bytes(a)) == 0);
}

enum wp_err wp_rnn_start_from(
	struct wp_rnn_model *m, const struct wp_rnn_model *from, size_t *taken)
{
	bool outputs = m->config.task == from->config.task;
	*taken = 0;
	if (!same(&m->vocab, &from->vocab))
		return wp_fail(WP_EMISMATCH,
			"the model to begin with has another vocabulary: use "
			"vocab --from");
	if (outputs && !same(&m->labels, &from->labels))
		return wp_fail(WP_EMISMATCH, "the model to begin with has other labels");
	for (size_t i = 0; i < m->layout.count; i++) {
		const struct wp_rnn_param *to = &m->layout.param[i];
		const struct wp_rnn_param *p = wp_rnn_layout_find(&from->layout, to->name);
		if (!p || p->rows != to->rows || p->cols != to->cols ||
			(!outputs && strncmp(to->name, "output.", 7) == 0))
			continue;
		memcpy(m->theta + to->offset, from->theta + p->offset,
			p->rows * p->cols * sizeof *m->theta);
		*taken += p->rows * p->cols;
	}
	return *taken > 0
		? WP_OK
		: wp_fail(WP_EMISMATCH, "the model to begin with has no parameter that fits");
}
