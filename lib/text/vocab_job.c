#include "text/vocab_job.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "text/tokenize.h"

struct wp_vocab_job {
	struct wp_vocab_job_params params;
	int first, end; /* of the sides that there are */
	bool shared;
	struct wp_pair_splitter *splitter; /* NULL for a text */
	/* Either of these for each side. */
	struct wp_counter *counter[WP_SIDES];
	struct wp_encoder *encoder[WP_SIDES];
	struct wp_counted counted[WP_SIDES]; /* what the counters chose  */
	struct wp_vocab vocab[WP_SIDES];     /* what there was already   */
	struct wp_vocab labels;
	struct wp_id_put put[WP_SIDES]; /* where the encoders write */
};

/* Labels and tags are those of sources. */
static enum wp_annotation annotation_of(const struct wp_vocab_job *job, int side)
{
	return side == WP_SOURCE ? job->params.count.annotation : WP_UNANNOTATED;
}

static enum wp_err feed_side(
	void *arg, enum wp_side side, const char *text, size_t size, size_t lines)
{
	struct wp_vocab_job *job = arg;
	(void)lines;
	return job->counter[side] ? wp_counter_feed(job->counter[side], text, size)
				  : wp_encoder_feed(job->encoder[side], text, size);
}

enum wp_err wp_vocab_job_create(
	struct wp_vocab_job **made, const struct wp_vocab_job_params *params)
{
	enum wp_err err = wp_alloc(made, 1, sizeof **made, "vocabulary");
	if (err)
		return err;
	struct wp_vocab_job *job = *made;
	struct wp_pair_rules rules = params->rules;
	job->params = *params;
	job->first = params->target ? WP_TARGET : WP_SOURCE;
	job->end = params->pair || params->target ? WP_SIDES : WP_TARGET;
	job->shared = params->pair && params->shared;
	rules.labelled = params->pair && params->count.annotation == WP_LABELLED;
	rules.target_only = params->target;
	rules.markers = true;
	if (job->end == WP_SIDES)
		err = wp_pair_splitter_create(&job->splitter, &rules, feed_side, job);
	if (err) {
		wp_vocab_job_free(job);
		*made = NULL;
	}
	return err;
}

void wp_vocab_job_free(struct wp_vocab_job *job)
{
	if (!job)
		return;
	wp_pair_splitter_free(job->splitter);
	for (int side = 0; side < WP_SIDES; side++) {
		wp_encoder_free(job->encoder[side]);
		wp_counter_free(job->counter[side]);
		wp_counted_fini(&job->counted[side]);
		wp_vocab_fini(&job->vocab[side]);
	}
	wp_vocab_fini(&job->labels);
	free(job);
}

bool wp_vocab_job_has(const struct wp_vocab_job *job, enum wp_side side)
{
	return (int)side >= job->first && (int)side < job->end;
}

enum wp_err wp_vocab_job_count(struct wp_vocab_job *job)
{
	enum wp_err err = WP_OK;
	for (int side = job->first; side < job->end && !err; side++) {
		struct wp_count_params params = job->params.count;
		params.annotation = annotation_of(job, side);
		params.memory /= job->params.pair ? 2 : 1;
		params.shares =
			job->shared && side == WP_TARGET ? job->counter[WP_SOURCE] : NULL;
		err = wp_counter_create(&job->counter[side], &params);
	}
	return err;
}

static enum wp_err copy_list(const struct wp_strings *from, struct wp_strings *to)
{
	enum wp_err err = WP_OK;
	for (size_t i = 0; i < from->count && !err; i++) {
		size_t length;
		const char *token = wp_strings_get(from, i, &length);
		err = wp_strings_add(to, token, length);
	}
	return err;
}

static enum wp_err index_copy(struct wp_vocab *vocab, const struct wp_strings *tokens)
{
	struct wp_strings list = {0};
	enum wp_err err = copy_list(tokens, &list);
	if (!err)
		return wp_vocab_from_strings(vocab, &list, NULL);
	wp_strings_fini(&list);
	return err;
}

