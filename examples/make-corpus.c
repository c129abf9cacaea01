/* make-corpus: write text from a grammar, or the questions whose answers are planted in it.
 *
 *	make-corpus [-n BYTES] [-s SEED] GRAMMAR     text, one paragraph a line
 *	make-corpus -t [-n BYTES] [-s SEED] GRAMMAR  sentences, a TAB, and their trees
 *	make-corpus -q GRAMMAR                       questions, as in Google's analogy file
 *
 * Whoever judges embeddings wants a text of which the right answers are known.  The tables of a
 * grammar say what belongs together (France, Paris, French), its sentences talk about that, and
 * the questions (Paris is to France as Lima is to what?) are asked from the same tables.
 *
 * A line of a grammar that begins at the margin opens a block, the indented lines below fill
 * it, '#' begins a comment, and {name} in a phrase stands for something drawn from that name:
 *
 *	list NAME             words; the first is the most frequent (Zipf's law)
 *	rule NAME             phrases, one a line, equally likely
 *	table NAME: COLUMNS   rows of words; each column is a name, too
 *	about [TABLES]: N     sentences, one a line, for paragraphs that are N shares of all
 *	ask SECTION: X Y      asks "x1 y1 x2 y2" for all pairs of rows of two columns
 *
 * A paragraph about TABLES keeps to one row of each, so that {country} and {capital} agree in
 * it; {other country} is of any row but that.  Of other tables each {name} draws a new row.  A
 * cell can be a phrase.  Thus a paragraph about "role sex" says {someone} and {he} of all four:
 *
 *	table role: man woman thing          table sex: someone he
 *		king queen crown                     {man} he
 *		monk nun candle                      {woman} she
 *
 * Sentences get their capital letter, and "a {name}" becomes "an {name}" where it must.
 *
 * With -t each sentence is a line: its words and punctuation marks, a TAB, and the tree of how
 * it was made, as Vinyals et al. (2015) write trees for networks that learn to parse: (NAME and
 * )NAME around what a rule or column says, S around the sentence, and XX for each word or mark.
 * trees.grammar is a grammar with trees worth the name.
 *
 * The same grammar, size and seed give the same bytes on every machine: all numbers are whole.
 */
#define _POSIX_C_SOURCE 200809L /* getopt */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum { MIN_SENTENCES = 3, MAX_SENTENCES = 7, MAX_DEPTH = 50 };

#define NO_ROW SIZE_MAX

/* A stretch of text as it stands, then what a symbol says, unless that is NULL. */
struct piece {
	const char *text;
	size_t len;
	const struct symbol *symbol;
	bool other; /* not the row that the paragraph is about */
};

struct phrase {
	const char *text; /* as in the grammar */
	unsigned line;
	struct piece *pieces;
	size_t count;
};

/* Phrases to draw one from.  The weight of the i-th is 1 / (flatness + i): Zipf's law for 1,
 * all but equal for a large number.  totals[i] is the weight of the first i + 1. */
struct choice {
	struct phrase *phrases;
	size_t count;
	unsigned flatness;
	uint64_t *totals;
};

enum { ZIPF = 1, EQUAL = 10000 };

/* A list, a rule, or a column of a table. */
struct symbol {
	const char *name;
	struct choice choice;
	struct table *table; /* NULL: not a column          */
	bool is_list;        /* of words, not of phrases    */
};

struct table {
	const char *name;
	struct symbol **columns;
	size_t width;
	size_t row; /* the one that the paragraph is about, or NO_ROW */
};

struct topic {
	struct table **tables;
	size_t width;
	unsigned share;
	struct choice sentences;
};

struct question {
	const char *section;
	const struct symbol *from, *to;
};

struct grammar {
	const char *file;
	unsigned line; /* the one being read */
	struct symbol **symbols;
	struct table **tables;
	struct topic **topics;
	struct question *questions;
	size_t symbol_count, table_count, topic_count, question_count;
};

struct text {
	char *bytes;
	size_t len, room;
};

/* A sentence, and where it is wanted, its tree. */
struct said {
	struct text text, tree;
	bool wants_tree, in_word;
};

