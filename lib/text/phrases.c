#include "text/phrases.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "stream/lines.h"
#include "text/number.h"
#include "text/pair_table.h"
#include "text/token_text.h"
#include "text/vocab_count.h"

enum { UNKNOWN = -1, FIRST_SLOTS = 1 << 12, AHEAD = 16 };

/* A phrase.  Its words are two ids, and connectors between. */
struct phrase {
	int32_t a, b, id;
	uint32_t mid;
	int64_t count;
	double score;
};

/* Those of a pass. */
struct pass {
	struct phrase *phrase;
	size_t count, room;
	struct wp_pair_table table; /* value: the id */
	bool *begins;               /* by id: does a phrase begin with it?  Few do */
};

/* Sequences of connector words, numbered from 1 on. */
struct mids {
	int32_t *ids;
	size_t ids_used, ids_room;
	size_t *end; /* of sequence i - 1 in ids */
	size_t count, end_room;
	uint32_t *slot; /* hash table of their numbers */
	size_t mask;
};

/* A token on its way through the passes: which of the line's words it is made of. */
struct token {
	int32_t id;
	uint32_t from, to;
};

/* A pass at work: the beginning of a candidate, and the connectors behind it. */
struct stage {
	struct token *pending;
	size_t count, room;
};

struct wp_phrases {
	struct wp_phrases_config config;
	struct wp_counter *counter; /* the text that is learnt from ...                  */
	struct wp_counted counted;  /* ... its words, and labels                          */
	struct wp_strings text;     /* by id: words, then phrases, as token text           */
	struct wp_vocab vocab;      /* of the words of a list; its tokens are text's       */
	int32_t words;              /* ids below are words, the others phrases             */
	bool *connector;            /* (words); NULL: none                                 */
	struct mids mids;
	struct pass pass[WP_PHRASES_PASSES];
	int passes; /* that there are already */
	struct stage stage[WP_PHRASES_PASSES];
	int32_t *mid_ids; /* scratch: ids of connectors */
	size_t mid_room;

	/* What is done with tokens behind the last pass. */
	enum wp_err (*sink)(struct wp_phrases *, const struct token *);
	struct wp_output *output;
	const char *line; /* the line, and its words' ends, where ids may be unknown */
	uint32_t *word_begin, *word_end;
	size_t word_room, end_room;
	bool line_empty;
	char *held;
	size_t held_used, held_room;
	uint64_t joined;

	/* Learning a pass. */
	int64_t *n; /* by id: how often */
	uint64_t tokens, types, candidates;
	struct wp_pair_table pairs;    /* value: how often, saturated */
	uint64_t hash_begin, hash_end; /* of those counted in this scan; 0: to the end */
	size_t most_slots;
	struct token start; /* of a candidate */
	bool started;
	int32_t *between; /* connectors behind it */
	size_t between_used, between_room;
	struct wp_pair ahead[AHEAD]; /* pairs whose slots are on their way from memory */
	unsigned ahead_used;
	void (*report)(int, double, void *);
	void *report_arg;
	uint64_t scanned; /* ids of this scan, for the report */
};

/* ---- Connector words between ---- */

static uint64_t mid_hash(const int32_t *ids, size_t n)
{
	uint64_t h = n;
	for (size_t i = 0; i < n; i++) {
		h = (h ^ (uint32_t)ids[i]) * 0xd6e8feb86659fd93u;
		h ^= h >> 32;
	}
	return h;
}

static const int32_t *mid_get(const struct mids *m, uint32_t number, size_t *n)
{
	size_t begin = number > 1 ? m->end[number - 2] : 0;
	*n = m->end[number - 1] - begin;
	return m->ids + begin;
}

/* The slot that a sequence has, or would have. */
static uint32_t *mid_slot(const struct mids *m, const int32_t *ids, size_t n)
{
	size_t i = (size_t)mid_hash(ids, n) & m->mask;
	for (; m->slot[i]; i = (i + 1) & m->mask) {
		size_t have;
		const int32_t *other = mid_get(m, m->slot[i], &have);
		if (have == n && memcmp(other, ids, n * sizeof *ids) == 0)
			break;
	}
	return &m->slot[i];
}

static enum wp_err mids_grow(struct mids *m)
{
	size_t slots = m->slot ? 2 * (m->mask + 1) : 256;
	uint32_t *slot;
	enum wp_err err = wp_alloc(&slot, slots, sizeof *slot, "connectors");
	if (err)
		return err;
	free(m->slot);
	m->slot = slot;
	m->mask = slots - 1;
	for (uint32_t k = 1; k <= m->count; k++) {
		size_t n;
		const int32_t *ids = mid_get(m, k, &n);
		*mid_slot(m, ids, n) = k;
	}
	return WP_OK;
}

