/* Training: an update is what it says, whatever the shards and threads; it stops, goes on, and
 * keeps the best. */
#include "nn/train/trainer.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "checkpoints.h"
#include "files.h"
#include "math/blas.h"
#include "nn/core/batch.h"
#include "nn/net/net.h"
#include "nn_models.h"
#include "tap.h"

enum { TOKENS = 3000, VOCAB = 9, SENTENCES = 300 };

static int32_t ids[TOKENS], tags[TOKENS], lengths[SENTENCES];

/* A text in which tokens follow from the two before, mostly. */
static struct wp_nn_data text(void)
{
	struct wp_rng rng;
	wp_rng_seed(&rng, 11, 0);
	size_t row = 0;
	for (size_t i = 0; i < TOKENS; i++) {
		int32_t a = i > 0 ? ids[i - 1] : 0, b = i > 1 ? ids[i - 2] : 0;
		ids[i] = wp_rng_below(&rng, 10) == 0 ? (int32_t)wp_rng_below(&rng, VOCAB)
						     : (a + 2 * b + 1) % VOCAB;
		tags[i] = ids[i] % 3;
	}
	for (size_t s = 0; s < SENTENCES; s++) {
		lengths[s] = s + 1 < SENTENCES ? (int32_t)(5 + s % 11) : TOKENS - (int32_t)row;
		if (row + (size_t)lengths[s] > TOKENS || lengths[s] < 0)
			lengths[s] = (int32_t)(TOKENS - row);
		row += (size_t)lengths[s];
	}
	return (struct wp_nn_data){
		.ids = ids, .lengths = lengths, .sequences = SENTENCES, .rows = TOKENS};
}

static struct wp_nn_config network(enum wp_nn_task task)
{
	struct wp_nn_config c;
	wp_nn_config_default(&c);
	c.task = task;
	c.hidden = 6;
	c.layers = 2;
	c.inputs = VOCAB;
	c.outputs = task == WP_NN_TAG ? 3 : VOCAB;
	c.bidirectional = task == WP_NN_TAG;
	return c;
}

static struct wp_nn_training training(enum wp_nn_task task, bool stream, int batch, int bptt)
{
	struct wp_nn_training t;
	wp_nn_training_default(&t, WP_NN_ADAM, stream);
	t.batching.task = task;
	t.batching.batch = batch;
	t.batching.bptt = bptt;
	t.schedule.epochs = 3;
	t.schedule.rate = 0.01;
	return t;
}

static struct wp_nn_model model_of(const struct wp_nn_config *config)
{
	struct wp_nn_model m;
	if (make_model(&m, config, "", 0.3f)) {
		printf("# %s\n", wp_error_detail());
		abort();
	}
	return m;
}

static struct wp_nn_trainer *trainer_of(const struct wp_nn_training *config,
	struct wp_nn_model *model, const struct wp_nn_data *data,
	const struct wp_nn_data *valid)
{
	struct wp_nn_trainer *t;
	if (wp_nn_trainer_create(&t, config, model, data, valid)) {
		printf("# %s\n", wp_error_detail());
		abort();
	}
	return t;
}

static bool same_parameters(const struct wp_nn_model *a, const struct wp_nn_model *b)
{
	return memcmp(a->theta, b->theta, a->params->size * sizeof *a->theta) == 0;
}

struct record {
	uint64_t updates, validations, targets, rows, step;
	double norm, norms;           /* of the last update, and all of its parts */
	double last;                  /* loss of an update                 */
	double valid[64], rate[4096]; /* of validations; of updates       */
	double best;
};

static void keep_record(const struct wp_nn_progress *p, void *arg)
{
	struct record *r = arg;
	if (p->validation) {
		r->valid[r->validations++ % 64] = p->validation->loss;
		return;
	}
	r->last = p->loss / (double)p->targets;
	r->rate[r->updates++ % 4096] = p->rate;
	r->targets += p->targets;
	r->rows += p->rows;
	r->step = p->step;
	r->norm = p->update->norm;
	r->norms = p->update->norms[0];
}

static void run(struct wp_nn_trainer *t, uint64_t updates, struct record *r)
{
	*r = (struct record){0};
	enum wp_err err = wp_nn_trainer_run(t, updates, NULL, keep_record, r);
	if (err) {
		printf("# %s\n", wp_error_detail());
		abort();
	}
}

