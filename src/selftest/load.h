/* selftest/load.h - the check file of a self-test. */
#ifndef OUTRIDER_SELFTEST_LOAD_H
#define OUTRIDER_SELFTEST_LOAD_H

#include "cli.h"

/* NULL when there was an error; all of them are then on standard error. A variable that a check
 * requires and that is not set gets a made-up value (in our environment), unless the file takes
 * none: then the check says which is missing. */
struct config *selftest_load(const struct cli *cli);

#endif