static bool has_markers(const struct wp_vocab *vocab)
{
	return wp_vocab_find(vocab, WP_SENTENCE_START, strlen(WP_SENTENCE_START)) >= 0 &&
		wp_vocab_find(vocab, WP_SENTENCE_END, strlen(WP_SENTENCE_END)) >= 0;
}

/* The words of a side of what is given. */
static const struct wp_strings *tokens_of(const struct wp_counted *given, int side)
{
	return side == WP_TARGET && given->targets.count > 0 ? &given->targets : &given->tokens;
}

enum wp_err wp_vocab_job_give(
	struct wp_vocab_job *job, const struct wp_counted *given, const char *name)
{
	enum wp_err err = WP_OK;
	job->shared = job->params.pair && given->targets.count == 0;
	for (int side = job->first; side < job->end && !err; side++) {
		struct wp_vocab *vocab = &job->vocab[side];
		err = index_copy(vocab, tokens_of(given, side));
		if (!err && side == WP_TARGET && !has_markers(vocab))
			err = wp_fail(WP_EMISMATCH,
				"%s: its vocabulary has no " WP_SENTENCE_START
				" or no " WP_SENTENCE_END ", between which targets are",
				name);
	}
	return err ? err
		   : index_copy(&job->labels,
			     job->params.count.annotation == WP_TAGGED ? &given->tags
								       : &given->labels);
}

enum wp_err wp_vocab_job_encode(
	struct wp_vocab_job *job, bool drop_unknown, struct wp_writer *writer)
{
	enum wp_err err = WP_OK;
	for (int side = job->first; side < job->end && !err; side++) {
		enum wp_annotation annotation = annotation_of(job, side);
		const struct wp_counted written = {.tokens = job->vocab[side].tokens,
			.labels = job->labels.tokens,
			.tags = job->labels.tokens}; /* borrowed */
		job->put[side] =
			(struct wp_id_put){.writer = writer, .side = (enum wp_side)side};
		if (!job->shared || side == WP_SOURCE)
			err = wp_vocab_put(writer, (enum wp_side)side, &written, annotation);
		if (!err)
			err = wp_encoder_create(&job->encoder[side], &job->vocab[side],
				annotation, annotation ? &job->labels : NULL, drop_unknown,
				wp_id_batch_put, &job->put[side]);
	}
	return err;
}

enum wp_err wp_vocab_job_feed(struct wp_vocab_job *job, const char *block, size_t size)
{
	return job->splitter ? wp_pair_splitter_feed(job->splitter, block, size)
			     : feed_side(job, WP_SOURCE, block, size, 0);
}

enum wp_err wp_vocab_job_end_text(struct wp_vocab_job *job)
{
	enum wp_err err = job->splitter ? wp_pair_splitter_end_text(job->splitter) : WP_OK;
	for (int side = job->first; side < job->end && !err; side++)
		err = job->counter[side] ? wp_counter_end_text(job->counter[side])
					 : wp_encoder_end_text(job->encoder[side]);
	return err;
}

enum wp_err wp_vocab_job_flush(struct wp_vocab_job *job)
{
	enum wp_err err = WP_OK;
	for (int side = job->first; side < job->end && !err; side++)
		err = wp_encoder_flush(job->encoder[side]);
	return err;
}

enum wp_err wp_vocab_job_merge(struct wp_vocab_job *job, struct wp_input *input)
{
	return wp_counter_merge_pairs(job->counter, input);
}

enum wp_err wp_vocab_job_select(
	struct wp_vocab_job *job, const struct wp_vocab_cut cuts[WP_SIDES])
{
	enum wp_err err = WP_OK;
	for (int side = job->first; side < job->end && !err; side++)
		err = job->shared && side == WP_TARGET
			? wp_counter_follow(job->counter[side])
			: wp_counter_select(
				  job->counter[side], &cuts[side], &job->counted[side]);
	return err;
}