/* The number of a sequence; 0 for none, and for one that is unknown unless it is to be added.
 */
static enum wp_err mid_number(
	struct mids *m, const int32_t *ids, size_t n, bool add, uint32_t *number)
{
	enum wp_err err = WP_OK;
	*number = 0;
	if (n == 0 || (!m->slot && !add))
		return WP_OK;
	if (!m->slot || (add && m->count > m->mask / 2))
		err = mids_grow(m);
	uint32_t *slot = err ? NULL : mid_slot(m, ids, n);
	if (err || *slot || !add) {
		*number = err ? 0 : *slot;
		return err;
	}
	if ((err = wp_grow(
		     &m->ids, &m->ids_room, m->ids_used + n, sizeof *ids, "connectors")) ||
		(err = wp_grow(
			 &m->end, &m->end_room, m->count + 1, sizeof *m->end, "connectors")))
		return err;
	memcpy(m->ids + m->ids_used, ids, n * sizeof *ids);
	m->ids_used += n;
	m->end[m->count++] = m->ids_used;
	*number = *slot = (uint32_t)m->count;
	return WP_OK;
}

static bool is_connector(const struct wp_phrases *p, int32_t id)
{
	return p->connector && id >= 0 && id < p->words && p->connector[id];
}

/* ---- Joining ---- */

static enum wp_err push(struct wp_phrases *p, int stage, const struct token *token);

static enum wp_err push_pending(struct wp_phrases *p, int stage)
{
	struct stage *s = &p->stage[stage];
	enum wp_err err = WP_OK;
	for (size_t i = 0; i < s->count && !err; i++)
		err = push(p, stage + 1, &s->pending[i]);
	s->count = 0;
	return err;
}

static enum wp_err hold(struct stage *s, const struct token *token)
{
	enum wp_err err =
		wp_grow(&s->pending, &s->room, s->count + 1, sizeof *s->pending, "phrases");
	if (!err)
		s->pending[s->count++] = *token;
	return err;
}

/* The phrase that what is pending makes with a token behind it, or UNKNOWN. */
static enum wp_err find_phrase(
	struct wp_phrases *p, int stage, const struct token *token, int32_t *id)
{
	const struct stage *s = &p->stage[stage];
	uint32_t mid = 0;
	*id = UNKNOWN;
	if (s->count == 0 || s->pending[0].id < 0 || token->id < 0 ||
		!p->pass[stage].begins[s->pending[0].id])
		return WP_OK;
	enum wp_err err = WP_OK;
	if (s->count > 1) {
		err = wp_grow(
			&p->mid_ids, &p->mid_room, s->count, sizeof *p->mid_ids, "connectors");
		for (size_t i = 1; i < s->count && !err; i++)
			p->mid_ids[i - 1] = s->pending[i].id;
		if (!err)
			err = mid_number(&p->mids, p->mid_ids, s->count - 1, false, &mid);
		if (err || mid == 0)
			return err;
	}
	int32_t a = s->pending[0].id;
	const struct wp_pair *pair = wp_pair_find(
		&p->pass[stage].table, wp_pair_hash(a, mid, token->id), a, mid, token->id);
	if (pair->value)
		*id = (int32_t)pair->value;
	return WP_OK;
}

/* A token comes to a pass, or to what is behind the last. */
static enum wp_err push(struct wp_phrases *p, int stage, const struct token *token)
{
	if (stage == p->passes)
		return p->sink(p, token);
	struct stage *s = &p->stage[stage];
	if (is_connector(p, token->id))
		return s->count > 0 ? hold(s, token) : push(p, stage + 1, token);
	int32_t id;
	enum wp_err err = find_phrase(p, stage, token, &id);
	if (!err && id >= 0) {
		struct token joined = {id, s->pending[0].from, token->to};
		s->count = 0;
		return push(p, stage + 1, &joined);
	}
	if (!err)
		err = push_pending(p, stage);
	return err ? err : hold(s, token);
}

static enum wp_err end_sentence(struct wp_phrases *p)
{
	enum wp_err err = WP_OK;
	for (int i = 0; i < p->passes && !err; i++)
		err = push_pending(p, i);
	return err;
}

/* ---- Making passes ---- */

/* The text of a phrase: its words with `between` between them. */
static enum wp_err join_text(const struct wp_phrases *p, const struct phrase *f,
	const char *between, char **text, size_t *room, size_t *length)
{
	size_t parts = 0, between_length = strlen(between), used = 0;
	const int32_t *mid = f->mid ? mid_get(&p->mids, f->mid, &parts) : NULL;
	enum wp_err err = WP_OK;
	for (size_t i = 0; i < parts + 2 && !err; i++) {
		size_t n;
		int32_t id = i == 0 ? f->a : i == parts + 1 ? f->b : mid[i - 1];
		const char *word = wp_strings_get(&p->text, (size_t)id, &n);
		err = wp_grow(text, room, used + between_length + n + 1, 1, "phrases");
		if (err)
			break;
		if (i > 0) {
			memcpy(*text + used, between, between_length);
			used += between_length;
		}
		memcpy(*text + used, word, n);
		used += n;
	}
	*length = used;
	return err;
}

