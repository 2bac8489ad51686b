/* backup.h - outrider --backup FILE. */
#ifndef OUTRIDER_BACKUP_H
#define OUTRIDER_BACKUP_H

#include "cli.h"

/* Returns the exit status. */
int backup_run(const struct cli *cli);

#endif