enum wp_err wp_vocab_job_impose(struct wp_vocab_job *job, bool without_unknown)
{
	enum wp_err err = WP_OK;
	for (int side = job->first; side < job->end && !err; side++)
		err = job->shared && side == WP_TARGET
			? wp_counter_follow(job->counter[side])
			: wp_counter_impose(job->counter[side], &job->vocab[side],
				  without_unknown, &job->counted[side]);
	return err;
}

/* The vocabularies; and their counts, unless those of a side are still to be counted. */
static enum wp_err put_vocabularies(struct wp_vocab_job *job, struct wp_writer *writer)
{
	bool later = job->shared && job->params.count.with_ids;
	enum wp_err err = WP_OK;
	for (int side = job->first; side < (job->shared ? WP_TARGET : job->end) && !err;
		side++) {
		const struct wp_counted *counted = &job->counted[side];
		err = wp_vocab_put(
			writer, (enum wp_side)side, counted, annotation_of(job, side));
		if (!err && !later)
			err = wp_counts_put(writer, (enum wp_side)side, counted->counts,
				counted->tokens.count);
	}
	return err;
}

enum wp_err wp_vocab_job_put(struct wp_vocab_job *job, struct wp_writer *writer)
{
	int64_t *counts[WP_SIDES] = {NULL};
	size_t n = job->counted[WP_SOURCE].tokens.count;
	bool ids = job->params.count.with_ids;
	enum wp_err err = put_vocabularies(job, writer);
	for (int side = job->first; side < job->end && ids && !err; side++) {
		if (job->shared)
			err = wp_alloc(&counts[side], n, sizeof **counts, "counts");
		struct wp_id_put put = {writer, (enum wp_side)side, counts[side]};
		if (!err)
			err = wp_counter_encode(job->counter[side], wp_id_batch_put, &put);
		if (!err)
			err = wp_id_batch_put_end(&put, annotation_of(job, side));
	}
	for (int side = job->first; side < job->end && ids && job->shared && !err; side++)
		err = wp_counts_put(writer, (enum wp_side)side, counts[side], n);
	free(counts[WP_SOURCE]);
	free(counts[WP_TARGET]);
	return err;
}

enum wp_err wp_vocab_job_put_end(struct wp_vocab_job *job)
{
	enum wp_err err = wp_vocab_job_flush(job);
	for (int side = job->first; side < job->end && !err; side++)
		err = wp_id_batch_put_end(&job->put[side], annotation_of(job, side));
	for (int side = job->first; side < job->end && !err; side++)
		err = wp_counts_put(job->put[side].writer, (enum wp_side)side,
			wp_encoder_id_counts(job->encoder[side]),
			job->vocab[side].tokens.count);
	return err;
}

const struct wp_counted *wp_vocab_job_counted(const struct wp_vocab_job *job, enum wp_side side)
{
	return &job->counted[side];
}

const struct wp_vocab *wp_vocab_job_vocab(const struct wp_vocab_job *job, enum wp_side side)
{
	return &job->vocab[side];
}

struct wp_text_counts wp_vocab_job_counts(const struct wp_vocab_job *job, enum wp_side side)
{
	if (job->encoder[side])
		return wp_encoder_counts(job->encoder[side]);
	struct wp_text_counts n = wp_counter_counts(job->counter[side]);
	if (job->shared && side == WP_SOURCE)
		n.tokens += wp_counter_counts(job->counter[WP_TARGET]).tokens;
	return n;
}

struct wp_pair_counts wp_vocab_job_pairs(const struct wp_vocab_job *job)
{
	return job->splitter ? wp_pair_splitter_counts(job->splitter)
			     : (struct wp_pair_counts){0};
}

bool wp_vocab_job_shared(const struct wp_vocab_job *job)
{
	return job->shared;
}