static enum wp_err add_phrase(struct wp_phrases *p, const struct phrase *f)
{
	struct pass *pass = &p->pass[p->passes];
	enum wp_err err = wp_grow(
		&pass->phrase, &pass->room, pass->count + 1, sizeof *pass->phrase, "phrases");
	if (!err)
		pass->phrase[pass->count++] = *f;
	return err;
}

static int better(const void *a, const void *b)
{
	const struct phrase *x = a, *y = b;
	if (x->score != y->score)
		return x->score > y->score ? -1 : 1;
	if (x->count != y->count)
		return x->count > y->count ? -1 : 1;
	if (x->a != y->a)
		return x->a < y->a ? -1 : 1;
	if (x->b != y->b)
		return x->b < y->b ? -1 : 1;
	return x->mid < y->mid ? -1 : x->mid > y->mid;
}

/* The phrases of the pass that is next are all there: give them ids and a table. */
static enum wp_err finish_pass(struct wp_phrases *p)
{
	struct pass *pass = &p->pass[p->passes];
	char *text = NULL;
	size_t room = 0, slots = FIRST_SLOTS;
	if (pass->count > 0)
		qsort(pass->phrase, pass->count, sizeof *pass->phrase, better);
	while (slots / 2 < pass->count)
		slots *= 2;
	enum wp_err err = wp_pair_table_init(&pass->table, slots);
	if (!err)
		err = wp_alloc(&pass->begins, p->text.count, 1, "phrases");
	for (size_t i = 0; i < pass->count && !err; i++) {
		struct phrase *f = &pass->phrase[i];
		size_t length;
		pass->begins[f->a] = true;
		err = join_text(p, f, p->config.delimiter, &text, &room, &length);
		f->id = (int32_t)p->text.count;
		if (!err && p->text.count == INT32_MAX)
			err = wp_fail(WP_ELIMIT, "too many phrases");
		if (!err)
			err = wp_strings_add(&p->text, text, length);
		uint64_t hash = wp_pair_hash(f->a, f->mid, f->b);
		struct wp_pair *pair = wp_pair_find(&pass->table, hash, f->a, f->mid, f->b);
		if (!err && !pair->value)
			*pair = (struct wp_pair){f->a, f->b, f->mid, (uint32_t)f->id};
	}
	free(text);
	p->passes++;
	return err;
}

/* ---- Learning ---- */

static enum wp_err check(const struct wp_phrases_config *c)
{
	if (c->passes < 1 || c->passes > WP_PHRASES_PASSES)
		return wp_fail(WP_EINVAL, "passes %d: out of range (1 to %d)", c->passes,
			WP_PHRASES_PASSES);
	if (c->min_count < 1)
		return wp_fail(WP_EINVAL, "\1min-count is less than 1");
	if (!(c->discount >= 0 && isfinite(c->discount)))
		return wp_fail(WP_EINVAL, "\1discount is not 0 or more");
	for (int i = 0; i < c->passes; i++)
		if (!isfinite(c->threshold[i]))
			return wp_fail(WP_EINVAL, "a \1threshold is not finite");
	if (c->delimiter[0] == '\0' || strpbrk(c->delimiter, " \t\r\n\v\f"))
		return wp_fail(WP_EINVAL, "\1delimiter: empty, or with white space");
	return WP_OK;
}

static enum wp_err make(struct wp_phrases **phrases, const struct wp_phrases_config *config)
{
	enum wp_err err = wp_alloc(phrases, 1, sizeof **phrases, "phrases");
	if (!err)
		(*phrases)->config = *config;
	return err;
}

enum wp_err wp_phrases_create(
	struct wp_phrases **phrases, const struct wp_phrases_config *config)
{
	const struct wp_count_params params = {.with_ids = true,
		.annotation = config->labelled ? WP_LABELLED : WP_UNANNOTATED,
		.memory = config->memory,
		.tmpdir = config->tmpdir};
	*phrases = NULL;
	enum wp_err err = check(config);
	if (!err)
		err = make(phrases, config);
	if (!err)
		err = wp_counter_create(&(*phrases)->counter, &params);
	if (err) {
		wp_phrases_free(*phrases);
		*phrases = NULL;
	}
	return err;
}

enum wp_err wp_phrases_feed(struct wp_phrases *p, const char *block, size_t size)
{
	return wp_counter_feed(p->counter, block, size);
}

enum wp_err wp_phrases_end_text(struct wp_phrases *p)
{
	return wp_counter_end_text(p->counter);
}

