/* Sentences: by the letter of UAX #29 where nothing is tailored, and the rules that are. */
#include <stdint.h>
#include <string.h>

#include "base/random.h"
#include "tap.h"
#include "text/segment.h"
#include "text/sentence_stops.h"
#include "text/sentences.h"
#include "text/utf8.h"

enum { MOST = 1000 };

/* Write the sentences of a text to out, a bar between them. */
static void sentences_of(const struct wp_sentence_rules *rules, const char *text, char *out)
{
	size_t n = strlen(text), end;
	*out = '\0';
	while (n > 0 && (end = wp_sentence_end(rules, text, n, true)) > 0) {
		size_t length = end;
		while (length > 0 && text[length - 1] == ' ')
			length--;
		strncat(out, text, length);
		text += end;
		n -= end;
		if (n > 0)
			strcat(out, " | ");
	}
}

/* --- the rules of UAX #29 ----------------------------------------------------------------- */

static size_t random_text(struct wp_rng *rng, char *text)
{
	static const char *const parts[] = {".", ".", "!", "?", " ", " ", "a", "B", "7", ",",
		"\"", ")", "[", "-", "\n", "\r", "\r\n", "\xC2\xAD", "\xCC\x81", "\xD7\x90",
		"\xC2\x85", "\xE2\x80\xA9", "\xE3\x80\x82", "\xC2\xAB", "\xC2\xBB", "\xCE\x94",
		"\xC3\xA9", "\xE2\x80\xA6", ";", "\xE0\xA5\xA4", "letters ", "\xE6\xBC\xA2"};
	size_t n = 0, want = wp_rng_below(rng, 120);
	while (n < want) {
		const char *part = parts[wp_rng_below(rng, sizeof parts / sizeof parts[0])];
		memcpy(text + n, part, strlen(part));
		n += strlen(part);
	}
	text[n] = '\0';
	return n;
}

static void as_the_rules_have_it(void)
{
	enum { TEXTS = 40000 };
	struct wp_sentence_rules plain = {0};
	struct wp_rng rng;
	unsigned wrong = 0;
	wp_rng_seed(&rng, 7, 0);
	for (int i = 0; i < TEXTS; i++) {
		char text[MOST];
		uint32_t code_points[MOST];
		bool breaks[MOST], good = true;
		size_t n = random_text(&rng, text), count = 0, at[MOST + 1];
		for (const char *p = text; p < text + n;) {
			at[count] = (size_t)(p - text);
			code_points[count++] = wp_utf8_next(&p);
		}
		wp_sentence_breaks(code_points, count, breaks);
		size_t from = 0, end = 0;
		for (size_t k = 1; k <= count; k++) {
			size_t place = k < count ? at[k] : n;
			if (k < count && !breaks[k])
				continue;
			end = wp_sentence_end(&plain, text + from, n - from, true);
			good &= from + end == place;
			from = place;
		}
		wrong += !good;
		if (!good && wrong == 1)
			printf("# differs: %s\n", text);
	}
	ok(wrong == 0, "%d random texts have the boundaries of UAX #29", TEXTS);
}

/* Whatever follows a text, an end found in it stays. */
static void pieces(void)
{
	enum { TEXTS = 3000 };
	struct wp_abbreviations *english;
	struct wp_rng rng;
	unsigned wrong = 0;
	if (wp_abbreviations_create(&english, wp_language_find("en")))
		exit(EXIT_FAILURE);
	struct wp_sentence_rules rules = {
		.tailored = true, .language = wp_language_find("el"), .abbreviations = english};
	wp_rng_seed(&rng, 8, 0);
	for (int i = 0; i < TEXTS; i++) {
		char text[MOST];
		size_t n = random_text(&rng, text);
		size_t end = wp_sentence_end(&rules, text, n, true);
		for (size_t cut = 0; cut < n; cut++) {
			if (((unsigned char)text[cut] & 0xC0) == 0x80)
				continue;
			size_t got = wp_sentence_end(&rules, text, cut, false);
			wrong += got != 0 && got != end;
		}
	}
	ok(wrong == 0, "what follows does not change an end that has been found");
	wp_abbreviations_free(english);
}

