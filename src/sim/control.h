/* sim/control.h - the run-time control under /_sim/ of every port: faults, journal, reset. No fault
 * touches it. */
#ifndef OUTRIDER_SIM_CONTROL_H
#define OUTRIDER_SIM_CONTROL_H

#include "base/error.h"
#include "sim/fault.h"
#include "sim/journal.h"
#include "sim/reply.h"

enum { CONTROL_JSON_MAX = 128 << 20 };

struct control {
	void *context;
	const struct fault_set *faults;
	const struct journal *journal;
	bool (*set)(void *context, const char *const *specs, size_t n, struct error *error);
	void (*reset)(void *context);
};

bool control_owns(const struct http_request *request);
void control_serve(
	const struct control *control, const struct http_request *request, struct reply *reply);

#endif
