/* store/database.h - opens the file that the store writes to: locks it, decides whose it is, looks
 * for damage, sets a damaged one aside, migrates it. On the thread that calls store_open; the
 * connection then moves to the store's thread. */
#ifndef OUTRIDER_STORE_DATABASE_H
#define OUTRIDER_STORE_DATABASE_H

#include "store/db.h"
#include "store/file.h"

/* Files up to this size are checked whole at each start, larger ones only where it matters for
 * what is done next (a whole check reads every page). */
#define DATABASE_CHECK_BYTES_MAX (INT64_C(256) << 20)

struct database {
	char *path; /* resolved */
	struct file_lock lock;
	sqlite3 *db;
};

bool database_open(struct database *database, const char *path, struct error *error) MUST_CHECK;
void database_close(struct database *database);

#endif
