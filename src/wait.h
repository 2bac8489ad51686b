/* wait.h - waits until services accept TCP connections. */
#ifndef OUTRIDER_WAIT_H
#define OUTRIDER_WAIT_H

#include "check/plan.h"

/* Tries one after the other, until all of them accepted once, the time is over, or interrupt_fd is
 * readable. Returns the first that did not accept in time, or NULL. Services without a URL, or behind a
 * proxy, count as accepting. Name look-ups block. */
const struct service *wait_for_services(
	const struct service *const *services, size_t n, int64_t timeout_us, int interrupt_fd);

#endif
