/* What waits for its hour: on a clock that the tests set, and by a courier with a real one. */
#include "unit/alert/house.h"

#include "alert/hold.h"
#include "alert/pace.h"

#define HOUR_US (INT64_C(3600) * US_PER_S)
#define DAY_US (24 * HOUR_US)

static void an_hour_has_so_many_places(void **state)
{
	(void)state;
	struct pace pace;
	pace_init(&pace, 3);
	assert_int_equal(pace_places(&pace, T0_US), 3);
	assert_int_equal(pace_free_at(&pace, T0_US), T0_US);
	for (int64_t i = 0; i < 3; i++)
		pace_note(&pace, T0_US + i * 600 * US_PER_S);
	int64_t now = T0_US + 1200 * US_PER_S;
	assert_int_equal(pace_places(&pace, now), 0);
	assert_int_equal(pace_free_at(&pace, now), T0_US + HOUR_US);
	assert_int_equal(pace_places(&pace, T0_US + HOUR_US - 1), 0);
	assert_int_equal(pace_places(&pace, T0_US + HOUR_US), 1);
	pace_note(&pace, T0_US + HOUR_US); /* in the place of the first */
	assert_int_equal(pace_places(&pace, T0_US + HOUR_US), 0);
	pace_note(&pace, T0_US + HOUR_US + 1); /* one more than there may be: it counts */
	assert_int_equal(pace_places(&pace, T0_US + 600 * US_PER_S + HOUR_US), 0);
	assert_int_equal(pace_places(&pace, T0_US + 1200 * US_PER_S + HOUR_US), 1);
	assert_int_equal(pace_places(&pace, T0_US + 9 * HOUR_US), 3);
	pace_fini(&pace);
}

static void a_clock_set_back_blocks_nothing_for_long(void **state)
{
	(void)state;
	struct pace pace;
	pace_init(&pace, 1);
	pace_note(&pace, T0_US);
	int64_t now = T0_US - 300 * DAY_US;
	assert_int_equal(pace_places(&pace, now), 0);
	assert_int_equal(pace_places(&pace, now + HOUR_US), 1);
	pace_fini(&pace);
}

/* Clocks go from UTC+2 to UTC+1 at 01:00 UTC on the day that T0 is on, and from UTC+1 to UTC+2 ten days later. */
static int64_t ahead(void *ctx, int64_t wall_us)
{
	int64_t midnight = T0_US / DAY_US * DAY_US;
	(void)ctx;
	bool winter = wall_us >= midnight + HOUR_US && wall_us < midnight + 10 * DAY_US + HOUR_US;
	return winter ? HOUR_US : 2 * HOUR_US;
}

static const struct zone zone = {ahead, NULL};
static const int64_t midnight = T0_US / DAY_US * DAY_US;

/* Looks; which of page and ticket wait. */
static void expect_hold(struct holds *holds, const struct alert_options *options, int64_t now_us,
	bool page, bool ticket)
{
	char word[OUTBOX_HELD_MAX];
	struct error error = {""};
	struct outbox *outbox = outbox_open(file, &error);
	holds_look(holds, options, outbox, zone, now_us);
	outbox_close(outbox);
	const char *words = holds_words(holds) ? holds_words(holds) : "";
	assert_int_equal(
		strstr(words, outbox_held("ops", SEVERITY_PAGE, true, word)) != NULL, page);
	assert_int_equal(
		strstr(words, outbox_held("ops", SEVERITY_TICKET, true, word)) != NULL, ticket);
}

