/* interrupt.h - SIGINT and SIGTERM of a single run: the first one asks, the second one exits at
 * once with 130. One for the process. */
#ifndef OUTRIDER_INTERRUPT_H
#define OUTRIDER_INTERRUPT_H

#include "base/error.h"

/* A descriptor that becomes readable, for good, at the first signal; -1 with an error. */
int interrupt_open(struct error *error) MUST_CHECK;
void interrupt_close(void);

#endif
