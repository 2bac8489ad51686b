#include "serve/visitors.h"

#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct visitor_address address(uint8_t last)
{
	return (struct visitor_address){{[10] = 0xff, 0xff, [15] = last}};
}

static struct visitor *cut_next(struct visitors *visitors, int64_t now_us)
{
	struct visitor *found = visitors_cut_overdue(visitors, now_us);
	return found ? found : visitors_cut_surplus(visitors);
}

static void empty(struct visitors *visitors)
{
	struct visitor *visitor;
	while ((visitor = visitors_after(visitors, NULL)))
		visitors_remove(visitors, visitor);
	assert_int_equal(visitors->n, 0);
	assert_int_equal(visitors->held, 0);
	assert_null(visitors->crowds);
}

static void test_deadlines(void **state)
{
	(void)state;
	struct visitors visitors = {0};
	struct visitor *head = visitors_add(&visitors, 1, address(1), 0);
	struct visitor *taking = visitors_add(&visitors, 2, address(2), 0);
	struct visitor *idle = visitors_add(&visitors, 3, address(3), 0);
	visitor_turn(taking, VISITOR_ANSWERED, 5 * US_PER_S);
	visitor_turn(idle, VISITOR_IDLE, 7 * US_PER_S);
	assert_null(cut_next(&visitors, VISITOR_HEAD_S * US_PER_S));
	assert_ptr_equal(cut_next(&visitors, VISITOR_HEAD_S * US_PER_S + 1), head);
	assert_null(cut_next(&visitors, VISITOR_HEAD_S * US_PER_S + 1)); /* told once */
	assert_null(cut_next(&visitors, (5 + VISITOR_ANSWER_S) * US_PER_S));
	assert_ptr_equal(cut_next(&visitors, (5 + VISITOR_ANSWER_S) * US_PER_S + 1), taking);
	assert_ptr_equal(cut_next(&visitors, (7 + VISITOR_IDLE_S) * US_PER_S + 1), idle);
	empty(&visitors);
}

static void test_crowd_from_one_address(void **state)
{
	(void)state;
	struct visitors visitors = {0};
	struct visitor *other = visitors_add(&visitors, 0, address(9), 0);
	struct visitor *oldest = NULL;
	for (int i = 1; i <= VISITORS_ADDRESS_SOFT_MAX; i++) {
		struct visitor *visitor = visitors_add(&visitors, i, address(1), i);
		if (i == 1)
			oldest = visitor;
		assert_null(cut_next(&visitors, i));
	}
	struct visitor *newest = visitors_add(&visitors, 999, address(1), 1000);
	assert_ptr_equal(cut_next(&visitors, 1000), oldest);
	assert_null(cut_next(&visitors, 1000));
	assert_false(newest->cut);
	assert_false(other->cut);
	visitors_remove(&visitors, oldest);
	empty(&visitors);
}

static void test_who_was_served_lately_stays(void **state)
{
	(void)state;
	struct visitors visitors = {0};
	struct visitor *busy = visitors_add(&visitors, 0, address(1), 0);
	for (int i = 1; i < VISITORS_ADDRESS_SOFT_MAX; i++)
		visitors_add(&visitors, i, address(1), i);
	visitor_turn(busy, VISITOR_ANSWERED, 5000);
	visitors_add(&visitors, 999, address(1), 5001);
	const struct visitor *cut = cut_next(&visitors, 5001);
	assert_non_null(cut);
	assert_int_equal(cut->fd, 1);
	empty(&visitors);
}

static void test_crowd_from_everywhere(void **state)
{
	(void)state;
	struct visitors visitors = {0};
	for (int i = 0; i < VISITORS_SOFT_MAX; i++) {
		visitors_add(&visitors, i, address((uint8_t)(i % 8)), i);
		assert_null(cut_next(&visitors, i));
	}
	visitors_add(&visitors, 999, address(200), 1000);
	const struct visitor *cut = cut_next(&visitors, 1000);
	assert_non_null(cut);
	assert_int_equal(cut->fd, 0);
	assert_null(cut_next(&visitors, 1000));
	empty(&visitors);
}

/* Thousands who come again as soon as they are cut, from some addresses; and one of another who takes
 * almost all the time that it has. */
static void test_who_comes_alone_stays(void **state)
{
	(void)state;
	enum { CROWDS = 20, COMERS = 10000 };
	struct visitors visitors = {0};
	const struct visitor *alone = visitors_add(&visitors, 0, address(99), 0);
	for (int i = 1; i <= COMERS; i++) {
		visitors_add(&visitors, i, address((uint8_t)(i % CROWDS)), i);
		struct visitor *cut = cut_next(&visitors, i);
		assert_ptr_not_equal(cut, alone);
		assert_null(cut_next(&visitors, i));
		if (cut)
			visitors_remove(&visitors, cut);
	}
	assert_int_equal(visitors.n, VISITORS_SOFT_MAX);
	assert_false(alone->cut);
	assert_ptr_equal(cut_next(&visitors, VISITOR_HEAD_S * US_PER_S + 1), alone);
	empty(&visitors);
}