/* Words in escaped form, and which of them connect. */
static enum wp_err set_words(struct wp_phrases *p)
{
	const struct wp_vocab_cut cut = {.min_count = 1};
	enum wp_err err = wp_counter_select(p->counter, &cut, &p->counted);
	char *text = NULL;
	size_t room = 0;
	const struct wp_strings *words = &p->counted.tokens;
	for (size_t i = 0; i < words->count && !err; i++) {
		size_t n;
		const char *word = wp_strings_get(words, i, &n);
		err = wp_grow(&text, &room, n * WP_ESCAPE_GROWTH + 1, 1, "words");
		if (!err)
			err = wp_strings_add(&p->text, text, wp_token_escape(word, n, text));
	}
	free(text);
	wp_strings_fini(&p->counted.tokens);
	p->words = (int32_t)p->text.count;
	if (!err && p->config.connectors && p->config.connectors->count > 0)
		err = wp_alloc(&p->connector, (size_t)p->words, 1, "connectors");
	if (err || !p->connector)
		return err;
	struct wp_vocab connectors = {0};
	struct wp_strings copy = {0};
	if ((err = wp_strings_add_all(&copy, p->config.connectors))) {
		wp_strings_fini(&copy);
		return err;
	}
	if ((err = wp_vocab_from_strings(&connectors, &copy, NULL)))
		return err;
	for (size_t i = 0; i < p->text.count; i++) {
		size_t n;
		const char *word = wp_strings_get(&p->text, i, &n);
		p->connector[i] = wp_vocab_find(&connectors, word, n) >= 0;
	}
	wp_vocab_fini(&connectors);
	return WP_OK;
}

/* All sentences through the passes that there are, and `ended` behind each. */
struct scan {
	struct wp_phrases *p;
	enum wp_err (*ended)(struct wp_phrases *, int32_t label);
	uint64_t all;
};

static enum wp_err scan_batch(void *arg, const struct wp_id_batch *batch)
{
	struct scan *scan = arg;
	struct wp_phrases *p = scan->p;
	size_t at = 0, end = batch->id_count;
	enum wp_err err = WP_OK;
	/* The beginning of the first sentence, if it is long, came in batches before. */
	for (size_t s = 1; s < batch->sentence_count; s++)
		end -= (size_t)batch->lengths[s];
	for (size_t s = 0; s < batch->sentence_count && !err; s++) {
		if (s > 0)
			end = at + (size_t)batch->lengths[s];
		for (; at < end && !err; at++)
			err = push(p, 0, &(struct token){.id = batch->ids[at]});
		if (!err)
			err = end_sentence(p);
		if (!err)
			err = scan->ended(p, batch->labels ? batch->labels[s] : 0);
	}
	for (; at < batch->id_count && !err; at++)
		err = push(p, 0, &(struct token){.id = batch->ids[at]});
	p->scanned += batch->id_count;
	if (!err && p->report && scan->all > 0)
		p->report(p->passes, (double)p->scanned / (double)scan->all, p->report_arg);
	return err;
}

static enum wp_err scan_text(struct wp_phrases *p,
	enum wp_err (*sink)(struct wp_phrases *, const struct token *),
	enum wp_err (*ended)(struct wp_phrases *, int32_t label))
{
	struct scan scan = {p, ended, wp_counter_counts(p->counter).tokens};
	p->sink = sink;
	p->scanned = 0;
	return wp_counter_encode(p->counter, scan_batch, &scan);
}

static enum wp_err count_word(struct wp_phrases *p, const struct token *token)
{
	p->n[token->id]++;
	p->tokens++;
	return WP_OK;
}

static enum wp_err nothing_ended(struct wp_phrases *p, int32_t label)
{
	(void)p, (void)label;
	return WP_OK;
}

static enum wp_err count_pair(struct wp_phrases *p, const struct wp_pair *pair)
{
	uint64_t hash = wp_pair_hash(pair->a, pair->mid, pair->b);
	if (p->hash_end && hash >= p->hash_end)
		return WP_OK;
	struct wp_pair *slot = wp_pair_find(&p->pairs, hash, pair->a, pair->mid, pair->b);
	if (slot->value) {
		slot->value += slot->value < UINT32_MAX;
		return WP_OK;
	}
	*slot = *pair;
	p->pairs.used++;
	if (!wp_pair_table_is_full(&p->pairs))
		return WP_OK;
	size_t slots = p->pairs.mask + 1;
	if (slots < p->most_slots)
		return wp_pair_table_rebuild(&p->pairs, 2 * slots, UINT64_MAX);
	/* Too many: those with the upper half of the hashes come in another scan. */
	uint64_t width = (p->hash_end ? p->hash_end : UINT64_MAX) - p->hash_begin;
	p->hash_end = p->hash_begin + width / 2;
	return wp_pair_table_rebuild(&p->pairs, slots, p->hash_end);
}

