#include "sim/story.h"

#include "base/clock.h"

#include <stdbool.h>

/* What a whole answer takes; streams have a pace of their own. */
#define ANSWERS                                                                                    \
	"gateway-chat*,gateway-image,gateway-code-*,gateway-web-*,baseline-cli-math,"              \
	"baseline-cli-greeting,baseline-cli-code-*,baseline-langchain-chat,flow-chat,flow-multi-*" \
	","                                                                                        \
	"flow-switch,resilience-timeout,memory-extract"
#define USUAL "slow=700ms@" ANSWERS
#define SLOWED "gateway-stream,gateway-stream-ttft,flow-stream"

const struct story_step story_steps[] = {
	{0, "all is well", {USUAL}},
	{25, "baseline-cli is down, and the gateway hides it", {USUAL, "cli-down"}},
	{80, "all is well", {USUAL}},
	{125, "a slow spell",
		{"slow=1700ms@" ANSWERS, "slow-first-token=2s@" SLOWED, "slow-tokens=150ms@" SLOWED,
			"gap=6s@gateway-stream-gaps", "stall=12s@resilience-long-stream"}},
	{180, "all is well", {USUAL}},
	{205, "the langchain baseline wakes up", {USUAL, "cold-start=30s@baseline-langchain-*"}},
	{245, "all is well", {USUAL}},
	{265, "streams are cut", {USUAL, "stream-cut@gateway-stream*,flow-stream"}},
	{315, "all is well", {USUAL}},
};
const size_t story_steps_n = sizeof(story_steps) / sizeof(story_steps[0]);
const int64_t story_length_s = 345;

const struct story_step *story_at(int64_t since_us, int64_t *next_us)
{
	int64_t length_us = story_length_s * US_PER_S;
	int64_t begin_us = since_us - since_us % length_us;
	size_t at = 0;
	while (at + 1 < story_steps_n && story_steps[at + 1].at_s * US_PER_S <= since_us - begin_us)
		at++;
	bool last = at + 1 == story_steps_n;
	*next_us = begin_us + (last ? length_us : story_steps[at + 1].at_s * US_PER_S);
	return &story_steps[at];
}
