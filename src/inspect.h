/* inspect.h - what a configuration holds: --list and --check-config. */
#ifndef OUTRIDER_INSPECT_H
#define OUTRIDER_INSPECT_H

#include "cli.h"

/* Both return the exit status. */
int inspect_list(const struct cli *cli);
int inspect_check_config(const struct cli *cli);

#endif
