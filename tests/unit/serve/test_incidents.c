/* The pages of incidents: what they list, what they tell of one, and that nothing said there acts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "asking.h"
#include "chronicle.h"

#define MINUTE (60 * US_PER_S)
#define HOUR (60 * MINUTE)

static const char hostile[] = "\"'></p><script>alert(1)</script>\x1b[31m\xe2\x80\xae{{sentence}}";

struct fixture {
	struct asking asking;
	struct chronicle chronicle;
	char open[17], closed[17]; /* ids of incidents */
};

static void change(struct chronicle *c, enum incident_change_kind kind, uint64_t incident,
	size_t check, int64_t at_us, const char *said, const char *by)
{
	struct store_item *item = MEM_NEW(struct store_item);
	item->changes = (struct incident_changes){MEM_NEW(struct incident_change), 1, 1};
	item->changes.all[0] = (struct incident_change){
		.kind = kind, .incident = incident, .check = c->numbers[check]};
	item->changed_wall_us = at_us;
	item->said = mem_strdup(said);
	item->by = mem_strdup(by);
	assert_true(store_give(c->store, item));
}

static uint64_t open_at(struct fixture *f, size_t check, int64_t at_us, const char *cause)
{
	chronicle_add(&f->chronicle, &f->asking.sample, check, at_us, OUTCOME_FAIL, cause, true);
	return chronicle_key(&f->chronicle, check, at_us);
}

static int setup(void **state)
{
	static struct fixture f;
	memset(&f, 0, sizeof(f));
	sample_init(&f.asking.sample);
	chronicle_open(&f.chronicle, &f.asking.sample);
	uint64_t closed = open_at(&f, 0, SAMPLE_NOW - 30 * HOUR, "connection refused");
	change(&f.chronicle, INCIDENT_LEFT, closed, 0, SAMPLE_NOW - 29 * HOUR, NULL, NULL);
	change(&f.chronicle, INCIDENT_RESOLVED, closed, 0, SAMPLE_NOW - 29 * HOUR, NULL, NULL);
	uint64_t open = open_at(&f, 1, SAMPLE_NOW - 13 * MINUTE, hostile);
	change(&f.chronicle, INCIDENT_JOINED, open, 2, SAMPLE_NOW - 12 * MINUTE, NULL, NULL);
	change(&f.chronicle, INCIDENT_NOTED, open, 1, SAMPLE_NOW - 9 * MINUTE, hostile, hostile);
	change(&f.chronicle, INCIDENT_ACKNOWLEDGED, open, 1, SAMPLE_NOW - 8 * MINUTE, NULL, "ann");
	snprintf(f.closed, sizeof(f.closed), "%016llx", (unsigned long long)closed);
	snprintf(f.open, sizeof(f.open), "%016llx", (unsigned long long)open);
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
		fail_msg("the page lacks %s", text);
}

static void lacks(struct asking *a, const char *text)
{
	if (strstr(body_of(a), text))
		fail_msg("the page has %s", text);
}

static unsigned ask_of(struct asking *a, const char *before, const char *id)
{
	char path[128];
	snprintf(path, sizeof(path), "%s%s", before, id);
	return ask(a, path);
}

static void nothing_acts(struct asking *a)
{
	lacks(a, "<script>");
	lacks(a, "style=");
	lacks(a, "\x1b");
	lacks(a, "\xe2\x80\xae");
	has(a, "&lt;script&gt;alert(1)&lt;/script&gt;");
	has(a, "{{sentence}}");
}

static void test_list(void **state)
{
	struct fixture *f = *state;
	struct asking *a = &f->asking;
	assert_int_equal(ask(a, "/incidents"), 200);
	nothing_acts(a);
	has(a, "<a href=\"/incidents\" aria-current=\"page\">");
	has(a, f->open);
	has(a, f->closed);
	has(a, "<h2>Open</h2>");
	has(a, "<h2>2026-11-21</h2>");
	has(a, "Open · 2 checks · acknowledged by ann");
	has(a, "Resolved · 1 check<");
	has(a, "<b>1\xc2\xa0h</b>");
	ask(a, "/incidents?state=open");
	lacks(a, f->closed);
	has(a, "<a href=\"/incidents?state=open\" aria-current=\"true\">");
	ask(a, "/incidents?state=resolved");
	lacks(a, f->open);
	assert_int_equal(ask(a, "/incidents?state=closed"), 400);
	assert_int_equal(ask(a, "/incidents?before=x"), 400);
}

/* What goes on for days says on which it began, and ended. */
static void test_days(void **state)
{
	struct fixture *f = *state;
	struct asking *a = &f->asking;
	ask(a, "/incidents");
	has(a, "title=\"2026-11-21 04:00:00 UTC\">04:00:00</time> – <time");
	a->now_wall_us += 20 * 24 * HOUR;
	ask(a, "/incidents");
	has(a, "title=\"2026-11-22 09:47:00 UTC\">2026-11-22 09:47:00</time>");
	has(a, "title=\"2026-11-21 04:00:00 UTC\">04:00:00</time> – <time");
}

/* Going back from page to page shows each incident once. */
static void test_older(void **state)
{
	struct fixture *f = *state;
	struct asking *a = &f->asking;
	ask_of(a, "/incidents?before=", f->closed);
	lacks(a, f->open);
	lacks(a, "<li class=\"up\"");
	has(a, "<a rel=\"first\" href=\"/incidents\">");
	lacks(a, "rel=\"next\"");
	has(a, "There are none here.");
}

enum { MANY = 100 };

