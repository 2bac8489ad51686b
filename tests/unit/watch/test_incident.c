/* What changes in the incidents when checks go down and come up, on a virtual clock. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/memory.h"
#include "watch/care.h"
#include "watch/incident.h"
#include "watch/reach.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHECKS_MAX = 26, STEP_US = 1000000 };

/* --- a small world: checks are letters, "c:ab" depends on a and b; "c@12": of service 1, host 2 --- */

struct world {
	struct watch_policy policies[CHECKS_MAX];
	size_t depends[CHECKS_MAX][CHECKS_MAX];
	uint32_t numbers[CHECKS_MAX];
	struct watch_plan plan;
	struct incidents *incidents;
	int64_t now_us, good_us[CHECKS_MAX];
	char opener[8192]; /* by step: an incident's key is its number */
};

static void read_plan(struct world *w, const char *text)
{
	w->plan = (struct watch_plan){.checks = w->policies};
	while (*text) {
		size_t i = w->plan.n_checks++;
		struct watch_policy *policy = &w->policies[i];
		*policy = (struct watch_policy){.enabled = true, .depends_on = w->depends[i]};
		w->numbers[i] = (uint32_t)(*text++ - 'a') + 1;
		if (*text == '!') {
			policy->enabled = false;
			text++;
		}
		if (*text == ':')
			for (text++; *text && *text != ' ' && *text != '@'; text++)
				w->depends[i][policy->n_depends_on++] = (size_t)(*text - 'a');
		if (*text == '@') {
			policy->service = (uint32_t)(text[1] - '0');
			policy->host = (uint32_t)(text[2] - '0');
			text += 3;
		}
		text += *text == ' ';
	}
}

static struct world world_of(const char *plan)
{
	struct world w = {.now_us = STEP_US};

	read_plan(&w, plan);
	w.plan.checks = NULL; /* the copy has another place */
	w.plan.group_us = INT64_C(300) * STEP_US;
	return w;
}

static void begin(struct world *w)
{
	for (size_t i = 0; i < w->plan.n_checks; i++)
		w->policies[i].depends_on = w->depends[i];
	w->plan.checks = w->policies;
	w->incidents = incidents_new(&w->plan, w->numbers);
}

static char letter(uint32_t number)
{
	return (char)('a' + number - 1);
}

/* "joined a b": b joined the incident that a opened. */
static void put_changes(
	const struct world *w, const struct incident_changes *changes, struct buf *out)
{
	for (size_t i = 0; i < changes->n; i++) {
		const struct incident_change *c = &changes->all[i];
		buf_printf(out, "%s%s %c %c", i ? ", " : "", incident_change_name(c->kind),
			w->opener[c->incident], letter(c->check));
		if (c->kind == INCIDENT_MERGED)
			buf_printf(out, " > %c", w->opener[c->into]);
		if (c->why)
			buf_printf(out, " (%s)", c->why);
		assert_int_equal(c->known, c->why && strcmp(c->why, "a known issue") == 0);
		assert_int_equal(c->ended != NULL,
			c->kind == INCIDENT_MERGED || c->kind == INCIDENT_RESOLVED);
		for (size_t k = 0; c->ended && k < c->n_seen; k++)
			buf_printf(out, "%s%c", k ? "" : " ", letter(c->seen[k]));
	}
}

/* How long before a step, in seconds, if it has digits in front. */
static const char *wait(struct world *w, const char *step)
{
	char *end;
	w->now_us += strtol(step, &end, 10) * (int64_t)STEP_US;
	return end;
}

static enum no_answer no_answer_in(const char *step)
{
	return strchr(step, 'D')   ? NO_NAME
	       : strchr(step, 'C') ? NO_WAY
	       : strchr(step, 'T') ? NO_TLS
	       : strchr(step, 'W') ? NO_WORD
	       : strchr(step, 'H') ? NO_HOST
				   : ANSWERED;
}

/* step: "a-" goes down, "a+" is up, "a~" goes down inside a window, "a=" the same outside one,
 * "a?" fails as a known issue. "60a-C": sixty steps later, since there was no way to the service. */
static void expect(struct world *w, const char *step, const char *expected)
{
	struct incident_changes changes = {0};
	struct buf said = BUF_INIT(4096);
	step = wait(w, step);
	uint64_t key = (uint64_t)(w->now_us / STEP_US);

	w->opener[key] = step[0];
	if (step[1] == '+')
		w->good_us[step[0] - 'a'] = w->now_us;
	incidents_note(w->incidents, (size_t)(step[0] - 'a'),
		(struct incident_news){.down = step[1] != '+',
			.quiet = step[1] == '~',
			.no_answer = no_answer_in(step),
			.known = step[1] == '?',
			.key = key,
			.at_wall_us = w->now_us,
			.good_wall_us = w->good_us[step[0] - 'a']},
		&changes);
	put_changes(w, &changes, &said);
	if (strcmp(buf_text(&said), expected) != 0)
		fail_msg("%s at %d: %s, expected %s", step, (int)key, buf_text(&said), expected);
	w->now_us += STEP_US;
	buf_fini(&said);
	incident_changes_fini(&changes);
}

static void end(struct world *w, size_t open)
{
	assert_int_equal(incidents_open(w->incidents), open);
	incidents_free(w->incidents);
}

#define WORLD(name, text)                                                                          \
	struct world name = world_of(text);                                                        \
	begin(&name)

