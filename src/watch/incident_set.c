#include "watch/incident_set.h"

#include "base/memory.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static const char *const change_names[] = {
#define X(id, name) [INCIDENT_##id] = (name),
	INCIDENT_CHANGES(X)
#undef X
};

const char *incident_change_name(enum incident_change_kind kind)
{
	return change_names[kind];
}

/* --- what is said of it --- */

struct incident_change *set_say(struct incident_changes *changes, enum incident_change_kind kind,
	uint64_t incident, uint32_t check)
{
	if (changes->n == changes->cap) {
		changes->cap = changes->cap ? changes->cap * 2 : 2;
		changes->all = mem_grow(changes->all, changes->cap * sizeof(*changes->all));
	}
	changes->all[changes->n] =
		(struct incident_change){.kind = kind, .incident = incident, .check = check};
	return &changes->all[changes->n++];
}

void incident_changes_fini(struct incident_changes *changes)
{
	for (size_t i = 0; i < changes->n; i++) {
		free(changes->all[i].ended);
		free(changes->all[i].seen);
	}
	free(changes->all);
	*changes = (struct incident_changes){0};
}

/* --- who was ever in it --- */

int set_by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

size_t set_each_once(uint32_t *numbers, size_t n)
{
	size_t kept = 0;

	if (n)
		qsort(numbers, n, sizeof(*numbers), set_by_number);
	for (size_t i = 0; i < n; i++)
		if (!kept || numbers[kept - 1] != numbers[i])
			numbers[kept++] = numbers[i];
	return kept;
}

/* Who comes and goes for days takes one place only, in the long run. */
void set_see(struct open *open, uint32_t number)
{
	if (open->n_seen == open->cap_seen)
		open->n_seen = set_each_once(open->seen, open->n_seen);
	if (open->n_seen * 2 >= open->cap_seen) {
		open->cap_seen = open->cap_seen ? open->cap_seen * 2 : 2;
		open->seen = mem_grow(open->seen, open->cap_seen * sizeof(*open->seen));
	}
	open->seen[open->n_seen++] = number;
}

/* --- members --- */

bool set_is_older(const struct open *a, const struct open *b)
{
	const struct incident *x = &a->incident, *y = &b->incident;

	if (x->opened_wall_us != y->opened_wall_us)
		return x->opened_wall_us < y->opened_wall_us;
	return x->id < y->id;
}

struct open *set_begin(struct incidents *set, struct incident incident)
{
	struct open *open = MEM_NEW(struct open);

	open->incident = incident;
	open->after = set->open;
	if (set->open)
		set->open->before = open;
	set->open = open;
	set->n_open++;
	return open;
}

void set_unlink(struct incidents *set, struct open *open)
{
	if (open->before)
		open->before->after = open->after;
	else
		set->open = open->after;
	if (open->after)
		open->after->before = open->before;
	set->n_open--;
}

/* Its last word takes along what it was. */
void set_end(struct incidents *set, struct open *open, struct incident_change *change)
{
	change->ended = MEM_NEW(struct incident);
	*change->ended = open->incident;
	change->n_seen = set_each_once(open->seen, open->n_seen);
	change->seen = open->seen;
	set_unlink(set, open);
	free(open);
}

void set_enter(struct incidents *set, struct open *open, size_t check)
{
	struct node *node = &set->nodes[check];

	assert(!node->in);
	*node = (struct node){.in = open, .before = open->last};
	set->in_service[set->beside[check].service]++;
	set->in_host[set->beside[check].host]++;
	if (open->last)
		set->nodes[open->last - 1].after = (uint32_t)check + 1;
	else
		open->first = (uint32_t)check + 1;
	open->last = (uint32_t)check + 1;
	open->incident.n_members++;
}

void set_leave(struct incidents *set, size_t check)
{
	struct node *node = &set->nodes[check];
	struct open *open = node->in;

	if (node->before)
		set->nodes[node->before - 1].after = node->after;
	else
		open->first = node->after;
	if (node->after)
		set->nodes[node->after - 1].before = node->before;
	else
		open->last = node->before;
	open->incident.n_members--;
	set->in_service[set->beside[check].service]--;
	set->in_host[set->beside[check].host]--;
	*node = (struct node){0};
}

/* --- causes --- */

/* Where the way up from a member ends: the highest member above it, or itself. */
static size_t root_above(struct incidents *set, const struct open *open, size_t member)
{
	struct dependencies *d = &set->dependencies;
	size_t n = dependencies_above(d, member);
	size_t root = member;

	for (size_t i = 0; i < n; i++)
		if (set->nodes[d->found[i]].in == open && d->rank[d->found[i]] < d->rank[root])
			root = d->found[i];
	return root;
}

static bool is_above(struct incidents *set, size_t check, uint32_t number)
{
	struct dependencies *d = &set->dependencies;
	size_t n = dependencies_above(d, check);

	for (size_t i = 0; i < n; i++)
		if (set->numbers[d->found[i]] == number)
			return true;
	return false;
}

static void go_on(struct incidents *set, struct open *open, size_t cause,
	enum incident_change_kind kind, struct incident_changes *changes)
{
	open->incident.cause = set->numbers[cause];
	if (kind == INCIDENT_REROOTED)
		open->incident.root = open->incident.cause;
	set_say(changes, kind, open->incident.id, open->incident.cause);
}

void set_cause(
	struct incidents *set, struct open *open, size_t from, struct incident_changes *changes)
{
	size_t cause = root_above(set, open, from);

	if (set->numbers[cause] != open->incident.cause)
		go_on(set, open, cause,
			is_above(set, cause, open->incident.root) ? INCIDENT_CONTINUED
								  : INCIDENT_REROOTED,
			changes);
}

void set_continue(struct incidents *set, struct open *open, struct incident_changes *changes)
{
	go_on(set, open, root_above(set, open, open->first - 1), INCIDENT_CONTINUED, changes);
}

/* --- the whole set --- */

struct incidents *set_make(size_t n, const uint32_t *numbers)
{
	struct incidents *set = MEM_NEW(struct incidents);

	set->n = n;
	set->nodes = mem_alloc(n * sizeof(*set->nodes));
	set->numbers = mem_alloc(n * sizeof(*set->numbers));
	set->why_not = mem_alloc(n * sizeof(*set->why_not));
	set->beside = mem_alloc(n * sizeof(*set->beside));
	set->in_service = mem_alloc(sizeof(*set->in_service));
	set->in_host = mem_alloc(sizeof(*set->in_host));
	if (n)
		memcpy(set->numbers, numbers, n * sizeof(*numbers));
	return set;
}

struct incidents *incidents_new(const struct watch_plan *plan, const uint32_t *numbers)
{
	struct incidents *set = set_make(plan->n_checks, numbers);

	dependencies_init(&set->dependencies, plan);
	set_group(set, plan);
	for (size_t i = 0; i < set->n; i++)
		set->why_not[i] = plan->checks[i].enabled ? NULL : "disabled";
	return set;
}

void incidents_free(struct incidents *incidents)
{
	if (!incidents)
		return;
	while (incidents->open) {
		struct open *open = incidents->open;
		incidents->open = open->after;
		free(open->seen);
		free(open);
	}
	dependencies_fini(&incidents->dependencies);
	free(incidents->nodes);
	free(incidents->numbers);
	free(incidents->why_not);
	free(incidents->beside);
	free(incidents->in_service);
	free(incidents->in_host);
	free(incidents);
}
