/* check/difference.h - the first place at which two JSON values differ. Pure. */
#ifndef OUTRIDER_CHECK_DIFFERENCE_H
#define OUTRIDER_CHECK_DIFFERENCE_H

#include "base/buf.h"
#include "base/json.h"

struct difference {
	const struct json *expected; /* NULL: nothing is expected there */
	const struct json *actual; /* NULL: missing there */
};

/* False when they are equal (as json_equal is). path gets the way from the values to the place, as
 * a JSONPath goes on: ".usage.total_tokens", "[2]"; empty: the values themselves. */
bool difference_find(const struct json *expected, const struct json *actual, struct buf *path,
	struct difference *difference);

#endif