static void one_check_opens_and_resolves(void **state)
{
	(void)state;
	WORLD(w, "a b");
	expect(&w, "a+", "");
	expect(&w, "a-", "opened a a");
	expect(&w, "a-", "");
	expect(&w, "b-", "opened b b");
	assert_int_equal(incidents_open(w.incidents), 2);
	assert_int_equal(incidents_of(w.incidents, 0)->opened_wall_us, 2 * STEP_US);
	expect(&w, "a+", "resolved a a a");
	expect(&w, "a+", "");
	assert_null(incidents_of(w.incidents, 0));
	expect(&w, "b+", "resolved b b b");
	end(&w, 0);
}

/* --- what is down beside it --- */

static void failures_of_a_service_are_one(void **state)
{
	(void)state;
	WORLD(w, "a@11 b@11 c@11 d@22");
	expect(&w, "a-", "opened a a");
	expect(&w, "200b-", "joined a b");
	expect(&w, "1d-", "opened d d"); /* another service */
	expect(&w, "90c-", "joined a c"); /* 293 s behind a */
	expect(&w, "a+", "left a a, continued a b");
	expect(&w, "b+", "left a b, continued a c");
	assert_int_equal(incidents_of(w.incidents, 2)->root, 1); /* it stays about a */
	expect(&w, "c+", "resolved a c abc");
	end(&w, 1);
}

static void half_an_hour_apart_are_two(void **state)
{
	(void)state;
	WORLD(w, "a@11 b@11 c@11");
	expect(&w, "a-", "opened a a");
	expect(&w, "299b-", "opened b b"); /* no longer soon */
	expect(&w, "1c-", "joined b c"); /* soon behind the other */
	expect(&w, "a+", "resolved a a a");
	expect(&w, "1800a-", "opened a a");
	expect(&w, "c+", "left b c");
	expect(&w, "c-", "joined a c");
	end(&w, 2);
}

/* The same lack of an answer is one cause however long it takes to show: an hourly check of a dead service. */
static void a_dead_service_is_one(void **state)
{
	(void)state;
	WORLD(w, "a@11 b@11 c@11 d@11");
	expect(&w, "a-C", "opened a a");
	expect(&w, "1800b-", "opened b b"); /* it answers, and wrongly */
	expect(&w, "1c-T", "joined b c");
	expect(&w, "10d-C", "joined a d"); /* rather than what is nearer */
	expect(&w, "d+", "left a d");
	expect(&w, "a-", ""); /* down for another reason by now */
	expect(&w, "1800d-C", "opened d d");
	end(&w, 3);
}

static void what_a_proxy_says_in_its_place_is_no_answer(void **state)
{
	(void)state;
	WORLD(w, "a@11 b@11 c@11");
	expect(&w, "a-H", "opened a a");
	expect(&w, "1800b-H", "joined a b");
	expect(&w, "c-", "opened c c");
	end(&w, 2);
}

/* One route is slow for an hour, and somebody knows it: that hides no outage of the service. */
static void who_passed_since_fails_of_something_else(void **state)
{
	(void)state;
	WORLD(w, "a@11 b@11 c@11 d@11");
	expect(&w, "a-W", "opened a a");
	expect(&w, "1800b+", "");
	expect(&w, "1800b-W", "opened b b");
	expect(&w, "c-W", "joined a c"); /* it runs seldom, and never passed meanwhile */
	expect(&w, "d+", "");
	expect(&w, "d-W", "joined b d");
	end(&w, 2);
}

static void slow_is_not_dead(void **state)
{
	(void)state;
	WORLD(w, "a@11 b@11 c@11");
	expect(&w, "a-W", "opened a a");
	expect(&w, "1800b-C", "opened b b");
	expect(&w, "1800c-W", "joined a c");
	end(&w, 2);
}

static void a_host_that_is_gone_is_one(void **state)
{
	(void)state;
	WORLD(w, "a@11 b@21 c@31 d@41 e@52 f@60 g@11");
	expect(&w, "a-C", "opened a a");
	expect(&w, "b-C", "joined a b");
	expect(&w, "c-", "opened c c"); /* it answers */
	expect(&w, "d-T", "opened d d"); /* of its certificate */
	expect(&w, "e-C", "opened e e"); /* elsewhere */
	expect(&w, "f-C", "opened f f"); /* of which no host is known */
	expect(&w, "b+", "left a b");
	expect(&w, "300b-C", "opened b b"); /* later, another service may have another cause */
	expect(&w, "g-C", "joined a g"); /* the same may not */
	end(&w, 6);
}

static void a_resolver_that_is_gone_is_one(void **state)
{
	(void)state;
	WORLD(w, "a@11 b@22 c@33 d@44");
	expect(&w, "a-D", "opened a a");
	expect(&w, "b-D", "joined a b");
	expect(&w, "c-C", "opened c c");
	expect(&w, "300d-D", "opened d d");
	end(&w, 3);
}

/* What it depends on comes first; and what depends on it joins with it. */
static void dependencies_beside_services(void **state)
{
	(void)state;
	WORLD(w, "a@11 b@22 c:b@11 d@33 e:d@11 f:a@22");
	expect(&w, "a-", "opened a a");
	expect(&w, "b-", "opened b b");
	expect(&w, "c-", "joined b c"); /* and not a's, though of one service */
	expect(&w, "d-", "opened d d");
	expect(&w, "e-", "joined d e");
	expect(&w, "a+", "resolved a a a");
	expect(&w, "f-", "joined b f");
	/* the cause of f, beside c and e: the older one goes on */
	expect(&w, "a-", "joined b a");
	expect(&w, "b+", "left b b, continued b c");
	end(&w, 2);
}

