/* selftest/tap.h - a transport that takes note of every answer on its way to a trial, and lets no
 * flood be longer than it must be. Main thread. */
#ifndef OUTRIDER_SELFTEST_TAP_H
#define OUTRIDER_SELFTEST_TAP_H

#include "engine/transport.h"

/* Every request's service must be that of a trial. inner must outlive its transfers; the result
 * borrows it. */
struct transport selftest_tap(struct transport *inner);

#endif
