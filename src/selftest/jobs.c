#include "selftest/jobs.h"

#include "descriptors.h"
#include "sim/sim.h"

#include <stdint.h>
#include <sys/resource.h>

enum {
	FILES_SPARE = 100, /* of each process, for all else */
	JOBS_MIN = 16,
};

unsigned selftest_jobs(unsigned jobs, size_t n_sims, struct error *error)
{
	struct rlimit limit;
	size_t needed = n_sims * SIM_SERVICES + FILES_SPARE; /* a listener for each service */
	descriptors_raise();
	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return jobs;
	if (limit.rlim_cur < needed + JOBS_MIN) {
		error_set(error,
			"%zu open files are needed, and the limit is %ju (ulimit -Hn); fewer "
			"faults (--fault) need fewer",
			needed + JOBS_MIN, (uintmax_t)limit.rlim_cur);
		return 0;
	}
	size_t room = limit.rlim_cur - needed;
	return room < jobs ? (unsigned)room : jobs;
}
