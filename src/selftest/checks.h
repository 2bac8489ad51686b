/* selftest/checks.h - the checks that are tried: the matrix's columns, and how each is under each kind
 * of row. Pure. */
#ifndef OUTRIDER_SELFTEST_CHECKS_H
#define OUTRIDER_SELFTEST_CHECKS_H

#include "cli.h"
#include "config/config.h"
#include "proof/matrix.h"

struct selftest_checks {
	size_t n;
	struct column *columns;
	struct check *faulty; /* as they are under faults */
	struct check *paused; /* under faults that pause */
	struct check *green; /* and elsewhere */
	bool tls; /* some of them look at it */
};

/* Those that the selection wants, in the arena; at least one, or an error. */
bool selftest_checks(struct arena *arena, const struct config *config,
	const struct selection *selection, struct selftest_checks *out,
	struct error *error) MUST_CHECK;

/* Of all limits of time under faults; and of all durations that are expected, 0: none is. */
int64_t selftest_smallest_limit(const struct selftest_checks *checks);
int64_t selftest_largest_expected(const struct selftest_checks *checks);

#endif
