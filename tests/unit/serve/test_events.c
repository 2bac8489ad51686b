#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cmocka.h>

#include "sample.h"
#include "serve/events.h"
#include "serve/news.h"

enum { FIRST = 5000, TEXT_MAX = 1 << 20 };

static void add(struct events *events, const char *check, const char *text)
{
	events_add(events, &(struct event){.kind = EVENT_RESULT,
				   .check = check,
				   .at_wall_us = SAMPLE_NOW,
				   .result = 0xab,
				   .outcome = OUTCOME_FAIL,
				   .reason = REASON_EXPECTATION,
				   .text = text,
				   .duration_us = 1500000,
				   .ttft_us = -1});
}

static void expect(struct events *events, uint64_t id, const char *expected)
{
	struct str text = events_text(events, id);
	if (!str_eq(text, str_of(expected)))
		fail_msg("%.*s\nis not\n%s", STR_ARG(text), expected);
}

static void test_text(void **state)
{
	(void)state;
	struct events *events = events_new(FIRST);
	assert_int_equal(events_newest(events), FIRST - 1);
	add(events, "a", "no\nnews \033[31m<b>\"");
	events_add(events, &(struct event){.kind = EVENT_STATE,
				   .check = "a",
				   .at_wall_us = SAMPLE_NOW,
				   .state = HEALTH_DOWN,
				   .incident = 0xcd});
	events_add(events, &(struct event){.kind = EVENT_INCIDENT,
				   .check = "a",
				   .at_wall_us = SAMPLE_NOW,
				   .incident = 0xcd,
				   .text = "opened"});
	events_add(events, &(struct event){.kind = EVENT_RESET});
	expect(events, FIRST,
		"id: 5000\nevent: result\ndata: {\"check\":\"a\",\"result\":\"00000000000000ab\","
		"\"at\":\"2026-11-22T10:00:00.000Z\",\"outcome\":\"fail\",\"reason\":"
		"\"expectation\","
		"\"known_issue\":false,\"maintenance\":false,\"message\":\"no\\\\nnews "
		"\\\\x1b[31m<b>\\\"\",\"duration_s\":1.5,\"ttft_s\":null,\"http_status\":null}"
		"\n\n");
	expect(events, FIRST + 1,
		"id: 5001\nevent: state\ndata: {\"check\":\"a\",\"state\":\"down\",\"since\":"
		"\"2026-11-22T10:00:00.000Z\",\"paused\":false,\"incident\":\"00000000000000cd\"}"
		"\n\n");
	expect(events, FIRST + 2,
		"id: 5002\nevent: incident\ndata: {\"check\":\"a\",\"incident\":"
		"\"00000000000000cd\",\"change\":\"opened\",\"at\":\"2026-11-22T10:00:00.000Z\"}"
		"\n\n");
	expect(events, FIRST + 3, "id: 5003\nevent: reset\ndata: {}\n\n");
	assert_ptr_equal(events_text(events, FIRST).p, events_text(events, FIRST).p);
	events_free(events);
}

static void test_the_largest(void **state)
{
	(void)state;
	char message[4096];
	memset(message, '\\', sizeof(message) - 1);
	memset(message, 1, 200);
	message[sizeof(message) - 1] = '\0';
	struct events *events = events_new(FIRST);
	add(events, "a", message);
	struct str text = events_text(events, FIRST);
	assert_memory_equal(text.p + text.n - 3, "}\n\n", 3);
	assert_true(text.n < 2048);
	events_free(events);
}

static void test_ring(void **state)
{
	(void)state;
	struct events *events = events_new(FIRST);
	assert_true(events_reach(events, FIRST - 1));
	assert_false(events_reach(events, FIRST)); /* of another ring, or of the future */
	assert_false(events_reach(events, 0));
	assert_false(events_reach(events, UINT64_MAX));
	for (int i = 0; i < EVENTS_KEPT; i++)
		add(events, i % 2 ? "odd" : "even", "");
	assert_true(events_reach(events, FIRST - 1));
	add(events, "last", "");
	assert_false(events_reach(events, FIRST - 1));
	assert_true(events_reach(events, FIRST));
	assert_true(events_concern(events, FIRST + 1, "odd"));
	assert_true(events_concern(events, FIRST + 1, NULL));
	assert_false(events_concern(events, FIRST + 2, "odd"));
	assert_true(events_concern(events, FIRST + EVENTS_KEPT, "last"));
	events_free(events);
}

struct fixture {
	struct sample sample;
	struct board *board;
	struct news_place place;
	char text[TEXT_MAX];
	size_t n;
};

static int setup(void **state)
{
	static struct fixture f;
	memset(&f, 0, sizeof(f));
	sample_init(&f.sample);
	f.board = board_new();
	board_load(f.board, &f.sample.plan, &f.sample.watch, false);
	f.place.after = news_newest(f.board);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	board_free(((struct fixture *)*state)->board);
	return 0;
}

