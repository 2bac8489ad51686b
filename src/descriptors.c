#include "descriptors.h"

#include "engine/hook.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/resource.h>
#include <unistd.h>

/* The lowest free number is given out first, so while the first of those kept is free, they all are. */
bool descriptors_left(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur > INT_MAX)
		return true;
	int kept = (int)limit.rlim_cur / 8;
	int first = (int)limit.rlim_cur - (kept < DESCRIPTORS_KEPT ? kept : DESCRIPTORS_KEPT);
	int fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, first > 0 ? first : 0);
	if (fd >= 0)
		close(fd);
	return first > 0 && fd == first;
}

void descriptors_raise(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < DESCRIPTORS_WANTED) {
		hook_limit_files(limit.rlim_cur); /* some close all that there could be */
		limit.rlim_cur =
			limit.rlim_max < DESCRIPTORS_WANTED ? limit.rlim_max : DESCRIPTORS_WANTED;
		(void)setrlimit(RLIMIT_NOFILE, &limit);
	}
	(void)descriptors_left(); /* the kernel's table grows to all of them, in milliseconds once there
				     are threads */
}
