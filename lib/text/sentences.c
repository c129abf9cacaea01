#include "text/sentences.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "text/segment.h"
#include "text/utf8.h"

void wp_sentences_fini(struct wp_sentences *s)
{
	free(s->end);
	free(s->code_points);
	free(s->starts);
	free(s->breaks);
}

/* Abbreviations after which a sentence goes on: titles, and what stands before a name, a number
 * or an example.  Sorted, as all lists here. */
static const char *const never_last[] = {"Adm", "Brig", "Capt", "Cmdr", "Col", "Cpl", "Dr",
	"Eq", "Fig", "Figs", "Fr", "Ft", "Gen", "Gov", "Hon", "Lt", "Maj", "Messrs", "Mlle",
	"Mme", "Mr", "Mrs", "Ms", "Mt", "No", "Nos", "Op", "Pres", "Prof", "Pvt", "Rep", "Reps",
	"Rev", "Sen", "Sens", "Sgt", "St", "Ste", "Supt", "Vol", "Vols", "approx", "ca", "cf",
	"e.g", "eq", "fig", "figs", "i.e", "nos", "pp", "v", "viz", "vol", "vols", "vs"};

/* Abbreviations that may end a sentence. */
static const char *const may_be_last[] = {"Apr", "Assn", "Aug", "Ave", "Blvd", "Bros", "Co",
	"Corp", "Dec", "Dept", "Esq", "Feb", "Inc", "Jan", "Jr", "Jul", "Jun", "Ltd", "Mar",
	"Nov", "Oct", "Rd", "Sep", "Sept", "Sr", "Univ", "al", "dept", "est", "etc", "inc"};

/* After those, and after initials and acronyms, a sentence has ended if one of the words with
 * which sentences begin comes next. */
static const char *const openers[] = {"A", "According", "After", "All", "Also", "Although",
	"An", "And", "Another", "As", "At", "Because", "Before", "Both", "But", "By", "During",
	"Each", "For", "From", "He", "Her", "Here", "His", "How", "However", "If", "In", "It",
	"Its", "Many", "Most", "My", "Not", "On", "Our", "She", "Since", "So", "Some", "That",
	"The", "Their", "Then", "There", "These", "They", "This", "Those", "Though", "Thus",
	"To", "Under", "Until", "We", "What", "When", "Where", "While", "Who", "Why", "With",
	"You"};

/* A word of code points, against a word of ASCII. */
static int compare_word(const uint32_t *word, size_t n, const char *other)
{
	for (size_t i = 0; i < n; i++) {
		uint32_t c = (unsigned char)other[i];
		if (word[i] != c)
			return word[i] < c ? -1 : 1;
	}
	return other[n] ? -1 : 0;
}

#define COUNT(list)              (sizeof(list) / sizeof(list)[0])
#define IS_LISTED(word, n, list) is_listed(word, n, list, COUNT(list))

static bool is_listed(const uint32_t *word, size_t n, const char *const *list, size_t count)
{
	size_t low = 0, high = count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = compare_word(word, n, list[middle]);
		if (order == 0)
			return true;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return false;
}

static bool is_letter(uint32_t c)
{
	unsigned sentence_class = wp_char(c).sentence;
	return sentence_class == WP_SB_UPPER || sentence_class == WP_SB_LOWER ||
		sentence_class == WP_SB_OLETTER;
}

/* "J" or "U.S" or "Ph.D" or "p.m": one or two letters at a time. */
static bool is_acronym(const uint32_t *word, size_t n)
{
	size_t letters = 0, parts = 1;
	for (size_t i = 0; i < n; i++) {
		if (word[i] == '.') {
			parts++;
			letters = 0;
		} else if (!is_letter(word[i]) || ++letters > 2) {
			return false;
		}
	}
	if (parts == 1)
		return n == 1 && wp_char(word[0]).sentence == WP_SB_UPPER;
	return letters > 0;
}

/* Does the sentence that seems to end before text[at] go on, since its full stop belongs to an
 * abbreviation? */
static bool ends_in_abbreviation(const uint32_t *text, size_t at, size_t n)
{
	size_t stop = at; /* becomes where the full stop is */
	while (stop > 0 && wp_char(text[stop - 1]).sentence == WP_SB_SP)
		stop--;
	if (stop == at || stop < 2 || text[--stop] != '.')
		return false;
	size_t begin = stop;
	while (begin > 0 && (is_letter(text[begin - 1]) || text[begin - 1] == '.'))
		begin--;
	const uint32_t *word = text + begin;
	size_t length = stop - begin;
	if (length == 0)
		return false;
	if (IS_LISTED(word, length, never_last))
		return true;
	if (!is_acronym(word, length) && !IS_LISTED(word, length, may_be_last))
		return false;
	size_t next = at;
	while (next < n && is_letter(text[next]))
		next++;
	return !IS_LISTED(text + at, next - at, openers);
}

static enum wp_err make_room(struct wp_sentences *s, size_t n)
{
	static const char what[] = "sentences";
	enum wp_err err =
		wp_grow(&s->code_points, &s->code_points_room, n, sizeof *s->code_points, what);
	if (!err)
		err = wp_grow(&s->starts, &s->starts_room, n, sizeof *s->starts, what);
	if (!err)
		err = wp_grow(&s->breaks, &s->breaks_room, n, sizeof *s->breaks, what);
	if (!err)
		err = wp_grow(&s->end, &s->end_room, n, sizeof *s->end, what);
	return err;
}

enum wp_err wp_sentences_find(struct wp_sentences *s, const char *text, size_t n)
{
	enum wp_err err = make_room(s, n);
	if (err)
		return err;
	size_t length = 0;
	for (const char *p = text; p < text + n; length++) {
		s->starts[length] = (size_t)(p - text);
		s->code_points[length] = wp_utf8_next(&p);
	}
	wp_sentence_breaks(s->code_points, length, s->breaks);
	s->count = 0;
	for (size_t i = 1; i < length; i++)
		if (s->breaks[i] && !ends_in_abbreviation(s->code_points, i, length))
			s->end[s->count++] = s->starts[i];
	if (n > 0)
		s->end[s->count++] = n;
	return WP_OK;
}
