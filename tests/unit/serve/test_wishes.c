#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "asking.h"
#include "chronicle.h"
#include "serve/auth.h"
#include "serve/people.h"

#define HOUR (INT64_C(3600) * US_PER_S)
#define JSON "application/json"
#define FORM "application/x-www-form-urlencoded"
#define BROWSER "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"

/* What was asked of the daemon, and what it says to that. */
struct daemon {
	unsigned asked;
	struct wish wish;
	char text[64], by[64], checks[64];
	enum wish_end end;
	const char *why;
};

struct fixture {
	struct asking asking;
	struct chronicle chronicle;
	struct daemon daemon;
};

static void grant(void *ctx, const struct wish *wish, struct wish_answer *answer)
{
	struct daemon *d = ctx;
	d->asked++;
	d->wish = *wish;
	snprintf(d->text, sizeof(d->text), "%s", wish->text ? wish->text : "-");
	snprintf(d->by, sizeof(d->by), "%s", wish->by);
	d->checks[0] = '\0';
	for (size_t i = 0; i < wish->n_checks; i++)
		snprintf(d->checks + strlen(d->checks), 32, "%s ", wish->checks[i]);
	*answer = (struct wish_answer){.end = d->end, .window = 12};
	if (d->why)
		error_set(&answer->error, "%s", d->why);
}

static void give(struct chronicle *c, struct adhoc_news *news, size_t index)
{
	struct store_item *item = MEM_NEW(struct store_item);
	item->check_number = c->numbers[index];
	item->adhoc = MEM_NEW(struct adhoc_news);
	*item->adhoc = *news;
	item->adhoc->title = mem_strdup(news->title);
	item->adhoc->by = mem_strdup(news->by);
	item->adhoc->window.numbers = item->adhoc->numbers;
	assert_true(store_give(c->store, item));
}

static void open_window(struct chronicle *c, int64_t id, int64_t from_us, int64_t until_us,
	size_t index, char *title)
{
	struct adhoc_news news = {.kind = ADHOC_WINDOW,
		.at_us = SAMPLE_NOW - HOUR,
		.window = {.id = id, .from_us = from_us, .until_us = until_us},
		.title = title,
		.by = (char *)"ana"};
	if (index < SAMPLE_CHECKS) {
		news.numbers = mem_alloc(sizeof(*news.numbers));
		news.numbers[0] = c->numbers[index];
		news.window.n_numbers = 1;
	}
	give(c, &news, 0);
}

/* Windows: 1 over, 2 ended, 3 open for the check 1, 4 to come for all. */
static void remember(struct chronicle *c, const struct sample *s)
{
	int64_t now = SAMPLE_NOW;
	open_window(c, 1, now - 2 * HOUR, now - HOUR, SAMPLE_CHECKS, (char *)"Past");
	open_window(c, 2, now, now + HOUR, SAMPLE_CHECKS, (char *)"Withdrawn");
	open_window(c, 3, now - HOUR, now + HOUR, 1, (char *)"<b>Move</b>\xe2\x80\xae");
	open_window(c, 4, now + HOUR, now + 2 * HOUR, SAMPLE_CHECKS, (char *)"Ahead");
	struct adhoc_news end = {.kind = ADHOC_WINDOW_END, .at_us = now - 1, .window = {.id = 2}};
	give(c, &end, 0);
	struct adhoc_news pause = {.kind = ADHOC_PAUSE, .at_us = now - HOUR, .by = (char *)"ben"};
	give(c, &pause, 2);
	chronicle_add(c, s, 3, now - HOUR, OUTCOME_FAIL, "it broke", true);
}

static const char *const tokens[] = {"a-token-of-somebody"};
static const struct serve_auth with_a_token = {.tokens = tokens, .n_tokens = 1};