/* Of crowds, those who were told to go don't count; of each, the one that waits longest goes. */
static void test_the_largest_crowd_goes(void **state)
{
	(void)state;
	struct visitors visitors = {0};
	int64_t now_us = 0;
	for (int i = 0; i < VISITORS_SOFT_MAX - 190; i++)
		visitors_add(&visitors, 1, address((uint8_t)(1 + i % 2)), now_us++);
	struct visitor *first = visitors_add(&visitors, 3, address(3), now_us++);
	struct visitor *second = visitors_add(&visitors, 4, address(3), now_us++);
	for (int i = 2; i < 190; i++)
		visitors_add(&visitors, 5, address(3), now_us++);
	assert_null(cut_next(&visitors, now_us));
	visitors_add(&visitors, 6, address(4), now_us);
	assert_ptr_equal(cut_next(&visitors, now_us), first);
	visitors_add(&visitors, 7, address(5), now_us);
	assert_ptr_equal(cut_next(&visitors, now_us), second);
	assert_null(cut_next(&visitors, now_us));
	empty(&visitors);
}

/* A machine may take any address of the 64 bits behind its network's. */
static void test_a_network_is_one_address(void **state)
{
	(void)state;
	struct visitors visitors = {0};
	struct visitor_address from = {{0x20, 0x01, 0x0d, 0xb8}};
	struct visitor *oldest = NULL;
	struct visitor *other = visitors_add(
		&visitors, 0, (struct visitor_address){{0x20, 0x01, 0x0d, 0xb8, [7] = 1}}, 0);
	for (int i = 0; i <= VISITORS_ADDRESS_SOFT_MAX; i++) {
		from.bytes[8] = (uint8_t)(i + 1);
		struct visitor *visitor = visitors_add(&visitors, i, from, 1 + i);
		assert_memory_equal(&visitor->address, &from, sizeof(from));
		oldest = i ? oldest : visitor;
	}
	assert_ptr_equal(cut_next(&visitors, 1000), oldest);
	assert_null(cut_next(&visitors, 1000));
	assert_false(other->cut);
	empty(&visitors);
	/* Of IPv4 each is its own. */
	for (int i = 0; i <= VISITORS_ADDRESS_SOFT_MAX; i++)
		visitors_add(&visitors, i,
			(struct visitor_address){{[10] = 0xff, 0xff, 10, 0, 0, (uint8_t)(i % 250)}},
			i);
	assert_null(cut_next(&visitors, 1000));
	empty(&visitors);
}

/* Who reads slowly what was made for him alone; who reads what all get, and who is done, holds nothing. */
static void test_those_who_hold_most_go(void **state)
{
	(void)state;
	struct visitors visitors = {0};
	const size_t part = VISITORS_HELD_MAX / 4;
	struct visitor *alone = visitors_add(&visitors, 0, address(1), 0);
	struct visitor *empty_handed = visitors_add(&visitors, 1, address(2), 1);
	struct visitor *slow[4];
	visitor_hold(alone, part);
	for (int i = 0; i < 4; i++) {
		slow[i] = visitors_add(&visitors, i, address(2), 2 + i);
		assert_null(cut_next(&visitors, 10));
		visitor_hold(slow[i], part);
	}
	assert_ptr_equal(cut_next(&visitors, 10), slow[0]);
	assert_null(cut_next(&visitors, 10));
	visitor_hold(slow[0], 0); /* when it is gone */
	assert_int_equal(visitors.held, 4 * part);
	visitor_hold(slow[1], 0); /* it took all */
	visitor_hold(alone, 2 * part);
	assert_null(cut_next(&visitors, 10));
	assert_false(empty_handed->cut);
	empty(&visitors);
}

/* One of a crowd waits until somebody of it has had his time; others do not. */
static void test_who_may_enter(void **state)
{
	(void)state;
	struct visitors visitors = {0};
	const int64_t time_us = VISITOR_TIME_MS * US_PER_MS;
	const int half = VISITORS_SOFT_MAX / 2 - 20;
	for (int i = 0; i < VISITORS_ADDRESS_SOFT_MAX; i++) {
		assert_true(visitors_may_enter(&visitors, address(1), 0));
		visitors_add(&visitors, 1, address(1), i);
	}
	assert_false(visitors_may_enter(&visitors, address(1), time_us - 1)); /* too many of it */
	assert_true(visitors_may_enter(&visitors, address(1), time_us));
	assert_true(visitors_may_enter(&visitors, address(2), 0));
	assert_true(visitors_know(&visitors, address(1)));
	assert_false(visitors_know(&visitors, address(2)));
	empty(&visitors);
	for (int i = 0; i < VISITORS_SOFT_MAX; i++)
		visitors_add(&visitors, i, address(i < half ? 1 : i < 2 * half ? 2 : 3), i);
	assert_false(visitors_may_enter(&visitors, address(1), time_us - 1)); /* too many in all */
	assert_false(visitors_may_enter(&visitors, address(2), time_us - 1));
	assert_true(visitors_may_enter(&visitors, address(3), 0)); /* a smaller one */
	assert_true(visitors_may_enter(&visitors, address(4), 0)); /* alone */
	assert_true(visitors_may_enter(&visitors, address(2), time_us));
	while (visitors.n > 1)
		(void)cut_next(&visitors, INT64_MAX / 2);
	assert_false(visitors_have_room(&(struct visitors){.n = 500, .n_cut = 12}));
	assert_int_equal(visitors.n + visitors.n_cut, VISITORS_SOFT_MAX);
	assert_true(visitors_have_room(&visitors));
	empty(&visitors);
	assert_int_equal(visitors.n_cut, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_deadlines),
		cmocka_unit_test(test_crowd_from_one_address),
		cmocka_unit_test(test_who_was_served_lately_stays),
		cmocka_unit_test(test_crowd_from_everywhere),
		cmocka_unit_test(test_who_comes_alone_stays),
		cmocka_unit_test(test_the_largest_crowd_goes),
		cmocka_unit_test(test_a_network_is_one_address),
		cmocka_unit_test(test_those_who_hold_most_go),
		cmocka_unit_test(test_who_may_enter),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
