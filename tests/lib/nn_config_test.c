/* Settings of networks, their parameters and how these begin, and parts of words. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "nn/net/graph.h"
#include "nn/net/graph.h"
#include "text/subword.h"
#include "tap.h"

static struct wp_nn_config sound(void)
{
	struct wp_nn_config c;
	wp_nn_config_default(&c);
	c.inputs = c.outputs = 50;
	return c;
}

/* Claim that the settings are refused, with a message that has `word` in it. */
static void refused(const struct wp_nn_config *c, const char *word)
{
	struct wp_nn_graph *graph;
	enum wp_err err = wp_nn_graph_create(&graph, c);
	wp_nn_graph_free(graph);
	ok(err == WP_EINVAL && strstr(wp_error_detail(), word), "refused: %s",
		wp_error_detail());
}

static void ranges(void)
{
	struct wp_nn_config c = sound();
	ok(!wp_nn_config_check(&c), "the default settings hold, with a vocabulary");
#define REFUSED(field, value, word) \
	do { \
		c = sound(); \
		c.field = (value); \
		refused(&c, word); \
	} while (0)
	REFUSED(layers, 0, "layers 0");
	REFUSED(layers, 65, "layers 65");
	REFUSED(hidden, 0, "hidden 0");
	REFUSED(hidden, 1 << 17, "hidden");
	REFUSED(inputs, 0, "inputs 0");
	REFUSED(outputs, 0, "outputs 0");
	REFUSED(embedding, -1, "embedding -1");
	REFUSED(dropout, 1, "dropout 1");
	REFUSED(dropout, NAN, "dropout nan");
	REFUSED(recurrent_dropout, -0.5, "recurrent dropout");
	REFUSED(word_dropout, INFINITY, "word dropout");
	REFUSED(unknown, 50, "unknown token 50");
	REFUSED(subwords, SIZE_MAX, "subwords");
	REFUSED(cell, (enum wp_nn_cell_kind)17, "cell 17");
}

static void combinations(void)
{
	struct wp_nn_config c;
	REFUSED(bidirectional, true, "lm: cannot be bidirectional");
	REFUSED(outputs, 51, "50 tokens in, but 51 out");
	REFUSED(input, WP_NN_REAL, "lm: reads tokens");
	REFUSED(embedding, 10, "embedding: only");
	REFUSED(freeze, true, "freeze");
	REFUSED(subwords, 10, "subwords");
	REFUSED(tied, true, "tied: there is no embedding");
	REFUSED(word_dropout, 0.5, "UNKNOWN_TOKEN");
	REFUSED(activation, WP_NN_RELU, "no other activation than tanh");
	REFUSED(recurrent_dropout, 0.5, "variational");
	REFUSED(each_step, true, "only for regress");
	REFUSED(pooling, WP_NN_MEAN, "pooling mean");
	REFUSED(softmax, WP_NN_SAMPLED, "samples '0'");

	c = sound();
	c.softmax = WP_NN_SAMPLED;
	c.samples = 50;
	refused(&c, "samples 50");
	c.samples = 49;
	ok(!wp_nn_config_check(&c), "sampled softmax with fewer samples than classes");
	c.task = WP_NN_TAG;
	refused(&c, "softmax sampled: only for lm");

	REFUSED(net, "e=embedding 4 subwords=9, l=gru 5 from input, concat from e+l, softmax",
		"UNKNOWN_TOKEN");
	c.unknown = 0;
	struct wp_nn_graph *graph;
	ok(!wp_nn_graph_create(&graph, &c), "with it, words that parts alone tell have a row");
	wp_nn_graph_free(graph);

	c = sound();
	c.input = WP_NN_EMBEDDING;
	c.tied = true;
	c.embedding = 100;
	refused(&c, "embedding of 100 numbers, but states of 128");
	c.embedding = 128;
	ok(!wp_nn_config_check(&c), "tied, with an embedding as wide as the states");
	c.freeze = true;
	refused(&c, "frozen");
	c.freeze = false;
	c.softmax = WP_NN_HIERARCHICAL;
	refused(&c, "hierarchical has no such setting");

	c = sound();
	c.cell = WP_NN_JORDAN;
	ok(!wp_nn_config_check(&c), "a Jordan network as language model");
	c.layers = 2;
	refused(&c, "makes the outputs itself");
	c.layers = 1;
	c.task = WP_NN_TAG;
	c.bidirectional = true;
	refused(&c, "jordan has no such setting");
	c.bidirectional = false;
	c.task = WP_NN_CLASSIFY;
	refused(&c, "makes the outputs itself");
	c.task = WP_NN_REGRESS;
	refused(&c, "makes the outputs itself");
	c.each_step = true;
	ok(!wp_nn_config_check(&c), "a Jordan network with real targets at each step");
	c.variational = true;
	c.recurrent_dropout = 0.1;
	refused(&c, "jordan has no such setting");
	c = sound();
	c.cell = WP_NN_JORDAN;
	c.softmax = WP_NN_HIERARCHICAL;
	refused(&c, "hierarchical has no such setting");
}

