#include "serve/summary.h"

#include "sample.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct fixture {
	struct sample sample;
	struct board *board;
	struct arena arena;
};

static void load(struct fixture *f)
{
	board_load(f->board, &f->sample.plan, &f->sample.watch, false);
}

static int setup(void **state)
{
	static struct fixture f;
	sample_init(&f.sample);
	arena_init(&f.arena);
	f.board = board_new();
	load(&f);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	arena_fini(&f->arena);
	board_free(f->board);
	return 0;
}

static void all_up(struct fixture *f)
{
	for (size_t i = 0; i < SAMPLE_CHECKS; i++)
		sample_state(f->board, i, HEALTH_UP);
}

static void expect(struct fixture *f, enum health_state state, const char *sentence)
{
	const struct board_view *view = board_view(f->board, &f->arena, BOARD_STATE);
	struct summary summary = summary_of(view, SUMMARY_ALL, SAMPLE_NOW);
	struct buf out = BUF_INIT(1 << 20);
	summary_sentence(&out, view, &summary, SAMPLE_NOW);
	assert_string_equal(buf_text(&out), sentence);
	assert_string_equal(health_name(summary.state), health_name(state));
	buf_fini(&out);
}

static void test_nothing_known(void **state)
{
	struct fixture *f = *state;
	expect(f, HEALTH_UNKNOWN, "Waiting for the first verdict on 6 checks.");
	struct plan none = {.mode = "local"};
	board_load(f->board, &none, NULL, false);
	expect(f, HEALTH_UNKNOWN, "No checks are configured.");
}

static void test_all_pass(void **state)
{
	struct fixture *f = *state;
	all_up(f);
	expect(f, HEALTH_UP, "All 6 checks pass.");
}

static void test_some_wait(void **state)
{
	struct fixture *f = *state;
	all_up(f);
	sample_state(f->board, 5, HEALTH_UNKNOWN);
	expect(f, HEALTH_UP, "5 of 6 checks pass, 1 has no verdict yet.");
	sample_state(f->board, 4, HEALTH_MAINTENANCE);
	expect(f, HEALTH_UP, "4 of 6 checks pass, 1 has no verdict yet, 1 is in maintenance.");
}

static void test_skipped(void **state)
{
	struct fixture *f = *state;
	for (size_t i = 0; i < SAMPLE_CHECKS; i++)
		sample_put(f->board, &f->sample, i, SAMPLE_NOW, OUTCOME_SKIP, REASON_ENV, "no key");
	expect(f, HEALTH_UNKNOWN, "Every check is skipped.");
	for (size_t i = 0; i < SAMPLE_CHECKS - 2; i++)
		sample_state(f->board, i, HEALTH_UP);
	expect(f, HEALTH_UP, "4 of 6 checks pass, 2 are skipped.");
	sample_put(f->board, &f->sample, 5, SAMPLE_NOW, OUTCOME_FAIL, REASON_DNS, "no name");
	expect(f, HEALTH_UP, "4 of 6 checks pass, 1 has no verdict yet, 1 is skipped.");
}

static void test_down_goes_first(void **state)
{
	struct fixture *f = *state;
	all_up(f);
	sample_state(f->board, 0, HEALTH_DEGRADED);
	expect(f, HEALTH_DEGRADED, "1 of 6 checks is degraded: Gateway answers /health.");
	sample_state(f->board, 1, HEALTH_DOWN);
	expect(f, HEALTH_DOWN, "1 of 6 checks is down: Gateway streams a chat.");
	for (size_t i = 2; i < SAMPLE_CHECKS; i++)
		sample_state(f->board, i, HEALTH_DOWN);
	expect(f, HEALTH_DOWN,
		"5 of 6 checks are down: Gateway streams a chat, code[baseline-cli], "
		"memory-recall and 2 more.");
}

static void down(struct fixture *f, size_t index, uint64_t incident, ptrdiff_t root)
{
	board_set_state(f->board, index, (struct health){.state = HEALTH_DOWN}, SAMPLE_NOW,
		(struct board_incident){incident, root, false});
}

