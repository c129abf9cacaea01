/* word2vec: its parts, its gradients against finite differences, and how it runs. */
#define _GNU_SOURCE /* setenv */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "checkpoints.h"
#include "embed/w2v_kernel.h"
#include "embed/w2v_model.h"
#include "embed/w2v_stream.h"
#include "files.h"
#include "math/alias.h"
#include "math/huffman.h"
#include "tap.h"

static const char *const isa_names[] = {"plain", "avx2", "avx512"};

static double softplus(double x)
{
	return x > 0 ? x + log1p(exp(-x)) : log1p(exp(x));
}

static double sigmoid(double x)
{
	return 1 / (1 + exp(-x));
}

/* ---- The noise distribution ---- */

static void noise_is_exact(void)
{
	const int64_t counts[] = {1000, 0, 3, 70, 1, 0, 12, 500};
	enum { WORDS = sizeof counts / sizeof *counts };
	struct wp_alias noise;
	ok(!wp_alias_init(&noise, counts, WORDS, 0.75), "a noise distribution is made");
	double p[WORDS] = {0}, sum = 0, worst = 0;
	for (int i = 0; i < WORDS; i++) {
		double keep = noise.slots[i].keep / 0x1p32;
		p[i] += keep / WORDS;
		p[noise.slots[i].other] += (1 - keep) / WORDS;
		sum += counts[i] ? pow((double)counts[i], 0.75) : 0;
	}
	for (int i = 0; i < WORDS; i++) {
		double want = counts[i] ? pow((double)counts[i], 0.75) / sum : 0;
		worst = fmax(worst, fabs(p[i] - want));
	}
	ok(worst < 1e-9, "its slots add up to count^0.75 (to %.1e)", worst);

	struct wp_rng rng;
	wp_rng_seed(&rng, 1, 0);
	int drawn[WORDS] = {0}, draws = 100000;
	for (int i = 0; i < draws; i++)
		drawn[wp_alias_draw(&noise, &rng)]++;
	double chi2 = 0;
	for (int i = 0; i < WORDS; i++)
		if (counts[i])
			chi2 += pow(drawn[i] - draws * p[i], 2) / (draws * p[i]);
	ok(chi2 < 20.5 && drawn[1] == 0 && drawn[5] == 0,
		"draws follow it (chi-squared %.1f, 5 degrees of freedom)", chi2);
	struct wp_rng one, many;
	uint64_t bits[100];
	uint32_t word[100];
	wp_rng_seed(&one, 2, 0);
	wp_rng_seed(&many, 2, 0);
	wp_alias_draw_many(&noise, &many, 100, bits, word);
	bool same = true;
	for (int i = 0; i < 100; i++)
		same = same && word[i] == wp_alias_draw(&noise, &one);
	ok(same, "many at once are the same words as one by one");
	wp_alias_fini(&noise);

	const int64_t none[] = {0, 0};
	ok(wp_alias_init(&noise, none, 2, 0.75) == WP_EINVAL, "no counts: no distribution");
}

/* ---- Huffman codes ---- */

/* The cost of the best code, by the textbook: join the two lightest until one is left. */
static int64_t best_cost(const int64_t *counts, int words)
{
	int64_t weight[64], cost = 0;
	memcpy(weight, counts, (size_t)words * sizeof *weight);
	while (words > 1) {
		for (int k = 0; k < 2; k++) /* the lightest two to the end */
			for (int i = 0; i < words - 1 - k; i++)
				if (weight[i] < weight[words - 1 - k]) {
					int64_t w = weight[i];
					weight[i] = weight[words - 1 - k];
					weight[words - 1 - k] = w;
				}
		weight[words - 2] += weight[words - 1];
		cost += weight[words - 2];
		words--;
	}
	return cost;
}

static void huffman_is_optimal(void)
{
	const int64_t counts[] = {900, 500, 1, 1, 1, 20, 300, 299, 0, 77, 4, 500};
	enum { WORDS = sizeof counts / sizeof *counts };
	struct wp_huffman tree;
	ok(!wp_huffman_init(&tree, counts, WORDS), "a Huffman tree is made");
	int64_t cost = 0;
	double kraft = 0;
	bool prefix_free = true, rooted = true, in_range = true;
	for (int i = 0; i < WORDS; i++) {
		uint64_t begin = tree.begin[i], length = tree.begin[i + 1] - begin;
		cost += counts[i] * (int64_t)length;
		kraft += pow(2, -(double)length);
		rooted = rooted && tree.nodes[begin] == WORDS - 2;
		for (uint64_t k = begin; k < begin + length; k++)
			in_range = in_range && tree.nodes[k] >= 0 && tree.nodes[k] < WORDS - 1;
		for (int j = 0; j < i; j++) {
			uint64_t other = tree.begin[j + 1] - tree.begin[j];
			size_t common = (size_t)(length < other ? length : other);
			if (memcmp(tree.turns + begin, tree.turns + tree.begin[j], common) == 0)
				prefix_free = false;
		}
	}
	ok(cost == best_cost(counts, WORDS), "no code is shorter");
	ok(kraft == 1 && prefix_free, "it is a complete prefix code");
	ok(rooted && in_range, "paths begin at the root and stay in the tree");
	wp_huffman_fini(&tree);

	ok(!wp_huffman_init(&tree, counts, 1) && tree.begin[1] == 0,
		"one word has an empty path");
	wp_huffman_fini(&tree);
}

/* ---- The kernels ---- */

enum { MOST_OUTS = 31, MOST_STRIDE = 112 };

struct window {
	int ins, outs;
	size_t stride;
	float *in[WP_W2V_MAX_INS], *out[MOST_OUTS];
	float *rows, *copy;
	float weight[MOST_OUTS], y[6 * WP_W2V_Y_BLOCK];
	float *g;
};