static void who_depends_on_what_joins_beside(void **state)
{
	(void)state;
	WORLD(w, "a@11 b@22 c:d@33 d@22");
	expect(&w, "c-", "opened c c");
	expect(&w, "b-", "opened b b");
	expect(&w, "d-", "merged b b > c b, joined c d, rerooted c b"); /* beside b, above c */
	end(&w, 1);
}

static void nothing_is_beside_when_it_is_not_wanted(void **state)
{
	(void)state;
	struct world w = world_of("a@11 b@11 c@10");
	w.plan.group_us = 0;
	begin(&w);
	expect(&w, "a-D", "opened a a");
	expect(&w, "b-D", "opened b b");
	expect(&w, "c-D", "opened c c");
	end(&w, 3);
}

static void what_is_known_or_quiet_is_beside_nothing(void **state)
{
	(void)state;
	WORLD(w, "a@11 b@11 c@11 d!@11");
	expect(&w, "a?", "");
	expect(&w, "b-", "opened b b");
	expect(&w, "c~", "");
	expect(&w, "d-", "");
	expect(&w, "a?", "");
	expect(&w, "b+", "resolved b b b");
	expect(&w, "c-", "opened c c");
	end(&w, 1);
}

/* Of a check whose result was noted by the process before. */
static void a_restart_knows_why(void **state)
{
	(void)state;
	WORLD(w, "a@11 b@11 c@11");
	const uint32_t member = 1;
	struct incident_kept kept = {.id = 1,
		.opened_wall_us = STEP_US,
		.cause = 1,
		.root = 1,
		.members = &member,
		.n_members = 1,
		.seen = &member,
		.n_seen = 1};
	struct incidents *recalled = incidents_recall(&kept, 1);
	struct incident_changes none = {0};
	w.opener[1] = 'a';
	incidents_carry(w.incidents, recalled, &none);
	incidents_free(recalled);
	incidents_recollect(w.incidents, 0, NO_WAY);
	expect(&w, "100b-", "joined a b");
	expect(&w, "1800c-C", "joined a c");
	end(&w, 1);
}

static void why_nothing_came(void **state)
{
	(void)state;
	assert_int_equal(no_answer_of(OUTCOME_FAIL, REASON_DNS, 0, false), NO_NAME);
	assert_int_equal(no_answer_of(OUTCOME_FAIL, REASON_TIMEOUT, 0, false), NO_WAY);
	assert_int_equal(no_answer_of(OUTCOME_FAIL, REASON_TIMEOUT, 0, true), NO_WORD);
	assert_int_equal(no_answer_of(OUTCOME_FAIL, REASON_TIMEOUT, 200, true), ANSWERED);
	assert_int_equal(no_answer_of(OUTCOME_FAIL, REASON_EXPECTATION, 500, true), ANSWERED);
	assert_int_equal(no_answer_of(OUTCOME_FAIL, REASON_EXPECTATION, 502, true), NO_HOST);
	assert_int_equal(no_answer_of(OUTCOME_FAIL, REASON_COLD, 504, true), NO_HOST);
	assert_int_equal(no_answer_of(OUTCOME_PASS, REASON_NONE, 503, true), ANSWERED);
	assert_int_equal(no_answer_of(OUTCOME_FAIL, REASON_RESET, 0, true), NO_WAY);
	assert_int_equal(no_answer_of(OUTCOME_FAIL, REASON_TLS, 0, true), NO_TLS);
	assert_int_equal(no_answer_of(OUTCOME_FAIL, REASON_EXPECTATION, 0, true), ANSWERED);
	assert_int_equal(no_answer_of(OUTCOME_SKIP, REASON_CONNECT, 0, false), ANSWERED);
}

static void a_dependent_joins(void **state)
{
	(void)state;
	WORLD(w, "a b:a c:b d");
	expect(&w, "a-", "opened a a");
	expect(&w, "c-", "joined a c"); /* over b, which is up */
	expect(&w, "d-", "opened d d");
	expect(&w, "b-", "joined a b");
	assert_int_equal(incidents_of(w.incidents, 2)->n_members, 3);
	assert_int_equal(incidents_of(w.incidents, 2)->cause, 1);
	expect(&w, "c+", "left a c");
	expect(&w, "c-", "joined a c");
	expect(&w, "c+", "left a c");
	expect(&w, "b+", "left a b");
	expect(&w, "a+", "resolved a a abc");
	end(&w, 1);
}

static void the_cause_goes_down_last(void **state)
{
	(void)state;
	WORLD(w, "a b:a c:b");
	expect(&w, "c-", "opened c c");
	expect(&w, "a-", "joined c a, rerooted c a");
	expect(&w, "b-", "joined c b"); /* between them: a stays the cause */
	expect(&w, "c+", "left c c");
	expect(&w, "b+", "left c b");
	expect(&w, "a+", "resolved c a abc");
	end(&w, 0);
}

