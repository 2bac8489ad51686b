/* selftest/jobs.h - how much can be done at the same time. */
#ifndef OUTRIDER_SELFTEST_JOBS_H
#define OUTRIDER_SELFTEST_JOBS_H

#include "base/error.h"

#include <stddef.h>

/* Raises the limit of open files, of us and of the child that serves so many stand-ins, and returns
 * how many of the jobs there is room for; 0 with an error. */
unsigned selftest_jobs(unsigned jobs, size_t n_sims, struct error *error) MUST_CHECK;

#endif