static int setup(void **state)
{
	static struct fixture f;
	memset(&f, 0, sizeof(f));
	sample_init(&f.asking.sample);
	chronicle_open(&f.chronicle, &f.asking.sample);
	remember(&f.chronicle, &f.asking.sample);
	chronicle_finish(&f.chronicle);
	asking_open(&f.asking, f.chronicle.path);
	f.asking.site->wishes = (struct wish_granter){&f.daemon, grant};
	auth_configure(f.asking.site->auth, &with_a_token);
	f.asking.user = "ana";
	f.asking.verb = VERB_POST;
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	asking_close(&f->asking);
	chronicle_remove(&f->chronicle);
	return 0;
}

static unsigned post(struct fixture *f, const char *path, const char *type, const char *body)
{
	f->asking.verb = VERB_POST;
	f->asking.content_type = type;
	f->asking.body = body;
	return ask(&f->asking, path);
}

static const struct json *posted(struct fixture *f)
{
	struct error error = {0};
	json_free(f->asking.json);
	f->asking.json = json_parse(buf_str(&f->asking.response.payload->body), &error);
	assert_string_equal(error.text, "");
	return f->asking.json;
}

static const struct json *get(struct fixture *f, const char *path)
{
	f->asking.verb = VERB_GET;
	f->asking.body = f->asking.content_type = NULL;
	return ask_json(&f->asking, path);
}

static void test_nobody_may_write(void **state)
{
	struct fixture *f = *state;
	static const char *const paths[] = {"/api/v1/checks/gateway-health/run",
		"/api/v1/checks/gateway-health/pause", "/api/v1/checks/gateway-health/resume",
		"/api/v1/incidents/1/ack", "/api/v1/incidents/1/note", "/api/v1/maintenance",
		"/api/v1/maintenance/3/end"};
	f->asking.user = NULL;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		assert_int_equal(post(f, paths[i], FORM, "text=x"), 401);
	f->asking.verb = VERB_DELETE;
	assert_int_equal(ask(&f->asking, "/api/v1/maintenance/3"), 401);
	auth_configure(f->asking.site->auth, &(struct serve_auth){0});
	assert_int_equal(ask(&f->asking, "/api/v1/maintenance/3"), 403);
	assert_int_equal(f->daemon.asked, 0);
}

static void test_checks(void **state)
{
	struct fixture *f = *state;
	static const struct {
		const char *what;
		enum wish_kind kind;
		unsigned status;
	} wishes[] = {
		{"run", WISH_RUN, 202}, {"pause", WISH_PAUSE, 200}, {"resume", WISH_RESUME, 200}};
	for (size_t i = 0; i < 3; i++) {
		char path[96];
		snprintf(path, sizeof(path), "/api/v1/checks/gateway-health/%s", wishes[i].what);
		assert_int_equal(post(f, path, NULL, NULL), wishes[i].status);
		assert_int_equal(f->daemon.wish.kind, wishes[i].kind);
		assert_string_equal(f->daemon.by, "ana");
		expect_text(posted(f), "check", "gateway-health");
		expect_text(posted(f), "done", wishes[i].what);
		expect_text(posted(f), "by", "ana");
		assert_string_equal(f->asking.location, "");
		assert_int_equal(f->asking.response.cache, CACHE_NEVER);
		f->asking.verb = VERB_GET;
		assert_int_equal(ask(&f->asking, path), 405);
	}
	assert_int_equal(post(f, "/api/v1/checks/x/run", JSON, "{\"at\":1}"), 422);
	assert_int_equal(f->daemon.asked, 3);
}

static void test_what_became_of_it(void **state)
{
	struct fixture *f = *state;
	static const struct {
		enum wish_end end;
		unsigned status;
	} ends[] = {{WISH_UNKNOWN, 404}, {WISH_REFUSED, 409}, {WISH_INVALID, 422},
		{WISH_UNABLE, 503}, {WISH_UNANSWERED, 503}};
	f->daemon.why = "so it is";
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		f->daemon.end = ends[i].end;
		assert_int_equal(
			post(f, "/api/v1/checks/gateway-health/run", NULL, NULL), ends[i].status);
		assert_string_equal(
			f->asking.response.payload->content_type, "application/problem+json");
		expect_text(posted(f), "detail", "So it is.");
	}
	f->asking.site->wishes.grant = NULL;
	assert_int_equal(post(f, "/api/v1/checks/gateway-health/run", NULL, NULL), 503);
}

