#include "text/corpus.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/spool.h"
#include "stream/element.h"

/* The tensors of numbers.  Those before LENGTHS are codes of a vocabulary. */
enum { IDS, LABELS, TAGS, LENGTHS, KINDS };

static const char *const names[KINDS] = {"ids", "labels", "tags", "lengths"};
static const char *const vocab_names[LENGTHS] = {"vocab", "labels.vocab", "tags.vocab"};

/* A corpus in the making; and what there is of the stream, one of perhaps several. */
struct reading {
	struct wp_corpus *corpus;
	struct wp_reader *reader;
	bool wanted[KINDS];
	bool ids_optional;
	bool first; /* of the joined streams */

	struct wp_strings vocab[LENGTHS];
	bool has_vocab[LENGTHS];
	bool settled[LENGTHS]; /* vocab is the corpus's */
	bool seen[KINDS];
	uint64_t count[KINDS]; /* numbers read */
	uint64_t length_sum;
};

void wp_corpus_fini(struct wp_corpus *corpus)
{
	wp_strings_fini(&corpus->vocab);
	wp_strings_fini(&corpus->label_vocab);
	wp_strings_fini(&corpus->tag_vocab);
	free(corpus->counts);
	for (int kind = 0; kind < KINDS; kind++)
		wp_spool_free(corpus->spools[kind]);
	*corpus = (struct wp_corpus){0};
}

static struct wp_strings *vocab_of(struct wp_corpus *corpus, int kind)
{
	return kind == IDS       ? &corpus->vocab
		: kind == LABELS ? &corpus->label_vocab
				 : &corpus->tag_vocab;
}

static enum wp_err check_list(
	struct wp_reader *reader, const struct wp_tensor *tensor, enum wp_type type)
{
	if (tensor->type == type && tensor->rank == 1)
		return WP_OK;
	return wp_fail(WP_EMISMATCH, "%s: '%s' is not a list of type %s",
		wp_reader_name(reader), tensor->name, wp_type_name(type));
}

/* A vocabulary is complete: its codes come, or the end.  The first stream's is the corpus's. */
static enum wp_err settle(struct reading *r, int kind)
{
	struct wp_strings *vocab = vocab_of(r->corpus, kind);
	if (r->settled[kind])
		return WP_OK;
	r->settled[kind] = true;
	if (!r->first)
		return wp_strings_equal(&r->vocab[kind], vocab)
			? WP_OK
			: wp_fail(WP_EMISMATCH,
				  "%s: joined streams have different %s (byte %" PRIu64
				  "): use vocab --from",
				  wp_reader_name(r->reader),
				  kind == IDS ? "vocabularies" : names[kind],
				  wp_reader_offset(r->reader));
	*vocab = r->vocab[kind];
	r->vocab[kind] = (struct wp_strings){0};
	return kind == IDS ? wp_alloc(&r->corpus->counts, vocab->count,
				     sizeof *r->corpus->counts, "counts")
			   : WP_OK;
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
	if (!r->has_vocab[kind])
		return wp_fail(WP_EMISMATCH, "%s: %s come before their vocabulary",
			wp_reader_name(r->reader), names[kind]);
	enum wp_err err = settle(r, kind);
	if (err)
		return err;
	size_t limit = vocab_of(r->corpus, kind)->count;
	int64_t *counts = kind == IDS ? r->corpus->counts : NULL;
	for (size_t i = 0; i < n; i++) {
		if (codes[i] < 0 || (size_t)codes[i] >= limit)
			return wp_fail(WP_EMISMATCH,
				"%s: %s %" PRId32 " in a vocabulary of %zu %s (byte %" PRIu64
				")",
				wp_reader_name(r->reader), kind == IDS ? "id" : names[kind],
				codes[i], limit, kind == IDS ? "tokens" : names[kind],
				wp_reader_offset(r->reader));
		if (counts)
			counts[codes[i]]++;
	}
	return WP_OK;
}

static enum wp_err check_lengths(struct reading *r, const int32_t *lengths, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (lengths[i] < 0)
			return wp_fail(WP_EMISMATCH, "%s: a sentence of length %" PRId32,
				wp_reader_name(r->reader), lengths[i]);
		r->length_sum += (uint64_t)lengths[i];
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
	err = kind == LENGTHS ? check_lengths(r, data, n) : check_codes(r, kind, data, n);
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
	*taken = strcmp(tensor->name, "counts") == 0;
	return *taken ? check_counts(r->reader, tensor) : WP_OK;
}

static enum wp_err mismatch(const struct reading *r, const char *what)
{
	return wp_fail(WP_EMISMATCH, "%s: %s", wp_reader_name(r->reader), what);
}

/* The stream is at its end: has it all, and does it agree? */
static enum wp_err check_whole(struct reading *r)
{
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
	return WP_OK;
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
	r->length_sum = 0;
	r->first = false;
}

static enum wp_err create_spools(struct reading *r, size_t memory, const char *directory)
{
	/* Sentences are some ten times fewer than tokens. */
	size_t by_sentence = memory / 8 / (r->wanted[LABELS] ? 2 : 1);
	size_t by_token = (memory - memory / 8) / (r->wanted[TAGS] ? 2 : 1);
	enum wp_err err = WP_OK;
	for (int kind = 0; kind < KINDS && !err; kind++)
		if (r->wanted[kind])
			err = wp_spool_create(&r->corpus->spools[kind],
				kind == IDS || kind == TAGS ? by_token : by_sentence,
				directory);
	return err;
}

static enum wp_err map_spools(struct wp_corpus *corpus)
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
	corpus->tags = data[TAGS];
	return err;
}

enum wp_err wp_corpus_read(struct wp_corpus *corpus, struct wp_reader *reader, unsigned wanted,
	size_t memory, const char *directory, wp_record_fn *other, void *arg)
{
	*corpus = (struct wp_corpus){0};
	struct reading r = {.corpus = corpus, .reader = reader, .first = true};
	r.wanted[IDS] = r.wanted[LENGTHS] = true;
	r.ids_optional = wanted & WP_CORPUS_NO_IDS;
	r.wanted[LABELS] = wanted & WP_CORPUS_LABELS;
	r.wanted[TAGS] = wanted & WP_CORPUS_TAGS;
	wp_reader_allow_joined(reader);
	enum wp_err err = create_spools(&r, memory, directory);
	while (!err) {
		err = read_stream(&r, other, arg);
		if (!err)
			err = wp_reader_next_stream(reader);
		forget_stream(&r);
	}
	if (err == WP_END)
		err = map_spools(corpus);
	if (err)
		wp_corpus_fini(corpus);
	return err;
}