static bool has_shape(
	const struct wp_nn_graph *graph, const char *name, size_t rows, size_t cols)
{
	const struct wp_nn_param *p = wp_nn_params_find(&graph->params, name);
	return p && p->rows == rows && p->cols == cols && p->offset % 16 == 0;
}

static void layouts(void)
{
	struct wp_nn_graph *graph;
	struct wp_nn_config c = sound();
	c.cell = WP_NN_ELMAN;
	c.inputs = c.outputs = 8000;
	c.hidden = 100;
	c.no_bias = true;
	ok(!wp_nn_graph_create(&graph, &c) && graph->params.parameters == 1610000,
		"Elman, 8000 words, 100 units: 1,610,000 parameters");
	ok(graph->params.count == 3 && has_shape(graph, "layer0.forward.input", 8000, 100) &&
			has_shape(graph, "layer0.forward.recurrent", 100, 100) &&
			has_shape(graph, "output.weight", 8000, 100),
		"their names and shapes");
	ok(graph->params.param[0].flags == WP_NN_LOOKUP &&
			graph->params.param[2].flags == WP_NN_WRITTEN,
		"one-hot weights are looked up, outputs are not");
	wp_nn_graph_free(graph);

	c = sound();
	c.task = WP_NN_TAG;
	c.cell = WP_NN_GRU;
	c.input = WP_NN_EMBEDDING;
	c.inputs = 3000;
	c.embedding = 30;
	c.freeze = true;
	c.subwords = 1000;
	c.layers = 2;
	c.hidden = 10;
	c.bidirectional = true;
	c.outputs = 7;
	ok(!wp_nn_graph_create(&graph, &c) && graph->params.count == 20 &&
			has_shape(graph, "layer0.backward.input", 30, 30) &&
			has_shape(graph, "layer1.forward.input", 20, 30) &&
			has_shape(graph, "layer1.backward.recurrent", 10, 30) &&
			has_shape(graph, "layer1.backward.state_bias", 1, 10) &&
			has_shape(graph, "embedding", 3000, 30) &&
			has_shape(graph, "subword", 1000, 30) &&
			has_shape(graph, "output.weight", 7, 20) &&
			has_shape(graph, "output.bias", 1, 7),
		"a deep bidirectional GRU tagger's parameters");
	ok(wp_nn_params_find(&graph->params, "embedding")->flags ==
			(WP_NN_LOOKUP | WP_NN_FROZEN | WP_NN_BY_ROWS),
		"a frozen embedding is");
	ok(!wp_nn_params_find(&graph->params, "output"), "no such parameter");
	wp_nn_graph_free(graph);

	c = sound();
	c.cell = WP_NN_PEEPHOLE;
	c.softmax = WP_NN_HIERARCHICAL;
	ok(!wp_nn_graph_create(&graph, &c) &&
			has_shape(graph, "layer0.forward.peephole", 3, 128) &&
			has_shape(graph, "output.weight", 49, 128),
		"peepholes, and a row of outputs for each node of a tree");
	wp_nn_graph_free(graph);

	c = sound();
	c.cell = WP_NN_JORDAN;
	ok(!wp_nn_graph_create(&graph, &c) &&
			has_shape(graph, "layer0.forward.recurrent", 50, 128) &&
			has_shape(graph, "output.weight", 50, 128),
		"a Jordan network's recurrent weights read the outputs");
	wp_nn_graph_free(graph);

	c = sound();
	c.input = WP_NN_EMBEDDING;
	c.embedding = 1 << 16;
	c.hidden = 1 << 16;
	c.inputs = c.outputs = INT32_MAX;
	enum wp_err err = wp_nn_graph_create(&graph, &c);
	ok(!err || err == WP_EINVAL, "sizes beyond all memory overflow nothing");
	wp_nn_graph_free(graph);
}

