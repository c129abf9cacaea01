#include "ngram/model.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/sorter.h"
#include "base/spool.h"
#include "text/number.h"
#include "text/vocab.h"

enum { PER_BUCKET = 4 };

/* ---- Writing ---- */

/* The n-grams of one length, as they come: in arrays; or where these would be too large, in a
 * sorter, by bucket and key. */
struct wp_ngram_packer {
	const struct wp_ngram_counts *counts;
	const struct wp_ngram_config *config;
	struct wp_writer *writer;
	const struct wp_ngram_notes *notes;
	int n;
	size_t count, room; /* so many came, so many will */
	uint64_t *hash;
	float *prob, *backoff;
	struct wp_sorter *sorter;
	unsigned bits; /* of a bucket's number */
};

enum wp_err wp_ngram_packer_create(struct wp_ngram_packer **packer,
	const struct wp_ngram_counts *counts, const struct wp_ngram_config *config,
	struct wp_writer *writer)
{
	enum wp_err err = wp_alloc(packer, 1, sizeof **packer, "model");
	if (!err)
		**packer = (struct wp_ngram_packer){
			.counts = counts, .config = config, .writer = writer};
	return err;
}

static void drop_ngrams(struct wp_ngram_packer *p)
{
	free(p->hash);
	free(p->prob);
	free(p->backoff);
	wp_sorter_free(p->sorter);
	p->hash = NULL;
	p->prob = p->backoff = NULL;
	p->sorter = NULL;
}

void wp_ngram_packer_free(struct wp_ngram_packer *packer)
{
	if (!packer)
		return;
	drop_ngrams(packer);
	free(packer);
}

static enum wp_err put_setting(struct wp_strings *lines, const char *name, const char *value)
{
	char line[96];
	int n = snprintf(line, sizeof line, "%s=%s", name, value);
	return wp_strings_add(lines, line, (size_t)n);
}

static enum wp_err start_packing(void *packer, const struct wp_ngram_notes *notes)
{
	struct wp_ngram_packer *p = packer;
	struct wp_strings lines = {0};
	char order[16];
	p->notes = notes;
	snprintf(order, sizeof order, "%d", p->counts->order);
	enum wp_err err = put_setting(&lines, "order", order);
	if (!err)
		err = put_setting(
			&lines, "smoothing", wp_ngram_smoothings[p->config->smoothing]);
	if (!err && p->config->prune > 0) {
		char share[32];
		snprintf(share, sizeof share, "%g", p->config->prune);
		err = put_setting(&lines, "prune", share);
	}
	if (!err)
		err = wp_writer_put_list(p->writer, "vocab", &p->counts->vocab);
	if (!err)
		err = wp_writer_put_list(p->writer, "ngram.settings", &lines);
	wp_strings_fini(&lines);
	return err;
}

static struct wp_tensor tensor(int n, const char *part, enum wp_type type, size_t count)
{
	char name[WP_NAME_SIZE];
	snprintf(name, sizeof name, "ngram.%d.%s", n, part);
	return wp_tensor_1d(name, type, count);
}

static unsigned bucket_bits(size_t count)
{
	unsigned bits = 1;
	while (((size_t)PER_BUCKET << bits) < count)
		bits++;
	return bits;
}

/* The n-grams of a bucket by their keys. */
static void sort_bucket(uint32_t *key, float *prob, float *backoff, size_t begin, size_t end)
{
	for (size_t i = begin + 1; i < end; i++) {
		uint32_t k = key[i];
		float p = prob[i], b = backoff ? backoff[i] : 0;
		size_t at = i;
		for (; at > begin && key[at - 1] > k; at--) {
			key[at] = key[at - 1];
			prob[at] = prob[at - 1];
			if (backoff)
				backoff[at] = backoff[at - 1];
		}
		key[at] = k;
		prob[at] = p;
		if (backoff)
			backoff[at] = b;
	}
}

