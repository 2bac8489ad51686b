#include "unit.h"

#include "base/clock.h"
#include "base/memory.h"
#include "engine/executor.h"

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A transport that answers when the test says so, and everything the executor tells. */

enum { TRANSFERS_MAX = 512, CHECKS_MAX = 200, ID_MAX = 32 };

struct transfer {
	struct world *world;
	struct transfer_sink sink;
	const struct request *request;
	bool over;
};

struct world {
	struct event_base *base;
	struct executor *executor;
	struct arena arena;
	struct plan plan;
	struct service services[4];
	struct check checks[CHECKS_MAX];
	struct step steps[CHECKS_MAX];
	char ids[CHECKS_MAX][ID_MAX];
	struct transfer transfers[TRANSFERS_MAX];
	size_t n_transfers, n_cancelled, n_started, n_finished;
	struct record *records[CHECKS_MAX];
	void *cookies[CHECKS_MAX];
	bool submitting, unwanted;
	int resubmit; /* so many times, from inside finished */
};

static struct transfer *fake_start(
	void *ctx, const struct request *request, struct transfer_sink sink)
{
	struct world *world = ctx;
	assert_true(world->n_transfers < TRANSFERS_MAX);
	struct transfer *t = &world->transfers[world->n_transfers++];
	*t = (struct transfer){.world = world, .sink = sink, .request = request};
	return t;
}

static void fake_cancel(void *ctx, struct transfer *t, struct transport_result *result)
{
	struct world *world = ctx;
	assert_false(t->over);
	t->over = true;
	world->n_cancelled++;
	*result = (struct transport_result){
		.reason = REASON_CANCELLED, .detail = "cancelled", .timing = TIMING_NONE};
}

static void tell(struct transfer *t, struct event event)
{
	if (t->over)
		return;
	event.at_us = clock_mono_us();
	if (event.kind == EVENT_DONE)
		t->over = true;
	t->sink.event(t->sink.ctx, &event);
}

static void tell_head(struct transfer *t, int status)
{
	struct event event = {.kind = EVENT_HEADERS};
	event.head.status = status;
	tell(t, event);
}

static void tell_done(struct transfer *t, enum reason reason)
{
	struct event event = {.kind = EVENT_DONE};
	event.done = (struct transport_result){
		.reason = reason, .detail = "said the test", .timing = TIMING_NONE};
	tell(t, event);
}

static void answer(struct transfer *t, int status)
{
	tell_head(t, status);
	tell_done(t, REASON_NONE);
}

static bool is_wanted(void *ctx, void *cookie)
{
	const struct world *world = ctx;
	assert_non_null(cookie);
	return !world->unwanted;
}

static void on_started(void *ctx, const struct check *check, void *cookie)
{
	struct world *world = ctx;
	(void)cookie;
	assert_true(check >= world->checks && check < world->checks + CHECKS_MAX);
	world->n_started++;
}

static void submit(struct world *world, size_t check)
{
	world->submitting = true;
	executor_submit(world->executor, &(struct submission){
						 .plan = &world->plan,
						 .check = &world->checks[check],
						 .cookie = &world->checks[check],
						 .check_number = (uint32_t)check + 1,
					 });
	world->submitting = false;
}

static void on_finished(void *ctx, struct record *record, void *cookie)
{
	struct world *world = ctx;
	assert_false(world->submitting);
	assert_true(world->n_finished < CHECKS_MAX);
	assert_ptr_equal(cookie, record->check);
	world->records[world->n_finished] = record;
	world->cookies[world->n_finished++] = cookie;
	if (world->resubmit > 0) {
		world->resubmit--;
		submit(world, 0);
	}
}

static void add_check(struct world *world, size_t i, struct service *service)
{
	struct step *step = &world->steps[i];
	snprintf(world->ids[i], ID_MAX, "check-%zu", i);
	template_add_literal(&world->arena, &step->request.path, STR("/"));
	world->checks[i] = (struct check){.id = world->ids[i],
		.title = "",
		.service = service,
		.timeout_us = 60 * US_PER_S,
		.steps = step,
		.n_steps = 1,
		.n_ordinary = 1};
}

static struct world *world_new(struct engine_options options, size_t n_checks)
{
	static const char *const urls[] = {"http://127.0.0.1:8000", "http://[::1]:8000",
		"http://name.example", "http://localhost"};
	static const char *const ids[] = {"four", "six", "named", "local"};
	struct world *world = mem_alloc(sizeof(*world));
	world->base = event_base_new();
	world->executor =
		executor_new(world->base, (struct transport){world, fake_start, fake_cancel},
			options, (struct executor_sink){world, is_wanted, on_started, on_finished});
	for (size_t i = 0; i < COUNT(urls); i++)
		world->services[i] = (struct service){.id = ids[i], .title = "", .url = urls[i]};
	for (size_t i = 0; i < n_checks; i++)
		add_check(world, i, &world->services[0]);
	world->plan = (struct plan){.checks = world->checks, .n_checks = n_checks};
	return world;
}

