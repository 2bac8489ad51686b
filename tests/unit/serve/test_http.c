#include "serve/http.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static int setup(void **state)
{
	static struct arena arena;
	arena_init(&arena);
	*state = &arena;
	return 0;
}

static int teardown(void **state)
{
	arena_fini(*state);
	return 0;
}

static struct http_request parse(void **state, const char *target)
{
	struct http_request request = {.arena = *state};
	struct error error = {0};
	assert_true(http_parse_target(&request, target, &error));
	return request;
}

static void refuse(void **state, const char *target, const char *why)
{
	struct http_request request = {.arena = *state};
	struct error error = {0};
	assert_false(http_parse_target(&request, target, &error));
	assert_string_equal(error.text, why);
}

static void test_path(void **state)
{
	assert_int_equal(parse(state, "/").n_segments, 0);
	struct http_request request = parse(state, "/api/v1/checks/code%5Ba%2Fb%5D");
	assert_int_equal(request.n_segments, 4);
	assert_string_equal(request.segments[3], "code[a/b]");
	request = parse(state, "/a+b/%C3%A9#part");
	assert_string_equal(request.segments[0], "a+b");
	assert_string_equal(request.segments[1], "\xc3\xa9");
	assert_int_equal(request.n_segments, 2);
}

static void test_empty_parts_stay(void **state)
{
	struct http_request request = parse(state, "/api/");
	assert_int_equal(request.n_segments, 2);
	assert_string_equal(request.segments[1], "");
	request = parse(state, "//x");
	assert_int_equal(request.n_segments, 2);
	assert_string_equal(request.segments[0], "");
}

static void test_absolute_form(void **state)
{
	assert_string_equal(parse(state, "http://host:80/a/b").segments[1], "b");
	assert_string_equal(parse(state, "HTTPS://host/a?x=1").segments[0], "a");
	assert_int_equal(parse(state, "http://host").n_segments, 0);
}

static void test_query(void **state)
{
	struct http_request request = parse(state, "/a?limit=10&&q=a+b%26c&flag&x=1=2&limit=20");
	assert_int_equal(request.n_params, 5);
	assert_string_equal(http_param(&request, "limit"), "10");
	assert_string_equal(http_param(&request, "q"), "a b&c");
	assert_string_equal(http_param(&request, "flag"), "");
	assert_string_equal(http_param(&request, "x"), "1=2");
	assert_null(http_param(&request, "nothing"));
}

static void test_refused_targets(void **state)
{
	refuse(state, "", "The path does not begin with a slash.");
	refuse(state, "*", "The path does not begin with a slash.");
	refuse(state, "api", "The path does not begin with a slash.");
	static const char *const broken[] = {
		"/%", "/%4", "/%zz", "/a%00b", "/%0d%0a", "/%7F", "/\x01"};
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++)
		refuse(state, broken[i], "The path has a malformed escape.");
	refuse(state, "/a?b=%g0", "The query has a malformed escape.");
	refuse(state, "/a?%=b", "The query has a malformed escape.");
	refuse(state, "/1/2/3/4/5/6/7/8/9", "The path has too many parts.");
	refuse(state, "/1/2/3/4/5/6/7/8/", "The path has too many parts.");
	refuse(state, "/?a&b&c&d&e&f&g&h&i&j&k&l&m&n&o&p&q", "The query has too many parameters.");
	char longest[HTTP_TARGET_MAX + 2];
	memset(longest, 'a', sizeof(longest));
	longest[0] = '/';
	longest[HTTP_TARGET_MAX + 1] = '\0';
	refuse(state, longest, "The path is too long.");
	longest[HTTP_TARGET_MAX] = '\0';
	assert_int_equal(parse(state, longest).n_segments, 1);
}

static void test_prefers_html(void **state)
{
	(void)state;
	assert_false(http_prefers_html(NULL));
	assert_false(http_prefers_html(""));
	assert_false(http_prefers_html("*/*"));
	assert_false(http_prefers_html("application/json"));
	assert_true(http_prefers_html("text/html"));
	assert_true(http_prefers_html(
		"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"));
	assert_true(http_prefers_html("application/json;q=0.5, TEXT/HTML ; q = 0.6"));
	assert_false(http_prefers_html("text/html;q=0.2, application/problem+json;q=0.9"));
	assert_false(http_prefers_html("text/html;q=0"));
	assert_false(http_prefers_html("text/html;q=nonsense-that-is-long"));
	assert_false(http_prefers_html("text/htmlx"));
	assert_true(http_prefers_csv("text/csv"));
	assert_true(http_prefers_csv("application/json;q=0.5, text/csv"));
	assert_false(http_prefers_csv("application/json, text/csv"));
	assert_false(http_prefers_csv("text/html, text/csv;q=0.9"));
	assert_false(http_prefers_csv("*/*"));
	assert_false(http_prefers_csv(NULL));
}

