/* How often a check that comes and goes for a day is told of: results to health to incidents, on a virtual clock. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "watch/incident.h"

#include <string.h>

#define S INT64_C(1000000)
#define DAY_S 86400

enum { TOLD_MAX = 4096 };

struct day {
	struct watch_policy policy;
	struct health health;
	struct incidents *incidents;
	int64_t now_s;
	uint64_t results;
	int64_t told_s[TOLD_MAX]; /* when: an incident that opens, or is over */
	unsigned told;
};

static void begin(struct day *d, struct health_policy policy)
{
	static const uint32_t number = 1;
	*d = (struct day){.now_s = 1800000000, .health = {.state = HEALTH_UP}};
	d->policy =
		(struct watch_policy){.enabled = true, .health = policy, .service = 1, .host = 1};
	d->incidents = incidents_new(
		&(struct watch_plan){.checks = &d->policy, .n_checks = 1, .group_us = 300 * S},
		&number);
}

static void end(struct day *d)
{
	incidents_free(d->incidents);
}

static void result(struct day *d, bool pass)
{
	struct incident_changes changes = {0};
	d->health = health_next(&d->policy.health, d->health,
		(struct health_result){
			.outcome = pass ? OUTCOME_PASS : OUTCOME_FAIL, .at_wall_us = d->now_s * S});
	incidents_note(d->incidents, 0,
		(struct incident_news){.down = d->health.state == HEALTH_DOWN,
			.quiet = pass,
			.key = ++d->results,
			.at_wall_us = d->now_s * S},
		&changes);
	for (size_t i = 0; i < changes.n; i++)
		if (changes.all[i].kind == INCIDENT_OPENED ||
			changes.all[i].kind == INCIDENT_RESOLVED)
			d->told_s[d->told++ % TOLD_MAX] = d->now_s;
	incident_changes_fini(&changes);
}

/* The most that was told in any hour. */
static unsigned worst_hour(const struct day *d)
{
	unsigned most = 0, from = 0;
	assert_true(d->told < TOLD_MAX);
	for (unsigned i = 0; i < d->told; i++) {
		while (d->told_s[i] - d->told_s[from] >= 3600)
			from++;
		if (i + 1 - from > most)
			most = i + 1 - from;
	}
	return most;
}

struct most {
	unsigned hour, day;
};

static void remember(struct most *most, const struct day *d)
{
	unsigned hour = worst_hour(d);
	most->hour = hour > most->hour ? hour : most->hour;
	most->day = d->told > most->day ? d->told : most->day;
}

static void hold(const char *what, struct most most, unsigned hour, unsigned day)
{
	print_message(
		"%s: at most %u messages in an hour, %u in a day\n", what, most.hour, most.day);
	if (most.hour > hour || most.day > day)
		fail_msg("%s: %u in an hour, %u in a day", what, most.hour, most.day);
}

/* So many that fail, so many that pass, again and again. */
static void rhythm(struct most *most, struct health_policy policy, int bad, int good, int every_s)
{
	static struct day d;
	begin(&d, policy);
	for (int64_t i = 0; i * every_s < DAY_S; i++, d.now_s += every_s)
		result(&d, i % (bad + good) >= bad);
	remember(most, &d);
	end(&d);
}

static void a_day_of_any_rhythm(void **state)
{
	(void)state;
	const struct health_policy strict = {{1, 1}, {1, 1}, 0}, usual = HEALTH_POLICY_DEFAULT;
	const int everies[] = {5, 15, 60}, lengths[] = {1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144};
	struct most of_strict = {0}, of_usual = {0};
	for (size_t e = 0; e < 3; e++)
		for (size_t b = 0; b < 11; b++)
			for (size_t g = 0; g < 11; g++) {
				rhythm(&of_strict, strict, lengths[b], lengths[g], everies[e]);
				rhythm(&of_usual, usual, lengths[b], lengths[g], everies[e]);
			}
	hold("any rhythm, 1 of 1", of_strict, 16, 140);
	hold("any rhythm, 2 of 3", of_usual, 16, 140);
}

/* Chance, of any evenness. */
static void a_day_of_chance(void **state)
{
	(void)state;
	uint64_t seed = 88172645463325252U;
	struct most most = {0};
	for (unsigned percent = 5; percent < 100; percent += 5) {
		static struct day d;
		begin(&d, HEALTH_POLICY_DEFAULT);
		for (int i = 0; i < DAY_S / 15; i++, d.now_s += 15) {
			seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
			result(&d, seed % 100 >= percent);
		}
		remember(&most, &d);
		end(&d);
	}
	hold("chance", most, 16, 160);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_day_of_any_rhythm),
		cmocka_unit_test(a_day_of_chance),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