/* The largest deviation from orthonormal rows of the square matrix that begins at m. */
static double from_orthogonal(const float *m, size_t n, size_t ld)
{
	double worst = 0;
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j <= i; j++) {
			double sum = 0;
			for (size_t k = 0; k < n; k++)
				sum += (double)m[i * ld + k] * (double)m[j * ld + k];
			worst = fmax(worst, fabs(sum - (i == j)));
		}
	return worst;
}

static void beginnings(void)
{
	struct wp_nn_graph *graph;
	struct wp_nn_config c = sound();
	struct wp_nn_init init = {
		.orthogonal = true, .forget_bias = 1, .table_scale = 2, .seed = 7};
	c.hidden = 33;
	if (wp_nn_graph_create(&graph, &c))
		abort();
	float *a = calloc(graph->params.size, sizeof *a),
	      *b = calloc(graph->params.size, sizeof *b);
	if (!a || !b)
		abort();
	wp_nn_initialize(a, &graph->params, &init);
	wp_nn_initialize(b, &graph->params, &init);
	ok(memcmp(a, b, graph->params.size * sizeof *a) == 0,
		"a seed says how parameters begin");
	init.seed++;
	wp_nn_initialize(b, &graph->params, &init);
	ok(memcmp(a, b, graph->params.size * sizeof *a) != 0, "another seed, others");

	const struct wp_nn_param *p =
		wp_nn_params_find(&graph->params, "layer0.forward.recurrent");
	double worst = 0;
	for (size_t gate = 0; gate < 4; gate++)
		worst = fmax(worst, from_orthogonal(a + p->offset + gate * 33, 33, 4 * 33));
	ok(worst < 1e-6, "recurrent weights are orthogonal, gate by gate (to %.1e)", worst);
	p = wp_nn_params_find(&graph->params, "layer0.forward.bias");
	double forget = 0, others = 0, far = 0;
	for (size_t i = 0; i < 4 * 33; i++) {
		bool is_forget = i >= 33 && i < 66;
		double x = a[p->offset + i];
		*(is_forget ? &forget : &others) += x / (is_forget ? 33 : 99);
		far = fmax(far, fabs(x - is_forget));
	}
	ok(fabs(forget - 1) < 0.2 && fabs(others) < 0.1 && far < 2 / sqrt(33) &&
			far > 1 / sqrt(33),
		"biases are sums of two, those of the forget gate about 1");
	double most = 0, sum = 0;
	p = wp_nn_params_find(&graph->params, "layer0.forward.input");
	for (size_t i = 0; i < p->rows * p->cols; i++) {
		most = fmax(most, fabs((double)a[p->offset + i]));
		sum += a[p->offset + i];
	}
	ok(most <= 2 && most > 1.98 && fabs(sum) < 4 * 2 / sqrt(3) * sqrt(50 * 132),
		"what tokens look up has its own scale");
	p = wp_nn_params_find(&graph->params, "output.weight");
	most = 0;
	for (size_t i = 0; i < p->rows * p->cols; i++)
		most = fmax(most, fabs((double)a[p->offset + i]));
	ok(most <= 1 / sqrt(33) && most > 0.98 / sqrt(33), "outputs begin in +-1/sqrt(H)");

	init = (struct wp_nn_init){.scale = 0.25};
	wp_nn_initialize(a, &graph->params, &init);
	most = 0;
	bool right = true;
	for (size_t i = 0; i < graph->params.count; i++) {
		p = &graph->params.param[i];
		for (size_t k = 0; k < p->rows * p->cols; k++) {
			most = fmax(most, fabs((double)a[p->offset + k]));
			right = right && a[p->offset + k] != 0;
		}
	}
	ok(right && most <= 0.25, "with a scale, all is uniform");
	free(a);
	free(b);
	wp_nn_graph_free(graph);
}

