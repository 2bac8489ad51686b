#include "demo/fault.h"

#include "base/clock.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

#define AGO(days, hours, minutes) ((days)*24 * 60 + (hours)*60 + (minutes))

/* What the CLI baseline answers, directly and behind the gateway; but for what is asked once an hour. */
#define CLI                                                                                        \
	"baseline-cli-health,baseline-cli-math,baseline-cli-greeting,baseline-cli-stream,"         \
	"baseline-cli-debug"
#define BEHIND                                                                                     \
	"gateway-chat*,gateway-image,gateway-stream*,flow-*,resilience-timeout,"                   \
	"resilience-long-*"
#define STREAMS "gateway-stream*,flow-stream,resilience-long-*"
#define PAUSES "gateway-stream-gaps,gateway-stream-whole,resilience-long-*"

const struct demo_fault demo_faults[] = {
	{AGO(83, 4, 10), 47, DEMO_REFUSED, 100, CLI},
	{AGO(83, 4, 10), 47, DEMO_MASKED, 100, BEHIND},
	{AGO(71, 9, 25), 26, DEMO_BAD_GATEWAY, 100, "memory-*"},
	{AGO(58, 13, 0), 290, DEMO_STALL, 70, PAUSES},
	{AGO(58, 13, 0), 290, DEMO_SLOW, 80, BEHIND ",baseline-*"},
	{AGO(44, 6, 40), 17, DEMO_REFUSED, 100, "gateway-*,flow-*,resilience-*"},
	{AGO(37, 2, 0), 120, DEMO_WORK, 100, "baseline-langchain-*"},
	{AGO(29, 10, 15), 64, DEMO_CUT, 85, STREAMS},
	{AGO(22, 5, 0), 7, DEMO_COLD, 100, "baseline-langchain-*"},
	{AGO(21, 5, 0), 9, DEMO_COLD, 100, "baseline-langchain-*"},
	{AGO(13, 15, 20), 82, DEMO_REFUSED, 100, CLI},
	{AGO(13, 15, 20), 82, DEMO_MASKED, 100, BEHIND},
	{AGO(6, 11, 0), 185, DEMO_STALL, 60, PAUSES},
	{AGO(6, 11, 0), 185, DEMO_SLOW, 75, BEHIND ",baseline-*"},
	{AGO(2, 8, 30), 19, DEMO_BAD_GATEWAY, 100, "ui-*"},
	{AGO(1, 6, 0), 8, DEMO_COLD, 100, "baseline-langchain-*"},
	{AGO(0, 9, 12), 23, DEMO_REFUSED, 100, CLI},
	{AGO(0, 9, 12), 23, DEMO_MASKED, 100, BEHIND},
	{AGO(0, 3, 40), 55, DEMO_STALL, 75, PAUSES},
	{AGO(0, 3, 40), 55, DEMO_SLOW, 75, BEHIND ",baseline-*"},
};
const size_t demo_faults_n = sizeof(demo_faults) / sizeof(demo_faults[0]);

static bool fits(const char *globs, const char *id)
{
	while (*globs) {
		char glob[32];
		size_t n = strcspn(globs, ",");
		snprintf(glob, sizeof(glob), "%.*s", (int)n, globs);
		if (text_glob(glob, id))
			return true;
		globs += n + (globs[n] == ',');
	}
	return false;
}

const struct demo_fault *demo_fault_at(const char *check_id, int64_t ago_us)
{
	int64_t ago_min = ago_us / US_PER_S / 60;

	for (size_t i = 0; i < demo_faults_n; i++) {
		const struct demo_fault *fault = &demo_faults[i];
		if (ago_min < fault->ago_min && ago_min >= fault->ago_min - fault->for_min &&
			fits(fault->checks, check_id))
			return fault;
	}
	return NULL;
}
