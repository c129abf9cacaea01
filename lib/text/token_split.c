#include "text/token_split.h"

#include <stdlib.h>
#include <string.h>

#include "base/cpu.h"
#include "base/memory.h"
#include "text/token_text.h"
#include "x86/separators.h"

enum {
	WINDOW = 2 * WP_SPLIT_TOKENS -
		2, /* bytes cut at a time: what they turn into stays in the L1 cache */
	PAD = 64,  /* bytes that may be read behind a region of text                 */
	TOKEN_MAX = 1 << 24, /* bytes; no text has longer tokens, but binary data may */
};

typedef size_t separators_fn(const char *text, size_t size, uint16_t *at, bool *backslash);

struct wp_splitter {
	wp_split_sink *sink;
	void *arg;
	separators_fn *separators;
	enum wp_annotation annotation;
	bool in_label; /* what has begun is a label, or comes before the tab of a tagged line */
	bool in_sentence;                /* bytes came after the last LF   */
	uint64_t line;                   /* of the text, from 1: for messages */
	uint64_t line_tags, line_tokens; /* of a tagged line */
	/* A token, or label, that has begun but whose end is not yet known. */
	char *carry;
	size_t carried, carry_room;
	char *unescaped;
	size_t unescaped_room;
	struct wp_token tokens[WP_SPLIT_TOKENS];
	struct wp_token labels[WP_SPLIT_TOKENS];
	uint32_t sentence_ends[WINDOW + 1];
	uint16_t at[WINDOW + 64];
};

/* Without branches: what follows a separator cannot be foreseen. */
static inline bool is_separator(char c)
{
	const uint64_t separators = 1ull << ' ' | 1ull << '\t' | 1ull << '\n' | 1ull << '\r';
	unsigned char byte = (unsigned char)c;
	return (byte < 64) & (separators >> (byte & 63));
}

static size_t separators_plain(const char *text, size_t size, uint16_t *at, bool *backslash)
{
	size_t count = 0;
	bool found = false;
	for (size_t i = 0; i < size; i++) {
		at[count] = (uint16_t)i;
		count += is_separator(text[i]);
		found |= text[i] == '\\';
	}
	*backslash = found;
	return count;
}

static separators_fn *choose_separators(void)
{
#ifdef WP_X86_KERNELS
	switch (wp_cpu_isa()) {
	case WP_ISA_AVX512:
		return wp_separators_avx512;
	case WP_ISA_AVX2:
		return wp_separators_avx2;
	case WP_ISA_PLAIN:
		break;
	}
#endif
	return separators_plain;
}

enum wp_err wp_splitter_create(struct wp_splitter **splitter, enum wp_annotation annotation,
	wp_split_sink *sink, void *arg)
{
	enum wp_err err = wp_alloc(splitter, 1, sizeof **splitter, "vocabulary");
	if (err)
		return err;
	(*splitter)->sink = sink;
	(*splitter)->arg = arg;
	(*splitter)->separators = choose_separators();
	(*splitter)->line = 1;
	(*splitter)->annotation = annotation;
	(*splitter)->in_label = annotation != WP_UNANNOTATED;
	return WP_OK;
}

void wp_splitter_free(struct wp_splitter *s)
{
	if (!s)
		return;
	free(s->carry);
	free(s->unescaped);
	free(s);
}

struct wp_token wp_token_make(const char *bytes, size_t length)
{
	struct wp_token token = {.bytes = bytes, .length = length};
	memcpy(token.key, bytes, length < WP_KEY_BYTES ? length : WP_KEY_BYTES);
	return token;
}

/* Tokens and sentence ends at the separators text[at[0..count)].  *begin is where the first
 * token begins and is moved to where the next one, not ended here, does.  Without branches
 * but for the loop's: an empty token and a sentence end that is none are overwritten. */
