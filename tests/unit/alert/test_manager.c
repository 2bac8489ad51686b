/* What an Alertmanager is told: to the letter, and when, by a courier between a real store and receivers. */
#include "unit/alert/house.h"

#include "alert/firing.h"
#include "alert/manager.h"
#include "base/json.h"

enum { RESEND_MS = 200, MANY = 160 };

static struct buf body;

static const char *write_alert(const struct firing *firing)
{
	struct arena arena;
	arena_init(&arena);
	buf_fini(&body);
	body = BUF_INIT(FIRING_BODY_MAX);
	struct json_writer w = json_writer_to(&body);
	firing_put(&w, &arena, firing);
	arena_fini(&arena);
	return buf_text(&body);
}

static const char opened_payload[] =
	"{\"version\":1,\"event\":\"opened\",\"incident\":\"4019abcde12\",\"severity\":\"page\","
	"\"check\":\"gateway-health\",\"service\":\"gateway\",\"mode\":\"local\","
	"\"runbook\":\"https://wiki/r\",\"text\":\"DOWN: Gateway (since 10:02 UTC)\","
	"\"message\":\"status: expected 200, got 503\",\"since\":\"2026-11-22T10:02:00.000Z\","
	"\"expected\":\"200\",\"actual\":\"503\",\"link\":\"https://status/incidents/1\","
	"\"checks\":[\"gateway-health\",\"gateway-chat\"]}";

static void what_begins_fires(void **state)
{
	(void)state;
	const struct firing firing = {.opened = opened_payload,
		.latest = opened_payload,
		.ends_wall_us = INT64_C(1764000000) * US_PER_S};
	assert_string_equal(write_alert(&firing),
		"{\"labels\":{\"alertname\":\"OutriderCheckDown\",\"check\":\"gateway-health\","
		"\"service\":\"gateway\",\"mode\":\"local\",\"severity\":\"page\","
		"\"incident\":\"4019abcde12\"},"
		"\"annotations\":{\"summary\":\"DOWN: Gateway (since 10:02 UTC)\","
		"\"description\":\"status: expected 200, got 503\\n"
		"checks: gateway-health, gateway-chat\",\"runbook_url\":\"https://wiki/r\"},"
		"\"startsAt\":\"2026-11-22T10:02:00.000Z\",\"endsAt\":\"2025-11-24T16:00:00.000Z\","
		"\"generatorURL\":\"https://status/incidents/1\"}");
}

/* It is known by its labels: they stay, whatever the end is told of. */
static void what_is_over_ends(void **state)
{
	(void)state;
	const struct firing firing = {.opened = opened_payload,
		.latest =
			"{\"event\":\"resolved\",\"incident\":\"4019abcde12\",\"check\":\"other\","
			"\"severity\":\"info\",\"text\":\"UP: Gateway\","
			"\"since\":\"2026-11-22T10:02:00.000Z\","
			"\"resolved_at\":\"2026-11-22T10:09:00.000Z\"}",
		.resolved = true};
	assert_string_equal(write_alert(&firing),
		"{\"labels\":{\"alertname\":\"OutriderCheckDown\",\"check\":\"gateway-health\","
		"\"service\":\"gateway\",\"mode\":\"local\",\"severity\":\"page\","
		"\"incident\":\"4019abcde12\"},"
		"\"annotations\":{\"summary\":\"UP: Gateway\",\"runbook_url\":\"https://wiki/r\"},"
		"\"startsAt\":\"2026-11-22T10:02:00.000Z\",\"endsAt\":\"2026-11-22T10:09:00.000Z\","
		"\"generatorURL\":\"https://status/incidents/1\"}");
}

static void what_burns_fires_and_ends(void **state)
{
	(void)state;
	const char *burning = "{\"event\":\"burning\",\"check\":\"models\",\"severity\":\"ticket\","
			      "\"text\":\"BURNING: models\",\"since\":\"2026-11-22T10:02:00.000Z\","
			      "\"burn\":{\"pace\":\"slow\",\"above\":6}}";
	const struct firing firing = {.opened = burning,
		.latest = "{\"event\":\"burn_over\",\"check\":\"models\",\"text\":\"BURN OVER: "
			  "models\","
			  "\"resolved_at\":\"2026-11-22T10:09:00.000Z\"}",
		.resolved = true};
	assert_string_equal(write_alert(&firing),
		"{\"labels\":{\"alertname\":\"OutriderBudgetBurning\",\"check\":\"models\","
		"\"severity\":\"ticket\",\"pace\":\"slow\"},"
		"\"annotations\":{\"summary\":\"BURN OVER: models\"},"
		"\"startsAt\":\"2026-11-22T10:02:00.000Z\",\"endsAt\":\"2026-11-22T10:09:00."
		"000Z\"}");
}