static void turn(struct world *world)
{
	event_base_loop(world->base, EVLOOP_NONBLOCK);
}

/* Until so many have finished. */
static void wait_for(struct world *world, size_t finished)
{
	while (world->n_finished < finished)
		event_base_loop(world->base, EVLOOP_ONCE);
}

static void world_free(struct world *world)
{
	assert_int_equal(executor_in_flight(world->executor), 0);
	assert_int_equal(executor_waiting(world->executor), 0);
	executor_free(world->executor);
	for (size_t i = 0; i < world->n_finished; i++)
		record_free(world->records[i]);
	arena_fini(&world->arena);
	event_base_free(world->base);
	free(world);
}

static void a_run_from_start_to_end(void **state)
{
	(void)state;
	struct world *world = world_new((struct engine_options){0}, 1);
	int64_t before_ms = clock_wall_us() / US_PER_MS;
	submit(world, 0);
	assert_int_equal(world->n_transfers, 0);
	assert_int_equal(executor_waiting(world->executor), 1);
	turn(world);
	assert_int_equal(world->n_transfers, 1);
	assert_int_equal(world->n_started, 1);
	assert_int_equal(executor_waiting(world->executor), 0);
	assert_int_equal(executor_in_flight(world->executor), 1);
	answer(&world->transfers[0], 200);
	assert_int_equal(world->n_finished, 0); /* not from inside an event */
	assert_int_equal(executor_in_flight(world->executor), 1);
	turn(world);
	assert_int_equal(world->n_finished, 1);
	assert_int_equal(executor_in_flight(world->executor), 0);
	const struct record *record = world->records[0];
	assert_int_equal(record->outcome, OUTCOME_PASS);
	assert_int_equal(record->key >> RESULT_KEY_TIME_BITS, 1);
	int64_t key_ms = (int64_t)(record->key & ((UINT64_C(1) << RESULT_KEY_TIME_BITS) - 1));
	assert_true(key_ms >= before_ms && key_ms <= clock_wall_us() / US_PER_MS);
	assert_int_equal(record->started_wall_us / US_PER_MS, key_ms);
	world_free(world);
}

static void failures_reach_the_record(void **state)
{
	(void)state;
	struct world *world = world_new((struct engine_options){0}, 1);
	submit(world, 0);
	turn(world);
	tell_done(&world->transfers[0], REASON_CONNECT);
	turn(world);
	assert_int_equal(world->records[0]->outcome, OUTCOME_FAIL);
	assert_int_equal(world->records[0]->reason, REASON_CONNECT);
	world_free(world);
}

static void limits_hold_and_order_is_kept(void **state)
{
	(void)state;
	struct world *world = world_new((struct engine_options){.jobs = 4}, 10);
	world->services[0].max_in_flight = 2;
	for (size_t i = 7; i < 10; i++)
		world->checks[i].service = &world->services[1];
	for (size_t i = 0; i < 10; i++)
		submit(world, i);
	turn(world);
	assert_int_equal(world->n_transfers, 4); /* two of each service */
	assert_int_equal(executor_waiting(world->executor), 6);
	static const char *const order[] = {"check-0-", "check-7-", "check-1-", "check-8-"};
	for (size_t i = 0; i < COUNT(order); i++)
		assert_contains(world->transfers[i].request->request_id, order[i]);
	answer(&world->transfers[1], 200); /* of the second service: its third may come */
	turn(world);
	assert_int_equal(world->n_transfers, 5);
	assert_contains(world->transfers[4].request->request_id, "check-9-");
	answer(&world->transfers[4], 200);
	answer(&world->transfers[3], 200);
	turn(world);
	assert_int_equal(world->n_transfers, 5); /* the first service is full */
	answer(&world->transfers[0], 200);
	turn(world);
	assert_contains(world->transfers[5].request->request_id, "check-2-");
	for (size_t i = 0; i < 10; i++) {
		answer(&world->transfers[i], 200);
		turn(world);
	}
	assert_int_equal(world->n_finished, 10);
	world_free(world);
}