enum wp_err wp_ngram_table_put(struct wp_writer *writer, int n, size_t count,
	const uint64_t *hash, const float *prob, const float *backoff)
{
	enum { AHEAD = 16 };
	unsigned bits = bucket_bits(count), shift = 64 - bits;
	size_t buckets = (size_t)1 << bits;
	uint32_t *start = NULL, *key = NULL;
	float *p = NULL, *b = NULL;
	if (count > INT32_MAX)
		return wp_fail(WP_ELIMIT, "more than %d n-grams of %d tokens: see \1min-count",
			INT32_MAX, n);
	enum wp_err err = wp_table_alloc(&start, (buckets + 2) * sizeof *start, "n-grams");
	if (!err)
		err = wp_table_alloc(&key, (count + 1) * sizeof *key, "n-grams");
	if (!err)
		err = wp_table_alloc(&p, (count + 1) * sizeof *p, "n-grams");
	if (!err && backoff)
		err = wp_table_alloc(&b, (count + 1) * sizeof *b, "n-grams");
	for (size_t i = 0; i < count && !err; i++)
		start[(hash[i] >> shift) + 2]++;
	for (size_t i = 2; i < buckets + 2 && !err; i++)
		start[i] += start[i - 1];
	for (size_t i = 0; i < count && !err; i++) {
		if (i + AHEAD < count)
			__builtin_prefetch(&start[(hash[i + AHEAD] >> shift) + 1], 1);
		uint32_t at = start[(hash[i] >> shift) + 1]++;
		key[at] = (uint32_t)hash[i];
		p[at] = prob[i];
		if (backoff)
			b[at] = backoff[i];
	}
	for (size_t i = 0; i < buckets && !err; i++)
		if (start[i + 1] - start[i] > 1)
			sort_bucket(key, p, b, start[i], start[i + 1]);
	struct wp_tensor t = tensor(n, "start", WP_I32, buckets + 1);
	if (!err)
		err = wp_writer_put(writer, &t, start);
	t = tensor(n, "key", WP_I32, count);
	if (!err)
		err = wp_writer_put(writer, &t, key);
	t = tensor(n, "prob", WP_F32, count);
	if (!err)
		err = wp_writer_put(writer, &t, p);
	t = tensor(n, "backoff", WP_F32, count);
	if (!err && backoff)
		err = wp_writer_put(writer, &t, b);
	free(start);
	free(key);
	free(p);
	free(b);
	return err;
}

/* ---- A table that is too large for memory ---- */

/* Records of the sorter: bucket, key, the number of the n-gram, so that equal ones stand as
 * they came, and the two numbers. */
enum { BUCKET, KEY, NUMBER, PROB, BACKOFF, RECORD };

struct columns {
	struct wp_spool *start, *key, *prob, *backoff;
};

static enum wp_err create_columns(struct columns *c, const struct wp_ngram_counts *counts)
{
	enum wp_err err = wp_spool_create(&c->start, 0, counts->directory);
	if (!err)
		err = wp_spool_create(&c->key, 0, counts->directory);
	if (!err)
		err = wp_spool_create(&c->prob, 0, counts->directory);
	return err ? err : wp_spool_create(&c->backoff, 0, counts->directory);
}

/* The sorter's records taken apart. */
static enum wp_err fill_columns(struct wp_ngram_packer *p, struct columns *c)
{
	const uint32_t *record, buckets = (uint32_t)1 << p->bits;
	uint32_t bucket = 0, at = 0;
	enum wp_err err = wp_spool_append(c->start, &at, sizeof at);
	while (!err && !(err = wp_sorter_next(p->sorter, &record))) {
		for (; bucket < record[BUCKET] && !err; bucket++)
			err = wp_spool_append(c->start, &at, sizeof at);
		if (!err)
			err = wp_spool_append(c->key, &record[KEY], sizeof *record);
		if (!err)
			err = wp_spool_append(c->prob, &record[PROB], sizeof *record);
		if (!err)
			err = wp_spool_append(c->backoff, &record[BACKOFF], sizeof *record);
		at++;
	}
	if (err == WP_END)
		err = WP_OK;
	for (; bucket < buckets && !err; bucket++)
		err = wp_spool_append(c->start, &at, sizeof at);
	return err;
}

static enum wp_err put_column(struct wp_ngram_packer *p, struct wp_spool *spool,
	const char *part, enum wp_type type, size_t count)
{
	const void *data;
	struct wp_tensor t = tensor(p->n, part, type, count);
	enum wp_err err = wp_spool_map(spool, &data);
	return err ? err : wp_writer_put(p->writer, &t, data);
}