static float random_float(struct wp_rng *rng, float scale)
{
	return scale * (2 * wp_rng_float(rng) - 1);
}

static void make_window(struct window *w, int ins, int outs, size_t stride, struct wp_rng *rng)
{
	size_t count = (size_t)(ins + outs) * stride;
	*w = (struct window){.ins = ins, .outs = outs, .stride = stride};
	if (wp_table_alloc(&w->rows, count * sizeof(float), "rows") ||
		wp_table_alloc(&w->copy, count * sizeof(float), "copy") ||
		wp_table_alloc(&w->g, wp_w2v_g_size(ins, outs) * sizeof(float), "G"))
		abort();
	for (size_t i = 0; i < count; i++)
		w->copy[i] = w->rows[i] = random_float(rng, 0.5f);
	for (int i = 0; i < ins; i++)
		w->in[i] = w->rows + (size_t)i * stride;
	for (int j = 0; j < outs; j++) {
		w->out[j] = w->rows + (size_t)(ins + j) * stride;
		w->weight[j] = (float)((int)wp_rng_below(rng, 6) - 2); /* -2 .. 3 */
		wp_w2v_set_y(w->y, j, w->weight[j]);
	}
}

static void free_window(struct window *w)
{
	free(w->rows);
	free(w->copy);
	free(w->g);
}

static double score(const struct window *w, int i, int j)
{
	const float *x = w->copy + (size_t)i * w->stride;
	const float *o = w->copy + (size_t)(w->ins + j) * w->stride;
	double sum = 0;
	for (size_t k = 0; k < w->stride; k++)
		sum += (double)x[k] * (double)o[k];
	return sum;
}

static double g_at(const struct window *w, int i, int j)
{
	size_t block = (size_t)(j / WP_W2V_BLOCK) * wp_w2v_g_block(w->ins);
	return (double)w->g[block + (size_t)(i * WP_W2V_LINE + j % WP_W2V_BLOCK)];
}

/* How far G is from the steps of the logistic loss, and the loss that it should have. */
static double logistic_error(const struct window *w, double rate, double *loss)
{
	double worst = 0;
	*loss = 0;
	for (int i = 0; i < w->ins; i++)
		for (int j = 0; j < w->outs; j++) {
			double f = score(w, i, j), y = (double)w->weight[j];
			double z = y < 0 ? -f : f;
			*loss += fabs(y) * softplus(-z);
			worst = fmax(worst, fabs(g_at(w, i, j) - rate * y * sigmoid(-z)));
		}
	return worst;
}

static double softmax_error(const struct window *w, int target, double rate, double *loss)
{
	double worst = 0;
	*loss = 0;
	for (int i = 0; i < w->ins; i++) {
		double sum = 0;
		for (int j = 0; j < w->outs; j++)
			sum += exp(score(w, i, j));
		*loss += log(sum) - score(w, i, target);
		for (int j = 0; j < w->outs; j++) {
			double step = rate * ((j == target) - exp(score(w, i, j)) / sum);
			worst = fmax(worst, fabs(g_at(w, i, j) - step));
		}
	}
	return worst;
}

/* How far the rows are from where G should have taken them. */
static double update_error(const struct window *w)
{
	double worst = 0;
	for (size_t k = 0; k < w->stride; k++) {
		for (int i = 0; i < w->ins; i++) {
			double x = (double)w->copy[(size_t)i * w->stride + k];
			for (int j = 0; j < w->outs; j++)
				x += g_at(w, i, j) *
					(double)w->copy[(size_t)(w->ins + j) * w->stride + k];
			worst = fmax(worst, fabs((double)w->in[i][k] - x));
		}
		for (int j = 0; j < w->outs; j++) {
			double o = (double)w->copy[(size_t)(w->ins + j) * w->stride + k];
			for (int i = 0; i < w->ins; i++)
				o += g_at(w, i, j) * (double)w->copy[(size_t)i * w->stride + k];
			worst = fmax(worst, fabs((double)w->out[j][k] - o));
		}
	}
	return worst;
}

static void window_kernels(enum wp_isa isa)
{
	const struct wp_w2v_kernels *kernels = wp_w2v_kernels(isa);
	struct wp_rng rng;
	wp_rng_seed(&rng, 3, 0);
	double logistic = 0, softmax = 0, update = 0, losses = 0, want, loss;
	for (int ins = 1; ins <= WP_W2V_MAX_INS; ins++)
		for (int outs = 1; outs <= MOST_OUTS; outs++) {
			struct window w;
			size_t stride = 16 * (1 + (size_t)(ins * outs) % (MOST_STRIDE / 16));
			make_window(&w, ins, outs, stride, &rng);
			loss = (double)kernels->logistic(
				w.in, ins, w.out, outs, stride, w.y, 0.05f, w.g);
			logistic = fmax(logistic, logistic_error(&w, 0.05, &want));
			losses = fmax(losses, fabs(loss - want) / (1 + want));
			kernels->update(w.in, ins, w.out, outs, stride, w.g);
			update = fmax(update, update_error(&w));

			memcpy(w.rows, w.copy, (size_t)(ins + outs) * stride * sizeof(float));
			int target = (ins * 7) % outs;
			loss = kernels->softmax(
				w.in, ins, w.out, outs, stride, target, 0.05f, w.g);
			softmax = fmax(softmax, softmax_error(&w, target, 0.05, &want));
			losses = fmax(losses, fabs(loss - want) / (1 + want));
			free_window(&w);
		}
	ok(logistic < 3e-7, "%s: logistic is right to %.1e", isa_names[isa], logistic);
	ok(softmax < 1e-7, "%s: softmax is right to %.1e", isa_names[isa], softmax);
	ok(update < 3e-6, "%s: update is right to %.1e", isa_names[isa], update);
	ok(losses < 2e-6, "%s: losses are right to %.1e", isa_names[isa], losses);
}

