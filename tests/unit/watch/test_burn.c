/* When it is told that a budget burns, on a virtual clock; a check a minute is counted as the server does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "watch/burn.h"

#include <stdio.h>
#include <string.h>

#define S INT64_C(1000000)
#define MINUTE (60 * S)

enum { MINUTES_MAX = 20 * 1440, BEGIN = 5000 };

struct course {
	struct slo slo;
	struct burns burns;
	unsigned bad[MINUTES_MAX + 1]; /* before each minute, in all */
	int n;
	bool told, quiet;
	int64_t up_us;
	char said[4096]; /* "+fast@3 -fast@20": in which minute */
	unsigned begun, ended;
};

static struct slo_count count(const struct course *c, int minutes)
{
	int from = c->n > minutes ? c->n - minutes : 0;
	unsigned bad = c->bad[c->n] - c->bad[from];
	return (struct slo_count){(unsigned)(c->n - from) - bad, bad};
}

static int64_t at(int minute)
{
	return INT64_C(1800000000) * S + minute * MINUTE;
}

static void look(struct course *c)
{
	struct slo_counts counts = {.window = count(c, 30 * 1440)};
	enum burn_turn turns[SLO_PACE_COUNT];
	for (unsigned i = 0; i < SLO_SPAN_COUNT; i++)
		counts.spans[i] = count(c, (int)(slo_span_us((enum slo_span)i) / MINUTE));
	c->burns = burns_next(c->burns,
		(struct burn_news){.paces = slo_paces(&c->slo, &counts),
			.told = c->told,
			.quiet = c->quiet,
			.up_us = c->up_us,
			.now_us = at(c->n)},
		turns);
	for (unsigned i = 0; i < SLO_PACE_COUNT; i++) {
		size_t n = strlen(c->said);
		if (turns[i] == BURN_STAYS)
			continue;
		c->begun += turns[i] == BURN_BEGINS;
		c->ended += turns[i] == BURN_ENDS;
		snprintf(c->said + n, sizeof(c->said) - n, "%s%c%s@%d", n ? " " : "",
			turns[i] == BURN_BEGINS ? '+' : '-', slo_rule((enum slo_pace)i)->name,
			c->n - BEGIN);
	}
}

/* So many minutes of such results. */
static void go(struct course *c, int minutes, bool bad)
{
	for (int i = 0; i < minutes; i++) {
		c->bad[c->n + 1] = c->bad[c->n] + bad;
		c->n++;
		look(c);
	}
}

/* One bad in so many. */
static void now_and_then(struct course *c, int minutes, int one_in)
{
	for (int i = 0; i < minutes; i++)
		go(c, 1, i % one_in == 0);
}

/* Days without a failure. */
static struct course *begin(void)
{
	static struct course c;
	c = (struct course){.slo = {0.99, 30 * 1440 * MINUTE}, .n = BEGIN - 1};
	go(&c, 1, false);
	assert_string_equal(c.said, "");
	return &c;
}

static void expect(struct course *c, const char *said)
{
	if (strcmp(c->said, said) != 0)
		fail_msg("%s; expected %s", c->said, said);
	c->said[0] = '\0';
}

/* A third of all fails, which takes no check down: told in minutes, and over a quarter of an hour after. */
static void a_fast_one(void **state)
{
	(void)state;
	struct course *c = begin();
	now_and_then(c, 180, 3);
	/* the ninth bad one of the hour is in minute 25 */
	expect(c, "+fast@25");
	/* the last one in minute 178 leaves the five minutes behind 182 */
	go(c, 60, false);
	expect(c, "-fast@212");
}

/* One in ten: seven times over six hours, and no page. */
static void a_slow_one(void **state)
{
	(void)state;
	struct course *c = begin();
	now_and_then(c, 360, 10);
	expect(c, "+slow@211");
	/* the last but one, in minute 340, leaves the half hour behind 369 */
	go(c, 600, false);
	expect(c, "-slow@550");
}