static enum wp_err put_sorted(struct wp_ngram_packer *p)
{
	struct columns c = {0};
	size_t buckets = (size_t)1 << p->bits;
	enum wp_err err = create_columns(&c, p->counts);
	if (!err)
		err = fill_columns(p, &c);
	if (!err)
		err = put_column(p, c.start, "start", WP_I32, buckets + 1);
	if (!err)
		err = put_column(p, c.key, "key", WP_I32, p->count);
	if (!err)
		err = put_column(p, c.prob, "prob", WP_F32, p->count);
	if (!err && p->n < p->counts->order)
		err = put_column(p, c.backoff, "backoff", WP_F32, p->count);
	wp_spool_free(c.start);
	wp_spool_free(c.key);
	wp_spool_free(c.prob);
	wp_spool_free(c.backoff);
	return err;
}

static enum wp_err put_to_sorter(
	struct wp_ngram_packer *p, uint64_t hash, float prob, float backoff)
{
	uint32_t record[RECORD] = {[BUCKET] = (uint32_t)(hash >> (64 - p->bits)),
		[KEY] = (uint32_t)hash,
		[NUMBER] = (uint32_t)p->count};
	memcpy(&record[PROB], &prob, sizeof prob);
	memcpy(&record[BACKOFF], &backoff, sizeof backoff);
	return wp_sorter_put(p->sorter, record);
}

/* ---- N-grams as they come ---- */

static float log_of(double p)
{
	return p > 0 ? log10f((float)p) : WP_NGRAM_NEVER;
}

static enum wp_err begin_packing(void *packer, int n)
{
	struct wp_ngram_packer *p = packer;
	const struct wp_ngram_counts *c = p->counts;
	const size_t each = sizeof *p->hash + 4 * sizeof *p->prob + 2 * sizeof(uint32_t);
	size_t count = n == 1 ? c->vocab.count : (size_t)p->notes->ngrams[n];
	p->n = n;
	p->count = 0;
	p->room = count;
	p->bits = bucket_bits(count);
	enum wp_err err = count > INT32_MAX
		? wp_fail(WP_ELIMIT, "more than %d n-grams of %d tokens: see \1min-count",
			  INT32_MAX, n)
		: WP_OK;
	if (!err && n > 1 && c->spool && count > c->memory / 2 / each) {
		const struct wp_sorter_config config = {.words = RECORD,
			.keys = NUMBER + 1,
			.memory = c->memory / 8 * 3,
			.directory = c->directory};
		return wp_sorter_create(&p->sorter, &config);
	}
	if (!err && n > 1)
		err = wp_alloc(&p->hash, count, sizeof *p->hash, "n-grams");
	if (!err)
		err = wp_alloc(&p->prob, count, sizeof *p->prob, "n-grams");
	if (!err && n < c->order)
		err = wp_alloc(&p->backoff, count, sizeof *p->backoff, "n-grams");
	for (size_t w = 0; n == 1 && w < count && !err; w++)
		p->prob[w] = log_of(p->notes->zero);
	return err;
}

static enum wp_err pack(void *packer, const int32_t *token, float prob, float backoff)
{
	struct wp_ngram_packer *p = packer;
	uint64_t hash = 0;
	/* Single words stand in the order of the vocabulary. */
	size_t at = p->n == 1 ? (size_t)token[0] : p->count;
	prob = log_of((double)prob);
	backoff = log_of((double)backoff);
	if (at >= p->room)
		return wp_fail(WP_EMISMATCH, "counts that are not those of a text");
	for (int k = 0; k < p->n && p->n > 1; k++)
		hash = wp_ngram_hash(hash, token[k]);
	if (p->sorter) {
		enum wp_err err = put_to_sorter(p, hash, prob, backoff);
		p->count++;
		return err;
	}
	p->count++;
	p->prob[at] = prob;
	if (p->backoff)
		p->backoff[at] = backoff;
	if (p->hash)
		p->hash[at] = hash;
	return WP_OK;
}

static enum wp_err put_words(struct wp_ngram_packer *p)
{
	size_t words = p->counts->vocab.count;
	struct wp_tensor t = tensor(1, "prob", WP_F32, words);
	p->prob[p->counts->start] = WP_NGRAM_NEVER;
	enum wp_err err = wp_writer_put(p->writer, &t, p->prob);
	t = tensor(1, "backoff", WP_F32, words);
	return err || !p->backoff ? err : wp_writer_put(p->writer, &t, p->backoff);
}

