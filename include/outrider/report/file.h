/* report/file.h - the file a report goes to: whole or not at all. It is written beside its place
 * and renamed; what is no ordinary file (a device, a pipe) is written to directly. Any thread. */
#ifndef OUTRIDER_REPORT_FILE_H
#define OUTRIDER_REPORT_FILE_H

#include "base/error.h"
#include "base/str.h"

/* Whether it could be written now, so that nobody waits for a report that can't be. Leaves no
 * trace. */
bool report_file_check(const char *path, struct error *error) MUST_CHECK;

bool report_file_write(const char *path, struct str text, struct error *error) MUST_CHECK;

/* Behind what is there already. */
bool report_file_append(const char *path, struct str text, struct error *error) MUST_CHECK;
size_t report_file_size(const char *path); /* 0: there is none */

#endif