static void a_steady_one(void **state)
{
	(void)state;
	struct course *c = begin();
	now_and_then(c, 4 * 1440, 50);
	c->said[strcspn(c->said, "@")] = '\0';
	expect(c, "+steady");
	assert_int_equal(c->begun, 1);
	go(c, 6 * 1440, false);
	assert_int_equal(c->ended, 1);
}

/* What an incident told is not told again: neither while it is open nor just behind it. */
static void an_outage_is_told_by_its_incident(void **state)
{
	(void)state;
	struct course *c = begin();
	go(c, 2, true);
	c->told = true;
	go(c, 58, true);
	expect(c, "");
	c->told = false;
	c->up_us = at(c->n);
	go(c, 1440, false);
	expect(c, "");
	go(c, 4000, false);
	expect(c, "");
}

/* But what fails on behind it is. */
static void what_goes_on_behind_an_incident_is_told(void **state)
{
	(void)state;
	struct course *c = begin();
	c->told = true;
	go(c, 10, true);
	c->told = false;
	c->up_us = at(c->n);
	now_and_then(c, 60, 3);
	expect(c, "+fast@15");
}

/* What burns is not over because it went down as well. */
static void through_an_incident(void **state)
{
	(void)state;
	struct course *c = begin();
	now_and_then(c, 60, 3);
	expect(c, "+fast@25");
	c->told = true;
	go(c, 30, true);
	c->told = false;
	c->up_us = at(c->n);
	go(c, 60, false);
	expect(c, "-fast@124");
}

static void nothing_begins_in_a_window(void **state)
{
	(void)state;
	struct course *c = begin();
	c->quiet = true;
	now_and_then(c, 60, 3);
	expect(c, "");
	c->quiet = false;
	go(c, 1, true);
	expect(c, "+fast@61");
}

/* The windows come and go with each failure: that is one alert, for a day. */
static void about_the_limit_is_told_once(void **state)
{
	(void)state;
	const int everies[] = {6, 7, 8, 12, 15, 16, 17};
	for (size_t i = 0; i < sizeof(everies) / sizeof(*everies); i++) {
		struct course *c = begin();
		now_and_then(c, 1440, everies[i]);
		if (c->begun + c->ended > 3) /* at most a slow one that becomes a fast one */
			fail_msg("one in %d: %s", everies[i], c->said);
		assert_true(c->begun >= 1);
	}
}

/* Whatever comes and goes: no more than two alerts and two ends an hour, over a day. */
static void bounded_whatever_comes(void **state)
{
	(void)state;
	unsigned most = 0;
	for (int bad = 1; bad <= 10; bad++)
		for (int good = 1; good <= 60; good++) {
			struct course *c = begin();
			while (c->n < BEGIN + 1440) {
				go(c, bad, true);
				go(c, good, false);
			}
			if (c->begun + c->ended > most)
				most = c->begun + c->ended;
		}
	print_message("most messages of a day: %u\n", most);
	assert_in_range(most, 2, 24 * 4);
}

static void a_clock_set_back(void **state)
{
	(void)state;
	struct course *c = begin();
	now_and_then(c, 60, 3);
	expect(c, "+fast@25");
	c->burns.paces[SLO_FAST].held_us = at(c->n + 1000);
	c->burns.paces[SLO_FAST].since_us = at(c->n + 900);
	go(c, 60, false);
	expect(c, "-fast@92");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_fast_one),
		cmocka_unit_test(a_slow_one),
		cmocka_unit_test(a_steady_one),
		cmocka_unit_test(an_outage_is_told_by_its_incident),
		cmocka_unit_test(what_goes_on_behind_an_incident_is_told),
		cmocka_unit_test(through_an_incident),
		cmocka_unit_test(nothing_begins_in_a_window),
		cmocka_unit_test(about_the_limit_is_told_once),
		cmocka_unit_test(bounded_whatever_comes),
		cmocka_unit_test(a_clock_set_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
