/* once.h - a single run for a terminal or CI: every selected check once, reports, an exit status. */
#ifndef OUTRIDER_ONCE_H
#define OUTRIDER_ONCE_H

#include "cli.h"

/* Returns the exit status. What standard output could not take is left for output_flush to find. */
int once_run(const struct cli *cli);

#endif
