#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "asking.h"
#include "serve/auth.h"

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

static void has(struct asking *a, const char *text)
{
	if (!strstr(body_of(a), text))
		fail_msg("the page lacks %s", text);
}

static void lacks(struct asking *a, const char *text)
{
	if (strstr(body_of(a), text))
		fail_msg("the page has %s", text);
}

/* Whether a stands before b, both once at least. */
static bool before(struct asking *a, const char *first, const char *second)
{
	has(a, first);
	has(a, second);
	return strstr(body_of(a), first) < strstr(body_of(a), second);
}

static void test_sentence_and_head(void **state)
{
	struct asking *a = *state;
	for (size_t i = 0; i < SAMPLE_CHECKS; i++)
		sample_state(a->board, i, HEALTH_UP);
	ask(a, "/");
	has(a, "<h1 id=\"sentence\">All 6 checks pass.</h1>");
	has(a, "<title>All up · Outrider</title>");
	has(a, "<html lang=\"en\">");
	has(a, "http-equiv=\"refresh\" content=\"30\"");
	has(a, "href=\"/favicon.svg?up\"");
	lacks(a, "Demo.");
	lacks(a, "style=\""); /* the policy forbids it */
	lacks(a, "<script>");
	sample_state(a->board, 1, HEALTH_DOWN);
	ask(a, "/");
	has(a, "<title>1 down · Outrider</title>");
	has(a, "1 of 6 checks is down: Gateway streams a chat.");
	board_load(a->board, &a->sample.plan, &a->sample.watch, true);
	ask(a, "/");
	has(a, "Demo.");
	lacks(a, "is generated");
	board_set_self(a->board, &(struct board_self){.store_ok = true,
					 .generated_wall_us = INT64_C(1763805600000000)});
	sample_state(a->board, 1, HEALTH_UP);
	ask(a, "/");
	has(a, "the history before <time datetime=\"2025-11-22T10:00:00.000Z\">2025-11-22 "
	       "10:00:00</time> "
	       "is generated.");
}

static void test_failing_first(void **state)
{
	struct asking *a = *state;
	for (size_t i = 0; i < SAMPLE_CHECKS; i++)
		sample_state(a->board, i, HEALTH_UP);
	sample_state(a->board, 4, HEALTH_DOWN);
	ask(a, "/");
	assert_true(before(a, ">memory-clear<", ">memory-recall<"));
	assert_true(before(a, "id=\"service-memory\"", "id=\"service-gateway\""));
	assert_true(before(a, "id=\"service-gateway\"", "id=\"service-ui\""));
	assert_true(before(a, ">gateway-health<", ">gateway-stream<"));
}

static void test_row(void **state)
{
	struct asking *a = *state;
	struct record record = sample_record(&a->sample, 1, SAMPLE_NOW);
	record.is_stream = true;
	record.stream.ttft_us = 411000;
	record.duration_us = 1239000;
	record.outcome = OUTCOME_FAIL;
	record.reason = REASON_TIMEOUT;
	record.message = "";
	board_result(a->board, 1, &record);
	sample_state(a->board, 1, HEALTH_DOWN);
	ask(a, "/");
	has(a, "<tr class=\"down\" data-filter data-key=\"");
	has(a, "</svg>Down <time datetime");
	has(a, "<b>Failed:</b> timed out");
	has(a, ">1.24\xc2\xa0s</td>");
	has(a, ">411\xc2\xa0ms</td>");
	has(a, "<time datetime=\"2026-11-22T09:00:00.000Z\" title=\"since 2026-11-22 09:00:00 "
	       "UTC\">"
	       "1\xc2\xa0h</time>");
	has(a, "<title>Latest 1 results: 1 fail</title>");
	has(a, "<title>No results yet</title>");
	has(a, "<path class=\"fail\" d=\"M117.5 0v20\"/>");
}

static void test_known_issue_and_off(void **state)
{
	struct asking *a = *state;
	a->sample.checks[1].known_issue = &a->sample.known;
	a->sample.policies[2].enabled = false;
	board_load(a->board, &a->sample.plan, &a->sample.watch, false);
	sample_state(a->board, 1, HEALTH_DOWN);
	ask(a, "/");
	has(a, "</svg>Known issue <time");
	has(a, "<b>Known:</b> ticket 12");
	has(a, "</svg>Off</td>");
	sample_put(a->board, &a->sample, 3, SAMPLE_NOW, OUTCOME_SKIP, REASON_ENV, "no key");
	ask(a, "/");
	has(a, "</svg>Skipped</td>");
	has(a, "<b>Skipped:</b> no key");
}

