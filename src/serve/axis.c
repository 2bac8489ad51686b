#include "serve/axis.h"

#include "base/clock.h"

#define MINUTE_US (60 * US_PER_S)
#define LAST_SHARE 0.9 /* from here on a label has no room to the right */

int64_t axis_step(int64_t length_us, unsigned parts)
{
	static const int64_t minutes[] = {
		1, 2, 5, 10, 15, 30, 60, 120, 360, 720, 1440, 2880, 10080, 43200};
	int64_t least = length_us / parts + 1;
	int64_t step = 1;
	if (least > 30 * US_PER_S) {
		size_t i = 0;
		while (i + 1 < sizeof(minutes) / sizeof(minutes[0]) &&
			minutes[i] * MINUTE_US < least)
			i++;
		return minutes[i] * MINUTE_US > least ? minutes[i] * MINUTE_US : least;
	}
	while (step * 10 < least)
		step *= 10;
	return step * 2 >= least ? step * 2 : step * 5 >= least ? step * 5 : step * 10;
}

const char *axis_label(struct arena *arena, int64_t us)
{
	double s = (double)us / (double)US_PER_S;
	if (us == 0)
		return "0";
	if (us < US_PER_S)
		return arena_printf(arena, "%g\xc2\xa0ms", s * 1000);
	if (us < 2 * MINUTE_US)
		return arena_printf(arena, "%g\xc2\xa0s", s);
	return arena_printf(arena, "%.4g\xc2\xa0min", s / 60);
}

const char *axis_place(struct arena *arena, int64_t us, int64_t length_us)
{
	double share = length_us > 0 ? (double)us / (double)length_us : 0;
	share = share < 0 ? 0 : share > 1 ? 1 : share;
	return arena_printf(arena, "%.2f%%", share * 100);
}

void axis_add(struct arena *arena, struct value *object, const char *key, int64_t length_us,
	unsigned parts)
{
	struct value *marks = value_list(arena, object, key);
	int64_t step = axis_step(length_us, parts);
	for (unsigned i = 0; i <= parts && (int64_t)i * step <= length_us; i++) {
		int64_t at_us = (int64_t)i * step;
		struct value *mark = value_item(arena, marks);
		value_text(arena, mark, "x", axis_place(arena, at_us, length_us));
		value_text(arena, mark, "label", axis_label(arena, at_us));
		value_bool(arena, mark, "first", i == 0);
		value_bool(arena, mark, "last",
			(double)at_us > LAST_SHARE * (double)length_us && i > 0);
	}
}
