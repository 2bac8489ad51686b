/* serve/families.h - the metric families of checks, one row each: how a check's samples are written. Pure. */
#ifndef OUTRIDER_SRC_SERVE_FAMILIES_H
#define OUTRIDER_SRC_SERVE_FAMILIES_H

#include "serve/exposition.h"
#include "serve/view.h"

/* Of one check: its samples of one family. labels: check, service, mode. */
typedef void put_samples(
	struct expo *out, struct str name, struct str labels, const struct board_check *check);

/* NULL: nothing was measured. */
typedef const struct histogram *histogram_of(const struct board_check *check);

struct family {
	struct str name;
	const char *type, *help;
	put_samples *put;
	histogram_of *histogram; /* instead */
};

extern const struct family families[];
extern const size_t families_n;

#endif