static void what_ends_what(void **state)
{
	(void)state;
	assert_string_equal(alert_event_end("opened"), "resolved");
	assert_string_equal(alert_event_end("burning"), "burn_over");
	assert_null(alert_event_end("fixed"));
	assert_null(alert_event_end("reminder"));
}

static void nothing_makes_it_too_long(void **state)
{
	(void)state;
	static char payload[300000];
	static const char *const keys[] = {"check", "service", "mode", "severity", "incident",
		"text", "message", "runbook", "link", "since", "expected", "actual"};
	size_t n = 0;
	for (size_t k = 0; k < sizeof(keys) / sizeof(*keys); k++) {
		n += (size_t)snprintf(
			payload + n, sizeof(payload) - n, "%s\"%s\":\"", k ? "," : "{", keys[k]);
		for (int i = 0; i < 3000; i++)
			n += (size_t)snprintf(payload + n, sizeof(payload) - n, "\\u0001");
		payload[n++] = '"';
	}
	payload[n++] = '}';
	const struct firing firing = {.opened = payload, .latest = payload};
	struct error error = {""};
	assert_true(json_valid(str_of(write_alert(&firing)), &error));
	assert_true(body.n > 20000 && body.n <= FIRING_ALERT_MAX);
}

static void the_path_follows_the_url(void **state)
{
	(void)state;
	struct arena arena;
	arena_init(&arena);
	assert_string_equal(firing_url(&arena, "http://h:9093"), "http://h:9093/api/v2/alerts");
	assert_string_equal(firing_url(&arena, "https://h/am//"), "https://h/am/api/v2/alerts");
	arena_fini(&arena);
}

/* --- through the courier --- */

static struct channel *manager(const char *url)
{
	struct channel *c = channel("manager", url);
	*strrchr(house.urls[house.options.n_channels - 1], '/') = '\0';
	c->kind = CHANNEL_ALERTMANAGER;
	c->resend_us = RESEND_MS * 1000;
	return c;
}

/* A check that goes down, or is up again, and what is told of it. */
static void give(uint32_t number, bool down)
{
	uint64_t incident = key_at(number, T0_US);
	struct store_item *item =
		make_item(number, T0_US + ++house.given * 1000, down ? OUTCOME_FAIL : OUTCOME_PASS);
	const char *event = down ? "opened" : "resolved";
	char key[64];
	char payload[256];
	snprintf(key, sizeof(key), "c%d/%d/%s", (int)number, (int)number, event);
	snprintf(payload, sizeof(payload),
		"{\"check\":\"c%d\",\"severity\":\"%s\",\"since\":\"2026-11-22T10:02:00.000Z\"%s}",
		(int)number, down ? "page" : "info",
		down ? "" : ",\"resolved_at\":\"2026-11-22T10:09:00.000Z\"");
	add_change(item, down ? INCIDENT_OPENED : INCIDENT_LEFT, incident);
	if (!down)
		add_change(item, INCIDENT_RESOLVED, incident);
	add_message(item, "manager", key, event, incident, clock_wall_us());
	free(item->messages[0].payload);
	item->messages[0].payload = mem_strdup(payload);
	announce();
	assert_true(store_give(house.store, item));
}

static void give_and_await(uint32_t number, bool down)
{
	give(number, down);
	await(&house.w, &house.w.items, (size_t)house.given);
}

static int count(const char *text, const char *word)
{
	int n = 0;
	for (; (text = strstr(text, word)); text++)
		n++;
	return n;
}

/* The place of the first request from `at` on that says so of it. */
static int await_word(struct receiver *r, int at, const char *word)
{
	for (int i = 0; i < PATIENCE_MS / 5; i++, usleep(5000))
		for (int k = at; k < atomic_load(&r->n); k++)
			if (request_has(r, k, word))
				return k;
	fail_msg("nobody said %s", word);
	return -1;
}