/* Scores from -100 to 100 by rows of one element. */
static void extreme_scores(enum wp_isa isa)
{
	const struct wp_w2v_kernels *kernels = wp_w2v_kernels(isa);
	struct wp_rng rng;
	struct window w;
	wp_rng_seed(&rng, 6, 0);
	make_window(&w, 1, 1, 16, &rng);
	memset(w.rows, 0, 32 * sizeof *w.rows);
	double worst_step = 0, worst_loss = 0;
	w.in[0][0] = 1;
	for (int label = 0; label < 2; label++) {
		wp_w2v_set_y(w.y, 0, label ? 1 : -1);
		for (double f = -100; f <= 100; f += 0.01) {
			float score_f = (float)f;
			w.out[0][0] = score_f;
			double loss =
				(double)kernels->logistic(w.in, 1, w.out, 1, 16, w.y, 1, w.g);
			double z = label ? (double)score_f : -(double)score_f;
			double step = label ? sigmoid(-z) : -sigmoid(-z);
			worst_step = fmax(worst_step, fabs((double)w.g[0] - step));
			worst_loss = fmax(
				worst_loss, fabs(loss - softplus(-z)) / fmax(1, softplus(-z)));
		}
	}
	ok(worst_step < 3e-7 && worst_loss < 1e-6,
		"%s: the logistic function holds from -100 to 100 (%.1e, loss %.1e)",
		isa_names[isa], worst_step, worst_loss);
	free_window(&w);
}

static void bag_kernels(enum wp_isa isa)
{
	const struct wp_w2v_kernels *kernels = wp_w2v_kernels(isa);
	struct wp_rng rng;
	struct window w;
	wp_rng_seed(&rng, 4, 0);
	make_window(&w, 7, 2, 48, &rng);
	float *mean = w.out[0], *before = w.out[1];
	kernels->mean(mean, w.in, 7, 48);
	double worst = 0;
	for (size_t k = 0; k < 48; k++) {
		double sum = 0;
		for (int i = 0; i < 7; i++)
			sum += (double)w.in[i][k];
		worst = fmax(worst, fabs((double)mean[k] - sum / 7));
	}
	ok(worst < 1e-7, "%s: mean is right to %.1e", isa_names[isa], worst);

	kernels->spread(w.in, 7, 48, mean, before, 0.25f);
	worst = 0;
	for (size_t k = 0; k < 7 * 48; k++) {
		double step = 0.25 * ((double)mean[k % 48] - (double)before[k % 48]);
		worst = fmax(worst, fabs((double)w.rows[k] - (double)w.copy[k] - step));
	}
	ok(worst < 1e-7, "%s: spread is right to %.1e", isa_names[isa], worst);
	free_window(&w);
}

/* ---- Gradients ---- */

/* A tiny text in which no window has a word twice.  Word 0 is so frequent, by the counts that
 * the model is told, that it is the noise word every time: so nothing is left to chance. */
enum { WORDS = 7, DIM = 5, WINDOW = 2, NEGATIVE = 3 };
static const int32_t ids[] = {
	0, 1, 2, 3, 4, 5, 6, 0, 2, 4, 1, 3, 5, 0, 6, 1, /**/ 2, 6, /**/ 5, /**/ 4, 3, 0, 1, 2};
static const int32_t lengths[] = {16, 2, 0, 1, 5};
static const int64_t counts[WORDS] = {1000000000, 9, 8, 7, 6, 5, 4};
static const struct wp_w2v_text tiny_text = {ids, 24, lengths, 5};

struct tables {
	double in[WORDS][DIM], out[WORDS][DIM];
};

struct problem {
	const struct wp_w2v_config *config;
	const struct wp_huffman *tree;
	struct tables tables;
};

static double dot(const double *a, const double *b)
{
	double sum = 0;
	for (int k = 0; k < DIM; k++)
		sum += a[k] * b[k];
	return sum;
}

/* The loss of predicting `target` from the vector x, as the papers write it. */
static double target_loss(const struct problem *p, const double *x, int32_t target)
{
	const struct tables *t = &p->tables;
	double loss = 0, sum = 0;
	switch (p->config->loss) {
	case WP_W2V_NEGATIVE:
		loss = softplus(-dot(x, t->out[target]));
		if (target != 0)
			loss += NEGATIVE * softplus(dot(x, t->out[0]));
		break;
	case WP_W2V_HIERARCHICAL:
		for (uint64_t k = p->tree->begin[target]; k < p->tree->begin[target + 1]; k++) {
			double f = dot(x, t->out[p->tree->nodes[k]]);
			loss += softplus(p->tree->turns[k] ? f : -f);
		}
		break;
	case WP_W2V_SOFTMAX:
		for (int j = 0; j < WORDS; j++)
			sum += exp(dot(x, t->out[j]));
		loss = log(sum) - dot(x, t->out[target]);
		break;
	}
	return loss;
}

/* The words of a window that are trained at once: two of skip-gram down a tree, else all. */
static int words_at_once(const struct problem *p)
{
	return p->config->model == WP_W2V_SKIPGRAM && p->config->loss == WP_W2V_HIERARCHICAL
		? 2
		: 2 * WINDOW;
}

/* The loss of the window around text[at], of those of its words that are trained together in
 * turn `turn`; *pairs is how many examples they are, 0 after the last turn. */