static enum wp_err end_packing(void *packer)
{
	struct wp_ngram_packer *p = packer;
	enum wp_err err = WP_OK;
	if (p->n == 1)
		err = put_words(p);
	else if (p->sorter)
		err = put_sorted(p);
	else
		err = wp_ngram_table_put(
			p->writer, p->n, p->count, p->hash, p->prob, p->backoff);
	drop_ngrams(p);
	return err;
}

struct wp_ngram_sink wp_ngram_packer_sink(struct wp_ngram_packer *packer)
{
	return (struct wp_ngram_sink){packer, start_packing, begin_packing, pack, end_packing};
}

/* ---- Reading ---- */

void wp_ngram_model_fini(struct wp_ngram_model *m)
{
	wp_strings_fini(&m->vocab);
	wp_strings_fini(&m->settings);
	wp_tensor_set_free(m->set);
	*m = (struct wp_ngram_model){0};
}

static enum wp_err wrong(const struct wp_ngram_model *m, int n, const char *what)
{
	return wp_fail(WP_EMISMATCH, "%s: %d-grams: %s", wp_tensor_set_name(m->set), n, what);
}

static const void *get(const struct wp_ngram_model *m, int n, const char *part,
	enum wp_type type, size_t *count)
{
	const void *data = NULL;
	struct wp_tensor name = tensor(n, part, type, 0);
	const struct wp_tensor *t = wp_tensor_set_get(m->set, name.name, &data);
	*count = 0;
	if (!t || t->type != type || t->rank != 1)
		return NULL;
	*count = (size_t)t->dim[0];
	return data;
}

static bool within(const float *x, size_t n, float most)
{
	bool good = true;
	for (size_t i = 0; i < n; i++)
		good &= x[i] >= -1000 && x[i] <= most; /* NaN is not */
	return good;
}

static enum wp_err get_table(struct wp_ngram_model *m, int n)
{
	struct wp_ngram_table_of *t = &m->table[n];
	size_t starts, keys, probs, backoffs;
	t->prob = get(m, n, "prob", WP_F32, &probs);
	t->backoff = get(m, n, "backoff", WP_F32, &backoffs);
	if (!t->prob || (n < m->order && (!t->backoff || backoffs != probs)))
		return wrong(m, n,
			"no probabilities, or no back-off weights for them; ngram-train "
			"--merge makes a model of counts");
	if (n == 1)
		return probs == m->vocab.count ? WP_OK
					       : wrong(m, n, "not as many as the vocabulary");
	t->start = get(m, n, "start", WP_I32, &starts);
	t->key = get(m, n, "key", WP_I32, &keys);
	if (!t->start || !t->key || keys != probs || starts < 3 ||
		((starts - 1) & (starts - 2)) != 0)
		return wrong(m, n, "keys and probabilities do not agree");
	t->count = keys;
	t->shift = 64;
	for (size_t b = starts - 1; b > 1; b >>= 1)
		t->shift--;
	bool good = t->start[0] == 0 && t->start[starts - 1] == keys;
	for (size_t i = 1; i < starts; i++)
		good &= t->start[i] >= t->start[i - 1];
	return good ? WP_OK : wrong(m, n, "buckets out of order");
}