/* The page is the target's; nothing else in the request leads anywhere. */
static void test_browsers_are_led_to_a_page(void **state)
{
	struct fixture *f = *state;
	static const char *const paths[][2] = {
		{"/api/v1/checks/code%5Bbaseline-cli%5D/run",
			"/checks/code%5Bbaseline-cli%5D?done=run"},
		{"/api/v1/checks/%2F%2Fevil.example%0d/run", NULL},
		{"/api/v1/checks/%2F%2Fevil.example/run", "/checks/%2F%2Fevil.example?done=run"},
		{"/api/v1/incidents/00000000000000ff/ack",
			"/incidents/00000000000000ff?done=acknowledge"},
		{"/api/v1/incidents/ff/note", "/incidents/ff?done=note"},
		{"/api/v1/maintenance/3/end", "/?done=end"},
		{"/api/v1/maintenance/3/end?check=%2F%2Fevil%0a", NULL},
		{"/api/v1/maintenance/3/end?check=%2F%2Fevil%3Fx",
			"/checks/%2F%2Fevil%3Fx?done=end"},
	};
	f->asking.accept = BROWSER;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		unsigned status =
			post(f, paths[i][0], FORM, strstr(paths[i][0], "note") ? "text=x" : "");
		assert_int_equal(status, paths[i][1] ? 303 : 400);
		assert_string_equal(f->asking.location, paths[i][1] ? paths[i][1] : "");
		assert_int_equal(f->asking.response.cache, CACHE_NEVER);
	}
	assert_int_equal(post(f, "/api/v1/checks/a/run", FORM, "back=//evil.example"), 422);
	assert_non_null(strstr(body_of(&f->asking), "<a href=\"/checks/a\">Back to the check</a>"));
	assert_string_equal(f->asking.response.payload->content_type, "text/html; charset=utf-8");
}

static void test_incidents(void **state)
{
	struct fixture *f = *state;
	char key[24], path[96], said[PEOPLE_NOTE_MAX + 16];
	uint64_t id = chronicle_key(&f->chronicle, 3, SAMPLE_NOW - HOUR);
	snprintf(key, sizeof(key), "%016llx", (unsigned long long)id);
	snprintf(path, sizeof(path), "/api/v1/incidents/%s/ack", key);
	assert_int_equal(post(f, path, NULL, NULL), 200);
	assert_int_equal(f->daemon.wish.kind, WISH_ACKNOWLEDGE);
	assert_true(f->daemon.wish.incident == id);
	assert_null(f->daemon.wish.text);
	expect_text(posted(f), "incident", key);
	snprintf(path, sizeof(path), "/api/v1/incidents/%llx/note", (unsigned long long)id);
	assert_int_equal(post(f, path, JSON, "{\"text\":\"<script>\\u202e\"}"), 200);
	assert_true(f->daemon.wish.incident == id);
	assert_string_equal(f->daemon.text, "<script>\xe2\x80\xae");
	assert_int_equal(post(f, path, FORM, "text="), 422);
	snprintf(said, sizeof(said), "text=%0*d", PEOPLE_NOTE_MAX + 1, 1);
	assert_int_equal(post(f, path, FORM, said), 422);
	said[strlen(said) - 1] = '\0';
	assert_int_equal(post(f, path, FORM, said), 200);
	f->daemon.end = WISH_REFUSED;
	f->daemon.why = "No incident of this id is open.";
	assert_int_equal(post(f, path, FORM, "text=late"), 409);
	assert_int_equal(post(f, "/api/v1/incidents/00000000000000ff/ack", NULL, NULL), 404);
	assert_int_equal(post(f, "/api/v1/incidents/xyz/ack", NULL, NULL), 404);
}

