#include "base/queue.h"

#include "base/clock.h"
#include "base/memory.h"

#include <assert.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct queue {
	pthread_mutex_t lock;
	struct queue_node *first;
	struct queue_node *last;
	size_t length;
	size_t max;
	bool closed;
	int fd; /* readable from the first push after a take, and from the closing */
};

struct queue *queue_new(size_t max)
{
	struct queue *queue = MEM_NEW(struct queue);
	queue->max = max;
	queue->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (queue->fd < 0) { /* at the start only, when descriptors have run out */
		perror("outrider: eventfd");
		abort();
	}
	pthread_mutex_init(&queue->lock, NULL);
	return queue;
}

void queue_free(struct queue *queue)
{
	if (!queue)
		return;
	assert(!queue->first);
	close(queue->fd);
	pthread_mutex_destroy(&queue->lock);
	free(queue);
}

static void wake(const struct queue *queue)
{
	uint64_t one = 1;
	ssize_t written = write(queue->fd, &one, sizeof(one));
	(void)written;
}

static void quiet(const struct queue *queue)
{
	uint64_t count = 0;
	ssize_t got = read(queue->fd, &count, sizeof(count));
	(void)got;
}

bool queue_push(struct queue *queue, struct queue_node *node)
{
	pthread_mutex_lock(&queue->lock);
	bool fits = !queue->closed && queue->length < queue->max;
	if (fits) {
		node->next = NULL;
		if (queue->last)
			queue->last->next = node;
		else
			queue->first = node;
		queue->last = node;
		if (queue->length++ == 0)
			wake(queue);
	}
	pthread_mutex_unlock(&queue->lock);
	return fits;
}

struct queue_node *queue_take(struct queue *queue)
{
	pthread_mutex_lock(&queue->lock);
	struct queue_node *all = queue->first;
	queue->first = NULL;
	queue->last = NULL;
	queue->length = 0;
	quiet(queue);
	pthread_mutex_unlock(&queue->lock);
	return all;
}

static bool idle(struct queue *queue)
{
	pthread_mutex_lock(&queue->lock);
	bool nothing = !queue->first && !queue->closed;
	pthread_mutex_unlock(&queue->lock);
	return nothing;
}

static int poll_ms(int64_t left_us)
{
	int64_t ms = left_us / US_PER_MS + (left_us % US_PER_MS != 0);
	return ms > INT_MAX ? INT_MAX : (int)ms;
}

void queue_wait(struct queue *queue, int64_t timeout_ms)
{
	int64_t now = clock_mono_us();
	int64_t until = timeout_ms < 0 || timeout_ms > (INT64_MAX - now) / US_PER_MS
				? INT64_MAX
				: now + timeout_ms * US_PER_MS;
	while (idle(queue) && now < until) {
		struct pollfd ready = {.fd = queue->fd, .events = POLLIN};
		poll(&ready, 1, until == INT64_MAX ? -1 : poll_ms(until - now));
		now = clock_mono_us();
	}
}

int queue_fd(const struct queue *queue)
{
	return queue->fd;
}

void queue_close(struct queue *queue)
{
	pthread_mutex_lock(&queue->lock);
	queue->closed = true;
	wake(queue);
	pthread_mutex_unlock(&queue->lock);
}

bool queue_closed(struct queue *queue)
{
	pthread_mutex_lock(&queue->lock);
	bool closed = queue->closed;
	pthread_mutex_unlock(&queue->lock);
	return closed;
}

size_t queue_length(struct queue *queue)
{
	pthread_mutex_lock(&queue->lock);
	size_t length = queue->length;
	pthread_mutex_unlock(&queue->lock);
	return length;
}