static void time_runs_out(void **state)
{
	(void)state;
	struct world *world = world_new((struct engine_options){0}, 2);
	world->checks[0].timeout_us = 30 * US_PER_MS;
	world->checks[1].timeout_us = 10 * US_PER_S;
	world->checks[1].idle_timeout_us = 300 * US_PER_MS;
	submit(world, 0);
	submit(world, 1);
	turn(world);
	tell_head(&world->transfers[1], 200);
	for (int i = 0; i < 4; i++) { /* bytes put the idle deadline off */
		struct event event = {.kind = EVENT_BODY, .body = STR("x")};
		event_base_loopexit(world->base, &(struct timeval){0, 100000});
		event_base_dispatch(world->base);
		tell(&world->transfers[1], event);
		assert_false(world->transfers[1].over);
	}
	wait_for(world, 2);
	assert_int_equal(world->n_cancelled, 2);
	assert_string_equal(world->records[0]->check_id, "check-0");
	assert_int_equal(world->records[0]->reason, REASON_TIMEOUT);
	assert_true(world->records[0]->duration_us >= 30 * US_PER_MS);
	assert_int_equal(world->records[1]->reason, REASON_IDLE_TIMEOUT);
	assert_true(world->records[1]->duration_us >= 4 * 100 * US_PER_MS);
	world_free(world);
}

/* Others run meanwhile; at its end it waits in line as they do. */
static void a_pause_frees_its_place(void **state)
{
	(void)state;
	struct world *world = world_new((struct engine_options){.jobs = 1}, 3);
	/* the timer of the attempt is still set, and earlier */
	world->checks[0].timeout_us = 30 * US_PER_MS;
	world->checks[0].retries = (struct retry_policy){.times = 1, .backoff_us = 90 * US_PER_MS};
	for (size_t i = 0; i < 3; i++)
		submit(world, i);
	turn(world);
	tell_done(&world->transfers[0], REASON_RESET);
	turn(world);
	assert_int_equal(world->n_transfers, 2);
	assert_contains(world->transfers[1].request->request_id, "check-1-");
	assert_int_equal(executor_in_flight(world->executor), 2);
	while (executor_waiting(world->executor) < 2) /* the pause is over */
		event_base_loop(world->base, EVLOOP_ONCE);
	turn(world);
	assert_int_equal(world->n_transfers, 2);
	answer(&world->transfers[1], 200);
	turn(world);
	assert_contains(world->transfers[2].request->request_id, "check-2-");
	answer(&world->transfers[2], 200);
	turn(world);
	assert_contains(world->transfers[3].request->request_id, "check-0-");
	answer(&world->transfers[3], 200);
	turn(world);
	assert_int_equal(world->n_finished, 3);
	assert_int_equal(world->n_started, 3);
	assert_true(world->records[2]->passed_after_retry);
	assert_int_equal(world->records[2]->attempts, 2);
	assert_true(world->records[2]->duration_us >= 90 * US_PER_MS);
	world_free(world);
}

/* Also while it waits for its place behind the pause. */
static void cancelled_in_line_for_a_retry(void **state)
{
	(void)state;
	struct world *world = world_new((struct engine_options){.jobs = 1}, 2);
	world->checks[0].retries = (struct retry_policy){.times = 1, .backoff_us = 10 * US_PER_MS};
	submit(world, 0);
	submit(world, 1);
	turn(world);
	tell_done(&world->transfers[0], REASON_RESET);
	while (executor_waiting(world->executor) < 1 || world->n_transfers < 2)
		event_base_loop(world->base, EVLOOP_ONCE);
	event_base_loopexit(world->base, &(struct timeval){0, 30000});
	event_base_dispatch(world->base);
	executor_cancel_all(world->executor);
	assert_int_equal(executor_waiting(world->executor), 0);
	turn(world);
	assert_int_equal(world->n_finished, 2);
	assert_int_equal(executor_in_flight(world->executor), 0);
	submit(world, 1); /* and the places are free */
	turn(world);
	answer(&world->transfers[2], 200);
	turn(world);
	assert_int_equal(world->n_finished, 3);
	world_free(world);
}

static void nobody_wants_it_any_more(void **state)
{
	(void)state;
	struct world *world = world_new((struct engine_options){.jobs = 1}, 3);
	world->checks[0].retries = (struct retry_policy){.times = 1, .backoff_us = 1};
	for (size_t i = 0; i < 3; i++)
		submit(world, i);
	turn(world);
	tell_done(&world->transfers[0], REASON_RESET); /* pauses, behind those in line */
	world->unwanted = true;
	wait_for(world, 3);
	assert_int_equal(world->n_transfers, 1);
	assert_int_equal(world->n_started, 1);
	for (size_t i = 0; i < 3; i++) {
		bool tried = world->cookies[i] == &world->checks[0]; /* that attempt stands */
		assert_int_equal(world->records[i]->outcome, tried ? OUTCOME_FAIL : OUTCOME_SKIP);
		assert_int_equal(
			world->records[i]->reason, tried ? REASON_RESET : REASON_CANCELLED);
	}
	world->unwanted = false; /* their places are free */
	submit(world, 1);
	turn(world);
	answer(&world->transfers[1], 200);
	wait_for(world, 4);
	assert_int_equal(world->records[3]->outcome, OUTCOME_PASS);
	world_free(world);
}