/* Plain gradient descent with one shard, by hand. */
static void test_update(void)
{
	struct wp_nn_data data = text();
	struct wp_nn_config config = network(WP_NN_LM);
	struct wp_nn_training how = training(WP_NN_LM, true, 100, 10);
	struct wp_nn_model a = model_of(&config), b = model_of(&config);
	struct record r;
	how.optimizer.method = WP_NN_SGD;
	how.optimizer.clip = 0;
	how.schedule.rate = 0.5;
	struct wp_nn_trainer *t = trainer_of(&how, &a, &data, NULL);
	run(t, 1, &r);
	ok(r.updates == 1 && r.targets == 1000, "an update of 100 tracks and 10 steps");

	/* 100 tracks as one batch */
	static int32_t in[1000], out[1000];
	static int active[10];
	static size_t begin[11];
	size_t base = (TOKENS - 1) / 100, longer = (TOKENS - 1) % 100;
	for (size_t s = 0; s < 10; s++) {
		active[s] = 100;
		begin[s + 1] = 100 * (s + 1);
		for (size_t k = 0; k < 100; k++) {
			size_t from = k * base + (k < longer ? k : longer) + s;
			in[100 * s + k] = ids[from];
			out[100 * s + k] = ids[from + 1];
		}
	}
	const struct wp_nn_batch batch = {.steps = 10,
		.sequences = 100,
		.active = active,
		.begin = begin,
		.ids = in,
		.classes = out};
	struct wp_nn_gradient *g;
	struct wp_nn_net *net;
	struct wp_nn_score score = {0};
	const struct wp_nn_context context = {.seed = how.seed};
	if (wp_nn_gradient_create(&g, b.params) || wp_nn_net_create(&net, b.graph, &context) ||
		wp_nn_net_train(net, b.theta, &batch, g, &score))
		abort();
	double worst = 0, largest = 0;
	for (size_t i = 0; i < b.params->size; i++) {
		double step = 0.5 * (double)g->value[i] / (double)score.targets;
		worst = fmax(worst, fabs((double)b.theta[i] - step - (double)a.theta[i]));
		largest = fmax(largest, fabs(step));
	}
	ok(fabs(score.loss / 1000 - r.last) < 1e-6 && worst < 1e-4 * largest,
		"in shards it is the gradient of the mean over all targets (%.1e of %.1e)",
		worst, largest);
	wp_nn_net_free(net);
	wp_nn_gradient_free(g);
	wp_nn_trainer_free(t);
	wp_nn_model_fini(&a);
	wp_nn_model_fini(&b);
}

/* The same by many threads, in one go or stopped and saved after each `step` updates. */
static void test_same(const char *what, enum wp_nn_task task, struct wp_nn_training how)
{
	struct wp_nn_data data = text(), valid;
	struct wp_nn_config config = network(task);
	if (task == WP_NN_TAG) {
		data.classes = tags;
	} else {
		config.dropout = 0.2;
		config.weight_drop = 0.3;
		config.input = WP_NN_EMBEDDING;
		config.embedding = 5;
		config.embedding_dropout = 0.2;
	}
	if (wp_nn_data_split(&data, &valid, &how.batching, 0.2))
		abort();
	struct wp_nn_model a = model_of(&config);
	struct wp_nn_trainer *t = trainer_of(&how, &a, &data, &valid);
	struct record whole, part = {0};
	run(t, 0, &whole);
	ok(wp_nn_trainer_ended(t) && !wp_nn_trainer_finish(t), "%s: trained", what);
	wp_nn_trainer_free(t);

	for (int threads = 2; threads <= 3; threads++) {
		struct wp_nn_model b = model_of(&config);
		how.threads = threads;
		t = trainer_of(&how, &b, &data, &valid);
		run(t, 0, &part);
		ok(!wp_nn_trainer_finish(t) && same_parameters(&a, &b),
			"%s: the same with %d threads", what, threads);
		wp_nn_trainer_free(t);
		wp_nn_model_fini(&b);
	}

	how.threads = 1;
	const char *path = files_path("state");
	uint64_t updates = 0, stops = 0;
	for (bool ended = false; !ended; stops++) {
		struct wp_nn_model b = model_of(&config);
		t = trainer_of(&how, &b, &data, &valid);
		if (stops > 0 && CHECKPOINT_LOAD(wp_nn_trainer_load, t, path, "x")) {
			printf("# %s\n", wp_error_detail());
			abort();
		}
		run(t, 3, &part);
		updates += part.updates;
		ended = wp_nn_trainer_ended(t);
		if (!ended && CHECKPOINT_SAVE(wp_nn_trainer_save, t, path, "x"))
			abort();
		if (ended)
			ok(!wp_nn_trainer_finish(t) && same_parameters(&a, &b) &&
					updates == whole.updates,
				"%s: the same when it is stopped %d times", what, (int)stops);
		wp_nn_trainer_free(t);
		wp_nn_model_fini(&b);
	}
	wp_nn_model_fini(&a);
}

