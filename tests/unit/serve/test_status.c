/* What the status page tells of history, open incidents, and of its own age. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "asking.h"
#include "chronicle.h"

#define HOUR (3600 * US_PER_S)
#define DAY (24 * HOUR)

struct fixture {
	struct asking asking;
	struct chronicle chronicle;
};

static int setup(void **state)
{
	static struct fixture f;
	memset(&f, 0, sizeof(f));
	sample_init(&f.asking.sample);
	chronicle_open(&f.chronicle, &f.asking.sample);
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

static void begin(struct fixture *f)
{
	chronicle_finish(&f->chronicle);
	asking_open(&f->asking, f->chronicle.path);
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

/* 88 days without a result, one that failed, one of four of which one failed. */
static void test_days(void **state)
{
	struct fixture *f = *state;
	const struct sample *s = &f->asking.sample;
	chronicle_add(&f->chronicle, s, 0, SAMPLE_NOW - DAY, OUTCOME_FAIL, "long ago", false);
	chronicle_add(&f->chronicle, s, 0, SAMPLE_NOW - 4 * HOUR, OUTCOME_PASS, "", false);
	chronicle_add(&f->chronicle, s, 0, SAMPLE_NOW - 3 * HOUR, OUTCOME_WARN, "slow", false);
	chronicle_add(&f->chronicle, s, 0, SAMPLE_NOW - 2 * HOUR, OUTCOME_SKIP, "", false);
	chronicle_add(&f->chronicle, s, 0, SAMPLE_NOW - 1 * HOUR, OUTCOME_FAIL, "new", false);
	begin(f);
	ask(&f->asking, "/");
	has(&f->asking, "<path class=\"none\" d=\"M0 19h263\"/>");
	has(&f->asking, "d=\"M265 0v20\"><title>2026-11-21: 0.00\xc2\xa0%</title></path>");
	has(&f->asking, "d=\"M268 0v20\"><title>2026-11-22: 66.66\xc2\xa0%</title></path>");
	has(&f->asking, "50.00\xc2\xa0% up in 90 days; something failed on 2 of 2 days</title>");
	has(&f->asking, "No results in 90 days");
}

/* Good days are one line, whatever their number; a day that is nearly good is drawn in two pieces. */
static void test_plain_days_are_one_line(void **state)
{
	struct fixture *f = *state;
	const struct sample *s = &f->asking.sample;
	for (int day = 89; day >= 0; day--)
		for (int i = 0; i < (day == 5 ? 40 : 1); i++)
			chronicle_add(&f->chronicle, s, 0,
				SAMPLE_NOW - day * DAY - (40 - i) * 60 * US_PER_S,
				day == 5 && i == 7 ? OUTCOME_FAIL : OUTCOME_PASS, "", false);
	begin(f);
	ask(&f->asking, "/");
	has(&f->asking, "<path class=\"pass\" d=\"M0 13h251M255 13h14\"/>");
	has(&f->asking, "<path class=\"warn\" d=\"M253 2v4m0 3v11\"><title>2026-11-17: "
			"97.50\xc2\xa0%</title></path>");
	has(&f->asking, "something failed on 1 of 90 days");
}

static void test_history_unknown_says_so(void **state)
{
	struct fixture *f = *state;
	chronicle_finish(&f->chronicle);
	asking_open(&f->asking, NULL);
	ask(&f->asking, "/");
	has(&f->asking, "<title>Not looked up yet</title>");
	lacks(&f->asking, "100\xc2\xa0%");
}

/* Somebody asks for the first time, and history is there already. */
static void test_history_is_looked_up_unasked(void **state)
{
	struct fixture *f = *state;
	chronicle_add(
		&f->chronicle, &f->asking.sample, 0, SAMPLE_NOW - HOUR, OUTCOME_PASS, "", false);
	begin(f);
	struct history_days days;
	assert_false(history_days(f->asking.site->history, 0, &days));
	for (int i = 0; i < 100 && !history_days(f->asking.site->history, 0, &days); i++)
		site_tick(f->asking.site, SAMPLE_NOW);
	assert_int_equal(days.days[HISTORY_DAYS - 1].good, 1);
}