static void cut_plain(struct wp_splitter *s, struct wp_split *found, const char *text,
	size_t count, const char **begin)
{
	const char *from = *begin;
	size_t tokens = 0, ends = 0;
	for (size_t i = 0; i < count; i++) {
		const char *end = text + s->at[i];
		wp_token_set(&s->tokens[tokens], from, (size_t)(end - from));
		tokens += end != from;
		s->sentence_ends[ends] = (uint32_t)tokens;
		ends += *end == '\n';
		from = end + 1;
	}
	*begin = from;
	found->token_count = tokens;
	found->sentence_count = ends;
}

/* The same where each line begins with a label and a tab. */
static enum wp_err cut_labelled(struct wp_splitter *s, struct wp_split *found, const char *text,
	size_t count, const char **begin)
{
	const char *from = *begin;
	for (size_t i = 0; i < count; i++) {
		const char *end = text + s->at[i];
		if (s->in_label) {
			if (*end == ' ' || *end == '\r')
				continue;
			if (*end != '\t' || end == from)
				return wp_fail(WP_ECORRUPT,
					"no label and tab at the beginning of the line "
					"(line %llu)",
					(unsigned long long)(s->line + found->sentence_count));
			wp_token_set(
				&s->labels[found->label_count++], from, (size_t)(end - from));
			s->in_label = false;
		} else {
			wp_token_set(
				&s->tokens[found->token_count], from, (size_t)(end - from));
			found->token_count += end != from;
			if (*end == '\n') {
				s->sentence_ends[found->sentence_count++] =
					(uint32_t)found->token_count;
				s->in_label = true;
			}
		}
		from = end + 1;
	}
	*begin = from;
	return WP_OK;
}

static enum wp_err tags_differ(const struct wp_splitter *s, const struct wp_split *found)
{
	return wp_fail(WP_ECORRUPT, "%llu tags for %llu tokens (line %llu)",
		(unsigned long long)s->line_tags, (unsigned long long)s->line_tokens,
		(unsigned long long)(s->line + found->sentence_count));
}

/* The same where each line begins with its tags and a tab. */
static enum wp_err cut_tagged(struct wp_splitter *s, struct wp_split *found, const char *text,
	size_t count, const char **begin)
{
	const char *from = *begin;
	for (size_t i = 0; i < count; i++) {
		const char *end = text + s->at[i];
		size_t length = (size_t)(end - from);
		if (s->in_label && length > 0) {
			wp_token_set(&s->labels[found->label_count++], from, length);
			s->line_tags++;
		} else if (length > 0) {
			wp_token_set(&s->tokens[found->token_count++], from, length);
			s->line_tokens++;
		}
		from = end + 1;
		if (*end == '\t')
			s->in_label = false;
		if (*end != '\n')
			continue;
		if (s->in_label && s->line_tags > 0)
			return wp_fail(WP_ECORRUPT, "no tab behind the tags (line %llu)",
				(unsigned long long)(s->line + found->sentence_count));
		if (s->line_tokens != s->line_tags)
			return tags_differ(s, found);
		s->sentence_ends[found->sentence_count++] = (uint32_t)found->token_count;
		s->in_label = true;
		s->line_tags = s->line_tokens = 0;
	}
	*begin = from;
	return s->line_tokens > s->line_tags ? tags_differ(s, found) : WP_OK;
}

/* Undo the escapes of tokens, writing to *to.  A token in which a backslash begins no escape
 * was not written by tokenize, and is taken as it stands. */
static void unescape_tokens(struct wp_token *tokens, size_t count, char **to)
{
	for (size_t i = 0; i < count; i++) {
		struct wp_token *token = &tokens[i];
		if (memchr(token->bytes, '\\', token->length)) {
			size_t length;
			if (wp_token_unescape(token->bytes, token->length, *to, &length))
				continue;
			wp_token_set(token, *to, length);
			*to += length;
		}
	}
}

/* The same for what was found, which has at most `bytes` bytes together.  Labels stay. */
static enum wp_err unescape(struct wp_splitter *s, const struct wp_split *found, size_t bytes)
{
	enum wp_err err = wp_grow(&s->unescaped, &s->unescaped_room, bytes + PAD, 1, "tokens");
	if (err)
		return err;
	char *to = s->unescaped;
	unescape_tokens(s->tokens, found->token_count, &to);
	if (s->annotation == WP_TAGGED)
		unescape_tokens(s->labels, found->label_count, &to);
	return WP_OK;
}