/* Something is wrong with a dependent for an hour, and somebody knows it: that hides no outage of the cause. */
static void what_failed_long_before_goes_on_beside(void **state)
{
	(void)state;
	WORLD(w, "a b:a c:a");
	expect(&w, "b-", "opened b b");
	expect(&w, "300a-", "opened a a");
	expect(&w, "c-", "joined a c");
	expect(&w, "400a+", "left a a, continued a c"); /* and stays about a, so that: */
	expect(&w, "a-", "joined a a, rerooted a a");
	expect(&w, "b+", "resolved b b b");
	expect(&w, "a+", "left a a, continued a c");
	expect(&w, "c+", "resolved a c ac");
	end(&w, 0);
}

static void who_stays_down_is_the_cause_from_then_on(void **state)
{
	(void)state;
	WORLD(w, "a b:a c:b d:a");
	expect(&w, "a-", "opened a a");
	expect(&w, "d-", "joined a d");
	expect(&w, "c-", "joined a c");
	expect(&w, "b-", "joined a b");
	expect(&w, "a+", "left a a, continued a d");
	expect(&w, "d+", "left a d, continued a b"); /* c came first, but b is what it depends on */
	expect(&w, "a-", "joined a a, rerooted a a");
	expect(&w, "a+", "left a a, continued a b");
	expect(&w, "b+", "left a b, continued a c");
	expect(&w, "c+", "resolved a c abcd");
	end(&w, 0);
}

static void a_common_cause_merges(void **state)
{
	(void)state;
	WORLD(w, "a b:a c:a d:c e");
	expect(&w, "c-", "opened c c");
	expect(&w, "d-", "joined c d");
	expect(&w, "b-", "opened b b");
	expect(&w, "e-", "opened e e");
	expect(&w, "a-", "merged b b > c b, joined c a, rerooted c a");
	assert_int_equal(incidents_open(w.incidents), 2);
	assert_int_equal(incidents_of(w.incidents, 1)->n_members, 4);
	expect(&w, "a+", "left c a, continued c c");
	expect(&w, "c+", "left c c, continued c d");
	expect(&w, "d+", "left c d, continued c b");
	expect(&w, "b+", "resolved c b abcd");
	expect(&w, "e+", "resolved e e e");
	end(&w, 0);
}

static void who_is_paused_leaves(void **state)
{
	(void)state;
	struct incident_changes changes = {0};
	struct buf said = BUF_INIT(4096);
	WORLD(w, "a b:a");
	expect(&w, "a-", "opened a a");
	expect(&w, "b-", "joined a b");
	incidents_watch(w.incidents, 0, "paused", &changes);
	incidents_watch(w.incidents, 0, "paused", &changes);
	expect(&w, "a-", "");
	expect(&w, "a+", "");
	incidents_watch(w.incidents, 1, "paused", &changes);
	put_changes(&w, &changes, &said);
	assert_string_equal(buf_text(&said),
		"left a a (paused), continued a b, left a b (paused), resolved a b ab");
	incidents_watch(w.incidents, 0, NULL, &changes);
	expect(&w, "b-", "");
	expect(&w, "a-", "opened a a");
	buf_fini(&said);
	incident_changes_fini(&changes);
	end(&w, 1);
}

/* Two causes stay two: whoever depends on both joins the older one, and merges nothing. */
static void two_causes_stay_two(void **state)
{
	(void)state;
	WORLD(w, "a b c:ab d:c");
	expect(&w, "b-", "opened b b");
	expect(&w, "a-", "opened a a");
	expect(&w, "c-", "joined b c");
	expect(&w, "d-", "joined b d");
	expect(&w, "b+", "left b b, continued b c");
	expect(&w, "c+", "left b c, continued b d");
	/* now it turns out that d's trouble hangs on a's */
	expect(&w, "c-", "merged a a > b a, joined b c, rerooted b a");
	expect(&w, "a+", "left b a, continued b c");
	expect(&w, "c+", "left b c, continued b d");
	expect(&w, "d+", "resolved b d abcd");
	end(&w, 0);
}

static void a_window_opens_and_joins_nothing(void **state)
{
	(void)state;
	WORLD(w, "a b:a");
	expect(&w, "a~", "");
	expect(&w, "b-", "opened b b"); /* what is announced of a is not so of b */
	expect(&w, "a~", "");
	expect(&w, "a=", "joined b a, rerooted b a"); /* the window is over, a still down */
	expect(&w, "b+", "left b b");
	expect(&w, "a~", ""); /* open before: goes on */
	expect(&w, "b~", "");
	expect(&w, "b=", "joined b b");
	expect(&w, "b+", "left b b");
	expect(&w, "a+", "resolved b a ab");
	end(&w, 0);
}

static void a_known_issue_is_in_none(void **state)
{
	(void)state;
	WORLD(w, "a b:a c:b d:a");
	expect(&w, "a?", "");
	expect(&w, "b-", "opened b b"); /* not muted, and a cause */
	expect(&w, "c-", "joined b c");
	expect(&w, "d-", "opened d d");
	expect(&w, "a?", "");
	expect(&w, "a-", "merged d d > b d, joined b a, rerooted b a"); /* the mark has ended */
	expect(&w, "d+", "left b d");
	expect(&w, "a?", "left b a (a known issue), continued b b"); /* and is back */
	expect(&w, "c?", "left b c (a known issue)");
	expect(&w, "c+", "");
	expect(&w, "b?", "left b b (a known issue), resolved b b abcd");
	expect(&w, "b?", "");
	expect(&w, "a-", "opened a a"); /* what it fails under is told of each time */
	expect(&w, "b?", "");
	expect(&w, "a+", "resolved a a a");
	expect(&w, "a-", "opened a a");
	expect(&w, "b-", "joined a b");
	expect(&w, "b+", "left a b");
	end(&w, 1);
}