/* Sentences are the same whether stops are known, by whatever instructions, or not. */
static void stops(void)
{
	enum { TEXTS = 20000, PARTS = 60 };
	static const char *const parts[] = {". ", ".\n", "! ", "? ", "\" ", ") ", ".", " ", "A",
		"It", "word", "longerwords", "Mr", "etc", "p", "U.S", "3", "12", "\n", "\r\n",
		";", "\xC3\xA9", "\xE2\x80\xA6", "\xE2\x80\x9D", "[1]", "-", "/", ".) B",
		".\" B"};
	struct wp_abbreviations *english;
	struct wp_rng rng;
	unsigned wrong = 0;
	if (wp_abbreviations_create(&english, wp_language_find("en")))
		exit(EXIT_FAILURE);
	wp_rng_seed(&rng, 9, 0);
	for (int i = 0; i < TEXTS; i++) {
		char text[MOST] = "";
		size_t n = 0;
		for (uint64_t k = wp_rng_below(&rng, PARTS) + 1; k > 0; k--) {
			const char *part =
				parts[wp_rng_below(&rng, sizeof parts / sizeof parts[0])];
			memcpy(text + n, part, strlen(part));
			n += strlen(part);
		}
		struct wp_sentence_rules rules = {.tailored = true,
			.chat = i % 2,
			.language = wp_language_find(i % 3 ? "en" : "el"),
			.abbreviations = english};
		struct wp_ascii_stops found[MOST / 64 + 1];
		struct wp_stops known = {text, found};
		wp_ascii_stops_for((enum wp_isa)(i % (int)(wp_cpu_isa() + 1)))(
			text, n, i % 3 == 0, found);
		for (size_t at = 0, end; at < n; at += end) {
			bool last = i % 5;
			end = wp_sentence_end(&rules, text + at, n - at, last);
			wrong += end !=
				wp_sentence_end_by_stops(
					&rules, &known, text + at, n - at, last);
			if (end == 0)
				break;
		}
	}
	ok(wrong == 0, "known stops change no sentence");
	wp_abbreviations_free(english);
}

/* --- the rules of our own ----------------------------------------------------------------- */

static const struct {
	const char *language, *sentences;
} examples[] = {
	{"en", "The U.S. Navy came. | She lives in the U.S. | They know."},
	{"en", "Mrs. A. B. Byron wrote. | Dr. No read it."},
	{"en", "\"When?\" he cried. | \"Now.\" | They ran."},
	{"en", "It grew.[12] | Then it fell. [3] | So they say."},
	{"en", "Look at http://b.org/?Find=it or b.org/x!Y now. | Done."},
	{"en", "See p. 12. | In ch. II. | Vol. 3 and art. 7. | The p. | He left."},
	{"en", "Hm\xE2\x80\xA6 | Really? | Well\xE2\x80\xA6 so what."},
	{"en", "The hall opened. | 40 guests came. | It was v. 2 of it."},
	{"en", "- Who? | - Nobody. | - Good. | It is low - Not now."},
	{"en", "She said no.Then left. | He has 5.5 of them."},
	{"en", "No ?one came."},
	{"fr", "Il cria : \xC2\xAB Jamais ! \xC2\xBB et sortit. | M. Dupont resta."},
	{"fr", "La salle est pleine. | 30 personnes attendent. | Cf. p. 4 du livre."},
	{"de", "Er kam am 4. Juni. | Sie nicht. | Er wohnt in Nr. 7. | Das ist z. B. Wien, d. h. weit."},
	{"de", "Das ist Wien, d. h. \xC3\x96sterreich, u. a. Graz. | Es ist um 9 h. | Die Uhr."},
	{"de", "Sie rief: \xE2\x80\x9EHalt!\xE2\x80\x9C und lief. | Am 3. Tag kam sie an."},
	{"el", "\xCE\xA4\xCE\xB9; | \xCE\x94\xCE\xB5\xCE\xBD \xCE\xBE\xCE\xAD\xCF\x81\xCF\x89."},
	{"tr", "Gelecek mi? diye sordu. | Evet."},
	{"ar", "\xD9\x82.\xD9\x85 \xD8\xA8\xD8\xB9\xD8\xAF"},
	{"zh", "\xE4\xBB\x96\xE3\x80\x82 | \xE3\x80\x8C\xE5\xA5\xB9\xE3\x80\x82\xE3\x80\x8D | \xE4\xBB\x96\xE3\x80\x82"},
};

static void tailored(void)
{
	for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++) {
		char text[MOST] = "", got[MOST];
		const struct wp_language *language = wp_language_find(examples[i].language);
		struct wp_abbreviations *words;
		if (wp_abbreviations_create(&words, language))
			exit(EXIT_FAILURE);
		struct wp_sentence_rules rules = {
			.tailored = true, .language = language, .abbreviations = words};
		/* Take the bars out; Chinese has no spaces either. */
		bool spaces = !(language->traits & WP_LANGUAGE_NO_SPACES);
		size_t n = 0;
		for (const char *p = examples[i].sentences; *p; p++) {
			if (strncmp(p, " | ", 3) == 0) {
				p += 2;
				if (spaces)
					text[n++] = ' ';
			} else {
				text[n++] = *p;
			}
		}
		sentences_of(&rules, text, got);
		if (!ok(strcmp(got, examples[i].sentences) == 0, "%s: %s", language->code,
			    examples[i].sentences))
			printf("# got %s\n", got);
		wp_abbreviations_free(words);
	}
}

int main(void)
{
	as_the_rules_have_it();
	pieces();
	stops();
	tailored();
	return done_testing();
}
