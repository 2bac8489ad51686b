/* selftest/selftest.h - proves that each check can go red: runs the selected checks against the stand-in,
 * healthy, under each of its faults, and under each legal variant. */
#ifndef OUTRIDER_SELFTEST_H
#define OUTRIDER_SELFTEST_H

#include "cli.h"

/* Returns the exit status. Forks, and starts no thread before that. */
int selftest_run(const struct cli *cli);

#endif