static void a_reload_excuses(void **state)
{
	(void)state;
	struct incident_changes changes = {0};
	struct buf said = BUF_INIT(4096);
	WORLD(w, "a b:a");
	expect(&w, "a-", "opened a a");
	incidents_excuse(w.incidents, 1, &changes);
	incidents_excuse(w.incidents, 0, &changes);
	put_changes(&w, &changes, &said);
	assert_string_equal(buf_text(&said), "left a a (a known issue), resolved a a a");
	buf_fini(&said);
	incident_changes_fini(&changes);
	end(&w, 0);
}

static void a_remark_needs_an_incident(void **state)
{
	(void)state;
	struct incident_changes changes = {0};
	struct buf said = BUF_INIT(4096);
	WORLD(w, "a b:a");
	expect(&w, "a-", "opened a a");
	expect(&w, "b-", "joined a b");
	incidents_remark(w.incidents, 1, "hm", &changes);
	expect(&w, "b+", "left a b");
	incidents_remark(w.incidents, 1, "hm", &changes);
	put_changes(&w, &changes, &said);
	assert_string_equal(buf_text(&said), "note a b (hm)");
	buf_fini(&said);
	incident_changes_fini(&changes);
	end(&w, 1);
}

static void members_come_in_their_order(void **state)
{
	(void)state;
	WORLD(w, "a b:a c:a d:a");
	expect(&w, "a-", "opened a a");
	expect(&w, "d-", "joined a d");
	expect(&w, "b-", "joined a b");
	expect(&w, "c-", "joined a c");
	expect(&w, "b+", "left a b");
	const struct incident *incident = incidents_of(w.incidents, 3);
	const ptrdiff_t order[] = {0, 3, 2, -1};
	ptrdiff_t at = -1;
	for (size_t i = 0; i < 4; i++) {
		at = incidents_member(w.incidents, incident, at);
		assert_int_equal(at, order[i]);
	}
	end(&w, 1);
}

static void expect_all(const uint32_t *checks, size_t n, const char *letters)
{
	bool found[CHECKS_MAX] = {false};

	assert_int_equal(n, strlen(letters));
	for (size_t i = 0; i < n; i++)
		found[checks[i]] = true;
	for (; *letters; letters++)
		assert_true(found[*letters - 'a']);
}

static void who_depends_on_whom(void **state)
{
	const uint32_t *checks = NULL;
	(void)state;
	WORLD(w, "a b:a c:a d:bc e:d f");
	expect_all(checks, reach_above(w.incidents, 0, &checks), "");
	expect_all(checks, reach_below(w.incidents, 5, &checks), "");
	size_t n = reach_above(w.incidents, 4, &checks);
	expect_all(checks, n, "abcd");
	n = reach_below(w.incidents, 1, &checks);
	expect_all(checks, n, "de");
	end(&w, 0);
	WORLD(alone, "a b");
	assert_int_equal(reach_above(alone.incidents, 1, &checks), 0);
	end(&alone, 0);
}

/* --- from one plan to the next --- */

static void expect_carried(struct world *from, struct world *to, const char *expected)
{
	struct incident_changes changes = {0};
	struct buf said = BUF_INIT(4096);

	memcpy(to->opener, from->opener, sizeof(to->opener));
	to->now_us = from->now_us;
	incidents_carry(to->incidents, from->incidents, &changes);
	assert_int_equal(incidents_open(from->incidents), 0);
	put_changes(to, &changes, &said);
	assert_string_equal(buf_text(&said), expected);
	buf_fini(&said);
	incident_changes_fini(&changes);
	incidents_free(from->incidents);
}

static void a_reload_goes_on(void **state)
{
	(void)state;
	WORLD(w, "a b:a c:a");
	expect(&w, "a-", "opened a a");
	expect(&w, "c-", "joined a c");
	incidents_of(w.incidents, 0)->told_as = 3;
	/* another order: c is at 0, a at 1, and something new at 2 */
	WORLD(later, "c:b a d");
	expect_carried(&w, &later, "");
	assert_ptr_equal(incidents_of(later.incidents, 0), incidents_of(later.incidents, 1));
	assert_null(incidents_of(later.incidents, 2));
	assert_int_equal(incidents_of(later.incidents, 0)->told_as, 3);
	assert_int_equal(incidents_of(later.incidents, 0)->n_members, 2);
	end(&later, 1);
}

/* What it is about stays when that is up again, and those that it took down are not. */
static void it_stays_about_its_root(void **state)
{
	(void)state;
	WORLD(w, "a b:a c:b d:b e");
	expect(&w, "d-", "opened d d");
	expect(&w, "a-", "joined d a, rerooted d a");
	expect(&w, "c-", "joined d c");
	expect(&w, "a+", "left d a, continued d d");
	assert_int_equal(incidents_of(w.incidents, 2)->cause, 4);
	assert_int_equal(incidents_of(w.incidents, 2)->root, 1);
	expect(&w, "b-", "joined d b, continued d b"); /* below a, which was it */
	assert_int_equal(incidents_of(w.incidents, 2)->root, 1);
	expect(&w, "a-", "joined d a, rerooted d a");
	expect(&w, "a+", "left d a, continued d b");
	WORLD(later, "b c:b d:b e"); /* a is gone, and still it */
	expect_carried(&w, &later, "");
	assert_int_equal(incidents_of(later.incidents, 0)->root, 1);
	end(&later, 1);
}