static void test_the_cause_has_the_name(void **state)
{
	struct fixture *f = *state;
	all_up(f);
	for (size_t i = 1; i < SAMPLE_CHECKS; i++)
		down(f, i, 7, 4);
	expect(f, HEALTH_DOWN, "5 of 6 checks are down: memory-clear and 4 more.");
	down(f, 1, 8, 1); /* another one */
	expect(f, HEALTH_DOWN,
		"5 of 6 checks are down: Gateway streams a chat, memory-clear and 3 more.");
	sample_state(f->board, 1, HEALTH_UP);
	sample_state(f->board, 4, HEALTH_UP);
	expect(f, HEALTH_DOWN,
		"3 of 6 checks are down: code[baseline-cli] (since memory-clear failed) and 2 "
		"more.");
	down(f, 4, 9, 4); /* again, and nobody depends on it any more */
	expect(f, HEALTH_DOWN,
		"4 of 6 checks are down: code[baseline-cli] (since memory-clear failed), "
		"memory-clear and 2 more.");
	for (size_t i = 2; i < SAMPLE_CHECKS; i++)
		if (i != 4)
			down(f, i, 7, -1); /* it is in the plan no more */
	expect(f, HEALTH_DOWN,
		"4 of 6 checks are down: code[baseline-cli], memory-clear and 2 more.");
}

static void test_services(void **state)
{
	struct fixture *f = *state;
	all_up(f);
	sample_state(f->board, 4, HEALTH_DOWN);
	const struct board_view *view = board_view(f->board, &f->arena, BOARD_STATE);
	assert_int_equal(summary_of(view, 0, SAMPLE_NOW).state, HEALTH_UP);
	struct summary memory = summary_of(view, 1, SAMPLE_NOW);
	assert_int_equal(memory.state, HEALTH_DOWN);
	assert_int_equal(memory.total, 2);
	assert_int_equal(memory.counts[HEALTH_UP], 1);
}

static void test_known_issue(void **state)
{
	struct fixture *f = *state;
	f->sample.known.until_us = SAMPLE_NOW + 1;
	f->sample.checks[1].known_issue = &f->sample.known;
	load(f);
	all_up(f);
	expect(f, HEALTH_UP, "All 6 checks pass.");
	sample_put(f->board, &f->sample, 1, SAMPLE_NOW, OUTCOME_FAIL, REASON_TIMEOUT, "timeout");
	sample_state(f->board, 1, HEALTH_DOWN);
	expect(f, HEALTH_UP, "5 of 6 checks pass, 1 fails as a known issue.");
	/* Only until its end. */
	f->sample.known.until_us = SAMPLE_NOW;
	load(f);
	expect(f, HEALTH_DOWN, "1 of 6 checks is down: Gateway streams a chat.");
}

static void test_off(void **state)
{
	struct fixture *f = *state;
	f->sample.policies[1].enabled = false;
	load(f);
	all_up(f);
	sample_state(f->board, 1, HEALTH_DOWN);
	expect(f, HEALTH_UP, "All 5 checks pass.");
}

static void test_store_fails(void **state)
{
	struct fixture *f = *state;
	struct board_self self = {.store_ok = false};
	all_up(f);
	board_set_self(f->board, &self);
	expect(f, HEALTH_DEGRADED, "All 6 checks pass. Results can't be stored at the moment.");
	sample_state(f->board, 1, HEALTH_DOWN);
	expect(f, HEALTH_DOWN,
		"1 of 6 checks is down: Gateway streams a chat. Results can't be stored at the "
		"moment.");
}

static void test_urgency(void **state)
{
	struct fixture *f = *state;
	f->sample.checks[1].known_issue = &f->sample.known;
	f->sample.policies[5].enabled = false;
	load(f);
	static const enum health_state states[SAMPLE_CHECKS] = {
		HEALTH_DOWN, HEALTH_DOWN, HEALTH_DEGRADED, HEALTH_UNKNOWN, HEALTH_UP, HEALTH_DOWN};
	for (size_t i = 0; i < SAMPLE_CHECKS; i++)
		sample_state(f->board, i, states[i]);
	const struct board_view *view = board_view(f->board, &f->arena, BOARD_STATE);
	static const size_t order[] = {
		0, 2, 1, 3, 4, 5}; /* down, degraded, known, waiting, up, off */
	for (size_t i = 1; i < SAMPLE_CHECKS; i++)
		assert_true(check_urgency(&view->checks[order[i - 1]], SAMPLE_NOW) <
			    check_urgency(&view->checks[order[i]], SAMPLE_NOW));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_nothing_known),
		T(test_all_pass),
		T(test_some_wait),
		T(test_skipped),
		T(test_down_goes_first),
		T(test_the_cause_has_the_name),
		T(test_services),
		T(test_known_issue),
		T(test_off),
		T(test_store_fails),
		T(test_urgency),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
