/* inspect/inspect.h - what a configuration holds: --list, --check-config, --print-config, --print-schema. */
#ifndef OUTRIDER_INSPECT_H
#define OUTRIDER_INSPECT_H

#include "cli.h"

/* All return the exit status. */
int inspect_list(const struct cli *cli);
int inspect_check_config(const struct cli *cli);
int inspect_print_config(const struct cli *cli);
int inspect_print_schema(void);

#endif
