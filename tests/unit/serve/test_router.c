#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "asking.h"
#include "serve/access.h"
#include "serve/auth.h"
#include "serve/board_state.h"

static int setup(void **state)
{
	static struct asking a;
	memset(&a, 0, sizeof(a));
	sample_init(&a.sample);
	asking_open(&a, NULL);
	*state = &a;
	return 0;
}

static int teardown(void **state)
{
	asking_close(*state);
	return 0;
}

static void test_every_path(void **state)
{
	struct asking *a = *state;
	static const struct {
		const char *path, *type;
		enum http_cache cache;
	} paths[] = {
		{"/", "text/html; charset=utf-8", CACHE_REVALIDATE},
		{"/favicon.svg", "image/svg+xml", CACHE_REVALIDATE},
		{"/api/v1/status", "application/json", CACHE_REVALIDATE},
		{"/api/v1/checks", "application/json", CACHE_REVALIDATE},
		{"/api/v1/checks/gateway-health", "application/json", CACHE_REVALIDATE},
		{"/api/v1/checks/code%5Bbaseline-cli%5D", "application/json", CACHE_REVALIDATE},
		{"/api/v1/checks/gateway-health/results", "application/json", CACHE_REVALIDATE},
		{"/api/v1/checks/gateway-health/series", "application/json", CACHE_REVALIDATE},
		{"/api/v1/incidents?state=open", "application/json", CACHE_REVALIDATE},
		{"/api/v1/events", "text/event-stream", CACHE_NEVER},
		{"/metrics", "text/plain; version=0.0.4; charset=utf-8", CACHE_NEVER},
		{"/healthz", "application/json", CACHE_NEVER},
		{"/readyz", "application/json", CACHE_NEVER},
	};
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		a->verb = i % 2 ? VERB_HEAD : VERB_GET;
		assert_int_equal(ask(a, paths[i].path), 200);
		assert_string_equal(a->response.payload->content_type, paths[i].type);
		assert_int_equal(a->response.cache, paths[i].cache);
	}
}

enum { SCRIPT_MAX = 3 * 1024 }; /* compressed: what the status page may load */

static void test_files(void **state)
{
	struct asking *a = *state;
	static const struct {
		const char *name, *type;
		bool everywhere; /* on all pages */
	} files[] = {
		{"base.css", "text/css; charset=utf-8", true},
		{"app.js", "text/javascript; charset=utf-8", true},
		{"check.css", "text/css; charset=utf-8", false},
		{"chart.js", "text/javascript; charset=utf-8", false},
	};
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		char path[128];
		snprintf(path, sizeof(path), "/assets/%s",
			files_name(&a->site->files, files[i].name));
		assert_int_equal(ask(a, path), 200);
		assert_int_equal(a->response.cache, CACHE_FOREVER);
		assert_string_equal(a->response.payload->content_type, files[i].type);
		const struct buf *gzip = &a->response.payload->gzip;
		assert_memory_equal(gzip->p, "\x1f\x8b", 2);
		if (strcmp(files[i].name, "app.js") == 0)
			assert_true(gzip->n <= SCRIPT_MAX);
		ask(a, "/");
		assert_int_equal(strstr(body_of(a), path) != NULL, files[i].everywhere);
	}
	assert_int_equal(ask(a, "/assets/style-0000000000000000.css"), 404);
	assert_int_equal(ask(a, "/assets/base.css"), 404);
	assert_null(files_name(&a->site->files, "none.css"));
}

/* A 401 would make a browser ask who looks at a public page for a password. */
static void test_events_of_guests(void **state)
{
	struct asking *a = *state;
	static const char *const tokens[] = {"a-token-of-somebody"};
	struct serve_auth auth = {.tokens = tokens, .n_tokens = 1};
	auth_configure(a->site->auth, &auth);
	assert_int_equal(ask(a, "/api/v1/events"), 401);
	auth.is_public = true;
	auth_configure(a->site->auth, &auth);
	assert_int_equal(ask(a, "/"), 200);
	assert_int_equal(ask(a, "/api/v1/events"), 403);
	assert_false(a->response.stream.wanted);
}

static void test_unknown(void **state)
{
	struct asking *a = *state;
	static const char *const paths[] = {"/nothing", "/api", "/api/v1", "/api/v1/",
		"/api/v1/status/", "/api/v1/status/x", "/api%2Fv1/status", "/api/v1/checks/",
		"/api/v1/checks/unknown", "/api/v1/results/zz", "/api/v1/results/123",
		"/api/v1/checks/unknown/results", "/assets/", "//", "/metrics/", "/API/V1/STATUS"};
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		const struct json *problem = ask_json(a, paths[i]);
		assert_int_equal(a->response.status, 404);
		expect_text(problem, "title", "Not Found");
		expect_text(problem, "type", "about:blank");
		expect_number(problem, "status", 404);
		assert_int_equal(a->response.cache, CACHE_NEVER);
		assert_true(a->response.varies);
	}
}

