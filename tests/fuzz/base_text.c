/* Foreign bytes made inert hold nothing a terminal acts on and are UTF-8; durations read back; globs
 * agree with a table of all prefixes. */
#include "fuzz.h"

#include "base/clock.h"
#include "base/text.h"

enum { GLOB_MAX = 64 };

/* Of Unicode's classes Cc, Cf, Zl and Zp what moves, hides or breaks text. */
static bool acts(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0xad || c == 0x61c || c == 0x180e ||
	       (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
	       (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb) ||
	       (c >= 0xe0000 && c <= 0xe007f);
}

static void inert_is_inert(struct str foreign, size_t max)
{
	struct buf out = BUF_INIT(SIZE_MAX);
	text_inert(&out, foreign, max);
	HOLDS(utf8_valid(buf_str(&out)));
	for (struct str rest = buf_str(&out); rest.n;) {
		struct utf8_char c = utf8_next(rest);
		HOLDS(!acts(c.code));
		rest = str_from(rest, c.n);
	}
	HOLDS(out.n <= 10 * (max < foreign.n ? max : foreign.n) + 3);
	HOLDS(foreign.n <= max || str_ends(buf_str(&out), STR("\xe2\x80\xa6"), false));
	buf_fini(&out);
}

static void durations_read_back(struct str text)
{
	char words[TEXT_DURATION_MAX];
	int64_t us, again;
	if (!text_parse_duration(text, &us))
		return;
	HOLDS(us >= 0);
	HOLDS(text_parse_duration(str_of(text_duration(us, words)), &again));
	HOLDS(again == (us < US_PER_S ? us : (us + 500) / 1000 * 1000));
}

/* match[i][j]: the first i bytes of pattern match the first j of text. ASCII. */
static bool glob(const char *pattern, const char *text)
{
	bool match[GLOB_MAX + 1][GLOB_MAX + 1] = {{true}};
	size_t n = strlen(pattern), m = strlen(text);
	for (size_t i = 1; i <= n; i++)
		for (size_t j = 0; j <= m; j++)
			if (pattern[i - 1] == '*')
				match[i][j] = match[i - 1][j] || (j && match[i][j - 1]);
			else
				match[i][j] =
					j && match[i - 1][j - 1] &&
					(pattern[i - 1] == '?' || pattern[i - 1] == text[j - 1]);
	return match[n][m];
}

static void globs_agree(struct str input)
{
	char pattern[GLOB_MAX + 1] = "", text[GLOB_MAX + 1] = "";
	struct str line = input_line(&input);
	bool ascii = true;
	for (size_t i = 0; i < line.n && i < GLOB_MAX; i++)
		pattern[i] = line.p[i];
	for (size_t i = 0; i < input.n && i < GLOB_MAX; i++)
		text[i] = input.p[i];
	for (size_t i = 0; i < GLOB_MAX; i++)
		ascii = ascii && ((pattern[i] | text[i]) & 0x80) == 0;
	bool matched = text_glob(pattern, text);
	if (ascii)
		HOLDS(matched == glob(pattern, text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = input_of(data, size);
	inert_is_inert(text, SIZE_MAX);
	inert_is_inert(text, size / 2);
	durations_read_back(text);
	globs_agree(text);
	return 0;
}
