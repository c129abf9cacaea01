#include "text/pair_text.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "text/tokenize.h"

enum {
	LONGEST_LINE = 256 << 20, /* bytes */
	ENOUGH = 1 << 16 /* bytes of a side that are handed on: they stay in the cache */
};

struct bytes {
	char *data;
	size_t size, room;
};

struct wp_pair_splitter {
	struct wp_pair_rules rules;
	wp_pair_sink *sink;
	void *arg;
	const char *name;     /* or NULL */
	struct bytes pending; /* a line that has not ended */
	struct bytes side[WP_SIDES];
	size_t waiting; /* lines in them */
	uint64_t line;  /* of the text */
	struct wp_pair_counts counts;
};

/* Part of a line. */
struct part {
	const char *begin;
	size_t size;
};

const char *wp_pair_fault_name(enum wp_pair_fault fault)
{
	static const char *const names[WP_PAIR_FAULTS] = {
		[WP_PAIR_TABS] = "with other than one TAB between their sides",
		[WP_PAIR_NO_LABEL] = "without a label",
		[WP_PAIR_NO_SOURCE] = "without a source",
		[WP_PAIR_NO_TARGET] = "without a target",
		[WP_PAIR_LONG] = "too long",
		[WP_PAIR_UNEVEN] = "of lengths too different",
	};
	return names[fault];
}

enum wp_err wp_pair_splitter_create(struct wp_pair_splitter **splitter,
	const struct wp_pair_rules *rules, wp_pair_sink *sink, void *arg)
{
	enum wp_err err = wp_alloc(splitter, 1, sizeof **splitter, "pairs");
	if (err)
		return err;
	(*splitter)->rules = *rules;
	(*splitter)->sink = sink;
	(*splitter)->arg = arg;
	return WP_OK;
}

void wp_pair_splitter_free(struct wp_pair_splitter *s)
{
	if (!s)
		return;
	free(s->pending.data);
	free(s->side[WP_SOURCE].data);
	free(s->side[WP_TARGET].data);
	free(s);
}

void wp_pair_splitter_name(struct wp_pair_splitter *s, const char *name)
{
	s->name = name;
}

static enum wp_err append(struct bytes *to, const char *bytes, size_t n)
{
	enum wp_err err = wp_grow(&to->data, &to->room, to->size + n, 1, "pairs");
	if (!err && n > 0) {
		memcpy(to->data + to->size, bytes, n);
		to->size += n;
	}
	return err;
}

static enum wp_err hand_on(struct wp_pair_splitter *s)
{
	enum wp_err err = WP_OK;
	for (int side = 0; side < WP_SIDES && !err && s->waiting > 0; side++) {
		if (side != WP_SOURCE || !s->rules.target_only)
			err = s->sink(s->arg, (enum wp_side)side, s->side[side].data,
				s->side[side].size, s->waiting);
		s->side[side].size = 0;
	}
	s->waiting = 0;
	return err;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\r';
}

/* The next token of a side; one of no bytes at its end. */
static struct part next_token(const char **at, const char *end)
{
	while (*at < end && is_space(**at))
		++*at;
	struct part token = {.begin = *at};
	while (*at < end && !is_space(**at))
		++*at;
	token.size = (size_t)(*at - token.begin);
	return token;
}

static bool is_token(const struct part *token, const char *word)
{
	return token->size == strlen(word) && memcmp(token->begin, word, token->size) == 0;
}

/* The last token of a side that has one. */
static struct part last_token(const struct part *side)
{
	const char *end = side->begin + side->size, *begin;
	while (is_space(end[-1]))
		end--;
	for (begin = end; begin > side->begin && !is_space(begin[-1]); begin--)
		;
	return (struct part){begin, (size_t)(end - begin)};
}

/* The tokens of a side, of which only `most` have to be counted; `marked`: it is between the
 * markers, which are not counted. */
static size_t count_tokens(const struct part *side, size_t most, bool *marked)
{
	const char *at = side->begin, *end = side->begin + side->size;
	struct part first = next_token(&at, end), last;
	size_t n = first.size > 0;
	*marked = false;
	if (n == 0)
		return 0;
	last = last_token(side);
	*marked = first.begin < last.begin && is_token(&first, WP_SENTENCE_START) &&
		is_token(&last, WP_SENTENCE_END);
	while (n < most && next_token(&at, end).size > 0)
		n++;
	return *marked ? n - 2 : n;
}

/* Cut the line at its tabs into label, source and target. */
static bool cut(
	const struct wp_pair_rules *rules, const char *line, size_t n, struct part part[3])
{
	int begin = rules->target_only ? 2 : rules->labelled ? 0 : 1;
	part[0] = part[1] = (struct part){line, 0};
	for (int i = begin; i < 3; i++) {
		const char *tab = n > 0 ? memchr(line, '\t', n) : NULL;
		if ((tab != NULL) != (i < 2))
			return false;
		part[i] = (struct part){line, tab ? (size_t)(tab - line) : n};
		n -= tab ? part[i].size + 1 : n;
		line += tab ? part[i].size + 1 : 0;
	}
	return true;
}

/* What is wrong with the pair; WP_PAIR_FAULTS: nothing.  *marked: its target is. */
static enum wp_pair_fault find_fault(
	const struct wp_pair_rules *rules, const struct part part[3], bool *marked)
{
	/* Without limits it is enough to see that there is one beside the markers. */
	size_t most = rules->max_length || rules->max_ratio > 0 ? SIZE_MAX : 3;
	size_t target = count_tokens(&part[2], most, marked);
	if (rules->labelled && part[0].size == 0)
		return WP_PAIR_NO_LABEL;
	if (!rules->check)
		return WP_PAIR_FAULTS;
	bool ignored;
	size_t source = rules->target_only ? target : count_tokens(&part[1], most, &ignored);
	size_t longer = source > target ? source : target;
	size_t shorter = source < target ? source : target;
	if (source == 0 && !rules->target_only)
		return WP_PAIR_NO_SOURCE;
	if (target == 0)
		return WP_PAIR_NO_TARGET;
	if (rules->max_length && longer > rules->max_length)
		return WP_PAIR_LONG;
	if (rules->max_ratio > 0 && (double)longer > rules->max_ratio * (double)shorter)
		return WP_PAIR_UNEVEN;
	return WP_PAIR_FAULTS;
}

