#include "serve/view.h"

#include "sample.h"

#include <pthread.h>
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

static int setup(void **state)
{
	static struct fixture f;
	sample_init(&f.sample);
	arena_init(&f.arena);
	f.board = board_new();
	board_load(f.board, &f.sample.plan, &f.sample.watch, false);
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

static const struct board_view *look(struct fixture *f)
{
	return board_view(f->board, &f->arena, BOARD_STATE);
}

static const struct board_view *look_for_metrics(struct fixture *f)
{
	return board_view(f->board, &f->arena, BOARD_METRICS);
}

static void test_empty(void **state)
{
	(void)state;
	struct board *board = board_new();
	struct arena arena;
	arena_init(&arena);
	const struct board_view *view = board_view(board, &arena, BOARD_METRICS);
	assert_int_equal(view->plan->n_checks, 0);
	assert_string_equal(view->plan->mode, "");
	assert_false(view->self_known);
	arena_fini(&arena);
	board_free(board);
}

static void test_definitions_are_copies(void **state)
{
	struct fixture *f = *state;
	f->sample.known = (struct known_issue){"ticket 12", SAMPLE_NOW};
	f->sample.checks[2].known_issue = &f->sample.known;
	f->sample.policies[2].enabled = false;
	board_load(f->board, &f->sample.plan, &f->sample.watch, true);
	const struct board_view *view = look(f);
	memset(&f->sample.checks, 0, sizeof(f->sample.checks));
	memset(&f->sample.services, 0, sizeof(f->sample.services));
	const struct board_plan *plan = view->plan;
	assert_true(plan->demo);
	assert_string_equal(plan->mode, "local");
	assert_string_equal(plan->services[1].title, "Memory service");
	assert_int_equal(plan->n_checks, SAMPLE_CHECKS);
	assert_string_equal(plan->checks[1].title, "Gateway streams a chat");
	assert_string_equal(plan->checks[1].tags[1], "slow");
	assert_int_equal(plan->checks[1].depends_on[0], 0);
	assert_string_equal(plan->checks[2].title, "code[baseline-cli]"); /* the id instead */
	assert_string_equal(plan->checks[2].known_issue, "ticket 12");
	assert_false(plan->checks[2].enabled);
	assert_int_equal(plan->checks[3].service, 1);
	assert_int_equal(board_find(plan, "ui-home"), 5);
	assert_int_equal(board_find(plan, "nothing"), SAMPLE_CHECKS);
}

static void test_result(void **state)
{
	struct fixture *f = *state;
	struct record record = sample_record(&f->sample, 1, SAMPLE_NOW);
	record.outcome = OUTCOME_FAIL;
	record.reason = REASON_TIMEOUT;
	char message[] = "said \x1b[31mred\x1b[0m";
	record.message = message;
	record.is_stream = true;
	record.stream.ttft_us = 400000;
	record.stream.token_gap_us = 70000;
	record.prompt_tokens = 12;
	record.completion_tokens = 30;
	board_result(f->board, 1, &record);
	memset(message, 'x', sizeof(message) - 1);
	const struct board_check *check = &look(f)->checks[1];
	assert_true(check->has_last);
	assert_int_equal(check->last.outcome, OUTCOME_FAIL);
	assert_int_equal(check->last.reason, REASON_TIMEOUT);
	assert_string_equal(check->last.message, "said \\x1b[31mred\\x1b[0m");
	assert_string_equal(check->last.request_id, "gateway-health-abc");
	assert_string_equal(check->last.address, "127.0.0.1:8000");
	assert_int_equal(check->last.ttft_us, 400000);
	check = &look_for_metrics(f)->checks[1];
	assert_int_equal(check->last.ttft_us, 400000);
	assert_int_equal(check->ttft->count, 1);
	assert_int_equal(check->token_gap->count, 1);
	assert_int_equal(check->duration->sum_us, 123456);
	assert_int_equal(check->prompt_tokens, 12);
	assert_int_equal(check->completion_tokens, 30);
	assert_false(look(f)->checks[0].has_last);
}

static void test_result_without_texts(void **state)
{
	struct fixture *f = *state;
	struct record record = sample_record(&f->sample, 0, SAMPLE_NOW);
	record.message = record.request_id = record.address = NULL;
	board_result(f->board, 0, &record);
	const struct board_check *check = &look(f)->checks[0];
	assert_string_equal(check->last.message, "");
	assert_string_equal(check->last.request_id, "");
	assert_string_equal(check->last.address, "");
	assert_int_equal(check->last.ttft_us, -1); /* no stream */
	assert_null(look_for_metrics(f)->checks[0].ttft);
}

static void test_longest_texts(void **state)
{
	struct fixture *f = *state;
	char bytes[RECORD_MESSAGE_MAX + 10];
	memset(bytes, 1, sizeof(bytes) - 1);
	bytes[sizeof(bytes) - 1] = '\0';
	struct record record = sample_record(&f->sample, 0, SAMPLE_NOW);
	record.message = record.request_id = record.address = bytes;
	board_result(f->board, 0, &record);
	const struct board_check *check = &look(f)->checks[0];
	assert_int_equal(strlen(check->last.message), 4 * RECORD_MESSAGE_MAX + 3);
	assert_int_equal(strlen(check->last.address), 4 * 128 + 3);
}

static void test_recent_is_newest_first_and_bounded(void **state)
{
	struct fixture *f = *state;
	for (int i = 0; i < BOARD_RECENT_MAX + 7; i++)
		sample_put(f->board, &f->sample, 0, SAMPLE_NOW + i * US_PER_S,
			i % 2 ? OUTCOME_FAIL : OUTCOME_PASS, REASON_NONE, "");
	const struct board_check *check = &look(f)->checks[0];
	assert_int_equal(check->n_recent, BOARD_RECENT_MAX);
	for (size_t i = 0; i < check->n_recent; i++) {
		int64_t at = SAMPLE_NOW + (BOARD_RECENT_MAX + 6 - (int64_t)i) * US_PER_S;
		assert_int_equal(check->recent[i].key, sample_key(0, at));
		assert_int_equal(check->recent[i].outcome, i % 2 ? OUTCOME_FAIL : OUTCOME_PASS);
	}
}

static void test_counts(void **state)
{
	struct fixture *f = *state;
	for (int i = 0; i < 3; i++)
		sample_put(f->board, &f->sample, 0, SAMPLE_NOW + i, OUTCOME_PASS, REASON_NONE, "");
	sample_put(f->board, &f->sample, 0, SAMPLE_NOW, OUTCOME_FAIL, REASON_DNS, "");
	sample_put(f->board, &f->sample, 0, SAMPLE_NOW, OUTCOME_FAIL, REASON_TLS, "");
	sample_put(f->board, &f->sample, 0, SAMPLE_NOW, OUTCOME_SKIP, REASON_DNS, "");
	const struct board_check *check = &look_for_metrics(f)->checks[0];
	assert_int_equal(check->n_counts, 4);
	assert_int_equal(check->counts[0].n, 3);
	assert_int_equal(check->counts[3].outcome, OUTCOME_SKIP);
	assert_int_equal(check->duration->count, 5); /* a skip took no time */
}

static void test_state_missed_running(void **state)
{
	struct fixture *f = *state;
	board_set_state(f->board, 3, (struct health){.state = HEALTH_DOWN}, SAMPLE_NOW,
		(struct board_incident){77, 3, true});
	board_missed(f->board, 3, 2);
	board_missed(f->board, 3, 3);
	board_running(f->board, 3, true);
	const struct board_check *check = &look(f)->checks[3];
	assert_int_equal(check->health.state, HEALTH_DOWN);
	assert_int_equal(check->since_wall_us, SAMPLE_NOW);
	assert_int_equal(check->incident, 77);
	assert_int_equal(check->missed, 5);
	assert_true(check->running);
	board_running(f->board, 3, false);
	assert_false(look(f)->checks[3].running);
}

static void test_reload_keeps_by_id(void **state)
{
	struct fixture *f = *state;
	sample_put(f->board, &f->sample, 1, SAMPLE_NOW, OUTCOME_FAIL, REASON_RESET, "reset");
	sample_put(f->board, &f->sample, 5, SAMPLE_NOW, OUTCOME_PASS, REASON_NONE, "");
	sample_state(f->board, 1, HEALTH_DOWN);
	const struct board_view *before = look(f);
	struct check checks[] = {f->sample.checks[3], f->sample.checks[1], f->sample.checks[0]};
	checks[0].id = "brand-new";
	struct plan plan = f->sample.plan;
	plan.checks = checks;
	plan.n_checks = 3;
	board_load(f->board, &plan, &f->sample.watch, false);
	const struct board_view *after = look(f);
	assert_int_equal(after->plan->n_checks, 3);
	assert_false(after->checks[0].has_last);
	assert_int_equal(after->checks[0].health.state, HEALTH_UNKNOWN);
	assert_string_equal(after->checks[1].definition->id, "gateway-stream");
	assert_int_equal(after->checks[1].health.state, HEALTH_DOWN);
	assert_string_equal(after->checks[1].last.message, "reset");
	assert_int_equal(look_for_metrics(f)->checks[1].n_counts, 1);
	/* Who looked before the reload still sees the old plan. */
	assert_string_equal(before->checks[5].definition->id, "ui-home");
	assert_true(after->generation > before->generation);
}

static void test_generation(void **state)
{
	struct fixture *f = *state;
	uint64_t at = board_generation(f->board);
	sample_put(f->board, &f->sample, 0, SAMPLE_NOW, OUTCOME_PASS, REASON_NONE, "");
	assert_int_equal(board_generation(f->board), ++at);
	sample_state(f->board, 0, HEALTH_UP);
	assert_int_equal(board_generation(f->board), ++at);
	board_missed(f->board, 0, 1);
	assert_int_equal(board_generation(f->board), ++at);
	struct board_self self = {.store_ok = true};
	board_set_self(f->board, &self);
	assert_int_equal(board_generation(f->board), ++at);
	self.store_queue = 5; /* no page shows it */
	board_set_self(f->board, &self);
	assert_int_equal(board_generation(f->board), at);
	assert_int_equal(look(f)->self.store_queue, 5);
	self.store_ok = false;
	board_set_self(f->board, &self);
	assert_int_equal(board_generation(f->board), ++at);
}

/* Readers see each check whole while the loop publishes and reloads. */

enum { FEWER_CHECKS = 2 };

static void *publish(void *ctx)
{
	struct fixture *f = ctx;
	for (int i = 1; i <= 4000; i++) {
		size_t index = (size_t)i % FEWER_CHECKS;
		struct record record = sample_record(&f->sample, index, SAMPLE_NOW + i);
		record.duration_us = record.timing.total_us = i;
		record.message = i % 2 ? "odd" : "even";
		board_result(f->board, index, &record);
		f->sample.plan.n_checks = i % 2 ? FEWER_CHECKS : SAMPLE_CHECKS;
		board_load(f->board, &f->sample.plan, &f->sample.watch, false);
	}
	return NULL;
}

static void test_readers_see_whole_checks(void **state)
{
	struct fixture *f = *state;
	pthread_t loop;
	assert_int_equal(pthread_create(&loop, NULL, publish, f), 0);
	for (int i = 0; i < 4000; i++) {
		struct arena arena;
		arena_init(&arena);
		const struct board_view *view = board_view(f->board, &arena, BOARD_STATE);
		for (size_t j = 0; j < view->plan->n_checks; j++) {
			const struct board_last *last = &view->checks[j].last;
			if (!view->checks[j].has_last)
				continue;
			assert_int_equal(last->duration_us, last->timing.total_us);
			assert_string_equal(last->message, last->duration_us % 2 ? "odd" : "even");
		}
		arena_fini(&arena);
	}
	pthread_join(loop, NULL);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_empty),
		T(test_definitions_are_copies),
		T(test_result),
		T(test_result_without_texts),
		T(test_longest_texts),
		T(test_recent_is_newest_first_and_bounded),
		T(test_counts),
		T(test_state_missed_running),
		T(test_reload_keeps_by_id),
		T(test_generation),
		T(test_readers_see_whole_checks),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
