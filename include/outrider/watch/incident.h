/* watch/incident.h - one incident for each cause: which checks are down because of one another, and what changes
 * when one of them goes down or comes up. A check that goes down while something it depends on, directly or over
 * several steps, is down, joins that one's incident. So does one that is down beside it: of the same service, within
 * the plan's group_us of its opening, or later, when it has not passed since, for the same lack of an answer; of
 * another service on the same host, or for want of any name, within that time for the same lack of an answer. A
 * known issue is in none: what it takes down is told of by itself. Given what happened and when, it never looks at a
 * clock. Owned by the loop. */
#ifndef OUTRIDER_WATCH_INCIDENT_H
#define OUTRIDER_WATCH_INCIDENT_H

#include "watch/no_answer.h"
#include "watch/policy.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct incidents;

/* One that is open. It has at least one member: a check that is down. A check is in one at most. */
struct incident {
	uint64_t id; /* key of the result that opened it */
	int64_t opened_wall_us;
	uint32_t cause; /* number of a member on which no other member has an influence */
	uint32_t root; /* number of the check that it is about: its cause, or the one before that,
			  when that is up again and those that it took down are not */
	size_t n_members;
	bool acknowledged; /* a person takes care of it, */
	int64_t acknowledged_until_us; /* for so long, or did before; 0: until it is over */
	int64_t reminded_us; /* reminders due until then were told; 0: not known; the caller's */
	uint32_t told_as; /* number of the check that its alerts name; 0: none; the caller's */
	uint64_t heard; /* channels that may have been told of it, a bit each; the caller's */
};

#define INCIDENT_CHANGES(X)                                                                        \
	X(OPENED, "opened") /* the check is a new cause */                                         \
	X(JOINED, "joined") /* the check became a member */                                        \
	X(LEFT, "left") /* the check is none any more */                                           \
	X(REROOTED, "rerooted") /* the check is its cause, and what it is about, from now on */    \
	X(CONTINUED, "continued") /* its cause is none any more, the check is still down */        \
	X(MERGED, "merged") /* over: its members go on in `into`, which is older */                \
	X(RESOLVED, "resolved") /* over: nobody is down; the check was the last member */          \
	X(ACKNOWLEDGED, "acknowledged") /* a person takes care of it */                            \
	X(RELEASED, "released") /* nobody does any more: the acknowledgement had an end */         \
	X(NOTED, "note") /* nothing changed, but `why` is worth remembering of the check */

enum incident_change_kind {
#define X(id, name) INCIDENT_##id,
	INCIDENT_CHANGES(X)
#undef X
		INCIDENT_CHANGE_COUNT
};

const char *incident_change_name(enum incident_change_kind kind);

struct incident_change {
	enum incident_change_kind kind;
	uint64_t incident;
	uint32_t check; /* number; of a merged one its last cause */
	uint64_t into; /* MERGED */
	const char *why; /* LEFT without being up, NOTED: a constant; else NULL */
	bool known; /* LEFT: as a known issue, down as before; else who left so is not watched any more */
	struct incident *ended; /* MERGED, RESOLVED: as it was at its end; with the changes */
	uint32_t *seen; /* and the numbers of all that ever were members of it, rising */
	size_t n_seen;
};

/* In the order in which they happened. */
struct incident_changes {
	struct incident_change *all;
	size_t n, cap;
};

void incident_changes_fini(struct incident_changes *changes);

/* numbers: of each check of the plan, in the database; none twice. All is copied. */
struct incidents *incidents_new(const struct watch_plan *plan, const uint32_t *numbers);
void incidents_free(struct incidents *incidents);

/* What one result makes of a check. */
struct incident_news {
	bool down; /* its state, whatever it was before */
	bool quiet; /* in a maintenance window, or not a failure: it opens and joins nothing now;
		       what is open goes on */
	enum no_answer no_answer;
	bool known; /* of a known issue: it opens and joins nothing, and leaves what it is in */
	uint64_t key; /* of the result */
	int64_t at_wall_us;
	int64_t good_wall_us; /* when it passed last: what opened before that had another cause; 0: never */
};

/* Adds what changes. Costs as much as there are checks that this one depends on, or that depend on it. A
 * common dependency that goes down last takes over the incidents that its dependents opened just before:
 * the oldest goes on with it as the cause, the others are merged into it. A dependent that stays down when
 * its cause is up again is the cause from then on; what the incident is about stays. */
void incidents_note(struct incidents *incidents, size_t check, struct incident_news news,
	struct incident_changes *changes);

/* What its latest result was about, of a check whose result nobody noted here. */
void incidents_recollect(struct incidents *incidents, size_t check, enum no_answer no_answer);

/* Remembers a word about a check in the timeline of its incident, if it is in one. */
void incidents_remark(struct incidents *incidents, size_t check, const char *text,
	struct incident_changes *changes);

/* Whether a check is watched, from now on: NULL, or why not, a constant. One that is not leaves its
 * incident, and opens and joins none. */
void incidents_watch(struct incidents *incidents, size_t check, const char *why_not,
	struct incident_changes *changes);

/* A check is a known issue from now on, and leaves its incident. */
void incidents_excuse(struct incidents *incidents, size_t check, struct incident_changes *changes);

/* The open one of that id; NULL: none. Valid until the next change. */
struct incident *incidents_find(const struct incidents *incidents, uint64_t id);
/* Of all that are open the one after that; the first after NULL; NULL at the end. */
struct incident *incidents_next(const struct incidents *incidents, const struct incident *after);

/* The one that a check of the plan is in; NULL: none. Valid until the next change. */
struct incident *incidents_of(const struct incidents *incidents, size_t check);
size_t incidents_open(const struct incidents *incidents);

/* The members' indexes in the plan, in the order in which they came: the one after that; the first
 * after -1; -1 at the end. */
ptrdiff_t incidents_member(
	const struct incidents *incidents, const struct incident *incident, ptrdiff_t after);

/* An incident that was open when the daemon stopped. */
struct incident_kept {
	uint64_t id;
	int64_t opened_wall_us;
	uint32_t cause, root;
	bool acknowledged;
	int64_t acknowledged_until_us;
	uint32_t told_as;
	const uint32_t *members; /* numbers, in the order in which they came */
	size_t n_members;
	const uint32_t *seen; /* of all that ever were members */
	size_t n_seen;
};

/* Makes a set of such incidents, to be carried. */
struct incidents *incidents_recall(const struct incident_kept *kept, size_t n);

/* Another plan goes on with the incidents of the one before, which has none then. Checks that the
 * plan does not have, or that are not watched in it, leave. */
void incidents_carry(
	struct incidents *incidents, struct incidents *before, struct incident_changes *changes);

#endif