/* Validation is the loss over one sequence, whatever the tracks. */
static void test_validation(void)
{
	struct wp_nn_data data = text();
	struct wp_nn_config config = network(WP_NN_LM);
	struct wp_nn_training how = training(WP_NN_LM, true, 10, 10);
	struct wp_nn_model m = model_of(&config);
	struct record r;
	how.schedule.rate = 0;
	how.schedule.epochs = 1;
	struct wp_nn_trainer *t = trainer_of(&how, &m, &data, &data);
	run(t, 0, &r);

	static int active[TOKENS];
	static size_t begin[TOKENS + 1];
	for (size_t s = 0; s < TOKENS; s++) {
		active[s] = 1;
		begin[s + 1] = s + 1;
	}
	const struct wp_nn_batch batch = {.steps = TOKENS - 1,
		.sequences = 1,
		.active = active,
		.begin = begin,
		.ids = ids,
		.classes = ids + 1};
	const struct wp_nn_context context = {0};
	struct wp_nn_score score = {0};
	struct wp_nn_net *net;
	if (wp_nn_net_create(&net, m.graph, &context) ||
		wp_nn_net_predict(net, m.theta, &batch, NULL, &score))
		abort();
	double loss = score.loss / (double)score.targets;
	struct wp_nn_validation best;
	uint64_t step;
	ok(r.validations == 1 && score.targets == TOKENS - 1 &&
			fabs(r.valid[0] - loss) < 1e-5 * loss,
		"validation in tracks is that of one: %.7f, %.7f", r.valid[0], loss);
	ok(wp_nn_trainer_best(t, &best, &step) && best.loss == r.valid[0] &&
			best.targets == TOKENS - 1 && step == r.updates &&
			best.accuracy == (double)score.correct / (double)score.targets,
		"every target counts once");
	wp_nn_net_free(net);
	wp_nn_trainer_free(t);
	wp_nn_model_fini(&m);
}

static void test_early_stop(void)
{
	struct wp_nn_data data = text();
	struct wp_nn_config config = network(WP_NN_LM);
	struct wp_nn_training how = training(WP_NN_LM, true, 10, 10);
	struct wp_nn_model m = model_of(&config);
	struct record r;
	how.schedule = (struct wp_nn_schedule){
		.decay = WP_NN_ON_PLATEAU, .rate = 0, .factor = 0.5, .epochs = 50};
	how.patience = 3;
	struct wp_nn_trainer *t = trainer_of(&how, &m, &data, &data);
	run(t, 0, &r);
	ok(r.validations == 4 && wp_nn_trainer_ended(t),
		"3 validations that are not the best end it");
	wp_nn_trainer_free(t);

	how.schedule.rate = 0.01;
	how.schedule.epochs = 4;
	how.valid_every = 7;
	t = trainer_of(&how, &m, &data, &data);
	run(t, 0, &r);
	ok(r.updates == 120 && r.validations == 120 / 7 + 4,
		"validations every 7 updates, and at the end of epochs: %d",
		(int)r.validations);
	double best = r.valid[0];
	for (uint64_t i = 0; i < r.validations; i++)
		best = fmin(best, r.valid[i]);
	struct wp_nn_validation kept;
	uint64_t step;
	ok(wp_nn_trainer_best(t, &kept, &step) && kept.loss == best, "the best is kept");
	wp_nn_trainer_free(t);
	wp_nn_model_fini(&m);
}

