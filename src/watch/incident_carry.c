#include "watch/incident_set.h"

#include "base/memory.h"

#include <stdlib.h>

static const char not_watched[] = "no longer watched";

static size_t place_of(const uint32_t *numbers, size_t n, uint32_t number)
{
	const uint32_t *found =
		n ? bsearch(&number, numbers, n, sizeof(*numbers), set_by_number) : NULL;

	return found ? (size_t)(found - numbers) : n;
}

static void recall_one(struct incidents *set, const struct incident_kept *kept)
{
	struct open *open =
		set_begin(set, (struct incident){.id = kept->id,
				       .opened_wall_us = kept->opened_wall_us,
				       .cause = kept->cause,
				       .root = kept->root,
				       .acknowledged = kept->acknowledged,
				       .acknowledged_until_us = kept->acknowledged_until_us,
				       .told_as = kept->told_as});

	for (size_t i = 0; i < kept->n_members; i++) {
		size_t at = place_of(set->numbers, set->n, kept->members[i]);
		if (!set->nodes[at].in)
			set_enter(set, open, at);
	}
	for (size_t i = 0; i < kept->n_seen; i++)
		set_see(open, kept->seen[i]);
}

struct incidents *incidents_recall(const struct incident_kept *kept, size_t n)
{
	size_t n_members = 0;
	for (size_t i = 0; i < n; i++)
		n_members += kept[i].n_members;
	uint32_t *numbers = mem_alloc((n_members + 1) * sizeof(*numbers));
	size_t at = 0;
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < kept[i].n_members; k++)
			numbers[at++] = kept[i].members[k];
	struct incidents *set = set_make(set_each_once(numbers, n_members), numbers);
	free(numbers);
	for (size_t i = 0; i < n; i++)
		recall_one(set, &kept[i]);
	return set;
}

/* --- from one plan to the next --- */

/* Where each number stands. */
struct place {
	uint32_t number, check;
};

static struct place *places_of(const struct incidents *set)
{
	struct place *places = mem_alloc((set->n + 1) * sizeof(*places));

	for (size_t i = 0; i < set->n; i++)
		places[i] = (struct place){set->numbers[i], (uint32_t)i};
	if (set->n) /* number is the first field */
		qsort(places, set->n, sizeof(*places), set_by_number);
	return places;
}

static void carry_member(struct incidents *set, struct open *open, const struct place *places,
	uint32_t number, struct incident_changes *changes)
{
	const struct place *found =
		set->n ? bsearch(&number, places, set->n, sizeof(*places), set_by_number) : NULL;

	const char *why_not = found ? set->why_not[found->check] : not_watched;

	if (!why_not) {
		set_enter(set, open, found->check);
		return;
	}
	set_say(changes, INCIDENT_LEFT, open->incident.id, number)->why = why_not;
}

static void carry_one(struct incidents *set, struct incidents *from, struct open *old,
	const struct place *places, struct incident_changes *changes)
{
	struct open *open = set_begin(set, old->incident);
	uint32_t last = old->incident.cause;

	open->incident.n_members = 0;
	open->seen = old->seen;
	open->n_seen = old->n_seen;
	open->cap_seen = old->cap_seen;
	for (uint32_t at = old->first; at; at = from->nodes[at - 1].after) {
		last = from->numbers[at - 1];
		carry_member(set, open, places, last, changes);
	}
	if (!open->first) {
		set_end(set, open, set_say(changes, INCIDENT_RESOLVED, open->incident.id, last));
		return;
	}
	for (uint32_t at = open->first; at; at = set->nodes[at - 1].after)
		if (set->numbers[at - 1] == open->incident.cause)
			return;
	set_continue(set, open, changes);
}

void incidents_carry(
	struct incidents *incidents, struct incidents *before, struct incident_changes *changes)
{
	struct place *places = before->open ? places_of(incidents) : NULL;

	while (before->open) {
		struct open *old = before->open;
		carry_one(incidents, before, old, places, changes);
		set_unlink(before, old);
		free(old);
	}
	for (size_t i = 0; i < before->n; i++)
		before->nodes[i] = (struct node){0};
	free(places);
}
