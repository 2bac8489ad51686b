/* store/belief.h - whether the wall clock is right, as far as that can be known: history is deleted by its
 * word. The database remembers a time that was believed, else its newest result has one; from there on
 * the monotonic clock counts. A wall clock that is further away from that than BELIEF_AWAY_S, at the start
 * or at any time, is believed once it has stood by its word for BELIEF_AFTER_S. The store's thread. */
#ifndef OUTRIDER_STORE_BELIEF_H
#define OUTRIDER_STORE_BELIEF_H

#include "store/session.h"

enum {
	BELIEF_AWAY_S = 7 * 86400,
	BELIEF_AFTER_S = 6 * 3600, /* of monotonic time */
	BELIEF_LOOK_S = 60, /* how often it is looked at meanwhile */
	BELIEF_NOTE_S = 3600, /* how often the database takes note of it */
};

/* Both clocks at one moment. */
struct belief_moment {
	int64_t wall_us, mono_us;
};

struct belief {
	struct session *session;
	int64_t known_wall_us; /* what the database knew at the start; 0: nothing */
	bool begun; /* it was looked at */
	bool doubts;
	struct belief_moment good; /* believed */
	struct belief_moment doubted; /* since when, and what it said then */
	int64_t note_us; /* in monotonic time: when to write it down again */
};

/* False: the connection says why. */
bool belief_init(struct belief *belief, struct session *session) MUST_CHECK;
/* Looks at the clocks; said once when it begins to doubt. */
bool belief_holds(struct belief *belief, int64_t now_us, int64_t now_wall_us);
/* The database takes note of the time that is believed, seldom. False: the connection says why. */
bool belief_note(struct belief *belief, int64_t now_us) MUST_CHECK;

#endif
