/* stream_server.h - serves event streams of chat completion chunks and logs, in memory shared with
 * its parent, when it sent each event. GET /stream/ID/EVENTS/INTERVAL_US: so many events, so far
 * apart, then a finish and [DONE]. */
#ifndef BENCH_STREAM_SERVER_H
#define BENCH_STREAM_SERVER_H

#include <stddef.h>
#include <stdint.h>

enum { STREAM_EVENTS_MAX = 256, STREAM_IDS_MAX = 8192 };

extern const size_t stream_event_bytes; /* of each event but the last */

struct stream_log { /* monotonic us, taken just before the write; 0: not sent */
	int64_t sent_us[STREAM_IDS_MAX][STREAM_EVENTS_MAX];
};

struct stream_log *stream_log_new(void); /* before the fork; zeroed */
void stream_log_clear(struct stream_log *log);

/* Listens on loopback: a socket and its port. */
int stream_server_open(unsigned *port);
_Noreturn void stream_server_run(int listener, struct stream_log *log);

#endif
