/* Batches: every target comes exactly once, behind the inputs that it has in the data; they are
 * a function of seed, epoch and number alone. */
#include "nn/train/batches.h"

#include <math.h>
#include <string.h>

#include "nn/core/batch.h"
#include "tap.h"

enum { MOST = 4000 };

/* Token i of the whole text is i: so an id tells where it stands. */
static int32_t ids[MOST], lengths[MOST], classes[MOST];
static float values[MOST], targets[MOST];

static struct wp_nn_data text(const int32_t *of, size_t sequences)
{
	struct wp_nn_data d = {.ids = ids, .lengths = lengths, .sequences = sequences};
	for (size_t s = 0; s < sequences; s++) {
		lengths[s] = of[s];
		d.rows += (size_t)of[s];
	}
	for (int32_t i = 0; i < MOST; i++) {
		ids[i] = i;
		classes[i] = i;
		values[i] = targets[i] = (float)i;
	}
	return d;
}

/* What an epoch of batches does to the targets. */
struct account {
	int seen[MOST]; /* by target: how often it came     */
	bool sorted, packed, right;
	uint64_t batches;
	int shards; /* most */
};

static struct wp_nn_batcher *create(
	const struct wp_nn_batching *how, const struct wp_nn_data *data)
{
	struct wp_nn_batcher *b;
	if (wp_nn_batcher_create(&b, how, data)) {
		printf("# %s\n", wp_error_detail());
		abort();
	}
	return b;
}

/* One shard of lm: carried[k] is the last id of sequence k of the batch before, or -1. */
static void account_shard(struct account *a, const struct wp_nn_batch *batch, int32_t *carried)
{
	int32_t last[MOST] = {0};
	for (int t = 0; t < batch->steps; t++) {
		a->packed &= batch->begin[t + 1] - batch->begin[t] == (size_t)batch->active[t];
		a->sorted &= t == 0 || batch->active[t] <= batch->active[t - 1];
		for (int k = 0; k < batch->active[t]; k++) {
			size_t row = batch->begin[t] + (size_t)k;
			int32_t id = batch->ids[row], class = batch->classes[row];
			int32_t before = t > 0 ? last[k] : batch->continues ? carried[k] : -1;
			a->right &= before < 0 || id == before + 1;
			a->right &= class < 0 || class == id + 1;
			if (class >= 0)
				a->seen[class]++;
			last[k] = id;
		}
	}
	a->packed &= batch->begin[0] == 0;
	a->sorted &= batch->steps == 0 || batch->active[0] == batch->sequences;
	for (int k = 0; k < batch->sequences; k++)
		carried[k] = last[k];
}

static void account_epoch(struct account *a, struct wp_nn_batcher *b, int epoch)
{
	static int32_t carried[WP_NN_SHARDS][MOST];
	struct wp_nn_batch shard[WP_NN_SHARDS];
	memset(a, 0, sizeof *a);
	a->sorted = a->packed = a->right = true;
	a->batches = wp_nn_batcher_count(b, epoch);
	for (uint64_t i = 0; i < a->batches; i++) {
		int shards;
		if (wp_nn_batcher_get(b, epoch, i, shard, &shards))
			abort();
		a->shards = shards > a->shards ? shards : a->shards;
		for (int k = 0; k < shards; k++)
			account_shard(a, &shard[k], carried[k]);
	}
}

static bool each_once(const struct account *a, const struct wp_nn_data *d, bool stream)
{
	bool right = true;
	int32_t row = 0;
	for (size_t s = 0; s < (stream ? 1 : d->sequences); s++) {
		int32_t end = row + (stream ? (int32_t)d->rows : d->lengths[s]);
		for (int32_t first = row; row < end; row++)
			right &= a->seen[row] == (row > first);
	}
	return right;
}

static void test_lm(const char *what, const struct wp_nn_batching *how,
	const struct wp_nn_data *data, uint64_t batches, int shards)
{
	struct wp_nn_batcher *b = create(how, data);
	struct account *a = malloc(sizeof *a);
	for (int epoch = 0; epoch < 2; epoch++) {
		account_epoch(a, b, epoch);
		ok(each_once(a, data, how->stream), "%s, epoch %d: each target comes once",
			what, epoch);
		ok(a->right, "%s: behind the token before it, also over the cuts", what);
		ok(a->sorted && a->packed, "%s: sorted and packed", what);
		ok(batches == 0 || a->batches == batches, "%s: %d batches", what,
			(int)a->batches);
		ok(a->shards == shards && wp_nn_batcher_shards(b) == shards, "%s: %d shards",
			what, a->shards);
	}
	wp_nn_batcher_free(b);
	free(a);
}

