/* selftest/trials.h - checks tried side by side, each against a service of its own. Main thread. */
#ifndef OUTRIDER_SELFTEST_TRIALS_H
#define OUTRIDER_SELFTEST_TRIALS_H

#include "check/plan.h"
#include "proof/fingerprint.h"
#include "proof/points.h"

/* One check under one row. It has a copy of the check and of its service, so that both can be bent
 * to its place; a request's service tells the trial. */
struct trial {
	struct service service;
	struct check check;
	size_t row, column;
	/* What came of it. */
	bool over;
	enum outcome outcome;
	enum reason reason;
	int64_t duration_us;
	char *message; /* heap */
	const struct point *points; /* of the check */
	size_t n_points;
	bool *fell; /* heap: which of them did */
	unsigned requests;
	struct fingerprint print; /* of the answers that are judged */
};

struct trials_options {
	const struct plan *plan; /* of all the checks */
	unsigned jobs;
	int interrupt_fd;
	/* Now and then, and when one is over. */
	void (*progress)(void *ctx, size_t done, size_t n);
	void *ctx;
};

/* check.service must be the trial's own (trial_aim does it) until all is over. */
void trial_aim(struct trial *trial, const char *url, const char *ca);
void trial_fini(struct trial *trial);

/* Runs them; *interrupted when the signal came first. False with an error. */
bool trials_run(struct trial *const *trials, size_t n, const struct trials_options *options,
	bool *interrupted, struct error *error) MUST_CHECK;

#endif
