/* Pairs: as text, tokenized or counted, and as streams, merged or read.  The first byte says
 * which.  However a text is cut into blocks, the result is the same; and what is written of
 * pairs can be read. */
#include <string.h>

#include "fuzz.h"
#include "stream/output.h"
#include "text/corpus.h"
#include "text/pair_tokenize.h"
#include "text/vocab_job.h"

enum { SHARED = 1, LABELLED = 2, DROP = 4, TARGET = 8, MERGE = 16, READ = 32, TOKENIZE = 48 };

struct bytes {
	char *data;
	size_t size;
};

static void append(struct bytes *to, const char *data, size_t size)
{
	to->data = realloc(to->data, to->size + size + 1);
	must(to->data != NULL);
	if (size)
		memcpy(to->data + to->size, data, size);
	to->size += size;
}

static struct wp_reader *open_stream(const char *data, size_t size)
{
	struct wp_input *input;
	struct wp_reader *reader;
	if (wp_input_memory(&input, data, size, "fuzz") || wp_reader_over(&reader, input))
		return NULL;
	return reader;
}

/* Read as a trainer does: each target is between markers, each id in its vocabulary. */
static enum wp_err read_stream(const char *data, size_t size)
{
	struct wp_reader *reader = open_stream(data, size);
	struct wp_corpus c;
	if (!reader)
		return WP_ECORRUPT;
	unsigned wanted = WP_CORPUS_PAIRS | WP_CORPUS_LABELS | WP_CORPUS_NO_IDS;
	enum wp_err err = wp_corpus_read(&c, reader, wanted, NULL, 1 << 16, "/tmp", NULL, NULL);
	wp_reader_close(reader);
	if (err)
		return err;
	const int32_t *id = c.target.ids;
	for (size_t i = 0; i < c.target.sentences; id += c.target.lengths[i++])
		must(*id == c.target.start && id[c.target.lengths[i] - 1] == c.target.end);
	for (size_t i = 0; i < c.target.tokens; i++)
		must(c.target.ids[i] >= 0 &&
			(size_t)c.target.ids[i] < wp_corpus_target_vocab(&c)->count);
	must(!c.target.given || c.sentences == 0 || c.sentences == c.target.sentences);
	wp_corpus_fini(&c);
	return WP_OK;
}

/* The stream that vocab makes of text, or of streams, given in steps. */
static enum wp_err count(
	const char *data, size_t size, unsigned kind, size_t step, struct bytes *made)
{
	const struct wp_vocab_job_params params = {.pair = !(kind & TARGET),
		.target = kind & TARGET,
		.shared = kind & SHARED,
		.count = {.with_ids = true,
			.annotation = kind & LABELLED ? WP_LABELLED : WP_UNANNOTATED,
			.memory = 1 << 20,
			.tmpdir = "/tmp"},
		.rules = {.check = true,
			.max_length = kind & DROP ? 4 : 0,
			.max_ratio = kind & DROP ? 2 : 0,
			.drop = kind & DROP}};
	const struct wp_vocab_cut cuts[WP_SIDES] = {{.min_count = 1}, {.min_count = 1}};
	struct wp_vocab_job *job;
	struct wp_input *input;
	enum wp_err err = wp_vocab_job_create(&job, &params);
	if (!err)
		err = wp_vocab_job_count(job);
	if (!err && kind & MERGE) {
		err = wp_input_memory(&input, data, size, "fuzz");
		if (!err)
			err = wp_vocab_job_merge(job, input);
	}
	for (size_t at = 0; at < size && !err && !(kind & MERGE); at += step)
		err = wp_vocab_job_feed(job, data + at, size - at < step ? size - at : step);
	if (!err && !(kind & MERGE))
		err = wp_vocab_job_end_text(job);
	if (!err)
		err = wp_vocab_job_select(job, cuts);
	if (!err) {
		struct wp_output *out;
		struct wp_writer *writer;
		must(wp_output_memory(&out) == WP_OK);
		must(wp_writer_open(&writer, out, 0) == WP_OK);
		err = wp_vocab_job_put(job, writer);
		size_t n = 0;
		const char *bytes = wp_output_collected(out, &n);
		append(made, bytes, n);
		wp_writer_abandon(writer, "fuzz");
	}
	wp_vocab_job_free(job);
	return err;
}

/* Put the end behind what was written, and read it. */
static void read_back(struct bytes *made, unsigned kind)
{
	append(made, (const char[FUZZ_END]){0}, FUZZ_END);
	made->size -= FUZZ_END;
	made->size += fuzz_end((uint8_t *)made->data, made->size);
	enum wp_err err = read_stream(made->data, made->size);
	/* Streams that are merged may have targets without markers. */
	must(!err || (kind & MERGE && err == WP_EMISMATCH));
}

static void fuzz_count(const char *data, size_t size, unsigned kind)
{
	struct bytes whole = {0}, pieces = {0};
	enum wp_err err = count(data, size, kind, size, &whole);
	if (!(kind & MERGE)) {
		must(count(data, size, kind, 1 + size / 7, &pieces) == err);
		must(whole.size == pieces.size &&
			(err || memcmp(whole.data, pieces.data, whole.size) == 0));
	}
	if (!err)
		read_back(&whole, kind);
	fuzz_accepted += !err;
	free(whole.data);
	free(pieces.data);
}

static enum wp_err tokenize(
	const char *data, size_t size, unsigned kind, size_t step, struct bytes *made)
{
	struct wp_tokenizer_options o = wp_tokenizer_options_default();
	struct wp_pair_tokenizer *t;
	o.labels = kind & LABELLED;
	o.language = kind & SHARED ? "fr,de" : NULL;
	o.unit = kind & TARGET ? WP_TOKENS_CHARS : WP_TOKENS_TREEBANK;
	enum wp_err err = wp_pair_tokenizer_create(&t, &o, kind & DROP);
	if (err)
		return err;
	for (size_t at = 0; at < size && !err; at += step)
		err = wp_pair_tokenizer_feed(t, data + at, size - at < step ? size - at : step);
	if (!err)
		err = wp_pair_tokenizer_end_input(t);
	size_t n = 0;
	const char *bytes = wp_pair_tokenizer_output(t, &n);
	append(made, bytes, n);
	uint64_t lines = wp_pair_tokenizer_counts(t).lines, tabs = 0;
	for (size_t i = 0; i < made->size; i++)
		tabs += made->data[i] == '\t';
	must(err || tabs == lines * (kind & LABELLED ? 2 : 1));
	wp_pair_tokenizer_free(t);
	return err;
}

static void fuzz_tokenize(const char *data, size_t size, unsigned kind)
{
	struct bytes whole = {0}, pieces = {0};
	enum wp_err err = tokenize(data, size, kind, size, &whole);
	must(tokenize(data, size, kind, 1 + size / 5, &pieces) == err);
	must(err ||
		(whole.size == pieces.size &&
			memcmp(whole.data, pieces.data, whole.size) == 0));
	fuzz_accepted += !err;
	free(whole.data);
	free(pieces.data);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2)
		return 0;
	unsigned kind = data[0] & 63;
	const char *rest = (const char *)data + 1;
	if ((kind & TOKENIZE) == TOKENIZE)
		fuzz_tokenize(rest, size - 1, kind);
	else if (kind & READ)
		fuzz_accepted += !read_stream(rest, size - 1);
	else if (!(kind & TARGET && kind & MERGE))
		fuzz_count(rest, size - 1, kind);
	return 0;
}
