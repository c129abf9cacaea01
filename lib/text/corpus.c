#include "text/corpus.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/spool.h"
#include "stream/element.h"
#include "text/corpus_columns.h"
#include "text/pair.h"
#include "text/tokenize.h"

/* The tensors of numbers.  Those before LENGTHS are codes of a vocabulary. */
enum { IDS, TARGET_IDS, LABELS, TAGS, LENGTHS, TARGET_LENGTHS, KINDS };

static const char *const names[KINDS] = {
	"ids", "target.ids", "labels", "tags", "lengths", "target.lengths"};
static const char *const vocab_names[LENGTHS] = {
	"vocab", "target.vocab", "labels.vocab", "tags.vocab"};

/* A corpus in the making; and what there is of the stream, one of perhaps several. */
struct reading {
	struct wp_corpus *corpus;
	struct wp_reader *reader;
	bool wanted[KINDS];
	bool ids_optional;
	bool rows;  /* of something else than a text */
	bool first; /* of the joined streams */

	struct wp_strings vocab[LENGTHS];
	bool has_vocab[LENGTHS];
	bool settled[LENGTHS]; /* vocab is the corpus's */
	bool seen[KINDS];
	uint64_t count[KINDS]; /* numbers read */
	uint64_t length_sum, target_length_sum;

	struct wp_corpus_columns columns;
};

void wp_corpus_fini(struct wp_corpus *corpus)
{
	wp_strings_fini(&corpus->vocab);
	wp_strings_fini(&corpus->label_vocab);
	wp_strings_fini(&corpus->tag_vocab);
	wp_strings_fini(&corpus->target.vocab);
	free(corpus->counts);
	free(corpus->target.counts);
	for (size_t i = 0; i < corpus->columns; i++) {
		wp_strings_fini(&corpus->column[i].vocab);
		wp_spool_free(corpus->column[i].spool);
	}
	free(corpus->column);
	for (int kind = 0; kind < KINDS; kind++)
		wp_spool_free(corpus->spools[kind]);
	*corpus = (struct wp_corpus){0};
}

const struct wp_strings *wp_corpus_target_vocab(const struct wp_corpus *corpus)
{
	return corpus->target.shared ? &corpus->vocab : &corpus->target.vocab;
}

static struct wp_strings *vocab_of(struct wp_corpus *corpus, int kind)
{
	return kind == IDS           ? &corpus->vocab
		: kind == TARGET_IDS ? &corpus->target.vocab
		: kind == LABELS     ? &corpus->label_vocab
				     : &corpus->tag_vocab;
}

/* Of targets with words of their own, or of the sources. */
static size_t limit_of(const struct reading *r, int kind)
{
	return kind == TARGET_IDS ? wp_corpus_target_vocab(r->corpus)->count
				  : vocab_of(r->corpus, kind)->count;
}

static enum wp_err check_list(
	struct wp_reader *reader, const struct wp_tensor *tensor, enum wp_type type)
{
	if (tensor->type == type && tensor->rank == 1)
		return WP_OK;
	return wp_fail(WP_EMISMATCH, "%s: '%s' is not a list of type %s",
		wp_reader_name(reader), tensor->name, wp_type_name(type));
}

static enum wp_err different(const struct reading *r, int kind)
{
	return wp_fail(WP_EMISMATCH,
		"%s: joined streams have different %s (byte %" PRIu64 "): use vocab --from",
		wp_reader_name(r->reader),
		kind == IDS                  ? "vocabularies"
			: kind == TARGET_IDS ? "vocabularies of targets"
					     : names[kind],
		wp_reader_offset(r->reader));
}

/* A vocabulary is complete: its codes come, or the end.  The first stream's is the corpus's. */
static enum wp_err settle(struct reading *r, int kind)
{
	struct wp_strings *vocab = vocab_of(r->corpus, kind);
	if (r->settled[kind])
		return WP_OK;
	r->settled[kind] = true;
	if (!r->first)
		return wp_strings_equal(&r->vocab[kind], vocab) ? WP_OK : different(r, kind);
	*vocab = r->vocab[kind];
	r->vocab[kind] = (struct wp_strings){0};
	return kind == IDS ? wp_alloc(&r->corpus->counts, vocab->count,
				     sizeof *r->corpus->counts, "counts")
			   : WP_OK;
}