/* Ends the program with "make-corpus: FILE:LINE: what is wrong"; no line if that is 0. */
__attribute__((format(printf, 3, 4), noreturn)) static void die(
	const struct grammar *g, unsigned line, const char *format, ...)
{
	va_list args;
	fprintf(stderr, "make-corpus: %s:", g->file);
	if (line)
		fprintf(stderr, "%u:", line);
	fputc(' ', stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

/* realloc or the end. */
static void *resize(void *old, size_t count, size_t size)
{
	void *p = realloc(old, count * size);
	if (!p) {
		fputs("make-corpus: out of memory\n", stderr);
		exit(1);
	}
	return p;
}

/* Chance: splitmix64 (Steele, Lea and Flood 2014). */

static uint64_t random_bits(uint64_t *state)
{
	uint64_t z = (*state += 0x9e3779b97f4a7c15u);
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

static uint64_t random_below(uint64_t *state, uint64_t n)
{
	return (random_bits(state) >> 32) * n >> 32;
}

static size_t draw(const struct choice *c, uint64_t *state)
{
	uint64_t at = random_below(state, c->totals[c->count - 1]);
	size_t low = 0, high = c->count - 1;
	while (low < high) {
		size_t middle = (low + high) / 2;
		if (at < c->totals[middle])
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

/* Reading a grammar.  What is read stays until the program ends. */

static char *read_file(const struct grammar *g)
{
	enum { BLOCK = 65536 };
	FILE *f = fopen(g->file, "rb");
	char *text = NULL;
	size_t len = 0, got;
	if (!f)
		die(g, 0, "%s", strerror(errno));
	do {
		text = resize(text, len + BLOCK + 1, 1);
		got = fread(text + len, 1, BLOCK, f);
		len += got;
	} while (got);
	if (ferror(f))
		die(g, 0, "%s", strerror(errno));
	fclose(f);
	text[len] = '\0';
	return text;
}

/* Cuts the next word off a line; NULL where there is none. */
static char *next_word(char **rest)
{
	char *word = *rest + strspn(*rest, " \t");
	if (!*word)
		return NULL;
	char *end = word + strcspn(word, " \t");
	*rest = *end ? end + 1 : end;
	*end = '\0';
	return word;
}

static char *need_word(const struct grammar *g, char **rest, const char *what)
{
	char *word = next_word(rest);
	if (!word)
		die(g, g->line, "%s missing", what);
	return word;
}

static struct symbol *find_symbol(const struct grammar *g, const char *name, size_t len)
{
	for (size_t i = 0; i < g->symbol_count; i++) {
		struct symbol *s = g->symbols[i];
		if (strlen(s->name) == len && memcmp(s->name, name, len) == 0)
			return s;
	}
	return NULL;
}

static struct symbol *add_symbol(
	struct grammar *g, const char *name, unsigned flatness, struct table *table)
{
	if (find_symbol(g, name, strlen(name)))
		die(g, g->line, "'%s' is defined twice", name);
	struct symbol *s = resize(NULL, 1, sizeof *s);
	*s = (struct symbol){.name = name, .choice.flatness = flatness, .table = table};
	g->symbols = resize(g->symbols, g->symbol_count + 1, sizeof *g->symbols);
	return g->symbols[g->symbol_count++] = s;
}

static struct symbol *add_list(struct grammar *g, const char *name)
{
	struct symbol *s = add_symbol(g, name, ZIPF, NULL);
	s->is_list = true;
	return s;
}

static struct table *find_table(const struct grammar *g, const char *name)
{
	for (size_t i = 0; i < g->table_count; i++)
		if (strcmp(g->tables[i]->name, name) == 0)
			return g->tables[i];
	die(g, g->line, "there is no table '%s' above", name);
}

static struct table *add_table(struct grammar *g, const char *name, char *columns)
{
	struct table *t = resize(NULL, 1, sizeof *t);
	*t = (struct table){.name = name, .row = NO_ROW};
	for (char *column; (column = next_word(&columns));) {
		t->columns = resize(t->columns, t->width + 1, sizeof *t->columns);
		t->columns[t->width++] = add_symbol(g, column, EQUAL, t);
	}
	if (!t->width)
		die(g, g->line, "columns missing");
	g->tables = resize(g->tables, g->table_count + 1, sizeof *g->tables);
	return g->tables[g->table_count++] = t;
}

static struct topic *add_topic(struct grammar *g, char *tables, char *share)
{
	struct topic *t = resize(NULL, 1, sizeof *t);
	*t = (struct topic){.sentences.flatness = EQUAL};
	for (char *name; (name = next_word(&tables));) {
		t->tables = resize(t->tables, t->width + 1, sizeof *t->tables);
		t->tables[t->width++] = find_table(g, name);
	}
	unsigned long n = strtoul(need_word(g, &share, "share"), NULL, 10);
	if (n < 1 || n > 1000)
		die(g, g->line, "a share is a number from 1 to 1000");
	t->share = (unsigned)n;
	g->topics = resize(g->topics, g->topic_count + 1, sizeof *g->topics);
	return g->topics[g->topic_count++] = t;
}

static void add_question(struct grammar *g, const char *section, char *columns)
{
	const char *x = need_word(g, &columns, "column"), *y = need_word(g, &columns, "column");
	const struct symbol *from = find_symbol(g, x, strlen(x));
	const struct symbol *to = find_symbol(g, y, strlen(y));
	if (!from || !to || !from->table || from->table != to->table)
		die(g, g->line, "'%s' and '%s' are not columns of one table above", x, y);
	g->questions = resize(g->questions, g->question_count + 1, sizeof *g->questions);
	g->questions[g->question_count++] = (struct question){section, from, to};
}

/* Where the indented lines go that follow: single words or rows of them, or phrases. */
struct block {
	struct choice *words, *phrases;
	struct table *rows;
};

static struct block open_block(struct grammar *g, char *head)
{
	struct block b = {NULL, NULL, NULL};
	char *tail = strchr(head, ':');
	if (tail)
		*tail++ = '\0';
	char *kind = next_word(&head);
	if (!tail && strcmp(kind, "list") == 0)
		b.words = &add_list(g, need_word(g, &head, "name"))->choice;
	else if (!tail && strcmp(kind, "rule") == 0)
		b.phrases = &add_symbol(g, need_word(g, &head, "name"), EQUAL, NULL)->choice;
	else if (tail && strcmp(kind, "table") == 0)
		b.rows = add_table(g, need_word(g, &head, "name"), tail);
	else if (tail && strcmp(kind, "about") == 0)
		b.phrases = &add_topic(g, head, tail)->sentences;
	else if (tail && strcmp(kind, "ask") == 0)
		add_question(g, need_word(g, &head, "section"), tail);
	else
		die(g, g->line, "neither 'list', 'rule', 'table:', 'about:' nor 'ask:'");
	return b;
}

static void add_phrase(const struct grammar *g, struct choice *c, const char *text)
{
	c->phrases = resize(c->phrases, c->count + 1, sizeof *c->phrases);
	c->phrases[c->count++] = (struct phrase){.text = text, .line = g->line};
}

static void fill_block(const struct grammar *g, const struct block *b, char *line)
{
	char *word;
	if (b->words) {
		while ((word = next_word(&line)))
			add_phrase(g, b->words, word);
	} else if (b->rows) {
		for (size_t i = 0; i < b->rows->width; i++)
			add_phrase(
				g, &b->rows->columns[i]->choice, need_word(g, &line, "cell"));
		if (next_word(&line))
			die(g, g->line, "more cells than columns");
	} else if (b->phrases) {
		add_phrase(g, b->phrases, line + strspn(line, " \t"));
	} else {
		die(g, g->line, "this line belongs to no block");
	}
}

/* Find what the {names} of a phrase mean, now that all of them are defined. */
static void link_phrase(const struct grammar *g, struct phrase *p)
{
	static const char other[] = "other ";
	for (const char *at = p->text; *at;) {
		struct piece piece = {.text = at, .len = strcspn(at, "{")};
		at += piece.len;
		if (*at) {
			const char *name = at + 1, *end = strchr(name, '}');
			if (!end)
				die(g, p->line, "'{' without '}'");
			piece.other = strncmp(name, other, strlen(other)) == 0;
			if (piece.other)
				name += strlen(other);
			const struct symbol *s = find_symbol(g, name, (size_t)(end - name));
			if (!s || (piece.other && !s->table))
				die(g, p->line, "no %s is called '%.*s'",
					piece.other ? "column" : "list, rule or column",
					(int)(end - name), name);
			piece.symbol = s;
			at = end + 1;
		}
		p->pieces = resize(p->pieces, p->count + 1, sizeof *p->pieces);
		p->pieces[p->count++] = piece;
	}
}

static void link_choice(const struct grammar *g, struct choice *c, const char *name)
{
	uint64_t total = 0;
	if (!c->count)
		die(g, 0, "'%s' is empty", name);
	c->totals = resize(NULL, c->count, sizeof *c->totals);
	for (size_t i = 0; i < c->count; i++) {
		link_phrase(g, &c->phrases[i]);
		c->totals[i] = total += ((uint64_t)1 << 20) / (c->flatness + i);
	}
}

static void read_grammar(struct grammar *g, const char *file)
{
	struct block block = {NULL, NULL, NULL};
	g->file = file;
	for (char *line = read_file(g), *next; line; line = next) {
		g->line++;
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		line[strcspn(line, "#\r")] = '\0';
		if (!line[strspn(line, " \t")])
			continue;
		if (isspace((unsigned char)*line))
			fill_block(g, &block, line);
		else
			block = open_block(g, line);
	}
	for (size_t i = 0; i < g->symbol_count; i++)
		link_choice(g, &g->symbols[i]->choice, g->symbols[i]->name);
	for (size_t i = 0; i < g->topic_count; i++)
		link_choice(g, &g->topics[i]->sentences, "about");
	if (!g->topic_count)
		die(g, 0, "there is no 'about'");
}

/* Writing text. */

/* Does "an" go before this word? */
static bool wants_an(const char *word, size_t len)
{
	static const char *const consonant[] = {"eu", "one", "ukr", "uku", "uni", "use"};
	static const char *const vowel[] = {"heir", "honest", "hour"};
	for (size_t i = 0; i < sizeof consonant / sizeof *consonant; i++)
		if (strncasecmp(word, consonant[i], strlen(consonant[i])) == 0)
			return false;
	for (size_t i = 0; i < sizeof vowel / sizeof *vowel; i++)
		if (strncasecmp(word, vowel[i], strlen(vowel[i])) == 0)
			return true;
	return len > 0 && strchr("aeiouAEIOU", *word);
}

static bool ends_with_a(const struct text *t)
{
	if (t->len < 2)
		return false;
	const char *end = t->bytes + t->len;
	return end[-1] == ' ' && (end[-2] == 'a' || end[-2] == 'A') &&
		(t->len == 2 || !isalpha((unsigned char)end[-3]));
}

static void put(struct text *t, const char *bytes, size_t len)
{
	if (t->room - t->len <= len)
		t->bytes = resize(t->bytes, t->room = 2 * t->room + len + 1, 1);
	memcpy(t->bytes + t->len, bytes, len);
	t->len += len;
}

static void put_string(struct text *t, const char *text)
{
	put(t, text, strlen(text));
}

static bool is_mark(char c)
{
	return strchr(",.;:!?\"", c) != NULL;
}

/* Words and marks of a phrase, in the tree. */
static void grow_tree(struct said *out, const char *bytes, size_t len)
{
	for (size_t i = 0; i < len && out->wants_tree; i++) {
		bool mark = is_mark(bytes[i]), in_word = !mark && bytes[i] != ' ';
		if (mark || (in_word && !out->in_word))
			put_string(&out->tree, " XX");
		out->in_word = in_word;
	}
}

static void put_bracket(struct said *out, const char *bracket, const struct symbol *s)
{
	if (!out->wants_tree || s->is_list)
		return;
	put_string(&out->tree, bracket);
	put_string(&out->tree, s->name);
}

static void say(const struct grammar *g, const struct phrase *p, uint64_t *state,
	struct said *out, int depth)
{
	if (depth > MAX_DEPTH)
		die(g, p->line, "this phrase has no end");
	for (size_t i = 0; i < p->count; i++) {
		const struct piece *piece = &p->pieces[i];
		if (ends_with_a(&out->text) && wants_an(piece->text, piece->len)) {
			out->text.len--;
			put(&out->text, "n ", 2);
		}
		put(&out->text, piece->text, piece->len);
		grow_tree(out, piece->text, piece->len);
		const struct symbol *s = piece->symbol;
		if (!s)
			continue;
		size_t bound = s->table ? s->table->row : NO_ROW, row = bound;
		if (piece->other && s->choice.count < 2)
			die(g, p->line, "there is no other '%s'", s->name);
		while (row == NO_ROW || (piece->other && row == bound))
			row = draw(&s->choice, state);
		put_bracket(out, " (", s);
		say(g, &s->choice.phrases[row], state, out, depth + 1);
		put_bracket(out, " )", s);
	}
}

static void say_sentence(
	const struct grammar *g, const struct phrase *p, uint64_t *state, struct said *out)
{
	size_t start = out->text.len;
	say(g, p, state, out, 0);
	if (out->text.bytes[start] == '"')
		start++;
	out->text.bytes[start] = (char)toupper((unsigned char)out->text.bytes[start]);
}

/* Instead of the sentence that is there: its words, a TAB, and the tree. */
static void put_tree(struct said *out, struct text *lines)
{
	const struct text *text = &out->text;
	for (size_t i = 0; i < text->len; i++) {
		bool mark = is_mark(text->bytes[i]);
		if (mark && i > 0 && text->bytes[i - 1] != ' ')
			put(lines, " ", 1);
		put(lines, &text->bytes[i], 1);
		if (mark && i + 1 < text->len && text->bytes[i + 1] != ' ' &&
			!is_mark(text->bytes[i + 1]))
			put(lines, " ", 1);
	}
	put_string(lines, "\t(S");
	put(lines, out->tree.bytes, out->tree.len);
	put_string(lines, " )S\n");
	out->text.len = out->tree.len = 0;
	out->in_word = false;
}

/* A paragraph in out->text, or, where trees are wanted, its sentences in lines. */
static void say_paragraph(const struct grammar *g, const struct topic *t, uint64_t *state,
	struct said *out, struct text *lines)
{
	size_t count = MIN_SENTENCES + random_below(state, MAX_SENTENCES - MIN_SENTENCES + 1);
	size_t last = SIZE_MAX, which;
	for (size_t i = 0; i < t->width; i++)
		t->tables[i]->row = draw(&t->tables[i]->columns[0]->choice, state);
	while (count--) {
		do
			which = draw(&t->sentences, state);
		while (which == last && t->sentences.count > 1);
		last = which;
		say_sentence(g, &t->sentences.phrases[which], state, out);
		if (out->wants_tree)
			put_tree(out, lines);
		else
			put(&out->text, count ? " " : "\n", 1);
	}
	for (size_t i = 0; i < t->width; i++)
		t->tables[i]->row = NO_ROW;
}

static const struct topic *draw_topic(const struct grammar *g, uint64_t *state)
{
	uint64_t shares = 0;
	for (size_t i = 0; i < g->topic_count; i++)
		shares += g->topics[i]->share;
	uint64_t at = random_below(state, shares);
	size_t i = 0;
	while (at >= g->topics[i]->share)
		at -= g->topics[i++]->share;
	return g->topics[i];
}

/* At least so many bytes, up to the end of a paragraph.  Fails where standard output does. */
static bool write_text(const struct grammar *g, uint64_t bytes, uint64_t seed, bool trees)
{
	struct said said = {.wants_tree = trees};
	struct text lines = {NULL, 0, 0}, *all = trees ? &lines : &said.text;
	bool ok = true;
	for (uint64_t done = 0; ok && done < bytes; done += all->len) {
		all->len = 0;
		say_paragraph(g, draw_topic(g, &seed), &seed, &said, &lines);
		ok = fwrite(all->bytes, 1, all->len, stdout) == all->len;
	}
	free(said.text.bytes);
	free(said.tree.bytes);
	free(lines.bytes);
	return ok;
}

/* Is it in no other row, so that a question for it has one answer?  Several countries have the
 * same currency. */
static bool only_here(const struct choice *column, size_t row)
{
	for (size_t i = 0; i < column->count; i++)
		if (i != row && strcmp(column->phrases[i].text, column->phrases[row].text) == 0)
			return false;
	return true;
}

static bool write_questions(const struct grammar *g)
{
	for (size_t q = 0; q < g->question_count; q++) {
		const struct choice *x = &g->questions[q].from->choice;
		const struct choice *y = &g->questions[q].to->choice;
		printf(": %s\n", g->questions[q].section);
		for (size_t i = 0; i < x->count; i++)
			for (size_t j = 0; j < x->count; j++)
				if (i != j && only_here(y, i) && only_here(y, j))
					printf("%s %s %s %s\n", x->phrases[i].text,
						y->phrases[i].text, x->phrases[j].text,
						y->phrases[j].text);
	}
	return !ferror(stdout);
}

static void usage(void)
{
	fputs("usage: make-corpus [-t] [-n BYTES] [-s SEED] GRAMMAR\n"
	      "       make-corpus -q GRAMMAR\n",
		stderr);
	exit(2);
}

static uint64_t parse_number(const char *text)
{
	char *end;
	errno = 0;
	uint64_t n = strtoull(text, &end, 10);
	if (errno || *end || !isdigit((unsigned char)*text)) {
		fprintf(stderr, "make-corpus: not a number: '%s'\n", text);
		usage();
	}
	return n;
}

int main(int argc, char *argv[])
{
	static struct grammar grammar;
	uint64_t bytes = 5000000, seed = 1;
	bool questions = false, trees = false;
	for (int option; (option = getopt(argc, argv, "n:s:qt")) != -1;) {
		if (option == 'n')
			bytes = parse_number(optarg);
		else if (option == 's')
			seed = parse_number(optarg);
		else if (option == 'q')
			questions = true;
		else if (option == 't')
			trees = true;
		else
			usage();
	}
	if (argc - optind != 1 || (questions && trees))
		usage();
	read_grammar(&grammar, argv[optind]);
	bool ok = questions ? write_questions(&grammar)
			    : write_text(&grammar, bytes, seed, trees);
	if (fclose(stdout) != 0 || !ok) {
		perror("make-corpus: <stdout>");
		return 1;
	}
	return 0;
}
