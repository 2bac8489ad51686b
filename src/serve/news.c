#include "serve/news.h"

#include "serve/board_state.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

enum {
	READ_BATCH = 64, /* events looked at under one hold of the lock */
	RESET_MAX = 64,
};

void board_publish(struct board *board, const struct event *event)
{
	const uint64_t one = 1;
	events_add(board->events, event);
	if (board->wake_fd < 0 || board->told)
		return;
	board->told = true;
	(void)!write(board->wake_fd, &one, sizeof(one));
}

uint64_t news_newest(struct board *board)
{
	pthread_mutex_lock(&board->lock);
	uint64_t newest = events_newest(board->events);
	pthread_mutex_unlock(&board->lock);
	return newest;
}

static size_t put_reset(struct events *events, struct news_place *place, char *out, size_t n)
{
	char text[RESET_MAX];
	uint64_t newest = events_newest(events);
	size_t length = (size_t)snprintf(
		text, sizeof(text), "id: %" PRIu64 "\nevent: reset\ndata: {}\n\n", newest);
	if (length > n)
		return 0;
	memcpy(out, text, length);
	place->after = newest;
	return length;
}

/* What fits of the next event. */
static size_t put_event(struct events *events, struct news_place *place, char *out, size_t n)
{
	struct str text = str_from(events_text(events, place->after + 1), place->read);
	size_t fits = text.n < n ? text.n : n;
	memcpy(out, text.p, fits);
	place->read += fits;
	if (fits == text.n)
		*place = (struct news_place){.after = place->after + 1};
	return fits;
}

static bool read_batch(struct events *events, struct news_place *place, const char *check,
	char *out, size_t n, size_t *got)
{
	if (!events_reach(events, place->after)) {
		if (place->read)
			return false;
		*got += put_reset(events, place, out + *got, n - *got);
		return true;
	}
	uint64_t newest = events_newest(events);
	for (int i = 0; i < READ_BATCH && place->after < newest && *got < n; i++) {
		if (events_concern(events, place->after + 1, check))
			*got += put_event(events, place, out + *got, n - *got);
		else
			place->after++;
	}
	return true;
}

bool news_read(struct board *board, struct news_place *place, const char *check, char *out,
	size_t n, size_t *got)
{
	bool whole = true;
	uint64_t before;
	*got = 0;
	do {
		before = place->after;
		pthread_mutex_lock(&board->lock);
		whole = read_batch(board->events, place, check, out, n, got);
		pthread_mutex_unlock(&board->lock);
	} while (whole && *got == 0 && place->after != before);
	return whole;
}

void news_wake(struct board *board, int fd)
{
	pthread_mutex_lock(&board->lock);
	board->wake_fd = fd;
	board->told = false;
	pthread_mutex_unlock(&board->lock);
}

bool news_came(struct board *board)
{
	pthread_mutex_lock(&board->lock);
	bool came = board->told;
	board->told = false;
	pthread_mutex_unlock(&board->lock);
	return came;
}
