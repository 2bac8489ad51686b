#include "unit.h"

#include "engine/lanes.h"

#include <stdio.h>
#include <string.h>

/* Tickets are letters. What may start is written down in order. */
struct line {
	struct lanes *lanes;
	struct ticket tickets[128];
	char started[128];
};

static void open_line(struct line *line, unsigned jobs)
{
	memset(line, 0, sizeof(*line));
	line->lanes = lanes_new((struct lanes_limits){jobs, jobs});
}

static void waits(struct line *line, const char *who, const char *service, uint16_t limit)
{
	for (; *who; who++) {
		struct ticket *ticket = &line->tickets[(unsigned char)*who];
		ticket->limit = limit;
		lanes_wait(line->lanes, ticket, service);
	}
}

static const char *starts(struct line *line)
{
	struct ticket *ticket;
	size_t n = 0;
	while ((ticket = lanes_next(line->lanes)))
		line->started[n++] = (char)(ticket - line->tickets);
	line->started[n] = '\0';
	return line->started;
}

static void ends(struct line *line, const char *who)
{
	for (; *who; who++)
		lanes_done(line->lanes, &line->tickets[(unsigned char)*who]);
}

static void first_come_first_served(void **state)
{
	(void)state;
	struct line line;
	open_line(&line, 100);
	waits(&line, "abcdef", "one", 0);
	assert_int_equal(lanes_waiting(line.lanes), 6);
	assert_string_equal(starts(&line), "abcdef");
	assert_int_equal(lanes_waiting(line.lanes), 0);
	ends(&line, "fbacde");
	lanes_free(line.lanes);
}

static void services_take_turns_within_their_limits(void **state)
{
	(void)state;
	struct line line;
	open_line(&line, 100);
	waits(&line, "abcde", "slow", 2);
	waits(&line, "xyz", "other", 0);
	assert_string_equal(starts(&line), "axbyz");
	ends(&line, "x");
	assert_string_equal(starts(&line), "");
	ends(&line, "b");
	assert_string_equal(starts(&line), "c");
	ends(&line, "ac");
	assert_string_equal(starts(&line), "de");
	ends(&line, "deyz");
	lanes_free(line.lanes);
}

static void all_together_are_limited(void **state)
{
	(void)state;
	struct line line;
	open_line(&line, 3);
	waits(&line, "abcde", "one", 0);
	waits(&line, "xy", "two", 0);
	assert_string_equal(starts(&line), "axb");
	ends(&line, "a");
	assert_string_equal(starts(&line), "y");
	ends(&line, "xyb");
	assert_string_equal(starts(&line), "cde");
	ends(&line, "cde");
	lanes_free(line.lanes);
}

/* Each service that hangs holds one place of its own, so that no other has to wait for it. */
static void services_that_hang_delay_no_other(void **state)
{
	(void)state;
	struct line line;
	memset(&line, 0, sizeof(line));
	line.lanes = lanes_new((struct lanes_limits){.all = 6, .further = 2});
	waits(&line, "abcde", "hangs", 0);
	waits(&line, "f", "too", 0);
	assert_string_equal(starts(&line), "afbc");
	waits(&line, "xy", "well", 0);
	assert_string_equal(starts(&line), "x");
	ends(&line, "x");
	assert_string_equal(starts(&line), "y");
	waits(&line, "mn", "more", 0);
	waits(&line, "k", "most", 0);
	assert_string_equal(starts(&line), "m"); /* that makes six */
	ends(&line, "y");
	assert_string_equal(starts(&line), "k");
	ends(&line, "ab");
	assert_string_equal(starts(&line), "dn");
	ends(&line, "cdfmnk");
	assert_string_equal(starts(&line), "e");
	ends(&line, "e");
	lanes_free(line.lanes);
}

static void note_dropped(void *ctx, struct ticket *ticket)
{
	struct line *line = ctx;
	size_t n = strlen(line->started);
	line->started[n] = (char)(ticket - line->tickets);
}

static void lines_are_emptied(void **state)
{
	(void)state;
	struct line line;
	open_line(&line, 2);
	waits(&line, "abcd", "one", 0);
	waits(&line, "EFG", "two", 0);
	assert_string_equal(starts(&line), "aE");
	memset(line.started, 0, sizeof(line.started));
	lanes_drop_waiting(line.lanes, note_dropped, &line);
	assert_int_equal(strlen(line.started), 5);
	for (const char *c = "bcdFG"; *c; c++)
		assert_non_null(strchr(line.started, *c));
	assert_int_equal(lanes_waiting(line.lanes), 0);
	ends(&line, "aE");
	assert_string_equal(starts(&line), "");
	waits(&line, "h", "one", 0); /* and it goes on */
	assert_string_equal(starts(&line), "h");
	ends(&line, "h");
	lanes_free(line.lanes);
}

static void services_of_old_plans_are_forgotten(void **state)
{
	(void)state;
	struct line line;
	open_line(&line, 100);
	for (int i = 0; i < 5000; i++) {
		char service[16];
		snprintf(service, sizeof(service), "s%d", i);
		waits(&line, "a", service, 1);
		assert_string_equal(starts(&line), "a");
		ends(&line, "a");
	}
	lanes_free(line.lanes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_come_first_served),
		cmocka_unit_test(services_take_turns_within_their_limits),
		cmocka_unit_test(all_together_are_limited),
		cmocka_unit_test(services_that_hang_delay_no_other),
		cmocka_unit_test(lines_are_emptied),
		cmocka_unit_test(services_of_old_plans_are_forgotten),
	};
	return RUN(tests);
}