/* Targets have a vocabulary of their own, or share that of the sources. */
static enum wp_err settle_target(struct reading *r)
{
	struct wp_corpus_target *target = &r->corpus->target;
	bool shared = !r->has_vocab[TARGET_IDS];
	if (r->settled[TARGET_IDS])
		return WP_OK;
	if (!r->first && (!target->given || shared != target->shared))
		return different(r, TARGET_IDS);
	target->given = true;
	target->shared = shared;
	enum wp_err err = shared ? settle(r, IDS) : WP_OK;
	if (!err)
		err = settle(r, TARGET_IDS);
	return err || !r->first ? err
				: wp_alloc(&target->counts, limit_of(r, TARGET_IDS),
					  sizeof *target->counts, "counts");
}

static enum wp_err take_vocab(struct reading *r, const struct wp_tensor *tensor, int kind)
{
	if (r->settled[kind])
		return wp_fail(WP_EMISMATCH, "%s: '%s' goes on behind '%s'",
			wp_reader_name(r->reader), tensor->name, names[kind]);
	r->has_vocab[kind] = true;
	enum wp_err err = check_list(r->reader, tensor, WP_STRING);
	return err ? err : wp_reader_strings(r->reader, &r->vocab[kind]);
}

/* Each must be in its vocabulary, which has come before them. */
static enum wp_err check_codes(struct reading *r, int kind, const int32_t *codes, size_t n)
{
	if (!r->has_vocab[kind] && !(kind == TARGET_IDS && r->has_vocab[IDS]))
		return wp_fail(WP_EMISMATCH, "%s: %s come before their vocabulary",
			wp_reader_name(r->reader), names[kind]);
	enum wp_err err = kind == TARGET_IDS ? settle_target(r) : settle(r, kind);
	if (err)
		return err;
	size_t limit = limit_of(r, kind);
	bool words = kind == IDS || kind == TARGET_IDS;
	int64_t *counts = kind == IDS ? r->corpus->counts
		: kind == TARGET_IDS  ? r->corpus->target.counts
				      : NULL;
	for (size_t i = 0; i < n; i++) {
		if (codes[i] < 0 || (size_t)codes[i] >= limit)
			return wp_fail(WP_EMISMATCH,
				"%s: %s %" PRId32 " in a vocabulary of %zu %s (byte %" PRIu64
				")",
				wp_reader_name(r->reader),
				kind == IDS                  ? "id"
					: kind == TARGET_IDS ? "target id"
							     : names[kind],
				codes[i], limit, words ? "tokens" : names[kind],
				wp_reader_offset(r->reader));
		if (counts)
			counts[codes[i]]++;
	}
	return WP_OK;
}

static enum wp_err check_lengths(
	struct reading *r, const int32_t *lengths, size_t n, uint64_t *sum)
{
	for (size_t i = 0; i < n; i++) {
		if (lengths[i] < 0)
			return wp_fail(WP_EMISMATCH, "%s: a sentence of length %" PRId32,
				wp_reader_name(r->reader), lengths[i]);
		*sum += (uint64_t)lengths[i];
	}
	return WP_OK;
}

static enum wp_err take_numbers(struct reading *r, const struct wp_tensor *tensor, int kind)
{
	const void *data;
	size_t size;
	enum wp_err err = check_list(r->reader, tensor, WP_I32);
	if (!err)
		err = wp_reader_data(r->reader, &data, &size);
	if (err)
		return err;
	size_t n = size / sizeof(int32_t);
	err = kind == LENGTHS            ? check_lengths(r, data, n, &r->length_sum)
		: kind == TARGET_LENGTHS ? check_lengths(r, data, n, &r->target_length_sum)
					 : check_codes(r, kind, data, n);
	r->seen[kind] = true;
	r->count[kind] += n;
	return err ? err : wp_spool_append(r->corpus->spools[kind], data, size);
}

/* The ids say how often each word stands there; what is said besides must at least make sense.
 */
static enum wp_err check_counts(struct wp_reader *reader, const struct wp_tensor *tensor)
{
	const void *data;
	size_t size;
	enum wp_err err = wp_reader_data(reader, &data, &size);
	return err ? err : wp_check_counts(wp_reader_name(reader), tensor, data);
}

/* Take a record that the corpus is made of; *taken tells whether it is one. */
static enum wp_err take(struct reading *r, const struct wp_tensor *tensor, bool *taken)
{
	*taken = true;
	for (int kind = 0; kind < KINDS; kind++) {
		if (!r->wanted[kind])
			continue;
		if (strcmp(tensor->name, names[kind]) == 0)
			return take_numbers(r, tensor, kind);
		if (kind < LENGTHS && strcmp(tensor->name, vocab_names[kind]) == 0)
			return take_vocab(r, tensor, kind);
	}
	if (strcmp(tensor->name, names[TARGET_IDS]) == 0)
		return wp_pair_refuse(wp_reader_name(r->reader));
	enum wp_err err =
		wp_corpus_columns_take(&r->columns, r->reader, tensor, r->first, taken);
	if (err || *taken)
		return err;
	*taken = strcmp(tensor->name, "counts") == 0 ||
		(r->wanted[TARGET_IDS] && strcmp(tensor->name, "target.counts") == 0);
	return *taken ? check_counts(r->reader, tensor) : WP_OK;
}