static enum wp_err refuse(const struct wp_pair_splitter *s, enum wp_pair_fault fault)
{
	static const char *const what[WP_PAIR_FAULTS] = {
		[WP_PAIR_NO_LABEL] = "no label before the source",
		[WP_PAIR_NO_SOURCE] = "no source",
		[WP_PAIR_NO_TARGET] = "no target",
		[WP_PAIR_LONG] = "a pair longer than \1max-length",
		[WP_PAIR_UNEVEN] = "a pair more uneven than \1max-ratio",
	};
	const char *tabs = s->rules.target_only ? "a TAB in a target"
		: s->rules.labelled             ? "not label, TAB, source, TAB, target"
						: "not source, TAB, target";
	return wp_fail(WP_ECORRUPT, "%s%s%s (line %llu)%s", s->name ? s->name : "",
		s->name ? ": " : "", fault == WP_PAIR_TABS ? tabs : what[fault],
		(unsigned long long)s->line,
		!s->rules.target_only ? ": \1invalid-pairs drop leaves such pairs out" : "");
}

/* The pair to the lines that wait. */
static enum wp_err keep(struct wp_pair_splitter *s, const struct part part[3], bool marked)
{
	static const char start[] = WP_SENTENCE_START " ", end[] = " " WP_SENTENCE_END;
	struct bytes *source = &s->side[WP_SOURCE], *target = &s->side[WP_TARGET];
	bool marks = s->rules.markers && !marked;
	enum wp_err err = WP_OK;
	if (s->rules.labelled)
		err = append(source, part[0].begin, part[0].size + 1); /* its TAB */
	if (!err)
		err = append(source, part[1].begin, part[1].size);
	if (!err)
		err = append(source, "\n", 1);
	if (!err && marks)
		err = append(target, start, sizeof start - 1);
	if (!err)
		err = append(target, part[2].begin, part[2].size);
	if (!err && marks)
		err = append(target, end, sizeof end - 1);
	if (!err)
		err = append(target, "\n", 1);
	s->waiting++;
	s->counts.pairs++;
	return !err && (source->size >= ENOUGH || target->size >= ENOUGH) ? hand_on(s) : err;
}

static enum wp_err take_line(struct wp_pair_splitter *s, const char *line, size_t n)
{
	struct part part[3];
	bool marked = false;
	s->line++;
	enum wp_pair_fault fault = cut(&s->rules, line, n, part)
		? find_fault(&s->rules, part, &marked)
		: WP_PAIR_TABS;
	if (fault == WP_PAIR_FAULTS)
		return keep(s, part, marked);
	if (!s->rules.drop)
		return refuse(s, fault);
	if (s->counts.dropped[fault].count++ == 0)
		s->counts.dropped[fault].first_line = s->line;
	return WP_OK;
}

static enum wp_err set_aside(struct wp_pair_splitter *s, const char *bytes, size_t n)
{
	if (n > LONGEST_LINE - s->pending.size)
		return wp_fail(WP_ELIMIT, "%s%sa line of more than %d MiB (line %llu)",
			s->name ? s->name : "", s->name ? ": " : "", LONGEST_LINE >> 20,
			(unsigned long long)(s->line + 1));
	return append(&s->pending, bytes, n);
}

static enum wp_err take_pending(struct wp_pair_splitter *s)
{
	size_t n = s->pending.size;
	s->pending.size = 0;
	return take_line(s, s->pending.data, n);
}

enum wp_err wp_pair_splitter_feed(struct wp_pair_splitter *s, const char *block, size_t size)
{
	enum wp_err err = WP_OK;
	const char *end = block + size;
	while (!err && block < end) {
		const char *newline = memchr(block, '\n', (size_t)(end - block));
		size_t n = (size_t)((newline ? newline : end) - block);
		if (!newline || s->pending.size > 0)
			err = set_aside(s, block, n);
		if (newline && !err)
			err = s->pending.size > 0 ? take_pending(s) : take_line(s, block, n);
		block += n + (newline != NULL);
	}
	return err ? err : hand_on(s);
}

enum wp_err wp_pair_splitter_end_text(struct wp_pair_splitter *s)
{
	enum wp_err err = s->pending.size > 0 ? take_pending(s) : WP_OK;
	s->line = 0;
	return err ? err : hand_on(s);
}

struct wp_pair_counts wp_pair_splitter_counts(const struct wp_pair_splitter *s)
{
	return s->counts;
}

enum wp_err wp_pair_recognise_label(struct wp_input *input, bool *labelled)
{
	enum { LONGEST = 1 << 20 };
	const char *data, *newline;
	size_t have, want = 1;
	for (;; want = have + 1) {
		enum wp_err err = wp_input_peek(input, want, &data, &have);
		if (err)
			return err;
		newline = have > 0 ? memchr(data, '\n', have) : NULL;
		if (newline || have < want || have >= LONGEST)
			break;
	}
	int tabs = 0;
	size_t n = newline ? (size_t)(newline - data) : have;
	for (size_t i = 0; i < n; i++)
		tabs += data[i] == '\t';
	*labelled = tabs == 2;
	return WP_OK;
}