static void test_divergence(void)
{
	struct wp_nn_data data = text();
	struct wp_nn_config config = network(WP_NN_LM);
	struct wp_nn_training how = training(WP_NN_LM, true, 10, 10);
	config.cell = WP_NN_ELMAN;
	config.activation = WP_NN_RELU;
	how.optimizer.method = WP_NN_SGD;
	how.optimizer.clip = 0;
	how.schedule.rate = 1e6;
	struct wp_nn_model m = model_of(&config);
	struct wp_nn_trainer *t = trainer_of(&how, &m, &data, NULL);
	struct record r = {0};
	enum wp_err err = wp_nn_trainer_run(t, 0, NULL, keep_record, &r);
	char where[32];
	snprintf(where, sizeof where, "at step %d ", (int)r.updates);
	ok(err == WP_EDIVERGED && strstr(wp_error_detail(), where), "%s",
		err ? wp_error_detail() : "it did not diverge");
	wp_nn_trainer_free(t);
	wp_nn_model_fini(&m);
}

/* The first update diverges: it is reported once, as step 1, with what it saw. */
static void test_first_divergence(void)
{
	struct wp_nn_data data = text();
	struct wp_nn_config config = network(WP_NN_LM);
	struct wp_nn_training how = training(WP_NN_LM, true, 10, 10);
	struct wp_nn_model m = model_of(&config);
	m.theta[0] = NAN;
	struct wp_nn_trainer *t = trainer_of(&how, &m, &data, &data);
	struct record r = {0};
	enum wp_err err = wp_nn_trainer_run(t, 0, NULL, keep_record, &r);
	ok(err == WP_EDIVERGED && r.updates == 1 && r.validations == 0 && r.step == 1 &&
			r.rows == 100 && isnan(r.norm) && isnan(r.norms) && isnan(r.last),
		"an update that diverges is reported with its norms");
	wp_nn_trainer_free(t);
	wp_nn_model_fini(&m);
}

/* Whichever allocation of an update fails, that is what it returns, and the next one works. */
static void test_memory(void)
{
	struct wp_nn_data data = text();
	struct wp_nn_config config = network(WP_NN_LM);
	struct wp_nn_training how = training(WP_NN_LM, false, 30, 0);
	struct wp_nn_model m = model_of(&config);
	enum wp_err err = WP_ENOMEM, again = WP_OK;
	long n = 0;
	while (err == WP_ENOMEM && !again && ++n < 1000) {
		struct record r = {0};
		struct wp_nn_trainer *t = trainer_of(&how, &m, &data, &data);
		wp_alloc_fail_at(n);
		err = wp_nn_trainer_run(t, 1, NULL, keep_record, &r);
		wp_alloc_fail_at(0);
		again = wp_nn_trainer_run(t, 1, NULL, keep_record, &r);
		wp_nn_trainer_free(t);
	}
	ok(!err && !again && n > 1, "an update survives %ld allocations that fail", n - 1);
	wp_nn_model_fini(&m);
}

static void test_stop(void)
{
	struct wp_nn_data data = text();
	struct wp_nn_config config = network(WP_NN_LM);
	struct wp_nn_training how = training(WP_NN_LM, true, 10, 10);
	struct wp_nn_model m = model_of(&config);
	struct wp_nn_trainer *t = trainer_of(&how, &m, &data, NULL);
	struct record r = {0};
	const volatile sig_atomic_t stop = 1;
	ok(wp_nn_trainer_run(t, 0, &stop, keep_record, &r) == WP_ESTOPPED && r.updates == 1,
		"it stops after an update");
	wp_nn_trainer_free(t);
	wp_nn_model_fini(&m);
}

static void refuses_state(
	struct wp_nn_trainer *t, const char *path, const char *settings, const char *reason)
{
	enum wp_err err = CHECKPOINT_LOAD(wp_nn_trainer_load, t, path, settings);
	ok(err && strstr(wp_error_detail(), reason), "refuses a state: %s",
		err ? wp_error_detail() : "accepted");
}

