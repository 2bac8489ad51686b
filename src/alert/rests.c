#include "alert/rests.h"

#include <stdio.h>
#include <string.h>

static struct rest *find(const struct rests *rests, const char *channel)
{
	for (size_t i = 0; i < rests->n; i++)
		if (strcmp(rests->items[i].channel, channel) == 0)
			return (struct rest *)&rests->items[i];
	return NULL;
}

void rests_note(struct rests *rests, const char *channel, int64_t now_us, int64_t asked_us)
{
	struct rest *rest = find(rests, channel);
	int64_t until_us = now_us + (asked_us < RESTS_LONGEST_US ? asked_us : RESTS_LONGEST_US);
	if (!rest && rests->n == CHANNELS_MAX)
		return;
	if (!rest) {
		rest = &rests->items[rests->n++];
		*rest = (struct rest){.until_us = now_us};
		snprintf(rest->channel, sizeof(rest->channel), "%s", channel);
	}
	if (rest->until_us < until_us)
		rest->until_us = until_us;
}

int64_t rests_sweep(struct rests *rests, int64_t now_us)
{
	int64_t next_us = INT64_MAX;
	for (size_t i = rests->n; i-- > 0;) {
		struct rest *rest = &rests->items[i];
		if (rest->until_us <= now_us)
			*rest = rests->items[--rests->n];
		else if (rest->until_us < next_us)
			next_us = rest->until_us;
	}
	return next_us;
}

bool rests_hold(const struct rests *rests, const char *channel)
{
	return find(rests, channel) != NULL;
}
