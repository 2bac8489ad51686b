/* store/backup.h - a copy of a database while a daemon writes to it, whole or not at all. Blocks for
 * as long as the copy takes; the daemon goes on writing. Any thread. */
#ifndef OUTRIDER_STORE_BACKUP_H
#define OUTRIDER_STORE_BACKUP_H

#include "base/error.h"

#include <stdint.h>

/* The copy has the state of one moment, is written beside `to` with BACKUP_SUFFIX, checked, put on the
 * disk and then given its name. A file that exists is never overwritten; but a copy under way that nobody
 * is at work on, since its process was killed, is begun again. stop_fd: gives up once that descriptor is
 * readable; -1: never. *bytes: its size. */
#define BACKUP_SUFFIX ".outrider-part"
bool store_backup(const char *database, const char *to, int stop_fd, int64_t *bytes,
	struct error *error) MUST_CHECK;

#endif