static void test_a_window_is_opened(void **state)
{
	struct fixture *f = *state;
	assert_int_equal(
		post(f, "/api/v1/maintenance", JSON,
			"{\"title\":\"Move\",\"duration\":\"2h\",\"checks\":[\"a\",\"b\"]}"),
		201);
	assert_int_equal(f->daemon.wish.kind, WISH_WINDOW);
	assert_string_equal(f->daemon.text, "Move");
	assert_string_equal(f->daemon.checks, "a b ");
	assert_true(f->daemon.wish.from_us == SAMPLE_NOW);
	assert_true(f->daemon.wish.until_us == SAMPLE_NOW + 2 * HOUR);
	assert_string_equal(f->asking.location, "/api/v1/maintenance/12");
	expect_number(posted(f), "id", 12);
	expect_text(posted(f), "state", "open");
	expect_text(posted(f), "until", "2026-11-22T12:00:00.000Z");
	expect_text(posted(f), "checks.1", "b");
	expect_text(posted(f), "created_by", "ana");
	assert_int_equal(
		post(f, "/api/v1/maintenance", FORM,
			"title=Move&from=2026-11-22T12%3A00&until=2026-11-22T14:00:00.5%2B01:00"),
		201);
	assert_int_equal(f->daemon.wish.n_checks, 0);
	assert_true(f->daemon.wish.from_us == SAMPLE_NOW + 2 * HOUR);
	assert_true(f->daemon.wish.until_us == SAMPLE_NOW + 3 * HOUR + US_PER_S / 2);
	expect_null(posted(f), "checks");
	assert_int_equal(
		post(f, "/api/v1/maintenance", JSON, "{\"title\":\"x\",\"duration\":90}"), 201);
	assert_true(f->daemon.wish.until_us == SAMPLE_NOW + 90 * US_PER_S);
	assert_int_equal(
		post(f, "/api/v1/maintenance", JSON,
			"{\"title\":\"x\",\"duration\":90,\"checks\":[\"b\",\"a\",\"b\"]}"),
		201);
	assert_string_equal(f->daemon.checks, "b a ");
}

static void test_a_window_is_for(void **state)
{
	struct fixture *f = *state;
	static const struct {
		const char *query, *more, *checks; /* NULL: 422 */
	} cases[] = {
		{"", "", ""},
		{"", "&services=memory", "memory-recall memory-clear "},
		{"", "&services=memory&checks=gateway-health",
			"memory-recall memory-clear gateway-health "},
		{"?check=memory-clear", "", "memory-clear "},
		{"?check=memory-clear", "&scope=check", "memory-clear "},
		{"?check=memory-clear", "&scope=service", "memory-recall memory-clear "},
		{"?check=memory-clear", "&scope=everything", ""},
		{"?check=memory-clear", "&scope=all", NULL},
		{"?check=memory-clear", "&services=memory", NULL},
		{"?check=memory-clear", "&checks=memory-clear", NULL},
		{"?check=nothing", "", NULL},
		{"", "&scope=check", NULL},
		{"", "&services=nothing", NULL},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char path[64], body[128];
		snprintf(path, sizeof(path), "/api/v1/maintenance%s", cases[i].query);
		snprintf(body, sizeof(body), "title=x&duration=1h%s", cases[i].more);
		assert_int_equal(post(f, path, FORM, body), cases[i].checks ? 201 : 422);
		if (cases[i].checks)
			assert_string_equal(f->daemon.checks, cases[i].checks);
	}
}

static void test_windows_that_make_no_sense(void **state)
{
	struct fixture *f = *state;
	static const char *const bodies[][2] = {
		{"{\"duration\":\"1h\"}", "title: "},
		{"{\"title\":\"x\"}", "until, duration: "},
		{"{\"title\":\"x\",\"duration\":\"1h\",\"until\":\"2026-11-22T10:00:00Z\"}",
			"until, duration: "},
		{"{\"title\":\"x\",\"duration\":\"-1h\"}", "duration: "},
		{"{\"title\":\"x\",\"duration\":0}", "duration: "},
		{"{\"title\":\"x\",\"duration\":1e99}", "duration: "},
		{"{\"title\":\"x\",\"duration\":34560001}", "duration: "},
		{"{\"title\":\"x\",\"until\":\"tomorrow\"}", "until: "},
		{"{\"title\":\"x\",\"until\":\"2026-02-30T10:00:00Z\"}", "until: "},
		{"{\"title\":\"x\",\"from\":\"10:00\",\"duration\":\"1h\"}", "from: "},
	};
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		assert_int_equal(post(f, "/api/v1/maintenance", JSON, bodies[i][0]), 422);
		assert_non_null(strstr(body_of(&f->asking), bodies[i][1]));
	}
	assert_int_equal(f->daemon.asked, 0);
}