static void all_that_is_due_goes_in_one_request(void **state)
{
	(void)state;
	struct receiver *r = receiver_start(200);
	manager(r->url)->resend_us = 3600 * US_PER_S;
	end_courier(1000);
	for (uint32_t i = 1; i <= 20; i++)
		give(i, true);
	await(&house.w, &house.w.items, 20);
	begin_courier();
	await_reports(20);
	usleep(200000);
	assert_int_equal(atomic_load(&r->n), 1);
	assert_true(request_has(r, 0, "POST /api/v2/alerts HTTP/1.1\r\n"));
	assert_true(request_has(r, 0, "Authorization: Bearer hunter22\r\n"));
	assert_false(request_has(r, 0, "Idempotency-Key"));
	assert_int_equal(count(r->requests[0], "\"alertname\""), 20);
	assert_int_equal(score_of("manager").delivered, 20);
	receiver_stop(r);
}

static void what_is_down_is_said_again_until_it_is_over(void **state)
{
	(void)state;
	struct receiver *r = receiver_start(200);
	manager(r->url);
	give_and_await(1, true);
	give_and_await(2, true);
	await_reports(2);
	int at = atomic_load(&r->n);
	await_requests(r, at + 2);
	assert_int_equal(count(r->requests[at + 1], "\"alertname\""), 2);
	give_and_await(1, false);
	await_reports(3);
	int over = await_word(r, at, "10:09:00");
	assert_true(request_has(r, over, "\"check\":\"c1\",\"severity\":\"page\""));
	await_requests(r, over + 3);
	for (int i = over + 1; i < over + 3; i++) {
		assert_false(request_has(r, i, "\"c1\""));
		assert_true(request_has(r, i, "\"c2\""));
	}
	end_courier(1000);
	at = atomic_load(&r->n);
	begin_courier();
	await_requests(r, at + 1); /* at once */
	assert_true(request_has(r, at, "\"c2\""));
	assert_int_equal(reports(), 3);
	receiver_stop(r);
}

/* A budget that is spent too fast, or no longer is. */
static void give_burn(uint32_t number, bool over)
{
	uint64_t key = key_at(number, T0_US + 77000);
	struct store_item *item = MEM_NEW(struct store_item);
	item->check_number = number;
	item->changed_wall_us = T0_US;
	item->burn = (struct burn_note){true, SLO_SLOW, over ? 0 : T0_US, key};
	add_message(item, "manager", over ? "b/over" : "b/burns", over ? "burn_over" : "burning",
		key, clock_wall_us());
	free(item->messages[0].payload);
	item->messages[0].payload = mem_strdup(
		over ? "{\"resolved_at\":\"2026-11-22T10:11:00.000Z\"}"
		     : "{\"event\":\"burning\",\"check\":\"c7\",\"burn\":{\"pace\":\"slow\"}}");
	house.given++;
	announce();
	assert_true(store_give(house.store, item));
	await(&house.w, &house.w.items, (size_t)house.given);
}

static void what_burns_is_said_again_until_it_is_over(void **state)
{
	(void)state;
	struct receiver *r = receiver_start(200);
	manager(r->url);
	give_and_await(1, true);
	give_burn(1, false);
	await_reports(2);
	int at = atomic_load(&r->n);
	await_requests(r, at + 2);
	assert_int_equal(count(r->requests[at + 1], "\"alertname\""), 2);
	assert_true(request_has(r, at + 1, "\"OutriderBudgetBurning\",\"check\":\"c7\""));
	give_burn(1, true);
	await_reports(3);
	int over = await_word(r, at, "10:11:00");
	assert_true(request_has(r, over, "\"check\":\"c7\""));
	await_requests(r, over + 3);
	for (int i = over + 1; i < over + 3; i++) {
		assert_false(request_has(r, i, "\"c7\""));
		assert_true(request_has(r, i, "\"c1\""));
	}
	receiver_stop(r);
}

static void failures_are_tried_again_soon_and_in_order(void **state)
{
	(void)state;
	struct receiver *r = receiver_start(200);
	atomic_store(&r->fail_first, 2);
	manager(r->url);
	give_and_await(1, true);
	await_reports(1);
	assert_int_equal(told().result, DELIVERY_RETRY);
	assert_in_range(told().pause_us, 1, RESEND_MS * 1000); /* and not five seconds */
	give_and_await(1, false);
	await_reports(4);
	int over = await_word(r, 0, "10:09:00");
	assert_true(over >= 3); /* only what was delivered is over */
	assert_int_equal(score_of("manager").delivered, 2);
	receiver_stop(r);
}