static enum wp_err mismatch(const struct reading *r, const char *what)
{
	return wp_fail(WP_EMISMATCH, "%s: %s", wp_reader_name(r->reader), what);
}

/* Are there targets, as many as sequences where these can be counted? */
static enum wp_err check_targets(struct reading *r)
{
	bool given = r->has_vocab[TARGET_IDS] || r->seen[TARGET_IDS] || r->seen[TARGET_LENGTHS];
	if (!given)
		return r->corpus->target.given ? different(r, TARGET_IDS) : WP_OK;
	if (!r->seen[TARGET_IDS] || !r->seen[TARGET_LENGTHS])
		return wp_fail(WP_EMISMATCH,
			"%s: targets, but no '%s': is this the output of 'vocab --pair'?",
			wp_reader_name(r->reader),
			names[r->seen[TARGET_IDS] ? TARGET_LENGTHS : TARGET_IDS]);
	if (r->target_length_sum != r->count[TARGET_IDS])
		return mismatch(r, "target.lengths and target.ids do not agree");
	if (r->seen[LENGTHS] && r->count[LENGTHS] != r->count[TARGET_LENGTHS])
		return wp_fail(WP_EMISMATCH,
			"%s: %" PRIu64 " sources and %" PRIu64
			" targets: each sequence needs its target",
			wp_reader_name(r->reader), r->count[LENGTHS], r->count[TARGET_LENGTHS]);
	return WP_OK;
}

static enum wp_err settle_all(struct reading *r)
{
	enum wp_err err = WP_OK;
	for (int kind = IDS; kind <= TAGS && !err; kind++)
		if (r->wanted[kind])
			err = settle(r, kind);
	return err;
}

/* The stream is at its end: has it all, and does it agree? */
static enum wp_err check_whole(struct reading *r)
{
	if (r->rows)
		return settle_all(r);
	bool text = !r->ids_optional || r->has_vocab[IDS] || r->seen[IDS];
	if (text && (!r->has_vocab[IDS] || !r->seen[IDS] || !r->seen[LENGTHS]))
		return wp_fail(WP_EMISMATCH, "%s: no '%s': is this the output of vocab?",
			wp_reader_name(r->reader),
			!r->has_vocab[IDS]      ? "vocab"
				: !r->seen[IDS] ? "ids"
						: "lengths");
	if (text && r->length_sum != r->count[IDS])
		return mismatch(r, "lengths and ids do not agree");
	enum wp_err err = WP_OK;
	for (int kind = LABELS; kind <= TAGS && !err; kind++)
		if (r->wanted[kind])
			err = settle(r, kind);
	if (err)
		return err;
	if (vocab_of(r->corpus, LABELS)->count > 0 && r->count[LABELS] != r->count[LENGTHS])
		return mismatch(r, "not a label for each sentence");
	if (vocab_of(r->corpus, TAGS)->count > 0 && r->count[TAGS] != r->length_sum)
		return mismatch(r, "not a tag for each token");
	err = wp_corpus_columns_end_stream(&r->columns, r->reader, r->length_sum, r->first);
	return err ? err : check_targets(r);
}

static enum wp_err read_stream(struct reading *r, wp_record_fn *other, void *arg)
{
	const struct wp_tensor *tensor;
	enum wp_err err;
	while (!(err = wp_reader_next(r->reader, &tensor))) {
		bool taken;
		err = take(r, tensor, &taken);
		if (!err && !taken && other)
			err = other(arg, r->reader, tensor);
		if (err)
			return err;
	}
	return err == WP_END ? check_whole(r) : err;
}

/* Ready for the next stream. */
static void forget_stream(struct reading *r)
{
	for (int kind = 0; kind < LENGTHS; kind++)
		wp_strings_fini(&r->vocab[kind]);
	memset(r->has_vocab, 0, sizeof r->has_vocab);
	memset(r->settled, 0, sizeof r->settled);
	memset(r->seen, 0, sizeof r->seen);
	memset(r->count, 0, sizeof r->count);
	r->length_sum = r->target_length_sum = 0;
	r->first = false;
}