/* The first link of a kind on the page; "": none. */
static const char *link_of(struct asking *a, const char *rel)
{
	static char href[128];
	char mark[32];
	snprintf(mark, sizeof(mark), "<a rel=\"%s\" href=\"", rel);
	const char *at = strstr(body_of(a), mark);
	snprintf(href, sizeof(href), "%.*s", at ? (int)strcspn(at + strlen(mark), "\"") : 0,
		at ? at + strlen(mark) : "");
	return href;
}

/* Each page's newer one is that from which one came. */
static void test_newer(void **state)
{
	struct fixture *f = *state;
	struct asking *a = &f->asking;
	char second[128], third[128];
	chronicle_reopen(&f->chronicle, &a->sample);
	for (int i = 0; i < MANY; i++) {
		int64_t at_us = SAMPLE_NOW - 28 * HOUR + i * MINUTE;
		uint64_t id = open_at(f, 0, at_us, "");
		change(&f->chronicle, INCIDENT_LEFT, id, 0, at_us + MINUTE / 2, NULL, NULL);
		change(&f->chronicle, INCIDENT_RESOLVED, id, 0, at_us + MINUTE / 2, NULL, NULL);
	}
	chronicle_finish(&f->chronicle);
	ask(a, "/incidents");
	assert_string_equal(link_of(a, "prev"), "");
	strcpy(second, link_of(a, "next"));
	ask(a, second);
	assert_string_equal(link_of(a, "first"), "/incidents");
	assert_string_equal(link_of(a, "prev"), "");
	strcpy(third, link_of(a, "next"));
	ask(a, third);
	has(a, f->closed);
	assert_string_equal(link_of(a, "next"), "");
	assert_string_equal(link_of(a, "prev"), second);
	ask_of(a, "/incidents?before=", f->closed);
	assert_string_not_equal(link_of(a, "prev"), "");
	ask(a, "/incidents?before=0000000000000001");
	assert_string_equal(link_of(a, "prev"), "");
}

static void test_story(void **state)
{
	struct fixture *f = *state;
	struct asking *a = &f->asking;
	assert_int_equal(ask_of(a, "/incidents/", f->open), 200);
	nothing_acts(a);
	has(a, "<title>Down: Gateway streams a chat · Outrider</title>");
	has(a, "<strong class=\"word\">Open</strong> for 13\xc2\xa0min, since ");
	has(a, "Acknowledged by ann, <time datetime=\"2026-11-22T09:52:00.000Z\">");
	has(a, "Gateway streams a chat</a> failed: the incident begins");
	has(a, "code[baseline-cli]</a> went down as well");
	has(a, "<p>Acknowledged <span class=\"meta\">by</span> <b>ann</b></p>");
	has(a, "<td class=\"when\" data-label=\"Left\"></td>");
	has(a, "<time datetime=\"2026-11-22T09:48:00.000Z\">2026-11-22 09:48:00</time></td>");
	has(a, "<li class=\"down\"><time datetime=\"2026-11-22T09:47:00.000Z\">2026-11-22 "
	       "09:47:00</time>");
	lacks(a, "<form");
	assert_int_equal(ask_of(a, "/incidents/", f->closed), 200);
	has(a, "<title>Resolved: Gateway answers /health · Outrider</title>");
	has(a, "<strong class=\"word\">Resolved</strong> after 1\xc2\xa0h, since ");
	has(a, " was the last one down");
	lacks(a, "http-equiv");
	assert_int_equal(ask(a, "/incidents/00000000deadbeef"), 404);
}

static void test_not_stored_yet(void **state)
{
	struct asking *a = &((struct fixture *)*state)->asking;
	static const char *const paths[] = {"/api/v1/incidents/0000000000abcdef",
		"/api/v1/incidents/abcdef", "/incidents/0000000000abcdef"};
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		assert_int_equal(ask(a, paths[i]), 404);
	board_set_state(a->board, 1, (struct health){.state = HEALTH_DOWN}, SAMPLE_NOW,
		(struct board_incident){0xabcdef, 1, false});
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		assert_int_equal(ask(a, paths[i]), 503);
		assert_int_equal(a->response.retry_after_s, 1);
	}
	assert_int_equal(ask(a, "/api/v1/incidents/0000000000abcdee"), 404);
}

static void grant(void *ctx, const struct wish *wish, struct wish_answer *answer)
{
	(void)ctx;
	(void)wish;
	answer->end = WISH_GRANTED;
}

/* Only who is known, where somebody grants wishes, while it is open. */
static void test_forms(void **state)
{
	struct fixture *f = *state;
	struct asking *a = &f->asking;
	char note[96];
	snprintf(note, sizeof(note), "<form method=\"post\" action=\"/api/v1/incidents/%s/note\">",
		f->open);
	a->user = hostile;
	ask_of(a, "/incidents/", f->open);
	lacks(a, "<form");
	a->site->wishes.grant = grant;
	ask_of(a, "/incidents/", f->open);
	has(a, note);
	nothing_acts(a);
	lacks(a, ">Acknowledge<"); /* it is */
	ask_of(a, "/incidents/", f->closed);
	lacks(a, "<form");
	a->user = NULL;
	ask_of(a, "/incidents/", f->open);
	lacks(a, "<form");
}

/* A name is remembered for good, a check is not. */
static void test_check_is_gone(void **state)
{
	struct fixture *f = *state;
	f->asking.sample.plan.n_checks = 1;
	f->asking.sample.watch.n_checks = 1;
	board_load(f->asking.board, &f->asking.sample.plan, &f->asking.sample.watch, false);
	assert_int_equal(ask_of(&f->asking, "/incidents/", f->open), 200);
	has(&f->asking, "<h1>gateway-stream</h1>");
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_list),
		T(test_days),
		T(test_older),
		T(test_newer),
		T(test_story),
		T(test_not_stored_yet),
		T(test_forms),
		T(test_check_is_gone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
