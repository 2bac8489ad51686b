/* base/str.h - a borrowed run of bytes. Bytes from the network may hold NUL and broken UTF-8,
 * so text travels with its length. Values: no ownership, any thread. */
#ifndef OUTRIDER_BASE_STR_H
#define OUTRIDER_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct str {
	const char *p; /* may be NULL when n == 0 */
	size_t n;
};

#define STR(literal) ((struct str){(literal), sizeof(literal) - 1})

/* For "%.*s". */
#define STR_ARG(s) (int)(s).n, (s).n ? (s).p : ""

static inline struct str str_of(const char *text)
{
	return (struct str){text, text ? strlen(text) : 0};
}

static inline bool str_eq(struct str a, struct str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline struct str str_from(struct str s, size_t at)
{
	size_t skipped = at < s.n ? at : s.n;
	return s.n ? (struct str){s.p + skipped, s.n - skipped} : s;
}

/* ASCII letters compare without case; all other bytes as they are. */
bool str_ieq(struct str a, struct str b);
bool str_starts(struct str s, struct str prefix, bool ignore_case);
bool str_ends(struct str s, struct str suffix, bool ignore_case);

/* The place of the first needle in s, or -1. An empty needle is found at 0. */
ptrdiff_t str_find(struct str s, struct str needle, bool ignore_case);

/* Without ASCII white space at both ends. */
struct str str_trim(struct str s);

#endif