static enum wp_err get_lists(struct wp_ngram_model *m)
{
	struct wp_strings *vocab = wp_tensor_set_strings(m->set, "vocab"),
			  *settings = wp_tensor_set_strings(m->set, "ngram.settings");
	if (!vocab || !settings)
		return wp_fail(WP_EMISMATCH,
			"%s: no n-gram model: is this the output of ngram-train?",
			wp_tensor_set_name(m->set));
	m->vocab = *vocab;
	*vocab = (struct wp_strings){0};
	m->settings = *settings;
	*settings = (struct wp_strings){0};
	m->closed = wp_strings_find(&m->settings, "smoothing=arpa") < 0;
	for (size_t i = 0; i < m->settings.count; i++) {
		size_t length;
		int64_t order;
		const char *line = wp_strings_get(&m->settings, i, &length);
		m->closed &= !(length > 6 && memcmp(line, "prune=", 6) == 0);
		if (length > 6 && memcmp(line, "order=", 6) == 0 &&
			wp_scan_i64(line + 6, line + length, &order) && order >= 1 &&
			order <= WP_NGRAM_ORDER_MAX)
			m->order = (int)order;
	}
	m->whole_context = wp_strings_find(&m->settings, "smoothing=add-k") >= 0;
	m->start = (int32_t)wp_strings_find(&m->vocab, WP_SENTENCE_START);
	m->end = (int32_t)wp_strings_find(&m->vocab, WP_SENTENCE_END);
	m->unknown = (int32_t)wp_strings_find(&m->vocab, WP_UNKNOWN_TOKEN);
	if (m->order == 0 || m->vocab.count > INT32_MAX)
		return wp_fail(WP_EMISMATCH, "%s: 'ngram.settings' has no order",
			wp_tensor_set_name(m->set));
	if (m->start < 0 || m->end < 0)
		return wp_fail(WP_EMISMATCH, "%s: the vocabulary has no markers of sentences",
			wp_tensor_set_name(m->set));
	return WP_OK;
}

enum wp_err wp_ngram_model_read(struct wp_ngram_model *m, struct wp_reader *reader)
{
	*m = (struct wp_ngram_model){0};
	enum wp_err err = wp_tensor_set_read(&m->set, reader, NULL);
	if (!err)
		err = get_lists(m);
	for (int n = 1; n <= m->order && !err; n++)
		err = get_table(m, n);
	for (int n = 1; n <= m->order && !err; n++) {
		size_t count = n == 1 ? m->vocab.count : m->table[n].count;
		if (!within(m->table[n].prob, count, 1e-4f) ||
			(n < m->order && !within(m->table[n].backoff, count, 100)))
			err = wp_fail(WP_ECORRUPT,
				"%s: %d-grams: a number that is no logarithm of a probability",
				wp_tensor_set_name(m->set), n);
	}
	if (err)
		wp_ngram_model_fini(m);
	return err;
}

/* ---- Use ---- */

/* Where the n-gram is; SIZE_MAX: nowhere. */
static size_t find(const struct wp_ngram_table_of *t, uint64_t hash)
{
	size_t bucket = (size_t)(hash >> t->shift);
	uint32_t key = (uint32_t)hash, end = t->start[bucket + 1];
	for (uint32_t i = t->start[bucket]; i < end; i++)
		if (t->key[i] == key)
			return i;
	return SIZE_MAX;
}

void wp_ngram_begin(const struct wp_ngram_model *m, struct wp_ngram_context *context)
{
	*context = (struct wp_ngram_context){0};
	if (m->order == 1)
		return;
	context->length = 1;
	context->tokens[0] = m->start;
	context->backoff[0] = m->table[1].backoff[m->start];
}

/* From the probability of the longest n-gram that was found to that in its context.  With add-k
 * the whole context counts, or none. */
static double back_off(const struct wp_ngram_model *m, const struct wp_ngram_context *context,
	int found, double p)
{
	if (!m->whole_context) {
		for (int n = found; n <= context->length; n++)
			p += context->backoff[n - 1];
		return p;
	}
	if (found > context->length)
		return p;
	float b = context->backoff[context->length - 1];
	return b < 0 ? b : -log10((double)m->vocab.count - 1);
}

double wp_ngram_next(const struct wp_ngram_model *m, const struct wp_ngram_context *context,
	int32_t token, struct wp_ngram_context *next, int *seen)
{
	struct wp_ngram_context after = {0};
	uint64_t hash = wp_ngram_hash(0, token);
	double p = m->table[1].prob[token];
	int found = 1, most = context->length + 1;
	after.tokens[0] = token;
	if (m->order > 1)
		after.backoff[0] = m->table[1].backoff[token];
	for (int n = 2; n <= most && n <= m->order; n++) {
		hash = wp_ngram_hash(hash, context->tokens[n - 2]);
		after.tokens[n - 1] = context->tokens[n - 2];
		size_t at = find(&m->table[n], hash);
		if (at == SIZE_MAX)
			continue;
		found = n;
		p = m->table[n].prob[at];
		if (n < m->order)
			after.backoff[n - 1] = m->table[n].backoff[at];
	}
	p = back_off(m, context, found, p);
	after.length = most < m->order - 1 ? most : m->order - 1;
	if (seen)
		*seen = found;
	if (next)
		*next = after;
	return p;
}

