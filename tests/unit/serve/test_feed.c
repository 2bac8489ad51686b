#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "asking.h"
#include "base/clock.h"
#include "chronicle.h"

#define HOUR (3600 * US_PER_S)

struct fixture {
	struct asking asking;
	struct chronicle chronicle;
};

static int setup(void **state)
{
	static struct fixture f;
	memset(&f, 0, sizeof(f));
	const struct sample *s = &f.asking.sample;
	sample_init(&f.asking.sample);
	chronicle_open(&f.chronicle, s);
	chronicle_add(&f.chronicle, s, 0, SAMPLE_NOW - 4 * HOUR, OUTCOME_PASS, "", false);
	chronicle_add(&f.chronicle, s, 0, SAMPLE_NOW - 3 * HOUR, OUTCOME_FAIL,
		"broken \x1b[1m<b>&amp;", true);
	chronicle_finish(&f.chronicle);
	asking_open(&f.asking, f.chronicle.path);
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

static void has(struct asking *a, const char *text)
{
	if (!strstr(body_of(a), text))
		fail_msg("the answer lacks %s: %s", text, body_of(a));
}

static void test_feed(void **state)
{
	struct asking *a = &((struct fixture *)*state)->asking;
	assert_int_equal(ask(a, "/feed.atom"), 200);
	assert_string_equal(
		a->response.payload->content_type, "application/atom+xml; charset=utf-8");
	has(a, "<category term=\"open\"/>");
	has(a, "<summary>broken \\x1b[1m&lt;b&gt;&amp;amp;</summary>");
	has(a, "<entry>\n<id>urn:uuid:");
	has(a, "<link rel=\"alternate\" type=\"text/html\" href=\"/incidents/0000");
	assert_null(strstr(body_of(a), "\x1b"));
}

/* Whatever name the monitor is asked by; another monitor has others. */
static void test_ids_are_for_good(void **state)
{
	enum { URN_CHARS = 45 };
	struct asking *a = &((struct fixture *)*state)->asking;
	a->host = "status.example";
	ask(a, "/feed.atom");
	char *first = mem_strdup(body_of(a));
	a->host = "127.0.0.1:8080";
	ask(a, "/feed.atom");
	assert_string_equal(body_of(a), first);
	teardown(state);
	setup(state);
	ask(&((struct fixture *)*state)->asking, "/feed.atom");
	const char *id = strstr(first, "urn:uuid:");
	const char *another = strstr(body_of(&((struct fixture *)*state)->asking), "urn:uuid:");
	assert_true(id && another);
	assert_memory_not_equal(id, another, URN_CHARS);
	free(first);
}

static void test_feed_without_history(void **state)
{
	(void)state;
	static struct asking bare;
	memset(&bare, 0, sizeof(bare));
	sample_init(&bare.sample);
	asking_open(&bare, NULL);
	assert_int_equal(ask(&bare, "/feed.atom"), 200);
	has(&bare, "<updated>");
	assert_null(strstr(body_of(&bare), "<entry>"));
	asking_close(&bare);
}

static void test_badges(void **state)
{
	struct asking *a = &((struct fixture *)*state)->asking;
	sample_state(a->board, 0, HEALTH_DOWN);
	assert_int_equal(ask(a, "/badge/gateway-health/status.svg"), 200);
	assert_string_equal(a->response.payload->content_type, "image/svg+xml");
	assert_true(a->response.embeddable);
	has(a, ">Down</text>");
	has(a, "#c0202b");
	assert_int_equal(ask(a, "/badge/gateway-health/uptime.svg"), 200);
	has(a, ">50.00\xc2\xa0%</text>");
	assert_int_equal(ask(a, "/badge/gateway-health/uptime.svg?window=24h"), 200);
	assert_int_equal(ask(a, "/badge/gateway-health/latency.svg"), 200);
	has(a, "aria-label=\"median time, 24h: ");
	sample_state(a->board, 0, HEALTH_UP);
	ask(a, "/badge/gateway-health/status.svg");
	has(a, ">Up</text>");
}

/* As wide as they are drawn: Han and emoji nearly twice as wide as a letter, a mark not at all. */
static void test_widths_of_badges(void **state)
{
	struct asking *a = &((struct fixture *)*state)->asking;
	static const struct {
		const char *title, *length;
	} cases[] = {
		{"aaaa", "textLength=\"28\""},
		{"\xe7\x9b\xa3\xe8\xa6\x96", "textLength=\"25\""},
		{"\xf0\x9f\x90\x9f"
		 "aa",
			"textLength=\"27\""},
		{"a\xcc\x88"
		 "aa",
			"textLength=\"21\""},
		{"\xc3\xa4\xc3\xa4", "textLength=\"14\""},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		a->sample.checks[0].title = cases[i].title;
		board_load(a->board, &a->sample.plan, &a->sample.watch, false);
		ask(a, "/badge/gateway-health/status.svg");
		has(a, cases[i].length);
	}
}

static void test_badges_that_are_none(void **state)
{
	struct asking *a = &((struct fixture *)*state)->asking;
	assert_int_equal(ask(a, "/badge/unknown/status.svg"), 404);
	assert_int_equal(ask(a, "/badge/gateway-health/status"), 404);
	assert_int_equal(ask(a, "/badge/gateway-health/uptime.svg?window=1h"), 400);
	assert_false(a->response.embeddable);
	ask(a, "/");
	assert_false(a->response.embeddable);
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_feed),
		T(test_ids_are_for_good),
		cmocka_unit_test(test_feed_without_history),
		T(test_badges),
		T(test_widths_of_badges),
		T(test_badges_that_are_none),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
