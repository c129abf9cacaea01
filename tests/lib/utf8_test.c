/* UTF-8, the repair of what is malformed, and normalisation, against published test data. */
#include <stdint.h>
#include <string.h>
#include <zlib.h>

#include "tap.h"
#include "text/normalize.h"
#include "text/utf8.h"

static char *read_file(const char *name, size_t *size)
{
	char path[4096];
	snprintf(path, sizeof path, "%s/unicode/%s", tap_data_dir(), name);
	FILE *file = fopen(path, "rb");
	if (!file)
		return NULL;
	size_t room = 1 << 20;
	char *data = malloc(room);
	*size = data ? fread(data, 1, room, file) : 0;
	fclose(file);
	return data;
}

/* Repair a file and compare with what has to come out. */
static void repaired_file(const char *malformed, const char *expected)
{
	size_t n = 0, expected_n = 0;
	char *bytes = read_file(malformed, &n), *right = read_file(expected, &expected_n);
	if (!bytes || !right) {
		skip("no test data", "%s is repaired as %s says", malformed, expected);
	} else {
		struct wp_normalizer z = {.name = malformed};
		const char *text = bytes;
		enum wp_err err = wp_normalize(&z, &text, &n, 0);
		ok(!err && n == expected_n && memcmp(text, right, n) == 0 && z.invalid > 0,
			"%s is repaired as %s says", malformed, expected);
		wp_normalizer_fini(&z);
	}
	free(bytes);
	free(right);
}

static void every_code_point(void)
{
	unsigned wrong = 0;
	for (uint32_t c = 0; c <= WP_LAST_CODE_POINT; c++) {
		char bytes[4];
		if (c >= 0xD800 && c <= 0xDFFF)
			continue;
		size_t n = wp_utf8_encode(c, bytes);
		struct wp_decoded d = wp_utf8_decode(bytes, bytes + n);
		const char *p = bytes;
		wrong += !d.valid || d.code_point != c || d.length != n ||
			wp_utf8_next(&p) != c || p != bytes + n;
		for (size_t cut = 1; cut < n; cut++) {
			d = wp_utf8_decode(bytes, bytes + cut);
			wrong += d.valid || d.length != cut; /* one U+FFFD for the stump */
		}
	}
	ok(wrong == 0, "every code point is encoded and decoded, and cut short is one error");
}

static void malformed(void)
{
	static const struct {
		const char *bytes;
		unsigned replacements;
	} cases[] = {{"\x80", 1}, {"\xC0\x80", 2}, {"\xC1\xBF", 2}, {"\xE0\x80\x80", 3},
		{"\xED\xA0\x80", 3}, {"\xF4\x90\x80\x80", 4}, {"\xF8\x88\x80\x80\x80", 5},
		{"\xFF", 1}, {"\xE2\x82", 1}, {"\xF0\x9F\x98", 1}, {"\xE2\xE2\x82\xAC", 1},
		{"\xF0\x80\x80", 3}};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct wp_normalizer z = {.name = "test"};
		const char *text = cases[i].bytes;
		size_t n = strlen(text);
		enum wp_err err = wp_normalize(&z, &text, &n, 0);
		ok(!err && z.invalid == cases[i].replacements, "malformed case %zu: %u errors",
			i, cases[i].replacements);
		wp_normalizer_fini(&z);
	}
	struct wp_normalizer z = {.name = "a.txt", .strict = true};
	const char *text = "fine \xC3\xA9\xFF";
	size_t n = strlen(text);
	ok(wp_normalize(&z, &text, &n, 100) == WP_ECORRUPT &&
			strcmp(wp_error_detail(), "a.txt: not UTF-8 (byte 107)") == 0,
		"strict refuses with the byte's offset: %s", wp_error_detail());
	wp_normalizer_fini(&z);
}

/* A column of the file, "0041 0301", as UTF-8; the place after its semicolon. */
static const char *parse_column(const char *p, char *out, size_t *n)
{
	for (*n = 0; *p && *p != ';';) {
		char *end;
		*n += wp_utf8_encode((uint32_t)strtoul(p, &end, 16), out + *n);
		p = end;
	}
	return p + 1;
}

static void normal_forms(void)
{
	static const char file[] = "NormalizationTest-14.0.0.txt.gz";
	char path[4096], line[4096], text[5][256];
	size_t n[5];
	snprintf(path, sizeof path, "%s/unicode/%s", tap_data_dir(), file);
	gzFile cases = gzopen(path, "rb");
	if (!cases) {
		skip("no test data", "NFC and NFKC by %s", file);
		return;
	}
	struct wp_normalizer nfc = {.form = WP_FORM_NFC, .name = file};
	struct wp_normalizer nfkc = {.form = WP_FORM_NFKC, .name = file};
	int count = 0, wrong = 0;
	while (gzgets(cases, line, sizeof line)) {
		if (!strchr("0123456789ABCDEF", line[0]))
			continue;
		const char *p = line;
		for (int i = 0; i < 5; i++)
			p = parse_column(p, text[i], &n[i]);
		bool right = true;
		for (int i = 0; i < 5; i++) { /* columns: source; NFC; NFD; NFKC; NFKD */
			const char *c = text[i], *k = text[i];
			size_t cn = n[i], kn = n[i];
			int form = i < 3 ? 1 : 3;
			right = right && !wp_normalize(&nfc, &c, &cn, 0) && cn == n[form] &&
				memcmp(c, text[form], cn) == 0;
			right = right && !wp_normalize(&nfkc, &k, &kn, 0) && kn == n[3] &&
				memcmp(k, text[3], kn) == 0;
		}
		count++;
		wrong += !right;
		if (!right)
			printf("# differs: %s", line);
	}
	gzclose(cases);
	ok(count > 18000 && wrong == 0, "NFC and NFKC: %d of %d cases of %s pass",
		count - wrong, count, file);
	wp_normalizer_fini(&nfc);
	wp_normalizer_fini(&nfkc);
}

int main(void)
{
	every_code_point();
	malformed();
	repaired_file("utf8tests.bin", "utf8tests.replace.ref.txt");
	normal_forms();
	return done_testing();
}