static void test_streams(void)
{
	const int32_t whole[] = {10, 0, 1, 989};
	struct wp_nn_data d = text(whole, 4);
	struct wp_nn_batching how = {
		.task = WP_NN_LM, .stream = true, .batch = 10, .bptt = 7, .shuffle = true};
	test_lm("a stream", &how, &d, 15, 1);
	how.bptt = 0;
	test_lm("a stream that is not cut", &how, &d, 1, 1);
	how.batch = 50;
	how.bptt = 10;
	test_lm("a stream of 50 tracks", &how, &d, 2, 2);
	how.batch = 400;
	how.bptt = 1;
	test_lm("a stream of short tracks", &how, &d, 2, 16);
	how.batch = 2000;
	test_lm("a stream of more tracks than tokens", &how, &d, 1, 16);
	how.batch = 10;
	how.warm = 25;
	how.bptt = 20;
	test_lm("tracks that begin earlier", &how, &d, 0, 1);
	how.warm = 5000;
	test_lm("tracks that begin earlier than the text", &how, &d, 0, 1);
}

static void test_sequences(void)
{
	int32_t of[100];
	for (int i = 0; i < 100; i++)
		of[i] = (i * 37) % 61 + (i == 5 ? 500 : 0);
	struct wp_nn_data d = text(of, 100);
	struct wp_nn_batching how = {.task = WP_NN_LM, .batch = 8, .shuffle = true};
	test_lm("sequences", &how, &d, 12, 1); /* 4 of 100 are too short for a target */
	how.bptt = 11;
	test_lm("sequences that are cut", &how, &d, 0, 1);
	how.batch = 96;
	test_lm("large batches that are cut", &how, &d, 0, 4);
	how.shuffle = false;
	test_lm("sequences in order of length", &how, &d, 0, 4);
}

/* Blocks begin with nothing, and are no longer than they should be. */
static void test_blocks(void)
{
	const int32_t whole[] = {10, 0, 1, 989};
	int32_t of[100];
	struct wp_nn_data d = text(whole, 4);
	struct wp_nn_batching how = {.task = WP_NN_LM,
		.stream = true,
		.batch = 10,
		.bptt = 64,
		.blocks = true,
		.shuffle = true};
	test_lm("blocks of a stream", &how, &d, 2, 1);
	how.bptt = 7;
	how.batch = 100;
	test_lm("short blocks", &how, &d, 0, 4);
	how.bptt = 1;
	test_lm("blocks of a step", &how, &d, 10, 4);
	how.bptt = 5000;
	how.shuffle = false;
	test_lm("a block that holds the text", &how, &d, 1, 1);
	for (int i = 0; i < 100; i++)
		of[i] = (i * 37) % 61 + (i == 5 ? 500 : 0);
	d = text(of, 100);
	how = (struct wp_nn_batching){.task = WP_NN_LM, .batch = 8, .bptt = 20, .blocks = true};
	test_lm("blocks of sequences", &how, &d, 0, 1);
	struct wp_nn_batcher *b = create(&how, &d);
	struct wp_nn_batch shard[WP_NN_SHARDS];
	bool right = true;
	for (uint64_t i = wp_nn_batcher_count(b, 0); i-- > 0;) {
		int shards;
		right &= !wp_nn_batcher_get(b, 0, i, shard, &shards);
		for (int k = 0; k < shards; k++)
			right &= !shard[k].continues && shard[k].steps <= 20;
	}
	ok(right, "blocks do not continue, and are not longer");
	wp_nn_batcher_free(b);
}

/* The first id of every sequence of an epoch. */
static size_t fingerprint(struct wp_nn_batcher *b, int epoch, int32_t *first)
{
	struct wp_nn_batch shard[WP_NN_SHARDS];
	size_t n = 0;
	for (uint64_t i = wp_nn_batcher_count(b, epoch); i > 0; i--) {
		int shards;
		if (wp_nn_batcher_get(b, epoch, i - 1, shard, &shards))
			abort();
		for (int k = 0; k < shards; k++)
			for (int s = 0; s < shard[k].sequences; s++)
				first[n++] = shard[k].ids[s];
	}
	return n;
}

static void test_order(void)
{
	int32_t of[300], a[300], b[300], c[300], other[300];
	for (int i = 0; i < 300; i++)
		of[i] = 5;
	struct wp_nn_data d = text(of, 300);
	struct wp_nn_batching how = {.task = WP_NN_LM, .batch = 4, .shuffle = true, .seed = 3};
	struct wp_nn_batcher *x = create(&how, &d), *y = create(&how, &d);
	size_t n = fingerprint(x, 2, a);
	fingerprint(y, 0, other);
	fingerprint(y, 2, b);
	fingerprint(y, 1, c);
	ok(n == 300 && memcmp(a, b, sizeof a) == 0,
		"an epoch is the same, whatever came before");
	ok(memcmp(a, c, sizeof a) != 0 && memcmp(a, other, sizeof a) != 0,
		"epochs are in different order");
	int alike = 0;
	for (int i = 0; i < 300; i += 4)
		for (int k = 0; k < 300; k += 4)
			alike += memcmp(a + i, c + k, 4 * sizeof *a) == 0;
	ok(alike == 0, "and so are batches of sequences of one length");
	wp_nn_batcher_free(x);
	how.seed = 4;
	x = create(&how, &d);
	fingerprint(x, 2, c);
	ok(memcmp(a, c, sizeof a) != 0, "another seed, another order");
	wp_nn_batcher_free(x);
	wp_nn_batcher_free(y);
}

