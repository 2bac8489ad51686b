/* watch/no_answer.h - failures that are likely to have one cause. Pure values: no ownership, any thread. */
#ifndef OUTRIDER_WATCH_NO_ANSWER_H
#define OUTRIDER_WATCH_NO_ANSWER_H

#include "check/outcome.h"

#include <stdbool.h>

/* Why nothing came of a service at all. */
enum no_answer {
	ANSWERED, /* something did, or it is not known */
	NO_NAME, /* dns */
	NO_WAY, /* no connection, or none that held */
	NO_TLS,
	NO_WORD, /* it was connected, and nothing was said in time */
	NO_HOST, /* a proxy answered in its place: 502, 503, 504 */
};

/* Of a result. http_status: 0: it has none; connected: the connection stood. */
enum no_answer no_answer_of(
	enum outcome outcome, enum reason reason, int http_status, bool connected);

#endif
