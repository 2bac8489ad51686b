/* check/jsonpath.h - a small part of RFC 9535: $ .name ['name'] [n] [-n] [*]. One difference: a
 * name or index that is missing, also below any node that [*] selected, makes the whole path
 * missing. Compiled once; constant; the arena owns it. Pure. */
#ifndef OUTRIDER_CHECK_JSONPATH_H
#define OUTRIDER_CHECK_JSONPATH_H

#include "base/arena.h"
#include "base/error.h"
#include "base/json.h"

enum { JSONPATH_SEGMENTS_MAX = 32, JSONPATH_NODES_MAX = 10000 };

struct jsonpath;

/* The error names the position: "column 5: filters are not supported". */
const struct jsonpath *jsonpath_compile(
	struct arena *arena, struct str text, struct error *error) MUST_CHECK;

struct nodes {
	const struct json **items;
	size_t n;
};

enum jsonpath_result {
	JSONPATH_FOUND, /* nodes are filled; possibly none, below an empty [*] */
	JSONPATH_MISSING, /* missing says where: "$.data[0].id" has no such member; nodes is the one
			     value that lacks it */
	JSONPATH_TOO_MANY,
};

/* The nodes array lives in the arena. missing (at least 128 bytes' worth is written) gets the
 * normalized path of the first missing step. */
enum jsonpath_result jsonpath_select(const struct jsonpath *path, const struct json *root,
	struct arena *arena, struct nodes *nodes, struct buf *missing);

/* The normalized path of the index-th node that the path selected from root: "$.data[3].id". */
void jsonpath_put_place(
	const struct jsonpath *path, const struct json *root, size_t index, struct buf *out);
/* A member's name as a path shows it: .name or ['na me']. */
void jsonpath_put_name(struct buf *out, struct str name);

/* Whether the path has a [*]: then it selects a list, else one value. */
bool jsonpath_is_list(const struct jsonpath *path);
const char *jsonpath_text(const struct jsonpath *path);

enum jsonpath_kind { JSONPATH_NAME, JSONPATH_INDEX, JSONPATH_ALL };

struct jsonpath_segment {
	enum jsonpath_kind kind;
	struct str name;
	long index; /* negative: from the end */
};

/* Its steps from $ on, for who builds what it selects; they live as long as the path. */
const struct jsonpath_segment *jsonpath_segments(const struct jsonpath *path, size_t *n);

#endif
