/* Weeks of schedule in seconds: clocks that change, maintenance, budgets, confirmations, reloads, kills.
 * After each step every slot is accounted for. */
#include "weeks/world.h"

#include "daemon/watch_windows.h"

#include <time.h>

#define TWO_SERVICES "services: {a: {url: \"http://a.example\"}, b: {url: \"http://b.example\"}}\n"
#define WINDOWS                                                                                    \
	"maintenance:\n"                                                                           \
	"  - {title: Backup, at: 02:30, for: 90m, services: [b]}\n"                                \
	"  - {title: Move, start: 2026-03-20T10:00:00Z, end: 2026-03-20T16:00:00Z, tags: [c]}\n"

static const char *const files[FILES] = {
	TWO_SERVICES WINDOWS
	"checks:\n"
	"  - {id: minute, service: a, get: /, every: 1m}\n"
	"  - {id: odd, service: a, get: /, every: 97s, tags: [c]}\n"
	"  - {id: five, service: b, get: /, every: 5m, health: {down_after: 3 of 4}}\n"
	"  - {id: hour, service: b, get: /, every: 1h, budget: {runs_per_day: 20}}\n"
	"  - {id: day, service: b, get: /, every: 1d, health: {recheck: 5m}}\n",
	TWO_SERVICES WINDOWS
	"checks:\n"
	"  - {id: odd, service: a, get: /, every: 50s, tags: [c]}\n"
	"  - {id: minute, service: a, get: /, every: 1m, enabled: false}\n"
	"  - {id: new, service: b, get: /, every: 10m, health: {recheck: 0s}}\n"
	"  - {id: hour, service: b, get: /, every: 1h, budget: {runs_per_day: 3}}\n",
	TWO_SERVICES "checks:\n"
		     "  - {id: five, service: b, get: /, every: 3m}\n"
		     "  - {id: minute, service: a, get: /, every: 1m}\n",
	TWO_SERVICES "checks:\n"
		     "  - {id: steady, service: a, get: /, every: 5m, health: {down_after: 3 of 4, "
		     "recheck: 20s}}\n"
		     "  - {id: dear, service: a, get: /, every: 1h, budget: {runs_per_day: 30}}\n",
};

static int64_t ahead_us(void *ctx, int64_t wall_us)
{
	time_t seconds = (time_t)(wall_us / SECOND);
	struct tm tm;

	(void)ctx;
	localtime_r(&seconds, &tm);
	return tm.tm_gmtoff * SECOND;
}

static void begin(struct world *world, const char *zone, int64_t wall_us, uint64_t seed)
{
	setenv("TZ", zone, 1);
	tzset();
	world_init(world, files, wall_us, seed);
	world->zone = (struct zone){ahead_us, NULL};
}

static void pause_some(struct world *world)
{
	const struct plan *plan = &world->set->config->plan;
	size_t i = world_random(world, (uint32_t)plan->n_checks);
	struct error error = {""};

	assert_true(adhoc_pause(world->set, &world->store, plan->checks[i].id,
		!world->set->checks[i].paused_wall_us, "somebody", world->now, &error));
	fake_commit(&world->store);
	world_check(world, "a pause");
}

static void open_or_end_a_window(struct world *world)
{
	struct adhoc_wish wish = {
		.from_us = world->now.wall_us, .until_us = world->now.wall_us + 3 * HOUR};
	int64_t now = world->now.wall_us, first = world->adhoc.n ? world->adhoc.windows[0].id : 0;
	struct error error = {""};
	enum adhoc_refusal why;
	bool ended = world->adhoc.n > 3 && adhoc_end_window(&world->adhoc, world->set,
						   &world->store, first, now, &why, &error);

	if (!ended)
		assert_true(adhoc_open_window(&world->adhoc, world->set, &world->store, &wish, now,
				    &why, &error) > 0);
	watch_windows_look(world->set, &world->adhoc, now, world->zone);
	assert_true(ended || world->set->checks[0].maintained);
}

enum { JUMPS = 1, REBOOTS = 2 };

