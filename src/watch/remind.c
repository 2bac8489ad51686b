#include "watch/remind.h"

static const int64_t second_us = INT64_C(1000000);

struct reminder remind_due(const struct remind *remind, int64_t now_us)
{
	int64_t open_us = now_us - remind->opened_us;
	int64_t nth = remind->every_us > 0 && open_us > 0 ? open_us / remind->every_us : 0;
	int64_t due_us = remind->opened_us + nth * remind->every_us;
	int64_t held_us = remind->held_until_us;

	if (now_us < held_us)
		return (struct reminder){0};
	if (nth > 0 && due_us > held_us)
		return (struct reminder){.nth = due_us > remind->told_us ? nth : 0};
	if (held_us > remind->told_us)
		return (struct reminder){held_us / second_us, true};
	return (struct reminder){0};
}
