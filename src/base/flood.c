#include "base/flood.h"

#include <stdio.h>
#include <string.h>

static bool is_over(const struct flood_kind *kind, int64_t now_us)
{
	return now_us - kind->since_us >= FLOOD_WINDOW_US;
}

/* What holds nothing back goes first, then what began first. */
static bool goes_before(const struct flood_kind *a, const struct flood_kind *b)
{
	if (!a->event || !b->event)
		return !a->event && b->event;
	if (!a->held != !b->held)
		return !a->held;
	return a->since_us < b->since_us;
}

static struct flood_kind *kind_of(
	struct flood *flood, const char *event, const char *about, int64_t now_us)
{
	struct flood_kind *oldest = &flood->kinds[0];

	for (size_t i = 0; i < FLOOD_KINDS; i++) {
		struct flood_kind *kind = &flood->kinds[i];
		if (kind->event && strcmp(kind->event, event) == 0 &&
			strncmp(kind->about, about, FLOOD_ABOUT_MAX - 1) == 0)
			return kind;
		if (goes_before(kind, oldest))
			oldest = kind;
	}
	*oldest = (struct flood_kind){.event = event, .since_us = now_us};
	snprintf(oldest->about, sizeof(oldest->about), "%s", about);
	return oldest;
}

static bool pass(struct flood_kind *kind, uint64_t most, int64_t now_us)
{
	if (is_over(kind, now_us) && !kind->held) {
		kind->since_us = now_us;
		kind->lines = 0;
	}
	if (kind->lines < most) {
		kind->lines++;
		return true;
	}
	kind->held++;
	return false;
}

bool flood_admits(struct flood *flood, const char *event, const char *about, int64_t now_us)
{
	if (about[0] && !pass(kind_of(flood, event, about, now_us), FLOOD_LINES, now_us))
		return false;
	return pass(kind_of(flood, event, "", now_us), about[0] ? FLOOD_EVENT_LINES : FLOOD_LINES,
		now_us);
}

bool flood_over(struct flood *flood, int64_t now_us, bool all, struct flood_kind *kind)
{
	for (size_t i = 0; i < FLOOD_KINDS; i++) {
		struct flood_kind *at = &flood->kinds[i];
		if (!at->event || !at->held || (!all && !is_over(at, now_us)))
			continue;
		*kind = *at;
		at->since_us = now_us;
		at->lines = at->held = 0;
		return true;
	}
	return false;
}
