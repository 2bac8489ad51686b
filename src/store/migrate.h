/* store/migrate.h - brings a database up to the newest version: sql/NNNN_*.sql, one after the
 * other, each in a transaction of its own that also sets user_version to NNNN. */
#ifndef OUTRIDER_STORE_MIGRATE_H
#define OUTRIDER_STORE_MIGRATE_H

#include "base/asset.h"
#include "store/db.h"

/* A file whose user_version is above this one is damaged rather than newer. */
enum { MIGRATE_VERSION_MAX = 9999 };

/* The newest version we know. */
int migrate_latest(void);

/* From its user_version on; nothing to do when it is the latest. files: as assets, for tests. */
bool migrate_run(sqlite3 *db, const struct asset *files, struct error *error) MUST_CHECK;

#endif
