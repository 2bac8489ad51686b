#include "store/sql.h"

#include "base/asset.h"

#include <assert.h>
#include <stdlib.h>

static const struct str marker = {"-- name:", sizeof("-- name:") - 1};

static struct str first_line(struct str text)
{
	const char *end = text.n ? memchr(text.p, '\n', text.n) : NULL;
	return end ? (struct str){text.p, (size_t)(end - text.p)} : text;
}

/* Up to the next marker at the beginning of a line. */
static struct str until_marker(struct str text)
{
	struct str rest = text;
	while (rest.n && !str_starts(rest, marker, false))
		rest = str_from(rest, first_line(rest).n + 1);
	return (struct str){text.p, text.n - rest.n};
}

struct str sql_section(struct str text, const char *name)
{
	while (text.n) {
		struct str line = first_line(text);
		text = str_from(text, line.n + 1);
		if (str_starts(line, marker, false) &&
			str_eq(str_trim(str_from(line, marker.n)), str_of(name)))
			return until_marker(text);
	}
	return (struct str){NULL, 0};
}

struct str sql_named(const char *file, const char *name)
{
	struct str section = sql_section(asset_find(file), name);
	if (!section.p) {
		assert(false && "a statement that sql/ lacks");
		abort();
	}
	return section;
}