static void who_is_taken_away_leaves(void **state)
{
	(void)state;
	WORLD(w, "a b:a c:b d e");
	expect(&w, "a-", "opened a a");
	expect(&w, "c-", "joined a c");
	expect(&w, "b-", "joined a b");
	expect(&w, "d-", "opened d d");
	expect(&w, "e-", "opened e e");
	WORLD(later, "b c:a d!");
	expect_carried(&w, &later,
		"left e e (no longer watched), resolved e e e, "
		"left d d (disabled), resolved d d d, "
		"left a a (no longer watched), continued a b");
	assert_int_equal(incidents_of(later.incidents, 1)->cause, 2);
	expect(&later, "a+", "left a b, continued a c"); /* at 0 stands b now */
	expect(&later, "b+", "resolved a c abc");
	end(&later, 0);
}

static void a_person_says_something(void **state)
{
	(void)state;
	struct incident_changes changes = {0};
	struct buf said = BUF_INIT(4096);
	WORLD(w, "a b:a");
	expect(&w, "a-", "opened a a");
	expect(&w, "b-", "joined a b");
	struct incident *incident = incidents_find(w.incidents, 1);
	assert_ptr_equal(incident, incidents_of(w.incidents, 1));
	assert_null(incidents_find(w.incidents, 2));
	care_note(incident, &changes);
	assert_false(incident->acknowledged);
	care_take(incident, 7, &changes);
	assert_true(incident->acknowledged);
	assert_false(care_is_over(incident, 6));
	assert_true(care_is_over(incident, 7));
	care_release(incident, &changes);
	assert_false(incident->acknowledged);
	assert_int_equal(care_until(incident), 7); /* it was, and that is remembered */
	assert_false(care_is_over(incident, 8)); /* and was said */
	put_changes(&w, &changes, &said);
	assert_string_equal(buf_text(&said), "note a a, acknowledged a a, released a a");
	assert_ptr_equal(incidents_next(w.incidents, NULL), incident);
	assert_null(incidents_next(w.incidents, incident));
	expect(&w, "a+", "left a a, continued a b");
	expect(&w, "b+", "resolved a b ab");
	assert_null(incidents_find(w.incidents, 1));
	buf_fini(&said);
	incident_changes_fini(&changes);
	end(&w, 0);
}

static void a_restart_goes_on(void **state)
{
	(void)state;
	const uint32_t members[] = {3, 1}, seen[] = {1, 2, 3}, lonely[] = {4}, gone[] = {9};
	const struct incident_kept kept[] = {
		{.id = 1,
			.opened_wall_us = 5,
			.cause = 1,
			.root = 2,
			.acknowledged = true,
			.acknowledged_until_us = 77,
			.told_as = 3,
			.members = members,
			.n_members = 2,
			.seen = seen,
			.n_seen = 3},
		{.id = 2,
			.opened_wall_us = 6,
			.cause = 4,
			.members = lonely,
			.n_members = 1,
			.seen = lonely,
			.n_seen = 1},
		{.id = 3,
			.opened_wall_us = 7,
			.cause = 9,
			.members = gone,
			.n_members = 1,
			.seen = gone,
			.n_seen = 1},
		{.id = 4, .opened_wall_us = 8, .cause = 4}, /* nobody is down: a file may say so */
	};
	WORLD(before, "a");
	incidents_free(before.incidents);
	before.incidents = incidents_recall(kept, 4);
	memcpy(before.opener, "?adih", 5);
	before.now_us = 10 * STEP_US;
	WORLD(w, "a b:a c:b d");
	expect_carried(&before, &w, "resolved h d, left i i (no longer watched), resolved i i i");
	assert_int_equal(incidents_of(w.incidents, 0)->told_as, 3);
	assert_int_equal(incidents_of(w.incidents, 0)->cause, 1);
	assert_int_equal(incidents_of(w.incidents, 0)->root, 2);
	assert_int_equal(incidents_of(w.incidents, 3)->told_as, 0);
	assert_true(incidents_of(w.incidents, 0)->acknowledged);
	assert_int_equal(incidents_of(w.incidents, 0)->acknowledged_until_us, 77);
	assert_false(incidents_of(w.incidents, 3)->acknowledged);
	expect(&w, "b-", "joined a b");
	expect(&w, "d+", "resolved d d d");
	expect(&w, "a+", "left a a, continued a b");
	expect(&w, "b+", "left a b, continued a c");
	expect(&w, "c+", "resolved a c abc");
	end(&w, 0);
}

/* --- many, at random --- */

enum { MANY = 40, GRAPHS = 2000, STEPS = 120 };

static uint64_t seed = 88172645463325252U;

static uint32_t random_below(uint32_t n) /* Marsaglia's xorshift */
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)(seed >> 11) % n;
}

/* What somebody knows who only hears of the changes. */
struct model {
	size_t n;
	struct watch_policy policies[MANY];
	size_t depends[MANY][MANY];
	uint32_t numbers[MANY];
	bool down[MANY];
	uint64_t in[MANY]; /* 0: none */
	uint32_t cause[STEPS + 2], root[STEPS + 2];
	bool open[STEPS + 2];
};

