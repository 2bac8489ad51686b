#include "base/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

static int64_t read_us(clockid_t clock)
{
	struct timespec t;
	clock_gettime(clock, &t);
	return (int64_t)t.tv_sec * US_PER_S + t.tv_nsec / 1000;
}

int64_t clock_mono_us(void)
{
	return read_us(CLOCK_MONOTONIC);
}

int64_t clock_wall_us(void)
{
	return read_us(CLOCK_REALTIME);
}

/* How far a time namespace sets the monotonic clock ahead, time_namespaces(7); 0 outside of one. */
static int64_t offset_us(void)
{
	int64_t seconds = 0, ns = 0;
	FILE *file = fopen("/proc/self/timens_offsets", "re");

	if (!file)
		return 0;
	if (fscanf(file, "monotonic %" SCNd64 " %" SCNd64, &seconds, &ns) != 2)
		seconds = ns = 0;
	fclose(file);
	return seconds * US_PER_S + ns / 1000;
}

/* The first 60 bits of its UUID, random(4). A namespace's number would not do beside them: the next one has
 * it again, and another offset. */
int64_t clock_boot(void)
{
	unsigned long high = 0, middle = 0, low = 0;
	FILE *file = fopen("/proc/sys/kernel/random/boot_id", "re");

	if (!file)
		return 0;
	if (fscanf(file, "%8lx-%4lx-%3lx", &high, &middle, &low) != 3) {
		fclose(file);
		return 0;
	}
	fclose(file);
	uint64_t boot = (uint64_t)high << 28 | (uint64_t)middle << 12 | (uint64_t)low;
	return (int64_t)((boot ^ (uint64_t)offset_us()) & ((UINT64_C(1) << 60) - 1));
}

int64_t clock_ahead_us(void *ctx, int64_t wall_us)
{
	time_t seconds = (time_t)(wall_us / US_PER_S);
	struct tm tm;

	(void)ctx;
	return localtime_r(&seconds, &tm) ? tm.tm_gmtoff * US_PER_S : 0;
}

void clock_read_zone(void)
{
	tzset();
}

int64_t clock_cpu_us(void)
{
	return read_us(CLOCK_THREAD_CPUTIME_ID);
}