static void test_targets(void)
{
	const int32_t of[] = {3, 0, 5};
	struct wp_nn_batch shard[WP_NN_SHARDS];
	int shards;
	struct wp_nn_data d = text(of, 3);
	struct wp_nn_batching how = {.task = WP_NN_CLASSIFY, .batch = 3, .bptt = 3};
	d.classes = classes;
	struct wp_nn_batcher *b = create(&how, &d);
	ok(wp_nn_batcher_count(b, 0) == 2, "classify: an empty sequence takes no part");
	ok(!wp_nn_batcher_get(b, 0, 0, shard, &shards) && shard[0].sequences == 2 &&
			shard[0].classes[0] == -1 && shard[0].classes[1] == 0 &&
			!shard[0].continues,
		"classify, cut: the label counts where the sequence ends");
	ok(!wp_nn_batcher_get(b, 0, 1, shard, &shards) && shard[0].sequences == 1 &&
			shard[0].classes[0] == 2 && shard[0].continues && shard[0].steps == 2,
		"classify, cut: the rest of the longer one");
	ok(wp_nn_batcher_get(b, 0, 2, shard, &shards) == WP_EINVAL, "there are no more");
	wp_nn_batcher_free(b);

	how = (struct wp_nn_batching){.task = WP_NN_TAG, .batch = 3};
	b = create(&how, &d);
	ok(!wp_nn_batcher_get(b, 0, 0, shard, &shards) && shard[0].sequences == 2 &&
			shard[0].classes[0] == 3 && shard[0].classes[1] == 0 &&
			shard[0].ids[7] == 7 && shard[0].classes[7] == 7,
		"tag: a tag for each token");
	wp_nn_batcher_free(b);

	how = (struct wp_nn_batching){.task = WP_NN_REGRESS, .batch = 3, .bptt = 3};
	d.ids = NULL;
	d.classes = NULL;
	d.values = values;
	d.inputs = d.outputs = 1;
	d.targets = targets;
	b = create(&how, &d);
	ok(!wp_nn_batcher_get(b, 0, 0, shard, &shards) && !shard[0].ids &&
			isnan(shard[0].targets[0]) && shard[0].targets[1] == 0 &&
			shard[0].values[0] == 3 && shard[0].values[1] == 0,
		"regress at the end, cut: no target before that");
	wp_nn_batcher_free(b);
	how.each_step = true;
	how.bptt = 0;
	d.targets = NULL;
	b = create(&how, &d);
	ok(!wp_nn_batcher_get(b, 0, 0, shard, &shards) && shard[0].steps == 4 &&
			shard[0].values[0] == 3 && shard[0].targets[0] == 4 &&
			shard[0].values[5] == 6 && shard[0].targets[5] == 7,
		"regress: the next value");
	wp_nn_batcher_free(b);
}

static void test_split(void)
{
	const int32_t of[] = {3, 2, 5, 10};
	struct wp_nn_data d = text(of, 4), rest;
	struct wp_nn_batching how = {.task = WP_NN_TAG, .batch = 1};
	d.classes = classes;
	ok(!wp_nn_data_split(&d, &rest, &how, 0.5) && d.sequences == 2 && d.rows == 5 &&
			rest.sequences == 2 && rest.rows == 15 && rest.ids[0] == 5 &&
			rest.classes[0] == 5 && rest.lengths[0] == 5,
		"the last half of the sequences");
	d = text(of, 4);
	how = (struct wp_nn_batching){.task = WP_NN_LM, .stream = true, .batch = 1};
	ok(!wp_nn_data_split(&d, &rest, &how, 0.25) && d.rows == 15 && rest.rows == 5 &&
			rest.ids[0] == 15,
		"the last quarter of a stream");
	ok(wp_nn_data_split(&d, &rest, &how, 0.01) == WP_EMISMATCH, "nothing: %s",
		wp_error_detail());
}

static void test_refusals(void)
{
	const int32_t of[] = {1, 0, 1};
	struct wp_nn_data d = text(of, 3);
	struct wp_nn_batching how = {.task = WP_NN_LM, .batch = 2};
	struct wp_nn_batcher *b;
	ok(wp_nn_batcher_create(&b, &how, &d) == WP_EMISMATCH && !b, "no target: %s",
		wp_error_detail());
	how.stream = true;
	d.rows = 1;
	ok(wp_nn_batcher_create(&b, &how, &d) == WP_EMISMATCH, "nor in a stream");
	how.task = WP_NN_TAG;
	ok(wp_nn_batcher_create(&b, &how, &d) == WP_EINVAL, "no stream of tags: %s",
		wp_error_detail());
	how = (struct wp_nn_batching){.task = WP_NN_LM};
	ok(wp_nn_batcher_create(&b, &how, &d) == WP_EINVAL, "no batch of nothing: %s",
		wp_error_detail());
}

int main(void)
{
	test_streams();
	test_sequences();
	test_blocks();
	test_order();
	test_targets();
	test_split();
	test_refusals();
	return done_testing();
}