static void test_states(void)
{
	struct wp_nn_data data = text(), fewer = data;
	struct wp_nn_config config = network(WP_NN_LM), wider = config;
	struct wp_nn_training how = training(WP_NN_LM, true, 10, 10);
	struct wp_nn_model m = model_of(&config), w;
	struct wp_nn_trainer *t = trainer_of(&how, &m, &data, NULL), *u;
	struct record r;
	const char *path = files_path("state");
	run(t, 5, &r);
	ok(!CHECKPOINT_SAVE(wp_nn_trainer_save, t, path, "x") &&
			!CHECKPOINT_LOAD(wp_nn_trainer_load, t, path, "x"),
		"a state is saved and set");
	refuses_state(t, path, "y", "made by 'x', not by 'y'");
	fewer.rows--;
	u = trainer_of(&how, &m, &fewer, NULL);
	refuses_state(u, path, "x", "the input is not the same");
	wp_nn_trainer_free(u);
	wider.hidden = 7;
	w = model_of(&wider);
	u = trainer_of(&how, &w, &data, NULL);
	refuses_state(u, path, "x", "train.parameters");
	wp_nn_trainer_free(u);
	how.optimizer.method = WP_NN_MOMENTUM;
	how.schedule.epochs = 1;
	struct bytes b = files_get(path);
	refuses_state(t, files_put("cut", b.data, b.size / 2), "x", "cut");
	refuses_state(t, files_path("none"), "x", "none");
	free(b.data);
	wp_nn_trainer_free(t);
	wp_nn_model_fini(&m);
	wp_nn_model_fini(&w);
}

/* Another text of the same lengths is not continued; a checkpoint without a checksum, as older
 * ones are, is. */
static void test_other_data(void)
{
	struct wp_nn_data data = text(), other = data, valid = data;
	static int32_t changed[TOKENS];
	struct wp_nn_config config = network(WP_NN_LM);
	struct wp_nn_training how = training(WP_NN_LM, true, 10, 10);
	struct wp_nn_model m = model_of(&config);
	struct wp_nn_trainer *t = trainer_of(&how, &m, &data, &valid), *u;
	struct record r;
	const char *path = files_path("state"), *old = files_path("old");
	memcpy(changed, ids, sizeof ids);
	changed[TOKENS - 1] = (changed[TOKENS - 1] + 1) % VOCAB;
	other.ids = changed;
	run(t, 35, &r);
	ok(!CHECKPOINT_SAVE(wp_nn_trainer_save, t, path, "x"), "a state after a validation");
	u = trainer_of(&how, &m, &other, &valid);
	refuses_state(u, path, "x", "the input is not the same");
	checkpoint_change(path, old, "train.checksum", -1, 0);
	ok(!CHECKPOINT_LOAD(wp_nn_trainer_load, u, old, "x"), "no checksum: taken");
	wp_nn_trainer_free(u);
	u = trainer_of(&how, &m, &data, &other);
	refuses_state(u, path, "x", "the input is not the same");
	wp_nn_trainer_free(u);
	wp_nn_trainer_free(t);
	wp_nn_model_fini(&m);
}

/* Values that no training can have are refused before anything is set. */
static void test_impossible_states(void)
{
	static const struct {
		const char *name;
		int i;
		double value;
	} bad[] = {{"train.position", 0, -1}, {"train.position", 0, 2},
		{"train.position", 1, 1e15}, {"train.position", 2, 1000},
		{"train.position", 3, 4}, {"train.position", 3, 3}, {"train.position", 4, -1},
		{"train.position", 5, 1e15}, {"train.position", 6, 2}, {"train.position", 7, 7},
		{"train.position", 10, 1e6}, {"train.position", 11, -5},
		{"train.best_score", 0, NAN}, {"train.parameters", 3, INFINITY},
		{"train.best", 0, NAN}, {"train.optimizer00", 1, NAN},
		{"train.optimizer01", 2, -1}, {"train.state00", 0, NAN}};
	struct wp_nn_data data = text();
	struct wp_nn_config config = network(WP_NN_LM);
	struct wp_nn_training how = training(WP_NN_LM, true, 10, 10);
	struct wp_nn_model m = model_of(&config), other = model_of(&config);
	struct wp_nn_trainer *t = trainer_of(&how, &m, &data, &data);
	struct wp_nn_trainer *u = trainer_of(&how, &other, &data, &data);
	struct record r;
	const char *path = files_path("state"), *broken = files_path("broken");
	run(t, 35, &r);
	run(u, 1, &r);
	struct wp_nn_model before = model_of(&config);
	size_t bytes = m.params->size * sizeof *m.theta;
	memcpy(before.theta, other.theta, bytes);
	if (CHECKPOINT_SAVE(wp_nn_trainer_save, t, path, "x"))
		abort();
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		checkpoint_change(path, broken, bad[i].name, bad[i].i, bad[i].value);
		enum wp_err err = CHECKPOINT_LOAD(wp_nn_trainer_load, u, broken, "x");
		ok(err == WP_ECORRUPT && memcmp(before.theta, other.theta, bytes) == 0,
			"number %d of %s is %g: %s", bad[i].i, bad[i].name, bad[i].value,
			err ? wp_error_detail() : "accepted");
	}
	ok(!CHECKPOINT_LOAD(wp_nn_trainer_load, u, path, "x") &&
			memcmp(m.theta, other.theta, bytes) == 0,
		"the good one is set");
	wp_nn_trainer_free(t);
	wp_nn_trainer_free(u);
	wp_nn_model_fini(&m);
	wp_nn_model_fini(&other);
	wp_nn_model_fini(&before);
}