/* What a service says, and what stands in a configuration, never becomes markup. */
static void test_inert(void **state)
{
	struct asking *a = *state;
	static const char hostile[] =
		"\"'><script>alert(1)</script><img src=x onerror=alert(1)>{{sentence}}"
		"\x1b[31m\xe2\x80\xae\xff&lt;";
	a->sample.checks[0].id = "<i>&\"'";
	a->sample.checks[0].title = hostile;
	a->sample.services[0].title = hostile;
	a->sample.services[0].id = "\" onmouseover=alert(1) x=\"";
	a->sample.plan.mode = hostile;
	a->sample.known.reason = hostile;
	a->sample.checks[1].known_issue = &a->sample.known;
	board_load(a->board, &a->sample.plan, &a->sample.watch, false);
	for (size_t i = 0; i < 2; i++) {
		struct record record = sample_record(&a->sample, i, SAMPLE_NOW);
		record.outcome = OUTCOME_FAIL;
		record.message = record.request_id = record.address = hostile;
		board_result(a->board, i, &record);
		sample_state(a->board, i, HEALTH_DOWN);
	}
	ask(a, "/");
	lacks(a, "<script>");
	lacks(a, "<img");
	lacks(a, "\" onmouseover");
	lacks(a, "<i>&");
	has(a, "&lt;script&gt;alert(1)&lt;/script&gt;");
	has(a, "{{sentence}}"); /* a template looks at what it was given once */
	has(a, "<b>Failed:</b> &quot;&#39;&gt;&lt;script");
	has(a, "\\x1b[31m\\u{202E}\xef\xbf\xbd&amp;lt;");
	ask(a, "/favicon.svg");
	lacks(a, "script");
	const struct json *status = ask_json(a, "/api/v1/status");
	expect_text(status, "checks.0.last.message",
		"\"'><script>alert(1)</script><img src=x onerror=alert(1)>{{sentence}}"
		"\\x1b[31m\\u{202E}\xef\xbf\xbd&lt;");
	assert_int_equal(a->response.status, 200);
}

static void test_long_message_is_cut(void **state)
{
	struct asking *a = *state;
	char message[900];
	memset(message, 'x', sizeof(message) - 1);
	message[sizeof(message) - 1] = '\0';
	sample_put(a->board, &a->sample, 0, SAMPLE_NOW, OUTCOME_FAIL, REASON_EXPECTATION, message);
	ask(a, "/");
	has(a, "xxxx\xe2\x80\xa6</p>");
	message[400] = '\0';
	lacks(a, message);
}

static void test_favicon_tells_the_state(void **state)
{
	struct asking *a = *state;
	char up[1024];
	for (size_t i = 0; i < SAMPLE_CHECKS; i++)
		sample_state(a->board, i, HEALTH_UP);
	ask(a, "/favicon.svg");
	snprintf(up, sizeof(up), "%s", body_of(a));
	assert_non_null(strstr(up, "<svg"));
	sample_state(a->board, 0, HEALTH_DOWN);
	ask(a, "/favicon.svg");
	assert_string_not_equal(body_of(a), up);
}

static void expect_favicon(struct asking *a, const char *path, const char *same_as)
{
	char wanted[1024];
	ask(a, same_as);
	snprintf(wanted, sizeof(wanted), "%s", body_of(a));
	a->user = NULL;
	assert_int_equal(ask(a, path), 200);
	assert_string_equal(body_of(a), wanted);
	a->user = "ana";
}

static void test_favicon_tells_strangers_nothing(void **state)
{
	struct asking *a = *state;
	static const struct serve_user user = {"ana", "x"};
	struct serve_auth auth = {.users = &user, .n_users = 1};
	auth_configure(a->site->auth, &auth);
	a->user = "ana";
	for (size_t i = 0; i < SAMPLE_CHECKS; i++)
		sample_state(a->board, i, HEALTH_UP);
	expect_favicon(a, "/favicon.svg?up", "/favicon.svg");
	sample_state(a->board, 0, HEALTH_DOWN);
	expect_favicon(a, "/favicon.svg?down", "/favicon.svg");
	a->user = NULL;
	ask(a, "/favicon.svg?down");
	lacks(a, "#1f9d57");
	has(a, "#e5343d");
	ask(a, "/favicon.svg");
	lacks(a, "#e5343d");
	ask(a, "/favicon.svg?up");
	lacks(a, "#e5343d");
	auth.is_public = true;
	auth_configure(a->site->auth, &auth);
	ask(a, "/favicon.svg?up");
	has(a, "#e5343d");
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_sentence_and_head),
		T(test_failing_first),
		T(test_row),
		T(test_known_issue_and_off),
		T(test_inert),
		T(test_long_message_is_cut),
		T(test_favicon_tells_the_state),
		T(test_favicon_tells_strangers_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
