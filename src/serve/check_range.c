#include "serve/check_page.h"

#include "base/clock.h"
#include "base/text.h"
#include "serve/words.h"

#define HOUR_US (INT64_C(3600) * US_PER_S)
#define DAY_US (24 * HOUR_US)
#define LONGEST_US (400 * DAY_US)

/* Fewer results than that have no percentiles worth a picture. */
enum { RESULTS_PER_POINT = 4 };

enum {
	OWN_POINTS = 60, /* of a range of one's own */
	OWN_PARTS = 4,
};

static const struct {
	const char *name, *words;
	int64_t length_us, step_us;
	unsigned parts;
} ranges[] = {
	{"24h", "24 hours", DAY_US, HOUR_US / 2, 4},
	{"7d", "7 days", 7 * DAY_US, 3 * HOUR_US, 7},
	{"30d", "30 days", 30 * DAY_US, 12 * HOUR_US, 5},
	{"90d", "90 days", 90 * DAY_US, DAY_US, 6},
};

void check_range_fit(struct check_range *range, int64_t every_us)
{
	if (range->step_us < HOUR_US && range->step_us < RESULTS_PER_POINT * every_us)
		range->step_us = HOUR_US;
}

static const char *read_named(const char *name, int64_t now_wall_us, struct check_range *range)
{
	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		if (strcmp(name, ranges[i].name) != 0)
			continue;
		*range = (struct check_range){
			.name = ranges[i].name,
			.words = ranges[i].words,
			.from_us = now_wall_us - ranges[i].length_us,
			.to_us = now_wall_us,
			.step_us = ranges[i].step_us,
			.parts = ranges[i].parts,
		};
		return NULL;
	}
	return "The parameter range is 24h, 7d, 30d or 90d.";
}

static const char *read_own(
	const struct http_request *request, const char *from, struct check_range *range)
{
	const char *to = http_param(request, "to");
	*range = (struct check_range){.to_us = request->now_wall_us, .parts = OWN_PARTS};
	if (!from || !words_parse_time(from, &range->from_us) ||
		(to && !words_parse_time(to, &range->to_us)))
		return "The parameters from and to are times such as 2026-11-22T10:00:00Z.";
	int64_t length_us = range->to_us - range->from_us;
	if (length_us <= 0 || length_us > LONGEST_US)
		return "The parameter from is before to, by 400 days at most.";
	range->step_us = length_us / OWN_POINTS;
	range->words = words_elapsed(request->arena, length_us);
	return NULL;
}

const char *check_range_read(const struct http_request *request, struct check_range *range)
{
	const char *name = http_param(request, "range");
	const char *from = http_param(request, "from");
	if (!name && (from || http_param(request, "to")))
		return read_own(request, from, range);
	return read_named(name ? name : ranges[0].name, request->now_wall_us, range);
}

static const char *whole_seconds(struct arena *arena, int64_t wall_us)
{
	char time[TEXT_TIME_MAX];
	return arena_printf(arena, "%.19sZ", text_time(wall_us, time));
}

const char *check_range_query(const struct check_page *page)
{
	const struct check_range *range = &page->range;
	if (!range->name)
		return arena_printf(page->arena, "from=%s&to=%s",
			whole_seconds(page->arena, range->from_us),
			whole_seconds(page->arena, range->to_us));
	if (range->name == ranges[0].name)
		return "";
	return arena_printf(page->arena, "range=%s", range->name);
}