/* Other edges between the same checks; some are disabled, if that may be. */
static void random_edges(struct model *m, bool disable)
{
	uint32_t density = random_below(6);
	size_t order[MANY];

	for (size_t i = 0; i < m->n; i++) { /* a shuffle: edges lead to who comes before in it */
		size_t other = random_below((uint32_t)i + 1);
		order[i] = order[other];
		order[other] = i;
	}
	for (size_t i = 0; i < m->n; i++) {
		struct watch_policy *policy = &m->policies[order[i]];
		*policy = (struct watch_policy){
			.enabled = !disable || random_below(8), .depends_on = m->depends[order[i]]};
		for (uint32_t k = 0; i && k < density; k++)
			if (random_below(3))
				m->depends[order[i]][policy->n_depends_on++] =
					order[random_below((uint32_t)i)];
	}
}

static void random_graph(struct model *m)
{
	*m = (struct model){.n = 1 + random_below(MANY)};
	for (size_t i = 0; i < m->n; i++)
		m->numbers[i] = (uint32_t)(i * 7 + 3);
	random_edges(m, false);
}

static bool is_above(const struct model *m, size_t check, size_t other)
{
	const struct watch_policy *policy = &m->policies[check];
	bool yes = false;

	for (size_t i = 0; i < policy->n_depends_on && !yes; i++)
		yes = policy->depends_on[i] == other || is_above(m, policy->depends_on[i], other);
	return yes;
}

static void believe(struct model *m, const struct incident_changes *changes)
{
	for (size_t i = 0; i < changes->n; i++) {
		const struct incident_change *c = &changes->all[i];
		size_t check = (c->check - 3) / 7;
		switch (c->kind) {
		case INCIDENT_OPENED:
			assert_false(m->open[c->incident]);
			m->open[c->incident] = true;
			m->cause[c->incident] = m->root[c->incident] = c->check;
			m->in[check] = c->incident;
			break;
		case INCIDENT_JOINED:
			assert_int_equal(m->in[check], 0);
			assert_true(m->open[c->incident]);
			m->in[check] = c->incident;
			break;
		case INCIDENT_REROOTED: m->root[c->incident] = c->check; /* fall through */
		case INCIDENT_CONTINUED: m->cause[c->incident] = c->check; break;
		case INCIDENT_MERGED:
			assert_true(m->open[c->into] && m->open[c->incident]);
			assert_true(c->into < c->incident); /* the older one goes on */
			m->open[c->incident] = false;
			for (size_t k = 0; k < m->n; k++)
				if (m->in[k] == c->incident)
					m->in[k] = c->into;
			break;
		case INCIDENT_RESOLVED:
			m->open[c->incident] = false;
			if (!m->in[check]) /* it said so before: it is not watched any more */
				break;
		/* fall through */
		case INCIDENT_LEFT:
			assert_int_equal(m->in[check], c->incident);
			m->in[check] = 0;
			if (c->why)
				m->down[check] = false;
			break;
		case INCIDENT_ACKNOWLEDGED:
		case INCIDENT_RELEASED:
		case INCIDENT_NOTED:
		case INCIDENT_CHANGE_COUNT: fail();
		}
	}
}

static void hold(const struct model *m, const struct incidents *incidents, bool same_graph)
{
	size_t n_members[STEPS + 2] = {0}, n_open = 0;

	for (size_t i = 0; i < m->n; i++) {
		const struct incident *in = incidents_of(incidents, i);
		assert_int_equal(m->down[i], in != NULL);
		assert_int_equal(m->in[i], in ? in->id : 0);
		if (!in)
			continue;
		n_members[in->id]++;
		assert_int_equal(in->cause, m->cause[in->id]);
		assert_int_equal(in->root, m->root[in->id]);
		size_t cause = (in->cause - 3) / 7;
		assert_int_equal(m->in[cause], in->id);
		if (same_graph) /* a reload turns no causes round */
			assert_false(m->in[i] == in->id && is_above(m, cause, i));
	}
	for (size_t id = 0; id < STEPS + 2; id++) {
		assert_int_equal(m->open[id], n_members[id] > 0);
		n_open += m->open[id];
	}
	assert_int_equal(incidents_open(incidents), n_open);
}

/* Whoever goes down below something that is down opens nothing. */
static void hold_joining(
	const struct model *m, size_t check, bool went_down, const struct incident_changes *changes)
{
	bool below = false, opened = changes->n && changes->all[0].kind == INCIDENT_OPENED;

	for (size_t i = 0; i < m->n; i++)
		below = below || (i != check && m->down[i] && is_above(m, check, i));
	if (went_down && below)
		assert_false(opened);
	if (opened)
		assert_int_equal(changes->n, 1);
}

static struct incidents *reload(struct model *m, struct incidents *before)
{
	struct incident_changes changes = {0};

	random_edges(m, true);
	struct watch_plan plan = {.checks = m->policies, .n_checks = m->n};
	struct incidents *after = incidents_new(&plan, m->numbers);
	incidents_carry(after, before, &changes);
	incidents_free(before);
	believe(m, &changes);
	incident_changes_fini(&changes);
	return after;
}