/* A candidate: its slot is asked for, and it is counted some candidates later. */
static enum wp_err add_pair(struct wp_phrases *p, int32_t a, uint32_t mid, int32_t b)
{
	uint64_t hash = wp_pair_hash(a, mid, b);
	if (hash < p->hash_begin)
		return WP_OK;
	enum wp_err err = WP_OK;
	struct wp_pair *pair = &p->ahead[p->ahead_used++ % AHEAD];
	if (p->ahead_used > AHEAD)
		err = count_pair(p, pair);
	*pair = (struct wp_pair){a, b, mid, 1};
	__builtin_prefetch(&p->pairs.slot[hash & p->pairs.mask], 1);
	return err;
}

static enum wp_err count_rest(struct wp_phrases *p)
{
	unsigned n = p->ahead_used < AHEAD ? p->ahead_used : AHEAD;
	enum wp_err err = WP_OK;
	for (unsigned i = 0; i < n && !err; i++)
		err = count_pair(p, &p->ahead[i]);
	p->ahead_used = 0;
	return err;
}

/* Where only scores count, a candidate of rare words need not be looked at. */
static bool may_be_phrase(const struct wp_phrases *p, int32_t a, int32_t b)
{
	return p->config.score == WP_PHRASES_GENSIM ||
		(p->n[a] >= p->config.min_count && p->n[b] >= p->config.min_count);
}

static enum wp_err candidates_ended(struct wp_phrases *p, int32_t label)
{
	(void)label;
	p->started = false;
	p->between_used = 0;
	return WP_OK;
}

/* The special tokens are part of no phrase. */
static bool is_special(const struct wp_phrases *p, int32_t id)
{
	size_t n;
	if (id >= 3) /* they come first */
		return false;
	const char *word = wp_strings_get(&p->text, (size_t)id, &n);
	return wp_is_special(word, n);
}

static enum wp_err count_candidate(struct wp_phrases *p, const struct token *token)
{
	enum wp_err err = WP_OK;
	if (is_special(p, token->id))
		return candidates_ended(p, 0);
	if (is_connector(p, token->id)) {
		if (!p->started)
			return WP_OK;
		err = wp_grow(&p->between, &p->between_room, p->between_used + 1,
			sizeof *p->between, "connectors");
		if (!err)
			p->between[p->between_used++] = token->id;
		return err;
	}
	if (p->started && may_be_phrase(p, p->start.id, token->id)) {
		uint32_t mid;
		err = mid_number(&p->mids, p->between, p->between_used, true, &mid);
		if (!err)
			err = add_pair(p, p->start.id, mid, token->id);
	}
	p->start = *token;
	p->started = true;
	p->between_used = 0;
	return err;
}

static double score_of(const struct wp_phrases *p, const struct wp_pair *pair)
{
	double n = pair->value, a = (double)p->n[pair->a], b = (double)p->n[pair->b];
	double all = (double)p->tokens, discount = p->config.discount;
	switch (p->config.score) {
	case WP_PHRASES_WORD2VEC:
		break;
	case WP_PHRASES_GENSIM:
		all = (double)(p->types + p->candidates);
		break;
	case WP_PHRASES_NPMI:
		/* Of a text that is nothing else, p_ab is 1: it goes together completely. */
		return n < all ? log(n / a * all / b) / -log(n / all) : 1;
	}
	return (n - discount) / (a * b) * all;
}

/* Candidates by the share of the hashes that fits in memory.  Their scores are known when all
 * have been counted, for gensim's score depends on how many there are: so those that come often
 * enough are kept until then. */
static enum wp_err count_candidates(struct wp_phrases *p)
{
	enum wp_err err = WP_OK;
	p->hash_begin = p->hash_end = 0;
	p->candidates = 0;
	do {
		err = wp_pair_table_init(&p->pairs, FIRST_SLOTS);
		if (!err)
			err = scan_text(p, count_candidate, candidates_ended);
		if (!err)
			err = count_rest(p);
		p->candidates += p->pairs.used;
		for (size_t i = 0; !err && i <= p->pairs.mask; i++) {
			const struct wp_pair *pair = &p->pairs.slot[i];
			if (pair->value >= 1 && pair->value >= p->config.min_count)
				err = add_phrase(p,
					&(struct phrase){.a = pair->a,
						.b = pair->b,
						.mid = pair->mid,
						.count = pair->value});
		}
		wp_pair_table_fini(&p->pairs);
		p->hash_begin = p->hash_end;
		p->hash_end = 0;
	} while (!err && p->hash_begin > 0);
	return err;
}

