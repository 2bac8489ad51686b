/* watch/policy.h - how each check of a plan is watched over time: when, and what its results mean.
 * Constant, beside the plan and in its arena. */
#ifndef OUTRIDER_WATCH_POLICY_H
#define OUTRIDER_WATCH_POLICY_H

#include "watch/health.h"
#include "watch/maintenance.h"

#include <stddef.h>
#include <stdint.h>

struct budget {
	uint32_t runs_per_day; /* 0: no limit */
	uint64_t tokens_per_day; /* 0: no limit */
};

struct slo {
	double objective; /* 0.99; 0: none */
	int64_t window_us;
};

/* How urgent it is when a check is down. */
#define SEVERITIES(X)                                                                              \
	X(PAGE, "page") /* somebody is woken */                                                    \
	X(TICKET, "ticket") /* in working hours */                                                 \
	X(INFO, "info") /* nobody need do anything */

enum severity {
#define X(id, name) SEVERITY_##id,
	SEVERITIES(X)
#undef X
		SEVERITY_COUNT
};

const char *severity_name(enum severity severity);

enum { CHANNELS_MAX = 64 }; /* of alerts */

struct watch_policy {
	int64_t every_us;
	int64_t recheck_us; /* after a failure, until that rule has decided; 0: at the next slot only */
	const size_t *depends_on; /* indexes of checks in the plan */
	uint64_t channels; /* bit i: the configuration's channel i hears of it */
	uint32_t n_depends_on;
	uint32_t
		compare; /* index + 1 of the check that asks the same past what lies between; 0: none */
	uint32_t service, host; /* those of one number ask one service, one host; 0: none */
	struct budget budget;
	struct slo slo;
	struct health_policy health;
	enum severity severity;
	bool slo_alert; /* it is told when the objective's budget is spent too fast */
	bool enabled;
};

struct watch_plan {
	const struct watch_policy *checks; /* one for each of plan->checks, same order */
	size_t n_checks;
	int64_t group_us; /* what goes down so soon behind another may have its cause; 0: only what depends
			     on it */
	const struct maintenance_window *windows;
	size_t n_windows;
};

#endif
