/* keeper.h - stores what runs come back with, as the daemon does: a database with its rollups in a folder of
 * its own below TMPDIR. */
#ifndef BENCH_KEEPER_H
#define BENCH_KEEPER_H

#include "check/record.h"

enum { KEEPER_CHECKS = 1000 }; /* their numbers are 1 and what follows */

struct keeper;

struct keeper *keeper_new(void);
void keeper_free(struct keeper *keeper);

/* Takes the record; its key names one of the checks. */
void keeper_take(struct keeper *keeper, struct record *record);
/* Until all that was taken is committed. */
void keeper_settle(struct keeper *keeper);

#endif