/* ---- Averages ---- */

enum { MOST_UPDATES = 400 };
static struct {
	const struct wp_nn_model *model;
	float *theta[MOST_UPDATES]; /* after each update */
	uint64_t updates, epoch_ends[16], epochs;
} kept;

static void keep_parameters(const struct wp_nn_progress *p, void *arg)
{
	const struct wp_nn_model *m = kept.model;
	(void)arg;
	if (p->validation)
		return;
	float *copy = kept.theta[kept.updates++] = calloc(m->params->size, sizeof *copy);
	if (!copy || kept.updates == MOST_UPDATES)
		abort();
	memcpy(copy, m->theta, m->params->size * sizeof *copy);
	if (p->epoch > (int)kept.epochs)
		kept.epoch_ends[kept.epochs++] =
			kept.updates - 1; /* of those before this one */
}

/* What is made of the parameters after each update, from number `first` on. */
static double average_by_hand(enum wp_nn_averaging how, double decay, size_t i, uint64_t first)
{
	double mean = 0, count = 0;
	for (uint64_t u = first; u < kept.updates; u++) {
		bool ends = u + 1 == kept.updates;
		for (uint64_t e = 0; e < kept.epochs; e++)
			ends |= kept.epoch_ends[e] == u + 1;
		if (how == WP_NN_AVERAGE_EPOCHS && !ends)
			continue;
		double weight = 1 / ++count;
		if (how == WP_NN_AVERAGE_DECAY && weight < 1 - decay)
			weight = 1 - decay;
		mean += weight * ((double)kept.theta[u][i] - mean);
	}
	return mean;
}

static void test_averages(void)
{
	struct wp_nn_data data = text();
	struct wp_nn_config config = network(WP_NN_LM);
	for (int i = WP_NN_AVERAGE_STEPS; i <= WP_NN_AVERAGE_DECAY; i++) {
		struct wp_nn_training how = training(WP_NN_LM, true, 20, 10);
		struct wp_nn_model m = model_of(&config);
		how.schedule.epochs = 4;
		how.average = (struct wp_nn_average_config){
			.how = (enum wp_nn_averaging)i, .after = 2, .decay = 0.9};
		kept.model = &m;
		kept.updates = kept.epochs = 0;
		struct wp_nn_trainer *t = trainer_of(&how, &m, &data, NULL);
		if (wp_nn_trainer_run(t, 0, NULL, keep_parameters, NULL))
			abort();
		ok(!wp_nn_trainer_finish(t) && kept.epochs == 3, "average: trained");
		double worst = 0, moved = 0;
		for (size_t k = 0; k < m.params->size; k++) {
			double mean =
				average_by_hand(how.average.how, 0.9, k, kept.epoch_ends[1]);
			worst = fmax(worst, fabs(mean - (double)m.theta[k]));
			moved = fmax(
				moved, fabs(mean - (double)kept.theta[kept.updates - 1][k]));
		}
		ok(worst < 1e-6 && moved > 1e-4, "average of %s: as by hand (to %.1e of %.1e)",
			wp_nn_averages[i].name, worst, moved);
		for (uint64_t u = 0; u < kept.updates; u++)
			free(kept.theta[u]);
		wp_nn_trainer_free(t);
		wp_nn_model_fini(&m);
	}
}

