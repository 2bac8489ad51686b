#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "watch/maintenance.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define S INT64_C(1000000)
#define MINUTE (60 * S)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

enum { MONDAY = 1, SATURDAY = 32, SUNDAY = 64 };

static int64_t by_libc(void *ctx, int64_t wall_us)
{
	time_t seconds = (time_t)(wall_us / S);
	struct tm tm;
	(void)ctx;
	localtime_r(&seconds, &tm);
	return tm.tm_gmtoff * S;
}

static const struct zone here = {by_libc, NULL};

static void in_zone(const char *name)
{
	char path[128];
	snprintf(path, sizeof(path), "/usr/share/zoneinfo/%s", name);
	FILE *file = fopen(path, "re");
	if (!file)
		skip(); /* no tzdata */
	fclose(file);
	setenv("TZ", name, 1);
	tzset();
}

/* "2026-03-29T01:00:00" of UTC */
static int64_t utc(const char *text)
{
	struct tm tm = {0};
	const char *end = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
	assert_true(end && *end == '\0');
	return (int64_t)timegm(&tm) * S;
}

/* It lasts from one moment to the other and no longer, and each change is announced before. */
static void expect_span(
	const struct maintenance *window, const char *around, const char *from, const char *until)
{
	int64_t begin = utc(from), end = utc(until);
	struct maintenance_state before = maintenance_at(window, begin - 1, here);
	struct maintenance_state first = maintenance_at(window, begin, here);
	struct maintenance_state last = maintenance_at(window, end - 1, here);
	struct maintenance_state after = maintenance_at(window, end, here);
	if (before.inside || !first.inside || !last.inside || after.inside)
		fail_msg("%s: not from %s to %s: %d%d%d%d", around, from, until, before.inside,
			first.inside, last.inside, after.inside);
	assert_true(before.change_us == begin);
	assert_true(first.change_us == end);
	assert_true(last.change_us == end);
	assert_true(first.since_us == begin && last.since_us == begin);
	assert_true(after.change_us > end);
}

static void a_span_of_time(void **state)
{
	(void)state;
	struct maintenance window = {
		.from_us = utc("2027-01-31T10:00:00"), .until_us = utc("2027-01-31T12:00:00")};
	expect_span(&window, "a span", "2027-01-31T10:00:00", "2027-01-31T12:00:00");
	assert_true(maintenance_at(&window, window.until_us, here).change_us == INT64_MAX);
	assert_true(maintenance_at(&window, 0, here).change_us == window.from_us);
}

static void daily_and_weekly(void **state)
{
	(void)state;
	struct maintenance daily = {.days = EVERY_DAY,
		.utc = true,
		.at_us = 23 * HOUR + 30 * MINUTE,
		.length_us = HOUR};
	expect_span(&daily, "over midnight", "2026-11-26T23:30:00", "2026-11-27T00:30:00");
	expect_span(&daily, "over midnight", "1969-12-31T23:30:00", "1970-01-01T00:30:00");
	assert_true(maintenance_at(&daily, utc("2026-11-27T00:30:00"), here).change_us ==
		    utc("2026-11-27T23:30:00"));
	struct maintenance weekly = {
		.days = SATURDAY | MONDAY, .utc = true, .at_us = 2 * HOUR, .length_us = 30 * HOUR};
	expect_span(&weekly, "a Saturday", "2026-11-28T02:00:00", "2026-11-29T08:00:00");
	expect_span(&weekly, "a Monday", "2026-11-30T02:00:00", "2026-12-01T08:00:00");
	assert_true(maintenance_at(&weekly, utc("2026-12-01T08:00:00"), here).change_us ==
		    utc("2026-12-05T02:00:00"));
	weekly.days = SUNDAY; /* the longest there is: always */
	weekly.length_us = MAINTENANCE_LENGTH_MAX_US;
	for (int64_t at = utc("2026-11-20T00:00:00"); at < utc("2026-12-20T00:00:00");
		at += 7 * HOUR)
		assert_true(maintenance_at(&weekly, at, here).inside);
}