static double window_loss(
	const struct problem *p, const int32_t *text, int length, int at, int turn, int *pairs)
{
	double loss = 0, mean[DIM] = {0};
	int begin = at > WINDOW ? at - WINDOW : 0, most = words_at_once(p);
	int end = at + WINDOW + 1 < length ? at + WINDOW + 1 : length;
	*pairs = end - begin - 1 - turn * most;
	*pairs = *pairs > most ? most : *pairs > 0 ? *pairs : 0;
	for (int i = begin, word = 0; i < end; i++) {
		const double *x = p->tables.in[text[i]];
		if (i == at || word++ / most != turn)
			continue;
		if (p->config->model == WP_W2V_SKIPGRAM)
			loss += target_loss(p, x, text[at]);
		for (int k = 0; k < DIM; k++)
			mean[k] += x[k] / *pairs;
	}
	if (p->config->model == WP_W2V_CBOW && *pairs > 0) {
		loss = target_loss(p, mean, text[at]);
		*pairs = 1;
	}
	return loss;
}

/* One step down the gradient, which is taken by central differences. */
static void window_step(struct problem *p, const int32_t *text, int length, int at, int turn)
{
	enum { PARAMETERS = sizeof(struct tables) / sizeof(double) };
	double gradient[PARAMETERS], *x = &p->tables.in[0][0];
	const double h = 1e-5;
	int pairs;
	for (int k = 0; k < PARAMETERS; k++) {
		double keep = x[k];
		x[k] = keep + h;
		gradient[k] = window_loss(p, text, length, at, turn, &pairs);
		x[k] = keep - h;
		gradient[k] -= window_loss(p, text, length, at, turn, &pairs);
		x[k] = keep;
	}
	/* Each of n words of a bag moves by sqrt(usual / n) of the step of their mean, where
	 * the derivative of the mean would be 1 / n of it. */
	int begin = at > WINDOW ? at - WINDOW : 0;
	int end = at + WINDOW + 1 < length ? at + WINDOW + 1 : length;
	double n = end - begin - 1;
	double bag = p->config->model == WP_W2V_CBOW ? n * sqrt(2 * WINDOW / n) : 1;
	for (int k = 0; k < PARAMETERS; k++)
		x[k] -= p->config->rate * gradient[k] / (2 * h) * (k < WORDS * DIM ? bag : 1);
}

static double reference_training(struct problem *p, uint64_t *examples)
{
	double loss = 0;
	const int32_t *text = ids;
	for (size_t s = 0; s < tiny_text.sentences; text += lengths[s++])
		for (int at = 0; at < lengths[s] && lengths[s] > 1; at++)
			for (int turn = 0, pairs = 1; pairs > 0; turn++) {
				double own = window_loss(p, text, lengths[s], at, turn, &pairs);
				if (pairs == 0)
					break;
				loss += own;
				*examples += (uint64_t)pairs;
				window_step(p, text, lengths[s], at, turn);
			}
	return loss;
}

/* The same start for both. */
static void random_tables(struct problem *p, struct wp_w2v *model)
{
	struct wp_rng rng;
	wp_rng_seed(&rng, 5, 0);
	size_t stride = wp_w2v_stride(model), rows = wp_w2v_output_rows(model);
	for (size_t i = 0; i < WORDS; i++)
		for (size_t k = 0; k < DIM; k++) {
			float in = random_float(&rng, 1), out = random_float(&rng, 1);
			p->tables.in[i][k] = (double)in;
			p->tables.out[i][k] = (double)out;
			wp_w2v_embedding(model)[i * stride + k] = in;
			if (i < rows)
				wp_w2v_output(model)[i * stride + k] = out;
		}
}

static double table_error(const struct problem *p, struct wp_w2v *model)
{
	size_t stride = wp_w2v_stride(model), rows = wp_w2v_output_rows(model);
	double worst = 0;
	for (size_t i = 0; i < WORDS; i++)
		for (size_t k = 0; k < DIM; k++) {
			float in = wp_w2v_embedding(model)[i * stride + k];
			worst = fmax(worst, fabs((double)in - p->tables.in[i][k]));
			if (i >= rows)
				continue;
			float out = wp_w2v_output(model)[i * stride + k];
			worst = fmax(worst, fabs((double)out - p->tables.out[i][k]));
		}
	return worst;
}

static struct wp_w2v_config tiny_config(enum wp_w2v_model model, enum wp_w2v_loss loss)
{
	struct wp_w2v_config config;
	wp_w2v_default(&config);
	config.model = model;
	config.loss = loss;
	config.schedule = WP_W2V_CONSTANT;
	config.dim = DIM;
	config.window = WINDOW;
	config.fixed_window = true;
	config.negative = NEGATIVE;
	config.noise_power = 10;
	config.sample = 0;
	config.epochs = 1;
	config.rate = 0.1;
	return config;
}

static void gradients(enum wp_isa isa, enum wp_w2v_model kind, enum wp_w2v_loss loss)
{
	static const char *const models[] = {"skip-gram", "CBOW"};
	static const char *const losses[] = {
		"negative sampling", "hierarchical softmax", "softmax"};
	struct wp_w2v_config config = tiny_config(kind, loss);
	struct wp_w2v *model;
	struct wp_huffman tree;
	struct problem p = {.config = &config, .tree = &tree};
	uint64_t examples = 0;
	if (wp_huffman_init(&tree, counts, WORDS) ||
		wp_w2v_create(&model, &config, &tiny_text, counts, WORDS))
		abort();
	random_tables(&p, model);
	double want = reference_training(&p, &examples);
	enum wp_err err = wp_w2v_train(model, 0, NULL, NULL, NULL);
	struct wp_w2v_position position = wp_w2v_position(model);
	double error = table_error(&p, model);
	ok(!err && error < 2e-6, "%s: %s with %s goes down its gradient (to %.1e)",
		isa_names[isa], models[kind], losses[loss], error);
	ok(fabs(position.loss - want) < 1e-5 * want && position.examples == examples,
		"%s: ... and its loss is %.5f over %d examples", isa_names[isa], position.loss,
		(int)position.examples);
	wp_w2v_free(model);
	wp_huffman_fini(&tree);
}

