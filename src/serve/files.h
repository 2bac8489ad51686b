/* serve/files.h - scripts and styles, as esbuild made them when the program was built. Each is served under a
 * name that changes with its content, so browsers keep it for good. The server's thread. */
#ifndef OUTRIDER_SERVE_FILES_H
#define OUTRIDER_SERVE_FILES_H

#include "base/error.h"
#include "serve/payload.h"

enum { FILES_MAX = 8, FILE_NAME_MAX = 48 };

struct file {
	char name[FILE_NAME_MAX]; /* "style-0123456789abcdef.css" */
	struct payload *payload;
};

struct files {
	struct file files[FILES_MAX];
	size_t n;
};

/* The error names what is not built in: a bug of the build. */
bool files_load(struct files *files, struct error *error) MUST_CHECK;
void files_fini(struct files *files);

/* How "base.css" is called; never NULL for one that is built in. */
const char *files_name(const struct files *files, const char *plain);
/* By the name it is called; NULL: none of ours. */
struct payload *files_find(const struct files *files, const char *name);

#endif