static void test_windows(void **state)
{
	struct fixture *f = *state;
	const struct json *list = get(f, "/api/v1/maintenance");
	assert_int_equal(json_count(at(list, "windows")), 4);
	expect_text(list, "windows.0.state", "coming");
	expect_text(list, "windows.1.state", "open");
	expect_text(list, "windows.1.title", "<b>Move</b>\\u{202E}");
	expect_text(list, "windows.1.checks.0", "gateway-stream");
	expect_text(list, "windows.2.state", "over");
	expect_text(list, "windows.2.ended_at", "2026-11-22T09:59:59.999Z");
	expect_text(list, "windows.3.state", "over");
	expect_null(list, "windows.3.checks");
	expect_null(list, "next");
	list = get(f, "/api/v1/maintenance?state=over&limit=1");
	assert_int_equal(json_count(at(list, "windows")), 1);
	expect_number(list, "windows.0.id", 2);
	expect_text(list, "next", "/api/v1/maintenance?limit=1&before=2&state=over");
	list = get(f, "/api/v1/maintenance?limit=1&before=2&state=over");
	expect_number(list, "windows.0.id", 1);
	expect_null(list, "next");
	expect_number(get(f, "/api/v1/maintenance/3"), "id", 3);
	static const char *const bad[] = {"?state=x", "?limit=0", "?before=x", "?before=0"};
	for (size_t i = 0; i < 4; i++) {
		char path[64];
		snprintf(path, sizeof(path), "/api/v1/maintenance%s", bad[i]);
		assert_int_equal(ask(&f->asking, path), 400);
	}
	assert_int_equal(ask(&f->asking, "/api/v1/maintenance/5"), 404);
	assert_int_equal(ask(&f->asking, "/api/v1/maintenance/x"), 404);
}

static void test_windows_of_the_file(void **state)
{
	struct fixture *f = *state;
	static const size_t checks[] = {0, 4};
	/* 2026-11-22 is a Sunday */
	const struct maintenance_window windows[] = {
		{.when = {.days = 1 << 6, .utc = true, .at_us = 9 * HOUR, .length_us = 2 * HOUR},
			.title = "Weekly",
			.all = true},
		{.when = {.days = EVERY_DAY, .utc = true, .at_us = 11 * HOUR, .length_us = HOUR},
			.title = "Daily",
			.checks = checks,
			.n_checks = 2},
		{.when = {.from_us = SAMPLE_NOW - 2 * HOUR, .until_us = SAMPLE_NOW - HOUR},
			.title = "",
			.all = true},
	};
	f->asking.sample.watch.windows = windows;
	f->asking.sample.watch.n_windows = 3;
	board_load(f->asking.board, &f->asking.sample.plan, &f->asking.sample.watch, false);
	const struct json *list = get(f, "/api/v1/maintenance");
	assert_int_equal(json_count(at(list, "configured")), 3);
	expect_text(list, "configured.0.state", "open");
	expect_text(list, "configured.0.from", "2026-11-22T09:00:00.000Z");
	expect_text(list, "configured.0.until", "2026-11-22T11:00:00.000Z");
	expect_null(list, "configured.0.checks");
	expect_text(list, "configured.1.state", "coming");
	expect_text(list, "configured.1.from", "2026-11-22T11:00:00.000Z");
	expect_text(list, "configured.1.until", "2026-11-22T12:00:00.000Z");
	expect_text(list, "configured.1.checks.1", "memory-clear");
	expect_text(list, "configured.2.state", "over");
	expect_text(list, "configured.2.until", "2026-11-22T09:00:00.000Z");
	sample_state(f->asking.board, 0, HEALTH_MAINTENANCE);
	const struct json *check = get(f, "/api/v1/checks/gateway-health");
	expect_text(check, "maintenance.title", "Weekly");
	expect_null(check, "maintenance.window");
}