/* A training that is ended early is validated once more. */
static void test_end(void)
{
	struct wp_nn_data data = text();
	struct wp_nn_config config = network(WP_NN_LM);
	struct wp_nn_training how = training(WP_NN_LM, true, 20, 10);
	struct wp_nn_model m = model_of(&config);
	struct wp_nn_trainer *t = trainer_of(&how, &m, &data, &data);
	struct wp_nn_validation best;
	struct record r;
	uint64_t step;
	run(t, 5, &r);
	ok(!wp_nn_trainer_ended(t) && !wp_nn_trainer_best(t, &best, &step),
		"in its first epoch");
	ok(!wp_nn_trainer_end(t, keep_record, &r) && r.validations == 1 &&
			wp_nn_trainer_ended(t) && wp_nn_trainer_best(t, &best, &step) &&
			step == 5 && best.loss == r.valid[0],
		"ended: what was trained is validated");
	ok(!wp_nn_trainer_end(t, keep_record, &r) && r.validations == 1, "but once");
	wp_nn_trainer_free(t);
	wp_nn_model_fini(&m);
}

/* Every target is trained once in an epoch, in pieces of other lengths in each. */
static void test_varied_cuts(void)
{
	struct wp_nn_data data = text();
	struct wp_nn_batching how = {.task = WP_NN_LM,
		.stream = true,
		.batch = 10,
		.bptt = 20,
		.vary = true,
		.shuffle = true,
		.seed = 1};
	struct wp_nn_batcher *b;
	struct wp_nn_batch batch[WP_NN_SHARDS];
	int shards, steps[2][400] = {{0}}, most = 0, least = 1000;
	double all[2] = {0}, targets[2] = {0};
	if (wp_nn_batcher_create(&b, &how, &data))
		abort();
	for (int epoch = 0; epoch < 2; epoch++) {
		uint64_t count = wp_nn_batcher_count(b, epoch);
		for (uint64_t i = 0; i < count; i++) {
			if (wp_nn_batcher_get(b, epoch, i, batch, &shards))
				abort();
			steps[epoch][i] = batch[0].steps;
			all[epoch] += batch[0].steps;
			for (int s = 0; s < shards; s++)
				targets[epoch] += (double)batch[s].begin[batch[s].steps];
			if (i + 1 == count)
				continue;
			most = batch[0].steps > most ? batch[0].steps : most;
			least = batch[0].steps < least ? batch[0].steps : least;
		}
		all[epoch] /= (double)count;
	}
	ok(targets[0] == TOKENS - 1 && targets[1] == TOKENS - 1, "varied: every target once");
	ok(memcmp(steps[0], steps[1], sizeof steps[0]) != 0 && least >= 5 && most <= 35 &&
			least < 20 && most > 20 && all[0] > 15 && all[0] < 25,
		"varied: %d to %d steps, %.1f in the mean", least, most, all[0]);
	wp_nn_batcher_free(b);
	how.bptt = 4;
	ok(wp_nn_batcher_create(&b, &how, &data) == WP_EINVAL, "%s", wp_error_option_detail());
}

/* A weight of 2 is a target that counts twice; of 0, one that counts for nothing. */
static void test_class_weights(void)
{
	struct wp_nn_data data = text();
	struct wp_nn_config config = network(WP_NN_TAG);
	struct wp_nn_training how = training(WP_NN_TAG, false, 1000, 0);
	double loss[2];
	for (int i = 0; i < 2; i++) {
		static const float double_[] = {2, 2, 2}, some[] = {2, 0, 0};
		struct wp_nn_model m = model_of(&config);
		static int32_t one_tag[TOKENS];
		struct record r;
		for (size_t k = 0; k < TOKENS; k++)
			one_tag[k] = tags[k] == 0 ? 0 : -1;
		data.classes = i ? tags : one_tag;
		how.class_weights = i ? some : double_;
		struct wp_nn_trainer *t = trainer_of(&how, &m, &data, NULL);
		run(t, 1, &r);
		loss[i] = r.last * (double)r.targets;
		wp_nn_trainer_free(t);
		wp_nn_model_fini(&m);
	}
	ok(loss[0] > 0 && fabs(loss[0] - loss[1]) < 1e-6 * loss[0],
		"class weights of 0 leave classes out: %g, %g", loss[0], loss[1]);
	struct wp_nn_model m = model_of(&config);
	struct wp_nn_trainer *t;
	struct wp_nn_config crf = config;
	crf.net = "elman 5, crf";
	wp_nn_model_fini(&m);
	m = model_of(&crf);
	ok(wp_nn_trainer_create(&t, &how, &m, &data, NULL) == WP_EINVAL, "%s",
		wp_error_option_detail());
	wp_nn_model_fini(&m);
}