/* ---- Character n-grams ---- */

/* The mean of the rows of each word. */
static void means(struct wp_w2v *m, float to[WORDS][DIM])
{
	float *row[8];
	for (int i = 0; i < WORDS; i++) {
		int rows = wp_w2v_word_rows(m, i, row);
		for (int k = 0; k < DIM; k++) {
			to[i][k] = 0;
			for (int r = 0; r < rows; r++)
				to[i][k] += row[r][k] / (float)rows;
		}
	}
}

/* Words that have no n-gram in common are trained as words without n-grams are: their means go
 * where their vectors would.  No word of the tiny text comes back while it is in reach. */
static void ngrams_move_means(enum wp_w2v_model kind)
{
	static const char *const word[WORDS] = {"aa", "bb", "cc", "dd", "ee", "ff", "gg"};
	struct wp_strings vocab = {0};
	struct wp_w2v_config config = tiny_config(kind, WP_W2V_NEGATIVE);
	struct wp_w2v *plain, *with;
	float mean[WORDS][DIM], worst = 0, moved = 0;
	config.epochs = 3;
	for (int i = 0; i < WORDS; i++)
		if (wp_strings_add(&vocab, word[i], 2))
			abort();
	if (wp_w2v_create(&plain, &config, &tiny_text, counts, WORDS) ||
		wp_w2v_create(&with, &config, &tiny_text, counts, WORDS) ||
		wp_w2v_use_char_ngrams(with, &vocab, 3, 4, 1))
		abort();
	size_t stride = wp_w2v_stride(plain), bytes = WORDS * stride * sizeof(float);
	struct wp_rng rng;
	wp_rng_seed(&rng, 9, 0);
	for (size_t i = 0; i < WORDS * stride; i++)
		if (i % stride < DIM)
			wp_w2v_output(plain)[i] = random_float(&rng, 1);
	memcpy(wp_w2v_output(with), wp_w2v_output(plain), bytes);
	means(with, mean);
	for (size_t i = 0; i < WORDS; i++)
		memcpy(wp_w2v_embedding(plain) + i * stride, mean[i], sizeof mean[i]);
	if (wp_w2v_train(plain, 0, NULL, NULL, NULL) || wp_w2v_train(with, 0, NULL, NULL, NULL))
		abort();
	for (size_t i = 0; i < WORDS; i++)
		for (size_t k = 0; k < DIM; k++)
			moved = fmaxf(moved,
				fabsf(mean[i][k] - wp_w2v_embedding(plain)[i * stride + k]));
	means(with, mean);
	for (size_t i = 0; i < WORDS; i++)
		for (size_t k = 0; k < DIM; k++)
			worst = fmaxf(worst,
				fabsf(mean[i][k] - wp_w2v_embedding(plain)[i * stride + k]));
	ok(wp_w2v_char_ngrams(with) == 3 * WORDS && worst < 1e-5f && moved > 0.01f,
		"model %d: means of n-grams go where vectors would (to %.1e)", (int)kind,
		(double)worst);
	ok(wp_w2v_use_char_ngrams(plain, &vocab, 4, 3, 1) == WP_EINVAL, "%s",
		wp_error_detail());
	wp_w2v_free(plain);
	wp_w2v_free(with);
	wp_strings_fini(&vocab);
}

/* ---- Runs over a larger text ---- */

enum { TYPES = 300, TOKENS = 40000 };
static struct {
	int32_t ids[TOKENS], lengths[TOKENS];
	int64_t counts[TYPES];
	struct wp_w2v_text text;
} made;

/* A text of Zipf's distribution, in sentences of 0 to 39 tokens, in which a word is followed by
 * the word of the next number half of the time. */
static void make_text(void)
{
	struct wp_rng rng;
	wp_rng_seed(&rng, 7, 0);
	for (int i = 0; i < TOKENS; i++) {
		double u = wp_rng_double(&rng);
		int32_t next = i > 0 ? (made.ids[i - 1] + 1) % TYPES : 0;
		made.ids[i] = wp_rng_next(&rng) >> 63 ? next : (int32_t)(pow(TYPES, u) - 1);
		made.counts[made.ids[i]]++;
	}
	size_t sentences = 0;
	for (int left = TOKENS; left > 0;) {
		int length = (int)wp_rng_below(&rng, 40);
		length = length < left ? length : left;
		made.lengths[sentences++] = length;
		left -= length;
	}
	made.text = (struct wp_w2v_text){made.ids, TOKENS, made.lengths, sentences};
}

static struct wp_w2v_config usual(void)
{
	struct wp_w2v_config config;
	wp_w2v_default(&config);
	config.dim = 20;
	config.epochs = 2;
	config.seed = 11;
	return config;
}

static struct wp_w2v *create_on(
	const struct wp_w2v_text *text, const struct wp_w2v_config *config)
{
	struct wp_w2v *model;
	if (wp_w2v_create(&model, config, text, made.counts, TYPES))
		abort();
	return model;
}

static struct wp_w2v *trained_on(
	const struct wp_w2v_text *text, const struct wp_w2v_config *config)
{
	struct wp_w2v *model = create_on(text, config);
	if (wp_w2v_train(model, 0, NULL, NULL, NULL))
		abort();
	return model;
}

static struct wp_w2v *create(const struct wp_w2v_config *config)
{
	return create_on(&made.text, config);
}

static struct wp_w2v *trained(const struct wp_w2v_config *config)
{
	return trained_on(&made.text, config);
}

static double mean_loss(const struct wp_w2v *model)
{
	struct wp_w2v_position p = wp_w2v_position(model);
	return p.loss / (double)p.examples;
}

