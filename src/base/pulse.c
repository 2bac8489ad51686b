#include "base/pulse.h"

int64_t pulse_look(struct pulse *pulse, uint64_t turns, int64_t now_us)
{
	if (turns != pulse->turns)
		*pulse = (struct pulse){turns, now_us};
	return now_us - pulse->moved_us;
}

void pulse_restart(struct pulse *pulse, int64_t now_us)
{
	pulse->moved_us = now_us;
}
