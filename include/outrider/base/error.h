/* base/error.h - why something failed, in words for a person. Filled once, at the origin;
 * callers add context in front with error_wrap. */
#ifndef OUTRIDER_BASE_ERROR_H
#define OUTRIDER_BASE_ERROR_H

#include <stdbool.h>

enum { ERROR_TEXT_MAX = 512 };

struct error {
	char text[ERROR_TEXT_MAX]; /* empty: no error */
};

/* Returns false, so that `return error_set(...)` reads well. */
bool error_set(struct error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool error_wrap(struct error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

#define MUST_CHECK __attribute__((warn_unused_result))

#endif
