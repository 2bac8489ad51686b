#include "unit.h"

#include "base/clock.h"
#include "base/queue.h"

#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

struct item {
	struct queue_node node;
	int producer;
	int number;
};

static bool readable(const struct queue *queue)
{
	struct pollfd fd = {.fd = queue_fd(queue), .events = POLLIN};
	return poll(&fd, 1, 0) == 1;
}

static void order_bound_and_descriptor(void **state)
{
	(void)state;
	struct item items[4] = {{.number = 0}, {.number = 1}, {.number = 2}, {.number = 3}};
	struct queue *queue = queue_new(3);
	assert_null(queue_take(queue));
	assert_false(readable(queue));
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 3; i++) {
			assert_true(queue_push(queue, &items[i].node));
			assert_true(readable(queue));
		}
		assert_false(queue_push(queue, &items[3].node));
		assert_int_equal(queue_length(queue), 3);
		const struct queue_node *node = queue_take(queue);
		assert_false(readable(queue));
		assert_int_equal(queue_length(queue), 0);
		for (int i = 0; i < 3; i++, node = node->next)
			assert_int_equal(((const struct item *)(const void *)node)->number, i);
		assert_null(node);
	}
	queue_free(queue);
	queue_free(NULL);
}

static void closing_ends_pushes_not_takes(void **state)
{
	(void)state;
	struct item items[2] = {{.number = 0}, {.number = 1}};
	struct queue *queue = queue_new(8);
	assert_true(queue_push(queue, &items[0].node));
	assert_false(queue_closed(queue));
	queue_close(queue);
	assert_true(queue_closed(queue));
	assert_true(readable(queue));
	assert_false(queue_push(queue, &items[1].node));
	queue_wait(queue, -1);
	assert_ptr_equal(queue_take(queue), &items[0].node);
	queue_wait(queue, -1);
	assert_null(queue_take(queue));
	queue_free(queue);
}

static void waiting_ends_with_the_time(void **state)
{
	(void)state;
	struct queue *queue = queue_new(1);
	int64_t before = clock_mono_us();
	queue_wait(queue, 20);
	assert_true(clock_mono_us() - before >= 20 * US_PER_MS);
	before = clock_mono_us();
	queue_wait(queue, 0);
	assert_true(clock_mono_us() - before < 10 * US_PER_S);
	struct item item = {0};
	assert_true(queue_push(queue, &item.node));
	queue_wait(queue, -1);
	queue_take(queue);
	queue_free(queue);
}

static void *close_later(void *shared)
{
	usleep(10000);
	queue_close(shared);
	return NULL;
}

static void closing_wakes_the_taker(void **state)
{
	(void)state;
	struct queue *queue = queue_new(1);
	pthread_t thread;
	assert_int_equal(pthread_create(&thread, NULL, close_later, queue), 0);
	queue_wait(queue, -1);
	assert_true(queue_closed(queue));
	pthread_join(thread, NULL);
	queue_free(queue);
}

enum { PRODUCERS = 4, EACH = 5000 };

struct job {
	struct queue *queue;
	int producer;
};

static void *produce(void *argument)
{
	const struct job *job = argument;
	for (int i = 0; i < EACH; i++) {
		struct item *item = calloc(1, sizeof(*item));
		*item = (struct item){.producer = job->producer, .number = i};
		while (!queue_push(job->queue, &item->node))
			usleep(50);
	}
	return NULL;
}

static size_t consume(struct queue *queue, int next[PRODUCERS])
{
	size_t n = 0;
	for (struct queue_node *node = queue_take(queue); node; n++) {
		struct item *item = (struct item *)(void *)node;
		node = node->next;
		assert_int_equal(item->number, next[item->producer]++);
		free(item);
	}
	return n;
}

static void many_threads_one_taker(void **state)
{
	(void)state;
	struct queue *queue = queue_new(64);
	pthread_t threads[PRODUCERS];
	struct job jobs[PRODUCERS];
	int next[PRODUCERS] = {0};
	for (int i = 0; i < PRODUCERS; i++) {
		jobs[i] = (struct job){queue, i};
		assert_int_equal(pthread_create(&threads[i], NULL, produce, &jobs[i]), 0);
	}
	for (size_t seen = 0; seen < PRODUCERS * EACH;) {
		queue_wait(queue, -1);
		seen += consume(queue, next);
	}
	for (int i = 0; i < PRODUCERS; i++)
		pthread_join(threads[i], NULL);
	assert_false(readable(queue));
	queue_free(queue);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(order_bound_and_descriptor),
		cmocka_unit_test(closing_ends_pushes_not_takes),
		cmocka_unit_test(waiting_ends_with_the_time),
		cmocka_unit_test(closing_wakes_the_taker),
		cmocka_unit_test(many_threads_one_taker),
	};
	return RUN(tests);
}