static void test_schedule(void)
{
	struct wp_nn_schedule s = {.rate = 1, .factor = 0.5, .epochs = 10, .after = 4};
	ok(wp_nn_schedule_rate(&s, 0, 9.5, 3) == 1, "constant");
	s.decay = WP_NN_BY_EPOCH;
	ok(wp_nn_schedule_rate(&s, 0, 3.99, 0) == 1 &&
			wp_nn_schedule_rate(&s, 0, 4, 0) == 0.5 &&
			wp_nn_schedule_rate(&s, 0, 6.5, 0) == 0.125,
		"by epoch, as Zaremba et al. 2014 count them");
	s.decay = WP_NN_ON_PLATEAU;
	ok(wp_nn_schedule_rate(&s, 0, 9, 2) == 0.25, "on a plateau");
	s.decay = WP_NN_COSINE;
	ok(wp_nn_schedule_rate(&s, 0, 4, 0) == 1 &&
			fabs(wp_nn_schedule_rate(&s, 0, 7, 0) - 0.5) < 1e-12 &&
			fabs(wp_nn_schedule_rate(&s, 0, 10, 0)) < 1e-12,
		"along a cosine, down to 0");
	s.warm_up = 4;
	ok(wp_nn_schedule_rate(&s, 0, 4, 0) == 0.25 &&
			wp_nn_schedule_rate(&s, 2, 4, 0) == 0.75 &&
			wp_nn_schedule_rate(&s, 3, 4, 0) == 1 &&
			fabs(wp_nn_schedule_rate(&s, 1, 7, 0) - 0.25) < 1e-12,
		"warm-up: along a line, whatever the schedule");
	s.after = 10;
	ok(wp_nn_schedule_check(&s) == WP_EINVAL, "%s", wp_error_detail());
	s = (struct wp_nn_schedule){.rate = NAN, .factor = 1};
	ok(wp_nn_schedule_check(&s) == WP_EINVAL, "%s", wp_error_detail());
}

int main(void)
{
	if (wp_blas_start(4))
		return 1;
	test_update();
	test_same("a stream", WP_NN_LM, training(WP_NN_LM, true, 100, 7));
	test_same("sentences", WP_NN_LM, training(WP_NN_LM, false, 60, 0));
	struct wp_nn_training how = training(WP_NN_LM, false, 50, 4);
	how.optimizer.method = WP_NN_MOMENTUM;
	how.schedule.decay = WP_NN_COSINE;
	how.valid_every = 5;
	test_same("sentences that are cut", WP_NN_LM, how);
	test_same("tags", WP_NN_TAG, training(WP_NN_TAG, false, 60, 0));
	how = training(WP_NN_LM, true, 30, 8);
	how.batching.vary = true;
	how.optimizer.method = WP_NN_ADAMW;
	how.optimizer.weight_decay = 0.1;
	how.schedule.warm_up = 10;
	for (int i = WP_NN_AVERAGE_STEPS; i <= WP_NN_AVERAGE_DECAY; i++) {
		how.average.how = (enum wp_nn_averaging)i;
		test_same("an average", WP_NN_LM, how);
	}
	how.average.patience = 1;
	how.valid_every = 5;
	test_same("an average that begins late", WP_NN_LM, how);
	how = training(WP_NN_TAG, false, 60, 0);
	how.class_weights = (const float[]){0.5f, 2, 0};
	test_same("weights of tags", WP_NN_TAG, how);
	test_averages();
	test_end();
	test_varied_cuts();
	test_class_weights();
	test_validation();
	test_early_stop();
	test_divergence();
	test_first_divergence();
	test_memory();
	test_stop();
	test_states();
	test_other_data();
	test_impossible_states();
	test_schedule();
	return done_testing();
}