static void test_methods(void **state)
{
	struct asking *a = *state;
	a->verb = VERB_OTHER;
	const struct json *problem = ask_json(a, "/api/v1/status");
	assert_int_equal(a->response.status, 405);
	assert_string_equal(a->response.allow, "GET, HEAD");
	expect_text(problem, "title", "Method Not Allowed");
	assert_int_equal(ask(a, "/nothing"), 404);
	assert_null(a->response.allow);
}

static void test_bad_requests(void **state)
{
	struct asking *a = *state;
	static const char *const targets[] = {"/%", "*", "/%00",
		"/api/v1/status?%=", "/api/v1/checks/gateway-health/results?limit=0",
		"/api/v1/checks/gateway-health/results?limit=1001",
		"/api/v1/checks/gateway-health/results?limit=",
		"/api/v1/checks/gateway-health/results?limit=-1",
		"/api/v1/checks/gateway-health/results?before=x",
		"/api/v1/checks/gateway-health/results?outcome=Pass",
		"/api/v1/incidents?state=closed", "/api/v1/incidents?limit=501"};
	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		const struct json *problem = ask_json(a, targets[i]);
		assert_int_equal(a->response.status, 400);
		assert_int_equal(json_type(at(problem, "detail")), JSON_STRING);
	}
}

static void test_errors_for_browsers(void **state)
{
	struct asking *a = *state;
	a->accept = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8";
	assert_int_equal(ask(a, "/<script>alert(1)</script>"), 404);
	assert_string_equal(a->response.payload->content_type, "text/html; charset=utf-8");
	assert_non_null(strstr(body_of(a), "<h1>Not Found</h1>"));
	assert_null(strstr(body_of(a), "<script>"));
	assert_null(strstr(body_of(a), "http-equiv"));
}

static void test_etag(void **state)
{
	struct asking *a = *state;
	char etag[ETAG_MAX];
	ask(a, "/api/v1/status");
	snprintf(etag, sizeof(etag), "%s", payload_etag(a->response.payload, PAYLOAD_PLAIN));
	a->if_none_match = etag;
	assert_int_equal(ask(a, "/api/v1/status"), 304);
	assert_string_equal(payload_etag(a->response.payload, PAYLOAD_PLAIN), etag);
	sample_state(a->board, 0, HEALTH_DOWN);
	assert_int_equal(ask(a, "/api/v1/status"), 200);
	assert_string_not_equal(payload_etag(a->response.payload, PAYLOAD_PLAIN), etag);
	a->if_none_match = "*";
	assert_int_equal(ask(a, "/metrics"), 200); /* never kept */
	assert_int_equal(ask(a, "/nothing"), 404);
}

static void test_rendered_once(void **state)
{
	struct asking *a = *state;
	ask(a, "/api/v1/status");
	const struct payload *first = payload_hold(a->response.payload);
	ask(a, "/api/v1/status");
	assert_ptr_equal(a->response.payload, first);
	sample_put(a->board, &a->sample, 0, SAMPLE_NOW, OUTCOME_PASS, REASON_NONE, "");
	ask(a, "/api/v1/status");
	assert_ptr_not_equal(a->response.payload, first);
	payload_drop((struct payload *)first);
	ask(a, "/");
	first = payload_hold(a->response.payload);
	ask(a, "/");
	assert_ptr_equal(a->response.payload, first);
	a->now_wall_us += 10 * US_PER_S; /* "for 4 min" moves on */
	ask(a, "/");
	assert_ptr_not_equal(a->response.payload, first);
	payload_drop((struct payload *)first);
}

static void test_health(void **state)
{
	struct asking *a = *state;
	struct board_self self = {
		.started_wall_us = SAMPLE_NOW - 90 * US_PER_S, .store_ok = true, .reload_ok = true};
	expect_text(ask_json(a, "/healthz"), "status", "ok"); /* nobody said otherwise */
	board_set_self(a->board, &self);
	const struct json *health = ask_json(a, "/healthz");
	expect_text(health, "status", "ok");
	expect_number(health, "uptime_s", 90);
	expect_number(health, "checks", SAMPLE_CHECKS);
	self.store_ok = false;
	board_set_self(a->board, &self);
	health = ask_json(a, "/healthz");
	assert_int_equal(a->response.status, 503);
	expect_text(health, "status", "degraded");
	expect_text(ask_json(a, "/api/v1/status"), "state", "degraded");
	assert_int_equal(ask(a, "/readyz"), 200); /* it still watches */
	struct plan none = {.mode = "local"};
	board_load(a->board, &none, NULL, false);
	assert_int_equal(ask(a, "/readyz"), 503);
}