static void keep_best(struct wp_phrases *p)
{
	struct pass *pass = &p->pass[p->passes];
	size_t kept = 0;
	for (size_t i = 0; i < pass->count; i++) {
		struct phrase f = pass->phrase[i];
		const struct wp_pair pair = {f.a, f.b, f.mid, (uint32_t)f.count};
		f.score = score_of(p, &pair);
		if (f.score > p->config.threshold[p->passes])
			pass->phrase[kept++] = f;
	}
	pass->count = kept;
}

static enum wp_err learn_pass(struct wp_phrases *p)
{
	free(p->n);
	p->tokens = p->types = 0;
	enum wp_err err = wp_alloc(&p->n, p->text.count + 1, sizeof *p->n, "counts");
	if (!err && p->passes == 0)
		for (size_t i = 0; i < p->text.count; i++)
			p->tokens += (uint64_t)(p->n[i] = p->counted.counts[i]);
	else if (!err)
		err = scan_text(p, count_word, nothing_ended);
	for (size_t i = 0; i < p->text.count && !err; i++)
		p->types += p->n[i] > 0 && !is_connector(p, (int32_t)i);
	if (!err)
		err = count_candidates(p);
	if (!err)
		keep_best(p);
	return err ? err : finish_pass(p);
}

enum wp_err wp_phrases_learn(
	struct wp_phrases *p, void (*report)(int pass, double share, void *arg), void *arg)
{
	enum wp_err err = set_words(p);
	p->most_slots = FIRST_SLOTS;
	while (3 * p->most_slots * sizeof(struct wp_pair) <= p->config.memory)
		p->most_slots *= 2; /* while it grows, there is one of half its size besides */
	p->report = report;
	p->report_arg = arg;
	for (int i = 0; i < p->config.passes && !err; i++)
		err = learn_pass(p);
	p->report = NULL;
	return err;
}

size_t wp_phrases_count(const struct wp_phrases *p, int pass)
{
	return pass < p->passes ? p->pass[pass].count : 0;
}

/* ---- The list ---- */

enum wp_err wp_phrases_write_list(struct wp_phrases *p, struct wp_output *output)
{
	char *text = NULL;
	size_t room = 0, n;
	enum wp_err err = WP_OK;
	for (int k = 0; k < p->passes; k++)
		for (size_t i = 0; i < p->pass[k].count && !err; i++) {
			const struct phrase *f = &p->pass[k].phrase[i];
			err = join_text(p, f, " ", &text, &room, &n);
			if (!err)
				err = wp_output_write(output, text, n);
			if (!err)
				err = wp_output_printf(output, "\t%.9g\t%" PRId64 "\t%d\n",
					f->score, f->count, k + 1);
		}
	free(text);
	return err;
}

/* The id of a word of a list, which may be new. */
static enum wp_err word_id(struct wp_phrases *p, const char *word, size_t n, int32_t *id)
{
	*id = wp_vocab_find(&p->vocab, word, n);
	return *id >= 0 ? WP_OK : wp_fail(WP_ECORRUPT, "a word is missing");
}

struct row {
	const char *words, *end; /* of the phrase */
	double score;
	int64_t count, pass;
};

/* "new york TAB score TAB count TAB pass"; what stands behind the words may be missing. */
static bool read_row(const char *line, size_t length, struct row *row)
{
	const char *end = line + length, *tab = memchr(line, '\t', length);
	*row = (struct row){.words = line, .end = tab ? tab : end, .pass = 1};
	const char *word, *at = line;
	int words = 0;
	while (wp_line_field(&at, row->end, &word) > 0)
		words++;
	if (words < 2)
		return false;
	if (tab && (tab = wp_scan_f64(tab + 1, end, &row->score)) && tab < end)
		if ((tab = wp_scan_i64(tab + 1, end, &row->count)) && tab < end)
			tab = wp_scan_i64(tab + 1, end, &row->pass);
	return (row->end == end || tab == end) && row->pass >= 1 &&
		row->pass <= WP_PHRASES_PASSES;
}

/* The words of all rows, each once, become the vocabulary; first words, then joined phrases
 * that later passes have for words are given the ids of those. */
static enum wp_err add_row_words(struct wp_strings *all, const struct row *row)
{
	const char *at = row->words, *word;
	size_t n;
	enum wp_err err = WP_OK;
	while (!err && (n = wp_line_field(&at, row->end, &word)) > 0)
		err = wp_strings_add(all, word, n);
	return err;
}