static void test_a_window_is_ended(void **state)
{
	struct fixture *f = *state;
	f->asking.verb = VERB_DELETE;
	assert_int_equal(ask(&f->asking, "/api/v1/maintenance/3"), 200);
	assert_int_equal(f->daemon.wish.kind, WISH_WINDOW_END);
	assert_int_equal(f->daemon.wish.window, 3);
	assert_int_equal(post(f, "/api/v1/maintenance/3/end", FORM, ""), 200);
	f->daemon.end = WISH_UNKNOWN;
	assert_int_equal(post(f, "/api/v1/maintenance/3/end", FORM, ""), 409);
	assert_int_equal(post(f, "/api/v1/maintenance/9/end", FORM, ""), 404);
	assert_int_equal(post(f, "/api/v1/maintenance/x/end", FORM, ""), 404);
	assert_int_equal(post(f, "/api/v1/maintenance/9223372036854775808/end", FORM, ""), 404);
	assert_null(strstr(body_of(&f->asking), "-9223372036854775808"));
}

static void test_checks_tell(void **state)
{
	struct fixture *f = *state;
	sample_state(f->asking.board, 1, HEALTH_MAINTENANCE);
	sample_state(f->asking.board, 2, HEALTH_UNKNOWN);
	board_paused(f->asking.board, 2, true);
	board_running(f->asking.board, 4, true);
	board_set_state(f->asking.board, 3, (struct health){.state = HEALTH_DOWN}, SAMPLE_NOW,
		(struct board_incident){5, 3, true});
	const struct json *status = get(f, "/api/v1/status");
	expect_null(status, "checks.0.maintenance");
	expect_number(status, "checks.1.maintenance.window", 3);
	expect_text(status, "checks.1.maintenance.title", "<b>Move</b>\\u{202E}");
	expect_text(status, "checks.1.maintenance.until", "2026-11-22T11:00:00.000Z");
	expect_null(status, "checks.1.paused_at");
	expect_text(status, "checks.2.paused_at", "2026-11-22T09:00:00.000Z");
	expect_text(status, "checks.2.paused_by", "ben");
	assert_true(json_bool(at(status, "checks.3.acknowledged")));
	assert_false(json_bool(at(status, "checks.2.acknowledged")));
	assert_true(json_bool(at(status, "checks.4.running")));
	sample_state(f->asking.board, 0, HEALTH_MAINTENANCE);
	sample_state(f->asking.board, 1, HEALTH_UP); /* the loop has not looked yet */
	expect_null(get(f, "/api/v1/status"), "checks.1.maintenance");
	board_running(f->asking.board, 5, true); /* a kept rendering is not kept */
	assert_true(json_bool(at(get(f, "/api/v1/status"), "checks.5.running")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_nobody_may_write, setup, teardown),
		cmocka_unit_test_setup_teardown(test_checks, setup, teardown),
		cmocka_unit_test_setup_teardown(test_what_became_of_it, setup, teardown),
		cmocka_unit_test_setup_teardown(test_browsers_are_led_to_a_page, setup, teardown),
		cmocka_unit_test_setup_teardown(test_incidents, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_window_is_opened, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_window_is_for, setup, teardown),
		cmocka_unit_test_setup_teardown(test_windows_that_make_no_sense, setup, teardown),
		cmocka_unit_test_setup_teardown(test_windows, setup, teardown),
		cmocka_unit_test_setup_teardown(test_windows_of_the_file, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_window_is_ended, setup, teardown),
		cmocka_unit_test_setup_teardown(test_checks_tell, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