static void test_open_incident(void **state)
{
	struct fixture *f = *state;
	struct asking *a = &f->asking;
	int64_t at = SAMPLE_NOW - 13 * 60 * US_PER_S;
	chronicle_add(&f->chronicle, &a->sample, 1, at, OUTCOME_FAIL, "expected </p><b>", true);
	uint64_t id = chronicle_key(&f->chronicle, 1, at);
	begin(f);
	ask(a, "/");
	lacks(a, "Open incidents");
	sample_put(
		a->board, &a->sample, 1, at, OUTCOME_FAIL, REASON_EXPECTATION, "expected </p><b>");
	for (size_t i = 1; i < 3; i++)
		board_set_state(a->board, i, (struct health){.state = HEALTH_DOWN}, at,
			(struct board_incident){id, 1, false});
	ask(a, "/");
	char link[64];
	snprintf(link, sizeof(link), "href=\"/incidents/%016llx\">Gateway streams a chat</a>",
		(unsigned long long)id);
	has(a, "Open incidents");
	has(a, link);
	has(a, ">13\xc2\xa0min</time>");
	has(a, "<p class=\"cause\">expected &lt;/p&gt;&lt;b&gt;</p>");
	has(a, "Took down <a href=\"/checks/code%5Bbaseline-cli%5D\">");
	has(a, "Incidents <b>1<span class=\"vh\"> open</span></b>");
}

static void test_old_data_are_called_old(void **state)
{
	struct fixture *f = *state;
	struct asking *a = &f->asking;
	begin(f);
	board_set_self(a->board,
		&(struct board_self){.store_ok = true, .started_wall_us = clock_wall_us()});
	a->now_wall_us = clock_wall_us() + 200 * US_PER_S; /* each minute, a minute long, twice */
	ask(a, "/");
	lacks(a, "old data");
	a->now_wall_us += 200 * US_PER_S;
	ask(a, "/");
	has(a, "old data");
	has(a, "within 2\xc2\xa0min");
	for (size_t i = 0; i < SAMPLE_CHECKS; i++)
		board_paused(a->board, i, true);
	a->now_wall_us += 20 * US_PER_S;
	ask(a, "/");
	lacks(a, "old data"); /* none is due */
	has(a, "</svg>Paused");
}

static void test_announced(void **state)
{
	struct fixture *f = *state;
	struct asking *a = &f->asking;
	static const size_t first[] = {0};
	static const struct maintenance_window windows[] = {
		{.when = {.from_us = SAMPLE_NOW + HOUR, .until_us = SAMPLE_NOW + 2 * HOUR},
			.title = "New disks <b>",
			.all = true},
		{.when = {.from_us = SAMPLE_NOW - HOUR, .until_us = SAMPLE_NOW + HOUR},
			.title = "",
			.checks = first,
			.n_checks = 1},
		{.when = {.from_us = SAMPLE_NOW - 2 * HOUR, .until_us = SAMPLE_NOW - HOUR},
			.title = "over",
			.all = true},
		{.when = {.from_us = SAMPLE_NOW + 9 * DAY, .until_us = SAMPLE_NOW + 10 * DAY},
			.title = "far away",
			.all = true},
	};
	a->sample.watch.windows = windows;
	a->sample.watch.n_windows = sizeof(windows) / sizeof(windows[0]);
	begin(f);
	ask(a, "/");
	has(a, "<strong>Maintenance now.</strong> <time datetime=\"2026-11-22T09:00:00.000Z\">");
	has(a, "11:00:00</time> · 1 check</p>");
	has(a, "<strong>Planned maintenance: New disks &lt;b&gt;.</strong>");
	has(a, " · all checks</p>");
	lacks(a, "over.");
	lacks(a, "far away");
	ask(a, "/checks/gateway-health");
	has(a, "<strong>Maintenance now.</strong> <time datetime=\"2026-11-22T09:00:00.000Z\">");
	lacks(a, "Planned maintenance");
	ask(a, "/checks/gateway-stream");
	lacks(a, "Maintenance now");
}

static void test_nothing_for_the_policy_to_refuse(void **state)
{
	struct fixture *f = *state;
	begin(f);
	ask(&f->asking, "/");
	lacks(&f->asking, "style=");
	lacks(&f->asking, "<style");
	lacks(&f->asking, "<script>");
	lacks(&f->asking, "onclick");
	has(&f->asking, "rel=\"alternate\" type=\"application/atom+xml\" href=\"/feed.atom\"");
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_days),
		T(test_plain_days_are_one_line),
		T(test_history_unknown_says_so),
		T(test_history_is_looked_up_unasked),
		T(test_open_incident),
		T(test_old_data_are_called_old),
		T(test_announced),
		T(test_nothing_for_the_policy_to_refuse),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