static enum wp_err add_row(struct wp_phrases *p, const struct row *row)
{
	const char *at = row->words, *word;
	size_t n, words = 0;
	struct phrase f = {.score = row->score, .count = row->count};
	enum wp_err err = WP_OK;
	while (!err && (n = wp_line_field(&at, row->end, &word)) > 0) {
		err = wp_grow(
			&p->mid_ids, &p->mid_room, words + 1, sizeof *p->mid_ids, "words");
		if (!err)
			err = word_id(p, word, n, &p->mid_ids[words++]);
	}
	if (err)
		return err;
	f.a = p->mid_ids[0];
	f.b = p->mid_ids[words - 1];
	for (size_t i = 1; i + 1 < words; i++)
		p->connector[p->mid_ids[i]] = true;
	err = mid_number(&p->mids, p->mid_ids + 1, words - 2, true, &f.mid);
	return err ? err : add_phrase(p, &f);
}

/* A pass is complete.  Where later passes have a joined phrase for a word, that is its id. */
static enum wp_err finish_listed(struct wp_phrases *p)
{
	int pass = p->passes;
	enum wp_err err = finish_pass(p);
	for (size_t i = 0; i < p->pass[pass].count && !err; i++) {
		struct phrase *f = &p->pass[pass].phrase[i];
		size_t n;
		const char *text = wp_strings_get(&p->text, (size_t)f->id, &n);
		int32_t id = wp_vocab_find(&p->vocab, text, n);
		if (id < 0)
			continue;
		struct wp_pair *pair = wp_pair_find(&p->pass[pass].table,
			wp_pair_hash(f->a, f->mid, f->b), f->a, f->mid, f->b);
		f->id = id;
		pair->value = (uint32_t)id;
	}
	return err;
}

static enum wp_err read_rows(struct wp_phrases *p, struct wp_input *list, struct row **rows,
	struct wp_strings *lines, size_t *count)
{
	struct wp_lines reader = {.input = list};
	struct wp_strings words = {0};
	const char *line;
	size_t length, room = 0;
	enum wp_err err;
	while (!(err = wp_lines_next(&reader, &line, &length)))
		if ((err = wp_strings_add(lines, line, wp_line_trim(line, length))))
			break;
	if (err == WP_END)
		err = WP_OK;
	/* Ids are not 0, which marks a free slot: so the first is that of no word. */
	if (!err)
		err = wp_strings_add(&words, "", 0);
	for (size_t i = 0; i < lines->count && !err; i++) {
		struct row row;
		line = wp_strings_get(lines, i, &length);
		if (length == 0)
			continue;
		if (!read_row(line, length, &row))
			err = wp_fail(WP_ECORRUPT,
				"%s: line %zu: not two words or more, score, count and pass, "
				"separated by tabs",
				wp_input_name(list), i + 1);
		if (!err)
			err = wp_grow(rows, &room, *count + 1, sizeof **rows, "phrases");
		if (!err)
			(*rows)[(*count)++] = row;
		if (!err)
			err = add_row_words(&words, &row);
	}
	if (!err && *count == 0)
		err = wp_fail(WP_ECORRUPT, "%s: no phrases", wp_input_name(list));
	if (err) {
		wp_strings_fini(&words);
		return err;
	}
	return wp_vocab_from_strings(&p->vocab, &words, NULL);
}

enum wp_err wp_phrases_read_list(struct wp_phrases **phrases,
	const struct wp_phrases_config *config, struct wp_input *list)
{
	struct wp_strings lines = {0};
	struct row *rows = NULL;
	size_t count = 0;
	enum wp_err err = make(phrases, config);
	if (err)
		return err;
	struct wp_phrases *p = *phrases;
	if (!err)
		err = read_rows(p, list, &rows, &lines, &count);
	if (!err)
		err = wp_strings_add_all(&p->text, &p->vocab.tokens);
	p->words = (int32_t)p->text.count;
	if (!err)
		err = wp_alloc(&p->connector, p->text.count, 1, "connectors");
	int64_t passes = 0;
	for (size_t i = 0; i < count; i++)
		passes = rows[i].pass > passes ? rows[i].pass : passes;
	for (int64_t k = 1; k <= passes && !err; k++) {
		for (size_t i = 0; i < count && !err; i++)
			if (rows[i].pass == k)
				err = add_row(p, &rows[i]);
		if (!err)
			err = finish_listed(p);
	}
	free(rows);
	wp_strings_fini(&lines);
	if (err) {
		wp_phrases_free(p);
		*phrases = NULL;
	}
	return err;
}

/* ---- Writing ---- */

/* Of a text with labels the line is held, for its label comes with its end. */
static enum wp_err put(struct wp_phrases *p, const char *text, size_t n)
{
	if (!p->config.labelled)
		return wp_output_write(p->output, text, n);
	enum wp_err err = wp_grow(&p->held, &p->held_room, p->held_used + n + 1, 1, "a line");
	if (err)
		return err;
	memcpy(p->held + p->held_used, text, n);
	p->held_used += n;
	return WP_OK;
}