static void stopping_a_transfer_frees_it(void **state)
{
	(void)state;
	struct world *world = world_new((struct engine_options){0}, 1);
	world->steps[0].request.until = UNTIL_HEADERS;
	submit(world, 0);
	turn(world);
	tell_head(&world->transfers[0], 200);
	assert_int_equal(world->n_cancelled, 1);
	turn(world);
	assert_int_equal(world->records[0]->outcome, OUTCOME_PASS);
	world_free(world);
}

static void several_steps_are_one_run(void **state)
{
	(void)state;
	struct world *world = world_new((struct engine_options){.jobs = 1}, 3);
	world->checks[0].n_steps = world->checks[0].n_ordinary = 2;
	world->checks[0].service = &world->services[2];
	submit(world, 0);
	submit(world, 2);
	turn(world);
	answer(&world->transfers[0], 200);
	assert_int_equal(world->n_transfers, 2); /* the second step follows at once */
	answer(&world->transfers[1], 200);
	turn(world);
	assert_int_equal(world->n_finished, 1);
	answer(&world->transfers[2], 200);
	turn(world);
	assert_int_equal(world->n_finished, 2);
	world_free(world);
}

static void what_needs_no_transfer_is_told_later_too(void **state)
{
	(void)state;
	struct world *world = world_new((struct engine_options){.jobs = 1}, 3);
	world->checks[0].missing_env = "SOME_KEY";
	world->checks[0].service = &world->services[2];
	for (int i = 0; i < 5; i++)
		submit(world, 0);
	assert_int_equal(world->n_finished, 0);
	wait_for(world, 5);
	assert_int_equal(world->records[4]->outcome, OUTCOME_SKIP);
	assert_int_equal(world->records[4]->reason, REASON_ENV);
	assert_int_equal(world->n_transfers, 0);
	world_free(world);
}

static void cancel_ends_all(void **state)
{
	(void)state;
	struct world *world = world_new((struct engine_options){.jobs = 3}, 6);
	world->checks[1].retries = (struct retry_policy){.times = 1, .backoff_us = 60 * US_PER_S};
	for (size_t i = 0; i < 6; i++)
		submit(world, i);
	turn(world);
	tell_done(&world->transfers[1], REASON_RESET); /* pauses */
	answer(&world->transfers[2], 200); /* over, but not yet told */
	executor_cancel_all(world->executor);
	executor_cancel_all(world->executor);
	assert_int_equal(world->n_finished, 0);
	assert_int_equal(executor_waiting(world->executor), 0);
	turn(world);
	assert_int_equal(world->n_finished, 6);
	assert_int_equal(world->n_cancelled, 1);
	assert_int_equal(world->n_started, 3);
	for (size_t i = 0; i < 6; i++) {
		const struct record *record = world->records[i];
		bool waited = strcmp(record->check_id, "check-3") >= 0;
		if (waited || strcmp(record->check_id, "check-0") == 0) {
			assert_int_equal(record->outcome, OUTCOME_SKIP);
			assert_int_equal(record->reason, REASON_CANCELLED);
		}
		if (strcmp(record->check_id, "check-1") == 0) /* its last attempt stands */
			assert_int_equal(record->outcome, OUTCOME_FAIL);
		if (strcmp(record->check_id, "check-2") == 0)
			assert_int_equal(record->outcome, OUTCOME_PASS);
	}
	submit(world, 0); /* and it goes on */
	turn(world);
	answer(&world->transfers[world->n_transfers - 1], 200);
	turn(world);
	assert_int_equal(world->n_finished, 7);
	world_free(world);
}

static void finished_may_submit(void **state)
{
	(void)state;
	struct world *world = world_new((struct engine_options){.jobs = 1}, 1);
	world->resubmit = 50;
	submit(world, 0);
	for (size_t i = 0; i <= 50; i++) {
		turn(world);
		assert_int_equal(world->n_transfers, i + 1);
		answer(&world->transfers[i], 200);
	}
	turn(world);
	assert_int_equal(world->n_finished, 51);
	world_free(world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_run_from_start_to_end),
		cmocka_unit_test(failures_reach_the_record),
		cmocka_unit_test(limits_hold_and_order_is_kept),
		cmocka_unit_test(time_runs_out),
		cmocka_unit_test(a_pause_frees_its_place),
		cmocka_unit_test(cancelled_in_line_for_a_retry),
		cmocka_unit_test(nobody_wants_it_any_more),
		cmocka_unit_test(stopping_a_transfer_frees_it),
		cmocka_unit_test(several_steps_are_one_run),
		cmocka_unit_test(what_needs_no_transfer_is_told_later_too),
		cmocka_unit_test(cancel_ends_all),
		cmocka_unit_test(finished_may_submit),
	};
	return RUN(tests);
}