/* 2026-03-29 in Berlin has no 02:30: the clocks go from 02:00 to 03:00 at 01:00 UTC; 2026-10-25 has two. */
static void where_the_clocks_change(void **state)
{
	(void)state;
	struct maintenance window = {
		.days = EVERY_DAY, .at_us = 2 * HOUR + 30 * MINUTE, .length_us = 2 * HOUR};
	in_zone("Europe/Berlin");
	expect_span(&window, "before", "2026-03-28T01:30:00", "2026-03-28T03:30:00");
	expect_span(&window, "the jump", "2026-03-29T01:00:00", "2026-03-29T03:00:00");
	expect_span(&window, "after", "2026-03-30T00:30:00", "2026-03-30T02:30:00");
	expect_span(&window, "summer", "2026-10-24T00:30:00", "2026-10-24T02:30:00");
	expect_span(&window, "twice", "2026-10-25T00:30:00", "2026-10-25T02:30:00");
	expect_span(&window, "winter", "2026-10-26T01:30:00", "2026-10-26T03:30:00");
	window.length_us = 15 * MINUTE; /* the second 02:30 is another time */
	expect_span(&window, "twice", "2026-10-25T00:30:00", "2026-10-25T00:45:00");
	window.utc = true;
	expect_span(&window, "UTC knows no summer", "2026-03-29T02:30:00", "2026-03-29T02:45:00");

	in_zone("America/New_York"); /* 2026-03-08 02:00 EST, 07:00 UTC; 2026-11-01 02:00 EDT, 06:00 UTC */
	window = (struct maintenance){.days = SUNDAY, .at_us = 2 * HOUR, .length_us = HOUR};
	expect_span(&window, "the jump", "2026-03-08T07:00:00", "2026-03-08T08:00:00");
	window.at_us = HOUR;
	expect_span(&window, "twice", "2026-11-01T05:00:00", "2026-11-01T06:00:00");

	in_zone("Australia/Lord_Howe"); /* half an hour: 2026-04-05 02:00 +11, 2026-10-04 02:00 +10:30 */
	window.at_us = 2 * HOUR + 15 * MINUTE;
	expect_span(&window, "the jump", "2026-10-03T15:30:00", "2026-10-03T16:30:00");
	window.at_us = HOUR + 45 * MINUTE;
	expect_span(&window, "twice", "2026-04-04T14:45:00", "2026-04-04T15:45:00");

	in_zone("Pacific/Apia"); /* 2011-12-30 is left out */
	window = (struct maintenance){.days = EVERY_DAY, .at_us = 12 * HOUR, .length_us = HOUR};
	expect_span(&window, "the day before", "2011-12-29T22:00:00", "2011-12-29T23:00:00");
	expect_span(&window, "no day", "2011-12-30T10:00:00", "2011-12-30T11:00:00");
	expect_span(&window, "the day after", "2011-12-30T22:00:00", "2011-12-30T23:00:00");
	unsetenv("TZ");
	tzset();
}

/* Once a day through years, whatever the clocks do, and never a change that was not announced. */
static void once_a_day(void **state)
{
	(void)state;
	static const char *const zones[] = {"Europe/Berlin", "America/New_York",
		"Australia/Lord_Howe", "Africa/Casablanca", "UTC"};
	for (size_t z = 0; z < sizeof(zones) / sizeof(*zones); z++)
		for (int64_t hour = 0; hour < 24; hour++) {
			struct maintenance window = {.days = EVERY_DAY,
				.at_us = hour * HOUR + 20 * MINUTE,
				.length_us = 10 * MINUTE};
			int64_t begin = utc("2026-01-01T12:00:00"), end = begin + 400 * DAY;
			unsigned times = 0;
			in_zone(zones[z]);
			for (int64_t at = begin; at < end;) {
				struct maintenance_state now = maintenance_at(&window, at, here);
				struct maintenance_state just =
					maintenance_at(&window, now.change_us - 1, here);
				assert_true(now.change_us > at);
				assert_int_equal(just.inside, now.inside);
				times += now.inside;
				at = now.change_us;
			}
			assert_in_range(times, 399, 401);
		}
	unsetenv("TZ");
	tzset();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_span_of_time),
		cmocka_unit_test(daily_and_weekly),
		cmocka_unit_test(where_the_clocks_change),
		cmocka_unit_test(once_a_day),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
