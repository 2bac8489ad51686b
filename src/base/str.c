#include "base/str.h"

static unsigned char lower(unsigned char c)
{
	return c >= 'A' && c <= 'Z' ? (unsigned char)(c + ('a' - 'A')) : c;
}

static bool same(const char *a, const char *b, size_t n, bool ignore_case)
{
	if (n == 0)
		return true;
	if (!ignore_case)
		return memcmp(a, b, n) == 0;
	for (size_t i = 0; i < n; i++)
		if (lower((unsigned char)a[i]) != lower((unsigned char)b[i]))
			return false;
	return true;
}

bool str_ieq(struct str a, struct str b)
{
	return a.n == b.n && same(a.p, b.p, a.n, true);
}

bool str_starts(struct str s, struct str prefix, bool ignore_case)
{
	return s.n >= prefix.n && same(s.p, prefix.p, prefix.n, ignore_case);
}

bool str_ends(struct str s, struct str suffix, bool ignore_case)
{
	if (s.n < suffix.n)
		return false;
	return suffix.n == 0 || same(s.p + (s.n - suffix.n), suffix.p, suffix.n, ignore_case);
}

ptrdiff_t str_find(struct str s, struct str needle, bool ignore_case)
{
	if (needle.n == 0)
		return 0;
	if (needle.n > s.n)
		return -1;
	if (!ignore_case) {
		const char *at = memmem(s.p, s.n, needle.p, needle.n);
		return at ? at - s.p : -1;
	}
	unsigned char first = lower((unsigned char)needle.p[0]);
	for (size_t i = 0; i <= s.n - needle.n; i++)
		if (lower((unsigned char)s.p[i]) == first &&
			same(s.p + i, needle.p, needle.n, true))
			return (ptrdiff_t)i;
	return -1;
}

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

struct str str_trim(struct str s)
{
	while (s.n && is_space(s.p[0])) {
		s.p++;
		s.n--;
	}
	while (s.n && is_space(s.p[s.n - 1]))
		s.n--;
	return s;
}
