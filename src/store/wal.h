/* store/wal.h - the write-ahead log beside a database, seen from outside, before SQLite opens it: it ends
 * at the first frame that is not whole, and takes all behind it for what a crash tore, without a word.
 * After SQLite's file format, 4. */
#ifndef OUTRIDER_STORE_WAL_H
#define OUTRIDER_STORE_WAL_H

#include "base/error.h"

/* Whether more is lost than a crash can tear, which is one transaction: each is synced before the next
 * begins. False too when there is no log, or it can't be read; path: of the database. */
bool wal_is_damaged(const char *path, struct error *why);

#endif
