/* check/retry_after.h - how long a header asks to wait. Pure. */
#ifndef OUTRIDER_CHECK_RETRY_AFTER_H
#define OUTRIDER_CHECK_RETRY_AFTER_H

#include "check/observation.h"

/* Retry-After from its answer on (RFC 9110, 10.2.3): seconds, or a date, which is held against the answer's own Date
 * where it has one, else against now. 0: nothing that can be read. */
int64_t retry_after_read(const struct headers *headers, int64_t now_wall_us);

#endif