/* One result; in a window, as a known issue, or of a check that is disabled, it makes no member. */
static void take(struct model *m, struct incidents *incidents, uint64_t key, size_t counts[])
{
	size_t check = random_below((uint32_t)m->n);
	bool known = random_below(10) == 0;
	bool down = known || !m->down[check];
	bool quiet = random_below(10) == 0;
	struct incident_changes changes = {0};

	bool went_down = down && !quiet && !known && m->policies[check].enabled;
	incidents_note(incidents, check,
		(struct incident_news){.down = down,
			.quiet = quiet,
			.known = known,
			.key = key,
			.at_wall_us = (int64_t)key},
		&changes);
	m->down[check] = went_down;
	hold_joining(m, check, went_down, &changes);
	believe(m, &changes);
	for (size_t i = 0; i < changes.n; i++)
		counts[changes.all[i].kind]++;
	incident_changes_fini(&changes);
}

static void random_histories_hold(void **state)
{
	(void)state;
	static struct model m;
	size_t counts[INCIDENT_CHANGE_COUNT] = {0};

	for (int graph = 0; graph < GRAPHS; graph++) {
		random_graph(&m);
		struct watch_plan plan = {.checks = m.policies, .n_checks = m.n};
		struct incidents *incidents = incidents_new(&plan, m.numbers);
		bool same = true;
		for (uint64_t key = 1; key <= STEPS; key++) {
			if (graph % 2 && random_below(30) == 0) {
				incidents = reload(&m, incidents);
				same = false;
			}
			take(&m, incidents, key, counts);
			hold(&m, incidents, same);
		}
		incidents_free(incidents);
	}
	for (unsigned kind = 0; kind <= INCIDENT_RESOLVED; kind++)
		assert_true(counts[kind] > 1000);
}

/* --- five hundred dependents of one --- */

enum { HERD = 50000 };

/* So many that a square of them would take minutes. */
static void a_herd_is_cheap(void **state)
{
	(void)state;
	static const size_t first[] = {0};
	struct watch_policy *policies = mem_alloc((HERD + 1) * sizeof(*policies));
	uint32_t *numbers = mem_alloc((HERD + 1) * sizeof(*numbers));
	for (uint32_t i = 0; i <= HERD; i++) {
		policies[i] = (struct watch_policy){
			.enabled = true, .depends_on = first, .n_depends_on = i > 0};
		numbers[i] = i + 1;
	}
	struct watch_plan plan = {.checks = policies, .n_checks = HERD + 1};
	struct incidents *incidents = incidents_new(&plan, numbers);
	struct incident_changes changes = {0};
	int64_t now = 1;
	for (size_t i = HERD + 1; i-- > 0; now++) /* the cause last: all merge */
		incidents_note(incidents, i,
			(struct incident_news){
				.down = true, .key = (uint64_t)now, .at_wall_us = now},
			&changes);
	assert_int_equal(incidents_open(incidents), 1);
	assert_int_equal(incidents_of(incidents, 0)->n_members, HERD + 1);
	for (size_t i = 0; i <= HERD; i++, now++) /* the cause first: each is the next cause */
		incidents_note(incidents, i,
			(struct incident_news){.key = (uint64_t)now, .at_wall_us = now}, &changes);
	assert_int_equal(incidents_open(incidents), 0);
	for (size_t i = 0; i <= HERD; i++, now++)
		incidents_note(incidents, i,
			(struct incident_news){
				.down = true, .key = (uint64_t)now, .at_wall_us = now},
			&changes);
	assert_int_equal(incidents_of(incidents, HERD)->n_members, HERD + 1);
	incident_changes_fini(&changes);
	incidents_free(incidents);
	free(policies);
	free(numbers);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_check_opens_and_resolves),
		cmocka_unit_test(failures_of_a_service_are_one),
		cmocka_unit_test(half_an_hour_apart_are_two),
		cmocka_unit_test(a_dead_service_is_one),
		cmocka_unit_test(what_a_proxy_says_in_its_place_is_no_answer),
		cmocka_unit_test(who_passed_since_fails_of_something_else),
		cmocka_unit_test(slow_is_not_dead),
		cmocka_unit_test(a_host_that_is_gone_is_one),
		cmocka_unit_test(a_resolver_that_is_gone_is_one),
		cmocka_unit_test(dependencies_beside_services),
		cmocka_unit_test(who_depends_on_what_joins_beside),
		cmocka_unit_test(nothing_is_beside_when_it_is_not_wanted),
		cmocka_unit_test(what_is_known_or_quiet_is_beside_nothing),
		cmocka_unit_test(a_restart_knows_why),
		cmocka_unit_test(why_nothing_came),
		cmocka_unit_test(a_dependent_joins),
		cmocka_unit_test(the_cause_goes_down_last),
		cmocka_unit_test(what_failed_long_before_goes_on_beside),
		cmocka_unit_test(who_stays_down_is_the_cause_from_then_on),
		cmocka_unit_test(a_common_cause_merges),
		cmocka_unit_test(who_is_paused_leaves),
		cmocka_unit_test(two_causes_stay_two),
		cmocka_unit_test(a_window_opens_and_joins_nothing),
		cmocka_unit_test(a_known_issue_is_in_none),
		cmocka_unit_test(a_reload_excuses),
		cmocka_unit_test(a_remark_needs_an_incident),
		cmocka_unit_test(members_come_in_their_order),
		cmocka_unit_test(who_depends_on_whom),
		cmocka_unit_test(a_reload_goes_on),
		cmocka_unit_test(it_stays_about_its_root),
		cmocka_unit_test(who_is_taken_away_leaves),
		cmocka_unit_test(a_person_says_something),
		cmocka_unit_test(a_restart_goes_on),
		cmocka_unit_test(random_histories_hold),
		cmocka_unit_test(a_herd_is_cheap),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
