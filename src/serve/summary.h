/* serve/summary.h - what the whole says: one state, one sentence, counts. Pure. */
#ifndef OUTRIDER_SERVE_SUMMARY_H
#define OUTRIDER_SERVE_SUMMARY_H

#include "serve/view.h"

struct summary {
	enum health_state state; /* the worst that matters; known issues and what is off don't */
	size_t total; /* checks that are on */
	size_t counts[HEALTH_COUNT]; /* known issues left out */
	size_t skipped; /* of the unknown, those that can't run here */
	size_t known; /* checks that fail as a known issue */
	size_t off;
};

/* Of all checks, or (service != SUMMARY_ALL) of one service by its index. A store that can't write
 * degrades the whole. */
#define SUMMARY_ALL SIZE_MAX
struct summary summary_of(const struct board_view *view, size_t service, int64_t now_wall_us);

/* "2 of 37 checks are down: Gateway streams, Memory recalls." Titles are as configured. */
void summary_sentence(struct buf *out, const struct board_view *view, const struct summary *summary,
	int64_t now_wall_us);

/* Whether a check is down, degraded or failing for a reason that is known and marked. */
bool check_is_known_issue(const struct board_check *check, int64_t now_wall_us);

/* Whether a check has no verdict because its runs are skipped. */
bool check_is_skipped(const struct board_check *check);

/* How soon people want to see it: the smaller the sooner. Known issues come after the unknown. */
unsigned check_urgency(const struct board_check *check, int64_t now_wall_us);
unsigned state_urgency(enum health_state state);

#endif