static void something_happens(struct world *world, int with)
{
	size_t file = world_random(world, 3);

	switch (world_random(world, 9)) {
	case 0: world_reload(world, file); return;
	case 1:
		for (uint32_t n = world_random(world, 5); n-- > 0;) /* one after the other */
			world_reload(world, world_random(world, 3));
		return;
	case 2:
		world_kill(world, world_random(world, 3 * 3600) * SECOND);
		world_start(world, file);
		return;
	case 3:
		for (uint32_t n = 1 + world_random(world, 6); n-- > 0;) {
			world_kill(world, world_random(world, 20) * SECOND);
			world_start(world, file);
			world_run(world, world_random(world, 90) * SECOND);
		}
		return;
	case 4: world_sleep(world, world_random(world, 7200) * SECOND); return; /* suspended */
	case 5: world->failing = !world->failing; return;
	case 6: pause_some(world); return;
	case 7: open_or_end_a_window(world); return;
	case 8: break;
	}
	if (with & JUMPS)
		world->now.wall_us += world_random(world, 2) ? DAY : -DAY;
	if (with & REBOOTS) {
		fake_commit(&world->store);
		world_kill(world, HOUR);
		world_reboot(world, file);
	}
}

static void weeks(const char *zone, int64_t from_s, uint64_t seed, int with)
{
	static struct world world;

	begin(&world, zone, from_s * SECOND, seed);
	world_start(&world, 0);
	for (int64_t end = from_s * SECOND + 21 * DAY; world.now.wall_us < end;) {
		world_run(&world, (60 + world_random(&world, 5 * 3600)) * SECOND);
		something_happens(&world, with);
		if (!(with & JUMPS))
			assert_true(world.sent_today[world_number(&world, "hour")] <= 20);
	}
	assert_int_equal(world.store.now.opened_inside, 0);
	assert_true(world.flagged > 0);
	world_fini(&world);
}

static void in_berlin_and_elsewhere(void **state)
{
	static const char *const zones[] = {
		"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC"};

	(void)state;
	for (uint64_t i = 0; i < 12; i++) {
		weeks(zones[i % 4], 1773000000, i, 0); /* 2026-03-08 on */
		weeks(zones[i % 4], 1792000000, i + 100, 0); /* 2026-10-14 on */
	}
}

static void with_a_wall_clock_that_jumps(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < 12; i++)
		weeks("Europe/Berlin", 1773000000, i + 200, JUMPS);
}

static void with_reboots(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < 12; i++)
		weeks("Europe/Berlin", 1773000000, i + 300, REBOOTS);
}

/* Four weeks of a service that is down for two of them: what is asked is the healthy schedule and three
 * runs more for each time that something failed. */
static void confirmations_cost_little(void **state)
{
	static struct world world;
	uint64_t healthy = 28 * 288, asked;

	(void)state;
	begin(&world, "UTC", INT64_C(1773000000) * SECOND, 5);
	world_start(&world, 3);
	world_run(&world, 7 * DAY);
	world.failing = true;
	asked = world.sent[world_number(&world, "steady")];
	world_run(&world, 14 * DAY);
	asked = world.sent[world_number(&world, "steady")] - asked;
	assert_in_range(asked, 14 * 288 - 30 * 14, 14 * 288 + 4);
	world.failing = false;
	world_run(&world, 7 * DAY);
	assert_true(world.sent[world_number(&world, "steady")] <= healthy + 3 * (healthy / 2 / 40));
	assert_true(world.sent[world_number(&world, "dear")] <= 28 * 30);
	world_fini(&world);
}

/* Each night from 02:30 on, 90 minutes of the zone's clock, also in the one that has no 02:30. */
static void maintenance_every_night(void **state)
{
	static struct world world;
	uint32_t five;

	(void)state;
	begin(&world, "Europe/Berlin", INT64_C(1774396800) * SECOND, 9); /* 2026-03-25T00:00:00Z */
	world_start(&world, 0);
	five = world_number(&world, "five");
	world.failing = true;
	for (int64_t hour = 0; hour < 8 * 24; hour++) {
		uint64_t before = world.flagged;
		world_run(&world, HOUR);
		bool summer = hour >= 4 * 24 + 1; /* from 2026-03-29T01:00:00Z */
		int64_t begins = summer ? (hour < 5 * 24 ? 60 : 30) : 90; /* minutes of UTC's day */
		int64_t minute = hour % 24 * 60;
		bool inside = minute < begins + 90 && minute + 60 > begins;
		assert_int_equal(world.flagged > before, inside);
	}
	assert_int_equal(world.store.now.checks[five].state.health.state, HEALTH_DOWN);
	world_fini(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_berlin_and_elsewhere),
		cmocka_unit_test(with_a_wall_clock_that_jumps),
		cmocka_unit_test(with_reboots),
		cmocka_unit_test(confirmations_cost_little),
		cmocka_unit_test(maintenance_every_night),
	};
	log_configure((struct log_options){.level = LOG_ERROR});
	return cmocka_run_group_tests(tests, NULL, NULL);
}
