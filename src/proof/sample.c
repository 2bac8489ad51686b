#include "proof/sample.h"

enum { SAMPLE_BYTES_MAX = 1 << 16 };

struct reader {
	const char *at, *end;
	unsigned depth;
	bool ok;
};

static bool more(const struct reader *r)
{
	return r->ok && r->at < r->end;
}

static bool taken(struct reader *r, const char *word)
{
	size_t n = strlen(word);
	if ((size_t)(r->end - r->at) < n || memcmp(r->at, word, n) != 0)
		return false;
	r->at += n;
	return true;
}

static void refuse(struct reader *r)
{
	r->ok = false;
}

static void read_choice(struct reader *r, struct buf *out);

static void skip_to(struct reader *r, char end)
{
	while (more(r) && *r->at != end)
		r->at++;
	if (more(r))
		r->at++;
	else
		refuse(r);
}

/* Behind the parenthesis. An assertion adds no text; a switch, (?i), has no inside. */
static void read_group(struct reader *r, struct buf *out)
{
	struct buf unseen = BUF_INIT(SAMPLE_BYTES_MAX);
	struct buf *into = out;
	bool group = true;
	if (taken(r, "?=") || taken(r, "?!") || taken(r, "?<=") || taken(r, "?<!"))
		into = &unseen;
	else if (taken(r, "?P<") || taken(r, "?<"))
		skip_to(r, '>');
	else if (!taken(r, "?:") && !taken(r, "?>") && taken(r, "?")) {
		while (more(r) && *r->at != ':' && *r->at != ')')
			r->at++;
		group = more(r) && *r->at == ':';
		r->at += group;
	}
	if (group)
		read_choice(r, into);
	if (!taken(r, ")"))
		refuse(r);
	buf_fini(&unseen);
}

/* What stands for a class of characters behind a backslash; 0: nothing, -1: not known. */
static int class_sample(char c)
{
	switch (c) {
	case 'd': return '1';
	case 'D':
	case 'w':
	case 'S':
	case 'H':
	case 'N': return 'a';
	case 'W': return '-';
	case 's':
	case 'h': return ' ';
	case 'R':
	case 'n':
	case 'v': return '\n';
	case 't': return '\t';
	case 'r': return '\r';
	case 'A':
	case 'Z':
	case 'z':
	case 'b':
	case 'B':
	case 'G':
	case 'K': return 0;
	default: break;
	}
	bool word = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
	return word ? -1 : (unsigned char)c;
}

static int read_escape(struct reader *r)
{
	if (!more(r)) {
		refuse(r);
		return 0;
	}
	char c = *r->at++;
	if (c == 'p' || c == 'P') {
		bool upper = taken(r, "{Lu}");
		if (!upper && taken(r, "{"))
			skip_to(r, '}');
		return upper ? 'A' : 'a';
	}
	int sample = class_sample(c);
	if (sample < 0)
		refuse(r);
	return sample;
}

static void mark_escape(struct reader *r, bool *set)
{
	char c = more(r) ? *r->at : '\0';
	for (int i = 0; i < 256; i++) {
		bool digit = i >= '0' && i <= '9';
		bool letter = (i >= 'a' && i <= 'z') || (i >= 'A' && i <= 'Z') || i == '_';
		bool blank = i == ' ' || (i >= '\t' && i <= '\r');
		set[i] |= (c == 'd' && digit) || (c == 'w' && (digit || letter)) ||
			  (c == 's' && blank) || (c == 'D' && !digit) || (c == 'S' && !blank) ||
			  (c == 'W' && !digit && !letter);
	}
	int sample = read_escape(r);
	if (sample > 0 && r->ok)
		set[(unsigned char)sample] = true;
}

static void mark_range(struct reader *r, bool *set)
{
	unsigned char low = (unsigned char)*r->at++, high = low;
	if (r->end - r->at >= 2 && r->at[0] == '-' && r->at[1] != ']') {
		high = (unsigned char)r->at[1];
		r->at += 2;
	}
	for (unsigned c = low; c <= high; c++)
		set[c] = true;
}

/* Behind the bracket: a letter if it has one, else a digit, else whatever it has. */
static void read_class(struct reader *r, struct buf *out)
{
	static const char liked[] =
		"abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	bool set[256] = {false};
	bool other = taken(r, "^");
	for (bool first = true; more(r) && (first || *r->at != ']'); first = false) {
		if (taken(r, "\\"))
			mark_escape(r, set);
		else if (taken(r, "[:"))
			refuse(r);
		else
			mark_range(r, set);
	}
	if (!taken(r, "]"))
		refuse(r);
	for (const char *c = liked; *c; c++)
		if (set[(unsigned char)*c] != other) {
			buf_putc(out, *c);
			return;
		}
	for (int c = ' '; c < 127; c++)
		if (set[c] != other) {
			buf_putc(out, (char)c);
			return;
		}
	refuse(r);
}

static void read_atom(struct reader *r, struct buf *out)
{
	char c = *r->at++;
	if (c == '(')
		read_group(r, out);
	else if (c == '[')
		read_class(r, out);
	else if (c == '\\') {
		int sample = read_escape(r);
		if (sample > 0)
			buf_putc(out, (char)sample);
	} else if (c == '.')
		buf_putc(out, 'a');
	else if (c != '^' && c != '$')
		buf_putc(out, c);
}

/* {3}, {3,}, {3,5}; anything else in braces is text. */
static bool read_braces(struct reader *r, size_t *least)
{
	const char *at = r->at + 1;
	size_t n = 0;
	if (at >= r->end || *at < '0' || *at > '9')
		return false;
	for (; at < r->end && *at >= '0' && *at <= '9' && n < SAMPLE_REPEATS_MAX; at++)
		n = n * 10 + (size_t)(*at - '0');
	while (at < r->end && (*at == ',' || (*at >= '0' && *at <= '9')))
		at++;
	if (at >= r->end || *at != '}')
		return false;
	r->at = at + 1;
	*least = n;
	return true;
}

static size_t read_repeats(struct reader *r)
{
	size_t least = 1;
	if (!more(r))
		return least;
	if (taken(r, "*") || taken(r, "?"))
		least = 0;
	else if (!taken(r, "+") && (*r->at != '{' || !read_braces(r, &least)))
		return least;
	if (!taken(r, "?")) /* lazy, possessive */
		taken(r, "+");
	return least;
}

static void read_sequence(struct reader *r, struct buf *out)
{
	while (more(r) && *r->at != '|' && *r->at != ')') {
		struct buf atom = BUF_INIT(SAMPLE_BYTES_MAX);
		read_atom(r, &atom);
		size_t times = read_repeats(r);
		for (size_t i = 0; r->ok && i < times && i < SAMPLE_REPEATS_MAX; i++)
			buf_putstr(out, buf_str(&atom));
		buf_fini(&atom);
	}
}

static void read_choice(struct reader *r, struct buf *out)
{
	struct buf unseen = BUF_INIT(SAMPLE_BYTES_MAX);
	if (++r->depth > SAMPLE_DEPTH_MAX)
		refuse(r);
	read_sequence(r, out);
	while (taken(r, "|") && r->ok)
		read_sequence(r, &unseen);
	r->depth--;
	buf_fini(&unseen);
}

bool sample_regex(struct str pattern, struct buf *out)
{
	struct reader r = {.at = pattern.p, .end = pattern.p + pattern.n, .ok = true};
	if (pattern.n == 0)
		return true;
	read_choice(&r, out);
	return r.ok && r.at == r.end;
}
