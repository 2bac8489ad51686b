#include "serve/streams.h"

#include "base/clock.h"
#include "base/memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

enum { STREAM_BLOCK = 4096, STREAM_LINE_MAX = 64 };

struct listener {
	struct listener *next;
	struct streams *streams;
	struct MHD_Connection *connection;
	struct visitor *visitor; /* as long as the connection is suspended, and while it reads */
	struct news_place place;
	char *check; /* NULL: of all */
	uint64_t generation; /* of the users and tokens that let it in */
	bool greeted;
	bool suspended;
	bool ping; /* is due */
	bool over; /* must go */
	int64_t said_us; /* when something was sent last */
};

struct streams {
	struct board *board;
	int wake_fd;
	struct listener *first;
	size_t n;
	bool closing;
	int64_t told_us; /* when news were told last */
};

struct streams *streams_new(struct board *board, int wake_fd)
{
	struct streams *streams = MEM_NEW(struct streams);
	streams->board = board;
	streams->wake_fd = wake_fd;
	return streams;
}

void streams_free(struct streams *streams)
{
	if (!streams)
		return;
	news_wake(streams->board, -1);
	free(streams);
}

/* --- one stream --- */

/* The reader's place without an event, so that one who comes back goes on from here. */
static size_t put_line(const struct listener *listener, const char *line, char *out)
{
	char text[STREAM_LINE_MAX];
	int n = snprintf(text, sizeof(text), "%sid: %" PRIu64 "\n\n", line, listener->place.after);
	memcpy(out, text, (size_t)n);
	return (size_t)n;
}

static size_t greet(struct listener *listener, char *out)
{
	char line[STREAM_LINE_MAX / 2];
	snprintf(line, sizeof(line), "retry: %d\n", (int)STREAM_RETRY_MS);
	listener->greeted = true;
	return put_line(listener, line, out);
}

static void suspend(struct listener *listener)
{
	listener->suspended = true;
	visitor_turn(listener->visitor, VISITOR_LISTENING, clock_mono_us());
	MHD_suspend_connection(listener->connection);
}

static void resume(struct listener *listener)
{
	listener->suspended = false;
	MHD_resume_connection(listener->connection);
}

/* Not MHD_CONTENT_READER_END_WITH_ERROR: of a connection that was suspended the library takes that as a reason to
 * do nothing more with it, so that its place stays taken. What it wants to send after this fails. */
static ssize_t hang_up(const struct listener *listener)
{
	shutdown(listener->visitor->fd, SHUT_RDWR);
	return MHD_CONTENT_READER_END_OF_STREAM;
}

/* The library's: what to send next. It is called when all before that was sent. */
static ssize_t on_read(void *cls, uint64_t at, char *out, size_t max)
{
	struct listener *listener = cls;
	size_t n = 0;
	(void)at;
	if (listener->streams->closing)
		return MHD_CONTENT_READER_END_OF_STREAM;
	if (listener->over || max < STREAM_LINE_MAX)
		return hang_up(listener);
	visitor_turn(listener->visitor, VISITOR_ANSWERED, clock_mono_us());
	if (!listener->greeted)
		n = greet(listener, out);
	else if (!news_read(
			 listener->streams->board, &listener->place, listener->check, out, max, &n))
		return hang_up(listener);
	if (n == 0 && listener->ping)
		n = put_line(listener, ": ping\n", out);
	listener->ping = false;
	if (n)
		listener->said_us = clock_mono_us();
	else
		suspend(listener);
	return (ssize_t)n;
}

static void on_free(void *cls)
{
	struct listener *listener = cls;
	struct streams *streams = listener->streams;
	struct listener **at = &streams->first;
	while (*at && *at != listener)
		at = &(*at)->next;
	if (*at)
		*at = listener->next;
	if (--streams->n == 0)
		news_wake(streams->board, -1);
	free(listener->check);
	free(listener);
}

/* --- all of them --- */

static bool is_full(const struct streams *streams, const struct visitor *visitor)
{
	size_t n = 0;
	for (const struct listener *listener = streams->first; listener; listener = listener->next)
		n += listener->visitor->crowd == visitor->crowd;
	return streams->n >= STREAMS_MAX || n >= STREAMS_ADDRESS_MAX;
}

struct MHD_Response *streams_open(struct streams *streams, struct MHD_Connection *connection,
	struct visitor *visitor, const struct http_stream *wanted)
{
	if (is_full(streams, visitor))
		return NULL;
	struct listener *listener = MEM_NEW(struct listener);
	*listener = (struct listener){
		.next = streams->first,
		.streams = streams,
		.connection = connection,
		.visitor = visitor,
		.place = {.after = wanted->after},
		.check = wanted->check ? mem_strdup(wanted->check) : NULL,
		.generation = wanted->generation,
	};
	streams->first = listener;
	if (streams->n++ == 0)
		news_wake(streams->board, streams->wake_fd);
	return MHD_create_response_from_callback(
		MHD_SIZE_UNKNOWN, STREAM_BLOCK, on_read, listener, on_free);
}

bool streams_listen(const struct streams *streams)
{
	return streams->n > 0;
}

int streams_wait_ms(const struct streams *streams, int64_t now_us, int max_ms)
{
	int64_t left_ms = STREAM_NEWS_MS - (now_us - streams->told_us) / US_PER_MS;
	return streams->n && left_ms > 0 && left_ms < max_ms ? (int)left_ms : max_ms;
}

static void resume_all(struct streams *streams)
{
	for (struct listener *listener = streams->first; listener; listener = listener->next)
		if (listener->suspended)
			resume(listener);
}

/* At once: until they are gone they take the places of others. */
static void let_go_of_the_cut(struct streams *streams)
{
	for (struct listener *listener = streams->first; listener; listener = listener->next)
		if (listener->suspended && listener->visitor->cut) {
			listener->over = true;
			resume(listener);
		}
}

void streams_turn(struct streams *streams, int64_t now_us)
{
	let_go_of_the_cut(streams);
	if (!streams->n || now_us - streams->told_us < STREAM_NEWS_MS * US_PER_MS ||
		!news_came(streams->board))
		return;
	streams->told_us = now_us;
	resume_all(streams);
}

void streams_tick(struct streams *streams, uint64_t generation, int64_t now_us)
{
	for (struct listener *listener = streams->first; listener; listener = listener->next) {
		listener->over = listener->over || listener->generation != generation;
		if (!listener->suspended)
			continue;
		listener->ping = now_us - listener->said_us >= STREAM_PING_S * US_PER_S;
		if (listener->ping || listener->over)
			resume(listener);
	}
}

bool streams_close(struct streams *streams)
{
	streams->closing = true;
	resume_all(streams);
	return streams->n == 0;
}
