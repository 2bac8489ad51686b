#include "sim/story.h"

#include "base/clock.h"

#include <stdbool.h>

const struct story_step story_steps[] = {
	{0, "all is well", {NULL}},
	{60, "a slow spell",
		{"slow-first-token=4s@gateway-*,flow-*", "slow-tokens=150ms@gateway-*,flow-*"}},
	{105, "all is well", {NULL}},
	{135, "baseline-cli is down, and the gateway hides it", {"cli-down"}},
	{195, "all is well", {NULL}},
	{225, "the langchain baseline wakes up", {"cold-start=20s@baseline-langchain-*"}},
	{260, "all is well", {NULL}},
	{285, "streams are cut", {"stream-cut@gateway-stream*,flow-stream"}},
	{330, "all is well", {NULL}},
};
const size_t story_steps_n = sizeof(story_steps) / sizeof(story_steps[0]);
const int64_t story_length_s = 360;

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