static void quiet_hours_follow_the_clock_on_the_wall(void **state)
{
	(void)state;
	const struct quiet quiet = {
		.when = {.days = EVERY_DAY, .at_us = 22 * HOUR_US, .length_us = 9 * HOUR_US},
		.severities = 1 << SEVERITY_TICKET | 1 << SEVERITY_INFO};
	const struct channel ops = {.name = "ops", .quiet = &quiet, .n_quiet = 1};
	const struct alert_options options = {.channels = &ops, .n_channels = 1};
	struct holds *holds = holds_new();
	expect_hold(holds, &options, midnight - 5 * HOUR_US, false, false);
	assert_int_equal(holds_change(holds), midnight - 4 * HOUR_US);
	expect_hold(holds, &options, midnight - 4 * HOUR_US, false, true); /* 22:00 in summer */
	assert_int_equal(holds_change(holds),
		midnight + 5 * HOUR_US); /* nine hours, and 06:00 on the wall */
	expect_hold(holds, &options, midnight + 5 * HOUR_US, false, false);
	expect_hold(holds, &options, midnight + 20 * HOUR_US, false, false);
	expect_hold(holds, &options, midnight + 21 * HOUR_US, false, true); /* 22:00 in winter */
	assert_int_equal(holds_change(holds), midnight + 30 * HOUR_US);
	expect_hold(holds, &options, midnight + 20 * HOUR_US, false, false); /* set back */
	holds_free(holds);
}

static void whoever_says_so_sleeps(void **state)
{
	(void)state;
	const struct quiet quiet = {
		.when = {.days = EVERY_DAY, .utc = true, .at_us = 0, .length_us = HOUR_US},
		.severities = 1 << SEVERITY_PAGE};
	const struct channel ops = {.name = "ops", .quiet = &quiet, .n_quiet = 1};
	const struct alert_options options = {.channels = &ops, .n_channels = 1};
	struct holds *holds = holds_new();
	expect_hold(holds, &options, midnight, true, false);
	expect_hold(holds, &options, midnight + HOUR_US, false, false);
	const struct alert_options nothing = {0};
	expect_hold(holds, &options, midnight, true, false);
	expect_hold(holds, &nothing, midnight, false, false); /* a reload */
	holds_free(holds);
}

/* --- by a courier --- */

static void send_urgent(const char *to, uint64_t incident, const char *event,
	enum severity severity, int64_t age_us)
{
	struct store_item *item = make_item(1, T0_US + ++house.given * 1000, OUTCOME_PASS);
	char key[64];
	snprintf(key, sizeof(key), "one/%d/%s", (int)incident, event);
	add_message(item, to, key, event, incident, clock_wall_us() - age_us);
	item->messages[0].severity = severity;
	free(item->messages[0].payload);
	char payload[128];
	snprintf(payload, sizeof(payload), "{\"dedup_key\":\"%s\",\"text\":\"it\"}", key);
	item->messages[0].payload = mem_strdup(payload);
	announce();
	assert_true(store_give(house.store, item));
	await(&house.w, &house.w.items, (size_t)house.given);
}

static void await_held(const char *name, uint64_t n)
{
	for (int i = 0; score_of(name).held != n && i < PATIENCE_MS / 50; i++) {
		courier_wake(house.courier);
		usleep(50000);
	}
	assert_int_equal(score_of(name).held, n);
}

/* Now, and for a while. */
static struct quiet quiet_now(void)
{
	int64_t now = clock_wall_us();
	return (struct quiet){.when = {.from_us = now - HOUR_US, .until_us = now + HOUR_US},
		.severities = 1 << SEVERITY_TICKET};
}

static void what_is_not_urgent_waits_for_the_morning(void **state)
{
	(void)state;
	struct receiver *r = receiver_start(200);
	struct quiet quiet = quiet_now();
	struct channel *ops = channel("ops", r->url);
	ops->quiet = &quiet;
	ops->n_quiet = 1;
	announce();
	send_urgent("ops", 7, "opened", SEVERITY_TICKET, 300 * US_PER_S);
	send_urgent("ops", 7, "resolved", SEVERITY_TICKET, 200 * US_PER_S);
	send_urgent("ops", 8, "opened", SEVERITY_PAGE, 0);
	await_requests(r, 1);
	await_held("ops", 2);
	assert_int_equal(atomic_load(&r->n), 1);
	assert_true(request_has(r, 0, "one/8/opened"));
	end_courier(1000); /* what waits stands in the outbox, and nowhere else */
	begin_courier();
	await_held("ops", 2);
	assert_int_equal(atomic_load(&r->n), 1);
	end_courier(1000);
	ops->n_quiet = 0; /* the morning */
	begin_courier();
	await_requests(r, 3);
	assert_true(request_has(r, 1, "one/7/opened"));
	assert_true(request_has(r, 1, "\"late_text\":\"it (told late, on "));
	assert_true(request_has(r, 2, "one/7/resolved"));
	assert_true(request_has(r, 2, "\"late\":true"));
	await_held("ops", 0);
	receiver_stop(r);
}

