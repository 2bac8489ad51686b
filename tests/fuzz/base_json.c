/* JSON: the strict scanner, the parser behind it and a grammar written anew agree; what is printed
 * reads back as the same; any bytes can be put in a string. */
#include "fuzz.h"

#include "base/json.h"
#include "base/json_writer.h"

/* RFC 8259, sections 2 to 7, rule by rule; false leaves *s anywhere. */
static bool value(struct str *s, int depth);

static bool take(struct str *s, const char *set, size_t n, bool demanded)
{
	if (s->n && memchr(set, s->p[0], n)) {
		*s = str_from(*s, 1);
		return true;
	}
	return !demanded;
}

static bool one(struct str *s, char c)
{
	return take(s, &c, 1, true);
}

static void ws(struct str *s)
{
	while (s->n && take(s, " \t\n\r", 4, true))
		;
}

static bool digits(struct str *s, size_t least)
{
	size_t n = 0;
	while (take(s, "0123456789", 10, true))
		n++;
	return n >= least;
}

static bool number(struct str *s)
{
	take(s, "-", 1, false);
	if (!one(s, '0') && !(take(s, "123456789", 9, true) && digits(s, 0)))
		return false;
	if (one(s, '.') && !digits(s, 1))
		return false;
	if (!take(s, "eE", 2, true))
		return true;
	take(s, "+-", 2, false);
	return digits(s, 1);
}

static bool hex4(struct str *s)
{
	for (int i = 0; i < 4; i++)
		if (!take(s, "0123456789abcdefABCDEF", 22, true))
			return false;
	return true;
}

/* Table 3-7 of the Unicode Standard, row by row. */
static bool character(struct str *s)
{
	static const unsigned char rows[][8] = {
		{0xc2, 0xdf, 0x80, 0xbf},
		{0xe0, 0xe0, 0xa0, 0xbf, 0x80, 0xbf},
		{0xe1, 0xec, 0x80, 0xbf, 0x80, 0xbf},
		{0xed, 0xed, 0x80, 0x9f, 0x80, 0xbf},
		{0xee, 0xef, 0x80, 0xbf, 0x80, 0xbf},
		{0xf0, 0xf0, 0x90, 0xbf, 0x80, 0xbf, 0x80, 0xbf},
		{0xf1, 0xf3, 0x80, 0xbf, 0x80, 0xbf, 0x80, 0xbf},
		{0xf4, 0xf4, 0x80, 0x8f, 0x80, 0xbf, 0x80, 0xbf},
	};
	const unsigned char *p = (const unsigned char *)s->p;
	if (p[0] < 0x80) {
		*s = str_from(*s, 1);
		return p[0] >= 0x20;
	}
	for (size_t row = 0; row < sizeof(rows) / sizeof(rows[0]); row++) {
		size_t n = 0;
		while (n < 4 && rows[row][2 * n + 1] && n < s->n && p[n] >= rows[row][2 * n] &&
			p[n] <= rows[row][2 * n + 1])
			n++;
		if (n == 4 || !rows[row][2 * n + 1]) {
			*s = str_from(*s, n);
			return true;
		}
	}
	return false;
}

static bool string(struct str *s)
{
	if (!one(s, '"'))
		return false;
	while (s->n) {
		if (one(s, '"'))
			return true;
		if (!one(s, '\\')) {
			if (!character(s))
				return false;
		} else if (one(s, 'u')) {
			if (!hex4(s))
				return false;
		} else if (!take(s, "\"\\/bfnrt", 8, true)) {
			return false;
		}
	}
	return false;
}

static bool members(struct str *s, int depth, char close)
{
	ws(s);
	if (one(s, close))
		return true;
	do {
		ws(s);
		if (close == '}') {
			if (!string(s))
				return false;
			ws(s);
			if (!one(s, ':'))
				return false;
		}
		if (!value(s, depth))
			return false;
		ws(s);
	} while (one(s, ','));
	return one(s, close);
}

static bool word(struct str *s, struct str word)
{
	bool yes = str_starts(*s, word, false);
	if (yes)
		*s = str_from(*s, word.n);
	return yes;
}

static bool value(struct str *s, int depth)
{
	ws(s);
	if (s->n == 0)
		return false;
	switch (s->p[0]) {
	case '{': return depth < JSON_DEPTH_MAX && one(s, '{') && members(s, depth + 1, '}');
	case '[': return depth < JSON_DEPTH_MAX && one(s, '[') && members(s, depth + 1, ']');
	case '"': return string(s);
	case 't': return word(s, STR("true"));
	case 'f': return word(s, STR("false"));
	case 'n': return word(s, STR("null"));
	default: return number(s);
	}
}

static bool second_opinion(struct str text)
{
	return value(&text, 0) && (ws(&text), text.n == 0);
}

static void print_reads_back(const struct json *tree)
{
	struct buf first = BUF_INIT(SIZE_MAX), second = BUF_INIT(SIZE_MAX);
	struct error error;
	json_print(&first, tree);
	HOLDS(json_valid(buf_str(&first), &error));
	struct json *again = json_parse(buf_str(&first), &error);
	HOLDS(again);
	HOLDS(json_equal(tree, tree) && json_equal(tree, again) && json_equal(again, tree));
	json_print(&second, again);
	HOLDS(str_eq(buf_str(&first), buf_str(&second)));
	json_free(again);
	buf_fini(&first);
	buf_fini(&second);
}

static void bytes_are_quoted(struct str bytes)
{
	struct buf quoted = BUF_INIT(SIZE_MAX), readable = BUF_INIT(SIZE_MAX);
	struct error error;
	json_put_string(&quoted, bytes);
	struct json *tree = json_parse(buf_str(&quoted), &error);
	put_readable(&readable, bytes);
	HOLDS(tree && json_type(tree) == JSON_STRING);
	HOLDS(str_eq(json_string(tree), buf_str(&readable)));
	json_free(tree);
	buf_fini(&quoted);
	buf_fini(&readable);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = input_of(data, size);
	struct error error = {0};
	struct json *tree = json_parse(text, &error);
	struct error why = {0};
	HOLDS(json_valid(text, &why) == (tree != NULL));
	HOLDS(second_opinion(text) == (tree != NULL));
	HOLDS(tree || str_starts(str_of(error.text), STR("at byte "), false));
	if (tree)
		print_reads_back(tree);
	json_free(tree);
	bytes_are_quoted(text);
	return 0;
}