static void a_member_that_hangs_does_not_matter(void **state)
{
	(void)state;
	struct receiver *hanging = receiver_start(0);
	struct receiver *r = receiver_start(200);
	static char other[96];
	static const char *peers[] = {other, NULL};
	snprintf(other, sizeof(other), "%.*s", (int)(strrchr(r->url, '/') - r->url), r->url);
	struct channel *c = manager(hanging->url);
	c->peers = peers;
	c->n_peers = 1;
	c->timeout_us = US_PER_S;
	give_and_await(1, true);
	await_reports(1);
	assert_int_equal(told().result, DELIVERY_DONE);
	assert_true(atomic_load(&hanging->n) >= 1);
	atomic_store(&r->status, 0);
	give_and_await(2, true);
	await_reports(2);
	assert_int_equal(told().result, DELIVERY_RETRY);
	assert_string_equal(told().why, "no answer in time");
	receiver_stop(hanging);
	receiver_stop(r);
}

static void many_are_said_again_in_several_requests(void **state)
{
	(void)state;
	struct receiver *r = receiver_start(200);
	struct channel *c = manager(r->url);
	c->resend_us = US_PER_S;
	for (uint32_t i = 1; i <= MANY; i++)
		give(i, true);
	await(&house.w, &house.w.items, MANY);
	await_reports(MANY);
	int at = atomic_load(&r->n);
	int full = await_word(r, at, "\"c1\"");
	await_requests(r, full + 2);
	assert_int_equal(count(r->requests[full], "\"alertname\""), MANAGER_AGAIN_MAX);
	assert_int_equal(count(r->requests[full + 1], "\"alertname\""), MANY - MANAGER_AGAIN_MAX);
	assert_true(request_has(r, full + 1, "\"c160\""));
	receiver_stop(r);
}

/* A full disk: what was told from memory is said again from there, and no more when it is over. */
static void a_full_disk_changes_nothing(void **state)
{
	(void)state;
	struct receiver *r = receiver_start(200);
	manager(r->url);
	give_and_await(1, true);
	await_reports(1);
	atomic_store(&failing_in, 0);
	give(1, false);
	give(2, true);
	int over = await_word(r, 0, "10:09:00");
	int second = await_word(r, 0, "\"c2\"");
	await_requests(r, (over > second ? over : second) + 3);
	for (int i = over + 1; i < atomic_load(&r->n); i++)
		assert_false(request_has(r, i, "\"c1\""));
	int last = atomic_load(&r->n) - 1;
	assert_true(request_has(r, last, "\"c2\""));
	atomic_store(&failing_in, INT_MAX);
	await(&house.w, &house.w.items, (size_t)house.given);
	await_reports(3);
	await_requests(r, last + 3);
	assert_true(request_has(r, last + 2, "\"c2\""));
	assert_int_equal(score_of("manager").delivered, 3);
	receiver_stop(r);
}

static void a_channel_that_goes_is_not_told_again(void **state)
{
	(void)state;
	struct receiver *r = receiver_start(200);
	manager(r->url);
	give_and_await(1, true);
	await_reports(1);
	await_requests(r, 2);
	static const struct alert_options nobody;
	courier_configure(house.courier, &nobody);
	usleep(100000);
	int n = atomic_load(&r->n);
	usleep(3 * RESEND_MS * 1000);
	assert_true(atomic_load(&r->n) <= n);
	receiver_stop(r);
}

static int forget_body(void **state)
{
	(void)state;
	buf_fini(&body);
	return 0;
}

int main(void)
{
	failing_vfs_install();
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_begins_fires),
		cmocka_unit_test(what_is_over_ends),
		cmocka_unit_test(what_burns_fires_and_ends),
		cmocka_unit_test(what_ends_what),
		cmocka_unit_test(nothing_makes_it_too_long),
		cmocka_unit_test(the_path_follows_the_url),
		COURIER_TEST(all_that_is_due_goes_in_one_request),
		COURIER_TEST(what_is_down_is_said_again_until_it_is_over),
		COURIER_TEST(what_burns_is_said_again_until_it_is_over),
		COURIER_TEST(failures_are_tried_again_soon_and_in_order),
		COURIER_TEST(a_member_that_hangs_does_not_matter),
		COURIER_TEST(many_are_said_again_in_several_requests),
		COURIER_TEST(a_full_disk_changes_nothing),
		COURIER_TEST(a_channel_that_goes_is_not_told_again),
	};
	return cmocka_run_group_tests(tests, NULL, forget_body);
}