static void beyond_so_many_an_hour_the_others_wait(void **state)
{
	(void)state;
	struct receiver *r = receiver_start(200);
	channel("ops", r->url)->max_per_hour = 2;
	announce();
	for (uint64_t i = 1; i <= 5; i++)
		send_urgent("ops", i, "opened", SEVERITY_TICKET, 0);
	await_requests(r, 2);
	await_held("ops", 3);
	send_urgent("ops", 6, "opened", SEVERITY_PAGE, 0); /* that is told, and counts */
	await_requests(r, 3);
	assert_true(request_has(r, 2, "one/6/opened"));
	assert_true(request_has(r, 2, "\"more\":3"));
	send_urgent("ops", 6, "resolved", SEVERITY_PAGE, 0); /* no beginning: it waits */
	await_held("ops", 4);
	end_courier(1000);
	begin_courier(); /* who knows it from the outbox */
	await_held("ops", 4);
	assert_int_equal(atomic_load(&r->n), 3);
	end_courier(1000);
	ask_sql("UPDATE outbox SET finished_us = finished_us - 3600000000 WHERE state = 1");
	begin_courier();
	await_requests(r, 5);
	await_held("ops", 2);
	assert_int_equal(atomic_load(&r->n), 5);
	assert_true(request_has(r, 3, "one/3/opened") || request_has(r, 4, "one/3/opened"));
	assert_true(request_has(r, 3, "one/4/opened") || request_has(r, 4, "one/4/opened"));
	assert_true(request_has(r, 3, "more wait)") || request_has(r, 4, "more wait)"));
	receiver_stop(r);
}

static void one_that_is_held_delays_no_other(void **state)
{
	(void)state;
	enum { MANY = 1300 }; /* more than a look takes */
	struct receiver *r = receiver_start(200);
	struct quiet quiet = quiet_now();
	struct channel *calm = channel("calm", r->url);
	calm->quiet = &quiet;
	calm->n_quiet = 1;
	channel("ops", r->url);
	announce();
	struct store_item *item = make_item(1, T0_US + ++house.given * 1000, OUTCOME_PASS);
	for (uint64_t i = 1; i <= MANY; i++) {
		char key[64];
		snprintf(key, sizeof(key), "one/%d/opened", (int)i);
		add_message(item, "calm", key, "opened", i, clock_wall_us());
		item->messages[i - 1].severity = SEVERITY_TICKET;
	}
	announce();
	assert_true(store_give(house.store, item));
	await(&house.w, &house.w.items, (size_t)house.given);
	send_urgent("ops", MANY + 1, "opened", SEVERITY_TICKET, 0);
	await_requests(r, 1);
	assert_true(request_has(r, 0, "one/1301/opened"));
	await_held("calm", MANY);
	receiver_stop(r);
}

int main(void)
{
	failing_vfs_install();
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_hour_has_so_many_places),
		cmocka_unit_test(a_clock_set_back_blocks_nothing_for_long),
		COURIER_TEST(quiet_hours_follow_the_clock_on_the_wall),
		COURIER_TEST(whoever_says_so_sleeps),
		COURIER_TEST(what_is_not_urgent_waits_for_the_morning),
		COURIER_TEST(beyond_so_many_an_hour_the_others_wait),
		COURIER_TEST(one_that_is_held_delays_no_other),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
