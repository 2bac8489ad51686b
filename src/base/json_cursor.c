#include "base/json_cursor.h"

static bool is_space(char c)
{
	return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static const char *skip_space(const char *at, const char *end)
{
	while (at < end && is_space(*at))
		at++;
	return at;
}

enum { STRING_NEAR = 64 }; /* bytes of a string after which a search is faster than a walk */

/* To behind the closing quote of a long string. */
static const char *skip_far(const char *at, const char *end)
{
	const char *quote = NULL, *slash;
	while (at < end) {
		if (!quote || quote < at)
			quote = memchr(at, '"', (size_t)(end - at));
		if (!quote)
			return end;
		slash = memchr(at, '\\', (size_t)(quote - at));
		if (!slash)
			return quote + 1;
		at = slash + 2;
	}
	return end;
}

/* From the opening quote to behind the closing one. */
static const char *skip_string(const char *at, const char *end)
{
	const char *near = end - at > STRING_NEAR ? at + STRING_NEAR : end;
	for (at++; at < near && *at != '"'; at++)
		if (*at == '\\')
			at++;
	return at < near ? at + 1 : skip_far(at, end);
}

static const char *skip_nested(const char *at, const char *end)
{
	size_t depth = 0;
	while (at < end) {
		char c = *at;
		if (c == '"') {
			at = skip_string(at, end);
			continue;
		}
		at++;
		if (c == '{' || c == '[')
			depth++;
		else if ((c == '}' || c == ']') && --depth == 0)
			break;
	}
	return at;
}

static const char *skip_value(const char *at, const char *end)
{
	if (at < end && *at == '"')
		return skip_string(at, end);
	if (at < end && (*at == '{' || *at == '['))
		return skip_nested(at, end);
	while (at < end && *at != ',' && *at != '}' && *at != ']' && !is_space(*at))
		at++;
	return at;
}

static struct str piece(const char *from, const char *to)
{
	return (struct str){from, (size_t)(to - from)};
}

struct json_cursor json_inside(struct str value)
{
	return (struct json_cursor){value.p + (value.n > 0), value.p + value.n};
}

/* To the next name or item; false where the bracket closes. */
static bool to_next(struct json_cursor *c)
{
	c->at = skip_space(c->at, c->end);
	if (c->at < c->end && *c->at == ',')
		c->at = skip_space(c->at + 1, c->end);
	return c->at < c->end && *c->at != '}' && *c->at != ']';
}

bool json_next_item(struct json_cursor *c, struct str *value)
{
	if (!to_next(c))
		return false;
	const char *from = c->at;
	c->at = skip_value(from, c->end);
	*value = piece(from, c->at);
	return true;
}

bool json_next_member(struct json_cursor *c, struct str *name, struct str *value)
{
	if (!to_next(c))
		return false;
	const char *from = c->at;
	c->at = skip_string(from, c->end);
	*name = json_string_inside(piece(from, c->at));
	c->at = skip_space(c->at, c->end);
	if (c->at < c->end) /* the colon */
		c->at = skip_space(c->at + 1, c->end);
	from = c->at;
	c->at = skip_value(from, c->end);
	*value = piece(from, c->at);
	return true;
}

struct str json_string_inside(struct str value)
{
	if (value.n < 2 || value.p[0] != '"')
		return (struct str){"", 0};
	return piece(value.p + 1, value.p + value.n - 1);
}