static void expect_still(struct asking *a, const char *what)
{
	for (size_t i = 0; i < 2; i++) {
		const struct json *health = ask_json(a, i ? "/readyz" : "/healthz");
		assert_int_equal(a->response.status, 503);
		expect_text(health, "status", "stands still");
		expect_text(health, "stands_still", what);
	}
}

static void test_what_stands_still(void **state)
{
	struct asking *a = *state;
	struct board_self self = {.store_ok = true, .reload_ok = true, .still = "courier"};
	board_set_self(a->board, &self);
	expect_still(a, "courier");
	self.still = NULL;
	board_set_self(a->board, &self);
	assert_int_equal(ask(a, "/healthz"), 200);
	assert_int_equal(ask(a, "/readyz"), 200);
	a->board->self_mono_us -= BOARD_STILL_US + 1;
	expect_still(a, "main loop");
	board_set_self(a->board, &self);
	assert_int_equal(ask(a, "/healthz"), 200);
}

/* --- who may look, who may act --- */

static const char *const a_token[] = {"0123456789abcdef0123456789abcdef"};

static const struct {
	const char *path;
	enum { PRIVATE, PUBLIC, OPEN } access;
} accesses[] = {
	{"/", PUBLIC},
	{"/favicon.svg", OPEN},
	{"/login", PRIVATE},
	{"/incidents", PUBLIC},
	{"/api/v1/maintenance", PUBLIC},
	{"/api/v1/alerts", PRIVATE},
	{"/checks/gateway-health", PRIVATE},
	{"/api/v1/status", PUBLIC},
	{"/api/v1/checks", PRIVATE},
	{"/api/v1/checks/gateway-health", PRIVATE},
	{"/api/v1/checks/gateway-health/results", PRIVATE},
	{"/api/v1/checks/gateway-health/series", PRIVATE},
	{"/api/v1/results/0000000000000001", PRIVATE},
	{"/api/v1/events", PUBLIC},
	{"/api/v1/incidents", PUBLIC},
	{"/api/v1/incidents/0000000000000001", PUBLIC},
	{"/badge/gateway-health/status.svg", PUBLIC},
	{"/feed.atom", PUBLIC},
	{"/metrics", PRIVATE},
	{"/healthz", OPEN},
	{"/readyz", OPEN},
};

static void test_who_may_look(void **state)
{
	struct asking *a = *state;
	struct serve_auth auth = {.tokens = a_token, .n_tokens = 1};
	for (int is_public = 0; is_public < 2; is_public++) {
		auth.is_public = is_public;
		auth_configure(a->site->auth, &auth);
		for (size_t i = 0; i < sizeof(accesses) / sizeof(accesses[0]); i++) {
			bool may = accesses[i].access == OPEN ||
				   (is_public && accesses[i].access == PUBLIC);
			a->user = NULL;
			if ((ask(a, accesses[i].path) != 401) != may)
				fail_msg("%s: %u", accesses[i].path, a->response.status);
			if (!may)
				assert_string_equal(
					a->response.challenges[1], "Bearer realm=\"Outrider\"");
			assert_null(a->response.challenges[0]);
			a->user = "token 1";
			assert_int_not_equal(ask(a, accesses[i].path), 401);
		}
	}
}

/* A browser that was asked for a password at a check would show the status page as to a guest. */
static void test_browsers_log_in_for_all_pages(void **state)
{
	struct asking *a = *state;
	static const struct serve_user user = {"ana", "x"};
	const struct serve_auth auth = {.users = &user, .n_users = 1, .is_public = true};
	static const struct {
		const char *asked, *location;
	} ways[] =
		{
			{"/checks/gateway-health", "/login?check=gateway-health"},
			{"/checks/a%5Bb%5D?result=abc#x", "/login?check=a%5Bb%5D"},
			{"/checks/a?result=0123456789abcdef",
				"/login?check=a&result=0123456789abcdef"},
		},
	  backs[] = {
		  {"/login", "/"},
		  {"/login?check=a%5Bb%5D", "/checks/a%5Bb%5D"},
		  {"/login?check=a&result=0123456789abcdef", "/checks/a?result=0123456789abcdef"},
		  {"/login?check=%2F%2Felsewhere.example&result=x",
			  "/checks/%2F%2Felsewhere.example"},
		  {"/login?incident=0123456789abcdef", "/incidents/0123456789abcdef"},
		  {"/login?incident=../x", "/incidents/..%2Fx"},
	  };
	auth_configure(a->site->auth, &auth);
	ask(a, "/");
	assert_non_null(strstr(body_of(a), "href=\"/login\""));
	assert_int_equal(ask(a, "/checks/gateway-health"), 401); /* a program */
	a->accept = "text/html";
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		assert_int_equal(ask(a, ways[i].asked), 303);
		assert_string_equal(a->location, ways[i].location);
	}
	assert_int_equal(ask(a, "/login?check=gateway-health"), 401);
	assert_int_equal(ask(a, "/metrics"), 401);
	a->user = "ana";
	for (size_t i = 0; i < sizeof(backs) / sizeof(backs[0]); i++) {
		assert_int_equal(ask(a, backs[i].asked), 303);
		assert_string_equal(a->location, backs[i].location);
	}
	assert_int_equal(ask(a, "/login?incident=../../x%0d%0aSet-Cookie:"), 400);
}

