#include "serve/visitors.h"

#include "base/clock.h"
#include "base/memory.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static struct visitor_crowd *crowd_of(struct visitors *visitors, struct visitor_address address)
{
	struct visitor_crowd *crowd = visitors->crowds;
	while (crowd && memcmp(&crowd->address, &address, sizeof(address)) != 0)
		crowd = crowd->next;
	if (crowd)
		return crowd;
	crowd = MEM_NEW(struct visitor_crowd);
	*crowd = (struct visitor_crowd){.next = visitors->crowds, .address = address};
	visitors->crowds = crowd;
	return crowd;
}

static void remove_crowd(struct visitors *visitors, struct visitor_crowd *crowd)
{
	struct visitor_crowd **at = &visitors->crowds;
	while (*at != crowd)
		at = &(*at)->next;
	*at = crowd->next;
	free(crowd);
}

struct visitor *visitors_add(
	struct visitors *visitors, int fd, struct visitor_address address, int64_t now_us)
{
	struct visitor *visitor = MEM_NEW(struct visitor);
	*visitor = (struct visitor){.next = visitors->first,
		.crowd = crowd_of(visitors, address),
		.fd = fd,
		.since_us = now_us};
	visitors->first = visitor;
	visitors->n++;
	visitor->crowd->n++;
	return visitor;
}

void visitors_cut(struct visitors *visitors, struct visitor *visitor)
{
	assert(!visitor->cut);
	visitor->cut = true;
	visitors->n--;
	visitor->crowd->n--;
	visitor->crowd->n_cut++;
}

void visitors_remove(struct visitors *visitors, struct visitor *visitor)
{
	struct visitor **at = &visitors->first;
	while (*at && *at != visitor)
		at = &(*at)->next;
	assert(*at);
	*at = visitor->next;
	if (!visitor->cut)
		visitors_cut(visitors, visitor);
	if (--visitor->crowd->n_cut == 0 && visitor->crowd->n == 0)
		remove_crowd(visitors, visitor->crowd);
	free(visitor);
}

void visitor_turn(struct visitor *visitor, enum visitor_state state, int64_t now_us)
{
	visitor->state = state;
	visitor->since_us = now_us;
}

static int64_t limit_us(enum visitor_state state)
{
	switch (state) {
	case VISITOR_NEW: return VISITOR_HEAD_S * US_PER_S;
	case VISITOR_ANSWERED: return VISITOR_ANSWER_S * US_PER_S;
	case VISITOR_IDLE: return VISITOR_IDLE_S * US_PER_S;
	case VISITOR_LISTENING: return INT64_MAX;
	}
	return 0;
}

static bool goes_before(const struct visitor *a, const struct visitor *b)
{
	return a->crowd->n == b->crowd->n ? a->since_us < b->since_us : a->crowd->n > b->crowd->n;
}

static bool are_too_many(const struct visitors *visitors)
{
	bool many = visitors->n > VISITORS_SOFT_MAX;
	for (const struct visitor_crowd *crowd = visitors->crowds; crowd && !many;
		crowd = crowd->next)
		many = crowd->n > VISITORS_ADDRESS_SOFT_MAX;
	return many;
}

static struct visitor *one_of_too_many(struct visitors *visitors)
{
	struct visitor *found = NULL;
	if (!are_too_many(visitors))
		return NULL;
	for (struct visitor *v = visitors->first; v; v = v->next)
		if (!v->cut && (!found || goes_before(v, found)))
			found = v;
	return found;
}

static struct visitor *overdue(struct visitors *visitors, int64_t now_us)
{
	for (struct visitor *v = visitors->first; v; v = v->next)
		if (!v->cut && now_us - v->since_us > limit_us(v->state))
			return v;
	return NULL;
}

struct visitor *visitors_cut_next(struct visitors *visitors, int64_t now_us)
{
	struct visitor *found = overdue(visitors, now_us);
	if (!found)
		found = one_of_too_many(visitors);
	if (found)
		visitors_cut(visitors, found);
	return found;
}