static enum wp_err write_token(struct wp_phrases *p, const struct token *token)
{
	size_t n;
	const char *text = wp_strings_get(&p->text, (size_t)token->id, &n);
	enum wp_err err = p->line_empty ? WP_OK : put(p, " ", 1);
	p->line_empty = false;
	p->joined += token->id >= p->words;
	return err ? err : put(p, text, n);
}

static enum wp_err end_line(struct wp_phrases *p, int32_t label)
{
	enum wp_err err = WP_OK;
	p->line_empty = true;
	if (p->config.labelled) {
		size_t n;
		const char *name = wp_strings_get(&p->counted.labels, (size_t)label, &n);
		err = wp_output_write(p->output, name, n);
		if (!err)
			err = wp_output_write(p->output, "\t", 1);
		if (!err)
			err = wp_output_write(p->output, p->held, p->held_used);
		p->held_used = 0;
	}
	return err ? err : wp_output_write(p->output, "\n", 1);
}

enum wp_err wp_phrases_write_text(
	struct wp_phrases *p, struct wp_output *output, uint64_t *joined)
{
	p->output = output;
	p->line_empty = true;
	p->joined = 0;
	enum wp_err err = scan_text(p, write_token, end_line);
	*joined = p->joined;
	return err;
}

/* A token of a line of another text: its words as they stand there. */
static enum wp_err write_words(struct wp_phrases *p, const struct token *token)
{
	enum wp_err err = p->line_empty ? WP_OK : wp_output_write(p->output, " ", 1);
	p->line_empty = false;
	p->joined += token->to > token->from + 1;
	for (uint32_t i = token->from; i < token->to && !err; i++) {
		if (i > token->from)
			err = wp_output_write(
				p->output, p->config.delimiter, strlen(p->config.delimiter));
		if (!err)
			err = wp_output_write(p->output, p->line + p->word_begin[i],
				p->word_end[i] - p->word_begin[i]);
	}
	return err;
}

static enum wp_err join_line(struct wp_phrases *p, const char *line, size_t length)
{
	const char *at = line, *end = line + length, *word;
	size_t n;
	uint32_t words = 0;
	enum wp_err err = WP_OK;
	p->line = line;
	p->line_empty = true;
	if (length > UINT32_MAX)
		return wp_fail(WP_ELIMIT, "a line of 4 GiB or more");
	if (p->config.labelled) {
		const char *tab = memchr(line, '\t', length);
		if (!tab)
			return wp_fail(WP_ECORRUPT, "no tab behind a label");
		err = wp_output_write(p->output, line, (size_t)(tab + 1 - line));
		at = tab + 1;
	}
	while (!err && (n = wp_line_field(&at, end, &word)) > 0) {
		if ((err = wp_grow(&p->word_begin, &p->word_room, words + 1,
			     sizeof *p->word_begin, "words")) ||
			(err = wp_grow(&p->word_end, &p->end_room, words + 1,
				 sizeof *p->word_end, "words")))
			break;
		p->word_begin[words] = (uint32_t)(word - line);
		p->word_end[words] = p->word_begin[words] + (uint32_t)n;
		struct token token = {wp_vocab_find(&p->vocab, word, n), words, words + 1};
		words++;
		err = push(p, 0, &token);
	}
	if (!err)
		err = end_sentence(p);
	return err ? err : wp_output_write(p->output, "\n", 1);
}

enum wp_err wp_phrases_join(struct wp_phrases *p, struct wp_input *input,
	struct wp_output *output, bool at_once, uint64_t *joined)
{
	struct wp_lines lines = {.input = input};
	const char *line;
	size_t length;
	enum wp_err err;
	p->sink = write_words;
	p->output = output;
	while (!(err = wp_lines_next(&lines, &line, &length))) {
		err = join_line(p, line, wp_line_trim(line, length));
		if (!err && at_once && !wp_lines_ready(&lines))
			err = wp_output_flush(output);
		if (err) {
			*joined += p->joined;
			return err;
		}
	}
	*joined += p->joined;
	p->joined = 0;
	return err == WP_END ? WP_OK : err;
}

void wp_phrases_free(struct wp_phrases *p)
{
	if (!p)
		return;
	wp_counter_free(p->counter);
	wp_counted_fini(&p->counted);
	wp_strings_fini(&p->text);
	wp_vocab_fini(&p->vocab);
	free(p->connector);
	free(p->mids.ids);
	free(p->mids.end);
	free(p->mids.slot);
	for (int i = 0; i < WP_PHRASES_PASSES; i++) {
		free(p->pass[i].phrase);
		wp_pair_table_fini(&p->pass[i].table);
		free(p->pass[i].begins);
		free(p->stage[i].pending);
	}
	free(p->mid_ids);
	free(p->between);
	free(p->held);
	free(p->word_begin);
	free(p->word_end);
	free(p->n);
	wp_pair_table_fini(&p->pairs);
	free(p);
}