/* ---- Parts of words ---- */

static bool share(const struct wp_subwords *s, size_t a, size_t b, int place_a, int place_b)
{
	return s->part[s->begin[a] + (size_t)place_a] == s->part[s->begin[b] + (size_t)place_b];
}

static void subwords(void)
{
	static const char *const words[] = {"walking", "Walking", "talking", "UNKNOWN_TOKEN",
		"\xc3\xa9t\xc3\xa9", "a", "SENTENCE_END", "1999", "2024", "\xff\xfe"};
	struct wp_strings vocab = {0};
	struct wp_subwords s;
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (wp_strings_add(&vocab, words[i], strlen(words[i])))
			abort();
	if (wp_subwords_init(&s, &vocab, 3, -1, 1 << 20))
		abort();
	/* In order: 4 prefixes, 5 suffixes, whole word, shape. */
	ok(s.begin[1] - s.begin[0] == 11,
		"a long word has four prefixes and five suffixes, "
		"itself and a shape");
	bool same = true;
	for (int k = 0; k < 10; k++)
		same = same && share(&s, 0, 1, k, k);
	ok(same && !share(&s, 0, 1, 10, 10), "a capital changes the shape, nothing else");
	same = true;
	for (int k = 4; k < 9; k++)
		same = same && share(&s, 0, 2, k, k);
	ok(same && !share(&s, 0, 2, 0, 0) && share(&s, 0, 2, 10, 10),
		"words that end alike share suffixes, not prefixes");
	ok(s.begin[4] == s.begin[3] && s.begin[7] == s.begin[6],
		"special tokens have no parts");
	ok(s.begin[5] - s.begin[4] == 3 + 3 + 2, "characters are counted, not bytes");
	ok(s.first[4] == 21 && s.first[5] == 24 && s.character[7] == 'W' &&
			s.character[21] == 0xe9,
		"characters are there as they are written, special tokens have none");
	ok(s.begin[6] - s.begin[5] == 1 + 1 + 2, "one letter: prefix, suffix, word and shape");
	ok(share(&s, 7, 8, (int)(s.begin[8] - s.begin[7]) - 1,
		   (int)(s.begin[9] - s.begin[8]) - 1),
		"numbers have one shape");
	bool in_range = true;
	for (size_t i = 0; i < s.begin[s.words]; i++)
		in_range = in_range && s.part[i] >= 0 && (size_t)s.part[i] < s.buckets;
	ok(in_range, "all parts are rows of the table");
	ok(s.row[2] == 2 && s.row[3] == -1 && s.row[8] == -1,
		"words beyond the known ones have the row of those unknown");
	wp_subwords_fini(&s);

	ok(!wp_subwords_init(&s, &vocab, vocab.count, 3, 0) && s.begin[s.words] == 0,
		"no buckets, no parts");
	wp_subwords_fini(&s);
	ok(!wp_subwords_init(&s, &vocab, 3, 0, 5) && s.begin[s.words] > 5,
		"a handful of buckets is enough to run");
	wp_subwords_fini(&s);
	wp_strings_fini(&vocab);
}

int main(void)
{
	ranges();
	combinations();
	layouts();
	beginnings();
	subwords();
	return done_testing();
}
