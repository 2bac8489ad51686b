#include "alert/pace.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

void pace_init(struct pace *pace, size_t max)
{
	*pace = (struct pace){.times = mem_alloc(max * sizeof(int64_t)), .max = max};
}

void pace_fini(struct pace *pace)
{
	free(pace->times);
	*pace = (struct pace){0};
}

/* In the order of time; the oldest gives way. */
void pace_note(struct pace *pace, int64_t at_us)
{
	size_t at = pace->n;
	while (at && pace->times[at - 1] > at_us)
		at--;
	if (pace->n == pace->max) {
		if (!at)
			return;
		memmove(pace->times, pace->times + 1, --at * sizeof(*pace->times));
	} else {
		memmove(pace->times + at + 1, pace->times + at,
			(pace->n++ - at) * sizeof(*pace->times));
	}
	pace->times[at] = at_us;
}

size_t pace_places(struct pace *pace, int64_t now_us)
{
	size_t taken = 0;
	for (size_t i = 0; i < pace->n; i++) {
		if (pace->times[i] > now_us)
			pace->times[i] = now_us;
		taken += pace->times[i] > now_us - PACE_SPAN_US;
	}
	return pace->max - taken;
}

int64_t pace_free_at(const struct pace *pace, int64_t now_us)
{
	if (pace->n < pace->max || pace->times[0] <= now_us - PACE_SPAN_US)
		return now_us;
	return pace->times[0] + PACE_SPAN_US;
}