static void test_who_may_act(void **state)
{
	struct asking *a = *state;
	struct arena arena;
	arena_init(&arena);
	struct http_request request = {.host = "here", .arena = &arena};
	const struct serve_auth auth = {.tokens = a_token, .n_tokens = 1, .is_public = true};
	struct http_response response = {0};
	request.user = "somebody"; /* nobody can be, without users and tokens */
	assert_false(access_may_write(a->site, &request, &response));
	assert_int_equal(response.status, 403);
	auth_configure(a->site->auth, &auth);
	assert_true(access_may_write(a->site, &request, &response));
	request.origin = "http://elsewhere";
	assert_false(access_may_write(a->site, &request, &response));
	assert_int_equal(response.status, 403);
	request.origin = "http://here";
	assert_true(access_may_write(a->site, &request, &response));
	request.user = NULL;
	assert_false(access_may_write(a->site, &request, &response));
	assert_int_equal(response.status, 401);
	request.retry_after_s = 6;
	assert_false(access_may_write(a->site, &request, &response));
	assert_int_equal(response.status, 429);
	assert_int_equal(response.retry_after_s, 6);
	payload_drop(response.payload);
	arena_fini(&arena);
}

/* Of the newest results every text is a canary. */
static void test_internals(void **state)
{
	struct asking *a = *state;
	static const struct serve_user user = {"ana", "x"};
	const struct serve_auth auth = {.tokens = a_token, .n_tokens = 1, .is_public = true};
	const struct serve_auth with_users = {.users = &user, .n_users = 1, .is_public = true};
	size_t seen = 0;
	for (size_t i = 0; i < a->sample.plan.n_checks; i++) {
		struct record record = sample_record(&a->sample, i, SAMPLE_NOW);
		record.outcome = OUTCOME_FAIL;
		record.reason = REASON_EXPECTATION;
		record.message = "the canary sings";
		record.request_id = "canary-id";
		board_result(a->board, i, &record);
		sample_state(a->board, i, HEALTH_DOWN);
	}
	auth_configure(a->site->auth, &auth);
	for (int known = 0; known < 2; known++) {
		a->user = known ? "token 1" : NULL;
		for (size_t i = 0; i < sizeof(accesses) / sizeof(accesses[0]); i++) {
			ask(a, accesses[i].path);
			bool sings = strstr(body_of(a), "canary") != NULL;
			if (sings && !known)
				fail_msg("%s: %s", accesses[i].path, body_of(a));
			seen += sings;
		}
	}
	auth_configure(a->site->auth, &auth);
	a->user = NULL;
	ask(a, "/");
	assert_null(strstr(body_of(a), "href=\"/login\"")); /* no browser has a token */
	auth_configure(a->site->auth, &with_users);
	sample_state(a->board, 0, HEALTH_UP); /* as with a reload, the page is another one */
	ask(a, "/");
	assert_non_null(strstr(body_of(a), "href=\"/login\""));
	assert_null(strstr(body_of(a), "/api/v1/events")); /* a browser would ask for a password */
	a->user = "token 1";
	ask(a, "/");
	assert_null(strstr(body_of(a), "href=\"/login\""));
	assert_int_equal(ask(a, "/login"), 303);
	assert_true(seen >= 3); /* the page, the status, the check */
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_every_path),
		T(test_files),
		T(test_events_of_guests),
		T(test_unknown),
		T(test_methods),
		T(test_bad_requests),
		T(test_errors_for_browsers),
		T(test_etag),
		T(test_rendered_once),
		T(test_health),
		T(test_what_stands_still),
		T(test_who_may_look),
		T(test_browsers_log_in_for_all_pages),
		T(test_who_may_act),
		T(test_internals),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
