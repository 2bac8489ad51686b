/* base/asset.h - files built into the program: the default suite, SQL, pages. Constant. */
#ifndef OUTRIDER_BASE_ASSET_H
#define OUTRIDER_BASE_ASSET_H

#include "base/str.h"

struct asset {
	const char *path; /* as in the source tree: "sql/0001_init.sql"; NULL ends the table */
	const unsigned char *bytes; /* NUL-terminated */
	size_t n;
};

extern const struct asset assets[];

static inline struct str asset_find(const char *path)
{
	for (const struct asset *a = assets; a->path; a++)
		if (strcmp(a->path, path) == 0)
			return (struct str){(const char *)a->bytes, a->n};
	return (struct str){NULL, 0};
}

#endif