/* Positions that are looked up together, so that memory is asked for all of them before the
 * first answer is needed. */
enum { TOGETHER = 32 };

struct lookups {
	uint64_t hash[TOGETHER];  /* of the last tokens, so many as are looked for */
	uint8_t active[TOGETHER]; /* positions that are looked up at all           */
	size_t at[TOGETHER][WP_NGRAM_ORDER_MAX];
};

static int longest_at(const struct wp_ngram_model *m, size_t i)
{
	return i + 2 < (size_t)m->order ? (int)i + 2 : m->order;
}

/* The n-grams of length o that end at tokens[i + active[0 .. n)], in steps: buckets, keys,
 * numbers.  Returns how many positions can have longer ones, which become the active ones. */
static size_t look_up_order(const struct wp_ngram_model *m, const int32_t *tokens, size_t i,
	int o, size_t n, struct lookups *l)
{
	const struct wp_ngram_table_of *t = &m->table[o];
	size_t back = (size_t)o - 1, left = 0;
	for (size_t a = 0; a < n; a++) {
		size_t k = l->active[a], at = i + k;
		l->hash[k] =
			wp_ngram_hash(l->hash[k], back > at ? m->start : tokens[at - back]);
		__builtin_prefetch(&t->start[l->hash[k] >> t->shift]);
	}
	for (size_t a = 0; a < n; a++)
		__builtin_prefetch(&t->key[t->start[l->hash[l->active[a]] >> t->shift]]);
	for (size_t a = 0; a < n; a++) {
		uint8_t k = l->active[a];
		size_t at = find(t, l->hash[k]);
		l->at[k][o - 1] = at;
		if (at != SIZE_MAX) {
			__builtin_prefetch(&t->prob[at]);
			if (o < m->order)
				__builtin_prefetch(&t->backoff[at]);
		}
		if ((at != SIZE_MAX || !m->closed) && longest_at(m, i + k) > o)
			l->active[left++] = k;
	}
	return left;
}

/* The n-grams that end at tokens[i .. i + n). */
static void look_up(const struct wp_ngram_model *m, const int32_t *tokens, size_t i, size_t n,
	struct lookups *l)
{
	for (size_t k = 0; k < n; k++) {
		l->hash[k] = wp_ngram_hash(0, tokens[i + k]);
		l->active[k] = (uint8_t)k;
		for (int o = 2; o <= m->order; o++)
			l->at[k][o - 1] = SIZE_MAX;
	}
	for (int o = 2; o <= m->order && n > 0; o++)
		n = look_up_order(m, tokens, i, o, n, l);
}

void wp_ngram_sentence(const struct wp_ngram_model *m, const int32_t *tokens, size_t n,
	double *logprob, uint8_t *seen)
{
	struct lookups l;
	struct wp_ngram_context before, after;
	wp_ngram_begin(m, &before);
	for (size_t i = 0; i < n; i += TOGETHER) {
		size_t some = n - i < TOGETHER ? n - i : TOGETHER;
		look_up(m, tokens, i, some, &l);
		for (size_t k = 0; k < some; k++) {
			int32_t w = tokens[i + k];
			int most = longest_at(m, i + k), found = 1;
			double p = m->table[1].prob[w];
			after.length = most < m->order ? most : m->order - 1;
			if (m->order > 1)
				after.backoff[0] = m->table[1].backoff[w];
			for (int o = 2; o <= most; o++) {
				size_t at = l.at[k][o - 1];
				bool here = at != SIZE_MAX;
				if (here) {
					found = o;
					p = m->table[o].prob[at];
				}
				if (o < m->order)
					after.backoff[o - 1] =
						here ? m->table[o].backoff[at] : 0;
			}
			p = back_off(m, &before, found, p);
			before.length = after.length;
			memcpy(before.backoff, after.backoff,
				(size_t)after.length * sizeof *after.backoff);
			logprob[i + k] = p;
			if (seen)
				seen[i + k] = (uint8_t)found;
		}
	}
}
