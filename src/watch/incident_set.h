/* watch/incident_set.h - the open incidents and who is in them: what incident.c decides about and
 * incident_carry.c takes from one plan to the next. */
#ifndef OUTRIDER_WATCH_INCIDENT_SET_H
#define OUTRIDER_WATCH_INCIDENT_SET_H

#include "watch/dependency.h"
#include "watch/incident.h"

/* One of them, in a list; its members are chained through the nodes. */
struct open {
	struct incident incident; /* first */
	struct open *before, *after;
	uint32_t first, last; /* members: index + 1 */
	uint32_t *seen; /* numbers; some may stand there twice */
	size_t n_seen, cap_seen;
};

struct node {
	struct open *in;
	uint32_t before, after; /* among the members: index + 1; 0: none */
};

/* With whom a check may have a cause in common. */
struct beside {
	uint32_t service, host; /* as in the plan */
	enum no_answer no_answer; /* of its latest result */
};

struct incidents {
	struct dependencies dependencies;
	struct node *nodes; /* as in the plan */
	uint32_t *numbers;
	const char **why_not; /* watched; NULL: it is */
	struct beside *beside;
	uint32_t *in_service, *in_host; /* members, of each number */
	int64_t group_us;
	size_t n;
	struct open *open;
	size_t n_open;
};

/* Without dependencies, and nothing is beside another. */
struct incidents *set_make(size_t n, const uint32_t *numbers);
/* Takes from the plan which checks may be beside each other. */
void set_group(struct incidents *set, const struct watch_plan *plan);

/* The incident of what is down beside a check that goes down for that, the likeliest, else the oldest; NULL:
 * none. */
struct open *set_beside(
	const struct incidents *set, size_t check, const struct incident_news *news);
/* Whether one began before the other. */
bool set_is_older(const struct open *a, const struct open *b);

struct open *set_begin(struct incidents *set, struct incident incident);
/* Its last word takes along what it was. */
void set_end(struct incidents *set, struct open *open, struct incident_change *change);
/* It is another set's from now on. */
void set_unlink(struct incidents *set, struct open *open);
void set_enter(struct incidents *set, struct open *open, size_t check);
void set_leave(struct incidents *set, size_t check);
/* The check was in it, or its past came along. */
void set_see(struct open *open, uint32_t number);
/* The cause is whoever stands highest above a member, or that itself. */
void set_cause(
	struct incidents *set, struct open *open, size_t member, struct incident_changes *changes);
/* The same when the cause is none any more: the first member, or who stands highest above it. */
void set_continue(struct incidents *set, struct open *open, struct incident_changes *changes);

/* Valid until the next one. */
struct incident_change *set_say(struct incident_changes *changes, enum incident_change_kind kind,
	uint64_t incident, uint32_t check);

/* qsort and bsearch over numbers, or over what begins with one. */
int set_by_number(const void *a, const void *b);
/* Sorts them and drops what stands there twice; how many are left. */
size_t set_each_once(uint32_t *numbers, size_t n);

#endif
