#include "serve/credential.h"

#include "base/utf8.h"

static int sextet(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

bool base64_decode(struct str text, unsigned char *out, size_t *n)
{
	size_t digits = text.n;
	*n = 0;
	if (text.n % 4 != 0)
		return false;
	while (digits && text.n - digits < 2 && text.p[digits - 1] == '=')
		digits--;
	unsigned bits = 0, held = 0;
	for (size_t i = 0; i < digits; i++) {
		int value = sextet(text.p[i]);
		if (value < 0)
			return false;
		bits = bits << 6 | (unsigned)value;
		held += 6;
		if (held < 8)
			continue;
		held -= 8;
		out[(*n)++] = (unsigned char)(bits >> held);
		bits &= (1u << held) - 1;
	}
	return bits == 0;
}

static bool is_plain(struct str text)
{
	for (size_t i = 0; i < text.n; i++)
		if ((unsigned char)text.p[i] < 0x20 || text.p[i] == 0x7f)
			return false;
	return utf8_valid(text);
}

static struct credential parse_basic(struct str encoded, struct arena *arena)
{
	const struct credential bad = {.kind = CREDENTIAL_BAD};
	if (encoded.n > (CREDENTIAL_NAME_MAX + 1 + CREDENTIAL_SECRET_MAX + 2) / 3 * 4)
		return bad;
	char *pair = arena_alloc(arena, encoded.n + 1);
	size_t n;
	if (!base64_decode(encoded, (unsigned char *)pair, &n) || !is_plain((struct str){pair, n}))
		return bad;
	pair[n] = '\0';
	char *colon = strchr(pair, ':');
	if (!colon || colon == pair || colon - pair > CREDENTIAL_NAME_MAX ||
		strlen(colon + 1) > CREDENTIAL_SECRET_MAX)
		return bad;
	*colon = '\0';
	return (struct credential){CREDENTIAL_BASIC, pair, colon + 1};
}

static struct credential parse_bearer(struct str token, struct arena *arena)
{
	for (size_t i = 0; i < token.n; i++)
		if (token.p[i] <= ' ' || token.p[i] > '~')
			return (struct credential){.kind = CREDENTIAL_BAD};
	if (!token.n || token.n > CREDENTIAL_SECRET_MAX)
		return (struct credential){.kind = CREDENTIAL_BAD};
	return (struct credential){CREDENTIAL_BEARER, NULL, arena_strndup(arena, token)};
}

struct credential credential_parse(const char *header, struct arena *arena)
{
	if (!header)
		return (struct credential){.kind = CREDENTIAL_NONE};
	struct str rest = str_trim(str_of(header));
	size_t scheme = 0;
	while (scheme < rest.n && rest.p[scheme] != ' ')
		scheme++;
	struct str name = {rest.p, scheme};
	while (scheme < rest.n && rest.p[scheme] == ' ')
		scheme++;
	rest = str_from(rest, scheme);
	if (str_ieq(name, STR("Basic")))
		return parse_basic(rest, arena);
	if (str_ieq(name, STR("Bearer")))
		return parse_bearer(rest, arena);
	return (struct credential){.kind = CREDENTIAL_BAD};
}
