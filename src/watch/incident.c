#include "watch/incident_set.h"

#include <assert.h>
#include <stdlib.h>

/* The oldest incident of what the check depends on, or NULL. */
static struct open *find_above(struct incidents *set, size_t check)
{
	struct dependencies *d = &set->dependencies;
	size_t n = set->n_open ? dependencies_above(d, check) : 0;
	struct open *oldest = NULL;

	for (size_t i = 0; i < n; i++) {
		struct open *open = set->nodes[d->found[i]].in;
		if (open && (!oldest || set_is_older(open, oldest)))
			oldest = open;
	}
	return oldest;
}

/* So long after an incident opened, or the plan's group_us, its cause may be what that depends on. */
#define SOON_US INT64_C(300000000)

/* What began long before had another cause; unless it is about this very check. */
static bool may_follow(
	const struct incidents *set, const struct open *open, size_t check, int64_t at_wall_us)
{
	int64_t soon_us = set->group_us > SOON_US ? set->group_us : SOON_US;

	return open->incident.root == set->numbers[check] ||
	       llabs(at_wall_us - open->incident.opened_wall_us) < soon_us;
}

/* Those of dependents that are the cause of their incident, and may be because of this check; of the walk just
 * made, so that the first ones of found are theirs. */
static size_t find_below(struct incidents *set, size_t check, int64_t at_wall_us)
{
	struct dependencies *d = &set->dependencies;
	size_t n = set->n_open ? dependencies_below(d, check) : 0, kept = 0;

	for (size_t i = 0; i < n; i++) {
		uint32_t dependent = d->found[i];
		const struct open *open = set->nodes[dependent].in;
		if (open && open->incident.cause == set->numbers[dependent] &&
			may_follow(set, open, check, at_wall_us))
			d->found[kept++] = dependent;
	}
	return kept;
}

static void merge(struct incidents *set, struct open *open, struct open *into,
	struct incident_changes *changes)
{
	struct incident_change *change =
		set_say(changes, INCIDENT_MERGED, open->incident.id, open->incident.cause);

	while (open->first) {
		size_t member = open->first - 1;
		set_leave(set, member);
		set_enter(set, into, member);
	}
	for (size_t i = 0; i < open->n_seen; i++)
		set_see(into, open->seen[i]);
	change->into = into->incident.id;
	set_end(set, open, change);
}

static struct open *unite(
	struct incidents *set, struct open *above, size_t n_below, struct incident_changes *changes)
{
	const uint32_t *below = set->dependencies.found;
	struct open *oldest = above;

	for (size_t i = 0; i < n_below; i++) {
		struct open *open = set->nodes[below[i]].in;
		if (!oldest || set_is_older(open, oldest))
			oldest = open;
	}
	for (size_t i = 0; i < n_below; i++) {
		struct open *open = set->nodes[below[i]].in;
		if (open != oldest && open != above)
			merge(set, open, oldest, changes);
	}
	if (above && above != oldest)
		merge(set, above, oldest, changes);
	return oldest;
}

static size_t index_of(const struct incidents *set, const struct open *open, uint32_t number)
{
	uint32_t at = open->first;

	while (set->numbers[at - 1] != number)
		at = set->nodes[at - 1].after;
	return at - 1;
}

/* --- a check goes down, or comes up --- */

static void go_down(struct incidents *set, size_t check, const struct incident_news *news,
	struct incident_changes *changes)
{
	struct open *above = find_above(set, check);

	if (!above)
		above = set_beside(set, check, news);
	size_t from = above ? index_of(set, above, above->incident.cause) : check;
	size_t n_below = find_below(set, check, news->at_wall_us);
	struct open *open = unite(set, above, n_below, changes);
	uint32_t number = set->numbers[check];

	if (open) {
		set_say(changes, INCIDENT_JOINED, open->incident.id, number);
		set_enter(set, open, check);
		set_see(open, number);
		set_cause(set, open, from, changes);
		return;
	}
	open = set_begin(set, (struct incident){.id = news->key,
				      .opened_wall_us = news->at_wall_us,
				      .cause = number,
				      .root = number});
	set_enter(set, open, check);
	set_see(open, number);
	set_say(changes, INCIDENT_OPENED, news->key, number);
}

static const char known_issue[] = "a known issue";

/* why: it leaves without being up. */
static void leave(
	struct incidents *set, size_t check, const char *why, struct incident_changes *changes)
{
	struct open *open = set->nodes[check].in;
	uint32_t number = set->numbers[check];

	set_leave(set, check);
	if (why || open->incident.n_members) {
		struct incident_change *left =
			set_say(changes, INCIDENT_LEFT, open->incident.id, number);
		left->why = why;
		left->known = why == known_issue;
	}
	if (!open->incident.n_members)
		set_end(set, open, set_say(changes, INCIDENT_RESOLVED, open->incident.id, number));
	else if (open->incident.cause == number)
		set_continue(set, open, changes);
}

void incidents_note(struct incidents *incidents, size_t check, struct incident_news news,
	struct incident_changes *changes)
{
	bool member, quiet;

	assert(check < incidents->n);
	member = incidents->nodes[check].in != NULL;
	quiet = news.quiet || news.known || incidents->why_not[check];
	incidents_recollect(incidents, check, news.no_answer);
	if (member && !news.down)
		leave(incidents, check, NULL, changes);
	else if (news.known)
		incidents_excuse(incidents, check, changes);
	else if (!member && news.down && !quiet)
		go_down(incidents, check, &news, changes);
}

void incidents_watch(struct incidents *incidents, size_t check, const char *why_not,
	struct incident_changes *changes)
{
	incidents->why_not[check] = why_not;
	if (why_not && incidents->nodes[check].in)
		leave(incidents, check, why_not, changes);
}

void incidents_excuse(struct incidents *incidents, size_t check, struct incident_changes *changes)
{
	if (incidents->nodes[check].in)
		leave(incidents, check, known_issue, changes);
}

void incidents_recollect(struct incidents *incidents, size_t check, enum no_answer no_answer)
{
	incidents->beside[check].no_answer = no_answer;
}

void incidents_remark(struct incidents *incidents, size_t check, const char *text,
	struct incident_changes *changes)
{
	const struct open *open = incidents->nodes[check].in;

	if (open)
		set_say(changes, INCIDENT_NOTED, open->incident.id, incidents->numbers[check])
			->why = text;
}

/* --- reading --- */

struct incident *incidents_of(const struct incidents *incidents, size_t check)
{
	struct open *open = incidents->nodes[check].in;

	return open ? &open->incident : NULL;
}

struct incident *incidents_next(const struct incidents *incidents, const struct incident *after)
{
	struct open *open = after ? ((const struct open *)after)->after : incidents->open;

	return open ? &open->incident : NULL;
}

struct incident *incidents_find(const struct incidents *incidents, uint64_t id)
{
	struct open *open = incidents->open;

	while (open && open->incident.id != id)
		open = open->after;
	return open ? &open->incident : NULL;
}

size_t incidents_open(const struct incidents *incidents)
{
	return incidents->n_open;
}

ptrdiff_t incidents_member(
	const struct incidents *incidents, const struct incident *incident, ptrdiff_t after)
{
	const struct open *open = (const struct open *)incident;
	uint32_t next = after < 0 ? open->first : incidents->nodes[after].after;

	return (ptrdiff_t)next - 1;
}