static bool same(struct wp_w2v *a, struct wp_w2v *b)
{
	struct wp_w2v_position p = wp_w2v_position(a), q = wp_w2v_position(b);
	size_t row = wp_w2v_stride(a) * sizeof(float);
	return p.batch == q.batch && p.loss == q.loss && p.examples == q.examples &&
		memcmp(wp_w2v_embedding(a), wp_w2v_embedding(b), TYPES * row) == 0 &&
		memcmp(wp_w2v_output(a), wp_w2v_output(b), wp_w2v_output_rows(a) * row) == 0;
}

/* The largest difference of two embeddings. */
static double difference(struct wp_w2v *a, struct wp_w2v *b)
{
	double worst = 0;
	for (size_t i = 0; i < TYPES * wp_w2v_stride(a); i++)
		worst = fmax(
			worst, fabs((double)(wp_w2v_embedding(a)[i] - wp_w2v_embedding(b)[i])));
	return worst;
}

static void repeatable(void)
{
	struct wp_w2v_config config = usual();
	struct wp_w2v *a = trained(&config), *b = trained(&config);
	ok(same(a, b), "the same seed gives the same bytes");
	wp_w2v_free(b);
	config.seed++;
	b = trained(&config);
	ok(difference(a, b) > 0.01, "another seed gives others");
	wp_w2v_free(a);
	wp_w2v_free(b);
}

/* A row that stands twice among the inputs may be updated in another order: so here no word
 * comes again within twice the window. */
static void instruction_sets_agree(enum wp_isa best)
{
	static int32_t cycle[TOKENS];
	for (int i = 0; i < TOKENS; i++)
		cycle[i] = (i * (1 + i / TYPES % 7 * 2)) % TYPES;
	struct wp_w2v_text text = made.text;
	text.ids = cycle;
	for (int kind = 0; kind < 2; kind++)
		for (int loss = 0; loss < 3; loss++) {
			struct wp_w2v_config config = usual();
			config.model = (enum wp_w2v_model)kind;
			config.loss = (enum wp_w2v_loss)loss;
			config.epochs = 1;
			config.dim = 33;
			config.sample = 0;
			setenv("WORDPIPE_ISA", "plain", 1);
			struct wp_w2v *plain = trained_on(&text, &config);
			for (enum wp_isa isa = WP_ISA_AVX2; isa <= best; isa++) {
				setenv("WORDPIPE_ISA", isa_names[isa], 1);
				struct wp_w2v *other = trained_on(&text, &config);
				double worst = difference(plain, other);
				ok(worst < 3e-4,
					"model %d, loss %d: %s gives what plain C gives (to %.1e)",
					kind, loss, isa_names[isa], worst);
				wp_w2v_free(other);
			}
			wp_w2v_free(plain);
			unsetenv("WORDPIPE_ISA");
		}
}

/* Go on in a new model from what is known of another. */
static struct wp_w2v *moved(struct wp_w2v *from, const struct wp_w2v_config *config)
{
	struct wp_w2v *to = create(config);
	size_t row = wp_w2v_stride(from) * sizeof(float);
	struct wp_w2v_position position = wp_w2v_position(from);
	memcpy(wp_w2v_embedding(to), wp_w2v_embedding(from), TYPES * row);
	memcpy(wp_w2v_output(to), wp_w2v_output(from), wp_w2v_output_rows(from) * row);
	if (wp_w2v_resume(to, &position))
		abort();
	wp_w2v_free(from);
	return to;
}

static void resumed(void)
{
	for (int loss = 0; loss < 3; loss++) {
		struct wp_w2v_config config = usual();
		config.loss = (enum wp_w2v_loss)loss;
		struct wp_w2v *whole = trained(&config), *parts = create(&config);
		int pieces = 0;
		while (wp_w2v_position(parts).batch < wp_w2v_batches(parts)) {
			if (wp_w2v_train(parts, 3, NULL, NULL, NULL))
				abort();
			parts = moved(parts, &config);
			pieces++;
		}
		ok(pieces > 2 && same(whole, parts),
			"loss %d: a run in %d pieces gives the bytes of an unbroken one", loss,
			pieces);
		struct wp_w2v_position beyond = {.batch = wp_w2v_batches(parts) + 1};
		ok(wp_w2v_resume(parts, &beyond) == WP_EINVAL, "... and cannot go on further");
		wp_w2v_free(whole);
		wp_w2v_free(parts);
	}
}

/* A checkpoint of another text, or of values that no training can have. */
static void refused_states(void)
{
	struct wp_w2v_config config = usual();
	struct wp_w2v *model = create(&config), *other = create(&config);
	const char *path = files_path("state"), *broken = files_path("broken");
	if (wp_w2v_train(model, 3, NULL, NULL, NULL) ||
		CHECKPOINT_SAVE(wp_w2v_save, model, path, "x"))
		abort();
	ok(CHECKPOINT_LOAD(wp_w2v_load, other, path, "y") == WP_EMISMATCH, "%s",
		wp_error_detail());
	static const struct {
		const char *name;
		int i;
		double value;
	} bad[] = {{"w2v.progress", 0, -1}, {"w2v.progress", 0, 1e9}, {"w2v.progress", 1, -1},
		{"w2v.loss", 0, NAN}, {"w2v.embedding", 0, INFINITY}, {"w2v.output", 1, NAN}};
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		checkpoint_change(path, broken, bad[i].name, bad[i].i, bad[i].value);
		ok(CHECKPOINT_LOAD(wp_w2v_load, other, broken, "x") == WP_ECORRUPT &&
				wp_w2v_position(other).batch == 0,
			"%s of %g: %s", bad[i].name, bad[i].value, wp_error_detail());
	}
	checkpoint_change(path, broken, "w2v.checksum", 0, 1);
	ok(CHECKPOINT_LOAD(wp_w2v_load, other, broken, "x") == WP_EMISMATCH, "another text: %s",
		wp_error_detail());
	checkpoint_change(path, broken, "w2v.checksum", -1, 0);
	ok(!CHECKPOINT_LOAD(wp_w2v_load, other, broken, "x") && same(model, other),
		"no checksum, as older ones are: taken");
	wp_w2v_free(model);
	wp_w2v_free(other);
}

