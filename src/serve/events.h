/* serve/events.h - what happened last, in a ring: results, changes of state, of incidents, of the plan. Each
 * is numbered, and becomes text for event streams once, when somebody reads it. Owned by the board, under
 * its lock. */
#ifndef OUTRIDER_SERVE_EVENTS_H
#define OUTRIDER_SERVE_EVENTS_H

#include "base/str.h"
#include "check/outcome.h"
#include "watch/health.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	EVENTS_KEPT = 1024,
	EVENT_MESSAGE_MAX = 256, /* bytes of what a service said; the API has all of it */
};

enum event_kind { EVENT_RESULT, EVENT_STATE, EVENT_INCIDENT, EVENT_RESET };

/* Texts are borrowed until events_add returns. */
struct event {
	enum event_kind kind;
	const char *check; /* id; of a reset: NULL, it concerns all */
	int64_t at_wall_us; /* of a result: when it started; of a state: since when it is so */
	uint64_t result; /* key */
	uint64_t incident; /* of a state: the one that the check is in; 0: none */
	enum outcome outcome;
	enum reason reason;
	bool known_issue, maintenance, paused;
	const char
		*text; /* of a result: its message, not yet inert; of an incident: what changed */
	int64_t duration_us, ttft_us; /* negative: not measured */
	int http_status; /* 0: none */
	enum health_state state;
};

struct events;

/* The first event's number is `first`. Numbers rise by one. */
struct events *events_new(uint64_t first);
void events_free(struct events *events);
void events_add(struct events *events, const struct event *event);

/* The number of the newest; first - 1: there is none. */
uint64_t events_newest(const struct events *events);
/* Whether every event after that one is still here. One of another ring is not. */
bool events_reach(const struct events *events, uint64_t after);
/* Whether it concerns the check; NULL: any. It must be here. */
bool events_concern(struct events *events, uint64_t id, const char *check);
/* As the HTML Standard's section about server-sent events has it, with its blank line: id, event and data, a JSON
 * object. It must be here. Valid until the next events_add. */
struct str events_text(struct events *events, uint64_t id);

#endif