static void test_prefers_openmetrics(void **state)
{
	(void)state;
	/* As Prometheus 2.42 asks. */
	assert_true(http_prefers_openmetrics(
		"application/openmetrics-text;version=1.0.0,application/"
		"openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"));
	assert_true(http_prefers_openmetrics("application/openmetrics-text"));
	assert_true(http_prefers_openmetrics("application/openmetrics-text; version=\"1.0.0\""));
	assert_false(http_prefers_openmetrics("application/openmetrics-text; version=2.0.0"));
	assert_false(http_prefers_openmetrics("application/openmetrics-text;q=0, */*"));
	assert_false(http_prefers_openmetrics("application/openmetrics-text;q=0.3, text/plain"));
	assert_false(http_prefers_openmetrics("text/plain;version=0.0.4"));
	assert_false(http_prefers_openmetrics("*/*"));
	assert_false(http_prefers_openmetrics(NULL));
}

static void test_accepts_gzip(void **state)
{
	(void)state;
	assert_false(http_accepts_gzip(NULL));
	assert_false(http_accepts_gzip(""));
	assert_false(http_accepts_gzip("br, identity"));
	assert_false(http_accepts_gzip("gzip;q=0, *"));
	assert_false(http_accepts_gzip("*;q=0"));
	assert_true(http_accepts_gzip("deflate, GZIP;q=0.5"));
	assert_true(http_accepts_gzip("br, *"));
	assert_true(http_accepts_gzip("gzip, deflate, br, zstd"));
}

static void test_coding(void **state)
{
	(void)state;
	struct buf body = BUF_INIT(100);
	struct buf gzip = BUF_INIT(100);
	buf_puts(&body, "plain");
	struct payload *payload = payload_take("text/plain", &body);
	assert_int_equal(payload_choose(payload, "gzip"), PAYLOAD_PLAIN);
	buf_puts(&gzip, "small");
	payload_take_gzip(payload, &gzip);
	assert_int_equal(payload_choose(payload, "gzip"), PAYLOAD_GZIP);
	assert_int_equal(payload_choose(payload, NULL), PAYLOAD_PLAIN);
	assert_string_not_equal(
		payload_etag(payload, PAYLOAD_GZIP), payload_etag(payload, PAYLOAD_PLAIN));
	payload_drop(payload);
}

static void test_etag(void **state)
{
	(void)state;
	assert_false(http_etag_matches(NULL, "\"a\""));
	assert_false(http_etag_matches("", "\"a\""));
	assert_false(http_etag_matches("\"b\"", "\"a\""));
	assert_false(http_etag_matches("a", "\"a\""));
	assert_true(http_etag_matches("\"a\"", "\"a\""));
	assert_true(http_etag_matches("\"x\", W/\"a\" ", "\"a\""));
	assert_true(http_etag_matches("*", "\"a\""));
}

static void test_payload(void **state)
{
	(void)state;
	struct http_response response = {0};
	struct buf body = BUF_INIT(100);
	buf_puts(&body, "one");
	http_answer(&response, 200, "text/plain", &body);
	struct payload *kept = payload_hold(response.payload);
	buf_puts(&body, "two");
	http_answer(&response, 404, "text/plain", &body);
	assert_string_equal(buf_text(&kept->body), "one");
	assert_string_equal(buf_text(&response.payload->body), "two");
	assert_int_equal(response.status, 404);
	assert_string_not_equal(
		payload_etag(kept, PAYLOAD_PLAIN), payload_etag(response.payload, PAYLOAD_PLAIN));
	payload_drop(kept);
	payload_drop(response.payload);
	payload_drop(NULL);
}

static int let_go;

/* As the library does: the last one that sends it gives back the hold. */
static void unprepare(void *prepared)
{
	let_go++;
	payload_drop(prepared);
}

static void test_prepared_payload(void **state)
{
	(void)state;
	struct buf body = BUF_INIT(100);
	buf_puts(&body, "kept");
	struct payload *payload = payload_take("text/plain", &body); /* the site's */
	payload->prepared[PAYLOAD_PLAIN] = payload_hold(payload);
	payload->prepared[PAYLOAD_GZIP] = payload_hold(payload);
	payload->unprepare = unprepare;
	let_go = 0;
	payload_drop(payload_hold(payload)); /* an answer's */
	assert_int_equal(let_go, 0);
	assert_string_equal(buf_text(&payload->body), "kept");
	payload_drop(payload);
	assert_int_equal(let_go, 2);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_path),
		T(test_empty_parts_stay),
		T(test_absolute_form),
		T(test_query),
		T(test_refused_targets),
		T(test_prefers_html),
		T(test_prefers_openmetrics),
		T(test_accepts_gzip),
		T(test_coding),
		T(test_etag),
		T(test_payload),
		T(test_prepared_payload),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
