/* Token text, of which vocab made the stream: sentences, with their labels, tags or targets. */

#include "formats/format.h"
#include "formats/text.h"
#include "text/token_text.h"

/* Sentences of ids, one after the other. */
struct side {
	const char *ids, *lengths; /* their names */
	const struct wp_strings *vocab;
	const int32_t *id, *length;
	size_t tokens, at;
};

static enum wp_err put_token(struct wp_output *out, const struct wp_strings *vocab, int32_t id)
{
	size_t length;
	char *room;
	if (id < 0 || (size_t)id >= vocab->count)
		return wp_fail(WP_EMISMATCH, "an id beyond its vocabulary");
	const char *token = wp_strings_get(vocab, (size_t)id, &length);
	if (length == 0)
		return wp_fail(WP_EMISMATCH, "an empty token, which token text cannot hold");
	enum wp_err err = wp_output_reserve(out, length * WP_ESCAPE_GROWTH, &room);
	if (!err)
		wp_output_advance(out, wp_token_escape(token, length, room));
	return err;
}

static enum wp_err put_tokens(
	struct wp_output *out, const struct wp_strings *vocab, const int32_t *id, size_t n)
{
	enum wp_err err = WP_OK;
	for (size_t i = 0; i < n && !err; i++) {
		if (i > 0)
			err = wp_output_write(out, " ", 1);
		if (!err)
			err = put_token(out, vocab, id[i]);
	}
	return err;
}

static enum wp_err put_sentence(
	struct wp_output *out, struct side *side, size_t i, const char *end)
{
	if (side->length[i] < 0 || (size_t)side->length[i] > side->tokens - side->at)
		return wp_fail(WP_EMISMATCH, "'%s' add up to more than '%s' has", side->lengths,
			side->ids);
	size_t n = (size_t)side->length[i];
	enum wp_err err = put_tokens(out, side->vocab, side->id + side->at, n);
	side->at += n;
	return err ? err : wp_output_write(out, end, 1);
}

/* What stands before the sentence: its label, as it is, or its tags. */
static enum wp_err put_before(
	struct wp_output *out, const struct wp_format_text *x, size_t i, size_t at)
{
	size_t length, n = x->length[i] > 0 ? (size_t)x->length[i] : 0;
	enum wp_err err = WP_OK;
	if (x->labels) {
		if (x->label[i] < 0 || (size_t)x->label[i] >= x->labels->count)
			return wp_fail(WP_EMISMATCH, "a label beyond 'labels.vocab'");
		const char *label = wp_strings_get(x->labels, (size_t)x->label[i], &length);
		err = wp_output_write(out, label, length);
	} else if (x->tags && n <= x->tokens - at) {
		err = put_tokens(out, x->tags, x->tag + at, n);
	}
	return err || !(x->labels || x->tags) ? err : wp_output_write(out, "\t", 1);
}

static enum wp_err put_text(
	struct wp_output *out, const struct wp_format_text *x, const struct wp_format_job *job)
{
	struct side source = {"ids", "lengths", x->vocab, x->id, x->length, x->tokens, 0};
	struct side target = {"target.ids", "target.lengths", x->target_vocab, x->target_id,
		x->target_length, x->target_tokens, 0};
	enum wp_err err = WP_OK;
	for (size_t i = 0; i < wp_format_rows(job, x->sentences) && !err; i++) {
		err = put_before(out, x, i, source.at);
		if (!err)
			err = put_sentence(out, &source, i, target.vocab ? "\t" : "\n");
		if (!err && target.vocab)
			err = put_sentence(out, &target, i, "\n");
	}
	return err;
}

static enum wp_err write_format(
	struct wp_output *out, struct wp_reader *reader, struct wp_format_job *job)
{
	struct wp_tensor_set *set;
	struct wp_format_text x;
	enum wp_err err = wp_format_text_read(&x, &set, reader, job->tensor, "tokens");
	if (err)
		return err;
	err = put_text(out, &x, job);
	wp_tensor_set_free(set);
	return err;
}

const struct wp_format wp_format_tokens = {.name = "tokens", .write = write_format};