struct watch {
	int calls;
	double last_share;
	bool forward;
	volatile sig_atomic_t stop;
};

static void look(const struct wp_w2v_progress *progress, void *arg)
{
	struct watch *watch = arg;
	watch->calls++;
	watch->forward =
		watch->forward && progress->share >= watch->last_share && progress->rate <= 0.5;
	watch->last_share = progress->share;
	watch->stop = watch->calls == 2;
}

static void stopped(void)
{
	struct wp_w2v_config config = usual();
	struct wp_w2v *whole = trained(&config), *model = create(&config);
	struct watch watch = {.forward = true};
	enum wp_err err = wp_w2v_train(model, 0, &watch.stop, look, &watch);
	ok(err == WP_ESTOPPED && watch.calls == 2 && wp_w2v_position(model).batch == 2,
		"a stop is heeded after the batch: %s", wp_error_detail());
	watch.calls = 10;
	watch.stop = 0;
	err = wp_w2v_train(model, 0, NULL, look, &watch);
	ok(!err && watch.forward && watch.last_share == 1, "progress goes on to the end");
	ok(same(whole, model), "... which is the same as without the stop");
	wp_w2v_free(whole);
	wp_w2v_free(model);
}

static void diverging(void)
{
	struct wp_w2v_config config = usual();
	config.rate = 1e5;
	struct wp_w2v *model = create(&config);
	ok(wp_w2v_train(model, 0, NULL, NULL, NULL) == WP_EDIVERGED,
		"divergence is noticed: %s", wp_error_detail());
	wp_w2v_free(model);
}

/* Words of count 0 are passed over: as if the text were without them. */
static void passed_over(void)
{
	static int32_t with[2 * TOKENS], with_lengths[TOKENS];
	struct wp_w2v_config config = usual();
	int64_t some[TYPES + 1];
	size_t n = 0;
	config.loss = WP_W2V_SOFTMAX; /* nothing random */
	config.fixed_window = true;
	config.sample = 0;
	config.epochs = 1;
	config.schedule = WP_W2V_CONSTANT;
	memcpy(some, made.counts, sizeof made.counts);
	some[TYPES] = 0;
	for (size_t i = 0; i < 1000; i++) {
		with[n++] = made.ids[i];
		with[n++] = i % 3 ? TYPES : -1;
	}
	int32_t length = 1000;
	struct wp_w2v_text without = {made.ids, 1000, &length, 1};
	with_lengths[0] = 2000;
	struct wp_w2v_text text = {with, n, with_lengths, 1};
	struct wp_w2v *a, *b;
	if (wp_w2v_create(&a, &config, &without, some, TYPES + 1) ||
		wp_w2v_create(&b, &config, &text, some, TYPES + 1) ||
		wp_w2v_train(a, 0, NULL, NULL, NULL) || wp_w2v_train(b, 0, NULL, NULL, NULL))
		abort();
	ok(same(a, b), "a token that takes no part leaves no gap");
	wp_w2v_free(a);
	if (wp_w2v_create(&a, &config, &text, some, TYPES + 1))
		abort();
	size_t last = TYPES * wp_w2v_stride(a), row = wp_w2v_stride(a) * sizeof(float);
	ok(memcmp(wp_w2v_embedding(a) + last, wp_w2v_embedding(b) + last, row) == 0,
		"... and its vector stays as it began");
	wp_w2v_free(a);
	wp_w2v_free(b);
}

/* Sub-sampling: how many examples there are left of words that are all equally frequent. */
static void thinned_out(void)
{
	struct wp_w2v_config config = usual();
	config.fixed_window = true;
	config.window = 1;
	config.epochs = 1;
	config.sample = 0;
	static int32_t regular[TOKENS];
	int64_t equal[2] = {TOKENS / 2, TOKENS / 2};
	for (int i = 0; i < TOKENS; i++)
		regular[i] = i % 2;
	int32_t length = TOKENS;
	struct wp_w2v_text text = {regular, TOKENS, &length, 1};
	double share = 0.08, keep = sqrt(share / 0.5) + share / 0.5;
	uint64_t all = 0, some = 0;
	for (int pass = 0; pass < 2; pass++) {
		struct wp_w2v *model;
		if (wp_w2v_create(&model, &config, &text, equal, 2) ||
			wp_w2v_train(model, 0, NULL, NULL, NULL))
			abort();
		*(pass ? &some : &all) = wp_w2v_position(model).examples;
		wp_w2v_free(model);
		config.sample = share;
	}
	ok(all >= 2 * TOKENS - 20 && all < 2 * TOKENS,
		"a sentence of %d tokens has %d neighbours", TOKENS, (int)all);
	ok(fabs((double)some / (double)all - keep) < 0.01,
		"sub-sampling keeps %.3f of the words, and should %.3f",
		(double)some / (double)all, keep);
}

