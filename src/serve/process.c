#include "serve/process.h"

#include "base/clock.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

static int64_t us_of(struct timeval time)
{
	return (int64_t)time.tv_sec * US_PER_S + time.tv_usec;
}

static uint64_t count_entries(const char *path)
{
	DIR *folder = opendir(path);
	if (!folder)
		return 0;
	uint64_t n = 0;
	for (const struct dirent *entry = readdir(folder); entry; entry = readdir(folder))
		n += entry->d_name[0] != '.';
	closedir(folder);
	return n;
}

static void read_memory(struct process_facts *facts)
{
	FILE *file = fopen("/proc/self/statm", "re");
	if (!file)
		return;
	char line[128] = "";
	uint64_t size = (uint64_t)sysconf(_SC_PAGESIZE);
	if (fgets(line, sizeof(line), file)) {
		char *rest = NULL;
		facts->virtual_bytes = strtoull(line, &rest, 10) * size;
		facts->resident_bytes = strtoull(rest, NULL, 10) * size;
	}
	fclose(file);
}

/* To look at hundreds of descriptors takes as long as to answer a visitor. */
static void read_counts(struct process_facts *facts)
{
	static _Thread_local struct {
		int64_t at_us; /* 0: never */
		uint64_t fds, threads;
	} counted;
	int64_t now_us = clock_mono_us();
	if (!counted.at_us || now_us - counted.at_us >= PROCESS_COUNTS_S * US_PER_S) {
		counted.at_us = now_us;
		counted.fds = count_entries("/proc/self/fd");
		counted.threads = count_entries("/proc/self/task");
	}
	facts->open_fds = counted.fds;
	facts->threads = counted.threads;
}

struct process_facts process_facts(void)
{
	struct process_facts facts = {0};
	struct rusage usage;
	struct rlimit limit;
	if (getrusage(RUSAGE_SELF, &usage) == 0)
		facts.cpu_us = us_of(usage.ru_utime) + us_of(usage.ru_stime);
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
		facts.max_fds = limit.rlim_cur;
	read_counts(&facts);
	read_memory(&facts);
	return facts;
}