static void put(struct fixture *f, size_t index, const char *message)
{
	sample_put(
		f->board, &f->sample, index, SAMPLE_NOW, OUTCOME_FAIL, REASON_EXPECTATION, message);
}

/* All there is, in pieces of n bytes; how many events that are. */
static size_t drain(struct fixture *f, const char *check, size_t n)
{
	size_t got = 0;
	size_t events = 0;
	f->n = 0;
	do {
		assert_true(news_read(f->board, &f->place, check, f->text + f->n, n, &got));
		f->n += got;
	} while (got);
	f->text[f->n] = '\0';
	for (const char *at = f->text; (at = strstr(at, "\n\n")); at += 2)
		events++;
	return events;
}

static void test_pieces(void **state)
{
	struct fixture *f = *state;
	struct news_place start = f->place;
	for (size_t i = 0; i < 200; i++)
		put(f, i % SAMPLE_CHECKS, "what it said");
	assert_int_equal(drain(f, NULL, 4096), 200);
	char *whole = strdup(f->text);
	f->place = start;
	assert_int_equal(drain(f, NULL, 7), 200);
	assert_string_equal(f->text, whole);
	free(whole);
	assert_int_equal(drain(f, NULL, 4096), 0);
}

static void test_of_one_check(void **state)
{
	struct fixture *f = *state;
	for (size_t i = 0; i < 600; i++)
		put(f, i % SAMPLE_CHECKS, "");
	assert_int_equal(drain(f, "memory-recall", 4096), 100);
	assert_null(strstr(f->text, "\"check\":\"gateway"));
	assert_int_equal(f->place.after, news_newest(f->board));
	board_load(f->board, &f->sample.plan, &f->sample.watch, false);
	assert_int_equal(drain(f, "memory-recall", 4096), 1); /* a reset is for all */
}

static void test_reset(void **state)
{
	struct fixture *f = *state;
	for (size_t i = 0; i < EVENTS_KEPT + 1; i++)
		put(f, 0, "");
	assert_int_equal(drain(f, NULL, 4096), 1);
	assert_non_null(strstr(f->text, "event: reset\ndata: {}\n\n"));
	assert_int_equal(f->place.after, news_newest(f->board));
	put(f, 0, "");
	assert_int_equal(drain(f, NULL, 4096), 1);
	assert_non_null(strstr(f->text, "event: result\n"));
	f->place.after = 17; /* of an earlier life */
	assert_int_equal(drain(f, NULL, 4096), 1);
	assert_non_null(strstr(f->text, "event: reset\n"));
}

static void test_torn(void **state)
{
	struct fixture *f = *state;
	size_t got = 0;
	put(f, 0, "");
	assert_true(news_read(f->board, &f->place, NULL, f->text, 10, &got));
	assert_int_equal(got, 10);
	for (size_t i = 0; i < EVENTS_KEPT; i++)
		put(f, 0, "");
	assert_false(news_read(f->board, &f->place, NULL, f->text, 10, &got));
}

static void test_states_that_change(void **state)
{
	struct fixture *f = *state;
	for (int i = 0; i < 3; i++)
		sample_state(f->board, 1, HEALTH_DOWN);
	for (int i = 0; i < 3; i++)
		board_paused(f->board, 1, true);
	board_incident(f->board, 0xcd, "resolved", "gateway-stream");
	assert_int_equal(drain(f, NULL, 4096), 3);
	assert_non_null(strstr(f->text, "\"check\":\"gateway-stream\",\"state\":\"down\""));
	assert_non_null(strstr(f->text, "\"paused\":true"));
	assert_non_null(strstr(f->text, "\"change\":\"resolved\""));
}

static void test_wake(void **state)
{
	struct fixture *f = *state;
	uint64_t count = 0;
	int fd = eventfd(0, EFD_NONBLOCK);
	put(f, 0, "");
	news_wake(f->board, fd);
	assert_false(news_came(f->board));
	for (int i = 0; i < 5; i++)
		put(f, 0, "");
	assert_int_equal(read(fd, &count, sizeof(count)), sizeof(count));
	assert_int_equal(count, 1); /* once, until somebody looks */
	assert_true(news_came(f->board));
	assert_false(news_came(f->board));
	put(f, 0, "");
	assert_int_equal(read(fd, &count, sizeof(count)), sizeof(count));
	news_wake(f->board, -1);
	put(f, 0, "");
	assert_int_equal(read(fd, &count, sizeof(count)), -1);
	close(fd);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_the_largest),
		cmocka_unit_test(test_ring),
		T(test_pieces),
		T(test_of_one_check),
		T(test_reset),
		T(test_torn),
		T(test_states_that_change),
		T(test_wake),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