static void it_learns(void)
{
	for (int kind = 0; kind < 2; kind++)
		for (int loss = 0; loss < 3; loss++)
			for (int schedule = 0; schedule < 2; schedule++) {
				struct wp_w2v_config config = usual();
				config.model = (enum wp_w2v_model)kind;
				config.loss = (enum wp_w2v_loss)loss;
				config.schedule = (enum wp_w2v_schedule)schedule;
				config.rate = 0.1;
				config.window =
					1 + 11 * schedule; /* more than one kernel call */
				struct wp_w2v *model = create(&config);
				if (wp_w2v_train(model, 1, NULL, NULL, NULL))
					abort();
				double first = mean_loss(model);
				if (wp_w2v_train(model, 0, NULL, NULL, NULL))
					abort();
				ok(mean_loss(model) < first,
					"model %d, loss %d: loss falls from %.4f to %.4f", kind,
					loss, first, mean_loss(model));
				wp_w2v_free(model);
			}
}

static void padding_stays_zero(void)
{
	for (int dim = 1; dim <= 33; dim += 8) {
		struct wp_w2v_config config = usual();
		config.dim = dim;
		config.threads = 2;
		struct wp_w2v *model = trained(&config);
		bool zero = true;
		for (size_t i = 0; i < TYPES; i++)
			for (size_t k = (size_t)dim; k < wp_w2v_stride(model); k++)
				zero = zero &&
					wp_w2v_embedding(model)[i * wp_w2v_stride(model) + k] ==
						0 &&
					wp_w2v_output(model)[i * wp_w2v_stride(model) + k] == 0;
		ok(zero && isfinite(mean_loss(model)), "dimension %d, two threads: loss %.3f",
			dim, mean_loss(model));
		wp_w2v_free(model);
	}
}

static void threads_agree(void)
{
	struct wp_w2v_config config = usual();
	struct wp_w2v *one = trained(&config);
	config.threads = 4;
	struct wp_w2v *four = trained(&config);
	ok(wp_w2v_position(one).examples == wp_w2v_position(four).examples,
		"four threads train the examples that one trains");
	ok(fabs(mean_loss(one) - mean_loss(four)) < 0.05 * mean_loss(one),
		"... to nearly the same loss: %.4f and %.4f", mean_loss(four), mean_loss(one));
	wp_w2v_free(one);
	wp_w2v_free(four);
}

/* ---- What is refused ---- */

static void refused(void)
{
	struct wp_w2v_config config;
	int wrong = 0;
#define REFUSE(field, value) \
	wp_w2v_default(&config); \
	config.field = value; \
	wrong += wp_w2v_check(&config) != WP_EINVAL
	REFUSE(dim, 0);
	REFUSE(dim, 1 << 20);
	REFUSE(window, 0);
	REFUSE(negative, 0);
	REFUSE(epochs, 0);
	REFUSE(threads, 0);
	REFUSE(noise_power, -1);
	REFUSE(sample, 2);
	REFUSE(sample, NAN);
	REFUSE(rate, -1);
	REFUSE(rate, INFINITY);
	REFUSE(last_rate, NAN);
#undef REFUSE
	ok(wrong == 0, "settings out of range are refused: %s", wp_error_detail());

	struct wp_w2v *model;
	struct wp_w2v_text text = made.text;
	wp_w2v_default(&config);
	text.tokens--;
	ok(wp_w2v_create(&model, &config, &text, made.counts, TYPES) == WP_EINVAL && !model,
		"lengths that do not add up are refused: %s", wp_error_detail());
	ok(wp_w2v_create(&model, &config, &made.text, made.counts, 0) == WP_EINVAL,
		"no words are refused: %s", wp_error_detail());
	config.loss = WP_W2V_SOFTMAX;
	static int64_t many[WP_W2V_SOFTMAX_WORDS + 1];
	ok(wp_w2v_create(&model, &config, &made.text, many, WP_W2V_SOFTMAX_WORDS + 1) ==
			WP_EINVAL,
		"too many words for softmax: %s", wp_error_detail());
}

static void no_text(void)
{
	struct wp_w2v_config config = usual();
	struct wp_w2v_text none = {.ids = NULL};
	struct wp_w2v *model;
	ok(!wp_w2v_create(&model, &config, &none, made.counts, TYPES) &&
			!wp_w2v_train(model, 0, NULL, NULL, NULL) &&
			wp_w2v_position(model).examples == 0,
		"a text without tokens is trained at once");
	wp_w2v_free(model);
}

static void memory_fails(void)
{
	for (int loss = 0; loss < 3; loss++) {
		struct wp_w2v_config config = usual();
		struct wp_w2v *model;
		enum wp_err err;
		long n = 0;
		config.loss = (enum wp_w2v_loss)loss;
		config.threads = 2;
		do {
			wp_alloc_fail_at(++n);
			err = wp_w2v_create(&model, &config, &made.text, made.counts, TYPES);
		} while (err == WP_ENOMEM && !model);
		wp_alloc_fail_at(0);
		ok(!err && n > 10, "loss %d: each of %ld allocations may fail", loss, n - 1);
		wp_w2v_free(model);
	}
}

int main(void)
{
	enum wp_isa best = wp_cpu_isa();
	noise_is_exact();
	huffman_is_optimal();
	for (enum wp_isa isa = WP_ISA_PLAIN; isa <= best; isa++) {
		window_kernels(isa);
		extreme_scores(isa);
		bag_kernels(isa);
		setenv("WORDPIPE_ISA", isa_names[isa], 1);
		for (int kind = 0; kind < 2; kind++)
			for (int loss = 0; loss < 3; loss++)
				gradients(isa, (enum wp_w2v_model)kind, (enum wp_w2v_loss)loss);
		unsetenv("WORDPIPE_ISA");
	}
	ngrams_move_means(WP_W2V_SKIPGRAM);
	ngrams_move_means(WP_W2V_CBOW);
	make_text();
	repeatable();
	instruction_sets_agree(best);
	resumed();
	refused_states();
	stopped();
	diverging();
	passed_over();
	thinned_out();
	it_learns();
	padding_stays_zero();
	threads_agree();
	refused();
	no_text();
	memory_fails();
	return done_testing();
}
