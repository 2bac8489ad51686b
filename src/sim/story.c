#include "sim/story.h"

#include "base/clock.h"

#include <stdbool.h>

const struct story_step story_steps[] = {
	{0, "all is well", {NULL}},
	{25, "baseline-cli is down, and the gateway hides it", {"cli-down"}},
	{80, "all is well", {NULL}},
	{125, "a slow spell",
		{"slow-first-token=1500ms@gateway-chat,gateway-stream*,flow-*",
			"slow-tokens=100ms@gateway-chat,gateway-stream*,flow-*",
			"gap=6s@gateway-stream-gaps", "stall=12s@resilience-long-stream"}},
	{180, "all is well", {NULL}},
	{205, "the langchain baseline wakes up", {"cold-start=30s@baseline-langchain-*"}},
	{245, "all is well", {NULL}},
	{265, "streams are cut", {"stream-cut@gateway-stream*,flow-stream"}},
	{315, "all is well", {NULL}},
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
