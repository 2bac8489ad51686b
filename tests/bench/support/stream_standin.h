/* stream_standin.h - the stand-in as a server of event streams: a chat that is asked for numbers gets
 * so many tokens, and the stand-in's journal tells when it sent them. */
#ifndef BENCH_STREAM_STANDIN_H
#define BENCH_STREAM_STANDIN_H

#include "stream_server.h"

#include <stdbool.h>
#include <sys/types.h>

enum { STREAM_URL_MAX = 64, STREAM_SERVICES = 3 };

#define STREAM_CHECK "stream-" /* and the stream's id: the check that an X-Request-ID names */

struct stream_standin {
	char control[STREAM_URL_MAX];
	char urls[STREAM_SERVICES][STREAM_URL_MAX]; /* the services that chat, so that each of them
	                                               is within its limit of connections */
};

/* Forks it, on that core, with so long before every event. Ends the program when it can't. */
pid_t stream_standin_start(int core, int64_t interval_us, struct stream_standin *standin);

/* Where and how to chat: the URL of a stream, and a body that is answered with so many tokens, freed
 * by the caller. */
void stream_standin_url(const struct stream_standin *standin, size_t id, char *url, size_t size);
char *stream_standin_chat(size_t tokens);

/* When it sent the tokens, into the log; the journal is forgotten. False, said on standard error,
 * when it can't be had or has not so many tokens of each of the streams. */
bool stream_standin_log(const struct stream_standin *standin, struct stream_log *log,
	size_t streams, size_t tokens);

#endif