/* Cut text[0, size), where size is a multiple of 64, PAD more bytes can be read, and text[0]
 * begins a token or label.  *rest is what the last separator leaves: text + *rest begins what
 * has not ended. */
static enum wp_err cut(struct wp_splitter *s, const char *text, size_t size, size_t *rest)
{
	const char *begin = text;
	bool carries_backslash = false; /* perhaps, into this window */
	for (size_t done = 0; done < size; done += WINDOW) {
		const char *window = text + done;
		size_t length = size - done < WINDOW ? size - done : WINDOW;
		struct wp_split found = {.line = s->line,
			.tokens = s->tokens,
			.sentence_ends = s->sentence_ends,
			.labels = s->labels};
		bool backslash;
		size_t count = s->separators(window, length, s->at, &backslash);
		size_t bytes = (size_t)(window + length - begin);
		enum wp_err err = WP_OK;
		if (s->annotation == WP_LABELLED)
			err = cut_labelled(s, &found, window, count, &begin);
		else if (s->annotation == WP_TAGGED)
			err = cut_tagged(s, &found, window, count, &begin);
		else
			cut_plain(s, &found, window, count, &begin);
		if (!err && (backslash || carries_backslash))
			err = unescape(s, &found, bytes);
		if (!err && count > 0)
			err = s->sink(s->arg, &found);
		if (err)
			return err;
		s->line += found.sentence_count;
		carries_backslash = backslash || (carries_backslash && begin < window);
	}
	*rest = (size_t)(begin - text);
	return WP_OK;
}

static enum wp_err carry_on(struct wp_splitter *s, const char *bytes, size_t size)
{
	if (size > TOKEN_MAX - s->carried)
		return wp_fail(WP_ECORRUPT,
			"a token of more than %d bytes: this is no token text (line %llu)",
			TOKEN_MAX, (unsigned long long)s->line);
	enum wp_err err =
		wp_grow(&s->carry, &s->carry_room, s->carried + size + 2 * PAD, 1, "tokens");
	if (err)
		return err;
	memcpy(s->carry + s->carried, bytes, size);
	s->carried += size;
	return WP_OK;
}

static enum wp_err cut_carry(struct wp_splitter *s)
{
	memset(s->carry + s->carried, 0, 2 * PAD);
	size_t rest;
	enum wp_err err = cut(s, s->carry, (s->carried + PAD - 1) / PAD * PAD, &rest);
	if (err)
		return err;
	s->carried -= rest;
	memmove(s->carry, s->carry + rest, s->carried);
	return WP_OK;
}

enum wp_err wp_splitter_feed(struct wp_splitter *s, const char *block, size_t size)
{
	if (size == 0)
		return WP_OK;
	s->in_sentence = block[size - 1] != '\n';
	while (s->carried > 0 && size > 0) {
		size_t n = 0;
		while (n < size && !is_separator(block[n]))
			n++;
		bool ended = n < size;
		n += ended;
		enum wp_err err = carry_on(s, block, n);
		if (!err && ended)
			err = cut_carry(s);
		if (err)
			return err;
		block += n;
		size -= n;
	}
	size_t whole = size > PAD ? (size - PAD) / PAD * PAD : 0;
	size_t rest = 0;
	enum wp_err err = WP_OK;
	if (whole > 0)
		err = cut(s, block, whole, &rest);
	if (!err && rest < size)
		err = carry_on(s, block + rest, size - rest);
	if (!err && s->carried > 0)
		err = cut_carry(s);
	return err;
}

enum wp_err wp_splitter_finish(struct wp_splitter *s)
{
	enum wp_err err = s->in_sentence ? wp_splitter_feed(s, "\n", 1) : WP_OK;
	s->line = 1;
	return err;
}