static enum wp_err create_spools(struct reading *r, const struct wp_strings *columns,
	size_t memory, const char *directory)
{
	/* Sentences are some ten times fewer than tokens. */
	size_t pairs = r->wanted[TARGET_IDS];
	size_t by_sentence = memory / 8 / (1 + r->wanted[LABELS] + pairs);
	const size_t extra = columns ? columns->count : 0;
	size_t by_token = (memory - memory / 8) / (1 + r->wanted[TAGS] + pairs + extra);
	enum wp_err err =
		wp_corpus_columns_init(&r->columns, r->corpus, columns, by_token, directory);
	for (int kind = 0; kind < KINDS && !err; kind++)
		if (r->wanted[kind])
			err = wp_spool_create(&r->corpus->spools[kind],
				kind == IDS || kind == TARGET_IDS || kind == TAGS ? by_token
										  : by_sentence,
				directory);
	return err;
}

static enum wp_err map_spools(struct wp_corpus *corpus, bool rows)
{
	const void *data[KINDS] = {NULL};
	size_t count[KINDS] = {0};
	enum wp_err err = WP_OK;
	for (int kind = 0; kind < KINDS && !err; kind++) {
		struct wp_spool *spool = corpus->spools[kind];
		if (!spool)
			continue;
		err = wp_spool_map(spool, &data[kind]);
		count[kind] = (size_t)(wp_spool_size(spool) / sizeof(int32_t));
	}
	corpus->ids = data[IDS];
	corpus->tokens = count[IDS];
	corpus->lengths = data[LENGTHS];
	corpus->sentences = count[LENGTHS];
	corpus->labels = data[LABELS];
	if (rows)
		corpus->sentences = count[LABELS];
	corpus->tags = data[TAGS];
	corpus->target.ids = data[TARGET_IDS];
	corpus->target.tokens = count[TARGET_IDS];
	corpus->target.lengths = data[TARGET_LENGTHS];
	corpus->target.sentences = count[TARGET_LENGTHS];
	return err;
}

static int32_t find_word(const struct wp_strings *words, const char *word)
{
	for (size_t i = 0; i < words->count; i++) {
		size_t length;
		const char *other = wp_strings_get(words, i, &length);
		if (length == strlen(word) && memcmp(other, word, length) == 0)
			return (int32_t)i;
	}
	return -1;
}

/* A decoder begins with one marker, and is at its end with the other. */
static enum wp_err check_markers(struct wp_corpus *corpus, const char *from)
{
	struct wp_corpus_target *t = &corpus->target;
	const struct wp_strings *vocab = wp_corpus_target_vocab(corpus);
	t->start = find_word(vocab, WP_SENTENCE_START);
	t->end = find_word(vocab, WP_SENTENCE_END);
	const int32_t *ids = t->ids;
	for (size_t i = 0; i < t->sentences; ids += t->lengths[i++]) {
		int32_t n = t->lengths[i];
		if (n < 2 || ids[0] != t->start || ids[n - 1] != t->end)
			return wp_fail(WP_EMISMATCH,
				"%s: target %zu is not between " WP_SENTENCE_START
				" and " WP_SENTENCE_END ", as 'vocab --pair' writes targets",
				from, i + 1);
	}
	return WP_OK;
}

enum wp_err wp_corpus_read(struct wp_corpus *corpus, struct wp_reader *reader, unsigned wanted,
	const struct wp_strings *columns, size_t memory, const char *directory,
	wp_record_fn *other, void *arg)
{
	*corpus = (struct wp_corpus){0};
	struct reading r = {.corpus = corpus, .reader = reader, .first = true};
	r.wanted[IDS] = r.wanted[LENGTHS] = true;
	r.ids_optional = wanted & WP_CORPUS_NO_IDS;
	r.rows = wanted & WP_CORPUS_ROWS;
	r.wanted[LABELS] = wanted & WP_CORPUS_LABELS;
	r.wanted[TAGS] = wanted & WP_CORPUS_TAGS;
	r.wanted[TARGET_IDS] = r.wanted[TARGET_LENGTHS] = wanted & WP_CORPUS_PAIRS;
	wp_reader_allow_joined(reader);
	enum wp_err err = create_spools(&r, columns, memory, directory);
	while (!err) {
		err = read_stream(&r, other, arg);
		if (!err)
			err = wp_reader_next_stream(reader);
		forget_stream(&r);
	}
	if (err == WP_END)
		err = map_spools(corpus, r.rows);
	if (!err)
		err = wp_corpus_columns_map(&r.columns);
	if (!err && corpus->target.given)
		err = check_markers(corpus, wp_reader_name(reader));
	wp_corpus_columns_fini(&r.columns);
	if (err)
		wp_corpus_fini(corpus);
	return err;
}
